/* test_audit.c - the seal: any row changed, removed, swapped or slipped in after sealing is found, and which one.
 * SPDX-License-Identifier: MIT */
#include "domain/audit.h"
#include "tests/sql/world.h"

static enum err run_add(struct ctx *cx, void *arg)
{
    return audit_add(cx, "test.change", "thing", *(int64_t *)arg, "{\"a\":1}", "{\"a\":2}");
}

struct seal_call {
    int64_t company, max, sealed, rows, bad;
};
static enum err run_seal(struct ctx *cx, void *arg)
{
    struct seal_call *c = arg;
    return audit_seal(cx, c->company, c->max, &c->sealed);
}
static enum err run_verify(struct ctx *cx, void *arg)
{
    struct seal_call *c = arg;
    return audit_verify(cx, c->company, &c->rows, &c->bad);
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
    return c.bad;
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
    who = (struct actor){.id = 7, .company_id = company, .name = "t"};
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
    assert_int_equal(c.rows, 11);
    assert_int_equal(c.bad, 0);
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
    return audit_unsealed(cx, on_company, arg);
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

#define T(f) cmocka_unit_test_setup(f, set_up)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(sealing_goes_on_in_batches), T(companies_are_chains_of_their_own),
        T(every_column_is_sealed),     T(columns_do_not_run_together),
        T(removed_rows_are_named),     T(removed_links_are_found),
        T(swapped_rows_are_found),     T(inserted_rows_are_found),
        T(a_forged_hash_is_found),     T(unsealed_companies_are_listed),
    };
    return cmocka_run_group_tests(tests, world_open, harness_close);
}
