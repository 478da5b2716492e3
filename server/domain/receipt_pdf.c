/* receipt_pdf.c - a receipt on A5 landscape. SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/money.h"
#include "domain/receipt.h"
#include "platform/pdf.h"

#define LEFT   12.0
#define RIGHT  198.0
#define ROWS   10 /* lines of a page */
#define ROW_MM 6.5
#define TOP_MM 43.0
static const double column[] = {LEFT, 72, 112, 164, RIGHT}; /* room, item, period, amount */
static const struct pdf_style plain = {.size = 10}, number = {.size = 10, .align = PDF_RIGHT},
                              small = {.size = 8, .wrap = true}, head = {.size = 10, .bold = true};

static void cell(struct pdf *p, int i, double y, struct pdf_style s, const char *text)
{
    pdf_text(p, column[i] + 1, y + 1.2, column[i + 1] - column[i] - 2, s, text);
}

static const char *day_text(struct arena *a, int32_t day)
{
    return arena_printf(a, "%04d-%02d-%02d", day / 10000, day / 100 % 100, day % 100);
}

static const char *period_text(struct arena *a, const struct receipt_line *l)
{
    return l->period_from ? arena_printf(a, "%s 至 %s", day_text(a, l->period_from), day_text(a, l->period_to)) : "";
}

static const char *fen_text(struct arena *a, int64_t fen)
{
    char text[32];
    return arena_strdup(a, fen_format(fen, text));
}

static const char *watermark(const struct receipt *r)
{
    static const char *const mark[RECEIPT_STATES] = {NULL, "作废", "已退款", "部分退款"};
    return mark[r->state] ? mark[r->state] : r->prints > 1 ? "补打" : NULL;
}

static const char *print_text(struct arena *a, const struct receipt *r)
{
    const char *copy = r->prints
                           ? arena_printf(a, "第 %lld 次打印%s", (long long)r->prints, r->prints > 1 ? "(补打)" : "")
                           : "电子凭证";
    return r->state == RECEIPT_VALID ? copy : arena_printf(a, "%s    %s", copy, watermark(r));
}

static void header(struct pdf *p, struct arena *a, const struct receipt *r, size_t page, size_t pages)
{
    static const struct pdf_style title = {.size = 18, .align = PDF_CENTER, .bold = true},
                                  company = {.size = 12, .align = PDF_CENTER}, right = {.size = 10, .align = PDF_RIGHT};
    pdf_text(p, LEFT, 7, RIGHT - LEFT, company, r->company);
    pdf_text(p, LEFT, 13, RIGHT - LEFT, title, "收 款 收 据");
    pdf_text(p, LEFT, 9, 60, small, arena_printf(a, "第 %zu 页 / 共 %zu 页", page, pages));
    pdf_text(p, LEFT, 24, 90, plain, arena_printf(a, "项目:%s", r->project));
    pdf_text(p, 108, 24, 90, right, arena_printf(a, "收据号:%s", r->number));
    pdf_text(p, LEFT, 30, 90, plain, arena_printf(a, "交款人:%s", r->p.payer));
    pdf_text(p, 108, 30, 90, right, arena_printf(a, "记账日期:%s", day_text(a, r->p.day)));
    static const char *const names[] = {"房间", "收费项目", "所属期间", "金额(元)"};
    for (int i = 0; i < 4; i++)
        cell(p, i, TOP_MM - ROW_MM,
             (struct pdf_style){.size = 10, .bold = true, .align = i == 3 ? PDF_RIGHT : PDF_LEFT}, names[i]);
    if (watermark(r))
        pdf_mark(p, watermark(r));
}

static void grid(struct pdf *p, size_t rows)
{
    double top = TOP_MM - ROW_MM, end = TOP_MM + (double)rows * ROW_MM;
    for (size_t i = 0; i <= rows + 1; i++)
        pdf_line(p, LEFT, top + (double)i * ROW_MM, RIGHT, top + (double)i * ROW_MM);
    for (size_t i = 0; i < sizeof column / sizeof column[0]; i++)
        pdf_line(p, column[i], top, column[i], end);
}

static void totals(struct pdf *p, struct arena *a, const struct receipt *r, double y, const char *link)
{
    const char *method = "";
    int m = str_index(pay_method_name, PAY_METHODS, r->p.method);
    char when[32];
    if (m >= 0)
        method = pay_method_zh[m];
    clock_rfc3339(r->p.created_at, when);
    pdf_text(p, LEFT + 1, y + 1.2, 130, head, arena_printf(a, "合计(大写)人民币:%s", rmb_capitals(a, r->p.amount_fen)));
    pdf_text(p, 150, y + 1.2, RIGHT - 151, (struct pdf_style){.size = 10, .bold = true, .align = PDF_RIGHT},
             arena_printf(a, "¥%s", fen_text(a, r->p.amount_fen)));
    pdf_rect(p, LEFT, y, RIGHT - LEFT, ROW_MM);
    y += ROW_MM + 2;
    pdf_text(p, LEFT, y, 44, plain, arena_printf(a, "收款方式:%s", method));
    pdf_text(p, LEFT + 46, y, 46, plain, arena_printf(a, "收款人:%s", r->cashier));
    pdf_text(p, LEFT + 94, y, 64, plain, arena_printf(a, "收款时间:%.10s %.8s", when, when + 11));
    if (!str_empty(r->p.voucher)) /* 28 digits of a channel, or what the cashier typed, 64 at most: never cut */
        pdf_text(p, LEFT, y + 5.5, 158, plain, arena_printf(a, "凭证号:%s", r->p.voucher));
    if (r->p.back_fen && r->state != RECEIPT_VOID)
        pdf_text(p, LEFT, y + 11, 158, plain, arena_printf(a, "已退金额:¥%s", fen_text(a, r->p.back_fen)));
    if (r->state == RECEIPT_VOID)
        pdf_text(p, LEFT, y + 11, 158, plain, arena_printf(a, "已作废:%s", r->p.reason));
    pdf_text(p, LEFT, y + 16.5, 150, small,
             arena_printf(a, "验证码:%.8s-%.8s-%.8s-%.8s    %s", r->code, r->code + 8, r->code + 16, r->code + 24,
                          print_text(a, r)));
    pdf_text(p, LEFT, y + 20.5, 100, small, "扫描二维码或输入验证码,可核对真伪及是否作废、退款。");
    pdf_text(p, LEFT + 104, y + 20.5, 54, plain, "收款单位(盖章):");
    pdf_qr(p, RIGHT - 24, y - 1, 24, str_empty(link) ? r->code : link);
}

const void *receipt_pdf(struct arena *a, const struct receipt *r, const char *link, size_t *n)
{
    size_t pages = r->nline > ROWS ? (r->nline + ROWS - 1) / ROWS : 1, at = 0;
    struct pdf *p = pdf_new(a, PDF_A5_LANDSCAPE, r->number);
    for (size_t page = 1; page <= pages; page++) {
        double y = TOP_MM;
        size_t rows = 0;
        header(p, a, r, page, pages);
        for (; rows < ROWS && at < r->nline; rows++, at++, y += ROW_MM) {
            const struct receipt_line *l = &r->line[at];
            cell(p, 0, y, plain, l->room);
            cell(p, 1, y, plain, l->item);
            cell(p, 2, y, (struct pdf_style){.size = 9}, period_text(a, l));
            cell(p, 3, y, number, fen_text(a, l->fen));
        }
        grid(p, rows);
        if (page == pages)
            totals(p, a, r, y, link);
        else
            pdf_page(p);
    }
    return pdf_end(p, n);
}
