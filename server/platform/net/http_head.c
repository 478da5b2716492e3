/* http_head.c - the request head: framing first, then what the application wants to know of it.
 * lws is lax about framing (two lengths, a length beside chunks, no Host); everything two parsers could read
 * in two ways is refused here with an answer and the end of the connection.
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/id.h"
#include "base/text.h"
#include "platform/net/net_int.h"
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

const char *const http_method_name[M_COUNT] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};
static const enum lws_token_indexes method_token[M_COUNT] = {
    WSI_TOKEN_GET_URI,   WSI_TOKEN_HEAD_URI,   WSI_TOKEN_POST_URI,   WSI_TOKEN_PUT_URI,
    WSI_TOKEN_PATCH_URI, WSI_TOKEN_DELETE_URI, WSI_TOKEN_OPTIONS_URI};

static const struct {
    enum http_header h;
    enum lws_token_indexes token;
} known[] = {
    {H_AUTHORIZATION,   WSI_TOKEN_HTTP_AUTHORIZATION  },
    {H_ACCEPT_LANGUAGE, WSI_TOKEN_HTTP_ACCEPT_LANGUAGE},
    {H_IF_MATCH,        WSI_TOKEN_HTTP_IF_MATCH       },
    {H_IF_NONE_MATCH,   WSI_TOKEN_HTTP_IF_NONE_MATCH  },
    {H_CONTENT_TYPE,    WSI_TOKEN_HTTP_CONTENT_TYPE   },
    {H_ACCEPT_ENCODING, WSI_TOKEN_HTTP_ACCEPT_ENCODING},
    {H_ORIGIN,          WSI_TOKEN_ORIGIN              },
    {H_USER_AGENT,      WSI_TOKEN_HTTP_USER_AGENT     },
    {H_REFERER,         WSI_TOKEN_HTTP_REFERER        },
    {H_COOKIE,          WSI_TOKEN_HTTP_COOKIE         },
    {H_X_FORWARDED_FOR, WSI_TOKEN_X_FORWARDED_FOR     },
    {H_RANGE,           WSI_TOKEN_HTTP_RANGE          },
};
static const struct {
    enum http_header h;
    const char *name;
} unknown[] = {
    {H_IDEMPOTENCY_KEY,  "idempotency-key:"    },
    {H_X_REQUEST_ID,     "x-request-id:"       },
    {H_X_DEVICE_ID,      "x-device-id:"        },
    {H_X_CSRF_TOKEN,     "x-csrf-token:"       },
    {H_SEC_FETCH_SITE,   "sec-fetch-site:"     },
    {H_WECHAT_SIGNATURE, "wechatpay-signature:"},
    {H_WECHAT_TIMESTAMP, "wechatpay-timestamp:"},
    {H_WECHAT_NONCE,     "wechatpay-nonce:"    },
    {H_WECHAT_SERIAL,    "wechatpay-serial:"   },
};

/* Present, even when empty? Length 0 means either; copying tells them apart, and an empty one fits anywhere. */
static bool has(struct lws *wsi, enum lws_token_indexes t, int nth)
{
    char waste[4];
    return lws_hdr_fragment_length(wsi, t, nth) > 0 || lws_hdr_copy_fragment(wsi, waste, sizeof waste, t, nth) >= 0;
}

static const char *trimmed(char *s)
{
    while (*s == ' ' || *s == '\t')
        s++;
    size_t n = strlen(s);
    while (n && (s[n - 1] == ' ' || s[n - 1] == '\t'))
        s[--n] = '\0';
    return s;
}

/* Arena text of a header, NULL when absent, "" when empty. *bad: it has control characters. */
static const char *header(struct conn *c, enum lws_token_indexes t, bool *bad)
{
    if (!has(c->wsi, t, 0))
        return NULL;
    int n = lws_hdr_total_length(c->wsi, t);
    char *s = arena_alloc(c->rq->r.arena, (size_t)n + 2);
    if (lws_hdr_copy(c->wsi, s, n + 1, t) < 0)
        return NULL;
    for (const char *p = s; *p; p++)
        *bad |= ((unsigned char)*p < ' ' && *p != '\t') || *p == 127;
    return trimmed(s);
}

