/* test_sandbox_pay_notify.c - what the sandbox tells the merchant, judged by the product's own verification: genuine,
 * repeated, forged, replayed, cut, probes, refunds, and many of them at once. SPDX-License-Identifier: MIT */
/* OpenSSL and base/err.h both say ERR_STATE. */
#define ERR_STATE openssl_err_state
#include <openssl/ssl.h>
#undef ERR_STATE

#include "tests/unit/test_sandbox_pay.h"

static int listening(void **state)
{
    int rc = world_up(state);
    ear_start();
    return rc;
}

static int deaf(void **state)
{
    int rc = world_down(state);
    ear_stop();
    return rc;
}

/* Nothing is under way, or due within so long. */
static void settled(int within_ms)
{
    control("idle", arena_printf(a, "{\"ms\":20000,\"within\":%d}", within_ms));
}

/* The deliveries of a kind about a number; they are all there once nothing is due. */
static const struct json *deliveries(const char *no, const char *kind)
{
    settled(0);
    return listed(arena_printf(a, "notifies?out_trade_no=%s&kind=%s", no, kind));
}

static int64_t member(const struct json *j, const char *key)
{
    int64_t v = -1;
    assert_true(json_i64(j, key, &v));
    return v;
}

static bool told(const char *no)
{
    return sb_bool(json_at(listed(arena_printf(a, "orders?out_trade_no=%s", no)), 0), "told", false);
}

static const char *pay(const struct pay_vt *v, enum pay_scene scene)
{
    const char *no = waiting(v, scene, 12850);
    control("order", arena_printf(a, "{\"out_trade_no\":\"%s\"}", no));
    return no;
}

static const struct pay_vt *const channel[] = {&wechat_pay, &alipay_pay};

static void genuine(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(channel); i++) {
        const char *no = pay(channel[i], i ? PAY_QR : PAY_MINI);
        const struct json *l = deliveries(no, "");
        assert_int_equal(count(l), 1);
        assert_true(sb_bool(json_at(l, 0), "taken", false));
        assert_int_equal(member(json_at(l, 0), "status"), i ? 200 : 204);
        assert_true(told(no));
    }
}

/* A refusal is tried again by the channel's own table (here a thousand times faster), until it is taken. */
static void retries(void **state)
{
    (void)state;
    control("settings", "{\"scale\":100000}");
    for (size_t i = 0; i < COUNT(channel); i++) {
        atomic_store(&ear.mute, 4);
        const char *no = pay(channel[i], PAY_MINI);
        settled(MINUTE_MS);
        assert_true(told(no));
        const struct json *l = deliveries(no, "genuine");
        assert_int_equal(count(l), 5);
        for (size_t k = 0; k < 5; k++) {
            assert_int_equal(member(json_at(l, k), "try"), k);
            assert_int_equal(sb_bool(json_at(l, k), "taken", false), k == 4);
        }
    }
    atomic_store(&ear.mute, 1000000); /* nobody ever listens: sixteen tries, then silence */
    control("settings", "{\"scale\":1000000000}");
    const char *no = pay(&wechat_pay, PAY_MINI);
    settled(MINUTE_MS);
    assert_int_equal(count(deliveries(no, "genuine")), 16);
    no = pay(&alipay_pay, PAY_MINI);
    settled(MINUTE_MS);
    assert_int_equal(count(deliveries(no, "genuine")), 8);
    assert_false(told(no));
}

/* What may come beside the genuine one, and whether it may be believed. */
static void beside(void **state)
{
    (void)state;
    static const struct {
        const char *kind;
        bool wechat, alipay;
    } t[] = {
        {"dup",       true,  true },
        {"forged",    false, false},
        {"amount",    true,  true }, /* signed well: the books must refuse it, not the signature */
        {"replayed",  false, true }, /* Alipay has no window: the state of the order is the defence */
        {"truncated", false, false}
    };
    for (size_t i = 0; i < COUNT(t); i++)
        for (size_t k = 0; k < COUNT(channel); k++) {
            control("settings", arena_printf(a, "{\"%s\":1000}", t[i].kind));
            const char *no = pay(channel[k], PAY_MINI);
            const struct json *l = deliveries(no, t[i].kind);
            assert_int_equal(count(l), 1);
            bool taken = sb_bool(json_at(l, 0), "taken", false);
            if (taken != (k ? t[i].alipay : t[i].wechat))
                print_message("%s of %s\n", t[i].kind, channel[k]->name);
            assert_int_equal(taken, k ? t[i].alipay : t[i].wechat);
            assert_int_equal(count(deliveries(no, "genuine")), 1);
            control("settings", arena_printf(a, "{\"%s\":0}", t[i].kind));
        }
}

