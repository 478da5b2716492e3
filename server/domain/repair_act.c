/* repair_act.c - what people do to an order: one small function an event, the table below ties them together.
 * A function checks the event's guard, changes *r and takes the step; loading, rights and saving are repair_act()'s.
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "domain/audit.h"
#include "domain/outbox.h"
#include "domain/repair_bill.h"
#include "domain/repair_int.h"
#include "platform/events.h"

#define URGE_GAP_MS    (30 * MINUTE_MS)
#define REWORK_DAYS_MS (7 * DAY_MS)
#define RATE_DAYS_MS   (30 * DAY_MS)
#define HOLD_MS        DAY_MS /* a hold that stops the clocks, when nobody said until when: it must not last for ever */

struct act {
    struct ctx *cx;
    struct repair *r;
    struct repair_change ch;
    const struct repair_step *step;
    const struct fsm_edge *edge;
    struct fault_type type;
};
typedef enum err act_fn(struct act *a);

static enum err need_note(struct act *a)
{
    return str_empty(a->step->note) ? cx_fail(a->cx, ERR_INVALID, "note", "请填写原因", "say why") : OK;
}

static enum err take(struct act *a, const char *note)
{
    repair_step_to(&a->ch, a->step->event, a->edge->to == FSM_SAME ? a->r->state : (enum repair_state)a->edge->to, note,
                   a->step->internal);
    return OK;
}

static enum err plain(struct act *a)
{
    return take(a, a->step->note);
}

/* Where an order goes once its work is accepted without a rating or with one (return visits by type, 回访). */
static enum repair_state after_confirm(const struct act *a, bool rated)
{
    if (str_eq(a->type.visit, "always") || (str_eq(a->type.visit, "unrated") && !rated))
        return RS_AWAIT_VISIT;
    return RS_CLOSED;
}

static enum repair_state after_payment(const struct act *a)
{
    if (a->r->channel == CH_OWNER)
        return RS_AWAIT_CONFIRM;
    return str_eq(a->type.visit, "never") ? RS_CLOSED : RS_AWAIT_VISIT;
}

static void close_if(struct act *a, enum repair_state to)
{
    if (to == RS_CLOSED)
        a->r->closed_at = a->cx->now;
}

static enum err do_assign(struct act *a)
{
    enum err e = offer_withdraw_all(a->cx, a->r, "reassigned");
    if (!e)
        e = technician_fits(a->cx, a->r, a->step->target_id, true);
    if (e)
        return e;
    repair_step_to(&a->ch, RE_ASSIGN, RS_OFFERED, a->step->note, true);
    return offer_make(a->cx, a->r, a->step->target_id, "assign");
}

static enum err do_grab(struct act *a)
{
    struct repair *r = a->r;
    if (r->mode != MODE_GRAB || r->urgency == URGENCY_EMERGENCY)
        return cx_fail(a->cx, ERR_FORBIDDEN, NULL, "该工单不可抢单", "this order is not up for grabs");
    enum err e = technician_fits(a->cx, r, a->cx->who.id, false);
    if (e)
        return e;
    r->holder_id = a->cx->who.id;
    r->holder_name = a->cx->who.name;
    if (!r->accepted_at)
        r->accepted_at = a->cx->now;
    r->attempts = 0;
    r->escalated = false;
    repair_step_to(&a->ch, RE_GRAB, RS_ASSIGNED, NULL, false);
    return OK;
}

static enum err do_arrive(struct act *a)
{
    if (!a->r->arrived_at)
        a->r->arrived_at = a->cx->now;
    return plain(a);
}

static enum err do_quote(struct act *a)
{
    if (a->step->quote_fen <= 0)
        return cx_fail(a->cx, ERR_INVALID, "quote_fen", "报价须大于 0", "a quote must be above 0");
    if (!a->type.chargeable || a->r->public_area)
        return cx_fail(a->cx, ERR_STATE, NULL, "该工单不收费", "this order is free of charge");
    a->r->quote_fen = a->step->quote_fen;
    a->r->quote_state = "asked";
    return plain(a);
}

static enum err answer_quote(struct act *a, const char *answer)
{
    if (!str_eq(a->r->quote_state, "asked"))
        return cx_fail(a->cx, ERR_STATE, NULL, "没有待确认的报价", "no quote waits for an answer");
    a->r->quote_state = answer;
    return plain(a);
}

static enum err do_quote_accept(struct act *a)
{
    return answer_quote(a, "accepted");
}

