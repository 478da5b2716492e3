/* test_statements.c - every statement of the program is prepared on the engine under test: names, tables,
 * columns, parameter and result types. What one engine refuses must not be found by a customer.
 * SPDX-License-Identifier: MIT */
#include "platform/store/driver.h"
#include "tests/sql/harness.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum err check(struct ctx *cx, void *q)
{
    enum err e = cx->db->driver->check(cx->db, q);
    cx->db->failed = e;
    return e;
}

static void test_every_statement_prepares(void **state)
{
    size_t bad = 0;
    (void)state;
    assert_true(stmt_count() > 10);
    for (size_t i = 0; i < stmt_count(); i++) {
        struct stmt q = *stmt_at(i);
        if (harness_write(NULL, check, (void *)(uintptr_t)stmt_at(i)) != OK) {
            print_error("cannot prepare %s: %s\n", q.name, q.sql);
            bad++;
        }
    }
    print_message("%zu statements\n", stmt_count());
    assert_int_equal(bad, 0);
}

static int by_name(const void *a, const void *b)
{
    return strcmp((*(const struct stmt *const *)a)->name, (*(const struct stmt *const *)b)->name);
}

static void test_names_are_unique(void **state)
{
    size_t n = stmt_count(), twice = 0;
    const struct stmt **list = malloc(n * sizeof *list);
    (void)state;
    for (size_t i = 0; i < n; i++)
        list[i] = stmt_at(i);
    qsort(list, n, sizeof *list, by_name);
    for (size_t i = 1; i < n; i++)
        if (!strcmp(list[i]->name, list[i - 1]->name)) {
            print_error("two statements are called %s\n", list[i]->name);
            twice++;
        }
    free(list);
    assert_int_equal(twice, 0);
}

/* ---- no statement reads a whole table, but those that are meant to ---- */

#define MOST 128 /* parameters of a statement: what the store takes */
struct plan {
    const struct stmt *q;
    row_fn *fn; /* NULL: counts scans */
    void *arg;
    size_t scans;
};

static enum err on_plan(struct ctx *cx, const struct row *r, void *out)
{
    struct plan *p = out;
    const char *step = row_text(cx, r, 3);
    if (strncmp(step, "SCAN ", 5) == 0 && !strstr(step, "CONSTANT ROW")) {
        print_error("%s: %s\n", p->q->name, step);
        p->scans++;
    }
    return OK;
}

static enum err run_plan(struct ctx *cx, void *arg)
{
    struct plan *p = arg;
    struct arg v[MOST] = {{.kind = ARG_NULL}};
    size_t n = 0;
    for (const char *s = p->q->sql; (s = strchr(s, '$')); s++) {
        size_t k = (size_t)strtoul(s + 1, NULL, 10);
        n = k > n ? k : n;
    }
    assert_true(n <= MOST);
    static struct stmt explain[2048]; /* prepared statements are kept by address, until the store closes */
    static size_t used;
    assert_true(used < COUNT(explain));
    explain[used] =
        (struct stmt){p->q->name, arena_printf(harness_ctx(NULL)->arena, "EXPLAIN QUERY PLAN %s", p->q->sql)};
    struct stmt *mine = &explain[used++];
    return db_each(cx, mine, (struct args){v, n}, p->fn ? p->fn : on_plan, p->fn ? p->arg : p);
}

static const char *const meant[] = {
    /* anjud verify */
    "billing.verify_", "ledger.count", "ledger.diff",
    /* a few rows: companies, projects, merchants, those who work there */
    "audit.companies", "billing_auto.project", "board.moved", "company.by_code", "complaint.department_",
    "complaint.list_assigned", "maint_notify.skilled", "merchant.ids", "merchant.list", "webhook.moved",
    /* what is open or due at the moment, by an index of nothing else */
    "code.sweep", "import.old", "message.due", "message.next", "repair_bill.due",
    /* rows a subquery has found */
    "billing.run_rooms", "event.old",
    /* once in a while: a fee item removed, an empty Redis filled again */
    "fee_item.drop", "fee_item.used", "repair.each_queued"};

static bool is_meant(const char *name)
{
    for (size_t i = 0; i < COUNT(meant); i++)
        if (strncmp(name, meant[i], strlen(meant[i])) == 0)
            return true;
    return false;
}

