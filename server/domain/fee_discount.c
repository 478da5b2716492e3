/* fee_discount.c - see fee_discount.h. SPDX-License-Identifier: MIT */
#include "domain/fee_discount.h"
#include "base/clock.h"
#include "base/id.h"
#include "domain/audit.h"
#include "domain/billing_int.h"

const char *const discount_kind_name[DISCOUNT_KINDS] = {"advance", "vacant"};

STMT(q_add, "fee_discount.add",
     "INSERT INTO fee_discount(id, company_id, project_id, item_id, name, kind, off_e4, months, from_day, to_day,"
     " account_id, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)");
STMT(q_end, "fee_discount.end",
     "UPDATE fee_discount SET enabled = 0 WHERE id = $1 AND company_id = $2 AND project_id = $3 AND enabled = 1");
STMT(q_list, "fee_discount.list",
     "SELECT id, item_id, name, kind, off_e4, months, from_day, to_day, enabled FROM fee_discount"
     " WHERE company_id = $1 AND project_id = $2 ORDER BY id DESC LIMIT 200");
STMT(q_payer, "fee_liable.payer", "SELECT name FROM account WHERE id = $1 AND company_id = $2");
STMT(q_billed, "fee_liable.billed",
     "SELECT COUNT(*) FROM bill_line l JOIN bill b ON b.id = l.bill_id WHERE l.company_id = $1 AND l.room_id = $2"
     " AND l.live = 1 AND l.kind = 'charge' AND l.period_from < l.period_to AND l.period_to >= $3");
STMT(q_any, "fee_liable.any", "SELECT COUNT(*) FROM fee_liable WHERE room_id = $1");
STMT(q_first, "fee_liable.first",
     "INSERT INTO fee_liable(company_id, project_id, room_id, from_day, payer_id, payer_name, account_id, at, party_id)"
     " SELECT b.company_id, b.project_id, b.room_id, 19000101, b.account_id, c.name, $4, $5, b.party_id FROM binding b"
     " JOIN account c ON c.id = b.account_id WHERE b.company_id = $1 AND b.room_id = $2 AND b.project_id = $3"
     " AND b.role = 'owner' AND b.state = 'active' ORDER BY b.changed_at DESC, b.id LIMIT 1");
STMT(q_set, "fee_liable.set",
     "INSERT INTO fee_liable(company_id, project_id, room_id, from_day, payer_id, payer_name, account_id, at, party_id)"
     " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (room_id, from_day) DO UPDATE SET payer_id = "
     "excluded.payer_id,"
     " payer_name = excluded.payer_name, party_id = excluded.party_id, account_id = excluded.account_id, at = "
     "excluded.at");
STMT(q_later, "fee_liable.later", "DELETE FROM fee_liable WHERE room_id = $1 AND company_id = $2 AND from_day > $3");
STMT(q_liable, "fee_liable.list",
     "SELECT from_day, payer_id, payer_name FROM fee_liable WHERE company_id = $1 AND project_id = $2 AND room_id = $3"
     " ORDER BY from_day");

enum err discount_add(struct ctx *cx, const struct discount *in, int64_t *id)
{
    struct fee_item f;
    *id = id_new();
    if (!clock_day_valid(in->from_day) || !clock_day_valid(in->to_day) || in->from_day > in->to_day)
        return cx_fail(cx, ERR_INVALID, "from_day", "日期区间无效", "the days end before they begin");
    if ((in->kind == DISCOUNT_ADVANCE) != (in->months > 0))
        return cx_fail(cx, ERR_INVALID, "months", "预缴优惠(且仅预缴优惠)须填写月数",
                       "discounts for paying in advance, and no others, say for how many months");
    enum err e = in->item_id ? fee_item_get(cx, in->item_id, &f) : cx_need_project(cx);
    if (!e)
        e = fees_not_moving(cx);
    if (!e)
        e = db_exec(cx, &q_add,
                    ARGS(I64(*id), I64(cx->who.company_id), I64(cx->who.project_id), I64(in->item_id), TXT(in->name),
                         TXT(discount_kind_name[in->kind]), I64(in->off_e4), I64(in->months), I64(in->from_day),
                         I64(in->to_day), I64(cx->who.id), I64(cx->now)),
                    NULL);
    return e ? e
             : audit_add(cx, "fee_discount.create", "fee_discount", *id, NULL,
                         arena_printf(cx->arena, "{\"off_e4\":%lld}", (long long)in->off_e4));
}

enum err discount_end(struct ctx *cx, int64_t id)
{
    enum err e = fees_not_moving(cx);
    if (!e)
        e = db_change_one(cx, &q_end, ARGS(I64(id), I64(cx->who.company_id), I64(cx->who.project_id)), ERR_NOT_FOUND,
                          "没有该优惠或已停用", "no such discount, or over already");
    return e ? e : audit_add(cx, "fee_discount.end", "fee_discount", id, NULL, NULL);
}

struct discounts {
    discount_fn *fn;
    void *arg;
};

