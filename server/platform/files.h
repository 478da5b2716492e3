/* files.h - uploads: what they are is read from their bytes, where they were taken is removed, and they lie on
 * disk before anybody hears of them.
 *
 *   spool file -> (multipart: its one file part) -> magic -> size and dimensions -> metadata dropped
 *              -> data_dir/files/aa/bb/<32 hex digits>, fsync of file and folders -> struct stored_file
 *
 * JPEG: only pixels, colour profile and orientation survive (APP1/Exif, XMP, comments, previews, trailing bytes
 * go). PNG: only known picture chunks survive. WebP: still pictures; EXIF and XMP go. PDF: as it is. HEIC is
 * refused: its place data sits in item tables that cannot be cut out safely, and both mini-program platforms hand
 * out JPEG on request.  Blocking: SLOW lane.  SPDX-License-Identifier: MIT */
#ifndef PLATFORM_FILES_H
#define PLATFORM_FILES_H
#include "base/arena.h"
#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum file_kind { FILE_UNKNOWN, FILE_JPEG, FILE_PNG, FILE_WEBP, FILE_HEIC, FILE_PDF };
#define FILE_MAX_PIXELS INT64_C(50000000)

struct stored_file {
    char name[33]; /* random, the key for files_open */
    enum file_kind kind;
    const char *type, *extension; /* static, from the magic */
    const char *filename;         /* the client's, cleaned, <= 255 bytes; text only, "" when none. arena */
    int64_t size;
    int32_t width, height; /* 0: not a picture */
    uint8_t sha256[32];    /* of the stored bytes */
};
/* content_type: of the request; multipart/form-data is unpacked. The spool file stays the caller's.
 * ERR_MEDIA: not a kind we take; ERR_INVALID: damaged or broken multipart; ERR_TOO_LARGE: pixels; ERR_BUSY: disk. */
MUST_CHECK enum err files_store(struct arena *a, const char *data_dir, const char *spool, const char *content_type,
                                struct stored_file *out, struct why *why);
/* An upload that is only read once: its bytes in a nameless file (of data_dir's disk), gone when fd is closed. */
struct taken_file {
    int fd;
    const char *filename; /* as in stored_file */
    int64_t size;
    uint8_t sha256[32];
};
MUST_CHECK enum err files_take(struct arena *a, const char *data_dir, const char *spool, const char *content_type,
                               struct taken_file *out, struct why *why);
int files_open(const char *data_dir, const char *name, int64_t *size); /* read-only descriptor, -1: no such file */
bool files_remove(const char *data_dir, const char *name);             /* when the row could not be written */

/* ---- pure parts, fuzzed ---- */
struct file_piece { /* output is a list of pieces of the input and of the arena */
    const uint8_t *p;
    size_t n;
};
struct file_pieces {
    struct arena *arena;
    struct file_piece *v;
    size_t n, cap;
    int32_t width, height;
    bool overflow; /* thousands of pieces: no camera writes that */
};
void file_piece_add(struct file_pieces *out, const uint8_t *p, size_t n);
enum file_kind file_sniff(const uint8_t *p, size_t n);
/* false: damaged, or too many pixels (*too_large). out->v is what to store. */
bool file_clean(struct arena *a, enum file_kind kind, const uint8_t *p, size_t n, struct file_pieces *out,
                bool *too_large);
bool jpeg_clean(const uint8_t *p, size_t n, struct file_pieces *out);
bool png_clean(const uint8_t *p, size_t n, struct file_pieces *out);
bool webp_clean(const uint8_t *p, size_t n, struct file_pieces *out);

struct upload_part {
    const uint8_t *p;
    size_t n;
    const char *filename; /* cleaned, arena */
};
/* The boundary of a multipart/form-data content type; NULL: it is not one, or a bad one. */
const char *multipart_boundary(struct arena *a, const char *content_type);
/* The one file part. false: broken, none, or several. */
bool multipart_file(struct arena *a, const uint8_t *p, size_t n, const char *boundary, struct upload_part *out);

#endif
