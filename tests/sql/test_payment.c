/* test_payment.c - money at the counter on both engines: spreading, change, vouchers, receipt numbers, voiding by a second
 * person, random histories whose books agree, and a verify that notices.  SPDX-License-Identifier: MIT */
#include "tests/sql/two_companies.h"

#include "domain/ledger.h"
#include "domain/payment.h"
#include <stdlib.h>

#define BILLS 40
static const struct actor anna = {.id = 31, .company_id = 1, .project_id = 11, .roles = ROLE_CASHIER, .name = "a"},
                          bert = {.id = 32, .company_id = 1, .project_id = 11, .roles = ROLE_CASHIER, .name = "b"},
                          stranger = {.id = 51, .company_id = 2, .project_id = 21, .roles = ROLE_CASHIER, .name = "s"};

/* Bills 200..239 of rooms 100..109, 1,000 fen + their number; higher numbers are due earlier. */
static int set_up(void **state)
{
    int rc = two_companies(state);
    for (int64_t i = 0; i < 10; i++)
        sql("INSERT INTO room(id, company_id, project_id, building_id, name, full_name, norm, area_e4, created_at)"
            " VALUES ($1, 1, 11, 12, $2, $2, $2, 1000000, 0)",
            ARGS(I64(100 + i), TXT(arena_printf(harness_ctx(NULL)->arena, "r%02d", (int)i))));
    for (int64_t i = 0; i < BILLS; i++)
        sql("INSERT INTO bill(id, company_id, project_id, room_id, payer_id, payer_name, room_name, state, period_from,"
            " period_to, due_day, amount_fen, created_at)"
            " VALUES ($1, 1, 11, $2, 41, 'o', 'r', 'published', 20261001, 20261031, $3, $4, 0)",
            ARGS(I64(200 + i), I64(100 + i % 10), I64(20261130 - i % 30), I64(1000 + i)));
    return rc;
}

struct call {
    struct payment_in in;
    struct payment p; /* its text dies with the call */
    int64_t id, fen, party;
    const char *reason;
    int account;
    struct payment_faults faults;
};

static enum err run_take(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return payment_take(cx, &c->in, &c->p);
}

static enum err run_void(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return payment_void(cx, c->id, c->reason, &c->p);
}

static enum err run_get(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return payment_get(cx, c->id, &c->p, NULL, NULL);
}

static enum err run_balance(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return ledger_balance(cx, 11, c->account, c->party, &c->fen);
}

static enum err run_verify(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    c->faults = (struct payment_faults){0};
    return payment_verify(cx, &c->faults);
}

static int64_t balance(int account, int64_t party)
{
    struct call c = {.account = account, .party = party};
    assert_int_equal(harness_read(&anna, run_balance, &c), OK);
    return c.fen;
}

static struct payment_faults faults(void)
{
    struct call c;
    assert_int_equal(harness_read(&anna, run_verify, &c), OK);
    return c.faults;
}

static void assert_sound(void)
{
    struct payment_faults f = faults();
    assert_int_equal(f.bill, 0);
    assert_int_equal(f.payment, 0);
    assert_int_equal(f.project, 0);
    assert_int_equal(balance(LA_CASH, -1) + balance(LA_BANK, -1) + balance(LA_RECEIVABLE, -1), 0);
}

static int64_t bill(int64_t id, const char *state)
{
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM bill WHERE id = $1 AND state = $2", ARGS(I64(id), TXT(state))),
                     1);
    return harness_i64("SELECT paid_fen FROM bill WHERE id = $1", ARGS(I64(id)));
}

