/* complaint_new.c - a new complaint: place, who it is from, number, deadline, files; who is told at once.
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/id.h"
#include "domain/auth.h"
#include "domain/complaint_int.h"
#include "platform/crypto/crypto.h"

#define MAX_OPEN_PER_REPORTER 20

STMT(q_room, "complaint.room",
     "SELECT m.project_id, m.building_id, m.full_name FROM room m WHERE m.id = $1 AND m.company_id = $2");
STMT(q_resident_of, "complaint.resident_of",
     "SELECT id FROM binding WHERE account_id = $1 AND room_id = $2 AND state = 'active' AND (expires_at = 0 OR "
     "expires_at > $3)");
STMT(q_resident_in, "complaint.resident_in",
     "SELECT id FROM binding WHERE account_id = $1 AND project_id = $2 AND state = 'active' AND (expires_at = 0 OR "
     "expires_at > $3) LIMIT 1");
STMT(q_staff_of, "complaint.staff_of",
     "SELECT id FROM role_grant WHERE account_id = $1 AND company_id = $2 AND (project_id = 0 OR project_id = $3)");
STMT(q_open_of, "complaint.open_of",
     "SELECT COUNT(*) FROM complaint WHERE reporter_id = $1 AND reporter_id > 0 AND closed_at = 0 AND state <> "
     "'resolved'");
STMT(q_number, "complaint.number",
     "INSERT INTO complaint_number(company_id, project_id, day, n) VALUES ($1, $2, $3, 1)"
     " ON CONFLICT (company_id, project_id, day) DO UPDATE SET n = complaint_number.n + 1 RETURNING n");
STMT(q_code, "complaint.project_code",
     "SELECT code FROM project WHERE id = $1 AND company_id = $2 AND state = 'active'");
STMT(
    q_insert, "complaint.insert",
    "INSERT INTO complaint(id, company_id, project_id, number, kind, category, title, text, urgency, channel, state,"
    " version, room_id, building_id, place, reporter_id, entered_by, anonymous, contact_name, contact_enc, "
    "contact_hint,"
    " accused_id, due_at, tick_at, created_at)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'new', 0, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,"
    " $21, $22)");

struct where {
    int64_t project_id, building_id;
    const char *name;
};

static enum err on_where(struct ctx *cx, const struct row *r, void *out)
{
    *(struct where *)out = (struct where){row_i64(r, 0), row_i64(r, 1), row_text(cx, r, 2)};
    return OK;
}

/* A room of the reporter's, any of the project's for its staff, or the project as such. */
static enum err find_place(struct ctx *cx, const struct complaint_in *in, struct complaint *c, bool *staff)
{
    struct where w = {cx->who.project_id, 0, NULL};
    int64_t id = 0;
    bool resident = false;
    enum err e = OK;
    if (in->room_id)
        e = db_one(cx, &q_room, ARGS(I64(in->room_id), I64(cx->who.company_id)), on_where, &w);
    if (e == ERR_NOT_FOUND)
        return cx_fail(cx, ERR_INVALID, "room_id", "房间不存在", "no such room");
    if (!e && !w.project_id)
        return cx_fail(cx, ERR_INVALID, "room_id", "请先选择项目或房间", "choose a project or a room first");
    if (!e)
        e = db_i64(cx, &q_staff_of, ARGS(I64(cx->who.id), I64(cx->who.company_id), I64(w.project_id)), &id, staff);
    if (!e && !*staff)
        e = in->room_id
                ? db_i64(cx, &q_resident_of, ARGS(I64(cx->who.id), I64(in->room_id), I64(cx->now)), &id, &resident)
                : db_i64(cx, &q_resident_in, ARGS(I64(cx->who.id), I64(w.project_id), I64(cx->now)), &id, &resident);
    if (!e && !*staff && !resident)
        return cx_fail(cx, ERR_INVALID, "room_id", "房间不存在", "no such room");
    c->project_id = w.project_id;
    c->building_id = w.building_id;
    c->room_id = in->room_id;
    c->room_name = w.name;
    return e;
}

/* Whose it is: the resident himself, or for the desk the resident whose number the caller gave. */
static enum err find_reporter(struct ctx *cx, const struct complaint_in *in, struct complaint *c, bool staff)
{
    int64_t open = 0;
    enum err e = OK;
    c->channel = !staff ? CC_OWNER : in->by_phone ? CC_PHONE : CC_STAFF;
    c->reporter_id = staff ? 0 : cx->who.id;
    c->entered_by = staff ? cx->who.id : 0;
    if (!staff)
        e = db_i64(cx, &q_open_of, ARGS(I64(cx->who.id)), &open, NULL);
    else if (!str_empty(in->contact_phone))
        e = account_by_phone(cx, cx->who.company_id, "resident", in->contact_phone, &c->reporter_id);
    if (!e && open >= MAX_OPEN_PER_REPORTER)
        e = cx_fail(cx, ERR_RATE, NULL, "未办结的投诉建议过多", "too many open ones; wait for an answer");
    return e;
}

