/* jobs_dispatch.c - relay and dispatcher. The store decides everything; Redis only spreads the work over nodes.
 *
 *   outbox row --relay--> XADD d:{p<project>}:s:<skill> --delete row--     (Redis up)
 *   outbox row --relay--> dispatch_try(), delete row, one transaction      (Redis down or not configured)
 *   stream     --dispatcher--> dispatch_try(), XACK + XDEL
 * A message that gets lost is repaired by the order's own timer (requeue_s), one delivered twice by its version.
 * An epoch key tells a wiped or replaced Redis from ours: then every queued order is added again.
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/log.h"
#include "domain/outbox.h"
#include "domain/repair.h"
#include "main/jobs.h"
#include "main/parts.h"
#include "platform/config.h"
#include "platform/crypto/crypto.h"
#include "platform/metrics.h"
#include "platform/redis/redis.h"
#include "platform/store/db.h"
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define BATCH       128
#define MAX_STREAMS 1024
#define CLAIM_MS    30000
#define EPOCH_MS    2000
#define EPOCH_KEY   "anju:epoch"

STMT(q_streams, "dispatch.streams",
     "SELECT DISTINCT p.id, t.skill FROM project p JOIN fault_type t ON t.company_id = p.company_id"
     " WHERE p.state = 'active' ORDER BY p.id, t.skill LIMIT 1024");

static struct metric dispatched = {
    .name = "anju_dispatched_total", .help = "Orders handled by the dispatcher", .kind = METRIC_COUNTER};
static _Atomic bool streams_up; /* told by the dispatcher, asked by the relay */

static const char *redis_url(void)
{
    return config()->test_redis_off ? "" : config()->redis_url;
}

static void stream_name(int64_t project, const char *skill, char out[64])
{
    snprintf(out, 64, "d:{p%lld}:s:%.32s", (long long)project, skill);
}

/* ---- relay ---- */

struct rows {
    struct outbox_row *v;
    size_t n;
};

static enum err run_due(struct ctx *cx, void *arg)
{
    struct rows *r = arg;
    return outbox_due(cx, "dispatch", BATCH, &r->v, &r->n);
}

static enum err run_delete(struct ctx *cx, void *arg)
{
    struct rows *r = arg;
    enum err e = OK;
    for (size_t i = 0; i < r->n && !e; i++)
        e = outbox_delete(cx, r->v[i].id);
    return e;
}

static enum err run_direct(struct ctx *cx, void *arg)
{
    struct outbox_row *row = arg;
    cx->who.company_id = row->company_id;
    enum err e = dispatch_try(cx, row->ref, row->version);
    return e ? e : outbox_delete(cx, row->id);
}

static enum err run_retry(struct ctx *cx, void *arg)
{
    return outbox_retry(cx, arg, "dispatch failed");
}

static bool send_to_streams(struct rd_conn *redis, const struct rows *r)
{
    struct rd_msg m[BATCH];
    for (size_t i = 0; i < r->n; i++) {
        m[i].id = r->v[i].ref;
        m[i].version = r->v[i].version;
        stream_name(r->v[i].project_id, r->v[i].payload, m[i].stream);
    }
    return rd_stream_add_many(redis, m, r->n) == RD_OK;
}

void *jobs_relay(void *arg)
{
    struct rd_conn *redis = rd_new(redis_url(), 500);
    uint64_t seen = 0;
    (void)arg;
    metric_register(&dispatched);
    while (!jobs_stopping()) {
        struct work_cx w;
        struct rows r = {NULL, 0};
        jobs_begin(&w);
        enum err e = store_read(&w.cx, run_due, &r);
        if (!e && r.n && streams_up && rd_up(redis) && send_to_streams(redis, &r)) {
            e = store_write(&w.cx, run_delete, &r);
        } else {
            for (size_t i = 0; i < r.n && !e; i++) {
                if (jobs_run("relay.direct", run_direct, &r.v[i], true) != OK)
                    (void)jobs_run("relay.retry", run_retry, &r.v[i], true);
                metric_add(&dispatched, 1);
            }
        }
        jobs_report("relay", &w.cx, e);
        size_t n = r.n;
        jobs_end(&w);
        if (n < BATCH)
            jobs_sleep(&seen, 1000);
    }
    rd_free(redis);
    return NULL;
}

/* ---- dispatcher ---- */

struct streams {
    char name[MAX_STREAMS][64];
    const char *list[MAX_STREAMS];
    size_t n;
};

static enum err on_stream(struct ctx *cx, const struct row *row, void *out)
{
    struct streams *s = out;
    if (s->n < MAX_STREAMS) {
        stream_name(row_i64(row, 0), row_text(cx, row, 1), s->name[s->n]);
        s->list[s->n] = s->name[s->n];
        s->n++;
    }
    return OK;
}

static enum err run_streams(struct ctx *cx, void *arg)
{
    ((struct streams *)arg)->n = 0;
    return db_each(cx, &q_streams, NO_ARGS, on_stream, arg);
}

/* Collected inside the read transaction, sent after it: no network call while a snapshot is held. */
struct queued {
    struct arena *arena;
    struct rd_msg *v;
    size_t n, cap;
};

static void on_queued(void *arg, int64_t id, int64_t version, int64_t project, const char *skill)
{
    struct queued *q = arg;
    if (q->n == q->cap) {
        size_t cap = q->cap ? q->cap * 2 : 1024;
        struct rd_msg *v = arena_alloc(q->arena, cap * sizeof *v);
        if (q->n)
            memcpy(v, q->v, q->n * sizeof *v);
        q->v = v;
        q->cap = cap;
    }
    struct rd_msg *m = &q->v[q->n++];
    m->id = id;
    m->version = version;
    stream_name(project, skill, m->stream);
}

