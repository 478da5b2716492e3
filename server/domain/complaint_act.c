/* complaint_act.c - what people and time do to a complaint: one small function an event, the table below ties them together.
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "domain/audit.h"
#include "domain/complaint_int.h"
#include "platform/events.h"

#define REOPEN_DAYS_MS (30 * DAY_MS)
#define STARS_BAD      2

STMT(q_due, "complaint.due", "SELECT id, tick_at FROM complaint WHERE tick_at > 0 ORDER BY tick_at LIMIT $1");

STMT(q_orphans, "complaint.orphans",
     "SELECT c.id FROM complaint c WHERE c.handler_id > 0 AND c.state IN ('assigned', 'in_progress') AND NOT EXISTS"
     " (SELECT 1 FROM role_grant g JOIN account a ON a.id = g.account_id AND a.state = 'active' WHERE g.account_id ="
     " c.handler_id AND g.company_id = c.company_id AND (g.project_id = 0 OR g.project_id = c.project_id))"
     " ORDER BY c.handler_id, c.id LIMIT $1");

struct act {
    struct ctx *cx;
    struct complaint *c;
    struct complaint_change ch;
    const struct complaint_step *step;
    const struct fsm_edge *edge;
    bool by_owner;
};
typedef enum err act_fn(struct act *a);

static enum err need_note(struct act *a)
{
    return str_empty(a->step->note) ? cx_fail(a->cx, ERR_INVALID, "note", "请填写内容", "say something") : OK;
}

static void take(struct act *a, enum complaint_state to, const char *note, bool internal)
{
    complaint_step_to(&a->ch, a->step->event, to, note, internal, a->by_owner);
}

static void set_handler(struct act *a, int64_t id)
{
    if (a->c->handler_id && a->c->handler_id != id)
        cx_scope_changed(a->cx, a->c->handler_id); /* the topic is not his any more */
    a->c->handler_id = id;
    a->c->handler_name = NULL;
}

static enum err tell_task(struct act *a)
{
    const char *event = arena_printf(a->cx->arena, "task%lld", (long long)a->c->version);
    return a->c->handler_id ? complaint_tell(a->cx, a->c, a->c->handler_id, "complaint_task", event, "", "") : OK;
}

static enum err usable(struct act *a, const char *category, struct complaint_category *k)
{
    enum err e = complaint_category_get(a->cx, category, k);
    return e == ERR_NOT_FOUND || (!e && !k->enabled)
               ? cx_fail(a->cx, ERR_INVALID, "category", "该类别不存在或已停用", "no such category, or switched off")
               : e;
}

static void set_due(struct act *a, int64_t due)
{
    a->c->due_at = due;
    if (due > a->cx->now)
        a->c->escalation = 0;
}

static enum err new_deadline(struct act *a, int64_t from, const char *category)
{
    struct complaint_category k;
    enum err e = usable(a, category, &k);
    if (!e) {
        set_due(a, from + complaint_due_ms(&k, a->c->urgency));
        a->c->category_name = k.name;
    }
    return e;
}

/* Is the deadline that of its category since it was submitted? Not when another was agreed, or it was taken up again. */
static enum err by_the_book(struct act *a, bool *is)
{
    struct complaint_category k;
    enum err e = complaint_category_get(a->cx, a->c->category, &k);
    *is = !e && a->c->due_at == a->c->created_at + complaint_due_ms(&k, a->c->urgency);
    if (e != ERR_NOT_FOUND)
        return e;
    a->cx->why = (struct why){0};
    return OK;
}

static enum err due_past(struct act *a)
{
    return cx_fail(a->cx, ERR_INVALID, "due_at", "期限须晚于现在", "must lie in the future");
}

