/* test_domain_formula.c - the formula language: what it accepts, where it points when it refuses, what it computes.
 * SPDX-License-Identifier: MIT */
#include "base/text.h"
#include "domain/formula.h"
// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct arena *a;
static const struct formula_unit per_area = {.yuan = 1, .m2 = -1, .month = -1};

static int set_up(void **state)
{
    (void)state;
    a = arena_new(0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(a);
    return 0;
}

static void test_refusals_point_at_the_mistake(void **state)
{
    static const struct {
        const char *text;
        size_t at;
    } t[] = {
        {"",                                    0 },
        {"area * price *",                      14},
        {"area * price * months +",             23},
        {"area + months",                       5 },
        {"area",                                0 },
        {"area * price",                        0 },
        {"area * price * months)",              21},
        {"(area * price * months",              22},
        {"area * price * months * foo",         24},
        {"system(1)",                           0 },
        {"1.2.3[yuan]",                         3 },
        {"1.23456[yuan]",                       6 },
        {"1[dollar]",                           2 },
        {"1[yuan",                              2 },
        {"1[yuan/]",                            2 },
        {"min(1[yuan], 2)",                     0 },
        {"if(area < months, 1[yuan], 2[yuan])", 9 },
        {"if(1, 1[yuan], 2[yuan])",             4 },
        {"1[yuan]; drop table bill",            7 },
        {"面积 * price",                      0 },
        {"-1[yuan]",                            0 }
    };
    (void)state;
    for (size_t i = 0; i < COUNT(t); i++) {
        struct formula_error err = {99, NULL, NULL};
        if (formula_parse(a, t[i].text, per_area, &err))
            fail_msg("accepted: %s", t[i].text);
        if (err.at != t[i].at)
            fail_msg("%s: points at %zu (%s), not %zu", t[i].text, err.at, err.en, t[i].at);
        assert_non_null(err.zh);
    }
}

static void test_limits(void **state)
{
    struct formula_error err;
    char text[1200];
    (void)state;
    memset(text, '(', 30);
    strcpy(text + 30, "1[yuan]))))))))))))))))))))))))))))))");
    assert_null(formula_parse(a, text, per_area, &err));
    size_t n = (size_t)snprintf(text, sizeof text, "1[yuan]");
    while (n < 600)
        n += (size_t)snprintf(text + n, sizeof text - n, "+1[yuan]");
    assert_null(formula_parse(a, text, per_area, &err));
    n = (size_t)snprintf(text, sizeof text, "1[yuan]"); /* 249 factors: short enough, too many nodes */
    while (n < 498)
        n += (size_t)snprintf(text + n, sizeof text - n, "*1");
    assert_null(formula_parse(a, text, per_area, &err));
}

static int64_t eval(const char *text, const struct formula_values *v)
{
    struct formula_error err;
    struct why why;
    int64_t fen = -1;
    struct formula *f = formula_parse(a, text, per_area, &err);
    if (!f)
        fail_msg("%s: refused at %zu: %s", text, err.at, err.en);
    return formula_eval(f, v, ROUND_HALF_UP, &fen, &why) ? fen : -1;
}

static void test_values(void **state)
{
    (void)state;
    /* 130.70 m2 at 0.15 yuan: 19.605 -> 19.61, where doubles give 19.60 */
    struct formula_values v = {
        .area_e4 = 1307000, .price_e4 = 1500, .months_num = 1, .months_den = 1, .usage_e3 = 15500};
    assert_int_equal(eval("area * price * months", &v), 1961);
    v.months_num = 12;
    assert_int_equal(eval("area * price * months", &v), 23526);
    v = (struct formula_values){.area_e4 = 1002400, .price_e4 = 14000, .months_num = 12, .months_den = 1};
    assert_int_equal(eval("area * price * months", &v), 168403);
    v.months_num = 10, v.months_den = 31; /* ten days of a month with 31 */
    assert_int_equal(eval("area * price * months", &v), 4527);
    v.usage_e3 = 15500;
    const char *tiers = "if(usage <= 12[qty], usage * 3.45[yuan/qty], 12[qty] * 3.45[yuan/qty]"
                        " + (usage - 12[qty]) * 4.83[yuan/qty])";
    assert_int_equal(eval(tiers, &v), 4140 + 1691); /* 3.5 x 4.83 = 16.905 */
    v.usage_e3 = 12000;
    assert_int_equal(eval(tiers, &v), 4140);
    assert_int_equal(eval("max(usage - 20[qty], 0[qty]) * 2[yuan/qty]", &v), 0);
    assert_int_equal(eval("1[yuan] / 3", &v), 33);
    assert_int_equal(eval("2[yuan] / 3", &v), 67);
    assert_int_equal(eval("1[yuan] / 3 * 3", &v), 100); /* exact until the end */
}

static void test_evaluation_fails_loudly(void **state)
{
    struct formula_values v = {.area_e4 = 1, .price_e4 = INT64_MAX, .months_num = 1, .months_den = 1};
    (void)state;
    assert_int_equal(eval("1[yuan] / days", &v), -1);
    assert_int_equal(eval("1[yuan] - 2[yuan]", &v), -1);
    assert_int_equal(eval("price * area * months * 9999999999999",
                          &(struct formula_values){
                              .area_e4 = INT64_MAX, .price_e4 = INT64_MAX, .months_num = INT64_MAX, .months_den = 1}),
                     -1);
}

/* a*b + c for random whole fen must equal integer arithmetic, whatever the order of the factors */
static void test_against_integers(void **state)
{
    struct formula_error err;
    struct why why;
    struct formula *one = formula_parse(a, "area * price * months + 1.25[yuan]", per_area, &err);
    struct formula *two = formula_parse(a, "1.25[yuan] + months * (price * area)", per_area, &err);
    (void)state;
    srandom(20261124);
    for (int i = 0; i < 100000; i++) {
        struct formula_values v = {.area_e4 = random() % 100000000,
                                   .price_e4 = random() % 1000000,
                                   .months_num = 1 + random() % 366,
                                   .months_den = 1 + random() % 31};
        int64_t x = 0, y = 0, want = 0;
        assert_true(formula_eval(one, &v, ROUND_HALF_UP, &x, &why) && formula_eval(two, &v, ROUND_HALF_UP, &y, &why));
        assert_true(price_area_fen(v.price_e4, v.area_e4, v.months_num, v.months_den, ROUND_HALF_UP, &want));
        assert_int_equal(x, want + 125);
        assert_int_equal(x, y);
    }
}

/* Whatever bytes come in: refused or parsed, never anything else (the sanitizers watch). */
static void test_noise(void **state)
{
    static const char letters[] = "area price months usage()+-*/,.0123456789[]yuan/m2qty minmaxif<=>";
    struct formula_error err;
    char text[64];
    (void)state;
    srandom(7);
    for (int i = 0; i < 100000; i++) {
        size_t n = (size_t)random() % 60;
        for (size_t k = 0; k < n; k++)
            text[k] = letters[(size_t)random() % (sizeof letters - 1)];
        text[n] = '\0';
        (void)formula_parse(a, text, per_area, &err);
        if (i % 1000 == 0)
            arena_reset(a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_refusals_point_at_the_mistake),
                                       cmocka_unit_test(test_limits),
                                       cmocka_unit_test(test_values),
                                       cmocka_unit_test(test_evaluation_fails_loudly),
                                       cmocka_unit_test(test_against_integers),
                                       cmocka_unit_test(test_noise)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
