/* payment.c - taking and voiding money at the counter, and paying from what was prepaid. SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/money.h"
#include "domain/audit.h"
#include "domain/ledger.h"
#include "domain/outbox.h"
#include "domain/payment_int.h"

const char *const pay_method_name[PAY_METHODS] = {"cash", "card", "transfer", "prepaid", "wechat", "alipay"};
const char *const pay_method_zh[PAY_METHODS] = {"现金", "刷卡", "转账", "预存款", "微信支付", "支付宝"};

STMT(q_held, "payment.held", "SELECT COUNT(*) FROM pay_order_bill WHERE bill_id = $1 AND held = 1");
STMT(q_room, "payment.room", "SELECT id FROM room WHERE id = $1 AND company_id = $2 AND project_id = $3");
STMT(q_owned_from, "payment.owned_from", "SELECT owned_from FROM room WHERE id = $1 AND company_id = $2");
STMT(q_open_of_room, "payment.open_of_room",
     "SELECT " BILL_COLUMNS BILL_FROM " WHERE b.company_id = $1 AND +b.project_id = $2 AND b.room_id = $3"
     " AND b.state IN ('published', 'partial') AND b.period_from >= (SELECT m.owned_from FROM room m WHERE m.id = $3)"
     " AND NOT EXISTS (SELECT 1 FROM pay_order_bill h WHERE h.bill_id = b.id AND h.held = 1)"
     " ORDER BY b.due_day, b.id LIMIT 50");
STMT(q_deposit_back, "payment.deposit_back",
     "SELECT COUNT(*) FROM payment_bill x JOIN fee_request q ON q.bill_id = x.bill_id AND q.bill_id > 0 WHERE "
     "x.payment_id = $1"
     " AND q.kind = 'deposit_back' AND q.state = 'approved'");
STMT(q_void, "payment.void",
     "UPDATE payment SET state = 'void', voided_by = $2, voided_at = $3, reason = $4"
     " WHERE id = $1 AND state = 'taken' AND back_fen = 0 AND shift_id = 0 AND NOT EXISTS (SELECT 1 FROM refund r"
     " WHERE r.payment_id = payment.id AND r.state IN ('requested', 'approved', 'processing', 'abnormal', 'success'))");

/* ---- taking ---- */

static enum err open_bill(struct ctx *cx, int64_t id, struct bill *b)
{
    int64_t held = 0;
    enum err e = payment_load_bill(cx, id, b);
    if (e == ERR_NOT_FOUND || (!e && b->project_id != cx->who.project_id))
        return cx_fail(cx, ERR_NOT_FOUND, "bills", "账单不存在", "no such bill");
    if (!e && !str_eq(b->state, "published") && !str_eq(b->state, "partial"))
        return cx_fail(cx, ERR_STATE, "bills", "账单未发布、已缴清或已作废", "not published, paid already or void");
    if (!e)
        e = db_i64(cx, &q_held, ARGS(I64(id)), &held, NULL);
    if (!e && held)
        e = cx_fail(cx, ERR_STATE, "bills", "账单正在线上支付,请先关闭该支付单",
                    "it is being paid online; close that order first");
    return e;
}

static enum err load_bills(struct ctx *cx, const struct payment_in *in, struct bill *v, int64_t *due)
{
    *due = 0;
    for (size_t i = 0; i < in->nbills; i++) {
        for (size_t k = 0; k < i; k++)
            if (in->bills[k] == in->bills[i])
                return cx_fail(cx, ERR_INVALID, "bills", "账单重复", "a bill is named twice");
        enum err e = open_bill(cx, in->bills[i], &v[i]);
        if (e)
            return e;
        *due += bill_due_fen(&v[i]);
    }
    return OK;
}

static enum err check_prepaid(struct ctx *cx, const struct payment_in *in)
{
    int64_t room = 0;
    bool found = false;
    if (!in->prepaid_fen)
        return OK;
    if (in->method == PAY_PREPAID)
        return cx_fail(cx, ERR_INVALID, "prepaid_fen", "预存款不能再预存",
                       "the prepaid account cannot pay into itself");
    enum err e = db_i64(cx, &q_room, ARGS(I64(in->prepaid_room_id), I64(cx->who.company_id), I64(cx->who.project_id)),
                        &room, &found);
    return e || found ? e : cx_fail(cx, ERR_INVALID, "prepaid_room_id", "房间不存在", "no such room");
}

