/* maint.h - maintenance plans (维保计划), the scheduler that makes their tasks, tasks from due to accepted, patrols.
 *
 * A plan is about facilities (or a patrol route). The scheduler turns each (plan, facility, slot) into exactly one task, or
 * into one row of the gap log that says why there is none. A slot is the day the rule names (or, by usage, the reading);
 * the cursor of each (plan, facility) only goes forward, whatever the clock does. See maint_run.c.
 * Machines: maint_states.c (`anjud states`). OWNERSHIP: strings live in cx->arena.  SPDX-License-Identifier: MIT */
#ifndef DOMAIN_MAINT_H
#define DOMAIN_MAINT_H
#include "base/fsm.h"
#include "base/json.h"
#include "domain/calendar.h"
#include "domain/facility.h"

/* ---- when (maint_slot.c): pure ---- */
enum maint_unit { MU_DAY, MU_WEEK, MU_MONTH, MU_YEAR, MU_COUNT };
extern const char *const maint_unit_name[MU_COUNT];
struct maint_rule {
    int64_t every_n; /* 1.. */
    int unit;        /* enum maint_unit */
    int32_t anchor;  /* the first slot */
    int month_day;   /* 1..31: that day of the month, the last one in shorter months; 0: the anchor's */
    /* The work falls on the next working day of this calendar, the slot keeps its day; no slot if another is hit by then.
     * NULL: on any day */
    const struct calendar_own *workdays;
};
/* The first slot after `after` (0: the first of all). 29 Feb and the 31st come back when the month has them again. */
int32_t maint_slot_after(const struct maint_rule *r, int32_t after);
/* `n` units after a day, for plans that count from when the work was done. */
int32_t maint_add(int32_t day, int64_t n, int unit);
int32_t maint_work_day(const struct maint_rule *r, int32_t slot);
/* Counting readings: the first multiple of step above the reading, counted from base. */
int64_t maint_usage_after(int64_t step_e3, int64_t after_e3);

/* ---- plans ---- */
enum maint_kind { MK_DAILY, MK_MINOR, MK_MAJOR, MK_ANNUAL, MK_PATROL, MK_COUNT };
extern const char *const maint_kind_name[MK_COUNT];
enum maint_basis { MB_SCHEDULED, MB_COMPLETED, MB_COUNT };
extern const char *const maint_basis_name[MB_COUNT];
enum maint_cycle { MC_CALENDAR, MC_USAGE, MC_COUNT };
extern const char *const maint_cycle_name[MC_COUNT];
enum maint_catch_up { CU_ALL, CU_LATEST, CU_NONE, CU_COUNT };
extern const char *const maint_catch_up_name[CU_COUNT];
enum maint_plan_state { PS_DRAFT, PS_ACTIVE, PS_PAUSED, PS_ENDED, PS_COUNT };
extern const char *const maint_plan_state_name[PS_COUNT];
enum maint_plan_event { PE_ACTIVATE, PE_PAUSE, PE_RESUME, PE_END, PE_COUNT };
extern const char *const maint_plan_event_name[PE_COUNT];
enum maint_item_kind { IK_TEXT, IK_NUMBER, IK_CHOICE, IK_YES_NO, IK_PHOTO, IK_SIGNATURE, IK_COUNT };
extern const char *const maint_item_kind_name[IK_COUNT];
extern const struct fsm maint_plan_fsm, maint_task_fsm;

struct maint_item { /* of a checklist */
    int kind;       /* enum maint_item_kind */
    const char *text, *measure;
    int64_t min_e3, max_e3; /* number; valid with has_min, has_max */
    bool has_min, has_max, required;
    struct json_list choices; /* choice: const char *; */
    struct json_list bad;     /* choice: those that fail */
    bool bad_yes;             /* yes_no: "yes" is the failure */
};
#define MAINT_ITEMS 60
/* The list as JSON for the store, and back. Reading fills at most max items. */
const char *maint_items_json(struct arena *a, const struct maint_item *v, size_t n);
size_t maint_items_read(struct arena *a, const char *json, struct maint_item *v, size_t max);
/* Is this an answer to the item, and does it pass? false: *why says what is wrong. Pure. */
bool maint_item_check(const struct maint_item *it, const char *value, bool *pass, struct why *why);

