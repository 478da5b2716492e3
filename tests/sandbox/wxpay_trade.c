/* wxpay_trade.c - orders and refunds of WeChat Pay. SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/text.h"
#include "sandbox/keys.h"
#include "sandbox/notify.h"
#include "sandbox/wxpay.h"
#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#define ORDER_DAYS 7
#define YEAR_MS    (365 * DAY_MS)
#define MAX_FEN    INT64_C(100000000000)

static const struct wx_field amount_fields[] = {
    {"total",    'i', true,  1, MAX_FEN, NULL, 0},
    {"currency", 's', false, 3, 3,       NULL, 0}
};
static const struct wx_field payer_fields[] = {
    {"openid", 's', true, 1, 128, NULL, 0}
};
/* payer stands last: native takes all but it */
static const struct wx_field order_fields[] = {
    {"appid",          's', true,  1, 32,  NULL,          0                   },
    {"mchid",          's', true,  1, 32,  NULL,          0                   },
    {"description",    's', true,  1, 127, NULL,          0                   },
    {"out_trade_no",   's', true,  6, 32,  NULL,          0                   },
    {"time_expire",    's', false, 1, 64,  NULL,          0                   },
    {"attach",         's', false, 0, 128, NULL,          0                   },
    {"notify_url",     's', true,  1, 255, NULL,          0                   },
    {"goods_tag",      's', false, 0, 32,  NULL,          0                   },
    {"support_fapiao", 'b', false, 0, 0,   NULL,          0                   },
    {"detail",         'x', false, 0, 0,   NULL,          0                   },
    {"scene_info",     'x', false, 0, 0,   NULL,          0                   },
    {"settle_info",    'x', false, 0, 0,   NULL,          0                   },
    {"amount",         'o', true,  0, 0,   amount_fields, COUNT(amount_fields)},
    {"payer",          'o', true,  0, 0,   payer_fields,  COUNT(payer_fields) }
};

static bool letters(const char *s, const char *more)
{
    for (; *s; s++)
        if (!((*s >= '0' && *s <= '9') || (*s >= 'A' && *s <= 'Z') || (*s >= 'a' && *s <= 'z') || strchr(more, *s)))
            return false;
    return true;
}

static const char *bad_url(const char *s)
{
    const char *host = str_starts(s, "https://") ? s + 8 : str_starts(s, "http://") ? s + 7 : NULL;
    if (!host || *host == '/' || !strchr(host, '/') || strchr(host, '?') || strchr(host, '#'))
        return "notify_url 必须为直接可访问的URL，不能携带参数";
    return NULL;
}

/* What the field table cannot say. NULL: fine. */
static const char *bad_order(const struct json *j, int64_t now, int64_t *expires)
{
    const char *until = json_str(j, "time_expire"), *currency = json_str(json_get(j, "amount"), "currency");
    if (!letters(json_str(j, "out_trade_no"), "_-|*"))
        return "out_trade_no";
    if (bad_url(json_str(j, "notify_url")))
        return bad_url(json_str(j, "notify_url"));
    if (currency && !str_eq(currency, "CNY"))
        return "amount.currency";
    *expires = now + ORDER_DAYS * DAY_MS;
    if (until && (strlen(until) != 25 || !clock_parse_rfc3339(until, expires)))
        return "time_expire 格式不正确";
    return *expires > now + ORDER_DAYS * DAY_MS ? "time_expire 过长" : NULL;
}

static void text_to(char *to, size_t n, const char *s)
{
    snprintf(to, n, "%s", s ? s : "");
}

