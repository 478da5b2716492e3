/* audit.c - audit rows and their seal: hash(n) = HMAC(key, hash(n-1) | canonical row).
 * SPDX-License-Identifier: MIT */
#include "domain/audit.h"
#include "base/id.h"
#include "platform/crypto/crypto.h"
#include "platform/store/db.h"
#include <string.h>

STMT(q_add, "audit.add",
     "INSERT INTO audit(id, company_id, project_id, account_id, action, object, object_id, before, after, ip,"
     " request_id, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)");
STMT(q_last_seal, "audit.last_seal",
     "SELECT n, audit_id, hash FROM audit_seal WHERE company_id = $1 ORDER BY n DESC LIMIT 1");
#define ROW_COLUMNS                                                                                                    \
    "a.id, a.company_id, a.project_id, a.account_id, a.action, a.object, a.object_id, a.before, a.after, a.ip,"        \
    " a.request_id, a.at"
/* Not "id > last sealed": on PostgreSQL a smaller id may commit later. */
STMT(q_unsealed, "audit.unsealed",
     "SELECT " ROW_COLUMNS " FROM audit a LEFT JOIN audit_seal s ON s.audit_id = a.id"
     " WHERE a.company_id = $1 AND s.audit_id IS NULL ORDER BY a.id LIMIT $2");
STMT(q_seal, "audit.seal", "INSERT INTO audit_seal(company_id, n, audit_id, hash) VALUES ($1, $2, $3, $4)");
STMT(q_sealed, "audit.sealed",
     "SELECT " ROW_COLUMNS ", s.n, s.hash, s.audit_id FROM audit_seal s LEFT JOIN audit a ON a.id = s.audit_id"
     " WHERE s.company_id = $1 ORDER BY s.n");
STMT(q_list, "audit.list",
     "SELECT a.id, a.account_id, a.action, a.object, a.object_id, a.before, a.after, a.ip, a.request_id, a.at,"
     " COALESCE(c.name, '') FROM audit a LEFT JOIN account c ON c.id = a.account_id WHERE a.company_id = $1"
     " AND ($2 = '' OR a.object = $2) AND ($3 = 0 OR a.account_id = $3) AND ($4 = 0 OR a.id < $4)"
     " ORDER BY a.id DESC LIMIT $5");
STMT(q_companies, "audit.companies",
     "SELECT DISTINCT a.company_id FROM audit a LEFT JOIN audit_seal s ON s.audit_id = a.id WHERE s.audit_id IS NULL");

struct audit_row {
    int64_t id, company, project, account, object_id, at;
    const char *action, *object, *before, *after, *ip, *request;
};

static void read_row(struct ctx *cx, const struct row *r, struct audit_row *o)
{
    *o = (struct audit_row){.id = row_i64(r, 0),
                            .company = row_i64(r, 1),
                            .project = row_i64(r, 2),
                            .account = row_i64(r, 3),
                            .action = row_text(cx, r, 4),
                            .object = row_text(cx, r, 5),
                            .object_id = row_i64(r, 6),
                            .before = row_text(cx, r, 7),
                            .after = row_text(cx, r, 8),
                            .ip = row_text(cx, r, 9),
                            .request = row_text(cx, r, 10),
                            .at = row_i64(r, 11)};
}

static void put(struct buf *b, const char *s)
{
    if (s)
        buf_printf(b, "%zu:%s|", strlen(s), s); /* length first: no two rows have one canonical form */
    else
        buf_str(b, "-|");
}

static void chain(struct arena *a, const uint8_t prev[32], const struct audit_row *o, uint8_t out[32])
{
    struct buf b;
    buf_init(&b, a);
    buf_add(&b, prev, 32);
    buf_printf(&b, "%lld|%lld|%lld|%lld|%lld|%lld|", (long long)o->id, (long long)o->company, (long long)o->project,
               (long long)o->account, (long long)o->object_id, (long long)o->at);
    put(&b, o->action);
    put(&b, o->object);
    put(&b, o->before);
    put(&b, o->after);
    put(&b, o->ip);
    put(&b, o->request);
    hmac_sha256(crypto_key(KEY_AUDIT), 32, b.p, b.n, out);
}

enum err audit_add(struct ctx *cx, const char *action, const char *object, int64_t object_id, const char *before,
                   const char *after)
{
    return db_exec(cx, &q_add,
                   ARGS(I64(id_new()), I64(cx->who.company_id), I64(cx->who.project_id), I64(cx->who.id), TXT(action),
                        TXT(object), I64(object_id), TXT(before), TXT(after), TXT(cx->ip), TXT(cx->request_id),
                        I64(cx->now)),
                   NULL);
}

