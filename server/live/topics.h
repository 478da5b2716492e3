/* topics.h - who may listen to what, and what was missed: the READ side of the hub. SPDX-License-Identifier: MIT */
#ifndef LIVE_TOPICS_H
#define LIVE_TOPICS_H
#include "platform/ctx.h"

/* May cx->who (a live session's actor) listen to this topic? ERR_NOT_FOUND: no. The company comes from the session. */
MUST_CHECK enum err topic_check(struct ctx *cx, const char *topic);
bool topic_name_valid(const char *topic);
/* Topics whose events are snapshots of one order each: a client may see numbers skipped there. */
bool topic_conflates(const char *topic);

#endif
