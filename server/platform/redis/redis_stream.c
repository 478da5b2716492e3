/* redis_stream.c - work over Redis Streams: pipelined writes, group reads, claims. Every command may be
 * repeated: the receiver is guarded by the job's version. SPDX-License-Identifier: MIT */
#include "base/text.h"
#include "platform/redis/redis_impl.h"
#include <stdio.h>
#include <string.h>

#define PIPELINE    512
#define MAX_STREAMS 64

/* Reads the answers of n queued commands. All are read even after a bad one: the connection stays in step. */
static enum rd drain(struct rd_conn *c, size_t n)
{
    enum rd worst = RD_OK;
    for (size_t i = 0; i < n; i++) {
        void *r = NULL;
        if (redisGetReply(c->c, &r) != REDIS_OK || !r) {
            rd_drop(c);
            return RD_DOWN;
        }
        enum rd e = rd_judge(c, r);
        freeReplyObject(r);
        if (!c->c)
            return RD_DOWN;
        if (e != RD_OK && e != RD_NIL)
            worst = e;
    }
    return worst;
}

static bool queue(struct rd_conn *c, int argc, const char **argv)
{
    if (redisAppendCommandArgv(c->c, argc, argv, NULL) == REDIS_OK)
        return true;
    rd_drop(c);
    return false;
}

enum rd rd_stream_add_many(struct rd_conn *c, const struct rd_msg *m, size_t n)
{
    enum rd worst = RD_OK;
    for (size_t done = 0; done < n && worst != RD_DOWN;) {
        size_t part = n - done < PIPELINE ? n - done : PIPELINE;
        if (!rd_up(c))
            return RD_DOWN;
        for (size_t i = 0; i < part; i++) {
            char id[24], version[24];
            snprintf(id, sizeof id, "%lld", (long long)m[done + i].id);
            snprintf(version, sizeof version, "%lld", (long long)m[done + i].version);
            if (!queue(c, 7, (const char *[]){"XADD", m[done + i].stream, "*", "j", id, "v", version}))
                return RD_DOWN;
        }
        enum rd e = drain(c, part);
        if (e != RD_OK)
            worst = e;
        done += part;
    }
    return worst;
}

enum rd rd_stream_group(struct rd_conn *c, const char *stream)
{
    const char *argv[] = {"XGROUP", "CREATE", stream, RD_GROUP, "0", "MKSTREAM"};
    redisReply *r = rd_call(c, 6, argv, NULL);
    if (!r)
        return RD_DOWN;
    bool exists = r->type == REDIS_REPLY_ERROR && str_starts(r->str, "BUSYGROUP");
    enum rd e = exists ? RD_OK : rd_judge(c, r);
    freeReplyObject(r);
    return e;
}

/* One entry [id, [field, value, ...]]; false: not one of ours. */
static bool entry(const redisReply *r, const char *stream, struct rd_msg *out)
{
    bool id = false, version = false;
    *out = (struct rd_msg){.id = 0};
    if (r->type != REDIS_REPLY_ARRAY || r->elements != 2 || r->element[0]->type != REDIS_REPLY_STRING)
        return false;
    snprintf(out->entry, sizeof out->entry, "%s", r->element[0]->str);
    snprintf(out->stream, sizeof out->stream, "%s", stream);
    const redisReply *f = r->element[1];
    for (size_t i = 0; f->type == REDIS_REPLY_ARRAY && i + 1 < f->elements; i += 2) {
        const char *k = f->element[i]->str, *v = f->element[i + 1]->str;
        if (str_eq(k, "j"))
            id = parse_i64(v, &out->id);
        else if (str_eq(k, "v"))
            version = parse_i64(v, &out->version);
    }
    return id && version;
}

/* Appends the entries of one stream. What is not ours is acknowledged away, or it would come back for ever. */
static void entries(struct rd_conn *c, const redisReply *list, const char *stream, struct rd_msg *out, size_t max,
                    size_t *n)
{
    for (size_t i = 0; list->type == REDIS_REPLY_ARRAY && i < list->elements && *n < max; i++) {
        const redisReply *e = list->element[i];
        if (entry(e, stream, &out[*n])) {
            ++*n;
        } else if (out[*n].entry[0]) {
            struct rd_msg rubbish = out[*n];
            if (!c->c || rd_stream_done(c, &rubbish, 1) != RD_OK)
                return;
        }
    }
}

