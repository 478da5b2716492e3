/* file_api.c - uploads and downloads. SPDX-License-Identifier: MIT */
#include "api/route.h"
#include "domain/complaint.h"
#include "domain/file.h"
#include "domain/notice.h"
#include "platform/config.h"
#include "platform/files.h"
#include "platform/net/http.h"
#include "platform/store/store.h"

struct upload {
    struct file_row row;
    int64_t id, left;
};

static enum err run_quota(struct ctx *cx, void *arg)
{
    return file_quota_left(cx, &((struct upload *)arg)->left);
}

static enum err run_add(struct ctx *cx, void *arg)
{
    struct upload *u = arg;
    return file_add(cx, &u->row, &u->id);
}

static enum err h_upload(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct upload u = {0};
    struct stored_file f;
    struct jw w;
    if (!rq->http->spool_path || !rq->http->body_len)
        return cx_fail(cx, ERR_BAD_REQUEST, NULL, "没有文件内容", "no file in the request");
    enum err e = store_read(cx, run_quota, &u);
    if (!e && u.left < (int64_t)rq->http->body_len)
        e = cx_fail(cx, ERR_RATE, NULL, "今日上传空间已用完", "today's upload quota is used up");
    if (!e)
        e = files_store(cx->arena, config()->data_dir, rq->http->spool_path, rq->http->header[H_CONTENT_TYPE], &f,
                        &cx->why);
    if (e)
        return e;
    u.row = (struct file_row){.name = f.filename,
                              .kind = f.type,
                              .stored = f.name,
                              .bytes = f.size,
                              .width = f.width,
                              .height = f.height,
                              .sha256 = f.sha256};
    if ((e = store_write(cx, run_add, &u)) != OK) {
        files_remove(config()->data_dir, f.name);
        return e;
    }
    jw_init(&w, cx->arena);
    jw_obj(&w);
    kv_id(&w, "id", u.id);
    kv_str(&w, "url", arena_printf(cx->arena, "/api/v1/files/%lld", (long long)u.id));
    kv_str(&w, "name", f.filename);
    kv_str(&w, "type", f.type);
    kv_int(&w, "bytes", f.size);
    kv_int(&w, "width", f.width);
    kv_int(&w, "height", f.height);
    jw_end(&w);
    return reply_json(rs, 201, &w);
}

static enum err run_get(struct ctx *cx, void *arg)
{
    struct upload *u = arg;
    enum err e = file_get(cx, u->id, &u->row);
    if (e == ERR_NOT_FOUND) { /* not his own: a file of something he may see? */
        struct why why = cx->why;
        e = complaint_file_get(cx, u->id, &u->row);
        if (e == ERR_NOT_FOUND)
            e = notice_file_get(cx, u->id, &u->row);
        if (e == ERR_NOT_FOUND)
            cx->why = why;
    }
    return e;
}

/* Pictures may be shown in place; everything else is only ever saved. Neither runs anything. */
static enum err h_download(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct upload u = {0};
    int64_t size = 0;
    enum err e = path_id(cx, rq, 0, &u.id);
    if (!e)
        e = store_read(cx, run_get, &u);
    if (e)
        return e;
    rs->fd = files_open(config()->data_dir, u.row.stored, &size);
    if (rs->fd < 0)
        return cx_fail(cx, ERR_NOT_FOUND, "id", "文件不存在", "no such file");
    rs->type = u.row.kind;
    rs->len = (size_t)size;
    reply_header(rs, "content-disposition",
                 arena_printf(cx->arena, "%s; filename*=UTF-8''%s",
                              str_starts(u.row.kind, "image/") ? "inline" : "attachment",
                              url_encode(cx->arena, str_empty(u.row.name) ? "file" : u.row.name)));
    reply_header(rs, "content-security-policy", "default-src 'none'; sandbox");
    reply_header(rs, "cache-control", "private, max-age=86400, immutable");
    return OK;
}

#define UPLOAD_MAX (10u << 20)
/* clang-format off */
static const struct route rows[] = {
    {M_POST, "/api/v1/files",      h_upload,   LANE_SLOW, ROLES_LOGGED_IN, SCOPE_SELF,  UPLOAD_MAX, RF_UPLOAD, "uploadFile"},
    {M_GET,  "/api/v1/files/{id}", h_download, LANE_SLOW, ROLES_LOGGED_IN, SCOPE_ORDER, 0,          0,         "getFile"},
};
/* clang-format on */
const struct route_set file_routes = {rows, COUNT(rows)};
