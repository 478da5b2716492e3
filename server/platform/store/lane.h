/* lane.h - the inside of a store: its lanes and how they run one job. Private to platform/store.
 * SPDX-License-Identifier: MIT */
#ifndef PLATFORM_STORE_LANE_H
#define PLATFORM_STORE_LANE_H
#include "platform/jobs/queue.h"
#include "platform/store/driver.h"
#include <stdatomic.h>

#define MAX_THREADS 64

struct worker { /* a thread with its connection */
    struct store *store;
    struct queue *queue;
    struct db *db; /* NULL: to be opened again */
    enum db_mode mode;
    pthread_t thread;
    bool started;
    unsigned seed;
};
struct store {
    const struct driver *driver;
    char *url;
    struct queue read, write;
    struct worker reader[MAX_THREADS], writer[MAX_THREADS];
    int readers, writers, batch; /* batch: most jobs in one transaction of SQLite's writer */

    /* SQLite: copies the log beside the writer */
    struct db *keeper;
    pthread_t keeper_thread;
    pthread_mutex_t keeper_lock;
    pthread_cond_t keeper_wake;
    bool keeper_started, keeper_stop;
    _Atomic int wal_pages, wal_copied;
    int64_t restart_after_ms;

    _Atomic bool unwritable, fatal;
    int64_t probed_ms; /* of the writer thread */
    void (*_Atomic on_fatal)(const char *why);
    _Atomic int64_t commits, jobs_written, reruns, last_commit_us, batch_max;
};

/* lane.c: one job, one transaction */
enum err job_attempt(struct db *db, struct job *j); /* inside an open transaction; writes the events too */
void job_rewind(struct job *j);
void job_finish(struct job *j, enum err e); /* cx_after and done(); j is gone afterwards */
bool job_late(const struct job *j);
enum err worker_commit(struct worker *w);
void worker_run(struct worker *w, struct job *j); /* its own transaction, rerun as often as is right; finishes j */
void worker_note(struct worker *w, enum err e);   /* after a failure: read-only? fatal? */
void worker_probe(struct worker *w);              /* read-only store: try whether it still is, at most once a second */
void *lane_serve(void *worker);                   /* thread: readers, and PostgreSQL's writers */

/* writer.c: SQLite's group commit and checkpoints */
#define BATCH_MAX 256
void *writer_serve(void *worker);
void keeper_watch(struct worker *w); /* after w->db was opened; does nothing on PostgreSQL */
bool keeper_start(struct store *s, char *why, size_t cap);
void keeper_end(struct store *s);

#endif
