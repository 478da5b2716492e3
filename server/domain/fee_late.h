/* fee_late.h - late fees (违约金) on published bills, and disputes that pause them.
 *
 * A day is charged once it is over, on what was unpaid at its end: so a payment stops the fee with its value date. Each time
 * the whole is worked out anew from payments, refunds, adjustments and disputes by their days (fee_rules.h), less what was
 * waived, never less than what was paid of it; bill.late_day is only how far it has come. A bill that an online order holds
 * is left alone until the order is over. What is demanded becomes income when it is paid (payment.h).
 * SPDX-License-Identifier: MIT */
#ifndef DOMAIN_FEE_LATE_H
#define DOMAIN_FEE_LATE_H
#include "platform/ctx.h"

/* Brings at most `max` bills of all companies up to the end of `until`; *more: call again. As the system. WRITE */
MUST_CHECK enum err late_step(struct ctx *cx, int32_t until, int64_t max, bool *more);
/* One bill, now, up to the end of yesterday; nothing when it is held or cannot be late. WRITE */
MUST_CHECK enum err late_refresh(struct ctx *cx, int64_t bill_id);

struct dispute {
    int64_t id, bill_id, opened_by, closed_by, created_at;
    int32_t from_day, to_day; /* both count; 99991231: still open */
    const char *reason, *outcome;
    bool upheld; /* false: nothing was wrong with the bill, and its days cost */
};
/* From a day on, today at the latest. One at a time. WRITE */
MUST_CHECK enum err dispute_open(struct ctx *cx, int64_t bill_id, int32_t from_day, const char *reason, int64_t *id);
/* Ends today, with what came of it. Not upheld, the late fee is as though there had been none: a bill that was paid meanwhile
 * owes the days until then after all; ERR_STATE while an online order holds it. Upheld by another person than opened it: it
 * would be a waiver by one alone. WRITE */
MUST_CHECK enum err dispute_close(struct ctx *cx, int64_t bill_id, const char *outcome, bool upheld);
typedef void dispute_fn(void *arg, const struct dispute *d);
MUST_CHECK enum err dispute_list(struct ctx *cx, int64_t bill_id, dispute_fn *fn, void *arg);

#endif
