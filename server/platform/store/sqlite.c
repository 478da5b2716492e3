/* sqlite.c - the SQLite driver. Settings and the reasons for them: synchronous=FULL because an acknowledged
 * write must survive a power cut; no automatic checkpoint because the lane does it beside the writer; double
 * quotes are never strings and LIKE minds its case because PostgreSQL does so.
 * SPDX-License-Identifier: MIT */
#include "base/log.h"
#include "platform/store/driver.h"
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct prepared {
    sqlite3_stmt *st;
    int nparam;
    unsigned char index[MAX_ARGS]; /* of "$1", "$2", ... */
    bool busy;
};
struct sdb {
    struct db base;
    sqlite3 *h;
    sqlite3_stmt *ctl[CTL_COUNT];
    struct cache cache;
    wal_fn *wal;
    void *wal_arg;
};

static const char *const ctl_sql[CTL_COUNT] = {
    [CTL_BEGIN] = "BEGIN IMMEDIATE", [CTL_COMMIT] = "COMMIT",        [CTL_ROLLBACK] = "ROLLBACK",
    [CTL_JOB] = "SAVEPOINT job",     [CTL_JOB_KEEP] = "RELEASE job", [CTL_JOB_UNDO] = "ROLLBACK TO job",
    /* db_try() needs no savepoint here: a statement that breaks a constraint undoes only itself */
};

static struct sdb *self(struct db *db)
{
    return (struct sdb *)(void *)db;
}

static enum err io_error(struct sdb *d, int rc)
{
    switch (rc) {
    case SQLITE_IOERR_FSYNC:
    case SQLITE_IOERR_DIR_FSYNC:
        d->base.fatal = true;
        return ERR_READ_ONLY;
    case SQLITE_IOERR_WRITE: /* quota, file size limit */
    case SQLITE_IOERR_TRUNCATE:
    case SQLITE_IOERR_SHMSIZE:
        return ERR_READ_ONLY;
    default:
        return ERR_INTERNAL;
    }
}

static enum err to_err(struct sdb *d, int rc)
{
    switch (rc & 0xFF) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return OK;
    case SQLITE_CONSTRAINT:
        return rc == SQLITE_CONSTRAINT_UNIQUE || rc == SQLITE_CONSTRAINT_PRIMARYKEY || rc == SQLITE_CONSTRAINT_ROWID
                   ? ERR_EXISTS
                   : ERR_INVALID;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return ERR_RETRY;
    case SQLITE_FULL:
        return ERR_READ_ONLY;
    case SQLITE_READONLY:
        return d->base.mode == DB_READER ? ERR_INTERNAL : ERR_READ_ONLY;
    case SQLITE_IOERR:
        return io_error(d, rc);
    case SQLITE_NOMEM:
        return ERR_BUSY;
    case SQLITE_TOOBIG:
        return ERR_TOO_LARGE;
    case SQLITE_MISMATCH:
        return ERR_INVALID;
    case SQLITE_INTERRUPT:
        return ERR_TIMEOUT;
    default:
        return ERR_INTERNAL;
    }
}

static enum err report(struct sdb *d, int rc, const char *what)
{
    enum err e = to_err(d, rc);
    if (e == ERR_INTERNAL || e == ERR_READ_ONLY || e == ERR_BUSY)
        log_error("store.error", L_S("stmt", what), L_I("code", rc), L_S("text", sqlite3_errmsg(d->h)));
    else if (e == ERR_INVALID)
        log_warn("store.constraint", L_S("stmt", what), L_S("text", sqlite3_errmsg(d->h)));
    return e;
}

