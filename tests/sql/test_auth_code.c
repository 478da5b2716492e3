/* test_auth_code.c - one-time codes and their budgets, mini-program identities, on both engines.
 * SPDX-License-Identifier: MIT */

#include "tests/sql/auth_world.h"

static enum err run_check(struct ctx *cx, void *arg)
{
    struct code_call *c = arg;
    return auth_code_check(cx, w.company, c->purpose, c->phone ? c->phone : c->email, c->code, &c->good);
}

static bool check(int purpose, const char *target, const char *code)
{
    struct code_call c = {.purpose = purpose, .phone = target, .code = code};
    assert_ok(write_as(&nobody, run_check, &c));
    return c.good;
}

static void a_code_works_once(void **state)
{
    char code[8], wrong[8];
    (void)state;
    clear_messages();
    assert_ok(send_code(CODE_LOGIN, phone));
    snprintf(code, sizeof code, "%s", code_for(phone));
    assert_int_equal(strlen(code), 6);
    assert_false(check(CODE_RECOVER, phone, code)); /* another purpose */
    assert_false(check(CODE_LOGIN, "13900009999", code));
    assert_true(check(CODE_LOGIN, phone, code));
    assert_false(check(CODE_LOGIN, phone, code));
    clear_messages();
    at += MINUTE_MS;
    assert_ok(send_code(CODE_LOGIN, phone));
    snprintf(code, sizeof code, "%s", code_for(phone));
    snprintf(wrong, sizeof wrong, "%06d", (atoi(code) + 1) % 1000000);
    for (int i = 0; i < 5; i++)
        assert_false(check(CODE_LOGIN, phone, wrong));
    assert_false(check(CODE_LOGIN, phone, code)); /* five tries are all */
}

static void a_code_dies_after_five_minutes(void **state)
{
    char code[8];
    (void)state;
    clear_messages();
    assert_ok(send_code(CODE_LOGIN, phone));
    snprintf(code, sizeof code, "%s", code_for(phone));
    at += 5 * MINUTE_MS;
    assert_false(check(CODE_LOGIN, phone, code));
    at -= 1;
    assert_true(check(CODE_LOGIN, phone, code));
}

static void only_the_newest_code_counts(void **state)
{
    char old[8], fresh[8];
    (void)state;
    clear_messages();
    assert_ok(send_code(CODE_LOGIN, phone));
    snprintf(old, sizeof old, "%s", code_for(phone));
    clear_messages();
    at += MINUTE_MS;
    assert_ok(send_code(CODE_LOGIN, phone));
    snprintf(fresh, sizeof fresh, "%s", code_for(phone));
    if (strcmp(old, fresh))
        assert_false(check(CODE_LOGIN, phone, old));
    assert_true(check(CODE_LOGIN, phone, fresh));
}

static void budgets_of_a_number(void **state)
{
    (void)state;
    assert_ok(send_code(CODE_LOGIN, phone));
    assert_err(send_code(CODE_LOGIN, phone), ERR_RATE);
    at += MINUTE_MS - 1;
    assert_err(send_code(CODE_RECOVER, phone), ERR_RATE); /* all purposes together */
    for (int i = 1; i < 5; i++) {
        at += MINUTE_MS;
        assert_ok(send_code(CODE_LOGIN, phone));
    }
    at += MINUTE_MS;
    assert_err(send_code(CODE_LOGIN, phone), ERR_RATE); /* the sixth within the hour */
    at += HOUR_MS;
    for (int i = 0; i < 5; i++, at += MINUTE_MS)
        assert_ok(send_code(CODE_LOGIN, phone));
    at += HOUR_MS;
    assert_err(send_code(CODE_LOGIN, phone), ERR_RATE); /* the eleventh within the day */
    at += DAY_MS;
    assert_ok(send_code(CODE_LOGIN, phone));
}

