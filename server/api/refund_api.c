/* refund_api.c - HTTP face of refunds. SPDX-License-Identifier: MIT */
#include "api/route.h"
#include "domain/refund.h"

static void one_refund(struct jw *w, const struct refund *r)
{
    jw_obj(w);
    kv_id(w, "id", r->id);
    kv_id(w, "project_id", r->project_id);
    kv_id(w, "payment_id", r->payment_id);
    kv_str(w, "method", r->method);
    kv_str(w, "number", r->number);
    kv_int(w, "amount_fen", r->amount_fen);
    kv_str(w, "reason", r->reason);
    kv_str(w, "state", refund_state_name[r->state]);
    kv_bool(w, "automatic", r->automatic);
    kv_id(w, "maker_id", r->maker_id);
    kv_id(w, "checker_id", r->checker_id);
    kv_str(w, "voucher", r->voucher);
    kv_str(w, "note", r->note);
    kv_time(w, "done_at", r->done_at);
    kv_time(w, "created_at", r->created_at);
    kv_int(w, "version", r->version);
    jw_end(w);
}

static enum err reply_refund(struct ctx *cx, struct response *rs, int status, const struct refund *r)
{
    struct jw w;
    jw_init(&w, cx->arena);
    one_refund(&w, r);
    return reply_json(rs, status, &w);
}

struct request_in {
    int64_t amount_fen;
    const char *reason;
};
static const struct field request_fields[] = {FIELD_I64(struct request_in, amount_fen, 1, 100000000000),
                                              FIELD_STR(struct request_in, reason, 1, 80)};

static enum err h_request(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct request_in in = {0};
    struct refund r;
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = BODY(cx, rq, request_fields, &in);
    if (!e)
        e = refund_request(cx, id, in.amount_fen, in.reason, &r);
    return e ? e : reply_refund(cx, rs, 201, &r);
}

static void one_listed(void *arg, const struct refund *r)
{
    struct page *l = arg;
    one_refund(&l->w, r);
    page_row(l, r->id);
}

static enum err h_list(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct page l = {.n = 0};
    const char *state = NULL;
    enum err e = query_word(cx, rq, "state", refund_state_name, RFS_COUNT, &state);
    if (!e)
        e = page_open(cx, rq, &l);
    return e ? e : page_close(rs, &l, refund_list(cx, state, l.before, l.limit, one_listed, &l));
}

static enum err h_get(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct refund r;
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = refund_get(cx, id, &r);
    return e ? e : reply_refund(cx, rs, 200, &r);
}

struct reason_in {
    const char *reason;
};
static const struct field reason_fields[] = {OPT_STR(struct reason_in, reason, 0, 200)};

static enum err decide(struct ctx *cx, const struct request *rq, struct response *rs, bool approve)
{
    struct reason_in in = {0};
    struct refund r;
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = BODY(cx, rq, reason_fields, &in);
    if (!e)
        e = refund_decide(cx, id, approve, in.reason, &r);
    return e ? e : reply_refund(cx, rs, 200, &r);
}

static enum err h_approve(struct ctx *cx, const struct request *rq, struct response *rs)
{
    return decide(cx, rq, rs, true);
}

static enum err h_reject(struct ctx *cx, const struct request *rq, struct response *rs)
{
    return decide(cx, rq, rs, false);
}

struct pay_out_in {
    const char *voucher;
};
static const struct field pay_out_fields[] = {OPT_STR(struct pay_out_in, voucher, 0, 64)};

static enum err h_pay_out(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct pay_out_in in = {0};
    struct refund r;
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = BODY(cx, rq, pay_out_fields, &in);
    if (!e)
        e = refund_pay_out(cx, id, in.voucher, &r);
    return e ? e : reply_refund(cx, rs, 200, &r);
}

/* clang-format off */
static const struct route rows[] = {
    {M_POST, "/api/v1/payments/{id}/refunds", h_request, LANE_WRITE, ROLES_TAKES, SCOPE_PROJECT, 1024, RF_IDEMPOTENT, "requestRefund"},
    {M_GET,  "/api/v1/refunds",               h_list,    LANE_READ,  ROLES_MONEY, SCOPE_PROJECT, 0,    0,             "listRefunds"},
    {M_GET,  "/api/v1/refunds/{id}",          h_get,     LANE_READ,  ROLES_MONEY, SCOPE_PROJECT, 0,    0,             "getRefund"},
    {M_POST, "/api/v1/refunds/{id}/approve",  h_approve, LANE_WRITE, ROLES_SETS,  SCOPE_PROJECT, 1024, 0,             "approveRefund"},
    {M_POST, "/api/v1/refunds/{id}/reject",   h_reject,  LANE_WRITE, ROLES_SETS,  SCOPE_PROJECT, 1024, 0,             "rejectRefund"},
    {M_POST, "/api/v1/refunds/{id}/pay-out",  h_pay_out, LANE_WRITE, ROLES_TAKES, SCOPE_PROJECT, 1024, RF_IDEMPOTENT, "payOutRefund"},
};
/* clang-format on */
const struct route_set refund_routes = {rows, COUNT(rows)};
