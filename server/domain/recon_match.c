/* recon_match.c - comparing a day both ways, and what people do about the differences. SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/id.h"
#include "base/money.h"
#include "domain/audit.h"
#include "domain/finance.h"
#include "domain/ledger.h"
#include "domain/recon.h"
#include "platform/store/db.h"

/* Every difference is one row of: kind, number, txn_id, the channel's fen, ours. $1 run, $2 merchant, $3..$4 the day in ms,
 * $5 company. A row of ours counts as found when the bill of any day has it: midnight lies differently for the two. */
STMT(q_channel_only, "recon.channel_only",
     "SELECT r.out_no, r.txn_id, r.amount_fen, 0 FROM recon_row r WHERE r.run_id = $1 AND r.kind = 'pay'"
     " AND $3 < $4 AND NOT EXISTS (SELECT 1 FROM channel_txn t WHERE t.company_id = $5 AND t.merchant_id = $2"
     " AND t.txn_id = r.txn_id)");
STMT(q_local_only, "recon.local_only",
     "SELECT o.out_trade_no, t.txn_id, 0, t.amount_fen FROM channel_txn t JOIN pay_order o ON o.id = t.order_id"
     " WHERE t.company_id = $5 AND t.merchant_id = $2 AND t.paid_at >= $3 AND t.paid_at < $4 AND $1 > 0"
     " AND NOT EXISTS (SELECT 1 FROM recon_row r JOIN recon_run n ON n.id = r.run_id WHERE n.merchant_id = $2"
     " AND r.kind = 'pay' AND r.out_no = o.out_trade_no AND r.txn_id = t.txn_id)");
STMT(q_amount, "recon.amount",
     "SELECT r.out_no, r.txn_id, r.amount_fen, t.amount_fen FROM recon_row r JOIN channel_txn t ON t.company_id = $5"
     " AND t.merchant_id = $2 AND t.txn_id = r.txn_id WHERE r.run_id = $1 AND r.kind = 'pay' AND $3 < $4"
     " AND t.amount_fen <> r.amount_fen");
STMT(q_refund_channel, "recon.refund_channel",
     "SELECT r.out_no, r.txn_id, r.amount_fen, 0 FROM recon_row r WHERE r.run_id = $1 AND r.kind = 'refund'"
     " AND $3 < $4 AND $2 > 0 AND NOT EXISTS (SELECT 1 FROM refund f WHERE f.company_id = $5"
     " AND f.out_refund_no = r.out_no AND f.state = 'success')");
#define OUR_REFUNDS                                                                                                    \
    " FROM refund f LEFT JOIN payment p ON p.id = f.payment_id LEFT JOIN channel_txn x ON x.id = f.txn_row_id"         \
    " JOIN pay_order o ON o.id = COALESCE(p.order_id, x.order_id) WHERE f.company_id = $5 AND o.merchant_id = $2"      \
    " AND f.state = 'success' AND f.done_at >= $3 AND f.done_at < $4 AND f.method IN ('wechat', 'alipay')"
STMT(q_refund_local, "recon.refund_local",
     "SELECT f.out_refund_no, o.txn_id, 0, f.amount_fen" OUR_REFUNDS
     " AND $1 > 0 AND NOT EXISTS (SELECT 1 FROM recon_row r JOIN recon_run n ON n.id = r.run_id"
     " WHERE n.merchant_id = $2 AND r.kind = 'refund' AND r.out_no = f.out_refund_no)");
STMT(q_refund_amount, "recon.refund_amount",
     "SELECT r.out_no, r.txn_id, r.amount_fen, f.amount_fen FROM recon_row r JOIN refund f ON f.company_id = $5"
     " AND f.out_refund_no = r.out_no AND f.state = 'success' WHERE r.run_id = $1 AND r.kind = 'refund' AND $2 > 0"
     " AND $3 < $4 AND f.amount_fen <> r.amount_fen");
static const struct {
    const char *kind;
    const struct stmt *q;
} tests[] = {
    {"channel_only",        &q_channel_only  },
    {"local_only",          &q_local_only    },
    {"amount",              &q_amount        },
    {"refund_channel_only", &q_refund_channel},
    {"refund_local_only",   &q_refund_local  },
    {"refund_amount",       &q_refund_amount }
};

STMT(q_gone, "recon.gone",
     "UPDATE recon_item SET state = 'auto_resolved', closed_at = $2 WHERE run_id = $1 AND state = 'open'");
