/* jobs_imports.c - checks, applies and takes back the imports people have asked for; forgets their rows after a week.
 * SPDX-License-Identifier: MIT */
#include "domain/import.h"
#include "main/jobs.h"

static bool work_one(void)
{
    struct work_cx w;
    bool worked = false;
    jobs_begin(&w);
    jobs_report("imports.work", &w.cx, import_work(&w.cx, &worked));
    jobs_end(&w);
    return worked;
}

static void sweep(void)
{
    struct work_cx w;
    int64_t gone = 0;
    jobs_begin(&w);
    jobs_report("imports.sweep", &w.cx, import_sweep(&w.cx, &gone));
    jobs_end(&w);
}

void *jobs_imports(void *arg)
{
    (void)arg;
    jobs_work_and_sweep(work_one, sweep, 500);
    return NULL;
}
