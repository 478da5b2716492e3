/* csv.h - files people make with a spreadsheet: UTF-8 or GB18030, quotes, CRLF. SPDX-License-Identifier: MIT */
#ifndef PLATFORM_TABLE_CSV_H
#define PLATFORM_TABLE_CSV_H
#include "base/arena.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Loads what GB18030 needs, for a process that may not open files later. false: the system cannot convert it. */
bool csv_warm(void);
/* The text as UTF-8 without a BOM. NULL: neither UTF-8 nor GB18030. */
const char *csv_text(struct arena *a, const void *bytes, size_t n);
/* What a reader of rows found wrong in one: column is its heading; row counts from 1. */
struct csv_error {
    int64_t row;
    const char *column, *zh, *en;
};
struct csv {
    const char *at;
    int64_t row; /* of the row read last, from 1 */
};
/* The next row that is not empty: up to max cells, trimmed; *n may be greater than max. false: no more, or (with *n = 0) a
 * quote that does not end. */
bool csv_row(struct arena *a, struct csv *c, const char **cell, size_t max, size_t *n);
/* 20261130, 2026-11-30, 2026/1/5 */
bool csv_day(const char *s, int32_t *day);
/* Digits with up to three decimals, in 1/1000. */
bool csv_e3(const char *s, int64_t *out);

#endif