static enum err on_discount(struct ctx *cx, const struct row *r, void *out)
{
    struct discounts *l = out;
    struct discount d = {.id = row_i64(r, 0),
                         .item_id = row_i64(r, 1),
                         .name = row_text(cx, r, 2),
                         .kind = str_index(discount_kind_name, DISCOUNT_KINDS, row_text(cx, r, 3)),
                         .off_e4 = row_i64(r, 4),
                         .months = row_i64(r, 5),
                         .from_day = (int32_t)row_i64(r, 6),
                         .to_day = (int32_t)row_i64(r, 7),
                         .enabled = row_i64(r, 8) != 0};
    l->fn(l->arg, &d);
    return OK;
}

enum err discount_list(struct ctx *cx, discount_fn *fn, void *arg)
{
    struct discounts l = {fn, arg};
    return db_each(cx, &q_list, ARGS(I64(cx->who.company_id), I64(cx->who.project_id)), on_discount, &l);
}

/* ---- who is liable ---- */

static enum err check_liable(struct ctx *cx, const struct liable *in, const char **name)
{
    int64_t billed = 0;
    *name = in->name;
    if (!clock_day_valid(in->from_day))
        return cx_fail(cx, ERR_INVALID, "from_day", "日期无效", "not a day (yyyymmdd)");
    enum err e = room_in_path(cx, in->room_id);
    if (!e && in->payer_id) {
        e = db_text(cx, &q_payer, ARGS(I64(in->payer_id), I64(cx->who.company_id)), name);
        if (e == ERR_NOT_FOUND)
            e = cx_fail(cx, ERR_INVALID, "payer_id", "缴费人不存在", "no such account");
    }
    if (!e && str_empty(*name))
        e = cx_fail(cx, ERR_INVALID, "name", "请填写缴费人", "say who pays");
    if (!e)
        e = db_i64(cx, &q_billed, ARGS(I64(cx->who.company_id), I64(in->room_id), I64(in->from_day)), &billed, NULL);
    if (!e && billed)
        e = cx_fail(cx, ERR_STATE, "from_day", "该日期之后的期间已出账,请先作废这些账单",
                    "periods from that day on are billed; void those bills first");
    return e;
}

static enum err put_liable(struct ctx *cx, const struct liable *in, const char *name)
{
    return db_exec(cx, &q_set,
                   ARGS(I64(cx->who.company_id), I64(cx->who.project_id), I64(in->room_id), I64(in->from_day),
                        I64(in->payer_id), TXT(name), I64(cx->who.id), I64(cx->now), I64(in->party_id)),
                   NULL);
}

static enum err note_liable(struct ctx *cx, const struct liable *in)
{
    return audit_add(cx, "fee_liable.set", "room", in->room_id, NULL,
                     arena_printf(cx->arena, "{\"from\":%d}", in->from_day));
}

enum err liable_set(struct ctx *cx, const struct liable *in)
{
    const char *name = "";
    int64_t any = 0;
    enum err e = check_liable(cx, in, &name);
    if (!e)
        e = fees_not_moving(cx);
    if (!e)
        e = db_i64(cx, &q_any, ARGS(I64(in->room_id)), &any, NULL);
    if (!e && !any)
        e = db_exec(
            cx, &q_first,
            ARGS(I64(cx->who.company_id), I64(in->room_id), I64(cx->who.project_id), I64(cx->who.id), I64(cx->now)),
            NULL);
    if (!e)
        e = put_liable(cx, in, name);
    return e ? e : note_liable(cx, in);
}

enum err liable_pass_on(struct ctx *cx, const struct liable *was, const struct liable *in)
{
    struct liable first = *was;
    int64_t any = 0;
    enum err e = fees_not_moving(cx);
    if (!e)
        e = db_i64(cx, &q_any, ARGS(I64(in->room_id)), &any, NULL);
    first.from_day = 19000101;
    if (!e && !any)
        e = put_liable(cx, &first, first.name);
    if (!e)
        e = db_exec(cx, &q_later, ARGS(I64(in->room_id), I64(cx->who.company_id), I64(in->from_day)), NULL);
    if (!e)
        e = put_liable(cx, in, in->name);
    return e ? e : note_liable(cx, in);
}

struct liables {
    liable_fn *fn;
    void *arg;
    int64_t room_id;
};

static enum err on_liable(struct ctx *cx, const struct row *r, void *out)
{
    struct liables *l = out;
    struct liable x = {.room_id = l->room_id,
                       .from_day = (int32_t)row_i64(r, 0),
                       .payer_id = row_i64(r, 1),
                       .name = row_text(cx, r, 2)};
    l->fn(l->arg, &x);
    return OK;
}

enum err liable_list(struct ctx *cx, int64_t room_id, liable_fn *fn, void *arg)
{
    struct liables l = {fn, arg, room_id};
    enum err e = room_in_path(cx, room_id);
    return e ? e
             : db_each(cx, &q_liable, ARGS(I64(cx->who.company_id), I64(cx->who.project_id), I64(room_id)), on_liable,
                       &l);
}
