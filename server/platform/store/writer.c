/* writer.c - SQLite's only writing thread, and the keeper of its log.
 *
 *   queue -> up to 256 jobs or 8 ms -> BEGIN, each job in a savepoint, one COMMIT (one fsync) -> answers
 *
 * While one commit syncs the next batch collects, so nothing ever waits for a batch to grow. The answers of a
 * batch are all held back until its commit: a refusal may rest on what a neighbour wrote.
 * The keeper copies the log into the database beside the writer (PASSIVE); only the writer can make the log
 * start over (RESTART), and by then few frames are left to copy.  SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/log.h"
#include "platform/store/lane.h"
#include <stdio.h>
#include <time.h>

#define BATCH_US      8000
#define COPY_PAGES    2000
#define NEARLY_PAGES  16000 /* from here on copy after every commit: RESTART shall find little left */
#define RESTART_PAGES 20000
#define ALARM_PAGES   131072 /* 512 MiB: some reader does not end */

struct batch {
    struct job *job[BATCH_MAX];
    enum err result[BATCH_MAX];
    int n, ran;
};

static void refuse(struct batch *b)
{
    for (int i = 0; i < b->n; i++)
        job_finish(b->job[i], ERR_READ_ONLY);
}

/* The engine has given up the whole transaction, or its commit: nobody was answered, so every job may run
 * again, this time in a transaction of its own, where only the guilty one fails. */
static void run_apart(struct worker *w, struct batch *b)
{
    log_warn("store.batch_apart", L_I("jobs", b->n), L_I("ran", b->ran));
    for (int i = 0; i < b->ran; i++)
        job_rewind(b->job[i]);
    for (int i = 0; i < b->n; i++) {
        if (atomic_load(&w->store->unwritable))
            job_finish(b->job[i], ERR_READ_ONLY);
        else
            worker_run(w, b->job[i]);
    }
}

/* false: the job could not be kept apart from its neighbours, so the transaction is of no use any more. */
static bool in_savepoint(struct db *db, struct job *j, enum err *result)
{
    if ((*result = db->driver->ctl(db, CTL_JOB)) != OK)
        return false;
    *result = job_attempt(db, j);
    return db->driver->in_txn(db) && db->failed != ERR_READ_ONLY &&
           db->driver->ctl(db, *result ? CTL_JOB_UNDO : CTL_JOB_KEEP) == OK;
}

static bool run_all(struct worker *w, struct batch *b)
{
    int64_t begun = clock_mono_us();
    bool sound = true;
    while (sound && b->ran < b->n && (!b->ran || clock_mono_us() - begun < BATCH_US)) {
        sound = in_savepoint(w->db, b->job[b->ran], &b->result[b->ran]);
        b->ran++;
    }
    return sound;
}

static void answer(struct worker *w, struct batch *b)
{
    struct store *s = w->store;
    int again = 0;
    for (int i = 0; i < b->n; i++) {
        if (b->result[i] == ERR_RETRY)
            b->job[again++] = b->job[i];
        else {
            if (!b->result[i])
                atomic_fetch_add(&s->jobs_written, 1);
            job_finish(b->job[i], b->result[i]);
        }
    }
    for (int i = 0; i < again; i++) {
        atomic_fetch_add(&s->reruns, 1);
        job_rewind(b->job[i]);
        worker_run(w, b->job[i]);
    }
}

/* Returns the jobs for which the time of this batch was too short. */
static struct job *run_batch(struct worker *w, struct batch *b)
{
    struct store *s = w->store;
    struct db *db = w->db;
    struct job *rest = NULL;
    if (db->driver->ctl(db, CTL_BEGIN) != OK) {
        run_apart(w, b);
        return NULL;
    }
    bool whole = run_all(w, b);
    if (whole && b->ran < b->n) {
        rest = b->job[b->ran]; /* still linked */
        b->job[b->ran - 1]->next = NULL;
        b->n = b->ran;
    }
    enum err e = whole ? worker_commit(w) : OK;
    if (whole && !e) {
        if (b->n > atomic_load(&s->batch_max))
            atomic_store(&s->batch_max, b->n);
        answer(w, b);
        return rest;
    }
    worker_note(w, e);
    if (db->driver->ctl(db, CTL_ROLLBACK) != OK || db->driver->in_txn(db))
        db->lost = true;
    if (e == ERR_READ_ONLY)
        refuse(b);
    else
        run_apart(w, b);
    return rest;
}

