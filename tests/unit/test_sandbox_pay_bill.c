/* test_sandbox_pay_bill.c - asking for the bills of both channels: proven, empty, not yet there, damaged; WeChat's
 * account; cancelling; Alipay's certificate mode. SPDX-License-Identifier: MIT */
#include "tests/unit/test_sandbox_pay.h"

#include "providers/alipay.h"

#define FLOW_HEAD                                                                                                                          \
    "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元)," \
    "资金变更提交申请人,备注,业务凭证号\n"
#define FLOW_ROW  "`2026-11-01 09:10:12,`4200,`1,`交易,`交易,`收入,`128.50,`1128.50,`system,`a,b,`WX1\n"
#define FLOW_SUMS "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额\n"

struct seen {
    int64_t pays, refunds, pay_fen, refund_fen, fee_e5, files;
    size_t bytes;
    char numbers[4096];
};

static void on_row(void *arg, const struct pay_bill_row *r)
{
    struct seen *s = arg;
    *(r->kind == BILL_PAY ? &s->pays : &s->refunds) += 1;
    *(r->kind == BILL_PAY ? &s->pay_fen : &s->refund_fen) += r->amount_fen;
    s->fee_e5 += r->fee_e5;
    strncat(s->numbers, r->kind == BILL_PAY ? r->out_no : r->refund_no, sizeof s->numbers - strlen(s->numbers) - 2);
    strcat(s->numbers, " ");
}

static void on_file(void *arg, const void *p, size_t n)
{
    struct seen *s = arg;
    s->files++;
    s->bytes = n;
    assert_non_null(p);
}

static struct seen got;
static struct pay_bill_answer out;

static enum err bill(const struct pay_vt *v, int32_t day)
{
    struct pay_bill_want w = {.day = day, .row = on_row, .file = on_file, .arg = &got};
    memset(&got, 0, sizeof got);
    return v->bill(a, v == &alipay_pay ? &ali : &wx, &w, &out, &ans);
}

static int32_t today(void)
{
    return clock_day(clock_now_ms());
}

/* Two payments and a refund of each channel; tomorrow begins. */
static const char *refunded;
static int32_t a_day(const struct pay_vt *v)
{
    struct pay_refund_answer r;
    int32_t day = today();
    const char *no = paid(v, 12850);
    paid(v, 30000);
    refunded = new_number();
    struct pay_request rq = refund_of(v, no, refunded, 4500, 12850);
    control("settings", "{\"wechat_refund_ms\":0}");
    assert_int_equal(v->refund(a, v == &alipay_pay ? &ali : &wx, &rq, &r, &ans), OK);
    waiting(v, PAY_MINI, 700); /* unpaid: in no bill */
    clock_shift_ms(DAY_MS);
    return day;
}

static int yesterday(void **state)
{
    (void)state;
    clock_shift_ms(-DAY_MS);
    return 0;
}

static void bills(void **state)
{
    (void)state;
    static const struct pay_vt *const channel[] = {&wechat_pay, &alipay_pay};
    for (size_t i = 0; i < COUNT(channel); i++) {
        const struct pay_vt *v = channel[i];
        int32_t day = a_day(v);
        assert_int_equal(bill(v, day), OK);
        assert_int_equal(out.state, BILL_READY);
        assert_int_equal(got.pays, 2);
        assert_int_equal(got.refunds, 1);
        assert_int_equal(got.pay_fen, 42850);
        assert_int_equal(got.refund_fen, 4500);
        assert_int_equal(out.sum.pay_fen, 42850);
        assert_int_equal(out.sum.fee_e5, (77 + 180 - 27) * 1000);
        assert_int_equal(got.fee_e5, out.sum.fee_e5);
        assert_non_null(strstr(got.numbers, refunded));
        assert_int_equal(got.files, 1);
        assert_true(got.bytes > 500);
        assert_int_equal(bill(v, today()), ERR_INVALID); /* not over yet */
        assert_int_equal(bill(v, 20261301), ERR_INVALID);
        clock_shift_ms(-DAY_MS);
    }
    clock_shift_ms(DAY_MS);
}

