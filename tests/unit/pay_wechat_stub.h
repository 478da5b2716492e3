/* pay_wechat_stub.h - a merchant of WeChat Pay and the platform's side of it: keys, signed answers.
 * SPDX-License-Identifier: MIT */
#ifndef PAY_WECHAT_STUB_H
#define PAY_WECHAT_STUB_H
#include "tests/unit/pay_stub.h"

#include "base/json.h"
#include "providers/wechat_pay.h"

#define V3KEY  "0123456789abcdef0123456789ABCDEF"
#define NUMBER "WX20261123000000001"
#define NOW    INT64_C(1795420421000)

static struct pair ours, platform, other;
static struct pay_config cfg;
__attribute__((unused)) static struct provider_answer ans;
__attribute__((unused)) static const char *why;

enum how { GOOD, BAD_SIGNATURE, NO_SIGNATURE, PROBE, STALE, OTHER_SERIAL };

__attribute__((unused)) static struct pay_incoming sign_as(const struct pair *p, const char *serial, const char *body,
                                                           int64_t now)
{
    struct pay_incoming in = {.timestamp = arena_printf(a, "%lld", (long long)(now / 1000)),
                              .nonce = "n0nce",
                              .serial = serial,
                              .body = body,
                              .len = strlen(body),
                              .now = now};
    const char *m = arena_printf(a, "%s\n%s\n%s\n", in.timestamp, in.nonce, body);
    in.signature = rsa_sign_b64(a, p->private_pem, m, strlen(m));
    assert_non_null(in.signature);
    return in;
}

__attribute__((unused)) static void answer(int status, const char *body, enum how how)
{
    int64_t now = clock_now_ms() - (how == STALE ? 400000 : 0);
    struct pay_incoming in =
        sign_as(how == BAD_SIGNATURE ? &other : &platform, how == OTHER_SERIAL ? "77AA" : "0ABC", body, now);
    if (how == PROBE)
        in.signature = arena_printf(a, "WECHATPAY/SIGNTEST/%s", in.signature);
    const char *head = how == NO_SIGNATURE
                           ? ""
                           : arena_printf(a,
                                          "wechatpay-timestamp: %s\r\nWechatpay-Nonce: %s\r\nWechatpay-Signature: "
                                          "%s\r\nWechatpay-Serial: %s\r\n",
                                          in.timestamp, in.nonce, in.signature, in.serial);
    int n = snprintf(stub.answer, sizeof stub.answer,
                     "HTTP/1.1 %d X\r\nConnection: close\r\nRequest-Id: R-1\r\nContent-Length: %zu\r\n%s\r\n%s", status,
                     strlen(body), head, body);
    if (status == 204) /* no length, no body */
        n = snprintf(stub.answer, sizeof stub.answer, "HTTP/1.1 204 X\r\nConnection: close\r\n%s\r\n", head);
    assert_true(n > 0 && (size_t)n < sizeof stub.answer);
    stub.answer_len = (size_t)n;
}

__attribute__((unused)) static struct pay_order order(enum pay_scene scene)
{
    return (struct pay_order){.scene = scene,
                              .out_trade_no = NUMBER,
                              .amount_fen = 12850,
                              .description = "物业费 2026-11",
                              .notify_url = "https://pay.example.cn/notify/wechat",
                              .now = NOW,
                              .expires_at = NOW + 10 * MINUTE_MS,
                              .openid = "oABC"};
}

#define PAID(mchid, appid, total, cur, st)                                                                             \
    "{\"mchid\":\"" mchid "\",\"appid\":\"" appid "\",\"out_trade_no\":\"" NUMBER                                      \
    "\",\"transaction_id\":\"4200001\",\"trade_type\":\"JSAPI\",\"trade_state\":\"" st                                 \
    "\",\"trade_state_desc\":\"ok\",\"bank_type\":\"CMC\",\"attach\":\"\",\"success_time\":"                           \
    "\"2026-11-23T10:00:00+08:00\",\"payer\":{\"openid\":\"oABC\"},\"amount\":{\"total\":" total                       \
    ",\"payer_total\":12000,\"currency\":\"" cur "\",\"payer_currency\":\"CNY\"}}"

static void wechat_stub_start(void)
{
    a = arena_new(512u << 20);
    ours = make_pair();
    platform = make_pair();
    other = make_pair();
    http_out_init("");
    cfg = (struct pay_config){
        .appid = "wx1",
        .mchid = "1900000001",
        .private_key = ours.private_pem,
        .serial = "5F1C",
        .apiv3_key = V3KEY,
        .keys = {.key = {{.id = "0ABC", .pem = platform.public_pem}, {.id = "PUB_KEY_ID_01", .pem = other.public_pem}},
                 .n = 2}
    };
    cfg.url = stub_start();
}

static void wechat_stub_end(void)
{
    EVP_PKEY_free(ours.key);
    EVP_PKEY_free(platform.key);
    EVP_PKEY_free(other.key);
    arena_free(a);
}

#endif
