/* fsm.c - see fsm.h. SPDX-License-Identifier: MIT */
#include "base/fsm.h"

const struct fsm_edge *fsm_find(const struct fsm *m, unsigned state, unsigned event, uint32_t who, int *wrong_actor)
{
    int ignored = 0;
    wrong_actor = wrong_actor ? wrong_actor : &ignored;
    *wrong_actor = 0;
    for (size_t i = 0; i < m->nedge; i++) {
        const struct fsm_edge *e = &m->edge[i];
        if (e->event != event || !(e->from & FSM_IN(state)))
            continue;
        if (e->who & who)
            return e;
        *wrong_actor = 1;
    }
    return NULL;
}

size_t fsm_events(const struct fsm *m, unsigned state, uint32_t who, unsigned *out, size_t max)
{
    size_t n = 0;
    for (unsigned ev = 0; ev < m->nevent && n < max; ev++) {
        int wrong;
        if (fsm_find(m, state, ev, who, &wrong))
            out[n++] = ev;
    }
    return n;
}
