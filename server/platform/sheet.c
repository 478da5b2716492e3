/* sheet.c - see sheet.h. SPDX-License-Identifier: MIT */
#include "platform/sheet.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <xlsxwriter.h>

#define ROWS_OF_TAB 1000000
#define TEXT_MAX    32000 /* bytes; the format takes 32,767 characters */

struct sheet {
    struct arena *arena;
    lxw_workbook *book;
    lxw_worksheet *tab;
    lxw_format *head, *money;
    const struct sheet_column *col;
    const char *path, *name, *mark;
    size_t ncol;
    lxw_row_t above; /* the mark and the titles */
    int64_t rows;
    int tabs;
    bool bad;
};

static void check(struct sheet *s, lxw_error e)
{
    if (e && !s->bad)
        log_warn("sheet.failed", L_S("why", lxw_strerror(e)));
    s->bad = s->bad || e;
}

static void text(struct sheet *s, lxw_row_t row, lxw_col_t col, const char *t, lxw_format *f)
{
    size_t n = t ? strlen(t) : 0;
    if (n > TEXT_MAX) {
        for (n = TEXT_MAX; n && ((unsigned char)t[n] & 0xC0) == 0x80; n--)
            ;
        t = arena_strndup(s->arena, t, n);
    }
    if (n)
        check(s, worksheet_write_string(s->tab, row, col, t, f));
}

static void new_tab(struct sheet *s)
{
    const char *name = s->tabs++ ? arena_printf(s->arena, "%s %d", s->name, s->tabs) : s->name;
    s->tab = workbook_add_worksheet(s->book, name);
    if (!s->tab) {
        s->bad = true;
        return;
    }
    for (size_t i = 0; i < s->ncol; i++)
        check(s, worksheet_set_column(s->tab, (lxw_col_t)i, (lxw_col_t)i, s->col[i].width, NULL));
    if (s->mark)
        text(s, 0, 0, s->mark, NULL);
    for (size_t i = 0; i < s->ncol; i++)
        text(s, s->above - 1, (lxw_col_t)i, s->col[i].title, s->head);
    worksheet_freeze_panes(s->tab, s->above, 0);
}

static void drop(void *arg)
{
    struct sheet *s = arg;
    if (s->book)
        (void)workbook_close(s->book);
    s->book = NULL;
}

struct sheet *sheet_new(struct arena *a, const char *path, const char *tab, const char *mark,
                        const struct sheet_column *col, size_t n)
{
    struct sheet *s = arena_alloc(a, sizeof *s);
    const char *slash = strrchr(path, '/');
    char *dir = slash ? arena_strndup(a, path, (size_t)(slash - path)) : arena_strdup(a, ".");
    lxw_workbook_options options = {.constant_memory = LXW_TRUE, .tmpdir = dir, .use_zip64 = LXW_FALSE};
    *s = (struct sheet){.arena = a,
                        .path = arena_strdup(a, path),
                        .name = tab,
                        .mark = mark,
                        .col = col,
                        .ncol = n,
                        .above = mark ? 2 : 1};
    s->book = workbook_new_opt(s->path, &options);
    if (!s->book)
        return NULL;
    arena_defer(a, drop, s);
    s->head = workbook_add_format(s->book);
    format_set_bold(s->head);
    s->money = workbook_add_format(s->book);
    format_set_num_format(s->money, "#,##0.00");
    new_tab(s);
    return s;
}

static void day_cell(struct sheet *s, lxw_row_t row, lxw_col_t col, int64_t day)
{
    char t[40];
    snprintf(t, sizeof t, "%04lld-%02lld-%02lld", (long long)(day / 10000), (long long)(day / 100 % 100),
             (long long)(day % 100));
    if (day)
        text(s, row, col, t, NULL);
}

static void time_cell(struct sheet *s, lxw_row_t row, lxw_col_t col, int64_t at)
{
    char t[32];
    if (!at)
        return;
    clock_rfc3339(at, t);
    t[10] = ' ';
    t[19] = '\0';
    text(s, row, col, t, NULL);
}

void sheet_row(struct sheet *s, const struct sheet_cell *cell)
{
    if (s->rows && s->rows % ROWS_OF_TAB == 0)
        new_tab(s);
    if (s->bad)
        return;
    lxw_row_t row = (lxw_row_t)(s->rows % ROWS_OF_TAB) + s->above;
    for (size_t i = 0; i < s->ncol; i++) {
        lxw_col_t c = (lxw_col_t)i;
        switch (s->col[i].type) {
        case SHEET_TEXT:
            text(s, row, c, cell[i].text, NULL);
            break;
        case SHEET_INT:
            check(s, worksheet_write_number(s->tab, row, c, (double)cell[i].v, NULL));
            break;
        case SHEET_FEN: /* the format knows binary fractions only; 15 digits come back as they were */
            check(s, worksheet_write_number(s->tab, row, c, (double)cell[i].v / 100, s->money));
            break;
        case SHEET_DAY:
            day_cell(s, row, c, cell[i].v);
            break;
        case SHEET_TIME:
            time_cell(s, row, c, cell[i].v);
            break;
        }
    }
    s->rows++;
}

int64_t sheet_rows(const struct sheet *s)
{
    return s->rows;
}

bool sheet_end(struct sheet *s)
{
    check(s, workbook_close(s->book));
    s->book = NULL;
    int fd = s->bad ? -1 : open(s->path, O_RDONLY | O_CLOEXEC);
    bool good = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    return good;
}
