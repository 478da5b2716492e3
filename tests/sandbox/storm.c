/* storm.c - very many notices at once, good and bad ones in any order, over orders that are paid already:
 *
 *   POST /control/pay/storm {"n":10000,"seconds":50,"threads":16,"pay":true,"channel":"wechat",
 *                            "dup":300,"forged":100,"replayed":100,"truncated":50,"amount":0}
 *
 * The shares are of 1000. What is left is genuine: every order gets its genuine one first; when there are more genuine
 * ones than orders, the rest counts as duplicates. "pay": pays, without a notify, what waits. "after": only orders made since
 * then (unix ms). "seconds": spread evenly
 * over so long; 0: as fast as it goes. The order of sending is shuffled. Connections are kept, one a thread.
 * The report: how many of each kind were sent, taken and refused, and how long the answers took.
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/text.h"
#include "platform/crypto/crypto.h"
#include "sandbox/notify.h"
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MAX_THREADS 64
#define MAX_N       200000

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t finished = PTHREAD_COND_INITIALIZER;
static struct {
    struct nt_notice **notice; /* one an order */
    size_t norders;
    struct shot {
        uint32_t order;
        uint8_t kind;
        bool taken;
        int status;
        int64_t us;
    } * shot;
    size_t n;
    atomic_size_t next, sent;
    int64_t start, took, spread_us;
    pthread_t thread[MAX_THREADS];
    int threads, running;
    atomic_bool stop;
} s;

static void clear(void)
{
    for (size_t i = 0; i < s.norders; i++)
        nt_notice_free(s.notice[i]);
    free(s.notice);
    free(s.shot);
    s.notice = NULL;
    s.shot = NULL;
    s.norders = s.n = 0;
}

static void pace(size_t i)
{
    int64_t due = s.start + (int64_t)i * s.spread_us / (int64_t)s.n, now = clock_mono_us();
    if (!s.spread_us || due <= now)
        return;
    struct timespec t = {(time_t)((due - now) / 1000000), (long)((due - now) % 1000000 * 1000)};
    nanosleep(&t, NULL);
}

static void *shoot(void *arg)
{
    struct nt_client *c = nt_client_new();
    (void)arg;
    for (size_t i; !atomic_load(&s.stop) && (i = atomic_fetch_add(&s.next, 1)) < s.n;) {
        struct shot *one = &s.shot[i];
        struct nt_result r;
        pace(i);
        nt_send(c, s.notice[one->order], (enum nt_kind)one->kind, &r);
        one->status = r.status;
        one->taken = r.taken;
        one->us = r.us;
        atomic_fetch_add(&s.sent, 1);
    }
    nt_client_free(c);
    pthread_mutex_lock(&lock);
    if (--s.running == 0) {
        s.took = clock_mono_us() - s.start;
        pthread_cond_broadcast(&finished);
    }
    pthread_mutex_unlock(&lock);
    return NULL;
}

/* [pb lock] The paid orders; returns how many. */
static size_t targets(int channel, bool pay, int64_t after)
{
    struct pb_pay p = {.quiet = true};
    size_t n = 0, i = 0;
    for (struct pb_order *o = pb_orders(); o; o = o->next) {
        if (o->created < after)
            continue;
        if (pay && pb_order(o->channel, o->no)->state == PB_NOTPAY && pb_pay(o, &p))
            continue;
        n += o->state == PB_PAID && (channel < 0 || (int)o->channel == channel);
    }
    s.notice = calloc(n + 1, sizeof(struct nt_notice *));
    if (!s.notice)
        abort();
    for (struct pb_order *o = pb_orders(); o && i < n; o = o->next)
        if (o->created >= after && o->state == PB_PAID && (channel < 0 || (int)o->channel == channel))
            s.notice[i++] = nt_notice_payment(o, o->txn);
    s.norders = i;
    return i;
}

static int64_t share(const struct json *j, const char *name)
{
    int64_t v = 0;
    json_i64(j, name, &v);
    return v < 0 ? 0 : v > 1000 ? 1000 : v;
}

