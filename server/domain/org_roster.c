/* org_roster.c - who works when: plans of a project's days, and leave that somebody else approves. Dispatch looks
 * here for who is there (dispatch.c). SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/id.h"
#include "domain/audit.h"
#include "domain/org.h"
#include "platform/events.h"
#include "platform/store/db.h"

#define LEAVE_DAYS 190 /* longer leave is asked for again */
#define COLUMNS                                                                                                        \
    "SELECT r.id, r.project_id, r.account_id, r.from_at, r.to_at, r.asked_by, r.decided_by, r.version, r.day, r.kind," \
    " r.state, r.name, r.note, a.name, COALESCE(p.name, '') FROM roster r JOIN account a ON a.id = r.account_id"       \
    " LEFT JOIN project p ON p.id = r.project_id"
/* Plans by their day; leave, which is of no project, by any day it touches: begun since $6, not over at $7. Each half
 * names all of the index it is found by. */
STMT(q_range, "roster.range",
     COLUMNS
     " WHERE ((r.company_id = $1 AND r.project_id = $2 AND r.day >= $3 AND r.day <= $4)"
     " OR (r.company_id = $1 AND r.project_id = 0 AND r.day >= $6 AND r.day <= $4 AND r.kind = 'leave' AND r.to_at > $7"
     " AND EXISTS (SELECT 1 FROM role_grant g WHERE g.account_id = r.account_id AND (g.project_id = 0 OR"
     " g.project_id = $2)))) AND ($5 = 0 OR r.account_id = $5) AND r.state IN ('approved', 'asked')"
     " ORDER BY r.day, r.from_at, r.id LIMIT 5000");
STMT(q_get, "roster.get", COLUMNS " WHERE r.id = $1 AND r.company_id = $2 AND r.kind = 'leave'");
STMT(q_waiting, "roster.waiting",
     COLUMNS " WHERE r.company_id = $1 AND r.state = 'asked' AND EXISTS (SELECT 1 FROM role_grant g"
             " WHERE g.account_id = r.account_id AND (g.project_id = 0 OR g.project_id = $2)) ORDER BY r.id LIMIT 200");
STMT(q_mine, "roster.mine",
     COLUMNS " WHERE r.account_id = $1 AND r.company_id = $2 AND r.day >= $3 ORDER BY r.day DESC, r.id DESC LIMIT 200");
STMT(
    q_add, "roster.add",
    "INSERT INTO roster(id, company_id, project_id, account_id, day, from_at, to_at, kind, state, name, note, asked_by,"
    " created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)");
STMT(q_clear, "roster.clear",
     "DELETE FROM roster WHERE company_id = $1 AND project_id = $2 AND account_id = $3 AND day = $4"
     " AND kind IN ('work', 'standby')");
STMT(q_drop, "roster.drop",
     "DELETE FROM roster WHERE id = $1 AND company_id = $2 AND project_id = $3 AND kind IN ('work', 'standby')");
STMT(q_in_project, "roster.in_project",
     "SELECT a.id FROM account a WHERE a.id = $1 AND a.company_id = $2 AND a.kind = 'staff' AND a.state = 'active'"
     " AND EXISTS (SELECT 1 FROM role_grant g WHERE g.account_id = a.id AND (g.project_id = 0 OR g.project_id = $3))");
STMT(q_overlap, "roster.overlap",
     "SELECT COUNT(*) FROM roster WHERE account_id = $1 AND +company_id = $2 AND kind = 'leave'"
     " AND state IN ('asked', 'approved') AND from_at < $4 AND to_at > $3");
STMT(q_decide, "roster.decide",
     "UPDATE roster SET state = $3, decided_by = $4, note = CASE WHEN $5 = '' THEN note ELSE note || ' | ' || $5 END,"
     " version = version + 1 WHERE id = $1 AND company_id = $2 AND version = $6 AND state = $7");

static enum err on_roster(struct ctx *cx, const struct row *r, void *out)
{
    *(struct roster *)out = (struct roster){.id = row_i64(r, 0),
                                            .project_id = row_i64(r, 1),
                                            .account_id = row_i64(r, 2),
                                            .from_at = row_i64(r, 3),
                                            .to_at = row_i64(r, 4),
                                            .asked_by = row_i64(r, 5),
                                            .decided_by = row_i64(r, 6),
                                            .version = row_i64(r, 7),
                                            .day = (int32_t)row_i64(r, 8),
                                            .kind = row_text(cx, r, 9),
                                            .state = row_text(cx, r, 10),
                                            .name = row_text(cx, r, 11),
                                            .note = row_text(cx, r, 12),
                                            .person = row_text(cx, r, 13),
                                            .project = row_text(cx, r, 14)};
    return OK;
}

