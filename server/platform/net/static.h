/* static.h - static files: read once at start into a table, served by look-up. A path that was not found by the scan
 * does not exist, so there is nothing to traverse. x.br and x.gz beside x are its compressed forms.
 * THREAD: load before net_run, serve on any thread.  SPDX-License-Identifier: MIT */
#ifndef PLATFORM_NET_STATIC_H
#define PLATFORM_NET_STATIC_H
#include "platform/net/http.h"

/* Scans dir (with subfolders); files appear below prefix ("/" or "/console/"). May be called for several folders.
 * false: dir cannot be read (logged). */
bool static_load(const char *dir, const char *prefix);
/* true: *reply is the answer to this GET or HEAD (200, 304 or a redirect to the folder's slash); false: not ours. */
bool static_serve(struct http_request *rq, struct http_reply *reply);
void static_free(void);

#endif
