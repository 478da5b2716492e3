/* facility_import.c - the register from a spreadsheet: every row checked cell by cell, all of it or nothing.
 * SPDX-License-Identifier: MIT */
#include "base/id.h"
#include "base/money.h"
#include "domain/audit.h"
#include "domain/estate.h"
#include "domain/facility_int.h"
#include "platform/crypto/crypto.h"
#include "platform/store/db.h"
#include "platform/table/csv.h"

enum column {
    COL_CODE,
    COL_NAME,
    COL_CATEGORY,
    COL_BRAND,
    COL_MODEL,
    COL_SERIAL,
    COL_BOUGHT,
    COL_PRICE,
    COL_SERVICE,
    COL_BUILDING,
    COL_PLACE,
    COL_SUPPLIER,
    COL_WARRANTY,
    COL_LIFE,
    COL_IMPORTANCE,
    COL_REG_NO,
    COL_INSPECTED,
    COL_INSPECT_DUE
};
const char *const facility_column_name[FACILITY_COLUMNS] = {
    "编号", "名称", "类别",   "品牌",     "型号",     "序列号", "购置日期", "价格",     "启用日期",
    "楼栋", "位置", "供应商", "保修到期", "寿命月数", "重要性", "登记编号", "上次检验", "下次检验"};

STMT(q_building, "facility_import.building",
     "SELECT id FROM building WHERE company_id = $1 AND project_id = $2 AND norm = $3 AND closed_at = 0");
STMT(q_supplier, "facility_import.supplier", "SELECT id FROM facility_supplier WHERE company_id = $1 AND name = $2");
STMT(q_code, "facility_import.code", "SELECT id FROM facility WHERE company_id = $1 AND project_id = $2 AND code = $3");
STMT(q_taken, "facility_import.taken",
     "SELECT COUNT(*) FROM facility_import WHERE company_id = $1 AND project_id = $2 AND sha = $3");
STMT(q_put, "facility_import.put",
     "INSERT INTO facility_import(id, company_id, project_id, sha, rows, account_id, at) VALUES ($1, $2, $3, $4, $5, "
     "$6, "
     "$7)");

struct one { /* a row being read */
    struct ctx *cx;
    struct facility f;
    struct facility_import *out;
    int64_t row;
    bool bad;
};

static void complain(struct one *o, enum column c, const char *zh, const char *en)
{
    o->bad = true;
    if (o->out->errors < FACILITY_IMPORT_ERRORS)
        o->out->error[o->out->errors++] = (struct csv_error){o->row, facility_column_name[c], zh, en};
}

static const char *text(struct one *o, enum column c, const char *v, size_t max)
{
    if (utf8_len(v) > max)
        complain(o, c, "内容过长", "too long");
    return v;
}

static int64_t day(struct one *o, enum column c, const char *v)
{
    int32_t d = 0;
    if (*v && !csv_day(v, &d))
        complain(o, c, "日期无效", "not a day");
    return d;
}

static int64_t price(struct one *o, const char *v)
{
    int64_t e3 = 0;
    if (*v && (!csv_e3(v, &e3) || e3 % 10)) {
        complain(o, COL_PRICE, "金额无效,最多两位小数", "not an amount; two decimals at most");
        return 0;
    }
    return e3 / 10;
}

struct category_match {
    const char *want, *code;
};

static void match_category(void *arg, const struct facility_category *c)
{
    struct category_match *m = arg;
    if (c->enabled && (str_eq(c->name, m->want) || str_eq(c->code, m->want)))
        m->code = c->code;
}

static enum err named(struct one *o, enum column c, const struct stmt *q, struct args a, int64_t *id, const char *zh,
                      const char *en)
{
    bool found = false;
    enum err e = db_i64(o->cx, q, a, id, &found);
    if (!e && !found)
        complain(o, c, zh, en);
    return e;
}

