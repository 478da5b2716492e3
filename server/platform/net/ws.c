/* ws.c - WebSocket connections: reassembly and limits inward, a bounded queue with conflation outward, and close
 * frames that really leave: lws sends one only when the close comes from its timer callback.
 * lws hides whether a client frame was masked, so unmasked frames cannot be refused here.
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "platform/net/net_int.h"
#include <stdlib.h>
#include <string.h>

#define RATE_PER_S     20
#define RATE_BUCKET    40
#define CLOSE_WAIT     (3 * SECOND_MS) /* for what is queued, and again for the peer's close frame */
#define WS_UNSUPPORTED 1003

struct ws_msg {
    int refs; /* loop thread only */
    size_t n;
    unsigned char b[]; /* LWS_PRE bytes of room for the frame's head, then the text */
};
struct queued {
    struct queued *next;
    struct ws_msg *m;
    char key[];
};
struct ws {
    struct queued *head, *tail;
    size_t count, bytes;
    char *in;
    size_t in_len, in_cap;
    int64_t heard, tokens_at, tokens; /* tokens in 1/1000 message */
    int64_t drain_at;
    bool hello, pinged, closing, timer_set, told;
    int code;
    char reason[100];
};

struct ws_msg *ws_msg_new(const char *text, size_t n)
{
    struct ws_msg *m = malloc(sizeof *m + LWS_PRE + n);
    if (!m)
        abort();
    m->refs = 1;
    m->n = n;
    memcpy(m->b + LWS_PRE, text, n);
    return m;
}

void ws_msg_ref(struct ws_msg *m)
{
    m->refs++;
}

void ws_msg_unref(struct ws_msg *m)
{
    if (m && --m->refs == 0)
        free(m);
}

static void pop(struct ws *w)
{
    struct queued *q = w->head;
    w->head = q->next;
    if (!w->head)
        w->tail = NULL;
    w->count--;
    w->bytes -= q->m->n;
    atomic_fetch_sub(&net.ws_queue_bytes, (int64_t)q->m->n);
    ws_msg_unref(q->m);
    free(q);
}

void ws_free(struct conn *c)
{
    struct ws *w = c->ws;
    if (!w)
        return;
    c->ws = NULL;
    atomic_fetch_sub(&net.sockets, 1);
    while (w->head)
        pop(w);
    if (!w->told && net.ws && net.ws->closed)
        net.ws->closed(c->id);
    free(w->in);
    free(w);
}

static void arm_close(struct conn *c)
{
    if (c->ws->timer_set)
        return;
    c->ws->timer_set = true;
    lws_set_timer_usecs(c->wsi, 1);
    lws_cancel_service(net.lws);
}

static void begin_close(struct conn *c, int code, const char *reason, bool flush)
{
    struct ws *w = c->ws;
    if (w->closing || c->doomed)
        return;
    w->closing = true;
    w->code = code;
    strncpy(w->reason, reason ? reason : "", sizeof w->reason - 1);
    c->deadline = clock_mono_ms() + CLOSE_WAIT;
    while (!flush && w->head)
        pop(w);
    if (!w->head && !lws_partial_buffered(c->wsi))
        arm_close(c);
    else
        lws_callback_on_writable(c->wsi);
}

static int on_timer(struct conn *c)
{
    struct ws *w = c->ws;
    if (!w || !w->closing)
        return 0;
    c->deadline = clock_mono_ms() + CLOSE_WAIT;
    lws_close_reason(c->wsi, (enum lws_close_status)w->code, (unsigned char *)w->reason, strlen(w->reason));
    return -1;
}

static int on_open(struct conn *c)
{
    bool bad = c->st != S_UPGRADE;
    struct ws *w = calloc(1, sizeof *w);
    if (bad || !w) {
        free(w);
        return -1;
    }
    c->st = S_WS;
    c->ws = w;
    atomic_fetch_add(&net.sockets, 1);
    int64_t now = clock_mono_ms();
    w->heard = w->tokens_at = now;
    w->tokens = RATE_BUCKET * 1000;
    c->deadline = now + net.cfg.ws_hello_s * SECOND_MS;
    const struct http_request *r = c->rq ? &c->rq->r : NULL;
    if (net.ws && net.ws->open)
        net.ws->open(c->id, r ? r->ip : c->ip, r ? r->header[H_ORIGIN] : NULL);
    if (c->rq) {
        rq_free(c->rq);
        c->rq = NULL;
    }
    lws_set_timeout(c->wsi, NO_PENDING_TIMEOUT, 0);
    return 0;
}

