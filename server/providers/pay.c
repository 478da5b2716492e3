/* pay.c - what both channels share: checks of our own input, amounts and times as text, the set of platform keys.
 * SPDX-License-Identifier: MIT */
#include "providers/pay.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/money.h"
#include "base/text.h"
#include "platform/crypto/crypto.h"
#include "platform/http_out.h"
#include <ctype.h>
#include <string.h>
#include <strings.h>

const struct pay_answer pay_nothing = {
    .out_trade_no = "", .txn_id = "", .payer = "", .merchant = "", .appid = "", .currency = "", .code = "", .text = ""};
const struct pay_refund_answer pay_refund_nothing = {
    .out_trade_no = "", .out_refund_no = "", .txn_id = "", .refund_id = "", .merchant = "", .code = "", .text = ""};

const struct pay_vt *pay_channel(const char *name)
{
    return str_eq(name, wechat_pay.name) ? &wechat_pay : str_eq(name, alipay_pay.name) ? &alipay_pay : NULL;
}

static bool alnum(const char *s, size_t lo, size_t hi)
{
    size_t n = s ? strlen(s) : 0;
    for (size_t i = 0; i < n; i++)
        if (!((s[i] >= '0' && s[i] <= '9') || (s[i] >= 'A' && s[i] <= 'Z') || (s[i] >= 'a' && s[i] <= 'z')))
            return false;
    return n >= lo && n <= hi;
}

static bool sandbox_numbers(const struct pay_config *c)
{
    return str_starts(c->apiv3_key ? c->apiv3_key : "", "SANDBOX") || str_eq(c->mchid, "1900000001") ||
           str_eq(c->mchid, "2088000000000001") || str_eq(c->appid, "2021000000000000");
}

/* Signs a word with it: a key that cannot is found at the start, not with the first payment. */
static bool signs(const char *private_key)
{
    struct arena *a = arena_new(1 << 20);
    bool ok = private_key && rsa_sign_b64(a, private_key, "x", 1) != NULL;
    arena_free(a);
    return ok;
}

const char *pay_config_wrong(const struct pay_vt *v, const struct pay_config *c)
{
    bool wechat = v == &wechat_pay, near = url_is_loopback(c->url);
    if (!str_starts(c->url ? c->url : "", "https://") && !(near && str_starts(c->url, "http://")))
        return "url";
    if (str_empty(c->appid))
        return "appid";
    if (wechat ? !is_digits(c->mchid, 8, 10) : !str_empty(c->mchid) && !is_digits(c->mchid, 16, 16))
        return "mchid";
    if (sandbox_numbers(c) && !near)
        return "keys of the sandbox, but not its address";
    if (!signs(c->private_key))
        return "private_key";
    if (!wechat && str_empty(c->public_key))
        return "public_key";
    int certificates = (c->app_cert_sn != NULL) + (c->root_cert_sn != NULL) + (c->alipay_cert_sn != NULL);
    if (!wechat && certificates != 0 && certificates != 3)
        return "certificate mode needs all three certificates";
    if (wechat && str_empty(c->serial))
        return "serial";
    if (wechat && (!c->apiv3_key || strlen(c->apiv3_key) != 32))
        return "apiv3_key";
    if (wechat && !str_empty(c->public_key_id) &&
        (!str_starts(c->public_key_id, "PUB_KEY_ID_") || !pay_key_find(&c->keys, c->public_key_id, INT64_MAX)))
        return "public_key_id";
    return NULL;
}

bool pay_number_valid(const char *s)
{
    return alnum(s, 16, 32);
}

/* WeChat takes 127 bytes; Alipay refuses "/=&"; a comma would break its bill, which has no quoting. */
static bool description_fits(const char *s)
{
    size_t n = s ? strlen(s) : 0;
    return n && n <= 127 && utf8_valid(s, n) && !strpbrk(s, "/=&,\r\n\t");
}

/* Both channels call a plain public address: no query, a path. */
static bool notify_url_fits(const char *s)
{
    if (str_empty(s) || strlen(s) > 255 || strpbrk(s, "?# \r\n\"\\"))
        return false;
    const char *host = str_starts(s, "https://") ? s + 8 : str_starts(s, "http://") ? s + 7 : NULL;
    return host && *host != '/' && strchr(host, '/') != NULL;
}

const char *pay_order_wrong(const struct pay_order *o)
{
    if (!pay_number_valid(o->out_trade_no))
        return "out_trade_no";
    if (o->amount_fen < 1 || o->amount_fen > PAY_MAX_FEN)
        return "amount";
    if (!description_fits(o->description))
        return "description";
    if (!notify_url_fits(o->notify_url))
        return "notify_url";
    if (o->expires_at < o->now + MINUTE_MS || o->expires_at > o->now + 7 * DAY_MS)
        return "expires_at";
    if (o->scene == PAY_MINI && (str_empty(o->openid) || strlen(o->openid) > 128))
        return "openid";
    return NULL;
}

