/* alipay.c - the gateway: verifies what it gets, signs what it says, and prints JSON the way the real one may
 * (escaped slashes, odd white space), because that is what breaks re-printing clients.
 * SPDX-License-Identifier: MIT */
#include "providers/alipay.h"
#include "base/text.h"
#include "platform/crypto/crypto.h"
#include "sandbox/sandbox.h"
#include <string.h>

static void answer(struct sb_request *rq, struct sb_reply *out, const char *method, const char *object)
{
    char *key = arena_printf(rq->arena, "%s_response", method);
    for (char *p = key; *p; p++)
        if (*p == '.')
            *p = '_';
    const char *sign = rsa_sign_b64(rq->arena, sb.alipay_private, object, strlen(object));
    bool swap = crypto_random_below(2);
    const char *space = crypto_random_below(2) ? "\n  " : "";
    sb_text(out, 200, "text/html;charset=utf-8",
            swap ? arena_printf(rq->arena, "{%s\"sign\"%s:\"%s\",%s\"%s\" :%s%s}", space, space, sign, space, key,
                                space, object)
                 : arena_printf(rq->arena, "{%s\"%s\":%s%s,%s\"sign\": \"%s\"%s}", space, key, space, object, space,
                                sign, space));
}

static void refuse(struct sb_request *rq, struct sb_reply *out, const char *method, const char *code, const char *sub,
                   const char *text)
{
    answer(rq, out, method,
           arena_printf(rq->arena,
                        "{\"code\":\"%s\",\"msg\":\"Business Failed\",\"sub_code\":\"%s\",\"sub_msg\":\"%s\"}", code,
                        sub, text));
}

static void oauth(struct sb_request *rq, struct sb_reply *out, const struct provider_param *p, size_t n)
{
    static const char method[] = "alipay.system.oauth.token";
    const char *code = sb_param(p, n, "code"), *dot = strrchr(code, '.');
    uint8_t h[32];
    char hex[65];
    if (!str_eq(sb_param(p, n, "grant_type"), "authorization_code")) {
        refuse(rq, out, method, "40002", "isv.grant-type-invalid", "grant_type");
        return;
    }
    if (!*code || str_starts(code, "bad") || !sb_use_code(code)) {
        refuse(rq, out, method, "40002", "isv.code-invalid", "授权码code无效");
        return;
    }
    sha256(code, dot ? (size_t)(dot - code) : strlen(code), h);
    hex_encode(h, 32, hex);
    answer(
        rq, out, method, /* no "code" here: that is how this method answers */
        arena_printf(rq->arena,
                     "{\"access_token\":\"auth\\/%.16s\",\"alipay_user_id\":\"\",\"expires_in\":1296000,"
                     "\"open_id\":\"0%.31s\",\"union_id\":\"\",\"re_expires_in\":2592000,\"note\":\"\\u5b89\\u5c45\"}",
                     hex, hex));
}

static void template_message(struct sb_request *rq, struct sb_reply *out, const struct provider_param *p, size_t n)
{
    static const char method[] = "alipay.open.app.mini.templatemessage.send";
    const char *content = sb_param(p, n, "biz_content");
    struct json *j = json_parse(rq->arena, content, strlen(content));
    const char *to = json_str(j, "to_open_id"), *id = json_str(j, "user_template_id"), *data = json_str(j, "data");
    if (!to)
        to = json_str(j, "to_user_id");
    if (str_empty(to) || !data || !json_parse(rq->arena, data, strlen(data))) {
        refuse(rq, out, method, "40004", "USER_TEMPLATE_LACK_KEYWORD", "data");
        return;
    }
    if (str_empty(id) || str_starts(id, "bad") || !sb_consent_take(to, id)) {
        refuse(rq, out, method, "40004", "USER_TEMPLATE_ILLEGAL", "模板非法");
        return;
    }
    sb_capture("message", to, content);
    answer(rq, out, method, "{\"code\":\"10000\",\"msg\":\"Success\"}");
}

void alipay_reply(struct sb_request *rq, struct sb_reply *out)
{
    static const struct {
        const char *method;
        void (*fn)(struct sb_request *, struct sb_reply *, const struct provider_param *, size_t);
    } known[] = {
        {"alipay.system.oauth.token",                 oauth           },
        {"alipay.open.app.mini.templatemessage.send", template_message}
    };
    struct provider_param p[100];
    size_t n = sb_params(rq->arena, rq->query, p, COUNT(p));
    n += sb_params(rq->arena, rq->body, p + n, COUNT(p) - n);
    const char *method = sb_param(p, n, "method"), *content = alipay_sign_content(rq->arena, p, n);
    if (!str_eq(sb_param(p, n, "app_id"), sb.alipay_appid)) { /* unknown app: nothing to sign with */
        sb_text(out, 200, "text/html",
                "{\"error_response\":{\"code\":\"40002\",\"msg\":\"Invalid "
                "Arguments\",\"sub_code\":\"isv.invalid-app-id\"}}");
        return;
    }
    if (!rsa_verify_b64(sb.alipay_app_public, content, strlen(content), sb_param(p, n, "sign"))) {
        refuse(rq, out, method, "40002", "isv.invalid-signature", "验签出错");
        return;
    }
    for (size_t i = 0; i < COUNT(known); i++)
        if (str_eq(known[i].method, method)) {
            known[i].fn(rq, out, p, n);
            return;
        }
    refuse(rq, out, method, "40002", "isv.invalid-method", "method");
}
