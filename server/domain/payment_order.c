/* payment_order.c - making payment orders, and the steps around the calls to the channel. SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/id.h"
#include "base/money.h"
#include "domain/audit.h"
#include "domain/merchant.h"
#include "domain/outbox.h"
#include "domain/payment_order_int.h"
#include "platform/config.h"
#include "platform/crypto/crypto.h"
#include <string.h>

STMT(q_owned_from, "order.owned_from", "SELECT owned_from FROM room WHERE id = $1 AND company_id = $2");
STMT(q_openid, "order.openid",
     "SELECT i.openid FROM identity i JOIN merchant m ON m.id = $3 WHERE i.company_id = $1 AND i.account_id = $2"
     " AND i.provider = m.channel AND i.appid = m.appid ORDER BY i.id DESC LIMIT 1");
STMT(q_insert, "order.insert",
     "INSERT INTO pay_order(id, company_id, project_id, merchant_id, channel, scene, out_trade_no, description,"
     " amount_fen, state, payer_id, openid, created_by, via, expires_at, next_at, created_at)"
     " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'created', $10, $11, $12, $13, $14, $14, $15)");
STMT(q_hold, "order.hold",
     "INSERT INTO pay_order_bill(order_id, bill_id, company_id, amount_fen, late_fen) VALUES ($1, $2, $3, $4, $5)");

/* ---- making ---- */

static enum err may_pay(struct ctx *cx, const struct payment_order_in *in, const struct bill *b)
{
    bool may = in->via == VIA_QR ? b->room_id == in->room_id : b->project_id == cx->who.project_id;
    int64_t since = 0;
    enum err e = in->via == VIA_APP ? bill_of_resident(cx, b, &may) : OK;
    if (!e && may && in->via == VIA_QR) /* the door shows what is the present owner's */
        e = db_i64(cx, &q_owned_from, ARGS(I64(b->room_id), I64(cx->who.company_id)), &since, NULL);
    may = may && b->period_from >= since;
    return e || may ? e : ERR_NOT_FOUND;
}

static enum err load_bills(struct ctx *cx, const struct payment_order_in *in, struct bill *v)
{
    for (size_t i = 0; i < in->nbills; i++) {
        for (size_t k = 0; k < i; k++)
            if (in->bills[k] == in->bills[i])
                return cx_fail(cx, ERR_INVALID, "bills", "账单重复", "a bill is named twice");
        enum err e = payment_load_bill(cx, in->bills[i], &v[i]);
        if (!e)
            e = may_pay(cx, in, &v[i]);
        bool hidden = !e && (str_eq(v[i].state, "draft") || str_eq(v[i].state, "void"));
        if (e == ERR_NOT_FOUND || hidden)
            return cx_fail(cx, ERR_NOT_FOUND, "bills", "账单不存在", "no such bill");
        if (!e && !str_eq(v[i].state, "published") && !str_eq(v[i].state, "partial"))
            e = cx_fail(cx, ERR_STATE, "bills", "账单已缴清", "paid already");
        if (!e && v[i].project_id != v[0].project_id)
            e = cx_fail(cx, ERR_INVALID, "bills", "一次只能支付同一项目的账单", "bills of one project at a time");
        if (e)
            return e;
    }
    return OK;
}

/* What the payer reads. The channels refuse "/=&", Alipay's bill file breaks at a comma. */
static const char *describe(struct ctx *cx, const struct bill *v, size_t n)
{
    char *s = n == 1 ? arena_printf(cx->arena, "物业费 %.60s %d", v[0].room, v[0].period_to / 100)
                     : arena_printf(cx->arena, "物业费 %.60s 等 %zu 笔", v[0].room, n);
    for (char *p = s; (p = strpbrk(p, "/=&,\r\n\t"));)
        *p = ' ';
    while (!utf8_valid(s, strlen(s))) /* %.60s may have cut a character */
        s = n == 1 ? arena_printf(cx->arena, "物业费 %d", v[0].period_to / 100)
                   : arena_printf(cx->arena, "物业费 %zu 笔", n);
    return s;
}

