/* notice_home.c - the numbers of the home page, each by one statement and only for whom they are. SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "domain/notice_int.h"

#define UNREAD_MS (180 * DAY_MS) /* what nobody has read by then does not wait any more */

#define MY_ROOMS                                                                                                       \
    "(SELECT d.room_id FROM binding d WHERE d.account_id = $2 AND +d.company_id = $1 AND d.state = 'active'"           \
    " AND (d.expires_at = 0 OR d.expires_at > $3))"
STMT(q_notices, "home.notices",
     "SELECT COUNT(*) FROM notice n WHERE n.company_id = $1 AND n.state = 'published' AND n.published_at > $4"
     " AND (n.expire_at = 0 OR n.expire_at > $3) AND NOT EXISTS (SELECT 1 FROM notice_read r WHERE r.notice_id = n.id"
     " AND r.account_id = $2) AND " NOTICE_REACHES("$2", "$3"));
STMT(q_messages, "home.messages", "SELECT COUNT(*) FROM notification WHERE account_id = $1 AND read_at = 0");
/* The bills that bill.list_mine shows: neither a former owner's nor, to a tenant, the landlord's. */
#define OPEN(b) b ".state IN ('published', 'partial')"
STMT(q_due, "home.due",
     "SELECT CAST(COALESCE(SUM(b.amount_fen - b.paid_fen + b.late_fen - b.late_paid_fen), 0) AS BIGINT), COUNT(*) FROM "
     "bill b WHERE +b.company_id = $1 AND " OPEN(
         "b") " AND b.id IN (SELECT x.id FROM binding d JOIN room m ON"
              " m.id = d.room_id JOIN bill x ON +x.company_id = $1 AND x.room_id = d.room_id WHERE d.account_id = $2"
              " AND d.company_id = $1 AND d.state = 'active' AND (d.expires_at = 0 OR d.expires_at > $3)"
              " AND x.period_from >= m.owned_from AND x.period_to >= d.since_day AND " OPEN(
                  "x") " UNION SELECT y.id FROM bill y WHERE y.payer_id = $2 AND y.payer_id > 0 AND " OPEN("y") ")");
STMT(q_repairs, "home.repairs",
     "SELECT COUNT(*), 0 FROM repair r WHERE +r.company_id = $1 AND r.closed_at = 0 AND (r.room_id IN " MY_ROOMS
     " OR (r.room_id IS NULL AND r.reporter_id = $2))");
STMT(q_complaints, "home.complaints",
     "SELECT COUNT(*), 0 FROM complaint WHERE +company_id = $1 AND reporter_id = $2 AND reporter_id > 0 AND closed_at "
     "= 0 AND $3 > 0");
STMT(
    q_jobs, "home.jobs",
    "SELECT (SELECT COUNT(*) FROM repair WHERE +company_id = $1 AND holder_id = $2 AND state IN ('assigned', "
    "'en_route',"
    " 'arrived', 'in_repair', 'on_hold')), (SELECT COUNT(*) FROM repair_offer WHERE account_id = $2 AND state = 'open' "
    "AND"
    " expires_at > $3)");
STMT(q_assigned, "home.assigned",
     "SELECT COUNT(*), 0 FROM complaint WHERE +company_id = $1 AND handler_id = $2 AND handler_id > 0 AND state IN "
     "('assigned', "
     "'in_progress')"
     " AND $3 > 0");
STMT(q_money, "home.money",
     "SELECT (SELECT COUNT(*) FROM bill_run WHERE company_id = $1 AND project_id = $2 AND state IN ('ready', "
     "'submitted')),"
     " (SELECT COUNT(*) FROM fee_request WHERE company_id = $1 AND project_id = $2 AND state = 'requested')");
STMT(q_people, "home.people",
     "SELECT (SELECT COUNT(*) FROM refund WHERE company_id = $1 AND project_id = $2 AND state = 'requested'),"
     " (SELECT COUNT(*) FROM binding WHERE company_id = $1 AND project_id = $2 AND state = 'applied')");
STMT(q_desk_complaints, "home.desk_complaints",
     "SELECT CAST(COALESCE(SUM(CASE WHEN state IN ('new', 'classified', 'reopened') THEN 1 ELSE 0 END), 0) AS BIGINT),"
     " CAST(COALESCE(SUM(CASE WHEN resolved_at = 0 AND due_at < $3 THEN 1 ELSE 0 END), 0) AS BIGINT)"
     " FROM complaint WHERE company_id = $1 AND project_id = $2 AND closed_at = 0");
STMT(q_desk_repairs, "home.desk_repairs",
     "SELECT CAST(COALESCE(SUM(CASE WHEN state IN ('new', 'queued', 'offered') THEN 1 ELSE 0 END), 0) AS BIGINT),"
     " CAST(COALESCE(SUM(CASE WHEN finished_at = 0 AND finish_due < $3 THEN 1 ELSE 0 END), 0) AS BIGINT)"
     " FROM repair WHERE company_id = $1 AND project_id = $2 AND closed_at = 0");

static enum err on_two(struct ctx *cx, const struct row *r, void *out)
{
    int64_t **v = out;
    (void)cx;
    *v[0] = row_i64(r, 0);
    if (v[1])
        *v[1] = row_i64(r, 1);
    return OK;
}

static enum err two(struct ctx *cx, const struct stmt *q, struct args a, int64_t *first, int64_t *second)
{
    int64_t *v[2] = {first, second};
    return db_one(cx, q, a, on_two, v);
}

enum err notice_home(struct ctx *cx, struct home *out)
{
    struct args mine = ARGS(I64(cx->who.company_id), I64(cx->who.id), I64(cx->now)),
                project = ARGS(I64(cx->who.company_id), I64(cx->who.project_id)),
                project_now = ARGS(I64(cx->who.company_id), I64(cx->who.project_id), I64(cx->now));
    unsigned roles = cx->who.roles;
    *out = (struct home){0};
    enum err e =
        db_i64(cx, &q_notices, ARGS(I64(cx->who.company_id), I64(cx->who.id), I64(cx->now), I64(cx->now - UNREAD_MS)),
               &out->unread_notices, NULL);
    if (!e)
        e = db_i64(cx, &q_messages, ARGS(I64(cx->who.id)), &out->unread_messages, NULL);
    if (!e && (roles & ROLES_RESIDENT)) {
        e = two(cx, &q_due, mine, &out->due_fen, &out->due_bills);
        if (!e)
            e = two(cx, &q_repairs, mine, &out->my_repairs, NULL);
        if (!e)
            e = two(cx, &q_complaints, mine, &out->my_complaints, NULL);
    }
    if (!e && (roles & ROLE_TECHNICIAN))
        e = two(cx, &q_jobs, mine, &out->jobs, &out->offers);
    if (!e && (roles & ROLES_STAFF))
        e = two(cx, &q_assigned, mine, &out->assigned_complaints, NULL);
    if (!e && (roles & ROLES_SETS)) {
        e = two(cx, &q_money, project, &out->bill_runs, &out->fee_requests);
        if (!e)
            e = two(cx, &q_people, project, &out->refunds, &out->bindings);
    }
    if (!e && (roles & (ROLES_DESK | ROLE_AUDITOR))) {
        e = two(cx, &q_desk_complaints, project_now, &out->complaints_waiting, &out->complaints_overdue);
        if (!e)
            e = two(cx, &q_desk_repairs, project_now, &out->repairs_waiting, &out->repairs_overdue);
    }
    return e;
}
