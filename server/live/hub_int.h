/* hub_int.h - shared by the hub*.c files only. SPDX-License-Identifier: MIT */
#ifndef LIVE_HUB_INT_H
#define LIVE_HUB_INT_H
#include "base/json.h"
#include "live/hub.h"
#include <stdatomic.h>

enum sub_state { SUB_CATCHING, SUB_LIVE };
struct sub {
    struct client *client;
    struct topic *topic;
    int64_t last_seq; /* last event this client was sent, or -1: start from now */
    enum sub_state state;
    bool reading, again; /* a job is out; something happened meanwhile */
    struct sub *next_in_topic, *next_in_client;
};
struct topic {
    char name[48];
    struct sub *subs;
    struct topic *next;
};
enum client_state { CL_NEW, CL_HELLO, CL_READY };
struct client {
    uint64_t conn;
    int64_t account_id, session_id;
    enum client_state state;
    int nsubs;
    bool told_live;
    char ip[46];
    struct sub *subs;
    struct client *next_by_conn, *next_by_account; /* chains of the two indexes below */
};
struct hub_counters {
    _Atomic int64_t clients, topics, subscriptions, pushed, caught_up, gaps, resyncs;
};
#define CLIENT_SLOTS 16384 /* power of two */
struct hub {
    struct store *store;
    struct client *by_conn[CLIENT_SLOTS], *by_account[CLIENT_SLOTS];
    bool draining;
    void (*presence)(int64_t account_id, bool online);
    struct hub_counters stats;
};
extern struct hub hub;

struct sub *hub_subscribe(struct client *c, const char *name, int64_t last_seq);
void hub_unsubscribe(struct sub *s);
struct sub *hub_sub_of(const struct client *c, const char *name);
/* Sends the event; *shared is made at the first use. false: the client is gone or being closed. */
bool hub_push(struct sub *s, const struct live_event *ev, struct ws_msg **shared);
/* Starts a READ job for one subscription, or for all of the client's that are CATCHING (only == NULL). */
void hub_catch_up(struct client *c, struct sub *only);
struct client *hub_client(uint64_t conn);
size_t hub_slot(uint64_t key);
/* One socket more or less; true when the account came online or went offline by it. */
bool presence_change(int64_t account_id, int by);

#endif
