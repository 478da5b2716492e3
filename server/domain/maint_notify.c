/* maint_notify.c - who hears of a task: live, by SMS and by mail; reminders and lateness. SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "domain/auth.h"
#include "domain/maint_int.h"
#include "domain/message.h"
#include "platform/crypto/crypto.h"
#include "platform/events.h"

#define PEOPLE     20
#define GIVE_UP_MS (2 * DAY_MS)

STMT(q_skilled, "maint_notify.skilled",
     "SELECT s.account_id FROM technician_skill s JOIN account a ON a.id = s.account_id AND a.state = 'active'"
     " WHERE s.company_id = $1 AND s.skill = $2 AND EXISTS (SELECT 1 FROM role_grant g WHERE g.account_id = a.id"
     " AND g.role = 'technician' AND (g.project_id = 0 OR g.project_id = $3)) ORDER BY s.account_id LIMIT 20");
STMT(q_managers, "maint_notify.managers",
     "SELECT DISTINCT g.account_id FROM role_grant g JOIN account a ON a.id = g.account_id AND a.state = 'active'"
     " WHERE g.company_id = $1 AND g.role = 'manager' AND (g.project_id = 0 OR g.project_id = $2)"
     " ORDER BY g.account_id LIMIT 20");
STMT(q_email, "maint_notify.email", "SELECT email_enc FROM account WHERE id = $1");
STMT(q_inspections, "maint_notify.inspections",
     "SELECT id, company_id, project_id, COALESCE(keeper_id, 0), inspect_due, code, name FROM facility"
     " WHERE inspect_due > 0 AND inspect_due <= $1 AND state <> 'scrapped' AND (inspect_told < 1"
     " OR (inspect_told < 2 AND inspect_due <= $2) OR (inspect_told < 3 AND inspect_due <= $3))"
     " ORDER BY inspect_due, id LIMIT $4");
STMT(q_inspect_told, "maint_notify.inspect_told",
     "UPDATE facility SET inspect_told = $3 WHERE id = $1 AND inspect_due = $2");
STMT(q_due, "maint_task.due", "SELECT id, next_at FROM maint_task WHERE next_at > 0 ORDER BY next_at LIMIT $1");
STMT(q_told, "maint_task.told",
     "UPDATE maint_task SET told = $3, escalated = $4, overdue = $5, holder_id = $6, next_at = $7"
     " WHERE id = $1 AND next_at = $2");

void maint_tell(struct ctx *cx, const struct maint_task *t, const char *type, int64_t account_id, bool board)
{
    struct jw w;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    kv_id(&w, "task_id", t->id);
    kv_id(&w, "plan_id", t->plan_id);
    kv_id(&w, "facility_id", t->facility_id);
    kv_str(&w, "name", t->name);
    kv_str(&w, "state", maint_task_state_name[t->state]);
    kv_int(&w, "day", t->day);
    kv_int(&w, "due_day", t->due_day);
    jw_end(&w);
    if (account_id)
        cx_emit(cx, topic_user(cx, account_id), type, jw_text(&w));
    if (board)
        cx_emit(cx, topic_board(cx, t->project_id), type, jw_text(&w));
}

/* ---- messages ---- */

static enum err email_of(struct ctx *cx, int64_t account_id, const char **email)
{
    const void *sealed = NULL;
    size_t n = 0;
    enum err e = db_blob(cx, &q_email, ARGS(I64(account_id)), &sealed, &n);
    *email = e || !sealed
                 ? NULL
                 : pii_open(cx->arena, sealed, n, arena_printf(cx->arena, "account.email|%lld", (long long)account_id));
    return e;
}

struct note {
    int64_t company_id;
    const char *key, *subject, *text; /* key: with person and channel, what is sent once only */
};

/* What turns late at midnight is told in the morning; none of it is worth a night. */
static int64_t by_day(int64_t now)
{
    int64_t day = clock_day_start(clock_day(now));
    if (now >= day + 22 * HOUR_MS)
        return clock_day_start(clock_day_add(clock_day(now), 1)) + 8 * HOUR_MS;
    return now < day + 8 * HOUR_MS ? day + 8 * HOUR_MS : 0;
}

