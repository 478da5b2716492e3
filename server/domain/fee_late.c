/* fee_late.c - see fee_late.h. SPDX-License-Identifier: MIT */
#include "domain/fee_late.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "domain/audit.h"
#include "domain/billing_int.h"

#define MAX_PARTS    64
#define MAX_EVENTS   300 /* what the marks of fee_rules.c have room for, with the pauses */
#define MAX_PAUSES   50
#define DISPUTE_BACK 7 /* days that a letter may have taken */

#define ROWS                                                                                                           \
    "SELECT b.id, b.amount_fen - b.paid_fen, b.due_day, b.late_fen, b.late_paid_fen, b.late_waived_fen, b.version,"    \
    " b.late_from FROM bill b WHERE b.late_rated = 1"
#define NOT_HELD " AND NOT EXISTS (SELECT 1 FROM pay_order_bill o WHERE o.bill_id = b.id AND o.held = 1)"
STMT(q_due, "late.due",
     ROWS " AND b.state IN ('published', 'partial') AND b.late_day < $1" NOT_HELD
          " ORDER BY b.late_day, b.id LIMIT $2");
STMT(q_one, "late.one", ROWS " AND b.id = $1 AND b.state IN ('published', 'partial')" NOT_HELD);
STMT(q_disputed, "late.disputed", ROWS " AND b.id = $1 AND b.state IN ('published', 'partial', 'paid')" NOT_HELD);
STMT(q_parts, "late.parts",
     "SELECT CAST(SUM(l.amount_fen) AS BIGINT), s.late_rate_e6, s.late_grace_days, s.late_cap_e4 FROM bill_line l"
     " JOIN bill_basis s ON s.id = l.basis_id WHERE l.bill_id = $1"
     " GROUP BY s.late_rate_e6, s.late_grace_days, s.late_cap_e4 ORDER BY s.late_rate_e6");
STMT(q_paid, "late.paid",
     "SELECT p.day, x.amount_fen - x.back_fen, COALESCE(o.paid_at, 0) FROM payment_bill x JOIN payment p"
     " ON p.id = x.payment_id LEFT JOIN pay_order o ON o.id = p.order_id"
     " WHERE x.bill_id = $1 AND p.state = 'taken' UNION ALL"
     " SELECT q.day, -q.amount_fen, 0 FROM fee_request q WHERE q.bill_id = $1 AND q.bill_id > 0 AND q.kind = 'adjust' "
     "AND q.state = "
     "'approved'");
STMT(q_refunded, "late.refunded",
     "SELECT p.day, r.done_at, x.amount_fen, COALESCE(o.paid_at, 0) FROM refund_bill x JOIN refund r"
     " ON r.id = x.refund_id JOIN payment p ON p.id = r.payment_id LEFT JOIN pay_order o ON o.id = p.order_id WHERE "
     "x.bill_id = $1 AND r.state = 'success'");
STMT(q_pauses, "late.pauses",
     "SELECT from_day, to_day FROM bill_dispute WHERE bill_id = $1 AND upheld = 1 ORDER BY from_day");
STMT(q_set, "late.set",
     "UPDATE bill SET late_fen = $2, late_day = $3, version = version + 1,"
     " state = CASE WHEN amount_fen <> paid_fen THEN state WHEN late_paid_fen <> $2 AND state = 'paid' THEN 'partial'"
     " WHEN late_paid_fen <> $2 THEN state"
     " WHEN paid_fen + late_paid_fen > 0 THEN 'paid' ELSE 'written_off' END WHERE id = $1 AND version = $4");
STMT(q_seen, "late.seen", "UPDATE bill SET late_day = $2 WHERE id = $1 AND version = $3");
STMT(q_open, "dispute.open",
     "INSERT INTO bill_dispute(id, company_id, bill_id, from_day, reason, opened_by, created_at)"
     " VALUES ($1, $2, $3, $4, $5, $6, $7)");
STMT(q_opened, "dispute.opened",
     "SELECT opened_by FROM bill_dispute WHERE bill_id = $1 AND company_id = $2 AND to_day = 99991231");
STMT(q_close, "dispute.close",
     "UPDATE bill_dispute SET to_day = $3, outcome = $4, closed_by = $5, upheld = $6 WHERE bill_id = $1 AND company_id "
     "= $2"
     " AND to_day = 99991231");
STMT(q_overlaps, "dispute.overlaps",
     "SELECT COUNT(*) FROM bill_dispute WHERE bill_id = $1 AND to_day >= $2 AND upheld = 1");
STMT(q_list, "dispute.list",
     "SELECT id, opened_by, closed_by, created_at, from_day, to_day, reason, outcome, upheld FROM bill_dispute"
     " WHERE bill_id = $1 AND company_id = $2 ORDER BY from_day");

struct late_row {
    int64_t id, unpaid, late, late_paid, waived, version;
    int32_t due;
};
struct rows {
    struct late_row *v;
    size_t n;
};

