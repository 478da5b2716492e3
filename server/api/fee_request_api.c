/* fee_request_api.c - HTTP face of requests, disputes, discounts and payers. SPDX-License-Identifier: MIT */
#include "api/fee_api.h"
#include "base/clock.h"
#include "domain/fee_discount.h"
#include "domain/fee_late.h"
#include "domain/fee_request.h"

/* ---- requests ---- */

static void request_to_json(struct jw *w, const struct fee_request *q)
{
    jw_obj(w);
    kv_id(w, "id", q->id);
    kv_str(w, "kind", request_kind_name[q->kind]);
    kv_str(w, "state", q->state);
    kv_id(w, "bill_id", q->bill_id);
    kv_int(w, "line_n", q->line_n);
    kv_id(w, "room_id", q->room_id);
    kv_int(w, "amount_fen", q->amount_fen);
    kv_int(w, "from_day", q->from_day);
    kv_int(w, "to_day", q->to_day);
    kv_str(w, "method", q->method);
    kv_str(w, "voucher", q->voucher);
    kv_str(w, "reason", q->reason);
    kv_id(w, "maker_id", q->maker_id);
    kv_id(w, "checker_id", q->checker_id);
    kv_str(w, "note", q->note);
    kv_int(w, "day", q->day);
    kv_int(w, "version", q->version);
    kv_time(w, "created_at", q->created_at);
    kv_time(w, "decided_at", q->decided_at);
    jw_end(w);
}

static enum err reply_request(struct ctx *cx, struct response *rs, int status, const struct fee_request *q)
{
    struct jw w;
    jw_init(&w, cx->arena);
    request_to_json(&w, q);
    return reply_json(rs, status, &w);
}

static void one_request(void *arg, const struct fee_request *q)
{
    struct page *p = arg;
    request_to_json(&p->w, q);
    page_row(p, q->id);
}

static enum err h_requests(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct page p;
    const char *state = NULL;
    int64_t bill = 0;
    enum err e = page_open(cx, rq, &p);
    if (!e)
        e = query_text(cx, rq, "state", &state);
    if (!e)
        e = query_id(cx, rq, "bill_id", &bill);
    if (!e)
        e = request_list(cx, state, bill, p.before, p.limit, one_request, &p);
    return page_close(rs, &p, e);
}

static enum err h_request(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct fee_request q;
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = request_get(cx, id, &q);
    return e ? e : reply_request(cx, rs, 200, &q);
}

static const char *const methods[] = {"cash", "transfer"};
struct request_in {
    int64_t bill_id, line_n, room_id, amount_fen, from_day, to_day;
    int kind, method;
    const char *voucher, *reason;
};
static const struct field request_fields[] = {FIELD_ENUM(struct request_in, kind, request_kind_name),
                                              OPT_ID(struct request_in, bill_id),
                                              OPT_I64(struct request_in, line_n, 1, 1000),
                                              OPT_ID(struct request_in, room_id),
                                              OPT_I64(struct request_in, amount_fen, -1000000000000, 1000000000000),
                                              OPT_DAY(struct request_in, from_day),
                                              OPT_DAY(struct request_in, to_day),
                                              OPT_ENUM(struct request_in, method, methods),
                                              OPT_STR(struct request_in, voucher, 0, 64),
                                              FIELD_STR(struct request_in, reason, 1, 200)};

static enum err h_request_make(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct request_in in = {.method = -1};
    struct fee_request made;
    enum err e = BODY(cx, rq, request_fields, &in);
    struct fee_request q = {.kind = in.kind,
                            .bill_id = in.bill_id,
                            .line_n = in.line_n,
                            .room_id = in.room_id,
                            .amount_fen = in.amount_fen,
                            .from_day = DAY(in.from_day),
                            .to_day = DAY(in.to_day),
                            .method = in.method < 0 ? "" : methods[in.method],
                            .voucher = in.voucher,
                            .reason = in.reason};
    if (!e)
        e = request_make(cx, &q, &made);
    return e ? e : reply_request(cx, rs, 201, &made);
}

struct note_in {
    const char *note;
};
static const struct field note_fields[] = {OPT_STR(struct note_in, note, 0, 200)};

