/* estate.c - companies, projects, buildings, rooms. SPDX-License-Identifier: MIT */
#include "domain/estate.h"
#include "base/id.h"
#include "base/json.h"
#include "domain/audit.h"
#include "platform/store/db.h"
#include <ctype.h>
#include <string.h>

STMT(q_company_add, "company.add", "INSERT INTO company(id, code, name, created_at) VALUES ($1, $2, $3, $4)");
STMT(q_project_add, "project.add",
     "INSERT INTO project(id, company_id, code, name, address, kind, land_area_e4, building_area_e4, created_at)"
     " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)");
STMT(q_project_set, "project.set",
     "UPDATE project SET name = $3, address = $4, kind = $5, land_area_e4 = $6, building_area_e4 = $7, version = "
     "version + 1"
     " WHERE id = $1 AND company_id = $2 AND version = $8");
STMT(q_projects, "project.list",
     "SELECT p.id, p.code, p.name, p.address, p.kind, p.land_area_e4, p.building_area_e4, p.state, p.version FROM "
     "project p"
     " WHERE p.company_id = $1 AND (EXISTS (SELECT 1 FROM role_grant g WHERE g.account_id = $2"
     " AND (g.project_id = 0 OR g.project_id = p.id)) OR EXISTS (SELECT 1 FROM binding b WHERE b.account_id = $2"
     " AND b.project_id = p.id AND b.state = 'active' AND (b.expires_at = 0 OR b.expires_at > $3))) ORDER BY p.id "
     "LIMIT 500");
STMT(q_building, "building.find", "SELECT id FROM building WHERE company_id = $1 AND project_id = $2 AND norm = $3");
STMT(q_building_add, "building.add",
     "INSERT INTO building(id, company_id, project_id, name, norm, created_at) VALUES ($1, $2, $3, $4, $5, $6)");
STMT(q_unit, "unit.find",
     "SELECT id FROM unit WHERE company_id = $1 AND project_id = $2 AND building_id = $3 AND norm = $4");
STMT(q_unit_add, "unit.add",
     "INSERT INTO unit(id, company_id, project_id, building_id, name, norm, created_at) VALUES ($1, $2, $3, $4, $5, "
     "$6, $7)");
STMT(q_room_add, "room.add",
     "INSERT INTO room(id, company_id, project_id, building_id, unit_id, name, full_name, norm, layout, area_e4, "
     "created_at)"
     " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)");
STMT(q_rooms, "room.list",
     "SELECT m.id, m.project_id, m.building_id, b.name, COALESCE(u.name, ''), m.name, m.full_name, m.layout, m.area_e4,"
     " m.state, m.version FROM room m JOIN building b ON b.id = m.building_id LEFT JOIN unit u ON u.id = m.unit_id"
     " WHERE m.company_id = $1 AND m.project_id = $2 AND ($3 = '' OR m.norm LIKE $3) AND m.id > $4 ORDER BY m.id LIMIT "
     "$5");

/* Words that separate or end the parts of a room's name. */
static const char *const separators[] = {"号楼", "单元", "幢", "栋", "楼", "座", "室", "房", "号", "期", "区",
                                         "#",    "-",    "—",  "－", "_",  "/",  "\\", ".",  " ",  ","};

char *room_norm(struct arena *a, const char *human)
{
    const char *s = text_clean(a, human, false);
    char *out = arena_alloc(a, strlen(s) + 2);
    size_t o = 0;
    while (*s) {
        size_t skip = 0;
        for (size_t i = 0; i < COUNT(separators) && !skip; i++)
            if (str_starts(s, separators[i]))
                skip = strlen(separators[i]);
        if (skip) {
            if (o && out[o - 1] != '-')
                out[o++] = '-';
            s += skip;
        } else {
            out[o++] = (char)toupper((unsigned char)*s++);
        }
    }
    while (o && out[o - 1] == '-')
        o--;
    out[o] = '\0';
    return out;
}

enum err company_create(struct ctx *cx, const char *code, const char *name, int64_t *id)
{
    *id = id_new();
    enum err e = db_try(cx, &q_company_add, ARGS(I64(*id), TXT(code), TXT(name), I64(cx->now)), NULL);
    if (e == ERR_EXISTS)
        return cx_fail(cx, e, "code", "公司编码已存在", "the company code is taken");
    return e ? e : audit_add(cx, "company.create", "company", *id, NULL, NULL);
}

static const char *project_json(struct ctx *cx, const struct project *p)
{
    struct jw w;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    kv_str(&w, "name", p->name);
    kv_str(&w, "address", p->address);
    kv_str(&w, "kind", p->kind);
    kv_int(&w, "land_area_e4", p->land_area_e4);
    kv_int(&w, "building_area_e4", p->building_area_e4);
    jw_end(&w);
    return jw_text(&w);
}

enum err project_create(struct ctx *cx, const struct project *p, int64_t *id)
{
    *id = id_new();
    enum err e = db_try(cx, &q_project_add,
                        ARGS(I64(*id), I64(cx->who.company_id), TXT(p->code), TXT(p->name), TXT(p->address),
                             TXT(p->kind), I64(p->land_area_e4), I64(p->building_area_e4), I64(cx->now)),
                        NULL);
    if (e == ERR_EXISTS)
        return cx_fail(cx, e, "code", "项目编码已存在", "the project code is taken");
    return e ? e : audit_add(cx, "project.create", "project", *id, NULL, project_json(cx, p));
}

