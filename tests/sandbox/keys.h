/* keys.h - makes RSA key pairs for the demo and the tests. SPDX-License-Identifier: MIT */
#ifndef SANDBOX_KEYS_H
#define SANDBOX_KEYS_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool keys_make_pair(const char *private_path, const char *public_path); /* PEM files, 0600 and 0644 */
/* What the Alipay client does to a phone number: AES-128-CBC, zero IV. out: n rounded up to the next 16. */
int keys_aes_seal(const uint8_t key[16], const void *p, int n, uint8_t *out);

#endif