struct maint_plan {
    int64_t id, version, every_n, anchor_day, month_day, last_day, step_e3, early_days, late_days, horizon_days;
    int64_t deputy_id, fault_type_id, route_id, skip_until, created_by, created_at;
    const char *name, *remind, *skill, *law, *pause_reason;
    int kind, basis, cycle, unit, catch_up, state;
    bool workdays, statutory, scan;
    const char *items;                  /* JSON */
    struct json_list facilities, staff; /* int64_t: on the way in, and of maint_plan_get() */
};
MUST_CHECK enum err maint_plan_add(struct ctx *cx, struct maint_plan *p, int64_t *id); /* a draft. WRITE */
/* Drafts and paused plans only; facilities that stay keep their cursor. WRITE */
MUST_CHECK enum err maint_plan_change(struct ctx *cx, struct maint_plan *p);
MUST_CHECK enum err maint_plan_get(struct ctx *cx, int64_t id, struct maint_plan *out);
typedef void maint_plan_fn(void *arg, const struct maint_plan *p);
MUST_CHECK enum err maint_plan_list(struct ctx *cx, const char *state, int64_t facility_id, int64_t before_id,
                                    int64_t limit, maint_plan_fn *fn, void *arg);
MUST_CHECK enum err maint_plan_act(struct ctx *cx, int64_t id, enum maint_plan_event ev, const char *reason,
                                   struct maint_plan *out);
struct maint_gap {
    int64_t facility_id, slot, at;
    const char *facility, *reason;
};
typedef void maint_gap_fn(void *arg, const struct maint_gap *g);
MUST_CHECK enum err maint_gaps(struct ctx *cx, int64_t plan_id, int64_t before_slot, int64_t limit, maint_gap_fn *fn,
                               void *arg);
/* What the law asks for (法定周期), as data: maint_template.c */
struct maint_template {
    const char *code, *name, *category, *law;
    int kind, unit;
    int64_t every_n;
    bool statutory;
    const struct maint_item *items;
    size_t nitems;
};
size_t maint_template_count(void);
const struct maint_template *maint_template_at(size_t i);
/* A draft made of it; *p brings name (NULL: the template's), facilities, staff, anchor and the like. WRITE */
MUST_CHECK enum err maint_plan_from(struct ctx *cx, const char *code, struct maint_plan *p, int64_t *id);

/* ---- the scheduler (maint_run.c); as the system ---- */
#define MAINT_SLOTS 32 /* slots that one transaction deals with at most */
struct maint_due {
    int64_t plan_id, facility_id;
};
/* Targets that have something to make by cx->now, at most max, behind *after (zeros: from the first). READ */
MUST_CHECK enum err maint_due(struct ctx *cx, const struct maint_due *after, struct maint_due *v, size_t max,
                              size_t *n);
/* Makes what is due of one target, at most MAINT_SLOTS slots; *more: there is more. WRITE; harmless to repeat. */
MUST_CHECK enum err maint_make(struct ctx *cx, const struct maint_due *d, bool *more);
/* Facilities whose statutory inspection comes near (30 days, 7 days, due): tells keeper and managers, each step once, a few
 * facilities a transaction; *more: there is more. WRITE */
MUST_CHECK enum err maint_inspections(struct ctx *cx, bool *more);
/* Reminders, lateness, points missed. */
MUST_CHECK enum err maint_task_due(struct ctx *cx, int64_t *ids, size_t max, size_t *n, int64_t *next); /* READ */
MUST_CHECK enum err maint_task_tick(struct ctx *cx, int64_t id);                                        /* WRITE */

/* ---- tasks ---- */
enum maint_task_state { TS_SCHEDULED, TS_IN_PROGRESS, TS_AWAIT_ACCEPT, TS_DONE, TS_SKIPPED, TS_COUNT };
extern const char *const maint_task_state_name[TS_COUNT];
/* clang-format off */
enum maint_task_event { TE_START, TE_SUBMIT, TE_ACCEPT, TE_REJECT, TE_SKIP, TE_TRANSFER, TE_COUNT };
/* clang-format on */
extern const char *const maint_task_event_name[TE_COUNT];

