/* export_int.h - shared by the export*.c files only. SPDX-License-Identifier: MIT */
#ifndef DOMAIN_EXPORT_INT_H
#define DOMAIN_EXPORT_INT_H
#include "domain/export.h"
#include "domain/fin_report.h"
#include "platform/sheet.h"

#define EXPORT_COLUMNS 20 /* at most */
#define EXPORT_PAGE    1000

/* Some rows, as cells one after another; where the next page begins. */
struct export_page {
    struct arena *arena;
    struct sheet_cell *cell;
    size_t ncol, rows, cap;
    int64_t after; /* lists: the last id */
    struct book_at book;
    bool more;
};
/* Room for one more row. */
struct sheet_cell *export_row(struct export_page *p);

struct export_source {
    const char *title;
    const struct sheet_column *col;
    size_t ncol;
    /* Reads the page behind p->after, p->book; a transaction that may be rerun. */
    enum err (*page)(struct ctx *cx, const struct export_filters *f, struct export_page *p);
    /* How many rows there will be; NULL: one page. */
    enum err (*count)(struct ctx *cx, const struct export_filters *f, int64_t *n);
};
extern const struct export_source export_source[EXPORT_KINDS];

#endif
