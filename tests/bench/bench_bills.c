/* bench_bills.c - seconds a million bills: a run's chunks with eight clients writing meanwhile, against one giant
 * INSERT ... SELECT of the same rows.   bench_bills [ROOMS [CLIENTS]]
 *
 * Each room has an area fee, a fixed one and a metered one. The peer works out the same amounts in SQL, in one transaction
 * and with nobody else about: the least it can cost, and it blocks everybody for as long. A SQLite file, or with
 * ANJU_TEST_PG (tests/with-pg) a database each. Prints one line of NAME=VALUE.
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/log.h"
#include "domain/billing.h"
#include "platform/crypto/crypto.h"
#include "platform/store/db.h"
#include "platform/store/store.h"
#include <libpq-fe.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define PER_PROJECT 5000
#define MAX_CLIENTS 64
#define MAX_WAITS   (1 << 20)
#define BASE        INT64_C(370000000000000) /* ids as large as real ones */
#define PROJECT(p)  (BASE + 10000 + (p))

#define NUMBERS " WITH RECURSIVE n(i) AS (SELECT $1 UNION ALL SELECT i + 1 FROM n WHERE i < $2) SELECT "
STMT(q_company, "bench.company", "INSERT INTO company(id, code, name, created_at) VALUES (1, 'b', 'b', 0)");
STMT(q_notes, "bench.notes", "CREATE TABLE bench_note(id BIGINT PRIMARY KEY, body TEXT NOT NULL)");
STMT(q_note, "bench.note", "INSERT INTO bench_note(id, body) VALUES ($1, $2)");
STMT(q_project, "bench.project",
     "INSERT INTO project(id, company_id, code, name, address, created_at) VALUES ($1, 1, $2, 'p', 'a', 0)");
STMT(q_building, "bench.building",
     "INSERT INTO building(id, company_id, project_id, name, norm, created_at) VALUES ($1, 1, $2, '1', '1', 0)");
STMT(q_rooms, "bench.rooms",
     "INSERT INTO room(id, company_id, project_id, building_id, name, full_name, norm, area_e4, created_at)" NUMBERS
     "$3 + i, 1, $4, $5, 'r', '1栋1单元' || i || '室', '1-1-' || i, 500000 + (i * 7919) % 1500000, 0 FROM n");
STMT(q_assign, "bench.assign",
     "INSERT INTO fee_assign(company_id, project_id, item_id, room_id, from_day)" NUMBERS
     "1, $4, $5, $3 + i, 20260101 FROM n");
STMT(q_meters, "bench.meters",
     "INSERT INTO meter(id, company_id, project_id, item_id, room_id, serial, from_day)" NUMBERS
     "$3 + i, 1, $4, $5, $3 + i, 'W' || i, 20260101 FROM n");
STMT(q_readings, "bench.readings",
     "INSERT INTO meter_reading(meter_id, day, company_id, reading_e3, usage_e3, account_id, at)" NUMBERS
     "$3 + i, 20261031, 1, 20000, 1000 + (i * 104729) % 20000, 0, 0 FROM n");
STMT(q_sum, "bench.sum", "SELECT CAST(SUM(amount_fen) AS BIGINT) FROM bill");
STMT(q_lines, "bench.lines",
     "SELECT CAST(COUNT(*) * 1000000000 AS BIGINT) + (SELECT COUNT(*) FROM bill) FROM bill_line");
STMT(q_size, "bench.pg_size", "SELECT pg_database_size(current_database())");
/* Not the tables that are to be filled: PostgreSQL would take it from an analysis that they are empty, and keep plans that walk
 * them whole. */
STMT(q_analyze_room, "bench.analyze_room", "ANALYZE room");
STMT(q_analyze_meter, "bench.analyze_meter", "ANALYZE meter");
STMT(q_analyze_reading, "bench.analyze_reading", "ANALYZE meter_reading");
STMT(q_analyze_assign, "bench.analyze_assign", "ANALYZE fee_assign");
/* The peer: half up in integers, by three expressions over a join. */
#define AREA  "((m.area_e4 * 15000 + 500000) / 1000000)"
#define FIXED "(1000)"
#define METER "((r.usage_e3 * 34500 + 50000) / 100000)"
#define FROM  " FROM room m JOIN meter t ON t.id = m.id JOIN meter_reading r ON r.meter_id = t.id AND r.day = 20261031"
STMT(
    q_peer_bills, "bench.peer_bills",
    "INSERT INTO bill(id, company_id, project_id, room_id, run_id, payer_id, payer_name, room_name, state, period_from,"
    " period_to, due_day, amount_fen, late_rated, replaces_id, created_at)"
    " SELECT m.id + 5000000000, 1, m.project_id, m.id, 5, 0, '', m.full_name, 'draft', 20261001, 20261031, 20261120,"
    " " AREA " + " FIXED " + " METER ", 0, 0, $1" FROM " ORDER BY m.id");