static void test_cash_with_change_oldest_first(void **state)
{
    const int64_t two[] = {200, 205};
    struct call c = {
        .in = {.method = PAY_CASH, .bills = two, .nbills = 2, .amount_fen = 1500, .tendered_fen = 2000}
    };
    (void)state;
    harness_forget();
    assert_int_equal(harness_write(&anna, run_take, &c), OK);
    assert_int_equal(c.p.receipt_no, 1);
    assert_int_equal(c.p.amount_fen, 1500);
    assert_int_equal(c.p.tendered_fen, 2000);
    assert_int_equal(bill(205, "paid"), 1005); /* due five days earlier */
    assert_int_equal(bill(200, "partial"), 495);
    assert_int_equal(balance(LA_CASH, anna.id), 1500);
    assert_int_equal(balance(LA_RECEIVABLE, 105), -1005);
    assert_int_equal(balance(LA_RECEIVABLE, 100), -495);
    assert_int_equal(harness_count("user:41", "bill.paid"), 2);
    c.in = (struct payment_in){.method = PAY_CASH, .bills = two, .nbills = 1};
    assert_int_equal(harness_write(&bert, run_take, &c), OK); /* the rest, exactly */
    assert_int_equal(c.p.receipt_no, 2);
    assert_int_equal(c.p.amount_fen, 505);
    assert_int_equal(bill(200, "paid"), 1000);
    assert_sound();
}

static void refuse(struct payment_in in, enum err want, const char *field)
{
    struct call c = {.in = in};
    assert_int_equal(harness_write(&anna, run_take, &c), want);
    assert_string_equal(harness_why.field, field);
}

static void test_refusals_leave_no_trace(void **state)
{
    const int64_t one[] = {201}, twice[] = {201, 201}, paid[] = {201, 200}, none[] = {999};
    int64_t many[PAYMENT_BILLS + 1] = {0};
    struct call c = {
        .in = {.method = PAY_CASH, .bills = one, .nbills = 1}
    };
    (void)state;
#define IN(...) ((struct payment_in){__VA_ARGS__})
    refuse(IN(.bills = twice, .nbills = 2), ERR_INVALID, "bills");
    refuse(IN(.bills = paid, .nbills = 2), ERR_STATE, "bills");
    refuse(IN(.bills = none, .nbills = 1), ERR_NOT_FOUND, "bills");
    refuse(IN(.bills = many, .nbills = COUNT(many)), ERR_INVALID, "bills");
    refuse(IN(.bills = one, .nbills = 0), ERR_INVALID, "bills");
    refuse(IN(.bills = one, .nbills = 1, .amount_fen = 1002), ERR_INVALID, "amount_fen");
    refuse(IN(.bills = one, .nbills = 1, .amount_fen = -1), ERR_INVALID, "amount_fen");
    refuse(IN(.bills = one, .nbills = 1, .tendered_fen = 1000), ERR_INVALID, "tendered_fen");
    refuse(IN(.bills = one, .nbills = 1, .voucher = "V"), ERR_INVALID, "voucher");
    refuse(IN(.method = PAY_CARD, .bills = one, .nbills = 1), ERR_INVALID, "voucher");
    refuse(IN(.method = PAY_CARD, .bills = one, .nbills = 1, .voucher = "V", .tendered_fen = 2000), ERR_INVALID,
           "tendered_fen");
    assert_int_equal(harness_write(&stranger, run_take, &c), ERR_NOT_FOUND);
    assert_int_equal(bill(201, "published"), 0);
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM payment", NO_ARGS), 2);
    assert_sound();
}

static void test_a_voucher_pays_once_and_numbers_have_no_gap(void **state)
{
    const int64_t one[] = {202}, two[] = {203};
    struct call c = {
        .in = {.method = PAY_TRANSFER, .voucher = "T-1", .bills = one, .nbills = 1}
    };
    (void)state;
    assert_int_equal(harness_write(&anna, run_take, &c), OK);
    assert_int_equal(c.p.receipt_no, 3);
    assert_int_equal(balance(LA_BANK, 0), 1002);
    refuse(IN(.method = PAY_TRANSFER, .voucher = "T-1", .bills = two, .nbills = 1), ERR_EXISTS, "voucher");
    assert_int_equal(bill(203, "published"), 0);
    c.in = (struct payment_in){.method = PAY_CARD, .voucher = "T-1", .bills = two, .nbills = 1};
    assert_int_equal(harness_write(&anna, run_take, &c), OK); /* a card slip is another kind of number */
    assert_int_equal(c.p.receipt_no, 4);                      /* what was refused took none */
    assert_sound();
}

