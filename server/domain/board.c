/* board.c - the live counters. Each group is one statement over indexes made for it (0019_board.sql).
 * SPDX-License-Identifier: MIT */
#include "domain/board.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "platform/events.h"
#include "platform/store/db.h"

#define N(condition) "COUNT(CASE WHEN " condition " THEN 1 END)"
#define OF_PROJECT   " WHERE company_id = $1 AND project_id = $2"
/* $1 company $2 project in all; then what each names. SQL put together from pieces reads best as lines of SQL. */
/* clang-format off */
STMT(q_open, "board.repairs_open",
     "SELECT " N("state IN ('new', 'queued', 'offered')") ", " N("state IN ('assigned', 'en_route')") ", "
     N("state IN ('arrived', 'in_repair')") ", " N("state = 'on_hold'") ", " N("state = 'await_pay'") ", "
     N("state IN ('done', 'await_confirm', 'await_visit')") ", "
     N("finish_due < $3 AND state IN ('new', 'queued', 'offered', 'assigned', 'en_route', 'arrived', 'in_repair')") ", "
     N("urgency = 'emergency'")
     " FROM repair" OF_PROJECT " AND closed_at = 0");
STMT(q_today, "board.repairs_today",
     "SELECT COUNT(*), " N("finished_at > 0") " FROM repair" OF_PROJECT " AND id >= $3");
STMT(q_people, "board.technicians",
     "SELECT COUNT(*), " N("k.on_duty = 1") ", "
     N("k.on_duty = 1 AND EXISTS (SELECT 1 FROM repair h WHERE h.holder_id = k.account_id"
       " AND h.state IN ('assigned', 'en_route', 'arrived', 'in_repair'))")
     " FROM technician k JOIN account a ON a.id = k.account_id AND a.state = 'active' WHERE k.company_id = $1"
     " AND EXISTS (SELECT 1 FROM role_grant g WHERE g.account_id = k.account_id AND g.role = 'technician'"
     " AND (g.project_id = 0 OR g.project_id = $2))");
STMT(q_complaints, "board.complaints",
     "SELECT " N("resolved_at = 0") ", " N("state IN ('new', 'classified')") ", "
     N("due_at < $3 AND state NOT IN ('resolved', 'closed')") ", " N("escalation > 0 AND resolved_at = 0")
     " FROM complaint" OF_PROJECT " AND closed_at = 0 AND state NOT IN ('closed', 'merged', 'withdrawn')");
STMT(q_tasks, "board.tasks",
     "SELECT " N("due_day <= $3") ", " N("overdue = 1") ", " N("state = 'in_progress'") ", " N("state = 'await_accept'")
     " FROM maint_task" OF_PROJECT " AND state IN ('scheduled', 'in_progress', 'await_accept')");
STMT(q_down, "board.facilities_down",
     "SELECT COUNT(*), " N("importance = 'A'") " FROM facility" OF_PROJECT " AND up = 0 AND state <> 'scrapped'");
STMT(q_inspect, "board.inspections",
     "SELECT " N("inspect_due <= $3") ", " N("inspect_due < $4")
     " FROM facility" OF_PROJECT " AND inspect_due > 0 AND state <> 'scrapped'");
STMT(q_takings, "board.takings",
     "SELECT COUNT(*), CAST(COALESCE(SUM(amount_fen), 0) AS BIGINT) FROM payment" OF_PROJECT
     " AND day = $3 AND state = 'taken'");
STMT(q_owing, "board.owing",
     "SELECT COUNT(*), COUNT(DISTINCT room_id), CAST(COALESCE(SUM(amount_fen - paid_fen), 0) AS BIGINT), "
     N("due_day < $3") " FROM bill" OF_PROJECT " AND state IN ('published', 'partial')");
#define WAITS(table, state) "(SELECT COUNT(*) FROM " table OF_PROJECT " AND " state ")"
STMT(q_waiting, "board.waiting",
     "SELECT " WAITS("bill_run", "state IN ('ready', 'submitted')") ", " WAITS("fee_request", "state = 'requested'") ", "
     WAITS("refund", "state = 'requested'") ", " WAITS("binding", "state = 'applied'") ", "
     WAITS("facility_report", "state = 'waiting'") ", " WAITS("finance_alarm", "closed_at = 0"));
/* clang-format on */
STMT(q_moved, "board.moved",
     "SELECT p.company_id, p.id, t.seq FROM project p JOIN topic_seq t ON t.topic = 'project:' || p.id || ':board'"
     " LEFT JOIN board_counters b ON b.project_id = p.id WHERE p.state = 'active' AND (b.seq IS NULL OR b.seq < t.seq)"
     " ORDER BY p.id LIMIT $1");
STMT(q_last, "board.last", "SELECT counters FROM board_counters WHERE project_id = $1 AND company_id = $2");
STMT(q_keep, "board.keep",
     "INSERT INTO board_counters(company_id, project_id, seq, counters, at) VALUES ($1, $2, $3, $4, $5)"
     " ON CONFLICT (project_id) DO UPDATE SET seq = excluded.seq, counters = excluded.counters, at = excluded.at");

