/* redis.h - Redis as accelerator and bus, never the record. Every call may fail at any time and says so.
 *
 * rd_*    blocking connection with time-outs for the relay and dispatcher threads (one owner thread each).
 * bus_*   asynchronous connections on the net loop: pub/sub hints, presence.
 * With no redis_url everything answers RD_DOWN at once.  SPDX-License-Identifier: MIT */
#ifndef PLATFORM_REDIS_H
#define PLATFORM_REDIS_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum rd { RD_OK, RD_NIL, RD_DOWN, RD_NOGROUP, RD_ERROR };
struct rd_conn; /* reconnects by itself with back-off 50 ms .. 2 s, never blocks longer than its time-out */

struct rd_conn *rd_new(const char *url, int timeout_ms); /* "redis://host:port/db", "unix:/path"; "" = always down */
void rd_free(struct rd_conn *c);
bool rd_up(struct rd_conn *c);             /* connects if needed and due */
uint64_t rd_generation(struct rd_conn *c); /* +1 on every (re)connect: a caller re-checks epochs when it changed */
/* One command, argv style. *i / text (copied, truncated to cap) get the reply's integer / string. */
enum rd rd_cmd(struct rd_conn *c, int argc, const char *const *argv, int64_t *i, char *text, size_t cap);

/* Dispatch streams. One message = {job id, version}. */
struct rd_msg {
    char entry[40]; /* stream entry id */
    char stream[64];
    int64_t id, version;
};
enum rd rd_stream_add_many(struct rd_conn *c, const struct rd_msg *m, size_t n); /* pipelined XADD to m[i].stream */
enum rd rd_stream_group(struct rd_conn *c, const char *stream); /* XGROUP CREATE ... MKSTREAM, idempotent */
/* XREADGROUP over the streams; block_ms 0 = do not wait. *n = messages got (0 on time-out). */
enum rd rd_stream_read(struct rd_conn *c, const char *const *streams, size_t nstreams, const char *consumer,
                       int block_ms, struct rd_msg *out, size_t max, size_t *n);
enum rd rd_stream_claim(struct rd_conn *c, const char *stream, const char *consumer, int idle_ms, struct rd_msg *out,
                        size_t max, size_t *n);                              /* XAUTOCLAIM */
enum rd rd_stream_done(struct rd_conn *c, const struct rd_msg *m, size_t n); /* XACK + XDEL, pipelined */

/* Shared token bucket. *allowed false: over the limit, *retry_ms says when. RD_DOWN: decide locally. */
enum rd rd_rate(struct rd_conn *c, const char *key, int64_t per_s, int64_t burst, bool *allowed, int64_t *retry_ms);

/* Bus, loop thread. url "" = a bus that is always down. on_hint gets other nodes' messages (not our own). */
struct bus_hooks {
    void (*hint)(const char *channel, const char *text);
    void (*up)(bool up);
};
bool bus_start(const char *url, int node, void *uv_loop, const struct bus_hooks *h);
void bus_stop(void);
bool bus_is_up(void);
void bus_publish(const char *channel, const char *text); /* dropped when down: hints only */
void bus_presence(int64_t account_id, bool online);      /* key presence:{id} with 60 s life, refreshed by the bus */

#endif
