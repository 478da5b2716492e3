/* test_auth_password.c - passwords, lock-out, recovery, on both engines.
 * SPDX-License-Identifier: MIT */

#include "tests/sql/auth_world.h"
#include <pthread.h>

static void passwords_are_exact(void **state)
{
    (void)state;
    assert_ok(log_in("alice", PASSWORD));
    assert_int_equal(got.account_id, alice);
    assert_string_equal(got.kind, "staff");
    assert_int_equal(strlen(got.token), 43);
    assert_null(got.refresh_token);
    const char *one, *two;
    assert_err(log_in("alice", "lake-blue-7"), ERR_UNAUTHENTICATED);
    one = why.zh;
    assert_err(log_in("nobody", PASSWORD), ERR_UNAUTHENTICATED);
    two = why.zh;
    assert_string_equal(one, two); /* no telling who exists */
    assert_field("password");
    assert_err(log_in("Alice", PASSWORD), ERR_UNAUTHENTICATED);
    assert_err(log_in(phone, PASSWORD), ERR_UNAUTHENTICATED); /* a phone is a resident's login */
    assert_int_equal(
        harness_i64("SELECT COUNT(*) FROM login_log WHERE company_id = $1 AND ok = 0", ARGS(I64(w.company))), 4);
    assert_int_equal(
        harness_i64("SELECT COUNT(*) FROM login_log WHERE company_id = $1 AND ok = 1", ARGS(I64(w.company))), 1);
}

static void fail_times(int n)
{
    for (int i = 0; i < n; i++)
        assert_err(log_in("alice", "wrong"), ERR_UNAUTHENTICATED);
}

static void the_lock_doubles(void **state)
{
    (void)state;
    fail_times(5);
    assert_err(log_in("alice", PASSWORD), ERR_LOCKED);
    at += 15 * MINUTE_MS - 1;
    assert_err(log_in("alice", PASSWORD), ERR_LOCKED);
    at += 1;
    fail_times(5); /* the lock is over, nothing is forgiven */
    at += 30 * MINUTE_MS - 1;
    assert_err(log_in("alice", PASSWORD), ERR_LOCKED);
    at += 1;
    assert_ok(log_in("alice", PASSWORD));
    assert_int_equal(harness_i64("SELECT lock_level + failed FROM account WHERE id = $1", ARGS(I64(alice))), 0);
    assert_ok(harness_sql("UPDATE account SET lock_level = 30 WHERE id = $1", ARGS(I64(alice))));
    fail_times(5);
    assert_int_equal(harness_i64("SELECT locked_until FROM account WHERE id = $1", ARGS(I64(alice))),
                     at + DAY_MS); /* at most */
}

#define AT_ONCE 4
static pthread_barrier_t gun;

static void *guess(void *arg)
{
    struct arena *a = arena_new(0);
    struct login_from f = from("", false);
    struct login out;
    struct ctx cx;
    cx_init(&cx, a, harness_store());
    cx.now = at;
    cx.ip = from_ip;
    pthread_barrier_wait(&gun);
    *(enum err *)arg = auth_login_password(&cx, &f, "alice", "wrong", NULL, &out);
    arena_free(a);
    return NULL;
}

/* Hashing takes its time: all of them have read the counter before the first one writes it. */
static void guesses_at_once_all_count(void **state)
{
    pthread_t t[AT_ONCE];
    enum err e[AT_ONCE];
    int64_t tried = 0;
    (void)state;
    pthread_barrier_init(&gun, NULL, AT_ONCE);
    for (int i = 0; i < AT_ONCE; i++)
        assert_int_equal(pthread_create(&t[i], NULL, guess, &e[i]), 0);
    for (int i = 0; i < AT_ONCE; i++) {
        pthread_join(t[i], NULL);
        tried += e[i] == ERR_UNAUTHENTICATED; /* the gate may have turned one away unhashed */
    }
    pthread_barrier_destroy(&gun);
    assert_true(tried > 1);
    assert_int_equal(harness_i64("SELECT failed FROM account WHERE id = $1", ARGS(I64(alice))), tried);
}

static void old_failures_are_forgotten(void **state)
{
    (void)state;
    fail_times(4);
    at += 15 * MINUTE_MS + 1;
    fail_times(4);
    assert_ok(log_in("alice", PASSWORD));
}

