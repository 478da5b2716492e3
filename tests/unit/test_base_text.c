/* test_base_text.c - UTF-8, numbers, addresses, buffers, errors. SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include "base/err.h"
#include "base/text.h"
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

static struct arena *a;

/* From an exact-size heap copy, so that ASan sees one byte too far. */
static bool valid(const char *s, size_t n)
{
    char *p = malloc(n ? n : 1);
    memcpy(p, s, n);
    bool ok = utf8_valid(p, n);
    free(p);
    return ok;
}

static void utf8(void **state)
{
    (void)state;
    static const char *const good[] = {"",
                                       "a",
                                       "\x7f",
                                       "\xc2\x80",
                                       "\xdf\xbf",
                                       "\xe0\xa0\x80",
                                       "\xed\x9f\xbf",
                                       "\xee\x80\x80",
                                       "\xef\xbf\xbf",
                                       "\xf0\x90\x80\x80",
                                       "\xf4\x8f\xbf\xbf",
                                       "安居",
                                       "👨‍👩‍👧"};
    for (size_t i = 0; i < COUNT(good); i++)
        assert_true(valid(good[i], strlen(good[i])));
    static const char *const bad[] = {"\x80",
                                      "\xbf", /* lone continuation */
                                      "\xc0\x80",
                                      "\xc1\xbf",
                                      "\xe0\x80\x80",
                                      "\xe0\x9f\xbf",
                                      "\xf0\x80\x80\x80",
                                      "\xf0\x8f\xbf\xbf", /* overlong */
                                      "\xed\xa0\x80",
                                      "\xed\xbf\xbf",
                                      "\xed\xa0\x80\xed\xb0\x80", /* surrogates */
                                      "\xf4\x90\x80\x80",
                                      "\xf5\x80\x80\x80",
                                      "\xf8\x88\x80\x80\x80",
                                      "\xfe",
                                      "\xff", /* beyond U+10FFFF */
                                      "\xc2",
                                      "\xe1\x80",
                                      "\xf1\x80\x80",
                                      "a\xc2",
                                      "\xe5\xae", /* cut off */
                                      "\xc2"
                                      "a",
                                      "\xe1\x80"
                                      "a",
                                      "\xf1\x80\x80"
                                      "a",
                                      "\xc3\x28"};
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(valid(bad[i], strlen(bad[i])));
    assert_false(valid("a\0b", 3));
    uint32_t accepted = 0; /* all two-byte texts: exactly the legal ones */
    for (unsigned x = 0; x < 65536; x++)
        accepted += utf8_valid((const char[]){(char)(x >> 8), (char)x}, 2);
    assert_int_equal(accepted, 127 * 127 + 30 * 64);
    assert_int_equal(utf8_len("安a居"), 3);
    assert_int_equal(utf8_prefix("安a居", 2), 4);
    assert_int_equal(utf8_prefix("安a居", 9), 7);
    assert_int_equal(utf8_prefix("安", 0), 0);
}

static void cleaning(void **state)
{
    (void)state;
    assert_string_equal(text_clean(a, "  a\tb\n ", false), "ab");
    assert_string_equal(text_clean(a, " a\tb\n\x01 ", true), "a\tb");
    assert_string_equal(text_clean(a, "１３８ＡＢ　ｃ", false), "138AB c");
    assert_string_equal(text_clean(a, "\xc2\x85安\x7f居", false), "安居");
    assert_string_equal(text_clean(a, "", false), "");
    assert_string_equal(text_clean(a, " \n\t ", true), "");
    assert_string_equal(text_clean(a, "ok\xff rest", false), "ok");
}

static void numbers(void **state)
{
    (void)state;
    int64_t v = 77;
    static const char *const bad[] = {
        "",  "-", "+1", " 1", "1 ", "0x1", "1.0", "9223372036854775808", "-9223372036854775809", "99999999999999999999",
        "１"};
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(parse_i64(bad[i], &v));
    assert_false(parse_i64(NULL, &v));
    assert_int_equal(v, 77);
    assert_true(parse_i64("9223372036854775807", &v) && v == INT64_MAX);
    assert_true(parse_i64("-9223372036854775808", &v) && v == INT64_MIN);
    assert_true(parse_i64("-0", &v) && v == 0);
    assert_true(parse_i64_n("123x", 3, &v) && v == 123);
    assert_true(is_digits("012", 3, 3));
    assert_false(is_digits("01a", 1, 9));
    assert_false(is_digits(NULL, 0, 9));
    assert_true(is_digits("", 0, 9));
}

static void addresses(void **state)
{
    (void)state;
    assert_true(phone_valid("13800001234"));
    assert_true(phone_valid("19912345678"));
    static const char *const bad_phone[] = {"12800001234", "1380000123",  "138000012345",
                                            "23800001234", "1380000123a", ""};
    for (size_t i = 0; i < COUNT(bad_phone); i++)
        assert_false(phone_valid(bad_phone[i]));
    assert_false(phone_valid(NULL));
    assert_true(email_valid("a.b+c@x-y.example"));
    static const char *const bad_mail[] = {"",        "a",       "a@",        "@b.c",    "a@b",
                                           "a@b.",    "a@.b",    "a b@c.d",   "a@b@c.d", "a@b.c\r\nX: y",
                                           "<a@b.c>", "a,b@c.d", "a@b.c\x7f", "安@b.c"};
    for (size_t i = 0; i < COUNT(bad_mail); i++)
        if (email_valid(bad_mail[i]))
            fail_msg("%s", bad_mail[i]);
    char hex[9], raw[4];
    hex_encode("\x00\xff\x1a\xa1", 4, hex);
    assert_string_equal(hex, "00ff1aa1");
    assert_true(hex_decode("00FF1Aa1", 8, raw));
    assert_memory_equal(raw, "\x00\xff\x1a\xa1", 4);
    assert_false(hex_decode("0", 1, raw));
    assert_false(hex_decode("0g", 2, raw));
    static const char *const names[] = {"a", NULL, "b"};
    assert_int_equal(str_index(names, 3, "b"), 2);
    assert_int_equal(str_index(names, 3, NULL), -1);
    assert_true(str_eq(NULL, NULL));
    assert_false(str_eq(NULL, ""));
    assert_true(str_starts("abc", "ab"));
    assert_false(str_starts(NULL, ""));
}

static void buffers(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, a);
    assert_string_equal(buf_cstr(&b), "");
    for (int i = 0; i < 10000; i++)
        buf_printf(&b, "%d,", i % 10);
    assert_int_equal(b.n, 20000);
    assert_int_equal(strlen(buf_cstr(&b)), 20000);
    buf_add(&b, "", 0);
    buf_char(&b, 'x');
    assert_string_equal(buf_cstr(&b) + 19998, "9,x");
}

static void errors(void **state)
{
    (void)state;
    for (int e = 0; e < ERR_COUNT; e++) {
        assert_true(err_http((enum err)e) >= 200 && err_http((enum err)e) < 600);
        assert_true(*err_wire((enum err)e) && *err_text((enum err)e, 0) && *err_text((enum err)e, 1));
        for (int f = 0; f < e; f++)
            assert_string_not_equal(err_wire((enum err)e), err_wire((enum err)f));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(utf8),    cmocka_unit_test(cleaning),
                                       cmocka_unit_test(numbers), cmocka_unit_test(addresses),
                                       cmocka_unit_test(buffers), cmocka_unit_test(errors)};
    a = arena_new(0);
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    arena_free(a);
    return rc;
}
