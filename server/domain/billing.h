/* billing.h - fee items to published bills.
 *
 *   GENERATING --all rooms--> READY --submit--> SUBMITTED --approve (another person, same content)--> APPROVED
 *       |                       |  ^--reject-------+                                        |
 *       +--cancel---------------+                                        PUBLISHING --all bills--> PUBLISHED
 *
 * A run works in chunks, each one transaction that inserts bills and moves the cursor: killed anywhere, it goes on
 * where it was; interactive writes run between chunks. What cannot be computed is skipped with its reason, never billed
 * as 0. Publishing books every bill in the ledger (Dr receivable, Cr income by item) and tells its payer.
 * A published bill is never edited: it is voided, while nothing is paid on it, and billed anew.
 * SPDX-License-Identifier: MIT */
#ifndef DOMAIN_BILLING_H
#define DOMAIN_BILLING_H
#include "base/json.h"
#include "domain/fee_rules.h"
#include "platform/ctx.h"

/* The amounts of the last three are given, not worked out: see fee_kind.h. */
enum fee_kind {
    FEE_AREA,
    FEE_FIXED,
    FEE_METERED,
    FEE_TIERED,
    FEE_FORMULA,
    FEE_PARKING,
    FEE_SHARED,
    FEE_ONE_OFF,
    FEE_DEPOSIT,
    FEE_KINDS
};
extern const char *const fee_kind_name[FEE_KINDS];
enum fee_income { INCOME_FEES, INCOME_OTHERS, INCOME_DEPOSITS, FEE_INCOMES };
extern const char *const fee_income_name[FEE_INCOMES];

struct fee_item {
    int64_t id, version;
    const char *code, *name, *formula, *price_unit;
    int kind, cycle, part_month, rounding, round_to, income;
    bool in_advance, inner_area, enabled;
    int64_t bill_day, due_days, late_rate_e6, late_grace_days, late_cap_e4;
};
/* id 0: new. A formula that does not parse or does not come out in yuan is refused with its position. Deposits are owed
 * back: their income is `deposits`, and nothing else's is. Nothing about fees changes while a run is being generated. */
MUST_CHECK enum err fee_item_save(struct ctx *cx, struct fee_item *f);
typedef void fee_item_fn(void *arg, const struct fee_item *f);
MUST_CHECK enum err fee_item_list(struct ctx *cx, fee_item_fn *fn, void *arg);
MUST_CHECK enum err fee_item_get(struct ctx *cx, int64_t id, struct fee_item *out);
/* With its prices, as long as no room, meter, charge, share, discount or bill has ever known it; else ERR_STATE. */
MUST_CHECK enum err fee_item_drop(struct ctx *cx, int64_t id, int64_t version);
/* Prices count from a day on; the past is closed once bills of that day are published. tiers: n = 0 but for tiered. */
MUST_CHECK enum err fee_price_set(struct ctx *cx, int64_t item_id, int32_t from_day, int64_t price_e4,
                                  const struct tier *tiers, size_t n);
struct fee_price {
    int32_t from_day;
    int64_t price_e4, at;
    const char *tiers, *by; /* tiers: JSON array of {upto_e3, price_e4}; by: who set it */
};
typedef void fee_price_fn(void *arg, const struct fee_price *p);
MUST_CHECK enum err fee_price_list(struct ctx *cx, int64_t item_id, fee_price_fn *fn, void *arg); /* newest first */
/* All rooms of the project (building_id 0) or of a building pay the item from a day on; those that do on that day stay as they
 * are, those that pay it later do so until then. *rooms = how many were added. */
MUST_CHECK enum err fee_assign_rooms(struct ctx *cx, int64_t item_id, int64_t building_id, int32_t from_day,
                                     int64_t *rooms);
/* One room, with a coefficient of its own (10000 = 1; the weight in shares by weight), in the place of what it paid, until
 * what it pays from a later day on; from a day on which it began and was ended: again. */
MUST_CHECK enum err fee_assign_room(struct ctx *cx, int64_t item_id, int64_t room_id, int32_t from_day,
                                    int64_t coefficient_e4);
MUST_CHECK enum err fee_assign_end(struct ctx *cx, int64_t item_id, int64_t room_id, int32_t last_day);

struct meter {
    int64_t item_id, room_id, modulus_e3, multiplier_e3, first_e3; /* room_id 0: a public meter of a shared item */
    const char *serial;
    int32_t from_day;
    int64_t follows_id; /* the meter in whose place it hangs; 0: none */
};
MUST_CHECK enum err meter_add(struct ctx *cx, const struct meter *m, int64_t *id);
/* Readings must grow (or roll over) and lie after the last one. The same reading of a day again: OK. ERR_STATE: the period of
 * that day is billed. */
