/* payment.h - money for bills (收款), however it came: one payment for one or many bills of a project.
 *
 *   TAKEN --void, by another person--> VOID            refunds lower back_fen (refund.h)
 *
 * One transaction puts the money on the bills (oldest due first, principal before late fee), books it (Dr cash, bank or
 * channel; Cr receivable of each room, late fee income, prepaid), gives the receipt its number and tells the payers.
 * A number is never given twice and never missing: voiding keeps it.
 * SPDX-License-Identifier: MIT */
#ifndef DOMAIN_PAYMENT_H
#define DOMAIN_PAYMENT_H
#include "platform/ctx.h"

enum pay_method { PAY_CASH, PAY_CARD, PAY_TRANSFER, PAY_PREPAID, PAY_WECHAT, PAY_ALIPAY, PAY_METHODS };
#define PAY_COUNTER_METHODS 4 /* the first four are taken at the counter */
extern const char *const pay_method_name[PAY_METHODS], *const pay_method_zh[PAY_METHODS];

#define PAYMENT_BILLS     50
#define PAYMENT_ROUND_MAX 99 /* fen a receipt may round off (抹零) */
struct payment_in {
    int method;                           /* enum pay_method, one of the counter's */
    const char *voucher;                  /* slip or transfer number; cash and prepaid have none */
    const int64_t *bills;                 /* of the caller's project */
    size_t nbills;                        /* 0..PAYMENT_BILLS; 0: only a prepayment */
    int64_t amount_fen;                   /* money for the bills; 0: all that is due */
    int64_t prepaid_fen, prepaid_room_id; /* taken beside it for the room's prepaid account (预存) */
    int64_t rounding_fen;                 /* cash: the last fen nobody has coins for */
    int64_t tendered_fen;                 /* cash handed over; 0: exactly the amount */
};
struct payment {
    int64_t id, project_id, receipt_no, amount_fen, tendered_fen, prepaid_fen, prepaid_room_id, rounding_fen, back_fen,
        entry_id, order_id, cashier_id, shift_id, created_at, voided_by, voided_at;
    int32_t day;
    const char *method, *voucher, *state, *payer, *reason;
};
struct payment_part {
    int64_t bill_id, room_id, amount_fen, late_fen, back_fen, back_late_fen;
    int32_t period_from, period_to;
    const char *room, *payer;
};
/* ERR_NOT_FOUND: a bill is not of this project. ERR_STATE: a bill is not open, or is being paid online (close that order
 * first). ERR_EXISTS: the voucher has paid already. WRITE */
MUST_CHECK enum err payment_take(struct ctx *cx, const struct payment_in *in, struct payment *out);
/* By someone other than who took it (ERR_FORBIDDEN), before its shift is closed and anything went back (ERR_STATE); the
 * bills are open again. What came through a channel is refunded instead. WRITE */
MUST_CHECK enum err payment_void(struct ctx *cx, int64_t id, const char *reason, struct payment *out);
/* Pays published bills of the room from its prepaid account, oldest first, as far as it reaches. WRITE */
MUST_CHECK enum err payment_from_prepaid(struct ctx *cx, int64_t room_id, int64_t *used_fen);

typedef void payment_fn(void *arg, const struct payment *p);
typedef void payment_part_fn(void *arg, const struct payment_part *p);
/* fn may be NULL. */
MUST_CHECK enum err payment_get(struct ctx *cx, int64_t id, struct payment *out, payment_part_fn *fn, void *arg);
/* Newest first. */
struct payment_filter {
    int64_t before, limit;       /* before 0: from the newest */
    int64_t receipt_no, room_id; /* 0: any; a room's are those of its bills and its prepayments */
    int32_t from, to;            /* the day it was taken, both included */
    const char *method, *state;  /* NULL: any */
};
MUST_CHECK enum err payment_list(struct ctx *cx, const struct payment_filter *f, payment_fn *fn, void *arg);

/* The first bill whose paid sums are not what its payments say, the first payment not spread to the fen or booked
 * otherwise, the first project with a gap in its receipt numbers; 0: none. */
struct payment_faults {
    int64_t bill, payment, project;
};
MUST_CHECK enum err payment_verify(struct ctx *cx, struct payment_faults *out);

#endif
