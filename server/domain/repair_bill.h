/* repair_bill.h - a charged repair and its bill: made when the work is finished, and when it is paid the order goes on; when
 * the charge is waived or the order voided, the bill goes.  SPDX-License-Identifier: MIT */
#ifndef DOMAIN_REPAIR_BILL_H
#define DOMAIN_REPAIR_BILL_H
#include "domain/repair.h"

/* For the outbox row "bill.repair" (order, version): once a version. Without a room, or with the order moved on: nothing. */
MUST_CHECK enum err repair_bill_make(struct ctx *cx, int64_t repair_id, int64_t version);
/* Orders whose bill is paid, and bills whose order does not wait any more. READ */
MUST_CHECK enum err repair_bill_due(struct ctx *cx, int64_t *bill_ids, size_t max, size_t *n);
MUST_CHECK enum err repair_bill_settle(struct ctx *cx, int64_t bill_id);
/* The order asks for nothing any more: what was paid for it is for the books to give back, or to keep and write off the
 * rest. An alarm once an order; nothing when nothing was paid. */
MUST_CHECK enum err repair_bill_kept(struct ctx *cx, const struct repair *r);

#endif
