/* harness.c - see harness.h. SPDX-License-Identifier: MIT */
#include "tests/sql/harness.h"
#include <libpq-fe.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_CTX   4096
#define MAX_HEARD 8192

const struct actor harness_system = {.roles = ROLE_PLATFORM_ADMIN, .name = "test"};
struct why harness_why;

static struct store *the_store;
static struct arena *the_arena, *why_arena;
static struct ctx *ctxs[MAX_CTX];
static size_t nctx, nheard;
static struct heard heard[MAX_HEARD];
static pthread_mutex_t heard_lock = PTHREAD_MUTEX_INITIALIZER;
static char dir[128], url[512], admin_url[256], database[64];

static void stop(const char *what, const char *why)
{
    fprintf(stderr, "harness: %s: %s\n", what, why);
    exit(2);
}

static void admin(const char *sql)
{
    PGconn *c = PQconnectdb(admin_url);
    if (PQstatus(c) != CONNECTION_OK)
        stop("connect", PQerrorMessage(c));
    PGresult *r = PQexec(c, sql);
    if (PQresultStatus(r) != PGRES_COMMAND_OK)
        stop(sql, PQerrorMessage(c));
    PQclear(r);
    PQfinish(c);
}

static void choose_url(void)
{
    const char *pg = getenv("ANJU_TEST_PG");
    char sql[256];
    if (!pg || !*pg) {
        snprintf(dir, sizeof dir, "%s/anju-test-XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
        if (!mkdtemp(dir))
            stop("mkdtemp", dir);
        snprintf(url, sizeof url, "sqlite:%s/anju.db", dir);
        return;
    }
    snprintf(admin_url, sizeof admin_url, "%s", pg);
    snprintf(database, sizeof database, "anju_test_%ld_%lld", (long)getpid(), (long long)clock_mono_us());
    snprintf(sql, sizeof sql, "CREATE DATABASE %s TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'", database);
    admin(sql);
    /* postgres://user@/db?host=... : put our database in place of the path */
    const char *host = strstr(pg, "://") + 3, *path = strchr(host, '/'), *query = strchr(pg, '?');
    if (!path)
        stop("ANJU_TEST_PG", "needs a database: postgres://host/postgres");
    snprintf(url, sizeof url, "%.*s/%s%s", (int)(path - pg), pg, database, query ? query : "");
}

static struct heard *add(char kind)
{
    if (nheard == MAX_HEARD)
        stop("heard", "too many events; call harness_forget()");
    struct heard *h = &heard[nheard++];
    *h = (struct heard){.kind = kind};
    return h;
}

static void on_event(struct live_event *ev)
{
    pthread_mutex_lock(&heard_lock);
    struct heard *h = add('e');
    h->seq = ev->seq;
    h->at = ev->at;
    snprintf(h->topic, sizeof h->topic, "%s", ev->topic);
    snprintf(h->type, sizeof h->type, "%s", ev->type);
    snprintf(h->data, sizeof h->data, "%s", ev->data);
    pthread_mutex_unlock(&heard_lock);
    free(ev);
}

static void on_scope(int64_t account_id)
{
    pthread_mutex_lock(&heard_lock);
    add('s')->account_id = account_id;
    pthread_mutex_unlock(&heard_lock);
}

static void on_revoked(int64_t account_id, int64_t session_id)
{
    pthread_mutex_lock(&heard_lock);
    struct heard *h = add('r');
    h->account_id = account_id;
    h->session_id = session_id;
    pthread_mutex_unlock(&heard_lock);
}

int harness_open(void **state)
{
    static const struct event_sink sink = {on_event, on_scope, on_revoked};
    const char *source = getenv("ANJU_SOURCE"), *why = "";
    char migrations[512];
    (void)state;
    snprintf(migrations, sizeof migrations, "%s/schema/migrations", source ? source : ".");
    choose_url();
    the_arena = arena_new(0);
    why_arena = arena_new(0);
    events_set_sink(&sink);
    struct store_config c = {.url = url, .migrations_dir = migrations, .readers = 2, .writers = 4};
    the_store = store_open(&c, the_arena, &why);
    if (!the_store)
        stop("store_open", why);
    return 0;
}

int harness_close(void **state)
{
    char sql[256];
    (void)state;
    store_close(the_store);
    events_set_sink(NULL);
    for (size_t i = 0; i < nctx; i++)
        arena_free(ctxs[i]->arena);
    arena_free(the_arena);
    arena_free(why_arena);
    if (*database) { /* fails while a connection is open: that is the check for leaks */
        snprintf(sql, sizeof sql, "DROP DATABASE %s", database);
        admin(sql);
    } else {
        snprintf(sql, sizeof sql, "%s/anju.db", dir);
        unlink(sql);
        if (rmdir(dir) != 0)
            stop("left behind by the store", dir); /* a -wal or -shm file: somebody did not close */
    }
    return 0;
}

struct store *harness_store(void)
{
    return the_store;
}

bool harness_is_pg(void)
{
    return *database;
}

const char *harness_url(void)
{
    return url;
}

struct ctx *harness_ctx(const struct actor *who)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    struct arena *a = arena_new(0);
    struct ctx *cx = arena_alloc(a, sizeof *cx);
    cx_init(cx, a, the_store);
    cx->who = who ? *who : harness_system;
    pthread_mutex_lock(&lock);
    if (nctx == MAX_CTX)
        stop("harness_ctx", "too many");
    ctxs[nctx++] = cx;
    pthread_mutex_unlock(&lock);
    return cx;
}

