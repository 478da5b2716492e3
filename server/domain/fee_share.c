/* fee_share.c - a sum shared out over rooms (公摊), to the fen. SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/id.h"
#include "domain/audit.h"
#include "domain/billing_int.h"
#include "domain/fee_kind.h"
#include <stdlib.h>
#include <string.h>

const char *const share_basis_name[SHARE_BASES] = {"area", "household", "weight"};

STMT(q_rooms, "fee_share.rooms",
     "SELECT m.id, m.area_e4, a.coefficient_e4 FROM fee_assign a JOIN room m ON m.id = a.room_id AND m.closed_at = 0"
     " WHERE a.company_id = $1 AND a.project_id = $2 AND a.item_id = $3 AND a.from_day <= $5 AND a.to_day >= $4"
     " ORDER BY m.id, a.from_day DESC");
STMT(q_price, "fee_share.price",
     "SELECT price_e4 FROM fee_price WHERE item_id = $1 AND from_day <= $2 ORDER BY from_day DESC LIMIT 1");
STMT(q_meter, "fee_share.meter",
     "SELECT id FROM meter WHERE id = $1 AND company_id = $2 AND project_id = $3 AND item_id = $4 AND room_id IS NULL");
STMT(q_usage, "fee_share.usage",
     "SELECT CAST(COALESCE(SUM(r.usage_e3), 0) AS BIGINT) FROM meter_reading r JOIN meter t ON t.id = r.meter_id"
     " WHERE t.id = $1 AND " METER_COUNTED " > $2 AND " METER_COUNTED " <= $3"
     " AND r.day > t.from_day HAVING COUNT(*) > 0");
STMT(q_again, "fee_share.again",
     "SELECT COUNT(*) FROM fee_share WHERE meter_id = $1 AND meter_id > 0 AND state = 'open' AND period_from <= $3 AND "
     "period_to >= $2");
STMT(q_add, "fee_share.add",
     "INSERT INTO fee_share(id, company_id, project_id, item_id, period_from, period_to, basis, total_fen, meter_id,"
     " usage_e3, price_e4, rooms, weights, note, maker_id, created_at)"
     " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)");
STMT(q_part, "fee_share_part.add",
     "INSERT INTO fee_share_part(share_id, room_id, company_id, weight, amount_fen, reason) VALUES ($1, $2, $3, $4, "
     "$5, $6)");
#define COLUMNS                                                                                                        \
    "SELECT s.id, s.item_id, s.total_fen, s.meter_id, s.usage_e3, s.price_e4, s.rooms, s.weights, s.maker_id,"         \
    " s.created_at, s.period_from, s.period_to, s.basis, s.note, s.state, f.name,"                                     \
    " (SELECT COUNT(*) FROM fee_share_part p WHERE p.share_id = s.id AND p.reason <> '')"                              \
    " FROM fee_share s JOIN fee_item f ON f.id = s.item_id WHERE s.company_id = $1 AND s.project_id = $2"
STMT(q_get, "fee_share.get", COLUMNS " AND s.id = $3");
STMT(q_list, "fee_share.list", COLUMNS " AND ($3 = 0 OR s.id < $3) ORDER BY s.id DESC LIMIT $4");
STMT(q_billed, "fee_share.billed", "SELECT COUNT(*) FROM fee_share_part WHERE share_id = $1 AND bill_id > 0");
STMT(q_cancel, "fee_share.cancel",
     "UPDATE fee_share SET state = 'cancelled' WHERE id = $1 AND company_id = $2 AND project_id = $3 AND state = "
     "'open'");
STMT(q_parts, "fee_share_part.list",
     "SELECT p.room_id, p.weight, p.amount_fen, p.bill_id, m.full_name, p.reason FROM fee_share_part p"
     " JOIN room m ON m.id = p.room_id WHERE p.share_id = $1 AND p.company_id = $2 ORDER BY p.room_id");

/* ---- the split ---- */

