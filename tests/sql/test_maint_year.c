/* test_maint_year.c - a year of many plans on both engines, with everything that goes wrong in one: transactions that die
 * between any two of their statements, a process that dies in the middle of its list, three days without a server, a clock
 * that is set forward and back by hours and days, plans paused, facilities stopped. At the end every slot that the calendar
 * names, counted here day by day and not by the program's own rule, is one task or one line of the gap log: none twice,
 * none missing.  SPDX-License-Identifier: MIT */
#include "tests/sql/maint_world.h"

#include "domain/calendar.h"
#include "platform/store/driver.h"
#include <pthread.h>

#define WORK  (&calendar_as_published)
#define ANY   NULL
#define FIRST 20271201 /* over 29 February 2028 */
#define LAST  20281130

/* ---- a transaction that dies at its k-th statement ---- */

static const struct driver *real;
static int die_at, statements, deaths, process_deaths;

static enum err dying_run(struct db *db, const struct stmt *q, struct args a, struct row *r)
{
    if (++statements == die_at)
        return ERR_INTERNAL;
    return real->run(db, q, a, r);
}

static unsigned seed = 20281130;
static unsigned dice(unsigned sides)
{
    seed = seed * 1103515245u + 12345u;
    return (seed >> 16) % sides;
}

static int64_t sim; /* what the server's clock says */

struct one_target {
    struct maint_due d;
    bool more;
};

/* die_at 0: lives; beyond the last statement: dies after all of them, before the commit. */
static enum err run_dying(struct ctx *cx, void *arg)
{
    struct one_target *t = arg;
    struct driver dying = *cx->db->driver;
    real = cx->db->driver;
    dying.run = dying_run;
    cx->db->driver = &dying;
    cx->now = sim;
    statements = 0;
    enum err e = maint_make(cx, &t->d, &t->more);
    cx->db->driver = real;
    if (!e && die_at > statements)
        e = ERR_INTERNAL;
    return e;
}

static enum err run_find(struct ctx *cx, void *arg)
{
    struct make_call *c = arg;
    cx->now = sim;
    return maint_due(cx, &c->after, c->v, COUNT(c->v), &c->n);
}

/* One round of the job. safe: nothing dies, and it goes on until nothing is left. */
static void job_round(bool safe)
{
    struct make_call c;
    bool moved = true;
    c.after = (struct maint_due){0, 0};
    do {
        assert_int_equal(harness_read(NULL, run_find, &c), OK);
        moved = c.n > 0;
        for (size_t i = 0; i < c.n; i++) {
            struct one_target t = {c.v[i], true};
            while (t.more) {
                die_at = !safe && dice(3) == 0 ? (int)dice(14) + 1 : 0;
                enum err e = harness_write(NULL, run_dying, &t);
                assert_true(e == OK || (e == ERR_INTERNAL && die_at));
                if (!e)
                    continue;
                deaths++;
                if (dice(4) == 0) { /* and takes the process with it */
                    process_deaths++;
                    return;
                }
                break; /* the job leaves this target for its next round */
            }
        }
        if (c.n)
            c.after = c.v[c.n - 1];
    } while (safe && moved);
}

/* ---- the plans ---- */

struct planned {
    struct maint_rule r;
    int basis, cycle, catch_up;
    int64_t horizon, step;
    int targets;
    int64_t id, facility[3];
    int32_t paused_from, paused_to;
};
#define CAL(n, u, from, dom, wd, policy, horizon, targets)                                                             \
    {                                                                                                                  \
        {n, u, from, dom, wd}, MB_SCHEDULED, MC_CALENDAR, policy, horizon, 0, targets, 0, {0}, 0, 0                    \
    }
#define DONE(n, u, from, policy, horizon, targets)                                                                     \
    {                                                                                                                  \
        {n, u, from, 0, ANY}, MB_COMPLETED, MC_CALENDAR, policy, horizon, 0, targets, 0, {0}, 0, 0                     \
    }
