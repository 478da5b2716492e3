/* notify_build.c - what a notice says and how it is sealed and signed. SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/money.h"
#include "base/text.h"
#include "platform/crypto/crypto.h"
#include "platform/http_out.h"
#include "sandbox/keys.h"
#include "sandbox/notify.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const nt_kind_name[NT_KINDS] = {"genuine", "dup", "forged", "amount", "replayed", "truncated", "probe"};

static char *copy(const char *s)
{
    char *p = strdup(s);
    if (!p)
        abort();
    return p;
}

struct nt_notice *nt_notice_new(enum pb_channel c, const char *url, const char *event, const char *plain)
{
    struct arena *a = arena_new(0);
    struct nt_notice *n = calloc(1, sizeof *n);
    if (!n)
        abort();
    n->channel = c;
    n->url = copy(url);
    n->plain = copy(plain);
    snprintf(n->event, sizeof n->event, "%s", event);
    char hex[65];
    keys_sha256(keys_letters(a, 32), hex);
    if (c == PB_WECHAT)
        snprintf(n->id, sizeof n->id, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16, hex + 20);
    else
        snprintf(n->id, sizeof n->id, "%d00%.20s", clock_day(clock_now_ms()), hex);
    arena_free(a);
    return n;
}

void nt_notice_free(struct nt_notice *n)
{
    if (!n)
        return;
    free(n->url);
    free(n->plain);
    free(n);
}

static struct nt_notice *about(struct nt_notice *n, const struct pb_order *o, const char *refund_no, int64_t amount)
{
    snprintf(n->no, sizeof n->no, "%s", o->no);
    snprintf(n->refund_no, sizeof n->refund_no, "%s", refund_no);
    n->amount = amount;
    return n;
}

/* ---- WeChat ---- */
static const char *rfc3339(char out[40], int64_t ms)
{
    char whole[32];
    snprintf(out, 40, "%.19s+08:00", clock_rfc3339(ms, whole));
    return out;
}

static const char *wechat_payment(struct arena *a, const struct pb_order *o, const struct pb_txn *t)
{
    struct jw w;
    char when[40];
    jw_init(&w, a);
    jw_obj(&w);
    kv_str(&w, "mchid", sb.wechat_mchid);
    kv_str(&w, "appid", o->appid);
    kv_str(&w, "out_trade_no", o->no);
    kv_str(&w, "transaction_id", t->id);
    kv_str(&w, "trade_type", o->qr ? "NATIVE" : "JSAPI");
    kv_str(&w, "trade_state", "SUCCESS");
    kv_str(&w, "trade_state_desc", "支付成功");
    kv_str(&w, "bank_type", "OTHERS");
    kv_str(&w, "attach", o->attach);
    kv_str(&w, "success_time", rfc3339(when, t->at));
    kv_raw(&w, "payer", arena_printf(a, "{\"openid\":\"%s\"}", o->payer));
    jw_key(&w, "amount");
    jw_obj(&w);
    kv_int(&w, "total", t->amount);
    kv_int(&w, "payer_total", t->amount);
    kv_str(&w, "currency", "CNY");
    kv_str(&w, "payer_currency", "CNY");
    jw_end(&w);
    jw_end(&w);
    return jw_text(&w);
}

static const char *wechat_refund(struct arena *a, const struct pb_refund *r, const char *state)
{
    struct jw w;
    char when[40];
    jw_init(&w, a);
    jw_obj(&w);
    kv_str(&w, "mchid", sb.wechat_mchid);
    kv_str(&w, "transaction_id", r->txn->id);
    kv_str(&w, "out_trade_no", r->order->no);
    kv_str(&w, "refund_id", r->id);
    kv_str(&w, "out_refund_no", r->no);
    kv_str(&w, "refund_status", state);
    if (r->state == PB_R_SUCCESS)
        kv_str(&w, "success_time", rfc3339(when, r->done));
    kv_str(&w, "user_received_account", "支付用户零钱");
    jw_key(&w, "amount");
    jw_obj(&w);
    kv_int(&w, "total", r->txn->amount);
    kv_int(&w, "refund", r->amount);
    kv_int(&w, "payer_total", r->txn->amount);
    kv_int(&w, "payer_refund", r->amount);
    jw_end(&w);
    jw_end(&w);
    return jw_text(&w);
}

/* ---- Alipay: an object of text parameters ---- */
static const char *beijing(char out[32], int64_t ms)
{
    struct civil c = clock_civil(ms);
    snprintf(out, 32, "%04d-%02d-%02d %02d:%02d:%02d", c.year, c.month, c.day, c.hour, c.minute, c.second);
    return out;
}

