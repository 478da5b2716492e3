/* complaint_handle_api.c - HTTP face of what only staff does with complaints. SPDX-License-Identifier: MIT */
#include "api/route.h"
#include "base/clock.h"
#include "domain/complaint.h"

static enum err h_identity(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct complaint_identity who;
    struct jw w;
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = complaint_identity(cx, id, &who);
    if (e)
        return e;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    kv_id(&w, "account_id", who.account_id);
    kv_str(&w, "name", who.name);
    kv_str(&w, "phone", who.phone);
    kv_str(&w, "room", who.room);
    jw_end(&w);
    return reply_json(rs, 200, &w);
}

static enum err h_counts(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct complaint_counts n;
    struct jw w;
    (void)rq;
    enum err e = complaint_counts(cx, &n);
    if (e)
        return e;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    kv_int(&w, "waiting", n.waiting);
    kv_int(&w, "working", n.working);
    kv_int(&w, "resolved", n.resolved);
    kv_int(&w, "overdue", n.overdue);
    kv_int(&w, "mine", n.mine);
    jw_end(&w);
    return reply_json(rs, 200, &w);
}

static void one_stat(void *arg, const struct complaint_stat *s)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_str(w, "key", s->key);
    kv_int(w, "complaints", s->n);
    kv_int(w, "closed", s->closed);
    kv_int(w, "overdue", s->overdue);
    kv_int(w, "overdue_e4", s->overdue * 10000 / s->n);
    kv_int(w, "reopened", s->reopened);
    kv_int(w, "reopened_e4", s->reopened * 10000 / s->n);
    kv_int(w, "escalated", s->escalated);
    kv_int(w, "avg_answer_ms", s->avg_answer_ms);
    kv_int(w, "avg_resolve_ms", s->avg_resolve_ms);
    kv_int(w, "stars_sum", s->stars_sum);
    kv_int(w, "stars_count", s->stars_n);
    kv_int(w, "satisfied", s->satisfied_n);
    kv_int(w, "repairs", s->repairs);
    jw_end(w);
}

static enum err h_analysis(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw w;
    const char *by = NULL;
    int64_t from = 0, to = 0;
    enum err e = query_text(cx, rq, "by", &by);
    if (!e)
        e = span_open(cx, rq, &w, &from, &to);
    return e ? e : list_close(rs, &w, complaint_analysis(cx, by ? by : "category", from, to, one_stat, &w));
}

/* ---- categories ---- */

static void one_category(void *arg, const struct complaint_category *c)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_str(w, "code", c->code);
    kv_str(w, "name", c->name);
    kv_int(w, "due_h", c->due_h);
    kv_bool(w, "enabled", c->enabled);
    kv_int(w, "version", c->version);
    jw_end(w);
}

static enum err h_categories(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw w;
    (void)rq;
    list_open(cx, &w);
    return list_close(rs, &w, complaint_category_list(cx, one_category, &w));
}

static void one_manager(void *arg, int64_t account_id, const char *name, int64_t project_id)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_id(w, "account_id", account_id);
    kv_str(w, "name", name);
    kv_bool(w, "everywhere", project_id == 0);
    jw_end(w);
}

static enum err h_managers(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct complaint_category c;
    struct jw w;
    enum err e = complaint_category_get(cx, rq->arg[0], &c);
    if (e)
        return e;
    list_open(cx, &w);
    return list_close(rs, &w, complaint_managers(cx, c.code, one_manager, &w));
}

struct category_in {
    const char *name;
    int64_t due_h;
    bool enabled;
    struct json_list managers;
};
static const struct field category_fields[] = {
    FIELD_STR(struct category_in, name, 1, 20), FIELD_I64(struct category_in, due_h, 1, 2160),
    FIELD_BOOL(struct category_in, enabled), OPT_IDS(struct category_in, managers, 20)};

static enum err h_category_save(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct category_in in = {0};
    enum err e = BODY(cx, rq, category_fields, &in);
    if (e)
        return e;
    struct complaint_category c = {
        .code = rq->arg[0], .name = in.name, .due_h = in.due_h, .enabled = in.enabled, .version = rq->if_match};
    e = complaint_category_save(cx, &c, in.managers.p, in.managers.n);
    return e ? e : reply_empty(rs);
}

#define WHO_BOARD (ROLES_DESK | ROLE_AUDITOR)
/* clang-format off */
static const struct route rows[] = {
    {M_POST, "/api/v1/complaints/{id}/identity",            h_identity,      LANE_WRITE, ROLES_STAFF, SCOPE_ORDER,   16,   0, "revealComplaintIdentity"},
    {M_GET,  "/api/v1/complaints/counts",                   h_counts,        LANE_READ,  WHO_BOARD,   SCOPE_PROJECT, 0,    0, "countComplaints"},
    {M_GET,  "/api/v1/complaints/analysis",                 h_analysis,      LANE_READ,  WHO_BOARD,   SCOPE_PROJECT, 0,    0, "analyseComplaints"},
    {M_GET,  "/api/v1/complaint-categories",                h_categories,    LANE_READ,  ROLES_ANY,   SCOPE_COMPANY, 0,    0, "listComplaintCategories"},
    {M_GET,  "/api/v1/complaint-categories/{code}/managers", h_managers,     LANE_READ,  WHO_BOARD,   SCOPE_PROJECT, 0,    0, "listComplaintManagers"},
    {M_PUT,  "/api/v1/complaint-categories/{code}",         h_category_save, LANE_WRITE, ROLES_SETS,  SCOPE_PROJECT, 4096, 0, "saveComplaintCategory"},
};
/* clang-format on */
const struct route_set complaint_handle_routes = {rows, COUNT(rows)};