static void test_voiding_takes_two(void **state)
{
    const int64_t two[] = {206, 207};
    struct call c = {
        .in = {.method = PAY_CARD, .voucher = "S-9", .bills = two, .nbills = 2, .amount_fen = 1100}
    };
    (void)state;
    int64_t before = balance(LA_BANK, 0);
    assert_int_equal(harness_write(&anna, run_take, &c), OK);
    c.id = c.p.id, c.reason = "刷错卡";
    int64_t number = c.p.receipt_no;
    assert_int_equal(harness_write(&anna, run_void, &c), ERR_FORBIDDEN);
    assert_int_equal(harness_write(&stranger, run_void, &c), ERR_NOT_FOUND);
    assert_int_equal(harness_read(&stranger, run_get, &c), ERR_NOT_FOUND);
    c.reason = "";
    assert_int_equal(harness_write(&bert, run_void, &c), ERR_INVALID);
    c.reason = "刷错卡";
    harness_forget();
    assert_int_equal(harness_write(&bert, run_void, &c), OK);
    assert_int_equal(c.p.receipt_no, number);
    assert_int_equal(c.p.voided_by, bert.id);
    assert_int_equal(harness_count("user:41", "bill.unpaid"), 2);
    assert_int_equal(harness_write(&bert, run_void, &c), ERR_STATE);
    assert_int_equal(bill(206, "published"), 0);
    assert_int_equal(bill(207, "published"), 0);
    assert_int_equal(balance(LA_BANK, 0), before);
    assert_int_equal(balance(LA_RECEIVABLE, 106), 0);
    assert_int_equal(harness_write(&anna, run_take, &c), OK); /* the slip is good again */
    assert_int_equal(c.p.receipt_no, number + 1);
    assert_sound();
}

struct found {
    struct payment_filter f;
    int64_t id[20];
    size_t n;
};
static void on_found(void *arg, const struct payment *p)
{
    struct found *l = arg;
    assert_true(l->n < COUNT(l->id));
    l->id[l->n++] = p->id;
}

static enum err run_list(struct ctx *cx, void *arg)
{
    struct found *l = arg;
    return payment_list(cx, &l->f, on_found, l);
}

/* The first two found, of how many. */
static size_t look(struct payment_filter f, int64_t *first, int64_t *second)
{
    struct found l = {.f = f};
    l.f.limit = COUNT(l.id);
    l.f.to = l.f.to ? l.f.to : 99991231;
    assert_int_equal(harness_read(&anna, run_list, &l), OK);
    *first = l.n > 0 ? l.id[0] : 0;
    *second = l.n > 1 ? l.id[1] : 0;
    return l.n;
}

static void test_found_by_number_room_day_method_state(void **state)
{
    const int64_t of8 = 208, of9 = 209; /* of rooms 108 and 109 */
    struct call a = {
        .in = {.method = PAY_CASH, .bills = &of8, .nbills = 1}
    };
    struct call b = {
        .in = {.method = PAY_CARD, .voucher = "found-1", .bills = &of9, .nbills = 1}
    };
    struct call c = {
        .in = {.method = PAY_CASH, .prepaid_fen = 700, .prepaid_room_id = 108}
    };
    int64_t one = 0, two = 0;
    (void)state;
    harness_forget();
    assert_int_equal(harness_write(&anna, run_take, &a), OK);
    assert_int_equal(harness_write(&anna, run_take, &b), OK);
    assert_int_equal(harness_write(&anna, run_take, &c), OK);
    assert_int_equal(harness_count(NULL, "payment.status"), 3); /* the board hears of each */
    int32_t day = (int32_t)harness_i64("SELECT day FROM payment WHERE id = $1", ARGS(I64(a.p.id)));
    assert_int_equal(look((struct payment_filter){.room_id = 108}, &one, &two), 2); /* its bill and what it prepaid */
    assert_true(one == c.p.id && two == a.p.id);
    assert_int_equal(look((struct payment_filter){.room_id = 108, .before = c.p.id}, &one, &two), 1);
    assert_int_equal(one, a.p.id);
    assert_int_equal(look((struct payment_filter){.receipt_no = b.p.receipt_no}, &one, &two), 1);
    assert_int_equal(one, b.p.id);
    assert_true(look((struct payment_filter){.method = "card", .from = day, .to = day}, &one, &two) > 0);
    assert_int_equal(one, b.p.id);
    assert_int_equal(look((struct payment_filter){.method = "wechat"}, &one, &two), 0);
    assert_int_equal(look((struct payment_filter){.from = day + 1}, &one, &two), 0);
    assert_int_equal(look((struct payment_filter){.to = day - 1}, &one, &two), 0);
    b.id = b.p.id;
    b.reason = "wrong room";
    assert_int_equal(harness_write(&bert, run_void, &b), OK);
    assert_int_equal(harness_count(NULL, "payment.status"), 4);
    assert_true(look((struct payment_filter){.state = "void", .from = day}, &one, &two) > 0);
    assert_int_equal(one, b.id);
    assert_int_equal(look((struct payment_filter){.room_id = 109, .state = "taken"}, &one, &two), 0);
    c.id = c.p.id;
    c.reason = "not theirs";
    assert_int_equal(harness_write(&bert, run_void, &c), OK);
    assert_sound();
}

