/* repair.h - repair orders (报修工单) from report to close, and their dispatch.
 *
 * The state machine is the table in repair_states.c (`anjud states` prints it). Every step is: load, find the
 * edge for (state, event, actor), run the event's guard and effects, save with "WHERE version = old", append
 * the event (its number is the new version, so the history has no gaps), emit to the live topics.
 * One UPDATE with one version decides who holds a job; Redis only carries hints (dispatch.c).
 * Another company's or a foreign room's order is "not found". OWNERSHIP: strings live in cx->arena.
 * SPDX-License-Identifier: MIT */
#ifndef DOMAIN_REPAIR_H
#define DOMAIN_REPAIR_H
#include "base/fsm.h"
#include "base/json.h"
#include "platform/ctx.h"

/* clang-format off */
#define REPAIR_STATES(X) \
    X(NEW, "new") X(QUEUED, "queued") X(OFFERED, "offered") X(ASSIGNED, "assigned") \
    X(EN_ROUTE, "en_route") X(ARRIVED, "arrived") X(IN_REPAIR, "in_repair") X(ON_HOLD, "on_hold") \
    X(DONE, "done") X(AWAIT_PAY, "await_pay") X(AWAIT_CONFIRM, "await_confirm") X(AWAIT_VISIT, "await_visit") \
    X(CLOSED, "closed") X(CANCELLED, "cancelled") X(REJECTED, "rejected")
/* clang-format on */
enum repair_state {
#define X(n, w) RS_##n,
    REPAIR_STATES(X)
#undef X
        RS_COUNT
};
/* clang-format off */
#define REPAIR_EVENTS(X) \
    X(SUBMIT, "submit") X(TRIAGE, "triage") X(OFFER, "offer") X(ASSIGN, "assign") \
    X(GRAB, "grab") X(ACCEPT, "accept") X(DECLINE, "decline") X(EXPIRE, "expire") \
    X(DEPART, "depart") X(ARRIVE, "arrive") X(QUOTE, "quote") X(QUOTE_ACCEPT, "quote_accept") \
    X(QUOTE_REFUSE, "quote_refuse") X(START, "start") X(HOLD, "hold") X(RESUME, "resume") \
    X(TRANSFER, "transfer") X(RETURN, "return") X(RELEASE, "release") X(FINISH, "finish") \
    X(ROUTE, "route") X(PAID, "paid") X(WAIVE, "waive") X(RATE, "rate") \
    X(REWORK, "rework") X(AUTO_CLOSE, "auto_close") X(VISIT, "visit") X(CANCEL, "cancel") \
    X(VOID, "void") X(FORCE_FINISH, "force_finish") X(URGE, "urge") X(COMMENT, "comment") \
    X(ESCALATE, "escalate")
/* clang-format on */
enum repair_event {
#define X(n, w) RE_##n,
    REPAIR_EVENTS(X)
#undef X
        RE_COUNT
};
/* Who raises an event, as seen by one order */
/* clang-format off */
#define REPAIR_ACTORS(X) \
    X(OWNER, "owner") X(HOLDER, "holder") X(OFFEREE, "offeree") X(TECH, "technician") \
    X(DESK, "desk") X(MANAGER, "manager") X(CSR, "customer_service") X(SYSTEM, "system") X(READER, "reader")
/* clang-format on */
enum repair_actor_no {
#define X(n, w) RA_NO_##n,
    REPAIR_ACTORS(X)
#undef X
        RA_COUNT
};
enum repair_actor {
#define X(n, w) RA_##n = 1 << RA_NO_##n,
    REPAIR_ACTORS(X)
#undef X
};
extern const struct fsm repair_fsm;
extern const char *const repair_state_name[RS_COUNT];
extern const char *const repair_event_name[RE_COUNT];
/* What the owner sees (三步进度): 0 waiting, 1 已到达, 2 维修中, 3 已完成; -1 cancelled or rejected */
int repair_progress(enum repair_state s);

