/* test_export.c - export tasks on both engines: asking, pages, progress, a worker that dies, rights that end, a week's end.
 * SPDX-License-Identifier: MIT */
#include "tests/sql/counter_world.h"

#include "domain/complaint.h"
#include "domain/export.h"
#include "domain/shift.h"
#include "platform/config.h"
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define BILLS 2500
static char dir[] = "/tmp/anju-export-XXXXXX";

static int set_up(void **state)
{
    if (!mkdtemp(dir) || chdir(dir) != 0 || mkdir("data", 0700) != 0 || config_load(NULL, stderr) != OK)
        return 1;
    int rc = counter_world(state);
    for (int64_t i = 31; i <= 33; i++)
        sql("INSERT INTO role_grant(id, company_id, account_id, role, project_id, created_at) VALUES ($1, 1, $1, $2, "
            "11, 0)",
            ARGS(I64(i), TXT(i == 32 ? "manager" : "cashier")));
    add_bill((struct new_bill){.id = 200,
                               .room = 100,
                               .payer = 41,
                               .fee = 10000,
                               .from = 20261001,
                               .to = 20261031,
                               .due = 20261015,
                               .published = 20261001});
    sql("WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < $1) INSERT INTO bill(id, company_id,"
        " project_id, room_id, payer_name, room_name, state, period_from, period_to, due_day, amount_fen, created_at)"
        " SELECT 1000 + n, 1, 11, 100, '=cmd()', 'r', CASE WHEN n % 5 = 0 THEN 'draft' ELSE 'published' END, 20261001,"
        " 20261031, 20261101, 100, 0 FROM t",
        ARGS(I64(BILLS)));
    at = clock_now_ms();
    return rc;
}

static int tear_down(void **state)
{
    int rc = harness_close(state);
    return rc || rmdir("data/exports") || rmdir("data") || rmdir(dir); /* nothing may be left in it */
}

struct call {
    int kind;
    struct export_filters f;
    struct export_task t;
    int64_t id;
    size_t n;
};

static enum err run_start(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return export_start(cx, c->kind, &c->f, &c->t);
}

static enum err run_get(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return export_get(cx, c->id, &c->t);
}

static enum err run_fetch(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return export_fetch(cx, c->id, &c->t);
}

static void count(void *arg, const struct export_task *t)
{
    struct call *c = arg;
    assert_true(t->id > 0);
    c->n++;
}

static enum err run_list(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    c->n = 0;
    return export_list(cx, 0, 100, count, c);
}

static int64_t start(const struct actor *who, int kind, struct export_filters f)
{
    struct call c = {.kind = kind, .f = f};
    at = clock_now_ms();
    assert_ok(write_as(who, run_start, &c));
    assert_string_equal(c.t.state, "waiting");
    return c.t.id;
}

static enum err start_fails(const struct actor *who, int kind, struct export_filters f)
{
    struct call c = {.kind = kind, .f = f};
    return write_as(who, run_start, &c);
}

static bool work(bool (*stop)(void))
{
    struct ctx *cx = harness_ctx(NULL);
    bool worked = false;
    cx->now = clock_now_ms();
    enum err e = export_work(cx, stop, &worked);
    if (e)
        print_error("export_work: %s\n", cx->why.en ? cx->why.en : err_wire(e));
    assert_ok(e);
    return worked;
}

static struct export_task task(const struct actor *who, int64_t id)
{
    struct call c = {.id = id};
    assert_ok(read_as(who, run_get, &c));
    return c.t;
}

static const char *xml_of(int64_t id)
{
    struct arena *a = harness_ctx(NULL)->arena;
    struct buf b;
    char some[8192];
    size_t n;
    FILE *f = popen(arena_printf(a, "unzip -p %s xl/worksheets/sheet1.xml", export_path(a, id)), "r");
    buf_init(&b, a);
    while (f && (n = fread(some, 1, sizeof some, f)) > 0)
        buf_add(&b, some, n);
    assert_int_equal(f ? pclose(f) : 1, 0);
    return buf_cstr(&b);
}

static size_t rows_in(const char *xml)
{
    size_t n = 0;
    for (const char *p = xml; (p = strstr(p, "<row ")); p++)
        n++;
    return n;
}

static void finish(int64_t id)
{
    unlink(export_path(harness_ctx(NULL)->arena, id));
}

