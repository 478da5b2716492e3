/* test_pay_wechat.c - WeChat Pay v3: signatures, sealed documents, notifies, certificates. SPDX-License-Identifier: MIT */
#include "tests/unit/pay_wechat_stub.h"

/* ---- signing ---- */
static void message(void **state)
{
    (void)state;
    assert_string_equal(wechat_pay_message(a, "POST", "https://api.mch.weixin.qq.com/v3/x/T1/close", 1795420421,
                                           "abcdef", "{\"mchid\":\"1900000001\"}"),
                        "POST\n/v3/x/T1/close\n1795420421\nabcdef\n{\"mchid\":\"1900000001\"}\n");
    assert_string_equal(wechat_pay_message(a, "GET", "http://h:1/v3/a?mchid=1", 1, "n", NULL),
                        "GET\n/v3/a?mchid=1\n1\nn\n\n");
    assert_string_equal(wechat_pay_message(a, "GET", "https://h", 1, "n", NULL), "GET\n/\n1\nn\n\n");
    const char *h = wechat_pay_authorization(a, &cfg, "GET", "/v3/a?b=c", NULL, 1795420421, "abc");
    const char *start = "WECHATPAY2-SHA256-RSA2048 mchid=\"1900000001\",nonce_str=\"abc\",timestamp=\"1795420421\","
                        "serial_no=\"5F1C\",signature=\"";
    assert_true(str_starts(h, start));
    char *sig = arena_strdup(a, h + strlen(start));
    assert_int_equal(strlen(sig), 345);
    sig[344] = '\0';
    const char *m = "GET\n/v3/a?b=c\n1795420421\nabc\n\n";
    assert_true(rsa_verify_b64(ours.public_pem, m, strlen(m), sig));
    struct pay_config bad = cfg;
    bad.private_key = "rubbish";
    assert_null(wechat_pay_authorization(a, &bad, "GET", "/", NULL, 1, "n"));
    assert_null(wechat_pay.client(a, &bad, "wx1", NOW));
    const char *n1 = wechat_pay_nonce(a), *n2 = wechat_pay_nonce(a);
    assert_int_equal(strlen(n1), 32);
    assert_string_not_equal(n1, n2);
}

static void client_parameters(void **state)
{
    (void)state;
    const char *text = wechat_pay_client(a, &cfg, "wx201410272009395522657a690389285100", 1414561699, "5K8264IL");
    const struct json *j = json_parse(a, text, strlen(text));
    const char *m = "wx1\n1414561699\n5K8264IL\nprepay_id=wx201410272009395522657a690389285100\n";
    assert_string_equal(json_str(j, "timeStamp"), "1414561699");
    assert_string_equal(json_str(j, "nonceStr"), "5K8264IL");
    assert_string_equal(json_str(j, "package"), "prepay_id=wx201410272009395522657a690389285100");
    assert_string_equal(json_str(j, "signType"), "RSA");
    assert_true(rsa_verify_b64(ours.public_pem, m, strlen(m), json_str(j, "paySign")));
    assert_null(json_str(j, "appId")); /* signed, not passed */
    assert_null(json_key_at(j, 5));
}

