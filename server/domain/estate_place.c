/* estate_place.c - buildings and units of the current project. SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/id.h"
#include "domain/audit.h"
#include "domain/estate_int.h"

#define BUILDING                                                                                                       \
    "SELECT b.id, b.name, b.kind, b.floors, b.area_e4, b.year, b.version, (SELECT COUNT(*) FROM room m"                \
    " WHERE m.building_id = b.id AND m.closed_at = 0) FROM building b WHERE b.company_id = $1 AND b.project_id = $2"   \
    " AND b.closed_at = 0"
STMT(q_building, "building.find", "SELECT id FROM building WHERE company_id = $1 AND project_id = $2 AND norm = $3");
STMT(q_building_add, "building.add",
     "INSERT INTO building(id, company_id, project_id, name, norm, kind, floors, area_e4, year, created_at)"
     " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)");
STMT(q_building_get, "building.get", BUILDING " AND b.id = $3");
STMT(q_buildings, "building.list", BUILDING " ORDER BY b.id LIMIT 1000");
STMT(q_building_set, "building.set",
     "UPDATE building SET name = $4, norm = $5, kind = $6, floors = $7, area_e4 = $8, year = $9, version = version + 1"
     " WHERE id = $1 AND company_id = $2 AND project_id = $3 AND version = $10 AND closed_at = 0");
STMT(q_building_close, "building.close",
     "UPDATE building SET closed_at = $4, norm = norm || '~' || CAST(id AS TEXT), version = version + 1 WHERE id = $1"
     " AND company_id = $2 AND project_id = $3 AND version = $5 AND closed_at = 0");
#define UNIT                                                                                                           \
    "SELECT u.id, u.building_id, u.name, u.floors, u.lift, u.version, (SELECT COUNT(*) FROM room m"                    \
    " WHERE m.unit_id = u.id AND m.closed_at = 0) FROM unit u WHERE u.company_id = $1 AND u.project_id = $2"           \
    " AND u.closed_at = 0"
STMT(q_unit, "unit.find",
     "SELECT id FROM unit WHERE company_id = $1 AND project_id = $2 AND building_id = $3 AND norm = $4");
STMT(q_unit_add, "unit.add",
     "INSERT INTO unit(id, company_id, project_id, building_id, name, norm, floors, lift, created_at)"
     " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)");
STMT(q_unit_get, "unit.get", UNIT " AND u.id = $3");
STMT(q_units, "unit.list", UNIT " AND u.building_id = $3 ORDER BY u.id LIMIT 200");
STMT(q_unit_set, "unit.set",
     "UPDATE unit SET name = $4, norm = $5, floors = $6, lift = $7, version = version + 1"
     " WHERE id = $1 AND company_id = $2 AND project_id = $3 AND version = $8 AND closed_at = 0");
STMT(q_unit_close, "unit.close",
     "UPDATE unit SET closed_at = $4, norm = norm || '~' || CAST(id AS TEXT), version = version + 1 WHERE id = $1"
     " AND company_id = $2 AND project_id = $3 AND version = $5 AND closed_at = 0");

enum err building_of(struct ctx *cx, const char *name, int64_t *id)
{
    const char *norm = room_norm(cx->arena, name);
    if (str_empty(norm))
        return cx_fail(cx, ERR_INVALID, "building", "楼栋名称无效", "not a building's name");
    enum err e = db_i64(cx, &q_building, ARGS(I64(cx->who.company_id), I64(cx->who.project_id), TXT(norm)), id, NULL);
    if (e || *id)
        return e;
    *id = id_new();
    return db_exec(cx, &q_building_add,
                   ARGS(I64(*id), I64(cx->who.company_id), I64(cx->who.project_id), TXT(name), TXT(norm),
                        TXT("residential"), I64(0), I64(0), I64(0), I64(cx->now)),
                   NULL);
}

enum err unit_of(struct ctx *cx, int64_t building, const char *name, int64_t *id)
{
    const char *norm = room_norm(cx->arena, name);
    enum err e =
        db_i64(cx, &q_unit, ARGS(I64(cx->who.company_id), I64(cx->who.project_id), I64(building), TXT(norm)), id, NULL);
    if (e || *id)
        return e;
    *id = id_new();
    return db_exec(cx, &q_unit_add,
                   ARGS(I64(*id), I64(cx->who.company_id), I64(cx->who.project_id), I64(building), TXT(name), TXT(norm),
                        I64(0), I64(0), I64(cx->now)),
                   NULL);
}

/* ---- buildings ---- */

static enum err building_row(struct ctx *cx, const struct row *r, void *out)
{
    *(struct building *)out = (struct building){.id = row_i64(r, 0),
                                                .name = row_text(cx, r, 1),
                                                .kind = row_text(cx, r, 2),
                                                .floors = row_i64(r, 3),
                                                .area_e4 = row_i64(r, 4),
                                                .year = row_i64(r, 5),
                                                .version = row_i64(r, 6),
                                                .rooms = row_i64(r, 7)};
    return OK;
}