#define USE(basis, policy, step, targets)                                                                              \
    {                                                                                                                  \
        {1, MU_DAY, 0, 0, ANY}, basis, MC_USAGE, policy, 0, step, targets, 0, {0}, 0, 0                                \
    }
static struct planned plan[] = {
    CAL(1, MU_DAY, FIRST, 0, ANY, CU_ALL, 0, 3),
    CAL(1, MU_DAY, FIRST, 0, ANY, CU_LATEST, 0, 3),
    CAL(1, MU_DAY, FIRST, 0, ANY, CU_NONE, 0, 3),
    CAL(1, MU_DAY, FIRST, 0, WORK, CU_LATEST, 0, 1),
    CAL(1, MU_DAY, FIRST, 0, ANY, CU_LATEST, 2, 1),
    CAL(2, MU_DAY, 20271202, 0, ANY, CU_NONE, 1, 2),
    CAL(15, MU_DAY, 20271205, 0, ANY, CU_LATEST, 7, 2),
    CAL(15, MU_DAY, 20271205, 0, ANY, CU_NONE, 0, 1),
    CAL(1, MU_WEEK, 20271203, 0, ANY, CU_ALL, 7, 2),
    CAL(2, MU_WEEK, 20271204, 0, WORK, CU_LATEST, 0, 2),
    CAL(1, MU_MONTH, 20271231, 0, ANY, CU_LATEST, 0, 2),
    CAL(1, MU_MONTH, FIRST, 31, ANY, CU_ALL, 30, 1),
    CAL(1, MU_MONTH, FIRST, 29, WORK, CU_NONE, 0, 1),
    CAL(1, MU_MONTH, FIRST, 15, ANY, CU_NONE, 3, 1),
    CAL(3, MU_MONTH, 20271130, 0, ANY, CU_LATEST, 7, 2),
    CAL(6, MU_MONTH, 20271215, 0, ANY, CU_ALL, 14, 1),
    CAL(1, MU_YEAR, 20240229, 0, ANY, CU_LATEST, 7, 2),
    CAL(1, MU_YEAR, 20280601, 1, WORK, CU_NONE, 0, 1),
    CAL(1, MU_DAY, FIRST, 0, ANY, CU_ALL, 0, 1),    /* is paused for a while */
    CAL(1, MU_DAY, FIRST, 0, ANY, CU_LATEST, 0, 1), /* its facility is stopped for a while */
    DONE(7, MU_DAY, FIRST, CU_LATEST, 3, 2),
    DONE(1, MU_MONTH, 20271231, CU_LATEST, 7, 2),
    DONE(10, MU_DAY, FIRST, CU_NONE, 0, 1),
    USE(MB_SCHEDULED, CU_ALL, 500000, 1),
    USE(MB_SCHEDULED, CU_LATEST, 200000, 2),
    USE(MB_SCHEDULED, CU_NONE, 200000, 1),
    USE(MB_COMPLETED, CU_LATEST, 300000, 1),
};
#define PAUSED  18
#define STOPPED 19

/* Does the cycle hit this day? By looking at the day alone. */
static bool hits(const struct maint_rule *r, int32_t day)
{
    int64_t days = (clock_day_start(day) - clock_day_start(r->anchor)) / DAY_MS;
    int months = (day / 10000 - r->anchor / 10000) * 12 + day / 100 % 100 - r->anchor / 100 % 100;
    bool last = clock_day_add(day, 1) % 100 == 1;
    int dom = r->month_day ? r->month_day : r->anchor % 100;
    if (day < r->anchor)
        return false;
    if (r->unit == MU_DAY || r->unit == MU_WEEK)
        return days % (r->every_n * (r->unit == MU_WEEK ? 7 : 1)) == 0;
    return months % (r->every_n * (r->unit == MU_YEAR ? 12 : 1)) == 0 &&
           (day % 100 == dom || (last && day % 100 < dom));
}

