/* binding_api.c - HTTP face of who lives where (房屋绑定). SPDX-License-Identifier: MIT */
#include "api/route.h"
#include "base/clock.h"
#include "domain/auth.h"
#include "domain/estate.h"
#include "domain/owner.h"

#define WHO_KEEPS (ROLES_ADMIN | ROLE_MANAGER | ROLE_SERVICE)

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
    const char *phone = NULL;
    enum err e = BODY(cx, rq, apply_fields, &in);
    if (!e)
        e = account_phone(cx, cx->who.id, &phone);
    if (!e && phone) /* whom the register names comes in at once */
        e = owner_account_proven(cx, cx->who.company_id, cx->who.id, phone);
    if (!e)
        e = binding_apply(cx, in.room_id, in.role, &b);
    return e ? e : reply_binding(cx, rs, 201, &b);
}

/* The moment after a last day (yyyymmdd); NULL: never, 0. */
static enum err after_day(struct ctx *cx, const char *text, int64_t *at)
{
    int64_t day = 0;
    *at = 0;
    if (!text)
        return OK;
    if (!parse_i64(text, &day) || !clock_day_valid((int32_t)day))
        return cx_fail(cx, ERR_INVALID, "expires_on", "日期无效", "not a day (yyyymmdd)");
    *at = clock_day_start(clock_day_add((int32_t)day, 1));
    return OK;
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
    int64_t room = 0, expires = 0;
    enum err e = path_id(cx, rq, 0, &room);
    if (!e)
        e = BODY(cx, rq, register_fields, &in);
    if (!e)
        e = after_day(cx, in.expires_on, &expires);
    if (!e)
        e = owner_invite(cx, &(struct owner_guest){room, expires, in.role, in.name, in.phone}, &b);
    if (!e && !(cx->who.roles & WHO_KEEPS)) /* what others are called is theirs to say */
        b.person = name_mask(cx->arena, b.person);
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

struct people {
    struct ctx *cx;
    struct jw w;
};

static void one_of_room(void *arg, const struct binding *b)
{
    struct people *l = arg;
    struct binding shown = *b;
    if (!(l->cx->who.roles & WHO_KEEPS) && b->account_id != l->cx->who.id)
        shown.person = name_mask(l->cx->arena, b->person);
    one_binding(&l->w, &shown);
}

static enum err h_of_room(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct people l = {.cx = cx};
    int64_t room = 0;
    enum err e = path_id(cx, rq, 0, &room);
    if (e)
        return e;
    list_open(cx, &l.w);
    return list_close(rs, &l.w, binding_of_room(cx, room, one_of_room, &l));
}

struct reason_in {
    const char *reason;
};
static const struct field reason_fields[] = {OPT_STR(struct reason_in, reason, 0, 200)};

struct approve_in {
    const char *reason, *expires_on;
};
static const struct field approve_fields[] = {OPT_STR(struct approve_in, reason, 0, 200),
                                              OPT_RAW(struct approve_in, expires_on, 8, 8)};

static enum err h_approve(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct approve_in in = {0};
    int64_t id = 0, expires = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = BODY(cx, rq, approve_fields, &in);
    if (!e)
        e = after_day(cx, in.expires_on, &expires);
    if (!e)
        e = owner_approve(cx, id, expires, in.reason);
    return e ? e : reply_empty(rs);
}

typedef enum err end_fn(struct ctx *cx, int64_t id, const char *reason);
static enum err end_with(struct ctx *cx, const struct request *rq, struct response *rs, end_fn *fn)
{
    struct reason_in in = {0};
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = BODY(cx, rq, reason_fields, &in);
    if (!e)
        e = fn(cx, id, in.reason);
    return e ? e : reply_empty(rs);
}

static enum err h_reject(struct ctx *cx, const struct request *rq, struct response *rs)
{
    return end_with(cx, rq, rs, binding_reject);
}

static enum err h_revoke(struct ctx *cx, const struct request *rq, struct response *rs)
{
    return end_with(cx, rq, rs, owner_show_out);
}

/* clang-format off */
static const struct route rows[] = {
    {M_GET,  "/api/v1/rooms/{id}/bindings",   h_of_room,        LANE_READ,  WHO_KEEPS | ROLE_OWNER, SCOPE_ROOM, 0,    0,             "listRoomBindings"},
    {M_POST, "/api/v1/rooms/{id}/bindings",   h_register,       LANE_WRITE, WHO_KEEPS | ROLE_OWNER, SCOPE_ROOM, 1024, RF_IDEMPOTENT, "registerBinding"},
    {M_GET,  "/api/v1/bindings",              h_mine,           LANE_READ,  ROLES_LOGGED_IN, SCOPE_SELF,    0,    0,             "listMyBindings"},
    {M_POST, "/api/v1/bindings",              h_apply,          LANE_WRITE, ROLES_LOGGED_IN, SCOPE_ROOM,    256,  RF_IDEMPOTENT, "applyBinding"},
    {M_GET,  "/api/v1/bindings/waiting",      h_waiting,        LANE_READ,  WHO_KEEPS,       SCOPE_PROJECT, 0,    0,             "listWaitingBindings"},
    {M_POST, "/api/v1/bindings/{id}/approve", h_approve,        LANE_WRITE, WHO_KEEPS | ROLE_OWNER, SCOPE_ROOM, 1024, 0,         "approveBinding"},
    {M_POST, "/api/v1/bindings/{id}/reject",  h_reject,         LANE_WRITE, WHO_KEEPS | ROLE_OWNER, SCOPE_ROOM, 1024, 0,         "rejectBinding"},
    {M_POST, "/api/v1/bindings/{id}/revoke",  h_revoke,         LANE_WRITE, ROLES_LOGGED_IN, SCOPE_ROOM,    1024, 0,             "revokeBinding"},
};
/* clang-format on */
const struct route_set binding_routes = {rows, COUNT(rows)};
