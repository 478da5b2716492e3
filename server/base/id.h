/* id.h - 53-bit ids: 41 bits of ms since 2024-01-01 UTC, 4 bits node, 8 bits counter. They grow with
 * time (indexes append), stay exact in JavaScript, and never repeat in one process: when a millisecond
 * is used up the generator runs ahead of the clock.  THREAD: any.  SPDX-License-Identifier: MIT */
#ifndef BASE_ID_H
#define BASE_ID_H
#include <stdint.h>

void id_set_node(unsigned node); /* 0..15, at start-up */
int64_t id_new(void);
int64_t id_time_ms(int64_t id);
int64_t id_at(int64_t unix_ms); /* no id made at that time or later is smaller */

#endif
