/* repair_api.c - HTTP face of repair orders. SPDX-License-Identifier: MIT */
#include "api/repair_json.h"
#include "api/route.h"
#include "base/clock.h"
#include "domain/facility.h"

void repair_to_json(struct jw *w, const struct repair *r, unsigned actor)
{
    jw_obj(w);
    kv_id(w, "id", r->id);
    kv_str(w, "number", r->number);
    kv_id(w, "project_id", r->project_id);
    kv_id(w, "room_id", r->room_id);
    kv_str(w, "room", r->room_name);
    kv_id(w, "facility_id", r->facility_id);
    kv_str(w, "facility", r->facility_name);
    kv_str(w, "place", r->place);
    kv_bool(w, "public_area", r->public_area);
    kv_id(w, "type_id", r->type_id);
    kv_str(w, "type", r->type_name);
    kv_str(w, "skill", r->skill);
    kv_str(w, "mode", dispatch_mode_name[r->mode]);
    kv_str(w, "channel", repair_channel_name[r->channel]);
    kv_str(w, "urgency", urgency_name[r->urgency]);
    kv_str(w, "description", r->description);
    kv_str(w, "contact_name", r->contact_name);
    kv_str(w, "contact_phone", r->contact_hint);
    kv_str(w, "state", repair_state_name[r->state]);
    kv_int(w, "progress", repair_progress(r->state));
    kv_int(w, "version", r->version);
    kv_id(w, "holder_id", r->holder_id);
    kv_str(w, "holder", r->holder_name);
    kv_time(w, "slot_from", r->slot_from);
    kv_time(w, "slot_to", r->slot_to);
    kv_str(w, "hold_reason", r->hold_reason);
    kv_time(w, "hold_until", r->hold_until);
    kv_time(w, "respond_due", r->respond_due);
    kv_time(w, "arrive_due", r->arrive_due);
    kv_time(w, "finish_due", r->finish_due);
    kv_bool(w, "escalated", r->escalated);
    kv_bool(w, "forced", r->forced);
    kv_int(w, "reopened", r->reopened);
    kv_int(w, "quote_fen", r->quote_fen);
    kv_str(w, "quote_state", r->quote_state);
    kv_int(w, "charge_fen", r->charge_fen);
    kv_id(w, "cause_id", r->cause_id);
    kv_str(w, "cause", r->cause_name);
    kv_str(w, "measure", r->measure);
    kv_int(w, "labour_min", r->labour_min);
    kv_int(w, "stars", r->stars);
    kv_str(w, "rating_text", r->rating_text);
    kv_time(w, "created_at", r->created_at);
    kv_time(w, "accepted_at", r->accepted_at);
    kv_time(w, "arrived_at", r->arrived_at);
    kv_time(w, "started_at", r->started_at);
    kv_time(w, "finished_at", r->finished_at);
    kv_time(w, "closed_at", r->closed_at);
    if (actor) /* what the caller may do next, from the state machine's table */
        kv_actions(w, &repair_fsm, r->state, actor);
    jw_end(w);
}

static enum err reply_repair(struct ctx *cx, struct response *rs, int status, const struct repair *r)
{
    struct jw w;
    jw_init(&w, cx->arena);
    repair_to_json(&w, r, 0);
    reply_etag(cx, rs, r->version);
    return reply_json(rs, status, &w);
}

/* ---- report ---- */

struct report_in {
    int64_t type_id, room_id, facility_id;
    bool facility_down;
    const char *place, *description, *contact_name, *contact_phone, *slot_from, *slot_to;
    int urgency, channel;
    struct json_list photos;
};
static const char *const desk_channel[] = {"staff", "phone"};
static const struct field report_fields[] = {FIELD_ID(struct report_in, type_id),
                                             OPT_ID(struct report_in, room_id),
                                             OPT_ID(struct report_in, facility_id),
                                             OPT_BOOL(struct report_in, facility_down),
                                             OPT_STR(struct report_in, place, 0, 80),
                                             FIELD_TEXT(struct report_in, description, 1, 1000),
                                             OPT_STR(struct report_in, contact_name, 0, 40),
                                             OPT_RAW(struct report_in, contact_phone, 11, 11),
                                             OPT_RAW(struct report_in, slot_from, 16, 35),
                                             OPT_RAW(struct report_in, slot_to, 16, 35),
                                             OPT_ENUM(struct report_in, urgency, urgency_name),
                                             OPT_ENUM(struct report_in, channel, desk_channel),
                                             OPT_IDS(struct report_in, photos, 9)};

