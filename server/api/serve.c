/* serve.c - the life of a request. Loop: match, limits, cached session. Lane: session, role, idempotency, handler.
 * The request's arena belongs to whoever works on it; what a handler allocates lives in a second arena that a
 * rerun may reset, and both die when the answer has been written.  SPDX-License-Identifier: MIT */
#include "api/serve.h"
#include "api/rate.h"
#include "api/route.h"
#include "base/clock.h"
#include "base/log.h"
#include "domain/auth.h"
#include "platform/config.h"
#include "platform/crypto/crypto.h"
#include "platform/metrics.h"
#include "platform/store/db.h"
#include <stdatomic.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define STRICT_PER_MIN 120
#define REQUEST_MAX_MS 10000 /* waited longer than this for a lane: the client has gone */

static struct serve_config parts;
static _Atomic bool draining;
static struct metric requests[5] = {
    {.name = "anju_requests_total",
     .help = "Requests by status class",
     .label = "class=\"1xx\"",
     .kind = METRIC_COUNTER},
    {.name = "anju_requests_total",
     .help = "Requests by status class",
     .label = "class=\"2xx\"",
     .kind = METRIC_COUNTER},
    {.name = "anju_requests_total",
     .help = "Requests by status class",
     .label = "class=\"3xx\"",
     .kind = METRIC_COUNTER},
    {.name = "anju_requests_total",
     .help = "Requests by status class",
     .label = "class=\"4xx\"",
     .kind = METRIC_COUNTER},
    {.name = "anju_requests_total",
     .help = "Requests by status class",
     .label = "class=\"5xx\"",
     .kind = METRIC_COUNTER}
};
static struct metric lane_time[LANE_COUNT] = {
    {.name = "anju_request_seconds",
     .help = "First byte to answer, by lane",
     .label = "lane=\"loop\"",
     .kind = METRIC_HISTOGRAM},
    {.name = "anju_request_seconds",
     .help = "First byte to answer, by lane",
     .label = "lane=\"read\"",
     .kind = METRIC_HISTOGRAM},
    {.name = "anju_request_seconds",
     .help = "First byte to answer, by lane",
     .label = "lane=\"write\"",
     .kind = METRIC_HISTOGRAM},
    {.name = "anju_request_seconds",
     .help = "First byte to answer, by lane",
     .label = "lane=\"slow\"",
     .kind = METRIC_HISTOGRAM},
    {.name = "anju_request_seconds",
     .help = "First byte to answer, by lane",
     .label = "lane=\"notify\"",
     .kind = METRIC_HISTOGRAM}
};

struct work {
    struct http_request *http;
    const struct route *route;
    struct request rq;
    struct response rs;
    struct arena *scratch;
    struct ctx cx;
    struct job job;
    const char *token;
};

STMT(q_idem_find, "idempotency.find",
     "SELECT body_sha, status, content_type, body FROM idempotency WHERE account_id = $1 AND route = $2 AND key = $3");
STMT(q_idem_add, "idempotency.add",
     "INSERT INTO idempotency(account_id, route, key, body_sha, status, content_type, body, created_at)"
     " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)");

/* ---- answers ---- */

static const char *error_body(struct arena *a, enum err e, const struct why *why, bool english, const char *request_id)
{
    struct jw w;
    const char *own = english ? why->en : why->zh;
    jw_init(&w, a);
    jw_obj(&w);
    jw_key(&w, "error");
    jw_obj(&w);
    kv_str(&w, "code", err_wire(e));
    kv_str(&w, "message", own && e != ERR_INTERNAL ? own : err_text(e, english));
    kv_str(&w, "field", why->field);
    kv_str(&w, "request_id", request_id);
    jw_end(&w);
    jw_end(&w);
    return jw_text(&w);
}

static void fill_error(struct arena *a, struct http_reply *r, enum err e, const struct why *why, bool english,
                       const char *request_id)
{
    http_reply_init(r, err_http(e));
    r->type = "application/json; charset=utf-8";
    r->body = error_body(a, e, why, english, request_id);
    r->len = strlen(r->body);
    if (r->status == 429 || r->status == 503)
        http_reply_header(r, "retry-after", e == ERR_RATE ? "5" : "1");
}