struct rest {
    wide rest; /* the part's remainder */
    size_t at;
};

static int larger_rest(const void *a, const void *b)
{
    const struct rest *x = a, *y = b;
    if (x->rest != y->rest)
        return x->rest > y->rest ? -1 : 1;
    return (x->at > y->at) - (x->at < y->at);
}

bool share_split(struct arena *a, int64_t total, const int64_t *weight, size_t n, int64_t *part)
{
    struct rest *r = arena_alloc(a, (n + 1) * sizeof *r);
    wide sum = 0;
    int64_t left = total;
    for (size_t i = 0; i < n; i++) {
        if (weight[i] < 0)
            return false;
        sum += weight[i];
    }
    if (total < 0 || sum == 0)
        return false;
    for (size_t i = 0; i < n; i++) {
        wide exact = (wide)total * weight[i];
        part[i] = (int64_t)(exact / sum);
        r[i] = (struct rest){exact % sum, i};
        left -= part[i];
    }
    qsort(r, n, sizeof *r, larger_rest);
    for (size_t i = 0; left > 0; i++, left--) /* fewer fen than parts remain */
        part[r[i].at]++;
    return true;
}

/* ---- making one ---- */

struct taking {
    struct share_part *v;
    size_t n;
    int basis;
};

static enum err on_room(struct ctx *cx, const struct row *r, void *out)
{
    struct taking *t = out;
    struct share_part p = {.room_id = row_i64(r, 0), .reason = ""};
    int64_t area = row_i64(r, 1), coefficient = row_i64(r, 2);
    if (t->n && t->v[t->n - 1].room_id == p.room_id) /* assigned twice in the period: once is enough */
        return OK;
    p.weight = t->basis == SHARE_AREA ? area : t->basis == SHARE_WEIGHT ? coefficient : 1;
    if (p.weight <= 0) {
        p.weight = 0;
        p.reason = t->basis == SHARE_AREA ? "缺少面积" : "权重为零";
    }
    if (t->n == 0 || (t->n >= 64 && (t->n & (t->n - 1)) == 0)) {
        struct share_part *v = arena_alloc(cx->arena, (t->n ? t->n * 2 : 64) * sizeof *v);
        if (t->n)
            memcpy(v, t->v, t->n * sizeof *v);
        t->v = v;
    }
    t->v[t->n++] = p;
    return OK;
}

static enum err metered_total(struct ctx *cx, struct fee_share *s, const struct fee_item *f)
{
    int64_t id = 0, again = 0;
    bool found = false, priced = false, read = false;
    enum err e =
        db_i64(cx, &q_meter, ARGS(I64(s->meter_id), I64(cx->who.company_id), I64(cx->who.project_id), I64(s->item_id)),
               &id, &found);
    if (!e && !found)
        return cx_fail(cx, ERR_INVALID, "meter_id", "该项目没有此公共表", "no such public meter of the item");
    if (!e)
        e = db_i64(cx, &q_again, ARGS(I64(s->meter_id), I64(s->from), I64(s->to)), &again, NULL);
    if (!e && again)
        return cx_fail(cx, ERR_EXISTS, "meter_id", "该期间的公共用量已分摊", "this use is shared out already");
    if (!e)
        e = db_i64(cx, &q_price, ARGS(I64(s->item_id), I64(s->from)), &s->price_e4, &priced);
    if (!e && !priced)
        return cx_fail(cx, ERR_INVALID, "item_id", "缺少单价", "the price is missing");
    if (!e)
        e = db_i64(cx, &q_usage, ARGS(I64(s->meter_id), I64(s->from), I64(clock_day_add(s->to, 1))), &s->usage_e3,
                   &read);
    if (!e && !read)
        return cx_fail(cx, ERR_INVALID, "meter_id", "该期间缺少读数", "the reading of that period is missing");
    if (!e && !round_fen((wide)s->usage_e3 * s->price_e4, 100000, (enum rounding)f->rounding, round_to_fen[f->round_to],
                         &s->total_fen))
        return cx_fail(cx, ERR_INVALID, "meter_id", "用量或金额无效", "the usage or the amount is not valid");
    return e;
}

