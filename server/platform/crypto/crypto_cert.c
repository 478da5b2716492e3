/* crypto_cert.c - what providers call certificates by, and the hash they still use for files.
 * SPDX-License-Identifier: MIT */
#include "base/text.h"
#include "platform/crypto/crypto.h"
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHAIN_MAX (1 << 20)

void sha1(const void *p, size_t n, uint8_t out[20])
{
    if (EVP_Digest(p, n, out, NULL, EVP_sha1(), NULL) != 1)
        abort();
}

/* Never ask a terminal. */
static int no_passphrase(char *buf, int size, int rw, void *arg)
{
    (void)buf, (void)size, (void)rw, (void)arg;
    return -1;
}

/* 1.2.840.113549.1.1.*: signed by RSA; roots of other kinds stand in the same file and do not count. */
static bool by_rsa(const X509 *x)
{
    char oid[64] = "";
    const ASN1_OBJECT *o = OBJ_nid2obj(X509_get_signature_nid(x));
    OBJ_obj2txt(oid, sizeof oid, o, 1);
    return str_starts(oid, "1.2.840.113549.1.1.");
}

static bool sn_of(const X509 *x, char hex[33])
{
    BIO *b = BIO_new(BIO_s_mem());
    BIGNUM *bn = ASN1_INTEGER_to_BN(X509_get0_serialNumber(x), NULL);
    char *dec = bn ? BN_bn2dec(bn) : NULL, *text = NULL;
    uint8_t md5[16];
    bool ok = b && dec &&
              X509_NAME_print_ex(b, X509_get_issuer_name(x), 0,
                                 XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB) >= 0 &&
              BIO_puts(b, dec) > 0;
    long n = ok ? BIO_get_mem_data(b, &text) : 0;
    ok = ok && n > 0 && EVP_Digest(text, (size_t)n, md5, NULL, EVP_md5(), NULL) == 1;
    if (ok)
        hex_encode(md5, sizeof md5, hex);
    OPENSSL_free(dec);
    BN_free(bn);
    BIO_free(b);
    return ok;
}

static BIO *reader(const char *pem)
{
    return pem && strlen(pem) <= CHAIN_MAX ? BIO_new_mem_buf(pem, -1) : NULL;
}

static X509 *next(BIO *b)
{
    return b ? PEM_read_bio_X509(b, NULL, no_passphrase, NULL) : NULL;
}

char *cert_sn(struct arena *a, const char *pem)
{
    char hex[33];
    BIO *b = reader(pem);
    X509 *x = next(b);
    bool ok = x && sn_of(x, hex);
    X509_free(x);
    BIO_free(b);
    ERR_clear_error();
    return ok ? arena_strdup(a, hex) : NULL;
}

char *cert_root_sn(struct arena *a, const char *pem)
{
    struct buf out;
    char hex[33];
    BIO *b = reader(pem);
    bool ok = true;
    buf_init(&out, a);
    for (X509 *x; (x = next(b)) != NULL; X509_free(x))
        if (by_rsa(x)) {
            ok = ok && sn_of(x, hex);
            buf_printf(&out, "%s%s", out.n ? "_" : "", ok ? hex : "");
        }
    BIO_free(b);
    ERR_clear_error();
    return ok && out.n ? out.p : NULL;
}

/* All of a file into a stack; false: none, or no memory. */
static bool read_all(const char *pem, STACK_OF(X509) * to)
{
    BIO *b = reader(pem);
    bool ok = to != NULL;
    for (X509 *x; ok && (x = next(b)) != NULL;)
        if (sk_X509_push(to, x) <= 0) {
            X509_free(x);
            ok = false;
        }
    BIO_free(b);
    ERR_clear_error();
    return ok && sk_X509_num(to) > 0;
}

bool cert_chain_ok(const char *pem, const char *roots, int64_t now_ms)
{
    STACK_OF(X509) *chain = sk_X509_new_null(), *trusted = sk_X509_new_null();
    X509_STORE_CTX *c = X509_STORE_CTX_new();
    bool ok = c && read_all(pem, chain) && read_all(roots, trusted) &&
              X509_STORE_CTX_init(c, NULL, sk_X509_value(chain, 0), chain) == 1;
    if (ok) {
        X509_STORE_CTX_set0_trusted_stack(c, trusted);
        X509_STORE_CTX_set_time(c, 0, (time_t)(now_ms / 1000));
        ok = X509_verify_cert(c) == 1;
    }
    X509_STORE_CTX_free(c);
    sk_X509_pop_free(chain, X509_free);
    sk_X509_pop_free(trusted, X509_free);
    ERR_clear_error();
    return ok;
}