static void an_address_is_limited_before_hashing(void **state)
{
    (void)state;
    for (int i = 0; i < 30; i++)
        assert_ok(harness_sql("INSERT INTO login_log(id, company_id, how, ok, ip, device, user_agent, at)"
                              " VALUES ($1, $2, 'password', 0, $3, '', '', $4)",
                              ARGS(I64(id_new()), I64(w.company), TXT(from_ip), I64(at))));
    assert_err(log_in("alice", PASSWORD), ERR_RATE);
    at += 15 * MINUTE_MS;
    assert_ok(log_in("alice", PASSWORD));
}

static void disabled_accounts_stay_out(void **state)
{
    const char *token;
    (void)state;
    assert_ok(log_in("alice", PASSWORD));
    token = got.token;
    assert_ok(resolve(token));
    assert_ok(harness_sql("UPDATE account SET state = 'disabled' WHERE id = $1", ARGS(I64(alice))));
    assert_err(resolve(token), ERR_UNAUTHENTICATED);
    assert_err(log_in("alice", PASSWORD), ERR_UNAUTHENTICATED);
}

static void old_passwords_must_be_changed(void **state)
{
    (void)state;
    at += 91 * DAY_MS;
    assert_ok(log_in("alice", PASSWORD));
    assert_true(got.must_change_password);
}

static void the_company_is_named_when_there_are_several(void **state)
{
    struct login_from f = {.company = "", .device = "", .user_agent = ""};
    (void)state;
    assert_err(end(auth_login_password(begin(&nobody), &f, "alice", PASSWORD, NULL, &got)), ERR_INVALID);
    assert_field("company");
    f.company = "no-such";
    assert_err(end(auth_login_password(begin(&nobody), &f, "alice", PASSWORD, NULL, &got)), ERR_INVALID);
    f.company = foreign_company;
    assert_err(end(auth_login_password(begin(&nobody), &f, "alice", PASSWORD, NULL, &got)), ERR_UNAUTHENTICATED);
}

static enum err recover(const char *to, const char *code, const char *password)
{
    struct login_from f = from("", false);
    bool mail = strchr(to, '@') != NULL;
    return end(auth_recover(begin(&nobody), &f, mail ? NULL : to, mail ? to : NULL, code, password));
}

static void recovery_by_phone_and_mail(void **state)
{
    const char *targets[] = {phone, "alice@example.com"}, *fresh[] = {"River-Green-8", "Hill-White-9"}, *token;
    char code[8];
    (void)state;
    assert_ok(log_in("alice", PASSWORD));
    token = got.token;
    fail_times(5); /* locked out: recovery opens again */
    for (int i = 0; i < 2; i++, at++) {
        clear_messages();
        assert_ok(send_code(CODE_RECOVER, targets[i]));
        snprintf(code, sizeof code, "%s", code_for(targets[i]));
        assert_err(recover(targets[i], code, "short"), ERR_INVALID);
        assert_field("new_password");
        assert_ok(recover(targets[i], code, fresh[i])); /* the weak one did not use up the code */
        assert_err(recover(targets[i], code, "Other-Word-1"), ERR_UNAUTHENTICATED);
        assert_ok(log_in("alice", fresh[i]));
        assert_err(resolve(token), ERR_UNAUTHENTICATED);
        token = got.token;
    }
    struct login_from f = from("", false);
    assert_err(end(auth_recover(begin(&nobody), &f, phone, "alice@example.com", "123456", "Other-Word-1")),
               ERR_INVALID);
    assert_err(end(auth_recover(begin(&nobody), &f, NULL, NULL, "123456", "Other-Word-1")), ERR_INVALID);
}

static enum err change(const struct actor *who, const char *old, const char *fresh)
{
    return end(auth_change_password(begin(who), old, fresh));
}

