/* room_api.c - HTTP face of rooms, the grid of a building, rooms by pattern. SPDX-License-Identifier: MIT */
#include "api/estate_json.h"
#include "domain/billing_check.h"
#include "domain/estate_bulk.h"
#include "domain/estate_history.h"

/* ---- rooms ---- */

struct room_in {
    const char *building, *unit, *name, *layout, *reason;
    int64_t area_e4, inner_area_e4, floor;
    int use, state;
};
#define ROOM_COMMON                                                                                                    \
    FIELD_STR(struct room_in, name, 1, 20), OPT_STR(struct room_in, layout, 0, 40),                                    \
        OPT_I64(struct room_in, area_e4, 0, AREA_MAX), OPT_I64(struct room_in, inner_area_e4, 0, AREA_MAX),            \
        OPT_I64(struct room_in, floor, -9, 200), OPT_ENUM(struct room_in, use, room_use_name),                         \
        OPT_ENUM(struct room_in, state, room_state_name)
static const struct field room_fields[] = {FIELD_STR(struct room_in, building, 1, 20),
                                           OPT_STR(struct room_in, unit, 0, 20), ROOM_COMMON};
static const struct field room_change_fields[] = {ROOM_COMMON, OPT_STR(struct room_in, reason, 0, 200)};

static struct room room_of(const struct room_in *in)
{
    return (struct room){.building = in->building,
                         .unit = in->unit ? in->unit : "",
                         .name = in->name,
                         .layout = in->layout ? in->layout : "",
                         .area_e4 = in->area_e4,
                         .inner_area_e4 = in->inner_area_e4,
                         .floor = in->floor,
                         .use = room_use_name[in->use],
                         .state = room_state_name[in->state],
                         .reason = in->reason};
}

static enum err h_room_create(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct room_in in = {.state = ROOM_DELIVERED};
    int64_t id = 0;
    enum err e = BODY(cx, rq, room_fields, &in);
    struct room m = room_of(&in);
    if (!e)
        e = room_create(cx, &m, &id);
    return e ? e : reply_id(cx, rs, 201, id);
}

/* What is left out stays as it is. */
static enum err h_room_change(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct room was;
    struct room_in given = {0};
    int64_t id = 0, version = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = need_version(rq, &version);
    if (!e)
        e = BODY(cx, rq, room_change_fields, &given);
    if (!e)
        e = room_get(cx, id, &was);
    if (e)
        return e;
    int use = str_index(room_use_name, ROOM_USES, was.use), state = str_index(room_state_name, ROOM_STATES, was.state);
    struct room_in in = {.layout = was.layout,
                         .area_e4 = was.area_e4,
                         .inner_area_e4 = was.inner_area_e4,
                         .floor = was.floor,
                         .use = use < 0 ? ROOM_RESIDENCE : use,
                         .state = state < 0 ? ROOM_DELIVERED : state};
    if ((e = BODY(cx, rq, room_change_fields, &in)) != OK)
        return e;
    struct room m = room_of(&in);
    m.id = id;
    m.version = version;
    e = room_change(cx, &m);
    return e ? e : reply_empty(rs);
}

static void one_room(void *arg, const struct room *r)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_id(w, "id", r->id);
    kv_id(w, "project_id", r->project_id);
    kv_id(w, "building_id", r->building_id);
    kv_id(w, "unit_id", r->unit_id);
    kv_str(w, "building", r->building);
    kv_str(w, "unit", r->unit);
    kv_str(w, "name", r->name);
    kv_str(w, "full_name", r->full_name);
    kv_str(w, "layout", r->layout);
    kv_int(w, "area_e4", r->area_e4);
    kv_int(w, "inner_area_e4", r->inner_area_e4);
    kv_int(w, "floor", r->floor);
    kv_str(w, "use", r->use);
    kv_str(w, "state", r->state);
    kv_int(w, "owned_from", r->owned_from);
    kv_time(w, "closed_at", r->closed_at);
    kv_int(w, "version", r->version);
    jw_end(w);
}

static enum err h_room(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct room m;
    struct jw w;
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = room_get(cx, id, &m);
    if (e)
        return e;
    jw_init(&w, cx->arena);
    one_room(&w, &m);
    return reply_json(rs, 200, &w);
}

