/* audit_seal.c - the seal of audit rows: hash(n) = HMAC(key, hash(n-1) | canonical row). SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/id.h"
#include "domain/audit.h"
#include "platform/crypto/crypto.h"
#include "platform/store/db.h"
#include <string.h>

#define LATE_MS HOUR_MS /* no transaction commits later than this after its rows got their ids */

STMT(q_last_seal, "audit.last_seal",
     "SELECT n, audit_id, hash FROM audit_seal WHERE company_id = $1 ORDER BY n DESC LIMIT 1");
STMT(q_anchor, "audit.anchor", "SELECT n, 0, hash FROM audit_anchor WHERE company_id = $1");
#define ROW_COLUMNS                                                                                                    \
    "a.id, a.company_id, a.project_id, a.account_id, a.action, a.object, a.object_id, a.before, a.after, a.ip,"        \
    " a.request_id, a.at"
/* Not "id > last sealed": on PostgreSQL a smaller id may commit a little later. */
STMT(q_unsealed, "audit.unsealed",
     "SELECT " ROW_COLUMNS " FROM audit a WHERE a.company_id = $1 AND a.id > $2"
     " AND NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.audit_id = a.id) ORDER BY a.id LIMIT $3");
STMT(q_seal, "audit.seal", "INSERT INTO audit_seal(company_id, n, audit_id, hash) VALUES ($1, $2, $3, $4)");
STMT(q_sealed, "audit.sealed",
     "SELECT " ROW_COLUMNS ", s.n, s.hash, s.audit_id FROM audit_seal s LEFT JOIN audit a ON a.id = s.audit_id"
     " WHERE s.company_id = $1 ORDER BY s.n");
STMT(q_stray, "audit.stray",
     "SELECT COALESCE(MIN(a.id), 0) FROM audit a WHERE a.company_id = $1 AND a.id < $2"
     " AND NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.audit_id = a.id)");
STMT(q_companies, "audit.companies",
     "SELECT c.id, COALESCE((SELECT s.audit_id FROM audit_seal s WHERE s.company_id = c.id ORDER BY s.n DESC LIMIT 1), "
     "0)"
     " FROM company c ORDER BY c.id");
STMT(q_any, "audit.any_unsealed",
     "SELECT COALESCE((SELECT a.id FROM audit a WHERE a.company_id = $1 AND a.id > $2"
     " AND NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.audit_id = a.id) LIMIT 1), 0)");
STMT(q_front, "audit.front",
     "SELECT s.n, s.hash, a.at FROM audit_seal s JOIN audit a ON a.id = s.audit_id WHERE s.company_id = $1 AND s.n > $2"
     " ORDER BY s.n LIMIT $3");
STMT(q_anchor_put, "audit.anchor_put",
     "INSERT INTO audit_anchor(company_id, n, hash, until_at, removed, at) VALUES ($1, $2, $3, $4, $5, $6)"
     " ON CONFLICT (company_id) DO UPDATE SET n = excluded.n, hash = excluded.hash, until_at = CASE WHEN"
     " excluded.until_at > audit_anchor.until_at THEN excluded.until_at ELSE audit_anchor.until_at END,"
     " removed = audit_anchor.removed + excluded.removed, at = excluded.at");
STMT(q_drop_rows, "audit.drop_rows",
     "DELETE FROM audit WHERE company_id = $1 AND id IN (SELECT audit_id FROM audit_seal WHERE company_id = $1 AND n "
     "<= $2)");
STMT(q_drop_seals, "audit.drop_seals", "DELETE FROM audit_seal WHERE company_id = $1 AND n <= $2");

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

