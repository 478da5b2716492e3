/* text.c - see text.h. SPDX-License-Identifier: MIT */
#include "base/text.h"
#include <stdio.h>
#include <string.h>

int str_index(const char *const *names, size_t n, const char *s)
{
    for (size_t i = 0; s && i < n; i++)
        if (names[i] && strcmp(names[i], s) == 0)
            return (int)i;
    return -1;
}

bool str_eq(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

bool str_empty(const char *s)
{
    return !s || !*s;
}

const char *or_empty(const char *s)
{
    return s ? s : "";
}

bool str_starts(const char *s, const char *prefix)
{
    return s && strncmp(s, prefix, strlen(prefix)) == 0;
}

/* Length of the valid sequence at s (n bytes left), its code point in *cp; 0 when invalid. */
static size_t utf8_next(const unsigned char *s, size_t n, uint32_t *cp)
{
    static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
    if (n == 0)
        return 0;
    size_t len = s[0] < 0x80 ? 1 : s[0] < 0xC2 ? 0 : s[0] < 0xE0 ? 2 : s[0] < 0xF0 ? 3 : s[0] < 0xF5 ? 4 : 0;
    if (len == 0 || len > n)
        return 0;
    uint32_t c = len == 1 ? s[0] : s[0] & (0x7Fu >> len);
    for (size_t i = 1; i < len; i++) {
        if ((s[i] & 0xC0) != 0x80)
            return 0;
        c = c << 6 | (s[i] & 0x3F);
    }
    if (c < least[len] || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
        return 0;
    *cp = c;
    return len;
}

bool utf8_valid(const char *s, size_t n)
{
    const unsigned char *p = (const unsigned char *)s;
    for (size_t i = 0; i < n;) {
        uint32_t cp;
        size_t len = utf8_next(p + i, n - i, &cp);
        if (len == 0 || cp == 0)
            return false;
        i += len;
    }
    return true;
}

size_t utf8_len(const char *s)
{
    size_t n = 0;
    for (; *s; s++)
        n += ((unsigned char)*s & 0xC0) != 0x80;
    return n;
}

size_t utf8_prefix(const char *s, size_t chars)
{
    size_t i = 0;
    for (; s[i]; i++)
        if (((unsigned char)s[i] & 0xC0) != 0x80 && chars-- == 0)
            break;
    return i;
}

char *text_clean(struct arena *a, const char *s, bool multiline)
{
    size_t n = strlen(s), o = 0;
    char *out = arena_alloc(a, n + 1);
    const unsigned char *p = (const unsigned char *)s;
    for (size_t i = 0; i < n;) {
        uint32_t cp = 0;
        size_t len = utf8_next(p + i, n - i, &cp);
        if (len == 0)
            break;                          /* callers pass checked text; stop rather than copy rubbish */
        if (cp >= 0xFF01 && cp <= 0xFF5E) { /* full-width ASCII, as phones type it */
            out[o++] = (char)(cp - 0xFEE0);
        } else if (cp == 0x3000) {
            out[o++] = ' ';
        } else if (cp >= 0x20 && cp != 0x7F && (cp < 0x80 || cp > 0x9F)) {
            memcpy(out + o, s + i, len);
            o += len;
        } else if (multiline && (cp == '\n' || cp == '\t')) {
            out[o++] = (char)cp;
        }
        i += len;
    }
    while (o && (out[o - 1] == ' ' || out[o - 1] == '\n' || out[o - 1] == '\t'))
        o--;
    out[o] = '\0';
    while (*out == ' ' || *out == '\n' || *out == '\t')
        out++;
    return out;
}

bool parse_i64_n(const char *s, size_t n, int64_t *out)
{
    bool neg = n && s[0] == '-';
    size_t i = neg;
    uint64_t v = 0, limit = (uint64_t)INT64_MAX + neg;
    if (i == n || n - i > 19)
        return false;
    for (; i < n; i++) {
        if (s[i] < '0' || s[i] > '9')
            return false;
        v = v * 10 + (uint64_t)(s[i] - '0');
    }
    if (v > limit)
        return false;
    *out = neg ? (int64_t)(0 - v) : (int64_t)v;
    return true;
}

bool parse_i64(const char *s, int64_t *out)
{
    return s && parse_i64_n(s, strlen(s), out);
}

bool is_digits(const char *s, size_t min, size_t max)
{
    size_t n = s ? strspn(s, "0123456789") : 0;
    return s && s[n] == '\0' && n >= min && n <= max;
}

bool phone_valid(const char *s)
{
    return is_digits(s, 11, 11) && s[0] == '1' && s[1] >= '3';
}

bool email_valid(const char *s)
{
    if (str_empty(s) || strlen(s) > 254)
        return false;
    const char *at = strchr(s, '@');
    if (!at || at == s || strchr(at + 1, '@'))
        return false;
    const char *dot = strrchr(at, '.');
    if (!dot || dot == at + 1 || !dot[1])
        return false;
    for (; *s; s++)
        if ((unsigned char)*s <= ' ' || (unsigned char)*s >= 0x7F || strchr("<>()[],;:\\\"", *s))
            return false;
    return true;
}

void hex_encode(const void *p, size_t n, char *out)
{
    static const char digit[] = "0123456789abcdef";
    const unsigned char *b = p;
    for (size_t i = 0; i < n; i++) {
        out[2 * i] = digit[b[i] >> 4];
        out[2 * i + 1] = digit[b[i] & 15];
    }
    out[2 * n] = '\0';
}

static int hex_value(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

bool hex_decode(const char *s, size_t n, void *out)
{
    unsigned char *o = out;
    if (n % 2)
        return false;
    for (size_t i = 0; i < n; i += 2) {
        int hi = hex_value(s[i]), lo = hex_value(s[i + 1]);
        if (hi < 0 || lo < 0)
            return false;
        o[i / 2] = (unsigned char)(hi << 4 | lo);
    }
    return true;
}

void buf_init(struct buf *b, struct arena *a)
{
    *b = (struct buf){.arena = a};
}

static void buf_room(struct buf *b, size_t more)
{
    if (b->n + more + 1 <= b->cap)
        return;
    size_t cap = b->cap ? b->cap * 2 : 256;
    while (cap < b->n + more + 1)
        cap *= 2;
    char *p = arena_alloc(b->arena, cap);
    if (b->n)
        memcpy(p, b->p, b->n);
    b->p = p;
    b->cap = cap;
}

void buf_add(struct buf *b, const void *p, size_t n)
{
    buf_room(b, n);
    if (n)
        memcpy(b->p + b->n, p, n);
    b->n += n;
    b->p[b->n] = '\0';
}

void buf_str(struct buf *b, const char *s)
{
    buf_add(b, s, strlen(s));
}

void buf_char(struct buf *b, char c)
{
    buf_add(b, &c, 1);
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n <= 0)
        return;
    buf_room(b, (size_t)n);
    va_start(ap, fmt);
    vsnprintf(b->p + b->n, (size_t)n + 1, fmt, ap);
    va_end(ap);
    b->n += (size_t)n;
}

const char *buf_cstr(struct buf *b)
{
    return b->p ? b->p : "";
}
