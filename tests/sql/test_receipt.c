/* test_receipt.c - receipts on both engines: lines to the fen, whose they are, prints counted, states, verification.
 * SPDX-License-Identifier: MIT */
#include "tests/sql/counter_world.h"

#include "domain/receipt.h"
#include <pthread.h>

static int set_up(void **state)
{
    int rc = counter_world(state);
    lives_in(41, 100, "owner");
    lives_in(42, 101, "tenant");
    add_bill((struct new_bill){.id = 200,
                               .room = 100,
                               .payer = 41,
                               .fee = 10000,
                               .water = 3333,
                               .from = 20261001,
                               .to = 20261031,
                               .due = 20261015,
                               .published = 20261001});
    add_bill((struct new_bill){.id = 201,
                               .room = 101,
                               .payer = 42,
                               .fee = 5000,
                               .from = 20261001,
                               .to = 20261031,
                               .due = 20261015,
                               .published = 20261001});
    add_bill((struct new_bill){.id = 202,
                               .room = 101,
                               .payer = 41,
                               .fee = 7000,
                               .from = 20261101,
                               .to = 20261231,
                               .due = 20261020,
                               .published = 20261001});
    return rc;
}

struct call {
    int64_t id;
    struct receipt r;
    const char *code;
    struct receipt_check c;
    int64_t prints;
};

static enum err run_print(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return receipt_print(cx, c->id, &c->r);
}

static enum err run_verify(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return receipt_verify(cx, c->code, &c->c);
}

static void count(void *arg, int64_t n, int64_t account, const char *name, int64_t when)
{
    struct call *c = arg;
    assert_int_equal(n, ++c->prints);
    assert_int_equal(account, anna.id);
    assert_string_equal(name, "赵收费");
    assert_int_equal(when, at);
}

static enum err run_prints(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return receipt_prints(cx, c->id, count, c);
}

static struct receipt print(const struct actor *who, int64_t id)
{
    struct call c = {.id = id};
    assert_ok(write_as(who, run_print, &c));
    return c.r;
}

static void verify(const char *code, enum receipt_state state, int64_t amount, int64_t back)
{
    const struct actor nobody = {0};
    struct call c = {.code = code};
    assert_ok(read_as(&nobody, run_verify, &c));
    assert_int_equal(c.c.state, state);
    assert_int_equal(c.c.amount_fen, amount);
    assert_int_equal(c.c.back_fen, back);
    assert_string_equal(c.c.payer, "张*");
    assert_string_equal(c.c.project, "阳光花园");
}

static void test_lines_add_up_and_prints_count(void **state)
{
    (void)state;
    struct payment p = take_cash(&anna, 200, 8000); /* of 133.33: spread over both items */
    struct receipt r = print(&anna, p.id);
    assert_int_equal(r.nline, 2);
    assert_string_equal(r.line[0].item, "物业费");
    assert_int_equal(r.line[0].fen, 6000);
    assert_int_equal(r.line[1].fen, 2000);
    assert_int_equal(r.line[0].period_from, 20261001);
    assert_string_equal(r.line[0].room, "1栋1单元101室");
    assert_string_equal(r.number, "YG-00000001");
    assert_string_equal(r.company, "安居物业");
    assert_string_equal(r.cashier, "赵收费");
    assert_int_equal(r.prints, 1);
    assert_int_equal(print(&anna, p.id).prints, 2);
    struct call c = {.id = p.id};
    assert_ok(read_as(&bert, run_prints, &c));
    assert_int_equal(c.prints, 2);
    assert_err(read_as(&stranger, run_prints, &c), ERR_NOT_FOUND);
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM audit WHERE action = 'receipt.print'", NO_ARGS), 2);
}

static void test_late_fee_prepaid_and_rounding_have_lines(void **state)
{
    const int64_t b[] = {202};
    int64_t sum = 0;
    (void)state;
    sql("UPDATE bill SET late_fen = 77 WHERE id = 202", NO_ARGS);
    struct payment p = take(&anna, (struct payment_in){.method = PAY_CASH,
                                                       .bills = b,
                                                       .nbills = 1,
                                                       .rounding_fen = 7,
                                                       .prepaid_fen = 5000,
                                                       .prepaid_room_id = 101});
    struct receipt r = print(&anna, p.id);
    static const char *const item[] = {"物业费", "违约金", "预存款", "抹零"};
    assert_int_equal(r.nline, 4);
    for (size_t i = 0; i < r.nline; i++) {
        assert_string_equal(r.line[i].item, item[i]);
        sum += r.line[i].fen;
    }
    assert_int_equal(sum, p.amount_fen);
    assert_int_equal(p.amount_fen, 7000 + 77 + 5000 - 7);
}

