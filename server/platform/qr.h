/* qr.h - QR codes (error level M, 8-bit text) as modules, PNG and SVG. Any thread. SPDX-License-Identifier: MIT */
#ifndef PLATFORM_QR_H
#define PLATFORM_QR_H
#include "base/arena.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QR_TEXT_MAX 1000 /* bytes */
#define QR_QUIET    4    /* modules of white around the code */

struct qr {
    int side;            /* modules, without the quiet zone */
    const uint8_t *dark; /* side * side, row by row: 1 dark */
};
bool qr_make(struct arena *a, const char *text, struct qr *out); /* false: empty or too long */
/* scale: pixels a module, 1..40. NULL: empty, too long, or no memory. */
const void *qr_png(struct arena *a, const char *text, int scale, size_t *n);
const char *qr_svg(struct arena *a, const char *text);

#endif