static struct pb_order *insert(const struct json *j, const char *hash, bool qr, int64_t expires)
{
    struct pb_order *o = pb_order_new(PB_WECHAT, json_str(j, "out_trade_no"));
    o->qr = qr;
    o->scanned = true;
    o->expires = expires;
    json_i64(json_get(j, "amount"), "total", &o->total);
    text_to(o->hash, sizeof o->hash, hash);
    text_to(o->appid, sizeof o->appid, json_str(j, "appid"));
    text_to(o->payer, sizeof o->payer, json_str(json_get(j, "payer"), "openid"));
    text_to(o->subject, sizeof o->subject, json_str(j, "description"));
    text_to(o->attach, sizeof o->attach, json_str(j, "attach"));
    text_to(o->notify_url, sizeof o->notify_url, json_str(j, "notify_url"));
    pb_order_changed(o);
    return o;
}

/* [lock] */
static void prepay(struct wx *x, const char *hash, bool qr, int64_t expires)
{
    struct pb_order *o = pb_order(PB_WECHAT, json_str(x->j, "out_trade_no"));
    bool same = o && str_eq(o->hash, hash);
    if (o && o->state == PB_PAID) {
        if (same)
            wx_refuse(x, 400, "ORDERPAID", "该订单已支付");
        else
            wx_refuse(x, 403, "OUT_TRADE_NO_USED", "商户订单号重复");
        return;
    }
    if (o && o->state == PB_CLOSED) {
        if (same)
            wx_refuse(x, 400, "ORDER_CLOSED", "该订单已关闭");
        else
            wx_refuse(x, 403, "OUT_TRADE_NO_USED", "商户订单号重复");
        return;
    }
    if (o && !same) {
        wx_refuse(x, 400, "INVALID_REQUEST", "请求重入时，参数与首次请求时不一致 (268498688)");
        return;
    }
    if (!o && expires <= clock_now_ms()) {
        wx_refuse(x, 400, "PARAM_ERROR", "time_expire 已过");
        return;
    }
    if (!o)
        o = insert(x->j, hash, qr, expires);
    const char *handle =
        qr ? keys_letters(x->a, 9) : arena_printf(x->a, "wx%d%s", clock_day(clock_now_ms()), keys_letters(x->a, 26));
    pb_handle_put(o, handle, 0);
    wx_ok(x, 200,
          qr ? arena_printf(x->a, "{\"code_url\":\"weixin://wxpay/bizpayurl?pr=%s\"}", handle)
             : arena_printf(x->a, "{\"prepay_id\":\"%s\"}", handle));
}

static void create(struct wx *x, bool qr)
{
    char hash[65];
    int64_t expires = 0;
    if (!wx_check(x, x->j, order_fields, COUNT(order_fields) - qr) || !wx_merchant(x, json_str(x->j, "mchid")))
        return;
    const char *bad = bad_order(x->j, clock_now_ms(), &expires);
    if (bad) {
        wx_refuse(x, 400, "PARAM_ERROR", bad);
        return;
    }
    if (!str_eq(json_str(x->j, "appid"), sb.wechat_appid)) {
        wx_refuse(x, 400, "APPID_MCHID_NOT_MATCH", "appid和mch_id不匹配 (268445527)");
        return;
    }
    keys_sha256(arena_printf(x->a, "%d%s", qr, x->rq->body), hash);
    pb_lock();
    prepay(x, hash, qr, expires);
    pb_unlock();
}

void wx_jsapi(struct wx *x)
{
    create(x, false);
}

void wx_native(struct wx *x)
{
    create(x, true);
}

