/* test_sandbox_pay_alipay.c - the real client of Alipay against the sandbox, and the page of the payer for both channels.
 * SPDX-License-Identifier: MIT */
#include "tests/unit/test_sandbox_pay.h"

static void alipay_trades(void **state)
{
    (void)state;
    struct pay_request rq, changed;
    struct pay_created one, two;
    struct pay_answer p;
    enum pay_status s;
    const char *why, *no = new_number();
    struct pay_order o = order(no, PAY_MINI, 12850, true);
    assert_int_equal(alipay_pay.query(a, &ali, no, &p, &ans), OK);
    assert_int_equal(p.status, PAY_UNKNOWN_NUMBER);
    assert_int_equal(alipay_pay.prepare(a, &ali, &o, &rq, &why), OK);
    assert_int_equal(alipay_pay.create(a, &ali, &rq, &one, &ans), OK);
    assert_int_equal(alipay_pay.create(a, &ali, &rq, &two, &ans), OK);
    assert_string_equal(one.handle, two.handle); /* the same trade */
    o.amount_fen++;
    assert_int_equal(alipay_pay.prepare(a, &ali, &o, &changed, &why), OK);
    assert_int_equal(alipay_pay.create(a, &ali, &changed, &two, &ans), ERR_INVALID);
    assert_string_equal(ans.code, "ACQ.CONTEXT_INCONSISTENT");
    assert_int_equal(status_of(&alipay_pay, no), PAY_NOTPAY);
    control("order", arena_printf(a, "{\"out_trade_no\":\"%s\",\"notify\":false}", no));
    assert_int_equal(alipay_pay.query(a, &ali, no, &p, &ans), OK);
    assert_int_equal(p.status, PAY_SUCCESS);
    assert_string_equal(p.txn_id, one.handle);
    assert_null(pay_mismatch(&ali, &p, no, 12850));
    assert_int_equal(alipay_pay.create(a, &ali, &rq, &two, &ans), ERR_FORBIDDEN);
    assert_int_equal(two.status, PAY_SUCCESS);
    assert_int_equal(alipay_pay.close(a, &ali, no, &s, &ans), OK);
    assert_int_equal(s, PAY_SUCCESS);
    no = new_number();
    o = order(no, PAY_MINI, 1, true);
    assert_int_equal(alipay_pay.prepare(a, &ali, &o, &rq, &why), OK);
    assert_int_equal(alipay_pay.create(a, &ali, &rq, &one, &ans), OK);
    assert_int_equal(alipay_pay.close(a, &ali, no, &s, &ans), OK);
    assert_int_equal(s, PAY_CLOSED);
    assert_int_equal(alipay_pay.create(a, &ali, &rq, &one, &ans), ERR_FORBIDDEN);
    assert_int_equal(one.status, PAY_CLOSED);
    assert_int_equal(alipay_pay.close(a, &ali, no, &s, &ans), OK); /* refused there, told apart by a query */
    assert_int_equal(s, PAY_CLOSED);
    no = waiting(&alipay_pay, PAY_MINI, 100);
    clock_shift_ms(11 * MINUTE_MS);
    assert_int_equal(status_of(&alipay_pay, no), PAY_CLOSED); /* by itself */
    clock_shift_ms(-11 * MINUTE_MS);
}

/* A code that nobody has scanned is nowhere; it can be paid all the same. */
static void alipay_code(void **state)
{
    (void)state;
    struct pay_answer p;
    enum pay_status s;
    const char *no = waiting(&alipay_pay, PAY_QR, 500);
    assert_int_equal(status_of(&alipay_pay, no), PAY_UNKNOWN_NUMBER);
    assert_int_equal(alipay_pay.close(a, &ali, no, &s, &ans), OK);
    assert_int_equal(s, PAY_UNKNOWN_NUMBER);
    control("scan", arena_printf(a, "{\"out_trade_no\":\"%s\"}", no));
    assert_int_equal(status_of(&alipay_pay, no), PAY_NOTPAY);
    control("order", arena_printf(a, "{\"out_trade_no\":\"%s\",\"notify\":false}", no));
    assert_int_equal(alipay_pay.query(a, &ali, no, &p, &ans), OK);
    assert_int_equal(p.status, PAY_SUCCESS);
    no = waiting(&alipay_pay, PAY_QR, 500);
    clock_shift_ms(11 * MINUTE_MS); /* the code has run out before anybody came */
    int status;
    http("POST", "/control/pay/order", arena_printf(a, "{\"out_trade_no\":\"%s\"}", no), &status);
    assert_int_equal(status, 400);
    assert_int_equal(status_of(&alipay_pay, no), PAY_UNKNOWN_NUMBER);
    clock_shift_ms(-11 * MINUTE_MS);
}

