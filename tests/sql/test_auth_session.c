/* test_auth_session.c - sessions, refresh families, tickets, staff and grants, on both engines.
 * SPDX-License-Identifier: MIT */

#include "tests/sql/auth_world.h"

static void sessions_slide_and_end(void **state)
{
    const char *token;
    int64_t id, ends;
    (void)state;
    assert_ok(log_in("alice", PASSWORD));
    token = got.token;
    id = got.session_id;
    ends = at + config()->session_h * HOUR_MS;
    assert_int_equal(got.expires_at, at + config()->access_min * MINUTE_MS);
    at += config()->access_min * MINUTE_MS - 1;
    assert_ok(resolve(token));
    int64_t want = at + config()->access_min * MINUTE_MS;
    for (int i = 0; i < 200 && harness_i64("SELECT expires_at FROM session WHERE id = $1", ARGS(I64(id))) != want; i++)
        usleep(10000); /* written behind the reader's back */
    assert_int_equal(harness_i64("SELECT expires_at FROM session WHERE id = $1", ARGS(I64(id))), want);
    at += config()->access_min * MINUTE_MS;
    assert_err(resolve(token), ERR_UNAUTHENTICATED);
    at = ends - 1; /* however much it is used, it ends */
    assert_ok(harness_sql("UPDATE session SET expires_at = $2 WHERE id = $1", ARGS(I64(id), I64(ends))));
    assert_ok(resolve(token));
    usleep(50000);
    at = ends;
    assert_err(resolve(token), ERR_UNAUTHENTICATED);
}

static enum err run_end(struct ctx *cx, void *arg)
{
    return auth_end_session(cx, cx->who.id, *(int64_t *)arg);
}

static enum err run_end_all(struct ctx *cx, void *arg)
{
    return auth_end_all(cx, cx->who.id, *(int64_t *)arg);
}

static void ending_sessions(void **state)
{
    const char *token[3];
    int64_t id[3];
    struct actor who;
    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_ok(log_in("alice", PASSWORD));
        token[i] = got.token;
        id[i] = got.session_id;
    }
    who = me();
    struct actor other = w.manager;
    assert_err(write_as(&other, run_end, &id[0]), ERR_NOT_FOUND); /* not his */
    harness_forget();
    assert_ok(write_as(&who, run_end, &id[0]));
    assert_int_equal(harness_heard_at(0)->kind, 'r');
    assert_int_equal(harness_heard_at(0)->session_id, id[0]);
    assert_err(resolve(token[0]), ERR_UNAUTHENTICATED);
    assert_ok(resolve(token[1]));
    assert_ok(write_as(&who, run_end_all, &id[2]));
    assert_err(resolve(token[1]), ERR_UNAUTHENTICATED);
    assert_ok(resolve(token[2]));
}

static void the_cache_forgets(void **state)
{
    const char *token;
    struct ctx *cx;
    (void)state;
    assert_ok(log_in("alice", PASSWORD));
    token = got.token;
    assert_false(auth_cached(as(&nobody), token));
    assert_ok(resolve(token));
    cx = as(&nobody);
    assert_true(auth_cached(cx, token));
    assert_int_equal(cx->who.id, alice);
    assert_string_equal(cx->who.name, "爱丽丝");
    assert_false(auth_cached(as(&nobody), "0123456789012345678901234567890123456789012"));
    auth_forget(alice + 1);
    assert_true(auth_cached(as(&nobody), token));
    auth_forget(alice);
    assert_false(auth_cached(as(&nobody), token));
    assert_ok(resolve(token));
    at += config()->access_min * MINUTE_MS; /* what has expired is not served from memory */
    assert_false(auth_cached(as(&nobody), token));
}

static enum err run_project_choice(struct ctx *cx, void *arg)
{
    return auth_set_project(cx, *(int64_t *)arg);
}

static void projects_of_ones_own_only(void **state)
{
    struct actor who = {.id = alice, .company_id = w.company, .name = "a"};
    struct token_call c = {0};
    (void)state;
    grant(&who, "manager", w.project);
    grant(&who, "dispatcher", w.other_project);
    assert_ok(log_in("alice", PASSWORD));
    assert_int_equal(got.project_id, w.project);
    assert_int_equal(got.roles, ROLE_MANAGER);
    who = me();
    assert_err(write_as(&who, run_project_choice, &w.foreign_project), ERR_NOT_FOUND);
    assert_field("project_id");
    harness_forget();
    assert_ok(write_as(&who, run_project_choice, &w.other_project));
    assert_int_equal(harness_heard_at(0)->kind, 's');
    c.token = got.token;
    assert_ok(read_as(&nobody, run_resolve, &c));
    assert_int_equal(c.who.roles, ROLE_DISPATCHER);
    assert_int_equal(c.who.project_id, w.other_project);
}

