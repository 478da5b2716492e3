/* payment_apply.c - what the channels have proven becomes bookings: once, whoever tells it and however often.
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/id.h"
#include "domain/audit.h"
#include "domain/fee_late.h"
#include "domain/finance.h"
#include "domain/ledger.h"
#include "domain/merchant.h"
#include "domain/payment_order_int.h"
#include "domain/refund.h"
#include "platform/crypto/crypto.h"
#include "platform/events.h"

STMT(q_txn, "apply.txn", "SELECT id FROM channel_txn WHERE company_id = $1 AND merchant_id = $2 AND txn_id = $3");
STMT(q_txn_add, "apply.txn_add",
     "INSERT INTO channel_txn(id, company_id, project_id, merchant_id, order_id, txn_id, amount_fen, use, source,"
     " payment_id, paid_at, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)");
STMT(q_rivals, "apply.rivals",
     "SELECT DISTINCT r.order_id FROM pay_order_bill m JOIN pay_order_bill r ON r.bill_id = m.bill_id AND r.held = 1"
     " WHERE m.order_id = $1 AND r.order_id <> $1");
STMT(q_notice, "apply.notice",
     "INSERT INTO pay_notice(id, company_id, merchant_id, sha, body_enc, verdict, reason, out_no, created_at, last_at)"
     " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9) ON CONFLICT (company_id, merchant_id, sha)"
     " DO UPDATE SET times = pay_notice.times + 1, last_at = excluded.last_at,"
     " verdict = CASE WHEN pay_notice.verdict = 'applied' THEN 'applied' ELSE excluded.verdict END");

/* Do the bills still want all of it? A live order holds them, so only for late money the answer may be no. */
static enum err wanted(struct ctx *cx, const struct share *s, size_t n, bool *yes, const char **payer)
{
    *yes = true;
    *payer = "";
    for (size_t i = 0; i < n; i++) {
        struct bill b;
        enum err e = payment_load_bill(cx, s[i].bill_id, &b);
        if (e)
            return e;
        if (i == 0 && b.payer)
            *payer = b.payer;
        *yes = *yes && (str_eq(b.state, "published") || str_eq(b.state, "partial")) && bill_open_fen(&b) >= s[i].fen &&
               bill_open_late_fen(&b) >= s[i].late_fen;
    }
    return OK;
}

/* Other live orders for the same bills have lost: closed at their channels before somebody pays them too. */
static enum err close_rivals(struct ctx *cx, int64_t order)
{
    int64_t rival[PAYMENT_BILLS];
    size_t n = 0;
    struct payment_order o;
    enum err e = db_ids(cx, &q_rivals, ARGS(I64(order)), rival, COUNT(rival), &n);
    for (size_t i = 0; i < n && !e; i++)
        e = payment_order_closing(cx, rival[i], "paid by another order", &o);
    return e;
}

static enum err add_txn(struct ctx *cx, const struct channel_fact *f, const struct payment_order *o, int64_t row,
                        const char *use, int64_t payment)
{
    return db_exec(cx, &q_txn_add,
                   ARGS(I64(row), I64(o->company_id), I64(o->project_id), I64(o->merchant_id), I64(o->id),
                        TXT(f->txn_id), I64(f->amount_fen), TXT(use), TXT(f->source), I64(payment), I64(f->paid_at),
                        I64(cx->now)),
                   NULL);
}

static enum err book(struct ctx *cx, const struct channel_fact *f, struct payment_order *o, const struct share *s,
                     size_t n, const char *payer)
{
    struct payment p = {.id = 0};
    int32_t day = 0;
    enum err e = ledger_open_day(cx, o->project_id, clock_day(f->paid_at), &day);
    struct booking b = {.method = o->channel == CHANNEL_WECHAT ? PAY_WECHAT : PAY_ALIPAY,
                        .voucher = f->txn_id,
                        .payer = payer,
                        .project_id = o->project_id,
                        .order_id = o->id,
                        .day = day,
                        .money = LA_CLEARING,
                        .money_party = o->merchant_id,
                        .share = s,
                        .n = n};
    if (!e)
        e = payment_book(cx, &b, &p);
    if (!e)
        e = add_txn(cx, f, o, id_new(), "booked", p.id);
    if (!e)
        e = order_step(cx, o, OE_PAID);
    if (!e)
        e = order_release(cx, o->id);
    if (e)
        return e;
    o->payment_id = p.id;
    o->txn_id = f->txn_id;
    o->paid_at = f->paid_at;
    o->next_at = 0;
    e = order_save(cx, o);
    for (size_t i = 0; i < n && !e; i++) /* told late: what became late after it was paid is not owed */
        e = late_refresh(cx, s[i].bill_id);
    if (!e)
        e = close_rivals(cx, o->id);
    return e ? e
             : audit_add(cx, "order.paid", "pay_order", o->id, NULL,
                         arena_printf(cx->arena, "{\"receipt_no\":%lld,\"amount_fen\":%lld,\"source\":\"%s\"}",
                                      (long long)p.receipt_no, (long long)f->amount_fen, f->source));
}