static bool within_rate(struct ws *w, int64_t now)
{
    w->tokens += (now - w->tokens_at) * RATE_PER_S;
    w->tokens_at = now;
    if (w->tokens > RATE_BUCKET * 1000)
        w->tokens = RATE_BUCKET * 1000;
    if (w->tokens < 1000)
        return false;
    w->tokens -= 1000;
    return true;
}

static bool keep(struct ws *w, const char *p, size_t n)
{
    if (w->in_len + n > w->in_cap) {
        size_t cap = w->in_cap ? w->in_cap : 512;
        while (cap < w->in_len + n)
            cap *= 2;
        char *in = realloc(w->in, cap);
        if (!in)
            return false;
        w->in = in;
        w->in_cap = cap;
    }
    if (n)
        memcpy(w->in + w->in_len, p, n);
    w->in_len += n;
    return true;
}

static int on_receive(struct conn *c, const char *p, size_t n)
{
    struct ws *w = c->ws;
    if (!w)
        return -1;
    int64_t now = clock_mono_ms();
    w->heard = now;
    w->pinged = false;
    if (w->closing)
        return 0;
    if (lws_frame_is_binary(c->wsi)) {
        begin_close(c, WS_UNSUPPORTED, "text only", false);
        return 0;
    }
    if (w->in_len + n > WS_IN_MAX) {
        begin_close(c, WS_TOO_BIG, "message too big", false);
        return 0;
    }
    if (!keep(w, p, n))
        return -1;
    if (lws_remaining_packet_payload(c->wsi) || !lws_is_final_fragment(c->wsi))
        return 0;
    char *text = w->in; /* the hook may end this connection's state; own the buffer meanwhile */
    size_t len = w->in_len;
    w->in = NULL;
    w->in_len = w->in_cap = 0;
    if (!within_rate(w, now))
        begin_close(c, WS_POLICY, "too many messages", false);
    else if (guard(GUARD_UTF8) && len && !utf8_valid(text, len))
        begin_close(c, WS_BAD_DATA, "not UTF-8", false);
    else if (net.ws && net.ws->message)
        net.ws->message(c->id, len ? text : "", len);
    free(text);
    return 0;
}

static int write_msg(struct conn *c, struct ws_msg *m)
{
    return lws_write(c->wsi, m->b + LWS_PRE, m->n, LWS_WRITE_TEXT) < 0 ? -1 : 0;
}

static int on_writeable(struct conn *c)
{
    struct ws *w = c->ws;
    if (!w)
        return 0;
    while (w->head && !lws_partial_buffered(c->wsi)) {
        int bad = write_msg(c, w->head->m);
        pop(w);
        if (bad)
            return -1;
    }
    if (w->head)
        lws_callback_on_writable(c->wsi);
    else if (w->closing)
        arm_close(c);
    return 0;
}

/* lws echoes whatever code the peer sent; those no peer may send get 1002 instead. */
static int on_peer_close(struct conn *c, const unsigned char *p, size_t n)
{
    unsigned code = n >= 2 ? (unsigned)p[0] << 8 | p[1] : WS_NORMAL;
    if (c->ws)
        c->ws->closing = c->ws->timer_set = true;
    if (n == 1 || code < 1000 || code >= 5000)
        lws_close_reason(c->wsi, LWS_CLOSE_STATUS_PROTOCOL_ERR, NULL, 0);
    return 0;
}

