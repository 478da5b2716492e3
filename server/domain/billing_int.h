/* billing_int.h - shared by the billing*.c files only. SPDX-License-Identifier: MIT */
#ifndef DOMAIN_BILLING_INT_H
#define DOMAIN_BILLING_INT_H
#include "domain/billing.h"
#include "platform/store/db.h"

#define BILL_COLUMNS                                                                                                   \
    "b.id, b.project_id, b.room_id, b.run_id, b.payer_id, b.payer_name, b.room_name, b.state, b.period_from, "         \
    "b.period_to,"                                                                                                     \
    " b.due_day, b.amount_fen, b.late_fen, b.paid_fen, b.replaces_id, b.version, b.published_at, b.late_paid_fen"
#define BILL_FROM " FROM bill b"
enum err bill_row(struct ctx *cx, const struct row *r, void *out); /* struct bill */

#endif
