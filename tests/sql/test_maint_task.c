/* test_maint_task.c - plans, tasks and patrols on both engines: who may do what, checklists, failed items, two people.
 * SPDX-License-Identifier: MIT */
#include "tests/sql/maint_world.h"

#include "domain/facility_int.h"

static int64_t lift;

static int set_up(void **state)
{
    (void)state;
    world_make();
    lift = make_facility(&w.manager, "lift");
    return 0;
}

static const struct maint_item list[] = {
    {.kind = IK_YES_NO, .text = "制动器正常", .required = true},
    {.kind = IK_NUMBER,
     .text = "温度",
     .min_e3 = 0,
     .max_e3 = 40000,
     .has_min = true,
     .has_max = true,
     .required = true},
    {.kind = IK_SIGNATURE,       .text = "签字",                              .required = true},
    {.kind = IK_TEXT,   .text = "备注"                            }
};

static const char *list_json(void)
{
    static char text[2000];
    struct arena *a = arena_new(0);
    snprintf(text, sizeof text, "%s", maint_items_json(a, list, COUNT(list)));
    arena_free(a);
    return text;
}

/* A daily plan from today on, made and active; its first task. */
static int64_t first_task(struct maint_plan p, int64_t *staff)
{
    p.anchor_day = p.anchor_day ? p.anchor_day : clock_day(at);
    p.remind = p.remind ? p.remind : "0";
    int64_t id = make_plan(p, p.route_id ? NULL : &lift, p.route_id ? 0 : 1, staff);
    assert_ok(plan_act(&w.manager, id, PE_ACTIVATE, NULL));
    maint_all();
    return harness_i64("SELECT MIN(id) FROM maint_task WHERE plan_id = $1", ARGS(I64(id)));
}

static int64_t file_of(const struct actor *who)
{
    static const char sha[32];
    int64_t id = id_new();
    char stored[40];
    snprintf(stored, sizeof stored, "f%lld", (long long)id);
    assert_ok(harness_sql("INSERT INTO file(id, company_id, account_id, name, kind, stored, bytes, sha256, created_at)"
                          " VALUES ($1, $2, $3, 'x', 'image/png', $4, 1, $5, 0)",
                          ARGS(I64(id), I64(who->company_id), I64(who->id), TXT(stored), BLOB(sha, 32))));
    return id;
}

static int64_t repairs(void)
{
    return harness_i64("SELECT COUNT(*) FROM repair WHERE company_id = $1", ARGS(I64(w.company)));
}

