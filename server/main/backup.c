/* backup.c - anjud backup TO and anjud restore FROM.
 *
 *   TO/store.db or store.pgdump   the store as it was at one moment, while the server goes on
 *   TO/files/                     uploads; copied after the store, so that every file a row names is there
 *   TO/manifest.json              what it is: engine, when, sizes, SHA-256 of the store, which secret it needs
 *
 * The secret (data_dir/secret.key) is not in it: with both, everything can be read, so they are kept apart. Restoring wants
 * an empty place, checks the manifest first, and ends with `anjud verify`.  SPDX-License-Identifier: MIT */
#include "platform/store/backup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "main/parts.h"
#include "platform/config.h"
#include "platform/crypto/crypto.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct copying {
    struct arena *a;
    const char *why;
    int64_t files, bytes;
};

static bool fail(struct copying *c, const char *what, const char *why)
{
    c->why = arena_printf(c->a, "%s: %s", what, why);
    return false;
}

static bool copy_bytes(int in, int out)
{
    char buf[65536];
    ssize_t n;
    while ((n = read(in, buf, sizeof buf)) > 0)
        for (ssize_t at = 0; at < n;) {
            ssize_t w = write(out, buf + at, (size_t)(n - at));
            if (w <= 0)
                return false;
            at += w;
        }
    return n == 0 && fsync(out) == 0;
}

static bool copy_file(struct copying *c, const char *from, const char *to)
{
    struct stat st;
    int in = open(from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    int out = in < 0 ? -1 : open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool good = out >= 0 && copy_bytes(in, out) && fstat(out, &st) == 0;
    int error = errno;
    if (in >= 0)
        close(in);
    if (out >= 0)
        close(out);
    if (!good)
        return fail(c, to, strerror(error));
    c->bytes += st.st_size;
    return true;
}

/* Regular files and folders; nothing else lies in ours. */
static bool copy_tree(struct copying *c, const char *from, const char *to, int depth)
{
    DIR *d = opendir(from);
    bool good = d && (mkdir(to, 0700) == 0 || errno == EEXIST) && depth < 8;
    if (!good) {
        if (d)
            closedir(d);
        return !d && errno == ENOENT && depth == 0 ? true : fail(c, d ? to : from, strerror(errno));
    }
    for (struct dirent *e; good && (e = readdir(d));) {
        struct stat st;
        if (e->d_name[0] == '.')
            continue;
        const char *a = arena_printf(c->a, "%s/%s", from, e->d_name), *b = arena_printf(c->a, "%s/%s", to, e->d_name);
        if (lstat(a, &st) != 0) /* gone since */
            continue;
        if (S_ISDIR(st.st_mode)) {
            good = copy_tree(c, a, b, depth + 1);
        } else if (S_ISREG(st.st_mode)) {
            good = copy_file(c, a, b);
            c->files += good;
        }
    }
    closedir(d);
    return good;
}

static bool hash_of(struct copying *c, const char *path, char hex[65], int64_t *bytes)
{
    uint8_t sha[32];
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    void *p = fd >= 0 && fstat(fd, &st) == 0 && st.st_size > 0
                  ? mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0)
                  : MAP_FAILED;
    if (fd >= 0)
        close(fd);
    if (p == MAP_FAILED)
        return fail(c, path, "cannot be read");
    sha256(p, (size_t)st.st_size, sha);
    munmap(p, (size_t)st.st_size);
    hex_encode(sha, 32, hex);
    *bytes = st.st_size;
    return true;
}

/* Which secret the copy belongs to, without saying anything about it. */
static void secret_mark(char hex[17])
{
    uint8_t mac[32];
    hmac_sha256(crypto_key(KEY_AUDIT), 32, "backup", 6, mac);
    hex_encode(mac, 8, hex);
}

static bool is_pg(const char *url)
{
    return str_starts(url, "postgres");
}

static const char *sqlite_path(struct arena *a)
{
    const char *url = config()->store_url;
    return str_empty(url) ? arena_printf(a, "%s/anju.db", config()->data_dir) : arena_strdup(a, url + 7);
}

static const char *store_name(bool pg)
{
    return pg ? "store.pgdump" : "store.db";
}

static bool write_text(struct copying *c, const char *path, const char *text)
{
    size_t n = strlen(text);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool good = fd >= 0 && write(fd, text, n) == (ssize_t)n && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    return good || fail(c, path, strerror(errno));
}

static bool write_manifest(struct copying *c, const char *to, bool pg)
{
    struct jw w;
    char hex[65], mark[17];
    int64_t bytes = 0;
    if (!hash_of(c, arena_printf(c->a, "%s/%s", to, store_name(pg)), hex, &bytes))
        return false;
    secret_mark(mark);
    jw_init(&w, c->a);
    jw_obj(&w);
    kv_str(&w, "program", "anju " ANJU_VERSION);
    kv_time(&w, "made_at", clock_now_ms());
    kv_str(&w, "engine", pg ? "postgresql" : "sqlite");
    kv_str(&w, "store", store_name(pg));
    kv_int(&w, "store_bytes", bytes);
    kv_str(&w, "store_sha256", hex);
    kv_int(&w, "files", c->files);
    kv_int(&w, "files_bytes", c->bytes);
    kv_str(&w, "secret", mark);
    jw_end(&w);
    return write_text(c, arena_printf(c->a, "%s/manifest.json", to), arena_printf(c->a, "%s\n", jw_text(&w)));
}