static enum err do_quote_refuse(struct act *a)
{
    return answer_quote(a, "refused");
}

static enum err do_start(struct act *a)
{
    if (str_eq(a->r->quote_state, "asked") || str_eq(a->r->quote_state, "refused"))
        return cx_fail(a->cx, ERR_STATE, NULL, "业主尚未同意报价", "the owner has not accepted the quote");
    if (!a->r->started_at)
        a->r->started_at = a->cx->now;
    enum err e = repair_put_photos(a->cx, a->r, "before", a->step->photos, a->step->nphotos);
    return e ? e : plain(a);
}

static enum err do_hold(struct act *a)
{
    if (str_index(hold_reason_name, HOLD_COUNT, a->step->reason) < 0)
        return cx_fail(a->cx, ERR_INVALID, "reason", "请选择挂起原因", "part, owner_absent, third_party or other");
    if (a->step->until && a->step->until <= a->cx->now)
        return cx_fail(a->cx, ERR_INVALID, "until", "恢复时间须晚于现在", "must lie in the future");
    a->r->held_from = a->r->state;
    a->r->hold_reason = a->step->reason;
    a->r->hold_at = a->cx->now;
    a->r->hold_until = a->step->until;
    if (!a->r->hold_until && hold_pauses(a->r->hold_reason))
        a->r->hold_until = a->cx->now + HOLD_MS;
    return take(a, a->step->note ? a->step->note : a->step->reason);
}

static void end_hold(struct repair *r, int64_t now)
{
    if (hold_pauses(r->hold_reason)) {
        int64_t held = now - r->hold_at;
        r->paused_ms += held;
        r->arrive_due += held;
        r->finish_due += held;
    }
    r->hold_reason = "";
    r->hold_at = 0;
    r->hold_until = 0;
}

static enum err do_resume(struct act *a)
{
    enum repair_state back = a->r->held_from;
    end_hold(a->r, a->cx->now);
    a->r->held_from = RS_COUNT;
    repair_step_to(&a->ch, RE_RESUME, back < RS_COUNT ? back : RS_ARRIVED, a->step->note, false);
    return OK;
}

/* The order leaves its holder: the phone is told, its socket loses the topic in the same commit. */
static void leave_holder(struct act *a)
{
    if (!a->r->holder_id)
        return;
    if (a->r->holder_id != a->cx->who.id)
        emit_user(a->cx, a->r->holder_id, "job.gone", repair_json_brief(a->cx, a->r));
    cx_scope_changed(a->cx, a->r->holder_id);
    a->r->holder_id = 0;
    a->r->holder_name = NULL;
}

static enum err do_transfer(struct act *a)
{
    if (a->step->target_id == a->r->holder_id)
        return cx_fail(a->cx, ERR_INVALID, "technician_id", "不能转给自己", "not to the same technician");
    enum err e = need_note(a);
    if (!e)
        e = technician_fits(a->cx, a->r, a->step->target_id, true);
    if (e)
        return e;
    if (a->r->state == RS_ON_HOLD)
        end_hold(a->r, a->cx->now);
    repair_step_to(&a->ch, RE_TRANSFER, RS_OFFERED, a->step->note, false);
    leave_holder(a);
    return offer_make(a->cx, a->r, a->step->target_id, "transfer");
}

static enum err do_return(struct act *a)
{
    enum err e = need_note(a);
    if (e)
        return e;
    repair_step_to(&a->ch, RE_RETURN, RS_QUEUED, a->step->note, false);
    leave_holder(a);
    return repair_enqueue(a->cx, a->r);
}

static enum err do_finish(struct act *a)
{
    struct repair *r = a->r;
    const struct repair_step *s = a->step;
    if (!s->cause_id)
        return cx_fail(a->cx, ERR_INVALID, "cause_id", "请选择故障原因", "choose a cause");
    if (str_empty(s->measure))
        return cx_fail(a->cx, ERR_INVALID, "measure", "请填写维修措施", "say what was done");
    if (a->type.photo_needed && !s->nphotos)
        return cx_fail(a->cx, ERR_INVALID, "photos", "请上传完工照片", "a photo of the finished work is required");
    enum err e = repair_put_lines(a->cx, r, &a->type, s);
    if (!e)
        e = repair_put_photos(a->cx, r, "after", s->photos, s->nphotos);
    if (e)
        return e;
    r->cause_id = s->cause_id;
    r->measure = s->measure;
    r->labour_min = s->labour_min;
    r->finished_at = a->cx->now;
    repair_step_to(&a->ch, RE_FINISH, RS_DONE, s->measure, false);
    enum repair_state to = r->charge_fen > 0 ? RS_AWAIT_PAY : after_payment(a);
    repair_step_to(&a->ch, RE_ROUTE, to, "", false);
    close_if(a, to);
    if (to == RS_AWAIT_PAY) /* billing makes the bill of exactly this charge, once (by repair and version) */
        e = outbox_add(a->cx, "bill.repair", r->id, r->version, r->project_id,
                       arena_printf(a->cx->arena, "{\"charge_fen\":%lld}", (long long)r->charge_fen));
    return e;
}

