/* crypto_pii.c - keys from the master secret, sealing of personal data, blind index.
 * SPDX-License-Identifier: MIT */
#include "base/text.h"
#include "platform/crypto/crypto.h"
#include <assert.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <string.h>

#define BLOB_VERSION 1
#define KEY_ID       1
#define IV_LEN       12
#define TAG_LEN      16
#define HEAD_LEN     (2 + IV_LEN)

static const char *const purpose_info[KEY_COUNT] = {
    [KEY_PII] = "anju/pii/1",       [KEY_INDEX] = "anju/index/1", [KEY_AUDIT] = "anju/audit/1",
    [KEY_PEPPER] = "anju/pepper/1", [KEY_CODE] = "anju/code/1",   [KEY_URL] = "anju/url/1"};

static uint8_t keys[KEY_COUNT][32];
static bool loaded;

static bool hkdf(const uint8_t master[32], const char *info, uint8_t out[32])
{
    static const unsigned char salt[] = "anju";
    EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, NULL);
    size_t n = 32;
    bool ok = c && EVP_PKEY_derive_init(c) > 0 && EVP_PKEY_CTX_set_hkdf_md(c, EVP_sha256()) > 0 &&
              EVP_PKEY_CTX_set1_hkdf_salt(c, salt, sizeof salt - 1) > 0 &&
              EVP_PKEY_CTX_set1_hkdf_key(c, master, 32) > 0 &&
              EVP_PKEY_CTX_add1_hkdf_info(c, (const unsigned char *)info, (int)strlen(info)) > 0 &&
              EVP_PKEY_derive(c, out, &n) > 0 && n == 32;
    EVP_PKEY_CTX_free(c);
    return ok;
}

bool crypto_load_master(const char *hex64)
{
    uint8_t master[32];
    if (!hex64 || strlen(hex64) != 64 || !hex_decode(hex64, 64, master))
        return false;
    bool ok = true;
    for (size_t i = 0; ok && i < KEY_COUNT; i++)
        ok = hkdf(master, purpose_info[i], keys[i]);
    crypto_wipe(master, sizeof master);
    loaded = ok;
    return ok;
}

const uint8_t *crypto_key(enum key_purpose p)
{
    assert(loaded && p < KEY_COUNT);
    return keys[p];
}

/* Encrypts or decrypts in place order head | text | tag; one context a call keeps it thread-safe. */
static bool gcm(int encrypt, const uint8_t *iv, const char *aad, const uint8_t *in, size_t n, uint8_t *out,
                uint8_t *tag)
{
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    int len = 0;
    size_t na = strlen(aad);
    bool ok = c && n <= INT32_MAX && na <= INT32_MAX &&
              EVP_CipherInit_ex(c, EVP_aes_256_gcm(), NULL, NULL, NULL, encrypt) == 1 &&
              EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_IVLEN, IV_LEN, NULL) == 1 &&
              EVP_CipherInit_ex(c, NULL, NULL, crypto_key(KEY_PII), iv, encrypt) == 1 &&
              (na == 0 || EVP_CipherUpdate(c, NULL, &len, (const unsigned char *)aad, (int)na) == 1) &&
              (n == 0 || EVP_CipherUpdate(c, out, &len, in, (int)n) == 1) &&
              (encrypt || EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, TAG_LEN, tag) == 1) &&
              EVP_CipherFinal_ex(c, out + n, &len) == 1 &&
              (!encrypt || EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, TAG_LEN, tag) == 1);
    EVP_CIPHER_CTX_free(c);
    if (!ok)
        ERR_clear_error();
    return ok;
}

void *pii_seal(struct arena *a, const char *plain, const char *aad, size_t *n)
{
    size_t len = strlen(plain);
    uint8_t *blob = arena_alloc(a, HEAD_LEN + len + TAG_LEN);
    blob[0] = BLOB_VERSION;
    blob[1] = KEY_ID;
    crypto_random(blob + 2, IV_LEN);
    bool ok = gcm(1, blob + 2, aad, (const uint8_t *)plain, len, blob + HEAD_LEN, blob + HEAD_LEN + len);
    assert(ok); /* only memory or a broken library can make it fail */
    (void)ok;
    *n = HEAD_LEN + len + TAG_LEN;
    return blob;
}

char *pii_open(struct arena *a, const void *blob, size_t n, const char *aad)
{
    const uint8_t *b = blob;
    if (!b || n < HEAD_LEN + TAG_LEN || b[0] != BLOB_VERSION || b[1] != KEY_ID)
        return NULL;
    size_t len = n - HEAD_LEN - TAG_LEN;
    uint8_t *plain = arena_alloc(a, len + TAG_LEN), tag[TAG_LEN];
    memcpy(tag, b + HEAD_LEN + len, TAG_LEN);
    if (!gcm(0, b + 2, aad, b + HEAD_LEN, len, plain, tag)) {
        crypto_wipe(plain, len);
        return NULL;
    }
    plain[len] = '\0';
    return (char *)plain;
}

void pii_index(int64_t company_id, const char *value, uint8_t out[16])
{
    uint8_t company[8], key[32], mac[32];
    for (int i = 0; i < 8; i++)
        company[i] = (uint8_t)((uint64_t)company_id >> (56 - 8 * i));
    hmac_sha256(crypto_key(KEY_INDEX), 32, company, sizeof company, key);
    hmac_sha256(key, sizeof key, value, strlen(value), mac);
    memcpy(out, mac, 16);
}

char *aes128_cbc_open(struct arena *a, const uint8_t key[16], const uint8_t iv[16], const void *p, size_t n,
                      size_t *len)
{
    if (n == 0 || n % 16 || n > INT32_MAX - 16)
        return NULL;
    uint8_t *out = arena_alloc(a, n + 17);
    int part = 0, rest = 0;
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    bool ok = c && EVP_DecryptInit_ex(c, EVP_aes_128_cbc(), NULL, key, iv) == 1 &&
              EVP_DecryptUpdate(c, out, &part, p, (int)n) == 1 && EVP_DecryptFinal_ex(c, out + part, &rest) == 1;
    EVP_CIPHER_CTX_free(c);
    if (!ok) {
        ERR_clear_error();
        return NULL;
    }
    *len = (size_t)part + (size_t)rest;
    out[*len] = '\0';
    return (char *)out;
}
