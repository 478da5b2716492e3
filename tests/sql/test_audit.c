/* test_audit.c - the seal: any row changed, removed, swapped or slipped in after sealing is found, and which one.
 * SPDX-License-Identifier: MIT */
#include "domain/audit.h"
#include "tests/sql/world.h"

static enum err run_add(struct ctx *cx, void *arg)
{
    return audit_add(cx, "test.change", "thing", *(int64_t *)arg, "{\"a\":1}", "{\"a\":2}");
}

struct seal_call {
    int64_t company, max, sealed;
    struct audit_report report;
};
static enum err run_seal(struct ctx *cx, void *arg)
{
    struct seal_call *c = arg;
    return audit_seal(cx, c->company, c->max, false, &c->sealed);
}
static enum err run_verify(struct ctx *cx, void *arg)
{
    struct seal_call *c = arg;
    return audit_verify(cx, c->company, &c->report);
}

static int64_t company, ids[6]; /* six sealed rows of a company of its own */
static struct actor who;

static int64_t seal(int64_t max)
{
    struct seal_call c = {.company = company, .max = max};
    assert_ok(write_as(&who, run_seal, &c));
    return c.sealed;
}

static int64_t verify(void)
{
    struct seal_call c = {.company = company};
    assert_ok(read_as(&who, run_verify, &c));
    return c.report.bad;
}

static void add(int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        assert_ok(write_as(&who, run_add, &i));
}

static int set_up(void **state)
{
    (void)state;
    company = id_new();
    assert_ok(harness_sql("INSERT INTO company(id, code, name, created_at) VALUES ($1, CAST($1 AS TEXT), 'x', 1)",
                          ARGS(I64(company))));
    who = (struct actor){.id = id_new(), .company_id = company, .name = "t"};
    assert_ok(
        harness_sql("INSERT INTO account(id, company_id, kind, name, created_at) VALUES ($1, $2, 'staff', 't', 0)",
                    ARGS(I64(who.id), I64(company))));
    assert_ok(harness_sql("INSERT INTO role_grant(id, company_id, account_id, role, project_id, created_at)"
                          " VALUES ($1, $2, $1, 'auditor', 0, 0)",
                          ARGS(I64(who.id), I64(company))));
    at = noon(2026, 11, 23, 10, 0);
    add(6);
    assert_int_equal(seal(100), 6);
    for (int i = 0; i < 6; i++)
        ids[i] = harness_i64("SELECT audit_id FROM audit_seal WHERE company_id = $1 AND n = $2",
                             ARGS(I64(company), I64(i + 1)));
    assert_int_equal(verify(), 0);
    return 0;
}

static void sealing_goes_on_in_batches(void **state)
{
    struct seal_call c = {.company = company};
    (void)state;
    assert_int_equal(seal(100), 0);
    add(5);
    assert_int_equal(seal(3), 3);
    assert_int_equal(seal(3), 2);
    assert_int_equal(seal(3), 0);
    assert_ok(read_as(&who, run_verify, &c));
    assert_int_equal(c.report.rows, 11);
    assert_int_equal(c.report.bad, 0);
}

static void companies_are_chains_of_their_own(void **state)
{
    int64_t first = company;
    (void)state;
    set_up(NULL);
    assert_ok(harness_sql("UPDATE audit SET action = 'x' WHERE company_id = $1", ARGS(I64(company))));
    assert_int_equal(verify(), ids[0]);
    company = first;
    assert_int_equal(verify(), 0);
}

