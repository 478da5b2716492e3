/* seed.h - shared by the seed*.c files only. SPDX-License-Identifier: MIT */
#ifndef TESTS_E2E_SEED_H
#define TESTS_E2E_SEED_H
#include "platform/ctx.h"

/* {"what":"id"} on a line of its own */
enum err seed_say(struct ctx *cx, const char *what, int64_t id);
/* Something of everything that has to do with money, for a project with one room; second: who approves. */
enum err seed_money(struct ctx *cx, int64_t room, int64_t second);
/* A facility, its supplier, plan, task and what was reported of it; a patrol. */
enum err seed_facility(struct ctx *cx, int64_t technician);

/* People, spaces and plans of that project. */
enum err seed_estate(struct ctx *cx, int64_t room);

#endif