/* What this company does differently: two days off in the week, and the Saturday that is worked for them */
static const struct {
    int32_t day;
    enum day_kind kind;
} own[] = {
    {20280315, DAY_HOLIDAY},
    {20280316, DAY_HOLIDAY},
    {20280318, DAY_WORK   },
    {20281029, DAY_WORK   }
};

static bool works(int32_t day)
{
    for (size_t i = 0; i < COUNT(own); i++)
        if (own[i].day == day)
            return own[i].kind == DAY_WORK;
    enum day_kind kind = calendar_published(day, NULL);
    return kind == DAY_WORK || kind == DAY_MADE_UP;
}

/* A slot of the rule: on a free day only if no other comes before its work is done. */
static bool named(const struct maint_rule *r, int32_t day)
{
    if (!hits(r, day))
        return false;
    for (int32_t d = day; r->workdays && !works(d);) {
        d = clock_day_add(d, 1);
        if (hits(r, d))
            return false;
    }
    return true;
}

static int64_t rows_of(const struct planned *p, int k, int64_t slot)
{
    return harness_i64("SELECT (SELECT COUNT(*) FROM maint_task WHERE plan_id = $1 AND facility_id = $2 AND slot = $3)"
                       " + (SELECT COUNT(*) FROM maint_gap WHERE plan_id = $1 AND facility_id = $2 AND slot = $3)",
                       ARGS(I64(p->id), I64(p->facility[k]), I64(slot)));
}

static int64_t rows_until(const struct planned *p, int k, int64_t slot)
{
    return harness_i64("SELECT (SELECT COUNT(*) FROM maint_task WHERE plan_id = $1 AND facility_id = $2 AND slot <= $3)"
                       " + (SELECT COUNT(*) FROM maint_gap WHERE plan_id = $1 AND facility_id = $2 AND slot <= $3)",
                       ARGS(I64(p->id), I64(p->facility[k]), I64(slot)));
}

static int64_t gaps(const struct planned *p, const char *reason)
{
    return harness_i64("SELECT COUNT(*) FROM maint_gap WHERE plan_id = $1 AND reason = $2",
                       ARGS(I64(p->id), TXT(reason)));
}

static int64_t tasks(const struct planned *p)
{
    return harness_i64("SELECT COUNT(*) FROM maint_task WHERE plan_id = $1", ARGS(I64(p->id)));
}

static void make_plans(void)
{
    at = sim = clock_day_start(FIRST) + 3 * HOUR_MS;
    for (size_t i = 0; i < COUNT(plan); i++) {
        struct planned *p = &plan[i];
        for (int k = 0; k < p->targets; k++)
            p->facility[k] = make_facility(&w.manager, "lift");
        struct maint_plan in = {.kind = MK_MINOR,
                                .basis = p->basis,
                                .cycle = p->cycle,
                                .every_n = p->r.every_n,
                                .unit = p->r.unit,
                                .anchor_day = p->r.anchor,
                                .month_day = p->r.month_day,
                                .workdays = p->r.workdays != NULL,
                                .step_e3 = p->step,
                                .horizon_days = p->horizon,
                                .remind = "",
                                .catch_up = p->catch_up};
        p->id = make_plan(in, p->facility, (size_t)p->targets, &w.tech[0].id);
        assert_ok(plan_act(&w.manager, p->id, PE_ACTIVATE, NULL));
    }
}

/* ---- what people do meanwhile ---- */

static enum err run_open(struct ctx *cx, void *arg)
{
    static const struct stmt q = {"test.open",
                                  "SELECT t.id FROM maint_task t JOIN maint_plan p ON p.id = t.plan_id"
                                  " WHERE p.basis = 'completed' AND t.state = 'scheduled' AND t.company_id = $1"};
    struct make_call *c = arg;
    return db_ids(cx, &q, ARGS(I64(w.company)), c->ids, COUNT(c->ids), &c->n);
}