#define ITEM(p, k) (BASE + 100000 + (p)*10 + (k))
STMT(
    q_peer_lines, "bench.peer_lines",
    "INSERT INTO bill_line(bill_id, n, company_id, item_id, room_id, ref_id, basis_id, kind, name, income, period_from,"
    " period_to, amount_fen, snapshot) SELECT m.id + 5000000000, k.n, 1, (m.project_id - $1) * 10 + $2 + k.n, m.id, 0, "
    "77,"
    " 'charge', CASE k.n WHEN 1 THEN '物业费' WHEN 2 THEN '保洁费' ELSE '水费' END, 'fee_income', 20261001, 20261031,"
    " CASE k.n WHEN 1 THEN " AREA " WHEN 2 THEN " FIXED " ELSE " METER " END,"
    " CASE k.n WHEN 1 THEN '{\"area_e4\":' || m.area_e4 || '}' WHEN 2 THEN '{}' ELSE '{\"usage_e3\":' || r.usage_e3 || "
    "'}' END" FROM " JOIN (SELECT 1 AS n UNION ALL SELECT 2 UNION ALL SELECT 3) k ON k.n > 0 ORDER BY m.id, k.n");
STMT(q_item, "bench.item",
     "INSERT INTO fee_item(id, company_id, project_id, code, name, kind, cycle, part_month, rounding, price_unit, "
     "due_days,"
     " reach_days, created_at) VALUES ($1, 1, $2, $3, $4, $5, 'monthly', 'actual', 'half_up', '', 20, 31, 0)");
STMT(q_price, "bench.price",
     "INSERT INTO fee_price(company_id, item_id, from_day, price_e4, account_id, at) VALUES (1, $1, 20260101, $2, 0, "
     "0)");

static struct store *store;
static struct arena *arena;
static char dir[] = "/var/tmp/anju-bench-XXXXXX", url[600], database[64];
static int64_t rooms;
static uintptr_t clients = 8;
static _Atomic bool stopping;
static int64_t *waits;
static _Atomic size_t nwaits;

static void stop(const char *what, const char *why)
{
    fprintf(stderr, "bench_bills: %s: %s\n", what, why ? why : "");
    exit(1);
}

/* One transaction as the system. */
static void run(job_fn *fn, void *arg)
{
    struct arena *a = arena_new((size_t)1 << 30);
    struct ctx cx;
    cx_init(&cx, a, store);
    cx.who.company_id = 1;
    enum err e = store_write(&cx, fn, arg);
    if (e)
        stop(err_wire(e), cx.why.en);
    arena_free(a);
}

/* ---- a store, and what is in it ---- */

static void pg_admin(const char *sql)
{
    PGconn *c = PQconnectdb(getenv("ANJU_TEST_PG"));
    PGresult *r = PQexec(c, sql);
    if (PQresultStatus(r) != PGRES_COMMAND_OK)
        stop(sql, PQerrorMessage(c));
    PQclear(r);
    PQfinish(c);
}

static void open_store(const char *name)
{
    const char *pg = getenv("ANJU_TEST_PG"), *source = getenv("ANJU_SOURCE"), *why = "";
    char migrations[512], sql[96];
    snprintf(migrations, sizeof migrations, "%s/schema/migrations", source ? source : ".");
    if (pg) {
        const char *path = strstr(pg, "//") ? strchr(strstr(pg, "//") + 2, '/') : NULL, *query = strchr(pg, '?');
        if (!path)
            stop("ANJU_TEST_PG", pg);
        snprintf(database, sizeof database, "bench_%s_%d", name, (int)getpid());
        snprintf(sql, sizeof sql, "CREATE DATABASE %s", database);
        pg_admin(sql);
        snprintf(url, sizeof url, "%.*s/%s%s", (int)(path - pg), pg, database, query ? query : "");
    } else {
        snprintf(url, sizeof url, "sqlite:%s/%s.db", dir, name);
    }
    struct store_config c = {.url = url, .migrations_dir = migrations, .readers = 1, .writers = 4};
    store = store_open(&c, arena, &why);
    if (!store)
        stop("store", why);
}

static void close_store(void)
{
    char sql[96];
    store_close(store);
    if (*database) {
        snprintf(sql, sizeof sql, "DROP DATABASE %s", database);
        pg_admin(sql);
    } else {
        unlink(url + strlen("sqlite:"));
    }
}

static enum err run_one(struct ctx *cx, void *arg)
{
    return db_exec(cx, arg, NO_ARGS, NULL);
}

static enum err run_i64(struct ctx *cx, void *arg)
{
    struct {
        const struct stmt *q;
        int64_t v;
    } *x = arg;
    return db_i64(cx, x->q, NO_ARGS, &x->v, NULL);
}

