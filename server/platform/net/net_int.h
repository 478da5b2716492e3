/* net_int.h - what the files of platform/net share; nobody outside this folder includes it.
 *
 * One `struct conn` a connection, kept in our own table: libwebsockets frees its per-session memory in the middle
 * of a request, so nothing of ours may live there. A connection is known to the rest of the program by its id only.
 * THREAD: everything here belongs to the loop thread unless a function says otherwise.
 * SPDX-License-Identifier: MIT */
#ifndef PLATFORM_NET_INT_H
#define PLATFORM_NET_INT_H
#include "base/err.h"
#include "platform/net/loop.h"
#define ERR_STATE openssl_ERR_STATE /* OpenSSL has a type of the name of one of our errors */
#include <libwebsockets.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#undef ERR_STATE
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <uv.h>

#define HEAD_MAX     8192 /* more is answered with 431; beyond HEAD_HARD lws closes without a word */
#define HEAD_HARD    16384
#define URI_MAX      2048
#define CHUNK_MAX    16384 /* most bytes in one lws_write; equals tx_packet_size, so lws never has to copy a rest */
#define REQUESTS_MAX 1000  /* on one keep-alive connection */
#define WS_IN_MAX    16384
#define WS_OUT_BYTES 65536
#define WS_OUT_COUNT 256

/* NEW -> IDLE -> HEAD -> BODY -> WORK -> READY -> SEND -> DONE -> IDLE; UPGRADE -> WS; LINGER: refused, rest thrown away */
enum conn_state { S_NEW, S_IDLE, S_HEAD, S_BODY, S_WORK, S_READY, S_SEND, S_DONE, S_LINGER, S_UPGRADE, S_WS };

struct post { /* work for the loop thread */
    struct post *next;
    void (*fn)(void *arg);
    void *arg;
    bool owned; /* malloc'ed by net_post */
};

struct rq { /* a request and what net keeps beside it; lives in r.arena */
    struct http_request r;
    struct post post;
    struct http_reply reply;
    size_t cap; /* of r.body */
    int spool_fd;
    char *spool;
    bool english;
};

struct ip_count;
struct ws;
struct conn {
    uint64_t id;
    struct lws *wsi;
    enum conn_state st;
    int64_t deadline; /* clock_mono_ms(); 0: none */
    char ip[INET6_ADDRSTRLEN];
    struct ip_count *from;
    unsigned served;
    bool doomed; /* its end has been asked for: never touch the wsi again */
    bool away;   /* the application has the request: only its answer may free it */
    bool close_after, discard, paused, told_empty;
    struct rq *rq;
    size_t want, got, sent; /* Content-Length, body bytes in, body bytes out */
    struct ws *ws;
};

struct net {
    struct net_config cfg;
    const struct http_hooks *http;
    const struct ws_hooks *ws;
    uv_loop_t uv;
    struct lws_context *lws;
    struct lws_vhost *vhost;
    pthread_t thread;
    bool running, tls, draining;
    bool
        in_poll; /* between uv_prepare and uv_check: what lws reads now comes from the socket, not from its own store */
    int port;
    int64_t drain_start, drain_end;
    void (*drained)(void);
    _Atomic int64_t conns, sockets, requests, refused, lag_ms_max, ws_queue_bytes, answered, dropped, tick_ms;
};
extern struct net net;
static inline bool guard(unsigned g)
{
    return !(net.cfg.test_guards_off & g);
}

/* conn.c: the table */
struct conn *conn_open(const char *ip);
void conn_free(struct conn *c);
struct conn *conn_by_id(uint64_t id); /* NULL: gone */
struct conn *conn_of(struct lws *wsi);
void conn_idle(struct conn *c); /* ready for the next request */
void conn_kill(struct conn *c); /* ends it at the next turn of the loop, from any callback */
void conn_each(void (*fn)(struct conn *c, void *arg), void *arg);
void conn_table_free(void);
void conn_drop_unread(struct conn *c); /* so that closing does not turn into a reset that eats our last words */

/* service.c */
extern const struct lws_protocols net_protocols[];

/* http_head.c: each returns what the lws callback returns */
int http_head(struct conn *c);
int http_upgrade(struct conn *c, const char *to);

/* http_in.c: body and hand-over */
int http_body_begin(struct conn *c);
int http_body(struct conn *c, const char *p, size_t n);
int http_body_done(struct conn *c);
int http_submit(struct conn *c);
struct rq *rq_new(struct conn *c);
void rq_free(struct rq *q);

/* http_out.c: answers */
void http_ready(struct conn *c, const struct http_reply *reply);
int http_writeable(struct conn *c);
int http_refuse(struct conn *c, int status, enum err e, const char *detail); /* writes, then -1: close */
int http_refuse_linger(struct conn *c, const struct http_reply *reply); /* writes, swallows the body, then closes */
void http_error_reply(struct rq *q, struct http_reply *reply, int status, enum err e, const char *detail);
extern const struct lws_protocol_vhost_options *http_lws_headers(void); /* for the answers lws makes itself */

/* ws.c */
int ws_callback(struct lws *wsi, struct conn *c, int reason, void *in, size_t n);
void ws_free(struct conn *c);
void ws_sweep(struct conn *c, int64_t now);
void ws_drain_at(struct conn *c, int64_t when);

/* tls.c */
bool tls_load(const char *cert, const char *key, const char **why);
int tls_setup(void *ssl_ctx);
void tls_free(void);

/* listen.c */
bool listen_start(struct arena *a, const char **why);
void listen_stop(void);
void ip_release(struct ip_count *from);

/* deadline.c */
void deadline_start(void);
void deadline_stop(void);
void watchdog_start(void);
void watchdog_stop(void);

/* loop.c */
bool loop_post(struct post *p); /* THREAD: any. false: the loop has ended, p was not taken */
void loop_run_posts(void);
bool loop_here(void); /* is this the loop thread? */
void loop_drain_step(void);

#endif
