/* pay_api.c - HTTP face of payment orders, merchants and the finance list; the channels' notices.
 * SPDX-License-Identifier: MIT */
#include "api/order_json.h"
#include "api/pay_flow.h"
#include "domain/finance.h"
#include "domain/merchant.h"
#include "platform/store/store.h"
#include <string.h>

/* ---- orders ---- */

void order_fields(struct jw *w, const struct payment_order *o)
{
    kv_id(w, "id", o->id);
    kv_id(w, "project_id", o->project_id);
    kv_str(w, "channel", merchant_channel_name[o->channel]);
    kv_str(w, "scene", order_scene_name[o->scene]);
    kv_str(w, "via", order_via_name[o->via]);
    kv_str(w, "number", o->out_trade_no);
    kv_str(w, "description", o->description);
    kv_int(w, "amount_fen", o->amount_fen);
    kv_str(w, "state", order_state_name[o->state]);
    kv_id(w, "payment_id", o->payment_id);
    kv_time(w, "paid_at", o->paid_at);
    kv_time(w, "expires_at", o->expires_at);
    kv_time(w, "created_at", o->created_at);
    kv_int(w, "version", o->version);
}

static void one_order(void *arg, const struct payment_order *o)
{
    struct page *l = arg;
    jw_obj(&l->w);
    order_fields(&l->w, o);
    jw_end(&l->w);
    page_row(l, o->id);
}

enum err order_reply(struct ctx *cx, struct response *rs, int status, const struct payment_order *o, const char *client)
{
    struct jw w;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    jw_key(&w, "order");
    jw_obj(&w);
    order_fields(&w, o);
    jw_end(&w);
    kv_raw(&w, "client", client ? client : "null");
    jw_end(&w);
    return reply_json(rs, status, &w);
}

struct create_in {
    struct json_list bills;
    int channel, scene;
    bool counter;
};
static const struct field create_fields[] = {
    FIELD_IDS(struct create_in, bills, 1, PAYMENT_BILLS), FIELD_ENUM(struct create_in, channel, merchant_channel_name),
    FIELD_ENUM(struct create_in, scene, order_scene_name), OPT_BOOL(struct create_in, counter)};

static enum err h_create(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct create_in in = {0};
    struct payment_order o;
    enum err e = BODY(cx, rq, create_fields, &in);
    if (!e && in.counter && !(cx->who.roles & ROLES_TAKES))
        e = cx_fail(cx, ERR_FORBIDDEN, "counter", "没有收款权限", "not a cashier here");
    if (!e && in.counter && in.scene != SCENE_QR)
        e = cx_fail(cx, ERR_INVALID, "scene", "柜台用二维码收款", "the counter shows a code");
    if (e)
        return e;
    const struct payment_order_in what = {.bills = in.bills.p,
                                          .nbills = in.bills.n,
                                          .channel = in.channel,
                                          .scene = in.scene,
                                          .via = in.counter ? VIA_COUNTER : VIA_APP};
    e = payment_order_create(cx, &what, &o);
    return e ? e : order_reply(cx, rs, 201, &o, NULL);
}

static enum err h_list(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct page l = {.n = 0};
    const char *state = NULL, *view = NULL;
    bool staff = cx->who.roles & ROLES_STAFF, till = cx->who.roles & (ROLES_TAKES | ROLE_AUDITOR);
    enum err e = staff && !till ? ERR_FORBIDDEN : query_word(cx, rq, "state", order_state_name, OS_COUNT, &state);
    if (!e)
        e = query_text(cx, rq, "view", &view);
    if (!e && view && !str_eq(view, "mine"))
        e = cx_fail(cx, ERR_INVALID, "view", "应为 mine", "must be mine");
    bool mine = view || !till;
    if (!e)
        e = page_open(cx, rq, &l);
    return e ? e : page_close(rs, &l, payment_order_list(cx, mine, state, l.before, l.limit, one_order, &l));
}

