/* json.c - decoding by field tables; cJSON does the parsing, a scan before it sets the limits.
 * cJSON is used with its default allocator and every tree is hung on the arena (arena_defer).
 * SPDX-License-Identifier: MIT */
#include "base/json.h"
#include <cjson/cJSON.h>
#include <math.h>
#include <string.h>

#define MAX_DEPTH  16
#define MAX_VALUES 4096

static enum err bad(struct arena *a, struct why *why, const char *path, const char *key, const char *zh, const char *en,
                    enum err e)
{
    why->field = key ? (*path ? arena_printf(a, "%s.%s", path, key) : arena_strdup(a, key))
                     : (*path ? arena_strdup(a, path) : NULL);
    why->zh = zh;
    why->en = en;
    return e;
}

/* One linear pass over the raw text: cJSON recurses, so depth and size must be known before it runs. */
static bool within_limits(const char *s, size_t n)
{
    int depth = 0, values = 1;
    bool in_string = false;
    for (size_t i = 0; i < n; i++) {
        char c = s[i];
        if (c == '\0')
            return false;
        if (in_string) {
            if ((unsigned char)c < 0x20)
                return false; /* cJSON would let raw line breaks through */
            if (c == '\\' && n - i > 5 && memcmp(s + i, "\\u0000", 6) == 0)
                return false; /* would cut the C string: "a" for one reader, "a...b" for another */
            if (c == '\\')
                i++;
            else if (c == '"')
                in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            if (++depth > MAX_DEPTH)
                return false;
        } else if (c == '}' || c == ']') {
            depth--;
        } else if (c == ',' && ++values > MAX_VALUES) {
            return false;
        }
    }
    return true;
}

static void delete_tree(void *p)
{
    cJSON_Delete(p);
}

static cJSON *parse(struct arena *a, const char *text, size_t n)
{
    if (!utf8_valid(text, n) || !within_limits(text, n))
        return NULL;
    char *copy = arena_strndup(a, text, n); /* cJSON wants a terminator to require the end */
    cJSON *tree = cJSON_ParseWithLengthOpts(copy, n + 1, NULL, 1);
    if (tree)
        arena_defer(a, delete_tree, tree);
    return tree;
}

static const char *duplicate(const cJSON *obj)
{
    for (const cJSON *x = obj->child; x; x = x->next)
        for (const cJSON *y = x->next; y; y = y->next)
            if (strcmp(x->string, y->string) == 0)
                return x->string;
    return NULL;
}

static bool integer(const cJSON *v, int64_t *out)
{
    double d = v->valuedouble;
    if (!cJSON_IsNumber(v) || !(fabs(d) <= 9007199254740992.0) || d != floor(d))
        return false;
    *out = (int64_t)d;
    return true;
}

static enum err decode_object(struct arena *a, const cJSON *obj, const char *path, const struct field *fields, size_t n,
                              char *out, struct why *why);

static enum err decode_string(struct arena *a, const cJSON *v, const char *path, const struct field *f,
                              const char **out, struct why *why)
{
    if (!cJSON_IsString(v))
        return bad(a, why, path, f->key, "应为字符串", "must be a string", ERR_INVALID);
    if (f->type == F_RAW) {
        *out = arena_strdup(a, v->valuestring);
    } else {
        *out = text_clean(a, v->valuestring, f->type == F_TEXT);
    }
    int64_t len = (int64_t)(f->type == F_RAW ? strlen(*out) : utf8_len(*out));
    if (len < f->min && len == 0)
        return bad(a, why, path, f->key, "不能为空", "must not be empty", ERR_INVALID);
    if (len < f->min)
        return bad(a, why, path, f->key, arena_printf(a, "至少 %lld 个字符", (long long)f->min),
                   arena_printf(a, "at least %lld characters", (long long)f->min), ERR_INVALID);
    if (len > f->max)
        return bad(a, why, path, f->key, arena_printf(a, "最多 %lld 个字符", (long long)f->max),
                   arena_printf(a, "at most %lld characters", (long long)f->max), ERR_INVALID);
    return OK;
}

static bool decode_id(const cJSON *v, int64_t *out)
{
    return cJSON_IsString(v) && is_digits(v->valuestring, 1, 16) && parse_i64(v->valuestring, out) && *out > 0;
}

static enum err decode_list(struct arena *a, const cJSON *v, const char *path, const struct field *f,
                            struct json_list *out, struct why *why)
{
    if (!cJSON_IsArray(v))
        return bad(a, why, path, f->key, "应为数组", "must be an array", ERR_INVALID);
    int64_t n = 0;
    for (const cJSON *x = v->child; x; x = x->next)
        n++;
    if (n < f->min || n > f->max)
        return bad(a, why, path, f->key, arena_printf(a, "数量应为 %lld 到 %lld", (long long)f->min, (long long)f->max),
                   arena_printf(a, "%lld to %lld items", (long long)f->min, (long long)f->max), ERR_INVALID);
    size_t elem = f->type == F_ARRAY ? f->elem : f->type == F_IDS ? sizeof(int64_t) : sizeof(const char *);
    out->n = (size_t)n;
    out->p = arena_alloc(a, out->n * elem);
    size_t i = 0;
    enum err e = OK;
    for (const cJSON *x = v->child; x && !e; x = x->next, i++) {
        char *slot = (char *)out->p + i * elem;
        const char *at = arena_printf(a, "%s%s%s[%zu]", path, *path ? "." : "", f->key, i);
        static const struct field item = {.key = NULL, .type = F_STR, .min = 1, .max = 200};
        if (f->type == F_IDS)
            e = decode_id(x, (int64_t *)(void *)slot) ? OK
                                                      : bad(a, why, at, NULL, "编号无效", "not an id", ERR_INVALID);
        else if (f->type == F_STRS)
            e = decode_string(a, x, at, &item, (const char **)(void *)slot, why);
        else if (!cJSON_IsObject(x))
            e = bad(a, why, at, NULL, "应为对象", "must be an object", ERR_INVALID);
        else
            e = decode_object(a, x, at, f->fields, f->nfields, slot, why);
    }
    return e;
}

