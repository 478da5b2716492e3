/* pay_bill.c - see pay_bill.h. Columns are found by their header text: their number and order change over the years.
 * SPDX-License-Identifier: MIT */
#include "providers/pay_bill.h"
#include "base/money.h"
#include "base/text.h"
#include "providers/pay.h"
#include "providers/pay_bill_line.h"
#include <string.h>

struct reader {
    const char *p, *end;
    struct line head, row;
    struct pay_bill_sum sum;
    int64_t income_fen, back_fen; /* Alipay's trailer adds another column than the one we compare */
    pay_bill_fn *fn;
    void *arg;
    const char *why;
};

static bool add(int64_t *to, int64_t v)
{
    return !__builtin_add_overflow(*to, v, to);
}

static bool take(struct reader *r, const struct pay_bill_row *row)
{
    struct pay_bill_sum *s = &r->sum;
    if (row->amount_fen < 1 || row->amount_fen > FEN_MAX || !*row->out_no || !*row->txn_id)
        return false;
    if (row->kind == BILL_REFUND && (!*row->refund_no || !add(&s->refund_fen, row->amount_fen)))
        return false;
    if (row->kind == BILL_PAY && !add(&s->pay_fen, row->amount_fen))
        return false;
    s->pays += row->kind == BILL_PAY;
    s->refunds += row->kind == BILL_REFUND;
    if (!add(&s->fee_e5, row->fee_e5))
        return false;
    if (r->fn)
        r->fn(r->arg, row);
    return true;
}

/* ---- WeChat ---- */
static bool wechat_row(struct reader *r)
{
    const struct line *h = &r->head, *l = &r->row;
    const char *state = bill_column(h, l, "交易状态"), *when = bill_column(h, l, "退款成功时间");
    bool refund = str_eq(state, "REFUND");
    struct pay_bill_row row = {.kind = refund ? BILL_REFUND : BILL_PAY,
                               .out_no = or_empty(bill_column(h, l, "商户订单号")),
                               .txn_id = or_empty(bill_column(h, l, "微信订单号")),
                               .refund_no = refund ? or_empty(bill_column(h, l, "商户退款单号")) : ""};
    if (l->n != h->n || (!refund && !str_eq(state, "SUCCESS"))) /* REVOKED belongs to code-pay: a human looks */
        return false;
    /* what we asked for, not what is left of it after coupons */
    if (!bill_decimal(bill_column(h, l, refund ? "申请退款金额" : "订单金额"), 2, &row.amount_fen) ||
        !bill_decimal(bill_column(h, l, "手续费"), 5, &row.fee_e5))
        return false;
    if (!pay_time_parse(refund && when ? when : bill_column(h, l, "交易时间"), &row.at))
        return false;
    return take(r, &row);
}

/* A total that is there must agree. */
static bool total(const struct reader *r, const char *name, int scale, int64_t ours, int *seen)
{
    const char *s = bill_column(&r->head, &r->row, name);
    int64_t v = 0;
    *seen += s != NULL;
    return !s || (bill_decimal(s, scale, &v) && v == ours);
}

static bool wechat_trailer(struct reader *r)
{
    const struct pay_bill_sum *s = &r->sum;
    int seen = 0, counted = 0;
    bill_split(&r->row, ",");
    r->head = r->row; /* the header of the totals */
    for (size_t i = 0; i < r->row.n; i++)
        r->head.field[i] = r->head.text + (r->row.field[i] - r->row.text);
    r->why = "cut before the totals";
    if (!bill_line(&r->p, r->end, r->row.text) || r->row.text[0] != '`')
        return false;
    memmove(r->row.text, r->row.text + 1, strlen(r->row.text));
    bill_split(&r->row, ",`");
    r->why = "totals differ";
    if (r->row.n != r->head.n || !total(r, "总交易单数", 0, s->pays + s->refunds, &counted) ||
        !total(r, "订单总金额", 2, s->pay_fen, &seen) || !total(r, "申请退款总金额", 2, s->refund_fen, &seen) ||
        !total(r, "手续费总金额", 5, s->fee_e5, &seen))
        return false;
    if (!counted || !seen)
        return false;
    r->why = "something behind the totals";
    return !bill_line(&r->p, r->end, r->row.text);
}

static bool wechat_walk(struct reader *r)
{
    r->why = "no header";
    if (r->end - r->p >= 3 && memcmp(r->p, "\xef\xbb\xbf", 3) == 0)
        r->p += 3;
    if (!bill_line(&r->p, r->end, r->head.text) || r->head.text[0] == '`')
        return false;
    bill_split(&r->head, ",");
    for (;;) {
        r->why = "cut before the totals";
        if (!bill_line(&r->p, r->end, r->row.text))
            return false;
        if (r->row.text[0] != '`')
            return wechat_trailer(r);
        memmove(r->row.text, r->row.text + 1, strlen(r->row.text));
        bill_split(&r->row, ",`"); /* names may hold commas: only comma and backtick part two fields */
        r->why = "a row that cannot be read";
        if (!wechat_row(r))
            return false;
    }
}

