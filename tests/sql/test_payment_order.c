/* test_payment_order.c - payment orders, facts and refunds on both engines: every state with every event, facts told in any
 * order and as often as one likes, and random histories after which everything agrees to the fen.
 * ANJU_PROPERTY_CASES: steps of the random history (2,000).  SPDX-License-Identifier: MIT */
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
static const struct actor anna = {.id = 31, .company_id = 1, .project_id = 11, .roles = ROLE_CASHIER, .name = "a"},
                          bert = {.id = 32, .company_id = 1, .project_id = 11, .roles = ROLE_MANAGER, .name = "b"},
                          owner = {.id = 41, .company_id = 1, .project_id = 11, .roles = ROLE_OWNER, .name = "o"},
                          stranger = {.id = 51, .company_id = 2, .project_id = 21, .roles = ROLE_OWNER, .name = "s"};
#define WECHAT 61
#define ALIPAY 62

/* Bill 200+i of room 100+i%8: 1,000 fen + i and a late fee of i%3 x 5. The owner lives in room 100. */
static int set_up(void **state)
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
            " VALUES ($1, 1, 11, $2, 41, 'o', 'r', 'published', 20261001, 20261031, $3, $4, $5, 0)",
            ARGS(I64(200 + i), I64(100 + i % ROOMS), I64(20261130 - i % 30), I64(1000 + i), I64(i % 3 * 5)));
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

static void at(struct ctx *cx, const struct call *c)
{
    if (c->now)
        cx->now = c->now;
}

static enum err run_create(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return payment_order_create(cx, &c->in, &c->o);
}

static enum err run_starting(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return payment_order_starting(cx, c->id, "{}", &c->o);
}

static enum err run_started(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return payment_order_started(cx, c->id, c->how, "handle", "", &c->o);
}

static enum err run_closing(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return payment_order_closing(cx, c->id, "test", &c->o);
}

static enum err run_closed(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return payment_order_closed(cx, c->id, "test", &c->o);
}

static enum err run_fact(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    at(cx, c);
    return channel_fact_apply(cx, &c->f, &c->verdict, &c->o);
}

static enum err run_get(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return payment_order_get(cx, c->id, &c->o);
}

static enum err run_load(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    enum err e = payment_order_load(cx, c->id, &c->o);
    snprintf(c->number, sizeof c->number, "%s", e ? "" : c->o.out_trade_no);
    return e;
}

static enum err run_take(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return payment_take(cx, &c->pin, &c->p);
}

static enum err run_request(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return refund_request(cx, c->id, c->fen, "test", &c->r);
}

static enum err run_decide(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return refund_decide(cx, c->id, c->flag, "test", &c->r);
}

static enum err run_submit(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return refund_submitting(cx, c->id, &c->r, &c->flag);
}

static enum err run_outcome(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return refund_outcome(cx, c->id, c->out, "ref", "", 0);
}

static enum err run_void(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return payment_void(cx, c->id, "test", &c->p);
}

static enum err run_balance(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return ledger_balance(cx, 11, c->account, c->party, &c->fen);
}

static int64_t balance(int account)
{
    struct call c = {.account = account, .party = -1};
    assert_int_equal(harness_read(&anna, run_balance, &c), OK);
    return c.fen;
}

static enum err run_verify(struct ctx *cx, void *arg)
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
static void assert_sound(void)
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

static int64_t create(const struct actor *who, int64_t bill, int via, int channel)
{
    struct call c = {
        .in = {.bills = &bill, .nbills = 1, .channel = channel, .scene = SCENE_QR, .via = via}
    };
    assert_int_equal(harness_write(who, run_create, &c), OK);
    return c.o.id;
}

static struct call load(int64_t id)
{
    struct call c = {.id = id};
    assert_int_equal(harness_read(&harness_system, run_load, &c), OK);
    return c;
}

static enum err tell(int64_t id, const char *txn, enum fact_verdict *verdict)
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

static void step(int64_t id, job_fn *fn, enum order_outcome how, enum err want)
{
    struct call c = {.id = id, .how = how};
    assert_int_equal(harness_write(&anna, fn, &c), want);
}

