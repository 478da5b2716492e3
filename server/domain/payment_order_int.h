/* payment_order_int.h - shared by payment_order*.c and payment_apply.c only. SPDX-License-Identifier: MIT */
#ifndef DOMAIN_PAYMENT_ORDER_INT_H
#define DOMAIN_PAYMENT_ORDER_INT_H
#include "domain/payment_int.h"
#include "domain/payment_order.h"

/* Writes what may change, guarded by the version; tells the payer, the maker and the board. */
MUST_CHECK enum err order_save(struct ctx *cx, struct payment_order *o);
/* Takes the edge of the table; ERR_STATE when there is none. */
MUST_CHECK enum err order_step(struct ctx *cx, struct payment_order *o, enum order_event ev);
MUST_CHECK enum err order_release(struct ctx *cx, int64_t id); /* the bills are free */
/* The frozen shares. */
MUST_CHECK enum err order_shares(struct ctx *cx, int64_t id, struct share *v, size_t max, size_t *n);

#endif
