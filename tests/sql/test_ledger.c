/* test_ledger.c - the books on both engines: balance, idempotence, reversal, closing, and random histories that must
 * come out to the fen against a model.  SPDX-License-Identifier: MIT */
#include "tests/sql/two_companies.h"

#include "base/money.h"
#include "domain/ledger.h"
#include <stdlib.h>
#include <string.h>

static struct actor cashier = {.id = 7, .company_id = 1, .project_id = 11, .name = "c"};
static const struct actor stranger = {.id = 8, .company_id = 2, .project_id = 21, .name = "s"};

struct posting {
    struct ledger_entry e;
    struct ledger_line l[6];
    size_t n;
    int64_t id;
};

static enum err run_post(struct ctx *cx, void *arg)
{
    struct posting *p = arg;
    return ledger_post(cx, &p->e, p->l, p->n, &p->id);
}

static struct posting posting(const char *kind, int64_t ref, int32_t day)
{
    return (struct posting){
        .e = {.project_id = 11, .ref_id = ref, .day = day, .kind = kind, .ref_kind = "test"}
    };
}

struct question {
    int account;
    int64_t party, fen;
    int64_t entries, bad, diff;
};

static enum err run_balance(struct ctx *cx, void *arg)
{
    struct question *q = arg;
    return ledger_balance(cx, 11, q->account, q->party, &q->fen);
}

static int64_t balance(int account, int64_t party)
{
    struct question q = {.account = account, .party = party};
    assert_int_equal(harness_read(&cashier, run_balance, &q), OK);
    return q.fen;
}

static enum err run_verify(struct ctx *cx, void *arg)
{
    struct question *q = arg;
    return ledger_verify(cx, &q->entries, &q->bad, &q->diff);
}

static struct question verify(void)
{
    struct question q = {0};
    assert_int_equal(harness_read(&cashier, run_verify, &q), OK);
    return q;
}

static void test_posting(void **state)
{
    struct posting p = posting("publish", 1, 20261101);
    (void)state;
    p.l[0] = DR(LA_RECEIVABLE, 501, 12345);
    p.l[1] = CR(LA_INCOME, 0, 12345);
    p.l[2] = CR(LA_DISCOUNT, 0, 0); /* nothing: left out */
    p.n = 3;
    assert_int_equal(harness_write(&cashier, run_post, &p), OK);
    int64_t first = p.id;
    assert_int_equal(harness_write(&cashier, run_post, &p), OK); /* told twice */
    assert_int_equal(p.id, first);
    assert_int_equal(balance(LA_RECEIVABLE, 501), 12345);
    assert_int_equal(balance(LA_INCOME, -1), 12345);
    p.l[0].debit_fen = p.l[1].credit_fen = 12346;
    assert_int_equal(harness_write(&cashier, run_post, &p), ERR_CONFLICT);
    assert_int_equal(balance(LA_RECEIVABLE, 501), 12345);
}

static void test_lopsided_entries_are_refused(void **state)
{
    static const struct ledger_line bad[][2] = {
        {{.account = LA_CASH, .debit_fen = 100},                    {.account = LA_INCOME, .credit_fen = 99}         },
        {{.account = LA_CASH, .debit_fen = 100, .credit_fen = 100}, {.account = LA_INCOME, .credit_fen = 0}          },
        {{.account = LA_CASH, .debit_fen = -100},                   {.account = LA_INCOME, .credit_fen = -100}       },
        {{.account = LA_COUNT, .debit_fen = 100},                   {.account = LA_INCOME, .credit_fen = 100}        },
        {{.account = LA_CASH, .debit_fen = 0},                      {.account = LA_INCOME, .credit_fen = 0}          },
        {{.account = LA_CASH, .debit_fen = FEN_MAX + 1},            {.account = LA_INCOME, .credit_fen = FEN_MAX + 1}}
    };
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct posting p = posting("bad", (int64_t)i, 20261101);
        memcpy(p.l, bad[i], sizeof bad[i]);
        p.n = 2;
        assert_int_equal(harness_write(&cashier, run_post, &p), ERR_INTERNAL);
    }
    assert_int_equal(verify().bad, 0);
}

static enum err run_reverse(struct ctx *cx, void *arg)
{
    struct posting *p = arg;
    return ledger_reverse(cx, p->id, &p->e, &p->id);
}

static void test_reversal(void **state)
{
    struct posting p = posting("paid", 2, 20261102), back;
    (void)state;
    p.l[0] = DR(LA_CASH, 0, 700);
    p.l[1] = CR(LA_RECEIVABLE, 502, 500);
    p.l[2] = CR(LA_PREPAID, 502, 200);
    p.n = 3;
    assert_int_equal(harness_write(&cashier, run_post, &p), OK);
    back = p;
    back.e.kind = "void";
    assert_int_equal(harness_write(&cashier, run_reverse, &back), OK);
    int64_t first = back.id;
    back.id = p.id;
    assert_int_equal(harness_write(&cashier, run_reverse, &back), OK);
    assert_int_equal(back.id, first); /* once */
    assert_int_equal(balance(LA_PREPAID, 502), 0);
    assert_int_equal(balance(LA_RECEIVABLE, 502), 0);
    back.id = p.id;
    assert_int_equal(harness_write(&stranger, run_reverse, &back), ERR_NOT_FOUND); /* another company's books */
}

