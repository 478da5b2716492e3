/* test_sandbox_pay.c - the real client of both channels against the sandbox: orders, queries, closing, refunds, keys,
 * and every way in which a call can go wrong. SPDX-License-Identifier: MIT */
#include "tests/unit/test_sandbox_pay.h"

/* ---- WeChat ---- */
/* A signed call of our own making; the status, and the code of the answer in *code. */
static int raw(const char *method, const char *target, const char *body, const char **code)
{
    struct out_reply r;
    assert_int_equal(wechat_pay_send(a, &wx, method, target, body, &r, &ans), OK);
    struct pay_incoming in = wechat_pay_signed(&r, clock_now_ms());
    const char *why, *c = json_str(json_parse(a, r.body, r.len), "code");
    assert_int_equal(wechat_pay_verify(&wx, &in, &why), OK); /* every answer is signed, refusals too */
    *code = c ? c : "";
    return r.status;
}

static const char *body_of(const char *no, const char *more)
{
    return arena_printf(a,
                        "{\"appid\":\"%s\",\"mchid\":\"%s\",\"description\":\"物业费\",\"out_trade_no\":\"%s\","
                        "\"notify_url\":\"https://pay.example.cn/n\",\"amount\":{\"total\":100,\"currency\":\"CNY\"},"
                        "\"payer\":{\"openid\":\"o1\"}%s}",
                        wx.appid, wx.mchid, no, more);
}

static void wechat_authorization(void **state)
{
    (void)state;
    const char *target = "/v3/pay/transactions/out-trade-no/T123456789012345?mchid=1900000001";
    const char *url = arena_printf(a, "%s%s", base, target);
    int64_t now = clock_now_ms() / 1000;
    struct pay_config other = wx, serial = wx, key = wx;
    other.mchid = "1900000002";
    serial.serial = "77AA";
    key.private_key = ali.private_key;
    char *good = arena_strdup(a, wechat_pay_authorization(a, &wx, "GET", url, NULL, now, "n"));
    char *flipped = arena_strdup(a, good);
    char *sig = strstr(flipped, "signature=\"") + 20;
    *sig = *sig == 'A' ? 'B' : 'A';
    const struct {
        const char *auth;
        int status;
    } t[] = {
        {good,                                                                             404},
        {"",                                                                               401},
        {"Bearer x",                                                                       401},
        {arena_printf(a, "%s,extra=\"1\"", good),                                          401},
        {arena_printf(a, "WECHATPAY2-SHA256-RSA2048  %s", good + 26),                      401},
        {"WECHATPAY2-SHA256-RSA2048 mchid=\"1900000001\"",                                 401},
        {flipped,                                                                          401},
        {wechat_pay_authorization(a, &wx, "GET", url, NULL, now - 299, "n"),               404},
        {wechat_pay_authorization(a, &wx, "GET", url, NULL, now - 302, "n"),               401},
        {wechat_pay_authorization(a, &wx, "GET", url, NULL, now + 302, "n"),               401},
        {wechat_pay_authorization(a, &other, "GET", url, NULL, now, "n"),                  401},
        {wechat_pay_authorization(a, &serial, "GET", url, NULL, now, "n"),                 401},
        {wechat_pay_authorization(a, &key, "GET", url, NULL, now, "n"),                    401},
        {wechat_pay_authorization(a, &wx, "POST", url, NULL, now, "n"),                    401},
        {wechat_pay_authorization(a, &wx, "GET", url, "x", now, "n"),                      401},
        {wechat_pay_authorization(a, &wx, "GET", arena_printf(a, "%s&a=1", url), NULL, now, "n"), 401}
    };
    for (size_t i = 0; i < COUNT(t); i++) {
        const char *headers[] = {arena_printf(a, "Authorization: %s", t[i].auth), "Accept: application/json",
                                 "User-Agent: test", NULL};
        struct out_request rq = {.method = "GET", .url = url, .headers = headers};
        struct out_reply r;
        assert_int_equal(http_out(a, &rq, &r), OK);
        if (r.status != t[i].status)
            print_message("row %zu: %s\n", i, r.body);
        assert_int_equal(r.status, t[i].status);
        assert_non_null(strstr(r.body, t[i].status == 401 ? "SIGN_ERROR" : "ORDER_NOT_EXIST"));
        struct pay_incoming in = wechat_pay_signed(&r, clock_now_ms());
        assert_non_null(in.signature);
    }
    const char *no_accept[] = {arena_printf(a, "Authorization: %s", good), "Accept: text/html", "User-Agent: t", NULL};
    const char *no_agent[] = {arena_printf(a, "Authorization: %s", good), "User-Agent:", NULL};
    const char *const *lacking[] = {no_accept, no_agent};
    for (size_t i = 0; i < COUNT(lacking); i++) {
        struct out_request rq = {.method = "GET", .url = url, .headers = lacking[i]};
        struct out_reply r;
        assert_int_equal(http_out(a, &rq, &r), OK);
        assert_int_equal(r.status, 400);
    }
    const char *code;
    assert_int_equal(raw("GET", "/v3/elsewhere", NULL, &code), 404);
    assert_int_equal(raw("GET", "/v3/pay/transactions/jsapi", NULL, &code), 405);
}

