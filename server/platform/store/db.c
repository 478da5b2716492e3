/* db.c - the statement functions of db.h over a driver. SPDX-License-Identifier: MIT */
#include "platform/store/db.h"
#include "base/log.h"
#include "platform/store/driver.h"
#include <stdlib.h>
#include <string.h>

struct arg arg_text(const char *s)
{
    return s ? (struct arg){.kind = ARG_TEXT, .p = s, .n = strlen(s)} : (struct arg){.kind = ARG_NULL};
}

struct arg arg_id(int64_t id)
{
    return id ? I64(id) : (struct arg){.kind = ARG_NULL};
}

/* PostgreSQL refuses every statement after a failed one; here the same rule holds on SQLite, so that code
 * which goes on after an error fails in the first test, on either engine. */
enum err db_verdict(const struct db *db, enum err e)
{
    if (db->failed == ERR_RETRY)
        return ERR_RETRY;
    if (e || !db->failed)
        return e;
    return db->failed == ERR_EXISTS || db->failed == ERR_INVALID ? ERR_INTERNAL : db->failed;
}

static enum err start(struct ctx *cx, const struct stmt *q, struct args a, struct row *r)
{
    struct db *db = cx->db;
    if (!db) {
        log_error("store.no_transaction", L_S("stmt", q->name));
        return ERR_INTERNAL;
    }
    if (db->failed) {
        log_error("store.after_error", L_S("stmt", q->name), L_S("failed", err_wire(db->failed)));
        return db_verdict(db, OK);
    }
    *r = (struct row){.db = db, .name = q->name};
    return db->failed = db->driver->run(db, q, a, r);
}

static enum err next(struct row *r, bool *more)
{
    *more = false;
    enum err e = r->db->driver->next(r, more);
    if (e)
        r->db->failed = e;
    return e;
}

static enum err drain(struct row *r, enum err e)
{
    bool more = r->writes;
    while (!e && more)
        e = next(r, &more);
    r->db->driver->end(r);
    return e;
}

enum err db_exec(struct ctx *cx, const struct stmt *q, struct args a, int64_t *changed)
{
    struct row r;
    bool more = true;
    enum err e = start(cx, q, a, &r);
    if (changed)
        *changed = 0;
    if (e)
        return e;
    while (!e && more)
        e = next(&r, &more);
    if (!e && changed)
        *changed = r.changed;
    r.db->driver->end(&r);
    return e;
}

enum err db_one(struct ctx *cx, const struct stmt *q, struct args a, row_fn *fn, void *out)
{
    struct row r;
    bool more;
    enum err e = start(cx, q, a, &r);
    if (e)
        return e;
    e = next(&r, &more);
    if (!e)
        e = more ? fn(cx, &r, out) : ERR_NOT_FOUND;
    return drain(&r, e);
}

enum err db_each(struct ctx *cx, const struct stmt *q, struct args a, row_fn *fn, void *out)
{
    struct row r;
    bool more;
    enum err e = start(cx, q, a, &r);
    if (e)
        return e;
    while (!(e = next(&r, &more)) && more)
        if ((e = fn(cx, &r, out)) != OK)
            break;
    r.db->driver->end(&r);
    return e;
}

static enum err on_text(struct ctx *cx, const struct row *r, void *out)
{
    *(const char **)out = row_text(cx, r, 0);
    return OK;
}

enum err db_text(struct ctx *cx, const struct stmt *q, struct args a, const char **out)
{
    return db_one(cx, q, a, on_text, out);
}

struct blob {
    const void **p;
    size_t *n;
};

static enum err on_blob(struct ctx *cx, const struct row *r, void *out)
{
    struct blob *b = out;
    *b->p = row_blob(cx, r, 0, b->n);
    return OK;
}

enum err db_blob(struct ctx *cx, const struct stmt *q, struct args a, const void **out, size_t *n)
{
    return db_one(cx, q, a, on_blob, &(struct blob){out, n});
}

static enum err on_pair(struct ctx *cx, const struct row *r, void *out)
{
    int64_t *v = out;
    (void)cx;
    v[0] = row_i64(r, 0);
    v[1] = row_i64(r, 1);
    return OK;
}

enum err db_pair(struct ctx *cx, const struct stmt *q, struct args a, int64_t out[2])
{
    return db_one(cx, q, a, on_pair, out);
}

struct ids {
    int64_t *v;
    size_t n, max;
};

static enum err on_id(struct ctx *cx, const struct row *r, void *out)
{
    struct ids *l = out;
    (void)cx;
    if (l->n < l->max)
        l->v[l->n++] = row_i64(r, 0);
    return OK;
}

enum err db_ids(struct ctx *cx, const struct stmt *q, struct args a, int64_t *ids, size_t max, size_t *n)
{
    struct ids l = {ids, 0, max};
    enum err e = db_each(cx, q, a, on_id, &l);
    *n = l.n;
    return e;
}

struct due {
    int64_t now, *ids, next;
    size_t n, max;
};

static enum err on_due(struct ctx *cx, const struct row *r, void *out)
{
    struct due *d = out;
    int64_t at = row_i64(r, 1);
    (void)cx;
    if (at <= d->now && d->n < d->max)
        d->ids[d->n++] = row_i64(r, 0);
    else if (!d->next)
        d->next = at;
    return OK;
}

