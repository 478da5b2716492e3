/* test_org.c - departments, positions, working days, rosters and leave on both engines; what positions do to roles, and what
 * rosters and leave do to dispatch. SPDX-License-Identifier: MIT */
#include "domain/calendar.h"
#include "domain/org.h"
#include "tests/sql/world.h"

static int set_up(void **state)
{
    (void)state;
    world_make();
    return 0;
}

/* ---- working days ---- */

struct days {
    int64_t work;
    int32_t from, to, day;
    int n;
    enum day_kind kind;
    const char *name;
};
static enum err run_set(struct ctx *cx, void *arg)
{
    struct days *d = arg;
    return calendar_set(cx, d->day, d->kind, d->name);
}
static enum err run_unset(struct ctx *cx, void *arg)
{
    return calendar_unset(cx, ((struct days *)arg)->day);
}
static enum err run_add_days(struct ctx *cx, void *arg)
{
    struct days *d = arg;
    return calendar_add_workdays(cx, cx->who.company_id, d->day, d->n, &d->to);
}
static void on_day(void *arg, const struct calendar_day *c)
{
    struct days *d = arg;
    d->work += c->kind == DAY_WORK || c->kind == DAY_MADE_UP;
}
static enum err run_list(struct ctx *cx, void *arg)
{
    struct days *d = arg;
    d->work = 0;
    return calendar_list(cx, d->from, d->to, on_day, d);
}

static int64_t working_days(int32_t from, int32_t to)
{
    struct days d = {.from = from, .to = to};
    assert_ok(read_as(&w.admin, run_list, &d));
    return d.work;
}

static int32_t days_later(int32_t day, int n)
{
    struct days d = {.day = day, .n = n};
    assert_ok(read_as(&w.admin, run_add_days, &d));
    return d.to;
}

static void working_days_are_the_published_ones(void **state)
{
    (void)state;
    assert_int_equal(working_days(20260101, 20261231), 248); /* the State Council's year of 2026 */
    assert_int_equal(working_days(20261001, 20261007), 0);
    assert_int_equal(days_later(20260930, 1), 20261008);
    assert_int_equal(days_later(20261009, 1), 20261010); /* a Saturday that is worked */
    assert_int_equal(days_later(20261008, -1), 20260930);
    assert_int_equal(days_later(20261127, 5), 20261204);
}

static void a_company_may_differ(void **state)
{
    struct days d = {.day = 20261127, .kind = DAY_HOLIDAY, .name = "司庆"};
    (void)state;
    assert_ok(write_as(&w.admin, run_set, &d));
    assert_int_equal(days_later(20261126, 1), 20261130);
    struct days f = {.day = 20261126, .n = 1};
    assert_ok(read_as(&w.foreign_admin, run_add_days, &f));
    assert_int_equal(f.to, 20261127); /* nobody else's business */
    assert_ok(write_as(&w.admin, run_unset, &d));
    assert_int_equal(days_later(20261126, 1), 20261127);
    assert_err(write_as(&w.admin, run_unset, &d), ERR_NOT_FOUND);
    d.kind = DAY_WEEKEND;
    assert_err(write_as(&w.admin, run_set, &d), ERR_INVALID);
    d = (struct days){.day = 20261131, .kind = DAY_WORK};
    assert_err(write_as(&w.admin, run_set, &d), ERR_INVALID);
}

/* ---- departments ---- */

struct dept {
    struct department d;
    struct member m[3];
    size_t n;
    int64_t id, version;
};
static enum err run_put(struct ctx *cx, void *arg)
{
    struct dept *d = arg;
    return department_put(cx, &d->d, &d->id);
}
static enum err run_change(struct ctx *cx, void *arg)
{
    return department_change(cx, &((struct dept *)arg)->d);
}
static enum err run_close(struct ctx *cx, void *arg)
{
    struct dept *d = arg;
    return department_close(cx, d->id, d->version);
}
static enum err run_members(struct ctx *cx, void *arg)
{
    struct dept *d = arg;
    return department_set_members(cx, d->id, d->version, d->m, d->n);
}

static int64_t department(const char *name, int64_t parent)
{
    struct dept d = {
        .d = {.name = name, .parent_id = parent}
    };
    assert_ok(write_as(&w.admin, run_put, &d));
    return d.id;
}

