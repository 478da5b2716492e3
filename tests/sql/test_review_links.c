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

/* The books' check looks at bills outside any run too. */
static void test_a_single_bill_that_does_not_fit_its_entries_is_found(void **state)
{
    int64_t id = 0;
    (void)state;
    assert_int_equal(harness_write(&boss, run_single, &id), OK);
    assert_int_equal(faults().published, 0);
    assert_int_equal(harness_sql("UPDATE bill SET amount_fen = amount_fen + 1 WHERE id = $1", ARGS(I64(id))), OK);
    assert_int_equal(faults().published, id);
    assert_int_equal(harness_sql("UPDATE bill SET amount_fen = amount_fen - 1 WHERE id = $1", ARGS(I64(id))), OK);
    money_agrees();
}

/* ---- a day ends at midnight in Beijing, in every list ---- */

struct days {
    int32_t day;
    int64_t taken, voided, back;
};

static void on_day(void *arg, const struct takings_row *r)
{
    struct days *d = arg;
    if (r->key != d->day)
        return;
    d->taken = r->fen[TAKINGS_TAKEN];
    d->voided = r->fen[TAKINGS_VOID];
    d->back = r->fen[TAKINGS_REFUND];
}

static enum err run_days(struct ctx *cx, void *arg)
{
    struct days *d = arg;
    return report_takings(cx, TAKEN_BY_DAY, d->day, d->day, on_day, d);
}

static struct days on(int32_t day)
{
    struct days d = {.day = day};
    assert_int_equal(harness_read(&boss, run_days, &d), OK);
    return d;
}

static void test_midnight_is_beijings(void **state)
{
    const int64_t midnight = clock_day_start(20270502);
    int64_t refund = 0;
    (void)state;
    clock_shift_ms(midnight - 30 * SECOND_MS - clock_now_ms()); /* 15:59:30 of the 1st in Greenwich */
    int64_t before = cash(bills[0], 100), gone = cash(bills[0], 7), last = cash(bills[0], 20);
    assert_int_equal(refund_ask(last, 20, &refund), OK);
    assert_int_equal(refund_say(&checker, refund, true), OK);
    clock_shift_ms(midnight + 30 * SECOND_MS - clock_now_ms());
    int64_t after = cash(bills[0], 3000);
    assert_int_equal(void_by(&checker, gone), OK);
    assert_int_equal(refund_cash(refund), OK);
    assert_int_equal(harness_i64("SELECT day FROM payment WHERE id = $1", ARGS(I64(before))), 20270501);
    assert_int_equal(harness_i64("SELECT day FROM payment WHERE id = $1", ARGS(I64(after))), 20270502);
    struct days first = on(20270501), second = on(20270502);
    assert_int_equal(first.taken, 127);
    assert_int_equal(first.voided + first.back, 0);
    assert_int_equal(second.taken, 3000);
    assert_int_equal(second.voided, 7);
    assert_int_equal(second.back, 20);
    assert_int_equal(harness_i64("SELECT CAST(SUM(l.debit_fen - l.credit_fen) AS BIGINT) FROM ledger_line l"
                                 " JOIN ledger_entry e ON e.id = l.entry_id WHERE l.account = 'cash'"
                                 " AND e.day = 20270502",
                                 NO_ARGS),
                     3000 - 7 - 20);
    money_agrees();
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_a_voided_payment_takes_its_invoice_along),
                                       cmocka_unit_test(test_an_invoice_is_for_what_stayed_on_bills),
                                       cmocka_unit_test(test_prepaid_money_is_taken_once),
                                       cmocka_unit_test(test_a_second_bill_of_the_same_thing_and_day),
                                       cmocka_unit_test(test_a_single_bill_that_does_not_fit_its_entries_is_found),
                                       cmocka_unit_test(test_midnight_is_beijings)};
    return cmocka_run_group_tests(tests, set_up, harness_close);
}