/* Our own descriptions hold no comma; theirs may, and a bill must still be read. */
static void commas(void **state)
{
    (void)state;
    const struct json *j;
    int32_t day = today();
    const char *no = new_number();
    assert_int_equal(
        wechat_pay_call(a, &wx, "POST", "/v3/pay/transactions/native",
                        arena_printf(a,
                                     "{\"appid\":\"%s\",\"mchid\":\"%s\",\"description\":\"物业费,2026年11月,"
                                     "3栋\",\"out_trade_no\":\"%s\",\"attach\":\"a,b\",\"notify_url\":"
                                     "\"https://pay.example.cn/n\",\"amount\":{\"total\":100}}",
                                     wx.appid, wx.mchid, no),
                        &j, &ans),
        OK);
    control("order", arena_printf(a, "{\"out_trade_no\":\"%s\",\"notify\":false}", no));
    clock_shift_ms(DAY_MS);
    assert_int_equal(bill(&wechat_pay, day), OK);
    assert_int_equal(got.pay_fen, 100);
}

static void edited(void **state)
{
    (void)state;
    static const struct pay_vt *const channel[] = {&wechat_pay, &alipay_pay};
    for (size_t i = 0; i < COUNT(channel); i++) {
        const struct pay_vt *v = channel[i];
        int32_t day = today();
        const char *one = paid(v, 100), *two = paid(v, 200), *name = v->name;
        clock_shift_ms(DAY_MS);
        control("bill",
                arena_printf(a, "{\"channel\":\"%s\",\"day\":%d,\"edit\":\"drop\",\"number\":\"%s\"}", name, day, one));
        control("bill", arena_printf(a,
                                     "{\"channel\":\"%s\",\"day\":%d,\"edit\":\"amount\",\"number\":\"%s\","
                                     "\"amount\":201}",
                                     name, day, two));
        control("bill", arena_printf(a,
                                     "{\"channel\":\"%s\",\"day\":%d,\"edit\":\"add\",\"number\":\"GHOST00000000001\","
                                     "\"amount\":5}",
                                     name, day));
        assert_int_equal(bill(v, day), OK);
        assert_int_equal(got.pays, 2);
        assert_int_equal(got.pay_fen, 206);
        assert_null(strstr(got.numbers, one));
        assert_non_null(strstr(got.numbers, "GHOST"));
        clock_shift_ms(-DAY_MS);
    }
    clock_shift_ms(DAY_MS);
}

static void empty_and_early(void **state)
{
    (void)state;
    int32_t day = a_day(&wechat_pay), none = clock_day_add(day, -3);
    control("creating", "{\"channel\":\"wechat\",\"n\":1}");
    assert_int_equal(bill(&wechat_pay, day), OK);
    assert_int_equal(out.state, BILL_NOT_YET);
    assert_int_equal(got.files, 0);
    assert_int_equal(bill(&wechat_pay, day), OK);
    assert_int_equal(out.state, BILL_READY);
    assert_int_equal(bill(&wechat_pay, none), OK);
    assert_int_equal(out.state, BILL_EMPTY);
    assert_int_equal(out.sum.pays, 0);
    /* Alipay has one word for both: before noon it says nothing */
    int64_t noon = clock_day_start(clock_day_add(none, 1)) + 12 * HOUR_MS, now = clock_now_ms();
    clock_shift_ms(noon - now - 60000);
    assert_int_equal(bill(&alipay_pay, none), OK);
    assert_int_equal(out.state, BILL_NOT_YET);
    clock_shift_ms(120000);
    assert_int_equal(bill(&alipay_pay, none), OK);
    assert_int_equal(out.state, BILL_EMPTY);
    clock_shift_ms(now - noon - 60000);
    assert_int_equal(bill(&wechat_pay, clock_day_add(day, -200)), ERR_UPSTREAM); /* too long ago */
    assert_string_equal(ans.code, "INVALID_REQUEST");
    assert_int_equal(out.state, BILL_ERROR_UNKNOWN);
}

