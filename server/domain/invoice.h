/* invoice.h - invoices (发票) for payments: asked for here, issued in the tax bureau's system, recorded here.
 *
 *   SUBMITTED --process--> PROCESSING --issue--> ISSUED --money went back--> REVERSAL_REQUIRED --reverse--> REVERSED
 *    |  |  ^                |    |
 *    |  +--+--reject--------+--> REJECTED     a refund before issuing lowers the amount, to SUBMITTED, or cancels
 *    +--cancel--> CANCELED
 *
 * One live invoice a payment, never for more than the payment less refunds; what was prepaid is invoiced when it is used.
 * SPDX-License-Identifier: MIT */
#ifndef DOMAIN_INVOICE_H
#define DOMAIN_INVOICE_H
#include "platform/ctx.h"

/* Unified social credit code (GB 32100): 18 characters, the last one checks the others. Pure. */
bool tax_no_valid(const char *s);

enum invoice_state {
    INV_SUBMITTED,
    INV_PROCESSING,
    INV_ISSUED,
    INV_REJECTED,
    INV_CANCELED,
    INV_REVERSAL_REQUIRED,
    INV_REVERSED,
    INVOICE_STATES
};
extern const char *const invoice_state_name[INVOICE_STATES];
enum invoice_action { INV_PROCESS, INV_ISSUE, INV_REJECT, INV_CANCEL, INV_REVERSE, INVOICE_ACTIONS };
extern const char *const invoice_action_name[INVOICE_ACTIONS];
extern const char *const invoice_buyer_name[2]; /* person, company */

struct invoice_in {
    int64_t payment_id, amount_fen; /* 0: all that may be invoiced */
    int buyer;
    const char *title, *tax_no, *mail; /* tax_no: of a company; mail may be "" */
};
struct invoice {
    int64_t id, project_id, payment_id, account_id, amount_fen, file_id, handled_by, version, created_at, changed_at;
    int state, buyer;
    const char *title, *tax_no, *mail_hint, *code, *number, *red_number, *reason;
};
/* Residents for payments of theirs, staff for any of the project (receipt_payment()). WRITE */
MUST_CHECK enum err invoice_apply(struct ctx *cx, const struct invoice_in *in, struct invoice *out);
struct invoice_step {
    enum invoice_action action;
    const char *code, *number, *red_number,
        *reason;     /* issue: number, code may be ""; reverse: red_number; reject: reason */
    int64_t file_id; /* issue: an uploaded PDF, 0: none */
};
/* cancel: whoever asked for it; all others: staff of the project. version 0: any. WRITE */
MUST_CHECK enum err invoice_act(struct ctx *cx, int64_t id, int64_t version, const struct invoice_step *s,
                                struct invoice *out);
/* Own ones, and for staff those of the project. ERR_NOT_FOUND otherwise. */
MUST_CHECK enum err invoice_get(struct ctx *cx, int64_t id, struct invoice *out);
typedef void invoice_fn(void *arg, const struct invoice *i);
/* mine: those I asked for; else of the project. state -1: any. Newest first. */
MUST_CHECK enum err invoice_list(struct ctx *cx, bool mine, int state, int64_t before, int64_t limit, invoice_fn *fn,
                                 void *arg);
/* The stored name of its PDF; ERR_NOT_FOUND when it has none. */
MUST_CHECK enum err invoice_file(struct ctx *cx, int64_t id, const char **stored);
/* To be called in the transaction in which a payment was refunded (in part) or voided. WRITE */
MUST_CHECK enum err invoice_payment_refunded(struct ctx *cx, int64_t payment_id);

#endif
