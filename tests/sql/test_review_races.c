/* test_review_races.c - everybody at once on the same bills: counter, orders and their notices, voids, adjustments, waivers,
 * write-offs, disputes, late fees, refunds, prepaid accounts, shift closes, closed days. Whatever is refused, in the end
 * everything agrees to the fen. Several writers on PostgreSQL. ANJU_PROPERTY_CASES: steps a thread (250).
 * SPDX-License-Identifier: MIT */
#include "tests/sql/review_world.h"

#include <pthread.h>

#define THREADS 4
#define MONTHS  4
static int64_t bills[MONTHS * ROOMS];
static size_t nbills;

/* Each day's run is published; the clock ends well after the bills are late. */
static int set_up(void **state)
{
    static const int32_t day[MONTHS] = {20270105, 20270205, 20270305, 20270405};
    int rc = review_world(state);
    for (int m = 0; m < MONTHS; m++) {
        at(day[m]);
        int64_t run = billed(day[m], 0);
        for (int64_t r = 0; r < ROOMS; r++)
            bills[nbills++] = bill_of(run, 100 + r);
    }
    at(20270410);
    return rc;
}

/* ---- one thread: a context of its own for each step ---- */

struct hand {
    uint64_t seed;
    int64_t steps, done[16], refused;
    struct actor who;
    int n;
};

static uint64_t next(struct hand *h)
{
    h->seed ^= h->seed << 13;
    h->seed ^= h->seed >> 7;
    h->seed ^= h->seed << 17;
    return h->seed;
}

static enum err as(const struct actor *who, job_fn *fn, void *arg)
{
    struct arena *a = arena_new(0);
    struct ctx cx;
    cx_init(&cx, a, harness_store());
    cx.who = *who;
    enum err e = store_write(&cx, fn, arg);
    arena_free(a);
    return e;
}

static int64_t bill(struct hand *h)
{
    return bills[next(h) % nbills];
}

/* ids that threads have made for each other */
static _Atomic int64_t payments[64], orders[64], refunds[64], requests[64];
static _Atomic unsigned made[4];

static void give(_Atomic int64_t *list, int which, int64_t id)
{
    if (id)
        list[made[which]++ % 64] = id;
}

static int64_t get(struct hand *h, _Atomic int64_t *list)
{
    unsigned n = made[list == payments ? 0 : list == orders ? 1 : list == refunds ? 2 : 3];
    return n ? list[next(h) % (n < 64 ? n : 64)] : 0;
}

static enum err run_shift(struct ctx *cx, void *arg)
{
    struct ask *a = arg;
    enum err e = shift_current(cx, &a->shift);
    return e ? e : shift_close(cx, 0, a->shift.expected_fen > 0 ? a->shift.expected_fen : 0, "r", &a->shift);
}

static enum err run_number(struct ctx *cx, void *arg)
{
    struct ask *a = arg;
    enum err e = payment_order_load(cx, a->id, &a->order);
    snprintf(a->number, sizeof a->number, "%s", e ? "" : a->order.out_trade_no);
    return e;
}

static enum err take(struct hand *h, struct ask *a)
{
    int64_t b[2] = {bill(h), bill(h)};
    a->pay = (struct payment_in){.method = PAY_CASH, .bills = b, .nbills = b[0] == b[1] || next(h) % 4 ? 1 : 2};
    a->pay.amount_fen = (int64_t)(next(h) % (next(h) % 4 ? 400 : 9000)) + 1;
    if (next(h) % 4 == 0) {
        a->pay.prepaid_fen = (int64_t)(next(h) % 3000) + 1;
        a->pay.prepaid_room_id = 100 + (int64_t)(next(h) % 4);
    }
    enum err e = as(&h->who, rw_take, a);
    give(payments, 0, e ? 0 : a->payment.id);
    return e;
}

static enum err order(struct hand *h, struct ask *a)
{
    int64_t b[2] = {bill(h), bill(h)};
    a->want = (struct payment_order_in){.bills = b,
                                        .nbills = b[0] == b[1] || next(h) % 4 ? 1 : 2,
                                        .channel = CHANNEL_WECHAT,
                                        .scene = SCENE_QR,
                                        .via = VIA_COUNTER};
    enum err e = as(&h->who, rw_order, a);
    if (e)
        return e;
    a->id = a->order.id;
    give(orders, 1, a->id);
    return next(h) % 8 ? as(&h->who, rw_started, a) : OK;
}

