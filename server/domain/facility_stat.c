/* facility_stat.c - causes by weight, time between failures and to repair, failures that came back.
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "domain/facility_int.h"
#include "platform/store/db.h"

#define REPEAT_MS "2592000000" /* 30 days */
#define LIVE      " AND r.state NOT IN ('cancelled', 'rejected')"

STMT(q_pareto, "facility_stat.pareto",
     "SELECT COALESCE(c.name, ''), COUNT(*) FROM repair r JOIN facility f ON f.id = r.facility_id"
     " LEFT JOIN cause_code c ON c.id = r.cause_id WHERE r.company_id = $1 AND r.project_id = $2 AND r.created_at >= $3"
     " AND r.created_at < $4 AND ($5 = '' OR f.category = $5)" LIVE
     " GROUP BY COALESCE(c.name, '') ORDER BY COUNT(*) DESC, COALESCE(c.name, '') LIMIT 200");
/* A facility's numbers in [$3, $4): how long it has been there, how often it failed, how long the repairs took and how
 * long it stood still. */
STMT(q_reliability, "facility_stat.reliability",
     "SELECT f.id, f.category, f.code, f.name,"
     " CASE WHEN f.created_at > $3 THEN f.created_at ELSE $3 END,"
     " (SELECT COUNT(*) FROM repair r WHERE r.facility_id = f.id AND r.created_at >= $3 AND r.created_at < $4" LIVE "),"
     " (SELECT COUNT(*) FROM repair r WHERE r.facility_id = f.id AND r.created_at >= $3 AND r.created_at < $4" LIVE
     " AND r.finished_at > 0),"
     " (SELECT CAST(COALESCE(SUM(r.finished_at - r.created_at), 0) AS BIGINT) FROM repair r WHERE r.facility_id = f.id"
     " AND r.created_at >= $3 AND r.created_at < $4" LIVE " AND r.finished_at > 0),"
     " (SELECT CAST(COALESCE(SUM(CASE WHEN (CASE WHEN d.to_at = 0 OR d.to_at > $4 THEN $4 ELSE d.to_at END)"
     " > (CASE WHEN d.from_at < $3 THEN $3 ELSE d.from_at END)"
     " THEN (CASE WHEN d.to_at = 0 OR d.to_at > $4 THEN $4 ELSE d.to_at END)"
     " - (CASE WHEN d.from_at < $3 THEN $3 ELSE d.from_at END) ELSE 0 END), 0) AS BIGINT)"
     " FROM facility_down d WHERE d.facility_id = f.id AND d.from_at < $4 AND (d.to_at = 0 OR d.to_at > $3)),"
     " (SELECT CAST(COALESCE(SUM(amount_fen), 0) AS BIGINT) FROM facility_cost c WHERE c.facility_id = f.id"
     " AND c.day >= $5 AND c.day <= $6) + (SELECT CAST(COALESCE(SUM(t.cost_fen), 0) AS BIGINT) FROM maint_task t"
     " WHERE t.facility_id = f.id AND t.state = 'done' AND t.closed_at >= $3 AND t.closed_at < $4)"
     " + (SELECT CAST(COALESCE(SUM(CASE WHEN m.id IS NULL OR l.amount_fen > l.qty_e3 * m.price_min_fen / 1000"
     " THEN l.amount_fen ELSE l.qty_e3 * m.price_min_fen / 1000 END), 0) AS BIGINT) FROM repair_line l"
     " JOIN repair r ON r.id = l.repair_id LEFT JOIN material m ON m.id = l.material_id WHERE r.facility_id = f.id"
     " AND r.created_at >= $3 AND r.created_at < $4 AND r.state <> 'rejected' AND l.kind IN ('labour', 'material'))"
     " FROM facility f"
     " WHERE f.company_id = $1 AND f.project_id = $2 AND f.state <> 'scrapped' AND f.created_at < $4"
     " ORDER BY f.category, f.id LIMIT 5000");
STMT(q_repeats, "facility_stat.repeats",
     "SELECT r.facility_id, r.id, r.created_at, f.code, f.name, COALESCE(c.name, ''),"
     " (SELECT MAX(p.id) FROM repair p WHERE p.facility_id = r.facility_id AND p.id < r.id"
     " AND p.state NOT IN ('cancelled', 'rejected') AND r.created_at - p.created_at < " REPEAT_MS "),"
     " (SELECT MAX(p.created_at) FROM repair p WHERE p.facility_id = r.facility_id AND p.id < r.id"
     " AND p.state NOT IN ('cancelled', 'rejected') AND r.created_at - p.created_at < " REPEAT_MS ")"
     " FROM repair r JOIN facility f ON f.id = r.facility_id LEFT JOIN cause_code c ON c.id = r.cause_id"
     " WHERE r.company_id = $1 AND r.project_id = $2 AND r.created_at >= $3 AND r.created_at < $4" LIVE
     " AND EXISTS (SELECT 1 FROM repair p WHERE p.facility_id = r.facility_id AND p.id < r.id"
     " AND p.state NOT IN ('cancelled', 'rejected') AND r.created_at - p.created_at < " REPEAT_MS ")"
     " ORDER BY r.id DESC LIMIT 200");

struct paretos {
    struct facility_pareto v[200];
    size_t n;
};