static enum err body_time(struct ctx *cx, const char *field, const char *text, int64_t *out)
{
    if (text && !clock_parse_rfc3339(text, out))
        return cx_fail(cx, ERR_INVALID, field, "应为 RFC 3339 时间", "must be an RFC 3339 time");
    return OK;
}

static enum err h_report(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct report_in in = {.urgency = URGENCY_LOW};
    struct repair_report rp = {0};
    struct repair r;
    struct json_list dup = {0};
    struct jw w;
    enum err e = BODY(cx, rq, report_fields, &in);
    if (!e)
        e = body_time(cx, "slot_from", in.slot_from, &rp.slot_from);
    if (!e)
        e = body_time(cx, "slot_to", in.slot_to, &rp.slot_to);
    if (e)
        return e;
    rp.type_id = in.type_id;
    rp.room_id = in.room_id;
    rp.facility_id = in.facility_id;
    rp.place = in.place;
    rp.description = in.description;
    rp.contact_name = in.contact_name;
    rp.contact_phone = in.contact_phone;
    rp.urgency = in.urgency;
    rp.channel = in.channel == 1 ? CH_PHONE : CH_STAFF;
    rp.photos = in.photos.p;
    rp.nphotos = in.photos.n;
    e = repair_report(cx, &rp, &r, &dup);
    if (!e && r.facility_id)
        e = facility_repair_opened(cx, &r, in.facility_down);
    if (e)
        return e;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    jw_key(&w, "repair");
    repair_to_json(&w, &r, 0);
    kv_ids(&w, "duplicates", &dup);
    jw_end(&w);
    return reply_json(rs, 201, &w);
}

/* ---- reading ---- */

static void one_repair(void *arg, const struct repair *r)
{
    struct page *l = arg;
    repair_to_json(&l->w, r, 0);
    page_row(l, r->id);
}

/* What each view needs beyond being logged in; the rows themselves are limited by the query. */
static const unsigned view_roles[VIEW_COUNT] = {[VIEW_MINE] = ROLES_ANY,
                                                [VIEW_BOARD] = ROLES_DESK | ROLE_CASHIER | ROLE_AUDITOR,
                                                [VIEW_JOBS] = ROLE_TECHNICIAN,
                                                [VIEW_POOL] = ROLE_TECHNICIAN};

static enum err h_list(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct repair_filter f = {0};
    struct page l = {.n = 0};
    const char *view = NULL;
    int64_t open = 0;
    enum err e = query_text(cx, rq, "view", &view);
    f.view = view ? str_index(repair_view_name, VIEW_COUNT, view) : VIEW_MINE;
    if (!e && f.view < 0)
        e = cx_fail(cx, ERR_INVALID, "view", "应为 mine、board、jobs 或 pool", "mine, board, jobs or pool");
    if (!e && !(view_roles[f.view] & cx->who.roles))
        e = ERR_FORBIDDEN;
    if (!e)
        e = query_word(cx, rq, "state", repair_state_name, RS_COUNT, &f.state);
    if (!e)
        e = query_text(cx, rq, "search", &f.search);
    if (!e)
        e = query_i64(cx, rq, "open", 0, 1, 0, &open);
    if (!e)
        e = query_id(cx, rq, "facility_id", &f.facility_id);
    if (!e)
        e = page_open(cx, rq, &l);
    f.open_only = open;
    f.before_id = l.before;
    f.limit = l.limit;
    if (!e)
        e = repair_list(cx, &f, one_repair, &l);
    return page_close(rs, &l, e);
}

static void one_event(void *arg, const struct repair_event_row *e)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_int(w, "n", e->n);
    kv_time(w, "at", e->at);
    kv_str(w, "by", e->actor_name);
    kv_str(w, "event", e->event);
    kv_str(w, "from", e->from);
    kv_str(w, "to", e->to);
    kv_str(w, "note", e->note);
    kv_bool(w, "internal", e->internal);
    jw_end(w);
}