STMT(q_item, "recon.item",
     "INSERT INTO recon_item(id, company_id, run_id, merchant_id, day, kind, number, txn_id, channel_fen, our_fen,"
     " created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
     " ON CONFLICT (run_id, kind, number, txn_id) DO UPDATE SET channel_fen = excluded.channel_fen,"
     " our_fen = excluded.our_fen, closed_at = CASE WHEN recon_item.state = 'auto_resolved' THEN 0"
     " ELSE recon_item.closed_at END,"
     " state = CASE WHEN recon_item.state = 'auto_resolved' THEN 'open' ELSE recon_item.state END");
STMT(q_theirs, "recon.theirs",
     "SELECT COUNT(CASE WHEN kind = 'pay' THEN 1 END),"
     " CAST(COALESCE(SUM(CASE WHEN kind = 'pay' THEN amount_fen ELSE 0 END), 0) AS BIGINT),"
     " COUNT(CASE WHEN kind = 'refund' THEN 1 END),"
     " CAST(COALESCE(SUM(CASE WHEN kind = 'refund' THEN amount_fen ELSE 0 END), 0) AS BIGINT),"
     " CAST(COALESCE(SUM(fee_e5), 0) AS BIGINT) FROM recon_row WHERE run_id = $1");
STMT(q_our_pays, "recon.our_pays",
     "SELECT COUNT(*), CAST(COALESCE(SUM(amount_fen), 0) AS BIGINT) FROM channel_txn WHERE company_id = $1"
     " AND merchant_id = $2 AND paid_at >= $3 AND paid_at < $4");
STMT(q_our_refunds, "recon.our_refunds",
     "SELECT COUNT(*), CAST(COALESCE(SUM(f.amount_fen), 0) AS BIGINT)" OUR_REFUNDS " AND $1 > 0");
STMT(q_open, "recon.open_items",
     "SELECT COUNT(*) FROM recon_item WHERE run_id = $1 AND state IN ('open', 'escalated')");
STMT(q_done, "recon.done",
     "UPDATE recon_run SET state = $2, pays = $3, pay_fen = $4, refunds = $5, refund_fen = $6, fee_e5 = $7,"
     " our_pays = $8, our_pay_fen = $9, our_refunds = $10, our_refund_fen = $11, open_items = $12, next_at = 0,"
     " done_at = $13, note = '', version = version + 1 WHERE id = $1");
STMT(q_fees, "recon.fees",
     "SELECT t.project_id, CAST(SUM(r.fee_e5) AS BIGINT) FROM recon_row r JOIN channel_txn t ON t.company_id = $3"
     " AND t.merchant_id = $2 AND t.txn_id = r.txn_id WHERE r.run_id = $1 GROUP BY t.project_id ORDER BY t.project_id");
STMT(q_fee_booked, "recon.fee_booked",
     "SELECT CAST(COALESCE(SUM(l.debit_fen - l.credit_fen), 0) AS BIGINT) FROM ledger_entry e JOIN ledger_line l"
     " ON l.entry_id = e.id AND l.account = 'channel_fee' WHERE e.company_id = $1 AND e.kind = 'channel_fee'"
     " AND e.project_id = $2 AND e.ref_id = $3");
STMT(
    q_items, "recon.items",
    "SELECT id, run_id, merchant_id, channel_fen, our_fen, closed_by, created_at, closed_at, day, kind, number, txn_id,"
    " state, reason FROM recon_item WHERE company_id = $1 AND ($2 = 0 OR run_id = $2) AND ($3 = '' OR state = $3)"
    " AND ($4 = 0 OR id < $4) ORDER BY id DESC LIMIT $5");
STMT(q_close, "recon.close",
     "UPDATE recon_item SET state = $3, closed_by = $4, closed_at = $5, reason = $6"
     " WHERE id = $1 AND company_id = $2 AND state IN ('open', 'escalated')");
STMT(q_run, "recon.run_of_item", "SELECT run_id FROM recon_item WHERE id = $1");
STMT(
    q_count, "recon.count",
    "UPDATE recon_run SET open_items = (SELECT COUNT(*) FROM recon_item i WHERE i.run_id = recon_run.id"
    " AND i.state IN ('open', 'escalated')), state = CASE WHEN EXISTS (SELECT 1 FROM recon_item i"
    " WHERE i.run_id = recon_run.id AND i.state IN ('open', 'escalated')) THEN 'matched' ELSE 'done' END,"
    " version = version + 1 WHERE id = (SELECT run_id FROM recon_item WHERE id = $1) AND state IN ('matched', 'done')");

