/* hub_client.c - one client: hello with ticket, subscriptions, catching up, acknowledgements.
 * Jobs carry the connection id, never a pointer: the client may be gone when they come back.
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/log.h"
#include "domain/auth.h"
#include "domain/repair.h"
#include "live/hub_int.h"
#include "live/topics.h"
#include "platform/net/loop.h"
#include <stdlib.h>
#include <string.h>

#define MAX_TOPICS      64
#define MAX_PER_ACCOUNT 8
#define CATCH_UP_MAX    500 /* events per topic and read; more: a gap, the client re-reads by HTTP */

size_t hub_slot(uint64_t key)
{
    return (key * UINT64_C(0x9E3779B97F4A7C15)) >> 50; /* 14 bits: CLIENT_SLOTS */
}

struct client *hub_client(uint64_t conn)
{
    struct client *c = hub.by_conn[hub_slot(conn)];
    while (c && c->conn != conn)
        c = c->next_by_conn;
    return c;
}

static void index_account(struct client *c)
{
    struct client **head = &hub.by_account[hub_slot((uint64_t)c->account_id)];
    c->next_by_account = *head;
    *head = c;
}

/* ---- messages to one client ---- */

static void send_json(struct client *c, struct jw *w)
{
    struct ws_msg *m = ws_msg_new(jw_text(w), w->b.n);
    if (ws_send(c->conn, m, NULL) == WS_FULL)
        ws_close(c->conn, WS_SLOW, "resync");
    ws_msg_unref(m);
}

static void send_simple(struct client *c, const char *type, const char *topic, const char *reason)
{
    struct arena *a = arena_new(0);
    struct jw w;
    jw_init(&w, a);
    jw_obj(&w);
    kv_str(&w, "type", type);
    if (topic)
        kv_str(&w, "topic", topic);
    if (reason)
        kv_str(&w, "reason", reason);
    bool live = strcmp(type, "live") == 0;
    if (live || strcmp(type, "pong") == 0)
        kv_time(&w, "server_now", clock_now_ms());
    if (live) { /* where each topic stands: who started "from now" and drops before the first event can resume from here */
        jw_key(&w, "topics");
        jw_obj(&w);
        for (const struct sub *s = c->subs; s; s = s->next_in_client)
            if (s->last_seq >= 0)
                kv_int(&w, s->topic->name, s->last_seq);
        jw_end(&w);
    }
    jw_end(&w);
    send_json(c, &w);
    arena_free(a);
}

/* ---- catching up: a READ job for up to MAX_TOPICS subscriptions ---- */

struct missed {
    char topic[48];
    int64_t after, oldest, newest;
    enum err e;
    struct live_event *ev;
    size_t n;
};
struct catch_up {
    struct arena *arena;
    struct ctx cx;
    struct job job;
    uint64_t conn;
    int64_t session_id;
    enum err e;
    struct missed *m;
    size_t n;
};

struct collect {
    struct arena *arena;
    struct missed *m;
};

static void on_missed(void *arg, const struct live_event *ev)
{
    struct collect *c = arg;
    c->m->ev[c->m->n++] = (struct live_event){.seq = ev->seq,
                                              .at = ev->at,
                                              .topic = c->m->topic,
                                              .type = arena_strdup(c->arena, ev->type),
                                              .data = arena_strdup(c->arena, ev->data)};
}

static enum err read_topic(struct ctx *cx, struct missed *m)
{
    m->n = 0;
    m->e = topic_check(cx, m->topic);
    if (m->e)
        return m->e == ERR_NOT_FOUND ? OK : m->e;
    if (m->after < 0)
        return events_newest(cx, m->topic, &m->newest);
    struct collect c = {cx->arena, m};
    m->ev = arena_alloc(cx->arena, CATCH_UP_MAX * sizeof *m->ev);
    return events_since(cx, m->topic, m->after, CATCH_UP_MAX, on_missed, &c, &m->oldest, &m->newest);
}

