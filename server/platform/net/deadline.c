/* deadline.c - one timer sweeps the deadlines of all connections (lws's own timers are a sorted list: one each would
 * cost O(n) to set), and a thread that ends the process when the loop stands still: a spinning loop answers nobody,
 * a dead process is started again. SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/log.h"
#include "platform/net/net_int.h"
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define SWEEP_MS 100

static uv_timer_t sweeper;
static int64_t expected;
static pthread_t dog;
static pthread_mutex_t dog_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t dog_wake = PTHREAD_COND_INITIALIZER;
static bool dog_runs, dog_ends;

static void look_at(struct conn *c, void *arg)
{
    int64_t now = *(int64_t *)arg;
    if (c->doomed || !c->wsi)
        return;
    if (c->ws) {
        ws_sweep(c, now);
        return;
    }
    /* draining: idle ones go at once, those who have said nothing yet get a second for their request */
    if (net.draining && (c->st == S_IDLE || (c->st == S_NEW && now > net.drain_start + SECOND_MS))) {
        conn_kill(c);
        return;
    }
    if (!c->deadline || now <= c->deadline)
        return;
    atomic_fetch_add(&net.refused, c->st != S_IDLE);
    if (c->st == S_BODY && c->rq) /* the one who still sends gets to know why */
        http_refuse(c, 408, ERR_TIMEOUT, NULL);
    conn_kill(c);
}

static void on_sweep(uv_timer_t *t)
{
    (void)t;
    int64_t now = clock_mono_ms(), lag = now - expected;
    expected = now + SWEEP_MS;
    atomic_store(&net.tick_ms, now);
    if (lag > atomic_load(&net.lag_ms_max))
        atomic_store(&net.lag_ms_max, lag);
    if (guard(GUARD_DEADLINE))
        conn_each(look_at, &now);
    if (net.draining)
        loop_drain_step();
}

void deadline_start(void)
{
    expected = clock_mono_ms() + SWEEP_MS;
    atomic_store(&net.tick_ms, clock_mono_ms());
    uv_timer_init(&net.uv, &sweeper);
    uv_timer_start(&sweeper, on_sweep, SWEEP_MS, SWEEP_MS);
}

void deadline_stop(void)
{
    uv_timer_stop(&sweeper);
    uv_close((uv_handle_t *)&sweeper, NULL);
}

static void *watch(void *unused)
{
    (void)unused;
    int missed = 0; /* twice in a row: a process that was stopped and goes on has one late look */
    pthread_mutex_lock(&dog_lock);
    while (!dog_ends) {
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_sec += 1;
        pthread_cond_clockwait(&dog_wake, &dog_lock, CLOCK_MONOTONIC, &until);
        missed = net_alive(net.cfg.watchdog_s * SECOND_MS) ? 0 : missed + 1;
        if (dog_ends || missed < 2)
            continue;
        log_error("net.watchdog", L_I("seconds", net.cfg.watchdog_s));
        _exit(70);
    }
    pthread_mutex_unlock(&dog_lock);
    return NULL;
}

void watchdog_start(void)
{
    dog_ends = false;
    dog_runs = net.cfg.watchdog_s > 0 && pthread_create(&dog, NULL, watch, NULL) == 0;
}

void watchdog_stop(void)
{
    if (!dog_runs)
        return;
    pthread_mutex_lock(&dog_lock);
    dog_ends = true;
    pthread_cond_signal(&dog_wake);
    pthread_mutex_unlock(&dog_lock);
    pthread_join(dog, NULL);
    dog_runs = false;
}
