/* auth_world.h - what the tests of accounts and sessions share: one staff member called alice, her logins and her codes.
 * SPDX-License-Identifier: MIT */

#ifndef TESTS_SQL_AUTH_WORLD_H
#define TESTS_SQL_AUTH_WORLD_H

#include "domain/message.h"
#include "tests/sql/world.h"
#include <stdlib.h>
#include <unistd.h>

#define PASSWORD "Lake-Blue-7"
static char phc[128], company[40], foreign_company[40];
static const struct actor nobody = {0};
static struct login got;
static struct ctx *last;
static int64_t alice; /* staff, login "alice" */
static const char *phone;

static UNUSED_OK struct login_from from(const char *device, bool remember)
{
    return (struct login_from){.company = company, .device = device, .user_agent = "test", .remember = remember};
}

static UNUSED_OK struct ctx *begin(const struct actor *who)
{
    got = (struct login){0};
    return last = as(who);
}

static UNUSED_OK enum err end(enum err e)
{
    why = last->why;
    return e;
}

static UNUSED_OK enum err log_in(const char *login, const char *password)
{
    struct login_from f = from("", false);
    struct ctx *cx = begin(&nobody);
    return end(auth_login_password(cx, &f, login, password, NULL, &got));
}

static UNUSED_OK enum err run_account(struct ctx *cx, void *arg)
{
    int64_t id = 0;
    return account_insert(cx, cx->who.company_id, arg, &id);
}

static UNUSED_OK int set_up(void **state)
{
    static int ip;
    static char ip_text[32];
    (void)state;
    world_make();
    snprintf(ip_text, sizeof ip_text, "10.2.%d.%d", ip / 200, ip % 200 + 1);
    ip++;
    from_ip = ip_text;
    from_device = "";
    snprintf(company, sizeof company, "c%lld", (long long)w.company);
    snprintf(foreign_company, sizeof foreign_company, "c%lld", (long long)w.foreign_company);
    assert_ok(harness_sql("UPDATE company SET code = $2 WHERE id = $1", ARGS(I64(w.company), TXT(company))));
    assert_ok(
        harness_sql("UPDATE company SET code = $2 WHERE id = $1", ARGS(I64(w.foreign_company), TXT(foreign_company))));
    phone = new_phone();
    struct account_in in = {.kind = "staff",
                            .login = "alice",
                            .name = "爱丽丝",
                            .phone = phone,
                            .email = "alice@example.com",
                            .password_phc = phc};
    assert_ok(write_as(&w.root, run_account, &in));
    alice = harness_i64("SELECT id FROM account WHERE company_id = $1 AND login = 'alice'", ARGS(I64(w.company)));
    return 0;
}

struct token_call {
    const char *token;
    struct actor who;
};

static UNUSED_OK enum err run_resolve(struct ctx *cx, void *arg)
{
    struct token_call *c = arg;
    enum err e = auth_resolve(cx, c->token);
    c->who = cx->who;
    c->who.name = "";
    return e;
}

static UNUSED_OK enum err resolve(const char *token)
{
    struct token_call c = {.token = token};
    return read_as(&nobody, run_resolve, &c);
}

static UNUSED_OK struct actor me(void)
{
    return (struct actor){.id = got.account_id, .session_id = got.session_id, .company_id = w.company, .name = "me"};
}
struct code_call {
    int purpose;
    const char *phone, *email, *device, *code;
    bool good;
};

static UNUSED_OK enum err run_send(struct ctx *cx, void *arg)
{
    struct code_call *c = arg;
    struct login_from f = from(c->device ? c->device : "", false);
    return auth_code_send(cx, &f, c->purpose, c->phone, c->email);
}

static UNUSED_OK enum err send_code(int purpose, const char *to)
{
    struct code_call c = {
        .purpose = purpose, .phone = strchr(to, '@') ? NULL : to, .email = strchr(to, '@') ? to : NULL};
    return write_as(&nobody, run_send, &c);
}

struct mail_call {
    const char *to;
    char code[8];
};

static UNUSED_OK enum err run_mail(struct ctx *cx, void *arg)
{
    struct mail_call *c = arg;
    struct message_list l;
    cx->now = INT64_C(4000000000000); /* whatever is due, whenever */
    c->code[0] = '\0';
    enum err e = message_claim(cx, 500, 0, &l);
    for (size_t i = 0; i < l.n && !e; i++) {
        if (!str_eq(l.v[i].kind, "code") || !str_eq(l.v[i].to, c->to))
            continue;
        const char *digits = l.v[i].text + strcspn(l.v[i].text, "0123456789");
        snprintf(c->code, sizeof c->code, "%.6s", digits);
    }
    return e;
}

static UNUSED_OK const char *code_for(const char *to)
{
    static struct mail_call c;
    c = (struct mail_call){.to = to};
    struct ctx *cx = as(&nobody);
    assert_ok(store_write(cx, run_mail, &c));
    return c.code;
}

static UNUSED_OK void clear_messages(void)
{
    assert_ok(harness_sql("DELETE FROM message", NO_ARGS));
}

/* Configuration, master key and the hash of PASSWORD; false = the test cannot run. Call before the tests. */
static UNUSED_OK bool auth_world_ready(void)
{
    setenv("ANJU_SMS_DAILY_BUDGET", "30", 1);
    return config_load(NULL, stderr) == OK &&
           crypto_load_master("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f") &&
           password_hash(PASSWORD, phc);
}

#endif
