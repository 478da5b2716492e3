/* metrics.c - a lock-free list of static objects and its rendering. SPDX-License-Identifier: MIT */
#include "platform/metrics.h"
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* upper edges in microseconds; the last bucket is +Inf */
static const int64_t edge_us[METRIC_BUCKETS - 1] = {500,   1000,   2500,   5000,   10000,  25000,
                                                    50000, 100000, 250000, 500000, 1000000};
static struct metric *_Atomic head;

void metric_register(struct metric *m)
{
    int no = 0;
    if (!atomic_compare_exchange_strong(&m->listed, &no, 1))
        return;
    struct metric *first = atomic_load(&head);
    do
        atomic_store(&m->next, first);
    while (!atomic_compare_exchange_weak(&head, &first, m));
}

static void listed(struct metric *m)
{
    if (!atomic_load_explicit(&m->listed, memory_order_relaxed))
        metric_register(m);
}

void metric_add(struct metric *m, int64_t n)
{
    listed(m);
    atomic_fetch_add_explicit(&m->value, n, memory_order_relaxed);
}

void metric_time(struct metric *m, int64_t us)
{
    size_t i = 0;
    listed(m);
    while (i < METRIC_BUCKETS - 1 && us > edge_us[i])
        i++;
    atomic_fetch_add_explicit(&m->bucket[i], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&m->sum_us, us < 0 ? 0 : us, memory_order_relaxed);
}

static void histogram(struct buf *out, struct metric *m)
{
    const char *label = m->label ? m->label : "", *comma = m->label ? "," : "";
    int64_t total = 0, sum = atomic_load(&m->sum_us);
    for (size_t i = 0; i < METRIC_BUCKETS; i++) {
        char le[32] = "+Inf";
        if (i < METRIC_BUCKETS - 1)
            snprintf(le, sizeof le, "%g", (double)edge_us[i] / 1e6);
        total += atomic_load(&m->bucket[i]);
        buf_printf(out, "%s_bucket{%s%sle=\"%s\"} %lld\n", m->name, label, comma, le, (long long)total);
    }
    const char *open = m->label ? "{" : "", *close = m->label ? "}" : "";
    buf_printf(out, "%s_sum%s%s%s %lld.%06lld\n", m->name, open, label, close, (long long)(sum / 1000000),
               (long long)(sum % 1000000));
    buf_printf(out, "%s_count%s%s%s %lld\n", m->name, open, label, close, (long long)total);
}

static void sample(struct buf *out, struct metric *m)
{
    if (m->kind == METRIC_HISTOGRAM) {
        histogram(out, m);
        return;
    }
    int64_t v = m->read ? m->read() : atomic_load(&m->value);
    if (m->label)
        buf_printf(out, "%s{%s} %lld\n", m->name, m->label, (long long)v);
    else
        buf_printf(out, "%s %lld\n", m->name, (long long)v);
}

static void family(struct buf *out, struct metric *first)
{
    static const char *const kind[] = {"counter", "gauge", "histogram"};
    buf_printf(out, "# HELP %s ", first->name);
    for (const char *p = first->help; *p; p++) {
        if (*p == '\\')
            buf_str(out, "\\\\");
        else if (*p == '\n')
            buf_str(out, "\\n");
        else
            buf_char(out, *p);
    }
    buf_printf(out, "\n# TYPE %s %s\n", first->name, kind[first->kind]);
    for (struct metric *m = first; m; m = atomic_load(&m->next))
        if (strcmp(m->name, first->name) == 0)
            sample(out, m);
}

static int64_t read_resident(void)
{
    long long pages = 0, resident = 0;
    FILE *f = fopen("/proc/self/statm", "re");
    if (f) {
        if (fscanf(f, "%lld %lld", &pages, &resident) != 2) /* NOLINT(cert-err34-c): the kernel wrote it */
            resident = 0;
        fclose(f);
    }
    return resident * sysconf(_SC_PAGESIZE);
}

static int64_t read_open_fds(void)
{
    int64_t n = -3; /* ".", ".." and the descriptor that lists them */
    DIR *d = opendir("/proc/self/fd");
    if (!d)
        return 0;
    while (readdir(d))
        n++;
    closedir(d);
    return n;
}

void metrics_render(struct buf *out)
{
    static struct metric resident = {.name = "process_resident_memory_bytes",
                                     .help = "Resident memory of this process.",
                                     .kind = METRIC_GAUGE,
                                     .read = read_resident};
    static struct metric fds = {
        .name = "process_open_fds", .help = "Open file descriptors.", .kind = METRIC_GAUGE, .read = read_open_fds};
    metric_register(&resident);
    metric_register(&fds);
    struct metric *first = atomic_load(&head);
    for (struct metric *m = first; m; m = atomic_load(&m->next)) {
        bool seen = false;
        for (struct metric *p = first; p != m && !seen; p = atomic_load(&p->next))
            seen = strcmp(p->name, m->name) == 0;
        if (!seen)
            family(out, m);
    }
}
