/* loop.c - the service thread: start, work from other threads, timers, drain and end. lws runs on our own libuv loop;
 * left to itself it would install signal handlers and never return. SPDX-License-Identifier: MIT */
#include "platform/net/loop.h"
#include "base/clock.h"
#include "base/log.h"
#include "platform/net/net_int.h"
#include <openssl/rand.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

struct net net;

static struct {
    pthread_mutex_t lock;
    struct post *head, **tail;
    bool ended, woken;
} posts = {.lock = PTHREAD_MUTEX_INITIALIZER, .tail = &posts.head, .ended = true};

static uv_prepare_t before_poll;
static uv_check_t after_poll;

static void on_before_poll(uv_prepare_t *h)
{
    (void)h;
    net.in_poll = true; /* lws reads from its own store in uv_idle, which comes before this */
}

static void on_after_poll(uv_check_t *h)
{
    (void)h;
    net.in_poll = false;
}

bool loop_here(void)
{
    return net.running && pthread_equal(net.thread, pthread_self());
}

/* One wake-up for all that is posted before the loop looks. */
bool loop_post(struct post *p)
{
    p->next = NULL;
    pthread_mutex_lock(&posts.lock);
    bool ok = !posts.ended, wake = ok && !posts.woken;
    if (ok) {
        *posts.tail = p;
        posts.tail = &p->next;
        posts.woken = true;
        if (wake)
            lws_cancel_service(net.lws); /* under the lock: the context cannot be destroyed meanwhile */
    }
    pthread_mutex_unlock(&posts.lock);
    return ok;
}

bool net_post(void (*fn)(void *arg), void *arg)
{
    struct post *p = malloc(sizeof *p);
    if (!p)
        abort();
    *p = (struct post){.fn = fn, .arg = arg, .owned = true};
    if (loop_post(p))
        return true;
    free(p);
    return false;
}

void loop_run_posts(void)
{
    pthread_mutex_lock(&posts.lock);
    struct post *p = posts.head;
    posts.head = NULL;
    posts.tail = &posts.head;
    posts.woken = false;
    pthread_mutex_unlock(&posts.lock);
    for (struct post *next; p; p = next) {
        next = p->next; /* running it may free it */
        void (*fn)(void *) = p->fn;
        void *arg = p->arg;
        if (p->owned)
            free(p);
        fn(arg);
    }
}

static void on_lws_log(int level, const char *line)
{
    char text[256];
    strncpy(text, line, sizeof text - 1);
    text[sizeof text - 1] = '\0';
    text[strcspn(text, "\n")] = '\0';
    if (level & LLL_ERR)
        log_warn("net.lws", L_S("text", text)); /* mostly what odd clients provoke */
}

static bool start_lws(const char **why)
{
    static const lws_retry_bo_t no_validity_timers = {.secs_since_valid_ping = 0, .secs_since_valid_hangup = 0};
    static void *loops[1];
    loops[0] = &net.uv;
    lws_set_log_level(LLL_ERR, on_lws_log);
    struct lws_context_creation_info info;
    memset(&info, 0, sizeof info);
    info.port = CONTEXT_PORT_NO_LISTEN_SERVER;
    info.protocols = net_protocols;
    info.gid--; /* -1, stay who we are: int in lws 4.1, gid_t in 4.3 */
    info.uid--;
    info.options =
        LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_EXPLICIT_VHOSTS | LWS_SERVER_OPTION_SKIP_SERVER_CANONICAL_NAME;
    if (guard(GUARD_UTF8))
        info.options |= LWS_SERVER_OPTION_VALIDATE_UTF8;
    if (!strchr(net.cfg.bind, ':'))
        info.options |= LWS_SERVER_OPTION_DISABLE_IPV6;
    if (net.tls)
        info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
    info.foreign_loops = loops;
    info.pt_serv_buf_size = 32768;
    info.max_http_header_data = HEAD_HARD;
    info.pcontext = &net.lws;
    info.retry_and_idle_policy = &no_validity_timers;
    info.timeout_secs = 600; /* our own deadlines are shorter */
    info.keepalive_timeout = 3600;
    info.alpn = "http/1.1";
    if (net.tls) {
        info.ssl_cert_filepath = net.cfg.cert_file;
        info.ssl_private_key_filepath = net.cfg.key_file;
        info.ssl_cipher_list = "ECDHE+AESGCM:ECDHE+CHACHA20";
    }
    net.lws = lws_create_context(&info);
    if (!net.lws) {
        *why = "libwebsockets did not start";
        return false;
    }
    info.vhost_name = "anju";
    info.headers = http_lws_headers();
    net.vhost = lws_create_vhost(net.lws, &info);
    if (!net.vhost)
        *why = "libwebsockets did not take the certificate or the settings";
    return net.vhost != NULL;
}

/* What others have left open: signal watchers, timers. lws has closed its own by now. */
static void close_handle(uv_handle_t *h, void *unused)
{
    (void)unused;
    if (!uv_is_closing(h))
        uv_close(h, NULL);
}

