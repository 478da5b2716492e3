/* static.c - see static.h. The files are held in memory: a web console is a few MiB, and the loop then never waits
 * for a disk. SPDX-License-Identifier: MIT */
#include "platform/net/static.h"
#include "base/log.h"
#include "base/text.h"
#include <dirent.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX  ((off_t)32 << 20)
#define TOTAL_MAX ((size_t)256 << 20)
#define DEPTH_MAX 16

enum form { PLAIN, BROTLI, GZIP, FORMS };
static const char *const form_suffix[FORMS] = {"", ".br", ".gz"};
static const char *const form_coding[FORMS] = {NULL, "br", "gzip"};

struct form_data {
    char *data;
    size_t len;
    char etag[40];
};
struct entry {
    char *path; /* as in the URL */
    const char *type;
    const char *leads; /* not a file: where it leads. "" for "/a": to "/a/" */
    bool hashed, html;
    struct form_data form[FORMS];
};
static struct {
    struct entry *e;
    size_t n, cap, bytes;
} table;

static const struct {
    const char *suffix, *type;
} types[] = {
    {".html",        "text/html; charset=utf-8"       },
    {".js",          "text/javascript; charset=utf-8" },
    {".mjs",         "text/javascript; charset=utf-8" },
    {".css",         "text/css; charset=utf-8"        },
    {".svg",         "image/svg+xml"                  },
    {".woff2",       "font/woff2"                     },
    {".webmanifest", "application/manifest+json"      },
    {".json",        "application/json; charset=utf-8"},
    {".map",         "application/json; charset=utf-8"},
    {".wasm",        "application/wasm"               },
    {".png",         "image/png"                      },
    {".jpg",         "image/jpeg"                     },
    {".jpeg",        "image/jpeg"                     },
    {".gif",         "image/gif"                      },
    {".webp",        "image/webp"                     },
    {".ico",         "image/x-icon"                   },
    {".yaml",        "application/yaml; charset=utf-8"},
    {".txt",         "text/plain; charset=utf-8"      },
    {".xml",         "application/xml; charset=utf-8" },
    {".pdf",         "application/pdf"                },
};

static bool ends_with(const char *s, const char *end)
{
    size_t n = strlen(s), m = strlen(end);
    return n >= m && strcasecmp(s + n - m, end) == 0;
}

static const char *type_of(const char *path)
{
    for (size_t i = 0; i < COUNT(types); i++)
        if (ends_with(path, types[i].suffix))
            return types[i].type;
    return "application/octet-stream";
}

/* Letters, digits and '_' only, and not a plain word. A hash of eight may have a '-' in it (base64url): upper case tells it. */
static bool is_hash(const char *p, const char *end)
{
    bool upper = false, other = false, dash = false;
    for (; p < end; p++) {
        bool lower = *p >= 'a' && *p <= 'z', up = *p >= 'A' && *p <= 'Z', digit = *p >= '0' && *p <= '9';
        if (!lower && !up && !digit && *p != '_' && *p != '-')
            return false;
        upper |= up;
        other |= up || digit || *p == '_';
        dash |= *p == '-';
    }
    return dash ? upper : other;
}

/* name-B8x2kQ_1.js, name.3f2a9c1d.css, name.Du_-nTXR.js: a last part of 8 or more. */
static bool hashed_name(const char *path)
{
    const char *name = strrchr(path, '/'), *dot = strrchr(path, '.');
    name = name ? name + 1 : path;
    if (!dot || dot <= name)
        return false;
    const char *p = dot;
    while (p > name && p[-1] != '-' && p[-1] != '.')
        p--;
    if (p > name && dot - p >= 8)
        return is_hash(p, dot);
    return dot - name > 9 && (dot[-9] == '-' || dot[-9] == '.') && is_hash(dot - 8, dot);
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct entry *)a)->path, ((const struct entry *)b)->path);
}

static struct entry *find(const char *path)
{
    struct entry key = {.path = (char *)(uintptr_t)path};
    return table.n ? bsearch(&key, table.e, table.n, sizeof *table.e, by_path) : NULL;
}

static struct entry *find_unsorted(const char *path)
{
    for (size_t i = 0; i < table.n; i++)
        if (strcmp(table.e[i].path, path) == 0)
            return &table.e[i];
    return NULL;
}

