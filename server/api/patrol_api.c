/* patrol_api.c - HTTP face of patrol routes, and of the points of a patrol under way. SPDX-License-Identifier: MIT */
#include "api/route.h"
#include "domain/facility.h"
#include "domain/maint.h"
#include "platform/qr.h"

static void route_to_json(struct jw *w, const struct maint_route *r, bool points)
{
    jw_obj(w);
    kv_id(w, "id", r->id);
    kv_str(w, "name", r->name);
    kv_bool(w, "in_order", r->in_order);
    kv_bool(w, "enabled", r->enabled);
    kv_int(w, "version", r->version);
    if (points) {
        jw_key(w, "points");
        jw_arr(w);
        for (size_t i = 0; i < r->points.n; i++) {
            const struct maint_point *p = (const struct maint_point *)r->points.p + i;
            jw_obj(w);
            kv_id(w, "id", p->id);
            kv_str(w, "name", p->name);
            kv_id(w, "facility_id", p->facility_id);
            kv_int(w, "at_min", p->at_min);
            kv_int(w, "window_min", p->window_min);
            kv_int(w, "lat_e6", p->lat_e6);
            kv_int(w, "lng_e6", p->lng_e6);
            kv_int(w, "radius_m", p->radius_m);
            kv_str(w, "token", p->token);
            jw_end(w);
        }
        jw_arr_end(w);
    }
    jw_end(w);
}

static void one_route(void *arg, const struct maint_route *r)
{
    route_to_json(arg, r, false);
}

static enum err h_list(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw w;
    (void)rq;
    list_open(cx, &w);
    return list_close(rs, &w, maint_route_list(cx, one_route, &w));
}

static enum err reply_route(struct ctx *cx, struct response *rs, int status, int64_t id)
{
    struct maint_route r;
    struct jw w;
    enum err e = maint_route_get(cx, id, &r);
    if (e)
        return e;
    jw_init(&w, cx->arena);
    route_to_json(&w, &r, true);
    reply_etag(cx, rs, r.version);
    return reply_json(rs, status, &w);
}

static enum err h_get(struct ctx *cx, const struct request *rq, struct response *rs)
{
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    return e ? e : reply_route(cx, rs, 200, id);
}

static const struct field point_fields[] = {OPT_ID(struct maint_point, id),
                                            FIELD_STR(struct maint_point, name, 1, 60),
                                            OPT_ID(struct maint_point, facility_id),
                                            FIELD_I64(struct maint_point, at_min, 0, 1439),
                                            FIELD_I64(struct maint_point, window_min, 1, 1440),
                                            OPT_I64(struct maint_point, lat_e6, -90000000, 90000000),
                                            OPT_I64(struct maint_point, lng_e6, -180000000, 180000000),
                                            OPT_I64(struct maint_point, radius_m, 0, 10000)};
static const struct field route_fields[] = {
    FIELD_STR(struct maint_route, name, 1, 60), OPT_BOOL(struct maint_route, in_order),
    OPT_BOOL(struct maint_route, enabled),
    FIELD_LIST(struct maint_route, points, point_fields, struct maint_point, 1, 100)};

static enum err h_add(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct maint_route r = {.enabled = true};
    enum err e = BODY(cx, rq, route_fields, &r);
    for (size_t i = 0; i < r.points.n && !e; i++)
        if (((struct maint_point *)r.points.p)[i].id)
            e = cx_fail(cx, ERR_INVALID, arena_printf(cx->arena, "points[%zu].id", i), "新路线的点位不能有编号",
                        "points of a new route have no id yet");
    if (!e)
        e = maint_route_save(cx, &r);
    return e ? e : reply_route(cx, rs, 201, r.id);
}

static enum err h_change(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct maint_route r = {.enabled = true};
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = need_version(rq, &r.version);
    if (!e)
        e = BODY(cx, rq, route_fields, &r);
    r.id = id;
    r.version = rq->if_match; /* the body cannot say it */
    if (!e)
        e = maint_route_save(cx, &r);
    return e ? e : reply_route(cx, rs, 200, id);
}

