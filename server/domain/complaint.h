/* complaint.h - complaints, suggestions, inquiries, praise (投诉建议), from submission to close.
 *
 * The state machine is the table in complaint_states.c (`anjud states` prints it). A step is: load, find the edge for
 * (state, event, actor), run the event's guard and effects, save with "WHERE version = old", append the event, tell the live
 * topics and the people. On submission the responsible managers hear by mail and SMS in the same transaction.
 *   - Who is complained about (accused_id) neither sees nor handles it.
 *   - Internal notes are staff's. What is anonymous shows no reporter, contact or room, not even to the handler; an auditor or
 *     company administrator may look, and that is audited.
 *   - A dispute of a bill that a complaint has opened (no late fee meanwhile) ends with the complaint.
 * Another company's complaint, or one that is not one's own, is "not found". OWNERSHIP: strings live in cx->arena.
 * SPDX-License-Identifier: MIT */
#ifndef DOMAIN_COMPLAINT_H
#define DOMAIN_COMPLAINT_H
#include "base/fsm.h"
#include "domain/file.h"
#include "domain/repair.h"
#include "platform/ctx.h"

/* clang-format off */
#define COMPLAINT_STATES(X) \
    X(NEW, "new") X(CLASSIFIED, "classified") X(ASSIGNED, "assigned") X(IN_PROGRESS, "in_progress") X(RESOLVED, "resolved") \
    X(REOPENED, "reopened") X(CLOSED, "closed") X(MERGED, "merged") X(WITHDRAWN, "withdrawn")
#define COMPLAINT_EVENTS(X) \
    X(SUBMIT, "submit") X(CLASSIFY, "classify") X(ASSIGN, "assign") X(ACCEPT, "accept") X(RETURN, "return") X(REPLY, "reply") \
    X(NOTE, "note") X(COMMENT, "comment") X(RESOLVE, "resolve") X(RATE, "rate") X(DISSATISFIED, "dissatisfied") \
    X(REOPEN, "reopen") X(SUPERIOR, "superior") X(AUTO_CLOSE, "auto_close") X(MERGE, "merge") X(WITHDRAW, "withdraw") \
    X(ESCALATE, "escalate") X(LINK_REPAIR, "link_repair") X(LINK_BILL, "link_bill")
#define COMPLAINT_ACTORS(X) \
    X(OWNER, "owner") X(HANDLER, "handler") X(DESK, "desk") X(MANAGER, "manager") X(AUDITOR, "auditor") X(SYSTEM, "system")
/* clang-format on */
enum complaint_state {
#define X(n, w) CS_##n,
    COMPLAINT_STATES(X)
#undef X
        CS_COUNT
};
enum complaint_event {
#define X(n, w) CE_##n,
    COMPLAINT_EVENTS(X)
#undef X
        CE_COUNT
};
enum complaint_actor_no {
#define X(n, w) CA_NO_##n,
    COMPLAINT_ACTORS(X)
#undef X
        CA_COUNT
};
enum complaint_actor {
#define X(n, w) CA_##n = 1 << CA_NO_##n,
    COMPLAINT_ACTORS(X)
#undef X
};
extern const struct fsm complaint_fsm;
extern const char *const complaint_state_name[CS_COUNT];
extern const char *const complaint_event_name[CE_COUNT];
enum complaint_kind { CK_COMPLAINT, CK_SUGGESTION, CK_INQUIRY, CK_PRAISE, CK_COUNT };
extern const char *const complaint_kind_name[CK_COUNT];
extern const char *const complaint_kind_zh[CK_COUNT];
enum complaint_channel { CC_OWNER, CC_STAFF, CC_PHONE, CC_COUNT };
extern const char *const complaint_channel_name[CC_COUNT];
bool complaint_open(enum complaint_state s); /* still to be worked on */
bool complaint_over(enum complaint_state s); /* closed, merged or withdrawn */

struct complaint {
    int64_t id, company_id, project_id, version, room_id, building_id, reporter_id, entered_by, accused_id, handler_id;
    int64_t level, escalation, reopened, due_at, tick_at, stars, merged_into, repair_id, bill_id, dispute_id;
    int64_t answered_at, resolved_at, closed_at, created_at, department_id; /* department: as it was called then */
    const char *number, *category, *title, *text, *place, *contact_name, *contact_hint, *department, *result,
        *rating_text;
    int kind, urgency, channel;
    enum complaint_state state;
    bool anonymous;
    const char *category_name, *handler_name, *room_name, *reporter_name, *accused_name; /* joined, NULL: none */
};

struct complaint_in {
    int kind, urgency;
    const char *category; /* "": other */
    const char *title, *text, *place, *contact_name, *contact_phone;
    int64_t room_id, accused_id;
    bool anonymous, by_phone; /* by_phone: a caller's, written down by the desk */
    const int64_t *files;
    size_t nfiles;
};
/* WRITE. Acknowledged to the reporter; the category's managers are told by mail and SMS. */
MUST_CHECK enum err complaint_submit(struct ctx *cx, const struct complaint_in *in, struct complaint *out);

