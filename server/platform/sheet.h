/* sheet.h - a table of any length as a spreadsheet file (xlsx), a row at a time in little memory. Text is written as text,
 * whatever it begins with: nothing of it is ever a formula. Past a million rows a second sheet begins.
 * Blocking: writes to disk. OWNERSHIP: lives in its arena.  SPDX-License-Identifier: MIT */
#ifndef PLATFORM_SHEET_H
#define PLATFORM_SHEET_H
#include "base/arena.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sheet_type {
    SHEET_TEXT,
    SHEET_INT,
    SHEET_FEN,
    SHEET_DAY,
    SHEET_TIME
}; /* fen: yuan with 2 decimals; day: yyyymmdd */
struct sheet_column {
    const char *title;
    enum sheet_type type;
    double width; /* characters */
};
struct sheet_cell { /* text of SHEET_TEXT, v of all others; a day or time of 0 stays empty */
    const char *text;
    int64_t v;
};
struct sheet;

/* The file is made anew at path, its folder is used for temporary parts. mark: a line above the table that says who made
 * it and when; NULL: none. Returns NULL: no memory. */
struct sheet *sheet_new(struct arena *a, const char *path, const char *tab, const char *mark,
                        const struct sheet_column *col, size_t n);
void sheet_row(struct sheet *s, const struct sheet_cell *cell); /* one cell a column */
int64_t sheet_rows(const struct sheet *s);
/* Writes the file and syncs it. false: something went wrong (disk full), there is no good file. */
bool sheet_end(struct sheet *s);

#endif
