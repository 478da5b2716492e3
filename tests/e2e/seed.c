/* seed.c - e2e-seed -c FILE COMMAND: what a test needs in the store before the server starts, through the same use
 * cases as the server, and without waiting for a password hash each. Prints one JSON line for each thing made.
 *
 *   sessions                 a session for every active account; owners as owner0..owner39 in the order of the demo
 *   technicians N SKILL      N technicians t000.. on duty in all projects, each with a session
 *   company CODE             another company: project, room, owner, technician, staff of every role, a fault type, an order
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/id.h"
#include "domain/auth.h"
#include "domain/billing.h"
#include "domain/estate.h"
#include "domain/export.h"
#include "domain/fee_discount.h"
#include "domain/fee_kind.h"
#include "domain/fee_request.h"
#include "domain/finance.h"
#include "domain/invoice.h"
#include "domain/merchant.h"
#include "domain/payment.h"
#include "domain/payment_order.h"
#include "domain/recon.h"
#include "domain/refund.h"
#include "domain/repair.h"
#include "domain/shift.h"
#include "platform/config.h"
#include "platform/store/db.h"
#include "server/main/parts.h"
#include <stdlib.h>
#include <string.h>

STMT(q_all, "seed.accounts",
     "SELECT id, company_id, kind, COALESCE(login, ''), name FROM account WHERE state = 'active' ORDER BY id");
STMT(
    q_grant, "seed.grant",
    "INSERT INTO role_grant(id, company_id, account_id, role, project_id, created_at) VALUES ($1, $2, $3, $4, $5, $6)");
STMT(q_duty, "seed.duty", "UPDATE technician SET on_duty = 1, duty_at = $2 WHERE account_id = $1");
STMT(q_building, "seed.building", "SELECT MAX(id) FROM building WHERE company_id = $1");
STMT(q_alarm, "seed.alarm", "SELECT MAX(id) FROM finance_alarm WHERE company_id = $1");
STMT(q_item, "seed.recon_item", "SELECT MAX(id) FROM recon_item WHERE company_id = $1");
STMT(q_company, "seed.company", "SELECT id FROM company ORDER BY id LIMIT 1");

static const struct login_from from = {.company = "", .device = "seed", .user_agent = "e2e-seed"};
static int64_t count;
static const char *word;

struct account {
    int64_t id, company;
    char name[80];
};
struct list {
    struct account v[4096];
    size_t n;
    int owners;
};

static enum err on_account(struct ctx *cx, const struct row *r, void *out)
{
    struct list *l = out;
    struct account *a = &l->v[l->n++];
    a->id = row_i64(r, 0);
    a->company = row_i64(r, 1);
    if (str_eq(row_text(cx, r, 2), "resident"))
        snprintf(a->name, sizeof a->name, "owner%d", l->owners++);
    else
        snprintf(a->name, sizeof a->name, "%s", row_text(cx, r, 3));
    return OK;
}

static enum err session(struct ctx *cx, int64_t account, const char *name)
{
    struct login l = {0};
    struct jw w;
    enum err e = auth_open_session(cx, account, &from, 0, &l);
    if (e)
        return e;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    kv_str(&w, "who", name);
    kv_str(&w, "token", l.token);
    kv_id(&w, "account_id", account);
    kv_id(&w, "session_id", l.session_id);
    kv_id(&w, "project_id", l.project_id);
    kv_id(&w, "company_id", l.company_id);
    jw_end(&w);
    puts(jw_text(&w));
    return OK;
}

static enum err sessions(struct ctx *cx, void *arg)
{
    struct list *l = arg;
    l->n = 0;
    l->owners = 0;
    enum err e = db_each(cx, &q_all, NO_ARGS, on_account, l);
    for (size_t i = 0; i < l->n && !e; i++)
        e = session(cx, l->v[i].id, l->v[i].name);
    return e;
}

static enum err staff(struct ctx *cx, const char *login, const char *role, int64_t *id)
{
    struct account_in in = {.kind = "staff", .login = login, .name = login};
    enum err e = account_insert(cx, cx->who.company_id, &in, id);
    return e ? e
             : db_exec(cx, &q_grant,
                       ARGS(I64(id_new()), I64(cx->who.company_id), I64(*id), TXT(role), I64(0), I64(cx->now)), NULL);
}

static enum err technician(struct ctx *cx, const char *login, const char *skill, int64_t *id)
{
    /* More than a manager may set (100): with 200 rounds of one door one technician may win most of them. */
    struct technician t = {.max_open = 1000, .skills = &skill, .nskills = 1};
    enum err e = staff(cx, login, "technician", id);
    t.id = *id;
    if (!e)
        e = technician_save(cx, &t);
    if (!e)
        e = db_exec(cx, &q_duty, ARGS(I64(*id), I64(cx->now)), NULL);
    return e ? e : session(cx, *id, login);
}