static enum err send(struct ctx *cx, const struct note *o, int64_t account_id)
{
    const char *phone = NULL, *email = NULL;
    struct message m = {.company_id = o->company_id,
                        .account_id = account_id,
                        .kind = "maint",
                        .text = o->text,
                        .subject = o->subject,
                        .not_before = by_day(cx->now)};
    enum err e = account_phone(cx, account_id, &phone);
    if (!e)
        e = email_of(cx, account_id, &email);
    for (int i = 0; i < 2 && !e; i++) {
        m.channel = i ? MSG_MAIL : MSG_SMS;
        m.to = i ? email : phone;
        m.dedup = arena_printf(cx->arena, "%s:%lld:%s", o->key, (long long)account_id, message_channel_name[m.channel]);
        if (!str_empty(m.to))
            e = message_add(cx, &m, GIVE_UP_MS);
    }
    return e;
}

static enum err send_all(struct ctx *cx, const struct note *o, const int64_t *ids, size_t n)
{
    enum err e = OK;
    for (size_t i = 0; i < n && !e; i++)
        e = send(cx, o, ids[i]);
    return e;
}

/* SMS and mail to those it concerns (holder, else those with the skill, else the managers), once a `what`. */
static enum err maint_message(struct ctx *cx, const struct maint_task *t, const char *what, const char *text,
                              bool managers)
{
    struct note o = {t->company_id, arena_printf(cx->arena, "maint:%lld:%s", (long long)t->id, what), "维保任务提醒",
                     text};
    int64_t ids[2 * PEOPLE + 1];
    size_t n = 0, more = 0;
    enum err e = OK;
    if (t->holder_id)
        ids[n++] = t->holder_id;
    else if (!str_empty(t->skill))
        e = db_ids(cx, &q_skilled, ARGS(I64(t->company_id), TXT(t->skill), I64(t->project_id)), ids, PEOPLE, &n);
    if (!e && (managers || !n))
        e = db_ids(cx, &q_managers, ARGS(I64(t->company_id), I64(t->project_id)), ids + n, PEOPLE, &more);
    return e ? e : send_all(cx, &o, ids, n + more);
}

/* ---- statutory inspections ---- */

#define INSPECTIONS 16

struct inspection {
    int64_t id, company_id, project_id, keeper_id, due;
    const char *code, *name;
    int level;
};
struct inspections {
    struct inspection v[INSPECTIONS];
    size_t n;
    int32_t today;
};

static int level_of(int32_t today, int64_t due)
{
    return due <= today ? 3 : due <= clock_day_add(today, 7) ? 2 : 1;
}

static enum err on_inspection(struct ctx *cx, const struct row *r, void *out)
{
    struct inspections *l = out;
    l->v[l->n++] = (struct inspection){.id = row_i64(r, 0),
                                       .company_id = row_i64(r, 1),
                                       .project_id = row_i64(r, 2),
                                       .keeper_id = row_i64(r, 3),
                                       .due = row_i64(r, 4),
                                       .code = row_text(cx, r, 5),
                                       .name = row_text(cx, r, 6),
                                       .level = level_of(l->today, row_i64(r, 4))};
    return OK;
}

static enum err tell_inspection(struct ctx *cx, const struct inspection *i)
{
    int64_t ids[PEOPLE + 1];
    size_t n = 0, more = 0;
    struct note o = {i->company_id,
                     arena_printf(cx->arena, "inspect:%lld:%lld:%d", (long long)i->id, (long long)i->due, i->level),
                     "设备检验提醒",
                     arena_printf(cx->arena, "设备检验提醒:%s %s 应于 %04d-%02d-%02d 前检验", i->code, i->name,
                                  (int)(i->due / 10000), (int)(i->due / 100 % 100), (int)(i->due % 100))};
    if (i->keeper_id)
        ids[n++] = i->keeper_id;
    enum err e = db_ids(cx, &q_managers, ARGS(I64(i->company_id), I64(i->project_id)), ids + n, PEOPLE, &more);
    if (!e)
        e = send_all(cx, &o, ids, n + more);
    cx_emit(cx, topic_board(cx, i->project_id), "facility.inspection",
            arena_printf(cx->arena, "{\"facility_id\":\"%lld\",\"inspect_due\":%lld}", (long long)i->id,
                         (long long)i->due));
    return e ? e : db_exec(cx, &q_inspect_told, ARGS(I64(i->id), I64(i->due), I64(i->level)), NULL);
}