static const char *custom(struct conn *c, const char *name, bool *bad)
{
    int nlen = (int)strlen(name), n = lws_hdr_custom_length(c->wsi, name, nlen);
    if (n < 0)
        return NULL;
    char *s = arena_alloc(c->rq->r.arena, (size_t)n + 2);
    if (lws_hdr_custom_copy(c->wsi, s, n + 1, name, nlen) < 0)
        return NULL;
    for (const char *p = s; *p; p++)
        *bad |= ((unsigned char)*p < ' ' && *p != '\t') || *p == 127;
    return trimmed(s);
}

#if LWS_LIBRARY_VERSION_NUMBER >= 4003000
/* lws's name parser can swallow the next line into a name it does not know ("X: a" CRLF "Transfer-Encoding: ...").
 * From 4.3 on we can look at those names. */
static void odd_name(const char *name, int n, void *bad)
{
    for (int i = 0; i < n - 1; i++)
        if ((unsigned char)name[i] <= ' ' || name[i] == ':' || name[i] == 127)
            *(bool *)bad = true;
}
#endif
static bool hidden_header(struct lws *wsi)
{
    bool bad = false;
#if LWS_LIBRARY_VERSION_NUMBER >= 4003000
    lws_hdr_custom_name_foreach(wsi, odd_name, &bad);
#else
    (void)wsi;
#endif
    return bad;
}

static int method_of(struct lws *wsi)
{
    for (int m = 0; m < M_COUNT; m++)
        if (lws_hdr_total_length(wsi, method_token[m]) > 0)
            return m;
    return -1;
}

static bool body_method(enum http_method m)
{
    return m == M_POST || m == M_PUT || m == M_PATCH || m == M_DELETE;
}

static bool has_token(const char *list, const char *word)
{
    size_t n = strlen(word);
    for (const char *p = list; p && *p;) {
        p += strspn(p, " \t,");
        size_t len = strcspn(p, ",");
        while (len && (p[len - 1] == ' ' || p[len - 1] == '\t'))
            len--;
        if (len == n && strncasecmp(p, word, n) == 0)
            return true;
        p += strcspn(p, ",");
    }
    return false;
}

static bool listed(const char *const *list, const char *s, size_t n)
{
    for (; list && *list; list++)
        if (strlen(*list) == n && strncasecmp(*list, s, n) == 0)
            return true;
    return false;
}