static void from_scheduled_to_done(void **state)
{
    (void)state;
    int64_t id = first_task((struct maint_plan){.items = list_json()}, &w.tech[0].id);
    struct maint_task t = task_as(&w.tech[0], id);
    assert_int_equal(t.holder_id, w.tech[0].id);
    struct task_call get = {.id = id};
    assert_err(read_as(&w.tech[1], run_task_get, &get), ERR_NOT_FOUND); /* somebody else's work */
    assert_err(read_as(&w.foreign_admin, run_task_get, &get), ERR_NOT_FOUND);
    assert_err(task_step(&w.tech[0], id, STEP(TE_SUBMIT)), ERR_STATE);
    assert_err(task_step(&w.service, id, STEP(TE_START)), ERR_FORBIDDEN);
    assert_err(task_step(&w.tech[0], id, STEP(TE_START, .version = 9)), ERR_CONFLICT);
    assert_ok(task_step(&w.tech[0], id, STEP(TE_START)));

    int64_t sign = file_of(&w.tech[0]), other = file_of(&w.tech[1]);
    struct maint_answer a[] = {
        {.n = 1, .value = "no", .note = "间隙过大"},
        {.n = 2,      .value = "45.5"             },
        {.n = 3,      .file_id = sign},
        {.n = 4,      .value = ""             }
    };
    const struct {
        struct maint_answer a[4];
        size_t n;
        const char *field;
    } wrong[] = {
        {{{.n = 1, .value = "yes"}},                           1, "answers"           }, /* 2, 3 missing */
        {{{.n = 1, .value = "maybe"}},                         1, "answers[0].value"  },
        {{{.n = 1, .value = "yes"}, {.n = 2, .value = "hot"}}, 2, "answers[1].value"  },
        {{{.n = 1, .value = "yes"}, {.n = 1, .value = "no"}},  2, "answers[1].n"      },
        {{{.n = 5, .value = "yes"}},                           1, "answers[0].n"      },
        {{{.n = 3}},                                           1, "answers[0].file_id"},
        {{{.n = 3, .file_id = other}},                         1, "answers[0].file_id"}
    };
    for (size_t i = 0; i < COUNT(wrong); i++) {
        assert_err(task_step(&w.tech[0], id, STEP(TE_SUBMIT, .answers = wrong[i].a, .nanswers = wrong[i].n)),
                   ERR_INVALID);
        assert_field(wrong[i].field);
    }
    assert_int_equal(repairs(), 0); /* nothing of a refused one is kept */
    assert_ok(
        task_step(&w.tech[0], id, STEP(TE_SUBMIT, .answers = a, .nanswers = 4, .labour_min = 40, .cost_fen = 1200)));
    t = task_as(&w.manager, id);
    assert_int_equal(t.failed, 2); /* said no, and too hot */
    assert_int_equal(repairs(), 2);
    assert_int_equal(
        harness_i64("SELECT COUNT(*) FROM repair WHERE facility_id = $1 AND channel = 'inspection'", ARGS(I64(lift))),
        2);

    assert_err(task_step(&w.manager, id, STEP(TE_REJECT)), ERR_INVALID);
    assert_ok(task_step(&w.manager, id, STEP(TE_REJECT, .note = "照片不清")));
    a[0].value = "yes"; /* adjusted meanwhile; still too hot: the order of before stands */
    assert_ok(
        task_step(&w.tech[0], id, STEP(TE_SUBMIT, .answers = a, .nanswers = 3, .labour_min = 60, .cost_fen = 1200)));
    assert_int_equal(repairs(), 2);
    assert_int_equal(task_as(&w.manager, id).failed, 1);
    assert_err(task_step(&w.tech[0], id, STEP(TE_ACCEPT)), ERR_FORBIDDEN);
    assert_ok(task_step(&w.service, id, STEP(TE_ACCEPT)));
    t = task_as(&w.tech[0], id);
    assert_int_equal(t.state, TS_DONE);
    assert_false(t.overdue);
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM maint_task_event WHERE task_id = $1", ARGS(I64(id))), 5);
    assert_int_equal(
        harness_i64("SELECT COUNT(*) FROM facility_event WHERE facility_id = $1 AND kind = 'task'", ARGS(I64(lift))),
        1);
    assert_true(harness_count(NULL, "maint.task") >= 10);
}

static void whoever_did_it_does_not_accept_it(void **state)
{
    (void)state;
    int64_t id = first_task((struct maint_plan){.items = "[]"}, &w.manager.id);
    assert_ok(task_step(&w.manager, id, STEP(TE_START)));
    assert_ok(task_step(&w.manager, id, STEP(TE_SUBMIT)));
    assert_err(task_step(&w.manager, id, STEP(TE_ACCEPT)), ERR_FORBIDDEN);
    assert_err(task_step(&w.manager, id, STEP(TE_REJECT, .note = "x")), ERR_FORBIDDEN);
    assert_ok(task_step(&w.admin, id, STEP(TE_ACCEPT)));
}

