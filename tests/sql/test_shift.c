/* test_shift.c - shifts on both engines: totals, differences with a reason, the second count, locks, and books that agree.
 * SPDX-License-Identifier: MIT */
#include "tests/sql/counter_world.h"

#include "domain/refund.h"
#include "domain/shift.h"

static int set_up(void **state)
{
    int rc = counter_world(state);
    for (int64_t i = 0; i < 12; i++)
        add_bill((struct new_bill){.id = 200 + i,
                                   .room = 100 + i % 5,
                                   .payer = 41,
                                   .fee = 10000,
                                   .from = 20250101 + (int32_t)i * 100,
                                   .to = 20250128 + (int32_t)i * 100,
                                   .due = 20261101,
                                   .published = 20261101});
    return rc;
}

struct call {
    int64_t id, float_fen, counted;
    const char *reason;
    struct cash_shift s;
    int64_t bad;
    size_t listed;
};

static enum err run_current(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return shift_current(cx, &c->s);
}

static enum err run_close(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return shift_close(cx, c->float_fen, c->counted, c->reason, &c->s);
}

static enum err run_confirm(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return shift_confirm(cx, c->id, c->counted, c->reason, &c->s);
}

static enum err run_get(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return shift_get(cx, c->id, &c->s);
}

static void on_listed(void *arg, const struct cash_shift *s)
{
    struct call *c = arg;
    assert_true(s->number > 0);
    c->listed++;
}

static enum err run_list(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    c->listed = 0;
    return shift_list(cx, c->reason, 0, 100, on_listed, c);
}

static enum err run_verify(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return shift_verify(cx, &c->bad);
}

static int64_t bad(void)
{
    struct call c = {0};
    assert_ok(read_as(&bert, run_verify, &c));
    return c.bad;
}

static int64_t total(const struct cash_shift *s, int kind, int method, int64_t *n)
{
    for (size_t i = 0; i < s->ntotal; i++)
        if (s->total[i].kind == kind && s->total[i].method == method) {
            *n = s->total[i].n;
            return s->total[i].fen;
        }
    *n = 0;
    return 0;
}

/* Cash that went back over the counter, as the refunds module books it: from the drawer of whoever paid it out. */
struct back {
    int64_t id, payment, room, fen, till;
};

static enum err run_back(struct ctx *cx, void *arg)
{
    struct back *b = arg;
    int64_t entry = 0;
    const struct ledger_entry e = {
        .project_id = 11, .ref_id = b->id, .day = clock_day(cx->now), .kind = "refund", .ref_kind = "refund"};
    const struct ledger_line l[] = {DR(LA_RECEIVABLE, b->room, b->fen), CR(LA_CASH, b->till, b->fen)};
    enum err err = ledger_post(cx, &e, l, 2, &entry);
    STMT(q_refund, "test.refund",
         "INSERT INTO refund(id, company_id, project_id, payment_id, method, out_refund_no, amount_fen, reason, state,"
         " entry_id, done_at, created_at) VALUES ($1, 1, 11, $2, 'cash', $3, $4, 'x', 'success', $5, $6, $6)");
    return err ? err
               : db_exec(cx, &q_refund,
                         ARGS(I64(b->id), I64(b->payment), TXT(arena_printf(cx->arena, "R%lld", (long long)b->id)),
                              I64(b->fen), I64(entry), I64(cx->now)),
                         NULL);
}

static void test_nothing_to_close(void **state)
{
    struct call c = {.counted = 0};
    (void)state;
    assert_err(write_as(&anna, run_close, &c), ERR_STATE);
}

