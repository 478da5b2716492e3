/* recon_api.c - HTTP face of reconciliation. SPDX-License-Identifier: MIT */
#include "api/route.h"
#include "domain/recon.h"

static void one_run(struct jw *w, const struct recon_run *r)
{
    jw_obj(w);
    kv_id(w, "id", r->id);
    kv_id(w, "merchant_id", r->merchant_id);
    kv_int(w, "day", r->day);
    kv_str(w, "state", r->state);
    kv_int(w, "rounds", r->rounds);
    kv_int(w, "pays", r->pays);
    kv_int(w, "pay_fen", r->pay_fen);
    kv_int(w, "refunds", r->refunds);
    kv_int(w, "refund_fen", r->refund_fen);
    kv_int(w, "fee_e5", r->fee_e5);
    kv_int(w, "our_pays", r->our_pays);
    kv_int(w, "our_pay_fen", r->our_pay_fen);
    kv_int(w, "our_refunds", r->our_refunds);
    kv_int(w, "our_refund_fen", r->our_refund_fen);
    kv_int(w, "open_items", r->open_items);
    kv_str(w, "note", r->note);
    kv_time(w, "done_at", r->done_at);
    kv_time(w, "created_at", r->created_at);
    jw_end(w);
}

static enum err reply_run(struct ctx *cx, struct response *rs, int status, const struct recon_run *r)
{
    struct jw w;
    jw_init(&w, cx->arena);
    one_run(&w, r);
    return reply_json(rs, status, &w);
}

static void one_listed(void *arg, const struct recon_run *r)
{
    struct page *l = arg;
    one_run(&l->w, r);
    page_row(l, r->id);
}

static enum err h_list(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct page l = {.n = 0};
    enum err e = page_open(cx, rq, &l);
    return e ? e : page_close(rs, &l, recon_list(cx, l.before, l.limit, one_listed, &l));
}

struct run_in {
    int64_t merchant_id, day;
};
static const struct field run_fields[] = {FIELD_ID(struct run_in, merchant_id),
                                          FIELD_I64(struct run_in, day, 20200101, 99991231)};

static enum err h_run(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct run_in in = {0};
    struct recon_run r;
    enum err e = BODY(cx, rq, run_fields, &in);
    if (!e)
        e = recon_open(cx, in.merchant_id, (int32_t)in.day, true, &r);
    return e ? e : reply_run(cx, rs, 201, &r);
}

static enum err h_get(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct recon_run r;
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = recon_get(cx, id, &r);
    return e ? e : reply_run(cx, rs, 200, &r);
}

static void one_item(void *arg, const struct recon_item *i)
{
    struct page *l = arg;
    struct jw *w = &l->w;
    jw_obj(w);
    kv_id(w, "id", i->id);
    kv_id(w, "run_id", i->run_id);
    kv_id(w, "merchant_id", i->merchant_id);
    kv_int(w, "day", i->day);
    kv_str(w, "kind", i->kind);
    kv_str(w, "number", i->number);
    kv_str(w, "txn_id", i->txn_id);
    kv_int(w, "channel_fen", i->channel_fen);
    kv_int(w, "our_fen", i->our_fen);
    kv_str(w, "state", i->state);
    kv_str(w, "reason", i->reason);
    kv_id(w, "closed_by", i->closed_by);
    kv_time(w, "created_at", i->created_at);
    kv_time(w, "closed_at", i->closed_at);
    jw_end(w);
    page_row(l, i->id);
}

static enum err h_items(struct ctx *cx, const struct request *rq, struct response *rs)
{
    static const char *const states[] = {"open", "auto_resolved", "closed", "escalated"};
    struct page l = {.n = 0};
    const char *state = NULL;
    int64_t run = 0;
    enum err e = query_word(cx, rq, "state", states, COUNT(states), &state);
    if (!e)
        e = query_id(cx, rq, "run_id", &run);
    if (!e)
        e = page_open(cx, rq, &l);
    return e ? e : page_close(rs, &l, recon_items(cx, run, state, l.before, l.limit, one_item, &l));
}

struct close_in {
    const char *reason;
    bool escalate;
};
static const struct field close_fields[] = {FIELD_STR(struct close_in, reason, 1, 200),
                                            OPT_BOOL(struct close_in, escalate)};

static enum err h_close(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct close_in in = {0};
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = BODY(cx, rq, close_fields, &in);
    if (!e)
        e = recon_item_close(cx, id, in.escalate, in.reason);
    return e ? e : reply_empty(rs);
}

#define WHO_SEES (ROLES_ADMIN | ROLE_AUDITOR)
/* clang-format off */
static const struct route rows[] = {
    {M_GET,  "/api/v1/recon/runs",             h_list,  LANE_READ,  WHO_SEES,    SCOPE_COMPANY, 0,    0,             "listReconRuns"},
    {M_POST, "/api/v1/recon/runs",             h_run,   LANE_WRITE, ROLES_ADMIN, SCOPE_COMPANY, 256,  RF_IDEMPOTENT, "runRecon"},
    {M_GET,  "/api/v1/recon/runs/{id}",        h_get,   LANE_READ,  WHO_SEES,    SCOPE_COMPANY, 0,    0,             "getReconRun"},
    {M_GET,  "/api/v1/recon/items",            h_items, LANE_READ,  WHO_SEES,    SCOPE_COMPANY, 0,    0,             "listReconItems"},
    {M_POST, "/api/v1/recon/items/{id}/close", h_close, LANE_WRITE, ROLES_ADMIN, SCOPE_COMPANY, 1024, 0,             "closeReconItem"},
};
/* clang-format on */
const struct route_set recon_routes = {rows, COUNT(rows)};
