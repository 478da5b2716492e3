/* export_int.h - shared by the export*.c files only. SPDX-License-Identifier: MIT */
#ifndef DOMAIN_EXPORT_INT_H
#define DOMAIN_EXPORT_INT_H
#include "domain/export.h"
#include "domain/fin_report.h"
#include "platform/sheet.h"
#include "platform/store/db.h"

#define EXPORT_COLUMNS 30 /* at most */
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

/* Rows of a statement that gives an id and then the columns in order: a row_fn for a struct export_list. */
struct row;
struct export_list {
    struct export_page *p;
    const struct sheet_column *col;
};
enum err export_listed(struct ctx *cx, const struct row *r, void *out);
/* A page of such a statement. */
MUST_CHECK enum err export_rows(struct ctx *cx, const struct stmt *q, struct args args, const struct sheet_column *col,
                                struct export_page *p);

struct export_source {
    const char *title;
    const struct sheet_column *col;
    size_t ncol;
    unsigned roles; /* who may have it */
    /* Reads the page behind p->after, p->book; a transaction that may be rerun. */
    enum err (*page)(struct ctx *cx, const struct export_filters *f, struct export_page *p);
    /* How many rows there will be; NULL: one page. */
    enum err (*count)(struct ctx *cx, const struct export_filters *f, int64_t *n);
};
extern const struct export_source export_source[EXPORT_KINDS];

/* ---- export_records.c ---- */
enum {
    EXPORT_REPAIR_COLS = 17,
    EXPORT_TASK_COLS = 16,
    EXPORT_FACILITY_COLS = 17,
    EXPORT_AUDIT_COLS = 10,
    EXPORT_RANK_COLS = 12,
    EXPORT_OWNER_COLS = 24
};
extern const struct sheet_column export_repair_col[EXPORT_REPAIR_COLS], export_task_col[EXPORT_TASK_COLS],
    export_facility_col[EXPORT_FACILITY_COLS], export_audit_col[EXPORT_AUDIT_COLS], export_rank_col[EXPORT_RANK_COLS],
    export_owner_col[EXPORT_OWNER_COLS];
typedef enum err export_page_fn(struct ctx *cx, const struct export_filters *f, struct export_page *p);
typedef enum err export_count_fn(struct ctx *cx, const struct export_filters *f, int64_t *n);
export_page_fn export_repairs_page, export_tasks_page, export_facilities_page, export_audit_page, export_rank_page,
    export_owners_page;
export_count_fn export_repairs_count, export_tasks_count, export_facilities_count, export_owners_count;

#endif