static enum err h_rooms(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw w;
    struct room_filter f = {0};
    int64_t after = 0, limit = 0;
    struct {
        const char *name;
        const char **to;
    } texts[] = {
        {"search", &f.search},
        {"layout", &f.layout},
        {"use",    &f.use   },
        {"state",  &f.state }
    };
    enum err e = query_id(cx, rq, "after", &after);
    for (size_t i = 0; i < COUNT(texts) && !e; i++)
        e = query_text(cx, rq, texts[i].name, texts[i].to);
    if (!e)
        e = query_id(cx, rq, "building_id", &f.building_id);
    if (!e)
        e = query_id(cx, rq, "unit_id", &f.unit_id);
    if (!e)
        e = query_i64(cx, rq, "floor", -9, 200, 0, &f.floor);
    if (!e)
        e = query_i64(cx, rq, "area_min_e4", 0, AREA_MAX, 0, &f.area_min_e4);
    if (!e)
        e = query_i64(cx, rq, "area_max_e4", 0, AREA_MAX, 0, &f.area_max_e4);
    if (!e)
        e = query_i64(cx, rq, "limit", 1, 200, 50, &limit);
    if (e)
        return e;
    list_open(cx, &w);
    return list_close(rs, &w, room_query(cx, &f, after, limit, one_room, &w));
}

static enum err h_room_close(struct ctx *cx, const struct request *rq, struct response *rs)
{
    int64_t id = 0, version = 0;
    const char *reason = NULL;
    enum err e = read_close(cx, rq, &id, &version, &reason);
    if (!e)
        e = billing_all_billed(cx, id);
    if (!e)
        e = room_close(cx, id, version, reason);
    return e ? e : reply_empty(rs);
}

static enum err h_room_history(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct room m;
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = room_get(cx, id, &m);
    return e ? e : reply_history(cx, rq, rs, HISTORY_ROOM, id);
}

/* ---- the grid ---- */

struct grid {
    struct jw w;
    bool money; /* the caller may see it */
};

static void kv_money(struct grid *g, const char *key, int64_t v)
{
    jw_key(&g->w, key);
    if (g->money)
        jw_int(&g->w, v);
    else
        jw_null(&g->w);
}

static void one_cell(void *arg, const struct room_cell *c)
{
    struct grid *g = arg;
    struct jw *w = &g->w;
    jw_obj(w);
    kv_id(w, "room_id", c->id);
    kv_str(w, "unit", c->unit);
    kv_str(w, "name", c->name);
    kv_int(w, "floor", c->floor);
    kv_str(w, "layout", c->layout);
    kv_int(w, "area_e4", c->area_e4);
    kv_str(w, "use", c->use);
    kv_str(w, "state", c->state);
    kv_id(w, "unit_id", c->unit_id);
    kv_int(w, "owners", c->owners);
    kv_int(w, "family", c->family);
    kv_int(w, "tenants", c->tenants);
    kv_int(w, "accounts", c->accounts);
    kv_str(w, "money", g->money ? c->money : NULL);
    kv_money(g, "open_bills", c->bills);
    kv_money(g, "open_fen", c->open_fen);
    kv_money(g, "overdue_fen", c->overdue_fen);
    jw_end(w);
}

static enum err h_grid(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct grid g = {.money = cx->who.roles & ROLES_MONEY};
    int64_t id = 0, unit = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = query_i64(cx, rq, "unit_id", 0, INT64_MAX, 0, &unit);
    list_open(cx, &g.w);
    return list_close(rs, &g.w, e ? e : room_grid(cx, id, unit, one_cell, &g));
}

/* ---- by pattern ---- */

struct plan_in {
    const char *building;
    int64_t unit_from, unit_to, floor_from, floor_to;
    struct json_list doors, skip;
    bool pad, skip_existing;
    int use, state;
};
struct skip_in {
    int64_t floor;
};
static const struct field door_fields[] = {
    FIELD_STR(struct plan_door, suffix, 1, 4), OPT_STR(struct plan_door, layout, 0, 40),
    OPT_I64(struct plan_door, area_e4, 0, AREA_MAX), OPT_I64(struct plan_door, inner_area_e4, 0, AREA_MAX)};
static const struct field skip_fields[] = {FIELD_I64(struct skip_in, floor, -9, 200)};
static const struct field plan_fields[] = {FIELD_STR(struct plan_in, building, 1, 20),
                                           OPT_I64(struct plan_in, unit_from, 0, 99),
                                           OPT_I64(struct plan_in, unit_to, 0, 99),
                                           FIELD_I64(struct plan_in, floor_from, -9, 200),
                                           FIELD_I64(struct plan_in, floor_to, -9, 200),
                                           FIELD_LIST(struct plan_in, doors, door_fields, struct plan_door, 1, 40),
                                           OPT_LIST(struct plan_in, skip, skip_fields, struct skip_in, 50),
                                           OPT_BOOL(struct plan_in, pad),
                                           OPT_BOOL(struct plan_in, skip_existing),
                                           OPT_ENUM(struct plan_in, use, room_use_name),
                                           OPT_ENUM(struct plan_in, state, room_state_name)};

