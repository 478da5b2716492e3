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
    int timeout_ms;   /* 0: 5000 */
    size_t max_body;  /* 0: 1 MiB */
    bool public_only; /* the address comes from a user: not to this machine, not into private networks */
};
struct out_reply {
    int status;
    const char *body; /* arena, NUL-terminated */
    size_t len;
    const char *content_type;   /* "" when absent */
    const char *const *headers; /* "Name: value" lines of the answer, NULL-terminated */
};
/* OK: a whole answer came (any status). ERR_UPSTREAM: nothing was sent: refused, no TLS, circuit open; safe to repeat.
 * ERR_TIMEOUT: the request left and no usable answer came back (late, cut off, too large): the outcome is unknown.
 * ERR_INTERNAL: the address or a header is not acceptable (plain http off loopback, line breaks). */
MUST_CHECK enum err http_out(struct arena *a, const struct out_request *rq, struct out_reply *out);

const char *out_header(const struct out_reply *r, const char *name); /* value, any case of name; NULL: absent */

struct out_mail {
    const char *url, *user, *pass, *from; /* user NULL: no AUTH */
    const char *to;
    const char *subject, *text; /* UTF-8; header values are stripped of CR/LF */
    const char *message_id;     /* constant over retries: letters, digits, '.', '-', '_' */
};
/* *smtp_code: the server's last word (250; 4xx: later; 5xx: never; 0: none). ERR_UPSTREAM: not accepted;
 * ERR_TIMEOUT: may have been accepted. */
MUST_CHECK enum err mail_out(struct arena *a, const struct out_mail *m, int *smtp_code);

/* Hook for the crash tests: called before and after each call when set. */
extern void (*http_out_test_hook)(const char *where);

void http_out_init(const char *ca_file); /* once, before threads; "" = system CAs */
bool url_is_loopback(const char *url);
char *out_escape(struct arena *a, const char *s); /* percent-encoding; RFC 3986 unreserved letters stay */

#endif
