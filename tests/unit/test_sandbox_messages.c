/* test_sandbox_messages.c - the simulators of SMS, mail and mini-program messages believe nobody without the keys; and status
 * reports of both SMS clouds. SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include "base/clock.h"
#include "base/text.h"
#include "platform/http_out.h"
#include "providers/alipay.h"
#include "providers/cloud_sign.h"
#include "providers/mp.h"
#include "providers/sms.h"
#include "providers/smtp.h"
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/sandbox_here.h"

static struct provider_answer ans;

/* What somebody without the keys, or with a message of yesterday, could send: the clouds' simulators take none of it. */
static void sms_forged(void **state)
{
    (void)state;
    struct provider_param q[] = {
        {"PhoneNumbers",  "13700000020"},
        {"SignName",      "安居"     },
        {"TemplateCode",  "SMS_1"      },
        {"TemplateParam", "{}"         }
    };
    struct acs3 r = {.method = "POST",
                     .host = provider_host(a, base),
                     .path = "/",
                     .query = acs3_query(a, q, COUNT(q)),
                     .action = "SendSms",
                     .version = "2017-05-25",
                     .nonce = "nonce-0123456789"};
    struct civil c = clock_civil(clock_now_ms() - 8 * HOUR_MS);
    r.date = arena_printf(a, "%04d-%02d-%02dT%02d:%02d:%02dZ", c.year, c.month, c.day, c.hour, c.minute, c.second);
    struct acs3 old = r, other = r;
    old.date = "2020-01-01T00:00:00Z";
    old.nonce = "nonce-old-0123456";
    q[0].value = "13700000021";
    other.query = acs3_query(a, q, COUNT(q));
    const struct {
        const struct acs3 *sign, *send;
        const char *secret, *says;
    } t[] = {
        {&r,   &r,     "other",       "SignatureDoesNotMatch"   }, /* another key */
        {&r,   &other, sb.sms_secret, "SignatureDoesNotMatch"   }, /* another number than was signed */
        {&old, &old,   sb.sms_secret, "InvalidTimeStamp.Expired"},
        {&r,   &r,     sb.sms_secret, "\"Code\":\"OK\""         },
        {&r,   &r,     sb.sms_secret, "SignatureNonceUsed"      }, /* replayed */
    };
    for (size_t i = 0; i < COUNT(t); i++) {
        const char *const headers[] = {
            "x-acs-action: SendSms",
            "x-acs-version: 2017-05-25",
            arena_printf(a, "x-acs-date: %s", t[i].send->date),
            arena_printf(a, "x-acs-signature-nonce: %s", t[i].send->nonce),
            arena_printf(a, "x-acs-content-sha256: %s", acs3_content_sha256(a, t[i].sign)),
            arena_printf(a, "Authorization: %s", acs3_authorization(a, t[i].sign, sb.sms_key_id, t[i].secret)),
            "Content-Type:",
            NULL};
        struct out_request rq = {
            .method = "POST", .url = arena_printf(a, "%s/?%s", base, t[i].send->query), .headers = headers, .body = ""};
        struct out_reply reply;
        assert_int_equal(http_out(a, &rq, &reply), OK);
        assert_non_null(strstr(reply.body, t[i].says));
    }
    assert_int_equal(sb_count_since("sms", "13700000021", 0), 0);
}

static void tencent_forged(void **state)
{
    (void)state;
    const char *good =
        arena_printf(a,
                     "{\"PhoneNumberSet\":[\"+8613700000022\"],\"SmsSdkAppId\":\"%s\",\"SignName\":\"x\","
                     "\"TemplateId\":\"1\",\"TemplateParamSet\":[]}",
                     sb.sms_app_id);
    int64_t now = clock_now_ms() / 1000;
    const struct {
        const char *sent, *secret, *says;
        int64_t at;
    } t[] = {
        {good,           "other", "AuthFailure.SignatureFailure", now                     },
        {arena_printf(a, "%s ",   good),                          sb.sms_secret,            "AuthFailure.SignatureFailure",
         now}, /* another body than was signed */
        {good,            sb.sms_secret,                   "AuthFailure.SignatureExpire",                                              now - 301                                             },
        {good,     sb.sms_secret,            "\"Code\":\"Ok\"",now},
    };
    for (size_t i = 0; i < COUNT(t); i++) {
        struct tc3 r = {.service = "sms",
                        .host = provider_host(a, base),
                        .content_type = "application/json; charset=utf-8",
                        .body = good,
                        .timestamp_s = t[i].at};
        const char *const headers[] = {
            "Content-Type: application/json; charset=utf-8", /* NOLINT(bugprone-suspicious-missing-comma) */
            "X-TC-Action: SendSms",
            "X-TC-Version: 2021-01-11",
            arena_printf(a, "X-TC-Timestamp: %lld", (long long)t[i].at),
            arena_printf(a, "Authorization: %s", tc3_authorization(a, &r, sb.sms_key_id, t[i].secret)),
            NULL};
        struct out_request rq = {.method = "POST",
                                 .url = arena_printf(a, "%s/", base),
                                 .headers = headers,
                                 .body = t[i].sent,
                                 .body_len = strlen(t[i].sent)};
        struct out_reply reply;
        assert_int_equal(http_out(a, &rq, &reply), OK);
        assert_non_null(strstr(reply.body, t[i].says));
    }
}

