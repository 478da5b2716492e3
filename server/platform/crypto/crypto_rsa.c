/* crypto_rsa.c - RSA-SHA256 signatures of the providers. Keys come as PEM, or as the bare one-line base64
 * in which Alipay hands them out. SPDX-License-Identifier: MIT */
#include "platform/crypto/crypto.h"
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>

#define MIN_BITS 2048

/* Never ask a terminal: an encrypted key is refused. */
static int no_passphrase(char *buf, int size, int rw, void *arg)
{
    (void)buf, (void)size, (void)rw, (void)arg;
    return -1;
}

static uint8_t *bare_der(struct arena *a, const char *text, size_t *n)
{
    size_t len = strlen(text), o = 0;
    char *packed = arena_alloc(a, len + 1);
    for (size_t i = 0; i < len; i++)
        if (!strchr(" \t\r\n", text[i]))
            packed[o++] = text[i];
    uint8_t *der = b64_decode(a, packed, n);
    crypto_wipe(packed, o);
    return der;
}

static EVP_PKEY *load_private(struct arena *a, const char *text)
{
    EVP_PKEY *key = NULL;
    if (strstr(text, "-----BEGIN")) {
        BIO *b = BIO_new_mem_buf(text, -1);
        key = b ? PEM_read_bio_PrivateKey(b, NULL, no_passphrase, NULL) : NULL;
        BIO_free(b);
        return key;
    }
    size_t n = 0;
    uint8_t *der = bare_der(a, text, &n);
    const uint8_t *p = der;
    if (der) {
        key = d2i_AutoPrivateKey(NULL, &p, (long)n);
        crypto_wipe(der, n);
    }
    return key;
}

static EVP_PKEY *load_public(struct arena *a, const char *text)
{
    if (!strstr(text, "-----BEGIN")) {
        size_t n = 0;
        const uint8_t *p = bare_der(a, text, &n);
        return p ? d2i_PUBKEY(NULL, &p, (long)n) : NULL;
    }
    EVP_PKEY *key = NULL;
    BIO *b = BIO_new_mem_buf(text, -1);
    if (b && strstr(text, "BEGIN CERTIFICATE")) {
        X509 *x = PEM_read_bio_X509(b, NULL, no_passphrase, NULL);
        key = x ? X509_get_pubkey(x) : NULL;
        X509_free(x);
    } else if (b) {
        key = PEM_read_bio_PUBKEY(b, NULL, no_passphrase, NULL);
    }
    BIO_free(b);
    return key;
}

/* Shorter RSA keys can be broken; other kinds are not what the providers use. */
static bool usable(const EVP_PKEY *key, int bits)
{
    return key && EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA && EVP_PKEY_get_bits(key) >= bits;
}

char *rsa_sign_b64(struct arena *a, const char *pem_private, const void *p, size_t n)
{
    char *out = NULL;
    EVP_PKEY *key = pem_private ? load_private(a, pem_private) : NULL;
    EVP_MD_CTX *c = usable(key, MIN_BITS) ? EVP_MD_CTX_new() : NULL;
    size_t len = 0;
    if (c && EVP_DigestSignInit(c, NULL, EVP_sha256(), NULL, key) == 1 && EVP_DigestSign(c, NULL, &len, p, n) == 1) {
        uint8_t *sig = arena_alloc(a, len);
        if (EVP_DigestSign(c, sig, &len, p, n) == 1)
            out = b64_encode(a, sig, len);
    }
    EVP_MD_CTX_free(c);
    EVP_PKEY_free(key);
    ERR_clear_error();
    return out;
}

bool rsa_verify_b64(const char *pem_public, const void *p, size_t n, const char *sig_b64)
{
    struct arena *a = arena_new(1 << 20);
    size_t len = 0;
    bool ok = false;
    uint8_t *sig = sig_b64 && strlen(sig_b64) <= 4096 ? b64_decode(a, sig_b64, &len) : NULL;
    EVP_PKEY *key = sig && pem_public && strlen(pem_public) <= 65536 ? load_public(a, pem_public) : NULL;
    EVP_MD_CTX *c = usable(key, MIN_BITS) ? EVP_MD_CTX_new() : NULL;
    if (c && EVP_DigestVerifyInit(c, NULL, EVP_sha256(), NULL, key) == 1)
        ok = EVP_DigestVerify(c, sig, len, p, n) == 1;
    EVP_MD_CTX_free(c);
    EVP_PKEY_free(key);
    ERR_clear_error();
    arena_free(a);
    return ok;
}