static void test_asking(void **state)
{
    struct call c = {0};
    (void)state;
#define F(...) ((struct export_filters){__VA_ARGS__})
    assert_err(start_fails(&anna, EXPORT_BILLS, F(.state = "draft")), ERR_INVALID);
    assert_err(start_fails(&anna, EXPORT_BILLS, F(.from = 20261301)), ERR_INVALID);
    assert_err(start_fails(&anna, EXPORT_PAYMENTS, F(.from = 20261102, .to = 20261101)), ERR_INVALID);
    assert_err(start_fails(&anna, EXPORT_RECEIVABLE, F(.by = "moon")), ERR_INVALID);
    assert_err(start_fails(&anna, EXPORT_PAYMENTS, F(.method = "gold")), ERR_INVALID);
    assert_err(start_fails(&bert, EXPORT_COMPLAINTS, F(.about = "moon")), ERR_INVALID);
    assert_err(start_fails(&anna, EXPORT_BILLS, F(.method = "cash")), ERR_INVALID); /* not ignored without a word */
    assert_err(start_fails(&anna, EXPORT_TAKINGS, F(.room_id = 100)), ERR_INVALID);
    assert_err(start_fails(&anna, EXPORT_LEDGER, F(.account = "cash")),
               ERR_FORBIDDEN); /* the books are not the cashier's */
    assert_err(start_fails(&bert, EXPORT_LEDGER, F(.account = "")), ERR_INVALID);
    assert_err(start_fails(&anna, EXPORT_SHIFT, F(.shift_id = 5)), ERR_NOT_FOUND);
    int64_t id = 0;
    for (int i = 0; i < EXPORT_WAITING; i++)
        id = start(&cora, EXPORT_TAKINGS, F(.by = "method"));
    assert_err(start_fails(&cora, EXPORT_TAKINGS, F(.by = "")), ERR_RATE);
    c.id = id;
    assert_err(read_as(&anna, run_get, &c), ERR_NOT_FOUND);
    assert_err(write_as(&anna, run_fetch, &c), ERR_NOT_FOUND);
    assert_err(write_as(&cora, run_fetch, &c), ERR_STATE); /* not made yet */
    assert_ok(read_as(&cora, run_list, &c));
    assert_int_equal(c.n, EXPORT_WAITING);
    assert_ok(read_as(&anna, run_list, &c));
    assert_int_equal(c.n, 0);
    for (int i = 0; i < EXPORT_WAITING; i++)
        assert_true(work(NULL));
    assert_false(work(NULL));
    sql("UPDATE export_task SET state = 'gone', file = '' WHERE account_id = 33", NO_ARGS);
    for (int i = 0; i < EXPORT_WAITING; i++)
        finish(harness_i64("SELECT id FROM export_task WHERE account_id = 33 ORDER BY id LIMIT 1 OFFSET $1",
                           ARGS(I64(i))));
}

static void test_a_long_list_in_pages(void **state)
{
    (void)state;
    harness_forget();
    int64_t id = start(&anna, EXPORT_BILLS, F(.state = "published"));
    assert_true(work(NULL));
    struct export_task t = task(&anna, id);
    assert_string_equal(t.state, "done");
    assert_int_equal(t.done_e3, 1000);
    assert_int_equal(t.records, BILLS * 4 / 5 + 1);
    assert_true(str_starts(t.file, "账单-"));
    assert_int_equal(harness_count("user:31", "export.done"), 1);
    assert_in_range(harness_count("user:31", "export.progress"), 1, 3);
    struct stat st;
    assert_int_equal(stat(export_path(harness_ctx(NULL)->arena, id), &st), 0);
    assert_int_equal(st.st_size, t.bytes);
    const char *xml = xml_of(id);
    assert_int_equal(rows_in(xml), t.records + 2);
    assert_non_null(strstr(xml, "阳光花园 账单 导出人 赵收费"));
    assert_non_null(strstr(xml, ">=cmd()<"));
    assert_null(strstr(xml, "<f>"));
    struct call c = {.id = id};
    assert_ok(write_as(&anna, run_fetch, &c));
    assert_int_equal(
        harness_i64("SELECT COUNT(*) FROM audit WHERE object = 'export_task' AND object_id = $1", ARGS(I64(id))), 2);

    clock_shift_ms(EXPORT_KEEP_DAYS * DAY_MS + SECOND_MS);
    struct ctx *cx = harness_ctx(NULL);
    int64_t gone = 0;
    cx->now = clock_now_ms();
    assert_ok(export_sweep(cx, &gone));
    assert_int_equal(gone, 1);
    assert_int_equal(access(export_path(cx->arena, id), F_OK), -1);
    assert_err(write_as(&anna, run_fetch, &c), ERR_STATE);
    assert_string_equal(task(&anna, id).state, "gone");
}

