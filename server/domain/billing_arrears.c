/* billing_arrears.c - what rooms owed before the project came to us (历史欠费): bills made from a file, and taken back.
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/id.h"
#include "base/money.h"
#include "domain/billing_int.h"
#include "domain/estate.h"
#include "domain/fee_late.h"

STMT(q_decided, "bill_arrears.decided",
     "SELECT payer_id, party_id, payer_name FROM fee_liable WHERE room_id = $1 AND company_id = $2 AND from_day <= $3"
     " ORDER BY from_day DESC LIMIT 1");
STMT(q_bound, "bill_arrears.bound",
     "SELECT b.account_id, b.party_id, c.name FROM binding b JOIN account c ON c.id = b.account_id WHERE b.room_id = $1"
     " AND b.company_id = $2 AND b.role = 'owner' AND b.state = 'active' ORDER BY b.changed_at DESC, b.id LIMIT 1");
STMT(q_bill, "bill_arrears.insert",
     "INSERT INTO bill(id, company_id, project_id, room_id, payer_id, party_id, payer_name, room_name, state,"
     " period_from, period_to, due_day, amount_fen, late_rated, late_from, created_at)"
     " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'draft', $9, $10, $11, $12, $13, $14, $15)");
STMT(q_line, "bill_arrears.line",
     "INSERT INTO bill_line(bill_id, n, company_id, item_id, room_id, basis_id, name, income, period_from, period_to,"
     " amount_fen, snapshot) VALUES ($1, 1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)");
STMT(q_reach, "bill_arrears.reach", "UPDATE fee_item SET reach_days = $2 WHERE id = $1 AND reach_days < $2");
STMT(q_basis, "bill_arrears.basis",
     "INSERT INTO bill_basis(id, company_id, run_id, item_id, period_to, late_rate_e6, late_grace_days, late_cap_e4,"
     " text) VALUES ($1, $2, 0, $3, 0, $4, $5, $6, $7)");
STMT(q_overlap, "bill_arrears.overlap",
     "SELECT bill_id FROM bill_line WHERE company_id = $1 AND room_id = $2 AND item_id = $3 AND period_from <= $5"
     " AND period_to >= $4 AND live = 1 AND kind = 'charge' AND ($6 = 1 OR ref_id = 0) ORDER BY bill_id LIMIT 1");
STMT(q_get, "bill_arrears.get",
     "SELECT " BILL_COLUMNS BILL_FROM " WHERE b.id = $1 AND b.company_id = $2 AND b.project_id = $3");
STMT(q_used, "bill_arrears.used",
     "SELECT (SELECT COUNT(*) FROM payment_bill WHERE bill_id = $1)"
     " + (SELECT COUNT(*) FROM pay_order_bill WHERE bill_id = $1 AND held = 1)"
     " + (SELECT COUNT(*) FROM bill_dispute WHERE bill_id = $1)"
     " + (SELECT COUNT(*) FROM fee_request WHERE bill_id = $1 AND bill_id > 0 AND state IN ('requested', 'approved'))");

static enum err on_payer(struct ctx *cx, const struct row *r, void *out)
{
    *(struct room_owner *)out = (struct room_owner){
        .account_id = row_i64(r, 0), .party_id = row_i64(r, 1), .name = or_empty(row_text(cx, r, 2))};
    return OK;
}

/* Who owed on the day: as was decided, else the owner of that day, else of today, else whoever is bound as owner. */
static enum err payer_on(struct ctx *cx, int64_t room_id, int32_t day, struct room_owner *p)
{
    const struct arg room = I64(room_id), company = I64(cx->who.company_id);
    enum err e = db_one(cx, &q_decided, ARGS(room, company, I64(day)), on_payer, p);
    if (e != ERR_NOT_FOUND)
        return e;
    e = owner_at(cx, room_id, day, p);
    if (!e && !p->party_id)
        e = owner_at(cx, room_id, clock_day(cx->now), p);
    if (e || p->party_id)
        return e;
    e = db_one(cx, &q_bound, ARGS(room, company), on_payer, p);
    return e == ERR_NOT_FOUND ? OK : e;
}

