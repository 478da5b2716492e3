/* keys.c - see keys.h. SPDX-License-Identifier: MIT */
#include "sandbox/keys.h"
/* OpenSSL and base/err.h both say ERR_STATE. */
#define ERR_STATE openssl_err_state
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#undef ERR_STATE
#include "base/text.h"
#include "platform/crypto/crypto.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define YEARS_5 (5L * 365 * 86400)

struct skey {
    EVP_PKEY *key;
};

static FILE *create(const char *path, mode_t mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    return fd < 0 ? NULL : fdopen(fd, "w");
}

static bool done(FILE *f, bool ok)
{
    return f && fclose(f) == 0 && ok;
}

bool keys_make_pair(const char *private_path, const char *public_path)
{
    EVP_PKEY *key = EVP_RSA_gen(2048);
    FILE *f = create(private_path, 0600), *g = create(public_path, 0644);
    bool ok = key && f && g && PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL) && PEM_write_PUBKEY(g, key);
    ok = done(f, ok);
    ok = done(g, ok);
    EVP_PKEY_free(key);
    return ok;
}

static bool random_serial(X509 *x)
{
    uint8_t raw[19];
    crypto_random(raw, sizeof raw);
    raw[0] |= 0x40; /* positive, of full length */
    raw[0] &= 0x7F;
    BIGNUM *bn = BN_bin2bn(raw, sizeof raw, NULL);
    bool ok = bn && BN_to_ASN1_INTEGER(bn, X509_get_serialNumber(x));
    BN_free(bn);
    return ok;
}

/* What signs itself may sign others. */
static bool authority(X509 *x)
{
    X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, NID_basic_constraints, "critical,CA:TRUE");
    bool ok = e && X509_add_ext(x, e, -1) == 1;
    X509_EXTENSION_free(e);
    return ok;
}

static X509 *certificate(EVP_PKEY *key, const char *name, EVP_PKEY *issuer_key, const X509 *issuer)
{
    X509 *x = X509_new();
    X509_NAME *n = X509_NAME_new();
    bool ok = x && n && X509_set_version(x, 2) && random_serial(x) &&
              X509_NAME_add_entry_by_txt(n, "C", MBSTRING_UTF8, (const unsigned char *)"CN", -1, -1, 0) &&
              X509_NAME_add_entry_by_txt(n, "O", MBSTRING_UTF8, (const unsigned char *)"Anju Sandbox", -1, -1, 0) &&
              X509_NAME_add_entry_by_txt(n, "OU", MBSTRING_UTF8, (const unsigned char *)"Certification Authority", -1,
                                         -1, 0) &&
              X509_NAME_add_entry_by_txt(n, "CN", MBSTRING_UTF8, (const unsigned char *)name, -1, -1, 0) &&
              X509_set_subject_name(x, n) && X509_set_issuer_name(x, issuer ? X509_get_subject_name(issuer) : n) &&
              X509_gmtime_adj(X509_getm_notBefore(x), -86400) && X509_gmtime_adj(X509_getm_notAfter(x), YEARS_5) &&
              X509_set_pubkey(x, key) && (issuer || authority(x)) &&
              X509_sign(x, issuer_key ? issuer_key : key, EVP_sha256()) > 0;
    X509_NAME_free(n);
    if (ok)
        return x;
    X509_free(x);
    return NULL;
}

/* The key in a file, made when there is none. */
static EVP_PKEY *key_in(const char *path)
{
    FILE *f = fopen(path, "re");
    EVP_PKEY *key = f ? PEM_read_PrivateKey(f, NULL, NULL, NULL) : NULL;
    if (f)
        fclose(f);
    if (key)
        return key;
    key = EVP_RSA_gen(2048);
    f = key ? create(path, 0600) : NULL;
    if (done(f, f && PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL)))
        return key;
    EVP_PKEY_free(key);
    return NULL;
}

bool keys_make_cert(const char *private_path, const char *cert_path, const char *name, const char *issuer_private,
                    const char *issuer_cert)
{
    FILE *ic = issuer_cert ? fopen(issuer_cert, "re") : NULL, *g = NULL;
    EVP_PKEY *key = key_in(private_path), *issuer_key = issuer_private ? key_in(issuer_private) : NULL;
    X509 *issuer = ic ? PEM_read_X509(ic, NULL, NULL, NULL) : NULL;
    bool ok = key && (!issuer_private || issuer_key) && (!issuer_cert || issuer);
    X509 *x = ok ? certificate(key, name, issuer_key, issuer) : NULL;
    if (x)
        g = create(cert_path, 0644);
    ok = done(g, g && PEM_write_X509(g, x));
    if (ic)
        fclose(ic);
    X509_free(x);
    X509_free(issuer);
    EVP_PKEY_free(issuer_key);
    EVP_PKEY_free(key);
    return ok;
}

int keys_aes_seal(const uint8_t key[16], const void *p, int n, uint8_t *out)
{
    static const uint8_t iv[16];
    int a = 0, b = 0;
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    bool ok = c && EVP_EncryptInit_ex(c, EVP_aes_128_cbc(), NULL, key, iv) == 1 &&
              EVP_EncryptUpdate(c, out, &a, p, n) == 1 && EVP_EncryptFinal_ex(c, out + a, &b) == 1;
    EVP_CIPHER_CTX_free(c);
    return ok ? a + b : 0;
}

