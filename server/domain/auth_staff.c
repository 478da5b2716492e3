/* auth_staff.c - account rows, staff accounts issued by an administrator, role grants. SPDX-License-Identifier: MIT */
#include "base/id.h"
#include "base/json.h"
#include "domain/audit.h"
#include "domain/auth.h"
#include "platform/config.h"
#include "platform/crypto/crypto.h"
#include "platform/events.h"
#include "platform/store/db.h"
#include "platform/store/store.h"
#include <string.h>

STMT(q_company, "company.by_code",
     "SELECT id FROM company WHERE ($1 = '' OR code = $1) AND state = 'active' ORDER BY id LIMIT 2");
STMT(q_insert, "account.insert",
     "INSERT INTO account(id, company_id, kind, login, name, phone_enc, phone_idx, phone_hint, email_enc, email_idx,"
     " email_hint, password, password_at, must_change, created_at)"
     " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $13)");
STMT(q_by_phone, "account.id_by_phone",
     "SELECT id FROM account WHERE company_id = $1 AND kind = $2 AND phone_idx = $3");
STMT(q_phone, "account.phone", "SELECT phone_enc FROM account WHERE id = $1");
STMT(q_list, "staff.list",
     "SELECT a.id, a.login, a.name, a.phone_hint, a.email_hint, a.state, a.version, a.created_at,"
     " CASE WHEN a.password IS NULL AND a.phone_idx IS NULL AND a.email_idx IS NULL THEN 1 ELSE 0 END,"
     " CASE WHEN t.confirmed_at > 0 THEN 1 ELSE 0 END"
     " FROM account a LEFT JOIN account_totp t ON t.account_id = a.id"
     " WHERE a.company_id = $1 AND a.kind = 'staff' AND a.id > $2 ORDER BY a.id LIMIT $3");
STMT(q_grants, "staff.grants", "SELECT role, project_id, set_id FROM role_grant WHERE account_id = $1 ORDER BY id");
STMT(q_drop_grants, "staff.drop_grants",
     "DELETE FROM role_grant WHERE account_id = $1 AND company_id = $2 AND set_id = 0");
STMT(q_grant, "staff.grant",
     "INSERT INTO role_grant(id, company_id, account_id, role, project_id, created_by, created_at)"
     " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (company_id, account_id, role, project_id) DO UPDATE SET set_id "
     "= 0");
STMT(q_project, "company.project", "SELECT id FROM project WHERE id = $1 AND company_id = $2");
STMT(q_platform, "staff.platform",
     "SELECT id FROM role_grant WHERE account_id = $1 AND company_id = $2 AND role = 'platform_admin'");
STMT(q_there, "staff.there", "SELECT id FROM account WHERE id = $1 AND company_id = $2 AND kind = 'staff'");
STMT(q_program, "staff.is_program",
     "SELECT COUNT(*) FROM account WHERE id = $1 AND kind = 'staff' AND password IS NULL AND phone_idx IS NULL AND"
     " email_idx IS NULL");
STMT(q_touch, "staff.touch",
     "UPDATE account SET version = version + 1 WHERE id = $1 AND company_id = $2 AND kind = 'staff' AND version = $3");
STMT(q_state, "staff.state",
     "UPDATE account SET state = $3, version = version + 1 WHERE id = $1 AND company_id = $2 AND kind = 'staff'");
STMT(
    q_temporary, "staff.temporary",
    "UPDATE account SET password = $3, password_at = $4, must_change = 1, failed = 0, locked_until = 0, lock_level = 0,"
    " version = version + 1 WHERE id = $1 AND company_id = $2 AND kind = 'staff'");

char *phone_mask(struct arena *a, const char *phone)
{
    size_t n = phone ? strlen(phone) : 0;
    return n < 8 ? arena_strdup(a, "***") : arena_printf(a, "%.3s****%s", phone, phone + n - 4);
}

char *name_mask(struct arena *a, const char *name)
{
    return str_empty(name) ? arena_strdup(a, "") : arena_printf(a, "%.*s*", (int)utf8_prefix(name, 1), name);
}

char *email_mask(struct arena *a, const char *email)
{
    const char *at = email ? strchr(email, '@') : NULL;
    return at ? arena_printf(a, "%.1s***%s", email, at) : NULL;
}

static enum err on_id(struct ctx *cx, const struct row *r, void *out)
{
    int64_t *two = out;
    (void)cx;
    two[two[0] ? 1 : 0] = row_i64(r, 0);
    return OK;
}

