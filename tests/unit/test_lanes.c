/* test_lanes.c - the bounded queue and the SLOW lane. SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "platform/jobs/queue.h"
#include "platform/jobs/slow.h"
#include <stdatomic.h>
#include <unistd.h>

static void test_queue_order_and_bounds(void **state)
{
    struct queue q;
    struct job j[5] = {0}, *list;
    bool closed;
    (void)state;
    queue_init(&q, 4);
    for (int i = 0; i < 5; i++)
        assert_int_equal(queue_put(&q, &j[i], false), i < 4); /* the fifth finds it full */
    list = queue_take(&q, 3, -1, &closed);
    assert_true(list == &j[0] && j[0].next == &j[1] && j[1].next == &j[2] && !j[2].next && !closed);
    assert_int_equal(queue_length(&q), 1);
    queue_close(&q);
    assert_false(queue_put(&q, &j[0], true));
    assert_ptr_equal(queue_take(&q, 3, -1, &closed), &j[3]); /* what is queued is still done */
    assert_false(closed);
    assert_null(queue_take(&q, 3, -1, &closed));
    assert_true(closed);
    queue_destroy(&q);
}

static void test_queue_waits(void **state)
{
    struct queue q;
    bool closed;
    (void)state;
    queue_init(&q, 1);
    int64_t begun = clock_mono_ms();
    assert_null(queue_take(&q, 1, 30, &closed));
    assert_true(!closed && clock_mono_ms() - begun >= 29);
    queue_destroy(&q);
}

static _Atomic int running, most, done, results[ERR_COUNT];

static enum err work(struct ctx *cx, void *arg)
{
    int now = atomic_fetch_add(&running, 1) + 1, seen = atomic_load(&most);
    while (now > seen && !atomic_compare_exchange_weak(&most, &seen, now))
        ;
    assert_null(cx->db);
    usleep(2000);
    atomic_fetch_sub(&running, 1);
    return *(enum err *)arg;
}

static void work_done(struct job *job, enum err e)
{
    (void)job;
    atomic_fetch_add(&results[e], 1);
    atomic_fetch_add(&done, 1);
}

static void test_slow_lane(void **state)
{
    static struct job j[40];
    struct ctx cx = {0};
    enum err ok = OK, bad = ERR_UPSTREAM;
    int taken = 0;
    (void)state;
    struct slow_lane *l = slow_start(3, 16);
    assert_non_null(l);
    for (int i = 0; i < 40; i++) {
        j[i] = (struct job){.cx = &cx, .run = work, .done = work_done, .arg = i % 2 ? &ok : &bad};
        j[i].give_up_mono_ms = i == 5 ? 1 : 0;
        taken += slow_submit(l, &j[i]);
    }
    assert_in_range(taken, 16, 30); /* then it was full: the caller keeps the job and answers 503 */
    slow_stop(l);                   /* finishes what it took */
    assert_int_equal(done, taken);
    assert_int_equal(results[ERR_TIMEOUT], 1);
    assert_int_equal(results[OK] + results[ERR_UPSTREAM], taken - 1);
    assert_in_range(most, 1, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_queue_order_and_bounds),
                                       cmocka_unit_test(test_queue_waits), cmocka_unit_test(test_slow_lane)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
