/* facility_api.c - HTTP face of the register of facilities. SPDX-License-Identifier: MIT */
#include "api/fee_api.h"
#include "api/route.h"
#include "base/clock.h"
#include "domain/facility.h"

static void facility_to_json(struct jw *w, const struct facility *f)
{
    jw_obj(w);
    kv_id(w, "id", f->id);
    kv_str(w, "code", f->code);
    kv_str(w, "name", f->name);
    kv_str(w, "category", f->category);
    kv_str(w, "brand", f->brand);
    kv_str(w, "model", f->model);
    kv_str(w, "serial", f->serial);
    kv_int(w, "bought_day", f->bought_day);
    kv_int(w, "price_fen", f->price_fen);
    kv_int(w, "service_day", f->service_day);
    kv_id(w, "building_id", f->building_id);
    kv_str(w, "building", f->building);
    kv_id(w, "room_id", f->room_id);
    kv_str(w, "room", f->room);
    kv_str(w, "place", f->place);
    kv_id(w, "supplier_id", f->supplier_id);
    kv_str(w, "supplier", f->supplier);
    kv_int(w, "warranty_day", f->warranty_day);
    kv_int(w, "life_months", f->life_months);
    kv_str(w, "importance", facility_importance_name[f->importance]);
    kv_id(w, "parent_id", f->parent_id);
    kv_str(w, "parent", f->parent);
    kv_id(w, "keeper_id", f->keeper_id);
    kv_str(w, "keeper", f->keeper);
    kv_str(w, "reg_no", f->reg_no);
    kv_int(w, "inspected_day", f->inspected_day);
    kv_int(w, "inspect_due", f->inspect_due);
    kv_str(w, "note", f->note);
    kv_str(w, "state", facility_state_name[f->state]);
    kv_bool(w, "up", f->up);
    kv_time(w, "down_at", f->down_at);
    kv_bool(w, "has_code", f->code_live);
    kv_str(w, "measure", f->measure);
    kv_int(w, "reading_e3", f->reading_e3);
    kv_int(w, "version", f->version);
    kv_time(w, "created_at", f->created_at);
    jw_end(w);
}

static enum err reply_facility(struct ctx *cx, struct response *rs, const struct facility *f)
{
    struct jw w;
    jw_init(&w, cx->arena);
    facility_to_json(&w, f);
    reply_etag(cx, rs, f->version);
    return reply_json(rs, 200, &w);
}

/* ---- adding, changing ---- */

#define OPT_DAY0(t, m) OPT_I64(t, m, 0, 99991231)
static const struct field facility_fields[] = {FIELD_STR(struct facility, code, 1, 40),
                                               FIELD_STR(struct facility, name, 1, 60),
                                               FIELD_STR(struct facility, category, 1, 40),
                                               OPT_STR(struct facility, brand, 0, 40),
                                               OPT_STR(struct facility, model, 0, 60),
                                               OPT_STR(struct facility, serial, 0, 60),
                                               OPT_DAY0(struct facility, bought_day),
                                               OPT_I64(struct facility, price_fen, 0, 100000000000),
                                               OPT_DAY0(struct facility, service_day),
                                               OPT_ID(struct facility, building_id),
                                               OPT_ID(struct facility, room_id),
                                               OPT_STR(struct facility, place, 0, 80),
                                               OPT_ID(struct facility, supplier_id),
                                               OPT_DAY0(struct facility, warranty_day),
                                               OPT_I64(struct facility, life_months, 0, 1200),
                                               OPT_ENUM(struct facility, importance, facility_importance_name),
                                               OPT_ID(struct facility, parent_id),
                                               OPT_ID(struct facility, keeper_id),
                                               OPT_STR(struct facility, reg_no, 0, 60),
                                               OPT_DAY0(struct facility, inspected_day),
                                               OPT_DAY0(struct facility, inspect_due),
                                               OPT_TEXT(struct facility, note, 0, 1000),
                                               OPT_STR(struct facility, measure, 0, 10)};

