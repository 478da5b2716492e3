/* recon.h - daily reconciliation (对账): what a channel's bill of a day says against what we booked, both ways.
 *
 *   WAITING --bill loaded, compared--> MATCHED (differences are open) | DONE (none)      no bill yet: asked for again and again
 *
 * A day may be run again at any time: rows are loaded anew, differences that are gone resolve themselves, those a person
 * closed stay closed. Nothing is ever un-booked here: what the channel has and we have not is asked for and booked, what
 * we have and the channel has not is an alarm.  SPDX-License-Identifier: MIT */
#ifndef DOMAIN_RECON_H
#define DOMAIN_RECON_H
#include "platform/ctx.h"

struct recon_run {
    int64_t id, company_id, merchant_id, rounds, pays, pay_fen, refunds, refund_fen, fee_e5, our_pays, our_pay_fen,
        our_refunds, our_refund_fen, open_items, tries, next_at, version, created_at, done_at;
    int32_t day;
    const char *state, *note;
};
/* The run of a day, made when it is missing; again: runs it once more. The day must be over. WRITE */
MUST_CHECK enum err recon_open(struct ctx *cx, int64_t merchant_id, int32_t day, bool again, struct recon_run *out);
/* Runs for the days before today, at most `back` of them, that a merchant has none for yet. WRITE */
MUST_CHECK enum err recon_schedule(struct ctx *cx, int64_t merchant_id, int back);
MUST_CHECK enum err recon_due(struct ctx *cx, int64_t *ids, size_t max, size_t *n, int64_t *next);
MUST_CHECK enum err recon_postpone(struct ctx *cx, int64_t id); /* a round failed: not before a minute */
MUST_CHECK enum err recon_get(struct ctx *cx, int64_t id, struct recon_run *out);  /* own company's */
MUST_CHECK enum err recon_load(struct ctx *cx, int64_t id, struct recon_run *out); /* any; then as its system */
typedef void recon_run_fn(void *arg, const struct recon_run *r);
MUST_CHECK enum err recon_list(struct ctx *cx, int64_t before, int64_t limit, recon_run_fn *fn, void *arg);

/* ---- a round: begin, rows in chunks, compare ---- */
struct recon_row {
    bool refund;
    const char *out_no, *txn_id; /* of a refund: its own number, and the transaction's */
    const char *order_no;
    int64_t amount_fen, fee_e5, at;
};
MUST_CHECK enum err recon_begin(struct ctx *cx, int64_t id, struct recon_run *out); /* forgets the rows of before */
MUST_CHECK enum err recon_rows(struct ctx *cx, int64_t id, const struct recon_row *v, size_t n);
/* The bill is not there (yet): again later; from the 30th time on an alarm says so. */
MUST_CHECK enum err recon_later(struct ctx *cx, int64_t id, const char *note, int64_t wait_ms);
/* Rows the channel has and we have not, to be asked about before comparing. */
typedef void recon_row_fn(void *arg, const struct recon_row *r);
MUST_CHECK enum err recon_unknown_pays(struct ctx *cx, int64_t id, recon_row_fn *fn, void *arg);
MUST_CHECK enum err recon_unknown_refunds(struct ctx *cx, int64_t id, recon_row_fn *fn, void *arg);
/* Both ways; what is gone since the last time resolves itself. */
MUST_CHECK enum err recon_compare(struct ctx *cx, int64_t id, struct recon_run *out);

struct recon_item {
    int64_t id, run_id, merchant_id, channel_fen, our_fen, closed_by, created_at, closed_at;
    int32_t day;
    const char *kind, *number, *txn_id, *state, *reason;
};
typedef void recon_item_fn(void *arg, const struct recon_item *i);
/* run_id 0 and state "": any. */
MUST_CHECK enum err recon_items(struct ctx *cx, int64_t run_id, const char *state, int64_t before, int64_t limit,
                                recon_item_fn *fn, void *arg);
/* By a person, with what was done; escalate: handed on instead. */
MUST_CHECK enum err recon_item_close(struct ctx *cx, int64_t id, bool escalate, const char *reason);

#endif
