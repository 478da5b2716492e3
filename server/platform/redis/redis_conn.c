/* redis_conn.c - the blocking connection, single commands, the shared rate limit.
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "platform/redis/redis_impl.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct timeval timeval_ms(int ms)
{
    return (struct timeval){.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};
}

struct rd_conn *rd_new(const char *url, int timeout_ms)
{
    struct rd_conn *c = calloc(1, sizeof *c);
    if (!c)
        abort();
    rd_ignore_sigpipe();
    c->timeout_ms = timeout_ms > 0 ? timeout_ms : 1000;
    c->usable = !str_empty(url) && rd_url_parse(url, &c->url);
    if (!c->usable && !str_empty(url))
        log_error("redis.bad_url", L_I("length", strlen(url)));
    return c;
}

void rd_free(struct rd_conn *c)
{
    if (!c)
        return;
    if (c->c)
        redisFree(c->c);
    explicit_bzero(c->url.pass, sizeof c->url.pass);
    free(c);
}

void rd_drop(struct rd_conn *c)
{
    if (c->c)
        redisFree(c->c);
    c->c = NULL;
    c->backoff_ms = rd_backoff_next(c->backoff_ms);
    c->next_try_ms = clock_mono_ms() + rd_jitter(c->backoff_ms);
}

/* One set-up command; false also for an error reply. */
static bool setup(redisContext *c, int argc, const char **argv)
{
    redisReply *r = redisCommandArgv(c, argc, argv, NULL);
    bool ok = r && r->type != REDIS_REPLY_ERROR;
    if (r && !ok)
        log_warn("redis.refused", L_S("command", argv[0]), L_S("reply", r->str));
    if (r)
        freeReplyObject(r);
    return ok;
}

static bool connect_now(struct rd_conn *c)
{
    const struct rd_url *u = &c->url;
    struct timeval tv = timeval_ms(c->timeout_ms);
    c->c = u->path[0] ? redisConnectUnixWithTimeout(u->path, tv) : redisConnectWithTimeout(u->host, u->port, tv);
    bool ok = c->c && !c->c->err && redisSetTimeout(c->c, tv) == REDIS_OK;
    if (ok && u->pass[0] && u->user[0])
        ok = setup(c->c, 3, (const char *[]){"AUTH", u->user, u->pass});
    else if (ok && u->pass[0])
        ok = setup(c->c, 2, (const char *[]){"AUTH", u->pass});
    if (ok && u->db) {
        char db[16];
        snprintf(db, sizeof db, "%d", u->db);
        ok = setup(c->c, 2, (const char *[]){"SELECT", db});
    }
    /* A server that is still loading its file accepts connections but no commands. */
    ok = ok && setup(c->c, 1, (const char *[]){"PING"});
    if (!ok) {
        if (c->backoff_ms == 0)
            log_warn("redis.down", L_S("why", c->c && c->c->err ? c->c->errstr : "set-up failed"));
        rd_drop(c);
        return false;
    }
    c->backoff_ms = 0;
    c->generation++;
    log_info("redis.up", L_I("generation", c->generation));
    return true;
}

bool rd_up(struct rd_conn *c)
{
    if (c->c)
        return true;
    return c->usable && clock_mono_ms() >= c->next_try_ms && connect_now(c);
}

uint64_t rd_generation(struct rd_conn *c)
{
    return c->generation;
}

enum rd rd_judge(struct rd_conn *c, const redisReply *r)
{
    /* answers of a server that cannot serve now: starting, demoted, cut off from its master or its quorum */
    static const char *const away[] = {"LOADING", "READONLY",   "MASTERDOWN", "CLUSTERDOWN",
                                       "NOAUTH",  "NOREPLICAS", "MISCONF"};
    if (!r)
        return RD_DOWN;
    if (r->type == REDIS_REPLY_NIL)
        return RD_NIL;
    if (r->type != REDIS_REPLY_ERROR)
        return RD_OK;
    if (str_starts(r->str, "NOGROUP"))
        return RD_NOGROUP;
    for (size_t i = 0; i < COUNT(away); i++)
        if (str_starts(r->str, away[i])) {
            log_warn("redis.away", L_S("reply", r->str));
            rd_drop(c);
            return RD_DOWN;
        }
    return RD_ERROR;
}

