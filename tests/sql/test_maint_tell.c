/* test_maint_tell.c - who hears of maintenance and when, on both engines: shifts, reminders, lateness, inspections.
 * SPDX-License-Identifier: MIT */
#include "tests/sql/maint_world.h"

static int64_t lift;

static int set_up(void **state)
{
    (void)state;
    world_make();
    lift = make_facility(&w.manager, "lift");
    return 0;
}

static int64_t messages(const struct actor *who)
{
    return harness_i64("SELECT COUNT(*) FROM message WHERE account_id = $1 AND kind = 'maint'", ARGS(I64(who->id)));
}

static void reminders_shifts_and_lateness(void **state)
{
    (void)state;
    /* technician 0 works on Mondays only, technician 1 every day; today is Monday */
    struct shift monday = {0, 1 << 1, 0, 1440};
    skilled(&w.tech[0], "plumbing", 5, &monday);
    int32_t day = clock_day_add(clock_day(at), 8); /* a Tuesday */
    struct maint_plan p = {
        .anchor_day = day, .every_n = 1, .unit = MU_YEAR, .remind = "7,1,0", .deputy_id = w.tech[1].id};
    int64_t plan = make_plan(p, &lift, 1, &w.tech[0].id);
    assert_ok(plan_act(&w.manager, plan, PE_ACTIVATE, NULL));
    maint_all();
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM maint_task WHERE plan_id = $1", ARGS(I64(plan))), 0); /* T-8 */
    at += DAY_MS;
    maint_all();
    int64_t id = harness_i64("SELECT MAX(id) FROM maint_task WHERE plan_id = $1", ARGS(I64(plan)));
    assert_int_equal(task_as(&w.manager, id).holder_id, w.tech[1].id); /* nobody of the plan works on Tuesdays */
    tick_all_tasks();
    tick_all_tasks();
    assert_int_equal(messages(&w.tech[1]), 1); /* T-7, once */
    at += 6 * DAY_MS;
    tick_all_tasks();
    at += DAY_MS;
    tick_all_tasks();
    assert_int_equal(messages(&w.tech[1]), 3);
    assert_int_equal(messages(&w.manager), 0);
    char mine[40], board[40];
    snprintf(mine, sizeof mine, "user:%lld", (long long)w.tech[1].id);
    snprintf(board, sizeof board, "project:%lld:board", (long long)w.project);
    assert_int_equal(harness_count(mine, "maint.reminder"), 3);
    at += DAY_MS;
    tick_all_tasks();
    struct maint_task t = task_as(&w.manager, id);
    assert_true(t.overdue);
    assert_int_equal(t.escalated, 1);
    assert_int_equal(messages(&w.manager), 1);
    assert_int_equal(harness_count(mine, "maint.overdue") + harness_count(board, "maint.overdue"), 2);
    at -= 20 * HOUR_MS; /* a clock set back says nothing twice */
    tick_all_tasks();
    assert_int_equal(messages(&w.manager), 1);
    at += 5 * DAY_MS;
    tick_all_tasks();
    assert_int_equal(messages(&w.manager), 2);
    assert_int_equal(task_as(&w.manager, id).next_at, 0);
    assert_ok(task_step(&w.tech[1], id, STEP(TE_START, .note = "漏了"))); /* late, and still to be done */
    assert_ok(task_step(&w.tech[1], id, STEP(TE_SUBMIT)));
    assert_ok(task_step(&w.manager, id, STEP(TE_ACCEPT)));
}

/* Late at midnight, told at eight: nobody is woken for it. */
static void lateness_is_told_in_the_morning(void **state)
{
    (void)state;
    int32_t day = clock_day_add(clock_day(at), 1);
    int64_t plan =
        make_plan((struct maint_plan){.anchor_day = day, .every_n = 1, .unit = MU_YEAR}, &lift, 1, &w.tech[1].id);
    assert_ok(plan_act(&w.manager, plan, PE_ACTIVATE, NULL));
    at += DAY_MS;
    maint_all();
    at = clock_day_start(clock_day_add(day, 1)) + MINUTE_MS;
    tick_all_tasks();
    assert_true(
        task_as(&w.manager, harness_i64("SELECT MAX(id) FROM maint_task WHERE plan_id = $1", ARGS(I64(plan)))).overdue);
    assert_int_equal(harness_i64("SELECT MIN(next_at) FROM message WHERE account_id = $1 AND kind = 'maint'",
                                 ARGS(I64(w.manager.id))),
                     clock_day_start(clock_day_add(day, 1)) + 8 * HOUR_MS);
}

