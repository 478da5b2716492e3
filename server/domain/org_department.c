/* org_department.c - departments: a small tree, its leaders and people. SPDX-License-Identifier: MIT */
#include "base/id.h"
#include "domain/audit.h"
#include "domain/auth.h"
#include "domain/org.h"
#include "platform/store/db.h"

#define CHANGED_ZH "部门不存在或已被他人修改"
#define CHANGED_EN "no such department, or changed meanwhile"
#define COLUMNS                                                                                                        \
    "SELECT d.id, d.parent_id, d.project_id, d.leader_id, d.sort, d.version, d.name, COALESCE(a.name, ''),"            \
    " COALESCE(p.name, ''), (SELECT COUNT(*) FROM department_member m WHERE m.department_id = d.id) FROM department d" \
    " LEFT JOIN account a ON a.id = d.leader_id LEFT JOIN project p ON p.id = d.project_id"
STMT(q_list, "department.list",
     COLUMNS " WHERE d.company_id = $1 AND d.closed_at = 0 ORDER BY d.parent_id, d.sort, d.id LIMIT 1000");
STMT(q_get, "department.get", COLUMNS " WHERE d.id = $1 AND d.company_id = $2 AND d.closed_at = 0");
STMT(q_add, "department.add",
     "INSERT INTO department(id, company_id, parent_id, project_id, name, leader_id, sort, created_at)"
     " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)");
STMT(
    q_set, "department.set",
    "UPDATE department SET parent_id = $3, project_id = $4, name = $5, leader_id = $6, sort = $7, version = version + 1"
    " WHERE id = $1 AND company_id = $2 AND version = $8 AND closed_at = 0");
STMT(
    q_touch, "department.touch",
    "UPDATE department SET version = version + 1 WHERE id = $1 AND company_id = $2 AND version = $3 AND closed_at = 0");
STMT(q_close, "department.close",
     "UPDATE department SET closed_at = $4, version = version + 1 WHERE id = $1 AND company_id = $2 AND version = $3"
     " AND closed_at = 0");
STMT(q_hangs, "department.hangs",
     "SELECT (SELECT COUNT(*) FROM department_member m WHERE m.department_id = $1)"
     " + (SELECT COUNT(*) FROM department d WHERE d.parent_id = $1 AND d.company_id = $2 AND d.closed_at = 0)");
STMT(q_parent, "department.parent",
     "SELECT parent_id FROM department WHERE id = $1 AND company_id = $2 AND closed_at = 0");
STMT(q_staff, "department.staff",
     "SELECT id FROM account WHERE id = $1 AND company_id = $2 AND kind = 'staff' AND state = 'active'");
STMT(q_members, "department.members",
     "SELECT m.account_id, a.name, m.title, COALESCE(a.login, '') FROM department_member m"
     " JOIN account a ON a.id = m.account_id WHERE m.department_id = $1 AND m.company_id = $2 ORDER BY a.id LIMIT 500");
STMT(q_drop_members, "department.drop_members",
     "DELETE FROM department_member WHERE department_id = $1 AND company_id = $2");
STMT(q_add_member, "department.add_member",
     "INSERT INTO department_member(department_id, account_id, company_id, title) VALUES ($1, $2, $3, $4)");

struct listing {
    department_fn *fn;
    void *arg;
};

static enum err on_department(struct ctx *cx, const struct row *r, void *out)
{
    *(struct department *)out = (struct department){.id = row_i64(r, 0),
                                                    .parent_id = row_i64(r, 1),
                                                    .project_id = row_i64(r, 2),
                                                    .leader_id = row_i64(r, 3),
                                                    .sort = row_i64(r, 4),
                                                    .version = row_i64(r, 5),
                                                    .name = row_text(cx, r, 6),
                                                    .leader = row_text(cx, r, 7),
                                                    .project = row_text(cx, r, 8),
                                                    .members = row_i64(r, 9)};
    return OK;
}

static enum err on_listed(struct ctx *cx, const struct row *r, void *out)
{
    struct listing *l = out;
    struct department d;
    enum err e = on_department(cx, r, &d);
    l->fn(l->arg, &d);
    return e;
}

enum err department_list(struct ctx *cx, department_fn *fn, void *arg)
{
    struct listing l = {fn, arg};
    return db_each(cx, &q_list, ARGS(I64(cx->who.company_id)), on_listed, &l);
}

static enum err department_get(struct ctx *cx, int64_t id, struct department *out)
{
    enum err e = db_one(cx, &q_get, ARGS(I64(id), I64(cx->who.company_id)), on_department, out);
    return e == ERR_NOT_FOUND ? cx_fail(cx, e, "id", "部门不存在", "no such department") : e;
}

/* ---- changing ---- */

static enum err must_be(struct ctx *cx, const struct stmt *q, int64_t id, const char *field, const char *zh,
                        const char *en)
{
    int64_t found = 0;
    bool there = true;
    enum err e = id ? db_i64(cx, q, ARGS(I64(id), I64(cx->who.company_id)), &found, &there) : OK;
    if (e || there)
        return e;
    cx->why = (struct why){field, zh, en};
    return ERR_INVALID;
}

