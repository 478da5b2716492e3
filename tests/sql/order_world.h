/* order_world.h - the world of the tests about payment orders: rooms, open bills, two merchants, and calls for every step.
 * SPDX-License-Identifier: MIT */
#ifndef TESTS_SQL_ORDER_WORLD_H
#define TESTS_SQL_ORDER_WORLD_H
#include "tests/sql/two_companies.h"

#include "domain/finance.h"
#include "domain/ledger.h"
#include "domain/merchant.h"
#include "domain/payment_order.h"
#include "domain/refund.h"
#include "platform/config.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROOMS 8
#define BILLS 400
__attribute__((unused)) static const struct actor
    anna = {.id = 31, .company_id = 1, .project_id = 11, .roles = ROLE_CASHIER, .name = "a"},
    bert = {.id = 32, .company_id = 1, .project_id = 11, .roles = ROLE_MANAGER, .name = "b"},
    owner = {.id = 41, .company_id = 1, .project_id = 11, .roles = ROLE_OWNER, .name = "o"},
    stranger = {.id = 51, .company_id = 2, .project_id = 21, .roles = ROLE_OWNER, .name = "s"};
#define WECHAT 61
#define ALIPAY 62

/* Bill 200+i of room 100+i%8: 1,000 fen + i and a late fee of i%3 x 5. The owner lives in room 100. */
__attribute__((unused)) static int set_up(void **state)
{
    setenv("ANJU_PUBLIC_URL", "https://127.0.0.1:1", 1);
    int rc = two_companies(state);
    assert_int_equal(config_load(NULL, stderr), OK);
    for (int64_t i = 0; i < ROOMS; i++)
        sql("INSERT INTO room(id, company_id, project_id, building_id, name, full_name, norm, area_e4, created_at)"
            " VALUES ($1, 1, 11, 12, $2, $2, $2, 1000000, 0)",
            ARGS(I64(100 + i), TXT(arena_printf(harness_ctx(NULL)->arena, "r%02d", (int)i))));
    sql("INSERT INTO account(id, company_id, kind, name, created_at) VALUES (41, 1, 'resident', 'o', 0)", NO_ARGS);
    sql("INSERT INTO binding(id, company_id, project_id, room_id, account_id, role, state, source, created_at, "
        "changed_at)"
        " VALUES (71, 1, 11, 100, 41, 'owner', 'active', 'register', 0, 0)",
        NO_ARGS);
    for (int64_t i = 0; i < BILLS; i++)
        sql("INSERT INTO bill(id, company_id, project_id, room_id, payer_id, payer_name, room_name, state, period_from,"
            " period_to, due_day, amount_fen, late_fen, created_at)"
            " VALUES ($1, 1, 11, $2, $6, 'o', 'r', 'published', 20261001, 20261031, $3, $4, $5, 0)",
            ARGS(I64(200 + i), I64(100 + i % ROOMS), I64(20261130 - i % 30), I64(1000 + i), I64(i % 3 * 5),
                 I64(i == 1 ? 0 : 41))); /* 201: of somebody he has nothing to do with */
    for (int64_t m = WECHAT; m <= ALIPAY; m++)
        sql("INSERT INTO merchant(id, company_id, channel, name, appid, mchid, secrets_enc, created_at)"
            " VALUES ($1, 1, $2, 'm', 'app', 'mch', $3, 0)",
            ARGS(I64(m), TXT(m == WECHAT ? "wechat" : "alipay"), BLOB("x", 1)));
    return rc;
}

struct call {
    struct payment_order_in in;
    struct payment_order o;
    struct channel_fact f;
    struct refund r;
    struct payment_in pin;
    struct payment p;
    enum fact_verdict verdict;
    enum order_outcome how;
    enum refund_outcome out;
    int64_t id, fen, now, party;
    int account;
    bool flag;
    char number[40]; /* texts of o die with the call */
};

__attribute__((unused)) static void at(struct ctx *cx, const struct call *c)
{
    if (c->now)
        cx->now = c->now;
}

__attribute__((unused)) static enum err run_create(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return payment_order_create(cx, &c->in, &c->o);
}

__attribute__((unused)) static enum err run_starting(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return payment_order_starting(cx, c->id, "{}", &c->o);
}

__attribute__((unused)) static enum err run_started(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return payment_order_started(cx, c->id, c->how, "handle", "", &c->o);
}

__attribute__((unused)) static enum err run_closing(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return payment_order_closing(cx, c->id, "test", &c->o);
}

__attribute__((unused)) static enum err run_closed(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return payment_order_closed(cx, c->id, "test", &c->o);
}

__attribute__((unused)) static enum err run_fact(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    at(cx, c);
    return channel_fact_apply(cx, &c->f, &c->verdict, &c->o);
}

__attribute__((unused)) static enum err run_get(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return payment_order_get(cx, c->id, &c->o);
}

