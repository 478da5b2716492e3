/* board_api.c - HTTP face of the live board, the ranking and the time limits. SPDX-License-Identifier: MIT */
#include "api/route.h"
#include "base/clock.h"
#include "domain/board.h"

static enum err h_counters(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw w;
    const char *counters = NULL;
    (void)rq;
    enum err e = board_counters(cx, &counters);
    if (e)
        return e;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    kv_time(&w, "at", cx->now);
    kv_raw(&w, "counters", counters);
    jw_end(&w);
    return reply_json(rs, 200, &w);
}

static void one_rank(void *arg, const struct rank_row *r)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_id(w, "account_id", r->account_id);
    kv_str(w, "name", r->name);
    kv_int(w, "score_e2", r->score_e2);
    kv_int(w, "taken", r->taken);
    kv_int(w, "finished", r->finished);
    kv_int(w, "in_time", r->in_time);
    kv_int(w, "reopened", r->reopened);
    kv_int(w, "declined", r->declined);
    kv_int(w, "rated", r->rated);
    kv_int(w, "stars", r->stars);
    kv_int(w, "charge_fen", r->charge_fen);
    kv_int(w, "arrive_min", r->arrive_min);
    kv_int(w, "repair_min", r->repair_min);
    jw_end(w);
}

static enum err h_ranking(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw w;
    int64_t from = 0, to = 0;
    enum err e = query_span(cx, rq, &from, &to);
    if (e)
        return e;
    list_open(cx, &w);
    return list_close(rs, &w, board_ranking(cx, from, to, one_rank, &w));
}

static enum err h_own(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw w;
    struct rank_row own;
    int64_t from = 0, to = 0;
    enum err e = query_span(cx, rq, &from, &to);
    if (!e)
        e = board_rank_own(cx, from, to, &own);
    if (e)
        return e;
    jw_init(&w, cx->arena);
    one_rank(&w, &own);
    return reply_json(rs, 200, &w);
}

static void one_limit(void *arg, const struct sla_row *r)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_str(w, "key", r->key);
    kv_str(w, "name", r->name);
    kv_int(w, "orders", r->orders);
    kv_int(w, "responded", r->responded);
    kv_int(w, "respond_ok", r->respond_ok);
    kv_int(w, "arrived", r->arrived);
    kv_int(w, "arrive_ok", r->arrive_ok);
    kv_int(w, "finished", r->finished);
    kv_int(w, "finish_ok", r->finish_ok);
    kv_int(w, "respond_min", r->respond_min);
    kv_int(w, "arrive_min", r->arrive_min);
    kv_int(w, "finish_min", r->finish_min);
    jw_end(w);
}

static enum err h_sla(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw w;
    const char *text = NULL;
    int64_t from = 0, to = 0;
    enum err e = query_text(cx, rq, "by", &text);
    int by = text ? str_index(sla_by_name, SLA_BYS, text) : SLA_TYPE;
    if (!e && by < 0)
        e = cx_fail(cx, ERR_INVALID, "by", "参数无效", "not one of the allowed values");
    if (!e)
        e = query_span(cx, rq, &from, &to);
    if (e)
        return e;
    list_open(cx, &w);
    return list_close(rs, &w, board_sla(cx, (enum sla_by)by, from, to, one_limit, &w));
}

#define WHO_LOOKS (ROLES_DESK | ROLE_CASHIER | ROLE_AUDITOR)
#define WHO_RANKS (ROLES_SETS | ROLE_DISPATCHER | ROLE_AUDITOR)
/* clang-format off */
static const struct route rows[] = {
    {M_GET, "/api/v1/board",               h_counters, LANE_READ, WHO_LOOKS, SCOPE_PROJECT, 0, 0, "getBoard"},
    {M_GET, "/api/v1/reports/technicians", h_ranking,  LANE_READ, WHO_RANKS, SCOPE_PROJECT, 0, 0, "reportTechnicians"},
    {M_GET, "/api/v1/duty/statistics",     h_own,      LANE_READ, ROLE_TECHNICIAN, SCOPE_PROJECT, 0, 0, "getOwnStatistics"},
    {M_GET, "/api/v1/reports/sla",         h_sla,      LANE_READ, WHO_RANKS, SCOPE_PROJECT, 0, 0, "reportTimeLimits"},
};
/* clang-format on */
const struct route_set board_routes = {rows, COUNT(rows)};
