/* test_store.c - values, errors, roll-back, reruns, batches and migrations, the same on both engines.
 * SPDX-License-Identifier: MIT */
#include "platform/store/driver.h"
#include "tests/sql/harness.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

STMT(q_put, "t.put", "INSERT INTO t(id, n, s, b) VALUES ($1, $2, $3, $4)");
STMT(q_get, "t.get", "SELECT id, n, s, b FROM t WHERE id = $1");
STMT(q_del, "t.del", "DELETE FROM t WHERE id = $1 AND n = $2");
STMT(q_all, "t.all", "SELECT id FROM t WHERE id >= $1 AND id < $2 ORDER BY id");
STMT(q_bump, "t.bump", "UPDATE t SET n = n + $2 WHERE id = $1 RETURNING n");
STMT(q_child, "t.child", "INSERT INTO t_child(id, t_id, grade) VALUES ($1, $2, $3)");
STMT(q_reversed, "t.reversed", "SELECT $2 || '/' || $1 || '/' || $2");
STMT(q_like, "t.like", "SELECT COUNT(*) FROM t WHERE id = $1 AND s LIKE $2");
STMT(q_sum, "t.sum", "SELECT CAST(SUM(n) AS BIGINT) FROM t WHERE id >= $1");

static int tables(void **state)
{
    static const char make[] =
        "CREATE TABLE t(id BIGINT NOT NULL PRIMARY KEY, n BIGINT, s TEXT, b %s);"
        "CREATE TABLE t_child(id BIGINT NOT NULL PRIMARY KEY, t_id BIGINT NOT NULL REFERENCES t(id),"
        " grade BIGINT NOT NULL CHECK (grade < 6))";
    char sql[512], why[256];
    harness_open(state);
    const struct driver *d = harness_is_pg() ? &pg_driver : &sqlite_driver;
    struct db *db = d->open(harness_url(), DB_WRITER, why, sizeof why);
    assert_non_null(db);
    snprintf(sql, sizeof sql, make, d->ddl("BLOB", 4));
    assert_int_equal(d->script(db, sql), OK);
    d->close(db);
    return 0;
}

struct t {
    int64_t id, n;
    const char *s;
    const void *b;
    size_t nb;
    bool n_null;
};

static enum err t_row(struct ctx *cx, const struct row *r, void *out)
{
    struct t *t = out;
    *t = (struct t){.id = row_i64(r, 0), .n = row_i64(r, 1), .s = row_text(cx, r, 2), .n_null = row_null(r, 1)};
    t->b = row_blob(cx, r, 3, &t->nb);
    return OK;
}

static enum err put(struct ctx *cx, int64_t id, int64_t n)
{
    return db_exec(cx, &q_put, ARGS(I64(id), I64(n), TXT("x"), TXT(NULL)), NULL);
}

static enum err values(struct ctx *cx, void *arg)
{
    static const char bytes[] = {0, 1, '\\', (char)0xFF, 0};
    struct t t;
    int64_t n;
    bool found;
    (void)arg;
    assert_int_equal(db_exec(cx, &q_put, ARGS(I64(1), I64(INT64_MIN), TXT("物业费 '\""), BLOB(bytes, 5)), &n), OK);
    assert_int_equal(n, 1);
    assert_int_equal(db_one(cx, &q_get, ARGS(I64(1)), t_row, &t), OK);
    assert_true(t.id == 1 && t.n == INT64_MIN && !t.n_null);
    assert_string_equal(t.s, "物业费 '\"");
    assert_int_equal(t.nb, 5);
    assert_memory_equal(t.b, bytes, 5);
    assert_int_equal(db_exec(cx, &q_put, ARGS(I64(2), ID_OR_NULL(0), TXT(""), BLOB(NULL, 0)), NULL), OK);
    assert_int_equal(db_one(cx, &q_get, ARGS(I64(2)), t_row, &t), OK);
    assert_true(t.n_null && t.n == 0 && t.s && !*t.s && t.b && t.nb == 0);
    assert_int_equal(db_exec(cx, &q_put, ARGS(I64(3), I64(INT64_MAX), TXT(NULL), TXT(NULL)), NULL), OK);
    assert_int_equal(db_one(cx, &q_get, ARGS(I64(3)), t_row, &t), OK);
    assert_true(t.n == INT64_MAX && !t.s && !t.b);
    assert_int_equal(db_one(cx, &q_get, ARGS(I64(4)), t_row, &t), ERR_NOT_FOUND);
    assert_int_equal(db_i64(cx, &q_get, ARGS(I64(4)), &n, &found), OK);
    assert_true(!found && n == 0);
    return OK;
}

