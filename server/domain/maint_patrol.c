/* maint_patrol.c - routes and their points, and the points of one patrol: looked at early, on time, late, or missed.
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/id.h"
#include "domain/audit.h"
#include "domain/maint_int.h"
#include "domain/receipt_code.h"

#define POINTS 100

STMT(q_route, "patrol.route",
     "SELECT id, version, name, in_order, enabled FROM maint_route WHERE company_id = $1 AND project_id = $2 AND id = "
     "$3");
STMT(q_routes, "patrol.routes",
     "SELECT id, version, name, in_order, enabled FROM maint_route WHERE company_id = $1 AND project_id = $2 ORDER BY "
     "name"
     " LIMIT 200");
STMT(q_taken, "patrol.taken",
     "SELECT id FROM maint_route WHERE company_id = $1 AND project_id = $2 AND name = $3 AND id <> $4");
STMT(q_add, "patrol.add",
     "INSERT INTO maint_route(id, company_id, project_id, name, in_order, enabled) VALUES ($1, $2, $3, $4, $5, $6)");
STMT(q_change, "patrol.change",
     "UPDATE maint_route SET name = $3, in_order = $4, enabled = $5, version = version + 1 WHERE id = $1 AND version = "
     "$2");
STMT(q_points, "patrol.points",
     "SELECT id, facility_id, at_min, window_min, lat_e6, lng_e6, radius_m, code_version, name FROM maint_point"
     " WHERE route_id = $1 AND gone = 0 ORDER BY n");
STMT(q_gone, "patrol.points_gone", "UPDATE maint_point SET gone = 1 WHERE route_id = $1");
/* Nobody can scan a point that is gone: the patrols that are to come do without it. */
STMT(
    q_drop_checks, "patrol.drop_checks",
    "DELETE FROM maint_check WHERE state = 'wait' AND point_id IN (SELECT p.id FROM maint_point p WHERE p.route_id = $1"
    " AND p.gone = 1) AND task_id IN (SELECT t.id FROM maint_task t WHERE t.company_id = $2 AND t.project_id = $3"
    " AND t.state IN ('scheduled', 'in_progress', 'await_accept') AND t.route_id = $1)");
STMT(q_point_add, "patrol.point_add",
     "INSERT INTO maint_point(id, route_id, company_id, n, name, facility_id, at_min, window_min, lat_e6, lng_e6, "
     "radius_m)"
     " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)");
STMT(q_point_change, "patrol.point_change",
     "UPDATE maint_point SET n = $3, name = $4, facility_id = $5, at_min = $6, window_min = $7, lat_e6 = $8, lng_e6 = "
     "$9,"
     " radius_m = $10, gone = 0 WHERE id = $1 AND route_id = $2");
STMT(q_facility, "patrol.facility", "SELECT id FROM facility WHERE company_id = $1 AND project_id = $2 AND id = $3");
STMT(q_point, "patrol.point",
     "SELECT p.code_version FROM maint_point p JOIN maint_route r ON r.id = p.route_id WHERE r.company_id = $1"
     " AND r.project_id = $2 AND p.id = $3 AND p.gone = 0");
STMT(q_rotate, "patrol.rotate", "UPDATE maint_point SET code_version = code_version + 1 WHERE id = $1");
STMT(q_make, "patrol.make_checks",
     "INSERT INTO maint_check(task_id, point_id, n, company_id, from_at, to_at) SELECT $1, id, n, company_id,"
     " $3 + at_min * 60000, $3 + (at_min + window_min) * 60000 FROM maint_point WHERE route_id = $2 AND gone = 0");
STMT(q_miss, "patrol.miss", "UPDATE maint_check SET state = 'missed' WHERE task_id = $1 AND state = 'wait'");
STMT(q_missed, "patrol.missed", "SELECT COUNT(*) FROM maint_check WHERE task_id = $1 AND state = 'missed'");
#define CHECK_COLUMNS                                                                                                  \
    "SELECT c.point_id, c.n, c.from_at, c.to_at, c.at, c.away_m, c.repair_id, p.name, c.state, a.name, c.note, c.ok,"  \
    " p.facility_id, p.lat_e6, p.lng_e6, p.radius_m FROM maint_check c JOIN maint_point p ON p.id = c.point_id"        \
    " LEFT JOIN account a ON a.id = c.account_id WHERE c.task_id = $1"
STMT(q_checks, "patrol.checks", CHECK_COLUMNS " ORDER BY c.n");
STMT(q_check, "patrol.check", CHECK_COLUMNS " AND c.point_id = $2");
STMT(q_before, "patrol.before", "SELECT COUNT(*) FROM maint_check WHERE task_id = $1 AND n < $2 AND state = 'wait'");
STMT(q_in_order, "patrol.in_order", "SELECT in_order FROM maint_route WHERE id = $1");
STMT(q_done, "patrol.done",
     "UPDATE maint_check SET state = $3, at = $4, account_id = $5, lat_e6 = $6, lng_e6 = $7, away_m = $8, ok = $9,"
     " note = $10, repair_id = $11 WHERE task_id = $1 AND point_id = $2 AND state IN ('wait', 'missed')");