static void test_a_bill_is_held_by_one_order(void **state)
{
    struct call c = {.id = 0};
    int64_t bill = 200, two[] = {200, 208}, other = 201;
    (void)state;
    int64_t id = create(&owner, bill, VIA_APP, CHANNEL_WECHAT);
    c.in = (struct payment_order_in){.bills = two, .nbills = 2, .scene = SCENE_QR};
    assert_int_equal(harness_write(&owner, run_create, &c), ERR_STATE);
    c.in.bills = &other, c.in.nbills = 1; /* of a room he does not live in */
    assert_int_equal(harness_write(&owner, run_create, &c), ERR_NOT_FOUND);
    assert_int_equal(harness_write(&stranger, run_create, &c), ERR_NOT_FOUND);
    c.pin = (struct payment_in){.method = PAY_CASH, .bills = &bill, .nbills = 1};
    assert_int_equal(harness_write(&anna, run_take, &c), ERR_STATE);
    c.id = id;
    assert_int_equal(harness_read(&owner, run_get, &c), OK);
    assert_int_equal(c.o.amount_fen, 1000);
    assert_int_equal(harness_read(&stranger, run_get, &c), ERR_NOT_FOUND);
    step(id, run_closing, 0, OK); /* never sent: closed at once */
    assert_int_equal(load(id).o.state, OS_CLOSED);
    assert_int_equal(harness_write(&anna, run_take, &c), OK);
    assert_sound();
}

/* Every state x every event: what the table has happens, what it has not is ERR_STATE and changes nothing. */
static void test_every_state_and_event(void **state)
{
    static const struct {
        enum order_state st;
        enum order_event ev;
    } path[OS_COUNT][3] = {
        [OS_UNKNOWN] = {{OS_CREATED, OE_CALL}     },
        [OS_PENDING] = {                       {OS_CREATED, OE_CALL}, {OS_UNKNOWN, OE_ANSWERED}},
        [OS_CLOSING] = {                       {OS_CREATED, OE_CALL}, {OS_UNKNOWN, OE_ANSWERED}, {OS_PENDING, OE_CLOSE}},
        [OS_CLOSED] = { {OS_CREATED, OE_CLOSED}   },
        [OS_FAILED] = {                      {OS_CREATED, OE_CALL},  {OS_UNKNOWN, OE_REFUSED}},
        [OS_PAID] = {                       {OS_CREATED, OE_CALL},     {OS_UNKNOWN, OE_PAID}},
        [OS_PAID_LATE] = {                       {OS_CREATED, OE_CLOSED},      {OS_CLOSED, OE_PAID}}
    };
    int64_t bill = 201;
    (void)state;
    for (int st = 0; st < OS_RETURNED; st++)
        for (int ev = 0; ev < OE_SENT_BACK; ev++, bill++) {
            int64_t id = create(&anna, bill, VIA_COUNTER, CHANNEL_ALIPAY);
            for (int k = 0; k <= 3; k++) {
                bool last =
                    k == 3 || (k < 3 && st == OS_CREATED) || (k > 0 && path[st][k].ev == 0 && path[st][k].st == 0);
                enum order_event what = last ? (enum order_event)ev : path[st][k].ev;
                struct call before = load(id);
                enum fact_verdict v = FACT_BOOKED;
                if (last)
                    assert_int_equal(before.o.state, st);
                const struct fsm_edge *edge = fsm_find(&order_fsm, before.o.state, what, UINT32_MAX, NULL);
                struct call c = {.id = id, .how = what == OE_ANSWERED ? OUTCOME_OK : OUTCOME_REFUSED};
                enum err e = what == OE_PAID
                                 ? tell(id, arena_printf(harness_ctx(NULL)->arena, "t%lld-%d", (long long)id, k), &v)
                                 : harness_write(&anna,
                                                 what == OE_CALL                             ? run_starting
                                                 : what == OE_ANSWERED || what == OE_REFUSED ? run_started
                                                 : what == OE_CLOSE                          ? run_closing
                                                                                             : run_closed,
                                                 &c);
                struct call now = load(id);
                bool quiet = what == OE_ANSWERED || what == OE_REFUSED; /* too late to matter: not an error */
                if (edge)
                    assert_int_equal(now.o.state,
                                     before.o.state == OS_CREATED && what == OE_CLOSE ? OS_CLOSED : edge->to);
                else if (what == OE_PAID)
                    assert_true(e == OK && v == FACT_SUSPENSE && now.o.state == before.o.state);
                else if ((what == OE_CALL && before.o.state == OS_PENDING) || /* answered already: nothing to send */
                         (what == OE_CLOSE && before.o.state == OS_CLOSING) ||
                         (what == OE_CLOSED && before.o.state == OS_CLOSED) || quiet)
                    assert_true(e == OK && now.o.state == before.o.state);
                else
                    assert_true(e == ERR_STATE && now.o.state == before.o.state);
                if (last)
                    break;
            }
        }
    assert_sound();
}