enum err company_by_code(struct ctx *cx, const char *code, int64_t *id)
{
    int64_t two[2] = {0, 0};
    enum err e = db_each(cx, &q_company, ARGS(TXT(code ? code : "")), on_id, two);
    if (e)
        return e;
    if (!two[0])
        return cx_fail(cx, ERR_INVALID, "company", "物业公司不存在", "no such company");
    if (two[1])
        return cx_fail(cx, ERR_INVALID, "company", "请选择物业公司", "say which company");
    *id = two[0];
    return OK;
}

enum err company_has_project(struct ctx *cx, int64_t project_id, enum err none, const char *field)
{
    int64_t id = 0;
    bool found = false;
    enum err e = db_i64(cx, &q_project, ARGS(I64(project_id), I64(cx->who.company_id)), &id, &found);
    return e || found ? e : cx_fail(cx, none, field, "项目不存在", "no such project");
}

enum err account_insert(struct ctx *cx, int64_t company_id, const struct account_in *in, int64_t *id)
{
    uint8_t phone_idx[16], email_idx[16];
    size_t phone_n = 0, email_n = 0;
    const void *phone_enc = NULL, *email_enc = NULL;
    struct arg none = {.kind = ARG_NULL};
    *id = id_new();
    if (!str_empty(in->phone)) {
        pii_index(company_id, in->phone, phone_idx);
        phone_enc =
            pii_seal(cx->arena, in->phone, arena_printf(cx->arena, "account.phone|%lld", (long long)*id), &phone_n);
    }
    if (!str_empty(in->email)) {
        pii_index(company_id, in->email, email_idx);
        email_enc =
            pii_seal(cx->arena, in->email, arena_printf(cx->arena, "account.email|%lld", (long long)*id), &email_n);
    }
    enum err e = db_try(cx, &q_insert,
                        ARGS(I64(*id), I64(company_id), TXT(in->kind), TXT(in->login), TXT(in->name),
                             phone_enc ? BLOB(phone_enc, phone_n) : none, phone_enc ? BLOB(phone_idx, 16) : none,
                             TXT(phone_enc ? phone_mask(cx->arena, in->phone) : NULL),
                             email_enc ? BLOB(email_enc, email_n) : none, email_enc ? BLOB(email_idx, 16) : none,
                             TXT(email_enc ? email_mask(cx->arena, in->email) : NULL), TXT(in->password_phc),
                             I64(cx->now), I64(in->must_change)),
                        NULL);
    if (e == ERR_EXISTS)
        e = cx_fail(cx, e, in->login ? "login" : "phone", "账号或手机号已存在", "login or phone already in use");
    return e;
}

enum err account_by_phone(struct ctx *cx, int64_t company_id, const char *kind, const char *phone, int64_t *id)
{
    uint8_t idx[16];
    pii_index(company_id, phone, idx);
    return db_i64(cx, &q_by_phone, ARGS(I64(company_id), TXT(kind), BLOB(idx, 16)), id, NULL);
}

enum err account_phone(struct ctx *cx, int64_t account_id, const char **phone)
{
    const void *sealed = NULL;
    size_t n = 0;
    enum err e = db_blob(cx, &q_phone, ARGS(I64(account_id)), &sealed, &n);
    *phone = e || !sealed
                 ? NULL
                 : pii_open(cx->arena, sealed, n, arena_printf(cx->arena, "account.phone|%lld", (long long)account_id));
    return e;
}

/* ---- staff ---- */

static const char *grants_json(struct ctx *cx, const struct grant *g, size_t n)
{
    struct jw w;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    jw_key(&w, "grants");
    jw_arr(&w);
    for (size_t i = 0; i < n; i++) {
        jw_obj(&w);
        kv_str(&w, "role", role_name[g[i].role]);
        kv_id(&w, "project_id", g[i].project_id);
        jw_end(&w);
    }
    jw_arr_end(&w);
    jw_end(&w);
    return jw_text(&w);
}

/* An administrator can only give what lies inside the company, and not the platform's own role. */
static enum err put_grants(struct ctx *cx, int64_t account, const struct grant *g, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        unsigned role = 1u << g[i].role;
        if (!(role & ROLES_STAFF) || (role == ROLE_PLATFORM_ADMIN && !(cx->who.roles & ROLE_PLATFORM_ADMIN)))
            return cx_fail(cx, ERR_FORBIDDEN, "grants", "不能授予角色 %s", "role %s cannot be given",
                           role_name[g[i].role]);
        enum err e = g[i].project_id ? company_has_project(cx, g[i].project_id, ERR_INVALID, "grants") : OK;
        for (size_t k = 0; k < i && !e; k++)
            if (g[k].role == g[i].role && g[k].project_id == g[i].project_id)
                e = cx_fail(cx, ERR_INVALID, "grants", "角色重复", "the same role twice");
        if (!e)
            e = db_exec(cx, &q_grant,
                        ARGS(I64(id_new()), I64(cx->who.company_id), I64(account), TXT(role_name[g[i].role]),
                             I64(g[i].project_id), I64(cx->who.id), I64(cx->now)),
                        NULL);
        if (e)
            return e;
    }
    return OK;
}

