/* slow.h - the SLOW lane: threads that may block (argon2id, provider calls, files). They reach the
 * store only by store_read()/store_write().  SPDX-License-Identifier: MIT */
#ifndef PLATFORM_JOBS_SLOW_H
#define PLATFORM_JOBS_SLOW_H
#include "platform/store/store.h"

struct slow_lane;
struct slow_lane *slow_start(int threads, int queue_max);
void slow_stop(struct slow_lane *l); /* finishes what is queued, joins */
/* false: full or stopping. job->run is called once with cx->db == NULL, then job->done. THREAD: any. */
bool slow_submit(struct slow_lane *l, struct job *job);

#endif
