/* repair_report.c - a new order: place, limits, deadlines, number, photos. SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/id.h"
#include "domain/auth.h"
#include "domain/repair_int.h"
#include "platform/crypto/crypto.h"
#include "platform/events.h"

#define MAX_OPEN_PER_ROOM     20
#define MAX_OPEN_PER_REPORTER 50 /* residents; desks report for everybody */

STMT(q_room, "report.room", "SELECT m.project_id, m.full_name FROM room m WHERE m.id = $1 AND m.company_id = $2");
STMT(q_resident_of, "report.resident_of",
     "SELECT id FROM binding WHERE account_id = $1 AND room_id = $2 AND state = 'active' AND (expires_at = 0 OR "
     "expires_at > $3)");
STMT(q_desk_of, "report.desk_of",
     "SELECT id FROM role_grant WHERE account_id = $1 AND company_id = $2 AND (project_id = 0 OR project_id = $3)");
#define OPEN_STATES "('new', 'queued', 'offered', 'assigned', 'en_route', 'arrived', 'in_repair', 'on_hold')"
STMT(q_open_in_room, "report.open_in_room", "SELECT COUNT(*) FROM repair WHERE room_id = $1 AND state IN " OPEN_STATES);
STMT(q_open_of_reporter, "report.open_of_reporter",
     "SELECT COUNT(*) FROM repair WHERE reporter_id = $1 AND state IN " OPEN_STATES);
/* Two statements: one with OR reads every open order of the project. The room belongs to one project of one company. */
STMT(q_same_room, "report.same_room",
     "SELECT id FROM repair WHERE room_id = $1 AND type_id = $2 AND state IN " OPEN_STATES " ORDER BY id DESC LIMIT 5");
STMT(q_same_place, "report.same_place",
     "SELECT id FROM repair WHERE company_id = $1 AND project_id = $2 AND type_id = $3 AND closed_at = 0 AND state "
     "IN " OPEN_STATES " AND room_id IS NULL AND place = $4 ORDER BY id DESC LIMIT 5");
STMT(q_number, "report.number",
     "INSERT INTO repair_number(company_id, project_id, day, n) VALUES ($1, $2, $3, 1)"
     " ON CONFLICT (company_id, project_id, day) DO UPDATE SET n = repair_number.n + 1 RETURNING n");
STMT(q_code, "report.project_code", "SELECT code FROM project WHERE id = $1 AND company_id = $2 AND state = 'active'");
STMT(
    q_insert, "report.insert",
    "INSERT INTO repair(id, company_id, project_id, number, type_id, skill, mode, room_id, place, public_area, channel,"
    " reporter_id, contact_name, contact_enc, contact_hint, description, urgency, slot_from, slot_to, state, version,"
    " respond_due, arrive_due, finish_due, created_at, facility_id)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, 'new', 0, $20, "
    "$21, $22,"
    " $23, $24)");
STMT(q_files, "report.files",
     "UPDATE file SET object = 'repair', object_id = $2 WHERE id = $1 AND account_id = $3 AND company_id = $4 AND "
     "object = ''");
STMT(q_photo, "report.photo",
     "INSERT INTO repair_photo(repair_id, file_id, company_id, stage, account_id, at) VALUES ($1, $2, $3, $4, $5, $6)");

STMT(q_facility, "report.facility",
     "SELECT name FROM facility WHERE id = $1 AND company_id = $2 AND project_id = $3 AND state <> 'scrapped'");

struct place {
    int64_t project_id;
    const char *name;
};

static enum err on_place(struct ctx *cx, const struct row *r, void *out)
{
    struct place *p = out;
    p->project_id = row_i64(r, 0);
    p->name = row_text(cx, r, 1);
    return OK;
}