static const char *alipay_trade(struct arena *a, const struct pb_order *o, const struct pb_txn *t,
                                const struct pb_refund *r)
{
    struct jw w;
    char yuan[32], when[32];
    int64_t back = r ? pb_refunded(o, PB_R_SUCCESS) : 0;
    bool whole = back >= t->amount;
    jw_init(&w, a);
    jw_obj(&w);
    kv_str(&w, "notify_type", "trade_status_sync");
    kv_str(&w, "app_id", sb.alipay_appid);
    kv_str(&w, "auth_app_id", sb.alipay_appid);
    kv_str(&w, "charset", "utf-8");
    kv_str(&w, "version", "1.0");
    kv_str(&w, "trade_no", t->id);
    kv_str(&w, "out_trade_no", o->no);
    kv_str(&w, "buyer_open_id", o->payer);
    kv_str(&w, "seller_id", sb.alipay_seller);
    kv_str(&w, "trade_status", whole ? "TRADE_CLOSED" : "TRADE_SUCCESS");
    fen_format(t->amount, yuan);
    kv_str(&w, "total_amount", yuan);
    kv_str(&w, "receipt_amount", yuan);
    kv_str(&w, "invoice_amount", yuan);
    kv_str(&w, "buyer_pay_amount", yuan);
    kv_str(&w, "point_amount", "0.00");
    kv_str(&w, "subject", o->subject);
    kv_str(&w, "body", "");
    kv_str(&w, "gmt_create", beijing(when, o->created));
    kv_str(&w, "gmt_payment", beijing(when, t->at));
    kv_str(&w, "fund_bill_list", arena_printf(a, "[{\"amount\":\"%s\",\"fundChannel\":\"ALIPAYACCOUNT\"}]", yuan));
    if (r) {
        kv_str(&w, "refund_fee", fen_format(back, yuan));
        kv_str(&w, "out_biz_no", r->no);
        kv_str(&w, "gmt_refund", arena_printf(a, "%s.000", beijing(when, r->done)));
        if (whole)
            kv_str(&w, "gmt_close", when);
    }
    jw_end(&w);
    return jw_text(&w);
}

struct nt_notice *nt_notice_payment(const struct pb_order *o, const struct pb_txn *t)
{
    struct arena *a = arena_new(0);
    struct nt_notice *n =
        o->channel == PB_WECHAT
            ? nt_notice_new(PB_WECHAT, o->notify_url, "TRANSACTION.SUCCESS", wechat_payment(a, o, t))
            : nt_notice_new(PB_ALIPAY, o->notify_url, "trade_status_sync", alipay_trade(a, o, t, NULL));
    arena_free(a);
    return about(n, o, "", t->amount);
}

struct nt_notice *nt_notice_refund(const struct pb_refund *r)
{
    static const char *const word[PB_R_STATES] = {"PROCESSING", "SUCCESS", "CLOSED", "ABNORMAL"};
    const struct pb_order *o = r->order;
    struct nt_notice *n = NULL;
    char event[40];
    struct arena *a = arena_new(0);
    snprintf(event, sizeof event, "REFUND.%s", word[r->state]);
    if (o->channel == PB_WECHAT && *r->notify_url && r->state != PB_R_PROCESSING)
        n = nt_notice_new(PB_WECHAT, r->notify_url, event, wechat_refund(a, r, word[r->state]));
    if (o->channel == PB_ALIPAY && *o->notify_url && r->state == PB_R_SUCCESS)
        n = nt_notice_new(PB_ALIPAY, o->notify_url, "trade_status_sync", alipay_trade(a, o, r->txn, r));
    arena_free(a);
    return n ? about(n, o, r->no, r->amount) : NULL;
}

/* ---- the wire ---- */
static const char *swapped(struct arena *a, const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);
    return at ? arena_printf(a, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from)) : text;
}

static void put(struct nt_wire *out, const char *name, const char *value)
{
    out->header[out->nheader++] = (struct provider_param){name, value};
}