/* Now and then somebody does what is open of the plans that count from it. */
static void people_work(void)
{
    struct make_call c;
    at = sim;
    assert_int_equal(harness_read(NULL, run_open, &c), OK);
    for (size_t i = 0; i < c.n; i++)
        if (dice(4) == 0) {
            assert_ok(task_step(&w.tech[0], c.ids[i], (struct maint_step){.event = TE_START, .note = "去做"}));
            assert_ok(task_step(&w.tech[0], c.ids[i], (struct maint_step){.event = TE_SUBMIT}));
            assert_ok(task_step(&w.manager, c.ids[i], (struct maint_step){.event = TE_ACCEPT}));
        }
}

static struct {
    int64_t id, value;
} reading;

static enum err run_reading(struct ctx *cx, void *arg)
{
    (void)arg;
    cx->now = sim;
    return facility_read(cx, reading.id, reading.value);
}

static void hours_run(void)
{
    static int64_t value[COUNT(plan)][3];
    for (size_t i = 0; i < COUNT(plan); i++)
        for (int k = 0; k < plan[i].targets && plan[i].cycle == MC_USAGE; k++) {
            value[i][k] += 1000 * (int64_t)dice(90); /* seldom more than one threshold, sometimes a long run */
            if (dice(30) == 0)
                value[i][k] += 700000;
            reading.id = plan[i].facility[k];
            reading.value = value[i][k];
            assert_int_equal(harness_write(&w.manager, run_reading, NULL), OK);
        }
}

static void set_state(int64_t id, const char *state)
{
    assert_ok(harness_sql("UPDATE facility SET state = $2 WHERE id = $1", ARGS(I64(id), TXT(state))));
}

/* ---- the year ---- */

static int32_t live_the_year(void)
{
    int64_t end = clock_day_start(LAST) + 20 * HOUR_MS, wall = sim, shift = 0;
    int32_t newest = FIRST, seen = 0;
    int outage = 0;
    while (wall < end) {
        wall += (int64_t)(3 + dice(6)) * HOUR_MS;
        int32_t day = clock_day(wall);
        if (day == 20280410 && !outage++) /* nobody is there for three days */
            wall += 3 * DAY_MS;
        if (dice(40) == 0) /* the clock is set wrong; and right again a while later */
            shift = ((int64_t)dice(100) - 50) * HOUR_MS;
        else if (dice(3) == 0)
            shift = 0;
        sim = wall + shift;
        if (clock_day(sim) > newest)
            newest = clock_day(sim);
        if (day >= 20280601 && plan[PAUSED].paused_from == 0) {
            plan[PAUSED].paused_from = clock_day(sim);
            at = sim;
            assert_ok(plan_act(&w.manager, plan[PAUSED].id, PE_PAUSE, "停业"));
        }
        if (day >= 20280620 && plan[PAUSED].paused_to == 0) {
            plan[PAUSED].paused_to = clock_day(sim);
            at = sim;
            assert_ok(plan_act(&w.manager, plan[PAUSED].id, PE_RESUME, NULL));
        }
        if (day >= 20280801 && seen == 0) {
            seen = 1;
            set_state(plan[STOPPED].facility[0], "stopped");
        }
        if (day >= 20280815 && seen == 1) {
            seen = 2;
            set_state(plan[STOPPED].facility[0], "in_use");
        }
        job_round(false);
        if (dice(3) == 0)
            people_work();
        if (dice(5) == 0)
            hours_run();
    }
    sim = wall > sim ? wall : sim;
    if (clock_day(sim) > newest)
        newest = clock_day(sim);
    job_round(true);
    job_round(true); /* and once more: nothing is left to do, nothing is done twice */
    return newest;
}

