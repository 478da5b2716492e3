/* test_room_code.c - the codes on doors on both engines: rotation, revocation, expiry, what a stranger sees, how often he may
 * guess, and what a claim is good for.  SPDX-License-Identifier: MIT */
#include "tests/sql/counter_world.h"

#include "domain/room_code.h"

static const struct actor nobody = {0};
static const char *from = "10.1.1.1";

static int set_up(void **state)
{
    int rc = counter_world(state);
    lives_in(41, 102, "owner");
    lives_in(42, 102, "tenant");
    add_bill((struct new_bill){.id = 200,
                               .room = 102,
                               .payer = 41,
                               .fee = 10000,
                               .water = 2000,
                               .from = 20261001,
                               .to = 20261031,
                               .due = 20261115,
                               .published = 20261001});
    add_bill((struct new_bill){.id = 201,
                               .room = 102,
                               .payer = 41,
                               .fee = 9000,
                               .from = 20260901,
                               .to = 20260930,
                               .due = 20260915,
                               .published = 20260901});
    return rc;
}

struct call {
    int64_t room, expires, made, company, project, got;
    const char *token, *last4, *claim;
    struct room_code c;
    struct room_landing l;
    struct room_claim k;
    size_t n;
};

static enum err run_make(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return room_code_make(cx, c->room, c->expires, &c->c);
}

static enum err run_all(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return room_code_make_all(cx, c->room, &c->made);
}

static enum err run_revoke(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return room_code_revoke(cx, c->room);
}

static enum err run_landing(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return room_code_landing(cx, c->token, &c->l);
}

static enum err run_claim(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    return room_code_claim(cx, c->claim, &c->company, &c->project, &c->got);
}

static void count(void *arg, const struct room_code *code)
{
    struct call *c = arg;
    assert_string_equal(code->project, "阳光花园");
    c->n++;
}

static enum err run_list(struct ctx *cx, void *arg)
{
    struct call *c = arg;
    c->n = 0;
    return room_code_list(cx, c->room, count, c);
}

static const char *make(int64_t room)
{
    struct call c = {.room = room};
    assert_ok(write_as(&bert, run_make, &c));
    return c.c.token;
}

static enum err land(const char *token)
{
    struct call c = {.token = token};
    return read_as(&nobody, run_landing, &c);
}

static enum err check(const char *token, const char *last4, struct room_claim *k)
{
    struct ctx *cx = harness_ctx(&nobody);
    cx->now = at;
    cx->ip = from;
    enum err e = room_code_check(cx, token, last4, k);
    why = cx->why;
    return e;
}

static enum err claim(const char *text)
{
    struct call c = {.claim = text};
    enum err e = read_as(&nobody, run_claim, &c);
    if (!e) {
        assert_int_equal(c.company, 1);
        assert_int_equal(c.project, 11);
        assert_int_equal(c.got, 102);
    }
    return e;
}

static void test_a_stranger_sees_masks(void **state)
{
    struct call c = {.token = make(102)};
    (void)state;
    assert_ok(read_as(&nobody, run_landing, &c));
    assert_string_equal(c.l.project, "阳光花园");
    assert_string_equal(c.l.room, "1栋1单元15**");
    assert_string_equal(c.l.payer, "张*");
    assert_true(c.l.due);
    c.token = make(103);
    assert_ok(read_as(&nobody, run_landing, &c));
    assert_false(c.l.due);
    assert_string_equal(c.l.payer, "");
}

static void test_old_revoked_and_expired_look_the_same(void **state)
{
    struct call c = {.room = 102, .expires = at + HOUR_MS};
    (void)state;
    const char *first = make(102), *second = make(102);
    assert_true(strcmp(first, second) != 0);
    assert_err(land(first), ERR_NOT_FOUND);
    const char *text = why.en;
    assert_ok(land(second));
    assert_ok(write_as(&bert, run_revoke, &c));
    assert_err(land(second), ERR_NOT_FOUND);
    assert_string_equal(why.en, text);
    assert_err(write_as(&bert, run_revoke, &c), ERR_NOT_FOUND);
    assert_ok(write_as(&bert, run_make, &c));
    const char *third = c.c.token;
    assert_ok(land(third));
    at += HOUR_MS;
    assert_err(land(third), ERR_NOT_FOUND);
    assert_string_equal(why.en, text);
    assert_err(land("nonsense"), ERR_NOT_FOUND);
    assert_string_equal(why.en, text);
    c.room = 102, c.expires = at;
    assert_err(write_as(&bert, run_make, &c), ERR_INVALID);
    c.expires = 0;
    assert_err(write_as(&stranger, run_make, &c), ERR_NOT_FOUND);
    assert_err(write_as(&stranger, run_revoke, &c), ERR_NOT_FOUND);
}

