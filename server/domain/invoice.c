/* invoice.c - see invoice.h. SPDX-License-Identifier: MIT */
#include "domain/invoice.h"
#include "base/id.h"
#include "domain/audit.h"
#include "domain/receipt.h"
#include "platform/crypto/crypto.h"
#include "platform/events.h"
#include "platform/store/db.h"
#include <string.h>

const char *const invoice_state_name[INVOICE_STATES] = {"submitted", "processing",        "issued",  "rejected",
                                                        "canceled",  "reversal_required", "reversed"};
const char *const invoice_action_name[INVOICE_ACTIONS] = {"process", "issue", "reject", "cancel", "reverse"};
const char *const invoice_buyer_name[2] = {"person", "company"};

#define STAFF (ROLES_ADMIN | ROLE_MANAGER | ROLE_CASHIER | ROLE_AUDITOR)
#define COLUMNS                                                                                                        \
    "SELECT id, project_id, payment_id, account_id, amount_fen, file_id, handled_by, version, created_at, changed_at," \
    " state, buyer, title, tax_no, mail_hint, code, number, red_number, reason FROM invoice"
STMT(
    q_add, "invoice.add",
    "INSERT INTO invoice(id, company_id, project_id, payment_id, account_id, buyer, title, tax_no, mail_enc, mail_hint,"
    " amount_fen, state, created_at, changed_at)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'submitted', $12, $12)");
STMT(q_get, "invoice.get", COLUMNS " WHERE id = $1 AND company_id = $2");
STMT(q_mine, "invoice.list_mine",
     COLUMNS " WHERE company_id = $1 AND account_id = $2 AND ($3 = '' OR state = $3) AND ($4 = 0 OR id < $4)"
             " ORDER BY id DESC LIMIT $5");
STMT(q_project, "invoice.list_project",
     COLUMNS " WHERE company_id = $1 AND project_id = $2 AND ($3 = '' OR state = $3) AND ($4 = 0 OR id < $4)"
             " ORDER BY id DESC LIMIT $5");
STMT(q_step, "invoice.step",
     "UPDATE invoice SET state = $2, code = $3, number = $4, red_number = $5, file_id = $6, reason = $7, handled_by = "
     "$8,"
     " changed_at = $9, version = version + 1 WHERE id = $1 AND version = $10");
STMT(q_lower, "invoice.lower",
     "UPDATE invoice SET state = $2, amount_fen = $3, reason = $4, changed_at = $5, version = version + 1"
     " WHERE id = $1 AND version = $6");
STMT(q_live, "invoice.live",
     COLUMNS " WHERE company_id = $1 AND payment_id = $2 AND state IN ('submitted', 'processing', 'issued')");
/* What a bill got pays its fees first and its deposits last, over all payments of it: deposits are owed back and no sale, and
 * payments in parts do not invoice a fee twice. */
STMT(
    q_payment, "invoice.payment",
    "SELECT p.amount_fen - p.back_fen, CAST(COALESCE((SELECT SUM(x.late + CASE WHEN x.before >= x.fees THEN 0"
    " WHEN x.before + x.own > x.fees THEN x.fees - x.before ELSE x.own END) FROM"
    " (SELECT y.late_fen - y.back_late_fen AS late, y.amount_fen - y.back_fen AS own, COALESCE((SELECT SUM(o.amount_fen"
    " - o.back_fen) FROM payment_bill o JOIN payment q ON q.id = o.payment_id WHERE o.bill_id = y.bill_id"
    " AND o.payment_id < y.payment_id AND q.state = 'taken'), 0) AS before, b.amount_fen - COALESCE((SELECT"
    " SUM(l.amount_fen) FROM bill_line l WHERE l.bill_id = b.id AND l.income = 'deposits'), 0) AS fees"
    " FROM payment_bill y JOIN bill b ON b.id = y.bill_id WHERE y.payment_id = $1) x), 0) AS BIGINT) - p.rounding_fen,"
    " p.state FROM payment p WHERE p.id = $1 AND p.company_id = $2");
STMT(q_pdf, "invoice.pdf",
     "SELECT id FROM file WHERE id = $1 AND company_id = $2 AND account_id = $3 AND kind = 'application/pdf'");
STMT(q_stored, "invoice.stored", "SELECT stored FROM file WHERE id = $1 AND company_id = $2");