static enum err do_classify(struct act *a)
{
    const struct complaint_step *s = a->step;
    bool staff = true;
    const char *was = a->c->category;
    if (str_empty(s->category))
        return cx_fail(a->cx, ERR_INVALID, "category", "请选择类别", "choose a category");
    if (s->due_at && s->due_at <= a->cx->now)
        return due_past(a);
    struct complaint_category k;
    bool plain_due = false;
    enum err e = by_the_book(a, &plain_due);
    if (!e)
        e = usable(a, s->category, &k);
    if (e)
        return e;
    a->c->category = s->category;
    a->c->category_name = k.name;
    if (s->kind >= 0)
        a->c->kind = s->kind;
    if (s->urgency >= 0)
        a->c->urgency = s->urgency;
    if (s->due_at || plain_due)
        set_due(a, s->due_at ? s->due_at : a->c->created_at + complaint_due_ms(&k, a->c->urgency));
    if (s->accused_id)
        e = complaint_is_staff(a->cx, a->c, s->accused_id, &staff);
    if (!e && !staff)
        e = cx_fail(a->cx, ERR_INVALID, "accused_id", "该员工不存在", "no such member of staff here");
    if (!e && s->accused_id && s->accused_id == a->cx->who.id)
        e = cx_fail(a->cx, ERR_INVALID, "accused_id", "被投诉人不能处理", "you cannot handle it then");
    if (e)
        return e;
    if (s->accused_id) {
        a->c->accused_id = s->accused_id;
        if (a->c->handler_id == s->accused_id) { /* it is about its handler: somebody else has to be found */
            set_handler(a, 0);
            take(a, CS_CLASSIFIED, s->note, true);
            return audit_add(a->cx, "complaint.classify", "complaint", a->c->id, NULL, "{\"handler\":\"removed\"}");
        }
    }
    take(a, a->c->state == CS_NEW ? CS_CLASSIFIED : a->c->state, s->note, true);
    return audit_add(a->cx, "complaint.classify", "complaint", a->c->id,
                     arena_printf(a->cx->arena, "{\"category\":\"%s\"}", was),
                     arena_printf(a->cx->arena, "{\"category\":\"%s\"}", s->category));
}

static enum err do_assign(struct act *a)
{
    const struct complaint_step *s = a->step;
    int64_t was = a->c->handler_id;
    bool staff = true;
    if (!s->target_id && !s->department_id)
        return cx_fail(a->cx, ERR_INVALID, "assignee_id", "请选择部门或人员", "a department or a person");
    if (s->due_at && s->due_at <= a->cx->now)
        return due_past(a);
    if (s->target_id && s->target_id == a->c->accused_id)
        return cx_fail(a->cx, ERR_INVALID, "assignee_id", "不能分派给被投诉人", "not to whom it is about");
    const char *department = "";
    enum err e = s->target_id ? complaint_is_staff(a->cx, a->c, s->target_id, &staff) : OK;
    if (!e && !staff)
        e = cx_fail(a->cx, ERR_INVALID, "assignee_id", "该员工不存在", "no such member of staff here");
    if (!e && s->department_id)
        e = complaint_department(a->cx, a->c, s->department_id, !s->target_id, &department);
    if (e)
        return e;
    set_handler(a, s->target_id);
    a->c->department = department;
    a->c->department_id = s->department_id;
    if (s->due_at) {
        a->c->due_at = s->due_at;
        a->c->escalation = 0;
    }
    take(a, CS_ASSIGNED, s->note, true);
    e = s->target_id ? tell_task(a) : complaint_department_tell(a->cx, a->c);
    return e ? e
             : audit_add(a->cx, "complaint.assign", "complaint", a->c->id,
                         arena_printf(a->cx->arena, "{\"handler_id\":\"%lld\"}", (long long)was),
                         arena_printf(a->cx->arena, "{\"handler_id\":\"%lld\"}", (long long)s->target_id));
}

static enum err do_accept(struct act *a)
{
    if (a->c->handler_id && a->c->handler_id != a->cx->who.id)
        return cx_fail(a->cx, ERR_FORBIDDEN, NULL, "已分派给他人", "it was given to somebody else");
    a->c->handler_id = a->cx->who.id;
    a->c->handler_name = a->cx->who.name;
    take(a, CS_IN_PROGRESS, a->step->note, false);
    return complaint_tell_owner(a->cx, a->c, "已受理", "已安排专人处理");
}

