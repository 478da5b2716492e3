/* message_int.h - shared by the message_*.c files only. SPDX-License-Identifier: MIT */
#ifndef DOMAIN_MESSAGE_INT_H
#define DOMAIN_MESSAGE_INT_H
#include "domain/message.h"

/* The row itself; reason not NULL: it is only kept for the log, as suppressed. */
MUST_CHECK enum err message_insert(struct ctx *cx, const struct message *m, int64_t give_up_after_ms,
                                   const char *reason);
MUST_CHECK enum err message_blocked(struct ctx *cx, int64_t company_id, const char *to, bool *blocked);
/* m has failed for good: the next channel of its plan. */
MUST_CHECK enum err message_fall(struct ctx *cx, const struct message *m);
/* The same for one that was sent and never arrived. */
MUST_CHECK enum err message_lost(struct ctx *cx, int64_t id);

#endif
