/* test_pay_wechat_calls.c - every call of WeChat Pay v3 against a server that answers well, badly, late, forged or not
 * at all. SPDX-License-Identifier: MIT */
#include "tests/unit/pay_wechat_stub.h"

static void create_mini(void **state)
{
    (void)state;
    struct pay_request rq, again;
    struct pay_created made;
    struct pay_order o = order(PAY_MINI);
    assert_int_equal(wechat_pay.prepare(a, &cfg, &o, &rq, &why), OK);
    assert_string_equal(
        rq.body, "{\"appid\":\"wx1\",\"mchid\":\"1900000001\",\"description\":\"物业费 2026-11\",\"out_trade_no\":"
                 "\"" NUMBER "\",\"time_expire\":\"2026-11-23T16:03:41+08:00\",\"notify_url\":\"https:"
                 "//pay.example.cn/notify/wechat\",\"amount\":{\"total\":12850,\"currency\":\"CNY\"},\"payer\":{"
                 "\"openid\":\"oABC\"}}");
    assert_int_equal(wechat_pay.prepare(a, &cfg, &o, &again, &why), OK);
    assert_string_equal(rq.body, again.body);
    answer(200, "{\"prepay_id\":\"wx261153585405162d4d02642eabe7000000\"}", GOOD);
    assert_int_equal(wechat_pay.create(a, &cfg, &rq, &made, &ans), OK);
    assert_int_equal(made.status, PAY_NOTPAY);
    assert_string_equal(made.handle, "wx261153585405162d4d02642eabe7000000");
    assert_string_equal(ans.id, "R-1");
    assert_true(str_starts(stub.seen, "POST /v3/pay/transactions/jsapi HTTP/1.1\r\n"));
    assert_non_null(strstr(stub.seen, "\r\nAuthorization: WECHATPAY2-SHA256-RSA2048 mchid=\"1900000001\",nonce_str="));
    assert_non_null(strstr(stub.seen, "\r\nAccept: application/json\r\n"));
    assert_non_null(strstr(stub.seen, "\r\nContent-Type: application/json\r\n"));
    assert_null(strstr(stub.seen, "Wechatpay-Serial"));
    assert_string_equal(strstr(stub.seen, "\r\n\r\n") + 4, rq.body);
    struct pay_config by_key = cfg;
    by_key.public_key_id = "PUB_KEY_ID_01";
    assert_int_equal(wechat_pay.create(a, &by_key, &rq, &made, &ans), OK);
    assert_non_null(strstr(stub.seen, "\r\nWechatpay-Serial: PUB_KEY_ID_01\r\n"));
    assert_string_equal(strstr(stub.seen, "\r\n\r\n") + 4, rq.body);
}

static void create_qr(void **state)
{
    (void)state;
    struct pay_request rq;
    struct pay_created made;
    struct pay_order o = order(PAY_QR);
    o.openid = NULL;
    assert_int_equal(wechat_pay.prepare(a, &cfg, &o, &rq, &why), OK);
    assert_null(strstr(rq.body, "payer"));
    answer(200, "{\"code_url\":\"weixin://wxpay/bizpayurl?pr=abc\"}", GOOD);
    assert_int_equal(wechat_pay.create(a, &cfg, &rq, &made, &ans), OK);
    assert_string_equal(made.handle, "weixin://wxpay/bizpayurl?pr=abc");
    assert_true(str_starts(stub.seen, "POST /v3/pay/transactions/native "));
}

static void input(void **state)
{
    (void)state;
    struct pay_request rq;
    struct pay_order o[12];
    for (size_t i = 0; i < COUNT(o); i++)
        o[i] = order(PAY_MINI);
    o[0].out_trade_no = "short";
    o[1].out_trade_no = "WX2026112300000000-";
    o[2].out_trade_no = NUMBER "01234567890123456789";
    o[3].amount_fen = 0;
    o[4].amount_fen = PAY_MAX_FEN + 1;
    o[5].description = "a,b";
    o[6].description = "";
    o[7].notify_url = "https://h/x?y=1";
    o[8].notify_url = "https://host-only";
    o[9].expires_at = NOW + 59000;
    o[10].openid = "";
    o[11].description = "\xff";
    for (size_t i = 0; i < COUNT(o); i++) {
        assert_int_equal(wechat_pay.prepare(a, &cfg, &o[i], &rq, &why), ERR_INVALID);
        assert_int_equal(alipay_pay.prepare(a, &cfg, &o[i], &rq, &why), ERR_INVALID);
        assert_non_null(why);
    }
    assert_ptr_equal(pay_channel("wechat"), &wechat_pay);
    assert_ptr_equal(pay_channel("alipay"), &alipay_pay);
    assert_null(pay_channel("cash"));
}