static enum err paid_on(struct act *a, enum repair_event ev)
{
    enum repair_state to = after_payment(a);
    repair_step_to(&a->ch, ev, to, a->step->note, false);
    close_if(a, to);
    return OK;
}

static enum err do_waive(struct act *a)
{
    enum err e = need_note(a);
    if (!e && a->cx->who.id == a->r->holder_id)
        e = cx_fail(a->cx, ERR_FORBIDDEN, NULL, "维修人不能减免自己的工单", "not by the technician of the order");
    if (!e)
        e = audit_add(a->cx, "repair.waive", "repair", a->r->id,
                      arena_printf(a->cx->arena, "{\"charge_fen\":%lld}", (long long)a->r->charge_fen),
                      "{\"charge_fen\":0}");
    if (e)
        return e;
    a->r->charge_fen = 0;
    return paid_on(a, RE_WAIVE);
}

static enum err do_rate(struct act *a)
{
    if (a->step->stars < 1 || a->step->stars > 5)
        return cx_fail(a->cx, ERR_INVALID, "stars", "评分应为 1 到 5", "1 to 5");
    if (a->r->stars || a->cx->now - a->r->confirm_at > RATE_DAYS_MS)
        return cx_fail(a->cx, ERR_STATE, NULL, "已评价或已过评价期", "rated already, or too late");
    a->r->stars = a->step->stars;
    a->r->rating_tags = a->step->tags ? a->step->tags : "";
    a->r->rating_text = a->step->note ? a->step->note : "";
    enum repair_state to = after_confirm(a, true);
    repair_step_to(&a->ch, RE_RATE, to, a->step->note, false);
    close_if(a, to);
    return OK;
}

/* Work that was not right is done anew, with the whole time for it: the old deadlines have passed. */
static enum err again(struct act *a, enum repair_event ev)
{
    a->r->reopened++;
    a->r->finished_at = 0;
    a->r->confirm_at = 0;
    a->r->accepted_at = 0;
    a->r->arrived_at = 0;
    a->r->started_at = 0;
    a->r->respond_due = a->cx->now + a->type.respond_ms;
    a->r->arrive_due = a->cx->now + a->type.arrive_ms;
    a->r->finish_due = a->cx->now + a->type.finish_ms;
    a->r->sla_told = 0;
    a->r->attempts = 0;
    a->r->escalated = false;
    a->r->quote_fen = 0; /* what was agreed to has been charged */
    a->r->quote_state = "";
    repair_step_to(&a->ch, ev, RS_QUEUED, a->step->note, false);
    leave_holder(a);
    return repair_enqueue(a->cx, a->r);
}

static enum err do_rework(struct act *a)
{
    enum err e = need_note(a);
    if (!e && a->cx->now - a->r->confirm_at > REWORK_DAYS_MS)
        e = cx_fail(a->cx, ERR_STATE, NULL, "已过 7 天返修期,请重新报修", "more than 7 days ago; report anew");
    return e ? e : again(a, RE_REWORK);
}

static enum err do_visit(struct act *a)
{
    if (a->cx->who.id == a->r->holder_id)
        return cx_fail(a->cx, ERR_FORBIDDEN, NULL, "维修人不能回访自己的工单", "not by the technician of the order");
    if (!a->step->satisfied)
        return need_note(a) ? ERR_INVALID : again(a, RE_VISIT);
    repair_step_to(&a->ch, RE_VISIT, RS_CLOSED, a->step->note, true);
    a->r->closed_at = a->cx->now;
    return OK;
}

static enum err do_cancel(struct act *a)
{
    enum err e = offer_withdraw_all(a->cx, a->r, "cancelled");
    if (e)
        return e;
    a->r->closed_at = a->cx->now;
    repair_step_to(&a->ch, RE_CANCEL, RS_CANCELLED, a->step->note, false);
    leave_holder(a);
    return OK;
}

