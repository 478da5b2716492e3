/* test_receipt.c - capitals, masks, signed codes, QR codes, and a receipt whose text can be read back out of the PDF.
 * SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/money.h"
#include "domain/receipt.h"
#include "domain/receipt_code.h"
#include "platform/crypto/crypto.h"
#include "platform/qr.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct arena *arena;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new(0);
    return !crypto_load_master("00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff");
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static void test_capitals(void **state)
{
    static const struct {
        int64_t fen;
        const char *zh;
    } t[] = {
        {0,              "零元整"                                             },
        {1,              "壹分"                                                },
        {10,             "壹角"                                                },
        {99,             "玖角玖分"                                          },
        {100,            "壹元整"                                             },
        {101,            "壹元零壹分"                                       },
        {110,            "壹元壹角"                                          },
        {1000,           "壹拾元整"                                          },
        {1500,           "壹拾伍元整"                                       },
        {10000,          "壹佰元整"                                          },
        {10100,          "壹佰零壹元整"                                    },
        {11000,          "壹佰壹拾元整"                                    },
        {36596,          "叁佰陆拾伍元玖角陆分"                        },
        {100100,         "壹仟零壹元整"                                    },
        {101000,         "壹仟零壹拾元整"                                 },
        {600714,         "陆仟零柒元壹角肆分"                           },
        {140950,         "壹仟肆佰零玖元伍角"                           },
        {168032,         "壹仟陆佰捌拾元叁角贰分"                     },
        {32504,          "叁佰贰拾伍元零肆分"                           },
        {1640902,        "壹万陆仟肆佰零玖元零贰分"                  },
        {1000000,        "壹万元整"                                          },
        {1000100,        "壹万零壹元整"                                    },
        {1001000,        "壹万零壹拾元整"                                 },
        {1010000,        "壹万零壹佰元整"                                 },
        {10700053,       "壹拾万零柒仟元伍角叁分"                     },
        {100000000,      "壹佰万元整"                                       },
        {123456789,      "壹佰贰拾叁万肆仟伍佰陆拾柒元捌角玖分"},
        {10000000000,    "壹亿元整"                                          },
        {10000000100,    "壹亿零壹元整"                                    },
        {10001000000,    "壹亿零壹万元整"                                 },
        {10010010000,    "壹亿零壹拾万零壹佰元整"                     },
        {1002000000000,  "壹佰亿零贰仟万元整"                           },
        {10000000000000, "壹仟亿元整"                                       }
    };
    (void)state;
    for (size_t i = 0; i < COUNT(t); i++)
        assert_string_equal(rmb_capitals(arena, t[i].fen), t[i].zh);
    assert_string_equal(rmb_capitals(arena, -1), "");
    assert_string_equal(rmb_capitals(arena, FEN_MAX + 1), "");
}

/* Reads capitals back, knowing nothing of how they were written. */
static int64_t value_of(const char *s)
{
    static const char *const digit[] = {"零", "壹", "贰", "叁", "肆", "伍", "陆", "柒", "捌", "玖"};
    int64_t total = 0, group = 0, one = 0;
    for (; *s; s += 3) {
        char c[4] = {s[0], s[1], s[2], 0};
        int d = str_index(digit, 10, c);
        if (d >= 0)
            one = d;
        else if (str_eq(c, "拾") || str_eq(c, "佰") || str_eq(c, "仟"))
            group += one * (str_eq(c, "拾") ? 10 : str_eq(c, "佰") ? 100 : 1000), one = 0;
        else if (str_eq(c, "万") || str_eq(c, "亿"))
            total += (group + one) * (str_eq(c, "万") ? 1000000 : INT64_C(10000000000)), group = one = 0;
        else if (str_eq(c, "元"))
            total += (group + one) * 100, group = one = 0;
        else if (str_eq(c, "角") || str_eq(c, "分"))
            total += one * (str_eq(c, "角") ? 10 : 1), one = 0;
    }
    return total;
}

