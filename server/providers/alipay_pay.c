/* alipay_pay.c - trade calls of the v2 gateway: the answer's own word decides, HTTP says 200 to everything.
 * SPDX-License-Identifier: MIT */
#include "providers/alipay_pay.h"
#include "base/clock.h"
#include "base/json.h"
#include "providers/alipay.h"
#include <string.h>

enum err alipay_pay_call(struct arena *a, const struct pay_config *c, const char *method, const char *notify_url,
                         const char *biz_content, const struct json **j, struct provider_answer *ans)
{
    const struct mp_config m = {.url = c->url,
                                .appid = c->appid,
                                .private_key = c->private_key,
                                .public_key = c->public_key,
                                .app_cert_sn = c->app_cert_sn,
                                .root_cert_sn = c->root_cert_sn,
                                .alipay_cert_sn = c->alipay_cert_sn};
    const struct provider_param p[] = {
        {"biz_content", biz_content                 },
        {"notify_url",  notify_url ? notify_url : ""}
    };
    *j = NULL;
    enum err e = alipay_call(a, &m, method, p, COUNT(p), j, ans);
    if (!*j || e == ERR_TIMEOUT)
        return e;
    const char *code = json_str(*j, "code");
    if (!pay_json_unique(*j))
        return ERR_TIMEOUT;
    if (str_eq(code, "10000"))
        return OK;
    if (str_eq(ans->code, "ACQ.SYSTEM_ERROR") || str_eq(ans->code, "aop.ACQ.SYSTEM_ERROR") || !code)
        return ERR_TIMEOUT; /* it may have happened */
    if (str_eq(ans->code, "ACQ.INVALID_PARAMETER") || str_eq(ans->code, "ACQ.CONTEXT_INCONSISTENT"))
        return ERR_INVALID;
    return str_eq(code, "40004") ? ERR_FORBIDDEN : ERR_UPSTREAM;
}

static enum err prepare(struct arena *a, const struct pay_config *c, const struct pay_order *o, struct pay_request *out,
                        const char **why)
{
    struct jw w;
    *why = pay_order_wrong(o);
    if (*why)
        return ERR_INVALID;
    jw_init(&w, a);
    jw_obj(&w);
    kv_str(&w, "out_trade_no", o->out_trade_no);
    kv_str(&w, "total_amount", pay_yuan(a, o->amount_fen));
    kv_str(&w, "subject", o->description);
    kv_str(&w, "time_expire", pay_time(a, o->expires_at));
    if (o->scene == PAY_QR) { /* the trade begins with the scan: only a short-lived code bounds it before that */
        int64_t minutes = (o->expires_at - o->now + MINUTE_MS - 1) / MINUTE_MS;
        kv_str(&w, "product_code", "QR_CODE_OFFLINE");
        kv_str(&w, "qr_code_timeout_express", arena_printf(a, "%dm", minutes > 120 ? 120 : (int)minutes));
    } else {
        kv_str(&w, "product_code", "JSAPI_PAY");
        kv_str(&w, "op_app_id", c->appid);
        kv_str(&w, str_starts(o->openid, "2088") && strlen(o->openid) == 16 ? "buyer_id" : "buyer_open_id", o->openid);
    }
    jw_end(&w);
    *out = (struct pay_request){.scene = o->scene,
                                .number = arena_strdup(a, o->out_trade_no),
                                .notify_url = arena_strdup(a, o->notify_url),
                                .body = jw_text(&w)};
    return OK;
}

