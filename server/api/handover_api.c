/* handover_api.c - HTTP face of handing over rooms (交房、入住办理). SPDX-License-Identifier: MIT */
#include "api/fee_api.h"
#include "domain/estate.h"
#include "domain/handover.h"

static void to_json(struct jw *w, const struct handover *h)
{
    jw_obj(w);
    kv_id(w, "id", h->id);
    kv_id(w, "room_id", h->room_id);
    kv_str(w, "room", h->room);
    kv_id(w, "party_id", h->party_id);
    kv_str(w, "person", h->person);
    kv_str(w, "state", handover_state_name[h->state]);
    kv_int(w, "day", h->day);
    kv_str(w, "note", h->note);
    kv_str(w, "reason", h->reason);
    kv_int(w, "handed_day", h->handed_day);
    kv_int(w, "keys", h->keys);
    kv_id(w, "signature_id", h->signature_id);
    kv_int(w, "fee_from", h->fee_from);
    kv_str(w, "room_state", h->room_state);
    kv_int(w, "version", h->version);
    kv_time(w, "created_at", h->created_at);
    kv_time(w, "changed_at", h->changed_at);
    jw_end(w);
}

static enum err reply_one(struct ctx *cx, struct response *rs, const struct handover *h)
{
    struct jw w;
    jw_init(&w, cx->arena);
    to_json(&w, h);
    reply_etag(cx, rs, h->version);
    return reply_json(rs, 200, &w);
}

/* ---- the list of a project ---- */

static void one_item(void *arg, const struct handover_item *i)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_str(w, "name", i->name);
    kv_id(w, "fault_type_id", i->fault_type_id);
    jw_end(w);
}

static enum err h_items(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw w;
    (void)rq;
    list_open(cx, &w);
    return list_close(rs, &w, handover_items(cx, one_item, &w));
}

struct items_in {
    struct json_list items;
};
static const struct field item_fields[] = {FIELD_STR(struct handover_item, name, 1, 60),
                                           OPT_ID(struct handover_item, fault_type_id)};
static const struct field items_fields[] = {
    FIELD_LIST(struct items_in, items, item_fields, struct handover_item, 1, HANDOVER_ITEMS)};

static enum err h_items_set(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct items_in in = {0};
    enum err e = BODY(cx, rq, items_fields, &in);
    if (!e)
        e = handover_items_set(cx, in.items.p, in.items.n);
    return e ? e : reply_empty(rs);
}

/* ---- planning and reading ---- */

struct plan_in {
    struct json_list rooms;
    int64_t day;
    const char *note;
};
static const struct field plan_fields[] = {FIELD_IDS(struct plan_in, rooms, 1, HANDOVER_ROOMS),
                                           FIELD_DAY(struct plan_in, day), OPT_STR(struct plan_in, note, 0, 200)};

struct made {
    struct jw w;
    int64_t n;
};

static void one_made(void *arg, int64_t id, int64_t room_id)
{
    struct made *m = arg;
    jw_obj(&m->w);
    kv_id(&m->w, "id", id);
    kv_id(&m->w, "room_id", room_id);
    jw_end(&m->w);
    m->n++;
}

static enum err h_plan(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct plan_in in = {0};
    struct made m = {.n = 0};
    enum err e = BODY(cx, rq, plan_fields, &in);
    if (e)
        return e;
    list_open(cx, &m.w);
    e = handover_plan(cx, in.rooms.p, in.rooms.n, DAY(in.day), in.note, one_made, &m);
    jw_arr_end(&m.w);
    kv_int(&m.w, "skipped", (int64_t)in.rooms.n - m.n);
    jw_end(&m.w);
    return e ? e : reply_json(rs, 201, &m.w);
}

static void one_listed(void *arg, const struct handover *h)
{
    struct page *p = arg;
    to_json(&p->w, h);
    page_row(p, h->id);
}

