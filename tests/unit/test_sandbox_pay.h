/* test_sandbox_pay.h - the sandbox in this process, a merchant of both channels in front of it, and a server that takes
 * the notices as the product would. SPDX-License-Identifier: MIT */
#ifndef TEST_SANDBOX_PAY_H
#define TEST_SANDBOX_PAY_H
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "platform/crypto/crypto.h"
#include "platform/http_out.h"
#include "providers/alipay_pay.h"
#include "providers/wechat_pay.h"
#include "sandbox/keys.h"
#include "sandbox/notify.h"
#include "sandbox/paybook.h"
#include "sandbox/sandbox.h"
#include <arpa/inet.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/vectors.h"

static struct arena *a;
static char dir[] = "/tmp/anju-sandbox-pay-XXXXXX";
static const char *base;
static struct sb_config conf;
static struct pay_config wx, ali;
__attribute__((unused)) static struct provider_answer ans;

/* ---- control ---- */
__attribute__((unused)) static const char *http(const char *method, const char *path, const char *body, int *status)
{
    struct out_request rq = {.method = method,
                             .url = arena_printf(a, "%s%s", base, path),
                             .body = body,
                             .body_len = body ? strlen(body) : 0,
                             .timeout_ms = 60000,
                             .max_body = 16 << 20};
    struct out_reply r;
    assert_int_equal(http_out(a, &rq, &r), OK);
    *status = r.status;
    return r.body;
}

__attribute__((unused)) static const char *control(const char *what, const char *body)
{
    int status = 0;
    const char *text =
        http("POST", arena_printf(a, "/control/%s%s", str_eq(what, "fault") ? "" : "pay/", what), body, &status);
    if (status != 200)
        print_message("control %s %s: %s\n", what, body, text);
    assert_int_equal(status, 200);
    return text;
}

__attribute__((unused)) static const struct json *listed(const char *what)
{
    int status = 0;
    const char *text = http("GET", arena_printf(a, "/control/pay/%s", what), NULL, &status);
    assert_int_equal(status, 200);
    return json_parse(a, text, strlen(text));
}

__attribute__((unused)) static size_t count(const struct json *list)
{
    size_t n = 0;
    while (json_at(list, n))
        n++;
    return n;
}

__attribute__((unused)) static void fault(const char *kind, const char *mode)
{
    control("fault", arena_printf(a, "{\"kind\":\"%s\",\"mode\":\"%s\",\"n\":1}", kind, mode));
}

/* ---- orders ---- */
static const char *notify_base = "http://127.0.0.1:9"; /* nobody listens there, and nobody is looked up */
__attribute__((unused)) static const char *new_number(void)
{
    static int n;
    return arena_printf(a, "T%08d%s", ++n, keys_letters(a, 15));
}

__attribute__((unused)) static struct pay_order order(const char *no, enum pay_scene scene, int64_t fen, bool alipay)
{
    int64_t now = clock_now_ms();
    return (struct pay_order){.scene = scene,
                              .out_trade_no = no,
                              .amount_fen = fen,
                              .description = "物业费 2026-11",
                              .notify_url =
                                  arena_printf(a, "%s/notify/%s", notify_base, alipay ? "alipay" : "wechatpay"),
                              .now = now,
                              .expires_at = now + 10 * MINUTE_MS,
                              .openid = "oPAYER"};
}

__attribute__((unused)) static struct pay_created created_as(const struct pay_vt *v, const struct pay_config *c,
                                                             const struct pay_order *o)
{
    struct pay_request rq;
    struct pay_created out;
    const char *why;
    assert_int_equal(v->prepare(a, c, o, &rq, &why), OK);
    assert_int_equal(v->create(a, c, &rq, &out, &ans), OK);
    assert_int_equal(out.status, PAY_NOTPAY);
    return out;
}

/* A number that waits for its payment. */
__attribute__((unused)) static const char *waiting(const struct pay_vt *v, enum pay_scene scene, int64_t fen)
{
    const char *no = new_number();
    struct pay_order o = order(no, scene, fen, v == &alipay_pay);
    created_as(v, v == &alipay_pay ? &ali : &wx, &o);
    return no;
}

__attribute__((unused)) static const char *paid(const struct pay_vt *v, int64_t fen)
{
    const char *no = waiting(v, PAY_MINI, fen);
    control("order", arena_printf(a, "{\"out_trade_no\":\"%s\",\"notify\":false}", no));
    return no;
}

