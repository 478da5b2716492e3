/* test_net_url.c - query strings and percent encoding. SPDX-License-Identifier: MIT */
#include "base/text.h"
#include "platform/net/http.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h> /* wants the four standard ones before it */

static void test_query(void **unused)
{
    (void)unused;
    static const struct {
        const char *query, *name, *want;
        bool bad;
    } t[] = {
        {"a=1&b=2",     "b",  "2",            false},
        {"a=1&b=2",     "c",  NULL,           false},
        {"",            "a",  NULL,           false},
        {"a",           "a",  "",             false},
        {"a=",          "a",  "",             false},
        {"a=1=2",       "a",  "1=2",          false},
        {"a=1&a=2",     "a",  "1",            false},
        {"a=x+y%20z",   "a",  "x y z",        false},
        {"a=%2B%26%3d", "a",  "+&=",          false},
        {"a=%E4%BD%A0", "a",  "\xE4\xBD\xA0", false},
        {"%61b=1",      "ab", "1",            false},
        {"a=%4",        "a",  NULL,           true },
        {"a=%",         "a",  NULL,           true },
        {"a=%g1",       "a",  NULL,           true },
        {"a=%00",       "a",  NULL,           true },
        {"a=%FF",       "a",  NULL,           true },
        {"a=%C0%80",    "a",  NULL,           true },
        {"a=%41",       "a",  "A",            false},
        {"x=%4&a=1",    "a",  "1",            false},
        {"&&a=1&",      "a",  "1",            false},
        {"aa=1",        "a",  NULL,           false},
    };
    for (size_t i = 0; i < COUNT(t); i++) {
        struct arena *a = arena_new(0);
        bool bad = false;
        const char *got = http_query(a, t[i].query, t[i].name, &bad);
        if (t[i].want) {
            assert_non_null(got);
            assert_string_equal(got, t[i].want);
        } else {
            assert_null(got);
        }
        assert_int_equal(bad, t[i].bad);
        arena_free(a);
    }
}

static void test_encode_round_trip(void **unused)
{
    (void)unused;
    struct arena *a = arena_new(0);
    assert_string_equal(url_encode(a, "a b/c?d&e=f%"), "a%20b%2Fc%3Fd%26e%3Df%25");
    assert_string_equal(url_encode(a, "AZaz09-._~"), "AZaz09-._~");
    assert_string_equal(url_encode(a, ""), "");
    char all[256];
    for (int i = 1; i < 128; i++)
        all[i - 1] = (char)i;
    all[127] = '\0';
    bool bad = false;
    const char *back = http_query(a, arena_printf(a, "v=%s", url_encode(a, all)), "v", &bad);
    assert_non_null(back);
    assert_string_equal(back, all);
    arena_free(a);
}

static void test_reply_headers_are_bounded(void **unused)
{
    (void)unused;
    struct http_reply r;
    http_reply_init(&r, 201);
    assert_int_equal(r.status, 201);
    assert_int_equal(r.fd, -1);
    for (int i = 0; i < HTTP_REPLY_HEADERS + 3; i++)
        http_reply_header(&r, "x-a", "1");
    assert_int_equal(r.nheader, HTTP_REPLY_HEADERS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_query), cmocka_unit_test(test_encode_round_trip),
                                       cmocka_unit_test(test_reply_headers_are_bounded)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
