/* test_pay_bill.c - bills of both channels: published and self-made files, amounts, cuts at every byte, damaged
 * archives. SPDX-License-Identifier: MIT */
#include "tests/unit/pay_stub.h"

#include "providers/pay_bill.h"
#include <iconv.h>
#include <zlib.h>

#define HEAD                                                                                                                                                           \
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,"             \
    "货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称," \
    "商户数据包,手续费,费率,订单金额,申请退款金额,费率备注"
#define TAIL "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
#define PAY                                                                                                            \
    "`2026-11-01 09:10:11,`wx1,`19,`0,`,`4200001,`WX1,`o,`JSAPI,`SUCCESS,`OTHERS,`CNY,`128.50,`0.00,`0,`0,`0.00,"      \
    "`0.00,`,`,`物业费,2026年11月,`x=1,`0.77000,`0.60%,`128.50,`0.00,`"
#define BACK                                                                                                           \
    "`2026-11-01 20:30:05,`wx1,`19,`0,`,`4200001,`WX1,`o,`JSAPI,`REFUND,`OTHERS,`CNY,`0.00,`0.00,`503,`RF1,`28.50,"    \
    "`0.00,`ORIGINAL,`SUCCESS,`物业费,`,`-0.17000,`0.60%,`0.00,`28.50,`"
#define SUMS  "`2.0,`128.50,`28.50,`0.0,`0.60000,`128.50,`28.50"
#define SMALL "\xef\xbb\xbf" HEAD "\r\n" PAY "\r\n" BACK "\r\n" TAIL "\r\n" SUMS "\r\n"

#define ALI_HEAD                                                                                                                                               \
    "#支付宝业务明细查询\r\n#账号：[2088]\r\n支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,对方账户," \
    "订单金额（元）,商家实收（元）,退款批次号/请求号,服务费（元）,备注\r\n"
#define ALI_TAIL                                                                                                       \
    "#---业务明细列表结束---\r\n#交易合计：1笔，商家实收共128.00元，商家优惠共0.00元\r\n"  \
    "#退款合计：1笔，商家实收退款共-28.50元，商家优惠退款共0.00元\r\n#导出时间：[2026年11月02日 03:12:33]\r\n"
#define ALI_PAY  "T1\t,AL1\t,交易\t,物业费   ,2026-11-01 08:00:01,2026-11-01 08:00:09,张*,128.50,128.00,\t,-0.77,\r\n"
#define ALI_BACK "T1\t,AL1\t,退款\t,物业费   ,2026-11-01 08:00:01,2026-11-01 18:00:02,张*,-28.50,-28.50,RF1\t,0.17,\r\n"

static struct pay_bill_sum sum;
static const char *why;
struct seen {
    struct pay_bill_sum sum;
    struct pay_bill_row last[2];
    int rows;
};

static void note(void *arg, const struct pay_bill_row *r)
{
    struct seen *s = arg;
    s->rows++;
    s->sum.fee_e5 += r->fee_e5;
    *(r->kind == BILL_PAY ? &s->sum.pay_fen : &s->sum.refund_fen) += r->amount_fen;
    s->last[r->kind] = *r;
    s->last[r->kind].out_no = arena_strdup(a, r->out_no);
    s->last[r->kind].txn_id = arena_strdup(a, r->txn_id);
    s->last[r->kind].refund_no = arena_strdup(a, r->refund_no);
}

static enum err wechat(const char *text, size_t n)
{
    char *e = exact(text, n);
    enum err rc = pay_bill_wechat(e, n, NULL, NULL, &sum, &why);
    free(e);
    return rc;
}

static const char *gbk(const char *utf8, size_t *n)
{
    size_t in_left = strlen(utf8), room = in_left + 1, left = room;
    char *out = arena_alloc(a, room), *o = out, *in = (char *)(uintptr_t)utf8;
    iconv_t cd = iconv_open("GB18030", "UTF-8");
    assert_true(iconv(cd, &in, &in_left, &o, &left) != (size_t)-1);
    iconv_close(cd);
    *n = room - left;
    return out;
}

