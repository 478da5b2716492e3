/* queue.c - see queue.h. SPDX-License-Identifier: MIT */
#include "platform/jobs/queue.h"
#include "base/clock.h"
#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

_Thread_local bool on_lane;

void queue_init(struct queue *q, int max)
{
    pthread_condattr_t mono;
    *q = (struct queue){.max = max, .tail = &q->head};
    pthread_condattr_init(&mono);
    pthread_condattr_setclock(&mono, CLOCK_MONOTONIC);
    pthread_mutex_init(&q->lock, NULL);
    pthread_cond_init(&q->filled, &mono);
    pthread_cond_init(&q->drained, &mono);
    pthread_condattr_destroy(&mono);
}

void queue_destroy(struct queue *q)
{
    pthread_cond_destroy(&q->filled);
    pthread_cond_destroy(&q->drained);
    pthread_mutex_destroy(&q->lock);
}

bool queue_put(struct queue *q, struct job *job, bool wait)
{
    job->next = NULL;
    job->queued_mono_us = clock_mono_us();
    pthread_mutex_lock(&q->lock);
    q->putters++;
    while (wait && !q->closing && q->n >= q->max)
        pthread_cond_wait(&q->drained, &q->lock);
    q->putters--;
    bool ok = !q->closing && q->n < q->max;
    if (ok) {
        *q->tail = job;
        q->tail = &job->next;
        q->n++;
        if (q->takers)
            pthread_cond_signal(&q->filled);
    }
    pthread_mutex_unlock(&q->lock);
    return ok;
}

static void wait_filled(struct queue *q, int wait_ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += wait_ms / 1000;
    until.tv_nsec += (wait_ms % 1000) * 1000000L;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_nsec -= 1000000000L;
        until.tv_sec++;
    }
    q->takers++;
    while (!q->head && !q->closing) {
        int rc = wait_ms < 0 ? pthread_cond_wait(&q->filled, &q->lock)
                             : pthread_cond_timedwait(&q->filled, &q->lock, &until);
        if (rc == ETIMEDOUT)
            break;
    }
    q->takers--;
}

struct job *queue_take(struct queue *q, int max, int wait_ms, bool *closed)
{
    pthread_mutex_lock(&q->lock);
    if (!q->head && !q->closing && wait_ms)
        wait_filled(q, wait_ms);
    struct job *list = q->head, *last = NULL;
    int n = 0;
    for (struct job *j = list; j && n < max; j = j->next, n++)
        last = j;
    if (last) {
        q->head = last->next;
        last->next = NULL;
        if (!q->head)
            q->tail = &q->head;
    }
    q->n -= n;
    *closed = q->closing && !list;
    if (n && q->putters)
        pthread_cond_broadcast(&q->drained);
    pthread_mutex_unlock(&q->lock);
    return list;
}

void queue_close(struct queue *q)
{
    pthread_mutex_lock(&q->lock);
    q->closing = true;
    pthread_cond_broadcast(&q->filled);
    pthread_cond_broadcast(&q->drained);
    pthread_mutex_unlock(&q->lock);
}

int queue_length(struct queue *q)
{
    pthread_mutex_lock(&q->lock);
    int n = q->n;
    pthread_mutex_unlock(&q->lock);
    return n;
}

bool thread_start(pthread_t *t, const char *name, void *(*fn)(void *), void *arg)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int rc = pthread_create(t, NULL, fn, arg);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (rc == 0)
        pthread_setname_np(*t, name);
    return rc == 0;
}

void thread_nice(int n)
{
    setpriority(PRIO_PROCESS, (id_t)gettid(), n);
}
