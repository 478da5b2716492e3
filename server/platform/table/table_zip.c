/* table_zip.c - the container of an xlsx. Minizip inflates; before it may, the directory is checked: it ends the file, it
 * begins where it says, there is nothing in front of the first part, no name twice, no name that leads anywhere, nothing
 * encrypted. While inflating, bytes are counted: what a header promises is not believed.  SPDX-License-Identifier: MIT */
#include "platform/table/table_int.h"
#include <minizip/unzip.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ENTRIES   2000
#define NAME_MAX_ 200
#define RATIO     200 /* once a part has grown past a megabyte; sheets reach 50 */
#define CHUNK     65536
#define TAIL      22 /* the end record without a comment */

struct zip {
    struct reading *r;
    unzFile file;
    int64_t at; /* of the stream below */
    int64_t inflated;
    char *name[ENTRIES];
    size_t n;
    uint8_t chunk[CHUNK];
};

/* ---- the stream minizip reads ---- */

static voidpf z_open(voidpf opaque, const void *name, int mode)
{
    (void)name;
    (void)mode;
    return opaque;
}

static uLong z_read(voidpf opaque, voidpf stream, void *buf, uLong n)
{
    struct zip *z = stream;
    (void)opaque;
    ssize_t got = pread(z->r->fd, buf, n, z->at);
    if (got < 0)
        return 0;
    z->at += got;
    return (uLong)got;
}

static uLong z_write(voidpf opaque, voidpf stream, const void *buf, uLong n)
{
    (void)opaque;
    (void)stream;
    (void)buf;
    (void)n;
    return 0;
}

static ZPOS64_T z_tell(voidpf opaque, voidpf stream)
{
    (void)opaque;
    return (ZPOS64_T)((struct zip *)stream)->at;
}

static long z_seek(voidpf opaque, voidpf stream, ZPOS64_T off, int origin)
{
    struct zip *z = stream;
    (void)opaque;
    int64_t base = origin == ZLIB_FILEFUNC_SEEK_CUR ? z->at : origin == ZLIB_FILEFUNC_SEEK_END ? z->r->size : 0;
    if (off > INT64_MAX - (uint64_t)z->r->size || base + (int64_t)off > z->r->size)
        return -1;
    z->at = base + (int64_t)off;
    return 0;
}

static int z_nothing(voidpf opaque, voidpf stream)
{
    (void)opaque;
    (void)stream;
    return 0;
}

/* ---- the directory ---- */

static uint32_t le(const uint8_t *p, int n)
{
    uint32_t v = 0;
    while (n--)
        v = v << 8 | p[n];
    return v;
}

/* The end record is the last thing of the file and the directory ends where it begins. */
static bool check_tail(struct reading *r)
{
    uint8_t t[TAIL], head[4];
    if (r->size < TAIL || pread(r->fd, t, TAIL, r->size - TAIL) != TAIL || pread(r->fd, head, 4, 0) != 4)
        return table_refuse(r, TABLE_ZIP, NULL);
    if (memcmp(head, "PK\3\4", 4) != 0)
        return table_refuse(r, TABLE_ZIP_TAIL, NULL);
    if (memcmp(t, "PK\5\6", 4) != 0 || le(t + 20, 2) != 0)
        return table_refuse(r, TABLE_ZIP_TAIL, NULL);
    if (le(t + 4, 2) || le(t + 6, 2) || le(t + 8, 2) != le(t + 10, 2))
        return table_refuse(r, TABLE_ZIP, NULL);
    if (le(t + 10, 2) > ENTRIES)
        return table_refuse(r, TABLE_ZIP_MANY, NULL);
    if ((int64_t)le(t + 12, 4) + le(t + 16, 4) != r->size - TAIL)
        return table_refuse(r, TABLE_ZIP_TAIL, NULL);
    return true;
}

static bool name_ok(const char *name)
{
    for (const char *p = name; *p; p++)
        if (*p == '\\' || *p == ':' || (unsigned char)*p < 0x20)
            return false;
    return *name && *name != '/' && !strstr(name, "..") && utf8_valid(name, strlen(name));
}

