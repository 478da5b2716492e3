/* facility.h - the register of facilities (设施设备台账): what there is, where, since when, in what state, and everything
 * that has happened to it. Repairs and maintenance point here.
 *
 * state: in_use <-> stopped <-> idle -> scrapped (the end). up/down is another matter: a lift in use may be broken down;
 * every downtime is a row with its beginning and end. Facilities are the current project's; another's is "not found".
 * OWNERSHIP: strings live in cx->arena.  SPDX-License-Identifier: MIT */
#ifndef DOMAIN_FACILITY_H
#define DOMAIN_FACILITY_H
#include "base/json.h"
#include "domain/repair.h"
#include "platform/ctx.h"
#include "platform/table/csv.h"

enum facility_state { FS_IN_USE, FS_STOPPED, FS_IDLE, FS_SCRAPPED, FS_COUNT };
extern const char *const facility_state_name[FS_COUNT];
extern const char *const facility_importance_name[3];
#define FILE_KINDS 6
extern const char *const facility_file_kind[FILE_KINDS];
#define COST_KINDS 5
extern const char *const facility_cost_kind[COST_KINDS];

/* ---- categories and suppliers ---- */
struct facility_category {
    const char *code, *name;
    bool built_in, enabled;
};
typedef void category_fn(void *arg, const struct facility_category *c);
MUST_CHECK enum err facility_categories(struct ctx *cx, category_fn *fn, void *arg); /* READ */
/* A new one, or another name for one there is. WRITE */
MUST_CHECK enum err facility_category_save(struct ctx *cx, const struct facility_category *c);
/* ERR_INVALID "category" unless it exists and is enabled. */
MUST_CHECK enum err facility_category_check(struct ctx *cx, const char *code);
MUST_CHECK enum err facility_category_name(struct ctx *cx, const char *code, const char **name);

struct facility_supplier {
    int64_t id, version;
    const char *name, *contact, *phone, *note;
};
typedef void supplier_fn(void *arg, const struct facility_supplier *s);
MUST_CHECK enum err supplier_list(struct ctx *cx, supplier_fn *fn, void *arg);
MUST_CHECK enum err supplier_save(struct ctx *cx, struct facility_supplier *s); /* id 0: new; else guarded by version */

/* ---- the register ---- */
struct facility {
    int64_t id, version, building_id, room_id, supplier_id, parent_id, keeper_id;
    int64_t bought_day, service_day, warranty_day, inspected_day, inspect_due; /* yyyymmdd; 0: not known */
    int64_t price_fen, life_months, down_at, code_version, reading_e3, created_at;
    const char *code, *name, *category, *brand, *model, *serial, *place, *reg_no, *note, *measure;
    int importance, state; /* facility_importance_name, facility_state_name */
    bool up, code_live;
    const char *building, *room, *supplier, *parent, *keeper; /* joined for display */
};
MUST_CHECK enum err facility_get(struct ctx *cx, int64_t id, struct facility *out);
/* NULL texts are "". ERR_EXISTS "code"; ERR_INVALID names the field. State, up and readings are not taken from *in. WRITE */
MUST_CHECK enum err facility_add(struct ctx *cx, struct facility *in, int64_t *id);
/* All of it anew, guarded by in->version; each field that changes is a line of the history. WRITE */
MUST_CHECK enum err facility_change(struct ctx *cx, struct facility *in, struct facility *out);
MUST_CHECK enum err facility_set_state(struct ctx *cx, int64_t id, int64_t version, int state, const char *reason,
                                       struct facility *out);
/* Broken down, and working again; when it is so already nothing happens. repair_id 0: none. WRITE */
MUST_CHECK enum err facility_down(struct ctx *cx, int64_t id, const char *reason, int64_t repair_id);
MUST_CHECK enum err facility_up(struct ctx *cx, int64_t id, const char *reason);
/* A reading never goes down. WRITE */
MUST_CHECK enum err facility_read(struct ctx *cx, int64_t id, int64_t value_e3);
/* "name, place" for people, without anything personal. */
const char *facility_where(struct ctx *cx, const struct facility *f);

