/* payment_read.c - reading payments, and checking that bills, payments, ledger and receipt numbers agree.
 * SPDX-License-Identifier: MIT */
#include "domain/payment_int.h"

#define COLUMNS                                                                                                        \
    "SELECT id, project_id, receipt_no, amount_fen, tendered_fen, entry_id, cashier_id, created_at, voided_by,"        \
    " voided_at, method, voucher, state, payer_name, reason, prepaid_fen, prepaid_room_id, rounding_fen, back_fen,"    \
    " order_id, shift_id, day FROM payment"
STMT(q_get, "payment.get", COLUMNS " WHERE id = $1 AND company_id = $2 AND project_id = $3");
#define LISTED                                                                                                         \
    COLUMNS " WHERE company_id = $1 AND project_id = $2 AND id < $3 AND day >= $5 AND day <= $6"                       \
            " AND ($7 = '' OR method = $7) AND ($8 = '' OR state = $8)"
STMT(q_list, "payment.list", LISTED " ORDER BY id DESC LIMIT $4");
STMT(q_number, "payment.by_number", LISTED " AND receipt_no = $9 ORDER BY id DESC LIMIT $4");
STMT(q_of_room, "payment.of_room",
     LISTED " AND id IN (SELECT x.payment_id FROM bill b JOIN payment_bill x ON x.bill_id = b.id WHERE b.room_id = $9"
            " UNION SELECT p.id FROM payment p WHERE p.prepaid_room_id = $9 AND p.prepaid_room_id > 0)"
            " ORDER BY id DESC LIMIT $4");
STMT(q_parts, "payment.parts",
     "SELECT p.bill_id, b.room_id, p.amount_fen, b.room_name, b.payer_name, p.late_fen, p.back_fen, p.back_late_fen,"
     " b.period_from, b.period_to FROM payment_bill p"
     " JOIN bill b ON b.id = p.bill_id WHERE p.payment_id = $1 ORDER BY p.bill_id");
STMT(q_bad_bill, "payment.bad_bill",
     "SELECT COALESCE(MIN(b.id), 0) FROM bill b WHERE b.paid_fen <> COALESCE((SELECT SUM(x.amount_fen - x.back_fen)"
     " FROM payment_bill x WHERE x.bill_id = b.id), 0)"
     " OR b.late_paid_fen <> COALESCE((SELECT SUM(x.late_fen - x.back_late_fen)"
     " FROM payment_bill x WHERE x.bill_id = b.id), 0)"
     " OR b.paid_fen > b.amount_fen OR b.late_paid_fen > b.late_fen"
     " OR (b.state = 'paid') <> (b.paid_fen = b.amount_fen AND b.late_paid_fen = b.late_fen"
     " AND b.state NOT IN ('void', 'draft') AND (b.paid_fen + b.late_paid_fen > 0 OR b.state <> 'written_off'))"
     " OR (b.state = 'void' AND b.paid_fen + b.late_paid_fen > 0)");
STMT(q_bad_payment, "payment.bad_payment",
     "SELECT COALESCE(MIN(p.id), 0) FROM payment p WHERE p.amount_fen + p.rounding_fen - p.prepaid_fen <>"
     " COALESCE((SELECT SUM(x.amount_fen + x.late_fen) FROM payment_bill x WHERE x.payment_id = p.id), 0)"
     " OR p.amount_fen + p.rounding_fen <> COALESCE((SELECT SUM(l.debit_fen)"
     " FROM ledger_line l WHERE l.entry_id = p.entry_id), 0)"
     " OR (p.state = 'void' AND EXISTS (SELECT 1 FROM payment_bill x WHERE x.payment_id = p.id"
     " AND x.amount_fen + x.late_fen <> x.back_fen + x.back_late_fen))");
STMT(q_bad_number, "payment.bad_number",
     "SELECT COALESCE(MIN(n.project_id), 0) FROM receipt_number n WHERE n.last <> (SELECT COUNT(*) FROM payment p"
     " WHERE p.company_id = n.company_id AND p.project_id = n.project_id AND p.receipt_no BETWEEN 1 AND n.last)");

