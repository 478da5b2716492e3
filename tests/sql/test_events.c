/* test_events.c - numbers per topic, order, roll-back, reading back, trimming. SPDX-License-Identifier: MIT */
#include "tests/sql/harness.h"
#include <stdio.h>
#include <string.h>

static enum err emit_two(struct ctx *cx, void *arg)
{
    (void)arg;
    cx_emit(cx, "user:1", "a", "{\"n\":1}");
    cx_emit(cx, "user:2", "b", "{}");
    cx_emit(cx, "user:1", "c", "{\"n\":2}");
    cx_scope_changed(cx, 77);
    cx_session_revoked(cx, 77, 5);
    return OK;
}

static void test_order_and_numbers(void **state)
{
    (void)state;
    harness_forget();
    assert_int_equal(harness_write(NULL, emit_two, NULL), OK);
    assert_int_equal(harness_heard(), 5);
    assert_int_equal(harness_heard_at(0)->kind, 's'); /* rights first, though they were said last */
    assert_int_equal(harness_heard_at(0)->account_id, 77);
    assert_int_equal(harness_heard_at(1)->kind, 'r');
    assert_int_equal(harness_heard_at(1)->session_id, 5);
    static const struct {
        const char *topic, *type;
        int64_t seq;
    } want[] = {
        {"user:1", "a", 1},
        {"user:2", "b", 1},
        {"user:1", "c", 2}
    };
    for (size_t i = 0; i < COUNT(want); i++) {
        const struct heard *h = harness_heard_at(i + 2);
        assert_string_equal(h->topic, want[i].topic);
        assert_string_equal(h->type, want[i].type);
        assert_int_equal(h->seq, want[i].seq);
    }
    assert_string_equal(harness_heard_at(4)->data, "{\"n\":2}");
    assert_int_equal(harness_count(NULL, "a"), 1);
    assert_int_equal(harness_write(NULL, emit_two, NULL), OK);
    assert_int_equal(harness_heard_at(9)->seq, 4);
}

static enum err emit_and_fail(struct ctx *cx, void *arg)
{
    (void)arg;
    cx_emit(cx, "user:3", "never", "{}");
    cx_scope_changed(cx, 1);
    return cx_fail(cx, ERR_STATE, "state", "不行", "no");
}

static void test_rolled_back(void **state)
{
    (void)state;
    harness_forget();
    assert_int_equal(harness_write(NULL, emit_and_fail, NULL), ERR_STATE);
    assert_string_equal(harness_why.en, "no");
    assert_string_equal(harness_why.field, "state");
    assert_int_equal(harness_heard(), 0);
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM event WHERE topic = 'user:3'", NO_ARGS), 0);
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM topic_seq WHERE topic = 'user:3'", NO_ARGS), 0);
}

static enum err emit_in_read(struct ctx *cx, void *arg)
{
    (void)arg;
    cx_emit(cx, "user:3", "never", "{}");
    return OK;
}

static void test_not_in_a_read(void **state)
{
    (void)state;
    assert_int_equal(harness_read(NULL, emit_in_read, NULL), ERR_INTERNAL);
}

struct span {
    const char *topic;
    int64_t after, max, oldest, newest, n, first, last;
};

static void see(void *arg, const struct live_event *ev)
{
    struct span *s = arg;
    if (!s->n++)
        s->first = ev->seq;
    s->last = ev->seq;
    assert_string_equal(ev->topic, s->topic);
    assert_string_equal(ev->type, "tick");
}

static enum err since(struct ctx *cx, void *arg)
{
    struct span *s = arg;
    s->n = s->first = s->last = 0;
    return events_since(cx, s->topic, s->after, s->max, see, s, &s->oldest, &s->newest);
}

static enum err tick(struct ctx *cx, void *arg)
{
    cx->now = *(int64_t *)arg;
    cx_emit(cx, topic_repair(cx, 9), "tick", "{}");
    return OK;
}

static enum err trim(struct ctx *cx, void *arg)
{
    return events_trim(cx, *(int64_t *)arg, arg);
}

static void test_reading_back_and_trim(void **state)
{
    struct span s = {.topic = "repair:9", .max = 100};
    int64_t now = clock_now_ms(), at = now - 10 * DAY_MS, keep;
    (void)state;
    assert_int_equal(harness_read(NULL, since, &s), OK); /* nothing yet: nobody has missed anything */
    assert_int_equal(s.newest, 0);
    assert_int_equal(s.oldest, 1);
    for (int i = 0; i < 10; i++) {
        int64_t t = i < 6 ? at : now;
        assert_int_equal(harness_write(NULL, tick, &t), OK);
    }
    s.after = 3;
    s.max = 4;
    assert_int_equal(harness_read(NULL, since, &s), OK);
    assert_int_equal(s.n, 4);
    assert_int_equal(s.first, 4);
    assert_int_equal(s.last, 7);
    assert_int_equal(s.oldest, 1);
    assert_int_equal(s.newest, 10);
    keep = DAY_MS; /* inside a transaction: one chunk */
    assert_int_equal(harness_write(NULL, trim, &keep), OK);
    assert_int_equal(keep, 6);
    assert_int_equal(harness_read(NULL, since, &s), OK);
    assert_int_equal(s.oldest, 7); /* after = 3 is behind it: a gap */
    assert_int_equal(s.first, 7);
    struct ctx *cx = harness_ctx(NULL);
    cx->now = now + DAY_MS;
    assert_int_equal(events_trim(cx, 0, &keep), OK); /* outside: until nothing is left */
    s.after = 10;
    assert_int_equal(harness_read(NULL, since, &s), OK);
    assert_int_equal(s.oldest, 11);
    assert_int_equal(s.newest, 10);
    assert_int_equal(s.n, 0);
}

static enum err names(struct ctx *cx, void *arg)
{
    (void)arg;
    assert_string_equal(topic_user(cx, 12), "user:12");
    assert_string_equal(topic_board(cx, 7), "project:7:board");
    return OK;
}

static void test_names(void **state)
{
    (void)state;
    assert_int_equal(harness_read(NULL, names, NULL), OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_order_and_numbers), cmocka_unit_test(test_rolled_back),
                                       cmocka_unit_test(test_not_in_a_read),
                                       cmocka_unit_test(test_reading_back_and_trim), cmocka_unit_test(test_names)};
    return cmocka_run_group_tests(tests, harness_open, harness_close);
}
