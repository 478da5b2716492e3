/* auth_api.c - HTTP face of logging in, sessions, recovery, live tickets. SPDX-License-Identifier: MIT */
#include "api/route.h"
#include "base/log.h"
#include "domain/auth.h"
#include "domain/message.h"
#include "platform/store/store.h"
#include "providers/outside.h"

struct from_in {
    const char *company;
    int platform;
    bool remember;
};

static struct login_from from_of(const struct ctx *cx, const struct request *rq, const struct from_in *in)
{
    const char *ua = rq->http->header[H_USER_AGENT];
    return (struct login_from){.company = in->company ? in->company : "",
                               .platform = in->platform,
                               .device = cx->device,
                               .user_agent = ua ? arena_strndup(cx->arena, ua, utf8_prefix(ua, 200)) : "",
                               .remember = in->remember};
}

static void roles_json(struct jw *w, unsigned roles)
{
    jw_key(w, "roles");
    jw_arr(w);
    for (int i = 0; i < ROLE_COUNT; i++)
        if (roles & (1u << i))
            jw_str(w, role_name[i]);
    jw_arr_end(w);
}

static enum err reply_login(struct ctx *cx, struct response *rs, const struct login *l)
{
    struct jw w;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    kv_str(&w, "token", l->token);
    kv_time(&w, "expires_at", l->expires_at);
    kv_str(&w, "refresh_token", l->refresh_token);
    kv_time(&w, "refresh_expires_at", l->refresh_expires_at);
    kv_id(&w, "session_id", l->session_id);
    kv_id(&w, "account_id", l->account_id);
    kv_id(&w, "project_id", l->project_id);
    kv_str(&w, "name", l->name);
    kv_str(&w, "kind", l->kind);
    roles_json(&w, l->roles);
    kv_bool(&w, "must_change_password", l->must_change_password);
    kv_bool(&w, "new_account", l->new_account);
    jw_end(&w);
    return reply_json(rs, 200, &w);
}

struct code_in {
    struct from_in from;
    int purpose;
    const char *phone, *email;
};
static const struct field code_fields[] = {
    {.key = "company", .type = F_STR, OPTIONAL, .off = offsetof(struct code_in, from.company), .min = 1, .max = 40},
    FIELD_ENUM(struct code_in, purpose, code_purpose_name),
    OPT_RAW(struct code_in, phone, 11, 11),
    OPT_RAW(struct code_in, email, 3, 254)
};

static enum err h_code(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct code_in in = {0};
    enum err e = BODY(cx, rq, code_fields, &in);
    struct login_from from = from_of(cx, rq, &in.from);
    if (!e)
        e = auth_code_send(cx, &from, in.purpose, in.phone, in.email);
    return e ? e : reply_empty(rs);
}

struct password_in {
    struct from_in from;
    const char *login, *password, *otp;
};
#define COMMON(t)                                                                                                      \
    {.key = "company", .type = F_STR, OPTIONAL, .off = offsetof(t, from.company), .min = 1, .max = 40},                \
        {.key = "platform",                                                                                            \
         .type = F_ENUM,                                                                                               \
         OPTIONAL,                                                                                                     \
         .off = offsetof(t, from.platform),                                                                            \
         .max = PLATFORM_COUNT,                                                                                        \
         .names = platform_name},                                                                                      \
    {                                                                                                                  \
        .key = "remember", .type = F_BOOL, OPTIONAL, .off = offsetof(t, from.remember)                                 \
    }
static const struct field password_fields[] = {COMMON(struct password_in), FIELD_RAW(struct password_in, login, 1, 64),
                                               FIELD_RAW(struct password_in, password, 1, 128),
                                               OPT_RAW(struct password_in, otp, 6, 8)};

static enum err h_login(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct password_in in = {0};
    struct login l = {0};
    enum err e = BODY(cx, rq, password_fields, &in);
    struct login_from from = from_of(cx, rq, &in.from);
    if (!e)
        e = auth_login_password(cx, &from, in.login, in.password, in.otp, &l);
    return e ? e : reply_login(cx, rs, &l);
}