static enum err h_request_act(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct note_in in = {0};
    struct fee_request q;
    int64_t id = 0;
    int what = str_index(request_step_name, RQ_STEPS, rq->arg[1]);
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = BODY(cx, rq, note_fields, &in);
    if (!e && what < 0)
        e = cx_fail(cx, ERR_NOT_FOUND, "action", "没有该操作", "no such action");
    if (!e && what != RQ_WITHDRAW && !(cx->who.roles & ROLES_SETS))
        e = cx_fail(cx, ERR_FORBIDDEN, NULL, "只有项目经理可以审批", "only a manager decides requests");
    if (!e)
        e = request_act(cx, id, (enum request_step)what, in.note, &q);
    return e ? e : reply_request(cx, rs, 200, &q);
}

/* ---- disputes ---- */

static void one_dispute(void *arg, const struct dispute *d)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_id(w, "id", d->id);
    kv_int(w, "from_day", d->from_day);
    kv_int(w, "to_day", d->to_day == 99991231 ? 0 : d->to_day);
    kv_str(w, "reason", d->reason);
    kv_str(w, "outcome", d->outcome);
    kv_bool(w, "upheld", d->upheld);
    kv_id(w, "opened_by", d->opened_by);
    kv_id(w, "closed_by", d->closed_by);
    kv_time(w, "created_at", d->created_at);
    jw_end(w);
}

static enum err h_disputes(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw w;
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    list_open(cx, &w);
    if (!e)
        e = dispute_list(cx, id, one_dispute, &w);
    return list_close(rs, &w, e);
}

struct dispute_in {
    int64_t from_day;
    const char *reason;
};
static const struct field dispute_fields[] = {OPT_DAY(struct dispute_in, from_day),
                                              FIELD_STR(struct dispute_in, reason, 1, 200)};

static enum err h_dispute_open(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct dispute_in in = {.from_day = clock_day(cx->now)};
    int64_t id = 0, made = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = BODY(cx, rq, dispute_fields, &in);
    if (!e)
        e = dispute_open(cx, id, DAY(in.from_day), in.reason, &made);
    return e ? e : reply_id(cx, rs, 201, made);
}

struct dispute_end {
    const char *outcome;
    bool upheld;
};
static const struct field dispute_end_fields[] = {FIELD_STR(struct dispute_end, outcome, 1, 200),
                                                  OPT_BOOL(struct dispute_end, upheld)};

static enum err h_dispute_close(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct dispute_end in = {.upheld = true};
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = BODY(cx, rq, dispute_end_fields, &in);
    if (!e)
        e = dispute_close(cx, id, in.outcome, in.upheld);
    return e ? e : reply_empty(rs);
}

/* ---- discounts ---- */

static void one_discount(void *arg, const struct discount *d)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_id(w, "id", d->id);
    kv_id(w, "item_id", d->item_id);
    kv_str(w, "name", d->name);
    kv_str(w, "kind", discount_kind_name[d->kind]);
    kv_int(w, "off_e4", d->off_e4);
    kv_int(w, "months", d->months);
    kv_int(w, "from_day", d->from_day);
    kv_int(w, "to_day", d->to_day);
    kv_bool(w, "enabled", d->enabled);
    jw_end(w);
}

static enum err h_discounts(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw w;
    (void)rq;
    list_open(cx, &w);
    return list_close(rs, &w, discount_list(cx, one_discount, &w));
}

struct discount_in {
    int64_t item_id, off_e4, months, from_day, to_day;
    int kind;
    const char *name;
};
static const struct field discount_fields[] = {FIELD_STR(struct discount_in, name, 1, 40),
                                               FIELD_ENUM(struct discount_in, kind, discount_kind_name),
                                               FIELD_I64(struct discount_in, off_e4, 1, 10000),
                                               FIELD_DAY(struct discount_in, from_day),
                                               OPT_DAY(struct discount_in, to_day),
                                               OPT_ID(struct discount_in, item_id),
                                               OPT_I64(struct discount_in, months, 1, 120)};

