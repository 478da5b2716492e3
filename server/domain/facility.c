/* facility.c - the register: adding, changing, finding. SPDX-License-Identifier: MIT */
#include "domain/facility.h"
#include "base/clock.h"
#include "base/id.h"
#include "domain/audit.h"
#include "domain/facility_int.h"
#include "platform/store/db.h"
#include <ctype.h>

const char *const facility_state_name[FS_COUNT] = {"in_use", "stopped", "idle", "scrapped"};
const char *const facility_importance_name[3] = {"A", "B", "C"};

#define COLUMNS                                                                                                        \
    "SELECT f.id, f.version, f.building_id, f.room_id, f.supplier_id, f.parent_id, f.keeper_id, f.bought_day,"         \
    " f.service_day, f.warranty_day, f.inspected_day, f.inspect_due, f.price_fen, f.life_months, f.down_at,"           \
    " f.code_version, f.reading_e3, f.created_at, f.code, f.name, f.category, f.brand, f.model, f.serial, f.place,"    \
    " f.reg_no, f.note, f.measure, f.importance, f.state, f.up, f.code_live, b.name, m.full_name, s.name, p.name,"     \
    " a.name FROM facility f LEFT JOIN building b ON b.id = f.building_id LEFT JOIN room m ON m.id = f.room_id"        \
    " LEFT JOIN facility_supplier s ON s.id = f.supplier_id LEFT JOIN facility p ON p.id = f.parent_id"                \
    " LEFT JOIN account a ON a.id = f.keeper_id WHERE f.company_id = $1 AND f.project_id = $2"
STMT(q_get, "facility.get", COLUMNS " AND f.id = $3");
STMT(q_list, "facility.list",
     COLUMNS " AND ($3 = '' OR f.category = $3) AND ($4 = '' OR f.state = $4) AND ($5 = '' OR f.importance = $5)"
             " AND ($6 = '' OR f.search LIKE $6) AND ($7 = 0 OR f.building_id = $7) AND ($8 = 0 OR f.parent_id = $8)"
             " AND ($9 = 0 OR f.supplier_id = $9) AND ($10 = 0 OR (f.inspect_due > 0 AND f.inspect_due < $10))"
             " AND ($11 = 0 OR (f.warranty_day > 0 AND f.warranty_day < $11)) AND ($12 = 0 OR f.up = 0)"
             " AND ($13 = 0 OR f.id < $13) ORDER BY f.id DESC LIMIT $14");
STMT(
    q_add, "facility.add",
    "INSERT INTO facility(id, company_id, project_id, code, name, category, brand, model, serial, bought_day, "
    "price_fen,"
    " service_day, building_id, room_id, place, supplier_id, warranty_day, life_months, importance, parent_id,"
    " keeper_id, reg_no, inspected_day, inspect_due, note, measure, search, created_at)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23,"
    " $24, $25, $26, $27, $28)");
STMT(q_change, "facility.change",
     "UPDATE facility SET code = $3, name = $4, category = $5, brand = $6, model = $7, serial = $8, bought_day = $9,"
     " price_fen = $10, service_day = $11, building_id = $12, room_id = $13, place = $14, supplier_id = $15,"
     " warranty_day = $16, life_months = $17, importance = $18, parent_id = $19, keeper_id = $20, reg_no = $21,"
     " inspected_day = $22, inspect_told = CASE WHEN inspect_due = $23 THEN inspect_told ELSE 0 END, inspect_due = $23,"
     " note = $24, measure = $25, search = $26, version = version + 1"
     " WHERE id = $1 AND version = $2");
STMT(q_state, "facility.set_state",
     "UPDATE facility SET state = $3, version = version + 1 WHERE id = $1 AND version = $2");
STMT(q_code_taken, "facility.code_taken",
     "SELECT id FROM facility WHERE company_id = $1 AND project_id = $2 AND code = $3 AND id <> $4");
