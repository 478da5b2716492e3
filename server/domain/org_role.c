/* org_role.c - positions: sets of roles under a name, given to people in a project or everywhere. What a position gives lies in
 * role_grant with its set_id, so that everything which asks for roles asks in one place. SPDX-License-Identifier: MIT */
#include "base/id.h"
#include "domain/audit.h"
#include "domain/auth.h"
#include "domain/org.h"
#include "platform/store/db.h"

#define CHANGED_ZH "岗位不存在或已被他人修改"
#define CHANGED_EN "no such position, or changed meanwhile"
STMT(q_list, "role_set.list",
     "SELECT r.id, r.name, r.roles, r.note, r.version, (SELECT COUNT(DISTINCT m.account_id) FROM role_set_member m"
     " WHERE m.role_set_id = r.id) FROM role_set r WHERE r.company_id = $1 ORDER BY r.name LIMIT 200");
STMT(q_add, "role_set.add",
     "INSERT INTO role_set(id, company_id, name, roles, note, created_at) VALUES ($1, $2, $3, $4, $5, $6)");
STMT(q_set, "role_set.set",
     "UPDATE role_set SET name = $3, roles = $4, note = $5, version = version + 1 WHERE id = $1 AND company_id = $2"
     " AND version = $6");
STMT(q_roles, "role_set.roles", "SELECT roles FROM role_set WHERE id = $1 AND company_id = $2");
STMT(q_held, "role_set.held", "SELECT COUNT(*) FROM role_set_member WHERE role_set_id = $1 AND company_id = $2");
STMT(q_drop, "role_set.drop", "DELETE FROM role_set WHERE id = $1 AND company_id = $2 AND version = $3");
STMT(q_holders, "role_set.holders",
     "SELECT DISTINCT account_id FROM role_set_member WHERE role_set_id = $1 AND company_id = $2 ORDER BY account_id");
STMT(q_holdings, "role_set.holdings",
     "SELECT m.role_set_id, m.project_id, r.name, COALESCE(p.name, '') FROM role_set_member m"
     " JOIN role_set r ON r.id = m.role_set_id LEFT JOIN project p ON p.id = m.project_id"
     " WHERE m.account_id = $1 AND m.company_id = $2 ORDER BY r.name, m.project_id");
STMT(q_drop_holdings, "role_set.drop_holdings",
     "DELETE FROM role_set_member WHERE account_id = $1 AND company_id = $2");
STMT(q_hold, "role_set.hold",
     "INSERT INTO role_set_member(role_set_id, account_id, project_id, company_id) VALUES ($1, $2, $3, $4)");
STMT(q_staff, "role_set.staff",
     "SELECT id FROM account WHERE id = $1 AND company_id = $2 AND kind = 'staff' AND state = 'active'");

static const char *roles_text(struct arena *a, unsigned roles)
{
    struct buf b;
    buf_init(&b, a);
    buf_char(&b, ',');
    for (int i = 0; i < ROLE_COUNT; i++)
        if (roles & (1u << i))
            buf_printf(&b, "%s,", role_name[i]);
    return buf_cstr(&b);
}

/* ---- positions ---- */

struct listing {
    role_set_fn *fn;
    void *arg;
};

static enum err on_listed(struct ctx *cx, const struct row *r, void *out)
{
    struct listing *l = out;
    struct role_set s = {.id = row_i64(r, 0),
                         .name = row_text(cx, r, 1),
                         .roles = auth_roles_listed(cx->arena, row_text(cx, r, 2)),
                         .note = row_text(cx, r, 3),
                         .version = row_i64(r, 4),
                         .members = row_i64(r, 5)};
    l->fn(l->arg, &s);
    return OK;
}

enum err role_set_list(struct ctx *cx, role_set_fn *fn, void *arg)
{
    struct listing l = {fn, arg};
    return db_each(cx, &q_list, ARGS(I64(cx->who.company_id)), on_listed, &l);
}

static enum err check(struct ctx *cx, const struct role_set *in)
{
    return !in->roles || (in->roles & ~(unsigned)ROLES_IN_SETS)
               ? cx_fail(cx, ERR_INVALID, "roles", "岗位只能包含员工角色,管理员须单独授予",
                         "roles of staff only; administrators are made one by one")
               : OK;
}

enum err role_set_put(struct ctx *cx, const struct role_set *in, int64_t *id)
{
    enum err e = check(cx, in);
    *id = id_new();
    if (!e)
        e = db_try(cx, &q_add,
                   ARGS(I64(*id), I64(cx->who.company_id), TXT(in->name), TXT(roles_text(cx->arena, in->roles)),
                        TXT(or_empty(in->note)), I64(cx->now)),
                   NULL);
    if (e == ERR_EXISTS)
        return cx_fail(cx, e, "name", "岗位名称已存在", "there is a position of that name");
    return e ? e
             : audit_add(cx, "role_set.create", "role_set", *id, NULL,
                         arena_printf(cx->arena, "{\"roles\":\"%s\"}", roles_text(cx->arena, in->roles)));
}

/* ---- what positions give a person ---- */

struct all_held {
    struct holding v[100];
    size_t n;
};

static enum err on_held(struct ctx *cx, const struct row *r, void *out)
{
    struct all_held *a = out;
    if (a->n < COUNT(a->v))
        a->v[a->n++] = (struct holding){row_i64(r, 0), row_i64(r, 1), row_text(cx, r, 2), row_text(cx, r, 3)};
    return OK;
}

