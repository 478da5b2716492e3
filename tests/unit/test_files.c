/* test_files.c - hostile and honest uploads. SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include "base/text.h"
#include "platform/crypto/crypto.h"
#include "platform/files.h"
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct arena *a;
static char dir[] = "/tmp/anju-files-XXXXXX", spool[64];
static struct why why;

static void put16(struct buf *b, unsigned v)
{
    buf_add(b, (const uint8_t[]){(uint8_t)(v >> 8), (uint8_t)v}, 2);
}

static void put32(struct buf *b, uint32_t v)
{
    put16(b, v >> 16);
    put16(b, v & 0xFFFF);
}

static void segment(struct buf *b, unsigned marker, const void *p, size_t n)
{
    put16(b, 0xFF00 | marker);
    put16(b, (unsigned)n + 2);
    buf_add(b, p, n);
}

/* Exif with orientation 6 and a GPS pointer. */
static const uint8_t exif[] = "Exif\0\0II*\0\x08\0\0\0\x02\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0"
                              "\x25\x88\x04\0\x01\0\0\0\x26\0\0\0\0\0\0\0GPSLATITUDE 31.2304";

static struct buf jpeg(unsigned w, unsigned h)
{
    struct buf b;
    buf_init(&b, a);
    put16(&b, 0xFFD8);
    segment(&b, 0xE0, "JFIF\0\x01\x01\0\0\x01\0\x01\0\0", 14);
    segment(&b, 0xE1, exif, sizeof exif - 1);
    segment(&b, 0xE1, "http://ns.adobe.com/xap/1.0/\0<x GPSLatitude/>", 45);
    segment(&b, 0xE2, "ICC_PROFILE\0\x01\x01profile", 21);
    segment(&b, 0xE2, "MPF\0preview", 11);
    segment(&b, 0xED, "Photoshop 3.0\0GPS", 17);
    segment(&b, 0xFE, "comment GPS", 11);
    uint8_t sof[] = {8, (uint8_t)(h >> 8), (uint8_t)h, (uint8_t)(w >> 8), (uint8_t)w, 1, 1, 0x11, 0};
    segment(&b, 0xDB, "\0qqqq", 5);
    segment(&b, 0xC2, sof, sizeof sof);
    segment(&b, 0xDA, "\x01\x01\0\0\x3f\0", 6);
    buf_add(&b, "\x12\xFF\x00\x34\xFF\xD0\x56", 7);
    segment(&b, 0xC4, "\0table", 6);
    segment(&b, 0xDA, "\x01\x01\0\0\x3f\0", 6);
    buf_add(&b, "\x78\xFF\x00", 3);
    put16(&b, 0xFFD9);
    return b;
}

static void chunk(struct buf *b, const char *type, const void *p, size_t n)
{
    put32(b, (uint32_t)n);
    buf_str(b, type);
    buf_add(b, p, n);
    put32(b, 0x12345678);
}

static struct buf png(uint32_t w, uint32_t h)
{
    struct buf b, head;
    buf_init(&b, a);
    buf_init(&head, a);
    put32(&head, w);
    put32(&head, h);
    buf_add(&head, "\x08\x02\0\0\0", 5);
    buf_add(&b, "\x89PNG\r\n\x1a\n", 8);
    chunk(&b, "IHDR", head.p, head.n);
    chunk(&b, "eXIf", "GPSLATITUDE", 11);
    chunk(&b, "tEXt", "GPS", 3);
    chunk(&b, "iTXt", "XML:com.adobe.xmp GPS", 21);
    chunk(&b, "gAMA", "\0\0\x01\0", 4);
    chunk(&b, "IDAT", "pixels", 6);
    chunk(&b, "zTXt", "GPS", 3);
    chunk(&b, "IEND", "", 0);
    return b;
}

static void riff(struct buf *b, const char *type, const void *p, size_t n)
{
    buf_str(b, type);
    buf_add(b, (const uint8_t[]){(uint8_t)n, (uint8_t)(n >> 8), (uint8_t)(n >> 16), (uint8_t)(n >> 24)}, 4);
    buf_add(b, p, n);
    if (n & 1)
        buf_add(b, "\0", 1);
}

