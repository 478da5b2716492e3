/* export.c - export tasks as records: asking, listing, fetching. SPDX-License-Identifier: MIT */
#include "domain/export.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "domain/audit.h"
#include "domain/auth.h"
#include "domain/complaint.h"
#include "domain/export_int.h"
#include "domain/ledger.h"
#include "domain/maint.h"
#include "domain/payment.h"
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

/* Which filters a kind knows, beside the days; what it does not would be ignored without a word. */
enum known_type { K_ID, K_NUMBER, K_TEXT };
static const struct {
    const char *name;
    size_t off;
    enum known_type type;
    unsigned kinds;
} known[] = {
#define K(kind)   (1u << EXPORT_##kind)
#define AT(field) #field, offsetof(struct export_filters, field)
#define ID(field, mask)                                                                                                \
    {                                                                                                                  \
        AT(field), K_ID, mask                                                                                          \
    }
#define NUMBER(field, mask)                                                                                            \
    {                                                                                                                  \
        AT(field), K_NUMBER, mask                                                                                      \
    }
#define TEXT(field, mask)                                                                                              \
    {                                                                                                                  \
        AT(field), K_TEXT, mask                                                                                        \
    }
    ID(party_id, K(LEDGER)),
    ID(shift_id, K(SHIFT)),
    ID(room_id, K(BILLS) | K(PAYMENTS)),
    NUMBER(receipt_no, K(PAYMENTS)),
    ID(object_id, K(AUDIT)),
    NUMBER(overdue, K(TASKS) | K(COMPLAINTS)),
    NUMBER(open, K(TASKS) | K(COMPLAINTS)),
    NUMBER(escalated, K(COMPLAINTS)),
    TEXT(by, K(RECEIVABLE) | K(TAKINGS)),
    TEXT(account, K(LEDGER) | K(AUDIT)),
    TEXT(state, K(BILLS) | K(PAYMENTS) | K(REPAIRS) | K(COMPLAINTS) | K(TASKS) | K(FACILITIES)),
    TEXT(method, K(PAYMENTS)),
    TEXT(category, K(COMPLAINTS)),
    TEXT(about, K(COMPLAINTS)),
    TEXT(search, K(COMPLAINTS)),
    TEXT(action, K(AUDIT)),
    TEXT(ip, K(AUDIT)),
    TEXT(request_id, K(AUDIT)),
};

static enum err check_known(struct ctx *cx, int kind, const struct export_filters *f)
{
    for (size_t i = 0; i < COUNT(known); i++) {
        const void *at = (const char *)f + known[i].off;
        bool given = known[i].type == K_TEXT ? !str_empty(*(const char *const *)at) : *(const int64_t *)at != 0;
        if (given && !(known[i].kinds >> kind & 1))
            return cx_fail(cx, ERR_INVALID, known[i].name, "该导出没有此筛选条件", "no filter of this export");
    }
    return OK;
}

static enum err check_filters(struct ctx *cx, int kind, const struct export_filters *f)
{
    static const char *const bill[] = {"published", "partial", "paid", "void", "written_off"}, *const payment[] = {
                                                                                                   "taken", "void"};
    const struct {
        int kind;
        const char *field, *value;
        const char *const *names;
        size_t n;
    } one_of[] = {
        {EXPORT_BILLS,      "state",   f->state,   bill,                  COUNT(bill)   },
        {EXPORT_PAYMENTS,   "state",   f->state,   payment,               COUNT(payment)},
        {EXPORT_PAYMENTS,   "method",  f->method,  pay_method_name,       PAY_METHODS   },
        {EXPORT_TASKS,      "state",   f->state,   maint_task_state_name, TS_COUNT      },
        {EXPORT_COMPLAINTS, "state",   f->state,   complaint_state_name,  CS_COUNT      },
        {EXPORT_COMPLAINTS, "about",   f->about,   complaint_kind_name,   CK_COUNT      },
        {EXPORT_RECEIVABLE, "by",      f->by,      report_by_name,        REPORT_BYS    },
        {EXPORT_TAKINGS,    "by",      f->by,      takings_by_name,       TAKINGS_BYS   },
        {EXPORT_LEDGER,     "account", f->account, ledger_account_name,   LA_COUNT      }
    };
    struct cash_shift s;
    enum err e = check_days(cx, f);
    if (!e)
        e = check_known(cx, kind, f);
    for (size_t i = 0; i < COUNT(one_of) && !e; i++)
        if (one_of[i].kind == kind)
            e = check_one_of(cx, one_of[i].field, one_of[i].names, one_of[i].n, one_of[i].value);
    if (!e && kind == EXPORT_LEDGER && str_empty(f->account))
        e = cx_fail(cx, ERR_INVALID, "account", "请选择科目", "choose an account");
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
    for (size_t i = 0; i < COUNT(known); i++) {
        const void *at = (const char *)f + known[i].off;
        if (known[i].type == K_TEXT) {
            const char *text = *(const char *const *)at;
            kv_str(&w, known[i].name, str_empty(text) ? NULL : text);
        } else if (known[i].type == K_ID) {
            kv_id(&w, known[i].name, *(const int64_t *)at);
        } else {
            kv_int(&w, known[i].name, *(const int64_t *)at);
        }
    }
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
