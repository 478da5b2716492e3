/* test_review_links.c - what one module's money means to another: invoices and voids, prepaid money in the takings, repairs
 * that are billed twice in a day.  SPDX-License-Identifier: MIT */
#include "tests/sql/review_world.h"

#include "domain/fin_report.h"
#include "domain/invoice.h"

static int64_t bills[ROOMS]; /* of December, published on 5 January, due on 15 January */

static int set_up(void **state)
{
    int rc = review_world(state);
    int64_t run = billed(20270105, 0);
    for (int64_t i = 0; i < ROOMS; i++)
        bills[i] = bill_of(run, 100 + i);
    return rc;
}

/* ---- invoices hear of everything that takes money back ---- */

struct invoicing {
    struct invoice_in in;
    struct invoice i;
    int64_t id;
};

static enum err run_apply(struct ctx *cx, void *arg)
{
    struct invoicing *c = arg;
    return invoice_apply(cx, &c->in, &c->i);
}

static enum err run_refunded(struct ctx *cx, void *arg)
{
    return invoice_payment_refunded(cx, *(int64_t *)arg);
}

static int64_t told_of(int64_t payment)
{
    return harness_i64("SELECT COUNT(*) FROM outbox WHERE kind = 'payment.refunded' AND ref = $1", ARGS(I64(payment)));
}

static int64_t invoiced(int64_t payment, const char *state)
{
    return harness_i64(
        "SELECT CAST(COALESCE(SUM(amount_fen), -1) AS BIGINT) FROM invoice WHERE payment_id = $1 AND state = $2",
        ARGS(I64(payment), TXT(state)));
}

static void test_a_voided_payment_takes_its_invoice_along(void **state)
{
    (void)state;
    at(20270306);
    int64_t payment = cash(bills[4], 5000);
    struct invoicing c = {
        .in = {.payment_id = payment, .title = "张伟"}
    };
    assert_int_equal(harness_write(&maker, run_apply, &c), OK);
    assert_int_equal(told_of(payment), 0);
    assert_int_equal(void_by(&checker, payment), OK);
    assert_int_equal(told_of(payment), 1);
    assert_int_equal(harness_write(&maker, run_refunded, &payment), OK);
    assert_int_equal(invoiced(payment, "submitted"), -1);
    assert_int_equal(invoiced(payment, "canceled"), 5000);
    money_agrees();
}

/* 50 yuan on a bill and 40 prepaid: when the 50 go back, nothing is left that may be invoiced. */
static void test_an_invoice_is_for_what_stayed_on_bills(void **state)
{
    int64_t refund = 0, bill = bills[5];
    (void)state;
    struct ask a = {
        .pay = {.method = PAY_CASH,
                .bills = &bill,
                .nbills = 1,
                .amount_fen = 5000,
                .prepaid_fen = 4000,
                .prepaid_room_id = 105}
    };
    assert_int_equal(harness_write(&maker, rw_take, &a), OK);
    int64_t payment = a.payment.id;
    struct invoicing c = {
        .in = {.payment_id = payment, .title = "张伟"}
    };
    assert_int_equal(harness_write(&maker, run_apply, &c), OK);
    assert_int_equal(c.i.amount_fen, 5000);
    assert_int_equal(refund_ask(payment, 2000, &refund), OK);
    assert_int_equal(refund_say(&checker, refund, true), OK);
    assert_int_equal(refund_cash(refund), OK);
    assert_int_equal(harness_write(&maker, run_refunded, &payment), OK);
    assert_int_equal(invoiced(payment, "submitted"), 3000);
    assert_int_equal(refund_ask(payment, 3000, &refund), OK);
    assert_int_equal(refund_say(&checker, refund, true), OK);
    assert_int_equal(refund_cash(refund), OK);
    assert_int_equal(harness_write(&maker, run_refunded, &payment), OK);
    assert_int_equal(invoiced(payment, "submitted"), -1);
    c.in.payment_id = payment;
    assert_int_equal(harness_write(&maker, run_apply, &c), ERR_STATE);
    money_agrees();
}

