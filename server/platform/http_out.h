/* http_out.h - outgoing HTTPS (and SMTP) by libcurl. SLOW lane and job threads only: blocking, connect
 * 2 s, total time-out per call, no redirects, peer verification always on, plain http only to loopback,
 * bodies capped. A circuit per host opens after 5 failures in a row and half-opens after 10 s.
 * SPDX-License-Identifier: MIT */
#ifndef PLATFORM_HTTP_OUT_H
#define PLATFORM_HTTP_OUT_H
#include "base/arena.h"
#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>

struct out_request {
    const char *method, *url;
    const char *const *headers; /* "Name: value", NULL-terminated; may be NULL */
    const char *body;           /* NULL: none */
    size_t body_len;
    int timeout_ms;  /* 0: 5000 */
    size_t max_body; /* 0: 1 MiB */
};
struct out_reply {
    int status;
    const char *body; /* arena, NUL-terminated */
    size_t len;
    const char *content_type;
};
/* OK: an answer came (any status). ERR_UPSTREAM: refused, broken or circuit open; ERR_TIMEOUT: unknown outcome. */
MUST_CHECK enum err http_out(struct arena *a, const struct out_request *rq, struct out_reply *out);

struct out_mail {
    const char *url, *user, *pass, *from; /* user NULL: no AUTH */
    const char *to;
    const char *subject, *text; /* UTF-8; header values are stripped of CR/LF */
    const char *message_id;     /* constant over retries */
};
MUST_CHECK enum err mail_out(struct arena *a, const struct out_mail *m, int *smtp_code);

void http_out_init(const char *ca_file); /* once, before threads; "" = system CAs */
bool url_is_loopback(const char *url);

#endif
