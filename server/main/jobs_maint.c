/* jobs_maint.c - the thread of maintenance: tasks out of plans, reminders, lateness.
 *
 * A target (plan and facility) is one transaction at a time, a few slots each; a target that fails is tried again a second later,
 * the others go on. Everything is found again from the cursors in the store.  SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "domain/maint.h"
#include "main/jobs.h"

#define BATCH 128

struct work {
    struct maint_due v[BATCH];
    int64_t ids[BATCH], next;
    size_t n, at;
    bool more;
};

static enum err run_find(struct ctx *cx, void *arg)
{
    struct work *w = arg;
    return maint_due(cx, w->v, BATCH, &w->n);
}

static enum err run_make(struct ctx *cx, void *arg)
{
    struct work *w = arg;
    return maint_make(cx, &w->v[w->at], &w->more);
}

/* Returns whether there may be more at once: a full batch in which something moved. */
static bool make_tasks(struct work *w)
{
    bool moved = false;
    if (jobs_run("maint.find", run_find, w, false) != OK)
        return false;
    for (w->at = 0; w->at < w->n && !jobs_stopping(); w->at++)
        do {
            w->more = false;
            if (jobs_run("maint.make", run_make, w, true) != OK)
                break;
            moved = true;
        } while (w->more && !jobs_stopping());
    return moved && w->n == BATCH;
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
    (void)arg;
    while (!jobs_stopping()) {
        while (make_tasks(&w) && !jobs_stopping())
            ;
        while (tick_tasks(&w) && !jobs_stopping())
            ;
        jobs_sleep(0, 1000);
    }
    return NULL;
}