static enum err h_add(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct facility in = {.importance = 1};
    int64_t id = 0;
    enum err e = BODY(cx, rq, facility_fields, &in);
    if (!e)
        e = facility_add(cx, &in, &id);
    return e ? e : reply_id(cx, rs, 201, id);
}

static enum err h_change(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct facility in = {.importance = 1}, out;
    enum err e = path_id(cx, rq, 0, &in.id);
    int64_t id = in.id;
    if (!e)
        e = need_version(rq, &in.version);
    if (!e)
        e = BODY(cx, rq, facility_fields, &in);
    in.id = id;
    in.version = rq->if_match; /* the body cannot say it */
    if (!e)
        e = facility_change(cx, &in, &out);
    return e ? e : reply_facility(cx, rs, &out);
}

static void one_file(void *arg, int64_t file_id, const char *kind, const char *name, int64_t at)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_id(w, "file_id", file_id);
    kv_str(w, "kind", kind);
    kv_str(w, "name", name);
    kv_time(w, "at", at);
    jw_end(w);
}

static void one_down(void *arg, const struct facility_downtime *d)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_time(w, "from", d->from_at);
    kv_time(w, "to", d->to_at);
    kv_str(w, "reason", d->reason);
    kv_id(w, "repair_id", d->repair_id);
    jw_end(w);
}

static enum err h_get(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct facility f;
    struct facility_costs c = {0};
    struct jw w;
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = facility_get(cx, id, &f);
    if (e)
        return e;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    jw_key(&w, "facility");
    facility_to_json(&w, &f);
    jw_key(&w, "files");
    jw_arr(&w);
    e = facility_files(cx, id, one_file, &w);
    jw_arr_end(&w);
    jw_key(&w, "downtimes");
    jw_arr(&w);
    if (!e)
        e = facility_downtimes(cx, id, one_down, &w);
    jw_arr_end(&w);
    if (!e)
        e = facility_cost_sum(cx, id, &c);
    jw_key(&w, "costs");
    jw_obj(&w);
    kv_int(&w, "repair_fen", c.repair_fen);
    kv_int(&w, "parts_fen", c.parts_fen);
    kv_int(&w, "maintenance_fen", c.maintenance_fen);
    kv_int(&w, "other_fen", c.other_fen);
    kv_int(&w, "total_fen", c.repair_fen + c.parts_fen + c.maintenance_fen + c.other_fen);
    kv_int(&w, "repairs", c.repairs);
    kv_int(&w, "tasks", c.tasks);
    kv_int(&w, "downtime_ms", c.downtime_ms);
    jw_end(&w);
    jw_end(&w);
    reply_etag(cx, rs, f.version);
    return e ? e : reply_json(rs, 200, &w);
}

static void one_facility(void *arg, const struct facility *f)
{
    struct page *p = arg;
    facility_to_json(&p->w, f);
    page_row(p, f->id);
}

static enum err h_list(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct facility_filter f = {0};
    struct page p = {.n = 0};
    int64_t down = 0;
    enum err e = query_text(cx, rq, "category", &f.category);
    if (!e)
        e = query_word(cx, rq, "state", facility_state_name, FS_COUNT, &f.state);
    if (!e)
        e = query_text(cx, rq, "importance", &f.importance);
    if (!e)
        e = query_text(cx, rq, "search", &f.search);
    if (!e)
        e = query_id(cx, rq, "building_id", &f.building_id);
    if (!e)
        e = query_id(cx, rq, "parent_id", &f.parent_id);
    if (!e)
        e = query_id(cx, rq, "supplier_id", &f.supplier_id);
    if (!e)
        e = query_i64(cx, rq, "inspect_before", 19000101, 99991231, 0, &f.inspect_before);
    if (!e)
        e = query_i64(cx, rq, "warranty_before", 19000101, 99991231, 0, &f.warranty_before);
    if (!e)
        e = query_i64(cx, rq, "down", 0, 1, 0, &down);
    if (!e)
        e = page_open(cx, rq, &p);
    f.down_only = down;
    f.before_id = p.before;
    f.limit = p.limit;
    if (!e)
        e = facility_list(cx, &f, one_facility, &p);
    return page_close(rs, &p, e);
}