/* Where: a room of the reporter's (or any room of a desk's project), or a public area of the session's project. */
static enum err find_place(struct ctx *cx, const struct repair_report *in, struct repair *r)
{
    struct place p = {cx->who.project_id, NULL};
    int64_t id = 0;
    bool desk = false, resident = false;
    enum err e = OK;
    if (in->room_id) {
        e = db_one(cx, &q_room, ARGS(I64(in->room_id), I64(cx->who.company_id)), on_place, &p);
        if (e == ERR_NOT_FOUND)
            return cx_fail(cx, ERR_INVALID, "room_id", "房间不存在", "no such room");
    } else if (!p.project_id) {
        return cx_fail(cx, ERR_INVALID, "room_id", "请先选择项目或房间", "choose a project or a room first");
    } else if (str_empty(in->place)) {
        return cx_fail(cx, ERR_INVALID, "place", "公共区域报修须填写位置", "say where in the public area");
    }
    if (!e)
        e = db_i64(cx, &q_desk_of, ARGS(I64(cx->who.id), I64(cx->who.company_id), I64(p.project_id)), &id, &desk);
    if (!e && !desk && in->room_id)
        e = db_i64(cx, &q_resident_of, ARGS(I64(cx->who.id), I64(in->room_id), I64(cx->now)), &id, &resident);
    if (e)
        return e;
    if (in->room_id && !desk && !resident) /* a foreign room does not exist for this person */
        return cx_fail(cx, ERR_INVALID, "room_id", "房间不存在", "no such room");
    r->project_id = p.project_id;
    r->room_id = in->room_id;
    r->room_name = p.name;
    r->public_area = !in->room_id;
    r->place = !str_empty(in->place) && p.name ? arena_printf(cx->arena, "%s %s", p.name, in->place)
               : p.name                        ? p.name
                                               : in->place;
    r->channel = !desk ? CH_OWNER : in->channel == CH_PHONE || in->channel == CH_INSPECTION ? in->channel : CH_STAFF;
    return OK;
}

/* Staff say which facility it is; for residents there are none. */
static enum err find_facility(struct ctx *cx, const struct repair_report *in, struct repair *r)
{
    enum err e = OK;
    if (!in->facility_id)
        return OK;
    if (r->channel != CH_OWNER)
        e = db_text(cx, &q_facility, ARGS(I64(in->facility_id), I64(r->company_id), I64(r->project_id)),
                    &r->facility_name);
    if (e == ERR_NOT_FOUND || r->channel == CH_OWNER)
        return cx_fail(cx, ERR_INVALID, "facility_id", "设备不存在或已报废", "no such facility, or it is scrapped");
    r->facility_id = in->facility_id;
    return e;
}

static enum err check_limits(struct ctx *cx, const struct repair *r)
{
    int64_t in_room = 0, of_reporter = 0;
    enum err e = OK;
    if (r->room_id)
        e = db_i64(cx, &q_open_in_room, ARGS(I64(r->room_id)), &in_room, NULL);
    if (!e && r->channel == CH_OWNER)
        e = db_i64(cx, &q_open_of_reporter, ARGS(I64(cx->who.id)), &of_reporter, NULL);
    if (!e && (in_room >= MAX_OPEN_PER_ROOM || of_reporter >= MAX_OPEN_PER_REPORTER))
        e = cx_fail(cx, ERR_RATE, NULL, "未完成的报修过多,请先处理已有工单",
                    "too many open orders; finish those first");
    return e;
}

static enum err on_same(struct ctx *cx, const struct row *r, void *out)
{
    struct json_list *l = out;
    (void)cx;
    ((int64_t *)l->p)[l->n++] = row_i64(r, 0);
    return OK;
}

enum err repair_put_photos(struct ctx *cx, const struct repair *r, const char *stage, const int64_t *ids, size_t n)
{
    enum err e = OK;
    for (size_t i = 0; i < n && !e; i++) {
        e = db_change_one(cx, &q_files, ARGS(I64(ids[i]), I64(r->id), I64(cx->who.id), I64(cx->who.company_id)),
                          ERR_INVALID, "图片不存在或已被使用", "no such photo of yours, or used already");
        if (!e)
            e = db_exec(cx, &q_photo,
                        ARGS(I64(r->id), I64(ids[i]), I64(r->company_id), TXT(stage), I64(cx->who.id), I64(cx->now)),
                        NULL);
    }
    return e;
}

/* project code - yymmdd - running number of the day */
static enum err take_number(struct ctx *cx, struct repair *r)
{
    const char *code = NULL;
    int64_t n = 0;
    int32_t day = clock_day(cx->now);
    enum err e = db_text(cx, &q_code, ARGS(I64(r->project_id), I64(r->company_id)), &code);
    if (e == ERR_NOT_FOUND)
        return cx_fail(cx, ERR_INVALID, "room_id", "项目已停用", "the project is closed");
    if (!e)
        e = db_i64(cx, &q_number, ARGS(I64(r->company_id), I64(r->project_id), I64(day)), &n, NULL);
    if (!e)
        r->number = arena_printf(cx->arena, "%s-%06d-%04lld", code, day % 1000000, (long long)n);
    return e;
}

