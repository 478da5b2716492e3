/* billing_api.c - HTTP face of fee items, meters, bill runs and bills. SPDX-License-Identifier: MIT */
#include "api/fee_api.h"
#include "base/clock.h"

/* ---- fee items ---- */

static const struct field item_fields[] = {FIELD_STR(struct fee_item, code, 1, 20),
                                           FIELD_STR(struct fee_item, name, 1, 40),
                                           FIELD_ENUM(struct fee_item, kind, fee_kind_name),
                                           OPT_ENUM(struct fee_item, cycle, fee_cycle_name),
                                           OPT_ENUM(struct fee_item, part_month, part_month_name),
                                           OPT_ENUM(struct fee_item, rounding, rounding_name),
                                           OPT_ENUM(struct fee_item, round_to, round_to_name),
                                           OPT_ENUM(struct fee_item, income, fee_income_name),
                                           OPT_I64(struct fee_item, bill_day, 1, 28),
                                           OPT_RAW(struct fee_item, formula, 0, 500),
                                           OPT_RAW(struct fee_item, price_unit, 0, 40),
                                           OPT_BOOL(struct fee_item, in_advance),
                                           OPT_BOOL(struct fee_item, inner_area),
                                           OPT_BOOL(struct fee_item, enabled),
                                           OPT_I64(struct fee_item, due_days, 0, 366),
                                           OPT_I64(struct fee_item, late_rate_e6, 0, 3000),
                                           OPT_I64(struct fee_item, late_grace_days, 0, 366),
                                           OPT_I64(struct fee_item, late_cap_e4, 0, 10000)};

static enum err save_item(struct ctx *cx, const struct request *rq, struct response *rs, int64_t id, int64_t version)
{
    struct fee_item f = {.due_days = 15, .late_cap_e4 = 3000, .enabled = true, .bill_day = 1, .income = -1};
    enum err e = BODY(cx, rq, item_fields, &f);
    if (f.income < 0) /* not said */
        f.income = f.kind == FEE_DEPOSIT ? INCOME_DEPOSITS : INCOME_FEES;
    f.id = id;
    f.version = version;
    if (!e)
        e = fee_item_save(cx, &f);
    return e ? e : reply_id(cx, rs, id ? 200 : 201, f.id);
}

static enum err h_item_add(struct ctx *cx, const struct request *rq, struct response *rs)
{
    return save_item(cx, rq, rs, 0, 0);
}

static enum err h_item_set(struct ctx *cx, const struct request *rq, struct response *rs)
{
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e && !rq->if_match)
        e = ERR_PRECONDITION;
    return e ? e : save_item(cx, rq, rs, id, rq->if_match);
}

static enum err h_item_drop(struct ctx *cx, const struct request *rq, struct response *rs)
{
    return do_by_version(cx, rq, rs, fee_item_drop);
}

static void one_item(void *arg, const struct fee_item *f)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_id(w, "id", f->id);
    kv_str(w, "code", f->code);
    kv_str(w, "name", f->name);
    kv_str(w, "kind", fee_kind_name[f->kind]);
    kv_str(w, "cycle", fee_cycle_name[f->cycle]);
    kv_str(w, "part_month", part_month_name[f->part_month]);
    kv_str(w, "rounding", rounding_name[f->rounding]);
    kv_str(w, "round_to", round_to_name[f->round_to]);
    kv_str(w, "income", fee_income_name[f->income]);
    kv_int(w, "bill_day", f->bill_day);
    kv_str(w, "formula", f->formula);
    kv_str(w, "price_unit", f->price_unit);
    kv_bool(w, "in_advance", f->in_advance);
    kv_bool(w, "inner_area", f->inner_area);
    kv_bool(w, "enabled", f->enabled);
    kv_int(w, "due_days", f->due_days);
    kv_int(w, "late_rate_e6", f->late_rate_e6);
    kv_int(w, "late_grace_days", f->late_grace_days);
    kv_int(w, "late_cap_e4", f->late_cap_e4);
    kv_int(w, "version", f->version);
    jw_end(w);
}

static enum err h_items(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw w;
    (void)rq;
    list_open(cx, &w);
    return list_close(rs, &w, fee_item_list(cx, one_item, &w));
}

