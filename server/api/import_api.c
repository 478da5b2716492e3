/* import_api.c - HTTP face of batch import. SPDX-License-Identifier: MIT */
#include "api/route.h"
#include "domain/import.h"
#include "platform/config.h"
#include "platform/files.h"
#include "platform/sheet.h"
#include "platform/store/store.h"
#include "platform/table/table.h"
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void one_task(struct ctx *cx, struct jw *w, const struct import_task *t)
{
    jw_obj(w);
    kv_id(w, "id", t->id);
    kv_str(w, "kind", t->kind < 0 ? NULL : import_kind_name[t->kind]);
    kv_str(w, "file", t->name);
    kv_int(w, "bytes", t->bytes);
    kv_str(w, "state", t->state);
    kv_str(w, "step", t->step);
    kv_int(w, "rows", t->rows);
    kv_int(w, "failed", t->failed);
    kv_int(w, "done", t->done);
    kv_int(w, "made", t->made);
    kv_bool(w, "skip_failed", t->skip_failed);
    kv_str(w, "reason", cx->english ? t->reason_en : t->reason);
    kv_str(w, "account", t->account);
    kv_id(w, "account_id", t->account_id);
    kv_id(w, "asked_by", t->asked_by);
    kv_int(w, "total_fen", t->total_fen);
    kv_int(w, "version", t->version);
    kv_time(w, "created_at", t->created_at);
    kv_time(w, "changed_at", t->changed_at);
    jw_end(w);
}

static enum err reply_task(struct ctx *cx, struct response *rs, int status, const struct import_task *t)
{
    struct jw w;
    jw_init(&w, cx->arena);
    one_task(cx, &w, t);
    return reply_json(rs, status, &w);
}

/* ---- upload ---- */

struct task_read {
    int64_t id;
    struct import_task t;
};

static enum err run_get(struct ctx *cx, void *arg)
{
    struct task_read *r = arg;
    return import_get(cx, r->id, &r->t);
}

static enum err query_kind(struct ctx *cx, const struct request *rq, int *kind)
{
    const char *text = NULL;
    enum err e = query_text(cx, rq, "kind", &text);
    *kind = text ? str_index(import_kind_name, IMPORT_KINDS, text) : -1;
    return e || *kind >= 0 ? e : cx_fail(cx, ERR_INVALID, "kind", "导入类型无效", "not a kind of import");
}

static enum err h_start(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct import_in in = {0};
    struct task_read r = {0};
    struct taken_file f;
    enum err e = query_kind(cx, rq, &in.kind);
    if (!e && (!rq->http->spool_path || !rq->http->body_len))
        e = cx_fail(cx, ERR_BAD_REQUEST, NULL, "没有文件内容", "no file in the request");
    if (!e)
        e = files_take(cx->arena, config()->data_dir, rq->http->spool_path, rq->http->header[H_CONTENT_TYPE], &f,
                       &cx->why);
    if (e)
        return e;
    in.fd = f.fd;
    in.name = str_empty(f.filename) ? "-" : f.filename;
    in.sha256 = f.sha256;
    in.bytes = f.size;
    e = import_read(cx, &in);
    close(f.fd);
    r.id = in.id;
    if (!e)
        e = store_read(cx, run_get, &r);
    return e ? e : reply_task(cx, rs, 201, &r.t);
}

static enum err h_get(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct import_task t;
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = import_get(cx, id, &t);
    return e ? e : reply_task(cx, rs, 200, &t);
}

struct listing {
    struct ctx *cx;
    struct page p;
};

static void one_listed(void *arg, const struct import_task *t)
{
    struct listing *l = arg;
    one_task(l->cx, &l->p.w, t);
    page_row(&l->p, t->id);
}

static enum err h_list(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct listing l = {.cx = cx};
    enum err e = page_open(cx, rq, &l.p);
    return e ? e : page_close(rs, &l.p, import_list(cx, l.p.before, l.p.limit, one_listed, &l));
}

/* ---- rows ---- */

struct rows {
    struct ctx *cx;
    struct jw w;
    const struct import_column *col;
    int64_t n, last;
};

static void one_problem(struct rows *l, const struct json *p)
{
    jw_obj(&l->w);
    kv_str(&l->w, "column", json_str(p, "column"));
    kv_str(&l->w, "key", json_str(p, "key"));
    kv_str(&l->w, "message", json_str(p, l->cx->english ? "en" : "zh"));
    jw_end(&l->w);
}

