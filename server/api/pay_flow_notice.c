/* pay_flow_notice.c - notices of the channels, platform certificates, and refunds asked for. SPDX-License-Identifier: MIT */
#include "api/pay_flow.h"
#include "base/clock.h"
#include "base/log.h"
#include "domain/merchant.h"
#include "platform/metrics.h"
#include "platform/store/store.h"
#include "providers/wechat_pay.h"

static struct metric notices[4] = {
    {.name = "anju_pay_notices_total",
     .help = "Notices by verdict",
     .label = "verdict=\"applied\"",
     .kind = METRIC_COUNTER},
    {.name = "anju_pay_notices_total",
     .help = "Notices by verdict",
     .label = "verdict=\"duplicate\"",
     .kind = METRIC_COUNTER},
    {.name = "anju_pay_notices_total",
     .help = "Notices by verdict",
     .label = "verdict=\"rejected\"",
     .kind = METRIC_COUNTER},
    {.name = "anju_pay_notices_total",
     .help = "Notices by verdict",
     .label = "verdict=\"forged\"",
     .kind = METRIC_COUNTER}
};
enum { N_APPLIED, N_DUPLICATE, N_REJECTED, N_FORGED };

static void count(int which)
{
    metric_register(&notices[which]);
    metric_add(&notices[which], 1);
}

/* ---- platform certificates ---- */

struct fetched {
    int64_t merchant_id, company_id;
    const struct pay_keys *keys;
};

static enum err run_save_keys(struct ctx *cx, void *arg)
{
    struct fetched *f = arg;
    enum err e = OK;
    cx->who.company_id = f->company_id;
    for (size_t i = 0; f->keys && i < f->keys->n && !e; i++)
        e = merchant_key_save(cx, f->merchant_id, f->keys->key[i].id, f->keys->key[i].pem, f->keys->key[i].from_ms,
                              f->keys->key[i].until_ms);
    return e ? e : merchant_keys_fetched(cx, f->merchant_id);
}

enum err pay_flow_keys(struct ctx *cx, int64_t merchant_id, int64_t max_age_ms)
{
    struct pay_side side;
    struct provider_answer ans;
    enum err e = pay_side_load(cx, merchant_id, &side);
    if (e || !side.certificates || side.keys_at + max_age_ms > clock_now_ms())
        return e;
    struct pay_keys keys = side.c.keys;
    e = wechat_pay_certificates(cx->arena, &side.c, &keys, &ans);
    log_info("pay.certificates", L_I("merchant", merchant_id), L_S("err", err_wire(e)), L_I("keys", (int64_t)keys.n));
    struct fetched f = {merchant_id, side.company_id,
                        e ? NULL : &keys}; /* a failure counts too: whoever sends rubbish must not make us ask */
    cx->now = clock_now_ms();
    enum err saved = store_write(cx, run_save_keys, &f);
    return e ? e : saved;
}

/* ---- notices ---- */

struct notice {
    struct pay_side *side;
    const struct pay_incoming *in;
    struct pay_notify n;
    const char *mismatch;
    enum fact_verdict verdict;
    bool good;
};

static enum err keep(struct ctx *cx, const struct notice *w, const char *verdict, const char *reason,
                     const char *out_no)
{
    return pay_notice_keep(cx, w->side->merchant_id, w->in->body, w->in->len, verdict, reason, out_no);
}

static enum err take_payment(struct ctx *cx, struct notice *w)
{
    struct payment_order o;
    const struct pay_answer *p = &w->n.pay;
    if (p->status != PAY_SUCCESS && p->status != PAY_REFUNDED) { /* WAIT_BUYER_PAY, TRADE_CLOSED: no news of money */
        w->good = true;
        return keep(cx, w, "ignored", p->code, p->out_trade_no);
    }
    enum err e = pay_flow_apply(cx, w->side, p, "notify", &w->verdict, &w->mismatch, &o);
    if (e)
        return e;
    w->good = !w->mismatch && w->verdict != FACT_UNKNOWN_ORDER;
    if (!w->good)
        return keep(cx, w, "rejected", w->mismatch ? w->mismatch : "unknown order", p->out_trade_no);
    return keep(cx, w, w->verdict == FACT_DUPLICATE ? "duplicate" : "applied", "", p->out_trade_no);
}

static enum refund_outcome outcome_of(enum pay_refund_status s)
{
    return s == REFUND_SUCCESS    ? REFUND_IS_DONE
           : s == REFUND_ABNORMAL ? REFUND_IS_ABNORMAL
           : s == REFUND_CLOSED   ? REFUND_IS_CLOSED
                                  : REFUND_IS_OPEN;
}

static enum err take_refund(struct ctx *cx, struct notice *w)
{
    const struct pay_refund_answer *a = &w->n.refund;
    struct payment_order o;
    struct refund r;
    enum err e = OK;
    if (!str_empty(w->n.pay.out_trade_no)) /* Alipay: the notice of the payment itself may have been lost */
        e = pay_flow_apply(cx, w->side, &w->n.pay, "notify", &w->verdict, &w->mismatch, &o);
    if (!e && !w->mismatch && w->verdict != FACT_UNKNOWN_ORDER)
        e = refund_by_number(cx, w->side->merchant_id, a->out_refund_no, &r);
    w->good = !w->mismatch && w->verdict != FACT_UNKNOWN_ORDER;
    if (e == ERR_NOT_FOUND) /* made at the channel's console: the daily bill brings it */
        return keep(cx, w, "ignored", "unknown refund", a->out_refund_no);
    if (e)
        return e;
    if (!w->good || (a->refund_fen && a->refund_fen != r.amount_fen)) {
        w->good = false;
        return keep(cx, w, "rejected", w->mismatch ? w->mismatch : "refund", a->out_refund_no);
    }
    e = refund_outcome(cx, r.id, outcome_of(a->status), a->refund_id, a->code, a->done_at);
    return e ? e : keep(cx, w, r.state == RFS_SUCCESS ? "duplicate" : "applied", "", a->out_refund_no);
}

