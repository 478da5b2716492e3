/* test_board.c - the live counters, when they are pushed, the ranking and the time limits, on both engines.
 * SPDX-License-Identifier: MIT */
#include "base/json.h"
#include "domain/board.h"
#include "tests/sql/world.h"

static int set_up(void **state)
{
    (void)state;
    world_make();
    at = clock_now_ms(); /* ids are times: what is made now lies in today's range */
    return 0;
}

struct counted {
    const char *json;
    struct json *j;
    struct arena *a;
};
static enum err run_counters(struct ctx *cx, void *arg)
{
    struct counted *c = arg;
    enum err e = board_counters(cx, &c->json);
    c->j = e ? NULL : json_parse(cx->arena, c->json, strlen(c->json));
    return e;
}

static int64_t counter(const char *group, const char *key)
{
    struct counted c = {0};
    int64_t v = -1;
    assert_ok(read_as(&w.manager, run_counters, &c));
    assert_true(json_i64(json_get(c.j, group), key, &v));
    return v;
}

static void counters_follow_the_orders(void **state)
{
    (void)state;
    assert_int_equal(counter("repairs", "waiting"), 0);
    int64_t id = report(w.plain);
    assert_int_equal(counter("repairs", "waiting"), 1);
    assert_int_equal(counter("today", "reported"), 1);
    dispatch(id);
    struct actor *who = offered_to(id) == w.tech[0].id ? &w.tech[0] : &w.tech[1];
    assert_ok(accept_offer(who, open_offer(id)));
    assert_int_equal(counter("repairs", "waiting"), 0);
    assert_int_equal(counter("repairs", "assigned"), 1);
    assert_int_equal(counter("technicians", "busy"), 1);
    at += 2 * DAY_MS;
    assert_int_equal(counter("repairs", "overdue"), 1);
}

static void nobody_counts_another_project(void **state)
{
    struct counted c = {0};
    struct actor other = w.manager;
    int64_t v = -1;
    (void)state;
    report(w.plain);
    other.project_id = w.other_project;
    assert_ok(read_as(&other, run_counters, &c));
    assert_true(json_i64(json_get(c.j, "repairs"), "waiting", &v));
    assert_int_equal(v, 0);
    assert_ok(read_as(&w.foreign_admin, run_counters, &c));
    assert_true(json_i64(json_get(c.j, "repairs"), "waiting", &v));
    assert_int_equal(v, 0);
}

/* ---- pushing ---- */

struct boards {
    struct board_due due[64];
    size_t n;
    struct board_due *one;
};
static enum err run_moved(struct ctx *cx, void *arg)
{
    struct boards *b = arg;
    return board_moved(cx, b->due, 64, &b->n);
}
static enum err run_count(struct ctx *cx, void *arg)
{
    return board_count(cx, ((struct boards *)arg)->one);
}
static enum err run_push(struct ctx *cx, void *arg)
{
    return board_push(cx, ((struct boards *)arg)->one);
}

static bool push(void) /* what the job does for our project; false: it had nothing to do there */
{
    struct boards b = {.n = 0};
    bool ours = false;
    assert_ok(read_as(&harness_system, run_moved, &b));
    for (size_t i = 0; i < b.n; i++) {
        b.one = &b.due[i];
        ours = ours || b.one->project_id == w.project;
        assert_ok(read_as(&harness_system, run_count, &b));
        assert_ok(write_as(&harness_system, run_push, &b));
    }
    return ours;
}

static void the_board_is_pushed_when_it_moved_and_only_then(void **state)
{
    char topic[64];
    (void)state;
    snprintf(topic, sizeof topic, "project:%lld:board", (long long)w.project);
    report(w.plain);
    harness_forget();
    assert_true(push());
    assert_int_equal(harness_count(topic, "board.counters"), 1);
    assert_false(push()); /* its own event is no news */
    assert_int_equal(harness_count(topic, "board.counters"), 1);
    report(w.plain);
    assert_true(push());
    assert_int_equal(harness_count(topic, "board.counters"), 2);
}

/* ---- ranking and limits ---- */