static void scheduled_is_whole(const struct planned *p, int32_t newest)
{
    for (int k = 0; k < p->targets; k++) {
        int64_t expected = 0;
        for (int32_t d = p->r.anchor; d <= newest; d = clock_day_add(d, 1)) {
            if (!named(&p->r, d) || d < FIRST) /* before the plan began it was nobody's work */
                continue;
            expected++;
            if (rows_of(p, k, d) != 1)
                fail_msg("plan %lld, target %d: %lld rows for slot %d", (long long)p->id, k,
                         (long long)rows_of(p, k, d), d);
        }
        assert_true(expected > 0);
        assert_int_equal(rows_until(p, k, newest), expected); /* and nothing that the calendar does not name */
    }
}

/* Slot by slot: the next one lies one period after the day the one before was handed in. */
struct chain {
    const struct planned *p;
    int64_t slot, done_at;
    size_t n;
    bool gap;
};

static enum err on_link(struct ctx *cx, const struct row *r, void *out)
{
    struct chain *c = out;
    int64_t slot = row_i64(r, 0), closed = row_i64(r, 1);
    (void)cx;
    if (c->n) {
        int32_t from = c->gap ? (int32_t)c->slot : clock_day(c->done_at);
        assert_true(c->gap || c->done_at); /* nothing is made while the one before is open */
        int32_t want = maint_add(from, c->p->r.every_n, c->p->r.unit);
        if (want <= c->slot)
            want = maint_add((int32_t)c->slot, c->p->r.every_n, c->p->r.unit);
        assert_int_equal(slot, want);
    }
    *c = (struct chain){c->p, slot, closed, c->n + 1, row_i64(r, 2) != 0};
    return OK;
}

static enum err run_chain(struct ctx *cx, void *arg)
{
    static const struct stmt q = {
        "test.chain", "SELECT slot, closed_at, 0 FROM maint_task WHERE plan_id = $1 AND facility_id = $2 UNION ALL"
                      " SELECT slot, 0, 1 FROM maint_gap WHERE plan_id = $1 AND facility_id = $2 ORDER BY 1"};
    struct planned *p = arg;
    enum err e = OK;
    for (int k = 0; k < p->targets && !e; k++) {
        struct chain c = {.p = p};
        e = db_each(cx, &q, ARGS(I64(p->id), I64(p->facility[k])), on_link, &c);
        assert_true(c.n > 5);
    }
    return e;
}

static void completed_is_a_chain(struct planned *p)
{
    assert_int_equal(harness_read(NULL, run_chain, p), OK);
    for (int k = 0; k < p->targets; k++) /* it waits for work, or knows when it goes on: never neither */
        assert_int_equal(harness_i64("SELECT (SELECT COUNT(*) FROM maint_target WHERE plan_id = $1 AND facility_id = $2"
                                     " AND next_slot > 0) + (SELECT COUNT(*) FROM maint_task WHERE plan_id = $1"
                                     " AND facility_id = $2 AND state NOT IN ('done', 'skipped'))",
                                     ARGS(I64(p->id), I64(p->facility[k]))),
                         1);
}

static void usage_is_whole(const struct planned *p)
{
    for (int k = 0; k < p->targets; k++) {
        int64_t reads = harness_i64("SELECT reading_e3 FROM facility WHERE id = $1", ARGS(I64(p->facility[k])));
        assert_true(reads > 4 * p->step);
        if (p->basis == MB_COMPLETED)
            continue;
        for (int64_t slot = p->step; slot <= reads; slot += p->step)
            assert_int_equal(rows_of(p, k, slot), 1);
        assert_int_equal(rows_until(p, k, INT64_C(1) << 50), reads / p->step);
    }
}