static void damaged(void **state)
{
    (void)state;
    static const struct {
        const char *kind, *mode;
        enum err wechat, alipay;
    } t[] = {
        {"download", "cut",     ERR_UPSTREAM, ERR_UPSTREAM},
        {"download", "broken",  ERR_INVALID,  ERR_INVALID },
        {"download", "altered", ERR_INVALID,  ERR_UPSTREAM},
        {"download", "500",     ERR_UPSTREAM, ERR_UPSTREAM},
        {"download", "drop",    ERR_UPSTREAM, ERR_UPSTREAM},
        {"bill",     "badsign", ERR_TIMEOUT,  ERR_TIMEOUT },
        {"bill",     "500",     ERR_TIMEOUT,  ERR_TIMEOUT }
    };
    for (size_t i = 0; i < COUNT(t); i++) {
        int32_t day = a_day(&wechat_pay);
        fault(arena_printf(a, "wxpay.%s", t[i].kind), t[i].mode);
        assert_int_equal(bill(&wechat_pay, day), t[i].wechat);
        assert_int_equal(got.pays + got.refunds + got.files, 0);
        assert_int_equal(out.state, BILL_ERROR_UNKNOWN);
        assert_int_equal(bill(&wechat_pay, day), OK);
        clock_shift_ms(-DAY_MS);
        day = a_day(&alipay_pay);
        fault(arena_printf(a, "alipay.%s", t[i].kind), t[i].mode);
        assert_int_equal(bill(&alipay_pay, day), t[i].alipay);
        assert_int_equal(got.pays + got.refunds + got.files, 0);
        assert_int_equal(bill(&alipay_pay, day), OK);
        clock_shift_ms(-DAY_MS);
    }
    clock_shift_ms(DAY_MS);
}

/* A token is for one download, an Alipay link for half a minute; plain and packed have the hash of the plain bytes. */
static void links(void **state)
{
    (void)state;
    struct out_reply r, file_reply;
    const struct json *j;
    uint8_t hash[20];
    char hex[41];
    int32_t day = a_day(&wechat_pay);
    const char *ask = arena_printf(a, "/v3/bill/tradebill?bill_date=%.10s", pay_day(a, day));
    assert_int_equal(wechat_pay_call(a, &wx, "GET", ask, NULL, &j, &ans), OK);
    const char *target = strstr(json_str(j, "download_url"), "/v3/");
    assert_int_equal(wechat_pay_send(a, &wx, "GET", target, NULL, &file_reply, &ans), OK);
    assert_int_equal(file_reply.status, 200);
    assert_memory_equal(file_reply.body, "\xef\xbb\xbf", 3);
    sha1(file_reply.body, file_reply.len, hash);
    hex_encode(hash, 20, hex);
    assert_string_equal(hex, json_str(j, "hash_value"));
    assert_int_equal(wechat_pay_send(a, &wx, "GET", target, NULL, &r, &ans), OK);
    assert_int_equal(r.status, 400); /* once */
    assert_int_equal(wechat_pay_call(a, &wx, "GET", ask, NULL, &j, &ans), OK);
    clock_shift_ms(5 * MINUTE_MS);
    assert_int_equal(wechat_pay_send(a, &wx, "GET", strstr(json_str(j, "download_url"), "/v3/"), NULL, &r, &ans), OK);
    assert_int_equal(r.status, 400); /* five minutes */
    clock_shift_ms(-5 * MINUTE_MS);
    static const char *const bad[] = {"", "&bill_type=OTHER", "&tar_type=ZIP"};
    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_int_equal(wechat_pay_call(a, &wx, "GET", i ? arena_printf(a, "%s%s", ask, bad[i]) : "/v3/bill/tradebill",
                                         NULL, &j, &ans),
                         ERR_INVALID);
        assert_string_equal(ans.code, "INVALID_REQUEST");
    }
    clock_shift_ms(-DAY_MS);
    day = a_day(&alipay_pay);
    assert_int_equal(alipay_pay_call(a, &ali, "alipay.data.dataservice.bill.downloadurl.query", NULL,
                                     arena_printf(a, "{\"bill_type\":\"trade\",\"bill_date\":\"%s\"}", pay_day(a, day)),
                                     &j, &ans),
                     OK);
    const char *path = strstr(json_str(j, "bill_download_url"), "/bill/");
    int status;
    assert_memory_equal(http("GET", path, NULL, &status), "PK", 2);
    assert_memory_equal(http("GET", path, NULL, &status), "PK", 2);
    clock_shift_ms(30 * SECOND_MS);
    assert_memory_equal(http("GET", path, NULL, &status), "<html>", 6);
    clock_shift_ms(-30 * SECOND_MS);
}

