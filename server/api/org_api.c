/* org_api.c - HTTP face of the organisation: departments, positions, working days. SPDX-License-Identifier: MIT */
#include "api/route.h"
#include "domain/auth.h"
#include "domain/calendar.h"
#include "domain/org.h"

/* ---- departments ---- */

static void one_department(void *arg, const struct department *d)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_id(w, "id", d->id);
    kv_id(w, "parent_id", d->parent_id);
    kv_id(w, "project_id", d->project_id);
    kv_str(w, "project", d->project);
    kv_str(w, "name", d->name);
    kv_id(w, "leader_id", d->leader_id);
    kv_str(w, "leader", d->leader);
    kv_int(w, "sort", d->sort);
    kv_int(w, "members", d->members);
    kv_int(w, "version", d->version);
    jw_end(w);
}

static enum err h_departments(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw w;
    (void)rq;
    list_open(cx, &w);
    return list_close(rs, &w, department_list(cx, one_department, &w));
}

static const struct field department_fields[] = {
    FIELD_STR(struct department, name, 1, 40), OPT_ID(struct department, parent_id),
    OPT_ID(struct department, project_id), OPT_ID(struct department, leader_id),
    OPT_I64(struct department, sort, 0, 9999)};

static enum err h_department_put(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct department in = {0};
    int64_t id = 0;
    enum err e = BODY(cx, rq, department_fields, &in);
    if (!e)
        e = department_put(cx, &in, &id);
    return e ? e : reply_id(cx, rs, 201, id);
}

static enum err h_department_change(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct department in = {0};
    enum err e = BODY(cx, rq, department_fields, &in);
    if (!e)
        e = path_id(cx, rq, 0, &in.id);
    if (!e)
        e = need_version(rq, &in.version);
    if (!e)
        e = department_change(cx, &in);
    return e ? e : reply_empty(rs);
}

static enum err h_department_close(struct ctx *cx, const struct request *rq, struct response *rs)
{
    return do_by_version(cx, rq, rs, department_close);
}

static void one_member(void *arg, const struct member *m)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_id(w, "account_id", m->account_id);
    kv_str(w, "name", m->name);
    kv_str(w, "login", m->login);
    kv_str(w, "title", m->title);
    jw_end(w);
}

static enum err h_members(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw w;
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (e)
        return e;
    list_open(cx, &w);
    return list_close(rs, &w, department_members(cx, id, one_member, &w));
}

struct members_in {
    struct json_list members;
};
static const struct field member_fields[] = {FIELD_ID(struct member, account_id), OPT_STR(struct member, title, 0, 40)};
static const struct field members_fields[] = {
    FIELD_LIST(struct members_in, members, member_fields, struct member, 0, 500)};

static enum err h_set_members(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct members_in in = {
        {NULL, 0}
    };
    int64_t id = 0, version = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = BODY(cx, rq, members_fields, &in);
    if (!e)
        e = need_version(rq, &version);
    if (!e)
        e = department_set_members(cx, id, version, in.members.p, in.members.n);
    return e ? e : reply_empty(rs);
}

/* ---- positions ---- */

static void one_position(void *arg, const struct role_set *r)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_id(w, "id", r->id);
    kv_str(w, "name", r->name);
    jw_key(w, "roles");
    jw_arr(w);
    for (int i = 0; i < ROLE_COUNT; i++)
        if (r->roles & (1u << i))
            jw_str(w, role_name[i]);
    jw_arr_end(w);
    kv_str(w, "note", r->note);
    kv_int(w, "members", r->members);
    kv_int(w, "version", r->version);
    jw_end(w);
}

static enum err h_positions(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw w;
    (void)rq;
    list_open(cx, &w);
    return list_close(rs, &w, role_set_list(cx, one_position, &w));
}

struct position_in {
    const char *name, *note;
    struct json_list roles;
};
static const struct field position_fields[] = {FIELD_STR(struct position_in, name, 1, 40),
                                               OPT_STR(struct position_in, note, 0, 200),
                                               FIELD_STRS(struct position_in, roles, 1, 11)};

