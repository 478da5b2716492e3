/* test_domain_fee_line.c - one line's amount: the golden cases, rounding for any numbers, the short way against the formula
 * engine, files of readings. SPDX-License-Identifier: MIT */
#include "base/text.h"
#include "domain/billing.h"
#include "domain/formula.h"
#include "platform/table/csv.h"
// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <stdlib.h>
#include <string.h>

#define CASES 100000

static int64_t line_fen(struct fee_item *f, int64_t area_e4, int64_t price_e4, int64_t months)
{
    struct line_input in = {
        .item = f,
        .period = {20260101, 20261231},
        .months_num = months,
        .months_den = 1,
        .area_e4 = area_e4,
        .price_e4 = price_e4,
        .coefficient_e4 = 10000,
        .has_price = true
    };
    struct why why;
    int64_t fen = -1;
    return billing_amount(&in, &fen, &why) ? fen : -1;
}

static void test_golden(void **state)
{
    struct fee_item f = {.code = "x", .kind = FEE_AREA};
    (void)state;
    assert_int_equal(line_fen(&f, 1307000, 1500, 1), 1961); /* 0.15 x 130.70 = 19.605 */
    f.round_to = TO_YUAN;
    assert_int_equal(line_fen(&f, 1002400, 14000, 12), 168400); /* 1,684.032 */
    assert_int_equal(line_fen(&f, 3170600, 12000, 12), 456600); /* 4,565.664 */
    f.rounding = ROUND_UP;
    assert_int_equal(line_fen(&f, 1002400, 14000, 12), 168500);
    f.rounding = ROUND_DOWN;
    assert_int_equal(line_fen(&f, 3170600, 12000, 12), 456500);
    f.round_to = TO_JIAO;
    assert_int_equal(line_fen(&f, 3170600, 12000, 12), 456560);
    f.rounding = ROUND_HALF_UP;
    assert_int_equal(line_fen(&f, 1000000, 12345, 1), 12350); /* 123.45: half a jiao goes up */
    assert_int_equal(line_fen(&f, 0, 12345, 1), -1);          /* no area: no line, never 0 */
    assert_int_equal(line_fen(&f, 1, 1, 1), -1);              /* nor one of nothing */
    assert_int_equal(line_fen(&f, INT64_MAX, INT64_MAX, 12), -1);
}

/* Within one unit of the exact value on the right side, and a multiple of the unit */
static void test_rounding(void **state)
{
    (void)state;
    srandom(21);
    for (int i = 0; i < CASES; i++) {
        wide num = (wide)random() * random() % 1000000000000, den = 1 + random() % 1000000;
        int64_t unit = round_to_fen[random() % 3], fen = 0;
        enum rounding mode = (enum rounding)(random() % 3);
        assert_true(round_fen(num, den, mode, unit, &fen));
        wide diff = (wide)fen * den - num, one = den * unit;
        assert_int_equal(fen % unit, 0);
        if (mode == ROUND_UP)
            assert_true(diff >= 0 && diff < one);
        else if (mode == ROUND_DOWN)
            assert_true(diff <= 0 && -diff < one);
        else
            assert_true(2 * diff <= one && -2 * diff < one);
    }
    int64_t fen;
    assert_false(round_fen(-1, 1, ROUND_UP, 1, &fen));
    assert_false(round_fen(1, 0, ROUND_UP, 1, &fen));
    assert_false(round_fen((wide)FEN_MAX + 1, 1, ROUND_DOWN, 1, &fen));
}