static void probe_lost_late(void **state)
{
    (void)state;
    control("settings", "{\"probe\":1000,\"scale\":100000}");
    const char *no = pay(&wechat_pay, PAY_MINI);
    settled(MINUTE_MS);
    assert_true(told(no));
    assert_int_equal(count(deliveries(no, "probe")), 1); /* refused; the true one follows */
    assert_int_equal(member(json_at(deliveries(no, "probe"), 0), "status"), 500);
    assert_int_equal(count(deliveries(no, "genuine")), 1);
    control("settings", "{\"probe\":0,\"lost\":1000}");
    no = pay(&wechat_pay, PAY_MINI);
    assert_int_equal(count(deliveries(no, "")), 0);
    assert_int_equal(status_of(&wechat_pay, no), PAY_SUCCESS); /* paid all the same: a query finds it */
    control("settings", "{\"lost\":0,\"late_ms\":3600000}");
    no = pay(&wechat_pay, PAY_MINI);
    assert_int_equal(count(deliveries(no, "")), 0);
    int status;
    http("POST", "/control/clock", "{\"ms\":3600000}", &status);
    settled(MINUTE_MS);
    assert_true(told(no));
    http("POST", "/control/clock", "{\"ms\":-3600000}", &status);
}

/* During the ramp either key signs; who holds only one of them refuses about half. */
static void ramp(void **state)
{
    (void)state;
    struct pay_config before = wx;
    assert_int_equal(wechat_pay_certificates(a, &wx, &wx.keys, &ans), OK);
    control("settings", "{\"ramp\":500}");
    for (int i = 0; i < 20; i++)
        pay(&wechat_pay, PAY_MINI);
    const struct json *l = deliveries("", "genuine"), *one;
    assert_int_equal(count(l), 20);
    for (size_t i = 0; (one = json_at(l, i)); i++)
        assert_true(sb_bool(one, "taken", false));
    wx = before;
    wx.keys.n = 1; /* the public key only */
    control("settings", "{\"ramp\":0,\"scale\":1}");
    const char *no = pay(&wechat_pay, PAY_MINI);
    assert_false(sb_bool(json_at(deliveries(no, "genuine"), 0), "taken", true));
}

static void refunds(void **state)
{
    (void)state;
    struct pay_refund_answer r;
    static const char *const outcome[] = {"success", "abnormal", "closed"};
    control("settings", "{\"wechat_refund_ms\":0}");
    for (size_t i = 0; i < COUNT(outcome); i++) {
        control("outcome", arena_printf(a, "{\"channel\":\"wechat\",\"outcome\":\"%s\"}", outcome[i]));
        const char *no = paid(&wechat_pay, 1000);
        struct pay_request rq = refund_of(&wechat_pay, no, new_number(), 400, 1000);
        assert_int_equal(wechat_pay.refund(a, &wx, &rq, &r, &ans), OK);
        const struct json *l = deliveries(no, "");
        assert_int_equal(count(l), 1);
        assert_true(sb_bool(json_at(l, 0), "taken", false));
        assert_true(strncasecmp(json_str(json_at(l, 0), "event") + 7, outcome[i], 5) == 0);
    }
    const char *no = paid(&alipay_pay, 1000);
    struct pay_request rq = refund_of(&alipay_pay, no, new_number(), 400, 1000);
    assert_int_equal(alipay_pay.refund(a, &ali, &rq, &r, &ans), OK);
    assert_int_equal(count(deliveries(no, "genuine")), 1); /* to the address of the payment */
    rq = refund_of(&alipay_pay, no, new_number(), 600, 1000);
    assert_int_equal(alipay_pay.refund(a, &ali, &rq, &r, &ans), OK);
    const struct json *l = deliveries(no, "genuine");
    assert_int_equal(count(l), 2);
    assert_true(sb_bool(json_at(l, 1), "taken", false));
}

