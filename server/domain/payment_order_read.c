/* payment_order_read.c - reading, saving and checking payment orders. SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "domain/merchant.h"
#include "domain/payment_order_int.h"
#include "platform/events.h"

#define COLUMNS                                                                                                        \
    "SELECT o.id, o.company_id, o.project_id, o.merchant_id, o.channel, o.scene, o.out_trade_no, o.description,"       \
    " o.amount_fen, o.state, o.payer_id, o.openid, o.created_by, o.via, o.request, o.handle, o.txn_id, o.payment_id,"  \
    " o.paid_at, o.expires_at, o.asked_at, o.tries, o.next_at, o.note, o.version, o.created_at FROM pay_order o"
STMT(q_load, "order.load", COLUMNS " WHERE o.id = $1");
STMT(q_number, "order.by_number", COLUMNS " WHERE o.company_id = $1 AND o.merchant_id = $2 AND o.out_trade_no = $3");
STMT(
    q_may_see, "order.may_see",
    "SELECT CASE WHEN o.created_by = $2 OR o.payer_id = $2"
    " OR EXISTS (SELECT 1 FROM role_grant g WHERE g.account_id = $2 AND g.company_id = $3"
    " AND g.project_id IN (0, o.project_id) AND g.role IN ('platform_admin', 'company_admin', 'manager', 'cashier', "
    "'auditor'))"
    " OR EXISTS (SELECT 1 FROM pay_order_bill x JOIN bill b ON b.id = x.bill_id JOIN binding d ON d.room_id = b.room_id"
    " JOIN room m ON m.id = b.room_id AND m.owned_from <= b.period_from"
    " WHERE x.order_id = o.id AND d.since_day <= b.period_to AND d.account_id = $2 AND d.state = 'active' AND "
    "(d.expires_at = 0 OR d.expires_at > $4))"
    " THEN 1 ELSE 0 END FROM pay_order o WHERE o.id = $1 AND o.company_id = $3");
STMT(q_holder, "order.holder", "SELECT order_id FROM pay_order_bill WHERE bill_id = $1 AND held = 1");
STMT(q_of_bills, "order.of_bills", "SELECT COUNT(*) FROM pay_order_bill WHERE order_id = $1");
STMT(q_of_room, "order.of_room",
     "SELECT COUNT(*) FROM pay_order o WHERE o.id = $1 AND o.company_id = $2 AND o.via = 'qr' AND NOT EXISTS"
     " (SELECT 1 FROM pay_order_bill x JOIN bill b ON b.id = x.bill_id WHERE x.order_id = o.id AND b.room_id <> $3)");
STMT(q_list, "order.list",
     COLUMNS " WHERE o.company_id = $1 AND o.project_id = $2 AND ($3 = '' OR o.state = $3) AND ($4 = 0 OR o.id < $4)"
             " ORDER BY o.id DESC LIMIT $5");
STMT(q_mine, "order.mine",
     COLUMNS " WHERE +o.company_id = $1 AND ((o.payer_id = $2 AND o.payer_id > 0) OR (o.created_by = $2 AND "
             "o.created_by > 0)) AND ($3 = '' OR o.state = $3)"
             " AND ($4 = 0 OR o.id < $4) ORDER BY o.id DESC LIMIT $5");
STMT(q_bills, "order.bills",
     "SELECT x.bill_id, b.room_id, b.payer_id, x.amount_fen, x.late_fen, b.room_name FROM pay_order_bill x"
     " JOIN bill b ON b.id = x.bill_id WHERE x.order_id = $1 ORDER BY b.due_day, b.id");
STMT(q_save, "order.save",
     "UPDATE pay_order SET state = $3, request = $4, handle = $5, txn_id = $6, payment_id = $7, paid_at = $8,"
     " asked_at = $9, tries = $10, next_at = $11, note = $12, version = version + 1 WHERE id = $1 AND version = $2");
STMT(q_release, "order.release", "UPDATE pay_order_bill SET held = 0 WHERE order_id = $1 AND held = 1");
STMT(q_postpone, "order.postpone",
     "UPDATE pay_order SET next_at = $2 + 60000 WHERE id = $1 AND next_at > 0 AND next_at <= $2");
STMT(q_due, "order.due", "SELECT id, next_at FROM pay_order WHERE next_at > 0 ORDER BY next_at LIMIT $1");
STMT(q_bad_order, "order.bad",
     "SELECT COALESCE(MIN(o.id), 0) FROM pay_order o WHERE (o.state IN ('paid', 'paid_late')) <> (o.payment_id <> 0)"
     " OR (o.payment_id <> 0 AND NOT EXISTS (SELECT 1 FROM payment p WHERE p.id = o.payment_id"
     " AND p.amount_fen = o.amount_fen AND p.voucher = o.txn_id AND p.order_id = o.id AND p.state = 'taken'))"
     " OR o.amount_fen <> (SELECT SUM(x.amount_fen + x.late_fen) FROM pay_order_bill x WHERE x.order_id = o.id)"
     " OR (o.state IN ('created', 'unknown', 'pending', 'closing')) <>"
     " EXISTS (SELECT 1 FROM pay_order_bill x WHERE x.order_id = o.id AND x.held = 1)");
STMT(q_bad_txn, "order.bad_txn",
     "SELECT COALESCE(MIN(t.id), 0) FROM channel_txn t WHERE (t.use = 'booked') <> (t.payment_id <> 0)"
     " OR (t.use = 'booked' AND NOT EXISTS (SELECT 1 FROM payment p WHERE p.id = t.payment_id"
     " AND p.voucher = t.txn_id AND p.amount_fen = t.amount_fen))"
     " OR (t.use <> 'booked' AND NOT EXISTS (SELECT 1 FROM ledger_entry e WHERE e.company_id = t.company_id"
     " AND e.kind = 'suspense' AND e.ref_kind = 'txn' AND e.ref_id = t.id))");
STMT(q_bad_project, "order.bad_project",
     "SELECT COALESCE(MIN(p.id), 0) FROM project p WHERE"
     " COALESCE((SELECT SUM(t.amount_fen) FROM channel_txn t WHERE t.company_id = p.company_id"
     " AND t.project_id = p.id), 0) <> COALESCE((SELECT SUM(l.debit_fen) FROM ledger_line l"
     " JOIN ledger_entry e ON e.id = l.entry_id WHERE l.company_id = p.company_id AND l.project_id = p.id"
     " AND l.account = 'channel_clearing' AND e.kind IN ('take', 'suspense')), 0)");

static enum err on_order(struct ctx *cx, const struct row *r, void *out)
{
    struct payment_order *o = out;
    int state = str_index(order_state_name, OS_COUNT, row_text(cx, r, 9));
    if (state < 0)
        return ERR_INTERNAL;
    *o = (struct payment_order){.id = row_i64(r, 0),
                                .company_id = row_i64(r, 1),
                                .project_id = row_i64(r, 2),
                                .merchant_id = row_i64(r, 3),
                                .channel = str_index(merchant_channel_name, CHANNELS, row_text(cx, r, 4)),
                                .scene = str_index(order_scene_name, 2, row_text(cx, r, 5)),
                                .out_trade_no = row_text(cx, r, 6),
                                .description = row_text(cx, r, 7),
                                .amount_fen = row_i64(r, 8),
                                .state = (enum order_state)state,
                                .payer_id = row_i64(r, 10),
                                .openid = row_text(cx, r, 11),
                                .created_by = row_i64(r, 12),
                                .via = str_index(order_via_name, 3, row_text(cx, r, 13)),
                                .request = row_text(cx, r, 14),
                                .handle = row_text(cx, r, 15),
                                .txn_id = row_text(cx, r, 16),
                                .payment_id = row_i64(r, 17),
                                .paid_at = row_i64(r, 18),
                                .expires_at = row_i64(r, 19),
                                .asked_at = row_i64(r, 20),
                                .tries = row_i64(r, 21),
                                .next_at = row_i64(r, 22),
                                .note = row_text(cx, r, 23),
                                .version = row_i64(r, 24),
                                .created_at = row_i64(r, 25)};
    return OK;
}

enum err payment_order_load(struct ctx *cx, int64_t id, struct payment_order *out)
{
    enum err e = db_one(cx, &q_load, ARGS(I64(id)), on_order, out);
    if (e)
        return e == ERR_NOT_FOUND ? cx_fail(cx, e, "id", "支付单不存在", "no such payment order") : e;
    cx->who.company_id = out->company_id;
    return OK;
}

enum err payment_order_get(struct ctx *cx, int64_t id, struct payment_order *out)
{
    int64_t may = 0;
    enum err e =
        db_i64(cx, &q_may_see, ARGS(I64(id), I64(cx->who.id), I64(cx->who.company_id), I64(cx->now)), &may, NULL);
    if (!e && !may)
        e = cx_fail(cx, ERR_NOT_FOUND, "id", "支付单不存在", "no such payment order");
    return e ? e : payment_order_load(cx, id, out);
}

enum err payment_order_same(struct ctx *cx, const struct payment_order_in *in, struct payment_order *out)
{
    int64_t id = 0, bills = 0;
    for (size_t i = 0; i < in->nbills; i++) {
        int64_t one = 0;
        enum err e = db_i64(cx, &q_holder, ARGS(I64(in->bills[i])), &one, NULL);
        if (e)
            return e;
        if (!one || (id && one != id))
            return ERR_NOT_FOUND;
        id = one;
    }
    enum err e = id ? db_i64(cx, &q_of_bills, ARGS(I64(id)), &bills, NULL) : ERR_NOT_FOUND;
    if (!e)
        e = payment_order_of_room(cx, id, in->room_id, out);
    bool same = !e && bills == (int64_t)in->nbills && out->channel == in->channel && out->scene == in->scene &&
                out->state != OS_CLOSING && cx->now < out->expires_at - MINUTE_MS;
    return e || same ? e : ERR_NOT_FOUND;
}

enum err payment_order_of_room(struct ctx *cx, int64_t id, int64_t room_id, struct payment_order *out)
{
    int64_t n = 0;
    enum err e = db_i64(cx, &q_of_room, ARGS(I64(id), I64(cx->who.company_id), I64(room_id)), &n, NULL);
    if (!e && !n)
        e = cx_fail(cx, ERR_NOT_FOUND, "id", "支付单不存在", "no such payment order");
    return e ? e : payment_order_load(cx, id, out);
}

enum err payment_order_by_number(struct ctx *cx, int64_t merchant_id, const char *out_trade_no,
                                 struct payment_order *out)
{
    return db_one(cx, &q_number, ARGS(I64(cx->who.company_id), I64(merchant_id), TXT(out_trade_no)), on_order, out);
}

struct listing {
    payment_order_fn *fn;
    void *arg;
};

static enum err on_listed(struct ctx *cx, const struct row *r, void *out)
{
    struct listing *l = out;
    struct payment_order o;
    enum err e = on_order(cx, r, &o);
    if (!e)
        l->fn(l->arg, &o);
    return e;
}

enum err payment_order_list(struct ctx *cx, bool mine, const char *state, int64_t before, int64_t limit,
                            payment_order_fn *fn, void *arg)
{
    struct listing l = {fn, arg};
    return db_each(cx, mine ? &q_mine : &q_list,
                   ARGS(I64(cx->who.company_id), I64(mine ? cx->who.id : cx->who.project_id), TXT(state ? state : ""),
                        I64(before), I64(limit)),
                   on_listed, &l);
}

struct bills {
    payment_order_bill_fn *fn;
    void *arg;
};

static enum err on_bill(struct ctx *cx, const struct row *r, void *out)
{
    struct bills *b = out;
    b->fn(b->arg, row_i64(r, 0), row_text(cx, r, 5), row_i64(r, 3), row_i64(r, 4));
    return OK;
}

enum err payment_order_bills(struct ctx *cx, int64_t id, payment_order_bill_fn *fn, void *arg)
{
    struct bills b = {fn, arg};
    return db_each(cx, &q_bills, ARGS(I64(id)), on_bill, &b);
}

enum err order_shares(struct ctx *cx, int64_t id, struct share *v, size_t max, size_t *n)
{
    struct share_list l = {v, 0, max};
    enum err e = db_each(cx, &q_bills, ARGS(I64(id)), share_row, &l);
    *n = l.n;
    return e;
}

static void tell(struct ctx *cx, const struct payment_order *o)
{
    const char *payment = o->payment_id ? arena_printf(cx->arena, "\"%lld\"", (long long)o->payment_id) : "null";
    const char *data =
        arena_printf(cx->arena, "{\"order_id\":\"%lld\",\"state\":\"%s\",\"amount_fen\":%lld,\"payment_id\":%s}",
                     (long long)o->id, order_state_name[o->state], (long long)o->amount_fen, payment);
    cx_emit(cx, topic_pay(cx, o->id), "pay.status", data);
    if (o->payer_id)
        cx_emit(cx, topic_user(cx, o->payer_id), "pay.status", data);
    if (o->created_by && o->created_by != o->payer_id)
        cx_emit(cx, topic_user(cx, o->created_by), "pay.status", data);
    cx_emit(cx, topic_board(cx, o->project_id), "pay.status", data);
}

enum err order_save(struct ctx *cx, struct payment_order *o)
{
    struct payment_order was;
    enum err e = payment_order_load(cx, o->id, &was);
    if (!e)
        e = db_change_one(cx, &q_save,
                          ARGS(I64(o->id), I64(o->version), TXT(order_state_name[o->state]), TXT(o->request),
                               TXT(o->handle), TXT(o->txn_id), I64(o->payment_id), I64(o->paid_at), I64(o->asked_at),
                               I64(o->tries), I64(o->next_at), TXT(o->note)),
                          ERR_CONFLICT, "支付单已变化,请刷新", "changed meanwhile; reload it");
    if (e)
        return e;
    o->version++;
    if (was.state != o->state)
        tell(cx, o);
    return OK;
}

enum err order_release(struct ctx *cx, int64_t id)
{
    return db_exec(cx, &q_release, ARGS(I64(id)), NULL);
}

enum err payment_order_postpone(struct ctx *cx, int64_t id)
{
    return db_exec(cx, &q_postpone, ARGS(I64(id), I64(cx->now)), NULL);
}

enum err payment_order_due(struct ctx *cx, int64_t *ids, size_t max, size_t *n, int64_t *next)
{
    return db_due(cx, &q_due, ids, max, n, next);
}

enum err payment_order_verify(struct ctx *cx, struct order_faults *out)
{
    enum err e = db_i64(cx, &q_bad_order, NO_ARGS, &out->order, NULL);
    if (!e)
        e = db_i64(cx, &q_bad_txn, NO_ARGS, &out->txn, NULL);
    return e ? e : db_i64(cx, &q_bad_project, NO_ARGS, &out->project, NULL);
}
