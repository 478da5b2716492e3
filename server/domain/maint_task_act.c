/* maint_task_act.c - what people do to a task: one small function an event. SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "domain/audit.h"
#include "domain/facility_int.h"
#include "domain/maint_int.h"

STMT(q_save, "maint_task.save",
     "UPDATE maint_task SET state = $3, holder_id = $4, doer_id = $5, started_at = $6, submitted_at = $7, closed_at = "
     "$8,"
     " closed_by = $9, skip_by = $10, reason = $11, note = $12, failed = $13, labour_min = $14, cost_fen = $15,"
     " overdue = $16, next_at = $17, version = version + 1 WHERE id = $1 AND version = $2");
STMT(q_event, "maint_task.event",
     "INSERT INTO maint_task_event(task_id, n, company_id, event, from_state, to_state, account_id, actor, note, at)"
     " VALUES ($1, (SELECT COALESCE(MAX(n), 0) + 1 FROM maint_task_event WHERE task_id = $1), $2, $3, $4, $5, $6, $7, "
     "$8,"
     " $9)");
STMT(q_staff, "maint_task.staff",
     "SELECT a.id FROM account a WHERE a.company_id = $1 AND a.id = $3 AND a.kind = 'staff' AND a.state = "
     "'active'" MAINT_MAY);
STMT(q_result, "maint_task.result",
     "INSERT INTO maint_result(task_id, n, company_id, value, pass, note, file_id, account_id, at)"
     " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (task_id, n) DO UPDATE SET value = excluded.value,"
     " pass = excluded.pass, note = excluded.note, file_id = excluded.file_id, account_id = excluded.account_id,"
     " at = excluded.at");
STMT(q_repair_of, "maint_task.repair_of", "SELECT repair_id FROM maint_result WHERE task_id = $1 AND n = $2");
STMT(q_set_repair, "maint_task.set_repair", "UPDATE maint_result SET repair_id = $3 WHERE task_id = $1 AND n = $2");
STMT(q_has_file, "maint_task.has_file",
     "SELECT id FROM file WHERE id = $1 AND company_id = $2 AND object = 'maint_task' AND object_id = $3");
STMT(q_type, "maint_task.fault_type",
     "SELECT id FROM fault_type WHERE company_id = $1 AND enabled = 1 AND place <> 'room'"
     " ORDER BY CASE WHEN id = $2 THEN 0 WHEN skill = $3 THEN 1 ELSE 2 END, id LIMIT 1");

struct act {
    struct ctx *cx;
    struct maint_task *t;
    const struct maint_step *step;
    const char *log; /* the event's note; NULL: the step's */
    int64_t told;    /* somebody else who hears of it */
    int to;
};
typedef enum err act_fn(struct act *a);

static enum err need_note(struct act *a)
{
    return str_empty(a->step->note) ? cx_fail(a->cx, ERR_INVALID, "note", "请填写原因", "say why") : OK;
}

/* ---- start ---- */

static enum err check_scan(struct act *a)
{
    int64_t id = 0;
    if (!a->t->scan || !a->t->facility_id)
        return OK;
    if (str_empty(a->step->token))
        return cx_fail(a->cx, ERR_INVALID, "token", "请扫描设备二维码", "scan the code at the facility");
    enum err e = facility_code_read(a->cx, a->step->token, &id);
    if (e == ERR_NOT_FOUND || (!e && id != a->t->facility_id)) {
        a->cx->why = (struct why){0};
        return cx_fail(a->cx, ERR_INVALID, "token", "二维码不是该设备的", "not the code of this facility");
    }
    return e;
}

static enum err do_start(struct act *a)
{
    int32_t today = clock_day(a->cx->now);
    if (today < a->t->from_day && str_empty(a->step->note))
        return cx_fail(a->cx, ERR_INVALID, "note", "未到开始时间,提前开始请填写原因", "before its time: say why");
    if (today > a->t->due_day && str_empty(a->step->note))
        return cx_fail(a->cx, ERR_INVALID, "note", "已超期,请填写原因", "after its time: say why");
    enum err e = check_scan(a);
    a->t->holder_id = a->t->doer_id = a->cx->who.id;
    a->t->started_at = a->cx->now;
    return e;
}

