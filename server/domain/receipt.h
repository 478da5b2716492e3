/* receipt.h - what a payment looks like on paper (收据): lines, capitals, prints counted, checked by a code.
 * A receipt is drawn from the payment's own rows whenever it is wanted: it cannot say anything else than the books.
 * SPDX-License-Identifier: MIT */
#ifndef DOMAIN_RECEIPT_H
#define DOMAIN_RECEIPT_H
#include "domain/payment.h"

/* 1234567.89 -> 壹佰贰拾叁万肆仟伍佰陆拾柒元捌角玖分; whole yuan end in 整. 0 <= fen <= FEN_MAX. Pure. */
const char *rmb_capitals(struct arena *a, int64_t fen);
/* What others may see: 张伟 -> 张*, a company's name keeps its first two characters. Pure. */
const char *mask_name(struct arena *a, const char *name);
/* 3栋2单元1502室 -> 3栋2单元15** */
const char *mask_room(struct arena *a, const char *full_name);

/* What a bill got, over its lines: paid in full, each line as it is (a discount is negative); in part, by the weight of
 * those that charge something, largest remainder first. The parts add up to fen. n >= 1. Pure. */
void receipt_spread(int64_t fen, const int64_t *line_fen, size_t n, int64_t *part);

struct receipt_line {
    const char *room, *item;
    int32_t period_from, period_to; /* 0: none */
    int64_t fen;
};
enum receipt_state { RECEIPT_VALID, RECEIPT_VOID, RECEIPT_REFUNDED, RECEIPT_PARTLY_REFUNDED, RECEIPT_STATES };
extern const char *const receipt_state_name[RECEIPT_STATES];
struct receipt {
    struct payment p;
    const char *company, *project, *cashier, *number, *code;
    struct receipt_line *line;
    size_t nline;
    enum receipt_state state;
    int64_t prints; /* this one is the n-th; 0: a copy for the payer, not counted */
};
/* A payment that the caller may have a receipt or an invoice for: see receipt_print(). READ */
MUST_CHECK enum err receipt_payment(struct ctx *cx, int64_t payment_id, struct payment *out);
/* Staff of the project: counts and logs the print. A resident: of payments for rooms that are theirs and bills that name
 * them or that they own the room of. Anybody else: ERR_NOT_FOUND. WRITE */
MUST_CHECK enum err receipt_print(struct ctx *cx, int64_t payment_id, struct receipt *out);
/* link: how the code is reached by a phone; "": the code alone. NULL: no memory. */
const void *receipt_pdf(struct arena *a, const struct receipt *r, const char *link, size_t *n);
/* Who printed it when. */
typedef void receipt_print_fn(void *arg, int64_t n, int64_t account_id, const char *name, int64_t at);
MUST_CHECK enum err receipt_prints(struct ctx *cx, int64_t payment_id, receipt_print_fn *fn, void *arg);

/* For whoever holds the paper; nothing is disclosed that is not on it. */
struct receipt_check {
    const char *number, *project, *payer; /* masked */
    int64_t amount_fen, back_fen;
    int32_t day;
    enum receipt_state state;
};
MUST_CHECK enum err receipt_verify(struct ctx *cx, const char *code, struct receipt_check *out); /* no login */

#endif