/* What the form of a refund says: still TRADE_SUCCESS while something is left, TRADE_CLOSED at the end. */
static void refund_forms(void **state)
{
    (void)state;
    struct pay_refund_answer r;
    struct pay_notify n;
    static const struct {
        int64_t fen, sum;
        const char *word;
    } t[] = {
        {400, 400,  "TRADE_SUCCESS"},
        {600, 1000, "TRADE_CLOSED" }
    };
    const char *no = paid(&alipay_pay, 1000);
    for (size_t i = 0; i < COUNT(t); i++) {
        const char *number = new_number();
        struct pay_request rq = refund_of(&alipay_pay, no, number, t[i].fen, 1000);
        assert_int_equal(alipay_pay.refund(a, &ali, &rq, &r, &ans), OK);
        pb_lock();
        struct nt_notice *notice = nt_notice_refund(pb_refund(PB_ALIPAY, no, number));
        pb_unlock();
        struct nt_wire w;
        nt_wire(a, notice, NT_GENUINE, &w);
        nt_notice_free(notice);
        struct pay_incoming in = {.body = w.body, .len = w.len, .now = clock_now_ms()};
        assert_int_equal(alipay_pay.notify(a, &ali, &in, &n, &ans), OK);
        assert_int_equal(n.event, PAY_EVENT_REFUND);
        assert_string_equal(n.pay.code, t[i].word);
        assert_string_equal(n.refund.out_refund_no, number);
        assert_int_equal(n.refund.refunded_sum_fen, t[i].sum);
        assert_true(n.refund.done_at > 0 && n.refund.done_at <= clock_now_ms()); /* "...:57.000" */
        assert_int_equal(n.pay.status, PAY_REFUNDED);
    }
}

/* The self-test call brings a signed notice that is about no payment: acknowledged, nothing else. */
static void echo(void **state)
{
    (void)state;
    const struct json *j;
    assert_int_equal(
        wechat_pay_call(
            a, &wx, "POST", "/v3/security/echo",
            arena_printf(a, "{\"echo_message\":\"hello\",\"notify_url\":\"%s/notify/wechatpay\"}", notify_base), &j,
            &ans),
        OK);
    assert_string_equal(json_str(j, "echo_message"), "hello");
    const struct json *l = deliveries("", "genuine");
    assert_int_equal(count(l), 1);
    assert_string_equal(json_str(json_at(l, 0), "event"), "SECURITY.ECHO");
    assert_true(sb_bool(json_at(l, 0), "taken", false));
}

/* In another order than it happened, and each once. */
static void shuffled(void **state)
{
    (void)state;
    const char *no[12];
    bool moved = false;
    control("settings", "{\"shuffle_ms\":300}");
    for (size_t i = 0; i < COUNT(no); i++)
        no[i] = waiting(&wechat_pay, PAY_MINI, 100);
    control("all", "{}");
    settled(1000);
    const struct json *l = listed("notifies");
    assert_int_equal(count(l), COUNT(no));
    for (size_t i = 0; i < COUNT(no); i++) {
        moved = moved || !str_eq(json_str(json_at(l, i), "out_trade_no"), no[i]);
        assert_true(told(no[i]));
    }
    assert_true(moved);
}

static void one_now(void **state)
{
    (void)state;
    const char *no = paid(&wechat_pay, 100);
    const struct {
        const char *kind;
        int status;
    } t[] = {
        {"genuine",   204},
        {"dup",       204},
        {"forged",    500},
        {"replayed",  500},
        {"truncated", 500},
        {"probe",     500}
    };
    for (size_t i = 0; i < COUNT(t); i++) {
        const char *text =
            control("notify", arena_printf(a, "{\"out_trade_no\":\"%s\",\"kind\":\"%s\"}", no, t[i].kind));
        assert_int_equal(member(json_parse(a, text, strlen(text)), "status"), t[i].status);
    }
    int status;
    http("POST", "/control/pay/notify", arena_printf(a, "{\"out_trade_no\":\"%s\"}", waiting(&wechat_pay, PAY_MINI, 1)),
         &status);
    assert_int_equal(status, 400); /* nothing to tell */
}

/* Paid, killed before the merchant was told: the next start tells. */
static void told_after_a_restart(void **state)
{
    (void)state;
    conf.state_file = file("state");
    sandbox_stop();
    sandbox_up();
    atomic_store(&ear.mute, 1);
    control("settings", "{\"scale\":1}");
    const char *no = pay(&wechat_pay, PAY_MINI);
    settled(0);
    assert_false(told(no));
    sandbox_stop();
    sandbox_up();
    settled(0);
    assert_true(told(no));
    sandbox_stop();
    conf.state_file = NULL;
    sandbox_up();
}

/* One call over TLS with a certificate that nobody vouches for, as the demo's server has one. */
struct tls_one {
    int fd;
    SSL_CTX *ctx;
};

static void *tls_once(void *arg)
{
    static const char reply[] = "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n";
    char buf[16384];
    size_t n = 0;
    const struct tls_one *one = arg;
    int fd = accept(one->fd, NULL, NULL), got = 1;
    SSL *ssl = SSL_new(one->ctx);
    if (ssl && SSL_set_fd(ssl, fd) == 1 && SSL_accept(ssl) == 1) {
        while (got > 0 && n < sizeof buf - 1 && !memmem(buf, n, "\"resource\"", 10)) {
            got = SSL_read(ssl, buf + n, (int)(sizeof buf - 1 - n));
            n += got > 0 ? (size_t)got : 0;
        }
        SSL_write(ssl, reply, sizeof reply - 1);
        SSL_shutdown(ssl);
    }
    SSL_free(ssl);
    close(fd);
    return NULL;
}

