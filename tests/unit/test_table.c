/* test_table.c - tables of strangers: what people send is read as they meant it, what hostile people send is refused with a
 * reason and a place, and the child that parses is held to nothing.  SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/text.h"
#include "platform/sheet.h"
#include "platform/table/table.h"
#include "platform/table/table_int.h"
#include <fcntl.h>
#include <minizip/zip.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct arena *arena;
static char dir[] = "/tmp/anju-table-XXXXXX";

static int set_up(void **state)
{
    (void)state;
    arena = arena_new(256u << 20);
    return mkdtemp(dir) ? 0 : 1;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return rmdir(dir);
}

/* ---- what came out, as text: cells by '|', rows by '\n' ---- */

struct got {
    struct buf b;
    int64_t rows, first, last, enough;
};

static bool take(void *arg, int64_t number, const char *const *cell, size_t n)
{
    struct got *g = arg;
    if (g->rows++ == 0)
        g->first = number;
    g->last = number;
    for (size_t i = 0; i < n && g->rows <= 20; i++) {
        buf_str(&g->b, i ? "|" : "");
        buf_str(&g->b, cell[i]);
    }
    if (g->rows <= 20)
        buf_char(&g->b, '\n');
    return g->rows != g->enough;
}

static enum err read_file(const char *path, struct got *g, struct why *why)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    int64_t enough = g->enough;
    assert_true(fd >= 0);
    *g = (struct got){.enough = enough};
    *why = (struct why){0};
    buf_init(&g->b, arena);
    enum err e = table_read(arena, fd, take, g, why);
    close(fd);
    return e;
}

static const char *file_of(const void *p, size_t n)
{
    const char *path = arena_printf(arena, "%s/f", dir);
    int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
    assert_int_equal(write(fd, p, n), n);
    close(fd);
    return path;
}

static void want(const char *path, const char *text)
{
    struct got g = {.enough = 0};
    struct why why;
    enum err e = read_file(path, &g, &why);
    if (e)
        print_message("%s\n", or_empty(why.en));
    assert_int_equal(e, OK);
    assert_string_equal(buf_cstr(&g.b), text);
    unlink(path);
}

static void refused(const char *path, enum err want_e, const char *en)
{
    struct got g = {.enough = 0};
    struct why why;
    enum err e = read_file(path, &g, &why);
    unlink(path);
    assert_int_equal(e, want_e);
    assert_string_equal(why.field, "file");
    if (!strstr(why.en, en))
        print_message("said: %s\n", why.en);
    assert_non_null(strstr(why.en, en));
    assert_true(strlen(why.zh) > 0);
}

/* ---- xlsx by hand ---- */

#define TYPES "<?xml version=\"1.0\"?><Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"/>"
#define BOOK                                                                                                           \
    "<workbook xmlns:r=\"http://r\"><workbookPr/><sheets><sheet name=\"a\" sheetId=\"1\" "                             \
    "r:id=\"r1\"/></sheets></workbook>"
#define RELS   "<Relationships><Relationship Id=\"r1\" Target=\"worksheets/sheet1.xml\"/></Relationships>"
#define STYLES "<styleSheet><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/></cellXfs></styleSheet>"

struct maker {
    const char *path;
    zipFile z;
};

static struct maker begin(void)
{
    struct maker m = {.path = arena_printf(arena, "%s/f", dir)};
    m.z = zipOpen64(m.path, APPEND_STATUS_CREATE);
    assert_non_null(m.z);
    return m;
}

static void add(struct maker *m, const char *name, const void *p, size_t n, size_t times, const char *password)
{
    zip_fileinfo info = {0};
    assert_int_equal(zipOpenNewFileInZip3_64(m->z, name, &info, NULL, 0, NULL, 0, NULL, Z_DEFLATED, 9, 0, -MAX_WBITS,
                                             DEF_MEM_LEVEL, Z_DEFAULT_STRATEGY, password, 0, 0),
                     ZIP_OK);
    for (size_t i = 0; i < times; i++)
        assert_int_equal(zipWriteInFileInZip(m->z, p, (unsigned)n), ZIP_OK);
    zipCloseFileInZip(m->z);
}

static void put(struct maker *m, const char *name, const char *text)
{
    add(m, name, text, strlen(text), 1, NULL);
}

static void put_frame(struct maker *m)
{
    put(m, "[Content_Types].xml", TYPES);
    put(m, "xl/workbook.xml", BOOK);
    put(m, "xl/_rels/workbook.xml.rels", RELS);
    put(m, "xl/styles.xml", STYLES);
}

static const char *finish(struct maker *m)
{
    assert_int_equal(zipClose(m->z, NULL), ZIP_OK);
    return m->path;
}

