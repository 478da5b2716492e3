/* wechat_pay_notify.c - sealed documents of WeChat Pay: notifies and the list of platform certificates.
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "platform/crypto/crypto.h"
#include "providers/wechat_pay.h"
#include <string.h>

const char *wechat_pay_open(struct arena *a, const struct pay_config *c, const struct json *sealed, size_t *len)
{
    const char *nonce = json_str(sealed, "nonce"), *aad = json_str(sealed, "associated_data"),
               *text = json_str(sealed, "ciphertext");
    struct gcm_box g = {0};
    if (!str_eq(json_str(sealed, "algorithm"), "AEAD_AES_256_GCM") || !nonce || !text)
        return NULL;
    g.data = b64_decode(a, text, &g.n);
    g.iv = nonce;
    g.iv_len = strlen(nonce);
    g.aad = or_empty(aad); /* may be absent: whatever arrives is what was authenticated */
    g.aad_len = aad ? strlen(aad) : 0;
    const char *keys[] = {c->apiv3_key, c->apiv3_key_old};
    for (size_t i = 0; g.data && i < COUNT(keys); i++) {
        g.key = keys[i];
        g.key_len = keys[i] ? strlen(keys[i]) : 0;
        const char *plain = g.key_len ? aes_gcm_open(a, &g, len) : NULL;
        if (plain)
            return plain;
    }
    return NULL;
}

static enum pay_status status_of(const char *s)
{
    static const struct {
        const char *word;
        enum pay_status status;
    } t[] = {
        {"NOTPAY",     PAY_NOTPAY    },
        {"SUCCESS",    PAY_SUCCESS   },
        {"REFUND",     PAY_REFUNDED  }, /* it was paid: the refund order tells the rest */
        {"CLOSED",     PAY_CLOSED    },
        {"USERPAYING", PAY_USERPAYING},
        {"REVOKED",    PAY_CLOSED    }, /* this and the next: code-pay only */
        {"PAYERROR",   PAY_CLOSED    }
    };
    for (size_t i = 0; i < COUNT(t); i++)
        if (str_eq(s, t[i].word))
            return t[i].status;
    return PAY_ERROR_UNKNOWN;
}

bool wechat_pay_transaction(const struct json *j, struct pay_answer *out)
{
    const struct json *amount = json_get(j, "amount");
    const char *currency = json_str(amount, "currency");
    struct pay_answer p = {.status = status_of(json_str(j, "trade_state")),
                           .out_trade_no = or_empty(json_str(j, "out_trade_no")),
                           .txn_id = or_empty(json_str(j, "transaction_id")),
                           .payer = or_empty(json_str(json_get(j, "payer"), "openid")),
                           .merchant = or_empty(json_str(j, "mchid")),
                           .appid = or_empty(json_str(j, "appid")),
                           .currency = currency ? currency : "CNY", /* optional: yuan unless said otherwise */
                           .code = or_empty(json_str(j, "trade_state")),
                           .text = or_empty(json_str(j, "trade_state_desc"))};
    *out = pay_nothing;
    json_i64(amount, "total", &p.amount_fen); /* not payer_total: that one is after coupons */
    if (p.status == PAY_ERROR_UNKNOWN || !*p.out_trade_no || !*p.merchant || !pay_json_unique(j))
        return false;
    bool paid = p.status == PAY_SUCCESS || p.status == PAY_REFUNDED;
    if (paid && (!*p.txn_id || p.amount_fen < 1 || !clock_parse_rfc3339(json_str(j, "success_time"), &p.paid_at)))
        return false;
    *out = p;
    return true;
}

static enum pay_refund_status refund_status_of(const char *s)
{
    return str_eq(s, "PROCESSING") ? REFUND_PROCESSING
           : str_eq(s, "SUCCESS")  ? REFUND_SUCCESS
           : str_eq(s, "CLOSED")   ? REFUND_CLOSED
           : str_eq(s, "ABNORMAL") ? REFUND_ABNORMAL
                                   : REFUND_ERROR_UNKNOWN;
}

bool wechat_pay_refund_document(const struct json *j, const char *status_key, struct pay_refund_answer *out)
{
    const struct json *amount = json_get(j, "amount");
    struct pay_refund_answer r = {.status = refund_status_of(json_str(j, status_key)),
                                  .out_trade_no = or_empty(json_str(j, "out_trade_no")),
                                  .out_refund_no = or_empty(json_str(j, "out_refund_no")),
                                  .txn_id = or_empty(json_str(j, "transaction_id")),
                                  .refund_id = or_empty(json_str(j, "refund_id")),
                                  .merchant = or_empty(json_str(j, "mchid")),
                                  .code = or_empty(json_str(j, status_key)),
                                  .text = or_empty(json_str(j, "user_received_account"))};
    const char *done = json_str(j, "success_time");
    if (r.status == REFUND_ERROR_UNKNOWN || !*r.out_refund_no || !*r.out_trade_no || !*r.refund_id ||
        !json_i64(amount, "refund", &r.refund_fen) || !json_i64(amount, "total", &r.total_fen) || r.refund_fen < 1 ||
        r.refund_fen > r.total_fen || !pay_json_unique(j))
        return false;
    if (r.status == REFUND_SUCCESS && !clock_parse_rfc3339(done, &r.done_at))
        return false;
    *out = r;
    return true;
}

