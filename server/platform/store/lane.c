/* lane.c - one job in one transaction: the readers of both engines, the writers of PostgreSQL, and on SQLite
 * what a batch could not do. SPDX-License-Identifier: MIT */
#include "platform/store/lane.h"
#include "base/clock.h"
#include "base/log.h"
#include "platform/events.h"
#include <stdlib.h>
#include <time.h>

#define RERUNS      30 /* with the pauses below about 1.5 s; a job that is late gives up earlier */
#define SLOW_JOB_US 100000
#define PROBE_BYTES 65536

void (*store_test_hook)(const char *where);

STMT(q_probe, "store.probe",
     "INSERT INTO lease(name, owner, until, epoch) VALUES ('store.probe', $1, 0, 1)"
     " ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, epoch = lease.epoch + 1");

enum err job_attempt(struct db *db, struct job *j)
{
    struct ctx *cx = j->cx;
    struct arena *outer = cx->arena;
    int64_t begun = clock_mono_us();
    if (j->scratch)
        cx->arena = j->scratch;
    cx->db = db;
    db_fresh(db);
    enum err e = j->run(cx, j->arg);
    if (!e && cx->events && db->mode == DB_READER) {
        log_error("store.event_in_read", L_S("request", cx->request_id));
        e = ERR_INTERNAL;
    }
    if (!e && !db->failed)
        e = events_flush(cx);
    e = db_verdict(db, e);
    cx->db = NULL;
    cx->arena = outer;
    int64_t took = clock_mono_us() - begun;
    if (took > SLOW_JOB_US)
        log_warn("store.slow_job", L_S("request", cx->request_id), L_I("us", took),
                 L_I("writer", db->mode != DB_READER));
    return e;
}

void job_rewind(struct job *j)
{
    cx_rewind(j->cx);
    if (j->scratch)
        arena_reset(j->scratch);
}

void job_finish(struct job *j, enum err e)
{
    struct ctx *cx = j->cx;
    cx->events = NULL;
    cx->events_tail = &cx->events;
    cx_run_after(cx, e == OK);
    j->done(j, e);
}

bool job_late(const struct job *j)
{
    return j->give_up_mono_ms && clock_mono_ms() > j->give_up_mono_ms;
}

void worker_note(struct worker *w, enum err e)
{
    struct store *s = w->store;
    if (w->mode == DB_READER || e != ERR_READ_ONLY)
        return;
    if (!atomic_exchange(&s->unwritable, true))
        log_error("store.read_only", L_I("fatal", w->db && w->db->fatal));
    if (!w->db || !w->db->fatal || atomic_exchange(&s->fatal, true))
        return;
    void (*fn)(const char *) = atomic_load(&s->on_fatal);
    if (fn)
        fn("fsync failed");
}

enum err worker_commit(struct worker *w)
{
    struct store *s = w->store;
    bool writer = w->mode != DB_READER;
    if (writer && store_test_hook)
        store_test_hook("commit.before");
    int64_t begun = clock_mono_us();
    enum err e = w->db->driver->ctl(w->db, CTL_COMMIT);
    if (e || !writer)
        return e;
    atomic_store(&s->last_commit_us, clock_mono_us() - begun);
    atomic_fetch_add(&s->commits, 1);
    if (store_test_hook)
        store_test_hook("commit.after");
    if (atomic_load(&s->unwritable) && !atomic_load(&s->fatal)) {
        atomic_store(&s->unwritable, false);
        log_info("store.writable", L_I("commits", atomic_load(&s->commits)));
    }
    return OK;
}

static bool connected(struct worker *w)
{
    char why[256];
    if (w->db && w->db->lost) {
        w->db->driver->close(w->db);
        w->db = NULL;
    }
    if (!w->db) {
        w->db = w->store->driver->open(w->store->url, w->mode, why, sizeof why);
        if (!w->db)
            log_warn("store.connect", L_S("why", why));
        else
            keeper_watch(w);
    }
    return w->db != NULL;
}

static enum err transaction(struct worker *w, struct job *j)
{
    if (!connected(w))
        return ERR_RETRY;
    struct db *db = w->db;
    enum err e = db->driver->ctl(db, CTL_BEGIN);
    if (e)
        return e;
    e = job_attempt(db, j);
    if (!e && (e = worker_commit(w)) == OK)
        return OK;
    if (db->failed == ERR_READ_ONLY)
        e = ERR_READ_ONLY;
    worker_note(w, e);
    if (db->driver->ctl(db, CTL_ROLLBACK) != OK || db->driver->in_txn(db))
        db->lost = true;
    return e;
}

/* 1, 2, 4 ... 64 ms for a conflict, 50 ms ... 1 s for a lost connection; half of it by chance, so that
 * those who collided do not meet again. */
static void back_off(struct worker *w, int attempt)
{
    bool away = !w->db || w->db->lost;
    int shift = attempt < 6 ? attempt : 6;
    int64_t us = (away ? 50000 : 1000) * (INT64_C(1) << shift);
    if (us > SECOND_MS * 1000)
        us = SECOND_MS * 1000;
    us = us / 2 + rand_r(&w->seed) % (us / 2);
    nanosleep(&(struct timespec){.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000}, NULL);
}

void worker_run(struct worker *w, struct job *j)
{
    struct store *s = w->store;
    enum err e = job_late(j) ? ERR_TIMEOUT : transaction(w, j);
    for (int i = 0; e == ERR_RETRY; i++) {
        if (i == RERUNS || job_late(j)) {
            e = ERR_BUSY;
            log_warn("store.gave_up", L_S("request", j->cx->request_id), L_I("reruns", i));
            break;
        }
        atomic_fetch_add(&s->reruns, 1);
        back_off(w, i);
        job_rewind(j);
        e = transaction(w, j);
    }
    if (!e && w->mode != DB_READER)
        atomic_fetch_add(&s->jobs_written, 1);
    job_finish(j, e);
}

static enum err probe(struct ctx *cx, void *text)
{
    return db_exec(cx, &q_probe, ARGS(TXT(text)), NULL);
}

static enum err probe_twice(struct worker *w)
{
    struct arena *a = arena_new(0);
    char *text = arena_alloc(a, PROBE_BYTES); /* some room, not just a page */
    enum err e = OK;
    for (int i = 0; i < 2 && !e; i++) {
        struct ctx cx;
        cx_init(&cx, a, w->store);
        for (int k = 0; k < PROBE_BYTES - 1; k++)
            text[k] = i ? '\0' : 'x';
        struct job j = {.cx = &cx, .run = probe, .arg = text};
        e = transaction(w, &j);
    }
    arena_free(a);
    return e;
}

void worker_probe(struct worker *w)
{
    struct store *s = w->store;
    int64_t now = clock_mono_ms();
    if (!atomic_load(&s->unwritable) || atomic_load(&s->fatal) || now - s->probed_ms < SECOND_MS)
        return;
    s->probed_ms = now;
    enum err e = probe_twice(w);
    if (e)
        log_warn("store.still_read_only", L_S("error", err_wire(e)));
}

void *lane_serve(void *worker)
{
    struct worker *w = worker;
    struct store *s = w->store;
    bool closed = false, writer = w->mode != DB_READER, prober = writer && w == &s->writer[0];
    on_lane = true;
    if (!writer)
        thread_nice(5); /* readers never hold up the writer by a lock, but they can starve it of a core */
    while (!closed) {
        struct job *j = queue_take(w->queue, 1, prober ? 1000 : -1, &closed);
        if (j)
            worker_run(w, j);
        if (prober)
            worker_probe(w);
    }
    return NULL;
}
