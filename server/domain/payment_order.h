/* payment_order.h - paying online (支付单): one order for one or many bills, by one channel, with frozen amounts.
 *
 *   CREATED -call-> UNKNOWN -> PENDING -> PAID            CLOSED, FAILED -money all the same-> PAID_LATE
 *      |               |          |                                      or, when the bills want none: RETURNED
 *      +-> CLOSED      +----------+--> CLOSING -> CLOSED       (suspense, sent back by itself)
 *
 * The order holds its bills while it lives: one live order a bill, whatever races (unique index). Only what a channel
 * has proven reaches PAID, through channel_fact_apply() alone: notice, query, closing and reconciliation all call it.
 * Money wins over our opinion: an order that was closed here becomes paid when the channel says so.
 * No call is made inside a transaction: starting() commits the intent and the bytes to be sent, started() the outcome.
 * SPDX-License-Identifier: MIT */
#ifndef DOMAIN_PAYMENT_ORDER_H
#define DOMAIN_PAYMENT_ORDER_H
#include "base/fsm.h"
#include "domain/payment.h"

#define ORDER_STATES(X)                                                                                                \
    X(CREATED, "created")                                                                                              \
    X(UNKNOWN, "unknown")                                                                                              \
    X(PENDING, "pending")                                                                                              \
    X(CLOSING, "closing")                                                                                              \
    X(CLOSED, "closed")                                                                                                \
    X(FAILED, "failed")                                                                                                \
    X(PAID, "paid")                                                                                                    \
    X(PAID_LATE, "paid_late")                                                                                          \
    X(RETURNED, "returned")
#define ORDER_EVENTS(X)                                                                                                \
    X(CALL, "call")                                                                                                    \
    X(ANSWERED, "answered")                                                                                            \
    X(REFUSED, "refused")                                                                                              \
    X(CLOSE, "close")                                                                                                  \
    X(CLOSED, "closed")                                                                                                \
    X(PAID, "paid")                                                                                                    \
    X(SENT_BACK, "sent_back")
#define X(n, w) OS_##n,
enum order_state { ORDER_STATES(X) OS_COUNT };
#undef X
#define X(n, w) OE_##n,
enum order_event { ORDER_EVENTS(X) OE_COUNT };
#undef X
extern const char *const order_state_name[OS_COUNT];
extern const struct fsm order_fsm;
extern const char *const order_scene_name[2]; /* mini, qr */
extern const char *const order_via_name[3];   /* app, counter, qr */
enum { SCENE_MINI, SCENE_QR };
enum { VIA_APP, VIA_COUNTER, VIA_QR };

struct payment_order {
    int64_t id, company_id, project_id, merchant_id, amount_fen, payer_id, created_by, payment_id, paid_at, expires_at,
        asked_at, tries, next_at, version, created_at;
    int channel, scene, via; /* enum merchant_channel, SCENE_, VIA_ */
    enum order_state state;
    const char *out_trade_no, *description, *openid, *request, *handle, *txn_id, *note;
};
struct payment_order_in {
    const int64_t *bills;
    size_t nbills; /* 1..PAYMENT_BILLS, of one project */
    int channel, scene, via;
    int64_t room_id; /* VIA_QR: the only room whose bills may be named */
};
/* The amount is all that the bills want now. ERR_STATE: a bill is not open, or another live order holds it (close that
 * first); the project takes no money by the channel; mini: the payer has not logged in through it. WRITE */
