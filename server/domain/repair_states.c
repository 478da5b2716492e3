/* repair_states.c - the repair order's state machine as data. Pure. SPDX-License-Identifier: MIT */
#include "base/text.h"
#include "domain/repair.h"

const char *const repair_state_name[RS_COUNT] = {
#define X(n, w) w,
    REPAIR_STATES(X)
#undef X
};
const char *const repair_event_name[RE_COUNT] = {
#define X(n, w) w,
    REPAIR_EVENTS(X)
#undef X
};
static const char *const actor_name[RA_COUNT] = {
#define X(n, w) w,
    REPAIR_ACTORS(X)
#undef X
};
const char *const dispatch_mode_name[MODE_COUNT] = {"grab", "assign", "round_robin", "auto"};
const char *const urgency_name[URGENCY_COUNT] = {"low", "normal", "high", "emergency"};
const char *const repair_channel_name[CH_COUNT] = {"owner", "staff", "phone", "inspection", "device"};
const char *const hold_reason_name[HOLD_COUNT] = {"part", "owner_absent", "third_party", "other"};
const char *const repair_line_kind[2] = {"labour", "material"};
const char *const repair_view_name[VIEW_COUNT] = {"mine", "board", "jobs", "pool"};

#define IN(s)      FSM_IN(RS_##s)
#define TRAVELLING (IN(ASSIGNED) | IN(EN_ROUTE))
#define WORKING    (IN(ARRIVED) | IN(IN_REPAIR))
#define HELD_JOB   (TRAVELLING | WORKING | IN(ON_HOLD))
#define BEFORE     (IN(NEW) | IN(QUEUED) | IN(OFFERED))
#define ACTIVE     (BEFORE | HELD_JOB)
#define OPEN       (ACTIVE | IN(DONE) | IN(AWAIT_PAY) | IN(AWAIT_CONFIRM) | IN(AWAIT_VISIT))

