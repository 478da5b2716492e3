/* pay_flow.c - see pay_flow.h: orders. SPDX-License-Identifier: MIT */
#include "api/pay_flow.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "domain/finance.h"
#include "domain/merchant.h"
#include "platform/config.h"
#include "platform/crypto/crypto.h"
#include "platform/store/store.h"

#define HANGS_MS     (2 * HOUR_MS)
#define ASK_APART_MS (5 * SECOND_MS)

const char *pay_notify_url(struct arena *a, const char *what, int64_t merchant_id)
{
    return arena_printf(a, "%s/notify/%s/%lld", config()->public_url, what, (long long)merchant_id);
}

/* ---- one merchant ---- */

struct side_work {
    int64_t id;
    struct merchant m;
    struct pay_keys keys;
    int64_t now;
};

static void on_key(void *arg, const char *key_id, const char *pem, int64_t from_ms, int64_t until_ms)
{
    struct side_work *w = arg;
    const struct pay_key k = {key_id, pem, from_ms, until_ms};
    pay_key_add(&w->keys, &k, w->now);
}

static enum err run_side(struct ctx *cx, void *arg)
{
    struct side_work *w = arg;
    w->keys.n = 0;
    w->now = cx->now;
    enum err e = merchant_open(cx, w->id, &w->m);
    return e ? e : merchant_keys(cx, w->id, on_key, w);
}

enum err pay_side_load(struct ctx *cx, int64_t merchant_id, struct pay_side *out)
{
    struct side_work w = {.id = merchant_id};
    enum err e = store_read(cx, run_side, &w);
    if (e)
        return e;
    pay_side_of(cx, &w.m, &w.keys, out);
    return OK;
}

void pay_side_of(struct ctx *cx, const struct merchant *m, const struct pay_keys *fetched, struct pay_side *out)
{
    bool wechat = m->channel == CHANNEL_WECHAT, certified = !wechat && !str_empty(m->app_cert);
    const struct pay_key own = {m->public_key_id, m->public_key, 0, 0};
    *out = (struct pay_side){
        .merchant_id = m->id,
        .company_id = m->company_id,
        .keys_at = m->keys_at,
        .channel = m->channel,
        .certificates = wechat && str_empty(m->public_key_id),
        .vt = pay_channel(merchant_channel_name[m->channel]),
        .c = {.url = wechat ? config()->wechat_pay_url : config()->alipay_gateway_url,
              .appid = m->appid,
              .mchid = m->mchid,
              .private_key = m->private_key,
              .serial = m->serial,
              .apiv3_key = m->apiv3_key,
              .apiv3_key_old = str_empty(m->apiv3_key_old) ? NULL : m->apiv3_key_old,
              .public_key_id = str_empty(m->public_key_id) ? NULL : m->public_key_id,
              .public_key = m->public_key,
              .app_cert_sn = certified ? cert_sn(cx->arena, m->app_cert) : NULL,
              .root_cert_sn = certified ? cert_root_sn(cx->arena, m->root_cert) : NULL,
              .alipay_cert_sn = certified ? cert_sn(cx->arena, m->public_key) : NULL}
    };
    if (fetched)
        out->c.keys = *fetched;
    if (wechat && !str_empty(m->public_key_id))
        pay_key_add(&out->c.keys, &own, cx->now);
}

/* ---- transactions around the calls ---- */

struct step {
    int64_t id;
    const char *request, *handle, *note;
    enum order_outcome how;
    struct payment_order o;
    struct pay_side *side;
    const struct pay_answer *answer;
    const char *source, *mismatch;
    enum fact_verdict verdict;
};

static enum err run_load(struct ctx *cx, void *arg)
{
    struct step *s = arg;
    return payment_order_load(cx, s->id, &s->o);
}

static enum err run_starting(struct ctx *cx, void *arg)
{
    struct step *s = arg;
    return payment_order_starting(cx, s->id, s->request, &s->o);
}

static enum err run_started(struct ctx *cx, void *arg)
{
    struct step *s = arg;
    return payment_order_started(cx, s->id, s->how, s->handle, s->note, &s->o);
}

