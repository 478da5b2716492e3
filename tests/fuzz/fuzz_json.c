/* fuzz_json.c - request bodies; what decodes is written again and must parse. SPDX-License-Identifier: MIT */
#include "base/json.h"
#include "fuzz.h"
#include <stdlib.h>
#include <string.h>

struct line {
    int64_t n;
    const char *s;
};
struct doc {
    const char *name, *text, *raw;
    int64_t n, id;
    bool yes;
    int kind;
    struct line one;
    struct json_list lines, ids, tags;
};
static const char *const kinds[] = {"a", "b"};
static const struct field line_fields[] = {OPT_I64(struct line, n, -10, 10), OPT_STR(struct line, s, 0, 9)};
static const struct field fields[] = {
    OPT_STR(struct doc, name, 0, 20),
    OPT_TEXT(struct doc, text, 0, 200),
    OPT_RAW(struct doc, raw, 0, 50),
    OPT_I64(struct doc, n, INT64_MIN, INT64_MAX),
    OPT_ID(struct doc, id),
    OPT_BOOL(struct doc, yes),
    OPT_ENUM(struct doc, kind, kinds),
    {.key = "one",
                               .type = F_OBJ,
                               .flags = F_OPTIONAL,
                               .off = offsetof(struct doc, one),
                               .fields = line_fields,
                               .nfields = 2},
    OPT_LIST(struct doc, lines, line_fields, struct line, 50),
    OPT_IDS(struct doc, ids, 50),
    OPT_STRS(struct doc, tags, 50),
};

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    struct arena *a = arena_new(0);
    struct doc d = {0};
    struct why why = {0};
    enum err e = json_decode(a, (const char *)p, n, fields, COUNT(fields), &d, &why);
    if (e && (!why.zh || !why.en))
        abort();
    if (!e) {
        struct jw w;
        jw_init(&w, a);
        jw_obj(&w);
        kv_str(&w, "name", d.name);
        kv_str(&w, "text", d.text);
        kv_str(&w, "raw", d.raw);
        kv_int(&w, "n", d.n);
        for (size_t i = 0; i < d.lines.n; i++)
            kv_str(&w, "s", ((struct line *)d.lines.p)[i].s);
        for (size_t i = 0; i < d.tags.n; i++)
            kv_str(&w, "t", ((const char **)d.tags.p)[i]);
        jw_end(&w);
        const char *text = jw_text(&w);
        struct json *j = json_parse(a, text, strlen(text));
        if (!j || !str_eq(json_str(j, "raw"), d.raw))
            abort();
    }
    arena_free(a);
    return 0;
}
