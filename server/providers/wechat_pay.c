/* wechat_pay.c - the calls of WeChat Pay v3 for a direct merchant. An answer without a good signature proves
 * nothing, whatever its status says. SPDX-License-Identifier: MIT */
#include "providers/wechat_pay.h"
#include "base/clock.h"
#include "platform/http_out.h"
#include <string.h>

#define TIMEOUT_MS 10000
#define FILE_MS    60000

/* Codes of §errors with '_' removed, as two spellings live side by side. What is not here: a refusal for good. */
static const struct {
    const char *code;
    enum err e;
} meaning[] = {
    {"PARAMERROR",        ERR_INVALID  },
    {"INVALIDREQUEST",    ERR_INVALID  }, /* also: same number with other parameters */
    {"OPENIDMISMATCH",    ERR_INVALID  },
    {"FREQUENCYLIMITED",  ERR_TIMEOUT  },
    {"RATELIMITEXCEEDED", ERR_TIMEOUT  },
    {"SYSTEMERROR",       ERR_TIMEOUT  },
    {"BANKERROR",         ERR_TIMEOUT  },
    {"USERPAYING",        ERR_TIMEOUT  },
    {"ORDERPAID",         ERR_FORBIDDEN},
    {"ORDERCLOSED",       ERR_FORBIDDEN},
    {"OUTTRADENOUSED",    ERR_FORBIDDEN},
    {"ORDERNOTEXIST",     ERR_NOT_FOUND},
    {"RESOURCENOTEXISTS", ERR_NOT_FOUND},
    {"NOTENOUGH",         ERR_BUSY     }, /* balance short: later, same number */
    {"TRADEERROR",        ERR_FORBIDDEN},
    {"RULELIMIT",         ERR_FORBIDDEN},
    {"ACCOUNTERROR",      ERR_FORBIDDEN},
};

bool wechat_pay_code_is(const char *code, const char *plain)
{
    for (; *code; code++) {
        if (*code == '_')
            continue;
        if (*code != *plain++)
            return false;
    }
    return !*plain;
}

static enum err judge(int status, const char *code)
{
    if (status == 429 || status >= 500 || status == 202)
        return ERR_TIMEOUT; /* it may have happened */
    for (size_t i = 0; i < COUNT(meaning); i++)
        if (wechat_pay_code_is(code, meaning[i].code))
            return meaning[i].e;
    return status >= 200 && status < 300 ? OK : ERR_UPSTREAM;
}

static enum err send_signed(struct arena *a, const struct pay_config *c, const char *method, const char *target,
                            const char *body, size_t max, struct out_reply *reply, struct provider_answer *ans)
{
    const char *url = arena_printf(a, "%s%s", provider_base(a, c->url), target);
    const char *auth = wechat_pay_authorization(a, c, method, url, body, clock_now_ms() / 1000, wechat_pay_nonce(a));
    *ans = (struct provider_answer){"", "", ""};
    if (!auth) {
        ans->text = "our private key is not usable";
        return ERR_UPSTREAM;
    }
    const char *headers[6] = {arena_printf(a, "Authorization: %s", auth), "Accept: application/json",
                              "User-Agent: anju/" ANJU_VERSION};
    size_t n = 3;
    if (body)
        headers[n++] = "Content-Type: application/json";
    if (!str_empty(c->public_key_id)) /* answers are signed with it then */
        headers[n++] = arena_printf(a, "Wechatpay-Serial: %s", c->public_key_id);
    struct out_request rq = {.method = method,
                             .url = url,
                             .headers = headers,
                             .body = body,
                             .body_len = body ? strlen(body) : 0,
                             .timeout_ms = max ? FILE_MS : TIMEOUT_MS,
                             .max_body = max};
    enum err e = http_out(a, &rq, reply);
    if (!e) {
        const char *id = out_header(reply, "Request-Id");
        ans->id = id ? id : "";
    }
    return e;
}

enum err wechat_pay_send(struct arena *a, const struct pay_config *c, const char *method, const char *target,
                         const char *body, struct out_reply *reply, struct provider_answer *ans)
{
    return send_signed(a, c, method, target, body, 0, reply, ans);
}

enum err wechat_pay_download(struct arena *a, const struct pay_config *c, const char *target, size_t max,
                             struct out_reply *reply, struct provider_answer *ans)
{
    enum err e = send_signed(a, c, "GET", target, NULL, max, reply, ans);
    return e == ERR_TIMEOUT ? ERR_UPSTREAM : e; /* asking changes nothing */
}

struct pay_incoming wechat_pay_signed(const struct out_reply *r, int64_t now)
{
    return (struct pay_incoming){.timestamp = out_header(r, "Wechatpay-Timestamp"),
                                 .nonce = out_header(r, "Wechatpay-Nonce"),
                                 .signature = out_header(r, "Wechatpay-Signature"),
                                 .serial = out_header(r, "Wechatpay-Serial"),
                                 .body = r->body,
                                 .len = r->len,
                                 .now = now};
}