static enum err check(struct ctx *cx, struct fee_share *s, struct fee_item *f)
{
    if (!clock_day_valid(s->from) || !clock_day_valid(s->to) || s->from > s->to ||
        fee_days((struct period){s->from, s->to}) > 366)
        return cx_fail(cx, ERR_INVALID, "from_day", "期间无效(最长一年)",
                       "the period ends before it begins, or is longer than a year");
    if (!s->meter_id == !s->total_fen)
        return cx_fail(cx, ERR_INVALID, "total_fen", "金额与公共表须且只能填一项", "give an amount or a public meter");
    enum err e = fee_item_get(cx, s->item_id, f);
    if (!e && f->kind != FEE_SHARED)
        e = cx_fail(cx, ERR_INVALID, "item_id", "该项目不是公摊", "the item is not a shared one");
    if (!e && s->meter_id)
        e = metered_total(cx, s, f);
    if (!e && (s->total_fen <= 0 || s->total_fen > FEN_MAX))
        e = cx_fail(cx, ERR_INVALID, "total_fen", "金额须大于零", "must be above 0");
    return e;
}

static enum err put_parts(struct ctx *cx, struct fee_share *s, struct taking *t)
{
    int64_t *weight = arena_alloc(cx->arena, (t->n + 1) * sizeof *weight), *part;
    enum err e = OK;
    part = arena_alloc(cx->arena, (t->n + 1) * sizeof *part);
    s->rooms = s->weights = s->skipped = 0;
    for (size_t i = 0; i < t->n; i++) {
        weight[i] = t->v[i].weight;
        s->weights += weight[i];
        s->rooms += weight[i] > 0;
        s->skipped += weight[i] == 0;
    }
    if (!share_split(cx->arena, s->total_fen, weight, t->n, part))
        return cx_fail(cx, ERR_STATE, "item_id", "没有可参与分摊的房间", "no room can take part");
    e = db_try(cx, &q_add,
               ARGS(I64(s->id), I64(cx->who.company_id), I64(cx->who.project_id), I64(s->item_id), I64(s->from),
                    I64(s->to), TXT(share_basis_name[s->basis]), I64(s->total_fen), I64(s->meter_id), I64(s->usage_e3),
                    I64(s->price_e4), I64(s->rooms), I64(s->weights), TXT(s->note ? s->note : ""), I64(cx->who.id),
                    I64(cx->now)),
               NULL);
    if (e == ERR_EXISTS)
        return cx_fail(cx, e, "meter_id", "该期间的公共用量已分摊", "this use is shared out already");
    for (size_t i = 0; i < t->n && !e; i++)
        e = db_exec(cx, &q_part,
                    ARGS(I64(s->id), I64(t->v[i].room_id), I64(cx->who.company_id), I64(weight[i]), I64(part[i]),
                         TXT(t->v[i].reason)),
                    NULL);
    return e;
}

static enum err share_row(struct ctx *cx, const struct row *r, void *out)
{
    struct fee_share *s = out;
    *s = (struct fee_share){.id = row_i64(r, 0),
                            .item_id = row_i64(r, 1),
                            .total_fen = row_i64(r, 2),
                            .meter_id = row_i64(r, 3),
                            .usage_e3 = row_i64(r, 4),
                            .price_e4 = row_i64(r, 5),
                            .rooms = row_i64(r, 6),
                            .weights = row_i64(r, 7),
                            .maker_id = row_i64(r, 8),
                            .created_at = row_i64(r, 9),
                            .from = (int32_t)row_i64(r, 10),
                            .to = (int32_t)row_i64(r, 11),
                            .basis = str_index(share_basis_name, SHARE_BASES, row_text(cx, r, 12)),
                            .note = row_text(cx, r, 13),
                            .state = row_text(cx, r, 14),
                            .item = row_text(cx, r, 15),
                            .skipped = row_i64(r, 16)};
    return OK;
}

