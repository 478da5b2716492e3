/* billing_auto.c - see billing_auto.h. SPDX-License-Identifier: MIT */
#include "domain/billing_auto.h"
#include "base/clock.h"
#include "base/log.h"
#include "domain/audit.h"
#include "domain/billing_int.h"

STMT(q_get, "billing_setting.get",
     "SELECT auto_runs, due_floor_days, auto_from_day, version FROM billing_setting"
     " WHERE company_id = $1 AND project_id = $2");
STMT(q_set, "billing_setting.set",
     "INSERT INTO billing_setting(company_id, project_id, auto_runs, due_floor_days, auto_from_day)"
     " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (company_id, project_id) DO UPDATE SET auto_runs = excluded.auto_runs,"
     " due_floor_days = excluded.due_floor_days, version = billing_setting.version + 1,"
     " auto_from_day = CASE WHEN excluded.auto_runs = 0 THEN 0 WHEN billing_setting.auto_runs = 1"
     " THEN billing_setting.auto_from_day ELSE excluded.auto_from_day END");
STMT(q_autos, "bill_auto.list",
     "SELECT day, state, run_id, at FROM bill_auto WHERE company_id = $1 AND project_id = $2 ORDER BY day DESC LIMIT "
     "100");
STMT(q_projects, "billing_auto.projects",
     "SELECT project_id FROM billing_setting WHERE auto_runs = 1 AND project_id > $1 ORDER BY project_id LIMIT $2");
STMT(q_project, "billing_auto.project",
     "SELECT company_id, auto_from_day FROM billing_setting WHERE project_id = $1 AND auto_runs = 1");
STMT(q_days, "billing_auto.bill_days",
     "SELECT DISTINCT bill_day FROM fee_item WHERE company_id = $1 AND project_id = $2 AND enabled = 1 ORDER BY "
     "bill_day");
STMT(q_open, "billing_auto.open",
     "SELECT COUNT(*) FROM bill_run WHERE company_id = $1 AND project_id = $2 AND state NOT IN ('published', "
     "'cancelled')");
STMT(q_seen, "bill_auto.seen", "SELECT COUNT(*) FROM bill_auto WHERE company_id = $1 AND project_id = $2 AND day = $3");
STMT(q_add, "bill_auto.add",
     "INSERT INTO bill_auto(company_id, project_id, day, state, run_id, at) VALUES ($1, $2, $3, $4, $5, $6)"
     " ON CONFLICT (company_id, project_id, day) DO NOTHING");
STMT(q_due, "billing_auto.publish_due",
     "SELECT id FROM bill_run WHERE state = 'approved' AND publish_on > 0 AND publish_on <= $1 ORDER BY publish_on, id "
     "LIMIT $2");
STMT(q_run, "billing_auto.run", "SELECT company_id, project_id FROM bill_run WHERE id = $1");
STMT(q_give_up, "billing_auto.give_up",
     "UPDATE bill_run SET publish_on = 0, reason = $2, version = version + 1 WHERE id = $1 AND state = 'approved'");

static enum err on_setting(struct ctx *cx, const struct row *r, void *out)
{
    (void)cx;
    *(struct billing_setting *)out = (struct billing_setting){.auto_runs = row_i64(r, 0) != 0,
                                                              .due_floor_days = row_i64(r, 1),
                                                              .auto_from_day = (int32_t)row_i64(r, 2),
                                                              .version = row_i64(r, 3)};
    return OK;
}

enum err billing_setting_get(struct ctx *cx, struct billing_setting *out)
{
    *out = (struct billing_setting){.due_floor_days = BILLING_DUE_FLOOR};
    enum err e = cx_need_project(cx);
    if (!e)
        e = db_one(cx, &q_get, ARGS(I64(cx->who.company_id), I64(cx->who.project_id)), on_setting, out);
    return e == ERR_NOT_FOUND ? OK : e;
}

enum err billing_setting_set(struct ctx *cx, const struct billing_setting *in)
{
    enum err e = cx_need_project(cx);
    if (!e)
        e = db_exec(cx, &q_set,
                    ARGS(I64(cx->who.company_id), I64(cx->who.project_id), I64(in->auto_runs), I64(in->due_floor_days),
                         I64(in->auto_runs ? clock_day(cx->now) : 0)),
                    NULL);
    return e ? e : audit_add(cx, "billing_setting.change", "project", cx->who.project_id, NULL, NULL);
}

struct autos {
    auto_run_fn *fn;
    void *arg;
};

