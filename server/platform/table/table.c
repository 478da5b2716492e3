/* table.c - what kind of file it is, CSV, and what all kinds share. See table.h. SPDX-License-Identifier: MIT */
#include "platform/table/table.h"
#include "platform/table/csv.h"
#include "platform/table/table_int.h"
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool table_refuse(struct reading *r, enum table_problem what, const char *place)
{
    if (r->fault->what)
        return false;
    r->fault->what = what;
    snprintf(r->fault->place, sizeof r->fault->place, "%s", or_empty(place));
    return false;
}

bool table_refuse_row(struct reading *r, enum table_problem what, int64_t row)
{
    char place[16];
    snprintf(place, sizeof place, "%lld", (long long)(row % INT64_C(100000000000)));
    return table_refuse(r, what, place);
}

bool table_give(struct reading *r, int64_t number, const char *const *cell, size_t n)
{
    if (++r->rows > TABLE_ROWS + TABLE_ABOVE)
        return table_refuse(r, TABLE_ROWS_MANY, NULL);
    if (n > TABLE_COLUMNS)
        return table_refuse_row(r, TABLE_COLUMNS_MANY, number);
    r->stopped = !r->fn(r->arg, number, cell, n);
    return !r->stopped;
}

static bool read_all(struct reading *r, char *out)
{
    for (int64_t at = 0; at < r->size;) {
        ssize_t n = pread(r->fd, out + at, (size_t)(r->size - at), at);
        if (n <= 0)
            return table_refuse(r, TABLE_KIND, NULL);
        at += n;
    }
    return true;
}

static bool csv_cells_fit(struct reading *r, const char *const *cell, size_t n, int64_t row)
{
    for (size_t i = 0; i < n && i < TABLE_COLUMNS; i++)
        if (strlen(cell[i]) > TABLE_CELL)
            return table_refuse_row(r, TABLE_CELL_LONG, row);
    return true;
}

static bool read_csv(struct reading *r, const char *bytes)
{
    const char *text = csv_text(r->a, bytes, (size_t)r->size), *cell[TABLE_COLUMNS];
    size_t n = 0;
    if (!text)
        return table_refuse(r, TABLE_ENCODING, NULL);
    struct csv c = {.at = text};
    while (csv_row(r->row_arena, &c, cell, TABLE_COLUMNS, &n)) {
        if (!csv_cells_fit(r, cell, n, c.row) || !table_give(r, c.row, cell, n))
            return r->stopped;
        arena_reset(r->row_arena);
    }
    return n ? true : table_refuse_row(r, TABLE_QUOTE, c.row);
}

static bool starts(const char *p, int64_t size, const char *magic, int64_t n)
{
    return size >= n && memcmp(p, magic, (size_t)n) == 0;
}

/* Text that looks like a program, a page or a picture is none of ours, whatever it is called. */
static bool looks_like_text(const char *p, int64_t size) /* of at most TABLE_FILE_MAX */
{
    return size > 0 && !memchr(p, 0, (size_t)size) && !starts(p, size, "%PDF", 4) && !starts(p, size, "<", 1) &&
           !starts(p, size, "{\\rtf", 5) &&
           !starts(p, size,
                   "\x7f"
                   "ELF",
                   4) &&
           !starts(p, size, "GIF8", 4);
}

static bool by_kind(struct reading *r)
{
    if (r->size == 0)
        return table_refuse(r, TABLE_EMPTY, NULL);
    if (r->size > TABLE_FILE_MAX)
        return table_refuse(r, TABLE_SIZE, NULL);
    char head[8] = {0};
    int64_t n = pread(r->fd, head, sizeof head, 0);
    if (starts(head, n, "\xD0\xCF\x11\xE0", 4))
        return table_refuse(r, TABLE_OLD_XLS, NULL);
    if (starts(head, n, "PK", 2))
        return table_xlsx(r);
    if (starts(head, n, "\xFF\xFE", 2) || starts(head, n, "\xFE\xFF", 2))
        return table_refuse(r, TABLE_ENCODING, NULL);
    char *bytes = arena_alloc(r->a, (size_t)r->size + 1);
    if (!read_all(r, bytes))
        return false;
    return looks_like_text(bytes, r->size) ? read_csv(r, bytes) : table_refuse(r, TABLE_KIND, NULL);
}

bool table_parse(struct arena *a, int fd, table_fn *fn, void *arg, struct table_fault *fault)
{
    struct stat st;
    struct reading r = {.a = a, .row_arena = arena_new(0), .fd = fd, .fn = fn, .arg = arg, .fault = fault};
    *fault = (struct table_fault){TABLE_NONE, ""};
    bool good = fstat(fd, &st) == 0;
    r.size = good ? st.st_size : 0;
    good = good && by_kind(&r);
    if (good && !r.rows)
        good = table_refuse(&r, TABLE_EMPTY, NULL);
    arena_free(r.row_arena);
    if (!good && !fault->what)
        table_refuse(&r, TABLE_CHILD, NULL);
    return good;
}