static enum err sq_script(struct db *db, const char *sql)
{
    struct sdb *d = self(db);
    int rc = sqlite3_exec(d->h, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK ? OK : report(d, rc, "script");
}

static enum err control(struct sdb *d, enum ctl what)
{
    const char *sql = what == CTL_BEGIN && d->base.mode == DB_READER ? "BEGIN" : ctl_sql[what];
    if (!sql)
        return OK;
    int rc = SQLITE_OK;
    if (!d->ctl[what])
        rc = sqlite3_prepare_v3(d->h, sql, -1, SQLITE_PREPARE_PERSISTENT, &d->ctl[what], NULL);
    if (rc == SQLITE_OK) {
        rc = sqlite3_step(d->ctl[what]);
        sqlite3_reset(d->ctl[what]);
    }
    return rc == SQLITE_DONE ? OK : report(d, rc, sql);
}

static enum err sq_ctl(struct db *db, enum ctl what)
{
    struct sdb *d = self(db);
    if (what == CTL_ROLLBACK && sqlite3_get_autocommit(d->h))
        return OK; /* the engine was faster */
    enum err e = control(d, what);
    if (!e && what == CTL_JOB_UNDO)
        e = control(d, CTL_JOB_KEEP);
    return e;
}

static bool sq_in_txn(struct db *db)
{
    return !sqlite3_get_autocommit(self(db)->h);
}

static struct prepared *prepare(struct sdb *d, const struct stmt *q, enum err *e)
{
    struct prepared *p = calloc(1, sizeof *p);
    const char *tail = "";
    if (!p) {
        *e = ERR_BUSY;
        return NULL;
    }
    int rc = sqlite3_prepare_v3(d->h, q->sql, -1, SQLITE_PREPARE_PERSISTENT, &p->st, &tail);
    if (rc != SQLITE_OK || !p->st || *tail) {
        *e = rc != SQLITE_OK ? report(d, rc, q->name) : ERR_INTERNAL;
        if (rc == SQLITE_OK)
            log_error("store.one_statement", L_S("stmt", q->name));
        goto fail;
    }
    p->nparam = sqlite3_bind_parameter_count(p->st);
    for (int i = 0; i < p->nparam; i++) {
        char name[16];
        snprintf(name, sizeof name, "$%d", i + 1);
        int at = i < MAX_ARGS ? sqlite3_bind_parameter_index(p->st, name) : 0;
        if (!at) {
            log_error("store.parameters", L_S("stmt", q->name), L_S("missing", name));
            *e = ERR_INTERNAL;
            goto fail;
        }
        p->index[i] = (unsigned char)at;
    }
    return p;
fail:
    sqlite3_finalize(p->st);
    free(p);
    return NULL;
}

/* A row function may run the statement it is called from: the inner run gets a copy of its own. */
static struct prepared *acquire(struct sdb *d, const struct stmt *q, enum err *e)
{
    struct prepared **at = (struct prepared **)(void *)cache_at(&d->cache, q);
    *e = OK;
    if (!at) {
        *e = ERR_BUSY;
        return NULL;
    }
    if (!*at)
        *at = prepare(d, q, e);
    struct prepared *p = *at;
    if (p && p->busy)
        return prepare(d, q, e);
    if (p)
        p->busy = true;
    return p;
}

static void release(struct prepared *p)
{
    if (p->busy) {
        sqlite3_reset(p->st);
        sqlite3_clear_bindings(p->st);
        p->busy = false;
    } else { /* a copy */
        sqlite3_finalize(p->st);
        free(p);
    }
}

static int bind(sqlite3_stmt *st, int at, const struct arg *v)
{
    switch (v->kind) {
    case ARG_I64:
        return sqlite3_bind_int64(st, at, v->i);
    case ARG_TEXT:
        return sqlite3_bind_text64(st, at, v->p, v->n, SQLITE_STATIC, SQLITE_UTF8);
    case ARG_BLOB:
        return v->n ? sqlite3_bind_blob64(st, at, v->p, v->n, SQLITE_STATIC) : sqlite3_bind_zeroblob(st, at, 0);
    case ARG_NULL:
        break;
    }
    return sqlite3_bind_null(st, at);
}

static enum err sq_run(struct db *db, const struct stmt *q, struct args a, struct row *r)
{
    struct sdb *d = self(db);
    enum err e;
    struct prepared *p = acquire(d, q, &e);
    if (!p)
        return e;
    int rc = SQLITE_OK;
    if (a.n != (size_t)p->nparam) {
        log_error("store.arguments", L_S("stmt", q->name), L_I("want", p->nparam), L_I("got", a.n));
        rc = SQLITE_RANGE;
    }
    for (size_t i = 0; i < a.n && rc == SQLITE_OK; i++)
        rc = bind(p->st, p->index[i], &a.v[i]);
    if (rc != SQLITE_OK) {
        release(p);
        return rc == SQLITE_RANGE ? ERR_INTERNAL : to_err(d, rc);
    }
    r->h = p->st;
    r->entry = p;
    r->columns = sqlite3_column_count(p->st);
    r->writes = !sqlite3_stmt_readonly(p->st);
    return OK;
}

static enum err sq_next(struct row *r, bool *more)
{
    struct sdb *d = self(r->db);
    int rc = sqlite3_step(r->h);
    *more = rc == SQLITE_ROW;
    if (rc == SQLITE_DONE) {
        r->changed = r->writes ? sqlite3_changes64(d->h) : 0;
        sqlite3_reset(r->h);
        r->writes = false; /* nothing is left to step */
    }
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? OK : report(d, rc, r->name);
}

static void sq_end(struct row *r)
{
    release(r->entry);
}

static void sq_column(const struct row *r, int col, enum arg_kind as, struct arg *out)
{
    sqlite3_stmt *st = r->h;
    if (sqlite3_column_type(st, col) == SQLITE_NULL)
        return;
    out->kind = as == ARG_NULL ? ARG_I64 : as;
    if (as == ARG_I64) {
        out->i = sqlite3_column_int64(st, col);
    } else if (as != ARG_NULL) {
        out->p = as == ARG_TEXT ? (const void *)sqlite3_column_text(st, col) : sqlite3_column_blob(st, col);
        out->n = (size_t)sqlite3_column_bytes(st, col);
    }
}

static enum err sq_check(struct db *db, const struct stmt *q)
{
    enum err e;
    struct prepared *p = acquire(self(db), q, &e);
    if (p)
        release(p);
    return e;
}

static const char *sq_ddl(const char *token, size_t n)
{
    static const char *const t[][2] = {
        {"ID",                  "INTEGER PRIMARY KEY"                                                                                          },
        {"INT",                 "INTEGER"                                                                                                      },
        {"BLOB",                "BLOB"                                                                                                         },
        {"KV",                  "WITHOUT ROWID"                                                                                                },
        {"REFUSE_FUNCTION",     ""                                                                                                             },
        {"REFUSE",              "BEGIN SELECT RAISE(ABORT, 'only ever inserted'); END"                                                         },
        {"REFUSE_ABOVE_ANCHOR", "WHEN NOT EXISTS (SELECT 1 FROM audit_anchor k WHERE k.company_id = OLD.company_id"
                                " AND k.until_at > OLD.at) BEGIN SELECT RAISE(ABORT, 'only ever inserted'); END"}
    };
    for (size_t i = 0; i < COUNT(t); i++)
        if (strlen(t[i][0]) == n && !memcmp(t[i][0], token, n))
            return t[i][1];
    return NULL;
}

static void sq_close(struct db *db)
{
    struct sdb *d = self(db);
    for (int i = 0; i < CTL_COUNT; i++)
        sqlite3_finalize(d->ctl[i]);
    for (size_t i = 0; i < d->cache.cap; i++) {
        struct prepared *p = d->cache.slot[i].value;
        if (p)
            sqlite3_finalize(p->st);
        free(p);
    }
    free(d->cache.slot);
    sqlite3_close(d->h);
    free(d);
}

static int is_wal(void *arg, int n, char **value, char **name)
{
    (void)name;
    *(bool *)arg = n == 1 && value[0] && !strcmp(value[0], "wal");
    return 0;
}

static bool configure(struct sdb *d)
{
    bool reader = d->base.mode == DB_READER, wal = false;
    sqlite3_extended_result_codes(d->h, 1);
    sqlite3_busy_timeout(d->h, 5000);
    sqlite3_db_config(d->h, SQLITE_DBCONFIG_DQS_DML, 0, (int *)NULL);
    sqlite3_db_config(d->h, SQLITE_DBCONFIG_DQS_DDL, 0, (int *)NULL);
    sqlite3_db_config(d->h, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)NULL);
    sqlite3_db_config(d->h, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, (int *)NULL);
    if (!reader &&
        (sqlite3_exec(d->h, "PRAGMA page_size=4096; PRAGMA auto_vacuum=NONE", NULL, NULL, NULL) != SQLITE_OK ||
         sqlite3_exec(d->h, "PRAGMA journal_mode=WAL", is_wal, &wal, NULL) != SQLITE_OK || !wal))
        return false;
    const char *common = "PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY; PRAGMA case_sensitive_like=ON;";
    const char *rest = reader ? "PRAGMA query_only=ON; PRAGMA cache_size=-16384"
                              : "PRAGMA wal_autocheckpoint=0; PRAGMA cache_size=-65536; PRAGMA secure_delete=OFF;"
                                "PRAGMA journal_size_limit=134217728;";
    const char *sync = d->base.mode == DB_NORMAL ? "PRAGMA synchronous=NORMAL" : "PRAGMA synchronous=FULL";
    return sqlite3_exec(d->h, common, NULL, NULL, NULL) == SQLITE_OK &&
           sqlite3_exec(d->h, rest, NULL, NULL, NULL) == SQLITE_OK &&
           sqlite3_exec(d->h, sync, NULL, NULL, NULL) == SQLITE_OK;
}

