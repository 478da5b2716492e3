/* seed.h - shared by the seed*.c files only. SPDX-License-Identifier: MIT */
#ifndef TESTS_E2E_SEED_H
#define TESTS_E2E_SEED_H
#include "platform/ctx.h"

/* Where one of everything goes. tag: in every name, so that two places may share a company or a project */
struct seed_place {
    const char *company, *project, *tag;
    int64_t room, building, technician, second; /* second: who approves */
};

/* {"what":"id"} on a line of its own */
enum err seed_say(struct ctx *cx, const char *what, int64_t id);
const char *seed_name(struct ctx *cx, const struct seed_place *p, const char *name);
const char *seed_phone(struct ctx *cx, const struct seed_place *p, int n); /* n: 0..9999 */
/* Something of everything that has to do with money. */
enum err seed_money(struct ctx *cx, const struct seed_place *p);
/* A facility, its supplier, plan, task and what was reported of it; a patrol. */
enum err seed_facility(struct ctx *cx, const struct seed_place *p);
/* People, spaces and plans of the register. */
enum err seed_estate(struct ctx *cx, const struct seed_place *p);

#endif
