/* file.h - uploaded files as records: who put them, what they hang on, who may read them. SPDX-License-Identifier: MIT */
#ifndef DOMAIN_FILE_H
#define DOMAIN_FILE_H
#include "platform/ctx.h"

struct file_row {
    int64_t id, bytes, width, height;
    const char *name, *kind, *stored;
    const uint8_t *sha256; /* 32 bytes */
};
/* After the bytes lie on disk. ERR_RATE when the account's daily quota is used up. WRITE */
MUST_CHECK enum err file_add(struct ctx *cx, const struct file_row *f, int64_t *id);
/* ERR_NOT_FOUND unless it is the caller's own, or hangs on an order the caller may see. READ */
MUST_CHECK enum err file_get(struct ctx *cx, int64_t id, struct file_row *out);
/* Without any check of rights: for modules that have made sure of what the file hangs on. READ */
MUST_CHECK enum err file_load(struct ctx *cx, int64_t id, struct file_row *out);
MUST_CHECK enum err file_quota_left(struct ctx *cx, int64_t *bytes);

#endif
