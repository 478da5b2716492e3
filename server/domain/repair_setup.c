/* repair_setup.c - fault types, causes, materials: what a company sets up once. SPDX-License-Identifier: MIT */
#include "base/id.h"
#include "base/money.h"
#include "domain/audit.h"
#include "domain/repair_int.h"

#define TYPE_COLUMNS                                                                                                   \
    "id, parent_id, name, skill, mode, place, urgency, chargeable, photo_needed, visit, respond_ms, arrive_ms,"        \
    " finish_ms, enabled, version"
STMT(q_types, "fault_type.list", "SELECT " TYPE_COLUMNS " FROM fault_type WHERE company_id = $1 ORDER BY id");
STMT(q_type, "fault_type.get", "SELECT " TYPE_COLUMNS " FROM fault_type WHERE id = $1 AND company_id = $2");
STMT(q_type_add, "fault_type.add",
     "INSERT INTO fault_type(id, company_id, parent_id, name, skill, mode, place, urgency, chargeable, photo_needed, "
     "visit,"
     " respond_ms, arrive_ms, finish_ms, enabled) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, "
     "$15)");
STMT(
    q_type_set, "fault_type.set",
    "UPDATE fault_type SET parent_id = $3, name = $4, skill = $5, mode = $6, place = $7, urgency = $8, chargeable = $9,"
    " photo_needed = $10, visit = $11, respond_ms = $12, arrive_ms = $13, finish_ms = $14, enabled = $15,"
    " version = version + 1 WHERE id = $1 AND company_id = $2 AND version = $16");
STMT(q_causes, "cause.list",
     "SELECT id, code, name, skill FROM cause_code WHERE company_id = $1 AND enabled = 1 ORDER BY code");
STMT(q_cause_add, "cause.add", "INSERT INTO cause_code(id, company_id, skill, code, name) VALUES ($1, $2, $3, $4, $5)");
STMT(q_materials, "material.list",
     "SELECT id, name, measure, price_min_fen, price_max_fen, stock_e3, version FROM material"
     " WHERE company_id = $1 AND project_id = $2 ORDER BY name");
STMT(q_material_add, "material.add",
     "INSERT INTO material(id, company_id, project_id, name, measure, price_min_fen, price_max_fen, stock_e3)"
     " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)");
STMT(q_stock, "material.stock",
     "UPDATE material SET stock_e3 = stock_e3 + $3, version = version + 1"
     " WHERE id = $1 AND company_id = $2 AND project_id = $4 AND stock_e3 + $3 >= 0");
STMT(q_there, "material.there", "SELECT id FROM material WHERE id = $1 AND company_id = $2 AND project_id = $3");
STMT(q_stock_move, "material.stock_move",
     "INSERT INTO stock_move(id, company_id, project_id, material_id, qty_e3, reason, account_id, at)"
     " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)");

static enum err type_row(struct ctx *cx, const struct row *r, void *out)
{
    struct fault_type *t = out;
    *t = (struct fault_type){.id = row_i64(r, 0),
                             .parent_id = row_i64(r, 1),
                             .name = row_text(cx, r, 2),
                             .skill = row_text(cx, r, 3),
                             .mode = str_index(dispatch_mode_name, MODE_COUNT, row_text(cx, r, 4)),
                             .place = row_text(cx, r, 5),
                             .urgency = str_index(urgency_name, URGENCY_COUNT, row_text(cx, r, 6)),
                             .chargeable = row_i64(r, 7) != 0,
                             .photo_needed = row_i64(r, 8) != 0,
                             .visit = row_text(cx, r, 9),
                             .respond_ms = row_i64(r, 10),
                             .arrive_ms = row_i64(r, 11),
                             .finish_ms = row_i64(r, 12),
                             .enabled = row_i64(r, 13) != 0,
                             .version = row_i64(r, 14)};
    return OK;
}

struct types {
    type_fn *fn;
    void *arg;
};

static enum err on_type(struct ctx *cx, const struct row *r, void *out)
{
    struct types *l = out;
    struct fault_type t;
    enum err e = type_row(cx, r, &t);
    l->fn(l->arg, &t);
    return e;
}

enum err fault_type_list(struct ctx *cx, type_fn *fn, void *arg)
{
    struct types l = {fn, arg};
    return db_each(cx, &q_types, ARGS(I64(cx->who.company_id)), on_type, &l);
}

enum err fault_type_get(struct ctx *cx, int64_t id, struct fault_type *out)
{
    enum err e = db_one(cx, &q_type, ARGS(I64(id), I64(cx->who.company_id)), type_row, out);
    return e == ERR_NOT_FOUND ? cx_fail(cx, ERR_INVALID, "type_id", "报修类型不存在", "no such fault type") : e;
}

