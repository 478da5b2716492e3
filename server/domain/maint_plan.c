/* maint_plan.c - plans: what they say, what they are about, their steps. SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/id.h"
#include "domain/audit.h"
#include "domain/maint_int.h"

#define FACILITIES 200
#define STAFF      20

#define COLUMNS                                                                                                        \
    "SELECT p.id, p.version, p.every_n, p.anchor_day, p.month_day, p.last_day, p.step_e3, p.early_days, p.late_days,"  \
    " p.horizon_days, p.deputy_id, p.fault_type_id, p.route_id, p.skip_until, p.created_by, p.created_at, p.workdays," \
    " p.statutory, p.scan, p.name, p.remind, p.skill, p.law, p.pause_reason, p.items, p.kind, p.basis, p.cycle,"       \
    " p.unit, p.catch_up, p.state FROM maint_plan p"
STMT(q_load, "maint_plan.load", COLUMNS " WHERE p.id = $1");
STMT(q_get, "maint_plan.get", COLUMNS " WHERE p.company_id = $1 AND p.project_id = $2 AND p.id = $3");
STMT(q_list, "maint_plan.list",
     COLUMNS " WHERE p.company_id = $1 AND p.project_id = $2 AND ($3 = '' OR p.state = $3)"
             " AND ($4 = 0 OR EXISTS (SELECT 1 FROM maint_target t WHERE t.plan_id = p.id AND t.facility_id = $4))"
             " AND ($5 = 0 OR p.id < $5) ORDER BY p.id DESC LIMIT $6");
STMT(
    q_add, "maint_plan.add",
    "INSERT INTO maint_plan(id, company_id, project_id, name, kind, basis, cycle, every_n, unit, anchor_day, month_day,"
    " workdays, last_day, step_e3, early_days, late_days, horizon_days, remind, catch_up, statutory, scan, skill,"
    " deputy_id, fault_type_id, route_id, items, law, created_by, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8,"
    " $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29)");
STMT(q_change, "maint_plan.change",
     "UPDATE maint_plan SET name = $3, kind = $4, basis = $5, cycle = $6, every_n = $7, unit = $8, anchor_day = $9,"
     " month_day = $10, workdays = $11, last_day = $12, step_e3 = $13, early_days = $14, late_days = $15,"
     " horizon_days = $16, remind = $17, catch_up = $18, statutory = $19, scan = $20, skill = $21, deputy_id = $22,"
     " fault_type_id = $23, route_id = $24, items = $25, law = $26, version = version + 1"
     " WHERE id = $1 AND version = $2 AND state IN ('draft', 'paused')");
STMT(q_state, "maint_plan.set_state",
     "UPDATE maint_plan SET state = $3, pause_reason = $4, skip_until = $5, version = version + 1"
     " WHERE id = $1 AND version = $2");
STMT(q_taken, "maint_plan.taken",
     "SELECT id FROM maint_plan WHERE company_id = $1 AND project_id = $2 AND name = $3 AND id <> $4");
STMT(q_facility, "maint_plan.facility",
     "SELECT reading_e3 FROM facility WHERE company_id = $1 AND project_id = $2 AND id = $3 AND state <> 'scrapped'");
STMT(q_route, "maint_plan.route",
     "SELECT id FROM maint_route WHERE company_id = $1 AND project_id = $2 AND id = $3 AND enabled = 1");
STMT(q_staff, "maint_plan.staff",
     "SELECT a.id FROM account a WHERE a.company_id = $1 AND a.id = $3 AND a.kind = 'staff' AND a.state = "
     "'active'" MAINT_MAY);
STMT(q_type, "maint_plan.fault_type",
     "SELECT id FROM fault_type WHERE company_id = $1 AND $2 > 0 AND id = $3 AND enabled = 1 AND place <> 'room'");
STMT(q_some_type, "maint_plan.some_type",
     "SELECT id FROM fault_type WHERE company_id = $1 AND enabled = 1 AND place <> 'room'"
     " ORDER BY CASE WHEN skill = $2 THEN 0 ELSE 1 END, id LIMIT 1");
STMT(q_target, "maint_plan.target",
     "INSERT INTO maint_target(plan_id, facility_id, company_id, project_id, next_slot, look_day)"
     " VALUES ($1, $2, $3, $4, $5, 0) ON CONFLICT (plan_id, facility_id) DO NOTHING");
STMT(q_target_look, "maint_plan.target_look",
     "UPDATE maint_target SET next_slot = $2, look_day = 0 WHERE plan_id = $1 AND facility_id = $3"
     " AND (next_slot > 0 OR $4 = 1 OR NOT EXISTS (SELECT 1 FROM maint_task t WHERE t.plan_id = $1 AND t.facility_id = "
     "$3"
     " AND t.state NOT IN ('done', 'skipped')))");
STMT(q_begin, "maint_plan.begin",
     "UPDATE maint_target SET next_slot = $2, look_day = 0 WHERE plan_id = $1 AND next_slot > 0 AND next_slot < $2");
STMT(q_targets, "maint_plan.targets", "SELECT facility_id FROM maint_target WHERE plan_id = $1 ORDER BY facility_id");
STMT(q_drop_target, "maint_plan.drop_target", "DELETE FROM maint_target WHERE plan_id = $1 AND facility_id = $2");
STMT(q_next, "maint_plan.next", "SELECT next_slot FROM maint_target WHERE plan_id = $1 AND facility_id = $2");
STMT(q_last_task, "maint_plan.last_slot",
     "SELECT CAST(COALESCE(MAX(x.slot), 0) AS BIGINT) FROM (SELECT slot FROM maint_task WHERE plan_id = $1"
     " AND facility_id = $2 UNION ALL SELECT slot FROM maint_gap WHERE plan_id = $1 AND facility_id = $2) x");
STMT(q_drop_staff, "maint_plan.drop_staff", "DELETE FROM maint_plan_staff WHERE plan_id = $1");
STMT(q_add_staff, "maint_plan.add_staff",
     "INSERT INTO maint_plan_staff(plan_id, account_id, n, company_id) VALUES ($1, $2, $3, $4)"
     " ON CONFLICT (plan_id, account_id) DO NOTHING");
STMT(q_all_staff, "maint_plan.all_staff", "SELECT account_id FROM maint_plan_staff WHERE plan_id = $1 ORDER BY n");
STMT(
    q_gaps, "maint_plan.gaps",
    "SELECT g.facility_id, g.slot, g.at, f.name, g.reason FROM maint_gap g LEFT JOIN facility f ON f.id = g.facility_id"
    " WHERE g.plan_id = $1 AND ($2 = 0 OR g.slot < $2) ORDER BY g.slot DESC, g.facility_id LIMIT $3");

static enum err plan_row(struct ctx *cx, const struct row *r, void *out)
{
    struct maint_plan *p = out;
    int c = 0;
    *p = (struct maint_plan){0};
    int64_t *const numbers[] = {&p->id,        &p->version,      &p->every_n,    &p->anchor_day,
                                &p->month_day, &p->last_day,     &p->step_e3,    &p->early_days,
                                &p->late_days, &p->horizon_days, &p->deputy_id,  &p->fault_type_id,
                                &p->route_id,  &p->skip_until,   &p->created_by, &p->created_at};
    bool *const flags[] = {&p->workdays, &p->statutory, &p->scan};
    const char **const texts[] = {&p->name, &p->remind, &p->skill, &p->law, &p->pause_reason, &p->items};
    for (size_t i = 0; i < COUNT(numbers); i++)
        *numbers[i] = row_i64(r, c++);
    for (size_t i = 0; i < COUNT(flags); i++)
        *flags[i] = row_i64(r, c++) != 0;
    for (size_t i = 0; i < COUNT(texts); i++)
        *texts[i] = row_text(cx, r, c++);
    p->kind = str_index(maint_kind_name, MK_COUNT, row_text(cx, r, c++));
    p->basis = str_index(maint_basis_name, MB_COUNT, row_text(cx, r, c++));
    p->cycle = str_index(maint_cycle_name, MC_COUNT, row_text(cx, r, c++));
    p->unit = str_index(maint_unit_name, MU_COUNT, row_text(cx, r, c++));
    p->catch_up = str_index(maint_catch_up_name, CU_COUNT, row_text(cx, r, c++));
    p->state = str_index(maint_plan_state_name, PS_COUNT, row_text(cx, r, c));
    return OK;
}

enum err maint_plan_rule(struct ctx *cx, const struct maint_plan *p, struct maint_rule *r)
{
    int32_t today = clock_day(cx->now);
    *r = (struct maint_rule){
        .every_n = p->every_n, .unit = p->unit, .anchor = (int32_t)p->anchor_day, .month_day = (int)p->month_day};
    return p->workdays ? calendar_load(cx, cx->who.company_id, clock_day_add(today, -731), clock_day_add(today, 1096),
                                       &r->workdays)
                       : OK;
}

enum err maint_plan_load(struct ctx *cx, int64_t id, struct maint_plan *out)
{
    return db_one(cx, &q_load, ARGS(I64(id)), plan_row, out);
}

static enum err get(struct ctx *cx, int64_t id, struct maint_plan *out)
{
    enum err e = db_one(cx, &q_get, ARGS(I64(cx->who.company_id), I64(cx->who.project_id), I64(id)), plan_row, out);
    return e == ERR_NOT_FOUND ? cx_fail(cx, e, "id", "维保计划不存在", "no such plan") : e;
}

enum err maint_plan_get(struct ctx *cx, int64_t id, struct maint_plan *out)
{
    int64_t *v = arena_alloc(cx->arena, (FACILITIES + STAFF) * sizeof *v);
    enum err e = get(cx, id, out);
    out->facilities = (struct json_list){v, 0};
    out->staff = (struct json_list){v + FACILITIES, 0};
    if (!e)
        e = db_ids(cx, &q_targets, ARGS(I64(id)), v, FACILITIES, &out->facilities.n);
    if (!e && out->facilities.n && v[0] == 0) /* the plan as such: no facility of its own */
        out->facilities.n = 0;
    return e ? e : db_ids(cx, &q_all_staff, ARGS(I64(id)), v + FACILITIES, STAFF, &out->staff.n);
}