struct price_in {
    int64_t from_day, price_e4;
    struct json_list tiers;
};
static const struct field tier_fields[] = {FIELD_I64(struct tier, upto_e3, 0, 1000000000000),
                                           FIELD_I64(struct tier, price_e4, 0, 100000000)};
static const struct field price_fields[] = {FIELD_I64(struct price_in, from_day, 19000101, 99991231),
                                            OPT_I64(struct price_in, price_e4, 0, 100000000),
                                            OPT_LIST(struct price_in, tiers, tier_fields, struct tier, 16)};

static enum err h_price(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct price_in in = {0};
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = BODY(cx, rq, price_fields, &in);
    if (!e)
        e = fee_price_set(cx, id, DAY(in.from_day), in.price_e4, in.tiers.p, in.tiers.n);
    return e ? e : reply_empty(rs);
}

static void one_price(void *arg, const struct fee_price *p)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_int(w, "from_day", p->from_day);
    kv_int(w, "price_e4", p->price_e4);
    kv_raw(w, "tiers", p->tiers);
    kv_str(w, "by", p->by);
    kv_time(w, "at", p->at);
    jw_end(w);
}

static enum err h_prices(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw w;
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (e)
        return e;
    list_open(cx, &w);
    return list_close(rs, &w, fee_price_list(cx, id, one_price, &w));
}

struct assign_in {
    int64_t building_id, room_id, coefficient_e4, from_day;
};
static const struct field assign_fields[] = {OPT_ID(struct assign_in, building_id), OPT_ID(struct assign_in, room_id),
                                             OPT_I64(struct assign_in, coefficient_e4, 1, 1000000),
                                             FIELD_DAY(struct assign_in, from_day)};

static enum err h_assign(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct assign_in in = {.coefficient_e4 = 10000};
    struct jw w;
    int64_t id = 0, rooms = 1;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = BODY(cx, rq, assign_fields, &in);
    if (!e)
        e = in.room_id ? fee_assign_room(cx, id, in.room_id, DAY(in.from_day), in.coefficient_e4)
                       : fee_assign_rooms(cx, id, in.building_id, DAY(in.from_day), &rooms);
    if (e)
        return e;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    kv_int(&w, "rooms", rooms);
    jw_end(&w);
    return reply_json(rs, 200, &w);
}

struct end_in {
    int64_t room_id, last_day;
};
static const struct field end_fields[] = {FIELD_ID(struct end_in, room_id),
                                          FIELD_I64(struct end_in, last_day, 19000101, 99991231)};

static enum err h_assign_end(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct end_in in = {0};
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = BODY(cx, rq, end_fields, &in);
    if (!e)
        e = fee_assign_end(cx, id, in.room_id, DAY(in.last_day));
    return e ? e : reply_empty(rs);
}

/* ---- meters ---- */

struct meter_in {
    int64_t item_id, room_id, modulus_e3, multiplier_e3, first_e3, from_day;
    const char *serial;
};
static const struct field meter_fields[] = {FIELD_ID(struct meter_in, item_id),
                                            OPT_ID(struct meter_in, room_id),
                                            FIELD_STR(struct meter_in, serial, 1, 40),
                                            FIELD_I64(struct meter_in, from_day, 19000101, 99991231),
                                            OPT_I64(struct meter_in, modulus_e3, 0, 1000000000000),
                                            OPT_I64(struct meter_in, multiplier_e3, 1, 1000000000),
                                            OPT_I64(struct meter_in, first_e3, 0, 1000000000000)};

static enum err h_meter_add(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct meter_in in = {.multiplier_e3 = 1000};
    int64_t id = 0;
    enum err e = BODY(cx, rq, meter_fields, &in);
    struct meter m = {.item_id = in.item_id,
                      .room_id = in.room_id,
                      .modulus_e3 = in.modulus_e3,
                      .multiplier_e3 = in.multiplier_e3,
                      .first_e3 = in.first_e3,
                      .serial = in.serial,
                      .from_day = DAY(in.from_day)};
    if (!e)
        e = meter_add(cx, &m, &id);
    return e ? e : reply_id(cx, rs, 201, id);
}

struct reading_in {
    int64_t day, reading_e3;
};
static const struct field reading_fields[] = {FIELD_I64(struct reading_in, day, 19000101, 99991231),
                                              FIELD_I64(struct reading_in, reading_e3, 0, 1000000000000)};