__attribute__((unused)) static enum pay_status status_of(const struct pay_vt *v, const char *no)
{
    struct pay_answer p;
    assert_int_equal(v->query(a, v == &alipay_pay ? &ali : &wx, no, &p, &ans), OK);
    return p.status;
}

__attribute__((unused)) static struct pay_request refund_of(const struct pay_vt *v, const char *no,
                                                            const char *refund_no, int64_t fen, int64_t total)
{
    struct pay_refund r = {.out_trade_no = no,
                           .out_refund_no = refund_no,
                           .refund_fen = fen,
                           .total_fen = total,
                           .reason = "多收退还",
                           .notify_url = v == &wechat_pay ? arena_printf(a, "%s/notify/wechatpay", notify_base) : ""};
    struct pay_request rq;
    const char *why;
    assert_int_equal(v->refund_prepare(a, v == &alipay_pay ? &ali : &wx, &r, &rq, &why), OK);
    return rq;
}

/* ---- the merchant's ear ---- */
static struct {
    int fd;
    pthread_t thread;
    atomic_int mute; /* so many calls are refused */
    atomic_int live;
} ear;

static const char *head_value(struct arena *m, const char *head, const char *name)
{
    size_t n = strlen(name);
    for (const char *p = strstr(head, "\r\n"); p; p = strstr(p + 2, "\r\n"))
        if (strncasecmp(p + 2, name, n) == 0 && p[2 + n] == ':') {
            const char *v = p + 3 + n + strspn(p + 3 + n, " ");
            return arena_strndup(m, v, strcspn(v, "\r"));
        }
    return NULL;
}

/* What the product does with a notice, but for the books. */
static const char *judge_notice(struct arena *m, const char *head, const char *body, size_t n)
{
    struct provider_answer an;
    struct pay_notify out;
    bool alipay = strstr(head, "/notify/alipay") != NULL;
    struct pay_incoming in = {.timestamp = head_value(m, head, "Wechatpay-Timestamp"),
                              .nonce = head_value(m, head, "Wechatpay-Nonce"),
                              .signature = head_value(m, head, "Wechatpay-Signature"),
                              .serial = head_value(m, head, "Wechatpay-Serial"),
                              .body = body,
                              .len = n,
                              .now = clock_now_ms()};
    const struct pay_vt *v = alipay ? &alipay_pay : &wechat_pay;
    enum err e = v->notify(m, alipay ? &ali : &wx, &in, &out, &an);
    bool mute = atomic_load(&ear.mute) > 0 && atomic_fetch_sub(&ear.mute, 1) > 0;
    bool good = !e && !mute;
    if (alipay)
        return good ? "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nsuccess"
                    : "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfail";
    return good ? "HTTP/1.1 204 No Content\r\n\r\n" : "HTTP/1.1 500 X\r\nContent-Length: 15\r\n\r\n{\"code\":\"FAIL\"}";
}

static void *ear_one(void *arg)
{
    int fd = (int)(intptr_t)arg;
    char *buf = malloc(1 << 16);
    size_t n = 0;
    for (;;) {
        char *end = NULL;
        size_t want = SIZE_MAX;
        ssize_t got = 1;
        while (n < want) {
            buf[n] = '\0';
            end = strstr(buf, "\r\n\r\n");
            const char *len = end ? strcasestr(buf, "content-length:") : NULL;
            if (end)
                want = (size_t)(end + 4 - buf) + (len && len < end ? strtoul(len + 15, NULL, 10) : 0);
            if (n >= want || (got = recv(fd, buf + n, (1 << 16) - 1 - n, 0)) <= 0)
                break;
            n += (size_t)got;
        }
        if (!end || n < want)
            break;
        struct arena *m = arena_new(0);
        const char *head = arena_strndup(m, buf, (size_t)(end + 2 - buf));
        const char *reply = judge_notice(m, head, end + 4, want - (size_t)(end + 4 - buf));
        bool sent = send(fd, reply, strlen(reply), MSG_NOSIGNAL) > 0;
        arena_free(m);
        n -= want;
        memmove(buf, buf + want, n);
        if (!sent)
            break;
    }
    free(buf);
    close(fd);
    atomic_fetch_sub(&ear.live, 1);
    return NULL;
}

static void *ear_loop(void *arg)
{
    int fd;
    (void)arg;
    while ((fd = accept(ear.fd, NULL, NULL)) >= 0) {
        pthread_t t;
        atomic_fetch_add(&ear.live, 1);
        assert_int_equal(pthread_create(&t, NULL, ear_one, (void *)(intptr_t)fd), 0);
        pthread_detach(t);
    }
    return NULL;
}

