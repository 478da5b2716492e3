/* http_out_circuit.c - five failures in a row close a host off for ten seconds; then one call may try.
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/log.h"
#include "platform/http_out_impl.h"
#include "platform/metrics.h"
#include <pthread.h>
#include <string.h>

#define HOSTS 32
#define LIMIT 5

int64_t circuit_open_ms = 10000;

struct circuit {
    char host[128]; /* scheme://host:port, cut */
    int failures;
    int64_t closed_until; /* 0: open for traffic */
    bool probing;
};
/* Ours come from the configuration. Users' addresses have a table of their own: they neither close off what we depend on by
 * naming it, nor fill its places. */
static struct circuits {
    struct circuit v[HOSTS];
    size_t used, next;
} ours, users;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct metric opened = {.name = "anju_outside_circuit_opened_total", .help = "Times a host was closed off."};
static struct metric refused = {.name = "anju_outside_refused_total", .help = "Calls refused by an open circuit."};

/* Ours are few; a full table means no circuit for the rest. Of users' the place longest taken is given on. */
static struct circuit *find(const char *url, bool of_user)
{
    struct circuits *t = of_user ? &users : &ours;
    const char *host = strstr(url, "://");
    size_t n = host ? (size_t)(host - url) + 3 + strcspn(host + 3, "/?#") : strlen(url);
    if (n >= sizeof t->v[0].host)
        n = sizeof t->v[0].host - 1;
    for (size_t i = 0; i < t->used; i++)
        if (strlen(t->v[i].host) == n && memcmp(t->v[i].host, url, n) == 0)
            return &t->v[i];
    if (t->used == HOSTS && !of_user)
        return NULL;
    struct circuit *c = &t->v[t->used < HOSTS ? t->used++ : t->next++ % HOSTS];
    *c = (struct circuit){.failures = 0};
    memcpy(c->host, url, n);
    return c;
}

bool circuit_enter(const char *url, bool of_user)
{
    pthread_mutex_lock(&lock);
    struct circuit *c = find(url, of_user);
    bool go = !c || !c->closed_until || (!c->probing && clock_mono_ms() >= c->closed_until);
    if (c && c->closed_until && go)
        c->probing = true;
    pthread_mutex_unlock(&lock);
    metric_add(&refused, !go);
    return go;
}

void circuit_leave(const char *url, bool of_user, bool good)
{
    pthread_mutex_lock(&lock);
    struct circuit *c = find(url, of_user);
    if (c && good) {
        c->failures = 0;
        c->closed_until = 0;
        c->probing = false;
    } else if (c && (c->probing || ++c->failures >= LIMIT)) {
        c->closed_until = clock_mono_ms() + circuit_open_ms;
        c->probing = false;
        metric_add(&opened, 1);
        log_warn("outside.circuit_open", L_S("host", c->host), L_I("failures", c->failures));
    }
    pthread_mutex_unlock(&lock);
}