static enum err h_reading(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct reading_in in = {0};
    struct jw w;
    int64_t id = 0, usage = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = BODY(cx, rq, reading_fields, &in);
    if (!e)
        e = meter_read(cx, id, DAY(in.day), in.reading_e3, &usage);
    if (e)
        return e;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    kv_int(&w, "usage_e3", usage);
    jw_end(&w);
    return reply_json(rs, 200, &w);
}

/* ---- runs ---- */

static void one_run(void *arg, const struct bill_run *r)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_id(w, "id", r->id);
    kv_id(w, "project_id", r->project_id);
    kv_int(w, "day", r->day);
    kv_str(w, "state", r->state);
    kv_id(w, "maker_id", r->maker_id);
    kv_id(w, "checker_id", r->checker_id);
    kv_int(w, "bills", r->bills);
    kv_int(w, "lines", r->lines);
    kv_int(w, "total_fen", r->total_fen);
    kv_int(w, "skipped", r->skipped);
    kv_id(w, "only_room_id", r->only_room_id);
    kv_int(w, "bill_day", r->bill_day);
    kv_int(w, "publish_on", r->publish_on);
    kv_str(w, "reason", r->reason);
    kv_int(w, "version", r->version);
    kv_time(w, "created_at", r->created_at);
    jw_end(w);
}

static enum err reply_run(struct ctx *cx, struct response *rs, int status, const struct bill_run *r)
{
    struct jw w;
    jw_init(&w, cx->arena);
    one_run(&w, r);
    return reply_json(rs, status, &w);
}

struct start_in {
    int64_t day, room_id, bill_day;
};
static const struct field start_fields[] = {FIELD_DAY(struct start_in, day), OPT_ID(struct start_in, room_id),
                                            OPT_I64(struct start_in, bill_day, 1, 28)};

static enum err h_run_start(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct start_in in = {0};
    struct bill_run r;
    enum err e = BODY(cx, rq, start_fields, &in);
    if (!e)
        e = bill_run_start_for(cx, DAY(in.day), in.room_id, in.bill_day, &r);
    return e ? e : reply_run(cx, rs, 201, &r);
}

static enum err h_runs(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw w;
    (void)rq;
    list_open(cx, &w);
    return list_close(rs, &w, bill_run_list(cx, one_run, &w));
}

static void one_skip(void *arg, const char *room, const char *item, const char *reason)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_str(w, "room", room);
    kv_str(w, "item", item);
    kv_str(w, "reason", reason);
    jw_end(w);
}

static enum err h_run_get(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct bill_run r;
    struct jw w;
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = bill_run_get(cx, id, &r);
    if (e)
        return e;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    jw_key(&w, "run");
    one_run(&w, &r);
    jw_key(&w, "skips");
    jw_arr(&w);
    e = bill_run_skips(cx, id, one_skip, &w);
    jw_arr_end(&w);
    jw_end(&w);
    return e ? e : reply_json(rs, 200, &w);
}

struct run_act_in {
    const char *reason;
    int64_t publish_on;
};
static const struct field run_act_fields[] = {OPT_STR(struct run_act_in, reason, 0, 200),
                                              OPT_DAY(struct run_act_in, publish_on)};

static enum err h_run_act(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct run_act_in in = {0};
    struct bill_run r;
    int64_t id = 0;
    int what = str_index(run_action_name, RUN_ACTIONS, rq->arg[1]);
    enum err e = path_id(cx, rq, 0, &id);
    if (!e && what < 0)
        e = cx_fail(cx, ERR_NOT_FOUND, "action", "没有该操作", "no such action");
    if (!e)
        e = BODY(cx, rq, run_act_fields, &in);
    if (!e && in.publish_on && what != RUN_PUBLISH)
        e = cx_fail(cx, ERR_INVALID, "publish_on", "只能与发布一起填写", "only together with publish");
    if (!e)
        e = in.publish_on ? bill_run_publish_on(cx, id, DAY(in.publish_on), &r)
                          : bill_run_act(cx, id, (enum run_action)what, in.reason, &r);
    return e ? e : reply_run(cx, rs, 200, &r);
}

/* ---- bills ---- */