struct listing {
    audit_fn *fn;
    void *arg;
};

static enum err on_listed(struct ctx *cx, const struct row *r, void *out)
{
    struct listing *l = out;
    struct audit_entry a = {.id = row_i64(r, 0),
                            .account_id = row_i64(r, 1),
                            .action = row_text(cx, r, 2),
                            .object = row_text(cx, r, 3),
                            .object_id = row_i64(r, 4),
                            .before = row_text(cx, r, 5),
                            .after = row_text(cx, r, 6),
                            .ip = row_text(cx, r, 7),
                            .request_id = row_text(cx, r, 8),
                            .at = row_i64(r, 9),
                            .account = row_text(cx, r, 10)};
    l->fn(l->arg, &a);
    return OK;
}

enum err audit_list(struct ctx *cx, const char *object, int64_t account_id, int64_t before_id, int64_t limit,
                    audit_fn *fn, void *arg)
{
    struct listing l = {fn, arg};
    return db_each(cx, &q_list, ARGS(I64(cx->who.company_id), TXT(object), I64(account_id), I64(before_id), I64(limit)),
                   on_listed, &l);
}

struct seal_state {
    int64_t n, bad, rows;
    uint8_t hash[32];
    struct {
        int64_t id;
        uint8_t hash[32];
    } * todo;
    int64_t count;
};

static enum err on_last(struct ctx *cx, const struct row *r, void *out)
{
    struct seal_state *s = out;
    size_t n = 0;
    const void *h = row_blob(cx, r, 2, &n);
    s->n = row_i64(r, 0);
    if (n != 32)
        return ERR_INTERNAL;
    memcpy(s->hash, h, 32);
    return OK;
}

static enum err on_unsealed(struct ctx *cx, const struct row *r, void *out)
{
    struct seal_state *s = out;
    struct audit_row o;
    read_row(cx, r, &o);
    chain(cx->arena, s->hash, &o, s->hash);
    s->todo[s->count].id = o.id;
    memcpy(s->todo[s->count++].hash, s->hash, 32);
    return OK;
}

enum err audit_seal(struct ctx *cx, int64_t company_id, int64_t max, int64_t *sealed)
{
    struct seal_state s = {0};
    s.todo = arena_alloc(cx->arena, (size_t)max * sizeof *s.todo);
    enum err e = db_one(cx, &q_last_seal, ARGS(I64(company_id)), on_last, &s);
    if (e && e != ERR_NOT_FOUND)
        return e;
    e = db_each(cx, &q_unsealed, ARGS(I64(company_id), I64(max)), on_unsealed, &s);
    for (int64_t i = 0; i < s.count && !e; i++)
        e = db_exec(cx, &q_seal, ARGS(I64(company_id), I64(s.n + 1 + i), I64(s.todo[i].id), BLOB(s.todo[i].hash, 32)),
                    NULL);
    *sealed = s.count;
    return e;
}

static enum err on_sealed(struct ctx *cx, const struct row *r, void *out)
{
    struct seal_state *s = out;
    struct audit_row o;
    uint8_t want[32];
    size_t n = 0;
    if (s->bad)
        return OK;
    const void *have = row_blob(cx, r, 13, &n);
    s->rows++;
    if (row_null(r, 0) || row_i64(r, 12) != s->n + 1 || n != 32) { /* row removed, or a link of the chain */
        s->bad = row_i64(r, 14);
        return OK;
    }
    read_row(cx, r, &o);
    chain(cx->arena, s->hash, &o, want);
    if (!crypto_equal(want, have, 32))
        s->bad = o.id;
    memcpy(s->hash, want, 32);
    s->n++;
    return OK;
}

enum err audit_verify(struct ctx *cx, int64_t company_id, int64_t *rows, int64_t *bad)
{
    struct seal_state s = {0};
    enum err e = db_each(cx, &q_sealed, ARGS(I64(company_id)), on_sealed, &s);
    *rows = s.rows;
    *bad = s.bad;
    return e;
}

struct each_company {
    void (*fn)(void *, int64_t);
    void *arg;
};

static enum err on_company(struct ctx *cx, const struct row *r, void *out)
{
    struct each_company *e = out;
    (void)cx;
    e->fn(e->arg, row_i64(r, 0));
    return OK;
}

enum err audit_unsealed(struct ctx *cx, void (*fn)(void *arg, int64_t company_id), void *arg)
{
    struct each_company e = {fn, arg};
    return db_each(cx, &q_companies, NO_ARGS, on_company, &e);
}
