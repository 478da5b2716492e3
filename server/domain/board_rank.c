/* board_rank.c - technicians side by side, and how well time limits are kept. SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/id.h"
#include "domain/board.h"
#include "platform/store/db.h"
#include <stdlib.h>

const char *const sla_by_name[SLA_BYS] = {"type", "urgency", "building", "day"};

#define N(condition) "COUNT(CASE WHEN " condition " THEN 1 END)"
#define MEAN_MIN(from, to)                                                                                             \
    "CAST(COALESCE(SUM(CASE WHEN r." from " > 0 AND r." to " > 0 THEN r." to " - r." from " END)"                      \
    " / NULLIF(60000 * COUNT(CASE WHEN r." from " > 0 AND r." to " > 0 THEN 1 END), 0), 0) AS BIGINT)"
#define IN_TIME "r.finished_at > 0 AND r.finished_at - r.paused_ms <= r.finish_due"

/* SQL put together from pieces reads best as lines of SQL. */
/* clang-format off */
/* Orders by who holds them last; declines by whom they were offered to. */
STMT(q_rank, "board.rank",
     "SELECT r.holder_id, a.name, COUNT(*), " N("r.finished_at > 0") ", " N(IN_TIME) ","
     " CAST(COALESCE(SUM(r.reopened), 0) AS BIGINT),"
     " (SELECT COUNT(*) FROM repair_offer o WHERE o.account_id = r.holder_id AND o.company_id = $1"
     " AND o.project_id = $2 AND o.id >= $3 AND o.id < $4 AND o.state IN ('declined', 'expired')), "
     N("r.stars > 0") ", CAST(COALESCE(SUM(r.stars), 0) AS BIGINT), CAST(COALESCE(SUM(r.charge_fen), 0) AS BIGINT), "
     MEAN_MIN("accepted_at", "arrived_at") ", " MEAN_MIN("started_at", "finished_at")
     " FROM repair r JOIN account a ON a.id = r.holder_id WHERE r.company_id = $1 AND r.project_id = $2"
     " AND r.id >= $3 AND r.id < $4 AND r.holder_id > 0 AND ($5 = 0 OR r.holder_id = $5) GROUP BY r.holder_id, a.name LIMIT 500");
#define SLA(key, name, join)                                                                                           \
    "SELECT " key ", " name ", COUNT(*), " N("r.accepted_at > 0") ", "                                                 \
    N("r.accepted_at > 0 AND r.accepted_at <= r.respond_due") ", " N("r.arrived_at > 0") ", "                          \
    N("r.arrived_at > 0 AND r.arrived_at <= r.arrive_due") ", " N("r.finished_at > 0") ", " N(IN_TIME) ", "            \
    MEAN_MIN("created_at", "accepted_at") ", " MEAN_MIN("created_at", "arrived_at") ", "                               \
    MEAN_MIN("created_at", "finished_at") " FROM repair r " join                                                       \
    " WHERE r.company_id = $1 AND r.project_id = $2"                                                                   \
    " AND r.id >= $3 AND r.id < $4 AND r.state NOT IN ('cancelled', 'rejected')"                                       \
    " GROUP BY " key ", " name " ORDER BY " key " LIMIT 1000"
/* clang-format on */
#define DAY_OF "CAST((r.created_at + 28800000) / 86400000 AS TEXT)" /* days since 1970 in Shanghai */
STMT(q_type, "board.sla_type", SLA("CAST(r.type_id AS TEXT)", "t.name", "JOIN fault_type t ON t.id = r.type_id"));
STMT(q_urgency, "board.sla_urgency", SLA("r.urgency", "r.urgency", ""));
STMT(q_building, "board.sla_building",
     SLA("CAST(COALESCE(b.id, 0) AS TEXT)", "COALESCE(b.name, '')",
         "LEFT JOIN room m ON m.id = r.room_id LEFT JOIN building b ON b.id = m.building_id"));
STMT(q_day, "board.sla_day", SLA(DAY_OF, DAY_OF, ""));

/* ---- the ranking ---- */

/* Out of 100 points: 40 for time limits kept, 30 for stars, 20 for work that stayed done, 10 for offers not declined. Who has
 * no ratings or no offers gets the middle of those points, so that a newcomer stands in the middle. */
static int64_t score(const struct rank_row *r)
{
    int64_t in_time = r->finished ? 4000 * r->in_time / r->finished : 2000;
    int64_t stars = r->rated ? 3000 * (r->stars - r->rated) / (4 * r->rated) : 1500;
    int64_t again = r->reopened > r->finished ? r->finished : r->reopened;
    int64_t stayed = r->finished ? 2000 * (r->finished - again) / r->finished : 1000;
    int64_t offers = r->taken + r->declined;
    return in_time + stars + stayed + (offers ? 1000 * r->taken / offers : 500);
}

struct ranking {
    struct rank_row v[500];
    size_t n;
};

