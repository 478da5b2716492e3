/* wechat.c - api.weixin.qq.com. SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/text.h"
#include "platform/crypto/crypto.h"
#include "sandbox/paybook.h"
#include "sandbox/sandbox.h"
#include <string.h>

static void error(struct sb_request *rq, struct sb_reply *out, int code, const char *text)
{
    sb_text(out, 200, "text/plain", arena_printf(rq->arena, "{\"errcode\":%d,\"errmsg\":\"%s\"}", code, text));
}

/* The part before the last dot names the user. */
static const char *user_of(struct arena *a, const char *code)
{
    const char *dot = strrchr(code, '.');
    return arena_strndup(a, code, dot ? (size_t)(dot - code) : strlen(code));
}

static const char *id_of(struct arena *a, const char *prefix, const char *app, const char *user)
{
    uint8_t h[32];
    char hex[65];
    const char *text = arena_printf(a, "%s|%s|%s", prefix, app, user);
    sha256(text, strlen(text), h);
    hex_encode(h, 32, hex);
    return arena_printf(a, "%s%.27s", prefix, hex);
}

static void code2session(struct sb_request *rq, struct sb_reply *out)
{
    struct provider_param p[16];
    size_t n = sb_params(rq->arena, rq->query, p, 16);
    const char *code = sb_param(p, n, "js_code");
    if (!str_eq(sb_param(p, n, "appid"), sb.wechat_appid))
        error(rq, out, 40013, "invalid appid");
    else if (!str_eq(sb_param(p, n, "secret"), sb.wechat_secret))
        error(rq, out, 40125, "invalid appsecret");
    else if (!str_eq(sb_param(p, n, "grant_type"), "authorization_code"))
        error(rq, out, 40002, "invalid grant_type");
    else if (!*code)
        error(rq, out, 41008, "missing code");
    else if (str_starts(code, "risk"))
        error(rq, out, 40226, "code blocked");
    else if (str_starts(code, "bad"))
        error(rq, out, 40029, "invalid code");
    else if (!sb_use_code(code))
        error(rq, out, 40163, "code been used");
    else {
        const char *user = user_of(rq->arena, code);
        sb_text(out, 200, "text/plain",
                arena_printf(rq->arena,
                             "{\"session_key\":\"HyVFkGl5F5OQWJZZaNzBBg==\",\"openid\":\"%s\",\"unionid\":\"%s\"}",
                             id_of(rq->arena, "o", sb.wechat_appid, user), id_of(rq->arena, "u", "", user)));
    }
}

static void stable_token(struct sb_request *rq, struct sb_reply *out)
{
    struct json *j = json_parse(rq->arena, rq->body, rq->body_len);
    const char *force = strstr(rq->body, "\"force_refresh\":true");
    if (!str_eq(json_str(j, "grant_type"), "client_credential"))
        error(rq, out, 40002, "invalid grant_type");
    else if (!str_eq(json_str(j, "appid"), sb.wechat_appid))
        error(rq, out, 40013, "invalid appid");
    else if (!str_eq(json_str(j, "secret"), sb.wechat_secret))
        error(rq, out, 40125, "invalid appsecret");
    else
        sb_text(out, 200, "application/json",
                arena_printf(rq->arena, "{\"access_token\":\"%s\",\"expires_in\":7200}", sb_token(rq->arena, force)));
}

static void phone_number(struct sb_request *rq, struct sb_reply *out)
{
    const char *code = json_str(json_parse(rq->arena, rq->body, rq->body_len), "code");
    const char *number = code ? user_of(rq->arena, code) : NULL;
    if (!code || str_starts(code, "bad") || !is_digits(number, 5, 15) || !sb_use_code(code)) {
        error(rq, out, 40029, "invalid code");
        return;
    }
    struct jw w;
    jw_init(&w, rq->arena);
    jw_obj(&w);
    kv_int(&w, "errcode", 0);
    kv_str(&w, "errmsg", "ok");
    jw_key(&w, "phone_info");
    jw_obj(&w);
    kv_str(&w, "phoneNumber", number);
    kv_str(&w, "purePhoneNumber", number);
    kv_str(&w, "countryCode", phone_valid(number) ? "86" : "852");
    jw_key(&w, "watermark");
    jw_obj(&w);
    kv_int(&w, "timestamp", clock_now_ms() / 1000);
    kv_str(&w, "appid", strstr(code, ".foreign") ? "wx0000000000000000" : sb.wechat_appid);
    jw_end(&w);
    jw_end(&w);
    jw_end(&w);
    sb_text(out, 200, "application/json", jw_text(&w));
}

/* "thing" holds at most 20 letters; the real service names the key it dislikes. */
static const char *bad_data(struct sb_request *rq)
{
    for (const char *p = strstr(rq->body, "\"data\":"); p && (p = strstr(p, "\"thing")); p++) {
        const char *end = strchr(p + 1, '"'), *v = end ? strstr(end, "\"value\":\"") : NULL;
        const char *stop = v ? strchr(v + 9, '"') : NULL;
        if (stop && utf8_len(arena_strndup(rq->arena, v + 9, (size_t)(stop - v - 9))) > 20)
            return arena_strndup(rq->arena, p + 1, (size_t)(end - p - 1));
        if (!end)
            break;
    }
    return NULL;
}

