/* payment_reopen.c - money of a bill that was written off goes back: what was given up stays given up, what went back is owed
 * again. The bill shrinks to what had been paid of it by lines of its own.  SPDX-License-Identifier: MIT */
#include "base/money.h"
#include "domain/ledger.h"
#include "domain/payment_int.h"

STMT(q_lines, "payment.reopen_lines",
     "SELECT l.n, CAST((SELECT SUM(x.amount_fen) FROM bill_line x WHERE x.bill_id = l.bill_id AND x.item_id = l.item_id"
     " AND x.ref_id = l.ref_id AND x.period_from = l.period_from) AS BIGINT), (SELECT MAX(x.n) FROM bill_line x"
     " WHERE x.bill_id = l.bill_id) FROM bill_line l WHERE l.bill_id = $1 AND l.kind = 'charge' ORDER BY l.n");
STMT(
    q_line, "payment.reopen_line",
    "INSERT INTO bill_line(bill_id, n, company_id, item_id, room_id, ref_id, basis_id, kind, name, income, period_from,"
    " period_to, amount_fen, snapshot) SELECT l.bill_id, $3, l.company_id, l.item_id, l.room_id, l.ref_id, l.basis_id,"
    " 'adjust', l.name, $4, l.period_from, l.period_to, $5, $6 FROM bill_line l WHERE l.bill_id = $1 AND l.n = $2");
STMT(q_open, "payment.reopen",
     "UPDATE bill SET amount_fen = paid_fen, late_waived_fen = late_waived_fen + late_fen - late_paid_fen,"
     " late_fen = late_paid_fen, state = 'paid', version = version + 1 WHERE id = $1 AND state = 'written_off'"
     " AND paid_fen + late_paid_fen > 0");

#define CHARGES 64
struct charges {
    int64_t line[CHARGES], fen[CHARGES], part[CHARGES], last;
    size_t n;
};

static enum err on_line(struct ctx *cx, const struct row *r, void *out)
{
    struct charges *c = out;
    int64_t net = row_i64(r, 1);
    (void)cx;
    c->last = row_i64(r, 2);
    if (c->n == CHARGES)
        return OK; /* what is left over falls on those before it */
    c->line[c->n] = row_i64(r, 0);
    c->fen[c->n++] = net > 0 ? net : 0;
    return OK;
}

enum err payment_reopen(struct ctx *cx, int64_t bill_id, bool *reopened)
{
    struct charges c = {.n = 0};
    struct bill b;
    *reopened = false;
    enum err e = payment_load_bill(cx, bill_id, &b);
    if (e || !str_eq(b.state, "written_off"))
        return e;
    int64_t lost = bill_open_fen(&b);
    e = db_each(cx, &q_lines, ARGS(I64(bill_id)), on_line, &c);
    if (!e && lost > 0 && (!c.n || !split_fen(lost, c.fen, c.n, c.part)))
        e = cx_fail(cx, ERR_INTERNAL, NULL, "账单没有可冲减的明细", "the bill has no line to take it from");
    for (size_t i = 0; i < c.n && lost > 0 && !e; i++)
        if (c.part[i] && ++c.last)
            e = db_exec(cx, &q_line,
                        ARGS(I64(bill_id), I64(c.line[i]), I64(c.last), TXT(ledger_account_name[LA_WRITE_OFF]),
                             I64(-c.part[i]), TXT("{\"kind\":\"write_off\"}")),
                        NULL);
    *reopened = true;
    return e ? e
             : db_change_one(cx, &q_open, ARGS(I64(bill_id)), ERR_CONFLICT, "账单已变化,请刷新",
                             "changed meanwhile; reload it");
}
