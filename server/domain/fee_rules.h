/* fee_rules.h - the arithmetic of fees: periods, part months, tiers, meters, late fees. Pure: no store, no clock,
 * integers only, each result rounded once.
 * Days are yyyymmdd in Asia/Shanghai, both ends of a period included.  SPDX-License-Identifier: MIT */
#ifndef DOMAIN_FEE_RULES_H
#define DOMAIN_FEE_RULES_H
#include "base/err.h"
#include "base/money.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct period {
    int32_t from, to;
};
enum fee_cycle { CYCLE_MONTHLY, CYCLE_QUARTERLY, CYCLE_YEARLY, CYCLE_ANNIVERSARY, CYCLE_COUNT };
extern const char *const fee_cycle_name[CYCLE_COUNT];
/* The period that contains `day`. Monthly, quarterly, yearly: calendar. Anniversary: years counted from `anchor`
 * (交房日); an anchor on 29 February falls on the 28th in common years and returns to the 29th. */
struct period fee_period(enum fee_cycle cycle, int32_t anchor, int32_t day);

enum part_month { PART_ACTUAL, PART_THIRTY, PART_FIFTEENTH, PART_WHOLE, PART_COUNT };
extern const char *const part_month_name[PART_COUNT];
/* Months of a period as a fraction. Calendar months count 1 each; a month that is not covered whole counts
 *   actual     days covered / days of that month
 *   thirty     days covered / 30, at most 1
 *   fifteenth  1 when it begins on or before the 15th (or was running), else 0; an end before the 15th: 0
 *   whole      0 */
void fee_months(struct period p, enum part_month how, int64_t *num, int64_t *den);
int fee_days(struct period p);
struct period period_cut(struct period p, int32_t from, int32_t to); /* from > to in the result: empty */
/* Adds calendar months; the day is kept where the month has it, else its last day. */
int32_t day_add_months(int32_t day, int months);

/* Consumption between two readings in 1/1000. A meter that rolled over at `modulus` (0: it cannot) is the only reason
 * for a smaller current reading. multiplier_e3 = 1000 for 1:1. false: *why. */
bool meter_usage(int64_t previous_e3, int64_t current_e3, int64_t modulus_e3, int64_t multiplier_e3, int64_t *usage_e3,
                 struct why *why);

/* What an amount is rounded to, once, at its end. */
enum round_to { TO_FEN, TO_JIAO, TO_YUAN, TO_COUNT };
extern const char *const round_to_name[TO_COUNT];
extern const int64_t round_to_fen[TO_COUNT]; /* 1, 10, 100 */
/* fen, given as an exact fraction num/den >= 0, to a multiple of unit_fen. false: beyond FEN_MAX or den <= 0. */
__extension__ typedef __int128 wide;
bool round_fen(wide num, wide den, enum rounding mode, int64_t unit_fen, int64_t *fen);

struct tier {
    int64_t upto_e3; /* accumulated use up to here in the year costs price; the last tier: 0 = no end */
    int64_t price_e4;
};
/* Tiered price with yearly accumulation (阶梯价): `used_e3` was used before in this year. Rounded once over all tiers. */
bool tiered_fen(const struct tier *t, size_t n, int64_t used_e3, int64_t usage_e3, enum rounding mode, int64_t unit_fen,
                int64_t *fen, struct why *why);

/* ---- late fees (违约金): simple, on unpaid principal only, after days of grace, never above a cap, value-dated ---- */

struct late_rule {
    int64_t rate_e6; /* per day, 1/1000000: 500 = 0.5 per mille */
    int64_t grace_days;
    int64_t cap_e4; /* of the principal, 1/10000: 3000 = 30 % */
};
struct late_part { /* lines of a bill under the same rule */
    int64_t amount_fen;
    struct late_rule rule;
};
struct late_event { /* principal that went away (a payment, a credit) with that value date; negative: that came back */
    int32_t day;
    int64_t fen;
};
struct late_bill {
    const struct late_part *part;
    size_t nparts;
    const struct late_event *event; /* any order */
    size_t nevents;
    const struct period *pause; /* under dispute; any order, may overlap */
    size_t npauses;
    int64_t unpaid_fen; /* principal, after all events */
    int32_t due_day;
};
/* All that has accrued through the end of `until`: day d costs what is unpaid at its end, so who pays on a day does not pay
 * for it. An unpaid sum is spread over the parts as their amounts are. Worked out from the start each time: running it late,
 * twice or not at all for a while changes nothing. */
int64_t late_accrued_fen(const struct late_bill *b, int32_t until);
/* The most that can ever accrue. */
int64_t late_cap_fen(const struct late_part *part, size_t n);

/* Splits an amount over the days of consecutive periods (transfer of a room): parts add up exactly. */
bool split_by_days(int64_t fen, const struct period *p, size_t n, int64_t *part);

#endif
