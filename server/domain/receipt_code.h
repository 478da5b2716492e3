/* receipt_code.h - codes that people type or scan and that we alone can make: id and a number under a MAC, 32 characters
 * without I, L, O and U. Nothing is stored for them. Pure but for the key.  SPDX-License-Identifier: MIT */
#ifndef DOMAIN_RECEIPT_CODE_H
#define DOMAIN_RECEIPT_CODE_H
#include "base/arena.h"
#include <stdbool.h>
#include <stdint.h>

#define SIGNED_CODE_LEN 32
/* purpose: a code of one purpose is nothing for another. id below 2^53, extra below 2^32. */
char *signed_code(struct arena *a, const char *purpose, int64_t id, int64_t extra);
/* Spaces, hyphens and small letters are as good; I and L are read as 1, O as 0. false: not ours. */
bool signed_code_read(const char *purpose, const char *code, int64_t *id, int64_t *extra);

#endif
