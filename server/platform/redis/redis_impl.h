/* redis_impl.h - shared by the files of this folder; the only place that sees hiredis.
 * SPDX-License-Identifier: MIT */
#ifndef PLATFORM_REDIS_IMPL_H
#define PLATFORM_REDIS_IMPL_H
#include "platform/redis/redis.h"
#include <hiredis/async.h>
#include <hiredis/hiredis.h>
#include <uv.h>

#define RD_GROUP       "anju"
#define RD_BACKOFF_MIN 50
#define RD_BACKOFF_MAX 2000

struct rd_url {
    char host[256]; /* "" with path */
    char path[108]; /* unix socket */
    char user[64], pass[128];
    int port, db;
};
bool rd_url_parse(const char *url, struct rd_url *out);
/* hiredis writes with write(2): without this a dead peer would kill the process. */
void rd_ignore_sigpipe(void);
int64_t rd_backoff_next(int64_t backoff_ms); /* doubled, capped */
int64_t rd_jitter(int64_t ms);               /* ms .. 1.25 ms, so that nodes do not return in step */

struct rd_conn {
    struct rd_url url;
    redisContext *c; /* NULL: not connected */
    bool usable;     /* the address could be read */
    int timeout_ms;
    int64_t backoff_ms, next_try_ms;
    uint64_t generation, script_generation;
    size_t rotate; /* where the next read starts among the streams */
    char script_sha[48];
};
void rd_drop(struct rd_conn *c); /* the connection is dead: what was in flight is unknown */
/* RD_OK for data, RD_NIL, or what the error reply means; drops the connection when it must. */
enum rd rd_judge(struct rd_conn *c, const redisReply *r);
redisReply *rd_call(struct rd_conn *c, int argc, const char **argv, const size_t *len);

bool rd_uv_attach(redisAsyncContext *ac, uv_loop_t *loop);

#endif
