/* test_message.c - messages: once by key, one sender at a time, back-off, giving up, quota. SPDX-License-Identifier: MIT */
#include "domain/message.h"
#include "tests/sql/world.h"

struct add_call {
    struct message m;
    int64_t give_up;
};
static enum err run_add(struct ctx *cx, void *arg)
{
    struct add_call *c = arg;
    return message_add(cx, &c->m, c->give_up);
}

static int64_t company;
static const struct actor nobody = {0};

static void add(const char *dedup, const char *text, int64_t give_up)
{
    struct add_call c = {
        .m = {.company_id = company,
              .account_id = 5,
              .channel = MSG_SMS,
              .kind = "offer",
              .dedup = dedup,
              .to = "13812345678",
              .text = text},
        .give_up = give_up
    };
    assert_ok(write_as(&nobody, run_add, &c));
}

struct claim_call {
    struct message_list l;
    size_t max;
    int64_t lease;
};
static enum err run_claim(struct ctx *cx, void *arg)
{
    struct claim_call *c = arg;
    return message_claim(cx, c->max, c->lease, &c->l);
}
static struct claim_call claim(size_t max)
{
    struct claim_call c = {.max = max, .lease = MINUTE_MS};
    assert_ok(write_as(&nobody, run_claim, &c));
    return c;
}

struct done_call {
    const struct message *m;
    enum message_outcome how;
};
static enum err run_done(struct ctx *cx, void *arg)
{
    struct done_call *c = arg;
    return message_done(cx, c->m, c->how, "ref", c->how == MSG_SENT ? NULL : "busy");
}
static void done(const struct message *m, enum message_outcome how)
{
    struct done_call c = {m, how};
    assert_ok(write_as(&nobody, run_done, &c));
}
static bool is(const char *state)
{
    return harness_i64("SELECT COUNT(*) FROM message WHERE company_id = $1 AND state = $2",
                       ARGS(I64(company), TXT(state))) > 0;
}
static enum err run_next(struct ctx *cx, void *arg)
{
    return message_next_due(cx, arg);
}

static int set_up(void **state)
{
    (void)state;
    at = noon(2026, 11, 23, 10, 0);
    company = id_new();
    assert_ok(harness_sql("DELETE FROM message", NO_ARGS));
    return 0;
}

static void once_by_key(void **state)
{
    (void)state;
    add("k", "first", DAY_MS);
    add("k", "second", DAY_MS);
    struct claim_call c = claim(10);
    assert_int_equal(c.l.n, 1);
    assert_string_equal(c.l.v[0].text, "first");
    assert_string_equal(c.l.v[0].to, "13812345678");
    assert_int_equal(c.l.v[0].attempts, 1);
    assert_int_equal(c.l.v[0].channel, MSG_SMS);
    company = id_new();
    add("k", "another company's", DAY_MS);
    assert_int_equal(claim(10).l.n, 1);
}

static void sealed_at_rest(void **state)
{
    (void)state;
    add("k", "text", DAY_MS);
    /* nothing of it in the clear, and not readable as another row's */
    assert_ok(harness_sql("UPDATE message SET id = id + 1 WHERE company_id = $1", ARGS(I64(company))));
    struct claim_call c = claim(10);
    assert_int_equal(c.l.n, 1);
    assert_null(c.l.v[0].to);
    assert_null(c.l.v[0].text);
}

static void one_sender_at_a_time(void **state)
{
    (void)state;
    add("a", "1", DAY_MS);
    add("b", "2", DAY_MS);
    assert_int_equal(claim(1).l.n, 1);
    assert_int_equal(claim(10).l.n, 1);
    assert_int_equal(claim(10).l.n, 0);
    at += MINUTE_MS - 1;
    assert_int_equal(claim(10).l.n, 0);
    at += 1; /* the sender died: its lease is over */
    struct claim_call c = claim(10);
    assert_int_equal(c.l.n, 2);
    assert_int_equal(c.l.v[0].attempts, 2);
}

