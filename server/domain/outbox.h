/* outbox.h - work promised by a transaction and done by a job after it: dispatch, bill hooks, module events.
 * A row is deleted by the transaction that has done the work, so doing twice is possible and must be harmless.
 * SPDX-License-Identifier: MIT */
#ifndef DOMAIN_OUTBOX_H
#define DOMAIN_OUTBOX_H
#include "platform/ctx.h"

struct outbox_row {
    int64_t id, ref, version, company_id, project_id, attempts;
    const char *kind, *payload;
};
MUST_CHECK enum err outbox_add(struct ctx *cx, const char *kind, int64_t ref, int64_t version, int64_t project_id,
                               const char *payload);
/* What waits for (ref, from) is meant for (ref, to) now: a step that changes nothing for the job took a version. */
MUST_CHECK enum err outbox_carry(struct ctx *cx, const char *kind, int64_t ref, int64_t from, int64_t to);
/* Due rows of one kind, oldest first. READ. */
MUST_CHECK enum err outbox_due(struct ctx *cx, const char *kind, size_t max, struct outbox_row **rows, size_t *n);
MUST_CHECK enum err outbox_delete(struct ctx *cx, int64_t id);
/* Tries again later with back-off; keeps the reason. After 10 attempts the row stays as a dead letter (next_at far). */
MUST_CHECK enum err outbox_retry(struct ctx *cx, const struct outbox_row *row, const char *error);
/* Wakes the jobs concerned after the commit of this transaction. The waker is set by main; without one they find the
 * work within a second. */
enum {
    WAKE_RELAY = 1,
    WAKE_MESSAGES = 2,
    WAKE_BILLS = 4,
    WAKE_PAY = 8,
    WAKE_MONEY = 16,
    WAKE_WEBHOOKS = 32,
    WAKE_KINDS = 6
};
void outbox_set_waker(void (*fn)(unsigned what));
void outbox_wake(struct ctx *cx, unsigned what);

#endif