static enum err tell(struct hand *h, struct ask *a)
{
    a->id = get(h, orders);
    if (!a->id)
        return OK;
    enum err e = as(&channel, run_number, a);
    char txn[48];
    snprintf(txn, sizeof txn, "T-%lld-%d", (long long)a->id, next(h) % 6 == 0);
    a->fact = (struct channel_fact){.merchant_id = WECHAT,
                                    .amount_fen = a->order.amount_fen,
                                    .paid_at = clock_now_ms() - (int64_t)(next(h) % 5) * DAY_MS,
                                    .out_trade_no = a->number,
                                    .txn_id = txn,
                                    .source = "notify"};
    if (!e)
        e = as(&channel, rw_fact, a);
    if (!e && a->order.payment_id)
        give(payments, 0, a->order.payment_id);
    return e;
}

static enum err refund(struct hand *h, struct ask *a)
{
    static const struct actor *const checkers[] = {&checker, &boss};
    a->id = get(h, next(h) % 2 ? refunds : payments);
    switch (next(h) % 5) {
    case 0:
    case 1:
        a->id = get(h, payments);
        a->fen = (int64_t)(next(h) % 3000) + 1;
        {
            enum err e = a->id ? as(&h->who, rw_refund, a) : OK;
            int64_t id = e || !a->id ? 0 : a->refund.id;
            give(refunds, 2, id);
            if (id && next(h) % 2) { /* most are decided at once, some handed out at once: the others meet the rest */
                a->id = id;
                a->flag = true;
                e = as(&checker, rw_decide, a);
                if (!e && next(h) % 2)
                    (void)!as(&h->who, rw_pay_out, a);
            }
            return e;
        }
    case 2:
        a->id = get(h, refunds);
        a->flag = next(h) % 4 != 0;
        return a->id ? as(checkers[next(h) % 2], rw_decide, a) : OK;
    case 3:
        a->id = get(h, refunds);
        return a->id ? as(&h->who, rw_pay_out, a) : OK;
    default:
        a->id = get(h, refunds);
        a->out = next(h) % 2 ? REFUND_IS_DONE : (enum refund_outcome)(next(h) % 4);
        if (a->id)
            (void)!as(&channel, rw_submit, a);
        a->now = 0;
        return a->id ? as(&channel, rw_outcome, a) : OK;
    }
}

static enum err request(struct hand *h, struct ask *a)
{
    static const int kinds[] = {RQ_ADJUST, RQ_ADJUST, RQ_LATE_WAIVER, RQ_WRITE_OFF};
    if (next(h) % 2) {
        a->id = get(h, requests);
        a->step = next(h) % 5 ? RQ_APPROVE : RQ_REJECT;
        return a->id ? as(&checker, rw_act, a) : OK;
    }
    int kind = kinds[next(h) % 4];
    if (kind == RQ_WRITE_OFF && next(h) % 4) /* seldom: it ends a bill */
        kind = RQ_ADJUST;
    a->rq = (struct fee_request){.kind = kind, .bill_id = bill(h), .line_n = 1, .reason = "r"};
    a->rq.amount_fen = kind == RQ_ADJUST ? (int64_t)(next(h) % 4000) - 1500 : (int64_t)(next(h) % 200) + 1;
    enum err e = as(&maker, rw_ask, a);
    give(requests, 3, e ? 0 : a->id);
    return e;
}

static enum err other(struct hand *h, struct ask *a)
{
    static const struct actor system = {.company_id = 1, .project_id = 11, .name = "system"};
    switch (next(h) % 8) {
    case 0:
        a->id = get(h, payments);
        return a->id ? as(&checker, rw_void, a) : OK;
    case 1:
        a->id = bill(h);
        a->day = 20270301 + (int32_t)(next(h) % 20);
        return as(&maker, rw_dispute, a);
    case 2:
        return as(&system, rw_late, a);
    case 3:
        a->id = 100 + (int64_t)(next(h) % 4);
        return as(&system, rw_prepaid, a);
    case 4:
    case 6:
    case 7:
        a->id = get(h, orders);
        return a->id ? as(&channel, rw_closed, a) : OK;
    default:
        return as(&h->who, run_shift, a);
    }
}

