/* shift_pdf.c - a closed shift on A4, to be signed by both. SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/money.h"
#include "domain/shift.h"
#include "platform/pdf.h"

#define LEFT   20.0
#define WIDTH  170.0
#define ROW_MM 8.0
static const double column[] = {LEFT, 65, 110, 145, LEFT + WIDTH};

static const char *money(struct arena *a, int64_t fen)
{
    char text[32];
    return arena_strdup(a, fen_format(fen, text));
}

static const char *moment(struct arena *a, int64_t at)
{
    char text[32];
    return at ? arena_printf(a, "%.10s %.8s", clock_rfc3339(at, text), text + 11) : "";
}

static void row(struct pdf *p, double y, bool bold, const char *const text[4])
{
    for (int i = 0; i < 4; i++)
        pdf_text(p, column[i] + 1.5, y + 2, column[i + 1] - column[i] - 3,
                 (struct pdf_style){.size = 10, .bold = bold, .align = i > 1 ? PDF_RIGHT : PDF_LEFT}, text[i]);
    pdf_rect(p, LEFT, y, WIDTH, ROW_MM);
}

static double fact(struct pdf *p, double y, const char *name, const char *value)
{
    pdf_text(p, LEFT, y, 45, (struct pdf_style){.size = 10, .bold = true}, name);
    double h = pdf_text(p, LEFT + 45, y, WIDTH - 45, (struct pdf_style){.size = 10, .wrap = true}, value);
    return y + (h > 7 ? h + 1 : 7);
}

const void *shift_pdf(struct arena *a, const struct cash_shift *s, const char *company, const char *project, size_t *n)
{
    struct pdf *p = pdf_new(a, PDF_A4, "交班单");
    double y = 62;
    bool done = str_eq(s->state, "confirmed");
    pdf_text(p, LEFT, 15, WIDTH, (struct pdf_style){.size = 12, .align = PDF_CENTER}, company);
    pdf_text(p, LEFT, 23, WIDTH, (struct pdf_style){.size = 18, .align = PDF_CENTER, .bold = true}, "交 班 单");
    fact(p, 38, "项目", project);
    fact(p, 45, "班次", arena_printf(a, "第 %lld 班    收费员 %s", (long long)s->number, s->cashier));
    fact(p, 52, "时间", arena_printf(a, "%s 至 %s", moment(a, s->from_at), moment(a, s->closed_at)));
    row(p, y, true, (const char *const[]){"类别", "方式", "笔数", "金额(元)"});
    for (size_t i = 0; i < s->ntotal; i++) {
        const struct shift_total *t = &s->total[i];
        if (t->kind < 0 || t->method < 0)
            continue;
        y += ROW_MM;
        row(p, y, false,
            (const char *const[]){shift_kind_zh[t->kind], pay_method_zh[t->method],
                                  arena_printf(a, "%lld", (long long)t->n), money(a, t->fen)});
    }
    y += ROW_MM + 6;
    y = fact(p, y, "备用金", money(a, s->float_fen));
    y = fact(p, y, "应有现金(含备用金)", money(a, s->expected_fen));
    y = fact(p, y, "收费员实点", money(a, s->counted_fen));
    y = fact(p, y, "长短款", money(a, s->counted_fen - s->expected_fen));
    if (!str_empty(s->reason))
        y = fact(p, y, "差异说明", s->reason);
    y = fact(p, y, "复点", done ? money(a, s->recounted_fen) : "(待确认)");
    if (!str_empty(s->confirm_reason))
        y = fact(p, y, "复点说明", s->confirm_reason);
    y = fact(p, y, "确认人", done ? arena_printf(a, "%s    %s", s->confirmer, moment(a, s->confirmed_at)) : "");
    pdf_text(p, LEFT, y + 12, 80, (struct pdf_style){.size = 10}, "收费员签字:");
    pdf_text(p, LEFT + 90, y + 12, 80, (struct pdf_style){.size = 10}, "确认人签字:");
    return pdf_end(p, n);
}