static const char *with_sheet(const char *rows)
{
    struct maker m = begin();
    put_frame(&m);
    put(&m, "xl/worksheets/sheet1.xml",
        arena_printf(arena, "<?xml version=\"1.0\"?><worksheet><sheetData>%s</sheetData></worksheet>", rows));
    return finish(&m);
}

static void test_our_own_sheets(void **state)
{
    static const struct sheet_column col[] = {
        {"姓名", SHEET_TEXT, 10},
        {"手机", SHEET_INT,  14},
        {"面积", SHEET_FEN,  10},
        {"日期", SHEET_DAY,  12}
    };
    (void)state;
    for (int marked = 0; marked < 2; marked++) {
        const char *path = arena_printf(arena, "%s/own.xlsx", dir);
        struct sheet *s = sheet_new(arena, path, "业主", marked ? "导出人 王" : NULL, col, COUNT(col));
        const struct sheet_cell row[] = {{.text = "=1+1 张三"}, {.v = 13812345678}, {.v = 8955}, {.v = 20261130}};
        sheet_row(s, row);
        assert_true(sheet_end(s));
        want(path, arena_printf(arena, "%s姓名|手机|面积|日期\n=1+1 张三|13812345678|89.55|2026-11-30\n",
                                marked ? "导出人 王\n" : ""));
    }
}

static void test_what_programs_write(void **state)
{
    (void)state;
    want(with_sheet(
             "<row r=\"2\"><c r=\"A2\" t=\"inlineStr\"><is><t>３＃２－１５０２</t></is></c><c "
             "r=\"C2\"><v>1.3812345678E10</v></c>"
             "</row><row r=\"5\"><c r=\"B5\" s=\"1\"><v>46356</v></c><c r=\"C5\"><v>89.549999999999997</v></c></row>"
             "<row r=\"7\"><c r=\"A7\"/></row>"),
         "3#2-1502||13812345678\n|2026-11-30|89.55\n");
    want(with_sheet("<row><c t=\"str\"><v> a  b </v></c><c t=\"b\"><v>1</v></c><c t=\"e\"><v>#N/A</v></c></row>"),
         "a  b|1|#N/A\n");
    struct maker m = begin();
    put_frame(&m);
    put(&m, "xl/sharedStrings.xml",
        "<x:sst xmlns:x=\"u\"><x:si><x:t>张</x:t></x:si><x:si><x:r><x:t>李</x:t></x:r><x:r><x:t>四</x:t></x:r>"
        "<x:rPh><x:t>no</x:t></x:rPh></x:si></x:sst>");
    put(&m, "xl/worksheets/sheet1.xml",
        "<worksheet><sheetData><row r=\"1\"><c r=\"A1\" t=\"s\"><v>1</v></c><c r=\"B1\" "
        "t=\"s\"><v>0</v></c></row></sheetData></worksheet>");
    want(finish(&m), "李四|张\n");
}

static void test_dates(void **state)
{
    (void)state;
    assert_string_equal(style_day(arena, "1", false), "1900-01-01");
    assert_string_equal(style_day(arena, "59", false), "1900-02-28");
    assert_string_equal(style_day(arena, "61", false), "1900-03-01");
    assert_string_equal(style_day(arena, "45351", false), "2024-02-29");
    assert_string_equal(style_day(arena, "45351.5", false), "2024-02-29 12:00");
    assert_string_equal(style_day(arena, "0.5", false), "0.5");
    assert_string_equal(style_day(arena, "x", false), "x");
    assert_true(style_format_is_date(176, "yyyy\"年\"m\"月\"d\"日\""));
    assert_true(style_format_is_date(31, NULL));
    assert_false(style_format_is_date(177, "#,##0.00\"d\""));
    assert_false(style_format_is_date(178, "[Red]General"));
    assert_false(style_format_is_date(2, NULL));
    assert_string_equal(style_number(arena, "0.1"), "0.1");
    assert_string_equal(style_number(arena, "1E3"), "1000");
    assert_string_equal(style_number(arena, "110101199003074477"), "110101199003074477");
}

static void test_csv(void **state)
{
    static const char gb[] = "\xD0\xD5\xC3\xFB,\xCA\xD6\xBB\xFA\r\n\xD5\xC5\xC8\xFD,138\r\n";
    (void)state;
    want(file_of(gb, sizeof gb - 1), "姓名|手机\n张三|138\n");
    static const char bom[] = "\xEF\xBB\xBF姓名,\"a,\"\"b\"\"\"\n\n,x\n";
    want(file_of(bom, sizeof bom - 1), "姓名|a,\"b\"\n|x\n");
    refused(file_of("a,\"b\n", 5), ERR_INVALID, "quote in row 1");
    refused(file_of("\xFF\xFEu", 4), ERR_INVALID, "neither UTF-8");
    refused(file_of("ab\xff\xff\n", 5), ERR_INVALID, "neither UTF-8");
    refused(file_of("", 0), ERR_INVALID, "nothing");
    refused(file_of("\n\n", 2), ERR_INVALID, "nothing");
    char *long_cell = arena_alloc(arena, 5001);
    memset(long_cell, 'x', 5000);
    refused(file_of(long_cell, 5000), ERR_INVALID, "too long");
}

