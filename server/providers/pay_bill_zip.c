/* pay_bill_zip.c - unpacking bills: gzip (WeChat), zip and GBK (Alipay). Sizes that a file claims are believed only
 * within bounds. SPDX-License-Identifier: MIT */
#include "base/text.h"
#include "providers/pay_bill.h"
#include <iconv.h>
#include <string.h>
#include <zlib.h>

#define RATIO   300 /* bills shrink by 10 to 50: more is a bomb */
#define SLACK   65536
#define ENTRIES 64

static size_t bound(size_t n, size_t max)
{
    size_t by_ratio = n > (SIZE_MAX - SLACK) / RATIO ? SIZE_MAX : n * RATIO + SLACK;
    return max < by_ratio ? max : by_ratio;
}

/* All of p, nothing behind it. bits: as inflateInit2 takes it. */
static enum err inflate_all(struct arena *a, int bits, const void *p, size_t n, size_t max, char **out, size_t *len)
{
    z_stream z = {.next_in = (Bytef *)(uintptr_t)p, .avail_in = (uInt)n};
    char *chunk = arena_alloc(a, SLACK);
    struct buf b;
    int rc = Z_OK;
    if (n > UINT32_MAX || inflateInit2(&z, bits) != Z_OK)
        return ERR_INVALID;
    buf_init(&b, a);
    while (rc == Z_OK) {
        z.next_out = (Bytef *)chunk;
        z.avail_out = SLACK;
        rc = inflate(&z, Z_NO_FLUSH);
        size_t got = SLACK - z.avail_out;
        if ((rc == Z_OK && !got) || got > bound(n, max) - b.n)
            rc = Z_DATA_ERROR;
        else if (rc == Z_OK || rc == Z_STREAM_END)
            buf_add(&b, chunk, got);
    }
    bool whole = rc == Z_STREAM_END && z.avail_in == 0;
    inflateEnd(&z);
    if (!whole)
        return ERR_INVALID;
    *out = arena_strndup(a, "", 0);
    if (b.n)
        *out = b.p;
    *len = b.n;
    return OK;
}

enum err pay_bill_gunzip(struct arena *a, const void *p, size_t n, size_t max, char **out, size_t *len)
{
    return inflate_all(a, 15 + 16, p, n, max, out, len);
}

char *pay_bill_utf8(struct arena *a, const char *gbk, size_t n, size_t *len)
{
    size_t room = n * 3 + 1, left = room; /* two bytes become three, one stays one */
    char *text = arena_alloc(a, room + 1), *o = text, *in = (char *)(uintptr_t)gbk;
    iconv_t cd = iconv_open("UTF-8", "GB18030"); /* reads GBK too */
    if (cd == (iconv_t)-1)
        return NULL;
    size_t rc = iconv(cd, &in, &n, &o, &left);
    iconv_close(cd);
    *len = room - left;
    return rc == (size_t)-1 || n ? NULL : text;
}

static uint32_t le(const uint8_t *p, int bytes)
{
    uint32_t v = 0;
    while (bytes-- > 0)
        v = v << 8 | p[bytes];
    return v;
}

/* The end record stands last, behind it only a comment of the length it says. */
static const uint8_t *end_record(const uint8_t *p, size_t n)
{
    for (size_t back = 22; back <= n && back <= 22 + 65535; back++) {
        const uint8_t *e = p + n - back;
        if (le(e, 4) == 0x06054b50 && le(e + 20, 2) == back - 22)
            return e;
    }
    return NULL;
}

struct entry {
    uint32_t flags, method, crc, packed, size, offset;
    const char *name;
};

/* Names are GBK with the UTF-8 flag clear. */
static bool is_detail(struct arena *a, const struct entry *e, size_t name_len)
{
    size_t len = 0;
    const char *name =
        e->flags & 0x800 ? arena_strndup(a, e->name, name_len) : pay_bill_utf8(a, e->name, name_len, &len);
    return name && strstr(name, "业务明细") && !strstr(name, "汇总");
}

static enum err unpack(struct arena *a, const uint8_t *p, size_t n, const struct entry *e, size_t max, char **out,
                       size_t *len)
{
    if (n < 30 || e->offset > n - 30 || le(p + e->offset, 4) != 0x04034b50 || (e->flags & 1))
        return ERR_INVALID;
    size_t at = e->offset + 30 + le(p + e->offset + 26, 2) + le(p + e->offset + 28, 2);
    if (at > n || e->packed > n - at || e->size > bound(e->packed, max))
        return ERR_INVALID;
    if (e->method == 0 && e->packed == e->size) {
        *out = arena_strndup(a, (const char *)p + at, e->size);
        *len = e->size;
    } else if (e->method != 8 || inflate_all(a, -15, p + at, e->packed, e->size, out, len)) {
        return ERR_INVALID;
    }
    return *len == e->size && crc32(0, (const Bytef *)*out, (uInt)*len) == e->crc ? OK : ERR_INVALID;
}

enum err pay_bill_unzip(struct arena *a, const void *zip, size_t n, size_t max, char **out, size_t *len)
{
    const uint8_t *p = zip, *end = end_record(p, n);
    if (!end || le(end + 4, 4) != 0) /* one disk only */
        return ERR_INVALID;
    size_t count = le(end + 10, 2), at = le(end + 16, 4), stop = (size_t)(end - p);
    for (size_t i = 0; i < count && i < ENTRIES; i++) {
        const uint8_t *c = p + at;
        if (at > stop || stop - at < 46 || le(c, 4) != 0x02014b50)
            return ERR_INVALID;
        size_t name_len = le(c + 28, 2), whole = 46 + name_len + le(c + 30, 2) + le(c + 32, 2);
        if (whole > stop - at)
            return ERR_INVALID;
        struct entry e = {le(c + 8, 2),  le(c + 10, 2), le(c + 16, 4),       le(c + 20, 4),
                          le(c + 24, 4), le(c + 42, 4), (const char *)c + 46};
        if (is_detail(a, &e, name_len))
            return unpack(a, p, n, &e, max, out, len);
        at += whole;
    }
    return ERR_INVALID;
}