static void test_capitals_read_back(void **state)
{
    unsigned seed = 7;
    (void)state;
    for (int i = 0; i < 20000; i++) {
        int64_t fen = (((int64_t)rand_r(&seed) << 31) | rand_r(&seed)) % FEN_MAX;
        for (int k = rand_r(&seed) % 14, p = 0; p < 13; p++) { /* many zeros */
            int64_t ten = 1;
            for (int q = 0; q < p; q++)
                ten *= 10;
            if (k & (1 << (p % 4)))
                fen -= fen / ten % 10 * ten;
        }
        const char *s = rmb_capitals(arena, fen);
        assert_int_equal(value_of(s), fen);
        assert_null(strstr(s, "零零"));
        assert_null(strstr(s, "零万"));
        assert_null(strstr(s, "零元零"));
    }
    arena_reset(arena);
}

static void test_masks(void **state)
{
    (void)state;
    assert_string_equal(mask_name(arena, "张伟"), "张*");
    assert_string_equal(mask_name(arena, "欧阳娜娜"), "欧*");
    assert_string_equal(mask_name(arena, "阳光置业公司"), "阳光*");
    assert_string_equal(mask_name(arena, ""), "");
    assert_string_equal(mask_room(arena, "3栋2单元1502室"), "3栋2单元15**");
    assert_string_equal(mask_room(arena, "1栋1单元101室"), "1栋1单元1**");
    assert_string_equal(mask_room(arena, "A座12"), "A座**");
    assert_string_equal(mask_room(arena, "东门商铺"), "东门**");
}

static void test_codes(void **state)
{
    const int64_t id = (INT64_C(1) << 53) - 1;
    int64_t got = 0, extra = 0;
    (void)state;
    char *code = signed_code(arena, "receipt", id, 4294967295);
    assert_int_equal(strlen(code), SIGNED_CODE_LEN);
    assert_true(signed_code_read("receipt", code, &got, &extra));
    assert_int_equal(got, id);
    assert_int_equal(extra, 4294967295);
    assert_false(signed_code_read("door", code, &got, &extra));
    for (size_t i = 0; i < SIGNED_CODE_LEN; i++) { /* every character matters */
        char keep = code[i];
        code[i] = keep == '7' ? '8' : '7';
        assert_false(signed_code_read("receipt", code, &got, &extra));
        code[i] = keep;
    }
    char *typed = arena_printf(arena, " %.8s-%.24s ", code, code + 8);
    for (char *p = typed; *p; p++)
        *p = *p >= 'A' && *p <= 'Z' ? (char)(*p - 'A' + 'a') : *p == '0' ? 'o' : *p == '1' ? 'l' : *p;
    assert_true(signed_code_read("receipt", typed, &got, &extra));
    assert_false(signed_code_read("receipt", "", &got, &extra));
    assert_false(signed_code_read("receipt", arena_printf(arena, "%s0", code), &got, &extra));
    assert_false(signed_code_read("receipt", "UUUUUUUUUUUUUUUUUUUUUUUUUUUUUUUU", &got, &extra));
}

static void test_qr(void **state)
{
    struct qr q;
    size_t n = 0;
    char long_text[QR_TEXT_MAX + 2];
    (void)state;
    assert_true(qr_make(arena, "https://pay.example.cn/#/pay/0123456789ABCDEF0123456789ABCDEF", &q));
    assert_in_range(q.side, 21, 45);
    for (int i = 0; i < 7; i++) /* the finder pattern's edge */
        assert_int_equal(q.dark[i], 1);
    const uint8_t *png = qr_png(arena, "x", 4, &n);
    assert_non_null(png);
    assert_memory_equal(png, "\x89PNG\r\n\x1a\n", 8);
    assert_int_equal(png[19], (21 + 2 * QR_QUIET) * 4);
    assert_non_null(strstr(qr_svg(arena, "<&>"), "viewBox=\"0 0 29 29\""));
    assert_false(qr_make(arena, "", &q));
    memset(long_text, 'a', sizeof long_text - 1);
    long_text[sizeof long_text - 1] = 0;
    assert_false(qr_make(arena, long_text, &q));
    assert_null(qr_png(arena, "x", 0, &n));
}

