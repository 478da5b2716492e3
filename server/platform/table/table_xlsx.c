/* table_xlsx.c - the first sheet of an xlsx as rows (ECMA-376 part 1, 18.2-18.4). A streaming parser: of the sheet only one
 * row is in memory; the shared strings are. Element names are compared without their prefix.
 * SPDX-License-Identifier: MIT */
#include "base/arena.h"
#include "platform/table/table_int.h"
#include <expat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STRINGS_MAX  2000000
#define STRINGS_SIZE (64u << 20)
#define STYLES_MAX   65536
#define FORMATS_MAX  4096

struct format {
    int64_t id;
    bool date;
};
struct book {
    struct reading *r;
    struct zip *zip;
    XML_Parser xml;
    struct buf text; /* of the element being collected */
    bool collect, phonetic, in_xfs;
    int64_t level;
    const char *sheet_rel, *sheet_part;
    const char **string;
    size_t nstring, cap_string, strings_size;
    struct format *format;
    size_t nformat;
    struct styles styles;
    /* the sheet */
    const char *cell[TABLE_COLUMNS];
    size_t ncell;
    int64_t row, col, style;
    char type[12];
    struct arena *scratch;
};

/* ---- XML, a piece at a time ---- */

typedef void start_fn(struct book *b, const char *name, const char **attr);
typedef void end_fn(struct book *b, const char *name);
struct part {
    struct book *b;
    start_fn *start;
    end_fn *end;
};

static const char *local(const char *name)
{
    const char *colon = strrchr(name, ':');
    return colon ? colon + 1 : name;
}

static const char *attr_of(const char **attr, const char *name)
{
    for (; attr[0]; attr += 2)
        if (strcmp(local(attr[0]), name) == 0)
            return attr[1];
    return NULL;
}

static bool stop(struct book *b, enum table_problem what, const char *place)
{
    table_refuse(b->r, what, place);
    XML_StopParser(b->xml, XML_FALSE);
    return false;
}

static void XMLCALL on_start(void *arg, const char *name, const char **attr)
{
    struct part *p = arg;
    if (++p->b->level > 64)
        stop(p->b, TABLE_XML, NULL);
    else
        p->start(p->b, local(name), attr);
}

static void XMLCALL on_end(void *arg, const char *name)
{
    struct part *p = arg;
    p->b->level--;
    p->end(p->b, local(name));
}

static void place_of(const struct book *b, char out[16])
{
    char letters[4] = "";
    int n = 0;
    for (int64_t c = b->col + 1; c > 0 && n < 3; c = (c - 1) / 26) {
        memmove(letters + 1, letters, (size_t)n);
        letters[0] = (char)('A' + (c - 1) % 26);
        n++;
    }
    snprintf(out, 16, "%s%lld", letters, (long long)(b->row % 10000000));
}

static void XMLCALL on_text(void *arg, const char *s, int n)
{
    struct book *b = ((struct part *)arg)->b;
    char place[16];
    if (!b->collect || b->phonetic)
        return;
    buf_add(&b->text, s, (size_t)n);
    if (b->text.n > 4 * TABLE_CELL) {
        place_of(b, place);
        stop(b, TABLE_CELL_LONG, b->row ? place : NULL);
    }
}

static void XMLCALL on_doctype(void *arg, const char *name, const char *sysid, const char *pubid, int internal)
{
    (void)name;
    (void)sysid;
    (void)pubid;
    (void)internal;
    stop(((struct part *)arg)->b, TABLE_DTD, NULL);
}

static bool feed(void *arg, const void *p, size_t n, bool last)
{
    struct book *b = arg;
    if (XML_Parse(b->xml, p, (int)n, last) != XML_STATUS_ERROR)
        return true;
    return b->r->stopped ? false : table_refuse(b->r, TABLE_XML, NULL);
}

static bool read_part(struct book *b, const char *name, start_fn *start, end_fn *end)
{
    struct part p = {b, start, end};
    b->level = 0;
    b->collect = b->phonetic = b->in_xfs = false;
    b->xml = XML_ParserCreate(NULL);
    if (!b->xml)
        return table_refuse(b->r, TABLE_CHILD, NULL);
    XML_SetUserData(b->xml, &p);
    XML_SetElementHandler(b->xml, on_start, on_end);
    XML_SetCharacterDataHandler(b->xml, on_text);
    XML_SetStartDoctypeDeclHandler(b->xml, on_doctype);
    bool good = zip_part(b->zip, name, feed, b);
    XML_ParserFree(b->xml);
    b->xml = NULL;
    return good;
}

