/* alipay_trade.c - trades and refunds of Alipay. SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/text.h"
#include "sandbox/alipay_gate.h"
#include "sandbox/keys.h"
#include "sandbox/notify.h"
#include <stdio.h>
#include <string.h>

#define ORDER_DAYS 15
#define YEAR_MS    (365 * DAY_MS)

static void business(struct ali *x, const char *sub, const char *text)
{
    ali_refuse(x, "40004", sub, text);
}

static void missing(struct ali *x, const char *name)
{
    ali_refuse(x, "40001", arena_printf(x->a, "isv.missing-%s", name), name);
}

static void invalid(struct ali *x, const char *name)
{
    business(x, "ACQ.INVALID_PARAMETER", arena_printf(x->a, "参数有误：%s", name));
}

static void add(struct provider_param *m, size_t *n, const char *name, const char *value)
{
    m[*n].name = name;
    m[(*n)++].value = value;
}

/* "0.01" .. "100000000.00" */
static bool yuan(const char *s, int64_t *fen)
{
    int64_t whole = 0, part = 0;
    size_t n = s ? strspn(s, "0123456789") : 0, m = 0;
    if (n < 1 || n > 9 || !parse_i64_n(s, n, &whole))
        return false;
    if (s[n] == '.') {
        m = strlen(s + n + 1);
        if (m < 1 || m > 2 || !is_digits(s + n + 1, 1, 2) || !parse_i64(s + n + 1, &part))
            return false;
        part *= m == 1 ? 10 : 1;
    } else if (s[n]) {
        return false;
    }
    *fen = whole * 100 + part;
    return *fen >= 1 && *fen <= INT64_C(10000000000);
}

static bool number(const char *s)
{
    size_t n = s ? strlen(s) : 0;
    for (size_t i = 0; i < n; i++)
        if (!((s[i] >= '0' && s[i] <= '9') || (s[i] >= 'A' && s[i] <= 'Z') || (s[i] >= 'a' && s[i] <= 'z') ||
              s[i] == '_'))
            return false;
    return n >= 1 && n <= 64;
}

static bool minutes(const char *s, int64_t *ms)
{
    int64_t n = 0;
    size_t len = s ? strlen(s) : 0;
    if (len < 2 || !parse_i64_n(s, len - 1, &n) || n < 1)
        return false;
    *ms = n * (s[len - 1] == 'm' ? MINUTE_MS : s[len - 1] == 'h' ? HOUR_MS : s[len - 1] == 'd' ? DAY_MS : 0);
    return *ms > 0 && *ms <= ORDER_DAYS * DAY_MS;
}

/* NULL: fine; else the parameter. */
static const char *times(const struct json *j, int64_t now, int64_t *expires, int64_t *qr_until)
{
    const char *until = json_str(j, "time_expire"), *span = json_str(j, "timeout_express"),
               *code = json_str(j, "qr_code_timeout_express");
    int64_t ms = ORDER_DAYS * DAY_MS;
    if (span && !minutes(span, &ms))
        return "timeout_express";
    *expires = now + ms;
    char text[32] = "";
    if (until) { /* it wins */
        if (strlen(until) != 19 || until[10] != ' ')
            return "time_expire";
        snprintf(text, sizeof text, "%.10sT%.8s+08:00", until, until + 11);
        if (!clock_parse_rfc3339(text, expires))
            return "time_expire";
    }
    ms = 2 * HOUR_MS;
    if (code && !minutes(code, &ms))
        return "qr_code_timeout_express";
    *qr_until = now + (ms < 2 * HOUR_MS ? ms : 2 * HOUR_MS);
    return NULL;
}

static const char *bad_trade(struct ali *x, bool qr, int64_t *amount)
{
    const struct json *j = x->biz;
    const char *subject = json_str(j, "subject"), *product = json_str(j, "product_code");
    const char *buyer = json_str(j, "buyer_open_id") ? json_str(j, "buyer_open_id") : json_str(j, "buyer_id");
    if (!number(json_str(j, "out_trade_no")))
        return "out_trade_no";
    if (!yuan(json_str(j, "total_amount"), amount))
        return "total_amount";
    if (str_empty(subject) || utf8_len(subject) > 256 || strpbrk(subject, "/=&"))
        return "subject";
    if (qr && !str_eq(product, "FACE_TO_FACE_PAYMENT") && !str_eq(product, "QR_CODE_OFFLINE"))
        return "product_code";
    if (!qr && !str_eq(product, "JSAPI_PAY"))
        return "product_code";
    if (!qr && (str_empty(buyer) || !str_eq(json_str(j, "op_app_id"), sb.alipay_appid)))
        return str_empty(buyer) ? "buyer_open_id" : "op_app_id";
    return NULL;
}