static void wechat_fields(void **state)
{
    (void)state;
    static const char *const bad[] = {",\"x\":1",
                                      ",\"attach\":null",
                                      ",\"attach\":1",
                                      ",\"time_expire\":\"tomorrow\"",
                                      ",\"time_expire\":\"2020-01-01T00:00:00+08:00\"",
                                      ",\"scene_info\":[]",
                                      ",\"support_fapiao\":1",
                                      ",\"detail\":\"x\""};
    const char *code;
    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_int_equal(raw("POST", "/v3/pay/transactions/jsapi", body_of(new_number(), bad[i]), &code), 400);
        assert_string_equal(code, "PARAM_ERROR");
    }
    assert_int_equal(raw("POST", "/v3/pay/transactions/jsapi", body_of(new_number(), ",\"attach\":\"x\""), &code), 200);
    const struct {
        const char *from, *to;
    } swap[] = {
        {"\"total\":100",           "\"total\":0"            },
        {"\"total\":100",           "\"total\":1.5"          },
        {"\"total\":100",           "\"total\":\"100\""      },
        {"\"total\":100",           "\"total\":100,\"y\":1"  },
        {"\"CNY\"",                 "\"USD\""                },
        {"\"openid\":\"o1\"",       ""                       },
        {"https://pay.example.cn/n", "https://pay.example.cn/n?a=1"},
        {"https://pay.example.cn/n", "pay.example.cn/n"      },
        {"\"mchid\":\"1900000001\"", "\"mchid\":\"1900000002\""},
        {"\"description\":\"物业费\",", ""                     }
    };
    for (size_t i = 0; i < COUNT(swap); i++) {
        const char *b = body_of(new_number(), ""), *at = strstr(b, swap[i].from);
        assert_non_null(at);
        b = arena_printf(a, "%.*s%s%s", (int)(at - b), b, swap[i].to, at + strlen(swap[i].from));
        assert_int_equal(raw("POST", "/v3/pay/transactions/jsapi", b, &code), 400);
        assert_string_equal(code, "PARAM_ERROR");
    }
    const char *b = body_of(new_number(), ""), *app = strstr(b, "wx0000");
    b = arena_printf(a, "%.*swx9%s", (int)(app - b), b, app + 3);
    assert_int_equal(raw("POST", "/v3/pay/transactions/jsapi", b, &code), 400);
    assert_string_equal(code, "APPID_MCHID_NOT_MATCH");
    assert_int_equal(raw("POST", "/v3/pay/transactions/native", body_of(new_number(), ""), &code), 400); /* payer */
    assert_int_equal(raw("POST", "/v3/pay/transactions/jsapi", "[]", &code), 400);
    assert_int_equal(raw("POST", "/v3/pay/transactions/jsapi", "{", &code), 400);
}

