/* fee_request_apply.c - what each kind of request needs, and does. SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "domain/billing_int.h"
#include "domain/fee_late.h"
#include "domain/fee_request_int.h"
#include "domain/ledger.h"
#include "platform/events.h"

STMT(q_line, "fee_request.line",
     "SELECT l.item_id, l.room_id, l.ref_id, l.basis_id, l.name, l.income, l.period_from, l.period_to, l.amount_fen,"
     " (SELECT CAST(SUM(x.amount_fen) AS BIGINT) FROM bill_line x WHERE x.bill_id = l.bill_id AND x.item_id = l.item_id"
     " AND x.ref_id = l.ref_id AND x.period_from = l.period_from), (SELECT MAX(x.n) FROM bill_line x"
     " WHERE x.bill_id = l.bill_id) FROM bill_line l WHERE l.bill_id = $1 AND l.n = $2 AND l.kind = 'charge' AND "
     "l.live = 1");
STMT(
    q_add_line, "fee_request.add_line",
    "INSERT INTO bill_line(bill_id, n, company_id, item_id, room_id, ref_id, basis_id, kind, name, income, period_from,"
    " period_to, amount_fen, snapshot) VALUES ($1, $2, $3, $4, $5, $6, $7, 'adjust', $8, $9, $10, $11, $12, $13)");
STMT(q_bill, "fee_request.bill",
     "UPDATE bill SET amount_fen = $2, late_fen = $3, late_waived_fen = $4, state = $5, version = version + 1"
     " WHERE id = $1 AND version = $6 AND state IN ('published', 'partial')");
STMT(q_deposits, "fee_request.deposits",
     "SELECT CAST(COALESCE(SUM(amount_fen), 0) AS BIGINT) FROM bill_line WHERE bill_id = $1 AND income = 'deposits'");
STMT(q_back, "fee_request.deposit_back",
     "SELECT CAST(COALESCE(SUM(amount_fen), 0) AS BIGINT) FROM fee_request WHERE bill_id = $1 AND bill_id > 0 AND "
     "line_n = $2"
     " AND kind = 'deposit_back' AND state = 'approved'");
STMT(q_refunding, "fee_request.refunding",
     "SELECT COUNT(*) FROM refund_bill x JOIN refund r ON r.id = x.refund_id WHERE x.bill_id = $1"
     " AND r.state IN ('requested', 'approved', 'processing', 'abnormal')");
STMT(q_vacant, "fee_vacancy.overlaps",
     "SELECT COUNT(*) FROM fee_vacancy WHERE room_id = $1 AND from_day <= $3 AND to_day >= $2");
STMT(q_vacancy, "fee_vacancy.add",
     "INSERT INTO fee_vacancy(company_id, project_id, room_id, from_day, to_day, request_id)"
     " VALUES ($1, $2, $3, $4, $5, $6)");

#define LINES_MAX 120 /* a receipt, a report and a void have room for as many */
struct line {
    int64_t item_id, room_id, ref_id, basis_id, amount_fen, net_fen, last_n;
    int32_t from, to;
    const char *name, *income;
};
struct subject { /* what a request is about */
    struct bill bill;
    struct line line;
};

static enum err on_line(struct ctx *cx, const struct row *r, void *out)
{
    struct line *l = out;
    *l = (struct line){.item_id = row_i64(r, 0),
                       .room_id = row_i64(r, 1),
                       .ref_id = row_i64(r, 2),
                       .basis_id = row_i64(r, 3),
                       .name = row_text(cx, r, 4),
                       .income = row_text(cx, r, 5),
                       .from = (int32_t)row_i64(r, 6),
                       .to = (int32_t)row_i64(r, 7),
                       .amount_fen = row_i64(r, 8),
                       .net_fen = row_i64(r, 9),
                       .last_n = row_i64(r, 10)};
    return OK;
}

static enum err load_line(struct ctx *cx, const struct fee_request *q, struct line *l)
{
    enum err e = db_one(cx, &q_line, ARGS(I64(q->bill_id), I64(q->line_n)), on_line, l);
    return e == ERR_NOT_FOUND ? cx_fail(cx, ERR_INVALID, "line_n", "账单没有该明细", "no such line of the bill") : e;
}