static void test_the_last_four_digits_open_the_bills(void **state)
{
    struct room_claim k;
    const char *token = make(102);
    (void)state;
    at += HOUR_MS;
    from = "10.0.0.1";
    assert_err(check(token, "0000", &k), ERR_INVALID);
    assert_string_equal(why.field, "last4");
    assert_ok(check(token, "1234", &k));
    assert_int_equal(k.nbill, 2);
    assert_int_equal(k.bill[0].id, 201); /* due first */
    assert_int_equal(k.due_fen, 21000);
    assert_string_equal(k.payer, "张*");
    assert_ok(check(token, "5678", &k)); /* the tenant's */
    assert_ok(claim(k.claim));
    assert_err(claim(token), ERR_UNAUTHENTICATED); /* a door is no claim */
    assert_err(land(k.claim), ERR_NOT_FOUND);      /* nor the other way */
    at += CLAIM_MS - SECOND_MS;
    assert_ok(claim(k.claim));
    at += SECOND_MS;
    assert_err(claim(k.claim), ERR_UNAUTHENTICATED);
    assert_ok(check(token, "1234", &k));
    assert_ok(claim(k.claim));
    at += MINUTE_MS;
    make(102);
    assert_err(claim(k.claim), ERR_UNAUTHENTICATED); /* made anew: claims of the old paper end */
}

static void test_guessing_stops(void **state)
{
    struct room_claim k;
    (void)state;
    at += 2 * HOUR_MS - at % HOUR_MS;
    const char *token = make(102);
    from = "10.0.0.2";
    for (int i = 0; i < ROOM_CODE_TRIES; i++)
        assert_err(check(token, "0000", &k), ERR_INVALID);
    assert_err(check(token, "1234", &k), ERR_RATE); /* the right one too */
    from = "10.0.0.3";
    assert_ok(check(token, "1234", &k)); /* somebody else is not shut out */
    for (int i = 0; i < ROOM_CODE_TRIES_ALL - ROOM_CODE_TRIES - 1; i++) {
        from = arena_printf(harness_ctx(NULL)->arena, "10.9.0.%d", i);
        assert_err(check(token, "0000", &k), ERR_INVALID);
    }
    from = "10.0.0.4";
    assert_err(check(token, "1234", &k), ERR_RATE); /* until too many from everywhere */
    at += 59 * MINUTE_MS;
    from = "10.0.0.2";
    assert_err(check(token, "1234", &k), ERR_RATE);
    at += MINUTE_MS;
    assert_ok(check(token, "1234", &k));
    assert_in_range(harness_i64("SELECT COUNT(*) FROM room_code_try", NO_ARGS), 1, 4); /* old tries are swept */
}

static void test_a_lease_that_ended_opens_nothing(void **state)
{
    struct room_claim k;
    const char *token = make(102);
    (void)state;
    at += 2 * HOUR_MS;
    sql("UPDATE binding SET state = 'revoked' WHERE account_id = 42", NO_ARGS);
    assert_err(check(token, "5678", &k), ERR_INVALID);
    assert_err(check(make(104), "1234", &k), ERR_INVALID); /* a room of nobody */
}

static void test_a_building_at_once(void **state)
{
    struct call c = {.room = 12};
    size_t n = 0;
    (void)state;
    const char *kept = make(100);
    assert_ok(write_as(&bert, run_all, &c));
    assert_int_equal(c.made, 1); /* 100 and 102 have theirs */
    assert_ok(land(kept));
    assert_ok(read_as(&bert, run_list, &c));
    assert_int_equal(c.n, 3);
    assert_err(write_as(&stranger, run_all, &c), ERR_NOT_FOUND);
    assert_ok(read_as(&stranger, run_list, &c));
    assert_int_equal(c.n, 0);
    struct room_code v[16];
    for (size_t i = 0; i < COUNT(v); i++)
        v[i] = (struct room_code){.room = "1栋1单元101室", .project = "阳光花园", .token = kept};
    const char *pdf = room_code_sheet(harness_ctx(NULL)->arena, v, COUNT(v), "https://pay.example.cn/#/pay/", &n);
    assert_memory_equal(pdf, "%PDF-", 5);
    assert_in_range(n, 5000, 200000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_stranger_sees_masks),
        cmocka_unit_test(test_old_revoked_and_expired_look_the_same),
        cmocka_unit_test(test_the_last_four_digits_open_the_bills),
        cmocka_unit_test(test_guessing_stops),
        cmocka_unit_test(test_a_lease_that_ended_opens_nothing),
        cmocka_unit_test(test_a_building_at_once),
    };
    return cmocka_run_group_tests(tests, set_up, harness_close);
}
