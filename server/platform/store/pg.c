/* pg.c - the PostgreSQL driver: one blocking connection, statements prepared once, results in binary.
 *
 * Parameters go as text with types inferred by the server (bytes in binary), so one statement text serves both
 * engines. What a lost connection did is unknown: ERR_RETRY with db->lost set, and the lane reruns the job.
 * SPDX-License-Identifier: MIT */
#include "base/log.h"
#include "platform/store/driver.h"
#include <endian.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OID_BOOL = 16, OID_BYTEA, OID_CHAR, OID_NAME, OID_INT8, OID_INT2, OID_INT4 = 23, OID_TEXT = 25, OID_OID };
enum { OID_BPCHAR = 1042, OID_VARCHAR = 1043 };

struct pdb {
    struct db base;
    PGconn *c;
    struct cache cache; /* value: the number in the statement's name */
    uintptr_t named;
};

static const char *const ctl_sql[CTL_COUNT] = {
    [CTL_BEGIN] = "BEGIN ISOLATION LEVEL SERIALIZABLE",
    [CTL_COMMIT] = "COMMIT",
    [CTL_ROLLBACK] = "ROLLBACK",
    [CTL_JOB] = "SAVEPOINT job",
    [CTL_JOB_KEEP] = "RELEASE SAVEPOINT job",
    [CTL_JOB_UNDO] = "ROLLBACK TO SAVEPOINT job; RELEASE SAVEPOINT job",
    [CTL_TRY] = "SAVEPOINT try",
    [CTL_TRY_KEEP] = "RELEASE SAVEPOINT try",
    [CTL_TRY_UNDO] = "ROLLBACK TO SAVEPOINT try; RELEASE SAVEPOINT try",
};

static struct pdb *self(struct db *db)
{
    return (struct pdb *)(void *)db;
}

/* The first row that matches the start of the SQLSTATE. */
static enum err from_state(const char *state, bool *lost)
{
    static const struct {
        const char *prefix;
        enum err e;
        bool lost;
    } t[] = {
        {"23505", ERR_EXISTS,    false}, /* unique key */
        {"23",    ERR_INVALID,   false}, /* foreign key, check, not null, exclusion */
        {"40",    ERR_RETRY,     false}, /* serialization, deadlock, completion unknown */
        {"55P03", ERR_RETRY,     false}, /* lock not available */
        {"22",    ERR_INVALID,   false}, /* a value out of range, or not of the type */
        {"53100", ERR_READ_ONLY, false}, /* disk full */
        {"25006", ERR_READ_ONLY, true }, /* we are talking to a standby: look for the primary again */
        {"53",    ERR_BUSY,      false}, /* out of memory, of connections */
        {"57014", ERR_TIMEOUT,   false}, /* statement time-out */
        {"57P",   ERR_RETRY,     true }, /* shutting down, crashed, starting */
        {"08P01", ERR_INTERNAL,  false}, /* wrong number of arguments */
        {"08",    ERR_RETRY,     true }, /* connection */
        {"58030", ERR_READ_ONLY, false}, /* I/O error on the server */
    };
    for (size_t i = 0; i < COUNT(t); i++)
        if (str_starts(state, t[i].prefix)) {
            *lost = *lost || t[i].lost;
            return t[i].e;
        }
    return ERR_INTERNAL;
}

/* Values of the user are in the messages of class 22 and in DETAIL: neither is logged. */
static enum err report(struct pdb *d, const PGresult *r, const char *what)
{
    const char *state = r ? PQresultErrorField(r, PG_DIAG_SQLSTATE) : NULL;
    if (!state) {
        d->base.lost = true;
        log_warn("store.lost", L_S("stmt", what));
        return ERR_RETRY;
    }
    if (d->base.mode == DB_READER && !strcmp(state, "25006"))
        state = "XX000"; /* a write in a READ job is a mistake of ours */
    enum err e = from_state(state, &d->base.lost);
    const char *text = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);
    const char *constraint = PQresultErrorField(r, PG_DIAG_CONSTRAINT_NAME);
    if (PQstatus(d->c) != CONNECTION_OK)
        d->base.lost = true;
    if (e == ERR_INTERNAL || e == ERR_READ_ONLY || e == ERR_BUSY)
        log_error("store.error", L_S("stmt", what), L_S("state", state), L_S("text", text ? text : ""));
    else if (e == ERR_INVALID)
        log_warn("store.constraint", L_S("stmt", what), L_S("state", state),
                 L_S("constraint", constraint ? constraint : ""));
    return e;
}

static enum err pg_script(struct db *db, const char *sql)
{
    struct pdb *d = self(db);
    PGresult *r = PQexec(d->c, sql);
    ExecStatusType st = PQresultStatus(r);
    bool good = st == PGRES_COMMAND_OK || st == PGRES_TUPLES_OK || st == PGRES_EMPTY_QUERY; /* nothing but comments */
    enum err e = good ? OK : report(d, r, "script");
    PQclear(r);
    return e;
}