static enum err do_return(struct act *a)
{
    enum err e = need_note(a);
    if (e)
        return e;
    set_handler(a, 0);
    take(a, CS_CLASSIFIED, a->step->note, true);
    return OK;
}

static enum err do_reply(struct act *a)
{
    enum err e = need_note(a);
    if (!e)
        e = complaint_put_files(a->cx, a->c, "progress", false, a->step->files, a->step->nfiles);
    if (e)
        return e;
    if (!a->c->answered_at)
        a->c->answered_at = a->cx->now;
    take(a, a->c->state, a->step->note, false);
    return complaint_tell_owner(a->cx, a->c, "有新回复", a->step->note);
}

static enum err do_note(struct act *a)
{
    enum err e = need_note(a);
    if (!e)
        e = complaint_put_files(a->cx, a->c, "progress", true, a->step->files, a->step->nfiles);
    if (!e)
        take(a, a->c->state, a->step->note, true);
    return e;
}

static enum err do_comment(struct act *a)
{
    enum err e = need_note(a);
    if (!e)
        e = complaint_put_files(a->cx, a->c, "progress", false, a->step->files, a->step->nfiles);
    if (!e)
        take(a, a->c->state, a->step->note, false);
    return e;
}

static enum err do_resolve(struct act *a)
{
    enum err e = need_note(a);
    if (!e)
        e = complaint_put_files(a->cx, a->c, "evidence", a->step->internal_files, a->step->files, a->step->nfiles);
    if (e)
        return e;
    a->c->result = a->step->note;
    a->c->resolved_at = a->cx->now;
    a->c->stars = 0;
    if (!a->c->answered_at)
        a->c->answered_at = a->cx->now;
    take(a, CS_RESOLVED, a->step->note, false);
    return complaint_tell_owner(a->cx, a->c, "已办结,请评价", a->step->note);
}

static void over(struct act *a, enum complaint_state to, const char *note)
{
    a->c->closed_at = a->cx->now;
    take(a, to, note, false);
}

/* Not good enough: to a superior, with the whole time for it. */
static enum err again(struct act *a, enum complaint_event ev, const char *note)
{
    int64_t boss = 0;
    enum err e = complaint_superior(a->cx, a->c, &boss);
    if (!e)
        e = new_deadline(a, a->cx->now, a->c->category);
    if (e == ERR_INVALID) { /* the category has been switched off since: the deadline of "other" */
        a->cx->why = (struct why){0};
        e = new_deadline(a, a->cx->now, "other");
    }
    if (e)
        return e;
    a->c->level++;
    a->c->reopened++;
    a->c->escalation = 0;
    a->c->resolved_at = 0;
    a->c->closed_at = 0;
    complaint_step_to(&a->ch, ev, CS_REOPENED, note, false, a->by_owner);
    set_handler(a, boss);
    if (!boss)
        return OK;
    complaint_step_to(&a->ch, CE_SUPERIOR, CS_ASSIGNED, "", true, false);
    return tell_task(a);
}

static enum err do_rate(struct act *a)
{
    const struct complaint_step *s = a->step;
    if (s->stars < 1 || s->stars > 5)
        return cx_fail(a->cx, ERR_INVALID, "stars", "评分应为 1 到 5", "1 to 5");
    a->c->stars = s->stars;
    a->c->rating_text = or_empty(s->note);
    const char *note = arena_printf(a->cx->arena, "%lld 星 %s", (long long)s->stars, or_empty(s->note));
    if (s->stars <= STARS_BAD)
        return again(a, CE_DISSATISFIED, note);
    over(a, CS_CLOSED, note);
    return complaint_leave_dispute(a->cx, a->c);
}

static enum err do_reopen(struct act *a)
{
    enum err e = need_note(a);
    if (!e && a->c->closed_at && a->cx->now - a->c->closed_at > REOPEN_DAYS_MS)
        e = cx_fail(a->cx, ERR_STATE, NULL, "办结超过 30 天,请重新提交", "closed more than 30 days ago; submit anew");
    return e ? e : again(a, CE_REOPEN, a->step->note);
}