static bool wants_english(const struct http_request *rq)
{
    return rq->header[H_ACCEPT_LANGUAGE] && strncasecmp(rq->header[H_ACCEPT_LANGUAGE], "en", 2) == 0;
}

static void answer(struct work *w, enum err e)
{
    struct http_reply r;
    if (e) {
        if (e == ERR_INTERNAL)
            log_error("request.failed", L_S("op", w->route->op), L_S("req", w->http->id),
                      L_S("why", w->cx.why.en ? w->cx.why.en : ""));
        if (w->rs.fd >= 0)
            close(w->rs.fd);
        fill_error(w->scratch, &r, e, &w->cx.why, w->cx.english, w->http->id);
    } else {
        http_reply_init(&r, w->rs.status);
        r.type = w->rs.type;
        r.body = w->rs.body;
        r.len = w->rs.len;
        r.fd = w->rs.fd;
        for (size_t i = 0; i < w->rs.nheader; i++)
            http_reply_header(&r, w->rs.header[i][0], w->rs.header[i][1]);
    }
    metric_time(&lane_time[w->route->lane], clock_mono_us() - w->http->start_us);
    http_answer(w->http, &r);
}

/* ---- in the lane ---- */

static enum err check_who(struct work *w)
{
    unsigned roles = w->route->roles;
    struct ctx *cx = &w->cx;
    if (roles & ROLES_PUBLIC)
        return OK;
    if (!cx->who.id)
        return ERR_UNAUTHENTICATED;
    if (cx->who.must_change_password && !(w->route->flags & RF_PASSWORD_OK))
        return cx_fail(cx, ERR_FORBIDDEN, "password", "请先修改初始密码", "change your password first");
    if (cx->who.must_enrol && !(w->route->flags & RF_PASSWORD_OK))
        return cx_fail(cx, ERR_FORBIDDEN, "second_factor", "公司要求启用动态口令,请先绑定",
                       "your company asks for a second factor: set one up first");
    if (!(roles & ROLES_LOGGED_IN) && !(roles & cx->who.roles))
        return ERR_FORBIDDEN;
    if (!rate_user(cx->who.session_id))
        return ERR_RATE;
    if ((w->route->flags & RF_STEP_UP) && cx->now - cx->who.proven_at > STEP_UP_MS)
        return ERR_STEP_UP;
    return OK;
}

struct replay {
    bool found, same;
    const uint8_t *sha;
    struct response rs;
};

static enum err on_replay(struct ctx *cx, const struct row *r, void *out)
{
    struct replay *p = out;
    size_t n = 0;
    const void *sha = row_blob(cx, r, 0, &n);
    p->found = true;
    p->same = n == 32 && crypto_equal(sha, p->sha, 32);
    p->rs.status = (int)row_i64(r, 1);
    p->rs.type = row_text(cx, r, 2);
    p->rs.body = row_blob(cx, r, 3, &p->rs.len);
    return OK;
}

/* Key -> first answer, in the transaction of the effect: a crash keeps both or neither. */
static enum err run_idempotent(struct work *w, struct ctx *cx)
{
    const char *key = w->http->header[H_IDEMPOTENCY_KEY];
    uint8_t sha[32];
    struct replay p = {.sha = sha};
    if (str_empty(key) || strlen(key) > 255)
        return cx_fail(cx, ERR_BAD_REQUEST, "Idempotency-Key", "缺少或无效的 Idempotency-Key",
                       "Idempotency-Key is required (<= 255 bytes)");
    const char *route = arena_printf(cx->arena, "%s %s", http_method_name[w->http->method], w->http->path);
    sha256(w->http->body, w->http->body_len, sha);
    enum err e = db_one(cx, &q_idem_find, ARGS(I64(cx->who.id), TXT(route), TXT(key)), on_replay, &p);
    if (e && e != ERR_NOT_FOUND)
        return e;
    if (p.found && !p.same)
        return cx_fail(cx, ERR_IDEMPOTENCY, "Idempotency-Key", "该幂等键已用于其他内容",
                       "that key was used with another body");
    if (p.found) {
        p.rs.fd = -1;
        w->rs = p.rs;
        reply_header(&w->rs, "idempotent-replay", "true");
        return OK;
    }
    e = w->route->fn(cx, &w->rq, &w->rs);
    return e ? e
             : db_exec(cx, &q_idem_add,
                       ARGS(I64(cx->who.id), TXT(route), TXT(key), BLOB(sha, 32), I64(w->rs.status),
                            TXT(w->rs.type ? w->rs.type : ""), BLOB(w->rs.body ? w->rs.body : "", w->rs.len),
                            I64(cx->now)),
                       NULL);
}

