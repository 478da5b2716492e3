/* maint_plan_api.c - HTTP face of maintenance plans and their templates. SPDX-License-Identifier: MIT */
#include "api/fee_api.h"
#include "api/route.h"
#include "domain/facility.h"
#include "domain/maint.h"

static void plan_to_json(struct jw *w, const struct maint_plan *p, bool whole)
{
    jw_obj(w);
    kv_id(w, "id", p->id);
    kv_str(w, "name", p->name);
    kv_str(w, "kind", maint_kind_name[p->kind]);
    kv_str(w, "basis", maint_basis_name[p->basis]);
    kv_str(w, "cycle", maint_cycle_name[p->cycle]);
    kv_int(w, "every_n", p->every_n);
    kv_str(w, "unit", maint_unit_name[p->unit]);
    kv_int(w, "anchor_day", p->anchor_day);
    kv_int(w, "month_day", p->month_day);
    kv_bool(w, "workdays", p->workdays);
    kv_int(w, "last_day", p->last_day);
    kv_int(w, "step_e3", p->step_e3);
    kv_int(w, "early_days", p->early_days);
    kv_int(w, "late_days", p->late_days);
    kv_int(w, "horizon_days", p->horizon_days);
    kv_str(w, "remind", p->remind);
    kv_str(w, "catch_up", maint_catch_up_name[p->catch_up]);
    kv_bool(w, "statutory", p->statutory);
    kv_bool(w, "scan", p->scan);
    kv_str(w, "skill", p->skill);
    kv_id(w, "deputy_id", p->deputy_id);
    kv_id(w, "fault_type_id", p->fault_type_id);
    kv_id(w, "route_id", p->route_id);
    kv_str(w, "law", p->law);
    kv_str(w, "state", maint_plan_state_name[p->state]);
    kv_str(w, "pause_reason", p->pause_reason);
    kv_int(w, "version", p->version);
    kv_time(w, "created_at", p->created_at);
    if (whole) {
        kv_raw(w, "items", p->items);
        kv_ids(w, "facilities", &p->facilities);
        kv_ids(w, "staff", &p->staff);
    }
    jw_end(w);
}

static enum err reply_plan(struct ctx *cx, struct response *rs, const struct maint_plan *p)
{
    struct jw w;
    jw_init(&w, cx->arena);
    plan_to_json(&w, p, true);
    reply_etag(cx, rs, p->version);
    return reply_json(rs, 200, &w);
}

/* ---- in ---- */

#define OPT_SEEN_I64(t, m, seen, lo, hi)                                                                               \
    {                                                                                                                  \
        .key = #m, .type = F_I64, .flags = F_OPTIONAL, .off = offsetof(t, m), .min = lo, .max = hi,                    \
        .seen_off = offsetof(t, seen) + 1                                                                              \
    }
static const struct field item_fields[] = {FIELD_ENUM(struct maint_item, kind, maint_item_kind_name),
                                           FIELD_STR(struct maint_item, text, 1, 100),
                                           OPT_STR(struct maint_item, measure, 0, 10),
                                           OPT_SEEN_I64(struct maint_item, min_e3, has_min, -1000000000, 1000000000),
                                           OPT_SEEN_I64(struct maint_item, max_e3, has_max, -1000000000, 1000000000),
                                           OPT_BOOL(struct maint_item, required),
                                           OPT_STRS(struct maint_item, choices, 20),
                                           OPT_STRS(struct maint_item, bad, 20),
                                           OPT_BOOL(struct maint_item, bad_yes)};

struct plan_in {
    struct maint_plan p;
    struct json_list items;
    const char *code;
};
#define PLAN_STR(m, lo, hi)                                                                                            \
    {                                                                                                                  \
        .key = #m, .type = F_STR, OPTIONAL, .off = offsetof(struct plan_in, p.m), .min = lo, .max = hi                 \
    }
#define PLAN_I64(m, lo, hi)                                                                                            \
    {                                                                                                                  \
        .key = #m, .type = F_I64, OPTIONAL, .off = offsetof(struct plan_in, p.m), .min = lo, .max = hi                 \
    }
#define PLAN_ID(m)                                                                                                     \
    {                                                                                                                  \
        .key = #m, .type = F_ID, OPTIONAL, .off = offsetof(struct plan_in, p.m)                                        \
    }
#define PLAN_BOOL(m)                                                                                                   \
    {                                                                                                                  \
        .key = #m, .type = F_BOOL, OPTIONAL, .off = offsetof(struct plan_in, p.m)                                      \
    }
#define PLAN_IDS(m, hi)                                                                                                \
    {                                                                                                                  \
        .key = #m, .type = F_IDS, OPTIONAL, .off = offsetof(struct plan_in, p.m), .max = hi                            \
    }