struct ranked {
    int64_t from, to, n, last;
    struct rank_row of;
    int64_t who;
    struct sla_row sum;
    enum sla_by by;
};
static void on_rank(void *arg, const struct rank_row *r)
{
    struct ranked *k = arg;
    assert_true(k->n++ == 0 || r->score_e2 <= k->last);
    assert_in_range(r->score_e2, 0, 10000);
    k->last = r->score_e2;
    if (r->account_id == k->who)
        k->of = *r;
}
static enum err run_rank(struct ctx *cx, void *arg)
{
    struct ranked *k = arg;
    k->n = 0;
    return board_ranking(cx, k->from, k->to, on_rank, k);
}
static void on_sla(void *arg, const struct sla_row *r)
{
    struct ranked *k = arg;
    k->sum.orders += r->orders;
    k->sum.responded += r->responded;
    k->sum.respond_ok += r->respond_ok;
}
static enum err run_sla(struct ctx *cx, void *arg)
{
    struct ranked *k = arg;
    return board_sla(cx, k->by, k->from, k->to, on_sla, k);
}

static enum err run_own(struct ctx *cx, void *arg)
{
    struct ranked *k = arg;
    return board_rank_own(cx, k->from, k->to, &k->of);
}

/* A technician sees the own figures and nobody else's. */
static void ones_own_figures(void **state)
{
    struct ranked k = {.from = at - DAY_MS, .to = at + DAY_MS};
    (void)state;
    int64_t id = report(w.plain);
    dispatch(id);
    struct actor *who = offered_to(id) == w.tech[0].id ? &w.tech[0] : &w.tech[1],
                 *other = who == &w.tech[0] ? &w.tech[1] : &w.tech[0];
    assert_ok(accept_offer(who, open_offer(id)));
    assert_ok(read_as(who, run_own, &k));
    assert_int_equal(k.of.account_id, who->id);
    assert_int_equal(k.of.taken, 1);
    assert_ok(read_as(other, run_own, &k));
    assert_int_equal(k.of.account_id, other->id);
    assert_int_equal(k.of.taken, 0);
    k.to = k.from;
    assert_err(read_as(who, run_own, &k), ERR_INVALID);
}

static void whoever_takes_and_declines_is_ranked(void **state)
{
    struct ranked k = {.from = at - DAY_MS, .to = at + DAY_MS};
    (void)state;
    int64_t id = report(w.plain);
    dispatch(id);
    struct actor *who = offered_to(id) == w.tech[0].id ? &w.tech[0] : &w.tech[1];
    assert_ok(accept_offer(who, open_offer(id)));
    k.who = who->id;
    assert_ok(read_as(&w.manager, run_rank, &k));
    assert_int_equal(k.of.taken, 1);
    assert_int_equal(k.of.finished, 0);
    assert_int_equal(k.of.score_e2, 2000 + 1500 + 1000 + 1000); /* nothing known yet but that the offer was taken */
    struct actor foreign = w.foreign_admin;
    k.n = 7;
    assert_ok(read_as(&foreign, run_rank, &k));
    assert_int_equal(k.n, 0);
    k.to = k.from;
    assert_err(read_as(&w.manager, run_rank, &k), ERR_INVALID);
}

static void limits_add_up_however_they_are_grouped(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        int64_t id = report(w.plain);
        dispatch(id);
        if (i < 2)
            assert_ok(accept_offer(offered_to(id) == w.tech[0].id ? &w.tech[0] : &w.tech[1], open_offer(id)));
    }
    for (int by = 0; by < SLA_BYS; by++) {
        struct ranked k = {.from = at - DAY_MS, .to = at + DAY_MS, .by = (enum sla_by)by};
        assert_ok(read_as(&w.manager, run_sla, &k));
        assert_int_equal(k.sum.orders, 3);
        assert_int_equal(k.sum.responded, 2);
        assert_int_equal(k.sum.respond_ok, 2);
    }
}

#define T(f) cmocka_unit_test_setup(f, set_up)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(counters_follow_the_orders),
        T(nobody_counts_another_project),
        T(the_board_is_pushed_when_it_moved_and_only_then),
        T(ones_own_figures),
        T(whoever_takes_and_declines_is_ranked),
        T(limits_add_up_however_they_are_grouped),
    };
    return cmocka_run_group_tests(tests, world_open, harness_close);
}