static void text_to(char *to, size_t n, const char *s)
{
    snprintf(to, n, "%s", s ? s : "");
}

/* [lock] */
static struct pb_order *insert(struct ali *x, const char *hash, bool qr, int64_t amount)
{
    const struct json *j = x->biz;
    const char *buyer = json_str(j, "buyer_open_id") ? json_str(j, "buyer_open_id") : json_str(j, "buyer_id");
    struct pb_order *o = pb_order_new(PB_ALIPAY, json_str(j, "out_trade_no"));
    o->qr = qr;
    o->total = amount;
    times(j, clock_now_ms(), &o->expires, &o->qr_until);
    if (!qr)
        o->qr_until = 0;
    text_to(o->hash, sizeof o->hash, hash);
    text_to(o->appid, sizeof o->appid, sb.alipay_appid);
    text_to(o->payer, sizeof o->payer, buyer);
    text_to(o->subject, sizeof o->subject, json_str(j, "subject"));
    text_to(o->attach, sizeof o->attach, json_str(j, "passback_params"));
    text_to(o->notify_url, sizeof o->notify_url, ali_param(x, "notify_url"));
    if (!qr)
        pb_scan(o); /* the trade is there at once */
    else
        pb_order_changed(o);
    return o;
}

/* [lock] What a second call with a known number gets. true: refused. */
static bool reentry(struct ali *x, const struct pb_order *o, const char *hash)
{
    if (!o)
        return false;
    if (o->state == PB_PAID)
        business(x, "ACQ.TRADE_HAS_SUCCESS", "交易已被支付");
    else if (o->state == PB_CLOSED)
        business(x, "ACQ.TRADE_HAS_CLOSE", "交易已经关闭");
    else if (!str_eq(o->hash, hash))
        business(x, "ACQ.CONTEXT_INCONSISTENT", "交易信息被篡改");
    else
        return false;
    return true;
}

/* [lock] */
static void answer_created(struct ali *x, struct pb_order *o)
{
    struct provider_param m[] = {
        {"out_trade_no", arena_strdup(x->a, o->no)      },
        {"trade_no",     arena_strdup(x->a, o->trade_no)}
    };
    if (o->qr) {
        const char *code = arena_printf(x->a, "bax%s", keys_letters(x->a, 20));
        pb_handle_put(o, code, o->qr_until);
        m[1] = (struct provider_param){"qr_code", arena_printf(x->a, "https://qr.alipay.com/%s", code)};
    } else {
        pb_handle_put(o, o->trade_no, o->expires);
    }
    ali_ok(x, m, COUNT(m));
}

static void create(struct ali *x, bool qr)
{
    int64_t amount = 0, e = 0, q = 0;
    char hash[65];
    const char *bad = bad_trade(x, qr, &amount);
    if (!bad)
        bad = times(x->biz, clock_now_ms(), &e, &q);
    if (bad) {
        if (!json_get(x->biz, bad))
            missing(x, bad);
        else
            invalid(x, bad);
        return;
    }
    keys_sha256(arena_printf(x->a, "%d%s", qr, ali_param(x, "biz_content")), hash);
    pb_lock();
    struct pb_order *o = pb_order(PB_ALIPAY, json_str(x->biz, "out_trade_no"));
    if (!reentry(x, o, hash)) {
        if (!o && e <= clock_now_ms())
            invalid(x, "time_expire");
        else
            answer_created(x, o ? o : insert(x, hash, qr, amount));
    }
    pb_unlock();
}

void ali_create(struct ali *x)
{
    create(x, false);
}

void ali_precreate(struct ali *x)
{
    create(x, true);
}

/* [lock] The trade the call is about; before the scan there is none. NULL: refused. */
static struct pb_order *trade(struct ali *x, struct pb_txn **t)
{
    const char *trade_no = json_str(x->biz, "trade_no"), *no = json_str(x->biz, "out_trade_no");
    struct pb_order *o = NULL;
    *t = NULL;
    if (str_empty(trade_no) && str_empty(no)) {
        invalid(x, "out_trade_no");
        return NULL;
    }
    if (!str_empty(trade_no)) /* it wins */
        o = pb_order_by_txn(PB_ALIPAY, trade_no, t);
    else
        o = pb_order(PB_ALIPAY, no);
    if (o && !*t)
        *t = o->txn;
    if (!o || !o->scanned) {
        business(x, "ACQ.TRADE_NOT_EXIST", "交易不存在");
        return NULL;
    }
    return o;
}

