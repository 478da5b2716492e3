/* test_payment_random.c - random histories of orders, facts, cash and refunds, after which everything agrees to the fen.
 * ANJU_PROPERTY_CASES: steps (5,000).  SPDX-License-Identifier: MIT */
#include "tests/sql/order_world.h"

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
    int steps = env ? atoi(env) : 5000;
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
        cmocka_unit_test(test_random_histories),
    };
    return cmocka_run_group_tests(tests, set_up, harness_close);
}