static void one_row(void *arg, const struct import_row *r)
{
    struct rows *l = arg;
    struct json *problems = str_empty(r->problems) ? NULL : json_parse(l->cx->arena, r->problems, strlen(r->problems));
    jw_obj(&l->w);
    kv_int(&l->w, "row", r->n);
    jw_key(&l->w, "cells");
    jw_obj(&l->w);
    for (size_t i = 0; i < r->ncell; i++)
        if (*r->cell[i])
            kv_str(&l->w, l->col[i].key, r->cell[i]);
    jw_end(&l->w);
    jw_key(&l->w, "problems");
    jw_arr(&l->w);
    for (size_t i = 0; problems && json_at(problems, i); i++)
        one_problem(l, json_at(problems, i));
    jw_arr_end(&l->w);
    jw_end(&l->w);
    l->n++;
    l->last = r->n;
}

static enum err h_rows(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct rows l = {.cx = cx};
    struct import_task t;
    int64_t id = 0, failed = 0, after = 0, limit = 0;
    size_t n = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = query_i64(cx, rq, "failed", 0, 1, 0, &failed);
    if (!e)
        e = query_i64(cx, rq, "after", 0, INT32_MAX, 0, &after);
    if (!e)
        e = query_i64(cx, rq, "limit", 1, 500, 100, &limit);
    if (!e)
        e = import_get(cx, id, &t);
    if (e)
        return e;
    l.col = import_columns(t.kind, &n);
    list_open(cx, &l.w);
    if ((e = import_rows(cx, &t, failed != 0, after, limit, one_row, &l)) != OK)
        return e;
    jw_arr_end(&l.w);
    jw_key(&l.w, "next_after");
    if (l.n == limit)
        jw_int(&l.w, l.last);
    else
        jw_null(&l.w);
    jw_end(&l.w);
    return reply_json(rs, 200, &l.w);
}

/* ---- apply and undo ---- */

struct apply_in {
    bool skip_failed;
};
static const struct field apply_fields[] = {OPT_BOOL(struct apply_in, skip_failed)};

static enum err step(struct ctx *cx, const struct request *rq, struct response *rs, bool undo)
{
    struct apply_in in = {0};
    struct import_task t;
    int64_t id = 0, version = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e && !undo)
        e = BODY(cx, rq, apply_fields, &in);
    if (!e)
        e = need_version(rq, &version);
    if (!e)
        e = undo ? import_undo(cx, id, version) : import_apply(cx, id, version, in.skip_failed);
    if (!e)
        e = import_get(cx, id, &t);
    return e ? e : reply_task(cx, rs, 202, &t);
}

static enum err h_apply(struct ctx *cx, const struct request *rq, struct response *rs)
{
    return step(cx, rq, rs, false);
}

static enum err h_undo(struct ctx *cx, const struct request *rq, struct response *rs)
{
    return step(cx, rq, rs, true);
}

/* ---- files to fill in ---- */

struct book {
    struct sheet *sheet;
    const char *path;
    struct sheet_column col[64];
    struct sheet_cell cell[64];
    size_t n;
};

/* A spreadsheet with the kind's columns, and one more for the reasons when there are some. */
static enum err book_open(struct ctx *cx, int kind, const char *mark, bool reasons, struct book *b)
{
    const struct import_column *col = import_columns(kind, &b->n);
    for (size_t i = 0; i < b->n; i++) {
        const char *title = cx->english ? col[i].en : col[i].zh;
        b->col[i] = (struct sheet_column){col[i].required ? arena_printf(cx->arena, "%s*", title) : title, SHEET_TEXT,
                                          col[i].width};
    }
    b->col[b->n] = (struct sheet_column){cx->english ? "What is wrong" : "错误原因", SHEET_TEXT, 60};
    b->path = arena_printf(cx->arena, "%s/import-%llx.xlsx", config()->data_dir, (unsigned long long)(uintptr_t)b);
    b->sheet = sheet_new(cx->arena, b->path, cx->english ? "Import" : "导入", mark, b->col, b->n + reasons);
    return b->sheet ? OK : ERR_BUSY;
}

static enum err book_send(struct ctx *cx, struct response *rs, struct book *b, const char *name, enum err e)
{
    struct stat st;
    bool good = sheet_end(b->sheet) && !e;
    rs->fd = good ? open(b->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) : -1;
    unlink(b->path);
    if (rs->fd < 0 || fstat(rs->fd, &st) != 0)
        return e ? e : ERR_BUSY;
    rs->len = (size_t)st.st_size;
    rs->type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    reply_header(rs, "content-disposition",
                 arena_printf(cx->arena, "attachment; filename*=UTF-8''%s.xlsx", url_encode(cx->arena, name)));
    reply_header(rs, "cache-control", "no-store");
    return OK;
}