MUST_CHECK enum err payment_order_create(struct ctx *cx, const struct payment_order_in *in, struct payment_order *out);
/* The live order that holds exactly these bills by this channel, scene and way; ERR_NOT_FOUND: none. */
MUST_CHECK enum err payment_order_same(struct ctx *cx, const struct payment_order_in *in, struct payment_order *out);
/* Made by a room's code for bills of that room only (VIA_QR); ERR_NOT_FOUND: anything else. */
MUST_CHECK enum err payment_order_of_room(struct ctx *cx, int64_t id, int64_t room_id, struct payment_order *out);
/* Who made it, who pays it, residents of its rooms, the money roles of its project. */
MUST_CHECK enum err payment_order_get(struct ctx *cx, int64_t id, struct payment_order *out);
/* Any company's, for jobs and callbacks; acts as its company's system from then on. */
MUST_CHECK enum err payment_order_load(struct ctx *cx, int64_t id, struct payment_order *out);
typedef void payment_order_fn(void *arg, const struct payment_order *o);
/* mine: those I made or pay; else the current project's. state "" any. Newest first. */
MUST_CHECK enum err payment_order_list(struct ctx *cx, bool mine, const char *state, int64_t before, int64_t limit,
                                       payment_order_fn *fn, void *arg);
typedef void payment_order_bill_fn(void *arg, int64_t bill_id, const char *room, int64_t amount_fen, int64_t late_fen);
MUST_CHECK enum err payment_order_bills(struct ctx *cx, int64_t id, payment_order_bill_fn *fn, void *arg);

/* ---- steps around a call, each a WRITE transaction ---- */
/* CREATED -> UNKNOWN with the bytes that will be sent, now and at every repetition. In UNKNOWN: OK, *out has the bytes. */
MUST_CHECK enum err payment_order_starting(struct ctx *cx, int64_t id, const char *request, struct payment_order *out);
enum order_outcome { OUTCOME_UNKNOWN, OUTCOME_OK, OUTCOME_REFUSED };
MUST_CHECK enum err payment_order_started(struct ctx *cx, int64_t id, enum order_outcome how, const char *handle,
                                          const char *note, struct payment_order *out);
/* A live order is to be closed at its channel (or is closed at once when it was never sent). */
MUST_CHECK enum err payment_order_closing(struct ctx *cx, int64_t id, const char *note, struct payment_order *out);
/* The channel says it is closed, or knows nothing of it after its time: the bills are free. */
MUST_CHECK enum err payment_order_closed(struct ctx *cx, int64_t id, const char *note, struct payment_order *out);
/* Notes that the channel is being asked now; the next time by itself is later and later. */
MUST_CHECK enum err payment_order_asked(struct ctx *cx, int64_t id, struct payment_order *out);
MUST_CHECK enum err payment_order_postpone(struct ctx *cx, int64_t id); /* a look failed: not before a minute */
MUST_CHECK enum err payment_order_due(struct ctx *cx, int64_t *ids, size_t max, size_t *n, int64_t *next);

/* ---- facts ---- */
struct channel_fact {
    int64_t merchant_id, amount_fen, paid_at;
    const char *out_trade_no, *txn_id, *source; /* notify, query, close, recon */
};
enum fact_verdict { FACT_BOOKED, FACT_DUPLICATE, FACT_SUSPENSE, FACT_UNKNOWN_ORDER };
/* What the channel has proven and the caller has compared with the order (number, merchant, amount, currency). Books it
 * once, or puts it in suspense with a refund of its own accord. FACT_UNKNOWN_ORDER alone changes nothing but an alarm. */
MUST_CHECK enum err channel_fact_apply(struct ctx *cx, const struct channel_fact *f, enum fact_verdict *verdict,
                                       struct payment_order *out);
/* By number; ERR_NOT_FOUND without detail. */
MUST_CHECK enum err payment_order_by_number(struct ctx *cx, int64_t merchant_id, const char *out_trade_no,
                                            struct payment_order *out);
/* The notice as it came; `verdict` one of applied, duplicate, rejected, ignored. The same body again counts up. */
MUST_CHECK enum err pay_notice_keep(struct ctx *cx, int64_t merchant_id, const char *body, size_t n,
                                    const char *verdict, const char *reason, const char *out_no);

/* First order, transaction and project that do not fit: an order paid without its payment or with another amount, money
 * booked twice or nowhere, a clearing account that is not what transactions and refunds say; 0: none. */
struct order_faults {
    int64_t order, txn, project;
};
MUST_CHECK enum err payment_order_verify(struct ctx *cx, struct order_faults *out);

#endif