static const char *status(const struct pb_order *o, const struct pb_txn *t)
{
    if (o->state == PB_NOTPAY)
        return "WAIT_BUYER_PAY";
    if (!t)
        return "TRADE_CLOSED";
    if (pb_refunded(o, PB_R_SUCCESS) >= t->amount)
        return "TRADE_CLOSED";
    return clock_now_ms() > t->at + YEAR_MS ? "TRADE_FINISHED" : "TRADE_SUCCESS"; /* no longer refundable */
}

void ali_query(struct ali *x)
{
    struct pb_txn *t;
    pb_lock();
    pb_refunds_due();
    struct pb_order *o = trade(x, &t);
    if (o) {
        const char *amount = ali_yuan(x->a, t ? t->amount : o->total), *zero = "0.00";
        struct provider_param m[16];
        size_t n = 0;
        add(m, &n, "trade_no", arena_strdup(x->a, t ? t->id : o->trade_no));
        add(m, &n, "out_trade_no", arena_strdup(x->a, o->no));
        add(m, &n, "buyer_logon_id", "159****5620");
        add(m, &n, "trade_status", status(o, t));
        add(m, &n, "total_amount", amount);
        add(m, &n, "receipt_amount", t ? amount : zero);
        add(m, &n, "buyer_pay_amount", t ? amount : zero);
        add(m, &n, "point_amount", zero);
        add(m, &n, "invoice_amount", t ? amount : zero);
        if (*o->payer)
            add(m, &n, "buyer_open_id", arena_strdup(x->a, o->payer));
        if (t) {
            add(m, &n, "send_pay_date", ali_time(x->a, t->at));
            add(m, &n, "*fund_bill_list",
                arena_printf(x->a, "[{\"amount\":\"%s\",\"fund_channel\":\"ALIPAYACCOUNT\"}]", amount));
        }
        ali_ok(x, m, n);
    }
    pb_unlock();
}

static void about(struct ali *x, const struct pb_order *o)
{
    const struct provider_param m[] = {
        {"trade_no",     arena_strdup(x->a, o->trade_no)},
        {"out_trade_no", arena_strdup(x->a, o->no)      }
    };
    ali_ok(x, m, COUNT(m));
}

void ali_close(struct ali *x)
{
    struct pb_txn *t;
    pb_lock();
    struct pb_order *o = trade(x, &t);
    if (o && o->state != PB_NOTPAY) {
        business(x, o->state == PB_PAID ? "ACQ.TRADE_STATUS_ERROR" : "ACQ.REASON_TRADE_STATUS_INVALID",
                 "交易状态不合法");
    } else if (o) {
        pb_order_close(o);
        about(x, o);
    }
    pb_unlock();
}

/* Closes what is unpaid, pays back what is paid, and makes an unscanned code worthless. */
void ali_cancel(struct ali *x)
{
    const char *trade_no = json_str(x->biz, "trade_no"), *no = json_str(x->biz, "out_trade_no"), *action = "close";
    struct pb_txn *t = NULL;
    pb_lock();
    struct pb_order *o = !str_empty(trade_no) ? pb_order_by_txn(PB_ALIPAY, trade_no, &t)
                         : no                 ? pb_order(PB_ALIPAY, no)
                                              : NULL;
    if (!o) {
        business(x, "ACQ.TRADE_NOT_EXIST", "交易不存在");
        pb_unlock();
        return;
    }
    t = o->txn;
    if (t && t->refunded < t->amount) {
        if (!pb_balance_take(PB_ALIPAY, t->amount - t->refunded)) {
            business(x, "ACQ.SELLER_BALANCE_NOT_ENOUGH", "卖家余额不足");
            pb_unlock();
            return;
        }
        struct pb_refund *r = pb_refund_new(o, t, o->no, t->amount - t->refunded);
        pb_refund_finish(r, PB_R_SUCCESS);
        action = "refund";
    } else if (t) {
        action = "refund"; /* once more: it was paid back */
    }
    pb_order_close(o);
    struct provider_param m[4];
    size_t n = 0;
    add(m, &n, "out_trade_no", arena_strdup(x->a, o->no));
    add(m, &n, "retry_flag", "N");
    add(m, &n, "action", action);
    if (*o->trade_no)
        add(m, &n, "trade_no", arena_strdup(x->a, o->trade_no));
    ali_ok(x, m, n);
    pb_unlock();
}

