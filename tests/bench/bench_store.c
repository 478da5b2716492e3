/* bench_store.c - durable writes a second, 64 in flight, through the store and by one transaction a request on a
 * plain connection with the same settings.   bench_store [SECONDS [ROUNDS]]
 *
 * The two run in turn, several rounds; the median ratio is the result, since a disk's speed changes by the minute.
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/log.h"
#include "platform/store/db.h"
#include "platform/store/store.h"
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define IN_FLIGHT 64
#define BILLS     200000
#define MAX_ROUND 99

static const char tables[] =
    "CREATE TABLE small(id INTEGER PRIMARY KEY, body TEXT NOT NULL);"
    "CREATE TABLE bench_bill(id INTEGER PRIMARY KEY, amount INTEGER NOT NULL, paid INTEGER NOT NULL, version INTEGER "
    "NOT "
    "NULL);"
    "CREATE TABLE bench_payment(id INTEGER PRIMARY KEY, bill_id INTEGER NOT NULL REFERENCES bench_bill(id), fen "
    "INTEGER NOT NULL,"
    " ref TEXT NOT NULL UNIQUE);"
    "CREATE TABLE bench_journal(id INTEGER PRIMARY KEY, what TEXT NOT NULL, at INTEGER NOT NULL);"
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000)"
    " INSERT INTO bench_bill SELECT i, 100000000, 0, 1 FROM n;";

STMT(q_small, "bench.small", "INSERT INTO small(id, body) VALUES ($1, $2)");
STMT(q_read, "bench.read", "SELECT version FROM bench_bill WHERE id = $1");
STMT(q_bill, "bench.bill",
     "UPDATE bench_bill SET paid = paid + $2, version = version + 1 WHERE id = $1 AND version = $3");
STMT(q_payment, "bench.payment", "INSERT INTO bench_payment(id, bill_id, fen, ref) VALUES ($1, $2, $3, $4)");
STMT(q_journal, "bench.journal", "INSERT INTO bench_journal(id, what, at) VALUES ($1, 'bill.paid', $2)");
STMT(q_outbox, "bench.outbox", "INSERT INTO outbox(id, kind, ref, created_at) VALUES ($1, 'receipt', $2, $3)");

static const char body[] = "0123456789012345678901234567890123456789012345678901234567890123456789"
                           "01234567890123456789012345678901234567890123456789";
static _Atomic int64_t next_id = 1;
static _Atomic bool stopping;
static _Atomic int busy;
static struct store *store;

struct client {
    struct job job;
    struct ctx cx;
    struct arena *arena, *scratch;
    int64_t id, count;
};
static struct client clients[IN_FLIGHT];

static int64_t some_bill(int64_t id)
{
    return (int64_t)((uint64_t)id * UINT64_C(2654435761) % BILLS) + 1;
}

static enum err small(struct ctx *cx, void *arg)
{
    struct client *c = arg;
    return db_exec(cx, &q_small, ARGS(I64(c->id), TXT(body)), NULL);
}

static enum err payment(struct ctx *cx, void *arg)
{
    struct client *c = arg;
    int64_t bill = some_bill(c->id), version;
    const char *ref = arena_printf(cx->arena, "ref%016lld", (long long)c->id);
    enum err e = db_i64(cx, &q_read, ARGS(I64(bill)), &version, NULL);
    if (!e)
        e = db_change_one(cx, &q_bill, ARGS(I64(bill), I64(1), I64(version)), ERR_CONFLICT, "", "");
    if (!e)
        e = db_exec(cx, &q_payment, ARGS(I64(c->id), I64(bill), I64(1), TXT(ref)), NULL);
    if (!e)
        e = db_exec(cx, &q_journal, ARGS(I64(c->id), I64(cx->now)), NULL);
    return e ? e : db_exec(cx, &q_outbox, ARGS(I64(c->id), I64(bill), I64(cx->now)), NULL);
}

static void go(struct client *c)
{
    arena_reset(c->arena);
    arena_reset(c->scratch);
    cx_init(&c->cx, c->arena, store);
    c->id = atomic_fetch_add(&next_id, 1);
    if (!store_submit_write(store, &c->job))
        abort();
}

static void answered(struct job *job, enum err e)
{
    struct client *c = job->arg;
    if (e)
        abort();
    c->count++;
    if (atomic_load(&stopping))
        atomic_fetch_sub(&busy, 1);
    else
        go(c);
}

static double ours(job_fn *fn, double seconds)
{
    int64_t n = 0, begun = clock_mono_us();
    atomic_store(&stopping, false);
    atomic_store(&busy, IN_FLIGHT);
    for (int i = 0; i < IN_FLIGHT; i++) {
        struct client *c = &clients[i];
        if (!c->arena) {
            c->arena = arena_new(0);
            c->scratch = arena_new(0);
        }
        c->count = 0;
        c->job = (struct job){.cx = &c->cx, .scratch = c->scratch, .run = fn, .done = answered, .arg = c};
        go(c);
    }
    usleep((useconds_t)(seconds * 1e6));
    atomic_store(&stopping, true);
    while (atomic_load(&busy))
        usleep(100);
    for (int i = 0; i < IN_FLIGHT; i++)
        n += clients[i].count;
    return (double)n * 1e6 / (double)(clock_mono_us() - begun);
}

static void must(bool ok, sqlite3 *h)
{
    if (ok)
        return;
    fprintf(stderr, "peer: %s\n", sqlite3_errmsg(h));
    exit(1);
}

static int64_t step(sqlite3 *h, sqlite3_stmt **st, const char *sql, const int64_t *v, int n, const char *text)
{
    must(*st || sqlite3_prepare_v3(h, sql, -1, SQLITE_PREPARE_PERSISTENT, st, NULL) == SQLITE_OK, h);
    for (int i = 0; i < n; i++)
        sqlite3_bind_int64(*st, i + 1, v[i]);
    if (text)
        sqlite3_bind_text(*st, n + 1, text, -1, SQLITE_STATIC);
    int rc = sqlite3_step(*st);
    int64_t out = rc == SQLITE_ROW ? sqlite3_column_int64(*st, 0) : 0;
    must(rc == SQLITE_ROW || rc == SQLITE_DONE, h);
    sqlite3_reset(*st);
    return out;
}

/* The same work by the usual way: a transaction for each request, at once when the one before it has committed. */
static double peer(sqlite3 *h, bool five, double seconds)
{
    static sqlite3_stmt *st[8];
    int64_t n = 0, begun = clock_mono_us(), until = begun + (int64_t)(seconds * 1e6);
    for (; clock_mono_us() < until; n++) {
        int64_t id = atomic_fetch_add(&next_id, 1), bill = some_bill(id), now = clock_now_ms();
        char ref[32];
        snprintf(ref, sizeof ref, "ref%016lld", (long long)id);
        step(h, &st[0], "BEGIN IMMEDIATE", NULL, 0, NULL);
        if (!five) {
            step(h, &st[1], q_small.sql, &id, 1, body);
        } else {
            int64_t version = step(h, &st[2], q_read.sql, &bill, 1, NULL);
            step(h, &st[3], q_bill.sql, (int64_t[]){bill, 1, version}, 3, NULL);
            step(h, &st[4], q_payment.sql, (int64_t[]){id, bill, 1}, 3, ref);
            step(h, &st[5], q_journal.sql, (int64_t[]){id, now}, 2, NULL);
            step(h, &st[6], q_outbox.sql, (int64_t[]){id, bill, now}, 3, NULL);
        }
        step(h, &st[7], "COMMIT", NULL, 0, NULL);
    }
    double rate = (double)n * 1e6 / (double)(clock_mono_us() - begun);
    for (size_t i = 0; i < COUNT(st); i++) {
        sqlite3_finalize(st[i]);
        st[i] = NULL;
    }
    return rate;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void compare(sqlite3 *h, const char *name, bool five, double goal, double seconds, int rounds)
{
    double o[MAX_ROUND], p[MAX_ROUND], r[MAX_ROUND];
    for (int i = 0; i < rounds; i++) {
        p[i] = peer(h, five, seconds);
        o[i] = ours(five ? payment : small, seconds);
        r[i] = o[i] / p[i];
    }
    qsort(o, (size_t)rounds, sizeof *o, by_value);
    qsort(p, (size_t)rounds, sizeof *p, by_value);
    qsort(r, (size_t)rounds, sizeof *r, by_value);
    int m = rounds / 2;
    printf("BENCH %s ours=%.0f peer=%.0f ratio=%.1f goal=%.1f %s\n", name, o[m], p[m], r[m], goal,
           r[m] >= goal ? "ok" : "short");
    fflush(stdout);
}

int main(int argc, char **argv)
{
    double seconds = argc > 1 ? atof(argv[1]) : 1.0;
    int rounds = argc > 2 ? atoi(argv[2]) : 5;
    char dir[] = "/var/tmp/anju-bench-XXXXXX", url[96], path[64], migrations[512];
    const char *why = "", *source = getenv("ANJU_SOURCE");
    struct arena *a = arena_new(0);
    sqlite3 *h;
    if (!mkdtemp(dir) || rounds < 1 || rounds > MAX_ROUND)
        return 1;
    log_set_level(LOG_LV_WARN);
    snprintf(path, sizeof path, "%s/b.db", dir);
    snprintf(url, sizeof url, "sqlite:%s", path);
    snprintf(migrations, sizeof migrations, "%s/schema/migrations", source ? source : ".");
    struct store_config c = {.url = url, .migrations_dir = migrations};
    store = store_open(&c, a, &why);
    if (!store) {
        fprintf(stderr, "%s\n", why);
        return 1;
    }
    must(sqlite3_open(path, &h) == SQLITE_OK, h);
    must(sqlite3_exec(h,
                      "PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA cache_size=-65536;"
                      "PRAGMA temp_store=MEMORY; PRAGMA secure_delete=OFF; PRAGMA busy_timeout=5000",
                      NULL, NULL, NULL) == SQLITE_OK,
         h);
    must(sqlite3_exec(h, tables, NULL, NULL, NULL) == SQLITE_OK, h);
    compare(h, "store.insert_64", false, 20, seconds, rounds);
    compare(h, "store.payment_64", true, 5, seconds, rounds);
    sqlite3_close(h);
    struct store_health health;
    store_health(store, &health);
    printf("batch_max=%lld wal_pages=%lld\n", (long long)health.batch_max, (long long)health.wal_pages);
    store_close(store);
    for (int i = 0; i < IN_FLIGHT; i++) {
        arena_free(clients[i].arena);
        arena_free(clients[i].scratch);
    }
    for (const char *const *s = (const char *const[]){"", "-wal", "-shm", NULL}; *s; s++) {
        snprintf(path, sizeof path, "%s/b.db%s", dir, *s);
        unlink(path);
    }
    rmdir(dir);
    arena_free(a);
    return 0;
}
