/* http.h - HTTP/1.1 in and out over libwebsockets; nobody outside platform/net sees lws.
 *
 * The request head is checked (lws-guards: framing, exactly one Host and Content-Length, no
 * Transfer-Encoding, ...) before anybody else hears of it. Then:
 *   head()     loop thread: says how large the body may be, or refuses at once by filling *reply.
 *   request()  loop thread: the complete request; the callee owns it and calls http_answer() exactly
 *              once, from any thread, with a reply whose memory lives in rq->arena (or is static).
 * An answer for a connection that has gone is dropped; the request is freed by net in every case.
 * Uploads (head() sets spool_dir): the body goes to an unlinked-on-failure temp file, not to memory.
 * SPDX-License-Identifier: MIT */
#ifndef PLATFORM_NET_HTTP_H
#define PLATFORM_NET_HTTP_H
#include "base/arena.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum http_method { M_GET, M_HEAD, M_POST, M_PUT, M_PATCH, M_DELETE, M_OPTIONS, M_COUNT };
extern const char *const http_method_name[M_COUNT];

/* Request headers kept for the application; NULL when absent. */
enum http_header {
    H_AUTHORIZATION,
    H_ACCEPT_LANGUAGE,
    H_IDEMPOTENCY_KEY,
    H_IF_MATCH,
    H_IF_NONE_MATCH,
    H_CONTENT_TYPE,
    H_ACCEPT_ENCODING,
    H_ORIGIN,
    H_USER_AGENT,
    H_REFERER,
    H_COOKIE,
    H_X_REQUEST_ID,
    H_X_DEVICE_ID,
    H_X_CSRF_TOKEN,
    H_X_FORWARDED_FOR,
    H_SEC_FETCH_SITE,
    H_RANGE,
    H_WECHAT_SIGNATURE,
    H_WECHAT_TIMESTAMP,
    H_WECHAT_NONCE,
    H_WECHAT_SERIAL,
    H_COUNT
};

struct http_request {
    struct arena *arena; /* this request's; freed after the answer was written */
    uint64_t conn;       /* connection id: 64 bits, never reused */
    enum http_method method;
    const char *path;  /* percent-decoded, starts with '/', no NUL, no "..", valid UTF-8; a '+' reads as a space */
    const char *query; /* what stood after '?', escaped anew, "" when none: for http_query() */
    const char *header[H_COUNT];
    const char *host;
    const char *ip; /* peer, or X-Forwarded-For's last hop when the peer is a configured proxy */
    char *body;     /* NUL-terminated; NULL when spooled */
    size_t body_len;
    const char *spool_path; /* complete upload on disk; the callee renames or unlinks it, else net unlinks it */
    int64_t start_us;       /* clock_mono_us() when the head was complete */
    const char *id;         /* request id: from the client when sane ([A-Za-z0-9._-]{8,64}), else our own */
    void *app;              /* the application's, set by head(); lives in arena */
};

#define HTTP_REPLY_HEADERS 12
struct http_reply {
    int status;
    const char *type; /* Content-Type; NULL: no body */
    const char *body;
    size_t len;
    int fd; /* >= 0: body is `len` bytes of this file from offset 0; net closes it */
    struct {
        const char *name, *value; /* lower-case name without ':' */
    } header[HTTP_REPLY_HEADERS];
    size_t nheader;
    bool close; /* close the connection after the answer */
};
void http_reply_init(struct http_reply *r, int status);
void http_reply_header(struct http_reply *r, const char *name, const char *value);

struct http_hooks {
    /* true: go on, *max_body set (0: a body is refused), *spool_dir set for uploads (else NULL).
     * false: *reply is the refusal. */
    bool (*head)(struct http_request *rq, size_t *max_body, const char **spool_dir, struct http_reply *reply);
    void (*request)(struct http_request *rq);
    /* Access log and metrics, after the last byte was handed to the kernel. Loop thread. */
    void (*finished)(const struct http_request *rq, int status, size_t bytes);
};

/* Hands the answer over; *reply is copied, what it points to stays in rq->arena. THREAD: any. */
void http_answer(struct http_request *rq, const struct http_reply *reply);

/* Query and form tools. Values are percent-decoded into the arena; NULL: absent; bad escapes: NULL and *bad = true. */
const char *http_query(struct arena *a, const char *query, const char *name, bool *bad);
char *url_encode(struct arena *a, const char *s); /* RFC 3986 unreserved kept */

#endif