static enum err refresh(const char *token, const char *device)
{
    struct login_from f = from(device, true);
    return end(auth_refresh(begin(&nobody), token, &f, &got));
}

static const char *remembered(const char *device)
{
    struct login_from f = from(device, true);
    assert_ok(end(auth_login_password(begin(&nobody), &f, "alice", PASSWORD, NULL, &got)));
    return got.refresh_token;
}

static void refresh_rotates(void **state)
{
    const char *first = remembered("phone-1"), *session = got.token, *second;
    (void)state;
    assert_non_null(first);
    assert_ok(refresh(first, "phone-1"));
    second = got.refresh_token;
    assert_string_not_equal(first, second);
    assert_ok(resolve(got.token));
    assert_ok(resolve(session));
    at += 10 * SECOND_MS;
    assert_ok(refresh(first, "phone-1")); /* the answer got lost: once more within 10 s */
    at += 1;
    assert_err(refresh(first, "phone-1"), ERR_UNAUTHENTICATED); /* a copy is in the wild: everything ends */
    assert_field("refresh_token");
    assert_err(refresh(second, "phone-1"), ERR_UNAUTHENTICATED);
    assert_err(resolve(session), ERR_UNAUTHENTICATED);
    assert_null(remembered(""));
}

static void refresh_is_bound_to_the_device(void **state)
{
    const char *token = remembered("phone-1"), *other = remembered("phone-2");
    (void)state;
    assert_err(refresh(token, "laptop"), ERR_UNAUTHENTICATED);
    assert_err(refresh(token, "phone-1"), ERR_UNAUTHENTICATED); /* the family is gone */
    assert_ok(refresh(other, "phone-2"));                       /* another family lives */
    assert_err(refresh("0123456789012345678901234567890123456789012", "phone-1"), ERR_UNAUTHENTICATED);
}

static void refresh_runs_out(void **state)
{
    const char *token = remembered("phone-1");
    struct actor who;
    (void)state;
    at += config()->refresh_d * DAY_MS - 1;
    assert_ok(refresh(token, "phone-1"));
    token = got.refresh_token;
    who = me();
    assert_ok(write_as(&who, run_end, &got.session_id)); /* logging out ends it too */
    assert_err(refresh(token, "phone-1"), ERR_UNAUTHENTICATED);
    token = remembered("phone-1");
    at += config()->refresh_d * DAY_MS;
    assert_err(refresh(token, "phone-1"), ERR_UNAUTHENTICATED);
    token = remembered("phone-1");
    assert_ok(harness_sql("UPDATE account SET state = 'disabled' WHERE id = $1", ARGS(I64(alice))));
    assert_err(refresh(token, "phone-1"), ERR_UNAUTHENTICATED);
}

struct ticket_call {
    const char *ticket;
    int64_t expires;
    struct actor who;
};

static enum err run_ticket(struct ctx *cx, void *arg)
{
    struct ticket_call *c = arg;
    return auth_ticket_new(cx, &c->ticket, &c->expires);
}

static enum err run_take(struct ctx *cx, void *arg)
{
    struct ticket_call *c = arg;
    enum err e = auth_ticket_take(cx, c->ticket);
    c->who = cx->who;
    return e;
}

static void tickets_work_once_and_briefly(void **state)
{
    struct ticket_call c = {0};
    struct actor who;
    (void)state;
    assert_ok(log_in("alice", PASSWORD));
    who = me();
    assert_ok(write_as(&who, run_ticket, &c));
    assert_int_equal(c.expires, at + 30 * SECOND_MS);
    assert_ok(write_as(&nobody, run_take, &c));
    assert_int_equal(c.who.id, alice);
    assert_int_equal(c.who.session_id, who.session_id);
    assert_err(write_as(&nobody, run_take, &c), ERR_UNAUTHENTICATED);
    assert_ok(write_as(&who, run_ticket, &c));
    at += 30 * SECOND_MS;
    assert_err(write_as(&nobody, run_take, &c), ERR_UNAUTHENTICATED);
    assert_ok(write_as(&who, run_ticket, &c));
    assert_ok(write_as(&who, run_end, &who.session_id)); /* logged out in between */
    assert_err(write_as(&nobody, run_take, &c), ERR_UNAUTHENTICATED);
    c.ticket = "0123456789012345678901234567890123456789012";
    assert_err(write_as(&nobody, run_take, &c), ERR_UNAUTHENTICATED);
}

