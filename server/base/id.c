/* id.c - see id.h. SPDX-License-Identifier: MIT */
#include "base/id.h"
#include "base/clock.h"
#include <stdatomic.h>

#define EPOCH_MS INT64_C(1704067200000) /* 2024-01-01T00:00:00Z */

static unsigned node_id;
static _Atomic int64_t last; /* ms << 8 | counter */

void id_set_node(unsigned node)
{
    node_id = node & 15;
}

int64_t id_new(void)
{
    int64_t now = (clock_now_ms() - EPOCH_MS) << 8, prev = atomic_load(&last), next;
    do
        next = now > prev ? now : prev + 1;
    while (!atomic_compare_exchange_weak(&last, &prev, next));
    return (next >> 8) << 12 | (int64_t)node_id << 8 | (next & 255);
}

int64_t id_time_ms(int64_t id)
{
    return (id >> 12) + EPOCH_MS;
}

int64_t id_at(int64_t unix_ms)
{
    return unix_ms <= EPOCH_MS ? 0 : (unix_ms - EPOCH_MS) << 12;
}