static enum err alipay(const char *utf8)
{
    size_t n = 0;
    const char *text = gbk(utf8, &n);
    return pay_bill_alipay(text, n, NULL, NULL, &sum, &why);
}

static void wechat_file(void **state)
{
    (void)state;
    struct seen s = {.rows = 0};
    assert_int_equal(pay_bill_wechat(SMALL, strlen(SMALL), note, &s, &sum, &why), OK);
    assert_int_equal(s.rows, 2);
    assert_int_equal(sum.pay_fen, 12850);
    assert_int_equal(sum.refund_fen, 2850);
    assert_int_equal(sum.fee_e5, 60000);
    assert_string_equal(s.last[BILL_PAY].out_no, "WX1");
    assert_string_equal(s.last[BILL_PAY].txn_id, "4200001");
    assert_int_equal(s.last[BILL_PAY].fee_e5, 77000);
    assert_int_equal(s.last[BILL_PAY].at, INT64_C(1793495411000));
    assert_string_equal(s.last[BILL_REFUND].refund_no, "RF1");
    static const char *const good[] = {HEAD "\n" PAY "\n" BACK "\n" TAIL "\n" SUMS, /* no BOM, LF, no last line break */
                                       HEAD "\n" TAIL "\n`0,`0.0,`0.0,`0.0,`0.0,`0.0,`0.0\n\n"};
    static const char *const bad[] = {"",
                                      "\xef\xbb\xbf",
                                      HEAD "\n",
                                      HEAD "\n" PAY "\n" TAIL "\n" SUMS, /* a row is gone */
                                      HEAD "\n" PAY "\n" BACK "\n" BACK "\n" TAIL "\n" SUMS,
                                      HEAD "\n" PAY "\n" BACK "\n" TAIL "\n`2,`128.50,`28.50,`0.0,`0.60,`128.51,`28.50",
                                      HEAD "\n" PAY "\n" BACK "\n" TAIL "\n`2,`128.50,`28.50,`0.0,`0.61,`128.50,`28.50",
                                      HEAD "\n" PAY "\n" BACK "\n" TAIL "\n" SUMS "\n" PAY,
                                      HEAD "\n" PAY ",`more\n" BACK "\n" TAIL "\n" SUMS,
                                      PAY "\n" BACK "\n" TAIL "\n" SUMS,
                                      "{\"code\":\"STATEMENT_CREATING\"}"};
    for (size_t i = 0; i < COUNT(good); i++)
        assert_int_equal(wechat(good[i], strlen(good[i])), OK);
    for (size_t i = 0; i < COUNT(bad); i++) {
        s.rows = 0;
        assert_int_equal(pay_bill_wechat(bad[i], strlen(bad[i]), note, &s, &sum, &why), ERR_INVALID);
        assert_int_equal(s.rows, 0); /* not one row of a file that does not add up */
        assert_int_equal(sum.pays, 0);
    }
}

static void alipay_file(void **state)
{
    (void)state;
    struct seen s = {.rows = 0};
    size_t n = 0;
    const char *text = gbk(ALI_HEAD ALI_PAY ALI_BACK ALI_TAIL, &n);
    assert_int_equal(pay_bill_alipay(text, n, note, &s, &sum, &why), OK);
    assert_int_equal(s.rows, 2);
    assert_int_equal(sum.pay_fen, 12850);
    assert_int_equal(sum.refund_fen, 2850);
    assert_int_equal(sum.fee_e5, 60000);
    assert_string_equal(s.last[BILL_PAY].txn_id, "T1");
    assert_string_equal(s.last[BILL_PAY].out_no, "AL1");
    assert_string_equal(s.last[BILL_REFUND].refund_no, "RF1");
    assert_int_equal(alipay(ALI_HEAD ALI_PAY ALI_TAIL), ERR_INVALID);
    assert_int_equal(alipay(ALI_HEAD ALI_PAY ALI_PAY ALI_BACK ALI_TAIL), ERR_INVALID);
    assert_int_equal(alipay(ALI_HEAD ALI_PAY ALI_BACK ALI_TAIL ALI_TAIL), OK); /* comments behind the end */
    assert_int_equal(alipay(ALI_HEAD ALI_PAY ALI_BACK), ERR_INVALID);
    assert_int_equal(alipay(ALI_PAY ALI_BACK ALI_TAIL), ERR_INVALID);
    assert_int_equal(pay_bill_alipay("\xff\xff", 2, NULL, NULL, &sum, &why), ERR_INVALID);
}

