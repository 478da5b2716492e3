/* api_key_api.c - HTTP face of service accounts and their keys. SPDX-License-Identifier: MIT */
#include "api/route.h"
#include "domain/auth.h"

static const struct field grant_fields[] = {FIELD_ENUM(struct grant, role, role_name),
                                            OPT_ID(struct grant, project_id)};
struct service_in {
    const char *login, *name;
    struct json_list grants;
};
static const struct field service_fields[] = {FIELD_RAW(struct service_in, login, 3, 40),
                                              FIELD_STR(struct service_in, name, 1, 40),
                                              FIELD_LIST(struct service_in, grants, grant_fields, struct grant, 1, 20)};

static enum err h_service(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct service_in in = {0};
    int64_t id = 0;
    enum err e = BODY(cx, rq, service_fields, &in);
    if (!e)
        e = service_account_create(cx, in.login, in.name, in.grants.p, in.grants.n, &id);
    return e ? e : reply_id(cx, rs, 201, id);
}

static const struct field key_fields[] = {FIELD_STR(struct auth_key, name, 1, 60),
                                          FIELD_I64(struct auth_key, days, 1, 730),
                                          OPT_ID(struct auth_key, project_id)};

static enum err h_key(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct auth_key in = {0};
    struct jw w;
    const char *token = NULL;
    int64_t account = 0, id = 0;
    enum err e = path_id(cx, rq, 0, &account);
    if (!e)
        e = BODY(cx, rq, key_fields, &in);
    if (!e)
        e = auth_key_create(cx, account, &in, &id, &token);
    if (e)
        return e;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    kv_id(&w, "id", id);
    kv_str(&w, "token", token);
    jw_end(&w);
    return reply_json(rs, 201, &w);
}

static void one_key(void *arg, const struct auth_key *k)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_id(w, "id", k->id);
    kv_str(w, "name", k->name);
    kv_id(w, "project_id", k->project_id);
    kv_time(w, "created_at", k->created_at);
    kv_time(w, "last_at", k->last_at);
    kv_time(w, "ends_at", k->ends_at);
    jw_end(w);
}

static enum err h_keys(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw w;
    int64_t account = 0;
    enum err e = path_id(cx, rq, 0, &account);
    if (e)
        return e;
    list_open(cx, &w);
    return list_close(rs, &w, auth_key_list(cx, account, one_key, &w));
}

static enum err h_end(struct ctx *cx, const struct request *rq, struct response *rs)
{
    int64_t account = 0, key = 0;
    enum err e = path_id(cx, rq, 0, &account);
    if (!e)
        e = path_id(cx, rq, 1, &key);
    if (!e)
        e = auth_key_end(cx, account, key);
    return e ? e : reply_empty(rs);
}

/* Not idempotent by key: a stored answer would keep the token. */
/* clang-format off */
static const struct route rows[] = {
    {M_POST,   "/api/v1/service-accounts",      h_service, LANE_WRITE, ROLES_ADMIN, SCOPE_COMPANY, 4096, RF_IDEMPOTENT | RF_STEP_UP,  "createServiceAccount"},
    {M_GET,    "/api/v1/service-accounts/{id}/keys",       h_keys,    LANE_READ,  ROLES_ADMIN, SCOPE_COMPANY, 0,    0,             "listAccountKeys"},
    {M_POST,   "/api/v1/service-accounts/{id}/keys",       h_key,     LANE_WRITE, ROLES_ADMIN, SCOPE_COMPANY, 512,  RF_STEP_UP,              "createAccountKey"},
    {M_DELETE, "/api/v1/service-accounts/{id}/keys/{key}", h_end,     LANE_WRITE, ROLES_ADMIN, SCOPE_COMPANY, 0,    0,             "endAccountKey"},
};
/* clang-format on */
const struct route_set api_key_routes = {rows, COUNT(rows)};