static int pages;
static bool after_one_page(void)
{
    return pages++ >= 1;
}

static void test_a_worker_that_stops_is_followed_by_another(void **state)
{
    (void)state;
    int64_t id = start(&anna, EXPORT_BILLS, F(.state = ""));
    pages = 0;
    assert_true(work(after_one_page)); /* the server is stopped in the middle */
    struct export_task t = task(&anna, id);
    assert_string_equal(t.state, "working");
    assert_in_range(t.records, 1, BILLS - 1);
    assert_int_equal(access(export_path(harness_ctx(NULL)->arena, id), F_OK), -1);
    FILE *left = fopen(arena_printf(harness_ctx(NULL)->arena, "data/exports/%lld-2.part", (long long)id), "w");
    assert_true(left && fclose(left) == 0); /* as if it had been killed; tear_down wants the folder empty */
    assert_false(work(NULL));               /* not yet: whoever had it may be at it still */
    clock_shift_ms(2 * MINUTE_MS);
    assert_true(work(NULL));
    t = task(&anna, id);
    assert_string_equal(t.state, "done");
    assert_int_equal(t.tries, 2);
    assert_int_equal(rows_in(xml_of(id)), t.records + 2);
    finish(id);
}

static void test_killed_five_times_is_enough(void **state)
{
    (void)state;
    int64_t id = start(&anna, EXPORT_BILLS, F(.state = ""));
    sql("UPDATE export_task SET state = 'working', tries = 5 WHERE id = $1", ARGS(I64(id)));
    work(NULL);
    assert_string_equal(task(&anna, id).state, "failed");
    assert_int_equal(
        harness_i64("SELECT COUNT(*) FROM event WHERE type = 'export.done' AND data LIKE '%failed%'", NO_ARGS), 1);
}

static void test_too_long_and_too_many(void **state)
{
    (void)state;
    export_rows_max = 1500;
    int64_t id = start(&anna, EXPORT_BILLS, F(.state = ""));
    assert_true(work(NULL));
    export_rows_max = 2000000;
    assert_string_equal(task(&anna, id).state, "failed");
    assert_string_equal(task(&anna, id).reason, "行数过多,请缩小范围");
    at = clock_now_ms();
    sql("WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < $1) INSERT INTO export_task(id,"
        " company_id, project_id, account_id, kind, filters, state, created_at)"
        " SELECT 5000000 + n, 1, 11, 31, 'trial', '{}', 'failed', CAST($2 AS BIGINT) FROM t",
        ARGS(I64(EXPORT_A_DAY), I64(at - HOUR_MS)));
    assert_err(start_fails(&anna, EXPORT_BILLS, F(.state = "")), ERR_RATE);
    sql("DELETE FROM export_task WHERE id > 5000000 AND id <= 5000000 + $1", ARGS(I64(EXPORT_A_DAY)));
}

static void test_rights_that_ended(void **state)
{
    (void)state;
    int64_t id = start(&cora, EXPORT_BILLS, F(.state = ""));
    sql("DELETE FROM role_grant WHERE account_id = 33", NO_ARGS);
    work(NULL);
    assert_string_equal(task(&cora, id).state, "failed");
    assert_string_equal(task(&cora, id).reason, "没有权限");
    /* who has become a cashier since gets no more than a cashier may have */
    id = start(&bert, EXPORT_LEDGER, F(.account = "cash"));
    sql("UPDATE role_grant SET role = 'cashier' WHERE account_id = 32", NO_ARGS);
    work(NULL);
    assert_string_equal(task(&bert, id).state, "failed");
    sql("UPDATE role_grant SET role = 'manager' WHERE account_id = 32", NO_ARGS);
    /* nor is what was made while he might fetched after that, for the rest of its week */
    struct call c = {.id = start(&bert, EXPORT_LEDGER, F(.account = "cash"))};
    work(NULL);
    assert_ok(write_as(&bert, run_fetch, &c));
    sql("UPDATE role_grant SET role = 'cashier' WHERE account_id = 32", NO_ARGS);
    assert_err(write_as(&bert, run_fetch, &c), ERR_FORBIDDEN);
    sql("UPDATE role_grant SET role = 'manager', project_id = 12 WHERE account_id = 32", NO_ARGS);
    assert_err(write_as(&bert, run_fetch, &c), ERR_FORBIDDEN); /* a manager still, elsewhere */
    sql("UPDATE role_grant SET project_id = 11 WHERE account_id = 32", NO_ARGS);
    assert_ok(write_as(&bert, run_fetch, &c));
    finish(c.id);
}

