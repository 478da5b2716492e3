/* technician.c - duty switch, skills and shifts of technicians. SPDX-License-Identifier: MIT */
#include "base/id.h"
#include "domain/audit.h"
#include "domain/auth.h"
#include "domain/outbox.h"
#include "domain/repair_int.h"
#include "platform/events.h"

STMT(q_staff, "technician.staff", "SELECT id FROM account WHERE id = $1 AND company_id = $2 AND kind = 'staff'");
STMT(q_put, "technician.put",
     "INSERT INTO technician(account_id, company_id, max_open) VALUES ($1, $2, $3)"
     " ON CONFLICT (account_id) DO UPDATE SET max_open = excluded.max_open");
STMT(q_drop_skills, "technician.drop_skills", "DELETE FROM technician_skill WHERE account_id = $1");
STMT(q_add_skill, "technician.add_skill",
     "INSERT INTO technician_skill(account_id, company_id, skill) VALUES ($1, $2, $3) ON CONFLICT (account_id, skill) "
     "DO NOTHING");
STMT(q_drop_shifts, "technician.drop_shifts", "DELETE FROM shift WHERE account_id = $1");
STMT(q_add_shift, "technician.add_shift",
     "INSERT INTO shift(id, company_id, project_id, account_id, weekdays, from_min, to_min) VALUES ($1, $2, $3, $4, "
     "$5, $6, $7)");
STMT(q_duty, "technician.duty",
     "UPDATE technician SET on_duty = $2, duty_at = $3 WHERE account_id = $1 AND on_duty <> $2");
STMT(q_exists, "technician.exists", "SELECT account_id FROM technician WHERE account_id = $1");
STMT(q_waiting, "technician.waiting",
     "SELECT r.id, r.version, r.project_id, r.skill FROM repair r JOIN technician_skill s ON s.skill = r.skill"
     " AND s.account_id = $1 WHERE r.company_id = $2 AND r.closed_at = 0 AND r.state = 'queued' AND r.mode IN ('auto', "
     "'round_robin') "
     "LIMIT 50");
#define TECH_COLUMNS                                                                                                   \
    "t.account_id, a.name, t.on_duty, t.max_open, t.duty_at, (SELECT COUNT(*) FROM repair h"                           \
    " WHERE h.holder_id = t.account_id AND h.state IN ('assigned', 'en_route', 'arrived', 'in_repair', 'on_hold'))"    \
    " FROM technician t JOIN account a ON a.id = t.account_id"
STMT(q_get, "technician.get", "SELECT " TECH_COLUMNS " WHERE t.account_id = $1 AND t.company_id = $2");
STMT(q_list, "technician.list",
     "SELECT " TECH_COLUMNS " WHERE t.company_id = $1 AND a.state = 'active' AND EXISTS (SELECT 1 FROM role_grant g"
     " WHERE g.account_id = t.account_id AND g.role = 'technician' AND (g.project_id = 0 OR g.project_id = $2))"
     " ORDER BY t.account_id LIMIT 500");
STMT(q_skills, "technician.skills", "SELECT skill FROM technician_skill WHERE account_id = $1 ORDER BY skill");
STMT(q_shifts, "technician.shifts",
     "SELECT project_id, weekdays, from_min, to_min FROM shift WHERE account_id = $1 ORDER BY id");

enum err technician_save(struct ctx *cx, const struct technician *t)
{
    int64_t id = 0;
    bool found = false;
    enum err e = db_i64(cx, &q_staff, ARGS(I64(t->id), I64(cx->who.company_id)), &id, &found);
    if (!e && !found)
        return cx_fail(cx, ERR_NOT_FOUND, "id", "员工不存在", "no such member of staff");
    if (!e)
        e = db_exec(cx, &q_put, ARGS(I64(t->id), I64(cx->who.company_id), I64(t->max_open)), NULL);
    if (!e)
        e = db_exec(cx, &q_drop_skills, ARGS(I64(t->id)), NULL);
    for (size_t i = 0; i < t->nskills && !e; i++)
        e = db_exec(cx, &q_add_skill, ARGS(I64(t->id), I64(cx->who.company_id), TXT(t->skills[i])), NULL);
    if (!e)
        e = db_exec(cx, &q_drop_shifts, ARGS(I64(t->id)), NULL);
    for (size_t i = 0; i < t->nshifts && !e; i++) {
        const struct shift *s = &t->shifts[i];
        if (s->to_min <= s->from_min)
            return cx_fail(cx, ERR_INVALID, arena_printf(cx->arena, "shifts[%zu].to_min", i), "须晚于开始时间",
                           "must be later than from_min");
        if (s->project_id)
            e = company_has_project(cx, s->project_id, ERR_INVALID,
                                    arena_printf(cx->arena, "shifts[%zu].project_id", i));
        if (!e)
            e = db_exec(cx, &q_add_shift,
                        ARGS(I64(id_new()), I64(cx->who.company_id), I64(s->project_id), I64(t->id), I64(s->weekdays),
                             I64(s->from_min), I64(s->to_min)),
                        NULL);
    }
    return e ? e : audit_add(cx, "technician.save", "account", t->id, NULL, NULL);
}