struct code_login_in {
    struct from_in from;
    const char *phone, *code;
};
static const struct field code_login_fields[] = {COMMON(struct code_login_in),
                                                 FIELD_RAW(struct code_login_in, phone, 11, 11),
                                                 FIELD_RAW(struct code_login_in, code, 6, 6)};

static enum err h_login_code(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct code_login_in in = {0};
    struct login l = {0};
    enum err e = BODY(cx, rq, code_login_fields, &in);
    struct login_from from = from_of(cx, rq, &in.from);
    if (!e)
        e = auth_login_code(cx, &from, in.phone, in.code, &l);
    return e ? e : reply_login(cx, rs, &l);
}

struct mp_in {
    struct from_in from;
    const char *code, *phone_code;
};
static const struct field mp_fields[] = {COMMON(struct mp_in), FIELD_RAW(struct mp_in, code, 1, 256),
                                         OPT_RAW(struct mp_in, phone_code, 1, 2048)};

/* A provider's refusal as the client shall see it: their words are logged, ours are shown. */
static enum err outside_failed(struct ctx *cx, enum err e, const char *field, const struct provider_answer *ans)
{
    log_warn("mp.refused", L_S("field", field), L_S("code", ans->code), L_S("text", ans->text));
    return cx_fail(cx, e == ERR_INVALID ? ERR_UNAUTHENTICATED : e, field, "授权失败,请重试",
                   "the platform refused; try again");
}

static enum err login_mp(struct ctx *cx, const struct request *rq, struct response *rs, const struct mp_vt *vt,
                         const struct mp_config *mp, int platform)
{
    struct mp_in in = {0};
    struct login l = {0};
    struct mp_login who = {0};
    struct provider_answer ans = {"", "", ""};
    const char *phone = NULL;
    enum err e = BODY(cx, rq, mp_fields, &in);
    in.from.platform = platform;
    struct login_from from = from_of(cx, rq, &in.from);
    if (e)
        return e;
    if (!mp)
        return cx_fail(cx, ERR_NOT_IMPLEMENTED, NULL, "未配置该小程序", "this mini-program is not configured");
    if ((e = vt->login(cx->arena, mp, in.code, &who, &ans)) != OK)
        return outside_failed(cx, e, "code", &ans);
    if (in.phone_code && (e = vt->phone(cx->arena, mp, in.phone_code, &phone, &ans)) != OK)
        return outside_failed(cx, e, "phone_code", &ans);
    e = auth_login_openid(cx, &from, platform_name[platform], mp->appid, who.openid, phone, &l);
    return e ? e : reply_login(cx, rs, &l);
}

static enum err h_login_wechat(struct ctx *cx, const struct request *rq, struct response *rs)
{
    return login_mp(cx, rq, rs, &wechat_mp, outside_wechat(), PLATFORM_WECHAT);
}

static enum err h_login_alipay(struct ctx *cx, const struct request *rq, struct response *rs)
{
    return login_mp(cx, rq, rs, &alipay_mp, outside_alipay(), PLATFORM_ALIPAY);
}

struct refresh_in {
    struct from_in from;
    const char *refresh_token;
};
static const struct field refresh_fields[] = {COMMON(struct refresh_in),
                                              FIELD_RAW(struct refresh_in, refresh_token, 43, 43)};

static enum err h_refresh(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct refresh_in in = {0};
    struct login l = {0};
    enum err e = BODY(cx, rq, refresh_fields, &in);
    struct login_from from = from_of(cx, rq, &in.from);
    if (!e)
        e = auth_refresh(cx, in.refresh_token, &from, &l);
    return e ? e : reply_login(cx, rs, &l);
}

struct recover_in {
    struct from_in from;
    const char *phone, *email, *code, *new_password;
};
static const struct field recover_fields[] = {
    {.key = "company", .type = F_STR, OPTIONAL, .off = offsetof(struct recover_in, from.company), .min = 1, .max = 40},
    OPT_RAW(struct recover_in, phone, 11, 11),
    OPT_RAW(struct recover_in, email, 3, 254),
    FIELD_RAW(struct recover_in, code, 6, 6),
    FIELD_RAW(struct recover_in, new_password, 1, 128)
};

