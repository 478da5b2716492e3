/* code_pay_api.c - paying without logging in: somebody who opened a room's code (room_code.h) pays its bills with the claim
 * got there; and the picture of an order's QR code for the counter's screen.  SPDX-License-Identifier: MIT */
#include "api/order_json.h"
#include "api/pay_flow.h"
#include "api/route.h"
#include "domain/merchant.h"
#include "domain/room_code.h"
#include "platform/qr.h"
#include "platform/store/store.h"

struct code_pay {
    const char *claim;
    const int64_t *bills;
    size_t nbills;
    int channel;
    int64_t id, room_id;
    struct payment_order o;
};

static enum err act_as(struct ctx *cx, struct code_pay *w)
{
    int64_t company = 0, project = 0;
    enum err e = room_code_claim(cx, w->claim, &company, &project, &w->room_id);
    if (!e)
        cx->who = (struct actor){.company_id = company, .project_id = project, .name = "qr"};
    return e;
}

/* The same bills again by the same channel: the order that waits, not another one. */
static enum err run_create(struct ctx *cx, void *arg)
{
    struct code_pay *w = arg;
    struct payment_order_in in = {
        .bills = w->bills, .nbills = w->nbills, .channel = w->channel, .scene = SCENE_QR, .via = VIA_QR};
    enum err e = act_as(cx, w);
    in.room_id = w->room_id;
    if (!e)
        e = payment_order_same(cx, &in, &w->o);
    return e == ERR_NOT_FOUND ? payment_order_create(cx, &in, &w->o) : e;
}

/* An order of that room's code, and of nothing else. */
static enum err run_mine(struct ctx *cx, void *arg)
{
    struct code_pay *w = arg;
    enum err e = act_as(cx, w);
    return e ? e : payment_order_of_room(cx, w->id, w->room_id, &w->o);
}

struct create_in {
    const char *claim;
    struct json_list bills;
    int channel;
};
static const struct field create_fields[] = {FIELD_STR(struct create_in, claim, 1, 200),
                                             FIELD_IDS(struct create_in, bills, 1, PAYMENT_BILLS),
                                             FIELD_ENUM(struct create_in, channel, merchant_channel_name)};

static enum err h_create(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct create_in in = {0};
    struct code_pay w = {.id = 0};
    const char *client = NULL;
    enum err e = BODY(cx, rq, create_fields, &in);
    if (e)
        return e;
    w.claim = in.claim, w.bills = in.bills.p, w.nbills = in.bills.n, w.channel = in.channel;
    e = store_write(cx, run_create, &w);
    if (!e)
        e = pay_flow_start(cx, w.o.id, &w.o, &client);
    return e ? e : order_reply(cx, rs, 201, &w.o, client);
}

struct claim_in {
    const char *claim;
};
static const struct field claim_fields[] = {FIELD_STR(struct claim_in, claim, 1, 200)};

static enum err mine(struct ctx *cx, const struct request *rq, struct code_pay *w)
{
    struct claim_in in = {0};
    enum err e = path_id(cx, rq, 0, &w->id);
    if (!e)
        e = BODY(cx, rq, claim_fields, &in);
    w->claim = in.claim;
    return e ? e : store_read(cx, run_mine, w);
}

static enum err h_check(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct code_pay w = {.id = 0};
    enum err e = mine(cx, rq, &w);
    if (!e)
        e = pay_flow_check(cx, &w.o);
    return e ? e : order_reply(cx, rs, 200, &w.o, NULL);
}

static enum err h_cancel(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct code_pay w = {.id = 0};
    enum err e = mine(cx, rq, &w);
    if (!e)
        e = pay_flow_cancel(cx, &w.o);
    return e ? e : order_reply(cx, rs, 200, &w.o, NULL);
}

/* ---- the counter's screen ---- */

static enum err run_get(struct ctx *cx, void *arg)
{
    struct code_pay *w = arg;
    return payment_order_get(cx, w->id, &w->o);
}

static enum err h_qr(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct code_pay w = {.id = 0};
    size_t n = 0;
    enum err e = path_id(cx, rq, 0, &w.id);
    if (!e)
        e = store_read(cx, run_get, &w);
    if (!e && (w.o.scene != SCENE_QR || w.o.state != OS_PENDING))
        e = cx_fail(cx, ERR_STATE, "state", "该支付单没有可用的二维码", "the order has no code to show now");
    if (e)
        return e;
    const void *png = qr_png(cx->arena, w.o.handle, 8, &n);
    if (!png)
        return cx_fail(cx, ERR_INTERNAL, NULL, "无法生成二维码", "the code could not be drawn");
    rs->type = "image/png";
    rs->body = png;
    rs->len = n;
    reply_header(rs, "cache-control", "no-store");
    return OK;
}

#define WHO_SEES (ROLES_RESIDENT | ROLES_MONEY)
/* clang-format off */
static const struct route rows[] = {
    {M_GET,  "/api/v1/pay-orders/{id}/code.png", h_qr,     LANE_SLOW, WHO_SEES,     SCOPE_ROOM, 0,    0,         "getPayOrderCode"},
    {M_POST, "/api/v1/code-orders",              h_create, LANE_SLOW, ROLES_PUBLIC, SCOPE_ROOM, 4096, RF_STRICT, "payByRoomCode"},
    {M_POST, "/api/v1/code-orders/{id}/check",   h_check,  LANE_SLOW, ROLES_PUBLIC, SCOPE_ROOM, 512,  RF_STRICT, "checkCodeOrder"},
    {M_POST, "/api/v1/code-orders/{id}/cancel",  h_cancel, LANE_SLOW, ROLES_PUBLIC, SCOPE_ROOM, 512,  RF_STRICT, "cancelCodeOrder"},
};
/* clang-format on */
const struct route_set code_pay_routes = {rows, COUNT(rows)};