struct seal_state {
    int64_t n, bad, rows, last_id;
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
    s->last_id = row_i64(r, 1);
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

/* The newest link; with none, the anchor; with none, the beginning of everything. */
static enum err newest(struct ctx *cx, int64_t company_id, struct seal_state *s)
{
    enum err e = db_one(cx, &q_last_seal, ARGS(I64(company_id)), on_last, s);
    if (e == ERR_NOT_FOUND)
        e = db_one(cx, &q_anchor, ARGS(I64(company_id)), on_last, s);
    return e == ERR_NOT_FOUND ? OK : e;
}

static int64_t floor_of(int64_t last_id, bool all)
{
    return all || !last_id ? 0 : id_at(id_time_ms(last_id) - LATE_MS);
}

enum err audit_seal(struct ctx *cx, int64_t company_id, int64_t max, bool all, int64_t *sealed)
{
    struct seal_state s = {0};
    s.todo = arena_alloc(cx->arena, (size_t)max * sizeof *s.todo);
    enum err e = newest(cx, company_id, &s);
    if (!e)
        e = db_each(cx, &q_unsealed, ARGS(I64(company_id), I64(floor_of(s.last_id, all)), I64(max)), on_unsealed, &s);
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

enum err audit_verify(struct ctx *cx, int64_t company_id, struct audit_report *out)
{
    struct seal_state s = {0}, last = {0};
    *out = (struct audit_report){0};
    enum err e = db_one(cx, &q_anchor, ARGS(I64(company_id)), on_last, &s);
    if (!e || e == ERR_NOT_FOUND)
        e = db_each(cx, &q_sealed, ARGS(I64(company_id)), on_sealed, &s);
    if (!e)
        e = newest(cx, company_id, &last);
    if (!e)
        e = db_i64(cx, &q_stray, ARGS(I64(company_id), I64(floor_of(last.last_id, false))), &out->stray, NULL);
    out->rows = s.rows;
    out->bad = s.bad;
    out->head_n = s.n;
    memcpy(out->head, s.hash, 32);
    return e;
}

#define COMPANIES 4096 /* looked at in one go */
struct companies {
    struct {
        int64_t id, last_sealed;
    } v[COMPANIES];
    size_t n;
};

static enum err on_company(struct ctx *cx, const struct row *r, void *out)
{
    struct companies *c = out;
    (void)cx;
    if (c->n < COMPANIES) {
        c->v[c->n].id = row_i64(r, 0);
        c->v[c->n++].last_sealed = row_i64(r, 1);
    }
    return OK;
}

enum err audit_unsealed(struct ctx *cx, bool all, void (*fn)(void *arg, int64_t company_id), void *arg)
{
    struct companies *c = arena_alloc(cx->arena, sizeof *c);
    enum err e = db_each(cx, &q_companies, NO_ARGS, on_company, c);
    for (size_t i = 0; i < c->n && !e; i++) {
        int64_t any = 0;
        e = db_i64(cx, &q_any, ARGS(I64(c->v[i].id), I64(floor_of(c->v[i].last_sealed, all))), &any, NULL);
        if (!e && any)
            fn(arg, c->v[i].id);
    }
    return e;
}

/* ---- letting go ---- */

struct front {
    int64_t before, n, count, at;
    uint8_t hash[32];
    bool done;
};

static enum err on_front(struct ctx *cx, const struct row *r, void *out)
{
    struct front *f = out;
    size_t n = 0;
    int64_t at = row_i64(r, 2);
    if (f->done || at >= f->before) {
        f->done = true;
        return OK;
    }
    const void *h = row_blob(cx, r, 1, &n);
    if (n != 32)
        return ERR_INTERNAL;
    memcpy(f->hash, h, 32);
    f->n = row_i64(r, 0);
    f->at = at > f->at ? at : f->at;
    f->count++;
    return OK;
}

enum err audit_prune(struct ctx *cx, int64_t company_id, int64_t before, int64_t max, int64_t *removed)
{
    struct seal_state s = {0};
    struct front f = {.before = before};
    *removed = 0;
    enum err e = db_one(cx, &q_anchor, ARGS(I64(company_id)), on_last, &s);
    if (!e || e == ERR_NOT_FOUND)
        e = db_each(cx, &q_front, ARGS(I64(company_id), I64(s.n), I64(max)), on_front, &f);
    if (e || !f.count)
        return e;
    e = db_exec(cx, &q_anchor_put,
                ARGS(I64(company_id), I64(f.n), BLOB(f.hash, 32), I64(f.at + 1), I64(f.count), I64(cx->now)), NULL);
    if (!e)
        e = db_exec(cx, &q_drop_rows, ARGS(I64(company_id), I64(f.n)), NULL);
    if (!e)
        e = db_exec(cx, &q_drop_seals, ARGS(I64(company_id), I64(f.n)), NULL);
    *removed = f.count;
    return e;
}
