/* fee_kind.c - parking spaces and given amounts. SPDX-License-Identifier: MIT */
#include "domain/fee_kind.h"
#include "base/clock.h"
#include "base/id.h"
#include "domain/audit.h"
#include "domain/billing_int.h"

STMT(q_space, "parking_space.get",
     "SELECT id FROM parking_space WHERE id = $1 AND company_id = $2 AND project_id = $3 AND state = 'open'");
STMT(q_leased, "parking_space.leased",
     "SELECT COUNT(*) FROM fee_assign WHERE ref_id = $1 AND item_id = $2 AND to_day >= $3 AND ref_id > 0");
STMT(q_lease, "parking_space.lease",
     "INSERT INTO fee_assign(company_id, project_id, item_id, room_id, ref_id, from_day, coefficient_e4)"
     " VALUES ($1, $2, $3, $4, $5, $6, $7)");
STMT(q_lease_end, "parking_space.lease_end",
     "UPDATE fee_assign SET to_day = $5 WHERE company_id = $1 AND project_id = $2 AND item_id = $3 AND ref_id = $4"
     " AND ref_id > 0 AND from_day <= $5 AND to_day > $5");
STMT(q_charge_add, "fee_charge.add",
     "INSERT INTO fee_charge(id, company_id, project_id, item_id, room_id, day, amount_fen, note, maker_id, created_at)"
     " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)");
STMT(q_charge_cancel, "fee_charge.cancel",
     "UPDATE fee_charge SET state = 'cancelled' WHERE id = $1 AND company_id = $2 AND project_id = $3 AND state = "
     "'open'");
STMT(q_charges, "fee_charge.list",
     "SELECT c.id, c.item_id, c.room_id, c.amount_fen, c.bill_id, c.maker_id, c.created_at, c.day, c.note, c.state,"
     " f.name, m.full_name FROM fee_charge c JOIN fee_item f ON f.id = c.item_id JOIN room m ON m.id = c.room_id"
     " WHERE c.company_id = $1 AND c.project_id = $2 AND ($3 = '' OR c.state = $3) AND ($4 = 0 OR c.id < $4)"
     " ORDER BY c.id DESC LIMIT $5");

/* ---- parking spaces ---- */

static enum err item_of_kind(struct ctx *cx, int64_t id, bool ok_kinds[FEE_KINDS], struct fee_item *f)
{
    enum err e = fee_item_get(cx, id, f);
    if (!e && !ok_kinds[f->kind])
        e = cx_fail(cx, ERR_INVALID, "item_id", "收费项目类型不符", "not that kind of fee item");
    return e;
}

static enum err open_space(struct ctx *cx, int64_t id)
{
    int64_t found_id = 0;
    bool found = false;
    enum err e =
        db_i64(cx, &q_space, ARGS(I64(id), I64(cx->who.company_id), I64(cx->who.project_id)), &found_id, &found);
    return e || found ? e : cx_fail(cx, ERR_INVALID, "space_id", "车位不存在", "no such space");
}

enum err space_lease(struct ctx *cx, const struct lease *l)
{
    struct fee_item f;
    int64_t taken = 0;
    if (!clock_day_valid(l->from_day))
        return cx_fail(cx, ERR_INVALID, "from_day", "日期无效", "not a day (yyyymmdd)");
    enum err e = item_of_kind(cx, l->item_id, (bool[FEE_KINDS]){[FEE_PARKING] = true}, &f);
    if (!e)
        e = open_space(cx, l->space_id);
    if (!e)
        e = room_of_project(cx, l->room_id);
    if (!e)
        e = fees_not_moving(cx);
    if (!e)
        e = db_i64(cx, &q_leased, ARGS(I64(l->space_id), I64(l->item_id), I64(l->from_day)), &taken, NULL);
    if (!e && taken)
        e = cx_fail(cx, ERR_STATE, "space_id", "该车位已出租", "the space is let already");
    if (!e)
        e = db_exec(cx, &q_lease,
                    ARGS(I64(cx->who.company_id), I64(cx->who.project_id), I64(l->item_id), I64(l->room_id),
                         I64(l->space_id), I64(l->from_day), I64(l->coefficient_e4)),
                    NULL);
    return e ? e : audit_add(cx, "parking_space.lease", "parking_space", l->space_id, NULL, NULL);
}