static enum err run_catch_up(struct ctx *cx, void *arg)
{
    struct catch_up *k = arg;
    enum err e = auth_resolve_session(cx, k->session_id);
    for (size_t i = 0; i < k->n && !e; i++) {
        cx->why = (struct why){0};
        e = read_topic(cx, &k->m[i]);
    }
    return e;
}

/* A reader that falls behind what is kept, or by more than one read can carry, is told so and starts from now. */
static void deliver_missed(struct client *c, struct sub *s, struct missed *m)
{
    bool gap = m->after >= 0 && (m->after + 1 < m->oldest ||
                                 (m->n == CATCH_UP_MAX && m->newest > m->ev[m->n - 1].seq) || m->after > m->newest);
    if (gap) {
        hub.stats.gaps++;
        send_simple(c, "gap", s->topic->name, NULL);
    }
    if (m->after < 0 || gap) {
        s->last_seq = m->newest;
        return;
    }
    for (size_t i = 0; i < m->n; i++) {
        struct ws_msg *msg = NULL;
        bool ok = m->ev[i].seq <= s->last_seq || hub_push(s, &m->ev[i], &msg);
        if (msg)
            ws_msg_unref(msg);
        if (!ok)
            return;
        hub.stats.caught_up++;
    }
}

static void finish_catch_up(void *arg)
{
    struct catch_up *k = arg;
    struct client *c = hub_client(k->conn);
    if (c && k->e == ERR_UNAUTHENTICATED) {
        ws_close(c->conn, WS_DEAD_TOKEN, "session ended");
    } else if (c && k->e) { /* the store is busy or away: the client comes back by itself */
        ws_close(c->conn, WS_RESTART, "try again");
    } else if (c) {
        bool more = false;
        for (size_t i = 0; i < k->n; i++) {
            struct sub *s = hub_sub_of(c, k->m[i].topic);
            if (!s)
                continue;
            s->reading = false;
            if (k->m[i].e) {
                send_simple(c, "denied", k->m[i].topic, NULL);
                hub_unsubscribe(s);
                continue;
            }
            deliver_missed(c, s, &k->m[i]);
            s->state = s->again ? SUB_CATCHING : SUB_LIVE;
            more |= s->again;
            s->again = false;
        }
        if (more)
            hub_catch_up(c, NULL);
        else if (!c->told_live) {
            c->told_live = true;
            send_simple(c, "live", NULL, NULL);
        }
    }
    arena_free(k->arena);
}

static void done_catch_up(struct job *job, enum err e)
{
    struct catch_up *k = job->arg;
    k->e = e;
    if (!net_post(finish_catch_up, k))
        arena_free(k->arena);
}

void hub_catch_up(struct client *c, struct sub *only)
{
    struct arena *a = arena_new(0);
    struct catch_up *k = arena_alloc(a, sizeof *k);
    k->arena = a;
    k->conn = c->conn;
    k->session_id = c->session_id;
    k->m = arena_alloc(a, (size_t)(c->nsubs ? c->nsubs : 1) * sizeof *k->m);
    for (struct sub *s = c->subs; s; s = s->next_in_client) {
        if (only ? s != only : s->state != SUB_CATCHING)
            continue;
        s->state = SUB_CATCHING;
        if (s->reading) { /* its rights are read again before anything goes out */
            s->again = true;
            continue;
        }
        s->reading = true;
        struct missed *m = &k->m[k->n++];
        strcpy(m->topic, s->topic->name); /* both char[48] */
        m->after = s->last_seq;
    }
    if (!k->n) {
        arena_free(a);
        return;
    }
    cx_init(&k->cx, a, hub.store);
    k->job = (struct job){.cx = &k->cx, .run = run_catch_up, .done = done_catch_up, .arg = k};
    if (!store_submit_read(hub.store, &k->job)) {
        arena_free(a);
        ws_close(c->conn, WS_RESTART, "busy");
    }
}

/* ---- hello ---- */

struct resume {
    char topic[48];
    int64_t seq;
};
struct hello {
    struct arena *arena;
    struct ctx cx;
    struct job job;
    uint64_t conn;
    const char *ticket;
    enum err e;
    struct resume *resume;
    size_t n;
};

