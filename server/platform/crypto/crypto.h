/* crypto.h - the cryptography we use, over OpenSSL and libargon2. All functions: any thread.
 * Errors are bool: false means refused or failed, nothing is written.  SPDX-License-Identifier: MIT */
#ifndef PLATFORM_CRYPTO_H
#define PLATFORM_CRYPTO_H
#include "base/arena.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void crypto_random(void *p, size_t n);    /* aborts when the system has no randomness */
uint32_t crypto_random_below(uint32_t n); /* unbiased */
void sha256(const void *p, size_t n, uint8_t out[32]);
void sha1(const void *p, size_t n, uint8_t out[20]); /* only where a protocol asks for it */
void hmac_sha1(const void *key, size_t nk, const void *p, size_t n, uint8_t out[20]);
void hmac_sha256(const void *key, size_t nk, const void *p, size_t n, uint8_t out[32]);
bool crypto_equal(const void *a, const void *b, size_t n); /* constant time */
void crypto_wipe(void *p, size_t n);
/* 256-bit token, base64url without padding (43 characters), and the SHA-256 under which it is stored. */
void token_new(char out[44]);
void token_hash(const char *token, uint8_t out[32]);
char *b64_encode(struct arena *a, const void *p, size_t n);
void *b64_decode(struct arena *a, const char *s, size_t *n); /* NULL: not base64 (strict, padded) */

/* Keys derived from the master secret by HKDF-SHA-256 with the purpose as info. Loaded once at start. */
enum key_purpose { KEY_PII, KEY_INDEX, KEY_AUDIT, KEY_PEPPER, KEY_CODE, KEY_URL, KEY_COUNT };
bool crypto_load_master(const char *hex64);    /* 64 hex digits */
const uint8_t *crypto_key(enum key_purpose p); /* 32 bytes */

/* Personal data at rest: blob = version 1 | key id 1 | iv 12 | ciphertext | tag 16 (AES-256-GCM);
 * aad names the place ("account.phone|<id>") so that a blob moved elsewhere does not decrypt. */
void *pii_seal(struct arena *a, const char *plain, const char *aad, size_t *n);
char *pii_open(struct arena *a, const void *blob, size_t n, const char *aad); /* NULL: not ours or damaged */
/* Blind index of a normalised value: HMAC-SHA-256 cut to 16 bytes, keyed per company. */
void pii_index(int64_t company_id, const char *value, uint8_t out[16]);

/* argon2id t=2 m=19456 p=1 with a pepper. Slow (30 ms, 19 MiB): SLOW lane only, through the bounded gate
 * below. PHC string, ERR-free; verify(NULL hash) burns the same time and is false. */
bool password_hash(const char *password, char out[128]);
bool password_verify(const char *phc_or_null, const char *password);
/* At most cores/2 hash at once and 32 wait, 2 s at most. false: answer 429. Pair enter with leave. */
bool password_gate_enter(void);
void password_gate_leave(void);

/* RSA with SHA-256 (PKCS#1 v1.5) for the providers. Signature as base64. PEM private key (PKCS#1 or #8). */
char *rsa_sign_b64(struct arena *a, const char *pem_private, const void *p, size_t n); /* NULL: bad key */
bool rsa_verify_b64(const char *pem_public, const void *p, size_t n, const char *sig_b64);

/* AES-128-CBC with PKCS#7, for documents that carry their own signature. NUL-terminated; NULL: damaged. */
char *aes128_cbc_open(struct arena *a, const uint8_t key[16], const uint8_t iv[16], const void *p, size_t n,
                      size_t *len);

/* AES-GCM with a 16-byte tag behind the ciphertext; key of 16 or 32 bytes. NUL-terminated plaintext; NULL: damaged,
 * cut or not ours (nothing of it is handed out before the tag is checked). */
struct gcm_box {
    const void *key, *iv, *aad, *data;
    size_t key_len, iv_len, aad_len, n;
};
char *aes_gcm_open(struct arena *a, const struct gcm_box *g, size_t *len);

struct cert_info {
    const char *serial; /* upper-case hex */
    int64_t from_ms, until_ms;
};
bool cert_read(struct arena *a, const char *pem, struct cert_info *out); /* reads only: no chain is checked */
/* Alipay's name for the first certificate of a file: lower-hex MD5 of its issuer (RFC 2253) and decimal serial; for a root
 * file the names of those signed by RSA, joined by '_'. NULL: none. */
char *cert_sn(struct arena *a, const char *pem);
char *cert_root_sn(struct arena *a, const char *pem);
/* The first certificate of pem was issued, by way of the others, by one of `roots`, and all are valid at that time. */
bool cert_chain_ok(const char *pem, const char *roots, int64_t now_ms);

#endif
