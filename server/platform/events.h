/* events.h - live events: rows with a per-topic sequence number, written by the transaction that
 * causes them, pushed after it has committed.
 *
 * Topics: "user:{account}", "repair:{id}", "complaint:{id}", "project:{id}:board", "pay:{order}".
 * The number is taken by the transaction's last statements (a topic is a hot row). After the commit the
 * sink (live/hub) gets every event in order; on other nodes the bus carries {topic, seq} as a hint only.
 * SPDX-License-Identifier: MIT */
#ifndef PLATFORM_EVENTS_H
#define PLATFORM_EVENTS_H
#include "platform/ctx.h"

struct live_event { /* one malloc'ed block, freed by free() */
    int64_t seq, at;
    const char *topic, *type, *data; /* data: JSON object text */
};

/* data: JSON object text (arena). Emitting the same (topic, type) twice in one transaction makes two events. */
void cx_emit(struct ctx *cx, const char *topic, const char *type, const char *data);
/* Rights of an account have changed: its sockets check their topics again before anything more is sent. */
void cx_scope_changed(struct ctx *cx, int64_t account_id);
/* Sessions are dead: their sockets close (code 4401) and caches forget them. session_id 0: all of the account;
 * negative: all but -session_id. */
void cx_session_revoked(struct ctx *cx, int64_t account_id, int64_t session_id);

const char *topic_user(struct ctx *cx, int64_t account_id); /* arena */
const char *topic_repair(struct ctx *cx, int64_t repair_id);
const char *topic_complaint(struct ctx *cx, int64_t complaint_id);
const char *topic_pay(struct ctx *cx, int64_t order_id);
const char *topic_board(struct ctx *cx, int64_t project_id);

/* Called by the lanes: write the pending events (last statements of the transaction). */
MUST_CHECK enum err events_flush(struct ctx *cx);

/* Who hears of commits. Called on a lane's thread in commit order; must not block; owns ev. */
struct event_sink {
    void (*event)(struct live_event *ev);
    void (*scope_changed)(int64_t account_id);
    void (*session_revoked)(int64_t account_id, int64_t session_id);
};
void events_set_sink(const struct event_sink *sink);

/* Reading back: events of topic with seq > after, oldest first, at most max. *oldest = smallest seq kept
 * (a client that is behind it gets a gap), *newest = last seq given out. fn gets borrowed pointers. */
typedef void event_fn(void *arg, const struct live_event *ev);
MUST_CHECK enum err events_since(struct ctx *cx, const char *topic, int64_t after, int64_t max, event_fn *fn, void *arg,
                                 int64_t *oldest, int64_t *newest);
MUST_CHECK enum err events_newest(struct ctx *cx, const char *topic, int64_t *newest);
/* Deletes events older than keep_ms, in chunks; returns how many by *gone. */
MUST_CHECK enum err events_trim(struct ctx *cx, int64_t keep_ms, int64_t *gone);

#endif
