/* router.c - the route tables together, matching, and small tools for handlers. SPDX-License-Identifier: MIT */
#include "api/route.h"
#include "base/clock.h"
#include "base/fsm.h"
#include "platform/crypto/crypto.h"
#include "platform/table/csv.h"
#include <string.h>

const char *const lane_name[LANE_COUNT] = {"loop", "read", "write", "slow", "notify"};
const char *const scope_name[SCOPE_COUNT] = {"none", "self", "company", "project", "room", "order"};

static const struct route_set *const sets[] = {
#define X(name) &name##_routes,
    ROUTE_SETS(X)
#undef X
};

size_t route_count(void)
{
    size_t n = 0;
    for (size_t i = 0; i < COUNT(sets); i++)
        n += sets[i]->n;
    return n;
}

const struct route *route_at(size_t i)
{
    for (size_t s = 0; s < COUNT(sets); s++) {
        if (i < sets[s]->n)
            return &sets[s]->row[i];
        i -= sets[s]->n;
    }
    return NULL;
}

/* Number of {parameters} when the path fits the pattern, -1 when it does not. */
static int match(const char *pattern, const char *path, const char *at[4], size_t len[4])
{
    int n = 0;
    while (*pattern && *path) {
        if (*pattern == '{') {
            size_t seg = strcspn(path, "/");
            if (seg == 0 || n == 4)
                return -1;
            at[n] = path;
            len[n++] = seg;
            path += seg;
            pattern += strcspn(pattern, "}") + 1;
        } else if (*pattern++ != *path++) {
            return -1;
        }
    }
    return *pattern || *path ? -1 : n;
}

const struct route *route_find(struct arena *a, enum http_method m, const char *path, const char *arg[4],
                               unsigned *allowed)
{
    const struct route *best = NULL;
    int best_n = 5;
    const char *at[4] = {NULL}, *best_at[4] = {NULL};
    size_t len[4] = {0}, best_len[4] = {0};
    *allowed = 0;
    for (size_t s = 0; s < COUNT(sets); s++) {
        for (const struct route *r = sets[s]->row, *end = r + sets[s]->n; r < end; r++) {
            int n = match(r->path, path, at, len);
            if (n < 0)
                continue;
            *allowed |= 1u << r->method;
            bool fits = r->method == m || (m == M_HEAD && r->method == M_GET);
            if (fits && n < best_n) { /* literal segments win over {parameters} */
                best = r;
                best_n = n;
                memcpy(best_at, at, sizeof at);
                memcpy(best_len, len, sizeof len);
            }
        }
    }
    for (int k = 0; best && k < best_n; k++)
        arg[k] = arena_strndup(a, best_at[k], best_len[k]);
    return best;
}

enum err body_decode(struct ctx *cx, const struct request *rq, const struct field *f, size_t n, void *out)
{
    struct why why = {0};
    enum err e = json_decode(cx->arena, rq->http->body ? rq->http->body : "", rq->http->body_len, f, n, out, &why);
    if (e) {
        cx->why = why;
    }
    return e;
}

enum err path_id(struct ctx *cx, const struct request *rq, int i, int64_t *id)
{
    if (!is_digits(rq->arg[i], 1, 16) || !parse_i64(rq->arg[i], id) || *id <= 0)
        return cx_fail(cx, ERR_NOT_FOUND, "id", "编号无效", "not an id");
    return OK;
}

enum err query_text(struct ctx *cx, const struct request *rq, const char *name, const char **out)
{
    bool bad = false;
    *out = http_query(cx->arena, rq->http->query, name, &bad);
    if (bad || (*out && (strlen(*out) > 200 || !utf8_valid(*out, strlen(*out)))))
        return cx_fail(cx, ERR_INVALID, name, "参数无效", "not a valid value");
    return OK;
}

enum err query_word(struct ctx *cx, const struct request *rq, const char *name, const char *const *known, size_t n,
                    const char **out)
{
    enum err e = query_text(cx, rq, name, out);
    if (!e && *out && str_index(known, n, *out) < 0)
        e = cx_fail(cx, ERR_INVALID, name, "参数无效", "not one of the allowed values");
    return e;
}

enum err query_day(struct ctx *cx, const struct request *rq, const char *name, int32_t dflt, int32_t *out)
{
    int64_t v = 0;
    enum err e = query_i64(cx, rq, name, 19700101, 99991231, dflt, &v);
    *out = (int32_t)v;
    if (!e && v != dflt && !clock_day_valid(*out))
        e = cx_fail(cx, ERR_INVALID, name, "日期无效", "not a day");
    return e;
}

enum err query_i64(struct ctx *cx, const struct request *rq, const char *name, int64_t min, int64_t max, int64_t dflt,
                   int64_t *out)
{
    const char *s = NULL;
    enum err e = query_text(cx, rq, name, &s);
    *out = dflt;
    if (!e && s && (!parse_i64(s, out) || *out < min || *out > max))
        e = cx_fail(cx, ERR_INVALID, name, "应为 %lld 到 %lld 的整数", "must be an integer from %lld to %lld",
                    (long long)min, (long long)max);
    return e;
}

struct csv_in {
    const char *csv;
};
static const struct field csv_fields[] = {FIELD_RAW(struct csv_in, csv, 4, 400000)};