static int64_t ask(const struct stmt *q)
{
    struct {
        const struct stmt *q;
        int64_t v;
    } x = {q, 0};
    run(run_i64, &x);
    return x.v;
}

static int64_t size_now(void)
{
    if (*database)
        return ask(&q_size);
    sqlite3 *h;
    sqlite3_stmt *st;
    if (sqlite3_open(url + strlen("sqlite:"), &h) || sqlite3_prepare_v2(h, "PRAGMA page_count", -1, &st, NULL) ||
        sqlite3_step(st) != SQLITE_ROW)
        stop("sqlite", sqlite3_errmsg(h));
    int64_t pages = sqlite3_column_int64(st, 0);
    sqlite3_finalize(st);
    sqlite3_close(h);
    return pages * 4096;
}

static const struct {
    const char *code, *name, *kind;
    int64_t price;
} items[] = {
    {"wy", "物业费", "area",    15000 },
    {"bj", "保洁费", "fixed",   100000},
    {"sf", "水费",    "metered", 34500 }
};

static enum err run_seed(struct ctx *cx, void *arg)
{
    int64_t p = *(int64_t *)arg, project = PROJECT(p), building = BASE + 50000 + p;
    int64_t first = p * PER_PROJECT + 1, last = (p + 1) * PER_PROJECT < rooms ? (p + 1) * PER_PROJECT : rooms;
    enum err e = db_exec(cx, &q_project, ARGS(I64(project), TXT(arena_printf(cx->arena, "p%lld", (long long)p))), NULL);
    if (!e)
        e = db_exec(cx, &q_building, ARGS(I64(building), I64(project)), NULL);
    if (!e)
        e = db_exec(cx, &q_rooms, ARGS(I64(first), I64(last), I64(BASE + 1000000), I64(project), I64(building)), NULL);
    for (int k = 0; k < 3 && !e; k++) {
        int64_t item = ITEM(p, k + 1);
        e = db_exec(cx, &q_item,
                    ARGS(I64(item), I64(project), TXT(items[k].code), TXT(items[k].name), TXT(items[k].kind)), NULL);
        if (!e)
            e = db_exec(cx, &q_price, ARGS(I64(item), I64(items[k].price)), NULL);
        if (!e)
            e = db_exec(cx, &q_assign, ARGS(I64(first), I64(last), I64(BASE + 1000000), I64(project), I64(item)), NULL);
    }
    if (!e)
        e = db_exec(cx, &q_meters, ARGS(I64(first), I64(last), I64(BASE + 1000000), I64(project), I64(ITEM(p, 3))),
                    NULL);
    return e ? e : db_exec(cx, &q_readings, ARGS(I64(first), I64(last), I64(BASE + 1000000)), NULL);
}

static void seed(const char *name)
{
    open_store(name);
    run(run_one, (void *)(uintptr_t)&q_company);
    run(run_one, (void *)(uintptr_t)&q_notes);
    for (int64_t p = 0; p * PER_PROJECT < rooms; p++)
        run(run_seed, &p);
    const struct stmt *const analyze[] = {&q_analyze_room, &q_analyze_meter, &q_analyze_reading, &q_analyze_assign};
    for (size_t i = 0; i < COUNT(analyze); i++)
        run(run_one, (void *)(uintptr_t)analyze[i]);
}

/* ---- ours ---- */

struct call {
    int64_t project, size, us;
    struct bill_run run;
    enum run_action act;
    int64_t who;
    bool more;
};

static enum err run_start(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    cx->who = (struct actor){.id = 1, .company_id = 1, .project_id = c->project};
    return bill_run_start(cx, 20261105, &c->run);
}

static enum err run_step(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    int64_t begun = clock_mono_us();
    enum err e = billing_step(cx, c->run.id, c->size, &c->more);
    c->us = clock_mono_us() - begun;
    return e;
}

static enum err run_act(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    struct bill_run r;
    cx->who = (struct actor){.id = c->who, .company_id = 1, .project_id = c->project};
    return bill_run_act(cx, c->run.id, c->act, "", &r);
}

static void work_off(struct call *c, int64_t *size)
{
    for (c->more = true; c->more;) {
        c->size = *size;
        run(run_step, c);
        *size = billing_steer(*size, c->us, *database ? BILLING_CHUNK_PG_US : BILLING_CHUNK_US);
    }
}

static enum err run_note(struct ctx *cx, void *arg)
{
    return db_exec(cx, &q_note, ARGS(I64(*(int64_t *)arg), TXT("0123456789012345678901234567890123456789")), NULL);
}

