/* fee_rules.c - see fee_rules.h. SPDX-License-Identifier: MIT */
#include "domain/fee_rules.h"
#include "base/clock.h"
#include "base/text.h"

#define MAX_MARKS 512

const char *const fee_cycle_name[CYCLE_COUNT] = {"monthly", "quarterly", "yearly", "anniversary"};
const char *const part_month_name[PART_COUNT] = {"actual", "thirty", "fifteenth", "whole"};
const char *const round_to_name[TO_COUNT] = {"fen", "jiao", "yuan"};
const int64_t round_to_fen[TO_COUNT] = {1, 10, 100};

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

bool round_fen(wide num, wide den, enum rounding mode, int64_t unit_fen, int64_t *fen)
{
    wide unit = 0;
    if (num < 0 || unit_fen <= 0 || den <= 0 || __builtin_mul_overflow(den, (wide)unit_fen, &unit))
        return false;
    wide q = num / unit, rest = num % unit;
    q += mode == ROUND_UP ? rest > 0 : mode == ROUND_HALF_UP ? rest >= unit - rest : 0;
    if (q > FEN_MAX / unit_fen)
        return false;
    *fen = (int64_t)q * unit_fen;
    return true;
}

bool tiered_fen(const struct tier *t, size_t n, int64_t used_e3, int64_t usage_e3, enum rounding mode, int64_t unit_fen,
                int64_t *fen, struct why *why)
{
    wide sum = 0; /* 1e-7 yuan: 1/1000 x 1/10000 */
    int64_t at = used_e3, left = usage_e3, begin = 0;
    for (size_t i = 0; i < n && left > 0; i++) {
        int64_t end = t[i].upto_e3 ? t[i].upto_e3 : INT64_MAX;
        if (end <= begin || t[i].price_e4 < 0)
            break;
        if (at < end) {
            int64_t here = left < end - at ? left : end - at;
            sum += (wide)here * t[i].price_e4;
            at += here;
            left -= here;
        }
        begin = end;
    }
    if (left > 0 || usage_e3 < 0 || used_e3 < 0) {
        *why = (struct why){"tiers", "阶梯价未覆盖该用量", "the tiers do not cover this usage"};
        return false;
    }
    if (!round_fen(sum, 100000, mode, unit_fen, fen)) {
        *why = (struct why){"tiers", "金额过大", "the amount is too large"};
        return false;
    }
    return true;
}

/* ---- late fees ---- */

int64_t late_cap_fen(const struct late_part *part, size_t n)
{
    int64_t sum = 0, cap = 0;
    for (size_t i = 0; i < n; i++)
        if (part[i].amount_fen > 0 && muldiv(part[i].amount_fen, part[i].rule.cap_e4, 10000, ROUND_DOWN, &cap))
            sum += cap;
    return sum;
}

static bool paused(const struct late_bill *b, int32_t day)
{
    for (size_t i = 0; i < b->npauses; i++)
        if (b->pause[i].from <= day && day <= b->pause[i].to)
            return true;
    return false;
}

/* The days on which something changes, in order: between two of them every day is like the first. */
static size_t marks_of(const struct late_bill *b, int32_t from, int32_t until, int32_t *mark)
{
    size_t n = 0;
    mark[n++] = from;
    for (size_t i = 0; i < b->nevents && n < MAX_MARKS - 1; i++)
        mark[n++] = b->event[i].day;
    for (size_t i = 0; i < b->npauses && n + 1 < MAX_MARKS - 1; i++) {
        mark[n++] = b->pause[i].from;
        mark[n++] = b->pause[i].to >= until ? until : clock_day_add(b->pause[i].to, 1);
    }
    for (size_t i = 1; i < n; i++)
        for (size_t k = i; k > 0 && mark[k] < mark[k - 1]; k--) {
            int32_t t = mark[k];
            mark[k] = mark[k - 1];
            mark[k - 1] = t;
        }
    mark[n] = clock_day_add(until, 1);
    return n;
}

static int64_t unpaid_on(const struct late_bill *b, int32_t day)
{
    int64_t fen = b->unpaid_fen;
    for (size_t i = 0; i < b->nevents; i++)
        if (b->event[i].day > day)
            fen += b->event[i].fen;
    return fen < 0 ? 0 : fen;
}

/* Sum over the days from..until of what was unpaid at the end of each, in fen x days. */
static wide unpaid_days(const struct late_bill *b, int32_t from, int32_t until)
{
    int32_t mark[MAX_MARKS];
    size_t n = marks_of(b, from, until, mark);
    wide sum = 0;
    for (size_t i = 0; i < n; i++) {
        int32_t first = mark[i] < from ? from : mark[i], last = clock_day_add(mark[i + 1], -1);
        if (last > until)
            last = until;
        if (first <= last && !paused(b, first))
            sum += (wide)unpaid_on(b, first) * fee_days((struct period){first, last});
    }
    return sum;
}

int64_t late_accrued_fen(const struct late_bill *b, int32_t until)
{
    int64_t principal = 0, total = 0;
    for (size_t i = 0; i < b->nparts; i++)
        principal += b->part[i].amount_fen > 0 ? b->part[i].amount_fen : 0;
    for (size_t i = 0; i < b->nparts; i++) {
        const struct late_part *p = &b->part[i];
        int32_t from = clock_day_add(b->due_day, (int)p->rule.grace_days + 1); /* the first day that costs */
        int64_t cap = late_cap_fen(p, 1), fen = 0;
        if (p->amount_fen <= 0 || p->rule.rate_e6 <= 0 || from > until)
            continue;
        wide exact = unpaid_days(b, from, until) * p->amount_fen * p->rule.rate_e6;
        if (!round_fen(exact, (wide)principal * 1000000, ROUND_HALF_UP, 1, &fen) || fen > cap)
            fen = cap;
        total += fen;
    }
    return total;
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