/* ---- verifying ---- */
static void verifying(void **state)
{
    (void)state;
    const char *body = "{\"a\":1}";
    struct pay_incoming in = sign_as(&platform, "0ABC", body, NOW);
    assert_int_equal(wechat_pay_verify(&cfg, &in, &why), OK);
    in.serial = "abc"; /* without the leading zero, lower case */
    assert_int_equal(wechat_pay_verify(&cfg, &in, &why), OK);
    for (int off = -302; off <= 302; off++) {
        in.now = NOW + off * 1000;
        assert_int_equal(wechat_pay_verify(&cfg, &in, &why), off >= -300 && off <= 300 ? OK : ERR_FORBIDDEN);
    }
    in = sign_as(&platform, "0ABD", body, NOW);
    assert_int_equal(wechat_pay_verify(&cfg, &in, &why), ERR_RETRY);
    in = sign_as(&other, "0ABC", body, NOW);
    assert_int_equal(wechat_pay_verify(&cfg, &in, &why), ERR_FORBIDDEN);
    in = sign_as(&other, "PUB_KEY_ID_01", body, NOW); /* both kinds at once, by the serial of each message */
    assert_int_equal(wechat_pay_verify(&cfg, &in, &why), OK);
    in.serial = "pub_key_id_01";
    assert_int_equal(wechat_pay_verify(&cfg, &in, &why), ERR_RETRY);
    in = sign_as(&platform, "0ABC", body, NOW);
    in.signature = arena_printf(a, "WECHATPAY/SIGNTEST/%s", in.signature);
    assert_int_equal(wechat_pay_verify(&cfg, &in, &why), ERR_FORBIDDEN);
    assert_string_equal(why, "signature probe");
    static const char *const broken[] = {"", "=", "A", "%%%%", "WECHATPAY", "AAAA\n"};
    for (size_t i = 0; i < COUNT(broken); i++) {
        in.signature = broken[i];
        assert_int_equal(wechat_pay_verify(&cfg, &in, &why), ERR_FORBIDDEN);
    }
    static const char *const times[] = {"", "-1", " 1795420421", "1795420421.0", "99999999999999999999", "1795420421 "};
    for (size_t i = 0; i < COUNT(times); i++) {
        in = sign_as(&platform, "0ABC", body, NOW);
        in.timestamp = times[i];
        assert_int_equal(wechat_pay_verify(&cfg, &in, &why), ERR_FORBIDDEN);
    }
    in = sign_as(&platform, "0ABC", body, NOW);
    struct pay_incoming gone[4] = {in, in, in, in};
    gone[0].timestamp = gone[1].nonce = gone[2].signature = gone[3].serial = NULL;
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(wechat_pay_verify(&cfg, &gone[i], &why), ERR_FORBIDDEN);
    for (size_t i = 0; i < in.len; i++) { /* every changed byte */
        char *copy = exact(body, in.len);
        copy[i] ^= 1;
        struct pay_incoming forged = in;
        forged.body = copy;
        assert_int_equal(wechat_pay_verify(&cfg, &forged, &why), ERR_FORBIDDEN);
        free(copy);
    }
    struct pay_config ended = cfg;
    ended.keys.key[0].until_ms = NOW - 1;
    assert_int_equal(wechat_pay_verify(&ended, &in, &why), ERR_RETRY);
}

static void key_set(void **state)
{
    (void)state;
    struct pay_keys s = {.n = 0};
    pay_key_add(&s, &(struct pay_key){.id = "PUB_KEY_ID_9", .pem = "p"}, 100);
    for (int i = 1; i <= 12; i++)
        pay_key_add(&s,
                    &(struct pay_key){.id = arena_printf(a, "%02X", i), .pem = "c", .from_ms = 1, .until_ms = 100 + i},
                    100);
    assert_int_equal(s.n, PAY_KEYS); /* the ones that end first went; the public key never does */
    assert_non_null(pay_key_find(&s, "PUB_KEY_ID_9", 100));
    assert_null(pay_key_find(&s, "05", 100));
    assert_non_null(pay_key_find(&s, "6", 100));
    assert_non_null(pay_key_find(&s, "000c", 100));
    assert_null(pay_key_find(&s, "000c", 112));
    assert_null(pay_key_find(&s, "0c", 0));
    assert_null(pay_key_find(&s, "0", 100));
    assert_null(pay_key_find(&s, NULL, 100));
    pay_key_add(&s, &(struct pay_key){.id = "c", .pem = "new", .until_ms = 200}, 150); /* replaces, drops the ended */
    assert_int_equal(s.n, 2);
    assert_string_equal(pay_key_find(&s, "0C", 150)->pem, "new");
    pay_key_add(&s, &(struct pay_key){.id = "d", .until_ms = 150}, 150);
    assert_int_equal(s.n, 2);
}

