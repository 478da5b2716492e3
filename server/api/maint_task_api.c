/* maint_task_api.c - HTTP face of maintenance tasks. SPDX-License-Identifier: MIT */
#include "api/fee_api.h"
#include "base/clock.h"
#include "domain/maint.h"

static void task_to_json(struct jw *w, const struct maint_task *t)
{
    jw_obj(w);
    kv_id(w, "id", t->id);
    kv_id(w, "plan_id", t->plan_id);
    kv_str(w, "name", t->name);
    kv_str(w, "kind", maint_kind_name[t->kind]);
    kv_id(w, "facility_id", t->facility_id);
    kv_str(w, "facility", t->facility);
    kv_str(w, "facility_code", t->facility_code);
    kv_str(w, "place", t->place);
    kv_id(w, "route_id", t->route_id);
    kv_int(w, "slot", t->slot);
    kv_int(w, "from_day", t->from_day);
    kv_int(w, "day", t->day);
    kv_int(w, "due_day", t->due_day);
    kv_bool(w, "statutory", t->statutory);
    kv_bool(w, "scan", t->scan);
    kv_str(w, "skill", t->skill);
    kv_id(w, "holder_id", t->holder_id);
    kv_str(w, "holder", t->holder);
    kv_str(w, "state", maint_task_state_name[t->state]);
    kv_bool(w, "overdue", t->overdue);
    kv_bool(w, "skip_asked", t->skip_by && t->state == TS_SCHEDULED);
    kv_str(w, "reason", t->reason);
    kv_str(w, "note", t->note);
    kv_int(w, "failed", t->failed);
    kv_int(w, "labour_min", t->labour_min);
    kv_int(w, "cost_fen", t->cost_fen);
    kv_time(w, "started_at", t->started_at);
    kv_time(w, "submitted_at", t->submitted_at);
    kv_time(w, "closed_at", t->closed_at);
    kv_int(w, "version", t->version);
    jw_end(w);
}

static void one_task(void *arg, const struct maint_task *t)
{
    struct page *p = arg;
    task_to_json(&p->w, t);
    page_row(p, t->id);
}

static enum err h_list(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct maint_task_filter f = {0};
    struct page p = {.n = 0};
    int64_t mine = 0, overdue = 0, open = 0;
    enum err e = query_word(cx, rq, "state", maint_task_state_name, TS_COUNT, &f.state);
    if (!e)
        e = query_id(cx, rq, "plan_id", &f.plan_id);
    if (!e)
        e = query_id(cx, rq, "facility_id", &f.facility_id);
    if (!e)
        e = query_i64(cx, rq, "from", 19000101, 99991231, 0, &f.from_day);
    if (!e)
        e = query_i64(cx, rq, "to", 19000101, 99991231, 0, &f.to_day);
    if (!e)
        e = query_i64(cx, rq, "mine", 0, 1, 0, &mine);
    if (!e)
        e = query_i64(cx, rq, "overdue", 0, 1, 0, &overdue);
    if (!e)
        e = query_i64(cx, rq, "open", 0, 1, 0, &open);
    if (!e)
        e = page_open(cx, rq, &p);
    f.mine = mine;
    f.overdue = overdue;
    f.open = open;
    f.before_id = p.before;
    f.limit = p.limit;
    if (!e)
        e = maint_task_list(cx, &f, one_task, &p);
    return page_close(rs, &p, e);
}

static void one_result(void *arg, const struct maint_result *r)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_int(w, "n", r->n);
    kv_str(w, "value", r->value);
    kv_bool(w, "pass", r->pass);
    kv_str(w, "note", r->note);
    kv_id(w, "file_id", r->file_id);
    kv_id(w, "repair_id", r->repair_id);
    kv_time(w, "at", r->at);
    jw_end(w);
}

static void one_event(void *arg, const struct maint_task_event_row *e)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_int(w, "n", e->n);
    kv_str(w, "event", e->event);
    kv_str(w, "from", e->from);
    kv_str(w, "to", e->to);
    kv_str(w, "by", e->actor);
    kv_str(w, "note", e->note);
    kv_time(w, "at", e->at);
    jw_end(w);
}

static void one_check(void *arg, const struct maint_check *c)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_id(w, "point_id", c->point_id);
    kv_int(w, "n", c->n);
    kv_str(w, "name", c->name);
    kv_time(w, "from", c->from_at);
    kv_time(w, "to", c->to_at);
    kv_str(w, "state", c->state);
    kv_time(w, "at", c->at);
    kv_str(w, "by", c->by);
    kv_int(w, "away_m", c->away_m);
    kv_bool(w, "ok", c->ok);
    kv_str(w, "note", c->note);
    kv_id(w, "repair_id", c->repair_id);
    jw_end(w);
}

static enum err h_get(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct maint_task t;
    struct jw w;
    unsigned actor = 0;
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = maint_task_get(cx, id, &t, &actor);
    if (e)
        return e;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    jw_key(&w, "task");
    task_to_json(&w, &t);
    kv_raw(&w, "items", t.items);
    jw_key(&w, "results");
    jw_arr(&w);
    e = maint_results(cx, id, one_result, &w);
    jw_arr_end(&w);
    jw_key(&w, "points");
    jw_arr(&w);
    if (!e)
        e = maint_checks(cx, id, one_check, &w);
    jw_arr_end(&w);
    jw_key(&w, "history");
    jw_arr(&w);
    if (!e)
        e = maint_task_history(cx, id, one_event, &w);
    jw_arr_end(&w);
    kv_actions(&w, &maint_task_fsm, (unsigned)t.state, actor);
    jw_end(&w);
    reply_etag(cx, rs, t.version);
    return e ? e : reply_json(rs, 200, &w);
}