/* Ten days after the work, however long the manager took to accept it. */
static void the_next_counts_from_the_work(void **state)
{
    (void)state;
    int64_t plan = make_plan(
        (struct maint_plan){.anchor_day = clock_day(at), .every_n = 10, .unit = MU_DAY, .basis = MB_COMPLETED}, &lift,
        1, &w.tech[1].id);
    assert_ok(plan_act(&w.manager, plan, PE_ACTIVATE, NULL));
    maint_all();
    int64_t id = harness_i64("SELECT MAX(id) FROM maint_task WHERE plan_id = $1", ARGS(I64(plan)));
    int32_t done = clock_day(at);
    assert_ok(task_step(&w.tech[1], id, STEP(TE_START)));
    assert_ok(task_step(&w.tech[1], id, STEP(TE_SUBMIT)));
    at += 5 * DAY_MS;
    assert_ok(task_step(&w.manager, id, STEP(TE_ACCEPT)));
    at = clock_day_start(clock_day_add(done, 10)) + 9 * HOUR_MS;
    maint_all();
    assert_int_equal(harness_i64("SELECT MAX(day) FROM maint_task WHERE plan_id = $1", ARGS(I64(plan))),
                     clock_day_add(done, 10));
}

/* Who has gone to another project gets no work of this one. */
static void who_has_no_role_here_is_passed_by(void **state)
{
    (void)state;
    int64_t plan = make_plan((struct maint_plan){.anchor_day = clock_day(at), .every_n = 1, .unit = MU_DAY}, &lift, 1,
                             &w.tech[1].id);
    assert_ok(plan_act(&w.manager, plan, PE_ACTIVATE, NULL));
    assert_ok(harness_sql("DELETE FROM role_grant WHERE account_id = $1", ARGS(I64(w.tech[1].id))));
    maint_all();
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM maint_task WHERE plan_id = $1", ARGS(I64(plan))) > 0, 1);
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM maint_task WHERE plan_id = $1 AND holder_id = $2",
                                 ARGS(I64(plan), I64(w.tech[1].id))),
                     0);
}

static enum err run_inspections(struct ctx *cx, void *arg)
{
    return maint_inspections(cx, arg);
}

static void inspect(void)
{
    static const struct actor job = {0};
    bool more = true;
    while (more)
        assert_ok(write_as(&job, run_inspections, &more));
}

static void inspections_come_near(void **state)
{
    (void)state;
    char board[40];
    snprintf(board, sizeof board, "project:%lld:board", (long long)w.project);
    assert_ok(harness_sql("UPDATE facility SET inspect_due = $2, keeper_id = $3 WHERE id = $1",
                          ARGS(I64(lift), I64(clock_day_add(clock_day(at), 31)), I64(w.tech[1].id))));
    inspect();
    assert_int_equal(messages(&w.manager), 0);
    const int days[] = {1, 0, 23, 0, 7, 3}, said[] = {1, 1, 2, 2, 3, 3}; /* T-30, again, T-7, again, due, past */
    for (size_t i = 0; i < COUNT(days); i++) {
        at += days[i] * DAY_MS;
        inspect();
        assert_int_equal(messages(&w.manager), said[i]);
        assert_int_equal(messages(&w.tech[1]), said[i]);
        assert_int_equal(harness_count(board, "facility.inspection"), (size_t)said[i]);
    }
}

#define T(f) cmocka_unit_test_setup(f, set_up)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(reminders_shifts_and_lateness),     T(lateness_is_told_in_the_morning), T(the_next_counts_from_the_work),
        T(who_has_no_role_here_is_passed_by), T(inspections_come_near),
    };
    return cmocka_run_group_tests(tests, world_open, harness_close);
}
