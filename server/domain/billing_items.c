/* billing_items.c - fee items, prices by date, who pays. SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "domain/audit.h"
#include "domain/billing_int.h"
#include "domain/formula.h"
#include <string.h>

STMT(q_list, "fee_item.list",
     "SELECT " FEE_ITEM_COLUMNS " FROM fee_item WHERE company_id = $1 AND project_id = $2 ORDER BY id");
STMT(q_get, "fee_item.get",
     "SELECT " FEE_ITEM_COLUMNS " FROM fee_item WHERE id = $1 AND company_id = $2 AND project_id = $3");
STMT(q_add, "fee_item.add",
     "INSERT INTO fee_item(id, company_id, project_id, code, name, kind, cycle, part_month, rounding, in_advance,"
     " inner_area, formula, price_unit, due_days, late_rate_e6, late_grace_days, late_cap_e4, income, enabled, "
     "created_at, round_to, bill_day, reach_days)"
     " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, "
     "$23)");
STMT(
    q_set, "fee_item.set",
    "UPDATE fee_item SET code = $4, name = $5, kind = $6, cycle = $7, part_month = $8, rounding = $9, in_advance = $10,"
    " inner_area = $11, formula = $12, price_unit = $13, due_days = $14, late_rate_e6 = $15, late_grace_days = $16,"
    " late_cap_e4 = $17, income = $18, enabled = $19, round_to = $21, bill_day = $22,"
    " reach_days = CASE WHEN reach_days > $23 THEN reach_days ELSE $23 END, version = version + 1"
    " WHERE id = $1 AND company_id = $2 AND project_id = $3 AND version = $20");
STMT(q_billed_after, "fee_price.billed_after",
     "SELECT s.id FROM bill_basis s JOIN bill b ON b.run_id = s.run_id AND b.state NOT IN ('draft', 'void')"
     " JOIN bill_line l ON l.bill_id = b.id AND l.basis_id = s.id AND l.live = 1"
     " WHERE s.item_id = $1 AND s.company_id = $2 AND s.period_to >= $3 LIMIT 1");
STMT(q_billed_long_ago, "fee_price.billed_long_ago", /* before lines knew their basis */
     "SELECT id FROM bill_basis WHERE item_id = $1 AND company_id = $2 AND run_id = 0 AND period_to >= $3 LIMIT 1");
STMT(q_price, "fee_price.set",
     "INSERT INTO fee_price(company_id, item_id, from_day, price_e4, tiers, account_id, at)"
     " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (item_id, from_day) DO UPDATE SET price_e4 = excluded.price_e4,"
     " tiers = excluded.tiers, account_id = excluded.account_id, at = excluded.at");
STMT(q_prices, "fee_price.list",
     "SELECT p.from_day, p.price_e4, p.tiers, COALESCE(a.name, ''), p.at FROM fee_price p"
     " LEFT JOIN account a ON a.id = p.account_id WHERE p.item_id = $1 AND p.company_id = $2 ORDER BY p.from_day DESC");
STMT(q_assign, "fee_assign.add",
     "INSERT INTO fee_assign(company_id, project_id, item_id, room_id, from_day)"
     " SELECT m.company_id, m.project_id, $3, m.id, $4 FROM room m WHERE m.company_id = $1 AND m.project_id = $2"
     " AND m.closed_at = 0 AND ($5 = 0 OR m.building_id = $5) AND NOT EXISTS (SELECT 1 FROM fee_assign a WHERE "
     "a.item_id = $3"
     " AND a.room_id = m.id AND a.from_day <= $4 AND a.to_day >= $4)");
STMT(q_cut, "fee_assign.cut",
     "UPDATE fee_assign SET to_day = $4 WHERE item_id = $1 AND room_id = $2 AND ref_id = 0 AND from_day < $3 AND "
     "to_day >= $3");
STMT(q_assign_one, "fee_assign.set",
     "INSERT INTO fee_assign(company_id, project_id, item_id, room_id, from_day, coefficient_e4)"
     " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (item_id, room_id, ref_id, from_day)"
     " DO UPDATE SET coefficient_e4 = excluded.coefficient_e4, to_day = 99991231");
