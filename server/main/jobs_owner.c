/* jobs_owner.c - what the register does by the calendar: transfers whose day has come, leases that begin.
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "domain/owner.h"
#include "domain/owner_transfer.h"
#include "main/jobs.h"

struct step {
    int64_t after, id;
    const char *problem;
};

static enum err run_next(struct ctx *cx, void *arg)
{
    struct step *s = arg;
    return transfer_next_due(cx, s->after, &s->id);
}

static enum err run_one(struct ctx *cx, void *arg)
{
    return transfer_run(cx, ((struct step *)arg)->id);
}

static enum err run_problem(struct ctx *cx, void *arg)
{
    struct step *s = arg;
    return transfer_note_problem(cx, s->id, s->problem);
}

static enum err run_begin(struct ctx *cx, void *arg)
{
    (void)arg;
    return owner_begin_due(cx);
}

/* What a person can put right is written to the transfer; the rest is tried again the next minute. */
static const char *problem_of(enum err e)
{
    return e == ERR_STATE || e == ERR_INVALID || e == ERR_EXISTS || e == ERR_NOT_FOUND
               ? "未能办理:房间、新业主或账期状态不允许,请核对后重试"
               : NULL;
}

void jobs_owners(void)
{
    static int32_t begun;
    struct step s = {0};
    while (!jobs_stopping() && jobs_run("owners.next", run_next, &s, false) == OK && s.id) {
        s.problem = problem_of(jobs_run("owners.transfer", run_one, &s, true));
        if (s.problem)
            (void)jobs_run("owners.problem", run_problem, &s, true);
        s.after = s.id;
        s.id = 0;
    }
    int32_t today = clock_day(clock_now_ms());
    if (begun != today && jobs_run("owners.begin", run_begin, NULL, true) == OK)
        begun = today;
}