/* Somebody at a counter: thinks for 1 to 10 ms, writes something small, waits until it is safe. */
static void *client(void *arg)
{
    unsigned seed_of = (unsigned)(uintptr_t)arg + 1;
    static _Atomic int64_t next = 1;
    while (!atomic_load(&stopping)) {
        usleep((useconds_t)(1000 + rand_r(&seed_of) % 9000));
        int64_t id = atomic_fetch_add(&next, 1), begun = clock_mono_us();
        run(run_note, &id);
        size_t at = atomic_fetch_add(&nwaits, 1);
        if (at < MAX_WAITS)
            waits[at] = clock_mono_us() - begun;
    }
    return NULL;
}

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

struct result {
    double s, publish_s, peer_s, bytes, rss_mb, chunk;
    int64_t sum, counts, p50, p99, max;
};

static double ours(struct result *r)
{
    pthread_t t[MAX_CLIENTS];
    struct call *c = calloc((size_t)(rooms / PER_PROJECT + 1), sizeof *c);
    int64_t size = 200, n = 0, before = size_now();
    for (uintptr_t i = 0; i < clients; i++)
        pthread_create(&t[i], NULL, client, (void *)i);
    int64_t begun = clock_mono_us();
    for (; n * PER_PROJECT < rooms; n++) {
        c[n].project = PROJECT(n);
        run(run_start, &c[n]);
        work_off(&c[n], &size);
    }
    double s = (double)(clock_mono_us() - begun) / 1e6;
    atomic_store(&stopping, true);
    for (uintptr_t i = 0; i < clients; i++)
        pthread_join(t[i], NULL);
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    r->rss_mb = (double)u.ru_maxrss / 1024;
    r->bytes = (double)(size_now() - before) / (double)rooms;
    r->sum = ask(&q_sum);
    r->counts = ask(&q_lines);
    r->chunk = (double)size;
    begun = clock_mono_us();
    for (int64_t p = 0; p < n; p++) { /* by two people, then booked and told: everybody else still gets their turn */
        for (int k = 0; k < 3; k++) {
            c[p].act = (enum run_action[]){RUN_SUBMIT, RUN_APPROVE, RUN_PUBLISH}[k];
            c[p].who = k == 1 ? 2 : 1;
            run(run_act, &c[p]);
        }
        work_off(&c[p], &size);
    }
    r->publish_s = (double)(clock_mono_us() - begun) / 1e6;
    free(c);
    size_t w = nwaits < MAX_WAITS ? nwaits : MAX_WAITS;
    qsort(waits, w, sizeof *waits, by_value);
    if (w) {
        r->p50 = waits[w / 2];
        r->p99 = waits[w * 99 / 100];
        r->max = waits[w - 1];
    }
    return s;
}

/* ---- the peer ---- */

static enum err run_peer(struct ctx *cx, void *arg)
{
    (void)arg;
    enum err e = db_exec(cx, &q_peer_bills, ARGS(I64(cx->now)), NULL);
    return e ? e : db_exec(cx, &q_peer_lines, ARGS(I64(PROJECT(0)), I64(ITEM(0, 0))), NULL);
}

static double peer(void)
{
    int64_t begun = clock_mono_us();
    run(run_peer, NULL);
    return (double)(clock_mono_us() - begun) / 1e6;
}

int main(int argc, char **argv)
{
    struct result r = {0};
    const char *full = getenv("ANJU_BENCH_FULL");
    rooms = argc > 1 ? atoll(argv[1]) : full && *full ? 1000000 : 50000;
    clients = argc > 2 ? (uintptr_t)atoll(argv[2]) : clients;
    arena = arena_new((size_t)1 << 30);
    waits = calloc(MAX_WAITS, sizeof *waits);
    if (!waits || !mkdtemp(dir) || rooms < 1 || rooms > 4000000 || clients > MAX_CLIENTS)
        return 1;
    log_set_level(LOG_LV_WARN);
    crypto_load_master("00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff");
    seed("ours");
    r.s = ours(&r);
    close_store();
    seed("peer");
    r.peer_s = peer();
    if (ask(&q_sum) != r.sum || ask(&q_lines) != r.counts)
        stop("the peer", "made other bills than we did");
    close_store();
    rmdir(dir);
    double m = 1e6 / (double)rooms;
    printf(
        "rooms=%lld s_per_m=%.2f peer_s_per_m=%.2f publish_s_per_m=%.1f bytes=%.0f rss_mb=%.0f chunk=%.0f p50_ms=%.2f"
        " p99_ms=%.2f max_ms=%.2f\n",
        (long long)rooms, r.s * m, r.peer_s * m, r.publish_s * m, r.bytes, r.rss_mb, r.chunk, (double)r.p50 / 1000,
        (double)r.p99 / 1000, (double)r.max / 1000);
    free(waits);
    arena_free(arena);
    return 0;
}
