/* owner_share.c - shares of a room, exactly. Pure. SPDX-License-Identifier: MIT */
#include "domain/fee_rules.h"
#include "domain/owner.h"

static int64_t gcd(int64_t a, int64_t b)
{
    while (b) {
        int64_t t = a % b;
        a = b;
        b = t;
    }
    return a;
}

static bool covers(const struct owner_share *s, int32_t day)
{
    return s->from_day <= day && day <= s->to_day;
}

/* n/d of what is left of the whole on that day; false: more than the whole. Denominators that no longer fit are refused. */
static bool day_fits(const struct owner_share *v, size_t n, int32_t day)
{
    wide left_n = 1, left_d = 1; /* of one */
    for (size_t i = 0; i < n; i++) {
        if (!covers(&v[i], day) || v[i].n == 0)
            continue;
        left_n = left_n * v[i].d - v[i].n * left_d;
        left_d *= v[i].d;
        if (left_n < 0)
            return false;
        int64_t g = left_d <= INT64_MAX ? gcd((int64_t)left_d, (int64_t)left_n) : 1;
        left_n /= g;
        left_d /= g;
        if (left_d > INT64_MAX / 100000)
            return false;
    }
    return true;
}

bool owner_shares_fit(const struct owner_share *v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (v[i].d < 1 || v[i].d > 100000 || v[i].n < 0 || v[i].n > v[i].d)
            return false;
    for (size_t i = 0; i < n; i++) /* the sum rises only where one begins */
        if (!day_fits(v, n, v[i].from_day))
            return false;
    return true;
}
