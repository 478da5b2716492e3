/* complaint_api.c - HTTP face of complaints: submitting, reading, acting. SPDX-License-Identifier: MIT */
#include "api/route.h"
#include "base/clock.h"
#include "domain/complaint.h"

static void complaint_to_json(struct jw *w, const struct complaint *c, unsigned actor)
{
    jw_obj(w);
    kv_id(w, "id", c->id);
    kv_str(w, "number", c->number);
    kv_id(w, "project_id", c->project_id);
    kv_str(w, "kind", complaint_kind_name[c->kind]);
    kv_str(w, "category", c->category);
    kv_str(w, "category_name", c->category_name);
    kv_str(w, "title", c->title);
    kv_str(w, "text", c->text);
    kv_str(w, "urgency", urgency_name[c->urgency]);
    kv_str(w, "channel", complaint_channel_name[c->channel]);
    kv_str(w, "state", complaint_state_name[c->state]);
    kv_int(w, "version", c->version);
    kv_bool(w, "anonymous", c->anonymous);
    kv_id(w, "room_id", c->room_id);
    kv_str(w, "room", c->room_name);
    kv_str(w, "place", c->place);
    kv_id(w, "reporter_id", c->reporter_id);
    kv_str(w, "reporter", c->reporter_name);
    kv_str(w, "contact_name", c->contact_name);
    kv_str(w, "contact_phone", c->contact_hint);
    kv_id(w, "handler_id", c->handler_id);
    kv_str(w, "handler", c->handler_name);
    kv_str(w, "department", c->department);
    kv_id(w, "department_id", c->department_id);
    kv_int(w, "level", c->level);
    kv_int(w, "escalation", c->escalation);
    kv_int(w, "reopened", c->reopened);
    kv_time(w, "due_at", c->due_at);
    kv_str(w, "result", c->result);
    kv_int(w, "stars", c->stars);
    kv_str(w, "rating_text", c->rating_text);
    kv_id(w, "merged_into", c->merged_into);
    kv_time(w, "answered_at", c->answered_at);
    kv_time(w, "resolved_at", c->resolved_at);
    kv_time(w, "closed_at", c->closed_at);
    kv_time(w, "created_at", c->created_at);
    if (actor & ~(unsigned)CA_OWNER) { /* the staff's business */
        kv_id(w, "accused_id", c->accused_id);
        kv_str(w, "accused", c->accused_name);
        kv_id(w, "repair_id", c->repair_id);
        kv_id(w, "bill_id", c->bill_id);
    }
    if (actor)
        kv_actions(w, &complaint_fsm, c->state, actor);
    jw_end(w);
}

static enum err reply_complaint(struct ctx *cx, struct response *rs, int status, const struct complaint *c)
{
    struct jw w;
    jw_init(&w, cx->arena);
    complaint_to_json(&w, c, 0);
    reply_etag(cx, rs, c->version);
    return reply_json(rs, status, &w);
}

/* ---- submit ---- */

struct submit_in {
    const char *category, *title, *text, *place, *contact_name, *contact_phone;
    int64_t room_id, accused_id;
    int kind, urgency;
    bool anonymous, by_phone;
    struct json_list files;
};
static const struct field submit_fields[] = {FIELD_ENUM(struct submit_in, kind, complaint_kind_name),
                                             OPT_STR(struct submit_in, category, 0, 20),
                                             FIELD_STR(struct submit_in, title, 1, 60),
                                             FIELD_TEXT(struct submit_in, text, 1, 2000),
                                             OPT_STR(struct submit_in, place, 0, 80),
                                             OPT_STR(struct submit_in, contact_name, 0, 40),
                                             OPT_RAW(struct submit_in, contact_phone, 11, 11),
                                             OPT_ID(struct submit_in, room_id),
                                             OPT_ID(struct submit_in, accused_id),
                                             OPT_ENUM(struct submit_in, urgency, urgency_name),
                                             OPT_BOOL(struct submit_in, anonymous),
                                             OPT_BOOL(struct submit_in, by_phone),
                                             OPT_IDS(struct submit_in, files, 9)};

