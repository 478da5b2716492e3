/* estate_api.c - HTTP face of projects, buildings, units and parking. SPDX-License-Identifier: MIT */
#include "api/estate_json.h"
#include "base/clock.h"
#include "domain/estate.h"
#include "domain/estate_history.h"

const struct field why_field[1] = {OPT_STR(struct reason_in, reason, 0, 200)};

enum err read_close(struct ctx *cx, const struct request *rq, int64_t *id, int64_t *version, const char **reason)
{
    struct reason_in in = {0};
    enum err e = path_id(cx, rq, 0, id);
    if (!e)
        e = need_version(rq, version);
    if (!e)
        e = BODY(cx, rq, why_field, &in);
    *reason = in.reason;
    return e;
}

static void one_change(void *arg, const struct field_change *c)
{
    struct page *p = arg;
    struct jw *w = &p->w;
    jw_obj(w);
    kv_id(w, "id", c->id);
    kv_int(w, "version", c->version);
    kv_str(w, "field", c->field);
    kv_str(w, "before", c->before);
    kv_str(w, "after", c->after);
    kv_str(w, "reason", c->reason);
    kv_id(w, "account_id", c->account_id);
    kv_str(w, "account", c->account);
    kv_time(w, "at", c->at);
    jw_end(w);
    page_row(p, c->id);
}

enum err reply_history(struct ctx *cx, const struct request *rq, struct response *rs, int object, int64_t object_id)
{
    struct page p;
    enum err e = page_open(cx, rq, &p);
    return e ? e : page_close(rs, &p, history_list(cx, object, object_id, p.before, p.limit, one_change, &p));
}

/* ---- projects ---- */

#define PROJECT_COMMON                                                                                                 \
    FIELD_STR(struct project, code, 1, 20), FIELD_STR(struct project, name, 1, 60),                                    \
        FIELD_STR(struct project, province, 1, 30), FIELD_STR(struct project, city, 1, 30),                            \
        FIELD_STR(struct project, district, 1, 30), FIELD_STR(struct project, street, 1, 60),                          \
        FIELD_STR(struct project, door_number, 1, 30), OPT_STR(struct project, kinds, 1, 120),                         \
        OPT_I64(struct project, land_area_e4, 0, AREA_MAX), OPT_I64(struct project, building_area_e4, 0, AREA_MAX),    \
        OPT_I64(struct project, parking_area_e4, 0, AREA_MAX), OPT_I64(struct project, green_area_e4, 0, AREA_MAX),    \
        OPT_I64(struct project, year_built, 0, 2200), OPT_STR(struct project, developer, 0, 60),                       \
        OPT_STR(struct project, phone, 0, 20)
static const struct field project_fields[] = {PROJECT_COMMON};
static const struct field project_change_fields[] = {PROJECT_COMMON, OPT_STR(struct project, reason, 0, 200)};

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
    int64_t id = 0, version = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = need_version(rq, &version);
    if (!e)
        e = BODY(cx, rq, project_change_fields, &in);
    in.id = id;
    in.version = version;
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
    kv_str(w, "province", p->province);
    kv_str(w, "city", p->city);
    kv_str(w, "district", p->district);
    kv_str(w, "street", p->street);
    kv_str(w, "door_number", p->door_number);
    kv_str(w, "kind", p->kind);
    kv_str(w, "kinds", p->kinds);
    kv_int(w, "land_area_e4", p->land_area_e4);
    kv_int(w, "building_area_e4", p->building_area_e4);
    kv_int(w, "parking_area_e4", p->parking_area_e4);
    kv_int(w, "green_area_e4", p->green_area_e4);
    kv_int(w, "year_built", p->year_built);
    kv_str(w, "developer", p->developer);
    kv_str(w, "phone", p->phone);
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

static enum err h_project(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct project p;
    struct jw w;
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = project_get(cx, id, &p);
    if (e)
        return e;
    jw_init(&w, cx->arena);
    one_project(&w, &p);
    return reply_json(rs, 200, &w);
}

static enum err h_project_close(struct ctx *cx, const struct request *rq, struct response *rs)
{
    int64_t id = 0, version = 0;
    const char *reason = NULL;
    enum err e = read_close(cx, rq, &id, &version, &reason);
    if (!e)
        e = project_close(cx, id, version, reason);
    return e ? e : reply_empty(rs);
}