static void the_window_and_the_code(void **state)
{
    (void)state;
    int32_t today = clock_day(at);
    int64_t id = first_task(
        (struct maint_plan){.anchor_day = clock_day_add(today, 3), .remind = "7", .early_days = 1, .scan = true},
        &w.tech[0].id);
    struct facility_call made = {.id = lift};
    assert_err(task_step(&w.tech[0], id, STEP(TE_START)), ERR_INVALID);
    assert_field("note");
    assert_err(task_step(&w.tech[0], id, STEP(TE_START, .note = "顺路")), ERR_INVALID);
    assert_field("token");
    assert_err(task_step(&w.tech[0], id, STEP(TE_START, .note = "顺路", .token = "XXXX")), ERR_INVALID);
    (void)made;
    at += 2 * DAY_MS; /* its window */
    assert_err(task_step(&w.tech[0], id, STEP(TE_START)), ERR_INVALID);
    assert_field("token");
    at += 3 * DAY_MS; /* too late without a reason */
    assert_err(task_step(&w.tech[0], id, STEP(TE_START)), ERR_INVALID);
    assert_field("note");
}

struct code_call {
    int64_t id;
    struct facility_code c;
};

static enum err run_code(struct ctx *cx, void *arg)
{
    struct code_call *c = arg;
    return facility_code_make(cx, c->id, &c->c);
}

static void only_the_code_of_that_facility(void **state)
{
    (void)state;
    int64_t id = first_task((struct maint_plan){.scan = true}, &w.tech[0].id),
            other = make_facility(&w.manager, "lift");
    struct code_call mine = {.id = lift}, theirs = {.id = other};
    assert_ok(write_as(&w.manager, run_code, &mine));
    assert_ok(write_as(&w.manager, run_code, &theirs));
    assert_err(task_step(&w.tech[0], id, STEP(TE_START, .token = theirs.c.token)), ERR_INVALID);
    assert_field("token");
    assert_ok(task_step(&w.tech[0], id, STEP(TE_START, .token = mine.c.token)));
}

static void the_law_wants_two_to_skip(void **state)
{
    (void)state;
    int64_t plain = first_task((struct maint_plan){.kind = MK_MINOR}, &w.tech[0].id);
    assert_err(task_step(&w.manager, plain, STEP(TE_SKIP)), ERR_INVALID);
    assert_err(task_step(&w.service, plain, STEP(TE_SKIP, .note = "x")), ERR_FORBIDDEN);
    assert_ok(task_step(&w.manager, plain, STEP(TE_SKIP, .note = "设备停用")));
    assert_int_equal(task_as(&w.manager, plain).state, TS_SKIPPED);
    int64_t law = first_task((struct maint_plan){.statutory = true}, &w.tech[0].id);
    assert_ok(task_step(&w.manager, law, STEP(TE_SKIP, .note = "停梯")));
    assert_int_equal(task_as(&w.manager, law).state, TS_SCHEDULED);
    assert_err(task_step(&w.manager, law, STEP(TE_SKIP, .note = "停梯")), ERR_FORBIDDEN);
    assert_ok(task_step(&w.admin, law, STEP(TE_SKIP, .note = "同意")));
    struct maint_task t = task_as(&w.manager, law);
    assert_int_equal(t.state, TS_SKIPPED);
    assert_int_equal(t.skip_by, w.manager.id);
    assert_int_equal(t.closed_by, w.admin.id);
    /* nor is such a plan paused without a reason */
    int64_t plan = t.plan_id;
    assert_err(plan_act(&w.manager, plan, PE_PAUSE, ""), ERR_INVALID);
    assert_ok(plan_act(&w.manager, plan, PE_PAUSE, "大修"));
    assert_err(plan_act(&w.manager, plan, PE_PAUSE, "大修"), ERR_STATE);
    assert_ok(plan_act(&w.manager, plan, PE_RESUME, NULL));
    assert_err(plan_act(&w.manager, plan, PE_END, NULL), ERR_INVALID);
    assert_ok(plan_act(&w.manager, plan, PE_END, "拆除"));
    assert_err(plan_act(&w.manager, plan, PE_RESUME, NULL), ERR_STATE);
    assert_err(plan_act(&w.foreign_admin, plan, PE_END, "x"), ERR_NOT_FOUND);
}

