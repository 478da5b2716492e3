/* jobs_exports.c - makes the files that people have asked for, one after another, and removes them after a week.
 * SPDX-License-Identifier: MIT */
#include "domain/export.h"
#include "main/jobs.h"

static bool work_one(void)
{
    struct work_cx w;
    bool worked = false;
    jobs_begin(&w);
    jobs_report("exports.work", &w.cx, export_work(&w.cx, jobs_stopping, &worked));
    jobs_end(&w);
    return worked;
}

static void sweep(void)
{
    struct work_cx w;
    int64_t gone = 0;
    jobs_begin(&w);
    jobs_report("exports.sweep", &w.cx, export_sweep(&w.cx, &gone));
    jobs_end(&w);
}

void *jobs_exports(void *arg)
{
    (void)arg;
    jobs_work_and_sweep(work_one, sweep, 1000);
    return NULL;
}