static void departments_are_a_tree(void **state)
{
    int64_t a = department("工程部", 0), b = department("水电班", a);
    struct dept d = {
        .d = {.id = a, .version = 1, .name = "工程部", .parent_id = b}
    };
    (void)state;
    assert_err(write_as(&w.admin, run_change, &d), ERR_INVALID); /* under its own child */
    assert_field("parent_id");
    d.d.parent_id = 0;
    d.d.leader_id = w.owner.id;
    assert_err(write_as(&w.admin, run_change, &d), ERR_INVALID); /* an owner leads nothing */
    assert_field("leader_id");
    d.d.leader_id = w.manager.id;
    assert_ok(write_as(&w.admin, run_change, &d));
    assert_err(write_as(&w.admin, run_change, &d), ERR_CONFLICT); /* version 1 again */
    assert_err(write_as(&w.foreign_admin, run_change, &d), ERR_NOT_FOUND);
    struct dept same = {
        .d = {.name = "水电班", .parent_id = a}
    };
    assert_err(write_as(&w.admin, run_put, &same), ERR_EXISTS);
    int64_t deep = b;
    for (int i = 0; i < DEPARTMENT_DEPTH - 2; i++)
        deep = department("下级", deep);
    struct dept deeper = {
        .d = {.name = "太深", .parent_id = deep}
    };
    assert_err(write_as(&w.admin, run_put, &deeper), ERR_INVALID);
}

static void a_department_with_people_stays(void **state)
{
    int64_t a = department("客服部", 0);
    struct dept d = {
        .id = a,
        .version = 1,
        .m = {{.account_id = w.tech[0].id, .title = "班长"}, {.account_id = w.tech[0].id}},
        .n = 2
    };
    (void)state;
    assert_err(write_as(&w.admin, run_members, &d), ERR_INVALID); /* twice */
    d.m[1].account_id = w.foreign_admin.id;
    assert_err(write_as(&w.admin, run_members, &d), ERR_INVALID);
    d.n = 1;
    assert_ok(write_as(&w.admin, run_members, &d));
    d.version = 2;
    assert_err(write_as(&w.admin, run_close, &d), ERR_STATE);
    d.n = 0;
    assert_ok(write_as(&w.admin, run_members, &d));
    d.version = 3;
    assert_ok(write_as(&w.admin, run_close, &d));
    department("客服部", 0); /* the name is free again */
}

/* ---- positions ---- */

struct position {
    struct role_set r;
    struct holding h[3];
    size_t n;
    int64_t id, account;
};
static enum err run_position(struct ctx *cx, void *arg)
{
    struct position *p = arg;
    return role_set_put(cx, &p->r, &p->id);
}
static enum err run_position_change(struct ctx *cx, void *arg)
{
    return role_set_change(cx, &((struct position *)arg)->r);
}
static enum err run_give(struct ctx *cx, void *arg)
{
    struct position *p = arg;
    return role_set_give(cx, p->account, p->h, p->n);
}
struct roles {
    int64_t project;
    unsigned roles;
};
static enum err run_roles(struct ctx *cx, void *arg)
{
    struct roles *r = arg;
    return auth_roles_in(cx, r->project, &r->roles);
}
static unsigned roles_in(const struct actor *who, int64_t project)
{
    struct roles r = {project, 0};
    assert_ok(read_as(who, run_roles, &r));
    return r.roles;
}

struct grants {
    int64_t id, version;
    struct grant g[3];
    size_t n;
};
static enum err run_grants(struct ctx *cx, void *arg)
{
    struct grants *g = arg;
    return staff_set_grants(cx, g->id, g->version, g->g, g->n);
}

static void positions_give_roles_and_changing_one_changes_everybody(void **state)
{
    struct actor anna = make_person(w.company, w.project, "安娜", "auditor");
    struct position p = {
        .r = {.name = "前台", .roles = ROLE_CASHIER | ROLE_SERVICE}
    };
    (void)state;
    assert_ok(write_as(&w.admin, run_position, &p));
    p.account = anna.id;
    p.h[0] = (struct holding){.role_set_id = p.id, .project_id = w.project};
    p.n = 1;
    assert_ok(write_as(&w.admin, run_give, &p));
    assert_int_equal(roles_in(&anna, w.project), ROLE_AUDITOR | ROLE_CASHIER | ROLE_SERVICE);
    assert_int_equal(roles_in(&anna, w.other_project) & (ROLE_CASHIER | ROLE_SERVICE), 0);
    p.r = (struct role_set){.id = p.id, .version = 1, .name = "前台", .roles = ROLE_SERVICE | ROLE_DISPATCHER};
    harness_forget();
    assert_ok(write_as(&w.admin, run_position_change, &p));
    assert_int_equal(roles_in(&anna, w.project), ROLE_AUDITOR | ROLE_SERVICE | ROLE_DISPATCHER);
    bool logged_out = false;
    for (size_t i = 0; i < harness_heard(); i++)
        logged_out |= harness_heard_at(i)->kind == 'r' && harness_heard_at(i)->account_id == anna.id;
    assert_true(logged_out);
    /* grants given one by one come and go beside it, also when they are the same role */
    struct grants g = {
        .id = anna.id, .version = 1, .g = {{.role = ROLE_NO_DISPATCHER, .project_id = w.project}}, .n = 1};
    assert_ok(write_as(&w.admin, run_grants, &g));
    assert_int_equal(roles_in(&anna, w.project), ROLE_SERVICE | ROLE_DISPATCHER);
    g.version = 2;
    g.g[0] = (struct grant){.role = ROLE_NO_AUDITOR, .project_id = w.project};
    assert_ok(write_as(&w.admin, run_grants, &g));
    assert_int_equal(roles_in(&anna, w.project), ROLE_AUDITOR | ROLE_SERVICE | ROLE_DISPATCHER);
    p.n = 0;
    assert_ok(write_as(&w.admin, run_give, &p));
    assert_int_equal(roles_in(&anna, w.project), ROLE_AUDITOR);
}

