/* files.c - storing and opening. SPDX-License-Identifier: MIT */
#include "platform/files.h"
#include "base/log.h"
#include "base/text.h"
#include "platform/crypto/crypto.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
    const char *type, *extension;
} kind_of[] = {
    [FILE_UNKNOWN] = {"",                ""    },
    [FILE_JPEG] = {"image/jpeg",      "jpg" },
    [FILE_PNG] = {"image/png",       "png" },
    [FILE_WEBP] = {"image/webp",      "webp"},
    [FILE_HEIC] = {"image/heic",      "heic"},
    [FILE_PDF] = {"application/pdf", "pdf" }
};

static enum err refuse(struct why *why, enum err e, const char *zh, const char *en)
{
    *why = (struct why){.field = "file", .zh = zh, .en = en};
    return e;
}

static bool path_of(char *out, size_t cap, const char *data_dir, const char *name)
{
    size_t n = strlen(name);
    if (n != 32 || strspn(name, "0123456789abcdef") != 32) /* the only names there are: no way out of the folder */
        return false;
    int len = snprintf(out, cap, "%s/files/%.2s/%.2s/%s", data_dir, name, name + 2, name);
    return len > 0 && (size_t)len < cap;
}

static bool sync_dir(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    return ok;
}

/* Makes the folders of a file; a new folder's entry in its parent is synced too. */
static bool make_dirs(char *path, size_t keep)
{
    for (char *slash = strchr(path + keep, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        bool made = mkdir(path, 0700) == 0, ok = made || errno == EEXIST;
        if (made) {
            char *up = strrchr(path, '/');
            *up = '\0';
            ok = sync_dir(path);
            *up = '/';
        }
        *slash = '/';
        if (!ok)
            return false;
    }
    return true;
}

static bool write_all(int fd, const uint8_t *p, size_t n)
{
    while (n) {
        ssize_t w = write(fd, p, n);
        if (w < 0 && errno == EINTR)
            continue;
        if (w <= 0)
            return false;
        p += w;
        n -= (size_t)w;
    }
    return true;
}

static bool hash_file(int fd, struct stored_file *out)
{
    void *p = mmap(NULL, (size_t)out->size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (p == MAP_FAILED)
        return false;
    sha256(p, (size_t)out->size, out->sha256);
    munmap(p, (size_t)out->size);
    return true;
}

static enum err write_out(const char *data_dir, const struct file_pieces *pieces, struct stored_file *out)
{
    char path[4096];
    uint8_t random[16];
    crypto_random(random, sizeof random);
    hex_encode(random, sizeof random, out->name);
    if (!path_of(path, sizeof path, data_dir, out->name) || !make_dirs(path, strlen(data_dir) + 1)) {
        log_error("files.folder", L_ERRNO());
        return ERR_BUSY;
    }
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    bool ok = fd >= 0;
    for (size_t i = 0; ok && i < pieces->n; i++) {
        ok = write_all(fd, pieces->v[i].p, pieces->v[i].n);
        out->size += (int64_t)pieces->v[i].n;
    }
    ok = ok && hash_file(fd, out) && fsync(fd) == 0;
    if (!ok)
        log_error("files.write", L_ERRNO());
    if (fd >= 0)
        close(fd);
    if (ok) {
        char *slash = strrchr(path, '/');
        *slash = '\0';
        ok = sync_dir(path);
        *slash = '/';
    }
    if (!ok)
        unlink(path);
    return ok ? OK : ERR_BUSY;
}

/* multipart/form-data is unpacked; anything else is the file itself. */
static enum err one_part(struct arena *a, const char *content_type, struct upload_part *part, struct why *why)
{
    if (!content_type || strncasecmp(content_type, "multipart/", 10) != 0)
        return OK;
    const char *boundary = multipart_boundary(a, content_type);
    return boundary && multipart_file(a, part->p, part->n, boundary, part)
               ? OK
               : refuse(why, ERR_INVALID, "上传格式错误,应为一个文件", "broken upload: exactly one file is expected");
}

static enum err store_bytes(struct arena *a, const char *data_dir, const char *content_type, const uint8_t *p, size_t n,
                            struct stored_file *out, struct why *why)
{
    struct upload_part part = {p, n, ""};
    struct file_pieces pieces;
    bool too_large = false;
    enum err e = one_part(a, content_type, &part, why);
    if (e)
        return e;
    out->filename = part.filename;
    out->kind = file_sniff(part.p, part.n);
    if (out->kind == FILE_UNKNOWN)
        return refuse(why, ERR_MEDIA, "不支持的文件类型", "this kind of file is not taken");
    if (out->kind == FILE_HEIC)
        return refuse(why, ERR_MEDIA, "不支持 HEIC,请以 JPEG 格式上传", "HEIC is not taken; send JPEG");
    if (!file_clean(a, out->kind, part.p, part.n, &pieces, &too_large))
        return too_large ? refuse(why, ERR_TOO_LARGE, "图片尺寸过大", "too many pixels")
                         : refuse(why, ERR_INVALID, "文件已损坏", "the file is damaged");
    out->type = kind_of[out->kind].type;
    out->extension = kind_of[out->kind].extension;
    out->width = pieces.width;
    out->height = pieces.height;
    e = write_out(data_dir, &pieces, out);
    return e ? refuse(why, e, "无法保存文件", "the file could not be saved") : OK;
}

struct spooled {
    uint8_t *p;
    size_t n;
};

/* The upload in view, never whole in memory of ours. */
static enum err view_spool(const char *spool, struct spooled *out, struct why *why)
{
    struct stat st;
    int fd = open(spool, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        log_error("files.spool", L_ERRNO());
        if (fd >= 0)
            close(fd);
        return refuse(why, ERR_INTERNAL, NULL, NULL);
    }
    if (st.st_size == 0) {
        close(fd);
        return refuse(why, ERR_INVALID, "文件为空", "the file is empty");
    }
    *out = (struct spooled){mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0), (size_t)st.st_size};
    close(fd);
    return out->p == MAP_FAILED ? refuse(why, ERR_BUSY, NULL, NULL) : OK;
}

enum err files_store(struct arena *a, const char *data_dir, const char *spool, const char *content_type,
                     struct stored_file *out, struct why *why)
{
    struct spooled s;
    *out = (struct stored_file){.type = "", .extension = "", .filename = ""};
    enum err e = view_spool(spool, &s, why);
    if (e)
        return e;
    e = store_bytes(a, data_dir, content_type, s.p, s.n, out, why);
    munmap(s.p, s.n);
    return e;
}

/* Such a file, empty; -1: errno. */
static int files_temporary(const char *data_dir)
{
    return open(data_dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
}

enum err files_take(struct arena *a, const char *data_dir, const char *spool, const char *content_type,
                    struct taken_file *out, struct why *why)
{
    struct spooled s;
    struct upload_part part = {.filename = ""};
    *out = (struct taken_file){.fd = -1, .filename = ""};
    enum err e = view_spool(spool, &s, why);
    if (e)
        return e;
    part.p = s.p;
    part.n = s.n;
    e = one_part(a, content_type, &part, why);
    if (!e) {
        out->filename = part.filename;
        out->size = (int64_t)part.n;
        sha256(part.p, part.n, out->sha256);
        out->fd = files_temporary(data_dir);
        if (out->fd < 0 || !write_all(out->fd, part.p, part.n))
            e = refuse(why, ERR_BUSY, "无法保存文件", "the file could not be saved");
    }
    munmap(s.p, s.n);
    if (e && out->fd >= 0)
        close(out->fd);
    return e;
}

int files_open(const char *data_dir, const char *name, int64_t *size)
{
    char path[4096];
    struct stat st;
    int fd = path_of(path, sizeof path, data_dir, name) ? open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) : -1;
    if (fd >= 0 && (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))) {
        close(fd);
        return -1;
    }
    if (fd >= 0)
        *size = st.st_size;
    return fd;
}

bool files_remove(const char *data_dir, const char *name)
{
    char path[4096];
    return path_of(path, sizeof path, data_dir, name) && unlink(path) == 0;
}
