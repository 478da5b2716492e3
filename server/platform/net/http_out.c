/* http_out.c - answers. They leave from the writeable callback only, head and body in one write where they fit,
 * else in pieces of at most 16 KiB, one a callback. SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "platform/net/net_int.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define SEND_MS   (30 * SECOND_MS) /* a reader must take a piece within this */
#define LINGER_MS (1 * SECOND_MS)

static unsigned char out[LWS_PRE + CHUNK_MAX]; /* loop thread only */

static const struct {
    int status;
    const char *text;
} reasons[] = {
    {200, "OK"                             },
    {201, "Created"                        },
    {202, "Accepted"                       },
    {204, "No Content"                     },
    {206, "Partial Content"                },
    {301, "Moved Permanently"              },
    {302, "Found"                          },
    {303, "See Other"                      },
    {304, "Not Modified"                   },
    {308, "Permanent Redirect"             },
    {400, "Bad Request"                    },
    {401, "Unauthorized"                   },
    {403, "Forbidden"                      },
    {404, "Not Found"                      },
    {405, "Method Not Allowed"             },
    {408, "Request Timeout"                },
    {409, "Conflict"                       },
    {411, "Length Required"                },
    {412, "Precondition Failed"            },
    {413, "Content Too Large"              },
    {414, "URI Too Long"                   },
    {415, "Unsupported Media Type"         },
    {416, "Range Not Satisfiable"          },
    {417, "Expectation Failed"             },
    {422, "Unprocessable Content"          },
    {423, "Locked"                         },
    {426, "Upgrade Required"               },
    {428, "Precondition Required"          },
    {429, "Too Many Requests"              },
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"          },
    {501, "Not Implemented"                },
    {502, "Bad Gateway"                    },
    {503, "Service Unavailable"            },
    {504, "Gateway Timeout"                },
    {505, "HTTP Version Not Supported"     },
};

static const char *reason(int status)
{
    for (size_t i = 0; i < COUNT(reasons); i++)
        if (reasons[i].status == status)
            return reasons[i].text;
    return "Status";
}

void http_reply_init(struct http_reply *r, int status)
{
    *r = (struct http_reply){.status = status, .fd = -1};
}

void http_reply_header(struct http_reply *r, const char *name, const char *value)
{
    if (r->nheader < HTTP_REPLY_HEADERS) {
        r->header[r->nheader].name = name;
        r->header[r->nheader++].value = value;
    } else {
        log_error("net.reply_headers", L_S("dropped", name));
    }
}

/* On every answer; the first one over TLS only. */
static const struct {
    const char *name, *value; /* lws wants the colon in the name */
} always[] = {
    {"strict-transport-security:", "max-age=31536000; includeSubDomains"},
    {"x-content-type-options:",    "nosniff"                            },
    {"referrer-policy:",           "no-referrer"                        },
};

/* lws makes some answers itself (403 to a bad escape or an unknown method); they carry these. */
const struct lws_protocol_vhost_options *http_lws_headers(void)
{
    static struct lws_protocol_vhost_options list[COUNT(always) + 1];
    for (size_t i = 0; i < COUNT(always); i++)
        list[i] = (struct lws_protocol_vhost_options){&list[i + 1], NULL, always[i].name, always[i].value};
    list[COUNT(always)] = (struct lws_protocol_vhost_options){NULL, NULL, "cache-control:", "no-store"};
    return net.tls ? list : list + 1;
}

void http_error_reply(struct rq *q, struct http_reply *reply, int status, enum err e, const char *detail)
{
    struct jw w;
    jw_init(&w, q->r.arena);
    jw_obj(&w);
    jw_key(&w, "error");
    jw_obj(&w);
    kv_str(&w, "code", err_wire(e));
    kv_str(&w, "message", detail ? detail : err_text(e, q->english));
    kv_str(&w, "field", NULL);
    kv_str(&w, "request_id", q->r.id);
    jw_end(&w);
    jw_end(&w);
    if (reply->fd >= 0)
        close(reply->fd);
    http_reply_init(reply, status);
    reply->type = "application/json; charset=utf-8";
    reply->body = jw_text(&w);
    reply->len = strlen(reply->body);
    if (status == 503)
        http_reply_header(reply, "retry-after", "1");
    if (status == 426)
        http_reply_header(reply, "sec-websocket-version", "13");
}

static bool clean(const char *s)
{
    for (; *s; s++)
        if (((unsigned char)*s < ' ' && *s != '\t') || *s == 127)
            return false;
    return true;
}

static bool bodiless(int status)
{
    return status == 204 || status == 304;
}

/* The head into out[]; 0: it does not fit. */
static size_t put_head(struct conn *c)
{
    const struct http_reply *r = &c->rq->reply;
    char *p = (char *)out + LWS_PRE;
    const size_t cap = CHUNK_MAX;
    bool cache = false;
    size_t n = (size_t)snprintf(p, cap, "HTTP/1.1 %d %s\r\n", r->status, reason(r->status));
    for (size_t i = net.tls ? 0 : 1; i < COUNT(always); i++)
        n += (size_t)snprintf(p + n, cap - n, "%s %s\r\n", always[i].name, always[i].value);
    if (r->type && n < cap)
        n += (size_t)snprintf(p + n, cap - n, "content-type: %s\r\n", r->type);
    if (!bodiless(r->status) && n < cap)
        n += (size_t)snprintf(p + n, cap - n, "content-length: %zu\r\n", r->len);
    for (size_t i = 0; i < r->nheader && n < cap; i++) {
        if (!r->header[i].value || !clean(r->header[i].value) || !clean(r->header[i].name)) {
            log_error("net.reply_header", L_S("name", r->header[i].name));
            continue;
        }
        cache |= strcasecmp(r->header[i].name, "cache-control") == 0;
        n += (size_t)snprintf(p + n, cap - n, "%s: %s\r\n", r->header[i].name, r->header[i].value);
    }
    if (n < cap)
        n +=
            (size_t)snprintf(p + n, cap - n, "%sx-request-id: %s\r\n%s\r\n", cache ? "" : "cache-control: no-store\r\n",
                             c->rq->r.id, c->close_after ? "connection: close\r\n" : "");
    return n < cap ? n : 0;
}

