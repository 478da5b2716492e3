/* maint_task.c - reading tasks: who sees which, their results and history, how much is done in time.
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "domain/maint_int.h"

#define COLUMNS                                                                                                        \
    "SELECT t.id, t.company_id, t.project_id, t.version, t.plan_id, t.facility_id, t.route_id, t.slot, t.from_day,"    \
    " t.day, t.due_day, t.holder_id, t.deputy_id, t.fault_type_id, t.escalated, t.told, t.next_at, t.doer_id,"         \
    " t.started_at, t.submitted_at, t.closed_at, t.closed_by, t.skip_by, t.failed, t.labour_min, t.cost_fen,"          \
    " t.created_at, t.statutory, t.scan, t.overdue, t.name, t.skill, t.remind, t.items, t.reason, t.note, t.kind,"     \
    " t.state, f.name, f.code, f.place, a.name, p.name FROM maint_task t JOIN maint_plan p ON p.id = t.plan_id"        \
    " LEFT JOIN facility f ON f.id = t.facility_id LEFT JOIN account a ON a.id = t.holder_id"
STMT(q_load, "maint_task.load", COLUMNS " WHERE t.id = $1");
#define FILTER                                                                                                         \
    " WHERE t.company_id = $1 AND t.project_id = $2 AND ($3 = '' OR t.state = $3) AND ($4 = 0 OR t.plan_id = $4)"      \
    " AND ($5 = 0 OR t.facility_id = $5) AND ($6 = 0 OR t.day >= $6) AND ($7 = 0 OR t.day <= $7)"                      \
    " AND ($8 = 0 OR t.overdue = 1) AND ($9 = 0 OR t.state IN ('scheduled', 'in_progress', 'await_accept'))"           \
    " AND ($10 = 0 OR t.id < $10)"
STMT(q_list, "maint_task.list", COLUMNS FILTER " ORDER BY t.id DESC LIMIT $11");
STMT(q_mine, "maint_task.list_mine",
     COLUMNS FILTER " AND (t.holder_id = $12 OR t.doer_id = $12 OR (t.holder_id = 0 AND t.skill IN"
                    " (SELECT s.skill FROM technician_skill s WHERE s.account_id = $12)))"
                    " ORDER BY t.id DESC LIMIT $11");
STMT(q_skill, "maint_task.skill", "SELECT account_id FROM technician_skill WHERE account_id = $1 AND skill = $2");
STMT(q_results, "maint_task.results",
     "SELECT n, file_id, repair_id, at, value, note, pass FROM maint_result WHERE task_id = $1 ORDER BY n");
STMT(q_history, "maint_task.history",
     "SELECT n, at, event, from_state, to_state, actor, note FROM maint_task_event WHERE task_id = $1 ORDER BY n");
#define SUMS                                                                                                           \
    " COUNT(*), CAST(SUM(CASE WHEN t.state = 'done' THEN 1 ELSE 0 END) AS BIGINT),"                                    \
    " CAST(SUM(CASE WHEN t.state = 'done' AND t.overdue = 0 THEN 1 ELSE 0 END) AS BIGINT),"                            \
    " CAST(SUM(t.overdue) AS BIGINT), CAST(SUM(CASE WHEN t.state = 'skipped' THEN 1 ELSE 0 END) AS BIGINT),"           \
    " CAST(SUM(CASE WHEN t.state IN ('done', 'skipped') THEN 0 ELSE 1 END) AS BIGINT)"
#define SUM_WHERE " WHERE t.company_id = $1 AND t.project_id = $2 AND t.due_day >= $3 AND t.due_day <= $4"
STMT(q_by_plan, "maint_stat.plan",
     "SELECT t.plan_id, p.name," SUMS ", (SELECT COUNT(*) FROM maint_gap g WHERE g.plan_id = t.plan_id AND g.slot >= $3"
     " AND g.slot <= $4) FROM maint_task t JOIN maint_plan p ON p.id = t.plan_id" SUM_WHERE
     " GROUP BY t.plan_id, p.name ORDER BY p.name LIMIT 500");
STMT(q_by_kind, "maint_stat.kind",
     "SELECT t.kind, t.kind," SUMS ", 0 FROM maint_task t" SUM_WHERE " GROUP BY t.kind ORDER BY t.kind LIMIT 500");
STMT(q_by_category, "maint_stat.category",
     "SELECT COALESCE(f.category, ''), COALESCE(f.category, '')," SUMS
     ", 0 FROM maint_task t LEFT JOIN facility f ON f.id = t.facility_id" SUM_WHERE
     " GROUP BY COALESCE(f.category, '') ORDER BY COALESCE(f.category, '') LIMIT 500");
STMT(q_by_person, "maint_stat.person",
     "SELECT t.holder_id, COALESCE(a.name, '')," SUMS
     ", 0 FROM maint_task t LEFT JOIN account a ON a.id = t.holder_id" SUM_WHERE
     " GROUP BY t.holder_id, COALESCE(a.name, '') ORDER BY COALESCE(a.name, '') LIMIT 500");

STMT(q_calendar, "maint_task.calendar",
     "SELECT t.day, t.holder_id, COALESCE(a.name, ''), COUNT(*),"
     " CAST(SUM(CASE WHEN t.state IN ('done', 'skipped') THEN 0 ELSE 1 END) AS BIGINT), CAST(SUM(t.overdue) AS BIGINT)"
     " FROM maint_task t LEFT JOIN account a ON a.id = t.holder_id WHERE t.company_id = $1 AND t.project_id = $2"
     " AND t.day >= $3 AND t.day <= $4 GROUP BY t.day, t.holder_id, COALESCE(a.name, '')"
     " ORDER BY t.day, t.holder_id LIMIT 5000");

static enum err task_row(struct ctx *cx, const struct row *r, void *out)
{
    struct maint_task *t = out;
    int c = 0;
    *t = (struct maint_task){0};
    int64_t *const numbers[] = {&t->id,          &t->company_id, &t->project_id, &t->version,       &t->plan_id,
                                &t->facility_id, &t->route_id,   &t->slot,       &t->from_day,      &t->day,
                                &t->due_day,     &t->holder_id,  &t->deputy_id,  &t->fault_type_id, &t->escalated,
                                &t->told,        &t->next_at,    &t->doer_id,    &t->started_at,    &t->submitted_at,
                                &t->closed_at,   &t->closed_by,  &t->skip_by,    &t->failed,        &t->labour_min,
                                &t->cost_fen,    &t->created_at};
    bool *const flags[] = {&t->statutory, &t->scan, &t->overdue};
    const char **const texts[] = {&t->name, &t->skill, &t->remind, &t->items, &t->reason, &t->note};
    const char **const joined[] = {&t->facility, &t->facility_code, &t->place, &t->holder, &t->plan};
    for (size_t i = 0; i < COUNT(numbers); i++)
        *numbers[i] = row_i64(r, c++);
    for (size_t i = 0; i < COUNT(flags); i++)
        *flags[i] = row_i64(r, c++) != 0;
    for (size_t i = 0; i < COUNT(texts); i++)
        *texts[i] = row_text(cx, r, c++);
    t->kind = str_index(maint_kind_name, MK_COUNT, row_text(cx, r, c++));
    t->state = str_index(maint_task_state_name, TS_COUNT, row_text(cx, r, c++));
    for (size_t i = 0; i < COUNT(joined); i++)
        *joined[i] = row_text(cx, r, c++);
    return OK;
}

enum err maint_task_load(struct ctx *cx, int64_t id, struct maint_task *out)
{
    return db_one(cx, &q_load, ARGS(I64(id)), task_row, out);
}

static enum err actor_of(struct ctx *cx, const struct maint_task *t, unsigned *bits)
{
    int64_t id = 0;
    bool can = false;
    enum err e = OK;
    *bits = 0;
    if (cx->who.roles & ROLES_SETS)
        *bits |= MA_MANAGER | MA_DESK;
    if (cx->who.roles & ROLES_DESK)
        *bits |= MA_DESK;
    if (t->holder_id == cx->who.id)
        *bits |= MA_DOER;
    else if (!t->holder_id && (cx->who.roles & ROLE_TECHNICIAN) && !str_empty(t->skill)) {
        e = db_i64(cx, &q_skill, ARGS(I64(cx->who.id), TXT(t->skill)), &id, &can);
        if (can)
            *bits |= MA_DOER;
    }
    return e;
}

enum err maint_task_get(struct ctx *cx, int64_t id, struct maint_task *out, unsigned *actor)
{
    enum err e = maint_task_load(cx, id, out);
    bool here = !e && out->company_id == cx->who.company_id && out->project_id == cx->who.project_id;
    if (here)
        e = actor_of(cx, out, actor);
    here = here && (*actor || (cx->who.roles & ROLE_AUDITOR) || out->doer_id == cx->who.id);
    return (e && e != ERR_NOT_FOUND) || here ? e : cx_fail(cx, ERR_NOT_FOUND, "id", "维保任务不存在", "no such task");
}

struct tasks {
    maint_task_fn *fn;
    void *arg;
};

static enum err on_task(struct ctx *cx, const struct row *r, void *out)
{
    struct tasks *l = out;
    struct maint_task t;
    enum err e = task_row(cx, r, &t);
    l->fn(l->arg, &t);
    return e;
}

enum err maint_task_list(struct ctx *cx, const struct maint_task_filter *f, maint_task_fn *fn, void *arg)
{
    struct tasks l = {fn, arg};
    bool all = !f->mine && (cx->who.roles & (ROLES_DESK | ROLE_AUDITOR));
    const struct arg v[] = {I64(cx->who.company_id), I64(cx->who.project_id), TXT(or_empty(f->state)),
                            I64(f->plan_id),         I64(f->facility_id),     I64(f->from_day),
                            I64(f->to_day),          I64(f->overdue),         I64(f->open),
                            I64(f->before_id),       I64(f->limit),           I64(cx->who.id)};
    return db_each(cx, all ? &q_list : &q_mine, (struct args){v, all ? 11 : 12}, on_task, &l);
}

/* ---- results and history ---- */