static enum err run_queued(struct ctx *cx, void *arg)
{
    struct queued *q = arg;
    q->n = 0;
    return repair_each_queued(cx, on_queued, q);
}

static bool rebuild(struct rd_conn *redis, size_t *n)
{
    struct queued q = {.arena = arena_new((size_t)1 << 30)};
    bool ok = jobs_run("dispatcher.rebuild", run_queued, &q, false) == OK;
    for (size_t i = 0; i < q.n && ok; i += BATCH)
        ok = rd_stream_add_many(redis, q.v + i, q.n - i < BATCH ? q.n - i : BATCH) == RD_OK;
    *n = q.n;
    arena_free(q.arena);
    return ok;
}

static bool make_groups(struct rd_conn *redis, struct streams *s)
{
    if (jobs_run("dispatcher.streams", run_streams, s, false) != OK)
        return false;
    for (size_t i = 0; i < s->n; i++)
        if (rd_stream_group(redis, s->list[i]) != RD_OK)
            return false;
    return true;
}

/* Is this Redis the one we filled? If not: groups, then every queued order again; duplicates are harmless. */
static bool check_epoch(struct rd_conn *redis, struct streams *s, char epoch[33])
{
    char have[64] = "";
    const char *get[] = {"GET", EPOCH_KEY};
    enum rd got = rd_cmd(redis, 2, get, NULL, have, sizeof have);
    if (got == RD_OK && epoch[0] && strcmp(have, epoch) == 0)
        return true;
    if (got != RD_OK && got != RD_NIL)
        return false;
    if (!make_groups(redis, s))
        return false;
    size_t n = 0;
    if (!rebuild(redis, &n))
        return false;
    if (got == RD_NIL) {
        unsigned char raw[16];
        crypto_random(raw, sizeof raw);
        hex_encode(raw, sizeof raw, epoch);
        const char *set[] = {"SET", EPOCH_KEY, epoch};
        if (rd_cmd(redis, 3, set, NULL, NULL, 0) != RD_OK)
            return false;
    } else {
        snprintf(epoch, 33, "%.32s", have);
    }
    log_info("dispatcher.rebuilt", L_I("queued", n), L_I("streams", s->n));
    return true;
}

struct batch {
    struct rd_msg m[BATCH];
    size_t n, at;
};

static enum err run_batch(struct ctx *cx, void *arg)
{
    struct batch *b = arg;
    enum err e = OK;
    for (size_t i = 0; i < b->n && !e; i++)
        e = dispatch_try(cx, b->m[i].id, b->m[i].version);
    return e;
}

static enum err run_one(struct ctx *cx, void *arg)
{
    struct batch *b = arg;
    return dispatch_try(cx, b->m[b->at].id, b->m[b->at].version);
}

static void handle(struct rd_conn *redis, struct batch *b)
{
    if (!b->n)
        return;
    if (jobs_run("dispatcher.batch", run_batch, b, true) != OK) /* one bad order must not hold the others */
        for (b->at = 0; b->at < b->n; b->at++)
            (void)jobs_run("dispatcher.one", run_one, b, true);
    metric_add(&dispatched, (int64_t)b->n);
    (void)rd_stream_done(redis, b->m, b->n); /* not done: delivered again, and dropped by the version */
}

static enum rd claim_left(struct rd_conn *redis, const struct streams *s, const char *me)
{
    enum rd r = RD_OK;
    for (size_t i = 0; i < s->n && r == RD_OK; i++) {
        struct batch b = {.n = 0};
        r = rd_stream_claim(redis, s->list[i], me, CLAIM_MS, b.m, BATCH, &b.n);
        handle(redis, &b);
    }
    return r;
}

void *jobs_dispatcher(void *arg)
{
    static struct streams streams;
    struct rd_conn *redis = rd_new(redis_url(), 2000);
    char epoch[33] = "", me[32];
    uint64_t generation = 0, seen = 0;
    int64_t next_epoch = 0, next_claim = 0, next_streams = 0;
    (void)arg;
    snprintf(me, sizeof me, "n%lld", (long long)config()->node);
    while (!jobs_stopping()) {
        if (!rd_up(redis)) {
            streams_up = false;
            jobs_sleep(&seen, 500);
            continue;
        }
        int64_t now = clock_mono_ms();
        if (rd_generation(redis) != generation || now >= next_epoch) {
            generation = rd_generation(redis);
            next_epoch = now + EPOCH_MS;
            streams_up = check_epoch(redis, &streams, epoch);
            if (!streams_up) {
                jobs_sleep(&seen, 200);
                continue;
            }
        }
        if (now >= next_streams) {
            next_streams = now + 10000;
            (void)make_groups(redis, &streams);
        }
        struct batch b = {.n = 0};
        enum rd r = streams.n ? rd_stream_read(redis, streams.list, streams.n, me, 500, b.m, BATCH, &b.n) : RD_OK;
        handle(redis, &b);
        if (r == RD_OK && now >= next_claim) {
            next_claim = now + CLAIM_MS / 2;
            r = claim_left(redis, &streams, me);
        }
        if (r == RD_NOGROUP)
            epoch[0] = '\0', next_epoch = 0;
        if (!streams.n)
            jobs_sleep(&seen, 500);
    }
    rd_free(redis);
    return NULL;
}
