/* fee_meter.c - meters and their readings. SPDX-License-Identifier: MIT */
#include "domain/fee_meter.h"
#include "base/clock.h"
#include "base/id.h"
#include "domain/audit.h"
#include "domain/billing_int.h"
#include "domain/fee_meter_int.h"

STMT(q_add, "meter.add",
     "INSERT INTO meter(id, company_id, project_id, item_id, room_id, serial, modulus_e3, multiplier_e3, from_day, "
     "follows_id)"
     " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)");
STMT(q_meter, "meter.get",
     "SELECT id, item_id, room_id, modulus_e3, multiplier_e3, from_day, to_day, serial FROM meter"
     " WHERE id = $1 AND company_id = $2 AND project_id = $3");
STMT(q_last, "meter.last",
     "SELECT r.day, r.reading_e3, r.usage_e3, " METER_COUNTED " FROM meter_reading r WHERE r.meter_id = $1"
     " ORDER BY r.day DESC LIMIT 1");
STMT(q_before, "meter.before",
     "SELECT r.day, r.reading_e3, r.usage_e3, " METER_COUNTED " FROM meter_reading r WHERE r.meter_id = $1"
     " AND r.day < $2 ORDER BY r.day DESC LIMIT 1");
STMT(q_reading, "meter.reading",
     "INSERT INTO meter_reading(meter_id, day, company_id, reading_e3, usage_e3, account_id, at, counts_on)"
     " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)");
STMT(q_correct, "meter.correct",
     "UPDATE meter_reading SET reading_e3 = $3, usage_e3 = $4, account_id = $5, at = $6 WHERE meter_id = $1 AND day = "
     "$2");
STMT(q_billed, "meter.billed",
     "SELECT COUNT(*) FROM bill_line WHERE company_id = $1 AND room_id = $2 AND item_id = $3 AND live = 1"
     " AND kind = 'charge' AND period_from < $4 AND period_to >= $5");
STMT(q_shared, "meter.shared",
     "SELECT COUNT(*) FROM fee_share WHERE meter_id = $1 AND meter_id > 0 AND state = 'open' AND period_from < $2 AND "
     "period_to >= $3");
STMT(q_close, "meter.close", "UPDATE meter SET to_day = $2 WHERE id = $1 AND to_day = 99991231");

enum err meter_row_of(struct ctx *cx, const struct row *r, void *out)
{
    struct known_meter *m = out;
    *m = (struct known_meter){row_i64(r, 0), row_i64(r, 1),          row_i64(r, 2),          row_i64(r, 3),
                              row_i64(r, 4), (int32_t)row_i64(r, 5), (int32_t)row_i64(r, 6), row_text(cx, r, 7)};
    return OK;
}

static enum err get(struct ctx *cx, int64_t id, struct known_meter *m)
{
    enum err e = db_one(cx, &q_meter, ARGS(I64(id), I64(cx->who.company_id), I64(cx->who.project_id)), meter_row_of, m);
    return e == ERR_NOT_FOUND ? cx_fail(cx, e, "meter_id", "表不存在", "no such meter") : e;
}

static enum err on_last(struct ctx *cx, const struct row *r, void *out)
{
    (void)cx;
    *(struct last_reading *)out =
        (struct last_reading){(int32_t)row_i64(r, 0), (int32_t)row_i64(r, 3), row_i64(r, 1), row_i64(r, 2)};
    return OK;
}

enum err meter_last(struct ctx *cx, int64_t meter_id, struct last_reading *out)
{
    enum err e = db_one(cx, &q_last, ARGS(I64(meter_id)), on_last, out);
    return e == ERR_NOT_FOUND ? OK : e;
}

enum err meter_put(struct ctx *cx, int64_t meter, int32_t day, int32_t counts_on, int64_t reading, int64_t usage)
{
    return db_exec(cx, &q_reading,
                   ARGS(I64(meter), I64(day), I64(cx->who.company_id), I64(reading), I64(usage), I64(cx->who.id),
                        I64(cx->now), I64(counts_on)),
                   NULL);
}