static enum err text_of(struct ctx *cx, const struct row *r, void *out)
{
    *(const char **)out = row_text(cx, r, 0);
    return OK;
}

static enum err more_values(struct ctx *cx, void *arg)
{
    const char *s = NULL;
    int64_t n;
    (void)arg;
    assert_int_equal(db_one(cx, &q_reversed, ARGS(TXT("a"), TXT("b")), text_of, &s), OK);
    assert_string_equal(s, "b/a/b"); /* parameters by number, whatever their order in the text */
    assert_int_equal(db_one(cx, &q_get, ARGS(I64(1)), text_of, &s), OK);
    assert_string_equal(s, "1"); /* an integer asked for as text */
    assert_int_equal(db_i64(cx, &q_like, ARGS(I64(10), TXT("X%")), &n, NULL), OK);
    assert_int_equal(n, 0); /* LIKE minds the case on both */
    assert_int_equal(db_i64(cx, &q_sum, ARGS(I64(INT64_C(1) << 60)), &n, NULL), OK);
    assert_int_equal(n, 0); /* SUM of nothing is NULL */
    return OK;
}

static void test_values(void **state)
{
    (void)state;
    assert_int_equal(harness_write(NULL, values, NULL), OK);
    assert_int_equal(harness_sql("INSERT INTO t(id, n, s) VALUES ($1, 0, 'xyz')", ARGS(I64(10))), OK);
    assert_int_equal(harness_read(NULL, more_values, NULL), OK);
}

static enum err nested_row(struct ctx *cx, const struct row *r, void *out)
{
    struct t t;
    int64_t inner = 0;
    int64_t *sum = out, id = row_i64(r, 0);
    enum err e = db_one(cx, &q_get, ARGS(I64(id)), t_row, &t);
    if (!e) /* the very statement that is running */
        e = db_i64(cx, &q_all, ARGS(I64(id), I64(id + 1)), &inner, NULL);
    *sum += t.n + (inner - id);
    return e;
}

static enum err nesting(struct ctx *cx, void *arg)
{
    enum err e = OK;
    for (int64_t i = 100; i < 110 && !e; i++)
        e = put(cx, i, i);
    return e ? e : db_each(cx, &q_all, ARGS(I64(100), I64(110)), nested_row, arg);
}

static void test_nested_statements(void **state)
{
    int64_t sum = 0;
    (void)state;
    assert_int_equal(harness_write(NULL, nesting, &sum), OK);
    assert_int_equal(sum, 1045);
}

static enum err refused(struct ctx *cx, void *arg)
{
    int64_t n;
    (void)arg;
    assert_int_equal(put(cx, 200, 1), OK);
    assert_int_equal(db_try(cx, &q_put, ARGS(I64(200), I64(2), TXT("y"), TXT(NULL)), &n), ERR_EXISTS);
    assert_int_equal(n, 0);
    assert_int_equal(db_try(cx, &q_child, ARGS(I64(1), I64(-5), I64(1)), NULL), ERR_INVALID); /* no such parent */
    assert_int_equal(db_try(cx, &q_child, ARGS(I64(1), I64(200), I64(6)), NULL), ERR_INVALID);
    assert_int_equal(db_try(cx, &q_child, ARGS(I64(1), I64(200), ID_OR_NULL(0)), NULL), ERR_INVALID);
    assert_int_equal(db_try(cx, &q_child, ARGS(I64(1), I64(200), I64(5)), &n), OK);
    assert_int_equal(n, 1);
    return OK; /* and the transaction is as good as new */
}

static enum err taken(struct ctx *cx, void *arg)
{
    enum err e = put(cx, 201, 1);
    return e ? e : put(cx, arg ? 200 : 202, 1);
}

static enum err swallow(struct ctx *cx, void *arg)
{
    (void)arg;
    assert_int_equal(put(cx, 203, 1), OK);
    assert_int_equal(put(cx, 200, 1), ERR_EXISTS);
    assert_int_equal(put(cx, 204, 1), ERR_INTERNAL); /* only db_try() may be survived */
    return OK;
}