/* ---- submit ---- */

enum err maint_repair(struct ctx *cx, const struct maint_task *t, int64_t facility_id, const char *place,
                      const char *description, int64_t *repair_id)
{
    struct facility f;
    struct repair r;
    struct json_list dup;
    int64_t type = 0;
    bool found = false;
    enum err e = db_i64(cx, &q_type, ARGS(I64(t->company_id), I64(t->fault_type_id), TXT(t->skill)), &type, &found);
    if (!e && !found)
        return cx_fail(cx, ERR_STATE, NULL, "没有可用的报修类型,请联系经理",
                       "no fault type for public areas is set up");
    if (!e && facility_id)
        e = facility_get(cx, facility_id, &f);
    if (e)
        return e;
    struct repair_report in = {.type_id = type,
                               .facility_id = facility_id && f.state != FS_SCRAPPED ? facility_id : 0,
                               .place = facility_id ? facility_where(cx, &f) : place,
                               .description = description,
                               .urgency = URGENCY_LOW,
                               .channel = CH_INSPECTION};
    e = repair_report(cx, &in, &r, &dup);
    if (!e && r.facility_id)
        e = facility_repair_opened(cx, &r, false);
    *repair_id = r.id;
    return e;
}

static enum err take_file(struct act *a, size_t i, int64_t file_id)
{
    int64_t id = 0;
    bool have = false;
    enum err e = db_i64(a->cx, &q_has_file, ARGS(I64(file_id), I64(a->t->company_id), I64(a->t->id)), &id, &have);
    if (e || have)
        return e;
    e = facility_take_file(a->cx, file_id, "maint_task", a->t->id);
    if (e != ERR_INVALID)
        return e;
    a->cx->why = (struct why){0}; /* said again, with the place in the list */
    return cx_fail(a->cx, e, arena_printf(a->cx->arena, "answers[%zu].file_id", i), "文件不存在或已被使用",
                   "no such file of yours, or used already");
}

static enum err failed_item(struct act *a, const struct maint_item *it, const struct maint_answer *v)
{
    struct ctx *cx = a->cx;
    int64_t repair = 0;
    a->t->failed++;
    enum err e = db_i64(cx, &q_repair_of, ARGS(I64(a->t->id), I64(v->n)), &repair, NULL);
    if (e || repair) /* once: an order that the first submission made stays the item's */
        return e;
    e = maint_repair(
        cx, a->t, a->t->facility_id, a->t->name,
        arena_printf(cx->arena, "维保「%s」检查不合格:%s(%s)%s", a->t->name, it->text, v->value, or_empty(v->note)),
        &repair);
    return e ? e : db_exec(cx, &q_set_repair, ARGS(I64(a->t->id), I64(v->n), I64(repair)), NULL);
}

static enum err take_answer(struct act *a, const struct maint_item *it, size_t i)
{
    const struct maint_answer *v = &a->step->answers[i];
    struct why why = {0};
    struct ctx *cx = a->cx;
    bool pass = true, file_needed = it->kind == IK_PHOTO || it->kind == IK_SIGNATURE;
    enum err e = OK;
    if (file_needed && !v->file_id)
        return cx_fail(cx, ERR_INVALID, arena_printf(cx->arena, "answers[%zu].file_id", i), "请上传照片或签名",
                       "a photo or a signature is needed");
    if (it->kind == IK_TEXT && it->required && str_empty(v->value))
        return cx_fail(cx, ERR_INVALID, arena_printf(cx->arena, "answers[%zu].value", i), "请填写", "is missing");
    if (!maint_item_check(it, or_empty(v->value), &pass, &why)) {
        cx->why = (struct why){arena_printf(cx->arena, "answers[%zu].value", i), why.zh, why.en};
        return ERR_INVALID;
    }
    if (v->file_id)
        e = take_file(a, i, v->file_id);
    if (!e)
        e = db_exec(cx, &q_result,
                    ARGS(I64(a->t->id), I64(v->n), I64(a->t->company_id), TXT(or_empty(v->value)), I64(pass),
                         TXT(or_empty(v->note)), I64(v->file_id), I64(cx->who.id), I64(cx->now)),
                    NULL);
    return e || pass ? e : failed_item(a, it, v);
}