static enum err on_payment(struct ctx *cx, const struct row *r, void *out)
{
    struct payment *p = out;
    *p = (struct payment){.id = row_i64(r, 0),
                          .project_id = row_i64(r, 1),
                          .receipt_no = row_i64(r, 2),
                          .amount_fen = row_i64(r, 3),
                          .tendered_fen = row_i64(r, 4),
                          .entry_id = row_i64(r, 5),
                          .cashier_id = row_i64(r, 6),
                          .created_at = row_i64(r, 7),
                          .voided_by = row_i64(r, 8),
                          .voided_at = row_i64(r, 9),
                          .method = row_text(cx, r, 10),
                          .voucher = row_text(cx, r, 11),
                          .state = row_text(cx, r, 12),
                          .payer = row_text(cx, r, 13),
                          .reason = row_text(cx, r, 14),
                          .prepaid_fen = row_i64(r, 15),
                          .prepaid_room_id = row_i64(r, 16),
                          .rounding_fen = row_i64(r, 17),
                          .back_fen = row_i64(r, 18),
                          .order_id = row_i64(r, 19),
                          .shift_id = row_i64(r, 20),
                          .day = (int32_t)row_i64(r, 21)};
    return OK;
}

struct parts {
    payment_part_fn *fn;
    void *arg;
};

static enum err on_part(struct ctx *cx, const struct row *r, void *out)
{
    struct parts *l = out;
    struct payment_part p = {.bill_id = row_i64(r, 0),
                             .room_id = row_i64(r, 1),
                             .amount_fen = row_i64(r, 2),
                             .room = row_text(cx, r, 3),
                             .payer = row_text(cx, r, 4),
                             .late_fen = row_i64(r, 5),
                             .back_fen = row_i64(r, 6),
                             .back_late_fen = row_i64(r, 7),
                             .period_from = (int32_t)row_i64(r, 8),
                             .period_to = (int32_t)row_i64(r, 9)};
    l->fn(l->arg, &p);
    return OK;
}

enum err payment_get(struct ctx *cx, int64_t id, struct payment *out, payment_part_fn *fn, void *arg)
{
    struct parts l = {fn, arg};
    enum err e = db_one(cx, &q_get, ARGS(I64(id), I64(cx->who.company_id), I64(cx->who.project_id)), on_payment, out);
    if (e == ERR_NOT_FOUND)
        return cx_fail(cx, e, "id", "收款不存在", "no such payment");
    return e || !fn ? e : db_each(cx, &q_parts, ARGS(I64(id)), on_part, &l);
}

struct listing {
    payment_fn *fn;
    void *arg;
};

static enum err on_listed(struct ctx *cx, const struct row *r, void *out)
{
    struct listing *l = out;
    struct payment p;
    enum err e = on_payment(cx, r, &p);
    l->fn(l->arg, &p);
    return e;
}

enum err payment_list(struct ctx *cx, const struct payment_filter *f, payment_fn *fn, void *arg)
{
    struct listing l = {fn, arg};
    const struct arg company = I64(cx->who.company_id), project = I64(cx->who.project_id),
                     below = I64(f->before ? f->before : INT64_MAX), most = I64(f->limit), from = I64(f->from),
                     to = I64(f->to), method = TXT(or_empty(f->method)), state = TXT(or_empty(f->state));
    if (f->receipt_no)
        return db_each(cx, &q_number, ARGS(company, project, below, most, from, to, method, state, I64(f->receipt_no)),
                       on_listed, &l);
    if (f->room_id)
        return db_each(cx, &q_of_room, ARGS(company, project, below, most, from, to, method, state, I64(f->room_id)),
                       on_listed, &l);
    return db_each(cx, &q_list, ARGS(company, project, below, most, from, to, method, state), on_listed, &l);
}

enum err payment_verify(struct ctx *cx, struct payment_faults *out)
{
    enum err e = db_i64(cx, &q_bad_bill, NO_ARGS, &out->bill, NULL);
    if (!e)
        e = db_i64(cx, &q_bad_payment, NO_ARGS, &out->payment, NULL);
    return e ? e : db_i64(cx, &q_bad_number, NO_ARGS, &out->project, NULL);
}
