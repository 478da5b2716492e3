/* export.c - export tasks as records: asking, listing, fetching. SPDX-License-Identifier: MIT */
#include "domain/export.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "domain/audit.h"
#include "domain/auth.h"
#include "domain/export_int.h"
#include "domain/ledger.h"
#include "domain/shift.h"
#include "platform/config.h"
#include "platform/store/db.h"

const char *const export_kind_name[EXPORT_KINDS] = {
    "bills",      "payments", "ledger",      "receivable", "takings", "trial",       "shift",
    "complaints", "repairs",  "maint_tasks", "facilities", "audit",   "technicians", "owners"};

#define COLUMNS                                                                                                        \
    "SELECT id, project_id, account_id, kind, state, file, reason, filters, done_e3, records, bytes, created_at,"      \
    " done_at, tries, version FROM export_task"
STMT(q_add, "export.add",
     "INSERT INTO export_task(id, company_id, project_id, account_id, kind, filters, state, next_at, created_at)"
     " VALUES ($1, $2, $3, $4, $5, $6, 'waiting', $7, $7)");
STMT(q_waiting, "export.waiting",
     "SELECT COUNT(*) FROM export_task WHERE company_id = $1 AND account_id = $2 AND state IN ('waiting', 'working')");
STMT(q_today, "export.today",
     "SELECT COUNT(*) FROM export_task WHERE company_id = $1 AND account_id = $2 AND created_at > $3");
STMT(q_get, "export.get", COLUMNS " WHERE id = $1 AND company_id = $2 AND account_id = $3");
STMT(q_list, "export.list",
     COLUMNS " WHERE company_id = $1 AND account_id = $2 AND ($3 = 0 OR id < $3) ORDER BY id DESC LIMIT $4");

static enum err on_task(struct ctx *cx, const struct row *r, void *out)
{
    struct export_task *t = out;
    *t = (struct export_task){.id = row_i64(r, 0),
                              .project_id = row_i64(r, 1),
                              .account_id = row_i64(r, 2),
                              .kind = str_index(export_kind_name, EXPORT_KINDS, row_text(cx, r, 3)),
                              .state = row_text(cx, r, 4),
                              .file = row_text(cx, r, 5),
                              .reason = row_text(cx, r, 6),
                              .filters = row_text(cx, r, 7),
                              .done_e3 = row_i64(r, 8),
                              .records = row_i64(r, 9),
                              .bytes = row_i64(r, 10),
                              .created_at = row_i64(r, 11),
                              .done_at = row_i64(r, 12),
                              .tries = row_i64(r, 13),
                              .version = row_i64(r, 14)};
    return OK;
}

/* ---- asking ---- */

static enum err check_days(struct ctx *cx, const struct export_filters *f)
{
    const struct {
        const char *name;
        int64_t day;
    } v[] = {
        {"from",  f->from },
        {"to",    f->to   },
        {"as_of", f->as_of}
    };
    for (size_t i = 0; i < COUNT(v); i++)
        if (v[i].day && (v[i].day > 99991231 || !clock_day_valid((int32_t)v[i].day)))
            return cx_fail(cx, ERR_INVALID, v[i].name, "日期无效", "not a day");
    return f->from && f->to && f->from > f->to
               ? cx_fail(cx, ERR_INVALID, "from", "起日晚于止日", "it begins after its end")
               : OK;
}

static enum err check_one_of(struct ctx *cx, const char *field, const char *const *names, size_t n, const char *s)
{
    return str_empty(s) || str_index(names, n, s) >= 0
               ? OK
               : cx_fail(cx, ERR_INVALID, field, "参数无效", "not one of the allowed values");
}

static enum err check_filters(struct ctx *cx, int kind, const struct export_filters *f)
{
    static const char *const bill[] = {"published", "partial", "paid", "void", "written_off"}, *const payment[] = {
                                                                                                   "taken", "void"};
    struct cash_shift s;
    enum err e = check_days(cx, f);
    if (!e && kind == EXPORT_BILLS)
        e = check_one_of(cx, "state", bill, COUNT(bill), f->state);
    if (!e && kind == EXPORT_PAYMENTS)
        e = check_one_of(cx, "state", payment, COUNT(payment), f->state);
    if (!e && kind == EXPORT_RECEIVABLE)
        e = check_one_of(cx, "by", report_by_name, REPORT_BYS, f->by);
    if (!e && kind == EXPORT_TAKINGS)
        e = check_one_of(cx, "by", takings_by_name, TAKINGS_BYS, f->by);
    if (!e && kind == EXPORT_LEDGER)
        e = str_empty(f->account) ? cx_fail(cx, ERR_INVALID, "account", "请选择科目", "choose an account")
                                  : check_one_of(cx, "account", ledger_account_name, LA_COUNT, f->account);
    if (!e && kind == EXPORT_OWNERS && utf8_len(or_empty(f->reason)) < 2)
        e = cx_fail(cx, ERR_INVALID, "reason", "请填写导出原因", "say why personal data has to leave");
    if (!e && !(cx->who.roles & export_source[kind].roles))
        e = cx_fail(cx, ERR_FORBIDDEN, "kind", "没有权限导出此类数据", "not allowed to export this kind");
    return e || kind != EXPORT_SHIFT ? e : shift_get(cx, f->shift_id, &s);
}

