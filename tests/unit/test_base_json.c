/* test_base_json.c - what is refused and what comes through. SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include "base/json.h"
#include <cmocka.h>
#include <string.h>

static struct arena *a;
static struct why why;

enum color { RED, GREEN };
static const char *const color_name[] = {"red", "green"};
struct line {
    int64_t price;
    const char *note;
};
struct doc {
    const char *name, *text, *pass;
    int64_t n, id;
    bool yes, seen_n;
    int color;
    struct line one;
    struct json_list lines, ids, tags;
};
static const struct field line_fields[] = {FIELD_I64(struct line, price, 0, 100), OPT_STR(struct line, note, 1, 5)};
static const struct field fields[] = {
    OPT_STR(struct doc, name, 1, 5),
    OPT_TEXT(struct doc, text, 0, 10),
    OPT_RAW(struct doc, pass, 2, 6),
    {.key = "n",
                              .type = F_I64,
                              .flags = F_OPTIONAL,
                              .off = offsetof(struct doc, n),
                              .min = -5,
                              .max = 5,
                              .seen_off = offsetof(struct doc, seen_n) + 1},
    OPT_ID(struct doc, id),
    OPT_BOOL(struct doc, yes),
    OPT_ENUM(struct doc, color, color_name),
    {.key = "one",
                              .type = F_OBJ,
                              .flags = F_OPTIONAL,
                              .off = offsetof(struct doc,              one),
                              .fields = line_fields,
                              .nfields = 2},
    OPT_LIST(struct doc, lines, line_fields, struct line, 3),
    OPT_IDS(struct doc, ids, 3),
    OPT_STRS(struct doc, tags, 2)
};

static enum err decode_n(const char *text, size_t n, struct doc *d)
{
    memset(d, 0, sizeof *d);
    why = (struct why){0};
    return json_decode(a, text, n, fields, COUNT(fields), d, &why);
}

static enum err decode(const char *text, struct doc *d)
{
    return decode_n(text, strlen(text), d);
}

static void good(void **state)
{
    (void)state;
    struct doc d;
    assert_int_equal(decode("", &d), OK);
    assert_int_equal(decode("{}", &d), OK);
    assert_false(d.seen_n);
    assert_int_equal(
        decode(" {\"name\":\" 安居\\n \",\"text\":\"a\\nb\",\"pass\":\" x \",\"n\":-5,\"id\":\"42\",\"yes\":true,"
               "\"color\":\"green\",\"one\":{\"price\":1},\"lines\":[{\"price\":100,\"note\":\"x\"},{\"price\":0}],"
               "\"ids\":[\"1\",\"9007199254740991\"],\"tags\":[\"a\"]} ",
               &d),
        OK);
    assert_string_equal(d.name, "安居");
    assert_string_equal(d.text, "a\nb");
    assert_string_equal(d.pass, " x ");
    assert_int_equal(d.n, -5);
    assert_true(d.seen_n && d.yes);
    assert_int_equal(d.id, 42);
    assert_int_equal(d.color, GREEN);
    assert_int_equal(d.one.price, 1);
    assert_int_equal(d.lines.n, 2);
    assert_string_equal(((struct line *)d.lines.p)[0].note, "x");
    assert_int_equal(((int64_t *)d.ids.p)[1], INT64_C(9007199254740991));
    assert_string_equal(((const char **)d.tags.p)[0], "a");
    assert_int_equal(decode("{\"n\":null,\"name\":null}", &d), OK);
    assert_int_equal(decode("{\"name\":\"\\u5b89\\ud83d\\ude00\"}", &d), OK);
    assert_string_equal(d.name, "安😀");
}

static void refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *field; /* NULL: no field */
        enum err e;
    } c[] = {
        {"{\"x\":1}",                                                             "x",              ERR_INVALID    },
        {"{\"one\":{\"price\":1,\"x\":1}}",                                       "one.x",          ERR_INVALID    },
        {"{\"lines\":[{\"price\":1},{\"price\":101}]}",                           "lines[1].price", ERR_INVALID    },
        {"{\"lines\":[{\"price\":1,\"note\":\"123456\"}]}",                       "lines[0].note",  ERR_INVALID    },
        {"{\"lines\":[{}]}",                                                      "lines[0].price", ERR_INVALID    },
        {"{\"lines\":[1]}",                                                       "lines[0]",       ERR_INVALID    },
        {"{\"lines\":{}}",                                                        "lines",          ERR_INVALID    },
        {"{\"lines\":[{\"price\":1},{\"price\":1},{\"price\":1},{\"price\":1}]}", "lines",          ERR_INVALID    },
        {"{\"ids\":[\"1\",2]}",                                                   "ids[1]",         ERR_INVALID    },
        {"{\"tags\":[\"\"]}",                                                     "tags[0]",        ERR_INVALID    },
        {"{\"name\":\"123456\"}",                                                 "name",           ERR_INVALID    },
        {"{\"name\":\"  \"}",                                                     "name",           ERR_INVALID    },
        {"{\"name\":1}",                                                          "name",           ERR_INVALID    },
        {"{\"pass\":\"安安安\"}",                                              "pass",           ERR_INVALID    },
        {"{\"n\":6}",                                                             "n",              ERR_INVALID    },
        {"{\"n\":1.5}",                                                           "n",              ERR_INVALID    },
        {"{\"n\":\"1\"}",                                                         "n",              ERR_INVALID    },
        {"{\"n\":1e400}",                                                         "n",              ERR_INVALID    },
        {"{\"n\":9007199254740993}",                                              "n",              ERR_INVALID    },
        {"{\"id\":42}",                                                           "id",             ERR_INVALID    },
        {"{\"id\":\"0\"}",                                                        "id",             ERR_INVALID    },
        {"{\"id\":\"-1\"}",                                                       "id",             ERR_INVALID    },
        {"{\"id\":\"99999999999999999\"}",                                        "id",             ERR_INVALID    },
        {"{\"yes\":1}",                                                           "yes",            ERR_INVALID    },
        {"{\"color\":\"blue\"}",                                                  "color",          ERR_INVALID    },
        {"{\"color\":0}",                                                         "color",          ERR_INVALID    },
        {"{\"one\":[]}",                                                          "one",            ERR_INVALID    },
        {"{\"n\":1,\"n\":2}",                                                     "n",              ERR_BAD_REQUEST},
        {"{\"n\":1,\"\\u006e\":2}",                                               "n",              ERR_BAD_REQUEST}, /* the same name, written otherwise */
        {"{\"one\":{\"price\":1,\"price\":2}}",                                   "one.price",      ERR_BAD_REQUEST},
        {"[]",                                                                    NULL,             ERR_BAD_REQUEST},
        {"1",                                                                     NULL,             ERR_BAD_REQUEST},
        {"{",                                                                     NULL,             ERR_BAD_REQUEST},
        {"{}}",                                                                   NULL,             ERR_BAD_REQUEST},
        {"{} x",                                                                  NULL,             ERR_BAD_REQUEST},
        {"{'n':1}",                                                               NULL,             ERR_BAD_REQUEST},
        {"{\"n\":NaN}",                                                           NULL,             ERR_BAD_REQUEST},
        {"{\"n\":+1}",                                                            NULL,             ERR_BAD_REQUEST},
        {"{\"name\":\"\xff\"}",                                                   NULL,             ERR_BAD_REQUEST},
        {"{\"name\":\"\\ud800\"}",                                                NULL,             ERR_BAD_REQUEST},
        {"{\"name\":\"a\nb\"}",                                                   NULL,             ERR_BAD_REQUEST},
        {"{\"pass\":\"ab\\u0000cd\"}",                                            NULL,             ERR_BAD_REQUEST}, /* would be cut to "ab" */
        {"{\"name\":\"\\x\"}",                                                    NULL,             ERR_BAD_REQUEST},
        {"{\"name\":\"\\",                                                        NULL,             ERR_BAD_REQUEST},
    };
    struct doc d;
    for (size_t i = 0; i < COUNT(c); i++) {
        enum err e = decode(c[i].text, &d);
        if (e != c[i].e || !str_eq(why.field, c[i].field) || !why.zh || !why.en)
            fail_msg("%s: %d field %s", c[i].text, (int)e, why.field ? why.field : "-");
    }
    assert_int_equal(decode_n("{}\0", 3, &d), ERR_BAD_REQUEST);
    static const struct field must[] = {FIELD_STR(struct doc, name, 1, 5)};
    assert_int_equal(json_decode(a, "{\"name\":null}", 13, must, 1, &d, &why), ERR_INVALID);
    assert_string_equal(why.field, "name");
}

