/* test_base_money.c - rounding, prices, splitting. SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include "base/money.h"
#include "base/text.h"
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

static uint64_t seed = 20261123;

static uint64_t next(void) /* splitmix64: the same cases on every machine */
{
    uint64_t z = (seed += UINT64_C(0x9E3779B97F4A7C15));
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

static void rounding_modes(void **state)
{
    (void)state;
    static const struct {
        int64_t a, b, c;
        enum rounding mode;
        int64_t out;
    } c[] = {
        {5,         1,         2,         ROUND_HALF_UP, 3        },
        {-5,        1,         2,         ROUND_HALF_UP, -3       },
        {5,         1,         2,         ROUND_DOWN,    2        },
        {-5,        1,         2,         ROUND_DOWN,    -2       },
        {5,         1,         2,         ROUND_UP,      3        },
        {-5,        1,         2,         ROUND_UP,      -3       },
        {7,         1,         3,         ROUND_HALF_UP, 2        },
        {8,         1,         3,         ROUND_HALF_UP, 3        },
        {7,         1,         3,         ROUND_UP,      3        },
        {6,         1,         3,         ROUND_UP,      2        },
        {5,         1,         -2,        ROUND_HALF_UP, -3       },
        {0,         9,         7,         ROUND_UP,      0        },
        {INT64_MAX, INT64_MAX, INT64_MAX, ROUND_DOWN,    INT64_MAX},
        {INT64_MIN, 1,         1,         ROUND_HALF_UP, INT64_MIN}
    };
    for (size_t i = 0; i < COUNT(c); i++) {
        int64_t v = 0;
        assert_true(muldiv(c[i].a, c[i].b, c[i].c, c[i].mode, &v));
        assert_int_equal(v, c[i].out);
    }
    int64_t v = 9;
    assert_false(muldiv(1, 1, 0, ROUND_DOWN, &v));
    assert_false(muldiv(INT64_MAX, 2, 1, ROUND_DOWN, &v));
    assert_false(muldiv(INT64_MIN, -1, 1, ROUND_DOWN, &v));
    assert_int_equal(v, 9);
}

static void prices(void **state)
{
    (void)state;
    int64_t fen = 0;
    /* 0.15 yuan x 130.70 m2 = 19.605: binary floating point says 19.60 */
    assert_true(price_area_fen(1500, 1307000, 1, 1, ROUND_HALF_UP, &fen));
    assert_int_equal(fen, 1961);
    assert_true(price_area_fen(1500, 1307000, 1, 1, ROUND_DOWN, &fen));
    assert_int_equal(fen, 1960);
    assert_true(price_area_fen(28000, 895000, 3, 1, ROUND_HALF_UP, &fen)); /* 2.80 x 89.5 x 3 months */
    assert_int_equal(fen, 75180);
    assert_true(price_area_fen(28000, 895000, 10, 31, ROUND_HALF_UP, &fen)); /* 80.8387 */
    assert_int_equal(fen, 8084);
    assert_false(price_area_fen(1, 1, 1, 0, ROUND_DOWN, &fen));
    assert_false(price_area_fen(INT64_MAX, INT64_MAX, INT64_MAX, 1, ROUND_DOWN, &fen));
    assert_false(price_area_fen(INT64_MAX, 2000000, 1, 1, ROUND_DOWN, &fen));
    assert_true(price_qty_fen(350, 12345, ROUND_HALF_UP, &fen)); /* 3.50 x 12.345 */
    assert_int_equal(fen, 4321);
}

static void split_property(void **state)
{
    (void)state;
    for (int k = 0; k < 100000; k++) {
        size_t n = 1 + next() % 12;
        int64_t w[12], part[12], total = (int64_t)(next() % 20000001) - 10000000, sum = 0, weights = 0;
        for (size_t i = 0; i < n; i++)
            weights += w[i] = next() % 4 ? (int64_t)(next() % 1000000) : 0;
        if (weights == 0) {
            assert_false(split_fen(total, w, n, part));
            continue;
        }
        assert_true(split_fen(total, w, n, part));
        for (size_t i = 0; i < n; i++) {
            sum += part[i];
            /* each within one fen of its exact share, none against the sign, no weight no part */
            int64_t diff = part[i] * weights - total * w[i]; /* below 2^63 with these ranges */
            assert_true(diff < weights && diff > -weights);
            assert_true(w[i] || part[i] == 0);
            assert_true(total >= 0 ? part[i] >= 0 : part[i] <= 0);
            for (size_t j = 0; j < i; j++) /* equal weights: at most one fen apart, the earlier not less */
                if (w[i] == w[j]) {
                    int64_t more = total >= 0 ? part[j] - part[i] : part[i] - part[j];
                    assert_true(more == 0 || more == 1);
                }
        }
        assert_int_equal(sum, total);
    }
    int64_t part[3], w[3] = {1, 1, 1};
    assert_true(split_fen(100, w, 3, part));
    assert_int_equal(part[0], 34);
    assert_int_equal(part[2], 33);
    /* 100.01 yuan by 50, 30 and 20; 100 yuan for three houses: the largest remainder, then the first */
    const int64_t by[] = {50, 30, 20};
    assert_true(split_fen(10001, by, 3, part));
    assert_true(part[0] == 5001 && part[1] == 3000 && part[2] == 2000);
    assert_true(split_fen(10000, w, 3, part));
    assert_true(part[0] == 3334 && part[1] == 3333 && part[2] == 3333);
    assert_true(split_fen(-100, w, 3, part));
    assert_int_equal(part[0], -34);
    assert_false(split_fen(1, w, 0, part));
    assert_false(split_fen(1, (int64_t[]){1, -1}, 2, part));
    assert_false(split_fen(INT64_MIN, w, 3, part));
    int64_t big[2] = {INT64_MAX, INT64_MAX};
    assert_true(split_fen(INT64_MAX, big, 2, part));
    assert_int_equal(part[0] - part[1], 1);
}

static void text_form(void **state)
{
    (void)state;
    char text[32];
    int64_t v = 5;
    for (int k = 0; k < 100000; k++) {
        int64_t fen = (int64_t)(next() % (2 * FEN_MAX)) - FEN_MAX;
        assert_true(fen_parse(fen_format(fen, text), &v));
        assert_int_equal(v, fen);
    }
    assert_string_equal(fen_format(INT64_MIN, text), "-92233720368547758.08");
    assert_string_equal(fen_format(-5, text), "-0.05");
    assert_true(fen_parse("0.5", &v) && v == 50);
    assert_true(fen_parse("12", &v) && v == 1200);
    v = 5;
    static const char *const bad[] = {"",   "-",   ".",   "1.",   ".5",   "1.234", "1,00",          "+1", " 1",
                                      "1 ", "1e2", "--1", "1.-5", "1.5.", "1.2.3", "1234567890123", "１", "0x1"};
    for (size_t i = 0; i < COUNT(bad); i++)
        if (fen_parse(bad[i], &v))
            fail_msg("%s", bad[i]);
    assert_false(fen_parse(NULL, &v));
    assert_int_equal(v, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(rounding_modes), cmocka_unit_test(prices),
                                       cmocka_unit_test(split_property), cmocka_unit_test(text_form)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
