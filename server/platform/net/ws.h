/* ws.h - WebSocket connections (subprotocol "push") for live/. All functions: loop thread only.
 * Messages in: whole text messages <= 16 KiB, UTF-8 checked, at most 20 a second (bucket of 40).
 * Messages out: a bounded queue per connection (64 KiB, 256 messages).  SPDX-License-Identifier: MIT */
#ifndef PLATFORM_NET_WS_H
#define PLATFORM_NET_WS_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    WS_DEAD_TOKEN = 4401,
    WS_FORBIDDEN = 4403,
    WS_REPLACED = 4409,
    WS_SLOW = 4008,
    WS_RESTART = 1012,
    WS_GOING_AWAY = 1001,
    WS_POLICY = 1008,
    WS_TOO_BIG = 1009,
    WS_BAD_DATA = 1007,
    WS_NORMAL = 1000
};

/* A message shared by all its receivers; the text is JSON. */
struct ws_msg;
struct ws_msg *ws_msg_new(const char *text, size_t n);
void ws_msg_ref(struct ws_msg *m);
void ws_msg_unref(struct ws_msg *m);

struct ws_hooks {
    /* A socket is up but nobody yet: it must say hello within the deadline (config ws_hello_s). */
    void (*open)(uint64_t conn, const char *ip, const char *origin);
    void (*message)(uint64_t conn, const char *text, size_t n);
    void (*closed)(uint64_t conn);
};

enum ws_sent { WS_SENT, WS_GONE, WS_FULL };
/* Takes no reference of the caller's. key (may be NULL): a queued, not yet sent message with the same key is
 * replaced (conflation). WS_FULL: nothing was queued; the caller decides (usually ws_resync_close). */
enum ws_sent ws_send(uint64_t conn, struct ws_msg *m, const char *key);
void ws_close(uint64_t conn, int code, const char *reason); /* close frame, after what is queued if it fits */
void ws_hello_done(uint64_t conn);                          /* lifts the hello deadline */

#endif