static enum err run_asked(struct ctx *cx, void *arg)
{
    struct step *s = arg;
    return payment_order_asked(cx, s->id, &s->o);
}

static enum err run_closing(struct ctx *cx, void *arg)
{
    struct step *s = arg;
    return payment_order_closing(cx, s->id, s->note, &s->o);
}

static enum err run_closed(struct ctx *cx, void *arg)
{
    struct step *s = arg;
    return payment_order_closed(cx, s->id, s->note, &s->o);
}

static enum err run_apply(struct ctx *cx, void *arg)
{
    struct step *s = arg;
    return pay_flow_apply(cx, s->side, s->answer, s->source, &s->verdict, &s->mismatch, &s->o);
}

static enum err load(struct ctx *cx, struct step *s, struct pay_side *side)
{
    enum err e = store_read(cx, run_load, s);
    s->side = side;
    if (!e)
        e = pay_side_load(cx, s->o.merchant_id, side);
    if (e || !side->certificates || side->c.keys.n)
        return e;
    e = pay_flow_keys(cx, s->o.merchant_id, MINUTE_MS); /* the very first call */
    return e ? e : pay_side_load(cx, s->o.merchant_id, side);
}

/* A call proved nothing: perhaps the answer was signed by a certificate that is new. The next try will know. */
static void unproven(struct ctx *cx, const struct step *s, enum err e)
{
    if (e == ERR_TIMEOUT && s->side->certificates && pay_flow_keys(cx, s->side->merchant_id, MINUTE_MS) != OK)
        log_warn("pay.certificates", L_I("merchant", s->side->merchant_id));
}

enum err pay_flow_apply(struct ctx *cx, const struct pay_side *s, const struct pay_answer *p, const char *source,
                        enum fact_verdict *verdict, const char **mismatch, struct payment_order *out)
{
    struct channel_fact f = {.merchant_id = s->merchant_id,
                             .amount_fen = p->amount_fen,
                             .paid_at = p->paid_at ? p->paid_at : cx->now,
                             .out_trade_no = p->out_trade_no,
                             .txn_id = p->txn_id,
                             .source = source};
    *mismatch = NULL;
    enum err e = payment_order_by_number(cx, s->merchant_id, p->out_trade_no, out);
    if (e && e != ERR_NOT_FOUND)
        return e;
    if (!e)
        *mismatch = pay_mismatch(&s->c, p, out->out_trade_no, out->amount_fen);
    if (!*mismatch)
        return channel_fact_apply(cx, &f, verdict, out);
    struct finance_alarm alarm = {.project_id = out->project_id,
                                  .kind = "mismatch",
                                  .dedup = arena_printf(cx->arena, "mismatch:%lld:%s:%lld", (long long)out->id,
                                                        *mismatch, (long long)p->amount_fen),
                                  .text = arena_printf(cx->arena, "渠道结果与支付单不符:%s", *mismatch),
                                  .ref_kind = "pay_order",
                                  .ref_id = out->id};
    return finance_alarm_add(cx, &alarm);
}

static enum err apply(struct ctx *cx, struct step *s, const struct pay_answer *p, const char *source)
{
    s->answer = p;
    s->source = source;
    cx->now = clock_now_ms();
    enum err e = store_write(cx, run_apply, s);
    if (!e && s->mismatch)
        e = cx_fail(cx, ERR_UPSTREAM, NULL, "渠道结果与支付单不符", "the channel's answer does not fit the order");
    return e;
}

/* ---- starting ---- */

static const char *qr_json(struct arena *a, const char *text)
{
    struct jw w;
    jw_init(&w, a);
    jw_obj(&w);
    kv_str(&w, "qr", text);
    jw_end(&w);
    return jw_text(&w);
}

