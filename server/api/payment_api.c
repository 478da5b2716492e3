/* payment_api.c - HTTP face of the cashier's counter. SPDX-License-Identifier: MIT */
#include "api/route.h"
#include "domain/payment.h"

static void one_payment(void *arg, const struct payment *p)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_id(w, "id", p->id);
    kv_id(w, "project_id", p->project_id);
    kv_int(w, "receipt_no", p->receipt_no);
    kv_str(w, "method", p->method);
    kv_str(w, "voucher", p->voucher);
    kv_str(w, "state", p->state);
    kv_str(w, "payer", p->payer);
    kv_int(w, "amount_fen", p->amount_fen);
    kv_int(w, "tendered_fen", p->tendered_fen);
    kv_int(w, "change_fen", p->tendered_fen - p->amount_fen);
    kv_int(w, "prepaid_fen", p->prepaid_fen);
    kv_id(w, "prepaid_room_id", p->prepaid_room_id);
    kv_int(w, "rounding_fen", p->rounding_fen);
    kv_int(w, "back_fen", p->back_fen);
    kv_id(w, "order_id", p->order_id);
    kv_id(w, "shift_id", p->shift_id);
    kv_int(w, "day", p->day);
    kv_id(w, "cashier_id", p->cashier_id);
    kv_time(w, "created_at", p->created_at);
    kv_id(w, "voided_by", p->voided_by);
    kv_time(w, "voided_at", p->voided_at);
    kv_str(w, "reason", p->reason);
    jw_end(w);
}

static enum err reply_payment(struct ctx *cx, struct response *rs, int status, const struct payment *p)
{
    struct jw w;
    jw_init(&w, cx->arena);
    one_payment(&w, p);
    return reply_json(rs, status, &w);
}

struct take_in {
    int method;
    const char *voucher;
    struct json_list bills;
    int64_t amount_fen, tendered_fen, prepaid_fen, prepaid_room_id, rounding_fen;
};
static const struct field take_fields[] = {
    {.key = "method",
     .type = F_ENUM,
     .off = offsetof(struct take_in, method),
     .max = PAY_COUNTER_METHODS,
     .names = pay_method_name},
    OPT_STR(struct take_in, voucher, 0, 64),
    OPT_IDS(struct take_in, bills, PAYMENT_BILLS),
    OPT_I64(struct take_in, amount_fen, 1, 100000000000),
    OPT_I64(struct take_in, tendered_fen, 1, 100000000000),
    OPT_I64(struct take_in, prepaid_fen, 1, 100000000000),
    OPT_ID(struct take_in, prepaid_room_id),
    OPT_I64(struct take_in, rounding_fen, 1, PAYMENT_ROUND_MAX)
};

static enum err h_take(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct take_in in = {0};
    struct payment p;
    enum err e = BODY(cx, rq, take_fields, &in);
    if (e)
        return e;
    const struct payment_in what = {.method = in.method,
                                    .voucher = in.voucher,
                                    .bills = in.bills.p,
                                    .nbills = in.bills.n,
                                    .amount_fen = in.amount_fen,
                                    .prepaid_fen = in.prepaid_fen,
                                    .prepaid_room_id = in.prepaid_room_id,
                                    .rounding_fen = in.rounding_fen,
                                    .tendered_fen = in.tendered_fen};
    e = payment_take(cx, &what, &p);
    return e ? e : reply_payment(cx, rs, 201, &p);
}

static void one_listed(void *arg, const struct payment *p)
{
    struct page *l = arg;
    one_payment(&l->w, p);
    page_row(l, p->id);
}

static enum err h_list(struct ctx *cx, const struct request *rq, struct response *rs)
{
    static const char *const states[] = {"taken", "void"};
    struct page l = {.n = 0};
    struct payment_filter f = {0};
    enum err e = query_i64(cx, rq, "receipt_no", 1, INT64_MAX, 0, &f.receipt_no);
    if (!e)
        e = query_id(cx, rq, "room_id", &f.room_id);
    if (!e && f.room_id && f.receipt_no)
        e = cx_fail(cx, ERR_INVALID, "room_id", "房间与收据号不能同时查询", "either room_id or receipt_no");
    if (!e)
        e = query_day(cx, rq, "from", 0, &f.from);
    if (!e)
        e = query_day(cx, rq, "to", 99991231, &f.to);
    if (!e)
        e = query_word(cx, rq, "method", pay_method_name, PAY_METHODS, &f.method);
    if (!e)
        e = query_word(cx, rq, "state", states, COUNT(states), &f.state);
    if (!e)
        e = page_open(cx, rq, &l);
    f.before = l.before;
    f.limit = l.limit;
    return page_close(rs, &l, e ? e : payment_list(cx, &f, one_listed, &l));
}

static void one_part(void *arg, const struct payment_part *p)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_id(w, "bill_id", p->bill_id);
    kv_id(w, "room_id", p->room_id);
    kv_str(w, "room", p->room);
    kv_str(w, "payer", p->payer);
    kv_int(w, "amount_fen", p->amount_fen);
    kv_int(w, "late_fen", p->late_fen);
    kv_int(w, "back_fen", p->back_fen + p->back_late_fen);
    kv_int(w, "period_from", p->period_from);
    kv_int(w, "period_to", p->period_to);
    jw_end(w);
}

static enum err h_get(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw parts, w;
    struct payment p;
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    jw_init(&parts, cx->arena);
    jw_arr(&parts);
    if (!e)
        e = payment_get(cx, id, &p, one_part, &parts);
    jw_arr_end(&parts);
    if (e)
        return e;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    jw_key(&w, "payment");
    one_payment(&w, &p);
    kv_raw(&w, "bills", jw_text(&parts));
    jw_end(&w);
    return reply_json(rs, 200, &w);
}

struct void_in {
    const char *reason;
};
static const struct field void_fields[] = {FIELD_STR(struct void_in, reason, 1, 200)};

static enum err h_void(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct void_in in = {0};
    struct payment p;
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = BODY(cx, rq, void_fields, &in);
    if (!e)
        e = payment_void(cx, id, in.reason, &p);
    return e ? e : reply_payment(cx, rs, 200, &p);
}

/* clang-format off */
static const struct route rows[] = {
    {M_GET,  "/api/v1/payments",           h_list, LANE_READ,  ROLES_MONEY, SCOPE_PROJECT, 0,    0,             "listPayments"},
    {M_POST, "/api/v1/payments",           h_take, LANE_WRITE, ROLES_TAKES, SCOPE_PROJECT, 4096, RF_IDEMPOTENT, "takePayment"},
    {M_GET,  "/api/v1/payments/{id}",      h_get,  LANE_READ,  ROLES_MONEY, SCOPE_PROJECT, 0,    0,             "getPayment"},
    {M_POST, "/api/v1/payments/{id}/void", h_void, LANE_WRITE, ROLES_TAKES, SCOPE_PROJECT, 1024, RF_IDEMPOTENT, "voidPayment"},
};
/* clang-format on */
const struct route_set payment_routes = {rows, COUNT(rows)};