static enum err do_merge(struct act *a)
{
    struct complaint into;
    if (a->step->target_id == a->c->id)
        return cx_fail(a->cx, ERR_INVALID, "target_id", "不能合并到自身", "not into itself");
    enum err e = complaint_load(a->cx, a->step->target_id, &into);
    if (e == ERR_NOT_FOUND || (!e && (into.company_id != a->c->company_id || into.project_id != a->c->project_id ||
                                      !complaint_open(into.state) || into.accused_id == a->cx->who.id)))
        return cx_fail(a->cx, ERR_INVALID, "target_id", "目标不存在或已办结", "no such open complaint of the project");
    if (e)
        return e;
    a->c->merged_into = into.id;
    over(a, CS_MERGED, arena_printf(a->cx->arena, "合并至 %s", into.number));
    e = complaint_pass_on(a->cx, a->c, &into);
    if (!e && a->c->handler_id)
        set_handler(a, 0);
    return e ? e : complaint_tell_owner(a->cx, a->c, "已合并处理", into.number);
}

static enum err do_withdraw(struct act *a)
{
    int64_t others = 0;
    enum err e = complaint_merged_here(a->cx, a->c, &others);
    if (!e && others)
        return cx_fail(a->cx, ERR_STATE, "state", "已有他人的投诉并入此件,不能撤回",
                       "others' complaints were merged into it");
    if (e)
        return e;
    over(a, CS_WITHDRAWN, a->step->note);
    return complaint_drop_dispute(a->cx, a->c);
}

static enum err do_link_repair(struct act *a)
{
    enum err e = complaint_link_repair(a->cx, a->c, a->step);
    if (!e)
        take(a, a->c->state, a->step->note, true);
    return e;
}

static enum err do_link_bill(struct act *a)
{
    enum err e = complaint_link_bill(a->cx, a->c, a->step->target_id);
    if (!e)
        take(a, a->c->state, a->step->note, true);
    return e;
}

static act_fn *const act_of[CE_COUNT] = {
    [CE_CLASSIFY] = do_classify,   [CE_ASSIGN] = do_assign,
    [CE_ACCEPT] = do_accept,       [CE_RETURN] = do_return,
    [CE_REPLY] = do_reply,         [CE_NOTE] = do_note,
    [CE_COMMENT] = do_comment,     [CE_RESOLVE] = do_resolve,
    [CE_RATE] = do_rate,           [CE_REOPEN] = do_reopen,
    [CE_MERGE] = do_merge,         [CE_WITHDRAW] = do_withdraw,
    [CE_LINK_BILL] = do_link_bill, [CE_LINK_REPAIR] = do_link_repair,
};

static enum err refuse(struct ctx *cx, const struct complaint *c, int wrong_actor)
{
    if (wrong_actor)
        return cx_fail(cx, ERR_FORBIDDEN, NULL, "您不能执行该操作", "not yours to do");
    return cx_fail(cx, ERR_STATE, "state", "当前状态为 %s,不能执行该操作", "not possible while it is %s",
                   complaint_state_name[c->state]);
}

enum err complaint_act(struct ctx *cx, int64_t id, const struct complaint_step *step, struct complaint *out)
{
    unsigned who = 0;
    int wrong_actor = 0;
    struct act a = {.cx = cx, .c = out, .step = step};
    enum err e = complaint_load(cx, id, out);
    if (!e)
        e = complaint_actor_bits(cx, out, &who);
    if (!e && !who)
        e = cx_fail(cx, ERR_NOT_FOUND, "id", "投诉建议不存在", "no such complaint");
    if (e)
        return e;
    a.edge = fsm_find(&complaint_fsm, out->state, step->event, who, &wrong_actor);
    if (!a.edge || !act_of[step->event])
        return refuse(cx, out, wrong_actor);
    if (step->version && step->version != out->version)
        return cx_fail(cx, ERR_CONFLICT, "If-Match", "投诉建议已变化,请刷新", "it has changed; reload it");
    a.by_owner = (who & CA_OWNER) != 0;
    complaint_begin(&a.ch, out);
    int64_t department = complaint_at_department(out) ? out->department_id : 0;
    e = act_of[step->event](&a);
    if (!e && department && (!complaint_at_department(out) || out->department_id != department))
        e = complaint_department_left(cx, out, department);
    if (!e)
        e = complaint_commit(cx, &a.ch);
    complaint_hide(out, who);
    return e;
}