static enum err check_building(struct ctx *cx, const struct building *in, const char **norm)
{
    *norm = room_norm(cx->arena, in->name);
    if (str_empty(*norm))
        return cx_fail(cx, ERR_INVALID, "name", "楼栋名称无效", "not a building's name");
    if (in->year && (in->year < 1840 || in->year > clock_day(cx->now) / 10000 + 10))
        return cx_fail(cx, ERR_INVALID, "year", "建成年份无效", "no building is of that year");
    return cx_need_project(cx);
}

enum err building_create(struct ctx *cx, const struct building *in, int64_t *id)
{
    const char *norm = NULL;
    *id = id_new();
    enum err e = check_building(cx, in, &norm);
    if (!e)
        e = db_try(cx, &q_building_add,
                   ARGS(I64(*id), I64(cx->who.company_id), I64(cx->who.project_id), TXT(in->name), TXT(norm),
                        TXT(in->kind), I64(in->floors), I64(in->area_e4), I64(in->year), I64(cx->now)),
                   NULL);
    if (e == ERR_EXISTS)
        return cx_fail(cx, e, "name", "楼栋已存在", "there is such a building");
    return e ? e : audit_add(cx, "building.create", "building", *id, NULL, NULL);
}

enum err building_get(struct ctx *cx, int64_t id, struct building *out)
{
    enum err e =
        db_one(cx, &q_building_get, ARGS(I64(cx->who.company_id), I64(cx->who.project_id), I64(id)), building_row, out);
    return e == ERR_NOT_FOUND ? cx_fail(cx, e, "id", "楼栋不存在", "no such building") : e;
}

enum err building_change(struct ctx *cx, const struct building *in)
{
    struct building was;
    const char *norm = NULL;
    enum err e = building_get(cx, in->id, &was);
    if (!e)
        e = check_building(cx, in, &norm);
    /* The rooms' own names hold the building's: with rooms in it, it may be spelled otherwise, not be another one */
    if (!e && was.rooms && !str_eq(norm, room_norm(cx->arena, was.name)))
        e = cx_fail(cx, ERR_STATE, "name", "楼栋下已有房间,不能改名", "it has rooms that bear its name");
    int64_t changed = 0;
    if (!e)
        e = db_try(cx, &q_building_set,
                   ARGS(I64(in->id), I64(cx->who.company_id), I64(cx->who.project_id), TXT(in->name), TXT(norm),
                        TXT(in->kind), I64(in->floors), I64(in->area_e4), I64(in->year), I64(in->version)),
                   &changed);
    if (e == ERR_EXISTS)
        return cx_fail(cx, e, "name", "楼栋已存在", "there is such a building");
    if (e)
        return e;
    if (!changed)
        return cx_fail(cx, ERR_CONFLICT, NULL, CHANGED_ZH, CHANGED_EN);
    struct history h = {.cx = cx,
                        .object = HISTORY_BUILDING,
                        .project_id = cx->who.project_id,
                        .object_id = in->id,
                        .version = in->version + 1,
                        .reason = in->reason};
    history_text(&h, "name", was.name, in->name);
    history_text(&h, "kind", was.kind, in->kind);
    history_int(&h, "floors", was.floors, in->floors);
    history_int(&h, "area_e4", was.area_e4, in->area_e4);
    history_int(&h, "year", was.year, in->year);
    return h.e ? h.e : audit_add(cx, "building.change", "building", in->id, NULL, NULL);
}

/* What a closing has in common: nothing may hang on it, the version guards it, the history tells. */
static enum err close_place(struct ctx *cx, const struct stmt *q, int object, int64_t id, int64_t version,
                            int64_t rooms, const char *reason)
{
    if (rooms)
        return cx_fail(cx, ERR_STATE, "id", "还有 %lld 间在用的房间", "%lld rooms are still in use", (long long)rooms);
    enum err e = db_change_one(
        cx, q, ARGS(I64(id), I64(cx->who.company_id), I64(cx->who.project_id), I64(cx->now), I64(version)),
        ERR_CONFLICT, CHANGED_ZH, CHANGED_EN);
    if (e)
        return e;
    struct history h = {.cx = cx,
                        .object = object,
                        .project_id = cx->who.project_id,
                        .object_id = id,
                        .version = version + 1,
                        .reason = reason};
    history_text(&h, "state", "active", "closed");
    return h.e ? h.e
               : audit_add(cx, object == HISTORY_UNIT ? "unit.close" : "building.close", history_object_name[object],
                           id, NULL, NULL);
}

enum err building_close(struct ctx *cx, int64_t id, int64_t version, const char *reason)
{
    struct building b;
    enum err e = building_get(cx, id, &b);
    return e ? e : close_place(cx, &q_building_close, HISTORY_BUILDING, id, version, b.rooms, reason);
}