static void alipay_refunds(void **state)
{
    (void)state;
    struct pay_refund_answer r;
    struct pay_answer p;
    const char *no = paid(&alipay_pay, 10000), *one = new_number(), *two = new_number();
    struct pay_request rq = refund_of(&alipay_pay, no, one, 3000, 10000), other;
    assert_int_equal(alipay_pay.refund_query(a, &ali, no, one, &r, &ans), OK);
    assert_int_equal(r.status, REFUND_PROCESSING); /* nothing is said of it: not refunded */
    assert_int_equal(alipay_pay.refund(a, &ali, &rq, &r, &ans), OK);
    assert_int_equal(r.status, REFUND_SUCCESS); /* fund_change Y */
    assert_int_equal(r.refunded_sum_fen, 3000);
    assert_int_equal(alipay_pay.refund(a, &ali, &rq, &r, &ans), OK);
    assert_int_equal(r.status, REFUND_PROCESSING); /* a repeat moves nothing: ask */
    assert_int_equal(alipay_pay.refund_query(a, &ali, no, one, &r, &ans), OK);
    assert_int_equal(r.status, REFUND_SUCCESS);
    assert_int_equal(r.refund_fen, 3000);
    assert_int_equal(status_of(&alipay_pay, no), PAY_SUCCESS); /* partly refunded: still TRADE_SUCCESS */
    other = refund_of(&alipay_pay, no, one, 3001, 10000);
    assert_int_equal(alipay_pay.refund(a, &ali, &other, &r, &ans), ERR_FORBIDDEN);
    other = refund_of(&alipay_pay, no, two, 7001, 10000);
    assert_int_equal(alipay_pay.refund(a, &ali, &other, &r, &ans), ERR_FORBIDDEN);
    control("balance", "{\"channel\":\"alipay\",\"fen\":0}");
    other = refund_of(&alipay_pay, no, two, 7000, 10000);
    assert_int_equal(alipay_pay.refund(a, &ali, &other, &r, &ans), ERR_BUSY);
    assert_int_equal(r.status, REFUND_NO_BALANCE);
    control("balance", "{\"channel\":\"alipay\",\"fen\":-1}");
    assert_int_equal(alipay_pay.refund(a, &ali, &other, &r, &ans), OK);
    assert_int_equal(r.refunded_sum_fen, 10000); /* of the trade, not of this refund */
    assert_int_equal(alipay_pay.query(a, &ali, no, &p, &ans), OK);
    assert_int_equal(p.status, PAY_REFUNDED);
    assert_string_equal(p.code, "TRADE_CLOSED");
    no = paid(&alipay_pay, 100);
    control("settings", "{\"alipay_refund_ms\":60000}");
    rq = refund_of(&alipay_pay, no, one, 100, 100);
    assert_int_equal(alipay_pay.refund(a, &ali, &rq, &r, &ans), OK);
    assert_int_equal(r.status, REFUND_PROCESSING);
    assert_int_equal(alipay_pay.refund_query(a, &ali, no, one, &r, &ans), OK);
    assert_int_equal(r.status, REFUND_PROCESSING);
    clock_shift_ms(MINUTE_MS);
    assert_int_equal(alipay_pay.refund_query(a, &ali, no, one, &r, &ans), OK);
    assert_int_equal(r.status, REFUND_SUCCESS);
    clock_shift_ms(-MINUTE_MS);
    other = refund_of(&alipay_pay, waiting(&alipay_pay, PAY_MINI, 5), new_number(), 5, 5);
    assert_int_equal(alipay_pay.refund(a, &ali, &other, &r, &ans), ERR_FORBIDDEN); /* never paid */
    other = refund_of(&alipay_pay, new_number(), new_number(), 5, 5);
    assert_int_equal(alipay_pay.refund(a, &ali, &other, &r, &ans), ERR_FORBIDDEN);
    assert_string_equal(ans.code, "ACQ.TRADE_NOT_EXIST");
}