/* ---- checks ---- */

static enum err known(struct ctx *cx, const struct stmt *q, int64_t id, const char *field)
{
    int64_t x = 0;
    bool found = false;
    if (!id)
        return OK;
    enum err e = db_i64(cx, q, ARGS(I64(cx->who.company_id), I64(cx->who.project_id), I64(id)), &x, &found);
    return e || found ? e : cx_fail(cx, ERR_INVALID, field, "不存在或不可用", "does not exist, or cannot be used");
}

static enum err check_rule(struct ctx *cx, struct maint_plan *p)
{
    uint32_t bits = 0;
    int last = 0;
    if (!maint_remind_bits(p->remind, &bits))
        return cx_fail(cx, ERR_INVALID, "remind", "应为以逗号分隔的提前天数,如 7,1,0", "days before, like 7,1,0");
    if (p->cycle == MC_USAGE)
        return p->step_e3 > 0 && p->kind != MK_PATROL && p->facilities.n
                   ? OK
                   : cx_fail(cx, ERR_INVALID, "step_e3", "按用量的计划须有用量间隔和设备",
                             "plans by usage need a step and facilities");
    if (!clock_day_valid((int32_t)p->anchor_day))
        return cx_fail(cx, ERR_INVALID, "anchor_day", "请填写首次日期", "the first day is missing");
    if (p->last_day && (!clock_day_valid((int32_t)p->last_day) || p->last_day < p->anchor_day))
        return cx_fail(cx, ERR_INVALID, "last_day", "须为不早于首次日期的日期", "must be a day not before the first");
    if (p->month_day && p->unit != MU_MONTH && p->unit != MU_YEAR)
        return cx_fail(cx, ERR_INVALID, "month_day", "仅按月或按年的计划可指定日", "only with months or years");
    for (int d = 0; d <= 30; d++)
        last = bits & (UINT32_C(1) << d) ? d : last;
    if (p->horizon_days < last) /* a task must be there to be reminded of */
        p->horizon_days = last;
    return OK;
}