static enum err run_plan_widen(struct ctx *cx, void *arg)
{
    struct plan_call *c = arg;
    enum err e = maint_plan_get(cx, c->id, &c->out);
    int64_t two[2] = {lift, c->p.id};
    c->out.facilities.p = two;
    c->out.facilities.n = 2;
    return e ? e : maint_plan_change(cx, &c->out);
}

/* What is added to a plan that has long been going was nobody's work before. */
static void a_facility_that_comes_later_has_nothing_behind_it(void **state)
{
    (void)state;
    int64_t old = clock_day_add(clock_day(at), -1000), later = make_facility(&w.manager, "lift");
    int64_t id = first_task((struct maint_plan){.anchor_day = old}, &w.tech[0].id);
    struct plan_call c = {.id = task_as(&w.manager, id).plan_id, .p = {.id = later}};
    assert_ok(plan_act(&w.manager, c.id, PE_PAUSE, "加梯"));
    assert_ok(write_as(&w.manager, run_plan_widen, &c));
    assert_ok(plan_act(&w.manager, c.id, PE_RESUME, NULL));
    maint_all();
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM maint_gap WHERE plan_id = $1", ARGS(I64(c.id))), 0);
    assert_true(harness_i64("SELECT COUNT(*) FROM maint_task WHERE plan_id = $1 AND facility_id = $2",
                            ARGS(I64(c.id), I64(later))) > 0);
}

static void the_pool_and_handing_over(void **state)
{
    (void)state;
    int64_t id = first_task((struct maint_plan){.kind = MK_MINOR}, NULL); /* whoever has the skill */
    assert_int_equal(task_as(&w.tech[1], id).holder_id, 0);
    skilled(&w.tech[2], "electric", 5, NULL);
    struct task_call get = {.id = id};
    assert_err(read_as(&w.tech[2], run_task_get, &get), ERR_NOT_FOUND);
    assert_ok(task_step(&w.tech[1], id, STEP(TE_START)));
    assert_err(task_step(&w.tech[0], id, STEP(TE_SUBMIT)), ERR_NOT_FOUND);
    assert_err(task_step(&w.tech[1], id, STEP(TE_TRANSFER, .target_id = w.owner.id)), ERR_INVALID);
    assert_err(task_step(&w.tech[1], id, STEP(TE_TRANSFER, .target_id = w.tech[1].id)), ERR_INVALID);
    harness_forget();
    assert_ok(task_step(&w.tech[1], id, STEP(TE_TRANSFER, .target_id = w.tech[0].id)));
    char topic[40];
    snprintf(topic, sizeof topic, "user:%lld", (long long)w.tech[0].id);
    assert_int_equal(harness_count(topic, "maint.task"), 1);
    assert_ok(task_step(&w.tech[0], id, STEP(TE_SUBMIT)));
}

struct stat_call {
    int64_t from, to;
    struct maint_compliance c;
    size_t n;
};

static void on_stat(void *arg, const struct maint_compliance *c)
{
    struct stat_call *s = arg;
    s->c = *c;
    s->n++;
}

static enum err run_stat(struct ctx *cx, void *arg)
{
    struct stat_call *s = arg;
    s->n = 0;
    return maint_stat_compliance(cx, "kind", s->from, s->to, on_stat, s);
}

