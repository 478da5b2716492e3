/* import_cell.c - what people write into a cell. SPDX-License-Identifier: MIT */
#include "base/text.h"
#include "domain/import_int.h"
#include "platform/crypto/crypto.h"
#include "platform/table/csv.h"
#include <stdlib.h>
#include <string.h>

/* Digits with up to `decimals` decimals, times 10^decimals. */
static bool decimal(const char *s, size_t len, int decimals, int64_t *out)
{
    const char *dot = memchr(s, '.', len);
    size_t whole = dot ? (size_t)(dot - s) : len, frac = dot ? len - whole - 1 : 0;
    int64_t w = 0, f = 0;
    if (!whole || whole > 9 || *s == '-' || !parse_i64_n(s, whole, &w) || (dot && !frac))
        return false;
    while (frac > (size_t)decimals && dot[frac] == '0')
        frac--;
    if (frac > (size_t)decimals || (frac && (dot[1] == '-' || !parse_i64_n(dot + 1, frac, &f))))
        return false;
    for (int i = 0; i < decimals; i++) {
        w *= 10;
        if ((size_t)i >= frac)
            f *= 10;
    }
    *out = w + f;
    return true;
}

static size_t without(const char *s, const char *const *tails, size_t n)
{
    size_t len = strlen(s);
    for (size_t i = 0; i < n; i++) {
        size_t t = strlen(tails[i]);
        if (len > t && strcmp(s + len - t, tails[i]) == 0)
            return len - t;
    }
    return len;
}

bool cell_area(const char *s, int64_t *e4)
{
    static const char *const tails[] = {"㎡", "m²", "m2", "平方米", "平米", "平"};
    *e4 = 0;
    return !*s || (decimal(s, without(s, tails, COUNT(tails)), 4, e4) && *e4 <= INT64_C(10000000000));
}

bool cell_day(const char *s, int32_t *day)
{
    char t[32];
    size_t o = 0;
    *day = 0;
    if (!*s)
        return true;
    for (const char *p = s; *p && o < sizeof t - 1;) { /* 2026年1月5日 */
        if (str_starts(p, "年") || str_starts(p, "月") || str_starts(p, "日")) {
            if (!str_starts(p, "日"))
                t[o++] = '-';
            p += 3;
        } else if (*p == ' ') { /* a time of day follows: not ours */
            break;
        } else {
            t[o++] = *p == '.' ? '-' : *p;
            p++;
        }
    }
    t[o] = '\0';
    return csv_day(t, day);
}

static int cell_word(const char *s, const char *const (*words)[3], size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (int k = 0; k < 3; k++)
            if (strcasecmp(s, words[i][k]) == 0)
                return (int)i;
    return -1;
}

bool cell_yes(const char *s, bool *yes)
{
    static const char *const words[][3] = {
        {"yes", "是", "y"    },
        {"1",   "有", "true" },
        {"no",  "否", "n"    },
        {"0",   "无", "false"}
    };
    int i = *s ? cell_word(s, words, COUNT(words)) : 2;
    *yes = i == 0 || i == 1;
    return i >= 0;
}

bool cell_share(const char *s, int64_t *n, int64_t *d)
{
    const char *slash = strchr(s, '/');
    size_t len = strlen(s);
    *n = 0;
    *d = 1;
    if (!*s)
        return true;
    if (slash)
        return parse_i64_n(s, (size_t)(slash - s), n) && parse_i64(slash + 1, d) && *n > 0 && *d >= *n && *d <= 100000;
    bool percent = s[len - 1] == '%';
    if (!decimal(s, len - percent, 3, n))
        return false;
    *d = percent || *n > 1000 ? 100000 : 1000;
    return *n > 0 && *n <= *d;
}

const char *cell_phone(struct arena *a, const char *s)
{
    struct buf b;
    buf_init(&b, a);
    if (str_starts(s, "+86"))
        s += 3;
    bool mobile = strlen(s) > 2 && s[0] == '1';
    for (; *s; s++)
        if (*s != ' ' && !(mobile && *s == '-'))
            buf_char(&b, *s);
    return buf_cstr(&b);
}