STMT(q_building, "facility.building", "SELECT id FROM building WHERE company_id = $1 AND project_id = $2 AND id = $3");
STMT(q_room, "facility.room", "SELECT id FROM room WHERE company_id = $1 AND project_id = $2 AND id = $3");
STMT(q_supplier, "facility.supplier", "SELECT id FROM facility_supplier WHERE company_id = $1 AND $2 > 0 AND id = $3");
STMT(q_parent, "facility.parent", "SELECT id FROM facility WHERE company_id = $1 AND project_id = $2 AND id = $3");
STMT(q_keeper, "facility.keeper",
     "SELECT a.id FROM account a WHERE a.company_id = $1 AND a.id = $3 AND a.kind = 'staff' AND a.state = 'active'"
     " AND EXISTS (SELECT 1 FROM role_grant g WHERE g.account_id = a.id AND (g.project_id = 0 OR g.project_id = $2))");
STMT(q_up, "facility.parent_of", "SELECT COALESCE(parent_id, 0) FROM facility WHERE id = $1");
/* Nobody looks after what is scrapped: tasks not begun end, and say so. */
STMT(q_tasks_end_event, "facility.tasks_end_event",
     "INSERT INTO maint_task_event(task_id, n, company_id, event, from_state, to_state, account_id, actor, note, at)"
     " SELECT t.id, (SELECT COALESCE(MAX(e.n), 0) + 1 FROM maint_task_event e WHERE e.task_id = t.id), t.company_id,"
     " 'skip', 'scheduled', 'skipped', $2, $3, $4, $5 FROM maint_task t WHERE t.facility_id = $1"
     " AND t.state = 'scheduled'");
STMT(q_tasks_end, "facility.tasks_end",
     "UPDATE maint_task SET state = 'skipped', reason = $4, closed_at = $2, closed_by = $3, next_at = 0,"
     " version = version + 1 WHERE facility_id = $1 AND state = 'scheduled'");

static enum err facility_row(struct ctx *cx, const struct row *r, void *out)
{
    struct facility *f = out;
    int c = 0;
    *f = (struct facility){0};
    int64_t *const numbers[] = {
        &f->id,        &f->version,     &f->building_id, &f->room_id,      &f->supplier_id,   &f->parent_id,
        &f->keeper_id, &f->bought_day,  &f->service_day, &f->warranty_day, &f->inspected_day, &f->inspect_due,
        &f->price_fen, &f->life_months, &f->down_at,     &f->code_version, &f->reading_e3,    &f->created_at};
    const char **const texts[] = {&f->code,   &f->name,  &f->category, &f->brand, &f->model,
                                  &f->serial, &f->place, &f->reg_no,   &f->note,  &f->measure};
    for (size_t i = 0; i < COUNT(numbers); i++)
        *numbers[i] = row_i64(r, c++);
    for (size_t i = 0; i < COUNT(texts); i++)
        *texts[i] = row_text(cx, r, c++);
    f->importance = str_index(facility_importance_name, 3, row_text(cx, r, c++));
    f->state = str_index(facility_state_name, FS_COUNT, row_text(cx, r, c++));
    f->up = row_i64(r, c++) != 0;
    f->code_live = row_i64(r, c++) != 0;
    f->building = row_text(cx, r, c++);
    f->room = row_text(cx, r, c++);
    f->supplier = row_text(cx, r, c++);
    f->parent = row_text(cx, r, c++);
    f->keeper = row_text(cx, r, c);
    return f->importance < 0 || f->state < 0
               ? cx_fail(cx, ERR_INTERNAL, NULL, "设备数据异常", "the facility holds an unknown value")
               : OK;
}

enum err facility_get(struct ctx *cx, int64_t id, struct facility *out)
{
    enum err e = db_one(cx, &q_get, ARGS(I64(cx->who.company_id), I64(cx->who.project_id), I64(id)), facility_row, out);
    return e == ERR_NOT_FOUND ? cx_fail(cx, e, "id", "设备不存在", "no such facility") : e;
}

const char *facility_where(struct ctx *cx, const struct facility *f)
{
    struct buf b;
    buf_init(&b, cx->arena);
    buf_str(&b, f->name);
    const char *const parts[] = {f->room ? f->room : f->building, f->place};
    for (size_t i = 0; i < COUNT(parts); i++)
        if (!str_empty(parts[i])) {
            buf_char(&b, ' ');
            buf_str(&b, parts[i]);
        }
    const char *s = buf_cstr(&b);
    return arena_strndup(cx->arena, s, utf8_prefix(s, 80));
}