static void done_in_time_is_counted(void **state)
{
    (void)state;
    int32_t from = clock_day(at);
    int64_t id = first_task((struct maint_plan){.kind = MK_MINOR, .remind = ""}, &w.tech[0].id);
    for (int day = 0; day < 4; day++, at += DAY_MS) { /* 1 in time, 1 skipped, 1 late, 1 never */
        maint_all();
        tick_all_tasks();
        int64_t now = harness_i64("SELECT COALESCE(MAX(id), 0) FROM maint_task WHERE day = $1 AND company_id = $2",
                                  ARGS(I64(clock_day(at)), I64(w.company)));
        if (day == 0) {
            assert_ok(task_step(&w.tech[0], now, STEP(TE_START)));
            assert_ok(task_step(&w.tech[0], now, STEP(TE_SUBMIT)));
            assert_ok(task_step(&w.manager, now, STEP(TE_ACCEPT)));
        } else if (day == 1) {
            assert_ok(task_step(&w.manager, now, STEP(TE_SKIP, .note = "x")));
        } else if (day == 3) {
            int64_t late = harness_i64("SELECT MAX(id) FROM maint_task WHERE day = $1 AND company_id = $2",
                                       ARGS(I64(clock_day_add(clock_day(at), -1)), I64(w.company)));
            assert_ok(task_step(&w.tech[0], late, STEP(TE_START, .note = "补")));
            assert_ok(task_step(&w.tech[0], late, STEP(TE_SUBMIT)));
            assert_ok(task_step(&w.manager, late, STEP(TE_ACCEPT)));
        }
    }
    (void)id;
    struct stat_call s = {.from = from, .to = clock_day_add(from, 3)};
    assert_ok(read_as(&w.auditor, run_stat, &s));
    assert_int_equal(s.n, 1);
    assert_int_equal(s.c.due, 4);
    assert_int_equal(s.c.done, 2);
    assert_int_equal(s.c.in_time, 1);
    assert_int_equal(s.c.skipped, 1);
    assert_int_equal(s.c.open, 1);
    assert_int_equal(s.c.late, 1);
    assert_ok(read_as(&w.foreign_admin, run_stat, &s));
    assert_int_equal(s.n, 0);
}

/* ---- patrol ---- */

struct route_call {
    struct maint_route r;
    struct maint_check_in in;
    struct maint_check out;
    int64_t id;
    const char *token;
};

static enum err run_save_route(struct ctx *cx, void *arg)
{
    struct route_call *c = arg;
    struct maint_route r = c->r;
    enum err e = maint_route_save(cx, &r);
    return e ? e : maint_route_get(cx, r.id, &c->r);
}
static enum err run_check(struct ctx *cx, void *arg)
{
    struct route_call *c = arg;
    return maint_patrol_check(cx, c->id, &c->in, &c->out);
}
static enum err run_rotate(struct ctx *cx, void *arg)
{
    struct route_call *c = arg;
    return maint_point_rotate(cx, c->id, &c->token);
}

static enum err look_at(const struct actor *who, int64_t task, const char *token, struct route_call *c)
{
    c->id = task;
    c->in.token = token;
    return write_as(who, run_check, c);
}

static int64_t points_in(int64_t task, const char *state)
{
    return harness_i64("SELECT COUNT(*) FROM maint_check WHERE task_id = $1 AND state = $2",
                       ARGS(I64(task), TXT(state)));
}

