/* refund_done.c - what a refund does when the money is gone, and the steps of the job that asks the channel for it.
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/id.h"
#include "domain/audit.h"
#include "domain/finance.h"
#include "domain/ledger.h"
#include "domain/refund_int.h"
#include "platform/events.h"

#define COLUMNS                                                                                                        \
    "SELECT r.id, r.project_id, r.payment_id, r.txn_row_id, r.method, r.out_refund_no, r.amount_fen, r.reason,"        \
    " r.state, r.auto, r.maker_id, r.checker_id, r.voucher, r.shift_id, r.refund_ref, r.entry_id, r.tries,"            \
    " r.next_at, r.done_at, r.note, r.version, r.created_at, o.merchant_id, o.amount_fen, o.out_trade_no,"             \
    " r.company_id FROM refund r"                                                                                      \
    " LEFT JOIN payment p ON p.id = r.payment_id LEFT JOIN channel_txn t ON t.id = r.txn_row_id"                       \
    " LEFT JOIN pay_order o ON o.id = CASE WHEN p.order_id > 0 THEN p.order_id ELSE t.order_id END"
STMT(q_load, "refund.load", COLUMNS " WHERE r.id = $1");
STMT(q_get, "refund.get", COLUMNS " WHERE r.id = $1 AND r.company_id = $2 AND r.project_id = $3");
STMT(q_number, "refund.by_number", COLUMNS " WHERE r.company_id = $1 AND o.merchant_id = $2 AND r.out_refund_no = $3");
STMT(q_list, "refund.list",
     COLUMNS " WHERE r.company_id = $1 AND r.project_id = $2 AND ($3 = '' OR r.state = $3) AND ($4 = 0 OR r.id < $4)"
             " ORDER BY r.id DESC LIMIT $5");
STMT(q_save, "refund.save",
     "UPDATE refund SET state = $3, checker_id = $4, voucher = $5, refund_ref = $6, entry_id = $7, tries = $8,"
     " next_at = $9, done_at = $10, note = $11, version = version + 1 WHERE id = $1 AND version = $2");
STMT(q_postpone, "refund.postpone",
     "UPDATE refund SET next_at = $2 + 60000 WHERE id = $1 AND next_at > 0 AND next_at <= $2");
STMT(q_due, "refund.due", "SELECT id, next_at FROM refund WHERE next_at > 0 ORDER BY next_at LIMIT $1");
STMT(q_recent, "refund.recent",
     "SELECT COUNT(*) FROM refund WHERE company_id = $1 AND payment_id = $2 AND id <> $3 AND payment_id <> 0"
     " AND (state = 'processing' OR (state = 'success' AND done_at > $4))");
STMT(q_order_payment, "refund.order_payment",
     "SELECT payment_id FROM pay_order WHERE company_id = $1 AND merchant_id = $2 AND out_trade_no = $3");
STMT(q_order_project, "refund.order_project", "SELECT project_id FROM payment WHERE id = $1 AND company_id = $2");
STMT(q_bad_refund, "refund.bad",
     "SELECT COALESCE(MIN(r.id), 0) FROM refund r WHERE (r.state = 'success') <> (r.entry_id <> 0)"
     " OR (r.entry_id <> 0 AND r.amount_fen <> (SELECT SUM(l.debit_fen) FROM ledger_line l WHERE l.entry_id = "
     "r.entry_id))"
     " OR r.amount_fen < COALESCE((SELECT SUM(x.amount_fen + x.late_fen) FROM refund_bill x WHERE x.refund_id = r.id), "
     "0)");
STMT(q_bad_payment, "refund.bad_payment",
     "SELECT COALESCE(MIN(p.id), 0) FROM payment p WHERE p.back_fen <> COALESCE((SELECT SUM(r.amount_fen) FROM refund r"
     " WHERE r.payment_id = p.id AND r.state = 'success'), 0)");

struct loaded {
    struct refund r;
    int64_t company_id;
};

static enum err on_refund(struct ctx *cx, const struct row *row, void *out)
{
    struct loaded *l = out;
    int state = str_index(refund_state_name, RFS_COUNT, row_text(cx, row, 8));
    const char *number = row_text(cx, row, 24);
    if (state < 0)
        return ERR_INTERNAL;
    l->r = (struct refund){.id = row_i64(row, 0),
                           .project_id = row_i64(row, 1),
                           .payment_id = row_i64(row, 2),
                           .txn_row_id = row_i64(row, 3),
                           .method = row_text(cx, row, 4),
                           .number = row_text(cx, row, 5),
                           .amount_fen = row_i64(row, 6),
                           .reason = row_text(cx, row, 7),
                           .state = (enum refund_state)state,
                           .automatic = row_i64(row, 9) != 0,
                           .maker_id = row_i64(row, 10),
                           .checker_id = row_i64(row, 11),
                           .voucher = row_text(cx, row, 12),
                           .shift_id = row_i64(row, 13),
                           .ref = row_text(cx, row, 14),
                           .entry_id = row_i64(row, 15),
                           .tries = row_i64(row, 16),
                           .next_at = row_i64(row, 17),
                           .done_at = row_i64(row, 18),
                           .note = row_text(cx, row, 19),
                           .version = row_i64(row, 20),
                           .created_at = row_i64(row, 21),
                           .merchant_id = row_i64(row, 22),
                           .order_amount_fen = row_i64(row, 23),
                           .out_trade_no = number ? number : ""};
    l->company_id = row_i64(row, 25);
    return OK;
}

static enum err one(struct ctx *cx, const struct stmt *q, struct args a, struct refund *out)
{
    struct loaded l = {.company_id = 0};
    enum err e = db_one(cx, q, a, on_refund, &l);
    *out = l.r; /* nothing at all when there is none */
    if (e)
        return e == ERR_NOT_FOUND ? cx_fail(cx, e, "id", "退款不存在", "no such refund") : e;
    cx->who.company_id = l.company_id;
    return OK;
}