/* ---- checks ---- */

static enum err exists(struct ctx *cx, const struct stmt *q, int64_t id, const char *field, const char *zh,
                       const char *en)
{
    int64_t found_id = 0;
    bool found = false;
    if (!id)
        return OK;
    enum err e = db_i64(cx, q, ARGS(I64(cx->who.company_id), I64(cx->who.project_id), I64(id)), &found_id, &found);
    return e || found ? e : cx_fail(cx, ERR_INVALID, field, "%s%.0s", "%.0s%s", zh, en);
}

/* No facility is a part of itself: up the chain from the new parent, which is never deep. */
static enum err check_parent(struct ctx *cx, const struct facility *f)
{
    int64_t at = f->parent_id;
    enum err e = exists(cx, &q_parent, at, "parent_id", "上级设备不存在", "no such parent");
    for (int depth = 0; !e && at; depth++) {
        if (at == f->id || depth == FACILITY_DEPTH)
            return cx_fail(cx, ERR_INVALID, "parent_id", "上级设备形成循环或层级过深",
                           "a facility cannot be a part of itself, nor lie that deep");
        e = db_i64(cx, &q_up, ARGS(I64(at)), &at, NULL);
    }
    return e;
}

static enum err check_days(struct ctx *cx, const struct facility *f)
{
    const struct {
        const char *field;
        int64_t day;
    } days[] = {
        {"bought_day",    f->bought_day   },
        {"service_day",   f->service_day  },
        {"warranty_day",  f->warranty_day },
        {"inspected_day", f->inspected_day},
        {"inspect_due",   f->inspect_due  }
    };
    for (size_t i = 0; i < COUNT(days); i++)
        if (days[i].day && !clock_day_valid((int32_t)days[i].day))
            return cx_fail(cx, ERR_INVALID, days[i].field, "日期无效", "not a day");
    if (f->inspected_day && f->inspect_due && f->inspect_due <= f->inspected_day)
        return cx_fail(cx, ERR_INVALID, "inspect_due", "下次检验须晚于上次检验", "must be after the last inspection");
    return OK;
}

static void fill(struct facility *f)
{
    const char **const texts[] = {&f->brand, &f->model, &f->serial, &f->place, &f->reg_no, &f->note, &f->measure};
    for (size_t i = 0; i < COUNT(texts); i++)
        *texts[i] = or_empty(*texts[i]);
}

static enum err check(struct ctx *cx, struct facility *f)
{
    int64_t id = 0;
    bool taken = false;
    fill(f);
    enum err e = cx_need_project(cx);
    if (!e)
        e = facility_category_check(cx, f->category);
    if (!e)
        e = check_days(cx, f);
    if (!e)
        e = exists(cx, &q_building, f->building_id, "building_id", "楼栋不存在", "no such building");
    if (!e)
        e = exists(cx, &q_room, f->room_id, "room_id", "房间不存在", "no such room");
    if (!e)
        e = exists(cx, &q_supplier, f->supplier_id, "supplier_id", "供应商不存在", "no such supplier");
    if (!e)
        e = exists(cx, &q_keeper, f->keeper_id, "keeper_id", "负责人不存在", "no such member of staff");
    if (!e)
        e = check_parent(cx, f);
    if (!e)
        e = db_i64(cx, &q_code_taken, ARGS(I64(cx->who.company_id), I64(cx->who.project_id), TXT(f->code), I64(f->id)),
                   &id, &taken);
    return e || !taken ? e : cx_fail(cx, ERR_EXISTS, "code", "设备编号已存在", "this code is taken");
}

/* Small letters: LIKE minds the case. */
static const char *facility_fold(struct ctx *cx, const char *s)
{
    char *out = arena_strdup(cx->arena, s);
    for (char *p = out; *p; p++)
        *p = (char)tolower((unsigned char)*p);
    return out;
}

/* What a search looks in: code, name, serial, place and model, folded. */
static const char *search_text(struct ctx *cx, const struct facility *f)
{
    return facility_fold(
        cx, arena_printf(cx->arena, "%s|%s|%s|%s|%s|%s", f->code, f->name, f->serial, f->place, f->model, f->reg_no));
}

