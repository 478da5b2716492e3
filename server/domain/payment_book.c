/* payment_book.c - the one way money reaches bills, whatever brought it: counter, channel, prepaid account.
 * SPDX-License-Identifier: MIT */
#include "base/id.h"
#include "domain/fee_late.h"
#include "domain/ledger.h"
#include "domain/outbox.h"
#include "domain/payment_int.h"
#include "platform/events.h"
#include <stdlib.h>

STMT(q_bill, "payment.bill", "SELECT " BILL_COLUMNS BILL_FROM " WHERE b.id = $1 AND b.company_id = $2");
STMT(q_put_on, "payment.put_on",
     "UPDATE bill SET paid_fen = paid_fen + $2, late_paid_fen = late_paid_fen + $3, version = version + 1,"
     " state = CASE WHEN paid_fen + $2 = amount_fen AND late_paid_fen + $3 = late_fen THEN 'paid' ELSE 'partial' END"
     " WHERE id = $1 AND state IN ('published', 'partial') AND paid_fen + $2 <= amount_fen"
     " AND late_paid_fen + $3 <= late_fen");
STMT(q_take_off, "payment.take_off",
     "UPDATE bill SET paid_fen = paid_fen - $2, late_paid_fen = late_paid_fen - $3, version = version + 1,"
     " state = CASE WHEN paid_fen = $2 AND late_paid_fen = $3 THEN 'published' ELSE 'partial' END"
     " WHERE id = $1 AND state IN ('partial', 'paid') AND paid_fen >= $2 AND late_paid_fen >= $3");
STMT(q_part_back, "payment.part_back",
     "UPDATE payment_bill SET back_fen = back_fen + $3, back_late_fen = back_late_fen + $4"
     " WHERE payment_id = $1 AND bill_id = $2");
STMT(q_number, "payment.number",
     "INSERT INTO receipt_number(company_id, project_id, last) VALUES ($1, $2, 1)"
     " ON CONFLICT (company_id, project_id) DO UPDATE SET last = receipt_number.last + 1 RETURNING last");
STMT(q_insert, "payment.insert",
     "INSERT INTO payment(id, company_id, project_id, receipt_no, method, voucher, amount_fen, tendered_fen,"
     " prepaid_fen, prepaid_room_id, rounding_fen, payer_name, entry_id, order_id, cashier_id, day, created_at)"
     " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)");
STMT(q_insert_part, "payment.insert_part",
     "INSERT INTO payment_bill(payment_id, bill_id, company_id, amount_fen, late_fen) VALUES ($1, $2, $3, $4, $5)");
STMT(q_shares, "payment.shares",
     "SELECT p.bill_id, b.room_id, b.payer_id, p.amount_fen - p.back_fen, p.late_fen - p.back_late_fen"
     " FROM payment_bill p JOIN bill b ON b.id = p.bill_id WHERE p.payment_id = $1"
     " AND p.amount_fen + p.late_fen > p.back_fen + p.back_late_fen ORDER BY b.due_day, b.id");

enum err payment_load_bill(struct ctx *cx, int64_t bill_id, struct bill *out)
{
    return db_one(cx, &q_bill, ARGS(I64(bill_id), I64(cx->who.company_id)), bill_row, out);
}

static int older_first(const void *a, const void *b)
{
    const struct bill *x = a, *y = b;
    if (x->due_day != y->due_day)
        return x->due_day < y->due_day ? -1 : 1;
    return (x->id > y->id) - (x->id < y->id);
}

size_t payment_spread(struct bill *v, size_t n, int64_t amount, struct share *out)
{
    size_t k = 0;
    qsort(v, n, sizeof *v, older_first);
    for (size_t i = 0; i < n && amount > 0; i++) {
        int64_t open = bill_open_fen(&v[i]), late = bill_open_late_fen(&v[i]);
        int64_t fen = open < amount ? open : amount, rest = amount - fen;
        int64_t late_fen = late < rest ? late : rest;
        amount = rest - late_fen;
        if (fen + late_fen > 0)
            out[k++] = (struct share){v[i].id, v[i].room_id, v[i].payer_id, fen, late_fen};
    }
    return k;
}

static void tell(struct ctx *cx, const struct share *s, const char *event, int64_t payment)
{
    long long fen = s->fen + s->late_fen;
    if (s->payer_id)
        cx_emit(cx, topic_user(cx, s->payer_id), event,
                arena_printf(cx->arena, "{\"payment_id\":\"%lld\",\"bill_id\":\"%lld\",\"amount_fen\":%lld}",
                             (long long)payment, (long long)s->bill_id, fen));
}