/* ---- routes ---- */

static enum err route_row(struct ctx *cx, const struct row *r, void *out)
{
    struct maint_route *o = out;
    *o = (struct maint_route){.id = row_i64(r, 0),
                              .version = row_i64(r, 1),
                              .name = row_text(cx, r, 2),
                              .in_order = row_i64(r, 3) != 0,
                              .enabled = row_i64(r, 4) != 0};
    return OK;
}

static enum err get(struct ctx *cx, int64_t id, struct maint_route *out)
{
    enum err e = db_one(cx, &q_route, ARGS(I64(cx->who.company_id), I64(cx->who.project_id), I64(id)), route_row, out);
    return e == ERR_NOT_FOUND ? cx_fail(cx, e, "id", "巡检路线不存在", "no such route") : e;
}

static enum err on_point(struct ctx *cx, const struct row *r, void *out)
{
    struct json_list *l = out;
    struct maint_point *v = l->p;
    if (l->n == POINTS)
        return OK;
    struct maint_point *p = &v[l->n++];
    *p = (struct maint_point){.id = row_i64(r, 0),
                              .facility_id = row_i64(r, 1),
                              .at_min = row_i64(r, 2),
                              .window_min = row_i64(r, 3),
                              .lat_e6 = row_i64(r, 4),
                              .lng_e6 = row_i64(r, 5),
                              .radius_m = row_i64(r, 6),
                              .code_version = row_i64(r, 7),
                              .name = row_text(cx, r, 8)};
    p->token = signed_code(cx->arena, "point", p->id, p->code_version);
    return OK;
}

enum err maint_route_get(struct ctx *cx, int64_t id, struct maint_route *out)
{
    enum err e = get(cx, id, out);
    out->points = (struct json_list){arena_alloc(cx->arena, POINTS * sizeof(struct maint_point)), 0};
    return e ? e : db_each(cx, &q_points, ARGS(I64(id)), on_point, &out->points);
}

struct routes {
    maint_route_fn *fn;
    void *arg;
};

static enum err on_route(struct ctx *cx, const struct row *r, void *out)
{
    struct routes *l = out;
    struct maint_route o;
    enum err e = route_row(cx, r, &o);
    l->fn(l->arg, &o);
    return e;
}

enum err maint_route_list(struct ctx *cx, maint_route_fn *fn, void *arg)
{
    struct routes l = {fn, arg};
    return db_each(cx, &q_routes, ARGS(I64(cx->who.company_id), I64(cx->who.project_id)), on_route, &l);
}

static enum err put_point(struct ctx *cx, const struct maint_route *r, size_t i)
{
    const struct maint_point *p = (const struct maint_point *)r->points.p + i;
    int64_t id = 0;
    bool found = !p->facility_id;
    enum err e = OK;
    if (p->facility_id)
        e = db_i64(cx, &q_facility, ARGS(I64(cx->who.company_id), I64(cx->who.project_id), I64(p->facility_id)), &id,
                   &found);
    if (!e && !found)
        e = cx_fail(cx, ERR_INVALID, arena_printf(cx->arena, "points[%zu].facility_id", i), "设备不存在",
                    "no such facility");
    if (!e && !p->id)
        return db_exec(cx, &q_point_add,
                       ARGS(I64(id_new()), I64(r->id), I64(cx->who.company_id), I64(i + 1), TXT(p->name),
                            ID_OR_NULL(p->facility_id), I64(p->at_min), I64(p->window_min), I64(p->lat_e6),
                            I64(p->lng_e6), I64(p->radius_m)),
                       NULL);
    int64_t changed = 0;
    if (!e)
        e = db_exec(cx, &q_point_change,
                    ARGS(I64(p->id), I64(r->id), I64(i + 1), TXT(p->name), ID_OR_NULL(p->facility_id), I64(p->at_min),
                         I64(p->window_min), I64(p->lat_e6), I64(p->lng_e6), I64(p->radius_m)),
                    &changed);
    return e || changed ? e
                        : cx_fail(cx, ERR_INVALID, arena_printf(cx->arena, "points[%zu].id", i), "点位不存在",
                                  "no such point of the route");
}