/* *bills: what goes on bills (rounding included); *money: what is to be handed over. */
static enum err check(struct ctx *cx, const struct payment_in *in, int64_t due, int64_t *bills, int64_t *money)
{
    bool cash = in->method == PAY_CASH, bare = cash || in->method == PAY_PREPAID;
    const int64_t typed[] = {in->amount_fen, in->prepaid_fen, in->tendered_fen};
    for (size_t i = 0; i < COUNT(typed); i++)
        if (typed[i] < 0 || typed[i] > FEN_MAX)
            return cx_fail(cx, ERR_INVALID, "amount_fen", "金额无效", "not an amount");
    *bills = in->amount_fen ? in->amount_fen : due;
    *money = *bills - in->rounding_fen + in->prepaid_fen;
    int64_t tendered = in->tendered_fen ? in->tendered_fen : *money;
    if (in->method < 0 || in->method >= PAY_COUNTER_METHODS)
        return cx_fail(cx, ERR_INVALID, "method", "柜台不支持该方式", "not a method of the counter");
    if (in->rounding_fen && (!cash || in->rounding_fen < 0 || in->rounding_fen > PAYMENT_ROUND_MAX))
        return cx_fail(cx, ERR_INVALID, "rounding_fen", "抹零只用于现金,且不足一元",
                       "only cash is rounded off, by less than a yuan");
    if (in->rounding_fen && *bills < due)
        return cx_fail(cx, ERR_INVALID, "rounding_fen", "一次付清才可抹零", "only what is paid whole is rounded off");
    if (*bills > due)
        return cx_fail(cx, ERR_INVALID, "amount_fen", "多于应收金额", "more than is due");
    if (*bills + in->prepaid_fen > FEN_MAX)
        return cx_fail(cx, ERR_INVALID, "amount_fen", "一次收款超过上限", "more than one payment can be");
    if (*money <= 0 || *bills < in->rounding_fen)
        return cx_fail(cx, ERR_INVALID, "amount_fen", "没有可收的金额", "there is nothing to pay");
    if (tendered < *money)
        return cx_fail(cx, ERR_INVALID, "tendered_fen", "实收少于应付", "less was handed over than is to be paid");
    if (!cash && tendered != *money)
        return cx_fail(cx, ERR_INVALID, "tendered_fen", "非现金收款不找零", "only cash gives change");
    if (bare != str_empty(in->voucher))
        return bare ? cx_fail(cx, ERR_INVALID, "voucher", "现金没有凭证号", "this method has no voucher")
                    : cx_fail(cx, ERR_INVALID, "voucher", "请填写凭证号", "the voucher number is missing");
    return check_prepaid(cx, in);
}

/* One room's prepaid account pays that room's bills only, and never more than is on it. The money is the present owner's:
 * what a former one owes is not paid from it. */
static enum err prepaid_covers(struct ctx *cx, const struct bill *v, size_t n, int64_t money)
{
    int64_t have = 0, since = 0;
    for (size_t i = 1; i < n; i++)
        if (v[i].room_id != v[0].room_id)
            return cx_fail(cx, ERR_INVALID, "bills", "预存款只能支付同一房间的账单",
                           "a prepaid account pays for its own room");
    enum err e = db_i64(cx, &q_owned_from, ARGS(I64(v[0].room_id), I64(cx->who.company_id)), &since, NULL);
    for (size_t i = 0; i < n && !e; i++)
        if (v[i].period_from < since)
            e = cx_fail(cx, ERR_STATE, "bills", "账单属于原业主,不能用现业主的预存款支付",
                        "a bill of the former owner; the prepaid money is the present one's");
    if (!e)
        e = ledger_balance(cx, cx->who.project_id, LA_PREPAID, v[0].room_id, &have);
    return e || have >= money
               ? e
               : cx_fail(cx, ERR_STATE, "amount_fen", "预存余额不足", "the prepaid account does not hold that much");
}

enum err payment_take(struct ctx *cx, const struct payment_in *in, struct payment *out)
{
    struct bill v[PAYMENT_BILLS];
    struct share s[PAYMENT_BILLS];
    int64_t due = 0, bills = 0, money = 0;
    if (in->nbills > PAYMENT_BILLS || (in->nbills == 0 && in->prepaid_fen <= 0))
        return cx_fail(cx, ERR_INVALID, "bills", "一次收 1 到 50 张账单", "1 to 50 bills at once");
    enum err e = load_bills(cx, in, v, &due);
    if (!e)
        e = check(cx, in, due, &bills, &money);
    if (e)
        return e;
    struct booking b = {.method = in->method,
                        .voucher = in->voucher,
                        .project_id = cx->who.project_id,
                        .cashier_id = cx->who.id,
                        .day = clock_day(cx->now),
                        .share = s,
                        .n = payment_spread(v, in->nbills, bills, s),
                        .payer = in->nbills ? v[0].payer : "",
                        .prepaid_fen = in->prepaid_fen,
                        .prepaid_room_id = in->prepaid_fen ? in->prepaid_room_id : 0,
                        .rounding_fen = in->rounding_fen,
                        .tendered_fen = in->tendered_fen};
    b.money = in->method == PAY_CASH ? LA_CASH : in->method == PAY_PREPAID ? LA_PREPAID : LA_BANK;
    b.money_party = in->method == PAY_CASH ? cx->who.id : in->method == PAY_PREPAID ? v[0].room_id : 0;
    if (in->method == PAY_PREPAID) /* it has bills: prepaid_fen is refused */
        e = prepaid_covers(cx, v, in->nbills, money);
    if (!e)
        e = payment_book(cx, &b, out);
    if (!e)
        e = audit_add(cx, "payment.take", "payment", out->id, NULL,
                      arena_printf(cx->arena, "{\"receipt_no\":%lld,\"amount_fen\":%lld}", (long long)out->receipt_no,
                                   (long long)out->amount_fen));
    return e ? e : payment_get(cx, out->id, out, NULL, NULL);
}

