/* seed_facility.c - something of everything that has to do with facilities and their maintenance. SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/id.h"
#include "domain/maint.h"
#include "platform/store/db.h"
#include "seed.h"

STMT(q_report, "seed.facility_report",
     "INSERT INTO facility_report(id, facility_id, company_id, project_id, description, at) VALUES ($1, $2, $3, $4, "
     "$5, $6)");
STMT(q_task, "seed.maint_task", "SELECT MAX(id) FROM maint_task WHERE plan_id = $1");

static enum err seed_patrol(struct ctx *cx, const struct seed_place *at)
{
    struct maint_point p = {.name = seed_name(cx, at, "别处东门"), .at_min = 0, .window_min = 60};
    struct maint_route r = {
        .name = seed_name(cx, at, "别处巡检"), .enabled = true, .points = {&p, 1}
    };
    enum err e = maint_route_save(cx, &r);
    if (!e)
        e = maint_route_get(cx, r.id, &r);
    if (!e)
        e = seed_say(cx, "patrol_route_id", r.id);
    return e ? e : seed_say(cx, "patrol_point_id", ((struct maint_point *)r.points.p)->id);
}

enum err seed_facility(struct ctx *cx, const struct seed_place *at)
{
    struct actor who = cx->who;
    int64_t technician = at->technician;
    struct facility f = {
        .code = seed_name(cx, at, "BC-1"), .name = seed_name(cx, at, "别处电梯"), .category = "lift", .place = "别处"};
    struct facility_supplier s = {.name = seed_name(cx, at, "别处供应商")};
    struct maint_plan p = {
        .name = seed_name(cx, at, "别处保养"),
        .every_n = 1,
        .anchor_day = clock_day(cx->now),
        .remind = "0",
        .facilities = {&f.id,       1},
        .staff = {&technician, 1}
    };
    int64_t id = 0, report = id_new();
    bool more = false;
    enum err e = facility_add(cx, &f, &id);
    if (!e && (e = supplier_save(cx, &s)) == OK)
        e = seed_say(cx, "supplier_id", s.id);
    if (!e && (e = seed_say(cx, "facility_id", f.id)) == OK)
        e = db_exec(
            cx, &q_report,
            ARGS(I64(report), I64(f.id), I64(who.company_id), I64(who.project_id), TXT("别处的报障"), I64(cx->now)),
            NULL);
    if (!e)
        e = seed_say(cx, "facility_report_id", report);
    if (!e && (e = maint_plan_add(cx, &p, &id)) == OK)
        e = seed_say(cx, "maint_plan_id", p.id);
    if (!e)
        e = maint_plan_act(cx, p.id, PE_ACTIVATE, NULL, &p);
    if (!e)
        e = maint_make(cx, &(struct maint_due){p.id, f.id}, &more);
    cx->who = who;
    if (!e)
        e = db_i64(cx, &q_task, ARGS(I64(p.id)), &id, NULL);
    if (!e)
        e = seed_say(cx, "maint_task_id", id);
    return e ? e : seed_patrol(cx, at);
}
