/* jobs.c - background threads:
 *   relay       outbox -> dispatch streams in Redis, or straight to the dispatcher when Redis is away
 *   dispatcher  streams -> dispatch_try(); claims what a dead node left; rebuilds an empty Redis
 *   timers      offers and orders whose time has come
 *   messages    due SMS, mail and platform messages; three helpers when there are many
 *   billing     bill runs and their publishing, late fees, what starts on a day (jobs_billing.c)
 *   pay         payment orders and refunds whose time has come: asks the channels, closes, repeats
 *   recon       fetches the channels' bills every morning and compares the day
 *   money       what one module's money means to another: repairs, invoices, prepaid accounts
 *   service     complaints and notices whose time has come
 *   exports     files that people have asked for
 *   imports     files that people have brought
 *   board       the boards' counters
 *   webhooks    other programs that want to know: deliveries are made by one thread, sent by three, to the slow by two
 *   keeper      audit seal, expired sessions, leases, old events, retention (jobs_keeper.c)
 *   maint       tasks out of maintenance plans, reminders, lateness
 * Each sleeps until there is work: woken by the commits that leave some (jobs_wake) or by the next known deadline,
 * a second at most.
 * SPDX-License-Identifier: MIT */
#include "main/jobs.h"
#include "base/clock.h"
#include "base/log.h"
#include "domain/outbox.h"
#include "domain/repair.h"
#include "main/parts.h"
#include "platform/config.h"
#include "platform/jobs/queue.h"
#include <pthread.h>
#include <stdatomic.h>

#define TICK_MS 1000

static struct store *store;
static _Atomic bool stopping;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
    pthread_cond_t cond;
    _Atomic bool called; /* set by the first caller only: a batch of commits costs one wake-up, not one each */
} bell[WAKE_KINDS + 1];  /* the last: threads that are never woken but for the end */

void jobs_wake(unsigned what)
{
    for (int k = 0; k < WAKE_KINDS; k++)
        if ((what & (1u << k)) && !atomic_exchange(&bell[k].called, true)) {
            pthread_mutex_lock(&lock);
            pthread_cond_signal(&bell[k].cond);
            pthread_mutex_unlock(&lock);
        }
}

bool jobs_stopping(void)
{
    return atomic_load(&stopping);
}

void jobs_sleep(unsigned what, int64_t ms)
{
    struct timespec t;
    int k = 0;
    while (k < WAKE_KINDS && !(what & (1u << k)))
        k++;
    clock_gettime(CLOCK_MONOTONIC, &t);
    int64_t ns = t.tv_nsec + ms % 1000 * 1000000;
    t.tv_sec += ms / 1000 + ns / 1000000000;
    t.tv_nsec = ns % 1000000000;
    pthread_mutex_lock(&lock);
    while (!atomic_load(&bell[k].called) && !stopping && pthread_cond_timedwait(&bell[k].cond, &lock, &t) == 0)
        ;
    atomic_store(&bell[k].called, false);
    pthread_mutex_unlock(&lock);
}

void jobs_begin(struct work_cx *w)
{
    w->arena = arena_new(0);
    cx_init(&w->cx, w->arena, store);
    w->cx.request_id = "job";
}

void jobs_end(struct work_cx *w)
{
    arena_free(w->arena);
}

void jobs_report(const char *job, const struct ctx *cx, enum err e)
{
    if (e)
        log_warn("job.failed", L_S("job", job), L_S("err", err_wire(e)), L_S("why", cx->why.en ? cx->why.en : ""));
}

enum err jobs_run(const char *name, job_fn *fn, void *arg, bool write)
{
    struct work_cx w;
    jobs_begin(&w);
    enum err e = write ? store_write(&w.cx, fn, arg) : store_read(&w.cx, fn, arg);
    jobs_report(name, &w.cx, e);
    jobs_end(&w);
    return e;
}

void jobs_work_and_sweep(bool (*work)(void), void (*sweep)(void), int64_t pause_ms)
{
    int64_t next_sweep = 0;
    thread_nice(5);
    while (!jobs_stopping()) {
        if (clock_mono_ms() >= next_sweep) {
            next_sweep = clock_mono_ms() + MINUTE_MS;
            sweep();
        }
        if (!work())
            jobs_sleep(0, pause_ms);
    }
}

/* ---- what is due ---- */

static enum err run_find(struct ctx *cx, void *arg)
{
    struct jobs_due *d = arg;
    return d->find(cx, d->ids, COUNT(d->ids), &d->n, &d->next);
}

static enum err run_tick(struct ctx *cx, void *arg)
{
    struct jobs_due *d = arg;
    return d->tick(cx, d->id);
}

int64_t jobs_due(struct jobs_due *d)
{
    bool all_well = true;
    if (jobs_run(d->name, run_find, d, false) != OK)
        return TICK_MS;
    for (size_t i = 0; i < d->n && !jobs_stopping(); i++) {
        d->id = d->ids[i];
        all_well = jobs_run(d->name, run_tick, d, true) == OK && all_well;
    }
    if (d->n == COUNT(d->ids) && all_well) /* at once again only while that gets somewhere */
        return 0;
    int64_t wait = d->next ? d->next - clock_now_ms() : TICK_MS;
    return wait < 0 ? 10 : wait < TICK_MS ? wait : TICK_MS;
}

static void *timers(void *arg)
{
    struct jobs_due offers = {.name = "timers.offers", .find = offer_due_ids, .tick = offer_tick},
                    orders = {.name = "timers.orders", .find = repair_due_ids, .tick = repair_tick};
    (void)arg;
    while (!jobs_stopping()) {
        int64_t a = jobs_due(&offers), b = jobs_due(&orders);
        int64_t wait = a < b ? a : b;
        jobs_sleep(0, wait ? wait : 1);
    }
    return NULL;
}

/* ---- start and stop ---- */

static void *(*const bodies[])(void *) = {jobs_relay,         jobs_dispatcher,    timers,
                                          jobs_messages,      jobs_keeper,        jobs_billing,
                                          jobs_pay,           jobs_recon,         jobs_exports,
                                          jobs_money,         jobs_imports,       jobs_service,
                                          jobs_maint,         jobs_messages_more, jobs_messages_more,
                                          jobs_messages_more, jobs_board,         jobs_webhooks,
                                          jobs_webhooks_send, jobs_webhooks_send, jobs_webhooks_send,
                                          jobs_webhooks_slow, jobs_webhooks_slow};
static pthread_t threads[COUNT(bodies)];

void jobs_start(struct store *s)
{
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    for (int k = 0; k <= WAKE_KINDS; k++)
        pthread_cond_init(&bell[k].cond, &attr);
    store = s;
    for (size_t i = 0; i < COUNT(bodies); i++)
        pthread_create(&threads[i], NULL, bodies[i], NULL);
}

void jobs_stop(void)
{
    pthread_mutex_lock(&lock);
    atomic_store(&stopping, true);
    for (int k = 0; k <= WAKE_KINDS; k++)
        pthread_cond_broadcast(&bell[k].cond);
    pthread_mutex_unlock(&lock);
    for (size_t i = 0; i < COUNT(bodies); i++)
        pthread_join(threads[i], NULL);
}