struct found {
    const struct recon_run *run;
    const char *kind;
};

static enum err keep(struct ctx *cx, const struct found *f, const char *number, const char *txn, int64_t theirs,
                     int64_t ours)
{
    enum err e =
        db_exec(cx, &q_item,
                ARGS(I64(id_new()), I64(cx->who.company_id), I64(f->run->id), I64(f->run->merchant_id),
                     I64(f->run->day), TXT(f->kind), TXT(number), TXT(txn), I64(theirs), I64(ours), I64(cx->now)),
                NULL);
    struct finance_alarm alarm = {
        .kind = "recon",
        .dedup = arena_printf(cx->arena, "recon:%lld:%s:%s", (long long)f->run->id, f->kind, number),
        .text = arena_printf(cx->arena, "对账差异 %s:%s", f->kind, number),
        .ref_kind = "recon_run",
        .ref_id = f->run->id};
    return e ? e : finance_alarm_add(cx, &alarm);
}

struct difference {
    const char *number, *txn;
    int64_t theirs, ours;
    struct difference *next;
};
struct differences {
    struct difference *first;
};

/* Collected first: a row function must not change what it is being fed from. */
static enum err on_difference(struct ctx *cx, const struct row *r, void *out)
{
    struct differences *l = out;
    struct difference *d = arena_alloc(cx->arena, sizeof *d);
    const char *txn = row_text(cx, r, 1);
    *d = (struct difference){row_text(cx, r, 0), txn ? txn : "", row_i64(r, 2), row_i64(r, 3), l->first};
    l->first = d;
    return OK;
}

static enum err on_five(struct ctx *cx, const struct row *r, void *out)
{
    int64_t *v = out;
    (void)cx;
    for (int i = 0; i < 5; i++)
        v[i] = row_i64(r, i);
    return OK;
}

/* ---- the channel's fees ---- */

struct fee {
    int64_t project, e5;
    struct fee *next;
};

static enum err on_fee(struct ctx *cx, const struct row *r, void *out)
{
    struct fee **l = out, *f = arena_alloc(cx->arena, sizeof *f);
    *f = (struct fee){row_i64(r, 0), row_i64(r, 1), *l};
    *l = f;
    return OK;
}

/* Rounded once, to the fen, over the project's rows of the day. What earlier rounds have booked is taken off. */
static enum err book_fee(struct ctx *cx, const struct recon_run *run, const struct fee *f)
{
    int64_t fen = 0, booked = 0, entry = 0;
    int32_t day = 0;
    const char *ref = arena_printf(cx->arena, "recon/%lld/%lld", (long long)f->project, (long long)run->rounds);
    if (!muldiv(f->e5, 1, 1000, ROUND_HALF_UP, &fen))
        return cx_fail(cx, ERR_INTERNAL, NULL, "手续费超限", "more fees than can be booked");
    enum err e = db_i64(cx, &q_fee_booked, ARGS(I64(cx->who.company_id), I64(f->project), I64(run->id)), &booked, NULL);
    fen -= booked;
    if (!e && fen)
        e = ledger_open_day(cx, f->project, run->day, &day);
    if (e || !fen)
        return e;
    struct ledger_entry of = {
        .project_id = f->project, .ref_id = run->id, .day = day, .kind = "channel_fee", .ref_kind = ref, .memo = ""};
    const struct ledger_line take[] = {DR(LA_CHANNEL_FEE, run->merchant_id, fen),
                                       CR(LA_CLEARING, run->merchant_id, fen)},
                             give[] = {DR(LA_CLEARING, run->merchant_id, -fen),
                                       CR(LA_CHANNEL_FEE, run->merchant_id, -fen)};
    return ledger_post(cx, &of, fen > 0 ? take : give, 2, &entry);
}

static enum err book_fees(struct ctx *cx, const struct recon_run *run)
{
    struct fee *list = NULL;
    enum err e =
        db_each(cx, &q_fees, ARGS(I64(run->id), I64(run->merchant_id), I64(cx->who.company_id)), on_fee, &list);
    for (; list && !e; list = list->next)
        e = book_fee(cx, run, list);
    return e;
}

