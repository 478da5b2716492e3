/* shift.h - a cashier's shift (交班): what was taken since the last close, counted, handed over, locked.
 *
 *   open (no row: payments and cash refunds of the cashier without a shift)
 *     --close, cash counted--> CLOSED --counted again by another person--> CONFIRMED
 *
 * Closing books what is over or short and locks the payments: none can be voided any more. Confirming moves the cash from
 * the cashier's drawer to the safe (cash of party 0) as the second person counted it. The float (备用金) stays in the
 * drawer and out of the books.  SPDX-License-Identifier: MIT */
#ifndef DOMAIN_SHIFT_H
#define DOMAIN_SHIFT_H
#include "domain/payment.h"

enum shift_kind { SHIFT_TAKEN, SHIFT_VOID, SHIFT_REFUND, SHIFT_KINDS };
extern const char *const shift_kind_name[SHIFT_KINDS], *const shift_kind_zh[SHIFT_KINDS];
struct shift_total {
    int kind, method; /* enum shift_kind, enum pay_method */
    int64_t n, fen;
};
struct cash_shift {
    int64_t id, project_id, number, cashier_id, from_at, closed_at, float_fen, expected_fen, counted_fen, confirmed_by,
        confirmed_at, recounted_fen, version;
    int32_t day;
    const char *state, *cashier, *confirmer, *reason, *confirm_reason;
    struct shift_total total[SHIFT_KINDS * PAY_METHODS];
    size_t ntotal;
};
/* The caller's open shift. expected_fen: cash that should be there, without the float; float_fen: that of the last
 * shift. READ */
MUST_CHECK enum err shift_current(struct ctx *cx, struct cash_shift *out);
/* counted_fen: all cash in the drawer, float included. ERR_INVALID "reason": it differs and nobody says why; "float_fen":
 * it is not that of the cashier's last shift, and nobody says why. WRITE */
MUST_CHECK enum err shift_close(struct ctx *cx, int64_t float_fen, int64_t counted_fen, const char *reason,
                                struct cash_shift *out);
/* By someone other than the cashier, by a count of their own. WRITE */
MUST_CHECK enum err shift_confirm(struct ctx *cx, int64_t id, int64_t counted_fen, const char *reason,
                                  struct cash_shift *out);
MUST_CHECK enum err shift_get(struct ctx *cx, int64_t id, struct cash_shift *out);
typedef void shift_fn(void *arg, const struct cash_shift *s);
/* Newest first, without totals. state "": any. */
MUST_CHECK enum err shift_list(struct ctx *cx, const char *state, int64_t before, int64_t limit, shift_fn *fn,
                               void *arg);
const void *shift_pdf(struct arena *a, const struct cash_shift *s, const char *company, const char *project, size_t *n);
MUST_CHECK enum err shift_names(struct ctx *cx, const char **company, const char **project);

/* The first shift whose totals are not its payments and refunds, or whose cash is not its totals; 0: none. */
MUST_CHECK enum err shift_verify(struct ctx *cx, int64_t *bad);

#endif
