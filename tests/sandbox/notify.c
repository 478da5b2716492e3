/* notify.c - the queue of notices and who empties it. SPDX-License-Identifier: MIT */
#include "sandbox/notify.h"
#include "base/clock.h"
#include "base/text.h"
#include "platform/crypto/crypto.h"
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORKERS    8
#define MAX_KEPT   100000
#define FOREVER_MS (30 * DAY_MS)

/* Seconds between the tries, as published. */
static const int wechat_gap[] = {15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10800, 10800, 10800, 21600, 21600},
                 alipay_gap[] = {240, 600, 600, 3600, 7200, 21600, 54000};

struct job {
    struct nt_notice *notice; /* NULL: only to look at the refunds */
    enum nt_kind kind;
    int try;
    bool retry; /* a refusal is tried again */
    int64_t due;
};
struct kept {
    enum pb_channel channel;
    enum nt_kind kind;
    int try, status;
    bool taken;
    int64_t at, us;
    char no[72], refund_no[72], event[40], body[160];
};
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t more = PTHREAD_COND_INITIALIZER, idle = PTHREAD_COND_INITIALIZER;
static pthread_t worker[WORKERS];
static struct job *heap;
static size_t nheap, heap_room, nkept, kept_room;
static struct kept *kept;
static int busy, nworker;
static bool stopping;
static unsigned age; /* grows with nt_forget(): what was under way then is not queued again */

/* ---- a heap by due time; lock held ---- */
static void swap(size_t i, size_t k)
{
    struct job j = heap[i];
    heap[i] = heap[k];
    heap[k] = j;
}

static void push(struct job j)
{
    if (nheap == heap_room) {
        heap_room = heap_room ? heap_room * 2 : 256;
        heap = realloc(heap, heap_room * sizeof *heap);
        if (!heap)
            abort();
    }
    heap[nheap++] = j;
    for (size_t i = nheap - 1; i && heap[i].due < heap[(i - 1) / 2].due; i = (i - 1) / 2)
        swap(i, (i - 1) / 2);
    pthread_cond_signal(&more);
}

static struct job pop(void)
{
    struct job j = heap[0];
    heap[0] = heap[--nheap];
    for (size_t i = 0;;) {
        size_t least = i, l = 2 * i + 1;
        for (size_t k = l; k <= l + 1 && k < nheap; k++)
            if (heap[k].due < heap[least].due)
                least = k;
        if (least == i)
            return j;
        swap(i, least);
        i = least;
    }
}

static void remember(const struct job *j, const struct nt_result *r)
{
    if (nkept == MAX_KEPT) {
        memmove(kept, kept + MAX_KEPT / 2, (MAX_KEPT - MAX_KEPT / 2) * sizeof *kept);
        nkept -= MAX_KEPT / 2;
    }
    if (nkept == kept_room) {
        kept_room = kept_room ? kept_room * 2 : 256;
        kept = realloc(kept, kept_room * sizeof *kept);
        if (!kept)
            abort();
    }
    struct kept *k = &kept[nkept++];
    const struct nt_notice *n = j->notice;
    *k = (struct kept){n->channel, j->kind, j->try, r->status, r->taken, clock_now_ms(), r->us, "", "", "", ""};
    snprintf(k->no, sizeof k->no, "%s", n->no);
    snprintf(k->refund_no, sizeof k->refund_no, "%s", n->refund_no);
    snprintf(k->event, sizeof k->event, "%s", n->event);
    snprintf(k->body, sizeof k->body, "%.*s", (int)sizeof k->body - 1, r->body);
}

/* ---- the tries ---- */
static int64_t gap_ms(enum pb_channel c, int try)
{
    const int *t = c == PB_WECHAT ? wechat_gap : alipay_gap;
    int n = c == PB_WECHAT ? (int)COUNT(wechat_gap) : (int)COUNT(alipay_gap);
    return try < n ? t[try] * SECOND_MS : -1;
}

static void mark_told(const struct nt_notice *n)
{
    if (*n->refund_no)
        return;
    pb_lock();
    struct pb_order *o = pb_order(n->channel, n->no);
    if (o && !o->told) {
        o->told = true;
        pb_order_changed(o);
    }
    pb_unlock();
}

static void work(struct nt_client *c, struct job j, unsigned born)
{
    struct nt_result r = {0};
    nt_send(c, j.notice, j.kind, &r);
    if (r.taken && (j.kind == NT_GENUINE || j.kind == NT_DUP))
        mark_told(j.notice);
    pb_lock();
    int64_t scale = pb_set.scale;
    pb_unlock();
    pthread_mutex_lock(&lock);
    if (born == age) {
        remember(&j, &r);
        int64_t gap = j.retry && !r.taken ? gap_ms(j.notice->channel, j.try) : -1;
        if (gap >= 0 && !stopping) {
            j.kind = j.kind == NT_PROBE ? NT_GENUINE : j.kind;
            j.try++;
            j.due = clock_now_ms() + gap / scale;
            push(j);
            j.notice = NULL;
        }
    }
    pthread_mutex_unlock(&lock);
    nt_notice_free(j.notice);
}

static void wait_until(int64_t due)
{
    struct timespec t;
    int64_t left = due - clock_now_ms();
    clock_gettime(CLOCK_REALTIME, &t);
    left = left > HOUR_MS ? HOUR_MS : left < 0 ? 0 : left;
    t.tv_sec += (time_t)(left / 1000);
    t.tv_nsec += (long)(left % 1000 * 1000000 + 500000);
    if (t.tv_nsec >= 1000000000) {
        t.tv_nsec -= 1000000000;
        t.tv_sec++;
    }
    pthread_cond_timedwait(&more, &lock, &t);
}