static enum err run_hello(struct ctx *cx, void *arg)
{
    struct hello *h = arg;
    return auth_ticket_take(cx, h->ticket);
}

static void limit_account(struct client *fresh)
{
    struct client *oldest = NULL;
    int n = 0;
    for (struct client *c = hub.by_account[hub_slot((uint64_t)fresh->account_id)]; c; c = c->next_by_account)
        if (c->account_id == fresh->account_id) {
            n++;
            oldest = c; /* the chain is newest first */
        }
    if (n > MAX_PER_ACCOUNT && oldest && oldest != fresh)
        ws_close(oldest->conn, WS_REPLACED, "replaced by a newer connection");
}

static void finish_hello(void *arg)
{
    struct hello *h = arg;
    struct client *c = hub_client(h->conn);
    if (c && h->e) {
        ws_close(c->conn, h->e == ERR_UNAUTHENTICATED ? WS_DEAD_TOKEN : WS_RESTART, "ticket refused");
    } else if (c) {
        const char *own = topic_user(&h->cx, h->cx.who.id);
        c->account_id = h->cx.who.id;
        c->session_id = h->cx.who.session_id;
        c->state = CL_READY;
        index_account(c);
        ws_hello_done(c->conn);
        limit_account(c);
        for (size_t i = 0; i < h->n; i++)
            if (!hub_sub_of(c, h->resume[i].topic))
                hub_subscribe(c, h->resume[i].topic, h->resume[i].seq);
        if (!hub_sub_of(c, own))
            hub_subscribe(c, own, -1);
        if (presence_change(c->account_id, 1) && hub.presence)
            hub.presence(c->account_id, true);
        hub_catch_up(c, NULL);
    }
    arena_free(h->arena);
}

static void done_hello(struct job *job, enum err e)
{
    struct hello *h = job->arg;
    h->e = e;
    if (!net_post(finish_hello, h))
        arena_free(h->arena);
}

/* {"topic": seq, ...}; seq -1 or null: from now on */
static size_t read_resume(struct arena *a, const struct json *map, struct resume **out)
{
    size_t n = 0;
    *out = arena_alloc(a, MAX_TOPICS * sizeof **out);
    const char *key;
    for (size_t i = 0; map && (key = json_key_at(map, i)) && n < MAX_TOPICS; i++) {
        struct resume *r = &(*out)[n];
        if (!topic_name_valid(key))
            continue;
        strcpy(r->topic, key); /* checked: shorter than 48 */
        if (!json_i64(map, key, &r->seq) || r->seq < 0)
            r->seq = -1;
        n++;
    }
    return n;
}

static void op_hello(struct client *c, struct arena *a, const struct json *j)
{
    const char *ticket = json_str(j, "ticket");
    if (c->state != CL_NEW || !ticket || strlen(ticket) != 43) {
        ws_close(c->conn, WS_POLICY, "hello needs a ticket, once");
        arena_free(a);
        return;
    }
    struct hello *h = arena_alloc(a, sizeof *h);
    h->arena = a;
    h->conn = c->conn;
    h->ticket = ticket;
    h->n = read_resume(a, json_get(j, "resume"), &h->resume);
    cx_init(&h->cx, a, hub.store);
    h->job = (struct job){.cx = &h->cx, .run = run_hello, .done = done_hello, .arg = h};
    c->state = CL_HELLO;
    if (!store_submit_write(hub.store, &h->job)) {
        ws_close(c->conn, WS_RESTART, "busy");
        arena_free(a);
    }
}

/* ---- other operations ---- */

static void op_sub(struct client *c, const struct json *j)
{
    const struct json *list = json_get(j, "topics"), *resume = json_get(j, "resume"), *x;
    for (size_t i = 0; (x = json_at(list, i)); i++) {
        const char *name = json_text(x);
        int64_t seq = -1;
        if (!name || !topic_name_valid(name) || hub_sub_of(c, name))
            continue;
        if (c->nsubs >= MAX_TOPICS) {
            send_simple(c, "denied", name, "too many topics");
            continue;
        }
        if (!resume || !json_i64(resume, name, &seq) || seq < 0)
            seq = -1;
        hub_subscribe(c, name, seq);
    }
    c->told_live = false; /* "live" again once these have caught up */
    hub_catch_up(c, NULL);
}

