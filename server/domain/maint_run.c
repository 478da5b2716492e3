/* maint_run.c - the scheduler: from the cursor of one (plan, facility) to tasks and gaps, a few slots a transaction.
 *
 * Everything a slot needs is decided from the slot, the plan and today; the cursor is saved by the transaction that makes
 * the rows, guarded by its old value, and the rows have unique keys. So whatever dies, and whoever else is at it, each slot
 * ends in one task or one gap. A clock set back finds nothing to do until it has caught up; one set forward makes what
 * lies between by the plan's catch-up policy:
 *
 *   all     every missed slot becomes a task
 *   latest  the last one not after today does, the others are gaps
 *   none    missed slots are gaps
 *
 * A slot is missed when its working day is over and nobody was there to make it.  SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/id.h"
#include "domain/maint_int.h"

STMT(q_due, "maint_run.due",
     "SELECT t.plan_id, t.facility_id FROM maint_target t JOIN maint_plan p ON p.id = t.plan_id"
     " LEFT JOIN facility f ON f.id = t.facility_id WHERE t.next_slot > 0 AND t.look_day <= $1 AND p.state = 'active'"
     " AND (t.facility_id = 0 OR f.state <> 'scrapped') AND (p.cycle = 'calendar' OR t.next_slot <= f.reading_e3)"
     " AND (t.plan_id > $3 OR (t.plan_id = $3 AND t.facility_id > $4)) ORDER BY t.plan_id, t.facility_id LIMIT $2");
STMT(q_target, "maint_run.target",
     "SELECT t.next_slot, t.company_id, t.project_id, COALESCE(f.state, 'in_use'), COALESCE(f.reading_e3, 0)"
     " FROM maint_target t LEFT JOIN facility f ON f.id = t.facility_id WHERE t.plan_id = $1 AND t.facility_id = $2");
STMT(
    q_move, "maint_run.move",
    "UPDATE maint_target SET next_slot = $4, look_day = $5 WHERE plan_id = $1 AND facility_id = $2 AND next_slot = $3");
STMT(q_gap, "maint_run.gap",
     "INSERT INTO maint_gap(plan_id, facility_id, slot, company_id, project_id, reason, at)"
     " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (plan_id, facility_id, slot) DO NOTHING");
STMT(q_task, "maint_run.task",
     "INSERT INTO maint_task(id, company_id, project_id, plan_id, facility_id, route_id, slot, kind, name, from_day, "
     "day,"
     " due_day, statutory, scan, skill, holder_id, deputy_id, fault_type_id, remind, items, next_at, created_at)"
     " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)"
     " ON CONFLICT (plan_id, facility_id, slot) DO NOTHING");
STMT(q_wait, "maint_run.goes_on",
     "UPDATE maint_target SET next_slot = $3, look_day = $4 WHERE plan_id = $1 AND facility_id = $2 AND next_slot = 0");
STMT(q_reading, "maint_run.reading", "SELECT reading_e3 FROM facility WHERE id = $1");
/* Who is there on a day: not on leave all of it; by the roster when the day has one, else by the weekly shift.
 * $2 project $3 weekday bit $4 day $5 noon of it */
#define THERE                                                                                                          \
    " AND NOT EXISTS (SELECT 1 FROM roster v WHERE v.account_id = a.id AND v.kind = 'leave' AND v.state = 'approved'"  \
    " AND v.from_at <= $5 AND v.to_at > $5) AND (EXISTS (SELECT 1 FROM roster v WHERE v.account_id = a.id"             \
    " AND v.kind = 'work' AND v.day = $4 AND (v.project_id = 0 OR v.project_id = $2)) OR (NOT EXISTS (SELECT 1"        \
    " FROM roster v WHERE v.account_id = a.id AND v.kind = 'work' AND v.day = $4) AND (NOT EXISTS (SELECT 1 FROM "     \
    "shift x"                                                                                                          \
    " WHERE x.account_id = a.id) OR EXISTS (SELECT 1 FROM shift x WHERE x.account_id = a.id"                           \
    " AND (x.project_id = 0 OR x.project_id = $2) AND (x.weekdays / $3) % 2 = 1))))"
STMT(q_shift_of, "maint_run.on_shift",
     "SELECT a.id FROM account a WHERE a.id = $1 AND a.state = 'active'" MAINT_MAY THERE);
