/* fee_rules.c - see fee_rules.h. SPDX-License-Identifier: MIT */
#include "domain/fee_rules.h"
#include "base/clock.h"
#include "base/text.h"

__extension__ typedef __int128 i128;

const char *const fee_cycle_name[CYCLE_COUNT] = {"monthly", "quarterly", "yearly", "anniversary"};
const char *const part_month_name[PART_COUNT] = {"actual", "thirty", "fifteenth", "whole"};

static int32_t make_day(int y, int m, int d)
{
    return (int32_t)(y * 10000 + m * 100 + d);
}

static int month_length(int y, int m)
{
    int d = 31;
    while (!clock_day_valid(make_day(y, m, d)))
        d--;
    return d;
}

int32_t day_add_months(int32_t day, int months)
{
    int y = day / 10000, m = day / 100 % 100 - 1 + months, d = day % 100;
    y += m / 12 - (m % 12 < 0);
    m = (m % 12 + 12) % 12 + 1;
    int last = month_length(y, m);
    return make_day(y, m, d < last ? d : last);
}

static struct period anniversary(int32_t anchor, int32_t day)
{
    int years = day / 10000 - anchor / 10000;
    if (day_add_months(anchor, years * 12) > day)
        years--;
    int32_t from = day_add_months(anchor, years * 12); /* always from the anchor itself: the 29th comes back */
    return (struct period){from, clock_day_add(day_add_months(anchor, (years + 1) * 12), -1)};
}

struct period fee_period(enum fee_cycle cycle, int32_t anchor, int32_t day)
{
    int y = day / 10000, m = day / 100 % 100, first = m, length = 1;
    switch (cycle) {
    case CYCLE_ANNIVERSARY:
        return anniversary(anchor, day);
    case CYCLE_YEARLY:
        first = 1;
        length = 12;
        break;
    case CYCLE_QUARTERLY:
        first = (m - 1) / 3 * 3 + 1;
        length = 3;
        break;
    case CYCLE_MONTHLY:
    case CYCLE_COUNT:
        break;
    }
    int last = first + length - 1;
    return (struct period){make_day(y, first, 1), make_day(y, last, month_length(y, last))};
}

int fee_days(struct period p)
{
    return p.from > p.to ? 0 : (int)((clock_day_start(p.to) - clock_day_start(p.from)) / DAY_MS) + 1;
}

struct period period_cut(struct period p, int32_t from, int32_t to)
{
    return (struct period){p.from > from ? p.from : from, p.to < to ? p.to : to};
}

static int64_t gcd(int64_t a, int64_t b)
{
    while (b) {
        int64_t t = a % b;
        a = b;
        b = t;
    }
    return a;
}

static void add_fraction(int64_t *num, int64_t *den, int64_t n, int64_t d)
{
    int64_t x = *num * d + n * *den, y = *den * d, g = gcd(x, y);
    *num = g ? x / g : 0;
    *den = g ? y / g : 1;
}

void fee_months(struct period p, enum part_month how, int64_t *num, int64_t *den)
{
    *num = 0;
    *den = 1;
    for (int32_t first = p.from / 100 * 100 + 1; p.from <= p.to && first <= p.to; first = day_add_months(first, 1)) {
        int length = month_length(first / 10000, first / 100 % 100);
        struct period month = {first, first + length - 1}, part = period_cut(month, p.from, p.to);
        int days = fee_days(part);
        if (days == length) {
            add_fraction(num, den, 1, 1);
            continue;
        }
        switch (how) {
        case PART_ACTUAL:
            add_fraction(num, den, days, length);
            break;
        case PART_THIRTY:
            add_fraction(num, den, days < 30 ? days : 30, 30);
            break;
        case PART_FIFTEENTH:
            if (part.from % 100 <= 15 && part.to % 100 >= 15)
                add_fraction(num, den, 1, 1);
            break;
        case PART_WHOLE:
        case PART_COUNT:
            break;
        }
    }
}

bool meter_usage(int64_t previous_e3, int64_t current_e3, int64_t modulus_e3, int64_t multiplier_e3, int64_t *usage_e3,
                 struct why *why)
{
    int64_t raw = current_e3 - previous_e3;
    if (previous_e3 < 0 || current_e3 < 0 || multiplier_e3 <= 0) {
        *why = (struct why){"current", "读数或倍率无效", "a reading or the multiplier is not valid"};
        return false;
    }
    if (raw < 0 && (!modulus_e3 || previous_e3 >= modulus_e3 || current_e3 >= modulus_e3)) {
        *why = (struct why){"current", "本次读数小于上次读数", "below the previous reading"};
        return false;
    }
    if (raw < 0)
        raw += modulus_e3;
    if (!muldiv(raw, multiplier_e3, 1000, ROUND_HALF_UP, usage_e3)) {
        *why = (struct why){"current", "用量过大", "the usage is too large"};
        return false;
    }
    return true;
}

bool tiered_fen(const struct tier *t, size_t n, int64_t used_e3, int64_t usage_e3, enum rounding mode, int64_t *fen,
                struct why *why)
{
    i128 sum = 0; /* 1e-7 yuan: 1/1000 x 1/10000 */
    int64_t at = used_e3, left = usage_e3, begin = 0;
    for (size_t i = 0; i < n && left > 0; i++) {
        int64_t end = t[i].upto_e3 ? t[i].upto_e3 : INT64_MAX;
        if (end <= begin || t[i].price_e4 < 0)
            break;
        if (at < end) {
            int64_t here = left < end - at ? left : end - at;
            sum += (i128)here * t[i].price_e4;
            at += here;
            left -= here;
        }
        begin = end;
    }
    if (left > 0 || usage_e3 < 0 || used_e3 < 0) {
        *why = (struct why){"tiers", "阶梯价未覆盖该用量", "the tiers do not cover this usage"};
        return false;
    }
    i128 q = sum / 100000, rest = sum % 100000;
    q += mode == ROUND_UP ? rest > 0 : mode == ROUND_HALF_UP ? rest >= 50000 : 0;
    if (q > FEN_MAX) {
        *why = (struct why){"tiers", "金额过大", "the amount is too large"};
        return false;
    }
    *fen = (int64_t)q;
    return true;
}

int64_t late_fee_fen(const struct late_rule *r, int64_t bill_principal_fen, int64_t unpaid_fen, int32_t due,
                     int32_t from, int32_t day, int paused_days, int64_t accrued_fen)
{
    int32_t start = clock_day_add(due, r->grace_days + 1); /* the first day that costs */
    struct period late = period_cut((struct period){start, day}, from, day);
    int64_t days = fee_days(late) - paused_days, more = 0, cap = 0;
    if (days > 0 && unpaid_fen > 0)
        (void)muldiv(unpaid_fen, r->rate_e6 * days, 1000000, ROUND_HALF_UP, &more);
    (void)muldiv(bill_principal_fen, r->cap_e4, 10000, ROUND_DOWN, &cap);
    int64_t total = accrued_fen + more;
    return total < cap ? total : cap > accrued_fen ? cap : accrued_fen;
}

bool split_by_days(int64_t fen, const struct period *p, size_t n, int64_t *part)
{
    int64_t weight[64];
    if (n == 0 || n > COUNT(weight))
        return false;
    for (size_t i = 0; i < n; i++)
        weight[i] = fee_days(p[i]);
    return split_fen(fen, weight, n, part);
}