static void errors(void **state)
{
    (void)state;
    static const struct {
        int http;
        const char *code;
        enum err e;
        enum pay_status status;
    } t[] = {
        {400, "PARAM_ERROR",        ERR_INVALID,   PAY_ERROR_UNKNOWN},
        {400, "INVALID_REQUEST",    ERR_INVALID,   PAY_ERROR_UNKNOWN},
        {400, "ORDERPAID",          ERR_FORBIDDEN, PAY_SUCCESS      },
        {403, "ORDER_PAID",         ERR_FORBIDDEN, PAY_SUCCESS      },
        {400, "ORDER_CLOSED",       ERR_FORBIDDEN, PAY_CLOSED       },
        {403, "OUT_TRADE_NO_USED",  ERR_FORBIDDEN, PAY_ERROR_UNKNOWN},
        {403, "NO_AUTH",            ERR_UPSTREAM,  PAY_ERROR_UNKNOWN},
        {401, "SIGN_ERROR",         ERR_UPSTREAM,  PAY_ERROR_UNKNOWN},
        {404, "ORDER_NOT_EXIST",    ERR_UPSTREAM,  PAY_ERROR_UNKNOWN},
        {429, "FREQUENCY_LIMITED",  ERR_TIMEOUT,   PAY_ERROR_UNKNOWN},
        {403, "RATELIMIT_EXCEEDED", ERR_TIMEOUT,   PAY_ERROR_UNKNOWN},
        {500, "SYSTEM_ERROR",       ERR_TIMEOUT,   PAY_ERROR_UNKNOWN},
        {502, "",                   ERR_TIMEOUT,   PAY_ERROR_UNKNOWN},
        {400, "WHAT_IS_THIS",       ERR_UPSTREAM,  PAY_ERROR_UNKNOWN},
    };
    struct pay_request rq;
    struct pay_created made;
    struct pay_order o = order(PAY_MINI);
    assert_int_equal(wechat_pay.prepare(a, &cfg, &o, &rq, &why), OK);
    for (size_t i = 0; i < COUNT(t); i++)
        for (int how = GOOD; how <= OTHER_SERIAL; how++) { /* unproven: never more than "unknown" */
            answer(t[i].http, arena_printf(a, "{\"code\":\"%s\",\"message\":\"m\"}", t[i].code), (enum how)how);
            if (t[i].http >= 500)
                cfg.url = stub_start();
            assert_int_equal(wechat_pay.create(a, &cfg, &rq, &made, &ans), how ? ERR_TIMEOUT : t[i].e);
            assert_int_equal(made.status, how ? PAY_ERROR_UNKNOWN : t[i].status);
        }
    for (int how = BAD_SIGNATURE; how <= OTHER_SERIAL; how++) { /* a 200 that nobody signed */
        answer(200, "{\"prepay_id\":\"wx1\"}", (enum how)how);
        assert_int_equal(wechat_pay.create(a, &cfg, &rq, &made, &ans), ERR_TIMEOUT);
    }
    static const char *const odd[] = {
        "{}", "", "{\"prepay_id\":", "[]", "{\"prepay_id\":1}", "{\"prepay_id\":\"a\",\"prepay_id\":\"b\"}"};
    for (size_t i = 0; i < COUNT(odd); i++) {
        answer(200, odd[i], GOOD);
        assert_int_equal(wechat_pay.create(a, &cfg, &rq, &made, &ans), ERR_TIMEOUT);
    }
    stub.answer_len = 0; /* the request left, the line went dead */
    assert_int_equal(wechat_pay.create(a, &cfg, &rq, &made, &ans), ERR_TIMEOUT);
    struct pay_config dead = cfg;
    dead.url = "http://127.0.0.1:1";
    assert_int_equal(wechat_pay.create(a, &dead, &rq, &made, &ans), ERR_UPSTREAM); /* nothing was sent */
    cfg.url = stub_start();
}