enum dispatch_mode { MODE_GRAB, MODE_ASSIGN, MODE_ROUND_ROBIN, MODE_AUTO, MODE_COUNT };
extern const char *const dispatch_mode_name[MODE_COUNT];
enum urgency { URGENCY_LOW, URGENCY_NORMAL, URGENCY_HIGH, URGENCY_EMERGENCY, URGENCY_COUNT };
extern const char *const urgency_name[URGENCY_COUNT];
enum repair_channel { CH_OWNER, CH_STAFF, CH_PHONE, CH_INSPECTION, CH_DEVICE, CH_COUNT };
extern const char *const repair_channel_name[CH_COUNT];
enum hold_reason { HOLD_PART, HOLD_OWNER_ABSENT, HOLD_THIRD_PARTY, HOLD_OTHER, HOLD_COUNT };
extern const char *const hold_reason_name[HOLD_COUNT]; /* the SLA pauses for owner_absent and third_party only */

struct repair {
    int64_t id, company_id, project_id, type_id, room_id, facility_id, reporter_id, holder_id, version;
    const char *number, *skill, *place, *contact_name, *contact_hint, *description, *hold_reason, *quote_state;
    const char *measure, *rating_tags, *rating_text;
    int mode, channel, urgency; /* enums above */
    enum repair_state state, held_from;
    bool public_area, escalated, forced;
    int64_t slot_from, slot_to, hold_at, hold_until, paused_ms;
    int64_t respond_due, arrive_due, finish_due, sla_told, due_at;
    int64_t attempts, reopened, quote_fen, charge_fen, cause_id, labour_min, stars;
    int64_t urged_at, queued_at, accepted_at, arrived_at, started_at, finished_at, closed_at, created_at;
    int64_t confirm_at; /* since when the owner is asked: finished, and paid if it cost something */
    /* joined for display */
    const char *type_name, *holder_name, *room_name, *cause_name, *facility_name;
};

struct repair_line {
    int kind; /* 0 labour, 1 material */
    int64_t material_id, qty_e3, price_fen, amount_fen;
    const char *name;
};
extern const char *const repair_line_kind[2];

struct repair_report {
    int64_t type_id, room_id; /* room 0: public area of the session's project */
    int64_t facility_id;      /* 0: none; staff only */
    const char *place, *description, *contact_name, *contact_phone;
    int urgency, channel;
    int64_t slot_from, slot_to;
    const int64_t *photos;
    size_t nphotos;
};
/* WRITE. duplicates: ids of open orders of the same type and place (a hint, not a refusal). */
MUST_CHECK enum err repair_report(struct ctx *cx, const struct repair_report *in, struct repair *out,
                                  struct json_list *duplicates);

struct repair_step {
    enum repair_event event;
    int64_t version;           /* If-Match; 0: not checked */
    const char *note, *reason; /* reason: a code where the event has codes, else free text */
    int64_t target_id;         /* assign, transfer: technician */
    int64_t until;             /* hold */
    int64_t cause_id, labour_min, quote_fen;
    const char *measure, *tags;
    const struct repair_line *lines;
    size_t nlines;
    const int64_t *photos;
    size_t nphotos;
    int64_t stars;
    bool satisfied, internal, keep_charge;
};
/* One step by a person (cx->who). WRITE. ERR_STATE tells the current state; ERR_TAKEN: lost the race. */
MUST_CHECK enum err repair_act(struct ctx *cx, int64_t id, const struct repair_step *step, struct repair *out);
/* The payment engine says the order's bill is paid. WRITE, as the system. */
MUST_CHECK enum err repair_paid(struct ctx *cx, int64_t id);
/* Its bill is void or written off: nobody will pay it. WRITE, as the system. */
MUST_CHECK enum err repair_unbilled(struct ctx *cx, int64_t id);