/* Adds body bytes behind the first n of out[]; returns the new fill, 0 on a read error. */
static size_t put_body(struct conn *c, size_t n)
{
    const struct http_reply *r = &c->rq->reply;
    size_t room = CHUNK_MAX - n, left = r->len - c->sent, take = left < room ? left : room;
    unsigned char *p = out + LWS_PRE + n;
    if (r->fd < 0) {
        if (take)
            memcpy(p, r->body + c->sent, take);
        c->sent += take;
        return n + take;
    }
    while (take) {
        ssize_t got = pread(r->fd, p, take, (off_t)c->sent);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            log_error("net.file_body", L_I("missing", left), L_ERRNO());
            return 0;
        }
        p += got;
        take -= (size_t)got;
        c->sent += (size_t)got;
        n += (size_t)got;
    }
    return n;
}

static void told(struct conn *c)
{
    struct rq *q = c->rq;
    c->rq = NULL;
    c->st = S_DONE;
    atomic_fetch_add(&net.answered, 1);
    if (net.http->finished)
        net.http->finished(&q->r, q->reply.status, c->sent);
    rq_free(q);
}

static int ended(struct conn *c)
{
    told(c);
    if (c->close_after) {
        conn_drop_unread(c);
        return -1;
    }
    if (lws_http_transaction_completed(c->wsi))
        return -1;
    if (c->st == S_IDLE)
        lws_set_timeout(c->wsi, NO_PENDING_TIMEOUT, 0);
    return 0;
}

static bool whole(const struct conn *c)
{
    const struct rq *q = c->rq;
    return q->r.method == M_HEAD || bodiless(q->reply.status) || c->sent == q->reply.len;
}

/* Writes the head and as much body as fits. */
static bool first_piece(struct conn *c)
{
    c->close_after |= c->rq->reply.close || net.draining;
    size_t n = put_head(c);
    if (!n) {
        log_error("net.reply_head_too_long", L_S("path", c->rq->r.path));
        return false;
    }
    if (!whole(c) && !(n = put_body(c, n)))
        return false;
    return lws_write(c->wsi, out + LWS_PRE, n, LWS_WRITE_HTTP_HEADERS) >= 0;
}

int http_writeable(struct conn *c)
{
    if (c->st == S_READY) {
        if (!first_piece(c))
            return -1;
        c->st = S_SEND;
    } else if (c->st == S_SEND) {
        size_t n = put_body(c, 0);
        if (!n || lws_write(c->wsi, out + LWS_PRE, n, LWS_WRITE_HTTP) < 0)
            return -1;
    } else {
        return 0;
    }
    if (whole(c))
        return ended(c);
    c->deadline = clock_mono_ms() + SEND_MS;
    lws_callback_on_writable(c->wsi);
    return 0;
}

void http_ready(struct conn *c, const struct http_reply *reply)
{
    if (reply != &c->rq->reply)
        c->rq->reply = *reply;
    c->st = S_READY;
    c->deadline = clock_mono_ms() + SEND_MS;
    if (c->paused) { /* before asking to write: a paused connection gets no writeable callback */
        c->paused = false;
        lws_rx_flow_control(c->wsi, 1);
    }
    lws_callback_on_writable(c->wsi);
}

/* The answer to a head that must not go on. What the peer has sent meanwhile is thrown away first: closing a socket
 * with unread bytes makes a reset, and the reset may overtake the answer. */
static bool write_refusal(struct conn *c)
{
    c->close_after = true;
    atomic_fetch_add(&net.refused, 1);
    bool ok = first_piece(c);
    told(c);
    return ok;
}

int http_refuse(struct conn *c, int status, enum err e, const char *detail)
{
    http_error_reply(c->rq, &c->rq->reply, status, e, detail);
    write_refusal(c);
    conn_drop_unread(c);
    return -1;
}

int http_refuse_linger(struct conn *c, const struct http_reply *reply)
{
    if (reply != &c->rq->reply)
        c->rq->reply = *reply;
    if (!write_refusal(c))
        return -1;
    c->st = S_LINGER;
    c->deadline = clock_mono_ms() + LINGER_MS;
    return 0;
}

static void deliver(void *arg)
{
    struct rq *q = arg;
    struct conn *c = conn_by_id(q->r.conn);
    if (c && c->rq == q)
        c->away = false;
    if (!c || c->rq != q || c->st != S_WORK || c->doomed) {
        atomic_fetch_add(&net.dropped, 1);
        if (c && c->rq == q)
            c->rq = NULL;
        rq_free(q);
        return;
    }
    http_ready(c, &q->reply);
}

void http_answer(struct http_request *r, const struct http_reply *reply)
{
    struct rq *q = (struct rq *)r; /* every request is made by rq_new() */
    q->reply = *reply;
    if (loop_here()) {
        deliver(q);
        return;
    }
    q->post = (struct post){.fn = deliver, .arg = q};
    if (!loop_post(&q->post))
        rq_free(q);
}