static enum err read_position(struct ctx *cx, const struct request *rq, struct role_set *out)
{
    struct position_in in = {0};
    enum err e = BODY(cx, rq, position_fields, &in);
    const char *const *role = in.roles.p;
    *out = (struct role_set){.name = in.name, .note = in.note};
    for (size_t i = 0; i < in.roles.n && !e; i++) {
        int no = str_index(role_name, ROLE_COUNT, role[i]);
        if (no < 0)
            e = cx_fail(cx, ERR_INVALID, arena_printf(cx->arena, "roles[%zu]", i), "没有角色 %s", "there is no role %s",
                        role[i]);
        else
            out->roles |= 1u << no;
    }
    return e;
}

static enum err h_position_put(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct role_set in;
    int64_t id = 0;
    enum err e = read_position(cx, rq, &in);
    if (!e)
        e = role_set_put(cx, &in, &id);
    return e ? e : reply_id(cx, rs, 201, id);
}

static enum err h_position_change(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct role_set in;
    enum err e = read_position(cx, rq, &in);
    if (!e)
        e = path_id(cx, rq, 0, &in.id);
    if (!e)
        e = need_version(rq, &in.version);
    if (!e)
        e = role_set_change(cx, &in);
    return e ? e : reply_empty(rs);
}

static enum err h_position_drop(struct ctx *cx, const struct request *rq, struct response *rs)
{
    return do_by_version(cx, rq, rs, role_set_drop);
}

static void one_holding(void *arg, const struct holding *h)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_id(w, "role_set_id", h->role_set_id);
    kv_str(w, "name", h->name);
    kv_id(w, "project_id", h->project_id);
    kv_str(w, "project", h->project);
    jw_end(w);
}

static enum err h_holdings(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw w;
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (e)
        return e;
    list_open(cx, &w);
    return list_close(rs, &w, role_set_holdings(cx, id, one_holding, &w));
}

struct holdings_in {
    struct json_list positions;
};
static const struct field holding_fields[] = {FIELD_ID(struct holding, role_set_id),
                                              OPT_ID(struct holding, project_id)};
static const struct field holdings_fields[] = {
    FIELD_LIST(struct holdings_in, positions, holding_fields, struct holding, 0, 50)};

static enum err h_give(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct holdings_in in = {
        {NULL, 0}
    };
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = BODY(cx, rq, holdings_fields, &in);
    if (!e)
        e = role_set_give(cx, id, in.positions.p, in.positions.n);
    return e ? e : reply_empty(rs);
}

/* ---- working days ---- */

static void one_day(void *arg, const struct calendar_day *d)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_int(w, "day", d->day);
    kv_str(w, "kind", day_kind_name[d->kind]);
    kv_bool(w, "work", d->kind == DAY_WORK || d->kind == DAY_MADE_UP);
    kv_str(w, "name", d->name);
    kv_bool(w, "own", d->own);
    jw_end(w);
}

static enum err h_calendar(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw w;
    int64_t from = 0, to = 0;
    enum err e = query_i64(cx, rq, "from", 20000101, 99991231, 0, &from);
    if (!e)
        e = query_i64(cx, rq, "to", 20000101, 99991231, 0, &to);
    if (!e && (!from || !to))
        e = cx_fail(cx, ERR_INVALID, from ? "to" : "from", "请指定起止日期", "from and to are required");
    if (e)
        return e;
    list_open(cx, &w);
    if ((e = calendar_list(cx, (int32_t)from, (int32_t)to, one_day, &w)) != OK)
        return e;
    jw_arr_end(&w);
    kv_int(&w, "known_until", calendar_known_until());
    jw_end(&w);
    return reply_json(rs, 200, &w);
}

static enum err path_day(struct ctx *cx, const struct request *rq, int32_t *day)
{
    int64_t v = 0;
    bool good = parse_i64(rq->arg[0], &v) && v >= 20000101 && v <= 99991231;
    *day = (int32_t)v;
    return good ? OK : cx_fail(cx, ERR_NOT_FOUND, "day", "日期无效", "not a day");
}