static void a_round(void **state)
{
    (void)state;
    static struct maint_point points[] = {
        {.name = "东门",     .at_min = 600,  .window_min = 30}, /* 10:00 */
        {.name = "泵房",     .at_min = 660,  .window_min = 30, .lat_e6 = 31230400, .lng_e6 = 121473700, .radius_m = 50},
        {.name = "屋顶", .at_min = 720, .window_min = 30                },
        {.name = "车库",       .at_min = 780,     .window_min = 30    }
    };
    points[1].facility_id = lift;
    struct route_call c = {
        .r = {.name = "日间巡逻", .in_order = true, .enabled = true, .points = {points, COUNT(points)}}
    };
    assert_ok(write_as(&w.manager, run_save_route, &c));
    const struct maint_point *p = c.r.points.p;
    int64_t id = first_task((struct maint_plan){.kind = MK_PATROL, .route_id = c.r.id}, &w.tech[0].id);
    assert_int_equal(points_in(id, "wait"), 4);
    c.in = (struct maint_check_in){0};
    assert_err(look_at(&w.tech[0], id, p[0].token, &c), ERR_FORBIDDEN); /* not begun */
    assert_ok(task_step(&w.tech[0], id, STEP(TE_START)));
    assert_err(look_at(&w.tech[0], id, "NONSENSE", &c), ERR_INVALID);
    assert_err(look_at(&w.tech[0], id, p[1].token, &c), ERR_STATE); /* in order */
    assert_ok(look_at(&w.tech[0], id, p[0].token, &c));
    assert_string_equal(c.out.state, "on_time");
    assert_err(look_at(&w.tech[0], id, p[0].token, &c), ERR_STATE);
    assert_err(look_at(&w.tech[0], id, p[1].token, &c), ERR_INVALID); /* where are you? */
    assert_field("lat_e6");
    c.in = (struct maint_check_in){.has_place = true, .lat_e6 = 31231400, .lng_e6 = 121473700};
    assert_err(look_at(&w.tech[0], id, p[1].token, &c), ERR_INVALID); /* 111 m away */
    c.in.lat_e6 = 31230600;
    c.in.fault = true;
    assert_err(look_at(&w.tech[0], id, p[1].token, &c), ERR_INVALID);
    assert_field("note");
    c.in.note = "漏水";
    assert_ok(look_at(&w.tech[0], id, p[1].token, &c));
    assert_string_equal(c.out.state, "early");
    assert_true(c.out.away_m >= 21 && c.out.away_m <= 23);
    assert_true(c.out.repair_id && repairs() == 1);
    c.in = (struct maint_check_in){0};
    /* a new code ends the old one */
    c.id = p[2].id;
    assert_ok(write_as(&w.manager, run_rotate, &c));
    assert_err(look_at(&w.tech[0], id, p[2].token, &c), ERR_INVALID);
    at += 3 * HOUR_MS;
    assert_ok(look_at(&w.tech[0], id, c.token, &c));
    assert_string_equal(c.out.state, "late");
    assert_ok(task_step(&w.tech[0], id, STEP(TE_SUBMIT)));
    assert_int_equal(points_in(id, "missed"), 1);
    assert_int_equal(task_as(&w.manager, id).failed, 1);
    /* sent back: the missed point is looked at again, and stays marked */
    assert_ok(task_step(&w.manager, id, STEP(TE_REJECT, .note = "补检车库")));
    assert_ok(look_at(&w.tech[0], id, p[3].token, &c));
    assert_string_equal(c.out.state, "reinspected");
    assert_ok(task_step(&w.tech[0], id, STEP(TE_SUBMIT)));
    assert_ok(task_step(&w.manager, id, STEP(TE_ACCEPT)));

    /* a patrol nobody goes on: all of it is missed when its day is over */
    at += DAY_MS;
    maint_all();
    at += DAY_MS;
    tick_all_tasks();
    /* a point that is taken out of the route stops nobody on the way */
    at += 2 * HOUR_MS;
    maint_all();
    int64_t now = harness_i64("SELECT MAX(t.id) FROM maint_task t WHERE t.plan_id = $1 AND t.state = 'scheduled'",
                              ARGS(I64(task_as(&w.manager, id).plan_id)));
    assert_int_equal(points_in(now, "wait"), 4);
    assert_ok(task_step(&w.tech[0], now, STEP(TE_START)));
    c.r.points.p = &((struct maint_point *)c.r.points.p)[1];
    c.r.points.n--;
    assert_ok(write_as(&w.manager, run_save_route, &c));
    assert_int_equal(points_in(now, "wait"), 3);
    c.in = (struct maint_check_in){.has_place = true, .lat_e6 = 31230400, .lng_e6 = 121473700};
    assert_ok(look_at(&w.tech[0], now, ((const struct maint_point *)c.r.points.p)->token, &c));
    int64_t gone = harness_i64("SELECT MAX(t.id) FROM maint_task t WHERE t.plan_id = $1 AND t.overdue = 1",
                               ARGS(I64(task_as(&w.manager, id).plan_id)));
    assert_int_equal(points_in(gone, "missed"), 4);
}

