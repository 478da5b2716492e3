/* billing_gen.c - what a chunk of rooms needs to be billed: one query a kind of thing, not one a room.
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "domain/billing_int.h"
#include <stdlib.h>
#include <string.h>

STMT(q_items, "billing.items",
     "SELECT " FEE_ITEM_COLUMNS ", reach_days FROM fee_item"
     " WHERE company_id = $1 AND project_id = $2 AND enabled = 1 AND ($3 = 0 OR bill_day = $3) ORDER BY id LIMIT 65");
STMT(q_prices, "billing.prices",
     "SELECT p.item_id, p.price_e4, p.from_day, p.tiers FROM fee_price p JOIN fee_item f ON f.id = p.item_id"
     " WHERE f.company_id = $1 AND f.project_id = $2 ORDER BY p.item_id, p.from_day DESC");
STMT(q_bases, "billing.bases", "SELECT id, item_id, text FROM bill_basis WHERE run_id = $1 ORDER BY id LIMIT 256");
STMT(q_discounts, "billing.discounts",
     "SELECT id, item_id, kind, off_e4, months, from_day, to_day, name FROM fee_discount"
     " WHERE company_id = $1 AND project_id = $2 AND enabled = 1 ORDER BY id");
STMT(q_rooms, "billing.rooms",
     "SELECT id, area_e4, full_name, state, inner_area_e4 FROM room WHERE company_id = $1 AND project_id = $2 AND id > "
     "$3"
     " AND ($4 = 0 OR id = $4) AND closed_at = 0 ORDER BY id LIMIT $5");
#define OF_ROOMS(t) " WHERE " t "company_id = $1 AND " t "project_id = $2 AND " t "room_id >= $3 AND " t "room_id <= $4"
STMT(q_assigns, "billing.assigns",
     "SELECT a.room_id, a.item_id, a.ref_id, a.coefficient_e4, a.from_day, a.to_day,"
     " (SELECT s.name FROM parking_space s WHERE s.id = a.ref_id) FROM fee_assign a" OF_ROOMS(
         "a.") " ORDER BY a.room_id, a.item_id, a.ref_id, a.from_day");
/* No joins with the rooms here and below: a plan made while a table was small would walk all of it for each of them. */
STMT(q_taken, "billing.taken",
     "SELECT room_id, item_id, ref_id, period_from, period_to FROM bill_line WHERE company_id = $1 AND room_id >= $2"
     " AND room_id <= $3 AND item_id = $4 AND period_from >= $5 AND live = 1 AND kind = 'charge' ORDER BY room_id");
STMT(q_uses, "billing.uses",
     "SELECT t.room_id, t.item_id, r.usage_e3, " METER_COUNTED " FROM meter t"
     " JOIN meter_reading r ON r.meter_id = t.id AND r.day >= $5 AND r.day <= $6 AND r.day > t.from_day" OF_ROOMS(
         "t.") " ORDER BY t.room_id, r.day");
STMT(q_owners, "billing.owners",
     "SELECT b.room_id, b.account_id, c.name, b.party_id FROM binding b JOIN account c ON c.id = b.account_id" OF_ROOMS(
         "b.") " AND b.role = 'owner' AND b.state = 'active' ORDER BY b.room_id, b.changed_at DESC, b.id");
STMT(q_liable, "billing.liable",
     "SELECT room_id, payer_id, from_day, payer_name, party_id FROM fee_liable" OF_ROOMS(
         "") " ORDER BY room_id, from_day");
/* Owners without an account yet: the register's, the one that pays first */
STMT(q_register, "billing.register",
     "SELECT x.room_id, x.party_id, p.name FROM party_room x JOIN party p ON p.id = x.party_id" OF_ROOMS(
         "x.") " AND x.role IN ('owner', 'co_owner') AND x.to_day = 99991231"
               " ORDER BY x.room_id, x.pays DESC, CASE x.role WHEN 'owner' THEN 0 ELSE 1 END, x.id");
STMT(q_charges, "billing.charges",
     "SELECT room_id, id, item_id, amount_fen, day, note FROM fee_charge" OF_ROOMS(
         "") " AND state = 'open' AND day <= $5 ORDER BY room_id, id");