static void cut(void **state)
{
    (void)state;
    size_t n = strlen(SMALL), m = 0;
    for (size_t i = 0; i < n; i++) /* the last zeros of the last total may go: it still agrees */
        assert_true(wechat(SMALL, i) == ERR_INVALID || i >= n - 4);
    const char *text = gbk(ALI_HEAD ALI_PAY ALI_BACK ALI_TAIL, &m);
    for (size_t i = 0; i < m; i++) {
        char *e = exact(text, i);
        enum err rc = pay_bill_alipay(e, i, NULL, NULL, &sum, &why);
        assert_true(rc == ERR_INVALID || i >= m - 2); /* the last line break */
        free(e);
    }
    for (int i = 0; i < 3000; i++) { /* any byte another */
        char *e = exact(SMALL, n);
        e[rnd() % n] = (char)rnd();
        (void)!pay_bill_wechat(e, n, NULL, NULL, &sum, &why);
        free(e);
        e = exact(text, m);
        e[rnd() % m] = (char)rnd();
        (void)!pay_bill_alipay(e, m, NULL, NULL, &sum, &why);
        free(e);
    }
}

/* 120000 random rows in 40 files: what comes out is what went in, and one fen more in the trailer is refused. */
static void amounts(void **state)
{
    (void)state;
    for (int file = 0; file < 40; file++) {
        struct arena *own = arena_new(256u << 20);
        struct buf b;
        struct pay_bill_sum want = {0};
        buf_init(&b, own);
        buf_str(&b, "微信订单号,商户订单号,交易状态,交易时间,商户退款单号,手续费,订单金额,申请退款金额\n");
        for (int i = 0; i < 3000; i++) {
            bool back = rnd() % 4 == 0;
            int64_t fen = 1 + (int64_t)(rnd() % (i % 2 ? 1000 : 9999999999)), fee = (int64_t)(rnd() % 10000000);
            buf_printf(&b, "`T%d,`O%d,`%s,`2026-11-01 00:00:00,`R%d,`%s%lld.%05lld,`%lld.%02lld,`%lld.%02lld\n", i, i,
                       back ? "REFUND" : "SUCCESS", i, back ? "-" : "", (long long)(fee / 100000),
                       (long long)(fee % 100000), back ? 0LL : (long long)(fen / 100),
                       back ? 0LL : (long long)(fen % 100), back ? (long long)(fen / 100) : 0LL,
                       back ? (long long)(fen % 100) : 0LL);
            *(back ? &want.refund_fen : &want.pay_fen) += fen;
            *(back ? &want.refunds : &want.pays) += 1;
            want.fee_e5 += back ? -fee : fee;
        }
        size_t rows = b.n;
        for (int off = 0; off < 2; off++) {
            int64_t p = want.pay_fen + off, r = want.refund_fen, f = want.fee_e5 < 0 ? -want.fee_e5 : want.fee_e5;
            b.n = rows;
            buf_printf(
                &b,
                "总交易单数,手续费总金额,订单总金额,申请退款总金额\n`3000.0,`%s%lld.%05lld,`%lld.%02lld,`%lld.%02lld\n",
                want.fee_e5 < 0 ? "-" : "", (long long)(f / 100000), (long long)(f % 100000), (long long)(p / 100),
                (long long)(p % 100), (long long)(r / 100), (long long)(r % 100));
            assert_int_equal(pay_bill_wechat(b.p, b.n, NULL, NULL, &sum, &why), off ? ERR_INVALID : OK);
            if (!off)
                assert_memory_equal(&sum, &want, sizeof sum);
        }
        arena_free(own);
    }
}