enum err refund_get(struct ctx *cx, int64_t id, struct refund *out)
{
    return one(cx, &q_get, ARGS(I64(id), I64(cx->who.company_id), I64(cx->who.project_id)), out);
}

static enum err refund_load(struct ctx *cx, int64_t id, struct refund *out)
{
    enum err e = one(cx, &q_load, ARGS(I64(id)), out);
    if (!e)
        cx->who.project_id = out->project_id;
    return e;
}

enum err refund_by_number(struct ctx *cx, int64_t merchant_id, const char *number, struct refund *out)
{
    enum err e = one(cx, &q_number, ARGS(I64(cx->who.company_id), I64(merchant_id), TXT(number)), out);
    if (!e)
        cx->who.project_id = out->project_id;
    return e;
}

struct listing {
    refund_fn *fn;
    void *arg;
};

static enum err on_listed(struct ctx *cx, const struct row *row, void *out)
{
    struct listing *l = out;
    struct loaded one_of;
    enum err e = on_refund(cx, row, &one_of);
    if (!e)
        l->fn(l->arg, &one_of.r);
    return e;
}

enum err refund_list(struct ctx *cx, const char *state, int64_t before, int64_t limit, refund_fn *fn, void *arg)
{
    struct listing l = {fn, arg};
    return db_each(
        cx, &q_list,
        ARGS(I64(cx->who.company_id), I64(cx->who.project_id), TXT(state ? state : ""), I64(before), I64(limit)),
        on_listed, &l);
}

enum err refund_step(struct ctx *cx, struct refund *r, enum refund_event ev)
{
    const struct fsm_edge *edge = fsm_find(&refund_fsm, r->state, ev, UINT32_MAX, NULL);
    if (!edge)
        return cx_fail(cx, ERR_STATE, "state", "退款当前状态为 %s,不能执行该操作",
                       "not possible while the refund is %s", refund_state_name[r->state]);
    r->state = (enum refund_state)edge->to;
    return OK;
}

enum err refund_save(struct ctx *cx, struct refund *r)
{
    enum err e = db_change_one(cx, &q_save,
                               ARGS(I64(r->id), I64(r->version), TXT(refund_state_name[r->state]), I64(r->checker_id),
                                    TXT(r->voucher), TXT(r->ref), I64(r->entry_id), I64(r->tries), I64(r->next_at),
                                    I64(r->done_at), TXT(r->note)),
                               ERR_CONFLICT, "退款已变化,请刷新", "changed meanwhile; reload it");
    if (e)
        return e;
    r->version++;
    cx_emit(cx, topic_board(cx, r->project_id), "refund.status",
            arena_printf(cx->arena, "{\"refund_id\":\"%lld\",\"state\":\"%s\",\"amount_fen\":%lld}", (long long)r->id,
                         refund_state_name[r->state], (long long)r->amount_fen));
    return OK;
}

/* ---- the job's steps ---- */

enum err refund_due(struct ctx *cx, int64_t *ids, size_t max, size_t *n, int64_t *next)
{
    return db_due(cx, &q_due, ids, max, n, next);
}

enum err refund_postpone(struct ctx *cx, int64_t id)
{
    return db_exec(cx, &q_postpone, ARGS(I64(id), I64(cx->now)), NULL);
}

