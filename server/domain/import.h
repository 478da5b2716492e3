/* import.h - batch import (批量导入): a spreadsheet becomes records, all of it or nothing.
 *
 *   (upload) --a table--> WAITING --checked--> CHECKED --apply--> APPLIED --undo--> UNDONE
 *                            \--failed--> FAILED  \--a week--> EXPIRED
 *
 * The dry run names every faulty row with its column and reason; apply is one transaction that checks again (the world may
 * have changed) and fails as a whole. With failed rows it is refused, unless the caller says that those stay out. The same
 * file is applied once. Undo removes what was made, as long as nobody has used it. Rows hold personal data: they are sealed,
 * and gone once applied or after a week.
 * A file that makes bills (arrears) is applied by another person than the one who brought it: four eyes, as for a bill run.
 * The work is done by a thread (import_work); whoever imports hears of it on their user topic (import.progress, import.done).
 * SPDX-License-Identifier: MIT */
#ifndef DOMAIN_IMPORT_H
#define DOMAIN_IMPORT_H
#include "platform/ctx.h"

struct import_column {
    const char *key, *zh, *en;
    bool required;
    int width;
    const char *hint; /* for the template: what to write there */
};
enum import_kind { IMPORT_OWNERS, IMPORT_ROOMS, IMPORT_FACILITIES, IMPORT_ARREARS, IMPORT_KINDS };
extern const char *const import_kind_name[IMPORT_KINDS];
/* Columns of a kind, in the template's order. */
const struct import_column *import_columns(int kind, size_t *n);

struct import_task {
    int64_t id, account_id, asked_by, bytes, rows, failed, done, made, total_fen, created_at, changed_at, version;
    int kind;
    const char *name, *state, *step, *reason, *reason_en, *account;
    bool skip_failed;
};
#define IMPORT_KEEP_DAYS 7
#define IMPORT_WAITING   3 /* of a project at once */

/* Reads the file into rows, in a child (table.h) and in transactions of its own; the check follows by itself. What is no
 * table of this kind is refused here, with the reason. ERR_EXISTS: this file was applied. The file is not kept. SLOW */
struct import_in {
    int64_t id; /* set */
    int kind, fd;
    const char *name;
    const uint8_t *sha256; /* 32 bytes */
    int64_t bytes;
};
MUST_CHECK enum err import_read(struct ctx *cx, struct import_in *in);
MUST_CHECK enum err import_get(struct ctx *cx, int64_t id, struct import_task *out);
typedef void import_fn(void *arg, const struct import_task *t);
MUST_CHECK enum err import_list(struct ctx *cx, int64_t before, int64_t limit, import_fn *fn, void *arg);
/* Ask for it; the worker does it. ERR_STATE: not checked, failed rows, applied already, ... */
MUST_CHECK enum err import_apply(struct ctx *cx, int64_t id, int64_t version, bool skip_failed);
MUST_CHECK enum err import_undo(struct ctx *cx, int64_t id, int64_t version);

struct import_row {
    int64_t n;
    const char *const *cell; /* one a column of the kind, in order; "" where the file has none */
    size_t ncell;
    const char *problems; /* JSON list or "" */
};
typedef void import_row_fn(void *arg, const struct import_row *r);
/* Rows behind number `after`; failed: only those. Clear text: for whoever may import. */
MUST_CHECK enum err import_rows(struct ctx *cx, const struct import_task *t, bool failed, int64_t after, int64_t limit,
                                import_row_fn *fn, void *arg);

/* ---- the thread's part: opens transactions of its own. SLOW ---- */
MUST_CHECK enum err import_work(struct ctx *cx, bool *worked);
MUST_CHECK enum err import_sweep(struct ctx *cx, int64_t *gone); /* rows of a week ago */

#endif
