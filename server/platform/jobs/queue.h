/* queue.h - a bounded queue of jobs between threads. THREAD: any.  SPDX-License-Identifier: MIT */
#ifndef PLATFORM_JOBS_QUEUE_H
#define PLATFORM_JOBS_QUEUE_H
#include "platform/store/store.h"
#include <pthread.h>

struct queue {
    pthread_mutex_t lock;
    pthread_cond_t filled, drained;
    struct job *head, **tail;
    int n, max, takers, putters; /* takers, putters: how many threads wait */
    bool closing;
};

void queue_init(struct queue *q, int max);
void queue_destroy(struct queue *q);
/* false: full (without `wait`) or closing; the job is still the caller's. Stamps queued_mono_us. */
bool queue_put(struct queue *q, struct job *job, bool wait);
/* Takes at most max jobs as a list, oldest first; waits at most wait_ms (-1: for ever). NULL with *closed:
 * no job will come any more. */
struct job *queue_take(struct queue *q, int max, int wait_ms, bool *closed);
void queue_close(struct queue *q);
int queue_length(struct queue *q);

/* A thread that takes no signals (they are for the main thread). false: the system refuses. */
bool thread_start(pthread_t *t, const char *name, void *(*fn)(void *), void *arg);
/* Lets the other threads of this process go first (n > 0). */
void thread_nice(int n);
/* True on threads that run jobs: they must not wait for a job themselves. */
extern _Thread_local bool on_lane;

#endif
