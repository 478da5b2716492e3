/* fee_request.h - what one person asks for and another decides about money already demanded.
 *
 *   adjust        +/- on a line of an open bill: a line of its own; Dr discount Cr receivable, or Dr receivable Cr income
 *   late_waiver   part of a late fee is let off; nothing is booked, since it was no income yet
 *   write_off     what is unpaid is given up: Dr write_off Cr receivable
 *   vacancy       a room stands empty from..to: discounts by rule count then (fee_discount.h)
 *   void          a published bill nobody paid of is taken back: its entries are reversed, what it was for can be billed anew
 *   deposit_back  a paid deposit goes back: Dr deposits Cr cash (the project's, not a till's) or bank
 *
 *   REQUESTED --approve, by another person--> APPROVED     --reject--> REJECTED     --withdraw, by the maker--> WITHDRAWN
 * Everything is checked when it is asked for and again when it is approved. SPDX-License-Identifier: MIT */
#ifndef DOMAIN_FEE_REQUEST_H
#define DOMAIN_FEE_REQUEST_H
#include "platform/ctx.h"

enum request_kind { RQ_ADJUST, RQ_LATE_WAIVER, RQ_WRITE_OFF, RQ_VACANCY, RQ_DEPOSIT_BACK, RQ_VOID, RQ_KINDS };
extern const char *const request_kind_name[RQ_KINDS];
enum request_step { RQ_APPROVE, RQ_REJECT, RQ_WITHDRAW, RQ_STEPS };
extern const char *const request_step_name[RQ_STEPS];

struct fee_request {
    int64_t id, bill_id, line_n, room_id, amount_fen, maker_id, checker_id, entry_id, version, created_at, decided_at;
    int32_t from_day, to_day, day; /* day: on which it took effect */
    int kind;
    const char *method, *voucher, *reason, *state, *note;
};
/* amount_fen: signed for adjust, what goes back or is waived; write_off, void: all that is unpaid, given back in the answer. */
MUST_CHECK enum err request_make(struct ctx *cx, const struct fee_request *in, struct fee_request *out);
MUST_CHECK enum err request_act(struct ctx *cx, int64_t id, enum request_step what, const char *note,
                                struct fee_request *out);
MUST_CHECK enum err request_get(struct ctx *cx, int64_t id, struct fee_request *out);
typedef void request_fn(void *arg, const struct fee_request *q);
/* Newest first; state NULL, bill 0: any. */
MUST_CHECK enum err request_list(struct ctx *cx, const char *state, int64_t bill_id, int64_t before, int64_t limit,
                                 request_fn *fn, void *arg);

#endif