struct create_work {
    const struct staff_in *in;
    char phc[128];
    int64_t id;
};

static enum err run_create(struct ctx *cx, void *arg)
{
    struct create_work *w = arg;
    struct account_in in = {.kind = "staff",
                            .login = w->in->login,
                            .name = w->in->name,
                            .phone = w->in->phone,
                            .email = w->in->email,
                            .password_phc = w->phc,
                            .must_change = true};
    enum err e = account_insert(cx, cx->who.company_id, &in, &w->id);
    if (!e)
        e = put_grants(cx, w->id, w->in->grants, w->in->ngrants);
    return e ? e
             : audit_add(cx, "staff.create", "account", w->id, NULL, grants_json(cx, w->in->grants, w->in->ngrants));
}

static enum err hash_temporary(struct ctx *cx, const char *password, const char *login, const char *name, char phc[128])
{
    struct why why = password_problem(config()->password_policy, password, login, name);
    if (why.zh)
        return cx_fail(cx, ERR_INVALID, "password", "%s", "%s", cx->english ? why.en : why.zh);
    if (!password_gate_enter())
        return cx_fail(cx, ERR_RATE, NULL, "系统繁忙,请稍后再试", "busy; try again");
    bool ok = password_hash(password, phc);
    password_gate_leave();
    return ok ? OK : ERR_INTERNAL;
}

enum err staff_create(struct ctx *cx, const struct staff_in *in, int64_t *id)
{
    struct create_work w = {.in = in};
    if (!str_empty(in->phone) && !phone_valid(in->phone))
        return cx_fail(cx, ERR_INVALID, "phone", "手机号格式不正确", "not a mobile number");
    if (!str_empty(in->email) && !email_valid(in->email))
        return cx_fail(cx, ERR_INVALID, "email", "邮箱格式不正确", "not an e-mail address");
    if (phone_valid(in->login))
        return cx_fail(cx, ERR_INVALID, "login", "账号不能是手机号", "a login must not be a phone number");
    enum err e = hash_temporary(cx, in->password, in->login, in->name, w.phc);
    if (!e)
        e = store_write(cx, run_create, &w);
    *id = w.id;
    return e;
}

/* Otherwise a company's administrator would become the platform's with one reset. */
static enum err within_reach(struct ctx *cx, int64_t account)
{
    int64_t id = 0;
    bool platform = false;
    if (cx->who.roles & ROLE_PLATFORM_ADMIN)
        return OK;
    enum err e = db_i64(cx, &q_platform, ARGS(I64(account), I64(cx->who.company_id)), &id, &platform);
    return !e && platform
               ? cx_fail(cx, ERR_FORBIDDEN, "id", "不能修改平台管理员", "not a platform administrator's account")
               : e;
}

struct reset_work {
    int64_t id;
    char phc[128];
};

static enum err run_reset(struct ctx *cx, void *arg)
{
    struct reset_work *w = arg;
    enum err e = within_reach(cx, w->id);
    if (!e)
        e = db_change_one(cx, &q_temporary, ARGS(I64(w->id), I64(cx->who.company_id), TXT(w->phc), I64(cx->now)),
                          ERR_NOT_FOUND, "员工不存在", "no such member of staff");
    if (!e)
        e = auth_end_all(cx, w->id, 0);
    return e ? e : audit_add(cx, "staff.reset_password", "account", w->id, NULL, NULL);
}

enum err staff_reset_password(struct ctx *cx, int64_t id, const char *temporary)
{
    struct reset_work w = {.id = id};
    enum err e = hash_temporary(cx, temporary, NULL, NULL, w.phc);
    return e ? e : store_write(cx, run_reset, &w);
}

static enum err on_grant(struct ctx *cx, const struct row *r, void *out)
{
    struct staff *s = out;
    int role = str_index(role_name, ROLE_COUNT, row_text(cx, r, 0));
    if (role >= 0 && s->ngrants < 64)
        s->grants[s->ngrants++] = (struct grant){role, row_i64(r, 1), row_i64(r, 2) != 0};
    return OK;
}

static enum err load_grants(struct ctx *cx, struct staff *s)
{
    s->grants = arena_alloc(cx->arena, 64 * sizeof *s->grants);
    s->ngrants = 0;
    return db_each(cx, &q_grants, ARGS(I64(s->id)), on_grant, s);
}

