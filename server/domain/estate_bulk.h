/* estate_bulk.h - makes the rooms of a pattern (estate_plan.h) in one transaction. SPDX-License-Identifier: MIT */
#ifndef DOMAIN_ESTATE_BULK_H
#define DOMAIN_ESTATE_BULK_H
#include "domain/estate.h"
#include "domain/estate_plan.h"

struct bulk_room {
    struct planned_room plan;
    const char *full_name;
    int64_t exists_id; /* 0: new */
};
struct bulk {
    const struct bulk_room *v;
    size_t n, exist;
};
/* What would be made, and what is there already. READ. */
MUST_CHECK enum err bulk_preview(struct ctx *cx, const struct room_plan *p, struct bulk *out);
/* Makes them; those that are there are left as they are (skip) or make the whole ERR_EXISTS. *made: how many. WRITE. */
MUST_CHECK enum err bulk_create(struct ctx *cx, const struct room_plan *p, const char *use, const char *state,
                                bool skip_existing, int64_t *made);

#endif
