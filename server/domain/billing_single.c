/* billing_single.c - one bill of one given amount, outside any run. SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/id.h"
#include "domain/audit.h"
#include "domain/billing_int.h"

STMT(q_item, "bill_single.item", "SELECT id FROM fee_item WHERE company_id = $1 AND project_id = $2 AND code = $3");
STMT(q_room, "bill_single.room",
     "SELECT m.full_name, (SELECT b.account_id FROM binding b WHERE b.room_id = m.id AND b.role = 'owner'"
     " AND b.state = 'active' ORDER BY b.changed_at DESC, b.id LIMIT 1) FROM room m"
     " WHERE m.id = $1 AND m.company_id = $2 AND m.project_id = $3");
STMT(q_name, "bill_single.payer", "SELECT name FROM account WHERE id = $1");
STMT(q_bill, "bill_single.insert",
     "INSERT INTO bill(id, company_id, project_id, room_id, payer_id, payer_name, room_name, state, period_from,"
     " period_to, due_day, amount_fen, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, 'draft', $8, $8, $9, $10, $11)");
STMT(q_line, "bill_single.line",
     "INSERT INTO bill_line(bill_id, n, company_id, item_id, room_id, ref_id, name, income, period_from, period_to,"
     " amount_fen, snapshot) VALUES ($1, 1, $2, $3, $4, $5, $6, 'fee_income', $7, $7, $8, $9)");
STMT(q_get, "bill_single.get", "SELECT " BILL_COLUMNS BILL_FROM " WHERE b.id = $1");

struct where {
    const char *room, *payer;
    int64_t payer_id;
};

static enum err on_room(struct ctx *cx, const struct row *r, void *out)
{
    *(struct where *)out = (struct where){.room = row_text(cx, r, 0), .payer = "", .payer_id = row_i64(r, 1)};
    return OK;
}

static enum err find_item(struct ctx *cx, const struct bill_single *in, int64_t *id)
{
    struct fee_item f = {
        .code = in->code, .name = in->name, .kind = FEE_ONE_OFF, .due_days = in->due_days, .enabled = true};
    bool found = false;
    enum err e = db_i64(cx, &q_item, ARGS(I64(cx->who.company_id), I64(cx->who.project_id), TXT(in->code)), id, &found);
    if (e || found)
        return e;
    e = fee_item_save(cx, &f);
    *id = f.id;
    return e;
}

static enum err find_room(struct ctx *cx, int64_t room_id, struct where *w)
{
    enum err e = db_one(cx, &q_room, ARGS(I64(room_id), I64(cx->who.company_id), I64(cx->who.project_id)), on_room, w);
    if (e == ERR_NOT_FOUND)
        return cx_fail(cx, ERR_INVALID, "room_id", "房间不存在", "no such room");
    return e || !w->payer_id ? e : db_text(cx, &q_name, ARGS(I64(w->payer_id)), &w->payer);
}

enum err bill_single(struct ctx *cx, const struct bill_single *in, int64_t *bill_id)
{
    struct where w;
    struct bill b;
    int64_t item = 0;
    int32_t today = clock_day(cx->now), due = clock_day_add(today, in->due_days);
    *bill_id = id_new();
    enum err e = find_room(cx, in->room_id, &w);
    if (!e)
        e = find_item(cx, in, &item);
    if (!e)
        e = db_exec(cx, &q_bill,
                    ARGS(I64(*bill_id), I64(cx->who.company_id), I64(cx->who.project_id), I64(in->room_id),
                         I64(w.payer_id), TXT(w.payer), TXT(w.room), I64(today), I64(due), I64(in->amount_fen),
                         I64(cx->now)),
                    NULL);
    if (!e) /* about itself: a repair done again on the same day is another charge */
        e = db_exec(cx, &q_line,
                    ARGS(I64(*bill_id), I64(cx->who.company_id), I64(item), I64(in->room_id), I64(*bill_id),
                         TXT(in->name), I64(today), I64(in->amount_fen), TXT(in->snapshot)),
                    NULL);
    if (!e)
        e = db_one(cx, &q_get, ARGS(I64(*bill_id)), bill_row, &b);
    if (!e)
        e = bill_publish(cx, &b, today);
    return e ? e : audit_add(cx, "bill.single", "bill", *bill_id, NULL, NULL);
}
