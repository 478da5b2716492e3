/* recon_flow.h - fetching a channel's bill and reconciling its day. THREAD: a job's; blocking.
 * SPDX-License-Identifier: MIT */
#ifndef API_RECON_FLOW_H
#define API_RECON_FLOW_H
#include "domain/recon.h"

#define RECON_FROM_MIN (10 * 60 + 30) /* of the day after, Beijing: the bills are there by then */
/* One round of one run. */
MUST_CHECK enum err recon_flow_round(struct ctx *cx, int64_t run_id);

#endif