enum err wechat_pay_call(struct arena *a, const struct pay_config *c, const char *method, const char *target,
                         const char *body, const struct json **j, struct provider_answer *ans)
{
    struct out_reply reply;
    const char *why = "";
    *j = NULL;
    enum err e = wechat_pay_send(a, c, method, target, body, &reply, ans);
    if (e)
        return e;
    struct pay_incoming in = wechat_pay_signed(&reply, clock_now_ms());
    *j = reply.len ? json_parse(a, reply.body, reply.len) : NULL;
    const char *code = json_str(*j, "code"), *text = json_str(*j, "message");
    ans->code = code ? code : "";
    ans->text = text ? text : "";
    if (wechat_pay_verify(c, &in, &why)) { /* also a 401 or the page of a gateway: call failed, look again */
        ans->text = arena_printf(a, "HTTP %d, %s (%s)", reply.status, why, ans->text);
        *j = NULL;
        return ERR_TIMEOUT;
    }
    e = judge(reply.status, ans->code);
    return e == OK && reply.len && (!*j || !pay_json_unique(*j)) ? ERR_TIMEOUT : e;
}

static enum err prepare(struct arena *a, const struct pay_config *c, const struct pay_order *o, struct pay_request *out,
                        const char **why)
{
    struct jw w;
    char until[32];
    *why = pay_order_wrong(o);
    if (*why)
        return ERR_INVALID;
    clock_rfc3339(o->expires_at / 1000 * 1000, until);
    jw_init(&w, a);
    jw_obj(&w); /* no nulls and no field they do not know: both are refused */
    kv_str(&w, "appid", c->appid);
    kv_str(&w, "mchid", c->mchid);
    kv_str(&w, "description", o->description);
    kv_str(&w, "out_trade_no", o->out_trade_no);
    kv_str(&w, "time_expire", arena_printf(a, "%.19s+08:00", until)); /* whole seconds */
    kv_str(&w, "notify_url", o->notify_url);
    jw_key(&w, "amount");
    jw_obj(&w);
    kv_int(&w, "total", o->amount_fen);
    kv_str(&w, "currency", "CNY");
    jw_end(&w);
    if (o->scene == PAY_MINI) {
        jw_key(&w, "payer");
        jw_obj(&w);
        kv_str(&w, "openid", o->openid);
        jw_end(&w);
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
    enum err e = wechat_pay_call(a, c, "POST", qr ? "/v3/pay/transactions/native" : "/v3/pay/transactions/jsapi",
                                 rq->body, &j, ans);
    if (e == ERR_FORBIDDEN && wechat_pay_code_is(ans->code, "ORDERPAID"))
        out->status = PAY_SUCCESS;
    if (e == ERR_FORBIDDEN && wechat_pay_code_is(ans->code, "ORDERCLOSED"))
        out->status = PAY_CLOSED;
    if (e)
        return e == ERR_NOT_FOUND ? ERR_UPSTREAM : e; /* OUT_TRADE_NO_USED: query first, the status stays unknown */
    const char *handle = json_str(j, qr ? "code_url" : "prepay_id");
    if (str_empty(handle))
        return ERR_TIMEOUT;
    *out = (struct pay_created){PAY_NOTPAY, handle};
    return OK;
}

static const char *client(struct arena *a, const struct pay_config *c, const char *handle, int64_t now)
{
    return wechat_pay_client(a, c, handle, now / 1000, wechat_pay_nonce(a));
}

static enum err query(struct arena *a, const struct pay_config *c, const char *out_trade_no, struct pay_answer *out,
                      struct provider_answer *ans)
{
    const struct json *j;
    *out = pay_nothing;
    *ans = (struct provider_answer){"", "", ""};
    if (!pay_number_valid(out_trade_no))
        return ERR_INVALID;
    enum err e = wechat_pay_call(
        a, c, "GET", arena_printf(a, "/v3/pay/transactions/out-trade-no/%s?mchid=%s", out_trade_no, c->mchid), NULL, &j,
        ans);
    if (e == ERR_NOT_FOUND && wechat_pay_code_is(ans->code, "ORDERNOTEXIST")) {
        out->status = PAY_UNKNOWN_NUMBER;
        out->code = ans->code;
        out->text = ans->text;
        return OK;
    }
    if (e)
        return e == ERR_NOT_FOUND ? ERR_UPSTREAM : e;
    struct pay_answer p;
    if (!wechat_pay_transaction(j, &p) || !str_eq(p.out_trade_no, out_trade_no) || !str_eq(p.merchant, c->mchid)) {
        ans->text = "answer is not about this order";
        return ERR_TIMEOUT;
    }
    *out = p;
    return OK;
}

static enum err close_order(struct arena *a, const struct pay_config *c, const char *out_trade_no,
                            enum pay_status *status, struct provider_answer *ans)
{
    const struct json *j;
    struct jw w;
    *status = PAY_ERROR_UNKNOWN;
    *ans = (struct provider_answer){"", "", ""};
    if (!pay_number_valid(out_trade_no))
        return ERR_INVALID;
    jw_init(&w, a);
    jw_obj(&w);
    kv_str(&w, "mchid", c->mchid);
    jw_end(&w);
    enum err e =
        wechat_pay_call(a, c, "POST", arena_printf(a, "/v3/pay/transactions/out-trade-no/%s/close", out_trade_no),
                        jw_text(&w), &j, ans);
    *status = e == OK                                                                ? PAY_CLOSED
              : e == ERR_FORBIDDEN && wechat_pay_code_is(ans->code, "ORDERPAID")     ? PAY_SUCCESS
              : e == ERR_FORBIDDEN && wechat_pay_code_is(ans->code, "ORDERCLOSED")   ? PAY_CLOSED
              : e == ERR_NOT_FOUND && wechat_pay_code_is(ans->code, "ORDERNOTEXIST") ? PAY_UNKNOWN_NUMBER
                                                                                     : PAY_ERROR_UNKNOWN;
    if (*status != PAY_ERROR_UNKNOWN)
        return OK;
    return e == ERR_NOT_FOUND ? ERR_UPSTREAM : e == ERR_INVALID ? ERR_BUSY : e; /* too soon after creation: later */
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
    kv_str(&w, "out_refund_no", r->out_refund_no);
    if (!str_empty(r->reason))
        kv_str(&w, "reason", r->reason);
    if (!str_empty(r->notify_url))
        kv_str(&w, "notify_url", r->notify_url);
    jw_key(&w, "amount");
    jw_obj(&w);
    kv_int(&w, "refund", r->refund_fen);
    kv_int(&w, "total", r->total_fen);
    kv_str(&w, "currency", "CNY");
    jw_end(&w);
    jw_end(&w);
    *out = (struct pay_request){.number = arena_strdup(a, r->out_refund_no), .notify_url = "", .body = jw_text(&w)};
    return OK;
}

static enum err refund_read(const struct json *j, const char *number, struct pay_refund_answer *out,
                            struct provider_answer *ans)
{
    struct pay_refund_answer r;
    if (!wechat_pay_refund_document(j, "status", &r) || !str_eq(r.out_refund_no, number)) {
        ans->text = "answer is not about this refund";
        return ERR_TIMEOUT;
    }
    *out = r;
    return OK;
}

static enum err refund(struct arena *a, const struct pay_config *c, const struct pay_request *rq,
                       struct pay_refund_answer *out, struct provider_answer *ans)
{
    const struct json *j;
    *out = pay_refund_nothing;
    enum err e = wechat_pay_call(a, c, "POST", "/v3/refund/domestic/refunds", rq->body, &j, ans);
    if (e == ERR_BUSY)
        out->status = REFUND_NO_BALANCE;
    if (e)
        return e == ERR_NOT_FOUND ? ERR_INVALID : e; /* no such order: no refund either */
    return refund_read(j, rq->number, out, ans);
}

static enum err refund_query(struct arena *a, const struct pay_config *c, const char *out_trade_no,
                             const char *out_refund_no, struct pay_refund_answer *out, struct provider_answer *ans)
{
    const struct json *j;
    *out = pay_refund_nothing;
    *ans = (struct provider_answer){"", "", ""};
    if (!pay_number_valid(out_refund_no))
        return ERR_INVALID;
    enum err e =
        wechat_pay_call(a, c, "GET", arena_printf(a, "/v3/refund/domestic/refunds/%s", out_refund_no), NULL, &j, ans);
    if (e == ERR_NOT_FOUND && wechat_pay_code_is(ans->code, "RESOURCENOTEXISTS")) {
        out->status = REFUND_UNKNOWN_NUMBER;
        return OK;
    }
    if (e)
        return e == ERR_NOT_FOUND ? ERR_UPSTREAM : e;
    e = refund_read(j, out_refund_no, out, ans);
    if (!e && !str_eq(out->out_trade_no, out_trade_no)) {
        *out = pay_refund_nothing;
        ans->text = "refund of another order";
        return ERR_TIMEOUT;
    }
    return e;
}

const struct pay_vt wechat_pay = {.name = "wechat",
                                  .prepare = prepare,
                                  .create = create,
                                  .client = client,
                                  .query = query,
                                  .close = close_order,
                                  .refund_prepare = refund_prepare,
                                  .refund = refund,
                                  .refund_query = refund_query,
                                  .notify = wechat_pay_notify,
                                  .bill = wechat_pay_bill,
                                  .cancel = close_order};