static enum err technicians(struct ctx *cx, void *arg)
{
    int64_t id = 0;
    (void)arg;
    enum err e = db_i64(cx, &q_company, NO_ARGS, &cx->who.company_id, NULL);
    cx->who.name = "seed";
    for (int64_t i = 0; i < count && !e; i++)
        e = technician(cx, arena_printf(cx->arena, "t%03lld", (long long)i), word, &id);
    return e;
}

STMT(q_admin, "seed.admin", "SELECT id FROM account WHERE company_id = $1 AND login = 'admin'");
STMT(q_first_project, "seed.project", "SELECT id FROM project WHERE company_id = $1 ORDER BY id LIMIT 1");

/* Many rooms of the demo's first project, nobody in them: for crowds of bills */
static enum err rooms(struct ctx *cx, void *arg)
{
    int64_t id = 0;
    (void)arg;
    enum err e = db_i64(cx, &q_company, NO_ARGS, &cx->who.company_id, NULL);
    if (!e)
        e = db_i64(cx, &q_admin, ARGS(I64(cx->who.company_id)), &cx->who.id, NULL);
    if (!e)
        e = db_i64(cx, &q_first_project, ARGS(I64(cx->who.company_id)), &cx->who.project_id, NULL);
    cx->who.name = "seed";
    for (int64_t i = 0; i < count && !e; i++) {
        struct room m = {.building = arena_printf(cx->arena, "%lld栋", (long long)(100 + i / 500)),
                         .unit = "1单元",
                         .name = arena_printf(cx->arena, "%lld室", (long long)(101 + i % 500)),
                         .layout = "",
                         .area_e4 = 800000 + i};
        e = room_create(cx, &m, &id);
    }
    return e;
}

