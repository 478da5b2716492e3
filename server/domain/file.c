/* file.c - see file.h. SPDX-License-Identifier: MIT */
#include "domain/file.h"
#include "base/clock.h"
#include "base/id.h"
#include "domain/repair.h"
#include "platform/config.h"
#include "platform/store/db.h"

STMT(q_add, "file.add",
     "INSERT INTO file(id, company_id, account_id, name, kind, stored, bytes, width, height, sha256, created_at)"
     " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)");
STMT(q_get, "file.get",
     "SELECT id, account_id, name, kind, stored, bytes, width, height, object, object_id FROM file"
     " WHERE id = $1 AND company_id = $2");
STMT(q_today, "file.today",
     "SELECT CAST(COALESCE(SUM(bytes), 0) AS BIGINT) FROM file WHERE account_id = $1 AND created_at > $2");

enum err file_quota_left(struct ctx *cx, int64_t *bytes)
{
    int64_t used = 0;
    enum err e = db_i64(cx, &q_today, ARGS(I64(cx->who.id), I64(cx->now - DAY_MS)), &used, NULL);
    *bytes = config()->file_quota_mb_day * 1024 * 1024 - used;
    return e;
}

enum err file_add(struct ctx *cx, const struct file_row *f, int64_t *id)
{
    int64_t left = 0;
    enum err e = file_quota_left(cx, &left);
    if (!e && left < f->bytes)
        e = cx_fail(cx, ERR_RATE, NULL, "今日上传空间已用完", "today's upload quota is used up");
    *id = id_new();
    return e ? e
             : db_exec(cx, &q_add,
                       ARGS(I64(*id), I64(cx->who.company_id), I64(cx->who.id), TXT(f->name), TXT(f->kind),
                            TXT(f->stored), I64(f->bytes), I64(f->width), I64(f->height), BLOB(f->sha256, 32),
                            I64(cx->now)),
                       NULL);
}

/* Files of facilities and maintenance tasks: for the staff of the project they belong to. */
STMT(q_facility, "file.of_facility", "SELECT id FROM facility WHERE id = $1 AND company_id = $2 AND project_id = $3");
STMT(q_handover, "file.of_handover", "SELECT id FROM handover WHERE id = $1 AND company_id = $2 AND project_id = $3");
STMT(q_task, "file.of_task", "SELECT id FROM maint_task WHERE id = $1 AND company_id = $2 AND project_id = $3");

struct found {
    struct file_row *f;
    int64_t account_id, object_id;
    const char *object;
};

static enum err on_file(struct ctx *cx, const struct row *r, void *out)
{
    struct found *d = out;
    *d->f = (struct file_row){.id = row_i64(r, 0),
                              .name = row_text(cx, r, 2),
                              .kind = row_text(cx, r, 3),
                              .stored = row_text(cx, r, 4),
                              .bytes = row_i64(r, 5),
                              .width = row_i64(r, 6),
                              .height = row_i64(r, 7)};
    d->account_id = row_i64(r, 1);
    d->object = row_text(cx, r, 8);
    d->object_id = row_i64(r, 9);
    return OK;
}

enum err file_load(struct ctx *cx, int64_t id, struct file_row *out)
{
    struct found d = {.f = out};
    return db_one(cx, &q_get, ARGS(I64(id), I64(cx->who.company_id)), on_file, &d);
}

static enum err of_project(struct ctx *cx, const struct stmt *q, int64_t object_id)
{
    int64_t id = 0;
    bool found = false;
    enum err e = db_i64(cx, q, ARGS(I64(object_id), I64(cx->who.company_id), I64(cx->who.project_id)), &id, &found);
    return e || found ? e : ERR_NOT_FOUND;
}

enum err file_get(struct ctx *cx, int64_t id, struct file_row *out)
{
    struct found d = {.f = out};
    struct repair r;
    unsigned actor = 0;
    enum err e = db_one(cx, &q_get, ARGS(I64(id), I64(cx->who.company_id)), on_file, &d);
    if (!e && str_eq(d.object, "repair")) /* also for the uploader: his right to the order may have ended */
        e = repair_get(cx, d.object_id, &r, &actor);
    else if (!e && (str_eq(d.object, "facility") || str_eq(d.object, "maint_task")) && (cx->who.roles & ROLES_STAFF))
        e = of_project(cx, str_eq(d.object, "facility") ? &q_facility : &q_task, d.object_id);
    else if (!e && str_eq(d.object, "handover") && (cx->who.roles & (ROLES_STAFF & ~(unsigned)ROLE_TECHNICIAN)))
        e = of_project(cx, &q_handover, d.object_id);
    else if (!e && d.account_id != cx->who.id)
        e = ERR_NOT_FOUND;
    if (e == ERR_NOT_FOUND || e == ERR_TAKEN) {
        cx->why = (struct why){0};
        return cx_fail(cx, ERR_NOT_FOUND, "id", "文件不存在", "no such file");
    }
    return e;
}