STMT(q_next, "fee_assign.next",
     "SELECT COALESCE(MIN(from_day), 0) FROM fee_assign WHERE item_id = $1 AND ($2 = 0 OR room_id = $2) AND ref_id = 0"
     " AND from_day > $3");
STMT(q_until_next, "fee_assign.until_next",
     "UPDATE fee_assign SET to_day = $5 WHERE item_id = $1 AND ($2 = 0 OR room_id = $2) AND ref_id = 0 AND from_day = "
     "$3 AND to_day >= $4 AND EXISTS (SELECT 1 FROM fee_assign n WHERE n.item_id = fee_assign.item_id"
     " AND n.room_id = fee_assign.room_id AND n.ref_id = 0 AND n.from_day = $4)");
STMT(q_end, "fee_assign.end",
     "UPDATE fee_assign SET to_day = $4 WHERE company_id = $1 AND item_id = $2 AND room_id = $3 AND from_day <= $4"
     " AND ref_id = 0 AND to_day > $4");
STMT(q_used, "fee_item.used",
     "SELECT COUNT(*) FROM fee_item f WHERE f.id = $1 AND (EXISTS (SELECT 1 FROM fee_assign a WHERE a.item_id = f.id)"
     " OR EXISTS (SELECT 1 FROM meter m WHERE m.item_id = f.id)"
     " OR EXISTS (SELECT 1 FROM bill_basis b WHERE b.item_id = f.id)"
     " OR EXISTS (SELECT 1 FROM bill_line l WHERE l.item_id = f.id)"
     " OR EXISTS (SELECT 1 FROM fee_charge c WHERE c.item_id = f.id)"
     " OR EXISTS (SELECT 1 FROM fee_share s WHERE s.item_id = f.id)"
     " OR EXISTS (SELECT 1 FROM fee_discount d WHERE d.item_id = f.id))");
STMT(q_drop_prices, "fee_price.drop", "DELETE FROM fee_price WHERE item_id = $1 AND company_id = $2");
STMT(q_drop, "fee_item.drop", "DELETE FROM fee_item WHERE id = $1 AND company_id = $2 AND version = $3");
enum err fee_item_row(struct ctx *cx, const struct row *r, void *out)
{
    struct fee_item *f = out;
    *f = (struct fee_item){.id = row_i64(r, 0),
                           .code = row_text(cx, r, 1),
                           .name = row_text(cx, r, 2),
                           .kind = str_index(fee_kind_name, FEE_KINDS, row_text(cx, r, 3)),
                           .cycle = str_index(fee_cycle_name, CYCLE_COUNT, row_text(cx, r, 4)),
                           .part_month = str_index(part_month_name, PART_COUNT, row_text(cx, r, 5)),
                           .rounding = str_index(rounding_name, 3, row_text(cx, r, 6)),
                           .in_advance = row_i64(r, 7) != 0,
                           .inner_area = row_i64(r, 8) != 0,
                           .formula = row_text(cx, r, 9),
                           .price_unit = row_text(cx, r, 10),
                           .due_days = row_i64(r, 11),
                           .late_rate_e6 = row_i64(r, 12),
                           .late_grace_days = row_i64(r, 13),
                           .late_cap_e4 = row_i64(r, 14),
                           .income = str_index(fee_income_name, FEE_INCOMES, row_text(cx, r, 15)),
                           .enabled = row_i64(r, 16) != 0,
                           .version = row_i64(r, 17),
                           .round_to = str_index(round_to_name, TO_COUNT, row_text(cx, r, 18)),
                           .bill_day = row_i64(r, 19)};
    return OK;
}

struct items {
    fee_item_fn *fn;
    void *arg;
};

static enum err on_item(struct ctx *cx, const struct row *r, void *out)
{
    struct items *l = out;
    struct fee_item f;
    enum err e = fee_item_row(cx, r, &f);
    l->fn(l->arg, &f);
    return e;
}

enum err fee_item_list(struct ctx *cx, fee_item_fn *fn, void *arg)
{
    struct items l = {fn, arg};
    return db_each(cx, &q_list, ARGS(I64(cx->who.company_id), I64(cx->who.project_id)), on_item, &l);
}

