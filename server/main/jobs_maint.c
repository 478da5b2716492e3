/* jobs_maint.c - the thread of maintenance: tasks out of plans, reminders, lateness.
 *
 * A target (plan and facility) is one transaction at a time, a few slots each; one that fails is tried again a second
 * later, the others go on. Everything is found again from the cursors in the store.  SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "domain/maint.h"
#include "main/jobs.h"

#define BATCH 128

struct work {
    struct maint_due v[BATCH], after;
    int64_t ids[BATCH], next;
    size_t n, at;
    bool more;
};

static enum err run_find(struct ctx *cx, void *arg)
{
    struct work *w = arg;
    return maint_due(cx, &w->after, w->v, BATCH, &w->n);
}

static enum err run_make(struct ctx *cx, void *arg)
{
    struct work *w = arg;
    return maint_make(cx, &w->v[w->at], &w->more);
}

/* Every target that is due, page by page: one that fails does not stand in the way of the others. */
static void make_tasks(struct work *w)
{
    w->after = (struct maint_due){0, 0};
    do {
        if (jobs_run("maint.find", run_find, w, false) != OK)
            return;
        for (w->at = 0; w->at < w->n && !jobs_stopping(); w->at++)
            do {
                w->more = false;
                if (jobs_run("maint.make", run_make, w, true) != OK)
                    break;
            } while (w->more && !jobs_stopping());
        if (w->n)
            w->after = w->v[w->n - 1];
    } while (w->n == BATCH && !jobs_stopping());
}

static enum err run_inspections(struct ctx *cx, void *arg)
{
    return maint_inspections(cx, &((struct work *)arg)->more);
}

static enum err run_due(struct ctx *cx, void *arg)
{
    struct work *w = arg;
    return maint_task_due(cx, w->ids, BATCH, &w->n, &w->next);
}

static enum err run_tick(struct ctx *cx, void *arg)
{
    struct work *w = arg;
    return maint_task_tick(cx, w->ids[w->at]);
}

static bool tick_tasks(struct work *w)
{
    bool moved = false;
    if (jobs_run("maint.due", run_due, w, false) != OK)
        return false;
    for (w->at = 0; w->at < w->n && !jobs_stopping(); w->at++)
        moved = jobs_run("maint.tick", run_tick, w, true) == OK || moved;
    return moved && w->n == BATCH;
}

void *jobs_maint(void *arg)
{
    static struct work w;
    int64_t next_minute = 0;
    (void)arg;
    while (!jobs_stopping()) {
        make_tasks(&w);
        while (tick_tasks(&w) && !jobs_stopping())
            ;
        if (clock_mono_ms() >= next_minute) {
            next_minute = clock_mono_ms() + MINUTE_MS;
            do
                w.more = false;
            while (jobs_run("maint.inspections", run_inspections, &w, true) == OK && w.more && !jobs_stopping());
        }
        jobs_sleep(0, 1000);
    }
    return NULL;
}
