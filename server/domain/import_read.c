/* import_read.c - the uploaded file becomes rows of the store: sealed, a few hundred in a transaction, so that others write
 * meanwhile. The upload waits for it and hears at once what is wrong with the file as such.
 * SPDX-License-Identifier: MIT */
#include "base/id.h"
#include "domain/import_int.h"
#include "platform/crypto/crypto.h"
#include "platform/store/db.h"
#include "platform/store/store.h"
#include "platform/table/table.h"

STMT(q_row, "import.row", "INSERT INTO import_row(task_id, n, cells_enc) VALUES ($1, $2, $3)");
STMT(q_read, "import.read",
     "UPDATE import_task SET step = 'check', rows_n = $2, next_at = $3, changed_at = $3, version = version + 1"
     " WHERE id = $1 AND step = 'read'");
STMT(q_no_rows, "import.no_rows", "DELETE FROM import_row WHERE task_id = $1");
STMT(q_no_task, "import.no_task", "DELETE FROM import_task WHERE id = $1 AND step = 'read'");

struct staged {
    int64_t n;
    const char *cells;
};
struct reader {
    struct ctx *cx;
    struct import_in *in;
    const struct import_source *src;
    struct arena *arena; /* of the chunk */
    struct staged row[IMPORT_CHUNK];
    size_t nrow;
    int map[IMPORT_COLUMNS];
    bool headed;
    int64_t above, rows;
    enum err e;
};

static enum err once(struct reader *r, job_fn *fn)
{
    struct ctx cx;
    struct arena *a = arena_new(0);
    cx_init(&cx, a, r->cx->store);
    cx.who = r->cx->who;
    cx.request_id = r->cx->request_id;
    cx.ip = r->cx->ip;
    enum err e = store_write(&cx, fn, r);
    if (e && cx.why.zh)
        r->cx->why = (struct why){arena_strdup(r->cx->arena, cx.why.field), arena_strdup(r->cx->arena, cx.why.zh),
                                  arena_strdup(r->cx->arena, cx.why.en)};
    arena_free(a);
    return e;
}

static enum err run_add(struct ctx *cx, void *arg)
{
    return import_add(cx, ((struct reader *)arg)->in);
}

static enum err run_stage(struct ctx *cx, void *arg)
{
    struct reader *r = arg;
    enum err e = OK;
    for (size_t i = 0; i < r->nrow && !e; i++) {
        size_t n = 0;
        const char *aad = arena_printf(cx->arena, IMPORT_ROW_AAD, (long long)r->in->id, (long long)r->row[i].n);
        void *blob = pii_seal(cx->arena, r->row[i].cells, aad, &n);
        e = db_exec(cx, &q_row, ARGS(I64(r->in->id), I64(r->row[i].n), BLOB(blob, n)), NULL);
    }
    return e;
}

static enum err run_read(struct ctx *cx, void *arg)
{
    struct reader *r = arg;
    return db_change_one(cx, &q_read, ARGS(I64(r->in->id), I64(r->rows), I64(cx->now)), ERR_CONFLICT, "任务已变化",
                         "the task has changed");
}

static enum err run_drop(struct ctx *cx, void *arg)
{
    struct reader *r = arg;
    enum err e = db_exec(cx, &q_no_rows, ARGS(I64(r->in->id)), NULL);
    return e ? e : db_exec(cx, &q_no_task, ARGS(I64(r->in->id)), NULL);
}

static bool flush(struct reader *r)
{
    r->rows += (int64_t)r->nrow;
    r->e = once(r, run_stage);
    r->nrow = 0;
    arena_reset(r->arena);
    return r->e == OK;
}

/* The heading comes first; a few lines of remarks may stand above it. */
static bool on_row(void *arg, int64_t number, const char *const *cell, size_t n)
{
    struct reader *r = arg;
    struct jw w;
    bool filled = false;
    if (!r->headed) {
        r->headed = header_match(r->src, cell, n, r->map);
        return r->headed || ++r->above < TABLE_ABOVE;
    }
    jw_init(&w, r->arena);
    jw_arr(&w);
    for (size_t c = 0; c < r->src->ncol; c++) {
        const char *v = r->map[c] >= 0 && (size_t)r->map[c] < n ? cell[r->map[c]] : "";
        filled = filled || *v;
        jw_str(&w, v);
    }
    jw_arr_end(&w);
    if (!filled)
        return true;
    r->row[r->nrow++] = (struct staged){number, jw_text(&w)};
    return r->nrow < IMPORT_CHUNK || flush(r);
}

static enum err whole(struct reader *r)
{
    struct ctx *cx = r->cx;
    enum err e = table_read(cx->arena, r->in->fd, on_row, r, &cx->why);
    if (e || r->e)
        return e ? e : r->e;
    if (!r->headed)
        return cx_fail(cx, ERR_INVALID, "file", "没有找到表头,请使用模板", "no heading found; use the template");
    const char *zh = header_missing(cx->arena, r->src, r->map, false);
    if (zh) {
        cx->why = (struct why){
            "file", arena_printf(cx->arena, "缺少列:%s", zh),
            arena_printf(cx->arena, "missing columns: %s", header_missing(cx->arena, r->src, r->map, true))};
        return ERR_INVALID;
    }
    if (r->nrow && !flush(r))
        return r->e;
    if (!r->rows)
        return cx_fail(cx, ERR_INVALID, "file", "文件中没有数据行", "there are no rows under the heading");
    return once(r, run_read);
}

enum err import_read(struct ctx *cx, struct import_in *in)
{
    struct reader *r = arena_alloc(cx->arena, sizeof *r);
    *r = (struct reader){.cx = cx, .in = in, .src = import_source[in->kind], .arena = arena_new(0)};
    in->id = id_new();
    enum err e = once(r, run_add);
    if (!e) {
        e = whole(r);
        struct why why = cx->why;
        if (e) {
            (void)!once(r, run_drop); /* what stays is swept in an hour */
            cx->why = why;
        }
    }
    arena_free(r->arena);
    return e;
}