static void changing_the_password(void **state)
{
    const char *token, *other;
    struct actor who;
    (void)state;
    assert_ok(log_in("alice", PASSWORD));
    other = got.token;
    assert_ok(log_in("alice", PASSWORD));
    token = got.token;
    who = me();
    assert_err(change(&who, "wrong", "River-Green-8"), ERR_INVALID);
    assert_field("old_password");
    assert_int_equal(harness_i64("SELECT failed FROM account WHERE id = $1", ARGS(I64(alice))), 1);
    assert_err(change(&who, PASSWORD, "weak"), ERR_INVALID);
    assert_field("new_password");
    assert_err(change(&who, PASSWORD, "xAlice-2026"), ERR_INVALID);
    assert_ok(change(&who, PASSWORD, "River-Green-8"));
    assert_ok(resolve(token)); /* this session goes on, the others end */
    assert_err(resolve(other), ERR_UNAUTHENTICATED);
    at += 1;
    assert_err(change(&who, "River-Green-8", "River-Green-8"), ERR_INVALID);
    assert_ok(log_in("alice", "River-Green-8"));
    assert_int_equal(
        harness_i64("SELECT COUNT(*) FROM audit WHERE action = 'password.change' AND object_id = $1", ARGS(I64(alice))),
        1);
}

/* A temporary password has been seen by an administrator: keeping it is no change. */
static void the_first_change_is_a_change(void **state)
{
    struct actor who;
    (void)state;
    assert_ok(harness_sql("UPDATE account SET must_change = 1 WHERE id = $1", ARGS(I64(alice))));
    assert_ok(log_in("alice", PASSWORD));
    assert_true(got.must_change_password);
    who = me();
    assert_err(change(&who, PASSWORD, PASSWORD), ERR_INVALID);
    assert_field("new_password");
    assert_int_equal(harness_i64("SELECT must_change FROM account WHERE id = $1", ARGS(I64(alice))), 1);
    assert_ok(change(&who, PASSWORD, "River-Green-8"));
    assert_int_equal(harness_i64("SELECT must_change FROM account WHERE id = $1", ARGS(I64(alice))), 0);
}

static void the_last_five_are_barred(void **state)
{
    char now[24] = PASSWORD, next[24];
    struct actor who;
    (void)state;
    assert_ok(log_in("alice", PASSWORD));
    who = me();
    for (int i = 0; i < 6; i++, at++) {
        snprintf(next, sizeof next, "Word-Number-%d", i);
        assert_ok(change(&who, now, next));
        snprintf(now, sizeof now, "%s", next);
    }
    assert_err(change(&who, now, "Word-Number-1"), ERR_INVALID);
    assert_ok(change(&who, now, "Word-Number-0")); /* six ago */
}

static enum err change_phone(const struct actor *who, const char *to, const char *code)
{
    return end(auth_change_phone(begin(who), to, code));
}

static void changing_the_phone(void **state)
{
    const char *to = new_phone();
    struct actor taken = make_person(w.company, 0, "别人", "cashier"), who;
    char code[8];
    (void)state;
    (void)taken;
    assert_ok(log_in("alice", PASSWORD));
    who = me();
    const char *token = got.token;
    clear_messages();
    assert_err(change_phone(&who, to, "123456"), ERR_STEP_UP); /* who holds a session only would recover by it */
    who.proven_at = at;
    assert_ok(send_code(CODE_PHONE, to));
    snprintf(code, sizeof code, "%s", code_for(to));
    assert_err(change_phone(&who, to, code[0] == '0' ? "111111" : "000000"), ERR_UNAUTHENTICATED);
    assert_ok(resolve(token));
    assert_ok(change_phone(&who, to, code));
    assert_err(resolve(token), ERR_UNAUTHENTICATED);
    assert_err(change_phone(&who, "123", code), ERR_INVALID);
}

#define T(f) cmocka_unit_test_setup(f, set_up)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(passwords_are_exact),
        T(the_lock_doubles),
        T(guesses_at_once_all_count),
        T(old_failures_are_forgotten),
        T(an_address_is_limited_before_hashing),
        T(disabled_accounts_stay_out),
        T(old_passwords_must_be_changed),
        T(the_company_is_named_when_there_are_several),
        T(recovery_by_phone_and_mail),
        T(changing_the_password),
        T(the_first_change_is_a_change),
        T(the_last_five_are_barred),
        T(changing_the_phone),
    };
    if (!auth_world_ready())
        return 2;
    return cmocka_run_group_tests(tests, world_open, harness_close);
}