static enum err create(struct arena *a, const struct pay_config *c, const struct pay_request *rq,
                       struct pay_created *out, struct provider_answer *ans)
{
    const struct json *j;
    bool qr = rq->scene == PAY_QR;
    *out = (struct pay_created){PAY_ERROR_UNKNOWN, ""};
    enum err e =
        alipay_pay_call(a, c, qr ? "alipay.trade.precreate" : "alipay.trade.create", rq->notify_url, rq->body, &j, ans);
    if (e == ERR_FORBIDDEN && str_eq(ans->code, "ACQ.TRADE_HAS_SUCCESS"))
        out->status = PAY_SUCCESS;
    if (e == ERR_FORBIDDEN && str_eq(ans->code, "ACQ.TRADE_HAS_CLOSE"))
        out->status = PAY_CLOSED;
    if (e)
        return e;
    const char *handle = json_str(j, qr ? "qr_code" : "trade_no");
    if (str_empty(handle) || !str_eq(json_str(j, "out_trade_no"), rq->number))
        return ERR_TIMEOUT;
    *out = (struct pay_created){PAY_NOTPAY, handle};
    return OK;
}

static const char *client(struct arena *a, const struct pay_config *c, const char *handle, int64_t now)
{
    struct jw w;
    (void)c, (void)now;
    jw_init(&w, a);
    jw_obj(&w);
    kv_str(&w, "tradeNO", handle); /* my.tradePay: capital NO */
    jw_end(&w);
    return jw_text(&w);
}

static const char *by_number(struct arena *a, const char *out_trade_no, const char *out_request_no)
{
    struct jw w;
    jw_init(&w, a);
    jw_obj(&w);
    kv_str(&w, "out_trade_no", out_trade_no);
    if (out_request_no) {
        kv_str(&w, "out_request_no", out_request_no);
        kv_raw(&w, "query_options", "[\"gmt_refund_pay\"]");
    }
    jw_end(&w);
    return jw_text(&w);
}

enum pay_status alipay_trade_status(const char *word, bool was_paid)
{
    if (str_eq(word, "WAIT_BUYER_PAY"))
        return PAY_NOTPAY;
    if (str_eq(word, "TRADE_SUCCESS") || str_eq(word, "TRADE_FINISHED"))
        return PAY_SUCCESS;
    if (str_eq(word, "TRADE_CLOSED")) /* ran out unpaid, or paid and wholly refunded */
        return was_paid ? PAY_REFUNDED : PAY_CLOSED;
    return PAY_ERROR_UNKNOWN;
}

/* The gateway answers for the app that signed: appid and seller are ours by that. */
static bool trade(const struct pay_config *c, const struct json *j, struct pay_answer *out)
{
    const char *word = json_str(j, "trade_status"), *payer = json_str(j, "buyer_open_id");
    struct pay_answer p = {.out_trade_no = or_empty(json_str(j, "out_trade_no")),
                           .txn_id = or_empty(json_str(j, "trade_no")),
                           .payer = payer ? payer : or_empty(json_str(j, "buyer_user_id")),
                           .merchant = or_empty(c->mchid),
                           .appid = c->appid,
                           .currency = "CNY",
                           .code = or_empty(word),
                           .text = ""};
    bool was_paid = pay_time_parse(json_str(j, "send_pay_date"), &p.paid_at);
    p.status = alipay_trade_status(word, was_paid);
    if (!pay_yuan_parse(json_str(j, "total_amount"), &p.amount_fen) || p.status == PAY_ERROR_UNKNOWN || !*p.txn_id)
        return false;
    if (p.status == PAY_SUCCESS && !was_paid)
        return false;
    *out = p;
    return true;
}

static enum err query(struct arena *a, const struct pay_config *c, const char *out_trade_no, struct pay_answer *out,
                      struct provider_answer *ans)
{
    const struct json *j;
    struct pay_answer p;
    *out = pay_nothing;
    *ans = (struct provider_answer){"", "", ""};
    if (!pay_number_valid(out_trade_no))
        return ERR_INVALID;
    enum err e = alipay_pay_call(a, c, "alipay.trade.query", NULL, by_number(a, out_trade_no, NULL), &j, ans);
    if (e == ERR_FORBIDDEN && str_eq(ans->code, "ACQ.TRADE_NOT_EXIST")) {
        out->status = PAY_UNKNOWN_NUMBER;
        out->code = ans->code;
        out->text = ans->text;
        return OK;
    }
    if (e)
        return e;
    if (!trade(c, j, &p) || !str_eq(p.out_trade_no, out_trade_no)) {
        ans->text = "answer is not about this order";
        return ERR_TIMEOUT;
    }
    *out = p;
    return OK;
}