static size_t deflated(int bits, const char *s, size_t n, uint8_t *out, size_t room)
{
    z_stream z = {.next_in = (Bytef *)(uintptr_t)s, .avail_in = (uInt)n, .next_out = out, .avail_out = (uInt)room};
    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, bits, 8, Z_DEFAULT_STRATEGY), Z_OK);
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    deflateEnd(&z);
    return room - z.avail_out;
}

static void gzip(void **state)
{
    (void)state;
    static uint8_t z[1 << 16];
    size_t n = deflated(31, SMALL, strlen(SMALL), z, sizeof z), len = 0;
    char *out = NULL;
    assert_int_equal(pay_bill_gunzip(a, z, n, PAY_BILL_MAX, &out, &len), OK);
    assert_string_equal(out, SMALL);
    assert_int_equal(pay_bill_gunzip(a, z, n, strlen(SMALL) - 1, &out, &len), ERR_INVALID);
    for (size_t i = 0; i < n; i++) {
        char *e = exact((char *)z, i);
        assert_int_equal(pay_bill_gunzip(a, e, i, PAY_BILL_MAX, &out, &len), ERR_INVALID);
        free(e);
    }
    z[n] = 0;
    assert_int_equal(pay_bill_gunzip(a, z, n + 1, PAY_BILL_MAX, &out, &len), ERR_INVALID); /* something behind */
    char *zeros = calloc(1, 40u << 20);                                                    /* 1000:1 */
    n = deflated(31, zeros, 40u << 20, z, sizeof z);
    free(zeros);
    assert_int_equal(pay_bill_gunzip(a, z, n, PAY_BILL_MAX, &out, &len), ERR_INVALID);
}

static uint8_t zip[1 << 16];
static size_t zip_n;
static void put(uint32_t v, int bytes)
{
    for (int i = 0; i < bytes; i++, v >>= 8)
        zip[zip_n++] = (uint8_t)v;
}

/* One entry, GBK name; claims `size` bytes of plaintext. */
static void make_zip(const char *name, const char *text, size_t n, size_t size)
{
    size_t name_n = 0;
    const char *g = gbk(name, &name_n);
    static uint8_t z[1 << 15];
    size_t packed = deflated(-15, text, n, z, sizeof z);
    uint32_t crc = (uint32_t)crc32(0, (const Bytef *)text, (uInt)n);
    zip_n = 0;
    put(0x04034b50, 4), put(20, 2), put(0, 2), put(8, 2), put(0, 4), put(crc, 4), put((uint32_t)packed, 4);
    put((uint32_t)size, 4), put((uint32_t)name_n, 2), put(0, 2);
    memcpy(zip + zip_n, g, name_n);
    memcpy(zip + zip_n + name_n, z, packed);
    zip_n += name_n + packed;
    uint32_t cd = (uint32_t)zip_n;
    put(0x02014b50, 4), put(20, 2), put(20, 2), put(0, 2), put(8, 2), put(0, 4), put(crc, 4), put((uint32_t)packed, 4);
    put((uint32_t)size, 4), put((uint32_t)name_n, 2), put(0, 2), put(0, 2), put(0, 2), put(0, 2), put(0, 4), put(0, 4);
    memcpy(zip + zip_n, g, name_n);
    zip_n += name_n;
    uint32_t cd_n = (uint32_t)zip_n - cd;
    put(0x06054b50, 4), put(0, 4), put(1, 2), put(1, 2), put(cd_n, 4), put(cd, 4), put(0, 2);
}