static enum err h_template(struct ctx *cx, const struct request *rq, struct response *rs)
{
    int kind = str_index(import_kind_name, IMPORT_KINDS, rq->arg[0]);
    struct book *b = arena_alloc(cx->arena, sizeof *b);
    struct buf mark;
    size_t n = 0;
    if (kind < 0)
        return cx_fail(cx, ERR_NOT_FOUND, "kind", "导入类型无效", "not a kind of import");
    const struct import_column *col = import_columns(kind, &n);
    buf_init(&mark, cx->arena);
    buf_str(&mark, cx->english ? "Fill in below the titles; * is required. " : "在表头下方填写,带 * 的列必填。");
    for (size_t i = 0; i < n && !cx->english; i++)
        if (*col[i].hint)
            buf_printf(&mark, "%s:%s;", col[i].zh, col[i].hint);
    enum err e = book_open(cx, kind, buf_cstr(&mark), false, b);
    return e ? e : book_send(cx, rs, b, cx->english ? "import-template" : "导入模板", OK);
}

struct failed {
    struct ctx *cx;
    struct book *b;
    struct task_read task;
    int64_t after, n;
};

static void one_failed(void *arg, const struct import_row *r)
{
    struct failed *f = arg;
    struct buf why;
    struct json *problems = json_parse(f->cx->arena, r->problems, strlen(r->problems));
    buf_init(&why, f->cx->arena);
    for (size_t i = 0; problems && json_at(problems, i); i++) {
        const struct json *p = json_at(problems, i);
        buf_printf(&why, "%s%s:%s", i ? ";" : "", or_empty(json_str(p, "column")),
                   or_empty(json_str(p, f->cx->english ? "en" : "zh")));
    }
    for (size_t i = 0; i < r->ncell; i++)
        f->b->cell[i].text = r->cell[i];
    f->b->cell[r->ncell].text = buf_cstr(&why);
    sheet_row(f->b->sheet, f->b->cell);
    f->after = r->n;
    f->n++;
}

static enum err run_failed(struct ctx *cx, void *arg)
{
    struct failed *f = arg;
    f->n = 0;
    f->cx = cx;
    return import_rows(cx, &f->task.t, true, f->after, 500, one_failed, f);
}

/* The failed rows as they came, with the reason behind: mended, the same file goes in again. */
static enum err h_failed(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct failed f = {.cx = cx, .b = arena_alloc(cx->arena, sizeof *f.b)};
    enum err e = path_id(cx, rq, 0, &f.task.id);
    if (!e)
        e = store_read(cx, run_get, &f.task);
    if (!e && !f.task.t.failed)
        e = cx_fail(cx, ERR_STATE, "failed", "没有失败的行", "no row has failed");
    if (!e)
        e = book_open(cx, f.task.t.kind, NULL, true, f.b);
    if (e)
        return e;
    do {
        struct ctx page;
        struct arena *a = arena_new(0);
        cx_init(&page, a, cx->store);
        page.who = cx->who;
        page.english = cx->english;
        e = store_read(&page, run_failed, &f);
        arena_free(a);
    } while (!e && f.n == 500);
    return book_send(cx, rs, f.b, cx->english ? "failed-rows" : "失败行", e);
}

#define WHO_IMPORTS (ROLES_TAKES | ROLE_SERVICE) /* each kind has its own: import_may() */
/* clang-format off */
static const struct route rows[] = {
    {M_GET,  "/api/v1/import-templates/{kind}",   h_template, LANE_SLOW,  WHO_IMPORTS, SCOPE_NONE,    0,              0,             "getImportTemplate"},
    {M_POST, "/api/v1/imports",                   h_start,    LANE_SLOW,  WHO_IMPORTS, SCOPE_PROJECT, TABLE_FILE_MAX + 65536, RF_UPLOAD, "startImport"},
    {M_GET,  "/api/v1/imports",                   h_list,     LANE_READ,  WHO_IMPORTS, SCOPE_PROJECT, 0,              0,             "listImports"},
    {M_GET,  "/api/v1/imports/{id}",              h_get,      LANE_READ,  WHO_IMPORTS, SCOPE_PROJECT, 0,              0,             "getImport"},
    {M_GET,  "/api/v1/imports/{id}/rows",         h_rows,     LANE_READ,  WHO_IMPORTS, SCOPE_PROJECT, 0,              0,             "listImportRows"},
    {M_GET,  "/api/v1/imports/{id}/failed",       h_failed,   LANE_SLOW,  WHO_IMPORTS, SCOPE_PROJECT, 0,              0,             "getImportFailedRows"},
    {M_POST, "/api/v1/imports/{id}/apply",        h_apply,    LANE_WRITE, WHO_IMPORTS, SCOPE_PROJECT, 256,            RF_IDEMPOTENT, "applyImport"},
    {M_POST, "/api/v1/imports/{id}/undo",         h_undo,     LANE_WRITE, WHO_IMPORTS, SCOPE_PROJECT, 0,              RF_IDEMPOTENT, "undoImport"},
};
/* clang-format on */
const struct route_set import_routes = {rows, COUNT(rows)};