static enum err h_discount_add(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct discount_in in = {.to_day = 99991231};
    int64_t id = 0;
    enum err e = BODY(cx, rq, discount_fields, &in);
    struct discount d = {.item_id = in.item_id,
                         .off_e4 = in.off_e4,
                         .months = in.months,
                         .from_day = DAY(in.from_day),
                         .to_day = DAY(in.to_day),
                         .kind = in.kind,
                         .name = in.name};
    if (!e)
        e = discount_add(cx, &d, &id);
    return e ? e : reply_id(cx, rs, 201, id);
}

static enum err h_discount_end(struct ctx *cx, const struct request *rq, struct response *rs)
{
    return do_by_id(cx, rq, rs, discount_end);
}

/* ---- payers of a room ---- */

static void one_payer(void *arg, const struct liable *l)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_int(w, "from_day", l->from_day);
    kv_id(w, "payer_id", l->payer_id);
    kv_str(w, "name", l->name);
    jw_end(w);
}

static enum err h_payers(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw w;
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    list_open(cx, &w);
    if (!e)
        e = liable_list(cx, id, one_payer, &w);
    return list_close(rs, &w, e);
}

struct payer_in {
    int64_t payer_id, from_day;
    const char *name;
};
static const struct field payer_fields[] = {FIELD_DAY(struct payer_in, from_day), OPT_ID(struct payer_in, payer_id),
                                            OPT_STR(struct payer_in, name, 0, 60)};

static enum err h_payer_set(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct payer_in in = {0};
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = BODY(cx, rq, payer_fields, &in);
    struct liable l = {.room_id = id, .payer_id = in.payer_id, .from_day = DAY(in.from_day), .name = in.name};
    if (!e)
        e = liable_set(cx, &l);
    return e ? e : reply_empty(rs);
}

/* clang-format off */
static const struct route rows[] = {
    {M_GET,  "/api/v1/fee-requests",               h_requests,      LANE_READ,  ROLES_MONEY, SCOPE_PROJECT, 0,    0,             "listFeeRequests"},
    {M_POST, "/api/v1/fee-requests",               h_request_make,  LANE_WRITE, ROLES_TAKES, SCOPE_PROJECT, 2048, RF_IDEMPOTENT, "createFeeRequest"},
    {M_GET,  "/api/v1/fee-requests/{id}",          h_request,       LANE_READ,  ROLES_MONEY, SCOPE_PROJECT, 0,    0,             "getFeeRequest"},
    {M_POST, "/api/v1/fee-requests/{id}/{action}", h_request_act,   LANE_WRITE, ROLES_TAKES, SCOPE_PROJECT, 1024, RF_IDEMPOTENT, "actOnFeeRequest"},
    {M_GET,  "/api/v1/bills/{id}/disputes",        h_disputes,      LANE_READ,  ROLES_MONEY, SCOPE_PROJECT, 0,    0,             "listDisputes"},
    {M_POST, "/api/v1/bills/{id}/disputes",        h_dispute_open,  LANE_WRITE, ROLES_TAKES, SCOPE_PROJECT, 1024, RF_IDEMPOTENT, "openDispute"},
    {M_POST, "/api/v1/bills/{id}/disputes/close",  h_dispute_close, LANE_WRITE, ROLES_TAKES, SCOPE_PROJECT, 1024, RF_IDEMPOTENT, "closeDispute"},
    {M_GET,  "/api/v1/discounts",                  h_discounts,     LANE_READ,  ROLES_MONEY, SCOPE_PROJECT, 0,    0,             "listDiscounts"},
    {M_POST, "/api/v1/discounts",                  h_discount_add,  LANE_WRITE, ROLES_SETS,  SCOPE_PROJECT, 1024, RF_IDEMPOTENT, "createDiscount"},
    {M_POST, "/api/v1/discounts/{id}/end",         h_discount_end,  LANE_WRITE, ROLES_SETS,  SCOPE_PROJECT, 0,    RF_IDEMPOTENT, "endDiscount"},
    {M_GET,  "/api/v1/rooms/{id}/payers",          h_payers,        LANE_READ,  ROLES_MONEY, SCOPE_PROJECT, 0,    0,             "listPayers"},
    {M_POST, "/api/v1/rooms/{id}/payers",          h_payer_set,     LANE_WRITE, ROLES_SETS,  SCOPE_PROJECT, 512,  RF_IDEMPOTENT, "setPayer"},
};
/* clang-format on */
const struct route_set fee_request_routes = {rows, COUNT(rows)};
