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

static struct circuit {
    char host[128]; /* scheme://host:port, cut */
    int failures;
    int64_t closed_until; /* 0: open for traffic */
    bool probing;
} circuits[HOSTS];
static size_t used;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct metric opened = {.name = "anju_outside_circuit_opened_total", .help = "Times a host was closed off."};
static struct metric refused = {.name = "anju_outside_refused_total", .help = "Calls refused by an open circuit."};

/* The addresses come from the configuration, so there are few; a full table means no circuit for the rest. */
static struct circuit *find(const char *url)
{
    const char *host = strstr(url, "://");
    size_t n = host ? (size_t)(host - url) + 3 + strcspn(host + 3, "/?#") : strlen(url);
    if (n >= sizeof circuits[0].host)
        n = sizeof circuits[0].host - 1;
    for (size_t i = 0; i < used; i++)
        if (strlen(circuits[i].host) == n && memcmp(circuits[i].host, url, n) == 0)
            return &circuits[i];
    if (used == HOSTS)
        return NULL;
    struct circuit *c = &circuits[used++];
    memcpy(c->host, url, n);
    return c;
}

bool circuit_enter(const char *url)
{
    pthread_mutex_lock(&lock);
    struct circuit *c = find(url);
    bool go = !c || !c->closed_until || (!c->probing && clock_mono_ms() >= c->closed_until);
    if (c && c->closed_until && go)
        c->probing = true;
    pthread_mutex_unlock(&lock);
    metric_add(&refused, !go);
    return go;
}

void circuit_leave(const char *url, bool good)
{
    pthread_mutex_lock(&lock);
    struct circuit *c = find(url);
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