static bool back_up(struct copying *c, const char *to)
{
    bool pg = is_pg(config()->store_url);
    const char *store = arena_printf(c->a, "%s/%s", to, store_name(pg));
    if (mkdir(to, 0700) != 0)
        return fail(c, to, strerror(errno));
    if (pg ? !pg_backup(config()->store_url, store, &c->why) : !sqlite_backup(sqlite_path(c->a), store, &c->why))
        return false;
    return copy_tree(c, arena_printf(c->a, "%s/files", config()->data_dir), arena_printf(c->a, "%s/files", to), 0) &&
           write_manifest(c, to, pg);
}

static bool begin(struct copying *c, const char *config_path)
{
    *c = (struct copying){.a = arena_new((size_t)1 << 30)};
    return config_load(config_path, stderr) == OK &&
           (load_secret(false, &c->why) || !fprintf(stderr, "secret: %s\n", c->why));
}

int cmd_backup(const char *config_path, const char *to)
{
    struct copying c;
    int64_t from = clock_mono_ms();
    if (!begin(&c, config_path))
        return 2;
    bool good = back_up(&c, to);
    if (good)
        printf("backup: %s, store and %lld files (%lld bytes) in %lld ms; keep the secret key apart from it\n", to,
               (long long)c.files, (long long)c.bytes, (long long)(clock_mono_ms() - from));
    else
        fprintf(stderr, "backup: %s\n", c.why);
    arena_free(c.a);
    return good ? 0 : 1;
}

/* ---- back ---- */

static struct json *read_manifest(struct copying *c, const char *from)
{
    char text[4096];
    int fd = open(arena_printf(c->a, "%s/manifest.json", from), O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, text, sizeof text) : -1;
    if (fd >= 0)
        close(fd);
    struct json *j = n > 0 ? json_parse(c->a, text, (size_t)n) : NULL;
    if (!j)
        fail(c, from, "there is no manifest: not a backup, or not a whole one");
    return j;
}

static bool check_manifest(struct copying *c, const char *from, const struct json *m, bool pg)
{
    char hex[65], mark[17];
    int64_t bytes = 0;
    secret_mark(mark);
    if (!str_eq(json_str(m, "engine"), pg ? "postgresql" : "sqlite"))
        return fail(c, from, "made of the other engine: store_url must fit");
    if (!str_eq(json_str(m, "secret"), mark))
        return fail(c, from, "made with another secret.key: put the right one in place first");
    if (!hash_of(c, arena_printf(c->a, "%s/%s", from, store_name(pg)), hex, &bytes))
        return false;
    return str_eq(json_str(m, "store_sha256"), hex) ||
           fail(c, from, "the store's SHA-256 differs: the copy is damaged");
}

static bool place_is_empty(struct copying *c, bool pg)
{
    bool empty = false;
    if (pg)
        return pg_empty(config()->store_url, &empty, &c->why) &&
               (empty || fail(c, "store_url", "the database is not empty; restore into a new one"));
    return access(sqlite_path(c->a), F_OK) != 0 || fail(c, sqlite_path(c->a), "exists; move it away first");
}

static bool put_back(struct copying *c, const char *from)
{
    bool pg = is_pg(config()->store_url);
    const char *store = arena_printf(c->a, "%s/%s", from, store_name(pg));
    const struct json *m = read_manifest(c, from);
    int64_t files = 0;
    if (!m || !check_manifest(c, from, m, pg) || !place_is_empty(c, pg))
        return false;
    if (!copy_tree(c, arena_printf(c->a, "%s/files", from), arena_printf(c->a, "%s/files", config()->data_dir), 0))
        return false;
    if (json_i64(m, "files", &files) && files != c->files)
        return fail(c, from, "files are missing from the copy");
    if (pg)
        return pg_restore(config()->store_url, store, &c->why);
    const char *to = sqlite_path(c->a), *part = arena_printf(c->a, "%s.part", to);
    unlink(part);
    if (!copy_file(c, store, part))
        return false;
    return rename(part, to) == 0 || fail(c, to, strerror(errno)); /* under its name only when it is whole */
}

int cmd_restore(const char *config_path, const char *from)
{
    struct copying c;
    int64_t start = clock_mono_ms();
    if (!begin(&c, config_path))
        return 2;
    bool good = put_back(&c, from);
    if (good)
        printf("restore: %s back in %lld ms, %lld files; now verifying\n", from, (long long)(clock_mono_ms() - start),
               (long long)c.files);
    else
        fprintf(stderr, "restore: %s\n", c.why);
    arena_free(c.a);
    return good ? cmd_verify(config_path) : 1;
}
