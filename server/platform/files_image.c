/* files_image.c - reading pictures just far enough to know their size and to leave out where they were taken.
 * Every length is checked against what is there; a picture that does not add up is refused, not repaired.
 * SPDX-License-Identifier: MIT */
#include "base/text.h"
#include "platform/files.h"
#include <string.h>

#define MAX_PIECES 4096

static uint32_t be16(const uint8_t *p)
{
    return (uint32_t)p[0] << 8 | p[1];
}

static uint32_t be32(const uint8_t *p)
{
    return be16(p) << 16 | be16(p + 2);
}

static uint32_t le16(const uint8_t *p)
{
    return (uint32_t)p[1] << 8 | p[0];
}

static uint32_t le32(const uint8_t *p)
{
    return le16(p + 2) << 16 | le16(p);
}

void file_piece_add(struct file_pieces *out, const uint8_t *p, size_t n)
{
    if (n == 0)
        return;
    if (out->n && out->v[out->n - 1].p + out->v[out->n - 1].n == p) {
        out->v[out->n - 1].n += n; /* neighbours become one */
        return;
    }
    if (out->n == MAX_PIECES) {
        out->overflow = true;
        return;
    }
    if (out->n == out->cap) {
        size_t cap = out->cap ? out->cap * 2 : 16;
        struct file_piece *v = arena_alloc(out->arena, cap * sizeof *v);
        if (out->n)
            memcpy(v, out->v, out->n * sizeof *v);
        out->v = v;
        out->cap = cap;
    }
    out->v[out->n++] = (struct file_piece){p, n};
}

enum file_kind file_sniff(const uint8_t *p, size_t n)
{
    static const char *const heic[] = {"heic", "heix", "hevc", "heim", "heis", "mif1", "msf1", "avif"};
    if (n >= 4 && memcmp(p, "\xFF\xD8\xFF", 3) == 0)
        return FILE_JPEG;
    if (n >= 8 && memcmp(p, "\x89PNG\r\n\x1a\n", 8) == 0)
        return FILE_PNG;
    if (n >= 12 && memcmp(p, "RIFF", 4) == 0 && memcmp(p + 8, "WEBP", 4) == 0)
        return FILE_WEBP;
    for (size_t i = 0; n >= 12 && memcmp(p + 4, "ftyp", 4) == 0 && i < COUNT(heic); i++)
        if (memcmp(p + 8, heic[i], 4) == 0)
            return FILE_HEIC;
    if (n >= 8 && (memcmp(p, "%PDF-1.", 7) == 0 || memcmp(p, "%PDF-2.", 7) == 0))
        return FILE_PDF;
    return FILE_UNKNOWN;
}

/* ---- JPEG ---- */

/* Orientation (1..8) of an Exif block; 0: none. */
static unsigned exif_orientation(const uint8_t *p, size_t n)
{
    if (n < 14 || memcmp(p, "Exif\0\0", 6) != 0)
        return 0;
    p += 6;
    n -= 6;
    bool little = p[0] == 'I';
    if (memcmp(p, little ? "II*\0" : "MM\0*", 4) != 0)
        return 0;
    size_t at = little ? le32(p + 4) : be32(p + 4);
    if (at < 8 || at + 2 > n)
        return 0;
    size_t count = little ? le16(p + at) : be16(p + at);
    for (at += 2; count && at + 12 <= n; count--, at += 12) {
        unsigned tag = little ? le16(p + at) : be16(p + at), type = little ? le16(p + at + 2) : be16(p + at + 2);
        unsigned v = little ? le16(p + at + 8) : be16(p + at + 8);
        if (tag == 0x0112 && type == 3)
            return v >= 1 && v <= 8 ? v : 0;
    }
    return 0;
}

/* An Exif block that says which side is up and nothing else. */
static void add_orientation(struct file_pieces *out, unsigned v)
{
    static const uint8_t form[36] = {0xFF, 0xE1, 0, 34,   'E', 'x', 'i', 'f', 0, 0, 'M', 'M', 0, '*', 0, 0, 0, 8,
                                     0,    1,    1, 0x12, 0,   3,   0,   0,   0, 1, 0,   0,   0, 0,   0, 0, 0, 0};
    uint8_t *p = arena_memdup(out->arena, form, sizeof form);
    p[29] = (uint8_t)v;
    file_piece_add(out, p, sizeof form);
}

