/* jobs_billing.c - the thread that bills: runs and their publishing, chunk by chunk; late fees once a day is over; runs and
 * publishing that start by themselves.
 *
 * A chunk is one transaction among the others' and aims at a few milliseconds of the writer's time (billing_steer()).
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "domain/billing.h"
#include "domain/billing_auto.h"
#include "domain/fee_late.h"
#include "domain/outbox.h"
#include "main/jobs.h"

#define TICK_MS 1000

struct chunk {
    int64_t run_id, size, us;
    int32_t until;
    bool more, pg;
};

static enum err run_chunk(struct ctx *cx, void *arg)
{
    struct chunk *c = arg;
    int64_t begun = clock_mono_us();
    c->pg = store_is_pg(cx->store);
    enum err e =
        c->run_id ? billing_step(cx, c->run_id, c->size, &c->more) : late_step(cx, c->until, c->size, &c->more);
    c->us = clock_mono_us() - begun;
    return e;
}

/* Chunk after chunk until nothing is left; size is kept for the next time. */
static void work_off(const char *name, struct chunk c, int64_t *size)
{
    for (c.more = true; c.more && !jobs_stopping();) {
        c.size = *size;
        if (jobs_run(name, run_chunk, &c, true) != OK)
            return;
        *size = billing_steer(*size, c.us, c.pg ? BILLING_CHUNK_PG_US : BILLING_CHUNK_US);
    }
}

struct ids {
    int64_t v[16], after;
    size_t n;
    enum err (*find)(struct ctx *cx, struct ids *l);
    enum err (*act)(struct ctx *cx, int64_t id);
    int64_t id;
};

static enum err find_working(struct ctx *cx, struct ids *l)
{
    return bill_runs_working(cx, l->v, COUNT(l->v), &l->n);
}

static enum err find_publish(struct ctx *cx, struct ids *l)
{
    return billing_publish_due(cx, l->v, COUNT(l->v), &l->n);
}

static enum err find_projects(struct ctx *cx, struct ids *l)
{
    return billing_auto_projects(cx, l->after, l->v, COUNT(l->v), &l->n);
}

static enum err run_find(struct ctx *cx, void *arg)
{
    struct ids *l = arg;
    return l->find(cx, l);
}

static enum err run_act(struct ctx *cx, void *arg)
{
    struct ids *l = arg;
    return l->act(cx, l->id);
}

/* Each in a transaction of its own: what fails, fails alone. */
static void each(const char *name, struct ids *l)
{
    do {
        if (jobs_run(name, run_find, l, false) != OK)
            return;
        for (size_t i = 0; i < l->n && !jobs_stopping(); i++) {
            l->id = l->after = l->v[i];
            (void)jobs_run(name, run_act, l, true);
        }
    } while (l->find == find_projects && l->n == COUNT(l->v) && !jobs_stopping());
}

static void work_runs(void)
{
    static int64_t size = 200;
    struct ids l = {.find = find_working};
    if (jobs_run("bill_runs.find", run_find, &l, false) != OK)
        return;
    for (size_t i = 0; i < l.n && !jobs_stopping(); i++)
        work_off("bill_runs.chunk", (struct chunk){.run_id = l.v[i]}, &size);
}

/* Once an hour, which does nothing but on the first time of a day, for bills that were held, and for days that were slept
 * through. */
static void work_late(void)
{
    static int64_t size = 50;
    work_off("late.chunk", (struct chunk){.until = clock_day_add(clock_day(clock_now_ms()), -1)}, &size);
}

void *jobs_billing(void *arg)
{
    int64_t next_minute = 0, next_hour = 0;
    int32_t today = 0;
    (void)arg;
    while (!jobs_stopping()) {
        if (clock_mono_ms() >= next_minute || today != clock_day(clock_now_ms())) {
            next_minute = clock_mono_ms() + MINUTE_MS;
            each("bill_runs.auto", &(struct ids){.find = find_projects, .act = billing_auto_step});
            each("bill_runs.publish", &(struct ids){.find = find_publish, .act = billing_publish_start});
        }
        work_runs();
        if (clock_mono_ms() >= next_hour || today != clock_day(clock_now_ms())) {
            next_hour = clock_mono_ms() + HOUR_MS;
            today = clock_day(clock_now_ms());
            work_late();
        }
        jobs_sleep(WAKE_BILLS, TICK_MS);
    }
    return NULL;
}
