/* outbox.c - see outbox.h. SPDX-License-Identifier: MIT */
#include "domain/outbox.h"
#include "base/clock.h"
#include "base/id.h"
#include "platform/store/db.h"

#define DEAD_AFTER 10

STMT(q_add, "outbox.add",
     "INSERT INTO outbox(id, kind, ref, version, company_id, project_id, payload, created_at, attempts, next_at, "
     "last_error)"
     " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, $8, '')");
STMT(q_carry, "outbox.carry", "UPDATE outbox SET version = $4 WHERE kind = $1 AND ref = $2 AND version = $3");
STMT(q_due, "outbox.due",
     "SELECT id, ref, version, company_id, project_id, attempts, kind, payload FROM outbox"
     " WHERE kind = $1 AND next_at <= $2 ORDER BY next_at, id LIMIT $3");
STMT(q_delete, "outbox.delete", "DELETE FROM outbox WHERE id = $1");
STMT(q_retry, "outbox.retry", "UPDATE outbox SET attempts = attempts + 1, next_at = $2, last_error = $3 WHERE id = $1");

static void (*waker)(unsigned what);

void outbox_set_waker(void (*fn)(unsigned what))
{
    waker = fn;
}

static void wake(void *what)
{
    if (waker)
        waker((unsigned)(uintptr_t)what);
}

void outbox_wake(struct ctx *cx, unsigned what)
{
    cx_after(cx, wake, NULL, (void *)(uintptr_t)what);
}

enum err outbox_add(struct ctx *cx, const char *kind, int64_t ref, int64_t version, int64_t project_id,
                    const char *payload)
{
    outbox_wake(cx, str_eq(kind, "dispatch") ? WAKE_RELAY : WAKE_MONEY);
    return db_exec(cx, &q_add,
                   ARGS(I64(id_new()), TXT(kind), I64(ref), I64(version), I64(cx->who.company_id), I64(project_id),
                        TXT(payload ? payload : "{}"), I64(cx->now)),
                   NULL);
}

enum err outbox_carry(struct ctx *cx, const char *kind, int64_t ref, int64_t from, int64_t to)
{
    return db_exec(cx, &q_carry, ARGS(TXT(kind), I64(ref), I64(from), I64(to)), NULL);
}

struct due {
    struct outbox_row *v;
    size_t n;
};

static enum err on_due(struct ctx *cx, const struct row *r, void *out)
{
    struct due *d = out;
    d->v[d->n++] = (struct outbox_row){.id = row_i64(r, 0),
                                       .ref = row_i64(r, 1),
                                       .version = row_i64(r, 2),
                                       .company_id = row_i64(r, 3),
                                       .project_id = row_i64(r, 4),
                                       .attempts = row_i64(r, 5),
                                       .kind = row_text(cx, r, 6),
                                       .payload = row_text(cx, r, 7)};
    return OK;
}

enum err outbox_due(struct ctx *cx, const char *kind, size_t max, struct outbox_row **rows, size_t *n)
{
    struct due d = {arena_alloc(cx->arena, max * sizeof *d.v), 0};
    enum err e = db_each(cx, &q_due, ARGS(TXT(kind), I64(cx->now), I64(max)), on_due, &d);
    *rows = d.v;
    *n = d.n;
    return e;
}

enum err outbox_delete(struct ctx *cx, int64_t id)
{
    return db_exec(cx, &q_delete, ARGS(I64(id)), NULL);
}

enum err outbox_retry(struct ctx *cx, const struct outbox_row *row, const char *error)
{
    int64_t wait =
        row->attempts + 1 >= DEAD_AFTER ? 3650 * DAY_MS : SECOND_MS << (row->attempts < 8 ? row->attempts : 8);
    return db_exec(cx, &q_retry, ARGS(I64(row->id), I64(cx->now + wait), TXT(error)), NULL);
}