static enum err run_sweep(struct ctx *cx, void *arg)
{
    (void)arg;
    return auth_sweep(cx);
}

static void sweeping(void **state)
{
    struct ticket_call c = {0};
    struct actor who;
    (void)state;
    assert_ok(log_in("alice", PASSWORD));
    who = me();
    assert_ok(write_as(&who, run_ticket, &c));
    assert_ok(write_as(&nobody, run_sweep, NULL));
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM session WHERE account_id = $1", ARGS(I64(alice))), 1);
    at += config()->session_h * HOUR_MS;
    assert_ok(write_as(&nobody, run_sweep, NULL));
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM session WHERE account_id = $1", ARGS(I64(alice))), 0);
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM live_ticket WHERE account_id = $1", ARGS(I64(alice))), 0);
}

static enum err create(const struct actor *who, const char *login, const struct grant *g, size_t n, int64_t *id)
{
    struct staff_in in = {.login = login,
                          .name = "新人",
                          .password = "First-Word-1",
                          .grants = (struct grant *)(uintptr_t)g,
                          .ngrants = n};
    return end(staff_create(begin(who), &in, id));
}

static void staff_are_made_with_grants(void **state)
{
    struct grant g[2] = {
        {.role = ROLE_NO_MANAGER, .project_id = w.project},
        {.role = ROLE_NO_CASHIER                      }
    };
    int64_t id = 0;
    (void)state;
    assert_ok(create(&w.admin, "bob", g, 2, &id));
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM role_grant WHERE account_id = $1", ARGS(I64(id))), 2);
    assert_ok(log_in("bob", "First-Word-1"));
    assert_true(got.must_change_password);
    assert_err(create(&w.admin, "bob", g, 2, &id), ERR_EXISTS);
    assert_field("login");
    assert_ok(create(&w.foreign_admin, "bob", NULL, 0, &id)); /* another company's bob */
    g[1] = g[0];
    assert_err(create(&w.admin, "carol", g, 2, &id), ERR_INVALID);
    assert_field("grants");
    g[1] = (struct grant){.role = ROLE_NO_MANAGER, .project_id = w.foreign_project};
    assert_err(create(&w.admin, "carol", g, 2, &id), ERR_INVALID);
    g[1] = (struct grant){.role = ROLE_NO_PLATFORM_ADMIN};
    assert_err(create(&w.admin, "carol", g, 2, &id), ERR_FORBIDDEN);
    g[1] = (struct grant){.role = ROLE_NO_OWNER}; /* comes by binding, never by grant */
    assert_err(create(&w.admin, "carol", g, 2, &id), ERR_FORBIDDEN);
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM account WHERE login = 'carol'", NO_ARGS),
                     0); /* all or nothing */
    assert_err(create(&w.admin, "13812345678", g, 1, &id), ERR_INVALID);
    assert_field("login");
}

struct grants_call {
    int64_t id, version;
    struct grant g[2];
    size_t n;
    bool active;
};

static enum err run_grants(struct ctx *cx, void *arg)
{
    struct grants_call *c = arg;
    return staff_set_grants(cx, c->id, c->version, c->g, c->n);
}

static enum err run_state(struct ctx *cx, void *arg)
{
    struct grants_call *c = arg;
    return staff_set_state(cx, c->id, c->active);
}

static void new_grants_end_the_sessions(void **state)
{
    struct grants_call c = {
        .id = alice, .version = 1, .g = {{.role = ROLE_NO_CASHIER, .project_id = w.project}}, .n = 1};
    const char *token;
    (void)state;
    assert_ok(log_in("alice", PASSWORD));
    token = got.token;
    assert_err(write_as(&w.foreign_admin, run_grants, &c), ERR_NOT_FOUND);
    assert_ok(write_as(&w.admin, run_grants, &c));
    assert_err(resolve(token), ERR_UNAUTHENTICATED);
    assert_err(write_as(&w.admin, run_grants, &c), ERR_CONFLICT); /* by version */
    c.version = 2;
    c.n = 0;
    assert_ok(write_as(&w.admin, run_grants, &c));
    assert_int_equal(harness_i64("SELECT COUNT(*) FROM role_grant WHERE account_id = $1", ARGS(I64(alice))), 0);
    assert_int_equal(
        harness_i64(
            "SELECT COUNT(*) FROM audit WHERE action = 'staff.grants' AND object_id = $1 AND before LIKE '%cashier%'",
            ARGS(I64(alice))),
        1);
}