static void *work(void *arg)
{
    static enum err (*const what[])(struct hand * h, struct ask * a) = {take,   order,  tell,    tell,
                                                                        refund, refund, request, other};
    struct hand *h = arg;
    for (int64_t i = 0; i < h->steps; i++) {
        size_t k = next(h) % COUNT(what);
        struct ask *a = calloc(1, sizeof *a);
        enum err e = what[k](h, a);
        free(a);
        /* a reason that the caller can do something about, never an accident */
        if (e == ERR_INTERNAL || e == ERR_BUSY || e == ERR_RETRY || e == ERR_TIMEOUT) {
            print_error("thread %d, step %lld of kind %zu: error %d\n", h->n, (long long)i, k, e);
            h->n = -1;
            return NULL;
        }
        h->done[k] += e == OK;
        h->refused += e != OK;
    }
    return NULL;
}

static enum err run_open(struct ctx *cx, void *arg)
{
    struct ask *a = arg;
    return shift_current(cx, &a->shift);
}

static void drawer_agrees(const struct actor *who)
{
    struct ask a = {.id = 0};
    assert_int_equal(harness_read(who, run_open, &a), OK);
    int64_t counted = harness_i64("SELECT CAST(COALESCE(SUM(counted_fen - float_fen), 0) AS BIGINT) FROM cash_shift"
                                  " WHERE cashier_id = $1 AND state = 'closed'",
                                  ARGS(I64(who->id)));
    assert_int_equal(balance(LA_CASH, who->id), counted + a.shift.expected_fen);
}

static void test_everybody_at_once(void **state)
{
    struct hand h[THREADS] = {{0}};
    pthread_t t[THREADS];
    const char *cases = getenv("ANJU_PROPERTY_CASES");
    int64_t done[16] = {0}, refused = 0;
    (void)state;
    for (int i = 0; i < THREADS; i++) {
        h[i] = (struct hand){.seed = 0x9E3779B97F4A7C15U * (uint64_t)(i + 1),
                             .steps = cases ? atoll(cases) : 250,
                             .who = i % 2 ? boss : maker,
                             .n = i};
        assert_int_equal(pthread_create(&t[i], NULL, work, &h[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(t[i], NULL), 0);
        assert_true(h[i].n >= 0);
        for (size_t k = 0; k < COUNT(done); k++)
            done[k] += h[i].done[k];
        refused += h[i].refused;
    }
    for (size_t k = 0; k < 8; k++) {
        print_message("kind %zu: %lld done\n", k, (long long)done[k]);
        assert_true(done[k] > 0);
    }
    print_message("%lld refused\n", (long long)refused);
    money_agrees();
    assert_true(harness_i64("SELECT COUNT(*) FROM refund WHERE state = 'success'", NO_ARGS) > 0);
    assert_true(harness_i64("SELECT COUNT(*) FROM pay_order WHERE state IN ('paid', 'paid_late')", NO_ARGS) > 0);
    assert_int_equal(balance(LA_SUSPENSE, -1),
                     harness_i64("SELECT CAST(COALESCE(SUM(amount_fen), 0) AS BIGINT) FROM channel_txn"
                                 " WHERE use = 'suspense'",
                                 NO_ARGS));
    for (int64_t r = 0; r < 4; r++)
        assert_true(balance(LA_PREPAID, 100 + r) >= 0);
    /* what the ledger has in a cashier's drawer is what was counted and not handed over, and what came since */
    drawer_agrees(&maker);
    drawer_agrees(&boss);
    /* what is held is held by one order that lives, and every live order holds */
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM pay_order_bill x JOIN pay_order o ON o.id = x.order_id"
                                 " WHERE x.held = 1 AND o.state NOT IN ('created', 'unknown', 'pending', 'closing')",
                                 NO_ARGS),
                     0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_everybody_at_once)};
    return cmocka_run_group_tests(tests, set_up, harness_close);
}