static enum err run_handler(struct ctx *cx, void *arg)
{
    struct work *w = arg;
    w->rs = (struct response){.status = 200, .fd = -1};
    if (w->route->flags & RF_IDEMPOTENT)
        return run_idempotent(w, cx);
    if ((w->route->flags & RF_STRICT) &&
        !rate_shared(arena_printf(cx->arena, "%s:%s", w->route->op, cx->ip), STRICT_PER_MIN))
        return ERR_RATE;
    return w->route->fn(cx, &w->rq, &w->rs);
}

static void done_handler(struct job *job, enum err e)
{
    answer(job->arg, e);
}

static void to_lane(struct work *w)
{
    bool taken = false;
    enum err e = check_who(w);
    if (e) {
        answer(w, e);
        return;
    }
    w->job = (struct job){.cx = &w->cx,
                          .scratch = w->scratch,
                          .run = run_handler,
                          .done = done_handler,
                          .arg = w,
                          .give_up_mono_ms = clock_mono_ms() + REQUEST_MAX_MS};
    switch (w->route->lane) {
    case LANE_LOOP:
        answer(w, run_handler(&w->cx, w));
        return;
    case LANE_READ:
        taken = store_submit_read(parts.store, &w->job);
        break;
    case LANE_WRITE:
        taken = store_submit_write(parts.store, &w->job);
        break;
    case LANE_SLOW:
    case LANE_NOTIFY:
        w->job.scratch = NULL;
        w->cx.arena = w->scratch;
        taken = slow_submit(w->route->lane == LANE_SLOW ? parts.slow : parts.notify, &w->job);
        break;
    case LANE_COUNT:
        break;
    }
    if (!taken)
        answer(w, ERR_BUSY);
}

static enum err run_auth(struct ctx *cx, void *arg)
{
    struct work *w = arg;
    struct arena *keep = cx->arena; /* the name must outlive a scratch reset */
    cx->arena = w->http->arena;
    enum err e = auth_resolve(cx, w->token);
    cx->arena = keep;
    return e;
}

static void done_auth(struct job *job, enum err e)
{
    struct work *w = job->arg;
    if (e)
        answer(w, e);
    else
        to_lane(w);
}

/* ---- on the loop ---- */

static const char *bearer(const struct http_request *rq)
{
    const char *h = rq->header[H_AUTHORIZATION];
    return h && strncasecmp(h, "Bearer ", 7) == 0 && strlen(h) == 7 + 43 ? h + 7 : NULL;
}

static bool is_loopback(const char *ip)
{
    return str_starts(ip, "127.") || str_eq(ip, "::1");
}

static bool json_type(const struct http_request *rq)
{
    const char *t = rq->header[H_CONTENT_TYPE];
    return t && strncasecmp(t, "application/json", 16) == 0 && (t[16] == '\0' || t[16] == ';' || t[16] == ' ');
}

static bool refuse(struct http_request *rq, struct http_reply *reply, enum err e)
{
    fill_error(rq->arena, reply, e, &(struct why){0}, wants_english(rq), rq->id);
    return false;
}

static bool refuse_method(struct http_request *rq, struct http_reply *reply, unsigned allowed)
{
    struct buf b;
    refuse(rq, reply, ERR_METHOD);
    buf_init(&b, rq->arena);
    for (int m = 0; m < M_COUNT; m++)
        if (allowed & (1u << m))
            buf_printf(&b, "%s%s", b.n ? ", " : "", http_method_name[m]);
    http_reply_header(reply, "allow", buf_cstr(&b));
    return false;
}