/* Open, and not being paid online. */
static enum err open_bill(struct ctx *cx, const struct fee_request *q, struct bill *b)
{
    enum err e = bill_of_project(cx, q->bill_id, b);
    if (!e && !str_eq(b->state, "published") && !str_eq(b->state, "partial"))
        e = cx_fail(cx, ERR_STATE, "state", "账单不在待缴状态", "the bill is not open");
    return e ? e : bill_not_held(cx, b->id);
}

static enum err too_much(struct ctx *cx, int64_t most)
{
    char text[32];
    fen_format(most < 0 ? 0 : most, text);
    return cx_fail(cx, ERR_INVALID, "amount_fen", "金额须大于零且不超过 %s 元", "must be above 0, at most %s yuan",
                   text);
}

static enum err check_adjust(struct ctx *cx, struct fee_request *q, struct subject *s)
{
    enum err e = open_bill(cx, q, &s->bill);
    if (!e)
        e = load_line(cx, q, &s->line);
    if (e)
        return e;
    int64_t unpaid = s->bill.amount_fen - s->bill.paid_fen, most = unpaid < s->line.net_fen ? unpaid : s->line.net_fen;
    if (q->amount_fen == 0 || q->amount_fen > FEN_MAX / 10 || q->amount_fen < -FEN_MAX ||
        q->amount_fen > FEN_MAX - s->bill.amount_fen)
        return cx_fail(cx, ERR_INVALID, "amount_fen", "金额无效", "not an amount");
    if (s->line.last_n >= LINES_MAX)
        return cx_fail(cx, ERR_STATE, "bill_id", "账单调整次数过多", "the bill was adjusted too often");
    return q->amount_fen < 0 && -q->amount_fen > most
               ? cx_fail(cx, ERR_INVALID, "amount_fen", "减免超过该明细的未缴金额", "more than is unpaid of that line")
               : OK;
}

static enum err check_late_waiver(struct ctx *cx, struct fee_request *q, struct subject *s)
{
    enum err e = open_bill(cx, q, &s->bill);
    int64_t most = e ? 0 : s->bill.late_fen - s->bill.late_paid_fen;
    return !e && (q->amount_fen <= 0 || q->amount_fen > most) ? too_much(cx, most) : e;
}

static enum err check_write_off(struct ctx *cx, struct fee_request *q, struct subject *s)
{
    int64_t deposits = 0;
    enum err e = open_bill(cx, q, &s->bill);
    if (!e)
        e = db_i64(cx, &q_deposits, ARGS(I64(q->bill_id)), &deposits, NULL);
    if (!e && deposits > 0) /* we would go on owing what nobody paid, and call it a loss */
        e = cx_fail(cx, ERR_STATE, "bill_id", "账单含押金,押金不能核销,请对该明细做调整",
                    "there is a deposit on it, which is no loss: adjust its line");
    q->amount_fen = e ? 0 : s->bill.amount_fen - s->bill.paid_fen;
    return !e && q->amount_fen <= 0 ? cx_fail(cx, ERR_STATE, "bill_id", "账单没有未缴金额", "nothing is unpaid") : e;
}

static enum err check_vacancy(struct ctx *cx, struct fee_request *q, struct subject *s)
{
    int64_t have = 0;
    (void)s;
    if (!clock_day_valid(q->from_day) || !clock_day_valid(q->to_day) || q->from_day > q->to_day)
        return cx_fail(cx, ERR_INVALID, "from_day", "日期区间无效", "the days end before they begin");
    enum err e = room_of_project(cx, q->room_id);
    if (!e)
        e = db_i64(cx, &q_vacant, ARGS(I64(q->room_id), I64(q->from_day), I64(q->to_day)), &have, NULL);
    return !e && have ? cx_fail(cx, ERR_STATE, "from_day", "该期间已登记空置", "standing empty then already") : e;
}

