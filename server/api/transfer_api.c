/* transfer_api.c - HTTP face of rooms that change hands. SPDX-License-Identifier: MIT */
#include "api/estate_json.h"
#include "domain/owner.h"
#include "domain/owner_transfer.h"

static const char *const buyer_roles[] = {"owner", "co_owner"};
struct buyer {
    int64_t party_id, share_n, share_d;
    int role;
    bool pays;
};
struct transfer_body {
    int64_t day, prepaid_room_id;
    struct json_list to;
    bool end_family, end_tenants;
    int prepaid;
    const char *reason;
};
static const struct field buyer_fields[] = {FIELD_ID(struct buyer, party_id), OPT_ENUM(struct buyer, role, buyer_roles),
                                            OPT_I64(struct buyer, share_n, 0, 100000),
                                            OPT_I64(struct buyer, share_d, 1, 100000), OPT_BOOL(struct buyer, pays)};
static const struct field transfer_fields[] = {
    FIELD_I64(struct transfer_body, day, 19000101, 99991231),
    FIELD_LIST(struct transfer_body, to, buyer_fields, struct buyer, 1, TRANSFER_PARTIES),
    OPT_BOOL(struct transfer_body, end_family),
    OPT_BOOL(struct transfer_body, end_tenants),
    OPT_ENUM(struct transfer_body, prepaid, transfer_prepaid_name),
    OPT_ID(struct transfer_body, prepaid_room_id),
    FIELD_STR(struct transfer_body, reason, 1, 200)};

static enum err read_transfer(struct ctx *cx, const struct request *rq, struct transfer_in *in)
{
    struct transfer_body b = {.end_family = true};
    int64_t room = 0;
    enum err e = path_id(cx, rq, 0, &room);
    if (!e)
        e = BODY(cx, rq, transfer_fields, &b);
    const struct buyer *from = b.to.p;
    struct transfer_party *to = arena_alloc(cx->arena, (b.to.n + 1) * sizeof *to);
    for (size_t i = 0; i < b.to.n; i++)
        to[i] = (struct transfer_party){.party_id = from[i].party_id,
                                        .share_n = from[i].share_n,
                                        .share_d = from[i].share_d,
                                        .role = from[i].role == 0 ? ROLE_IS_OWNER : ROLE_IS_CO_OWNER,
                                        .pays = from[i].pays};
    *in = (struct transfer_in){.room_id = room,
                               .prepaid_room_id = b.prepaid_room_id,
                               .day = (int32_t)b.day,
                               .to = to,
                               .nto = b.to.n,
                               .end_family = b.end_family,
                               .end_tenants = b.end_tenants,
                               .prepaid = b.prepaid,
                               .reason = b.reason};
    return e;
}

static enum err h_preview(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct transfer_in in;
    struct transfer_preview *p = arena_alloc(cx->arena, sizeof *p);
    struct jw w;
    enum err e = read_transfer(cx, rq, &in);
    if (!e)
        e = transfer_preview(cx, &in, p);
    if (e)
        return e;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    kv_bool(&w, "at_once", p->at_once);
    kv_int(&w, "prepaid_fen", p->prepaid_fen);
    kv_int(&w, "open_fen", p->open_fen);
    kv_int(&w, "bindings_that_end", p->bindings);
    jw_key(&w, "from");
    jw_arr(&w);
    for (size_t i = 0; i < p->nfrom; i++)
        jw_str(&w, p->from[i]);
    jw_arr_end(&w);
    jw_key(&w, "bills");
    jw_arr(&w);
    for (size_t i = 0; i < p->nbills; i++) {
        jw_obj(&w);
        kv_id(&w, "id", p->bill[i].id);
        kv_str(&w, "payer", p->bill[i].payer);
        kv_int(&w, "period_from", p->bill[i].period_from);
        kv_int(&w, "period_to", p->bill[i].period_to);
        kv_int(&w, "due_day", p->bill[i].due_day);
        kv_int(&w, "open_fen", p->bill[i].open_fen);
        kv_bool(&w, "crosses", p->bill[i].crosses);
        jw_end(&w);
    }
    jw_arr_end(&w);
    jw_end(&w);
    return reply_json(rs, 200, &w);
}