STMT(q_pick, "maint_run.pick",
     "SELECT s.account_id FROM maint_plan_staff s JOIN account a ON a.id = s.account_id AND a.state = 'active'"
     " WHERE s.plan_id = $1" MAINT_MAY THERE
     " ORDER BY (SELECT COUNT(*) FROM maint_task t WHERE t.holder_id = s.account_id"
     " AND t.state IN ('scheduled', 'in_progress')), s.n LIMIT 1");

struct dues {
    struct maint_due *v;
    size_t n;
};

static enum err on_due(struct ctx *cx, const struct row *r, void *out)
{
    struct dues *d = out;
    (void)cx;
    d->v[d->n++] = (struct maint_due){row_i64(r, 0), row_i64(r, 1)};
    return OK;
}

enum err maint_due(struct ctx *cx, const struct maint_due *after, struct maint_due *v, size_t max, size_t *n)
{
    struct dues d = {v, 0};
    enum err e = db_each(
        cx, &q_due, ARGS(I64(clock_day(cx->now)), I64(max), I64(after->plan_id), I64(after->facility_id)), on_due, &d);
    *n = d.n;
    return e;
}

/* ---- one target ---- */

struct making {
    struct maint_plan p;
    struct maint_rule rule;
    int64_t facility, next, look, reading;
    int32_t today;
    bool in_use;
    const char *state;
};

static enum err on_target(struct ctx *cx, const struct row *r, void *out)
{
    struct making *m = out;
    m->next = row_i64(r, 0);
    cx->who = (struct actor){.company_id = row_i64(r, 1), .project_id = row_i64(r, 2), .name = "system"};
    m->state = row_text(cx, r, 3);
    m->reading = row_i64(r, 4);
    return OK;
}

static enum err put_gap(struct ctx *cx, const struct making *m, int64_t slot, const char *reason)
{
    return db_exec(cx, &q_gap,
                   ARGS(I64(m->p.id), I64(m->facility), I64(slot), I64(cx->who.company_id), I64(cx->who.project_id),
                        TXT(reason), I64(cx->now)),
                   NULL);
}

static enum err put_task(struct ctx *cx, const struct making *m, int64_t slot, int32_t day)
{
    struct maint_task t = {.id = id_new(),
                           .company_id = cx->who.company_id,
                           .project_id = cx->who.project_id,
                           .route_id = m->p.route_id,
                           .remind = m->p.remind,
                           .day = day,
                           .due_day = clock_day_add(day, (int)m->p.late_days),
                           .from_day = clock_day_add(day, -(int)m->p.early_days)};
    int64_t made = 0;
    enum err e = maint_pick(cx, &m->p, day, &t.holder_id);
    if (!e)
        e = db_exec(cx, &q_task,
                    ARGS(I64(t.id), I64(t.company_id), I64(t.project_id), I64(m->p.id), I64(m->facility),
                         I64(t.route_id), I64(slot), TXT(maint_kind_name[m->p.kind]), TXT(m->p.name), I64(t.from_day),
                         I64(t.day), I64(t.due_day), I64(m->p.statutory), I64(m->p.scan), TXT(m->p.skill),
                         I64(t.holder_id), I64(m->p.deputy_id), I64(m->p.fault_type_id), TXT(m->p.remind),
                         TXT(m->p.items), I64(maint_task_next(&t, cx->now)), I64(cx->now)),
                    &made);
    return e || !made || !t.route_id ? e : maint_checks_make(cx, &t);
}

/* What the policy says of a slot whose time has passed; newer: another one is due by now as well. */
static bool catches_up(const struct making *m, bool newer)
{
    return m->p.catch_up == CU_ALL || (m->p.catch_up == CU_LATEST && !newer);
}

/* One slot by the calendar. *stop: nothing more to do for now. */
static enum err step_calendar(struct ctx *cx, struct making *m, bool *stop)
{
    int32_t slot = (int32_t)m->next, day = maint_work_day(&m->rule, slot);
    bool waits = m->p.basis == MB_COMPLETED;
    int32_t next = waits ? maint_add(slot, m->p.every_n, m->p.unit) : maint_slot_after(&m->rule, slot);
    if (m->p.last_day && slot > m->p.last_day) {
        m->next = 0;
        *stop = true;
        return OK;
    }
    if (slot > clock_day_add(m->today, (int)m->p.horizon_days) || (!m->in_use && slot > m->today)) {
        m->look = m->in_use ? clock_day_add(slot, -(int)m->p.horizon_days) : slot;
        *stop = true;
        return OK;
    }
    m->next = next;
    if (slot < m->p.skip_until)
        return put_gap(cx, m, slot, "paused");
    if (!m->in_use)
        return put_gap(cx, m, slot, "stopped");
    if (day < m->today && !catches_up(m, !waits && maint_work_day(&m->rule, next) <= m->today))
        return put_gap(cx, m, slot, "missed");
    if (waits) {
        m->next = 0;
        *stop = true;
    }
    return put_task(cx, m, slot, day);
}

