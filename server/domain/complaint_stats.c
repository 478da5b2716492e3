/* complaint_stats.c - analysis: what is complained about, where, how fast and how well it is dealt with.
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "domain/complaint_int.h"

#define SUM_IF(cond) "CAST(SUM(CASE WHEN " cond " THEN 1 ELSE 0 END) AS BIGINT)"
#define MEAN(at)                                                                                                       \
    "COALESCE(CAST(SUM(CASE WHEN " at " > 0 THEN " at " - c.created_at ELSE 0 END) AS BIGINT)"                         \
    " / NULLIF(SUM(CASE WHEN " at " > 0 THEN 1 ELSE 0 END), 0), 0)"
#define LATE                                                                                                           \
    "c.escalation > 0 OR (c.resolved_at > c.due_at) OR (c.resolved_at = 0 AND c.closed_at = 0 AND c.due_at < $5)"
/* clang-format off */
#define COLUMNS                                                                                                        \
    ", COUNT(*), " SUM_IF("c.state = 'closed'") ", " SUM_IF(LATE) ", " SUM_IF("c.reopened > 0") ", "                   \
    SUM_IF("c.level > 0") ", " MEAN("c.answered_at") ", " MEAN("c.resolved_at") ", CAST(SUM(c.stars) AS BIGINT), "     \
    SUM_IF("c.stars > 0") ", " SUM_IF("c.stars >= 3") ", " SUM_IF("c.repair_id > 0")
/* clang-format on */
#define WHERE                                                                                                          \
    " WHERE c.company_id = $1 AND c.project_id = $2 AND c.created_at >= $3 AND c.created_at < $4"                      \
    " AND c.state NOT IN ('merged', 'withdrawn')"
#define BY(key) "SELECT " key COLUMNS COMPLAINT_FROM WHERE " GROUP BY " key " ORDER BY COUNT(*) DESC, " key " LIMIT 200"

STMT(q_by_category, "complaint.by_category", BY("c.category"));
STMT(q_by_kind, "complaint.by_kind", BY("c.kind"));
STMT(q_by_handler, "complaint.by_handler", BY("COALESCE(h.name, '')"));
STMT(q_total, "complaint.total", "SELECT ''" COLUMNS COMPLAINT_FROM WHERE);
STMT(q_by_building, "complaint.by_building",
     "SELECT COALESCE(b.name, '')" COLUMNS COMPLAINT_FROM
     " LEFT JOIN building b ON b.id = c.building_id AND c.anonymous = 0" WHERE
     " GROUP BY COALESCE(b.name, '') ORDER BY COUNT(*) DESC, COALESCE(b.name, '') LIMIT 200");

#define MONTHS_MAX 36

struct stats {
    complaint_stat_fn *fn;
    void *arg;
    const char *key; /* NULL: the row's own */
};

static enum err on_stat(struct ctx *cx, const struct row *r, void *out)
{
    struct stats *s = out;
    int i = 1;
    struct complaint_stat one = {.key = s->key ? s->key : row_text(cx, r, 0)};
    int64_t *const v[] = {&one.n,         &one.closed,        &one.overdue,        &one.reopened,
                          &one.escalated, &one.avg_answer_ms, &one.avg_resolve_ms, &one.stars_sum,
                          &one.stars_n,   &one.satisfied_n,   &one.repairs};
    for (size_t k = 0; k < COUNT(v); k++)
        *v[k] = row_i64(r, i++);
    if (one.n)
        s->fn(s->arg, &one);
    return OK;
}

static struct args bounds(struct ctx *cx, struct arg a[5], int64_t from, int64_t to)
{
    a[0] = I64(cx->who.company_id);
    a[1] = I64(cx->who.project_id);
    a[2] = I64(from);
    a[3] = I64(to);
    a[4] = I64(cx->now);
    return (struct args){a, 5};
}

/* A statement a month: engines disagree about calendars, and a month here is Shanghai's. */
static enum err by_month(struct ctx *cx, int64_t from, int64_t to, struct stats *s)
{
    struct arg a[5];
    enum err e = OK;
    for (int i = 0; i < MONTHS_MAX && from < to && !e; i++) {
        struct civil c = clock_civil(from), next = {.year = c.year, .month = c.month + 1, .day = 1};
        if (next.month > 12)
            next = (struct civil){.year = c.year + 1, .month = 1, .day = 1};
        int64_t end = clock_from_civil(&next);
        s->key = arena_printf(cx->arena, "%04d-%02d", c.year, c.month);
        e = db_one(cx, &q_total, bounds(cx, a, from, end < to ? end : to), on_stat, s);
        from = end;
    }
    return e;
}

enum err complaint_analysis(struct ctx *cx, const char *by, int64_t from, int64_t to, complaint_stat_fn *fn, void *arg)
{
    static const struct {
        const char *by;
        const struct stmt *q;
    } ways[] = {
        {"category", &q_by_category},
        {"kind",     &q_by_kind    },
        {"handler",  &q_by_handler },
        {"building", &q_by_building}
    };
    struct stats s = {fn, arg, NULL};
    struct arg a[5];
    if (str_eq(by, "month"))
        return by_month(cx, from, to, &s);
    for (size_t i = 0; i < COUNT(ways); i++)
        if (str_eq(ways[i].by, by))
            return db_each(cx, ways[i].q, bounds(cx, a, from, to), on_stat, &s);
    return cx_fail(cx, ERR_INVALID, "by", "应为 category、kind、handler、building 或 month",
                   "category, kind, handler, building or month");
}