/* GB 32100: 31 characters, weights 3^i mod 31. */
bool tax_no_valid(const char *s)
{
    static const char digit[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    int weight = 1, sum = 0;
    if (!s || strlen(s) != 18)
        return false;
    for (int i = 0; i < 18; i++) {
        const char *p = strchr(digit, s[i]);
        if (!p || (i >= 2 && i < 8 && p - digit > 9)) /* 3 to 8: the region, digits only */
            return false;
        if (i == 17)
            return (31 - sum % 31) % 31 == p - digit;
        sum += (int)(p - digit) * weight;
        weight = weight * 3 % 31;
    }
    return false;
}

static enum err on_invoice(struct ctx *cx, const struct row *r, void *out)
{
    struct invoice *i = out;
    *i = (struct invoice){.id = row_i64(r, 0),
                          .project_id = row_i64(r, 1),
                          .payment_id = row_i64(r, 2),
                          .account_id = row_i64(r, 3),
                          .amount_fen = row_i64(r, 4),
                          .file_id = row_i64(r, 5),
                          .handled_by = row_i64(r, 6),
                          .version = row_i64(r, 7),
                          .created_at = row_i64(r, 8),
                          .changed_at = row_i64(r, 9),
                          .state = str_index(invoice_state_name, INVOICE_STATES, row_text(cx, r, 10)),
                          .buyer = str_index(invoice_buyer_name, 2, row_text(cx, r, 11)),
                          .title = row_text(cx, r, 12),
                          .tax_no = row_text(cx, r, 13),
                          .mail_hint = row_text(cx, r, 14),
                          .code = row_text(cx, r, 15),
                          .number = row_text(cx, r, 16),
                          .red_number = row_text(cx, r, 17),
                          .reason = row_text(cx, r, 18)};
    return i->state < 0 ? ERR_INTERNAL : OK;
}

static void tell(struct ctx *cx, const struct invoice *i, enum invoice_state to)
{
    cx_emit(cx, topic_user(cx, i->account_id), "invoice.changed",
            arena_printf(cx->arena, "{\"id\":\"%lld\",\"payment_id\":\"%lld\",\"state\":\"%s\"}", (long long)i->id,
                         (long long)i->payment_id, invoice_state_name[to]));
}

/* ---- asking ---- */

struct paid {
    int64_t kept, on_bills;
    bool void_;
};

static enum err on_paid(struct ctx *cx, const struct row *r, void *out)
{
    struct paid *p = out;
    *p = (struct paid){row_i64(r, 0), row_i64(r, 1), str_eq(row_text(cx, r, 2), "void")};
    return OK;
}

/* Of a payment: what did not go back and lies on bills, deposits aside. What was prepaid is invoiced when it is used. */
static enum err room_left(struct ctx *cx, int64_t payment_id, int64_t *left)
{
    struct paid p = {0};
    enum err e = db_one(cx, &q_payment, ARGS(I64(payment_id), I64(cx->who.company_id)), on_paid, &p);
    *left = p.void_ ? 0 : p.kept < p.on_bills ? p.kept : p.on_bills;
    return e;
}

static enum err check(struct ctx *cx, const struct invoice_in *in, int64_t max)
{
    if (max <= 0)
        return cx_fail(cx, ERR_STATE, "payment_id", "该收款没有可开票金额", "nothing of it may be invoiced");
    if (in->amount_fen > max)
        return cx_fail(cx, ERR_INVALID, "amount_fen", "超过可开票金额 %lld 分",
                       "more than the %lld fen that may be invoiced", (long long)max);
    if (in->buyer == 1 && !tax_no_valid(in->tax_no))
        return cx_fail(cx, ERR_INVALID, "tax_no", "统一社会信用代码有误,请核对",
                       "not a valid unified social credit code");
    if (in->buyer == 0 && !str_empty(in->tax_no))
        return cx_fail(cx, ERR_INVALID, "tax_no", "个人抬头不填税号", "a person has no tax number here");
    if (!str_empty(in->mail) && !email_valid(in->mail))
        return cx_fail(cx, ERR_INVALID, "mail", "邮箱格式错误", "not a mail address");
    return OK;
}

static const char *mail_hint(struct arena *a, const char *mail)
{
    const char *at = strchr(mail, '@');
    return at ? arena_printf(a, "%.1s***%s", mail, at) : "";
}

enum err invoice_apply(struct ctx *cx, const struct invoice_in *in, struct invoice *out)
{
    struct payment p = {.state = ""};
    int64_t id = id_new();
    size_t n = 0;
    const char *mail = in->mail ? in->mail : "";
    int64_t max = 0;
    enum err e = receipt_payment(cx, in->payment_id, &p);
    if (!e)
        e = room_left(cx, p.id, &max);
    if (!e)
        e = check(cx, in, max);
    if (e)
        return e;
    const void *sealed =
        *mail ? pii_seal(cx->arena, mail, arena_printf(cx->arena, "invoice.mail|%lld", (long long)id), &n) : NULL;
    e = db_try(cx, &q_add,
               ARGS(I64(id), I64(cx->who.company_id), I64(p.project_id), I64(p.id), I64(cx->who.id),
                    TXT(invoice_buyer_name[in->buyer]), TXT(in->title), TXT(in->tax_no ? in->tax_no : ""),
                    sealed ? BLOB(sealed, n) : TXT(NULL), TXT(mail_hint(cx->arena, mail)),
                    I64(in->amount_fen ? in->amount_fen : max), I64(cx->now)),
               NULL);
    if (e == ERR_EXISTS)
        return cx_fail(cx, e, "payment_id", "该收款已申请过发票", "an invoice for it has been asked for already");
    if (!e)
        e = audit_add(cx, "invoice.apply", "invoice", id, NULL, NULL);
    return e ? e : invoice_get(cx, id, out);
}

/* ---- steps ---- */

static const struct {
    unsigned from; /* bits of enum invoice_state */
    enum invoice_state to;
    bool staff;
} edge[INVOICE_ACTIONS] = {
    [INV_PROCESS] = {1u << INV_SUBMITTED,                        INV_PROCESSING, true },
    [INV_ISSUE] = {1u << INV_PROCESSING,                       INV_ISSUED,     true },
    [INV_REJECT] = {1u << INV_SUBMITTED | 1u << INV_PROCESSING, INV_REJECTED,   true },
    [INV_CANCEL] = {1u << INV_SUBMITTED,                        INV_CANCELED,   false},
    [INV_REVERSE] = {1u << INV_REVERSAL_REQUIRED,                INV_REVERSED,   true }
};

static enum err check_pdf(struct ctx *cx, int64_t file_id)
{
    int64_t id = 0;
    bool found = true;
    enum err e =
        file_id ? db_i64(cx, &q_pdf, ARGS(I64(file_id), I64(cx->who.company_id), I64(cx->who.id)), &id, &found) : OK;
    return e || found ? e : cx_fail(cx, ERR_INVALID, "file_id", "请先上传 PDF", "not a PDF that you uploaded");
}

/* Who may, and what the step needs. */
static enum err check_step(struct ctx *cx, const struct invoice *i, const struct invoice_step *s)
{
    bool staff = (cx->who.roles & (ROLES_ADMIN | ROLE_MANAGER | ROLE_CASHIER)) && i->project_id == cx->who.project_id;
    if (edge[s->action].staff ? !staff : i->account_id != cx->who.id)
        return cx_fail(cx, ERR_FORBIDDEN, "action", "没有权限执行该操作", "not yours to do");
    if (!(edge[s->action].from & (1u << i->state)))
        return cx_fail(cx, ERR_STATE, "state", "当前状态不能执行该操作", "not possible in this state");
    if (s->action == INV_ISSUE && str_empty(s->number))
        return cx_fail(cx, ERR_INVALID, "number", "请填写发票号码", "the invoice number is missing");
    if (s->action == INV_REVERSE && str_empty(s->red_number))
        return cx_fail(cx, ERR_INVALID, "red_number", "请填写红字发票号码", "the number of the red invoice is missing");
    if (s->action == INV_REJECT && str_empty(s->reason))
        return cx_fail(cx, ERR_INVALID, "reason", "请填写驳回原因", "say why");
    return s->action == INV_ISSUE ? check_pdf(cx, s->file_id) : OK;
}

static const char * or (const char *a, const char *b)
{
    return str_empty(a) ? b : a;
}

enum err invoice_act(struct ctx *cx, int64_t id, int64_t version, const struct invoice_step *s, struct invoice *out)
{
    int64_t changed = 0;
    enum err e = invoice_get(cx, id, out);
    if (!e && version && version != out->version)
        e = ERR_CONFLICT;
    if (!e)
        e = check_step(cx, out, s);
    if (e)
        return e;
    bool issue = s->action == INV_ISSUE;
    e = db_try(cx, &q_step,
               ARGS(I64(id), TXT(invoice_state_name[edge[s->action].to]), TXT(issue ? or (s->code, "") : out->code),
                    TXT(issue ? s->number : out->number),
                    TXT(s->action == INV_REVERSE ? s->red_number : out->red_number),
                    I64(issue ? s->file_id : out->file_id), TXT(or (s->reason, out->reason)), I64(cx->who.id),
                    I64(cx->now), I64(out->version)),
               &changed);
    if (e == ERR_EXISTS)
        return cx_fail(cx, e, "number", "该发票号码已登记", "that invoice number is recorded already");
    if (!e && !changed)
        e = ERR_CONFLICT;
    tell(cx, out, edge[s->action].to);
    if (!e)
        e = audit_add(cx, arena_printf(cx->arena, "invoice.%s", invoice_action_name[s->action]), "invoice", id, NULL,
                      NULL);
    return e ? e : invoice_get(cx, id, out);
}

/* ---- money went back ---- */

enum err invoice_payment_refunded(struct ctx *cx, int64_t payment_id)
{
    struct invoice i;
    int64_t left = 0;
    enum err e = db_one(cx, &q_live, ARGS(I64(cx->who.company_id), I64(payment_id)), on_invoice, &i);
    if (e == ERR_NOT_FOUND)
        return OK;
    if (!e)
        e = room_left(cx, payment_id, &left);
    if (e || left >= i.amount_fen)
        return e;
    enum invoice_state to = i.state == INV_ISSUED ? INV_REVERSAL_REQUIRED : left > 0 ? INV_SUBMITTED : INV_CANCELED;
    bool lower = to == INV_SUBMITTED;
    e = db_change_one(cx, &q_lower,
                      ARGS(I64(i.id), TXT(invoice_state_name[to]), I64(lower ? left : i.amount_fen),
                           TXT(lower ? "收款有退款,开票金额已调减" : "收款已退款或作废"), I64(cx->now), I64(i.version)),
                      ERR_CONFLICT, "发票已变化,请重试", "the invoice changed meanwhile; try again");
    tell(cx, &i, to);
    return e ? e
             : audit_add(cx, "invoice.refunded", "invoice", i.id, NULL,
                         arena_printf(cx->arena, "{\"left_fen\":%lld}", (long long)left));
}

/* ---- reading ---- */

enum err invoice_get(struct ctx *cx, int64_t id, struct invoice *out)
{
    enum err e = db_one(cx, &q_get, ARGS(I64(id), I64(cx->who.company_id)), on_invoice, out);
    bool mine =
        !e && (out->account_id == cx->who.id || ((cx->who.roles & STAFF) && out->project_id == cx->who.project_id));
    return e == ERR_NOT_FOUND || (!e && !mine) ? cx_fail(cx, ERR_NOT_FOUND, "id", "发票申请不存在", "no such invoice")
                                               : e;
}

struct listing {
    invoice_fn *fn;
    void *arg;
};

static enum err on_listed(struct ctx *cx, const struct row *r, void *out)
{
    struct listing *l = out;
    struct invoice i;
    enum err e = on_invoice(cx, r, &i);
    l->fn(l->arg, &i);
    return e;
}

enum err invoice_list(struct ctx *cx, bool mine, int state, int64_t before, int64_t limit, invoice_fn *fn, void *arg)
{
    struct listing l = {fn, arg};
    return db_each(cx, mine ? &q_mine : &q_project,
                   ARGS(I64(cx->who.company_id), I64(mine ? cx->who.id : cx->who.project_id),
                        TXT(state < 0 ? "" : invoice_state_name[state]), I64(before), I64(limit)),
                   on_listed, &l);
}

enum err invoice_file(struct ctx *cx, int64_t id, const char **stored)
{
    struct invoice i;
    enum err e = invoice_get(cx, id, &i);
    if (!e)
        e = db_text(cx, &q_stored, ARGS(I64(i.file_id), I64(cx->who.company_id)), stored);
    return e == ERR_NOT_FOUND && !cx->why.zh ? cx_fail(cx, e, "id", "没有发票文件", "the invoice has no file") : e;
}
