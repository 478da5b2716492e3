/* fin_report.h - what the books say (财务报表): receivables and ageing as of a day, takings of a span, trial balance and
 * account ledger, closing of days. Nothing is counted up in place: every figure is worked out from bills, payments and
 * refunds by their value date, and agrees with the ledger to the fen.
 *
 * A bill counts from the day it was published to the day it was voided. What was paid on it is spread over its lines, and
 * a line over its calendar months (by the days of each), largest remainder first: the parts always add up.
 * Adjustments and write-offs count from the day they were decided. All READ.  SPDX-License-Identifier: MIT */
#ifndef DOMAIN_FIN_REPORT_H
#define DOMAIN_FIN_REPORT_H
#include "platform/ctx.h"

enum report_by { BY_PROJECT, BY_BUILDING, BY_ITEM, BY_MONTH, BY_PAYER, REPORT_BYS };
extern const char *const report_by_name[REPORT_BYS];
enum report_age { AGE_NOT_DUE, AGE_30, AGE_90, AGE_180, AGE_365, AGE_OLDER, REPORT_AGES }; /* days past due, up to */
extern const char *const report_age_name[REPORT_AGES];
struct receivable_row {
    int64_t key; /* id; month: yyyymm; payer unknown: the room's id, negative */
    const char *name;
    int64_t receivable_fen, received_fen, written_off_fen, arrears_fen, late_fen; /* late_fen: late fees received */
    int64_t age[REPORT_AGES];                                                     /* of the arrears */
};
typedef void receivable_fn(void *arg, const struct receivable_row *r);
/* Of the current project; BY_PROJECT: of every project where the caller may see money. By key. */
MUST_CHECK enum err report_receivable(struct ctx *cx, enum report_by by, int32_t as_of, receivable_fn *fn, void *arg);
/* 1/10000 of what was due; 0 when nothing was. */
int64_t report_rate_e4(const struct receivable_row *r);

enum takings_by { TAKEN_BY_DAY, TAKEN_BY_METHOD, TAKEN_BY_CASHIER, TAKEN_BY_ITEM, TAKEN_BY_PROJECT, TAKINGS_BYS };
extern const char *const takings_by_name[TAKINGS_BYS];
enum {
    ITEM_LATE = -1,
    ITEM_PREPAID = -2,
    ITEM_ROUNDING = -3,
    ITEM_OTHER = -4
}; /* keys of TAKEN_BY_ITEM that are no item */
enum takings_kind { TAKINGS_TAKEN, TAKINGS_VOID, TAKINGS_REFUND, TAKINGS_KINDS };
struct takings_row {
    int64_t key; /* yyyymmdd, enum pay_method, account or item or project id */
    const char *name;
    int64_t n[TAKINGS_KINDS], fen[TAKINGS_KINDS]; /* by item n counts lines */
};
typedef void takings_fn(void *arg, const struct takings_row *r);
/* Value days from..to. What is paid from a prepaid account is not taken again: it counted when it was prepaid, and by item it
 * moves from there to the items. Voids count on the day of voiding, refunds on the day the money went back. */
MUST_CHECK enum err report_takings(struct ctx *cx, enum takings_by by, int32_t from, int32_t to, takings_fn *fn,
                                   void *arg);

/* ---- the ledger itself ---- */
struct trial_row {
    const char *account, *name;
    int64_t opening_fen, debit_fen, credit_fen, closing_fen; /* opening, closing: debit - credit */
};
typedef void trial_row_fn(void *arg, const struct trial_row *r);
MUST_CHECK enum err report_trial(struct ctx *cx, int32_t from, int32_t to, trial_row_fn *fn, void *arg);
struct book_row {
    int64_t entry_id, n, party_id, ref_id, debit_fen, credit_fen, balance_fen; /* balance after it, debit - credit */
    int32_t day;
    const char *kind, *ref_kind, *memo;
};
struct book_at { /* where a page ends */
    int32_t day;
    int64_t entry_id, n;
    bool known; /* balance_fen is what the page before ended with: it is not summed up again */
    int64_t balance_fen;
};
typedef void book_fn(void *arg, const struct book_row *r);
/* Lines of an account in order, after *after (all 0: from the start). party -1: all. *opening: the balance before them. */
MUST_CHECK enum err report_book(struct ctx *cx, int account, int64_t party, int32_t from, int32_t to,
                                const struct book_at *after, int64_t limit, int64_t *opening, book_fn *fn, void *arg);
MUST_CHECK enum err report_closed_until(struct ctx *cx, int32_t *day); /* 0: nothing closed yet */

/* The first room whose arrears by bills are not its receivable in the ledger as of today; 0: none. */
MUST_CHECK enum err report_verify(struct ctx *cx, int64_t *room_id);

#endif
