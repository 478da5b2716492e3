/* keys.h - makes RSA keys and certificates for the demo and the tests, and the cryptography of the providers' side.
 * SPDX-License-Identifier: MIT */
#ifndef SANDBOX_KEYS_H
#define SANDBOX_KEYS_H
#include "base/arena.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool keys_make_pair(const char *private_path, const char *public_path); /* PEM files, 0600 and 0644 */
/* A certificate over the key in a file (made when missing), self-signed or signed by an issuer. The serial is random. */
bool keys_make_cert(const char *private_path, const char *cert_path, const char *name, const char *issuer_private,
                    const char *issuer_cert);
/* What the Alipay client does to a phone number: AES-128-CBC, zero IV. out: n rounded up to the next 16. */
int keys_aes_seal(const uint8_t key[16], const void *p, int n, uint8_t *out);

/* A private key that is parsed once: thousands of notices a minute. Any thread. */
struct skey;
struct skey *skey_new(void);
struct skey *skey_read(const char *pem); /* NULL: not a key */
void skey_free(struct skey *k);
char *skey_sign(struct arena *a, const struct skey *k, const void *p, size_t n); /* base64 of RSA-SHA256 */
const char *skey_cert(struct arena *a, const struct skey *k, const char *name);  /* self-signed, five years */

/* AES-256-GCM with the tag behind, base64. */
const char *keys_gcm_seal(struct arena *a, const char *key32, const char *nonce12, const char *aad, const char *plain);
void keys_sha1(const void *p, size_t n, char hex[41]);
void keys_sha256(const char *text, char hex[65]);
const char *keys_letters(struct arena *a, size_t n); /* random, of [0-9A-Za-z] */
const char *keys_digits(struct arena *a, size_t n);
/* Alipay's name for a certificate: MD5 of issuer and decimal serial. NULL: not a certificate. */
const char *keys_alipay_sn(struct arena *a, const char *pem);

#endif
