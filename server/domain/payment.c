/* payment.c - taking and voiding money at the counter. SPDX-License-Identifier: MIT */
#include "domain/payment.h"
#include "base/clock.h"
#include "base/id.h"
#include "domain/audit.h"
#include "domain/billing_int.h"
#include "domain/ledger.h"
#include "platform/events.h"
#include <stdlib.h>

const char *const pay_method_name[PAY_METHODS] = {"cash", "card", "transfer"};

STMT(q_bill, "payment.bill",
     "SELECT " BILL_COLUMNS BILL_FROM " WHERE b.id = $1 AND b.company_id = $2 AND b.project_id = $3");
STMT(q_put_on, "payment.put_on",
     "UPDATE bill SET paid_fen = paid_fen + $2, version = version + 1,"
     " state = CASE WHEN paid_fen + $2 = amount_fen THEN 'paid' ELSE 'partial' END"
     " WHERE id = $1 AND version = $3 AND state IN ('published', 'partial') AND paid_fen + $2 <= amount_fen");
STMT(q_take_off, "payment.take_off",
     "UPDATE bill SET paid_fen = paid_fen - $2, version = version + 1,"
     " state = CASE WHEN paid_fen = $2 THEN 'published' ELSE 'partial' END"
     " WHERE id = $1 AND state IN ('partial', 'paid') AND paid_fen >= $2");
STMT(q_number, "payment.number",
     "INSERT INTO receipt_number(company_id, project_id, last) VALUES ($1, $2, 1)"
     " ON CONFLICT (company_id, project_id) DO UPDATE SET last = receipt_number.last + 1 RETURNING last");
STMT(
    q_insert, "payment.insert",
    "INSERT INTO payment(id, company_id, project_id, receipt_no, method, voucher, amount_fen, tendered_fen, payer_name,"
    " entry_id, cashier_id, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)");
STMT(q_insert_part, "payment.insert_part",
     "INSERT INTO payment_bill(payment_id, bill_id, company_id, amount_fen) VALUES ($1, $2, $3, $4)");
#define COLUMNS                                                                                                        \
    "SELECT id, project_id, receipt_no, amount_fen, tendered_fen, entry_id, cashier_id, created_at, voided_by,"        \
    " voided_at, method, voucher, state, payer_name, reason FROM payment"
STMT(q_get, "payment.get", COLUMNS " WHERE id = $1 AND company_id = $2 AND project_id = $3");
STMT(q_list, "payment.list",
     COLUMNS " WHERE company_id = $1 AND project_id = $2 AND ($3 = 0 OR id < $3) ORDER BY id DESC LIMIT $4");
STMT(q_parts, "payment.parts",
     "SELECT p.bill_id, b.room_id, p.amount_fen, b.room_name, b.payer_name, b.payer_id FROM payment_bill p"
     " JOIN bill b ON b.id = p.bill_id WHERE p.payment_id = $1 ORDER BY p.bill_id");
STMT(
    q_void, "payment.void",
    "UPDATE payment SET state = 'void', voided_by = $2, voided_at = $3, reason = $4 WHERE id = $1 AND state = 'taken'");
STMT(q_bad_bill, "payment.bad_bill",
     "SELECT COALESCE(MIN(b.id), 0) FROM bill b WHERE b.paid_fen <> COALESCE((SELECT SUM(x.amount_fen)"
     " FROM payment_bill x JOIN payment p ON p.id = x.payment_id WHERE x.bill_id = b.id AND p.state = 'taken'), 0)"
     " OR b.paid_fen > b.amount_fen OR (b.state = 'paid') <> (b.paid_fen = b.amount_fen AND b.paid_fen > 0)");
STMT(q_bad_payment, "payment.bad_payment",
     "SELECT COALESCE(MIN(p.id), 0) FROM payment p WHERE p.amount_fen <> COALESCE((SELECT SUM(x.amount_fen)"
     " FROM payment_bill x WHERE x.payment_id = p.id), 0) OR p.amount_fen <> COALESCE((SELECT SUM(l.debit_fen)"
     " FROM ledger_line l WHERE l.entry_id = p.entry_id), 0)");