/* A key has nobody to ask for a second factor, and lasts for years. */
static enum err programs_run_nothing(struct ctx *cx, int64_t account, const struct grant *g, size_t n)
{
    int64_t program = 0;
    enum err e = db_i64(cx, &q_program, ARGS(I64(account)), &program, NULL);
    for (size_t i = 0; i < n && !e && program; i++)
        if ((1u << g[i].role) & ROLES_ADMIN)
            e = cx_fail(cx, ERR_FORBIDDEN, "grants", "服务账号不能是管理员", "a program is no administrator");
    return e;
}

enum err staff_set_grants(struct ctx *cx, int64_t id, int64_t version, const struct grant *g, size_t n)
{
    struct staff was = {.id = id};
    int64_t there = 0;
    bool found = false;
    enum err e = within_reach(cx, id);
    if (!e)
        e = db_i64(cx, &q_there, ARGS(I64(id), I64(cx->who.company_id)), &there, &found);
    if (!e && !found)
        e = cx_fail(cx, ERR_NOT_FOUND, "id", "员工不存在", "no such member of staff");
    if (!e)
        e = programs_run_nothing(cx, id, g, n);
    if (!e)
        e = db_change_one(cx, &q_touch, ARGS(I64(id), I64(cx->who.company_id), I64(version)), ERR_CONFLICT,
                          "员工已被他人修改", "the member of staff has changed meanwhile");
    if (!e)
        e = load_grants(cx, &was);
    if (!e)
        e = db_exec(cx, &q_drop_grants, ARGS(I64(id), I64(cx->who.company_id)), NULL);
    if (!e)
        e = put_grants(cx, id, g, n);
    if (!e)
        e = auth_regrant(cx, id);
    return e ? e
             : audit_add(cx, "staff.grants", "account", id, grants_json(cx, was.grants, was.ngrants),
                         grants_json(cx, g, n));
}

enum err staff_drop_totp(struct ctx *cx, int64_t id)
{
    int64_t there = 0;
    bool found = false, had = false;
    enum err e = within_reach(cx, id);
    if (!e)
        e = db_i64(cx, &q_there, ARGS(I64(id), I64(cx->who.company_id)), &there, &found);
    if (!e && found)
        e = totp_drop(cx, id, &had);
    if (!e && !had)
        e = cx_fail(cx, ERR_NOT_FOUND, "id", "该员工未启用动态口令", "no member of staff with a second factor");
    return e ? e : auth_end_all(cx, id, 0);
}

enum err staff_set_state(struct ctx *cx, int64_t id, bool active)
{
    if (id == cx->who.id)
        return cx_fail(cx, ERR_FORBIDDEN, "id", "不能停用自己的账号", "not your own account");
    enum err e = within_reach(cx, id);
    if (!e)
        e = db_change_one(cx, &q_state, ARGS(I64(id), I64(cx->who.company_id), TXT(active ? "active" : "disabled")),
                          ERR_NOT_FOUND, "员工不存在", "no such member of staff");
    if (!e && !active)
        e = auth_end_all(cx, id, 0);
    return e ? e : audit_add(cx, active ? "staff.enable" : "staff.disable", "account", id, NULL, NULL);
}

struct staff_each {
    struct staff *v;
    size_t n;
};

static enum err on_staff(struct ctx *cx, const struct row *r, void *out)
{
    struct staff_each *l = out;
    l->v[l->n++] = (struct staff){.id = row_i64(r, 0),
                                  .login = row_text(cx, r, 1),
                                  .name = row_text(cx, r, 2),
                                  .phone_hint = row_text(cx, r, 3),
                                  .email_hint = row_text(cx, r, 4),
                                  .state = row_text(cx, r, 5),
                                  .version = row_i64(r, 6),
                                  .created_at = row_i64(r, 7),
                                  .service = row_i64(r, 8) != 0,
                                  .second_factor = row_i64(r, 9) != 0};
    return OK;
}

enum err staff_list(struct ctx *cx, int64_t after_id, int64_t limit, staff_fn *fn, void *arg)
{
    struct staff_each l = {arena_alloc(cx->arena, (size_t)limit * sizeof *l.v), 0};
    enum err e = db_each(cx, &q_list, ARGS(I64(cx->who.company_id), I64(after_id), I64(limit)), on_staff, &l);
    for (size_t i = 0; i < l.n && !e; i++) {
        e = load_grants(cx, &l.v[i]);
        if (!e)
            fn(arg, &l.v[i]);
    }
    return e;
}
