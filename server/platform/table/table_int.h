/* table_int.h - shared by the files of the table reader. SPDX-License-Identifier: MIT */
#ifndef PLATFORM_TABLE_TABLE_INT_H
#define PLATFORM_TABLE_TABLE_INT_H
#include "base/text.h"
#include "platform/table/table.h"

struct reading {                 /* one file being read */
    struct arena *a, *row_arena; /* the second one is emptied after each row */
    int fd;
    int64_t size, rows;
    table_fn *fn;
    void *arg;
    bool stopped;
    struct table_fault *fault;
};
/* Notes the first fault; always false. place NULL: none. */
bool table_refuse(struct reading *r, enum table_problem what, const char *place);
bool table_refuse_row(struct reading *r, enum table_problem what, int64_t row);
/* Hands a row on: counts, checks. false: a fault, or the receiver has enough. */
bool table_give(struct reading *r, int64_t number, const char *const *cell, size_t n);
bool table_xlsx(struct reading *r);

/* ---- table_zip.c: the container, nothing taken on trust ---- */
struct zip;
/* Checks the directory: counts, names, sizes, nothing around it. NULL: *r->fault. Lives in r->a. */
struct zip *zip_open(struct reading *r);
bool zip_has(const struct zip *z, const char *name);
/* Inflates one part piecewise; fn false: stop. false: a fault (a part that is not there is TABLE_ZIP). */
typedef bool zip_fn(void *arg, const void *p, size_t n, bool last);
bool zip_part(struct zip *z, const char *name, zip_fn *fn, void *arg);

/* ---- table_style.c: which cells are dates ---- */
struct styles {
    bool *date; /* by style number */
    size_t n;
    bool from_1904;
};
bool style_format_is_date(int64_t id, const char *code); /* code NULL: a built-in format */
/* "46356" -> "2026-11-30"; with a fraction the time follows. What is no day stays as it is. */
const char *style_day(struct arena *a, const char *number, bool from_1904);
/* 1.3812345678E10 -> 13812345678; 89.549999999999997 -> 89.55 */
const char *style_number(struct arena *a, const char *number);

#endif
