/* events.c - see events.h. SPDX-License-Identifier: MIT */
#include "platform/events.h"
#include "base/log.h"
#include "platform/store/db.h"
#include "platform/store/store.h"
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define TRIM_ROWS 500

STMT(q_take, "event.take",
     "INSERT INTO topic_seq(topic, seq) VALUES ($1, $2)"
     " ON CONFLICT (topic) DO UPDATE SET seq = topic_seq.seq + excluded.seq RETURNING seq");
STMT(q_add, "event.add", "INSERT INTO event(topic, seq, at, type, data) VALUES ($1, $2, $3, $4, $5)");
STMT(q_since, "event.since",
     "SELECT seq, at, type, data FROM event WHERE topic = $1 AND seq > $2 ORDER BY seq LIMIT $3");
STMT(q_oldest, "event.oldest", "SELECT seq FROM event WHERE topic = $1 ORDER BY seq LIMIT 1");
STMT(q_newest, "event.newest", "SELECT seq FROM topic_seq WHERE topic = $1");
STMT(q_old, "event.old",
     "SELECT topic, MAX(seq) FROM (SELECT topic, seq FROM event WHERE at < $1 ORDER BY at LIMIT $2) AS old"
     " GROUP BY topic");
STMT(q_trim, "event.trim", "DELETE FROM event WHERE topic = $1 AND seq <= $2");

struct pending_event {
    struct pending_event *next;
    const char *topic, *type, *data;
    int64_t seq;
};

static const struct event_sink *_Atomic the_sink;

void events_set_sink(const struct event_sink *sink)
{
    atomic_store(&the_sink, sink);
}

void cx_emit(struct ctx *cx, const char *topic, const char *type, const char *data)
{
    struct pending_event *p = arena_alloc(cx->arena, sizeof *p);
    *p = (struct pending_event){.topic = topic, .type = type, .data = data};
    *cx->events_tail = p;
    cx->events_tail = &p->next;
}

struct notice {
    int64_t account_id, session_id;
};

static void tell_scope(void *arg)
{
    const struct event_sink *sink = atomic_load(&the_sink);
    struct notice *n = arg;
    if (sink && sink->scope_changed)
        sink->scope_changed(n->account_id);
    free(n);
}

static void tell_revoked(void *arg)
{
    const struct event_sink *sink = atomic_load(&the_sink);
    struct notice *n = arg;
    if (sink && sink->session_revoked)
        sink->session_revoked(n->account_id, n->session_id);
    free(n);
}

static void tell_event(void *arg)
{
    const struct event_sink *sink = atomic_load(&the_sink);
    if (sink && sink->event)
        sink->event(arg);
    else
        free(arg);
}

static void *must_alloc(size_t n)
{
    void *p = malloc(n);
    if (!p)
        abort(); /* like the arena: a lost revocation would be worse */
    return p;
}

static void notify(struct ctx *cx, void (*fn)(void *), int64_t account_id, int64_t session_id)
{
    struct notice *n = must_alloc(sizeof *n);
    *n = (struct notice){account_id, session_id};
    cx_after(cx, fn, free, n);
}

void cx_scope_changed(struct ctx *cx, int64_t account_id)
{
    notify(cx, tell_scope, account_id, 0);
}

void cx_session_revoked(struct ctx *cx, int64_t account_id, int64_t session_id)
{
    notify(cx, tell_revoked, account_id, session_id);
}

const char *topic_user(struct ctx *cx, int64_t account_id)
{
    return arena_printf(cx->arena, "user:%lld", (long long)account_id);
}

const char *topic_repair(struct ctx *cx, int64_t repair_id)
{
    return arena_printf(cx->arena, "repair:%lld", (long long)repair_id);
}

const char *topic_complaint(struct ctx *cx, int64_t complaint_id)
{
    return arena_printf(cx->arena, "complaint:%lld", (long long)complaint_id);
}

const char *topic_pay(struct ctx *cx, int64_t order_id)
{
    return arena_printf(cx->arena, "pay:%lld", (long long)order_id);
}

const char *topic_board(struct ctx *cx, int64_t project_id)
{
    return arena_printf(cx->arena, "project:%lld:board", (long long)project_id);
}

static struct live_event *live(const struct pending_event *p, int64_t at)
{
    size_t nt = strlen(p->topic) + 1, ny = strlen(p->type) + 1, nd = strlen(p->data) + 1;
    struct live_event *ev = must_alloc(sizeof *ev + nt + ny + nd);
    char *text = (char *)(ev + 1);
    *ev = (struct live_event){.seq = p->seq, .at = at, .topic = text, .type = text + nt, .data = text + nt + ny};
    memcpy(text, p->topic, nt);
    memcpy(text + nt, p->type, ny);
    memcpy(text + nt + ny, p->data, nd);
    return ev;
}

