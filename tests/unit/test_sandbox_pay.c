/* test_sandbox_pay.c - the real client of WeChat Pay against the sandbox: orders, queries, closing, refunds, keys, and
 * every way in which a call can go wrong; what survives a restart. SPDX-License-Identifier: MIT */
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
    const char *longer = arena_printf(a, "%s&a=1", url), *extra = arena_printf(a, "%s,extra=\"1\"", good),
               *wide = arena_printf(a, "WECHATPAY2-SHA256-RSA2048  %s", good + 26);
    const char *early = wechat_pay_authorization(a, &wx, "GET", url, NULL, now - 290, "n"),
               *stale = wechat_pay_authorization(a, &wx, "GET", url, NULL, now - 302, "n"),
               *future = wechat_pay_authorization(a, &wx, "GET", url, NULL, now + 310, "n"),
               *merchant = wechat_pay_authorization(a, &other, "GET", url, NULL, now, "n"),
               *certificate = wechat_pay_authorization(a, &serial, "GET", url, NULL, now, "n"),
               *stranger = wechat_pay_authorization(a, &key, "GET", url, NULL, now, "n"),
               *method = wechat_pay_authorization(a, &wx, "POST", url, NULL, now, "n"),
               *body = wechat_pay_authorization(a, &wx, "GET", url, "x", now, "n"),
               *query = wechat_pay_authorization(a, &wx, "GET", longer, NULL, now, "n");
    const struct {
        const char *auth;
        int status;
    } t[] = {
        {good,        404},
        {early,       404},
        {"",          401},
        {"Bearer x",  401},
        {extra,       401},
        {wide,        401},
        {flipped,     401},
        {stale,       401},
        {future,      401},
        {merchant,    401},
        {certificate, 401},
        {stranger,    401},
        {method,      401},
        {body,        401},
        {query,       401}
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
    const char *code, *sent = body_of(new_number(), ""),
                      *create = arena_printf(a, "%s/v3/pay/transactions/jsapi", base);
    static const char *const type[] = {"Content-Type: text/plain", "Content-Type: application/json; charset=utf-8"};
    for (size_t i = 0; i < COUNT(type); i++) {
        const char *headers[] = {
            arena_printf(a, "Authorization: %s", wechat_pay_authorization(a, &wx, "POST", create, sent, now, "n")),
            "Accept: application/json", "User-Agent: test", type[i], NULL};
        struct out_request rq = {
            .method = "POST", .url = create, .headers = headers, .body = sent, .body_len = strlen(sent)};
        struct out_reply r;
        assert_int_equal(http_out(a, &rq, &r), OK);
        assert_int_equal(r.status, i ? 200 : 400);
    }
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
        {"\"total\":100",                  "\"total\":0"                 },
        {"\"total\":100",                  "\"total\":1.5"               },
        {"\"total\":100",                  "\"total\":1e300"             },
        {"\"total\":100",                  "\"total\":\"100\""           },
        {"\"total\":100",                  "\"total\":100,\"y\":1"       },
        {"\"CNY\"",                        "\"USD\""                     },
        {"\"openid\":\"o1\"",              ""                            },
        {"https://pay.example.cn/n",       "https://pay.example.cn/n?a=1"},
        {"https://pay.example.cn/n",       "pay.example.cn/n"            },
        {"\"mchid\":\"1900000001\"",       "\"mchid\":\"1900000002\""    },
        {"\"description\":\"物业费\",", ""                            }
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
    const char *no = paid(&wechat_pay, 100), *rf = new_number(), *open = new_number(),
               *code = waiting(&alipay_pay, PAY_QR, 7);
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

/* What a server looks at before it starts: nothing of the sandbox works anywhere but here. */
static void configuration(void **state)
{
    (void)state;
    struct pay_config c = wx;
    assert_null(pay_config_wrong(&wechat_pay, &wx));
    assert_null(pay_config_wrong(&alipay_pay, &ali));
    c.url = "https://api.mch.weixin.qq.com";
    assert_string_equal(pay_config_wrong(&wechat_pay, &c), "keys of the sandbox, but not its address");
    c.mchid = "1234567890";
    assert_string_equal(pay_config_wrong(&wechat_pay, &c), "keys of the sandbox, but not its address");
    c.apiv3_key = "0123456789abcdef0123456789ABCDEF";
    assert_null(pay_config_wrong(&wechat_pay, &c));
    c.url = "http://api.mch.weixin.qq.com";
    assert_string_equal(pay_config_wrong(&wechat_pay, &c), "url");
    c = wx;
    c.apiv3_key = "short";
    assert_string_equal(pay_config_wrong(&wechat_pay, &c), "apiv3_key");
    c = wx;
    c.keys.n = 0;
    assert_string_equal(pay_config_wrong(&wechat_pay, &c), "public_key_id");
    c.public_key_id = NULL; /* certificates: they come later */
    assert_null(pay_config_wrong(&wechat_pay, &c));
    c.private_key = ali.public_key;
    assert_string_equal(pay_config_wrong(&wechat_pay, &c), "private_key");
    c.serial = "";
    c.private_key = wx.private_key;
    assert_string_equal(pay_config_wrong(&wechat_pay, &c), "serial");
    c.mchid = "19000x";
    assert_string_equal(pay_config_wrong(&wechat_pay, &c), "mchid");
    c = ali;
    c.url = "https://openapi.alipay.com/gateway.do";
    assert_string_equal(pay_config_wrong(&alipay_pay, &c), "keys of the sandbox, but not its address");
    c = ali;
    c.public_key = NULL;
    assert_string_equal(pay_config_wrong(&alipay_pay, &c), "public_key");
    c = ali;
    c.app_cert_sn = "0";
    assert_string_equal(pay_config_wrong(&alipay_pay, &c), "certificate mode needs all three certificates");
    c.appid = NULL;
    assert_string_equal(pay_config_wrong(&alipay_pay, &c), "appid");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test_setup(wechat_authorization, clean),
                                       cmocka_unit_test_setup(wechat_fields, clean),
                                       cmocka_unit_test_setup(wechat_orders, clean),
                                       cmocka_unit_test_setup(wechat_closing, clean),
                                       cmocka_unit_test_setup(wechat_refunds, clean),
                                       cmocka_unit_test_setup(wechat_keys, clean),
                                       cmocka_unit_test_setup(wechat_faults, clean),
                                       cmocka_unit_test_setup(second_payment, clean),
                                       cmocka_unit_test(configuration),
                                       cmocka_unit_test_setup(survives, clean)};
    return cmocka_run_group_tests(tests, world_up, world_down);
}
