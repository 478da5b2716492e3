/* facility_setup.c - categories and suppliers. SPDX-License-Identifier: MIT */
#include "base/id.h"
#include "domain/audit.h"
#include "domain/facility_int.h"
#include "platform/crypto/crypto.h"
#include "platform/store/db.h"

static const struct {
    const char *code, *name;
} built_in[] = {
    {"lift",     "电梯"      },
    {"fire",     "消防设施"},
    {"power",    "供配电"   },
    {"water",    "给排水"   },
    {"hvac",     "暖通空调"},
    {"access",   "门禁安防"},
    {"lighting", "公共照明"},
    {"other",    "其他"      }
};

STMT(q_categories, "facility.categories",
     "SELECT code, name, enabled FROM facility_category WHERE company_id = $1 ORDER BY code");
STMT(q_category, "facility.category",
     "SELECT code, name, enabled FROM facility_category WHERE company_id = $1 AND code = $2");
STMT(q_category_put, "facility.category_put",
     "INSERT INTO facility_category(company_id, code, name, enabled) VALUES ($1, $2, $3, $4)"
     " ON CONFLICT (company_id, code) DO UPDATE SET name = excluded.name, enabled = excluded.enabled");
STMT(q_suppliers, "facility.suppliers",
     "SELECT id, version, name, contact, note, phone_enc FROM facility_supplier WHERE company_id = $1 ORDER BY name"
     " LIMIT 1000");
STMT(q_supplier_add, "facility.supplier_add",
     "INSERT INTO facility_supplier(id, company_id, name, contact, note, phone_enc) VALUES ($1, $2, $3, $4, $5, $6)");
STMT(q_supplier_change, "facility.supplier_change",
     "UPDATE facility_supplier SET name = $4, contact = $5, note = $6, phone_enc = $7, version = version + 1"
     " WHERE id = $1 AND company_id = $2 AND version = $3");
STMT(q_supplier_get, "facility.supplier_get",
     "SELECT version FROM facility_supplier WHERE id = $1 AND company_id = $2");
STMT(q_supplier_name, "facility.supplier_name",
     "SELECT id FROM facility_supplier WHERE company_id = $1 AND name = $2 AND id <> $3");

/* ---- categories ---- */

struct own {
    struct facility_category v[200];
    size_t n;
};

static enum err on_category(struct ctx *cx, const struct row *r, void *out)
{
    struct own *o = out;
    if (o->n < COUNT(o->v))
        o->v[o->n++] = (struct facility_category){row_text(cx, r, 0), row_text(cx, r, 1), false, row_i64(r, 2) != 0};
    return OK;
}

static int built_in_index(const char *code)
{
    for (size_t i = 0; i < COUNT(built_in); i++)
        if (str_eq(built_in[i].code, code))
            return (int)i;
    return -1;
}

enum err facility_categories(struct ctx *cx, category_fn *fn, void *arg)
{
    struct own *o = arena_alloc(cx->arena, sizeof *o);
    o->n = 0;
    enum err e = db_each(cx, &q_categories, ARGS(I64(cx->who.company_id)), on_category, o);
    for (size_t i = 0; i < COUNT(built_in) && !e; i++) {
        struct facility_category c = {built_in[i].code, built_in[i].name, true, true};
        for (size_t k = 0; k < o->n; k++)
            if (str_eq(o->v[k].code, c.code)) {
                c.name = o->v[k].name;
                c.enabled = o->v[k].enabled;
            }
        fn(arg, &c);
    }
    for (size_t k = 0; k < o->n && !e; k++)
        if (built_in_index(o->v[k].code) < 0)
            fn(arg, &o->v[k]);
    return e;
}

static enum err find_category(struct ctx *cx, const char *code, struct facility_category *c)
{
    struct own *o = arena_alloc(cx->arena, sizeof *o);
    int k = built_in_index(code);
    o->n = 0;
    *c = (struct facility_category){.code = code};
    enum err e = db_each(cx, &q_category, ARGS(I64(cx->who.company_id), TXT(code)), on_category, o);
    if (!e && o->n)
        *c = o->v[0];
    else if (!e && k >= 0)
        *c = (struct facility_category){built_in[k].code, built_in[k].name, true, true};
    return e;
}