static void budgets_of_address_device_and_company(void **state)
{
    struct code_call c = {.purpose = CODE_LOGIN, .device = "d1"};
    (void)state;
    for (int i = 0; i < 3; i++) {
        c.phone = new_phone();
        assert_ok(write_as(&nobody, run_send, &c));
    }
    c.phone = new_phone();
    assert_err(write_as(&nobody, run_send, &c), ERR_RATE); /* a fourth number from one device */
    c.device = "";
    for (int i = 3; i < 20; i++) {
        c.phone = new_phone();
        assert_ok(write_as(&nobody, run_send, &c));
    }
    c.phone = new_phone();
    assert_err(write_as(&nobody, run_send, &c), ERR_RATE); /* 20 an hour from one address */
    from_ip = "10.9.9.9";
    for (int i = 20; i < config()->sms_daily_budget; i++) {
        c.phone = new_phone();
        assert_ok(write_as(&nobody, run_send, &c));
    }
    c.phone = new_phone();
    assert_err(write_as(&nobody, run_send, &c), ERR_RATE); /* the company's budget */
}

static void unknown_targets_get_the_same_answer(void **state)
{
    (void)state;
    clear_messages();
    assert_ok(send_code(CODE_RECOVER, "13911112222"));
    assert_ok(send_code(CODE_RECOVER, "nobody@example.com"));
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM message", NO_ARGS), 0);
    assert_err(send_code(CODE_RECOVER, "13911112222"), ERR_RATE);
    assert_err(send_code(CODE_LOGIN, "alice@example.com"), ERR_INVALID);
    assert_field("email");
    assert_err(send_code(CODE_LOGIN, "12345678901"), ERR_INVALID);
    assert_field("phone");
    assert_ok(send_code(CODE_RECOVER, phone));
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM message", NO_ARGS), 1);
}

static enum err code_login(const char *to, const char *code)
{
    struct login_from f = from("", false);
    return end(auth_login_code(begin(&nobody), &f, to, code, &got));
}

static void residents_log_in_by_code(void **state)
{
    const char *to = new_phone();
    char code[8];
    (void)state;
    clear_messages();
    assert_ok(send_code(CODE_LOGIN, to));
    snprintf(code, sizeof code, "%s", code_for(to));
    assert_err(code_login(to, "000000"[0] == code[0] ? "111111" : "000000"), ERR_UNAUTHENTICATED);
    assert_field("code");
    assert_ok(code_login(to, code));
    assert_true(got.new_account);
    assert_int_equal(got.roles, 0);
    int64_t id = got.account_id;
    at += MINUTE_MS;
    clear_messages();
    assert_ok(send_code(CODE_LOGIN, to));
    assert_ok(code_login(to, code_for(to)));
    assert_false(got.new_account);
    assert_int_equal(got.account_id, id);
    assert_err(code_login("12345", "123456"), ERR_INVALID);
}

static enum err open_login(const char *openid, const char *with_phone)
{
    struct login_from f = from("", false);
    return end(auth_login_openid(begin(&nobody), &f, "wechat", "wx1", openid, with_phone, &got));
}

static void mini_programs_bind_once(void **state)
{
    char openid[40];
    const char *to = new_phone();
    (void)state;
    snprintf(openid, sizeof openid, "o-%lld", (long long)id_new());
    assert_err(open_login(openid, NULL), ERR_NOT_FOUND);
    assert_field("phone_code");
    assert_ok(open_login(openid, to));
    int64_t id = got.account_id;
    assert_ok(open_login(openid, NULL));
    assert_int_equal(got.account_id, id);
    assert_err(open_login("other", "0085212345678"), ERR_INVALID);
    assert_ok(harness_sql("UPDATE account SET state = 'disabled' WHERE id = $1", ARGS(I64(id))));
    assert_err(open_login(openid, to), ERR_UNAUTHENTICATED);
}

#define T(f) cmocka_unit_test_setup(f, set_up)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_code_works_once),
        T(a_code_dies_after_five_minutes),
        T(only_the_newest_code_counts),
        T(budgets_of_a_number),
        T(budgets_of_address_device_and_company),
        T(unknown_targets_get_the_same_answer),
        T(residents_log_in_by_code),
        T(mini_programs_bind_once),
    };
    if (!auth_world_ready())
        return 2;
    return cmocka_run_group_tests(tests, world_open, harness_close);
}