static enum err h_project_history(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct project p;
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = project_get(cx, id, &p);
    return e ? e : reply_history(cx, rq, rs, HISTORY_PROJECT, id);
}

/* ---- buildings ---- */

static const char *const building_kinds[] = {"residential", "retail", "office", "parking", "mixed", "other"};
struct building_in {
    const char *name, *reason;
    int kind;
    int64_t floors, area_e4, year;
};
static const struct field building_fields[] = {
    FIELD_STR(struct building_in, name, 1, 20),  OPT_ENUM(struct building_in, kind, building_kinds),
    OPT_I64(struct building_in, floors, 0, 200), OPT_I64(struct building_in, area_e4, 0, AREA_MAX),
    OPT_I64(struct building_in, year, 0, 2200),  OPT_STR(struct building_in, reason, 0, 200)};

static struct building building_of(const struct building_in *in)
{
    return (struct building){.name = in->name,
                             .kind = building_kinds[in->kind],
                             .floors = in->floors,
                             .area_e4 = in->area_e4,
                             .year = in->year,
                             .reason = in->reason};
}

static void one_building(void *arg, const struct building *b)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_id(w, "id", b->id);
    kv_str(w, "name", b->name);
    kv_str(w, "kind", b->kind);
    kv_int(w, "floors", b->floors);
    kv_int(w, "area_e4", b->area_e4);
    kv_int(w, "year", b->year);
    kv_int(w, "rooms", b->rooms);
    kv_int(w, "version", b->version);
    jw_end(w);
}

static enum err h_buildings(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw w;
    (void)rq;
    list_open(cx, &w);
    return list_close(rs, &w, building_list(cx, one_building, &w));
}

static enum err h_building_create(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct building_in in = {0};
    int64_t id = 0;
    enum err e = BODY(cx, rq, building_fields, &in);
    struct building b = building_of(&in);
    if (!e)
        e = building_create(cx, &b, &id);
    return e ? e : reply_id(cx, rs, 201, id);
}

static enum err h_building_change(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct building_in in = {0};
    int64_t id = 0, version = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = need_version(rq, &version);
    if (!e)
        e = BODY(cx, rq, building_fields, &in);
    struct building b = building_of(&in);
    b.id = id;
    b.version = version;
    if (!e)
        e = building_change(cx, &b);
    return e ? e : reply_empty(rs);
}

static enum err h_building_close(struct ctx *cx, const struct request *rq, struct response *rs)
{
    int64_t id = 0, version = 0;
    const char *reason = NULL;
    enum err e = read_close(cx, rq, &id, &version, &reason);
    if (!e)
        e = building_close(cx, id, version, reason);
    return e ? e : reply_empty(rs);
}

static enum err h_building_history(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct building b;
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = building_get(cx, id, &b);
    return e ? e : reply_history(cx, rq, rs, HISTORY_BUILDING, id);
}

/* ---- units ---- */

static const struct field unit_fields[] = {FIELD_STR(struct unit, name, 1, 20), OPT_I64(struct unit, floors, 0, 200),
                                           OPT_BOOL(struct unit, lift), OPT_STR(struct unit, reason, 0, 200)};

static void one_unit(void *arg, const struct unit *u)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_id(w, "id", u->id);
    kv_id(w, "building_id", u->building_id);
    kv_str(w, "name", u->name);
    kv_int(w, "floors", u->floors);
    kv_bool(w, "lift", u->lift);
    kv_int(w, "rooms", u->rooms);
    kv_int(w, "version", u->version);
    jw_end(w);
}

static enum err h_units(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw w;
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    list_open(cx, &w);
    return list_close(rs, &w, e ? e : unit_list(cx, id, one_unit, &w));
}

static enum err h_unit_create(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct unit in = {0};
    int64_t id = 0, building = 0;
    enum err e = path_id(cx, rq, 0, &building);
    if (!e)
        e = BODY(cx, rq, unit_fields, &in);
    in.building_id = building;
    if (!e)
        e = unit_create(cx, &in, &id);
    return e ? e : reply_id(cx, rs, 201, id);
}

