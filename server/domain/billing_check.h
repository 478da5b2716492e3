/* billing_check.h - looking at a run before it is one, at what is odd in one, and at whether the books agree.
 * SPDX-License-Identifier: MIT */
#ifndef DOMAIN_BILLING_CHECK_H
#define DOMAIN_BILLING_CHECK_H
#include "domain/billing.h"

enum bill_oddity { BILL_UP, BILL_DOWN, BILL_ZERO, BILL_FIRST, BILL_SKIPPED, BILL_ODDITIES };
extern const char *const bill_oddity_name[BILL_ODDITIES];
struct odd_line {
    int64_t bill_id, room_id, item_id, amount_fen, last_fen; /* bill_id 0: in a preview, or skipped */
    int32_t period_from, period_to;
    enum bill_oddity what;
    const char *room, *item, *reason; /* reason: of what was skipped, else NULL */
};
typedef void odd_line_fn(void *arg, const struct odd_line *o);
#define BILLING_ODD_E2  30  /* per cent by which an amount may differ from the period before */
#define BILLING_ODD_MAX 500 /* told at most */

struct preview {
    int64_t rooms /* looked at; of a run: with a bill or a reason for none */, bills, lines, total_fen, skipped,
        odd[BILL_ODDITIES];
};
/* What a run on that day would make, room for one room or all, and nothing written. READ */
MUST_CHECK enum err billing_preview(struct ctx *cx, int32_t day, int64_t room_id, struct preview *out, odd_line_fn *fn,
                                    void *arg);
/* The same questions to a run's drafts. READ */
MUST_CHECK enum err billing_oddities(struct ctx *cx, int64_t run_id, struct preview *out, odd_line_fn *fn, void *arg);

/* ERR_STATE: the room still has to be billed for items it does not pay any more. Asked before a room is closed: runs pass by
 * closed ones. READ */
MUST_CHECK enum err billing_all_billed(struct ctx *cx, int64_t room_id);

/* For `anjud verify`; each is 0 or the first that is wrong. */
struct billing_faults {
    int64_t sum;       /* a bill whose amount is not the sum of its lines */
    int64_t twice;     /* a bill with a line that charges what another live line charges */
    int64_t late;      /* a bill with more late fee than its cap, or less than was paid of it */
    int64_t published; /* a bill whose ledger entries do not make its amount */
    int64_t room;      /* a room whose receivable is not what its open bills say */
};
MUST_CHECK enum err billing_verify(struct ctx *cx, struct billing_faults *out);

#endif
