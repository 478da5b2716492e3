/* onboard.c - anjud onboard FILE: a company from nothing: its projects, buildings by pattern, staff with their roles, the
 * catalogues to start with; one transaction, so a mistake in the file leaves nothing behind. FILE is JSON:
 *
 *   {"company": {"code": "anju", "name": "安居物业"},
 *    "projects": [{"code": "YG", "name": "阳光花园", "province": "江苏省", "city": "江城市", "district": "滨江区",
 *                  "street": "阳光路", "door_number": "88号", "land_area": "32000", "building_area": "86000.5",
 *                  "kinds": "residential,retail"}],
 *    "staff": [{"login": "admin", "name": "系统管理员", "phone": "13900000001", "email": "a@b.cn",
 *               "grants": [{"role": "company_admin"}]},
 *              {"login": "wang", "name": "王经理", "phone": "…", "grants": [{"role": "manager", "project": "YG"}]}]}
 *
 * Initial passwords are made here, printed once and must be changed at the first log-in.  SPDX-License-Identifier: MIT */
#include "base/id.h"
#include "base/json.h"
#include "domain/auth.h"
#include "domain/estate.h"
#include "domain/import_int.h"
#include "domain/repair.h"
#include "main/parts.h"
#include "platform/crypto/crypto.h"
#include "platform/store/db.h"
#include <string.h>

#define FILE_MAX (1 << 20)

struct grant_in {
    int role;
    const char *project;
};
struct person_in {
    const char *login, *name, *phone, *email;
    struct json_list grants;
    char password[20], phc[128]; /* not in the file */
};
struct project_in {
    const char *code, *name, *province, *city, *district, *street, *door_number, *land_area, *building_area, *kinds;
    int64_t id;
};
struct company_in {
    const char *code, *name;
};
struct plan {
    struct company_in company;
    struct json_list projects, staff;
};
static const struct field company_fields[] = {FIELD_STR(struct company_in, code, 1, 40),
                                              FIELD_STR(struct company_in, name, 1, 60)};
static const struct field project_fields[] = {
    FIELD_STR(struct project_in, code, 1, 20),        FIELD_STR(struct project_in, name, 1, 60),
    FIELD_STR(struct project_in, province, 1, 40),    FIELD_STR(struct project_in, city, 1, 40),
    FIELD_STR(struct project_in, district, 1, 40),    FIELD_STR(struct project_in, street, 1, 80),
    FIELD_STR(struct project_in, door_number, 1, 40), OPT_STR(struct project_in, land_area, 1, 20),
    OPT_STR(struct project_in, building_area, 1, 20), OPT_STR(struct project_in, kinds, 1, 80)};
static const struct field grant_fields[] = {FIELD_ENUM(struct grant_in, role, role_name),
                                            OPT_STR(struct grant_in, project, 1, 20)};
static const struct field person_fields[] = {
    FIELD_STR(struct person_in, login, 2, 40), FIELD_STR(struct person_in, name, 1, 40),
    OPT_STR(struct person_in, phone, 11, 11), OPT_STR(struct person_in, email, 3, 254),
    FIELD_LIST(struct person_in, grants, grant_fields, struct grant_in, 1, 20)};
static const struct field plan_fields[] = {FIELD_OBJ(struct plan, company, company_fields),
                                           FIELD_LIST(struct plan, projects, project_fields, struct project_in, 1, 100),
                                           FIELD_LIST(struct plan, staff, person_fields, struct person_in, 1, 200)};

STMT(q_taken, "onboard.taken", "SELECT COUNT(*) FROM company WHERE code = $1");
STMT(
    q_grant, "onboard.grant",
    "INSERT INTO role_grant(id, company_id, account_id, role, project_id, created_at) VALUES ($1, $2, $3, $4, $5, $6)");

static enum err make_project(struct ctx *cx, struct project_in *in)
{
    struct project p = {.code = in->code,
                        .name = in->name,
                        .province = in->province,
                        .city = in->city,
                        .district = in->district,
                        .street = in->street,
                        .door_number = in->door_number,
                        .kinds = in->kinds ? in->kinds : "residential"};
    if (!cell_area(or_empty(in->land_area), &p.land_area_e4) ||
        !cell_area(or_empty(in->building_area), &p.building_area_e4))
        return cx_fail(cx, ERR_INVALID, "land_area", "项目 %s 的面积无效", "project %s: not an area", in->code);
    return project_create(cx, &p, &in->id);
}

static enum err make_grant(struct ctx *cx, const struct plan *plan, int64_t account, const struct grant_in *g)
{
    const struct project_in *p = plan->projects.p;
    int64_t project = 0;
    for (size_t i = 0; g->project && i < plan->projects.n; i++)
        if (str_eq(p[i].code, g->project))
            project = p[i].id;
    if (g->project && !project)
        return cx_fail(cx, ERR_INVALID, "grants", "没有项目 %s", "there is no project %s", g->project);
    if (!(ROLES_STAFF & (1u << g->role)))
        return cx_fail(cx, ERR_INVALID, "grants", "%s 不是员工角色", "%s is not a role of staff", role_name[g->role]);
    return db_exec(
        cx, &q_grant,
        ARGS(I64(id_new()), I64(cx->who.company_id), I64(account), TXT(role_name[g->role]), I64(project), I64(cx->now)),
        NULL);
}