static enum err once(const struct actor *who, job_fn *fn, void *arg, bool write)
{
    struct arena *a = arena_new(0);
    struct ctx cx;
    cx_init(&cx, a, the_store);
    cx.who = who ? *who : harness_system;
    enum err e = write ? store_write(&cx, fn, arg) : store_read(&cx, fn, arg);
    arena_reset(why_arena);
    harness_why = (struct why){arena_strdup(why_arena, cx.why.field), arena_strdup(why_arena, cx.why.zh),
                               arena_strdup(why_arena, cx.why.en)};
    arena_free(a);
    return e;
}

enum err harness_write(const struct actor *who, job_fn *fn, void *arg)
{
    return once(who, fn, arg, true);
}

enum err harness_read(const struct actor *who, job_fn *fn, void *arg)
{
    return once(who, fn, arg, false);
}

struct own { /* statements made at run time live as long as the store: it caches them by address */
    const struct stmt *q;
    struct args a;
    int64_t value;
};

static const struct stmt *own_stmt(const char *sql)
{
    static struct stmt list[512];
    static size_t n;
    for (size_t i = 0; i < n; i++)
        if (list[i].sql == sql)
            return &list[i];
    if (n == COUNT(list))
        stop("harness_sql", "too many statements");
    list[n] = (struct stmt){"test.sql", sql};
    return &list[n++];
}

static enum err run_exec(struct ctx *cx, void *arg)
{
    struct own *o = arg;
    return db_exec(cx, o->q, o->a, NULL);
}

static enum err run_i64(struct ctx *cx, void *arg)
{
    struct own *o = arg;
    return db_i64(cx, o->q, o->a, &o->value, NULL);
}

enum err harness_sql(const char *sql, struct args a)
{
    struct own o = {own_stmt(sql), a, 0};
    return harness_write(NULL, run_exec, &o);
}

int64_t harness_i64(const char *sql, struct args a)
{
    struct own o = {own_stmt(sql), a, 0};
    assert_int_equal(harness_write(NULL, run_i64, &o), OK);
    return o.value;
}

size_t harness_heard(void)
{
    pthread_mutex_lock(&heard_lock);
    size_t n = nheard;
    pthread_mutex_unlock(&heard_lock);
    return n;
}

const struct heard *harness_heard_at(size_t i)
{
    return i < harness_heard() ? &heard[i] : NULL;
}

size_t harness_count(const char *topic, const char *type)
{
    size_t n = 0;
    pthread_mutex_lock(&heard_lock);
    for (size_t i = 0; i < nheard; i++)
        n += heard[i].kind == 'e' && !strcmp(heard[i].type, type) && (!topic || !strcmp(heard[i].topic, topic));
    pthread_mutex_unlock(&heard_lock);
    return n;
}

void harness_forget(void)
{
    pthread_mutex_lock(&heard_lock);
    nheard = 0;
    pthread_mutex_unlock(&heard_lock);
}