static void wire_wechat(struct arena *a, const struct nt_notice *n, enum nt_kind kind, struct nt_wire *out)
{
    char when[40];
    int64_t now = clock_now_ms() - (kind == NT_REPLAYED ? 10 * MINUTE_MS : 0);
    const char *type = str_starts(n->event, "REFUND.") ? "refund" : "transaction", *nonce = keys_letters(a, 12),
               *plain = n->plain, *serial = "";
    const char *aad = crypto_random_below(4) ? type : ""; /* may be empty, or missing */
    if (kind == NT_AMOUNT) {
        const char *key = *n->refund_no ? "\"refund\":" : "\"total\":";
        plain = swapped(a, plain, arena_printf(a, "%s%lld", key, (long long)n->amount),
                        arena_printf(a, "%s%lld", key, (long long)n->amount + 100));
    }
    struct jw w;
    jw_init(&w, a);
    jw_obj(&w);
    kv_str(&w, "id", n->id);
    kv_str(&w, "create_time", rfc3339(when, now));
    kv_str(&w, "resource_type", "encrypt-resource");
    kv_str(&w, "event_type", n->event);
    kv_str(&w, "summary", *n->refund_no ? "退款成功" : "支付成功");
    jw_key(&w, "resource");
    jw_obj(&w);
    kv_str(&w, "original_type", type);
    kv_str(&w, "algorithm", "AEAD_AES_256_GCM");
    kv_str(&w, "ciphertext", keys_gcm_seal(a, sb.wechat_apiv3_key, nonce, aad, plain));
    if (*aad || crypto_random_below(2))
        kv_str(&w, "associated_data", aad);
    kv_str(&w, "nonce", nonce);
    jw_end(&w);
    jw_end(&w);
    out->body = jw_text(&w);
    out->len = strlen(out->body);
    out->type = "application/json";
    pb_lock();
    bool by_public = pb_set.public_key && (!pb_set.certificates || crypto_random_below(1000) < (uint32_t)pb_set.ramp);
    pb_unlock();
    const char *ts = arena_printf(a, "%lld", (long long)(now / 1000)), *salt = keys_letters(a, 32);
    const char *text = arena_printf(a, "%s\n%s\n%s\n", ts, salt, out->body);
    const char *sign = nt_sign(a, by_public ? NT_BY_PUBLIC_KEY : NT_BY_CERTIFICATE, text, strlen(text), &serial);
    if (kind == NT_FORGED) {
        const char *ignored;
        sign = nt_sign(a, NT_BY_STRANGER, text, strlen(text), &ignored);
    }
    if (kind == NT_PROBE)
        sign = arena_printf(a, "WECHATPAY/SIGNTEST/%s", sign);
    put(out, "Wechatpay-Timestamp", ts);
    put(out, "Wechatpay-Nonce", salt);
    put(out, "Wechatpay-Signature", sign);
    put(out, "Wechatpay-Serial", serial);
    put(out, "Wechatpay-Signature-Type", "WECHATPAY2-SHA256-RSA2048");
    put(out, "Request-ID", arena_printf(a, "%s-%s", keys_letters(a, 16), keys_digits(a, 6)));
}

static int by_name(const void *x, const void *y)
{
    return strcmp(((const struct provider_param *)x)->name, ((const struct provider_param *)y)->name);
}

static void wire_alipay(struct arena *a, const struct nt_notice *n, enum nt_kind kind, struct nt_wire *out)
{
    struct provider_param p[64];
    struct buf sign, form;
    char when[32], yuan[32], more[32];
    size_t k = 0;
    const char *plain = n->plain, *key;
    if (kind == NT_AMOUNT)
        plain = swapped(a, plain, arena_printf(a, "\"total_amount\":\"%s\"", fen_format(n->amount, yuan)),
                        arena_printf(a, "\"total_amount\":\"%s\"", fen_format(n->amount + 100, more)));
    const struct json *j = json_parse(a, plain, strlen(plain));
    for (size_t i = 0; (key = json_key_at(j, i)) && k < COUNT(p) - 4; i++)
        p[k++] = (struct provider_param){key, json_str(j, key)};
    p[k++] = (struct provider_param){"notify_id", n->id};
    p[k++] = (struct provider_param){"notify_time", beijing(when, clock_now_ms() - (kind == NT_REPLAYED ? DAY_MS : 0))};
    qsort(p, k, sizeof p[0], by_name);
    buf_init(&sign, a);
    buf_init(&form, a);
    for (size_t i = 0; i < k; i++) {
        if (*p[i].value)
            buf_printf(&sign, "%s%s=%s", sign.n ? "&" : "", p[i].name, p[i].value);
        buf_printf(&form, "%s=%s&", p[i].name, out_escape(a, p[i].value));
    }
    const char *s = nt_sign_alipay(a, buf_cstr(&sign), kind == NT_FORGED || kind == NT_PROBE);
    buf_printf(&form, "sign=%s&sign_type=RSA2", out_escape(a, s));
    out->body = buf_cstr(&form);
    out->len = form.n;
    out->type = "application/x-www-form-urlencoded; charset=utf-8";
}

void nt_wire(struct arena *a, const struct nt_notice *n, enum nt_kind kind, struct nt_wire *out)
{
    *out = (struct nt_wire){0};
    if (n->channel == PB_WECHAT)
        wire_wechat(a, n, kind, out);
    else
        wire_alipay(a, n, kind, out);
    if (kind == NT_TRUNCATED)
        out->len /= 2;
}