/* Exactly one Host, of the characters a host may have, and one of ours. */
static bool host_ok(struct conn *c)
{
    bool bad = false;
    const char *h = header(c, WSI_TOKEN_HOST, &bad);
    if (bad || str_empty(h) || has(c->wsi, WSI_TOKEN_HOST, 1) || strlen(h) > 255)
        return false;
    if (h[strspn(h, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:[]")])
        return false;
    c->rq->r.host = h;
    if (!net.cfg.hosts || !*net.cfg.hosts)
        return true;
    const char *end = *h == '[' ? strchr(h, ']') : strchr(h, ':');
    size_t n = end ? (size_t)(end - h) + (*h == '[') : strlen(h);
    return listed(net.cfg.hosts, h, n);
}

/* Path and query come out of lws decoded; the query is put together again, so that http_query() sees one form only. */
static bool read_uri(struct conn *c, enum lws_token_indexes t)
{
    struct http_request *r = &c->rq->r;
    int n = lws_hdr_fragment_length(c->wsi, t, 0);
    char *path = arena_alloc(r->arena, (size_t)n + 2);
    if (n <= 0 || has(c->wsi, t, 1) || lws_hdr_copy_fragment(c->wsi, path, n + 1, t, 0) < 0)
        return false; /* a second fragment: lws cut the path at a '&' or ';' */
    if (path[0] != '/' || strlen(path) != (size_t)n || !utf8_valid(path, (size_t)n))
        return false;
    for (const char *p = path; *p; p++)
        if ((unsigned char)*p < ' ' || *p == 127 ||
            (p[0] == '/' && p[1] == '.' && p[2] == '.' && (!p[3] || p[3] == '/')))
            return false;
    r->path = path;
    struct buf q;
    buf_init(&q, r->arena);
    for (int i = 0; (n = lws_hdr_fragment_length(c->wsi, WSI_TOKEN_HTTP_URI_ARGS, i)) > 0 ||
                    has(c->wsi, WSI_TOKEN_HTTP_URI_ARGS, i);
         i++) {
        char *arg = arena_alloc(r->arena, (size_t)n + 2);
        if (n <= 0 || lws_hdr_copy_fragment(c->wsi, arg, n + 1, WSI_TOKEN_HTTP_URI_ARGS, i) < 0)
            continue;
        if (strlen(arg) != (size_t)n)
            return false;
        if (q.n)
            buf_char(&q, '&');
        char *value = strchr(arg, '=');
        if (value)
            *value++ = '\0';
        buf_str(&q, url_encode(r->arena, arg));
        if (value) {
            buf_char(&q, '=');
            buf_str(&q, url_encode(r->arena, value));
        }
    }
    r->query = buf_cstr(&q);
    return true;
}

static size_t head_size(struct lws *wsi)
{
    size_t n = 0;
    for (int t = 0; t < WSI_TOKEN_COUNT; t++)
        n += (size_t)lws_hdr_total_length(wsi, (enum lws_token_indexes)t);
    for (size_t i = 0; i < COUNT(unknown); i++) {
        int v = lws_hdr_custom_length(wsi, unknown[i].name, (int)strlen(unknown[i].name));
        n += v > 0 ? (size_t)v : 0;
    }
    return n;
}

static void read_peer(struct conn *c)
{
    struct http_request *r = &c->rq->r;
    const char *list = r->header[H_X_FORWARDED_FOR];
    if (!list || !listed(net.cfg.proxies, c->ip, strlen(c->ip)))
        return;
    const char *comma = strrchr(list, ',');
    const char *last = trimmed(arena_strdup(r->arena, comma ? comma + 1 : list));
    unsigned char addr[16];
    if (inet_pton(AF_INET, last, addr) == 1 || inet_pton(AF_INET6, last, addr) == 1)
        r->ip = last;
}

static void read_request_id(struct http_request *r)
{
    const char *s = r->header[H_X_REQUEST_ID];
    size_t n = s ? strlen(s) : 0;
    if (n >= 8 && n <= 64 && !s[strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-")])
        r->id = s;
}

/* What there is to say before any check, so that a refusal can be logged and answered in the right language. */
static bool read_head(struct conn *c)
{
    struct http_request *r = &c->rq->r;
    bool bad = false;
    for (size_t i = 0; i < COUNT(known); i++)
        r->header[known[i].h] = header(c, known[i].token, &bad);
    for (size_t i = 0; i < COUNT(unknown); i++)
        r->header[unknown[i].h] = custom(c, unknown[i].name, &bad);
    const char *language = r->header[H_ACCEPT_LANGUAGE];
    c->rq->english = language && strncasecmp(language, "en", 2) == 0;
    read_request_id(r);
    read_peer(c);
    int m = method_of(c->wsi);
    r->method = m < 0 ? M_GET : (enum http_method)m;
    return m >= 0 && read_uri(c, method_token[m]) && !bad;
}

/* 0: fine; else the status. *length: Content-Length, 0 when none. */
static int check_framing(struct conn *c, size_t *length)
{
    struct lws *wsi = c->wsi;
    enum http_method m = c->rq->r.method;
    bool bad = false;
    const char *version = header(c, WSI_TOKEN_HTTP, &bad), *cl = header(c, WSI_TOKEN_HTTP_CONTENT_LENGTH, &bad);
    if (!version || (strcmp(version, "HTTP/1.1") != 0 && strcmp(version, "HTTP/1.0") != 0))
        return 505;
    if (bad || hidden_header(wsi) || !host_ok(c))
        return 400;
    if (has(wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING, 0))
        return 501;
    if (has(wsi, WSI_TOKEN_UPGRADE, 0) || has(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH, 1))
        return 400;
    if (cl && !is_digits(cl, 1, 9))
        return is_digits(cl, 10, 64) ? 413 : 400;
    *length = cl ? (size_t)strtoul(cl, NULL, 10) : 0;
    if (*length && !body_method(m))
        return 400;
    if (!cl && body_method(m) && m != M_DELETE)
        return 411;
    if (strlen(c->rq->r.path) + strlen(c->rq->r.query) > URI_MAX)
        return 414;
    if (head_size(wsi) > HEAD_MAX)
        return 431;
    if (strcmp(version, "HTTP/1.0") == 0)
        c->close_after = true; /* its keep-alive needs a header of its own; nobody we serve speaks it */
    return 0;
}

/* Without the HEAD guard: what a server does that believes lws. */
static void believe_lws(struct conn *c, size_t *length)
{
    char text[32] = "";
    bool bad = false;
    if (lws_hdr_copy(c->wsi, text, sizeof text, WSI_TOKEN_HTTP_CONTENT_LENGTH) > 0)
        *length = strtoul(text, NULL, 10);
    const char *host = header(c, WSI_TOKEN_HOST, &bad);
    c->rq->r.host = host ? host : "";
}

/* 0: none, 1: 100-continue, -1: anything else */
static int expectation(struct conn *c)
{
    bool bad = false;
    const char *e = header(c, WSI_TOKEN_HTTP_EXPECT, &bad);
    if (!e)
        return 0;
    return strcasecmp(e, "100-continue") == 0 && body_method(c->rq->r.method) && !c->close_after ? 1 : -1;
}

static int refuse_framing(struct conn *c, int status)
{
    enum err e = ERR_BAD_REQUEST;
    if (status == 413 || status == 414 || status == 431)
        e = ERR_TOO_LARGE;
    else if (status == 501)
        e = ERR_NOT_IMPLEMENTED;
    return http_refuse(c, status, e, NULL);
}

int http_head(struct conn *c)
{
    lws_set_timeout(c->wsi, NO_PENDING_TIMEOUT, 0); /* our own deadlines hold; lws's would kill slow workers */
    if (guard(GUARD_STATE) && c->st != S_HEAD)
        return -1;
    if (c->rq) { /* only without guards */
        if (!c->away)
            rq_free(c->rq);
        c->rq = NULL;
        c->away = false;
    }
    if (!(c->rq = rq_new(c)))
        return -1;
    c->want = c->got = c->sent = 0;
    c->discard = c->paused = c->told_empty = false;
    c->close_after = ++c->served >= REQUESTS_MAX || net.draining;
    struct http_request *r = &c->rq->r;
    size_t length = 0;
    bool sound = read_head(c);
    if (guard(GUARD_HEAD)) {
        int status = check_framing(c, &length);
        if (status || !sound)
            return refuse_framing(c, status ? status : 400);
    } else {
        believe_lws(c, &length);
    }
    /* A head with a body that came out of lws's own store: it would read this head as the body. */
    if (length && guard(GUARD_PHASE) && !net.in_poll)
        return -1;
    bool bad = false;
    c->close_after |= has_token(header(c, WSI_TOKEN_CONNECTION, &bad), "close");
    c->want = length;
    int expect = guard(GUARD_HEAD) ? expectation(c) : 0;
    if (expect < 0)
        return http_refuse(c, 417, ERR_BAD_REQUEST, NULL);
    struct http_reply reply;
    http_reply_init(&reply, 500);
    size_t max = 0;
    const char *spool = NULL;
    bool go = net.http->head(r, &max, &spool, &reply);
    if (go && length > max) {
        http_error_reply(c->rq, &reply, 413, ERR_TOO_LARGE, NULL);
        go = false;
    }
    if (!go && length && (length > 65536 || expect)) /* answer before it is sent */
        return http_refuse_linger(c, &reply);
    c->rq->reply = reply;
    c->discard = !go;
    if (go && spool)
        c->rq->spool = arena_strdup(r->arena, spool);
    static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
    unsigned char text[LWS_PRE + sizeof go_on];
    memcpy(text + LWS_PRE, go_on, sizeof go_on);
    if (expect && lws_write(c->wsi, text + LWS_PRE, sizeof go_on - 1, LWS_WRITE_HTTP_HEADERS) < 0)
        return -1;
    return length ? http_body_begin(c) : http_submit(c);
}

/* A page that this server has handed out itself. Without a certificate of its own the proxy before it may have one. */
static bool same_origin(const char *o, const char *host)
{
    if (str_empty(host))
        return false;
    if (str_starts(o, "https://"))
        return strcasecmp(o + strlen("https://"), host) == 0;
    return !net.cfg.cert_file && str_starts(o, "http://") && strcasecmp(o + strlen("http://"), host) == 0;
}

static bool origin_ok(const char *o, const char *host)
{
    if (!o)
        return true; /* mini-programs and native clients; they must bring a ticket anyway */
    if (same_origin(o, host))
        return true;
    for (const char *const *p = net.cfg.origins; p && *p; p++)
        if (strcmp(*p, o) == 0)
            return true;
    if (strcmp(o, "https://servicewechat.com") == 0)
        return true;
    static const char alipay[] = ".hybrid.alipay-eco.com"; /* https://{appid}.hybrid.alipay-eco.com */
    const char *id = o + strlen("https://");
    return str_starts(o, "https://") && strspn(id, "0123456789") >= 1 &&
           strcmp(id + strspn(id, "0123456789"), alipay) == 0;
}

static int upgrade_status(struct conn *c, const char *to)
{
    struct lws *wsi = c->wsi;
    bool bad = false;
    const struct http_request *r = &c->rq->r;
    const char *key = header(c, WSI_TOKEN_KEY, &bad), *sub = header(c, WSI_TOKEN_PROTOCOL, &bad);
    const char *version = header(c, WSI_TOKEN_VERSION, &bad), *http = header(c, WSI_TOKEN_HTTP, &bad);
    if (!to || strcasecmp(to, "websocket") != 0 || has(wsi, WSI_TOKEN_UPGRADE, 1))
        return 400;
    if (bad || hidden_header(wsi) || !host_ok(c) || !http || strcmp(http, "HTTP/1.1") != 0 || r->method != M_GET)
        return 400;
    if (has(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH, 0) || has(wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING, 0) ||
        has(wsi, WSI_TOKEN_HTTP_EXPECT, 0))
        return 400;
    if (!str_eq(r->path, net.cfg.ws_path))
        return 404;
    if (!has_token(header(c, WSI_TOKEN_CONNECTION, &bad), "upgrade") || !key || strlen(key) != 24)
        return 400;
    if (!str_eq(version, "13"))
        return 426;
    if (!str_eq(sub, "push"))
        return 400;
    if (!origin_ok(r->header[H_ORIGIN], r->host))
        return 403;
    return net.draining ? 503 : 0;
}

int http_upgrade(struct conn *c, const char *to)
{
    if (guard(GUARD_STATE) && c->st != S_IDLE && c->st != S_NEW)
        return -1;
    if (!guard(GUARD_UPGRADE)) {
        c->st = S_UPGRADE;
        return 0;
    }
    if (!(c->rq = rq_new(c)))
        return -1;
    c->st = S_HEAD;
    c->served++;
    bool sound = read_head(c);
    int status = upgrade_status(c, to);
    if (!sound && !status)
        status = 400;
    if (status == 403 || status == 503)
        return http_refuse(c, status, status == 403 ? ERR_FORBIDDEN : ERR_BUSY, NULL);
    if (status)
        return http_refuse(c, status, status == 404 ? ERR_NOT_FOUND : ERR_BAD_REQUEST, NULL);
    c->st = S_UPGRADE;
    return 0;
}