/* Grows with time, never repeats, cannot be foretold, not even after a restore from a backup. */
static const char *new_number(struct ctx *cx, int64_t id)
{
    static const char letters[] = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ";
    char tail[8] = "";
    for (int i = 0; i < 7; i++)
        tail[i] = letters[crypto_random_below(sizeof letters - 1)];
    return arena_printf(cx->arena, "P%016lld%s", (long long)id, tail);
}

static enum err find_openid(struct ctx *cx, const struct payment_order_in *in, int64_t merchant, const char **out)
{
    *out = "";
    if (in->scene != SCENE_MINI)
        return OK;
    enum err e = db_text(cx, &q_openid, ARGS(I64(cx->who.company_id), I64(cx->who.id), I64(merchant)), out);
    return e == ERR_NOT_FOUND ? cx_fail(cx, ERR_STATE, "scene", "请先用该小程序登录,或改用扫码支付",
                                        "log in through that mini-program first, or pay by code")
                              : e;
}

static enum err hold(struct ctx *cx, int64_t order, const struct share *s, size_t n)
{
    enum err e = OK;
    for (size_t i = 0; i < n && !e; i++) {
        e = db_try(cx, &q_hold,
                   ARGS(I64(order), I64(s[i].bill_id), I64(cx->who.company_id), I64(s[i].fen), I64(s[i].late_fen)),
                   NULL);
        if (e == ERR_EXISTS)
            e = cx_fail(cx, ERR_STATE, "bills", "账单正在另一支付单中支付,请先取消该支付单",
                        "another payment order holds it; cancel that one first");
    }
    return e;
}

/* Alipay knows nothing of a code until somebody scans it: it cannot be closed before, only waited out. */
static int64_t expire_min(const struct payment_order_in *in)
{
    int64_t most = config()->pay_expire_min;
    return in->channel == CHANNEL_ALIPAY && in->scene == SCENE_QR && most > 5 ? 5 : most;
}

enum err payment_order_create(struct ctx *cx, const struct payment_order_in *in, struct payment_order *out)
{
    struct bill v[PAYMENT_BILLS];
    struct share s[PAYMENT_BILLS];
    int64_t id = id_new(), merchant = 0, due = 0;
    const char *openid = "";
    if (in->nbills == 0 || in->nbills > PAYMENT_BILLS)
        return cx_fail(cx, ERR_INVALID, "bills", "一次支付 1 到 50 张账单", "1 to 50 bills at once");
    if (str_empty(config()->public_url))
        return cx_fail(cx, ERR_STATE, "channel", "线上支付未开通", "paying online is not set up (public_url)");
    enum err e = load_bills(cx, in, v);
    for (size_t i = 0; i < in->nbills && !e; i++)
        due += bill_due_fen(&v[i]);
    if (!e && due <= 0)
        e = cx_fail(cx, ERR_STATE, "bills", "没有应付金额", "there is nothing to pay");
    if (!e && due > FEN_MAX) /* it could be paid, but not booked */
        e = cx_fail(cx, ERR_INVALID, "bills", "一次支付超过上限", "more than one payment can be");
    if (!e)
        e = merchant_for(cx, v[0].project_id, in->channel, &merchant);
    if (!e)
        e = find_openid(cx, in, merchant, &openid);
    if (e)
        return e;
    const char *what = describe(cx, v, in->nbills);
    int64_t payer = in->via == VIA_APP ? cx->who.id : v[0].payer_id;
    int64_t until = cx->now + expire_min(in) * MINUTE_MS;
    size_t n = payment_spread(v, in->nbills, due, s);
    e = db_exec(cx, &q_insert,
                ARGS(I64(id), I64(cx->who.company_id), I64(v[0].project_id), I64(merchant),
                     TXT(merchant_channel_name[in->channel]), TXT(order_scene_name[in->scene]), TXT(new_number(cx, id)),
                     TXT(what), I64(due), I64(payer), TXT(openid), I64(cx->who.id), TXT(order_via_name[in->via]),
                     I64(until), I64(cx->now)),
                NULL);
    if (!e)
        e = hold(cx, id, s, n);
    if (!e)
        e = audit_add(cx, "order.create", "pay_order", id, NULL,
                      arena_printf(cx->arena, "{\"amount_fen\":%lld}", (long long)due));
    return e ? e : payment_order_load(cx, id, out);
}

