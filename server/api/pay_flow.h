/* pay_flow.h - the steps of a payment that call a channel: commit the intent, call, commit the outcome. Whoever dies in
 * between is repaired by whoever looks next (main/jobs_pay.c): every step may be repeated.
 * THREAD: SLOW and NOTIFY lanes, job threads; blocking, cx->db == NULL.  SPDX-License-Identifier: MIT */
#ifndef API_PAY_FLOW_H
#define API_PAY_FLOW_H
#include "domain/payment_order.h"
#include "domain/refund.h"
#include "providers/pay.h"

/* One merchant with what its channel's calls need. */
struct pay_side {
    int64_t merchant_id, company_id, keys_at;
    int channel;
    bool certificates; /* WeChat with platform certificates, which have to be fetched */
    const struct pay_vt *vt;
    struct pay_config c;
};
struct merchant;
void pay_side_of(struct ctx *cx, const struct merchant *m, const struct pay_keys *fetched, struct pay_side *out);
MUST_CHECK enum err pay_side_load(struct ctx *cx, int64_t merchant_id, struct pay_side *out);

/* Sends the order to its channel, or repeats what was sent. *client: what the page hands to requestPayment / tradePay,
 * or {"qr":"..."}; NULL while the outcome is unknown. Access is the caller's business. */
MUST_CHECK enum err pay_flow_start(struct ctx *cx, int64_t order_id, struct payment_order *out, const char **client);
/* For a page that waits: asks, but not more often than every five seconds however often the page does. o: loaded, allowed. */
MUST_CHECK enum err pay_flow_check(struct ctx *cx, struct payment_order *o);
/* For a page that gives up; an order that is over stays what it is. */
MUST_CHECK enum err pay_flow_cancel(struct ctx *cx, struct payment_order *o);
/* What is due for an order by its state. */
MUST_CHECK enum err pay_flow_step(struct ctx *cx, int64_t order_id);
MUST_CHECK enum err pay_flow_refund(struct ctx *cx, int64_t refund_id);
/* Fetches platform certificates when the last time is more than max_age_ms ago; nothing to do without them: OK. */
MUST_CHECK enum err pay_flow_keys(struct ctx *cx, int64_t merchant_id, int64_t max_age_ms);

/* A notice: verified, compared, booked, kept. OK: answer success. Anything else: failure; the channel comes again. */
MUST_CHECK enum err pay_flow_notice(struct ctx *cx, int64_t merchant_id, int channel, const struct pay_incoming *in);
/* Compares a proven document with the order it is about and applies it. In a WRITE transaction. */
MUST_CHECK enum err pay_flow_apply(struct ctx *cx, const struct pay_side *s, const struct pay_answer *p,
                                   const char *source, enum fact_verdict *verdict, const char **mismatch,
                                   struct payment_order *out);
/* Where the channel's notices for a merchant go. */
const char *pay_notify_url(struct arena *a, const char *what, int64_t merchant_id); /* "wechatpay", "alipay", ... */

#endif
