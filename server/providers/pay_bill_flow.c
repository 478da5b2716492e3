/* pay_bill_flow.c - WeChat's account of a day: every movement of money, in the order it happened.
 * SPDX-License-Identifier: MIT */
#include "base/money.h"
#include "base/text.h"
#include "providers/pay.h"
#include "providers/pay_bill_line.h"
#include <string.h>

struct flow {
    const char *p, *end;
    struct line head, row;
    struct pay_flow_sum sum;
    pay_flow_fn *fn;
    void *arg;
    const char *why;
};

static bool values(struct flow *f)
{
    if (f->row.text[0] != '`')
        return false;
    memmove(f->row.text, f->row.text + 1, strlen(f->row.text));
    bill_split(&f->row, ",`");
    return f->row.n == f->head.n;
}

static const char *text_of(const struct flow *f, const char *name)
{
    return or_empty(bill_column(&f->head, &f->row, name));
}

static bool take(struct flow *f)
{
    struct pay_flow_row r = {.business_no = text_of(f, "微信支付业务单号"),
                             .flow_no = text_of(f, "资金流水单号"),
                             .kind = text_of(f, "业务类型"),
                             .voucher = text_of(f, "业务凭证号")};
    const char *way = text_of(f, "收支类型");
    r.income = str_eq(way, "收入");
    if ((!r.income && !str_eq(way, "支出")) || !*r.flow_no || !pay_time_parse(text_of(f, "记账时间"), &r.at) ||
        !bill_decimal(text_of(f, "收支金额"), 2, &r.amount_fen) ||
        !bill_decimal(text_of(f, "账户结余"), 2, &r.balance_fen) || r.amount_fen < 0 || r.amount_fen > FEN_MAX ||
        __builtin_add_overflow(*(r.income ? &f->sum.in_fen : &f->sum.out_fen), r.amount_fen,
                               r.income ? &f->sum.in_fen : &f->sum.out_fen))
        return false;
    *(r.income ? &f->sum.in : &f->sum.out) += 1;
    if (f->fn)
        f->fn(f->arg, &r);
    return true;
}

static bool total(const struct flow *f, const char *name, int scale, int64_t ours)
{
    int64_t v = 0;
    return bill_decimal(bill_column(&f->head, &f->row, name), scale, &v) && v == ours;
}

static bool trailer(struct flow *f)
{
    const struct pay_flow_sum *s = &f->sum;
    bill_split(&f->row, ",");
    f->head = f->row;
    for (size_t i = 0; i < f->row.n; i++)
        f->head.field[i] = f->head.text + (f->row.field[i] - f->row.text);
    f->why = "cut before the totals";
    if (!bill_line(&f->p, f->end, f->row.text) || !values(f))
        return false;
    f->why = "totals differ";
    if (!total(f, "资金流水总笔数", 0, s->in + s->out) || !total(f, "收入笔数", 0, s->in) ||
        !total(f, "收入金额", 2, s->in_fen) || !total(f, "支出笔数", 0, s->out) || !total(f, "支出金额", 2, s->out_fen))
        return false;
    f->why = "something behind the totals";
    return !bill_line(&f->p, f->end, f->row.text);
}

static bool walk(struct flow *f)
{
    f->why = "no header";
    if (f->end - f->p >= 3 && memcmp(f->p, "\xef\xbb\xbf", 3) == 0)
        f->p += 3;
    if (!bill_line(&f->p, f->end, f->head.text) || f->head.text[0] == '`')
        return false;
    bill_split(&f->head, ",");
    for (;;) {
        f->why = "cut before the totals";
        if (!bill_line(&f->p, f->end, f->row.text))
            return false;
        if (f->row.text[0] != '`')
            return trailer(f);
        f->why = "a row that cannot be read";
        if (!values(f) || !take(f))
            return false;
    }
}

/* First without handing out anything, then again with the rows. */
enum err pay_bill_flow(const char *text, size_t n, pay_flow_fn *fn, void *arg, struct pay_flow_sum *sum,
                       const char **why)
{
    struct arena *a = arena_new(0);
    struct flow *f = arena_alloc(a, sizeof *f);
    *sum = (struct pay_flow_sum){0};
    *f = (struct flow){.p = text, .end = text + n};
    bool ok = walk(f);
    *why = ok ? "" : f->why;
    if (ok)
        *sum = f->sum;
    if (ok && fn) {
        *f = (struct flow){.p = text, .end = text + n, .fn = fn, .arg = arg};
        ok = walk(f);
    }
    arena_free(a);
    return ok ? OK : ERR_INVALID;
}