static enum err prepare(struct ctx *cx, const struct pay_side *side, const struct payment_order *o,
                        struct pay_request *rq)
{
    const char *why = NULL;
    struct pay_order po = {.scene = o->scene == SCENE_MINI ? PAY_MINI : PAY_QR,
                           .out_trade_no = o->out_trade_no,
                           .amount_fen = o->amount_fen,
                           .description = o->description,
                           .notify_url = pay_notify_url(
                               cx->arena, side->channel == CHANNEL_WECHAT ? "wechatpay" : "alipay", o->merchant_id),
                           .now = cx->now,
                           .expires_at = o->expires_at,
                           .openid = o->openid};
    if (cx->now > o->expires_at - MINUTE_MS)
        return cx_fail(cx, ERR_STATE, "state", "支付单已过期,请重新下单",
                       "the order has run out of time; make a new one");
    enum err e = side->vt->prepare(cx->arena, &side->c, &po, rq, &why);
    return e ? cx_fail(cx, ERR_INTERNAL, why, "支付参数无效:%s", "not a valid %s for the channel", why) : OK;
}

static enum err call_create(struct ctx *cx, struct step *s, const struct pay_request *made)
{
    struct pay_request rq = *made;
    struct pay_created created;
    struct provider_answer ans;
    rq.body = s->o.request; /* what was kept is what is sent, to the byte */
    enum err e = s->side->vt->create(cx->arena, &s->side->c, &rq, &created, &ans);
    log_info("pay.create", L_S("order", s->o.out_trade_no), L_S("err", err_wire(e)), L_S("code", ans.code));
    unproven(cx, s, e);
    bool refused = e == ERR_INVALID || e == ERR_FORBIDDEN || e == ERR_RATE;
    s->how = e == OK ? OUTCOME_OK
             : refused && created.status == PAY_ERROR_UNKNOWN && !str_eq(ans.code, "OUT_TRADE_NO_USED")
                 ? OUTCOME_REFUSED
                 : OUTCOME_UNKNOWN;
    s->handle = created.handle;
    s->note = e ? arena_printf(cx->arena, "%s %s", ans.code, ans.text) : "";
    cx->now = clock_now_ms();
    return store_write(cx, run_started, s);
}

enum err pay_flow_start(struct ctx *cx, int64_t order_id, struct payment_order *out, const char **client)
{
    struct pay_side side;
    struct pay_request rq = {.body = NULL};
    struct step s = {.id = order_id};
    *client = NULL;
    enum err e = load(cx, &s, &side);
    if (!e && s.o.state != OS_PENDING) {
        e = prepare(cx, &side, &s.o, &rq);
        s.request = e ? NULL : rq.body;
        if (!e)
            e = store_write(cx, run_starting, &s);
        if (!e && s.o.state == OS_UNKNOWN)
            e = call_create(cx, &s, &rq);
    }
    *out = s.o;
    if (e)
        return e;
    if (s.o.state == OS_FAILED)
        return cx_fail(cx, ERR_UPSTREAM, NULL, "支付渠道拒绝了该订单:%s", "the channel refused the order: %s",
                       s.o.note);
    if (s.o.state == OS_PENDING)
        *client = s.o.scene == SCENE_QR ? qr_json(cx->arena, s.o.handle)
                                        : side.vt->client(cx->arena, &side.c, s.o.handle, clock_now_ms());
    return OK;
}

/* ---- asking and closing ---- */

static enum err ask(struct ctx *cx, struct step *s, enum pay_status *status)
{
    struct pay_answer p;
    struct provider_answer ans;
    *status = PAY_ERROR_UNKNOWN;
    enum err e = store_write(cx, run_asked, s);
    if (e)
        return e;
    e = s->side->vt->query(cx->arena, &s->side->c, s->o.out_trade_no, &p, &ans);
    unproven(cx, s, e);
    if (e) { /* nothing is known: the next look is on its way already */
        log_warn("pay.query", L_S("order", s->o.out_trade_no), L_S("err", err_wire(e)), L_S("code", ans.code),
                 L_S("text", ans.text));
        return OK;
    }
    *status = p.status;
    return p.status == PAY_SUCCESS || p.status == PAY_REFUNDED ? apply(cx, s, &p, "query") : OK;
}