static enum err h_recover(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct recover_in in = {0};
    enum err e = BODY(cx, rq, recover_fields, &in);
    struct login_from from = from_of(cx, rq, &in.from);
    if (!e)
        e = auth_recover(cx, &from, in.phone, in.email, in.code, in.new_password);
    return e ? e : reply_empty(rs);
}

static enum err h_session(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw w;
    (void)rq;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    kv_id(&w, "account_id", cx->who.id);
    kv_id(&w, "session_id", cx->who.session_id);
    kv_id(&w, "company_id", cx->who.company_id);
    kv_id(&w, "project_id", cx->who.project_id);
    kv_str(&w, "name", cx->who.name);
    roles_json(&w, cx->who.roles);
    kv_bool(&w, "must_change_password", cx->who.must_change_password);
    kv_bool(&w, "must_enrol", cx->who.must_enrol);
    kv_time(&w, "proven_until", cx->who.proven_at ? cx->who.proven_at + STEP_UP_MS : 0);
    jw_end(&w);
    return reply_json(rs, 200, &w);
}

static enum err h_logout(struct ctx *cx, const struct request *rq, struct response *rs)
{
    (void)rq;
    enum err e = auth_logout(cx);
    return e ? e : reply_empty(rs);
}

struct project_in {
    int64_t project_id;
};
static const struct field project_fields[] = {FIELD_ID(struct project_in, project_id)};

static enum err h_set_project(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct project_in in = {0};
    enum err e = BODY(cx, rq, project_fields, &in);
    if (!e)
        e = auth_set_project(cx, in.project_id);
    return e ? e : reply_empty(rs);
}

static void one_session(void *arg, const struct session_info *s)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_id(w, "id", s->id);
    kv_str(w, "platform", s->platform);
    kv_str(w, "device", s->device);
    kv_str(w, "ip", s->ip);
    kv_str(w, "user_agent", s->user_agent);
    kv_time(w, "created_at", s->created_at);
    kv_time(w, "last_at", s->last_at);
    kv_time(w, "expires_at", s->expires_at);
    jw_end(w);
}

static enum err h_sessions(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw w;
    (void)rq;
    list_open(cx, &w);
    return list_close(rs, &w, auth_sessions(cx, cx->who.id, one_session, &w));
}

static enum err h_end_session(struct ctx *cx, const struct request *rq, struct response *rs)
{
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = auth_end_session(cx, cx->who.id, id);
    return e ? e : reply_empty(rs);
}

static enum err h_end_others(struct ctx *cx, const struct request *rq, struct response *rs)
{
    (void)rq;
    enum err e = auth_end_all(cx, cx->who.id, cx->who.session_id);
    return e ? e : reply_empty(rs);
}

struct change_in {
    const char *old_password, *new_password;
};
static const struct field change_fields[] = {FIELD_RAW(struct change_in, old_password, 1, 128),
                                             FIELD_RAW(struct change_in, new_password, 1, 128)};

static enum err h_change_password(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct change_in in = {0};
    enum err e = BODY(cx, rq, change_fields, &in);
    if (!e)
        e = auth_change_password(cx, in.old_password, in.new_password);
    return e ? e : reply_empty(rs);
}

struct phone_in {
    const char *phone, *code;
};
static const struct field phone_fields[] = {FIELD_RAW(struct phone_in, phone, 11, 11),
                                            FIELD_RAW(struct phone_in, code, 6, 6)};

static enum err h_change_phone(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct phone_in in = {0};
    enum err e = BODY(cx, rq, phone_fields, &in);
    if (!e)
        e = auth_change_phone(cx, in.phone, in.code);
    return e ? e : reply_empty(rs);
}

static const char *const quota_provider[] = {"wechat", "alipay"};
struct quota_in {
    const char *template;
    int64_t n;
    int provider;
};
static const struct field quota_fields[] = {FIELD_STR(struct quota_in, template, 1, 40),
                                            OPT_ENUM(struct quota_in, provider, quota_provider),
                                            FIELD_I64(struct quota_in, n, 1, 20)};

static enum err h_quota(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct quota_in in = {0};
    enum err e = BODY(cx, rq, quota_fields, &in);
    if (!e)
        e = message_quota_add(cx, cx->who.id, quota_provider[in.provider], in.template, in.n);
    return e ? e : reply_empty(rs);
}