STMT(q_parts, "billing.parts",
     "SELECT p.room_id, s.id, s.item_id, p.amount_fen, p.weight, s.total_fen, s.rooms, s.weights, s.usage_e3,"
     " s.price_e4, s.period_from, s.period_to, s.basis FROM fee_share_part p JOIN fee_share s ON s.id = p.share_id"
     " WHERE p.company_id = $1 AND s.project_id = $2 AND p.room_id >= $3 AND p.room_id <= $4 AND p.bill_id = 0"
     " AND p.amount_fen > 0 AND s.state = 'open' AND s.period_to <= $5 ORDER BY p.room_id, s.id");
STMT(q_vacancies, "billing.vacancies",
     "SELECT room_id, from_day, to_day FROM fee_vacancy" OF_ROOMS("") " ORDER BY room_id, from_day");
STMT(q_voided, "billing.voided",
     "SELECT room_id, id, period_from, period_to FROM bill" OF_ROOMS(
         "") " AND state = 'void' AND published_at > 0 ORDER BY room_id, id DESC");

void *list_add(struct arena *a, struct list *l, size_t size)
{
    if (l->n == 0 || (l->n >= 16 && (l->n & (l->n - 1)) == 0)) { /* full: twice as many */
        char *v = arena_alloc(a, (l->n ? l->n * 2 : 16) * size);
        if (l->n)
            memcpy(v, l->v, l->n * size);
        l->v = v;
        l->size = size;
    }
    return (char *)l->v + l->n++ * size;
}

static int64_t room_at(const struct list *l, size_t i)
{
    int64_t id;
    memcpy(&id, (const char *)l->v + i * l->size, sizeof id);
    return id;
}

size_t list_of_room(struct list *l, int64_t room_id, void *first)
{
    size_t n = 0;
    while (l->at < l->n && room_at(l, l->at) < room_id)
        l->at++;
    while (l->at + n < l->n && room_at(l, l->at + n) == room_id)
        n++;
    *(const void **)first = n ? (const char *)l->v + l->at * l->size : NULL;
    return n;
}

#define ADD(type, member) ((struct type *)list_add(cx->arena, &((struct gen *)out)->member, sizeof(struct type)))

static enum err on_item(struct ctx *cx, const struct row *r, void *out)
{
    struct gen *g = out;
    if (g->nitems == MAX_ITEMS)
        return cx_fail(cx, ERR_STATE, NULL, "启用的收费项目超过 %d 个", "more than %d fee items are enabled",
                       MAX_ITEMS);
    struct gen_item *i = &g->items[g->nitems++];
    *i = (struct gen_item){.reach_days = row_i64(r, FEE_ITEM_NCOLUMNS)};
    enum err e = fee_item_row(cx, r, &i->f);
    if (e)
        return e;
    if (i->f.kind == FEE_FORMULA)
        i->formula = billing_formula(cx->arena, &i->f);
    struct period now = fee_period((enum fee_cycle)i->f.cycle, g->w->day, g->w->day);
    i->of = i->f.in_advance ? now : fee_period((enum fee_cycle)i->f.cycle, g->w->day, clock_day_add(now.from, -1));
    return OK;
}

static enum err on_price(struct ctx *cx, const struct row *r, void *out)
{
    struct price_row *p = ADD(price_row, prices);
    *p = (struct price_row){row_i64(r, 0), row_i64(r, 1), (int32_t)row_i64(r, 2), row_text(cx, r, 3), NULL, 0};
    const struct json *list = str_empty(p->tiers) ? NULL : json_parse(cx->arena, p->tiers, strlen(p->tiers)), *x;
    struct tier *t = list ? arena_alloc(cx->arena, 16 * sizeof *t) : NULL;
    for (size_t i = 0; list && i < 16 && (x = json_at(list, i)); i++) {
        if (!json_i64(x, "upto_e3", &t[i].upto_e3) || !json_i64(x, "price_e4", &t[i].price_e4))
            return ERR_INTERNAL;
        p->ntiers = i + 1;
    }
    p->tier = t;
    return OK;
}

static enum err on_basis(struct ctx *cx, const struct row *r, void *out)
{
    *ADD(basis_row, bases) = (struct basis_row){row_i64(r, 0), row_i64(r, 1), row_text(cx, r, 2)};
    return OK;
}

static enum err on_discount(struct ctx *cx, const struct row *r, void *out)
{
    *ADD(discount_row, discounts) = (struct discount_row){.id = row_i64(r, 0),
                                                          .item_id = row_i64(r, 1),
                                                          .vacant = str_eq(row_text(cx, r, 2), "vacant"),
                                                          .off_e4 = row_i64(r, 3),
                                                          .months = row_i64(r, 4),
                                                          .from = (int32_t)row_i64(r, 5),
                                                          .to = (int32_t)row_i64(r, 6),
                                                          .name = row_text(cx, r, 7)};
    return OK;
}