static enum err h_list(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct handover_filter f = {0};
    struct page p = {.n = 0};
    enum err e = query_word(cx, rq, "state", handover_state_name, HS_COUNT, &f.state);
    if (!e)
        e = query_id(cx, rq, "room_id", &f.room_id);
    if (!e)
        e = query_id(cx, rq, "building_id", &f.building_id);
    if (!e)
        e = query_i64(cx, rq, "from", 19000101, 99991231, 0, &f.from_day);
    if (!e)
        e = query_i64(cx, rq, "to", 19000101, 99991231, 0, &f.to_day);
    if (!e)
        e = page_open(cx, rq, &p);
    f.before = p.before;
    f.limit = p.limit;
    if (!e)
        e = handover_list(cx, &f, one_listed, &p);
    return page_close(rs, &p, e);
}

static void one_check(void *arg, const struct handover_check *c)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_int(w, "n", c->n);
    kv_str(w, "name", c->name);
    kv_str(w, "result", c->result);
    kv_str(w, "note", c->note);
    kv_id(w, "repair_id", c->repair_id);
    kv_ids(w, "photos", &c->photos);
    kv_time(w, "at", c->at);
    jw_end(w);
}

static void begin_meter(struct jw *w, const struct handover_meter *m)
{
    jw_obj(w);
    kv_id(w, "meter_id", m->meter_id);
    kv_str(w, "serial", m->serial);
    kv_str(w, "item", m->item);
}

static void one_room_meter(void *arg, const struct handover_meter *m)
{
    begin_meter(arg, m);
    jw_end(arg);
}

static void one_meter(void *arg, const struct handover_meter *m)
{
    begin_meter(arg, m);
    kv_int(arg, "reading_e3", m->reading_e3);
    jw_end(arg);
}

static void one_past(void *arg, const struct handover_past *p)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_int(w, "n", p->n);
    kv_str(w, "event", p->event);
    kv_str(w, "from", p->from);
    kv_str(w, "to", p->to);
    kv_str(w, "by", p->by);
    kv_str(w, "note", p->note);
    kv_time(w, "at", p->at);
    jw_end(w);
}

#define WHO_HANDS (ROLES_SETS | ROLE_SERVICE)

static enum err h_get(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct handover h;
    struct jw w;
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = handover_get(cx, id, &h);
    if (e)
        return e;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    jw_key(&w, "handover");
    to_json(&w, &h);
    jw_key(&w, "checks");
    jw_arr(&w);
    e = handover_checks(cx, id, one_check, &w);
    jw_arr_end(&w);
    jw_key(&w, "meters");
    jw_arr(&w);
    if (!e)
        e = handover_meters(cx, id, one_meter, &w);
    jw_arr_end(&w);
    jw_key(&w, "room_meters");
    jw_arr(&w);
    if (!e)
        e = handover_room_meters(cx, &h, one_room_meter, &w);
    jw_arr_end(&w);
    jw_key(&w, "history");
    jw_arr(&w);
    if (!e)
        e = handover_history(cx, id, one_past, &w);
    jw_arr_end(&w);
    kv_actions(&w, &handover_fsm, (unsigned)h.state, cx->who.roles & WHO_HANDS ? HA_DESK : 0);
    jw_end(&w);
    reply_etag(cx, rs, h.version);
    return e ? e : reply_json(rs, 200, &w);
}

/* ---- acting ---- */

static const char *const result_name[] = {"ok", "failed", "none"};
static const char *const given_state_name[] = {"delivered", "occupied"};
struct answer_in {
    int64_t n;
    int result;
    const char *note;
    struct json_list photos;
};
struct act_in {
    const char *note;
    int64_t day, keys, signature_id, fee_from;
    int room_state;
    struct json_list checks, readings, fee_items;
};
static const struct field check_fields[] = {
    FIELD_I64(struct answer_in, n, 1, HANDOVER_ITEMS), FIELD_ENUM(struct answer_in, result, result_name),
    OPT_STR(struct answer_in, note, 0, 200), OPT_IDS(struct answer_in, photos, HANDOVER_PHOTOS)};
