/* seed_money.c - something of everything that has to do with money, through the use cases that make it.
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "domain/billing.h"
#include "domain/export.h"
#include "domain/fee_discount.h"
#include "domain/fee_kind.h"
#include "domain/fee_request.h"
#include "domain/finance.h"
#include "domain/invoice.h"
#include "domain/merchant.h"
#include "domain/payment_order.h"
#include "domain/recon.h"
#include "domain/refund.h"
#include "domain/shift.h"
#include "platform/store/db.h"
#include "seed.h"
#include <stdio.h>

STMT(q_merchant, "seed.merchant", "SELECT COALESCE(MAX(id), 0) FROM merchant WHERE company_id = $1");
STMT(q_alarm, "seed.alarm", "SELECT MAX(id) FROM finance_alarm WHERE company_id = $1");
STMT(q_recon_item, "seed.recon_item", "SELECT MAX(id) FROM recon_item WHERE company_id = $1");

enum err seed_say(struct ctx *cx, const char *what, int64_t id)
{
    return puts(arena_printf(cx->arena, "{\"%s\":\"%lld\"}", what, (long long)id)) < 0 ? ERR_INTERNAL : OK;
}

const char *seed_name(struct ctx *cx, const struct seed_place *p, const char *name)
{
    return arena_printf(cx->arena, "%s%s", name, p->tag);
}

const char *seed_phone(struct ctx *cx, const struct seed_place *p, int n)
{
    return arena_printf(cx->arena, "137%02d%02d%04d", p->tag[0] - 'a', p->tag[1] ? p->tag[1] - 'a' : 0, n);
}

struct last_bill {
    int64_t id;
};

static void on_bill(void *arg, const struct bill *b)
{
    ((struct last_bill *)arg)->id = b->id;
}

/* To the end of whatever the run is doing; as the system, then as the caller again. */
static enum err work(struct ctx *cx, int64_t run_id)
{
    struct actor who = cx->who;
    bool more = true;
    enum err e = OK;
    while (!e && more)
        e = billing_step(cx, run_id, 100, &more);
    cx->who = who;
    return e;
}

/* An invoice asked for, a shift closed, a download waiting, and where a code hangs */
static enum err counter(struct ctx *cx, const struct seed_place *at, const struct payment *p)
{
    const struct invoice_in in = {.payment_id = p->id, .title = "别人"};
    const struct export_filters all = {0};
    struct invoice i;
    struct cash_shift s;
    struct export_task t;
    enum err e = invoice_apply(cx, &in, &i);
    if (!e && (e = seed_say(cx, "invoice_id", i.id)) == OK)
        e = shift_close(cx, 0, p->amount_fen, "", &s);
    if (!e && (e = seed_say(cx, "cash_shift_id", s.id)) == OK)
        e = export_start(cx, EXPORT_BILLS, &all, &t);
    if (!e && (e = seed_say(cx, "export_id", t.id)) == OK)
        e = seed_say(cx, "building_id", at->building);
    return e;
}

/* Reviewed by the second person, published, and its bill paid in cash */
static enum err publish_and_pay(struct ctx *cx, const struct seed_place *at, int64_t run_id, int64_t bill_id)
{
    struct bill_run run;
    struct payment_in in = {.method = PAY_CASH, .bills = &bill_id, .nbills = 1};
    struct payment p;
    struct refund refund;
    int64_t first = cx->who.id;
    enum err e = bill_run_act(cx, run_id, RUN_SUBMIT, "", &run);
    cx->who.id = at->second;
    if (!e)
        e = bill_run_act(cx, run_id, RUN_APPROVE, "", &run);
    cx->who.id = first;
    if (!e)
        e = bill_run_act(cx, run_id, RUN_PUBLISH, "", &run);
    if (!e)
        e = work(cx, run_id);
    if (!e)
        e = payment_take(cx, &in, &p);
    if (!e)
        e = seed_say(cx, "payment_id", p.id);
    if (!e && (e = refund_request(cx, p.id, 1, "别处的", &refund)) == OK)
        e = seed_say(cx, "refund_id", refund.id);
    cx->who.roles = ROLE_COMPANY_ADMIN;
    return e ? e : counter(cx, at, &p);
}

/* What fees are asked, shared, discounted and argued about by */
static enum err fees(struct ctx *cx, const struct seed_place *at)
{
    struct fee_item once = {.code = seed_name(cx, at, "zy"),
                            .name = seed_name(cx, at, "别处装修费"),
                            .kind = FEE_ONE_OFF,
                            .due_days = 15,
                            .enabled = true};
    struct fee_item shared = {.code = seed_name(cx, at, "zx"),
                              .name = seed_name(cx, at, "别处公摊"),
                              .kind = FEE_SHARED,
                              .due_days = 15,
                              .enabled = true};
    struct charge c = {.room_id = at->room, .amount_fen = 900, .day = 20261101, .note = "别处的", .state = ""};
    struct fee_share s = {.total_fen = 900, .from = 20261001, .to = 20261031, .basis = SHARE_AREA, .note = "别处的"};
    struct discount d = {.kind = DISCOUNT_ADVANCE,
                         .months = 12,
                         .off_e4 = 100,
                         .from_day = 20260101,
                         .to_day = 20991231,
                         .name = "别处的"};
    struct fee_request q = {.kind = RQ_VACANCY,
                            .room_id = at->room,
                            .from_day = 20261001,
                            .to_day = 20261031,
                            .method = "",
                            .voucher = "",
                            .reason = "别处的"};
    int64_t id = 0, rooms = 0;
    enum err e = fee_item_save(cx, &once);
    c.item_id = once.id;
    if (!e && (e = charge_add(cx, &c, &id)) == OK)
        e = seed_say(cx, "charge_id", id);
    if (!e)
        e = fee_item_save(cx, &shared);
    if (!e)
        e = fee_assign_rooms(cx, shared.id, at->building, 20260101, &rooms);
    s.item_id = shared.id;
    if (!e && (e = share_make(cx, &s, &s)) == OK)
        e = seed_say(cx, "share_id", s.id);
    if (!e && (e = discount_add(cx, &d, &id)) == OK)
        e = seed_say(cx, "discount_id", id);
    if (!e && (e = request_make(cx, &q, &q)) == OK)
        e = seed_say(cx, "fee_request_id", q.id);
    return e;
}