static enum err check(struct ctx *cx, struct maint_plan *p)
{
    int64_t id = 0;
    bool taken = false;
    p->remind = p->remind ? p->remind : "7,1,0";
    p->skill = or_empty(p->skill);
    p->law = or_empty(p->law);
    p->items = p->items ? p->items : "[]";
    enum err e =
        cx->who.project_id ? check_rule(cx, p) : cx_fail(cx, ERR_INVALID, NULL, "请先选择项目", "choose a project");
    if (!e && (p->kind == MK_PATROL) != (p->route_id != 0))
        e = cx_fail(cx, ERR_INVALID, "route_id", "巡检计划须有路线,其他计划不可有",
                    "a patrol has a route, nothing else has");
    if (!e && p->kind == MK_PATROL && p->facilities.n)
        e = cx_fail(cx, ERR_INVALID, "facilities", "巡检计划以路线为对象", "a patrol is about its route");
    if (!e && !p->staff.n && str_empty(p->skill))
        e = cx_fail(cx, ERR_INVALID, "staff", "请指定人员或技能", "name people or a skill");
    if (!e)
        e = db_i64(cx, &q_taken, ARGS(I64(cx->who.company_id), I64(cx->who.project_id), TXT(p->name), I64(p->id)), &id,
                   &taken);
    if (!e && taken)
        e = cx_fail(cx, ERR_EXISTS, "name", "计划名称已存在", "this name is taken");
    if (!e)
        e = known(cx, &q_route, p->route_id, "route_id");
    if (!e)
        e = known(cx, &q_staff, p->deputy_id, "deputy_id");
    if (!e && !p->fault_type_id)
        e = db_i64(cx, &q_some_type, ARGS(I64(cx->who.company_id), TXT(p->skill)), &p->fault_type_id, NULL);
    if (!e)
        e = p->fault_type_id ? known(cx, &q_type, p->fault_type_id, "fault_type_id")
                             : cx_fail(cx, ERR_INVALID, "fault_type_id", "请先设置公共区域可用的报修类型",
                                       "set up a fault type for public areas first");
    for (size_t i = 0; i < p->facilities.n && !e; i++)
        e = known(cx, &q_facility, ((int64_t *)p->facilities.p)[i], "facilities");
    for (size_t i = 0; i < p->staff.n && !e; i++)
        e = known(cx, &q_staff, ((int64_t *)p->staff.p)[i], "staff");
    return e;
}