/* ---- takings are money: what moves from a prepaid account to a bill has come once already ---- */

static void on_takings(void *arg, const struct takings_row *r)
{
    int64_t *sum = arg;
    *sum += r->fen[TAKINGS_TAKEN] - r->fen[TAKINGS_VOID] - r->fen[TAKINGS_REFUND];
}

struct span {
    enum takings_by by;
    int64_t sum;
};

static enum err run_span(struct ctx *cx, void *arg)
{
    struct span *s = arg;
    s->sum = 0;
    return report_takings(cx, s->by, 20270101, 20271231, on_takings, &s->sum);
}

static int64_t money(void)
{
    return balance(LA_CASH, -1) + balance(LA_BANK, -1) + balance(LA_CLEARING, -1);
}

static void takings_are_money(int64_t before)
{
    for (int by = 0; by < TAKEN_BY_PROJECT; by++) {
        struct span s = {.by = (enum takings_by)by};
        assert_int_equal(harness_read(&boss, run_span, &s), OK);
        assert_int_equal(s.sum, before + money());
    }
}

static void test_prepaid_money_is_taken_once(void **state)
{
    static const struct actor system = {.company_id = 1, .project_id = 11, .name = "system"};
    int64_t refund = 0;
    (void)state;
    at(20270401);
    struct span all = {.by = TAKEN_BY_DAY};
    assert_int_equal(harness_read(&boss, run_span, &all), OK);
    int64_t apart = all.sum - money(); /* deposits paid back and what the channel still owes are no takings */
    struct ask a = {
        .pay = {.method = PAY_CASH, .prepaid_fen = 3000, .prepaid_room_id = 107}
    };
    assert_int_equal(harness_write(&maker, rw_take, &a), OK);
    takings_are_money(apart);
    int64_t run = billed(20270401, 107);
    a = (struct ask){.id = 107};
    assert_int_equal(harness_write(&system, rw_prepaid, &a), OK);
    assert_int_equal(a.fen, 3000);
    takings_are_money(apart);
    /* back to the prepaid account, and from there in cash */
    int64_t payment = harness_i64("SELECT MAX(id) FROM payment WHERE method = 'prepaid'", NO_ARGS);
    assert_int_equal(refund_ask(payment, 1000, &refund), OK);
    assert_int_equal(refund_say(&checker, refund, true), OK);
    assert_int_equal(refund_cash(refund), OK);
    assert_int_equal(balance(LA_PREPAID, 107), 1000);
    takings_are_money(apart);
    assert_true(bill_of(run, 107) > 0);
    money_agrees();
}

/* ---- a repair that is done again on the same day is billed again ---- */

static enum err run_single(struct ctx *cx, void *arg)
{
    int64_t *id = arg;
    const struct bill_single in = {
        .room_id = 108, .amount_fen = 5000, .code = "REPAIR", .name = "维修费", .snapshot = "{}", .due_days = 7};
    return bill_single(cx, &in, id);
}

static void test_a_second_bill_of_the_same_thing_and_day(void **state)
{
    int64_t first = 0, second = 0;
    (void)state;
    assert_int_equal(harness_write(&boss, run_single, &first), OK);
    assert_int_equal(cash(first, 0) > 0, true);
    assert_int_equal(harness_write(&boss, run_single, &second), OK);
    assert_true(first != second);
    assert_string_equal(show(second).state, "published");
    money_agrees();
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_a_voided_payment_takes_its_invoice_along),
                                       cmocka_unit_test(test_an_invoice_is_for_what_stayed_on_bills),
                                       cmocka_unit_test(test_prepaid_money_is_taken_once),
                                       cmocka_unit_test(test_a_second_bill_of_the_same_thing_and_day)};
    return cmocka_run_group_tests(tests, set_up, harness_close);
}
