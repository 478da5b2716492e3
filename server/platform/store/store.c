/* store.c - opening, closing, and the doors into the lanes. SPDX-License-Identifier: MIT */
#include "platform/store/store.h"
#include "base/log.h"
#include "platform/store/lane.h"
#include <semaphore.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int clamp(int n, int least, int most)
{
    return n < least ? least : n > most ? most : n;
}

bool store_is_pg(const struct store *s)
{
    return s->driver == &pg_driver;
}

static void stop(struct worker *w, int n)
{
    for (int i = 0; i < n; i++) {
        if (w[i].started)
            pthread_join(w[i].thread, NULL);
        w[i].started = false;
    }
}

static void hang_up(struct worker *w, int n)
{
    for (int i = 0; i < n; i++)
        if (w[i].db)
            w[i].db->driver->close(w[i].db);
}

void store_close(struct store *s)
{
    int log, copied;
    if (!s)
        return;
    queue_close(&s->read);
    queue_close(&s->write);
    stop(s->reader, s->readers);
    stop(s->writer, s->writers);
    if (!store_is_pg(s)) {
        keeper_end(s);
        hang_up(s->reader, s->readers);
        struct db *db = s->writer[0].db;
        if (db && !db->fatal && sqlite_checkpoint(db, CKPT_TRUNCATE, 1000, &log, &copied) != OK)
            log_warn("store.log_left", L_I("pages", atomic_load(&s->wal_pages))); /* read at the next start */
    } else {
        hang_up(s->reader, s->readers);
    }
    hang_up(s->writer, s->writers);
    queue_destroy(&s->read);
    queue_destroy(&s->write);
    free(s->url);
    free(s);
}

static bool start(struct worker *w, int n, const char *name, void *(*fn)(void *))
{
    for (int i = 0; i < n; i++) {
        w[i].started = thread_start(&w[i].thread, name, fn, &w[i]);
        if (!w[i].started)
            return false;
    }
    return true;
}

static void plan(struct store *s, const struct store_config *c)
{
    int cores = (int)sysconf(_SC_NPROCESSORS_ONLN);
    bool pg = store_is_pg(s);
    s->batch = c->batch_one ? 1 : BATCH_MAX;
    s->writers = pg ? clamp(c->writers ? c->writers : clamp(2 * cores, 8, 32), 1, MAX_THREADS) : 1;
    s->readers = clamp(c->readers ? c->readers : pg ? clamp(2 * cores, 4, 32) : cores - 1, 1, MAX_THREADS);
    for (int i = 0; i < s->writers; i++)
        s->writer[i] = (struct worker){.store = s,
                                       .queue = &s->write,
                                       .mode = c->unsafe_normal ? DB_NORMAL : DB_WRITER,
                                       .seed = (unsigned)(i + 1) * 7919U ^ (unsigned)getpid()};
    for (int i = 0; i < s->readers; i++)
        s->reader[i] = (struct worker){
            .store = s, .queue = &s->read, .mode = DB_READER, .seed = (unsigned)(i + 1) * 104729U ^ (unsigned)getpid()};
}

static bool open_all(struct store *s, const struct store_config *c, struct arena *a, const char **why)
{
    char text[512] = "";
    struct worker *first = &s->writer[0];
    first->db = s->driver->open(s->url, first->mode, text, sizeof text);
    if (!first->db) {
        *why = arena_strdup(a, text);
        return false;
    }
    keeper_watch(first);
    if (migrate(first->db, c->migrations_dir, a, why) != OK)
        return false;
    if ((!store_is_pg(s) && !keeper_start(s, text, sizeof text)) ||
        !start(s->writer, s->writers, "writer", store_is_pg(s) ? lane_serve : writer_serve) ||
        !start(s->reader, s->readers, "reader", lane_serve)) {
        *why = text[0] ? arena_strdup(a, text) : "no thread";
        return false;
    }
    return true;
}

struct store *store_open(const struct store_config *c, struct arena *a, const char **why)
{
    bool pg = str_starts(c->url, "postgres://") || str_starts(c->url, "postgresql://");
    *why = "out of memory";
    if (!pg && !str_starts(c->url, "sqlite:")) {
        *why = "store_url must start with sqlite: or postgres://";
        return NULL;
    }
    struct store *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    if (!pg)
        sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); /* else every malloc takes one global lock; refused when too late */
    s->driver = pg ? &pg_driver : &sqlite_driver;
    queue_init(&s->read, c->queue_max ? c->queue_max : 1024);
    queue_init(&s->write, c->queue_max ? c->queue_max : 1024);
    s->url = strdup(c->url);
    plan(s, c);
    if (s->url && open_all(s, c, a, why))
        return s;
    store_close(s);
    return NULL;
}

bool store_submit_write(struct store *s, struct job *job)
{
    return queue_put(&s->write, job, false);
}

bool store_submit_read(struct store *s, struct job *job)
{
    return queue_put(&s->read, job, false);
}

struct waiting {
    struct job job; /* first: done() gets its address */
    sem_t done;
    enum err result;
};

static void wake(struct job *job, enum err e)
{
    struct waiting *w = (struct waiting *)(void *)job;
    w->result = e;
    sem_post(&w->done);
}

static enum err blocking(struct ctx *cx, struct queue *q, job_fn *fn, void *arg)
{
    if (cx->db || on_lane) { /* would wait for itself */
        log_error("store.nested", L_S("request", cx->request_id));
        return ERR_INTERNAL;
    }
    struct why before = cx->why;
    struct waiting w = {
        .job = {.cx = cx, .run = fn, .arg = arg, .done = wake}
    };
    cx->why = (struct why){0};
    sem_init(&w.done, 0, 0);
    if (!queue_put(q, &w.job, true)) {
        w.result = ERR_BUSY; /* closing */
    } else {
        while (sem_wait(&w.done) != 0)
            ; /* a signal */
    }
    sem_destroy(&w.done);
    if (!w.result)
        cx->why = before; /* the reason of an earlier failure that this work was to record */
    return w.result;
}

enum err store_write(struct ctx *cx, job_fn *fn, void *arg)
{
    return blocking(cx, &cx->store->write, fn, arg);
}

enum err store_read(struct ctx *cx, job_fn *fn, void *arg)
{
    return blocking(cx, &cx->store->read, fn, arg);
}

void store_health(struct store *s, struct store_health *out)
{
    *out = (struct store_health){.writable = !atomic_load(&s->unwritable),
                                 .write_queue = queue_length(&s->write),
                                 .read_queue = queue_length(&s->read),
                                 .wal_pages = atomic_load(&s->wal_pages),
                                 .commits = atomic_load(&s->commits),
                                 .jobs_written = atomic_load(&s->jobs_written),
                                 .reruns = atomic_load(&s->reruns),
                                 .last_commit_us = atomic_load(&s->last_commit_us),
                                 .batch_max = atomic_load(&s->batch_max)};
}

void store_on_fatal(struct store *s, void (*fn)(const char *why))
{
    atomic_store(&s->on_fatal, fn);
}