static void no_end(struct book *b, const char *name)
{
    (void)b;
    (void)name;
}

/* ---- workbook and its relations: which part is the first sheet ---- */

static void workbook_start(struct book *b, const char *name, const char **attr)
{
    if (strcmp(name, "workbookPr") == 0) {
        const char *v = attr_of(attr, "date1904");
        b->styles.from_1904 = v && (strcmp(v, "1") == 0 || strcmp(v, "true") == 0);
    } else if (strcmp(name, "sheet") == 0 && !b->sheet_rel) {
        b->sheet_rel = arena_strdup(b->r->a, attr_of(attr, "id"));
    }
}

static void rels_start(struct book *b, const char *name, const char **attr)
{
    const char *id = attr_of(attr, "Id"), *target = attr_of(attr, "Target");
    if (strcmp(name, "Relationship") == 0 && str_eq(id, b->sheet_rel) && target && !strstr(target, ".."))
        b->sheet_part = *target == '/' ? arena_strdup(b->r->a, target + 1) : arena_printf(b->r->a, "xl/%s", target);
}

/* ---- shared strings ---- */

static void strings_start(struct book *b, const char *name, const char **attr)
{
    (void)attr;
    if (strcmp(name, "si") == 0)
        b->text.n = 0;
    else if (strcmp(name, "rPh") == 0) /* how a Japanese reading is said: not part of the text */
        b->phonetic = true;
    else if (strcmp(name, "t") == 0)
        b->collect = true;
}

static void add_string(struct book *b)
{
    if (b->nstring == b->cap_string) {
        size_t cap = b->cap_string ? b->cap_string * 2 : 1024;
        const char **more = arena_alloc(b->r->a, cap * sizeof *more);
        if (b->nstring)
            memcpy(more, b->string, b->nstring * sizeof *more);
        b->string = more;
        b->cap_string = cap;
    }
    b->strings_size += b->text.n + 1;
    if (b->nstring >= STRINGS_MAX || b->strings_size > STRINGS_SIZE) {
        stop(b, TABLE_BOMB, NULL);
        return;
    }
    b->string[b->nstring++] = arena_strndup(b->r->a, buf_cstr(&b->text), b->text.n);
}

static void strings_end(struct book *b, const char *name)
{
    if (strcmp(name, "rPh") == 0)
        b->phonetic = false;
    else if (strcmp(name, "t") == 0)
        b->collect = false;
    else if (strcmp(name, "si") == 0)
        add_string(b);
}

/* ---- styles ---- */

static bool is_date(const struct book *b, int64_t format)
{
    for (size_t i = 0; i < b->nformat; i++)
        if (b->format[i].id == format)
            return b->format[i].date;
    return style_format_is_date(format, NULL);
}

static void styles_start(struct book *b, const char *name, const char **attr)
{
    int64_t id = 0;
    if (strcmp(name, "cellXfs") == 0) {
        b->in_xfs = true;
    } else if (strcmp(name, "numFmt") == 0) {
        const char *code = attr_of(attr, "formatCode"), *no = attr_of(attr, "numFmtId");
        if (code && no && parse_i64(no, &id) && b->nformat < FORMATS_MAX)
            b->format[b->nformat++] = (struct format){id, style_format_is_date(id, code)};
    } else if (b->in_xfs && strcmp(name, "xf") == 0 && b->styles.n < STYLES_MAX) {
        const char *no = attr_of(attr, "numFmtId");
        b->styles.date[b->styles.n++] = no && parse_i64(no, &id) && is_date(b, id);
    }
}

static void styles_end(struct book *b, const char *name)
{
    if (strcmp(name, "cellXfs") == 0)
        b->in_xfs = false;
}

/* ---- the sheet ---- */

/* "AB12" -> 27; -1: no cell's name */
static int64_t column_of(const char *ref)
{
    int64_t c = 0;
    int n = 0;
    for (; *ref >= 'A' && *ref <= 'Z' && n < 4; ref++, n++)
        c = c * 26 + (*ref - 'A' + 1);
    return n > 0 && n < 4 && *ref >= '0' && *ref <= '9' ? c - 1 : -1;
}

static void start_row(struct book *b, const char **attr)
{
    const char *r = attr_of(attr, "r");
    int64_t row = b->row + 1;
    if (r && (!parse_i64(r, &row) || row <= b->row || row > 1048576))
        stop(b, TABLE_XML, NULL);
    b->row = row;
    b->col = -1;
    b->ncell = 0;
    arena_reset(b->r->row_arena);
    for (size_t i = 0; i < TABLE_COLUMNS; i++)
        b->cell[i] = "";
}