static void riff_size(struct buf *b)
{
    size_t n = b->n - 8;
    memcpy(b->p + 4, (const uint8_t[]){(uint8_t)n, (uint8_t)(n >> 8), (uint8_t)(n >> 16), (uint8_t)(n >> 24)}, 4);
}

static struct buf webp(void)
{
    struct buf b;
    buf_init(&b, a);
    buf_add(&b, "RIFF\0\0\0\0WEBP", 12);
    riff(&b, "VP8X", "\x2c\0\0\0\x63\0\0\x31\0\0", 10); /* ICC, EXIF, XMP; 100 x 50 */
    riff(&b, "ICCP", "prof1", 5);
    riff(&b, "VP8 ", "\x00\x00\x00\x9d\x01\x2a\x64\x00\x32\x00zz", 12);
    riff(&b, "EXIF", "GPSLATITUDE", 11);
    riff(&b, "XMP ", "GPS", 3);
    riff_size(&b);
    return b;
}

static void put_spool(const void *p, size_t n)
{
    FILE *f = fopen(spool, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(p, 1, n, f), n);
    fclose(f);
}

static enum err store(const void *p, size_t n, const char *type, struct stored_file *out)
{
    put_spool(p, n);
    return files_store(a, dir, spool, type, out, &why);
}

static char *read_back(const struct stored_file *s, size_t *n)
{
    int64_t size = 0;
    int fd = files_open(dir, s->name, &size);
    assert_true(fd >= 0);
    assert_int_equal(size, s->size);
    char *p = arena_alloc(a, (size_t)size + 1);
    assert_int_equal(read(fd, p, (size_t)size), size);
    close(fd);
    uint8_t h[32];
    sha256(p, (size_t)size, h);
    assert_memory_equal(h, s->sha256, 32);
    *n = (size_t)size;
    return p;
}

static void no_gps(const struct buf *before, const char *after, size_t n)
{
    assert_non_null(memmem(before->p, before->n, "GPS", 3));
    assert_null(memmem(after, n, "GPS", 3));
}

static void jpegs(void **state)
{
    (void)state;
    struct stored_file s, again;
    size_t n;
    struct buf b = jpeg(4000, 3000);
    buf_str(&b, "PK\x03\x04<script>GPS trailing");
    assert_int_equal(store(b.p, b.n, "image/jpeg", &s), OK);
    assert_int_equal(s.kind, FILE_JPEG);
    assert_int_equal(s.width, 4000);
    assert_int_equal(s.height, 3000);
    assert_string_equal(s.type, "image/jpeg");
    char *p = read_back(&s, &n);
    no_gps(&b, p, n);
    assert_null(memmem(p, n, "script", 6));
    assert_null(memmem(p, n, "preview", 7));
    assert_null(memmem(p, n, "adobe", 5));
    assert_non_null(memmem(p, n, "ICC_PROFILE\0\x01\x01profile", 21));
    assert_non_null(memmem(p, n, "\x12\xFF\x00\x34\xFF\xD0\x56", 7));
    assert_memory_equal(p + n - 2, "\xFF\xD9", 2);
    const uint8_t *side = memmem(p, n, "Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06", 26);
    assert_non_null(side);
    assert_int_equal(store(p, n, "image/jpeg", &again), OK); /* cleaning the clean changes nothing */
    assert_memory_equal(again.sha256, s.sha256, 32);
    assert_string_not_equal(again.name, s.name);
}

static void pngs_and_webps(void **state)
{
    (void)state;
    struct stored_file s, again;
    size_t n;
    struct buf b = png(800, 600);
    buf_str(&b, "GPS trailing");
    assert_int_equal(store(b.p, b.n, "image/jpeg", &s), OK); /* the magic decides, not the word */
    assert_int_equal(s.kind, FILE_PNG);
    assert_int_equal(s.width, 800);
    char *p = read_back(&s, &n);
    no_gps(&b, p, n);
    assert_non_null(memmem(p, n, "gAMA", 4));
    assert_memory_equal(p + n - 8, "IEND\x12\x34\x56\x78", 8);
    b = webp();
    assert_int_equal(store(b.p, b.n, "image/webp", &s), OK);
    assert_int_equal(s.width, 100);
    assert_int_equal(s.height, 50);
    p = read_back(&s, &n);
    no_gps(&b, p, n);
    assert_int_equal(p[20], 0x20); /* only the colour profile is announced */
    assert_int_equal((uint8_t)p[4] + 256 * (uint8_t)p[5], n - 8);
    assert_int_equal(store(p, n, "image/webp", &again), OK);
    assert_memory_equal(again.sha256, s.sha256, 32);
}

