/* serve.h - from an HTTP request to a handler in its lane and back. SPDX-License-Identifier: MIT */
#ifndef API_SERVE_H
#define API_SERVE_H
#include "platform/jobs/slow.h"
#include "platform/net/http.h"
#include "platform/store/store.h"

struct serve_config {
    struct store *store;
    struct slow_lane *slow, *notify;
    const char *spool_dir;
    bool (*statics)(struct http_request *rq, struct http_reply *reply); /* may be NULL */
};
/* Hooks for net_start(). Call once, before it. */
const struct http_hooks *serve_hooks(const struct serve_config *c);
/* For readiness: draining nodes answer /readyz with 503. Any thread. */
void serve_set_draining(void);
bool serve_draining(void);

#endif
