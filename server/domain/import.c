/* import.c - import tasks as records: starting, reading, asking for the next step. SPDX-License-Identifier: MIT */
#include "domain/import.h"
#include "base/clock.h"
#include "domain/audit.h"
#include "domain/import_place.h"
#include "platform/crypto/crypto.h"
#include "platform/store/db.h"
#include <string.h>

const char *const import_kind_name[IMPORT_KINDS] = {"owners", "rooms", "facilities", "arrears"};

#define COLUMNS                                                                                                        \
    "SELECT t.id, t.account_id, t.bytes, t.rows_n, t.failed_n, t.done_n, t.made_n, t.created_at, t.changed_at,"        \
    " t.version, t.kind, t.name, t.state, t.step, t.reason, t.reason_en, t.skip_failed, a.name, t.asked_by,"           \
    " t.total_fen"                                                                                                     \
    " FROM import_task t JOIN account a ON a.id = t.account_id"
STMT(q_add, "import.add",
     "INSERT INTO import_task(id, company_id, project_id, account_id, kind, name, sha, bytes, state, step, created_at,"
     " changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'waiting', 'read', $9, $9)");
STMT(q_taken, "import.taken",
     "SELECT COUNT(*) FROM import_task WHERE company_id = $1 AND project_id = $2 AND kind = $3 AND sha = $4"
     " AND state = 'applied'");
STMT(q_waiting, "import.waiting",
     "SELECT COUNT(*) FROM import_task WHERE company_id = $1 AND project_id = $2 AND step <> ''");
STMT(q_get, "import.get", COLUMNS " WHERE t.id = $1 AND t.company_id = $2 AND t.project_id = $3");
STMT(q_list, "import.list",
     COLUMNS " WHERE t.company_id = $1 AND t.project_id = $2 AND ($3 = 0 OR t.id < $3)"
             " AND (($5 = 1 AND t.kind = 'arrears') OR ($6 = 1 AND t.kind <> 'arrears')) ORDER BY t.id DESC LIMIT $4");
STMT(q_ask, "import.ask",
     "UPDATE import_task SET step = $4, skip_failed = $5, reason = '', reason_en = '', tries = 0, done_n = 0,"
     " next_at = $6, changed_at = $6, asked_by = $7, version = version + 1"
     " WHERE id = $1 AND company_id = $2 AND version = $3 AND step = ''");
STMT(q_rows, "import.rows",
     "SELECT n, cells_enc, problems FROM import_row WHERE task_id = $1 AND n > $2 ORDER BY n LIMIT $3");
STMT(q_failed, "import.failed",
     "SELECT n, cells_enc, problems FROM import_row WHERE task_id = $1 AND n > $2 AND problems <> '' ORDER BY n"
     " LIMIT $3");

const struct import_source *const import_source[IMPORT_KINDS] = {&import_owner_source, &import_room_source,
                                                                 &import_facility_source, &import_arrears_source};

const struct import_column *import_columns(int kind, size_t *n)
{
    *n = import_source[kind]->ncol;
    return import_source[kind]->col;
}

static enum err on_task(struct ctx *cx, const struct row *r, void *out)
{
    struct import_task *t = out;
    *t = (struct import_task){.id = row_i64(r, 0),
                              .account_id = row_i64(r, 1),
                              .bytes = row_i64(r, 2),
                              .rows = row_i64(r, 3),
                              .failed = row_i64(r, 4),
                              .done = row_i64(r, 5),
                              .made = row_i64(r, 6),
                              .created_at = row_i64(r, 7),
                              .changed_at = row_i64(r, 8),
                              .version = row_i64(r, 9),
                              .kind = str_index(import_kind_name, IMPORT_KINDS, row_text(cx, r, 10)),
                              .name = row_text(cx, r, 11),
                              .state = row_text(cx, r, 12),
                              .step = row_text(cx, r, 13),
                              .reason = row_text(cx, r, 14),
                              .reason_en = row_text(cx, r, 15),
                              .skip_failed = row_i64(r, 16) != 0,
                              .account = row_text(cx, r, 17),
                              .asked_by = row_i64(r, 18),
                              .total_fen = row_i64(r, 19)};
    return OK;
}

static enum err import_may(struct ctx *cx, int kind)
{
    bool may = kind >= 0 && (cx->who.roles & import_source[kind]->roles);
    return may ? OK : cx_fail(cx, ERR_FORBIDDEN, NULL, "没有权限", "not allowed");
}

static enum err already(struct ctx *cx, int kind, const uint8_t *sha)
{
    int64_t taken = 0;
    enum err e =
        db_i64(cx, &q_taken,
               ARGS(I64(cx->who.company_id), I64(cx->who.project_id), TXT(import_kind_name[kind]), BLOB(sha, 32)),
               &taken, NULL);
    return e || !taken ? e : cx_fail(cx, ERR_EXISTS, "file", "该文件已导入过", "this file was imported already");
}

enum err import_add(struct ctx *cx, const struct import_in *in)
{
    int64_t waiting = 0;
    if (!cx->who.project_id)
        return cx_need_project(cx);
    enum err e = import_may(cx, in->kind);
    if (!e)
        e = already(cx, in->kind, in->sha256);
    if (!e)
        e = db_i64(cx, &q_waiting, ARGS(I64(cx->who.company_id), I64(cx->who.project_id)), &waiting, NULL);
    if (!e && waiting >= IMPORT_WAITING)
        e = cx_fail(cx, ERR_RATE, NULL, "已有导入在进行,请稍候", "imports are being worked on; wait for them");
    if (!e)
        e = db_exec(cx, &q_add,
                    ARGS(I64(in->id), I64(cx->who.company_id), I64(cx->who.project_id), I64(cx->who.id),
                         TXT(import_kind_name[in->kind]), TXT(in->name), BLOB(in->sha256, 32), I64(in->bytes),
                         I64(cx->now)),
                    NULL);
    return e ? e
             : audit_add(cx, "import.start", "import_task", in->id, NULL,
                         arena_printf(cx->arena, "{\"kind\":\"%s\",\"bytes\":%lld}", import_kind_name[in->kind],
                                      (long long)in->bytes));
}