static enum err pg_ctl(struct db *db, enum ctl what)
{
    struct pdb *d = self(db);
    const char *sql = ctl_sql[what];
    if (what == CTL_BEGIN && db->mode == DB_READER)
        sql = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
    PGresult *r = PQexec(d->c, sql);
    enum err e = PQresultStatus(r) == PGRES_COMMAND_OK ? OK : report(d, r, sql);
    if (!e && what == CTL_COMMIT && strcmp(PQcmdStatus(r), "COMMIT") != 0) {
        log_error("store.commit_refused",
                  L_S("tag", PQcmdStatus(r))); /* the answer to COMMIT of a failed transaction */
        e = ERR_INTERNAL;
    }
    PQclear(r);
    return e;
}

static bool pg_in_txn(struct db *db)
{
    PGTransactionStatusType t = PQtransactionStatus(self(db)->c);
    return t == PQTRANS_INTRANS || t == PQTRANS_INERROR || t == PQTRANS_ACTIVE;
}

static bool known_type(Oid t)
{
    switch (t) {
    case OID_BOOL:
    case OID_BYTEA:
    case OID_CHAR:
    case OID_NAME:
    case OID_INT8:
    case OID_INT2:
    case OID_INT4:
    case OID_TEXT:
    case OID_OID:
    case OID_BPCHAR:
    case OID_VARCHAR:
        return true;
    default:
        return false;
    }
}

/* SUM(bigint) is numeric here: such a column must be cast, and the first run says so. */
static enum err check_columns(const PGresult *r, const char *name)
{
    for (int i = 0; i < PQnfields(r); i++)
        if (!known_type(PQftype(r, i))) {
            log_error("store.column_type", L_S("stmt", name), L_S("column", PQfname(r, i)), L_I("oid", PQftype(r, i)));
            return ERR_INTERNAL;
        }
    return OK;
}

/* Parameter types come from the first run's arguments: left to itself, the server takes "$1 = 0" for an int4 and
 * then refuses an id. */
static enum err prepare(struct pdb *d, const struct stmt *q, struct args a, char name[24])
{
    static const Oid type_of[] = {[ARG_NULL] = 0, [ARG_I64] = OID_INT8, [ARG_TEXT] = OID_TEXT, [ARG_BLOB] = OID_BYTEA};
    Oid types[MAX_ARGS];
    for (size_t i = 0; i < a.n; i++)
        types[i] = type_of[a.v[i].kind];
    void **at = cache_at(&d->cache, q);
    if (!at)
        return ERR_BUSY;
    if (*at) {
        snprintf(name, 24, "s%lu", (unsigned long)(uintptr_t)*at);
        return OK;
    }
    snprintf(name, 24, "s%lu", (unsigned long)++d->named);
    PGresult *r = PQprepare(d->c, name, q->sql, (int)a.n, types);
    enum err e = PQresultStatus(r) == PGRES_COMMAND_OK ? OK : report(d, r, q->name);
    PQclear(r);
    if (!e)
        *at = (void *)d->named;
    return e;
}

static enum err pg_run(struct db *db, const struct stmt *q, struct args a, struct row *row)
{
    struct pdb *d = self(db);
    char name[24], number[MAX_ARGS][24];
    const char *value[MAX_ARGS];
    int length[MAX_ARGS], binary[MAX_ARGS];
    if (a.n > MAX_ARGS) {
        log_error("store.arguments", L_S("stmt", q->name), L_I("got", a.n));
        return ERR_INTERNAL;
    }
    enum err e = prepare(d, q, a, name);
    if (e)
        return e;
    for (size_t i = 0; i < a.n; i++) {
        const struct arg *v = &a.v[i];
        value[i] = v->kind == ARG_NULL ? NULL : v->p;
        length[i] = (int)v->n;
        binary[i] = v->kind == ARG_BLOB;
        if (v->kind == ARG_BLOB && !v->p)
            value[i] = "";
        if (v->kind == ARG_I64) {
            snprintf(number[i], sizeof number[i], "%lld", (long long)v->i);
            value[i] = number[i];
        }
    }
    PGresult *r = PQexecPrepared(d->c, name, (int)a.n, value, length, binary, 1);
    ExecStatusType st = PQresultStatus(r);
    if (st == PGRES_TUPLES_OK)
        e = check_columns(r, q->name);
    else if (st != PGRES_COMMAND_OK)
        e = report(d, r, q->name);
    if (e) {
        PQclear(r);
        return e;
    }
    row->h = r;
    row->at = -1;
    row->columns = PQnfields(r);
    row->changed = strtoll(PQcmdTuples(r), NULL, 10);
    return OK;
}

static enum err pg_next(struct row *r, bool *more)
{
    *more = ++r->at < PQntuples(r->h);
    return OK;
}

static void pg_end(struct row *r)
{
    PQclear(r->h);
}