static void one_line(void *arg, const struct repair_line *l)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_str(w, "kind", repair_line_kind[l->kind]);
    kv_id(w, "material_id", l->material_id);
    kv_str(w, "name", l->name);
    kv_int(w, "qty_e3", l->qty_e3);
    kv_int(w, "price_fen", l->price_fen);
    kv_int(w, "amount_fen", l->amount_fen);
    jw_end(w);
}

static void one_photo(void *arg, int64_t file_id, const char *stage)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_id(w, "file_id", file_id);
    kv_str(w, "stage", stage);
    jw_end(w);
}

static enum err h_get(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct repair r;
    struct jw w;
    unsigned actor = 0;
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = repair_get(cx, id, &r, &actor);
    if (e == ERR_TAKEN) /* for reading, a job that went to a colleague is simply not there */
        return ERR_NOT_FOUND;
    if (e)
        return e;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    jw_key(&w, "repair");
    repair_to_json(&w, &r, actor);
    jw_key(&w, "history");
    jw_arr(&w);
    e = repair_history(cx, id, (actor & (RA_DESK | RA_CSR | RA_MANAGER)) != 0, one_event, &w);
    jw_arr_end(&w);
    jw_key(&w, "lines");
    jw_arr(&w);
    if (!e)
        e = repair_lines(cx, id, one_line, &w);
    jw_arr_end(&w);
    jw_key(&w, "photos");
    jw_arr(&w);
    if (!e)
        e = repair_photos(cx, id, one_photo, &w);
    jw_arr_end(&w);
    jw_end(&w);
    reply_etag(cx, rs, r.version);
    return e ? e : reply_json(rs, 200, &w);
}

static enum err h_contact(struct ctx *cx, const struct request *rq, struct response *rs)
{
    const char *phone = NULL;
    struct jw w;
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = repair_contact(cx, id, &phone);
    if (e)
        return e;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    kv_str(&w, "phone", phone);
    jw_end(&w);
    return reply_json(rs, 200, &w);
}

/* ---- acting ---- */

struct act_in {
    const char *note, *reason, *until, *measure, *tags;
    int64_t technician_id, cause_id, labour_min, quote_fen, stars;
    struct json_list lines, photos;
    bool satisfied, internal, keep_charge, facility_up;
};
static const struct field line_fields[] = {
    FIELD_ENUM(struct repair_line, kind, repair_line_kind), OPT_ID(struct repair_line, material_id),
    OPT_STR(struct repair_line, name, 1, 60), FIELD_I64(struct repair_line, qty_e3, 1, 1000000000),
    FIELD_I64(struct repair_line, price_fen, 0, 100000000)};
static const struct field act_fields[] = {OPT_TEXT(struct act_in, note, 0, 500),
                                          OPT_STR(struct act_in, reason, 1, 40),
                                          OPT_RAW(struct act_in, until, 16, 35),
                                          OPT_TEXT(struct act_in, measure, 0, 1000),
                                          OPT_STR(struct act_in, tags, 0, 200),
                                          OPT_ID(struct act_in, technician_id),
                                          OPT_ID(struct act_in, cause_id),
                                          OPT_I64(struct act_in, labour_min, 0, 10000),
                                          OPT_I64(struct act_in, quote_fen, 1, 100000000),
                                          OPT_I64(struct act_in, stars, 1, 5),
                                          OPT_LIST(struct act_in, lines, line_fields, struct repair_line, 50),
                                          OPT_IDS(struct act_in, photos, 9),
                                          OPT_BOOL(struct act_in, satisfied),
                                          OPT_BOOL(struct act_in, internal),
                                          OPT_BOOL(struct act_in, keep_charge),
                                          OPT_BOOL(struct act_in, facility_up)};