static void one_bill(void *arg, int64_t bill_id, const char *room, int64_t amount_fen, int64_t late_fen)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_id(w, "bill_id", bill_id);
    kv_str(w, "room", room);
    kv_int(w, "amount_fen", amount_fen);
    kv_int(w, "late_fen", late_fen);
    jw_end(w);
}

static enum err h_get(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct payment_order o;
    struct jw w;
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = payment_order_get(cx, id, &o);
    if (e)
        return e;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    jw_key(&w, "order");
    jw_obj(&w);
    order_fields(&w, &o);
    jw_end(&w);
    jw_key(&w, "bills");
    jw_arr(&w);
    e = payment_order_bills(cx, id, one_bill, &w);
    jw_arr_end(&w);
    jw_end(&w);
    return e ? e : reply_json(rs, 200, &w);
}

struct access {
    int64_t id;
    struct payment_order o;
};

static enum err run_access(struct ctx *cx, void *arg)
{
    struct access *a = arg;
    return payment_order_get(cx, a->id, &a->o);
}

static enum err may(struct ctx *cx, const struct request *rq, struct access *a)
{
    enum err e = path_id(cx, rq, 0, &a->id);
    return e ? e : store_read(cx, run_access, a);
}

static enum err h_start(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct access a;
    const char *client = NULL;
    enum err e = may(cx, rq, &a);
    if (!e)
        e = pay_flow_start(cx, a.id, &a.o, &client);
    return e ? e : order_reply(cx, rs, 200, &a.o, client);
}

static enum err h_check(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct access a;
    enum err e = may(cx, rq, &a);
    if (!e)
        e = pay_flow_check(cx, &a.o);
    return e ? e : order_reply(cx, rs, 200, &a.o, NULL);
}

static enum err h_cancel(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct access a;
    enum err e = may(cx, rq, &a);
    if (!e)
        e = pay_flow_cancel(cx, &a.o);
    return e ? e : order_reply(cx, rs, 200, &a.o, NULL);
}

/* ---- notices ---- */

static enum err notice(struct ctx *cx, const struct request *rq, int channel)
{
    const struct http_request *h = rq->http;
    int64_t merchant = 0;
    const struct pay_incoming in = {.timestamp = h->header[H_WECHAT_TIMESTAMP],
                                    .nonce = h->header[H_WECHAT_NONCE],
                                    .signature = h->header[H_WECHAT_SIGNATURE],
                                    .serial = h->header[H_WECHAT_SERIAL],
                                    .body = h->body ? h->body : "",
                                    .len = h->body_len,
                                    .now = cx->now};
    enum err e = path_id(cx, rq, 0, &merchant);
    return e ? e : pay_flow_notice(cx, merchant, channel, &in);
}

/* Success only after the commit; anything else makes them come again. The status decides. */
static enum err h_wechat(struct ctx *cx, const struct request *rq, struct response *rs)
{
    enum err e = notice(cx, rq, CHANNEL_WECHAT);
    rs->status = e ? err_http(e) : 200;
    rs->type = "application/json";
    rs->body = e ? "{\"code\":\"FAIL\",\"message\":\"失败\"}" : "{\"code\":\"SUCCESS\"}";
    rs->len = strlen(rs->body);
    return OK;
}

/* Exactly "success", seven bytes, or they come again. */
static enum err h_alipay(struct ctx *cx, const struct request *rq, struct response *rs)
{
    enum err e = notice(cx, rq, CHANNEL_ALIPAY);
    rs->status = e ? err_http(e) : 200;
    rs->type = "text/plain";
    rs->body = e ? "fail" : "success";
    rs->len = strlen(rs->body);
    return OK;
}

/* ---- merchants ---- */