/* ---- adding and changing ---- */

enum err facility_add(struct ctx *cx, struct facility *f, int64_t *id)
{
    f->id = 0;
    enum err e = check(cx, f);
    if (e)
        return e;
    f->id = *id = id_new();
    e = db_exec(cx, &q_add,
                ARGS(I64(f->id), I64(cx->who.company_id), I64(cx->who.project_id), TXT(f->code), TXT(f->name),
                     TXT(f->category), TXT(f->brand), TXT(f->model), TXT(f->serial), I64(f->bought_day),
                     I64(f->price_fen), I64(f->service_day), ID_OR_NULL(f->building_id), ID_OR_NULL(f->room_id),
                     TXT(f->place), ID_OR_NULL(f->supplier_id), I64(f->warranty_day), I64(f->life_months),
                     TXT(facility_importance_name[f->importance]), ID_OR_NULL(f->parent_id), ID_OR_NULL(f->keeper_id),
                     TXT(f->reg_no), I64(f->inspected_day), I64(f->inspect_due), TXT(f->note), TXT(f->measure),
                     TXT(search_text(cx, f)), I64(cx->now)),
                NULL);
    if (!e)
        e = facility_log(cx, f->id, "added", NULL, NULL, f->code, 0);
    return e ? e : audit_add(cx, "facility.add", "facility", f->id, NULL, NULL);
}

#define NUMBER(m)                                                                                                      \
    {                                                                                                                  \
#m, offsetof(struct facility, m), false                                                                        \
    }
#define TEXT(m)                                                                                                        \
    {                                                                                                                  \
#m, offsetof(struct facility, m), true                                                                         \
    }
static const struct {
    const char *name;
    size_t off;
    bool text;
} changing[] = {TEXT(code),          TEXT(name),           TEXT(category),
                TEXT(brand),         TEXT(model),          TEXT(serial),
                TEXT(place),         TEXT(reg_no),         TEXT(note),
                TEXT(measure),       NUMBER(bought_day),   NUMBER(price_fen),
                NUMBER(service_day), NUMBER(building_id),  NUMBER(room_id),
                NUMBER(supplier_id), NUMBER(warranty_day), NUMBER(life_months),
                NUMBER(parent_id),   NUMBER(keeper_id),    NUMBER(inspected_day),
                NUMBER(inspect_due)};

static const char *value_of(struct ctx *cx, const struct facility *f, size_t i)
{
    const char *p = (const char *)f + changing[i].off;
    if (changing[i].text)
        return or_empty(*(const char *const *)(const void *)p);
    int64_t v = *(const int64_t *)(const void *)p;
    return v ? arena_printf(cx->arena, "%lld", (long long)v) : "";
}

static enum err log_changes(struct ctx *cx, const struct facility *was, const struct facility *f)
{
    enum err e = OK;
    for (size_t i = 0; i < COUNT(changing) && !e; i++) {
        const char *a = value_of(cx, was, i), *b = value_of(cx, f, i);
        if (!str_eq(a, b))
            e = facility_log(cx, f->id, "edit", changing[i].name, a, b, 0);
    }
    if (!e && was->importance != f->importance)
        e = facility_log(cx, f->id, "edit", "importance", facility_importance_name[was->importance],
                         facility_importance_name[f->importance], 0);
    return e;
}