static void test_random_histories_balance(void **state)
{
    int64_t taken[400], total = 0;
    size_t n = 0;
    unsigned seed = 20261123;
    (void)state;
    for (int i = 0; i < 400; i++) {
        int64_t bills[3];
        size_t nb = 1 + (size_t)rand_r(&seed) % 3;
        for (size_t k = 0; k < nb; k++)
            bills[k] = 210 + rand_r(&seed) % 30;
        struct call c = {
            .in = {.bills = bills, .nbills = nb, .amount_fen = 1 + rand_r(&seed) % 700}
        };
        if (n && rand_r(&seed) % 5 < 2) {
            size_t k = (size_t)rand_r(&seed) % n;
            c.id = taken[k], c.reason = "x";
            assert_int_equal(harness_write(&bert, run_void, &c), OK);
            total -= c.p.amount_fen;
            taken[k] = taken[--n];
            continue;
        }
        enum err e = harness_write(&anna, run_take, &c);
        assert_true(e == OK || e == ERR_INVALID || e == ERR_STATE);
        if (!e) {
            taken[n++] = c.p.id;
            total += c.p.amount_fen;
        }
    }
    assert_in_range(n, 20, 399);
    assert_int_equal(harness_i64("SELECT CAST(SUM(paid_fen) AS BIGINT) FROM bill WHERE id >= 210", NO_ARGS), total);
    assert_sound();
}

static void test_verify_notices(void **state)
{
    (void)state;
    sql("UPDATE bill SET paid_fen = paid_fen - 1 WHERE id = 205", NO_ARGS);
    assert_int_equal(faults().bill, 205);
    sql("UPDATE bill SET paid_fen = paid_fen + 1 WHERE id = 205", NO_ARGS);
    int64_t first = harness_i64("SELECT MIN(id) FROM payment", NO_ARGS);
    sql("UPDATE payment SET amount_fen = amount_fen - 1 WHERE id = $1", ARGS(I64(first)));
    assert_int_equal(faults().payment, first);
    sql("UPDATE payment SET amount_fen = amount_fen + 1 WHERE id = $1", ARGS(I64(first)));
    sql("UPDATE receipt_number SET last = last + 1 WHERE project_id = 11", NO_ARGS);
    assert_int_equal(faults().project, 11);
    sql("UPDATE receipt_number SET last = last - 1 WHERE project_id = 11", NO_ARGS);
    assert_sound();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cash_with_change_oldest_first),
        cmocka_unit_test(test_refusals_leave_no_trace),
        cmocka_unit_test(test_a_voucher_pays_once_and_numbers_have_no_gap),
        cmocka_unit_test(test_voiding_takes_two),
        cmocka_unit_test(test_found_by_number_room_day_method_state),
        cmocka_unit_test(test_random_histories_balance),
        cmocka_unit_test(test_verify_notices),
    };
    return cmocka_run_group_tests(tests, set_up, harness_close);
}