static void bill_to_json(struct jw *w, const struct bill *b, int32_t today)
{
    int64_t due = bill_due_fen(b);
    jw_obj(w);
    kv_id(w, "id", b->id);
    kv_id(w, "project_id", b->project_id);
    kv_id(w, "room_id", b->room_id);
    kv_str(w, "room", b->room);
    kv_str(w, "payer", b->payer);
    kv_str(w, "state", b->state);
    kv_bool(w, "overdue", due > 0 && b->due_day < today);
    kv_int(w, "period_from", b->period_from);
    kv_int(w, "period_to", b->period_to);
    kv_int(w, "due_day", b->due_day);
    kv_int(w, "amount_fen", b->amount_fen);
    kv_int(w, "late_fen", b->late_fen);
    kv_int(w, "late_paid_fen", b->late_paid_fen);
    kv_int(w, "late_waived_fen", b->late_waived_fen);
    kv_int(w, "paid_fen", b->paid_fen);
    kv_int(w, "due_fen", due);
    kv_id(w, "replaces_id", b->replaces_id);
    kv_int(w, "version", b->version);
    kv_time(w, "published_at", b->published_at);
    jw_end(w);
}

struct listing {
    struct page page;
    int32_t today;
};

static void one_bill(void *arg, const struct bill *b)
{
    struct listing *l = arg;
    bill_to_json(&l->page.w, b, l->today);
    page_row(&l->page, b->id);
}

static enum err h_bills(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct listing l = {.today = clock_day(cx->now)};
    struct bill_filter f = {0};
    const char *view = NULL;
    int64_t overdue = 0, open = 0;
    enum err e = query_text(cx, rq, "view", &view);
    if (!e && view && !str_eq(view, "mine") && !str_eq(view, "board"))
        e = cx_fail(cx, ERR_INVALID, "view", "应为 mine 或 board", "must be mine or board");
    f.mine = !str_eq(view, "board");
    if (!e && !f.mine && !(cx->who.roles & (ROLES_MONEY | ROLE_SERVICE)))
        e = ERR_FORBIDDEN;
    if (!e)
        e = query_text(cx, rq, "state", &f.state);
    if (!e)
        e = query_id(cx, rq, "run_id", &f.run_id);
    if (!e)
        e = query_id(cx, rq, "room_id", &f.room_id);
    if (!e && f.room_id && (f.mine || f.run_id))
        e = cx_fail(cx, ERR_INVALID, "room_id", "按房间查询只能用于 view=board,且不能同时指定批次",
                    "room_id goes with view=board and without run_id");
    if (!e)
        e = query_i64(cx, rq, "overdue", 0, 1, 0, &overdue);
    if (!e)
        e = query_i64(cx, rq, "open", 0, 1, 0, &open);
    f.overdue = overdue != 0;
    f.open = open != 0;
    if (!e && (f.overdue || f.open) && (f.mine || f.run_id || f.room_id || f.state || (f.overdue && f.open)))
        e = cx_fail(cx, ERR_INVALID, f.overdue ? "overdue" : "open",
                    "查询逾期或待缴账单只能用于 view=board,且不能有其他条件",
                    "overdue and open go with view=board alone");
    if (!e)
        e = page_open(cx, rq, &l.page);
    f.before = l.page.before;
    f.limit = l.page.limit;
    return page_close(rs, &l.page, e ? e : bill_list(cx, &f, one_bill, &l));
}

static void one_bill_line(void *arg, const struct bill_line *l)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_int(w, "n", l->n);
    kv_str(w, "kind", l->kind);
    kv_id(w, "item_id", l->item_id);
    kv_id(w, "ref_id", l->ref_id);
    kv_str(w, "name", l->name);
    kv_int(w, "period_from", l->period_from);
    kv_int(w, "period_to", l->period_to);
    kv_int(w, "amount_fen", l->amount_fen);
    kv_bool(w, "deposit", l->deposit);
    kv_raw(w, "explain", l->snapshot);
    jw_end(w);
}

static enum err h_bill(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw lines, w;
    struct bill b;
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    jw_init(&lines, cx->arena);
    jw_arr(&lines);
    if (!e)
        e = bill_get(cx, id, &b, one_bill_line, &lines);
    jw_arr_end(&lines);
    if (e)
        return e;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    jw_key(&w, "bill");
    bill_to_json(&w, &b, clock_day(cx->now));
    kv_raw(&w, "lines", jw_text(&lines));
    jw_end(&w);
    return reply_json(rs, 200, &w);
}

