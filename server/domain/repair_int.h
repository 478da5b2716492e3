/* repair_int.h - shared by the repair_*.c files only: loading, stepping and saving one order.
 * SPDX-License-Identifier: MIT */
#ifndef DOMAIN_REPAIR_INT_H
#define DOMAIN_REPAIR_INT_H
#include "domain/repair.h"
#include "platform/store/db.h"

#define REPAIR_COLUMNS                                                                                                 \
    "r.id, r.company_id, r.project_id, r.number, r.type_id, r.skill, r.mode, r.room_id, r.place, r.public_area,"       \
    " r.channel, r.reporter_id, r.contact_name, r.contact_hint, r.description, r.urgency, r.slot_from, r.slot_to,"     \
    " r.state, r.version, r.holder_id, r.held_from, r.hold_reason, r.hold_at, r.hold_until, r.paused_ms,"              \
    " r.respond_due, r.arrive_due, r.finish_due, r.sla_told, r.due_at, r.attempts, r.reopened, r.escalated, r.forced," \
    " r.quote_fen, r.quote_state, r.charge_fen, r.cause_id, r.measure, r.labour_min, r.stars, r.rating_tags,"          \
    " r.rating_text, r.urged_at, r.queued_at, r.accepted_at, r.arrived_at, r.started_at, r.finished_at,"               \
    " r.confirm_at, r.closed_at, r.created_at, r.facility_id, t.name, h.name, m.full_name, c.name, fa.name"
#define REPAIR_FROM                                                                                                    \
    " FROM repair r JOIN fault_type t ON t.id = r.type_id LEFT JOIN account h ON h.id = r.holder_id"                   \
    " LEFT JOIN room m ON m.id = r.room_id LEFT JOIN cause_code c ON c.id = r.cause_id"                                \
    " LEFT JOIN facility fa ON fa.id = r.facility_id"

enum err repair_row(struct ctx *cx, const struct row *r, void *out); /* struct repair, in REPAIR_COLUMNS' order */

/* Loads by id without any check of rights: for the system and after repair_get(). */
MUST_CHECK enum err repair_load(struct ctx *cx, int64_t id, struct repair *out);
/* Which parts cx->who plays in this order (RA_ bits); 0: may not even see it. */
MUST_CHECK enum err repair_actor_bits(struct ctx *cx, const struct repair *r, unsigned *bits);

/* A change in progress: the order as loaded, the steps taken since. */
struct repair_change {
    struct repair *r;
    int64_t loaded_version;
    struct {
        enum repair_event event;
        enum repair_state from, to;
        const char *note;
        bool internal;
    } step[4];
    size_t nsteps;
};
void repair_begin(struct repair_change *ch, struct repair *r);
/* Takes the step: state = to, version + 1, event noted. */
void repair_step_to(struct repair_change *ch, enum repair_event ev, enum repair_state to, const char *note,
                    bool internal);
/* Recomputes due_at, saves guarded by the loaded version, appends the events, emits them to the topics.
 * ERR_TAKEN when somebody else changed the order meanwhile. */
MUST_CHECK enum err repair_commit(struct ctx *cx, struct repair_change *ch);

/* QUEUED effects: frees the holder, asks the dispatcher (outbox). The caller takes the step. */
MUST_CHECK enum err repair_enqueue(struct ctx *cx, struct repair *r);
/* Nobody takes it: messages to the project's managers and dispatchers; none: to the company's administrators. SMS, by
 * night too, only for what cannot wait (high, emergency). */
MUST_CHECK enum err repair_alarm(struct ctx *cx, const struct repair *r);
/* OFFERED effects: the offer row with the version the order will have, the push to the technician. */
MUST_CHECK enum err offer_make(struct ctx *cx, struct repair *r, int64_t technician_id, const char *kind);
/* A remark took a version: the open offer, or the promise to dispatch, goes along with the order. */
MUST_CHECK enum err dispatch_carry(struct ctx *cx, const struct repair *r, int64_t from_version);
MUST_CHECK enum err offer_withdraw_all(struct ctx *cx, const struct repair *r, const char *why);
/* Guards: role in the project, skill, cap; unless chosen by hand also duty and shift. */
MUST_CHECK enum err technician_fits(struct ctx *cx, const struct repair *r, int64_t technician_id, bool by_hand);
/* Rounds lines, checks prices against the material's range, takes the stock; sets r->charge_fen. */
MUST_CHECK enum err repair_put_lines(struct ctx *cx, struct repair *r, const struct fault_type *t,
                                     const struct repair_step *step);
MUST_CHECK enum err repair_stock_back(struct ctx *cx, const struct repair *r);
/* Files of the uploader's own that hang on nothing yet become photos of the order. */
MUST_CHECK enum err repair_put_photos(struct ctx *cx, const struct repair *r, const char *stage, const int64_t *ids,
                                      size_t n);
const char *repair_pool_topic(struct ctx *cx, const struct repair *r);
/* First column of every row of q($1 = key), at most max. */
MUST_CHECK enum err repair_ids(struct ctx *cx, const struct stmt *q, int64_t key, int64_t *ids, size_t max, size_t *n);
int64_t repair_next_due(const struct repair *r, int64_t now); /* pure (repair_sla.c) */
enum sla_clock { SLA_RESPOND, SLA_ARRIVE, SLA_FINISH, SLA_CLOCKS };
/* Clocks that have something to tell now: bit 2k warning, bit 2k+1 overdue of clock k, not yet told. Pure. */
int64_t repair_sla_news(const struct repair *r, int64_t now);
bool hold_pauses(const char *reason);
void emit_user(struct ctx *cx, int64_t account_id, const char *type, const char *data);
const char *repair_json_brief(struct ctx *cx, const struct repair *r); /* what events carry: no personal data */

#endif
