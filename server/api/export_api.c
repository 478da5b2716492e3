/* export_api.c - HTTP face of exports. SPDX-License-Identifier: MIT */
#include "api/route.h"
#include "domain/export.h"
#include "platform/store/store.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static void one_task(void *arg, const struct export_task *t)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_id(w, "id", t->id);
    kv_str(w, "kind", t->kind < 0 ? NULL : export_kind_name[t->kind]);
    kv_raw(w, "filters", t->filters);
    kv_str(w, "state", t->state);
    kv_int(w, "done_e3", t->done_e3);
    kv_int(w, "records", t->records);
    kv_str(w, "file", t->file);
    kv_int(w, "bytes", t->bytes);
    kv_str(w, "reason", t->reason);
    kv_time(w, "created_at", t->created_at);
    kv_time(w, "done_at", t->done_at);
    jw_end(w);
}

static enum err reply_task(struct ctx *cx, struct response *rs, int status, const struct export_task *t)
{
    struct jw w;
    jw_init(&w, cx->arena);
    one_task(&w, t);
    return reply_json(rs, status, &w);
}

struct start_in {
    int kind;
    struct export_filters filters;
};
static const struct field filter_fields[] = {EXPORT_FILTER_FIELDS(19700101)};
static const struct field start_fields[] = {
    FIELD_ENUM(struct start_in, kind, export_kind_name),
    {.key = "filters",
                                               .type = F_OBJ,
                                               .flags = F_OPTIONAL,
                                               .off = offsetof(struct start_in, filters),
                                               .fields = filter_fields,
                                               .nfields = COUNT(filter_fields)}
};

static enum err h_start(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct start_in in = {0};
    struct export_task t;
    enum err e = BODY(cx, rq, start_fields, &in);
    if (!e)
        e = export_start(cx, in.kind, &in.filters, &t);
    return e ? e : reply_task(cx, rs, 202, &t);
}

static void one_listed(void *arg, const struct export_task *t)
{
    struct page *l = arg;
    one_task(&l->w, t);
    page_row(l, t->id);
}

static enum err h_list(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct page l = {.n = 0};
    enum err e = page_open(cx, rq, &l);
    return e ? e : page_close(rs, &l, export_list(cx, l.before, l.limit, one_listed, &l));
}

static enum err h_get(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct export_task t;
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = export_get(cx, id, &t);
    return e ? e : reply_task(cx, rs, 200, &t);
}

struct fetch {
    int64_t id;
    struct export_task t;
};

static enum err run_fetch(struct ctx *cx, void *arg)
{
    struct fetch *f = arg;
    return export_fetch(cx, f->id, &f->t);
}

static enum err h_fetch(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct fetch f = {0};
    struct stat st;
    enum err e = path_id(cx, rq, 0, &f.id);
    if (!e)
        e = store_write(cx, run_fetch, &f);
    if (e)
        return e;
    rs->fd = open(export_path(cx->arena, f.id), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (rs->fd < 0 || fstat(rs->fd, &st) != 0)
        return cx_fail(cx, ERR_NOT_FOUND, "id", "文件不存在", "no such file");
    rs->len = (size_t)st.st_size;
    rs->type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    reply_header(rs, "content-disposition",
                 arena_printf(cx->arena, "attachment; filename*=UTF-8''%s", url_encode(cx->arena, f.t.file)));
    return OK;
}

#define WHO_EXPORTS (ROLES_MONEY | ROLES_DESK) /* each kind has roles of its own: export_source */
/* clang-format off */
static const struct route rows[] = {
    {M_POST, "/api/v1/exports",           h_start, LANE_WRITE, WHO_EXPORTS, SCOPE_PROJECT, 1024, RF_IDEMPOTENT, "startExport"},
    {M_GET,  "/api/v1/exports",           h_list,  LANE_READ,  WHO_EXPORTS, SCOPE_SELF,    0,    0,             "listExports"},
    {M_GET,  "/api/v1/exports/{id}",      h_get,   LANE_READ,  WHO_EXPORTS, SCOPE_SELF,    0,    0,             "getExport"},
    {M_GET,  "/api/v1/exports/{id}/file", h_fetch, LANE_SLOW,  WHO_EXPORTS, SCOPE_SELF,    0,    0,             "fetchExport"},
};
/* clang-format on */
const struct route_set export_routes = {rows, COUNT(rows)};