static void every_column_is_sealed(void **state)
{
    static const char *const change[] = {"UPDATE audit SET project_id = project_id + 1 WHERE id = $1",
                                         "UPDATE audit SET account_id = account_id + 1 WHERE id = $1",
                                         "UPDATE audit SET action = 'test.changf' WHERE id = $1",
                                         "UPDATE audit SET object = 'thinh' WHERE id = $1",
                                         "UPDATE audit SET object_id = object_id + 1 WHERE id = $1",
                                         "UPDATE audit SET before = NULL WHERE id = $1",
                                         "UPDATE audit SET before = '' WHERE id = $1",
                                         "UPDATE audit SET after = '{\"a\":3}' WHERE id = $1",
                                         "UPDATE audit SET ip = '1.2.3.4' WHERE id = $1",
                                         "UPDATE audit SET request_id = 'x' WHERE id = $1",
                                         "UPDATE audit SET at = at + 1 WHERE id = $1"};
    (void)state;
    for (size_t i = 0; i < COUNT(change); i++) {
        set_up(NULL);
        assert_ok(harness_sql(change[i], ARGS(I64(ids[3]))));
        if (verify() != ids[3])
            fail_msg("not found: %s", change[i]);
    }
}

/* Text may not flow from one column into the next. */
static void columns_do_not_run_together(void **state)
{
    (void)state;
    assert_ok(
        harness_sql("UPDATE audit SET action = 'test.changet', object = 'hing' WHERE id = $1", ARGS(I64(ids[2]))));
    assert_int_equal(verify(), ids[2]);
}

static void removed_rows_are_named(void **state)
{
    (void)state;
    assert_ok(harness_sql("DELETE FROM audit WHERE id = $1", ARGS(I64(ids[2]))));
    assert_int_equal(verify(), ids[2]);
}

static void removed_links_are_found(void **state)
{
    (void)state;
    assert_ok(harness_sql("DELETE FROM audit_seal WHERE company_id = $1 AND n = 3", ARGS(I64(company))));
    assert_int_equal(verify(), ids[3]);
}

static void swapped_rows_are_found(void **state)
{
    (void)state;
    assert_ok(harness_sql("UPDATE audit_seal SET audit_id = -1 WHERE company_id = $1 AND n = 2", ARGS(I64(company))));
    assert_ok(harness_sql("UPDATE audit_seal SET audit_id = $2 WHERE company_id = $1 AND n = 4",
                          ARGS(I64(company), I64(ids[1]))));
    assert_ok(harness_sql("UPDATE audit_seal SET audit_id = $2 WHERE company_id = $1 AND n = 2",
                          ARGS(I64(company), I64(ids[3]))));
    assert_int_equal(verify(), ids[3]); /* where row 2 should be */
}

static void inserted_rows_are_found(void **state)
{
    int64_t fake = id_new();
    (void)state;
    assert_ok(
        harness_sql("INSERT INTO audit(id, company_id, action, object, object_id, ip, request_id, at)"
                    " SELECT $1, company_id, action, object, object_id, ip, request_id, at FROM audit WHERE id = $2",
                    ARGS(I64(fake), I64(ids[5]))));
    assert_ok(harness_sql(
        "INSERT INTO audit_seal(company_id, n, audit_id, hash) SELECT company_id, 7, $1, hash FROM audit_seal"
        " WHERE audit_id = $2",
        ARGS(I64(fake), I64(ids[5]))));
    assert_int_equal(verify(), fake);
}

static void a_forged_hash_is_found(void **state)
{
    (void)state;
    assert_ok(harness_sql("UPDATE audit_seal SET hash = $2 WHERE audit_id = $1",
                          ARGS(I64(ids[4]), BLOB("0123456789abcdef0123456789abcdef", 32))));
    assert_int_equal(verify(), ids[4]);
    assert_ok(harness_sql("UPDATE audit_seal SET hash = $2 WHERE audit_id = $1", ARGS(I64(ids[1]), BLOB("short", 5))));
    assert_int_equal(verify(), ids[1]); /* the first of two */
}

static bool listed;
static void on_company(void *arg, int64_t id)
{
    listed |= *(int64_t *)arg == id;
}
static enum err run_unsealed(struct ctx *cx, void *arg)
{
    listed = false;
    return audit_unsealed(cx, false, on_company, arg);
}

static void unsealed_companies_are_listed(void **state)
{
    (void)state;
    assert_ok(read_as(&who, run_unsealed, &company));
    assert_false(listed);
    add(1);
    assert_ok(read_as(&who, run_unsealed, &company));
    assert_true(listed);
}

/* ---- only ever inserted; the front is let go ---- */