/* clang-format off */
static const struct fsm_edge edges[] = {
    {IN(NEW),                     RE_TRIAGE,       RS_QUEUED,    RA_DESK | RA_SYSTEM,    "type valid; emergencies are never left to be grabbed"},
    {IN(QUEUED),                  RE_OFFER,        RS_OFFERED,   RA_SYSTEM,              "on duty, skill, scope, shift, load below cap"},
    {IN(QUEUED) | IN(OFFERED),    RE_ASSIGN,       RS_OFFERED,   RA_DESK,                "the same guards but duty and shift; live offers are withdrawn"},
    {IN(QUEUED),                  RE_GRAB,         RS_ASSIGNED,  RA_TECH,                "mode grab; one UPDATE wins, the others get 409"},
    {IN(OFFERED),                 RE_ACCEPT,       RS_ASSIGNED,  RA_OFFEREE,             "before it expires, with the offer's version; the respond clock stops"},
    {IN(OFFERED),                 RE_DECLINE,      RS_QUEUED,    RA_OFFEREE,             "with a reason; next candidate"},
    {IN(OFFERED),                 RE_EXPIRE,       RS_QUEUED,    RA_SYSTEM,              "time is up; after offer_tries the manager is alarmed"},
    {IN(ASSIGNED),                RE_DEPART,       RS_EN_ROUTE,  RA_HOLDER,              ""},
    {TRAVELLING,                  RE_ARRIVE,       RS_ARRIVED,   RA_HOLDER,              "the arrive clock stops; pushed to the owner (已到达)"},
    {IN(ARRIVED),                 RE_QUOTE,        FSM_SAME,     RA_HOLDER,              "an amount the owner must accept before work starts"},
    {IN(ARRIVED),                 RE_QUOTE_ACCEPT, FSM_SAME,     RA_OWNER | RA_DESK,     ""},
    {IN(ARRIVED),                 RE_QUOTE_REFUSE, FSM_SAME,     RA_OWNER | RA_DESK,     ""},
    {IN(ARRIVED),                 RE_START,        RS_IN_REPAIR, RA_HOLDER,              "no quote waiting or refused; pushed to the owner (维修中)"},
    {WORKING,                     RE_HOLD,         RS_ON_HOLD,   RA_HOLDER,              "coded reason; the SLA pauses for owner_absent and third_party"},
    {IN(ON_HOLD),                 RE_RESUME,       FSM_GUARD,    RA_HOLDER | RA_SYSTEM,  "back to the state it was held from"},
    {HELD_JOB,                    RE_TRANSFER,     RS_OFFERED,   RA_HOLDER | RA_MANAGER, "target passes the guards and is not the holder; clocks go on"},
    {TRAVELLING,                  RE_RETURN,       RS_QUEUED,    RA_HOLDER,              "with a reason"},
    {TRAVELLING | IN(OFFERED),    RE_RELEASE,      RS_QUEUED,    RA_SYSTEM,              "technician off duty, disabled or without the role"},
    {IN(IN_REPAIR),               RE_FINISH,       RS_DONE,      RA_HOLDER,              "cause, measure, photos by type, lines priced in range, stock taken"},
    {IN(DONE),                    RE_ROUTE,        FSM_GUARD,    RA_SYSTEM,              "await_pay if charged; else await_confirm (owner), await_visit or closed"},
    {IN(AWAIT_PAY),               RE_PAID,         FSM_GUARD,    RA_SYSTEM,              "await_confirm, or as routed for other channels"},
    {IN(AWAIT_PAY),               RE_WAIVE,        FSM_GUARD,    RA_MANAGER | RA_SYSTEM, "with a reason; not by the technician of the order; by itself when its bill was void or written off"},
    {IN(AWAIT_CONFIRM),           RE_RATE,         FSM_GUARD,    RA_OWNER,               "once, within 30 days; await_visit or closed"},
    {IN(AWAIT_CONFIRM),           RE_REWORK,       RS_QUEUED,    RA_OWNER,               "within 7 days, with a reason"},
    {IN(AWAIT_CONFIRM),           RE_AUTO_CLOSE,   FSM_GUARD,    RA_SYSTEM,              "after confirm_h; no stars are made up"},
    {IN(AWAIT_VISIT),             RE_VISIT,        FSM_GUARD,    RA_CSR | RA_MANAGER,    "not the technician; satisfied: closed, else queued again"},
    {BEFORE | TRAVELLING,         RE_CANCEL,       RS_CANCELLED, RA_OWNER,               "before arrival; the holder is told and freed"},
    {OPEN,                        RE_VOID,         RS_REJECTED,  RA_MANAGER,             "with a reason; stock goes back; not by the technician of the order"},
    {ACTIVE,                      RE_FORCE_FINISH, RS_AWAIT_VISIT, RA_MANAGER,           "with a reason and what happens to the charge; marked forced"},
    {ACTIVE,                      RE_URGE,         FSM_SAME,     RA_OWNER,               "at most once in 30 min"},
    {OPEN,                        RE_COMMENT,      FSM_SAME,     RA_OWNER | RA_HOLDER | RA_DESK | RA_CSR, "internal ones are for staff"},
    {BEFORE,                      RE_ESCALATE,     FSM_SAME,     RA_SYSTEM,              "nobody took it: managers are alarmed"},
};
/* clang-format on */

const struct fsm repair_fsm = {.name = "repair",
                               .state = repair_state_name,
                               .event = repair_event_name,
                               .actor = actor_name,
                               .nstate = RS_COUNT,
                               .nevent = RE_COUNT,
                               .nactor = RA_COUNT,
                               .edge = edges,
                               .nedge = COUNT(edges)};

int repair_progress(enum repair_state s)
{
    switch (s) {
    case RS_NEW:
    case RS_QUEUED:
    case RS_OFFERED:
    case RS_ASSIGNED:
    case RS_EN_ROUTE:
        return 0;
    case RS_ARRIVED:
        return 1;
    case RS_IN_REPAIR:
    case RS_ON_HOLD:
        return 2;
    case RS_DONE:
    case RS_AWAIT_PAY:
    case RS_AWAIT_CONFIRM:
    case RS_AWAIT_VISIT:
    case RS_CLOSED:
        return 3;
    case RS_CANCELLED:
    case RS_REJECTED:
    case RS_COUNT:
        break;
    }
    return -1;
}
