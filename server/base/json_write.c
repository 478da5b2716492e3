/* json_write.c - the streaming writer of json.h. SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/json.h"
#include <assert.h>
#include <string.h>

void jw_init(struct jw *w, struct arena *a)
{
    memset(w, 0, sizeof *w);
    buf_init(&w->b, a);
}

static void value(struct jw *w)
{
    if (w->after_key) {
        w->after_key = false;
        return;
    }
    if (w->need_comma[w->depth])
        buf_char(&w->b, ',');
    w->need_comma[w->depth] = true;
}

static void open_level(struct jw *w, char c)
{
    value(w);
    buf_char(&w->b, c);
    assert(w->depth + 1u < COUNT(w->need_comma));
    w->need_comma[++w->depth] = false;
}

static void close_level(struct jw *w, char c)
{
    assert(w->depth > 0 && !w->after_key);
    w->depth--;
    buf_char(&w->b, c);
}

void jw_obj(struct jw *w)
{
    open_level(w, '{');
}

void jw_end(struct jw *w)
{
    close_level(w, '}');
}

void jw_arr(struct jw *w)
{
    open_level(w, '[');
}

void jw_arr_end(struct jw *w)
{
    close_level(w, ']');
}

static void quoted(struct buf *b, const char *s)
{
    buf_char(b, '"');
    for (const char *run = s;; s++) {
        unsigned char c = (unsigned char)*s;
        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        buf_add(b, run, (size_t)(s - run));
        if (c == '\0')
            break;
        if (c == '"' || c == '\\')
            buf_printf(b, "\\%c", c);
        else if (c == '\n')
            buf_str(b, "\\n");
        else
            buf_printf(b, "\\u%04x", c);
        run = s + 1;
    }
    buf_char(b, '"');
}

void jw_key(struct jw *w, const char *key)
{
    value(w);
    quoted(&w->b, key);
    buf_char(&w->b, ':');
    w->after_key = true;
}

void jw_str(struct jw *w, const char *s)
{
    value(w);
    if (s)
        quoted(&w->b, s);
    else
        buf_str(&w->b, "null");
}

void jw_int(struct jw *w, int64_t v)
{
    value(w);
    buf_printf(&w->b, "%lld", (long long)v);
}

void jw_bool(struct jw *w, bool v)
{
    value(w);
    buf_str(&w->b, v ? "true" : "false");
}

void jw_null(struct jw *w)
{
    value(w);
    buf_str(&w->b, "null");
}

void jw_raw(struct jw *w, const char *json)
{
    value(w);
    buf_str(&w->b, json);
}

void kv_str(struct jw *w, const char *key, const char *s)
{
    jw_key(w, key);
    jw_str(w, s);
}

void kv_int(struct jw *w, const char *key, int64_t v)
{
    jw_key(w, key);
    jw_int(w, v);
}

void kv_bool(struct jw *w, const char *key, bool v)
{
    jw_key(w, key);
    jw_bool(w, v);
}

void jw_id(struct jw *w, int64_t id)
{
    value(w);
    if (id)
        buf_printf(&w->b, "\"%lld\"", (long long)id);
    else
        buf_str(&w->b, "null");
}

void kv_id(struct jw *w, const char *key, int64_t id)
{
    jw_key(w, key);
    jw_id(w, id);
}

void kv_ids(struct jw *w, const char *key, const struct json_list *ids)
{
    const int64_t *id = ids->p;
    jw_key(w, key);
    jw_arr(w);
    for (size_t i = 0; i < ids->n; i++)
        jw_id(w, id[i]);
    jw_arr_end(w);
}

void kv_time(struct jw *w, const char *key, int64_t unix_ms)
{
    char text[32];
    jw_key(w, key);
    if (unix_ms)
        jw_str(w, clock_rfc3339(unix_ms, text));
    else
        jw_null(w);
}

void kv_raw(struct jw *w, const char *key, const char *json)
{
    jw_key(w, key);
    jw_raw(w, json);
}

const char *jw_text(struct jw *w)
{
    assert(w->depth == 0);
    return buf_cstr(&w->b);
}
