/* wxpay_bill.c - the bills of WeChat Pay: UTF-8 with a byte order mark, a backtick before every value, commas inside
 * names. SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/money.h"
#include "base/text.h"
#include "providers/pay_bill.h"
#include "sandbox/keys.h"
#include "sandbox/paybill.h"
#include "sandbox/wxpay.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define LINK_MS (5 * MINUTE_MS)

static const char *yuan(struct arena *a, int64_t fen)
{
    char text[32];
    return arena_strdup(a, fen_format(fen, text));
}

static const char *when(struct arena *a, int64_t ms)
{
    struct civil c = clock_civil(ms);
    return arena_printf(a, "%04d-%02d-%02d %02d:%02d:%02d", c.year, c.month, c.day, c.hour, c.minute, c.second);
}

static void fee(struct buf *b, int64_t fen)
{
    buf_printf(b, "%s%lld.%02lld000", fen < 0 ? "-" : "", llabs((long long)fen) / 100, llabs((long long)fen) % 100);
}

static void trade_row(struct arena *a, struct buf *b, const struct bill_row *r)
{
    const char *paid = r->refund ? "0.00" : yuan(a, r->amount), *back = r->refund ? yuan(a, r->amount) : "0.00";
    buf_printf(b, "`%s,`%s,`%s,`0,`,`%s,`%s,`%s,`%s,`%s,`OTHERS,`CNY,`%s,`0.00,`%s,`%s,`%s,`0.00,`%s,`%s,`%s,`%s,`",
               when(a, r->at), r->appid, sb.wechat_mchid, r->txn, r->no, r->payer, r->qr ? "NATIVE" : "JSAPI",
               r->refund ? "REFUND" : "SUCCESS", paid, r->refund ? r->refund_id : "0", r->refund ? r->refund_no : "0",
               back, r->refund ? "ORIGINAL" : "", r->refund ? "SUCCESS" : "", r->subject, r->attach);
    fee(b, r->fee);
    buf_printf(b, ",`0.60%%,`%s,`%s,`\r\n", paid, back);
}

static void trade_bill(struct arena *a, const struct bill *d, const char *type, struct buf *b)
{
    struct bill t = {0};
    buf_str(b, "\xef\xbb\xbf"
               "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,"
               "货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,"
               "商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注\r\n");
    for (size_t i = 0; i < d->n; i++) {
        const struct bill_row *r = &d->row[i];
        if (str_eq(type, r->refund ? "SUCCESS" : "REFUND"))
            continue;
        trade_row(a, b, r);
        t.n++;
        *(r->refund ? &t.refund_fen : &t.pay_fen) += r->amount;
        t.fee += r->fee;
    }
    buf_str(b, "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额\r\n");
    buf_printf(b, "`%zu.0,`%s,`%s,`0.0,`", t.n, yuan(a, t.pay_fen), yuan(a, t.refund_fen));
    fee(b, t.fee);
    buf_printf(b, ",`%s,`%s\r\n", yuan(a, t.pay_fen), yuan(a, t.refund_fen));
}

struct flow {
    struct arena *a;
    struct buf *b;
    int64_t serial, balance, in, out, nin, nout;
};

static void flow_row(struct flow *f, const struct bill_row *r, const char *name, bool income, int64_t fen)
{
    f->balance += income ? fen : -fen;
    *(income ? &f->in : &f->out) += fen;
    ++*(income ? &f->nin : &f->nout);
    buf_printf(f->b, "`%s,`%s,`%lld,`%s,`%s,`%s,`%s,`%s,`system,`,`%s\r\n", when(f->a, r->at),
               r->refund ? r->refund_id : r->txn, (long long)++f->serial, name, name, income ? "收入" : "支出",
               yuan(f->a, fen), yuan(f->a, f->balance), r->refund ? r->refund_no : r->no);
}

/* A payment and its fee are two rows here, and a refund brings its fee back. */
static void flow_bill(struct arena *a, const struct bill *d, int32_t day, struct buf *b)
{
    struct flow f = {.a = a, .b = b, .serial = day * INT64_C(10000000000), .balance = 100000000};
    buf_str(b, "\xef\xbb\xbf"
               "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额（元）,账户结余（元）,"
               "资金变更提交申请人,备注,业务凭证号\r\n");
    for (size_t i = 0; i < d->n; i++) {
        const struct bill_row *r = &d->row[i];
        int64_t charge = r->fee < 0 ? -r->fee : r->fee;
        flow_row(&f, r, r->refund ? "退款" : "交易", !r->refund, r->amount);
        if (charge)
            flow_row(&f, r, r->refund ? "退还交易手续费" : "扣除交易手续费", r->refund, charge);
    }
    buf_str(b, "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额\r\n");
    buf_printf(b, "`%lld.0,`%lld.0,`%s,`%lld.0,`%s\r\n", (long long)(f.nin + f.nout), (long long)f.nin, yuan(a, f.in),
               (long long)f.nout, yuan(a, f.out));
}

