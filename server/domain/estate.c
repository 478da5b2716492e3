/* estate.c - companies and projects. SPDX-License-Identifier: MIT */
#include "domain/estate.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "domain/audit.h"
#include "domain/estate_history.h"
#include "platform/store/db.h"
#include <ctype.h>
#include <string.h>

#define COLUMNS                                                                                                        \
    "SELECT p.id, p.code, p.name, p.address, p.kind, p.land_area_e4, p.building_area_e4, p.state, p.version,"          \
    " p.province, p.city, p.district, p.street, p.door_number, p.kinds, p.year_built, p.developer, p.phone,"           \
    " p.parking_area_e4, p.green_area_e4 FROM project p"
#define MAY_ENTER                                                                                                      \
    " (EXISTS (SELECT 1 FROM role_grant g WHERE g.account_id = $2 AND (g.project_id = 0 OR g.project_id = p.id))"      \
    " OR EXISTS (SELECT 1 FROM binding b WHERE b.account_id = $2 AND b.project_id = p.id AND b.state = 'active'"       \
    " AND (b.expires_at = 0 OR b.expires_at > $3)))"
STMT(q_company_add, "company.add", "INSERT INTO company(id, code, name, created_at) VALUES ($1, $2, $3, $4)");
STMT(q_add, "project.add",
     "INSERT INTO project(id, company_id, code, name, address, kind, land_area_e4, building_area_e4, province, city,"
     " district, street, door_number, kinds, year_built, developer, phone, parking_area_e4, green_area_e4, created_at)"
     " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)");
STMT(q_set, "project.set",
     "UPDATE project SET name = $3, address = $4, kind = $5, land_area_e4 = $6, building_area_e4 = $7, province = $9,"
     " city = $10, district = $11, street = $12, door_number = $13, kinds = $14, year_built = $15, developer = $16,"
     " phone = $17, parking_area_e4 = $18, green_area_e4 = $19, version = version + 1"
     " WHERE id = $1 AND company_id = $2 AND version = $8");
STMT(q_get, "project.get", COLUMNS " WHERE p.company_id = $1 AND p.id = $4 AND" MAY_ENTER);
STMT(q_own, "project.own", COLUMNS " WHERE p.company_id = $1 AND p.id = $2");
STMT(q_projects, "project.list", COLUMNS " WHERE p.company_id = $1 AND" MAY_ENTER " ORDER BY p.id LIMIT 500");
STMT(q_hangs, "project.hangs",
     "SELECT CASE WHEN EXISTS (SELECT 1 FROM room WHERE company_id = $1 AND project_id = $2 AND closed_at = 0) THEN 1"
     " WHEN EXISTS (SELECT 1 FROM bill WHERE company_id = $1 AND project_id = $2 AND state IN ('draft', 'published',"
     " 'partial')) THEN 2 WHEN EXISTS (SELECT 1 FROM binding WHERE company_id = $1 AND project_id = $2"
     " AND state IN ('applied', 'active')) THEN 3 ELSE 0 END");
STMT(q_close, "project.close",
     "UPDATE project SET state = 'closed', version = version + 1 WHERE id = $1 AND company_id = $2 AND version = $3"
     " AND state = 'active'");

enum err company_create(struct ctx *cx, const char *code, const char *name, int64_t *id)
{
    *id = id_new();
    enum err e = db_try(cx, &q_company_add, ARGS(I64(*id), TXT(code), TXT(name), I64(cx->now)), NULL);
    if (e == ERR_EXISTS)
        return cx_fail(cx, e, "code", "公司编码已存在", "the company code is taken");
    return e ? e : audit_add(cx, "company.create", "company", *id, NULL, NULL);
}

static const char *project_json(struct ctx *cx, const struct project *p)
{
    struct jw w;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    kv_str(&w, "name", p->name);
    kv_str(&w, "address", p->address);
    kv_str(&w, "kind", p->kind);
    kv_int(&w, "land_area_e4", p->land_area_e4);
    kv_int(&w, "building_area_e4", p->building_area_e4);
    jw_end(&w);
    return jw_text(&w);
}

/* ",residential,retail," between commas, so that one kind can be looked for; NULL: not such a list. */
static const char *kinds_stored(struct arena *a, const char *kinds, const char **first)
{
    struct buf b;
    buf_init(&b, a);
    buf_char(&b, ',');
    for (const char *s = kinds; *s;) {
        size_t n = strcspn(s, ",");
        for (size_t i = 0; i < n; i++)
            if (!islower((unsigned char)s[i]) && s[i] != '_')
                return NULL;
        if (n == 0 || n > 20)
            return NULL;
        if (s == kinds)
            *first = arena_printf(a, "%.*s", (int)n, s);
        buf_add(&b, s, n);
        buf_char(&b, ',');
        s += n + (s[n] == ',');
    }
    return b.n > 1 ? buf_cstr(&b) : "";
}

static const char *kinds_shown(struct arena *a, const char *stored)
{
    size_t n = stored ? strlen(stored) : 0;
    return n < 3 ? "" : arena_printf(a, "%.*s", (int)(n - 2), stored + 1);
}