static void test_not_tables(void **state)
{
    (void)state;
    refused(file_of("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", 8), ERR_INVALID, "old xls");
    refused(file_of("%PDF-1.7 ,a\n", 12), ERR_INVALID, "neither xlsx");
    refused(file_of("<html><table>", 13), ERR_INVALID, "neither xlsx");
    refused(file_of("a\0b", 3), ERR_INVALID, "neither xlsx");
    refused(file_of("PK\3\4 and nothing more of it there", 32), ERR_INVALID, "something");
    struct maker m = begin();
    put(&m, "word/document.xml", "<a/>");
    put(&m, "[Content_Types].xml", TYPES);
    refused(finish(&m), ERR_INVALID, "neither xlsx");
}

static void test_formulas_and_macros(void **state)
{
    (void)state;
    refused(with_sheet("<row r=\"3\"><c r=\"AB3\"><f>1+1</f><v>2</v></c></row>"), ERR_INVALID, "cell AB3 is a formula");
    struct maker m = begin();
    put_frame(&m);
    put(&m, "xl/vbaProject.bin", "x");
    refused(finish(&m), ERR_INVALID, "macros");
}

static void test_xml_attacks(void **state)
{
    (void)state;
    struct maker m = begin();
    put_frame(&m);
    put(&m, "xl/worksheets/sheet1.xml",
        "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><worksheet><sheetData><row><c "
        "t=\"inlineStr\"><is><t>&x;</t></is></c></row></sheetData></worksheet>");
    refused(finish(&m), ERR_INVALID, "document type");
    m = begin();
    put_frame(&m);
    put(&m, "xl/sharedStrings.xml",
        "<!DOCTYPE a [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;\">]><sst><si><t>&b;</t></si></sst>");
    put(&m, "xl/worksheets/sheet1.xml", "<worksheet/>");
    refused(finish(&m), ERR_INVALID, "document type");
    refused(with_sheet("<row r=\"5\"/><row r=\"4\"/>"), ERR_INVALID, "broken XML");
    refused(with_sheet("<row r=\"1\"><c r=\"B1\"/><c r=\"A1\"/></row>"), ERR_INVALID, "broken XML");
    refused(with_sheet("<row r=\"1\"><c r=\"A1\" t=\"s\"><v>9</v></c></row>"), ERR_INVALID, "broken XML");
    refused(with_sheet("<row"), ERR_INVALID, "broken XML");
    struct buf deep;
    buf_init(&deep, arena);
    for (int i = 0; i < 100; i++)
        buf_str(&deep, "<a>");
    refused(with_sheet(buf_cstr(&deep)), ERR_INVALID, "broken XML");
}

static void test_zip_attacks(void **state)
{
    (void)state;
    char *zeros = arena_alloc(arena, 1 << 20);
    memset(zeros, ' ', 1 << 20);
    struct maker m = begin(); /* a bomb of white space */
    put_frame(&m);
    add(&m, "xl/worksheets/sheet1.xml", zeros, 1 << 20, 400, NULL);
    refused(finish(&m), ERR_INVALID, "inflates");
    m = begin(); /* many parts: more than a directory may have */
    put_frame(&m);
    for (int i = 0; i < 2100; i++)
        put(&m, arena_printf(arena, "p%d", i), "");
    refused(finish(&m), ERR_INVALID, "too many parts");
    m = begin();
    put_frame(&m);
    for (int i = 0; i < 100000; i++)
        put(&m, arena_printf(arena, "p%d", i), "");
    refused(finish(&m), ERR_INVALID, ""); /* 100,000: the end record is another one by then */
    m = begin();
    put_frame(&m);
    put(&m, "xl/../../etc/x", "");
    refused(finish(&m), ERR_INVALID, "part name");
    m = begin();
    put_frame(&m);
    put(&m, "xl/workbook.xml", BOOK);
    refused(finish(&m), ERR_INVALID, "part name");
    m = begin();
    add(&m, "[Content_Types].xml", TYPES, strlen(TYPES), 1, "secret");
    refused(finish(&m), ERR_INVALID, "encrypted");
}

