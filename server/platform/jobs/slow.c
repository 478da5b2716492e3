/* slow.c - see slow.h. SPDX-License-Identifier: MIT */
#include "platform/jobs/slow.h"
#include "base/clock.h"
#include "base/log.h"
#include "platform/jobs/queue.h"
#include <stdlib.h>

struct slow_lane {
    struct queue queue;
    int n;
    pthread_t thread[];
};

static void *serve(void *arg)
{
    struct slow_lane *l = arg;
    bool closed = false;
    while (!closed) {
        struct job *j = queue_take(&l->queue, 1, -1, &closed);
        if (!j)
            continue;
        bool late = j->give_up_mono_ms && clock_mono_ms() > j->give_up_mono_ms;
        j->done(j, late ? ERR_TIMEOUT : j->run(j->cx, j->arg));
    }
    return NULL;
}

struct slow_lane *slow_start(int threads, int queue_max)
{
    struct slow_lane *l = calloc(1, sizeof *l + (size_t)threads * sizeof(pthread_t));
    if (!l)
        return NULL;
    queue_init(&l->queue, queue_max);
    while (l->n < threads && thread_start(&l->thread[l->n], "slow", serve, l))
        l->n++;
    if (l->n < threads) {
        log_error("slow.no_thread", L_I("started", l->n));
        slow_stop(l);
        return NULL;
    }
    return l;
}

void slow_stop(struct slow_lane *l)
{
    if (!l)
        return;
    queue_close(&l->queue);
    for (int i = 0; i < l->n; i++)
        pthread_join(l->thread[i], NULL);
    queue_destroy(&l->queue);
    free(l);
}

bool slow_submit(struct slow_lane *l, struct job *job)
{
    return queue_put(&l->queue, job, false);
}