STMT(q_bad_number, "payment.bad_number",
     "SELECT COALESCE(MIN(n.project_id), 0) FROM receipt_number n WHERE n.last <> (SELECT COUNT(*) FROM payment p"
     " WHERE p.company_id = n.company_id AND p.project_id = n.project_id AND p.receipt_no BETWEEN 1 AND n.last)");

static enum err on_payment(struct ctx *cx, const struct row *r, void *out)
{
    struct payment *p = out;
    *p = (struct payment){.id = row_i64(r, 0),
                          .project_id = row_i64(r, 1),
                          .receipt_no = row_i64(r, 2),
                          .amount_fen = row_i64(r, 3),
                          .tendered_fen = row_i64(r, 4),
                          .entry_id = row_i64(r, 5),
                          .cashier_id = row_i64(r, 6),
                          .created_at = row_i64(r, 7),
                          .voided_by = row_i64(r, 8),
                          .voided_at = row_i64(r, 9),
                          .method = row_text(cx, r, 10),
                          .voucher = row_text(cx, r, 11),
                          .state = row_text(cx, r, 12),
                          .payer = row_text(cx, r, 13),
                          .reason = row_text(cx, r, 14)};
    return OK;
}

/* ---- taking ---- */

static int older_first(const void *a, const void *b)
{
    const struct bill *x = a, *y = b;
    if (x->due_day != y->due_day)
        return x->due_day < y->due_day ? -1 : 1;
    return (x->id > y->id) - (x->id < y->id);
}

static enum err load_bills(struct ctx *cx, const struct payment_in *in, struct bill *v, int64_t *due)
{
    *due = 0;
    for (size_t i = 0; i < in->nbills; i++) {
        for (size_t k = 0; k < i; k++)
            if (in->bills[k] == in->bills[i])
                return cx_fail(cx, ERR_INVALID, "bills", "账单重复", "a bill is named twice");
        enum err e = db_one(cx, &q_bill, ARGS(I64(in->bills[i]), I64(cx->who.company_id), I64(cx->who.project_id)),
                            bill_row, &v[i]);
        if (e == ERR_NOT_FOUND)
            return cx_fail(cx, e, "bills", "账单不存在", "no such bill");
        if (!e && !str_eq(v[i].state, "published") && !str_eq(v[i].state, "partial"))
            return cx_fail(cx, ERR_STATE, "bills", "账单未发布、已缴清或已作废", "not published, paid already or void");
        if (e)
            return e;
        *due += v[i].amount_fen - v[i].paid_fen;
    }
    qsort(v, in->nbills, sizeof *v, older_first);
    return OK;
}

/* Fills in what the form may leave out. */
static enum err check(struct ctx *cx, const struct payment_in *in, int64_t due, int64_t *amount, int64_t *tendered)
{
    bool cash = in->method == PAY_CASH;
    *amount = in->amount_fen ? in->amount_fen : due;
    *tendered = in->tendered_fen ? in->tendered_fen : *amount;
    if (*amount > due)
        return cx_fail(cx, ERR_INVALID, "amount_fen", "多于应收金额", "more than is due");
    if (*amount <= 0)
        return cx_fail(cx, ERR_INVALID, "amount_fen", "没有可收的金额", "there is nothing to pay");
    if (*tendered < *amount)
        return cx_fail(cx, ERR_INVALID, "tendered_fen", "实收少于应付", "less was handed over than is to be paid");
    if (!cash && *tendered != *amount)
        return cx_fail(cx, ERR_INVALID, "tendered_fen", "非现金收款不找零", "only cash gives change");
    if (cash != str_empty(in->voucher))
        return cash ? cx_fail(cx, ERR_INVALID, "voucher", "现金没有凭证号", "cash has no voucher")
                    : cx_fail(cx, ERR_INVALID, "voucher", "请填写凭证号", "the voucher number is missing");
    return OK;
}

static void tell(struct ctx *cx, int64_t payer_id, const char *event, int64_t payment, int64_t bill, int64_t fen)
{
    if (payer_id)
        cx_emit(cx, topic_user(cx, payer_id), event,
                arena_printf(cx->arena, "{\"payment_id\":\"%lld\",\"bill_id\":\"%lld\",\"amount_fen\":%lld}",
                             (long long)payment, (long long)bill, (long long)fen));
}

/* What part of a payment goes on which bill. */
struct share {
    const struct bill *bill;
    int64_t fen;
};

