/* test_invoice.c - invoices on both engines: tax numbers, who may what, amounts, and what refunds do to them.
 * SPDX-License-Identifier: MIT */
#include "tests/sql/counter_world.h"

#include "domain/invoice.h"

static int set_up(void **state)
{
    int rc = counter_world(state);
    lives_in(41, 100, "owner");
    for (int64_t i = 0; i < 6; i++)
        add_bill((struct new_bill){.id = 200 + i,
                                   .room = 100,
                                   .payer = 41,
                                   .fee = 10000,
                                   .from = 20260101 + (int32_t)i * 100,
                                   .to = 20260128 + (int32_t)i * 100,
                                   .due = 20261015,
                                   .published = 20261001});
    return rc;
}

struct call {
    struct invoice_in in;
    struct invoice_step step;
    struct invoice i;
    int64_t id, version, payment;
    int state;
    bool mine;
    size_t n;
};

static enum err run_apply(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return invoice_apply(cx, &c->in, &c->i);
}

static enum err run_act(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return invoice_act(cx, c->id, c->version, &c->step, &c->i);
}

static enum err run_get(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return invoice_get(cx, c->id, &c->i);
}

static enum err run_refunded(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return invoice_payment_refunded(cx, c->payment);
}

static void count(void *arg, const struct invoice *i)
{
    struct call *c = arg;
    assert_true(i->id > 0);
    c->n++;
}

static enum err run_list(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    c->n = 0;
    return invoice_list(cx, c->mine, c->state, 0, 100, count, c);
}

static enum err run_file(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return invoice_file(cx, c->id, &c->step.code);
}

static enum err ask(const struct actor *who, struct invoice_in in, int64_t *id)
{
    struct call c = {.in = in};
    enum err e = write_as(who, run_apply, &c);
    *id = c.i.id;
    return e;
}

static enum err act(const struct actor *who, int64_t id, struct invoice_step s)
{
    struct call c = {.id = id, .step = s};
    return write_as(who, run_act, &c);
}

static struct invoice get(int64_t id)
{
    struct call c = {.id = id};
    assert_ok(read_as(&bert, run_get, &c));
    return c.i;
}

static void refund(int64_t payment, int64_t fen)
{
    struct call c = {.payment = payment};
    sql("UPDATE payment SET back_fen = back_fen + $2 WHERE id = $1", ARGS(I64(payment), I64(fen)));
    assert_ok(write_as(&bert, run_refunded, &c));
}

#define PERSON(p, ...) ((struct invoice_in){.payment_id = (p), .title = "张伟", __VA_ARGS__})
#define STEP(a, ...)   ((struct invoice_step){.action = (a), __VA_ARGS__})

static void test_tax_numbers(void **state)
{
    static const char *const good[] = {"91350100M000100Y43", "9144030071526726XG", "914403001922038216"};
    static const char *const bad[] = {"91350100M000100Y44",
                                      "91350100M000100Y4",
                                      "91350100M000100Y433",
                                      "91350100m000100Y43",
                                      "9135010OM000100Y43",
                                      "913501A0M000100Y43",
                                      "",
                                      "ABCDEFGHJKLMNPQRTU"};
    char s[19];
    (void)state;
    for (size_t i = 0; i < COUNT(good); i++)
        assert_true(tax_no_valid(good[i]));
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(tax_no_valid(bad[i]));
    assert_false(tax_no_valid(NULL));
    for (size_t i = 0; i < 17; i++) { /* one wrong character is always noticed */
        strcpy(s, good[0]);
        for (const char *d = "0123456789ABCDEFGHJKLMNPQRTUWXY"; *d; d++) {
            s[i] = *d;
            assert_int_equal(tax_no_valid(s), *d == good[0][i]);
        }
    }
}