/* What was opened, by the type the envelope gives. */
static enum err read_plain(const struct pay_config *c, const char *type, const struct json *j, struct pay_notify *out,
                           struct provider_answer *ans)
{
    ans->text = "document not usable";
    if (str_eq(type, "TRANSACTION.SUCCESS")) {
        if (!wechat_pay_transaction(j, &out->pay) || out->pay.status != PAY_SUCCESS)
            return ERR_INVALID;
        ans->text = "for another merchant or app";
        if (!str_eq(out->pay.merchant, c->mchid) || !str_eq(out->pay.appid, c->appid))
            return ERR_INVALID;
        out->event = PAY_EVENT_PAYMENT;
    } else if (str_starts(type, "REFUND.")) {
        struct pay_refund_answer *r = &out->refund;
        if (!wechat_pay_refund_document(j, "refund_status", r) || strcmp(type + 7, r->code) != 0)
            return ERR_INVALID;
        ans->text = "for another merchant";
        if (!str_eq(r->merchant, c->mchid))
            return ERR_INVALID;
        out->event = PAY_EVENT_REFUND;
    }
    ans->text = "";
    return OK;
}

enum err wechat_pay_notify(struct arena *a, const struct pay_config *c, const struct pay_incoming *in,
                           struct pay_notify *out, struct provider_answer *ans)
{
    size_t len = 0;
    struct pay_notify n = {.id = "", .pay = pay_nothing, .refund = pay_refund_nothing};
    *out = n;
    *ans = (struct provider_answer){"", "", ""};
    enum err e = wechat_pay_verify(c, in, &ans->text);
    if (e)
        return e;
    ans->text = "not a notify";
    const struct json *j = json_parse(a, in->body, in->len), *sealed = json_get(j, "resource");
    const char *type = json_str(j, "event_type");
    if (!type || !sealed || !pay_json_unique(j))
        return ERR_INVALID;
    n.id = or_empty(json_str(j, "id"));
    ans->id = n.id;
    ans->code = type;
    ans->text = "cannot be opened with our APIv3 key";
    const char *plain = wechat_pay_open(a, c, sealed, &len);
    const struct json *doc = plain ? json_parse(a, plain, len) : NULL;
    if (!doc)
        return ERR_INVALID;
    e = read_plain(c, type, doc, &n, ans);
    if (!e)
        *out = n;
    return e;
}

bool wechat_pay_key_of(struct arena *a, const char *pem, struct pay_key *out)
{
    struct cert_info info;
    if (!cert_read(a, pem, &info))
        return false;
    *out = (struct pay_key){.id = info.serial, .pem = pem, .from_ms = info.from_ms, .until_ms = info.until_ms};
    return true;
}

/* One row of the list; its own words must agree with what the certificate says. */
static bool read_certificate(struct arena *a, const struct pay_config *c, const struct json *row, int64_t now,
                             struct pay_keys *set)
{
    size_t len = 0;
    struct pay_key k;
    const char *said = json_str(row, "serial_no"),
               *pem = wechat_pay_open(a, c, json_get(row, "encrypt_certificate"), &len);
    if (!said || !pem || strlen(pem) != len || !wechat_pay_key_of(a, pem, &k))
        return false;
    struct pay_keys one = {.key = {k}, .n = 1};
    if (!pay_key_find(&one, said, k.from_ms))
        return false;
    pay_key_add(set, &k, now);
    return true;
}

enum err wechat_pay_certificates_read(struct arena *a, const struct pay_config *c, const struct pay_incoming *in,
                                      struct pay_keys *set, const char **why)
{
    const struct json *list = json_get(json_parse(a, in->body, in->len), "data"), *row;
    struct pay_config with = *c;
    struct pay_keys next = *set;
    size_t n = 0;
    *why = "no certificate inside that can be opened";
    for (; (row = json_at(list, n)) && n < PAY_KEYS; n++)
        if (!read_certificate(a, c, row, in->now, &next))
            return ERR_INVALID;
    if (!n)
        return ERR_INVALID;
    with.keys = next; /* the very first answer is proven by what it brings: only WeChat knows our APIv3 key */
    enum err e = wechat_pay_verify(&with, in, why);
    if (e)
        return ERR_FORBIDDEN;
    *set = next;
    return OK;
}

enum err wechat_pay_certificates(struct arena *a, const struct pay_config *c, struct pay_keys *set,
                                 struct provider_answer *ans)
{
    struct out_reply reply;
    enum err e = wechat_pay_send(a, c, "GET", "/v3/certificates", NULL, &reply, ans);
    if (e)
        return e == ERR_TIMEOUT ? ERR_UPSTREAM : e; /* asking changes nothing */
    struct pay_incoming in = wechat_pay_signed(&reply, clock_now_ms());
    if (reply.status != 200) {
        const char *code = json_str(json_parse(a, reply.body, reply.len), "code");
        ans->code = or_empty(code); /* RESOURCE_NOT_EXISTS: this merchant has the public key only */
        ans->text = arena_printf(a, "HTTP %d", reply.status);
        return ERR_UPSTREAM;
    }
    return wechat_pay_certificates_read(a, c, &in, set, &ans->text);
}
