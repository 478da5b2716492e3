/* test_domain_totp.c - codes of the second factor: the values of RFC 4226 and RFC 6238, base32 of RFC 4648.
 * SPDX-License-Identifier: MIT */
#include "base/text.h"
#include "domain/auth.h"
// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <string.h>

static struct arena *a;
static const char SECRET[] = "12345678901234567890"; /* both RFCs' test key */

static void counts(void **state)
{
    static const char *const said[] = {"755224", "287082", "359152", "969429", "338314",
                                       "254676", "287922", "162583", "399871", "520489"};
    (void)state;
    char code[7];
    for (size_t i = 0; i < COUNT(said); i++) { /* RFC 4226, appendix D */
        totp_at(SECRET, 20, (int64_t)i, code);
        assert_string_equal(code, said[i]);
    }
}

static void times(void **state)
{
    static const struct {
        int64_t unix_s;
        const char *code; /* the last six of the RFC's eight digits */
    } t[] = {
        {59,                   "287082"},
        {1111111109,           "081804"},
        {1111111111,           "050471"},
        {1234567890,           "005924"},
        {2000000000,           "279037"},
        {INT64_C(20000000000), "353130"}
    };
    (void)state;
    char code[7];
    for (size_t i = 0; i < COUNT(t); i++) {
        totp_at(SECRET, 20, t[i].unix_s / 30, code);
        assert_string_equal(code, t[i].code);
    }
}

static void base32s(void **state)
{
    static const char *const v[][2] = {
        {"",       ""          },
        {"f",      "MY"        },
        {"fo",     "MZXQ"      },
        {"foo",    "MZXW6"     },
        {"foob",   "MZXW6YQ"   },
        {"fooba",  "MZXW6YTB"  },
        {"foobar", "MZXW6YTBOI"}
    };
    (void)state;
    for (size_t i = 0; i < COUNT(v); i++)
        assert_string_equal(base32(a, v[i][0], strlen(v[i][0])), v[i][1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(counts), cmocka_unit_test(times), cmocka_unit_test(base32s)};
    a = arena_new(0);
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    arena_free(a);
    return rc;
}