/* Kinds by share, orders one after the other, then shuffled. */
static void load(const struct json *j)
{
    static const enum nt_kind bad[] = {NT_DUP, NT_FORGED, NT_REPLAYED, NT_TRUNCATED, NT_AMOUNT};
    size_t at = 0;
    for (size_t k = 0; k < COUNT(bad); k++) {
        size_t count = (size_t)share(j, nt_kind_name[bad[k]]) * s.n / 1000;
        for (size_t i = 0; i < count && at < s.n; i++, at++)
            s.shot[at] = (struct shot){.order = (uint32_t)(at % s.norders), .kind = (uint8_t)bad[k]};
    }
    for (size_t i = 0; at < s.n; i++, at++)
        s.shot[at] = (struct shot){.order = (uint32_t)(i % s.norders), .kind = i < s.norders ? NT_GENUINE : NT_DUP};
    for (size_t i = s.n; i > 1; i--) {
        size_t k = crypto_random_below((uint32_t)i);
        struct shot x = s.shot[i - 1];
        s.shot[i - 1] = s.shot[k];
        s.shot[k] = x;
    }
}

static void join(void)
{
    for (int i = 0; i < s.threads; i++)
        pthread_join(s.thread[i], NULL);
    s.threads = 0;
}

const char *storm_start(struct arena *a, const struct json *j)
{
    int64_t n = 0, seconds = 0, threads = 16, after = 0;
    const char *name = json_str(j, "channel");
    int channel = name ? str_index(pb_channel_name, PB_CHANNELS, name) : -1;
    (void)a;
    json_i64(j, "seconds", &seconds);
    json_i64(j, "threads", &threads);
    json_i64(j, "after", &after);
    if (!json_i64(j, "n", &n) || n < 1 || n > MAX_N || threads < 1 || threads > MAX_THREADS || seconds < 0 ||
        seconds > 3600 || (name && channel < 0))
        return "n, threads, seconds or channel";
    pthread_mutex_lock(&lock);
    bool busy = s.running > 0;
    pthread_mutex_unlock(&lock);
    if (busy)
        return "a storm is on";
    join();
    clear();
    pb_lock();
    size_t orders = targets(channel, sb_bool(j, "pay", false), after);
    pb_unlock();
    if (!orders)
        return "no paid order";
    s.n = (size_t)n;
    s.shot = calloc(s.n, sizeof *s.shot);
    if (!s.shot)
        abort();
    load(j);
    atomic_store(&s.next, 0);
    atomic_store(&s.sent, 0);
    atomic_store(&s.stop, false);
    s.spread_us = seconds * 1000000;
    s.start = clock_mono_us();
    pthread_mutex_lock(&lock);
    s.running = (int)threads;
    pthread_mutex_unlock(&lock);
    for (s.threads = 0; s.threads < (int)threads; s.threads++)
        if (pthread_create(&s.thread[s.threads], NULL, shoot, NULL) != 0)
            abort();
    return NULL;
}

static int by_us(const void *x, const void *y)
{
    int64_t p = *(const int64_t *)x, q = *(const int64_t *)y;
    return p < q ? -1 : p > q;
}

static void kinds(struct jw *w)
{
    jw_key(w, "kinds");
    jw_obj(w);
    for (int k = 0; k < NT_KINDS; k++) {
        int64_t sent = 0, taken = 0, dead = 0;
        for (size_t i = 0; i < s.n; i++)
            if (s.shot[i].kind == k) {
                sent++;
                taken += s.shot[i].taken;
                dead += s.shot[i].status == 0;
            }
        jw_key(w, nt_kind_name[k]);
        jw_obj(w);
        kv_int(w, "sent", sent);
        kv_int(w, "taken", taken);
        kv_int(w, "refused", sent - taken - dead);
        kv_int(w, "unanswered", dead);
        jw_end(w);
    }
    jw_end(w);
}

const char *storm_report(struct arena *a, bool wait)
{
    struct jw w;
    pthread_mutex_lock(&lock);
    while (wait && s.running)
        pthread_cond_wait(&finished, &lock);
    bool running = s.running > 0;
    jw_init(&w, a);
    jw_obj(&w);
    kv_bool(&w, "running", running);
    kv_int(&w, "n", (int64_t)s.n);
    kv_int(&w, "orders", (int64_t)s.norders);
    kv_int(&w, "sent", (int64_t)atomic_load(&s.sent));
    if (!running && s.n) {
        int64_t *us = arena_alloc(a, s.n * sizeof *us);
        for (size_t i = 0; i < s.n; i++)
            us[i] = s.shot[i].us;
        qsort(us, s.n, sizeof *us, by_us);
        kinds(&w);
        kv_int(&w, "ms", s.took / 1000);
        kv_int(&w, "p50_us", us[s.n / 2]);
        kv_int(&w, "p99_us", us[s.n * 99 / 100]);
        kv_int(&w, "max_us", us[s.n - 1]);
    }
    jw_end(&w);
    pthread_mutex_unlock(&lock);
    return jw_text(&w);
}

void storm_stop(void)
{
    atomic_store(&s.stop, true);
    join();
    clear();
}
