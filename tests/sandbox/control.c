/* control.c - how tests and the demo look inside and cause trouble:
 *
 *   GET  /control/sms?phone=   /control/mail?to=   /control/messages?openid=   what was captured, newest last
 *   GET  /control/shipping?openid=                                             shipping notes of paid orders
 *   POST /control/reset        {}                                              forgets everything, payments too; settings
 *                                                                              of the payments but the scale go back
 *   POST /control/fault        {"kind":"sms","mode":"timeout","n":1}           see sandbox.h
 *   POST /control/consent      {"openid":"o..","template":"..","n":1}          then 43101
 *   POST /control/revoke       {}                                              the WeChat access token dies
 *   POST /control/clock        {"ms":60000}                                    moves our clock along with the server's
 *   .../control/pay/...                                                        the payment channels: control_pay.c
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/text.h"
#include "sandbox/notify.h"
#include "sandbox/paybill.h"
#include "sandbox/paybook.h"
#include "sandbox/sandbox.h"
#include <string.h>

static void captured(struct sb_request *rq, struct sb_reply *out, const char *kind, const char *name)
{
    struct provider_param p[8];
    size_t n = sb_params(rq->arena, rq->query, p, 8);
    sb_text(out, 200, "application/json", sb_captured(rq->arena, kind, sb_param(p, n, name)));
}

static bool fault(struct arena *a, const struct json *j)
{
    static const char *const groups[] = {"wechat", "alipay", "wxpay", "sms", "smtp"},
                             *const modes[] = {"500",     "500_after",      "drop",   "drop_after",
                                               "timeout", "timeout_before", "429",    "broken",
                                               "cut",     "badsign",        "nosign", "probe",
                                               "altered", "grey",           "none"};
    const char *kind = json_str(j, "kind"), *mode = json_str(j, "mode");
    int64_t n = 1;
    json_i64(j, "n", &n);
    const char *group = kind ? arena_strndup(a, kind, strcspn(kind, ".")) : "";
    if (str_index(groups, COUNT(groups), group) < 0 || strlen(kind) > 23 || !mode ||
        str_index(modes, COUNT(modes), mode) < 0 || n < 0 || n > 1000000)
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
    nt_clock_moved();
    return true;
}

static void forget(void)
{
    sb_reset();
    pb_reset();
    bill_forget();
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
        else if (str_eq(what, "shipping"))
            captured(rq, out, "shipping", "openid");
        else
            sb_text(out, 404, "text/plain", "unknown");
        return;
    }
    struct json *j = json_parse(rq->arena, rq->body_len ? rq->body : "{}", rq->body_len ? rq->body_len : 2);
    if (str_eq(what, "reset"))
        forget();
    else if (str_eq(what, "revoke"))
        sb_token_revoke();
    else if (str_eq(what, "fault"))
        ok = fault(rq->arena, j);
    else if (str_eq(what, "consent"))
        ok = consent(j);
    else if (str_eq(what, "clock"))
        ok = move_clock(j);
    else
        ok = false;
    sb_text(out, ok ? 200 : 400, "application/json", ok ? "{\"ok\":true}" : "{\"ok\":false}");
}