enum err fault_type_save(struct ctx *cx, struct fault_type *t)
{
    bool add = t->id == 0;
    struct fault_type parent;
    enum err e = OK;
    if (t->parent_id)
        e = fault_type_get(cx, t->parent_id, &parent);
    if (!e && t->parent_id && (parent.parent_id || t->parent_id == t->id))
        e = cx_fail(cx, ERR_INVALID, "parent_id", "最多两级", "two levels at most");
    if (e)
        return e;
    if (add)
        t->id = id_new();
    struct arg v[16] = {I64(t->id),
                        I64(cx->who.company_id),
                        ID_OR_NULL(t->parent_id),
                        TXT(t->name),
                        TXT(t->skill),
                        TXT(dispatch_mode_name[t->mode]),
                        TXT(t->place),
                        TXT(urgency_name[t->urgency]),
                        I64(t->chargeable),
                        I64(t->photo_needed),
                        TXT(t->visit),
                        I64(t->respond_ms),
                        I64(t->arrive_ms),
                        I64(t->finish_ms),
                        I64(t->enabled),
                        I64(t->version)};
    int64_t changed = 0;
    e = db_try(cx, add ? &q_type_add : &q_type_set, (struct args){v, add ? 15 : 16}, &changed);
    if (e == ERR_EXISTS)
        return cx_fail(cx, e, "name", "名称已存在", "the name is taken");
    if (!e && !changed) {
        e = db_one(cx, &q_type, ARGS(I64(t->id), I64(cx->who.company_id)), type_row, &parent);
        return e == ERR_NOT_FOUND ? cx_fail(cx, e, "id", "类型不存在", "no such fault type")
               : e                ? e
                   : cx_fail(cx, ERR_CONFLICT, "version", "类型已被他人修改", "the type has changed meanwhile");
    }
    t->version++;
    return e ? e : audit_add(cx, add ? "fault_type.create" : "fault_type.change", "fault_type", t->id, NULL, NULL);
}

struct named {
    named_fn *fn;
    void *arg;
};

static enum err on_cause(struct ctx *cx, const struct row *r, void *out)
{
    struct named *l = out;
    l->fn(l->arg, row_i64(r, 0), row_text(cx, r, 1), row_text(cx, r, 2), row_text(cx, r, 3));
    return OK;
}

enum err cause_list(struct ctx *cx, named_fn *fn, void *arg)
{
    struct named l = {fn, arg};
    return db_each(cx, &q_causes, ARGS(I64(cx->who.company_id)), on_cause, &l);
}

enum err cause_add(struct ctx *cx, const char *skill, const char *code, const char *name, int64_t *id)
{
    *id = id_new();
    enum err e =
        db_try(cx, &q_cause_add, ARGS(I64(*id), I64(cx->who.company_id), TXT(skill), TXT(code), TXT(name)), NULL);
    if (e == ERR_EXISTS)
        return cx_fail(cx, e, "code", "编码已存在", "the code is taken");
    return e ? e : audit_add(cx, "cause.create", "cause", *id, NULL, NULL);
}

struct materials {
    material_fn *fn;
    void *arg;
};

static enum err on_material(struct ctx *cx, const struct row *r, void *out)
{
    struct materials *l = out;
    struct material m = {.id = row_i64(r, 0),
                         .name = row_text(cx, r, 1),
                         .measure = row_text(cx, r, 2),
                         .price_min_fen = row_i64(r, 3),
                         .price_max_fen = row_i64(r, 4),
                         .stock_e3 = row_i64(r, 5),
                         .version = row_i64(r, 6)};
    l->fn(l->arg, &m);
    return OK;
}

enum err material_list(struct ctx *cx, material_fn *fn, void *arg)
{
    struct materials l = {fn, arg};
    return db_each(cx, &q_materials, ARGS(I64(cx->who.company_id), I64(cx->who.project_id)), on_material, &l);
}

enum err material_add(struct ctx *cx, const struct material *m, int64_t *id)
{
    *id = id_new();
    if (m->price_max_fen < m->price_min_fen)
        return cx_fail(cx, ERR_INVALID, "price_max_fen", "最高价不能低于最低价", "below price_min_fen");
    enum err e = db_try(cx, &q_material_add,
                        ARGS(I64(*id), I64(cx->who.company_id), I64(cx->who.project_id), TXT(m->name), TXT(m->measure),
                             I64(m->price_min_fen), I64(m->price_max_fen), I64(m->stock_e3)),
                        NULL);
    if (e == ERR_EXISTS)
        return cx_fail(cx, e, "name", "材料已存在", "the material exists");
    return e ? e : audit_add(cx, "material.create", "material", *id, NULL, NULL);
}

enum err material_stock(struct ctx *cx, int64_t id, int64_t qty_e3, const char *reason)
{
    int64_t there = 0;
    bool found = false;
    enum err e = db_i64(cx, &q_there, ARGS(I64(id), I64(cx->who.company_id), I64(cx->who.project_id)), &there, &found);
    if (!e && !found)
        return cx_fail(cx, ERR_NOT_FOUND, "id", "材料不存在", "no such material");
    if (!e)
        e = db_change_one(cx, &q_stock, ARGS(I64(id), I64(cx->who.company_id), I64(qty_e3), I64(cx->who.project_id)),
                          ERR_INVALID, "库存不足", "not enough in stock");
    if (!e)
        e = db_exec(cx, &q_stock_move,
                    ARGS(I64(id_new()), I64(cx->who.company_id), I64(cx->who.project_id), I64(id), I64(qty_e3),
                         TXT(reason), I64(cx->who.id), I64(cx->now)),
                    NULL);
    return e ? e : audit_add(cx, "material.stock", "material", id, NULL, NULL);
}