static void disabling_ends_everything(void **state)
{
    struct grants_call c = {.id = alice};
    (void)state;
    const char *refresh_token = remembered("phone-1"), *token = got.token;
    assert_err(write_as(&w.foreign_admin, run_state, &c), ERR_NOT_FOUND);
    assert_ok(write_as(&w.admin, run_state, &c));
    assert_err(resolve(token), ERR_UNAUTHENTICATED);
    assert_err(refresh(refresh_token, "phone-1"), ERR_UNAUTHENTICATED);
    c.active = true;
    assert_ok(write_as(&w.admin, run_state, &c));
    assert_err(resolve(token), ERR_UNAUTHENTICATED); /* back, but the old session is not */
    assert_err(refresh(refresh_token, "phone-1"), ERR_UNAUTHENTICATED);
    c.id = w.admin.id;
    c.active = false;
    assert_err(write_as(&w.admin, run_state, &c), ERR_FORBIDDEN);
}

static void resetting_a_password(void **state)
{
    (void)state;
    assert_ok(log_in("alice", PASSWORD));
    const char *token = got.token;
    assert_err(end(staff_reset_password(begin(&w.foreign_admin), alice, "Second-Word-2")), ERR_NOT_FOUND);
    assert_err(end(staff_reset_password(begin(&w.admin), alice, "weak")), ERR_INVALID);
    assert_ok(end(staff_reset_password(begin(&w.admin), alice, "Second-Word-2")));
    assert_err(resolve(token), ERR_UNAUTHENTICATED);
    assert_err(log_in("alice", PASSWORD), ERR_UNAUTHENTICATED);
    assert_ok(log_in("alice", "Second-Word-2"));
    assert_true(got.must_change_password);
}

/* Otherwise a company's administrator becomes the platform's with one reset. */
static void the_platform_is_out_of_reach(void **state)
{
    struct actor root = make_person(w.company, 0, "平台", "platform_admin");
    struct grants_call c = {.id = root.id, .version = 1};
    (void)state;
    assert_err(end(staff_reset_password(begin(&w.admin), root.id, "Second-Word-2")), ERR_FORBIDDEN);
    assert_err(write_as(&w.admin, run_grants, &c), ERR_FORBIDDEN);
    assert_err(write_as(&w.admin, run_state, &c), ERR_FORBIDDEN);
    struct actor peer = make_person(w.company, 0, "平台二", "platform_admin");
    assert_ok(end(staff_reset_password(begin(&peer), root.id, "Second-Word-2")));
}

static void one_phone_one_account_a_kind(void **state)
{
    struct account_in in = {.kind = "staff", .login = "dave", .name = "戴夫", .phone = phone};
    (void)state;
    assert_err(write_as(&w.root, run_account, &in), ERR_EXISTS);
    in.kind = "resident"; /* staff may live here too */
    in.login = NULL;
    assert_ok(write_as(&w.root, run_account, &in));
    assert_err(write_as(&w.root, run_account, &in), ERR_EXISTS);
    assert_field("phone");
    struct actor foreign = {.company_id = w.foreign_company, .roles = ROLE_PLATFORM_ADMIN, .name = "t"};
    assert_ok(write_as(&foreign, run_account, &in));
}

#define T(f) cmocka_unit_test_setup(f, set_up)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(sessions_slide_and_end),
        T(ending_sessions),
        T(the_cache_forgets),
        T(projects_of_ones_own_only),
        T(refresh_rotates),
        T(refresh_is_bound_to_the_device),
        T(refresh_runs_out),
        T(tickets_work_once_and_briefly),
        T(sweeping),
        T(staff_are_made_with_grants),
        T(new_grants_end_the_sessions),
        T(disabling_ends_everything),
        T(resetting_a_password),
        T(the_platform_is_out_of_reach),
        T(one_phone_one_account_a_kind),
    };
    if (!auth_world_ready())
        return 2;
    return cmocka_run_group_tests(tests, world_open, harness_close);
}
