/* board.h - the manager's live board: what is open, late, down and waiting in a project, counted from the records each time
 * (statistics are derived, never counted up). Pushed as board.counters on the board's topic when something has moved.
 * SPDX-License-Identifier: MIT */
#ifndef DOMAIN_BOARD_H
#define DOMAIN_BOARD_H
#include "platform/ctx.h"

/* JSON object text of all counters of the current project. READ */
MUST_CHECK enum err board_counters(struct ctx *cx, const char **json);
/* Projects whose board has moved since the counters were pushed: ids and companies, at most max. READ */
struct board_due {
    int64_t company_id, project_id, seq;
    const char *counters; /* by board_count(), in its arena */
    bool differs;
};
MUST_CHECK enum err board_moved(struct ctx *cx, struct board_due *due, size_t max, size_t *n);
/* Counts anew. READ: on PostgreSQL a writer that has looked at so much would stand in everybody's way. */
MUST_CHECK enum err board_count(struct ctx *cx, struct board_due *due);
/* Emits board.counters if they differ, and remembers. WRITE */
MUST_CHECK enum err board_push(struct ctx *cx, const struct board_due *due);

/* ---- ranking and time limits, over orders made in [from, to) ---- */
struct rank_row { /* one technician; means in minutes, 0 when nothing to take a mean of */
    int64_t account_id, taken, finished, in_time, reopened, declined, rated, stars, charge_fen, arrive_min, repair_min;
    int64_t score_e2; /* 0..10000, see board_rank.c */
    const char *name;
};
typedef void rank_fn(void *arg, const struct rank_row *r);
/* The caller's own row; of nothing, when there were no orders. */
MUST_CHECK enum err board_rank_own(struct ctx *cx, int64_t from, int64_t to, struct rank_row *out);
MUST_CHECK enum err board_ranking(struct ctx *cx, int64_t from, int64_t to, rank_fn *fn, void *arg); /* best first */
enum sla_by { SLA_TYPE, SLA_URGENCY, SLA_BUILDING, SLA_DAY, SLA_BYS };
extern const char *const sla_by_name[SLA_BYS];
struct sla_row {
    int64_t orders, responded, respond_ok, arrived, arrive_ok, finished, finish_ok, respond_min, arrive_min, finish_min;
    const char *key, *name;
};
typedef void sla_fn(void *arg, const struct sla_row *r);
MUST_CHECK enum err board_sla(struct ctx *cx, enum sla_by by, int64_t from, int64_t to, sla_fn *fn, void *arg);

#endif
