/* hub.c - topics and subscriptions on the loop thread. See hub.h for the idea; hub_client.c speaks with clients.
 * SPDX-License-Identifier: MIT */
#include "base/text.h"
#include "domain/auth.h"
#include "live/hub_int.h"
#include "live/topics.h"
#include "platform/metrics.h"
#include "platform/net/loop.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TOPIC_SLOTS 4096

struct hub hub;
static struct topic *topics[TOPIC_SLOTS];
static void (*publish)(const char *channel, const char *text);

static size_t slot(const char *name)
{
    uint64_t h = UINT64_C(1469598103934665603);
    for (; *name; name++)
        h = (h ^ (unsigned char)*name) * UINT64_C(1099511628211);
    return h % TOPIC_SLOTS;
}

static struct topic *topic_find(const char *name)
{
    struct topic *t = topics[slot(name)];
    while (t && strcmp(t->name, name) != 0)
        t = t->next;
    return t;
}

struct sub *hub_subscribe(struct client *c, const char *name, int64_t last_seq)
{
    struct topic *t = topic_find(name);
    if (!t) {
        t = calloc(1, sizeof *t);
        if (!t)
            abort();
        snprintf(t->name, sizeof t->name, "%s", name);
        t->next = topics[slot(name)];
        topics[slot(name)] = t;
        hub.stats.topics++;
    }
    struct sub *s = calloc(1, sizeof *s);
    if (!s)
        abort();
    *s = (struct sub){
        .client = c, .topic = t, .last_seq = last_seq, .next_in_topic = t->subs, .next_in_client = c->subs};
    t->subs = s;
    c->subs = s;
    c->nsubs++;
    hub.stats.subscriptions++;
    return s;
}

void hub_unsubscribe(struct sub *s)
{
    struct topic *t = s->topic;
    struct sub **p = &t->subs, **q = &s->client->subs;
    while (*p != s)
        p = &(*p)->next_in_topic;
    *p = s->next_in_topic;
    while (*q != s)
        q = &(*q)->next_in_client;
    *q = s->next_in_client;
    s->client->nsubs--;
    hub.stats.subscriptions--;
    free(s);
    if (t->subs)
        return;
    struct topic **at = &topics[slot(t->name)];
    while (*at != t)
        at = &(*at)->next;
    *at = t->next;
    hub.stats.topics--;
    free(t);
}

struct sub *hub_sub_of(const struct client *c, const char *name)
{
    for (struct sub *s = c->subs; s; s = s->next_in_client)
        if (strcmp(s->topic->name, name) == 0)
            return s;
    return NULL;
}

/* ---- events ---- */

static struct ws_msg *format(const struct live_event *ev)
{
    struct arena *a = arena_new(0);
    struct jw w;
    jw_init(&w, a);
    jw_obj(&w);
    kv_str(&w, "type", "event");
    kv_str(&w, "topic", ev->topic);
    kv_int(&w, "seq", ev->seq);
    kv_str(&w, "event", ev->type);
    kv_time(&w, "at", ev->at);
    kv_raw(&w, "data", ev->data);
    jw_end(&w);
    struct ws_msg *m = ws_msg_new(jw_text(&w), w.b.n);
    arena_free(a);
    return m;
}

/* Only snapshots may replace one another in a slow client's queue: status of the same order on the board. */
static const char *conflation_key(const struct live_event *ev, char key[96])
{
    if (!topic_conflates(ev->topic) || strcmp(ev->type, "repair.status") != 0)
        return NULL;
    const char *id = strstr(ev->data, "\"repair_id\":\"");
    if (!id)
        return NULL;
    snprintf(key, 96, "%.47s|%.20s", ev->topic, id + 13);
    return key;
}

bool hub_push(struct sub *s, const struct live_event *ev, struct ws_msg **shared)
{
    char key[96];
    struct client *c = s->client;
    if (!*shared)
        *shared = format(ev);
    switch (ws_send(c->conn, *shared, conflation_key(ev, key))) {
    case WS_SENT:
        s->last_seq = ev->seq;
        hub.stats.pushed++;
        return true;
    case WS_FULL: /* it cannot keep up: let it come back and read the store */
        hub.stats.resyncs++;
        ws_close(c->conn, WS_SLOW, "resync");
        return false;
    case WS_GONE:
        return false;
    }
    return false;
}

static void on_event(void *arg)
{
    struct live_event *ev = arg;
    struct topic *t = topic_find(ev->topic);
    struct ws_msg *m = NULL;
    for (struct sub *s = t ? t->subs : NULL, *next; s; s = next) {
        next = s->next_in_topic;
        if (s->state == SUB_CATCHING)
            s->again = true;
        else if (ev->seq == s->last_seq + 1)
            hub_push(s, ev, &m);
        else if (ev->seq > s->last_seq)
            hub_catch_up(s->client, s);
    }
    if (m)
        ws_msg_unref(m);
    free(ev);
}

