/* billing_auto.h - a project's billing settings, runs that start by themselves, publishing on a day.
 *
 * With auto_runs, a run for the items of a bill day starts on that day of every month, once for each day. What was missed
 * while the server was away is not caught up but for the latest day of each bill day; the others are noted as missed. A
 * project has one open run at a time: a run that is due waits until the one before is published or cancelled.
 * SPDX-License-Identifier: MIT */
#ifndef DOMAIN_BILLING_AUTO_H
#define DOMAIN_BILLING_AUTO_H
#include "domain/billing.h"

struct billing_setting {
    bool auto_runs;
    int64_t due_floor_days, version; /* due_floor_days: a bill is payable at least so long after it is published */
    int32_t auto_from_day;           /* since when runs start by themselves; 0: they do not */
};
MUST_CHECK enum err billing_setting_get(struct ctx *cx, struct billing_setting *out);
MUST_CHECK enum err billing_setting_set(struct ctx *cx, const struct billing_setting *in);

struct auto_run {
    int32_t day;
    int64_t run_id, at;
    const char *state; /* started, missed */
};
typedef void auto_run_fn(void *arg, const struct auto_run *a);
MUST_CHECK enum err billing_auto_list(struct ctx *cx, auto_run_fn *fn, void *arg);

/* Starts what is due today in one project (ids from billing_auto_projects), and publishes what was told to be. As the
 * system. WRITE */
MUST_CHECK enum err billing_auto_projects(struct ctx *cx, int64_t after, int64_t *ids, size_t max, size_t *n);
MUST_CHECK enum err billing_auto_step(struct ctx *cx, int64_t project_id);
MUST_CHECK enum err billing_publish_due(struct ctx *cx, int64_t *ids, size_t max, size_t *n);
MUST_CHECK enum err billing_publish_start(struct ctx *cx, int64_t run_id);

#endif