static enum err post(struct ctx *cx, const struct booking *b, int64_t amount, struct payment *p)
{
    struct ledger_line l[PAYMENT_BILLS + 4];
    size_t n = 0;
    int64_t late = 0;
    struct ledger_entry of = {.project_id = b->project_id,
                              .ref_id = p->id,
                              .day = b->day,
                              .kind = "take",
                              .ref_kind = "payment",
                              .memo = b->voucher ? b->voucher : ""};
    l[n++] = DR(b->money, b->money_party, amount);
    l[n++] = DR(LA_ROUNDING, 0, b->rounding_fen);
    for (size_t i = 0; i < b->n; i++) {
        l[n++] = CR(LA_RECEIVABLE, b->share[i].room_id, b->share[i].fen);
        late += b->share[i].late_fen;
    }
    l[n++] = CR(LA_LATE_INCOME, 0, late);
    l[n++] = CR(LA_PREPAID, b->prepaid_room_id, b->prepaid_fen);
    enum err e = ledger_post(cx, &of, l, n, &p->entry_id);
    return e ? e : db_i64(cx, &q_number, ARGS(I64(cx->who.company_id), I64(b->project_id)), &p->receipt_no, NULL);
}

static enum err put_on(struct ctx *cx, int64_t payment, const struct share *s)
{
    enum err e = db_change_one(cx, &q_put_on, ARGS(I64(s->bill_id), I64(s->fen), I64(s->late_fen)), ERR_CONFLICT,
                               "账单已变化,请刷新", "changed meanwhile; reload it");
    if (!e)
        e = db_exec(cx, &q_insert_part,
                    ARGS(I64(payment), I64(s->bill_id), I64(cx->who.company_id), I64(s->fen), I64(s->late_fen)), NULL);
    tell(cx, s, "bill.paid", payment);
    return e;
}

enum err payment_book(struct ctx *cx, const struct booking *b, struct payment *out)
{
    int64_t amount = b->prepaid_fen - b->rounding_fen;
    for (size_t i = 0; i < b->n; i++)
        amount += b->share[i].fen + b->share[i].late_fen;
    int64_t tendered = b->tendered_fen ? b->tendered_fen : amount;
    *out = (struct payment){.id = id_new(), .project_id = b->project_id, .amount_fen = amount};
    if (b->n > PAYMENT_BILLS || amount <= 0)
        return cx_fail(cx, ERR_INVALID, "amount_fen", "没有可收的金额", "there is nothing to pay");
    enum err e = post(cx, b, amount, out);
    if (!e)
        e = db_exec(cx, &q_insert,
                    ARGS(I64(out->id), I64(cx->who.company_id), I64(b->project_id), I64(out->receipt_no),
                         TXT(pay_method_name[b->method]), TXT(b->voucher ? b->voucher : ""), I64(amount), I64(tendered),
                         I64(b->prepaid_fen), I64(b->prepaid_room_id), I64(b->rounding_fen),
                         TXT(b->payer ? b->payer : ""), I64(out->entry_id), I64(b->order_id), I64(b->cashier_id),
                         I64(b->day), I64(cx->now)),
                    NULL);
    if (e == ERR_EXISTS)
        return cx_fail(cx, e, "voucher", "该凭证号已收过款", "that voucher has paid already");
    for (size_t i = 0; i < b->n && !e; i++)
        e = put_on(cx, out->id, &b->share[i]);
    if (!e && b->prepaid_fen) /* it may cover bills that are open already */
        e = outbox_add(cx, "room.prepaid", b->prepaid_room_id, 0, b->project_id, NULL);
    if (!e && !b->order_id) /* of an order the channel's news is told */
        books_tell(cx, b->project_id, "payment.status", out->id, "taken");
    outbox_wake(cx, WAKE_MONEY);
    return e;
}

enum err payment_take_off(struct ctx *cx, int64_t payment_id, const struct share *s, const char *event)
{
    bool reopened = false;
    enum err e = payment_reopen(cx, s->bill_id, &reopened);
    if (!e)
        e = db_change_one(cx, &q_take_off, ARGS(I64(s->bill_id), I64(s->fen), I64(s->late_fen)), ERR_CONFLICT,
                          "账单已变化,请刷新", "changed meanwhile; reload it");
    if (!e)
        e = db_exec(cx, &q_part_back, ARGS(I64(payment_id), I64(s->bill_id), I64(s->fen), I64(s->late_fen)), NULL);
    if (!e && reopened)
        e = late_refresh(cx, s->bill_id);
    tell(cx, s, event, payment_id);
    return e;
}

enum err share_row(struct ctx *cx, const struct row *r, void *out)
{
    struct share_list *l = out;
    (void)cx;
    if (l->n == l->max)
        return ERR_INTERNAL;
    l->v[l->n++] = (struct share){row_i64(r, 0), row_i64(r, 1), row_i64(r, 2), row_i64(r, 3), row_i64(r, 4)};
    return OK;
}

enum err payment_shares(struct ctx *cx, int64_t payment_id, struct share *v, size_t max, size_t *n)
{
    struct share_list l = {v, 0, max};
    enum err e = db_each(cx, &q_shares, ARGS(I64(payment_id)), share_row, &l);
    *n = l.n;
    return e;
}