static void rows_are_only_ever_inserted(void **state)
{
    (void)state;
    assert_true(harness_sql("UPDATE audit SET ip = 'x' WHERE id = $1", ARGS(I64(ids[1]))) != OK);
    assert_true(harness_sql("DELETE FROM audit WHERE id = $1", ARGS(I64(ids[1]))) != OK);
    assert_true(harness_sql("UPDATE audit_seal SET n = n + 10 WHERE company_id = $1", ARGS(I64(company))) != OK);
    assert_int_equal(verify(), 0);
}

struct prune_call {
    int64_t before, max, removed;
};
static enum err run_prune(struct ctx *cx, void *arg)
{
    struct prune_call *c = arg;
    return audit_prune(cx, company, c->before, c->max, &c->removed);
}

static int64_t prune(int64_t before, int64_t max)
{
    struct prune_call c = {before, max, 0};
    assert_ok(write_as(&who, run_prune, &c));
    return c.removed;
}

static int64_t rows_left(void)
{
    return harness_i64("SELECT COUNT(*) FROM audit WHERE company_id = $1", ARGS(I64(company)));
}

static void old_rows_leave_from_the_front(void **state)
{
    struct seal_call c = {.company = company};
    (void)state;
    at += DAY_MS;
    add(4);
    assert_int_equal(prune(at, 100), 6); /* the four of today are not sealed yet, and not old */
    assert_int_equal(rows_left(), 4);
    assert_int_equal(seal(100), 4); /* the chain goes on where it was */
    assert_ok(read_as(&who, run_verify, &c));
    assert_int_equal(c.report.bad, 0);
    assert_int_equal(c.report.rows, 4);
    assert_int_equal(c.report.head_n, 10);
    assert_int_equal(prune(at, 100), 0);
    assert_int_equal(prune(at + 1, 3), 3);
    assert_int_equal(prune(at + 1, 3), 1);
    assert_int_equal(rows_left(), 0);
    add(1);
    assert_int_equal(seal(100), 1);
    assert_int_equal(verify(), 0);
    assert_int_equal(harness_i64("SELECT removed FROM audit_anchor WHERE company_id = $1", ARGS(I64(company))), 10);
}

static void what_stays_still_hangs_on_what_left(void **state)
{
    (void)state;
    assert_int_equal(prune(at + 1, 3), 3);
    assert_int_equal(verify(), 0);
    assert_ok(harness_sql("UPDATE audit_anchor SET hash = $2 WHERE company_id = $1",
                          ARGS(I64(company), BLOB("0123456789abcdef0123456789abcdef", 32))));
    assert_int_equal(verify(), ids[3]);
}

static void a_row_slipped_in_below_the_seal_is_found(void **state)
{
    struct seal_call c = {.company = company};
    int64_t old = id_at(id_time_ms(ids[0]) - 3 * HOUR_MS) + 1;
    (void)state;
    assert_ok(harness_sql("INSERT INTO audit(id, company_id, action, object, object_id, ip, request_id, at)"
                          " VALUES ($1, $2, 'a', 'b', 1, '', '', 1)",
                          ARGS(I64(old), I64(company))));
    assert_int_equal(seal(100), 0);
    assert_ok(read_as(&who, run_verify, &c));
    assert_int_equal(c.report.stray, old);
}

/* ---- searching ---- */

struct search {
    struct audit_filter f;
    int64_t n;
};
static void on_found(void *arg, const struct audit_entry *a)
{
    (void)a;
    ++*(int64_t *)arg;
}
static enum err run_search(struct ctx *cx, void *arg)
{
    struct search *s = arg;
    s->n = 0;
    return audit_list(cx, &s->f, 0, 100, on_found, &s->n);
}

static int64_t found(struct audit_filter f)
{
    struct search s = {.f = f};
    assert_ok(read_as(&who, run_search, &s));
    return s.n;
}

static enum err run_logins(struct ctx *cx, void *arg)
{
    (void)arg;
    return login_log_list(cx, 0, 0, 100, NULL, NULL);
}

