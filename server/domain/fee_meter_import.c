/* fee_meter_import.c - a file of readings, all of it or nothing, once. SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/id.h"
#include "domain/audit.h"
#include "domain/billing_int.h"
#include "domain/fee_meter.h"
#include "domain/fee_meter_int.h"
#include "platform/crypto/crypto.h"
#include "platform/table/csv.h"

STMT(q_by_serial, "meter.by_serial",
     "SELECT id, item_id, room_id, modulus_e3, multiplier_e3, from_day, to_day, serial FROM meter"
     " WHERE company_id = $1 AND project_id = $2 AND serial = $3");
STMT(q_taken, "meter_import.taken",
     "SELECT COUNT(*) FROM meter_import WHERE company_id = $1 AND project_id = $2 AND sha = $3");
STMT(q_add, "meter_import.add",
     "INSERT INTO meter_import(id, company_id, project_id, sha, rows, account_id, created_at)"
     " VALUES ($1, $2, $3, $4, $5, $6, $7)");

enum { COL_SERIAL, COL_DAY, COL_READING, COLS };
static const char *const column_name[COLS] = {"表号", "日期", "读数"};

struct one { /* a row, or the newest of its meter so far */
    struct known_meter m;
    struct last_reading last;
    int64_t usage;
};
struct importing {
    struct meter_import *out;
    struct one *meter; /* as they will be after the rows so far */
    size_t nmeters;
    struct one *put;
    size_t nput;
};

static void complain(struct importing *p, int64_t row, int column, const char *zh, const char *en)
{
    struct meter_import *o = p->out;
    if (o->errors < METER_IMPORT_ERRORS)
        o->error[o->errors++] = (struct csv_error){row, column_name[column], zh, en};
}

static enum err find_meter(struct ctx *cx, struct importing *p, const char *serial, struct one **out)
{
    *out = NULL;
    for (size_t i = 0; i < p->nmeters && !*out; i++)
        if (str_eq(p->meter[i].m.serial, serial))
            *out = &p->meter[i];
    if (*out)
        return OK;
    struct one *x = &p->meter[p->nmeters];
    enum err e = db_one(cx, &q_by_serial, ARGS(I64(cx->who.company_id), I64(cx->who.project_id), TXT(serial)),
                        meter_row_of, &x->m);
    if (e == ERR_NOT_FOUND)
        return OK;
    if (!e)
        e = meter_last(cx, x->m.id, &x->last);
    if (!e) {
        p->nmeters++;
        *out = x;
    }
    return e;
}

static enum err take_row(struct ctx *cx, struct importing *p, int64_t row, const char *const *cell, size_t n)
{
    struct one *x = NULL;
    struct why why = {0};
    int32_t day = 0;
    int64_t reading = 0, usage = 0;
    bool billed = false;
    if (n < COLS) {
        complain(p, row, (int)n, "缺少此列", "this column is missing");
        return OK;
    }
    enum err e = find_meter(cx, p, cell[COL_SERIAL], &x);
    if (e)
        return e;
    bool day_ok = csv_day(cell[COL_DAY], &day), reading_ok = csv_e3(cell[COL_READING], &reading);
    if (!x)
        complain(p, row, COL_SERIAL, "没有该表号", "no such serial number");
    if (!day_ok)
        complain(p, row, COL_DAY, "日期无效", "not a day");
    if (!reading_ok)
        complain(p, row, COL_READING, "读数无效,最多三位小数", "not a reading; three decimals at most");
    if (!x || !day_ok || !reading_ok)
        return OK;
    p->out->rows++;
    if (day == x->last.day && reading == x->last.reading) {
        p->out->unchanged++;
        return OK;
    }
    if (!meter_check(&x->m, &x->last, clock_day(cx->now), day, reading, &usage, &why)) {
        complain(p, row, str_eq(why.field, "day") ? COL_DAY : COL_READING, why.zh, why.en);
        return OK;
    }
    e = meter_billed(cx, &x->m, day, &billed);
    if (!e && billed) {
        complain(p, row, COL_DAY, METER_BILLED_ZH, METER_BILLED_EN);
    } else if (!e) {
        x->last = (struct last_reading){day, day, reading, usage};
        p->put[p->nput++] = *x;
    }
    return e;
}

static enum err take_rows(struct ctx *cx, struct importing *p, const char *text)
{
    struct csv c = {.at = text};
    const char *cell[COLS];
    size_t n = 0;
    int64_t rows = 0;
    int32_t day;
    enum err e = OK;
    while (!e && csv_row(cx->arena, &c, cell, COLS, &n)) {
        if (rows++ == 0 && n >= 2 && !csv_day(cell[COL_DAY], &day) && !(*cell[COL_DAY] >= '0' && *cell[COL_DAY] <= '9'))
            continue; /* the heading */
        e = rows > METER_IMPORT_ROWS + 1
                ? cx_fail(cx, ERR_TOO_LARGE, "csv", "每个文件最多 %d 行", "at most %d rows a file", METER_IMPORT_ROWS)
                : take_row(cx, p, c.row, cell, n);
    }
    if (!e && n == 0)
        complain(p, c.row, COL_SERIAL, "引号未闭合", "a quote does not end");
    return e;
}

static enum err apply(struct ctx *cx, const struct importing *p, const uint8_t sha[32])
{
    int64_t id = id_new();
    enum err e = db_try(cx, &q_add,
                        ARGS(I64(id), I64(cx->who.company_id), I64(cx->who.project_id), BLOB(sha, 32),
                             I64(p->out->rows), I64(cx->who.id), I64(cx->now)),
                        NULL);
    for (size_t i = 0; i < p->nput && !e; i++)
        e = meter_put(cx, p->put[i].m.id, p->put[i].last.day, 0, p->put[i].last.reading, p->put[i].last.usage);
    return e ? e
             : audit_add(cx, "meter.import", "meter_import", id, NULL,
                         arena_printf(cx->arena, "{\"rows\":%lld}", (long long)p->out->rows));
}

enum err meter_import(struct ctx *cx, const void *bytes, size_t n, bool check_only, struct meter_import *out)
{
    struct importing p = {.out = out,
                          .meter = arena_alloc(cx->arena, (METER_IMPORT_ROWS + 2) * sizeof(struct one)),
                          .put = arena_alloc(cx->arena, (METER_IMPORT_ROWS + 2) * sizeof(struct one))};
    const char *text = csv_text(cx->arena, bytes, n);
    uint8_t sha[32];
    int64_t taken = 0;
    out->rows = out->unchanged = 0;
    out->errors = 0;
    if (!text)
        return cx_fail(cx, ERR_INVALID, "csv", "文件编码须为 UTF-8 或 GB18030", "neither UTF-8 nor GB18030");
    sha256(bytes, n, sha);
    enum err e =
        db_i64(cx, &q_taken, ARGS(I64(cx->who.company_id), I64(cx->who.project_id), BLOB(sha, 32)), &taken, NULL);
    if (!e && taken)
        return cx_fail(cx, ERR_EXISTS, "csv", "该文件已导入过", "this file was taken already");
    if (!e)
        e = take_rows(cx, &p, text);
    if (!e && !out->errors && !out->rows)
        e = cx_fail(cx, ERR_INVALID, "csv", "文件中没有读数", "there are no readings in it");
    return e || out->errors || check_only ? e : apply(cx, &p, sha);
}