static enum err check_deposit_back(struct ctx *cx, struct fee_request *q, struct subject *s)
{
    int64_t back = 0, refunding = 0;
    bool cash = str_eq(q->method, "cash");
    if (!cash && !str_eq(q->method, "transfer"))
        return cx_fail(cx, ERR_INVALID, "method", "请选择现金或转账", "cash or transfer");
    if (cash != str_empty(q->voucher))
        return cx_fail(cx, ERR_INVALID, "voucher", "转账须有凭证号,现金没有",
                       "a transfer has a voucher, cash has none");
    enum err e = bill_of_project(cx, q->bill_id, &s->bill);
    if (!e)
        e = load_line(cx, q, &s->line);
    if (!e && (!str_eq(s->line.income, "deposits") || s->bill.paid_fen < s->bill.amount_fen))
        e = cx_fail(cx, ERR_STATE, "bill_id", "不是已缴清的押金", "not a deposit that was paid");
    if (!e)
        e = db_i64(cx, &q_refunding, ARGS(I64(q->bill_id)), &refunding, NULL);
    if (!e && refunding)
        e = cx_fail(cx, ERR_STATE, "bill_id", "该押金的收款正在退款", "the payment of the deposit is being refunded");
    if (!e)
        e = db_i64(cx, &q_back, ARGS(I64(q->bill_id), I64(q->line_n)), &back, NULL);
    int64_t most = e ? 0 : s->line.net_fen - back;
    return !e && (q->amount_fen <= 0 || q->amount_fen > most) ? too_much(cx, most) : e;
}

static enum err check_void(struct ctx *cx, struct fee_request *q, struct subject *s)
{
    enum err e = bill_of_project(cx, q->bill_id, &s->bill);
    q->amount_fen = e ? 0 : s->bill.amount_fen;
    return e ? e : bill_voidable(cx, &s->bill);
}

/* ---- doing it ---- */

static enum err book(struct ctx *cx, struct fee_request *q, const char *kind, struct ledger_line dr,
                     struct ledger_line cr)
{
    const struct ledger_line l[] = {dr, cr};
    struct ledger_entry of = {.project_id = cx->who.project_id,
                              .ref_id = q->id,
                              .day = q->day,
                              .kind = kind,
                              .ref_kind = "fee_request",
                              .memo = q->voucher};
    return ledger_post(cx, &of, l, 2, &q->entry_id);
}

/* Nothing left to pay: paid, or, when nobody has paid anything, given up. */
static const char *state_of(const struct bill *b)
{
    bool paid = b->paid_fen + b->late_paid_fen > 0;
    if (b->amount_fen == b->paid_fen && b->late_fen == b->late_paid_fen)
        return paid ? "paid" : "written_off";
    return paid ? "partial" : "published";
}

static enum err put_bill(struct ctx *cx, const struct bill *b, const char *state)
{
    if (b->payer_id)
        cx_emit(cx, topic_user(cx, b->payer_id), "bill.adjusted",
                arena_printf(cx->arena, "{\"bill_id\":\"%lld\",\"amount_fen\":%lld,\"late_fen\":%lld,\"state\":\"%s\"}",
                             (long long)b->id, (long long)b->amount_fen, (long long)b->late_fen, state));
    return db_change_one(
        cx, &q_bill,
        ARGS(I64(b->id), I64(b->amount_fen), I64(b->late_fen), I64(b->late_waived_fen), TXT(state), I64(b->version)),
        ERR_CONFLICT, "账单已变化,请刷新", "changed meanwhile; reload it");
}

static const char *adjust_text(struct ctx *cx, const struct fee_request *q)
{
    struct jw w;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    kv_str(&w, "kind", "adjust");
    kv_str(&w, "reason", q->reason);
    kv_id(&w, "request_id", q->id);
    kv_int(&w, "of_line", q->line_n);
    kv_int(&w, "day", q->day);
    jw_end(&w);
    return jw_text(&w);
}

