/* webhook.h - telling other programs what happens on a project's board.
 *
 *   board events (events.h) --relay, one cursor a project--> webhook_delivery --POST--> 2xx DONE
 *                                                              PENDING --no--> at once, 1 m, 5 m, 30 m, 2 h, 6 h, 24 h --> DEAD
 *
 * At least once, in no promised order; the delivery's id is the same on every try. Signed: Anju-Signature: t=UNIX,v1=HEX of
 * HMAC-SHA256(secret, "t.body"). Each webhook has one delivery under way at a time and its turn when it has waited longest; those
 * whose last answer was slow take turns among themselves, so they hold up nobody else. After a week without one success a webhook is switched off and the administrators see why.
 * The body holds what the board shows, so no personal data. SPDX-License-Identifier: MIT */
#ifndef DOMAIN_WEBHOOK_H
#define DOMAIN_WEBHOOK_H
#include "platform/ctx.h"

#define WEBHOOKS_MAX      20 /* of a company */
#define WEBHOOK_KEEP_DAYS 42
#define WEBHOOK_SLOW_MS   2000 /* an answer that takes so long puts a webhook among the slow ones, a quicker one back */

struct webhook {
    int64_t id, project_id, version, created_at, failing_since;
    const char *url, *events, *off_reason; /* events: ",repair.status," */
    bool enabled;
};
/* The events a webhook may ask for. */
extern const char *const webhook_event[];
extern const size_t webhook_events;
/* *secret: shown once. url: https, no user part; loopback only on test servers. WRITE */
MUST_CHECK enum err webhook_put(struct ctx *cx, const struct webhook *in, int64_t *id, const char **secret);
MUST_CHECK enum err webhook_change(struct ctx *cx,
                                   const struct webhook *in); /* by version; enabling clears off_reason */
MUST_CHECK enum err webhook_drop(struct ctx *cx, int64_t id, int64_t version);
typedef void webhook_fn(void *arg, const struct webhook *w);
MUST_CHECK enum err webhook_list(struct ctx *cx, webhook_fn *fn, void *arg);
struct delivery {
    int64_t id, webhook_id, project_id, attempts, status, created_at, done_at, next_at;
    const char *event, *body, *state, *error;
};
typedef void delivery_fn(void *arg, const struct delivery *d);
MUST_CHECK enum err webhook_deliveries(struct ctx *cx, int64_t webhook_id, int64_t before, int64_t limit,
                                       delivery_fn *fn, void *arg);
MUST_CHECK enum err webhook_again(struct ctx *cx, int64_t delivery_id); /* a dead one, once more from the beginning */

/* ---- the job's part ---- */
/* Projects with somebody to tell and events not looked at yet. READ */
struct webhook_due {
    int64_t company_id, project_id, from, to; /* sequence numbers: from < seq <= to */
};
MUST_CHECK enum err webhook_moved(struct ctx *cx, struct webhook_due *due, size_t max, size_t *n);
/* Makes the deliveries of at most 200 events and moves the cursor. WRITE */
MUST_CHECK enum err webhook_relay(struct ctx *cx, const struct webhook_due *due);
struct sending {
    int64_t id, webhook_id, attempts, created_at, turn_at;
    const char *url, *secret, *event, *body;
};
/* The oldest due delivery of the webhook that has waited longest, among the slow ones or the others; a webhook has one under
 * way at a time. A lease of 60 s. WRITE */
MUST_CHECK enum err webhook_claim(struct ctx *cx, bool slow, struct sending *out, bool *found);
const char *webhook_signature(struct arena *a, const char *secret, int64_t unix_s, const char *body);
/* status 0: no answer. took_ms decides among whom the webhook waits for its next turn. WRITE */
MUST_CHECK enum err webhook_done(struct ctx *cx, const struct sending *s, int status, const char *error,
                                 int64_t took_ms);
MUST_CHECK enum err webhook_sweep(struct ctx *cx, int64_t *gone); /* what is over and 42 days old */

#endif