/* ---- state, downtime, readings ---- */

struct state_in {
    int state;
    const char *reason;
};
static const struct field state_fields[] = {FIELD_ENUM(struct state_in, state, facility_state_name),
                                            OPT_STR(struct state_in, reason, 0, 200)};

static enum err h_state(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct state_in in = {0};
    struct facility f;
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = BODY(cx, rq, state_fields, &in);
    if (!e)
        e = facility_set_state(cx, id, rq->if_match, in.state, in.reason, &f);
    return e ? e : reply_facility(cx, rs, &f);
}

struct reason_in {
    const char *reason;
};
static const struct field reason_fields[] = {FIELD_STR(struct reason_in, reason, 1, 200)};

static enum err updown(struct ctx *cx, const struct request *rq, struct response *rs, bool up)
{
    struct reason_in in = {0};
    struct facility f;
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = BODY(cx, rq, reason_fields, &in);
    if (!e)
        e = up ? facility_up(cx, id, in.reason) : facility_down(cx, id, in.reason, 0);
    if (!e)
        e = facility_get(cx, id, &f);
    return e ? e : reply_facility(cx, rs, &f);
}

static enum err h_down(struct ctx *cx, const struct request *rq, struct response *rs)
{
    return updown(cx, rq, rs, false);
}

static enum err h_up(struct ctx *cx, const struct request *rq, struct response *rs)
{
    return updown(cx, rq, rs, true);
}

struct reading_in {
    int64_t value_e3;
};
static const struct field reading_fields[] = {FIELD_I64(struct reading_in, value_e3, 0, 1000000000000)};

static enum err h_reading(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct reading_in in = {0};
    struct facility f;
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = BODY(cx, rq, reading_fields, &in);
    if (!e)
        e = facility_read(cx, id, in.value_e3);
    if (!e)
        e = facility_get(cx, id, &f);
    return e ? e : reply_facility(cx, rs, &f);
}

/* ---- history, files, costs ---- */

static void one_event(void *arg, const struct facility_event *e)
{
    struct page *p = arg;
    jw_obj(&p->w);
    kv_id(&p->w, "id", e->id);
    kv_str(&p->w, "kind", e->kind);
    kv_str(&p->w, "field", e->field);
    kv_str(&p->w, "before", e->before);
    kv_str(&p->w, "after", e->after);
    kv_id(&p->w, "ref_id", e->ref_id);
    kv_str(&p->w, "by", e->actor);
    kv_time(&p->w, "at", e->at);
    jw_end(&p->w);
    page_row(p, e->id);
}

static enum err h_history(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct page p = {.n = 0};
    const char *kind = NULL;
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = query_text(cx, rq, "kind", &kind);
    if (!e)
        e = page_open(cx, rq, &p);
    if (!e)
        e = facility_history(cx, id, kind, p.before, p.limit, one_event, &p);
    return page_close(rs, &p, e);
}

struct file_in {
    int64_t file_id;
    int kind;
};
static const struct field file_fields[] = {FIELD_ID(struct file_in, file_id),
                                           FIELD_ENUM(struct file_in, kind, facility_file_kind)};

static enum err h_file(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct file_in in = {0};
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = BODY(cx, rq, file_fields, &in);
    if (!e)
        e = facility_file_add(cx, id, in.file_id, in.kind);
    return e ? e : reply_empty(rs);
}

static enum err h_file_drop(struct ctx *cx, const struct request *rq, struct response *rs)
{
    int64_t id = 0, file = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = path_id(cx, rq, 1, &file);
    if (!e)
        e = facility_file_drop(cx, id, file);
    return e ? e : reply_empty(rs);
}

struct cost_in {
    int kind;
    int64_t amount_fen, day;
    const char *note;
};
static const struct field cost_fields[] = {FIELD_ENUM(struct cost_in, kind, facility_cost_kind),
                                           FIELD_I64(struct cost_in, amount_fen, 1, 100000000000),
                                           FIELD_DAY(struct cost_in, day), OPT_STR(struct cost_in, note, 0, 200)};

