/* crypto.c - randomness, hashes, tokens, base64. SPDX-License-Identifier: MIT */
#include "platform/crypto/crypto.h"
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "{\"level\":\"fatal\",\"event\":\"crypto.%s\"}\n", what);
    abort();
}

void crypto_random(void *p, size_t n)
{
    if (n > INT32_MAX || (n && RAND_bytes(p, (int)n) != 1))
        die("no_randomness");
}

uint32_t crypto_random_below(uint32_t n)
{
    if (n < 2)
        return 0;
    uint32_t v, limit = UINT32_MAX - UINT32_MAX % n; /* what lies above would favour small results */
    do
        crypto_random(&v, sizeof v);
    while (v >= limit);
    return v % n;
}

void sha256(const void *p, size_t n, uint8_t out[32])
{
    if (EVP_Digest(p, n, out, NULL, EVP_sha256(), NULL) != 1)
        die("sha256");
}

static void hmac(const EVP_MD *md, const void *key, size_t nk, const void *p, size_t n, uint8_t *out)
{
    static const unsigned char none = 0; /* OpenSSL takes a NULL key for "the key of before" */
    if (nk > INT32_MAX || !HMAC(md, nk ? key : &none, (int)nk, n ? p : &none, n, out, NULL))
        die("hmac");
}

void hmac_sha1(const void *key, size_t nk, const void *p, size_t n, uint8_t out[20])
{
    hmac(EVP_sha1(), key, nk, p, n, out);
}

void hmac_sha256(const void *key, size_t nk, const void *p, size_t n, uint8_t out[32])
{
    hmac(EVP_sha256(), key, nk, p, n, out);
}

bool crypto_equal(const void *a, const void *b, size_t n)
{
    return CRYPTO_memcmp(a, b, n) == 0;
}

void crypto_wipe(void *p, size_t n)
{
    if (p)
        OPENSSL_cleanse(p, n);
}

void token_new(char out[44])
{
    static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    uint8_t raw[33] = {0}; /* 256 bits are 42 2/3 letters: one byte of zero fills the last group */
    crypto_random(raw, 32);
    for (size_t i = 0, o = 0; i < sizeof raw; i += 3) {
        uint32_t v = (uint32_t)raw[i] << 16 | (uint32_t)raw[i + 1] << 8 | raw[i + 2];
        for (int shift = 18; shift >= 0 && o < 43; shift -= 6)
            out[o++] = digit[v >> shift & 63];
    }
    out[43] = '\0';
    crypto_wipe(raw, sizeof raw);
}

void token_hash(const char *token, uint8_t out[32])
{
    sha256(token, strlen(token), out);
}

char *b64_encode(struct arena *a, const void *p, size_t n)
{
    if (n > INT32_MAX / 2)
        die("b64_too_long");
    char *out = arena_alloc(a, (n + 2) / 3 * 4 + 1);
    EVP_EncodeBlock((unsigned char *)out, p, (int)n);
    return out;
}

static int b64_value(char c)
{
    return c >= 'A' && c <= 'Z'   ? c - 'A'
           : c >= 'a' && c <= 'z' ? c - 'a' + 26
           : c >= '0' && c <= '9' ? c - '0' + 52
           : c == '+'             ? 62
           : c == '/'             ? 63
                                  : -1;
}

/* Own decoder: EVP_DecodeBlock counts padding as data and skips white space. Left-over bits must be zero,
 * so that one value has one spelling. */
void *b64_decode(struct arena *a, const char *s, size_t *n)
{
    size_t len = s ? strlen(s) : 1;
    if (len % 4)
        return NULL;
    size_t pad = len && s[len - 1] == '=' ? 1u + (s[len - 2] == '=') : 0;
    uint8_t *out = arena_alloc(a, len / 4 * 3 + 1);
    size_t o = 0;
    uint32_t v = 0;
    for (size_t i = 0; i < len - pad; i++) {
        int d = b64_value(s[i]);
        if (d < 0)
            return NULL;
        v = v << 6 | (uint32_t)d;
        if (i % 4 == 3) {
            out[o++] = (uint8_t)(v >> 16);
            out[o++] = (uint8_t)(v >> 8);
            out[o++] = (uint8_t)v;
            v = 0;
        }
    }
    if ((pad == 1 && (v & 3)) || (pad == 2 && (v & 15)))
        return NULL;
    if (pad == 2)
        out[o++] = (uint8_t)(v >> 4);
    if (pad == 1) {
        out[o++] = (uint8_t)(v >> 10);
        out[o++] = (uint8_t)(v >> 2);
    }
    *n = o;
    return out;
}
