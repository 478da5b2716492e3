/* second_factor_api.c - HTTP face of the second factor: setting it up, taking it away, asking everybody for it; and proving once
 * more who one is, before something that needs it. SPDX-License-Identifier: MIT */
#include "api/route.h"
#include "base/clock.h"
#include "domain/auth.h"
#include "platform/net/http.h"
#include "platform/qr.h"
#include <string.h>

static enum err h_state(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw w;
    bool on = false, required = false;
    int64_t left = 0;
    (void)rq;
    enum err e = totp_state(cx, cx->who.id, &on, &left);
    if (!e)
        e = totp_required(cx, &required);
    if (e)
        return e;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    kv_bool(&w, "on", on);
    kv_int(&w, "spare_left", left);
    kv_bool(&w, "required", required);
    jw_end(&w);
    return reply_json(rs, 200, &w);
}

/* Key URI as authenticator apps read it: otpauth://totp/ISSUER:ACCOUNT?secret=...&issuer=... (percent-encoded). */
static const char *key_uri(struct ctx *cx, const char *secret)
{
    return arena_printf(cx->arena, "otpauth://totp/Anju:%s?secret=%s&issuer=Anju&algorithm=SHA1&digits=6&period=30",
                        url_encode(cx->arena, cx->who.name), secret);
}

static enum err h_begin(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw w;
    const char *secret = NULL;
    (void)rq;
    enum err e = totp_begin(cx, &secret);
    if (e)
        return e;
    const char *uri = key_uri(cx, secret);
    jw_init(&w, cx->arena);
    jw_obj(&w);
    kv_str(&w, "secret", secret);
    kv_str(&w, "uri", uri);
    kv_str(&w, "qr_svg", qr_svg(cx->arena, uri));
    jw_end(&w);
    return reply_json(rs, 201, &w);
}

struct otp_in {
    const char *otp;
};
static const struct field otp_fields[] = {FIELD_RAW(struct otp_in, otp, 6, 6)};

static enum err h_confirm(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct otp_in in = {0};
    struct jw w;
    const char *spare[SPARE_CODES];
    enum err e = BODY(cx, rq, otp_fields, &in);
    if (!e)
        e = totp_confirm(cx, in.otp, spare);
    if (e)
        return e;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    jw_key(&w, "spare_codes");
    jw_arr(&w);
    for (size_t i = 0; i < SPARE_CODES; i++)
        jw_str(&w, spare[i]);
    jw_arr_end(&w);
    jw_end(&w);
    return reply_json(rs, 200, &w);
}

static enum err h_drop(struct ctx *cx, const struct request *rq, struct response *rs)
{
    bool had = false;
    (void)rq;
    enum err e = totp_drop(cx, cx->who.id, &had);
    if (!e && !had)
        e = cx_fail(cx, ERR_NOT_FOUND, NULL, "未启用动态口令", "there is no second factor");
    return e ? e : reply_empty(rs);
}

static enum err h_drop_of(struct ctx *cx, const struct request *rq, struct response *rs)
{
    return do_by_id(cx, rq, rs, staff_drop_totp);
}

struct step_up_in {
    const char *password, *otp;
};
static const struct field step_up_fields[] = {FIELD_RAW(struct step_up_in, password, 1, 128),
                                              OPT_RAW(struct step_up_in, otp, 6, 8)};

static enum err h_step_up(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct step_up_in in = {0};
    struct jw w;
    enum err e = BODY(cx, rq, step_up_fields, &in);
    if (!e)
        e = auth_step_up(cx, in.password, in.otp);
    if (e)
        return e;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    kv_time(&w, "proven_until", cx->now + STEP_UP_MS);
    jw_end(&w);
    return reply_json(rs, 200, &w);
}

struct require_in {
    bool totp_required;
};
static const struct field require_fields[] = {FIELD_BOOL(struct require_in, totp_required)};

static enum err h_require(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct require_in in = {0};
    enum err e = BODY(cx, rq, require_fields, &in);
    if (!e)
        e = totp_require(cx, in.totp_required);
    return e ? e : reply_empty(rs);
}

/* Not idempotent by key: a stored answer would keep the secret. */
/* clang-format off */
static const struct route rows[] = {
    {M_POST,   "/api/v1/auth/step-up",     h_step_up, LANE_SLOW,  ROLES_STAFF, SCOPE_SELF,    512, RF_STRICT,                   "stepUp"},
    {M_GET,    "/api/v1/me/totp",          h_state,   LANE_READ,  ROLES_STAFF, SCOPE_SELF,    0,   RF_PASSWORD_OK,              "getSecondFactor"},
    {M_POST,   "/api/v1/me/totp",          h_begin,   LANE_WRITE, ROLES_STAFF, SCOPE_SELF,    0,   RF_PASSWORD_OK | RF_STEP_UP, "beginSecondFactor"},
    {M_POST,   "/api/v1/me/totp/confirm",  h_confirm, LANE_WRITE, ROLES_STAFF, SCOPE_SELF,    64,  RF_PASSWORD_OK,              "confirmSecondFactor"},
    {M_DELETE, "/api/v1/me/totp",          h_drop,    LANE_WRITE, ROLES_STAFF, SCOPE_SELF,    0,   RF_STEP_UP,                  "dropSecondFactor"},
    {M_DELETE, "/api/v1/staff/{id}/totp",  h_drop_of, LANE_WRITE, ROLES_ADMIN, SCOPE_COMPANY, 0,   RF_STEP_UP,                  "dropStaffSecondFactor"},
    {M_PUT,    "/api/v1/company/security", h_require, LANE_WRITE, ROLES_ADMIN, SCOPE_COMPANY, 64,  RF_STEP_UP,                  "setCompanySecurity"},
};
/* clang-format on */
const struct route_set second_factor_routes = {rows, COUNT(rows)};