/* ---- steps ---- */

enum err order_step(struct ctx *cx, struct payment_order *o, enum order_event ev)
{
    const struct fsm_edge *edge = fsm_find(&order_fsm, o->state, ev, UINT32_MAX, NULL);
    if (!edge)
        return cx_fail(cx, ERR_STATE, "state", "支付单当前状态为 %s,不能执行该操作",
                       "not possible while the order is %s", order_state_name[o->state]);
    o->state = (enum order_state)edge->to;
    return OK;
}

enum err payment_order_starting(struct ctx *cx, int64_t id, const char *request, struct payment_order *out)
{
    enum err e = payment_order_load(cx, id, out);
    if (!e && cx->now >= out->expires_at - MINUTE_MS) /* the channels want a minute at least */
        e = cx_fail(cx, ERR_STATE, "state", "支付单已过期,请重新下单", "the order has run out of time; make a new one");
    if (e || out->state == OS_PENDING)
        return e;
    e = order_step(cx, out, OE_CALL);
    if (e)
        return e;
    if (str_empty(out->request))
        out->request = request;
    out->asked_at = cx->now;
    out->next_at = cx->now + 20 * SECOND_MS; /* nothing heard by then: ask */
    return order_save(cx, out);
}

enum err payment_order_started(struct ctx *cx, int64_t id, enum order_outcome how, const char *handle, const char *note,
                               struct payment_order *out)
{
    enum err e = payment_order_load(cx, id, out);
    if (e || out->state != OS_UNKNOWN) /* paid or closed in the meantime: that stands */
        return e;
    out->note = note ? note : "";
    if (how == OUTCOME_OK) {
        e = order_step(cx, out, OE_ANSWERED);
        out->handle = handle;
        out->tries = 0;
        out->next_at = cx->now + 15 * SECOND_MS;
    } else if (how == OUTCOME_REFUSED) {
        e = order_step(cx, out, OE_REFUSED);
        out->next_at = 0;
        if (!e)
            e = order_release(cx, id);
    }
    return e ? e : order_save(cx, out);
}

enum err payment_order_closing(struct ctx *cx, int64_t id, const char *note, struct payment_order *out)
{
    enum err e = payment_order_load(cx, id, out);
    if (!e && out->state == OS_CLOSING)
        return OK;
    if (!e && out->state == OS_CREATED) /* nobody but us knows of it */
        return payment_order_closed(cx, id, note, out);
    if (!e)
        e = order_step(cx, out, OE_CLOSE);
    if (e)
        return e;
    out->note = note;
    out->next_at = cx->now;
    outbox_wake(cx, WAKE_PAY);
    return order_save(cx, out);
}

enum err payment_order_closed(struct ctx *cx, int64_t id, const char *note, struct payment_order *out)
{
    enum err e = payment_order_load(cx, id, out);
    bool sent = !e && out->state != OS_CREATED;
    if (!e && out->state == OS_CLOSED)
        return OK;
    if (!e)
        e = order_step(cx, out, OE_CLOSED);
    if (!e)
        e = order_release(cx, id);
    if (e)
        return e;
    out->note = note;
    out->tries = 0;
    out->next_at = sent ? cx->now + 10 * MINUTE_MS : 0; /* a payment may have overtaken the closing: one more look */
    return order_save(cx, out);
}

enum err payment_order_asked(struct ctx *cx, int64_t id, struct payment_order *out)
{
    static const int16_t wait_s[] = {15, 15, 30, 60, 60, 120, 300, 600};
    enum err e = payment_order_load(cx, id, out);
    if (e)
        return e;
    size_t k = out->tries < (int64_t)COUNT(wait_s) ? (size_t)out->tries : COUNT(wait_s) - 1;
    int64_t next = cx->now + wait_s[k] * SECOND_MS;
    if (next > out->expires_at && cx->now < out->expires_at)
        next = out->expires_at;
    out->tries++;
    out->asked_at = cx->now;
    out->next_at = fsm_find(&order_fsm, out->state, OE_CLOSED, UINT32_MAX, NULL) ? next : 0;
    return order_save(cx, out);
}
