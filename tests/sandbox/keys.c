/* keys.c - see keys.h. SPDX-License-Identifier: MIT */
#include "sandbox/keys.h"
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <unistd.h>

static FILE *create(const char *path, mode_t mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    return fd < 0 ? NULL : fdopen(fd, "w");
}

bool keys_make_pair(const char *private_path, const char *public_path)
{
    EVP_PKEY *key = EVP_RSA_gen(2048);
    FILE *f = create(private_path, 0600), *g = create(public_path, 0644);
    bool ok = key && f && g && PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL) && PEM_write_PUBKEY(g, key);
    if (f)
        ok = fclose(f) == 0 && ok;
    if (g)
        ok = fclose(g) == 0 && ok;
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