enum err fee_item_get(struct ctx *cx, int64_t id, struct fee_item *out)
{
    enum err e = db_one(cx, &q_get, ARGS(I64(id), I64(cx->who.company_id), I64(cx->who.project_id)), fee_item_row, out);
    return e == ERR_NOT_FOUND ? cx_fail(cx, e, "item_id", "收费项目不存在", "no such fee item") : e;
}

static enum err check_formula(struct ctx *cx, const struct fee_item *f)
{
    struct formula_unit unit;
    struct formula_error err;
    if (f->kind != FEE_FORMULA)
        return OK;
    if (!formula_unit_parse(f->price_unit, strlen(f->price_unit), &unit))
        return cx_fail(cx, ERR_INVALID, "price_unit", "单位无效,例如 yuan/m2/month", "not a unit; e.g. yuan/m2/month");
    if (!formula_parse(cx->arena, f->formula, unit, &err))
        return cx_fail(cx, ERR_INVALID, "formula", "第 %zu 个字符:%s", "character %zu: %s", err.at + 1,
                       cx->english ? err.en : err.zh);
    return OK;
}

enum err fee_item_save(struct ctx *cx, struct fee_item *f)
{
    bool add = f->id == 0;
    int64_t changed = 0;
    static const int64_t reach[CYCLE_COUNT] = {31, 92, 366, 366};
    enum err e = check_formula(cx, f);
    if (!e && (f->kind == FEE_DEPOSIT) != (f->income == INCOME_DEPOSITS))
        e = cx_fail(cx, ERR_INVALID, "income", "押金(且仅押金)记入 deposits",
                    "deposits, and nothing else, go to deposits");
    if (!e)
        e = cx_need_project(cx);
    if (!e)
        e = fees_not_moving(cx);
    if (e)
        return e;
    if (add)
        f->id = id_new();
    struct arg v[] = {I64(f->id),
                      I64(cx->who.company_id),
                      I64(cx->who.project_id),
                      TXT(f->code),
                      TXT(f->name),
                      TXT(fee_kind_name[f->kind]),
                      TXT(fee_cycle_name[f->cycle]),
                      TXT(part_month_name[f->part_month]),
                      TXT(rounding_name[f->rounding]),
                      I64(f->in_advance),
                      I64(f->inner_area),
                      TXT(f->formula ? f->formula : ""),
                      TXT(f->price_unit ? f->price_unit : "yuan/m2/month"),
                      I64(f->due_days),
                      I64(f->late_rate_e6),
                      I64(f->late_grace_days),
                      I64(f->late_cap_e4),
                      TXT(fee_income_name[f->income]),
                      I64(f->enabled),
                      I64(add ? cx->now : f->version),
                      TXT(round_to_name[f->round_to]),
                      I64(f->bill_day ? f->bill_day : 1),
                      I64(reach[f->cycle])};
    e = db_try(cx, add ? &q_add : &q_set, (struct args){v, COUNT(v)}, &changed);
    if (e == ERR_EXISTS)
        return cx_fail(cx, e, "code", "编码已存在", "the code is taken");
    if (!e && !changed) {
        struct fee_item there;
        e = fee_item_get(cx, f->id, &there);
        return e ? e
                 : cx_fail(cx, ERR_CONFLICT, "version", "收费项目已被他人修改", "the fee item has changed meanwhile");
    }
    return e ? e : audit_add(cx, add ? "fee_item.create" : "fee_item.change", "fee_item", f->id, NULL, NULL);
}

static const char *tiers_json(struct ctx *cx, const struct tier *t, size_t n)
{
    struct jw w;
    jw_init(&w, cx->arena);
    jw_arr(&w);
    for (size_t i = 0; i < n; i++) {
        jw_obj(&w);
        kv_int(&w, "upto_e3", t[i].upto_e3);
        kv_int(&w, "price_e4", t[i].price_e4);
        jw_end(&w);
    }
    jw_arr_end(&w);
    return jw_text(&w);
}

static enum err check_tiers(struct ctx *cx, const struct fee_item *f, const struct tier *t, size_t n)
{
    if (f->kind != FEE_TIERED)
        return n ? cx_fail(cx, ERR_INVALID, "tiers", "该项目不是阶梯计价", "this item has no tiers") : OK;
    for (size_t i = 0; i < n; i++)
        if ((i + 1 == n) != (t[i].upto_e3 == 0) || (i && t[i].upto_e3 && t[i].upto_e3 <= t[i - 1].upto_e3))
            return cx_fail(cx, ERR_INVALID, "tiers", "阶梯须递增,最后一级无上限",
                           "tiers must grow; the last has no end (0)");
    return n ? OK : cx_fail(cx, ERR_INVALID, "tiers", "请填写阶梯价", "give the tiers");
}