static void refused(const void *p, size_t n, enum err e)
{
    struct stored_file s;
    if (store(p, n, "image/jpeg", &s) != e)
        fail_msg("expected %s", err_wire(e));
    assert_non_null(why.en);
}

static void hostile(void **state)
{
    (void)state;
    refused("", 0, ERR_INVALID);
    refused("<html><script>", 14, ERR_MEDIA);
    refused("GIF89a<script>", 14, ERR_MEDIA);
    refused("MZ\x90\0\x03", 5, ERR_MEDIA);
    refused("PK\x03\x04zzzzzzzzzzzzzzz", 19, ERR_MEDIA);
    refused("<svg xmlns='x'/>", 16, ERR_MEDIA);
    refused("\0\0\0\x18"
            "ftypheic\0\0\0\0mif1heic",
            24, ERR_MEDIA);
    refused("%PDF-1.7\n1 0 obj", 16, ERR_INVALID);
    refused("%PDF-9", 6, ERR_MEDIA);
    struct stored_file s;
    assert_int_equal(store("%PDF-1.7\n1 0 obj\n%%EOF\n", 23, NULL, &s), OK);
    assert_string_equal(s.type, "application/pdf");
    struct buf b = jpeg(65000, 65000);
    refused(b.p, b.n, ERR_TOO_LARGE);
    b = jpeg(0, 100);
    refused(b.p, b.n, ERR_INVALID);
    b = png(100000, 100000);
    refused(b.p, b.n, ERR_TOO_LARGE);
    b = png(0xFFFFFFFF, 1);
    refused(b.p, b.n, ERR_INVALID);
    b = webp();
    memcpy(b.p + 12, "ANIM", 4);
    refused(b.p, b.n, ERR_INVALID);
    b = webp();
    memset(b.p + 24, 0xFF, 6); /* 16 M x 16 M */
    refused(b.p, b.n, ERR_TOO_LARGE);
    b = webp();
    b.p[58] = (char)0xFF; /* a frame larger than its canvas */
    refused(b.p, b.n, ERR_INVALID);
    b = png(10, 10);
    memcpy(b.p + 37, "EVIL", 4); /* critical and unknown */
    refused(b.p, b.n, ERR_INVALID);
    buf_init(&b, a); /* kept and dropped segments in turn: would need a list of millions */
    put16(&b, 0xFFD8);
    for (int i = 0; i < 20000; i++) {
        segment(&b, 0xDB, "q", 1);
        segment(&b, 0xFE, "q", 1);
    }
    struct buf tail = jpeg(10, 10);
    buf_add(&b, tail.p + 2, tail.n - 2);
    refused(b.p, b.n, ERR_INVALID);
    const struct buf all[] = {jpeg(10, 10), png(10, 10), webp()};
    for (size_t k = 0; k < COUNT(all); k++)
        for (size_t n = 4; n < all[k].n; n++) { /* every truncation, read from an exact copy */
            struct file_pieces out;
            bool large;
            uint8_t *exact = malloc(n);
            memcpy(exact, all[k].p, n);
            enum file_kind kind = file_sniff(exact, n);
            assert_false(kind != FILE_UNKNOWN && file_clean(a, kind, exact, n, &out, &large));
            free(exact);
        }
}

static bool multipart(const char *body, size_t n, struct upload_part *out)
{
    uint8_t *exact = malloc(n ? n : 1);
    memcpy(exact, body, n);
    bool ok = multipart_file(a, exact, n, "XyZ", out);
    if (ok)
        out->p = arena_memdup(a, out->p, out->n);
    free(exact);
    return ok;
}

