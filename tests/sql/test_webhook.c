/* test_webhook.c - whose turn it is among webhooks, on both engines: one delivery of each at a time, the one that has waited longest
 * first, the slow ones among their like, leases that run out. SPDX-License-Identifier: MIT */
#include "domain/webhook.h"
#include "tests/sql/world.h"

struct call {
    struct webhook w;
    const char *secret;
    bool slow, found;
    struct sending s;
    int status;
    int64_t took;
};

static enum err run_put(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return webhook_put(cx, &c->w, &c->w.id, &c->secret);
}

static enum err run_claim(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return webhook_claim(cx, c->slow, &c->s, &c->found);
}

static enum err run_done(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return webhook_done(cx, &c->s, c->status, c->status ? "" : "no answer", c->took);
}

/* Turns are taken among the webhooks of all companies. */
static int set_up(void **state)
{
    assert_ok(harness_sql("DELETE FROM webhook_delivery", NO_ARGS));
    return world_set_up(state);
}

static int64_t next_seq = 1;

static int64_t hook(int deliveries)
{
    struct call c = {
        .w = {.url = "https://hook.example.cn/", .events = ",repair.status,"}
    };
    assert_ok(write_as(&w.admin, run_put, &c));
    for (int i = 0; i < deliveries; i++)
        assert_ok(
            harness_sql("INSERT INTO webhook_delivery(id, company_id, webhook_id, project_id, seq, event, body,"
                        " next_at, created_at) VALUES ($1, $2, $3, $4, $5, 'repair.status', '{}', $6, $6)",
                        ARGS(I64(id_new()), I64(w.company), I64(c.w.id), I64(w.project), I64(next_seq++), I64(at))));
    return c.w.id;
}

/* The webhook whose turn it was; 0: none. */
static int64_t claim(struct call *c, bool slow)
{
    *c = (struct call){.slow = slow};
    assert_ok(write_as(&harness_system, run_claim, c));
    return c->found ? c->s.webhook_id : 0;
}

static void done(struct call *c, int status, int64_t took)
{
    c->status = status;
    c->took = took;
    assert_ok(write_as(&harness_system, run_done, c));
}

static int64_t of(const char *sql, int64_t id)
{
    return harness_i64(sql, ARGS(I64(id)));
}

static void turns_go_round(void **state)
{
    (void)state;
    struct call a, b, c;
    int64_t busy = hook(3), calm = hook(1); /* three wait for the first before one does for the second */
    assert_int_equal(claim(&a, false), busy);
    assert_int_equal(claim(&b, false), calm);
    assert_int_equal(claim(&c, false), 0); /* each has one under way */
    at += 10;
    done(&a, 200, 5);
    at += 10;
    done(&b, 200, 5);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(claim(&a, false), busy);
        assert_int_equal(claim(&b, false), 0);
        at += 10;
        done(&a, 204, 5);
    }
    assert_int_equal(claim(&a, false), 0);
    assert_int_equal(of("SELECT COUNT(*) FROM webhook_delivery WHERE webhook_id = $1 AND state = 'done'", busy), 3);
}

static void slow_ones_wait_among_themselves(void **state)
{
    (void)state;
    struct call a, b;
    int64_t slow = hook(3);
    assert_int_equal(claim(&a, false), slow); /* not known yet */
    at += 10000;
    done(&a, 0, 10000);
    assert_int_equal(of("SELECT slow FROM webhook WHERE id = $1", slow), 1);
    int64_t since = of("SELECT failing_since FROM webhook WHERE id = $1", slow);
    assert_int_equal(since, at);
    int64_t quick = hook(1);
    assert_int_equal(claim(&a, false), quick);
    assert_int_equal(claim(&b, false), 0);
    done(&a, 500, 5); /* a refusal that comes at once keeps nobody waiting */
    assert_int_equal(of("SELECT slow FROM webhook WHERE id = $1", quick), 0);
    assert_int_equal(claim(&a, true), slow);
    assert_int_equal(claim(&b, true), 0);
    at += 10000;
    done(&a, 0, 10000);
    assert_int_equal(of("SELECT failing_since FROM webhook WHERE id = $1", slow), since);
    at += 1;
    assert_int_equal(claim(&a, true), slow);
    done(&a, 200, 20);
    assert_int_equal(of("SELECT slow + failing_since FROM webhook WHERE id = $1", slow), 0);
    at += MINUTE_MS; /* its first try's pause is over: it is among the others again */
    assert_int_equal(claim(&a, true), 0);
    assert_int_equal(claim(&a, false), quick); /* has waited longer */
    assert_int_equal(claim(&b, false), slow);
}

static void a_lease_that_ran_out_counts_for_the_next(void **state)
{
    (void)state;
    struct call late, next;
    int64_t id = hook(1);
    assert_int_equal(claim(&late, false), id);
    at += 60001; /* that server died */
    assert_int_equal(claim(&next, false), id);
    assert_int_equal(next.s.attempts, 2);
    assert_int_equal(next.s.id, late.s.id);
    done(&late, 500, 5); /* or did not: what it says is of no interest any more */
    assert_int_equal(of("SELECT COUNT(*) FROM webhook_delivery WHERE webhook_id = $1 AND status = 0", id), 1);
    done(&next, 200, 5);
    assert_int_equal(of("SELECT status FROM webhook_delivery WHERE webhook_id = $1", id), 200);
    assert_int_equal(of("SELECT failing_since FROM webhook WHERE id = $1", id), 0);
}

static void what_is_off_gets_no_turn(void **state)
{
    (void)state;
    struct call a;
    int64_t id = hook(2);
    assert_ok(harness_sql("UPDATE webhook SET enabled = 0 WHERE id = $1", ARGS(I64(id))));
    assert_int_equal(claim(&a, false), 0);
    assert_ok(harness_sql("UPDATE webhook SET enabled = 1 WHERE id = $1", ARGS(I64(id))));
    assert_int_equal(claim(&a, false), id);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test_setup(turns_go_round, set_up),
                                       cmocka_unit_test_setup(slow_ones_wait_among_themselves, set_up),
                                       cmocka_unit_test_setup(a_lease_that_ran_out_counts_for_the_next, set_up),
                                       cmocka_unit_test_setup(what_is_off_gets_no_turn, set_up)};
    return cmocka_run_group_tests(tests, world_open, harness_close);
}
