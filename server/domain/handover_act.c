/* handover_act.c - what the desk does to a handover: one small function an event. SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "domain/audit.h"
#include "domain/billing.h"
#include "domain/estate.h"
#include "domain/fee_meter.h"
#include "domain/handover_int.h"
#include "domain/message.h"
#include "domain/repair.h"

STMT(q_save, "handover.save",
     "UPDATE handover SET state = $3, day = $4, reason = $5, handed_day = $6, keys_n = $7, signature_id = $8,"
     " fee_from = $9, room_state = $10, party_id = $11, changed_at = $12, version = version + 1"
     " WHERE id = $1 AND version = $2");
STMT(q_places, "handover.place",
     "SELECT p.name || ' ' || m.full_name FROM room m JOIN project p ON p.id = m.project_id WHERE m.id = $1");
STMT(q_found, "handover_check.set",
     "UPDATE handover_check SET result = $3, note = $4, account_id = $5, at = $6 WHERE handover_id = $1 AND n = $2");
STMT(q_open, "handover_check.open", "SELECT COUNT(*) FROM handover_check WHERE handover_id = $1 AND result = ''");
STMT(q_failed, "handover_check.failed",
     "SELECT n, name, note, fault_type_id FROM handover_check WHERE handover_id = $1 AND result = 'failed'"
     " AND repair_id = 0 ORDER BY fault_type_id, n");
STMT(q_repair, "handover_check.repair",
     "UPDATE handover_check SET repair_id = $3 WHERE handover_id = $1 AND n = $2 AND repair_id = 0");
STMT(q_type, "handover.fault_type",
     "SELECT id FROM fault_type WHERE company_id = $1 AND enabled = 1 AND place <> 'public'"
     " ORDER BY CASE WHEN id = $2 THEN 0 WHEN skill = 'general' THEN 1 ELSE 2 END, id LIMIT 1");
STMT(q_has_file, "handover.has_file",
     "SELECT file_id FROM handover_file WHERE handover_id = $1 AND file_id = $2 AND n = $3");
STMT(q_photos, "handover_file.count", "SELECT COUNT(*) FROM handover_file WHERE handover_id = $1 AND n = $2");
STMT(q_take_file, "handover.take_file",
     "UPDATE file SET object = 'handover', object_id = $2 WHERE id = $1 AND account_id = $3 AND company_id = $4"
     " AND object = ''");
STMT(q_file, "handover_file.add", "INSERT INTO handover_file(handover_id, file_id, n) VALUES ($1, $2, $3)");
STMT(q_meter, "handover.meter",
     "SELECT id FROM meter WHERE id = $1 AND company_id = $2 AND room_id = $3 AND from_day <= $4 AND to_day >= $4");
STMT(q_reading, "handover_meter.add",
     "INSERT INTO handover_meter(handover_id, meter_id, reading_e3) VALUES ($1, $2, $3)");

struct act {
    struct ctx *cx;
    struct handover *h;
    const struct handover_step *s;
};
typedef enum err act_fn(struct act *a);

static const char *at(struct act *a, const char *list, size_t i, const char *member)
{
    return arena_printf(a->cx->arena, "%s[%zu]%s", list, i, member);
}

/* ---- change, notify, cancel ---- */

static enum err tell(struct act *a)
{
    struct ctx *cx = a->cx;
    struct handover *h = a->h;
    const char *place = "";
    int64_t account = 0;
    enum err e = party_account(cx, h->party_id, &account);
    if (e || !account) /* nobody is registered, or has no account: the desk calls them */
        return e;
    e = db_text(cx, &q_places, ARGS(I64(h->room_id)), &place);
    const char *day = arena_printf(cx->arena, "%04d-%02d-%02d", h->day / 10000, h->day / 100 % 100, h->day % 100);
    const struct message_var var[] = {
        {"room", place     },
        {"day",  day       },
        {"note", a->s->note}
    };
    struct message_tell t = {.company_id = h->company_id,
                             .project_id = h->project_id,
                             .account_id = account,
                             .kind = "handover_notice",
                             .object = "handover",
                             .object_id = h->id,
                             .event = arena_printf(cx->arena, "v%lld", (long long)h->version),
                             .var = var,
                             .nvar = COUNT(var),
                             .page = "pkg-owner/rooms/index"};
    return e ? e : message_tell(cx, &t);
}