static void test_errors(void **state)
{
    int clash = 1;
    (void)state;
    assert_int_equal(harness_write(NULL, refused, NULL), OK);
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM t_child", NO_ARGS), 1);
    assert_int_equal(harness_write(NULL, taken, &clash), ERR_EXISTS);
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM t WHERE id = 201", NO_ARGS), 0);
    assert_int_equal(harness_write(NULL, swallow, NULL), ERR_INTERNAL);
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM t WHERE id > 201 AND id < 210", NO_ARGS), 0);
    assert_int_equal(harness_sql("SELECT 1 FROM no_such_table", NO_ARGS), ERR_INTERNAL);
    assert_int_equal(harness_sql("SELECT n FROM t WHERE id = $1", NO_ARGS), ERR_INTERNAL);
    assert_int_equal(harness_sql("SELECT n FROM t WHERE s = \"x\"", NO_ARGS), ERR_INTERNAL); /* never a string */
    assert_int_equal(harness_read(NULL, taken, NULL), ERR_INTERNAL);
    assert_int_equal(harness_write(NULL, taken, NULL), OK);
}

static enum err guarded(struct ctx *cx, void *arg)
{
    return db_change_one(cx, &q_del, ARGS(I64(300), I64(*(int *)arg)), ERR_CONFLICT, "变了", "changed");
}

static void test_guarded_change(void **state)
{
    int wrong = 5, right = 0;
    (void)state;
    assert_int_equal(harness_sql("INSERT INTO t(id, n) VALUES ($1, 0)", ARGS(I64(300))), OK);
    assert_int_equal(harness_write(NULL, guarded, &wrong), ERR_CONFLICT);
    assert_string_equal(harness_why.zh, "变了");
    assert_int_equal(harness_write(NULL, guarded, &right), OK);
}

static void after_count(void *arg)
{
    (*(int *)arg)++;
}

struct flaky {
    int runs, failures, kept, dropped;
};

static enum err flaky(struct ctx *cx, void *arg)
{
    struct flaky *f = arg;
    f->runs++;
    cx_after(cx, after_count, NULL, &f->kept);
    cx_after(cx, after_count, after_count, &f->dropped);
    cx_emit(cx, "user:400", "flaky", "{}");
    enum err e = put(cx, 400 + f->failures, 0);
    if (!e && f->runs <= f->failures) {
        cx->db->failed = ERR_RETRY; /* as after 40001 */
        cx_fail(cx, ERR_RETRY, NULL, "旧", "stale");
        return ERR_RETRY;
    }
    return e;
}

static void test_rerun(void **state)
{
    struct flaky f = {.failures = 3}, never = {.failures = 1000};
    (void)state;
    harness_forget();
    assert_int_equal(harness_write(NULL, flaky, &f), OK);
    assert_int_equal(f.runs, 4);
    assert_int_equal(f.kept, 1); /* the lists of the failed runs were dropped */
    assert_int_equal(f.dropped, 3 + 1);
    assert_int_equal(harness_count("user:400", "flaky"), 1);
    assert_int_equal(harness_write(NULL, flaky, &never), ERR_BUSY); /* a bound, and never ERR_RETRY outside */
    assert_int_equal(never.kept, 0);
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM t WHERE id = 1400", NO_ARGS), 0);
}

/* A crowd of jobs at once: each in its own savepoint or transaction, answered once, none lost. */
enum { CROWD = 2000 };
static struct crowd {
    struct job job;
    struct ctx cx;
    struct arena *scratch;
    int64_t n;
    enum err result;
    int answered;
} crowd[CROWD];
static _Atomic int outstanding;

static enum err crowd_run(struct ctx *cx, void *arg)
{
    struct crowd *c = arg;
    int64_t n;
    assert_ptr_equal(cx->arena, c->scratch);
    enum err e = put(cx, 10000 + c->n, 1);
    if (!e && c->n % 3 == 0)
        e = db_i64(cx, &q_bump, ARGS(I64(9000 + c->n % 7), I64(1)), &n, NULL);
    if (!e && c->n % 10 == 0)
        e = cx_fail(cx, ERR_STATE, "n", "坏 %d", "bad %d", (int)c->n);
    return e;
}

static void crowd_done(struct job *job, enum err e)
{
    struct crowd *c = job->arg;
    c->result = e;
    c->answered++;
    atomic_fetch_sub(&outstanding, 1);
}