static void on_flow(void *arg, const struct pay_flow_row *r)
{
    int64_t *sum = arg;
    *sum += r->income ? r->amount_fen : -r->amount_fen;
    assert_true(strlen(r->voucher) >= 16);
}

static void account(void **state)
{
    (void)state;
    struct pay_flow_answer flow;
    struct pay_flow_sum sum;
    const char *why;
    int64_t net = 0;
    int32_t day = a_day(&wechat_pay);
    assert_int_equal(wechat_pay_flow(a, &wx, day, on_flow, &net, &flow, &ans), OK);
    assert_int_equal(flow.state, BILL_READY);
    assert_int_equal(flow.sum.in_fen, 42850 + 27);
    assert_int_equal(flow.sum.out_fen, 4500 + 77 + 180);
    assert_int_equal(net, flow.sum.in_fen - flow.sum.out_fen);
    assert_int_equal(wechat_pay_flow(a, &wx, clock_day_add(day, -1), on_flow, &net, &flow, &ans), OK);
    assert_int_equal(flow.state, BILL_EMPTY);
    static const struct {
        const char *text;
        enum err e;
    } t[] = {
        {FLOW_HEAD FLOW_ROW FLOW_SUMS "`1.0,`1.0,`128.50,`0.0,`0.00",          OK         },
        {"\xef\xbb\xbf" FLOW_HEAD FLOW_SUMS "`0,`0,`0.00,`0,`0.00\r\n",        OK         },
        {FLOW_HEAD FLOW_ROW FLOW_SUMS "`1.0,`1.0,`128.51,`0.0,`0.00",          ERR_INVALID},
        {FLOW_HEAD FLOW_ROW FLOW_ROW FLOW_SUMS "`1.0,`1.0,`128.50,`0.0,`0.00", ERR_INVALID},
        {FLOW_HEAD FLOW_ROW FLOW_SUMS "`1.0,`1.0,`128.50,`0.0,`0.00\nx",       ERR_INVALID},
        {FLOW_HEAD FLOW_ROW FLOW_SUMS,                                         ERR_INVALID},
        {FLOW_HEAD,                                                            ERR_INVALID},
        {"",                                                                   ERR_INVALID}
    };
    for (size_t n = 0; n < strlen(t[0].text) - 8; n++) { /* cut anywhere before the last total */
        char *exact = malloc(n ? n : 1);
        memcpy(exact, t[0].text, n);
        assert_int_equal(pay_bill_flow(exact, n, on_flow, &net, &sum, &why), ERR_INVALID);
        free(exact);
    }
    for (size_t i = 0; i < COUNT(t); i++)
        assert_int_equal(pay_bill_flow(t[i].text, strlen(t[i].text), NULL, NULL, &sum, &why), t[i].e);
}

static void published_flow(void **state)
{
    (void)state;
    struct pay_flow_sum sum;
    const char *why, *d = vectors(a);
    size_t n = 0;
    char *text = slurp(a, d, "bills/self_wechat_fundflow.csv", &n);
    assert_int_equal(pay_bill_flow(text, n, NULL, NULL, &sum, &why), OK);
    assert_int_equal(sum.in_fen, 12850);
    assert_int_equal(sum.out_fen, 4473);
    assert_int_equal(sum.in + sum.out, 2);
}