static enum err do_change(struct act *a)
{
    enum err e = handover_day(a->cx, a->s->day);
    if (!e)
        a->h->day = a->s->day;
    return !e && a->h->state == HS_NOTIFIED ? tell(a) : e;
}

static enum err do_notify(struct act *a)
{
    struct room_owner now;
    enum err e = owner_at(a->cx, a->h->room_id, a->h->day, &now);
    a->h->party_id = now.party_id; /* it may have been sold since it was planned */
    return e ? e : tell(a);
}

static enum err do_cancel(struct act *a)
{
    if (str_empty(a->s->note))
        return cx_fail(a->cx, ERR_INVALID, "note", "请填写取消原因", "say why");
    a->h->reason = a->s->note;
    return OK;
}

/* ---- inspect ---- */

static enum err take_file(struct act *a, int64_t file, int64_t n, const char *field)
{
    struct ctx *cx = a->cx;
    int64_t id = 0, taken = 0;
    bool have = false;
    enum err e = db_i64(cx, &q_has_file, ARGS(I64(a->h->id), I64(file), I64(n)), &id, &have);
    if (e || have)
        return e;
    e = db_exec(cx, &q_take_file, ARGS(I64(file), I64(a->h->id), I64(cx->who.id), I64(cx->who.company_id)), &taken);
    if (!e && !taken)
        return cx_fail(cx, ERR_INVALID, field, "文件不存在或已被使用", "no such file of yours, or used already");
    return e ? e : db_exec(cx, &q_file, ARGS(I64(a->h->id), I64(file), I64(n)), NULL);
}

static enum err take_answer(struct act *a, size_t i)
{
    struct ctx *cx = a->cx;
    const struct handover_answer *v = &a->s->answers[i];
    const int64_t *photo = v->photos.p;
    if (v->result == HR_OPEN)
        return cx_fail(cx, ERR_INVALID, at(a, "checks", i, ".result"), "请填写检查结果", "what was found?");
    if (v->result == HR_FAILED && str_empty(v->note))
        return cx_fail(cx, ERR_INVALID, at(a, "checks", i, ".note"), "请说明问题", "say what is wrong");
    enum err e = db_change_one(cx, &q_found,
                               ARGS(I64(a->h->id), I64(v->n), TXT(handover_result_name[v->result]),
                                    TXT(or_empty(v->note)), I64(cx->who.id), I64(cx->now)),
                               ERR_INVALID, "没有该检查项", "no such item");
    if (e == ERR_INVALID)
        cx->why.field = at(a, "checks", i, ".n");
    for (size_t k = 0; k < v->photos.n && !e; k++)
        e = take_file(a, photo[k], v->n, at(a, "checks", i, ".photos"));
    int64_t photos = 0;
    if (!e && v->photos.n) /* also over several looks at it */
        e = db_i64(cx, &q_photos, ARGS(I64(a->h->id), I64(v->n)), &photos, NULL);
    return e || photos <= HANDOVER_PHOTOS
               ? e
               : cx_fail(cx, ERR_INVALID, at(a, "checks", i, ".photos"), "每项最多 %d 张照片",
                         "at most %d pictures an item", HANDOVER_PHOTOS);
}

struct faults {
    int64_t n[HANDOVER_ITEMS], type[HANDOVER_ITEMS];
    const char *text[HANDOVER_ITEMS];
    size_t count;
};

static enum err on_fault(struct ctx *cx, const struct row *r, void *out)
{
    struct faults *f = out;
    if (f->count == HANDOVER_ITEMS)
        return ERR_INTERNAL;
    f->n[f->count] = row_i64(r, 0);
    f->text[f->count] = arena_printf(cx->arena, "%s:%s", row_text(cx, r, 1), row_text(cx, r, 2));
    f->type[f->count++] = row_i64(r, 3);
    return OK;
}