enum err fee_item_drop(struct ctx *cx, int64_t id, int64_t version)
{
    struct fee_item f;
    int64_t used = 0;
    enum err e = fee_item_get(cx, id, &f);
    if (!e)
        e = fees_not_moving(cx);
    if (!e && f.version != version)
        e = cx_fail(cx, ERR_CONFLICT, "version", "收费项目已被他人修改", "the fee item has changed meanwhile");
    if (!e)
        e = db_i64(cx, &q_used, ARGS(I64(id)), &used, NULL);
    if (!e && used)
        e = cx_fail(cx, ERR_STATE, "id", "收费项目已被使用,不能删除,请停用", "in use: switch it off instead");
    if (!e)
        e = db_exec(cx, &q_drop_prices, ARGS(I64(id), I64(cx->who.company_id)), NULL);
    if (!e)
        e = db_change_one(cx, &q_drop, ARGS(I64(id), I64(cx->who.company_id), I64(version)), ERR_CONFLICT,
                          "收费项目已被他人修改", "the fee item has changed meanwhile");
    if (e)
        return e;
    struct jw was;
    jw_init(&was, cx->arena);
    jw_obj(&was);
    kv_str(&was, "code", f.code);
    kv_str(&was, "name", f.name);
    jw_end(&was);
    return audit_add(cx, "fee_item.delete", "fee_item", id, jw_text(&was), NULL);
}

enum err fee_price_set(struct ctx *cx, int64_t item_id, int32_t from_day, int64_t price_e4, const struct tier *tiers,
                       size_t n)
{
    struct fee_item f;
    int64_t billed = 0;
    if (!clock_day_valid(from_day))
        return cx_fail(cx, ERR_INVALID, "from_day", "日期无效", "not a day (yyyymmdd)");
    enum err e = fee_item_get(cx, item_id, &f);
    if (!e)
        e = check_tiers(cx, &f, tiers, n);
    if (!e)
        e = fees_not_moving(cx);
    if (!e)
        e = db_i64(cx, &q_billed_after, ARGS(I64(item_id), I64(cx->who.company_id), I64(from_day)), &billed, NULL);
    if (!e && !billed)
        e = db_i64(cx, &q_billed_long_ago, ARGS(I64(item_id), I64(cx->who.company_id), I64(from_day)), &billed, NULL);
    if (!e && billed)
        e = cx_fail(cx, ERR_STATE, "from_day", "该日期之后已有已发布账单",
                    "bills from that day on are published already");
    if (!e)
        e = db_exec(cx, &q_price,
                    ARGS(I64(cx->who.company_id), I64(item_id), I64(from_day), I64(price_e4),
                         TXT(n ? tiers_json(cx, tiers, n) : ""), I64(cx->who.id), I64(cx->now)),
                    NULL);
    return e ? e
             : audit_add(cx, "fee_price.set", "fee_item", item_id, NULL,
                         arena_printf(cx->arena, "{\"from\":%d,\"price_e4\":%lld}", from_day, (long long)price_e4));
}

struct prices {
    fee_price_fn *fn;
    void *arg;
};

static enum err on_price(struct ctx *cx, const struct row *r, void *out)
{
    const struct prices *l = out;
    const char *tiers = row_text(cx, r, 2);
    const struct fee_price p = {.from_day = (int32_t)row_i64(r, 0),
                                .price_e4 = row_i64(r, 1),
                                .tiers = str_empty(tiers) ? "[]" : tiers,
                                .by = row_text(cx, r, 3),
                                .at = row_i64(r, 4)};
    l->fn(l->arg, &p);
    return OK;
}

enum err fee_price_list(struct ctx *cx, int64_t item_id, fee_price_fn *fn, void *arg)
{
    struct prices l = {fn, arg};
    struct fee_item f;
    enum err e = fee_item_get(cx, item_id, &f);
    return e ? e : db_each(cx, &q_prices, ARGS(I64(item_id), I64(cx->who.company_id)), on_price, &l);
}

