/* rate.h - token buckets in memory: by address on the loop, by session in the lanes. Tables of fixed size; two
 * keys that share a slot share its tokens, which only ever limits more. The shared limit through Redis is for
 * log-ins and codes: when Redis is down the store's own counters still bound them.
 * SPDX-License-Identifier: MIT */
#ifndef API_RATE_H
#define API_RATE_H
#include <stdbool.h>
#include <stdint.h>

bool rate_ip(const char *ip);                          /* loop thread */
bool rate_user(int64_t session_id);                    /* any thread */
bool rate_shared(const char *key, int64_t per_minute); /* SLOW lane: blocks up to 200 ms */

#endif