static struct skey *wrap(EVP_PKEY *key)
{
    struct skey *k = key ? calloc(1, sizeof *k) : NULL;
    if (k)
        k->key = key;
    else
        EVP_PKEY_free(key);
    return k;
}

struct skey *skey_new(void)
{
    return wrap(EVP_RSA_gen(2048));
}

struct skey *skey_read(const char *pem)
{
    BIO *b = pem ? BIO_new_mem_buf(pem, -1) : NULL;
    EVP_PKEY *key = b ? PEM_read_bio_PrivateKey(b, NULL, NULL, NULL) : NULL;
    BIO_free(b);
    ERR_clear_error();
    return wrap(key);
}

void skey_free(struct skey *k)
{
    if (k)
        EVP_PKEY_free(k->key);
    free(k);
}

char *skey_sign(struct arena *a, const struct skey *k, const void *p, size_t n)
{
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    size_t len = 512;
    uint8_t *sig = arena_alloc(a, len);
    bool ok = c && k && EVP_DigestSignInit(c, NULL, EVP_sha256(), NULL, k->key) == 1 &&
              EVP_DigestSign(c, sig, &len, p, n) == 1;
    EVP_MD_CTX_free(c);
    return ok ? b64_encode(a, sig, len) : arena_strdup(a, "");
}

const char *skey_cert(struct arena *a, const struct skey *k, const char *name)
{
    X509 *x = certificate(k->key, name, NULL, NULL);
    BIO *b = BIO_new(BIO_s_mem());
    char *p = NULL;
    const char *pem = "";
    if (x && b && PEM_write_bio_X509(b, x) == 1) {
        long n = BIO_get_mem_data(b, &p);
        pem = arena_strndup(a, p, (size_t)n);
    }
    BIO_free(b);
    X509_free(x);
    return pem;
}

const char *keys_gcm_seal(struct arena *a, const char *key32, const char *nonce12, const char *aad, const char *plain)
{
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    int n = (int)strlen(plain), na = (int)strlen(aad), got = 0, last = 0;
    uint8_t *out = arena_alloc(a, (size_t)n + 32);
    bool ok = c &&
              EVP_EncryptInit_ex(c, EVP_aes_256_gcm(), NULL, (const uint8_t *)key32, (const uint8_t *)nonce12) == 1 &&
              (!na || EVP_EncryptUpdate(c, NULL, &got, (const uint8_t *)aad, na) == 1) &&
              EVP_EncryptUpdate(c, out, &got, (const uint8_t *)plain, n) == 1 &&
              EVP_EncryptFinal_ex(c, out + got, &last) == 1 &&
              EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, 16, out + n) == 1;
    EVP_CIPHER_CTX_free(c);
    return ok ? b64_encode(a, out, (size_t)n + 16) : "";
}

static void digest(const EVP_MD *md, const void *p, size_t n, char *hex)
{
    uint8_t out[EVP_MAX_MD_SIZE] = {0};
    unsigned len = 0;
    if (EVP_Digest(p, n, out, &len, md, NULL) != 1)
        abort();
    hex_encode(out, len, hex);
}

void keys_sha1(const void *p, size_t n, char hex[41])
{
    digest(EVP_sha1(), p, n, hex);
}

void keys_sha256(const char *text, char hex[65])
{
    digest(EVP_sha256(), text, strlen(text), hex);
}

static const char *drawn(struct arena *a, const char *set, size_t n)
{
    char *s = arena_alloc(a, n + 1);
    uint32_t size = (uint32_t)strlen(set);
    for (size_t i = 0; i < n; i++)
        s[i] = set[crypto_random_below(size)];
    return s;
}

const char *keys_letters(struct arena *a, size_t n)
{
    return drawn(a, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", n);
}

const char *keys_digits(struct arena *a, size_t n)
{
    return drawn(a, "0123456789", n);
}

const char *keys_alipay_sn(struct arena *a, const char *pem)
{
    BIO *b = pem ? BIO_new_mem_buf(pem, -1) : NULL;
    X509 *x = b ? PEM_read_bio_X509(b, NULL, NULL, NULL) : NULL;
    BIGNUM *bn = x ? ASN1_INTEGER_to_BN(X509_get0_serialNumber(x), NULL) : NULL;
    char line[1024], *dec = bn ? BN_bn2dec(bn) : NULL, *hex = NULL;
    /* by hand, from the last part to the first: "CN=..,OU=..,O=..,C=.." */
    size_t n = 0;
    const X509_NAME *name = x ? X509_get_issuer_name(x) : NULL;
    for (int i = name ? X509_NAME_entry_count(name) : 0; i-- > 0;) {
        const X509_NAME_ENTRY *e = X509_NAME_get_entry(name, i);
        const ASN1_STRING *v = X509_NAME_ENTRY_get_data(e);
        n += (size_t)snprintf(line + n, sizeof line - n, "%s%s=%.*s", n ? "," : "",
                              OBJ_nid2sn(OBJ_obj2nid(X509_NAME_ENTRY_get_object(e))), ASN1_STRING_length(v),
                              (const char *)ASN1_STRING_get0_data(v));
        if (n >= sizeof line)
            n = sizeof line - 1;
    }
    if (dec) {
        const char *text = arena_printf(a, "%.*s%s", (int)n, line, dec);
        hex = arena_alloc(a, 33);
        digest(EVP_md5(), text, strlen(text), hex);
    }
    OPENSSL_free(dec);
    BN_free(bn);
    X509_free(x);
    BIO_free(b);
    ERR_clear_error();
    return hex;
}