struct complaint_step {
    enum complaint_event event;
    int64_t version; /* If-Match; 0: not checked */
    const char *note, *category;
    int kind;                   /* classify; -1: as it is */
    int urgency;                /* classify; -1: as it is */
    int64_t target_id;          /* assign: account; merge: complaint; link_repair: order; link_bill: bill */
    int64_t department_id;      /* assign */
    int64_t accused_id, due_at; /* classify; assign, classify */
    int64_t type_id;            /* link_repair without target: a new order of that fault type */
    int64_t stars;
    const int64_t *files;
    size_t nfiles;
    bool internal_files;
};
MUST_CHECK enum err complaint_act(struct ctx *cx, int64_t id, const struct complaint_step *step, struct complaint *out);

/* ---- jobs, as the system; WRITE ---- */
MUST_CHECK enum err complaint_tick(struct ctx *cx, int64_t id); /* escalation, closing by silence */
/* Held by somebody who is no active member of the project's staff any more: at most max of them, and back to be assigned
 * anew; the responsible managers are told. */
MUST_CHECK enum err complaint_orphans(struct ctx *cx, int64_t *ids, size_t max, size_t *n);
MUST_CHECK enum err complaint_release(struct ctx *cx, int64_t id);
MUST_CHECK enum err complaint_due_ids(struct ctx *cx, int64_t *ids, size_t max, size_t *n, int64_t *next);

/* ---- reading ---- */
/* ERR_NOT_FOUND when cx->who may not see it. *actor = CA_ bits of cx->who. What is anonymous comes without identity. */
MUST_CHECK enum err complaint_get(struct ctx *cx, int64_t id, struct complaint *out, unsigned *actor);
struct complaint_identity {
    const char *name, *phone, *room; /* NULL: not known */
    int64_t account_id;
};
/* Handler, desk; of an anonymous one only auditor and company administrator. Audited. WRITE */
MUST_CHECK enum err complaint_identity(struct ctx *cx, int64_t id, struct complaint_identity *out);
struct complaint_event_row {
    int64_t n, at, handler_id;
    const char *actor_name, *event, *from, *to, *note;
    bool internal, by_owner;
};
typedef void complaint_event_fn(void *arg, const struct complaint_event_row *e);
MUST_CHECK enum err complaint_history(struct ctx *cx, const struct complaint *c, unsigned actor, complaint_event_fn *fn,
                                      void *arg);
typedef void complaint_file_fn(void *arg, int64_t file_id, const char *stage, bool internal);
MUST_CHECK enum err complaint_files(struct ctx *cx, int64_t id, bool internal_too, complaint_file_fn *fn, void *arg);
/* A file of a complaint that cx->who may see. READ */
MUST_CHECK enum err complaint_file_get(struct ctx *cx, int64_t file_id, struct file_row *out);

enum complaint_view { CV_MINE, CV_BOARD, CV_ASSIGNED, CV_COUNT };
extern const char *const complaint_view_name[CV_COUNT];
struct complaint_filter {
    int view;
    const char *state, *category, *kind, *search;                       /* NULL: any */
    int64_t handler_id, building_id, from, to, level, before_id, limit; /* level -1: any */
    bool overdue, open_only, escalated;
};
typedef void complaint_fn(void *arg, const struct complaint *c);
MUST_CHECK enum err complaint_list(struct ctx *cx, const struct complaint_filter *f, complaint_fn *fn, void *arg);
struct complaint_counts {
    int64_t waiting, working, resolved, overdue, mine; /* mine: assigned to me and open */
};
MUST_CHECK enum err complaint_counts(struct ctx *cx, struct complaint_counts *out);
/* Analysis over created_at in [from, to): by category | building | month | handler | kind. */
struct complaint_stat {
    const char *key;
    int64_t n, closed, overdue, reopened, escalated, avg_answer_ms, avg_resolve_ms, stars_sum, stars_n, satisfied_n,
        repairs;
};
typedef void complaint_stat_fn(void *arg, const struct complaint_stat *s);
MUST_CHECK enum err complaint_analysis(struct ctx *cx, const char *by, int64_t from, int64_t to, complaint_stat_fn *fn,
                                       void *arg);

/* ---- categories ---- */
struct complaint_category {
    const char *code, *name;
    int64_t due_h, version; /* version 0: built in, unchanged */
    bool enabled;
};
typedef void complaint_category_fn(void *arg, const struct complaint_category *c);
MUST_CHECK enum err complaint_category_list(struct ctx *cx, complaint_category_fn *fn, void *arg);
MUST_CHECK enum err complaint_category_get(struct ctx *cx, const char *code, struct complaint_category *out);
/* managers: staff told of new ones in the session's project (0: all projects). Replaces that project's list. Audited. */
MUST_CHECK enum err complaint_category_save(struct ctx *cx, const struct complaint_category *c, const int64_t *managers,
                                            size_t nmanagers);
typedef void complaint_manager_fn(void *arg, int64_t account_id, const char *name, int64_t project_id);
MUST_CHECK enum err complaint_managers(struct ctx *cx, const char *code, complaint_manager_fn *fn, void *arg);

#endif
