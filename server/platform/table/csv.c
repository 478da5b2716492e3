/* csv.c - see csv.h. SPDX-License-Identifier: MIT */
#include "platform/table/csv.h"
#include "base/clock.h"
#include "base/text.h"
#include <iconv.h>
#include <string.h>

bool csv_warm(void)
{
    static iconv_t kept; /* on purpose: while one is open, its module stays loaded */
    kept = iconv_open("UTF-8", "GB18030");
    return kept != (iconv_t)-1;
}

static const char *from_gb18030(struct arena *a, const char *p, size_t n)
{
    size_t room = n * 3 + 1, left = room;
    char *in = arena_strndup(a, p, n), *text = arena_alloc(a, room + 1), *out = text;
    iconv_t cd = iconv_open("UTF-8", "GB18030");
    if (cd == (iconv_t)-1)
        return NULL;
    size_t rc = iconv(cd, &in, &n, &out, &left);
    iconv_close(cd);
    return rc == (size_t)-1 || n ? NULL : text;
}

const char *csv_text(struct arena *a, const void *bytes, size_t n)
{
    const char *p = bytes;
    if (n >= 3 && memcmp(p, "\xEF\xBB\xBF", 3) == 0) {
        p += 3;
        n -= 3;
    }
    if (memchr(p, 0, n))
        return NULL;
    return utf8_valid(p, n) ? arena_strndup(a, p, n) : from_gb18030(a, p, n);
}

/* One cell; *s stands on its comma, its line's end or the text's end afterwards. NULL: a quote that does not end. */
static const char *cell_at(struct arena *a, const char **s)
{
    struct buf b;
    buf_init(&b, a);
    while (**s == ' ' || **s == '\t')
        ++*s;
    if (**s != '"') {
        size_t n = strcspn(*s, ",\r\n");
        buf_add(&b, *s, n);
        *s += n;
        return text_clean(a, buf_cstr(&b), false);
    }
    for (++*s; **s && !(**s == '"' && (*s)[1] != '"'); ++*s) {
        *s += **s == '"';
        buf_char(&b, **s);
    }
    if (!**s)
        return NULL;
    ++*s;
    *s += strcspn(*s, ",\r\n");
    return text_clean(a, buf_cstr(&b), false);
}

static void end_of_line(const char **s)
{
    *s += **s == '\r';
    *s += **s == '\n';
}

bool csv_row(struct arena *a, struct csv *c, const char **cell, size_t max, size_t *n)
{
    for (;;) {
        bool filled = false;
        *n = 0;
        if (!*c->at) {
            *n = 1;
            return false;
        }
        c->row++;
        for (;;) {
            const char *v = cell_at(a, &c->at);
            if (!v) {
                *n = 0;
                return false;
            }
            filled |= *v != 0;
            if (*n < max)
                cell[*n] = v;
            ++*n;
            if (*c->at != ',')
                break;
            c->at++;
        }
        end_of_line(&c->at);
        if (filled)
            return true;
    }
}

bool csv_day(const char *s, int32_t *day)
{
    int64_t v = 0, part[3];
    if (parse_i64(s, &v) && v > 0 && v <= 99991231 && clock_day_valid((int32_t)v)) {
        *day = (int32_t)v;
        return true;
    }
    for (int i = 0; i < 3; i++) {
        size_t len = strcspn(s, "-/");
        if (len == 0 || len > 4 || *s == '-' || !parse_i64_n(s, len, &part[i]) || (i < 2) != (s[len] != 0))
            return false;
        s += len + (i < 2);
    }
    v = part[0] * 10000 + part[1] * 100 + part[2];
    if (part[1] > 12 || part[2] > 31 || !clock_day_valid((int32_t)v))
        return false;
    *day = (int32_t)v;
    return true;
}

bool csv_e3(const char *s, int64_t *out)
{
    const char *dot = strchr(s, '.');
    size_t whole = dot ? (size_t)(dot - s) : strlen(s), frac = dot ? strlen(dot + 1) : 0;
    int64_t w = 0, f = 0;
    if (whole == 0 || whole > 9 || frac > 3 || (dot && !frac) || *s == '-' || !parse_i64_n(s, whole, &w))
        return false;
    if (frac && (dot[1] == '-' || !parse_i64_n(dot + 1, frac, &f)))
        return false;
    for (size_t i = frac; i < 3; i++)
        f *= 10;
    *out = w * 1000 + f;
    return true;
}
