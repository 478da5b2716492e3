/* wechat_pay_sign.c - WECHATPAY2-SHA256-RSA2048: what we sign and what we believe. SPDX-License-Identifier: MIT */
#include "platform/crypto/crypto.h"
#include "providers/wechat_pay.h"
#include <string.h>

#define WINDOW_S 300

/* The request target: exactly the bytes behind the host that curl sends. */
static const char *target_of(const char *url)
{
    const char *host = strstr(url, "://");
    const char *path = host ? strchr(host + 3, '/') : url;
    return path ? path : "/";
}

const char *wechat_pay_message(struct arena *a, const char *method, const char *url, int64_t ts_s, const char *nonce,
                               const char *body)
{
    return arena_printf(a, "%s\n%s\n%lld\n%s\n%s\n", method, target_of(url), (long long)ts_s, nonce, body ? body : "");
}

const char *wechat_pay_authorization(struct arena *a, const struct pay_config *c, const char *method, const char *url,
                                     const char *body, int64_t ts_s, const char *nonce)
{
    const char *m = wechat_pay_message(a, method, url, ts_s, nonce, body);
    const char *sign = rsa_sign_b64(a, c->private_key, m, strlen(m));
    if (!sign)
        return NULL;
    return arena_printf(a,
                        "WECHATPAY2-SHA256-RSA2048 mchid=\"%s\",nonce_str=\"%s\",timestamp=\"%lld\",serial_no=\"%s\","
                        "signature=\"%s\"",
                        c->mchid, nonce, (long long)ts_s, c->serial, sign);
}

const char *wechat_pay_nonce(struct arena *a)
{
    static const char set[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    char *s = arena_alloc(a, 33);
    for (int i = 0; i < 32; i++)
        s[i] = set[crypto_random_below(62)];
    return s;
}

const char *wechat_pay_client(struct arena *a, const struct pay_config *c, const char *prepay_id, int64_t ts_s,
                              const char *nonce)
{
    /* appId is signed but not handed to wx.requestPayment */
    const char *ts = arena_printf(a, "%lld", (long long)ts_s), *package = arena_printf(a, "prepay_id=%s", prepay_id);
    const char *m = arena_printf(a, "%s\n%s\n%s\n%s\n", c->appid, ts, nonce, package);
    const char *sign = rsa_sign_b64(a, c->private_key, m, strlen(m));
    struct jw w;
    if (!sign)
        return NULL;
    jw_init(&w, a);
    jw_obj(&w);
    kv_str(&w, "timeStamp", ts);
    kv_str(&w, "nonceStr", nonce);
    kv_str(&w, "package", package);
    kv_str(&w, "signType", "RSA");
    kv_str(&w, "paySign", sign);
    jw_end(&w);
    return jw_text(&w);
}

static bool fresh(const char *timestamp, int64_t now_ms)
{
    int64_t ts = 0;
    if (!is_digits(timestamp, 1, 12) || !parse_i64(timestamp, &ts))
        return false;
    int64_t off = now_ms / 1000 - ts;
    return off <= WINDOW_S && off >= -WINDOW_S;
}

enum err wechat_pay_verify(const struct pay_config *c, const struct pay_incoming *in, const char **why)
{
    *why = "signature headers missing";
    if (str_empty(in->timestamp) || str_empty(in->nonce) || str_empty(in->signature) || str_empty(in->serial) ||
        strlen(in->nonce) > 128)
        return ERR_FORBIDDEN;
    *why = "time out of the window";
    if (!fresh(in->timestamp, in->now))
        return ERR_FORBIDDEN;
    *why = "signature probe"; /* a deliberately wrong one, to see whether we look; the true message follows */
    if (str_starts(in->signature, "WECHATPAY/SIGNTEST/"))
        return ERR_FORBIDDEN;
    *why = "serial unknown";
    const struct pay_key *key = pay_key_find(&c->keys, in->serial, in->now);
    if (!key)
        return ERR_RETRY;
    struct arena *a = arena_new(4 * in->len + (1 << 16));
    struct buf b;
    buf_init(&b, a);
    buf_printf(&b, "%s\n%s\n", in->timestamp, in->nonce);
    buf_add(&b, in->body, in->len);
    buf_char(&b, '\n');
    bool ok = rsa_verify_b64(key->pem, b.p, b.n, in->signature);
    arena_free(a);
    *why = ok ? "" : "signature wrong";
    return ok ? OK : ERR_FORBIDDEN;
}