static enum err decode_value(struct arena *a, const cJSON *v, const char *path, const struct field *f, char *slot,
                             struct why *why)
{
    int64_t i = 0;
    switch (f->type) {
    case F_STR:
    case F_TEXT:
    case F_RAW:
        return decode_string(a, v, path, f, (const char **)(void *)slot, why);
    case F_I64:
        if (!integer(v, &i))
            return bad(a, why, path, f->key, "应为整数", "must be an integer", ERR_INVALID);
        if (i < f->min || i > f->max)
            return bad(
                a, why, path, f->key, arena_printf(a, "应在 %lld 到 %lld 之间", (long long)f->min, (long long)f->max),
                arena_printf(a, "must be between %lld and %lld", (long long)f->min, (long long)f->max), ERR_INVALID);
        *(int64_t *)(void *)slot = i;
        return OK;
    case F_ID:
        if (!decode_id(v, (int64_t *)(void *)slot))
            return bad(a, why, path, f->key, "编号无效", "not an id", ERR_INVALID);
        return OK;
    case F_BOOL:
        if (!cJSON_IsBool(v))
            return bad(a, why, path, f->key, "应为 true 或 false", "must be true or false", ERR_INVALID);
        *(bool *)slot = cJSON_IsTrue(v);
        return OK;
    case F_ENUM: {
        int k = cJSON_IsString(v) ? str_index(f->names, (size_t)f->max, v->valuestring) : -1;
        if (k < 0)
            return bad(a, why, path, f->key, "不在允许的取值中", "not one of the allowed values", ERR_INVALID);
        *(int *)(void *)slot = k;
        return OK;
    }
    case F_OBJ:
        if (!cJSON_IsObject(v))
            return bad(a, why, path, f->key, "应为对象", "must be an object", ERR_INVALID);
        return decode_object(a, v, *path ? arena_printf(a, "%s.%s", path, f->key) : f->key, f->fields, f->nfields, slot,
                             why);
    case F_ARRAY:
    case F_IDS:
    case F_STRS:
        return decode_list(a, v, path, f, (struct json_list *)(void *)slot, why);
    }
    return ERR_INTERNAL;
}

static const struct field *find_field(const struct field *fields, size_t n, const char *key)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(fields[i].key, key) == 0)
            return &fields[i];
    return NULL;
}

static enum err decode_object(struct arena *a, const cJSON *obj, const char *path, const struct field *fields, size_t n,
                              char *out, struct why *why)
{
    for (const cJSON *v = obj->child; v; v = v->next)
        if (!find_field(fields, n, v->string))
            return bad(a, why, path, v->string, "未知字段", "unknown field", ERR_INVALID);
    const char *twice = duplicate(obj); /* after the look-up: only known names are compared, so this stays short */
    if (twice)
        return bad(a, why, path, twice, "字段重复", "duplicate key", ERR_BAD_REQUEST);
    for (size_t i = 0; i < n; i++) {
        const struct field *f = &fields[i];
        const cJSON *v = cJSON_GetObjectItemCaseSensitive(obj, f->key);
        if (!v || cJSON_IsNull(v)) {
            if (!(f->flags & F_OPTIONAL))
                return bad(a, why, path, f->key, "必填", "required", ERR_INVALID);
            continue;
        }
        enum err e = decode_value(a, v, path, f, out + f->off, why);
        if (e)
            return e;
        if (f->seen_off)
            *(bool *)(out + f->seen_off - 1) = true;
    }
    return OK;
}

enum err json_decode(struct arena *a, const char *text, size_t n, const struct field *fields, size_t nfields, void *out,
                     struct why *why)
{
    cJSON *tree = n ? parse(a, text, n) : parse(a, "{}", 2);
    if (!tree)
        return bad(a, why, "", NULL, "请求体不是合法的 JSON", "the body is not valid JSON", ERR_BAD_REQUEST);
    if (!cJSON_IsObject(tree))
        return bad(a, why, "", NULL, "请求体应为 JSON 对象", "the body must be a JSON object", ERR_BAD_REQUEST);
    return decode_object(a, tree, "", fields, nfields, out, why);
}

struct json *json_parse(struct arena *a, const char *text, size_t n)
{
    return (struct json *)parse(a, text, n);
}

const struct json *json_get(const struct json *j, const char *key)
{
    return j ? (const struct json *)cJSON_GetObjectItemCaseSensitive((const cJSON *)j, key) : NULL;
}

const struct json *json_at(const struct json *j, size_t i)
{
    const cJSON *x = j ? ((const cJSON *)j)->child : NULL;
    while (x && i--)
        x = x->next;
    return (const struct json *)x;
}

const char *json_key_at(const struct json *j, size_t i)
{
    const cJSON *x = (const cJSON *)json_at(j, i);
    return x ? x->string : NULL;
}

bool json_true(const struct json *j)
{
    return cJSON_IsTrue((const cJSON *)j);
}

const char *json_text(const struct json *j)
{
    return cJSON_IsString((const cJSON *)j) ? ((const cJSON *)j)->valuestring : NULL;
}

const char *json_str(const struct json *j, const char *key)
{
    return json_text(json_get(j, key));
}

bool json_i64(const struct json *j, const char *key, int64_t *out)
{
    const cJSON *v = (const cJSON *)json_get(j, key);
    return v && integer(v, out);
}