static enum err run_close(struct ctx *cx, void *arg)
{
    return ledger_close(cx, 11, *(int32_t *)arg);
}

static void test_closed_days_take_nothing(void **state)
{
    int32_t day = 20200131, earlier = 20200130, future = 29991231;
    struct posting p = posting("late", 3, 20200131);
    (void)state;
    p.l[0] = DR(LA_CASH, 0, 1);
    p.l[1] = CR(LA_INCOME, 0, 1);
    p.n = 2;
    assert_int_equal(harness_write(&cashier, run_close, &future), ERR_INVALID);
    assert_int_equal(harness_write(&cashier, run_close, &day), OK);
    assert_int_equal(harness_write(&cashier, run_close, &earlier), ERR_STATE);
    assert_int_equal(harness_write(&stranger, run_close, &day), ERR_NOT_FOUND);
    assert_int_equal(harness_write(&cashier, run_post, &p), ERR_STATE);
    assert_string_equal(harness_why.field, "day");
    p.e.day = 20200201;
    assert_int_equal(harness_write(&cashier, run_post, &p), OK);
}

static void on_trial(void *arg, const char *account, int64_t debit, int64_t credit)
{
    int64_t *sum = arg;
    assert_true(str_index(ledger_account_name, LA_COUNT, account) >= 0);
    sum[0] += debit;
    sum[1] += credit;
}

static enum err run_trial(struct ctx *cx, void *arg)
{
    return ledger_trial(cx, 11, 20260101, 20261231, on_trial, arg);
}

/* Bills, payments, change, refunds, reversals at random; every account against a model kept beside it */
static void test_random_histories(void **state)
{
    int64_t model[LA_COUNT] = {0}, before[LA_COUNT], sum[2] = {0, 0};
    const int histories = harness_is_pg() ? 150 : 1500;
    (void)state;
    for (int a = 0; a < LA_COUNT; a++)
        before[a] = balance(a, -1);
    srandom(20261124);
    for (int i = 0; i < histories; i++) {
        struct posting p = posting("random", i, (int32_t)(20260101 + random() % 28));
        int64_t total = 1 + random() % 1000000, left = total;
        p.n = 2 + (size_t)random() % 4;
        int from = (int)(random() % LA_COUNT);
        p.l[0] = DR(from, random() % 3, total);
        for (size_t k = 1; k < p.n; k++) {
            int64_t part = k + 1 == p.n ? left : random() % (left + 1);
            int to = (int)(random() % LA_COUNT);
            p.l[k] = CR(to, random() % 3, part);
            model[to] -= part;
            left -= part;
        }
        model[from] += total;
        size_t moving = 0;
        for (size_t k = 0; k < p.n; k++)
            moving += p.l[k].debit_fen + p.l[k].credit_fen > 0;
        assert_true(moving >= 2);
        assert_int_equal(harness_write(&cashier, run_post, &p), OK);
        if (random() % 4 == 0) { /* and back again */
            p.e.kind = "random_back";
            assert_int_equal(harness_write(&cashier, run_reverse, &p), OK);
            for (size_t k = 0; k < p.n; k++)
                model[p.l[k].account] -= p.l[k].debit_fen - p.l[k].credit_fen;
        }
    }
    for (int a = 0; a < LA_COUNT; a++) {
        int64_t change = balance(a, -1) - before[a];
        assert_true(change == model[a] || change == -model[a]);
        assert_int_equal(llabs((long long)change), llabs((long long)model[a]));
    }
    assert_int_equal(harness_read(&cashier, run_trial, sum), OK);
    assert_int_equal(sum[0], sum[1]);
    struct question q = verify();
    assert_true(q.entries >= histories);
    assert_int_equal(q.bad, 0);
    assert_int_equal(q.diff, 0);
}

/* Last: a changed fen is found, and which entry it is in */
static void test_verify_finds_a_changed_fen(void **state)
{
    struct posting p = posting("tamper", 1, 20261103);
    (void)state;
    p.l[0] = DR(LA_CASH, 0, 5000);
    p.l[1] = CR(LA_INCOME, 0, 5000);
    p.n = 2;
    assert_int_equal(harness_write(&cashier, run_post, &p), OK);
    assert_int_equal(
        harness_sql("UPDATE ledger_line SET credit_fen = 4999 WHERE entry_id = $1 AND n = 2", ARGS(I64(p.id))), OK);
    struct question q = verify();
    assert_int_equal(q.bad, p.id);
    assert_int_equal(q.diff, 1);
    assert_int_equal(harness_sql("DELETE FROM ledger_line WHERE entry_id = $1 AND n = 2", ARGS(I64(p.id))), OK);
    assert_int_equal(verify().bad, p.id);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_posting),          cmocka_unit_test(test_lopsided_entries_are_refused),
        cmocka_unit_test(test_reversal),         cmocka_unit_test(test_closed_days_take_nothing),
        cmocka_unit_test(test_random_histories), cmocka_unit_test(test_verify_finds_a_changed_fen)};
    return cmocka_run_group_tests(tests, two_companies, harness_close);
}
