/* fsm.h - a state machine as a table. One table drives the rules, the documentation (`anjud states`),
 * the "what may I do next" lists of the API, and the tests over every (state, event, actor).
 * Pure.  SPDX-License-Identifier: MIT */
#ifndef BASE_FSM_H
#define BASE_FSM_H
#include <stddef.h>
#include <stdint.h>

#define FSM_SAME  0xFF /* as `to`: the state stays */
#define FSM_GUARD 0xFE /* as `to`: the use case picks the target among those the comment names */

struct fsm_edge {
    uint32_t from; /* bit set of states, FSM_IN(a) | FSM_IN(b) */
    uint8_t event, to;
    uint32_t who;     /* bit set of actors who may do it (the machine's own enum) */
    const char *note; /* guard and effect, for the documentation */
};
struct fsm {
    const char *name;
    const char *const *state, *const *event, *const *actor;
    size_t nstate, nevent, nactor;
    const struct fsm_edge *edge;
    size_t nedge;
};
#define FSM_IN(s) (UINT32_C(1) << (s))

/* The edge for event in state, or NULL. `who`: NULL result and *wrong_actor = 1 when only the actor is wrong; may be NULL. */
const struct fsm_edge *fsm_find(const struct fsm *m, unsigned state, unsigned event, uint32_t who, int *wrong_actor);
/* Events `who` may raise in `state`: writes at most max event numbers, returns how many. */
size_t fsm_events(const struct fsm *m, unsigned state, uint32_t who, unsigned *out, size_t max);

#endif