/* ---- offers (dispatch.c) ---- */
struct repair_offer {
    int64_t id, repair_id, project_id, company_id, account_id, version, rung, next_at, expires_at, delivered_at,
        seen_at;
    int64_t created_at;
    const char *kind, *state;
};
MUST_CHECK enum err offer_accept(struct ctx *cx, int64_t offer_id, struct repair *out);
MUST_CHECK enum err offer_decline(struct ctx *cx, int64_t offer_id, const char *reason);
MUST_CHECK enum err offer_seen(struct ctx *cx, int64_t offer_id, bool seen); /* false: delivered only */
typedef void offer_fn(void *arg, const struct repair_offer *o, const struct repair *r);
MUST_CHECK enum err offer_list(struct ctx *cx, offer_fn *fn, void *arg); /* my open offers. READ */

/* ---- jobs, as the system; WRITE ---- */
/* A queued order looks for a technician. Stale (other version or state): OK, nothing happens. */
MUST_CHECK enum err dispatch_try(struct ctx *cx, int64_t repair_id, int64_t version);
/* The offer's ladder: acknowledged? platform message, SMS, expiry. */
MUST_CHECK enum err offer_tick(struct ctx *cx, int64_t offer_id);
/* Timers of one order: SLA warnings, hold over, auto close, standing still in the queue. */
MUST_CHECK enum err repair_tick(struct ctx *cx, int64_t repair_id);
/* What is due: ids with their time passed, oldest first. READ. *next = when the first later one is due, 0 none. */
MUST_CHECK enum err repair_due_ids(struct ctx *cx, int64_t *ids, size_t max, size_t *n, int64_t *next);
MUST_CHECK enum err offer_due_ids(struct ctx *cx, int64_t *ids, size_t max, size_t *n, int64_t *next);
/* All queued orders as {id, version, project, skill}: to rebuild an empty Redis. READ. */
typedef void queued_fn(void *arg, int64_t id, int64_t version, int64_t project_id, const char *skill);
MUST_CHECK enum err repair_each_queued(struct ctx *cx, queued_fn *fn, void *arg);
/* A technician went off duty, was disabled or lost the role: open offers go back, and with
 * holding_too the jobs not yet arrived at in projects where he may not work any more. */
MUST_CHECK enum err repair_release_technician(struct ctx *cx, int64_t account_id, bool holding_too);

/* ---- reading ---- */
/* ERR_NOT_FOUND when cx->who may not see it. *actor = RA_ bits of cx->who for this order. */
MUST_CHECK enum err repair_get(struct ctx *cx, int64_t id, struct repair *out, unsigned *actor);
MUST_CHECK enum err repair_contact(struct ctx *cx, int64_t id, const char **phone); /* holder and desk only; audited */
struct repair_event_row {
    int64_t n, at, actor_id, holder_id;
    const char *actor_name, *event, *from, *to, *note;
    bool internal;
};
typedef void repair_event_fn(void *arg, const struct repair_event_row *e);
MUST_CHECK enum err repair_history(struct ctx *cx, int64_t id, bool internal_too, repair_event_fn *fn, void *arg);
typedef void repair_line_fn(void *arg, const struct repair_line *l);
MUST_CHECK enum err repair_lines(struct ctx *cx, int64_t id, repair_line_fn *fn, void *arg);
typedef void repair_photo_fn(void *arg, int64_t file_id, const char *stage);
MUST_CHECK enum err repair_photos(struct ctx *cx, int64_t id, repair_photo_fn *fn, void *arg);

enum repair_view { VIEW_MINE, VIEW_BOARD, VIEW_JOBS, VIEW_POOL, VIEW_COUNT };
extern const char *const repair_view_name[VIEW_COUNT];
struct repair_filter {
    int view;
    const char *state;  /* NULL: any */
    const char *search; /* number or place contains it, or the room in any spelling; NULL: none */
    int64_t before_id;  /* cursor; 0: newest */
    int64_t limit;
    int64_t facility_id; /* 0: any */
    bool open_only;
};
typedef void repair_fn(void *arg, const struct repair *r);
MUST_CHECK enum err repair_list(struct ctx *cx, const struct repair_filter *f, repair_fn *fn, void *arg);
/* Open orders by state for the board's counters. */
typedef void count_fn(void *arg, const char *key, int64_t n);
MUST_CHECK enum err repair_counts(struct ctx *cx, count_fn *fn, void *arg);
/* Analysis over created_at in [from, to): by type | cause | technician | place; and repeat failures (same place and
 * type within 30 days). */
