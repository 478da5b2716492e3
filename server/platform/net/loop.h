/* loop.h - the service thread: libwebsockets on a libuv foreign loop, timers, work posted from other
 * threads, start, drain and stop.  SPDX-License-Identifier: MIT */
#ifndef PLATFORM_NET_LOOP_H
#define PLATFORM_NET_LOOP_H
#include "platform/net/http.h"
#include "platform/net/ws.h"

struct net_config {
    const char *bind;                 /* IPv4 or IPv6 literal; read back after listen (bind check) */
    int port;                         /* 0: any; see net_port() */
    const char *cert_file, *key_file; /* NULL both: plain HTTP, only on loopback addresses */
    const char *ws_path;              /* "/live/v1" */
    const char *const *origins;       /* allowed Origin values of browsers (exact); NULL-terminated */
    const char *const *proxies;       /* addresses whose X-Forwarded-For counts; NULL-terminated */
    const char *const *hosts;         /* accepted Host names (without port); NULL: any */
    int head_s, body_s, idle_s, ws_idle_s, ws_hello_s, drain_s, watchdog_s;
    int max_conns, max_conns_per_ip;
    unsigned test_guards_off; /* tests only: bit set of enum guard that are switched off */
};

/* Guards of lws-guards.md; each has a regression case that fails when its bit is off. */
enum guard {
    GUARD_STATE = 1,
    GUARD_DEFER = 2,
    GUARD_HEAD = 4,
    GUARD_UPGRADE = 8,
    GUARD_BIND = 16,
    GUARD_RAW = 32,
    GUARD_PHASE = 64,
    GUARD_FIRST = 128,
    GUARD_FLOW = 256,
    GUARD_UTF8 = 512,
    GUARD_DEADLINE = 1024 /* sweeping of slow and idle connections */
};

/* Creates loop, TLS context and listener on the calling thread, which becomes the loop thread.
 * false: *why (static or arena) says why; the reason is also logged. */
bool net_start(const struct net_config *c, const struct http_hooks *http, const struct ws_hooks *ws, struct arena *a,
               const char **why);
int net_port(void);
/* Runs until a drain has ended; takes everything down again. Returns 0. Call it also to undo a net_start() whose
 * program cannot go on: net_drain() before, and it returns soon. */
int net_run(void);

/* THREAD: any. fn(arg) runs on the loop thread, in order of posting per thread. false: the loop has ended. */
bool net_post(void (*fn)(void *arg), void *arg);
void *net_uv_loop(void); /* uv_loop_t *, for the hiredis adapter */

/* Graceful drain (SIGTERM): stop listening, finish requests, close sockets with 1012 spread over drain_s / 3,
 * then end the loop. drained() (may be NULL) runs on the loop thread just before the end. THREAD: any. */
void net_drain(void (*drained)(void));
void net_reload_tls(void); /* THREAD: any. Re-reads certificate and key; keeps the old ones when the new are bad. */

struct net_stats {
    int64_t conns, ws, requests, refused, lag_ms_max, ws_queue_bytes, answered, dropped_answers;
};
void net_stats(struct net_stats *out); /* THREAD: any */
bool net_alive(int64_t within_ms);     /* the loop ticked within that time; THREAD: any */

#endif
