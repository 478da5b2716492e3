/* disk.c - a full disk makes the store read-only until there is room again; a failed fsync ends it.
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "platform/store/db.h"
#include "platform/store/store.h"
#include "tests/faults/fault_vfs.h"
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

STMT(q_put, "disk.put", "INSERT INTO outbox(id, kind, ref, payload, created_at) VALUES ($1, 'disk', $1, $2, $3)");
STMT(q_count, "disk.count", "SELECT COUNT(*) FROM outbox WHERE kind = 'disk'");

#define CHECK(x)                                                                                                       \
    do {                                                                                                               \
        if (!(x)) {                                                                                                    \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #x);                                                    \
            exit(1);                                                                                                   \
        }                                                                                                              \
    } while (0)

static struct store *store;
static int64_t next_id = 1, acked;
static char payload[2001];
static _Atomic int fatals;

static enum err put(struct ctx *cx, void *arg)
{
    return db_exec(cx, &q_put, ARGS(I64(*(int64_t *)arg), TXT(payload), I64(cx->now)), NULL);
}

static enum err put_one(void)
{
    struct arena *a = arena_new(0);
    struct ctx cx;
    cx_init(&cx, a, store);
    enum err e = store_write(&cx, put, &next_id);
    next_id++;
    acked += e == OK;
    arena_free(a);
    return e;
}

struct many {
    struct job job;
    struct ctx cx;
    int64_t id;
    enum err result;
};
static _Atomic int outstanding;

static void many_done(struct job *job, enum err e)
{
    struct many *m = (struct many *)(void *)job;
    m->result = e;
    atomic_fetch_sub(&outstanding, 1);
}

/* A batch that meets the full disk: all of its jobs hear of it, none is acknowledged and missing. */
static int put_many(int n)
{
    struct many *m = calloc((size_t)n, sizeof *m);
    struct arena *a = arena_new(0);
    int refused = 0;
    CHECK(m);
    atomic_store(&outstanding, n);
    for (int i = 0; i < n; i++) {
        cx_init(&m[i].cx, a, store);
        m[i].id = next_id++;
        m[i].job = (struct job){.cx = &m[i].cx, .run = put, .done = many_done, .arg = &m[i].id};
        while (!store_submit_write(store, &m[i].job))
            usleep(1000);
    }
    while (atomic_load(&outstanding))
        usleep(1000);
    for (int i = 0; i < n; i++) {
        CHECK(m[i].result == OK || m[i].result == ERR_READ_ONLY);
        acked += m[i].result == OK;
        refused += m[i].result != OK;
    }
    arena_free(a);
    free(m);
    return refused;
}

static enum err count(struct ctx *cx, void *out)
{
    return db_i64(cx, &q_count, NO_ARGS, out, NULL);
}

static int64_t rows(void)
{
    struct arena *a = arena_new(0);
    struct ctx cx;
    int64_t n = -1;
    cx_init(&cx, a, store);
    CHECK(store_read(&cx, count, &n) == OK); /* reading goes on */
    arena_free(a);
    return n;
}

static bool writable(void)
{
    struct store_health h;
    store_health(store, &h);
    return h.writable;
}

static void recovers(void)
{
    int64_t until = clock_mono_ms() + 5000;
    while (!writable() && clock_mono_ms() < until)
        usleep(20000);
    CHECK(writable());
    CHECK(put_one() == OK);
    CHECK(rows() == acked);
}

static void on_fatal(const char *why)
{
    CHECK(strstr(why, "fsync"));
    atomic_fetch_add(&fatals, 1);
}

int main(void)
{
    char dir[] = "/tmp/anju-disk-XXXXXX", url[64], path[64], migrations[512];
    const char *why = "", *source = getenv("ANJU_SOURCE");
    struct arena *a = arena_new(0);
    CHECK(mkdtemp(dir));
    snprintf(url, sizeof url, "sqlite:%s/d.db", dir);
    snprintf(migrations, sizeof migrations, "%s/schema/migrations", source ? source : ".");
    memset(payload, 'x', sizeof payload - 1);
    fault_vfs_install();
    struct store_config c = {.url = url, .migrations_dir = migrations, .readers = 1};
    store = store_open(&c, a, &why);
    CHECK(store);
    store_on_fatal(store, on_fatal);
    CHECK(put_one() == OK && put_many(300) == 0 && rows() == acked);

    fault_room(20000); /* less than the probe wants, so that it does not find the store writable again */
    CHECK(put_many(500) > 0);
    CHECK(!writable() && put_one() == ERR_READ_ONLY && rows() == acked);
    usleep(1200000);
    CHECK(!writable()); /* the probe has tried, in vain */
    fault_room(-1);
    recovers();

    for (int after = 0; after < 4; after++) { /* quota, file size limit: a write error of another kind */
        fault_write(SQLITE_IOERR_WRITE, after);
        while (put_one() == OK)
            ;
        CHECK(!writable() && rows() == acked);
        fault_write(0, 0);
        recovers();
    }
    CHECK(atomic_load(&fatals) == 0);

    fault_sync(SQLITE_IOERR_FSYNC); /* the page cache can no longer be trusted: never again in this process */
    CHECK(put_one() == ERR_READ_ONLY && put_many(20) == 20);
    fault_sync(0);
    usleep(1500000);
    CHECK(!writable() && put_one() == ERR_READ_ONLY && atomic_load(&fatals) == 1);
    store_close(store);

    store = store_open(&c, a, &why); /* the process that replaces it */
    CHECK(store && rows() >= acked);
    acked = rows();
    CHECK(put_one() == OK);
    store_close(store);
    for (const char *const *s = (const char *const[]){"", "-wal", "-shm", NULL}; *s; s++) {
        snprintf(path, sizeof path, "%s/d.db%s", dir, *s);
        unlink(path);
    }
    rmdir(dir);
    arena_free(a);
    printf("full disk, write errors, fsync: ok, %lld rows\n", (long long)acked);
    return 0;
}