static enum err on_room(struct ctx *cx, const struct row *r, void *out)
{
    struct gen *g = out;
    g->rooms[g->nrooms++] = (struct room_row){.id = row_i64(r, 0),
                                              .area_e4 = row_i64(r, 1),
                                              .inner_area_e4 = row_i64(r, 4),
                                              .name = row_text(cx, r, 2),
                                              .state = row_text(cx, r, 3)};
    return OK;
}

static enum err on_assign(struct ctx *cx, const struct row *r, void *out)
{
    *ADD(assign_row, assigns) =
        (struct assign_row){row_i64(r, 0),          row_i64(r, 1),          row_i64(r, 2),     row_i64(r, 3),
                            (int32_t)row_i64(r, 4), (int32_t)row_i64(r, 5), row_text(cx, r, 6)};
    return OK;
}

static enum err on_taken(struct ctx *cx, const struct row *r, void *out)
{
    *ADD(taken_row, taken) =
        (struct taken_row){row_i64(r, 0), row_i64(r, 1), row_i64(r, 2), (int32_t)row_i64(r, 3), (int32_t)row_i64(r, 4)};
    return OK;
}

static enum err on_use(struct ctx *cx, const struct row *r, void *out)
{
    *ADD(use_row, uses) = (struct use_row){row_i64(r, 0), row_i64(r, 1), row_i64(r, 2), (int32_t)row_i64(r, 3)};
    return OK;
}

static enum err on_owner(struct ctx *cx, const struct row *r, void *out)
{
    *ADD(owner_row, owners) = (struct owner_row){row_i64(r, 0), row_i64(r, 1), row_i64(r, 3), row_text(cx, r, 2)};
    return OK;
}

static enum err on_liable(struct ctx *cx, const struct row *r, void *out)
{
    *ADD(liable_row, liable) =
        (struct liable_row){row_i64(r, 0), row_i64(r, 1), row_i64(r, 4), (int32_t)row_i64(r, 2), row_text(cx, r, 3)};
    return OK;
}

static enum err on_register(struct ctx *cx, const struct row *r, void *out)
{
    *ADD(owner_row, registered) = (struct owner_row){row_i64(r, 0), 0, row_i64(r, 1), row_text(cx, r, 2)};
    return OK;
}

static enum err on_charge(struct ctx *cx, const struct row *r, void *out)
{
    *ADD(charge_row, charges) = (struct charge_row){row_i64(r, 0), row_i64(r, 1),          row_i64(r, 2),
                                                    row_i64(r, 3), (int32_t)row_i64(r, 4), row_text(cx, r, 5)};
    return OK;
}

static enum err on_part(struct ctx *cx, const struct row *r, void *out)
{
    *ADD(part_row, parts) = (struct part_row){.room_id = row_i64(r, 0),
                                              .id = row_i64(r, 1),
                                              .item_id = row_i64(r, 2),
                                              .amount_fen = row_i64(r, 3),
                                              .weight = row_i64(r, 4),
                                              .total_fen = row_i64(r, 5),
                                              .rooms = row_i64(r, 6),
                                              .weights = row_i64(r, 7),
                                              .usage_e3 = row_i64(r, 8),
                                              .price_e4 = row_i64(r, 9),
                                              .from = (int32_t)row_i64(r, 10),
                                              .to = (int32_t)row_i64(r, 11),
                                              .basis = row_text(cx, r, 12)};
    return OK;
}

static enum err on_vacancy(struct ctx *cx, const struct row *r, void *out)
{
    *ADD(vacancy_row, vacancies) = (struct vacancy_row){row_i64(r, 0), (int32_t)row_i64(r, 1), (int32_t)row_i64(r, 2)};
    return OK;
}

static enum err on_voided(struct ctx *cx, const struct row *r, void *out)
{
    *ADD(voided_row, voided) =
        (struct voided_row){row_i64(r, 0), row_i64(r, 1), (int32_t)row_i64(r, 2), (int32_t)row_i64(r, 3)};
    return OK;
}

