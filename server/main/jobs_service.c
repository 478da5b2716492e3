/* jobs_service.c - complaints and notices whose time has come: escalation, closing by silence, publishing, pushing.
 * One transaction each: what fails, fails alone. SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "domain/billing.h"
#include "domain/complaint.h"
#include "domain/notice.h"
#include "domain/outbox.h"
#include "main/jobs.h"
#include "main/parts.h"

#define BATCH   64
#define TICK_MS 1000

/* ---- complaints whose handler has left: looked for once a minute ---- */

struct orphans {
    int64_t ids[BATCH], id;
    size_t n;
};

static enum err run_orphans(struct ctx *cx, void *arg)
{
    struct orphans *o = arg;
    return complaint_orphans(cx, o->ids, BATCH, &o->n);
}

static enum err run_release(struct ctx *cx, void *arg)
{
    return complaint_release(cx, ((struct orphans *)arg)->id);
}

static void release_orphans(void)
{
    static int64_t next;
    struct orphans o = {.n = 0};
    if (clock_mono_ms() < next)
        return;
    next = clock_mono_ms() + MINUTE_MS;
    if (jobs_run("service.orphans", run_orphans, &o, false) != OK)
        return;
    for (size_t i = 0; i < o.n && !jobs_stopping(); i++) {
        o.id = o.ids[i];
        (void)jobs_run("service.release", run_release, &o, true);
    }
}

/* ---- payers of published runs ---- */

struct tells {
    struct outbox_row *row;
    size_t n;
    const struct outbox_row *one;
    const char *error;
};

static enum err run_tells(struct ctx *cx, void *arg)
{
    struct tells *t = arg;
    return outbox_due(cx, BILLING_TELL, BATCH, &t->row, &t->n);
}

static enum err run_tell(struct ctx *cx, void *arg)
{
    return billing_tell(cx, ((struct tells *)arg)->one);
}

static enum err run_tell_later(struct ctx *cx, void *arg)
{
    struct tells *t = arg;
    return outbox_retry(cx, t->one, t->error);
}

static bool tell_payers(void)
{
    struct work_cx w;
    struct tells t = {.n = 0};
    jobs_begin(&w);
    jobs_report("service.tells", &w.cx, store_read(&w.cx, run_tells, &t));
    for (size_t i = 0; i < t.n && !jobs_stopping(); i++) {
        t.one = &t.row[i];
        enum err e = jobs_run("service.tell", run_tell, &t, true);
        t.error = err_wire(e);
        if (e)
            (void)jobs_run("service.tell_later", run_tell_later, &t, true);
    }
    jobs_end(&w);
    return t.n > 0;
}

void *jobs_service(void *arg)
{
    struct jobs_due work[] = {
        {.find = complaint_due_ids, .tick = complaint_tick, .name = "service.complaints"},
        {.find = notice_due_ids,    .tick = notice_tick,    .name = "service.notices"   },
    };
    (void)arg;
    while (!jobs_stopping()) {
        release_orphans();
        bool more = tell_payers();
        for (size_t i = 0; i < COUNT(work); i++)
            more = jobs_due(&work[i]) == 0 || more;
        if (!more)
            jobs_sleep(0, TICK_MS);
    }
    return NULL;
}