/* A merchant's day, and what does not fit in it */
static enum err books(struct ctx *cx, int64_t merchant)
{
    const struct recon_row row = {.out_no = "ZZ", .txn_id = "ZZ", .order_no = "", .amount_fen = 900, .at = cx->now};
    struct recon_run run;
    struct actor who = cx->who;
    int64_t id = 0;
    enum err e = recon_open(cx, merchant, clock_day_add(clock_day(cx->now), -1), false, &run);
    if (!e)
        e = seed_say(cx, "recon_run_id", run.id);
    if (!e)
        e = recon_begin(cx, run.id, &run);
    if (!e)
        e = recon_rows(cx, run.id, &row, 1);
    if (!e)
        e = recon_compare(cx, run.id, &run);
    cx->who = who;
    if (!e && (e = db_i64(cx, &q_recon_item, ARGS(I64(cx->who.company_id)), &id, NULL)) == OK)
        e = seed_say(cx, "recon_item_id", id);
    return e;
}

/* A merchant, an order that holds a bill, a refund asked for, a day's difference, and something to look at */
static enum err online(struct ctx *cx, const struct seed_place *at)
{
    struct merchant m = {.channel = CHANNEL_WECHAT,
                         .name = "别处商户",
                         .appid = "wx9",
                         .mchid = "1600000888",
                         .serial = "9",
                         .public_key_id = "",
                         .private_key = "9",
                         .apiv3_key = "9",
                         .public_key = "9"};
    const struct bill_single b = {
        .room_id = at->room, .amount_fen = 900, .code = "zw", .name = "别处维修", .snapshot = "{}", .due_days = 15};
    struct finance_alarm alarm = {.project_id = cx->who.project_id,
                                  .kind = "other",
                                  .dedup = seed_name(cx, at, "zz"),
                                  .text = "别处的",
                                  .ref_kind = ""};
    struct payment_order o;
    int64_t bill = 0, id = 0, merchant = 0;
    enum err e = db_i64(cx, &q_merchant, ARGS(I64(cx->who.company_id)), &merchant, NULL);
    if (!e && !merchant)
        e = merchant_add(cx, &m, &m.id);
    if (!e && !merchant)
        e = seed_say(cx, "merchant_id", m.id);
    if (!e)
        e = bill_single(cx, &b, &bill);
    const struct payment_order_in in = {.bills = &bill, .nbills = 1, .scene = SCENE_QR, .via = VIA_COUNTER};
    if (!e && (e = payment_order_create(cx, &in, &o)) == OK)
        e = seed_say(cx, "pay_order_id", o.id);
    if (!e)
        e = finance_alarm_add(cx, &alarm);
    if (!e && (e = db_i64(cx, &q_alarm, ARGS(I64(cx->who.company_id)), &id, NULL)) == OK)
        e = seed_say(cx, "finance_alarm_id", id);
    return e || merchant ? e : books(cx, m.id);
}

/* A fee item, a meter, a run, its bill and what was paid on it */
enum err seed_money(struct ctx *cx, const struct seed_place *at)
{
    struct fee_item f = {.code = seed_name(cx, at, "zz"),
                         .name = seed_name(cx, at, "别处费"),
                         .kind = FEE_AREA,
                         .due_days = 15,
                         .enabled = true};
    struct bill_run run;
    struct last_bill bill = {0};
    int64_t id = 0, rooms = 0;
    enum err e = fee_item_save(cx, &f);
    if (!e)
        e = seed_say(cx, "fee_item_id", f.id);
    if (!e)
        e = fee_price_set(cx, f.id, 20260101, 20000, NULL, 0);
    if (!e)
        e = fee_assign_rooms(cx, f.id, at->building, 20260101, &rooms);
    struct meter m = {.item_id = f.id,
                      .room_id = at->room,
                      .multiplier_e3 = 1000,
                      .serial = seed_name(cx, at, "ZZ-1"),
                      .from_day = 20260101};
    if (!e && (e = meter_add(cx, &m, &id)) == OK)
        e = seed_say(cx, "meter_id", id);
    if (!e && (e = bill_run_start_for(cx, 20261101, at->room, 0, &run)) == OK)
        e = seed_say(cx, "bill_run_id", run.id);
    if (!e)
        e = work(cx, run.id);
    if (!e && (e = bill_list(cx, &(struct bill_filter){.run_id = run.id, .limit = 1}, on_bill, &bill)) == OK)
        e = seed_say(cx, "bill_id", bill.id);
    if (!e)
        e = publish_and_pay(cx, at, run.id, bill.id);
    if (!e)
        e = fees(cx, at);
    return e ? e : online(cx, at);
}
