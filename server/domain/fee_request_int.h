/* fee_request_int.h - shared by the fee_request*.c files only. SPDX-License-Identifier: MIT */
#ifndef DOMAIN_FEE_REQUEST_INT_H
#define DOMAIN_FEE_REQUEST_INT_H
#include "domain/fee_request.h"

/* Can it be done as things are now? May fill in amounts that follow from the bill. */
MUST_CHECK enum err request_check(struct ctx *cx, struct fee_request *q);
/* Does it, checked just before: sets day and entry_id. */
MUST_CHECK enum err request_apply(struct ctx *cx, struct fee_request *q);
/* After its row says so. */
MUST_CHECK enum err request_settled(struct ctx *cx, const struct fee_request *q, bool approved);

#endif
