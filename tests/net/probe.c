/* probe.c - a small server on the network layer only, for the raw-socket tester.
 *   net_probe [--tls CERT KEY] [--guards-off BITS] [--head S] [--body S] [--idle S] [--ws-idle S] [--hello S]
 *             [--drain S] [--watchdog S] [--per-ip N] [--max N] [--static DIR] [--spool DIR] [--proxy IP]
 * Prints {"port":N} and then serves until SIGTERM. Routes:
 *   GET/POST/PUT/PATCH/DELETE /echo   method, length and FNV-1a of the body, answered on the loop
 *   .../slow?ms=N                     the same from another thread after N ms
 *   GET /large?n=BYTES                a body of n bytes       GET /file?n=BYTES   the same from a file
 *   POST /upload                      spooled                 GET /stats          counters
 *   GET /query?v=                     what http_query says    GET /ip             the peer's address
 * SPDX-License-Identifier: MIT */
#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/text.h"
#include "platform/net/loop.h"
#include "platform/net/static.h"
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#define BODY_MAX   (64 * 1024)
#define UPLOAD_MAX (20 * 1024 * 1024)

static const char *spool_dir = "/tmp", *static_dir;

struct job {
    struct job *next;
    struct http_request *rq;
    int64_t due;
};
static struct {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct job *jobs;
    bool end;
} worker = {.lock = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER};

static uint32_t fnv(const char *p, size_t n)
{
    uint32_t h = 2166136261u;
    for (size_t i = 0; i < n; i++)
        h = (h ^ (unsigned char)p[i]) * 16777619u;
    return h;
}

static uint32_t fnv_file(const char *path)
{
    uint32_t h = 2166136261u;
    FILE *f = fopen(path, "rb");
    for (int c; f && (c = getc(f)) != EOF;)
        h = (h ^ (unsigned char)c) * 16777619u;
    if (f)
        fclose(f);
    return h;
}

static int64_t number(struct http_request *rq, const char *name)
{
    bool bad = false;
    const char *s = http_query(rq->arena, rq->query, name, &bad);
    int64_t v = 0;
    return s && parse_i64(s, &v) && v >= 0 ? v : 0;
}

static void answer_text(struct http_request *rq, int status, const char *text)
{
    struct http_reply r;
    http_reply_init(&r, status);
    r.type = "application/json";
    r.body = text;
    r.len = strlen(text);
    http_answer(rq, &r);
}

static void answer_echo(struct http_request *rq)
{
    uint32_t sum = rq->spool_path ? fnv_file(rq->spool_path) : fnv(rq->body, rq->body_len);
    answer_text(rq, 200,
                arena_printf(rq->arena, "{\"method\":\"%s\",\"len\":%zu,\"fnv\":%u}", http_method_name[rq->method],
                             rq->body_len, sum));
}

static void *work(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&worker.lock);
    while (!worker.end || worker.jobs) {
        struct job **first = &worker.jobs;
        for (struct job **j = &worker.jobs; *j; j = &(*j)->next)
            if ((*j)->due < (*first)->due)
                first = j;
        struct job *j = *first;
        if (!j) {
            pthread_cond_wait(&worker.wake, &worker.lock);
            continue;
        }
        int64_t wait = j->due - clock_mono_ms();
        if (wait > 0 && !worker.end) {
            struct timespec until;
            clock_gettime(CLOCK_MONOTONIC, &until);
            int64_t ns = until.tv_nsec + wait * 1000000;
            until.tv_sec += ns / 1000000000;
            until.tv_nsec = ns % 1000000000;
            pthread_cond_clockwait(&worker.wake, &worker.lock, CLOCK_MONOTONIC, &until);
            continue;
        }
        *first = j->next;
        pthread_mutex_unlock(&worker.lock);
        answer_echo(j->rq);
        free(j);
        pthread_mutex_lock(&worker.lock);
    }
    pthread_mutex_unlock(&worker.lock);
    return NULL;
}