static enum err take_cell(struct one *o, enum column c, const char *v)
{
    struct facility *f = &o->f;
    struct ctx *cx = o->cx;
    struct category_match m = {.want = v};
    int64_t n = 0;
    enum err e = OK;
    switch (c) {
    case COL_CODE:
        f->code = text(o, c, v, 40);
        break;
    case COL_NAME:
        f->name = text(o, c, v, 60);
        break;
    case COL_CATEGORY:
        e = facility_categories(cx, match_category, &m);
        if (!e && !m.code && *v)
            complain(o, c, "没有该设备类别", "no such category");
        f->category = m.code;
        break;
    case COL_BRAND:
        f->brand = text(o, c, v, 40);
        break;
    case COL_MODEL:
        f->model = text(o, c, v, 60);
        break;
    case COL_SERIAL:
        f->serial = text(o, c, v, 60);
        break;
    case COL_BOUGHT:
        f->bought_day = day(o, c, v);
        break;
    case COL_PRICE:
        f->price_fen = price(o, v);
        break;
    case COL_SERVICE:
        f->service_day = day(o, c, v);
        break;
    case COL_BUILDING:
        if (*v)
            e = named(o, c, &q_building,
                      ARGS(I64(cx->who.company_id), I64(cx->who.project_id), TXT(room_norm(cx->arena, v))),
                      &f->building_id, "楼栋不存在", "no such building");
        break;
    case COL_PLACE:
        f->place = text(o, c, v, 80);
        break;
    case COL_SUPPLIER:
        if (*v)
            e = named(o, c, &q_supplier, ARGS(I64(cx->who.company_id), TXT(v)), &f->supplier_id, "供应商不存在",
                      "no such supplier");
        break;
    case COL_WARRANTY:
        f->warranty_day = day(o, c, v);
        break;
    case COL_LIFE:
        if (*v && (!parse_i64(v, &n) || n < 0 || n > 1200))
            complain(o, c, "须为 0 到 1200 的整数", "must be an integer from 0 to 1200");
        f->life_months = n;
        break;
    case COL_IMPORTANCE:
        f->importance = *v ? str_index(facility_importance_name, 3, v) : 1;
        if (f->importance < 0) {
            complain(o, c, "应为 A、B 或 C", "A, B or C");
            f->importance = 1;
        }
        break;
    case COL_REG_NO:
        f->reg_no = text(o, c, v, 60);
        break;
    case COL_INSPECTED:
        f->inspected_day = day(o, c, v);
        break;
    case COL_INSPECT_DUE:
        f->inspect_due = day(o, c, v);
        break;
    }
    return e;
}

static enum err check_whole(struct one *o)
{
    struct facility *f = &o->f;
    int64_t id = 0;
    bool taken = false;
    if (str_empty(f->code))
        complain(o, COL_CODE, "请填写编号", "the code is missing");
    if (str_empty(f->name))
        complain(o, COL_NAME, "请填写名称", "the name is missing");
    if (str_empty(f->category))
        complain(o, COL_CATEGORY, "请填写类别", "the category is missing");
    if (f->inspected_day && f->inspect_due && f->inspect_due <= f->inspected_day)
        complain(o, COL_INSPECT_DUE, "下次检验须晚于上次检验", "must be after the last inspection");
    if (str_empty(f->code))
        return OK;
    enum err e =
        db_i64(o->cx, &q_code, ARGS(I64(o->cx->who.company_id), I64(o->cx->who.project_id), TXT(f->code)), &id, &taken);
    if (!e && taken)
        complain(o, COL_CODE, "设备编号已存在", "this code is taken");
    return e;
}

enum err facility_import_row(struct ctx *cx, const int *column, const char *const *cell, size_t n, int64_t row,
                             bool check_only, struct facility_import *out)
{
    struct one o = {.cx = cx, .out = out, .row = row, .f = {.importance = 1}};
    size_t before = out->errors;
    int64_t id = 0;
    enum err e = OK;
    out->rows++;
    for (size_t i = 0; i < n && !e; i++)
        if (column[i] >= 0)
            e = take_cell(&o, (enum column)column[i], cell[i]);
    if (!e && out->errors == before)
        e = check_whole(&o);
    return e || o.bad || check_only ? e : facility_add(cx, &o.f, &id);
}

/* ---- a file ---- */

#define CELLS 40