static enum err h_submit(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct submit_in in = {.urgency = URGENCY_NORMAL};
    struct complaint c;
    enum err e = BODY(cx, rq, submit_fields, &in);
    if (e)
        return e;
    struct complaint_in ci = {.kind = in.kind,
                              .urgency = in.urgency,
                              .category = in.category,
                              .title = in.title,
                              .text = in.text,
                              .place = in.place,
                              .contact_name = in.contact_name,
                              .contact_phone = in.contact_phone,
                              .room_id = in.room_id,
                              .accused_id = in.accused_id,
                              .anonymous = in.anonymous,
                              .by_phone = in.by_phone,
                              .files = in.files.p,
                              .nfiles = in.files.n};
    e = complaint_submit(cx, &ci, &c);
    return e ? e : reply_complaint(cx, rs, 201, &c);
}

/* ---- reading ---- */

static void one_complaint(void *arg, const struct complaint *c)
{
    struct page *l = arg;
    complaint_to_json(&l->w, c, 0);
    page_row(l, c->id);
}

#define WHO_BOARD (ROLES_DESK | ROLE_AUDITOR)
static const unsigned view_roles[CV_COUNT] = {
    [CV_MINE] = ROLES_ANY | ROLES_LOGGED_IN, [CV_BOARD] = WHO_BOARD, [CV_ASSIGNED] = ROLES_STAFF};

static enum err read_filter(struct ctx *cx, const struct request *rq, struct complaint_filter *f)
{
    const char *view = NULL;
    int64_t overdue = 0, open = 0, escalated = 0;
    enum err e = query_text(cx, rq, "view", &view);
    f->view = view ? str_index(complaint_view_name, CV_COUNT, view) : CV_MINE;
    if (!e && f->view < 0)
        e = cx_fail(cx, ERR_INVALID, "view", "应为 mine、board 或 assigned", "mine, board or assigned");
    if (!e && f->view != CV_MINE && !(view_roles[f->view] & cx->who.roles))
        e = ERR_FORBIDDEN;
    if (!e)
        e = query_word(cx, rq, "state", complaint_state_name, CS_COUNT, &f->state);
    if (!e)
        e = query_text(cx, rq, "category", &f->category);
    if (!e)
        e = query_word(cx, rq, "kind", complaint_kind_name, CK_COUNT, &f->kind);
    if (!e)
        e = query_text(cx, rq, "search", &f->search);
    if (!e)
        e = query_id(cx, rq, "handler_id", &f->handler_id);
    if (!e)
        e = query_id(cx, rq, "building_id", &f->building_id);
    if (!e)
        e = query_time(cx, rq, "from", 0, &f->from);
    if (!e)
        e = query_time(cx, rq, "to", INT64_C(1) << 52, &f->to);
    if (!e)
        e = query_i64(cx, rq, "level", 0, 9, -1, &f->level);
    if (!e)
        e = query_i64(cx, rq, "overdue", 0, 1, 0, &overdue);
    if (!e)
        e = query_i64(cx, rq, "open", 0, 1, 0, &open);
    if (!e)
        e = query_i64(cx, rq, "escalated", 0, 1, 0, &escalated);
    f->escalated = escalated;
    f->overdue = overdue;
    f->open_only = open;
    return e;
}

static enum err h_list(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct complaint_filter f = {0};
    struct page l = {.n = 0};
    enum err e = read_filter(cx, rq, &f);
    if (!e)
        e = page_open(cx, rq, &l);
    f.before_id = l.before;
    f.limit = l.limit;
    if (!e)
        e = complaint_list(cx, &f, one_complaint, &l);
    return page_close(rs, &l, e);
}

static void one_event(void *arg, const struct complaint_event_row *e)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_int(w, "n", e->n);
    kv_time(w, "at", e->at);
    kv_str(w, "by", e->actor_name);
    kv_bool(w, "by_owner", e->by_owner);
    kv_str(w, "event", e->event);
    kv_str(w, "from", e->from);
    kv_str(w, "to", e->to);
    kv_str(w, "note", e->note);
    kv_bool(w, "internal", e->internal);
    jw_end(w);
}

static void one_file(void *arg, int64_t file_id, const char *stage, bool internal)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_id(w, "file_id", file_id);
    kv_str(w, "stage", stage);
    kv_bool(w, "internal", internal);
    jw_end(w);
}