enum err facility_change(struct ctx *cx, struct facility *f, struct facility *out)
{
    struct facility was;
    enum err e = facility_get(cx, f->id, &was);
    if (!e && was.version != f->version)
        e = cx_fail(cx, ERR_CONFLICT, "If-Match", "设备已被他人修改,请刷新", "changed meanwhile; reload it");
    if (!e && was.state == FS_SCRAPPED)
        e = cx_fail(cx, ERR_STATE, "state", "设备已报废", "the facility is scrapped");
    if (!e)
        e = check(cx, f);
    if (!e)
        e = db_change_one(cx, &q_change,
                          ARGS(I64(f->id), I64(f->version), TXT(f->code), TXT(f->name), TXT(f->category), TXT(f->brand),
                               TXT(f->model), TXT(f->serial), I64(f->bought_day), I64(f->price_fen),
                               I64(f->service_day), ID_OR_NULL(f->building_id), ID_OR_NULL(f->room_id), TXT(f->place),
                               ID_OR_NULL(f->supplier_id), I64(f->warranty_day), I64(f->life_months),
                               TXT(facility_importance_name[f->importance]), ID_OR_NULL(f->parent_id),
                               ID_OR_NULL(f->keeper_id), TXT(f->reg_no), I64(f->inspected_day), I64(f->inspect_due),
                               TXT(f->note), TXT(f->measure), TXT(search_text(cx, f))),
                          ERR_CONFLICT, "设备已被他人修改,请刷新", "changed meanwhile; reload it");
    if (!e)
        e = log_changes(cx, &was, f);
    if (!e)
        e = audit_add(cx, "facility.change", "facility", f->id, NULL, NULL);
    return e ? e : facility_get(cx, f->id, out);
}

enum err facility_set_state(struct ctx *cx, int64_t id, int64_t version, int state, const char *reason,
                            struct facility *out)
{
    struct facility f;
    enum err e = facility_get(cx, id, &f);
    if (!e && version && f.version != version)
        e = cx_fail(cx, ERR_CONFLICT, "If-Match", "设备已被他人修改,请刷新", "changed meanwhile; reload it");
    if (!e && (f.state == FS_SCRAPPED || f.state == state))
        e = cx_fail(cx, ERR_STATE, "state", "设备当前状态不能这样变更", "not possible in the facility's state");
    if (!e && state == FS_SCRAPPED && str_empty(reason))
        e = cx_fail(cx, ERR_INVALID, "reason", "请填写报废原因", "say why it is scrapped");
    if (!e)
        e = db_change_one(cx, &q_state, ARGS(I64(id), I64(f.version), TXT(facility_state_name[state])), ERR_CONFLICT,
                          "设备已被他人修改,请刷新", "changed meanwhile; reload it");
    if (!e)
        e = facility_log(cx, id, "state", reason, facility_state_name[f.state], facility_state_name[state], 0);
    if (!e && state == FS_SCRAPPED) {
        e = facility_up(cx, id, facility_state_name[FS_SCRAPPED]);
        if (!e)
            e = db_exec(cx, &q_tasks_end_event,
                        ARGS(I64(id), I64(cx->who.id), TXT(or_empty(cx->who.name)), TXT(reason), I64(cx->now)), NULL);
        if (!e)
            e = db_exec(cx, &q_tasks_end, ARGS(I64(id), I64(cx->now), I64(cx->who.id), TXT(reason)), NULL);
    }
    if (!e)
        e = audit_add(cx, "facility.state", "facility", id,
                      arena_printf(cx->arena, "{\"state\":\"%s\"}", facility_state_name[f.state]),
                      arena_printf(cx->arena, "{\"state\":\"%s\"}", facility_state_name[state]));
    return e ? e : facility_get(cx, id, out);
}

/* ---- lists ---- */

struct listing {
    facility_fn *fn;
    void *arg;
};

static enum err on_listed(struct ctx *cx, const struct row *r, void *out)
{
    struct listing *l = out;
    struct facility f;
    enum err e = facility_row(cx, r, &f);
    if (!e)
        l->fn(l->arg, &f);
    return e;
}

enum err facility_list(struct ctx *cx, const struct facility_filter *f, facility_fn *fn, void *arg)
{
    struct listing l = {fn, arg};
    const char *like = str_empty(f->search) ? "" : arena_printf(cx->arena, "%%%s%%", facility_fold(cx, f->search));
    return db_each(cx, &q_list,
                   ARGS(I64(cx->who.company_id), I64(cx->who.project_id), TXT(or_empty(f->category)),
                        TXT(or_empty(f->state)), TXT(or_empty(f->importance)), TXT(like), I64(f->building_id),
                        I64(f->parent_id), I64(f->supplier_id), I64(f->inspect_before), I64(f->warranty_before),
                        I64(f->down_only), I64(f->before_id), I64(f->limit)),
                   on_listed, &l);
}
