/* estate_bulk.c - rooms by a pattern, in the store. SPDX-License-Identifier: MIT */
#include "domain/estate_bulk.h"
#include "base/id.h"
#include "domain/audit.h"
#include "domain/estate_int.h"

STMT(q_exists, "room.of_norm",
     "SELECT id FROM room WHERE company_id = $1 AND project_id = $2 AND norm = $3 AND closed_at = 0");
STMT(q_add, "room.add_planned",
     "INSERT INTO room(id, company_id, project_id, building_id, unit_id, name, full_name, norm, layout, area_e4,"
     " inner_area_e4, floor, use, state, created_at)"
     " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)");

static const char *norm_of(struct ctx *cx, const char *building, const struct planned_room *m)
{
    return room_norm(cx->arena, arena_printf(cx->arena, "%s-%s-%s", building, m->unit, m->name));
}

enum err bulk_preview(struct ctx *cx, const struct room_plan *p, struct bulk *out)
{
    struct planned_room *v = NULL;
    struct why why = {0};
    *out = (struct bulk){0};
    enum err e = room_plan_expand(cx->arena, p, &v, &out->n, &why);
    if (e)
        return cx_fail(cx, e, why.field, "%s", "%s", cx->english ? why.en : why.zh);
    if ((e = cx_need_project(cx)) != OK)
        return e;
    struct bulk_room *rooms = arena_alloc(cx->arena, out->n * sizeof *rooms);
    for (size_t i = 0; i < out->n && !e; i++) {
        rooms[i] =
            (struct bulk_room){.plan = v[i], .full_name = room_full_name(cx->arena, p->building, v[i].unit, v[i].name)};
        e = db_i64(cx, &q_exists,
                   ARGS(I64(cx->who.company_id), I64(cx->who.project_id), TXT(norm_of(cx, p->building, &v[i]))),
                   &rooms[i].exists_id, NULL);
        out->exist += rooms[i].exists_id != 0;
    }
    out->v = rooms;
    return e;
}

enum err bulk_create(struct ctx *cx, const struct room_plan *p, const char *use, const char *state, bool skip_existing,
                     int64_t *made)
{
    struct bulk b;
    int64_t building = 0, unit = 0;
    const char *unit_name = NULL;
    *made = 0;
    enum err e = bulk_preview(cx, p, &b);
    if (!e && b.exist && !skip_existing)
        e = cx_fail(cx, ERR_EXISTS, "doors", "其中 %zu 间已存在", "%zu of them exist already", b.exist);
    if (!e)
        e = building_of(cx, p->building, &building);
    for (size_t i = 0; i < b.n && !e; i++) {
        const struct planned_room *m = &b.v[i].plan;
        if (b.v[i].exists_id)
            continue;
        if (*m->unit && (!unit_name || !str_eq(unit_name, m->unit))) { /* they come in order of units */
            unit_name = m->unit;
            e = unit_of(cx, building, m->unit, &unit);
        }
        if (!e)
            e = db_exec(cx, &q_add,
                        ARGS(I64(id_new()), I64(cx->who.company_id), I64(cx->who.project_id), I64(building),
                             ID_OR_NULL(unit), TXT(m->name), TXT(b.v[i].full_name), TXT(norm_of(cx, p->building, m)),
                             TXT(m->layout), I64(m->area_e4), I64(m->inner_area_e4), I64(m->floor), TXT(use),
                             TXT(state), I64(cx->now)),
                        NULL);
        *made += !e;
    }
    return e ? e
             : audit_add(cx, "room.bulk_create", "building", building, NULL,
                         arena_printf(cx->arena, "{\"rooms\":%lld}", (long long)*made));
}
