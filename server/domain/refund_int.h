/* refund_int.h - shared by the refund*.c files only. SPDX-License-Identifier: MIT */
#ifndef DOMAIN_REFUND_INT_H
#define DOMAIN_REFUND_INT_H
#include "domain/payment_int.h"
#include "domain/refund.h"

/* Takes the edge of the table; ERR_STATE when there is none. */
MUST_CHECK enum err refund_step(struct ctx *cx, struct refund *r, enum refund_event ev);
MUST_CHECK enum err refund_save(struct ctx *cx, struct refund *r); /* guarded by the version; tells the board */
/* The effects of SUCCESS: bills, payment, ledger, by what the money left; saves. */
MUST_CHECK enum err refund_settle(struct ctx *cx, struct refund *r, int money, int64_t money_party, int64_t done_at);
/* Is as much left of the payment? false with *e OK: more would go back than came in. */
bool refund_possible(struct ctx *cx, const struct refund *r, enum err *e);
/* Inserts a refund of a payment and reserves its parts, last bill first; what the bills do not give is prepaid. */
MUST_CHECK enum err refund_insert(struct ctx *cx, struct refund *r, enum refund_state state);

#endif
