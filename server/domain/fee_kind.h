/* fee_kind.h - fees whose payer or amount is not simply a room's: parking spaces, given amounts, shared sums.
 *
 * A space is leased to a room from a day on and billed with it, a line a space. A charge (一次性收费, 押金) is an amount for a
 * room that the next run bills once. A share (公摊) splits a sum, or the use of a public meter at a price, over the rooms
 * that pay the item; the parts add up to the sum to the fen, and rooms that cannot take part are listed with the reason.
 * SPDX-License-Identifier: MIT */
#ifndef DOMAIN_FEE_KIND_H
#define DOMAIN_FEE_KIND_H
#include "domain/billing.h"

/* ---- who pays for a parking space (what it is and whose: estate.h) ---- */
struct lease {
    int64_t item_id, space_id, room_id, coefficient_e4; /* 10000 = the item's price */
    int32_t from_day;
};
/* ERR_STATE: somebody pays for the space from that day on. */
MUST_CHECK enum err space_lease(struct ctx *cx, const struct lease *l);
MUST_CHECK enum err space_lease_end(struct ctx *cx, int64_t item_id, int64_t space_id, int32_t last_day);

/* ---- charges ---- */
struct charge {
    int64_t id, item_id, room_id, amount_fen, bill_id, maker_id, created_at;
    int32_t day; /* billed by runs of that day or later */
    const char *note, *state, *item, *room;
};
MUST_CHECK enum err charge_add(struct ctx *cx, const struct charge *in, int64_t *id);
MUST_CHECK enum err charge_cancel(struct ctx *cx, int64_t id); /* not billed yet */
typedef void charge_fn(void *arg, const struct charge *c);
MUST_CHECK enum err charge_list(struct ctx *cx, const char *state, int64_t before, int64_t limit, charge_fn *fn,
                                void *arg);

/* ---- shares ---- */
enum share_basis { SHARE_AREA, SHARE_HOUSEHOLD, SHARE_WEIGHT, SHARE_BASES };
extern const char *const share_basis_name[SHARE_BASES];
struct fee_share {
    int64_t id, item_id, total_fen, meter_id, usage_e3, price_e4, rooms, weights, skipped, maker_id, created_at;
    int32_t from, to;
    int basis;
    const char *note, *state, *item;
};
/* total_fen, or meter_id: what that public meter used in the period, at the item's price. Weights are the coefficients by
 * which rooms pay the item. WRITE */
MUST_CHECK enum err share_make(struct ctx *cx, const struct fee_share *in, struct fee_share *out);
/* ERR_STATE: parts are billed; void those bills first. */
MUST_CHECK enum err share_cancel(struct ctx *cx, int64_t id);
typedef void share_fn(void *arg, const struct fee_share *s);
MUST_CHECK enum err share_list(struct ctx *cx, int64_t before, int64_t limit, share_fn *fn, void *arg);
struct share_part {
    int64_t room_id, weight, amount_fen, bill_id;
    const char *room, *reason; /* reason: why it takes no part; "" it does */
};
typedef void share_part_fn(void *arg, const struct share_part *p);
MUST_CHECK enum err share_parts(struct ctx *cx, int64_t id, share_part_fn *fn, void *arg);

/* Splits `total` over weights so that the parts make it to the fen (largest remainder): as split_fen(), for thousands of
 * parts. */
bool share_split(struct arena *a, int64_t total, const int64_t *weight, size_t n, int64_t *part);

#endif
