/* test_recon.c - a day of a merchant compared with the books: fees are booked once and whole, whoever settles the last
 * difference and however often the day is run.  SPDX-License-Identifier: MIT */
#include "tests/sql/review_world.h"

#include "domain/recon.h"

#define DAY 20270105

struct round {
    struct recon_run run;
    struct recon_row row[4];
    size_t n;
    int64_t id;
    bool again, escalate;
    char state[16]; /* texts of the run die with the call */
};

static enum err run_open(struct ctx *cx, void *arg)
{
    struct round *r = arg;
    return recon_open(cx, WECHAT, DAY, r->again, &r->run);
}

static enum err run_round(struct ctx *cx, void *arg)
{
    struct round *r = arg;
    enum err e = recon_begin(cx, r->run.id, &r->run);
    if (!e)
        e = recon_rows(cx, r->run.id, r->row, r->n);
    if (!e)
        e = recon_compare(cx, r->run.id, &r->run);
    snprintf(r->state, sizeof r->state, "%s", e ? "" : r->run.state);
    return e;
}

static enum err run_close(struct ctx *cx, void *arg)
{
    struct round *r = arg;
    return recon_item_close(cx, r->id, r->escalate, "核对过");
}

static const struct actor admin = {.id = 33, .company_id = 1, .roles = ROLE_COMPANY_ADMIN, .name = "a"},
                          other_admin = {.id = 51, .company_id = 2, .roles = ROLE_COMPANY_ADMIN, .name = "o"};
static struct ask paid[3];

/* Three orders of the day, paid; the channel takes 0.6 %. */
static int set_up(void **state)
{
    static const char *const txn[] = {"T0", "T1", "T2"};
    enum fact_verdict v;
    int rc = review_world(state);
    int64_t run = billed(DAY, 0);
    for (int i = 0; i < 3; i++) {
        paid[i] = order_pending(bill_of(run, 100 + i));
        if (i < 2)
            assert_int_equal(fact(&paid[i], txn[i], clock_now_ms(), &v), OK);
    }
    at(20270106);
    return rc;
}

static struct recon_row row(int i)
{
    static const char *const txn[] = {"T0", "T1", "T2"};
    return (struct recon_row){.out_no = paid[i].number,
                              .txn_id = txn[i],
                              .amount_fen = 10000,
                              .fee_e5 = 60000,
                              .at = clock_day_start(DAY) + HOUR_MS};
}

static int64_t item_of(const char *kind)
{
    return harness_i64("SELECT COALESCE(MAX(id), 0) FROM recon_item WHERE kind = $1 AND state IN ('open', 'escalated')",
                       ARGS(TXT(kind)));
}

static void test_fees_come_with_the_last_difference(void **state)
{
    enum fact_verdict v;
    (void)state;
    struct round r = {
        .row = {row(0), row(1), row(2)},
          .n = 3
    };
    assert_int_equal(harness_write(&admin, run_open, &r), OK);
    assert_int_equal(harness_write(&admin, run_round, &r), OK);
    assert_string_equal(r.state, "matched"); /* T2: the channel has it, we have not */
    assert_int_equal(balance(LA_CHANNEL_FEE, -1), 0);
    r.id = item_of("channel_only");
    r.escalate = true;
    assert_int_equal(harness_write(&other_admin, run_close, &r), ERR_NOT_FOUND);
    assert_int_equal(harness_write(&admin, run_close, &r), OK);
    assert_int_equal(balance(LA_CHANNEL_FEE, -1), 0);
    r.escalate = false;
    assert_int_equal(harness_write(&admin, run_close, &r), OK);
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM recon_run WHERE state = 'done'", NO_ARGS), 1);
    assert_int_equal(balance(LA_CHANNEL_FEE, -1), 120); /* of the two that are ours */
    assert_int_equal(balance(LA_CLEARING, WECHAT), 20000 - 120);
    assert_int_equal(harness_write(&admin, run_close, &r), ERR_NOT_FOUND);

    /* the third is found after all: the day is run again, its fee comes to the others */
    assert_int_equal(fact(&paid[2], "T2", clock_day_start(DAY) + HOUR_MS, &v), OK);
    r.again = true;
    for (int k = 0; k < 2; k++) {
        assert_int_equal(harness_write(&admin, run_open, &r), OK);
        assert_int_equal(harness_write(&admin, run_round, &r), OK);
        assert_string_equal(r.state, "done");
        assert_int_equal(balance(LA_CHANNEL_FEE, -1), 180);
        assert_int_equal(balance(LA_CLEARING, WECHAT), 30000 - 180);
    }
    assert_int_equal(harness_write(&admin, run_round, &r), OK); /* a round that is done twice */
    assert_int_equal(balance(LA_CHANNEL_FEE, -1), 180);
    /* the channel corrects its bill: so does the ledger, by an entry of its own */
    r.row[0].fee_e5 = 50000;
    assert_int_equal(harness_write(&admin, run_open, &r), OK);
    assert_int_equal(harness_write(&admin, run_round, &r), OK);
    assert_int_equal(balance(LA_CHANNEL_FEE, -1), 170);
    assert_int_equal(balance(LA_CLEARING, WECHAT), 30000 - 170);
    money_agrees();
}

/* What the channel's console gave back and we could not book is money that has gone: somebody has to look. */
static void test_a_refund_that_is_nobodys_is_an_alarm(void **state)
{
    (void)state;
    struct round r = {
        .row = {row(0),
                row(1),
                row(2),
                {.refund = true, .out_no = "X-1", .txn_id = "T0", .amount_fen = 99999, .at = clock_day_start(DAY) + 1}},
        .n = 4,
        .again = true
    };
    assert_int_equal(harness_write(&admin, run_open, &r), OK);
    assert_int_equal(harness_write(&admin, run_round, &r), OK);
    assert_true(item_of("refund_channel_only") > 0);
    assert_int_equal(
        harness_i64("SELECT COUNT(*) FROM finance_alarm WHERE kind = 'recon' AND dedup LIKE '%X-1'", NO_ARGS), 1);
    r.n = 3;
    assert_int_equal(harness_write(&admin, run_open, &r), OK);
    assert_int_equal(harness_write(&admin, run_round, &r), OK);
    assert_int_equal(item_of("refund_channel_only"), 0); /* gone from the bill: it resolves itself */
    assert_string_equal(r.state, "done");
    money_agrees();
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_fees_come_with_the_last_difference),
                                       cmocka_unit_test(test_a_refund_that_is_nobodys_is_an_alarm)};
    return cmocka_run_group_tests(tests, set_up, harness_close);
}