/* Oldest due first, to the fen. */
static size_t spread(const struct bill *v, size_t n, int64_t amount, struct share *out)
{
    size_t k = 0;
    for (size_t i = 0; i < n && amount; i++) {
        int64_t open = v[i].amount_fen - v[i].paid_fen, fen = open < amount ? open : amount;
        amount -= fen;
        if (fen)
            out[k++] = (struct share){&v[i], fen};
    }
    return k;
}

static enum err book(struct ctx *cx, const struct payment_in *in, const struct share *s, size_t n, int64_t amount,
                     struct payment *p)
{
    struct ledger_line lines[PAYMENT_BILLS + 1];
    struct ledger_entry of = {.project_id = cx->who.project_id,
                              .ref_id = p->id,
                              .day = clock_day(cx->now),
                              .kind = "take",
                              .ref_kind = "payment",
                              .memo = in->voucher ? in->voucher : ""};
    lines[0] = in->method == PAY_CASH ? DR(LA_CASH, cx->who.id, amount) : DR(LA_BANK, 0, amount);
    for (size_t i = 0; i < n; i++)
        lines[i + 1] = CR(LA_RECEIVABLE, s[i].bill->room_id, s[i].fen);
    enum err e = ledger_post(cx, &of, lines, n + 1, &p->entry_id);
    return e ? e : db_i64(cx, &q_number, ARGS(I64(cx->who.company_id), I64(cx->who.project_id)), &p->receipt_no, NULL);
}

static enum err put_on(struct ctx *cx, int64_t payment, const struct share *s)
{
    enum err e = db_change_one(cx, &q_put_on, ARGS(I64(s->bill->id), I64(s->fen), I64(s->bill->version)), ERR_CONFLICT,
                               "账单已变化,请刷新", "changed meanwhile; reload it");
    if (!e)
        e = db_exec(cx, &q_insert_part, ARGS(I64(payment), I64(s->bill->id), I64(cx->who.company_id), I64(s->fen)),
                    NULL);
    tell(cx, s->bill->payer_id, "bill.paid", payment, s->bill->id, s->fen);
    return e;
}

enum err payment_take(struct ctx *cx, const struct payment_in *in, struct payment *out)
{
    struct bill v[PAYMENT_BILLS];
    struct share s[PAYMENT_BILLS];
    struct payment p = {.id = id_new()};
    int64_t due = 0, amount = 0, tendered = 0;
    size_t n = 0;
    if (in->nbills == 0 || in->nbills > PAYMENT_BILLS)
        return cx_fail(cx, ERR_INVALID, "bills", "一次收 1 到 50 张账单", "1 to 50 bills at once");
    enum err e = load_bills(cx, in, v, &due);
    if (!e)
        e = check(cx, in, due, &amount, &tendered);
    if (!e) {
        n = spread(v, in->nbills, amount, s);
        e = book(cx, in, s, n, amount, &p);
    }
    if (!e)
        e = db_exec(cx, &q_insert,
                    ARGS(I64(p.id), I64(cx->who.company_id), I64(cx->who.project_id), I64(p.receipt_no),
                         TXT(pay_method_name[in->method]), TXT(in->voucher ? in->voucher : ""), I64(amount),
                         I64(tendered), TXT(v[0].payer ? v[0].payer : ""), I64(p.entry_id), I64(cx->who.id),
                         I64(cx->now)),
                    NULL);
    if (e == ERR_EXISTS)
        return cx_fail(cx, e, "voucher", "该凭证号已收过款", "that voucher has paid already");
    for (size_t i = 0; i < n && !e; i++)
        e = put_on(cx, p.id, &s[i]);
    if (!e)
        e = audit_add(cx, "payment.take", "payment", p.id, NULL,
                      arena_printf(cx->arena, "{\"receipt_no\":%lld,\"amount_fen\":%lld}", (long long)p.receipt_no,
                                   (long long)amount));
    return e ? e : payment_get(cx, p.id, out, NULL, NULL);
}

/* ---- voiding ---- */

struct undo {
    struct part {
        int64_t bill, fen, payer;
    } v[PAYMENT_BILLS];
    size_t n;
};

