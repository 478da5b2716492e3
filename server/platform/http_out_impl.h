/* http_out_impl.h - shared by http_out.c and mail_out.c; the only place that sees libcurl.
 * SPDX-License-Identifier: MIT */
#ifndef PLATFORM_HTTP_OUT_IMPL_H
#define PLATFORM_HTTP_OUT_IMPL_H
#include "platform/http_out.h"
#include <curl/curl.h>
#include <stdint.h>

#define OUT_CONNECT_MS 2000

CURL *out_handle(void); /* this thread's, with the common options set; NULL: no memory */
bool out_text_safe(const char *s);
struct sockaddr;
bool out_is_public(const struct sockaddr *to); /* neither loopback, private, link-local, shared nor multicast */
/* A circuit per host: enter says whether to try, leave how it went. Users' addresses have circuits of their own. */
bool circuit_enter(const char *url, bool of_user);
void circuit_leave(const char *url, bool of_user, bool good);
extern int64_t circuit_open_ms; /* changed by tests only */

#endif