static void test_rows_are_found_by_index(void **state)
{
    struct plan p = {.scans = 0};
    size_t seen = 0;
    (void)state;
    if (harness_is_pg()) /* plans depend on statistics there */
        skip();
    for (size_t i = 0; i < stmt_count(); i++) {
        p.q = stmt_at(i);
        if (is_meant(p.q->name))
            continue;
        assert_int_equal(harness_write(NULL, run_plan, &p), OK);
        seen++;
    }
    assert_true(seen > 1000);
    assert_int_equal(p.scans, 0);
    p.q = NULL;
    for (size_t i = 0; i < stmt_count(); i++) /* it can see one */
        if (!strcmp(stmt_at(i)->name, "ledger.diff"))
            p.q = stmt_at(i);
    assert_non_null(p.q);
    assert_int_equal(harness_write(NULL, run_plan, &p), OK);
    assert_int_equal(p.scans, 1);
}

/* ---- and these go the way they are meant to: by all of the key, without sorting what they do not return ---- */

struct way {
    const char *name, *by;
    bool sorts, found, sorted; /* sorts: the few it has found */
};

static enum err on_way(struct ctx *cx, const struct row *r, void *out)
{
    struct way *w = out;
    const char *step = row_text(cx, r, 3);
    w->found = w->found || strstr(step, w->by);
    w->sorted = w->sorted || strstr(step, "TEMP B-TREE");
    return OK;
}

static void test_hot_statements_use_the_whole_key(void **state)
{
    struct way ways[] = {
        {"ledger.balance_of",    "account=? AND party_id=?",                  false, false, false},
        {"bill.list_board",      "project_id=?",                              false, false, false},
        {"bill.list_state",      "state=?",                                   false, false, false},
        {"bill.list_run",        "run_id=?",                                  false, false, false},
        {"payment.shares",       "payment_id=?",                              true,  false, false},
        {"order.by_number",      "out_trade_no=?",                            false, false, false},
        {"apply.txn",            "txn_id=?",                                  false, false, false},
        {"payment.list",         "project_id=?",                              false, false, false},
        {"repair.list_pool",     "state=?",                                   false, false, false},
        {"repair.list_jobs",     "holder_id=?",                               true,  false, false},
        {"bill.list_mine",       "bill_of_room (company_id=? AND room_id=?)", true,  false, false},
        {"board.repairs_open",   "repair_open",                               false, false, false},
        {"binding.live_account", "account_id=?",                              true,  false, false},
        {"party_room.of_room",   "room_id=?",                                 true,  false, false},
        {"import_owner.shares",  "room_id=?",                                 false, false, false},
        {"party_room.owner_at",  "room_id=?",                                 true,  false, false},
        {"home.due",             "bill_room (room_id=?)",                     true,  false, false},
        {"complaint.list_mine",  "reporter_id=?",                             false, false, false},
        {"login_log.list",       "login_log_page",                            false, false, false},
        {"home.jobs",            "holder_id=? AND state=?",                   false, false, false},
        {"home.repairs",         "repair_room (room_id=?)",                   false, false, false},
        {"bill_run.payers",      "run_id=?",                                  true,  false, false},
        {"account.phone_owner",  "phone_idx=?",                               true,  false, false},
        {"order.mine",           "payer_id=?",                                true,  false, false},
        {"webhook.due",          "webhook_turn (slow=? AND turn_at<?)",       false, false, false},
        {"roster.range",         "project_id=? AND day>? AND day<?",          true,  false, false}
    };
    (void)state;
    if (harness_is_pg())
        skip();
    for (size_t k = 0; k < COUNT(ways); k++) {
        struct plan p = {.q = NULL, .fn = on_way, .arg = &ways[k]};
        for (size_t i = 0; i < stmt_count(); i++)
            if (!strcmp(stmt_at(i)->name, ways[k].name))
                p.q = stmt_at(i);
        if (!p.q)
            fail_msg("no statement %s", ways[k].name);
        assert_int_equal(harness_write(NULL, run_plan, &p), OK);
        if (!ways[k].found || (ways[k].sorted && !ways[k].sorts))
            fail_msg("%s: found by the key %d, sorted %d", ways[k].name, ways[k].found, ways[k].sorted);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_statement_prepares), cmocka_unit_test(test_names_are_unique),
        cmocka_unit_test(test_rows_are_found_by_index), cmocka_unit_test(test_hot_statements_use_the_whole_key)};
    return cmocka_run_group_tests(tests, harness_open, harness_close);
}