static enum err on_undo(struct ctx *cx, const struct row *r, void *out)
{
    struct undo *u = out;
    (void)cx;
    if (u->n == PAYMENT_BILLS)
        return ERR_INTERNAL;
    u->v[u->n++] = (struct part){.bill = row_i64(r, 0), .fen = row_i64(r, 2), .payer = row_i64(r, 5)};
    return OK;
}

static enum err give_back(struct ctx *cx, const struct payment *p)
{
    struct undo u = {0};
    struct ledger_entry as = {
        .project_id = p->project_id, .ref_id = p->id, .day = clock_day(cx->now), .kind = "void", .ref_kind = "payment"};
    int64_t entry = 0;
    enum err e = db_each(cx, &q_parts, ARGS(I64(p->id)), on_undo, &u);
    for (size_t i = 0; i < u.n && !e; i++) {
        e = db_change_one(cx, &q_take_off, ARGS(I64(u.v[i].bill), I64(u.v[i].fen)), ERR_CONFLICT, "账单已变化,请刷新",
                          "changed meanwhile; reload it");
        tell(cx, u.v[i].payer, "bill.unpaid", p->id, u.v[i].bill, u.v[i].fen);
    }
    return e ? e : ledger_reverse(cx, p->entry_id, &as, &entry);
}

enum err payment_void(struct ctx *cx, int64_t id, const char *reason, struct payment *out)
{
    enum err e = payment_get(cx, id, out, NULL, NULL);
    if (!e && out->cashier_id == cx->who.id)
        e = cx_fail(cx, ERR_FORBIDDEN, NULL, "作废须由另一人办理", "another person has to void it");
    if (!e && str_empty(reason))
        e = cx_fail(cx, ERR_INVALID, "reason", "请填写作废原因", "say why");
    if (!e)
        e = db_change_one(cx, &q_void, ARGS(I64(id), I64(cx->who.id), I64(cx->now), TXT(reason)), ERR_STATE,
                          "收款已作废", "void already");
    if (!e)
        e = give_back(cx, out);
    if (!e)
        e = audit_add(cx, "payment.void", "payment", id, NULL, NULL);
    return e ? e : payment_get(cx, id, out, NULL, NULL);
}

/* ---- reading ---- */

struct parts {
    payment_part_fn *fn;
    void *arg;
};

static enum err on_part(struct ctx *cx, const struct row *r, void *out)
{
    struct parts *l = out;
    struct payment_part p = {.bill_id = row_i64(r, 0),
                             .room_id = row_i64(r, 1),
                             .amount_fen = row_i64(r, 2),
                             .room = row_text(cx, r, 3),
                             .payer = row_text(cx, r, 4)};
    l->fn(l->arg, &p);
    return OK;
}

enum err payment_get(struct ctx *cx, int64_t id, struct payment *out, payment_part_fn *fn, void *arg)
{
    struct parts l = {fn, arg};
    enum err e = db_one(cx, &q_get, ARGS(I64(id), I64(cx->who.company_id), I64(cx->who.project_id)), on_payment, out);
    if (e == ERR_NOT_FOUND)
        return cx_fail(cx, e, "id", "收款不存在", "no such payment");
    return e || !fn ? e : db_each(cx, &q_parts, ARGS(I64(id)), on_part, &l);
}

struct listing {
    payment_fn *fn;
    void *arg;
};

static enum err on_listed(struct ctx *cx, const struct row *r, void *out)
{
    struct listing *l = out;
    struct payment p;
    enum err e = on_payment(cx, r, &p);
    l->fn(l->arg, &p);
    return e;
}

enum err payment_list(struct ctx *cx, int64_t before, int64_t limit, payment_fn *fn, void *arg)
{
    struct listing l = {fn, arg};
    return db_each(cx, &q_list, ARGS(I64(cx->who.company_id), I64(cx->who.project_id), I64(before), I64(limit)),
                   on_listed, &l);
}

enum err payment_verify(struct ctx *cx, struct payment_faults *out)
{
    enum err e = db_i64(cx, &q_bad_bill, NO_ARGS, &out->bill, NULL);
    if (!e)
        e = db_i64(cx, &q_bad_payment, NO_ARGS, &out->payment, NULL);
    return e ? e : db_i64(cx, &q_bad_number, NO_ARGS, &out->project, NULL);
}