static enum err h_ticket(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw w;
    const char *ticket = NULL;
    int64_t expires = 0;
    (void)rq;
    enum err e = auth_ticket_new(cx, &ticket, &expires);
    if (e)
        return e;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    kv_str(&w, "ticket", ticket);
    kv_time(&w, "expires_at", expires);
    jw_end(&w);
    return reply_json(rs, 201, &w);
}

/* clang-format off */
static const struct route rows[] = {
    {M_POST,   "/api/v1/auth/code",           h_code,            LANE_WRITE, ROLES_PUBLIC,    SCOPE_NONE, 2048, 0,              "sendCode"},
    {M_POST,   "/api/v1/auth/login",          h_login,           LANE_SLOW,  ROLES_PUBLIC,    SCOPE_NONE, 2048, RF_STRICT,      "logIn"},
    {M_POST,   "/api/v1/auth/login/code",     h_login_code,      LANE_SLOW,  ROLES_PUBLIC,    SCOPE_NONE, 2048, RF_STRICT,      "logInByCode"},
    {M_POST,   "/api/v1/auth/login/wechat",   h_login_wechat,    LANE_SLOW,  ROLES_PUBLIC,    SCOPE_NONE, 4096, RF_STRICT,      "logInByWechat"},
    {M_POST,   "/api/v1/auth/login/alipay",   h_login_alipay,    LANE_SLOW,  ROLES_PUBLIC,    SCOPE_NONE, 4096, RF_STRICT,      "logInByAlipay"},
    {M_POST,   "/api/v1/auth/refresh",        h_refresh,         LANE_SLOW,  ROLES_PUBLIC,    SCOPE_NONE, 2048, RF_STRICT,      "refreshSession"},
    {M_POST,   "/api/v1/auth/recover",        h_recover,         LANE_SLOW,  ROLES_PUBLIC,    SCOPE_NONE, 2048, RF_STRICT,      "recoverPassword"},
    {M_GET,    "/api/v1/session",             h_session,         LANE_READ,  ROLES_LOGGED_IN, SCOPE_SELF, 0,    RF_PASSWORD_OK, "getSession"},
    {M_DELETE, "/api/v1/session",             h_logout,          LANE_WRITE, ROLES_LOGGED_IN, SCOPE_SELF, 0,    RF_PASSWORD_OK, "logOut"},
    {M_PUT,    "/api/v1/session/project",     h_set_project,     LANE_WRITE, ROLES_LOGGED_IN, SCOPE_SELF, 256,  0,              "chooseProject"},
    {M_GET,    "/api/v1/sessions",            h_sessions,        LANE_READ,  ROLES_LOGGED_IN, SCOPE_SELF, 0,    0,              "listSessions"},
    {M_POST,   "/api/v1/sessions/end-others", h_end_others,      LANE_WRITE, ROLES_LOGGED_IN, SCOPE_SELF, 16,   0,              "endOtherSessions"},
    {M_DELETE, "/api/v1/sessions/{id}",       h_end_session,     LANE_WRITE, ROLES_LOGGED_IN, SCOPE_SELF, 0,    0,              "endSession"},
    {M_POST,   "/api/v1/me/password",         h_change_password, LANE_SLOW,  ROLES_LOGGED_IN, SCOPE_SELF, 1024, RF_PASSWORD_OK, "changePassword"},
    {M_POST,   "/api/v1/me/phone",            h_change_phone,    LANE_SLOW,  ROLES_LOGGED_IN, SCOPE_SELF, 256,  0,              "changePhone"},
    {M_POST,   "/api/v1/me/message-quota",    h_quota,           LANE_WRITE, ROLES_LOGGED_IN, SCOPE_SELF, 256,  RF_IDEMPOTENT,  "addMessageQuota"},
    {M_POST,   "/api/v1/live/tickets",        h_ticket,          LANE_WRITE, ROLES_LOGGED_IN, SCOPE_SELF, 16,   0,              "createLiveTicket"},
};
/* clang-format on */
const struct route_set auth_routes = {rows, COUNT(rows)};