static enum err h_bill_void(struct ctx *cx, const struct request *rq, struct response *rs)
{
    static const struct field reason = {.key = "reason", .type = F_STR, .flags = F_OPTIONAL, .min = 0, .max = 200};
    return do_by_text(cx, rq, rs, &reason, bill_drop);
}

/* clang-format off */
static const struct route rows[] = {
    {M_GET,  "/api/v1/fee-items",                 h_items,      LANE_READ,  ROLES_MONEY, SCOPE_PROJECT, 0,    0,             "listFeeItems"},
    {M_POST, "/api/v1/fee-items",                 h_item_add,   LANE_WRITE, ROLES_SETS,  SCOPE_PROJECT, 4096, RF_IDEMPOTENT, "createFeeItem"},
    {M_PUT,  "/api/v1/fee-items/{id}",            h_item_set,   LANE_WRITE, ROLES_SETS,  SCOPE_PROJECT, 4096, 0,             "changeFeeItem"},
    {M_DELETE, "/api/v1/fee-items/{id}",          h_item_drop,  LANE_WRITE, ROLES_SETS,  SCOPE_PROJECT, 0,    0,             "deleteFeeItem"},
    {M_GET,  "/api/v1/fee-items/{id}/prices",     h_prices,     LANE_READ,  ROLES_MONEY, SCOPE_PROJECT, 0,    0,             "listFeePrices"},
    {M_POST, "/api/v1/fee-items/{id}/prices",     h_price,      LANE_WRITE, ROLES_SETS,  SCOPE_PROJECT, 2048, RF_IDEMPOTENT, "setFeePrice"},
    {M_POST, "/api/v1/fee-items/{id}/rooms",      h_assign,     LANE_WRITE, ROLES_SETS,  SCOPE_PROJECT, 256,  RF_IDEMPOTENT, "assignFeeToRooms"},
    {M_POST, "/api/v1/fee-items/{id}/rooms/end",  h_assign_end, LANE_WRITE, ROLES_SETS,  SCOPE_PROJECT, 256,  RF_IDEMPOTENT, "endFeeOfRoom"},
    {M_POST, "/api/v1/meters",                    h_meter_add,  LANE_WRITE, ROLES_SETS,  SCOPE_PROJECT, 1024, RF_IDEMPOTENT, "createMeter"},
    {M_POST, "/api/v1/meters/{id}/readings",      h_reading,    LANE_WRITE, ROLES_TAKES, SCOPE_PROJECT, 256,  RF_IDEMPOTENT, "readMeter"},
    {M_GET,  "/api/v1/bill-runs",                 h_runs,       LANE_READ,  ROLES_MONEY, SCOPE_PROJECT, 0,    0,             "listBillRuns"},
    {M_POST, "/api/v1/bill-runs",                 h_run_start,  LANE_WRITE, ROLES_TAKES, SCOPE_PROJECT, 128,  RF_IDEMPOTENT, "startBillRun"},
    {M_GET,  "/api/v1/bill-runs/{id}",            h_run_get,    LANE_READ,  ROLES_MONEY, SCOPE_PROJECT, 0,    0,             "getBillRun"},
    {M_POST, "/api/v1/bill-runs/{id}/{action}",   h_run_act,    LANE_WRITE, ROLES_TAKES, SCOPE_PROJECT, 1024, RF_IDEMPOTENT, "actOnBillRun"},
    {M_GET,  "/api/v1/bills",                     h_bills,      LANE_READ,  ROLES_LOGGED_IN, SCOPE_ROOM,    0,    0,             "listBills"},
    {M_GET,  "/api/v1/bills/{id}",                h_bill,       LANE_READ,  ROLES_LOGGED_IN, SCOPE_ROOM,    0,    0,             "getBill"},
    {M_POST, "/api/v1/bills/{id}/void",           h_bill_void,  LANE_WRITE, ROLES_TAKES, SCOPE_PROJECT, 1024, RF_IDEMPOTENT, "voidBill"},
};
/* clang-format on */
const struct route_set billing_routes = {rows, COUNT(rows)};
