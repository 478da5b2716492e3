/* crypto_aead.c - AES-GCM of documents that providers encrypt, and what a certificate says about itself.
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/text.h"
#include "platform/crypto/crypto.h"
#include <limits.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>

#define TAG 16

static const EVP_CIPHER *gcm_of(size_t key_len)
{
    return key_len == 32 ? EVP_aes_256_gcm() : key_len == 16 ? EVP_aes_128_gcm() : NULL;
}

char *aes_gcm_open(struct arena *a, const struct gcm_box *g, size_t *len)
{
    const EVP_CIPHER *kind = gcm_of(g->key_len);
    if (!kind || g->n < TAG || g->n > INT_MAX / 2 || !g->iv_len || g->iv_len > 64 || g->aad_len > INT_MAX / 2)
        return NULL;
    int ct = (int)(g->n - TAG), got = 0, last = 0;
    uint8_t *out = arena_alloc(a, (size_t)ct + 1), tag[TAG];
    memcpy(tag, (const uint8_t *)g->data + ct, TAG);
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    bool ok = c && EVP_DecryptInit_ex(c, kind, NULL, NULL, NULL) == 1 &&
              EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_IVLEN, (int)g->iv_len, NULL) == 1 &&
              EVP_DecryptInit_ex(c, NULL, NULL, g->key, g->iv) == 1 &&
              (!g->aad_len || EVP_DecryptUpdate(c, NULL, &got, g->aad, (int)g->aad_len) == 1) &&
              (!ct || EVP_DecryptUpdate(c, out, &got, g->data, ct) == 1) &&
              EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, TAG, tag) == 1 &&
              EVP_DecryptFinal_ex(c, out + ct, &last) > 0;
    EVP_CIPHER_CTX_free(c);
    ERR_clear_error();
    if (!ok) { /* nothing of an unauthenticated plaintext may stay readable */
        crypto_wipe(out, (size_t)ct);
        return NULL;
    }
    *len = (size_t)ct;
    return (char *)out;
}

static bool asn1_ms(const ASN1_TIME *t, int64_t *ms)
{
    struct tm tm = {0};
    if (!t || ASN1_TIME_to_tm(t, &tm) != 1)
        return false;
    struct civil c = {.year = tm.tm_year + 1900,
                      .month = tm.tm_mon + 1,
                      .day = tm.tm_mday,
                      .hour = tm.tm_hour,
                      .minute = tm.tm_min,
                      .second = tm.tm_sec};
    *ms = clock_from_civil(&c) + 8 * HOUR_MS; /* the certificate speaks UTC, civil time is UTC+8 */
    return true;
}

static char *serial_hex(struct arena *a, const X509 *x)
{
    BIGNUM *bn = ASN1_INTEGER_to_BN(X509_get0_serialNumber(x), NULL);
    char *hex = bn ? BN_bn2hex(bn) : NULL, *out = hex ? arena_strdup(a, hex) : NULL;
    OPENSSL_free(hex);
    BN_free(bn);
    return out;
}

/* Never ask a terminal. */
static int no_passphrase(char *buf, int size, int rw, void *arg)
{
    (void)buf, (void)size, (void)rw, (void)arg;
    return -1;
}

bool cert_read(struct arena *a, const char *pem, struct cert_info *out)
{
    BIO *b = pem && strlen(pem) <= 65536 ? BIO_new_mem_buf(pem, -1) : NULL;
    X509 *x = b ? PEM_read_bio_X509(b, NULL, no_passphrase, NULL) : NULL;
    char *serial = x ? serial_hex(a, x) : NULL;
    struct cert_info info = {.serial = serial};
    bool ok =
        serial && asn1_ms(X509_get0_notBefore(x), &info.from_ms) && asn1_ms(X509_get0_notAfter(x), &info.until_ms);
    X509_free(x);
    BIO_free(b);
    ERR_clear_error();
    if (ok)
        *out = info;
    return ok;
}