/* From the parent upwards: not through the department itself, not too deep. */
static enum err check_line(struct ctx *cx, int64_t id, int64_t parent)
{
    enum err e = OK;
    for (int depth = 1; parent && !e; depth++) {
        bool there = false;
        if (parent == id)
            return cx_fail(cx, ERR_INVALID, "parent_id", "上级部门不能是自己或下级", "above itself");
        if (depth >= DEPARTMENT_DEPTH)
            return cx_fail(cx, ERR_INVALID, "parent_id", "部门层级过深", "too many levels");
        int64_t above = 0;
        e = db_i64(cx, &q_parent, ARGS(I64(parent), I64(cx->who.company_id)), &above, &there);
        if (!e && !there)
            return cx_fail(cx, ERR_INVALID, "parent_id", "上级部门不存在", "no such department");
        parent = above;
    }
    return e;
}

static enum err check(struct ctx *cx, const struct department *in)
{
    enum err e = check_line(cx, in->id, in->parent_id);
    if (!e)
        e = must_be(cx, &q_staff, in->leader_id, "leader_id", "负责人不是在职员工", "not an active member of staff");
    return e || !in->project_id ? e : company_has_project(cx, in->project_id, ERR_INVALID, "project_id");
}

static enum err taken(struct ctx *cx, enum err e)
{
    return e == ERR_EXISTS ? cx_fail(cx, e, "name", "同级部门名称已存在", "there is one of that name beside it") : e;
}

enum err department_put(struct ctx *cx, const struct department *in, int64_t *id)
{
    enum err e = check(cx, in);
    *id = id_new();
    if (!e)
        e = taken(cx, db_try(cx, &q_add,
                             ARGS(I64(*id), I64(cx->who.company_id), I64(in->parent_id), I64(in->project_id),
                                  TXT(in->name), I64(in->leader_id), I64(in->sort), I64(cx->now)),
                             NULL));
    return e ? e : audit_add(cx, "department.create", "department", *id, NULL, NULL);
}

enum err department_change(struct ctx *cx, const struct department *in)
{
    struct department was;
    int64_t changed = 0;
    enum err e = department_get(cx, in->id, &was);
    if (!e)
        e = check(cx, in);
    if (!e)
        e = taken(cx, db_try(cx, &q_set,
                             ARGS(I64(in->id), I64(cx->who.company_id), I64(in->parent_id), I64(in->project_id),
                                  TXT(in->name), I64(in->leader_id), I64(in->sort), I64(in->version)),
                             &changed));
    if (!e && !changed)
        e = cx_fail(cx, ERR_CONFLICT, NULL, CHANGED_ZH, CHANGED_EN);
    return e ? e
             : audit_add(cx, "department.change", "department", in->id,
                         arena_printf(cx->arena, "{\"leader_id\":\"%lld\",\"parent_id\":\"%lld\"}",
                                      (long long)was.leader_id, (long long)was.parent_id),
                         arena_printf(cx->arena, "{\"leader_id\":\"%lld\",\"parent_id\":\"%lld\"}",
                                      (long long)in->leader_id, (long long)in->parent_id));
}

enum err department_close(struct ctx *cx, int64_t id, int64_t version)
{
    struct department d;
    int64_t hangs = 0;
    enum err e = department_get(cx, id, &d);
    if (!e)
        e = db_i64(cx, &q_hangs, ARGS(I64(id), I64(cx->who.company_id)), &hangs, NULL);
    if (!e && hangs)
        e = cx_fail(cx, ERR_STATE, "id", "部门下还有人员或下级部门", "people or departments hang on it");
    if (!e)
        e = db_change_one(cx, &q_close, ARGS(I64(id), I64(cx->who.company_id), I64(version), I64(cx->now)),
                          ERR_CONFLICT, CHANGED_ZH, CHANGED_EN);
    return e ? e : audit_add(cx, "department.close", "department", id, NULL, NULL);
}

/* ---- people ---- */

struct people {
    member_fn *fn;
    void *arg;
};

static enum err on_member(struct ctx *cx, const struct row *r, void *out)
{
    struct people *p = out;
    struct member m = {row_i64(r, 0), row_text(cx, r, 1), row_text(cx, r, 2), row_text(cx, r, 3)};
    p->fn(p->arg, &m);
    return OK;
}

enum err department_members(struct ctx *cx, int64_t id, member_fn *fn, void *arg)
{
    struct people p = {fn, arg};
    struct department d;
    enum err e = department_get(cx, id, &d);
    return e ? e : db_each(cx, &q_members, ARGS(I64(id), I64(cx->who.company_id)), on_member, &p);
}

enum err department_set_members(struct ctx *cx, int64_t id, int64_t version, const struct member *m, size_t n)
{
    struct department d;
    enum err e = department_get(cx, id, &d);
    if (!e)
        e = db_change_one(cx, &q_touch, ARGS(I64(id), I64(cx->who.company_id), I64(version)), ERR_CONFLICT, CHANGED_ZH,
                          CHANGED_EN);
    if (!e)
        e = db_exec(cx, &q_drop_members, ARGS(I64(id), I64(cx->who.company_id)), NULL);
    for (size_t i = 0; i < n && !e; i++) {
        e = must_be(cx, &q_staff, m[i].account_id, arena_printf(cx->arena, "members[%zu].account_id", i),
                    "不是在职员工", "not an active member of staff");
        if (!e)
            e = db_try(cx, &q_add_member,
                       ARGS(I64(id), I64(m[i].account_id), I64(cx->who.company_id), TXT(or_empty(m[i].title))), NULL);
        if (e == ERR_EXISTS)
            e = cx_fail(cx, ERR_INVALID, arena_printf(cx->arena, "members[%zu].account_id", i), "人员重复", "twice");
    }
    return e ? e
             : audit_add(cx, "department.members", "department", id, NULL,
                         arena_printf(cx->arena, "{\"members\":%zu}", n));
}