static void op_unsub(struct client *c, const struct json *j)
{
    const struct json *list = json_get(j, "topics"), *x;
    for (size_t i = 0; (x = json_at(list, i)); i++) {
        struct sub *s = json_text(x) ? hub_sub_of(c, json_text(x)) : NULL;
        if (s)
            hub_unsubscribe(s);
    }
}

struct seen {
    struct arena *arena;
    struct ctx cx;
    struct job job;
    int64_t offer_id;
    bool seen;
};

static enum err run_seen(struct ctx *cx, void *arg)
{
    struct seen *s = arg;
    return offer_seen(cx, s->offer_id, s->seen);
}

static void done_seen(struct job *job, enum err e)
{
    struct seen *s = job->arg;
    (void)e; /* a lost acknowledgement only means one more message to the technician */
    arena_free(s->arena);
}

static void op_seen(struct client *c, const struct json *j, bool seen)
{
    struct arena *a = arena_new(0);
    struct seen *s = arena_alloc(a, sizeof *s);
    s->arena = a;
    s->seen = seen;
    cx_init(&s->cx, a, hub.store);
    s->cx.who.id = c->account_id;
    s->job = (struct job){.cx = &s->cx, .run = run_seen, .done = done_seen, .arg = s};
    if (!parse_i64(json_str(j, "offer"), &s->offer_id) || !store_submit_write(hub.store, &s->job))
        arena_free(a);
}

static void on_message(uint64_t conn, const char *text, size_t n)
{
    struct client *c = hub_client(conn);
    if (!c)
        return;
    struct arena *a = arena_new(0);
    const struct json *j = json_parse(a, text, n);
    const char *op = json_str(j, "op");
    if (op && strcmp(op, "hello") == 0) {
        op_hello(c, a, j); /* keeps the arena */
        return;
    }
    if (!op || (c->state != CL_READY && strcmp(op, "ping") != 0))
        ws_close(conn, WS_POLICY, "say hello first");
    else if (strcmp(op, "ping") == 0)
        send_simple(c, "pong", NULL, NULL);
    else if (strcmp(op, "sub") == 0)
        op_sub(c, j);
    else if (strcmp(op, "unsub") == 0)
        op_unsub(c, j);
    else if (strcmp(op, "ack") == 0)
        op_seen(c, j, false);
    else if (strcmp(op, "seen") == 0)
        op_seen(c, j, true);
    else
        ws_close(conn, WS_POLICY, "unknown op");
    arena_free(a);
}

static void on_open(uint64_t conn, const char *ip, const char *origin)
{
    (void)origin;
    struct client *c = calloc(1, sizeof *c);
    if (!c)
        abort();
    c->conn = conn;
    size_t k = strnlen(ip, sizeof c->ip - 1);
    memcpy(c->ip, ip, k);
    struct client **head = &hub.by_conn[hub_slot(conn)];
    c->next_by_conn = *head;
    *head = c;
    hub.stats.clients++;
    if (hub.draining)
        ws_close(conn, WS_RESTART, "restarting");
}

static void on_closed(uint64_t conn)
{
    struct client *c = hub_client(conn);
    if (!c)
        return;
    while (c->subs)
        hub_unsubscribe(c->subs);
    struct client **p = &hub.by_conn[hub_slot(conn)];
    while (*p != c)
        p = &(*p)->next_by_conn;
    *p = c->next_by_conn;
    p = &hub.by_account[hub_slot((uint64_t)c->account_id)];
    while (*p && *p != c)
        p = &(*p)->next_by_account;
    if (*p)
        *p = c->next_by_account;
    hub.stats.clients--;
    if (c->account_id && presence_change(c->account_id, -1) && hub.presence)
        hub.presence(c->account_id, false);
    free(c);
}

const struct ws_hooks *hub_hooks(struct store *s)
{
    static const struct ws_hooks hooks = {on_open, on_message, on_closed};
    hub.store = s;
    return &hooks;
}