enum err space_lease_end(struct ctx *cx, int64_t item_id, int64_t space_id, int32_t last_day)
{
    if (!clock_day_valid(last_day))
        return cx_fail(cx, ERR_INVALID, "last_day", "日期无效", "not a day (yyyymmdd)");
    enum err e = fees_not_moving(cx);
    if (!e)
        e = db_change_one(
            cx, &q_lease_end,
            ARGS(I64(cx->who.company_id), I64(cx->who.project_id), I64(item_id), I64(space_id), I64(last_day)),
            ERR_NOT_FOUND, "该车位没有此收费项目", "nobody pays this item for the space");
    return e ? e : audit_add(cx, "parking_space.lease_end", "parking_space", space_id, NULL, NULL);
}

/* ---- charges ---- */

enum err charge_add(struct ctx *cx, const struct charge *in, int64_t *id)
{
    struct fee_item f;
    *id = id_new();
    if (!clock_day_valid(in->day))
        return cx_fail(cx, ERR_INVALID, "day", "日期无效", "not a day (yyyymmdd)");
    if (in->amount_fen <= 0 || in->amount_fen > FEN_MAX)
        return cx_fail(cx, ERR_INVALID, "amount_fen", "金额须大于零", "must be above 0");
    enum err e = item_of_kind(cx, in->item_id, (bool[FEE_KINDS]){[FEE_ONE_OFF] = true, [FEE_DEPOSIT] = true}, &f);
    if (!e)
        e = room_of_project(cx, in->room_id);
    if (!e)
        e = db_exec(cx, &q_charge_add,
                    ARGS(I64(*id), I64(cx->who.company_id), I64(cx->who.project_id), I64(in->item_id), I64(in->room_id),
                         I64(in->day), I64(in->amount_fen), TXT(in->note ? in->note : ""), I64(cx->who.id),
                         I64(cx->now)),
                    NULL);
    return e ? e : audit_add(cx, "fee_charge.create", "fee_charge", *id, NULL, NULL);
}

enum err charge_cancel(struct ctx *cx, int64_t id)
{
    enum err e = db_change_one(cx, &q_charge_cancel, ARGS(I64(id), I64(cx->who.company_id), I64(cx->who.project_id)),
                               ERR_NOT_FOUND, "没有该笔待出账收费", "no such charge that waits to be billed");
    return e ? e : audit_add(cx, "fee_charge.cancel", "fee_charge", id, NULL, NULL);
}

struct charges {
    charge_fn *fn;
    void *arg;
};

static enum err on_charge(struct ctx *cx, const struct row *r, void *out)
{
    struct charges *l = out;
    struct charge c = {.id = row_i64(r, 0),
                       .item_id = row_i64(r, 1),
                       .room_id = row_i64(r, 2),
                       .amount_fen = row_i64(r, 3),
                       .bill_id = row_i64(r, 4),
                       .maker_id = row_i64(r, 5),
                       .created_at = row_i64(r, 6),
                       .day = (int32_t)row_i64(r, 7),
                       .note = row_text(cx, r, 8),
                       .state = row_text(cx, r, 9),
                       .item = row_text(cx, r, 10),
                       .room = row_text(cx, r, 11)};
    l->fn(l->arg, &c);
    return OK;
}

enum err charge_list(struct ctx *cx, const char *state, int64_t before, int64_t limit, charge_fn *fn, void *arg)
{
    struct charges l = {fn, arg};
    return db_each(
        cx, &q_charges,
        ARGS(I64(cx->who.company_id), I64(cx->who.project_id), TXT(state ? state : ""), I64(before), I64(limit)),
        on_charge, &l);
}