static enum err step_usage(struct ctx *cx, struct making *m, bool *stop)
{
    int64_t slot = m->next;
    bool newer = slot + m->p.step_e3 <= m->reading;
    if (slot > m->reading) {
        *stop = true;
        return OK;
    }
    m->next = slot + m->p.step_e3;
    if (!m->in_use)
        return put_gap(cx, m, slot, "stopped");
    if (newer && !catches_up(m, true))
        return put_gap(cx, m, slot, "missed");
    if (m->p.basis == MB_COMPLETED) {
        m->next = 0;
        *stop = true;
    }
    return put_task(cx, m, slot, m->today);
}

enum err maint_make(struct ctx *cx, const struct maint_due *d, bool *more)
{
    struct making m = {.facility = d->facility_id, .today = clock_day(cx->now)};
    int64_t old = 0;
    bool stop = false;
    *more = false;
    enum err e = db_one(cx, &q_target, ARGS(I64(d->plan_id), I64(d->facility_id)), on_target, &m);
    if (e == ERR_NOT_FOUND)
        return OK;
    if (!e)
        e = maint_plan_load(cx, d->plan_id, &m.p);
    if (e || m.p.state != PS_ACTIVE || !m.next || str_eq(m.state, facility_state_name[FS_SCRAPPED]))
        return e;
    old = m.next;
    m.in_use = str_eq(m.state, facility_state_name[FS_IN_USE]);
    e = maint_plan_rule(cx, &m.p, &m.rule);
    for (int i = 0; i < MAINT_SLOTS && !e && !stop; i++)
        e = m.p.cycle == MC_CALENDAR ? step_calendar(cx, &m, &stop) : step_usage(cx, &m, &stop);
    *more = !stop;
    return e ? e
             : db_change_one(cx, &q_move,
                             ARGS(I64(d->plan_id), I64(d->facility_id), I64(old), I64(m.next), I64(m.look)),
                             ERR_CONFLICT, "计划已被他人推进", "somebody else was faster");
}

enum err maint_target_done(struct ctx *cx, const struct maint_task *t, int32_t day)
{
    struct maint_plan p;
    int64_t next = 0, reading = 0;
    enum err e = maint_plan_load(cx, t->plan_id, &p);
    if (e || p.basis != MB_COMPLETED)
        return e;
    if (p.cycle == MC_CALENDAR)
        next = maint_add(day, p.every_n, p.unit);
    else if ((e = db_i64(cx, &q_reading, ARGS(I64(t->facility_id)), &reading, NULL)) == OK)
        next = (reading > t->slot ? reading : t->slot) + p.step_e3;
    if (next <= t->slot) /* done long before its day: still a later slot */
        next = maint_add((int32_t)t->slot, p.every_n, p.unit);
    return e ? e : db_exec(cx, &q_wait, ARGS(I64(t->plan_id), I64(t->facility_id), I64(next), I64(0)), NULL);
}

/* ---- who ---- */

static int64_t weekday_bit(int32_t day)
{
    return INT64_C(1) << clock_civil(clock_day_start(day)).weekday;
}

enum err maint_on_shift(struct ctx *cx, int64_t account_id, int64_t project_id, int32_t day, bool *on)
{
    int64_t id = 0;
    return db_i64(cx, &q_shift_of,
                  ARGS(I64(account_id), I64(project_id), I64(weekday_bit(day)), I64(day),
                       I64(clock_day_start(day) + 12 * HOUR_MS)),
                  &id, on);
}

enum err maint_pick(struct ctx *cx, const struct maint_plan *p, int32_t day, int64_t *account_id)
{
    bool found = false;
    enum err e = db_i64(cx, &q_pick,
                        ARGS(I64(p->id), I64(cx->who.project_id), I64(weekday_bit(day)), I64(day),
                             I64(clock_day_start(day) + 12 * HOUR_MS)),
                        account_id, &found);
    if (!e && !found && p->deputy_id && str_empty(p->skill))
        *account_id = p->deputy_id;
    return e;
}
