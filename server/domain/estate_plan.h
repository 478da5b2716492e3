/* estate_plan.h - many rooms by a pattern: units, floors without the numbers nobody wants, doors of a floor each with layout
 * and areas. Pure: the plan is worked out before anything is written.  SPDX-License-Identifier: MIT */
#ifndef DOMAIN_ESTATE_PLAN_H
#define DOMAIN_ESTATE_PLAN_H
#include "base/arena.h"
#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PLAN_ROOMS 5000

/* A position on the floor ("01"): the same in every unit and on every floor. */
struct plan_door {
    const char *suffix, *layout; /* suffix: the end of the door number, 1 to 4 letters or digits */
    int64_t area_e4, inner_area_e4;
};
struct room_plan {
    const char *building;
    int64_t unit_from, unit_to;   /* 0, 0: a building without units */
    int64_t floor_from, floor_to; /* may be negative; there is no floor 0 */
    const int64_t *skip;          /* floor numbers that do not exist: 4, 13, 14 */
    size_t nskip;
    const struct plan_door *doors;
    size_t ndoors;
    bool pad; /* floor 1 is "0101" rather than "101" */
};
struct planned_room {
    const char *unit, *name, *layout; /* "2单元", "1502" */
    int64_t floor, area_e4, inner_area_e4;
};
/* Arena array in order of unit, floor, door. Bad ranges, no doors, the same door twice or over PLAN_ROOMS: ERR_INVALID with
 * *why set. */
MUST_CHECK enum err room_plan_expand(struct arena *a, const struct room_plan *p, struct planned_room **v, size_t *n,
                                     struct why *why);

#endif
