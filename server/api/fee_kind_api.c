/* fee_kind_api.c - HTTP face of parking spaces, charges and shares. SPDX-License-Identifier: MIT */
#include "api/fee_api.h"
#include "domain/fee_kind.h"

/* ---- parking spaces ---- */

struct lease_in {
    int64_t space_id, room_id, coefficient_e4, from_day;
};
static const struct field lease_fields[] = {FIELD_ID(struct lease_in, space_id), FIELD_ID(struct lease_in, room_id),
                                            OPT_I64(struct lease_in, coefficient_e4, 1, 1000000),
                                            FIELD_DAY(struct lease_in, from_day)};

static enum err h_lease(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct lease_in in = {.coefficient_e4 = 10000};
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = BODY(cx, rq, lease_fields, &in);
    struct lease l = {id, in.space_id, in.room_id, in.coefficient_e4, DAY(in.from_day)};
    if (!e)
        e = space_lease(cx, &l);
    return e ? e : reply_empty(rs);
}

struct lease_end_in {
    int64_t space_id, last_day;
};
static const struct field lease_end_fields[] = {FIELD_ID(struct lease_end_in, space_id),
                                                FIELD_DAY(struct lease_end_in, last_day)};

static enum err h_lease_end(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct lease_end_in in = {0};
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = BODY(cx, rq, lease_end_fields, &in);
    if (!e)
        e = space_lease_end(cx, id, in.space_id, DAY(in.last_day));
    return e ? e : reply_empty(rs);
}

/* ---- charges ---- */

static void one_charge(void *arg, const struct charge *c)
{
    struct page *p = arg;
    jw_obj(&p->w);
    kv_id(&p->w, "id", c->id);
    kv_id(&p->w, "item_id", c->item_id);
    kv_str(&p->w, "item", c->item);
    kv_id(&p->w, "room_id", c->room_id);
    kv_str(&p->w, "room", c->room);
    kv_int(&p->w, "day", c->day);
    kv_int(&p->w, "amount_fen", c->amount_fen);
    kv_str(&p->w, "note", c->note);
    kv_str(&p->w, "state", c->state);
    kv_id(&p->w, "bill_id", c->bill_id);
    kv_id(&p->w, "maker_id", c->maker_id);
    kv_time(&p->w, "created_at", c->created_at);
    jw_end(&p->w);
    page_row(p, c->id);
}

static enum err h_charges(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct page p;
    const char *state = NULL;
    enum err e = page_open(cx, rq, &p);
    if (!e)
        e = query_text(cx, rq, "state", &state);
    if (!e)
        e = charge_list(cx, state, p.before, p.limit, one_charge, &p);
    return page_close(rs, &p, e);
}

struct charge_in {
    int64_t item_id, room_id, amount_fen, day;
    const char *note;
};
static const struct field charge_fields[] = {FIELD_ID(struct charge_in, item_id), FIELD_ID(struct charge_in, room_id),
                                             FIELD_I64(struct charge_in, amount_fen, 1, 1000000000000),
                                             FIELD_DAY(struct charge_in, day), OPT_STR(struct charge_in, note, 0, 200)};

static enum err h_charge_add(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct charge_in in = {0};
    int64_t id = 0;
    enum err e = BODY(cx, rq, charge_fields, &in);
    struct charge c = {
        .item_id = in.item_id, .room_id = in.room_id, .amount_fen = in.amount_fen, .day = DAY(in.day), .note = in.note};
    if (!e)
        e = charge_add(cx, &c, &id);
    return e ? e : reply_id(cx, rs, 201, id);
}

static enum err h_charge_cancel(struct ctx *cx, const struct request *rq, struct response *rs)
{
    return do_by_id(cx, rq, rs, charge_cancel);
}

/* ---- shares ---- */

static void share_to_json(struct jw *w, const struct fee_share *s)
{
    jw_obj(w);
    kv_id(w, "id", s->id);
    kv_id(w, "item_id", s->item_id);
    kv_str(w, "item", s->item);
    kv_int(w, "from_day", s->from);
    kv_int(w, "to_day", s->to);
    kv_str(w, "basis", share_basis_name[s->basis]);
    kv_int(w, "total_fen", s->total_fen);
    kv_id(w, "meter_id", s->meter_id);
    kv_int(w, "usage_e3", s->usage_e3);
    kv_int(w, "price_e4", s->price_e4);
    kv_int(w, "rooms", s->rooms);
    kv_int(w, "weights", s->weights);
    kv_int(w, "skipped", s->skipped);
    kv_str(w, "note", s->note);
    kv_str(w, "state", s->state);
    kv_id(w, "maker_id", s->maker_id);
    kv_time(w, "created_at", s->created_at);
    jw_end(w);
}

