/* store.h - opening the store and running work in transactions.
 *
 *   SQLite:     one writer thread takes all WRITE jobs that are queued, runs each in a SAVEPOINT, COMMITs
 *               once (synchronous=FULL), and only then calls their done(). Readers: own connections.
 *   PostgreSQL: a pool of threads runs the same jobs, each in its own SERIALIZABLE transaction, rerun on
 *               40001/40P01; a COMMIT whose outcome is unknown (lost connection) is rerun too, which is
 *               right because every job is idempotent by key or by guarded UPDATE.
 *
 * A job's run() therefore may run more than once and has no effect but its statements, its events
 * (events.h) and its cx_after() list. Before run(), the lane opens the transaction (cx->db); after an
 * OK it writes the pending events as the last statements; after the commit it runs cx->after, then done().
 * Any error from run() rolls the job's own work back and nothing else.
 * SPDX-License-Identifier: MIT */
#ifndef PLATFORM_STORE_STORE_H
#define PLATFORM_STORE_STORE_H
#include "platform/ctx.h"

struct store;
typedef enum err job_fn(struct ctx *cx, void *arg);

struct job {
    struct job *next;
    struct ctx *cx;        /* the submitter's; owned by the lane until done() is called */
    struct arena *scratch; /* what run() allocates when it may be rerun: the lane points cx->arena here,
                              resets it before each rerun; NULL: cx->arena is never reset */
    job_fn *run;
    void (*done)(struct job *job, enum err e); /* on the lane's thread, after commit or final failure; must not block */
    void *arg;
    int64_t give_up_mono_ms; /* not started by then: ERR_TIMEOUT. 0: never */
    int64_t queued_mono_us;  /* set by the lane */
};

struct store_config {
    const char *url;            /* "sqlite:/path/anju.db" or "postgres://..." / "postgresql://..." */
    const char *migrations_dir; /* schema/migrations */
    int readers, writers;       /* threads; writers is ignored on SQLite. 0: from the machine's cores */
    int queue_max;              /* jobs waiting in each lane; 0: 1024 */
    bool unsafe_normal;         /* tests only: synchronous=NORMAL, to show that the durability tests have teeth */
    bool batch_one;             /* tests only, SQLite: a transaction for each job, to measure what batches gain */
};

/* Opens, migrates (checksummed, forward only, one transaction), starts the threads. NULL: *why tells
 * (static or arena text). THREAD: main. */
struct store *store_open(const struct store_config *c, struct arena *a, const char **why);
void store_close(struct store *s); /* finishes what is queued, checkpoints, joins the threads */
bool store_is_pg(const struct store *s);

/* false: the lane is full (answer 503 + Retry-After) or closing; the job is still the caller's. THREAD: any. */
bool store_submit_write(struct store *s, struct job *job);
bool store_submit_read(struct store *s, struct job *job);

/* Blocking forms for SLOW work and background threads; cx->db is set during fn only. When the lane is
 * full they wait. cx->arena is used as is: on a rerun what fn allocated before stays until the arena's end. */
MUST_CHECK enum err store_write(struct ctx *cx, job_fn *fn, void *arg);
MUST_CHECK enum err store_read(struct ctx *cx, job_fn *fn, void *arg);

/* Health, all safe from any thread. */
struct store_health {
    bool writable; /* false after disk full or a failed fsync */
    int64_t write_queue, read_queue, wal_pages, commits, jobs_written, reruns, last_commit_us, batch_max;
};
void store_health(struct store *s, struct store_health *out);
/* A failed fsync means the page cache can no longer be trusted: the process must be replaced. Called once. */
void store_on_fatal(struct store *s, void (*fn)(const char *why));

/* Hooks for the crash tests: called before and after each commit when set. */
extern void (*store_test_hook)(const char *where);

#endif