bool meter_check(const struct known_meter *m, const struct last_reading *last, int32_t today, int32_t day,
                 int64_t reading_e3, int64_t *usage_e3, struct why *why)
{
    if (!clock_day_valid(day) || day > today) {
        *why = (struct why){"day", "日期无效或在将来", "not a day, or in the future"};
        return false;
    }
    if (day > m->to_day) {
        *why = (struct why){"day", "该表已于此前停用", "the meter was taken down before"};
        return false;
    }
    if (day <= last->day) {
        *why = (struct why){"day", "须晚于上次抄表日", "must be later than the last reading"};
        return false;
    }
    bool ok = meter_usage(last->reading, reading_e3, m->modulus_e3, m->multiplier_e3, usage_e3, why);
    why->field = ok ? why->field : "reading_e3";
    return ok;
}

enum err meter_add(struct ctx *cx, const struct meter *m, int64_t *id)
{
    struct fee_item f;
    *id = id_new();
    if (!clock_day_valid(m->from_day))
        return cx_fail(cx, ERR_INVALID, "from_day", "日期无效", "not a day (yyyymmdd)");
    enum err e = fee_item_get(cx, m->item_id, &f);
    if (!e && m->room_id)
        e = room_of_project(cx, m->room_id);
    if (!e && !m->room_id && f.kind != FEE_SHARED)
        e = cx_fail(cx, ERR_INVALID, "room_id", "公共表须属于公摊项目", "a public meter belongs to a shared item");
    if (!e)
        e = db_try(cx, &q_add,
                   ARGS(I64(*id), I64(cx->who.company_id), I64(cx->who.project_id), I64(m->item_id),
                        ID_OR_NULL(m->room_id), TXT(m->serial), I64(m->modulus_e3), I64(m->multiplier_e3),
                        I64(m->from_day), I64(m->follows_id)),
                   NULL);
    if (e == ERR_EXISTS)
        e = cx_fail(cx, e, "serial", "表号已存在", "the serial number is taken");
    if (!e)
        e = meter_put(cx, *id, m->from_day, 0, m->first_e3, 0);
    return e ? e : audit_add(cx, "meter.create", "meter", *id, NULL, NULL);
}

enum err meter_billed(struct ctx *cx, const struct known_meter *m, int32_t day, bool *billed)
{
    int64_t lines = 0;
    int32_t before = clock_day_add(day, -1); /* the reading of the day after a period still belongs to it */
    enum err e = m->room_id
                     ? db_i64(cx, &q_billed,
                              ARGS(I64(cx->who.company_id), I64(m->room_id), I64(m->item_id), I64(day), I64(before)),
                              &lines, NULL)
                     : db_i64(cx, &q_shared, ARGS(I64(m->id), I64(day), I64(before)), &lines, NULL);
    *billed = lines > 0;
    return e;
}

/* May a reading of that day be taken? *counts_on: 0: as of its own day. `late`: when that is the day after a billed period,
 * as of the next day, which is the next period's. */
static enum err find_period(struct ctx *cx, const struct known_meter *m, int32_t day, bool late, int32_t *counts_on)
{
    bool billed = false;
    enum err e = meter_billed(cx, m, day, &billed);
    *counts_on = 0;
    if (!e && billed && late) {
        *counts_on = clock_day_add(day, 1);
        e = meter_billed(cx, m, *counts_on, &billed);
    }
    return !e && billed ? cx_fail(cx, ERR_STATE, "day", METER_BILLED_ZH, METER_BILLED_EN) : e;
}