enum err bill_arrears_basis(struct ctx *cx, const struct fee_item *f, int64_t *basis_id)
{
    *basis_id = id_new();
    return db_exec(cx, &q_basis,
                   ARGS(I64(*basis_id), I64(cx->who.company_id), I64(f->id), I64(f->late_rate_e6),
                        I64(f->late_grace_days), I64(f->late_cap_e4), TXT("{\"kind\":\"arrears\"}")),
                   NULL);
}

enum err bill_nothing_moving(struct ctx *cx)
{
    return fees_not_moving(cx);
}

enum err bill_overlapping(struct ctx *cx, int64_t room_id, const struct fee_item *f, int32_t from, int32_t to,
                          int64_t *bill_id)
{
    *bill_id = 0;
    return db_i64(
        cx, &q_overlap,
        ARGS(I64(cx->who.company_id), I64(room_id), I64(f->id), I64(from), I64(to), I64(f->kind < FEE_SHARED)), bill_id,
        NULL);
}

static enum err insert(struct ctx *cx, const struct bill_arrears *in, const struct room_owner *p, int64_t id)
{
    enum err e =
        db_exec(cx, &q_bill,
                ARGS(I64(id), I64(cx->who.company_id), I64(cx->who.project_id), I64(in->room_id), I64(p->account_id),
                     I64(p->party_id), TXT(p->name), TXT(in->room), I64(in->from), I64(in->to), I64(in->due),
                     I64(in->amount_fen), I64(in->late_from > 0), I64(in->late_from), I64(cx->now)),
                NULL);
    if (!e)
        e = db_exec(cx, &q_line,
                    ARGS(I64(id), I64(cx->who.company_id), I64(in->item_id), I64(in->room_id), I64(in->basis_id),
                         TXT(in->name), TXT(in->income), I64(in->from), I64(in->to), I64(in->amount_fen),
                         TXT(in->snapshot)),
                    NULL);
    return e;
}

enum err bill_arrears_add(struct ctx *cx, const struct bill_arrears *in, int64_t *bill_id)
{
    struct room_owner p;
    *bill_id = id_new();
    struct bill b = {.id = *bill_id,
                     .project_id = cx->who.project_id,
                     .room_id = in->room_id,
                     .amount_fen = in->amount_fen,
                     .due_day = in->due};
    int64_t days = fee_days((struct period){in->from, in->to});
    if (in->amount_fen <= 0 || in->amount_fen > FEN_MAX || in->from > in->to)
        return cx_fail(cx, ERR_INVALID, "amount", "金额或账期无效", "not an amount or a period");
    enum err e = payer_on(cx, in->room_id, in->due, &p);
    if (!e)
        e = insert(cx, in, &p, *bill_id);
    if (!e) /* a run looks back so far for what is billed already: a monthly item's run no further than a month */
        e = db_exec(cx, &q_reach, ARGS(I64(in->item_id), I64(days)), NULL);
    if (!e)
        e = bill_book(cx, &b, 0);
    return e || !in->late_from ? e : late_refresh(cx, *bill_id);
}

enum err bill_arrears_undo(struct ctx *cx, int64_t bill_id)
{
    struct bill b = {.state = ""};
    int64_t used = 0;
    enum err e = db_one(cx, &q_get, ARGS(I64(bill_id), I64(cx->who.company_id), I64(cx->who.project_id)), bill_row, &b);
    if (!e && str_eq(b.state, "void")) /* by hand, meanwhile: the books know it already */
        return OK;
    if (!e)
        e = db_i64(cx, &q_used, ARGS(I64(bill_id)), &used, NULL);
    if (!e && (used || !str_eq(b.state, "published") || b.late_paid_fen || b.late_waived_fen))
        return cx_fail(cx, ERR_STATE, "state", "%s 的账单已有收款、争议、减免或在线支付",
                       "a bill of %s was paid on, disputed, adjusted or is being paid", b.room);
    return e ? e : bill_take_back(cx, &b);
}