struct merchant_in {
    int channel;
    int64_t project_id;
    const char *name, *appid, *mchid, *serial, *public_key_id, *private_key, *apiv3_key, *apiv3_key_old, *public_key,
        *app_cert, *root_cert;
};
static const struct field merchant_fields[] = {FIELD_ENUM(struct merchant_in, channel, merchant_channel_name),
                                               OPT_ID(struct merchant_in, project_id),
                                               FIELD_STR(struct merchant_in, name, 1, 80),
                                               FIELD_STR(struct merchant_in, appid, 1, 32),
                                               FIELD_STR(struct merchant_in, mchid, 1, 32),
                                               OPT_STR(struct merchant_in, serial, 0, 64),
                                               OPT_STR(struct merchant_in, public_key_id, 0, 64),
                                               FIELD_TEXT(struct merchant_in, private_key, 1, 4096),
                                               OPT_RAW(struct merchant_in, apiv3_key, 0, 64),
                                               OPT_RAW(struct merchant_in, apiv3_key_old, 0, 64),
                                               OPT_TEXT(struct merchant_in, public_key, 0, 4096),
                                               OPT_TEXT(struct merchant_in, app_cert, 0, 4096),
                                               OPT_TEXT(struct merchant_in, root_cert, 0, 8192)};

static enum err h_merchant_add(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct merchant_in in = {0};
    int64_t id = 0;
    enum err e = BODY(cx, rq, merchant_fields, &in);
    if (e)
        return e;
    const struct merchant m = {.project_id = in.project_id,
                               .channel = in.channel,
                               .name = in.name,
                               .appid = in.appid,
                               .mchid = in.mchid,
                               .serial = or_empty(in.serial),
                               .public_key_id = or_empty(in.public_key_id),
                               .private_key = in.private_key,
                               .apiv3_key = or_empty(in.apiv3_key),
                               .apiv3_key_old = or_empty(in.apiv3_key_old),
                               .public_key = or_empty(in.public_key),
                               .app_cert = or_empty(in.app_cert),
                               .root_cert = or_empty(in.root_cert)};
    struct pay_side side;
    pay_side_of(cx, &m, NULL, &side);
    const char *wrong = pay_config_wrong(side.vt, &side.c);
    if (wrong)
        return cx_fail(cx, ERR_INVALID, strchr(wrong, ' ') ? "channel" : wrong, "商户参数无效:%s",
                       "%s of the merchant cannot be used", wrong);
    e = merchant_add(cx, &m, &id);
    return e ? e : reply_id(cx, rs, 201, id);
}

static void one_merchant(void *arg, const struct merchant *m)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_id(w, "id", m->id);
    kv_id(w, "project_id", m->project_id);
    kv_str(w, "channel", merchant_channel_name[m->channel]);
    kv_str(w, "name", m->name);
    kv_str(w, "appid", m->appid);
    kv_str(w, "mchid", m->mchid);
    kv_str(w, "state", m->state);
    kv_time(w, "created_at", m->created_at);
    jw_end(w);
}

static enum err h_merchants(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw w;
    (void)rq;
    list_open(cx, &w);
    return list_close(rs, &w, merchant_list(cx, one_merchant, &w));
}

static enum err h_merchant_close(struct ctx *cx, const struct request *rq, struct response *rs)
{
    return do_by_id(cx, rq, rs, merchant_close);
}

/* ---- the finance list ---- */

static void one_alarm(void *arg, const struct finance_alarm *a)
{
    struct page *l = arg;
    struct jw *w = &l->w;
    jw_obj(w);
    kv_id(w, "id", a->id);
    kv_id(w, "project_id", a->project_id);
    kv_str(w, "kind", a->kind);
    kv_str(w, "text", a->text);
    kv_str(w, "ref_kind", a->ref_kind);
    kv_id(w, "ref_id", a->ref_id);
    kv_str(w, "state", a->state);
    kv_id(w, "closed_by", a->closed_by);
    kv_str(w, "reason", a->reason);
    kv_time(w, "created_at", a->created_at);
    kv_time(w, "closed_at", a->closed_at);
    jw_end(w);
    page_row(l, a->id);
}