static const char *repeat(const char *head, const char *piece, int n, const char *tail)
{
    struct buf b;
    buf_init(&b, a);
    buf_str(&b, head);
    for (int i = 0; i < n; i++)
        buf_str(&b, piece);
    buf_str(&b, tail);
    return buf_cstr(&b);
}

static void limits(void **state)
{
    (void)state;
    const char *deep = repeat("", "[", 16, repeat("", "]", 16, ""));
    assert_non_null(json_parse(a, deep, strlen(deep)));
    deep = repeat("", "[", 17, repeat("", "]", 17, ""));
    assert_null(json_parse(a, deep, strlen(deep)));
    deep = repeat("", "[", 100000, "");
    assert_null(json_parse(a, deep, strlen(deep)));
    const char *wide = repeat("[0", ",0", 4095, "]");
    assert_non_null(json_parse(a, wide, strlen(wide)));
    wide = repeat("[0", ",0", 4096, "]");
    assert_null(json_parse(a, wide, strlen(wide)));
    struct doc d;
    assert_int_equal(decode(repeat("{\"n\":0", ",\"n\":0", 4000, "}"), &d), ERR_BAD_REQUEST);
}

static void reading(void **state)
{
    (void)state;
    static const char doc[] = "{\"a\":[{\"s\":\"x\"},2],\"i\":9007199254740992,\"f\":1.5,\"S\":\"y\"}";
    struct json *j = json_parse(a, doc, sizeof doc - 1);
    assert_non_null(j);
    int64_t v = 0;
    assert_string_equal(json_str(json_at(json_get(j, "a"), 0), "s"), "x");
    assert_null(json_at(json_get(j, "a"), 2));
    assert_null(json_get(j, "A")); /* case counts */
    assert_true(json_i64(j, "i", &v) && v == INT64_C(9007199254740992));
    assert_false(json_i64(j, "f", &v));
    assert_false(json_i64(j, "S", &v));
    assert_null(json_str(j, "i"));
    assert_null(json_str(NULL, "i"));
    assert_null(json_get(NULL, "x"));
    assert_null(json_text(json_get(j, "a")));
}