enum err maint_route_save(struct ctx *cx, struct maint_route *r)
{
    struct maint_route was;
    int64_t id = 0;
    bool taken = false, fresh = !r->id;
    enum err e = cx_need_project(cx);
    if (!e && !fresh)
        e = get(cx, r->id, &was);
    if (!e)
        e = db_i64(cx, &q_taken, ARGS(I64(cx->who.company_id), I64(cx->who.project_id), TXT(r->name), I64(r->id)), &id,
                   &taken);
    if (!e && taken)
        e = cx_fail(cx, ERR_EXISTS, "name", "路线名称已存在", "this name is taken");
    if (!e && fresh) {
        r->id = id_new();
        e = db_exec(cx, &q_add,
                    ARGS(I64(r->id), I64(cx->who.company_id), I64(cx->who.project_id), TXT(r->name), I64(r->in_order),
                         I64(r->enabled)),
                    NULL);
    } else if (!e) {
        e = db_change_one(cx, &q_change,
                          ARGS(I64(r->id), I64(r->version), TXT(r->name), I64(r->in_order), I64(r->enabled)),
                          ERR_CONFLICT, "路线已被他人修改,请刷新", "changed meanwhile; reload it");
        if (!e)
            e = db_exec(cx, &q_gone, ARGS(I64(r->id)), NULL);
    }
    for (size_t i = 0; i < r->points.n && !e; i++)
        e = put_point(cx, r, i);
    if (!e && !fresh)
        e = db_exec(cx, &q_drop_checks, ARGS(I64(r->id), I64(cx->who.company_id), I64(cx->who.project_id)), NULL);
    return e ? e : audit_add(cx, "patrol.route", "maint_route", r->id, NULL, NULL);
}

enum err maint_point_rotate(struct ctx *cx, int64_t point_id, const char **token)
{
    int64_t version = 0;
    bool found = false;
    enum err e =
        db_i64(cx, &q_point, ARGS(I64(cx->who.company_id), I64(cx->who.project_id), I64(point_id)), &version, &found);
    if (!e && !found)
        e = cx_fail(cx, ERR_NOT_FOUND, "id", "点位不存在", "no such point");
    if (!e)
        e = db_exec(cx, &q_rotate, ARGS(I64(point_id)), NULL);
    *token = signed_code(cx->arena, "point", point_id, version + 1);
    return e ? e : audit_add(cx, "patrol.code", "maint_point", point_id, NULL, NULL);
}

/* ---- the points of a patrol ---- */

enum err maint_checks_make(struct ctx *cx, const struct maint_task *t)
{
    return db_exec(cx, &q_make, ARGS(I64(t->id), I64(t->route_id), I64(clock_day_start((int32_t)t->day))), NULL);
}

enum err maint_checks_miss(struct ctx *cx, const struct maint_task *t, int64_t *missed)
{
    enum err e = db_exec(cx, &q_miss, ARGS(I64(t->id)), NULL);
    return e ? e : db_i64(cx, &q_missed, ARGS(I64(t->id)), missed, NULL);
}

struct one {
    struct maint_check c;
    struct maint_point p;
};

static enum err on_check(struct ctx *cx, const struct row *r, void *out)
{
    struct one *o = out;
    o->c = (struct maint_check){.point_id = row_i64(r, 0),
                                .n = row_i64(r, 1),
                                .from_at = row_i64(r, 2),
                                .to_at = row_i64(r, 3),
                                .at = row_i64(r, 4),
                                .away_m = row_i64(r, 5),
                                .repair_id = row_i64(r, 6),
                                .name = row_text(cx, r, 7),
                                .state = row_text(cx, r, 8),
                                .by = row_text(cx, r, 9),
                                .note = row_text(cx, r, 10),
                                .ok = row_i64(r, 11) != 0};
    o->p = (struct maint_point){
        .facility_id = row_i64(r, 12), .lat_e6 = row_i64(r, 13), .lng_e6 = row_i64(r, 14), .radius_m = row_i64(r, 15)};
    return OK;
}

struct checks {
    maint_check_fn *fn;
    void *arg;
};

static enum err on_listed(struct ctx *cx, const struct row *r, void *out)
{
    struct checks *l = out;
    struct one o;
    enum err e = on_check(cx, r, &o);
    l->fn(l->arg, &o.c);
    return e;
}

enum err maint_checks(struct ctx *cx, int64_t task_id, maint_check_fn *fn, void *arg)
{
    struct checks l = {fn, arg};
    return db_each(cx, &q_checks, ARGS(I64(task_id)), on_listed, &l);
}

/* Metres between two places of one town: flat is exact enough. */
static int64_t metres(int64_t lat1, int64_t lng1, int64_t lat2, int64_t lng2)
{
    double x = (double)lat1 * 1.7453292519943295e-8, x2 = x * x; /* radians */
    double cosine = 1 - x2 / 2 + x2 * x2 / 24 - x2 * x2 * x2 / 720 + x2 * x2 * x2 * x2 / 40320;
    double dy = (double)(lat1 - lat2) * 0.111195, dx = (double)(lng1 - lng2) * 0.111195 * cosine;
    double square = dx * dx + dy * dy, root = square > 1 ? square : 1;
    for (int i = 0; i < 60; i++)
        root = (root + square / root) / 2;
    return (int64_t)root;
}