static enum err run_from(struct ctx *cx, void *arg)
{
    struct plan_call *c = arg;
    struct maint_plan p = c->p;
    return maint_plan_from(cx, c->reason, &p, &c->id);
}

static void every_template_makes_a_plan(void **state)
{
    (void)state;
    for (size_t i = 0; i < maint_template_count(); i++) {
        struct plan_call c = {
            .reason = maint_template_at(i)->code,
            .p = {.anchor_day = clock_day(at), .facilities = {&lift, 1}, .staff = {&w.tech[0].id, 1}, .every_n = 1}
        };
        assert_ok(write_as(&w.manager, run_from, &c));
        assert_ok(plan_act(&w.manager, c.id, PE_ACTIVATE, NULL));
    }
    maint_all();
    assert_int_equal(
        harness_i64("SELECT COUNT(DISTINCT plan_id) FROM maint_task WHERE company_id = $1", ARGS(I64(w.company))),
        maint_template_count());
    struct plan_call none = {.reason = "no"};
    assert_err(write_as(&w.manager, run_from, &none), ERR_NOT_FOUND);
}

static void what_a_plan_cannot_be(void **state)
{
    (void)state;
    int64_t theirs = make_facility(&w.foreign_admin, "lift");
    int32_t today = clock_day(at);
    const struct {
        struct maint_plan p;
        const char *field;
    } t[] = {
        {{.anchor_day = 0},                                        "anchor_day"   },
        {{.anchor_day = today, .remind = "x"},                     "remind"       },
        {{.anchor_day = today, .last_day = 20200101},              "last_day"     },
        {{.anchor_day = today, .month_day = 5},                    "month_day"    },
        {{.cycle = MC_USAGE},                                      "step_e3"      },
        {{.anchor_day = today, .kind = MK_PATROL},                 "route_id"     },
        {{.anchor_day = today, .route_id = 5},                     "route_id"     },
        {{.anchor_day = today, .deputy_id = w.owner.id},           "deputy_id"    },
        {{.anchor_day = today, .fault_type_id = 5},                "fault_type_id"},
        {{.anchor_day = today, .facilities = {&theirs, 1}},        "facilities"   },
        {{.anchor_day = today, .staff = {&w.foreign_admin.id, 1}}, "staff"        },
        {{.anchor_day = today, .skill = ""},                       "staff"        }
    };
    for (size_t i = 0; i < COUNT(t); i++) {
        struct plan_call c = {.p = t[i].p};
        c.p.name = "不行";
        c.p.every_n = 1;
        c.p.skill = t[i].p.skill ? t[i].p.skill : "plumbing";
        assert_err(write_as(&w.manager, run_plan_add, &c), ERR_INVALID);
        assert_field(t[i].field);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(from_scheduled_to_done, set_up),
        cmocka_unit_test_setup(whoever_did_it_does_not_accept_it, set_up),
        cmocka_unit_test_setup(the_window_and_the_code, set_up),
        cmocka_unit_test_setup(only_the_code_of_that_facility, set_up),
        cmocka_unit_test_setup(the_law_wants_two_to_skip, set_up),
        cmocka_unit_test_setup(a_facility_that_comes_later_has_nothing_behind_it, set_up),
        cmocka_unit_test_setup(the_pool_and_handing_over, set_up),
        cmocka_unit_test_setup(done_in_time_is_counted, set_up),
        cmocka_unit_test_setup(a_round, set_up),
        cmocka_unit_test_setup(every_template_makes_a_plan, set_up),
        cmocka_unit_test_setup(what_a_plan_cannot_be, set_up),
    };
    return cmocka_run_group_tests(tests, world_open, harness_close);
}
