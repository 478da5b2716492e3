/* bench_push.c - one event to one of many sockets: from the commit to the client's read.
 *
 *     bench_push CONFIG PEOPLE [n=1000] [rate=500] [s=3]
 *
 * The server runs in this process, loop, hub, store and API as in anjud, because the moment of the commit (the sink is
 * called) must be known to the microsecond; the clients run in another process and read the same clock.
 * SPDX-License-Identifier: MIT */
#include "api/serve.h"
#include "base/clock.h"
#include "live/hub.h"
#include "load.h"
#include "platform/config.h"
#include "platform/events.h"
#include "platform/net/loop.h"
#include "seed.h"
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_PUSHES 65536

struct common { /* both processes see it */
    _Atomic int64_t committed[MAX_PUSHES];
    _Atomic int port, ready, finished;
};
static struct common *common;
static struct people people;
static size_t sockets, pushes;
static double rate;

/* ---- clients ---- */

static struct samples took;

static void on_push(struct live *l, const char *text)
{
    const char *n = strstr(text, "\"n\":");
    long i = n ? atol(n + 4) : -1;
    if (i >= 0 && i < MAX_PUSHES)
        samples_add(&took, l->ws.link->read_us - common->committed[i]);
}

static int clients(void)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    while (!common->port)
        usleep(10000);
    load_init(common->port);
    live_open(people.resident, people.nresident, sockets, NULL, on_push);
    common->ready = 1;
    int64_t until = clock_mono_us() + (int64_t)((double)pushes / rate * 1e6) + 15000000;
    while (took.n < pushes)
        if (load_poll(100), clock_mono_us() > until)
            give_up("%zu of %zu pushes came", took.n, pushes);
    samples_sort(&took);
    printf("n=%zu p50_us=%lld p99_us=%lld max_us=%lld\n", took.n, (long long)samples_at(&took, 0.5),
           (long long)samples_at(&took, 0.99), (long long)samples_at(&took, 1));
    fflush(stdout);
    return 0;
}

/* ---- server ---- */

static void on_committed(struct live_event *ev)
{
    const char *n = strstr(ev->data, "\"n\":");
    if (n)
        common->committed[atol(n + 4)] = clock_mono_us();
    hub_sink()->event(ev);
}

static void on_scope(int64_t account_id)
{
    hub_sink()->scope_changed(account_id);
}

static void on_session(int64_t account_id, int64_t session_id)
{
    hub_sink()->session_revoked(account_id, session_id);
}

struct push {
    long n;
    int64_t account;
};

static enum err run_push(struct ctx *cx, void *arg)
{
    struct push *p = arg;
    cx_emit(cx, topic_user(cx, p->account), "bench.push",
            arena_printf(cx->arena, "{\"n\":%ld,\"text\":\"%0120d\"}", p->n, 0));
    return OK;
}

static void *produce(void *arg)
{
    struct store *s = arg;
    while (!common->ready && !common->finished)
        usleep(10000);
    int64_t begun = clock_mono_us() + 200000;
    for (size_t i = 0; i < pushes && !common->finished; i++) {
        int64_t due = begun + (int64_t)((double)i * 1e6 / rate), now = clock_mono_us();
        if (due > now)
            usleep((useconds_t)(due - now));
        struct arena *a = arena_new(0);
        struct ctx cx;
        struct push p = {(long)i, people.resident[(i * 7919) % sockets].account};
        cx_init(&cx, a, s);
        if (store_write(&cx, run_push, &p) != OK)
            give_up("push: %s", cx.why.en ? cx.why.en : "");
        arena_free(a);
    }
    while (!common->finished)
        usleep(10000);
    net_drain(NULL);
    return NULL;
}

static void *wait_for(void *arg)
{
    int status = 0;
    waitpid(*(pid_t *)arg, &status, 0);
    common->finished = 1;
    return (void *)(intptr_t)status;
}

int main(int argc, char **argv)
{
    static const struct event_sink sink = {on_committed, on_scope, on_session};
    static const char *const none[] = {NULL};
    const char *why = "";
    pthread_t producer, waiter;
    void *status = NULL;
    if (argc < 3)
        give_up("bench_push CONFIG PEOPLE [n=1000] [rate=500] [s=3]");
    sockets = (size_t)opt_num(argc, argv, "n", 1000);
    rate = opt_num(argc, argv, "rate", 500);
    pushes = (size_t)(rate * opt_num(argc, argv, "s", 3));
    people_read(&people, argv[2]);
    if (pushes > MAX_PUSHES || sockets > people.nresident)
        give_up("too many pushes, or too few residents for %zu sockets", sockets);
    common = mmap(NULL, sizeof *common, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (common == MAP_FAILED)
        give_up("no memory");
    pid_t child = fork(); /* before any thread */
    if (child == 0)
        return clients();
    struct arena *a = arena_new(0);
    struct store *store = bench_open(argv[1], a);
    const struct config *c = config();
    struct slow_lane *slow = slow_start(2, 64);
    struct serve_config sc = {.store = store, .slow = slow, .spool_dir = "/tmp"};
    struct net_config nc = {.bind = "127.0.0.1",
                            .cert_file = c->tls_cert_file,
                            .key_file = c->tls_key_file,
                            .ws_path = "/live/v1",
                            .origins = none,
                            .proxies = none,
                            .head_s = 10,
                            .body_s = 15,
                            .idle_s = 75,
                            .ws_idle_s = 90,
                            .ws_hello_s = 10,
                            .drain_s = 1,
                            .max_conns = 20000,
                            .max_conns_per_ip = 20000};
    if (child < 0 || !net_start(&nc, serve_hooks(&sc), hub_hooks(store), a, &why))
        give_up("cannot start: %s", why);
    events_set_sink(&sink);
    common->port = net_port();
    pthread_create(&producer, NULL, produce, store);
    pthread_create(&waiter, NULL, wait_for, &child);
    net_run();
    pthread_join(producer, NULL);
    pthread_join(waiter, &status);
    slow_stop(slow);
    store_close(store);
    arena_free(a);
    return status == NULL ? 0 : 1;
}