static bool has_number(const char *s)
{
    for (; *s; s++)
        if (isdigit((unsigned char)*s))
            return true;
    return false;
}

/* Fills what is made of other fields and refuses what cannot be. Parts of the address: all of them, or none. */
static enum err complete(struct ctx *cx, struct project *p)
{
    const char *const part[] = {p->province, p->city, p->district, p->street, p->door_number};
    static const char *const field[] = {"province", "city", "district", "street", "door_number"};
    size_t given = 0, missing = COUNT(part);
    for (size_t i = 0; i < COUNT(part); i++)
        if (!str_empty(part[i]))
            given++;
        else if (missing == COUNT(part))
            missing = i;
    if (given && given < COUNT(part))
        return cx_fail(cx, ERR_INVALID, field[missing], "地址须详细到门牌号",
                       "the address goes down to the door number");
    if (given && !has_number(p->door_number))
        return cx_fail(cx, ERR_INVALID, "door_number", "门牌号须含号码,例如 88 号",
                       "a door number holds a number, as in 88");
    if (given) /* 北京市北京市: once is enough */
        p->address = arena_printf(cx->arena, "%s%s%s%s%s", str_eq(part[0], part[1]) ? "" : part[0], part[1], part[2],
                                  part[3], part[4]);
    if (str_empty(p->address))
        return cx_fail(cx, ERR_INVALID, "address", "请填写地址", "the address is missing");
    if (p->year_built && (p->year_built < 1840 || p->year_built > clock_day(cx->now) / 10000 + 10))
        return cx_fail(cx, ERR_INVALID, "year_built", "建成年份无效", "no building is of that year");
    if (p->land_area_e4 && p->green_area_e4 > p->land_area_e4)
        return cx_fail(cx, ERR_INVALID, "green_area_e4", "绿化面积大于占地面积", "more green than land");
    if (str_empty(p->kinds))
        p->kinds = p->kind;
    const char *stored = kinds_stored(cx->arena, p->kinds, &p->kind);
    if (!stored)
        return cx_fail(cx, ERR_INVALID, "kinds", "物业类型无效", "kinds are lower-case words");
    p->kinds = stored;
    return OK;
}

enum err project_create(struct ctx *cx, const struct project *in, int64_t *id)
{
    struct project p = *in;
    *id = id_new();
    enum err e = complete(cx, &p);
    if (!e)
        e = db_try(cx, &q_add,
                   ARGS(I64(*id), I64(cx->who.company_id), TXT(p.code), TXT(p.name), TXT(p.address), TXT(p.kind),
                        I64(p.land_area_e4), I64(p.building_area_e4), TXT(or_empty(p.province)), TXT(or_empty(p.city)),
                        TXT(or_empty(p.district)), TXT(or_empty(p.street)), TXT(or_empty(p.door_number)), TXT(p.kinds),
                        I64(p.year_built), TXT(or_empty(p.developer)), TXT(or_empty(p.phone)), I64(p.parking_area_e4),
                        I64(p.green_area_e4), I64(cx->now)),
                   NULL);
    if (e == ERR_EXISTS)
        return cx_fail(cx, e, "code", "项目编码已存在", "the project code is taken");
    return e ? e : audit_add(cx, "project.create", "project", *id, NULL, project_json(cx, &p));
}

static enum err row(struct ctx *cx, const struct row *r, void *out)
{
    struct project *p = out;
    *p = (struct project){.id = row_i64(r, 0),
                          .code = row_text(cx, r, 1),
                          .name = row_text(cx, r, 2),
                          .address = row_text(cx, r, 3),
                          .kind = row_text(cx, r, 4),
                          .land_area_e4 = row_i64(r, 5),
                          .building_area_e4 = row_i64(r, 6),
                          .state = row_text(cx, r, 7),
                          .version = row_i64(r, 8),
                          .province = row_text(cx, r, 9),
                          .city = row_text(cx, r, 10),
                          .district = row_text(cx, r, 11),
                          .street = row_text(cx, r, 12),
                          .door_number = row_text(cx, r, 13),
                          .kinds = kinds_shown(cx->arena, row_text(cx, r, 14)),
                          .year_built = row_i64(r, 15),
                          .developer = row_text(cx, r, 16),
                          .phone = row_text(cx, r, 17),
                          .parking_area_e4 = row_i64(r, 18),
                          .green_area_e4 = row_i64(r, 19)};
    return OK;
}

static const char *or_was(const char *now, const char *was)
{
    return now ? now : was;
}