static void alipay_refusals(void **state)
{
    (void)state;
    struct pay_config c = ali;
    struct pay_answer p;
    const char *no = waiting(&alipay_pay, PAY_MINI, 100);
    c.private_key = wx.private_key;
    for (int i = 0; i < 8; i++) { /* both shapes of a refusal */
        assert_int_equal(alipay_pay.query(a, &c, no, &p, &ans), ERR_UPSTREAM);
        assert_string_equal(ans.code, "isv.invalid-signature");
    }
    c = ali;
    c.appid = "2021000000000001";
    assert_int_equal(alipay_pay.query(a, &c, no, &p, &ans), ERR_TIMEOUT); /* unsigned: no fact */
    static const struct {
        const char *mode;
        bool happened;
    } t[] = {
        {"500",       false},
        {"500_after", true },
        {"drop",      false},
        {"badsign",   true },
        {"broken",    true },
        {"cut",       true }
    };
    for (size_t i = 0; i < COUNT(t); i++) {
        struct pay_request rq;
        struct pay_created made;
        const char *why;
        no = new_number();
        struct pay_order o = order(no, PAY_MINI, 100, true);
        assert_int_equal(alipay_pay.prepare(a, &ali, &o, &rq, &why), OK);
        fault("alipay.create", t[i].mode);
        assert_int_equal(alipay_pay.create(a, &ali, &rq, &made, &ans), ERR_TIMEOUT);
        assert_int_equal(status_of(&alipay_pay, no), t[i].happened ? PAY_NOTPAY : PAY_UNKNOWN_NUMBER);
        assert_int_equal(alipay_pay.create(a, &ali, &rq, &made, &ans), OK);
    }
}

static void alipay_finished(void **state)
{
    (void)state;
    struct pay_answer p;
    struct pay_refund_answer r;
    const char *no = paid(&alipay_pay, 100);
    clock_shift_ms(366 * DAY_MS);
    assert_int_equal(alipay_pay.query(a, &ali, no, &p, &ans), OK);
    assert_string_equal(p.code, "TRADE_FINISHED");
    assert_int_equal(p.status, PAY_SUCCESS); /* paid, but no refund is possible any more */
    struct pay_request rq = refund_of(&alipay_pay, no, new_number(), 100, 100);
    assert_int_equal(alipay_pay.refund(a, &ali, &rq, &r, &ans), ERR_FORBIDDEN);
    assert_string_equal(ans.code, "ACQ.TRADE_HAS_FINISHED");
    clock_shift_ms(-366 * DAY_MS);
}

/* The order of keys, escapes and white space change from answer to answer; what was signed is the raw text. */
static void alipay_spelling(void **state)
{
    (void)state;
    const char *no = paid(&alipay_pay, 100);
    for (int i = 0; i < 40; i++)
        assert_int_equal(status_of(&alipay_pay, no), PAY_SUCCESS);
}