static struct entry *add(const char *path)
{
    if (table.n == table.cap) {
        size_t cap = table.cap ? table.cap * 2 : 64;
        struct entry *e = realloc(table.e, cap * sizeof *e);
        if (!e)
            return NULL;
        table.e = e;
        table.cap = cap;
    }
    struct entry *e = &table.e[table.n];
    *e = (struct entry){.path = strdup(path)};
    if (!e->path)
        return NULL;
    table.n++;
    return e;
}

static bool read_all(const char *file, struct form_data *f, enum form form)
{
    int fd = open(file, O_RDONLY | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size > FILE_MAX ||
        table.bytes + (size_t)st.st_size > TOTAL_MAX) {
        log_error("static.file", L_S("file", file), L_ERRNO());
        if (fd >= 0)
            close(fd);
        return false;
    }
    size_t n = 0, want = (size_t)st.st_size;
    char *data = malloc(want + 1);
    ssize_t got = 1;
    while (data && n < want && (got = read(fd, data + n, want - n)) > 0)
        n += (size_t)got;
    close(fd);
    if (!data || n != want) {
        free(data);
        return false;
    }
    unsigned char sum[EVP_MAX_MD_SIZE];
    char hex[33];
    EVP_Digest(data, n, sum, NULL, EVP_sha256(), NULL);
    hex_encode(sum, 12, hex);
    snprintf(f->etag, sizeof f->etag, "\"%s%s%s\"", hex, form_coding[form] ? "-" : "",
             form_coding[form] ? form_coding[form] : "");
    f->data = data;
    f->len = n;
    table.bytes += n;
    return true;
}

static bool take_file(const char *file, const char *path)
{
    struct entry *e = add(path);
    if (!e)
        return false;
    e->type = type_of(path);
    e->html = ends_with(path, ".html");
    e->hashed = !e->html && hashed_name(path);
    if (!read_all(file, &e->form[PLAIN], PLAIN)) {
        free(e->path);
        table.n--;
        return true; /* one unreadable file does not stop the rest */
    }
    for (enum form f = BROTLI; f < FORMS; f++) {
        char beside[4096];
        if (snprintf(beside, sizeof beside, "%s%s", file, form_suffix[f]) < (int)sizeof beside &&
            access(beside, R_OK) == 0)
            read_all(beside, &e->form[f], f);
    }
    return true;
}

static bool scan(const char *dir, const char *prefix, int depth)
{
    DIR *d = opendir(dir);
    if (!d || depth > DEPTH_MAX) {
        log_error("static.dir", L_S("dir", dir), L_ERRNO());
        if (d)
            closedir(d);
        return false;
    }
    bool ok = true;
    for (struct dirent *de; ok && (de = readdir(d));) {
        char file[4096], path[4096], plain[4096];
        if (de->d_name[0] == '.' || snprintf(file, sizeof file, "%s/%s", dir, de->d_name) >= (int)sizeof file ||
            snprintf(path, sizeof path, "%s%s", prefix, de->d_name) >= (int)sizeof path - 1)
            continue;
        struct stat st;
        if (lstat(file, &st) != 0 || (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode)))
            continue; /* links lead out of the folder */
        if (S_ISDIR(st.st_mode)) {
            memcpy(path + strlen(path), "/", 2); /* there is room: see above */
            ok = scan(file, path, depth + 1);
            continue;
        }
        bool sibling = ends_with(file, ".br") || ends_with(file, ".gz");
        if (sibling)
            snprintf(plain, sizeof plain, "%.*s", (int)strlen(file) - 3, file);
        if (!(sibling && access(plain, R_OK) == 0))
            ok = take_file(file, path);
    }
    closedir(d);
    return ok;
}

/* "/a/index.html" answers "/a/" too, and "/a" leads there. */
static void add_folders(void)
{
    for (size_t i = 0; i < table.n; i++) {
        const char *p = table.e[i].path, *slash = strrchr(p, '/');
        if (!slash || slash == p || strcmp(slash, "/index.html") != 0)
            continue;
        char name[4096];
        snprintf(name, sizeof name, "%.*s", (int)(slash - p), p);
        struct entry *e = find_unsorted(name) ? NULL : add(name);
        if (e)
            e->leads = "";
    }
    /* Without a first page of its own the address alone is the residents': printed codes are /#/..., and a browser keeps what
     * stands behind the '#' */
    struct entry *root = find_unsorted("/m/index.html") && !find_unsorted("/index.html") ? add("/index.html") : NULL;
    if (root)
        root->leads = "/m/";
}

