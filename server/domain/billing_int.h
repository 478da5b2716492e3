/* billing_int.h - shared by the billing*.c and fee_*.c files only. SPDX-License-Identifier: MIT */
#ifndef DOMAIN_BILLING_INT_H
#define DOMAIN_BILLING_INT_H
#include "domain/billing.h"
#include "platform/store/db.h"

#define BILL_COLUMNS                                                                                                   \
    "b.id, b.project_id, b.room_id, b.run_id, b.payer_id, b.payer_name, b.room_name, b.state, b.period_from, "         \
    "b.period_to,"                                                                                                     \
    " b.due_day, b.amount_fen, b.late_fen, b.paid_fen, b.replaces_id, b.version, b.published_at, b.late_paid_fen,"     \
    " b.late_waived_fen"
#define BILL_FROM " FROM bill b"
enum err bill_row(struct ctx *cx, const struct row *r, void *out); /* struct bill */
/* Whether cx->who may see and pay it as a resident: its payer always; who lives there when it is of the present ownership and,
 * for tenants, of their lease. */
MUST_CHECK enum err bill_of_resident(struct ctx *cx, const struct bill *b, bool *may);
#define FEE_ITEM_COLUMNS                                                                                               \
    "id, code, name, kind, cycle, part_month, rounding, in_advance, inner_area, formula, price_unit, due_days,"        \
    " late_rate_e6, late_grace_days, late_cap_e4, income, enabled, version, round_to, bill_day"
enum { FEE_ITEM_NCOLUMNS = 20 };
enum err fee_item_row(struct ctx *cx, const struct row *r, void *out); /* struct fee_item */
/* A bill of the caller's project, for the office; ERR_NOT_FOUND. */
MUST_CHECK enum err bill_of_project(struct ctx *cx, int64_t id, struct bill *out);
/* Published, nothing of it is paid and no online order holds it; else ERR_STATE. */
MUST_CHECK enum err bill_voidable(struct ctx *cx, const struct bill *b);
/* Takes back such a bill, checked just before, and tells its payer. What it was for can be billed anew: that bill names it in replaces_id. */
MUST_CHECK enum err bill_void(struct ctx *cx, const struct bill *b, const char *reason);
/* ERR_STATE while an online order holds the bill: its amounts are frozen. */
MUST_CHECK enum err bill_not_held(struct ctx *cx, int64_t bill_id);
/* Room of the caller's project, not closed: runs pass by those; ERR_INVALID with room_id. */
MUST_CHECK enum err room_of_project(struct ctx *cx, int64_t room_id);
MUST_CHECK enum err room_in_path(struct ctx *cx, int64_t room_id); /* ERR_NOT_FOUND instead */
/* ERR_STATE while a run of the project is being generated: fees, prices and who pays them stay as they are. */
MUST_CHECK enum err fees_not_moving(struct ctx *cx);
const char *reason_json(struct ctx *cx, const char *reason); /* {"reason": ...} for the audit */

/* ---- a run at work (billing_run.c) ---- */
struct run_work {
    int64_t id, company_id, project_id, cursor, only_room_id, bill_day;
    int32_t day;
    bool generating, publishing;
    int64_t bills, lines, total, skipped; /* of this chunk */
};
#define BILLING_DUE_FLOOR 7 /* days from publishing until a bill can be due, unless the project says otherwise */
/* A draft becomes owed: dated, booked, told. Nobody is late on the day they hear of a bill: `floor` is the earliest day it
 * can be due. */
MUST_CHECK enum err bill_publish(struct ctx *cx, const struct bill *b, int32_t floor);
MUST_CHECK enum err bill_book(struct ctx *cx, const struct bill *b, int32_t floor); /* the same, and nobody is told */
/* A published bill off the books and off the lists; what it was made of can be billed anew. Nobody is told. */
MUST_CHECK enum err bill_take_back(struct ctx *cx, const struct bill *b);
MUST_CHECK enum err billing_publish(struct ctx *cx, struct run_work *w, int64_t max, bool *more);