/* The codes of all points as pictures: a sheet to print, as they are now. */
static enum err h_codes(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct maint_route r;
    struct jw w;
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = maint_route_get(cx, id, &r);
    if (e)
        return e;
    list_open(cx, &w);
    for (size_t i = 0; i < r.points.n; i++) {
        const struct maint_point *p = (const struct maint_point *)r.points.p + i;
        jw_obj(&w);
        kv_id(&w, "point_id", p->id);
        kv_str(&w, "name", p->name);
        kv_str(&w, "svg", qr_svg(cx->arena, p->token));
        jw_end(&w);
    }
    return list_close(rs, &w, OK);
}

/* The code as a picture, to be printed at once: the one before it ends with this call. */
static enum err h_code(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw w;
    const char *token = NULL;
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = maint_point_rotate(cx, id, &token);
    if (e)
        return e;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    kv_id(&w, "point_id", id);
    kv_str(&w, "token", token);
    kv_str(&w, "svg", qr_svg(cx->arena, token));
    jw_end(&w);
    return reply_json(rs, 201, &w);
}

struct check_in {
    const char *token, *note;
    int64_t lat_e6, lng_e6;
    bool has_lat, has_lng, fault;
};
#define SEEN_I64(m, seen, lo, hi)                                                                                      \
    {                                                                                                                  \
        .key = #m, .type = F_I64, .flags = F_OPTIONAL, .off = offsetof(struct check_in, m), .min = lo, .max = hi,      \
        .seen_off = offsetof(struct check_in, seen) + 1                                                                \
    }
static const struct field check_fields[] = {
    FIELD_RAW(struct check_in, token, 1, 64), OPT_TEXT(struct check_in, note, 0, 500),
    SEEN_I64(lat_e6, has_lat, -90000000, 90000000), SEEN_I64(lng_e6, has_lng, -180000000, 180000000),
    OPT_BOOL(struct check_in, fault)};

static enum err h_check(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct check_in in = {0};
    struct maint_check c;
    struct jw w;
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = BODY(cx, rq, check_fields, &in);
    struct maint_check_in k = {.token = in.token,
                               .note = in.note,
                               .has_place = in.has_lat && in.has_lng,
                               .fault = in.fault,
                               .lat_e6 = in.lat_e6,
                               .lng_e6 = in.lng_e6};
    if (!e)
        e = maint_patrol_check(cx, id, &k, &c);
    if (e)
        return e;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    kv_id(&w, "point_id", c.point_id);
    kv_int(&w, "n", c.n);
    kv_str(&w, "name", c.name);
    kv_str(&w, "state", c.state);
    kv_int(&w, "away_m", c.away_m);
    kv_id(&w, "repair_id", c.repair_id);
    kv_time(&w, "at", c.at);
    jw_end(&w);
    return reply_json(rs, 200, &w);
}

#define WHO_SEES (ROLES_DESK | ROLE_AUDITOR)
#define WHO_ACTS (ROLES_DESK | ROLE_TECHNICIAN)
/* clang-format off */
static const struct route rows[] = {
    {M_GET,  "/api/v1/patrol-routes",            h_list,   LANE_READ,  WHO_SEES,   SCOPE_PROJECT, 0,     0,             "listPatrolRoutes"},
    {M_POST, "/api/v1/patrol-routes",            h_add,    LANE_WRITE, ROLES_SETS, SCOPE_PROJECT, 65536, RF_IDEMPOTENT, "addPatrolRoute"},
    {M_GET,  "/api/v1/patrol-routes/{id}",       h_get,    LANE_READ,  ROLES_SETS, SCOPE_PROJECT, 0,     0,             "getPatrolRoute"},
    {M_PUT,  "/api/v1/patrol-routes/{id}",       h_change, LANE_WRITE, ROLES_SETS, SCOPE_PROJECT, 65536, 0,             "changePatrolRoute"},
    {M_GET,  "/api/v1/patrol-routes/{id}/codes", h_codes,  LANE_READ,  ROLES_SETS, SCOPE_PROJECT, 0,     0,             "listPatrolCodes"},
    {M_POST, "/api/v1/patrol-points/{id}/code",  h_code,   LANE_WRITE, ROLES_SETS, SCOPE_PROJECT, 256,   RF_IDEMPOTENT, "rotatePatrolCode"},
    {M_POST, "/api/v1/maint-tasks/{id}/checks",  h_check,  LANE_WRITE, WHO_ACTS,   SCOPE_PROJECT, 2048,  RF_IDEMPOTENT, "checkPatrolPoint"},
};
/* clang-format on */
const struct route_set patrol_routes = {rows, COUNT(rows)};
