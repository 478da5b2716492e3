/* complaint_link.c - what a complaint leads to: a repair order, a disputed bill. SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "domain/audit.h"
#include "domain/complaint_int.h"
#include "domain/fee_late.h"
#include "domain/finance.h"

STMT(q_bill, "complaint.bill",
     "SELECT room_id FROM bill WHERE id = $1 AND company_id = $2 AND project_id = $3 AND state <> 'draft'");
STMT(q_open_dispute, "complaint.open_dispute", "SELECT bill_id FROM bill_dispute WHERE id = $1 AND to_day = 99991231");

STMT(q_pass_on, "complaint.pass_on",
     "UPDATE complaint SET merged_into = $4 WHERE company_id = $1 AND project_id = $2 AND merged_into = $3");
STMT(q_take_dispute, "complaint.take_dispute", "UPDATE complaint SET bill_id = $2, dispute_id = $3 WHERE id = $1");
STMT(q_merged_here, "complaint.merged_here",
     "SELECT COUNT(*) FROM complaint WHERE company_id = $1 AND project_id = $2 AND merged_into = $3"
     " AND (reporter_id <> $4 OR reporter_id = 0)");

/* Works in the complaint's project, whichever the session stands in. */
static enum err new_order(struct ctx *cx, const struct complaint *c, const struct complaint_step *s, int64_t *id)
{
    struct repair r;
    struct json_list twins = {0};
    int64_t project = cx->who.project_id;
    struct repair_report in = {.type_id = s->type_id,
                               .room_id = c->anonymous ? 0 : c->room_id,
                               .place = c->place,
                               .description = arena_printf(cx->arena, "%s: %s", c->number, c->title),
                               .urgency = c->urgency,
                               .channel = CH_STAFF};
    if (!in.room_id && str_empty(in.place))
        return cx_fail(cx, ERR_INVALID, "place", "请先填写位置", "the complaint names no place the order could be at");
    cx->who.project_id = c->project_id;
    enum err e = repair_report(cx, &in, &r, &twins);
    cx->who.project_id = project;
    *id = r.id;
    return e;
}

enum err complaint_link_repair(struct ctx *cx, struct complaint *c, const struct complaint_step *s)
{
    struct repair r;
    unsigned actor = 0;
    int64_t id = s->target_id;
    enum err e = OK;
    if (c->repair_id)
        return cx_fail(cx, ERR_EXISTS, "repair_id", "已关联工单", "an order is linked already");
    if (!id == !s->type_id)
        return cx_fail(cx, ERR_INVALID, "repair_id", "请选择工单,或报修类型以新建",
                       "an order, or a fault type for a new one");
    if (!id) {
        e = new_order(cx, c, s, &id);
    } else {
        e = repair_get(cx, id, &r, &actor);
        if (e == ERR_NOT_FOUND || e == ERR_TAKEN || (!e && r.project_id != c->project_id))
            return cx_fail(cx, ERR_INVALID, "repair_id", "工单不存在", "no such order in this project");
        if (!e && c->anonymous && r.room_id)
            return cx_fail(cx, ERR_INVALID, "repair_id", "匿名投诉不能关联房间工单",
                           "an anonymous one links no room's order");
    }
    if (e)
        return e;
    c->repair_id = id;
    return audit_add(cx, "complaint.link_repair", "complaint", c->id, NULL,
                     arena_printf(cx->arena, "{\"repair_id\":\"%lld\"}", (long long)id));
}

enum err complaint_link_bill(struct ctx *cx, struct complaint *c, int64_t bill_id)
{
    int64_t room = 0, project = cx->who.project_id, still = 0;
    bool found = false, open = false;
    if (c->anonymous)
        return cx_fail(cx, ERR_STATE, "bill_id", "匿名投诉不能关联账单", "an anonymous one links no bill");
    enum err e = db_i64(cx, &q_bill, ARGS(I64(bill_id), I64(c->company_id), I64(c->project_id)), &room, &found);
    if (!e && (!found || (c->room_id && room != c->room_id)))
        e = cx_fail(cx, ERR_INVALID, "bill_id", "账单不存在", "no such bill of this room");
    if (!e && c->dispute_id)
        e = db_i64(cx, &q_open_dispute, ARGS(I64(c->dispute_id)), &still, &open);
    if (!e && open)
        e = cx_fail(cx, ERR_EXISTS, "bill_id", "已关联争议账单", "a bill is disputed by it already");
    if (e)
        return e;
    cx->who.project_id = c->project_id;
    e = dispute_open(cx, bill_id, clock_day(cx->now), arena_printf(cx->arena, "投诉 %s", c->number), &c->dispute_id);
    cx->who.project_id = project;
    c->bill_id = bill_id;
    return e;
}

/* ---- the dispute of a complaint that is over ---- */

/* The bill whose dispute the complaint opened, while that goes on; 0: none. */
static enum err going(struct ctx *cx, const struct complaint *c, int64_t *bill)
{
    bool open = false;
    *bill = 0;
    enum err e = c->dispute_id ? db_i64(cx, &q_open_dispute, ARGS(I64(c->dispute_id)), bill, &open) : OK;
    *bill = open ? *bill : 0;
    return e;
}

enum err complaint_leave_dispute(struct ctx *cx, const struct complaint *c)
{
    int64_t bill = 0;
    enum err e = going(cx, c, &bill);
    struct finance_alarm a = {.project_id = c->project_id,
                              .kind = "dispute_left",
                              .dedup = arena_printf(cx->arena, "dispute:%lld", (long long)c->dispute_id),
                              .text = arena_printf(cx->arena, "投诉 %s 已结束,请认定其账单争议是否成立", c->number),
                              .ref_kind = "bill",
                              .ref_id = bill};
    return e || !bill ? e : finance_alarm_add(cx, &a);
}

enum err complaint_drop_dispute(struct ctx *cx, const struct complaint *c)
{
    int64_t bill = 0, project = cx->who.project_id;
    enum err e = going(cx, c, &bill);
    if (e || !bill)
        return e;
    cx->who.project_id = c->project_id;
    e = dispute_close(cx, bill, arena_printf(cx->arena, "%s 投诉人撤回", c->number), false);
    cx->who.project_id = project;
    if (e != ERR_STATE)
        return e;
    cx->why = (struct why){0}; /* it is being paid online just now */
    return complaint_leave_dispute(cx, c);
}

enum err complaint_pass_on(struct ctx *cx, struct complaint *c, const struct complaint *into)
{
    int64_t bill = 0, theirs = 0;
    enum err e = db_exec(cx, &q_pass_on, ARGS(I64(c->company_id), I64(c->project_id), I64(c->id), I64(into->id)), NULL);
    if (!e)
        e = going(cx, c, &bill);
    if (!e)
        e = going(cx, into, &theirs);
    if (e || !bill)
        return e;
    if (theirs || into->anonymous)
        return complaint_leave_dispute(cx, c);
    e = db_exec(cx, &q_take_dispute, ARGS(I64(into->id), I64(bill), I64(c->dispute_id)), NULL);
    c->dispute_id = 0;
    return e;
}

enum err complaint_merged_here(struct ctx *cx, const struct complaint *c, int64_t *n)
{
    return db_i64(cx, &q_merged_here, ARGS(I64(c->company_id), I64(c->project_id), I64(c->id), I64(c->reporter_id)), n,
                  NULL);
}
