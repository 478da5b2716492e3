/* recon.c - runs and their rows. SPDX-License-Identifier: MIT */
#include "domain/recon.h"
#include "base/clock.h"
#include "base/id.h"
#include "domain/audit.h"
#include "domain/finance.h"
#include "platform/store/db.h"

#define COLUMNS                                                                                                        \
    "SELECT id, company_id, merchant_id, rounds, pays, pay_fen, refunds, refund_fen, fee_e5, our_pays, our_pay_fen,"   \
    " our_refunds, our_refund_fen, open_items, tries, next_at, version, created_at, done_at, day, state, note"         \
    " FROM recon_run"
STMT(q_load, "recon.load", COLUMNS " WHERE id = $1");
STMT(q_get, "recon.get", COLUMNS " WHERE id = $1 AND company_id = $2");
STMT(q_find, "recon.find", COLUMNS " WHERE company_id = $1 AND merchant_id = $2 AND day = $3");
STMT(q_list, "recon.list", COLUMNS " WHERE company_id = $1 AND ($2 = 0 OR id < $2) ORDER BY id DESC LIMIT $3");
STMT(q_merchant, "recon.merchant", "SELECT created_at FROM merchant WHERE id = $1 AND company_id = $2");
STMT(q_add, "recon.add",
     "INSERT INTO recon_run(id, company_id, merchant_id, day, state, next_at, created_at)"
     " VALUES ($1, $2, $3, $4, 'waiting', $5, $5) ON CONFLICT (company_id, merchant_id, day) DO NOTHING");
STMT(q_again, "recon.again",
     "UPDATE recon_run SET state = 'waiting', next_at = $2, tries = 0, version = version + 1 WHERE id = $1");
STMT(q_due, "recon.due", "SELECT id, next_at FROM recon_run WHERE next_at > 0 ORDER BY next_at LIMIT $1");
STMT(q_postpone, "recon.postpone",
     "UPDATE recon_run SET next_at = $2 + 60000 WHERE id = $1 AND next_at > 0 AND next_at <= $2");
STMT(q_begin, "recon.begin",
     "UPDATE recon_run SET rounds = rounds + 1, next_at = $2, version = version + 1 WHERE id = $1");
STMT(q_forget, "recon.forget", "DELETE FROM recon_row WHERE run_id = $1");
STMT(q_row, "recon.row",
     "INSERT INTO recon_row(run_id, kind, out_no, txn_id, company_id, amount_fen, fee_e5, at)"
     " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (run_id, kind, out_no, txn_id) DO NOTHING");
STMT(q_later, "recon.later",
     "UPDATE recon_run SET tries = tries + 1, next_at = $2, note = $3, version = version + 1 WHERE id = $1");
STMT(q_unknown_pays, "recon.unknown_pays",
     "SELECT r.out_no, r.txn_id, r.amount_fen, r.fee_e5, r.at FROM recon_row r JOIN recon_run n ON n.id = r.run_id"
     " WHERE r.run_id = $1 AND r.kind = 'pay' AND NOT EXISTS (SELECT 1 FROM channel_txn t"
     " WHERE t.company_id = n.company_id AND t.merchant_id = n.merchant_id AND t.txn_id = r.txn_id)"
     " ORDER BY r.out_no, r.txn_id");
STMT(q_unknown_refunds, "recon.unknown_refunds",
     "SELECT r.out_no, r.txn_id, r.amount_fen, r.fee_e5, r.at, t.order_no FROM recon_row r"
     " JOIN recon_run n ON n.id = r.run_id"
     " JOIN (SELECT x.company_id, x.merchant_id, x.txn_id, o.out_trade_no AS order_no FROM channel_txn x"
     " JOIN pay_order o ON o.id = x.order_id) t ON t.company_id = n.company_id AND t.merchant_id = n.merchant_id"
     " AND t.txn_id = r.txn_id"
     " WHERE r.run_id = $1 AND r.kind = 'refund' AND NOT EXISTS (SELECT 1 FROM refund f"
     " WHERE f.company_id = n.company_id AND f.out_refund_no = r.out_no AND f.state = 'success')"
     " ORDER BY r.out_no, r.txn_id");