#define FILE_HEAD(name)                                                                                                \
    "--XyZ\r\nContent-Disposition: form-data; name=\"file\"; filename=" name "\r\nContent-Type: image/png\r\n\r\n"

static void boundaries(void **state)
{
    (void)state;
    assert_string_equal(multipart_boundary(a, "multipart/form-data; boundary=XyZ"), "XyZ");
    assert_string_equal(multipart_boundary(a, "Multipart/Form-Data;boundary=\"a b\"") ? "?" : "no", "no");
    assert_string_equal(multipart_boundary(a, "multipart/form-data; boundary=\"a:b\"; charset=x"), "a:b");
    static const char *const bad[] = {"multipart/form-data",
                                      "multipart/form-data; boundary=",
                                      "multipart/mixed; boundary=a",
                                      "multipart/form-data; boundary=\"a",
                                      "multipart/form-data; boundary=a<b",
                                      "multipart/form-data; boundary="
                                      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_null(multipart_boundary(a, bad[i]));
    assert_null(multipart_boundary(a, NULL));
    static const struct {
        const char *body, *content, *name; /* content NULL: refused */
    } c[] = {
        {FILE_HEAD("\"a.png\"") "data\r\n--XyZ--\r\n",                                                         "data",                     "a.png"      },
        {FILE_HEAD("\"a.png\"") "\r\n--XyZ--",                                                                 "",                         "a.png"      },
        {FILE_HEAD("\"a.png\"") "--XyZ--",                                                                     "",                         "a.png"      },
        {"--XyZ\r\nContent-Disposition: form-data; name=\"k\"\r\n\r\nv\r\n" FILE_HEAD("\"a\"") "d\r\n--XyZ--", "d",
         "a"                                                                                                                                            },
        {FILE_HEAD("\"a\"") "x\r\n--XyW\r\n--Xy\r\r\n\r\n--XyZ--",                                             "x\r\n--XyW\r\n--Xy\r\r\n", "a"          },
        {FILE_HEAD("\"..\\\\..\\\\etc/passwd\"") "d\r\n--XyZ--",                                               "d",                        "passwd"     },
        {FILE_HEAD("\"C:\\fakepath\\图 片\t.png\"") "d\r\n--XyZ--",                                          "d",                        "图 片.png"},
        {FILE_HEAD("\"a\\\"b\"") "d\r\n--XyZ--",                                                               "d",                        "a\"b"       },
        {FILE_HEAD("\"x\"; filename*=UTF-8''%E5%AE%89.png") "d\r\n--XyZ--",                                    "d",                        "安.png"    },
        {FILE_HEAD("\"x\"; filename*=UTF-8''%00.png") "d\r\n--XyZ--",                                          "d",                        "x"          },
        {FILE_HEAD("\"\xff\"") "d\r\n--XyZ--",                                                                 "d",                        ""           },
        {FILE_HEAD("a.png") "d\r\n--XyZ--",                                                                    "d",                        "a.png"      },
        {"",                                                                                                   NULL,                       NULL         },
        {"--XyZ",                                                                                              NULL,                       NULL         },
        {"--XyZ--",                                                                                            NULL,                       NULL         },
        {"--XyZ\r\n",                                                                                          NULL,                       NULL         },
        {"preamble\r\n" FILE_HEAD("\"a\"") "d\r\n--XyZ--",                                                     NULL,                       NULL         },
        {FILE_HEAD("\"a\"") "data",                                                                            NULL,                       NULL         },
        {FILE_HEAD("\"a\"") "data\r\n--XyZ",                                                                   NULL,                       NULL         },
        {FILE_HEAD("\"a\"") "data\r\n--XyZjunk\r\n",                                                           NULL,                       NULL         },
        {FILE_HEAD("\"a\"") "1\r\n" FILE_HEAD("\"b\"") "2\r\n--XyZ--",                                         NULL,                       NULL         },
        {"--XyZ\r\nContent-Disposition: form-data; name=\"k\"\r\n\r\nv\r\n--XyZ--",                            NULL,                       NULL         },
        {"--XyZ\r\n\r\nno head\r\n--XyZ--",                                                                    NULL,                       NULL         },
        {"--XyZ\r\nContent-Disposition: attachment; filename=\"a\"\r\n\r\nd\r\n--XyZ--",                       NULL,                       NULL         },
        {"--XyZ\r\nContent-Disposition: form-data; filename=\"a\"\r\nContent-Transfer-Encoding: "
         "base64\r\n\r\nZA==\r\n--XyZ--",                                                             NULL,                       NULL         },
        {"--XyZ\r\nContent-Disposition: form-data; filename=\"a\"\r\nno colon\r\n\r\nd\r\n--XyZ--",            NULL,                       NULL         },
    };
    for (size_t i = 0; i < COUNT(c); i++) {
        struct upload_part part = {0};
        bool ok = multipart(c[i].body, strlen(c[i].body), &part);
        if (ok != (c[i].content != NULL))
            fail_msg("case %zu", i);
        if (!ok)
            continue;
        assert_int_equal(part.n, strlen(c[i].content));
        assert_memory_equal(part.p, c[i].content, part.n);
        assert_string_equal(part.filename, c[i].name);
    }
    struct buf b;
    buf_init(&b, a);
    buf_str(&b, "--XyZ\r\nContent-Disposition: form-data; name=\"f\"; filename=\"");
    for (int i = 0; i < 200; i++)
        buf_str(&b, "安");
    buf_str(&b, "\"\r\n\r\nd\r\n--XyZ--");
    struct upload_part part;
    assert_true(multipart(b.p, b.n, &part));
    assert_int_equal(strlen(part.filename), 255);
    buf_init(&b, a);
    buf_str(&b, "--XyZ\r\nContent-Disposition: form-data; filename=\"a\"\r\nX: ");
    for (int i = 0; i < 9000; i++)
        buf_char(&b, 'x');
    buf_str(&b, "\r\n\r\nd\r\n--XyZ--");
    assert_false(multipart(b.p, b.n, &part));
}

static void whole(void **state)
{
    (void)state;
    struct stored_file s;
    struct buf b, p = png(20, 10);
    buf_init(&b, a);
    buf_str(&b, FILE_HEAD("\"漏水.png\""));
    buf_add(&b, p.p, p.n);
    buf_str(&b, "\r\n--XyZ--\r\n");
    assert_int_equal(store(b.p, b.n, "multipart/form-data; boundary=XyZ", &s), OK);
    assert_string_equal(s.filename, "漏水.png");
    assert_int_equal(s.width, 20);
    assert_int_equal(store(b.p, b.n, "multipart/form-data; boundary=other", &s), ERR_INVALID);
    assert_int_equal(store(b.p, b.n, "multipart/form-data", &s), ERR_INVALID);
    assert_int_equal(store(p.p, p.n, NULL, &s), OK);
    struct stat st;
    char path[160];
    snprintf(path, sizeof path, "%s/files/%.2s/%.2s/%s", dir, s.name, s.name + 2, s.name);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    int64_t size;
    static const char *const bad[] = {"",
                                      "..",
                                      "../../../../etc/passwd",
                                      "0123456789abcdef0123456789abcde",
                                      "0123456789abcdef0123456789abcdeg",
                                      "0123456789ABCDEF0123456789abcdef"};
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_int_equal(files_open(dir, bad[i], &size), -1);
    assert_true(files_remove(dir, s.name));
    assert_int_equal(files_open(dir, s.name, &size), -1);
    assert_false(files_remove(dir, s.name));
    unlink(spool);
    assert_int_equal(files_store(a, dir, spool, NULL, &s, &why), ERR_INTERNAL);
    put_spool(p.p, p.n);
    assert_int_equal(files_store(a, "/nonexistent-folder/x", spool, NULL, &s, &why), ERR_BUSY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(jpegs), cmocka_unit_test(pngs_and_webps),
                                       cmocka_unit_test(hostile), cmocka_unit_test(boundaries),
                                       cmocka_unit_test(whole)};
    a = arena_new(256u << 20);
    if (!mkdtemp(dir))
        return 1;
    snprintf(spool, sizeof spool, "%s/spool", dir);
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    char rm[64];
    snprintf(rm, sizeof rm, "rm -rf %s", dir);
    arena_free(a);
    return system(rm) || rc;
}