static void test_crowd(void **state)
{
    struct arena *a = arena_new(0);
    struct store_health h;
    (void)state;
    for (int i = 0; i < 7; i++)
        assert_int_equal(harness_sql("INSERT INTO t(id, n) VALUES ($1, 0)", ARGS(I64(9000 + i))), OK);
    for (int i = 0; i < CROWD; i++) {
        struct crowd *c = &crowd[i];
        c->n = i;
        c->scratch = arena_new(0);
        cx_init(&c->cx, a, harness_store());
        c->job = (struct job){.cx = &c->cx, .scratch = c->scratch, .run = crowd_run, .done = crowd_done, .arg = c};
        atomic_fetch_add(&outstanding, 1);
        while (!store_submit_write(harness_store(), &c->job))
            usleep(1000); /* full: 1024 wait */
    }
    while (atomic_load(&outstanding))
        usleep(1000);
    int64_t committed = 0, bumps = 0;
    for (int i = 0; i < CROWD; i++) {
        enum err want = i % 10 ? OK : ERR_STATE;
        assert_int_equal(crowd[i].answered, 1);
        if (harness_is_pg() && crowd[i].result == ERR_BUSY)
            continue; /* seven rows that all fight for: a few may give up */
        assert_int_equal(crowd[i].result, want);
        if (want)
            assert_string_equal(crowd[i].cx.why.field, "n");
        committed += !want;
        bumps += !want && i % 3 == 0;
        assert_null(crowd[i].cx.db);
        assert_ptr_equal(crowd[i].cx.arena, a);
        arena_free(crowd[i].scratch);
        crowd[i].scratch = NULL;
    }
    for (int i = 0; i < CROWD; i++)
        arena_free(crowd[i].scratch);
    arena_free(a);
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM t WHERE id >= 10000 AND id < 20000", NO_ARGS), committed);
    assert_int_equal(harness_i64("SELECT CAST(SUM(n) AS BIGINT) FROM t WHERE id >= 9000 AND id < 9007", NO_ARGS),
                     bumps);
    store_health(harness_store(), &h);
    assert_true(h.writable && h.write_queue == 0);
    assert_true(harness_is_pg() || h.batch_max > 10);
    print_message("commits %lld, batch %lld, reruns %lld\n", (long long)h.commits, (long long)h.batch_max,
                  (long long)h.reruns);
}

static enum err nested(struct ctx *cx, void *arg)
{
    (void)arg;
    return store_read(cx, more_values, NULL);
}

static enum err slow_read(struct ctx *cx, void *arg)
{
    (void)cx;
    usleep(*(unsigned *)arg);
    return OK;
}

static void test_misuse_and_lateness(void **state)
{
    struct crowd late = {.n = 50000};
    struct ctx *cx = harness_ctx(NULL);
    unsigned us = 1000;
    (void)state;
    assert_int_equal(harness_write(NULL, nested, NULL), ERR_INTERNAL); /* would wait for itself */
    late.job = (struct job){.cx = cx, .run = crowd_run, .done = crowd_done, .arg = &late, .give_up_mono_ms = 1};
    atomic_fetch_add(&outstanding, 1);
    assert_true(store_submit_write(harness_store(), &late.job));
    while (atomic_load(&outstanding))
        usleep(1000);
    assert_int_equal(late.result, ERR_TIMEOUT);
    /* the reason of a failure survives the successful work that records it */
    assert_int_equal(cx_fail(cx, ERR_STATE, "f", "甲", "first"), ERR_STATE);
    assert_int_equal(store_read(cx, slow_read, &us), OK);
    assert_string_equal(cx->why.en, "first");
    assert_int_equal(db_exec(cx, &q_del, ARGS(I64(1), I64(1)), NULL), ERR_INTERNAL); /* no transaction */
}

struct folder {
    char path[64];
    struct arena *a;
};

static void write_file(struct folder *f, const char *name, const char *text)
{
    FILE *out = fopen(arena_printf(f->a, "%s/%s", f->path, name), "we");
    assert_non_null(out);
    fputs(text, out);
    fclose(out);
}

static enum err run_migrations(struct folder *f, const char **why)
{
    char text[256];
    const struct driver *d = harness_is_pg() ? &pg_driver : &sqlite_driver;
    const char *url = arena_printf(f->a, "sqlite:%s/m.db", f->path);
    struct db *db = d->open(harness_is_pg() ? harness_url() : url, DB_WRITER, text, sizeof text);
    assert_non_null(db);
    if (harness_is_pg())
        assert_int_equal(d->script(db, "CREATE SCHEMA IF NOT EXISTS m; SET search_path = m"), OK);
    *why = NULL;
    enum err e = migrate(db, f->path, f->a, why);
    d->close(db);
    return e;
}