bool static_load(const char *dir, const char *prefix)
{
    bool ok = scan(dir, prefix, 0);
    add_folders();
    if (table.n)
        qsort(table.e, table.n, sizeof *table.e, by_path);
    log_info("static.loaded", L_S("dir", dir), L_I("files", table.n), L_I("bytes", table.bytes));
    return ok;
}

void static_free(void)
{
    for (size_t i = 0; i < table.n; i++) {
        for (enum form f = PLAIN; f < FORMS; f++)
            free(table.e[i].form[f].data);
        free(table.e[i].path);
    }
    free(table.e);
    memset(&table, 0, sizeof table);
}

/* Does Accept-Encoding take this coding? "br;q=0" refuses it. */
static bool accepts(const char *list, const char *coding)
{
    size_t n = strlen(coding);
    for (const char *p = list; p && *p;) {
        p += strspn(p, " \t,");
        size_t len = strcspn(p, ",");
        if (len >= n && strncasecmp(p, coding, n) == 0 && (len == n || strchr(" \t;", p[n]))) {
            const char *q = memchr(p, '=', len);
            return !(q && q[1] == '0' && strspn(q + 1, "0.") == strcspn(q + 1, " \t,"));
        }
        p += len;
    }
    return false;
}

static bool etag_matches(const char *list, const char *etag)
{
    if (!list)
        return false;
    if (strcmp(list, "*") == 0)
        return true;
    size_t n = strlen(etag);
    for (const char *p = list; (p = strstr(p, etag)); p += n)
        if (p[n] == '\0' || p[n] == ',' || p[n] == ' ')
            return true;
    return false;
}

static void html_headers(struct http_request *rq, struct http_reply *reply)
{
    http_reply_header(
        reply, "content-security-policy",
        arena_printf(rq->arena,
                     "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
                     "font-src 'self'; manifest-src 'self'; connect-src 'self' wss://%s; form-action 'self'; "
                     "base-uri 'none'; frame-ancestors 'none'",
                     rq->host));
    http_reply_header(reply, "cross-origin-opener-policy", "same-origin");
    /* residents and technicians scan codes, and a patrol says where it is; nobody else has business with either */
    http_reply_header(reply, "permissions-policy",
                      str_starts(rq->path, "/m/") ? "camera=(self), geolocation=(self), microphone=()"
                                                  : "camera=(), geolocation=(), microphone=()");
}

bool static_serve(struct http_request *rq, struct http_reply *reply)
{
    if (rq->method != M_GET && rq->method != M_HEAD)
        return false;
    size_t n = strlen(rq->path);
    const char *path = n && rq->path[n - 1] == '/' ? arena_printf(rq->arena, "%sindex.html", rq->path) : rq->path;
    const struct entry *e = find(path);
    if (!e)
        return false;
    if (e->leads) {
        http_reply_init(reply, *e->leads ? 302 : 308);
        http_reply_header(reply, "location", *e->leads ? e->leads : arena_printf(rq->arena, "%s/", e->path));
        return true;
    }
    enum form f = PLAIN;
    for (enum form k = GZIP; k > PLAIN; k--) /* brotli last, so it wins */
        if (e->form[k].data && accepts(rq->header[H_ACCEPT_ENCODING], form_coding[k]))
            f = k;
    http_reply_init(reply, etag_matches(rq->header[H_IF_NONE_MATCH], e->form[f].etag) ? 304 : 200);
    http_reply_header(reply, "etag", e->form[f].etag);
    http_reply_header(reply, "cache-control", e->hashed ? "public, max-age=31536000, immutable" : "no-cache");
    if (e->form[BROTLI].data || e->form[GZIP].data)
        http_reply_header(reply, "vary", "accept-encoding");
    if (e->html)
        html_headers(rq, reply);
    if (reply->status == 304)
        return true;
    if (f != PLAIN)
        http_reply_header(reply, "content-encoding", form_coding[f]);
    reply->type = e->type;
    reply->body = e->form[f].data;
    reply->len = e->form[f].len;
    return true;
}