static enum err on_waiting(struct ctx *cx, const struct row *r, void *out)
{
    (void)out;
    return outbox_add(cx, "dispatch", row_i64(r, 0), row_i64(r, 1), row_i64(r, 2), row_text(cx, r, 3));
}

/* On duty: what stood waiting is dispatched again at once. Off duty: open offers go to the next one; jobs stay. */
enum err technician_duty(struct ctx *cx, bool on)
{
    int64_t changed = 0, id = 0;
    bool found = false;
    enum err e = db_i64(cx, &q_exists, ARGS(I64(cx->who.id)), &id, &found);
    if (!e && !found)
        e = cx_fail(cx, ERR_FORBIDDEN, NULL, "您还不是维修技师", "you are not set up as a technician");
    if (!e)
        e = db_exec(cx, &q_duty, ARGS(I64(cx->who.id), I64(on), I64(cx->now)), &changed);
    if (e || !changed)
        return e;
    if (on)
        e = db_each(cx, &q_waiting, ARGS(I64(cx->who.id), I64(cx->who.company_id)), on_waiting, NULL);
    else
        e = repair_release_technician(cx, cx->who.id, false);
    if (!e && cx->who.project_id)
        cx_emit(cx, topic_board(cx, cx->who.project_id), "technician.duty",
                arena_printf(cx->arena, "{\"technician_id\":\"%lld\",\"on_duty\":%s}", (long long)cx->who.id,
                             on ? "true" : "false"));
    return e;
}

static enum err tech_row(struct ctx *cx, const struct row *r, void *out)
{
    struct technician *t = out;
    *t = (struct technician){.id = row_i64(r, 0),
                             .name = row_text(cx, r, 1),
                             .on_duty = row_i64(r, 2) != 0,
                             .max_open = row_i64(r, 3),
                             .duty_at = row_i64(r, 4),
                             .open_jobs = row_i64(r, 5)};
    return OK;
}

static enum err on_skill(struct ctx *cx, const struct row *r, void *out)
{
    struct technician *t = out;
    if (t->nskills < 32)
        t->skills[t->nskills++] = row_text(cx, r, 0);
    return OK;
}

static enum err on_shift(struct ctx *cx, const struct row *r, void *out)
{
    struct technician *t = out;
    (void)cx;
    if (t->nshifts < 32)
        t->shifts[t->nshifts++] = (struct shift){row_i64(r, 0), row_i64(r, 1), row_i64(r, 2), row_i64(r, 3)};
    return OK;
}

static enum err load_rest(struct ctx *cx, struct technician *t)
{
    t->skills = arena_alloc(cx->arena, 32 * sizeof *t->skills);
    t->shifts = arena_alloc(cx->arena, 32 * sizeof *t->shifts);
    enum err e = db_each(cx, &q_skills, ARGS(I64(t->id)), on_skill, t);
    return e ? e : db_each(cx, &q_shifts, ARGS(I64(t->id)), on_shift, t);
}

enum err technician_get(struct ctx *cx, int64_t id, struct technician *out)
{
    enum err e = db_one(cx, &q_get, ARGS(I64(id), I64(cx->who.company_id)), tech_row, out);
    if (e == ERR_NOT_FOUND)
        return cx_fail(cx, e, "id", "技师不存在", "no such technician");
    return e ? e : load_rest(cx, out);
}

struct techs {
    struct technician *v;
    size_t n;
};

static enum err on_tech(struct ctx *cx, const struct row *r, void *out)
{
    struct techs *l = out;
    return tech_row(cx, r, &l->v[l->n++]);
}

enum err technician_list(struct ctx *cx, technician_fn *fn, void *arg)
{
    struct techs l = {arena_alloc(cx->arena, 500 * sizeof *l.v), 0};
    enum err e = db_each(cx, &q_list, ARGS(I64(cx->who.company_id), I64(cx->who.project_id)), on_tech, &l);
    for (size_t i = 0; i < l.n && !e; i++) {
        e = load_rest(cx, &l.v[i]);
        if (!e)
            fn(arg, &l.v[i]);
    }
    return e;
}