static void test_told_again_and_by_another_transaction(void **state)
{
    enum fact_verdict v;
    (void)state;
    int64_t id = create(&anna, 300, VIA_COUNTER, CHANNEL_WECHAT);
    harness_forget();
    assert_int_equal(tell(id, "same", &v), OK); /* before it was ever sent, as far as we remember */
    assert_int_equal(v, FACT_BOOKED);
    assert_int_equal(harness_count(NULL, "pay.status"), 4); /* order, payer, cashier, board */
    assert_int_equal(harness_count("user:41", "bill.paid"), 1);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(tell(id, "same", &v), OK);
        assert_int_equal(v, FACT_DUPLICATE);
    }
    int64_t n = harness_i64("SELECT COUNT(*) FROM refund", NO_ARGS);
    assert_int_equal(tell(id, "other", &v), OK);
    assert_int_equal(v, FACT_SUSPENSE);
    assert_int_equal(tell(id, "other", &v), OK);
    assert_int_equal(v, FACT_DUPLICATE);
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM refund", NO_ARGS), n + 1);
    assert_int_equal(load(id).o.state, OS_PAID);
    assert_sound();
}

static void test_late_money_and_its_rivals(void **state)
{
    enum fact_verdict v;
    (void)state;
    int64_t late = create(&anna, 301, VIA_COUNTER, CHANNEL_WECHAT);
    step(late, run_closing, 0, OK);
    int64_t rival = create(&anna, 301, VIA_COUNTER, CHANNEL_ALIPAY);
    step(rival, run_starting, 0, OK);
    assert_int_equal(tell(late, "late-1", &v), OK); /* the bill wants it: booked, though another order holds it */
    assert_int_equal(v, FACT_BOOKED);
    assert_int_equal(load(late).o.state, OS_PAID_LATE);
    assert_int_equal(load(rival).o.state, OS_CLOSING); /* before somebody pays it too */
    assert_int_equal(tell(rival, "late-2", &v), OK);   /* too late for that */
    assert_int_equal(v, FACT_SUSPENSE);
    assert_int_equal(load(rival).o.state, OS_RETURNED);
    assert_sound();
}

static void test_unknown_orders_are_an_alarm_only(void **state)
{
    struct actor channel = {.company_id = 1, .name = "channel"};
    struct call c = {
        .f = {.merchant_id = WECHAT,
              .amount_fen = 1,
              .paid_at = 1,
              .out_trade_no = "P404",
              .txn_id = "x",
              .source = "notify"}
    };
    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(harness_write(&channel, run_fact, &c), OK);
        assert_int_equal(c.verdict, FACT_UNKNOWN_ORDER);
    }
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM finance_alarm WHERE kind = 'unknown_order'", NO_ARGS), 1);
    assert_sound();
}

static void test_a_refund_is_reserved_decided_by_another_and_done_once(void **state)
{
    enum fact_verdict v;
    (void)state;
    int64_t id = create(&anna, 302, VIA_COUNTER, CHANNEL_WECHAT), payment; /* 1,102 + no late fee */
    assert_int_equal(tell(id, "refund-me", &v), OK);
    payment = load(id).o.payment_id;
    struct call c = {.id = payment, .fen = 102};
    assert_int_equal(harness_write(&anna, run_request, &c), OK);
    struct call too_much = {.id = payment, .fen = 1001};
    assert_int_equal(harness_write(&anna, run_request, &too_much), ERR_INVALID);
    struct call voiding = {.id = payment};
    assert_int_equal(harness_write(&bert, run_void, &voiding), ERR_STATE);
    c.id = c.r.id, c.flag = true;
    assert_int_equal(harness_write(&anna, run_decide, &c), ERR_FORBIDDEN);
    assert_int_equal(harness_write(&bert, run_decide, &c), OK);
    assert_int_equal(harness_write(&bert, run_decide, &c), ERR_STATE);
    assert_int_equal(harness_write(&harness_system, run_submit, &c), OK);
    assert_true(c.flag);
    assert_int_equal(harness_i64("SELECT paid_fen FROM bill WHERE id = 302", NO_ARGS),
                     1102); /* not before it is done */
    c.out = REFUND_IS_DONE;
    for (int i = 0; i < 3; i++)
        assert_int_equal(harness_write(&harness_system, run_outcome, &c), OK);
    assert_int_equal(harness_i64("SELECT paid_fen FROM bill WHERE id = 302", NO_ARGS), 1000);
    assert_int_equal(harness_i64("SELECT back_fen FROM payment WHERE id = $1", ARGS(I64(payment))), 102);
    /* rejected: free again */
    struct call all = {.id = payment, .fen = 1000};
    assert_int_equal(harness_write(&anna, run_request, &all), OK);
    all.id = all.r.id, all.flag = false;
    assert_int_equal(harness_write(&bert, run_decide, &all), OK);
    all.id = payment;
    assert_int_equal(harness_write(&anna, run_request, &all), OK);
    assert_sound();
}

