/* money.h - integer arithmetic for money: fen (1/100 yuan), prices in 1/10000 yuan, areas in 1/10000 m2,
 * quantities in 1/1000. Products run in 128 bits and are rounded once. No floating point anywhere.
 * Pure.  SPDX-License-Identifier: MIT */
#ifndef BASE_MONEY_H
#define BASE_MONEY_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FEN_MAX INT64_C(10000000000000) /* 10^13 fen: above it an amount is refused */

enum rounding { ROUND_HALF_UP, ROUND_UP, ROUND_DOWN }; /* away from zero on ties / always / toward zero */
extern const char *const rounding_name[3];

/* a*b/c in 128 bits, rounded; false on c == 0 or a result beyond int64. */
bool muldiv(int64_t a, int64_t b, int64_t c, enum rounding mode, int64_t *out);
/* price (1e-4 yuan per m2) x area (1e-4 m2) x num/den -> fen. false: overflow or den <= 0. */
bool price_area_fen(int64_t price_e4, int64_t area_e4, int64_t num, int64_t den, enum rounding mode, int64_t *fen);
/* unit price (fen) x quantity (1/1000) -> fen */
bool price_qty_fen(int64_t price_fen, int64_t qty_e3, enum rounding mode, int64_t *fen);

/* Splits total by weights so that the parts add up exactly (largest remainder, ties to the lower index).
 * Weights >= 0, not all 0, n >= 1; false otherwise. */
bool split_fen(int64_t total, const int64_t *weight, size_t n, int64_t *part);

/* "123.45" <-> 12345; at most 2 decimals, no sign but '-', no spaces. */
bool fen_parse(const char *yuan, int64_t *fen);
char *fen_format(int64_t fen, char out[32]); /* returns out */

#endif