static void gcm(void **state)
{
    (void)state;
    const char *iv = "uluk4a9R25RW", *aad = "place", *plain = "{\"x\":1}";
    size_t n = 0, len = 0;
    uint8_t *ct = b64_decode(a, seal(V3KEY, iv, aad, plain), &n);
    struct gcm_box g = {V3KEY, iv, aad, ct, 32, 12, 5, n};
    assert_string_equal(aes_gcm_open(a, &g, &len), plain);
    assert_int_equal(len, strlen(plain));
    for (size_t i = 0; i < n; i++) { /* every flipped byte and every cut */
        ct[i] ^= 4;
        assert_null(aes_gcm_open(a, &g, &len));
        ct[i] ^= 4;
        char *cut = exact((char *)ct, i);
        struct gcm_box h = {V3KEY, iv, aad, cut, 32, 12, 5, i};
        assert_null(aes_gcm_open(a, &h, &len));
        free(cut);
    }
    struct gcm_box h = g;
    h.aad_len = 4;
    assert_null(aes_gcm_open(a, &h, &len));
    h = g;
    h.key_len = 31;
    assert_null(aes_gcm_open(a, &h, &len));
    h = g;
    h.iv_len = 0;
    assert_null(aes_gcm_open(a, &h, &len));
    ct = b64_decode(a, seal(V3KEY, iv, "", ""), &n); /* nothing inside, no aad */
    struct gcm_box e = {V3KEY, iv, "", ct, 32, 12, 0, n};
    assert_string_equal(aes_gcm_open(a, &e, &len), "");
}

/* ---- notifies ---- */
static const char *envelope(const char *type, const char *plain, const char *key)
{
    return arena_printf(a,
                        "{\"id\":\"ev-1\",\"create_time\":\"2026-11-23T10:00:01+08:00\",\"resource_type\":"
                        "\"encrypt-resource\",\"event_type\":\"%s\",\"summary\":\"s\",\"resource\":{\"original_type\":"
                        "\"transaction\",\"algorithm\":\"AEAD_AES_256_GCM\",\"ciphertext\":\"%s\",\"associated_data\":"
                        "\"transaction\",\"nonce\":\"abcdefghijkl\"}}",
                        type, seal(key, "abcdefghijkl", "transaction", plain));
}

#define REFUNDED(st)                                                                                                   \
    "{\"mchid\":\"1900000001\",\"transaction_id\":\"4200001\",\"out_trade_no\":\"" NUMBER                              \
    "\",\"refund_id\":\"503\",\"out_refund_no\":\"RF20261123000000001\",\"refund_status\":\"" st                       \
    "\",\"success_time\":\"2026-11-23T11:00:00+08:00\",\"user_received_account\":\"card\",\"amount\":{\"total\":"      \
    "12850,\"refund\":2850,\"payer_total\":12850,\"payer_refund\":2850}}"

static enum err take(const char *type, const char *plain, struct pay_notify *n)
{
    struct pay_incoming in = sign_as(&platform, "0ABC", envelope(type, plain, V3KEY), NOW);
    return wechat_pay.notify(a, &cfg, &in, n, &ans);
}

static void notify_payment(void **state)
{
    (void)state;
    struct pay_notify n;
    assert_int_equal(take("TRANSACTION.SUCCESS", PAID("1900000001", "wx1", "12850", "CNY", "SUCCESS"), &n), OK);
    assert_int_equal(n.event, PAY_EVENT_PAYMENT);
    assert_string_equal(n.id, "ev-1");
    assert_int_equal(n.pay.status, PAY_SUCCESS);
    assert_int_equal(n.pay.amount_fen, 12850); /* not payer_total */
    assert_string_equal(n.pay.txn_id, "4200001");
    assert_string_equal(n.pay.payer, "oABC");
    assert_int_equal(n.pay.paid_at, INT64_C(1795399200000));
    assert_null(pay_mismatch(&cfg, &n.pay, NUMBER, 12850));
    assert_string_equal(pay_mismatch(&cfg, &n.pay, NUMBER, 12851), "amount");
    assert_string_equal(pay_mismatch(&cfg, &n.pay, "WX20261123000000002", 12850), "out_trade_no");
    struct pay_config elsewhere = cfg;
    elsewhere.mchid = "2";
    assert_string_equal(pay_mismatch(&elsewhere, &n.pay, NUMBER, 12850), "merchant");
    n.pay.status = PAY_NOTPAY;
    assert_string_equal(pay_mismatch(&cfg, &n.pay, NUMBER, 12850), "status");
    assert_int_equal(take("TRANSACTION.SUCCESS", PAID("1900000001", "wx1", "12850", "USD", "SUCCESS"), &n), OK);
    assert_string_equal(pay_mismatch(&cfg, &n.pay, NUMBER, 12850), "currency");
    static const char *const refused[] = {
        PAID("1900000002", "wx1", "12850", "CNY", "SUCCESS"),
        PAID("1900000001", "wx2", "12850", "CNY", "SUCCESS"),
        PAID("1900000001", "wx1", "0", "CNY", "SUCCESS"),
        PAID("1900000001", "wx1", "-1", "CNY", "SUCCESS"),
        PAID("1900000001", "wx1", "128.5", "CNY", "SUCCESS"),
        PAID("1900000001", "wx1", "\"12850\"", "CNY", "SUCCESS"),
        PAID("1900000001", "wx1", "1e300", "CNY", "SUCCESS"),
        PAID("1900000001", "wx1", "12850", "CNY", "NOTPAY"),
        PAID("1900000001", "wx1", "12850,\"total\":1", "CNY", "SUCCESS"), /* which one? */
        "{}",
        "[]",
        "",
        "null"};
    for (size_t i = 0; i < COUNT(refused); i++) {
        assert_int_equal(take("TRANSACTION.SUCCESS", refused[i], &n), ERR_INVALID);
        assert_int_equal(n.event, PAY_EVENT_OTHER);
        assert_int_equal(n.pay.status, PAY_ERROR_UNKNOWN);
    }
    assert_int_equal(take("SOMETHING.NEW", "{\"a\":1}", &n), OK);
    assert_int_equal(n.event, PAY_EVENT_OTHER);
}

