/* formula.h - the language of fee formulas (收费公式): small, typed, exact, bounded. Pure.
 *
 *   area * price * months + max(usage - 10[qty], 0[qty]) * 2.5[yuan/qty]
 *   if(usage <= 12, usage * 3.45[yuan/qty], 12[qty] * 3.45[yuan/qty] + (usage - 12[qty]) * 4.83[yuan/qty])
 *
 * Every value is an exact fraction with a unit (yuan, m2, qty, month, each with an exponent); + - and comparison need
 * equal units, * and / combine them, and the whole must come out in yuan. A formula is checked when it is saved: a
 * mistake is refused with its position; evaluation can then fail only by division by zero, a negative result or numbers
 * beyond 128 bits, and says which. Rounding happens once, at the end.
 * Limits: 500 characters, 200 nodes, depth 24.  SPDX-License-Identifier: MIT */
#ifndef DOMAIN_FORMULA_H
#define DOMAIN_FORMULA_H
#include "base/arena.h"
#include "base/err.h"
#include "base/money.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum formula_var { FV_AREA, FV_INNER_AREA, FV_PRICE, FV_MONTHS, FV_USAGE, FV_DAYS, FV_COEFFICIENT, FV_COUNT };
extern const char *const formula_var_name[FV_COUNT];

struct formula_unit {
    int8_t yuan, m2, qty, month;
};
struct formula; /* parsed; lives in its arena */

struct formula_error {
    size_t at; /* in code points, from 0 */
    const char *zh, *en;
};
/* "yuan/m2/month" -> exponents; "" or "1": a plain number. */
bool formula_unit_parse(const char *s, size_t n, struct formula_unit *out);
/* price: the unit of the item's price. NULL: *err says where and why. */
struct formula *formula_parse(struct arena *a, const char *text, struct formula_unit price, struct formula_error *err);
/* Variables the formula uses (bit set by enum formula_var): a missing one skips the payer, it is never 0. */
unsigned formula_uses(const struct formula *f);

struct formula_values {
    int64_t area_e4, inner_area_e4; /* 1/10000 m2 */
    int64_t price_e4;               /* 1/10000 yuan per its unit */
    int64_t months_num, months_den; /* whole and part months as a fraction */
    int64_t usage_e3;               /* 1/1000 */
    int64_t days, coefficient_e4;
    int64_t unit_fen; /* what the result is rounded to; 0: 1 fen */
};
/* *fen, rounded once. false: *why (static) tells. */
bool formula_eval(const struct formula *f, const struct formula_values *v, enum rounding mode, int64_t *fen,
                  struct why *why);

#endif