static bool take_entry(struct zip *z)
{
    unz_file_info64 info;
    char name[NAME_MAX_ + 2] = "";
    if (unzGetCurrentFileInfo64(z->file, &info, name, NAME_MAX_ + 1, NULL, 0, NULL, 0) != UNZ_OK)
        return table_refuse(z->r, TABLE_ZIP, NULL);
    if (info.size_filename > NAME_MAX_ || strlen(name) != info.size_filename || !name_ok(name))
        return table_refuse(z->r, TABLE_ZIP_NAME, NULL);
    if (info.flag & 1)
        return table_refuse(z->r, TABLE_ENCRYPTED, NULL);
    if (info.compression_method != 0 && info.compression_method != 8)
        return table_refuse(z->r, TABLE_ZIP, NULL);
    if (z->n == ENTRIES)
        return table_refuse(z->r, TABLE_ZIP_MANY, NULL);
    z->name[z->n++] = arena_strdup(z->r->a, name);
    return true;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool take_directory(struct zip *z)
{
    int rc = unzGoToFirstFile(z->file);
    while (rc == UNZ_OK) {
        if (!take_entry(z))
            return false;
        rc = unzGoToNextFile(z->file);
    }
    if (rc != UNZ_END_OF_LIST_OF_FILE)
        return table_refuse(z->r, TABLE_ZIP, NULL);
    qsort(z->name, z->n, sizeof z->name[0], by_name);
    for (size_t i = 1; i < z->n; i++)
        if (strcmp(z->name[i - 1], z->name[i]) == 0)
            return table_refuse(z->r, TABLE_ZIP_NAME, NULL);
    return true;
}

static void zip_close(void *arg)
{
    unzClose(((struct zip *)arg)->file);
}

struct zip *zip_open(struct reading *r)
{
    struct zip *z = arena_alloc(r->a, sizeof *z);
    zlib_filefunc64_def io = {.zopen64_file = z_open,
                              .zread_file = z_read,
                              .zwrite_file = z_write,
                              .ztell64_file = z_tell,
                              .zseek64_file = z_seek,
                              .zclose_file = z_nothing,
                              .zerror_file = z_nothing,
                              .opaque = z};
    z->r = r;
    if (!check_tail(r))
        return NULL;
    z->file = unzOpen2_64("", &io);
    if (!z->file)
        return table_refuse(r, TABLE_ZIP, NULL), NULL;
    arena_defer(r->a, zip_close, z);
    return take_directory(z) ? z : NULL;
}

bool zip_has(const struct zip *z, const char *name)
{
    for (size_t i = 0; i < z->n; i++)
        if (strcmp(z->name[i], name) == 0)
            return true;
    return false;
}

static bool inflate_part(struct zip *z, int64_t packed, zip_fn *fn, void *arg)
{
    int64_t out = 0;
    for (;;) {
        int n = unzReadCurrentFile(z->file, z->chunk, CHUNK);
        if (n < 0)
            return table_refuse(z->r, TABLE_ZIP, NULL);
        out += n;
        z->inflated += n;
        if (z->inflated > TABLE_INFLATED || (out > 1 << 20 && out / RATIO > packed))
            return table_refuse(z->r, TABLE_BOMB, NULL);
        if (!fn(arg, z->chunk, (size_t)n, n == 0))
            return false;
        if (n == 0)
            return true;
    }
}

bool zip_part(struct zip *z, const char *name, zip_fn *fn, void *arg)
{
    unz_file_info64 info;
    if (unzLocateFile(z->file, name, 1) != UNZ_OK || unzOpenCurrentFile(z->file) != UNZ_OK)
        return table_refuse(z->r, TABLE_ZIP, NULL);
    if (unzGetCurrentFileInfo64(z->file, &info, NULL, 0, NULL, 0, NULL, 0) != UNZ_OK) {
        unzCloseCurrentFile(z->file);
        return table_refuse(z->r, TABLE_ZIP, NULL);
    }
    bool good = inflate_part(z, (int64_t)info.compressed_size, fn, arg);
    int rc = unzCloseCurrentFile(z->file);
    return good && rc != UNZ_OK ? table_refuse(z->r, TABLE_ZIP, NULL) : good;
}
