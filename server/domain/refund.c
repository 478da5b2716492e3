/* refund.c - asking for, approving and paying out refunds. SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/id.h"
#include "domain/audit.h"
#include "domain/ledger.h"
#include "domain/outbox.h"
#include "domain/refund_int.h"

STMT(q_left, "refund.left",
     "SELECT p.amount_fen - CAST(COALESCE((SELECT SUM(r.amount_fen) FROM refund r WHERE r.payment_id = p.id"
     " AND r.state IN ('requested', 'approved', 'processing', 'abnormal', 'success')), 0) AS BIGINT)"
     " FROM payment p WHERE p.id = $1 AND p.company_id = $2");
STMT(q_free, "refund.free",
     "SELECT p.bill_id, b.room_id, b.payer_id,"
     " p.amount_fen - p.back_fen - CAST(COALESCE((SELECT SUM(x.amount_fen) FROM refund_bill x JOIN refund r"
     " ON r.id = x.refund_id WHERE x.bill_id = p.bill_id AND r.payment_id = p.payment_id"
     " AND r.state IN ('requested', 'approved', 'processing', 'abnormal')), 0) AS BIGINT),"
     " p.late_fen - p.back_late_fen - CAST(COALESCE((SELECT SUM(x.late_fen) FROM refund_bill x JOIN refund r"
     " ON r.id = x.refund_id WHERE x.bill_id = p.bill_id AND r.payment_id = p.payment_id"
     " AND r.state IN ('requested', 'approved', 'processing', 'abnormal')), 0) AS BIGINT)"
     " FROM payment_bill p JOIN bill b ON b.id = p.bill_id WHERE p.payment_id = $1 AND ($2 = 1 OR NOT EXISTS (SELECT 1"
     " FROM fee_request q WHERE q.bill_id = p.bill_id AND q.bill_id > 0 AND q.kind = 'deposit_back' AND q.state = "
     "'approved'))"
     " ORDER BY b.due_day DESC, b.id DESC");
STMT(q_insert, "refund.insert",
     "INSERT INTO refund(id, company_id, project_id, payment_id, txn_row_id, method, out_refund_no, amount_fen, reason,"
     " state, auto, maker_id, next_at, created_at)"
     " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)");
STMT(q_part, "refund.part",
     "INSERT INTO refund_bill(refund_id, bill_id, company_id, amount_fen, late_fen) VALUES ($1, $2, $3, $4, $5)");
STMT(q_txn, "refund.txn",
     "SELECT t.amount_fen, t.project_id, o.channel, (SELECT COUNT(*) FROM refund r WHERE r.txn_row_id = t.id AND "
     "r.txn_row_id > 0)"
     " FROM channel_txn t JOIN pay_order o ON o.id = t.order_id WHERE t.id = $1 AND t.company_id = $2");

struct parts {
    struct share v[PAYMENT_BILLS];
    size_t n;
    int64_t want;
};

static enum err on_free(struct ctx *cx, const struct row *r, void *out)
{
    struct parts *p = out;
    int64_t fen = row_i64(r, 3), late = row_i64(r, 4);
    (void)cx;
    /* less than nothing: a refund that was closed was paid after all, of what others had reserved; they split theirs anew */
    fen = fen > 0 ? fen : 0;
    late = late > 0 ? late : 0;
    late = late < p->want ? late : p->want;
    fen = fen < p->want - late ? fen : p->want - late;
    if (fen + late <= 0)
        return OK;
    if (p->n == PAYMENT_BILLS)
        return ERR_INTERNAL;
    p->want -= fen + late;
    p->v[p->n++] = (struct share){row_i64(r, 0), row_i64(r, 1), row_i64(r, 2), fen, late};
    return OK;
}

/* A deposit that went back does not go back once more, unless the channel has done it already (automatic). */
static enum err reserve(struct ctx *cx, const struct refund *r, const struct payment *p)
{
    struct parts parts = {.want = r->amount_fen};
    int64_t prepaid = 0;
    enum err e = db_each(cx, &q_free, ARGS(I64(r->payment_id), I64(r->automatic)), on_free, &parts);
    if (!e && parts.want > 0) { /* what no bill holds lies on the prepaid account */
        e = ledger_balance(cx, p->project_id, LA_PREPAID, p->prepaid_room_id, &prepaid);
        if (!e && (parts.want > p->prepaid_fen || parts.want > prepaid))
            e = cx_fail(cx, ERR_STATE, "amount_fen", "预存款已被使用,或押金已退还",
                        "what was prepaid has been used, or the deposit has gone back");
    }
    for (size_t i = 0; i < parts.n && !e; i++)
        e = db_exec(cx, &q_part,
                    ARGS(I64(r->id), I64(parts.v[i].bill_id), I64(cx->who.company_id), I64(parts.v[i].fen),
                         I64(parts.v[i].late_fen)),
                    NULL);
    return e;
}

static enum err insert(struct ctx *cx, const struct refund *r, enum refund_state state)
{
    return db_exec(cx, &q_insert,
                   ARGS(I64(r->id), I64(cx->who.company_id), I64(r->project_id), I64(r->payment_id), I64(r->txn_row_id),
                        TXT(r->method), TXT(r->number), I64(r->amount_fen), TXT(r->reason),
                        TXT(refund_state_name[state]), I64(r->automatic), I64(cx->who.id), I64(r->next_at),
                        I64(cx->now)),
                   NULL);
}