static enum err h_cost(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct cost_in in = {0};
    int64_t id = 0, cost = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = BODY(cx, rq, cost_fields, &in);
    if (!e)
        e = facility_cost_add(cx, id, in.kind, in.amount_fen, in.day, in.note, &cost);
    return e ? e : reply_id(cx, rs, 201, cost);
}

/* ---- categories, suppliers ---- */

static void one_category(void *arg, const struct facility_category *c)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_str(w, "code", c->code);
    kv_str(w, "name", c->name);
    kv_bool(w, "built_in", c->built_in);
    kv_bool(w, "enabled", c->enabled);
    jw_end(w);
}

static enum err h_categories(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw w;
    (void)rq;
    list_open(cx, &w);
    return list_close(rs, &w, facility_categories(cx, one_category, &w));
}

static const struct field category_fields[] = {FIELD_STR(struct facility_category, code, 1, 40),
                                               FIELD_STR(struct facility_category, name, 1, 40),
                                               OPT_BOOL(struct facility_category, enabled)};

static enum err h_category(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct facility_category in = {.enabled = true};
    enum err e = BODY(cx, rq, category_fields, &in);
    if (!e)
        e = facility_category_save(cx, &in);
    return e ? e : reply_empty(rs);
}

static void one_supplier(void *arg, const struct facility_supplier *s)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_id(w, "id", s->id);
    kv_str(w, "name", s->name);
    kv_str(w, "contact", s->contact);
    kv_str(w, "phone", s->phone);
    kv_str(w, "note", s->note);
    kv_int(w, "version", s->version);
    jw_end(w);
}

static enum err h_suppliers(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw w;
    (void)rq;
    list_open(cx, &w);
    return list_close(rs, &w, supplier_list(cx, one_supplier, &w));
}

static const struct field supplier_fields[] = {
    FIELD_STR(struct facility_supplier, name, 1, 60), OPT_STR(struct facility_supplier, contact, 0, 40),
    OPT_STR(struct facility_supplier, phone, 0, 20), OPT_STR(struct facility_supplier, note, 0, 200)};

static enum err h_supplier_add(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct facility_supplier in = {0};
    enum err e = BODY(cx, rq, supplier_fields, &in);
    if (!e)
        e = supplier_save(cx, &in);
    return e ? e : reply_id(cx, rs, 201, in.id);
}

static enum err h_supplier_change(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct facility_supplier in = {0};
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = need_version(rq, &in.version);
    if (!e)
        e = BODY(cx, rq, supplier_fields, &in);
    in.id = id;
    in.version = rq->if_match; /* the body cannot say it */
    if (!e)
        e = supplier_save(cx, &in);
    return e ? e : reply_empty(rs);
}

/* ---- import ---- */

static enum err import(struct ctx *cx, const struct request *rq, struct response *rs, bool check_only)
{
    struct facility_import *m = arena_alloc(cx->arena, sizeof *m);
    struct jw w;
    const void *bytes = NULL;
    size_t n = 0;
    enum err e = body_csv(cx, rq, &bytes, &n);
    if (!e)
        e = facility_import_csv(cx, bytes, n, check_only, m);
    if (e)
        return e;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    kv_bool(&w, "applied", !check_only && !m->errors);
    kv_int(&w, "rows", m->rows);
    kv_csv_errors(cx, &w, m->error, m->errors);
    jw_end(&w);
    return reply_json(rs, 200, &w);
}

static enum err h_import(struct ctx *cx, const struct request *rq, struct response *rs)
{
    return import(cx, rq, rs, false);
}

static enum err h_import_check(struct ctx *cx, const struct request *rq, struct response *rs)
{
    return import(cx, rq, rs, true);
}

