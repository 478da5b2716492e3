/* alipay_bill.c - Alipay's bill: a zip of two files with GBK names, GBK inside, values padded with tabs, and a link that
 * lives for half a minute. SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/text.h"
#include "sandbox/alipay_gate.h"
#include "sandbox/paybill.h"
#include <iconv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define LINK_MS (30 * SECOND_MS)

static char *gbk(struct arena *a, const char *utf8, size_t *n)
{
    size_t left = strlen(utf8), room = left + 1, out_left = room;
    char *out = arena_alloc(a, room), *o = out, *in = (char *)(uintptr_t)utf8;
    iconv_t cd = iconv_open("GB18030", "UTF-8");
    if (cd == (iconv_t)-1 || iconv(cd, &in, &left, &o, &out_left) == (size_t)-1)
        abort();
    iconv_close(cd);
    *n = room - out_left;
    return out;
}

static void detail(struct arena *a, const struct bill *d, int32_t day, struct buf *b)
{
    buf_printf(b, "#支付宝业务明细查询\r\n#账号：[%s0156]\r\n", sb.alipay_seller);
    buf_printf(b, "#起始日期：[%04d年%02d月%02d日 00:00:00]   终止日期：[%04d年%02d月%02d日 24:00:00]\r\n", day / 10000,
               day / 100 % 100, day % 100, day / 10000, day / 100 % 100, day % 100);
    buf_str(
        b,
        "#-----------------------------------------业务明细列表----------------------------------------\r\n"
        "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,"
        "订单金额（元）,商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,"
        "券名称,商家红包消费金额（元）,卡消费金额（元）,退款批次号/请求号,服务费（元）,分润（元）,备注\r\n");
    for (size_t i = 0; i < d->n; i++) {
        const struct bill_row *r = &d->row[i];
        const char *amount = ali_yuan(a, r->refund ? -r->amount : r->amount), *fee = ali_yuan(a, -r->fee);
        buf_printf(b,
                   "%s\t,%s\t,%s\t,%s     ,%s,%s,,      ,      ,                    ,张*(138****0000),%s,%s,0.00,0.00,"
                   "0.00,0.00,0.00,,0.00,0.00,%s\t,%s,0.00,\r\n",
                   r->txn, r->no, r->refund ? "退款" : "交易", r->subject, ali_time(a, r->created), ali_time(a, r->at),
                   amount, amount, r->refund_no, fee);
    }
    buf_str(b, "#-----------------------------------------业务明细列表结束------------------------------------\r\n");
    buf_printf(b, "#交易合计：%lld笔，商家实收共%s元，商家优惠共0.00元\r\n", (long long)d->pays,
               ali_yuan(a, d->pay_fen));
    buf_printf(b, "#退款合计：%lld笔，商家实收退款共%s元，商家优惠退款共0.00元\r\n", (long long)d->refunds,
               ali_yuan(a, -d->refund_fen));
    struct civil c = clock_civil(clock_now_ms());
    buf_printf(b, "#导出时间：[%04d年%02d月%02d日 %02d:%02d:%02d]\r\n", c.year, c.month, c.day, c.hour, c.minute,
               c.second);
}

static void summary(struct arena *a, const struct bill *d, struct buf *b)
{
    buf_str(b,
            "#支付宝业务汇总查询\r\n门店编号,门店名称,交易订单总笔数,退款订单总笔数,订单金额（元）,商家实收（元）\r\n");
    buf_printf(b, "合计\t,,%lld,%lld,%s,%s\r\n", (long long)d->pays, (long long)d->refunds,
               ali_yuan(a, d->pay_fen - d->refund_fen), ali_yuan(a, d->pay_fen - d->refund_fen));
}

/* ---- zip ---- */
static void le(struct buf *b, uint32_t v, int bytes)
{
    for (; bytes > 0; bytes--, v >>= 8)
        buf_char(b, (char)(v & 255));
}

struct zip {
    struct arena *a;
    struct buf file, directory;
    int entries;
};

static const char *deflated(struct arena *a, const char *p, size_t n, size_t *len)
{
    z_stream z = {0};
    if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        abort();
    size_t room = deflateBound(&z, n);
    char *out = arena_alloc(a, room);
    z.next_in = (Bytef *)(uintptr_t)p;
    z.avail_in = (uInt)n;
    z.next_out = (Bytef *)out;
    z.avail_out = (uInt)room;
    if (deflate(&z, Z_FINISH) != Z_STREAM_END)
        abort();
    *len = z.total_out;
    deflateEnd(&z);
    return out;
}