static void positions_make_no_administrators(void **state)
{
    struct position p = {
        .r = {.name = "偷", .roles = ROLE_COMPANY_ADMIN}
    };
    (void)state;
    assert_err(write_as(&w.admin, run_position, &p), ERR_INVALID);
    p.r.roles = ROLE_OWNER;
    assert_err(write_as(&w.admin, run_position, &p), ERR_INVALID);
    p.r.roles = ROLE_MANAGER;
    assert_ok(write_as(&w.admin, run_position, &p));
    p.account = w.admin.id;
    p.h[0] = (struct holding){.role_set_id = p.id};
    p.n = 1;
    assert_err(write_as(&w.admin, run_give, &p), ERR_FORBIDDEN); /* not to oneself */
    p.account = w.foreign_admin.id;
    assert_err(write_as(&w.admin, run_give, &p), ERR_NOT_FOUND);
    p.account = w.tech[0].id;
    p.h[0].project_id = w.foreign_project;
    assert_err(write_as(&w.admin, run_give, &p), ERR_INVALID);
}

/* ---- rosters, leave, dispatch ---- */

struct plan {
    struct roster_slot s[2];
    size_t n;
    int64_t from, to, id, version;
    bool approve;
};
static enum err run_plan(struct ctx *cx, void *arg)
{
    struct plan *p = arg;
    return roster_plan(cx, p->s, p->n);
}
static enum err run_drop(struct ctx *cx, void *arg)
{
    return roster_drop(cx, ((struct plan *)arg)->id);
}
static enum err run_ask(struct ctx *cx, void *arg)
{
    struct plan *p = arg;
    return leave_ask(cx, p->from, p->to, "家事", &p->id);
}
static enum err run_decide(struct ctx *cx, void *arg)
{
    struct plan *p = arg;
    return leave_decide(cx, p->id, p->version, p->approve, "");
}
static enum err run_withdraw(struct ctx *cx, void *arg)
{
    struct plan *p = arg;
    return leave_withdraw(cx, p->id, p->version);
}

static int64_t asked(void) /* whom dispatch offers an order now; 0: nobody */
{
    int64_t id = report(w.plain);
    dispatch(id);
    return open_offer(id) ? offered_to(id) : 0;
}

static void only(int i)
{
    for (int k = 0; k < 4; k++)
        on_duty(&w.tech[k], k == i);
    skilled(&w.tech[i], "plumbing", 100, NULL);
}

static void the_roster_beats_the_weekly_shift(void **state)
{
    struct shift never = {0, 1 << 0, 0, 60}; /* Sundays, one hour */
    (void)state;
    only(1);
    skilled(&w.tech[1], "plumbing", 100, &never);
    assert_int_equal(asked(), 0);
    struct plan p = {.s = {{w.tech[1].id, 20261123, 8 * 60, 12 * 60, "work", "早班"}}, .n = 1};
    assert_ok(write_as(&w.manager, run_plan, &p));
    assert_int_equal(asked(), w.tech[1].id); /* 10:00 lies in it */
    p.id = harness_i64("SELECT id FROM roster WHERE account_id = $1 AND day = 20261123", ARGS(I64(w.tech[1].id)));
    assert_err(write_as(&w.foreign_admin, run_drop, &p), ERR_NOT_FOUND);
    assert_ok(write_as(&w.manager, run_drop, &p));
    assert_err(write_as(&w.manager, run_drop, &p), ERR_NOT_FOUND);
    assert_int_equal(asked(), 0); /* the weekly shift again */
    assert_ok(write_as(&w.manager, run_plan, &p));
    at = noon(2026, 11, 23, 12, 30);
    assert_int_equal(asked(), 0);
    p.s[0] = (struct roster_slot){w.tech[1].id, 20261123, 22 * 60, 30 * 60, "work", "夜班"};
    assert_ok(write_as(&w.manager, run_plan, &p)); /* replaces the morning */
    at = noon(2026, 11, 24, 5, 0);
    assert_int_equal(asked(), w.tech[1].id); /* past midnight */
    at = noon(2026, 11, 24, 7, 0);
    assert_int_equal(asked(), 0);
    p.s[0].account_id = w.owner.id;
    assert_err(write_as(&w.manager, run_plan, &p), ERR_INVALID);
    p.s[0] = (struct roster_slot){w.tech[1].id, 20261123, 600, 600, "work", ""};
    assert_err(write_as(&w.manager, run_plan, &p), ERR_INVALID);
}

