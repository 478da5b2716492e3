/* serve.c - anjud serve: store, lanes, loop, jobs in the order they depend on each other; signals; the drain.
 * SPDX-License-Identifier: MIT */
#include "api/serve.h"
#include "base/log.h"
#include "domain/auth.h"
#include "domain/outbox.h"
#include "domain/owner.h"
#include "live/hub.h"
#include "main/parts.h"
#include "platform/config.h"
#include "platform/http_out.h"
#include "platform/net/loop.h"
#include "platform/net/static.h"
#include "platform/redis/redis.h"
#include "providers/outside.h"
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define LIST_MAX       32
#define NOTIFY_THREADS 8 /* each waits for a commit: together they fill one */

static pthread_t signal_thread;

/* "a, b" -> NULL-terminated list in a */
static const char *const *comma_list(struct arena *a, const char *text)
{
    const char **list = arena_alloc(a, (LIST_MAX + 1) * sizeof *list);
    char *copy = arena_strdup(a, text), *save = NULL;
    size_t n = 0;
    for (char *s = strtok_r(copy, ", ", &save); s && n < LIST_MAX; s = strtok_r(NULL, ", ", &save))
        list[n++] = s;
    return list;
}

static void drain_hub(void *arg)
{
    (void)arg;
    hub_drain();
}

static void drained(void)
{
    log_info("stop.drained", L_I("pid", getpid()));
}

static void *wait_for_signals(void *arg)
{
    sigset_t *set = arg;
    for (int sig = 0; sigwait(set, &sig) == 0;) {
        if (sig == SIGHUP) {
            log_info("reload", L_I("pid", getpid()));
            if (config_reload(stderr) == OK)
                net_reload_tls();
        } else if (sig == SIGUSR2) { /* our own end */
            break;
        } else {
            log_info("stop.draining", L_I("signal", sig));
            serve_set_draining();
            net_post(drain_hub, NULL);
            net_drain(drained);
        }
    }
    return NULL;
}

static void store_died(const char *why)
{
    log_error("store.fatal", L_S("why", why));
    _exit(71); /* a failed fsync: nothing this process believes about the disk is certain any more */
}

struct hint {
    char channel[32], text[160];
};

static void publish_on_loop(void *arg)
{
    struct hint *h = arg;
    bus_publish(h->channel, h->text);
    free(h);
}

static void publish(const char *channel, const char *text)
{
    struct hint *h = malloc(sizeof *h);
    if (!h)
        abort();
    snprintf(h->channel, sizeof h->channel, "%s", channel);
    snprintf(h->text, sizeof h->text, "%s", text);
    if (!net_post(publish_on_loop, h))
        free(h);
}

static void bus_up(bool up)
{
    log_info("bus", L_S("state", up ? "up" : "down"));
}

static bool start_net(struct arena *a, struct store *store, struct slow_lane *slow, struct slow_lane *notify)
{
    static const struct bus_hooks bus = {hub_bus_hint, bus_up};
    const struct config *c = config();
    const char *why = NULL;
    bool has_static = !str_empty(c->static_dir) && static_load(c->static_dir, "/");
    struct serve_config sc = {.store = store,
                              .slow = slow,
                              .notify = notify,
                              .spool_dir = arena_printf(a, "%s/spool", c->data_dir),
                              .statics = has_static ? static_serve : NULL};
    struct net_config nc = {.bind = c->bind,
                            .port = (int)c->port,
                            .cert_file = str_empty(c->tls_cert_file) ? NULL : c->tls_cert_file,
                            .key_file = str_empty(c->tls_key_file) ? NULL : c->tls_key_file,
                            .ws_path = "/live/v1",
                            .origins = comma_list(a, c->origins),
                            .proxies = comma_list(a, c->proxies),
                            .hosts = str_empty(c->hosts) ? NULL : comma_list(a, c->hosts),
                            .head_s = (int)c->head_s,
                            .body_s = (int)c->body_s,
                            .idle_s = (int)c->idle_s,
                            .ws_idle_s = (int)c->ws_idle_s,
                            .ws_hello_s = (int)c->ws_hello_s,
                            .drain_s = (int)c->drain_s,
                            .watchdog_s = (int)c->watchdog_s,
                            .max_conns = (int)c->max_conns,
                            .max_conns_per_ip = (int)c->max_conns_per_ip,
                            .test_guards_off = (unsigned)c->test_guards_off};
    if (!net_start(&nc, serve_hooks(&sc), hub_hooks(store), a, &why)) {
        log_error("start.refused", L_S("why", why ? why : "cannot listen"));
        return false;
    }
    const char *redis = c->test_redis_off ? "" : c->redis_url;
    events_set_sink(hub_sink());
    auth_listen(&(struct auth_listener){owner_account_proven, owner_account_left});
    if (!str_empty(redis) && bus_start(redis, (int)c->node, net_uv_loop(), &bus)) {
        hub_set_publisher(publish);
        hub_set_presence(bus_presence);
    }
    return true;
}

static int serve(void *arg)
{
    const char *why = NULL;
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGUSR2);
    pthread_sigmask(SIG_BLOCK, &set, NULL); /* before any thread: all inherit it, one waits for them */
    signal(SIGPIPE, SIG_IGN);
    struct store *store = open_store(arg);
    if (!store)
        return 2;
    if (!config()->test_hooks) /* no core file with other people's data; tests want the leak checker to attach */
        prctl(PR_SET_DUMPABLE, 0);
    struct arena *a = arena_new(0);
    http_out_init(config()->outside_ca_file);
    if (!outside_load(a, &why)) {
        log_error("start.refused", L_S("why", why));
        store_close(store);
        return 2;
    }
    store_on_fatal(store, store_died);
    struct slow_lane *slow = slow_start((int)config()->slow_threads, (int)config()->queue_max);
    struct slow_lane *notify = slow_start(NOTIFY_THREADS, (int)config()->queue_max);
    int code = 2;
    if (start_net(a, store, slow, notify)) {
        outbox_set_waker(jobs_wake);
        jobs_start(store);
        pthread_create(&signal_thread, NULL, wait_for_signals, &set);
        log_info("start.listening", L_S("bind", config()->bind), L_I("port", net_port()), L_I("pid", getpid()));
        code = net_run();
        pthread_kill(signal_thread, SIGUSR2);
        pthread_join(signal_thread, NULL);
        jobs_stop();
    }
    slow_stop(notify);
    slow_stop(slow);
    store_close(store);
    arena_free(a);
    return code;
}

int cmd_serve(const char *config_path, bool supervised)
{
    return supervised ? supervise(serve, (void *)(uintptr_t)config_path) : serve((void *)(uintptr_t)config_path);
}