#define PLAN_ENUM(m, tab, f)                                                                                           \
    {                                                                                                                  \
        .key = #m, .type = F_ENUM, .flags = f, .off = offsetof(struct plan_in, p.m), .max = COUNT(tab), .names = tab   \
    }
/* clang-format off */
#define WHO_AND_WHEN                                                                                                   \
    PLAN_I64(anchor_day, 0, 99991231), PLAN_I64(month_day, 0, 31), PLAN_BOOL(workdays), PLAN_I64(last_day, 0, 99991231), \
    PLAN_I64(early_days, 0, 60), PLAN_I64(late_days, 0, 60), PLAN_I64(horizon_days, 0, 60), PLAN_STR(remind, 0, 40),   \
    PLAN_BOOL(scan), PLAN_STR(skill, 0, 40), PLAN_ID(deputy_id), PLAN_ID(fault_type_id), PLAN_IDS(facilities, 200),    \
    PLAN_IDS(staff, 20)
/* clang-format on */
static const struct field plan_fields[] = {
    {.key = "name", .type = F_STR, .off = offsetof(struct plan_in, p.name), .min = 1, .max = 60},
    PLAN_ENUM(kind, maint_kind_name, 0),
    PLAN_ENUM(basis, maint_basis_name, F_OPTIONAL),
    PLAN_ENUM(cycle, maint_cycle_name, F_OPTIONAL),
    PLAN_I64(every_n, 1, 1000),
    PLAN_ENUM(unit, maint_unit_name, F_OPTIONAL),
    PLAN_I64(step_e3, 0, 1000000000000),
    PLAN_ENUM(catch_up, maint_catch_up_name, F_OPTIONAL),
    PLAN_BOOL(statutory),
    PLAN_ID(route_id),
    PLAN_STR(law, 0, 100),
    OPT_LIST(struct plan_in, items, item_fields, struct maint_item, MAINT_ITEMS),
    WHO_AND_WHEN
};
static const struct field template_fields[] = {FIELD_STR(struct plan_in, code, 1, 40), PLAN_STR(name, 0, 60),
                                               WHO_AND_WHEN};

static enum err check_items(struct ctx *cx, struct plan_in *in)
{
    const struct maint_item *v = in->items.p;
    for (size_t i = 0; i < in->items.n; i++) {
        const char *at = arena_printf(cx->arena, "items[%zu]", i);
        if (v[i].kind == IK_CHOICE && v[i].choices.n < 2)
            return cx_fail(cx, ERR_INVALID, arena_printf(cx->arena, "%s.choices", at), "至少两个选项",
                           "two choices at least");
        for (size_t k = 0; k < v[i].bad.n; k++)
            if (str_index(v[i].choices.p, v[i].choices.n, ((const char *const *)v[i].bad.p)[k]) < 0)
                return cx_fail(cx, ERR_INVALID, arena_printf(cx->arena, "%s.bad", at), "不在选项之中",
                               "not one of the choices");
        if (v[i].has_min && v[i].has_max && v[i].max_e3 < v[i].min_e3)
            return cx_fail(cx, ERR_INVALID, arena_printf(cx->arena, "%s.max_e3", at), "不能小于下限",
                           "is below min_e3");
    }
    in->p.items = maint_items_json(cx->arena, v, in->items.n);
    return OK;
}

static const struct plan_in defaults = {
    .p = {.every_n = 1, .unit = MU_DAY, .catch_up = CU_LATEST, .horizon_days = 7, .late_days = 0}
};

static enum err h_add(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct plan_in in = defaults;
    int64_t id = 0;
    enum err e = BODY(cx, rq, plan_fields, &in);
    if (!e)
        e = check_items(cx, &in);
    if (!e)
        e = maint_plan_add(cx, &in.p, &id);
    return e ? e : reply_id(cx, rs, 201, id);
}

static enum err h_change(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct plan_in in = defaults;
    struct maint_plan out;
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = need_version(rq, &in.p.version);
    if (!e)
        e = BODY(cx, rq, plan_fields, &in);
    if (!e)
        e = check_items(cx, &in);
    in.p.id = id;
    in.p.version = rq->if_match; /* the body cannot say it */
    if (!e)
        e = maint_plan_change(cx, &in.p);
    if (!e)
        e = maint_plan_get(cx, id, &out);
    return e ? e : reply_plan(cx, rs, &out);
}

static enum err h_from_template(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct plan_in in = defaults;
    int64_t id = 0;
    enum err e = BODY(cx, rq, template_fields, &in);
    if (!e)
        e = maint_plan_from(cx, in.code, &in.p, &id);
    return e ? e : reply_id(cx, rs, 201, id);
}

static enum err h_get(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct maint_plan p;
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = maint_plan_get(cx, id, &p);
    return e ? e : reply_plan(cx, rs, &p);
}