static enum err insert(struct ctx *cx, struct repair *r, const struct repair_report *in)
{
    size_t n = 0;
    const void *sealed = NULL;
    struct arg none = {.kind = ARG_NULL};
    if (!str_empty(in->contact_phone))
        sealed = pii_seal(cx->arena, in->contact_phone,
                          arena_printf(cx->arena, "repair.contact|%lld", (long long)r->id), &n);
    return db_exec(cx, &q_insert,
                   ARGS(I64(r->id), I64(r->company_id), I64(r->project_id), TXT(r->number), I64(r->type_id),
                        TXT(r->skill), TXT(dispatch_mode_name[r->mode]), ID_OR_NULL(r->room_id), TXT(r->place),
                        I64(r->public_area), TXT(repair_channel_name[r->channel]), I64(r->reporter_id),
                        TXT(in->contact_name ? in->contact_name : ""), sealed ? BLOB(sealed, n) : none,
                        TXT(r->contact_hint), TXT(r->description), TXT(urgency_name[r->urgency]), I64(r->slot_from),
                        I64(r->slot_to), I64(r->respond_due), I64(r->arrive_due), I64(r->finish_due), I64(cx->now),
                        ID_OR_NULL(r->facility_id)),
                   NULL);
}

static enum err check_input(struct ctx *cx, const struct repair_report *in, const struct fault_type *t)
{
    if (!t->enabled)
        return cx_fail(cx, ERR_INVALID, "type_id", "该报修类型已停用", "this fault type is off");
    if ((str_eq(t->place, "room") && !in->room_id) || (str_eq(t->place, "public") && in->room_id))
        return cx_fail(cx, ERR_INVALID, "type_id", "该报修类型不适用于此位置",
                       "this fault type does not fit the place");
    if (!str_empty(in->contact_phone) && !phone_valid(in->contact_phone))
        return cx_fail(cx, ERR_INVALID, "contact_phone", "手机号格式不正确", "not a mobile number");
    if (in->slot_to < in->slot_from || (in->slot_from && in->slot_to < cx->now))
        return cx_fail(cx, ERR_INVALID, "slot_to", "期望时间段无效", "the expected slot is over or reversed");
    return OK;
}

enum err repair_report(struct ctx *cx, const struct repair_report *in, struct repair *out, struct json_list *duplicates)
{
    struct fault_type t;
    struct repair *r = out;
    struct repair_change ch;
    *r = (struct repair){.id = id_new(),
                         .company_id = cx->who.company_id,
                         .reporter_id = cx->who.id,
                         .held_from = RS_COUNT,
                         .hold_reason = "",
                         .quote_state = "",
                         .measure = "",
                         .rating_tags = "",
                         .rating_text = ""};
    enum err e = fault_type_get(cx, in->type_id, &t);
    if (!e)
        e = check_input(cx, in, &t);
    if (!e)
        e = find_place(cx, in, r);
    if (!e)
        e = find_facility(cx, in, r);
    if (!e)
        e = check_limits(cx, r);
    if (e)
        return e;
    r->type_id = t.id;
    r->type_name = t.name;
    r->skill = t.skill;
    r->mode = t.mode;
    r->description = in->description;
    r->contact_name = in->contact_name;
    r->contact_hint = str_empty(in->contact_phone) ? "" : phone_mask(cx->arena, in->contact_phone);
    r->urgency = in->urgency > t.urgency ? in->urgency : t.urgency;
    r->slot_from = in->slot_from;
    r->slot_to = in->slot_to;
    r->created_at = cx->now;
    int64_t start = r->slot_from > cx->now ? r->slot_from : cx->now; /* nobody is late before the agreed slot */
    r->respond_due = cx->now + t.respond_ms;
    r->arrive_due = start + t.arrive_ms;
    r->finish_due = start + t.finish_ms;
    duplicates->p = arena_alloc(cx->arena, 5 * sizeof(int64_t));
    duplicates->n = 0;
    if (r->room_id)
        e = db_each(cx, &q_same_room, ARGS(I64(r->room_id), I64(r->type_id)), on_same, duplicates);
    else
        e = db_each(cx, &q_same_place, ARGS(I64(r->company_id), I64(r->project_id), I64(r->type_id), TXT(r->place)),
                    on_same, duplicates);
    if (!e)
        e = take_number(cx, r);
    if (!e)
        e = insert(cx, r, in);
    if (!e)
        e = repair_put_photos(cx, r, "report", in->photos, in->nphotos);
    if (e)
        return e;
    repair_begin(&ch, r);
    repair_step_to(&ch, RE_SUBMIT, RS_NEW, "", false);
    repair_step_to(&ch, RE_TRIAGE, RS_QUEUED, "", true);
    e = repair_enqueue(cx, r);
    return e ? e : repair_commit(cx, &ch);
}
