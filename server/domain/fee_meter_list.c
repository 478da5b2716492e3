/* fee_meter_list.c - meters as a list, readings that are missing, readings that are odd. SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "domain/billing_int.h"
#include "domain/fee_meter.h"

const char *const meter_oddity_name[ODD_COUNT] = {"high", "zero", "rolled_over", "negative"};

#define METERS                                                                                                         \
    "SELECT t.id, t.item_id, t.room_id, t.from_day, t.to_day, t.serial, f.name, m.full_name,"                          \
    " (SELECT r.day FROM meter_reading r WHERE r.meter_id = t.id ORDER BY r.day DESC LIMIT 1),"                        \
    " (SELECT r.reading_e3 FROM meter_reading r WHERE r.meter_id = t.id ORDER BY r.day DESC LIMIT 1)"                  \
    " FROM meter t JOIN fee_item f ON f.id = t.item_id LEFT JOIN room m ON m.id = t.room_id"                           \
    " WHERE t.company_id = $1 AND t.project_id = $2"
STMT(q_list, "meter.list",
     METERS " AND ($3 = 0 OR t.id < $3) AND ($5 = 0 OR t.item_id = $5) AND ($6 = 0 OR t.room_id = $6)"
            " ORDER BY t.id DESC LIMIT $4");
STMT(q_missing, "meter.missing",
     METERS " AND t.from_day < $4 AND t.to_day >= $4 AND NOT EXISTS (SELECT 1 FROM meter_reading x"
            " WHERE x.meter_id = t.id AND x.day > $3 AND x.day <= $4) ORDER BY t.id LIMIT 1000");
STMT(q_readings, "meter.readings",
     "SELECT t.id, t.from_day, r.day, r.reading_e3, r.usage_e3, t.serial, m.full_name FROM meter t JOIN meter_reading r"
     " ON r.meter_id = t.id AND r.day >= $3 AND r.day <= $4 LEFT JOIN room m ON m.id = t.room_id"
     " WHERE t.company_id = $1 AND t.project_id = $2 ORDER BY t.id, r.day");

struct listing {
    meter_fn *fn;
    void *arg;
};

static enum err on_meter(struct ctx *cx, const struct row *r, void *out)
{
    struct listing *l = out;
    struct meter_row m = {.id = row_i64(r, 0),
                          .item_id = row_i64(r, 1),
                          .room_id = row_i64(r, 2),
                          .from_day = (int32_t)row_i64(r, 3),
                          .to_day = (int32_t)row_i64(r, 4),
                          .serial = row_text(cx, r, 5),
                          .item = row_text(cx, r, 6),
                          .room = row_text(cx, r, 7),
                          .last_day = (int32_t)row_i64(r, 8),
                          .last_e3 = row_i64(r, 9)};
    l->fn(l->arg, &m);
    return OK;
}

enum err meter_list(struct ctx *cx, const struct meter_filter *f, meter_fn *fn, void *arg)
{
    struct listing l = {fn, arg};
    return db_each(cx, &q_list,
                   ARGS(I64(cx->who.company_id), I64(cx->who.project_id), I64(f->before), I64(f->limit),
                        I64(f->item_id), I64(f->room_id)),
                   on_meter, &l);
}

static enum err check_days(struct ctx *cx, int32_t from, int32_t to)
{
    return clock_day_valid(from) && clock_day_valid(to) && from <= to
               ? OK
               : cx_fail(cx, ERR_INVALID, "from", "日期区间无效", "the days end before they begin");
}

enum err meter_missing(struct ctx *cx, int32_t from, int32_t to, meter_fn *fn, void *arg)
{
    struct listing l = {fn, arg};
    enum err e = check_days(cx, from, to);
    return e ? e
             : db_each(cx, &q_missing, ARGS(I64(cx->who.company_id), I64(cx->who.project_id), I64(from), I64(to)),
                       on_meter, &l);
}

struct watching {
    odd_fn *fn;
    void *arg;
    int32_t from;
    int64_t meter, reading, use[3]; /* of the meter at hand: the reading before, the last three uses */
    size_t uses, told;
};

static void look(struct watching *w, struct odd_reading *o)
{
    int64_t mean = w->uses >= 3 ? (w->use[0] + w->use[1] + w->use[2]) / 3 : 0;
    bool odd = true;
    o->mean_e3 = mean;
    if (o->usage_e3 < 0)
        o->what = ODD_NEGATIVE;
    else if (o->reading_e3 < w->reading)
        o->what = ODD_ROLLED_OVER;
    else if (mean > 0 && o->usage_e3 > 3 * mean)
        o->what = ODD_HIGH;
    else if (w->uses && o->usage_e3 == 0 && w->use[(w->uses - 1) % 3] > 0)
        o->what = ODD_ZERO;
    else
        odd = false;
    if (odd && w->told++ < 1000)
        w->fn(w->arg, o);
}

static enum err on_reading(struct ctx *cx, const struct row *r, void *out)
{
    struct watching *w = out;
    struct odd_reading o = {.meter_id = row_i64(r, 0),
                            .day = (int32_t)row_i64(r, 2),
                            .reading_e3 = row_i64(r, 3),
                            .usage_e3 = row_i64(r, 4)};
    if (o.meter_id != w->meter) {
        w->meter = o.meter_id;
        w->uses = 0;
        w->reading = o.reading_e3; /* the oldest in sight: nothing to compare it with */
    }
    if (o.day == row_i64(r, 1)) { /* hung up: no use yet */
        w->reading = o.reading_e3;
        return OK;
    }
    if (o.day >= w->from) {
        o.serial = row_text(cx, r, 5);
        o.room = row_text(cx, r, 6);
        look(w, &o);
    }
    w->use[w->uses++ % 3] = o.usage_e3;
    w->reading = o.reading_e3;
    return OK;
}

enum err meter_odd(struct ctx *cx, int32_t from, int32_t to, odd_fn *fn, void *arg)
{
    struct watching w = {.fn = fn, .arg = arg, .from = from};
    enum err e = check_days(cx, from, to);
    return e ? e
             : db_each(cx, &q_readings,
                       ARGS(I64(cx->who.company_id), I64(cx->who.project_id), I64(clock_day_add(from, -400)), I64(to)),
                       on_reading, &w);
}