/* Which segments stay: tables, frame headers, JFIF, Adobe's colour marker, the colour profile. */
static bool jpeg_keeps(unsigned marker, const uint8_t *body, size_t n)
{
    if (marker == 0xE0)
        return n >= 5 && memcmp(body, "JFIF", 5) == 0;
    if (marker == 0xE2)
        return n >= 12 && memcmp(body, "ICC_PROFILE", 12) == 0;
    if (marker == 0xEE)
        return n >= 5 && memcmp(body, "Adobe", 5) == 0;
    return marker < 0xE0 || marker > 0xFE || (marker > 0xEF && marker < 0xFE);
}

static bool is_frame(unsigned marker)
{
    return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}

bool jpeg_clean(const uint8_t *p, size_t n, struct file_pieces *out)
{
    size_t i = 2;
    bool scanned = false, oriented = false;
    if (n < 4 || be16(p) != 0xFFD8)
        return false;
    file_piece_add(out, p, 2);
    for (;;) {
        size_t start = i;
        if (i + 2 > n || p[i] != 0xFF)
            return false;
        while (i + 1 < n && p[i + 1] == 0xFF)
            i++; /* fill bytes */
        if (i + 2 > n)
            return false;
        unsigned marker = p[i + 1];
        i += 2;
        if (marker == 0xD9) { /* the end: what follows belongs to no picture */
            file_piece_add(out, p + start, i - start);
            return scanned && out->width > 0;
        }
        if (marker < 0xC0 || (marker >= 0xD0 && marker <= 0xD8) || i + 2 > n)
            return false;
        size_t len = be16(p + i);
        if (len < 2 || i + len > n)
            return false;
        const uint8_t *body = p + i + 2;
        i += len;
        if (is_frame(marker)) {
            if (len < 8 || out->width)
                return false;
            out->height = (int32_t)be16(body + 1);
            out->width = (int32_t)be16(body + 3);
            if (out->width == 0 || out->height == 0)
                return false;
        }
        unsigned side = marker == 0xE1 && !oriented ? exif_orientation(body, len - 2) : 0;
        if (side > 1) {
            add_orientation(out, side);
            oriented = true;
        }
        if (jpeg_keeps(marker, body, len - 2))
            file_piece_add(out, p + start, i - start);
        if (marker != 0xDA)
            continue;
        scanned = true;
        start = i; /* picture data up to the next marker that is not a restart or a stuffed zero */
        while (i + 1 < n && !(p[i] == 0xFF && p[i + 1] != 0 && !(p[i + 1] >= 0xD0 && p[i + 1] <= 0xD7)))
            i++;
        file_piece_add(out, p + start, i - start);
    }
}

/* ---- PNG ---- */
bool png_clean(const uint8_t *p, size_t n, struct file_pieces *out)
{
    static const char *const keep[] = {"IHDR", "PLTE", "IDAT", "IEND", "tRNS", "gAMA",
                                       "cHRM", "sRGB", "iCCP", "sBIT", "bKGD", "pHYs"};
    bool data = false;
    if (n < 8)
        return false;
    file_piece_add(out, p, 8);
    for (size_t i = 8; i + 12 <= n;) {
        size_t len = be32(p + i);
        const uint8_t *type = p + i + 4;
        if (len > n - i - 12 || len > INT32_MAX)
            return false;
        if ((memcmp(type, "IHDR", 4) == 0) != (i == 8))
            return false;
        if (i == 8) {
            uint32_t w = len == 13 ? be32(p + i + 8) : 0, h = len == 13 ? be32(p + i + 12) : 0;
            if (w == 0 || h == 0 || w > INT32_MAX || h > INT32_MAX)
                return false;
            out->width = (int32_t)w;
            out->height = (int32_t)h;
        }
        bool ours = false;
        for (size_t k = 0; k < COUNT(keep) && !ours; k++)
            ours = memcmp(type, keep[k], 4) == 0;
        if (!ours && !(type[0] & 0x20))
            return false; /* a critical chunk we do not know */
        if (ours)
            file_piece_add(out, p + i, len + 12);
        data |= memcmp(type, "IDAT", 4) == 0;
        i += len + 12;
        if (memcmp(type, "IEND", 4) == 0)
            return data && len == 0;
    }
    return false;
}

