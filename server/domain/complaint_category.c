/* complaint_category.c - categories: built in, changed or added by a company; who is told of each. SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "domain/audit.h"
#include "domain/complaint_int.h"
#include <string.h>

STMT(q_own, "complaint.category",
     "SELECT code, name, due_h, version, enabled FROM complaint_category WHERE company_id = $1 AND ($2 = '' OR code = "
     "$2)"
     " ORDER BY code");
STMT(q_put, "complaint.category_put",
     "INSERT INTO complaint_category(company_id, code, name, due_h, enabled) VALUES ($1, $2, $3, $4, $5)"
     " ON CONFLICT (company_id, code) DO NOTHING");
STMT(q_set, "complaint.category_set",
     "UPDATE complaint_category SET name = $3, due_h = $4, enabled = $5, version = version + 1"
     " WHERE company_id = $1 AND code = $2 AND version = $6");
STMT(q_managers, "complaint.managers",
     "SELECT m.account_id, a.name, m.project_id FROM complaint_manager m JOIN account a ON a.id = m.account_id"
     " WHERE m.company_id = $1 AND m.code = $2 AND (m.project_id = 0 OR m.project_id = $3) ORDER BY m.account_id");
STMT(q_clear, "complaint.managers_clear",
     "DELETE FROM complaint_manager WHERE company_id = $1 AND code = $2 AND project_id = $3");
STMT(
    q_add, "complaint.manager_add",
    "INSERT INTO complaint_manager(company_id, code, project_id, account_id) SELECT company_id, $2, $3, id FROM account"
    " WHERE id = $4 AND company_id = $1 AND kind = 'staff' AND state = 'active'");

static const struct complaint_category built_in[] = {
    {"service",     "服务态度", 48, 0, true},
    {"facility",    "设施设备", 72, 0, true},
    {"environment", "环境卫生", 48, 0, true},
    {"security",    "安全秩序", 24, 0, true},
    {"fee",         "物业收费", 72, 0, true},
    {"other",       "其他",       72, 0, true},
};

struct own {
    struct complaint_category v[100];
    size_t n;
};

static enum err on_own(struct ctx *cx, const struct row *r, void *out)
{
    struct own *l = out;
    if (l->n < COUNT(l->v))
        l->v[l->n++] = (struct complaint_category){.code = row_text(cx, r, 0),
                                                   .name = row_text(cx, r, 1),
                                                   .due_h = row_i64(r, 2),
                                                   .version = row_i64(r, 3),
                                                   .enabled = row_i64(r, 4) != 0};
    return OK;
}

enum err complaint_category_list(struct ctx *cx, complaint_category_fn *fn, void *arg)
{
    struct own l = {.n = 0};
    enum err e = db_each(cx, &q_own, ARGS(I64(cx->who.company_id), TXT("")), on_own, &l);
    for (size_t i = 0; i < COUNT(built_in) && !e; i++) {
        const struct complaint_category *c = &built_in[i];
        for (size_t k = 0; k < l.n; k++)
            if (str_eq(l.v[k].code, c->code))
                c = &l.v[k];
        fn(arg, c);
    }
    for (size_t k = 0; k < l.n && !e; k++) {
        bool known = false;
        for (size_t i = 0; i < COUNT(built_in); i++)
            known = known || str_eq(l.v[k].code, built_in[i].code);
        if (!known)
            fn(arg, &l.v[k]);
    }
    return e;
}

enum err complaint_category_get(struct ctx *cx, const char *code, struct complaint_category *out)
{
    struct own l = {.n = 0};
    enum err e = db_each(cx, &q_own, ARGS(I64(cx->who.company_id), TXT(code)), on_own, &l);
    if (e || (l.n && !str_empty(code))) {
        *out = l.v[0];
        return e;
    }
    for (size_t i = 0; i < COUNT(built_in); i++)
        if (str_eq(built_in[i].code, code)) {
            *out = built_in[i];
            return OK;
        }
    return cx_fail(cx, ERR_NOT_FOUND, "category", "该类别不存在", "no such category");
}

int64_t complaint_due_ms(const struct complaint_category *k, int urgency)
{
    int64_t due = k->due_h * HOUR_MS;
    if (urgency == URGENCY_EMERGENCY)
        return due < 4 * HOUR_MS ? due : 4 * HOUR_MS;
    return urgency == URGENCY_HIGH ? due / 2 : due;
}

static enum err put_managers(struct ctx *cx, const char *code, const int64_t *ids, size_t n)
{
    int64_t project = cx->who.project_id;
    enum err e = db_exec(cx, &q_clear, ARGS(I64(cx->who.company_id), TXT(code), I64(project)), NULL);
    for (size_t i = 0; i < n && !e; i++) {
        int64_t added = 0;
        for (size_t k = 0; k < i; k++)
            if (ids[k] == ids[i])
                return cx_fail(cx, ERR_INVALID, "managers", "负责人重复", "a manager is named twice");
        e = db_exec(cx, &q_add, ARGS(I64(cx->who.company_id), TXT(code), I64(project), I64(ids[i])), &added);
        if (!e && !added)
            e = cx_fail(cx, ERR_INVALID, "managers", "员工不存在或已停用", "no such active member of staff");
    }
    return e;
}

static bool code_ok(const char *s)
{
    return strlen(s) >= 2 && strlen(s) <= 20 && strspn(s, "abcdefghijklmnopqrstuvwxyz_") == strlen(s);
}

/* What all projects have in common; the managers are a project's own. */
static bool same_terms(const struct complaint_category *was, const struct complaint_category *c)
{
    return !str_empty(was->code) && str_eq(was->name, c->name) && was->due_h == c->due_h && was->enabled == c->enabled;
}