enum err project_change(struct ctx *cx, const struct project *p)
{
    enum err e = db_change_one(cx, &q_project_set,
                               ARGS(I64(p->id), I64(cx->who.company_id), TXT(p->name), TXT(p->address), TXT(p->kind),
                                    I64(p->land_area_e4), I64(p->building_area_e4), I64(p->version)),
                               ERR_CONFLICT, "项目不存在或已被他人修改", "no such project, or changed meanwhile");
    return e ? e : audit_add(cx, "project.change", "project", p->id, NULL, project_json(cx, p));
}

struct projects {
    project_fn *fn;
    void *arg;
};

static enum err on_project(struct ctx *cx, const struct row *r, void *out)
{
    struct projects *l = out;
    struct project p = {.id = row_i64(r, 0),
                        .code = row_text(cx, r, 1),
                        .name = row_text(cx, r, 2),
                        .address = row_text(cx, r, 3),
                        .kind = row_text(cx, r, 4),
                        .land_area_e4 = row_i64(r, 5),
                        .building_area_e4 = row_i64(r, 6),
                        .state = row_text(cx, r, 7),
                        .version = row_i64(r, 8)};
    l->fn(l->arg, &p);
    return OK;
}

enum err project_list(struct ctx *cx, project_fn *fn, void *arg)
{
    struct projects l = {fn, arg};
    return db_each(cx, &q_projects, ARGS(I64(cx->who.company_id), I64(cx->who.id), I64(cx->now)), on_project, &l);
}

static enum err building_of(struct ctx *cx, const char *name, int64_t *id)
{
    const char *norm = room_norm(cx->arena, name);
    if (str_empty(norm))
        return cx_fail(cx, ERR_INVALID, "building", "楼栋名称无效", "not a building's name");
    enum err e = db_i64(cx, &q_building, ARGS(I64(cx->who.company_id), I64(cx->who.project_id), TXT(norm)), id, NULL);
    if (e || *id)
        return e;
    *id = id_new();
    return db_exec(cx, &q_building_add,
                   ARGS(I64(*id), I64(cx->who.company_id), I64(cx->who.project_id), TXT(name), TXT(norm), I64(cx->now)),
                   NULL);
}

static enum err unit_of(struct ctx *cx, int64_t building, const char *name, int64_t *id)
{
    const char *norm = room_norm(cx->arena, name);
    enum err e =
        db_i64(cx, &q_unit, ARGS(I64(cx->who.company_id), I64(cx->who.project_id), I64(building), TXT(norm)), id, NULL);
    if (e || *id)
        return e;
    *id = id_new();
    return db_exec(cx, &q_unit_add,
                   ARGS(I64(*id), I64(cx->who.company_id), I64(cx->who.project_id), I64(building), TXT(name), TXT(norm),
                        I64(cx->now)),
                   NULL);
}

enum err room_create(struct ctx *cx, const struct room *in, int64_t *id)
{
    int64_t building = 0, unit = 0;
    bool has_unit = !str_empty(in->unit);
    if (!cx->who.project_id)
        return cx_fail(cx, ERR_INVALID, NULL, "请先选择项目", "choose a project first");
    enum err e = building_of(cx, in->building, &building);
    if (!e && has_unit)
        e = unit_of(cx, building, in->unit, &unit);
    if (e)
        return e;
    const char *full = arena_printf(cx->arena, "%s%s%s", in->building, has_unit ? in->unit : "", in->name);
    const char *norm =
        room_norm(cx->arena, arena_printf(cx->arena, "%s-%s-%s", in->building, in->unit ? in->unit : "", in->name));
    *id = id_new();
    e = db_try(cx, &q_room_add,
               ARGS(I64(*id), I64(cx->who.company_id), I64(cx->who.project_id), I64(building), ID_OR_NULL(unit),
                    TXT(in->name), TXT(full), TXT(norm), TXT(in->layout ? in->layout : ""), I64(in->area_e4),
                    I64(cx->now)),
               NULL);
    if (e == ERR_EXISTS)
        return cx_fail(cx, e, "name", "房间已存在", "the room exists");
    return e ? e : audit_add(cx, "room.create", "room", *id, NULL, NULL);
}

struct rooms {
    room_fn *fn;
    void *arg;
};

static enum err on_room(struct ctx *cx, const struct row *r, void *out)
{
    struct rooms *l = out;
    struct room m = {.id = row_i64(r, 0),
                     .project_id = row_i64(r, 1),
                     .building_id = row_i64(r, 2),
                     .building = row_text(cx, r, 3),
                     .unit = row_text(cx, r, 4),
                     .name = row_text(cx, r, 5),
                     .full_name = row_text(cx, r, 6),
                     .layout = row_text(cx, r, 7),
                     .area_e4 = row_i64(r, 8),
                     .state = row_text(cx, r, 9),
                     .version = row_i64(r, 10)};
    l->fn(l->arg, &m);
    return OK;
}

enum err room_list(struct ctx *cx, const char *search, int64_t after_id, int64_t limit, room_fn *fn, void *arg)
{
    struct rooms l = {fn, arg};
    const char *norm = str_empty(search) ? "" : room_norm(cx->arena, search);
    const char *like = str_empty(norm) ? "" : arena_printf(cx->arena, "%%%s%%", norm);
    return db_each(cx, &q_rooms,
                   ARGS(I64(cx->who.company_id), I64(cx->who.project_id), TXT(like), I64(after_id), I64(limit)),
                   on_room, &l);
}