static void archive(void **state)
{
    (void)state;
    size_t n = 0, len = 0;
    char *out = NULL;
    const char *text = gbk(ALI_HEAD ALI_PAY ALI_BACK ALI_TAIL, &n);
    make_zip("2088_20261101_业务明细.csv", text, n, n);
    assert_int_equal(pay_bill_unzip(a, zip, zip_n, PAY_BILL_MAX, &out, &len), OK);
    assert_int_equal(len, n);
    assert_int_equal(pay_bill_alipay(out, len, NULL, NULL, &sum, &why), OK);
    for (size_t i = 0; i < zip_n; i++) {
        char *e = exact((char *)zip, i);
        assert_int_equal(pay_bill_unzip(a, e, i, PAY_BILL_MAX, &out, &len), ERR_INVALID);
        free(e);
    }
    for (size_t i = 0; i < zip_n; i++) { /* every byte another: whatever comes out is what the checksum says */
        struct arena *own = arena_new(0);
        char *e = exact((char *)zip, zip_n);
        e[i] ^= (char)(1 + rnd() % 255);
        if (pay_bill_unzip(own, e, zip_n, PAY_BILL_MAX, &out, &len) == OK)
            assert_true(len == n && memcmp(out, text, n) == 0);
        free(e);
        arena_free(own);
    }
    make_zip("2088_20261101_业务明细.csv", text, n, n + 1);
    assert_int_equal(pay_bill_unzip(a, zip, zip_n, PAY_BILL_MAX, &out, &len), ERR_INVALID);
    make_zip("2088_20261101_业务明细.csv", text, n, n - 1);
    assert_int_equal(pay_bill_unzip(a, zip, zip_n, PAY_BILL_MAX, &out, &len), ERR_INVALID);
    make_zip("2088_20261101_业务明细(汇总).csv", text, n, n);
    assert_int_equal(pay_bill_unzip(a, zip, zip_n, PAY_BILL_MAX, &out, &len), ERR_INVALID);
}

static void published(void **state)
{
    (void)state;
    const char *d = vectors(a);
    size_t n = 0, len = 0;
    char *out = NULL;
    d = arena_printf(a, "%s/bills", d);
    static const char *const files[] = {"self_wechat_ALL.csv", "self_wechat_ALL_bom.csv", "self_wechat_ALL.csv.gz"};
    for (size_t i = 0; i < COUNT(files); i++) {
        char *text = slurp(a, d, files[i], &n);
        if (i == 2) {
            assert_int_equal(pay_bill_gunzip(a, text, n, PAY_BILL_MAX, &out, &n), OK);
            text = out;
        }
        assert_int_equal(pay_bill_wechat(text, n, NULL, NULL, &sum, &why), OK);
        assert_int_equal(sum.pays + sum.refunds, 3);
        assert_int_equal(sum.pay_fen, 42850);
        assert_int_equal(sum.refund_fen, 4500);
        assert_int_equal(sum.fee_e5, 230000);
    }
    char *text = slurp(a, d, "php_bill_ALL_excerpt.csv", &n); /* 3 rows of 45: the totals do not fit */
    assert_int_equal(pay_bill_wechat(text, n, NULL, NULL, &sum, &why), ERR_INVALID);
    assert_string_equal(why, "totals differ");
    text = slurp(a, d, "self_alipay_trade.zip", &n);
    assert_int_equal(pay_bill_unzip(a, text, n, PAY_BILL_MAX, &out, &len), OK);
    assert_int_equal(pay_bill_alipay(out, len, NULL, NULL, &sum, &why), OK);
    assert_int_equal(sum.pay_fen, 12850);
    assert_int_equal(sum.refund_fen, 2850);
    assert_int_equal(sum.fee_e5, 60000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(wechat_file), cmocka_unit_test(alipay_file),
                                       cmocka_unit_test(cut),         cmocka_unit_test(amounts),
                                       cmocka_unit_test(gzip),        cmocka_unit_test(archive),
                                       cmocka_unit_test(published)};
    a = arena_new(1u << 30);
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    arena_free(a);
    return rc;
}