static enum err run_close(struct ctx *cx, void *arg)
{
    return shift_close(cx, 0, 2500, "", arg);
}

static enum err run_complaint(struct ctx *cx, void *arg)
{
    struct complaint c;
    struct complaint_in in = {
        .kind = CK_COMPLAINT, .urgency = URGENCY_LOW, .title = "电梯异响", .text = "夜里很吵", .place = "2 栋"};
    (void)arg;
    return complaint_submit(cx, &in, &c);
}

static void test_every_kind_comes_out(void **state)
{
    struct cash_shift s;
    (void)state;
    at = clock_now_ms();
    take_cash(&anna, 200, 2500);
    assert_ok(write_as(&anna, run_close, &s));
    assert_ok(write_as(&bert, run_complaint, NULL));
    const struct {
        int kind;
        struct export_filters f;
        const char *text;
        size_t rows;
    } t[] = {
  /* clang-format off */
        {EXPORT_PAYMENTS, F(.state = "taken"), "现金", 3},
        {EXPORT_PAYMENTS, F(.method = "cash", .room_id = 100), "现金", 3},
        {EXPORT_PAYMENTS, F(.receipt_no = 1), "现金", 3},
        {EXPORT_PAYMENTS, F(.method = "card"), "收据号", 2},
        {EXPORT_PAYMENTS, F(.receipt_no = 999), "收据号", 2},
        {EXPORT_PAYMENTS, F(.room_id = 101), "收据号", 2},
        {EXPORT_BILLS, F(.state = "paid", .room_id = 101), "账单编号", 2},
        {EXPORT_LEDGER, F(.account = "receivable"), "payment", 4},
        {EXPORT_RECEIVABLE, F(.by = "payer", .as_of = 20991231), "张伟", 3},
        {EXPORT_TAKINGS, F(.by = "cashier"), "赵收费", 3},
        {EXPORT_TRIAL, F(.from = 20260101, .to = 20991231), "应收物业费", 5},
        {EXPORT_SHIFT, F(.shift_id = s.id), "应有现金", 7},
        {EXPORT_COMPLAINTS, F(.state = "new"), "电梯异响", 3},
        {EXPORT_COMPLAINTS, F(.open = 1, .search = "异响", .about = "complaint"), "电梯异响", 3},
        {EXPORT_COMPLAINTS, F(.about = "praise"), "编号", 2},
        {EXPORT_COMPLAINTS, F(.escalated = 1), "编号", 2},
        {EXPORT_TASKS, F(.overdue = 1, .open = 1, .from = 20260101), "任务编号", 2}
  /* clang-format on */
    };
    for (size_t i = 0; i < COUNT(t); i++) {
        int64_t id = start(&bert, t[i].kind, t[i].f);
        assert_true(work(NULL));
        assert_string_equal(task(&bert, id).state, "done");
        const char *xml = xml_of(id);
        if (!strstr(xml, t[i].text) || rows_in(xml) != t[i].rows)
            fail_msg("%s: %zu rows in %s", export_kind_name[t[i].kind], rows_in(xml), xml);
        finish(id);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_asking),
        cmocka_unit_test(test_a_long_list_in_pages),
        cmocka_unit_test(test_a_worker_that_stops_is_followed_by_another),
        cmocka_unit_test(test_killed_five_times_is_enough),
        cmocka_unit_test(test_too_long_and_too_many),
        cmocka_unit_test(test_rights_that_ended),
        cmocka_unit_test(test_every_kind_comes_out),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