static const struct field reading_fields[] = {
    FIELD_ID(struct handover_reading, meter_id),
    FIELD_I64(struct handover_reading, reading_e3, 0, INT64_C(1000000000000))};
static const struct field act_fields[] = {
    OPT_STR(struct act_in, note, 0, 200),
    OPT_DAY(struct act_in, day),
    OPT_LIST(struct act_in, checks, check_fields, struct answer_in, HANDOVER_ITEMS),
    OPT_I64(struct act_in, keys, 0, 1000),
    OPT_ID(struct act_in, signature_id),
    OPT_ENUM(struct act_in, room_state, given_state_name),
    OPT_LIST(struct act_in, readings, reading_fields, struct handover_reading, HANDOVER_READINGS),
    OPT_DAY(struct act_in, fee_from),
    OPT_IDS(struct act_in, fee_items, HANDOVER_FEES)};

static enum err h_act(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct act_in in = {0};
    struct handover h;
    int64_t id = 0;
    int ev = str_index(handover_event_name, HE_COUNT, rq->arg[1]);
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = BODY(cx, rq, act_fields, &in);
    if (!e && ev < 0)
        e = cx_fail(cx, ERR_NOT_FOUND, "action", "没有该操作", "no such action");
    if (e)
        return e;
    const struct answer_in *given = in.checks.p;
    struct handover_answer *answers = arena_alloc(cx->arena, (in.checks.n + 1) * sizeof *answers);
    for (size_t i = 0; i < in.checks.n; i++)
        answers[i] = (struct handover_answer){given[i].n, given[i].result + HR_OK, given[i].note, given[i].photos};
    const struct handover_step s = {.event = ev,
                                    .version = rq->if_match,
                                    .note = in.note,
                                    .day = DAY(in.day),
                                    .answers = answers,
                                    .nanswers = in.checks.n,
                                    .keys = in.keys,
                                    .signature_id = in.signature_id,
                                    .room_state = in.room_state ? ROOM_OCCUPIED : ROOM_DELIVERED,
                                    .readings = in.readings.p,
                                    .nreadings = in.readings.n,
                                    .fee_from = DAY(in.fee_from),
                                    .fees = in.fee_items.p,
                                    .nfees = in.fee_items.n};
    e = handover_act(cx, id, &s, &h);
    return e ? e : reply_one(cx, rs, &h);
}

#define WHO_SEES (WHO_HANDS | ROLE_CASHIER | ROLE_AUDITOR)
/* clang-format off */
static const struct route rows[] = {
    {M_GET,  "/api/v1/handover-items",          h_items,     LANE_READ,  WHO_SEES,   SCOPE_PROJECT, 0,     0,             "listHandoverItems"},
    {M_PUT,  "/api/v1/handover-items",          h_items_set, LANE_WRITE, ROLES_SETS, SCOPE_PROJECT, 16384, 0,             "setHandoverItems"},
    {M_GET,  "/api/v1/handovers",               h_list,      LANE_READ,  WHO_SEES,   SCOPE_PROJECT, 0,     0,             "listHandovers"},
    {M_POST, "/api/v1/handovers",               h_plan,      LANE_WRITE, WHO_HANDS,  SCOPE_PROJECT, 16384, RF_IDEMPOTENT, "planHandovers"},
    {M_GET,  "/api/v1/handovers/{id}",          h_get,       LANE_READ,  WHO_SEES,   SCOPE_PROJECT, 0,     0,             "getHandover"},
    {M_POST, "/api/v1/handovers/{id}/{action}", h_act,       LANE_WRITE, WHO_HANDS,  SCOPE_PROJECT, 65536, RF_IDEMPOTENT, "actOnHandover"},
};
/* clang-format on */
const struct route_set handover_routes = {rows, COUNT(rows)};