/* ---- Alipay ---- */
static bool alipay_row(struct reader *r)
{
    const struct line *h = &r->head, *l = &r->row;
    const char *kind = bill_column(h, l, "业务类型");
    bool refund = str_eq(kind, "退款");
    int64_t income = 0;
    struct pay_bill_row row = {.kind = refund ? BILL_REFUND : BILL_PAY,
                               .out_no = or_empty(bill_column(h, l, "商户订单号")),
                               .txn_id = or_empty(bill_column(h, l, "支付宝交易号")),
                               .refund_no = refund ? or_empty(bill_column(h, l, "退款批次号/请求号")) : ""};
    if (l->n != h->n || (!refund && !str_eq(kind, "交易")))
        return false;
    if (!bill_decimal(bill_column(h, l, "订单金额"), 2, &row.amount_fen) ||
        !bill_decimal(bill_column(h, l, "商家实收"), 2, &income) ||
        !bill_decimal(bill_column(h, l, "服务费"), 5, &row.fee_e5) ||
        !pay_time_parse(bill_column(h, l, "完成时间"), &row.at))
        return false;
    if (!add(refund ? &r->back_fen : &r->income_fen, income))
        return false;
    row.amount_fen = refund ? -row.amount_fen : row.amount_fen; /* refunds are negative there, fees what we lose */
    row.fee_e5 = -row.fee_e5;
    return take(r, &row);
}

/* "#交易合计：1笔，商家实收共128.50元，…" */
static bool alipay_total(char *s, const char *before, int64_t count, int64_t fen)
{
    int64_t n = 0, v = 0;
    char *pieces = strstr(s, "笔"), *amount = strstr(s, before), *unit = amount ? strstr(amount, "元") : NULL;
    if (!pieces || !unit || pieces > amount)
        return false;
    *pieces = *unit = '\0';
    return bill_decimal(s, 0, &n) && bill_decimal(amount + strlen(before), 2, &v) && n == count && v == fen;
}

static bool alipay_trailer(struct reader *r)
{
    bool pays = false, refunds = false;
    char *s = r->row.text;
    while (bill_line(&r->p, r->end, s)) {
        r->why = "totals differ";
        if (str_starts(s, "#交易合计：")) {
            pays = alipay_total(s + strlen("#交易合计："), "商家实收共", r->sum.pays, r->income_fen);
            if (!pays)
                return false;
        } else if (str_starts(s, "#退款合计：")) {
            refunds = alipay_total(s + strlen("#退款合计："), "商家实收退款共", r->sum.refunds, r->back_fen);
            if (!refunds)
                return false;
        } else if (*s != '#') {
            r->why = "something behind the list";
            return false;
        }
        if (str_starts(s, "#导出时间：[") && strchr(s, ']')) /* the last line: nothing is cut off */
            return pays && refunds;
    }
    r->why = "cut before the totals";
    return false;
}

static bool alipay_walk(struct reader *r)
{
    bool head = false;
    r->why = "cut before the end of the list";
    while (bill_line(&r->p, r->end, r->row.text)) {
        if (r->row.text[0] == '#') {
            if (strstr(r->row.text, "业务明细列表结束"))
                return head && alipay_trailer(r);
            continue;
        }
        if (!head) {
            memcpy(r->head.text, r->row.text, BILL_LINE);
            bill_split(&r->head, ",");
            bill_trim(&r->head);
            head = true;
            continue;
        }
        bill_split(&r->row, ",");
        bill_trim(&r->row);
        r->why = "a row that cannot be read";
        if (!alipay_row(r))
            return false;
        r->why = "cut before the end of the list";
    }
    return false;
}

/* First without handing out anything, then again with the rows. */
static enum err twice(const char *text, size_t n, bool (*walk)(struct reader *), pay_bill_fn *fn, void *arg,
                      struct pay_bill_sum *sum, const char **why)
{
    struct arena *a = arena_new(0);
    struct reader *r = arena_alloc(a, sizeof *r);
    *sum = (struct pay_bill_sum){0};
    *why = "";
    *r = (struct reader){.p = text, .end = text + n};
    bool ok = walk(r);
    if (!ok)
        *why = r->why;
    if (ok)
        *sum = r->sum;
    if (ok && fn) {
        *r = (struct reader){.p = text, .end = text + n, .fn = fn, .arg = arg};
        ok = walk(r);
    }
    arena_free(a);
    return ok ? OK : ERR_INVALID;
}

enum err pay_bill_wechat(const char *text, size_t n, pay_bill_fn *fn, void *arg, struct pay_bill_sum *sum,
                         const char **why)
{
    return twice(text, n, wechat_walk, fn, arg, sum, why);
}

enum err pay_bill_alipay(const char *text, size_t n, pay_bill_fn *fn, void *arg, struct pay_bill_sum *sum,
                         const char **why)
{
    size_t len = 0;
    struct arena *a = arena_new(n * 3 + (1 << 16));
    char *utf8 = n <= PAY_BILL_MAX ? pay_bill_utf8(a, text, n, &len) : NULL;
    enum err e = ERR_INVALID;
    *sum = (struct pay_bill_sum){0};
    *why = "not GBK";
    if (utf8)
        e = twice(utf8, len, alipay_walk, fn, arg, sum, why);
    arena_free(a);
    return e;
}