static void wechat_orders(void **state)
{
    (void)state;
    struct pay_request rq, changed;
    struct pay_created one, two;
    struct pay_answer p;
    const char *why, *no = new_number(), *code;
    struct pay_order o = order(no, PAY_MINI, 12850, false);
    assert_int_equal(wechat_pay.query(a, &wx, no, &p, &ans), OK);
    assert_int_equal(p.status, PAY_UNKNOWN_NUMBER);
    assert_int_equal(wechat_pay.prepare(a, &wx, &o, &rq, &why), OK);
    assert_int_equal(wechat_pay.create(a, &wx, &rq, &one, &ans), OK);
    assert_int_equal(wechat_pay.create(a, &wx, &rq, &two, &ans), OK); /* the same again: a fresh handle */
    assert_true(strcmp(one.handle, two.handle) != 0);
    o.amount_fen++;
    assert_int_equal(wechat_pay.prepare(a, &wx, &o, &changed, &why), OK);
    assert_int_equal(wechat_pay.create(a, &wx, &changed, &two, &ans), ERR_INVALID);
    assert_string_equal(ans.code, "INVALID_REQUEST");
    assert_int_equal(wechat_pay.query(a, &wx, no, &p, &ans), OK);
    assert_int_equal(p.status, PAY_NOTPAY);
    assert_int_equal(p.amount_fen, 12850);
    assert_string_equal(p.txn_id, "");
    control("order", arena_printf(a, "{\"out_trade_no\":\"%s\",\"txn\":\"4200OVERRIDE\",\"notify\":false}", no));
    assert_int_equal(wechat_pay.query(a, &wx, no, &p, &ans), OK);
    assert_int_equal(p.status, PAY_SUCCESS);
    assert_string_equal(p.txn_id, "4200OVERRIDE");
    assert_null(pay_mismatch(&wx, &p, no, 12850));
    assert_int_equal(raw("GET", "/v3/pay/transactions/id/4200OVERRIDE?mchid=1900000001", NULL, &code), 200);
    assert_int_equal(raw("GET", "/v3/pay/transactions/id/4200?mchid=1900000001", NULL, &code), 404);
    assert_int_equal(raw("GET", arena_printf(a, "/v3/pay/transactions/out-trade-no/%s?mchid=1", no), NULL, &code), 400);
    assert_int_equal(raw("GET", arena_printf(a, "/v3/pay/transactions/out-trade-no/%s", no), NULL, &code), 400);
    assert_int_equal(wechat_pay.create(a, &wx, &rq, &one, &ans), ERR_FORBIDDEN);
    assert_int_equal(one.status, PAY_SUCCESS); /* ORDERPAID: query and book */
    assert_int_equal(wechat_pay.create(a, &wx, &changed, &one, &ans), ERR_FORBIDDEN);
    assert_string_equal(ans.code, "OUT_TRADE_NO_USED");
    assert_int_equal(one.status, PAY_ERROR_UNKNOWN);
}

static void wechat_closing(void **state)
{
    (void)state;
    enum pay_status s;
    struct pay_request rq;
    struct pay_created made;
    const char *why, *no = new_number(), *code;
    struct pay_order o = order(no, PAY_QR, 300, false);
    assert_int_equal(wechat_pay.prepare(a, &wx, &o, &rq, &why), OK);
    assert_int_equal(wechat_pay.create(a, &wx, &rq, &made, &ans), OK);
    assert_true(str_starts(made.handle, "weixin://wxpay/bizpayurl?pr="));
    assert_int_equal(wechat_pay.close(a, &wx, no, &s, &ans), OK); /* 204 with a signature */
    assert_int_equal(s, PAY_CLOSED);
    assert_int_equal(wechat_pay.close(a, &wx, no, &s, &ans), OK); /* and again */
    assert_int_equal(s, PAY_CLOSED);
    assert_int_equal(status_of(&wechat_pay, no), PAY_CLOSED);
    assert_int_equal(wechat_pay.create(a, &wx, &rq, &made, &ans), ERR_FORBIDDEN);
    assert_int_equal(made.status, PAY_CLOSED);
    assert_string_equal(ans.code, "ORDER_CLOSED");
    assert_int_equal(wechat_pay.close(a, &wx, new_number(), &s, &ans), OK);
    assert_int_equal(s, PAY_UNKNOWN_NUMBER);
    assert_int_equal(wechat_pay.close(a, &wx, paid(&wechat_pay, 300), &s, &ans), OK);
    assert_int_equal(s, PAY_SUCCESS); /* too late */
    assert_int_equal(raw("POST", arena_printf(a, "/v3/pay/transactions/out-trade-no/%s/close", no),
                         "{\"mchid\":\"1900000001\",\"x\":1}", &code),
                     400);
    assert_int_equal(raw("POST", arena_printf(a, "/v3/pay/transactions/out-trade-no/%s/close", no), "{}", &code), 400);
    control("settings", "{\"close_wait_ms\":300000}");
    assert_int_equal(wechat_pay.close(a, &wx, waiting(&wechat_pay, PAY_QR, 1), &s, &ans), ERR_BUSY);
    no = waiting(&wechat_pay, PAY_MINI, 1); /* closes itself at time_expire */
    clock_shift_ms(10 * MINUTE_MS + 1000);
    assert_int_equal(status_of(&wechat_pay, no), PAY_CLOSED);
    clock_shift_ms(-10 * MINUTE_MS - 1000);
    control("order", arena_printf(a, "{\"out_trade_no\":\"%s\",\"late\":true,\"notify\":false}", no));
    assert_int_equal(status_of(&wechat_pay, no), PAY_SUCCESS); /* money that beat the close */
}