static enum err load_held(struct ctx *cx, int64_t account_id, struct all_held *a)
{
    a->n = 0;
    return db_each(cx, &q_holdings, ARGS(I64(account_id), I64(cx->who.company_id)), on_held, a);
}

static enum err roles_now(struct ctx *cx, int64_t id, const char **text)
{
    enum err e = db_text(cx, &q_roles, ARGS(I64(id), I64(cx->who.company_id)), text);
    return e == ERR_NOT_FOUND ? cx_fail(cx, e, "id", "岗位不存在", "no such position") : e;
}

enum err role_set_change(struct ctx *cx, const struct role_set *in)
{
    int64_t *who = arena_alloc(cx->arena, 5000 * sizeof *who), changed = 0;
    const char *was = "", *now = roles_text(cx->arena, in->roles);
    size_t n = 0;
    enum err e = roles_now(cx, in->id, &was);
    if (!e)
        e = check(cx, in);
    if (!e)
        e = db_try(cx, &q_set,
                   ARGS(I64(in->id), I64(cx->who.company_id), TXT(in->name), TXT(now), TXT(or_empty(in->note)),
                        I64(in->version)),
                   &changed);
    if (e == ERR_EXISTS)
        return cx_fail(cx, e, "name", "岗位名称已存在", "there is a position of that name");
    if (!e && !changed)
        e = cx_fail(cx, ERR_CONFLICT, NULL, CHANGED_ZH, CHANGED_EN);
    if (!e && !str_eq(was, now))
        e = db_ids(cx, &q_holders, ARGS(I64(in->id), I64(cx->who.company_id)), who, 5000, &n);
    for (size_t i = 0; i < n && !e; i++)
        e = auth_regrant(cx, who[i]);
    return e ? e
             : audit_add(cx, "role_set.change", "role_set", in->id, arena_printf(cx->arena, "{\"roles\":\"%s\"}", was),
                         arena_printf(cx->arena, "{\"roles\":\"%s\"}", now));
}

enum err role_set_drop(struct ctx *cx, int64_t id, int64_t version)
{
    int64_t held = 0;
    const char *roles = "";
    enum err e = roles_now(cx, id, &roles);
    if (!e)
        e = db_i64(cx, &q_held, ARGS(I64(id), I64(cx->who.company_id)), &held, NULL);
    if (!e && held)
        e = cx_fail(cx, ERR_STATE, "id", "还有员工担任此岗位", "somebody holds it");
    if (!e)
        e = db_change_one(cx, &q_drop, ARGS(I64(id), I64(cx->who.company_id), I64(version)), ERR_CONFLICT, CHANGED_ZH,
                          CHANGED_EN);
    return e ? e
             : audit_add(cx, "role_set.drop", "role_set", id, arena_printf(cx->arena, "{\"roles\":\"%s\"}", roles),
                         NULL);
}

/* ---- giving them ---- */

static enum err staff_there(struct ctx *cx, int64_t account_id)
{
    int64_t id = 0;
    bool there = false;
    enum err e = db_i64(cx, &q_staff, ARGS(I64(account_id), I64(cx->who.company_id)), &id, &there);
    return e || there ? e : cx_fail(cx, ERR_NOT_FOUND, "id", "员工不存在", "no such member of staff");
}

enum err role_set_holdings(struct ctx *cx, int64_t account_id, holding_fn *fn, void *arg)
{
    struct all_held *a = arena_alloc(cx->arena, sizeof *a);
    enum err e = staff_there(cx, account_id);
    if (!e)
        e = load_held(cx, account_id, a);
    for (size_t i = 0; i < a->n && !e; i++)
        fn(arg, &a->v[i]);
    return e;
}

static enum err hold(struct ctx *cx, int64_t account_id, const struct holding *h, size_t i)
{
    const char *roles = "";
    enum err e = db_text(cx, &q_roles, ARGS(I64(h->role_set_id), I64(cx->who.company_id)), &roles);
    if (e == ERR_NOT_FOUND)
        return cx_fail(cx, ERR_INVALID, arena_printf(cx->arena, "positions[%zu].role_set_id", i), "岗位不存在",
                       "no such position");
    if (!e && h->project_id)
        e = company_has_project(cx, h->project_id, ERR_INVALID,
                                arena_printf(cx->arena, "positions[%zu].project_id", i));
    if (!e)
        e = db_try(cx, &q_hold, ARGS(I64(h->role_set_id), I64(account_id), I64(h->project_id), I64(cx->who.company_id)),
                   NULL);
    return e == ERR_EXISTS
               ? cx_fail(cx, ERR_INVALID, arena_printf(cx->arena, "positions[%zu]", i), "岗位重复", "given twice")
               : e;
}

enum err role_set_give(struct ctx *cx, int64_t account_id, const struct holding *h, size_t n)
{
    enum err e = staff_there(cx, account_id);
    if (!e && account_id == cx->who.id)
        e = cx_fail(cx, ERR_FORBIDDEN, "id", "不能给自己授予岗位", "not to oneself");
    if (!e)
        e = db_exec(cx, &q_drop_holdings, ARGS(I64(account_id), I64(cx->who.company_id)), NULL);
    for (size_t i = 0; i < n && !e; i++)
        e = hold(cx, account_id, &h[i], i);
    if (!e)
        e = auth_regrant(cx, account_id);
    return e ? e
             : audit_add(cx, "role_set.give", "account", account_id, NULL,
                         arena_printf(cx->arena, "{\"positions\":%zu}", n));
}