static enum err find_differences(struct ctx *cx, const struct recon_run *run, struct args of)
{
    enum err e = db_exec(cx, &q_gone, ARGS(I64(run->id), I64(cx->now)), NULL);
    for (size_t i = 0; i < COUNT(tests) && !e; i++) {
        struct differences l = {NULL};
        struct found f = {run, tests[i].kind};
        e = db_each(cx, tests[i].q, of, on_difference, &l);
        for (struct difference *d = l.first; d && !e; d = d->next)
            e = keep(cx, &f, d->number, d->txn, d->theirs, d->ours);
    }
    return e;
}

enum err recon_compare(struct ctx *cx, int64_t id, struct recon_run *out)
{
    int64_t theirs[5] = {0}, pays[2] = {0}, refunds[2] = {0}, open = 0;
    enum err e = recon_load(cx, id, out);
    if (e)
        return e;
    int64_t from = clock_day_start(out->day), to = from + DAY_MS;
    struct args of = ARGS(I64(id), I64(out->merchant_id), I64(from), I64(to), I64(cx->who.company_id));
    e = find_differences(cx, out, of);
    if (!e)
        e = db_one(cx, &q_theirs, ARGS(I64(id)), on_five, theirs);
    if (!e)
        e = db_pair(cx, &q_our_pays, ARGS(I64(cx->who.company_id), I64(out->merchant_id), I64(from), I64(to)), pays);
    if (!e)
        e = db_pair(cx, &q_our_refunds, of, refunds);
    if (!e)
        e = db_i64(cx, &q_open, ARGS(I64(id)), &open, NULL);
    if (!e)
        e = db_exec(cx, &q_done,
                    ARGS(I64(id), TXT(open ? "matched" : "done"), I64(theirs[0]), I64(theirs[1]), I64(theirs[2]),
                         I64(theirs[3]), I64(theirs[4]), I64(pays[0]), I64(pays[1]), I64(refunds[0]), I64(refunds[1]),
                         I64(open), I64(cx->now)),
                    NULL);
    if (!e && !open)
        e = book_fees(cx, out);
    return e ? e : recon_load(cx, id, out);
}

/* ---- differences, for people ---- */

struct items {
    recon_item_fn *fn;
    void *arg;
};

static enum err on_item(struct ctx *cx, const struct row *r, void *out)
{
    struct items *l = out;
    struct recon_item i = {.id = row_i64(r, 0),
                           .run_id = row_i64(r, 1),
                           .merchant_id = row_i64(r, 2),
                           .channel_fen = row_i64(r, 3),
                           .our_fen = row_i64(r, 4),
                           .closed_by = row_i64(r, 5),
                           .created_at = row_i64(r, 6),
                           .closed_at = row_i64(r, 7),
                           .day = (int32_t)row_i64(r, 8),
                           .kind = row_text(cx, r, 9),
                           .number = row_text(cx, r, 10),
                           .txn_id = row_text(cx, r, 11),
                           .state = row_text(cx, r, 12),
                           .reason = row_text(cx, r, 13)};
    l->fn(l->arg, &i);
    return OK;
}

enum err recon_items(struct ctx *cx, int64_t run_id, const char *state, int64_t before, int64_t limit,
                     recon_item_fn *fn, void *arg)
{
    struct items l = {fn, arg};
    return db_each(cx, &q_items,
                   ARGS(I64(cx->who.company_id), I64(run_id), TXT(state ? state : ""), I64(before), I64(limit)),
                   on_item, &l);
}

enum err recon_item_close(struct ctx *cx, int64_t id, bool escalate, const char *reason)
{
    struct recon_run run;
    int64_t run_id = 0;
    enum err e = db_change_one(cx, &q_close,
                               ARGS(I64(id), I64(cx->who.company_id), TXT(escalate ? "escalated" : "closed"),
                                    I64(cx->who.id), I64(cx->now), TXT(reason)),
                               ERR_NOT_FOUND, "差异不存在或已处理", "no such open difference");
    if (!e)
        e = db_exec(cx, &q_count, ARGS(I64(id)), NULL);
    if (!e)
        e = db_i64(cx, &q_run, ARGS(I64(id)), &run_id, NULL);
    if (!e)
        e = recon_load(cx, run_id, &run);
    if (!e && str_eq(run.state, "done")) /* that was the last one */
        e = book_fees(cx, &run);
    return e ? e : audit_add(cx, escalate ? "recon.escalate" : "recon.close", "recon_item", id, NULL, NULL);
}
