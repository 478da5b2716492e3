/* review_world.h - the world of fees with a merchant, and short calls for refunds, orders, requests, shifts and invoices.
 * Two items: a fee that can be late and a deposit. Each call is a transaction.  SPDX-License-Identifier: MIT */
#ifndef TESTS_SQL_REVIEW_WORLD_H
#define TESTS_SQL_REVIEW_WORLD_H
#include "tests/sql/fees_world.h"

#include "base/money.h"
#include "domain/fee_late.h"
#include "domain/fee_request.h"
#include "domain/fin_report.h"
#include "domain/finance.h"
#include "domain/merchant.h"
#include "domain/payment_order.h"
#include "domain/refund.h"
#include "domain/shift.h"
#include "platform/config.h"
#include <stdlib.h>

#define WECHAT 61
static const struct actor boss
    MAYBE = {.id = 33, .company_id = 1, .project_id = 11, .roles = ROLE_MANAGER, .name = "b"},
    channel MAYBE = {.company_id = 1, .name = "channel"};

/* What can be asked of a module, and what it said; texts of the answers die with the call. */
struct ask {
    int64_t id, fen, more, now;
    const int64_t *bills;
    size_t n;
    int32_t day;
    bool flag;
    const char *text;
    struct payment_in pay;
    struct payment payment;
    struct refund refund;
    enum refund_outcome out;
    struct payment_order_in want;
    struct payment_order order;
    struct channel_fact fact;
    enum fact_verdict verdict;
    struct fee_request rq, done;
    enum request_step step;
    struct cash_shift shift;
    char number[40];
};

static MAYBE enum err rw_take(struct ctx *cx, void *arg)
{
    struct ask *a = arg;
    return payment_take(cx, &a->pay, &a->payment);
}

static MAYBE enum err rw_void(struct ctx *cx, void *arg)
{
    struct ask *a = arg;
    return payment_void(cx, a->id, "收错", &a->payment);
}

static MAYBE enum err rw_refund(struct ctx *cx, void *arg)
{
    struct ask *a = arg;
    return refund_request(cx, a->id, a->fen, "退", &a->refund);
}

static MAYBE enum err rw_decide(struct ctx *cx, void *arg)
{
    struct ask *a = arg;
    return refund_decide(cx, a->id, a->flag, "看过", &a->refund);
}

static MAYBE enum err rw_pay_out(struct ctx *cx, void *arg)
{
    struct ask *a = arg;
    return refund_pay_out(cx, a->id, a->text, &a->refund);
}

static MAYBE enum err rw_submit(struct ctx *cx, void *arg)
{
    struct ask *a = arg;
    return refund_submitting(cx, a->id, &a->refund, &a->flag);
}

static MAYBE enum err rw_outcome(struct ctx *cx, void *arg)
{
    struct ask *a = arg;
    return refund_outcome(cx, a->id, a->out, "ref", "", a->now);
}

static MAYBE enum err rw_order(struct ctx *cx, void *arg)
{
    struct ask *a = arg;
    enum err e = payment_order_create(cx, &a->want, &a->order);
    snprintf(a->number, sizeof a->number, "%s", e ? "" : a->order.out_trade_no);
    return e;
}

static MAYBE enum err rw_started(struct ctx *cx, void *arg)
{
    struct ask *a = arg;
    enum err e = payment_order_starting(cx, a->id, "{}", &a->order);
    return e ? e : payment_order_started(cx, a->id, OUTCOME_OK, "h", "", &a->order);
}

static MAYBE enum err rw_closed(struct ctx *cx, void *arg)
{
    struct ask *a = arg;
    return payment_order_closed(cx, a->id, "test", &a->order);
}

static MAYBE enum err rw_fact(struct ctx *cx, void *arg)
{
    struct ask *a = arg;
    return channel_fact_apply(cx, &a->fact, &a->verdict, &a->order);
}

static MAYBE enum err rw_ask(struct ctx *cx, void *arg)
{
    struct ask *a = arg;
    enum err e = request_make(cx, &a->rq, &a->done);
    a->id = e ? a->id : a->done.id;
    return e;
}

static MAYBE enum err rw_act(struct ctx *cx, void *arg)
{
    struct ask *a = arg;
    return request_act(cx, a->id, a->step, "n", &a->done);
}

static MAYBE enum err rw_dispute(struct ctx *cx, void *arg)
{
    struct ask *a = arg;
    int64_t id = 0;
    return dispute_open(cx, a->id, a->day, "争议", &id);
}

static MAYBE enum err rw_late(struct ctx *cx, void *arg)
{
    struct ask *a = arg;
    return late_step(cx, clock_day_add(clock_day(cx->now), -1), 50, &a->flag);
}

static MAYBE enum err rw_prepaid(struct ctx *cx, void *arg)
{
    struct ask *a = arg;
    return payment_from_prepaid(cx, a->id, &a->fen);
}

/* ---- in one line ---- */

static MAYBE int64_t cash(int64_t bill, int64_t fen)
{
    struct ask a = {
        .pay = {.method = PAY_CASH, .bills = &bill, .nbills = 1, .amount_fen = fen}
    };
    assert_int_equal(harness_write(&maker, rw_take, &a), OK);
    return a.payment.id;
}

