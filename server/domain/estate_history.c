/* estate_history.c - the history of fields. SPDX-License-Identifier: MIT */
#include "domain/estate_history.h"
#include "base/id.h"
#include "platform/store/db.h"

STMT(q_add, "field_change.add",
     "INSERT INTO field_change(id, company_id, project_id, object, object_id, version, field, before, after, reason,"
     " account_id, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)");
STMT(q_list, "field_change.list",
     "SELECT c.id, c.version, c.account_id, c.at, c.field, c.before, c.after, c.reason, COALESCE(a.name, '')"
     " FROM field_change c LEFT JOIN account a ON a.id = c.account_id WHERE c.company_id = $1 AND c.object = $2"
     " AND c.object_id = $3 AND c.id < $4 AND c.project_id = $5 ORDER BY c.id DESC LIMIT $6");

const char *const history_object_name[HISTORY_OBJECTS] = {"project", "building", "unit",      "room",
                                                          "parking", "party",    "party_room"};

void history_text(struct history *h, const char *field, const char *before, const char *after)
{
    struct ctx *cx = h->cx;
    if (h->e || str_eq(before, after))
        return;
    h->e = db_exec(cx, &q_add,
                   ARGS(I64(id_new()), I64(cx->who.company_id), I64(h->project_id), TXT(history_object_name[h->object]),
                        I64(h->object_id), I64(h->version), TXT(field), TXT(before), TXT(after),
                        TXT(or_empty(h->reason)), I64(cx->who.id), I64(cx->now)),
                   NULL);
    h->n++;
}

void history_int(struct history *h, const char *field, int64_t before, int64_t after)
{
    if (before != after)
        history_text(h, field, arena_printf(h->cx->arena, "%lld", (long long)before),
                     arena_printf(h->cx->arena, "%lld", (long long)after));
}

struct listing {
    field_change_fn *fn;
    void *arg;
};

static enum err on_change(struct ctx *cx, const struct row *r, void *out)
{
    struct listing *l = out;
    struct field_change c = {.id = row_i64(r, 0),
                             .version = row_i64(r, 1),
                             .account_id = row_i64(r, 2),
                             .at = row_i64(r, 3),
                             .field = row_text(cx, r, 4),
                             .before = row_text(cx, r, 5),
                             .after = row_text(cx, r, 6),
                             .reason = row_text(cx, r, 7),
                             .account = row_text(cx, r, 8)};
    l->fn(l->arg, &c);
    return OK;
}

enum err history_list(struct ctx *cx, int object, int64_t object_id, int64_t before_id, int64_t limit,
                      field_change_fn *fn, void *arg)
{
    struct listing l = {fn, arg};
    int64_t project = object == HISTORY_PROJECT ? object_id : cx->who.project_id;
    return db_each(cx, &q_list,
                   ARGS(I64(cx->who.company_id), TXT(history_object_name[object]), I64(object_id),
                        I64(before_id ? before_id : INT64_MAX), I64(project), I64(limit)),
                   on_change, &l);
}