/* ---- writing ---- */

static enum err put_staff(struct ctx *cx, const struct maint_plan *p)
{
    enum err e = db_exec(cx, &q_drop_staff, ARGS(I64(p->id)), NULL);
    for (size_t i = 0; i < p->staff.n && !e; i++)
        e = db_exec(cx, &q_add_staff,
                    ARGS(I64(p->id), I64(((int64_t *)p->staff.p)[i]), I64(i), I64(cx->who.company_id)), NULL);
    return e;
}

/* Where the series of a target goes on: after the last slot it has, by the rule as it is now. One that comes to a plan which has
 * begun has nothing behind it. */
static enum err first_slot(struct ctx *cx, const struct maint_plan *p, int64_t facility, int64_t *slot)
{
    struct maint_rule r;
    int64_t last = 0, reading = 0;
    enum err e = maint_plan_rule(cx, p, &r);
    if (!e)
        e = db_i64(cx, &q_last_task, ARGS(I64(p->id), I64(facility)), &last, NULL);
    if (!e && p->cycle == MC_USAGE && !last)
        e = db_i64(cx, &q_facility, ARGS(I64(cx->who.company_id), I64(cx->who.project_id), I64(facility)), &reading,
                   NULL);
    if (!e && p->cycle == MC_CALENDAR && !last && p->state != PS_DRAFT)
        last = clock_day_add(clock_day(cx->now), -1);
    *slot = p->cycle == MC_USAGE ? maint_usage_after(p->step_e3, last > reading ? last : reading)
                                 : maint_slot_after(&r, (int32_t)last);
    return e;
}

static bool about(const struct maint_plan *p, int64_t facility)
{
    for (size_t i = 0; i < p->facilities.n; i++)
        if (((int64_t *)p->facilities.p)[i] == facility)
            return true;
    return !p->facilities.n && !facility;
}