static enum err take(struct ctx *cx, int64_t meter_id, int32_t day, int64_t reading_e3, bool late, int64_t *usage_e3)
{
    struct last_reading last = {0};
    struct known_meter m;
    struct why why = {0};
    int32_t counts_on = 0;
    enum err e = get(cx, meter_id, &m);
    if (!e)
        e = meter_last(cx, meter_id, &last);
    if (e)
        return e;
    if (day == last.day && reading_e3 == last.reading) { /* told twice */
        *usage_e3 = last.usage;
        return OK;
    }
    if (!meter_check(&m, &last, clock_day(cx->now), day, reading_e3, usage_e3, &why))
        return cx_fail(cx, ERR_INVALID, why.field, "%s", "%s", cx->english ? why.en : why.zh);
    e = find_period(cx, &m, day, late, &counts_on);
    return e ? e : meter_put(cx, meter_id, day, counts_on, reading_e3, *usage_e3);
}

enum err meter_read(struct ctx *cx, int64_t meter_id, int32_t day, int64_t reading_e3, int64_t *usage_e3)
{
    return take(cx, meter_id, day, reading_e3, false, usage_e3);
}

enum err meter_read_event(struct ctx *cx, int64_t meter_id, int32_t day, int64_t reading_e3, int64_t *usage_e3)
{
    return take(cx, meter_id, day, reading_e3, true, usage_e3);
}

enum err meter_correct(struct ctx *cx, int64_t meter_id, int64_t reading_e3, const char *reason, int64_t *usage_e3)
{
    struct last_reading last = {0}, before = {0};
    struct known_meter m;
    struct why why = {0};
    bool billed = false;
    if (str_empty(reason))
        return cx_fail(cx, ERR_INVALID, "reason", "请填写更正原因", "say why");
    enum err e = get(cx, meter_id, &m);
    if (!e)
        e = meter_last(cx, meter_id, &last);
    if (!e && last.day == m.from_day)
        e = cx_fail(cx, ERR_STATE, "meter_id", "该表尚无可更正的读数", "there is no reading to correct");
    if (!e)
        e = meter_billed(cx, &m, last.counted, &billed);
    if (!e && billed)
        e = cx_fail(cx, ERR_STATE, "day", "该读数已出账,请先作废账单或做调整",
                    "billed already; void the bill or adjust it");
    if (!e)
        e = db_one(cx, &q_before, ARGS(I64(meter_id), I64(last.day)), on_last, &before);
    if (!e && !meter_usage(before.reading, reading_e3, m.modulus_e3, m.multiplier_e3, usage_e3, &why))
        e = cx_fail(cx, ERR_INVALID, "reading_e3", "%s", "%s", cx->english ? why.en : why.zh);
    if (!e)
        e = db_exec(cx, &q_correct,
                    ARGS(I64(meter_id), I64(last.day), I64(reading_e3), I64(*usage_e3), I64(cx->who.id), I64(cx->now)),
                    NULL);
    const char *was = arena_printf(cx->arena, "{\"day\":%d,\"reading_e3\":%lld}", last.day, (long long)last.reading);
    const char *is = billing_explain(cx->arena, arena_printf(cx->arena, "{\"reading_e3\":%lld}", (long long)reading_e3),
                                     reason_json(cx, reason));
    return e ? e : audit_add(cx, "meter.correct", "meter", meter_id, was, is);
}

enum err meter_swap(struct ctx *cx, int64_t meter_id, int32_t day, int64_t final_e3, const struct meter *next,
                    int64_t *id)
{
    struct known_meter m;
    struct meter as = *next;
    int64_t usage = 0;
    enum err e = get(cx, meter_id, &m);
    if (!e)
        e = meter_read_event(cx, meter_id, day, final_e3, &usage);
    if (!e)
        e = db_change_one(cx, &q_close, ARGS(I64(meter_id), I64(day)), ERR_STATE, "该表已停用", "taken down already");
    if (e)
        return e;
    as.item_id = m.item_id;
    as.room_id = m.room_id;
    as.from_day = day;
    as.follows_id = meter_id;
    e = meter_add(cx, &as, id);
    return e ? e : audit_add(cx, "meter.swap", "meter", meter_id, NULL, NULL);
}
