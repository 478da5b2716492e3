/* roster_api.c - HTTP face of rosters and leave. SPDX-License-Identifier: MIT */
#include "api/route.h"
#include "base/clock.h"
#include "domain/org.h"

static void one_roster(void *arg, const struct roster *r)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_id(w, "id", r->id);
    kv_id(w, "account_id", r->account_id);
    kv_str(w, "person", r->person);
    kv_id(w, "project_id", r->project_id);
    kv_str(w, "project", r->project);
    kv_int(w, "day", r->day);
    kv_time(w, "from", r->from_at);
    kv_time(w, "to", r->to_at);
    kv_str(w, "kind", r->kind);
    kv_str(w, "state", r->state);
    kv_str(w, "name", r->name);
    kv_str(w, "note", r->note);
    kv_id(w, "decided_by", r->decided_by);
    kv_int(w, "version", r->version);
    jw_end(w);
}

static enum err h_roster(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw w;
    int64_t from = 0, to = 0, account = 0, today = clock_day(cx->now);
    enum err e = query_i64(cx, rq, "from", 20000101, 99991231, today, &from);
    if (!e)
        e = query_i64(cx, rq, "to", 20000101, 99991231, clock_day_add((int32_t)today, 7), &to);
    if (!e)
        e = query_id(cx, rq, "account_id", &account);
    if (e)
        return e;
    list_open(cx, &w);
    return list_close(rs, &w, roster_list(cx, (int32_t)from, (int32_t)to, account, one_roster, &w));
}

static const char *const slot_kinds[] = {"work", "standby"};
struct slot_in {
    int64_t account_id, day, from_min, to_min;
    int kind;
    const char *name;
};
struct plan_in {
    struct json_list slots;
};
static const struct field slot_fields[] = {
    FIELD_ID(struct slot_in, account_id),
    FIELD_I64(struct slot_in, day, 20000101, 99991231),
    FIELD_I64(struct slot_in, from_min, 0, 1439),
    FIELD_I64(struct slot_in, to_min, 1, 2880),
    {.key = "kind",
                                       .type = F_ENUM,
                                       OPTIONAL, .off = offsetof(struct slot_in, kind),
                                       .max = COUNT(slot_kinds),
                                       .names = slot_kinds},
    OPT_STR(struct slot_in, name, 0, 20)
};
static const struct field plan_fields[] = {FIELD_LIST(struct plan_in, slots, slot_fields, struct slot_in, 1, 400)};

static enum err h_plan(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct plan_in in = {
        {NULL, 0}
    };
    enum err e = BODY(cx, rq, plan_fields, &in);
    if (e)
        return e;
    struct roster_slot *s = arena_alloc(cx->arena, in.slots.n * sizeof *s);
    const struct slot_in *p = in.slots.p;
    for (size_t i = 0; i < in.slots.n; i++)
        s[i] = (struct roster_slot){p[i].account_id, (int32_t)p[i].day,     p[i].from_min,
                                    p[i].to_min,     slot_kinds[p[i].kind], p[i].name};
    e = roster_plan(cx, s, in.slots.n);
    return e ? e : reply_empty(rs);
}

static enum err h_drop(struct ctx *cx, const struct request *rq, struct response *rs)
{
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = roster_drop(cx, id);
    return e ? e : reply_empty(rs);
}

/* ---- leave ---- */

struct leave_in {
    const char *from, *to, *note;
};
static const struct field leave_fields[] = {FIELD_RAW(struct leave_in, from, 16, 35),
                                            FIELD_RAW(struct leave_in, to, 16, 35),
                                            OPT_STR(struct leave_in, note, 0, 200)};

static enum err h_ask(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct leave_in in = {0};
    int64_t from = 0, to = 0, id = 0;
    enum err e = BODY(cx, rq, leave_fields, &in);
    if (!e && !clock_parse_rfc3339(in.from, &from))
        e = cx_fail(cx, ERR_INVALID, "from", "时间无效", "not a time");
    if (!e && !clock_parse_rfc3339(in.to, &to))
        e = cx_fail(cx, ERR_INVALID, "to", "时间无效", "not a time");
    if (!e)
        e = leave_ask(cx, from, to, in.note, &id);
    return e ? e : reply_id(cx, rs, 201, id);
}

struct note_in {
    const char *note;
};
static const struct field note_fields[] = {OPT_STR(struct note_in, note, 0, 200)};

static enum err decide(struct ctx *cx, const struct request *rq, struct response *rs, bool approve)
{
    struct note_in in = {0};
    int64_t id = 0, version = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = BODY(cx, rq, note_fields, &in);
    if (!e)
        e = need_version(rq, &version);
    if (!e)
        e = leave_decide(cx, id, version, approve, in.note);
    return e ? e : reply_empty(rs);
}

static enum err h_approve(struct ctx *cx, const struct request *rq, struct response *rs)
{
    return decide(cx, rq, rs, true);
}

static enum err h_refuse(struct ctx *cx, const struct request *rq, struct response *rs)
{
    return decide(cx, rq, rs, false);
}

static enum err h_withdraw(struct ctx *cx, const struct request *rq, struct response *rs)
{
    return do_by_version(cx, rq, rs, leave_withdraw);
}

static enum err h_mine(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw w;
    (void)rq;
    list_open(cx, &w);
    return list_close(rs, &w, leave_mine(cx, one_roster, &w));
}

static enum err h_waiting(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw w;
    (void)rq;
    list_open(cx, &w);
    return list_close(rs, &w, leave_waiting(cx, one_roster, &w));
}

#define WHO_PLANS (ROLES_SETS | ROLE_DISPATCHER)
/* clang-format off */
static const struct route rows[] = {
    {M_GET,  "/api/v1/roster",              h_roster,   LANE_READ,  ROLES_STAFF, SCOPE_PROJECT, 0,     0,             "listRoster"},
    {M_PUT,  "/api/v1/roster",              h_plan,     LANE_WRITE, WHO_PLANS,   SCOPE_PROJECT, 65536, 0,             "planRoster"},
    {M_DELETE, "/api/v1/roster/{id}",       h_drop,     LANE_WRITE, WHO_PLANS,   SCOPE_PROJECT, 0,     0,             "deleteRosterSlot"},
    {M_POST, "/api/v1/leave",               h_ask,      LANE_WRITE, ROLES_STAFF, SCOPE_SELF,    1024,  RF_IDEMPOTENT, "askLeave"},
    {M_GET,  "/api/v1/leave",               h_mine,     LANE_READ,  ROLES_STAFF, SCOPE_SELF,    0,     0,             "listMyLeave"},
    {M_GET,  "/api/v1/leave/waiting",       h_waiting,  LANE_READ,  WHO_PLANS,   SCOPE_COMPANY, 0,     0,             "listWaitingLeave"},
    {M_POST, "/api/v1/leave/{id}/approve",  h_approve,  LANE_WRITE, WHO_PLANS,   SCOPE_COMPANY, 1024,  0,             "approveLeave"},
    {M_POST, "/api/v1/leave/{id}/refuse",   h_refuse,   LANE_WRITE, WHO_PLANS,   SCOPE_COMPANY, 1024,  0,             "refuseLeave"},
    {M_POST, "/api/v1/leave/{id}/withdraw", h_withdraw, LANE_WRITE, ROLES_STAFF, SCOPE_SELF,    0,     0,             "withdrawLeave"},
};
/* clang-format on */
const struct route_set roster_routes = {rows, COUNT(rows)};
