/* repair_bill.c - see repair_bill.h. SPDX-License-Identifier: MIT */
#include "domain/repair_bill.h"
#include "base/json.h"
#include "base/money.h"
#include "domain/billing.h"
#include "domain/finance.h"
#include "domain/repair_int.h"
#include "platform/store/db.h"

#define DUE_DAYS 7

STMT(q_made, "repair_bill.made", "SELECT bill_id FROM repair_bill WHERE repair_id = $1 AND version = $2");
STMT(q_add, "repair_bill.add",
     "INSERT INTO repair_bill(repair_id, version, company_id, project_id, bill_id) VALUES ($1, $2, $3, $4, $5)");
STMT(q_due, "repair_bill.due",
     "SELECT x.bill_id FROM repair_bill x JOIN bill b ON b.id = x.bill_id JOIN repair r ON r.id = x.repair_id"
     " WHERE x.open = 1 AND (b.state IN ('paid', 'void', 'written_off')"
     " OR (r.state <> 'await_pay' AND b.state = 'partial' AND x.told = 0)"
     " OR (r.state <> 'await_pay' AND b.state = 'published'"
     " AND NOT EXISTS (SELECT 1 FROM pay_order_bill h WHERE h.bill_id = b.id AND h.held = 1))) ORDER BY x.bill_id "
     "LIMIT $1");
STMT(q_get, "repair_bill.get",
     "SELECT x.repair_id, x.company_id, x.project_id, b.state, r.state FROM repair_bill x JOIN bill b ON b.id = "
     "x.bill_id"
     " JOIN repair r ON r.id = x.repair_id WHERE x.bill_id = $1 AND x.open = 1");
STMT(q_told, "repair_bill.told", "UPDATE repair_bill SET told = 1 WHERE bill_id = $1");
STMT(q_kept, "repair_bill.kept",
     "SELECT CAST(COALESCE(SUM(b.paid_fen), 0) AS BIGINT) FROM repair_bill x JOIN bill b ON b.id = x.bill_id"
     " WHERE x.repair_id = $1");
STMT(q_done, "repair_bill.done", "UPDATE repair_bill SET open = 0 WHERE bill_id = $1");

static enum err no_room(struct ctx *cx, const struct repair *r)
{
    struct finance_alarm a = {.project_id = r->project_id,
                              .kind = "repair_without_room",
                              .dedup = arena_printf(cx->arena, "repair:%lld", (long long)r->id),
                              .text = arena_printf(cx->arena, "收费工单 %s 没有房间,无法出账", r->number),
                              .ref_kind = "repair",
                              .ref_id = r->id};
    return finance_alarm_add(cx, &a);
}

static const char *explain(struct ctx *cx, const struct repair *r)
{
    struct jw w;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    kv_str(&w, "kind", "repair");
    kv_str(&w, "number", r->number);
    kv_id(&w, "repair_id", r->id);
    kv_int(&w, "amount_fen", r->charge_fen);
    jw_end(&w);
    return jw_text(&w);
}

enum err repair_bill_make(struct ctx *cx, int64_t repair_id, int64_t version)
{
    struct repair r = {.id = 0};
    int64_t bill = 0;
    bool made = false;
    enum err e = db_i64(cx, &q_made, ARGS(I64(repair_id), I64(version)), &bill, &made);
    if (!e && !made)
        e = repair_load(cx, repair_id, &r);
    if (e || made || r.state != RS_AWAIT_PAY || r.charge_fen <= 0)
        return e;
    cx->who.company_id = r.company_id;
    cx->who.project_id = r.project_id;
    if (!r.room_id)
        return no_room(cx, &r);
    struct bill_single in = {.room_id = r.room_id,
                             .amount_fen = r.charge_fen,
                             .code = "REPAIR",
                             .name = "维修费",
                             .snapshot = explain(cx, &r),
                             .due_days = DUE_DAYS};
    e = bill_single(cx, &in, &bill);
    return e ? e
             : db_exec(cx, &q_add, ARGS(I64(repair_id), I64(version), I64(r.company_id), I64(r.project_id), I64(bill)),
                       NULL);
}

enum err repair_bill_due(struct ctx *cx, int64_t *bill_ids, size_t max, size_t *n)
{
    return db_ids(cx, &q_due, ARGS(I64(max)), bill_ids, max, n);
}

struct link {
    int64_t repair_id, company_id, project_id;
    const char *bill, *repair;
};

static enum err on_link(struct ctx *cx, const struct row *r, void *out)
{
    *(struct link *)out =
        (struct link){row_i64(r, 0), row_i64(r, 1), row_i64(r, 2), row_text(cx, r, 3), row_text(cx, r, 4)};
    return OK;
}

enum err repair_bill_kept(struct ctx *cx, const struct repair *r)
{
    int64_t paid = 0;
    char yuan[32];
    enum err e = db_i64(cx, &q_kept, ARGS(I64(r->id)), &paid, NULL);
    if (e || !paid)
        return e;
    struct finance_alarm a = {.project_id = r->project_id,
                              .kind = "repair_kept",
                              .dedup = arena_printf(cx->arena, "repair_kept:%lld", (long long)r->id),
                              .text = arena_printf(cx->arena, "工单 %s 已减免或作废,但已收 %s 元,请退款或核销余额",
                                                   r->number, fen_format(paid, yuan)),
                              .ref_kind = "repair",
                              .ref_id = r->id};
    return finance_alarm_add(cx, &a);
}

/* Paid, wholly or in part, for an order that asks for nothing any more. */
static enum err kept(struct ctx *cx, int64_t repair_id)
{
    struct repair r;
    enum err e = repair_load(cx, repair_id, &r);
    return e ? e : repair_bill_kept(cx, &r);
}

enum err repair_bill_settle(struct ctx *cx, int64_t bill_id)
{
    struct link l;
    enum err e = db_one(cx, &q_get, ARGS(I64(bill_id)), on_link, &l);
    if (e)
        return e == ERR_NOT_FOUND ? OK : e;
    const bool waits = str_eq(l.repair, "await_pay");
    cx->who = (struct actor){.company_id = l.company_id, .project_id = l.project_id};
    if (str_eq(l.bill, "partial")) { /* the rest is for the books to write off */
        e = waits ? OK : kept(cx, l.repair_id);
        return e || waits ? e : db_exec(cx, &q_told, ARGS(I64(bill_id)), NULL);
    }
    if (str_eq(l.bill, "paid"))
        e = waits ? repair_paid(cx, l.repair_id) : kept(cx, l.repair_id);
    else if (str_eq(l.bill, "published"))
        e = waits ? ERR_STATE : bill_single_void(cx, bill_id);
    else if (waits)
        e = repair_unbilled(cx, l.repair_id);
    return e ? e : db_exec(cx, &q_done, ARGS(I64(bill_id)), NULL);
}