static void sent_is_final(void **state)
{
    (void)state;
    add("a", "1", DAY_MS);
    struct claim_call c = claim(10);
    done(&c.l.v[0], MSG_SENT);
    assert_true(is("sent"));
    assert_int_equal(harness_i64("SELECT sent_at FROM message WHERE company_id = $1", ARGS(I64(company))), at);
    at += DAY_MS;
    assert_int_equal(claim(10).l.n, 0);
}

static void backing_off(void **state)
{
    static const int64_t wait[] = {2, 4, 8, 16, 32, 64, 128, 256, 600, 600};
    (void)state;
    add("a", "1", DAY_MS);
    for (size_t i = 0; i < COUNT(wait); i++) {
        struct claim_call c = claim(10);
        assert_int_equal(c.l.n, 1);
        done(&c.l.v[0], MSG_RETRY);
        assert_true(is("pending"));
        int64_t next = 0;
        assert_ok(read_as(&nobody, run_next, &next));
        assert_int_equal(next, at + wait[i] * SECOND_MS);
        at = next - 1;
        assert_int_equal(claim(10).l.n, 0);
        at = next;
    }
}

static void giving_up(void **state)
{
    (void)state;
    add("a", "1", 2 * SECOND_MS); /* the next try would come too late */
    struct claim_call c = claim(10);
    done(&c.l.v[0], MSG_RETRY);
    assert_true(is("dead"));
    add("b", "1", DAY_MS);
    c = claim(10);
    done(&c.l.v[0], MSG_REFUSED);
    add("c", "1", DAY_MS);
    c = claim(10);
    done(&c.l.v[0], MSG_SUPPRESSED);
    assert_true(is("suppressed"));
    at += DAY_MS;
    assert_int_equal(claim(10).l.n, 0);
    int64_t next = 1;
    assert_ok(read_as(&nobody, run_next, &next));
    assert_int_equal(next, 0);
}

static void oldest_first(void **state)
{
    (void)state;
    add("a", "1", DAY_MS);
    at += 5;
    add("b", "2", DAY_MS);
    struct claim_call c = claim(10);
    assert_string_equal(c.l.v[0].text, "1");
    assert_string_equal(c.l.v[1].text, "2");
}

struct quota_call {
    int64_t account, n;
    const char *tmpl;
    bool had;
};
static enum err run_quota_add(struct ctx *cx, void *arg)
{
    struct quota_call *c = arg;
    return message_quota_add(cx, c->account, "wechat", c->tmpl, c->n);
}
static enum err run_quota_take(struct ctx *cx, void *arg)
{
    struct quota_call *c = arg;
    return message_quota_take(cx, c->account, "wechat", c->tmpl, &c->had);
}

static void one_tap_one_message(void **state)
{
    (void)state;
    world_make();
    struct quota_call c = {.account = w.owner.id, .n = 2, .tmpl = "repair"};
    assert_ok(write_as(&nobody, run_quota_take, &c));
    assert_false(c.had);
    assert_ok(write_as(&nobody, run_quota_add, &c));
    c.n = 1;
    assert_ok(write_as(&nobody, run_quota_add, &c));
    for (int i = 0; i < 3; i++) {
        assert_ok(write_as(&nobody, run_quota_take, &c));
        assert_true(c.had);
    }
    assert_ok(write_as(&nobody, run_quota_take, &c));
    assert_false(c.had);
    assert_ok(write_as(&nobody, run_quota_add, &c));
    c.tmpl = "bill"; /* each template for itself */
    assert_ok(write_as(&nobody, run_quota_take, &c));
    assert_false(c.had);
}

#define T(f) cmocka_unit_test_setup(f, set_up)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(once_by_key), T(sealed_at_rest), T(one_sender_at_a_time), T(sent_is_final),
        T(backing_off), T(giving_up),      T(oldest_first),         T(one_tap_one_message),
    };
    return cmocka_run_group_tests(tests, world_open, harness_close);
}