/* ---- the heading ---- */

static bool same_title(const char *cell, const char *title)
{
    size_t n = strlen(cell);
    while (n && (cell[n - 1] == '*' || cell[n - 1] == ' '))
        n--;
    while (n && (*cell == '*' || *cell == ' ')) {
        cell++;
        n--;
    }
    return strlen(title) == n && strncasecmp(cell, title, n) == 0;
}

bool header_match(const struct import_source *s, const char *const *cell, size_t n, int *map)
{
    size_t found = 0;
    for (size_t c = 0; c < s->ncol; c++) {
        map[c] = -1;
        for (size_t i = 0; i < n && map[c] < 0; i++)
            if (same_title(cell[i], s->col[c].zh) || same_title(cell[i], s->col[c].en) ||
                same_title(cell[i], s->col[c].key))
                map[c] = (int)i;
        found += map[c] >= 0;
    }
    return found >= 2;
}

const char *header_missing(struct arena *a, const struct import_source *s, const int *map, bool english)
{
    struct buf b;
    buf_init(&b, a);
    for (size_t c = 0; c < s->ncol; c++)
        if (s->col[c].required && map[c] < 0) {
            buf_str(&b, b.n ? ", " : "");
            buf_str(&b, english ? s->col[c].en : s->col[c].zh);
        }
    return b.n ? buf_cstr(&b) : NULL;
}

/* ---- what is wrong ---- */

void complain(struct complaints *c, int column, const char *zh, const char *en)
{
    if (c->n++ == 0)
        jw_arr(&c->w);
    if (c->n > 20)
        return;
    jw_obj(&c->w);
    kv_str(&c->w, "column", column < 0 ? NULL : c->col[column].zh);
    kv_str(&c->w, "key", column < 0 ? NULL : c->col[column].key);
    kv_str(&c->w, "zh", zh);
    kv_str(&c->w, "en", en);
    jw_end(&c->w);
}

void cell_choose(struct complaints *c, const struct import_row *r, int col, const char *const (*words)[3], size_t n,
                 int dflt, int *out)
{
    *out = *r->cell[col] ? cell_word(r->cell[col], words, n) : dflt;
    if (*out < 0)
        complain(c, col, "不是可选的值", "not one of the allowed words");
}

/* ---- what was seen ---- */

struct slot {
    uint64_t hash; /* 0: free */
    int64_t value;
};
struct seen {
    struct slot *slot;
    size_t n, cap; /* cap a power of two */
    uint8_t key[32];
};

struct seen *seen_new(void)
{
    struct seen *s = calloc(1, sizeof *s);
    if (!s)
        abort();
    crypto_random(s->key, sizeof s->key);
    return s;
}

void seen_free(struct seen *s)
{
    if (s)
        free(s->slot);
    free(s);
}

static struct slot *slot_of(struct slot *v, size_t cap, uint64_t hash)
{
    size_t i = hash & (cap - 1);
    while (v[i].hash && v[i].hash != hash)
        i = (i + 1) & (cap - 1);
    return v + i;
}

static void grow(struct seen *s)
{
    size_t cap = s->cap ? s->cap * 2 : 4096;
    struct slot *v = calloc(cap, sizeof *v);
    if (!v)
        abort();
    for (size_t i = 0; i < s->cap; i++)
        if (s->slot[i].hash)
            *slot_of(v, cap, s->slot[i].hash) = s->slot[i];
    free(s->slot);
    s->slot = v;
    s->cap = cap;
}

int64_t seen_put(struct seen *s, const char *key, int64_t value, bool *was)
{
    uint8_t mac[32];
    uint64_t hash;
    if (s->n * 2 >= s->cap)
        grow(s);
    hmac_sha256(s->key, sizeof s->key, key, strlen(key), mac);
    memcpy(&hash, mac, sizeof hash);
    hash += hash == 0;
    struct slot *t = slot_of(s->slot, s->cap, hash);
    *was = t->hash != 0;
    if (!*was) {
        *t = (struct slot){hash, value};
        s->n++;
    }
    return t->value;
}
