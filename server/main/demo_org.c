/* demo_org.c - departments, positions, a week's roster and an asked leave for the demo company. SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "domain/org.h"
#include "main/parts.h"
#include "platform/store/db.h"

STMT(q_company, "demo_org.company", "SELECT id FROM company WHERE code = 'demo'");
STMT(q_have, "demo_org.have", "SELECT COUNT(*) FROM department WHERE company_id = $1");
STMT(q_project, "demo_org.project", "SELECT id FROM project WHERE company_id = $1 AND code = 'YG'");
STMT(q_staff, "demo_org.staff", "SELECT id FROM account WHERE company_id = $1 AND login = $2");

static enum err staff(struct ctx *cx, const char *login, int64_t *id)
{
    return db_i64(cx, &q_staff, ARGS(I64(cx->who.company_id), TXT(login)), id, NULL);
}

static enum err department(struct ctx *cx, const char *name, int64_t parent, const char *leader,
                           const char *const *people, size_t n, int64_t *id)
{
    struct department d = {.name = name, .parent_id = parent};
    struct member m[8];
    enum err e = staff(cx, leader, &d.leader_id);
    if (!e)
        e = department_put(cx, &d, id);
    for (size_t i = 0; i < n && !e; i++) {
        m[i] = (struct member){.title = i ? "" : "班长"};
        e = staff(cx, people[i], &m[i].account_id);
    }
    return e ? e : department_set_members(cx, *id, 1, m, n);
}

static enum err departments(struct ctx *cx)
{
    static const char *const water[] = {"tech1", "tech2"}, *const power[] = {"tech3", "tech4", "tech5"},
                             *const lift[] = {"tech6"}, *const desk[] = {"service", "dispatcher"},
                             *const money[] = {"cashier"};
    int64_t works = 0, id = 0;
    enum err e = department(cx, "工程部", 0, "manager", NULL, 0, &works);
    if (!e)
        e = department(cx, "水暖班", works, "tech1", water, COUNT(water), &id);
    if (!e)
        e = department(cx, "强电班", works, "tech3", power, COUNT(power), &id);
    if (!e)
        e = department(cx, "电梯班", works, "tech6", lift, COUNT(lift), &id);
    if (!e)
        e = department(cx, "客服部", 0, "service", desk, COUNT(desk), &id);
    return e ? e : department(cx, "财务部", 0, "cashier", money, COUNT(money), &id);
}

static enum err positions(struct ctx *cx)
{
    static const struct role_set sets[] = {
        {.name = "前台主管", .roles = ROLE_SERVICE | ROLE_CASHIER, .note = "接待、收费"         },
        {.name = "工程主管", .roles = ROLE_DISPATCHER,             .note = "派单、排班、验收"}
    };
    int64_t id = 0;
    enum err e = OK;
    for (size_t i = 0; i < COUNT(sets) && !e; i++)
        e = role_set_put(cx, &sets[i], &id);
    return e;
}

/* Round the clock, so that the demo's technicians answer at any hour. */
static enum err roster(struct ctx *cx)
{
    static const char *const people[] = {"tech1", "tech2", "tech3", "tech4", "tech5", "tech6"};
    struct roster_slot s[COUNT(people) * 7];
    int32_t today = clock_day(cx->now);
    size_t n = 0;
    enum err e = OK;
    for (size_t i = 0; i < COUNT(people); i++)
        for (int day = 0; day < 7 && !e; day++) {
            s[n] =
                (struct roster_slot){.day = clock_day_add(today, day), .to_min = 1440, .kind = "work", .name = "全天"};
            e = staff(cx, people[i], &s[n++].account_id);
        }
    return e ? e : roster_plan(cx, s, n);
}

static enum err leave(struct ctx *cx)
{
    struct actor was = cx->who;
    int64_t from = clock_day_start(clock_day_add(clock_day(cx->now), 10)), id = 0;
    enum err e = staff(cx, "tech6", &cx->who.id);
    if (!e)
        e = leave_ask(cx, from + 8 * HOUR_MS, from + 18 * HOUR_MS, "参加电梯作业人员复审", &id);
    cx->who = was;
    return e;
}

static enum err run_org(struct ctx *cx, void *arg)
{
    int64_t have = 0;
    (void)arg;
    enum err e = db_i64(cx, &q_company, NO_ARGS, &cx->who.company_id, NULL);
    if (!e)
        e = db_i64(cx, &q_have, ARGS(I64(cx->who.company_id)), &have, NULL);
    if (e || have || !cx->who.company_id)
        return e;
    cx->who.name = "demo";
    e = staff(cx, "admin", &cx->who.id);
    if (!e)
        e = db_i64(cx, &q_project, ARGS(I64(cx->who.company_id)), &cx->who.project_id, NULL);
    if (!e)
        e = departments(cx);
    if (!e)
        e = positions(cx);
    if (!e)
        e = roster(cx);
    return e ? e : leave(cx);
}

enum err demo_org(struct ctx *cx)
{
    return store_write(cx, run_org, NULL);
}