__attribute__((unused)) static void ear_start(void)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof in;
    ear.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(ear.fd, (struct sockaddr *)&in, sizeof in), 0);
    assert_int_equal(listen(ear.fd, 128), 0);
    assert_int_equal(getsockname(ear.fd, (struct sockaddr *)&in, &n), 0);
    assert_int_equal(pthread_create(&ear.thread, NULL, ear_loop, NULL), 0);
    notify_base = arena_printf(a, "http://127.0.0.1:%d", ntohs(in.sin_port));
}

__attribute__((unused)) static void ear_stop(void)
{
    shutdown(ear.fd, SHUT_RDWR);
    pthread_join(ear.thread, NULL);
    close(ear.fd);
}

/* ---- start ---- */
static const char *file(const char *name)
{
    return arena_printf(a, "%s/%s", dir, name);
}

/* A new port is a new circuit for the client too. */
static void sandbox_up(void)
{
    int port = 0, smtp = 0;
    assert_true(sandbox_start(&conf, &port, &smtp));
    base = arena_printf(a, "http://127.0.0.1:%d", port);
    wx.url = base;
    ali.url = arena_printf(a, "%s/gateway.do", base);
}

__attribute__((unused)) static int world_up(void **state)
{
    struct cert_info info;
    (void)state;
    a = arena_new(1u << 30);
    assert_non_null(mkdtemp(dir));
    assert_true(keys_make_pair(file("alipay_app"), file("alipay_app_pub")));
    assert_true(keys_make_pair(file("gateway"), file("gateway_pub")));
    assert_true(keys_make_pair(file("platform"), file("platform_pub")));
    assert_true(keys_make_cert(file("merchant"), file("merchant_cert"), "m", NULL, NULL));
    assert_true(keys_make_cert(file("root"), file("root_cert"), "root", NULL, NULL));
    assert_true(keys_make_cert(file("alipay_app"), file("app_cert"), "app", file("root"), file("root_cert")));
    assert_true(keys_make_cert(file("gateway"), file("gateway_cert"), "gateway", file("root"), file("root_cert")));
    conf = (struct sb_config){.wechat_appid = "wx00000000000000aa",
                              .wechat_secret = "s",
                              .sms_key_id = "AK",
                              .sms_secret = "SK",
                              .sms_app_id = "1400",
                              .alipay_appid = "2021000000000000",
                              .alipay_app_public = slurp(a, dir, "alipay_app_pub", NULL),
                              .alipay_private = slurp(a, dir, "gateway", NULL),
                              .alipay_app_cert = slurp(a, dir, "app_cert", NULL),
                              .alipay_cert = slurp(a, dir, "gateway_cert", NULL),
                              .alipay_root_cert = slurp(a, dir, "root_cert", NULL),
                              .alipay_seller = "2088000000000001",
                              .wechat_mchid = "1900000001",
                              .wechat_merchant_cert = slurp(a, dir, "merchant_cert", NULL),
                              .wechat_apiv3_key = "SANDBOX789012345678901234567890X",
                              .wechat_platform_private = slurp(a, dir, "platform", NULL),
                              .wechat_public_key_id = "PUB_KEY_ID_0190000000002026",
                              .scale = 1000};
    assert_true(cert_read(a, conf.wechat_merchant_cert, &info));
    wx = (struct pay_config){.appid = conf.wechat_appid,
                             .mchid = conf.wechat_mchid,
                             .private_key = slurp(a, dir, "merchant", NULL),
                             .serial = info.serial,
                             .apiv3_key = conf.wechat_apiv3_key,
                             .public_key_id = conf.wechat_public_key_id};
    wx.keys.key[wx.keys.n++] =
        (struct pay_key){.id = conf.wechat_public_key_id, .pem = slurp(a, dir, "platform_pub", NULL)};
    ali = (struct pay_config){.appid = conf.alipay_appid,
                              .mchid = conf.alipay_seller,
                              .private_key = slurp(a, dir, "alipay_app", NULL),
                              .public_key = slurp(a, dir, "gateway_pub", NULL)};
    http_out_init("");
    sandbox_up();
    return 0;
}

__attribute__((unused)) static int world_down(void **state)
{
    (void)state;
    sandbox_stop();
    int rc = system(arena_printf(a, "rm -rf %s", dir));
    arena_free(a);
    return rc;
}

/* Before each test: nothing is known, no fault is on. */
__attribute__((unused)) static int clean(void **state)
{
    int status;
    (void)state;
    http("POST", "/control/reset", "{}", &status);
    atomic_store(&ear.mute, 0);
    return status == 200 ? 0 : -1;
}

#endif
