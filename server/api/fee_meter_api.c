/* fee_meter_api.c - HTTP face of meters beyond a single reading. SPDX-License-Identifier: MIT */
#include "api/fee_api.h"
#include "domain/fee_meter.h"

static void meter_to_json(struct jw *w, const struct meter_row *m)
{
    jw_obj(w);
    kv_id(w, "id", m->id);
    kv_id(w, "item_id", m->item_id);
    kv_str(w, "item", m->item);
    kv_id(w, "room_id", m->room_id);
    kv_str(w, "room", m->room);
    kv_str(w, "serial", m->serial);
    kv_int(w, "from_day", m->from_day);
    kv_int(w, "to_day", m->to_day);
    kv_int(w, "last_day", m->last_day);
    kv_int(w, "last_e3", m->last_e3);
    jw_end(w);
}

static void one_of_page(void *arg, const struct meter_row *m)
{
    struct page *p = arg;
    meter_to_json(&p->w, m);
    page_row(p, m->id);
}

static void one_of_list(void *arg, const struct meter_row *m)
{
    meter_to_json(arg, m);
}

static enum err h_meters(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct page p;
    struct meter_filter f = {0};
    enum err e = page_open(cx, rq, &p);
    if (!e)
        e = query_id(cx, rq, "item_id", &f.item_id);
    if (!e)
        e = query_id(cx, rq, "room_id", &f.room_id);
    f.before = p.before;
    f.limit = p.limit;
    if (!e)
        e = meter_list(cx, &f, one_of_page, &p);
    return page_close(rs, &p, e);
}

static enum err span(struct ctx *cx, const struct request *rq, int64_t *from, int64_t *to)
{
    enum err e = query_i64(cx, rq, "from", 19000101, 99991231, 0, from);
    if (!e)
        e = query_i64(cx, rq, "to", 19000101, 99991231, 0, to);
    return e;
}

static enum err h_missing(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw w;
    int64_t from = 0, to = 0;
    enum err e = span(cx, rq, &from, &to);
    list_open(cx, &w);
    if (!e)
        e = meter_missing(cx, DAY(from), DAY(to), one_of_list, &w);
    return list_close(rs, &w, e);
}

static void one_odd(void *arg, const struct odd_reading *o)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_id(w, "meter_id", o->meter_id);
    kv_str(w, "serial", o->serial);
    kv_str(w, "room", o->room);
    kv_int(w, "day", o->day);
    kv_str(w, "what", meter_oddity_name[o->what]);
    kv_int(w, "reading_e3", o->reading_e3);
    kv_int(w, "usage_e3", o->usage_e3);
    kv_int(w, "mean_e3", o->mean_e3);
    jw_end(w);
}

static enum err h_odd(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw w;
    int64_t from = 0, to = 0;
    enum err e = span(cx, rq, &from, &to);
    list_open(cx, &w);
    if (!e)
        e = meter_odd(cx, DAY(from), DAY(to), one_odd, &w);
    return list_close(rs, &w, e);
}

static enum err reply_usage(struct ctx *cx, struct response *rs, int64_t usage)
{
    struct jw w;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    kv_int(&w, "usage_e3", usage);
    jw_end(&w);
    return reply_json(rs, 200, &w);
}

struct correct_in {
    int64_t reading_e3;
    const char *reason;
};
static const struct field correct_fields[] = {FIELD_I64(struct correct_in, reading_e3, 0, 1000000000000),
                                              FIELD_STR(struct correct_in, reason, 1, 200)};

static enum err h_correct(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct correct_in in = {0};
    int64_t id = 0, usage = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = BODY(cx, rq, correct_fields, &in);
    if (!e)
        e = meter_correct(cx, id, in.reading_e3, in.reason, &usage);
    return e ? e : reply_usage(cx, rs, usage);
}

struct swap_in {
    int64_t day, final_e3, modulus_e3, multiplier_e3, first_e3;
    const char *serial;
};
static const struct field swap_fields[] = {FIELD_DAY(struct swap_in, day),
                                           FIELD_I64(struct swap_in, final_e3, 0, 1000000000000),
                                           FIELD_STR(struct swap_in, serial, 1, 40),
                                           OPT_I64(struct swap_in, modulus_e3, 0, 1000000000000),
                                           OPT_I64(struct swap_in, multiplier_e3, 1, 1000000000),
                                           OPT_I64(struct swap_in, first_e3, 0, 1000000000000)};

static enum err h_swap(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct swap_in in = {.multiplier_e3 = 1000};
    int64_t id = 0, next = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = BODY(cx, rq, swap_fields, &in);
    struct meter m = {
        .modulus_e3 = in.modulus_e3, .multiplier_e3 = in.multiplier_e3, .first_e3 = in.first_e3, .serial = in.serial};
    if (!e)
        e = meter_swap(cx, id, DAY(in.day), in.final_e3, &m, &next);
    return e ? e : reply_id(cx, rs, 201, next);
}

static enum err reply_import(struct ctx *cx, struct response *rs, const struct meter_import *m, bool applied)
{
    struct jw w;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    kv_bool(&w, "applied", applied);
    kv_int(&w, "rows", m->rows);
    kv_int(&w, "unchanged", m->unchanged);
    kv_csv_errors(cx, &w, m->error, m->errors);
    jw_end(&w);
    return reply_json(rs, 200, &w);
}

static enum err import(struct ctx *cx, const struct request *rq, struct response *rs, bool check_only)
{
    struct meter_import *m = arena_alloc(cx->arena, sizeof *m);
    const void *bytes = NULL;
    size_t n = 0;
    enum err e = body_csv(cx, rq, &bytes, &n);
    if (!e)
        e = meter_import(cx, bytes, n, check_only, m);
    return e ? e : reply_import(cx, rs, m, !check_only && !m->errors);
}

static enum err h_import(struct ctx *cx, const struct request *rq, struct response *rs)
{
    return import(cx, rq, rs, false);
}

static enum err h_import_check(struct ctx *cx, const struct request *rq, struct response *rs)
{
    return import(cx, rq, rs, true);
}

/* clang-format off */
static const struct route rows[] = {
    {M_GET,  "/api/v1/meters",              h_meters,       LANE_READ,  ROLES_MONEY, SCOPE_PROJECT, 0,      0,             "listMeters"},
    {M_GET,  "/api/v1/meters/missing",      h_missing,      LANE_READ,  ROLES_MONEY, SCOPE_PROJECT, 0,      0,             "listMissingReadings"},
    {M_GET,  "/api/v1/meters/odd",          h_odd,          LANE_READ,  ROLES_MONEY, SCOPE_PROJECT, 0,      0,             "listOddReadings"},
    {M_POST, "/api/v1/meters/import",       h_import,       LANE_WRITE, ROLES_TAKES, SCOPE_PROJECT, 401024, RF_IDEMPOTENT, "importReadings"},
    {M_POST, "/api/v1/meters/import/check", h_import_check, LANE_READ,  ROLES_TAKES, SCOPE_PROJECT, 401024, 0,             "checkReadings"},
    {M_POST, "/api/v1/meters/{id}/correct", h_correct,      LANE_WRITE, ROLES_TAKES, SCOPE_PROJECT, 1024,   RF_IDEMPOTENT, "correctReading"},
    {M_POST, "/api/v1/meters/{id}/swap",    h_swap,         LANE_WRITE, ROLES_TAKES, SCOPE_PROJECT, 1024,   RF_IDEMPOTENT, "swapMeter"},
};
/* clang-format on */
const struct route_set fee_meter_routes = {rows, COUNT(rows)};