static void later(struct http_request *rq, int64_t ms)
{
    struct job *j = malloc(sizeof *j);
    if (!j)
        abort();
    pthread_mutex_lock(&worker.lock);
    *j = (struct job){worker.jobs, rq, clock_mono_ms() + ms};
    worker.jobs = j;
    pthread_cond_signal(&worker.wake);
    pthread_mutex_unlock(&worker.lock);
}

static void answer_large(struct http_request *rq, bool file)
{
    size_t n = (size_t)number(rq, "n");
    struct http_reply r;
    http_reply_init(&r, 200);
    r.type = "application/octet-stream";
    r.len = n > UPLOAD_MAX ? UPLOAD_MAX : n;
    char *body = arena_alloc(rq->arena, r.len + 1);
    for (size_t i = 0; i < r.len; i++)
        body[i] = (char)('a' + i % 26);
    r.body = body;
    if (file) {
        FILE *f = tmpfile();
        if (!f || fwrite(body, 1, r.len, f) != r.len || fflush(f) != 0)
            abort();
        r.fd = dup(fileno(f));
        fclose(f);
    }
    http_answer(rq, &r);
}

static void answer_stats(struct http_request *rq)
{
    struct net_stats s;
    net_stats(&s);
    answer_text(rq, 200,
                arena_printf(rq->arena,
                             "{\"conns\":%lld,\"ws\":%lld,\"requests\":%lld,\"refused\":%lld,\"lag\":%lld,"
                             "\"queue\":%lld,\"answered\":%lld,\"dropped\":%lld}",
                             (long long)s.conns, (long long)s.ws, (long long)s.requests, (long long)s.refused,
                             (long long)s.lag_ms_max, (long long)s.ws_queue_bytes, (long long)s.answered,
                             (long long)s.dropped_answers));
}

static bool on_head(struct http_request *rq, size_t *max_body, const char **spool, struct http_reply *reply)
{
    *max_body = BODY_MAX;
    if (strcmp(rq->path, "/upload") == 0) {
        *max_body = UPLOAD_MAX;
        *spool = spool_dir;
    }
    if (strcmp(rq->path, "/denied") == 0) {
        http_reply_init(reply, 401);
        reply->type = "application/json";
        reply->body = "{}";
        reply->len = 2;
        return false;
    }
    return true;
}

static void on_request(struct http_request *rq)
{
    bool bad = false;
    struct http_reply r;
    if (strcmp(rq->path, "/echo") == 0) {
        answer_echo(rq);
    } else if (strcmp(rq->path, "/slow") == 0 || strcmp(rq->path, "/upload") == 0) {
        later(rq, number(rq, "ms"));
    } else if (strcmp(rq->path, "/large") == 0 || strcmp(rq->path, "/file") == 0) {
        answer_large(rq, rq->path[1] == 'f');
    } else if (strcmp(rq->path, "/stats") == 0) {
        answer_stats(rq);
    } else if (strcmp(rq->path, "/ip") == 0) {
        answer_text(rq, 200, arena_printf(rq->arena, "{\"ip\":\"%s\"}", rq->ip));
    } else if (strcmp(rq->path, "/query") == 0) {
        const char *v = http_query(rq->arena, rq->query, "v", &bad);
        answer_text(rq, 200, arena_printf(rq->arena, "{\"v\":\"%s\",\"bad\":%d}", v ? v : "(none)", bad));
    } else if (static_dir && static_serve(rq, &r)) {
        http_answer(rq, &r);
    } else {
        answer_text(rq, 404, arena_printf(rq->arena, "{\"path\":\"%s\"}", url_encode(rq->arena, rq->path)));
    }
}

static void on_open(uint64_t conn, const char *ip, const char *origin)
{
    (void)conn, (void)ip, (void)origin;
}

/* Any message is the hello. "close N" closes with that code, "flood N" sends N messages of 1 KiB until the queue is
 * full, "keyed N" the same under one key; everything else comes back. */
