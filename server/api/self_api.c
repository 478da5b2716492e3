/* self_api.c - HTTP face of one's own data and account, and of the conditions one keeps. SPDX-License-Identifier: MIT */
#include "api/estate_json.h"
#include "domain/owner.h"
#include "domain/owner_self.h"

static enum err h_export(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw w;
    (void)rq;
    jw_init(&w, cx->arena);
    enum err e = self_export(cx, &w);
    if (e)
        return e;
    reply_header(rs, "Cache-Control", "no-store");
    reply_header(rs, "Content-Disposition", "attachment; filename=\"my-data.json\"");
    return reply_json(rs, 200, &w);
}

static const char *const scopes[] = {"account", "contact"};
struct close_in {
    int scope;
    bool confirm;
    const char *reason;
};
static const struct field close_fields[] = {FIELD_ENUM(struct close_in, scope, scopes),
                                            FIELD_BOOL(struct close_in, confirm),
                                            OPT_STR(struct close_in, reason, 0, 200)};

static enum err h_close(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct close_in in = {0};
    struct jw w;
    int64_t kept = 0;
    enum err e = BODY(cx, rq, close_fields, &in);
    if (!e && !in.confirm)
        e = cx_fail(cx, ERR_INVALID, "confirm", "请确认注销,操作不可撤销", "confirm it: there is no way back");
    if (!e)
        e = self_close(cx, in.scope == 1, in.reason, &kept);
    if (e)
        return e;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    kv_str(&w, "scope", scopes[in.scope]);
    kv_int(&w, "register_kept", kept);
    jw_end(&w);
    return reply_json(rs, 200, &w);
}

/* ---- conditions kept under a name ---- */

static const char *const owing[] = {"any", "yes", "no"};
struct kept {
    const char *name, *room, *layout, *room_state, *role, *kind, *title;
    int64_t building_id, area_min_e4, area_max_e4;
    int owing;
};
static const struct field query_fields[] = {OPT_STR(struct kept, name, 0, 60),
                                            OPT_STR(struct kept, room, 0, 60),
                                            OPT_STR(struct kept, layout, 0, 40),
                                            OPT_STR(struct kept, room_state, 0, 20),
                                            OPT_STR(struct kept, role, 0, 20),
                                            OPT_STR(struct kept, kind, 0, 20),
                                            OPT_ID(struct kept, building_id),
                                            OPT_I64(struct kept, area_min_e4, 0, AREA_MAX),
                                            OPT_I64(struct kept, area_max_e4, 0, AREA_MAX),
                                            OPT_ENUM(struct kept, owing, owing)};
struct filter_in {
    const char *name;
    struct kept query;
};
static const struct field filter_fields[] = {FIELD_STR(struct filter_in, name, 1, 40),
                                             FIELD_OBJ(struct filter_in, query, query_fields)};

static void kv_given(struct jw *w, const char *key, const char *s)
{
    if (!str_empty(s))
        kv_str(w, key, s);
}

static const char *query_text_of(struct ctx *cx, const struct kept *q)
{
    struct jw w;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    kv_given(&w, "name", q->name);
    kv_given(&w, "room", q->room);
    kv_given(&w, "layout", q->layout);
    kv_given(&w, "room_state", q->room_state);
    kv_given(&w, "role", q->role);
    kv_given(&w, "kind", q->kind);
    if (q->building_id)
        kv_id(&w, "building_id", q->building_id);
    if (q->area_min_e4)
        kv_int(&w, "area_min_e4", q->area_min_e4);
    if (q->area_max_e4)
        kv_int(&w, "area_max_e4", q->area_max_e4);
    if (q->owing)
        kv_str(&w, "owing", owing[q->owing]);
    jw_end(&w);
    return jw_text(&w);
}

static enum err h_filter_save(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct filter_in in = {0};
    int64_t id = 0;
    enum err e = BODY(cx, rq, filter_fields, &in);
    if (!e)
        e = owner_filter_save(cx, in.name, query_text_of(cx, &in.query), &id);
    return e ? e : reply_id(cx, rs, 201, id);
}

static void one_filter(void *arg, int64_t id, const char *name, const char *query, int64_t created_at)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_id(w, "id", id);
    kv_str(w, "name", name);
    kv_raw(w, "query", query);
    kv_time(w, "created_at", created_at);
    jw_end(w);
}

static enum err h_filters(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw w;
    (void)rq;
    list_open(cx, &w);
    return list_close(rs, &w, owner_filter_list(cx, one_filter, &w));
}

static enum err h_filter_delete(struct ctx *cx, const struct request *rq, struct response *rs)
{
    return do_by_id(cx, rq, rs, owner_filter_delete);
}

#define WHO_READS (WHO_KEEPS | ROLE_CASHIER | ROLE_AUDITOR)
/* clang-format off */
static const struct route rows[] = {
    {M_GET,    "/api/v1/me/data",            h_export,        LANE_READ,  ROLES_LOGGED_IN, SCOPE_SELF,    0,    0,             "exportMyData"},
    {M_POST,   "/api/v1/me/close",           h_close,         LANE_WRITE, ROLES_LOGGED_IN, SCOPE_SELF,    1024, 0,             "closeMyAccount"},
    {M_GET,    "/api/v1/owner-filters",      h_filters,       LANE_READ,  WHO_READS,       SCOPE_PROJECT, 0,    0,             "listOwnerFilters"},
    {M_POST,   "/api/v1/owner-filters",      h_filter_save,   LANE_WRITE, WHO_READS,       SCOPE_PROJECT, 2048, RF_IDEMPOTENT, "saveOwnerFilter"},
    {M_DELETE, "/api/v1/owner-filters/{id}", h_filter_delete, LANE_WRITE, WHO_READS,       SCOPE_PROJECT, 0,    0,             "deleteOwnerFilter"},
};
/* clang-format on */
const struct route_set self_routes = {rows, COUNT(rows)};
