/* digest.h - SHA-256 as hex, for migrate.c. SPDX-License-Identifier: MIT */
#ifndef PLATFORM_STORE_DIGEST_H
#define PLATFORM_STORE_DIGEST_H
#include <stddef.h>

void digest_hex(const void *p, size_t n, char out[65]);

#endif