struct repair_stat {
    const char *key;
    int64_t n, closed, overdue, reopened, avg_respond_ms, avg_finish_ms, stars_sum, stars_n, charge_fen;
};
typedef void stat_fn(void *arg, const struct repair_stat *s);
MUST_CHECK enum err repair_analysis(struct ctx *cx, const char *by, int64_t from, int64_t to, stat_fn *fn, void *arg);

/* ---- set-up (repair_setup.c) ---- */
struct fault_type {
    int64_t id, parent_id, respond_ms, arrive_ms, finish_ms, version;
    const char *name, *skill, *place, *visit;
    int mode, urgency;
    bool chargeable, photo_needed, enabled;
};
typedef void type_fn(void *arg, const struct fault_type *t);
MUST_CHECK enum err fault_type_list(struct ctx *cx, type_fn *fn, void *arg);
MUST_CHECK enum err fault_type_get(struct ctx *cx, int64_t id, struct fault_type *out);
MUST_CHECK enum err fault_type_save(struct ctx *cx, struct fault_type *t); /* id 0: new */
typedef void named_fn(void *arg, int64_t id, const char *code, const char *name, const char *skill);
MUST_CHECK enum err cause_list(struct ctx *cx, named_fn *fn, void *arg);
/* Fault types and causes a new company starts with (repair_defaults.c). */
MUST_CHECK enum err repair_defaults(struct ctx *cx);
MUST_CHECK enum err cause_add(struct ctx *cx, const char *skill, const char *code, const char *name, int64_t *id);
struct material {
    int64_t id, price_min_fen, price_max_fen, stock_e3, version;
    const char *name, *measure;
};
typedef void material_fn(void *arg, const struct material *m);
MUST_CHECK enum err material_list(struct ctx *cx, material_fn *fn, void *arg);
MUST_CHECK enum err material_add(struct ctx *cx, const struct material *m, int64_t *id);
MUST_CHECK enum err material_stock(struct ctx *cx, int64_t id, int64_t qty_e3, const char *reason); /* in +, out - */

/* ---- technicians (technician.c) ---- */
struct shift {
    int64_t project_id, weekdays, from_min, to_min; /* weekdays: bit 0 Sunday; to_min past 1440: next day */
};
struct technician {
    int64_t id, max_open, open_jobs, duty_at;
    const char *name;
    bool on_duty;
    const char **skills;
    size_t nskills;
    struct shift *shifts;
    size_t nshifts;
};
MUST_CHECK enum err technician_save(struct ctx *cx, const struct technician *t); /* skills, shifts, cap; audited */
MUST_CHECK enum err technician_duty(struct ctx *cx, bool on);                    /* my own switch (上班/下班) */
MUST_CHECK enum err technician_get(struct ctx *cx, int64_t id, struct technician *out);
typedef void technician_fn(void *arg, const struct technician *t);
MUST_CHECK enum err technician_list(struct ctx *cx, technician_fn *fn, void *arg); /* of the current project */
/* Who could take this order now, best first: for the dispatcher's screen. */
struct candidate {
    int64_t id, load, max_open, turn;
    const char *name;
    bool on_duty, on_leave;
};
typedef void candidate_fn(void *arg, const struct candidate *c);
MUST_CHECK enum err dispatch_candidates(struct ctx *cx, int64_t repair_id, candidate_fn *fn, void *arg);
/* Whom the holder may hand his own job to (转单): the others with its skill and room for one more, best first. Not found to
 * whoever does not hold it. */
MUST_CHECK enum err dispatch_colleagues(struct ctx *cx, int64_t repair_id, candidate_fn *fn, void *arg);

#endif