static enum err h_alarms(struct ctx *cx, const struct request *rq, struct response *rs)
{
    static const char *const states[] = {"open", "closed"};
    struct page l = {.n = 0};
    const char *state = NULL;
    enum err e = query_word(cx, rq, "state", states, COUNT(states), &state);
    if (!e)
        e = page_open(cx, rq, &l);
    return e ? e : page_close(rs, &l, finance_alarm_list(cx, state, l.before, l.limit, one_alarm, &l));
}

static enum err h_alarm_close(struct ctx *cx, const struct request *rq, struct response *rs)
{
    static const struct field reason = {.key = "reason", .type = F_STR, .min = 1, .max = 200};
    return do_by_text(cx, rq, rs, &reason, finance_alarm_close);
}

#define WHO_PAYS ROLES_LOGGED_IN /* also who has moved out and pays the rest: whose a bill is, the domain decides */
#define WHO_SEES ROLES_LOGGED_IN
/* clang-format off */
static const struct route rows[] = {
    {M_GET,  "/api/v1/pay-orders",                h_list,     LANE_READ,  WHO_SEES,     SCOPE_ROOM, 0,    0,             "listPayOrders"},
    {M_POST, "/api/v1/pay-orders",                h_create,   LANE_WRITE, WHO_PAYS,     SCOPE_ROOM, 4096, RF_IDEMPOTENT, "createPayOrder"},
    {M_GET,  "/api/v1/pay-orders/{id}",           h_get,      LANE_READ,  WHO_SEES,     SCOPE_ROOM, 0,    0,             "getPayOrder"},
    {M_POST, "/api/v1/pay-orders/{id}/start",     h_start,    LANE_SLOW,  WHO_PAYS,     SCOPE_ROOM, 0,    0,             "startPayOrder"},
    {M_POST, "/api/v1/pay-orders/{id}/check",     h_check,    LANE_SLOW,  WHO_SEES,     SCOPE_ROOM, 0,    0,             "checkPayOrder"},
    {M_POST, "/api/v1/pay-orders/{id}/cancel",    h_cancel,   LANE_SLOW,  WHO_PAYS,     SCOPE_ROOM, 0,    0,             "cancelPayOrder"},
    {M_POST, "/notify/wechatpay/{merchant}",        h_wechat, LANE_NOTIFY, ROLES_PUBLIC, SCOPE_NONE, 65536, RF_RAW,  "notifyWechatPay"},
    {M_POST, "/notify/wechatpay-refund/{merchant}", h_wechat, LANE_NOTIFY, ROLES_PUBLIC, SCOPE_NONE, 65536, RF_RAW,  "notifyWechatPayRefund"},
    {M_POST, "/notify/alipay/{merchant}",           h_alipay, LANE_NOTIFY, ROLES_PUBLIC, SCOPE_NONE, 65536, RF_RAW,  "notifyAlipay"},
    {M_GET,  "/api/v1/merchants",                 h_merchants,      LANE_READ,  ROLES_ADMIN | ROLE_AUDITOR, SCOPE_COMPANY, 0, 0,     "listMerchants"},
    {M_POST, "/api/v1/merchants",                 h_merchant_add,   LANE_WRITE, ROLES_ADMIN,  SCOPE_COMPANY, 32768, RF_IDEMPOTENT | RF_STEP_UP,      "createMerchant"},
    {M_POST, "/api/v1/merchants/{id}/close",      h_merchant_close, LANE_WRITE, ROLES_ADMIN,  SCOPE_COMPANY, 0,     RF_STEP_UP,                  "closeMerchant"},
    {M_GET,  "/api/v1/finance/alarms",            h_alarms,         LANE_READ,  ROLES_MONEY,  SCOPE_PROJECT, 0,     0,                 "listFinanceAlarms"},
    {M_POST, "/api/v1/finance/alarms/{id}/close", h_alarm_close,    LANE_WRITE, ROLES_ADMIN | ROLE_MANAGER, SCOPE_PROJECT, 1024, 0,  "closeFinanceAlarm"},
};
/* clang-format on */
const struct route_set pay_routes = {rows, COUNT(rows)};