static void one_share(void *arg, const struct fee_share *s)
{
    struct page *p = arg;
    share_to_json(&p->w, s);
    page_row(p, s->id);
}

static enum err h_shares(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct page p;
    enum err e = page_open(cx, rq, &p);
    if (!e)
        e = share_list(cx, p.before, p.limit, one_share, &p);
    return page_close(rs, &p, e);
}

struct share_in {
    int64_t item_id, meter_id, total_fen, from_day, to_day;
    int basis;
    const char *note;
};
static const struct field share_fields[] = {
    FIELD_ID(struct share_in, item_id),    FIELD_ENUM(struct share_in, basis, share_basis_name),
    FIELD_DAY(struct share_in, from_day),  FIELD_DAY(struct share_in, to_day),
    OPT_ID(struct share_in, meter_id),     OPT_I64(struct share_in, total_fen, 1, 1000000000000),
    OPT_STR(struct share_in, note, 0, 200)};

static enum err h_share_make(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct share_in in = {0};
    struct fee_share made;
    struct jw w;
    enum err e = BODY(cx, rq, share_fields, &in);
    struct fee_share s = {.item_id = in.item_id,
                          .meter_id = in.meter_id,
                          .total_fen = in.total_fen,
                          .from = DAY(in.from_day),
                          .to = DAY(in.to_day),
                          .basis = in.basis,
                          .note = in.note};
    if (!e)
        e = share_make(cx, &s, &made);
    if (e)
        return e;
    jw_init(&w, cx->arena);
    share_to_json(&w, &made);
    return reply_json(rs, 201, &w);
}

static void one_part(void *arg, const struct share_part *p)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_id(w, "room_id", p->room_id);
    kv_str(w, "room", p->room);
    kv_int(w, "weight", p->weight);
    kv_int(w, "amount_fen", p->amount_fen);
    kv_str(w, "reason", p->reason);
    kv_id(w, "bill_id", p->bill_id);
    jw_end(w);
}

static enum err h_share_parts(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw w;
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    list_open(cx, &w);
    if (!e)
        e = share_parts(cx, id, one_part, &w);
    return list_close(rs, &w, e);
}

static enum err h_share_cancel(struct ctx *cx, const struct request *rq, struct response *rs)
{
    return do_by_id(cx, rq, rs, share_cancel);
}

/* clang-format off */
static const struct route rows[] = {
    {M_POST, "/api/v1/fee-items/{id}/spaces",     h_lease,         LANE_WRITE, ROLES_SETS,  SCOPE_PROJECT, 512,  RF_IDEMPOTENT, "leaseParkingSpace"},
    {M_POST, "/api/v1/fee-items/{id}/spaces/end", h_lease_end,     LANE_WRITE, ROLES_SETS,  SCOPE_PROJECT, 512,  RF_IDEMPOTENT, "endParkingLease"},
    {M_GET,  "/api/v1/charges",                   h_charges,       LANE_READ,  ROLES_MONEY, SCOPE_PROJECT, 0,    0,             "listCharges"},
    {M_POST, "/api/v1/charges",                   h_charge_add,    LANE_WRITE, ROLES_TAKES, SCOPE_PROJECT, 1024, RF_IDEMPOTENT, "createCharge"},
    {M_POST, "/api/v1/charges/{id}/cancel",       h_charge_cancel, LANE_WRITE, ROLES_TAKES, SCOPE_PROJECT, 0,    RF_IDEMPOTENT, "cancelCharge"},
    {M_GET,  "/api/v1/shares",                    h_shares,        LANE_READ,  ROLES_MONEY, SCOPE_PROJECT, 0,    0,             "listShares"},
    {M_POST, "/api/v1/shares",                    h_share_make,    LANE_WRITE, ROLES_TAKES, SCOPE_PROJECT, 1024, RF_IDEMPOTENT, "createShare"},
    {M_GET,  "/api/v1/shares/{id}/parts",         h_share_parts,   LANE_READ,  ROLES_MONEY, SCOPE_PROJECT, 0,    0,             "listShareParts"},
    {M_POST, "/api/v1/shares/{id}/cancel",        h_share_cancel,  LANE_WRITE, ROLES_TAKES, SCOPE_PROJECT, 0,    RF_IDEMPOTENT, "cancelShare"},
};
/* clang-format on */
const struct route_set fee_kind_routes = {rows, COUNT(rows)};