static void wechat_refunds(void **state)
{
    (void)state;
    struct pay_refund_answer r;
    const char *no = paid(&wechat_pay, 10000), *rf = new_number(), *code;
    struct pay_request rq = refund_of(&wechat_pay, no, rf, 3000, 10000), other;
    assert_int_equal(wechat_pay.refund_query(a, &wx, no, rf, &r, &ans), OK);
    assert_int_equal(r.status, REFUND_UNKNOWN_NUMBER);
    control("settings", "{\"wechat_refund_ms\":60000}");
    assert_int_equal(wechat_pay.refund(a, &wx, &rq, &r, &ans), OK);
    assert_int_equal(r.status, REFUND_PROCESSING); /* accepted is not refunded */
    assert_int_equal(r.refund_fen, 3000);
    assert_int_equal(status_of(&wechat_pay, no), PAY_REFUNDED);
    assert_int_equal(wechat_pay.refund(a, &wx, &rq, &r, &ans), OK); /* the same again is the same refund */
    assert_int_equal(count(listed("refunds")), 1);
    other = refund_of(&wechat_pay, no, rf, 3001, 10000);
    assert_int_equal(wechat_pay.refund(a, &wx, &other, &r, &ans), ERR_INVALID);
    control("refund-outcome", arena_printf(a, "{\"out_refund_no\":\"%s\",\"outcome\":\"success\"}", rf));
    assert_int_equal(wechat_pay.refund_query(a, &wx, no, rf, &r, &ans), OK);
    assert_int_equal(r.status, REFUND_SUCCESS);
    assert_true(r.done_at > 0);
    other = refund_of(&wechat_pay, no, new_number(), 7001, 10000); /* more than is left */
    assert_int_equal(wechat_pay.refund(a, &wx, &other, &r, &ans), ERR_INVALID);
    other = refund_of(&wechat_pay, no, new_number(), 10, 9999); /* another total */
    assert_int_equal(wechat_pay.refund(a, &wx, &other, &r, &ans), ERR_INVALID);
    control("balance", "{\"channel\":\"wechat\",\"fen\":6999}");
    rf = new_number();
    other = refund_of(&wechat_pay, no, rf, 7000, 10000);
    assert_int_equal(wechat_pay.refund(a, &wx, &other, &r, &ans), ERR_BUSY);
    assert_int_equal(r.status, REFUND_NO_BALANCE);
    control("balance", "{\"channel\":\"wechat\",\"fen\":7000}");
    assert_int_equal(wechat_pay.refund(a, &wx, &other, &r, &ans), OK); /* the same number, later */
    control("refund-outcome", arena_printf(a, "{\"out_refund_no\":\"%s\",\"outcome\":\"abnormal\"}", rf));
    assert_int_equal(wechat_pay.refund_query(a, &wx, no, rf, &r, &ans), OK);
    assert_int_equal(r.status, REFUND_ABNORMAL);
    control("refund-outcome", arena_printf(a, "{\"out_refund_no\":\"%s\",\"outcome\":\"closed\"}", rf));
    assert_int_equal(wechat_pay.refund_query(a, &wx, no, rf, &r, &ans), OK);
    assert_int_equal(r.status, REFUND_CLOSED);
    control("balance", "{\"channel\":\"wechat\",\"fen\":-1}");
    control("settings", "{\"wechat_refund_ms\":0}");
    for (int i = 2; i < PB_PARTIALS; i++) { /* what was closed is free again, but counts as one of fifty */
        other = refund_of(&wechat_pay, no, new_number(), 1, 10000);
        assert_int_equal(wechat_pay.refund(a, &wx, &other, &r, &ans), OK);
    }
    other = refund_of(&wechat_pay, no, new_number(), 1, 10000);
    assert_int_equal(wechat_pay.refund(a, &wx, &other, &r, &ans), ERR_FORBIDDEN);
    assert_string_equal(ans.code, "RULE_LIMIT");
    other = refund_of(&wechat_pay, waiting(&wechat_pay, PAY_MINI, 5), new_number(), 5, 5);
    assert_int_equal(wechat_pay.refund(a, &wx, &other, &r, &ans), ERR_INVALID); /* never paid */
    no = paid(&wechat_pay, 100);
    other = refund_of(&wechat_pay, no, new_number(), 1, 100);
    control("settings", "{\"refund_gap_ms\":60000}");
    assert_int_equal(wechat_pay.refund(a, &wx, &other, &r, &ans), OK);
    other = refund_of(&wechat_pay, no, new_number(), 1, 100);
    assert_int_equal(wechat_pay.refund(a, &wx, &other, &r, &ans), ERR_TIMEOUT); /* 429: later */
    assert_string_equal(ans.code, "FREQUENCY_LIMITED");
    assert_int_equal(raw("POST", "/v3/refund/domestic/refunds",
                         arena_printf(a,
                                      "{\"out_trade_no\":\"%s\",\"transaction_id\":\"1\",\"out_refund_no\":\"R\","
                                      "\"amount\":{\"refund\":1,\"total\":100,\"currency\":\"CNY\"}}",
                                      no),
                         &code),
                     400);
}

