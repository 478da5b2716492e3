/* setup_api.c - HTTP face of fault types, causes and materials. SPDX-License-Identifier: MIT */
#include "api/route.h"
#include "domain/repair.h"

#define MS_MAX INT64_C(31622400000) /* a year */

static const char *const place_kind[] = {"room", "public", "any"};
static const char *const visit_kind[] = {"never", "unrated", "always"};

struct type_in {
    int64_t parent_id, respond_ms, arrive_ms, finish_ms;
    const char *name, *skill;
    int mode, urgency, place, visit;
    bool chargeable, photo_needed, enabled;
};
static const struct field type_fields[] = {OPT_ID(struct type_in, parent_id),
                                           FIELD_STR(struct type_in, name, 1, 40),
                                           FIELD_STR(struct type_in, skill, 1, 30),
                                           FIELD_ENUM(struct type_in, mode, dispatch_mode_name),
                                           OPT_ENUM(struct type_in, urgency, urgency_name),
                                           OPT_ENUM(struct type_in, place, place_kind),
                                           OPT_ENUM(struct type_in, visit, visit_kind),
                                           OPT_BOOL(struct type_in, chargeable),
                                           OPT_BOOL(struct type_in, photo_needed),
                                           OPT_BOOL(struct type_in, enabled),
                                           FIELD_I64(struct type_in, respond_ms, 1000, MS_MAX),
                                           FIELD_I64(struct type_in, arrive_ms, 1000, MS_MAX),
                                           FIELD_I64(struct type_in, finish_ms, 1000, MS_MAX)};

static enum err save_type(struct ctx *cx, const struct request *rq, struct response *rs, int64_t id, int64_t version)
{
    struct type_in in = {.urgency = URGENCY_NORMAL, .place = 2, .visit = 1, .enabled = true};
    enum err e = BODY(cx, rq, type_fields, &in);
    struct fault_type t = {.id = id,
                           .version = version,
                           .parent_id = in.parent_id,
                           .name = in.name,
                           .skill = in.skill,
                           .mode = in.mode,
                           .urgency = in.urgency,
                           .place = place_kind[in.place],
                           .visit = visit_kind[in.visit],
                           .chargeable = in.chargeable,
                           .photo_needed = in.photo_needed,
                           .enabled = in.enabled,
                           .respond_ms = in.respond_ms,
                           .arrive_ms = in.arrive_ms,
                           .finish_ms = in.finish_ms};
    if (!e)
        e = fault_type_save(cx, &t);
    return e ? e : reply_id(cx, rs, id ? 200 : 201, t.id);
}

static enum err h_type_add(struct ctx *cx, const struct request *rq, struct response *rs)
{
    return save_type(cx, rq, rs, 0, 0);
}

static enum err h_type_set(struct ctx *cx, const struct request *rq, struct response *rs)
{
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e && !rq->if_match)
        e = ERR_PRECONDITION;
    return e ? e : save_type(cx, rq, rs, id, rq->if_match);
}

static void one_type(void *arg, const struct fault_type *t)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_id(w, "id", t->id);
    kv_id(w, "parent_id", t->parent_id);
    kv_str(w, "name", t->name);
    kv_str(w, "skill", t->skill);
    kv_str(w, "mode", dispatch_mode_name[t->mode]);
    kv_str(w, "urgency", urgency_name[t->urgency]);
    kv_str(w, "place", t->place);
    kv_str(w, "visit", t->visit);
    kv_bool(w, "chargeable", t->chargeable);
    kv_bool(w, "photo_needed", t->photo_needed);
    kv_bool(w, "enabled", t->enabled);
    kv_int(w, "respond_ms", t->respond_ms);
    kv_int(w, "arrive_ms", t->arrive_ms);
    kv_int(w, "finish_ms", t->finish_ms);
    kv_int(w, "version", t->version);
    jw_end(w);
}

static enum err h_types(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw w;
    (void)rq;
    list_open(cx, &w);
    return list_close(rs, &w, fault_type_list(cx, one_type, &w));
}

static void one_named(void *arg, int64_t id, const char *code, const char *name, const char *skill)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_id(w, "id", id);
    kv_str(w, "code", code);
    kv_str(w, "name", name);
    kv_str(w, "skill", skill);
    jw_end(w);
}