static enum err say(struct ctx *cx, const char *what, int64_t id)
{
    return puts(arena_printf(cx->arena, "{\"%s\":\"%lld\"}", what, (long long)id)) < 0 ? ERR_INTERNAL : OK;
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

/* A charge, a share, a rule, a space, and something that two people decide */
static enum err fees(struct ctx *cx, int64_t room)
{
    struct fee_item once = {.code = "zo", .name = "别处一次", .kind = FEE_ONE_OFF, .enabled = true},
                    shared = {.code = "zs", .name = "别处公摊", .kind = FEE_SHARED, .enabled = true};
    struct fee_request q;
    struct fee_share s;
    int64_t id = 0, rooms = 0;
    enum err e = fee_item_save(cx, &once);
    const struct charge c = {.item_id = once.id, .room_id = room, .amount_fen = 100, .day = 20261101};
    if (!e && (e = charge_add(cx, &c, &id)) == OK)
        e = say(cx, "charge_id", id);
    if (!e)
        e = fee_item_save(cx, &shared);
    if (!e)
        e = fee_assign_rooms(cx, shared.id, 0, 20260101, &rooms);
    const struct fee_share in = {.item_id = shared.id, .total_fen = 100, .from = 20261001, .to = 20261031};
    if (!e && (e = share_make(cx, &in, &s)) == OK)
        e = say(cx, "share_id", s.id);
    const struct discount off = {
        .name = "别处", .kind = DISCOUNT_VACANT, .off_e4 = 100, .from_day = 20260101, .to_day = 99991231};
    if (!e && (e = discount_add(cx, &off, &id)) == OK)
        e = say(cx, "discount_id", id);
    const struct fee_request vacant = {
        .kind = RQ_VACANCY, .room_id = room, .from_day = 20260101, .to_day = 20260201, .reason = "空置"};
    if (!e && (e = request_make(cx, &vacant, &q)) == OK)
        e = say(cx, "fee_request_id", q.id);
    return e;
}

/* A merchant with a day compared, an order, a refund asked for, and what somebody in finance has to look at */
static enum err online(struct ctx *cx, int64_t room, const struct payment *p)
{
    const struct merchant m = {.channel = CHANNEL_WECHAT,
                               .name = "别处商户",
                               .appid = "wx1",
                               .mchid = "1600000888",
                               .private_key = "k",
                               .apiv3_key = "k"};
    const struct bill_single one = {
        .room_id = room, .amount_fen = 700, .code = "ZR", .name = "别处修", .snapshot = "{}", .due_days = 7};
    const struct finance_alarm alarm = {
        .project_id = cx->who.project_id, .kind = "seed", .dedup = "seed", .text = "别处"};
    struct payment_order o;
    struct recon_run run;
    struct refund r;
    int64_t id = 0, bill = 0;
    enum err e = merchant_add(cx, &m, &id);
    if (!e && (e = say(cx, "merchant_id", id)) == OK)
        e = bill_single(cx, &one, &bill);
    const struct payment_order_in in = {
        .bills = &bill, .nbills = 1, .channel = CHANNEL_WECHAT, .scene = SCENE_QR, .via = VIA_COUNTER};
    if (!e && !str_empty(config()->public_url) && (e = payment_order_create(cx, &in, &o)) == OK)
        e = say(cx, "pay_order_id", o.id);
    if (!e && (e = refund_request(cx, p->id, 1, "别处", &r)) == OK)
        e = say(cx, "refund_id", r.id);
    if (!e)
        e = recon_open(cx, id, clock_day_add(clock_day(cx->now), -1), false, &run);
    const struct recon_row row = {.out_no = "Z-1", .txn_id = "Z-1", .amount_fen = 1, .at = cx->now};
    if (!e)
        e = recon_begin(cx, run.id, &run);
    if (!e)
        e = recon_rows(cx, run.id, &row, 1);
    if (!e && (e = recon_compare(cx, run.id, &run)) == OK)
        e = say(cx, "recon_run_id", run.id);
    if (!e && (e = db_i64(cx, &q_item, ARGS(I64(cx->who.company_id)), &id, NULL)) == OK)
        e = say(cx, "recon_item_id", id);
    if (!e)
        e = finance_alarm_add(cx, &alarm);
    if (!e)
        e = db_i64(cx, &q_alarm, ARGS(I64(cx->who.company_id)), &id, NULL);
    return e ? e : say(cx, "finance_alarm_id", id);
}

/* An invoice asked for, a shift closed, a download waiting, and where a code hangs */
static enum err counter(struct ctx *cx, const struct payment *p)
{
    const struct invoice_in in = {.payment_id = p->id, .title = "别人"};
    const struct export_filters all = {0};
    struct invoice i;
    struct cash_shift s;
    struct export_task t;
    int64_t building = 0;
    enum err e = invoice_apply(cx, &in, &i);
    if (!e && (e = say(cx, "invoice_id", i.id)) == OK)
        e = shift_close(cx, 0, p->amount_fen, "", &s);
    if (!e && (e = say(cx, "cash_shift_id", s.id)) == OK)
        e = export_start(cx, EXPORT_BILLS, &all, &t);
    if (!e && (e = say(cx, "export_id", t.id)) == OK)
        e = db_i64(cx, &q_building, ARGS(I64(cx->who.company_id)), &building, NULL);
    return e ? e : say(cx, "building_id", building);
}

/* Reviewed by the second person, published, and its bill paid in cash */
static enum err publish_and_pay(struct ctx *cx, int64_t room, int64_t run_id, int64_t bill_id, int64_t second)
{
    struct bill_run run;
    struct payment_in in = {.method = PAY_CASH, .bills = &bill_id, .nbills = 1};
    struct payment p;
    int64_t first = cx->who.id;
    enum err e = bill_run_act(cx, run_id, RUN_SUBMIT, "", &run);
    cx->who.id = second;
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
        e = say(cx, "payment_id", p.id);
    cx->who.roles = ROLE_COMPANY_ADMIN;
    if (!e)
        e = counter(cx, &p);
    if (!e)
        e = fees(cx, room);
    return e ? e : online(cx, room, &p);
}

/* A fee item, a meter, a run, its bill and what was paid on it */
static enum err money(struct ctx *cx, int64_t room, int64_t second)
{
    struct fee_item f = {.code = "zz", .name = "别处费", .kind = FEE_AREA, .due_days = 15, .enabled = true};
    struct bill_run run;
    struct last_bill bill = {0};
    int64_t id = 0, rooms = 0;
    enum err e = fee_item_save(cx, &f);
    if (!e)
        e = say(cx, "fee_item_id", f.id);
    if (!e)
        e = fee_price_set(cx, f.id, 20260101, 20000, NULL, 0);
    if (!e)
        e = fee_assign_rooms(cx, f.id, 0, 20260101, &rooms);
    struct meter m = {.item_id = f.id, .room_id = room, .multiplier_e3 = 1000, .serial = "ZZ-1", .from_day = 20260101};
    if (!e && (e = meter_add(cx, &m, &id)) == OK)
        e = say(cx, "meter_id", id);
    if (!e && (e = bill_run_start(cx, 20261101, &run)) == OK)
        e = say(cx, "bill_run_id", run.id);
    if (!e)
        e = work(cx, run.id);
    if (!e && (e = bill_list(cx, false, run.id, NULL, 0, 1, on_bill, &bill)) == OK)
        e = say(cx, "bill_id", bill.id);
    return e ? e : publish_and_pay(cx, room, run.id, bill.id, second);
}

static enum err company(struct ctx *cx, void *arg)
{
    static const char *const roles[] = {"company_admin", "manager",          "dispatcher",
                                        "cashier",       "customer_service", "auditor"};
    int64_t id = 0, room = 0, tech = 0, second = 0;
    struct binding b;
    struct repair r;
    struct json_list dup = {0};
    struct project p = {.code = "ZZ", .name = "别处花园", .address = "别处路 1 号", .kind = "residential"};
    struct room m = {.building = "9栋", .unit = "9单元", .name = "901室", .layout = "", .area_e4 = 900000};
    struct fault_type t = {.name = "别处漏水",
                           .skill = "general",
                           .mode = MODE_GRAB,
                           .urgency = URGENCY_NORMAL,
                           .place = "any",
                           .visit = "never",
                           .enabled = true,
                           .respond_ms = HOUR_MS,
                           .arrive_ms = HOUR_MS,
                           .finish_ms = HOUR_MS};
    struct material mat = {.name = "别处阀", .measure = "个", .price_min_fen = 1, .price_max_fen = 9, .stock_e3 = 1000};
    (void)arg;
    enum err e = company_create(cx, word, word, &cx->who.company_id);
    cx->who.name = "seed";
    for (size_t i = 0; i < COUNT(roles) && !e; i++) {
        e = staff(cx, arena_printf(cx->arena, "%s_%s", word, roles[i]), roles[i], &id);
        if (!e && i == 0)
            cx->who.id = id;
        second = id;
    }
    if (!e && (e = project_create(cx, &p, &cx->who.project_id)) == OK)
        e = say(cx, "project_id", cx->who.project_id);
    if (!e && (e = room_create(cx, &m, &room)) == OK)
        e = say(cx, "room_id", room);
    if (!e && (e = binding_register(cx, room, BIND_OWNER, "别人", "13700000000", 0, &b)) == OK)
        e = say(cx, "binding_id", b.id);
    if (!e)
        e = session(cx, b.account_id, arena_printf(cx->arena, "%s_owner", word));
    if (!e)
        e = technician(cx, arena_printf(cx->arena, "%s_technician", word), "general", &tech);
    if (!e)
        e = say(cx, "technician_id", tech);
    if (!e && (e = fault_type_save(cx, &t)) == OK)
        e = say(cx, "type_id", t.id);
    if (!e && (e = material_add(cx, &mat, &id)) == OK)
        e = say(cx, "material_id", id);
    struct repair_report in = {.type_id = t.id,
                               .room_id = room,
                               .description = "别处的报修",
                               .contact_phone = "13700000000",
                               .contact_name = "别人",
                               .channel = CH_STAFF};
    if (!e && (e = repair_report(cx, &in, &r, &dup)) == OK)
        e = say(cx, "repair_id", r.id);
    if (!e)
        e = money(cx, room, second);
    return e ? e : session(cx, cx->who.id, arena_printf(cx->arena, "%s_admin", word));
}

int main(int argc, char **argv)
{
    static struct list list;
    struct ctx cx;
    job_fn *fn = NULL;
    if (argc >= 4 && str_eq(argv[1], "-c")) {
        word = argc > 4 ? argv[argc - 1] : "";
        if (str_eq(argv[3], "sessions"))
            fn = sessions;
        else if (str_eq(argv[3], "technicians") && argc == 6 && parse_i64(argv[4], &count))
            fn = technicians;
        else if (str_eq(argv[3], "rooms") && argc == 5 && parse_i64(argv[4], &count))
            fn = rooms;
        else if (str_eq(argv[3], "company") && argc == 5)
            fn = company;
    }
    if (!fn) {
        fputs("usage: e2e-seed -c FILE sessions | technicians N SKILL | rooms N | company CODE\n", stderr);
        return 2;
    }
    struct store *s = open_store(argv[2]);
    if (!s)
        return 2;
    struct arena *a = arena_new((size_t)1 << 30);
    cx_init(&cx, a, s);
    cx.ip = "127.0.0.1";
    enum err e = store_write(&cx, fn, &list);
    if (e)
        fprintf(stderr, "e2e-seed: %s: %s\n", err_wire(e), cx.why.en ? cx.why.en : "");
    arena_free(a);
    store_close(s);
    return e ? 2 : 0;
}
