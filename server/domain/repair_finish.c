/* repair_finish.c - labour and material lines: prices within the material's range, stock taken and given back.
 * SPDX-License-Identifier: MIT */
#include "base/id.h"
#include "base/money.h"
#include "domain/repair_int.h"

STMT(q_material, "finish.material",
     "SELECT name, price_min_fen, price_max_fen FROM material WHERE id = $1 AND company_id = $2 AND project_id = $3");
STMT(q_take, "finish.take_stock",
     "UPDATE material SET stock_e3 = stock_e3 - $2, version = version + 1 WHERE id = $1 AND stock_e3 >= $2");
STMT(q_give, "finish.give_stock", "UPDATE material SET stock_e3 = stock_e3 + $2, version = version + 1 WHERE id = $1");
STMT(q_move, "finish.stock_move",
     "INSERT INTO stock_move(id, company_id, project_id, material_id, repair_id, qty_e3, reason, account_id, at)"
     " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)");
STMT(q_moves, "finish.stock_of_order",
     "SELECT material_id, CAST(SUM(qty_e3) AS BIGINT) FROM stock_move WHERE repair_id = $1 GROUP BY material_id");
STMT(q_next_line, "finish.next_line", "SELECT COALESCE(MAX(n), 0) + 1 FROM repair_line WHERE repair_id = $1");
STMT(q_line, "finish.line",
     "INSERT INTO repair_line(repair_id, n, company_id, kind, material_id, name, qty_e3, price_fen, amount_fen)"
     " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)");
STMT(q_cause, "finish.cause", "SELECT id FROM cause_code WHERE id = $1 AND company_id = $2 AND enabled = 1");

static enum err move_stock(struct ctx *cx, const struct repair *r, int64_t material, int64_t qty_e3, const char *reason)
{
    return db_exec(cx, &q_move,
                   ARGS(I64(id_new()), I64(r->company_id), I64(r->project_id), I64(material), I64(r->id), I64(qty_e3),
                        TXT(reason), I64(cx->who.id), I64(cx->now)),
                   NULL);
}

struct material_row {
    const char *name;
    int64_t min, max;
};

static enum err on_material(struct ctx *cx, const struct row *r, void *out)
{
    struct material_row *m = out;
    *m = (struct material_row){row_text(cx, r, 0), row_i64(r, 1), row_i64(r, 2)};
    return OK;
}

static enum err take_material(struct ctx *cx, const struct repair *r, struct repair_line *l, size_t i)
{
    struct material_row m;
    int64_t changed = 0;
    enum err e =
        db_one(cx, &q_material, ARGS(I64(l->material_id), I64(r->company_id), I64(r->project_id)), on_material, &m);
    if (e == ERR_NOT_FOUND)
        return cx_fail(cx, ERR_INVALID, arena_printf(cx->arena, "lines[%zu].material_id", i), "材料不存在",
                       "no such material");
    if (e)
        return e;
    l->name = m.name;
    if (l->price_fen && (l->price_fen < m.min || l->price_fen > m.max)) /* 0: given away */
        return cx_fail(cx, ERR_INVALID, arena_printf(cx->arena, "lines[%zu].price_fen", i),
                       "单价应在 %lld 到 %lld 分之间", "the price must lie between %lld and %lld fen", (long long)m.min,
                       (long long)m.max);
    e = db_exec(cx, &q_take, ARGS(I64(l->material_id), I64(l->qty_e3)), &changed);
    if (!e && !changed)
        e = cx_fail(cx, ERR_INVALID, arena_printf(cx->arena, "lines[%zu].qty_e3", i), "库存不足",
                    "not enough in stock");
    return e ? e : move_stock(cx, r, l->material_id, -l->qty_e3, "repair");
}

enum err repair_put_lines(struct ctx *cx, struct repair *r, const struct fault_type *t, const struct repair_step *step)
{
    int64_t total = 0, n = 0, id = 0;
    bool found = false;
    enum err e = db_i64(cx, &q_cause, ARGS(I64(step->cause_id), I64(r->company_id)), &id, &found);
    if (!e && !found)
        e = cx_fail(cx, ERR_INVALID, "cause_id", "故障原因不存在", "no such cause");
    if (!e)
        e = db_i64(cx, &q_next_line, ARGS(I64(r->id)), &n, NULL); /* after a rework the earlier lines stay */
    for (size_t i = 0; i < step->nlines && !e; i++) {
        struct repair_line l = step->lines[i];
        if (l.kind == 1)
            e = take_material(cx, r, &l, i);
        else if (str_empty(l.name))
            e = cx_fail(cx, ERR_INVALID, arena_printf(cx->arena, "lines[%zu].name", i), "请填写名称", "name it");
        if (!e && !price_qty_fen(l.price_fen, l.qty_e3, ROUND_HALF_UP, &l.amount_fen))
            e = cx_fail(cx, ERR_INVALID, arena_printf(cx->arena, "lines[%zu]", i), "金额过大", "amount too large");
        if (!e)
            e = db_exec(cx, &q_line,
                        ARGS(I64(r->id), I64(n + (int64_t)i), I64(r->company_id), TXT(repair_line_kind[l.kind]),
                             ID_OR_NULL(l.material_id), TXT(l.name), I64(l.qty_e3), I64(l.price_fen),
                             I64(l.amount_fen)),
                        NULL);
        total += l.amount_fen;
    }
    if (e)
        return e;
    if (total && (!t->chargeable || r->public_area))
        return cx_fail(cx, ERR_INVALID, "lines", "该工单不收费,单价须为 0", "free of charge: prices must be 0");
    if (total && !str_eq(r->quote_state, "accepted")) /* nobody pays what he was not asked about */
        return cx_fail(cx, ERR_STATE, "lines", "收费须先报价并经业主同意", "a charge needs a quote that was accepted");
    if (total > FEN_MAX || (str_eq(r->quote_state, "accepted") && total > r->quote_fen))
        return cx_fail(cx, ERR_INVALID, "lines", "合计超过业主确认的报价", "more than the quote the owner accepted");
    r->charge_fen = total;
    return OK;
}

struct moves {
    int64_t id[64], qty[64];
    size_t n;
};

static enum err on_move(struct ctx *cx, const struct row *r, void *out)
{
    struct moves *m = out;
    (void)cx;
    if (m->n < COUNT(m->id)) {
        m->id[m->n] = row_i64(r, 0);
        m->qty[m->n++] = row_i64(r, 1);
    }
    return OK;
}

enum err repair_stock_back(struct ctx *cx, const struct repair *r)
{
    struct moves m = {.n = 0};
    enum err e = db_each(cx, &q_moves, ARGS(I64(r->id)), on_move, &m);
    for (size_t i = 0; i < m.n && !e; i++) {
        if (m.qty[i] >= 0)
            continue;
        e = db_exec(cx, &q_give, ARGS(I64(m.id[i]), I64(-m.qty[i])), NULL);
        if (!e)
            e = move_stock(cx, r, m.id[i], -m.qty[i], "void");
    }
    return e;
}