static void *run(void *arg)
{
    struct nt_client *c = nt_client_new();
    (void)arg;
    pthread_mutex_lock(&lock);
    while (!stopping) {
        if (!nheap || heap[0].due > clock_now_ms()) {
            if (!busy)
                pthread_cond_broadcast(&idle);
            wait_until(nheap ? heap[0].due : clock_now_ms() + FOREVER_MS);
            continue;
        }
        struct job j = pop();
        unsigned born = age;
        busy++;
        pthread_mutex_unlock(&lock);
        if (j.notice) {
            work(c, j, born);
        } else {
            pb_lock();
            pb_refunds_due();
            pb_unlock();
        }
        pthread_mutex_lock(&lock);
        busy--;
    }
    pthread_mutex_unlock(&lock);
    nt_client_free(c);
    return NULL;
}

/* ---- what the settings make of an event ---- */
static bool drawn(int64_t permille)
{
    return permille > 0 && crypto_random_below(1000) < (uint32_t)permille;
}

static struct nt_notice *again(const struct nt_notice *n)
{
    struct nt_notice *m = nt_notice_new(n->channel, n->url, n->event, n->plain);
    memcpy(m->id, n->id, sizeof m->id);
    memcpy(m->no, n->no, sizeof m->no);
    memcpy(m->refund_no, n->refund_no, sizeof m->refund_no);
    m->amount = n->amount;
    return m;
}

void nt_post(struct nt_notice *n)
{
    const struct pb_settings *s = &pb_set;
    const struct {
        int64_t permille;
        enum nt_kind kind;
    } beside[] = {
        {s->dup,       NT_DUP      },
        {s->forged,    NT_FORGED   },
        {s->amount,    NT_AMOUNT   },
        {s->replayed,  NT_REPLAYED },
        {s->truncated, NT_TRUNCATED}
    };
    int64_t due = clock_now_ms() + s->late_ms;
    if (s->shuffle_ms > 0)
        due += crypto_random_below((uint32_t)s->shuffle_ms);
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < COUNT(beside); i++)
        if (drawn(beside[i].permille))
            push((struct job){again(n), beside[i].kind, 0, false, due});
    if (drawn(s->lost)) { /* not even retries: that network never calls again */
        nt_notice_free(n);
    } else {
        enum nt_kind kind = n->channel == PB_WECHAT && drawn(s->probe) ? NT_PROBE : NT_GENUINE;
        push((struct job){n, kind, 0, true, due});
    }
    pthread_mutex_unlock(&lock);
}

void nt_payment(struct pb_order *o, struct pb_txn *t)
{
    if (*o->notify_url)
        nt_post(nt_notice_payment(o, t));
}

void nt_refund(struct pb_refund *r)
{
    struct nt_notice *n = nt_notice_refund(r);
    if (n)
        nt_post(n);
}

void nt_wake_at(int64_t when)
{
    pthread_mutex_lock(&lock);
    push((struct job){NULL, NT_GENUINE, 0, false, when});
    pthread_mutex_unlock(&lock);
}

void nt_clock_moved(void)
{
    pthread_mutex_lock(&lock);
    pthread_cond_broadcast(&more);
    pthread_mutex_unlock(&lock);
}

void nt_forget(void)
{
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < nheap; i++)
        nt_notice_free(heap[i].notice);
    nheap = nkept = 0;
    age++;
    pthread_mutex_unlock(&lock);
}

bool nt_start(void)
{
    stopping = false;
    for (nworker = 0; nworker < WORKERS; nworker++)
        if (pthread_create(&worker[nworker], NULL, run, NULL) != 0)
            return false;
    return true;
}

void nt_stop(void)
{
    pthread_mutex_lock(&lock);
    stopping = true;
    pthread_cond_broadcast(&more);
    pthread_mutex_unlock(&lock);
    for (int i = 0; i < nworker; i++)
        pthread_join(worker[i], NULL);
    nworker = 0;
    nt_forget();
    free(heap);
    free(kept);
    heap = NULL;
    kept = NULL;
    heap_room = kept_room = 0;
}

bool nt_wait_idle(int timeout_ms, int64_t within_ms)
{
    struct timespec t;
    int rc = 0;
    clock_gettime(CLOCK_REALTIME, &t);
    t.tv_sec += timeout_ms / 1000 + 1;
    pthread_mutex_lock(&lock);
    while (rc != ETIMEDOUT && (busy || (nheap && heap[0].due <= clock_now_ms() + within_ms)))
        rc = pthread_cond_timedwait(&idle, &lock, &t);
    pthread_mutex_unlock(&lock);
    return rc != ETIMEDOUT;
}

const char *nt_list(struct arena *a, const char *no, const char *kind)
{
    struct jw w;
    jw_init(&w, a);
    jw_arr(&w);
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < nkept; i++) {
        const struct kept *k = &kept[i];
        if ((*no && strcmp(no, k->no) != 0) || (*kind && strcmp(kind, nt_kind_name[k->kind]) != 0))
            continue;
        jw_obj(&w);
        kv_str(&w, "channel", pb_channel_name[k->channel]);
        kv_str(&w, "kind", nt_kind_name[k->kind]);
        kv_str(&w, "event", k->event);
        kv_str(&w, "out_trade_no", k->no);
        kv_str(&w, "out_refund_no", k->refund_no);
        kv_int(&w, "try", k->try);
        kv_time(&w, "at", k->at);
        kv_int(&w, "status", k->status);
        kv_bool(&w, "taken", k->taken);
        kv_str(&w, "body", utf8_valid(k->body, strlen(k->body)) ? k->body : "(not UTF-8)");
        kv_int(&w, "us", k->us);
        jw_end(&w);
    }
    pthread_mutex_unlock(&lock);
    jw_arr_end(&w);
    return jw_text(&w);
}
