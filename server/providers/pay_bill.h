/* pay_bill.h - the daily bills of both channels as one kind of row, for reconciliation.
 * A file is read twice: no row is handed out before every line was understood and the totals of its trailer agree.
 * Pure; memory is bounded by `max`.  SPDX-License-Identifier: MIT */
#ifndef PROVIDERS_PAY_BILL_H
#define PROVIDERS_PAY_BILL_H
#include "base/arena.h"
#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAY_BILL_MAX   (200u << 20)
#define PAY_BILL_FETCH (64u << 20) /* what is downloaded into memory, packed and unpacked */

enum pay_bill_kind { BILL_PAY, BILL_REFUND };
struct pay_bill_row { /* strings end with the call */
    enum pay_bill_kind kind;
    const char *out_no, *txn_id, *refund_no; /* refund_no "": a payment */
    int64_t amount_fen;                      /* > 0 for either kind: of the order, of the refund */
    int64_t fee_e5;                          /* 1/100000 yuan: what the channel takes; < 0: gives back */
    int64_t at;                              /* unix ms */
};
struct pay_bill_sum {
    int64_t pays, refunds, pay_fen, refund_fen, fee_e5;
};
typedef void pay_bill_fn(void *arg, const struct pay_bill_row *row); /* may be NULL */

/* ERR_INVALID: cut, damaged or not adding up; *why (static) says so: discard, download again. */
MUST_CHECK enum err pay_bill_wechat(const char *text, size_t n, pay_bill_fn *fn, void *arg, struct pay_bill_sum *sum,
                                    const char **why);
/* text: the detail CSV as it comes, GBK */
MUST_CHECK enum err pay_bill_alipay(const char *text, size_t n, pay_bill_fn *fn, void *arg, struct pay_bill_sum *sum,
                                    const char **why);

/* WeChat's account: every movement of money. A payment and its fee may be one row or two: add up by voucher. */
struct pay_flow_row { /* strings end with the call */
    bool income;
    const char *business_no, *flow_no, *kind, *voucher; /* voucher: our number of the order or refund */
    int64_t amount_fen, balance_fen, at;
};
struct pay_flow_sum {
    int64_t in, out, in_fen, out_fen;
};
typedef void pay_flow_fn(void *arg, const struct pay_flow_row *row); /* may be NULL */
MUST_CHECK enum err pay_bill_flow(const char *text, size_t n, pay_flow_fn *fn, void *arg, struct pay_flow_sum *sum,
                                  const char **why);

/* A whole gzip file; the SHA-1 WeChat gives is over what comes out. Arena, NUL-terminated. */
MUST_CHECK enum err pay_bill_gunzip(struct arena *a, const void *p, size_t n, size_t max, char **out, size_t *len);
/* The detail CSV in Alipay's zip. */
MUST_CHECK enum err pay_bill_unzip(struct arena *a, const void *p, size_t n, size_t max, char **out, size_t *len);
char *pay_bill_utf8(struct arena *a, const char *gbk, size_t n, size_t *len); /* NULL: not GB18030 */

#endif