static void subscribe_send(struct sb_request *rq, struct sb_reply *out)
{
    struct json *j = json_parse(rq->arena, rq->body, rq->body_len);
    const char *to = json_str(j, "touser"), *template_id = json_str(j, "template_id"), *bad = NULL;
    if (!to || to[0] != 'o')
        error(rq, out, 40003, "invalid openid");
    else if (str_empty(template_id) || str_starts(template_id, "bad"))
        error(rq, out, 40037, "invalid template_id");
    else if (!json_get(j, "data") || (bad = bad_data(rq)))
        error(rq, out, 47003, arena_printf(rq->arena, "argument invalid! data.%s.value invalid", bad ? bad : "?"));
    else if (!sb_consent_take(to, template_id))
        error(rq, out, 43101, "user refuse to accept the msg");
    else {
        sb_capture("message", to, rq->body);
        error(rq, out, 0, "ok");
    }
}

/* Bytes of a picture, or JSON when something is wrong. */
static void mini_code(struct sb_request *rq, struct sb_reply *out)
{
    static const char set[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$&'()*+,/:;=?@-._~";
    static const char png[] = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x8\0\0\0\0\x3a\x7e\x9b\x55"
                              "\0\0\0\nIDAT\x78\x9c\x63\x60\0\0\0\x2\0\1\x48\xaf\xa4\x71\0\0\0\0IEND\xae\x42\x60\x82";
    struct json *j = json_parse(rq->arena, rq->body, rq->body_len);
    const char *scene = json_str(j, "scene"), *page = json_str(j, "page"), *env = json_str(j, "env_version");
    static const char *const envs[] = {"release", "trial", "develop"};
    if (str_empty(scene) || strlen(scene) > 32 || strspn(scene, set) != strlen(scene))
        error(rq, out, 40129, "invalid scene");
    else if (page && (*page == '/' || strchr(page, '?')))
        error(rq, out, 41030, "invalid page");
    else if (env && str_index(envs, COUNT(envs), env) < 0)
        error(rq, out, 40097, "invalid env_version");
    else
        *out = (struct sb_reply){.status = 200, .type = "image/png", .body = png, .len = sizeof png - 1};
}

/* The payment must be one of ours, by transaction id or by our number. */
static bool order_key(const struct json *key)
{
    const char *txn = json_str(key, "transaction_id"), *no = json_str(key, "out_trade_no");
    struct pb_txn *t = NULL;
    int64_t type = 0;
    pb_lock();
    bool known = false;
    if (json_i64(key, "order_number_type", &type) && type == 2 && txn)
        known = pb_order_by_txn(PB_WECHAT, txn, &t) && t;
    else if (type == 1 && no && str_eq(json_str(key, "mchid"), sb.wechat_mchid))
        known = pb_order(PB_WECHAT, no) && pb_order(PB_WECHAT, no)->state == PB_PAID;
    pb_unlock();
    return known;
}

static void shipping(struct sb_request *rq, struct sb_reply *out)
{
    struct json *j = json_parse(rq->arena, rq->body, rq->body_len);
    const struct json *list = json_get(j, "shipping_list");
    int64_t logistics = 0, mode = 0, at;
    if (!order_key(json_get(j, "order_key")))
        error(rq, out, 10060001, "支付单不存在");
    else if (!json_i64(j, "logistics_type", &logistics) || logistics < 1 || logistics > 4 ||
             !json_i64(j, "delivery_mode", &mode) || mode != 1 || !json_at(list, 0) || json_at(list, 1) ||
             str_empty(json_str(json_at(list, 0), "item_desc")) ||
             !clock_parse_rfc3339(json_str(j, "upload_time"), &at) ||
             str_empty(json_str(json_get(j, "payer"), "openid")))
        error(rq, out, 268485228, "参数错误");
    else {
        sb_capture("shipping", json_str(json_get(j, "payer"), "openid"), rq->body);
        error(rq, out, 0, "ok");
    }
}

static void trade_managed(struct sb_request *rq, struct sb_reply *out)
{
    if (str_eq(json_str(json_parse(rq->arena, rq->body, rq->body_len), "appid"), sb.wechat_appid))
        sb_text(out, 200, "application/json", "{\"errcode\":0,\"errmsg\":\"ok\",\"is_trade_managed\":true}");
    else
        error(rq, out, 40013, "invalid appid");
}

void wechat_reply(struct sb_request *rq, struct sb_reply *out)
{
    static const struct {
        const char *method, *path;
        bool token;
        void (*fn)(struct sb_request *, struct sb_reply *);
    } page[] = {
        {"GET",  "/sns/jscode2session",                 false, code2session  },
        {"POST", "/cgi-bin/stable_token",               false, stable_token  },
        {"POST", "/wxa/business/getuserphonenumber",    true,  phone_number  },
        {"POST", "/cgi-bin/message/subscribe/send",     true,  subscribe_send},
        {"POST", "/wxa/getwxacodeunlimit",              true,  mini_code     },
        {"POST", "/wxa/sec/order/upload_shipping_info", true,  shipping      },
        {"POST", "/wxa/sec/order/is_trade_managed",     true,  trade_managed }
    };
    struct provider_param p[16];
    size_t n = sb_params(rq->arena, rq->query, p, 16);
    for (size_t i = 0; i < COUNT(page); i++) {
        if (!str_eq(rq->path, page[i].path))
            continue;
        if (!str_eq(rq->method, page[i].method))
            error(rq, out, 43001, "wrong method");
        else if (page[i].token && !sb_token_good(sb_param(p, n, "access_token")))
            error(rq, out, 40001, "invalid credential, access_token is invalid or not latest");
        else
            page[i].fn(rq, out);
        return;
    }
    sb_text(out, 404, "text/plain", "");
}
