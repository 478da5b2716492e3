/* finance.h - what a person in finance has to look at (财务待办): money that does not fit, things that hang.
 * SPDX-License-Identifier: MIT */
#ifndef DOMAIN_FINANCE_H
#define DOMAIN_FINANCE_H
#include "platform/ctx.h"

struct finance_alarm {
    int64_t id, project_id, ref_id, closed_by, created_at, closed_at;
    const char *kind, *dedup, *text, *ref_kind, *state, *reason;
};
/* Once a dedup and company; tells the project's board. WRITE */
MUST_CHECK enum err finance_alarm_add(struct ctx *cx, const struct finance_alarm *a);
MUST_CHECK enum err finance_alarm_close(struct ctx *cx, int64_t id, const char *reason);
typedef void finance_alarm_fn(void *arg, const struct finance_alarm *a);
/* Of the current project and of the whole company, newest first; state "" any. READ */
MUST_CHECK enum err finance_alarm_list(struct ctx *cx, const char *state, int64_t before, int64_t limit,
                                       finance_alarm_fn *fn, void *arg);

#endif