enum err db_due(struct ctx *cx, const struct stmt *q, int64_t *ids, size_t max, size_t *n, int64_t *next)
{
    struct due d = {.now = cx->now, .ids = ids, .max = max};
    enum err e = db_each(cx, q, ARGS(I64(max + 1)), on_due, &d);
    *n = d.n;
    *next = d.next;
    return e;
}

enum err db_i64(struct ctx *cx, const struct stmt *q, struct args a, int64_t *out, bool *found)
{
    struct row r;
    bool more;
    enum err e = start(cx, q, a, &r);
    *out = 0;
    if (found)
        *found = false;
    if (e)
        return e;
    e = next(&r, &more);
    if (!e && more)
        *out = row_i64(&r, 0);
    if (!e && found)
        *found = more;
    return drain(&r, e);
}

enum err db_change_one(struct ctx *cx, const struct stmt *q, struct args a, enum err none, const char *zh,
                       const char *en)
{
    int64_t changed;
    enum err e = db_exec(cx, q, a, &changed);
    if (e || changed == 1)
        return e;
    if (changed > 1) {
        log_error("store.changed_many", L_S("stmt", q->name), L_I("rows", changed));
        return ERR_INTERNAL;
    }
    if (!cx->why.zh)
        cx->why = (struct why){.zh = zh, .en = en};
    return none;
}

enum err db_try(struct ctx *cx, const struct stmt *q, struct args a, int64_t *changed)
{
    struct db *db = cx->db;
    if (changed)
        *changed = 0;
    if (!db || db->failed)
        return db_exec(cx, q, a, changed); /* says why it cannot */
    enum err e = db->driver->ctl(db, CTL_TRY);
    if (e)
        return db->failed = e;
    e = db_exec(cx, q, a, changed);
    if (!e)
        return db->failed = db->driver->ctl(db, CTL_TRY_KEEP);
    if (db->failed != ERR_EXISTS && db->failed != ERR_INVALID)
        return e;
    db->failed = db->driver->ctl(db, CTL_TRY_UNDO);
    return db->failed ? db->failed : e;
}

enum err db_learn(struct ctx *cx)
{
    struct db *db = cx->db;
    if (!db->failed && db->driver->learn)
        db->failed = db->driver->script(db, db->driver->learn);
    return db->failed;
}

static void column(const struct row *r, int col, enum arg_kind as, struct arg *out)
{
    *out = (struct arg){.kind = ARG_NULL};
    if (col < 0 || col >= r->columns)
        log_error("store.no_such_column", L_S("stmt", r->name), L_I("column", col));
    else
        r->db->driver->column(r, col, as, out);
}

bool row_null(const struct row *r, int col)
{
    struct arg v;
    column(r, col, ARG_NULL, &v);
    return v.kind == ARG_NULL;
}

int64_t row_i64(const struct row *r, int col)
{
    struct arg v;
    column(r, col, ARG_I64, &v);
    return v.kind == ARG_I64 ? v.i : 0;
}

const char *row_text(struct ctx *cx, const struct row *r, int col)
{
    struct arg v;
    column(r, col, ARG_TEXT, &v);
    if (v.kind == ARG_NULL)
        return NULL;
    if (v.kind == ARG_I64)
        return arena_printf(cx->arena, "%lld", (long long)v.i);
    return arena_strndup(cx->arena, v.p, v.n);
}

const void *row_blob(struct ctx *cx, const struct row *r, int col, size_t *n)
{
    struct arg v;
    column(r, col, ARG_BLOB, &v);
    *n = v.n;
    if (v.kind == ARG_NULL)
        return NULL;
    return v.n ? arena_memdup(cx->arena, v.p, v.n) : arena_alloc(cx->arena, 1);
}

static size_t slot_of(const struct cache *c, const struct stmt *key)
{
    size_t i = (size_t)(((uintptr_t)key >> 4) * UINT64_C(0x9E3779B97F4A7C15) >> 20) & (c->cap - 1);
    while (c->slot[i].key && c->slot[i].key != key)
        i = (i + 1) & (c->cap - 1);
    return i;
}

void **cache_at(struct cache *c, const struct stmt *key)
{
    if (2 * c->used >= c->cap) {
        struct cache big = {.cap = c->cap ? 2 * c->cap : 256, .used = c->used};
        big.slot = calloc(big.cap, sizeof *big.slot);
        if (!big.slot)
            return NULL;
        for (size_t i = 0; i < c->cap; i++)
            if (c->slot[i].key)
                big.slot[slot_of(&big, c->slot[i].key)] = c->slot[i];
        free(c->slot);
        *c = big;
    }
    size_t i = slot_of(c, key);
    if (!c->slot[i].key) {
        c->slot[i].key = key;
        c->used++;
    }
    return &c->slot[i].value;
}

/* The linker collects what STMT lists; the symbols are weak because a program may have no statement. */
extern const struct stmt *const __start_anju_stmt[] __attribute__((weak, visibility("hidden")));
extern const struct stmt *const __stop_anju_stmt[] __attribute__((weak, visibility("hidden")));

size_t stmt_count(void)
{
    uintptr_t from = (uintptr_t)__start_anju_stmt, to = (uintptr_t)__stop_anju_stmt;
    return (to - from) / sizeof(struct stmt *);
}

const struct stmt *stmt_at(size_t i)
{
    return __start_anju_stmt[i];
}