static enum err apply_adjust(struct ctx *cx, struct fee_request *q, struct subject *s)
{
    const struct line *l = &s->line;
    int account = str_index(ledger_account_name, LA_COUNT, l->income);
    bool less = q->amount_fen < 0;
    int64_t fen = less ? -q->amount_fen : q->amount_fen, party = account == LA_DEPOSITS ? l->room_id : 0;
    int other = less && account != LA_DEPOSITS ? LA_DISCOUNT : account; /* a smaller deposit is no discount */
    enum err e = account < 0 ? ERR_INTERNAL
                 : less      ? book(cx, q, "adjust", DR(other, party, fen), CR(LA_RECEIVABLE, s->bill.room_id, fen))
                             : book(cx, q, "adjust", DR(LA_RECEIVABLE, s->bill.room_id, fen), CR(other, party, fen));
    if (!e)
        e = db_exec(cx, &q_add_line,
                    ARGS(I64(q->bill_id), I64(l->last_n + 1), I64(cx->who.company_id), I64(l->item_id), I64(l->room_id),
                         I64(l->ref_id), I64(l->basis_id), TXT(l->name), TXT(ledger_account_name[other]), I64(l->from),
                         I64(l->to), I64(q->amount_fen), TXT(adjust_text(cx, q))),
                    NULL);
    s->bill.amount_fen += q->amount_fen;
    return e ? e : put_bill(cx, &s->bill, state_of(&s->bill));
}

static enum err apply_late_waiver(struct ctx *cx, struct fee_request *q, struct subject *s)
{
    s->bill.late_fen -= q->amount_fen;
    s->bill.late_waived_fen += q->amount_fen;
    return put_bill(cx, &s->bill, state_of(&s->bill));
}

static enum err apply_write_off(struct ctx *cx, struct fee_request *q, struct subject *s)
{
    enum err e = book(cx, q, "write_off", DR(LA_WRITE_OFF, s->bill.room_id, q->amount_fen),
                      CR(LA_RECEIVABLE, s->bill.room_id, q->amount_fen));
    return e ? e : put_bill(cx, &s->bill, "written_off");
}

static enum err apply_vacancy(struct ctx *cx, struct fee_request *q, struct subject *s)
{
    (void)s;
    enum err e = fees_not_moving(cx);
    return e ? e
             : db_exec(cx, &q_vacancy,
                       ARGS(I64(cx->who.company_id), I64(cx->who.project_id), I64(q->room_id), I64(q->from_day),
                            I64(q->to_day), I64(q->id)),
                       NULL);
}

static enum err apply_deposit_back(struct ctx *cx, struct fee_request *q, struct subject *s)
{
    int from = str_eq(q->method, "cash") ? LA_CASH : LA_BANK;
    return book(cx, q, "deposit_back", DR(LA_DEPOSITS, s->line.room_id, q->amount_fen), CR(from, 0, q->amount_fen));
}

static enum err apply_void(struct ctx *cx, struct fee_request *q, struct subject *s)
{
    return bill_void(cx, &s->bill, q->reason);
}

static const struct {
    enum err (*check)(struct ctx *cx, struct fee_request *q, struct subject *s);
    enum err (*apply)(struct ctx *cx, struct fee_request *q, struct subject *s);
} kinds[RQ_KINDS] = {
    [RQ_ADJUST] = {check_adjust,       apply_adjust      },
    [RQ_LATE_WAIVER] = {check_late_waiver,  apply_late_waiver },
    [RQ_WRITE_OFF] = {check_write_off,    apply_write_off   },
    [RQ_VACANCY] = {check_vacancy,      apply_vacancy     },
    [RQ_DEPOSIT_BACK] = {check_deposit_back, apply_deposit_back},
    [RQ_VOID] = {check_void,         apply_void        }
};

enum err request_check(struct ctx *cx, struct fee_request *q)
{
    struct subject s;
    return kinds[q->kind].check(cx, q, &s);
}

enum err request_apply(struct ctx *cx, struct fee_request *q)
{
    struct subject s;
    q->day = clock_day(cx->now);
    enum err e = kinds[q->kind].check(cx, q, &s);
    return e ? e : kinds[q->kind].apply(cx, q, &s);
}

/* The late fee follows the new principal from its day on: that is worked out from the decided requests. */
enum err request_settled(struct ctx *cx, const struct fee_request *q, bool approved)
{
    return approved && q->kind == RQ_ADJUST ? late_refresh(cx, q->bill_id) : OK;
}