/* Numbers all events of one topic by one statement. */
static enum err take_numbers(struct ctx *cx, struct pending_event *first)
{
    int64_t n = 0, last = 0;
    for (struct pending_event *p = first; p; p = p->next)
        n += str_eq(p->topic, first->topic);
    enum err e = db_i64(cx, &q_take, ARGS(TXT(first->topic), I64(n)), &last, NULL);
    for (struct pending_event *p = first; p && !e; p = p->next)
        if (str_eq(p->topic, first->topic))
            p->seq = last - --n;
    return e;
}

/* The smallest topic without numbers: all transactions lock topics in the same order, so that on PostgreSQL
 * two of them cannot wait for each other. */
static struct pending_event *next_topic(struct pending_event *p)
{
    struct pending_event *least = NULL;
    for (; p; p = p->next)
        if (!p->seq && (!least || strcmp(p->topic, least->topic) < 0))
            least = p;
    return least;
}

enum err events_flush(struct ctx *cx)
{
    struct pending_event *first = cx->events, *p;
    enum err e = OK;
    while (!e && (p = next_topic(first)))
        e = take_numbers(cx, p);
    for (p = first; p && !e; p = p->next) {
        e = db_exec(cx, &q_add, ARGS(TXT(p->topic), I64(p->seq), I64(cx->now), TXT(p->type), TXT(p->data)), NULL);
        if (!e)
            cx_after(cx, tell_event, free, live(p, cx->now));
    }
    cx->events = NULL;
    cx->events_tail = &cx->events;
    return e;
}

struct reading {
    const char *topic;
    event_fn *fn;
    void *arg;
};

static enum err event_row(struct ctx *cx, const struct row *r, void *out)
{
    struct reading *d = out;
    struct live_event ev = {.seq = row_i64(r, 0),
                            .at = row_i64(r, 1),
                            .topic = d->topic,
                            .type = row_text(cx, r, 2),
                            .data = row_text(cx, r, 3)};
    d->fn(d->arg, &ev);
    return OK;
}

enum err events_newest(struct ctx *cx, const char *topic, int64_t *newest)
{
    return db_i64(cx, &q_newest, ARGS(TXT(topic)), newest, NULL);
}

enum err events_since(struct ctx *cx, const char *topic, int64_t after, int64_t max, event_fn *fn, void *arg,
                      int64_t *oldest, int64_t *newest)
{
    struct reading d = {topic, fn, arg};
    bool any;
    enum err e = events_newest(cx, topic, newest);
    if (!e)
        e = db_i64(cx, &q_oldest, ARGS(TXT(topic)), oldest, &any);
    if (!e && !any)
        *oldest = *newest + 1; /* nothing is kept: only who is at the newest misses nothing */
    if (!e)
        e = db_each(cx, &q_since, ARGS(TXT(topic), I64(after), I64(max)), event_row, &d);
    return e;
}

struct old_topic {
    struct old_topic *next;
    const char *topic;
    int64_t seq;
};
struct trim {
    int64_t before, gone;
    struct old_topic *list;
};

static enum err old_row(struct ctx *cx, const struct row *r, void *out)
{
    struct trim *t = out;
    struct old_topic *o = arena_alloc(cx->arena, sizeof *o);
    *o = (struct old_topic){.next = t->list, .topic = row_text(cx, r, 0), .seq = row_i64(r, 1)};
    t->list = o;
    return OK;
}

/* Always a whole prefix of a topic, even if the clock once ran backwards: a hole would look like a lost event. */
static enum err trim_chunk(struct ctx *cx, void *arg)
{
    struct trim *t = arg;
    t->list = NULL;
    t->gone = 0;
    enum err e = db_each(cx, &q_old, ARGS(I64(t->before), I64(TRIM_ROWS)), old_row, t);
    for (struct old_topic *o = t->list; o && !e; o = o->next) {
        int64_t n;
        e = db_exec(cx, &q_trim, ARGS(TXT(o->topic), I64(o->seq)), &n);
        t->gone += n;
    }
    return e;
}

/* Inside a transaction one chunk; outside of one, a transaction a chunk until nothing old is left. */
enum err events_trim(struct ctx *cx, int64_t keep_ms, int64_t *gone)
{
    struct trim t = {.before = cx->now - keep_ms};
    *gone = 0;
    enum err e = OK;
    do {
        e = cx->db ? trim_chunk(cx, &t) : store_write(cx, trim_chunk, &t);
        *gone += e ? 0 : t.gone;
    } while (!e && !cx->db && t.gone >= TRIM_ROWS);
    return e;
}
