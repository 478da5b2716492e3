/* alipay_pay_notify.c - the asynchronous notify of a trade: a signed form. SPDX-License-Identifier: MIT */
#include "base/text.h"
#include "platform/crypto/crypto.h"
#include "providers/alipay.h"
#include "providers/alipay_pay.h"
#include <string.h>

static int hex_value(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

static const char *decoded(struct arena *a, const char *s, size_t n)
{
    char *out = arena_alloc(a, n + 1);
    size_t o = 0;
    for (size_t i = 0; i < n; i++) {
        char c = s[i] == '+' ? ' ' : s[i];
        if (c == '%') {
            int hi = i + 2 < n ? hex_value(s[i + 1]) : -1, lo = i + 2 < n ? hex_value(s[i + 2]) : -1;
            if (hi < 0 || lo < 0)
                return NULL;
            c = (char)(hi * 16 + lo);
            i += 2;
        }
        if (!c)
            return NULL;
        out[o++] = c;
    }
    return utf8_valid(out, o) ? out : NULL;
}

static const char *value_of(const struct provider_param *p, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(p[i].name, name) == 0)
            return p[i].value;
    return NULL;
}

enum err alipay_form(struct arena *a, const char *body, size_t n, struct provider_param *out, size_t *count)
{
    *count = 0;
    if (!n || n > ALIPAY_FORM_BYTES)
        return ERR_INVALID;
    for (const char *p = body, *end = body + n; p < end;) {
        const char *amp = memchr(p, '&', (size_t)(end - p)), *stop = amp ? amp : end,
                   *eq = memchr(p, '=', (size_t)(stop - p));
        if (!eq || eq == p || *count == ALIPAY_FORM_PARAMS)
            return ERR_INVALID;
        const char *name = decoded(a, p, (size_t)(eq - p)), *value = decoded(a, eq + 1, (size_t)(stop - eq - 1));
        if (!name || !value || value_of(out, *count, name))
            return ERR_INVALID; /* twice the same name: which one was signed? */
        out[(*count)++] = (struct provider_param){name, value};
        p = amp ? amp + 1 : end;
    }
    return OK;
}

const char *alipay_notify_content(struct arena *a, const struct provider_param *p, size_t n)
{
    struct provider_param *q = arena_alloc(a, (n + 1) * sizeof *q);
    size_t k = 0;
    for (size_t i = 0; i < n; i++)
        if (strcmp(p[i].name, "sign_type") != 0) /* unlike in a request, it is not signed */
            q[k++] = p[i];
    return alipay_sign_content(a, q, k);
}

/* Refunds come to the payment's address: refund_fee is the sum so far, out_biz_no our refund number. */
static bool read_refund(const struct provider_param *p, size_t n, const struct pay_answer *pay,
                        struct pay_refund_answer *out)
{
    struct pay_refund_answer r = pay_refund_nothing;
    const char *number = value_of(p, n, "out_biz_no");
    if (!pay_yuan_parse(value_of(p, n, "refund_fee"), &r.refunded_sum_fen) || r.refunded_sum_fen < 1 ||
        r.refunded_sum_fen > pay->amount_fen)
        return false;
    r.status = REFUND_SUCCESS;
    r.out_trade_no = pay->out_trade_no;
    r.out_refund_no = number ? number : "";
    r.txn_id = pay->txn_id;
    r.merchant = pay->merchant;
    r.total_fen = pay->amount_fen;
    r.code = pay->code;
    pay_time_parse(value_of(p, n, "gmt_refund"), &r.done_at);
    *out = r;
    return true;
}

static bool read_trade(const struct provider_param *p, size_t n, struct pay_notify *out)
{
    const char *word = value_of(p, n, "trade_status"), *payer = value_of(p, n, "buyer_open_id"),
               *number = value_of(p, n, "out_trade_no"), *txn = value_of(p, n, "trade_no"),
               *seller = value_of(p, n, "seller_id");
    struct pay_answer *t = &out->pay;
    if (str_empty(payer))
        payer = value_of(p, n, "buyer_id");
    bool was_paid = pay_time_parse(value_of(p, n, "gmt_payment"), &t->paid_at);
    if (str_empty(number) || str_empty(txn) || !pay_yuan_parse(value_of(p, n, "total_amount"), &t->amount_fen))
        return false;
    t->status = alipay_trade_status(word, was_paid || !str_empty(value_of(p, n, "refund_fee")));
    t->out_trade_no = number;
    t->txn_id = txn;
    t->payer = payer ? payer : "";
    t->merchant = seller ? seller : "";
    t->appid = value_of(p, n, "app_id");
    t->currency = "CNY";
    t->code = word ? word : "";
    if (t->status == PAY_ERROR_UNKNOWN || (t->status == PAY_SUCCESS && !was_paid))
        return false;
    if (!str_empty(value_of(p, n, "refund_fee"))) { /* a partial refund says TRADE_SUCCESS once more */
        t->status = PAY_REFUNDED;
        out->event = PAY_EVENT_REFUND;
        return read_refund(p, n, t, &out->refund);
    }
    out->event = PAY_EVENT_PAYMENT; /* the status tells: a closed, unpaid trade comes here too */
    return true;
}

enum err alipay_pay_notify(struct arena *a, const struct pay_config *c, const struct pay_incoming *in,
                           struct pay_notify *out, struct provider_answer *ans)
{
    struct provider_param p[ALIPAY_FORM_PARAMS];
    struct pay_notify n = {.id = "", .pay = pay_nothing, .refund = pay_refund_nothing};
    size_t k = 0;
    *out = n;
    *ans = (struct provider_answer){"", "not a form we take", ""};
    if (alipay_form(a, in->body, in->len, p, &k))
        return ERR_FORBIDDEN;
    const char *content = alipay_notify_content(a, p, k), *sign = value_of(p, k, "sign");
    ans->text = "signature wrong";
    if (!str_eq(value_of(p, k, "sign_type"), "RSA2") || str_empty(sign) ||
        !rsa_verify_b64(c->public_key, content, strlen(content), sign))
        return ERR_FORBIDDEN;
    ans->text = "for another app or seller";
    const char *id = value_of(p, k, "notify_id"), *type = value_of(p, k, "notify_type");
    ans->id = n.id = id ? id : "";
    ans->code = type ? type : "";
    if (!str_eq(value_of(p, k, "app_id"), c->appid) ||
        (!str_empty(c->mchid) && !str_eq(value_of(p, k, "seller_id"), c->mchid)))
        return ERR_INVALID;
    ans->text = "document not usable";
    if (str_eq(type, "trade_status_sync") && !read_trade(p, k, &n))
        return ERR_INVALID;
    ans->text = "";
    *out = n;
    return OK;
}
