/* config.c - loading, reloading, printing. The judgement of values lives in config_check.c.
 * SPDX-License-Identifier: MIT */
#include "platform/config.h"
#include "base/text.h"
#include "platform/config_impl.h"
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX_BYTES   (256 * 1024)
#define SECRET_MAX_BYTES (64 * 1024)

const struct cfg_key cfg_keys[CFG_KEYS] = {
#define CFG_STR(name, dflt, flags, help) {#name, KIND_STR, offsetof(struct config, name), 0, 0, flags, help},
#define CFG_INT(name, dflt, min, max, flags, help)                                                                     \
    {#name, KIND_INT, offsetof(struct config, name), min, max, flags, help},
#define CFG_BOOL(name, dflt, flags, help) {#name, KIND_BOOL, offsetof(struct config, name), 0, 0, flags, help},
#include "platform/config_keys.h"
#undef CFG_STR
#undef CFG_INT
#undef CFG_BOOL
};
static const struct config defaults = {
#define CFG_STR(name, dflt, flags, help)           .name = dflt,
#define CFG_INT(name, dflt, min, max, flags, help) .name = dflt,
#define CFG_BOOL(name, dflt, flags, help)          .name = dflt,
#include "platform/config_keys.h"
#undef CFG_STR
#undef CFG_INT
#undef CFG_BOOL
};

/* Every configuration ever published stays linked here: readers keep pointers into old ones. */
struct published {
    struct published *older;
    struct arena *arena;
    struct config_load in;
};
static struct published *newest;
static const struct config *_Atomic current = &defaults;

const struct config *config(void)
{
    return atomic_load(&current);
}

void cfg_complain(struct config_load *in, size_t key, const char *why)
{
    const char *name = cfg_keys[key].name;
    in->bad = true;
    if (in->line[key] > 0)
        fprintf(in->err, "%s:%d: %s: %s\n", in->path, in->line[key], name, why);
    else
        fprintf(in->err, "%s: %s: %s\n", in->line[key] < 0 ? "environment" : "default", name, why);
}

static void set(struct config_load *in, size_t k, const char *text)
{
    const struct cfg_key *key = &cfg_keys[k];
    char *slot = (char *)&in->c + key->off;
    int64_t v = 0;
    switch (key->kind) {
    case KIND_STR:
        if (!utf8_valid(text, strlen(text)))
            cfg_complain(in, k, "not valid UTF-8");
        *(const char **)(void *)slot = arena_strdup(in->arena, text);
        return;
    case KIND_INT:
        if (!parse_i64(text, &v))
            cfg_complain(in, k, "not a whole number");
        else if (v < key->min || v > key->max)
            cfg_complain(
                in, k,
                arena_printf(in->arena, "must be between %lld and %lld", (long long)key->min, (long long)key->max));
        else
            *(int64_t *)(void *)slot = v;
        return;
    case KIND_BOOL:
        if (str_eq(text, "true") || str_eq(text, "false"))
            *(bool *)slot = str_eq(text, "true");
        else
            cfg_complain(in, k, "must be true or false");
        return;
    }
}

/* Cuts white space at both ends in place. */
static char *trim(char *s)
{
    while (*s == ' ' || *s == '\t')
        s++;
    size_t n = strlen(s);
    while (n && strchr(" \t\r", s[n - 1]))
        s[--n] = '\0';
    return s;
}

/* `"..."` is taken as it stands; otherwise ` #` starts a comment. */
static char *value_of(char *s)
{
    s = trim(s);
    size_t n = strlen(s);
    if (*s == '"') {
        char *end = strchr(s + 1, '"');
        char *rest = end ? trim(end + 1) : NULL;
        if (!end || (*rest && *rest != '#'))
            return NULL;
        *end = '\0';
        return s + 1;
    }
    for (size_t i = 0; i < n; i++)
        if (s[i] == '#' && (i == 0 || s[i - 1] == ' ' || s[i - 1] == '\t')) {
            s[i] = '\0';
            break;
        }
    return trim(s);
}

static void parse_line(struct config_load *in, char *line, int no)
{
    char *s = trim(line), *eq = strchr(s, '=');
    if (!*s || *s == '#')
        return;
    if (!eq) {
        in->bad = true;
        fprintf(in->err, "%s:%d: not `key = value`\n", in->path, no);
        return;
    }
    *eq = '\0';
    const char *name = trim(s);
    size_t k = 0;
    while (k < CFG_KEYS && strcmp(cfg_keys[k].name, name) != 0)
        k++;
    if (k == CFG_KEYS) {
        in->bad = true;
        fprintf(in->err, "%s:%d: %.64s: unknown key\n", in->path, no, name);
        return;
    }
    bool twice = in->line[k] > 0;
    in->line[k] = no;
    if (twice)
        cfg_complain(in, k, "given twice");
    char *value = value_of(eq + 1);
    if (value)
        set(in, k, value);
    else
        cfg_complain(in, k, "text after the closing quote, or none");
}

/* Whole file into the arena; NULL with errno. */
static char *slurp(struct arena *a, const char *path, size_t max, struct stat *st, size_t *n)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return NULL;
    if (fstat(fd, st) != 0 || !S_ISREG(st->st_mode) || (uint64_t)st->st_size > max) {
        close(fd);
        errno = EFBIG;
        return NULL;
    }
    char *text = arena_alloc(a, (size_t)st->st_size + 1);
    ssize_t got = 0;
    for (*n = 0; *n < (size_t)st->st_size; *n += (size_t)got)
        if ((got = read(fd, text + *n, (size_t)st->st_size - *n)) <= 0)
            break;
    close(fd);
    return got < 0 ? NULL : text;
}