static enum err put_target(struct ctx *cx, const struct maint_plan *p, int64_t facility)
{
    int64_t slot = 0, next = 0;
    bool have = false;
    enum err e = first_slot(cx, p, facility, &slot);
    if (!e)
        e = db_i64(cx, &q_next, ARGS(I64(p->id), I64(facility)), &next, &have);
    if (!e && !have)
        return db_exec(cx, &q_target,
                       ARGS(I64(p->id), I64(facility), I64(cx->who.company_id), I64(cx->who.project_id), I64(slot)),
                       NULL);
    return e ? e
             : db_exec(cx, &q_target_look, ARGS(I64(p->id), I64(slot), I64(facility), I64(p->basis == MB_SCHEDULED)),
                       NULL);
}

static enum err put_targets(struct ctx *cx, const struct maint_plan *p)
{
    int64_t old[FACILITIES];
    size_t n = 0;
    enum err e = db_ids(cx, &q_targets, ARGS(I64(p->id)), old, FACILITIES, &n);
    for (size_t i = 0; i < n && !e; i++)
        if (!about(p, old[i]))
            e = db_exec(cx, &q_drop_target, ARGS(I64(p->id), I64(old[i])), NULL);
    if (!e && !p->facilities.n)
        e = put_target(cx, p, 0);
    for (size_t i = 0; i < p->facilities.n && !e; i++)
        e = put_target(cx, p, ((int64_t *)p->facilities.p)[i]);
    return e;
}

enum err maint_plan_add(struct ctx *cx, struct maint_plan *p, int64_t *id)
{
    p->id = 0;
    enum err e = check(cx, p);
    if (e)
        return e;
    p->id = *id = id_new();
    e = db_exec(cx, &q_add,
                ARGS(I64(p->id), I64(cx->who.company_id), I64(cx->who.project_id), TXT(p->name),
                     TXT(maint_kind_name[p->kind]), TXT(maint_basis_name[p->basis]), TXT(maint_cycle_name[p->cycle]),
                     I64(p->every_n), TXT(maint_unit_name[p->unit]), I64(p->anchor_day), I64(p->month_day),
                     I64(p->workdays), I64(p->last_day), I64(p->step_e3), I64(p->early_days), I64(p->late_days),
                     I64(p->horizon_days), TXT(p->remind), TXT(maint_catch_up_name[p->catch_up]), I64(p->statutory),
                     I64(p->scan), TXT(p->skill), ID_OR_NULL(p->deputy_id), ID_OR_NULL(p->fault_type_id),
                     ID_OR_NULL(p->route_id), TXT(p->items), TXT(p->law), I64(cx->who.id), I64(cx->now)),
                NULL);
    if (!e)
        e = put_staff(cx, p);
    if (!e)
        e = put_targets(cx, p);
    return e ? e : audit_add(cx, "maint_plan.add", "maint_plan", p->id, NULL, NULL);
}

enum err maint_plan_change(struct ctx *cx, struct maint_plan *p)
{
    struct maint_plan was;
    enum err e = get(cx, p->id, &was);
    p->state = was.state;
    if (!e && was.version != p->version)
        e = cx_fail(cx, ERR_CONFLICT, "If-Match", "计划已被他人修改,请刷新", "changed meanwhile; reload it");
    if (!e && was.state != PS_DRAFT && was.state != PS_PAUSED)
        e = cx_fail(cx, ERR_STATE, "state", "请先暂停计划再修改", "pause the plan before changing it");
    if (!e && was.cycle != p->cycle)
        e = cx_fail(cx, ERR_INVALID, "cycle", "周期方式不可更改,请另建计划",
                    "make another plan for another kind of cycle");
    if (!e)
        e = check(cx, p);
    if (!e)
        e = db_change_one(cx, &q_change,
                          ARGS(I64(p->id), I64(p->version), TXT(p->name), TXT(maint_kind_name[p->kind]),
                               TXT(maint_basis_name[p->basis]), TXT(maint_cycle_name[p->cycle]), I64(p->every_n),
                               TXT(maint_unit_name[p->unit]), I64(p->anchor_day), I64(p->month_day), I64(p->workdays),
                               I64(p->last_day), I64(p->step_e3), I64(p->early_days), I64(p->late_days),
                               I64(p->horizon_days), TXT(p->remind), TXT(maint_catch_up_name[p->catch_up]),
                               I64(p->statutory), I64(p->scan), TXT(p->skill), ID_OR_NULL(p->deputy_id),
                               ID_OR_NULL(p->fault_type_id), ID_OR_NULL(p->route_id), TXT(p->items), TXT(p->law)),
                          ERR_CONFLICT, "计划已被他人修改,请刷新", "changed meanwhile; reload it");
    if (!e)
        e = put_staff(cx, p);
    if (!e)
        e = put_targets(cx, p);
    return e ? e : audit_add(cx, "maint_plan.change", "maint_plan", p->id, NULL, NULL);
}