static void writing(void **state)
{
    (void)state;
    struct jw w;
    jw_init(&w, a);
    jw_obj(&w);
    kv_str(&w, "s", "a\"b\\c\n\r\t\x01\x1f/安😀");
    kv_str(&w, "k\"", NULL);
    kv_int(&w, "i", INT64_MIN);
    kv_bool(&w, "b", true);
    kv_id(&w, "id", INT64_C(9007199254740991));
    kv_id(&w, "none", 0);
    kv_time(&w, "t", INT64_C(1795392000000));
    kv_time(&w, "t0", 0);
    kv_raw(&w, "raw", "{\"x\":[]}");
    jw_key(&w, "list");
    jw_arr(&w);
    jw_int(&w, 1);
    jw_arr(&w);
    jw_arr_end(&w);
    jw_null(&w);
    jw_obj(&w);
    jw_end(&w);
    jw_arr_end(&w);
    jw_end(&w);
    const char *t = jw_text(&w);
    assert_string_equal(
        t, "{\"s\":\"a\\\"b\\\\c\\n\\u000d\\u0009\\u0001\\u001f/安😀\",\"k\\\"\":null,\"i\":-9223372036854775808,"
           "\"b\":true,\"id\":\"9007199254740991\",\"none\":null,\"t\":\"2026-11-23T08:00:00.000+08:00\","
           "\"t0\":null,\"raw\":{\"x\":[]},\"list\":[1,[],null,{}]}");
    struct json *back = json_parse(a, t, strlen(t));
    assert_string_equal(json_str(back, "s"), "a\"b\\c\n\r\t\x01\x1f/安😀");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(good), cmocka_unit_test(refused), cmocka_unit_test(limits),
                                       cmocka_unit_test(reading), cmocka_unit_test(writing)};
    a = arena_new(0);
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    arena_free(a);
    return rc;
}