static void query(void **state)
{
    (void)state;
    struct pay_answer p;
    answer(200, PAID("1900000001", "wx1", "12850", "CNY", "SUCCESS"), GOOD);
    assert_int_equal(wechat_pay.query(a, &cfg, NUMBER, &p, &ans), OK);
    assert_int_equal(p.status, PAY_SUCCESS);
    assert_null(pay_mismatch(&cfg, &p, NUMBER, 12850));
    assert_true(
        str_starts(stub.seen, "GET /v3/pay/transactions/out-trade-no/" NUMBER "?mchid=1900000001 HTTP/1.1\r\n"));
    answer(200, PAID("1900000001", "wx1", "12850", "CNY", "REFUND"), GOOD);
    assert_int_equal(wechat_pay.query(a, &cfg, NUMBER, &p, &ans), OK);
    assert_int_equal(p.status, PAY_REFUNDED);
    assert_null(pay_mismatch(&cfg, &p, NUMBER, 12850)); /* it was paid */
    static const struct {
        const char *word;
        enum pay_status status;
    } t[] = {
        {"NOTPAY",     PAY_NOTPAY    },
        {"CLOSED",     PAY_CLOSED    },
        {"USERPAYING", PAY_USERPAYING},
        {"REVOKED",    PAY_CLOSED    }
    };
    for (size_t i = 0; i < COUNT(t); i++) { /* unpaid: most of it is not there */
        answer(200,
               arena_printf(a,
                            "{\"mchid\":\"1900000001\",\"appid\":\"wx1\",\"out_trade_no\":\"" NUMBER
                            "\",\"trade_state\":\"%s\"}",
                            t[i].word),
               GOOD);
        assert_int_equal(wechat_pay.query(a, &cfg, NUMBER, &p, &ans), OK);
        assert_int_equal(p.status, t[i].status);
        assert_non_null(pay_mismatch(&cfg, &p, NUMBER, 12850));
    }
    answer(404, "{\"code\":\"ORDER_NOT_EXIST\",\"message\":\"m\"}", GOOD);
    assert_int_equal(wechat_pay.query(a, &cfg, NUMBER, &p, &ans), OK);
    assert_int_equal(p.status, PAY_UNKNOWN_NUMBER);
    answer(404, "{\"code\":\"ORDER_NOT_EXIST\",\"message\":\"m\"}", NO_SIGNATURE);
    assert_int_equal(wechat_pay.query(a, &cfg, NUMBER, &p, &ans), ERR_TIMEOUT);
    assert_int_equal(p.status, PAY_ERROR_UNKNOWN);
    answer(200, PAID("1900000001", "wx1", "12850", "CNY", "SUCCESS"), GOOD); /* of another order: not ours to take */
    assert_int_equal(wechat_pay.query(a, &cfg, "WX20261123000000009", &p, &ans), ERR_TIMEOUT);
    answer(200, PAID("1900000001", "wx1", "12850", "CNY", "NEWSTATE"), GOOD);
    assert_int_equal(wechat_pay.query(a, &cfg, NUMBER, &p, &ans), ERR_TIMEOUT);
    assert_int_equal(wechat_pay.query(a, &cfg, "../../../../x/y/z?a=b", &p, &ans), ERR_INVALID);
}

static void closing(void **state)
{
    (void)state;
    enum pay_status s;
    answer(204, "", GOOD);
    assert_int_equal(wechat_pay.close(a, &cfg, NUMBER, &s, &ans), OK);
    assert_int_equal(s, PAY_CLOSED);
    assert_true(str_starts(stub.seen, "POST /v3/pay/transactions/out-trade-no/" NUMBER "/close HTTP/1.1\r\n"));
    assert_string_equal(strstr(stub.seen, "\r\n\r\n") + 4, "{\"mchid\":\"1900000001\"}");
    answer(204, "", BAD_SIGNATURE);
    assert_int_equal(wechat_pay.close(a, &cfg, NUMBER, &s, &ans), ERR_TIMEOUT);
    assert_int_equal(s, PAY_ERROR_UNKNOWN);
    answer(400, "{\"code\":\"ORDER_PAID\"}", GOOD);
    assert_int_equal(wechat_pay.close(a, &cfg, NUMBER, &s, &ans), OK);
    assert_int_equal(s, PAY_SUCCESS);
    answer(400, "{\"code\":\"ORDERCLOSED\"}", GOOD);
    assert_int_equal(wechat_pay.close(a, &cfg, NUMBER, &s, &ans), OK);
    assert_int_equal(s, PAY_CLOSED);
    answer(404, "{\"code\":\"ORDER_NOT_EXIST\"}", GOOD);
    assert_int_equal(wechat_pay.close(a, &cfg, NUMBER, &s, &ans), OK);
    assert_int_equal(s, PAY_UNKNOWN_NUMBER);
    answer(400, "{\"code\":\"INVALID_REQUEST\"}", GOOD);
    assert_int_equal(wechat_pay.close(a, &cfg, NUMBER, &s, &ans), ERR_BUSY);
    assert_int_equal(wechat_pay.close(a, &cfg, "x/y", &s, &ans), ERR_INVALID);
}