static void test_maint_year(void **state)
{
    (void)state;
    world_make();
    for (size_t i = 0; i < COUNT(own); i++)
        assert_ok(harness_sql("INSERT INTO calendar_day(company_id, day, kind, name) VALUES ($3, $1, $2, '')",
                              ARGS(I64(own[i].day), TXT(day_kind_name[own[i].kind]), I64(w.company))));
    make_plans();
    int32_t newest = live_the_year();
    print_message("%d transactions died, %d times with the process; %lld tasks, %lld gaps\n", deaths, process_deaths,
                  (long long)harness_i64("SELECT COUNT(*) FROM maint_task", NO_ARGS),
                  (long long)harness_i64("SELECT COUNT(*) FROM maint_gap", NO_ARGS));
    assert_true(deaths > 500 && process_deaths > 100);
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM maint_task t JOIN maint_gap g ON g.plan_id = t.plan_id"
                                 " AND g.facility_id = t.facility_id AND g.slot = t.slot",
                                 NO_ARGS),
                     0);
    for (size_t i = 0; i < COUNT(plan); i++) {
        struct planned *p = &plan[i];
        if (p->cycle == MC_USAGE)
            usage_is_whole(p);
        else if (p->basis == MB_COMPLETED)
            completed_is_a_chain(p);
        else
            scheduled_is_whole(p, newest);
        if (p->catch_up == CU_ALL) /* whatever was missed has been made */
            assert_int_equal(gaps(p, "missed"), 0);
        assert_true(i == PAUSED ? gaps(p, "paused") >= 15 : gaps(p, "paused") == 0);
        assert_true(i == STOPPED ? gaps(p, "stopped") >= 10 : gaps(p, "stopped") == 0);
    }
    /* the outage: daily work without a horizon. none: the days without a server are gaps; latest: so are they, but not the
     * last of a monthly one */
    assert_true(gaps(&plan[2], "missed") >= 3 * 3 && gaps(&plan[1], "missed") >= 3 * 2);
    assert_int_equal(gaps(&plan[10], "missed"), 0);
    assert_true(tasks(&plan[0]) > tasks(&plan[1]) && tasks(&plan[1]) >= tasks(&plan[2]));
}

/* ---- several schedulers at once ---- */

#define AT_ONCE 4
static struct maint_due contested[3];

static enum err run_contested(struct ctx *cx, void *arg)
{
    bool more = false;
    cx->now = sim;
    return maint_make(cx, arg, &more);
}

static void *scheduler(void *arg)
{
    (void)arg;
    for (int i = 0; i < 12; i++) {
        struct ctx *cx = harness_ctx(NULL);
        enum err e = store_write(cx, run_contested, &contested[i % 3]);
        if (e != OK && e != ERR_CONFLICT && e != ERR_RETRY) /* whoever was slower has nothing to do */
            return (void *)(intptr_t)e;
    }
    return NULL;
}

static void schedulers_at_once(void **state)
{
    (void)state;
    world_make();
    int64_t facility[3];
    pthread_t t[AT_ONCE];
    for (int i = 0; i < 3; i++)
        facility[i] = make_facility(&w.manager, "lift");
    int64_t id =
        make_plan((struct maint_plan){.anchor_day = FIRST, .catch_up = CU_ALL, .remind = ""}, facility, 3, NULL);
    at = clock_day_start(FIRST);
    assert_ok(plan_act(&w.manager, id, PE_ACTIVATE, NULL));
    sim = at + 100 * DAY_MS;
    for (int i = 0; i < 3; i++)
        contested[i] = (struct maint_due){id, facility[i]};
    for (int i = 0; i < AT_ONCE; i++)
        assert_int_equal(pthread_create(&t[i], NULL, scheduler, NULL), 0);
    for (int i = 0; i < AT_ONCE; i++) {
        void *failed = NULL;
        pthread_join(t[i], &failed);
        assert_null(failed);
    }
    job_round(true);
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM maint_task WHERE plan_id = $1", ARGS(I64(id))), 3 * 101);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_maint_year), cmocka_unit_test(schedulers_at_once)};
    return cmocka_run_group_tests(tests, world_open, harness_close);
}