enum err refund_submitting(struct ctx *cx, int64_t id, struct refund *out, bool *go)
{
    static const int16_t wait_s[] = {10, 20, 60, 120, 300, 600, 1800, 3600};
    int64_t others = 0, apart = 0;
    *go = false;
    enum err e = refund_load(cx, id, out);
    if (e || !fsm_find(&refund_fsm, out->state, RFE_SUBMIT, UINT32_MAX, NULL))
        return e;
    apart = str_eq(out->method, "wechat") ? 60 * SECOND_MS : 3 * SECOND_MS;
    e = db_i64(cx, &q_recent, ARGS(I64(cx->who.company_id), I64(out->payment_id), I64(id), I64(cx->now - apart)),
               &others, NULL);
    if (!e && others) {
        out->next_at = cx->now + 5 * SECOND_MS;
        return refund_save(cx, out);
    }
    if (!e)
        e = refund_step(cx, out, RFE_SUBMIT);
    if (e)
        return e;
    size_t k = out->tries < (int64_t)COUNT(wait_s) ? (size_t)out->tries : COUNT(wait_s) - 1;
    out->next_at = cx->now + wait_s[k] * SECOND_MS;
    out->tries++;
    *go = true;
    return refund_save(cx, out);
}

static enum err alarm(struct ctx *cx, const struct refund *r, const char *kind, const char *text)
{
    struct finance_alarm a = {.project_id = r->project_id,
                              .kind = kind,
                              .dedup = arena_printf(cx->arena, "%s:%lld", kind, (long long)r->id),
                              .text = text,
                              .ref_kind = "refund",
                              .ref_id = r->id};
    return finance_alarm_add(cx, &a);
}

enum err refund_outcome(struct ctx *cx, int64_t id, enum refund_outcome how, const char *ref, const char *note,
                        int64_t done_at)
{
    static const enum refund_event event[] = {RFE_SUCCEED, RFE_ABNORM, RFE_CLOSE};
    struct refund r;
    enum err e = refund_load(cx, id, &r);
    if (e || r.state == RFS_SUCCESS)
        return e;
    r.note = note ? note : "";
    if (!str_empty(ref))
        r.ref = ref;
    if (how == REFUND_IS_OPEN) {
        e = refund_save(cx, &r);
        return e || r.tries < 12 ? e : alarm(cx, &r, "refund_hangs", "退款长时间未完成");
    }
    if (!fsm_find(&refund_fsm, r.state, event[how], UINT32_MAX, NULL))
        return OK; /* said before, or overtaken */
    if (how == REFUND_IS_DONE && !refund_possible(cx, &r, &e))
        return e ? e : alarm(cx, &r, "refund_exceeds", "渠道退款超过该笔收款的余额,需人工核对");
    e = refund_step(cx, &r, event[how]);
    if (!e && how == REFUND_IS_DONE) {
        e = refund_settle(cx, &r, LA_CLEARING, r.merchant_id, done_at ? done_at : cx->now);
        return e ? e : audit_add(cx, "refund.success", "refund", id, NULL, NULL);
    }
    r.next_at = 0;
    if (!e)
        e = refund_save(cx, &r);
    return e ? e
             : alarm(cx, &r, how == REFUND_IS_ABNORMAL ? "refund_abnormal" : "refund_closed",
                     how == REFUND_IS_ABNORMAL ? "退款异常:用户账户无法入账,需人工处理" : "退款被渠道关闭");
}

enum err refund_external(struct ctx *cx, int64_t merchant_id, const char *out_trade_no, const char *number,
                         int64_t amount_fen, int64_t at)
{
    struct refund r = {
        .id = id_new(), .amount_fen = amount_fen, .reason = "渠道后台退款", .number = number, .automatic = true};
    enum err e = db_i64(cx, &q_order_payment, ARGS(I64(cx->who.company_id), I64(merchant_id), TXT(out_trade_no)),
                        &r.payment_id, NULL);
    if (!e && !r.payment_id)
        return cx_fail(cx, ERR_NOT_FOUND, NULL, "没有对应的收款", "no payment belongs to it");
    if (!e)
        e = db_i64(cx, &q_order_project, ARGS(I64(r.payment_id), I64(cx->who.company_id)), &cx->who.project_id, NULL);
    if (!e)
        e = refund_insert(cx, &r, RFS_APPROVED);
    return e ? e : refund_outcome(cx, r.id, REFUND_IS_DONE, "", "told by the channel's bill", at);
}

enum err refund_verify(struct ctx *cx, struct refund_faults *out)
{
    enum err e = db_i64(cx, &q_bad_refund, NO_ARGS, &out->refund, NULL);
    return e ? e : db_i64(cx, &q_bad_payment, NO_ARGS, &out->payment, NULL);
}
