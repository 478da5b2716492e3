/* owner_transfer_int.h - what the files of transfers share. SPDX-License-Identifier: MIT */
#ifndef DOMAIN_OWNER_TRANSFER_INT_H
#define DOMAIN_OWNER_TRANSFER_INT_H
#include "domain/owner_transfer.h"

/* Of the current project. */
MUST_CHECK enum err transfer_load(struct ctx *cx, int64_t id, struct transfer *out);
/* Does somebody who owned the room before the day own the other one now? ERR_INVALID else. */
MUST_CHECK enum err transfer_is_theirs(struct ctx *cx, int64_t room_id, int64_t to_room_id, int32_t day);
/* Does all that a transfer means, in the caller's transaction. */
MUST_CHECK enum err transfer_carry_out(struct ctx *cx, const struct transfer *t);

#endif
