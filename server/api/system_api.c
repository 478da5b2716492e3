/* system_api.c - health, metrics, the contract itself, and what test servers add. SPDX-License-Identifier: MIT */
#include "api/route.h"
#include "api/serve.h"
#include "base/clock.h"
#include "live/hub.h"
#include "platform/config.h"
#include "platform/crypto/crypto.h"
#include "platform/http_out.h"
#include "platform/metrics.h"
#include "platform/net/loop.h"
#include "platform/redis/redis.h"
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static enum err h_livez(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw w;
    (void)rq;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    kv_bool(&w, "alive", net_alive(2000));
    jw_end(&w);
    return reply_json(rs, 200, &w);
}

/* Ready = takes writes and is not going away. Redis is a convenience: down means degraded, not unready. */
static enum err h_readyz(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct store_health h;
    struct jw w;
    (void)rq;
    store_health(cx->store, &h);
    bool redis_wanted = !str_empty(config()->redis_url) && !config()->test_redis_off;
    bool ready = h.writable && !serve_draining();
    jw_init(&w, cx->arena);
    jw_obj(&w);
    kv_bool(&w, "ready", ready);
    kv_bool(&w, "writable", h.writable);
    kv_bool(&w, "draining", serve_draining());
    kv_str(&w, "redis", !redis_wanted ? "off" : bus_is_up() ? "up" : "down");
    kv_str(&w, "store", store_is_pg(cx->store) ? "postgresql" : "sqlite");
    kv_str(&w, "version", ANJU_VERSION);
    jw_end(&w);
    return reply_json(rs, ready ? 200 : 503, &w);
}

static bool may_scrape(const struct ctx *cx, const struct request *rq)
{
    const char *why = NULL, *h = rq->http->header[H_AUTHORIZATION];
    if (str_starts(cx->ip, "127.") || str_eq(cx->ip, "::1"))
        return true;
    if (str_empty(config()->metrics_token_file) || !h || strncasecmp(h, "Bearer ", 7) != 0)
        return false;
    const char *token = config_secret(cx->arena, config()->metrics_token_file, &why);
    return token && strlen(token) == strlen(h + 7) && crypto_equal(token, h + 7, strlen(token));
}

static void gauge(struct buf *b, const char *name, const char *help, int64_t v)
{
    buf_printf(b, "# HELP %s %s\n# TYPE %s gauge\n%s %lld\n", name, help, name, name, (long long)v);
}

static enum err h_metrics(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct buf b;
    struct store_health h;
    struct net_stats n;
    struct hub_stats u;
    if (!may_scrape(cx, rq))
        return ERR_NOT_FOUND;
    store_health(cx->store, &h);
    net_stats(&n);
    hub_stats(&u);
    buf_init(&b, cx->arena);
    metrics_render(&b);
    gauge(&b, "anju_store_writable", "1 when the store takes writes", h.writable);
    gauge(&b, "anju_store_write_queue", "Jobs waiting for the writer", h.write_queue);
    gauge(&b, "anju_store_read_queue", "Jobs waiting for a reader", h.read_queue);
    gauge(&b, "anju_store_wal_pages", "Pages in the write-ahead log", h.wal_pages);
    gauge(&b, "anju_store_commits", "Commits since the start", h.commits);
    gauge(&b, "anju_store_jobs", "Jobs committed since the start", h.jobs_written);
    gauge(&b, "anju_store_reruns", "Jobs run again after a conflict", h.reruns);
    gauge(&b, "anju_store_batch_max", "Most jobs in one commit", h.batch_max);
    gauge(&b, "anju_net_connections", "Open connections", n.conns);
    gauge(&b, "anju_net_websockets", "Open WebSockets", n.ws);
    gauge(&b, "anju_net_refused", "Requests refused before routing", n.refused);
    gauge(&b, "anju_net_lag_ms", "Longest recent gap between loop ticks", n.lag_ms_max);
    gauge(&b, "anju_net_ws_queue_bytes", "Bytes waiting for slow sockets", n.ws_queue_bytes);
    gauge(&b, "anju_live_subscriptions", "Topic subscriptions", u.subscriptions);
    gauge(&b, "anju_live_pushed", "Events pushed since the start", u.pushed);
    gauge(&b, "anju_live_caught_up", "Events read back for resuming clients", u.caught_up);
    gauge(&b, "anju_live_gaps", "Gaps told to clients", u.gaps);
    gauge(&b, "anju_live_resyncs", "Slow clients sent away to resync", u.resyncs);
    gauge(&b, "anju_redis_up", "1 when the bus is connected", bus_is_up());
    rs->type = "text/plain; version=0.0.4; charset=utf-8";
    rs->body = buf_cstr(&b);
    rs->len = b.n;
    return OK;
}

struct shift_in {
    int64_t ms;
};
static const struct field shift_fields[] = {FIELD_I64(struct shift_in, ms, -31622400000, 31622400000)};

static enum err h_test_clock(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct shift_in in = {0};
    struct jw w;
    enum err e = BODY(cx, rq, shift_fields, &in);
    if (e)
        return e;
    clock_shift_ms(in.ms);
    jw_init(&w, cx->arena);
    jw_obj(&w);
    kv_time(&w, "now", clock_now_ms());
    jw_end(&w);
    return reply_json(rs, 200, &w);
}

/* ---- dying at a chosen point: before or after the n-th commit or outgoing call from now on ---- */

static _Atomic int64_t points_left;

static void pass_point(const char *where)
{
    if (atomic_load(&points_left) > 0 && atomic_fetch_sub(&points_left, 1) == 1) {
        dprintf(STDERR_FILENO, "{\"event\":\"test.crash\",\"where\":\"%s\"}\n", where);
        kill(getpid(), SIGKILL);
        pause();
    }
}

struct crash_in {
    int64_t after;
};
static const struct field crash_fields[] = {FIELD_I64(struct crash_in, after, 0, 1000000)};

static enum err h_test_crash(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct crash_in in = {0};
    struct jw w;
    enum err e = BODY(cx, rq, crash_fields, &in);
    if (e)
        return e;
    store_test_hook = pass_point;
    http_out_test_hook = pass_point;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    kv_int(&w, "left", atomic_exchange(&points_left, in.after)); /* of the last time: not reached */
    jw_end(&w);
    return reply_json(rs, 200, &w);
}

/* clang-format off */
static const struct route rows[] = {
    {M_GET,  "/livez",             h_livez,      LANE_LOOP, ROLES_PUBLIC, SCOPE_NONE, 0,   0,        "livez"},
    {M_GET,  "/readyz",            h_readyz,     LANE_LOOP, ROLES_PUBLIC, SCOPE_NONE, 0,   0,        "readyz"},
    {M_GET,  "/metrics",           h_metrics,    LANE_SLOW, ROLES_PUBLIC, SCOPE_NONE, 0,   RF_LOCAL, "metrics"},
    {M_POST, "/api/v1/test/clock", h_test_clock, LANE_LOOP, ROLES_PUBLIC, SCOPE_NONE, 256, RF_TEST,  "testShiftClock"},
    {M_POST, "/api/v1/test/crash", h_test_crash, LANE_LOOP, ROLES_PUBLIC, SCOPE_NONE, 256, RF_TEST,  "testCrash"},
};
/* clang-format on */
const struct route_set system_routes = {rows, COUNT(rows)};