/* ---- looking ---- */
static const char *order_json(struct arena *a, const struct pb_order *o, const struct pb_txn *t)
{
    static const char *const zh[] = {"订单未支付", "支付成功", "订单已关闭"};
    struct jw w;
    jw_init(&w, a);
    jw_obj(&w);
    kv_str(&w, "appid", o->appid);
    kv_str(&w, "mchid", sb.wechat_mchid);
    kv_str(&w, "out_trade_no", o->no);
    kv_str(&w, "attach", o->attach);
    if (t && t->nrefunds) {
        kv_str(&w, "trade_state", "REFUND");
        kv_str(&w, "trade_state_desc", "订单发生过退款，退款详情请查询退款单");
    } else {
        kv_str(&w, "trade_state", t ? "SUCCESS" : o->state == PB_CLOSED ? "CLOSED" : "NOTPAY");
        kv_str(&w, "trade_state_desc", zh[o->state]);
    }
    jw_key(&w, "amount");
    jw_obj(&w);
    kv_int(&w, "total", t ? t->amount : o->total);
    kv_str(&w, "currency", "CNY");
    if (t) {
        kv_int(&w, "payer_total", t->amount);
        kv_str(&w, "payer_currency", "CNY");
    }
    jw_end(&w);
    jw_key(&w, "payer");
    jw_obj(&w);
    if (*o->payer)
        kv_str(&w, "openid", o->payer);
    jw_end(&w);
    kv_raw(&w, "promotion_detail", "[]");
    if (t) {
        kv_str(&w, "transaction_id", t->id);
        kv_str(&w, "trade_type", o->qr ? "NATIVE" : "JSAPI");
        kv_str(&w, "bank_type", "OTHERS");
        kv_str(&w, "success_time", wx_time(a, t->at));
    }
    jw_end(&w);
    return jw_text(&w);
}

void wx_query(struct wx *x)
{
    if (!wx_merchant(x, sb_param(x->p, x->np, "mchid")))
        return;
    pb_lock();
    struct pb_order *o = pb_order(PB_WECHAT, x->number);
    if (o)
        wx_ok(x, 200, order_json(x->a, o, o->txn));
    else
        wx_refuse(x, 404, "ORDER_NOT_EXIST", "订单不存在 (268512771)");
    pb_unlock();
}

void wx_query_id(struct wx *x)
{
    struct pb_txn *t = NULL;
    if (!wx_merchant(x, sb_param(x->p, x->np, "mchid")))
        return;
    pb_lock();
    struct pb_order *o = pb_order_by_txn(PB_WECHAT, x->number, &t);
    if (o && t)
        wx_ok(x, 200, order_json(x->a, o, t));
    else
        wx_refuse(x, 404, "ORDER_NOT_EXIST", "订单不存在 (268512771)");
    pb_unlock();
}

void wx_close(struct wx *x)
{
    static const struct wx_field fields[] = {
        {"mchid", 's', true, 1, 32, NULL, 0}
    };
    if (!wx_check(x, x->j, fields, COUNT(fields)) || !wx_merchant(x, json_str(x->j, "mchid")))
        return;
    pb_lock();
    struct pb_order *o = pb_order(PB_WECHAT, x->number);
    if (!o)
        wx_refuse(x, 404, "ORDER_NOT_EXIST", "订单不存在 (268512771)");
    else if (o->state == PB_PAID)
        wx_refuse(x, 400, "ORDER_PAID", "该订单已支付 (268449538)");
    else if (o->state == PB_NOTPAY && clock_now_ms() < o->created + pb_set.close_wait_ms)
        wx_refuse(x, 400, "INVALID_REQUEST", "订单生成后不能马上调用关单接口，最短调用时间间隔为5分钟");
    else {
        pb_order_close(o);
        wx_ok(x, 204, "");
    }
    pb_unlock();
}

/* ---- refunds ---- */
static const struct wx_field back_fields[] = {
    {"refund",   'i', true, 1, MAX_FEN, NULL, 0},
    {"total",    'i', true, 1, MAX_FEN, NULL, 0},
    {"currency", 's', true, 3, 3,       NULL, 0}
};
static const struct wx_field refund_fields[] = {
    {"transaction_id", 's', false, 1, 32,  NULL,        0                 },
    {"out_trade_no",   's', false, 6, 32,  NULL,        0                 },
    {"out_refund_no",  's', true,  1, 64,  NULL,        0                 },
    {"reason",         's', false, 1, 80,  NULL,        0                 },
    {"notify_url",     's', false, 8, 256, NULL,        0                 },
    {"funds_account",  's', false, 1, 32,  NULL,        0                 },
    {"goods_detail",   'a', false, 0, 0,   NULL,        0                 },
    {"amount",         'o', true,  0, 0,   back_fields, COUNT(back_fields)}
};