static void test_a_shift_from_first_payment_to_safe(void **state)
{
    int64_t n = 0, card[] = {202};
    struct call c = {.float_fen = 20000};
    (void)state;
    int64_t first = at;
    struct payment p = take_cash(&anna, 200, 10000);
    at += HOUR_MS;
    struct payment wrong = take_cash(&anna, 201, 500);
    void_payment(&bert, wrong.id);
    take(&anna,
         (struct payment_in){.method = PAY_CARD, .voucher = "C-1", .bills = card, .nbills = 1, .amount_fen = 3000});
    take_cash(&cora, 203, 7000); /* another drawer */
    struct back b = {.id = 900, .payment = p.id, .room = 100, .fen = 1500, .till = anna.id};
    assert_ok(write_as(&anna, run_back, &b));
    b = (struct back){.id = 901, .payment = p.id, .room = 100, .fen = 200, .till = cora.id};
    assert_ok(write_as(&cora, run_back, &b));

    assert_ok(read_as(&anna, run_current, &c));
    assert_int_equal(c.s.expected_fen, 8500);
    assert_int_equal(c.s.from_at, first);
    assert_int_equal(total(&c.s, SHIFT_TAKEN, PAY_CASH, &n), 10500);
    assert_int_equal(n, 2);
    assert_int_equal(total(&c.s, SHIFT_VOID, PAY_CASH, &n), 500);
    assert_int_equal(total(&c.s, SHIFT_TAKEN, PAY_CARD, &n), 3000);
    assert_int_equal(total(&c.s, SHIFT_REFUND, PAY_CASH, &n), 1500);
    assert_int_equal(balance(LA_CASH, anna.id), 8500);

    c.counted = 28400; /* a yuan is missing */
    assert_err(write_as(&anna, run_close, &c), ERR_INVALID);
    assert_string_equal(why.field, "reason");
    c.reason = "找零有误";
    assert_ok(write_as(&anna, run_close, &c));
    assert_int_equal(c.s.number, 1);
    assert_int_equal(c.s.expected_fen, 28500);
    assert_string_equal(c.s.state, "closed");
    assert_int_equal(c.s.ntotal, 4);
    assert_int_equal(balance(LA_CASH, anna.id), 8400);
    assert_int_equal(balance(LA_CASH_OVER_SHORT, 0), 100);
    c.id = c.s.id;
    assert_err(write_as(&anna, run_close, &c), ERR_STATE); /* and nothing is left for a second one */
    assert_int_equal(bad(), 0);

    struct take t = {.id = p.id};
    assert_err(write_as(&bert, run_void, &t), ERR_STATE); /* locked */
    assert_err(write_as(&anna, run_confirm, &c), ERR_FORBIDDEN);
    assert_err(write_as(&stranger, run_confirm, &c), ERR_NOT_FOUND);
    c.counted = 28450, c.reason = "";
    assert_err(write_as(&bert, run_confirm, &c), ERR_INVALID);
    c.reason = "另找到五角";
    assert_ok(write_as(&bert, run_confirm, &c));
    assert_string_equal(c.s.state, "confirmed");
    assert_int_equal(c.s.recounted_fen, 28450);
    assert_int_equal(balance(LA_CASH, anna.id), 0);
    assert_int_equal(balance(LA_CASH, 0), 8450);
    assert_int_equal(balance(LA_CASH_OVER_SHORT, 0), 50);
    assert_err(write_as(&bert, run_confirm, &c), ERR_STATE);
}

static void test_the_next_shift_starts_from_nothing(void **state)
{
    struct call c = {.float_fen = 0};
    (void)state;
    take_cash(&anna, 204, 4000);
    assert_ok(read_as(&anna, run_current, &c));
    assert_int_equal(c.s.expected_fen, 4000);
    assert_int_equal(c.s.float_fen, 20000); /* what the last shift began with */
    c.counted = 4000;
    assert_err(write_as(&anna, run_close, &c), ERR_INVALID); /* where have the 200 yuan of the float gone? */
    assert_string_equal(why.field, "float_fen");
    c.reason = "备用金已交回财务";
    assert_ok(write_as(&anna, run_close, &c));
    assert_int_equal(c.s.number, 2);
    assert_int_equal(harness_i64("SELECT entry_id FROM cash_shift WHERE number = 2", NO_ARGS), 0); /* nothing to book */
    c.id = c.s.id;
    assert_ok(write_as(&bert, run_confirm, &c));
    assert_int_equal(balance(LA_CASH, anna.id), 0);
    assert_int_equal(balance(LA_CASH, 0), 12450);
    c.reason = "";
    assert_ok(read_as(&bert, run_list, &c));
    assert_int_equal(c.listed, 2);
    c.reason = "closed";
    assert_ok(read_as(&bert, run_list, &c));
    assert_int_equal(c.listed, 0);
    c.id = harness_i64("SELECT id FROM cash_shift WHERE number = 1", NO_ARGS);
    assert_err(read_as(&stranger, run_get, &c), ERR_NOT_FOUND);
}