enum err body_csv(struct ctx *cx, const struct request *rq, const void **bytes, size_t *n)
{
    struct csv_in in = {0};
    enum err e = BODY(cx, rq, csv_fields, &in);
    *bytes = e ? NULL : b64_decode(cx->arena, in.csv, n);
    return e || *bytes ? e : cx_fail(cx, ERR_INVALID, "csv", "须为 base64", "must be base64");
}

enum err need_version(const struct request *rq, int64_t *version)
{
    *version = rq->if_match;
    return rq->if_match ? OK : ERR_PRECONDITION;
}

enum err query_id(struct ctx *cx, const struct request *rq, const char *name, int64_t *id)
{
    return query_i64(cx, rq, name, 1, INT64_C(9007199254740991), 0, id);
}

enum err query_time(struct ctx *cx, const struct request *rq, const char *name, int64_t dflt, int64_t *out)
{
    const char *s = NULL;
    enum err e = query_text(cx, rq, name, &s);
    *out = dflt;
    if (!e && s && !clock_parse_rfc3339(s, out))
        e = cx_fail(cx, ERR_INVALID, name, "应为 RFC 3339 时间", "must be an RFC 3339 time");
    return e;
}

enum err query_span(struct ctx *cx, const struct request *rq, int64_t *from, int64_t *to)
{
    enum err e = query_time(cx, rq, "from", cx->now - 30 * DAY_MS, from);
    return e ? e : query_time(cx, rq, "to", cx->now + 1, to);
}

void kv_actions(struct jw *w, const struct fsm *m, unsigned state, unsigned actor)
{
    unsigned ev[64];
    size_t n = fsm_events(m, state, actor, ev, COUNT(ev));
    jw_key(w, "actions");
    jw_arr(w);
    for (size_t i = 0; i < n; i++)
        jw_str(w, m->event[ev[i]]);
    jw_arr_end(w);
}

void kv_csv_errors(struct ctx *cx, struct jw *w, const struct csv_error *e, size_t n)
{
    jw_key(w, "errors");
    jw_arr(w);
    for (size_t i = 0; i < n; i++) {
        jw_obj(w);
        kv_int(w, "row", e[i].row);
        kv_str(w, "column", e[i].column);
        kv_str(w, "reason", cx->english ? e[i].en : e[i].zh);
        jw_end(w);
    }
    jw_arr_end(w);
}

enum err reply_json(struct response *rs, int status, struct jw *w)
{
    rs->status = status;
    rs->type = "application/json; charset=utf-8";
    rs->body = jw_text(w);
    rs->len = w->b.n;
    return OK;
}

enum err reply_id(struct ctx *cx, struct response *rs, int status, int64_t id)
{
    struct jw w;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    kv_id(&w, "id", id);
    jw_end(&w);
    return reply_json(rs, status, &w);
}

void list_open(struct ctx *cx, struct jw *w)
{
    jw_init(w, cx->arena);
    jw_obj(w);
    jw_key(w, "items");
    jw_arr(w);
}

enum err list_close(struct response *rs, struct jw *w, enum err e)
{
    if (e)
        return e;
    jw_arr_end(w);
    jw_end(w);
    return reply_json(rs, 200, w);
}

enum err span_open(struct ctx *cx, const struct request *rq, struct jw *w, int64_t *from, int64_t *to)
{
    enum err e = query_span(cx, rq, from, to);
    if (e)
        return e;
    jw_init(w, cx->arena);
    jw_obj(w);
    kv_time(w, "from", *from);
    kv_time(w, "to", *to);
    jw_key(w, "items");
    jw_arr(w);
    return OK;
}

enum err page_open(struct ctx *cx, const struct request *rq, struct page *p)
{
    enum err e = query_id(cx, rq, "before", &p->before);
    if (!e)
        e = query_i64(cx, rq, "limit", 1, 100, 20, &p->limit);
    if (!e)
        list_open(cx, &p->w);
    return e;
}

void page_row(struct page *p, int64_t id)
{
    p->n++;
    p->last = id;
}

enum err page_close(struct response *rs, struct page *p, enum err e)
{
    if (e)
        return e;
    jw_arr_end(&p->w);
    kv_id(&p->w, "next_before", p->n == p->limit ? p->last : 0);
    jw_end(&p->w);
    return reply_json(rs, 200, &p->w);
}

enum err reply_empty(struct response *rs)
{
    rs->status = 204;
    return OK;
}

void reply_header(struct response *rs, const char *name, const char *value)
{
    if (rs->nheader < COUNT(rs->header)) {
        rs->header[rs->nheader][0] = name;
        rs->header[rs->nheader++][1] = value;
    }
}

void reply_etag(struct ctx *cx, struct response *rs, int64_t version)
{
    reply_header(rs, "etag", arena_printf(cx->arena, "\"%lld\"", (long long)version));
}

enum err do_by_id(struct ctx *cx, const struct request *rq, struct response *rs, id_fn *fn)
{
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = fn(cx, id);
    return e ? e : reply_empty(rs);
}

enum err do_by_version(struct ctx *cx, const struct request *rq, struct response *rs, version_fn *fn)
{
    int64_t id = 0, version = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = need_version(rq, &version);
    if (!e)
        e = fn(cx, id, version);
    return e ? e : reply_empty(rs);
}

enum err do_by_text(struct ctx *cx, const struct request *rq, struct response *rs, const struct field *f, text_fn *fn)
{
    const char *text = NULL;
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = body_decode(cx, rq, f, 1, &text);
    if (!e)
        e = fn(cx, id, text);
    return e ? e : reply_empty(rs);
}