__attribute__((unused)) static enum err run_load(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    enum err e = payment_order_load(cx, c->id, &c->o);
    snprintf(c->number, sizeof c->number, "%s", e ? "" : c->o.out_trade_no);
    return e;
}

__attribute__((unused)) static enum err run_take(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return payment_take(cx, &c->pin, &c->p);
}

__attribute__((unused)) static enum err run_request(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return refund_request(cx, c->id, c->fen, "test", &c->r);
}

__attribute__((unused)) static enum err run_decide(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return refund_decide(cx, c->id, c->flag, "test", &c->r);
}

__attribute__((unused)) static enum err run_submit(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return refund_submitting(cx, c->id, &c->r, &c->flag);
}

__attribute__((unused)) static enum err run_outcome(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return refund_outcome(cx, c->id, c->out, "ref", "", 0);
}

__attribute__((unused)) static enum err run_void(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return payment_void(cx, c->id, "test", &c->p);
}

__attribute__((unused)) static enum err run_balance(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return ledger_balance(cx, 11, c->account, c->party, &c->fen);
}

__attribute__((unused)) static int64_t balance(int account)
{
    struct call c = {.account = account, .party = -1};
    assert_int_equal(harness_read(&anna, run_balance, &c), OK);
    return c.fen;
}

__attribute__((unused)) static enum err run_verify(struct ctx *cx, void *arg)
{
    struct payment_faults p = {0};
    struct order_faults o = {0};
    struct refund_faults r = {0};
    int64_t entries = 0, bad = 0, diff = 0;
    (void)arg;
    assert_int_equal(payment_verify(cx, &p), OK);
    assert_int_equal(payment_order_verify(cx, &o), OK);
    assert_int_equal(refund_verify(cx, &r), OK);
    assert_int_equal(ledger_verify(cx, &entries, &bad, &diff), OK);
    assert_int_equal(p.bill, 0);
    assert_int_equal(p.payment, 0);
    assert_int_equal(p.project, 0);
    assert_int_equal(o.order, 0);
    assert_int_equal(o.txn, 0);
    assert_int_equal(o.project, 0);
    assert_int_equal(r.refund, 0);
    assert_int_equal(r.payment, 0);
    assert_int_equal(bad, 0);
    assert_int_equal(diff, 0);
    return OK;
}

/* The bills came without their ledger entries, so receivables stand for what was paid. */
__attribute__((unused)) static void assert_sound(void)
{
    assert_int_equal(harness_read(&anna, run_verify, NULL), OK);
    assert_int_equal(balance(LA_RECEIVABLE), -harness_i64("SELECT CAST(SUM(paid_fen) AS BIGINT) FROM bill", NO_ARGS));
    assert_int_equal(balance(LA_LATE_INCOME),
                     harness_i64("SELECT CAST(SUM(late_paid_fen) AS BIGINT) FROM bill", NO_ARGS));
    assert_int_equal(balance(LA_CLEARING),
                     harness_i64("SELECT CAST(COALESCE(SUM(t.amount_fen), 0) AS BIGINT) FROM channel_txn t", NO_ARGS) -
                         harness_i64("SELECT CAST(COALESCE(SUM(amount_fen), 0) AS BIGINT) FROM refund"
                                     " WHERE state = 'success' AND method IN ('wechat', 'alipay')",
                                     NO_ARGS));
    assert_int_equal(balance(LA_SUSPENSE),
                     harness_i64("SELECT CAST(COALESCE(SUM(amount_fen), 0) AS BIGINT) FROM channel_txn"
                                 " WHERE use = 'suspense'",
                                 NO_ARGS));
    assert_true(balance(LA_PREPAID) >= 0);
}

__attribute__((unused)) static int64_t create(const struct actor *who, int64_t bill, int via, int channel)
{
    struct call c = {
        .in = {.bills = &bill, .nbills = 1, .channel = channel, .scene = SCENE_QR, .via = via}
    };
    assert_int_equal(harness_write(who, run_create, &c), OK);
    return c.o.id;
}

__attribute__((unused)) static struct call load(int64_t id)
{
    struct call c = {.id = id};
    assert_int_equal(harness_read(&harness_system, run_load, &c), OK);
    return c;
}

__attribute__((unused)) static enum err tell(int64_t id, const char *txn, enum fact_verdict *verdict)
{
    struct call was = load(id);
    struct actor channel = {.company_id = 1, .name = "channel"};
    struct call c = {
        .f = {.merchant_id = was.o.merchant_id,
              .amount_fen = was.o.amount_fen,
              .paid_at = clock_now_ms(),
              .out_trade_no = was.number,
              .txn_id = txn,
              .source = "notify"}
    };
    enum err e = harness_write(&channel, run_fact, &c);
    *verdict = c.verdict;
    return e;
}

__attribute__((unused)) static void step(int64_t id, job_fn *fn, enum order_outcome how, enum err want)
{
    struct call c = {.id = id, .how = how};
    assert_int_equal(harness_write(&anna, fn, &c), want);
}

#endif