/* Ours it is not: on the books as a debt, and on its way back. */
static enum err suspend(struct ctx *cx, const struct channel_fact *f, struct payment_order *o)
{
    int64_t row = id_new(), entry = 0;
    int32_t day = 0;
    enum err e = ledger_open_day(cx, o->project_id, clock_day(f->paid_at), &day);
    struct ledger_entry of = {.project_id = o->project_id,
                              .ref_id = row,
                              .day = day,
                              .kind = "suspense",
                              .ref_kind = "txn",
                              .memo = f->txn_id};
    const struct ledger_line l[] = {DR(LA_CLEARING, o->merchant_id, f->amount_fen),
                                    CR(LA_SUSPENSE, row, f->amount_fen)};
    struct finance_alarm alarm = {.project_id = o->project_id,
                                  .kind = "double_payment",
                                  .dedup = arena_printf(cx->arena, "suspense:%lld", (long long)row),
                                  .text = "重复或过期的支付,已自动原路退回",
                                  .ref_kind = "pay_order",
                                  .ref_id = o->id};
    if (!e)
        e = add_txn(cx, f, o, row, "suspense", 0);
    if (!e)
        e = ledger_post(cx, &of, l, COUNT(l), &entry);
    if (!e)
        e = refund_suspense(cx, row);
    if (!e)
        e = finance_alarm_add(cx, &alarm);
    if (!e && o->payer_id)
        cx_emit(cx, topic_user(cx, o->payer_id), "pay.returned",
                arena_printf(cx->arena, "{\"order_id\":\"%lld\",\"amount_fen\":%lld}", (long long)o->id,
                             (long long)f->amount_fen));
    if (e || !fsm_find(&order_fsm, o->state, OE_SENT_BACK, UINT32_MAX, NULL))
        return e;
    e = order_step(cx, o, OE_SENT_BACK);
    if (!e)
        e = order_release(cx, o->id);
    o->txn_id = f->txn_id;
    o->paid_at = f->paid_at;
    o->next_at = 0;
    return e ? e : order_save(cx, o);
}

static enum err unknown_order(struct ctx *cx, const struct channel_fact *f)
{
    struct finance_alarm alarm = {
        .kind = "unknown_order",
        .dedup = arena_printf(cx->arena, "unknown:%lld:%s", (long long)f->merchant_id, f->out_trade_no),
        .text = arena_printf(cx->arena, "收到未知订单 %s 的付款通知", f->out_trade_no),
        .ref_kind = "merchant",
        .ref_id = f->merchant_id};
    return finance_alarm_add(cx, &alarm);
}

enum err channel_fact_apply(struct ctx *cx, const struct channel_fact *f, enum fact_verdict *verdict,
                            struct payment_order *out)
{
    struct share s[PAYMENT_BILLS];
    size_t n = 0;
    int64_t row = 0;
    bool known = false, yes = false;
    const char *payer = "";
    enum err e = payment_order_by_number(cx, f->merchant_id, f->out_trade_no, out);
    if (e == ERR_NOT_FOUND) {
        *verdict = FACT_UNKNOWN_ORDER;
        return unknown_order(cx, f);
    }
    if (!e)
        e = db_i64(cx, &q_txn, ARGS(I64(cx->who.company_id), I64(f->merchant_id), TXT(f->txn_id)), &row, &known);
    if (e || known) {
        *verdict = FACT_DUPLICATE;
        return e;
    }
    cx->who.project_id = out->project_id;
    if (fsm_find(&order_fsm, out->state, OE_PAID, UINT32_MAX, NULL)) {
        e = order_shares(cx, out->id, s, PAYMENT_BILLS, &n);
        if (!e)
            e = wanted(cx, s, n, &yes, &payer);
    }
    if (e)
        return e;
    *verdict = yes ? FACT_BOOKED : FACT_SUSPENSE;
    return yes ? book(cx, f, out, s, n, payer) : suspend(cx, f, out);
}

enum err pay_notice_keep(struct ctx *cx, int64_t merchant_id, const char *body, size_t n, const char *verdict,
                         const char *reason, const char *out_no)
{
    uint8_t sha[32];
    char hex[66];
    size_t len = 0;
    sha256(body, n, sha);
    hex_encode(sha, 32, hex);
    const void *sealed =
        pii_seal(cx->arena, arena_strndup(cx->arena, body, n), arena_printf(cx->arena, "pay_notice|%s", hex), &len);
    return db_exec(cx, &q_notice,
                   ARGS(I64(id_new()), I64(cx->who.company_id), I64(merchant_id), BLOB(sha, 32), BLOB(sealed, len),
                        TXT(verdict), TXT(reason), TXT(out_no), I64(cx->now)),
                   NULL);
}