/* Spaces are leased, given amounts are charged: neither is paid by rooms as such. */
static enum err check_assignable(struct ctx *cx, int64_t item_id, int32_t from_day)
{
    struct fee_item f;
    if (!clock_day_valid(from_day))
        return cx_fail(cx, ERR_INVALID, "from_day", "日期无效", "not a day (yyyymmdd)");
    enum err e = fee_item_get(cx, item_id, &f);
    if (e)
        return e;
    if (f.kind == FEE_PARKING)
        return cx_fail(cx, ERR_INVALID, "item_id", "停车费按车位收取", "parking is paid for spaces");
    if (f.kind == FEE_ONE_OFF || f.kind == FEE_DEPOSIT)
        return cx_fail(cx, ERR_INVALID, "item_id", "一次性收费与押金须逐笔录入",
                       "one-off amounts and deposits are charged one by one");
    return fees_not_moving(cx);
}

/* What begins on from_day ends where the same room's next row begins, or both would be billed. Room 0: of all rooms. */
static enum err end_before_next(struct ctx *cx, int64_t item_id, int64_t room_id, int32_t from_day)
{
    const struct arg item = I64(item_id), room = I64(room_id);
    int64_t next = 0;
    enum err e = db_i64(cx, &q_next, ARGS(item, room, I64(from_day)), &next, NULL);
    while (!e && next) {
        e = db_exec(cx, &q_until_next,
                    ARGS(item, room, I64(from_day), I64(next), I64(clock_day_add((int32_t)next, -1))), NULL);
        if (!e)
            e = db_i64(cx, &q_next, ARGS(item, room, I64(next)), &next, NULL);
    }
    return e;
}

enum err fee_assign_room(struct ctx *cx, int64_t item_id, int64_t room_id, int32_t from_day, int64_t coefficient_e4)
{
    enum err e = check_assignable(cx, item_id, from_day);
    if (!e)
        e = room_of_project(cx, room_id);
    if (!e)
        e = db_exec(cx, &q_cut, ARGS(I64(item_id), I64(room_id), I64(from_day), I64(clock_day_add(from_day, -1))),
                    NULL);
    if (!e)
        e = db_exec(cx, &q_assign_one,
                    ARGS(I64(cx->who.company_id), I64(cx->who.project_id), I64(item_id), I64(room_id), I64(from_day),
                         I64(coefficient_e4)),
                    NULL);
    if (!e)
        e = end_before_next(cx, item_id, room_id, from_day);
    return e ? e
             : audit_add(cx, "fee_assign.set", "room", room_id, NULL,
                         arena_printf(cx->arena, "{\"item_id\":\"%lld\",\"coefficient_e4\":%lld}", (long long)item_id,
                                      (long long)coefficient_e4));
}

enum err fee_assign_rooms(struct ctx *cx, int64_t item_id, int64_t building_id, int32_t from_day, int64_t *rooms)
{
    enum err e = check_assignable(cx, item_id, from_day);
    if (!e)
        e = db_exec(
            cx, &q_assign,
            ARGS(I64(cx->who.company_id), I64(cx->who.project_id), I64(item_id), I64(from_day), I64(building_id)),
            rooms);
    if (!e && *rooms)
        e = end_before_next(cx, item_id, 0, from_day);
    return e ? e
             : audit_add(cx, "fee_assign.add", "fee_item", item_id, NULL,
                         arena_printf(cx->arena, "{\"rooms\":%lld}", (long long)*rooms));
}

enum err fee_assign_end(struct ctx *cx, int64_t item_id, int64_t room_id, int32_t last_day)
{
    struct fee_item f;
    if (!clock_day_valid(last_day))
        return cx_fail(cx, ERR_INVALID, "last_day", "日期无效", "not a day (yyyymmdd)");
    enum err e = fee_item_get(cx, item_id, &f);
    if (!e)
        e = db_change_one(cx, &q_end, ARGS(I64(cx->who.company_id), I64(item_id), I64(room_id), I64(last_day)),
                          ERR_NOT_FOUND, "该房间没有此收费项目", "the room does not pay this item");
    return e ? e : audit_add(cx, "fee_assign.end", "room", room_id, NULL, NULL);
}
