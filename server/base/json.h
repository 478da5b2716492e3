/* json.h - JSON in by field tables, JSON out by a streaming writer.
 *
 * In: json_decode() checks the text once (UTF-8, depth <= 16, <= 4096 values, no duplicate keys), lets
 * cJSON parse it and fills a C struct by an allow-list of fields. Unknown keys, wrong types, lengths
 * and ranges are refused with the path of the field ("lines[2].price").
 * Out: struct jw appends to a struct buf; commas are its business. Ids go out as strings.
 * OWNERSHIP: decoded strings live in the arena.  Errors: ERR_BAD_REQUEST (not JSON), ERR_INVALID.
 * SPDX-License-Identifier: MIT */
#ifndef BASE_JSON_H
#define BASE_JSON_H
#include "base/arena.h"
#include "base/err.h"
#include "base/text.h"

enum ftype {
    F_STR,   /* const char *: min..max code points, cleaned (one line) */
    F_TEXT,  /* const char *: the same, line breaks kept */
    F_RAW,   /* const char *: byte for byte (passwords, codes, tokens): min..max bytes */
    F_I64,   /* int64_t: a JSON integer, min..max */
    F_ID,    /* int64_t: a string of digits, > 0 */
    F_BOOL,  /* bool */
    F_ENUM,  /* int: one of names[0..max) */
    F_OBJ,   /* struct: fields/nfields */
    F_ARRAY, /* struct json_list of objects: fields/nfields/elem, min..max of them */
    F_IDS,   /* struct json_list of int64_t, min..max of them */
    F_STRS,  /* struct json_list of const char *, min..max of them, each 1..200 code points */
};
enum { F_OPTIONAL = 1 }; /* absent or null leaves the member as it was (zero) */

struct json_list {
    void *p;
    size_t n;
};
struct field {
    const char *key;
    enum ftype type;
    unsigned flags;
    size_t off;
    int64_t min, max;
    const char *const *names;   /* F_ENUM */
    const struct field *fields; /* F_OBJ, F_ARRAY */
    size_t nfields, elem;
    size_t seen_off; /* offset + 1 of a bool set when the key is present; 0: none */
};
#define FIELD_STR(t, m, lo, hi)                                                                                        \
    {                                                                                                                  \
        .key = #m, .type = F_STR, .off = offsetof(t, m), .min = lo, .max = hi                                          \
    }
#define FIELD_TEXT(t, m, lo, hi)                                                                                       \
    {                                                                                                                  \
        .key = #m, .type = F_TEXT, .off = offsetof(t, m), .min = lo, .max = hi                                         \
    }
#define FIELD_RAW(t, m, lo, hi)                                                                                        \
    {                                                                                                                  \
        .key = #m, .type = F_RAW, .off = offsetof(t, m), .min = lo, .max = hi                                          \
    }
#define FIELD_I64(t, m, lo, hi)                                                                                        \
    {                                                                                                                  \
        .key = #m, .type = F_I64, .off = offsetof(t, m), .min = lo, .max = hi                                          \
    }
#define FIELD_ID(t, m)                                                                                                 \
    {                                                                                                                  \
        .key = #m, .type = F_ID, .off = offsetof(t, m)                                                                 \
    }
#define FIELD_BOOL(t, m)                                                                                               \
    {                                                                                                                  \
        .key = #m, .type = F_BOOL, .off = offsetof(t, m)                                                               \
    }
#define FIELD_ENUM(t, m, tab)                                                                                          \
    {                                                                                                                  \
        .key = #m, .type = F_ENUM, .off = offsetof(t, m), .max = COUNT(tab), .names = tab                              \
    }
#define FIELD_OBJ(t, m, tab)                                                                                           \
    {                                                                                                                  \
        .key = #m, .type = F_OBJ, .off = offsetof(t, m), .fields = tab, .nfields = COUNT(tab)                          \
    }
#define FIELD_LIST(t, m, tab, et, lo, hi)                                                                              \
    {                                                                                                                  \
        .key = #m, .type = F_ARRAY, .off = offsetof(t, m), .min = lo, .max = hi, .fields = tab, .nfields = COUNT(tab), \
        .elem = sizeof(et)                                                                                             \
    }
#define FIELD_IDS(t, m, lo, hi)                                                                                        \
    {                                                                                                                  \
        .key = #m, .type = F_IDS, .off = offsetof(t, m), .min = lo, .max = hi                                          \
    }
#define FIELD_STRS(t, m, lo, hi)                                                                                       \
    {                                                                                                                  \
        .key = #m, .type = F_STRS, .off = offsetof(t, m), .min = lo, .max = hi                                         \
    }