/* Both modes, and a rotation with two certificates that are good. */
static void wechat_keys(void **state)
{
    (void)state;
    struct pay_config certs = wx;
    struct pay_answer p;
    const char *no = paid(&wechat_pay, 100), *code;
    certs.public_key_id = NULL;
    certs.keys.n = 0;
    assert_int_equal(wechat_pay.query(a, &certs, no, &p, &ans), ERR_TIMEOUT); /* signed by what we do not hold */
    assert_int_equal(wechat_pay_certificates(a, &certs, &certs.keys, &ans), OK);
    assert_int_equal(certs.keys.n, 1);
    assert_int_equal(wechat_pay.query(a, &certs, no, &p, &ans), OK);
    control("rotate", "{}");
    assert_int_equal(wechat_pay.query(a, &certs, no, &p, &ans), ERR_TIMEOUT);
    assert_int_equal(wechat_pay_certificates(a, &certs, &certs.keys, &ans), OK);
    assert_int_equal(certs.keys.n, 2);
    assert_int_equal(wechat_pay.query(a, &certs, no, &p, &ans), OK);
    control("rotate", "{}");
    struct pay_config newcomer = certs;
    newcomer.keys.n = 0;
    assert_int_equal(wechat_pay_certificates(a, &newcomer, &newcomer.keys, &ans), OK);
    assert_int_equal(newcomer.keys.n, 2); /* never more than two at once */
    newcomer.apiv3_key = "SANDBOX789012345678901234567890Y";
    newcomer.keys.n = 0;
    assert_int_equal(wechat_pay_certificates(a, &newcomer, &newcomer.keys, &ans), ERR_INVALID);
    assert_int_equal(wechat_pay.query(a, &wx, no, &p, &ans), OK); /* the public key all the while */
    control("settings", "{\"certificates\":0}");
    assert_int_equal(wechat_pay_certificates(a, &certs, &certs.keys, &ans), ERR_UPSTREAM);
    assert_string_equal(ans.code, "RESOURCE_NOT_EXISTS");
    control("settings", "{\"certificates\":1,\"public_key\":0}");
    assert_int_equal(wechat_pay.query(a, &wx, no, &p, &ans), ERR_TIMEOUT); /* 400, signed by a certificate */
    control("settings", "{\"public_key\":1}");
    assert_int_equal(raw("POST", "/v3/security/echo", "{\"echo_message\":\"hello\"}", &code), 200);
    assert_int_equal(raw("POST", "/v3/security/echo", "{}", &code), 400);
}