static const char *refund_json(struct arena *a, const struct pb_refund *r)
{
    static const char *const word[PB_R_STATES] = {"PROCESSING", "SUCCESS", "CLOSED", "ABNORMAL"};
    struct jw w;
    jw_init(&w, a);
    jw_obj(&w);
    kv_str(&w, "refund_id", r->id);
    kv_str(&w, "out_refund_no", r->no);
    kv_str(&w, "transaction_id", r->txn->id);
    kv_str(&w, "out_trade_no", r->order->no);
    kv_str(&w, "channel", "ORIGINAL");
    kv_str(&w, "user_received_account", "支付用户零钱");
    if (r->state == PB_R_SUCCESS)
        kv_str(&w, "success_time", wx_time(a, r->done));
    kv_str(&w, "create_time", wx_time(a, r->created));
    kv_str(&w, "status", word[r->state]);
    kv_str(&w, "funds_account", "AVAILABLE");
    jw_key(&w, "amount");
    jw_obj(&w);
    kv_int(&w, "total", r->txn->amount);
    kv_int(&w, "refund", r->amount);
    kv_int(&w, "payer_total", r->txn->amount);
    kv_int(&w, "payer_refund", r->amount);
    kv_int(&w, "settlement_refund", r->amount);
    kv_int(&w, "settlement_total", r->txn->amount);
    kv_int(&w, "discount_refund", 0);
    kv_str(&w, "currency", "CNY");
    jw_end(&w);
    jw_end(&w);
    return jw_text(&w);
}

/* [lock] Accepted before: the same again or a refusal. */
static void refund_again(struct wx *x, const struct pb_refund *r, const struct pb_txn *t, int64_t amount, int64_t total)
{
    if (r->txn == t && r->amount == amount && r->total == total)
        wx_ok(x, 200, refund_json(x->a, r));
    else
        wx_refuse(x, 400, "INVALID_REQUEST", "订单金额或退款金额与之前请求不一致，请核实后再试");
}

/* [lock] */
static void refund_new(struct wx *x, struct pb_order *o, struct pb_txn *t, int64_t amount, int64_t total)
{
    int64_t now = clock_now_ms();
    if (total != t->amount)
        wx_refuse(x, 400, "INVALID_REQUEST", "订单金额或退款金额与之前请求不一致，请核实后再试");
    else if (amount > t->amount - t->refunded)
        wx_refuse(x, 400, "INVALID_REQUEST", "退款金额大于支付金额");
    else if (t->nrefunds >= PB_PARTIALS)
        wx_refuse(x, 403, "RULE_LIMIT", "一个订单最多部分退款50次");
    else if (now > t->at + YEAR_MS)
        wx_refuse(x, 400, "INVALID_REQUEST", "订单已超过可退款的最大期限");
    else if (t->nrefunds && now < pb_last_refund(t) + pb_set.refund_gap_ms)
        wx_refuse(x, 429, "FREQUENCY_LIMITED", "同一订单退款间隔不足1分钟");
    else if (!pb_balance_take(PB_WECHAT, amount))
        wx_refuse(x, 403, "NOT_ENOUGH", "基本账户余额不足，请充值后重新发起");
    else {
        struct pb_refund *r = pb_refund_new(o, t, json_str(x->j, "out_refund_no"), amount);
        r->total = total;
        text_to(r->reason, sizeof r->reason, json_str(x->j, "reason"));
        text_to(r->notify_url, sizeof r->notify_url, json_str(x->j, "notify_url"));
        pb_log_refund(r);
        wx_ok(x, 200, refund_json(x->a, r)); /* accepted is not refunded */
    }
}