static enum err run_notice(struct ctx *cx, void *arg)
{
    struct notice *w = arg;
    cx->who.company_id = w->side->company_id; /* whose we act as */
    w->verdict = FACT_DUPLICATE;
    switch (w->n.event) {
    case PAY_EVENT_PAYMENT:
        return take_payment(cx, w);
    case PAY_EVENT_REFUND:
        return take_refund(cx, w);
    case PAY_EVENT_OTHER:
        break;
    }
    w->good = true;
    return keep(cx, w, "ignored", "", "");
}

enum err pay_flow_notice(struct ctx *cx, int64_t merchant_id, int channel, const struct pay_incoming *in)
{
    struct pay_side side;
    struct provider_answer ans;
    struct notice w = {.side = &side, .in = in};
    enum err e = pay_side_load(cx, merchant_id, &side);
    if (!e && side.channel != channel)
        e = cx_fail(cx, ERR_NOT_FOUND, NULL, "商户不存在", "no such merchant");
    if (e)
        return e;
    e = side.vt->notify(cx->arena, &side.c, in, &w.n, &ans);
    if (e == ERR_RETRY && pay_flow_keys(cx, merchant_id, MINUTE_MS) == OK &&
        pay_side_load(cx, merchant_id, &side) == OK) /* a key we do not hold (yet) */
        e = side.vt->notify(cx->arena, &side.c, in, &w.n, &ans);
    if (e) {
        count(N_FORGED);
        return e;
    }
    cx->now = clock_now_ms();
    e = store_write(cx, run_notice, &w);
    if (!e)
        count(!w.good ? N_REJECTED : w.verdict == FACT_DUPLICATE ? N_DUPLICATE : N_APPLIED);
    return e || w.good ? e
                       : cx_fail(cx, ERR_INVALID, NULL, "通知与订单不符", "the notice does not fit an order of ours");
}

/* ---- refunds ---- */

struct refund_step {
    int64_t id;
    struct refund r;
    bool go;
    enum refund_outcome how;
    const char *ref, *note;
    int64_t done_at;
};

static enum err run_submitting(struct ctx *cx, void *arg)
{
    struct refund_step *s = arg;
    return refund_submitting(cx, s->id, &s->r, &s->go);
}

static enum err run_outcome(struct ctx *cx, void *arg)
{
    struct refund_step *s = arg;
    return refund_outcome(cx, s->id, s->how, s->ref, s->note, s->done_at);
}

static enum err call_refund(struct ctx *cx, const struct pay_side *side, const struct refund *r,
                            struct pay_refund_answer *a, struct provider_answer *ans)
{
    struct pay_request rq;
    const char *why = NULL;
    struct pay_refund pr = {.out_trade_no = r->out_trade_no,
                            .out_refund_no = r->number,
                            .refund_fen = r->amount_fen,
                            .total_fen = r->order_amount_fen,
                            .reason = r->reason,
                            .notify_url = pay_notify_url(cx->arena, "wechatpay-refund", r->merchant_id)};
    enum err e = OK;
    *ans = (struct provider_answer){"", "", ""};
    if (r->tries > 1) /* sent before: first look what became of it */
        e = side->vt->refund_query(cx->arena, &side->c, r->out_trade_no, r->number, a, ans);
    bool unsure = a->status == REFUND_UNKNOWN_NUMBER || /* Alipay cannot tell "not yet" from "never asked for" */
                  (a->status == REFUND_PROCESSING && side->channel == CHANNEL_ALIPAY);
    if (e || (r->tries > 1 && !unsure))
        return e;
    e = side->vt->refund_prepare(cx->arena, &side->c, &pr, &rq, &why);
    return e ? cx_fail(cx, ERR_INTERNAL, why, "退款参数无效:%s", "not a valid %s for the channel", why)
             : side->vt->refund(cx->arena, &side->c, &rq, a, ans);
}

enum err pay_flow_refund(struct ctx *cx, int64_t refund_id)
{
    struct refund_step s = {.id = refund_id};
    struct pay_side side;
    struct pay_refund_answer a = pay_refund_nothing;
    struct provider_answer ans;
    enum err e = store_write(cx, run_submitting, &s);
    if (e || !s.go)
        return e;
    e = pay_side_load(cx, s.r.merchant_id, &side);
    if (e)
        return e;
    e = call_refund(cx, &side, &s.r, &a, &ans);
    log_info("pay.refund", L_S("refund", s.r.number), L_S("err", err_wire(e)), L_S("code", ans.code),
             L_I("status", a.status));
    s.how = e == ERR_INVALID || e == ERR_FORBIDDEN ? REFUND_IS_CLOSED : outcome_of(a.status);
    s.ref = a.refund_id;
    s.note = arena_printf(cx->arena, "%s %s", ans.code, ans.text);
    s.done_at = a.done_at;
    cx->now = clock_now_ms();
    return store_write(cx, run_outcome, &s);
}