static void each_client_of(int64_t account_id, void (*fn)(struct client *c, int64_t arg), int64_t arg)
{
    for (struct client *c = hub.by_account[hub_slot((uint64_t)account_id)], *next; c; c = next) {
        next = c->next_by_account;
        if (c->account_id == account_id)
            fn(c, arg);
    }
}

static void recheck(struct client *c, int64_t arg)
{
    (void)arg;
    for (struct sub *s = c->subs; s; s = s->next_in_client)
        s->state = SUB_CATCHING;
    hub_catch_up(c, NULL);
}

struct account_session {
    int64_t account_id, session_id;
};

static void on_scope(void *arg)
{
    struct account_session *s = arg;
    each_client_of(s->account_id, recheck, 0);
    free(s);
}

static void drop_session(struct client *c, int64_t session_id)
{
    bool hit = session_id == 0 || c->session_id == session_id || (session_id < 0 && c->session_id != -session_id);
    if (!hit)
        return;
    for (struct sub *s = c->subs; s; s = s->next_in_client)
        s->state = SUB_CATCHING; /* nothing more is sent, whatever the close takes */
    ws_close(c->conn, WS_DEAD_TOKEN, "session ended");
}

static void on_session(void *arg)
{
    struct account_session *s = arg;
    each_client_of(s->account_id, drop_session, s->session_id);
    free(s);
}

/* ---- the sink: any thread ---- */

static void hint(const char *kind, const char *what, int64_t number)
{
    char text[160];
    if (!publish)
        return;
    snprintf(text, sizeof text, "%s %s %lld", kind, what, (long long)number);
    publish(HUB_CHANNEL, text);
}

static void hint_account(const char *kind, int64_t account_id, int64_t number)
{
    char id[24];
    snprintf(id, sizeof id, "%lld", (long long)account_id);
    hint(kind, id, number);
}

static void sink_event(struct live_event *ev)
{
    hint("event", ev->topic, ev->seq);
    if (!net_post(on_event, ev))
        free(ev);
}

static void post_account(void (*fn)(void *), int64_t account_id, int64_t session_id)
{
    struct account_session *s = malloc(sizeof *s);
    if (!s)
        abort();
    *s = (struct account_session){account_id, session_id};
    auth_forget(account_id);
    if (!net_post(fn, s))
        free(s);
}

static void sink_scope(int64_t account_id)
{
    hint_account("scope", account_id, 0);
    post_account(on_scope, account_id, 0);
}

static void sink_session(int64_t account_id, int64_t session_id)
{
    hint_account("session", account_id, session_id);
    post_account(on_session, account_id, session_id);
}

const struct event_sink *hub_sink(void)
{
    static const struct event_sink sink = {sink_event, sink_scope, sink_session};
    return &sink;
}

static void on_hint(const char *name, int64_t seq)
{
    struct topic *t = topic_find(name);
    for (struct sub *s = t ? t->subs : NULL; s; s = s->next_in_topic) {
        if (s->state == SUB_CATCHING)
            s->again = true;
        else if (seq > s->last_seq)
            hub_catch_up(s->client, s);
    }
}

/* Another node committed something: "event <topic> <seq>", "scope <account> 0", "session <account> <session>".
 * We know only that there is more to read. */
void hub_bus_hint(const char *channel, const char *text)
{
    char copy[160], *save = NULL;
    int64_t a = 0, b = 0;
    (void)channel;
    snprintf(copy, sizeof copy, "%s", text);
    const char *kind = strtok_r(copy, " ", &save), *what = strtok_r(NULL, " ", &save),
               *number = strtok_r(NULL, " ", &save);
    if (!number || !parse_i64(number, &b))
        return;
    if (str_eq(kind, "event"))
        on_hint(what, b);
    else if (str_eq(kind, "scope") && parse_i64(what, &a))
        post_account(on_scope, a, 0);
    else if (str_eq(kind, "session") && parse_i64(what, &a))
        post_account(on_session, a, b);
}

void hub_set_publisher(void (*fn)(const char *channel, const char *text))
{
    publish = fn;
}

void hub_set_presence(void (*presence)(int64_t account_id, bool online))
{
    hub.presence = presence;
}

void hub_drain(void)
{
    hub.draining = true;
}

/* ---- metrics: counters are written by the loop only; a scrape may read one a moment old ---- */

void hub_stats(struct hub_stats *out)
{
    *out = (struct hub_stats){.clients = atomic_load_explicit(&hub.stats.clients, memory_order_relaxed),
                              .topics = atomic_load_explicit(&hub.stats.topics, memory_order_relaxed),
                              .subscriptions = atomic_load_explicit(&hub.stats.subscriptions, memory_order_relaxed),
                              .pushed = atomic_load_explicit(&hub.stats.pushed, memory_order_relaxed),
                              .caught_up = atomic_load_explicit(&hub.stats.caught_up, memory_order_relaxed),
                              .gaps = atomic_load_explicit(&hub.stats.gaps, memory_order_relaxed),
                              .resyncs = atomic_load_explicit(&hub.stats.resyncs, memory_order_relaxed)};
}