struct listing {
    roster_fn *fn;
    void *arg;
};

static enum err on_listed(struct ctx *cx, const struct row *r, void *out)
{
    struct listing *l = out;
    struct roster one;
    enum err e = on_roster(cx, r, &one);
    l->fn(l->arg, &one);
    return e;
}

/* ---- plans ---- */

static enum err check_slot(struct ctx *cx, const struct roster_slot *s, size_t i)
{
    int64_t id = 0;
    bool there = false;
    const char *at = arena_printf(cx->arena, "slots[%zu]", i);
    if (!clock_day_valid(s->day))
        return cx_fail(cx, ERR_INVALID, arena_printf(cx->arena, "%s.day", at), "日期无效", "not a day");
    if (s->from_min < 0 || s->from_min >= 1440 || s->to_min <= s->from_min || s->to_min > 2880)
        return cx_fail(cx, ERR_INVALID, arena_printf(cx->arena, "%s.to_min", at), "起止时间无效",
                       "it ends before it begins");
    enum err e = db_i64(cx, &q_in_project, ARGS(I64(s->account_id), I64(cx->who.company_id), I64(cx->who.project_id)),
                        &id, &there);
    return e || there ? e
                      : cx_fail(cx, ERR_INVALID, arena_printf(cx->arena, "%s.account_id", at), "该员工不在此项目",
                                "not of this project");
}

enum err roster_plan(struct ctx *cx, const struct roster_slot *s, size_t n)
{
    enum err e = OK;
    for (size_t i = 0; i < n && !e; i++) {
        e = check_slot(cx, &s[i], i);
        if (!e)
            e = db_exec(cx, &q_clear,
                        ARGS(I64(cx->who.company_id), I64(cx->who.project_id), I64(s[i].account_id), I64(s[i].day)),
                        NULL);
    }
    for (size_t i = 0; i < n && !e; i++) {
        int64_t day = clock_day_start(s[i].day);
        e = db_exec(cx, &q_add,
                    ARGS(I64(id_new()), I64(cx->who.company_id), I64(cx->who.project_id), I64(s[i].account_id),
                         I64(s[i].day), I64(day + s[i].from_min * MINUTE_MS), I64(day + s[i].to_min * MINUTE_MS),
                         TXT(s[i].kind), TXT("approved"), TXT(or_empty(s[i].name)), TXT(""), I64(cx->who.id),
                         I64(cx->now)),
                    NULL);
    }
    return e ? e
             : audit_add(cx, "roster.plan", "project", cx->who.project_id, NULL,
                         arena_printf(cx->arena, "{\"slots\":%zu}", n));
}

enum err roster_drop(struct ctx *cx, int64_t id)
{
    enum err e = db_change_one(cx, &q_drop, ARGS(I64(id), I64(cx->who.company_id), I64(cx->who.project_id)),
                               ERR_NOT_FOUND, "班次不存在", "no such slot of the roster");
    return e ? e : audit_add(cx, "roster.drop", "roster", id, NULL, NULL);
}

enum err roster_list(struct ctx *cx, int32_t from, int32_t to, int64_t account_id, roster_fn *fn, void *arg)
{
    struct listing l = {fn, arg};
    if (!clock_day_valid(from) || !clock_day_valid(to) || to < from || to > clock_day_add(from, 62))
        return cx_fail(cx, ERR_INVALID, "to", "日期范围无效,最多两个月", "not a span of days; two months at most");
    return db_each(cx, &q_range,
                   ARGS(I64(cx->who.company_id), I64(cx->who.project_id), I64(from), I64(to), I64(account_id),
                        I64(clock_day_add(from, -LEAVE_DAYS)), I64(clock_day_start(from))),
                   on_listed, &l);
}

/* ---- leave ---- */