static enum err check_accused(struct ctx *cx, const struct complaint *c)
{
    bool found = true;
    enum err e = c->accused_id ? complaint_is_staff(cx, c, c->accused_id, &found) : OK;
    return e || found ? e : cx_fail(cx, ERR_INVALID, "accused_id", "该员工不存在", "no such member of staff here");
}

/* project code - T yymmdd - running number of the day */
static enum err take_number(struct ctx *cx, struct complaint *c)
{
    const char *code = NULL;
    int64_t n = 0;
    int32_t day = clock_day(cx->now);
    enum err e = db_text(cx, &q_code, ARGS(I64(c->project_id), I64(c->company_id)), &code);
    if (e == ERR_NOT_FOUND)
        return cx_fail(cx, ERR_INVALID, "room_id", "项目已停用", "the project is closed");
    if (!e)
        e = db_i64(cx, &q_number, ARGS(I64(c->company_id), I64(c->project_id), I64(day)), &n, NULL);
    if (!e)
        c->number = arena_printf(cx->arena, "%s-T%06d-%04lld", code, day % 1000000, (long long)n);
    return e;
}

static enum err insert(struct ctx *cx, const struct complaint *c, const char *phone)
{
    size_t n = 0;
    const void *sealed = NULL;
    struct arg none = {.kind = ARG_NULL};
    if (!str_empty(phone))
        sealed = pii_seal(cx->arena, phone, arena_printf(cx->arena, "complaint.contact|%lld", (long long)c->id), &n);
    return db_exec(cx, &q_insert,
                   ARGS(I64(c->id), I64(c->company_id), I64(c->project_id), TXT(c->number),
                        TXT(complaint_kind_name[c->kind]), TXT(c->category), TXT(c->title), TXT(c->text),
                        TXT(urgency_name[c->urgency]), TXT(complaint_channel_name[c->channel]), ID_OR_NULL(c->room_id),
                        I64(c->building_id), TXT(c->place), I64(c->reporter_id), I64(c->entered_by), I64(c->anonymous),
                        TXT(c->contact_name), sealed ? BLOB(sealed, n) : none, TXT(c->contact_hint), I64(c->accused_id),
                        I64(c->due_at), I64(cx->now)),
                   NULL);
}

static enum err check_input(struct ctx *cx, const struct complaint_in *in, struct complaint *c,
                            struct complaint_category *k)
{
    enum err e = complaint_category_get(cx, str_empty(in->category) ? "other" : in->category, k);
    if (e == ERR_NOT_FOUND || (!e && !k->enabled))
        return cx_fail(cx, ERR_INVALID, "category", "该类别不存在或已停用", "no such category, or switched off");
    if (!str_empty(in->contact_phone) && !phone_valid(in->contact_phone))
        return cx_fail(cx, ERR_INVALID, "contact_phone", "手机号格式不正确", "not a mobile number");
    c->category = k->code;
    c->category_name = k->name;
    return e;
}

static enum err tell_at_once(struct ctx *cx, const struct complaint *c)
{
    int64_t ids[COMPLAINT_TOLD];
    size_t n = 0;
    enum err e = c->reporter_id ? complaint_tell(cx, c, c->reporter_id, "complaint_ack", "ack", "", "") : OK;
    if (!e)
        e = complaint_responsible(cx, c, ids, &n);
    for (size_t i = 0; i < n && !e; i++)
        e = complaint_tell(cx, c, ids[i], "complaint_new", "new", "", "");
    return e;
}

enum err complaint_submit(struct ctx *cx, const struct complaint_in *in, struct complaint *out)
{
    struct complaint *c = out;
    struct complaint_change ch;
    struct complaint_category k;
    bool staff = false;
    *c =
        (struct complaint){.id = id_new(),
                           .company_id = cx->who.company_id,
                           .kind = in->kind,
                           .urgency = in->urgency,
                           .title = in->title,
                           .text = in->text,
                           .place = or_empty(in->place),
                           .anonymous = in->anonymous,
                           .accused_id = in->accused_id,
                           .contact_name = or_empty(in->contact_name),
                           .contact_hint = str_empty(in->contact_phone) ? "" : phone_mask(cx->arena, in->contact_phone),
                           .department = "",
                           .result = "",
                           .rating_text = "",
                           .created_at = cx->now};
    enum err e = check_input(cx, in, c, &k);
    if (!e)
        e = find_place(cx, in, c, &staff);
    if (!e)
        e = find_reporter(cx, in, c, staff);
    if (!e)
        e = check_accused(cx, c);
    if (!e)
        e = take_number(cx, c);
    if (e)
        return e;
    c->due_at = cx->now + complaint_due_ms(&k, c->urgency);
    e = insert(cx, c, in->contact_phone);
    if (!e)
        e = complaint_put_files(cx, c, "report", false, in->files, in->nfiles);
    if (e)
        return e;
    complaint_begin(&ch, c);
    complaint_step_to(&ch, CE_SUBMIT, CS_NEW, "", false, !staff);
    e = complaint_commit(cx, &ch);
    if (!e)
        e = tell_at_once(cx, c);
    complaint_hide(c, staff ? CA_DESK : CA_OWNER);
    return e;
}