static enum err on_auto(struct ctx *cx, const struct row *r, void *out)
{
    struct autos *l = out;
    struct auto_run a = {(int32_t)row_i64(r, 0), row_i64(r, 2), row_i64(r, 3), row_text(cx, r, 1)};
    l->fn(l->arg, &a);
    return OK;
}

enum err billing_auto_list(struct ctx *cx, auto_run_fn *fn, void *arg)
{
    struct autos l = {fn, arg};
    return db_each(cx, &q_autos, ARGS(I64(cx->who.company_id), I64(cx->who.project_id)), on_auto, &l);
}

/* ---- what is due ---- */

enum err billing_auto_projects(struct ctx *cx, int64_t after, int64_t *ids, size_t max, size_t *n)
{
    return db_ids(cx, &q_projects, ARGS(I64(after), I64(max)), ids, max, n);
}

static enum err note(struct ctx *cx, int32_t day, const char *state, int64_t run)
{
    return db_exec(cx, &q_add,
                   ARGS(I64(cx->who.company_id), I64(cx->who.project_id), I64(day), TXT(state), I64(run), I64(cx->now)),
                   NULL);
}

static enum err seen(struct ctx *cx, int32_t day, bool *yes)
{
    int64_t n = 0;
    enum err e = db_i64(cx, &q_seen, ARGS(I64(cx->who.company_id), I64(cx->who.project_id), I64(day)), &n, NULL);
    *yes = n > 0;
    return e;
}

/* The days before the latest that nobody started a run on: written down, not run. */
static enum err note_missed(struct ctx *cx, int32_t latest, int32_t since)
{
    bool known = false;
    enum err e = OK;
    for (int32_t day = day_add_months(latest, -1); day >= since && !known && !e; day = day_add_months(day, -1)) {
        e = seen(cx, day, &known);
        if (!e && !known) {
            log_warn("billing.missed", L_I("project", cx->who.project_id), L_I("day", day));
            e = note(cx, day, "missed", 0);
        }
    }
    return e;
}

static enum err start_due(struct ctx *cx, int64_t bill_day, int32_t since, bool *started)
{
    int32_t today = clock_day(cx->now), latest = today / 100 * 100 + (int32_t)bill_day;
    struct bill_run run;
    bool known = false;
    if (latest > today)
        latest = day_add_months(latest, -1);
    enum err e = latest < since ? OK : seen(cx, latest, &known);
    if (e || latest < since || known)
        return e;
    e = bill_run_start_for(cx, latest, 0, bill_day, &run);
    if (!e)
        e = note(cx, latest, "started", run.id);
    if (!e)
        e = note_missed(cx, latest, since);
    *started = !e;
    return e;
}

enum err billing_auto_step(struct ctx *cx, int64_t project_id)
{
    int64_t of[2] = {0, 0}, day[28], open = 0;
    size_t days = 0;
    bool started = false;
    enum err e = db_pair(cx, &q_project, ARGS(I64(project_id)), of);
    if (e)
        return e == ERR_NOT_FOUND ? OK : e;
    cx->who = (struct actor){.company_id = of[0], .project_id = project_id};
    e = db_i64(cx, &q_open, ARGS(I64(of[0]), I64(project_id)), &open, NULL);
    if (!e && !open)
        e = db_ids(cx, &q_days, ARGS(I64(of[0]), I64(project_id)), day, COUNT(day), &days);
    for (size_t i = 0; i < days && !e && !started; i++)
        e = start_due(cx, day[i], (int32_t)of[1], &started);
    return e;
}

/* ---- publishing on a day ---- */

enum err billing_publish_due(struct ctx *cx, int64_t *ids, size_t max, size_t *n)
{
    return db_ids(cx, &q_due, ARGS(I64(clock_day(cx->now)), I64(max)), ids, max, n);
}

enum err billing_publish_start(struct ctx *cx, int64_t run_id)
{
    int64_t of[2] = {0, 0};
    struct bill_run run;
    enum err e = db_pair(cx, &q_run, ARGS(I64(run_id)), of);
    if (e)
        return e == ERR_NOT_FOUND ? OK : e;
    cx->who = (struct actor){.company_id = of[0], .project_id = of[1]};
    e = bill_run_act(cx, run_id, RUN_PUBLISH, "", &run);
    if (e == ERR_CONFLICT) { /* not what was approved any more: a person has to look */
        log_warn("billing.publish_refused", L_I("run", run_id));
        e = db_exec(cx, &q_give_up, ARGS(I64(run_id), TXT("内容在审核后有变化,未自动发布")), NULL);
    }
    return e;
}