static enum err on_rank(struct ctx *cx, const struct row *r, void *out)
{
    struct ranking *k = out;
    if (k->n == COUNT(k->v))
        return OK;
    struct rank_row *o = &k->v[k->n++];
    *o = (struct rank_row){.account_id = row_i64(r, 0),
                           .name = row_text(cx, r, 1),
                           .taken = row_i64(r, 2),
                           .finished = row_i64(r, 3),
                           .in_time = row_i64(r, 4),
                           .reopened = row_i64(r, 5),
                           .declined = row_i64(r, 6),
                           .rated = row_i64(r, 7),
                           .stars = row_i64(r, 8),
                           .charge_fen = row_i64(r, 9),
                           .arrive_min = row_i64(r, 10),
                           .repair_min = row_i64(r, 11)};
    o->score_e2 = score(o);
    return OK;
}

static int best_first(const void *a, const void *b)
{
    const struct rank_row *x = a, *y = b;
    if (x->score_e2 != y->score_e2)
        return x->score_e2 > y->score_e2 ? -1 : 1;
    if (x->finished != y->finished)
        return x->finished > y->finished ? -1 : 1;
    return x->account_id < y->account_id ? -1 : 1;
}

static enum err check_span(struct ctx *cx, int64_t from, int64_t to)
{
    return from < to && to - from <= 800 * DAY_MS
               ? OK
               : cx_fail(cx, ERR_INVALID, "to", "时间范围无效,最多两年", "not a span of time; two years at most");
}

/* account 0: everybody */
static enum err read_ranks(struct ctx *cx, int64_t account, int64_t from, int64_t to, struct ranking *k)
{
    enum err e = check_span(cx, from, to);
    return e ? e
             : db_each(cx, &q_rank,
                       ARGS(I64(cx->who.company_id), I64(cx->who.project_id), I64(id_at(from)), I64(id_at(to)),
                            I64(account)),
                       on_rank, k);
}

enum err board_rank_own(struct ctx *cx, int64_t from, int64_t to, struct rank_row *out)
{
    struct ranking *k = arena_alloc(cx->arena, sizeof *k);
    enum err e = read_ranks(cx, cx->who.id, from, to, k);
    *out = k->n ? k->v[0] : (struct rank_row){.account_id = cx->who.id, .name = cx->who.name};
    if (!k->n)
        out->score_e2 = score(out);
    return e;
}

enum err board_ranking(struct ctx *cx, int64_t from, int64_t to, rank_fn *fn, void *arg)
{
    struct ranking *k = arena_alloc(cx->arena, sizeof *k);
    enum err e = read_ranks(cx, 0, from, to, k);
    qsort(k->v, k->n, sizeof k->v[0], best_first);
    for (size_t i = 0; i < k->n && !e; i++)
        fn(arg, &k->v[i]);
    return e;
}

/* ---- time limits ---- */

struct limits {
    sla_fn *fn;
    void *arg;
    enum sla_by by;
};

static const char *day_text(struct arena *a, const char *days)
{
    int64_t n = 0;
    return parse_i64(days, &n) ? arena_printf(a, "%d", clock_day_add(19700101, (int)n)) : days;
}

static enum err on_limit(struct ctx *cx, const struct row *r, void *out)
{
    static const char *const urgency[][2] = {
        {"low",       "低"   },
        {"normal",    "普通"},
        {"high",      "紧急"},
        {"emergency", "特急"}
    };
    struct limits *l = out;
    struct sla_row o = {.key = row_text(cx, r, 0),
                        .name = row_text(cx, r, 1),
                        .orders = row_i64(r, 2),
                        .responded = row_i64(r, 3),
                        .respond_ok = row_i64(r, 4),
                        .arrived = row_i64(r, 5),
                        .arrive_ok = row_i64(r, 6),
                        .finished = row_i64(r, 7),
                        .finish_ok = row_i64(r, 8),
                        .respond_min = row_i64(r, 9),
                        .arrive_min = row_i64(r, 10),
                        .finish_min = row_i64(r, 11)};
    if (l->by == SLA_DAY)
        o.key = o.name = day_text(cx->arena, o.key);
    for (size_t i = 0; l->by == SLA_URGENCY && i < COUNT(urgency); i++)
        if (str_eq(o.key, urgency[i][0]))
            o.name = cx->english ? o.key : urgency[i][1];
    l->fn(l->arg, &o);
    return OK;
}

enum err board_sla(struct ctx *cx, enum sla_by by, int64_t from, int64_t to, sla_fn *fn, void *arg)
{
    static const struct stmt *const q[SLA_BYS] = {&q_type, &q_urgency, &q_building, &q_day};
    struct limits l = {fn, arg, by};
    enum err e = check_span(cx, from, to);
    return e ? e
             : db_each(cx, q[by],
                       ARGS(I64(cx->who.company_id), I64(cx->who.project_id), I64(id_at(from)), I64(id_at(to))),
                       on_limit, &l);
}
