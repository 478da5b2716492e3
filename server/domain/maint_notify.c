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

struct sealed {
    const void *p;
    size_t n;
};

static enum err on_sealed(struct ctx *cx, const struct row *r, void *out)
{
    struct sealed *s = out;
    s->p = row_blob(cx, r, 0, &s->n);
    return OK;
}

static enum err email_of(struct ctx *cx, int64_t account_id, const char **email)
{
    struct sealed s = {0};
    enum err e = db_one(cx, &q_email, ARGS(I64(account_id)), on_sealed, &s);
    *email = e || !s.p
                 ? NULL
                 : pii_open(cx->arena, s.p, s.n, arena_printf(cx->arena, "account.email|%lld", (long long)account_id));
    return e;
}

static enum err send(struct ctx *cx, const struct maint_task *t, const char *what, const char *text, int64_t account_id)
{
    const char *phone = NULL, *email = NULL;
    struct message m = {.company_id = t->company_id,
                        .account_id = account_id,
                        .kind = "maint",
                        .text = text,
                        .subject = "维保任务提醒"};
    enum err e = account_phone(cx, account_id, &phone);
    if (!e)
        e = email_of(cx, account_id, &email);
    for (int i = 0; i < 2 && !e; i++) {
        m.channel = i ? MSG_MAIL : MSG_SMS;
        m.to = i ? email : phone;
        m.dedup = arena_printf(cx->arena, "maint:%lld:%s:%lld:%s", (long long)t->id, what, (long long)account_id,
                               message_channel_name[m.channel]);
        if (!str_empty(m.to))
            e = message_add(cx, &m, GIVE_UP_MS);
    }
    return e;
}

enum err maint_message(struct ctx *cx, const struct maint_task *t, const char *what, const char *text, bool managers)
{
    int64_t ids[2 * PEOPLE + 1];
    size_t n = 0, more = 0;
    enum err e = OK;
    if (t->holder_id)
        ids[n++] = t->holder_id;
    else if (!str_empty(t->skill))
        e = db_ids(cx, &q_skilled, ARGS(I64(t->company_id), TXT(t->skill), I64(t->project_id)), ids, PEOPLE, &n);
    if (!e && (managers || !n))
        e = db_ids(cx, &q_managers, ARGS(I64(t->company_id), I64(t->project_id)), ids + n, PEOPLE, &more);
    for (size_t i = 0; i < n + more && !e; i++)
        e = send(cx, t, what, text, ids[i]);
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
