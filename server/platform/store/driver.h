/* driver.h - what an engine offers to db.c, migrate.c and the lanes. Private to platform/store and its tests.
 *
 * A connection (struct db) belongs to one thread. Every function returns the errors of db.h; the engine's own
 * codes and texts end in the driver, which logs them.  SPDX-License-Identifier: MIT */
#ifndef PLATFORM_STORE_DRIVER_H
#define PLATFORM_STORE_DRIVER_H
#include "platform/store/db.h"

#define MAX_ARGS 128

enum db_mode {
    DB_WRITER,
    DB_READER,
    DB_NORMAL, /* a writer that syncs at checkpoints only: the durability tests show that it loses rows */
};

/* Transaction control. JOB is the savepoint around one job of a batch, TRY the one of db_try(). */
enum ctl {
    CTL_BEGIN,
    CTL_COMMIT,
    CTL_ROLLBACK,
    CTL_JOB,
    CTL_JOB_KEEP,
    CTL_JOB_UNDO,
    CTL_TRY,
    CTL_TRY_KEEP,
    CTL_TRY_UNDO,
    CTL_COUNT
};

struct db {
    const struct driver *driver;
    enum db_mode mode;
    enum err failed; /* first error of the transaction: nothing more may run in it */
    bool lost;       /* the connection is gone: open another */
    bool fatal;      /* an fsync failed */
};

struct row { /* a statement being run, and its current row */
    struct db *db;
    const char *name;
    void *h, *entry; /* the engine's */
    int at, columns;
    bool writes; /* must be stepped to its end */
    int64_t changed;
};

struct driver {
    struct db *(*open)(const char *url, enum db_mode mode, char *why, size_t cap); /* NULL: why is filled */
    void (*close)(struct db *db);
    enum err (*ctl)(struct db *db, enum ctl what);
    enum err (*script)(struct db *db, const char *sql); /* several statements, no parameters, no rows */
    enum err (*check)(struct db *db, const struct stmt *q);
    enum err (*run)(struct db *db, const struct stmt *q, struct args a, struct row *r);
    enum err (*next)(struct row *r, bool *more);
    void (*end)(struct row *r);
    /* `as` is a wish: an integer column asked for as text comes as ARG_I64. Valid until next() or end(). */
    void (*column)(const struct row *r, int col, enum arg_kind as, struct arg *out);
    bool (*in_txn)(struct db *db); /* false inside a transaction: the engine has rolled all of it back */
    const char *(*ddl)(const char *token, size_t n); /* "ID" -> its text; NULL: unknown */
    const char *learn; /* looks at what the tables hold by now; NULL: it has no use for that */
};
extern const struct driver sqlite_driver, pg_driver;

/* Prepared statements of a connection, by the address of their struct stmt. */
struct cache {
    struct cached {
        const struct stmt *key;
        void *value;
    } * slot;
    size_t used, cap;
};
void **cache_at(struct cache *c, const struct stmt *key); /* a NULL value is a new entry; NULL: out of memory */

/* Starts a transaction's bookkeeping; the lanes call it after CTL_BEGIN. */
static inline void db_fresh(struct db *db)
{
    db->failed = OK;
}
/* What a job that ended with `e` has come to, given what the engine said meanwhile. */
enum err db_verdict(const struct db *db, enum err e);

/* SQLite only: sees the write-ahead log. pages: frames in the log after the last commit. */
typedef void wal_fn(void *arg, int pages);
void sqlite_on_wal(struct db *db, wal_fn *fn, void *arg);
enum { CKPT_PASSIVE, CKPT_RESTART, CKPT_TRUNCATE };
/* *log = frames in the log, *copied = of them already in the database. ERR_RETRY: a reader is in the way. */
enum err sqlite_checkpoint(struct db *db, int kind, int wait_ms, int *log, int *copied);

/* Applies dir/NNNN_name.sql in order, all pending ones in one transaction. */
enum err migrate(struct db *db, const char *dir, struct arena *a, const char **why);

#endif