#define WHO_SEES  (ROLES_DESK | ROLE_AUDITOR | ROLE_TECHNICIAN)
#define WHO_WORKS (ROLES_DESK | ROLE_TECHNICIAN)
/* clang-format off */
static const struct route rows[] = {
    {M_GET,    "/api/v1/facilities",                     h_list,            LANE_READ,  WHO_SEES,   SCOPE_PROJECT, 0,      0,             "listFacilities"},
    {M_POST,   "/api/v1/facilities",                     h_add,             LANE_WRITE, ROLES_SETS, SCOPE_PROJECT, 8192,   RF_IDEMPOTENT, "addFacility"},
    {M_POST,   "/api/v1/facilities/import",              h_import,          LANE_WRITE, ROLES_SETS, SCOPE_PROJECT, 401024, RF_IDEMPOTENT, "importFacilities"},
    {M_POST,   "/api/v1/facilities/import/check",        h_import_check,    LANE_READ,  ROLES_SETS, SCOPE_PROJECT, 401024, 0,             "checkFacilityImport"},
    {M_GET,    "/api/v1/facilities/{id}",                h_get,             LANE_READ,  WHO_SEES,   SCOPE_PROJECT, 0,      0,             "getFacility"},
    {M_PUT,    "/api/v1/facilities/{id}",                h_change,          LANE_WRITE, ROLES_SETS, SCOPE_PROJECT, 8192,   0,             "changeFacility"},
    {M_POST,   "/api/v1/facilities/{id}/state",          h_state,           LANE_WRITE, ROLES_SETS, SCOPE_PROJECT, 1024,   RF_IDEMPOTENT, "setFacilityState"},
    {M_POST,   "/api/v1/facilities/{id}/down",           h_down,            LANE_WRITE, WHO_WORKS,  SCOPE_PROJECT, 1024,   RF_IDEMPOTENT, "setFacilityDown"},
    {M_POST,   "/api/v1/facilities/{id}/up",             h_up,              LANE_WRITE, WHO_WORKS,  SCOPE_PROJECT, 1024,   RF_IDEMPOTENT, "setFacilityUp"},
    {M_POST,   "/api/v1/facilities/{id}/readings",       h_reading,         LANE_WRITE, WHO_WORKS,  SCOPE_PROJECT, 256,    RF_IDEMPOTENT, "readFacility"},
    {M_GET,    "/api/v1/facilities/{id}/history",        h_history,         LANE_READ,  WHO_SEES,   SCOPE_PROJECT, 0,      0,             "getFacilityHistory"},
    {M_POST,   "/api/v1/facilities/{id}/files",          h_file,            LANE_WRITE, WHO_WORKS,  SCOPE_PROJECT, 256,    RF_IDEMPOTENT, "addFacilityFile"},
    {M_DELETE, "/api/v1/facilities/{id}/files/{file}",   h_file_drop,       LANE_WRITE, ROLES_SETS, SCOPE_PROJECT, 0,      0,             "dropFacilityFile"},
    {M_POST,   "/api/v1/facilities/{id}/costs",          h_cost,            LANE_WRITE, ROLES_SETS, SCOPE_PROJECT, 1024,   RF_IDEMPOTENT, "addFacilityCost"},
    {M_GET,    "/api/v1/facility-categories",            h_categories,      LANE_READ,  WHO_SEES,   SCOPE_COMPANY, 0,      0,             "listFacilityCategories"},
    {M_PUT,    "/api/v1/facility-categories",            h_category,        LANE_WRITE, ROLES_SETS, SCOPE_COMPANY, 512,    0,             "saveFacilityCategory"},
    {M_GET,    "/api/v1/facility-suppliers",             h_suppliers,       LANE_READ,  ROLES_DESK, SCOPE_COMPANY, 0,      0,             "listFacilitySuppliers"},
    {M_POST,   "/api/v1/facility-suppliers",             h_supplier_add,    LANE_WRITE, ROLES_SETS, SCOPE_COMPANY, 1024,   RF_IDEMPOTENT, "addFacilitySupplier"},
    {M_PUT,    "/api/v1/facility-suppliers/{id}",        h_supplier_change, LANE_WRITE, ROLES_SETS, SCOPE_COMPANY, 1024,   0,             "changeFacilitySupplier"},
};
/* clang-format on */
const struct route_set facility_routes = {rows, COUNT(rows)};
