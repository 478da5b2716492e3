/* paybill.h - the rows of a day's bill, with what control has dropped, altered or slipped in, and download tokens.
 * SPDX-License-Identifier: MIT */
#ifndef SANDBOX_PAYBILL_H
#define SANDBOX_PAYBILL_H
#include "sandbox/paybook.h"

struct bill_row {
    bool refund, qr;
    int64_t at, created, amount, fee; /* fen; fee < 0: given back */
    const char *no, *txn, *refund_no, *refund_id, *subject, *attach, *payer, *appid;
};
struct bill {
    struct bill_row *row; /* by time */
    size_t n;
    int64_t pays, refunds, pay_fen, refund_fen, fee;
};
/* [lock] */
void bill_collect(struct arena *a, enum pb_channel c, int32_t day, struct bill *out);

/* How the bill of a day differs from the truth. number: out_trade_no, or out_refund_no of a refund. */
enum bill_edit { BILL_DROP, BILL_AMOUNT, BILL_ADD, BILL_EDITS };
extern const char *const bill_edit_name[BILL_EDITS];
bool bill_edit(enum pb_channel c, int32_t day, enum bill_edit e, const char *number, int64_t amount);
void bill_forget(void);

/* A file that can be fetched once, or until then. The token is 32 letters. */
const char *bill_put(struct arena *a, const void *p, size_t n, int64_t until);
const void *bill_take(struct arena *a, const char *token, bool once, size_t *n); /* NULL: none */

#endif