/* The optional forms: OPT(FIELD_STR(...)) cannot be written in C, hence a suffix set by designator. */
#define OPTIONAL .flags = F_OPTIONAL
#define OPT_STR(t, m, lo, hi)                                                                                          \
    {                                                                                                                  \
        .key = #m, .type = F_STR, OPTIONAL, .off = offsetof(t, m), .min = lo, .max = hi                                \
    }
#define OPT_TEXT(t, m, lo, hi)                                                                                         \
    {                                                                                                                  \
        .key = #m, .type = F_TEXT, OPTIONAL, .off = offsetof(t, m), .min = lo, .max = hi                               \
    }
#define OPT_RAW(t, m, lo, hi)                                                                                          \
    {                                                                                                                  \
        .key = #m, .type = F_RAW, OPTIONAL, .off = offsetof(t, m), .min = lo, .max = hi                                \
    }
#define OPT_I64(t, m, lo, hi)                                                                                          \
    {                                                                                                                  \
        .key = #m, .type = F_I64, OPTIONAL, .off = offsetof(t, m), .min = lo, .max = hi                                \
    }
#define OPT_ID(t, m)                                                                                                   \
    {                                                                                                                  \
        .key = #m, .type = F_ID, OPTIONAL, .off = offsetof(t, m)                                                       \
    }
#define OPT_BOOL(t, m)                                                                                                 \
    {                                                                                                                  \
        .key = #m, .type = F_BOOL, OPTIONAL, .off = offsetof(t, m)                                                     \
    }
#define OPT_ENUM(t, m, tab)                                                                                            \
    {                                                                                                                  \
        .key = #m, .type = F_ENUM, OPTIONAL, .off = offsetof(t, m), .max = COUNT(tab), .names = tab                    \
    }
#define OPT_LIST(t, m, tab, et, hi)                                                                                    \
    {                                                                                                                  \
        .key = #m, .type = F_ARRAY, OPTIONAL, .off = offsetof(t, m), .max = hi, .fields = tab, .nfields = COUNT(tab),  \
        .elem = sizeof(et)                                                                                             \
    }
#define OPT_IDS(t, m, hi)                                                                                              \
    {                                                                                                                  \
        .key = #m, .type = F_IDS, OPTIONAL, .off = offsetof(t, m), .max = hi                                           \
    }
#define OPT_STRS(t, m, hi)                                                                                             \
    {                                                                                                                  \
        .key = #m, .type = F_STRS, OPTIONAL, .off = offsetof(t, m), .max = hi                                          \
    }

/* Empty text decodes as {}. *why is set on error. */
MUST_CHECK enum err json_decode(struct arena *a, const char *text, size_t n, const struct field *fields, size_t nfields,
                                void *out, struct why *why);

/* Reading documents of others (providers) where unknown keys are allowed. NULL / false: absent. */
struct json;
struct json *json_parse(struct arena *a, const char *text, size_t n); /* NULL: not JSON; freed with the arena */
const struct json *json_get(const struct json *j, const char *key);
const struct json *json_at(const struct json *j, size_t i);
const char *json_key_at(const struct json *j, size_t i);     /* i-th key of an object; NULL past the end */
const char *json_str(const struct json *j, const char *key); /* borrowed from j */
bool json_i64(const struct json *j, const char *key, int64_t *out);
const char *json_text(const struct json *j); /* j itself, when it is a string */
bool json_true(const struct json *j);        /* j itself is true */

struct jw { /* writer; at most 32 levels */
    struct buf b;
    unsigned char depth;
    bool need_comma[32];
    bool after_key;
};
void jw_init(struct jw *w, struct arena *a);
void jw_obj(struct jw *w); /* { */
void jw_end(struct jw *w); /* } */
void jw_arr(struct jw *w); /* [ */
void jw_arr_end(struct jw *w);
void jw_key(struct jw *w, const char *key);
void jw_str(struct jw *w, const char *s); /* NULL: null */
void jw_int(struct jw *w, int64_t v);
void jw_bool(struct jw *w, bool v);
void jw_null(struct jw *w);
void jw_id(struct jw *w, int64_t id);        /* a string; null for 0 */
void jw_raw(struct jw *w, const char *json); /* trusted JSON text */
/* "key": value in one call; kv_id as jw_id, kv_ids a list of int64_t so; kv_time writes RFC 3339, null for 0 */
void kv_str(struct jw *w, const char *key, const char *s);
void kv_int(struct jw *w, const char *key, int64_t v);
void kv_bool(struct jw *w, const char *key, bool v);
void kv_id(struct jw *w, const char *key, int64_t id);
void kv_ids(struct jw *w, const char *key, const struct json_list *ids);
void kv_time(struct jw *w, const char *key, int64_t unix_ms);
void kv_raw(struct jw *w, const char *key, const char *json);
const char *jw_text(struct jw *w); /* arena */

#endif
