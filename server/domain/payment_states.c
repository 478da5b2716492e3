/* payment_states.c - the state machines of payment orders and refunds as data. Pure. SPDX-License-Identifier: MIT */
#include "base/text.h"
#include "domain/payment_order.h"
#include "domain/refund.h"

const char *const order_state_name[OS_COUNT] = {
#define X(n, w) w,
    ORDER_STATES(X)
#undef X
};
static const char *const order_event_name[OE_COUNT] = {
#define X(n, w) w,
    ORDER_EVENTS(X)
#undef X
};
const char *const refund_state_name[RFS_COUNT] = {
#define X(n, w) w,
    REFUND_STATES(X)
#undef X
};
static const char *const refund_event_name[RFE_COUNT] = {
#define X(n, w) w,
    REFUND_EVENTS(X)
#undef X
};
static const char *const actor_name[] = {"payer", "cashier", "channel", "system", "maker", "checker"};
enum { PAYER = 1, CASHIER = 2, CHANNEL = 4, SYSTEM = 8, MAKER = 16, CHECKER = 32 };
const char *const order_scene_name[2] = {"mini", "qr"};
const char *const order_via_name[3] = {"app", "counter", "qr"};

#define IN(s) FSM_IN(OS_##s)
#define LIVE  (IN(CREATED) | IN(UNKNOWN) | IN(PENDING) | IN(CLOSING))
#define OVER  (IN(CLOSED) | IN(FAILED))
/* clang-format off */
static const struct fsm_edge order_edges[] = {
    {IN(CREATED) | IN(UNKNOWN),  OE_CALL,      OS_UNKNOWN,   PAYER | CASHIER,          "the bytes to be sent are kept; a repetition sends the same"},
    {IN(UNKNOWN),                OE_ANSWERED,  OS_PENDING,   CHANNEL,                  "the channel has the order: prepay id, trade number or code"},
    {IN(UNKNOWN),                OE_REFUSED,   OS_FAILED,    CHANNEL,                  "refused for good; the bills are free"},
    {IN(CREATED) | IN(UNKNOWN) | IN(PENDING), OE_CLOSE, OS_CLOSING, PAYER | CASHIER | SYSTEM, "cancelled or out of time: asked first, then closed at the channel; never sent: closed at once"},
    {LIVE,                       OE_CLOSED,    OS_CLOSED,    CHANNEL | SYSTEM,         "closed there, or unknown there after its time; the bills are free"},
    {LIVE,                       OE_PAID,      OS_PAID,      CHANNEL,                  "number, merchant, amount and currency agree; bills, ledger, receipt and push in one transaction"},
    {OVER,                       OE_PAID,      OS_PAID_LATE, CHANNEL,                  "money all the same: booked when the bills still want it"},
    {LIVE | OVER,                OE_SENT_BACK, OS_RETURNED,  CHANNEL,                  "the bills want nothing any more: suspense, refunded by itself"},
};
#undef IN
#define IN(s) FSM_IN(RFS_##s)
static const struct fsm_edge refund_edges[] = {
    {IN(REQUESTED),                 RFE_APPROVE,  RFS_APPROVED,   CHECKER,           "not the maker; the sum of refunds stays within what was paid"},
    {IN(REQUESTED),                 RFE_REJECT,   RFS_REJECTED,   CHECKER,           "with a reason"},
    {IN(APPROVED),                  RFE_REJECT,   RFS_REJECTED,   CHECKER,           "only what goes back at the counter and was not handed out: what was reserved is free again"},
    {IN(APPROVED) | IN(PROCESSING), RFE_SUBMIT,   RFS_PROCESSING, SYSTEM,            "always with the same number"},
    {IN(APPROVED),                  RFE_PAY_OUT,  RFS_SUCCESS,    CASHIER,           "cash, card, transfer or prepaid: handed out at the counter"},
    {IN(APPROVED) | IN(PROCESSING) | IN(ABNORMAL) | IN(CLOSED), RFE_SUCCEED, RFS_SUCCESS, CHANNEL, "notice or query; allocations and ledger turn now, not before"},
    {IN(APPROVED) | IN(PROCESSING), RFE_ABNORM,   RFS_ABNORMAL,   CHANNEL,           "the payer's card does not take it: a person must act"},
    {IN(APPROVED) | IN(PROCESSING), RFE_CLOSE,    RFS_CLOSED,     CHANNEL,           "refused for good: what was reserved is free again"},
};
/* clang-format on */

const struct fsm order_fsm = {.name = "payment order",
                              .state = order_state_name,
                              .event = order_event_name,
                              .actor = actor_name,
                              .nstate = OS_COUNT,
                              .nevent = OE_COUNT,
                              .nactor = COUNT(actor_name),
                              .edge = order_edges,
                              .nedge = COUNT(order_edges)};
const struct fsm refund_fsm = {.name = "refund",
                               .state = refund_state_name,
                               .event = refund_event_name,
                               .actor = actor_name,
                               .nstate = RFS_COUNT,
                               .nevent = RFE_COUNT,
                               .nactor = COUNT(actor_name),
                               .edge = refund_edges,
                               .nedge = COUNT(refund_edges)};
