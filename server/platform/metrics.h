/* metrics.h - counters, gauges and histograms in Prometheus text format. A metric is a static object;
 * registering and counting are lock-free after the first use; label values come from closed sets only.
 * THREAD: any.  SPDX-License-Identifier: MIT */
#ifndef PLATFORM_METRICS_H
#define PLATFORM_METRICS_H
#include "base/text.h"
#include <stdatomic.h>
#include <stdint.h>

enum metric_kind { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };
#define METRIC_BUCKETS 12 /* 0.5 ms .. 1 s and beyond, see metrics.c */
struct metric {
    const char *name, *help, *label; /* label: "lane=\"write\"" or NULL */
    enum metric_kind kind;
    int64_t (*read)(void); /* gauge computed when scraped; else NULL */
    _Atomic int64_t value, sum_us, bucket[METRIC_BUCKETS];
    struct metric *_Atomic next;
    _Atomic int listed;
};
void metric_register(struct metric *m); /* idempotent */
void metric_add(struct metric *m, int64_t n);
void metric_time(struct metric *m, int64_t us);
void metrics_render(struct buf *out); /* families grouped, HELP and TYPE once */

#endif