enum err import_get(struct ctx *cx, int64_t id, struct import_task *out)
{
    enum err e = db_one(cx, &q_get, ARGS(I64(id), I64(cx->who.company_id), I64(cx->who.project_id)), on_task, out);
    if (e == ERR_NOT_FOUND)
        return cx_fail(cx, e, "id", "导入任务不存在", "no such import");
    return e ? e : import_may(cx, out->kind);
}

struct listing {
    import_fn *fn;
    void *arg;
};

static enum err on_listed(struct ctx *cx, const struct row *r, void *out)
{
    struct listing *l = out;
    struct import_task t;
    enum err e = on_task(cx, r, &t);
    l->fn(l->arg, &t);
    return e;
}

enum err import_list(struct ctx *cx, int64_t before, int64_t limit, import_fn *fn, void *arg)
{
    struct listing l = {fn, arg};
    bool money = cx->who.roles & import_source[IMPORT_ARREARS]->roles, others = cx->who.roles & import_source[0]->roles;
    return db_each(
        cx, &q_list,
        ARGS(I64(cx->who.company_id), I64(cx->who.project_id), I64(before), I64(limit), I64(money), I64(others)),
        on_listed, &l);
}

/* ---- the next step ---- */

static enum err ask(struct ctx *cx, const struct import_task *t, const char *step, bool skip_failed, int64_t version)
{
    enum err e = db_change_one(cx, &q_ask,
                               ARGS(I64(t->id), I64(cx->who.company_id), I64(version), TXT(step), I64(skip_failed),
                                    I64(cx->now), I64(cx->who.id)),
                               ERR_CONFLICT, "任务已变化,请刷新", "it has changed meanwhile; reload it");
    return e ? e
             : audit_add(cx, arena_printf(cx->arena, "import.%s", step), "import_task", t->id, NULL,
                         arena_printf(cx->arena, "{\"skip_failed\":%s}", skip_failed ? "true" : "false"));
}

enum err import_apply(struct ctx *cx, int64_t id, int64_t version, bool skip_failed)
{
    struct import_task t;
    enum err e = import_get(cx, id, &t);
    if (!e && !str_eq(t.state, "checked"))
        e = cx_fail(cx, ERR_STATE, "state", "当前状态不能导入", "not to be applied in this state");
    if (!e && import_source[t.kind]->money && t.account_id == cx->who.id)
        e = cx_fail(cx, ERR_FORBIDDEN, NULL, "上传并检查文件的人不能自己导入,须由另一人确认",
                    "who brought the file must not apply it: a second person does");
    if (!e && t.failed == t.rows)
        e = cx_fail(cx, ERR_STATE, "failed", "没有可导入的行", "there is no good row in it");
    if (!e && t.failed && !skip_failed)
        e = cx_fail(cx, ERR_STATE, "failed", "有 %lld 行有误,请修正后重新上传,或选择跳过这些行",
                    "%lld rows are wrong: mend and upload again, or choose to leave them out", (long long)t.failed);
    return e ? e : ask(cx, &t, "apply", skip_failed, version);
}

enum err import_undo(struct ctx *cx, int64_t id, int64_t version)
{
    struct import_task t;
    enum err e = import_get(cx, id, &t);
    if (!e && !str_eq(t.state, "applied"))
        e = cx_fail(cx, ERR_STATE, "state", "只能撤销已导入的任务", "only what was applied can be undone");
    if (!e && import_source[t.kind]->money && !(cx->who.roles & ROLES_SETS)) /* as for voiding a published bill */
        e = cx_fail(cx, ERR_FORBIDDEN, NULL, "已发布的账单须由经理撤销", "published bills are taken back by a manager");
    return e ? e : ask(cx, &t, "undo", false, version);
}

/* ---- rows ---- */

struct reading {
    int64_t task_id;
    size_t ncol;
    import_row_fn *fn;
    void *arg;
};

static enum err on_row(struct ctx *cx, const struct row *r, void *out)
{
    struct reading *in = out;
    struct import_row row = {.n = row_i64(r, 0), .ncell = in->ncol, .problems = row_text(cx, r, 2)};
    const char **cell = arena_alloc(cx->arena, in->ncol * sizeof *cell);
    size_t n = 0;
    const void *blob = row_blob(cx, r, 1, &n);
    const char *text =
        pii_open(cx->arena, blob, n, arena_printf(cx->arena, IMPORT_ROW_AAD, (long long)in->task_id, (long long)row.n));
    struct json *j = text ? json_parse(cx->arena, text, strlen(text)) : NULL;
    for (size_t i = 0; i < in->ncol; i++)
        cell[i] = j ? or_empty(json_text(json_at(j, i))) : "";
    row.cell = cell;
    if (!j)
        return cx_fail(cx, ERR_INTERNAL, NULL, "行内容无法读取", "a row cannot be read");
    in->fn(in->arg, &row);
    return OK;
}

enum err import_rows(struct ctx *cx, const struct import_task *t, bool failed, int64_t after, int64_t limit,
                     import_row_fn *fn, void *arg)
{
    struct reading in = {t->id, import_source[t->kind]->ncol, fn, arg};
    return db_each(cx, failed ? &q_failed : &q_rows, ARGS(I64(t->id), I64(after), I64(limit)), on_row, &in);
}