static enum err on_bill(struct ctx *cx, const struct row *r, void *out)
{
    struct rows *l = out;
    int32_t due = (int32_t)row_i64(r, 2), from = (int32_t)row_i64(r, 7);
    (void)cx;
    from = from ? clock_day_add(from, -1) : 0; /* brought along from before: as though due only then */
    l->v[l->n++] = (struct late_row){.id = row_i64(r, 0),
                                     .unpaid = row_i64(r, 1),
                                     .due = due > from ? due : from,
                                     .late = row_i64(r, 3),
                                     .late_paid = row_i64(r, 4),
                                     .waived = row_i64(r, 5),
                                     .version = row_i64(r, 6)};
    return OK;
}

struct history {
    struct late_part part[MAX_PARTS];
    struct late_event event[MAX_EVENTS];
    struct period pause[MAX_PAUSES];
    size_t nparts, nevents, npauses;
};

static enum err on_part(struct ctx *cx, const struct row *r, void *out)
{
    struct history *h = out;
    if (h->nparts == MAX_PARTS)
        return cx_fail(cx, ERR_STATE, NULL, "账单条款过多", "too many terms on one bill");
    h->part[h->nparts++] = (struct late_part){
        row_i64(r, 0), {row_i64(r, 1), row_i64(r, 2), row_i64(r, 3)}
    };
    return OK;
}

static enum err add_event(struct ctx *cx, struct history *h, int32_t day, int64_t fen)
{
    if (h->nevents == MAX_EVENTS)
        return cx_fail(cx, ERR_STATE, NULL, "账单收款次数过多", "too many payments on one bill");
    h->event[h->nevents++] = (struct late_event){day, fen};
    return OK;
}

/* The day it was paid at its channel, which may be one whose books were closed when we heard of it. */
static int32_t paid_day(const struct row *r, int paid_at)
{
    return row_i64(r, paid_at) ? clock_day(row_i64(r, paid_at)) : (int32_t)row_i64(r, 0);
}

static enum err on_paid(struct ctx *cx, const struct row *r, void *out)
{
    return add_event(cx, out, paid_day(r, 2), row_i64(r, 1));
}

/* Paid on one day, gone again on another: in between it was not owed. */
static enum err on_refunded(struct ctx *cx, const struct row *r, void *out)
{
    enum err e = add_event(cx, out, paid_day(r, 3), row_i64(r, 2));
    return e ? e : add_event(cx, out, clock_day(row_i64(r, 1)), -row_i64(r, 2));
}

static enum err on_pause(struct ctx *cx, const struct row *r, void *out)
{
    struct history *h = out;
    if (h->npauses == MAX_PAUSES)
        return cx_fail(cx, ERR_STATE, NULL, "账单争议次数过多", "too many disputes about one bill");
    h->pause[h->npauses++] = (struct period){(int32_t)row_i64(r, 0), (int32_t)row_i64(r, 1)};
    return OK;
}

static enum err bring_up(struct ctx *cx, const struct late_row *b, int32_t until)
{
    struct history *h = arena_alloc(cx->arena, sizeof *h);
    const struct {
        const struct stmt *q;
        row_fn *fn;
    } parts[] = {
        {&q_parts,    on_part    },
        {&q_paid,     on_paid    },
        {&q_refunded, on_refunded},
        {&q_pauses,   on_pause   }
    };
    enum err e = OK;
    for (size_t i = 0; i < COUNT(parts) && !e; i++)
        e = db_each(cx, parts[i].q, ARGS(I64(b->id)), parts[i].fn, h);
    if (e)
        return e;
    struct late_bill l = {.part = h->part,
                          .nparts = h->nparts,
                          .event = h->event,
                          .nevents = h->nevents,
                          .pause = h->pause,
                          .npauses = h->npauses,
                          .unpaid_fen = b->unpaid,
                          .due_day = b->due};
    int64_t fen = late_accrued_fen(&l, until) - b->waived;
    fen = fen > b->late_paid ? fen : b->late_paid;
    return fen == b->late ? db_exec(cx, &q_seen, ARGS(I64(b->id), I64(until), I64(b->version)), NULL)
                          : db_exec(cx, &q_set, ARGS(I64(b->id), I64(fen), I64(until), I64(b->version)), NULL);
}

enum err late_step(struct ctx *cx, int32_t until, int64_t max, bool *more)
{
    struct rows l = {arena_alloc(cx->arena, (size_t)max * sizeof *l.v), 0};
    enum err e = db_each(cx, &q_due, ARGS(I64(until), I64(max)), on_bill, &l);
    for (size_t i = 0; i < l.n && !e; i++) {
        e = bring_up(cx, &l.v[i], until);
        if (e == ERR_STATE) { /* more history than there is room for: it must not stop the others */
            log_error("late.too_long", L_I("bill", l.v[i].id));
            e = db_exec(cx, &q_seen, ARGS(I64(l.v[i].id), I64(until), I64(l.v[i].version)), NULL);
        }
    }
    *more = (int64_t)l.n == max;
    return e;
}