static enum err get(struct ctx *cx, int64_t id, struct fee_share *out)
{
    enum err e = db_one(cx, &q_get, ARGS(I64(cx->who.company_id), I64(cx->who.project_id), I64(id)), share_row, out);
    return e == ERR_NOT_FOUND ? cx_fail(cx, e, "id", "公摊不存在", "no such share") : e;
}

enum err share_make(struct ctx *cx, const struct fee_share *in, struct fee_share *out)
{
    struct fee_share s = *in;
    struct taking t = {.basis = in->basis};
    struct fee_item f;
    s.id = id_new();
    enum err e = check(cx, &s, &f);
    if (!e)
        e = fees_not_moving(cx);
    if (!e)
        e = db_each(cx, &q_rooms,
                    ARGS(I64(cx->who.company_id), I64(cx->who.project_id), I64(s.item_id), I64(s.from), I64(s.to)),
                    on_room, &t);
    if (!e)
        e = put_parts(cx, &s, &t);
    if (!e)
        e = audit_add(
            cx, "fee_share.create", "fee_share", s.id, NULL,
            arena_printf(cx->arena, "{\"total_fen\":%lld,\"rooms\":%lld}", (long long)s.total_fen, (long long)s.rooms));
    return e ? e : get(cx, s.id, out);
}

enum err share_cancel(struct ctx *cx, int64_t id)
{
    struct fee_share s;
    int64_t billed = 0;
    enum err e = get(cx, id, &s);
    if (!e)
        e = fees_not_moving(cx);
    if (!e)
        e = db_i64(cx, &q_billed, ARGS(I64(id)), &billed, NULL);
    if (!e && billed)
        e = cx_fail(cx, ERR_STATE, "state", "已有 %lld 户出账,请先作废这些账单",
                    "%lld parts are billed; void those bills first", (long long)billed);
    if (!e)
        e = db_change_one(cx, &q_cancel, ARGS(I64(id), I64(cx->who.company_id), I64(cx->who.project_id)), ERR_STATE,
                          "公摊已取消", "cancelled already");
    return e ? e : audit_add(cx, "fee_share.cancel", "fee_share", id, NULL, NULL);
}

struct shares {
    share_fn *fn;
    void *arg;
};

static enum err on_share(struct ctx *cx, const struct row *r, void *out)
{
    struct shares *l = out;
    struct fee_share s;
    enum err e = share_row(cx, r, &s);
    l->fn(l->arg, &s);
    return e;
}

enum err share_list(struct ctx *cx, int64_t before, int64_t limit, share_fn *fn, void *arg)
{
    struct shares l = {fn, arg};
    return db_each(cx, &q_list, ARGS(I64(cx->who.company_id), I64(cx->who.project_id), I64(before), I64(limit)),
                   on_share, &l);
}

struct parts {
    share_part_fn *fn;
    void *arg;
};

static enum err on_part(struct ctx *cx, const struct row *r, void *out)
{
    struct parts *l = out;
    struct share_part p = {.room_id = row_i64(r, 0),
                           .weight = row_i64(r, 1),
                           .amount_fen = row_i64(r, 2),
                           .bill_id = row_i64(r, 3),
                           .room = row_text(cx, r, 4),
                           .reason = row_text(cx, r, 5)};
    l->fn(l->arg, &p);
    return OK;
}

enum err share_parts(struct ctx *cx, int64_t id, share_part_fn *fn, void *arg)
{
    struct parts l = {fn, arg};
    struct fee_share s;
    enum err e = get(cx, id, &s);
    return e ? e : db_each(cx, &q_parts, ARGS(I64(id), I64(cx->who.company_id)), on_part, &l);
}
