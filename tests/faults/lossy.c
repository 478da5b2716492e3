/* lossy.c - LD_PRELOAD: a disk that forgets. Writes to *-wal and *.db stay in this process until fdatasync() or fsync() of
 * that file; kill -9 then loses them, as a power cut would. Everybody in the process reads what was written; nobody else
 * does, and nothing survives that was not synced. SQLite keeps to pread, pwrite, ftruncate and fsync on such files.
 * LOSSY_OFF=1: passes everything through.  SPDX-License-Identifier: MIT */
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#define FILES 16
#define PAGE  512 /* SQLite writes whole sectors or headers within one */

struct page {
    struct page *next;
    int64_t n;
    uint8_t have[PAGE / 8]; /* bytes that were written */
    uint8_t bytes[PAGE];
};
struct file {
    dev_t dev;
    ino_t ino;
    bool used;
    int64_t size; /* as the process sees it */
    struct page *bucket[4096];
};
static struct file files[FILES];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static ssize_t (*real_pread)(int, void *, size_t, off_t);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static int (*real_ftruncate)(int, off_t);
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static int (*real_fstat)(int, struct stat *);

static void *next(const char *name)
{
    void *p = dlsym(RTLD_NEXT, name);
    if (!p)
        abort();
    return p;
}

__attribute__((constructor)) static void bind(void)
{
    *(void **)&real_pread = next("pread64");
    *(void **)&real_pwrite = next("pwrite64");
    *(void **)&real_ftruncate = next("ftruncate64");
    *(void **)&real_fsync = next("fsync");
    *(void **)&real_fdatasync = next("fdatasync");
    *(void **)&real_fstat = next("fstat");
}

static bool ends(const char *s, const char *tail)
{
    size_t n = strlen(s), t = strlen(tail);
    return n >= t && strcmp(s + n - t, tail) == 0;
}

/* [lock] The file behind fd when it is one that forgets; NULL otherwise. */
static struct file *of(int fd)
{
    static int off = -1;
    char link[64], path[4096];
    struct stat st;
    if (off < 0)
        off = getenv("LOSSY_OFF") != NULL;
    if (off || real_fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        return NULL;
    for (int i = 0; i < FILES; i++)
        if (files[i].used && files[i].dev == st.st_dev && files[i].ino == st.st_ino)
            return &files[i];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path - 1);
    path[n > 0 ? n : 0] = '\0';
    if (!ends(path, "-wal") && !ends(path, ".db"))
        return NULL;
    for (int i = 0; i < FILES; i++)
        if (!files[i].used) {
            files[i] = (struct file){.dev = st.st_dev, .ino = st.st_ino, .used = true, .size = st.st_size};
            return &files[i];
        }
    abort();
}

static struct page *page_of(struct file *f, int64_t n, bool make)
{
    struct page **at = &f->bucket[n & 4095];
    for (struct page *p = *at; p; p = p->next)
        if (p->n == n)
            return p;
    if (!make)
        return NULL;
    struct page *p = calloc(1, sizeof *p);
    if (!p)
        abort();
    p->n = n;
    p->next = *at;
    *at = p;
    return p;
}

static void forget(struct file *f, int64_t from)
{
    for (int b = 0; b < 4096; b++)
        for (struct page **at = &f->bucket[b]; *at;) {
            struct page *p = *at;
            if (p->n * PAGE >= from) {
                *at = p->next;
                free(p);
            } else {
                at = &p->next;
            }
        }
}

static int flush(int fd, struct file *f)
{
    int rc = 0;
    for (int b = 0; b < 4096 && rc == 0; b++)
        for (struct page *p = f->bucket[b]; p && rc == 0; p = p->next)
            for (int i = 0, k; i < PAGE && rc == 0; i = k) {
                bool have = p->have[i / 8] & (1u << (i % 8));
                for (k = i + 1; k < PAGE && ((p->have[k / 8] >> (k % 8)) & 1u) == have; k++)
                    ;
                if (have && real_pwrite(fd, p->bytes + i, (size_t)(k - i), p->n * PAGE + i) != k - i)
                    rc = -1;
            }
    forget(f, 0);
    return rc;
}

ssize_t pwrite64(int fd, const void *buf, size_t n, off_t at)
{
    pthread_mutex_lock(&lock);
    struct file *f = of(fd);
    for (size_t i = 0; f && i < n; i++) {
        int64_t pos = at + (int64_t)i;
        struct page *p = page_of(f, pos / PAGE, true);
        p->bytes[pos % PAGE] = ((const uint8_t *)buf)[i];
        p->have[pos % PAGE / 8] |= (uint8_t)(1u << (pos % PAGE % 8));
    }
    if (f && at + (int64_t)n > f->size)
        f->size = at + (int64_t)n;
    pthread_mutex_unlock(&lock);
    return f ? (ssize_t)n : real_pwrite(fd, buf, n, at);
}

ssize_t pread64(int fd, void *buf, size_t n, off_t at)
{
    pthread_mutex_lock(&lock);
    struct file *f = of(fd);
    ssize_t got = real_pread(fd, buf, n, at);
    if (f && got >= 0) {
        if (at + (int64_t)n > f->size)
            n = at < f->size ? (size_t)(f->size - at) : 0;
        if ((size_t)got < n)
            memset((uint8_t *)buf + got, 0, n - (size_t)got);
        got = (ssize_t)n;
        for (size_t i = 0; i < n;) {
            int64_t pos = at + (int64_t)i;
            struct page *p = page_of(f, pos / PAGE, false);
            size_t stop = (size_t)(PAGE - pos % PAGE);
            for (size_t k = 0; k < stop && i < n; k++, i++) {
                int64_t o = (pos + (int64_t)k) % PAGE;
                if (p && (p->have[o / 8] & (1u << (o % 8))))
                    ((uint8_t *)buf)[i] = p->bytes[o];
            }
        }
    }
    pthread_mutex_unlock(&lock);
    return got;
}

int ftruncate64(int fd, off_t size)
{
    pthread_mutex_lock(&lock);
    struct file *f = of(fd);
    int rc = f ? flush(fd, f) : 0; /* rare: at the end of a checkpoint */
    if (rc == 0)
        rc = real_ftruncate(fd, size);
    if (f)
        f->size = size;
    pthread_mutex_unlock(&lock);
    return rc;
}

static int sync_with(int fd, int (*real)(int))
{
    pthread_mutex_lock(&lock);
    struct file *f = of(fd);
    int rc = f ? flush(fd, f) : 0;
    pthread_mutex_unlock(&lock);
    return rc == 0 ? real(fd) : rc;
}

int fsync(int fd)
{
    return sync_with(fd, real_fsync);
}

int fdatasync(int fd)
{
    return sync_with(fd, real_fdatasync);
}

int fstat(int fd, struct stat *st)
{
    pthread_mutex_lock(&lock);
    int rc = real_fstat(fd, st);
    struct file *f = rc == 0 ? of(fd) : NULL;
    if (f)
        st->st_size = f->size;
    pthread_mutex_unlock(&lock);
    return rc;
}

ssize_t pread(int fd, void *buf, size_t n, off_t at)
{
    return pread64(fd, buf, n, at);
}

ssize_t pwrite(int fd, const void *buf, size_t n, off_t at)
{
    return pwrite64(fd, buf, n, at);
}

int ftruncate(int fd, off_t size)
{
    return ftruncate64(fd, size);
}

int fstat64(int fd, struct stat64 *st) /* the same layout on 64-bit Linux */
{
    return fstat(fd, (struct stat *)(void *)st);
}