/* ---- timers ---- */

static enum err escalate(struct act *a)
{
    int64_t ids[COMPLAINT_TOLD];
    struct complaint *c = a->c;
    size_t n = 0;
    c->escalation++;
    const char *event = arena_printf(a->cx->arena, "overdue%lld.%lld", (long long)c->escalation, (long long)c->level);
    enum err e = OK;
    if (c->escalation == 1)
        e = complaint_responsible(a->cx, c, ids, &n);
    else
        e = complaint_admins(a->cx, c, ids, &n);
    for (size_t i = 0; i < n && !e; i++)
        e = complaint_tell(a->cx, c, ids[i], "complaint_overdue", event, "", "");
    complaint_step_to(&a->ch, CE_ESCALATE, c->state, arena_printf(a->cx->arena, "L%lld", (long long)c->escalation),
                      true, false);
    return e;
}

enum err complaint_tick(struct ctx *cx, int64_t id)
{
    struct complaint c;
    struct complaint_step s = {.event = CE_AUTO_CLOSE};
    struct act a = {.cx = cx, .c = &c, .step = &s};
    enum err e = complaint_load(cx, id, &c);
    if (e)
        return e == ERR_NOT_FOUND ? OK : e;
    if (!c.tick_at || cx->now < c.tick_at)
        return OK;
    cx->who.company_id = c.company_id;
    cx->who.project_id = c.project_id;
    complaint_begin(&a.ch, &c);
    if (c.state == CS_RESOLVED) {
        over(&a, CS_CLOSED, "7 天未评价,自动关闭");
        e = complaint_leave_dispute(cx, &c);
        if (!e)
            e = complaint_tell_owner(cx, &c, "已自动关闭", "7 天未评价");
    } else if (complaint_open(c.state)) {
        e = escalate(&a);
    }
    return e ? e : complaint_commit(cx, &a.ch);
}

enum err complaint_orphans(struct ctx *cx, int64_t *ids, size_t max, size_t *n)
{
    return db_ids(cx, &q_orphans, ARGS(I64(max)), ids, max, n);
}

enum err complaint_release(struct ctx *cx, int64_t id)
{
    int64_t ids[COMPLAINT_TOLD];
    struct complaint c;
    struct complaint_step s = {.event = CE_RETURN};
    struct act a = {.cx = cx, .c = &c, .step = &s};
    bool staff = true;
    size_t n = 0;
    enum err e = complaint_load(cx, id, &c);
    if (!e)
        e = complaint_is_staff(cx, &c, c.handler_id, &staff);
    if (e || staff || (c.state != CS_ASSIGNED && c.state != CS_IN_PROGRESS))
        return e;
    cx->who.company_id = c.company_id;
    complaint_begin(&a.ch, &c);
    set_handler(&a, 0);
    take(&a, CS_CLASSIFIED, "处理人已离岗", true);
    e = complaint_responsible(cx, &c, ids, &n);
    for (size_t i = 0; i < n && !e; i++)
        e = complaint_tell(cx, &c, ids[i], "complaint_new", arena_printf(cx->arena, "orphan%lld", (long long)c.version),
                           "", "");
    return e ? e : complaint_commit(cx, &a.ch);
}

enum err complaint_due_ids(struct ctx *cx, int64_t *ids, size_t max, size_t *n, int64_t *next)
{
    return db_due(cx, &q_due, ids, max, n, next);
}