/* ---- generating (billing_gen.c: what a chunk needs to know; billing_room.c: what a room owes) ---- */
#define MAX_ITEMS  64
#define MAX_LINES  64
#define MAX_DRAFTS 8 /* payers of one room in one run, and changes of them in one period */

struct list { /* rows that begin with their room, in the order of rooms */
    void *v;
    size_t size, n, at;
};
struct assign_row {
    int64_t room_id, item_id, ref_id, coefficient_e4;
    int32_t from, to;
    const char *ref_name;
};
struct taken_row {
    int64_t room_id, item_id, ref_id;
    int32_t from, to;
};
/* The day as of which a meter_reading r counts */
#define METER_COUNTED "CASE WHEN r.counts_on > 0 THEN r.counts_on ELSE r.day END"
struct use_row {
    int64_t room_id, item_id, usage_e3;
    int32_t day; /* METER_COUNTED */
};
struct owner_row {
    int64_t room_id, payer_id, party_id;
    const char *name;
};
struct liable_row {
    int64_t room_id, payer_id, party_id;
    int32_t from;
    const char *name;
};
struct charge_row {
    int64_t room_id, id, item_id, amount_fen;
    int32_t day;
    const char *note;
};
struct part_row {
    int64_t room_id, id, item_id, amount_fen, weight, total_fen, rooms, weights, usage_e3, price_e4;
    int32_t from, to;
    const char *basis;
};
struct vacancy_row {
    int64_t room_id;
    int32_t from, to;
};
struct voided_row {
    int64_t room_id, bill_id;
    int32_t from, to;
};
struct price_row {
    int64_t item_id, price_e4;
    int32_t from;
    const char *tiers;
    const struct tier *tier;
    size_t ntiers;
};
struct basis_row {
    int64_t id, item_id;
    const char *text;
};
struct discount_row {
    int64_t id, item_id, off_e4, months;
    int32_t from, to;
    bool vacant;
    const char *name;
};
struct gen_item {
    struct fee_item f;
    struct formula *formula;
    struct period of; /* the calendar period that is billed; anniversary: unused */
    struct period months_of;
    int64_t months_num, months_den, reach_days;
    const struct price_row *basis_price; /* of the last basis */
    struct period basis_of;
    int64_t basis_id;
};
struct room_row {
    int64_t id, area_e4, inner_area_e4;
    const char *name, *state;
};
struct draft_line {
    int64_t item_id, ref_id, basis_id, amount_fen;
    int32_t from, to;
    const char *kind, *name, *income, *snapshot;
};
struct draft {
    const struct room_row *room;
    int64_t payer_id, party_id, total, replaces_id;
    const char *payer;
    int32_t from, to, due;
    bool late_rated;
    struct draft_line line[MAX_LINES];
    size_t n;
};
struct gen {
    struct run_work *w;
    bool dry; /* a preview: nothing is written */
    struct gen_item items[MAX_ITEMS];
    size_t nitems;
    struct room_row *rooms;
    size_t nrooms;
    struct list assigns, taken, uses, owners, registered, liable, charges, parts, vacancies, voided;
    struct list prices, bases, discounts; /* of the project, not by room */
    struct draft draft[MAX_DRAFTS];
    size_t ndrafts;
    /* what becomes of it */
    enum err (*bill)(struct ctx *cx, struct gen *g, const struct draft *d);
    enum err (*skip)(struct ctx *cx, struct gen *g, int64_t room, int64_t item, const char *reason);
    void *arg;
};
/* Everything the next `max` rooms need, a query a kind of thing. */
MUST_CHECK enum err billing_load(struct ctx *cx, struct gen *g, int64_t max);
/* The rows of a room; the rooms must come in order. */
size_t list_of_room(struct list *l, int64_t room_id, void *first);
void *list_add(struct arena *a, struct list *l, size_t size);
/* Drafts of all its rooms, handed to g->bill. */
MUST_CHECK enum err billing_rooms(struct ctx *cx, struct gen *g);

#endif