enum { A_NONE, A_NOW, A_TODAY, A_TODAY_ID, A_SOON, A_TODAY2 };
static const struct {
    const char *name;
    const struct stmt *q;
    int arg[2];
    const char *key[8];
} groups[] = {
    {"repairs",
     &q_open,
     {A_NOW},
     {"waiting", "assigned", "working", "on_hold", "await_pay", "to_confirm", "overdue", "emergency"}      },
    {"today",       &q_today,      {A_TODAY_ID},       {"reported", "finished"}                            },
    {"technicians", &q_people,     {A_NONE},           {"all", "on_duty", "busy"}                          },
    {"complaints",  &q_complaints, {A_NOW},            {"open", "unassigned", "overdue", "escalated"}      },
    {"maintenance", &q_tasks,      {A_TODAY},          {"due_today", "overdue", "in_progress", "to_accept"}},
    {"facilities",  &q_down,       {A_NONE},           {"down", "down_important"}                          },
    {"inspections", &q_inspect,    {A_SOON, A_TODAY2}, {"due_in_30_days", "overdue"}                       },
    {"takings",     &q_takings,    {A_TODAY},          {"payments", "amount_fen"}                          },
    {"owing",       &q_owing,      {A_TODAY},          {"bills", "rooms", "amount_fen", "overdue_bills"}   },
    {"waiting",
     &q_waiting,
     {A_NONE},
     {"bill_runs", "fee_requests", "refunds", "bindings", "facility_reports", "finance_alarms"}            }
};

struct filling {
    struct jw *w;
    const char *const *key;
};

static enum err on_group(struct ctx *cx, const struct row *r, void *out)
{
    struct filling *f = out;
    (void)cx;
    for (int i = 0; i < 8 && f->key[i]; i++)
        kv_int(f->w, f->key[i], row_i64(r, i));
    return OK;
}

static struct arg value(const struct ctx *cx, int what)
{
    int32_t today = clock_day(cx->now);
    switch (what) {
    case A_NOW:
        return I64(cx->now);
    case A_TODAY_ID:
        return I64(id_at(clock_day_start(today)));
    case A_SOON:
        return I64(clock_day_add(today, 30));
    default:
        return I64(today);
    }
}

enum err board_counters(struct ctx *cx, const char **json)
{
    struct jw w;
    enum err e = OK;
    if (!cx->who.project_id)
        return cx_need_project(cx);
    jw_init(&w, cx->arena);
    jw_obj(&w);
    for (size_t i = 0; i < COUNT(groups) && !e; i++) {
        struct arg v[4] = {I64(cx->who.company_id), I64(cx->who.project_id)};
        struct filling f = {&w, groups[i].key};
        size_t n = 2;
        for (int k = 0; k < 2 && groups[i].arg[k]; k++)
            v[n++] = value(cx, groups[i].arg[k]);
        jw_key(&w, groups[i].name);
        jw_obj(&w);
        e = db_one(cx, groups[i].q, (struct args){v, n}, on_group, &f);
        jw_end(&w);
    }
    jw_end(&w);
    *json = jw_text(&w);
    return e;
}

/* ---- pushing ---- */

struct moved {
    struct board_due *due;
    size_t n, max;
};

static enum err on_moved(struct ctx *cx, const struct row *r, void *out)
{
    struct moved *m = out;
    (void)cx;
    if (m->n < m->max)
        m->due[m->n++] =
            (struct board_due){.company_id = row_i64(r, 0), .project_id = row_i64(r, 1), .seq = row_i64(r, 2)};
    return OK;
}

enum err board_moved(struct ctx *cx, struct board_due *due, size_t max, size_t *n)
{
    struct moved m = {due, 0, max};
    enum err e = db_each(cx, &q_moved, ARGS(I64(max)), on_moved, &m);
    *n = m.n;
    return e;
}

enum err board_count(struct ctx *cx, struct board_due *due)
{
    const char *last = "";
    struct actor was = cx->who;
    cx->who.company_id = due->company_id;
    cx->who.project_id = due->project_id;
    enum err e = board_counters(cx, &due->counters);
    if (!e)
        e = db_text(cx, &q_last, ARGS(I64(due->project_id), I64(due->company_id)), &last);
    cx->who = was;
    due->differs = !str_eq(due->counters, last);
    return e == ERR_NOT_FOUND ? OK : e;
}

/* The event moves the topic by one itself, hence seq + 1: it is not news to us. */
enum err board_push(struct ctx *cx, const struct board_due *due)
{
    if (due->differs)
        cx_emit(cx, topic_board(cx, due->project_id), "board.counters", due->counters);
    return db_exec(cx, &q_keep,
                   ARGS(I64(due->company_id), I64(due->project_id), I64(due->seq + due->differs), TXT(due->counters),
                        I64(cx->now)),
                   NULL);
}