static enum err heading(struct ctx *cx, const char *const *cell, size_t n, int column[CELLS])
{
    bool have[FACILITY_COLUMNS] = {false};
    for (size_t i = 0; i < n && i < CELLS; i++) {
        column[i] = str_index(facility_column_name, FACILITY_COLUMNS, cell[i]);
        if (column[i] >= 0 && have[column[i]])
            return cx_fail(cx, ERR_INVALID, "csv", "列「%s」重复", "the column %s comes twice", cell[i]);
        if (column[i] >= 0)
            have[column[i]] = true;
    }
    for (int c = COL_CODE; c <= COL_CATEGORY; c++)
        if (!have[c])
            return cx_fail(cx, ERR_INVALID, "csv", "缺少列「%s」", "the column %s is missing", facility_column_name[c]);
    return OK;
}

static enum err take_rows(struct ctx *cx, const char *csv, bool check_only, struct facility_import *out)
{
    struct csv c = {.at = csv};
    const char *cell[CELLS], **codes = arena_alloc(cx->arena, (FACILITY_IMPORT_ROWS + 1) * sizeof *codes);
    int column[CELLS] = {0};
    size_t n = 0, ncodes = 0;
    bool first = true;
    enum err e = OK;
    while (!e && csv_row(cx->arena, &c, cell, CELLS, &n)) {
        size_t cells = n < CELLS ? n : CELLS;
        if (first) {
            first = false;
            e = heading(cx, cell, cells, column);
            for (size_t i = cells; i < CELLS; i++)
                column[i] = -1;
            continue;
        }
        if (out->rows == FACILITY_IMPORT_ROWS)
            return cx_fail(cx, ERR_TOO_LARGE, "csv", "每个文件最多 %d 行", "at most %d rows a file",
                           FACILITY_IMPORT_ROWS);
        for (size_t i = 0; i < cells; i++) /* twice in one file: while nothing is stored yet the store cannot tell */
            if (column[i] == COL_CODE && *cell[i]) {
                struct one o = {.cx = cx, .out = out, .row = c.row};
                if (check_only && str_index(codes, ncodes, cell[i]) >= 0)
                    complain(&o, COL_CODE, "文件中编号重复", "this code comes twice in the file");
                codes[ncodes++] = cell[i];
            }
        e = facility_import_row(cx, column, cell, cells, c.row, check_only, out);
    }
    if (!e && n == 0) {
        struct one o = {.cx = cx, .out = out, .row = c.row};
        complain(&o, COL_CODE, "引号未闭合", "a quote does not end");
    }
    return e;
}

enum err facility_import_csv(struct ctx *cx, const void *bytes, size_t n, bool check_only, struct facility_import *out)
{
    const char *csv = csv_text(cx->arena, bytes, n);
    uint8_t sha[32];
    int64_t taken = 0;
    out->rows = 0;
    out->errors = 0;
    if (!csv)
        return cx_fail(cx, ERR_INVALID, "csv", "文件编码须为 UTF-8 或 GB18030", "neither UTF-8 nor GB18030");
    sha256(bytes, n, sha);
    enum err e =
        db_i64(cx, &q_taken, ARGS(I64(cx->who.company_id), I64(cx->who.project_id), BLOB(sha, 32)), &taken, NULL);
    if (!e && taken)
        return cx_fail(cx, ERR_EXISTS, "csv", "该文件已导入过", "this file was taken already");
    if (!e) /* first look at all of it, then do it: an error in the last row leaves nothing behind */
        e = take_rows(cx, csv, true, out);
    if (!e && !out->errors && !out->rows)
        e = cx_fail(cx, ERR_INVALID, "csv", "文件中没有设备", "there are no facilities in it");
    if (e || out->errors || check_only)
        return e;
    int64_t id = id_new();
    out->rows = 0;
    e = take_rows(cx, csv, false, out);
    if (!e)
        e = db_exec(cx, &q_put,
                    ARGS(I64(id), I64(cx->who.company_id), I64(cx->who.project_id), BLOB(sha, 32), I64(out->rows),
                         I64(cx->who.id), I64(cx->now)),
                    NULL);
    return e ? e
             : audit_add(cx, "facility.import", "facility_import", id, NULL,
                         arena_printf(cx->arena, "{\"rows\":%lld}", (long long)out->rows));
}