enum err maint_plan_act(struct ctx *cx, int64_t id, enum maint_plan_event ev, const char *reason,
                        struct maint_plan *out)
{
    struct maint_plan p;
    int wrong = 0;
    enum err e = get(cx, id, &p);
    if (e)
        return e;
    const struct fsm_edge *edge = fsm_find(&maint_plan_fsm, (unsigned)p.state, ev, MA_MANAGER, &wrong);
    if (!edge)
        return cx_fail(cx, ERR_STATE, "state", "计划当前状态为 %s,不能执行该操作", "not possible while the plan is %s",
                       maint_plan_state_name[p.state]);
    if ((ev == PE_PAUSE || ev == PE_END) && p.statutory && p.state != PS_DRAFT && str_empty(reason))
        return cx_fail(cx, ERR_INVALID, "reason", "法定计划须填写原因", "the law asks for this work: say why");
    int64_t skip_until = ev == PE_RESUME ? clock_day(cx->now) : p.skip_until;
    e = db_change_one(cx, &q_state,
                      ARGS(I64(id), I64(p.version), TXT(maint_plan_state_name[edge->to]),
                           TXT(ev == PE_PAUSE || ev == PE_END ? or_empty(reason) : ""), I64(skip_until)),
                      ERR_CONFLICT, "计划已被他人修改,请刷新", "changed meanwhile; reload it");
    if (!e && ev == PE_ACTIVATE && p.cycle == MC_CALENDAR) { /* what lay before it began was nobody's work */
        struct maint_rule r;
        e = maint_plan_rule(cx, &p, &r);
        if (!e)
            e = db_exec(cx, &q_begin, ARGS(I64(id), I64(maint_slot_after(&r, clock_day_add(clock_day(cx->now), -1)))),
                        NULL);
    }
    if (!e)
        e = audit_add(cx, arena_printf(cx->arena, "maint_plan.%s", maint_plan_event_name[ev]), "maint_plan", id,
                      arena_printf(cx->arena, "{\"state\":\"%s\"}", maint_plan_state_name[p.state]),
                      arena_printf(cx->arena, "{\"state\":\"%s\"}", maint_plan_state_name[edge->to]));
    return e ? e : maint_plan_get(cx, id, out);
}

/* ---- lists ---- */

struct plans {
    maint_plan_fn *fn;
    void *arg;
};

static enum err on_plan(struct ctx *cx, const struct row *r, void *out)
{
    struct plans *l = out;
    struct maint_plan p;
    enum err e = plan_row(cx, r, &p);
    l->fn(l->arg, &p);
    return e;
}

enum err maint_plan_list(struct ctx *cx, const char *state, int64_t facility_id, int64_t before_id, int64_t limit,
                         maint_plan_fn *fn, void *arg)
{
    struct plans l = {fn, arg};
    return db_each(cx, &q_list,
                   ARGS(I64(cx->who.company_id), I64(cx->who.project_id), TXT(or_empty(state)), I64(facility_id),
                        I64(before_id), I64(limit)),
                   on_plan, &l);
}

struct gaps {
    maint_gap_fn *fn;
    void *arg;
};

static enum err on_gap(struct ctx *cx, const struct row *r, void *out)
{
    struct gaps *l = out;
    struct maint_gap g = {row_i64(r, 0), row_i64(r, 1), row_i64(r, 2), row_text(cx, r, 3), row_text(cx, r, 4)};
    l->fn(l->arg, &g);
    return OK;
}

enum err maint_gaps(struct ctx *cx, int64_t plan_id, int64_t before_slot, int64_t limit, maint_gap_fn *fn, void *arg)
{
    struct gaps l = {fn, arg};
    struct maint_plan p;
    enum err e = get(cx, plan_id, &p);
    return e ? e : db_each(cx, &q_gaps, ARGS(I64(plan_id), I64(before_slot), I64(limit)), on_gap, &l);
}