void wx_refund(struct wx *x)
{
    if (!wx_check(x, x->j, refund_fields, COUNT(refund_fields)))
        return;
    const char *txn = json_str(x->j, "transaction_id"), *no = json_str(x->j, "out_trade_no"),
               *url = json_str(x->j, "notify_url"), *number = json_str(x->j, "out_refund_no");
    int64_t amount = 0, total = 0;
    json_i64(json_get(x->j, "amount"), "refund", &amount);
    json_i64(json_get(x->j, "amount"), "total", &total);
    if (!txn == !no || !letters(number, "_-|*@") || (url && bad_url(url)) ||
        !str_eq(json_str(json_get(x->j, "amount"), "currency"), "CNY")) {
        wx_refuse(x, 400, "PARAM_ERROR", "订单号、退款单号、币种或 notify_url 不正确");
        return;
    }
    pb_lock();
    struct pb_txn *t = NULL;
    struct pb_order *o = txn ? pb_order_by_txn(PB_WECHAT, txn, &t) : pb_order(PB_WECHAT, no);
    struct pb_refund *r = pb_refund(PB_WECHAT, "", number);
    if (o && !txn)
        t = o->txn;
    if (r)
        refund_again(x, r, t, amount, total);
    else if (!o || !t)
        wx_refuse(x, 404, "RESOURCE_NOT_EXISTS", "订单不存在或未支付");
    else
        refund_new(x, o, t, amount, total);
    pb_unlock();
}

void wx_refund_query(struct wx *x)
{
    pb_lock();
    struct pb_refund *r = pb_refund(PB_WECHAT, "", x->number);
    if (r)
        wx_ok(x, 200, refund_json(x->a, r));
    else
        wx_refuse(x, 404, "RESOURCE_NOT_EXISTS", "退款单不存在");
    pb_unlock();
}

/* ---- keys ---- */
void wx_certificates(struct wx *x)
{
    struct nt_certificate c[2];
    struct jw w;
    pb_lock();
    bool none = !pb_set.certificates;
    pb_unlock();
    if (none) {
        wx_refuse(x, 404, "RESOURCE_NOT_EXISTS", "无可用的平台证书，请在商户平台-API安全申请使用微信支付公钥");
        return;
    }
    size_t n = nt_certificates(x->a, c);
    jw_init(&w, x->a);
    jw_obj(&w);
    jw_key(&w, "data");
    jw_arr(&w);
    for (size_t i = n; i-- > 0;) {
        const char *nonce = keys_letters(x->a, 12);
        jw_obj(&w);
        kv_str(&w, "serial_no", c[i].serial);
        kv_str(&w, "effective_time", wx_time(x->a, c[i].from));
        kv_str(&w, "expire_time", wx_time(x->a, c[i].until));
        jw_key(&w, "encrypt_certificate");
        jw_obj(&w);
        kv_str(&w, "algorithm", "AEAD_AES_256_GCM");
        kv_str(&w, "nonce", nonce);
        kv_str(&w, "associated_data", "certificate");
        kv_str(&w, "ciphertext", keys_gcm_seal(x->a, sb.wechat_apiv3_key, nonce, "certificate", c[i].pem));
        jw_end(&w);
        jw_end(&w);
    }
    jw_arr_end(&w);
    jw_end(&w);
    wx_ok(x, 200, jw_text(&w));
}

void wx_echo(struct wx *x)
{
    static const struct wx_field fields[] = {
        {"notify_url",   's', false, 8, 256,  NULL, 0},
        {"echo_message", 's', true,  1, 1024, NULL, 0}
    };
    if (!wx_check(x, x->j, fields, COUNT(fields)))
        return;
    const char *url = json_str(x->j, "notify_url");
    struct jw w;
    jw_init(&w, x->a);
    jw_obj(&w);
    kv_str(&w, "echo_message", json_str(x->j, "echo_message"));
    jw_end(&w);
    wx_ok(x, 200, jw_text(&w));
    if (!url)
        return;
    if (bad_url(url)) {
        wx_refuse(x, 400, "PARAM_ERROR", bad_url(url));
        return;
    }
    pb_lock();
    nt_post(nt_notice_new(PB_WECHAT, url, "SECURITY.ECHO", x->body));
    pb_unlock();
}
