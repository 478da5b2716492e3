/* dispatch_api.c - HTTP face of offers and candidates. SPDX-License-Identifier: MIT */
#include "api/repair_json.h"
#include "api/route.h"
#include "domain/repair.h"
#include "live/hub.h"

static void one_offer(void *arg, const struct repair_offer *o, const struct repair *r)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_id(w, "offer_id", o->id);
    kv_str(w, "kind", o->kind);
    kv_time(w, "created_at", o->created_at);
    kv_time(w, "expires_at", o->expires_at);
    kv_time(w, "seen_at", o->seen_at);
    jw_key(w, "repair");
    repair_to_json(w, r, 0);
    jw_end(w);
}

static enum err h_offers(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw w;
    (void)rq;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    kv_time(&w, "server_now", cx->now);
    jw_key(&w, "items");
    jw_arr(&w);
    enum err e = offer_list(cx, one_offer, &w);
    jw_arr_end(&w);
    jw_end(&w);
    return e ? e : reply_json(rs, 200, &w);
}

static enum err h_accept(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct repair r;
    struct jw w;
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = offer_accept(cx, id, &r);
    if (e)
        return e;
    jw_init(&w, cx->arena);
    repair_to_json(&w, &r, RA_HOLDER);
    return reply_json(rs, 200, &w);
}

static enum err h_decline(struct ctx *cx, const struct request *rq, struct response *rs)
{
    static const struct field reason = {.key = "reason", .type = F_STR, .min = 1, .max = 100};
    return do_by_text(cx, rq, rs, &reason, offer_decline);
}

static enum err h_seen(struct ctx *cx, const struct request *rq, struct response *rs)
{
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = offer_seen(cx, id, true);
    return e ? e : reply_empty(rs);
}

static void one_candidate(void *arg, const struct candidate *c)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_id(w, "id", c->id);
    kv_str(w, "name", c->name);
    kv_bool(w, "on_duty", c->on_duty);
    kv_bool(w, "on_leave", c->on_leave);
    kv_int(w, "max_open", c->max_open);
    kv_bool(w, "online", hub_online(c->id));
    kv_int(w, "load", c->load);
    jw_end(w);
}

static enum err h_candidates(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw w;
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (e)
        return e;
    list_open(cx, &w);
    return list_close(rs, &w, dispatch_candidates(cx, id, one_candidate, &w));
}

/* A colleague's load, cap and leave are the desk's business: here he can come, or he cannot. */
static void one_colleague(void *arg, const struct candidate *c)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_id(w, "id", c->id);
    kv_str(w, "name", c->name);
    kv_bool(w, "at_work", c->on_duty && !c->on_leave);
    kv_bool(w, "online", hub_online(c->id));
    jw_end(w);
}

static enum err h_colleagues(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw w;
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (e)
        return e;
    list_open(cx, &w);
    return list_close(rs, &w, dispatch_colleagues(cx, id, one_colleague, &w));
}

/* clang-format off */
static const struct route rows[] = {
    {M_GET,  "/api/v1/offers",                  h_offers,     LANE_READ,  ROLE_TECHNICIAN, SCOPE_SELF,  0,   0, "listOffers"},
    {M_POST, "/api/v1/offers/{id}/accept",      h_accept,     LANE_WRITE, ROLE_TECHNICIAN, SCOPE_SELF,  16,  0, "acceptOffer"},
    {M_POST, "/api/v1/offers/{id}/decline",     h_decline,    LANE_WRITE, ROLE_TECHNICIAN, SCOPE_SELF,  512, 0, "declineOffer"},
    {M_POST, "/api/v1/offers/{id}/seen",        h_seen,       LANE_WRITE, ROLE_TECHNICIAN, SCOPE_SELF,  16,  0, "seeOffer"},
    {M_GET,  "/api/v1/repairs/{id}/candidates", h_candidates, LANE_READ,  ROLES_DESK,      SCOPE_ORDER, 0,   0, "listCandidates"},
    {M_GET,  "/api/v1/repairs/{id}/colleagues", h_colleagues, LANE_READ,  ROLE_TECHNICIAN, SCOPE_ORDER, 0,   0, "listColleagues"},
};
/* clang-format on */
const struct route_set dispatch_routes = {rows, COUNT(rows)};