/* What a mini-program of the trading kind owes the platform for every payment; and its codes. */
static void shipping(void **state)
{
    (void)state;
    int status;
    struct pay_answer p;
    const char *no = paid(&wechat_pay, 100);
    assert_int_equal(wechat_pay.query(a, &wx, no, &p, &ans), OK);
    const char *token = "dead", *path = "/wxa/sec/order/upload_shipping_info?access_token=";
    assert_non_null(strstr(http("POST", arena_printf(a, "%s%s", path, token), "{}", &status), "40001"));
    token = sb_token(a, false);
    path = arena_printf(a, "%s%s", path, token);
    static const char form[] =
        "{\"order_key\":{\"order_number_type\":2,\"transaction_id\":\"%s\"},\"logistics_type\":3,"
        "\"delivery_mode\":1,\"shipping_list\":[%s],\"upload_time\":"
        "\"2026-11-23T10:00:05.000+08:00\",\"payer\":{\"openid\":\"oPAYER\"}}";
    const char *item = "{\"item_desc\":\"物业费\"}";
    assert_non_null(strstr(http("POST", path, arena_printf(a, form, "4200", item), &status), "10060001"));
    assert_non_null(strstr(http("POST", path, arena_printf(a, form, p.txn_id, ""), &status), "268485228"));
    assert_non_null(strstr(http("POST", path, arena_printf(a, form, p.txn_id, item), &status), "\"errcode\":0"));
    assert_non_null(strstr(http("GET", "/control/shipping?openid=oPAYER", NULL, &status), p.txn_id));
    path = arena_printf(a, "/wxa/getwxacodeunlimit?access_token=%s", token);
    assert_memory_equal(http("POST", path, "{\"scene\":\"b=1\",\"page\":\"pages/pay/index\"}", &status), "\x89PNG", 4);
    assert_non_null(strstr(http("POST", path, "{\"scene\":\"b%1\"}", &status), "40129"));
    assert_non_null(strstr(http("POST", path, "{\"scene\":\"b\",\"page\":\"/p\"}", &status), "41030"));
    path = arena_printf(a, "/wxa/sec/order/is_trade_managed?access_token=%s", token);
    assert_non_null(strstr(http("POST", path, arena_printf(a, "{\"appid\":\"%s\"}", wx.appid), &status), "true"));
}

/* ---- the payer's page ---- */
static void page(void **state)
{
    (void)state;
    int status;
    for (int alipay = 0; alipay < 2; alipay++) {
        const struct pay_vt *v = alipay ? &alipay_pay : &wechat_pay;
        const char *no = new_number();
        struct pay_order o = order(no, PAY_QR, 12850, alipay);
        struct pay_created made = created_as(v, alipay ? &ali : &wx, &o);
        const char *path = arena_printf(a, "/pay?code=%s", out_escape(a, made.handle));
        const char *text = http("GET", path, NULL, &status);
        assert_int_equal(status, 200);
        assert_non_null(strstr(text, "128.50"));
        assert_non_null(strstr(text, alipay ? "支付宝" : "微信支付"));
        assert_int_equal(status_of(v, no), PAY_NOTPAY); /* looking is the scan */
        text = http("POST", path, "act=cancel", &status);
        assert_non_null(strstr(text, "已取消"));
        assert_int_equal(status_of(v, no), PAY_NOTPAY);
        text = http("POST", path, "act=pay", &status);
        assert_non_null(strstr(text, "支付成功"));
        assert_int_equal(status_of(v, no), PAY_SUCCESS);
        text = http("POST", path, "act=pay", &status); /* the button twice */
        assert_non_null(strstr(text, "支付成功"));
        assert_int_equal(count(listed(arena_printf(a, "orders?out_trade_no=%s&state=paid", no))), 1);
        no = new_number();
        o = order(no, PAY_MINI, 1, alipay);
        made = created_as(v, alipay ? &ali : &wx, &o);
        text = http("GET", arena_printf(a, "/pay/%s", made.handle), NULL, &status);
        assert_int_equal(status, 200);
        control("close", arena_printf(a, "{\"out_trade_no\":\"%s\"}", no));
        assert_non_null(strstr(http("GET", arena_printf(a, "/pay/%s", made.handle), NULL, &status), "订单已关闭"));
    }
    http("GET", "/pay/none", NULL, &status);
    assert_int_equal(status, 404);
    http("GET", "/pay", NULL, &status);
    assert_int_equal(status, 404);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(alipay_trades, clean),   cmocka_unit_test_setup(alipay_code, clean),
        cmocka_unit_test_setup(alipay_refunds, clean),  cmocka_unit_test_setup(alipay_refusals, clean),
        cmocka_unit_test_setup(alipay_spelling, clean), cmocka_unit_test_setup(alipay_finished, clean),
        cmocka_unit_test_setup(shipping, clean),        cmocka_unit_test_setup(page, clean)};
    return cmocka_run_group_tests(tests, world_up, world_down);
}
