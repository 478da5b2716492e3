/* billing_verify.c - what must be true of every bill, whatever happened to it. SPDX-License-Identifier: MIT */
#include "domain/billing_check.h"
#include "domain/billing_int.h"

/* Sets against sets, nothing a row: a store of millions of bills is checked in one pass each, whatever the planner knows. */
STMT(q_sum, "billing.verify_sum",
     "SELECT COALESCE(MIN(b.id), 0) FROM bill b JOIN (SELECT l.bill_id AS bill_id, SUM(l.amount_fen) AS fen FROM "
     "bill_line l"
     " GROUP BY l.bill_id) s ON s.bill_id = b.id WHERE s.fen <> b.amount_fen");
STMT(
    q_twice, "billing.verify_twice",
    "SELECT COALESCE(MIN(x.bill_id), 0) FROM (SELECT l.bill_id AS bill_id, l.period_from AS first, LAG(l.period_to)"
    " OVER (PARTITION BY l.company_id, l.room_id, l.item_id, l.ref_id ORDER BY l.period_from, l.bill_id, l.n) AS before"
    " FROM bill_line l WHERE l.live = 1 AND l.kind = 'charge') x WHERE x.before >= x.first");
STMT(q_late, "billing.verify_late",
     "SELECT COALESCE(MIN(b.id), 0) FROM bill b LEFT JOIN (SELECT g.bill_id AS bill_id,"
     " SUM(CASE WHEN g.fen > 0 THEN g.fen * g.cap / 10000 ELSE 0 END) AS cap FROM (SELECT l.bill_id AS bill_id,"
     " SUM(l.amount_fen) AS fen, s.late_cap_e4 AS cap FROM bill_line l JOIN bill_basis s ON s.id = l.basis_id"
     " WHERE s.late_rate_e6 > 0 GROUP BY l.bill_id, s.late_rate_e6, s.late_grace_days, s.late_cap_e4) g"
     " GROUP BY g.bill_id) c ON c.bill_id = b.id WHERE b.late_fen < b.late_paid_fen OR b.late_waived_fen < 0"
     " OR (b.late_fen > b.late_paid_fen AND b.late_rated = 1 AND b.state IN ('published', 'partial')"
     " AND b.late_fen + b.late_waived_fen > COALESCE(c.cap, 0))");
/* Written-off bills are no longer receivable, void ones and drafts never were; the entries of a bill are that of its
 * publishing and those of its requests. */
STMT(q_published, "billing.verify_published",
     "SELECT COALESCE(MIN(b.id), 0) FROM bill b LEFT JOIN (SELECT x.bill_id AS bill_id, SUM(x.fen) AS fen FROM"
     " (SELECT e.ref_id AS bill_id, l.debit_fen - l.credit_fen AS fen FROM ledger_entry e JOIN ledger_line l"
     " ON l.entry_id = e.id WHERE l.account = 'receivable' AND e.ref_kind = 'bill' AND e.kind IN ('publish', 'void')"
     " UNION ALL SELECT q.bill_id, l.debit_fen - l.credit_fen FROM fee_request q JOIN ledger_entry e ON e.ref_id = q.id"
     " AND e.ref_kind = 'fee_request' AND e.kind IN ('adjust', 'write_off', 'void') JOIN ledger_line l"
     " ON l.entry_id = e.id AND l.account = 'receivable' WHERE q.entry_id > 0) x GROUP BY x.bill_id) s"
     " ON s.bill_id = b.id WHERE b.published_at > 0 AND COALESCE(s.fen, 0) <>"
     " CASE WHEN b.state IN ('void', 'draft') THEN 0 WHEN b.state = 'written_off' THEN b.paid_fen ELSE b.amount_fen "
     "END");
STMT(q_room, "billing.verify_room",
     "SELECT COALESCE(MIN(x.room_id), 0) FROM (SELECT u.room_id AS room_id, SUM(u.fen) AS fen FROM"
     " (SELECT b.room_id AS room_id, b.amount_fen - b.paid_fen AS fen FROM bill b"
     " WHERE b.state IN ('published', 'partial', 'paid') UNION ALL SELECT l.party_id, l.credit_fen - l.debit_fen"
     " FROM ledger_line l WHERE l.account = 'receivable') u GROUP BY u.room_id) x WHERE x.fen <> 0");

enum err billing_verify(struct ctx *cx, struct billing_faults *out)
{
    const struct {
        const struct stmt *q;
        int64_t *at;
    } checks[] = {
        {&q_sum,       &out->sum      },
        {&q_twice,     &out->twice    },
        {&q_late,      &out->late     },
        {&q_published, &out->published},
        {&q_room,      &out->room     }
    };
    enum err e = OK;
    for (size_t i = 0; i < COUNT(checks) && !e; i++)
        e = db_i64(cx, checks[i].q, NO_ARGS, checks[i].at, NULL);
    return e;
}