/* ---- acting ---- */

struct act_in {
    const char *note, *token;
    int64_t account_id, labour_min, cost_fen;
    struct json_list answers;
};
static const struct field answer_fields[] = {
    FIELD_I64(struct maint_answer, n, 1, MAINT_ITEMS), OPT_STR(struct maint_answer, value, 0, 500),
    OPT_STR(struct maint_answer, note, 0, 200), OPT_ID(struct maint_answer, file_id)};
static const struct field act_fields[] = {
    OPT_TEXT(struct act_in, note, 0, 500),
    OPT_RAW(struct act_in, token, 1, 64),
    OPT_ID(struct act_in, account_id),
    OPT_I64(struct act_in, labour_min, 0, 100000),
    OPT_I64(struct act_in, cost_fen, 0, 10000000000),
    OPT_LIST(struct act_in, answers, answer_fields, struct maint_answer, MAINT_ITEMS)};

static enum err h_act(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct act_in in = {0};
    struct maint_task t;
    struct jw w;
    int64_t id = 0;
    int ev = str_index(maint_task_event_name, TE_COUNT, rq->arg[1]);
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = BODY(cx, rq, act_fields, &in);
    if (!e && ev < 0)
        e = cx_fail(cx, ERR_NOT_FOUND, "action", "没有该操作", "no such action");
    if (e)
        return e;
    struct maint_step s = {.event = (enum maint_task_event)ev,
                           .version = rq->if_match,
                           .target_id = in.account_id,
                           .labour_min = in.labour_min,
                           .cost_fen = in.cost_fen,
                           .note = in.note,
                           .token = in.token,
                           .answers = in.answers.p,
                           .nanswers = in.answers.n};
    if (ev == TE_TRANSFER && !in.account_id)
        return cx_fail(cx, ERR_INVALID, "account_id", "请选择人员", "choose a person");
    if ((e = maint_task_act(cx, id, &s, &t)) != OK)
        return e;
    jw_init(&w, cx->arena);
    task_to_json(&w, &t);
    reply_etag(cx, rs, t.version);
    return reply_json(rs, 200, &w);
}

/* ---- compliance ---- */

static void one_compliance(void *arg, const struct maint_compliance *c)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_str(w, "key", c->key);
    kv_str(w, "name", c->name);
    kv_int(w, "due", c->due);
    kv_int(w, "done", c->done);
    kv_int(w, "in_time", c->in_time);
    kv_int(w, "late", c->late);
    kv_int(w, "skipped", c->skipped);
    kv_int(w, "open", c->open);
    kv_int(w, "gaps", c->gaps);
    kv_int(w, "rate_e4", c->due ? c->in_time * 10000 / c->due : 10000);
    jw_end(w);
}

static enum err h_compliance(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw w;
    const char *by = NULL;
    int64_t from = 0, to = 0;
    int32_t today = clock_day(cx->now);
    enum err e = query_text(cx, rq, "by", &by);
    if (!e)
        e = query_i64(cx, rq, "from", 19000101, 99991231, clock_day_add(today, -30), &from);
    if (!e)
        e = query_i64(cx, rq, "to", 19000101, 99991231, today, &to);
    list_open(cx, &w);
    if (!e)
        e = maint_stat_compliance(cx, by ? by : "plan", from, to, one_compliance, &w);
    return list_close(rs, &w, e);
}

static void one_load(void *arg, const struct maint_load *l)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_int(w, "day", l->day);
    kv_id(w, "holder_id", l->holder_id);
    kv_str(w, "holder", l->holder);
    kv_int(w, "tasks", l->tasks);
    kv_int(w, "open", l->open);
    kv_int(w, "overdue", l->overdue);
    jw_end(w);
}

static enum err h_calendar(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw w;
    int64_t from = 0, to = 0;
    int32_t today = clock_day(cx->now);
    enum err e = query_i64(cx, rq, "from", 19000101, 99991231, today, &from);
    if (!e)
        e = query_i64(cx, rq, "to", 19000101, 99991231, clock_day_add(today, 30), &to);
    list_open(cx, &w);
    if (!e)
        e = maint_calendar(cx, from, to, one_load, &w);
    return list_close(rs, &w, e);
}

#define WHO_STATS (ROLES_DESK | ROLE_AUDITOR)
#define WHO_SEES  (WHO_STATS | ROLE_TECHNICIAN)
#define WHO_ACTS  (ROLES_DESK | ROLE_TECHNICIAN)
/* clang-format off */
static const struct route rows[] = {
    {M_GET,  "/api/v1/maint-tasks",               h_list,       LANE_READ,  WHO_SEES,  SCOPE_PROJECT, 0,     0,             "listMaintTasks"},
    {M_GET,  "/api/v1/maint-tasks/compliance",    h_compliance, LANE_READ,  WHO_STATS, SCOPE_PROJECT, 0,     0,             "maintCompliance"},
    {M_GET,  "/api/v1/maint-tasks/calendar",      h_calendar,   LANE_READ,  WHO_STATS, SCOPE_PROJECT, 0,     0,             "maintCalendar"},
    {M_GET,  "/api/v1/maint-tasks/{id}",          h_get,        LANE_READ,  WHO_SEES,  SCOPE_PROJECT, 0,     0,             "getMaintTask"},
    {M_POST, "/api/v1/maint-tasks/{id}/{action}", h_act,        LANE_WRITE, WHO_ACTS,  SCOPE_PROJECT, 65536, RF_IDEMPOTENT, "actOnMaintTask"},
};
/* clang-format on */
const struct route_set maint_task_routes = {rows, COUNT(rows)};
