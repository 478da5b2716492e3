/* refund.h - giving money back (退款): asked for by one person, approved by another, done by the channel it came through or
 * at the counter. What came late or twice (suspense) goes back of its own accord.
 *
 *   REQUESTED -> APPROVED -> PROCESSING -> SUCCESS | ABNORMAL | CLOSED
 *   REQUESTED -> REJECTED; at the counter APPROVED -> SUCCESS | REJECTED
 *
 * Reserved from REQUESTED on: refunds that live or are done never exceed what was paid. Bills, payment and ledger turn at
 * SUCCESS only. The number is the refund's for ever: asking again can never refund twice.
 * SPDX-License-Identifier: MIT */
#ifndef DOMAIN_REFUND_H
#define DOMAIN_REFUND_H
#include "base/fsm.h"
#include "platform/ctx.h"

#define REFUND_STATES(X)                                                                                               \
    X(REQUESTED, "requested")                                                                                          \
    X(APPROVED, "approved")                                                                                            \
    X(PROCESSING, "processing")                                                                                        \
    X(SUCCESS, "success")                                                                                              \
    X(ABNORMAL, "abnormal")                                                                                            \
    X(CLOSED, "closed")                                                                                                \
    X(REJECTED, "rejected")
#define REFUND_EVENTS(X)                                                                                               \
    X(APPROVE, "approve")                                                                                              \
    X(REJECT, "reject")                                                                                                \
    X(SUBMIT, "submit")                                                                                                \
    X(PAY_OUT, "pay_out")                                                                                              \
    X(SUCCEED, "succeed")                                                                                              \
    X(ABNORM, "abnorm")                                                                                                \
    X(CLOSE, "close")
#define X(n, w) RFS_##n,
enum refund_state { REFUND_STATES(X) RFS_COUNT };
#undef X
#define X(n, w) RFE_##n,
enum refund_event { REFUND_EVENTS(X) RFE_COUNT };
#undef X
extern const char *const refund_state_name[RFS_COUNT];
extern const struct fsm refund_fsm;

struct refund {
    int64_t id, project_id, payment_id, txn_row_id, amount_fen, maker_id, checker_id, shift_id, entry_id, tries,
        next_at, done_at, version, created_at;
    enum refund_state state;
    bool automatic;
    const char *method, *number, *reason, *voucher, *ref, *note;
    /* of the payment order it came through; 0 and "" for the counter's */
    int64_t merchant_id, order_amount_fen;
    const char *out_trade_no;
};
/* ERR_INVALID: more than is left. ERR_STATE: the payment is void. WRITE */
MUST_CHECK enum err refund_request(struct ctx *cx, int64_t payment_id, int64_t amount_fen, const char *reason,
                                   struct refund *out);
/* By another person; rejecting needs a reason. What goes back at the counter can be rejected until it is handed out. WRITE */
MUST_CHECK enum err refund_decide(struct ctx *cx, int64_t id, bool approve, const char *reason, struct refund *out);
/* The counter's methods: the money was handed out. voucher: card slip, transfer number; none for cash and prepaid. WRITE */
MUST_CHECK enum err refund_pay_out(struct ctx *cx, int64_t id, const char *voucher, struct refund *out);
/* Money in suspense goes back whole; asking twice makes one refund. WRITE */
MUST_CHECK enum err refund_suspense(struct ctx *cx, int64_t txn_row_id);
/* A refund made at the channel's own console, told by its bill: booked as done, by its number once. WRITE */
MUST_CHECK enum err refund_external(struct ctx *cx, int64_t merchant_id, const char *out_trade_no, const char *number,
                                    int64_t amount_fen, int64_t at);

MUST_CHECK enum err refund_get(struct ctx *cx, int64_t id, struct refund *out); /* of the current project */
typedef void refund_fn(void *arg, const struct refund *r);
MUST_CHECK enum err refund_list(struct ctx *cx, const char *state, int64_t before, int64_t limit, refund_fn *fn,
                                void *arg);
/* ---- for the job that calls the channel; any company's, then as its system ---- */
MUST_CHECK enum err refund_due(struct ctx *cx, int64_t *ids, size_t max, size_t *n, int64_t *next);
MUST_CHECK enum err refund_postpone(struct ctx *cx, int64_t id); /* asking failed: not before a minute */
MUST_CHECK enum err refund_by_number(struct ctx *cx, int64_t merchant_id, const char *number, struct refund *out);
/* About to ask: APPROVED -> PROCESSING, the next time is later and later. *go false: another refund of the same order
 * was sent less than a minute ago; later. */
MUST_CHECK enum err refund_submitting(struct ctx *cx, int64_t id, struct refund *out, bool *go);
enum refund_outcome { REFUND_IS_DONE, REFUND_IS_ABNORMAL, REFUND_IS_CLOSED, REFUND_IS_OPEN };
/* done_at 0: now. Asking twice is harmless. WRITE */
MUST_CHECK enum err refund_outcome(struct ctx *cx, int64_t id, enum refund_outcome how, const char *ref,
                                   const char *note, int64_t done_at);

/* The first refund whose parts or ledger do not add up, the first payment given back more than it was; 0: none. */
struct refund_faults {
    int64_t refund, payment;
};
MUST_CHECK enum err refund_verify(struct ctx *cx, struct refund_faults *out);

#endif