/* ---- from the prepaid account, by itself ---- */

struct open_bills {
    struct bill v[PAYMENT_BILLS];
    size_t n;
};

static enum err on_open(struct ctx *cx, const struct row *r, void *out)
{
    struct open_bills *l = out;
    return bill_row(cx, r, &l->v[l->n++]);
}

enum err payment_from_prepaid(struct ctx *cx, int64_t room_id, int64_t *used_fen)
{
    struct open_bills *l = arena_alloc(cx->arena, sizeof *l);
    struct share s[PAYMENT_BILLS];
    struct payment p;
    int64_t have = 0;
    *used_fen = 0;
    l->n = 0;
    enum err e = ledger_balance(cx, cx->who.project_id, LA_PREPAID, room_id, &have);
    if (e || have <= 0)
        return e;
    e = db_each(cx, &q_open_of_room, ARGS(I64(cx->who.company_id), I64(cx->who.project_id), I64(room_id)), on_open, l);
    struct booking b = {.method = PAY_PREPAID,
                        .project_id = cx->who.project_id,
                        .cashier_id = cx->who.id,
                        .day = clock_day(cx->now),
                        .money = LA_PREPAID,
                        .money_party = room_id,
                        .share = s,
                        .n = e ? 0 : payment_spread(l->v, l->n, have < FEN_MAX ? have : FEN_MAX, s),
                        .payer = l->n ? l->v[0].payer : ""};
    if (e || !b.n)
        return e;
    e = payment_book(cx, &b, &p);
    *used_fen = p.amount_fen;
    return e ? e : audit_add(cx, "payment.from_prepaid", "payment", p.id, NULL, NULL);
}

/* ---- voiding ---- */

static enum err give_back(struct ctx *cx, const struct payment *p)
{
    struct share s[PAYMENT_BILLS];
    size_t n = 0;
    int64_t entry = 0, left = 0;
    struct ledger_entry as = {
        .project_id = p->project_id, .ref_id = p->id, .day = clock_day(cx->now), .kind = "void", .ref_kind = "payment"};
    enum err e = payment_shares(cx, p->id, s, PAYMENT_BILLS, &n);
    for (size_t i = 0; i < n && !e; i++)
        e = payment_take_off(cx, p->id, &s[i], "bill.unpaid");
    if (!e)
        e = ledger_reverse(cx, p->entry_id, &as, &entry);
    if (!e && p->prepaid_fen)
        e = ledger_balance(cx, p->project_id, LA_PREPAID, p->prepaid_room_id, &left);
    if (!e && left < 0)
        e = cx_fail(cx, ERR_STATE, "state", "预存款已被使用,不能作废", "what was prepaid has been used");
    return e;
}

enum err payment_void(struct ctx *cx, int64_t id, const char *reason, struct payment *out)
{
    int64_t given_back = 0;
    enum err e = payment_get(cx, id, out, NULL, NULL);
    if (!e)
        e = db_i64(cx, &q_deposit_back, ARGS(I64(id)), &given_back, NULL);
    if (!e && given_back)
        e = cx_fail(cx, ERR_STATE, "state", "其中的押金已退还,不能作废", "a deposit paid by it has gone back");
    if (!e && out->order_id)
        e = cx_fail(cx, ERR_STATE, "state", "线上收款请走退款", "what came online is refunded, not voided");
    if (!e && out->cashier_id == cx->who.id)
        e = cx_fail(cx, ERR_FORBIDDEN, NULL, "作废须由另一人办理", "another person has to void it");
    if (!e && str_empty(reason))
        e = cx_fail(cx, ERR_INVALID, "reason", "请填写作废原因", "say why");
    if (!e && out->shift_id)
        e = cx_fail(cx, ERR_STATE, "state", "该班次已交班,请走退款", "its shift is closed; refund it instead");
    if (!e)
        e = db_change_one(cx, &q_void, ARGS(I64(id), I64(cx->who.id), I64(cx->now), TXT(reason)), ERR_STATE,
                          "收款已作废或已有退款", "void already, or something went back");
    if (!e)
        e = give_back(cx, out);
    if (!e)
        e = audit_add(cx, "payment.void", "payment", id, NULL, NULL);
    books_tell(cx, out->project_id, "payment.status", id, "void");
    if (!e) /* its invoice, if there is one */
        e = outbox_add(cx, "payment.refunded", id, 0, out->project_id, NULL);
    return e ? e : payment_get(cx, id, out, NULL, NULL);
}
