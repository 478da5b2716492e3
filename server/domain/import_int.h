/* import_int.h - shared by the import*.c files only. SPDX-License-Identifier: MIT */
#ifndef DOMAIN_IMPORT_INT_H
#define DOMAIN_IMPORT_INT_H
#include "base/json.h"
#include "domain/import.h"

#define IMPORT_COLUMNS 40 /* of a kind, at most */
#define IMPORT_CHUNK   500
#define IMPORT_ROW_AAD "import_row.cells|%lld|%lld" /* task, row */

/* What a row says wrong, as it goes into import_row.problems. */
struct complaints {
    const struct import_column *col;
    struct jw w;
    int n;
};
void complain(struct complaints *c, int column, const char *zh, const char *en);

/* A table in memory from text to what was seen under it: the rows of one file know each other by it. */
struct seen;
struct seen *seen_new(void);
void seen_free(struct seen *s);
/* The value kept under the key, or `value` after keeping it; *was: it was there. 64-bit keyed hash: no text is kept. */
int64_t seen_put(struct seen *s, const char *key, int64_t value, bool *was);

MUST_CHECK enum err import_add(struct ctx *cx, const struct import_in *in); /* the task, being read. WRITE */

struct import_run { /* one pass over the rows of one file */
    struct seen *seen;
    void *own; /* of the kind, freed with arena */
    struct arena *arena;
    int64_t task_id, made;
    int64_t total_fen; /* of the good rows that were checked */
};
/* Notes an object that was made, for undo. WRITE */
MUST_CHECK enum err import_made(struct ctx *cx, struct import_run *run, const char *object, int64_t object_id);

/* Why it cannot be undone; ERR_STATE. */
enum err import_used(struct ctx *cx, const char *zh, const char *en);

struct import_source {
    const struct import_column *col;
    size_t ncol;
    /* Is the row good? Says what is wrong. READ, also in the transaction that applies. */
    enum err (*check)(struct ctx *cx, struct import_run *run, const struct import_row *row, struct complaints *c);
    /* Makes it. cx->why.field may name a column's key. WRITE */
    enum err (*apply)(struct ctx *cx, struct import_run *run, const struct import_row *row);
    /* Removes one object, if unused: ERR_STATE else. WRITE */
    enum err (*undo)(struct ctx *cx, const char *object, int64_t object_id);
    unsigned roles; /* who may */
    bool money;     /* applied by a second person */
};
extern const struct import_source *const import_source[IMPORT_KINDS];

/* The row's column for each of the kind's; -1: not in the file. false: this row is not the heading. */
bool header_match(const struct import_source *s, const char *const *cell, size_t n, int *map);
/* Columns that must be there and are not, as text; NULL: none. */
const char *header_missing(struct arena *a, const struct import_source *s, const int *map, bool english);

/* ---- cells (import_cell.c); "" is "nothing", true ---- */
bool cell_area(const char *s, int64_t *e4);             /* "89.55", "89.55㎡" */
bool cell_day(const char *s, int32_t *day);             /* 2026-11-30, 2026/1/5, 20261130, 2026年1月5日 */
bool cell_yes(const char *s, bool *yes);                /* 是/否, yes/no, 1/0 */
bool cell_share(const char *s, int64_t *n, int64_t *d); /* 50%, 1/2, 0.5, 100 (percent) */
/* The word's number into *out, dflt when the cell is empty; complains. */
void cell_choose(struct complaints *c, const struct import_row *r, int col, const char *const (*words)[3], size_t n,
                 int dflt, int *out);
/* The phone without spaces, dashes and +86. */
const char *cell_phone(struct arena *a, const char *s);

#endif
