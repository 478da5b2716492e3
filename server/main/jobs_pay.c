/* jobs_pay.c - the sweeper of payments: orders nobody told us about, closings, refunds, platform certificates. Whatever a
 * crash, a lost answer or a lost notice left half done is found here by its next_at.  SPDX-License-Identifier: MIT */
#include "api/pay_flow.h"
#include "api/recon_flow.h"
#include "base/clock.h"
#include "base/log.h"
#include "domain/merchant.h"
#include "domain/outbox.h"
#include "main/jobs.h"

#define BATCH     32
#define KEYS_AGE  (12 * HOUR_MS)
#define KEYS_LOOK (10 * MINUTE_MS)
#define MERCHANTS 1024
#define IDLE_MS   1000

struct due {
    int64_t ids[BATCH], next, id;
    size_t n;
    enum err (*find)(struct ctx *cx, int64_t *ids, size_t max, size_t *n, int64_t *next);
    enum err (*step)(struct ctx *cx, int64_t id);
    enum err (*postpone)(struct ctx *cx, int64_t id);
};

static enum err run_find(struct ctx *cx, void *arg)
{
    struct due *d = arg;
    return d->find(cx, d->ids, BATCH, &d->n, &d->next);
}

static enum err run_postpone(struct ctx *cx, void *arg)
{
    struct due *d = arg;
    return d->postpone(cx, d->id);
}

/* Returns how long nothing more is due. */
static int64_t sweep(struct due *d)
{
    if (jobs_run("pay.find", run_find, d, false) != OK)
        return IDLE_MS;
    for (size_t i = 0; i < d->n && !jobs_stopping(); i++) {
        struct work_cx w;
        d->id = d->ids[i];
        jobs_begin(&w);
        enum err e = d->step(&w.cx, d->id);
        jobs_report("pay.step", &w.cx, e);
        jobs_end(&w);
        if (e)
            (void)jobs_run("pay.postpone", run_postpone, d, true);
    }
    if (d->n)
        return 1;
    int64_t wait = d->next ? d->next - clock_now_ms() : IDLE_MS;
    return wait < 1 ? 1 : wait < IDLE_MS ? wait : IDLE_MS;
}

struct merchants {
    int64_t ids[MERCHANTS];
    size_t n;
};

static enum err run_merchants(struct ctx *cx, void *arg)
{
    struct merchants *m = arg;
    return merchant_ids(cx, CHANNEL_WECHAT, m->ids, MERCHANTS, &m->n);
}

static void refresh_keys(void)
{
    static struct merchants m; /* of this thread only */
    if (jobs_run("pay.merchants", run_merchants, &m, false) != OK)
        return;
    for (size_t i = 0; i < m.n && !jobs_stopping(); i++) {
        struct work_cx w;
        jobs_begin(&w);
        jobs_report("pay.keys", &w.cx, pay_flow_keys(&w.cx, m.ids[i], KEYS_AGE));
        jobs_end(&w);
    }
}

/* ---- reconciliation: every morning the day before, and days that were missed ---- */

#define RECON_BACK 7

static enum err run_recon(struct ctx *cx, void *arg)
{
    struct merchants *m = arg;
    struct merchant one;
    enum err e = OK;
    for (int c = 0; c < CHANNELS && !e; c++) {
        e = merchant_ids(cx, c, m->ids, MERCHANTS, &m->n);
        for (size_t i = 0; i < m->n && !e; i++) {
            e = merchant_open(cx, m->ids[i], &one);
            if (!e)
                e = recon_schedule(cx, m->ids[i], RECON_BACK);
            else if (e == ERR_FORBIDDEN)
                e = OK;
        }
    }
    return e;
}

static void schedule_recon(void)
{
    static struct merchants m; /* of this thread only */
    static int32_t done_for;
    int64_t now = clock_now_ms();
    if (clock_minute_of_day(now) < RECON_FROM_MIN || done_for == clock_day(now))
        return;
    if (jobs_run("recon.schedule", run_recon, &m, true) == OK)
        done_for = clock_day(now);
}

void *jobs_pay(void *arg)
{
    struct due orders = {.find = payment_order_due, .step = pay_flow_step, .postpone = payment_order_postpone},
               refunds = {.find = refund_due, .step = pay_flow_refund, .postpone = refund_postpone};
    int64_t keys_at = 0;
    (void)arg;
    while (!jobs_stopping()) {
        if (clock_mono_ms() >= keys_at) {
            keys_at = clock_mono_ms() + KEYS_LOOK;
            refresh_keys();
        }
        int64_t a = sweep(&orders), b = sweep(&refunds);
        jobs_sleep(WAKE_PAY, a < b ? a : b);
    }
    return NULL;
}

/* A thread of its own: a bill may take its time. */
void *jobs_recon(void *arg)
{
    struct due runs = {.find = recon_due, .step = recon_flow_round, .postpone = recon_postpone};
    (void)arg;
    while (!jobs_stopping()) {
        schedule_recon();
        jobs_sleep(0, sweep(&runs));
    }
    return NULL;
}