static enum err write_history(struct ctx *cx, const struct project *was, const struct project *p)
{
    struct history h = {.cx = cx,
                        .object = HISTORY_PROJECT,
                        .project_id = p->id,
                        .object_id = p->id,
                        .version = was->version + 1,
                        .reason = p->reason};
    history_text(&h, "name", was->name, p->name);
    history_text(&h, "address", was->address, p->address);
    history_text(&h, "kinds", was->kinds, kinds_shown(cx->arena, p->kinds));
    history_int(&h, "land_area_e4", was->land_area_e4, p->land_area_e4);
    history_int(&h, "building_area_e4", was->building_area_e4, p->building_area_e4);
    history_int(&h, "parking_area_e4", was->parking_area_e4, p->parking_area_e4);
    history_int(&h, "green_area_e4", was->green_area_e4, p->green_area_e4);
    history_int(&h, "year_built", was->year_built, p->year_built);
    history_text(&h, "developer", was->developer, p->developer);
    history_text(&h, "phone", was->phone, p->phone);
    return h.e;
}

enum err project_change(struct ctx *cx, const struct project *in)
{
    static const char zh[] = "项目已被他人修改", en[] = "the project has changed meanwhile";
    struct project p = *in, was = {0};
    enum err e = db_one(cx, &q_own, ARGS(I64(cx->who.company_id), I64(in->id)), row, &was);
    if (e == ERR_NOT_FOUND)
        return cx_fail(cx, e, "id", "项目不存在", "no such project");
    if (!e && was.version != in->version)
        return cx_fail(cx, ERR_CONFLICT, NULL, zh, en);
    if (e)
        return e;
    bool new_address = p.address && !p.door_number; /* as one text: the parts it was made of are no longer true */
    p.province = new_address ? "" : or_was(p.province, was.province);
    p.city = new_address ? "" : or_was(p.city, was.city);
    p.district = new_address ? "" : or_was(p.district, was.district);
    p.street = new_address ? "" : or_was(p.street, was.street);
    p.door_number = new_address ? "" : or_was(p.door_number, was.door_number);
    p.address = or_was(p.address, was.address);
    p.developer = or_was(p.developer, was.developer);
    p.phone = or_was(p.phone, was.phone);
    p.kinds = p.kinds ? p.kinds : str_eq(p.kind, was.kind) ? was.kinds : p.kind;
    if ((e = complete(cx, &p)) == OK)
        e = db_change_one(cx, &q_set,
                          ARGS(I64(p.id), I64(cx->who.company_id), TXT(p.name), TXT(p.address), TXT(p.kind),
                               I64(p.land_area_e4), I64(p.building_area_e4), I64(p.version), TXT(p.province),
                               TXT(p.city), TXT(p.district), TXT(p.street), TXT(p.door_number), TXT(p.kinds),
                               I64(p.year_built), TXT(p.developer), TXT(p.phone), I64(p.parking_area_e4),
                               I64(p.green_area_e4)),
                          ERR_CONFLICT, zh, en);
    if (!e)
        e = write_history(cx, &was, &p);
    return e ? e : audit_add(cx, "project.change", "project", p.id, project_json(cx, &was), project_json(cx, &p));
}

enum err project_get(struct ctx *cx, int64_t id, struct project *out)
{
    enum err e = db_one(cx, &q_get, ARGS(I64(cx->who.company_id), I64(cx->who.id), I64(cx->now), I64(id)), row, out);
    return e == ERR_NOT_FOUND ? cx_fail(cx, e, "id", "项目不存在", "no such project") : e;
}

enum err project_close(struct ctx *cx, int64_t id, int64_t version, const char *reason)
{
    static const char *const zh[] = {NULL, "还有在用的房间", "还有未结清的账单", "还有有效的住户绑定"},
                             *const en[] = {NULL, "rooms are still in use", "bills are still open",
                                            "residents are still bound"};
    struct project p;
    int64_t hangs = 0;
    enum err e = project_get(cx, id, &p);
    if (!e)
        e = db_i64(cx, &q_hangs, ARGS(I64(cx->who.company_id), I64(id)), &hangs, NULL);
    if (!e && hangs)
        e = cx_fail(cx, ERR_STATE, "id", "不能关闭项目:%s", "the project cannot be closed: %s",
                    cx->english ? en[hangs] : zh[hangs]);
    if (!e)
        e = db_change_one(cx, &q_close, ARGS(I64(id), I64(cx->who.company_id), I64(version)), ERR_CONFLICT,
                          "数据已被他人修改,请刷新", "changed meanwhile; reload it");
    if (e)
        return e;
    struct history h = {.cx = cx,
                        .object = HISTORY_PROJECT,
                        .project_id = id,
                        .object_id = id,
                        .version = version + 1,
                        .reason = reason};
    history_text(&h, "state", "active", "closed");
    return h.e ? h.e : audit_add(cx, "project.close", "project", id, NULL, NULL);
}

struct projects {
    project_fn *fn;
    void *arg;
};

static enum err on_project(struct ctx *cx, const struct row *r, void *out)
{
    struct projects *l = out;
    struct project p;
    enum err e = row(cx, r, &p);
    l->fn(l->arg, &p);
    return e;
}

enum err project_list(struct ctx *cx, project_fn *fn, void *arg)
{
    struct projects l = {fn, arg};
    return db_each(cx, &q_projects, ARGS(I64(cx->who.company_id), I64(cx->who.id), I64(cx->now)), on_project, &l);
}