/* Whoever audits one project sees that one: not the company's, nor another's, nor who logs in from where. */
static void a_role_of_one_project_ends_there(void **state)
{
    (void)state;
    assert_ok(harness_sql("UPDATE role_grant SET project_id = 77 WHERE account_id = $1", ARGS(I64(who.id))));
    who.project_id = 78;
    add(2);
    who.project_id = 77;
    add(1);
    assert_int_equal(found((struct audit_filter){0}), 1);
    assert_int_equal(found((struct audit_filter){.project_id = 77}), 1);
    assert_int_equal(found((struct audit_filter){.project_id = 78}), 0);
    assert_err(read_as(&who, run_logins, NULL), ERR_FORBIDDEN);
    assert_ok(harness_sql("UPDATE role_grant SET project_id = 0 WHERE account_id = $1", ARGS(I64(who.id))));
    assert_int_equal(found((struct audit_filter){0}), 9);
    assert_int_equal(found((struct audit_filter){.project_id = 78}), 2);
    assert_ok(read_as(&who, run_logins, NULL));
}

static void rows_are_found_by_every_filter(void **state)
{
    int64_t now = clock_now_ms();
    (void)state;
    assert_int_equal(found((struct audit_filter){0}), 6);
    assert_int_equal(found((struct audit_filter){.object = "thing"}), 6);
    assert_int_equal(found((struct audit_filter){.object = "other"}), 0);
    assert_int_equal(found((struct audit_filter){.action = "test"}), 6);
    assert_int_equal(found((struct audit_filter){.action = "test.change"}), 6);
    assert_int_equal(found((struct audit_filter){.action = "tes"}), 0);
    assert_int_equal(found((struct audit_filter){.object_id = 3}), 1);
    assert_int_equal(found((struct audit_filter){.account_id = who.id}), 6);
    assert_int_equal(found((struct audit_filter){.account_id = 8}), 0);
    assert_int_equal(found((struct audit_filter){.ip = from_ip}), 6);
    assert_int_equal(found((struct audit_filter){.project_id = 5}), 0);
    assert_int_equal(found((struct audit_filter){.from = now - HOUR_MS, .to = now + HOUR_MS}), 6);
    assert_int_equal(found((struct audit_filter){.from = now + HOUR_MS}), 0);
    assert_int_equal(found((struct audit_filter){.to = now - HOUR_MS}), 0);
}

/* Whoever tampers with the store drops the triggers first. */
static int loosen(void **state)
{
    static const char *const sqlite[] = {"DROP TRIGGER audit_no_change", "DROP TRIGGER audit_no_delete",
                                         "DROP TRIGGER audit_seal_no_change"},
                             *const pg[] = {"DROP TRIGGER audit_no_change ON audit",
                                            "DROP TRIGGER audit_no_delete ON audit",
                                            "DROP TRIGGER audit_seal_no_change ON audit_seal"};
    (void)state;
    for (size_t i = 0; i < 3; i++)
        assert_ok(harness_sql(harness_is_pg() ? pg[i] : sqlite[i], NO_ARGS));
    return 0;
}

static int set_up_loose(void **state)
{
    static bool loose;
    if (!loose)
        loosen(state);
    loose = true;
    return set_up(state);
}

#define L(f) cmocka_unit_test_setup(f, set_up_loose)
#define T(f) cmocka_unit_test_setup(f, set_up)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(rows_are_only_ever_inserted),
        T(old_rows_leave_from_the_front),
        T(rows_are_found_by_every_filter),
        T(a_role_of_one_project_ends_there),
        T(sealing_goes_on_in_batches),
        T(unsealed_companies_are_listed),
        L(what_stays_still_hangs_on_what_left),
        L(a_row_slipped_in_below_the_seal_is_found),
        L(companies_are_chains_of_their_own),
        L(every_column_is_sealed),
        L(columns_do_not_run_together),
        L(removed_rows_are_named),
        L(removed_links_are_found),
        L(swapped_rows_are_found),
        L(inserted_rows_are_found),
        L(a_forged_hash_is_found),
    };
    return cmocka_run_group_tests(tests, world_open, harness_close);
}