static enum err h_get(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct complaint c;
    struct jw w;
    unsigned actor = 0;
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = complaint_get(cx, id, &c, &actor);
    if (e)
        return e;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    jw_key(&w, "complaint");
    complaint_to_json(&w, &c, actor);
    jw_key(&w, "history");
    jw_arr(&w);
    e = complaint_history(cx, &c, actor, one_event, &w);
    jw_arr_end(&w);
    jw_key(&w, "files");
    jw_arr(&w);
    if (!e)
        e = complaint_files(cx, id, (actor & ~(unsigned)CA_OWNER) != 0, one_file, &w);
    jw_arr_end(&w);
    jw_end(&w);
    reply_etag(cx, rs, c.version);
    return e ? e : reply_json(rs, 200, &w);
}

/* ---- acting ---- */

struct act_in {
    const char *note, *category, *due_at;
    int64_t assignee_id, department_id, target_id, repair_id, bill_id, type_id, accused_id, stars;
    int kind, urgency;
    bool internal;
    struct json_list files;
};
static const struct field act_fields[] = {OPT_TEXT(struct act_in, note, 0, 2000),
                                          OPT_STR(struct act_in, category, 1, 20),
                                          OPT_ID(struct act_in, department_id),
                                          OPT_RAW(struct act_in, due_at, 16, 35),
                                          OPT_ID(struct act_in, assignee_id),
                                          OPT_ID(struct act_in, target_id),
                                          OPT_ID(struct act_in, repair_id),
                                          OPT_ID(struct act_in, bill_id),
                                          OPT_ID(struct act_in, type_id),
                                          OPT_ID(struct act_in, accused_id),
                                          OPT_I64(struct act_in, stars, 1, 5),
                                          OPT_ENUM(struct act_in, kind, complaint_kind_name),
                                          OPT_ENUM(struct act_in, urgency, urgency_name),
                                          OPT_BOOL(struct act_in, internal),
                                          OPT_IDS(struct act_in, files, 9)};

static enum err h_act(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct act_in in = {.kind = -1, .urgency = -1};
    struct complaint_step s = {.version = rq->if_match};
    struct complaint c;
    int64_t id = 0;
    int ev = str_index(complaint_event_name, CE_COUNT, rq->arg[1]);
    enum err e = path_id(cx, rq, 0, &id);
    if (!e && ev < 0)
        e = cx_fail(cx, ERR_NOT_FOUND, "action", "没有该操作", "no such action");
    if (!e)
        e = BODY(cx, rq, act_fields, &in);
    if (!e && in.due_at && !clock_parse_rfc3339(in.due_at, &s.due_at))
        e = cx_fail(cx, ERR_INVALID, "due_at", "应为 RFC 3339 时间", "must be an RFC 3339 time");
    if (e)
        return e;
    s.event = (enum complaint_event)ev;
    s.note = in.note;
    s.category = in.category;
    s.department_id = in.department_id;
    s.kind = in.kind;
    s.urgency = in.urgency;
    s.target_id = s.event == CE_ASSIGN        ? in.assignee_id
                  : s.event == CE_LINK_REPAIR ? in.repair_id
                  : s.event == CE_LINK_BILL   ? in.bill_id
                                              : in.target_id;
    s.type_id = in.type_id;
    s.accused_id = in.accused_id;
    s.stars = in.stars;
    s.files = in.files.p;
    s.nfiles = in.files.n;
    s.internal_files = in.internal;
    e = complaint_act(cx, id, &s, &c);
    return e ? e : reply_complaint(cx, rs, 200, &c);
}

/* clang-format off */
static const struct route rows[] = {
    {M_POST, "/api/v1/complaints",               h_submit, LANE_WRITE, ROLES_ANY,       SCOPE_ROOM,  16384, RF_IDEMPOTENT, "submitComplaint"},
    {M_GET,  "/api/v1/complaints",               h_list,   LANE_READ,  ROLES_LOGGED_IN, SCOPE_ORDER, 0,     0,             "listComplaints"},
    {M_GET,  "/api/v1/complaints/{id}",          h_get,    LANE_READ,  ROLES_LOGGED_IN, SCOPE_ORDER, 0,     0,             "getComplaint"},
    {M_POST, "/api/v1/complaints/{id}/{action}", h_act,    LANE_WRITE, ROLES_LOGGED_IN, SCOPE_ORDER, 16384, RF_IDEMPOTENT, "actOnComplaint"},
};
/* clang-format on */
const struct route_set complaint_routes = {rows, COUNT(rows)};
