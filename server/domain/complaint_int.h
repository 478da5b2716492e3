/* complaint_int.h - shared by the complaint_*.c files only. SPDX-License-Identifier: MIT */
#ifndef DOMAIN_COMPLAINT_INT_H
#define DOMAIN_COMPLAINT_INT_H
#include "domain/complaint.h"
#include "domain/message.h"
#include "platform/store/db.h"

#define COMPLAINT_COLUMNS                                                                                              \
    "c.id, c.company_id, c.project_id, c.version, c.room_id, c.building_id, c.reporter_id, c.entered_by, "             \
    "c.accused_id,"                                                                                                    \
    " c.handler_id, c.level, c.escalation, c.reopened, c.due_at, c.tick_at, c.stars, c.merged_into, c.repair_id,"      \
    " c.bill_id, c.dispute_id, c.answered_at, c.resolved_at, c.closed_at, c.created_at, c.department_id, c.number, "   \
    "c.category, "                                                                                                     \
    "c.title,"                                                                                                         \
    " c.text, c.place, c.contact_name, c.contact_hint, c.department, c.result, c.rating_text, c.kind, c.urgency,"      \
    " c.channel, c.state, c.anonymous, k.name, h.name, m.full_name, o.name, a.name"
#define COMPLAINT_FROM                                                                                                 \
    " FROM complaint c LEFT JOIN complaint_category k ON k.company_id = c.company_id AND k.code = c.category"          \
    " LEFT JOIN account h ON h.id = c.handler_id LEFT JOIN room m ON m.id = c.room_id"                                 \
    " LEFT JOIN account o ON o.id = c.reporter_id LEFT JOIN account a ON a.id = c.accused_id"
enum err complaint_row(struct ctx *cx, const struct row *r,
                       void *out); /* struct complaint, in COMPLAINT_COLUMNS' order */

/* By id, without any check of rights and with identity. */
MUST_CHECK enum err complaint_load(struct ctx *cx, int64_t id, struct complaint *out);
MUST_CHECK enum err complaint_actor_bits(struct ctx *cx, const struct complaint *c, unsigned *bits);
void complaint_hide(struct complaint *c, unsigned actor); /* what the actor must not know of an anonymous one */

/* A change in progress: the complaint as loaded, the steps taken since. */
struct complaint_change {
    struct complaint *c;
    int64_t loaded_version;
    struct {
        enum complaint_event event;
        enum complaint_state from, to;
        const char *note;
        bool internal, by_owner;
    } step[4];
    size_t nsteps;
};
void complaint_begin(struct complaint_change *ch, struct complaint *c);
void complaint_step_to(struct complaint_change *ch, enum complaint_event ev, enum complaint_state to, const char *note,
                       bool internal, bool by_owner);
/* Saves guarded by the loaded version, appends the events, tells the topics. ERR_CONFLICT when somebody was faster. */
MUST_CHECK enum err complaint_commit(struct ctx *cx, struct complaint_change *ch);
int64_t complaint_due_ms(const struct complaint_category *k, int urgency); /* pure */
#define COMPLAINT_SILENCE_MS (7 * DAY_MS)
#define COMPLAINT_L2_MS      DAY_MS

/* Files of the caller's own that hang on nothing yet become files of the complaint. */
MUST_CHECK enum err complaint_put_files(struct ctx *cx, const struct complaint *c, const char *stage, bool internal,
                                        const int64_t *ids, size_t n);
/* An active member of staff with a role in the project; *found tells. */
MUST_CHECK enum err complaint_is_staff(struct ctx *cx, const struct complaint *c, int64_t account_id, bool *found);

/* ---- complaint_department.c ---- */
#define COMPLAINT_DEPARTMENT 100                         /* people of a department, at most */
bool complaint_at_department(const struct complaint *c); /* nobody of it has taken it yet */
/* ERR_INVALID "department_id": none of the complaint's project; must_have: nor without anybody who works there. */
MUST_CHECK enum err complaint_department(struct ctx *cx, const struct complaint *c, int64_t id, bool must_have,
                                         const char **name);
MUST_CHECK enum err complaint_department_has(struct ctx *cx, const struct complaint *c, int64_t account_id, bool *has);
MUST_CHECK enum err complaint_department_tell(struct ctx *cx, const struct complaint *c);
/* It is not its people's any more: their sockets look again. */
MUST_CHECK enum err complaint_department_left(struct ctx *cx, const struct complaint *c, int64_t department);

/* ---- complaint_tell.c ---- */
#define COMPLAINT_TOLD 20 /* managers told of one, at most */
/* Managers of the category in the project; none: the project's managers; none: the company's administrators. Never the
 * accused, each once. */
MUST_CHECK enum err complaint_responsible(struct ctx *cx, const struct complaint *c, int64_t *ids, size_t *n);
MUST_CHECK enum err complaint_admins(struct ctx *cx, const struct complaint *c, int64_t *ids, size_t *n);
MUST_CHECK enum err complaint_superior(struct ctx *cx, const struct complaint *c, int64_t *account_id); /* 0: none */
MUST_CHECK enum err complaint_tell(struct ctx *cx, const struct complaint *c, int64_t account_id, const char *kind,
                                   const char *event, const char *state, const char *text);
/* The reporter, and those whose complaints were merged into this one (the state only: the text is not for them). */
MUST_CHECK enum err complaint_tell_owner(struct ctx *cx, const struct complaint *c, const char *state,
                                         const char *text);
/* ---- complaint_link.c ---- */
MUST_CHECK enum err complaint_link_repair(struct ctx *cx, struct complaint *c, const struct complaint_step *s);
MUST_CHECK enum err complaint_link_bill(struct ctx *cx, struct complaint *c, int64_t bill_id);
/* The complaint is over and the dispute it opened goes on: the books are told to say whether it was upheld. */
MUST_CHECK enum err complaint_leave_dispute(struct ctx *cx, const struct complaint *c);
/* Taken back by who complained: not upheld. */
MUST_CHECK enum err complaint_drop_dispute(struct ctx *cx, const struct complaint *c);
/* What was merged into it, and its dispute, go on with the one it is merged into. */
MUST_CHECK enum err complaint_pass_on(struct ctx *cx, struct complaint *c, const struct complaint *into);
/* How many complaints of others. */
MUST_CHECK enum err complaint_merged_here(struct ctx *cx, const struct complaint *c, int64_t *n);

#endif
