/* estate_api.c - HTTP face of projects, rooms and bindings. SPDX-License-Identifier: MIT */
#include "api/route.h"
#include "base/clock.h"
#include "domain/estate.h"

#define AREA_MAX INT64_C(100000000000) /* 10 km2 in 1/10000 m2 */
static const struct field project_fields[] = {FIELD_STR(struct project, code, 1, 20),
                                              FIELD_STR(struct project, name, 1, 60),
                                              FIELD_STR(struct project, address, 1, 200),
                                              OPT_STR(struct project, kind, 1, 20),
                                              OPT_I64(struct project, land_area_e4, 0, AREA_MAX),
                                              OPT_I64(struct project, building_area_e4, 0, AREA_MAX)};

static enum err h_project_create(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct project in = {.kind = "residential"};
    int64_t id = 0;
    enum err e = BODY(cx, rq, project_fields, &in);
    if (!e)
        e = project_create(cx, &in, &id);
    return e ? e : reply_id(cx, rs, 201, id);
}

static enum err h_project_change(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct project in = {.kind = "residential"};
    enum err e = path_id(cx, rq, 0, &in.id);
    if (!e && !rq->if_match)
        e = ERR_PRECONDITION;
    if (!e)
        e = BODY(cx, rq, project_fields, &in);
    in.version = rq->if_match;
    if (!e)
        e = project_change(cx, &in);
    return e ? e : reply_empty(rs);
}

static void one_project(void *arg, const struct project *p)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_id(w, "id", p->id);
    kv_str(w, "code", p->code);
    kv_str(w, "name", p->name);
    kv_str(w, "address", p->address);
    kv_str(w, "kind", p->kind);
    kv_int(w, "land_area_e4", p->land_area_e4);
    kv_int(w, "building_area_e4", p->building_area_e4);
    kv_str(w, "state", p->state);
    kv_int(w, "version", p->version);
    jw_end(w);
}

static enum err h_projects(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw w;
    (void)rq;
    list_open(cx, &w);
    return list_close(rs, &w, project_list(cx, one_project, &w));
}

static const struct field room_fields[] = {FIELD_STR(struct room, building, 1, 20), OPT_STR(struct room, unit, 0, 20),
                                           FIELD_STR(struct room, name, 1, 20), OPT_STR(struct room, layout, 0, 40),
                                           OPT_I64(struct room, area_e4, 0, AREA_MAX)};

static enum err h_room_create(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct room in = {.unit = "", .layout = ""};
    int64_t id = 0;
    enum err e = BODY(cx, rq, room_fields, &in);
    if (!e)
        e = room_create(cx, &in, &id);
    return e ? e : reply_id(cx, rs, 201, id);
}

static void one_room(void *arg, const struct room *r)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_id(w, "id", r->id);
    kv_id(w, "project_id", r->project_id);
    kv_str(w, "building", r->building);
    kv_str(w, "unit", r->unit);
    kv_str(w, "name", r->name);
    kv_str(w, "full_name", r->full_name);
    kv_str(w, "layout", r->layout);
    kv_int(w, "area_e4", r->area_e4);
    kv_str(w, "state", r->state);
    kv_int(w, "version", r->version);
    jw_end(w);
}

static enum err h_rooms(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw w;
    const char *search = NULL;
    int64_t after = 0, limit = 0;
    enum err e = query_text(cx, rq, "search", &search);
    if (!e)
        e = query_id(cx, rq, "after", &after);
    if (!e)
        e = query_i64(cx, rq, "limit", 1, 200, 50, &limit);
    if (e)
        return e;
    list_open(cx, &w);
    return list_close(rs, &w, room_list(cx, search, after, limit, one_room, &w));
}

/* ---- bindings ---- */

static void one_binding(void *arg, const struct binding *b)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_id(w, "id", b->id);
    kv_id(w, "room_id", b->room_id);
    kv_id(w, "project_id", b->project_id);
    kv_id(w, "account_id", b->account_id);
    kv_str(w, "room", b->room_name);
    kv_str(w, "project", b->project_name);
    kv_str(w, "person", b->person);
    kv_str(w, "phone", b->phone_hint);
    kv_str(w, "role", b->role);
    kv_str(w, "state", b->state);
    kv_str(w, "source", b->source);
    kv_time(w, "expires_at", b->expires_at);
    kv_time(w, "created_at", b->created_at);
    kv_int(w, "version", b->version);
    jw_end(w);
}

static enum err reply_binding(struct ctx *cx, struct response *rs, int status, const struct binding *b)
{
    struct jw w;
    jw_init(&w, cx->arena);
    one_binding(&w, b);
    return reply_json(rs, status, &w);
}

struct apply_in {
    int64_t room_id;
    int role;
};
static const struct field apply_fields[] = {FIELD_ID(struct apply_in, room_id),
                                            FIELD_ENUM(struct apply_in, role, binding_role_name)};

static enum err h_apply(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct apply_in in = {0};
    struct binding b;
    enum err e = BODY(cx, rq, apply_fields, &in);
    if (!e)
        e = binding_apply(cx, in.room_id, in.role, &b);
    return e ? e : reply_binding(cx, rs, 201, &b);
}

struct register_in {
    const char *name, *phone;
    int role;
    const char *expires_on; /* yyyymmdd, last day included */
};
static const struct field register_fields[] = {
    FIELD_STR(struct register_in, name, 1, 40), FIELD_RAW(struct register_in, phone, 11, 11),
    FIELD_ENUM(struct register_in, role, binding_role_name), OPT_RAW(struct register_in, expires_on, 8, 8)};

