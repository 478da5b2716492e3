/* jobs_webhooks.c - tells other programs: one thread makes deliveries of board events, three POST them, two more POST to
 * those who take long to answer, so that nobody waits for them but their like. SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "domain/outbox.h"
#include "domain/webhook.h"
#include "main/jobs.h"
#include "main/parts.h"
#include "platform/config.h"
#include "platform/http_out.h"
#include "platform/jobs/queue.h"
#include <string.h>

#define BATCH      64
#define TIMEOUT_MS 10000

struct relay {
    struct webhook_due due[BATCH], *one;
    size_t n;
};

static enum err run_moved(struct ctx *cx, void *arg)
{
    struct relay *r = arg;
    return webhook_moved(cx, r->due, BATCH, &r->n);
}

static enum err run_relay(struct ctx *cx, void *arg)
{
    return webhook_relay(cx, ((struct relay *)arg)->one);
}

static void relay_all(void)
{
    struct relay r = {.n = 0};
    if (jobs_run("webhooks.moved", run_moved, &r, false) != OK)
        return;
    for (size_t i = 0; i < r.n && !jobs_stopping(); i++) {
        r.one = &r.due[i];
        if (jobs_run("webhooks.relay", run_relay, &r, true) == OK)
            jobs_wake(WAKE_WEBHOOKS);
    }
}

struct one {
    struct sending s;
    bool slow, found;
    int status;
    const char *error;
    int64_t took_ms;
};

static enum err run_claim(struct ctx *cx, void *arg)
{
    struct one *o = arg;
    return webhook_claim(cx, o->slow, &o->s, &o->found);
}

static enum err run_done(struct ctx *cx, void *arg)
{
    struct one *o = arg;
    return webhook_done(cx, &o->s, o->status, o->error, o->took_ms);
}

/* What the answer says does not matter, only that it is a 2xx; redirects are not followed. */
static void post(struct arena *a, struct one *o)
{
    struct out_reply reply = {0};
    const char *headers[] = {
        "Content-Type: application/json",
        "User-Agent: Anju-Webhook/1",
        arena_printf(a, "Anju-Event: %s", o->s.event),
        arena_printf(a, "Anju-Delivery: %lld", (long long)o->s.id),
        arena_printf(a, "Anju-Signature: %s",
                     webhook_signature(a, or_empty(o->s.secret), clock_now_ms() / 1000, o->s.body)),
        NULL};
    struct out_request rq = {.method = "POST",
                             .url = o->s.url,
                             .headers = headers,
                             .body = o->s.body,
                             .body_len = strlen(o->s.body),
                             .timeout_ms = TIMEOUT_MS,
                             .max_body = 65536,
                             .public_only = !config()->test_hooks};
    int64_t from = clock_mono_ms();
    enum err e = http_out(a, &rq, &reply);
    o->took_ms = clock_mono_ms() - from;
    o->status = e ? 0 : reply.status;
    o->error = e                                           ? err_text(e, 0)
               : reply.status >= 200 && reply.status < 300 ? ""
                                                           : arena_printf(a, "HTTP %d", reply.status);
}

static bool send_one(bool slow)
{
    struct work_cx w;
    struct one o = {.slow = slow};
    jobs_begin(&w);
    enum err e = store_write(&w.cx, run_claim, &o);
    if (!e && o.found) {
        struct ctx done;
        post(w.arena, &o);
        cx_init(&done, w.arena, w.cx.store); /* the time has moved on */
        e = store_write(&done, run_done, &o);
    }
    jobs_report("webhooks.send", &w.cx, e);
    jobs_end(&w);
    return !e && o.found;
}

void *jobs_webhooks(void *arg)
{
    (void)arg;
    thread_nice(5);
    while (!jobs_stopping()) {
        relay_all();
        jobs_sleep(0, 1000);
    }
    return NULL;
}

void *jobs_webhooks_send(void *arg)
{
    (void)arg;
    thread_nice(5);
    while (!jobs_stopping())
        if (!send_one(false))
            jobs_sleep(WAKE_WEBHOOKS, 1000);
    return NULL;
}

void *jobs_webhooks_slow(void *arg)
{
    (void)arg;
    thread_nice(5);
    while (!jobs_stopping())
        if (!send_one(true))
            jobs_sleep(0, 1000);
    return NULL;
}