static void test_asking(void **state)
{
    int64_t id = 0, again = 0;
    (void)state;
    struct payment p = take_cash(&anna, 200, 10000);
    assert_err(ask(&tenant, PERSON(p.id), &id), ERR_NOT_FOUND);
    assert_err(ask(&stranger, PERSON(p.id), &id), ERR_NOT_FOUND);
    assert_err(ask(&owner, PERSON(p.id, .amount_fen = 10001), &id), ERR_INVALID);
    assert_err(ask(&owner, PERSON(p.id, .buyer = 1, .tax_no = "91350100M000100Y44"), &id), ERR_INVALID);
    assert_string_equal(why.field, "tax_no");
    assert_err(ask(&owner, PERSON(p.id, .tax_no = "91350100M000100Y43"), &id), ERR_INVALID);
    assert_err(ask(&owner, PERSON(p.id, .mail = "nobody"), &id), ERR_INVALID);
    assert_ok(
        ask(&owner, PERSON(p.id, .buyer = 1, .tax_no = "91350100M000100Y43", .mail = "zhangwei@example.cn"), &id));
    assert_int_equal(get(id).amount_fen, 10000);
    assert_string_equal(get(id).mail_hint, "z***@example.cn");
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM invoice WHERE mail_enc IS NOT NULL", NO_ARGS), 1);
    assert_err(ask(&owner, PERSON(p.id), &again), ERR_EXISTS);
    struct call c = {.id = id};
    assert_err(read_as(&stranger, run_get, &c), ERR_NOT_FOUND);
    assert_err(read_as(&tenant, run_get, &c), ERR_NOT_FOUND);
    assert_ok(act(&owner, id, STEP(INV_CANCEL)));
    assert_err(act(&owner, id, STEP(INV_CANCEL)), ERR_STATE);
    assert_ok(ask(&owner, PERSON(p.id, .amount_fen = 4000), &again)); /* after canceling one may ask again */
    assert_int_equal(get(again).amount_fen, 4000);
}

static void test_from_asking_to_issued(void **state)
{
    int64_t id = 0, other = 0;
    (void)state;
    struct payment p = take_cash(&anna, 201, 5000), q = take_cash(&anna, 202, 5000);
    assert_ok(ask(&owner, PERSON(p.id), &id));
    assert_err(act(&owner, id, STEP(INV_PROCESS)), ERR_FORBIDDEN);
    assert_err(act(&bert, id, STEP(INV_CANCEL)), ERR_FORBIDDEN);
    assert_err(act(&bert, id, STEP(INV_ISSUE, .number = "1")), ERR_STATE); /* nobody has taken it up */
    assert_ok(act(&bert, id, STEP(INV_PROCESS)));
    assert_err(act(&owner, id, STEP(INV_CANCEL)), ERR_STATE);
    assert_err(act(&bert, id, STEP(INV_ISSUE)), ERR_INVALID);
    assert_err(act(&bert, id, STEP(INV_ISSUE, .number = "26350000000001", .file_id = 77)), ERR_INVALID);
    sql("INSERT INTO file(id, company_id, account_id, name, kind, stored, bytes, width, height, sha256, created_at)"
        " VALUES (77, 1, 32, 'a.pdf', 'application/pdf', 'abc', 1, 0, 0, $1, 0)",
        ARGS(BLOB("12345678901234567890123456789012", 32)));
    struct call c = {.id = id, .version = 1, .step = STEP(INV_ISSUE, .number = "26350000000001", .file_id = 77)};
    assert_err(write_as(&bert, run_act, &c), ERR_CONFLICT);
    harness_forget();
    assert_ok(act(&bert, id, c.step));
    assert_int_equal(get(id).state, INV_ISSUED);
    assert_int_equal(harness_count("user:41", "invoice.changed"), 1);
    assert_ok(read_as(&owner, run_file, &c));
    assert_string_equal(c.step.code, "abc");
    assert_err(read_as(&tenant, run_file, &c), ERR_NOT_FOUND);
    assert_ok(ask(&owner, PERSON(q.id), &other));
    assert_ok(act(&bert, other, STEP(INV_PROCESS)));
    assert_err(act(&bert, other, STEP(INV_ISSUE, .number = "26350000000001")), ERR_EXISTS);
    assert_err(act(&bert, other, STEP(INV_REJECT)), ERR_INVALID);
    assert_ok(act(&bert, other, STEP(INV_REJECT, .reason = "抬头不全")));
    c = (struct call){.mine = true, .state = -1};
    assert_ok(read_as(&owner, run_list, &c));
    assert_int_equal(c.n, 4);
    c.state = INV_ISSUED;
    assert_ok(read_as(&owner, run_list, &c));
    assert_int_equal(c.n, 1);
    c = (struct call){.state = INV_REJECTED};
    assert_ok(read_as(&bert, run_list, &c));
    assert_int_equal(c.n, 1);
    assert_ok(read_as(&stranger, run_list, &c));
    assert_int_equal(c.n, 0);
}