static enum err do_void(struct act *a)
{
    enum err e = need_note(a);
    if (!e && a->cx->who.id == a->r->holder_id)
        e = cx_fail(a->cx, ERR_FORBIDDEN, NULL, "维修人不能作废自己的工单", "not by the technician of the order");
    if (!e)
        e = offer_withdraw_all(a->cx, a->r, "void");
    if (!e)
        e = repair_stock_back(a->cx, a->r);
    if (!e)
        e = repair_bill_kept(a->cx, a->r);
    if (!e)
        e = audit_add(a->cx, "repair.void", "repair", a->r->id,
                      arena_printf(a->cx->arena, "{\"state\":\"%s\"}", repair_state_name[a->r->state]), NULL);
    if (e)
        return e;
    a->r->closed_at = a->cx->now;
    repair_step_to(&a->ch, RE_VOID, RS_REJECTED, a->step->note, false);
    leave_holder(a);
    return OK;
}

static enum err do_force(struct act *a)
{
    enum err e = need_note(a);
    if (!e)
        e = offer_withdraw_all(a->cx, a->r, "forced");
    if (!e)
        e = audit_add(a->cx, "repair.force_finish", "repair", a->r->id,
                      arena_printf(a->cx->arena, "{\"state\":\"%s\",\"charge_fen\":%lld}",
                                   repair_state_name[a->r->state], (long long)a->r->charge_fen),
                      a->step->keep_charge ? "{\"charge\":\"kept\"}" : "{\"charge\":\"dropped\"}");
    if (e)
        return e;
    if (a->r->state == RS_ON_HOLD)
        end_hold(a->r, a->cx->now);
    if (!a->step->keep_charge)
        a->r->charge_fen = 0;
    a->r->forced = true;
    a->r->finished_at = a->cx->now;
    if (a->r->holder_id)
        emit_user(a->cx, a->r->holder_id, "job.gone", repair_json_brief(a->cx, a->r));
    return plain(a);
}

static enum err do_urge(struct act *a)
{
    if (a->cx->now - a->r->urged_at < URGE_GAP_MS)
        return cx_fail(a->cx, ERR_RATE, NULL, "30 分钟内只能催单一次", "once in 30 minutes");
    a->r->urged_at = a->cx->now;
    emit_user(a->cx, a->r->holder_id, "job.urged", repair_json_brief(a->cx, a->r));
    return plain(a);
}

static enum err do_comment(struct act *a)
{
    enum err e = need_note(a);
    return e ? e : plain(a);
}

static act_fn *const act_of[RE_COUNT] = {
    [RE_ASSIGN] = do_assign,
    [RE_GRAB] = do_grab,
    [RE_DEPART] = plain,
    [RE_ARRIVE] = do_arrive,
    [RE_QUOTE] = do_quote,
    [RE_QUOTE_ACCEPT] = do_quote_accept,
    [RE_QUOTE_REFUSE] = do_quote_refuse,
    [RE_START] = do_start,
    [RE_HOLD] = do_hold,
    [RE_RESUME] = do_resume,
    [RE_TRANSFER] = do_transfer,
    [RE_RETURN] = do_return,
    [RE_FINISH] = do_finish,
    [RE_WAIVE] = do_waive,
    [RE_RATE] = do_rate,
    [RE_REWORK] = do_rework,
    [RE_VISIT] = do_visit,
    [RE_CANCEL] = do_cancel,
    [RE_VOID] = do_void,
    [RE_FORCE_FINISH] = do_force,
    [RE_URGE] = do_urge,
    [RE_COMMENT] = do_comment,
};

/* Not possible now. Losing a race for a job has its own code, because a phone shows it differently. */
static enum err refuse(struct ctx *cx, const struct repair *r, enum repair_event ev, int wrong_actor)
{
    if (wrong_actor)
        return cx_fail(cx, ERR_FORBIDDEN, NULL, "您不能执行该操作", "not yours to do");
    if (ev == RE_GRAB)
        return cx_fail(cx, ERR_TAKEN, NULL, "已被其他师傅接单", "somebody else has the job");
    return cx_fail(cx, ERR_STATE, "state", "工单当前状态为 %s,不能执行该操作", "not possible while the order is %s",
                   repair_state_name[r->state]);
}

