/* billing_verify.c - what must be true of every bill, whatever happened to it. SPDX-License-Identifier: MIT */
#include "domain/billing_check.h"
#include "domain/billing_int.h"

STMT(q_sum, "billing.verify_sum",
     "SELECT COALESCE(MIN(b.id), 0) FROM bill b WHERE EXISTS (SELECT 1 FROM bill_line l WHERE l.bill_id = b.id)"
     " AND b.amount_fen <> (SELECT SUM(l.amount_fen) FROM bill_line l WHERE l.bill_id = b.id)");
STMT(q_twice, "billing.verify_twice",
     "SELECT COALESCE(MIN(x.bill_id), 0) FROM bill_line l JOIN bill_line x ON x.company_id = l.company_id"
     " AND x.room_id = l.room_id AND x.item_id = l.item_id AND x.ref_id = l.ref_id AND x.live = 1 AND x.kind = 'charge'"
     " AND (x.bill_id > l.bill_id OR (x.bill_id = l.bill_id AND x.n > l.n)) AND x.period_from <= l.period_to"
     " AND x.period_to >= l.period_from WHERE l.live = 1 AND l.kind = 'charge'");
STMT(q_late, "billing.verify_late",
     "SELECT COALESCE(MIN(b.id), 0) FROM bill b WHERE b.late_fen < b.late_paid_fen OR b.late_waived_fen < 0"
     " OR (b.late_fen > b.late_paid_fen AND b.late_rated = 1 AND b.state IN ('published', 'partial')"
     " AND b.late_fen + b.late_waived_fen > (SELECT COALESCE(SUM(CASE WHEN g.fen > 0 THEN g.fen * g.cap / 10000 ELSE 0 "
     "END)"
     ", 0) FROM (SELECT l.bill_id AS bill_id, SUM(l.amount_fen) AS fen, s.late_cap_e4 AS cap FROM bill_line l"
     " JOIN bill_basis s ON s.id = l.basis_id WHERE s.late_rate_e6 > 0 GROUP BY l.bill_id, s.late_rate_e6,"
     " s.late_grace_days, s.late_cap_e4) g WHERE g.bill_id = b.id))");
/* Written-off bills are no longer receivable, void ones and drafts never were; the entries of a bill are that of its
 * publishing and those of its requests. */
STMT(q_published, "billing.verify_published",
     "SELECT COALESCE(MIN(b.id), 0) FROM bill b WHERE b.published_at > 0 AND b.run_id > 0"
     " AND (CASE WHEN b.state IN ('void', 'draft') THEN 0 WHEN b.state = 'written_off' THEN b.paid_fen ELSE "
     "b.amount_fen END)"
     " <> (SELECT COALESCE(SUM(l.debit_fen - l.credit_fen), 0) FROM ledger_entry e JOIN ledger_line l ON l.entry_id = "
     "e.id"
     " AND l.account = 'receivable' WHERE e.company_id = b.company_id AND e.kind IN ('publish', 'void')"
     " AND e.ref_kind = 'bill' AND e.ref_id = b.id) + (SELECT COALESCE(SUM(l.debit_fen - l.credit_fen), 0)"
     " FROM fee_request q JOIN ledger_entry e ON e.company_id = q.company_id AND e.kind IN ('adjust', 'write_off', "
     "'void')"
     " AND e.ref_kind = 'fee_request' AND e.ref_id = q.id JOIN ledger_line l ON l.entry_id = e.id"
     " AND l.account = 'receivable' WHERE q.bill_id = b.id AND q.bill_id > 0 AND q.entry_id > 0)");
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