static enum err do_submit(struct act *a)
{
    struct maint_item *items = arena_alloc(a->cx->arena, MAINT_ITEMS * sizeof *items);
    bool have[MAINT_ITEMS] = {false};
    size_t n = maint_items_read(a->cx->arena, a->t->items, items, MAINT_ITEMS);
    int64_t missed = 0;
    enum err e = OK;
    if (a->t->doer_id != a->cx->who.id)
        return cx_fail(a->cx, ERR_FORBIDDEN, NULL, "只能由执行人提交", "only whoever does the work hands it in");
    a->t->failed = 0;
    for (size_t i = 0; i < a->step->nanswers && !e; i++) {
        int64_t k = a->step->answers[i].n;
        if (k < 1 || k > (int64_t)n || have[k - 1])
            return cx_fail(a->cx, ERR_INVALID, arena_printf(a->cx->arena, "answers[%zu].n", i), "没有该检查项或重复",
                           "no such item, or answered twice");
        have[k - 1] = true;
        e = take_answer(a, &items[k - 1], i);
    }
    for (size_t k = 0; k < n && !e; k++)
        if (items[k].required && !have[k])
            e = cx_fail(a->cx, ERR_INVALID, "answers", "缺少必填检查项 %zu「%s」", "item %zu (%s) must be answered",
                        k + 1, items[k].text);
    if (!e && a->t->route_id)
        e = maint_checks_miss(a->cx, a->t, &missed);
    a->t->failed += missed;
    a->t->submitted_at = a->cx->now;
    a->t->labour_min = a->step->labour_min;
    a->t->cost_fen = a->step->cost_fen;
    a->t->note = or_empty(a->step->note);
    a->t->overdue = a->t->overdue || clock_day(a->cx->now) > a->t->due_day;
    return e;
}

/* ---- accept, reject, skip, transfer ---- */

static enum err not_the_doer(struct act *a)
{
    return a->t->doer_id == a->cx->who.id
               ? cx_fail(a->cx, ERR_FORBIDDEN, NULL, "执行人不能验收自己的任务", "not by whoever did the work")
               : OK;
}

static enum err finish(struct act *a, int32_t day, const char *what)
{
    a->t->closed_at = a->cx->now;
    a->t->closed_by = a->cx->who.id;
    enum err e = maint_target_done(a->cx, a->t, day);
    if (!e && a->t->facility_id)
        e = facility_log(a->cx, a->t->facility_id, "task", what, NULL, a->t->name, a->t->id);
    return e;
}

static enum err do_accept(struct act *a)
{
    enum err e = not_the_doer(a);
    a->told = a->t->doer_id;
    if (!e)
        e = finish(a, clock_day(a->t->submitted_at ? a->t->submitted_at : a->cx->now), "done");
    return e ? e : audit_add(a->cx, "maint_task.accept", "maint_task", a->t->id, NULL, NULL);
}

static enum err do_reject(struct act *a)
{
    enum err e = need_note(a);
    a->told = a->t->doer_id;
    return e ? e : not_the_doer(a);
}

static enum err do_skip(struct act *a)
{
    enum err e = need_note(a);
    if (e)
        return e;
    if (a->t->statutory && !a->t->skip_by) { /* a second person has to agree */
        a->t->skip_by = a->cx->who.id;
        a->t->reason = a->step->note;
        a->to = TS_SCHEDULED;
        return OK;
    }
    if (a->t->statutory && a->t->skip_by == a->cx->who.id)
        return cx_fail(a->cx, ERR_FORBIDDEN, NULL, "法定任务须由另一人确认跳过", "a second person has to agree");
    a->to = TS_SKIPPED;
    if (!a->t->statutory) {
        a->t->skip_by = a->cx->who.id;
        a->t->reason = a->step->note;
    }
    e = finish(a, (int32_t)a->t->day, "skipped");
    return e ? e : audit_add(a->cx, "maint_task.skip", "maint_task", a->t->id, NULL, NULL);
}