redisReply *rd_call(struct rd_conn *c, int argc, const char **argv, const size_t *len)
{
    if (!rd_up(c))
        return NULL;
    redisReply *r = redisCommandArgv(c->c, argc, argv, len);
    if (!r)
        rd_drop(c);
    return r;
}

enum rd rd_cmd(struct rd_conn *c, int argc, const char *const *argv, int64_t *i, char *text, size_t cap)
{
    redisReply *r = rd_call(c, argc, (const char **)(uintptr_t)argv, NULL);
    if (!r)
        return RD_DOWN;
    if (i)
        *i = r->type == REDIS_REPLY_INTEGER ? r->integer : 0;
    if (text && cap)
        snprintf(text, cap, "%s", r->str ? r->str : "");
    enum rd e = rd_judge(c, r);
    if (e == RD_OK && i && r->type == REDIS_REPLY_STRING)
        parse_i64(r->str, i);
    freeReplyObject(r);
    return e;
}

/* The server's clock decides, so that nodes with different clocks share one bucket fairly. */
static const char bucket_lua[] = "local t=redis.call('TIME') local now=t[1]*1000+math.floor(t[2]/1000)"
                                 " local r,b=tonumber(ARGV[1]),tonumber(ARGV[2])"
                                 " local h=redis.call('HMGET',KEYS[1],'n','t')"
                                 " local n,at=tonumber(h[1]) or b,tonumber(h[2]) or now"
                                 " if now>at then n=math.min(b,n+(now-at)*r/1000) end"
                                 " local ok,wait=0,0"
                                 " if n>=1 then n=n-1 ok=1 else wait=math.ceil((1-n)*1000/r) end"
                                 " redis.call('HSET',KEYS[1],'n',tostring(n),'t',tostring(now))"
                                 " redis.call('PEXPIRE',KEYS[1],math.ceil(b*1000/r)+1000)"
                                 " return {ok,wait}";

static enum rd load_script(struct rd_conn *c)
{
    if (!rd_up(c))
        return RD_DOWN;
    if (c->script_generation == c->generation)
        return RD_OK;
    const char *const argv[] = {"SCRIPT", "LOAD", bucket_lua};
    enum rd e = rd_cmd(c, 3, argv, NULL, c->script_sha, sizeof c->script_sha);
    if (e == RD_OK)
        c->script_generation = c->generation;
    return e;
}

enum rd rd_rate(struct rd_conn *c, const char *key, int64_t per_s, int64_t burst, bool *allowed, int64_t *retry_ms)
{
    char rate[24], size[24];
    snprintf(rate, sizeof rate, "%lld", (long long)(per_s > 0 ? per_s : 1));
    snprintf(size, sizeof size, "%lld", (long long)(burst > 0 ? burst : 1));
    enum rd e = load_script(c);
    if (e != RD_OK)
        return e;
    const char *argv[] = {"EVALSHA", c->script_sha, "1", key, rate, size};
    redisReply *r = rd_call(c, 6, argv, NULL);
    if (r && r->type == REDIS_REPLY_ERROR && str_starts(r->str, "NOSCRIPT")) { /* SCRIPT FLUSH, fail-over */
        freeReplyObject(r);
        argv[0] = "EVAL";
        argv[1] = bucket_lua;
        r = rd_call(c, 6, argv, NULL);
    }
    if (!r)
        return RD_DOWN;
    e = rd_judge(c, r);
    if (e == RD_OK && r->type == REDIS_REPLY_ARRAY && r->elements == 2) {
        *allowed = r->element[0]->integer == 1;
        *retry_ms = r->element[1]->integer;
    } else if (e == RD_OK) {
        e = RD_ERROR;
    }
    freeReplyObject(r);
    return e;
}
