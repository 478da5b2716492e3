/* fault_vfs.c - see fault_vfs.h. SPDX-License-Identifier: MIT */
#include "tests/faults/fault_vfs.h"
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK     4096
#define MAX_IMAGE ((size_t)512 << 20)

struct image { /* one file, shared by all connections of the process */
    struct image *next;
    char *path, *data;
    size_t size, durable; /* durable: size on the disk */
    unsigned char *dirty; /* a byte a block */
    int fd, users;
};
struct file {
    sqlite3_file base;
    struct image *img;
    sqlite3_file *real; /* locks and shared memory */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct image *images;
static sqlite3_vfs *unix_vfs, our_vfs;
static int64_t room = -1, writes, syncs;
static int write_rc, write_after, sync_rc;

void fault_room(int64_t bytes)
{
    pthread_mutex_lock(&lock);
    room = bytes;
    pthread_mutex_unlock(&lock);
}

void fault_write(int rc, int after)
{
    pthread_mutex_lock(&lock);
    write_rc = rc;
    write_after = after;
    pthread_mutex_unlock(&lock);
}

void fault_sync(int rc)
{
    pthread_mutex_lock(&lock);
    sync_rc = rc;
    pthread_mutex_unlock(&lock);
}

int64_t fault_writes(void)
{
    pthread_mutex_lock(&lock);
    int64_t n = writes;
    pthread_mutex_unlock(&lock);
    return n;
}

int64_t fault_syncs(void)
{
    pthread_mutex_lock(&lock);
    int64_t n = syncs;
    pthread_mutex_unlock(&lock);
    return n;
}

static void *grown(size_t n)
{
    void *p = calloc(1, n); /* untouched pages cost nothing */
    if (!p)
        abort();
    return p;
}

static struct image *image_of(const char *path)
{
    struct image *i = images;
    struct stat st;
    while (i && strcmp(i->path, path) != 0)
        i = i->next;
    if (!i) {
        i = grown(sizeof *i);
        i->path = strdup(path);
        i->data = grown(MAX_IMAGE);
        i->dirty = grown(MAX_IMAGE / BLOCK);
        i->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (i->fd < 0 || fstat(i->fd, &st) != 0 || (size_t)st.st_size > MAX_IMAGE ||
            pread(i->fd, i->data, (size_t)st.st_size, 0) != st.st_size)
            abort();
        i->size = i->durable = (size_t)st.st_size;
        i->next = images;
        images = i;
    }
    i->users++;
    return i;
}

static void flush(struct image *i)
{
    if (i->size < i->durable && ftruncate(i->fd, (off_t)i->size) != 0)
        abort();
    i->durable = i->size;
    for (size_t b = 0; b * BLOCK < i->size; b++) {
        size_t n = i->size - b * BLOCK < BLOCK ? i->size - b * BLOCK : BLOCK;
        if (i->dirty[b] && pwrite(i->fd, i->data + b * BLOCK, n, (off_t)(b * BLOCK)) != (ssize_t)n)
            abort();
        i->dirty[b] = 0;
    }
}

static void release(struct image *gone)
{
    struct image **at = &images;
    if (--gone->users)
        return;
    flush(gone); /* a clean exit is no power cut */
    while (*at != gone)
        at = &(*at)->next;
    *at = gone->next;
    close(gone->fd);
    free(gone->path);
    free(gone->data);
    free(gone->dirty);
    free(gone);
}

static struct file *self(sqlite3_file *f)
{
    return (struct file *)(void *)f;
}

static int f_close(sqlite3_file *f)
{
    struct file *p = self(f);
    pthread_mutex_lock(&lock);
    release(p->img);
    pthread_mutex_unlock(&lock);
    return p->real->pMethods->xClose(p->real);
}

static int f_read(sqlite3_file *f, void *out, int n, sqlite3_int64 at)
{
    struct image *i = self(f)->img;
    pthread_mutex_lock(&lock);
    size_t have = (size_t)at < i->size ? i->size - (size_t)at : 0;
    bool whole = have >= (size_t)n;
    memset(out, 0, (size_t)n);
    memcpy(out, i->data + at, whole ? (size_t)n : have);
    pthread_mutex_unlock(&lock);
    return whole ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

static int f_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
    struct image *i = self(f)->img;
    size_t end = (size_t)at + (size_t)n;
    int rc = SQLITE_OK;
    pthread_mutex_lock(&lock);
    writes++;
    if (write_rc && write_after-- <= 0)
        rc = write_rc;
    else if (end > MAX_IMAGE || (room >= 0 && end > i->size && (int64_t)(end - i->size) > room))
        rc = SQLITE_FULL;
    if (rc == SQLITE_OK) {
        if (end > i->size) {
            room -= room >= 0 ? (int64_t)(end - i->size) : 0;
            i->size = end;
        }
        memcpy(i->data + at, p, (size_t)n);
        for (size_t b = (size_t)at / BLOCK; b <= (end - 1) / BLOCK; b++)
            i->dirty[b] = 1;
    }
    pthread_mutex_unlock(&lock);
    return rc;
}

static int f_truncate(sqlite3_file *f, sqlite3_int64 n)
{
    struct image *i = self(f)->img;
    pthread_mutex_lock(&lock);
    if ((size_t)n < i->size)
        memset(i->data + n, 0, i->size - (size_t)n);
    i->size = (size_t)n;
    pthread_mutex_unlock(&lock);
    return SQLITE_OK;
}

static int f_sync(sqlite3_file *f, int flags)
{
    (void)flags;
    pthread_mutex_lock(&lock);
    syncs++;
    int rc = sync_rc;
    if (!rc)
        flush(self(f)->img);
    pthread_mutex_unlock(&lock);
    return rc;
}

static int f_size(sqlite3_file *f, sqlite3_int64 *n)
{
    pthread_mutex_lock(&lock);
    *n = (sqlite3_int64)self(f)->img->size;
    pthread_mutex_unlock(&lock);
    return SQLITE_OK;
}

#define REAL(f) (self(f)->real)
static int f_lock(sqlite3_file *f, int level)
{
    return REAL(f)->pMethods->xLock(REAL(f), level);
}
static int f_unlock(sqlite3_file *f, int level)
{
    return REAL(f)->pMethods->xUnlock(REAL(f), level);
}
static int f_reserved(sqlite3_file *f, int *out)
{
    return REAL(f)->pMethods->xCheckReservedLock(REAL(f), out);
}
static int f_control(sqlite3_file *f, int op, void *arg)
{
    if (op == SQLITE_FCNTL_SIZE_HINT || op == SQLITE_FCNTL_CHUNK_SIZE)
        return SQLITE_OK; /* would grow the real file */
    return REAL(f)->pMethods->xFileControl(REAL(f), op, arg);
}
static int f_sector(sqlite3_file *f)
{
    return REAL(f)->pMethods->xSectorSize(REAL(f));
}
static int f_device(sqlite3_file *f)
{
    (void)f;
    return 0; /* no promise about atomic or ordered writes */
}
static int f_shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **out)
{
    return REAL(f)->pMethods->xShmMap(REAL(f), page, size, extend, out);
}
static int f_shm_lock(sqlite3_file *f, int at, int n, int flags)
{
    return REAL(f)->pMethods->xShmLock(REAL(f), at, n, flags);
}
static void f_shm_barrier(sqlite3_file *f)
{
    REAL(f)->pMethods->xShmBarrier(REAL(f));
}
static int f_shm_unmap(sqlite3_file *f, int delete)
{
    return REAL(f)->pMethods->xShmUnmap(REAL(f), delete);
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = f_close,
    .xRead = f_read,
    .xWrite = f_write,
    .xTruncate = f_truncate,
    .xSync = f_sync,
    .xFileSize = f_size,
    .xLock = f_lock,
    .xUnlock = f_unlock,
    .xCheckReservedLock = f_reserved,
    .xFileControl = f_control,
    .xSectorSize = f_sector,
    .xDeviceCharacteristics = f_device,
    .xShmMap = f_shm_map,
    .xShmLock = f_shm_lock,
    .xShmBarrier = f_shm_barrier,
    .xShmUnmap = f_shm_unmap,
};

static int v_open(sqlite3_vfs *v, const char *path, sqlite3_file *f, int flags, int *out)
{
    (void)v;
    struct file *p = self(f);
    if (!path || !(flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL)))
        return unix_vfs->xOpen(unix_vfs, path, f, flags, out);
    memset(p, 0, sizeof *p);
    p->real = (sqlite3_file *)(void *)(p + 1);
    int rc = unix_vfs->xOpen(unix_vfs, path, p->real, flags, out);
    if (rc != SQLITE_OK)
        return rc;
    pthread_mutex_lock(&lock);
    p->img = image_of(path);
    pthread_mutex_unlock(&lock);
    p->base.pMethods = &methods;
    return SQLITE_OK;
}

void fault_vfs_install(void)
{
    unix_vfs = sqlite3_vfs_find("unix");
    our_vfs = *unix_vfs;
    our_vfs.zName = "fault";
    our_vfs.szOsFile = (int)sizeof(struct file) + unix_vfs->szOsFile;
    our_vfs.xOpen = v_open;
    sqlite3_vfs_register(&our_vfs, 1);
}