/* Asks the channel how the order stands and books what it says. */
static enum err pay_flow_ask(struct ctx *cx, int64_t order_id, struct payment_order *out)
{
    struct pay_side side;
    struct step s = {.id = order_id};
    enum pay_status status;
    enum err e = load(cx, &s, &side);
    if (!e && s.o.state != OS_CREATED)
        e = ask(cx, &s, &status);
    *out = s.o;
    return e;
}

/* After its time and a margin an order that the channel does not know is none: a QR nobody scanned, a call that never
 * arrived. Before that it may still come. */
static bool dead(const struct payment_order *o, int64_t now)
{
    return now >= o->expires_at + MINUTE_MS;
}

static enum err close_there(struct ctx *cx, struct step *s)
{
    enum pay_status status;
    struct provider_answer ans;
    enum err e = s->side->vt->close(cx->arena, &s->side->c, s->o.out_trade_no, &status, &ans);
    cx->now = clock_now_ms();
    log_info("pay.close", L_S("order", s->o.out_trade_no), L_S("err", err_wire(e)), L_S("code", ans.code));
    if (e)
        return OK; /* unknown: the sweeper asks again */
    if (status == PAY_SUCCESS)
        return ask(cx, s, &status);
    if (status == PAY_CLOSED || (status == PAY_UNKNOWN_NUMBER && dead(&s->o, cx->now)))
        return store_write(cx, run_closed, s);
    return OK;
}

/* Asks, then closes it at the channel; paid in the meantime: booked. Afterwards its bills are free, or the outcome is
 * unknown and the sweeper goes on (state closing). */
static enum err pay_flow_close(struct ctx *cx, int64_t order_id, const char *note, struct payment_order *out)
{
    struct pay_side side;
    struct step s = {.id = order_id, .note = note};
    enum pay_status status = PAY_ERROR_UNKNOWN;
    enum err e = load(cx, &s, &side);
    if (!e)
        e = store_write(cx, run_closing, &s);
    if (!e && s.o.state == OS_CLOSING)
        e = ask(cx, &s, &status);
    if (!e && s.o.state == OS_CLOSING && status == PAY_CLOSED)
        e = store_write(cx, run_closed, &s);
    if (!e && s.o.state == OS_CLOSING)
        e = close_there(cx, &s);
    *out = s.o;
    return e;
}

enum err pay_flow_check(struct ctx *cx, struct payment_order *o)
{
    bool open = o->state == OS_PENDING || o->state == OS_UNKNOWN || o->state == OS_CLOSING;
    return open && cx->now >= o->asked_at + ASK_APART_MS ? pay_flow_ask(cx, o->id, o) : OK;
}

enum err pay_flow_cancel(struct ctx *cx, struct payment_order *o)
{
    return o->state == OS_CLOSED || o->state == OS_FAILED ? OK : pay_flow_close(cx, o->id, "cancelled", o);
}

static enum err run_hangs(struct ctx *cx, void *arg)
{
    struct step *s = arg;
    struct finance_alarm alarm = {.project_id = s->o.project_id,
                                  .kind = "order_hangs",
                                  .dedup = arena_printf(cx->arena, "hangs:%lld", (long long)s->id),
                                  .text = "支付单超过两小时没有结果",
                                  .ref_kind = "pay_order",
                                  .ref_id = s->id};
    return finance_alarm_add(cx, &alarm);
}

enum err pay_flow_step(struct ctx *cx, int64_t order_id)
{
    struct payment_order o;
    struct step s = {.id = order_id};
    enum err e = store_read(cx, run_load, &s);
    if (e)
        return e;
    if (s.o.state == OS_CREATED || s.o.state == OS_CLOSING || (s.o.state != OS_CLOSED && cx->now >= s.o.expires_at))
        e = pay_flow_close(cx, order_id, "out of time", &o);
    else
        e = pay_flow_ask(cx, order_id, &o);
    if (!e && cx->now > s.o.created_at + HANGS_MS && (o.state == OS_CLOSING || o.state == OS_UNKNOWN))
        e = store_write(cx, run_hangs, &s);
    return e;
}