static void test_migrations(void **state)
{
    struct folder f = {.path = "/tmp/anju-migrate-XXXXXX", .a = arena_new(0)};
    const char *why;
    (void)state;
    assert_non_null(mkdtemp(f.path));
    assert_int_equal(run_migrations(&f, &why), ERR_INTERNAL); /* an empty folder is a wrong path */
    write_file(&f, "0001_a.sql",
               "CREATE TABLE a(id @ID, n @INT, b @BLOB); -- it's an @unknown token\n"
               "CREATE TABLE kv(k TEXT NOT NULL PRIMARY KEY, v TEXT DEFAULT 'x@y') @KV;\n");
    assert_int_equal(run_migrations(&f, &why), OK);
    assert_int_equal(run_migrations(&f, &why), OK); /* again: nothing to do */
    write_file(&f, "0002_b.sql", "CREATE TABLE b(id @ID);");
    write_file(&f, "0003_c.sql", "CREATE TABLE c(id @NOPE);");
    assert_int_equal(run_migrations(&f, &why), ERR_INTERNAL);
    assert_non_null(strstr(why, "@NOPE"));
    write_file(&f, "0003_c.sql", "INSERT INTO b(id) VALUES (1); INSERT INTO b(id) VALUES (1);");
    assert_int_equal(run_migrations(&f, &why), ERR_EXISTS); /* 0002 is not kept either: all or nothing */
    write_file(&f, "0003_c.sql", "INSERT INTO b(id) VALUES (1);");
    assert_int_equal(run_migrations(&f, &why), OK);
    write_file(&f, "0002_b.sql", "CREATE TABLE b(id @ID); ");
    assert_int_equal(run_migrations(&f, &why), ERR_INTERNAL);
    assert_non_null(strstr(why, "0002_b.sql was changed"));
    unlink(arena_printf(f.a, "%s/0002_b.sql", f.path));
    assert_int_equal(run_migrations(&f, &why), ERR_INTERNAL);
    assert_non_null(strstr(why, "without a gap"));
    unlink(arena_printf(f.a, "%s/0003_c.sql", f.path));
    assert_int_equal(run_migrations(&f, &why), ERR_INTERNAL);
    assert_non_null(strstr(why, "newer than this program"));
    unlink(arena_printf(f.a, "%s/0001_a.sql", f.path));
    unlink(arena_printf(f.a, "%s/m.db", f.path));
    assert_int_equal(rmdir(f.path), 0);
    arena_free(f.a);
}

/* PostgreSQL: every connection but one is cut; nobody above the store notices. */
static void test_lost_connections(void **state)
{
    struct store_health before, after;
    (void)state;
    if (!harness_is_pg())
        return;
    for (int round = 0; round < 3; round++) {
        store_health(harness_store(), &before);
        harness_i64("SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
                    " AND datname = current_database() AND application_name = 'anju'",
                    NO_ARGS);
        for (int i = 0; i < 12; i++)
            assert_int_equal(harness_sql("INSERT INTO t(id, n) VALUES ($1, 0)", ARGS(I64(60000 + round * 100 + i))),
                             OK);
        for (int i = 0; i < 6; i++)
            assert_int_equal(harness_read(NULL, more_values, NULL), OK);
        store_health(harness_store(), &after);
        assert_true(after.reruns > before.reruns && after.writable);
    }
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM t WHERE id >= 60000 AND id < 61000", NO_ARGS), 36);
}

static void test_file_rights(void **state)
{
    struct stat st;
    (void)state;
    if (harness_is_pg())
        return;
    assert_int_equal(stat(harness_url() + strlen("sqlite:"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_values),      cmocka_unit_test(test_nested_statements),
                                       cmocka_unit_test(test_errors),      cmocka_unit_test(test_guarded_change),
                                       cmocka_unit_test(test_rerun),       cmocka_unit_test(test_crowd),
                                       cmocka_unit_test(test_migrations),  cmocka_unit_test(test_misuse_and_lateness),
                                       cmocka_unit_test(test_file_rights), cmocka_unit_test(test_lost_connections)};
    return cmocka_run_group_tests(tests, tables, harness_close);
}