const char *pay_refund_wrong(const struct pay_refund *r)
{
    if (!pay_number_valid(r->out_trade_no))
        return "out_trade_no";
    if (!pay_number_valid(r->out_refund_no))
        return "out_refund_no";
    if (r->total_fen < 1 || r->total_fen > PAY_MAX_FEN || r->refund_fen < 1 || r->refund_fen > r->total_fen)
        return "amount";
    size_t n = r->reason ? strlen(r->reason) : 0;
    if (n > 80 || (n && !utf8_valid(r->reason, n)))
        return "reason";
    if (!str_empty(r->notify_url) && !notify_url_fits(r->notify_url))
        return "notify_url";
    return NULL;
}

const char *pay_mismatch(const struct pay_config *c, const struct pay_answer *p, const char *out_trade_no,
                         int64_t amount_fen)
{
    if (!str_eq(p->out_trade_no, out_trade_no))
        return "out_trade_no";
    if (!str_empty(c->mchid) && !str_eq(p->merchant, c->mchid))
        return "merchant";
    if (!str_eq(p->appid, c->appid))
        return "appid";
    if (!str_eq(p->currency, "CNY"))
        return "currency";
    if (p->amount_fen != amount_fen || amount_fen < 1)
        return "amount";
    if (p->status != PAY_SUCCESS && p->status != PAY_REFUNDED)
        return "status";
    return str_empty(p->txn_id) ? "transaction id" : NULL;
}

bool pay_json_unique(const struct json *j)
{
    const char *k, *other;
    for (size_t i = 0; (k = json_key_at(j, i)); i++) {
        for (size_t m = i + 1; (other = json_key_at(j, m)); m++)
            if (strcmp(k, other) == 0)
                return false;
        if (!pay_json_unique(json_get(j, k)))
            return false;
    }
    return true;
}

bool pay_yuan_parse(const char *s, int64_t *fen)
{
    const char *dot = s ? strchr(s, '.') : NULL;
    size_t whole = dot ? (size_t)(dot - s) : s ? strlen(s) : 0;
    return whole >= 1 && whole <= 9 && *s != '-' && fen_parse(s, fen);
}

const char *pay_yuan(struct arena *a, int64_t fen)
{
    char text[32];
    return arena_strdup(a, fen_format(fen, text));
}

bool pay_time_parse(const char *s, int64_t *unix_ms)
{
    size_t n = s ? strlen(s) : 0;
    if (n < 19 || s[10] != ' ' || (n > 19 && (s[19] != '.' || !is_digits(s + 20, 1, 6)))) /* gmt_refund has ".320" */
        return false;
    char text[32] = "";
    memcpy(text, s, 19);
    text[10] = 'T';
    memcpy(text + 19, "+08:00", 7);
    return clock_parse_rfc3339(text, unix_ms);
}

const char *pay_time(struct arena *a, int64_t unix_ms)
{
    struct civil c = clock_civil(unix_ms);
    return arena_printf(a, "%04d-%02d-%02d %02d:%02d:%02d", c.year, c.month, c.day, c.hour, c.minute, c.second);
}

const char *pay_day(struct arena *a, int32_t day)
{
    if (!clock_day_valid(day) || day >= clock_day(clock_now_ms()))
        return NULL;
    return arena_printf(a, "%04d-%02d-%02d", day / 10000, day / 100 % 100, day % 100);
}

/* Libraries print serials with or without leading zeros and in either case. */
static bool same_id(const char *a, const char *b)
{
    if (str_starts(a, "PUB_KEY_ID_") || str_starts(b, "PUB_KEY_ID_"))
        return strcmp(a, b) == 0;
    a += strspn(a, "0");
    b += strspn(b, "0");
    return *a && strcasecmp(a, b) == 0;
}

const struct pay_key *pay_key_find(const struct pay_keys *set, const char *id, int64_t now)
{
    for (size_t i = 0; id && i < set->n; i++) {
        const struct pay_key *k = &set->key[i];
        if (same_id(k->id, id))
            return k->from_ms <= now && (!k->until_ms || now < k->until_ms) ? k : NULL;
    }
    return NULL;
}

static void drop(struct pay_keys *set, size_t i)
{
    set->n--;
    memmove(&set->key[i], &set->key[i + 1], (set->n - i) * sizeof set->key[0]);
}

void pay_key_add(struct pay_keys *set, const struct pay_key *k, int64_t now)
{
    if (k->until_ms && k->until_ms <= now)
        return;
    for (size_t i = set->n; i-- > 0;)
        if (same_id(set->key[i].id, k->id) || (set->key[i].until_ms && set->key[i].until_ms <= now))
            drop(set, i);
    if (set->n == PAY_KEYS) {
        size_t first = PAY_KEYS;
        for (size_t i = 0; i < set->n; i++)
            if (set->key[i].until_ms && (first == PAY_KEYS || set->key[i].until_ms < set->key[first].until_ms))
                first = i;
        if (first == PAY_KEYS)
            return;
        drop(set, first);
    }
    set->key[set->n++] = *k;
}
