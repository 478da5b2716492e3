/* money.c - see money.h. SPDX-License-Identifier: MIT */
#include "base/money.h"
#include "base/text.h"
#include <stdio.h>
#include <string.h>

__extension__ typedef __int128 i128; /* gcc and clang have it; ISO C does not */

const char *const rounding_name[3] = {"half_up", "up", "down"};

static bool div_round(i128 n, i128 d, enum rounding mode, int64_t *out)
{
    if (d == 0)
        return false;
    if (d < 0) {
        n = -n;
        d = -d;
    }
    i128 q = n / d, r = n % d, mag = r < 0 ? -r : r;
    bool away = mode == ROUND_UP ? r != 0 : mode == ROUND_HALF_UP ? mag * 2 >= d : false;
    if (away)
        q += n < 0 ? -1 : 1;
    if (q > INT64_MAX || q < INT64_MIN)
        return false;
    *out = (int64_t)q;
    return true;
}

bool muldiv(int64_t a, int64_t b, int64_t c, enum rounding mode, int64_t *out)
{
    return div_round((i128)a * b, c, mode, out);
}

bool price_area_fen(int64_t price_e4, int64_t area_e4, int64_t num, int64_t den, enum rounding mode, int64_t *fen)
{
    /* 1e-8 yuan x num/den; 1 fen = 1e6 of them */
    i128 product;
    if (den <= 0 || __builtin_mul_overflow((i128)price_e4 * area_e4, (i128)num, &product))
        return false;
    return div_round(product, (i128)den * 1000000, mode, fen);
}

bool price_qty_fen(int64_t price_fen, int64_t qty_e3, enum rounding mode, int64_t *fen)
{
    return muldiv(price_fen, qty_e3, 1000, mode, fen);
}

bool split_fen(int64_t total, const int64_t *weight, size_t n, int64_t *part)
{
    i128 sum = 0;
    for (size_t i = 0; i < n; i++) {
        if (weight[i] < 0)
            return false;
        sum += weight[i];
    }
    if (n == 0 || sum == 0 || total == INT64_MIN)
        return false;
    int64_t sign = total < 0 ? -1 : 1, left = total * sign;
    i128 whole = left;
    for (size_t i = 0; i < n; i++) {
        part[i] = (int64_t)(whole * weight[i] / sum);
        left -= part[i];
    }
    while (left > 0) { /* fewer than n fen remain: each goes to the largest remainder not yet served */
        size_t best = n;
        i128 best_rem = -1;
        for (size_t i = 0; i < n; i++) {
            i128 exact = whole * weight[i], rem = exact - (i128)part[i] * sum;
            if (rem > best_rem) {
                best_rem = rem;
                best = i;
            }
        }
        part[best]++;
        left--;
    }
    for (size_t i = 0; i < n; i++)
        part[i] *= sign;
    return true;
}

bool fen_parse(const char *yuan, int64_t *fen)
{
    if (!yuan)
        return false;
    bool neg = *yuan == '-';
    const char *s = yuan + neg, *dot = strchr(s, '.');
    size_t whole = dot ? (size_t)(dot - s) : strlen(s), frac = dot ? strlen(dot + 1) : 0;
    int64_t y = 0, f = 0;
    if (whole == 0 || whole > 12 || (dot && (frac == 0 || frac > 2)) || s[0] == '-')
        return false;
    if (!parse_i64_n(s, whole, &y) || (frac && !(dot[1] != '-' && parse_i64_n(dot + 1, frac, &f))))
        return false;
    int64_t v = y * 100 + (frac == 1 ? f * 10 : f);
    *fen = neg ? -v : v;
    return true;
}

char *fen_format(int64_t fen, char out[32])
{
    uint64_t mag = fen < 0 ? 0 - (uint64_t)fen : (uint64_t)fen;
    snprintf(out, 32, "%s%llu.%02llu", fen < 0 ? "-" : "", (unsigned long long)(mag / 100),
             (unsigned long long)(mag % 100));
    return out;
}