enum err complaint_category_save(struct ctx *cx, const struct complaint_category *c, const int64_t *managers,
                                 size_t nmanagers)
{
    struct complaint_category was = {0};
    int64_t changed = 0, company = cx->who.company_id;
    if (!code_ok(c->code))
        return cx_fail(cx, ERR_INVALID, "code", "代码为 2 到 20 个小写字母", "2 to 20 small letters or '_'");
    if (str_eq(c->code, "other") && !c->enabled)
        return cx_fail(cx, ERR_INVALID, "enabled", "“其他”类别不可停用", "\"other\" cannot be switched off");
    enum err e = complaint_category_get(cx, c->code, &was);
    if (e == ERR_NOT_FOUND) {
        cx->why = (struct why){0};
        e = OK;
    }
    if (!e && !(cx->who.roles & ROLES_ADMIN) && !same_terms(&was, c))
        e = cx_fail(cx, ERR_FORBIDDEN, "name", "名称、期限和启用由公司管理员修改,项目经理只设本项目负责人",
                    "name, time limit and use are the whole company's: its administrator changes them");
    if (!e && was.version)
        e = db_exec(cx, &q_set,
                    ARGS(I64(company), TXT(c->code), TXT(c->name), I64(c->due_h), I64(c->enabled), I64(c->version)),
                    &changed);
    else if (!e && !c->version)
        e = db_exec(cx, &q_put, ARGS(I64(company), TXT(c->code), TXT(c->name), I64(c->due_h), I64(c->enabled)),
                    &changed);
    if (!e && !changed)
        e = cx_fail(cx, ERR_CONFLICT, "If-Match", "类别已被修改,请刷新", "the category has changed; reload it");
    if (!e)
        e = put_managers(cx, c->code, managers, nmanagers);
    return e ? e
             : audit_add(cx, "complaint.category", "company", company, NULL,
                         arena_printf(cx->arena, "{\"code\":\"%s\",\"due_h\":%lld,\"enabled\":%s,\"managers\":%zu}",
                                      c->code, (long long)c->due_h, c->enabled ? "true" : "false", nmanagers));
}

struct managers {
    complaint_manager_fn *fn;
    void *arg;
};

static enum err on_manager(struct ctx *cx, const struct row *r, void *out)
{
    struct managers *l = out;
    l->fn(l->arg, row_i64(r, 0), row_text(cx, r, 1), row_i64(r, 2));
    return OK;
}

enum err complaint_managers(struct ctx *cx, const char *code, complaint_manager_fn *fn, void *arg)
{
    struct managers l = {fn, arg};
    return db_each(cx, &q_managers, ARGS(I64(cx->who.company_id), TXT(code), I64(cx->who.project_id)), on_manager, &l);
}