struct maint_task {
    int64_t id, company_id, project_id, version, plan_id, facility_id, route_id, slot, from_day, day, due_day;
    int64_t holder_id, deputy_id, fault_type_id, escalated, told, next_at, doer_id, started_at, submitted_at, closed_at;
    int64_t closed_by, skip_by, failed, labour_min, cost_fen, created_at;
    int kind, state;
    bool statutory, scan, overdue;
    const char *name, *skill, *remind, *items, *reason, *note;
    const char *facility, *facility_code, *place, *holder, *plan; /* joined */
};
enum { MA_DOER = 1, MA_MANAGER = 2, MA_DESK = 4 }; /* what cx->who is to a task */
MUST_CHECK enum err maint_task_get(struct ctx *cx, int64_t id, struct maint_task *out, unsigned *actor);
struct maint_task_filter {
    const char *state; /* NULL: any */
    int64_t plan_id, facility_id, from_day, to_day, before_id, limit;
    bool mine, overdue, open;
};
typedef void maint_task_fn(void *arg, const struct maint_task *t);
/* Technicians see what is theirs and what waits for somebody with a skill of theirs. */
MUST_CHECK enum err maint_task_list(struct ctx *cx, const struct maint_task_filter *f, maint_task_fn *fn, void *arg);

struct maint_answer {
    int64_t n, file_id;
    const char *value, *note;
};
struct maint_step {
    enum maint_task_event event;
    int64_t version, target_id, labour_min, cost_fen;
    const char *note, *token; /* token: the code scanned at the facility */
    const struct maint_answer *answers;
    size_t nanswers;
};
MUST_CHECK enum err maint_task_act(struct ctx *cx, int64_t id, const struct maint_step *s, struct maint_task *out);
struct maint_result {
    int64_t n, file_id, repair_id, at;
    const char *value, *note;
    bool pass;
};
typedef void maint_result_fn(void *arg, const struct maint_result *r);
MUST_CHECK enum err maint_results(struct ctx *cx, int64_t task_id, maint_result_fn *fn, void *arg);
struct maint_task_event_row {
    int64_t n, at;
    const char *event, *from, *to, *actor, *note;
};
typedef void maint_task_event_fn(void *arg, const struct maint_task_event_row *e);
MUST_CHECK enum err maint_task_history(struct ctx *cx, int64_t task_id, maint_task_event_fn *fn, void *arg);
/* Done in time of what was due in [from_day, to_day], by plan | kind | category | person. */
struct maint_compliance {
    const char *key, *name;
    int64_t due, done, in_time, late, skipped, open, gaps;
};
typedef void maint_compliance_fn(void *arg, const struct maint_compliance *c);
MUST_CHECK enum err maint_stat_compliance(struct ctx *cx, const char *by, int64_t from_day, int64_t to_day,
                                          maint_compliance_fn *fn, void *arg);

/* Who has how much to do on which day of [from_day, to_day]; holder 0: waits for whoever has the skill. */
struct maint_load {
    int64_t day, holder_id, tasks, open, overdue;
    const char *holder;
};
typedef void maint_load_fn(void *arg, const struct maint_load *l);
MUST_CHECK enum err maint_calendar(struct ctx *cx, int64_t from_day, int64_t to_day, maint_load_fn *fn, void *arg);

/* ---- patrol (maint_patrol.c) ---- */
struct maint_point {
    int64_t id, facility_id, at_min, window_min, lat_e6, lng_e6, radius_m, code_version;
    const char *name, *token; /* token: what its code says; staff who set up routes only */
};
struct maint_route {
    int64_t id, version;
    const char *name;
    bool in_order, enabled;
    struct json_list points; /* struct maint_point, in order */
};
MUST_CHECK enum err maint_route_save(struct ctx *cx,
                                     struct maint_route *r); /* id 0: new; points with an id stay. WRITE */
MUST_CHECK enum err maint_route_get(struct ctx *cx, int64_t id, struct maint_route *out);
typedef void maint_route_fn(void *arg, const struct maint_route *r);
MUST_CHECK enum err maint_route_list(struct ctx *cx, maint_route_fn *fn, void *arg);
/* Another code for a point: the old one ends. WRITE */
MUST_CHECK enum err maint_point_rotate(struct ctx *cx, int64_t point_id, const char **token);

struct maint_check {
    int64_t point_id, n, from_at, to_at, at, away_m, repair_id;
    const char *name, *state, *by, *note;
    bool ok;
};
struct maint_check_in {
    const char *token, *note;
    bool has_place, fault; /* fault: becomes a repair order */
    int64_t lat_e6, lng_e6;
};
/* The point whose code was scanned, of a patrol that is under way and the caller's. WRITE */
MUST_CHECK enum err maint_patrol_check(struct ctx *cx, int64_t task_id, const struct maint_check_in *in,
                                       struct maint_check *out);
typedef void maint_check_fn(void *arg, const struct maint_check *c);
MUST_CHECK enum err maint_checks(struct ctx *cx, int64_t task_id, maint_check_fn *fn, void *arg);

#endif