static void cancelling(void **state)
{
    (void)state;
    enum pay_status s;
    const char *code = waiting(&alipay_pay, PAY_QR, 100), *open = waiting(&alipay_pay, PAY_MINI, 100),
               *no = paid(&alipay_pay, 100);
    int status;
    assert_int_equal(alipay_pay.cancel(a, &ali, code, &s, &ans), OK);
    assert_int_equal(s, PAY_CLOSED);
    http("POST", "/control/pay/order", arena_printf(a, "{\"out_trade_no\":\"%s\"}", code), &status);
    assert_int_equal(status, 400); /* the code is worth nothing now: close() could not have done it */
    assert_int_equal(alipay_pay.cancel(a, &ali, open, &s, &ans), OK);
    assert_int_equal(s, PAY_CLOSED);
    assert_int_equal(status_of(&alipay_pay, open), PAY_CLOSED);
    control("balance", "{\"channel\":\"alipay\",\"fen\":99}");
    assert_int_equal(alipay_pay.cancel(a, &ali, no, &s, &ans), ERR_BUSY);
    control("balance", "{\"channel\":\"alipay\",\"fen\":-1}");
    for (int i = 0; i < 2; i++) {
        assert_int_equal(alipay_pay.cancel(a, &ali, no, &s, &ans), OK);
        assert_int_equal(s, PAY_REFUNDED);
        assert_int_equal(count(listed("refunds")), 1);
    }
    assert_int_equal(alipay_pay.cancel(a, &ali, new_number(), &s, &ans), OK);
    assert_int_equal(s, PAY_UNKNOWN_NUMBER);
    fault("alipay.cancel", "500_after");
    assert_int_equal(alipay_pay.cancel(a, &ali, waiting(&alipay_pay, PAY_MINI, 1), &s, &ans), ERR_TIMEOUT);
    assert_int_equal(s, PAY_ERROR_UNKNOWN);
    no = waiting(&wechat_pay, PAY_QR, 100);
    assert_int_equal(wechat_pay.cancel(a, &wx, no, &s, &ans), OK);
    assert_int_equal(s, PAY_CLOSED);
}

static void certificate_mode(void **state)
{
    (void)state;
    struct pay_config c = ali;
    struct pay_answer p;
    const char *no = paid(&alipay_pay, 100);
    c.app_cert_sn = cert_sn(a, conf.alipay_app_cert);
    c.root_cert_sn = cert_root_sn(a, conf.alipay_root_cert);
    c.alipay_cert_sn = cert_sn(a, conf.alipay_cert);
    c.public_key = conf.alipay_cert;
    assert_string_equal(c.app_cert_sn, keys_alipay_sn(a, conf.alipay_app_cert)); /* two ways to the same name */
    assert_int_equal(alipay_pay.query(a, &c, no, &p, &ans), OK);
    assert_int_equal(p.status, PAY_SUCCESS);
    struct pay_config other = c;
    other.alipay_cert_sn = c.app_cert_sn; /* they have changed it: nothing is believed */
    assert_int_equal(alipay_pay.query(a, &other, no, &p, &ans), ERR_TIMEOUT);
    assert_non_null(strstr(ans.text, "another certificate"));
    other = c;
    other.app_cert_sn = c.root_cert_sn;
    other.alipay_cert_sn = NULL;
    assert_int_equal(alipay_pay.query(a, &other, no, &p, &ans), ERR_UPSTREAM);
    assert_string_equal(ans.code, "isv.invalid-app-cert-sn");
    other = c;
    other.root_cert_sn = c.app_cert_sn;
    assert_int_equal(alipay_pay.query(a, &other, no, &p, &ans), ERR_UPSTREAM);
    assert_string_equal(ans.code, "isv.invalid-root-cert-sn");
    other = ali;
    other.alipay_cert_sn = c.alipay_cert_sn; /* asked in key mode: no name comes back */
    assert_int_equal(alipay_pay.query(a, &other, no, &p, &ans), ERR_TIMEOUT);
    assert_null(cert_sn(a, "nothing"));
    assert_null(cert_sn(a, NULL));
    assert_null(cert_root_sn(a, ""));
}