enum err facility_category_check(struct ctx *cx, const char *code)
{
    struct facility_category c;
    enum err e = find_category(cx, code, &c);
    return e || c.enabled ? e : cx_fail(cx, ERR_INVALID, "category", "没有该设备类别", "no such category");
}

enum err facility_category_name(struct ctx *cx, const char *code, const char **name)
{
    struct facility_category c;
    enum err e = find_category(cx, code, &c);
    *name = c.name ? c.name : code;
    return e;
}

enum err facility_category_save(struct ctx *cx, const struct facility_category *c)
{
    enum err e =
        db_exec(cx, &q_category_put, ARGS(I64(cx->who.company_id), TXT(c->code), TXT(c->name), I64(c->enabled)), NULL);
    return e ? e : audit_add(cx, "facility.category", "company", cx->who.company_id, NULL, NULL);
}

/* ---- suppliers ---- */

static const char *aad(struct ctx *cx, int64_t id)
{
    return arena_printf(cx->arena, "facility_supplier.phone|%lld", (long long)id);
}

struct suppliers {
    supplier_fn *fn;
    void *arg;
};

static enum err on_supplier(struct ctx *cx, const struct row *r, void *out)
{
    struct suppliers *l = out;
    size_t n = 0;
    struct facility_supplier s = {.id = row_i64(r, 0),
                                  .version = row_i64(r, 1),
                                  .name = row_text(cx, r, 2),
                                  .contact = row_text(cx, r, 3),
                                  .note = row_text(cx, r, 4)};
    const void *sealed = row_blob(cx, r, 5, &n);
    s.phone = sealed ? pii_open(cx->arena, sealed, n, aad(cx, s.id)) : NULL;
    l->fn(l->arg, &s);
    return OK;
}

enum err supplier_list(struct ctx *cx, supplier_fn *fn, void *arg)
{
    struct suppliers l = {fn, arg};
    return db_each(cx, &q_suppliers, ARGS(I64(cx->who.company_id)), on_supplier, &l);
}

enum err supplier_save(struct ctx *cx, struct facility_supplier *s)
{
    int64_t version = 0, other = 0;
    bool found = false, taken = false, fresh = !s->id;
    size_t n = 0;
    enum err e = OK;
    if (!fresh) {
        e = db_i64(cx, &q_supplier_get, ARGS(I64(s->id), I64(cx->who.company_id)), &version, &found);
        if (!e && !found)
            e = cx_fail(cx, ERR_NOT_FOUND, "id", "供应商不存在", "no such supplier");
    }
    if (!e)
        e = db_i64(cx, &q_supplier_name, ARGS(I64(cx->who.company_id), TXT(s->name), I64(s->id)), &other, &taken);
    if (!e && taken)
        e = cx_fail(cx, ERR_EXISTS, "name", "供应商名称已存在", "this name is taken");
    if (e)
        return e;
    if (fresh)
        s->id = id_new();
    const void *sealed = str_empty(s->phone) ? NULL : pii_seal(cx->arena, s->phone, aad(cx, s->id), &n);
    struct arg phone = sealed ? BLOB(sealed, n) : (struct arg){.kind = ARG_NULL};
    if (fresh)
        e = db_exec(cx, &q_supplier_add,
                    ARGS(I64(s->id), I64(cx->who.company_id), TXT(s->name), TXT(or_empty(s->contact)),
                         TXT(or_empty(s->note)), phone),
                    NULL);
    else
        e = db_change_one(cx, &q_supplier_change,
                          ARGS(I64(s->id), I64(cx->who.company_id), I64(s->version), TXT(s->name),
                               TXT(or_empty(s->contact)), TXT(or_empty(s->note)), phone),
                          ERR_CONFLICT, "供应商已被他人修改,请刷新", "changed meanwhile; reload it");
    return e ? e : audit_add(cx, fresh ? "supplier.add" : "supplier.change", "supplier", s->id, NULL, NULL);
}