struct facility_filter {
    const char *category, *state, *importance, *search; /* NULL: any */
    int64_t building_id, parent_id, supplier_id, before_id, limit;
    int64_t inspect_before, warranty_before; /* days; 0: any */
    bool down_only;
};
typedef void facility_fn(void *arg, const struct facility *f);
MUST_CHECK enum err facility_list(struct ctx *cx, const struct facility_filter *f, facility_fn *fn, void *arg);

/* ---- what happened ---- */
struct facility_event {
    int64_t id, ref_id, at;
    const char *kind, *field, *before, *after, *actor;
};
typedef void facility_event_fn(void *arg, const struct facility_event *e);
MUST_CHECK enum err facility_history(struct ctx *cx, int64_t id, const char *kind, int64_t before_id, int64_t limit,
                                     facility_event_fn *fn, void *arg);
/* A line of the history, for the modules above. Texts may be NULL. WRITE */
MUST_CHECK enum err facility_log(struct ctx *cx, int64_t id, const char *kind, const char *field, const char *before,
                                 const char *after, int64_t ref_id);
struct facility_downtime {
    int64_t id, from_at, to_at, repair_id;
    const char *reason;
};
typedef void downtime_fn(void *arg, const struct facility_downtime *d);
MUST_CHECK enum err facility_downtimes(struct ctx *cx, int64_t id, downtime_fn *fn, void *arg); /* the newest 200 */

MUST_CHECK enum err facility_file_add(struct ctx *cx, int64_t id, int64_t file_id, int kind);
MUST_CHECK enum err facility_file_drop(struct ctx *cx, int64_t id, int64_t file_id);
typedef void facility_file_fn(void *arg, int64_t file_id, const char *kind, const char *name, int64_t at);
MUST_CHECK enum err facility_files(struct ctx *cx, int64_t id, facility_file_fn *fn, void *arg);

MUST_CHECK enum err facility_cost_add(struct ctx *cx, int64_t id, int kind, int64_t amount_fen, int64_t day,
                                      const char *note, int64_t *cost_id);
struct facility_costs { /* fen, over the whole life */
    int64_t repair_fen, parts_fen, maintenance_fen, other_fen, repairs, tasks, downtime_ms;
};
/* Labour of repair orders; parts taken from stock at their lowest price, or at what was charged if that was more; costs of
 * tasks; what was entered by hand. READ */
MUST_CHECK enum err facility_cost_sum(struct ctx *cx, int64_t id, struct facility_costs *out);

/* ---- repairs (called by the faces, in the transaction of the repair's own step) ---- */
/* An order for a facility was reported: into the history; an emergency, or `down`, also stops it. */
MUST_CHECK enum err facility_repair_opened(struct ctx *cx, const struct repair *r, bool down);
/* A step was taken: the end of the work goes into the history with cause and measure; `up` starts the facility again. */
MUST_CHECK enum err facility_repair_step(struct ctx *cx, const struct repair *r, bool finished, bool up);

/* ---- analysis over repairs of facilities reported in [from, to) (facility_stat.c). READ ---- */
struct facility_pareto {
    const char *cause;
    int64_t n, share_e4, sum_e4; /* of all, and of this and those before it */
};
typedef void pareto_fn(void *arg, const struct facility_pareto *p);
MUST_CHECK enum err facility_stat_pareto(struct ctx *cx, int64_t from, int64_t to, const char *category, pareto_fn *fn,
                                         void *arg);
struct facility_reliability {
    const char *key, *name;
    int64_t facilities, failures, down_ms, mtbf_ms, mttr_ms, up_e4,
        cost_fen; /* mtbf 0: no failure; up_e4: availability */
};
typedef void reliability_fn(void *arg, const struct facility_reliability *r);
/* by "facility" or "category" */
MUST_CHECK enum err facility_stat_reliability(struct ctx *cx, const char *by, int64_t from, int64_t to,
                                              reliability_fn *fn, void *arg);
