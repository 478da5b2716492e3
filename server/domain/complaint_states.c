/* complaint_states.c - the complaint's state machine as data. Pure. SPDX-License-Identifier: MIT */
#include "base/text.h"
#include "domain/complaint.h"

const char *const complaint_state_name[CS_COUNT] = {
#define X(n, w) w,
    COMPLAINT_STATES(X)
#undef X
};
const char *const complaint_event_name[CE_COUNT] = {
#define X(n, w) w,
    COMPLAINT_EVENTS(X)
#undef X
};
static const char *const actor_name[CA_COUNT] = {
#define X(n, w) w,
    COMPLAINT_ACTORS(X)
#undef X
};
const char *const complaint_kind_name[CK_COUNT] = {"complaint", "suggestion", "inquiry", "praise"};
const char *const complaint_kind_zh[CK_COUNT] = {"投诉", "建议", "咨询", "表扬"};
const char *const complaint_channel_name[CC_COUNT] = {"owner", "staff", "phone"};
const char *const complaint_view_name[CV_COUNT] = {"mine", "board", "assigned"};

#define IN(s)  FSM_IN(CS_##s)
#define UNHELD (IN(CLASSIFIED) | IN(REOPENED))
#define OPEN   (IN(NEW) | UNHELD | IN(ASSIGNED) | IN(IN_PROGRESS))
#define STAFF  (CA_HANDLER | CA_DESK)

/* clang-format off */
static const struct fsm_edge edges[] = {
    {OPEN,                        CE_CLASSIFY,     FSM_GUARD,      CA_DESK,                 "new becomes classified, others stay; the category is enabled; the deadline follows it"},
    {UNHELD | IN(ASSIGNED) | IN(IN_PROGRESS), CE_ASSIGN, CS_ASSIGNED, CA_DESK,              "a department or a person of the project who is not complained about"},
    {IN(ASSIGNED),                CE_ACCEPT,       CS_IN_PROGRESS, STAFF,                   "the handler; of a department's, whoever of it or of the desk takes it"},
    {IN(ASSIGNED) | IN(IN_PROGRESS), CE_RETURN,    CS_CLASSIFIED,  CA_HANDLER | CA_SYSTEM,  "with a reason, or the handler has left; somebody else has to be found"},
    {OPEN | IN(RESOLVED),         CE_REPLY,        FSM_SAME,       STAFF,                   "the owner reads it; stops the clock of the first answer"},
    {OPEN | IN(RESOLVED) | IN(CLOSED), CE_NOTE,    FSM_SAME,       STAFF,                   "staff only"},
    {OPEN | IN(RESOLVED),         CE_COMMENT,      FSM_SAME,       CA_OWNER,                "the owner adds something"},
    {IN(IN_PROGRESS),             CE_RESOLVE,      CS_RESOLVED,    CA_HANDLER | CA_MANAGER, "with the result; evidence as files"},
    {IN(RESOLVED),                CE_RATE,         CS_CLOSED,      CA_OWNER,                "1 to 5 stars, once; up to 2 it is dissatisfied"},
    {IN(RESOLVED),                CE_DISSATISFIED, CS_REOPENED,    CA_SYSTEM,               "up to 2 stars: level + 1"},
    {IN(RESOLVED) | IN(CLOSED),   CE_REOPEN,       CS_REOPENED,    CA_OWNER | CA_MANAGER,   "with a reason, within 30 days of closing; level + 1"},
    {IN(REOPENED),                CE_SUPERIOR,     CS_ASSIGNED,    CA_SYSTEM,               "to the handler's superior, when there is one"},
    {IN(RESOLVED),                CE_AUTO_CLOSE,   CS_CLOSED,      CA_SYSTEM,               "7 days of silence; unrated"},
    {OPEN,                        CE_MERGE,        CS_MERGED,      CA_DESK,                 "into another one of the project that is not over"},
    {OPEN | IN(RESOLVED),         CE_WITHDRAW,     CS_WITHDRAWN,   CA_OWNER,                ""},
    {OPEN,                        CE_ESCALATE,     FSM_SAME,       CA_SYSTEM,               "overdue: level 1 at the deadline, level 2 a day later"},
    {OPEN,                        CE_LINK_REPAIR,  FSM_SAME,       STAFF,                   "an order of the same project, or a new one; of an anonymous one never a room's"},
    {OPEN,                        CE_LINK_BILL,    FSM_SAME,       CA_MANAGER,              "an open bill of the room: disputed until the complaint is over"},
};
/* clang-format on */

const struct fsm complaint_fsm = {.name = "complaint",
                                  .state = complaint_state_name,
                                  .event = complaint_event_name,
                                  .actor = actor_name,
                                  .nstate = CS_COUNT,
                                  .nevent = CE_COUNT,
                                  .nactor = CA_COUNT,
                                  .edge = edges,
                                  .nedge = COUNT(edges)};

bool complaint_open(enum complaint_state s)
{
    return (FSM_IN(s) & OPEN) != 0;
}

bool complaint_over(enum complaint_state s)
{
    return (FSM_IN(s) & (IN(CLOSED) | IN(MERGED) | IN(WITHDRAWN))) != 0;
}