static void notify_refund(void **state)
{
    (void)state;
    struct pay_notify n;
    assert_int_equal(take("REFUND.SUCCESS", REFUNDED("SUCCESS"), &n), OK);
    assert_int_equal(n.event, PAY_EVENT_REFUND);
    assert_int_equal(n.refund.status, REFUND_SUCCESS);
    assert_int_equal(n.refund.refund_fen, 2850);
    assert_int_equal(n.refund.total_fen, 12850);
    assert_string_equal(n.refund.out_refund_no, "RF20261123000000001");
    assert_int_equal(take("REFUND.ABNORMAL", REFUNDED("ABNORMAL"), &n), OK);
    assert_int_equal(n.refund.status, REFUND_ABNORMAL);
    assert_int_equal(take("REFUND.CLOSED", REFUNDED("CLOSED"), &n), OK);
    assert_int_equal(n.refund.status, REFUND_CLOSED);
    assert_int_equal(take("REFUND.SUCCESS", REFUNDED("CLOSED"), &n), ERR_INVALID); /* envelope and letter differ */
    assert_int_equal(take("REFUND.SUCCESS", PAID("1900000001", "wx1", "12850", "CNY", "SUCCESS"), &n), ERR_INVALID);
}

static void notify_forged(void **state)
{
    (void)state;
    struct pay_notify n;
    const char *plain = PAID("1900000001", "wx1", "12850", "CNY", "SUCCESS"),
               *body = envelope("TRANSACTION.SUCCESS", plain, V3KEY);
    struct pay_incoming in = sign_as(&platform, "0ABC", body, NOW);
    in.now = NOW + 301000; /* replayed later */
    assert_int_equal(wechat_pay.notify(a, &cfg, &in, &n, &ans), ERR_FORBIDDEN);
    in.now = NOW;
    for (size_t i = 0; i < in.len; i += i < 40 ? 1 : 13) { /* cut short: the signature is over all of it */
        char *cut = exact(body, i);
        struct pay_incoming c = in;
        c.body = cut;
        c.len = i;
        assert_int_equal(wechat_pay.notify(a, &cfg, &c, &n, &ans), ERR_FORBIDDEN);
        free(cut);
    }
    in = sign_as(&platform, "0ABC", envelope("TRANSACTION.SUCCESS", plain, "another key of 32 bytes, exactly"), NOW);
    assert_int_equal(wechat_pay.notify(a, &cfg, &in, &n, &ans), ERR_INVALID);
    struct pay_config changed = cfg;
    changed.apiv3_key_old = "another key of 32 bytes, exactly"; /* the key was changed minutes ago */
    assert_int_equal(wechat_pay.notify(a, &changed, &in, &n, &ans), OK);
    /* every cut of the document, correctly signed: the parser alone must hold */
    for (size_t i = 0; i < strlen(plain); i++)
        assert_int_equal(take("TRANSACTION.SUCCESS", arena_strndup(a, plain, i), &n), ERR_INVALID);
}

