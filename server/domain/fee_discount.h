/* fee_discount.h - discounts by rule, and who is liable for a room from which day on. SPDX-License-Identifier: MIT */
#ifndef DOMAIN_FEE_DISCOUNT_H
#define DOMAIN_FEE_DISCOUNT_H
#include "domain/billing.h"

/* Taken off when a bill is made, as a line of its own with the rule in its explanation; a rule counts for periods that
 * begin within from..to. advance: items paid in advance for at least so many months. vacant: rooms whose state is
 * `vacant`, for the days that a second person approved (fee_request.h). */
enum discount_kind { DISCOUNT_ADVANCE, DISCOUNT_VACANT, DISCOUNT_KINDS };
extern const char *const discount_kind_name[DISCOUNT_KINDS];
struct discount {
    int64_t id, item_id, off_e4, months; /* item_id 0: whatever recurs by area, sum, formula or space; off: 1/10000 */
    int32_t from_day, to_day;
    int kind;
    bool enabled;
    const char *name;
};
MUST_CHECK enum err discount_add(struct ctx *cx, const struct discount *in, int64_t *id);
MUST_CHECK enum err discount_end(struct ctx *cx, int64_t id); /* from the next run on */
typedef void discount_fn(void *arg, const struct discount *d);
MUST_CHECK enum err discount_list(struct ctx *cx, discount_fn *fn, void *arg);

struct liable {
    int64_t room_id, payer_id; /* payer_id: an account of the company; 0: only a name (a developer, say) */
    int64_t party_id;          /* the register's entry behind the name; 0: none */
    int32_t from_day;
    const char *name;
};
/* The room's bills are this payer's from that day on; a period that straddles the day is split by days, to the fen. Before
 * the first such day they are, as without any, its owner's by binding: kept as a row of its own. */
MUST_CHECK enum err liable_set(struct ctx *cx, const struct liable *in);
/* The same for a room that changes hands, without asking: what is billed beyond the day stays as it is, what had been decided
 * for later days is dropped. `was`: who is liable before, when nothing was decided so far. The caller has checked both. */
MUST_CHECK enum err liable_pass_on(struct ctx *cx, const struct liable *was, const struct liable *in);
typedef void liable_fn(void *arg, const struct liable *l);
MUST_CHECK enum err liable_list(struct ctx *cx, int64_t room_id, liable_fn *fn, void *arg);

#endif