static void read_file(struct config_load *in)
{
    struct stat st;
    size_t n = 0;
    char *text = slurp(in->arena, in->path, FILE_MAX_BYTES, &st, &n);
    if (!text || memchr(text, '\0', n)) {
        in->bad = true;
        fprintf(in->err, "%s:0: %s\n", in->path, text ? "contains NUL bytes" : strerror(errno));
        return;
    }
    int no = 1;
    for (char *line = text, *next; line; line = next, no++) {
        next = strchr(line, '\n');
        if (next)
            *next++ = '\0';
        parse_line(in, line, no);
    }
}

static void read_environment(struct config_load *in)
{
    for (size_t k = 0; k < CFG_KEYS; k++) {
        char name[80];
        int n = snprintf(name, sizeof name, "ANJU_%s", cfg_keys[k].name);
        for (int i = 0; i < n; i++)
            name[i] = (char)toupper((unsigned char)name[i]);
        const char *value = getenv(name);
        if (!value)
            continue;
        in->line[k] = -1;
        set(in, k, value);
    }
}

static struct published *read_all(const char *path, FILE *err)
{
    struct arena *a = arena_new(4 << 20);
    struct published *p = arena_alloc(a, sizeof *p);
    p->arena = a;
    p->in = (struct config_load){.c = defaults, .arena = a, .path = arena_strdup(a, path), .err = err};
    if (path)
        read_file(&p->in);
    read_environment(&p->in);
    cfg_check(&p->in);
    if (!p->in.bad)
        return p;
    arena_free(a);
    return NULL;
}

static void publish(struct published *p)
{
    p->older = newest;
    newest = p;
    atomic_store(&current, &p->in.c);
}

enum err config_load(const char *path, FILE *err)
{
    struct published *p = read_all(path, err);
    if (!p)
        return ERR_INVALID;
    publish(p);
    return OK;
}

static bool same(const struct cfg_key *k, const struct config *a, const struct config *b)
{
    const char *x = (const char *)a + k->off, *y = (const char *)b + k->off;
    switch (k->kind) {
    case KIND_STR:
        return str_eq(*(const char *const *)(const void *)x, *(const char *const *)(const void *)y);
    case KIND_INT:
        return *(const int64_t *)(const void *)x == *(const int64_t *)(const void *)y;
    case KIND_BOOL:
        break;
    }
    return *(const bool *)x == *(const bool *)y;
}

enum err config_reload(FILE *err)
{
    static const size_t size[] = {
        [KIND_STR] = sizeof(const char *), [KIND_INT] = sizeof(int64_t), [KIND_BOOL] = sizeof(bool)};
    struct published *p = newest ? read_all(newest->in.path, err) : NULL;
    if (!p)
        return ERR_INVALID;
    const struct config *old = config();
    for (size_t k = 0; k < CFG_KEYS; k++) {
        const struct cfg_key *key = &cfg_keys[k];
        if ((key->flags & CFG_RELOAD) || same(key, &p->in.c, old))
            continue;
        fprintf(err, "%s: needs a restart, kept\n", key->name);
        memcpy((char *)&p->in.c + key->off, (const char *)old + key->off, size[key->kind]);
    }
    publish(p);
    return OK;
}

/* scheme://user:password@host keeps everything but the password. */
static void print_masked(FILE *out, const char *s)
{
    const char *host = strstr(s, "://"), *at = host ? strrchr(host, '@') : NULL;
    const char *colon = at ? strchr(host + 3, ':') : NULL;
    if (colon && colon < at)
        fprintf(out, "%.*s:****%s", (int)(colon - s), s, at);
    else if (strstr(s, "password"))
        fputs("****", out);
    else
        fputs(s, out);
}

void config_print(FILE *out)
{
    const struct config *c = config();
    for (size_t k = 0; k < CFG_KEYS; k++) {
        const struct cfg_key *key = &cfg_keys[k];
        const char *slot = (const char *)c + key->off;
        fprintf(out, "# %s%s\n%s = ", key->help, key->flags & CFG_RELOAD ? " (reloadable)" : "", key->name);
        switch (key->kind) {
        case KIND_STR:
            if (key->flags & CFG_SECRET)
                print_masked(out, *(const char *const *)(const void *)slot);
            else
                fputs(*(const char *const *)(const void *)slot, out);
            break;
        case KIND_INT:
            fprintf(out, "%lld", (long long)*(const int64_t *)(const void *)slot);
            break;
        case KIND_BOOL:
            fputs(*(const bool *)slot ? "true" : "false", out);
            break;
        }
        fputc('\n', out);
    }
}

static const char *read_text(struct arena *a, const char *path, bool secret, const char **why)
{
    struct stat st;
    size_t n = 0;
    char *text = slurp(a, path, SECRET_MAX_BYTES, &st, &n);
    if (!text) {
        *why = arena_printf(a, "%s: %s", path, strerror(errno));
        return NULL;
    }
    if (secret && (st.st_mode & 077)) {
        *why = arena_printf(a, "%s: readable by group or others (mode %04o); chmod 600", path,
                            (unsigned)(st.st_mode & 07777));
        return NULL;
    }
    while (n && (text[n - 1] == '\n' || text[n - 1] == '\r'))
        text[--n] = '\0';
    if (n == 0 || memchr(text, '\0', n)) {
        *why = arena_printf(a, "%s: %s", path, n ? "contains NUL bytes" : "empty");
        return NULL;
    }
    return text;
}

const char *config_secret(struct arena *a, const char *path, const char **why)
{
    return read_text(a, path, true, why);
}

const char *config_public(struct arena *a, const char *path, const char **why)
{
    return read_text(a, path, false, why);
}
