/* test_domain_fees.c - periods, part months, meters, tiers, exact splits; known cases and 10^5 random ones.
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/text.h"
#include "domain/fee_rules.h"
// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <stdlib.h>

static void check_period(struct period p, int32_t from, int32_t to)
{
    assert_int_equal(p.from, from);
    assert_int_equal(p.to, to);
}

static void test_periods(void **state)
{
    (void)state;
    check_period(fee_period(CYCLE_MONTHLY, 0, 20240215), 20240201, 20240229);
    check_period(fee_period(CYCLE_QUARTERLY, 0, 20261124), 20261001, 20261231);
    check_period(fee_period(CYCLE_YEARLY, 0, 20261124), 20260101, 20261231);
    check_period(fee_period(CYCLE_ANNIVERSARY, 20240615, 20261124), 20260615, 20270614);
    check_period(fee_period(CYCLE_ANNIVERSARY, 20240615, 20260614), 20250615, 20260614);
    /* handed over on 29 February: 28th in common years, the 29th again in leap years */
    check_period(fee_period(CYCLE_ANNIVERSARY, 20240229, 20250301), 20250228, 20260227);
    check_period(fee_period(CYCLE_ANNIVERSARY, 20240229, 20280229), 20280229, 20290227);
    check_period(fee_period(CYCLE_ANNIVERSARY, 20240229, 20280228), 20270228, 20280228);
    assert_int_equal(day_add_months(20260131, 1), 20260228);
    assert_int_equal(day_add_months(20260131, -2), 20251130);
    assert_int_equal(day_add_months(20260115, -1), 20251215);
    assert_int_equal(fee_days((struct period){20240201, 20240301}), 30);
}

static void check_months(int32_t from, int32_t to, enum part_month how, int64_t num, int64_t den)
{
    int64_t n, d;
    fee_months((struct period){from, to}, how, &n, &d);
    assert_int_equal(n * den, num * d);
}

static void test_part_months(void **state)
{
    (void)state;
    check_months(20260101, 20261231, PART_ACTUAL, 12, 1);
    check_months(20260116, 20260131, PART_ACTUAL, 16, 31);
    check_months(20260116, 20260215, PART_ACTUAL, 16 * 28 + 15 * 31, 31 * 28);
    check_months(20260116, 20260131, PART_THIRTY, 16, 30);
    check_months(20260102, 20260131, PART_THIRTY, 1, 1);
    check_months(20260115, 20260331, PART_FIFTEENTH, 3, 1);
    check_months(20260116, 20260331, PART_FIFTEENTH, 2, 1);
    check_months(20260116, 20260331, PART_WHOLE, 2, 1);
    check_months(20260301, 20260228, PART_ACTUAL, 0, 1);
}

/* A period cut anywhere: the parts make the whole, for the policy that counts days */
static void test_cut_periods_add_up(void **state)
{
    (void)state;
    srandom(20261124);
    for (int i = 0; i < 100000; i++) {
        int32_t from = clock_day_add(20240101, (int)(random() % 1200)), to = clock_day_add(from, (int)(random() % 500));
        int32_t cut = clock_day_add(from, (int)(random() % (fee_days((struct period){from, to}))));
        int64_t n, d, n1, d1, n2, d2;
        fee_months((struct period){from, to}, PART_ACTUAL, &n, &d);
        fee_months((struct period){from, cut}, PART_ACTUAL, &n1, &d1);
        fee_months((struct period){clock_day_add(cut, 1), to}, PART_ACTUAL, &n2, &d2);
        assert_true((n1 * d2 + n2 * d1) * d == n * d1 * d2);
    }
}

static void test_meter(void **state)
{
    struct why why;
    int64_t u = 0;
    (void)state;
    assert_true(meter_usage(1000, 13500, 0, 1000, &u, &why) && u == 12500);
    assert_true(meter_usage(99990000, 5000, 100000000, 1000, &u, &why) &&
                u == 15000); /* 99990 -> 5 on a five-digit meter */
    assert_true(meter_usage(1000, 2000, 0, 40000, &u, &why) && u == 40000);
    assert_false(meter_usage(2000, 1000, 0, 1000, &u, &why));
    assert_string_equal(why.field, "current");
    assert_false(meter_usage(2000, 1000, 1500, 1000, &u, &why));
    assert_false(meter_usage(-1, 1000, 0, 1000, &u, &why));
    assert_false(meter_usage(0, 1000, 0, 0, &u, &why));
}

static const struct tier water[] = {
    {180000, 34500},
    {260000, 48300},
    {0,      58300}
};

static void test_tiers(void **state)
{
    struct why why;
    int64_t fen = 0;
    (void)state;
    assert_true(tiered_fen(water, 3, 0, 15500, ROUND_HALF_UP, 1, &fen, &why) && fen == 5348); /* 53.475 */
    assert_true(tiered_fen(water, 3, 175000, 10000, ROUND_HALF_UP, 1, &fen, &why) && fen == 1725 + 2415);
    assert_true(tiered_fen(water, 3, 259000, 2000, ROUND_HALF_UP, 1, &fen, &why) && fen == 483 + 583);
    assert_false(tiered_fen(water, 2, 259000, 2000, ROUND_HALF_UP, 1, &fen, &why)); /* the last tier has an end */
    assert_false(tiered_fen(water, 3, 0, -1, ROUND_HALF_UP, 1, &fen, &why));
}

/* Reading a year's use in any number of pieces costs the same but for the rounding of each bill */
static void test_tiers_accumulate(void **state)
{
    struct why why;
    (void)state;
    srandom(3);
    for (int i = 0; i < 100000; i++) {
        int64_t total = 0, sum = 0, whole = 0, fen = 0, pieces = 1 + random() % 12;
        for (int64_t k = 0; k < pieces; k++) {
            int64_t use = random() % 60000;
            assert_true(tiered_fen(water, 3, total, use, ROUND_DOWN, 1, &fen, &why));
            sum += fen;
            total += use;
        }
        assert_true(tiered_fen(water, 3, 0, total, ROUND_DOWN, 1, &whole, &why));
        assert_in_range(whole - sum, 0, pieces - 1);
    }
}

static void test_transfer_splits_exactly(void **state)
{
    (void)state;
    srandom(5);
    for (int i = 0; i < 100000; i++) {
        struct period whole =
            fee_period((enum fee_cycle)(random() % 3), 0, clock_day_add(20240101, (int)(random() % 900)));
        int32_t cut = clock_day_add(whole.from, (int)(random() % (fee_days(whole) - 1)));
        struct period p[2] = {
            {whole.from, cut     },
            { clock_day_add(cut,        1), whole.to}
        };
        int64_t fen = random() % 100000000, part[2];
        assert_true(split_by_days(fen, p, 2, part));
        assert_int_equal(part[0] + part[1], fen);
        assert_true(part[0] >= 0 && part[1] >= 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_periods),
                                       cmocka_unit_test(test_part_months),
                                       cmocka_unit_test(test_cut_periods_add_up),
                                       cmocka_unit_test(test_meter),
                                       cmocka_unit_test(test_tiers),
                                       cmocka_unit_test(test_tiers_accumulate),
                                       cmocka_unit_test(test_transfer_splits_exactly)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
