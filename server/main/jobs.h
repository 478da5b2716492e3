/* jobs.h - shared by the jobs*.c files only. SPDX-License-Identifier: MIT */
#ifndef MAIN_JOBS_H
#define MAIN_JOBS_H
#include "platform/store/store.h"

struct work_cx {
    struct arena *arena;
    struct ctx cx;
};
void jobs_begin(struct work_cx *w);
void jobs_end(struct work_cx *w);
void jobs_report(const char *job, const struct ctx *cx, enum err e);
/* One transaction in an arena of its own. */
enum err jobs_run(const char *name, job_fn *fn, void *arg, bool write);
bool jobs_stopping(void);
void jobs_owners(void); /* jobs_owner.c: transfers and leases that are due; called by the keeper every minute */
/* Sleeps until woken for `what` (one WAKE_ bit; 0: nobody wakes it), or ms have passed, or the end. A call wakes one thread.
 * A wake-up that came while the thread was busy is not lost: the next sleep returns at once. */
void jobs_sleep(unsigned what, int64_t ms);

/* Rows with a time of their own. */
struct jobs_due {
    const char *name;
    enum err (*find)(struct ctx *cx, int64_t *ids, size_t max, size_t *n, int64_t *next);
    enum err (*tick)(struct ctx *cx, int64_t id);
    int64_t ids[128], next, id;
    size_t n;
};
/* Ticks those whose time has come, one transaction each: what fails, fails alone. Returns for how many ms nothing more is due, a
 * second at most; 0: go on at once. */
int64_t jobs_due(struct jobs_due *d);

/* A thread's whole life: work() as long as it finds something, else a pause; sweep() every minute. */
void jobs_work_and_sweep(bool (*work)(void), void (*sweep)(void), int64_t pause_ms);

void *jobs_relay(void *arg);
void *jobs_dispatcher(void *arg);
void *jobs_messages(void *arg);
void *jobs_messages_more(void *arg);
void *jobs_billing(void *arg);
void *jobs_pay(void *arg);
void *jobs_recon(void *arg);
void *jobs_exports(void *arg);
void *jobs_imports(void *arg);
void *jobs_money(void *arg);
void *jobs_keeper(void *arg);
void *jobs_board(void *arg);
void *jobs_webhooks(void *arg);
void *jobs_webhooks_send(void *arg);
void *jobs_webhooks_slow(void *arg);
void *jobs_service(void *arg);
void *jobs_maint(void *arg);

#endif