enum err refund_insert(struct ctx *cx, struct refund *r, enum refund_state state)
{
    struct payment p;
    int64_t left = 0;
    enum err e = payment_get(cx, r->payment_id, &p, NULL, NULL);
    if (!e && !str_eq(p.state, "taken"))
        e = cx_fail(cx, ERR_STATE, "state", "该收款已作废", "that payment is void");
    if (!e)
        e = db_i64(cx, &q_left, ARGS(I64(p.id), I64(cx->who.company_id)), &left, NULL);
    if (!e && (r->amount_fen <= 0 || r->amount_fen > left))
        e = cx_fail(cx, ERR_INVALID, "amount_fen", "最多可退 %lld 分", "%lld fen can be given back at most",
                    (long long)left);
    if (e)
        return e;
    r->project_id = p.project_id;
    r->method = p.method;
    e = insert(cx, r, state);
    return e ? e : reserve(cx, r, &p);
}

enum err refund_request(struct ctx *cx, int64_t payment_id, int64_t amount_fen, const char *reason, struct refund *out)
{
    int64_t id = id_new();
    struct refund r = {.id = id,
                       .payment_id = payment_id,
                       .amount_fen = amount_fen,
                       .reason = reason,
                       .number = arena_printf(cx->arena, "RF%016lld", (long long)id)};
    enum err e = refund_insert(cx, &r, RFS_REQUESTED);
    if (!e)
        e = audit_add(cx, "refund.request", "refund", id, NULL,
                      arena_printf(cx->arena, "{\"amount_fen\":%lld}", (long long)amount_fen));
    return e ? e : refund_get(cx, id, out);
}

static bool by_channel(const struct refund *r)
{
    return r->merchant_id != 0;
}

enum err refund_decide(struct ctx *cx, int64_t id, bool approve, const char *reason, struct refund *out)
{
    enum err e = refund_get(cx, id, out);
    if (!e && out->maker_id == cx->who.id)
        e = cx_fail(cx, ERR_FORBIDDEN, NULL, "申请人不能审批自己的退款", "who asked for it must not approve it");
    if (!e && !approve && str_empty(reason))
        e = cx_fail(cx, ERR_INVALID, "reason", "请填写驳回原因", "say why");
    if (!e && out->state == RFS_APPROVED && by_channel(out))
        e = cx_fail(cx, ERR_STATE, "state", "渠道退款审批后不能撤回", "a channel may have been asked for it already");
    if (!e)
        e = refund_step(cx, out, approve ? RFE_APPROVE : RFE_REJECT);
    if (e)
        return e;
    out->checker_id = cx->who.id;
    out->note = reason ? reason : "";
    out->next_at = approve && by_channel(out) ? cx->now : 0;
    outbox_wake(cx, WAKE_PAY);
    e = refund_save(cx, out);
    return e ? e : audit_add(cx, approve ? "refund.approve" : "refund.reject", "refund", id, NULL, NULL);
}

enum err refund_pay_out(struct ctx *cx, int64_t id, const char *voucher, struct refund *out)
{
    enum err e = refund_get(cx, id, out);
    if (!e && by_channel(out))
        e = cx_fail(cx, ERR_STATE, "method", "线上收款原路退回,不在柜台支付",
                    "what came through a channel goes back through it");
    if (!e)
        e = refund_step(cx, out, RFE_PAY_OUT);
    if (e)
        return e;
    bool cash = str_eq(out->method, "cash"), prepaid = str_eq(out->method, "prepaid");
    if ((cash || prepaid) != str_empty(voucher))
        return cx_fail(cx, ERR_INVALID, "voucher", cash || prepaid ? "该方式没有凭证号" : "请填写凭证号",
                       cash || prepaid ? "this method has no voucher" : "the voucher number is missing");
    out->voucher = voucher ? voucher : "";
    struct share s[PAYMENT_BILLS];
    size_t n = 0;
    if (prepaid) /* all of one room */
        e = payment_shares(cx, out->payment_id, s, PAYMENT_BILLS, &n);
    if (!e && prepaid && !n)
        e = cx_fail(cx, ERR_STATE, "state", "该收款没有可退的部分", "nothing of that payment is left");
    out->checker_id = out->checker_id ? out->checker_id : cx->who.id;
    if (!e)
        e = refund_settle(cx, out,
                          cash      ? LA_CASH
                          : prepaid ? LA_PREPAID
                                    : LA_BANK,
                          cash      ? cx->who.id
                          : prepaid ? s[0].room_id
                                    : 0,
                          cx->now);
    return e ? e : audit_add(cx, "refund.pay_out", "refund", id, NULL, NULL);
}

struct txn {
    int64_t amount, project, refunds;
    const char *channel;
};

static enum err on_txn(struct ctx *cx, const struct row *r, void *out)
{
    *(struct txn *)out = (struct txn){row_i64(r, 0), row_i64(r, 1), row_i64(r, 3), row_text(cx, r, 2)};
    return OK;
}

enum err refund_suspense(struct ctx *cx, int64_t txn_row_id)
{
    struct txn t;
    enum err e = db_one(cx, &q_txn, ARGS(I64(txn_row_id), I64(cx->who.company_id)), on_txn, &t);
    if (e || t.refunds)
        return e;
    struct refund r = {.id = id_new(),
                       .project_id = t.project,
                       .txn_row_id = txn_row_id,
                       .method = t.channel,
                       .amount_fen = t.amount,
                       .reason = "重复支付退回",
                       .automatic = true,
                       .next_at = cx->now,
                       .number = arena_printf(cx->arena, "DP%016lld", (long long)txn_row_id)};
    outbox_wake(cx, WAKE_PAY);
    return insert(cx, &r, RFS_APPROVED);
}