MUST_CHECK enum err meter_read(struct ctx *cx, int64_t meter_id, int32_t day, int64_t reading_e3, int64_t *usage_e3);

/* ---- one line, worked out (billing_line.c); for the run, the preview and "explain this bill" ---- */
struct formula;
struct line_input {
    const struct fee_item *item;
    const struct formula *formula;  /* kind formula: billing_formula(item), parsed once for many lines */
    struct period period;           /* of liability: the item's period cut to the assignment */
    int64_t months_num, months_den; /* fee_months(period) */
    int64_t area_e4, inner_area_e4, price_e4, coefficient_e4, usage_e3, used_before_e3;
    bool has_price, has_usage;
    const struct tier *tiers;
    size_t ntiers;
};
/* false: *why (static): skip the payer. */
bool billing_amount(const struct line_input *in, int64_t *fen, struct why *why);
struct formula *billing_formula(struct arena *a, const struct fee_item *f); /* NULL: not valid */
/* Every number that went in, as two JSON objects: what the lines of a run share, and what is the line's own. */
const char *billing_basis_text(struct arena *a, const struct line_input *in);
const char *billing_own_text(struct arena *a, const struct line_input *in);
const char *billing_explain(struct arena *a, const char *basis, const char *own); /* the two as one */

/* ---- runs ---- */
struct bill_run {
    int64_t id, project_id, maker_id, checker_id, bills, lines, total_fen, skipped, version, created_at;
    int64_t only_room_id, bill_day; /* 0: all rooms; all items, whatever their bill day */
    int32_t day, publish_on;        /* publish_on: once approved, on that day by itself; 0: by hand */
    const char *state, *reason;
};
/* Bills every item's period that ends (or, in advance, begins) at or before `day` and contains or precedes it by one
 * period. The work itself is done by billing_step(). */
MUST_CHECK enum err bill_run_start(struct ctx *cx, int32_t day, struct bill_run *out);
/* The same for one room only (0: all), or only the items of one bill day (0: all). */
MUST_CHECK enum err bill_run_start_for(struct ctx *cx, int32_t day, int64_t room_id, int64_t bill_day,
                                       struct bill_run *out);
/* Approved: publishes by itself on that day, if nothing has changed until then. 0: not any more. */
MUST_CHECK enum err bill_run_publish_on(struct ctx *cx, int64_t run_id, int32_t day, struct bill_run *out);
/* One chunk of one run as the system; *more: call again. WRITE */
MUST_CHECK enum err billing_step(struct ctx *cx, int64_t run_id, int64_t rooms, bool *more);
/* How many rooms the next chunk should have, if one of n took us microseconds: towards the target, by half at most each
 * time, since one slow disk access is no reason to crawl. With one writer (SQLite) a chunk is what interactive requests wait
 * for; with several they pass it, and a chunk is long enough to be worth its queries. Pure. */
#define BILLING_CHUNK_US    5000
#define BILLING_CHUNK_PG_US 100000
int64_t billing_steer(int64_t n, int64_t us, int64_t target_us);
MUST_CHECK enum err bill_runs_working(struct ctx *cx, int64_t *ids, size_t max,
                                      size_t *n); /* generating or publishing */
enum run_action { RUN_SUBMIT, RUN_REJECT, RUN_APPROVE, RUN_PUBLISH, RUN_CANCEL, RUN_ACTIONS };
extern const char *const run_action_name[RUN_ACTIONS];
MUST_CHECK enum err bill_run_act(struct ctx *cx, int64_t run_id, enum run_action what, const char *reason,
                                 struct bill_run *out);
MUST_CHECK enum err bill_run_get(struct ctx *cx, int64_t run_id, struct bill_run *out);
typedef void bill_run_fn(void *arg, const struct bill_run *r);
MUST_CHECK enum err bill_run_list(struct ctx *cx, bill_run_fn *fn, void *arg);
typedef void skip_fn(void *arg, const char *room, const char *item, const char *reason);
MUST_CHECK enum err bill_run_skips(struct ctx *cx, int64_t run_id, skip_fn *fn, void *arg);

/* Tells the board that something of the books (run, payment, request) is in another state. */
void books_tell(struct ctx *cx, int64_t project_id, const char *event, int64_t id, const char *state);

