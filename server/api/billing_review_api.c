/* billing_review_api.c - HTTP face of previews, oddities, edits and billing settings. SPDX-License-Identifier: MIT */
#include "api/fee_api.h"
#include "domain/billing_auto.h"
#include "domain/billing_check.h"

static void one_odd(void *arg, const struct odd_line *o)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_str(w, "what", bill_oddity_name[o->what]);
    kv_id(w, "bill_id", o->bill_id);
    kv_id(w, "room_id", o->room_id);
    kv_str(w, "room", o->room);
    kv_id(w, "item_id", o->item_id);
    kv_str(w, "item", o->item);
    kv_int(w, "period_from", o->period_from);
    kv_int(w, "period_to", o->period_to);
    kv_int(w, "amount_fen", o->amount_fen);
    kv_int(w, "last_fen", o->last_fen);
    kv_str(w, "reason", o->reason);
    jw_end(w);
}

static enum err reply_preview(struct ctx *cx, struct response *rs, const struct preview *p, struct jw *odd)
{
    struct jw w;
    jw_arr_end(odd);
    jw_init(&w, cx->arena);
    jw_obj(&w);
    kv_int(&w, "rooms", p->rooms);
    kv_int(&w, "bills", p->bills);
    kv_int(&w, "lines", p->lines);
    kv_int(&w, "total_fen", p->total_fen);
    kv_int(&w, "skipped", p->skipped);
    jw_key(&w, "odd");
    jw_obj(&w);
    for (int i = 0; i < BILL_ODDITIES; i++)
        kv_int(&w, bill_oddity_name[i], p->odd[i]);
    jw_end(&w);
    kv_raw(&w, "items", jw_text(odd));
    jw_end(&w);
    return reply_json(rs, 200, &w);
}

static enum err h_preview(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct preview p;
    struct jw odd;
    int64_t day = 0, room = 0;
    enum err e = query_i64(cx, rq, "day", 19000101, 99991231, 0, &day);
    if (!e)
        e = query_id(cx, rq, "room_id", &room);
    jw_init(&odd, cx->arena);
    jw_arr(&odd);
    if (!e)
        e = billing_preview(cx, DAY(day), room, &p, one_odd, &odd);
    return e ? e : reply_preview(cx, rs, &p, &odd);
}

static enum err h_oddities(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct preview p;
    struct jw odd;
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    jw_init(&odd, cx->arena);
    jw_arr(&odd);
    if (!e)
        e = billing_oddities(cx, id, &p, one_odd, &odd);
    return e ? e : reply_preview(cx, rs, &p, &odd);
}

struct edit_in {
    int64_t amount_fen;
    const char *reason;
};
static const struct field edit_fields[] = {FIELD_I64(struct edit_in, amount_fen, 0, 1000000000000),
                                           FIELD_STR(struct edit_in, reason, 1, 200)};

static enum err h_edit(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct edit_in in = {0};
    int64_t id = 0, n = 0;
    enum err e = BODY(cx, rq, edit_fields, &in);
    if (!e)
        e = path_id(cx, rq, 0, &id);
    if (!e)
        e = path_id(cx, rq, 1, &n);
    if (!e)
        e = bill_line_edit(cx, id, n, in.amount_fen, in.reason);
    return e ? e : reply_empty(rs);
}

static enum err h_setting(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct billing_setting s;
    struct jw w;
    (void)rq;
    enum err e = billing_setting_get(cx, &s);
    if (e)
        return e;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    kv_bool(&w, "auto_runs", s.auto_runs);
    kv_int(&w, "auto_from_day", s.auto_from_day);
    kv_int(&w, "due_floor_days", s.due_floor_days);
    jw_end(&w);
    return reply_json(rs, 200, &w);
}

static const struct field setting_fields[] = {FIELD_BOOL(struct billing_setting, auto_runs),
                                              FIELD_I64(struct billing_setting, due_floor_days, 0, 90)};

static enum err h_setting_set(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct billing_setting s = {0};
    enum err e = BODY(cx, rq, setting_fields, &s);
    if (!e)
        e = billing_setting_set(cx, &s);
    return e ? e : reply_empty(rs);
}

static void one_auto(void *arg, const struct auto_run *a)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_int(w, "day", a->day);
    kv_str(w, "state", a->state);
    kv_id(w, "run_id", a->run_id);
    kv_time(w, "at", a->at);
    jw_end(w);
}

static enum err h_autos(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw w;
    (void)rq;
    list_open(cx, &w);
    return list_close(rs, &w, billing_auto_list(cx, one_auto, &w));
}

/* clang-format off */
static const struct route rows[] = {
    {M_GET, "/api/v1/bill-runs/preview",         h_preview,     LANE_READ,  ROLES_MONEY, SCOPE_PROJECT, 0,    0, "previewBillRun"},
    {M_GET, "/api/v1/bill-runs/{id}/oddities",   h_oddities,    LANE_READ,  ROLES_MONEY, SCOPE_PROJECT, 0,    0, "listBillOddities"},
    {M_PUT, "/api/v1/bills/{id}/lines/{n}",      h_edit,        LANE_WRITE, ROLES_TAKES, SCOPE_PROJECT, 1024, 0, "editBillLine"},
    {M_GET, "/api/v1/billing-setting",           h_setting,     LANE_READ,  ROLES_MONEY, SCOPE_PROJECT, 0,    0, "getBillingSetting"},
    {M_PUT, "/api/v1/billing-setting",           h_setting_set, LANE_WRITE, ROLES_SETS,  SCOPE_PROJECT, 256,  0, "setBillingSetting"},
    {M_GET, "/api/v1/billing-setting/auto-runs", h_autos,       LANE_READ,  ROLES_MONEY, SCOPE_PROJECT, 0,    0, "listAutoRuns"},
};
/* clang-format on */
const struct route_set billing_review_routes = {rows, COUNT(rows)};
