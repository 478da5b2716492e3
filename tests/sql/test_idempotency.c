/* test_idempotency.c - the statements under the Idempotency-Key: the first answer is kept, a second insert with the
 * key is refused, a day later it is gone. The way through a request is e2e's business. SPDX-License-Identifier: MIT */
#include "api/serve.h"
#include "tests/sql/world.h"

#define BODY_TEXT "{\"id\":\"1\",\"名\":\"值\"}"

static const struct stmt *named(const char *name)
{
    for (size_t i = 0; i < stmt_count(); i++)
        if (!strcmp(stmt_at(i)->name, name))
            return stmt_at(i);
    fail_msg("no statement %s", name);
    return NULL;
}

struct key_call {
    int64_t account, status;
    const char *route, *key, *body;
    const uint8_t *sha;
    size_t nsha;
};
static enum err run_add(struct ctx *cx, void *arg)
{
    struct key_call *c = arg;
    return db_exec(cx, named("idempotency.add"),
                   ARGS(I64(c->account), TXT(c->route), TXT(c->key), BLOB(c->sha, 32), I64(201),
                        TXT("application/json"), BLOB(c->body, strlen(c->body)), I64(cx->now)),
                   NULL);
}
static enum err on_row(struct ctx *cx, const struct row *r, void *out)
{
    struct key_call *c = out;
    size_t n = 0;
    c->sha = row_blob(cx, r, 0, &c->nsha);
    c->status = row_i64(r, 1);
    if (!row_blob(cx, r, 3, &n) || n != strlen(BODY_TEXT))
        c->nsha = 0;
    return OK;
}
static enum err run_find(struct ctx *cx, void *arg)
{
    struct key_call *c = arg;
    return db_one(cx, named("idempotency.find"), ARGS(I64(c->account), TXT(c->route), TXT(c->key)), on_row, c);
}
static enum err run_sweep(struct ctx *cx, void *arg)
{
    (void)arg;
    return auth_sweep(cx);
}
static enum err run_add_then_fail(struct ctx *cx, void *arg)
{
    enum err e = run_add(cx, arg);
    return e ? e : ERR_STATE;
}

static const struct actor nobody = {0};
static uint8_t sha[32] = {1, 2, 3};

static void the_first_answer_stays(void **state)
{
    struct key_call c = {.account = id_new(), .route = "POST /x", .key = "k", .body = BODY_TEXT, .sha = sha}, f = c;
    (void)state;
    at = noon(2026, 11, 23, 10, 0);
    assert_err(read_as(&nobody, run_find, &f), ERR_NOT_FOUND);
    assert_ok(write_as(&nobody, run_add, &c));
    f.body = NULL;
    assert_ok(read_as(&nobody, run_find, &f));
    assert_int_equal(f.status, 201);
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM idempotency WHERE account_id = $1 AND body = $2",
                                 ARGS(I64(c.account), BLOB(c.body, strlen(c.body)))),
                     1);
    assert_int_equal(f.nsha, 32);
    assert_memory_equal(f.sha, sha, 32);
    assert_err(write_as(&nobody, run_add, &c), ERR_EXISTS);
    struct key_call other = c;
    other.account++; /* keys are the account's, and the route's */
    assert_ok(write_as(&nobody, run_add, &other));
    other = c;
    other.route = "POST /y";
    assert_ok(write_as(&nobody, run_add, &other));
    other = c;
    other.key = "K";
    assert_ok(write_as(&nobody, run_add, &other));
}

static void kept_with_the_effect_or_not_at_all(void **state)
{
    struct key_call c = {.account = id_new(), .route = "POST /x", .key = "k", .body = BODY_TEXT, .sha = sha};
    (void)state;
    assert_err(write_as(&nobody, run_add_then_fail, &c), ERR_STATE);
    assert_err(read_as(&nobody, run_find, &c), ERR_NOT_FOUND);
}

static void gone_after_a_day(void **state)
{
    struct key_call c = {.account = id_new(), .route = "POST /x", .key = "k", .body = BODY_TEXT, .sha = sha};
    (void)state;
    at = noon(2026, 11, 23, 10, 0);
    assert_ok(write_as(&nobody, run_add, &c));
    at += DAY_MS - 1;
    assert_ok(write_as(&nobody, run_sweep, NULL));
    assert_ok(read_as(&nobody, run_find, &c));
    at += 1;
    assert_ok(write_as(&nobody, run_sweep, NULL));
    assert_err(read_as(&nobody, run_find, &c), ERR_NOT_FOUND);
}

int main(void)
{
    const struct http_hooks *(*volatile linked)(const struct serve_config *) =
        serve_hooks; /* brings the statements in */
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_first_answer_stays),
                                       cmocka_unit_test(kept_with_the_effect_or_not_at_all),
                                       cmocka_unit_test(gone_after_a_day)};
    return linked ? cmocka_run_group_tests(tests, world_open, harness_close) : 1;
}
