/* finance.c - see finance.h. SPDX-License-Identifier: MIT */
#include "domain/finance.h"
#include "base/id.h"
#include "base/log.h"
#include "domain/audit.h"
#include "platform/events.h"
#include "platform/store/db.h"

STMT(q_add, "finance.add",
     "INSERT INTO finance_alarm(id, company_id, project_id, kind, dedup, text, ref_kind, ref_id, created_at)"
     " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (company_id, dedup) DO NOTHING");
STMT(q_close, "finance.close",
     "UPDATE finance_alarm SET state = 'closed', closed_by = $3, closed_at = $4, reason = $5"
     " WHERE id = $1 AND company_id = $2 AND ($6 = 0 OR project_id IN (0, $6)) AND state = 'open'");
STMT(q_list, "finance.list",
     "SELECT id, project_id, kind, dedup, text, ref_kind, ref_id, state, closed_by, reason, created_at, closed_at"
     " FROM finance_alarm WHERE company_id = $1 AND ($2 = 0 OR project_id = 0 OR project_id = $2)"
     " AND ($3 = '' OR state = $3) AND ($4 = 0 OR id < $4) ORDER BY id DESC LIMIT $5");

enum err finance_alarm_add(struct ctx *cx, const struct finance_alarm *a)
{
    int64_t added = 0;
    enum err e = db_exec(cx, &q_add,
                         ARGS(I64(id_new()), I64(cx->who.company_id), I64(a->project_id), TXT(a->kind), TXT(a->dedup),
                              TXT(a->text), TXT(a->ref_kind ? a->ref_kind : ""), I64(a->ref_id), I64(cx->now)),
                         &added);
    if (e || !added)
        return e;
    log_warn("finance.alarm", L_S("kind", a->kind), L_S("dedup", a->dedup), L_S("text", a->text));
    if (a->project_id)
        cx_emit(cx, topic_board(cx, a->project_id), "finance.alarm",
                arena_printf(cx->arena, "{\"kind\":\"%s\",\"ref_id\":\"%lld\"}", a->kind, (long long)a->ref_id));
    return OK;
}

enum err finance_alarm_close(struct ctx *cx, int64_t id, const char *reason)
{
    enum err e = db_change_one(
        cx, &q_close,
        ARGS(I64(id), I64(cx->who.company_id), I64(cx->who.id), I64(cx->now), TXT(reason), I64(cx->who.project_id)),
        ERR_NOT_FOUND, "待办不存在或已处理", "no such open item");
    return e ? e : audit_add(cx, "finance.close", "finance_alarm", id, NULL, NULL);
}

struct listing {
    finance_alarm_fn *fn;
    void *arg;
};

static enum err on_alarm(struct ctx *cx, const struct row *r, void *out)
{
    struct listing *l = out;
    struct finance_alarm a = {.id = row_i64(r, 0),
                              .project_id = row_i64(r, 1),
                              .kind = row_text(cx, r, 2),
                              .dedup = row_text(cx, r, 3),
                              .text = row_text(cx, r, 4),
                              .ref_kind = row_text(cx, r, 5),
                              .ref_id = row_i64(r, 6),
                              .state = row_text(cx, r, 7),
                              .closed_by = row_i64(r, 8),
                              .reason = row_text(cx, r, 9),
                              .created_at = row_i64(r, 10),
                              .closed_at = row_i64(r, 11)};
    l->fn(l->arg, &a);
    return OK;
}

enum err finance_alarm_list(struct ctx *cx, const char *state, int64_t before, int64_t limit, finance_alarm_fn *fn,
                            void *arg)
{
    struct listing l = {fn, arg};
    return db_each(
        cx, &q_list,
        ARGS(I64(cx->who.company_id), I64(cx->who.project_id), TXT(state ? state : ""), I64(before), I64(limit)),
        on_alarm, &l);
}