static void on_message(uint64_t conn, const char *text, size_t n)
{
    char command[32] = "";
    ws_hello_done(conn);
    memcpy(command, text, n < sizeof command ? n : 0);
    int count = 0;
    if (sscanf(command, "close %d", &count) == 1) {
        ws_close(conn, count, "asked");
        return;
    }
    bool keyed = sscanf(command, "keyed %d", &count) == 1;
    if (keyed || sscanf(command, "flood %d", &count) == 1) {
        enum ws_sent sent = WS_SENT;
        for (int i = 0; i < count && sent == WS_SENT; i++) {
            char big[1024];
            memset(big, '.', sizeof big);
            memcpy(big, command, 5);
            snprintf(big + 6, 16, "%d", i);
            struct ws_msg *m = ws_msg_new(big, sizeof big);
            sent = ws_send(conn, m, keyed ? "k" : NULL);
            ws_msg_unref(m);
        }
        if (sent == WS_FULL)
            ws_close(conn, WS_SLOW, "slow");
        return;
    }
    struct ws_msg *m = ws_msg_new(text, n);
    ws_send(conn, m, NULL);
    ws_msg_unref(m);
}

static void on_closed(uint64_t conn)
{
    (void)conn;
}

static void on_signal(uv_signal_t *s, int number)
{
    if (number == SIGTERM)
        net_drain(NULL);
    else
        net_reload_tls();
    (void)s;
}

int main(int argc, char **argv)
{
    static uv_signal_t term, hup;
    static const struct http_hooks http = {on_head, on_request, NULL};
    static const struct ws_hooks ws = {on_open, on_message, on_closed};
    static const char *const origins[] = {"https://console.example", NULL};
    static const char *proxies[] = {NULL, NULL};
    struct net_config c = {.bind = "127.0.0.1",
                           .ws_path = "/live/v1",
                           .origins = origins,
                           .proxies = proxies,
                           .head_s = 10,
                           .body_s = 15,
                           .idle_s = 75,
                           .ws_idle_s = 90,
                           .ws_hello_s = 5,
                           .drain_s = 5,
                           .watchdog_s = 10,
                           .max_conns = 2000,
                           .max_conns_per_ip = 1000};
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : "";
        static const char *const names[] = {"--guards-off", "--head",  "--body", "--idle",   "--ws-idle",
                                            "--hello",      "--drain", "--max",  "--per-ip", "--watchdog"};
        int *const ints[] = {(int *)&c.test_guards_off,
                             &c.head_s,
                             &c.body_s,
                             &c.idle_s,
                             &c.ws_idle_s,
                             &c.ws_hello_s,
                             &c.drain_s,
                             &c.max_conns,
                             &c.max_conns_per_ip,
                             &c.watchdog_s};
        int k = str_index(names, COUNT(names), argv[i]);
        if (strcmp(argv[i], "--tls") == 0 && i + 2 < argc) {
            c.cert_file = value;
            c.key_file = argv[i += 2];
            continue;
        }
        if (k >= 0)
            *ints[k] = atoi(value);
        else if (strcmp(argv[i], "--static") == 0)
            static_dir = value;
        else if (strcmp(argv[i], "--spool") == 0)
            spool_dir = value;
        else if (strcmp(argv[i], "--proxy") == 0)
            proxies[0] = value;
        else
            return 2;
        i++;
    }
    struct arena *a = arena_new(0);
    const char *why = NULL;
    log_set_level(LOG_LV_ERROR);
    if ((static_dir && !static_load(static_dir, "/")) || !net_start(&c, &http, &ws, a, &why)) {
        fprintf(stderr, "%s\n", why ? why : "cannot start");
        return 1;
    }
    uv_signal_init(net_uv_loop(), &term);
    uv_signal_start(&term, on_signal, SIGTERM);
    uv_signal_init(net_uv_loop(), &hup);
    uv_signal_start(&hup, on_signal, SIGHUP);
    pthread_create(&worker.thread, NULL, work, NULL);
    printf("{\"port\":%d}\n", net_port());
    fflush(stdout);
    int rc = net_run();
    pthread_mutex_lock(&worker.lock);
    worker.end = true;
    pthread_cond_signal(&worker.wake);
    pthread_mutex_unlock(&worker.lock);
    pthread_join(worker.thread, NULL);
    static_free();
    arena_free(a);
    return rc;
}