static enum err make_person(struct ctx *cx, const struct plan *plan, const struct person_in *in)
{
    const struct grant_in *g = in->grants.p;
    struct account_in a = {.kind = "staff",
                           .login = in->login,
                           .name = in->name,
                           .phone = in->phone,
                           .email = in->email,
                           .password_phc = in->phc,
                           .must_change = true};
    int64_t id = 0;
    if (in->phone && !phone_valid(in->phone))
        return cx_fail(cx, ERR_INVALID, "phone", "%s 的手机号无效", "%s: not a phone number", in->login);
    if (in->email && !email_valid(in->email))
        return cx_fail(cx, ERR_INVALID, "email", "%s 的邮箱无效", "%s: not an e-mail address", in->login);
    enum err e = account_insert(cx, cx->who.company_id, &a, &id);
    for (size_t i = 0; i < in->grants.n && !e; i++)
        e = make_grant(cx, plan, id, &g[i]);
    return e;
}

static bool has_admin(const struct plan *plan)
{
    const struct person_in *p = plan->staff.p;
    for (size_t i = 0; i < plan->staff.n; i++)
        for (size_t k = 0; k < p[i].grants.n; k++)
            if (((const struct grant_in *)p[i].grants.p)[k].role == ROLE_NO_COMPANY_ADMIN &&
                !((const struct grant_in *)p[i].grants.p)[k].project)
                return true;
    return false;
}

static enum err run_onboard(struct ctx *cx, void *arg)
{
    struct plan *plan = arg;
    struct project_in *p = plan->projects.p;
    const struct person_in *who = plan->staff.p;
    int64_t taken = 0;
    enum err e = db_i64(cx, &q_taken, ARGS(TXT(plan->company.code)), &taken, NULL);
    if (!e && taken)
        e = cx_fail(cx, ERR_EXISTS, "code", "公司编码已存在", "the company code is taken");
    if (!e)
        e = company_create(cx, plan->company.code, plan->company.name, &cx->who.company_id);
    cx->who.roles = ROLE_COMPANY_ADMIN;
    for (size_t i = 0; i < plan->projects.n && !e; i++)
        e = make_project(cx, &p[i]);
    for (size_t i = 0; i < plan->staff.n && !e; i++)
        e = make_person(cx, plan, &who[i]);
    return e ? e : repair_defaults(cx);
}

/* No letters that are taken for others; 3 of 4 classes, 62 bits. */
static void make_password(char out[20])
{
    static const char letters[] = "ABCDEFGHJKMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789";
    size_t o = 0;
    for (int i = 0; i < 12; i++) {
        if (i && i % 4 == 0)
            out[o++] = '-';
        out[o++] = letters[crypto_random_below(sizeof letters - 1)];
    }
    memcpy(out + o, "-a7Z", 5);
}

static char *read_plan(struct arena *a, const char *path, size_t *n)
{
    FILE *f = str_eq(path, "-") ? stdin : fopen(path, "rbe");
    char *text = arena_alloc(a, FILE_MAX + 1);
    if (!f)
        return NULL;
    *n = fread(text, 1, FILE_MAX + 1, f);
    bool good = !ferror(f) && *n <= FILE_MAX;
    if (f != stdin)
        fclose(f);
    return good ? text : NULL;
}

static int onboard(struct store *s, struct arena *a, const char *path)
{
    struct plan plan = {
        .projects = {NULL, 0}
    };
    struct why why = {0};
    struct ctx cx;
    size_t n = 0;
    const char *text = read_plan(a, path, &n);
    if (!text || json_decode(a, text, n, plan_fields, COUNT(plan_fields), &plan, &why) != OK) {
        fprintf(stderr, "onboard: %s: %s %s\n", path, why.field ? why.field : "cannot be read", or_empty(why.en));
        return 2;
    }
    if (!has_admin(&plan)) {
        fputs("onboard: nobody of the staff is company_admin of the whole company\n", stderr);
        return 2;
    }
    struct person_in *p = plan.staff.p;
    for (size_t i = 0; i < plan.staff.n; i++) {
        make_password(p[i].password);
        if (!password_hash(p[i].password, p[i].phc))
            return 2;
    }
    cx_init(&cx, a, s);
    cx.who.name = "onboard";
    enum err e = store_write(&cx, run_onboard, &plan);
    if (e) {
        fprintf(stderr, "onboard: %s: %s: %s\n", err_wire(e), cx.why.field ? cx.why.field : "-",
                cx.why.en ? cx.why.en : "");
        return 2;
    }
    printf("company %s: %zu projects, %zu accounts. Initial passwords, shown once:\n", plan.company.code,
           plan.projects.n, plan.staff.n);
    for (size_t i = 0; i < plan.staff.n; i++)
        printf("  %-20s %s\n", p[i].login, p[i].password);
    return 0;
}

int cmd_onboard(const char *config_path, const char *path)
{
    struct store *s = open_store(config_path);
    if (!s)
        return 2;
    struct arena *a = arena_new(0);
    int rc = onboard(s, a, path);
    arena_free(a);
    store_close(s);
    return rc;
}