/* The earliest day on which a bill line of the item can begin that overlaps what is billed now. */
static int32_t taken_from(const struct run_work *w, const struct gen_item *i)
{
    if (i->f.kind == FEE_SHARED) /* what is shared may be years old */
        return 19000101;
    return i->f.cycle == CYCLE_ANNIVERSARY ? clock_day_add(w->day, -2 * 366 - (int)i->reach_days)
                                           : clock_day_add(i->of.from, -(int)i->reach_days);
}

static bool is_metered(const struct gen_item *i)
{
    return i->f.kind == FEE_METERED || i->f.kind == FEE_TIERED || i->f.kind == FEE_FORMULA;
}

/* Tiers count the year so far; readings of the day after the period still belong to it. */
static int32_t uses_from(const struct run_work *w, const struct gen_item *i)
{
    int32_t from = i->f.cycle == CYCLE_ANNIVERSARY ? clock_day_add(w->day, -2 * 366) : i->of.from;
    return i->f.kind == FEE_TIERED ? from / 10000 * 10000 + 101 : from;
}

static enum err load_by_item(struct ctx *cx, struct gen *g, int64_t first, int64_t last)
{
    const struct run_work *w = g->w;
    int32_t from = 99991231;
    enum err e = OK;
    for (size_t i = 0; i < g->nitems && !e; i++) {
        struct gen_item *it = &g->items[i];
        if (it->f.kind <= FEE_SHARED)
            e = db_each(cx, &q_taken,
                        ARGS(I64(w->company_id), I64(first), I64(last), I64(it->f.id), I64(taken_from(w, it))),
                        on_taken, g);
        if (is_metered(it) && uses_from(w, it) < from)
            from = uses_from(w, it);
    }
    if (!e && from < 99991231)
        e = db_each(cx, &q_uses,
                    ARGS(I64(w->company_id), I64(w->project_id), I64(first), I64(last), I64(from),
                         I64(clock_day_add(w->day, 400))),
                    on_use, g);
    return e;
}

static int by_room(const void *a, const void *b)
{
    const struct taken_row *x = a, *y = b;
    return (x->room_id > y->room_id) - (x->room_id < y->room_id);
}

static enum err load_rooms(struct ctx *cx, struct gen *g, int64_t first, int64_t last)
{
    const struct run_work *w = g->w;
    const struct {
        const struct stmt *q;
        row_fn *fn;
        bool dated;
    } loads[] = {
        {&q_assigns,   on_assign,   false},
        {&q_owners,    on_owner,    false},
        {&q_liable,    on_liable,   false},
        {&q_register,  on_register, false},
        {&q_vacancies, on_vacancy,  false},
        {&q_voided,    on_voided,   false},
        {&q_charges,   on_charge,   true },
        {&q_parts,     on_part,     true }
    };
    enum err e = OK;
    for (size_t i = 0; i < COUNT(loads) && !e; i++) {
        const struct arg v[] = {I64(w->company_id), I64(w->project_id), I64(first), I64(last), I64(w->day)};
        e = db_each(cx, loads[i].q, (struct args){v, loads[i].dated ? 5 : 4}, loads[i].fn, g);
    }
    if (!e)
        e = load_by_item(cx, g, first, last);
    if (g->taken.n)
        qsort(g->taken.v, g->taken.n, g->taken.size, by_room); /* several items: by room again */
    return e;
}

enum err billing_load(struct ctx *cx, struct gen *g, int64_t max)
{
    const struct run_work *w = g->w;
    g->rooms = arena_alloc(cx->arena, (size_t)max * sizeof *g->rooms);
    enum err e = db_each(cx, &q_items, ARGS(I64(w->company_id), I64(w->project_id), I64(w->bill_day)), on_item, g);
    if (!e)
        e = db_each(cx, &q_prices, ARGS(I64(w->company_id), I64(w->project_id)), on_price, g);
    if (!e && !g->dry)
        e = db_each(cx, &q_bases, ARGS(I64(w->id)), on_basis, g);
    if (!e)
        e = db_each(cx, &q_discounts, ARGS(I64(w->company_id), I64(w->project_id)), on_discount, g);
    if (!e)
        e = db_each(cx, &q_rooms,
                    ARGS(I64(w->company_id), I64(w->project_id), I64(w->cursor), I64(w->only_room_id), I64(max)),
                    on_room, g);
    return e || !g->nrooms ? e : load_rooms(cx, g, g->rooms[0].id, g->rooms[g->nrooms - 1].id);
}