static void one_transfer(void *arg, const struct transfer *t)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_id(w, "id", t->id);
    kv_id(w, "room_id", t->room_id);
    kv_str(w, "room", t->room);
    kv_int(w, "day", t->day);
    kv_str(w, "state", t->state);
    kv_bool(w, "end_family", t->end_family);
    kv_bool(w, "end_tenants", t->end_tenants);
    kv_str(w, "prepaid", t->prepaid);
    kv_id(w, "prepaid_room_id", t->prepaid_room_id);
    kv_int(w, "prepaid_fen", t->prepaid_fen);
    kv_int(w, "open_bills", t->open_bills);
    kv_int(w, "open_fen", t->open_fen);
    kv_id(w, "entry_id", t->entry_id);
    kv_id(w, "back_entry_id", t->back_entry_id);
    kv_str(w, "reason", t->reason);
    kv_str(w, "problem", t->problem);
    kv_id(w, "account_id", t->account_id);
    kv_time(w, "created_at", t->created_at);
    kv_time(w, "done_at", t->done_at);
    kv_int(w, "version", t->version);
    jw_end(w);
}

static enum err h_make(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct transfer_in in;
    struct transfer t;
    struct jw w;
    enum err e = read_transfer(cx, rq, &in);
    if (!e)
        e = transfer_make(cx, &in, &t);
    if (e)
        return e;
    jw_init(&w, cx->arena);
    one_transfer(&w, &t);
    return reply_json(rs, 201, &w);
}

static enum err h_of_room(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw w;
    int64_t room = 0;
    enum err e = path_id(cx, rq, 0, &room);
    list_open(cx, &w);
    return list_close(rs, &w, e ? e : transfer_list(cx, room, one_transfer, &w));
}

static enum err h_planned(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw w;
    (void)rq;
    list_open(cx, &w);
    return list_close(rs, &w, transfer_list(cx, 0, one_transfer, &w));
}

static enum err h_cancel(struct ctx *cx, const struct request *rq, struct response *rs)
{
    int64_t id = 0, version = 0;
    const char *reason = NULL;
    enum err e = read_close(cx, rq, &id, &version, &reason);
    if (!e)
        e = transfer_cancel(cx, id, version, reason);
    return e ? e : reply_empty(rs);
}

static const char *const back_methods[] = {"cash", "transfer"};
struct back_in {
    int method;
    const char *voucher;
};
static const struct field back_fields[] = {FIELD_ENUM(struct back_in, method, back_methods),
                                           OPT_STR(struct back_in, voucher, 0, 60)};

static enum err h_pay_back(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct back_in in = {0};
    int64_t id = 0, version = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = need_version(rq, &version);
    if (!e)
        e = BODY(cx, rq, back_fields, &in);
    if (!e)
        e = transfer_pay_back(cx, id, version, back_methods[in.method], in.voucher);
    return e ? e : reply_empty(rs);
}

#define WHO_READS (WHO_KEEPS | ROLE_CASHIER | ROLE_AUDITOR)
/* clang-format off */
static const struct route rows[] = {
    {M_POST, "/api/v1/rooms/{id}/transfers/preview", h_preview,  LANE_READ,  WHO_KEEPS,  SCOPE_PROJECT, 4096, 0,             "previewTransfer"},
    {M_POST, "/api/v1/rooms/{id}/transfers",         h_make,     LANE_WRITE, WHO_KEEPS,  SCOPE_PROJECT, 4096, RF_IDEMPOTENT, "createTransfer"},
    {M_GET,  "/api/v1/rooms/{id}/transfers",         h_of_room,  LANE_READ,  WHO_READS,  SCOPE_PROJECT, 0,    0,             "listRoomTransfers"},
    {M_GET,  "/api/v1/transfers",                    h_planned,  LANE_READ,  WHO_READS,  SCOPE_PROJECT, 0,    0,             "listPlannedTransfers"},
    {M_POST, "/api/v1/transfers/{id}/cancel",        h_cancel,   LANE_WRITE, WHO_KEEPS,  SCOPE_PROJECT, 1024, 0,             "cancelTransfer"},
    {M_POST, "/api/v1/transfers/{id}/pay-back",      h_pay_back, LANE_WRITE, ROLES_SETS, SCOPE_PROJECT, 1024, 0,             "payBackTransfer"},
};
/* clang-format on */
const struct route_set transfer_routes = {rows, COUNT(rows)};