struct day_in {
    int kind;
    const char *name;
};
static const char *const own_kinds[] = {"workday", "holiday"};
static const struct field day_fields[] = {FIELD_ENUM(struct day_in, kind, own_kinds),
                                          OPT_STR(struct day_in, name, 0, 40)};

static enum err h_day_set(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct day_in in = {0};
    int32_t day = 0;
    enum err e = BODY(cx, rq, day_fields, &in);
    if (!e)
        e = path_day(cx, rq, &day);
    if (!e)
        e = calendar_set(cx, day, in.kind ? DAY_HOLIDAY : DAY_WORK, in.name);
    return e ? e : reply_empty(rs);
}

static enum err h_day_unset(struct ctx *cx, const struct request *rq, struct response *rs)
{
    int32_t day = 0;
    enum err e = path_day(cx, rq, &day);
    if (!e)
        e = calendar_unset(cx, day);
    return e ? e : reply_empty(rs);
}

#define WHO_SEES (ROLES_STAFF)
/* clang-format off */
static const struct route rows[] = {
    {M_GET,    "/api/v1/departments",              h_departments,       LANE_READ,  WHO_SEES,    SCOPE_COMPANY, 0,     0,             "listDepartments"},
    {M_POST,   "/api/v1/departments",              h_department_put,    LANE_WRITE, ROLES_ADMIN, SCOPE_COMPANY, 1024,  RF_IDEMPOTENT, "createDepartment"},
    {M_PUT,    "/api/v1/departments/{id}",         h_department_change, LANE_WRITE, ROLES_ADMIN, SCOPE_COMPANY, 1024,  0,             "changeDepartment"},
    {M_DELETE, "/api/v1/departments/{id}",         h_department_close,  LANE_WRITE, ROLES_ADMIN, SCOPE_COMPANY, 0,     0,             "closeDepartment"},
    {M_GET,    "/api/v1/departments/{id}/members", h_members,           LANE_READ,  WHO_SEES,    SCOPE_COMPANY, 0,     0,             "listDepartmentMembers"},
    {M_PUT,    "/api/v1/departments/{id}/members", h_set_members,       LANE_WRITE, ROLES_ADMIN, SCOPE_COMPANY, 65536, 0,             "setDepartmentMembers"},
    {M_GET,    "/api/v1/positions",                h_positions,         LANE_READ,  ROLES_SETS | ROLE_AUDITOR, SCOPE_COMPANY, 0, 0,   "listPositions"},
    {M_POST,   "/api/v1/positions",                h_position_put,      LANE_WRITE, ROLES_ADMIN, SCOPE_COMPANY, 2048,  RF_IDEMPOTENT, "createPosition"},
    {M_PUT,    "/api/v1/positions/{id}",           h_position_change,   LANE_WRITE, ROLES_ADMIN, SCOPE_COMPANY, 2048,  RF_STEP_UP,              "changePosition"},
    {M_DELETE, "/api/v1/positions/{id}",           h_position_drop,     LANE_WRITE, ROLES_ADMIN, SCOPE_COMPANY, 0,     0,             "dropPosition"},
    {M_GET,    "/api/v1/staff/{id}/positions",     h_holdings,          LANE_READ,  ROLES_SETS | ROLE_AUDITOR, SCOPE_COMPANY, 0, 0,   "listStaffPositions"},
    {M_PUT,    "/api/v1/staff/{id}/positions",     h_give,              LANE_WRITE, ROLES_ADMIN, SCOPE_COMPANY, 8192,  RF_STEP_UP,              "giveStaffPositions"},
    {M_GET,    "/api/v1/calendar",                 h_calendar,          LANE_READ,  WHO_SEES,    SCOPE_COMPANY, 0,     0,             "listCalendar"},
    {M_PUT,    "/api/v1/calendar/{day}",           h_day_set,           LANE_WRITE, ROLES_ADMIN, SCOPE_COMPANY, 256,   0,             "setCalendarDay"},
    {M_DELETE, "/api/v1/calendar/{day}",           h_day_unset,         LANE_WRITE, ROLES_ADMIN, SCOPE_COMPANY, 0,     0,             "unsetCalendarDay"},
};
/* clang-format on */
const struct route_set org_routes = {rows, COUNT(rows)};
