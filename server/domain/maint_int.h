/* maint_int.h - shared by the maint_*.c files only. SPDX-License-Identifier: MIT */
#ifndef DOMAIN_MAINT_INT_H
#define DOMAIN_MAINT_INT_H
#include "domain/maint.h"
#include "platform/store/db.h"

/* With the company's calendar of two years back and three ahead, if the plan asks for it. */
MUST_CHECK enum err maint_plan_rule(struct ctx *cx, const struct maint_plan *p, struct maint_rule *r);
/* By id without any check of rights. */
MUST_CHECK enum err maint_plan_load(struct ctx *cx, int64_t id, struct maint_plan *out);
MUST_CHECK enum err maint_task_load(struct ctx *cx, int64_t id, struct maint_task *out);
/* The first time after `now` at which a task wants attention: a reminder, or being late. 0: never. Pure. */
int64_t maint_task_next(const struct maint_task *t, int64_t now);
/* Bit set of days before, of "7,1,0". false: not such a list. */
bool maint_remind_bits(const char *text, uint32_t *bits);
/* Who should do the work of a plan on that day: of its staff whose shifts have that weekday, the one with the fewest open
 * tasks; else the deputy; else nobody (0: whoever has the skill). */
MUST_CHECK enum err maint_pick(struct ctx *cx, const struct maint_plan *p, int32_t day, int64_t *account_id);
MUST_CHECK enum err maint_on_shift(struct ctx *cx, int64_t account_id, int64_t project_id, int32_t day, bool *on);
/* After a task has ended: plans that count from completion get their next slot. */
MUST_CHECK enum err maint_target_done(struct ctx *cx, const struct maint_task *t, int32_t day);
void maint_tell(struct ctx *cx, const struct maint_task *t, const char *type, int64_t account_id, bool board);
/* A fault found at work becomes an order for the facility. */
MUST_CHECK enum err maint_repair(struct ctx *cx, const struct maint_task *t, int64_t facility_id, const char *place,
                                 const char *description, int64_t *repair_id);
/* The points of a patrol, with their windows on that day; and those nobody has been at are missed. */
MUST_CHECK enum err maint_checks_make(struct ctx *cx, const struct maint_task *t);
MUST_CHECK enum err maint_checks_miss(struct ctx *cx, const struct maint_task *t, int64_t *missed);

/* Account a has a role in project $2 by which it may act on tasks (the roles of actOnMaintTask). */
#define MAINT_MAY                                                                                                      \
    " AND EXISTS (SELECT 1 FROM role_grant g WHERE g.account_id = a.id AND (g.project_id = 0 OR g.project_id = $2)"    \
    " AND g.role IN ('technician', 'manager', 'dispatcher', 'customer_service', 'company_admin', 'platform_admin'))"

#endif
