/* auth_key.c - service accounts (服务账号) and their keys: another program is a member of staff without a password, phone or
 * mail, and a key is a session of it that lasts. So everything that holds for people - roles, projects, audit, rates, ending -
 * holds for programs. SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/id.h"
#include "domain/audit.h"
#include "domain/auth.h"
#include "platform/crypto/crypto.h"
#include "platform/store/db.h"

#define KEYS_MAX 10 /* of an account */

STMT(q_service, "auth_key.service",
     "SELECT id FROM account WHERE id = $1 AND company_id = $2 AND kind = 'staff' AND state = 'active'"
     " AND password IS NULL AND phone_idx IS NULL AND email_idx IS NULL");
STMT(q_count, "auth_key.count",
     "SELECT COUNT(*) FROM session WHERE company_id = $1 AND account_id = $2 AND key_name <> ''");
STMT(q_add, "auth_key.add",
     "INSERT INTO session(id, company_id, account_id, token_hash, family_id, project_id, platform, device, ip, "
     "user_agent,"
     " created_at, last_at, expires_at, ends_at, key_name) VALUES ($1, $2, $3, $4, $1, $5, 'console', '', $6, $7, $8, "
     "$8,"
     " $9, $9, $7)");
STMT(q_list, "auth_key.list",
     "SELECT id, project_id, key_name, created_at, last_at, ends_at FROM session WHERE company_id = $1 AND account_id "
     "= $2"
     " AND key_name <> '' ORDER BY id");

/* ERR_NOT_FOUND unless it is a service account of the company. */
static enum err must_be_service(struct ctx *cx, int64_t account_id)
{
    int64_t id = 0;
    bool is = false;
    enum err e = db_i64(cx, &q_service, ARGS(I64(account_id), I64(cx->who.company_id)), &id, &is);
    return e || is ? e : cx_fail(cx, ERR_NOT_FOUND, "id", "不是服务账号", "not a service account");
}

enum err service_account_create(struct ctx *cx, const char *login, const char *name, const struct grant *g, size_t n,
                                int64_t *id)
{
    struct account_in in = {.kind = "staff", .login = login, .name = name};
    if (phone_valid(login))
        return cx_fail(cx, ERR_INVALID, "login", "账号不能是手机号", "a login must not be a phone number");
    enum err e = account_insert(cx, cx->who.company_id, &in, id);
    if (!e)
        e = audit_add(cx, "service_account.create", "account", *id, NULL, NULL);
    return e ? e : staff_set_grants(cx, *id, 1, g, n);
}

enum err auth_key_create(struct ctx *cx, int64_t account_id, const struct auth_key *in, int64_t *id, const char **token)
{
    int64_t have = 0;
    uint8_t hash[32];
    char *t = arena_alloc(cx->arena, 44);
    enum err e = must_be_service(cx, account_id);
    if (!e && in->project_id)
        e = company_has_project(cx, in->project_id, ERR_INVALID, "project_id");
    if (!e)
        e = db_i64(cx, &q_count, ARGS(I64(cx->who.company_id), I64(account_id)), &have, NULL);
    if (!e && have >= KEYS_MAX)
        e = cx_fail(cx, ERR_STATE, NULL, "密钥最多 %d 个", "at most %d keys", KEYS_MAX);
    token_new(t);
    token_hash(t, hash);
    *token = t;
    *id = id_new();
    if (!e)
        e = db_exec(cx, &q_add,
                    ARGS(I64(*id), I64(cx->who.company_id), I64(account_id), BLOB(hash, 32), I64(in->project_id),
                         TXT(or_empty(cx->ip)), TXT(in->name), I64(cx->now), I64(cx->now + in->days * DAY_MS)),
                    NULL);
    return e ? e
             : audit_add(cx, "auth_key.create", "account", account_id, NULL,
                         arena_printf(cx->arena, "{\"key\":\"%lld\"}", (long long)*id));
}

struct listing {
    auth_key_fn *fn;
    void *arg;
};

static enum err on_key(struct ctx *cx, const struct row *r, void *out)
{
    struct listing *l = out;
    struct auth_key k = {.id = row_i64(r, 0),
                         .project_id = row_i64(r, 1),
                         .name = row_text(cx, r, 2),
                         .created_at = row_i64(r, 3),
                         .last_at = row_i64(r, 4),
                         .ends_at = row_i64(r, 5)};
    l->fn(l->arg, &k);
    return OK;
}

enum err auth_key_list(struct ctx *cx, int64_t account_id, auth_key_fn *fn, void *arg)
{
    struct listing l = {fn, arg};
    enum err e = must_be_service(cx, account_id);
    return e ? e : db_each(cx, &q_list, ARGS(I64(cx->who.company_id), I64(account_id)), on_key, &l);
}

enum err auth_key_end(struct ctx *cx, int64_t account_id, int64_t key_id)
{
    enum err e = must_be_service(cx, account_id);
    if (!e)
        e = auth_end_session(cx, account_id, key_id);
    return e ? e
             : audit_add(cx, "auth_key.end", "account", account_id, NULL,
                         arena_printf(cx->arena, "{\"key\":\"%lld\"}", (long long)key_id));
}