static void sms_reports(void **state)
{
    (void)state;
    static const char *const name[] = {"aliyun", "tencent"};
    for (size_t i = 0; i < COUNT(name); i++) {
        const struct sms_vt *v = sms_provider(name[i]);
        const struct provider_param p[] = {
            {"text", "通知"}
        };
        struct sms_config c = {
            .url = base, .key_id = sb.sms_key_id, .secret = sb.sms_secret, .app_id = sb.sms_app_id, .sign = "安居"};
        const char *phone[] = {i ? "13700000030" : "13700000031", i ? "13700000404" : "13700001404"};
        const enum sms_fate want[] = {SMS_DELIVERED, SMS_LOST};
        for (size_t k = 0; k < 2; k++) {
            enum sms_fate fate;
            struct sms_message m = {.phone = phone[k], .template_id = "SMS_1", .param = p, .nparam = 1};
            assert_int_equal(v->send(a, &c, &m, &ans), OK);
            struct sms_asked q = {phone[k], ans.id, clock_now_ms()};
            assert_int_equal(v->status(a, &c, &q, &fate, &ans), OK);
            assert_int_equal(fate, want[k]);
            assert_true(strlen(ans.code) > 0);
            q.id = "unknown";
            assert_int_equal(v->status(a, &c, &q, &fate, &ans), OK);
            assert_int_equal(fate, SMS_WAITING);
            c.secret = "wrong";
            assert_int_equal(v->status(a, &c, &q, &fate, &ans), ERR_UPSTREAM);
            c.secret = sb.sms_secret;
        }
    }
}

static void mail_needs_the_password(void **state)
{
    (void)state;
    struct smtp_config c = {
        .url = smtp_url, .user = "noreply@anju.example", .pass = "right", .from = "noreply@anju.example"};
    sb.smtp_user = c.user;
    sb.smtp_pass = "right";
    assert_int_equal(smtp_send(a, &c, "owner@b.example", "s", "t", "m1", &ans), OK);
    c.pass = "wrong";
    assert_int_not_equal(smtp_send(a, &c, "owner@b.example", "s", "t", "m2", &ans), OK);
    c.user = "";
    assert_int_not_equal(smtp_send(a, &c, "owner@b.example", "s", "t", "m3", &ans), OK);
    sb.smtp_user = NULL;
    assert_int_equal(sb_count_since("mail", "owner@b.example", 0), 1);
}

static void wechat_needs_a_token(void **state)
{
    (void)state;
    static const char body[] = "{\"touser\":\"o123\",\"template_id\":\"T1\",\"data\":{\"thing1\":{\"value\":\"x\"}}}";
    const char *token[] = {"", "made-up", sb_token(a, false)}, *says[] = {"40001", "40001", "\"errcode\":0"};
    for (size_t i = 0; i < COUNT(token); i++) {
        struct out_request rq = {
            .method = "POST",
            .url = arena_printf(a, "%s/cgi-bin/message/subscribe/send?access_token=%s", base, token[i]),
            .body = body,
            .body_len = strlen(body)};
        struct out_reply reply;
        assert_int_equal(http_out(a, &rq, &reply), OK);
        assert_non_null(strstr(reply.body, says[i]));
    }
    assert_int_equal(sb_count_since("message", "o123", 0), 1);
    sb_token_revoke(); /* what was good a moment ago */
    struct out_request rq = {.method = "POST",
                             .url =
                                 arena_printf(a, "%s/cgi-bin/message/subscribe/send?access_token=%s", base, token[2]),
                             .body = body,
                             .body_len = strlen(body)};
    struct out_reply reply;
    assert_int_equal(http_out(a, &rq, &reply), OK);
    assert_non_null(strstr(reply.body, "40001"));
}

static void alipay_needs_our_key(void **state)
{
    (void)state;
    const struct provider_param p[] = {
        {"keyword1", "通知"}
    };
    struct mp_config c = {.url = arena_printf(a, "%s/gateway.do", base),
                          .appid = "2021",
                          .private_key = slurp(a, dir, "app", NULL),
                          .public_key = slurp(a, dir, "gateway_pub", NULL)};
    struct mp_message m = {.openid = "0user", .template_id = "T1", .page = "p", .data = p, .ndata = 1};
    assert_int_equal(alipay_mp.message(a, &c, &m, &ans), OK);
    c.private_key = slurp(a, dir, "gateway", NULL); /* somebody else's */
    assert_int_not_equal(alipay_mp.message(a, &c, &m, &ans), OK);
    assert_non_null(strstr(ans.code, "signature"));
    assert_int_equal(sb_count_since("message", "0user", 0), 1);
    c.private_key = slurp(a, dir, "app", NULL);
    c.public_key = slurp(a, dir, "app_pub", NULL); /* an answer that is not the gateway's is not believed */
    assert_int_not_equal(alipay_mp.message(a, &c, &m, &ans), OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(sms_forged),
                                       cmocka_unit_test(tencent_forged),
                                       cmocka_unit_test(sms_reports),
                                       cmocka_unit_test(wechat_needs_a_token),
                                       cmocka_unit_test(mail_needs_the_password),
                                       cmocka_unit_test(alipay_needs_our_key)};
    return sandbox_here(false) ? sandbox_gone(cmocka_run_group_tests(tests, NULL, NULL)) : 1;
}
