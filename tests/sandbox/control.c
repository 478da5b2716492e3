/* control.c - how tests and the demo look inside and cause trouble:
 *
 *   GET  /control/sms?phone=   /control/mail?to=   /control/messages?openid=   what was captured, newest last
 *   POST /control/reset        {}                                              forgets everything
 *   POST /control/fault        {"kind":"sms","mode":"timeout","n":1}           see sandbox.h
 *   POST /control/consent      {"openid":"o..","template":"..","n":1}          then 43101
 *   POST /control/revoke       {}                                              the WeChat access token dies
 *   POST /control/clock        {"ms":60000}                                    moves our clock along with the server's
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/text.h"
#include "sandbox/sandbox.h"

static void captured(struct sb_request *rq, struct sb_reply *out, const char *kind, const char *name)
{
    struct provider_param p[8];
    size_t n = sb_params(rq->arena, rq->query, p, 8);
    sb_text(out, 200, "application/json", sb_captured(rq->arena, kind, sb_param(p, n, name)));
}

static bool fault(const struct json *j)
{
    static const char *const kinds[] = {"wechat", "alipay", "sms", "smtp"}, *const modes[] = {
                                                                                "500",     "drop", "timeout", "broken",
                                                                                "badsign", "grey", "none"};
    const char *kind = json_str(j, "kind"), *mode = json_str(j, "mode");
    int64_t n = 1;
    json_i64(j, "n", &n);
    if (str_index(kinds, COUNT(kinds), kind) < 0 || str_index(modes, COUNT(modes), mode) < 0 || n < 0 || n > 1000000)
        return false;
    sb_fault_set(kind, mode, str_eq(mode, "none") ? 0 : (int)n);
    return true;
}

static bool consent(const struct json *j)
{
    const char *openid = json_str(j, "openid"), *id = json_str(j, "template");
    int64_t n = 0;
    if (!openid || !id || !json_i64(j, "n", &n) || n < 0 || n > 1000000)
        return false;
    sb_consent_set(openid, id, (int)n);
    return true;
}

static bool move_clock(const struct json *j)
{
    int64_t ms = 0;
    if (!json_i64(j, "ms", &ms))
        return false;
    clock_shift_ms(ms);
    return true;
}

void control_reply(struct sb_request *rq, struct sb_reply *out)
{
    const char *what = rq->path + 9;
    bool ok = true;
    if (str_eq(rq->method, "GET")) {
        if (str_eq(what, "sms"))
            captured(rq, out, "sms", "phone");
        else if (str_eq(what, "mail"))
            captured(rq, out, "mail", "to");
        else if (str_eq(what, "messages"))
            captured(rq, out, "message", "openid");
        else
            sb_text(out, 404, "text/plain", "unknown");
        return;
    }
    struct json *j = json_parse(rq->arena, rq->body_len ? rq->body : "{}", rq->body_len ? rq->body_len : 2);
    if (str_eq(what, "reset"))
        sb_reset();
    else if (str_eq(what, "revoke"))
        sb_token_revoke();
    else if (str_eq(what, "fault"))
        ok = fault(j);
    else if (str_eq(what, "consent"))
        ok = consent(j);
    else if (str_eq(what, "clock"))
        ok = move_clock(j);
    else
        ok = false;
    sb_text(out, ok ? 200 : 400, "application/json", ok ? "{\"ok\":true}" : "{\"ok\":false}");
}