/* Closed at the channel, asked for again by another number, and then the first one went through after all. */
static void test_a_closed_refund_that_succeeds_all_the_same(void **state)
{
    enum fact_verdict v;
    int64_t two[] = {304, 305}; /* 1,104 and 1,105, with late fees of 5 and 10 */
    struct call c = {
        .in = {.bills = two, .nbills = 2, .channel = CHANNEL_WECHAT, .scene = SCENE_QR, .via = VIA_COUNTER}
    };
    (void)state;
    assert_int_equal(harness_write(&anna, run_create, &c), OK);
    int64_t order = c.o.id;
    assert_int_equal(tell(order, "closed-refund", &v), OK);
    int64_t payment = load(order).o.payment_id, ids[2];
    for (int i = 0; i < 2; i++) {
        struct call r = {.id = payment, .fen = 1000};
        assert_int_equal(harness_write(&anna, run_request, &r), OK);
        ids[i] = r.id = r.r.id, r.flag = true;
        assert_int_equal(harness_write(&bert, run_decide, &r), OK);
        r.out = i == 0 ? REFUND_IS_CLOSED : REFUND_IS_DONE;
        assert_int_equal(harness_write(&harness_system, run_outcome, &r), OK);
    }
    struct call late = {.id = ids[0], .out = REFUND_IS_DONE};
    assert_int_equal(harness_write(&harness_system, run_outcome, &late), OK); /* its part of the bills has gone: anew */
    assert_int_equal(harness_i64("SELECT back_fen FROM payment WHERE id = $1", ARGS(I64(payment))), 2000);
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM finance_alarm WHERE kind = 'refund_exceeds'", NO_ARGS), 0);
    assert_sound();
    struct call third = {.id = payment, .fen = 200};
    assert_int_equal(harness_write(&anna, run_request, &third), OK);
    third.id = third.r.id, third.flag = true;
    assert_int_equal(harness_write(&bert, run_decide, &third), OK);
    third.out = REFUND_IS_CLOSED;
    assert_int_equal(harness_write(&harness_system, run_outcome, &third), OK);
    sql("UPDATE refund SET amount_fen = 300 WHERE id = $1", ARGS(I64(third.id))); /* as if the channel had given more */
    third.out = REFUND_IS_DONE;
    assert_int_equal(harness_write(&harness_system, run_outcome, &third), OK);
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM finance_alarm WHERE kind = 'refund_exceeds'", NO_ARGS), 1);
    sql("UPDATE refund SET amount_fen = 200 WHERE id = $1", ARGS(I64(third.id)));
    assert_sound();
}

/* ---- random histories ---- */

struct known {
    int64_t order[4000], refund[4000], payment[4000];
    size_t norder, nrefund, npayment;
};

static int64_t pick(const int64_t *v, size_t n, unsigned *seed)
{
    return v[(size_t)rand_r(seed) % n];
}

static void random_order(struct known *k, unsigned *seed)
{
    int64_t bills[3];
    size_t n = 1 + (size_t)rand_r(seed) % 3;
    for (size_t i = 0; i < n; i++)
        bills[i] = 310 + rand_r(seed) % (BILLS - 110);
    struct call c = {
        .in = {.bills = bills, .nbills = n, .channel = rand_r(seed) % 2, .scene = SCENE_QR, .via = VIA_COUNTER}
    };
    enum err e = harness_write(&anna, run_create, &c);
    assert_true(e == OK || e == ERR_STATE || e == ERR_INVALID);
    if (e == OK && k->norder < COUNT(k->order))
        k->order[k->norder++] = c.o.id;
}

static void random_step(struct known *k, unsigned *seed)
{
    static job_fn *const fn[] = {run_starting, run_started, run_closing, run_closed};
    struct call c = {.id = pick(k->order, k->norder, seed), .how = (enum order_outcome)(rand_r(seed) % 3)};
    enum err e = harness_write(&anna, fn[rand_r(seed) % 4], &c);
    assert_true(e == OK || e == ERR_STATE);
}

static void random_fact(struct known *k, unsigned *seed)
{
    enum fact_verdict v;
    int64_t id = pick(k->order, k->norder, seed);
    char txn[40];
    snprintf(txn, sizeof txn, "%lld-%d", (long long)id, rand_r(seed) % 10 == 0);
    assert_int_equal(tell(id, txn, &v), OK);
    if (v == FACT_BOOKED && k->npayment < COUNT(k->payment))
        k->payment[k->npayment++] = load(id).o.payment_id;
}