static void test_refunds(void **state)
{
    int64_t id = 0;
    (void)state;
    struct payment p = take_cash(&anna, 203, 10000);
    refund(p.id, 1000); /* nobody has asked for an invoice: nothing happens */
    assert_err(ask(&owner, PERSON(p.id, .amount_fen = 9001), &id), ERR_INVALID);
    assert_ok(ask(&owner, PERSON(p.id, .amount_fen = 5000), &id));
    refund(p.id, 4000); /* 50.00 are left: it still fits */
    assert_int_equal(get(id).state, INV_SUBMITTED);
    assert_int_equal(get(id).amount_fen, 5000);
    assert_ok(act(&bert, id, STEP(INV_PROCESS)));
    refund(p.id, 1000); /* 40.00: whoever was at it has to look again */
    assert_int_equal(get(id).state, INV_SUBMITTED);
    assert_int_equal(get(id).amount_fen, 4000);
    assert_ok(act(&bert, id, STEP(INV_PROCESS)));
    assert_ok(act(&bert, id, STEP(INV_ISSUE, .number = "26350000000002")));
    refund(p.id, 500);
    assert_int_equal(get(id).state, INV_REVERSAL_REQUIRED);
    assert_int_equal(get(id).amount_fen, 4000); /* what is on paper stays what it was */
    int64_t again = 0;
    assert_err(ask(&owner, PERSON(p.id), &again), ERR_EXISTS); /* not before the red one */
    assert_err(act(&bert, id, STEP(INV_REVERSE)), ERR_INVALID);
    assert_ok(act(&bert, id, STEP(INV_REVERSE, .red_number = "26350000000003")));
    assert_ok(ask(&owner, PERSON(p.id), &again));
    assert_int_equal(get(again).amount_fen, 3500);
    refund(p.id, 3500);
    assert_int_equal(get(again).state, INV_CANCELED);
    assert_err(ask(&owner, PERSON(p.id), &id), ERR_STATE);
}

static void test_void_and_prepaid(void **state)
{
    const int64_t b[] = {204};
    int64_t id = 0;
    (void)state;
    struct payment p = take_cash(&anna, 205, 3000);
    assert_ok(ask(&owner, PERSON(p.id), &id));
    void_payment(&bert, p.id);
    refund(p.id, 0);
    assert_int_equal(get(id).state, INV_CANCELED);
    assert_err(ask(&owner, PERSON(p.id), &id), ERR_STATE);
    p = take(&anna, (struct payment_in){
                        .method = PAY_CASH, .bills = b, .nbills = 1, .prepaid_fen = 5000, .prepaid_room_id = 100});
    assert_err(ask(&owner, PERSON(p.id, .amount_fen = 10001), &id),
               ERR_INVALID); /* the prepaid part waits for its use */
    assert_ok(ask(&owner, PERSON(p.id), &id));
    assert_int_equal(get(id).amount_fen, 10000);
}

/* A bill of a fee and a deposit, or of a deposit alone. */
static int64_t with_deposit(int64_t id, int64_t fee, int64_t deposit)
{
    int32_t from = 20270001 + (int32_t)(id % 100) * 100;
    add_bill((struct new_bill){.id = id,
                               .room = 100,
                               .payer = 41,
                               .fee = deposit,
                               .water = fee,
                               .from = from,
                               .to = from + 27,
                               .due = 20261015,
                               .published = 20261001});
    sql("UPDATE bill_line SET income = 'deposits' WHERE bill_id = $1 AND n = 1", ARGS(I64(id)));
    return id;
}

/* What is given back one day is no sale: whatever is paid of it, the fee is all there is to invoice, and that once. */
static void test_deposits_are_not_invoiced(void **state)
{
    int64_t id = 0, both = with_deposit(301, 30000, 500000), parts = with_deposit(302, 30000, 500000);
    (void)state;
    struct payment p = take_cash(&anna, both, 530000);
    assert_err(ask(&owner, PERSON(p.id, .amount_fen = 30001), &id), ERR_INVALID);
    assert_ok(ask(&owner, PERSON(p.id), &id));
    assert_int_equal(get(id).amount_fen, 30000);
    p = take_cash(&anna, with_deposit(303, 0, 500000), 500000);
    assert_err(ask(&owner, PERSON(p.id), &id), ERR_STATE);
    p = take_cash(&anna, parts, 20000);
    struct payment second = take_cash(&anna, parts, 260000), third = take_cash(&anna, parts, 250000);
    assert_ok(ask(&owner, PERSON(second.id), &id));
    assert_int_equal(get(id).amount_fen, 10000);
    assert_ok(ask(&owner, PERSON(p.id), &id));
    assert_int_equal(get(id).amount_fen, 20000);
    assert_err(ask(&owner, PERSON(third.id), &id), ERR_STATE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tax_numbers),           cmocka_unit_test(test_asking),
        cmocka_unit_test(test_from_asking_to_issued), cmocka_unit_test(test_refunds),
        cmocka_unit_test(test_void_and_prepaid),      cmocka_unit_test(test_deposits_are_not_invoiced),
    };
    return cmocka_run_group_tests(tests, set_up, harness_close);
}