enum err leave_ask(struct ctx *cx, int64_t from_at, int64_t to_at, const char *note, int64_t *id)
{
    int64_t there = 0;
    *id = id_new();
    if (to_at <= from_at || to_at - from_at > LEAVE_DAYS * DAY_MS)
        return cx_fail(cx, ERR_INVALID, "to", "请假时间无效", "not a span of time");
    if (to_at < cx->now)
        return cx_fail(cx, ERR_INVALID, "to", "请假时间已过", "that time is over");
    enum err e =
        db_i64(cx, &q_overlap, ARGS(I64(cx->who.id), I64(cx->who.company_id), I64(from_at), I64(to_at)), &there, NULL);
    if (!e && there)
        e = cx_fail(cx, ERR_EXISTS, "from", "该时段已有请假", "there is leave at that time");
    if (!e)
        e = db_exec(cx, &q_add,
                    ARGS(I64(*id), I64(cx->who.company_id), I64(0), I64(cx->who.id), I64(clock_day(from_at)),
                         I64(from_at), I64(to_at), TXT("leave"), TXT("asked"), TXT("请假"), TXT(or_empty(note)),
                         I64(cx->who.id), I64(cx->now)),
                    NULL);
    return e ? e : audit_add(cx, "leave.ask", "roster", *id, NULL, NULL);
}

static enum err leave_get(struct ctx *cx, int64_t id, struct roster *out)
{
    enum err e = db_one(cx, &q_get, ARGS(I64(id), I64(cx->who.company_id)), on_roster, out);
    return e == ERR_NOT_FOUND ? cx_fail(cx, e, "id", "请假不存在", "no such leave") : e;
}

static enum err move(struct ctx *cx, const struct roster *r, const char *to, const char *note, int64_t version)
{
    enum err e = db_change_one(cx, &q_decide,
                               ARGS(I64(r->id), I64(cx->who.company_id), TXT(to), I64(cx->who.id), TXT(or_empty(note)),
                                    I64(version), TXT(r->state)),
                               ERR_CONFLICT, "数据已被他人修改,请刷新", "changed meanwhile; reload it");
    if (!e)
        cx_emit(cx, topic_user(cx, r->account_id), "leave.decided",
                arena_printf(cx->arena, "{\"id\":\"%lld\",\"state\":\"%s\"}", (long long)r->id, to));
    return e ? e : audit_add(cx, arena_printf(cx->arena, "leave.%s", to), "roster", r->id, NULL, NULL);
}

enum err leave_decide(struct ctx *cx, int64_t id, int64_t version, bool approve, const char *note)
{
    struct roster r;
    int64_t ours = 0;
    bool there = false;
    enum err e = leave_get(cx, id, &r);
    if (!e) /* whoever leads another project has no say */
        e = db_i64(cx, &q_in_project, ARGS(I64(r.account_id), I64(cx->who.company_id), I64(cx->who.project_id)), &ours,
                   &there);
    if (!e && !there)
        e = cx_fail(cx, ERR_NOT_FOUND, "id", "请假不存在", "no such leave");
    if (!e && r.account_id == cx->who.id)
        e = cx_fail(cx, ERR_FORBIDDEN, "id", "不能审批自己的请假", "somebody else decides about one's leave");
    if (!e && !str_eq(r.state, "asked"))
        e = cx_fail(cx, ERR_STATE, "state", "请假已处理", "it was decided");
    return e ? e : move(cx, &r, approve ? "approved" : "refused", note, version);
}

enum err leave_withdraw(struct ctx *cx, int64_t id, int64_t version)
{
    struct roster r;
    enum err e = leave_get(cx, id, &r);
    if (!e && r.account_id != cx->who.id)
        e = cx_fail(cx, ERR_NOT_FOUND, "id", "请假不存在", "no such leave");
    if (!e && (!(str_eq(r.state, "asked") || str_eq(r.state, "approved")) || r.to_at <= cx->now))
        e = cx_fail(cx, ERR_STATE, "state", "不能撤回", "not to be withdrawn any more");
    return e ? e : move(cx, &r, "withdrawn", NULL, version);
}

enum err leave_waiting(struct ctx *cx, roster_fn *fn, void *arg)
{
    struct listing l = {fn, arg};
    return db_each(cx, &q_waiting, ARGS(I64(cx->who.company_id), I64(cx->who.project_id)), on_listed, &l);
}

enum err leave_mine(struct ctx *cx, roster_fn *fn, void *arg)
{
    struct listing l = {fn, arg};
    return db_each(cx, &q_mine,
                   ARGS(I64(cx->who.id), I64(cx->who.company_id), I64(clock_day_add(clock_day(cx->now), -62))),
                   on_listed, &l);
}