static enum err h_causes(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw w;
    (void)rq;
    list_open(cx, &w);
    return list_close(rs, &w, cause_list(cx, one_named, &w));
}

struct cause_in {
    const char *skill, *code, *name;
};
static const struct field cause_fields[] = {FIELD_STR(struct cause_in, skill, 1, 30),
                                            FIELD_STR(struct cause_in, code, 1, 20),
                                            FIELD_STR(struct cause_in, name, 1, 60)};

static enum err h_cause_add(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct cause_in in = {0};
    int64_t id = 0;
    enum err e = BODY(cx, rq, cause_fields, &in);
    if (!e)
        e = cause_add(cx, in.skill, in.code, in.name, &id);
    return e ? e : reply_id(cx, rs, 201, id);
}

static void one_material(void *arg, const struct material *m)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_id(w, "id", m->id);
    kv_str(w, "name", m->name);
    kv_str(w, "measure", m->measure);
    kv_int(w, "price_min_fen", m->price_min_fen);
    kv_int(w, "price_max_fen", m->price_max_fen);
    kv_int(w, "stock_e3", m->stock_e3);
    kv_int(w, "version", m->version);
    jw_end(w);
}

static enum err h_materials(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw w;
    (void)rq;
    list_open(cx, &w);
    return list_close(rs, &w, material_list(cx, one_material, &w));
}

static const struct field material_fields[] = {
    FIELD_STR(struct material, name, 1, 60), FIELD_STR(struct material, measure, 1, 10),
    FIELD_I64(struct material, price_min_fen, 0, 100000000), FIELD_I64(struct material, price_max_fen, 0, 100000000),
    OPT_I64(struct material, stock_e3, 0, 1000000000000)};

static enum err h_material_add(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct material m = {0};
    int64_t id = 0;
    enum err e = BODY(cx, rq, material_fields, &m);
    if (!e)
        e = material_add(cx, &m, &id);
    return e ? e : reply_id(cx, rs, 201, id);
}

struct stock_in {
    int64_t qty_e3;
    const char *reason;
};
static const struct field stock_fields[] = {FIELD_I64(struct stock_in, qty_e3, -1000000000000, 1000000000000),
                                            FIELD_STR(struct stock_in, reason, 1, 100)};

static enum err h_stock(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct stock_in in = {0};
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = BODY(cx, rq, stock_fields, &in);
    if (!e)
        e = material_stock(cx, id, in.qty_e3, in.reason);
    return e ? e : reply_empty(rs);
}

/* clang-format off */
static const struct route rows[] = {
    {M_GET,  "/api/v1/fault-types",          h_types,        LANE_READ,  ROLES_ANY,   SCOPE_COMPANY, 0,    0,             "listFaultTypes"},
    {M_POST, "/api/v1/fault-types",          h_type_add,     LANE_WRITE, ROLES_SETS,  SCOPE_COMPANY, 2048, RF_IDEMPOTENT, "createFaultType"},
    {M_PUT,  "/api/v1/fault-types/{id}",     h_type_set,     LANE_WRITE, ROLES_SETS,  SCOPE_COMPANY, 2048, 0,             "changeFaultType"},
    {M_GET,  "/api/v1/causes",               h_causes,       LANE_READ,  ROLES_STAFF, SCOPE_COMPANY, 0,    0,             "listCauses"},
    {M_POST, "/api/v1/causes",               h_cause_add,    LANE_WRITE, ROLES_SETS,  SCOPE_COMPANY, 1024, RF_IDEMPOTENT, "createCause"},
    {M_GET,  "/api/v1/materials",            h_materials,    LANE_READ,  ROLES_STAFF, SCOPE_PROJECT, 0,    0,             "listMaterials"},
    {M_POST, "/api/v1/materials",            h_material_add, LANE_WRITE, ROLES_SETS,  SCOPE_PROJECT, 1024, RF_IDEMPOTENT, "createMaterial"},
    {M_POST, "/api/v1/materials/{id}/stock", h_stock,        LANE_WRITE, ROLES_SETS,  SCOPE_PROJECT, 512,  RF_IDEMPOTENT, "moveStock"},
};
/* clang-format on */
const struct route_set setup_routes = {rows, COUNT(rows)};