static void random_cash(struct known *k, unsigned *seed)
{
    int64_t bill = 310 + rand_r(seed) % (BILLS - 110);
    struct call c = {
        .pin = {.method = rand_r(seed) % 4 ? PAY_CASH : PAY_PREPAID,
                .bills = &bill,
                .nbills = 1,
                .amount_fen = 1 + rand_r(seed) % 900}
    };
    if (c.pin.method == PAY_CASH && rand_r(seed) % 3 == 0) {
        c.pin.prepaid_fen = 1 + rand_r(seed) % 500;
        c.pin.prepaid_room_id = 100 + rand_r(seed) % ROOMS;
    }
    enum err e = harness_write(&anna, run_take, &c);
    assert_true(e == OK || e == ERR_STATE || e == ERR_INVALID);
    if (e == OK && k->npayment < COUNT(k->payment))
        k->payment[k->npayment++] = c.p.id;
}

static void random_refund(struct known *k, unsigned *seed)
{
    struct call c = {.id = pick(k->payment, k->npayment, seed), .fen = 1 + rand_r(seed) % 1200};
    enum err e = harness_write(&anna, run_request, &c);
    assert_true(e == OK || e == ERR_INVALID || e == ERR_STATE);
    if (e == OK && k->nrefund < COUNT(k->refund))
        k->refund[k->nrefund++] = c.r.id;
}

static enum err run_pay_out(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return refund_pay_out(cx, c->id, NULL, &c->r);
}

static void random_refund_step(struct known *k, unsigned *seed)
{
    static job_fn *const fn[] = {run_decide, run_submit, run_outcome, run_outcome, run_pay_out};
    int what = rand_r(seed) % 5;
    struct call c = {.id = pick(k->refund, k->nrefund, seed),
                     .flag = rand_r(seed) % 4 != 0,
                     .out = (enum refund_outcome)(rand_r(seed) % 4)};
    bool channel =
        harness_i64("SELECT COUNT(*) FROM refund WHERE id = $1 AND method IN ('wechat', 'alipay')", ARGS(I64(c.id)));
    if (!channel && (what == 1 || what == 2 || what == 3))
        return; /* no channel ever speaks of the counter's */
    enum err e = harness_write(what == 0 || what == 4 ? &bert : &harness_system, fn[what], &c);
    if (e && e != ERR_STATE)
        print_error("refund step %d: %d %s\n", what, (int)e, harness_why.en ? harness_why.en : "");
    assert_true(e == OK || e == ERR_STATE);
}

static void test_random_histories(void **state)
{
    struct known *k = calloc(1, sizeof *k);
    unsigned seed = 20261126;
    const char *env = getenv("ANJU_PROPERTY_CASES");
    int steps = env ? atoi(env) : 2000;
    (void)state;
    int64_t first = create(&anna, 303, VIA_COUNTER, CHANNEL_WECHAT);
    k->order[k->norder++] = first;
    enum fact_verdict v;
    assert_int_equal(tell(first, "f", &v), OK);
    k->payment[k->npayment++] = load(first).o.payment_id;
    for (int i = 0; i < steps; i++) {
        switch (rand_r(&seed) % 10) {
        case 0:
        case 1:
            random_order(k, &seed);
            break;
        case 2:
        case 3:
        case 4:
            random_step(k, &seed);
            break;
        case 5:
        case 6:
            random_fact(k, &seed);
            break;
        case 7:
            random_cash(k, &seed);
            break;
        case 8:
            random_refund(k, &seed);
            break;
        default:
            if (k->nrefund)
                random_refund_step(k, &seed);
        }
        if (i % 500 == 499) {
            assert_sound();
            harness_forget();
        }
    }
    assert_sound();
    assert_true(k->norder > 20 && k->npayment > 20 && k->nrefund > 10);
    assert_true(harness_i64("SELECT COUNT(*) FROM refund WHERE state = 'success'", NO_ARGS) > 5);
    free(k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_bill_is_held_by_one_order),
        cmocka_unit_test(test_every_state_and_event),
        cmocka_unit_test(test_told_again_and_by_another_transaction),
        cmocka_unit_test(test_late_money_and_its_rivals),
        cmocka_unit_test(test_unknown_orders_are_an_alarm_only),
        cmocka_unit_test(test_a_refund_is_reserved_decided_by_another_and_done_once),
        cmocka_unit_test(test_a_closed_refund_that_succeeds_all_the_same),
        cmocka_unit_test(test_random_histories),
    };
    return cmocka_run_group_tests(tests, set_up, harness_close);
}