static enum err do_transfer(struct act *a)
{
    int64_t id = 0;
    bool found = false;
    if (a->step->target_id == a->t->holder_id)
        return cx_fail(a->cx, ERR_INVALID, "account_id", "已由该人员负责", "it is this person's already");
    enum err e =
        db_i64(a->cx, &q_staff, ARGS(I64(a->cx->who.company_id), I64(a->cx->who.project_id), I64(a->step->target_id)),
               &id, &found);
    if (!e && !found)
        e = cx_fail(a->cx, ERR_INVALID, "account_id", "人员不存在", "no such member of staff");
    a->told = a->t->holder_id;
    a->t->holder_id = a->step->target_id;
    if (a->t->state == TS_IN_PROGRESS)
        a->t->doer_id = a->step->target_id;
    return e;
}

static act_fn *const act_of[TE_COUNT] = {
    [TE_START] = do_start,   [TE_SUBMIT] = do_submit, [TE_ACCEPT] = do_accept,
    [TE_REJECT] = do_reject, [TE_SKIP] = do_skip,     [TE_TRANSFER] = do_transfer,
};

/* Event row, live event to holder and board. from/to: state names. */
static enum err maint_task_log(struct ctx *cx, const struct maint_task *t, const char *event, const char *from,
                               const char *to, const char *note)
{
    return db_exec(cx, &q_event,
                   ARGS(I64(t->id), I64(t->company_id), TXT(event), TXT(from), TXT(to), I64(cx->who.id),
                        TXT(or_empty(cx->who.name)), TXT(or_empty(note)), I64(cx->now)),
                   NULL);
}

static enum err save(struct act *a, int64_t version)
{
    struct maint_task *t = a->t;
    return db_change_one(a->cx, &q_save,
                         ARGS(I64(t->id), I64(version), TXT(maint_task_state_name[t->state]), I64(t->holder_id),
                              I64(t->doer_id), I64(t->started_at), I64(t->submitted_at), I64(t->closed_at),
                              I64(t->closed_by), I64(t->skip_by), TXT(t->reason), TXT(t->note), I64(t->failed),
                              I64(t->labour_min), I64(t->cost_fen), I64(t->overdue),
                              I64(maint_task_next(t, a->cx->now))),
                         ERR_CONFLICT, "任务已被他人修改,请刷新", "changed meanwhile; reload it");
}

enum err maint_task_act(struct ctx *cx, int64_t id, const struct maint_step *s, struct maint_task *out)
{
    struct maint_task t;
    unsigned actor = 0;
    int wrong = 0;
    enum err e = maint_task_get(cx, id, &t, &actor);
    if (e)
        return e;
    const struct fsm_edge *edge = fsm_find(&maint_task_fsm, (unsigned)t.state, s->event, actor, &wrong);
    if (!edge)
        return wrong ? cx_fail(cx, ERR_FORBIDDEN, NULL, "您不能执行该操作", "not yours to do")
                     : cx_fail(cx, ERR_STATE, "state", "任务当前状态为 %s,不能执行该操作",
                               "not possible while the task is %s", maint_task_state_name[t.state]);
    if (s->version && s->version != t.version)
        return cx_fail(cx, ERR_CONFLICT, "If-Match", "任务已被他人修改,请刷新", "changed meanwhile; reload it");
    struct act a = {.cx = cx, .t = &t, .step = s, .to = edge->to == FSM_SAME ? t.state : edge->to};
    int from = t.state;
    e = act_of[s->event](&a);
    if (e)
        return e;
    t.state = a.to;
    e = save(&a, t.version);
    if (!e)
        e = maint_task_log(cx, &t, maint_task_event_name[s->event], maint_task_state_name[from],
                           maint_task_state_name[t.state], s->note);
    maint_tell(cx, &t, "maint.task", t.holder_id, true);
    if (a.told && a.told != t.holder_id)
        maint_tell(cx, &t, "maint.task", a.told, false);
    return e ? e : maint_task_load(cx, id, out);
}