/* The document's text as a reader sees it, without its spaces. */
static const char *text_of(const void *pdf, size_t n)
{
    char path[] = "/tmp/anju-receipt-XXXXXX";
    int fd = mkstemp(path);
    struct buf b;
    char part[4096];
    size_t got;
    assert_true(fd >= 0 && write(fd, pdf, n) == (ssize_t)n);
    close(fd);
    FILE *f = popen(arena_printf(arena, "pdftotext -raw %s - 2>/dev/null", path), "r");
    buf_init(&b, arena);
    while (f && (got = fread(part, 1, sizeof part, f)) > 0)
        for (size_t i = 0; i < got; i++)
            if (part[i] != ' ')
                buf_char(&b, part[i]);
    assert_int_equal(f ? pclose(f) : 1, 0);
    if (getenv("ANJU_KEEP"))
        print_message("kept %s\n", path);
    else
        unlink(path);
    return buf_cstr(&b);
}

static struct receipt sample(struct receipt_line *l, size_t n)
{
    struct receipt r = {
        .p = {.receipt_no = 12,
              .amount_fen = 36596,
              .method = "cash",
              .voucher = "",
              .state = "taken",
              .payer = "张伟 <b>&amp;",
              .day = 20261126,
              .created_at = 1795687200000},
        .company = "安居物业服务有限公司",
        .project = "阳光花园",
        .cashier = "赵收费",
        .number = "P01-00000012",
        .code = signed_code(arena, "receipt", 12, 12),
        .line = l,
        .nline = n,
        .prints = 1
    };
    for (size_t i = 0; i < n; i++)
        l[i] = (struct receipt_line){"3栋2单元1502室", i % 2 ? "违约金" : "物业费", i % 2 ? 0 : 20261001,
                                     i % 2 ? 0 : 20261231, 1000 + (int64_t)i};
    return r;
}

static void test_pdf_can_be_read(void **state)
{
    struct receipt_line l[20];
    size_t n = 0;
    (void)state;
    struct receipt r = sample(l, 3);
    const void *pdf = receipt_pdf(arena, &r, "https://pay.example.cn/#/receipt/x", &n);
    assert_non_null(pdf);
    const char *t = text_of(pdf, n);
    const char *const must[] = {
        "P01-00000012",   "叁佰陆拾伍元玖角陆分",   "365.96", "张伟<b>&amp;", "阳光花园", "安居物业服务有限公司",
        "3栋2单元1502室", "2026-10-01至2026-12-31", "10.02",  "赵收费",       "现金",     "第1次打印"};
    for (size_t i = 0; i < COUNT(must); i++)
        if (!strstr(t, must[i]))
            fail_msg("%s is not in:\n%s", must[i], t);
    assert_null(strstr(t, "补打"));
    assert_null(strstr(t, "作废:"));
}

static void test_marks_and_pages(void **state)
{
    static const struct {
        enum receipt_state state;
        int64_t back, prints;
        const char *mark;
    } t[] = {
        {RECEIPT_VOID,            0,     1, "作废"      },
        {RECEIPT_REFUNDED,        36596, 2, "已退款"   },
        {RECEIPT_PARTLY_REFUNDED, 100,   1, "部分退款"},
        {RECEIPT_VALID,           0,     2, "补打"      },
        {RECEIPT_VALID,           0,     0, "电子凭证"}
    };
    struct receipt_line l[20];
    (void)state;
    for (size_t i = 0; i < COUNT(t); i++) {
        struct receipt r = sample(l, 20);
        size_t n = 0;
        r.state = t[i].state;
        r.p.back_fen = t[i].back;
        r.p.reason = "收错";
        r.prints = t[i].prints;
        const void *pdf = receipt_pdf(arena, &r, "", &n);
        const char *text = text_of(pdf, n);
        if (!strstr(text, t[i].mark))
            fail_msg("%s is not in:\n%s", t[i].mark, text);
        assert_non_null(strstr(text, "第2页/共2页"));
        assert_non_null(strstr(text, "10.19")); /* the last line */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_capitals),
        cmocka_unit_test(test_capitals_read_back),
        cmocka_unit_test(test_masks),
        cmocka_unit_test(test_codes),
        cmocka_unit_test(test_qr),
        cmocka_unit_test(test_pdf_can_be_read),
        cmocka_unit_test(test_marks_and_pages),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