static enum err h_unit_change(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct unit in = {0};
    int64_t id = 0, version = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = need_version(rq, &version);
    if (!e)
        e = BODY(cx, rq, unit_fields, &in);
    in.id = id;
    in.version = version;
    if (!e)
        e = unit_change(cx, &in);
    return e ? e : reply_empty(rs);
}

static enum err h_unit_close(struct ctx *cx, const struct request *rq, struct response *rs)
{
    int64_t id = 0, version = 0;
    const char *reason = NULL;
    enum err e = read_close(cx, rq, &id, &version, &reason);
    if (!e)
        e = unit_close(cx, id, version, reason);
    return e ? e : reply_empty(rs);
}

static enum err h_unit_history(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct unit u;
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = unit_get(cx, id, &u);
    return e ? e : reply_history(cx, rq, rs, HISTORY_UNIT, id);
}

#define WHO_SEES ROLES_STAFF
/* clang-format off */
static const struct route rows[] = {
    {M_GET,  "/api/v1/projects",               h_projects,         LANE_READ,  ROLES_LOGGED_IN, SCOPE_COMPANY, 0,    0,             "listProjects"},
    {M_POST, "/api/v1/projects",               h_project_create,   LANE_WRITE, ROLES_ADMIN,     SCOPE_COMPANY, 4096, RF_IDEMPOTENT, "createProject"},
    {M_GET,  "/api/v1/projects/{id}",          h_project,          LANE_READ,  ROLES_LOGGED_IN, SCOPE_COMPANY, 0,    0,             "getProject"},
    {M_PUT,  "/api/v1/projects/{id}",          h_project_change,   LANE_WRITE, ROLES_ADMIN,     SCOPE_COMPANY, 4096, 0,             "changeProject"},
    {M_POST, "/api/v1/projects/{id}/close",    h_project_close,    LANE_WRITE, ROLES_ADMIN,     SCOPE_COMPANY, 1024, 0,             "closeProject"},
    {M_GET,  "/api/v1/projects/{id}/history",  h_project_history,  LANE_READ,  WHO_KEEPS | ROLE_AUDITOR, SCOPE_COMPANY, 0, 0,       "listProjectHistory"},
    {M_GET,  "/api/v1/buildings",              h_buildings,        LANE_READ,  WHO_SEES,        SCOPE_PROJECT, 0,    0,             "listBuildings"},
    {M_POST, "/api/v1/buildings",              h_building_create,  LANE_WRITE, WHO_KEEPS,       SCOPE_PROJECT, 1024, RF_IDEMPOTENT, "createBuilding"},
    {M_PUT,  "/api/v1/buildings/{id}",         h_building_change,  LANE_WRITE, WHO_KEEPS,       SCOPE_PROJECT, 1024, 0,             "changeBuilding"},
    {M_POST, "/api/v1/buildings/{id}/close",   h_building_close,   LANE_WRITE, ROLES_SETS,      SCOPE_PROJECT, 1024, 0,             "closeBuilding"},
    {M_GET,  "/api/v1/buildings/{id}/history", h_building_history, LANE_READ,  WHO_KEEPS | ROLE_AUDITOR, SCOPE_PROJECT, 0, 0,       "listBuildingHistory"},
    {M_GET,  "/api/v1/buildings/{id}/units",   h_units,            LANE_READ,  WHO_SEES,        SCOPE_PROJECT, 0,    0,             "listUnits"},
    {M_POST, "/api/v1/buildings/{id}/units",   h_unit_create,      LANE_WRITE, WHO_KEEPS,       SCOPE_PROJECT, 1024, RF_IDEMPOTENT, "createUnit"},
    {M_PUT,  "/api/v1/units/{id}",             h_unit_change,      LANE_WRITE, WHO_KEEPS,       SCOPE_PROJECT, 1024, 0,             "changeUnit"},
    {M_POST, "/api/v1/units/{id}/close",       h_unit_close,       LANE_WRITE, ROLES_SETS,      SCOPE_PROJECT, 1024, 0,             "closeUnit"},
    {M_GET,  "/api/v1/units/{id}/history",     h_unit_history,     LANE_READ,  WHO_KEEPS | ROLE_AUDITOR, SCOPE_PROJECT, 0, 0,       "listUnitHistory"},
};
/* clang-format on */
const struct route_set estate_routes = {rows, COUNT(rows)};