/* What a fault does to the answer, and whether the thing has happened all the same. */
static void wechat_faults(void **state)
{
    (void)state;
    static const struct {
        const char *mode;
        enum err e;
        bool happened;
    } t[] = {
        {"500",        ERR_TIMEOUT, false},
        {"500_after",  ERR_TIMEOUT, true },
        {"429",        ERR_TIMEOUT, false},
        {"drop",       ERR_TIMEOUT, false},
        {"drop_after", ERR_TIMEOUT, true },
        {"badsign",    ERR_TIMEOUT, true },
        {"nosign",     ERR_TIMEOUT, true },
        {"probe",      ERR_TIMEOUT, true },
        {"broken",     ERR_TIMEOUT, true },
        {"cut",        ERR_TIMEOUT, true }
    };
    for (size_t i = 0; i < COUNT(t); i++) {
        struct pay_request rq;
        struct pay_created made;
        const char *why, *no = new_number();
        struct pay_order o = order(no, PAY_MINI, 100, false);
        assert_int_equal(wechat_pay.prepare(a, &wx, &o, &rq, &why), OK);
        fault("wxpay.create", t[i].mode);
        assert_int_equal(wechat_pay.create(a, &wx, &rq, &made, &ans), t[i].e);
        assert_int_equal(made.status, PAY_ERROR_UNKNOWN);
        assert_int_equal(status_of(&wechat_pay, no), t[i].happened ? PAY_NOTPAY : PAY_UNKNOWN_NUMBER);
        assert_int_equal(wechat_pay.create(a, &wx, &rq, &made, &ans), OK); /* the very same bytes mend it */
    }
    const char *no = paid(&wechat_pay, 100);
    struct pay_request rq = refund_of(&wechat_pay, no, new_number(), 100, 100);
    struct pay_refund_answer r;
    fault("wxpay.refund", "500_after");
    assert_int_equal(wechat_pay.refund(a, &wx, &rq, &r, &ans), ERR_TIMEOUT);
    assert_int_equal(count(listed("refunds")), 1);
    assert_int_equal(wechat_pay.refund(a, &wx, &rq, &r, &ans), OK);
    assert_int_equal(count(listed("refunds")), 1); /* not twice */
}

/* ---- Alipay ---- */
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