static enum err on_pareto(struct ctx *cx, const struct row *r, void *out)
{
    struct paretos *l = out;
    if (l->n < COUNT(l->v))
        l->v[l->n++] = (struct facility_pareto){.cause = row_text(cx, r, 0), .n = row_i64(r, 1)};
    return OK;
}

enum err facility_stat_pareto(struct ctx *cx, int64_t from, int64_t to, const char *category, pareto_fn *fn, void *arg)
{
    struct paretos *l = arena_alloc(cx->arena, sizeof *l);
    int64_t all = 0, sum = 0;
    l->n = 0;
    enum err e =
        db_each(cx, &q_pareto,
                ARGS(I64(cx->who.company_id), I64(cx->who.project_id), I64(from), I64(to), TXT(or_empty(category))),
                on_pareto, l);
    for (size_t i = 0; i < l->n; i++)
        all += l->v[i].n;
    for (size_t i = 0; i < l->n && !e; i++) {
        sum += l->v[i].n;
        l->v[i].share_e4 = l->v[i].n * 10000 / all;
        l->v[i].sum_e4 = sum * 10000 / all;
        fn(arg, &l->v[i]);
    }
    return e;
}

/* ---- reliability ---- */

struct group {
    const char *key, *name;
    int64_t facilities, span_ms, failures, repaired, repair_ms, down_ms, cost_fen;
};
struct groups {
    bool by_category;
    int64_t to;
    struct group now;
    bool any;
    reliability_fn *fn;
    void *arg;
};

static void give(struct groups *g)
{
    const struct group *x = &g->now;
    int64_t up = x->span_ms > x->down_ms ? x->span_ms - x->down_ms : 0;
    struct facility_reliability r = {.key = x->key,
                                     .name = x->name,
                                     .facilities = x->facilities,
                                     .failures = x->failures,
                                     .down_ms = x->down_ms,
                                     .cost_fen = x->cost_fen,
                                     .mtbf_ms = x->failures ? up / x->failures : 0,
                                     .mttr_ms = x->repaired ? x->repair_ms / x->repaired : 0,
                                     .up_e4 = x->span_ms ? up / (x->span_ms / 10000 + 1) : 10000};
    if (r.up_e4 > 10000 || !x->down_ms)
        r.up_e4 = 10000;
    if (g->any)
        g->fn(g->arg, &r);
}

static enum err on_reliability(struct ctx *cx, const struct row *r, void *out)
{
    struct groups *g = out;
    const char *category = row_text(cx, r, 1);
    const char *key = g->by_category ? category : arena_printf(cx->arena, "%lld", (long long)row_i64(r, 0));
    if (!g->any || !str_eq(g->now.key, key)) {
        give(g);
        g->any = true;
        g->now = (struct group){.key = key,
                                .name = g->by_category
                                            ? category
                                            : arena_printf(cx->arena, "%s %s", row_text(cx, r, 2), row_text(cx, r, 3))};
    }
    g->now.facilities++;
    g->now.span_ms += g->to - row_i64(r, 4);
    g->now.failures += row_i64(r, 5);
    g->now.repaired += row_i64(r, 6);
    g->now.repair_ms += row_i64(r, 7);
    g->now.down_ms += row_i64(r, 8);
    g->now.cost_fen += row_i64(r, 9);
    return OK;
}

enum err facility_stat_reliability(struct ctx *cx, const char *by, int64_t from, int64_t to, reliability_fn *fn,
                                   void *arg)
{
    struct groups g = {.by_category = str_eq(by, "category"), .to = to < cx->now ? to : cx->now, .fn = fn, .arg = arg};
    if (!g.by_category && !str_eq(by, "facility"))
        return cx_fail(cx, ERR_INVALID, "by", "应为 facility 或 category", "facility or category");
    if (from >= g.to)
        return cx_fail(cx, ERR_INVALID, "to", "须晚于起始时间", "must be later than from");
    enum err e = db_each(cx, &q_reliability,
                         ARGS(I64(cx->who.company_id), I64(cx->who.project_id), I64(from), I64(g.to),
                              I64(clock_day(from)), I64(clock_day(g.to - 1))),
                         on_reliability, &g);
    if (!e)
        give(&g);
    return e;
}

struct repeats {
    repeat_fn *fn;
    void *arg;
};

static enum err on_repeat(struct ctx *cx, const struct row *r, void *out)
{
    struct repeats *l = out;
    struct facility_repeat x = {.facility_id = row_i64(r, 0),
                                .repair_id = row_i64(r, 1),
                                .at = row_i64(r, 2),
                                .code = row_text(cx, r, 3),
                                .name = row_text(cx, r, 4),
                                .cause = row_text(cx, r, 5),
                                .before_id = row_i64(r, 6),
                                .days = (row_i64(r, 2) - row_i64(r, 7)) / DAY_MS};
    l->fn(l->arg, &x);
    return OK;
}

enum err facility_stat_repeats(struct ctx *cx, int64_t from, int64_t to, repeat_fn *fn, void *arg)
{
    struct repeats l = {fn, arg};
    return db_each(cx, &q_repeats, ARGS(I64(cx->who.company_id), I64(cx->who.project_id), I64(from), I64(to)),
                   on_repeat, &l);
}