struct results {
    maint_result_fn *fn;
    void *arg;
};

static enum err on_result(struct ctx *cx, const struct row *r, void *out)
{
    struct results *l = out;
    struct maint_result x = {.n = row_i64(r, 0),
                             .file_id = row_i64(r, 1),
                             .repair_id = row_i64(r, 2),
                             .at = row_i64(r, 3),
                             .value = row_text(cx, r, 4),
                             .note = row_text(cx, r, 5),
                             .pass = row_i64(r, 6) != 0};
    l->fn(l->arg, &x);
    return OK;
}

enum err maint_results(struct ctx *cx, int64_t task_id, maint_result_fn *fn, void *arg)
{
    struct results l = {fn, arg};
    return db_each(cx, &q_results, ARGS(I64(task_id)), on_result, &l);
}

struct history {
    maint_task_event_fn *fn;
    void *arg;
};

static enum err on_event(struct ctx *cx, const struct row *r, void *out)
{
    struct history *h = out;
    struct maint_task_event_row e = {row_i64(r, 0),      row_i64(r, 1),      row_text(cx, r, 2), row_text(cx, r, 3),
                                     row_text(cx, r, 4), row_text(cx, r, 5), row_text(cx, r, 6)};
    h->fn(h->arg, &e);
    return OK;
}