static enum err check_place(struct ctx *cx, const struct maint_check_in *in, struct one *o)
{
    o->c.away_m = -1;
    if (in->has_place)
        o->c.away_m = metres(o->p.lat_e6, o->p.lng_e6, in->lat_e6, in->lng_e6);
    if (!o->p.radius_m)
        return OK;
    if (!in->has_place)
        return cx_fail(cx, ERR_INVALID, "lat_e6", "该点位须提供定位", "this point wants to know where you are");
    return o->c.away_m <= o->p.radius_m ? OK
                                        : cx_fail(cx, ERR_INVALID, "lat_e6", "距离点位 %lld 米,超出范围",
                                                  "%lld m away from the point", (long long)o->c.away_m);
}

static enum err check_turn(struct ctx *cx, const struct maint_task *t, const struct one *o)
{
    int64_t in_order = 0, before = 0;
    if (str_eq(o->c.state, "missed"))
        return OK;
    if (!str_eq(o->c.state, "wait"))
        return cx_fail(cx, ERR_STATE, "state", "该点位已巡检", "this point has been looked at");
    enum err e = db_i64(cx, &q_in_order, ARGS(I64(t->route_id)), &in_order, NULL);
    if (!e && in_order)
        e = db_i64(cx, &q_before, ARGS(I64(t->id), I64(o->c.n)), &before, NULL);
    return e || !before ? e : cx_fail(cx, ERR_STATE, "state", "请按顺序巡检", "the points before it come first");
}

static enum err scanned(struct ctx *cx, const struct maint_task *t, const char *token, struct one *o)
{
    int64_t id = 0, version = 0, now = 0;
    bool found = false;
    enum err e = ERR_NOT_FOUND;
    if (signed_code_read("point", token, &id, &version)) {
        e = db_i64(cx, &q_point, ARGS(I64(cx->who.company_id), I64(cx->who.project_id), I64(id)), &now, &found);
        if (!e && (!found || now != version))
            e = ERR_NOT_FOUND;
    }
    if (!e)
        e = db_one(cx, &q_check, ARGS(I64(t->id), I64(id)), on_check, o);
    return e == ERR_NOT_FOUND
               ? cx_fail(cx, ERR_INVALID, "token", "二维码不是本次巡检的点位", "not the code of a point of this patrol")
               : e;
}

enum err maint_patrol_check(struct ctx *cx, int64_t task_id, const struct maint_check_in *in, struct maint_check *out)
{
    struct maint_task t;
    struct one o = {.c = {.state = ""}};
    unsigned actor = 0;
    enum err e = maint_task_get(cx, task_id, &t, &actor);
    if (!e && t.doer_id != cx->who.id)
        e = cx_fail(cx, ERR_FORBIDDEN, NULL, "请先由本人开始巡检", "only whoever has begun the patrol");
    if (!e && t.state != TS_IN_PROGRESS)
        e = cx_fail(cx, ERR_STATE, "state", "巡检未在进行中", "the patrol is not under way");
    if (!e && in->fault && str_empty(in->note))
        e = cx_fail(cx, ERR_INVALID, "note", "请说明发现的问题", "say what is wrong");
    if (!e)
        e = scanned(cx, &t, in->token, &o);
    if (!e)
        e = check_turn(cx, &t, &o);
    if (!e)
        e = check_place(cx, in, &o);
    if (!e && in->fault)
        e = maint_repair(cx, &t, o.p.facility_id, o.c.name,
                         arena_printf(cx->arena, "巡检「%s」点位「%s」:%s", t.name, o.c.name, in->note),
                         &o.c.repair_id);
    if (e)
        return e;
    const char *state = str_eq(o.c.state, "missed") ? "reinspected"
                        : cx->now < o.c.from_at     ? "early"
                        : cx->now > o.c.to_at       ? "late"
                                                    : "on_time";
    e = db_change_one(cx, &q_done,
                      ARGS(I64(task_id), I64(o.c.point_id), TXT(state), I64(cx->now), I64(cx->who.id), I64(in->lat_e6),
                           I64(in->lng_e6), I64(o.c.away_m), I64(!in->fault), TXT(or_empty(in->note)),
                           I64(o.c.repair_id)),
                      ERR_STATE, "该点位已巡检", "this point has been looked at");
    if (!e)
        e = db_one(cx, &q_check, ARGS(I64(task_id), I64(o.c.point_id)), on_check, &o);
    *out = o.c;
    return e;
}