/* A file that is an xlsx and something else as well. */
static void test_polyglots(void **state)
{
    (void)state;
    for (int before = 0; before < 2; before++) {
        const char *path = with_sheet("<row><c><v>1</v></c></row>");
        struct stat st;
        assert_int_equal(stat(path, &st), 0);
        char *p = arena_alloc(arena, (size_t)st.st_size + 8);
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        assert_int_equal(read(fd, p + (before ? 8 : 0), (size_t)st.st_size), st.st_size);
        close(fd);
        memcpy(before ? p : p + st.st_size, before ? "PK\3\4\0\0\0\0" : "<script>", 8);
        refused(file_of(p, (size_t)st.st_size + 8), ERR_INVALID, "before or behind");
    }
}

static void test_damage(void **state)
{
    (void)state;
    const char *path = with_sheet("<row><c><v>1</v></c></row>");
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    char *p = arena_alloc(arena, (size_t)st.st_size);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_int_equal(read(fd, p, (size_t)st.st_size), st.st_size);
    close(fd);
    for (int64_t i = 0; i < st.st_size; i += 7) { /* any byte turned: read or refused, never worse */
        struct got g = {.enough = 0};
        struct table_fault fault;
        char kept = p[i];
        p[i] = (char)~p[i];
        fd = open(file_of(p, (size_t)st.st_size), O_RDONLY | O_CLOEXEC);
        buf_init(&g.b, arena);
        bool good = table_parse(arena, fd, take, &g, &fault);
        assert_true(good == (fault.what == TABLE_NONE));
        close(fd);
        p[i] = kept;
    }
    refused(file_of(p, (size_t)st.st_size - 30), ERR_INVALID, "before or behind");
}

static void test_limits(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, arena);
    for (int i = 0; i < TABLE_ROWS + TABLE_ABOVE; i++)
        buf_str(&b, "a,b\n");
    struct got g = {.enough = 0};
    struct why why;
    assert_int_equal(read_file(file_of(b.p, b.n), &g, &why), OK);
    assert_int_equal(g.rows, TABLE_ROWS + TABLE_ABOVE);
    buf_str(&b, "a,b\n");
    refused(file_of(b.p, b.n), ERR_INVALID, "more than 50000");
    g.enough = 3; /* who has enough may stop */
    assert_int_equal(read_file(file_of(b.p, b.n), &g, &why), OK);
    assert_int_equal(g.rows, 3);
    buf_init(&b, arena);
    for (int i = 0; i < TABLE_COLUMNS + 1; i++)
        buf_str(&b, "a,");
    refused(file_of(b.p, b.n), ERR_INVALID, "too many columns in row 1");
    refused(with_sheet("<row r=\"9\"><c r=\"XFD9\"><v>1</v></c></row>"), ERR_INVALID, "too many columns in row 9");
    const char *big = file_of("a", 1);
    assert_int_equal(truncate(big, TABLE_FILE_MAX + 1), 0);
    refused(big, ERR_TOO_LARGE, "larger");
}

/* A child that dies, says nonsense or nothing: this program plays it, by the file it is given. */
static int false_child(char how)
{
    static const char nonsense[] = "R\1\0\0\0\xff\xff";
    static const char half[] = "R\1\0\0\0\1\0\5\0ab";
    static const char fault[] = "F\x63nowhere at all.";
    if (how == '1')
        (void)!write(STDOUT_FILENO, nonsense, sizeof nonsense);
    if (how == '2')
        (void)!write(STDOUT_FILENO, half, sizeof half - 1);
    if (how == '3')
        (void)!write(STDOUT_FILENO, fault, sizeof fault);
    if (how == '4')
        abort();
    return 0;
}

static void test_the_child_is_not_believed(void **state)
{
    (void)state;
    for (char how = '0'; how <= '4'; how++) {
        char text[] = "FALSE-CHILD ?\n";
        text[12] = how;
        refused(file_of(text, sizeof text - 1), ERR_INVALID, "could not be read");
    }
}

static int child_main(void)
{
    char head[16] = "";
    if (pread(STDIN_FILENO, head, 13, 0) == 13 && str_starts(head, "FALSE-CHILD "))
        return false_child(head[12]);
    return table_child();
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_our_own_sheets), cmocka_unit_test(test_what_programs_write),
        cmocka_unit_test(test_dates),          cmocka_unit_test(test_csv),
        cmocka_unit_test(test_not_tables),     cmocka_unit_test(test_formulas_and_macros),
        cmocka_unit_test(test_xml_attacks),    cmocka_unit_test(test_zip_attacks),
        cmocka_unit_test(test_polyglots),      cmocka_unit_test(test_damage),
        cmocka_unit_test(test_limits),         cmocka_unit_test(test_the_child_is_not_believed),
    };
    if (argc > 1 && str_eq(argv[1], "table-read"))
        return child_main();
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
