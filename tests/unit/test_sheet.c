/* test_sheet.c - spreadsheets: text stays text, money keeps its fen, long ones need little memory.
 * SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/text.h"
#include "platform/sheet.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static struct arena *arena;
static char dir[] = "/tmp/anju-sheet-XXXXXX";
static const struct sheet_column col[] = {
    {"名称", SHEET_TEXT, 20},
    {"数量", SHEET_INT,  10},
    {"金额", SHEET_FEN,  12},
    {"日期", SHEET_DAY,  12},
    {"时间", SHEET_TIME, 20}
};

static int set_up(void **state)
{
    (void)state;
    arena = arena_new(0);
    return mkdtemp(dir) ? 0 : 1;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return rmdir(dir); /* fails when a temporary part was left behind */
}

/* One part of the file, as text. */
static const char *part(const char *path, const char *name)
{
    struct buf b;
    char some[4096];
    size_t n;
    FILE *f = popen(arena_printf(arena, "unzip -p %s %s", path, name), "r");
    buf_init(&b, arena);
    while (f && (n = fread(some, 1, sizeof some, f)) > 0)
        buf_add(&b, some, n);
    assert_int_equal(f ? pclose(f) : 1, 0);
    return buf_cstr(&b);
}

static void test_text_is_never_a_formula(void **state)
{
    static const char *const evil[] = {"=1+1",        "+1",
                                       "-1",          "@SUM(A1)",
                                       "\t=1",        "=HYPERLINK(\"http://x\")",
                                       "{=1}",        "http://example.cn",
                                       "<b>&\"'</b>", "bell\x07 tab\x0b"};
    const char *path = arena_printf(arena, "%s/a.xlsx", dir);
    (void)state;
    struct sheet *s = sheet_new(arena, path, "表", "=水印", col, COUNT(col));
    assert_non_null(s);
    for (size_t i = 0; i < COUNT(evil); i++)
        sheet_row(s, (const struct sheet_cell[]){
                         {.text = evil[i]}, {.v = -3}, {.v = 123456789}, {.v = 20261126}, {.v = 1795687200000}});
    assert_int_equal(sheet_rows(s), COUNT(evil));
    assert_true(sheet_end(s));
    const char *xml = part(path, "xl/worksheets/sheet1.xml");
    assert_null(strstr(xml, "<f>"));
    assert_null(strstr(xml, "hyperlink"));
    const char *const must[] = {">=1+1<",
                                ">+1<",
                                ">-1<",
                                ">@SUM(A1)<",
                                "bell_x0007_ tab_x000B_",
                                ">=水印<",
                                ">{=1}<",
                                "&lt;b&gt;&amp;",
                                "<v>-3</v>",
                                "<v>1234567.89</v>",
                                ">2026-11-26<",
                                ">2026-11-26 18:00:00<"};
    for (size_t i = 0; i < COUNT(must); i++)
        if (!strstr(xml, must[i]))
            fail_msg("%s is not in %s", must[i], xml);
    unlink(path);
}

static void test_fen_survive(void **state)
{
    static const int64_t fen[] = {1, 7, 99, 101, 1999, 123456, 99999999, 1000000000001, -5, 10000000000000};
    const char *path = arena_printf(arena, "%s/b.xlsx", dir);
    (void)state;
    struct sheet *s = sheet_new(arena, path, "表", "", col, COUNT(col));
    for (size_t i = 0; i < COUNT(fen); i++)
        sheet_row(s, (const struct sheet_cell[]){{.text = ""}, {.v = 0}, {.v = fen[i]}, {.v = 0}, {.v = 0}});
    assert_true(sheet_end(s));
    const char *xml = part(path, "xl/worksheets/sheet1.xml");
    for (size_t i = 0; i < COUNT(fen); i++) { /* the third number of each row, read back as decimal text */
        const char *cell = strstr(xml, arena_printf(arena, "<c r=\"C%zu\"", i + 3));
        assert_non_null(cell);
        char *end = NULL;
        double yuan = strtod(strstr(cell, "<v>") + 3, &end);
        assert_true(str_starts(end, "</v>"));
        assert_int_equal((int64_t)(yuan * 100 + (yuan < 0 ? -0.5 : 0.5)), fen[i]);
    }
    unlink(path);
}

static void test_no_file_without_room(void **state)
{
    (void)state;
    struct sheet *s = sheet_new(arena, "/nonexistent/x.xlsx", "表", "", col, COUNT(col));
    if (s) {
        sheet_row(s, (const struct sheet_cell[]){{.text = "x"}, {.v = 0}, {.v = 0}, {.v = 0}, {.v = 0}});
        assert_false(sheet_end(s));
    }
}

static void test_long_ones_need_little_memory(void **state)
{
    const char *path = arena_printf(arena, "%s/c.xlsx", dir);
    struct rusage before, after;
    (void)state;
    getrusage(RUSAGE_SELF, &before);
    struct sheet *s = sheet_new(arena, path, "表", "", col, COUNT(col));
    for (int64_t i = 0; i < 100000; i++) {
        char text[64];
        snprintf(text, sizeof text, "3栋2单元%lld室 业主%lld", (long long)i, (long long)i * 7);
        sheet_row(s, (const struct sheet_cell[]){
                         {.text = text}, {.v = i}, {.v = i * 101}, {.v = 20261126}, {.v = 1795687200000 + i}});
    }
    assert_true(sheet_end(s));
    getrusage(RUSAGE_SELF, &after);
    print_message("100,000 rows: %ld KiB more\n", after.ru_maxrss - before.ru_maxrss);
#ifdef __SANITIZE_ADDRESS__
    assert_in_range(after.ru_maxrss - before.ru_maxrss, 0, 800 * 1024); /* freed memory waits in quarantine */
#else
    assert_in_range(after.ru_maxrss - before.ru_maxrss, 0, 100 * 1024);
#endif
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_is_never_a_formula),
        cmocka_unit_test(test_fen_survive),
        cmocka_unit_test(test_no_file_without_room),
        cmocka_unit_test(test_long_ones_need_little_memory),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