/* Faults of a kind are one order: a room has not as many orders as it has cracks. */
static enum err order(struct act *a, const struct faults *f, size_t from, size_t to)
{
    struct ctx *cx = a->cx;
    struct json_list dup;
    struct repair r;
    struct buf b;
    int64_t type = 0;
    bool found = false;
    buf_init(&b, cx->arena);
    buf_str(&b, "交房查验不合格:");
    for (size_t i = from; i < to; i++)
        buf_printf(&b, "%s%s", i > from ? ";" : "", f->text[i]);
    enum err e = db_i64(cx, &q_type, ARGS(I64(a->h->company_id), I64(f->type[from])), &type, &found);
    if (!e && !found)
        return cx_fail(cx, ERR_STATE, NULL, "没有可用的报修类型,请联系经理", "no fault type for rooms is set up");
    const char *text = buf_cstr(&b);
    struct repair_report in = {.type_id = type,
                               .room_id = a->h->room_id,
                               .description = arena_strndup(cx->arena, text, utf8_prefix(text, 500)),
                               .urgency = URGENCY_NORMAL,
                               .channel = CH_INSPECTION};
    if (!e)
        e = repair_report(cx, &in, &r, &dup);
    for (size_t i = from; i < to && !e; i++)
        e = db_exec(cx, &q_repair, ARGS(I64(a->h->id), I64(f->n[i]), I64(r.id)), NULL);
    return e;
}

static enum err do_inspect(struct act *a)
{
    struct faults *f = arena_alloc(a->cx->arena, sizeof *f);
    int64_t open = 0;
    enum err e = OK;
    f->count = 0;
    for (size_t i = 0; i < a->s->nanswers && !e; i++)
        e = take_answer(a, i);
    if (!e)
        e = db_i64(a->cx, &q_open, ARGS(I64(a->h->id)), &open, NULL);
    if (!e && open)
        e = cx_fail(a->cx, ERR_INVALID, "checks", "还有 %lld 项没有结果", "%lld items have no result yet",
                    (long long)open);
    if (!e)
        e = db_each(a->cx, &q_failed, ARGS(I64(a->h->id)), on_fault, f);
    for (size_t from = 0, to = 0; from < f->count && !e; from = to) {
        for (to = from + 1; to < f->count && f->type[to] == f->type[from];)
            to++;
        e = order(a, f, from, to);
    }
    return e;
}

/* ---- hand over ---- */

static enum err take_reading(struct act *a, size_t i)
{
    struct ctx *cx = a->cx;
    const struct handover_reading *v = &a->s->readings[i];
    int64_t id = 0, usage = 0;
    bool found = false;
    for (size_t k = 0; k < i; k++)
        if (a->s->readings[k].meter_id == v->meter_id)
            return cx_fail(cx, ERR_INVALID, at(a, "readings", i, ".meter_id"), "同一表计重复", "the same meter twice");
    enum err e =
        db_i64(cx, &q_meter, ARGS(I64(v->meter_id), I64(a->h->company_id), I64(a->h->room_id), I64(a->h->handed_day)),
               &id, &found);
    if (!e && !found)
        return cx_fail(cx, ERR_INVALID, at(a, "readings", i, ".meter_id"), "不是该房屋的表计",
                       "not a meter of this room");
    if (!e)
        e = meter_read_event(cx, v->meter_id, a->h->handed_day, v->reading_e3, &usage);
    if (e == ERR_INVALID || e == ERR_STATE)
        cx->why.field = at(a, "readings", i, ".reading_e3");
    return e ? e : db_exec(cx, &q_reading, ARGS(I64(a->h->id), I64(v->meter_id), I64(v->reading_e3)), NULL);
}