static void leave_is_decided_by_somebody_else_and_then_dispatch_keeps_away(void **state)
{
    struct plan p = {.from = at - HOUR_MS, .to = at + 5 * HOUR_MS, .version = 1, .approve = true};
    (void)state;
    only(2);
    assert_int_equal(asked(), w.tech[2].id);
    assert_ok(write_as(&w.tech[2], run_ask, &p));
    assert_int_equal(asked(), w.tech[2].id); /* asked is not granted */
    assert_err(write_as(&w.tech[2], run_ask, &p), ERR_EXISTS);
    p.id = harness_i64("SELECT id FROM roster WHERE account_id = $1", ARGS(I64(w.tech[2].id)));
    assert_err(write_as(&w.manager, run_drop, &p), ERR_NOT_FOUND); /* a leave is refused or withdrawn */
    assert_err(write_as(&w.tech[2], run_decide, &(struct plan){.id = p.id, .version = 1, .approve = true}),
               ERR_FORBIDDEN);
    assert_ok(write_as(&w.manager, run_decide, &p));
    assert_int_equal(asked(), 0);
    assert_err(write_as(&w.manager, run_decide, &p), ERR_STATE);
    p.version = 2;
    assert_err(write_as(&w.tech[1], run_withdraw, &p), ERR_NOT_FOUND);
    assert_ok(write_as(&w.tech[2], run_withdraw, &p));
    assert_int_equal(asked(), w.tech[2].id);
}

struct seen {
    int32_t from, to;
    int n;
};
static void on_seen(void *arg, const struct roster *r)
{
    (void)r;
    ((struct seen *)arg)->n++;
}
static enum err run_roster(struct ctx *cx, void *arg)
{
    struct seen *s = arg;
    return roster_list(cx, s->from, s->to, 0, on_seen, s);
}
static int seen(int32_t from, int32_t to)
{
    struct seen s = {.from = from, .to = to};
    assert_ok(read_as(&w.manager, run_roster, &s));
    return s.n;
}

static void leave_is_seen_on_every_day_of_it(void **state)
{
    struct plan p = {.from = noon(2026, 11, 25, 13, 0), .to = clock_day_start(20261202)};
    (void)state;
    assert_ok(write_as(&w.tech[2], run_ask, &p));
    assert_int_equal(seen(20261120, 20261124), 0);
    assert_int_equal(seen(20261125, 20261125), 1);
    assert_int_equal(seen(20261127, 20261128), 1); /* neither its first day nor its last */
    assert_int_equal(seen(20261201, 20261231), 1); /* the next month's page */
    assert_int_equal(seen(20261202, 20261231), 0); /* it ends at midnight */
    p = (struct plan){.from = clock_day_start(20261210), .to = clock_day_start(20261210) + 190 * DAY_MS};
    assert_ok(write_as(&w.tech[1], run_ask, &p)); /* as long as leave can be */
    assert_int_equal(seen(20270610, 20270617), 1);
    p = (struct plan){.s = {{w.tech[1].id, 20261123, 22 * 60, 30 * 60, "work", "夜班"}}, .n = 1};
    assert_ok(write_as(&w.manager, run_plan, &p));
    assert_int_equal(seen(20261123, 20261123), 1);
    assert_int_equal(seen(20261124, 20261124), 0); /* a plan is of the day it begins on */
}

#define T(f) cmocka_unit_test_setup(f, set_up)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(working_days_are_the_published_ones),
        T(a_company_may_differ),
        T(departments_are_a_tree),
        T(a_department_with_people_stays),
        T(positions_give_roles_and_changing_one_changes_everybody),
        T(positions_make_no_administrators),
        T(the_roster_beats_the_weekly_shift),
        T(leave_is_decided_by_somebody_else_and_then_dispatch_keeps_away),
        T(leave_is_seen_on_every_day_of_it),
    };
    return cmocka_run_group_tests(tests, world_open, harness_close);
}