static enum err read_plan(struct ctx *cx, const struct request *rq, struct plan_in *in, struct room_plan *p)
{
    *in = (struct plan_in){.state = ROOM_DELIVERED};
    enum err e = BODY(cx, rq, plan_fields, in);
    const struct skip_in *s = in->skip.p;
    int64_t *skip = arena_alloc(cx->arena, (in->skip.n + 1) * sizeof *skip);
    for (size_t i = 0; i < in->skip.n; i++)
        skip[i] = s[i].floor;
    *p = (struct room_plan){.building = in->building,
                            .unit_from = in->unit_from,
                            .unit_to = in->unit_to,
                            .floor_from = in->floor_from,
                            .floor_to = in->floor_to,
                            .skip = skip,
                            .nskip = in->skip.n,
                            .doors = in->doors.p,
                            .ndoors = in->doors.n,
                            .pad = in->pad};
    return e;
}

static enum err h_plan(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct plan_in in;
    struct room_plan p;
    struct bulk b;
    struct jw w;
    enum err e = read_plan(cx, rq, &in, &p);
    if (!e)
        e = bulk_preview(cx, &p, &b);
    if (e)
        return e;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    kv_int(&w, "total", (int64_t)b.n);
    kv_int(&w, "existing", (int64_t)b.exist);
    jw_key(&w, "items");
    jw_arr(&w);
    for (size_t i = 0; i < b.n; i++) {
        jw_obj(&w);
        kv_str(&w, "unit", b.v[i].plan.unit);
        kv_str(&w, "name", b.v[i].plan.name);
        kv_str(&w, "full_name", b.v[i].full_name);
        kv_int(&w, "floor", b.v[i].plan.floor);
        kv_str(&w, "layout", b.v[i].plan.layout);
        kv_int(&w, "area_e4", b.v[i].plan.area_e4);
        kv_int(&w, "inner_area_e4", b.v[i].plan.inner_area_e4);
        kv_id(&w, "existing_id", b.v[i].exists_id);
        jw_end(&w);
    }
    jw_arr_end(&w);
    jw_end(&w);
    return reply_json(rs, 200, &w);
}

static enum err h_bulk(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct plan_in in;
    struct room_plan p;
    struct jw w;
    int64_t made = 0;
    enum err e = read_plan(cx, rq, &in, &p);
    if (!e)
        e = bulk_create(cx, &p, room_use_name[in.use], room_state_name[in.state], in.skip_existing, &made);
    if (e)
        return e;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    kv_int(&w, "made", made);
    jw_end(&w);
    return reply_json(rs, 201, &w);
}

#define WHO_ASKS (WHO_KEEPS | ROLE_AUDITOR)
/* clang-format off */
static const struct route rows[] = {
    {M_GET,  "/api/v1/rooms",                       h_rooms,           LANE_READ,  ROLES_STAFF, SCOPE_PROJECT, 0,     0,             "listRooms"},
    {M_POST, "/api/v1/rooms",                       h_room_create,     LANE_WRITE, WHO_KEEPS,   SCOPE_PROJECT, 2048,  RF_IDEMPOTENT, "createRoom"},
    {M_POST, "/api/v1/rooms/plan",                  h_plan,            LANE_READ,  WHO_KEEPS,   SCOPE_PROJECT, 16384, 0,             "previewRooms"},
    {M_POST, "/api/v1/rooms/bulk",                  h_bulk,            LANE_WRITE, WHO_KEEPS,   SCOPE_PROJECT, 16384, RF_IDEMPOTENT, "createRooms"},
    {M_GET,  "/api/v1/rooms/{id}",                  h_room,            LANE_READ,  ROLES_STAFF, SCOPE_PROJECT, 0,     0,             "getRoom"},
    {M_PUT,  "/api/v1/rooms/{id}",                  h_room_change,     LANE_WRITE, WHO_KEEPS,   SCOPE_PROJECT, 2048,  0,             "changeRoom"},
    {M_POST, "/api/v1/rooms/{id}/close",            h_room_close,      LANE_WRITE, ROLES_SETS,  SCOPE_PROJECT, 1024,  0,             "closeRoom"},
    {M_GET,  "/api/v1/rooms/{id}/history",          h_room_history,    LANE_READ,  WHO_ASKS,    SCOPE_PROJECT, 0,     0,             "listRoomHistory"},
    {M_GET,  "/api/v1/buildings/{id}/grid",         h_grid,            LANE_READ,  ROLES_DESK | ROLES_MONEY, SCOPE_PROJECT, 0, 0,  "getBuildingGrid"},
};
/* clang-format on */
const struct route_set room_routes = {rows, COUNT(rows)};