static enum err h_act(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct act_in in = {0};
    struct repair_step s = {.version = rq->if_match};
    struct repair r;
    int64_t id = 0;
    int ev = str_index(repair_event_name, RE_COUNT, rq->arg[1]);
    enum err e = path_id(cx, rq, 0, &id);
    if (!e && ev < 0)
        e = cx_fail(cx, ERR_NOT_FOUND, "action", "没有该操作", "no such action");
    if (!e)
        e = BODY(cx, rq, act_fields, &in);
    if (!e)
        e = body_time(cx, "until", in.until, &s.until);
    if (e)
        return e;
    s.event = (enum repair_event)ev;
    s.note = in.note;
    s.reason = in.reason;
    s.target_id = in.technician_id;
    s.cause_id = in.cause_id;
    s.labour_min = in.labour_min;
    s.quote_fen = in.quote_fen;
    s.measure = in.measure;
    s.tags = in.tags;
    s.lines = in.lines.p;
    s.nlines = in.lines.n;
    s.photos = in.photos.p;
    s.nphotos = in.photos.n;
    s.stars = in.stars;
    s.satisfied = in.satisfied;
    s.internal = in.internal;
    s.keep_charge = in.keep_charge;
    e = repair_act(cx, id, &s, &r);
    if (!e && (s.event == RE_FINISH || s.event == RE_FORCE_FINISH || in.facility_up))
        e = facility_repair_step(cx, &r, s.event == RE_FINISH || s.event == RE_FORCE_FINISH, in.facility_up);
    return e ? e : reply_repair(cx, rs, 200, &r);
}

/* ---- board and analysis ---- */

static void one_count(void *arg, const char *key, int64_t n)
{
    kv_int(arg, key, n);
}

static enum err h_counts(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw w;
    (void)rq;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    jw_key(&w, "states");
    jw_obj(&w);
    enum err e = repair_counts(cx, one_count, &w);
    jw_end(&w);
    jw_end(&w);
    return e ? e : reply_json(rs, 200, &w);
}

static void one_stat(void *arg, const struct repair_stat *s)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_str(w, "key", s->key);
    kv_int(w, "orders", s->n);
    kv_int(w, "finished", s->closed);
    kv_int(w, "overdue", s->overdue);
    kv_int(w, "reopened", s->reopened);
    kv_int(w, "avg_respond_ms", s->avg_respond_ms);
    kv_int(w, "avg_finish_ms", s->avg_finish_ms);
    kv_int(w, "stars_sum", s->stars_sum);
    kv_int(w, "stars_count", s->stars_n);
    kv_int(w, "charge_fen", s->charge_fen);
    jw_end(w);
}

static enum err h_analysis(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw w;
    const char *by = NULL;
    int64_t from = 0, to = 0;
    enum err e = query_text(cx, rq, "by", &by);
    if (!e)
        e = span_open(cx, rq, &w, &from, &to);
    return e ? e : list_close(rs, &w, repair_analysis(cx, by ? by : "type", from, to, one_stat, &w));
}

#define WHO_BOARD (ROLES_DESK | ROLE_CASHIER | ROLE_AUDITOR)
/* clang-format off */
static const struct route rows[] = {
    {M_POST, "/api/v1/repairs",               h_report,   LANE_WRITE, ROLES_ANY,       SCOPE_ROOM,    16384, RF_IDEMPOTENT, "reportRepair"},
    {M_GET,  "/api/v1/repairs",               h_list,     LANE_READ,  ROLES_ANY,       SCOPE_ORDER,   0,     0,             "listRepairs"},
    {M_GET,  "/api/v1/repairs/counts",        h_counts,   LANE_READ,  WHO_BOARD,       SCOPE_PROJECT, 0,     0,             "countRepairs"},
    {M_GET,  "/api/v1/repairs/analysis",      h_analysis, LANE_READ,  WHO_BOARD,       SCOPE_PROJECT, 0,     0,             "analyseRepairs"},
    {M_GET,  "/api/v1/repairs/{id}",          h_get,      LANE_READ,  ROLES_LOGGED_IN, SCOPE_ORDER,   0,     0,             "getRepair"},
    {M_POST, "/api/v1/repairs/{id}/contact",  h_contact,  LANE_WRITE, ROLES_DESK | ROLE_TECHNICIAN, SCOPE_ORDER,   16,    0,             "revealRepairContact"},
    {M_POST, "/api/v1/repairs/{id}/{action}", h_act,      LANE_WRITE, ROLES_LOGGED_IN, SCOPE_ORDER,   32768, RF_IDEMPOTENT, "actOnRepair"},
};
/* clang-format on */
const struct route_set repair_routes = {rows, COUNT(rows)};
