/* handover_int.h - shared by the handover*.c files only. SPDX-License-Identifier: MIT */
#ifndef DOMAIN_HANDOVER_INT_H
#define DOMAIN_HANDOVER_INT_H
#include "domain/handover.h"
#include "platform/events.h"
#include "platform/store/db.h"

/* ERR_INVALID "day" unless it is today or to come, within ten years. */
MUST_CHECK enum err handover_day(struct ctx *cx, int32_t day);
/* The row of its history, and the board hears of it. event -1: planned; from -1: nothing was before. */
MUST_CHECK enum err handover_log(struct ctx *cx, const struct handover *h, int event, int from, const char *note);

#endif