static const char *filters_text(struct ctx *cx, const struct export_filters *f)
{
    struct jw w;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    kv_int(&w, "from", f->from);
    kv_int(&w, "to", f->to);
    kv_int(&w, "as_of", f->as_of);
    kv_id(&w, "party_id", f->party_id);
    kv_id(&w, "shift_id", f->shift_id);
    kv_str(&w, "by", str_empty(f->by) ? NULL : f->by);
    kv_str(&w, "account", str_empty(f->account) ? NULL : f->account);
    kv_str(&w, "state", str_empty(f->state) ? NULL : f->state);
    kv_str(&w, "reason", str_empty(f->reason) ? NULL : f->reason);
    jw_end(&w);
    return jw_text(&w);
}

static const char *started_json(struct ctx *cx, int kind, const struct export_filters *f)
{
    struct jw w;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    kv_str(&w, "kind", export_kind_name[kind]);
    if (!str_empty(f->reason))
        kv_str(&w, "reason", f->reason);
    jw_end(&w);
    return jw_text(&w);
}

enum err export_start(struct ctx *cx, int kind, const struct export_filters *f, struct export_task *out)
{
    int64_t waiting = 0, today = 0, id = id_new();
    enum err e = cx_need_project(cx);
    if (!e)
        e = db_i64(cx, &q_waiting, ARGS(I64(cx->who.company_id), I64(cx->who.id)), &waiting, NULL);
    if (!e && waiting >= EXPORT_WAITING)
        e = cx_fail(cx, ERR_RATE, NULL, "已有导出任务在进行,请稍候",
                    "your exports are still being made; wait for them");
    if (!e)
        e = db_i64(cx, &q_today, ARGS(I64(cx->who.company_id), I64(cx->who.id), I64(cx->now - DAY_MS)), &today, NULL);
    if (!e && today >= EXPORT_A_DAY)
        e = cx_fail(cx, ERR_RATE, NULL, "今日导出次数已用完", "no more exports today");
    if (!e)
        e = check_filters(cx, kind, f);
    if (!e)
        e = db_exec(cx, &q_add,
                    ARGS(I64(id), I64(cx->who.company_id), I64(cx->who.project_id), I64(cx->who.id),
                         TXT(export_kind_name[kind]), TXT(filters_text(cx, f)), I64(cx->now)),
                    NULL);
    if (!e)
        e = audit_add(cx, "export.start", "export_task", id, NULL, started_json(cx, kind, f));
    return e ? e : export_get(cx, id, out);
}

/* ---- reading ---- */

enum err export_get(struct ctx *cx, int64_t id, struct export_task *out)
{
    enum err e = db_one(cx, &q_get, ARGS(I64(id), I64(cx->who.company_id), I64(cx->who.id)), on_task, out);
    return e == ERR_NOT_FOUND ? cx_fail(cx, e, "id", "导出任务不存在", "no such export") : e;
}

struct listing {
    export_fn *fn;
    void *arg;
};

static enum err on_listed(struct ctx *cx, const struct row *r, void *out)
{
    struct listing *l = out;
    struct export_task t;
    enum err e = on_task(cx, r, &t);
    l->fn(l->arg, &t);
    return e;
}

enum err export_list(struct ctx *cx, int64_t before, int64_t limit, export_fn *fn, void *arg)
{
    struct listing l = {fn, arg};
    return db_each(cx, &q_list, ARGS(I64(cx->who.company_id), I64(cx->who.id), I64(before), I64(limit)), on_listed, &l);
}

enum err export_fetch(struct ctx *cx, int64_t id, struct export_task *out)
{
    unsigned roles = 0;
    enum err e = export_get(cx, id, out);
    if (!e) /* who might have it made may have lost the right since, or have it elsewhere only */
        e = auth_roles_in(cx, out->project_id, &roles);
    if (!e && (out->kind < 0 || !(roles & export_source[out->kind].roles)))
        e = cx_fail(cx, ERR_FORBIDDEN, NULL, "没有权限", "not allowed any more");
    if (!e && str_eq(out->state, "gone"))
        e = cx_fail(cx, ERR_STATE, "state", "文件已过期删除,请重新导出", "its week is over; export it again");
    if (!e && !str_eq(out->state, "done"))
        e = cx_fail(cx, ERR_STATE, "state", "文件尚未生成", "not ready yet");
    return e ? e : audit_add(cx, "export.fetch", "export_task", id, NULL, NULL);
}

const char *export_path(struct arena *a, int64_t id)
{
    return arena_printf(a, "%s/exports/%lld.xlsx", config()->data_dir, (long long)id);
}