static void start_cell(struct book *b, const char **attr)
{
    const char *r = attr_of(attr, "r"), *t = attr_of(attr, "t"), *s = attr_of(attr, "s");
    int64_t col = r ? column_of(r) : b->col + 1;
    if (col <= b->col)
        stop(b, TABLE_XML, NULL);
    b->col = col;
    b->style = 0;
    if (s && !parse_i64(s, &b->style))
        stop(b, TABLE_XML, NULL);
    snprintf(b->type, sizeof b->type, "%s", t ? t : "n");
    b->text.n = 0;
}

static void sheet_start(struct book *b, const char *name, const char **attr)
{
    char place[16];
    if (strcmp(name, "row") == 0) {
        start_row(b, attr);
    } else if (strcmp(name, "c") == 0) {
        start_cell(b, attr);
    } else if (strcmp(name, "f") == 0) {
        place_of(b, place);
        stop(b, TABLE_FORMULA, place);
    } else if (strcmp(name, "rPh") == 0) {
        b->phonetic = true;
    } else if (strcmp(name, "v") == 0 || strcmp(name, "t") == 0) {
        b->collect = true;
    }
}

static const char *cell_text(struct book *b)
{
    const char *v = buf_cstr(&b->text);
    int64_t i = 0;
    if (b->text.n == 0)
        return "";
    if (strcmp(b->type, "s") == 0)
        return parse_i64(v, &i) && i >= 0 && (size_t)i < b->nstring ? b->string[i] : NULL;
    if (strcmp(b->type, "n") != 0)
        return v;
    bool date = b->style >= 0 && (size_t)b->style < b->styles.n && b->styles.date[b->style];
    return date ? style_day(b->r->row_arena, v, b->styles.from_1904) : style_number(b->r->row_arena, v);
}

static void end_cell(struct book *b)
{
    char place[16];
    const char *text = cell_text(b);
    place_of(b, place);
    if (!text) {
        stop(b, TABLE_XML, NULL);
        return;
    }
    text = text_clean(b->r->row_arena, text, false);
    if (!*text)
        return;
    if (b->col >= TABLE_COLUMNS)
        (void)(table_refuse_row(b->r, TABLE_COLUMNS_MANY, b->row) || stop(b, TABLE_COLUMNS_MANY, NULL));
    else if (strlen(text) > TABLE_CELL)
        stop(b, TABLE_CELL_LONG, place);
    else if (!utf8_valid(text, strlen(text)))
        stop(b, TABLE_TEXT, place);
    else {
        b->cell[b->col] = text;
        b->ncell = (size_t)b->col + 1;
    }
}

static void sheet_finish(struct book *b, const char *name)
{
    if (strcmp(name, "v") == 0 || strcmp(name, "t") == 0)
        b->collect = false;
    else if (strcmp(name, "rPh") == 0)
        b->phonetic = false;
    else if (strcmp(name, "c") == 0)
        end_cell(b);
    else if (strcmp(name, "row") == 0 && b->ncell && !table_give(b->r, b->row, b->cell, b->ncell))
        XML_StopParser(b->xml, XML_FALSE);
}

bool table_xlsx(struct reading *r)
{
    struct book *b = arena_alloc(r->a, sizeof *b);
    b->r = r;
    b->zip = zip_open(r);
    if (!b->zip)
        return false;
    if (zip_has(b->zip, "xl/vbaProject.bin"))
        return table_refuse(r, TABLE_MACRO, NULL);
    if (!zip_has(b->zip, "[Content_Types].xml") || !zip_has(b->zip, "xl/workbook.xml"))
        return table_refuse(r, TABLE_KIND, NULL);
    buf_init(&b->text, r->a);
    b->styles.date = arena_alloc(r->a, STYLES_MAX);
    b->format = arena_alloc(r->a, FORMATS_MAX * sizeof *b->format);
    if (!read_part(b, "xl/workbook.xml", workbook_start, no_end) ||
        !read_part(b, "xl/_rels/workbook.xml.rels", rels_start, no_end))
        return false;
    if (!b->sheet_part)
        return table_refuse(r, TABLE_NO_SHEET, NULL);
    if (zip_has(b->zip, "xl/styles.xml") && !read_part(b, "xl/styles.xml", styles_start, styles_end))
        return false;
    if (zip_has(b->zip, "xl/sharedStrings.xml") && !read_part(b, "xl/sharedStrings.xml", strings_start, strings_end))
        return false;
    bool good = read_part(b, b->sheet_part, sheet_start, sheet_finish);
    return good || r->stopped;
}