static enum err begin_fees(struct act *a)
{
    enum err e = OK;
    if (a->s->nfees && !(a->cx->who.roles & ROLES_SETS))
        return cx_fail(a->cx, ERR_FORBIDDEN, "fee_items", "起费须由经理设置", "a manager says what the room pays");
    a->h->fee_from = a->s->nfees ? (a->s->fee_from ? a->s->fee_from : a->h->handed_day) : 0;
    if (a->s->fee_from && (!clock_day_valid(a->s->fee_from) || a->s->fee_from < clock_day_add(a->h->handed_day, -366) ||
                           a->s->fee_from > clock_day_add(a->h->handed_day, 366)))
        return cx_fail(a->cx, ERR_INVALID, "fee_from", "起费日须在交房日前后一年内", "within a year of the handover");
    for (size_t i = 0; i < a->s->nfees && !e; i++)
        e = fee_assign_room(a->cx, a->s->fees[i], a->h->room_id, a->h->fee_from, 10000);
    return e;
}

static enum err change_room(struct act *a)
{
    struct room m;
    enum err e = room_get(a->cx, a->h->room_id, &m);
    if (e || str_eq(m.state, room_state_name[a->s->room_state]))
        return e;
    m.state = room_state_name[a->s->room_state];
    m.reason = "交房";
    return room_change(a->cx, &m);
}

static enum err do_hand_over(struct act *a)
{
    struct ctx *cx = a->cx;
    int32_t today = clock_day(cx->now);
    a->h->handed_day = a->s->day ? a->s->day : today;
    if (!clock_day_valid(a->h->handed_day) || a->h->handed_day > today || a->h->handed_day < clock_day_add(today, -366))
        return cx_fail(cx, ERR_INVALID, "day", "交房日期无效或在将来", "not a day, or to come");
    if (!a->s->signature_id)
        return cx_fail(cx, ERR_INVALID, "signature_id", "请上传业主签字", "the owner's signature is missing");
    a->h->keys = a->s->keys;
    a->h->signature_id = a->s->signature_id;
    a->h->room_state = room_state_name[a->s->room_state];
    enum err e = take_file(a, a->s->signature_id, 0, "signature_id");
    for (size_t i = 0; i < a->s->nreadings && !e; i++)
        e = take_reading(a, i);
    if (!e)
        e = begin_fees(a);
    return e ? e : change_room(a);
}

/* ---- one step ---- */

static act_fn *const act_of[HE_COUNT] = {[HE_CHANGE] = do_change,
                                         [HE_NOTIFY] = do_notify,
                                         [HE_INSPECT] = do_inspect,
                                         [HE_HAND_OVER] = do_hand_over,
                                         [HE_CANCEL] = do_cancel};

enum err handover_act(struct ctx *cx, int64_t id, const struct handover_step *s, struct handover *out)
{
    struct handover *h = out;
    enum err e = handover_get(cx, id, h);
    if (e)
        return e;
    const struct fsm_edge *edge = fsm_find(&handover_fsm, (unsigned)h->state, (unsigned)s->event, HA_DESK, NULL);
    if (!edge)
        return cx_fail(cx, ERR_STATE, "state", "当前状态为 %s,不能执行该操作", "not possible while it is %s",
                       handover_state_name[h->state]);
    if (s->version && s->version != h->version)
        return cx_fail(cx, ERR_CONFLICT, "If-Match", "数据已被他人修改,请刷新", "changed meanwhile; reload it");
    struct act a = {cx, h, s};
    int from = h->state;
    if ((e = act_of[s->event](&a)) != OK)
        return e;
    h->state = edge->to == FSM_SAME ? h->state : edge->to;
    e = db_change_one(cx, &q_save,
                      ARGS(I64(id), I64(h->version), TXT(handover_state_name[h->state]), I64(h->day), TXT(h->reason),
                           I64(h->handed_day), I64(h->keys), I64(h->signature_id), I64(h->fee_from), TXT(h->room_state),
                           I64(h->party_id), I64(cx->now)),
                      ERR_CONFLICT, "数据已被他人修改,请刷新", "changed meanwhile; reload it");
    if (!e)
        e = handover_log(cx, h, s->event, from, s->note);
    if (!e)
        e = audit_add(cx, arena_printf(cx->arena, "handover.%s", handover_event_name[s->event]), "handover", id, NULL,
                      NULL);
    return e ? e : handover_get(cx, id, out);
}
