/* billing_unbilled.c - what a room still has to be billed for from the time its items were ended.
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "domain/billing_check.h"
#include "domain/billing_int.h"

#define REACH_DAYS 366 /* what is older no run bills any more */

STMT(q_ended, "billing.ended",
     "SELECT f.name, f.kind, a.from_day, a.to_day, m.area_e4,"
     " (SELECT COUNT(*) FROM fee_price p WHERE p.item_id = a.item_id AND p.from_day <= a.to_day),"
     " (SELECT COALESCE(MAX(l.period_to), 0) FROM bill_line l WHERE l.company_id = $1 AND l.room_id = $3"
     " AND l.item_id = a.item_id AND l.ref_id = a.ref_id AND l.live = 1 AND l.kind = 'charge'),"
     " (SELECT COALESCE(MAX(" METER_COUNTED "), 0) FROM meter t JOIN meter_reading r ON r.meter_id = t.id"
     " AND r.day > t.from_day AND r.usage_e3 > 0 WHERE t.company_id = $1 AND t.project_id = $2 AND t.room_id = $3 AND "
     "t.item_id = a.item_id)"
     " FROM fee_assign a JOIN fee_item f ON f.id = a.item_id AND f.enabled = 1 JOIN room m ON m.id = a.room_id"
     " WHERE a.company_id = $1 AND a.project_id = $2 AND a.room_id = $3 AND a.to_day >= $4 AND a.to_day < $5"
     " ORDER BY a.to_day, a.item_id");

struct ended {
    const char *name;
    int64_t area_e4, prices;
    int32_t from, to, billed, read; /* billed: the last day that is; read: the last day on which something was used */
    int kind;
};

struct unbilled {
    const char *item; /* NULL: nothing */
    int32_t until;
};

static bool left_open(const struct ended *x)
{
    if (!x->prices)
        return false;
    switch (x->kind) {
    case FEE_METERED:
    case FEE_TIERED: /* a period's last reading may be of the day after it */
        return x->read > (x->billed ? clock_day_add(x->billed, 1) : x->from);
    case FEE_AREA:
        return x->area_e4 > 0 && x->billed < x->to;
    case FEE_FORMULA: /* one that cannot be worked out has never been billed */
        return x->billed && x->billed < x->to;
    case FEE_FIXED:
    case FEE_PARKING:
        return x->billed < x->to;
    default: /* charges and shares are rows of their own */
        return false;
    }
}

static enum err on_ended(struct ctx *cx, const struct row *r, void *out)
{
    struct unbilled *u = out;
    const struct ended x = {.name = row_text(cx, r, 0),
                            .kind = str_index(fee_kind_name, FEE_KINDS, row_text(cx, r, 1)),
                            .from = (int32_t)row_i64(r, 2),
                            .to = (int32_t)row_i64(r, 3),
                            .area_e4 = row_i64(r, 4),
                            .prices = row_i64(r, 5),
                            .billed = (int32_t)row_i64(r, 6),
                            .read = (int32_t)row_i64(r, 7)};
    if (!u->item && left_open(&x))
        *u = (struct unbilled){x.name, x.to};
    return OK;
}

enum err billing_all_billed(struct ctx *cx, int64_t room_id)
{
    struct unbilled left = {NULL, 0};
    int32_t today = clock_day(cx->now);
    enum err e = db_each(cx, &q_ended,
                         ARGS(I64(cx->who.company_id), I64(cx->who.project_id), I64(room_id),
                              I64(clock_day_add(today, -REACH_DAYS)), I64(today)),
                         on_ended, &left);
    return e || !left.item
               ? e
               : cx_fail(cx, ERR_STATE, "id", "不能停用房间:%s到 %d 还有未出账的期间,请先出账,或把收费结束日改早",
                         "the room cannot be closed: %s is to be billed until %d, or to end earlier", left.item,
                         left.until);
}