enum err maint_task_history(struct ctx *cx, int64_t task_id, maint_task_event_fn *fn, void *arg)
{
    struct history h = {fn, arg};
    return db_each(cx, &q_history, ARGS(I64(task_id)), on_event, &h);
}

/* ---- compliance ---- */

struct stats {
    maint_compliance_fn *fn;
    void *arg;
    bool number;
};

static enum err on_stat(struct ctx *cx, const struct row *r, void *out)
{
    struct stats *l = out;
    struct maint_compliance c = {.key = l->number ? arena_printf(cx->arena, "%lld", (long long)row_i64(r, 0))
                                                  : row_text(cx, r, 0),
                                 .name = row_text(cx, r, 1),
                                 .due = row_i64(r, 2),
                                 .done = row_i64(r, 3),
                                 .in_time = row_i64(r, 4),
                                 .late = row_i64(r, 5),
                                 .skipped = row_i64(r, 6),
                                 .open = row_i64(r, 7),
                                 .gaps = row_i64(r, 8)};
    l->fn(l->arg, &c);
    return OK;
}

enum err maint_stat_compliance(struct ctx *cx, const char *by, int64_t from_day, int64_t to_day,
                               maint_compliance_fn *fn, void *arg)
{
    static const struct {
        const char *by;
        const struct stmt *q;
        bool number;
    } ways[] = {
        {"plan",     &q_by_plan,     true },
        {"kind",     &q_by_kind,     false},
        {"category", &q_by_category, false},
        {"person",   &q_by_person,   true }
    };
    for (size_t i = 0; i < COUNT(ways); i++)
        if (str_eq(ways[i].by, by)) {
            struct stats l = {fn, arg, ways[i].number};
            return db_each(cx, ways[i].q,
                           ARGS(I64(cx->who.company_id), I64(cx->who.project_id), I64(from_day), I64(to_day)), on_stat,
                           &l);
        }
    return cx_fail(cx, ERR_INVALID, "by", "应为 plan、kind、category 或 person", "plan, kind, category or person");
}

/* ---- calendar ---- */

struct loads {
    maint_load_fn *fn;
    void *arg;
};

static enum err on_load(struct ctx *cx, const struct row *r, void *out)
{
    struct loads *l = out;
    struct maint_load x = {.day = row_i64(r, 0),
                           .holder_id = row_i64(r, 1),
                           .holder = row_text(cx, r, 2),
                           .tasks = row_i64(r, 3),
                           .open = row_i64(r, 4),
                           .overdue = row_i64(r, 5)};
    l->fn(l->arg, &x);
    return OK;
}

enum err maint_calendar(struct ctx *cx, int64_t from_day, int64_t to_day, maint_load_fn *fn, void *arg)
{
    struct loads l = {fn, arg};
    return db_each(cx, &q_calendar, ARGS(I64(cx->who.company_id), I64(cx->who.project_id), I64(from_day), I64(to_day)),
                   on_load, &l);
}