static enum err close_trade(struct arena *a, const struct pay_config *c, const char *out_trade_no,
                            enum pay_status *status, struct provider_answer *ans)
{
    const struct json *j;
    struct pay_answer p;
    *status = PAY_ERROR_UNKNOWN;
    *ans = (struct provider_answer){"", "", ""};
    if (!pay_number_valid(out_trade_no))
        return ERR_INVALID;
    enum err e = alipay_pay_call(a, c, "alipay.trade.close", NULL, by_number(a, out_trade_no, NULL), &j, ans);
    if (e == OK && !str_eq(json_str(j, "out_trade_no"), out_trade_no))
        return ERR_TIMEOUT;
    if (e == OK || (e == ERR_FORBIDDEN && str_eq(ans->code, "ACQ.TRADE_NOT_EXIST"))) {
        *status = e == OK ? PAY_CLOSED : PAY_UNKNOWN_NUMBER;
        return OK;
    }
    if (e != ERR_FORBIDDEN ||
        (!str_eq(ans->code, "ACQ.TRADE_STATUS_ERROR") && !str_eq(ans->code, "ACQ.REASON_TRADE_STATUS_INVALID")))
        return e;
    e = query(a, c, out_trade_no, &p, ans); /* the refusal means paid or already closed: only a query tells */
    if (e)
        return e;
    if (p.status == PAY_NOTPAY)
        return ERR_BUSY;
    *status = p.status == PAY_REFUNDED ? PAY_SUCCESS : p.status;
    return OK;
}

/* action: close, refund, or nothing when there was no trade yet. */
static enum err cancel(struct arena *a, const struct pay_config *c, const char *out_trade_no, enum pay_status *status,
                       struct provider_answer *ans)
{
    const struct json *j;
    *status = PAY_ERROR_UNKNOWN;
    *ans = (struct provider_answer){"", "", ""};
    if (!pay_number_valid(out_trade_no))
        return ERR_INVALID;
    enum err e = alipay_pay_call(a, c, "alipay.trade.cancel", NULL, by_number(a, out_trade_no, NULL), &j, ans);
    if (e == ERR_FORBIDDEN && str_eq(ans->code, "ACQ.TRADE_NOT_EXIST")) {
        *status = PAY_UNKNOWN_NUMBER;
        return OK;
    }
    if (e == ERR_FORBIDDEN && str_eq(ans->code, "ACQ.SELLER_BALANCE_NOT_ENOUGH"))
        return ERR_BUSY;
    if (e)
        return e;
    const char *action = json_str(j, "action"), *number = json_str(j, "out_trade_no");
    if ((number && !str_eq(number, out_trade_no)) || str_eq(json_str(j, "retry_flag"), "Y"))
        return number && !str_eq(number, out_trade_no) ? ERR_TIMEOUT : ERR_BUSY;
    *status = str_eq(action, "refund") ? PAY_REFUNDED : PAY_CLOSED;
    return OK;
}

static enum err refund_prepare(struct arena *a, const struct pay_config *c, const struct pay_refund *r,
                               struct pay_request *out, const char **why)
{
    struct jw w;
    (void)c;
    *why = pay_refund_wrong(r);
    if (*why)
        return ERR_INVALID;
    jw_init(&w, a);
    jw_obj(&w);
    kv_str(&w, "out_trade_no", r->out_trade_no);
    kv_str(&w, "refund_amount", pay_yuan(a, r->refund_fen));
    kv_str(&w, "out_request_no", r->out_refund_no);
    if (!str_empty(r->reason))
        kv_str(&w, "refund_reason", r->reason);
    jw_end(&w);
    *out = (struct pay_request){.number = arena_strdup(a, r->out_refund_no), .notify_url = "", .body = jw_text(&w)};
    return OK;
}