#define RF(st)                                                                                                         \
    "{\"refund_id\":\"503\",\"out_refund_no\":\"RF20261123000000001\",\"transaction_id\":\"4200001\",\"out_trade_no\"" \
    ":\"" NUMBER "\",\"channel\":\"ORIGINAL\",\"status\":\"" st                                                        \
    "\",\"success_time\":\"2026-11-23T11:00:00+08:00\",\"amount\":{\"total\":12850,\"refund\":2850}}"

static void refunds(void **state)
{
    (void)state;
    struct pay_request rq;
    struct pay_refund_answer r;
    struct pay_refund f = {.out_trade_no = NUMBER,
                           .out_refund_no = "RF20261123000000001",
                           .refund_fen = 2850,
                           .total_fen = 12850,
                           .reason = "多收退回"};
    assert_int_equal(wechat_pay.refund_prepare(a, &cfg, &f, &rq, &why), OK);
    assert_string_equal(rq.body, "{\"out_trade_no\":\"" NUMBER
                                 "\",\"out_refund_no\":\"RF20261123000000001\",\"reason\":\"多收退回\",\"amount\":{"
                                 "\"refund\":2850,\"total\":12850,\"currency\":\"CNY\"}}");
    answer(200, RF("PROCESSING"), GOOD);
    assert_int_equal(wechat_pay.refund(a, &cfg, &rq, &r, &ans), OK);
    assert_int_equal(r.status, REFUND_PROCESSING);
    answer(403, "{\"code\":\"NOT_ENOUGH\"}", GOOD);
    assert_int_equal(wechat_pay.refund(a, &cfg, &rq, &r, &ans), ERR_BUSY);
    assert_int_equal(r.status, REFUND_NO_BALANCE);
    answer(200, RF("SUCCESS"), GOOD);
    assert_int_equal(wechat_pay.refund_query(a, &cfg, NUMBER, f.out_refund_no, &r, &ans), OK);
    assert_int_equal(r.status, REFUND_SUCCESS);
    assert_int_equal(r.refund_fen, 2850);
    assert_true(str_starts(stub.seen, "GET /v3/refund/domestic/refunds/RF20261123000000001 "));
    assert_int_equal(wechat_pay.refund_query(a, &cfg, "WX20261123000000002", f.out_refund_no, &r, &ans), ERR_TIMEOUT);
    assert_int_equal(r.status, REFUND_ERROR_UNKNOWN);
    answer(404, "{\"code\":\"RESOURCE_NOT_EXISTS\"}", GOOD);
    assert_int_equal(wechat_pay.refund_query(a, &cfg, NUMBER, f.out_refund_no, &r, &ans), OK);
    assert_int_equal(r.status, REFUND_UNKNOWN_NUMBER);
    answer(200, RF("SUCCESS"), PROBE);
    assert_int_equal(wechat_pay.refund(a, &cfg, &rq, &r, &ans), ERR_TIMEOUT);
    f.refund_fen = 12851;
    assert_int_equal(wechat_pay.refund_prepare(a, &cfg, &f, &rq, &why), ERR_INVALID);
    f.refund_fen = 0;
    assert_int_equal(wechat_pay.refund_prepare(a, &cfg, &f, &rq, &why), ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(create_mini), cmocka_unit_test(create_qr), cmocka_unit_test(input),  cmocka_unit_test(errors),
        cmocka_unit_test(query),       cmocka_unit_test(closing),   cmocka_unit_test(refunds)};
    wechat_stub_start();
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    wechat_stub_end();
    return rc;
}