/* ---- refunds ---- */
/* [lock] moved: by this very call */
static void answer_refund(struct ali *x, const struct pb_refund *r, bool moved)
{
    const struct pb_order *o = r->order;
    const char *sum = ali_yuan(x->a, pb_refunded(o, PB_R_SUCCESS) + pb_refunded(o, PB_R_PROCESSING));
    struct provider_param m[8];
    size_t n = 0;
    add(m, &n, "trade_no", arena_strdup(x->a, r->txn->id));
    add(m, &n, "out_trade_no", arena_strdup(x->a, o->no));
    add(m, &n, "buyer_logon_id", "159****5620");
    add(m, &n, "fund_change", moved ? "Y" : "N");
    add(m, &n, "refund_fee", sum); /* of the trade, not of this refund */
    add(m, &n, "send_back_fee", ali_yuan(x->a, r->amount));
    if (r->state == PB_R_SUCCESS)
        add(m, &n, "gmt_refund_pay", ali_time(x->a, r->done));
    ali_ok(x, m, n);
}

/* [lock] */
static void refund_new(struct ali *x, struct pb_order *o, struct pb_txn *t, const char *no, int64_t amount)
{
    int64_t now = clock_now_ms();
    const char *reason = json_str(x->biz, "refund_reason");
    if (amount > t->amount - t->refunded) {
        business(x, t->refunded ? "ACQ.REASON_TRADE_REFUND_FEE_ERR" : "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL", "退款金额无效");
    } else if (now > t->at + YEAR_MS) {
        business(x, "ACQ.TRADE_HAS_FINISHED", "交易已完结");
    } else if (t->nrefunds && now < pb_last_refund(t) + pb_set.refund_gap_ms) {
        business(x, "ACQ.SYSTEM_ERROR", "同一交易退款间隔过短");
    } else if (!pb_balance_take(PB_ALIPAY, amount)) {
        business(x, "ACQ.SELLER_BALANCE_NOT_ENOUGH", "卖家余额不足");
    } else {
        bool later = pb_set.refund_outcome[PB_ALIPAY] != PB_R_SUCCESS || pb_set.refund_ms[PB_ALIPAY] != 0;
        struct pb_refund *r = pb_refund_new(o, t, no, amount);
        text_to(r->reason, sizeof r->reason, reason);
        pb_log_refund(r);
        if (!later)
            pb_refund_finish(r, PB_R_SUCCESS);
        answer_refund(x, r, !later);
    }
}

void ali_refund(struct ali *x)
{
    int64_t amount = 0;
    struct pb_txn *t;
    const char *no = json_str(x->biz, "out_request_no");
    if (!yuan(json_str(x->biz, "refund_amount"), &amount)) {
        invalid(x, "refund_amount");
        return;
    }
    pb_lock();
    struct pb_order *o = trade(x, &t);
    if (o && str_empty(no))
        no = o->no;
    struct pb_refund *r = o ? pb_refund(PB_ALIPAY, o->no, no) : NULL;
    if (o && strlen(no) > 64)
        invalid(x, "out_request_no");
    else if (r && r->amount != amount)
        business(x, "ACQ.DISCORDANT_REPEAT_REQUEST", "同一笔退款请求号金额不一致");
    else if (r)
        answer_refund(x, r, false);
    else if (o && !t)
        business(x, "ACQ.TRADE_STATUS_ERROR", "交易状态不合法");
    else if (o)
        refund_new(x, o, t, no, amount);
    pb_unlock();
}

void ali_refund_query(struct ali *x)
{
    struct pb_txn *t;
    const char *no = json_str(x->biz, "out_request_no");
    if (str_empty(no)) {
        missing(x, "out_request_no");
        return;
    }
    pb_lock();
    struct pb_order *o = trade(x, &t);
    const struct pb_refund *r = o ? pb_refund(PB_ALIPAY, o->no, no) : NULL;
    if (o && !r) { /* nothing is said of a refund that is not there: the code is 10000 all the same */
        ali_ok(x, NULL, 0);
    } else if (r) {
        struct provider_param m[8];
        size_t n = 0;
        add(m, &n, "trade_no", arena_strdup(x->a, r->txn->id));
        add(m, &n, "out_trade_no", arena_strdup(x->a, o->no));
        add(m, &n, "out_request_no", arena_strdup(x->a, r->no));
        add(m, &n, "total_amount", ali_yuan(x->a, r->txn->amount));
        add(m, &n, "refund_amount", ali_yuan(x->a, r->amount));
        if (r->state == PB_R_SUCCESS) { /* absent: not (yet) */
            add(m, &n, "refund_status", "REFUND_SUCCESS");
            add(m, &n, "gmt_refund_pay", ali_time(x->a, r->done));
        }
        ali_ok(x, m, n);
    }
    pb_unlock();
}
