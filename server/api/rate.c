/* rate.c - see rate.h. SPDX-License-Identifier: MIT */
#include "api/rate.h"
#include "base/clock.h"
#include "platform/config.h"
#include "platform/redis/redis.h"
#include <pthread.h>
#include <stddef.h>

#define SLOTS 16384

struct bucket {
    int64_t tokens_milli, at_ms;
};
static struct bucket by_ip[SLOTS], by_user[SLOTS];
static pthread_mutex_t user_lock = PTHREAD_MUTEX_INITIALIZER;

static bool take(struct bucket *b, int64_t per_s)
{
    int64_t now = clock_mono_ms(), burst = per_s * 2 * 1000;
    if (!b->at_ms) {
        b->tokens_milli = burst;
    } else {
        int64_t passed = now - b->at_ms;
        b->tokens_milli += passed > 10000 ? burst : passed * per_s;
        if (b->tokens_milli > burst)
            b->tokens_milli = burst;
    }
    b->at_ms = now;
    if (b->tokens_milli < 1000)
        return false;
    b->tokens_milli -= 1000;
    return true;
}

static uint64_t hash_text(const char *s)
{
    uint64_t h = UINT64_C(1469598103934665603);
    for (; *s; s++)
        h = (h ^ (unsigned char)*s) * UINT64_C(1099511628211);
    return h;
}

bool rate_ip(const char *ip)
{
    return take(&by_ip[hash_text(ip) % SLOTS], config()->rate_per_ip);
}

bool rate_user(int64_t session_id)
{
    uint64_t h = (uint64_t)session_id * UINT64_C(0x9E3779B97F4A7C15);
    pthread_mutex_lock(&user_lock);
    bool ok = take(&by_user[(h >> 40) % SLOTS], config()->rate_per_user);
    pthread_mutex_unlock(&user_lock);
    return ok;
}

static pthread_key_t conn_key;
static pthread_once_t conn_once = PTHREAD_ONCE_INIT;

static void free_conn(void *c)
{
    rd_free(c);
}

static void make_key(void)
{
    pthread_key_create(&conn_key, free_conn);
}

bool rate_shared(const char *key, int64_t per_minute)
{
    bool allowed = true;
    int64_t retry_ms = 0, per_s = per_minute / 60 ? per_minute / 60 : 1;
    pthread_once(&conn_once, make_key);
    struct rd_conn *c = pthread_getspecific(conn_key);
    if (!c) {
        c = rd_new(config()->test_redis_off ? "" : config()->redis_url, 200);
        pthread_setspecific(conn_key, c);
    }
    return rd_rate(c, key, per_s, per_minute, &allowed, &retry_ms) != RD_OK || allowed;
}