struct facility_repeat {
    int64_t facility_id, repair_id, before_id, at, days;
    const char *code, *name, *cause;
};
typedef void repeat_fn(void *arg, const struct facility_repeat *r);
/* Failed again within 30 days of the order before. */
MUST_CHECK enum err facility_stat_repeats(struct ctx *cx, int64_t from, int64_t to, repeat_fn *fn, void *arg);

/* ---- files of facilities (facility_import.c) ---- */
#define FACILITY_IMPORT_ROWS   2000
#define FACILITY_IMPORT_ERRORS 200
#define FACILITY_COLUMNS       18
extern const char *const facility_column_name[FACILITY_COLUMNS]; /* as they stand in the heading of a file */
struct facility_import {
    int64_t rows;
    size_t errors;
    struct csv_error error[FACILITY_IMPORT_ERRORS];
};
/* One row: checks every cell, adds an error a wrong cell to *out, and adds the facility when nothing of the row is wrong and
 * `check_only` is false. column[i]: number of facility_column_name that cell[i] is, -1: none of ours. */
MUST_CHECK enum err facility_import_row(struct ctx *cx, const int *column, const char *const *cell, size_t n,
                                        int64_t row, bool check_only, struct facility_import *out);
/* A CSV file (UTF-8 or GB18030) with a heading: all of it or nothing. Errors are not a failure of the call: out->errors.
 * WRITE, or READ with check_only. */
MUST_CHECK enum err facility_import_csv(struct ctx *cx, const void *bytes, size_t n, bool check_only,
                                        struct facility_import *out);

/* ---- codes on facilities (facility_code.c) ---- */
struct facility_code {
    int64_t facility_id, version;
    const char *code, *name, *token;
};
MUST_CHECK enum err facility_code_make(struct ctx *cx, int64_t id,
                                       struct facility_code *out); /* anew: the old one ends */
MUST_CHECK enum err facility_code_get(struct ctx *cx, int64_t id, struct facility_code *out);
MUST_CHECK enum err facility_code_revoke(struct ctx *cx, int64_t id);
/* ERR_NOT_FOUND without a reason: forged, replaced, revoked, scrapped. Any transaction, any caller. */
MUST_CHECK enum err facility_code_read(struct ctx *cx, const char *token, int64_t *id);
struct facility_public {
    const char *project, *code, *name, *category, *place, *state;
    bool up;
    int64_t inspected_day, inspect_due;
};
MUST_CHECK enum err facility_public_page(struct ctx *cx, const char *token, struct facility_public *out);
#define FACILITY_REPORTS_IP  5  /* an hour for a facility and an address */
#define FACILITY_REPORTS_ALL 20 /* an hour for a facility */
/* A fault reported without a session; it waits for the desk. phone NULL: none. ERR_RATE: too many. SLOW */
MUST_CHECK enum err facility_public_report(struct ctx *cx, const char *token, const char *description,
                                           const char *phone, int64_t *id);
struct facility_report {
    int64_t id, facility_id, repair_id, decided_at, at;
    const char *code, *name, *description, *contact_hint, *state, *note;
};
typedef void facility_report_fn(void *arg, const struct facility_report *r);
MUST_CHECK enum err facility_report_list(struct ctx *cx, const char *state, int64_t before_id, int64_t limit,
                                         facility_report_fn *fn, void *arg);
/* Becomes an order of that type for the facility; or is put aside with a reason. Once. WRITE */
MUST_CHECK enum err facility_report_accept(struct ctx *cx, int64_t id, int64_t type_id, int urgency,
                                           struct repair *out);
MUST_CHECK enum err facility_report_reject(struct ctx *cx, int64_t id, const char *note);

#endif