static struct db *sq_open(const char *url, enum db_mode mode, char *why, size_t cap)
{
    const char *path = str_starts(url, "sqlite:") ? url + strlen("sqlite:") : url;
    struct sdb *d = calloc(1, sizeof *d);
    if (!d) {
        snprintf(why, cap, "out of memory");
        return NULL;
    }
    d->base = (struct db){.driver = &sqlite_driver, .mode = mode};
    int flags = SQLITE_OPEN_NOMUTEX | (mode == DB_READER ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE);
    if (mode != DB_READER) { /* personal data: the log and its index take their rights from this file */
        int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (fd >= 0)
            close(fd);
    }
    if (sqlite3_open_v2(path, &d->h, flags, NULL) != SQLITE_OK || !configure(d)) {
        snprintf(why, cap, "%s: %s", path, d->h ? sqlite3_errmsg(d->h) : "out of memory");
        sq_close(&d->base);
        return NULL;
    }
    return &d->base;
}

static int wal_hook(void *arg, sqlite3 *h, const char *name, int pages)
{
    struct sdb *d = arg;
    (void)h, (void)name;
    d->wal(d->wal_arg, pages);
    return SQLITE_OK;
}

void sqlite_on_wal(struct db *db, wal_fn *fn, void *arg)
{
    struct sdb *d = self(db);
    d->wal = fn;
    d->wal_arg = arg;
    sqlite3_wal_hook(d->h, wal_hook, d);
}

enum err sqlite_checkpoint(struct db *db, int kind, int wait_ms, int *log, int *copied)
{
    static const int mode[] = {SQLITE_CHECKPOINT_PASSIVE, SQLITE_CHECKPOINT_RESTART, SQLITE_CHECKPOINT_TRUNCATE};
    struct sdb *d = self(db);
    sqlite3_busy_timeout(d->h, wait_ms);
    int rc = sqlite3_wal_checkpoint_v2(d->h, NULL, mode[kind], log, copied);
    sqlite3_busy_timeout(d->h, 5000);
    return rc == SQLITE_OK ? OK : report(d, rc, "checkpoint");
}

const struct driver sqlite_driver = {sq_open, sq_close, sq_ctl,    sq_script, sq_check, sq_run,
                                     sq_next, sq_end,   sq_column, sq_in_txn, sq_ddl,   NULL};