static enum err h_register(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct register_in in = {0};
    struct binding b;
    int64_t room = 0, day = 0, expires = 0;
    enum err e = path_id(cx, rq, 0, &room);
    if (!e)
        e = BODY(cx, rq, register_fields, &in);
    if (!e && in.expires_on) {
        if (!parse_i64(in.expires_on, &day) || !clock_day_valid((int32_t)day))
            e = cx_fail(cx, ERR_INVALID, "expires_on", "日期无效", "not a day (yyyymmdd)");
        else
            expires = clock_day_start(clock_day_add((int32_t)day, 1));
    }
    if (!e)
        e = binding_register(cx, room, in.role, in.name, in.phone, expires, &b);
    return e ? e : reply_binding(cx, rs, 201, &b);
}

static enum err h_mine(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw w;
    (void)rq;
    list_open(cx, &w);
    return list_close(rs, &w, binding_mine(cx, one_binding, &w));
}

static enum err h_waiting(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw w;
    (void)rq;
    list_open(cx, &w);
    return list_close(rs, &w, binding_waiting(cx, one_binding, &w));
}

static enum err h_of_room(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw w;
    int64_t room = 0;
    enum err e = path_id(cx, rq, 0, &room);
    if (e)
        return e;
    list_open(cx, &w);
    return list_close(rs, &w, binding_of_room(cx, room, one_binding, &w));
}

struct reason_in {
    const char *reason;
};
static const struct field reason_fields[] = {OPT_STR(struct reason_in, reason, 0, 200)};

static enum err decide(struct ctx *cx, const struct request *rq, struct response *rs, int what)
{
    struct reason_in in = {0};
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = BODY(cx, rq, reason_fields, &in);
    if (!e)
        e = what < 0 ? binding_revoke(cx, id, in.reason) : binding_decide(cx, id, what > 0, in.reason);
    return e ? e : reply_empty(rs);
}

static enum err h_approve(struct ctx *cx, const struct request *rq, struct response *rs)
{
    return decide(cx, rq, rs, 1);
}

static enum err h_reject(struct ctx *cx, const struct request *rq, struct response *rs)
{
    return decide(cx, rq, rs, 0);
}

static enum err h_revoke(struct ctx *cx, const struct request *rq, struct response *rs)
{
    return decide(cx, rq, rs, -1);
}

#define WHO_KEEPS (ROLES_ADMIN | ROLE_MANAGER | ROLE_SERVICE)
/* clang-format off */
static const struct route rows[] = {
    {M_GET,  "/api/v1/projects",              h_projects,       LANE_READ,  ROLES_LOGGED_IN, SCOPE_COMPANY, 0,    0,             "listProjects"},
    {M_POST, "/api/v1/projects",              h_project_create, LANE_WRITE, ROLES_ADMIN,     SCOPE_COMPANY, 4096, RF_IDEMPOTENT, "createProject"},
    {M_PUT,  "/api/v1/projects/{id}",         h_project_change, LANE_WRITE, ROLES_ADMIN,     SCOPE_COMPANY, 4096, 0,             "changeProject"},
    {M_GET,  "/api/v1/rooms",                 h_rooms,          LANE_READ,  ROLES_STAFF,     SCOPE_PROJECT, 0,    0,             "listRooms"},
    {M_POST, "/api/v1/rooms",                 h_room_create,    LANE_WRITE, WHO_KEEPS,       SCOPE_PROJECT, 2048, RF_IDEMPOTENT, "createRoom"},
    {M_GET,  "/api/v1/rooms/{id}/bindings",   h_of_room,        LANE_READ,  WHO_KEEPS,       SCOPE_PROJECT, 0,    0,             "listRoomBindings"},
    {M_POST, "/api/v1/rooms/{id}/bindings",   h_register,       LANE_WRITE, WHO_KEEPS,       SCOPE_PROJECT, 1024, RF_IDEMPOTENT, "registerBinding"},
    {M_GET,  "/api/v1/bindings",              h_mine,           LANE_READ,  ROLES_LOGGED_IN, SCOPE_SELF,    0,    0,             "listMyBindings"},
    {M_POST, "/api/v1/bindings",              h_apply,          LANE_WRITE, ROLES_LOGGED_IN, SCOPE_ROOM,    256,  RF_IDEMPOTENT, "applyBinding"},
    {M_GET,  "/api/v1/bindings/waiting",      h_waiting,        LANE_READ,  WHO_KEEPS,       SCOPE_PROJECT, 0,    0,             "listWaitingBindings"},
    {M_POST, "/api/v1/bindings/{id}/approve", h_approve,        LANE_WRITE, WHO_KEEPS | ROLE_OWNER, SCOPE_ROOM, 1024, 0,         "approveBinding"},
    {M_POST, "/api/v1/bindings/{id}/reject",  h_reject,         LANE_WRITE, WHO_KEEPS | ROLE_OWNER, SCOPE_ROOM, 1024, 0,         "rejectBinding"},
    {M_POST, "/api/v1/bindings/{id}/revoke",  h_revoke,         LANE_WRITE, ROLES_LOGGED_IN, SCOPE_ROOM,    1024, 0,             "revokeBinding"},
};
/* clang-format on */
const struct route_set estate_routes = {rows, COUNT(rows)};
