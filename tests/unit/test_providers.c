/* test_providers.c - signatures against self-made and published vectors, and every call against the sandbox.
 * Published vectors are read from $ANJU_VECTORS or ../shared/spec/vectors beside the source, when there.
 * SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include "base/clock.h"
#include "base/text.h"
#include "platform/crypto/crypto.h"
#include "platform/http_out.h"
#include "providers/alipay.h"
#include "providers/cloud_sign.h"
#include "providers/mp.h"
#include "providers/sms.h"
#include "providers/smtp.h"
#include <cmocka.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/sandbox_here.h"

static struct provider_answer ans;

/* ---- pure parts ---- */
static void acs3_self(void **state)
{
    (void)state;
    const struct provider_param p[] = {
        {"b", "x*y ~"},
        {"A", "安"  },
        {"a", "1/2"  }
    };
    assert_string_equal(acs3_query(a, p, 3), "A=%E5%AE%89&a=1%2F2&b=x%2Ay%20~");
    struct acs3 r = {.method = "POST",
                     .host = "h:1",
                     .path = "/",
                     .query = "a=1",
                     .action = "SendSms",
                     .version = "v",
                     .date = "d",
                     .nonce = "n"};
    assert_string_equal(
        acs3_canonical(a, &r),
        "POST\n/\na=1\nhost:h:1\nx-acs-action:SendSms\n"
        "x-acs-content-sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\nx-acs-date:d\n"
        "x-acs-signature-nonce:n\nx-acs-version:v\n\n"
        "host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version\n"
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void tc3_utc(void **state)
{
    (void)state;
    /* 2026-11-23 07:59:59 in Beijing is the 22nd in UTC */
    struct tc3 r = {
        .service = "sms", .host = "h", .content_type = "application/json", .body = "{}", .timestamp_s = 1795391999};
    assert_true(
        str_starts(tc3_authorization(a, &r, "ID", "k"),
                   "TC3-HMAC-SHA256 Credential=ID/2026-11-22/sms/tc3_request, SignedHeaders=content-type;host, "));
    r.timestamp_s++;
    assert_non_null(strstr(tc3_authorization(a, &r, "ID", "k"), "/2026-11-23/"));
}

static void alipay_pure(void **state)
{
    (void)state;
    const struct provider_param p[] = {
        {"method",      "alipay.trade.query"       },
        {"app_id",      "1"                        },
        {"sign",        "x"                        },
        {"sign_type",   "RSA2"                     },
        {"empty",       ""                         },
        {"version",     "1.0"                      },
        {"timestamp",   "2026-11-23 08:00:00"      },
        {"charset",     "utf-8"                    },
        {"format",      "JSON"                     },
        {"biz_content", "{\"out_trade_no\":\"P1\"}"}
    };
    assert_string_equal(
        alipay_sign_content(a, p, COUNT(p)),
        "app_id=1&biz_content={\"out_trade_no\":\"P1\"}&charset=utf-8&format=JSON&method=alipay.trade.query"
        "&sign_type=RSA2&timestamp=2026-11-23 08:00:00&version=1.0");
    static const struct {
        const char *raw, *part;
    } c[] = {
        {"{\"r\":{\"a\":\"}\\\"{\"},\"sign\":\"s\"}",              "{\"a\":\"}\\\"{\"}"},
        {" {\n\"sign\" : \"s\" , \"r\"\t:\r\n{ \"r\": [1,{}] } }", "{ \"r\": [1,{}] }" },
        {"{\"r\":\"enc\",\"x\":1}",                                "\"enc\""           },
        {"{\"r\":{},\"r\":{}}",                                    NULL                }, /* twice: which one was signed? */
        {"{\"x\":{\"r\":{}}}",                                     NULL                },
        {"{\"r\":{\"a\":1}",                                       NULL                },
        {"{\"r\":{\"a",                                            NULL                },
        {"{\"r\":",                                                NULL                },
        {"{\"r\"",                                                 NULL                },
        {"{",                                                      NULL                },
        {"",                                                       NULL                },
        {"[]",                                                     NULL                },
        {"{\"r\":{\"a\":\"\\",                                     NULL                }
    };
    for (size_t i = 0; i < COUNT(c); i++) {
        size_t n = 0;
        char *exact = malloc(strlen(c[i].raw) + 1); /* no terminator: ASan sees one byte too far */
        memcpy(exact, c[i].raw, strlen(c[i].raw));
        const char *part = alipay_signed_part(exact, strlen(c[i].raw), "r", &n);
        if (!c[i].part)
            assert_null(part);
        else
            assert_string_equal(arena_strndup(a, part, n), c[i].part);
        free(exact);
    }
}

static void fitting(void **state)
{
    (void)state;
    assert_string_equal(wechat_fit(a, "thing1", "十二三四五六七八九十一二三四五六七八九十"),
                        "十二三四五六七八九十一二三四五六七八九十");
    assert_string_equal(wechat_fit(a, "thing12", "十二三四五六七八九十一二三四五六七八九十多"),
                        "十二三四五六七八九十一二三四五六七八九…");
    assert_string_equal(wechat_fit(a, "phrase3", "已经派单给您"), "已经派单给");
    assert_string_equal(wechat_fit(a, "time1", "2026年11月23日 10:00 ......................"),
                        "2026年11月23日 10:00 ......................");
}

static void published(void **state)
{
    (void)state;
    const char *d = vectors(a);
    size_t n = 0;
    char *text = slurp(a, d, "cloud/acs3_runinstances.json", &n);
    const struct json *j = json_parse(a, text, n), *h = json_get(j, "headers");
    const struct provider_param q[] = {
        {"RegionId", json_str(json_get(j, "query"), "RegionId")},
        {"ImageId",  json_str(json_get(j, "query"), "ImageId") }
    };
    struct acs3 r = {.method = "POST",
                     .host = json_str(j, "host"),
                     .path = "/",
                     .query = acs3_query(a, q, 2),
                     .action = json_str(h, "x-acs-action"),
                     .version = json_str(h, "x-acs-version"),
                     .date = json_str(h, "x-acs-date"),
                     .nonce = json_str(h, "x-acs-signature-nonce")};
    assert_string_equal(acs3_authorization(a, &r, json_str(j, "access_key_id"), json_str(j, "access_key_secret")),
                        json_str(j, "authorization"));
    text = slurp(a, d, "cloud/tc3_cvm.json", &n);
    j = json_parse(a, text, n);
    struct tc3 t = {.service = json_str(j, "service"),
                    .host = json_str(j, "host"),
                    .content_type = json_str(j, "content_type"),
                    .body = json_str(j, "payload")};
    assert_true(json_i64(j, "timestamp", &t.timestamp_s));
    size_t cases = 0;
    for (const struct json *c; (c = json_at(json_get(j, "cases"), cases)); cases++)
        assert_string_equal(tc3_signature(a, &t, json_str(c, "secret_key")), json_str(c, "signature"));
    assert_int_equal(cases, 2);
    text = slurp(a, d, "alipay/response_substring_cases.json", &n);
    j = json_parse(a, text, n);
    for (cases = 0; json_at(json_get(j, "cases"), cases); cases++) {
        const struct json *c = json_at(json_get(j, "cases"), cases);
        const char *raw = json_str(c, "raw");
        size_t len = 0;
        const char *part = alipay_signed_part(raw, strlen(raw), json_str(j, "response_key"), &len);
        assert_non_null(part);
        assert_string_equal(arena_strndup(a, part, len), json_str(c, "expected_signed_substring"));
    }
    assert_int_equal(cases, 3);
    static const char *const keys[] = {"app-private-key.pem", "app-private-key-no-wrapper.pem",
                                       "app-private-key-pkcs8.pem", "app-private-key-pkcs8-no-wrapper.pem"};
    const char *first = NULL;
    for (size_t i = 0; i < COUNT(keys); i++) { /* all four kinds load and sign the same */
        char *sig = rsa_sign_b64(a, slurp(a, d, arena_printf(a, "alipay/%s", keys[i]), NULL), "x", 1);
        assert_non_null(sig);
        if (first)
            assert_string_equal(sig, first);
        first = sig;
    }
    static const char *const publics[] = {"app-public-key.pem", "app-public-key-no-wrapper.pem"};
    for (size_t i = 0; i < COUNT(publics); i++)
        assert_true(rsa_verify_b64(slurp(a, d, arena_printf(a, "alipay/%s", publics[i]), NULL), "x", 1, first));
    print_message("published vectors: checked\n");
}

/* ---- calls ---- */
static struct mp_config wx(void)
{
    return (struct mp_config){.url = base, .appid = sb.wechat_appid, .secret = sb.wechat_secret};
}

static void wechat_login(void **state)
{
    (void)state;
    struct mp_config c = wx();
    struct mp_login one, two;
    assert_int_equal(wechat_mp.login(a, &c, "alice.1", &one, &ans), OK);
    assert_int_equal(one.openid[0], 'o');
    assert_int_equal(strlen(one.openid), 28);
    assert_int_equal(wechat_mp.login(a, &c, "alice.2", &two, &ans), OK);
    assert_string_equal(one.openid, two.openid);
    assert_int_equal(wechat_mp.login(a, &c, "alice.2", &two, &ans), ERR_INVALID); /* used */
    assert_int_equal(wechat_mp.login(a, &c, "bad&x=1", &two, &ans), ERR_INVALID);
    assert_string_equal(ans.code, "40029");
    assert_int_equal(wechat_mp.login(a, &c, "risk", &two, &ans), ERR_FORBIDDEN);
    c.secret = "wrong";
    assert_int_equal(wechat_mp.login(a, &c, "alice.3", &two, &ans), ERR_UPSTREAM);
    assert_string_equal(ans.code, "40125");
    c = wx();
    static const char *const mode[] = {"500", "drop", "broken"};
    for (size_t i = 0; i < COUNT(mode); i++) {
        sb_fault_set("wechat", mode[i], 1);
        assert_int_equal(wechat_mp.login(a, &c, "bob.1", &two, &ans), ERR_TIMEOUT);
        assert_int_equal(wechat_mp.login(a, &c, arena_printf(a, "bob.ok%zu", i), &two, &ans), OK);
    }
}

static void wechat_phone(void **state)
{
    (void)state;
    struct mp_config c = wx();
    const char *phone = NULL;
    assert_int_equal(wechat_mp.phone(a, &c, "13800001234.1", &phone, &ans), OK);
    assert_string_equal(phone, "13800001234");
    assert_int_equal(wechat_mp.phone(a, &c, "13800001234.1", &phone, &ans), ERR_INVALID);
    assert_int_equal(wechat_mp.phone(a, &c, "13800001234.foreign", &phone, &ans), ERR_UPSTREAM);
    assert_int_equal(wechat_mp.phone(a, &c, "51234567.1", &phone, &ans), ERR_INVALID);
    sb_token_revoke(); /* our cached token is dead: fetched again, once, and the call repeated */
    assert_int_equal(wechat_mp.phone(a, &c, "13800001234.2", &phone, &ans), OK);
}

static struct mp_message note(const char *openid, const char *value)
{
    static struct provider_param p[1];
    p[0] = (struct provider_param){"thing1", value};
    return (struct mp_message){
        .openid = openid, .template_id = "T1", .page = "pages/repair/index?id=1", .data = p, .ndata = 1};
}

static void wechat_message(void **state)
{
    (void)state;
    struct mp_config c = wx();
    struct mp_message m = note("o123", "厨房漏水厨房漏水厨房漏水厨房漏水厨房漏水厨房漏水");
    assert_int_equal(wechat_mp.message(a, &c, &m, &ans), OK); /* cut to 20 letters, or 47003 */
    const char *seen = sb_captured(a, "message", "o123");
    assert_non_null(strstr(seen, "厨房漏水厨房漏水厨房漏水厨房漏水厨房漏…"));
    assert_non_null(strstr(seen, "pages/repair/index?id=1"));
    sb_consent_set("o123", "T1", 1);
    assert_int_equal(wechat_mp.message(a, &c, &m, &ans), OK);
    assert_int_equal(wechat_mp.message(a, &c, &m, &ans), ERR_FORBIDDEN);
    assert_string_equal(ans.code, "43101");
    m.template_id = "bad";
    assert_int_equal(wechat_mp.message(a, &c, &m, &ans), ERR_UPSTREAM);
    m = note("x", "1");
    assert_int_equal(wechat_mp.message(a, &c, &m, &ans), ERR_INVALID);
    m = note("o1", "1");
    m.ndata = 0;
    assert_int_equal(wechat_mp.message(a, &c, &m, &ans), OK);
}

static void *phone_thread(void *arg)
{
    struct arena *own = arena_new(0);
    struct mp_config c = wx();
    struct provider_answer w;
    const char *phone = NULL;
    intptr_t ok = 0;
    for (int i = 0; i < 10; i++)
        ok +=
            wechat_mp.phone(own, &c, arena_printf(own, "13900000000.%ld-%d", (long)(intptr_t)arg, i), &phone, &w) == OK;
    arena_free(own);
    return (void *)ok;
}

static void wechat_threads(void **state)
{
    (void)state;
    pthread_t t[6];
    sb_token_revoke();
    for (intptr_t i = 0; i < 6; i++)
        pthread_create(&t[i], NULL, phone_thread, (void *)i);
    for (int i = 0; i < 6; i++) {
        void *ok;
        pthread_join(t[i], &ok);
        assert_int_equal((intptr_t)ok, 10);
    }
}

static struct mp_config ali(void)
{
    return (struct mp_config){.url = arena_printf(a, "%s/gateway.do", base),
                              .appid = sb.alipay_appid,
                              .private_key = slurp(a, dir, "app", NULL),
                              .public_key = slurp(a, dir, "gateway_pub", NULL),
                              .aes_key = "AAECAwQFBgcICQoLDA0ODw=="};
}

static void alipay_login(void **state)
{
    (void)state;
    struct mp_config c = ali();
    struct mp_login one, two;
    for (int i = 0; i < 8; i++) { /* the sandbox varies order and white space */
        assert_int_equal(alipay_mp.login(a, &c, arena_printf(a, "carol.%d", i), &one, &ans), OK);
        assert_int_equal(strlen(one.openid), 32);
    }
    assert_int_equal(alipay_mp.login(a, &c, "carol.x", &two, &ans), OK);
    assert_string_equal(one.openid, two.openid);
    assert_int_equal(alipay_mp.login(a, &c, "carol.x", &two, &ans), ERR_INVALID);
    assert_string_equal(ans.code, "isv.code-invalid");
    sb_fault_set("alipay", "badsign", 1);
    assert_int_equal(alipay_mp.login(a, &c, "carol.y", &two, &ans), ERR_UPSTREAM);
    sb_fault_set("alipay", "broken", 1);
    assert_int_equal(alipay_mp.login(a, &c, "carol.z", &two, &ans), ERR_UPSTREAM);
    c.appid = "1";
    assert_int_equal(alipay_mp.login(a, &c, "carol.w", &two, &ans), ERR_UPSTREAM);
    c = ali();
    c.private_key = slurp(a, dir, "gateway", NULL); /* not the key the gateway knows */
    assert_int_equal(alipay_mp.login(a, &c, "carol.v", &two, &ans), ERR_UPSTREAM);
    assert_string_equal(ans.code, "isv.invalid-signature");
    c.private_key = "rubbish";
    assert_int_equal(alipay_mp.login(a, &c, "carol.u", &two, &ans), ERR_UPSTREAM);
}

static void alipay_phone(void **state)
{
    (void)state;
    struct mp_config c = ali();
    uint8_t key[16], ct[128];
    const char *phone = NULL, *plain = "{\"code\":\"10000\",\"msg\":\"Success\",\"mobile\":\"13800005678\"}";
    for (uint8_t i = 0; i < 16; i++)
        key[i] = i;
    int n = keys_aes_seal(key, plain, (int)strlen(plain), ct);
    const char *quoted = arena_printf(a, "\"%s\"", b64_encode(a, ct, (size_t)n));
    const char *sign = rsa_sign_b64(a, slurp(a, dir, "gateway", NULL), quoted, strlen(quoted));
    char *doc = arena_printf(a, "{\"response\":%s,\"sign\":\"%s\",\"sign_type\":\"RSA2\",\"encrypt_type\":\"AES\"}",
                             quoted, sign);
    assert_int_equal(alipay_mp.phone(a, &c, doc, &phone, &ans), OK);
    assert_string_equal(phone, "13800005678");
    c.aes_key = "AQECAwQFBgcICQoLDA0ODw==";
    assert_int_equal(alipay_mp.phone(a, &c, doc, &phone, &ans), ERR_INVALID);
    c.aes_key = "short";
    assert_int_equal(alipay_mp.phone(a, &c, doc, &phone, &ans), ERR_UPSTREAM);
    c = ali();
    doc[20] = doc[20] == 'A' ? 'B' : 'A';
    assert_int_equal(alipay_mp.phone(a, &c, doc, &phone, &ans), ERR_INVALID);
    assert_int_equal(alipay_mp.phone(a, &c,
                                     "{\"response\":{\"code\":\"40001\",\"subCode\":\"isv.missing-encrypt-key\"}}",
                                     &phone, &ans),
                     ERR_INVALID);
    assert_string_equal(ans.code, "isv.missing-encrypt-key");
    assert_int_equal(alipay_mp.phone(a, &c, "", &phone, &ans), ERR_INVALID);
}

static void alipay_message(void **state)
{
    (void)state;
    struct mp_config c = ali();
    struct mp_message m = note("0abc", "维修单 & \"引号\" +%");
    assert_int_equal(alipay_mp.message(a, &c, &m, &ans), OK);
    assert_non_null(strstr(sb_captured(a, "message", "0abc"), "维修单"));
    m.template_id = "bad";
    assert_int_equal(alipay_mp.message(a, &c, &m, &ans), ERR_INVALID);
    assert_string_equal(ans.code, "USER_TEMPLATE_ILLEGAL");
}

static void sms(void **state)
{
    (void)state;
    static const char *const name[] = {"aliyun", "tencent"};
    assert_null(sms_provider("other"));
    for (size_t i = 0; i < COUNT(name); i++) {
        const struct sms_vt *v = sms_provider(name[i]);
        const struct provider_param p[] = {
            {"code",    "123456"  },
            {"minutes", "5 分钟"}
        };
        struct sms_config c = {
            .url = base, .key_id = sb.sms_key_id, .secret = sb.sms_secret, .app_id = sb.sms_app_id, .sign = "安居物业"};
        struct sms_message m = {.phone = i ? "13700000001" : "13700000002",
                                .template_id = "SMS_1",
                                .param = p,
                                .nparam = 2,
                                .out_id = i ? NULL : "o-1"};
        assert_int_equal(v->send(a, &c, &m, &ans), OK);
        assert_true(strlen(ans.id) > 0);
        const char *seen = sb_captured(a, "sms", m.phone);
        assert_non_null(strstr(seen, "123456"));
        assert_non_null(strstr(seen, "安居物业"));
        assert_int_equal(v->send(a, &c, &m, &ans), ERR_RATE); /* one a minute */
        m.phone = "12345";
        assert_int_equal(v->send(a, &c, &m, &ans), ERR_INVALID);
        m.phone = i ? "13700000003" : "13700000004";
        m.template_id = "bad";
        assert_int_equal(v->send(a, &c, &m, &ans), ERR_UPSTREAM);
        m.template_id = "SMS_1";
        c.secret = "wrong";
        assert_int_equal(v->send(a, &c, &m, &ans), ERR_UPSTREAM);
        assert_non_null(strstr(ans.code, "Signature"));
        c.secret = sb.sms_secret;
        sb_fault_set("sms", "broken", 1);
        assert_int_equal(v->send(a, &c, &m, &ans), ERR_TIMEOUT); /* sent, as the sandbox knows; we must not repeat */
        assert_int_equal(sb_count_since("sms", m.phone, 0), 1);
        sb_fault_set("sms", "500", 1);
        assert_int_equal(v->send(a, &c, &m, &ans), ERR_TIMEOUT);
    }
}

static void mail(void **state)
{
    (void)state;
    struct smtp_config c = {
        .url = smtp_url, .user = "noreply@anju.example", .pass = "x", .from = "noreply@anju.example"};
    assert_int_equal(smtp_send(a, &c, "owner@a.example", "物业费账单", "您好\n.\n请缴费", "bill:1", &ans), OK);
    const char *seen = sb_captured(a, "mail", "owner@a.example");
    assert_non_null(strstr(seen, "\"subject\":\"物业费账单\""));
    assert_non_null(strstr(seen, "\"text\":\"您好\\n.\\n请缴费\""));
    assert_non_null(strstr(seen, "<bill.1@anju.example>"));
    assert_int_equal(smtp_send(a, &c, "nobody@a.example", "s", "t", "m", &ans), ERR_INVALID);
    assert_string_equal(ans.code, "550");
    assert_int_equal(smtp_send(a, &c, "not an address", "s", "t", "m", &ans), ERR_INVALID);
    sb_fault_set("smtp", "grey", 1);
    assert_int_equal(smtp_send(a, &c, "a@a.example", "s", "t", "m", &ans), ERR_BUSY);
}

static const char *get(const char *method, const char *path, const char *body, int *status)
{
    struct out_request rq = {.method = method,
                             .url = arena_printf(a, "%s%s", base, path),
                             .body = body,
                             .body_len = body ? strlen(body) : 0};
    struct out_reply r;
    assert_int_equal(http_out(a, &rq, &r), OK);
    *status = r.status;
    return r.body;
}

static void control(void **state)
{
    (void)state;
    int s;
    assert_non_null(strstr(get("GET", "/control/sms?phone=13700000001", NULL, &s), "\"to\":\"13700000001\""));
    assert_non_null(strstr(get("GET", "/control/mail?to=owner%40a.example", NULL, &s), "bill.1"));
    assert_non_null(strstr(get("GET", "/control/messages?openid=o123", NULL, &s), "T1"));
    get("POST", "/control/fault", "{\"kind\":\"wechat\",\"mode\":\"500\",\"n\":2}", &s);
    assert_int_equal(s, 200);
    get("GET", "/sns/jscode2session", NULL, &s);
    assert_int_equal(s, 500);
    get("POST", "/control/fault", "{\"kind\":\"x\",\"mode\":\"500\"}", &s);
    assert_int_equal(s, 400);
    get("POST", "/control/consent", "{\"openid\":\"o9\",\"template\":\"T\",\"n\":0}", &s);
    assert_int_equal(s, 200);
    assert_false(sb_consent_take("o9", "T"));
    get("POST", "/control/reset", "", &s);
    assert_string_equal(get("GET", "/control/sms", NULL, &s), "[]");
    get("GET", "/elsewhere", NULL, &s);
    assert_int_equal(s, 404);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(acs3_self),    cmocka_unit_test(tc3_utc),        cmocka_unit_test(alipay_pure),
        cmocka_unit_test(fitting),      cmocka_unit_test(published),      cmocka_unit_test(wechat_login),
        cmocka_unit_test(wechat_phone), cmocka_unit_test(wechat_message), cmocka_unit_test(wechat_threads),
        cmocka_unit_test(alipay_login), cmocka_unit_test(alipay_phone),   cmocka_unit_test(alipay_message),
        cmocka_unit_test(sms),          cmocka_unit_test(mail),           cmocka_unit_test(control)};
    return sandbox_here(true) ? sandbox_gone(cmocka_run_group_tests(tests, NULL, NULL)) : 1;
}
