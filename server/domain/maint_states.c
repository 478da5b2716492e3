/* maint_states.c - the machines of plans and tasks as data. Pure. SPDX-License-Identifier: MIT */
#include "domain/maint.h"

const char *const maint_kind_name[MK_COUNT] = {"daily", "minor", "major", "annual", "patrol"};
const char *const maint_basis_name[MB_COUNT] = {"scheduled", "completed"};
const char *const maint_cycle_name[MC_COUNT] = {"calendar", "usage"};
const char *const maint_catch_up_name[CU_COUNT] = {"all", "latest", "none"};
const char *const maint_plan_state_name[PS_COUNT] = {"draft", "active", "paused", "ended"};
const char *const maint_plan_event_name[PE_COUNT] = {"activate", "pause", "resume", "end"};
const char *const maint_item_kind_name[IK_COUNT] = {"text", "number", "choice", "yes_no", "photo", "signature"};
const char *const maint_task_state_name[TS_COUNT] = {"scheduled", "in_progress", "await_accept", "done", "skipped"};
const char *const maint_task_event_name[TE_COUNT] = {"start", "submit", "accept", "reject", "skip", "transfer"};
static const char *const actor_name[] = {"doer", "manager", "desk"};

#define P(s) FSM_IN(PS_##s)
#define T(s) FSM_IN(TS_##s)
/* clang-format off */
static const struct fsm_edge plan_edges[] = {
    {P(DRAFT),                          PE_ACTIVATE, PS_ACTIVE, MA_MANAGER, "it is about something, and its first slot is set"},
    {P(ACTIVE),                         PE_PAUSE,    PS_PAUSED, MA_MANAGER, "with a reason when the law asks for the work"},
    {P(PAUSED),                         PE_RESUME,   PS_ACTIVE, MA_MANAGER, "slots of the pause go into the gap log"},
    {P(DRAFT) | P(ACTIVE) | P(PAUSED),  PE_END,      PS_ENDED,  MA_MANAGER, "tasks that exist stay"},
};
static const struct fsm_edge task_edges[] = {
    {T(SCHEDULED),                  TE_START,    TS_IN_PROGRESS,  MA_DOER,              "in the window or with a reason; the facility's code scanned if the plan says so"},
    {T(IN_PROGRESS),                TE_SUBMIT,   TS_AWAIT_ACCEPT, MA_DOER,              "every required item, numbers, photos and signatures checked; a failed item makes a repair order, once"},
    {T(AWAIT_ACCEPT),               TE_ACCEPT,   TS_DONE,         MA_MANAGER | MA_DESK, "not by whoever did it; the next slot of plans that count from completion"},
    {T(AWAIT_ACCEPT),               TE_REJECT,   TS_IN_PROGRESS,  MA_MANAGER | MA_DESK, "with a reason; not by whoever did it"},
    {T(SCHEDULED),                  TE_SKIP,     FSM_GUARD,       MA_MANAGER,           "with a reason; statutory work: skipped only when a second manager says so too"},
    {T(SCHEDULED) | T(IN_PROGRESS), TE_TRANSFER, FSM_SAME,        MA_DOER | MA_MANAGER, "to a colleague of the project who is not the holder"},
};
/* clang-format on */

const struct fsm maint_plan_fsm = {.name = "maint_plan",
                                   .state = maint_plan_state_name,
                                   .event = maint_plan_event_name,
                                   .actor = actor_name,
                                   .nstate = PS_COUNT,
                                   .nevent = PE_COUNT,
                                   .nactor = COUNT(actor_name),
                                   .edge = plan_edges,
                                   .nedge = COUNT(plan_edges)};
const struct fsm maint_task_fsm = {.name = "maint_task",
                                   .state = maint_task_state_name,
                                   .event = maint_task_event_name,
                                   .actor = actor_name,
                                   .nstate = TS_COUNT,
                                   .nevent = TE_COUNT,
                                   .nactor = COUNT(actor_name),
                                   .edge = task_edges,
                                   .nedge = COUNT(task_edges)};