static MAYBE enum err refund_ask(int64_t payment, int64_t fen, int64_t *id)
{
    struct ask a = {.id = payment, .fen = fen};
    enum err e = harness_write(&maker, rw_refund, &a);
    *id = e ? 0 : a.refund.id;
    return e;
}

static MAYBE enum err refund_say(const struct actor *who, int64_t id, bool yes)
{
    struct ask a = {.id = id, .flag = yes};
    return harness_write(who, rw_decide, &a);
}

static MAYBE enum err refund_cash(int64_t id)
{
    struct ask a = {.id = id};
    return harness_write(&maker, rw_pay_out, &a);
}

static MAYBE enum err void_by(const struct actor *who, int64_t payment)
{
    struct ask a = {.id = payment};
    return harness_write(who, rw_void, &a);
}

static MAYBE enum err order_of(const int64_t *bills, size_t n, struct ask *a)
{
    *a = (struct ask){
        .want = {.bills = bills, .nbills = n, .channel = CHANNEL_WECHAT, .scene = SCENE_QR, .via = VIA_COUNTER}
    };
    return harness_write(&maker, rw_order, a);
}

/* An order that the channel has. */
static MAYBE struct ask order_pending(int64_t bill)
{
    struct ask a;
    assert_int_equal(order_of(&bill, 1, &a), OK);
    a.id = a.order.id;
    assert_int_equal(harness_write(&maker, rw_started, &a), OK);
    return a;
}

static MAYBE enum err fact(const struct ask *o, const char *txn, int64_t paid_at, enum fact_verdict *verdict)
{
    struct ask a = {
        .fact = {.merchant_id = WECHAT,
                 .amount_fen = o->order.amount_fen,
                 .paid_at = paid_at,
                 .out_trade_no = o->number,
                 .txn_id = txn,
                 .source = "notify"}
    };
    enum err e = harness_write(&channel, rw_fact, &a);
    *verdict = a.verdict;
    return e;
}

static MAYBE enum err rq_ask(struct fee_request rq, int64_t *id)
{
    struct ask a = {.rq = rq};
    a.rq.reason = "r";
    enum err e = harness_write(&maker, rw_ask, &a);
    *id = a.id;
    return e;
}

static MAYBE enum err rq_act(const struct actor *who, int64_t id, enum request_step step)
{
    struct ask a = {.id = id, .step = step};
    return harness_write(who, rw_act, &a);
}

static MAYBE void rq_done(struct fee_request rq)
{
    int64_t id = 0;
    assert_int_equal(rq_ask(rq, &id), OK);
    assert_int_equal(rq_act(&checker, id, RQ_APPROVE), OK);
}

static MAYBE enum err rw_verify(struct ctx *cx, void *arg)
{
    struct order_faults o = {0};
    struct refund_faults r = {0};
    int64_t entries = 0, bad = 0, diff = 0, shift = 0;
    (void)arg;
    assert_int_equal(payment_order_verify(cx, &o), OK);
    assert_int_equal(refund_verify(cx, &r), OK);
    assert_int_equal(ledger_verify(cx, &entries, &bad, &diff), OK);
    assert_int_equal(shift_verify(cx, &shift), OK);
    assert_int_equal(o.order, 0);
    assert_int_equal(o.txn, 0);
    assert_int_equal(o.project, 0);
    assert_int_equal(r.refund, 0);
    assert_int_equal(r.payment, 0);
    assert_int_equal(bad, 0);
    assert_int_equal(diff, 0);
    assert_int_equal(shift, 0);
    return OK;
}

static MAYBE enum err rw_report(struct ctx *cx, void *arg)
{
    return report_verify(cx, arg);
}

/* Bills, payments, orders, refunds, shifts, reports and books agree to the fen. */
static MAYBE void money_agrees(void)
{
    int64_t room = 0;
    all_well();
    assert_int_equal(harness_read(&maker, rw_report, &room), OK);
    assert_int_equal(room, 0);
    assert_int_equal(harness_read(NULL, rw_verify, NULL), OK);
}

static int64_t wy, yj; /* the items */

/* 100 yuan a room and month, due after 10 days, late at 1 per mille a day, 30 % at most; and an item for deposits. */
static MAYBE int review_world(void **state)
{
    setenv("ANJU_PUBLIC_URL", "https://127.0.0.1:1", 1);
    int rc = fees_world(state);
    assert_int_equal(config_load(NULL, stderr), OK);
    sql("INSERT INTO account(id, company_id, kind, name, created_at) VALUES (33, 1, 'staff', 'b', 0)", NO_ARGS);
    sql("INSERT INTO merchant(id, company_id, channel, name, appid, mchid, secrets_enc, created_at)"
        " VALUES (61, 1, 'wechat', 'm', 'app', 'mch', $1, 0)",
        ARGS(BLOB("x", 1)));
    wy = item(
        (struct fee_item){.code = "wy", .name = "物业费", .kind = FEE_FIXED, .late_rate_e6 = 1000, .late_cap_e4 = 3000},
        1000000, true);
    yj = item((struct fee_item){.code = "yj", .name = "押金", .kind = FEE_DEPOSIT}, 0, false);
    return rc;
}

#endif
