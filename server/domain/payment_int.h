/* payment_int.h - shared by the payment*.c files only. SPDX-License-Identifier: MIT */
#ifndef DOMAIN_PAYMENT_INT_H
#define DOMAIN_PAYMENT_INT_H
#include "domain/billing_int.h"
#include "domain/payment.h"

/* What part of a payment goes on which bill. */
struct share {
    int64_t bill_id, room_id, payer_id, fen, late_fen;
};
/* Money that has come, whichever way: one transaction's worth of effects. */
struct booking {
    int method; /* enum pay_method */
    const char *voucher, *payer;
    int64_t project_id, order_id, cashier_id;
    int32_t day; /* value date (记账日) */
    int money;   /* enum ledger_account it lies on, and whose */
    int64_t money_party;
    const struct share *share;
    size_t n;
    int64_t prepaid_fen, prepaid_room_id; /* beyond the bills, on the room's prepaid account */
    int64_t rounding_fen;                 /* 抹零: part of the shares that nobody pays */
    int64_t tendered_fen;                 /* 0: exactly the amount */
};
/* Puts it on the bills, books it, gives the receipt its number, tells the payers. ERR_CONFLICT: a bill does not take its
 * share (any more). ERR_EXISTS: the voucher has paid already. */
MUST_CHECK enum err payment_book(struct ctx *cx, const struct booking *b, struct payment *out);
/* Of the caller's company; ERR_NOT_FOUND without detail. */
MUST_CHECK enum err payment_load_bill(struct ctx *cx, int64_t bill_id, struct bill *out);
/* A bill that was written off wants what it was paid, no more; nothing happens to any other. */
MUST_CHECK enum err payment_reopen(struct ctx *cx, int64_t bill_id, bool *reopened);
/* Takes shares off their bills again (void, refund); a bill that was written off is opened for it. */
MUST_CHECK enum err payment_take_off(struct ctx *cx, int64_t payment_id, const struct share *s, const char *event);
/* Rows of (bill_id, room_id, payer_id, principal, late fee) into an array that takes max of them. */
struct share_list {
    struct share *v;
    size_t n, max;
};
enum err share_row(struct ctx *cx, const struct row *r, void *out);
/* Spreads an amount, oldest due first, in a bill the principal before the late fee. Returns how many shares. */
size_t payment_spread(struct bill *v, size_t n, int64_t amount, struct share *out);
/* The shares of a payment that have not gone back, oldest bill first. */
MUST_CHECK enum err payment_shares(struct ctx *cx, int64_t payment_id, struct share *v, size_t max, size_t *n);

#endif