static enum rd call_blocking(struct rd_conn *c, int argc, const char **argv, int block_ms, redisReply **r)
{
    if (!rd_up(c))
        return RD_DOWN;
    int ms = c->timeout_ms + block_ms;
    if (block_ms > 0)
        redisSetTimeout(c->c, (struct timeval){.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000});
    *r = rd_call(c, argc, argv, NULL);
    if (block_ms > 0 && c->c)
        redisSetTimeout(c->c, (struct timeval){.tv_sec = c->timeout_ms / 1000, .tv_usec = c->timeout_ms % 1000 * 1000});
    return *r ? RD_OK : RD_DOWN;
}

enum rd rd_stream_read(struct rd_conn *c, const char *const *streams, size_t nstreams, const char *consumer,
                       int block_ms, struct rd_msg *out, size_t max, size_t *n)
{
    /* COUNT is per stream: share max among them, and start elsewhere each time so that none starves */
    size_t use = nstreams < MAX_STREAMS ? nstreams : MAX_STREAMS, first = nstreams ? c->rotate++ % nstreams : 0;
    *n = 0;
    if (use > max)
        use = max;
    if (use == 0)
        return RD_OK;
    char count[24], block[16];
    const char *argv[10 + 2 * MAX_STREAMS];
    int argc = 0;
    snprintf(count, sizeof count, "%zu", max / use);
    snprintf(block, sizeof block, "%d", block_ms);
    const char *const head[] = {"XREADGROUP", "GROUP", RD_GROUP, consumer, "COUNT", count};
    for (size_t i = 0; i < COUNT(head); i++)
        argv[argc++] = head[i];
    if (block_ms > 0) {
        argv[argc++] = "BLOCK";
        argv[argc++] = block;
    }
    argv[argc++] = "STREAMS";
    for (size_t i = 0; i < use; i++, argc++) {
        argv[argc] = streams[(first + i) % nstreams];
        argv[argc + (int)use] = ">";
    }
    redisReply *r = NULL;
    if (call_blocking(c, argc + (int)use, argv, block_ms, &r) != RD_OK)
        return RD_DOWN;
    enum rd e = rd_judge(c, r);
    for (size_t i = 0; e == RD_OK && r->type == REDIS_REPLY_ARRAY && i < r->elements; i++) {
        const redisReply *s = r->element[i];
        if (s->type == REDIS_REPLY_ARRAY && s->elements == 2 && s->element[0]->str)
            entries(c, s->element[1], s->element[0]->str, out, max, n);
    }
    freeReplyObject(r);
    return e == RD_NIL ? RD_OK : e;
}

enum rd rd_stream_claim(struct rd_conn *c, const char *stream, const char *consumer, int idle_ms, struct rd_msg *out,
                        size_t max, size_t *n)
{
    char idle[16], count[24];
    *n = 0;
    if (max == 0)
        return RD_OK;
    snprintf(idle, sizeof idle, "%d", idle_ms);
    snprintf(count, sizeof count, "%zu", max);
    const char *argv[] = {"XAUTOCLAIM", stream, RD_GROUP, consumer, idle, "0-0", "COUNT", count};
    redisReply *r = rd_call(c, 8, argv, NULL);
    if (!r)
        return RD_DOWN;
    enum rd e = rd_judge(c, r);
    /* [cursor, entries, (7.0: ids already deleted)]; 6.2 gives nil for a deleted entry */
    if (e == RD_OK && r->type == REDIS_REPLY_ARRAY && r->elements >= 2)
        entries(c, r->element[1], stream, out, max, n);
    freeReplyObject(r);
    return e;
}

enum rd rd_stream_done(struct rd_conn *c, const struct rd_msg *m, size_t n)
{
    enum rd worst = RD_OK;
    for (size_t done = 0; done < n && worst != RD_DOWN;) {
        size_t part = n - done < PIPELINE ? n - done : PIPELINE;
        if (!rd_up(c))
            return RD_DOWN;
        for (size_t i = done; i < done + part; i++)
            if (!queue(c, 4, (const char *[]){"XACK", m[i].stream, RD_GROUP, m[i].entry}) ||
                !queue(c, 3, (const char *[]){"XDEL", m[i].stream, m[i].entry}))
                return RD_DOWN;
        enum rd e = drain(c, part * 2);
        if (e != RD_OK)
            worst = e;
        done += part;
    }
    return worst;
}