/* They have a new certificate: it is fetched and proven by their root. */
static void certificate_change(void **state)
{
    (void)state;
    struct mp_config m = {.url = ali.url,
                          .appid = ali.appid,
                          .private_key = ali.private_key,
                          .public_key = ali.public_key,
                          .app_cert_sn = cert_sn(a, conf.alipay_app_cert),
                          .root_cert_sn = cert_root_sn(a, conf.alipay_root_cert),
                          .alipay_cert_sn = "00000000000000000000000000000000"};
    const char *sn = cert_sn(a, conf.alipay_cert), *pem = NULL;
    assert_int_equal(alipay_certificate(a, &m, conf.alipay_root_cert, sn, &pem, &ans), OK);
    assert_string_equal(pem, conf.alipay_cert);
    pem = NULL;
    assert_int_equal(alipay_certificate(a, &m, conf.wechat_merchant_cert, sn, &pem, &ans), ERR_FORBIDDEN);
    assert_int_equal(alipay_certificate(a, &m, "", sn, &pem, &ans), ERR_FORBIDDEN);
    assert_int_equal(alipay_certificate(a, &m, conf.alipay_root_cert, m.app_cert_sn, &pem, &ans), ERR_UPSTREAM);
    fault("alipay.certificate", "altered");
    assert_int_equal(alipay_certificate(a, &m, conf.alipay_root_cert, m.app_cert_sn, &pem, &ans), ERR_FORBIDDEN);
    fault("alipay.certificate", "badsign");
    assert_int_equal(alipay_certificate(a, &m, conf.alipay_root_cert, sn, &pem, &ans), ERR_FORBIDDEN);
    assert_null(pem);
    int64_t now = clock_now_ms();
    assert_true(cert_chain_ok(conf.alipay_cert, conf.alipay_root_cert, now));
    assert_false(cert_chain_ok(conf.alipay_cert, conf.alipay_root_cert, now + 6 * 366 * DAY_MS)); /* ended */
    assert_false(cert_chain_ok(conf.alipay_cert, conf.alipay_root_cert, now - 2 * DAY_MS));
    assert_false(cert_chain_ok(conf.wechat_merchant_cert, conf.alipay_root_cert, now));
    assert_false(cert_chain_ok("", conf.alipay_root_cert, now));
    assert_false(cert_chain_ok(NULL, NULL, now));
}

static void published_names(void **state)
{
    (void)state;
    const char *d = vectors(a);
    assert_string_equal(cert_sn(a, slurp(a, d, "alipay/appCertPublicKey_2021001161683774.crt", NULL)),
                        "866efef280dec9137a87d047ac446315");
    assert_string_equal(cert_sn(a, slurp(a, d, "alipay/alipayCertPublicKey_RSA2.crt", NULL)),
                        "7513daaaa48aa3ba2e4018d84402479c");
    const char *roots = slurp(a, d, "alipay/alipayRootCert.crt", NULL),
               *leaf = slurp(a, d, "alipay/alipayCertPublicKey_RSA2.crt", NULL);
    assert_string_equal(cert_root_sn(a, roots), "687b59193f3f462dd5336e5abf83c5d8_02941eef3187dddf3d3b83462e1dfcf6");
    assert_false(cert_chain_ok(leaf, roots, INT64_C(1609459200000))); /* the one between them is not in the file */
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(bills, clean, yesterday),
                                       cmocka_unit_test_setup_teardown(commas, clean, yesterday),
                                       cmocka_unit_test_setup_teardown(edited, clean, yesterday),
                                       cmocka_unit_test_setup_teardown(empty_and_early, clean, yesterday),
                                       cmocka_unit_test_setup_teardown(damaged, clean, yesterday),
                                       cmocka_unit_test_setup_teardown(links, clean, yesterday),
                                       cmocka_unit_test_setup_teardown(account, clean, yesterday),
                                       cmocka_unit_test(published_flow),
                                       cmocka_unit_test_setup(cancelling, clean),
                                       cmocka_unit_test_setup(certificate_mode, clean),
                                       cmocka_unit_test_setup(certificate_change, clean),
                                       cmocka_unit_test(published_names)};
    return cmocka_run_group_tests(tests, world_up, world_down);
}