static int64_t integer(const char *p, int n)
{
    uint64_t u8;
    uint32_t u4;
    uint16_t u2;
    switch (n) {
    case 8:
        memcpy(&u8, p, 8);
        return (int64_t)be64toh(u8);
    case 4:
        memcpy(&u4, p, 4);
        return (int32_t)be32toh(u4);
    case 2:
        memcpy(&u2, p, 2);
        return (int16_t)be16toh(u2);
    default:
        return *p;
    }
}

static void pg_column(const struct row *r, int col, enum arg_kind as, struct arg *out)
{
    PGresult *h = r->h;
    if (PQgetisnull(h, r->at, col))
        return;
    Oid type = PQftype(h, col);
    out->p = PQgetvalue(h, r->at, col);
    out->n = (size_t)PQgetlength(h, r->at, col);
    out->kind = as == ARG_BLOB ? ARG_BLOB : ARG_TEXT;
    if (type == OID_BOOL || type == OID_INT8 || type == OID_INT4 || type == OID_INT2 || type == OID_OID) {
        out->kind = ARG_I64;
        out->i = integer(out->p, (int)out->n);
    } else if (as == ARG_I64) {
        out->kind = ARG_I64;
        if (!parse_i64_n(out->p, out->n, &out->i))
            out->i = 0; /* as SQLite does */
    }
}

static enum err pg_check(struct db *db, const struct stmt *q)
{
    struct pdb *d = self(db);
    char name[24];
    enum err e = prepare(d, q, NO_ARGS, name);
    if (e)
        return e;
    PGresult *r = PQdescribePrepared(d->c, name);
    e = PQresultStatus(r) == PGRES_COMMAND_OK ? check_columns(r, q->name) : report(d, r, q->name);
    PQclear(r);
    return e;
}

static const char *pg_ddl(const char *token, size_t n)
{
    static const char *const t[][2] = {
        {"ID",                  "BIGINT PRIMARY KEY"                               },
        {"INT",                 "BIGINT"                                           },
        {"BLOB",                "BYTEA"                                            },
        {"KV",                  ""                                                 },
        {"REFUSE_FUNCTION",
         "CREATE FUNCTION anju_refuse() RETURNS trigger LANGUAGE plpgsql AS"
         " 'BEGIN RAISE EXCEPTION ''only ever inserted''; END';"
         " CREATE FUNCTION anju_refuse_above() RETURNS trigger LANGUAGE plpgsql AS"
         " 'BEGIN IF EXISTS (SELECT 1 FROM audit_anchor k WHERE k.company_id = OLD.company_id AND k.until_at > OLD.at)"
         " THEN RETURN OLD; END IF; RAISE EXCEPTION ''only ever inserted''; END'"  },
        {"REFUSE",              "FOR EACH ROW EXECUTE FUNCTION anju_refuse()"      },
        {"REFUSE_ABOVE_ANCHOR", "FOR EACH ROW EXECUTE FUNCTION anju_refuse_above()"}
    };
    for (size_t i = 0; i < COUNT(t); i++)
        if (strlen(t[i][0]) == n && !memcmp(t[i][0], token, n))
            return t[i][1];
    return NULL;
}

static void pg_close(struct db *db)
{
    struct pdb *d = self(db);
    PQfinish(d->c);
    free(d->cache.slot);
    free(d);
}

static void quiet(void *arg, const char *text)
{
    (void)arg, (void)text; /* notices */
}

static struct db *pg_open(const char *url, enum db_mode mode, char *why, size_t cap)
{
    /* What stands before dbname is a default that the URL may override. A primary is asked for, so that after a
     * fail-over a URL with several hosts finds the right one. */
    static const char *const key[] = {"connect_timeout",      "keepalives_idle", "tcp_user_timeout", "application_name",
                                      "target_session_attrs", "dbname",          "client_encoding",  NULL};
    const char *const value[] = {"5", "10",   "15000", "anju", mode == DB_READER ? "any" : "read-write",
                                 url, "UTF8", NULL};
    struct pdb *d = calloc(1, sizeof *d);
    if (!d) {
        snprintf(why, cap, "out of memory");
        return NULL;
    }
    d->base = (struct db){.driver = &pg_driver, .mode = mode};
    d->c = PQconnectdbParams(key, value, 1);
    if (PQstatus(d->c) == CONNECTION_OK) {
        PQsetNoticeProcessor(d->c, quiet, NULL);
        if (mode != DB_NORMAL || pg_script(&d->base, "SET synchronous_commit = off") == OK)
            return &d->base;
    }
    snprintf(why, cap, "%s", PQerrorMessage(d->c));
    pg_close(&d->base);
    return NULL;
}

const struct driver pg_driver = {pg_open, pg_close, pg_ctl,    pg_script, pg_check, pg_run,
                                 pg_next, pg_end,   pg_column, pg_in_txn, pg_ddl,   "ANALYZE"};