/* flags 0: the name is not said to be UTF-8, and it is not */
static void zip_add(struct zip *z, const char *name_utf8, const char *text_utf8)
{
    size_t nn = 0, n = 0, packed = 0, offset = z->file.n;
    const char *name = gbk(z->a, name_utf8, &nn), *text = gbk(z->a, text_utf8, &n),
               *data = deflated(z->a, text, n, &packed);
    uint32_t crc = (uint32_t)crc32(0, (const Bytef *)text, (uInt)n);
    const uint32_t common[] = {crc, (uint32_t)packed, (uint32_t)n};
    le(&z->file, 0x04034b50, 4);
    le(&z->file, 20, 2);
    le(&z->file, 0, 2);
    le(&z->file, 8, 2);
    le(&z->file, 0x5A21 << 16 | 0x6000, 4);
    le(&z->directory, 0x02014b50, 4);
    le(&z->directory, 20, 2);
    le(&z->directory, 20, 2);
    le(&z->directory, 0, 2);
    le(&z->directory, 8, 2);
    le(&z->directory, 0x5A21 << 16 | 0x6000, 4);
    for (size_t i = 0; i < COUNT(common); i++) {
        le(&z->file, common[i], 4);
        le(&z->directory, common[i], 4);
    }
    le(&z->file, (uint32_t)nn, 2);
    le(&z->file, 0, 2);
    le(&z->directory, (uint32_t)nn, 2);
    for (int i = 0; i < 4; i++)
        le(&z->directory, 0, 2);
    le(&z->directory, 0, 4);
    le(&z->directory, (uint32_t)offset, 4);
    buf_add(&z->file, name, nn);
    buf_add(&z->directory, name, nn);
    buf_add(&z->file, data, packed);
    z->entries++;
}

static void zip_end(struct zip *z)
{
    uint32_t at = (uint32_t)z->file.n, size = (uint32_t)z->directory.n;
    buf_add(&z->file, z->directory.p, z->directory.n);
    le(&z->file, 0x06054b50, 4);
    le(&z->file, 0, 4);
    le(&z->file, (uint32_t)z->entries, 2);
    le(&z->file, (uint32_t)z->entries, 2);
    le(&z->file, size, 4);
    le(&z->file, at, 4);
    le(&z->file, 0, 2);
}

static int32_t day_of(const char *s, bool any)
{
    int64_t y = 0, m = 0, d = 0;
    if (!s || strlen(s) != 10 || s[4] != '-' || s[7] != '-' || !parse_i64_n(s, 4, &y) || !parse_i64_n(s + 5, 2, &m) ||
        !parse_i64_n(s + 8, 2, &d))
        return 0;
    int32_t day = (int32_t)(y * 10000 + m * 100 + d), today = clock_day(clock_now_ms());
    return clock_day_valid(day) && (day < today || (day == today && any)) ? day : 0;
}

void ali_bill_url(struct ali *x)
{
    const char *type = json_str(x->biz, "bill_type");
    struct bill d = {0};
    pb_lock();
    bool any = pb_set.any_day, early = pb_set.creating[PB_ALIPAY] > 0;
    pb_set.creating[PB_ALIPAY] -= early;
    int32_t day = day_of(json_str(x->biz, "bill_date"), any);
    if (day && !early)
        bill_collect(x->a, PB_ALIPAY, day, &d);
    pb_unlock();
    if (!str_eq(type, "trade") || !day) {
        ali_refuse(x, "40002", "isv.invalid-arguments", "bill_type 或 bill_date 无效");
        return;
    }
    if (!d.n) { /* one word for a day without business and for one that is not ready yet */
        ali_refuse(x, "40004", "isv.bill-not-exist", "账单不存在");
        return;
    }
    struct zip z = {.a = x->a};
    struct buf text, sums;
    buf_init(&z.file, x->a);
    buf_init(&z.directory, x->a);
    buf_init(&text, x->a);
    buf_init(&sums, x->a);
    detail(x->a, &d, day, &text);
    summary(x->a, &d, &sums);
    zip_add(&z, arena_printf(x->a, "%s0156_%d_业务明细(汇总).csv", sb.alipay_seller, day), buf_cstr(&sums));
    zip_add(&z, arena_printf(x->a, "%s0156_%d_业务明细.csv", sb.alipay_seller, day), buf_cstr(&text));
    zip_end(&z);
    const char *token = bill_put(x->a, z.file.p, z.file.n, clock_now_ms() + LINK_MS);
    const struct provider_param m[] = {
        {"bill_download_url", arena_printf(x->a, "%s/bill/alipay?token=%s", sb_self(x->rq), token)}
    };
    ali_ok(x, m, COUNT(m));
}

void alipay_bill_reply(struct sb_request *rq, struct sb_reply *out)
{
    struct provider_param p[8];
    size_t n = sb_params(rq->arena, rq->query, p, COUNT(p)), len = 0;
    const char *mode = arena_strdup(rq->arena, sb_fault_take("alipay.download"));
    const void *file = bill_take(rq->arena, sb_param(p, n, "token"), false, &len);
    if (str_eq(mode, "500")) {
        sb_text(out, 500, "text/plain", "fault");
        return;
    }
    if (!file || str_eq(mode, "altered")) {
        sb_text(out, 200, "text/html;charset=GBK", "<html><body>the link is no longer valid</body></html>");
        return;
    }
    *out = (struct sb_reply){.status = 200, .type = "application/zip", .body = file, .len = len};
    out->hang_up = str_eq(mode, "drop");
    out->never = str_eq(mode, "timeout");
    out->cut = str_eq(mode, "cut");
    if (str_eq(mode, "broken"))
        out->len /= 2;
}