static void test_the_short_way_is_the_formula(void **state)
{
    static const struct {
        int kind;
        const char *formula, *unit;
    } kinds[] = {
        {FEE_AREA,    "area * price * months * coefficient", "yuan/m2/month"},
        {FEE_FIXED,   "price * months * coefficient",        "yuan/month"   },
        {FEE_PARKING, "price * months * coefficient",        "yuan/month"   },
        {FEE_METERED, "usage * price * coefficient",         "yuan/qty"     }
    };
    struct arena *a = arena_new(0);
    struct formula *parsed[COUNT(kinds)];
    (void)state;
    for (size_t k = 0; k < COUNT(kinds); k++) {
        struct fee_item f = {.formula = kinds[k].formula, .price_unit = kinds[k].unit};
        parsed[k] = billing_formula(a, &f);
        assert_non_null(parsed[k]);
    }
    srandom(22);
    for (int i = 0; i < CASES; i++) {
        size_t k = (size_t)random() % COUNT(kinds);
        struct fee_item f = {
            .code = "x", .kind = kinds[k].kind, .rounding = (int)(random() % 3), .round_to = (int)(random() % 3)};
        struct line_input in = {
            .item = &f,
            .period = {20260116, 20260131},
            .months_num = 1 + random() % 400,
            .months_den = 1 + random() % 900,
            .area_e4 = 1 + random() % 5000000,
            .price_e4 = random() % 200000,
            .coefficient_e4 = 1 + random() % 30000,
            .usage_e3 = random() % 1000000,
            .has_usage = true,
            .has_price = true
        };
        struct why why;
        int64_t fast = 0, slow = 0;
        bool ok = billing_amount(&in, &fast, &why);
        f.kind = FEE_FORMULA;
        in.formula = parsed[k];
        bool same = billing_amount(&in, &slow, &why);
        assert_true(same == (ok && fast > 0)); /* only meters may come out at nothing */
        if (same)
            assert_int_equal(fast, slow);
    }
    arena_free(a);
}

static void test_explaining(void **state)
{
    struct arena *a = arena_new(0);
    (void)state;
    assert_string_equal(billing_explain(a, "{\"a\":1}", "{\"b\":2}"), "{\"a\":1,\"b\":2}");
    assert_string_equal(billing_explain(a, "", "{\"b\":2}"), "{\"b\":2}");
    assert_string_equal(billing_explain(a, "{\"a\":1}", "{}"), "{\"a\":1}");
    arena_free(a);
}

static void test_files(void **state)
{
    struct arena *a = arena_new(0);
    struct csv c = {.at = "a, b ,\"x,\"\"y\"\"\nz\"\r\n\n,,\n 1,2\n"};
    const char *cell[3];
    size_t n;
    int32_t day;
    int64_t v;
    (void)state;
    assert_true(csv_row(a, &c, cell, 3, &n) && n == 3 && c.row == 1);
    assert_string_equal(cell[1], "b");
    assert_non_null(strstr(cell[2], "x,\"y\""));
    assert_true(csv_row(a, &c, cell, 3, &n) && n == 2 && c.row == 4);
    assert_string_equal(cell[0], "1");
    assert_false(csv_row(a, &c, cell, 3, &n));
    assert_int_equal(n, 1);
    c = (struct csv){.at = "\"open"};
    assert_false(csv_row(a, &c, cell, 3, &n));
    assert_int_equal(n, 0);
    assert_string_equal(csv_text(a, "\xEF\xBB\xBF表", 6), "表");
    assert_string_equal(csv_text(a, "\xB1\xED", 2), "表");
    assert_null(csv_text(a, "\xB1", 1));
    assert_null(csv_text(a, "a\0b", 3));
    assert_true(csv_day("20260228", &day) && day == 20260228);
    assert_true(csv_day("2026-2-8", &day) && day == 20260208);
    assert_true(csv_day("2026/12/31", &day) && day == 20261231);
    for (const char *const *s =
             (const char *const[]){"20260229", "2026-02-30", "2026-2", "2026-2-3-4", "", "x", "--", "2026-13-01", NULL};
         *s; s++)
        assert_false(csv_day(*s, &day));
    assert_true(csv_e3("12", &v) && v == 12000);
    assert_true(csv_e3("12.5", &v) && v == 12500);
    assert_true(csv_e3("0.005", &v) && v == 5);
    for (const char *const *s =
             (const char *const[]){"-1", "1.", ".5", "1.0005", "1e3", "", "1,2", "1.-5", "9999999999", NULL};
         *s; s++)
        assert_false(csv_e3(*s, &v));
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_golden), cmocka_unit_test(test_rounding),
                                       cmocka_unit_test(test_the_short_way_is_the_formula),
                                       cmocka_unit_test(test_explaining), cmocka_unit_test(test_files)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
