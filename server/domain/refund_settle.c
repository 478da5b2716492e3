/* refund_settle.c - what a refund does when the money is gone. SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "domain/ledger.h"
#include "domain/outbox.h"
#include "domain/refund_int.h"

STMT(q_parts, "refund.parts",
     "SELECT x.bill_id, b.room_id, b.payer_id, x.amount_fen, x.late_fen FROM refund_bill x JOIN bill b ON b.id = "
     "x.bill_id"
     " WHERE x.refund_id = $1 ORDER BY x.bill_id");
STMT(q_back, "refund.back", "UPDATE payment SET back_fen = back_fen + $2 WHERE id = $1");
STMT(q_returned, "refund.returned", "UPDATE channel_txn SET use = 'returned' WHERE id = $1 AND use = 'suspense'");
STMT(q_drop, "refund.drop_parts", "DELETE FROM refund_bill WHERE refund_id = $1");
STMT(q_part, "refund.part_anew",
     "INSERT INTO refund_bill(refund_id, bill_id, company_id, amount_fen, late_fen) VALUES ($1, $2, $3, $4, $5)");
STMT(q_left, "refund.left_now", "SELECT amount_fen - back_fen FROM payment WHERE id = $1 AND company_id = $2");

struct shares {
    struct share v[PAYMENT_BILLS];
    size_t n;
};

bool refund_possible(struct ctx *cx, const struct refund *r, enum err *e)
{
    int64_t left = r->amount_fen;
    *e = r->payment_id ? db_i64(cx, &q_left, ARGS(I64(r->payment_id), I64(cx->who.company_id)), &left, NULL) : OK;
    return *e == OK && left >= r->amount_fen;
}

/* ---- the parts, as reserved; or anew, when the reservation was lost in the meantime (closed, then paid back after all) */

static bool fits(const struct shares *parts, const struct share *have, size_t n)
{
    for (size_t i = 0; i < parts->n; i++) {
        size_t k = 0;
        while (k < n && have[k].bill_id != parts->v[i].bill_id)
            k++;
        if (k == n || have[k].fen < parts->v[i].fen || have[k].late_fen < parts->v[i].late_fen)
            return false;
    }
    return true;
}

/* Last bill first, the late fee before the principal. */
static void split_anew(struct shares *parts, const struct share *have, size_t n)
{
    int64_t want = 0;
    for (size_t i = 0; i < parts->n; i++)
        want += parts->v[i].fen + parts->v[i].late_fen;
    parts->n = 0;
    for (size_t k = n; k-- > 0 && want > 0;) {
        struct share s = have[k];
        s.late_fen = s.late_fen < want ? s.late_fen : want;
        want -= s.late_fen;
        s.fen = s.fen < want ? s.fen : want;
        want -= s.fen;
        parts->v[parts->n++] = s;
    }
}

static enum err load_parts(struct ctx *cx, const struct refund *r, struct shares *parts)
{
    struct share have[PAYMENT_BILLS];
    size_t n = 0;
    struct share_list list = {parts->v, 0, PAYMENT_BILLS};
    enum err e = db_each(cx, &q_parts, ARGS(I64(r->id)), share_row, &list);
    parts->n = list.n;
    if (!e)
        e = payment_shares(cx, r->payment_id, have, PAYMENT_BILLS, &n);
    if (e || fits(parts, have, n))
        return e;
    split_anew(parts, have, n);
    e = db_exec(cx, &q_drop, ARGS(I64(r->id)), NULL);
    for (size_t i = 0; i < parts->n && !e; i++)
        e = db_exec(cx, &q_part,
                    ARGS(I64(r->id), I64(parts->v[i].bill_id), I64(cx->who.company_id), I64(parts->v[i].fen),
                         I64(parts->v[i].late_fen)),
                    NULL);
    return e;
}

/* The lines that undo a part of a payment; returns how many. */
static size_t undo_lines(const struct shares *s, int64_t amount, int64_t prepaid_room, struct ledger_line *l)
{
    size_t n = 0;
    int64_t late = 0, rest = amount;
    for (size_t i = 0; i < s->n; i++) {
        l[n++] = DR(LA_RECEIVABLE, s->v[i].room_id, s->v[i].fen);
        late += s->v[i].late_fen;
        rest -= s->v[i].fen + s->v[i].late_fen;
    }
    l[n++] = DR(LA_LATE_INCOME, 0, late);
    l[n++] = DR(LA_PREPAID, prepaid_room, rest);
    return n;
}

static enum err settle_payment(struct ctx *cx, const struct refund *r, struct ledger_line *l, size_t *n)
{
    struct shares s = {.n = 0};
    struct payment p;
    int64_t prepaid = 0;
    enum err e = payment_get(cx, r->payment_id, &p, NULL, NULL);
    if (!e)
        e = load_parts(cx, r, &s);
    for (size_t i = 0; i < s.n && !e; i++)
        e = payment_take_off(cx, r->payment_id, &s.v[i], "bill.refunded");
    if (!e)
        e = db_exec(cx, &q_back, ARGS(I64(r->payment_id), I64(r->amount_fen)), NULL);
    if (!e && p.prepaid_fen)
        e = ledger_balance(cx, r->project_id, LA_PREPAID, p.prepaid_room_id, &prepaid);
    if (e)
        return e;
    *n = undo_lines(&s, r->amount_fen, p.prepaid_room_id, l);
    if (l[*n - 1].debit_fen > prepaid)
        return cx_fail(cx, ERR_STATE, "amount_fen", "预存款已被使用", "what was prepaid has been used");
    return OK;
}

enum err refund_settle(struct ctx *cx, struct refund *r, int money, int64_t money_party, int64_t done_at)
{
    struct ledger_line l[PAYMENT_BILLS + 4];
    size_t n = 0;
    int32_t day = 0;
    enum err e = OK;
    if (r->payment_id) {
        e = settle_payment(cx, r, l, &n);
    } else {
        e = db_change_one(cx, &q_returned, ARGS(I64(r->txn_row_id)), ERR_STATE, "已退回", "sent back already");
        l[n++] = DR(LA_SUSPENSE, r->txn_row_id, r->amount_fen);
    }
    l[n++] = CR(money, money_party, r->amount_fen);
    if (!e)
        e = ledger_open_day(cx, r->project_id, clock_day(done_at), &day);
    struct ledger_entry of = {.project_id = r->project_id,
                              .ref_id = r->id,
                              .day = day,
                              .kind = "refund",
                              .ref_kind = "refund",
                              .memo = r->number};
    if (!e)
        e = ledger_post(cx, &of, l, n, &r->entry_id);
    if (e)
        return e;
    r->done_at = done_at;
    r->next_at = 0;
    e = refund_save(cx, r);
    return e || !r->payment_id ? e : outbox_add(cx, "payment.refunded", r->payment_id, 0, r->project_id, NULL);
}
