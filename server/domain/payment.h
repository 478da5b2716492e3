/* payment.h - money taken at the counter (线下收款): one payment for one or many bills of the project.
 *
 *   TAKEN --void, by another person--> VOID
 *
 * One transaction puts the money on the bills (oldest due first), books it (Dr cash or bank, Cr receivable of each room),
 * gives the receipt its number and tells the payers. A number is never given twice and never missing: voiding keeps it.
 * SPDX-License-Identifier: MIT */
#ifndef DOMAIN_PAYMENT_H
#define DOMAIN_PAYMENT_H
#include "platform/ctx.h"

enum pay_method { PAY_CASH, PAY_CARD, PAY_TRANSFER, PAY_METHODS };
extern const char *const pay_method_name[PAY_METHODS];

#define PAYMENT_BILLS 50
struct payment_in {
    int method;           /* enum pay_method */
    const char *voucher;  /* slip or transfer number; cash has none */
    const int64_t *bills; /* of the caller's project */
    size_t nbills;        /* 1..PAYMENT_BILLS */
    int64_t amount_fen;   /* 0: all that is due */
    int64_t tendered_fen; /* cash handed over; 0: exactly the amount */
};
struct payment {
    int64_t id, project_id, receipt_no, amount_fen, tendered_fen, entry_id, cashier_id, created_at, voided_by,
        voided_at;
    const char *method, *voucher, *state, *payer, *reason;
};
struct payment_part {
    int64_t bill_id, room_id, amount_fen;
    const char *room, *payer;
};
/* ERR_NOT_FOUND: a bill is not of this project. ERR_STATE: a bill is not open. ERR_EXISTS: the voucher has paid already.
 * WRITE */
MUST_CHECK enum err payment_take(struct ctx *cx, const struct payment_in *in, struct payment *out);
/* By someone other than who took it (ERR_FORBIDDEN); the bills are open again. WRITE */
MUST_CHECK enum err payment_void(struct ctx *cx, int64_t id, const char *reason, struct payment *out);

typedef void payment_fn(void *arg, const struct payment *p);
typedef void payment_part_fn(void *arg, const struct payment_part *p);
/* fn may be NULL. */
MUST_CHECK enum err payment_get(struct ctx *cx, int64_t id, struct payment *out, payment_part_fn *fn, void *arg);
/* Newest first. before 0: from the newest. */
MUST_CHECK enum err payment_list(struct ctx *cx, int64_t before, int64_t limit, payment_fn *fn, void *arg);

/* The first bill whose paid sum is not what its payments say, the first payment not spread to the fen, the first project
 * with a gap in its receipt numbers; 0: none. */
struct payment_faults {
    int64_t bill, payment, project;
};
MUST_CHECK enum err payment_verify(struct ctx *cx, struct payment_faults *out);

#endif