static enum err refresh(struct ctx *cx, const struct stmt *q, int64_t bill_id)
{
    struct late_row row[1];
    struct rows l = {row, 0};
    enum err e = db_each(cx, q, ARGS(I64(bill_id)), on_bill, &l);
    return e || !l.n ? e : bring_up(cx, row, clock_day_add(clock_day(cx->now), -1));
}

enum err late_refresh(struct ctx *cx, int64_t bill_id)
{
    return refresh(cx, &q_one, bill_id);
}

/* ---- disputes ---- */

enum err dispute_open(struct ctx *cx, int64_t bill_id, int32_t from_day, const char *reason, int64_t *id)
{
    struct bill b;
    int64_t before = 0;
    *id = id_new();
    if (!clock_day_valid(from_day) || from_day > clock_day(cx->now))
        return cx_fail(cx, ERR_INVALID, "from_day", "日期无效或在将来", "not a day, or in the future");
    if (from_day < clock_day_add(clock_day(cx->now), -DISPUTE_BACK))
        return cx_fail(cx, ERR_INVALID, "from_day", "最多补登 7 天;更早的违约金请申请减免",
                       "seven days back at most; what is older takes a waiver, and two people");
    if (str_empty(reason))
        return cx_fail(cx, ERR_INVALID, "reason", "请填写争议原因", "say why");
    enum err e = bill_of_project(cx, bill_id, &b);
    if (!e && !str_eq(b.state, "published") && !str_eq(b.state, "partial"))
        e = cx_fail(cx, ERR_STATE, "state", "账单不在待缴状态", "the bill is not open");
    if (!e)
        e = db_i64(cx, &q_overlaps, ARGS(I64(bill_id), I64(from_day)), &before, NULL);
    if (!e && before)
        e = cx_fail(cx, ERR_STATE, "from_day", "该日期已在争议期内", "disputed on that day already");
    if (!e)
        e = db_exec(cx, &q_open,
                    ARGS(I64(*id), I64(cx->who.company_id), I64(bill_id), I64(from_day), TXT(reason), I64(cx->who.id),
                         I64(cx->now)),
                    NULL);
    if (!e)
        e = late_refresh(cx, bill_id);
    return e ? e : audit_add(cx, "bill.dispute", "bill", bill_id, NULL, reason_json(cx, reason));
}

enum err dispute_close(struct ctx *cx, int64_t bill_id, const char *outcome, bool upheld)
{
    struct bill b;
    int64_t opened_by = 0;
    if (str_empty(outcome))
        return cx_fail(cx, ERR_INVALID, "outcome", "请填写处理结果", "say what came of it");
    enum err e = bill_of_project(cx, bill_id, &b);
    if (!e)
        e = db_i64(cx, &q_opened, ARGS(I64(bill_id), I64(cx->who.company_id)), &opened_by, NULL);
    if (!e && upheld && opened_by && opened_by == cx->who.id)
        e = cx_fail(cx, ERR_FORBIDDEN, NULL, "不能认定自己登记的争议成立", "another person has to uphold it");
    if (!e && !upheld) /* what an order asks for is fixed: its bill would be paid before those days are on it */
        e = bill_not_held(cx, bill_id);
    if (!e)
        e = db_change_one(cx, &q_close,
                          ARGS(I64(bill_id), I64(cx->who.company_id), I64(clock_day(cx->now)), TXT(outcome),
                               I64(cx->who.id), I64(upheld)),
                          ERR_STATE, "账单没有进行中的争议", "the bill is not disputed");
    if (!e && !upheld) /* paid meanwhile: its days cost as well */
        e = refresh(cx, &q_disputed, bill_id);
    return e ? e : audit_add(cx, "bill.dispute_over", "bill", bill_id, NULL, reason_json(cx, outcome));
}

struct listing {
    dispute_fn *fn;
    void *arg;
    int64_t bill_id;
};

static enum err on_dispute(struct ctx *cx, const struct row *r, void *out)
{
    struct listing *l = out;
    struct dispute d = {.id = row_i64(r, 0),
                        .bill_id = l->bill_id,
                        .opened_by = row_i64(r, 1),
                        .closed_by = row_i64(r, 2),
                        .created_at = row_i64(r, 3),
                        .from_day = (int32_t)row_i64(r, 4),
                        .to_day = (int32_t)row_i64(r, 5),
                        .reason = row_text(cx, r, 6),
                        .outcome = row_text(cx, r, 7),
                        .upheld = row_i64(r, 8) != 0};
    l->fn(l->arg, &d);
    return OK;
}

enum err dispute_list(struct ctx *cx, int64_t bill_id, dispute_fn *fn, void *arg)
{
    struct listing l = {fn, arg, bill_id};
    struct bill b;
    enum err e = bill_of_project(cx, bill_id, &b);
    return e ? e : db_each(cx, &q_list, ARGS(I64(bill_id), I64(cx->who.company_id)), on_dispute, &l);
}