/* ---- bills ---- */
struct bill {
    int64_t id, project_id, room_id, run_id, payer_id, amount_fen, late_fen, paid_fen, late_paid_fen, late_waived_fen,
        replaces_id, version, published_at;
    int32_t period_from, period_to, due_day;
    const char *payer, *room, *state;
};
/* What a bill still wants: its principal; its late fee, of which late_fen no longer has what was let off; both, which is 0
 * unless it is published or partly paid. */
int64_t bill_open_fen(const struct bill *b), bill_open_late_fen(const struct bill *b),
    bill_due_fen(const struct bill *b);
struct bill_line {
    int64_t n, item_id, ref_id, amount_fen;
    int32_t period_from, period_to;
    const char *kind, *name, *snapshot; /* kind: charge, discount, adjust */
    bool deposit;
};
typedef void bill_fn(void *arg, const struct bill *b);
typedef void bill_line_fn(void *arg, const struct bill_line *l);
struct bill_filter {         /* of the current project, or: */
    bool mine;               /* of my rooms, published; run, room and overdue do not count then */
    bool overdue, open;      /* published and not paid, past their due day or any; one of them, alone */
    int64_t run_id, room_id; /* one of them at most; 0: any. Somebody else's have none */
    const char *state;       /* NULL: any */
    int64_t before, limit;
};
/* Newest first. */
MUST_CHECK enum err bill_list(struct ctx *cx, const struct bill_filter *f, bill_fn *fn, void *arg);
MUST_CHECK enum err bill_get(struct ctx *cx, int64_t id, struct bill *out, bill_line_fn *fn, void *arg);
/* One published bill of one given amount, outside any run: what another module charges a room (a repair). The item with that
 * code is made when the project has none. Called twice it makes two: the caller keeps what it has billed. */
struct bill_single {
    int64_t room_id, amount_fen;
    const char *code, *name, *snapshot; /* snapshot: JSON object that explains it */
    int due_days;
};
MUST_CHECK enum err bill_single(struct ctx *cx, const struct bill_single *in, int64_t *bill_id);
/* Voids what bill_single() made, as the system; ERR_STATE once something is paid. */
MUST_CHECK enum err bill_single_void(struct ctx *cx, int64_t bill_id);
/* What a room owed before the project came to us (历史欠费): a published bill, booked today, due when it was due. Its payer is
 * whoever owed for the room on that day: as was decided, else the owner by the register, else the present one. No late fee
 * unless late_from says since when; then by the item's terms of today. Nobody is told: there may be thousands. */
struct bill_arrears {
    int64_t room_id, item_id, amount_fen, basis_id; /* basis_id: bill_arrears_basis(); 0 without late fee */
    int32_t from, to, due, late_from;
    const char *room, *name, *income, *snapshot;
};
MUST_CHECK enum err bill_arrears_add(struct ctx *cx, const struct bill_arrears *in, int64_t *bill_id);
MUST_CHECK enum err bill_arrears_basis(struct ctx *cx, const struct fee_item *f, int64_t *basis_id);
/* A bill of the item whose days overlap; 0: none. One thing at a time by these: one-off ones, which are about themselves. */
MUST_CHECK enum err bill_overlapping(struct ctx *cx, int64_t room_id, const struct fee_item *f, int32_t from,
                                     int32_t to, int64_t *bill_id);
MUST_CHECK enum err bill_nothing_moving(struct ctx *cx); /* ERR_STATE while a run is being generated */
/* Reverses it in the ledger; ERR_STATE once it was paid on, held by an order, disputed, adjusted or asked to be. */
MUST_CHECK enum err bill_arrears_undo(struct ctx *cx, int64_t bill_id);
/* In review: takes a draft out of its run. What is published goes by a request (fee_request.h). */
MUST_CHECK enum err bill_drop(struct ctx *cx, int64_t id, const char *reason);
/* In review, before it is submitted: another amount for a line, with a reason that stays in its explanation. */
MUST_CHECK enum err bill_line_edit(struct ctx *cx, int64_t bill_id, int64_t n, int64_t amount_fen, const char *reason);

/* Payers of a published run hear of it by message, once each: an outbox row of kind BILLING_TELL names the run. Tells at
 * most BILLING_TOLD of them and leaves a row for the rest. As the system. WRITE */
#define BILLING_TELL "bill.tell"
#define BILLING_TOLD 100
struct outbox_row;
MUST_CHECK enum err billing_tell(struct ctx *cx, const struct outbox_row *o);

#endif