static bool on_head(struct http_request *rq, size_t *max_body, const char **spool_dir, struct http_reply *reply)
{
    unsigned allowed = 0;
    struct work *w = arena_alloc(rq->arena, sizeof *w);
    bool probe = str_eq(rq->path, "/livez") || str_eq(rq->path, "/readyz");
    *max_body = 0;
    *spool_dir = NULL;
    if (!probe && !rate_ip(rq->ip))
        return refuse(rq, reply, ERR_RATE);
    w->http = rq;
    rq->app = w;
    w->route = route_find(rq->arena, rq->method, rq->path, w->rq.arg, &allowed);
    if (!w->route && !allowed && (rq->method == M_GET || rq->method == M_HEAD) && parts.statics &&
        !str_starts(rq->path, "/api/"))
        return true; /* on_request() looks among the static files */
    if (!w->route)
        return allowed ? refuse_method(rq, reply, allowed) : refuse(rq, reply, ERR_NOT_FOUND);
    if ((w->route->flags & RF_TEST) && !(config()->test_hooks && is_loopback(rq->ip)))
        return refuse(rq, reply, ERR_NOT_FOUND);
    w->token = bearer(rq);
    if (!(w->route->roles & ROLES_PUBLIC) && !w->token)
        return refuse(rq, reply, ERR_UNAUTHENTICATED);
    if (w->route->max_body && !(w->route->flags & (RF_UPLOAD | RF_RAW)) && rq->header[H_CONTENT_TYPE] && !json_type(rq))
        return refuse(rq, reply, ERR_MEDIA);
    *max_body = w->route->max_body;
    if (w->route->flags & RF_UPLOAD)
        *spool_dir = parts.spool_dir;
    return true;
}

static void free_arena(void *a)
{
    arena_free(a);
}

static void on_static(struct http_request *rq)
{
    struct http_reply r;
    http_reply_init(&r, 404);
    if (!parts.statics(rq, &r))
        refuse(rq, &r, ERR_NOT_FOUND);
    http_answer(rq, &r);
}

static int64_t parse_if_match(const char *h)
{
    int64_t v = 0;
    size_t n = h ? strlen(h) : 0;
    if (n >= 2 && h[0] == '"' && h[n - 1] == '"') {
        h++;
        n -= 2;
    }
    return n && parse_i64_n(h, n, &v) && v > 0 ? v : 0;
}

static void on_request(struct http_request *rq)
{
    struct work *w = rq->app;
    if (!w->route) {
        on_static(rq);
        return;
    }
    w->scratch = arena_new(0);
    arena_defer(rq->arena, free_arena, w->scratch);
    w->rq.http = rq;
    w->rq.if_match = parse_if_match(rq->header[H_IF_MATCH]);
    w->rs.fd = -1;
    cx_init(&w->cx, rq->arena, parts.store);
    w->cx.request_id = rq->id;
    w->cx.ip = rq->ip;
    w->cx.device = rq->header[H_X_DEVICE_ID] ? rq->header[H_X_DEVICE_ID] : "";
    w->cx.english = wants_english(rq);
    if (!w->token || (w->route->roles & ROLES_PUBLIC) || auth_cached(&w->cx, w->token)) {
        w->cx.arena = w->scratch;
        to_lane(w);
        return;
    }
    w->cx.arena = w->scratch;
    w->job = (struct job){.cx = &w->cx,
                          .run = run_auth,
                          .done = done_auth,
                          .arg = w,
                          .give_up_mono_ms = clock_mono_ms() + REQUEST_MAX_MS};
    if (!store_submit_read(parts.store, &w->job))
        answer(w, ERR_BUSY);
}

static void on_finished(const struct http_request *rq, int status, size_t bytes)
{
    const struct work *w = rq->app;
    int class = status / 100;
    if (class >= 1 && class <= 5)
        metric_add(&requests[class - 1], 1);
    log_info("http.access", L_S("req", rq->id), L_S("method", http_method_name[rq->method]),
             L_S("op", w && w->route ? w->route->op : "static"), L_I("status", status), L_I("bytes", bytes),
             L_I("us", clock_mono_us() - rq->start_us), L_S("ip", rq->ip));
}

const struct http_hooks *serve_hooks(const struct serve_config *c)
{
    static const struct http_hooks hooks = {on_head, on_request, on_finished};
    parts = *c;
    for (int i = 0; i < 5; i++)
        metric_register(&requests[i]);
    for (int i = 0; i < LANE_COUNT; i++)
        metric_register(&lane_time[i]);
    return &hooks;
}

void serve_set_draining(void)
{
    atomic_store(&draining, true);
}

bool serve_draining(void)
{
    return atomic_load(&draining);
}