struct buildings {
    building_fn *fn;
    void *arg;
};

static enum err on_building(struct ctx *cx, const struct row *r, void *out)
{
    struct buildings *l = out;
    struct building b;
    enum err e = building_row(cx, r, &b);
    l->fn(l->arg, &b);
    return e;
}

enum err building_list(struct ctx *cx, building_fn *fn, void *arg)
{
    struct buildings l = {fn, arg};
    return db_each(cx, &q_buildings, ARGS(I64(cx->who.company_id), I64(cx->who.project_id)), on_building, &l);
}

/* ---- units ---- */

static enum err unit_row(struct ctx *cx, const struct row *r, void *out)
{
    *(struct unit *)out = (struct unit){.id = row_i64(r, 0),
                                        .building_id = row_i64(r, 1),
                                        .name = row_text(cx, r, 2),
                                        .floors = row_i64(r, 3),
                                        .lift = row_i64(r, 4) != 0,
                                        .version = row_i64(r, 5),
                                        .rooms = row_i64(r, 6)};
    return OK;
}

enum err unit_get(struct ctx *cx, int64_t id, struct unit *out)
{
    enum err e =
        db_one(cx, &q_unit_get, ARGS(I64(cx->who.company_id), I64(cx->who.project_id), I64(id)), unit_row, out);
    return e == ERR_NOT_FOUND ? cx_fail(cx, e, "id", "单元不存在", "no such unit") : e;
}

enum err unit_create(struct ctx *cx, const struct unit *in, int64_t *id)
{
    struct building b;
    const char *norm = room_norm(cx->arena, in->name);
    *id = id_new();
    if (str_empty(norm))
        return cx_fail(cx, ERR_INVALID, "name", "单元名称无效", "not a unit's name");
    enum err e = building_get(cx, in->building_id, &b);
    if (!e)
        e = db_try(cx, &q_unit_add,
                   ARGS(I64(*id), I64(cx->who.company_id), I64(cx->who.project_id), I64(in->building_id), TXT(in->name),
                        TXT(norm), I64(in->floors), I64(in->lift), I64(cx->now)),
                   NULL);
    if (e == ERR_EXISTS)
        return cx_fail(cx, e, "name", "单元已存在", "there is such a unit");
    return e ? e : audit_add(cx, "unit.create", "unit", *id, NULL, NULL);
}

enum err unit_change(struct ctx *cx, const struct unit *in)
{
    struct unit was;
    int64_t changed = 0;
    const char *norm = room_norm(cx->arena, in->name);
    enum err e = unit_get(cx, in->id, &was);
    if (!e && (str_empty(norm) || (was.rooms && !str_eq(norm, room_norm(cx->arena, was.name)))))
        e = cx_fail(cx, ERR_STATE, "name", "单元下已有房间,不能改名", "it has rooms that bear its name");
    if (!e)
        e = db_try(cx, &q_unit_set,
                   ARGS(I64(in->id), I64(cx->who.company_id), I64(cx->who.project_id), TXT(in->name), TXT(norm),
                        I64(in->floors), I64(in->lift), I64(in->version)),
                   &changed);
    if (e == ERR_EXISTS)
        return cx_fail(cx, e, "name", "单元已存在", "there is such a unit");
    if (e)
        return e;
    if (!changed)
        return cx_fail(cx, ERR_CONFLICT, NULL, CHANGED_ZH, CHANGED_EN);
    struct history h = {.cx = cx,
                        .object = HISTORY_UNIT,
                        .project_id = cx->who.project_id,
                        .object_id = in->id,
                        .version = in->version + 1,
                        .reason = in->reason};
    history_text(&h, "name", was.name, in->name);
    history_int(&h, "floors", was.floors, in->floors);
    history_int(&h, "lift", was.lift, in->lift);
    return h.e ? h.e : audit_add(cx, "unit.change", "unit", in->id, NULL, NULL);
}

enum err unit_close(struct ctx *cx, int64_t id, int64_t version, const char *reason)
{
    struct unit u;
    enum err e = unit_get(cx, id, &u);
    return e ? e : close_place(cx, &q_unit_close, HISTORY_UNIT, id, version, u.rooms, reason);
}

struct units {
    unit_fn *fn;
    void *arg;
};

static enum err on_unit(struct ctx *cx, const struct row *r, void *out)
{
    struct units *l = out;
    struct unit u;
    enum err e = unit_row(cx, r, &u);
    l->fn(l->arg, &u);
    return e;
}

enum err unit_list(struct ctx *cx, int64_t building_id, unit_fn *fn, void *arg)
{
    struct units l = {fn, arg};
    struct building b;
    enum err e = building_get(cx, building_id, &b);
    return e ? e
             : db_each(cx, &q_units, ARGS(I64(cx->who.company_id), I64(cx->who.project_id), I64(building_id)), on_unit,
                       &l);
}
