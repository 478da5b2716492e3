/* owner_transfer_int.h - what the files of transfers share. SPDX-License-Identifier: MIT */
#ifndef DOMAIN_OWNER_TRANSFER_INT_H
#define DOMAIN_OWNER_TRANSFER_INT_H
#include "domain/owner_transfer.h"

/* Of the current project. */
MUST_CHECK enum err transfer_load(struct ctx *cx, int64_t id, struct transfer *out);
/* Does all that a transfer means, in the caller's transaction. */
MUST_CHECK enum err transfer_carry_out(struct ctx *cx, const struct transfer *t);

#endif
