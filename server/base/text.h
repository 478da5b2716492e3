/* text.h - small text tools: UTF-8, strict number parsing, a growing buffer, hex, table look-up.
 * OWNERSHIP: a struct buf lives in its arena.  SPDX-License-Identifier: MIT */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H
#include "base/arena.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Position of s in names[0..n), -1 when absent. */
int str_index(const char *const *names, size_t n, const char *s);
bool str_eq(const char *a, const char *b); /* NULL equals only NULL */
bool str_empty(const char *s);             /* NULL or "" */
bool str_starts(const char *s, const char *prefix);
const char *or_empty(const char *s); /* "" for NULL */

/* RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF, no NUL inside. */
bool utf8_valid(const char *s, size_t n);
size_t utf8_len(const char *s);                  /* code points of a valid string */
size_t utf8_prefix(const char *s, size_t chars); /* bytes of the first `chars` code points */
/* Copy without control characters (TAB and LF stay if `multiline`), trimmed, full-width ASCII folded. */
char *text_clean(struct arena *a, const char *s, bool multiline);

/* Whole string, decimal, optional '-', no spaces, no overflow. false leaves *out alone. */
bool parse_i64(const char *s, int64_t *out);
bool parse_i64_n(const char *s, size_t n, int64_t *out);
bool is_digits(const char *s, size_t min, size_t max);
bool phone_valid(const char *s); /* mainland mobile: 11 digits, 1[3-9] */
bool email_valid(const char *s); /* one @, a dot behind it, no spaces or controls; <= 254 bytes */

void hex_encode(const void *p, size_t n, char *out /* 2n+1 */);
bool hex_decode(const char *s, size_t n, void *out /* n/2 */);

struct buf {
    struct arena *arena;
    char *p; /* always NUL-terminated once something was added */
    size_t n, cap;
};
void buf_init(struct buf *b, struct arena *a);
void buf_add(struct buf *b, const void *p, size_t n);
void buf_str(struct buf *b, const char *s);
void buf_char(struct buf *b, char c);
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
const char *buf_cstr(struct buf *b); /* "" when empty */

#endif
