/* files_multipart.c - the one file of a multipart/form-data body. Strict: what a browser or a mini-program does
 * not send is refused. SPDX-License-Identifier: MIT */
#include "base/text.h"
#include "platform/files.h"
#include <string.h>
#include <strings.h>

#define MAX_PARTS    20
#define MAX_HEAD     8192
#define MAX_FILENAME 255

const char *multipart_boundary(struct arena *a, const char *content_type)
{
    static const char ok[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'()+_,-./:=?";
    if (!content_type || strncasecmp(content_type, "multipart/form-data", 19) != 0)
        return NULL;
    const char *s = content_type + 19;
    s += strspn(s, " \t");
    if (*s++ != ';')
        return NULL;
    s += strspn(s, " \t");
    if (strncasecmp(s, "boundary=", 9) != 0)
        return NULL;
    s += 9;
    bool quoted = *s == '"';
    s += quoted;
    size_t n = strspn(s, ok);
    const char *rest = s + n;
    if (quoted && *rest++ != '"')
        return NULL;
    if (n == 0 || n > 70 || (*rest && !strchr("; \t", *rest)))
        return NULL;
    return arena_strndup(a, s, n);
}

/* Reads `name="value"` after a ';'. Returns what follows, NULL at the end or when malformed. */
static const char *next_param(struct arena *a, const char *s, const char **name, const char **value)
{
    s += strspn(s, " \t;");
    size_t n = strcspn(s, "=; \t");
    if (n == 0 || s[n] != '=')
        return NULL;
    *name = arena_strndup(a, s, n);
    s += n + 1;
    if (*s != '"') {
        n = strcspn(s, "; \t");
        *value = arena_strndup(a, s, n);
        return s + n;
    }
    char *v = arena_alloc(a, strlen(s) + 1), *o = v;
    for (s++; *s && *s != '"'; s++) {
        if (*s == '\\' && (s[1] == '"' || s[1] == '\\'))
            s++;
        *o++ = *s;
    }
    *value = v;
    return *s == '"' ? s + 1 : NULL;
}

/* filename*=UTF-8''%E5%AE%89.jpg */
static const char *extended(struct arena *a, const char *v)
{
    if (strncasecmp(v, "utf-8'", 6) != 0 || !(v = strchr(v + 6, '\'')))
        return NULL;
    char *out = arena_alloc(a, strlen(v) + 1), *o = out;
    for (v++; *v; v++) {
        if (*v == '%') {
            if (strlen(v) < 3 || !hex_decode(v + 1, 2, o) || !*o)
                return NULL;
            o++;
            v += 2;
        } else {
            *o++ = *v;
        }
    }
    return out;
}

/* Drops the marks that turn the reading direction round ("photo<U+202E>gpj.exe" shows as "photoexe.jpg"). */
static void drop_turning(char *s)
{
    char *o = s;
    for (const unsigned char *p = (const unsigned char *)s; *p;) {
        bool embed = p[0] == 0xE2 && p[1] == 0x80 && p[2] >= 0xAA && p[2] <= 0xAE;
        bool isolate = p[0] == 0xE2 && p[1] == 0x81 && p[2] >= 0xA6 && p[2] <= 0xA9;
        if (embed || isolate)
            p += 3;
        else
            *o++ = (char)*p++;
    }
    *o = '\0';
}

/* A text to show, never a path. */
static const char *clean_name(struct arena *a, const char *s)
{
    if (!utf8_valid(s, strlen(s)))
        return "";
    char *name = text_clean(a, s, false); /* first: it makes a slash of a full-width one */
    for (char *cut; (cut = strpbrk(name, "/\\"));)
        name = cut + 1;
    drop_turning(name);
    size_t n = strlen(name);
    if (n > MAX_FILENAME) {
        n = MAX_FILENAME;
        while (n && ((unsigned char)name[n] & 0xC0) == 0x80)
            n--;
        name[n] = '\0';
    }
    return name;
}

/* One header block (without its closing empty line). *filename: NULL when the part is a plain field. */
static bool part_head(struct arena *a, const char *head, const char **filename)
{
    bool disposition = false;
    *filename = NULL;
    for (const char *line = head; *line;) {
        const char *end = strstr(line, "\r\n");
        size_t n = end ? (size_t)(end - line) : strlen(line);
        const char *text = arena_strndup(a, line, n), *name, *value, *star = NULL;
        if (strncasecmp(text, "content-transfer-encoding:", 26) == 0) {
            const char *v = text + 26 + strspn(text + 26, " \t");
            if (strcasecmp(v, "binary") != 0 && strcasecmp(v, "8bit") != 0 && strcasecmp(v, "7bit") != 0)
                return false;
        } else if (strncasecmp(text, "content-disposition:", 20) == 0) {
            const char *s = text + 20 + strspn(text + 20, " \t");
            if (disposition || strncasecmp(s, "form-data", 9) != 0)
                return false;
            disposition = true;
            for (s += 9; (s = next_param(a, s, &name, &value));) {
                if (strcasecmp(name, "filename") == 0)
                    *filename = value;
                else if (strcasecmp(name, "filename*") == 0)
                    star = extended(a, value);
            }
            if (star)
                *filename = star;
        } else if (!strchr(text, ':')) {
            return false;
        }
        line += n + (end ? 2 : 0);
    }
    return disposition;
}

bool multipart_file(struct arena *a, const uint8_t *p, size_t n, const char *boundary, struct upload_part *out)
{
    char *mark = arena_printf(a, "\r\n--%s", boundary);
    size_t nm = strlen(mark), i = nm - 2;
    bool found = false;
    if (n < i || memcmp(p, mark + 2, i) != 0)
        return false;
    for (int part = 0;; part++) {
        if (n - i >= 2 && memcmp(p + i, "--", 2) == 0)
            return found; /* the closing mark; an epilogue does not matter */
        if (part == MAX_PARTS || n - i < 2 || memcmp(p + i, "\r\n", 2) != 0)
            return false;
        i += 2;
        size_t limit = n - i < MAX_HEAD ? n - i : MAX_HEAD;
        const uint8_t *end = memmem(p + i, limit, "\r\n\r\n", 4);
        if (!end || memchr(p + i, '\0', (size_t)(end - p) - i))
            return false;
        const char *filename;
        if (!part_head(a, arena_strndup(a, (const char *)p + i, (size_t)(end - p) - i), &filename))
            return false;
        i = (size_t)(end - p) + 4;
        /* an empty part: the mark begins with the line break that ended the head */
        const uint8_t *stop = memmem(p + i - 2, n - i + 2, mark, nm);
        if (!stop)
            return false;
        size_t at = (size_t)(stop - p);
        if (filename) {
            if (found)
                return false; /* one at a time */
            found = true;
            *out = (struct upload_part){p + i, at > i ? at - i : 0, clean_name(a, filename)};
        }
        i = at + nm;
    }
}
