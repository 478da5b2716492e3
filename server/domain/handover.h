/* handover.h - handing over rooms (交房、入住办理): who is asked to come when, what was found in the room item by item, and what
 * was handed over: keys, first readings, a signature. Then the room's state changes, and fees may begin.
 *
 *   PLANNED --notify--> NOTIFIED --inspect--> INSPECTED --hand_over--> HANDED_OVER      any of them --cancel--> CANCELLED
 *
 * The list belongs to the project and is copied into each handover: changing it later changes nothing that was begun. Failed
 * items become repair orders, one a kind of fault, once. SPDX-License-Identifier: MIT */
#ifndef DOMAIN_HANDOVER_H
#define DOMAIN_HANDOVER_H
#include "base/fsm.h"
#include "base/json.h"
#include "platform/ctx.h"

enum handover_state { HS_PLANNED, HS_NOTIFIED, HS_INSPECTED, HS_HANDED_OVER, HS_CANCELLED, HS_COUNT };
enum handover_event { HE_CHANGE, HE_NOTIFY, HE_INSPECT, HE_HAND_OVER, HE_CANCEL, HE_COUNT };
enum { HA_DESK = 1 };
enum handover_result { HR_OPEN, HR_OK, HR_FAILED, HR_NONE, HR_COUNT }; /* none: the room has no such thing */
extern const char *const handover_state_name[HS_COUNT];
extern const char *const handover_event_name[HE_COUNT];
extern const char *const handover_result_name[HR_COUNT];
extern const struct fsm handover_fsm;

#define HANDOVER_ITEMS    60
#define HANDOVER_PHOTOS   6 /* an item */
#define HANDOVER_ROOMS    500
#define HANDOVER_READINGS 20
#define HANDOVER_FEES     20

struct handover_item {
    int64_t fault_type_id; /* 0: any that fits a room */
    const char *name;
};
/* The project's list, or the program's own. */
typedef void handover_item_fn(void *arg, const struct handover_item *i);
MUST_CHECK enum err handover_items(struct ctx *cx, handover_item_fn *fn, void *arg);
MUST_CHECK enum err handover_items_set(struct ctx *cx, const struct handover_item *v, size_t n);

struct handover {
    int64_t id, company_id, project_id, room_id, party_id, keys, signature_id, version, created_at, changed_at;
    int32_t day, handed_day, fee_from;
    int state;
    const char *room, *person, *note, *reason, *room_state; /* person: NULL: nobody is registered */
};
/* One a room; rooms that have one under way are left out. ERR_INVALID "rooms[i]": no such room. */
typedef void handover_made_fn(void *arg, int64_t id, int64_t room_id);
MUST_CHECK enum err handover_plan(struct ctx *cx, const int64_t *rooms, size_t n, int32_t day, const char *note,
                                  handover_made_fn *fn, void *arg);
MUST_CHECK enum err handover_get(struct ctx *cx, int64_t id, struct handover *out);
struct handover_filter {
    const char *state;
    int64_t room_id, building_id, from_day, to_day, before, limit;
};
typedef void handover_fn(void *arg, const struct handover *h);
MUST_CHECK enum err handover_list(struct ctx *cx, const struct handover_filter *f, handover_fn *fn, void *arg);

struct handover_check {
    int64_t n, repair_id, at;
    const char *name, *result, *note;
    struct json_list photos; /* of int64_t */
};
struct handover_meter {
    int64_t meter_id, reading_e3;
    const char *serial, *item;
};
struct handover_past {
    int64_t n, at;
    const char *event, *from, *to, *by, *note;
};
typedef void handover_check_fn(void *arg, const struct handover_check *c);
typedef void handover_meter_fn(void *arg, const struct handover_meter *m);
typedef void handover_past_fn(void *arg, const struct handover_past *p);
MUST_CHECK enum err handover_checks(struct ctx *cx, int64_t id, handover_check_fn *fn, void *arg);
MUST_CHECK enum err handover_meters(struct ctx *cx, int64_t id, handover_meter_fn *fn, void *arg);
/* Those to read on the day; reading_e3 is 0. */
MUST_CHECK enum err handover_room_meters(struct ctx *cx, const struct handover *h, handover_meter_fn *fn, void *arg);
MUST_CHECK enum err handover_history(struct ctx *cx, int64_t id, handover_past_fn *fn, void *arg);

struct handover_answer {
    int64_t n;
    int result; /* enum handover_result */
    const char *note;
    struct json_list photos;
};
struct handover_reading {
    int64_t meter_id, reading_e3;
};
struct handover_step {
    int event;
    int64_t version; /* If-Match; 0: not checked */
    const char *note;
    int32_t day; /* change: when; hand_over: 0 today */
    const struct handover_answer *answers;
    size_t nanswers;
    int64_t keys, signature_id;
    int room_state; /* ROOM_DELIVERED or ROOM_OCCUPIED */
    const struct handover_reading *readings;
    size_t nreadings;
    int32_t fee_from;    /* 0: the day of the handover */
    const int64_t *fees; /* items the room pays from then on; for those who set up fees */
    size_t nfees;
};
MUST_CHECK enum err handover_act(struct ctx *cx, int64_t id, const struct handover_step *s, struct handover *out);

#endif