static void notify_cut_and_signed(void **state)
{
    (void)state;
    struct pay_notify n;
    const char *body = envelope("TRANSACTION.SUCCESS", PAID("1900000001", "wx1", "12850", "CNY", "SUCCESS"), V3KEY);
    for (size_t i = 0; i < strlen(body); i++) {
        struct pay_incoming in = sign_as(&platform, "0ABC", arena_strndup(a, body, i), NOW);
        char *cut = exact(body, i);
        in.body = cut;
        assert_int_equal(wechat_pay.notify(a, &cfg, &in, &n, &ans), ERR_INVALID);
        free(cut);
    }
}

/* ---- certificates ---- */
static const char *cert_row(const char *serial, const char *pem)
{
    return arena_printf(a,
                        "{\"serial_no\":\"%s\",\"effective_time\":\"x\",\"expire_time\":\"x\",\"encrypt_certificate\":"
                        "{\"algorithm\":\"AEAD_AES_256_GCM\",\"nonce\":\"abcdefghijkl\",\"associated_data\":"
                        "\"certificate\",\"ciphertext\":\"%s\"}}",
                        serial, seal(V3KEY, "abcdefghijkl", "certificate", pem));
}

static void certificates(void **state)
{
    (void)state;
    const char *one = make_cert(&platform, 0x0ABC, 30), *two = make_cert(&other, 0x1234, 60);
    int64_t now = clock_now_ms();
    struct pay_keys none = {.n = 0}, set = none;
    const char *body = arena_printf(a, "{\"data\":[%s,%s]}", cert_row("0ABC", one), cert_row("1234", two));
    struct pay_incoming in = sign_as(&platform, "0ABC", body, now);
    struct pay_config first = cfg;
    first.keys = none;
    assert_int_equal(wechat_pay_certificates_read(a, &first, &in, &set, &why), OK);
    assert_int_equal(set.n, 2);
    assert_non_null(pay_key_find(&set, "ABC", now));
    assert_non_null(pay_key_find(&set, "1234", now + 59 * DAY_MS));
    assert_null(pay_key_find(&set, "ABC", now + 31 * DAY_MS));
    set = none;
    in = sign_as(&ours, "0ABC", body, now); /* signed by neither of those inside */
    assert_int_equal(wechat_pay_certificates_read(a, &first, &in, &set, &why), ERR_FORBIDDEN);
    assert_int_equal(set.n, 0);
    static const char *const bad[] = {"", "{}", "{\"data\":[]}", "{\"data\":[{}]}", "{\"data\":{}}", "[1]"};
    for (size_t i = 0; i < COUNT(bad); i++) {
        in = sign_as(&platform, "0ABC", bad[i], now);
        assert_int_equal(wechat_pay_certificates_read(a, &cfg, &in, &set, &why), ERR_INVALID);
    }
    in = sign_as(&platform, "0ABC", arena_printf(a, "{\"data\":[%s]}", cert_row("0ABD", one)), now);
    assert_int_equal(wechat_pay_certificates_read(a, &cfg, &in, &set, &why), ERR_INVALID); /* not the serial it says */
    set = cfg.keys;
    answer(200, body, GOOD);
    assert_int_equal(wechat_pay_certificates(a, &cfg, &set, &ans), OK);
    assert_true(set.n == 3 && pay_key_find(&set, "PUB_KEY_ID_01", now));
    answer(404, "{\"code\":\"RESOURCE_NOT_EXISTS\",\"message\":\"m\"}", GOOD);
    assert_int_equal(wechat_pay_certificates(a, &cfg, &set, &ans), ERR_UPSTREAM);
    assert_string_equal(ans.code, "RESOURCE_NOT_EXISTS");
}

/* ---- published vectors ---- */
static const struct json *doc(const char *dir, const char *name)
{
    size_t n = 0;
    const char *text = slurp(a, dir, name, &n);
    return json_parse(a, text, n);
}