/* ---- WebP ---- */
static bool webp_size(const uint8_t *type, const uint8_t *b, size_t n, struct file_pieces *out)
{
    uint32_t w = 0, h = 0;
    if (memcmp(type, "VP8X", 4) == 0 && n >= 10) {
        w = (le16(b + 4) | (uint32_t)b[6] << 16) + 1;
        h = (le16(b + 7) | (uint32_t)b[9] << 16) + 1;
    } else if (memcmp(type, "VP8 ", 4) == 0 && n >= 10 && memcmp(b + 3, "\x9d\x01\x2a", 3) == 0) {
        w = le16(b + 6) & 0x3FFF;
        h = le16(b + 8) & 0x3FFF;
    } else if (memcmp(type, "VP8L", 4) == 0 && n >= 5 && b[0] == 0x2F) {
        w = (le32(b + 1) & 0x3FFF) + 1;
        h = (le32(b + 1) >> 14 & 0x3FFF) + 1;
    }
    if (w == 0 || h == 0)
        return false;
    if (out->width == 0) { /* VP8X comes first and counts; a frame must fit into it */
        out->width = (int32_t)w;
        out->height = (int32_t)h;
    }
    return (int64_t)w <= out->width && (int64_t)h <= out->height;
}

bool webp_clean(const uint8_t *p, size_t n, struct file_pieces *out)
{
    bool frame = false;
    size_t end = n >= 12 ? (size_t)le32(p + 4) + 8 : 0, size = 4;
    if (end < 12 || end > n)
        return false;
    uint8_t *head = arena_memdup(out->arena, p, 12);
    file_piece_add(out, head, 12);
    for (size_t i = 12; i < end;) {
        if (end - i < 8)
            return false;
        const uint8_t *type = p + i;
        size_t len = le32(p + i + 4), whole = 8 + len + (len & 1);
        if (len > end - i - 8 || whole > n - i)
            return false;
        bool extended = memcmp(type, "VP8X", 4) == 0,
             picture = memcmp(type, "VP8 ", 4) == 0 || memcmp(type, "VP8L", 4) == 0;
        if (memcmp(type, "ANIM", 4) == 0 || memcmp(type, "ANMF", 4) == 0 || (extended && i != 12) || (picture && frame))
            return false;
        if ((extended || picture) && !webp_size(type, p + i + 8, len, out))
            return false;
        frame |= picture;
        if (extended) {
            uint8_t *copy = arena_memdup(out->arena, p + i, whole);
            copy[8] &= (uint8_t) ~(0x08 | 0x04 | 0x02); /* no EXIF, no XMP, no animation */
            file_piece_add(out, copy, whole);
        } else if (picture || memcmp(type, "ALPH", 4) == 0 || memcmp(type, "ICCP", 4) == 0) {
            file_piece_add(out, p + i, whole);
        } else {
            i += whole; /* metadata, or nothing we know */
            continue;
        }
        size += whole;
        i += whole;
    }
    head[4] = (uint8_t)size;
    head[5] = (uint8_t)(size >> 8);
    head[6] = (uint8_t)(size >> 16);
    head[7] = (uint8_t)(size >> 24);
    return frame;
}

bool file_clean(struct arena *a, enum file_kind kind, const uint8_t *p, size_t n, struct file_pieces *out,
                bool *too_large)
{
    bool ok = false;
    *out = (struct file_pieces){.arena = a};
    *too_large = false;
    switch (kind) {
    case FILE_JPEG:
        ok = jpeg_clean(p, n, out);
        break;
    case FILE_PNG:
        ok = png_clean(p, n, out);
        break;
    case FILE_WEBP:
        ok = webp_clean(p, n, out);
        break;
    case FILE_PDF: { /* the mark of the end must lie near the end, or it was cut off */
        size_t tail = n > 1024 ? n - 1024 : 0;
        ok = memmem(p + tail, n - tail, "%%EOF", 5) != NULL;
        file_piece_add(out, p, n);
        return ok;
    }
    case FILE_HEIC:
    case FILE_UNKNOWN:
        return false;
    }
    *too_large = (int64_t)out->width * out->height > FILE_MAX_PIXELS;
    return ok && !out->overflow && !*too_large;
}