static enum err refund(struct arena *a, const struct pay_config *c, const struct pay_request *rq,
                       struct pay_refund_answer *out, struct provider_answer *ans)
{
    const struct json *j;
    *out = pay_refund_nothing;
    enum err e = alipay_pay_call(a, c, "alipay.trade.refund", NULL, rq->body, &j, ans);
    if (e == ERR_FORBIDDEN && str_eq(ans->code, "ACQ.SELLER_BALANCE_NOT_ENOUGH")) {
        out->status = REFUND_NO_BALANCE;
        return ERR_BUSY;
    }
    if (e)
        return e;
    struct pay_refund_answer r = pay_refund_nothing;
    r.out_refund_no = rq->number;
    r.out_trade_no = or_empty(json_str(j, "out_trade_no"));
    r.txn_id = or_empty(json_str(j, "trade_no"));
    r.code = or_empty(json_str(j, "fund_change"));
    /* 10000 is not "done": money moved by this very call only when fund_change says so; else refund_query() */
    r.status = str_eq(r.code, "Y") ? REFUND_SUCCESS : REFUND_PROCESSING;
    const char *sum = json_str(j, "refund_fee"); /* of the whole trade, not of this refund */
    if (sum && !pay_yuan_parse(sum, &r.refunded_sum_fen))
        return ERR_TIMEOUT;
    if (!pay_time_parse(json_str(j, "gmt_refund_pay"), &r.done_at) && r.status == REFUND_SUCCESS)
        r.done_at = clock_now_ms();
    *out = r;
    return OK;
}

static enum err refund_query(struct arena *a, const struct pay_config *c, const char *out_trade_no,
                             const char *out_refund_no, struct pay_refund_answer *out, struct provider_answer *ans)
{
    const struct json *j;
    struct pay_refund_answer r = pay_refund_nothing;
    *out = r;
    *ans = (struct provider_answer){"", "", ""};
    if (!pay_number_valid(out_trade_no) || !pay_number_valid(out_refund_no))
        return ERR_INVALID;
    enum err e = alipay_pay_call(a, c, "alipay.trade.fastpay.refund.query", NULL,
                                 by_number(a, out_trade_no, out_refund_no), &j, ans);
    if (e == ERR_FORBIDDEN && str_eq(ans->code, "ACQ.TRADE_NOT_EXIST")) {
        out->status = REFUND_UNKNOWN_NUMBER;
        return OK;
    }
    if (e)
        return e;
    r.out_trade_no = arena_strdup(a, out_trade_no);
    r.out_refund_no = arena_strdup(a, out_refund_no);
    r.txn_id = or_empty(json_str(j, "trade_no"));
    r.code = or_empty(json_str(j, "refund_status"));
    const char *other = json_str(j, "out_request_no"), *trade_no = json_str(j, "out_trade_no");
    if ((other && !str_eq(other, out_refund_no)) || (trade_no && !str_eq(trade_no, out_trade_no)))
        return ERR_TIMEOUT;
    if (str_eq(r.code, "REFUND_SUCCESS")) {
        if (!pay_yuan_parse(json_str(j, "refund_amount"), &r.refund_fen))
            return ERR_TIMEOUT;
        pay_yuan_parse(json_str(j, "total_amount"), &r.total_fen);
        pay_time_parse(json_str(j, "gmt_refund_pay"), &r.done_at);
        r.status = REFUND_SUCCESS;
    } else {
        r.status = REFUND_PROCESSING; /* absent: not refunded yet, or never asked for: repeat the same number */
    }
    *out = r;
    return OK;
}

const struct pay_vt alipay_pay = {.name = "alipay",
                                  .prepare = prepare,
                                  .create = create,
                                  .client = client,
                                  .query = query,
                                  .close = close_trade,
                                  .refund_prepare = refund_prepare,
                                  .refund = refund,
                                  .refund_query = refund_query,
                                  .notify = alipay_pay_notify,
                                  .bill = alipay_pay_bill,
                                  .cancel = cancel};