static void published_signatures(const char *d)
{
    const struct json *j = doc(d, "go_rsa_sha256.json");
    const char *m = json_str(j, "message");
    assert_string_equal(rsa_sign_b64(a, slurp(a, d, json_str(j, "private_key"), NULL), m, strlen(m)),
                        json_str(j, "signature_base64"));
    j = doc(d, "java_rsa_sha256.json");
    const char *cert = slurp(a, d, json_str(j, "certificate"), NULL);
    struct pay_key k;
    m = json_str(j, "message");
    assert_true(rsa_verify_b64(cert, m, strlen(m), json_str(j, "signature_base64")));
    assert_false(rsa_verify_b64(cert, "messagf", 7, json_str(j, "signature_base64")));
    assert_true(wechat_pay_key_of(a, cert, &k));
    assert_string_equal(k.id, json_str(j, "serial_no"));
    j = doc(d, "java_authorization_message.json");
    assert_string_equal(wechat_pay_message(a, json_str(j, "method"), json_str(j, "canonical_url"), 1652750623,
                                           json_str(j, "nonce_str"), json_str(j, "body")),
                        json_str(j, "message"));
    static const char *const boxes[] = {"go_aes_gcm_16byte_key.json", "java_aes256gcm.json"};
    for (size_t i = 0; i < COUNT(boxes); i++) {
        j = doc(d, boxes[i]);
        size_t n = 0, len = 0;
        uint8_t *ct = b64_decode(a, json_str(j, "ciphertext_base64"), &n);
        const char *key = json_str(j, "key"), *iv = json_str(j, "nonce"), *aad = json_str(j, "associated_data");
        struct gcm_box g = {key, iv, aad, ct, strlen(key), strlen(iv), strlen(aad), n};
        assert_string_equal(aes_gcm_open(a, &g, &len), json_str(j, "plaintext"));
    }
}

static void published_notify(const char *d)
{
    const struct json *j = doc(d, "go_notify_full.json"), *h = json_get(j, "headers");
    struct pay_config c = cfg;
    struct pay_notify n;
    size_t len = 0;
    c.apiv3_key = json_str(j, "apiv3_key");
    c.keys.n = 1;
    assert_true(wechat_pay_key_of(a, slurp(a, d, json_str(j, "certificate"), NULL), &c.keys.key[0]));
    struct pay_incoming in = {.timestamp = json_str(h, "Wechatpay-Timestamp"),
                              .nonce = json_str(h, "Wechatpay-Nonce"),
                              .signature = json_str(h, "Wechatpay-Signature"),
                              .serial = json_str(h, "Wechatpay-Serial"),
                              .now = INT64_C(1624523846000)};
    in.body = slurp(a, d, "go_notify_body.bin", &in.len);
    assert_int_equal(wechat_pay.notify(a, &c, &in, &n, &ans), OK);
    assert_int_equal(n.event, PAY_EVENT_OTHER); /* PAYSCORE.*: none of ours */
    const char *plain = wechat_pay_open(a, &c, json_get(json_parse(a, in.body, in.len), "resource"), &len);
    assert_string_equal(plain, json_str(j, "plaintext"));
    in.now += 301000;
    assert_int_equal(wechat_pay.notify(a, &c, &in, &n, &ans), ERR_FORBIDDEN);
}

static void published_certificates(const char *d)
{
    static const char *const set[] = {"go", "java"};
    for (size_t i = 0; i < COUNT(set); i++) {
        const struct json *meta = doc(d, arena_printf(a, "%s_certificates.meta.json", set[i])),
                          *row = json_at(
                              json_get(doc(d, arena_printf(a, "%s_certificates_response.json", set[i])), "data"), 0);
        struct pay_config c = cfg;
        struct pay_key k;
        size_t len = 0;
        c.apiv3_key = json_str(meta, "apiv3_key");
        const char *pem = wechat_pay_open(a, &c, json_get(row, "encrypt_certificate"), &len);
        assert_true(wechat_pay_key_of(a, pem, &k));
        assert_string_equal(k.id, json_str(meta, "serial_no"));
        assert_true(k.from_ms < k.until_ms);
    }
}

static void published(void **state)
{
    (void)state;
    const char *d = vectors(a);
    d = arena_printf(a, "%s/wechatpay", d);
    published_signatures(d);
    published_notify(d);
    published_certificates(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(message),
                                       cmocka_unit_test(client_parameters),
                                       cmocka_unit_test(verifying),
                                       cmocka_unit_test(key_set),
                                       cmocka_unit_test(gcm),
                                       cmocka_unit_test(notify_payment),
                                       cmocka_unit_test(notify_refund),
                                       cmocka_unit_test(notify_forged),
                                       cmocka_unit_test(notify_cut_and_signed),
                                       cmocka_unit_test(certificates),
                                       cmocka_unit_test(published)};
    wechat_stub_start();
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    wechat_stub_end();
    return rc;
}