static void self_signed(void **state)
{
    (void)state;
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof in;
    pthread_t t;
    const char *before = notify_base;
    struct tls_one one = {socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), SSL_CTX_new(TLS_server_method())};
    int fd = one.fd;
    assert_int_equal(SSL_CTX_use_certificate_file(one.ctx, file("merchant_cert"), SSL_FILETYPE_PEM), 1);
    assert_int_equal(SSL_CTX_use_PrivateKey_file(one.ctx, file("merchant"), SSL_FILETYPE_PEM), 1);
    assert_int_equal(bind(fd, (struct sockaddr *)&in, sizeof in), 0);
    assert_int_equal(listen(fd, 4), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&in, &len), 0);
    assert_int_equal(pthread_create(&t, NULL, tls_once, &one), 0);
    notify_base = arena_printf(a, "https://localhost:%d", ntohs(in.sin_port));
    const char *no = pay(&wechat_pay, PAY_MINI);
    assert_true(sb_bool(json_at(deliveries(no, "genuine"), 0), "taken", false));
    notify_base = before;
    pthread_join(t, NULL);
    SSL_CTX_free(one.ctx);
    close(fd);
}

static void storm(void **state)
{
    (void)state;
    for (int i = 0; i < 40; i++)
        waiting(channel[i % 2], PAY_MINI, 12850);
    int status;
    http("POST", "/control/pay/storm", "{\"n\":10}", &status);
    assert_int_equal(status, 400); /* nothing is paid */
    control("storm", "{\"n\":1000,\"threads\":8,\"pay\":true,\"channel\":\"wechat\",\"dup\":300,\"forged\":100,"
                     "\"replayed\":100,\"truncated\":50}");
    const struct json *r = listed("storm?wait=1"), *k = json_get(r, "kinds");
    static const struct {
        const char *kind;
        int64_t sent, taken;
    } t[] = {
        {"genuine",   20,  20 },
        {"dup",       730, 730}, /* what is more than one an order is a duplicate too */
        {"forged",    100, 0  },
        {"replayed",  100, 0  },
        {"truncated", 50,  0  }
    };
    assert_int_equal(member(r, "orders"), 20);
    assert_int_equal(member(r, "sent"), 1000);
    for (size_t i = 0; i < COUNT(t); i++) {
        assert_int_equal(member(json_get(k, t[i].kind), "sent"), t[i].sent);
        assert_int_equal(member(json_get(k, t[i].kind), "taken"), t[i].taken);
        assert_int_equal(member(json_get(k, t[i].kind), "unanswered"), 0);
    }
    assert_true(member(r, "p99_us") >= member(r, "p50_us") && member(r, "p50_us") > 0);
    print_message("storm: 1000 in %lld ms, p50 %lld us, p99 %lld us\n", (long long)member(r, "ms"),
                  (long long)member(r, "p50_us"), (long long)member(r, "p99_us"));
    http("POST", "/control/pay/storm", arena_printf(a, "{\"n\":10,\"after\":%lld}", (long long)clock_now_ms() + 1),
         &status);
    assert_int_equal(status, 400); /* none since */
    control("storm", "{\"n\":100,\"threads\":4,\"channel\":\"alipay\",\"forged\":500}");
    r = listed("storm?wait=1");
    assert_int_equal(member(json_get(json_get(r, "kinds"), "forged"), "taken"), 0);
    assert_int_equal(member(json_get(json_get(r, "kinds"), "genuine"), "taken"), 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test_setup(genuine, clean),
                                       cmocka_unit_test_setup(retries, clean),
                                       cmocka_unit_test_setup(beside, clean),
                                       cmocka_unit_test_setup(probe_lost_late, clean),
                                       cmocka_unit_test_setup(ramp, clean),
                                       cmocka_unit_test_setup(refunds, clean),
                                       cmocka_unit_test_setup(refund_forms, clean),
                                       cmocka_unit_test_setup(one_now, clean),
                                       cmocka_unit_test_setup(told_after_a_restart, clean),
                                       cmocka_unit_test_setup(self_signed, clean),
                                       cmocka_unit_test_setup(echo, clean),
                                       cmocka_unit_test_setup(shuffled, clean),
                                       cmocka_unit_test_setup(storm, clean)};
    return cmocka_run_group_tests(tests, listening, deaf);
}