static const void *gzipped(struct arena *a, const void *p, size_t n, size_t *len)
{
    z_stream z = {0};
    if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
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

/* yyyymmdd of a "2026-11-23"; 0: not one, of the future, or older than three months. */
static int32_t day_of(const char *s, bool any)
{
    int64_t y = 0, m = 0, d = 0;
    if (strlen(s) != 10 || s[4] != '-' || s[7] != '-' || !parse_i64_n(s, 4, &y) || !parse_i64_n(s + 5, 2, &m) ||
        !parse_i64_n(s + 8, 2, &d))
        return 0;
    int32_t day = (int32_t)(y * 10000 + m * 100 + d), today = clock_day(clock_now_ms());
    if (!clock_day_valid(day) || day > today || (day == today && !any) || day < clock_day_add(today, -92))
        return 0;
    return day;
}

static void hand_out(struct wx *x, const char *text, size_t n)
{
    char sha1[41];
    size_t len = n;
    bool gzip = str_eq(sb_param(x->p, x->np, "tar_type"), "GZIP");
    keys_sha1(text, n, sha1); /* over the plain bytes, mark included, packed or not */
    const void *p = gzip ? gzipped(x->a, text, n, &len) : text;
    const char *token = bill_put(x->a, p, len, clock_now_ms() + LINK_MS);
    wx_ok(x, 200,
          arena_printf(x->a,
                       "{\"hash_type\":\"SHA1\",\"hash_value\":\"%s\",\"download_url\":\"%s/v3/billdownload/file?"
                       "token=%s%s\"}",
                       sha1, sb_self(x->rq), token, gzip ? "&tartype=gzip" : ""));
}

/* What both bills ask first; 0: refused. */
static int32_t wanted(struct wx *x, const char *name, const char *const *types, size_t n)
{
    const char *type = sb_param(x->p, x->np, name), *tar = sb_param(x->p, x->np, "tar_type");
    pb_lock();
    bool any = pb_set.any_day, early = pb_set.creating[PB_WECHAT] > 0;
    pb_set.creating[PB_WECHAT] -= early;
    pb_unlock();
    int32_t day = day_of(sb_param(x->p, x->np, "bill_date"), any);
    if (!day || (*type && str_index(types, n, type) < 0) || (*tar && !str_eq(tar, "GZIP"))) {
        wx_refuse(x, 400, "INVALID_REQUEST", "bill_date、类型或 tar_type 不正确");
        return 0;
    }
    if (early) {
        wx_refuse(x, 400, "STATEMENT_CREATING", "账单生成中，请稍后再试");
        return 0;
    }
    return day;
}

void wx_tradebill(struct wx *x)
{
    static const char *const types[] = {"ALL", "SUCCESS", "REFUND"};
    struct bill d;
    struct buf b;
    int32_t day = wanted(x, "bill_type", types, COUNT(types));
    if (!day)
        return;
    pb_lock();
    bill_collect(x->a, PB_WECHAT, day, &d);
    pb_unlock();
    if (!d.n) {
        wx_refuse(x, 400, "NO_STATEMENT_EXIST", "账单文件不存在");
        return;
    }
    buf_init(&b, x->a);
    trade_bill(x->a, &d, sb_param(x->p, x->np, "bill_type"), &b);
    hand_out(x, b.p, b.n);
}

void wx_flowbill(struct wx *x)
{
    static const char *const types[] = {"BASIC", "OPERATION", "FEES"};
    struct bill d;
    struct buf b;
    int32_t day = wanted(x, "account_type", types, COUNT(types));
    const char *type = sb_param(x->p, x->np, "account_type");
    if (!day)
        return;
    pb_lock();
    bill_collect(x->a, PB_WECHAT, day, &d);
    pb_unlock();
    if (!d.n || (*type && !str_eq(type, "BASIC"))) {
        wx_refuse(x, 400, "NO_STATEMENT_EXIST", "账单文件不存在");
        return;
    }
    buf_init(&b, x->a);
    flow_bill(x->a, &d, day, &b);
    hand_out(x, b.p, b.n);
}

/* A bill in which only the name of a bank is another: all its totals agree. */
static const void *altered(struct arena *a, const void *p, size_t *n)
{
    char *text, *bank;
    size_t len;
    if (pay_bill_gunzip(a, p, *n, PAY_BILL_FETCH, &text, &len) || !(bank = strstr(text, "OTHERS")))
        return p;
    memcpy(bank, "BOC_XX", 6);
    return gzipped(a, text, len, n);
}

void wx_download(struct wx *x)
{
    size_t n = 0;
    const void *p = bill_take(x->a, sb_param(x->p, x->np, "token"), true, &n);
    if (!p) {
        wx_refuse(x, 400, "INVALID_REQUEST", "token已使用或已过期");
        return;
    }
    if (str_eq(x->mode, "altered"))
        p = altered(x->a, p, &n);
    x->unsigned_ = true; /* the hash answers for it */
    x->status = 200;
    x->type = "application/octet-stream";
    x->body = p;
    x->len = n;
}