static void test_residents_see_their_own_only(void **state)
{
    (void)state;
    struct payment mine = take_cash(&anna, 200, 100), theirs = take_cash(&anna, 201, 100);
    struct call c = {.id = mine.id};
    assert_ok(write_as(&owner, run_print, &c));
    assert_int_equal(c.r.prints, 0); /* a copy of one's own is no print */
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM receipt_print WHERE payment_id = $1", ARGS(I64(mine.id))), 0);
    assert_err(write_as(&tenant, run_print, &c), ERR_NOT_FOUND);
    assert_err(write_as(&stranger, run_print, &c), ERR_NOT_FOUND);
    c.id = theirs.id;
    assert_err(write_as(&owner, run_print, &c), ERR_NOT_FOUND);
    assert_ok(write_as(&tenant, run_print, &c));
    sql("UPDATE binding SET expires_at = $1 WHERE account_id = 42", ARGS(I64(at - 1))); /* the lease is over */
    assert_ok(write_as(&tenant, run_print, &c)); /* but who owed the bill may prove that it was paid */
    sql("UPDATE bill SET payer_id = 0 WHERE id = 201", NO_ARGS);
    assert_err(write_as(&tenant, run_print, &c), ERR_NOT_FOUND);
    struct actor elsewhere = anna;
    elsewhere.project_id = 21;
    assert_err(write_as(&elsewhere, run_print, &c), ERR_NOT_FOUND);
}

static void test_verification_follows_the_books(void **state)
{
    const struct actor nobody = {0};
    (void)state;
    struct payment p = take_cash(&anna, 200, 1000);
    const char *code = print(&anna, p.id).code;
    verify(code, RECEIPT_VALID, 1000, 0);
    sql("UPDATE payment SET back_fen = 300 WHERE id = $1", ARGS(I64(p.id)));
    verify(code, RECEIPT_PARTLY_REFUNDED, 1000, 300);
    sql("UPDATE payment SET back_fen = 1000 WHERE id = $1", ARGS(I64(p.id)));
    verify(code, RECEIPT_REFUNDED, 1000, 1000);
    sql("UPDATE payment SET back_fen = 0 WHERE id = $1", ARGS(I64(p.id)));
    void_payment(&bert, p.id);
    verify(code, RECEIPT_VOID, 1000, 0);
    struct call c = {.code = "00000000000000000000000000000000"};
    assert_err(read_as(&nobody, run_verify, &c), ERR_NOT_FOUND);
    sql("UPDATE payment SET receipt_no = 90000 WHERE id = $1", ARGS(I64(p.id))); /* paper and row disagree */
    c.code = code;
    assert_err(read_as(&nobody, run_verify, &c), ERR_NOT_FOUND);
}

#define PRINTERS 4
#define COPIES   6

static void *print_many(void *arg)
{
    struct call *c = arg;
    for (int i = 0; i < COPIES; i++) {
        struct ctx *cx = harness_ctx(&anna);
        enum err e = store_write(cx, run_print, c);
        c->prints += e == OK;
    }
    return NULL;
}

static void test_many_print_at_once(void **state)
{
    pthread_t t[PRINTERS];
    struct call c[PRINTERS] = {{0}};
    int64_t good = 0;
    (void)state;
    struct payment p = take_cash(&anna, 200, 10);
    for (int i = 0; i < PRINTERS; i++) {
        c[i].id = p.id;
        assert_int_equal(pthread_create(&t[i], NULL, print_many, &c[i]), 0);
    }
    for (int i = 0; i < PRINTERS; i++) {
        pthread_join(t[i], NULL);
        good += c[i].prints;
    }
    assert_int_equal(good, PRINTERS * COPIES);
    assert_int_equal(harness_i64("SELECT MAX(n) FROM receipt_print WHERE payment_id = $1", ARGS(I64(p.id))), good);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines_add_up_and_prints_count),
        cmocka_unit_test(test_late_fee_prepaid_and_rounding_have_lines),
        cmocka_unit_test(test_residents_see_their_own_only),
        cmocka_unit_test(test_verification_follows_the_books),
        cmocka_unit_test(test_many_print_at_once),
    };
    return cmocka_run_group_tests(tests, set_up, harness_close);
}