static void test_more_went_out_than_came_in(void **state)
{
    struct call c = {.float_fen = 10000, .counted = 2000};
    (void)state;
    int64_t safe = balance(LA_CASH, 0);
    struct payment p = take_cash(&bert, 205, 1000);
    struct back b = {.id = 902, .payment = p.id, .room = 100, .fen = 9000, .till = bert.id};
    assert_ok(write_as(&bert, run_back, &b));
    assert_ok(write_as(&bert, run_close, &c)); /* 100 - 80 are left of the float */
    assert_int_equal(c.s.expected_fen, 2000);
    c.id = c.s.id;
    struct actor boss = bert;
    boss.id = 34;
    assert_ok(write_as(&boss, run_confirm, &c));
    assert_int_equal(balance(LA_CASH, bert.id), 0);
    assert_int_equal(balance(LA_CASH, 0), safe - 8000);
    assert_int_equal(bad(), 0);
}

struct real {
    int64_t payment, fen, id;
    struct refund r;
};

static enum err run_ask(struct ctx *cx, void *arg)
{
    struct real *b = arg;
    return refund_request(cx, b->payment, b->fen, "多收", &b->r);
}

static enum err run_decide(struct ctx *cx, void *arg)
{
    struct real *b = arg;
    return refund_decide(cx, b->id, true, "", &b->r);
}

static enum err run_pay_out(struct ctx *cx, void *arg)
{
    struct real *b = arg;
    return refund_pay_out(cx, b->id, "", &b->r);
}

static void test_a_refund_is_the_shift_of_who_paid_it_out(void **state)
{
    int64_t n = 0;
    (void)state;
    struct payment p = take_cash(&anna, 206, 6000);
    struct real b = {.payment = p.id, .fen = 2500};
    assert_ok(write_as(&anna, run_ask, &b));
    b.id = b.r.id;
    assert_ok(write_as(&bert, run_decide, &b));
    struct call mine = {0}, hers = {0};
    assert_ok(read_as(&cora, run_current, &hers));
    int64_t before = hers.s.expected_fen;
    assert_ok(write_as(&cora, run_pay_out, &b)); /* from another drawer than it went into */
    assert_ok(read_as(&anna, run_current, &mine));
    assert_ok(read_as(&cora, run_current, &hers));
    assert_int_equal(mine.s.expected_fen, 6000);
    assert_int_equal(hers.s.expected_fen, before - 2500);
    assert_int_equal(total(&hers.s, SHIFT_REFUND, PAY_CASH, &n), 2500 + 200);
    assert_int_equal(balance(LA_CASH, anna.id), 6000);
    assert_int_equal(balance(LA_CASH, cora.id), hers.s.expected_fen);
    hers.counted = hers.s.expected_fen;
    assert_ok(write_as(&cora, run_close, &hers));
    assert_int_equal(harness_i64("SELECT shift_id FROM refund WHERE id = $1", ARGS(I64(b.id))), hers.s.id);
    assert_int_equal(bad(), 0);
}

static void test_verify_notices(void **state)
{
    (void)state;
    int64_t first = harness_i64("SELECT MIN(id) FROM cash_shift", NO_ARGS);
    static const char *const harm[][2] = {
        {"UPDATE cash_shift_total SET fen = fen + 1 WHERE shift_id = $1 AND kind = 'taken' AND method = 'card'",
         "UPDATE cash_shift_total SET fen = fen - 1 WHERE shift_id = $1 AND kind = 'taken' AND method = 'card'"                                                  },
        {"UPDATE cash_shift SET expected_fen = expected_fen + 1 WHERE id = $1",
         "UPDATE cash_shift SET expected_fen = expected_fen - 1 WHERE id = $1"                                                                                   },
        {"UPDATE refund SET shift_id = 0 WHERE shift_id = $1",                                                   "UPDATE refund SET shift_id = $1 WHERE id = 900"}
    };
    for (size_t i = 0; i < COUNT(harm); i++) {
        sql(harm[i][0], ARGS(I64(first)));
        assert_int_equal(bad(), first);
        sql(harm[i][1], ARGS(I64(first)));
        assert_int_equal(bad(), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_to_close),
        cmocka_unit_test(test_a_shift_from_first_payment_to_safe),
        cmocka_unit_test(test_the_next_shift_starts_from_nothing),
        cmocka_unit_test(test_more_went_out_than_came_in),
        cmocka_unit_test(test_a_refund_is_the_shift_of_who_paid_it_out),
        cmocka_unit_test(test_verify_notices),
    };
    return cmocka_run_group_tests(tests, set_up, harness_close);
}