enum err maint_inspections(struct ctx *cx, bool *more)
{
    struct inspections *l = arena_alloc(cx->arena, sizeof *l);
    int32_t today = clock_day(cx->now);
    l->n = 0;
    l->today = today;
    enum err e =
        db_each(cx, &q_inspections,
                ARGS(I64(clock_day_add(today, 30)), I64(clock_day_add(today, 7)), I64(today), I64(INSPECTIONS)),
                on_inspection, l);
    for (size_t i = 0; i < l->n && !e; i++)
        e = tell_inspection(cx, &l->v[i]);
    *more = l->n == INSPECTIONS;
    return e;
}

/* ---- ticks ---- */

enum err maint_task_due(struct ctx *cx, int64_t *ids, size_t max, size_t *n, int64_t *next)
{
    return db_due(cx, &q_due, ids, max, n, next);
}

static const char *words(struct ctx *cx, const struct maint_task *t, const char *what)
{
    return arena_printf(cx->arena, "%s:%s %s(应于 %04d-%02d-%02d 前完成)", what, t->name, or_empty(t->facility),
                        (int)(t->due_day / 10000), (int)(t->due_day / 100 % 100), (int)(t->due_day % 100));
}

/* Whoever does not work on that day hands it to a colleague of the plan, else to the deputy. */
static enum err delegate(struct ctx *cx, struct maint_task *t)
{
    struct maint_plan p;
    bool on = false;
    int64_t other = 0;
    if (!t->holder_id)
        return OK;
    enum err e = maint_on_shift(cx, t->holder_id, t->project_id, (int32_t)t->day, &on);
    if (e || on)
        return e;
    e = maint_plan_load(cx, t->plan_id, &p);
    if (!e)
        e = maint_pick(cx, &p, (int32_t)t->day, &other);
    t->holder_id = other ? other : t->deputy_id;
    return e;
}

static enum err remind(struct ctx *cx, struct maint_task *t)
{
    uint32_t bits = 0;
    int nearest = -1;
    (void)maint_remind_bits(t->remind, &bits);
    for (int d = 30; d >= 0; d--)
        if ((bits & (UINT32_C(1) << d)) && !(t->told & (INT64_C(1) << d)) &&
            cx->now >= clock_day_start(clock_day_add((int32_t)t->day, -d)) + 8 * HOUR_MS) {
            t->told |= INT64_C(1) << d;
            nearest = d;
        }
    if (nearest < 0)
        return OK;
    enum err e = delegate(cx, t);
    maint_tell(cx, t, "maint.reminder", t->holder_id, false);
    return e ? e : maint_message(cx, t, arena_printf(cx->arena, "t%d", nearest), words(cx, t, "维保提醒"), false);
}

static enum err escalate(struct ctx *cx, struct maint_task *t)
{
    int32_t today = clock_day(cx->now);
    int64_t missed = 0;
    enum err e = OK;
    int level = today <= t->due_day ? 0 : today >= clock_day_add((int32_t)t->due_day, 4) ? 2 : 1;
    if (level <= t->escalated)
        return OK;
    if (!t->overdue && t->route_id)
        e = maint_checks_miss(cx, t, &missed);
    t->overdue = true;
    t->escalated = level;
    maint_tell(cx, t, "maint.overdue", t->holder_id, true);
    return e ? e : maint_message(cx, t, arena_printf(cx->arena, "late%d", level), words(cx, t, "维保任务已超期"), true);
}

enum err maint_task_tick(struct ctx *cx, int64_t id)
{
    struct maint_task t;
    enum err e = maint_task_load(cx, id, &t);
    if (e || !t.next_at || cx->now < t.next_at)
        return e == ERR_NOT_FOUND ? OK : e;
    int64_t old = t.next_at;
    cx->who = (struct actor){.company_id = t.company_id, .project_id = t.project_id, .name = "system"};
    if (t.state == TS_SCHEDULED)
        e = remind(cx, &t);
    if (!e && (t.state == TS_SCHEDULED || t.state == TS_IN_PROGRESS))
        e = escalate(cx, &t);
    return e ? e
             : db_exec(cx, &q_told,
                       ARGS(I64(id), I64(old), I64(t.told), I64(t.escalated), I64(t.overdue), I64(t.holder_id),
                            I64(maint_task_next(&t, cx->now))),
                       NULL);
}
