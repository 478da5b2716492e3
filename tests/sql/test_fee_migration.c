/* test_fee_migration.c - a store from before 0008 keeps what it holds: items, prices, who pays, meters, bills; late fees can
 * accrue on the old bills by the terms of their items.  SPDX-License-Identifier: MIT */
#include "tests/sql/fees_world.h"

#include "domain/fee_late.h"
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[] = "/tmp/anju-mig-XXXXXX", full[512];

static const char *const names[] = {"0001_platform", "0002_people",  "0003_repair", "0004_ledger",
                                    "0005_billing",  "0006_payment", "0007_online"};

/* A source folder whose migrations end with 0007. */
static void old_source(void)
{
    const char *source = getenv("ANJU_SOURCE");
    char from[600], to[200];
    snprintf(full, sizeof full, "%s/schema/migrations", source ? source : ".");
    assert_non_null(mkdtemp(dir));
    snprintf(to, sizeof to, "%s/schema", dir);
    assert_int_equal(mkdir(to, 0700), 0);
    snprintf(to, sizeof to, "%s/schema/migrations", dir);
    assert_int_equal(mkdir(to, 0700), 0);
    for (size_t i = 0; i < COUNT(names); i++) {
        snprintf(from, sizeof from, "%s/%s.sql", full, names[i]);
        snprintf(to, sizeof to, "%s/schema/migrations/%s.sql", dir, names[i]);
        assert_int_equal(symlink(from, to), 0);
    }
    setenv("ANJU_SOURCE", dir, 1);
}

static void fill(void)
{
    sql("INSERT INTO room(id, company_id, project_id, building_id, name, full_name, norm, area_e4, created_at)"
        " VALUES (100, 1, 11, 12, 'r', 'r', 'r', 1000000, 0)",
        NO_ARGS);
    sql("INSERT INTO fee_item(id, company_id, project_id, code, name, kind, cycle, part_month, rounding, late_rate_e6,"
        " late_grace_days, late_cap_e4, created_at)"
        " VALUES (500, 1, 11, 'wy', '物业费', 'area', 'monthly', 'actual', 'half_up', 500, 3, 1000, 0)",
        NO_ARGS);
    sql("INSERT INTO fee_price(company_id, item_id, from_day, price_e4, account_id, at) VALUES (1, 500, 20260101, "
        "20000, 0, 0)",
        NO_ARGS);
    sql("INSERT INTO fee_assign(company_id, project_id, item_id, room_id, from_day) VALUES (1, 11, 500, 100, 20260101)",
        NO_ARGS);
    sql("INSERT INTO meter(id, company_id, project_id, item_id, room_id, serial, from_day) VALUES (600, 1, 11, 500, "
        "100, 'W',"
        " 20260101)",
        NO_ARGS);
    sql("INSERT INTO meter_reading(meter_id, day, company_id, reading_e3, usage_e3, account_id, at)"
        " VALUES (600, 20260131, 1, 5, 5, 0, 0)",
        NO_ARGS);
    sql("INSERT INTO bill(id, company_id, project_id, room_id, room_name, state, period_from, period_to, due_day, "
        "amount_fen,"
        " published_at, created_at) VALUES (700, 1, 11, 100, 'r', 'published', 20261201, 20261231, 20270110, 20000, 1, "
        "0)",
        NO_ARGS);
    sql("INSERT INTO bill_line(bill_id, n, company_id, item_id, room_id, name, income, period_from, period_to, "
        "amount_fen,"
        " snapshot) VALUES (700, 1, 1, 500, 100, '物业费', 'fee_income', 20261201, 20261231, 20000, "
        "'{\"price_e4\":20000}')",
        NO_ARGS);
}

static int set_up(void **state)
{
    old_source();
    int rc = two_companies(state);
    fill();
    struct arena *a = arena_new(0);
    const char *why = "";
    struct store_config c = {.url = harness_url(), .migrations_dir = full, .readers = 1, .writers = 1};
    struct store *s = store_open(&c, a, &why); /* the new program comes */
    if (!s)
        fail_msg("%s", why);
    store_close(s);
    arena_free(a);
    return rc;
}

static int tear_down(void **state)
{
    char path[300];
    for (size_t i = 0; i < COUNT(names); i++) {
        snprintf(path, sizeof path, "%s/schema/migrations/%s.sql", dir, names[i]);
        assert_int_equal(unlink(path), 0);
    }
    for (const char *const *s = (const char *const[]){"/schema/migrations", "/schema", "", NULL}; *s; s++) {
        snprintf(path, sizeof path, "%s%s", dir, *s);
        assert_int_equal(rmdir(path), 0);
    }
    return harness_close(state);
}

static enum err run_late(struct ctx *cx, void *arg)
{
    return late_step(cx, 20270120, 10, arg);
}

static void test_nothing_is_lost(void **state)
{
    (void)state;
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM fee_item WHERE id = 500 AND round_to = 'fen' AND bill_day = 1"
                                 " AND reach_days = 366 AND late_rate_e6 = 500",
                                 NO_ARGS),
                     1);
    assert_int_equal(harness_i64("SELECT price_e4 FROM fee_price WHERE item_id = 500", NO_ARGS), 20000);
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM fee_assign WHERE item_id = 500 AND ref_id = 0", NO_ARGS), 1);
    assert_int_equal(harness_i64("SELECT usage_e3 FROM meter_reading WHERE meter_id = 600", NO_ARGS), 5);
    assert_int_equal(
        harness_i64("SELECT COUNT(*) FROM bill_line l JOIN bill_basis s ON s.id = l.basis_id"
                    " WHERE l.bill_id = 700 AND l.kind = 'charge' AND l.live = 1 AND s.period_to = 20261231",
                    NO_ARGS),
        1);
    /* references and keys hold as before */
    assert_int_equal(harness_sql("INSERT INTO fee_price(company_id, item_id, from_day, price_e4, account_id, at)"
                                 " VALUES (1, 999, 20260101, 1, 0, 0)",
                                 NO_ARGS),
                     ERR_INVALID);
    assert_int_equal(
        harness_sql("INSERT INTO bill_line(bill_id, n, company_id, item_id, room_id, name, income, period_from,"
                    " period_to, amount_fen, snapshot) VALUES (700, 2, 1, 500, 100, 'x', 'fee_income', 20261201,"
                    " 20261231, 1, '{}')",
                    NO_ARGS),
        ERR_EXISTS);
    assert_int_equal(harness_sql("UPDATE fee_item SET income = 'deposits' WHERE id = 500", NO_ARGS), ERR_INVALID);
}

static void test_old_bills_go_on(void **state)
{
    struct fees_call price = {.id = 500, .day = 20261215, .n = 1};
    bool more = false;
    (void)state;
    assert_int_equal(harness_write(NULL, run_late, &more), OK);
    assert_int_equal(harness_i64("SELECT late_fen FROM bill WHERE id = 700", NO_ARGS), 70); /* 14 to 20 January */
    assert_int_equal(harness_write(&checker, fw_price, &price), ERR_STATE);                 /* December is published */
    at(20270205);
    int64_t run = drafts(20270205, 0);
    assert_int_equal(harness_i64("SELECT total_fen FROM bill_run WHERE id = $1", ARGS(I64(run))), 20000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_nothing_is_lost), cmocka_unit_test(test_old_bills_go_on)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