/* The order of keys, escapes and white space change from answer to answer; what was signed is the raw text. */
static void alipay_spelling(void **state)
{
    (void)state;
    const char *no = paid(&alipay_pay, 100);
    for (int i = 0; i < 40; i++)
        assert_int_equal(status_of(&alipay_pay, no), PAY_SUCCESS);
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

/* ---- what control can do, and what survives ---- */
static void second_payment(void **state)
{
    (void)state;
    const char *no = paid(&wechat_pay, 100);
    int status;
    http("POST", "/control/pay/order", arena_printf(a, "{\"out_trade_no\":\"%s\"}", no), &status);
    assert_int_equal(status, 400);
    control("order",
            arena_printf(a, "{\"out_trade_no\":\"%s\",\"second\":true,\"txn\":\"4200SECOND\",\"notify\":false}", no));
    const struct json *o = json_at(listed(arena_printf(a, "orders?out_trade_no=%s", no)), 0);
    assert_int_equal(count(json_get(o, "txns")), 2);
    http("POST", "/control/pay/order", "{\"out_trade_no\":\"none\"}", &status);
    assert_int_equal(status, 400);
    http("POST", "/control/pay/settings", "{\"x\":1}", &status);
    assert_int_equal(status, 400);
    http("POST", "/control/pay/settings", "{\"dup\":1001}", &status);
    assert_int_equal(status, 400);
    http("POST", "/control/pay/refund", arena_printf(a, "{\"out_trade_no\":\"%s\",\"amount\":101}", no), &status);
    assert_int_equal(status, 400);
    control("refund", arena_printf(a, "{\"out_trade_no\":\"%s\",\"amount\":40}", no));
    assert_int_equal(status_of(&wechat_pay, no), PAY_REFUNDED);
    http("POST", "/control/pay/nothing", "{}", &status);
    assert_int_equal(status, 400);
    http("GET", "/control/pay/nothing", NULL, &status);
    assert_int_equal(status, 404);
    http("POST", "/control/fault", "{\"kind\":\"wxpay.create\",\"mode\":\"other\"}", &status);
    assert_int_equal(status, 400);
}

static void survives(void **state)
{
    (void)state;
    struct pay_refund_answer r;
    conf.state_file = file("state");
    sandbox_stop();
    sandbox_up();
    const char *no = paid(&wechat_pay, 100), *rf = new_number(), *open = new_number(), *code = waiting(&alipay_pay, PAY_QR, 7);
    struct pay_order o = order(open, PAY_MINI, 700, false);
    struct pay_created made = created_as(&wechat_pay, &wx, &o);
    struct pay_request rq = refund_of(&wechat_pay, no, rf, 30, 100);
    control("settings", "{\"wechat_refund_ms\":0}");
    assert_int_equal(wechat_pay.refund(a, &wx, &rq, &r, &ans), OK);
    assert_int_equal(wechat_pay.refund_query(a, &wx, no, rf, &r, &ans), OK);
    assert_int_equal(r.status, REFUND_SUCCESS);
    sandbox_stop();
    FILE *f = fopen(conf.state_file, "a"); /* killed in the middle of a line */
    assert_non_null(f);
    fputs("{\"is\":\"order\",\"channel\":\"wechat\",\"out_tr", f);
    fclose(f);
    for (int i = 0; i < 2; i++) {
        sandbox_up();
        assert_int_equal(count(listed("orders")), 3);
        assert_int_equal(count(listed("refunds")), 1);
        assert_int_equal(status_of(&wechat_pay, no), PAY_REFUNDED);
        assert_int_equal(status_of(&wechat_pay, open), PAY_NOTPAY);
        assert_int_equal(status_of(&alipay_pay, code), PAY_UNKNOWN_NUMBER);
        assert_int_equal(wechat_pay.refund_query(a, &wx, no, rf, &r, &ans), OK);
        assert_int_equal(r.status, REFUND_SUCCESS);
        rq = refund_of(&wechat_pay, no, new_number(), 71, 100);
        assert_int_equal(wechat_pay.refund(a, &wx, &rq, &r, &ans), ERR_INVALID); /* 30 are gone */
        int status;
        http("GET", arena_printf(a, "/pay/%s", made.handle), NULL, &status);
        assert_int_equal(status, 200);
        sandbox_stop();
    }
    conf.state_file = NULL;
    sandbox_up();
    assert_int_equal(count(listed("orders")), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(wechat_authorization, clean), cmocka_unit_test_setup(wechat_fields, clean),
        cmocka_unit_test_setup(wechat_orders, clean),        cmocka_unit_test_setup(wechat_closing, clean),
        cmocka_unit_test_setup(wechat_refunds, clean),       cmocka_unit_test_setup(wechat_keys, clean),
        cmocka_unit_test_setup(wechat_faults, clean),        cmocka_unit_test_setup(alipay_trades, clean),
        cmocka_unit_test_setup(alipay_code, clean),          cmocka_unit_test_setup(alipay_refunds, clean),
        cmocka_unit_test_setup(alipay_refusals, clean),      cmocka_unit_test_setup(alipay_spelling, clean),
        cmocka_unit_test_setup(page, clean),                 cmocka_unit_test_setup(second_payment, clean),
        cmocka_unit_test_setup(survives, clean)};
    return cmocka_run_group_tests(tests, world_up, world_down);
}