static enum err on_run(struct ctx *cx, const struct row *r, void *out)
{
    struct recon_run *n = out;
    *n = (struct recon_run){.id = row_i64(r, 0),
                            .company_id = row_i64(r, 1),
                            .merchant_id = row_i64(r, 2),
                            .rounds = row_i64(r, 3),
                            .pays = row_i64(r, 4),
                            .pay_fen = row_i64(r, 5),
                            .refunds = row_i64(r, 6),
                            .refund_fen = row_i64(r, 7),
                            .fee_e5 = row_i64(r, 8),
                            .our_pays = row_i64(r, 9),
                            .our_pay_fen = row_i64(r, 10),
                            .our_refunds = row_i64(r, 11),
                            .our_refund_fen = row_i64(r, 12),
                            .open_items = row_i64(r, 13),
                            .tries = row_i64(r, 14),
                            .next_at = row_i64(r, 15),
                            .version = row_i64(r, 16),
                            .created_at = row_i64(r, 17),
                            .done_at = row_i64(r, 18),
                            .day = (int32_t)row_i64(r, 19),
                            .state = row_text(cx, r, 20),
                            .note = row_text(cx, r, 21)};
    return OK;
}

static enum err told(struct ctx *cx, enum err e)
{
    return e == ERR_NOT_FOUND ? cx_fail(cx, e, "id", "对账批次不存在", "no such reconciliation") : e;
}

enum err recon_load(struct ctx *cx, int64_t id, struct recon_run *out)
{
    enum err e = told(cx, db_one(cx, &q_load, ARGS(I64(id)), on_run, out));
    if (!e)
        cx->who.company_id = out->company_id;
    return e;
}

enum err recon_get(struct ctx *cx, int64_t id, struct recon_run *out)
{
    return told(cx, db_one(cx, &q_get, ARGS(I64(id), I64(cx->who.company_id)), on_run, out));
}

enum err recon_open(struct ctx *cx, int64_t merchant_id, int32_t day, bool again, struct recon_run *out)
{
    int64_t since = 0, added = 0;
    bool found = false;
    if (!clock_day_valid(day) || day >= clock_day(cx->now))
        return cx_fail(cx, ERR_INVALID, "day", "只能对昨天及以前的账", "only days that are over");
    enum err e = db_i64(cx, &q_merchant, ARGS(I64(merchant_id), I64(cx->who.company_id)), &since, &found);
    if (!e && !found)
        e = cx_fail(cx, ERR_NOT_FOUND, "merchant_id", "商户不存在", "no such merchant");
    if (!e)
        e = db_exec(cx, &q_add, ARGS(I64(id_new()), I64(cx->who.company_id), I64(merchant_id), I64(day), I64(cx->now)),
                    &added);
    if (!e)
        e = db_one(cx, &q_find, ARGS(I64(cx->who.company_id), I64(merchant_id), I64(day)), on_run, out);
    if (!e && again && !added) {
        e = db_exec(cx, &q_again, ARGS(I64(out->id), I64(cx->now)), NULL);
        if (!e)
            e = recon_get(cx, out->id, out);
    }
    return e || !again ? e : audit_add(cx, "recon.run", "recon_run", out->id, NULL, NULL);
}

enum err recon_schedule(struct ctx *cx, int64_t merchant_id, int back)
{
    struct recon_run run;
    int64_t since = 0;
    int32_t today = clock_day(cx->now);
    enum err e = db_i64(cx, &q_merchant, ARGS(I64(merchant_id), I64(cx->who.company_id)), &since, NULL);
    for (int k = back; k >= 1 && !e; k--) {
        int32_t day = clock_day_add(today, -k);
        if (day >= clock_day(since))
            e = recon_open(cx, merchant_id, day, false, &run);
    }
    return e;
}

