/* http_tools.c - percent encoding and query strings. Pure. SPDX-License-Identifier: MIT */
#include "base/text.h"
#include "platform/net/http.h"
#include <string.h>

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Form rules: '+' is a space. NULL: a bad escape, %00 or not UTF-8. */
static char *decode(struct arena *a, const char *s, size_t n)
{
    char *out = arena_alloc(a, n + 1);
    size_t o = 0;
    for (size_t i = 0; i < n; i++) {
        char c = s[i];
        if (c == '+') {
            c = ' ';
        } else if (c == '%') {
            int hi = n - i > 2 ? hex_value(s[i + 1]) : -1;
            int lo = hi < 0 ? -1 : hex_value(s[i + 2]);
            if (lo < 0 || (hi == 0 && lo == 0))
                return NULL;
            c = (char)(hi << 4 | lo);
            i += 2;
        }
        out[o++] = c;
    }
    out[o] = '\0';
    return utf8_valid(out, o) ? out : NULL;
}

const char *http_query(struct arena *a, const char *query, const char *name, bool *bad)
{
    for (const char *p = query; p && *p;) {
        size_t n = strcspn(p, "&");
        const char *eq = memchr(p, '=', n);
        size_t key = eq ? (size_t)(eq - p) : n;
        const char *got = decode(a, p, key);
        if (got && strcmp(got, name) == 0) {
            const char *value = eq ? decode(a, eq + 1, n - key - 1) : "";
            if (!value)
                *bad = true;
            return value;
        }
        p += n;
        p += *p == '&';
    }
    return NULL;
}

char *url_encode(struct arena *a, const char *s)
{
    static const char digits[] = "0123456789ABCDEF";
    char *out = arena_alloc(a, strlen(s) * 3 + 1);
    size_t o = 0;
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;
        if ((c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || strchr("-._~", c)) {
            out[o++] = (char)c;
        } else {
            out[o++] = '%';
            out[o++] = digits[c >> 4];
            out[o++] = digits[c & 15];
        }
    }
    out[o] = '\0';
    return out;
}
