/* pay_stub.h - for the tests of paying: keys made on the spot and a server on loopback that gives the one answer it
 * was told to give and keeps the request it got. SPDX-License-Identifier: MIT */
#ifndef PAY_STUB_H
#define PAY_STUB_H
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

/* OpenSSL and base/err.h both say ERR_STATE. */
#define ERR_STATE openssl_err_state
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#undef ERR_STATE

#include "base/clock.h"
#include "base/text.h"
#include "platform/crypto/crypto.h"
#include "platform/http_out.h"
#include <arpa/inet.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/vectors.h"

static struct arena *a;

static struct stub {
    char answer[1 << 16]; /* the whole HTTP answer; "": hang up */
    size_t answer_len;
    char seen[1 << 16];
    int fd, port, calls;
} stub;

static size_t wanted(const char *head)
{
    const char *end = strstr(head, "\r\n\r\n"), *len = strcasestr(head, "content-length:");
    return end ? (size_t)(end + 4 - head) + (len && len < end ? strtoul(len + 15, NULL, 10) : 0) : SIZE_MAX;
}

static void *stub_loop(void *arg)
{
    (void)arg;
    for (;;) {
        int fd = accept(stub.fd, NULL, NULL);
        size_t n = 0;
        ssize_t got = 1;
        if (fd < 0)
            return NULL;
        memset(stub.seen, 0, sizeof stub.seen);
        while (got > 0 && n < wanted(stub.seen) && n < sizeof stub.seen - 1) {
            got = recv(fd, stub.seen + n, sizeof stub.seen - 1 - n, 0);
            n += got > 0 ? (size_t)got : 0;
        }
        stub.calls++;
        if (send(fd, stub.answer, stub.answer_len, MSG_NOSIGNAL) < 0)
            n = 0;
        shutdown(fd, SHUT_RDWR);
        close(fd);
    }
}

/* A new port: a new circuit too. */
__attribute__((unused)) static const char *stub_start(void)
{
    static pthread_t t;
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof in;
    if (stub.port) {
        shutdown(stub.fd, SHUT_RDWR);
        pthread_join(t, NULL);
        close(stub.fd);
    }
    stub.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(stub.fd, (struct sockaddr *)&in, sizeof in), 0);
    assert_int_equal(listen(stub.fd, 8), 0);
    assert_int_equal(getsockname(stub.fd, (struct sockaddr *)&in, &n), 0);
    stub.port = ntohs(in.sin_port);
    assert_int_equal(pthread_create(&t, NULL, stub_loop, NULL), 0);
    return arena_printf(a, "http://127.0.0.1:%d", stub.port);
}

static const char *bio_text(BIO *b)
{
    char *p = NULL;
    long n = BIO_get_mem_data(b, &p);
    const char *s = arena_strndup(a, p, (size_t)n);
    BIO_free(b);
    return s;
}

struct pair {
    EVP_PKEY *key;
    const char *private_pem, *public_pem;
};

__attribute__((unused)) static struct pair make_pair(void)
{
    struct pair p = {.key = EVP_RSA_gen(2048)};
    BIO *b = BIO_new(BIO_s_mem()), *c = BIO_new(BIO_s_mem());
    assert_true(p.key && PEM_write_bio_PrivateKey(b, p.key, NULL, NULL, 0, NULL, NULL) == 1);
    assert_true(PEM_write_bio_PUBKEY(c, p.key) == 1);
    p.private_pem = bio_text(b);
    p.public_pem = bio_text(c);
    return p;
}

/* Self-signed, from yesterday for `days` days. */
__attribute__((unused)) static const char *make_cert(const struct pair *p, long serial, int days)
{
    X509 *x = X509_new();
    BIO *b = BIO_new(BIO_s_mem());
    assert_true(x && ASN1_INTEGER_set(X509_get_serialNumber(x), serial) == 1);
    X509_gmtime_adj(X509_getm_notBefore(x), -86400);
    X509_gmtime_adj(X509_getm_notAfter(x), days * 86400L);
    assert_int_equal(X509_set_pubkey(x, p->key), 1);
    assert_true(X509_sign(x, p->key, EVP_sha256()) > 0);
    assert_int_equal(PEM_write_bio_X509(b, x), 1);
    X509_free(x);
    return bio_text(b);
}

__attribute__((unused)) static const char *seal(const char *key, const char *iv, const char *aad, const char *plain)
{
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    size_t n = strlen(plain);
    uint8_t *out = arena_alloc(a, n + 32);
    int got = 0, last = 0;
    assert_int_equal(EVP_EncryptInit_ex(c, strlen(key) == 32 ? EVP_aes_256_gcm() : EVP_aes_128_gcm(), NULL,
                                        (const uint8_t *)key, (const uint8_t *)iv),
                     1);
    if (*aad)
        assert_int_equal(EVP_EncryptUpdate(c, NULL, &got, (const uint8_t *)aad, (int)strlen(aad)), 1);
    got = 0;
    if (n)
        assert_int_equal(EVP_EncryptUpdate(c, out, &got, (const uint8_t *)plain, (int)n), 1);
    assert_int_equal(EVP_EncryptFinal_ex(c, out + got, &last), 1);
    assert_int_equal(EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, 16, out + n), 1);
    EVP_CIPHER_CTX_free(c);
    return b64_encode(a, out, n + 16);
}

/* xorshift64: the same numbers in every run */
__attribute__((unused)) static uint64_t rnd(void)
{
    static uint64_t seed = 88172645463325252u;
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

/* Exactly n bytes on the heap, no terminator: one byte too far is seen. */
__attribute__((unused)) static char *exact(const char *s, size_t n)
{
    char *p = malloc(n ? n : 1);
    memcpy(p, s, n);
    return p;
}

#endif