static void one_plan(void *arg, const struct maint_plan *m)
{
    struct page *p = arg;
    plan_to_json(&p->w, m, false);
    page_row(p, m->id);
}

static enum err h_list(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct page p = {.n = 0};
    const char *state = NULL;
    int64_t facility = 0;
    enum err e = query_text(cx, rq, "state", &state);
    if (!e)
        e = query_id(cx, rq, "facility_id", &facility);
    if (!e)
        e = page_open(cx, rq, &p);
    if (!e)
        e = maint_plan_list(cx, state, facility, p.before, p.limit, one_plan, &p);
    return page_close(rs, &p, e);
}

struct act_in {
    const char *reason;
};
static const struct field act_fields[] = {OPT_STR(struct act_in, reason, 0, 200)};

static enum err h_act(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct act_in in = {0};
    struct maint_plan p;
    int64_t id = 0;
    int ev = str_index(maint_plan_event_name, PE_COUNT, rq->arg[1]);
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = BODY(cx, rq, act_fields, &in);
    if (!e && ev < 0)
        e = cx_fail(cx, ERR_NOT_FOUND, "action", "没有该操作", "no such action");
    if (!e)
        e = maint_plan_act(cx, id, (enum maint_plan_event)ev, in.reason, &p);
    return e ? e : reply_plan(cx, rs, &p);
}

static void one_gap(void *arg, const struct maint_gap *g)
{
    struct page *p = arg;
    jw_obj(&p->w);
    kv_id(&p->w, "facility_id", g->facility_id);
    kv_str(&p->w, "facility", g->facility);
    kv_int(&p->w, "slot", g->slot);
    kv_str(&p->w, "reason", g->reason);
    kv_time(&p->w, "at", g->at);
    jw_end(&p->w);
    page_row(p, g->slot);
}

static enum err h_gaps(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct page p = {.n = 0};
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = page_open(cx, rq, &p);
    if (!e)
        e = maint_gaps(cx, id, p.before, p.limit, one_gap, &p);
    return page_close(rs, &p, e);
}

static enum err h_templates(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw w;
    (void)rq;
    list_open(cx, &w);
    for (size_t i = 0; i < maint_template_count(); i++) {
        const struct maint_template *t = maint_template_at(i);
        jw_obj(&w);
        kv_str(&w, "code", t->code);
        kv_str(&w, "name", t->name);
        kv_str(&w, "category", t->category);
        kv_str(&w, "law", t->law);
        kv_str(&w, "kind", maint_kind_name[t->kind]);
        kv_int(&w, "every_n", t->every_n);
        kv_str(&w, "unit", maint_unit_name[t->unit]);
        kv_bool(&w, "statutory", t->statutory);
        kv_raw(&w, "items", maint_items_json(cx->arena, t->items, t->nitems));
        jw_end(&w);
    }
    return list_close(rs, &w, OK);
}

#define WHO_SEES (ROLES_DESK | ROLE_AUDITOR)
/* clang-format off */
static const struct route rows[] = {
    {M_GET,  "/api/v1/maint-templates",              h_templates,     LANE_READ,  ROLES_SETS, SCOPE_NONE,    0,     0,             "listMaintTemplates"},
    {M_GET,  "/api/v1/maint-plans",                  h_list,          LANE_READ,  WHO_SEES,   SCOPE_PROJECT, 0,     0,             "listMaintPlans"},
    {M_POST, "/api/v1/maint-plans",                  h_add,           LANE_WRITE, ROLES_SETS, SCOPE_PROJECT, 65536, RF_IDEMPOTENT, "addMaintPlan"},
    {M_POST, "/api/v1/maint-plans/from-template",    h_from_template, LANE_WRITE, ROLES_SETS, SCOPE_PROJECT, 16384, RF_IDEMPOTENT, "addMaintPlanFromTemplate"},
    {M_GET,  "/api/v1/maint-plans/{id}",             h_get,           LANE_READ,  WHO_SEES,   SCOPE_PROJECT, 0,     0,             "getMaintPlan"},
    {M_PUT,  "/api/v1/maint-plans/{id}",             h_change,        LANE_WRITE, ROLES_SETS, SCOPE_PROJECT, 65536, 0,             "changeMaintPlan"},
    {M_GET,  "/api/v1/maint-plans/{id}/gaps",        h_gaps,          LANE_READ,  WHO_SEES,   SCOPE_PROJECT, 0,     0,             "listMaintGaps"},
    {M_POST, "/api/v1/maint-plans/{id}/{action}",    h_act,           LANE_WRITE, ROLES_SETS, SCOPE_PROJECT, 1024,  RF_IDEMPOTENT, "actOnMaintPlan"},
};
/* clang-format on */
const struct route_set maint_plan_routes = {rows, COUNT(rows)};