static enum err act(struct ctx *cx, struct repair *r, unsigned who, const struct repair_step *step)
{
    int wrong_actor = 0;
    struct act a = {.cx = cx, .r = r, .step = step};
    a.edge = fsm_find(&repair_fsm, r->state, step->event, who, &wrong_actor);
    if (!a.edge || !act_of[step->event])
        return refuse(cx, r, step->event, wrong_actor);
    if (step->version && step->version != r->version)
        return cx_fail(cx, ERR_CONFLICT, "If-Match", "工单已变化,请刷新", "the order has changed; reload it");
    enum err e = fault_type_get(cx, r->type_id, &a.type);
    if (e)
        return e;
    repair_begin(&a.ch, r);
    e = act_of[step->event](&a);
    if (!e && a.edge->to == FSM_SAME)
        e = dispatch_carry(cx, r, a.ch.loaded_version);
    return e ? e : repair_commit(cx, &a.ch);
}

enum err repair_act(struct ctx *cx, int64_t id, const struct repair_step *step, struct repair *out)
{
    unsigned who = 0;
    struct repair_step s = *step;
    enum err e = repair_get(cx, id, out, &who);
    if (e)
        return e;
    s.internal = step->internal && (who & (RA_DESK | RA_CSR | RA_HOLDER));
    return act(cx, out, who, &s);
}

static enum err settled(struct ctx *cx, int64_t id, const struct repair_step *step)
{
    struct repair r;
    struct act a = {.cx = cx, .r = &r, .step = step};
    enum err e = repair_load(cx, id, &r);
    if (e || r.state != RS_AWAIT_PAY) /* told twice: nothing to do */
        return e;
    if ((e = fault_type_get(cx, r.type_id, &a.type)) != OK)
        return e;
    repair_begin(&a.ch, &r);
    e = paid_on(&a, step->event);
    return e ? e : repair_commit(cx, &a.ch);
}

enum err repair_paid(struct ctx *cx, int64_t id)
{
    return settled(cx, id, &(struct repair_step){.event = RE_PAID});
}

enum err repair_unbilled(struct ctx *cx, int64_t id)
{
    return settled(cx, id, &(struct repair_step){.event = RE_WAIVE, .note = "账单已作废或核销"});
}

/* ---- timers ---- */

static enum err tell_sla(struct ctx *cx, struct repair *r)
{
    static const char *const clock_name[SLA_CLOCKS] = {"respond", "arrive", "finish"};
    int64_t news = repair_sla_news(r, cx->now);
    for (int k = 0; k < SLA_CLOCKS; k++) {
        struct jw w;
        int64_t bits = news >> (2 * k) & 3;
        if (!bits)
            continue;
        jw_init(&w, cx->arena);
        jw_obj(&w);
        kv_str(&w, "clock", clock_name[k]);
        kv_raw(&w, "repair", repair_json_brief(cx, r));
        jw_end(&w);
        const char *type = bits & 2 ? "sla.overdue" : "sla.warning";
        cx_emit(cx, topic_board(cx, r->project_id), type, jw_text(&w));
        emit_user(cx, r->holder_id, type, jw_text(&w));
    }
    r->sla_told |= news;
    return OK;
}

enum err repair_tick(struct ctx *cx, int64_t repair_id)
{
    struct repair r;
    struct act a = {.cx = cx, .r = &r, .step = &(struct repair_step){.event = RE_AUTO_CLOSE}};
    enum err e = repair_load(cx, repair_id, &r);
    if (e)
        return e == ERR_NOT_FOUND ? OK : e;
    if (!r.due_at || cx->now < r.due_at)
        return OK;
    cx->who.company_id = r.company_id;
    if ((e = fault_type_get(cx, r.type_id, &a.type)) != OK)
        return e;
    repair_begin(&a.ch, &r);
    e = tell_sla(cx, &r);
    if (!e && r.state == RS_ON_HOLD && r.hold_until && cx->now >= r.hold_until) {
        e = do_resume(&a);
    } else if (!e && r.state == RS_AWAIT_CONFIRM) {
        enum repair_state to = after_confirm(&a, false);
        if (r.due_at <= cx->now) {
            repair_step_to(&a.ch, RE_AUTO_CLOSE, to, "超时未评价,自动确认", false);
            close_if(&a, to);
        }
    } else if (!e && r.state == RS_QUEUED) { /* stood still: ask again; a lost message costs a minute, not the job */
        e = outbox_add(cx, "dispatch", r.id, r.version, r.project_id, r.skill);
    }
    return e ? e : repair_commit(cx, &a.ch);
}