enum err recon_due(struct ctx *cx, int64_t *ids, size_t max, size_t *n, int64_t *next)
{
    return db_due(cx, &q_due, ids, max, n, next);
}

enum err recon_postpone(struct ctx *cx, int64_t id)
{
    return db_exec(cx, &q_postpone, ARGS(I64(id), I64(cx->now)), NULL);
}

struct runs {
    recon_run_fn *fn;
    void *arg;
};

static enum err on_listed(struct ctx *cx, const struct row *r, void *out)
{
    struct runs *l = out;
    struct recon_run n;
    enum err e = on_run(cx, r, &n);
    l->fn(l->arg, &n);
    return e;
}

enum err recon_list(struct ctx *cx, int64_t before, int64_t limit, recon_run_fn *fn, void *arg)
{
    struct runs l = {fn, arg};
    return db_each(cx, &q_list, ARGS(I64(cx->who.company_id), I64(before), I64(limit)), on_listed, &l);
}

enum err recon_begin(struct ctx *cx, int64_t id, struct recon_run *out)
{
    enum err e = db_exec(cx, &q_begin, ARGS(I64(id), I64(cx->now + 10 * MINUTE_MS)), NULL); /* died in between: again */
    if (!e)
        e = db_exec(cx, &q_forget, ARGS(I64(id)), NULL);
    return e ? e : recon_load(cx, id, out);
}

enum err recon_rows(struct ctx *cx, int64_t id, const struct recon_row *v, size_t n)
{
    enum err e = OK;
    for (size_t i = 0; i < n && !e; i++)
        e = db_exec(cx, &q_row,
                    ARGS(I64(id), TXT(v[i].refund ? "refund" : "pay"), TXT(v[i].out_no), TXT(v[i].txn_id),
                         I64(cx->who.company_id), I64(v[i].amount_fen), I64(v[i].fee_e5), I64(v[i].at)),
                    NULL);
    return e;
}

enum err recon_later(struct ctx *cx, int64_t id, const char *note, int64_t wait_ms)
{
    struct recon_run run;
    enum err e = db_exec(cx, &q_later, ARGS(I64(id), I64(cx->now + wait_ms), TXT(note)), NULL);
    if (!e)
        e = recon_load(cx, id, &run);
    if (e || run.tries < 30)
        return e;
    struct finance_alarm alarm = {.kind = "bill_missing",
                                  .dedup = arena_printf(cx->arena, "bill:%lld", (long long)id),
                                  .text = arena_printf(cx->arena, "%d 的渠道账单一直取不到:%s", run.day, note),
                                  .ref_kind = "recon_run",
                                  .ref_id = id};
    return finance_alarm_add(cx, &alarm);
}

struct rows {
    recon_row_fn *fn;
    void *arg;
    bool refund;
};

static enum err on_row(struct ctx *cx, const struct row *r, void *out)
{
    struct rows *l = out;
    struct recon_row one = {.refund = l->refund,
                            .out_no = row_text(cx, r, 0),
                            .txn_id = row_text(cx, r, 1),
                            .amount_fen = row_i64(r, 2),
                            .fee_e5 = row_i64(r, 3),
                            .at = row_i64(r, 4)};
    one.order_no = l->refund ? row_text(cx, r, 5) : one.out_no;
    l->fn(l->arg, &one);
    return OK;
}

enum err recon_unknown_pays(struct ctx *cx, int64_t id, recon_row_fn *fn, void *arg)
{
    struct rows l = {fn, arg, false};
    return db_each(cx, &q_unknown_pays, ARGS(I64(id)), on_row, &l);
}

enum err recon_unknown_refunds(struct ctx *cx, int64_t id, recon_row_fn *fn, void *arg)
{
    struct rows l = {fn, arg, true};
    return db_each(cx, &q_unknown_refunds, ARGS(I64(id)), on_row, &l);
}