int ws_callback(struct lws *wsi, struct conn *c, int reason, void *in, size_t n)
{
    const struct lws_protocols *p = lws_get_protocol(wsi);
    bool push = p && strcmp(p->name, "push") == 0;
    switch (reason) {
    case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
        return guard(GUARD_UPGRADE) && (!push || c->st != S_UPGRADE) ? -1 : 0;
    case LWS_CALLBACK_ESTABLISHED:
        return guard(GUARD_UPGRADE) && !push ? -1 : on_open(c);
    case LWS_CALLBACK_RECEIVE:
        return guard(GUARD_UPGRADE) && !push ? -1 : on_receive(c, in, n);
    case LWS_CALLBACK_RECEIVE_PONG:
        if (c->ws) {
            c->ws->heard = clock_mono_ms();
            c->ws->pinged = false;
        }
        return 0;
    case LWS_CALLBACK_SERVER_WRITEABLE:
        return on_writeable(c);
    case LWS_CALLBACK_TIMER:
        return on_timer(c);
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
        return on_peer_close(c, in, n);
    case LWS_CALLBACK_CLOSED:
        c->doomed = true;
        if (c->ws && !c->ws->told) {
            c->ws->told = true;
            if (net.ws && net.ws->closed)
                net.ws->closed(c->id);
        }
        return 0;
    default:
        return 0;
    }
}

static struct conn *open_socket(uint64_t id)
{
    struct conn *c = conn_by_id(id);
    return c && c->ws && !c->doomed && !c->ws->closing && !c->ws->told ? c : NULL;
}

enum ws_sent ws_send(uint64_t conn, struct ws_msg *m, const char *key)
{
    struct conn *c = open_socket(conn);
    if (!c)
        return WS_GONE;
    struct ws *w = c->ws;
    if (!w->head && !lws_partial_buffered(c->wsi)) {
        if (write_msg(c, m) == 0)
            return WS_SENT;
        conn_kill(c);
        return WS_GONE;
    }
    for (struct queued *q = w->head; key && *key && q; q = q->next) {
        if (strcmp(q->key, key) != 0)
            continue;
        w->bytes += m->n - q->m->n;
        atomic_fetch_add(&net.ws_queue_bytes, (int64_t)m->n - (int64_t)q->m->n);
        ws_msg_ref(m);
        ws_msg_unref(q->m);
        q->m = m;
        return WS_SENT;
    }
    size_t klen = key ? strlen(key) : 0;
    if (w->count >= WS_OUT_COUNT || w->bytes + m->n > WS_OUT_BYTES)
        return WS_FULL;
    struct queued *q = malloc(sizeof *q + klen + 1);
    if (!q)
        return WS_FULL;
    q->next = NULL;
    q->m = m;
    memcpy(q->key, key ? key : "", klen + 1);
    ws_msg_ref(m);
    if (w->tail)
        w->tail->next = q;
    else
        w->head = q;
    w->tail = q;
    w->count++;
    w->bytes += m->n;
    atomic_fetch_add(&net.ws_queue_bytes, (int64_t)m->n);
    lws_callback_on_writable(c->wsi);
    return WS_SENT;
}

void ws_close(uint64_t conn, int code, const char *reason)
{
    struct conn *c = open_socket(conn);
    if (c)
        begin_close(c, code, reason, true);
}

void ws_hello_done(uint64_t conn)
{
    struct conn *c = open_socket(conn);
    if (!c)
        return;
    c->ws->hello = true;
    c->deadline = 0;
}

void ws_drain_at(struct conn *c, int64_t when)
{
    if (c->ws && !c->ws->drain_at)
        c->ws->drain_at = when;
}

static void ping(struct conn *c)
{
    unsigned char frame[LWS_PRE + 4]; /* not empty: lws does not tell of an empty pong */
    memcpy(frame + LWS_PRE, "ping", 4);
    if (c->ws->pinged || lws_partial_buffered(c->wsi))
        return;
    c->ws->pinged = true;
    if (lws_write(c->wsi, frame + LWS_PRE, 4, LWS_WRITE_PING) < 0)
        conn_kill(c);
}

void ws_sweep(struct conn *c, int64_t now)
{
    struct ws *w = c->ws;
    if (!w || c->doomed)
        return;
    if (w->closing) {
        if (c->deadline && now > c->deadline)
            conn_kill(c);
    } else if (w->drain_at && now >= w->drain_at) {
        begin_close(c, WS_RESTART, "restart", true);
    } else if (!w->hello && c->deadline && now > c->deadline) {
        begin_close(c, WS_POLICY, "no hello", false);
    } else if (now - w->heard > net.cfg.ws_idle_s * SECOND_MS) {
        conn_kill(c);
    } else if (now - w->heard > net.cfg.ws_idle_s * SECOND_MS / 3) {
        ping(c);
    }
}