static struct job *fill(const struct store *s, struct batch *b, struct job *list)
{
    b->n = b->ran = 0;
    while (list && b->n < s->batch) {
        struct job *j = list;
        list = j->next;
        if (job_late(j))
            job_finish(j, ERR_TIMEOUT);
        else
            b->job[b->n++] = j;
    }
    return list;
}

static void restart_log(struct worker *w)
{
    struct store *s = w->store;
    int64_t now = clock_mono_ms();
    int pages = atomic_load(&s->wal_pages), log = 0, copied = 0;
    if (pages < RESTART_PAGES || now < s->restart_after_ms || !w->db || w->db->lost)
        return;
    enum err e = sqlite_checkpoint(w->db, CKPT_RESTART, 50, &log, &copied);
    worker_note(w, e);
    if (e) {
        s->restart_after_ms = now + 200; /* a reader sits in the log: try again, not after every batch */
        if (pages >= ALARM_PAGES)
            log_warn("store.wal_grows", L_I("pages", pages));
    } else {
        atomic_store(&s->wal_pages, 0);
        atomic_store(&s->wal_copied, 0);
    }
}

void *writer_serve(void *worker)
{
    struct worker *w = worker;
    struct store *s = w->store;
    struct batch b;
    struct job *list = NULL;
    bool closed = false;
    on_lane = true;
    while (!closed) {
        if (!list)
            list = queue_take(w->queue, s->batch, 1000, &closed);
        list = fill(s, &b, list);
        if (b.n && atomic_load(&s->unwritable))
            refuse(&b);
        else if (b.n == 1 || (b.n && (!w->db || w->db->lost)))
            for (int i = 0; i < b.n; i++)
                worker_run(w, b.job[i]);
        else if (b.n)
            list = run_batch(w, &b);
        restart_log(w);
        worker_probe(w);
    }
    return NULL;
}

static void wal_seen(void *arg, int pages)
{
    struct store *s = arg;
    int copied = atomic_load(&s->wal_copied);
    atomic_store(&s->wal_pages, pages);
    if (pages - copied < COPY_PAGES && pages < NEARLY_PAGES)
        return;
    pthread_mutex_lock(&s->keeper_lock);
    pthread_cond_signal(&s->keeper_wake);
    pthread_mutex_unlock(&s->keeper_lock);
}

void keeper_watch(struct worker *w)
{
    if (w->store->driver == &sqlite_driver && w->mode != DB_READER)
        sqlite_on_wal(w->db, wal_seen, w->store);
}

static void *keep(void *arg)
{
    struct store *s = arg;
    pthread_mutex_lock(&s->keeper_lock);
    while (!s->keeper_stop) {
        pthread_cond_wait(&s->keeper_wake, &s->keeper_lock);
        if (s->keeper_stop)
            break;
        pthread_mutex_unlock(&s->keeper_lock);
        int log = 0, copied = 0;
        struct worker w = {.store = s, .db = s->keeper, .mode = s->keeper->mode};
        enum err e = sqlite_checkpoint(s->keeper, CKPT_PASSIVE, 0, &log, &copied);
        if (e == OK && copied >= 0)
            atomic_store(&s->wal_copied, copied);
        else if (s->keeper->fatal)
            worker_note(&w, e);
        pthread_mutex_lock(&s->keeper_lock);
    }
    pthread_mutex_unlock(&s->keeper_lock);
    return NULL;
}

bool keeper_start(struct store *s, char *why, size_t cap)
{
    pthread_mutex_init(&s->keeper_lock, NULL);
    pthread_cond_init(&s->keeper_wake, NULL);
    s->keeper = s->driver->open(s->url, s->writer[0].mode, why, cap);
    s->keeper_started = s->keeper && thread_start(&s->keeper_thread, "checkpoint", keep, s);
    if (s->keeper && !s->keeper_started)
        snprintf(why, cap, "no thread");
    return s->keeper_started;
}

void keeper_end(struct store *s)
{
    if (s->keeper_started) {
        pthread_mutex_lock(&s->keeper_lock);
        s->keeper_stop = true;
        pthread_cond_signal(&s->keeper_wake);
        pthread_mutex_unlock(&s->keeper_lock);
        pthread_join(s->keeper_thread, NULL);
    }
    if (s->keeper)
        s->driver->close(s->keeper);
}