static void finish(void)
{
    listen_stop();
    /* lws takes itself down in stages that depend on close callbacks; it sets net.lws to NULL at the end (pcontext) */
    for (int round = 0; round < 8 && net.lws; round++) {
        lws_context_destroy(net.lws);
        for (int i = 0; i < 16; i++)
            uv_run(&net.uv, UV_RUN_NOWAIT);
    }
    uv_walk(&net.uv, close_handle, NULL);
    uv_run(&net.uv, UV_RUN_DEFAULT);
    if (uv_loop_close(&net.uv) != 0 || net.lws)
        log_error("net.loop_not_empty", L_I("conns", atomic_load(&net.conns)));
    net.running = false;
    net.lws = NULL;
    net.vhost = NULL;
    tls_free();
    conn_table_free();
}

bool net_start(const struct net_config *cfg, const struct http_hooks *http, const struct ws_hooks *ws, struct arena *a,
               const char **why)
{
    memset(&net, 0, sizeof net);
    net.cfg = *cfg;
    net.http = http;
    net.ws = ws;
    net.thread = pthread_self();
    net.tls = cfg->cert_file && cfg->key_file;
    signal(SIGPIPE, SIG_IGN);
    *why = NULL;
    if (net.tls && !tls_load(cfg->cert_file, cfg->key_file, why)) {
        log_error("net.start", L_S("why", *why));
        return false;
    }
    uv_loop_init(&net.uv);
    uv_prepare_init(&net.uv, &before_poll);
    uv_check_init(&net.uv, &after_poll);
    uv_prepare_start(&before_poll, on_before_poll);
    uv_check_start(&after_poll, on_after_poll);
    net.running = true;
    if (!start_lws(why) || !listen_start(a, why)) {
        log_error("net.start", L_S("why", *why));
        finish();
        return false;
    }
    pthread_mutex_lock(&posts.lock);
    posts.ended = posts.woken = false;
    pthread_mutex_unlock(&posts.lock);
    deadline_start();
    log_info("net.listening", L_S("address", cfg->bind), L_I("port", net.port), L_S("tls", net.tls ? "yes" : "no"));
    return true;
}

int net_port(void)
{
    return net.port;
}

void *net_uv_loop(void)
{
    return &net.uv;
}

int net_run(void)
{
    watchdog_start();
    uv_run(&net.uv, UV_RUN_DEFAULT);
    watchdog_stop();
    pthread_mutex_lock(&posts.lock);
    posts.ended = true;
    pthread_mutex_unlock(&posts.lock);
    loop_run_posts();
    deadline_stop();
    finish();
    return 0;
}

/* Sockets leave over a third of the time, each at its own random moment, so that they do not all come back at once. */
static void plan_leaving(struct conn *c, void *arg)
{
    uint32_t random = 0;
    RAND_bytes((unsigned char *)&random, sizeof random);
    ws_drain_at(c, *(int64_t *)arg + (int64_t)(random % (uint32_t)(net.cfg.drain_s * SECOND_MS / 3 + 1)));
}

static void begin_drain(void *arg)
{
    (void)arg;
    if (net.draining)
        return;
    int64_t now = clock_mono_ms();
    net.draining = true;
    net.drain_start = now;
    net.drain_end = now + net.cfg.drain_s * SECOND_MS;
    listen_stop();
    conn_each(plan_leaving, &now);
    log_info("net.drain", L_I("conns", atomic_load(&net.conns)), L_I("sockets", atomic_load(&net.sockets)));
}

static void kill_one(struct conn *c, void *unused)
{
    (void)unused;
    conn_kill(c);
}

void loop_drain_step(void)
{
    int64_t left = atomic_load(&net.conns), now = clock_mono_ms();
    if (left > 0 && now > net.drain_end)
        conn_each(kill_one, NULL);
    if (left > 0 && now < net.drain_end + SECOND_MS)
        return;
    if (net.drained)
        net.drained();
    net.drained = NULL;
    log_info("net.drained", L_I("conns", left));
    uv_stop(&net.uv);
}

static void set_drained(void *fn)
{
    memcpy(&net.drained, &fn, sizeof fn); /* ISO C has no cast between object and function pointers */
    begin_drain(NULL);
}

void net_drain(void (*drained)(void))
{
    void *fn;
    memcpy(&fn, &drained, sizeof fn);
    net_post(set_drained, fn);
}

void net_stats(struct net_stats *s)
{
    *s = (struct net_stats){.conns = atomic_load(&net.conns),
                            .ws = atomic_load(&net.sockets),
                            .requests = atomic_load(&net.requests),
                            .refused = atomic_load(&net.refused),
                            .lag_ms_max = atomic_exchange(&net.lag_ms_max, 0),
                            .ws_queue_bytes = atomic_load(&net.ws_queue_bytes),
                            .answered = atomic_load(&net.answered),
                            .dropped_answers = atomic_load(&net.dropped)};
}

bool net_alive(int64_t within_ms)
{
    return clock_mono_ms() - atomic_load(&net.tick_ms) <= within_ms;
}
