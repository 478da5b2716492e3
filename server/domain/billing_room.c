/* billing_room.c - what a room owes in a run: its items, charges and shares, split between those who are liable, less
 * discounts; one draft a payer.  SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/id.h"
#include "domain/billing_int.h"
#include <string.h>

STMT(q_basis, "bill_basis.add",
     "INSERT INTO bill_basis(id, company_id, run_id, item_id, period_to, late_rate_e6, late_grace_days, late_cap_e4, "
     "text)"
     " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)");

struct at_room { /* the rows of the room at hand */
    const struct room_row *room;
    const struct assign_row *assigns;
    const struct taken_row *taken;
    const struct use_row *uses;
    const struct owner_row *owners, *registered;
    const struct liable_row *liable;
    const struct charge_row *charges;
    const struct part_row *parts;
    const struct vacancy_row *vacancies;
    const struct voided_row *voided;
    size_t nassigns, ntaken, nuses, nowners, nregistered, nliable, ncharges, nparts, nvacancies, nvoided;
};

/* One thing to charge, before it is split between payers. */
struct thing {
    struct gen_item *item;
    int64_t ref_id, fen;
    struct period period;
    const char *name, *basis, *own;
    int64_t basis_id;
};

static struct gen_item *item_of(struct gen *g, int64_t id)
{
    for (size_t i = 0; i < g->nitems; i++)
        if (g->items[i].f.id == id)
            return &g->items[i];
    return NULL;
}

/* The period a run on `day` bills: the one just over, or, paid in advance, the one that contains the day. */
static struct period billed_period(const struct gen_item *i, int32_t anchor, int32_t day)
{
    if (i->f.cycle != CYCLE_ANNIVERSARY)
        return i->of;
    struct period now = fee_period(CYCLE_ANNIVERSARY, anchor, day);
    return i->f.in_advance ? now : fee_period(CYCLE_ANNIVERSARY, anchor, clock_day_add(now.from, -1));
}

static bool is_taken(const struct at_room *x, int64_t item, int64_t ref, struct period p)
{
    for (size_t i = 0; i < x->ntaken; i++)
        if (x->taken[i].item_id == item && x->taken[i].ref_id == ref && x->taken[i].from <= p.to &&
            x->taken[i].to >= p.from)
            return true;
    return false;
}

/* Billed already: no news when all of it is, as a rerun fills gaps only. Of a part the rest would never be billed and nobody
 * would know. */
static enum err tell_if_part(struct ctx *cx, struct gen *g, const struct at_room *x, int64_t item, int64_t ref,
                             struct period p)
{
    int days = 0;
    for (size_t i = 0; i < x->ntaken; i++)
        if (x->taken[i].item_id == item && x->taken[i].ref_id == ref)
            days += fee_days(period_cut(p, x->taken[i].from, x->taken[i].to));
    return days < fee_days(p) ? g->skip(cx, g, x->room->id, item, "部分期间已出账") : OK;
}

static const struct price_row *price_at(const struct gen *g, int64_t item, int32_t day)
{
    const struct price_row *p = g->prices.v;
    for (size_t i = 0; i < g->prices.n; i++) /* of an item, newest first */
        if (p[i].item_id == item && p[i].from <= day)
            return &p[i];
    return NULL;
}

/* Readings taken from the day after the period began up to the day after it ended: monthly readings fall on either. */
static void add_usage(const struct at_room *x, struct line_input *in)
{
    int32_t first = clock_day_add(in->period.from, 1), last = clock_day_add(in->period.to, 1);
    int32_t year = clock_day_add(in->period.from / 10000 * 10000 + 101, 1);
    for (size_t i = 0; i < x->nuses; i++) {
        const struct use_row *u = &x->uses[i];
        if (u->item_id != in->item->id)
            continue;
        if (u->day >= first && u->day <= last) {
            in->usage_e3 += u->usage_e3;
            in->has_usage = true;
        } else if (u->day >= year && u->day < first && in->item->kind == FEE_TIERED) {
            in->used_before_e3 += u->usage_e3;
        }
    }
}

static enum err find_basis(struct ctx *cx, struct gen *g, const struct gen_item *i, int32_t period_to, const char *text,
                           int64_t *id)
{
    const struct basis_row *b = g->bases.v;
    for (size_t k = 0; k < g->bases.n; k++)
        if (b[k].item_id == i->f.id && str_eq(b[k].text, text)) {
            *id = b[k].id;
            return OK;
        }
    *id = id_new();
    *(struct basis_row *)list_add(cx->arena, &g->bases, sizeof *b) = (struct basis_row){*id, i->f.id, text};
    return g->dry ? OK
                  : db_exec(cx, &q_basis,
                            ARGS(I64(*id), I64(g->w->company_id), I64(g->w->id), I64(i->f.id), I64(period_to),
                                 I64(i->f.late_rate_e6), I64(i->f.late_grace_days), I64(i->f.late_cap_e4), TXT(text)),
                            NULL);
}

/* ---- payers ---- */

struct payer {
    int64_t id, party_id;
    const char *name;
};

static struct draft *draft_of(struct gen *g, const struct at_room *x, const struct payer *p)
{
    for (size_t i = 0; i < g->ndrafts; i++)
        if (g->draft[i].payer_id == p->id &&
            (p->id || (g->draft[i].party_id == p->party_id && str_eq(g->draft[i].payer, p->name))))
            return &g->draft[i];
    if (g->ndrafts == MAX_DRAFTS)
        return NULL;
    struct draft *d = &g->draft[g->ndrafts++];
    d->room = x->room;
    d->payer_id = p->id;
    d->party_id = p->party_id;
    d->payer = p->name;
    d->total = d->replaces_id = 0;
    d->from = d->to = d->due = 0;
    d->late_rated = false;
    d->n = 0;
    return d;
}

/* The owner as the register orders them, by account when there is one; else by binding. A binding that the register knows
 * nothing of (party 0) stands for itself. */
static struct payer owner_of(const struct at_room *x)
{
    const struct owner_row *o = x->nowners ? x->owners : NULL, *first = x->nregistered ? x->registered : NULL;
    bool unknown = false;
    for (size_t i = 0; i < x->nowners; i++) {
        unknown |= !x->owners[i].party_id;
        if (first && x->owners[i].party_id == first->party_id)
            return (struct payer){x->owners[i].payer_id, first->party_id, x->owners[i].name};
    }
    if (first && !unknown)
        o = first;
    return o ? (struct payer){o->payer_id, o->party_id, o->name} : (struct payer){0, 0, ""};
}

/* Who owes on `day`, and until when: as was decided, else the owner. */
static struct payer liable_on(const struct at_room *x, int32_t day, int32_t *until)
{
    struct payer p = owner_of(x);
    *until = 99991231;
    for (size_t i = 0; i < x->nliable; i++) {
        if (x->liable[i].from > day) {
            *until = clock_day_add(x->liable[i].from, -1);
            break;
        }
        p = (struct payer){x->liable[i].payer_id, x->liable[i].party_id, x->liable[i].name};
    }
    return p;
}

static int vacant_days(const struct at_room *x, struct period p)
{
    int days = 0;
    for (size_t i = 0; i < x->nvacancies; i++)
        days += fee_days(period_cut(p, x->vacancies[i].from, x->vacancies[i].to));
    return days;
}

static bool put_line(struct draft *d, const struct thing *t, const struct period *p, const char *kind,
                     const char *income, int64_t fen, const char *name, const char *own)
{
    if (d->n == MAX_LINES || fen > FEN_MAX || d->total + fen > FEN_MAX)
        return false;
    d->line[d->n++] = (struct draft_line){.item_id = t->item->f.id,
                                          .ref_id = t->ref_id,
                                          .basis_id = t->basis_id,
                                          .amount_fen = fen,
                                          .from = p->from,
                                          .to = p->to,
                                          .kind = kind,
                                          .name = name,
                                          .income = income,
                                          .snapshot = own};
    d->total += fen;
    return true;
}

static const char *discount_text(struct ctx *cx, const struct discount_row *r, int64_t of, int days, int of_days)
{
    struct jw j;
    jw_init(&j, cx->arena);
    jw_obj(&j);
    kv_str(&j, "kind", "discount");
    kv_str(&j, "rule", r->vacant ? "vacant" : "advance");
    kv_id(&j, "rule_id", r->id);
    kv_str(&j, "name", r->name);
    kv_int(&j, "off_e4", r->off_e4);
    kv_int(&j, "of_fen", of);
    if (r->vacant) {
        kv_int(&j, "days", days);
        kv_int(&j, "of_days", of_days);
    } else {
        kv_int(&j, "months", r->months);
    }
    jw_end(&j);
    return jw_text(&j);
}

/* Rules without an item are for what recurs by area, sum or formula; consumption and given amounts need a rule by name. */
static bool rule_fits(const struct discount_row *r, const struct gen_item *i, const struct period *p)
{
    int kind = i->f.kind;
    bool any = kind == FEE_AREA || kind == FEE_FIXED || kind == FEE_FORMULA || kind == FEE_PARKING;
    return (r->item_id ? r->item_id == i->f.id : any) && r->from <= p->from && p->from <= r->to &&
           (r->vacant || (i->f.in_advance && i->months_num >= r->months * i->months_den));
}

static bool add_discounts(struct ctx *cx, const struct gen *g, const struct at_room *x, struct draft *d,
                          const struct thing *t, const struct period *p, int64_t fen)
{
    const struct discount_row *r = g->discounts.v;
    int64_t left = fen;
    for (size_t i = 0; i < g->discounts.n; i++) {
        int64_t off = 0, of_days = fee_days(*p);
        int64_t days = !r[i].vacant ? of_days : str_eq(x->room->state, "vacant") ? vacant_days(x, *p) : 0;
        if (!rule_fits(&r[i], t->item, p) || days <= 0 || left <= 0 ||
            !round_fen((wide)fen * r[i].off_e4 * days, (wide)of_days * 10000, ROUND_HALF_UP, 1, &off) || off == 0)
            continue;
        off = off < left ? off : left;
        left -= off;
        if (!put_line(d, t, p, "discount", "discount", -off, r[i].name,
                      discount_text(cx, &r[i], fen, (int)days, (int)of_days)))
            return false;
    }
    return true;
}

static bool give(struct ctx *cx, struct gen *g, const struct at_room *x, const struct thing *t, struct draft *d,
                 struct period p, int64_t fen, const char *own)
{
    if (!d || !put_line(d, t, &p, "charge", fee_income_name[t->item->f.income], fen, t->name, own))
        return false;
    int32_t due = clock_day_add(clock_day(cx->now), (int)t->item->f.due_days);
    d->due = d->due && d->due < due ? d->due : due;
    d->from = d->from && d->from < p.from ? d->from : p.from;
    d->to = d->to > p.to ? d->to : p.to;
    d->late_rated |= t->item->f.late_rate_e6 > 0;
    return add_discounts(cx, g, x, d, t, &p, fen);
}

static const char *part_text(struct ctx *cx, const struct thing *t, struct period p)
{
    const char *add =
        arena_printf(cx->arena, "{\"part_from\":%d,\"part_to\":%d,\"part_days\":%d,\"of_days\":%d,\"of_fen\":%lld}",
                     p.from, p.to, fee_days(p), fee_days(t->period), (long long)t->fen);
    return billing_explain(cx->arena, t->own, add);
}

/* A room that changed hands within the period: each owes by the days that were theirs, and the parts make the whole. */
static enum err share_out(struct ctx *cx, struct gen *g, const struct at_room *x, const struct thing *t)
{
    struct period p[MAX_DRAFTS] = {
        {0, 0}
    };
    int64_t part[MAX_DRAFTS];
    struct payer payer[MAX_DRAFTS];
    size_t n = 0;
    bool fits = true;
    enum err e = OK;
    for (int32_t day = t->period.from, until = 0; day <= t->period.to && fits; day = clock_day_add(until, 1)) {
        fits = n < MAX_DRAFTS;
        payer[fits ? n : 0] = liable_on(x, day, &until);
        until = until < t->period.to ? until : t->period.to;
        if (fits)
            p[n++] = (struct period){day, until};
    }
    if (fits && (n == 1 || split_by_days(t->fen, p, n, part)))
        for (size_t i = 0; i < n && fits && !e; i++) {
            int64_t fen = n == 1 ? t->fen : part[i];
            if (is_taken(x, t->item->f.id, t->ref_id, p[i])) /* one payer's bill may have been voided */
                e = tell_if_part(cx, g, x, t->item->f.id, t->ref_id, p[i]);
            else if (fen || n == 1)
                fits =
                    give(cx, g, x, t, draft_of(g, x, &payer[i]), p[i], fen, n == 1 ? t->own : part_text(cx, t, p[i]));
        }
    return e || fits ? e : g->skip(cx, g, x->room->id, t->item->f.id, "明细、缴费人过多或金额超限");
}

/* ---- the three kinds of things ---- */

static enum err add_assigned(struct ctx *cx, struct gen *g, const struct at_room *x, const struct assign_row *a)
{
    struct gen_item *it = item_of(g, a->item_id);
    struct why why = {0};
    enum err e = OK;
    if (!it || it->f.kind >= FEE_SHARED)
        return OK;
    struct thing t = {.item = it, .ref_id = a->ref_id, .name = it->f.name};
    struct period whole = billed_period(it, a->from, g->w->day);
    t.period = period_cut(whole, a->from, a->to);
    if (t.period.from > t.period.to) /* not liable in that period */
        return OK;
    if (!x->nliable && is_taken(x, it->f.id, a->ref_id, t.period))
        return tell_if_part(cx, g, x, it->f.id, a->ref_id, t.period);
    if (it->months_of.from != t.period.from || it->months_of.to != t.period.to) {
        fee_months(t.period, (enum part_month)it->f.part_month, &it->months_num, &it->months_den);
        if (it->f.cycle == CYCLE_ANNIVERSARY && t.period.from == whole.from && t.period.to == whole.to) {
            it->months_num = 12; /* a year is twelve months, also from 29 to 28 February */
            it->months_den = 1;
        }
        it->months_of = t.period;
    }
    const struct price_row *price = price_at(g, it->f.id, t.period.from);
    struct line_input in = {.item = &it->f,
                            .formula = it->formula,
                            .period = t.period,
                            .months_num = it->months_num,
                            .months_den = it->months_den,
                            .area_e4 = x->room->area_e4,
                            .inner_area_e4 = x->room->inner_area_e4,
                            .coefficient_e4 = a->coefficient_e4,
                            .has_price = price != NULL,
                            .price_e4 = price ? price->price_e4 : 0,
                            .tiers = price ? price->tier : NULL,
                            .ntiers = price ? price->ntiers : 0};
    if (it->f.kind == FEE_METERED || it->f.kind == FEE_TIERED || it->f.kind == FEE_FORMULA)
        add_usage(x, &in);
    if (!billing_amount(&in, &t.fen, &why))
        return g->skip(cx, g, x->room->id, it->f.id, why.zh);
    if (!it->basis_id || it->basis_price != price || it->basis_of.from != t.period.from ||
        it->basis_of.to != t.period.to) {
        e = find_basis(cx, g, it, t.period.to, billing_basis_text(cx->arena, &in), &it->basis_id);
        it->basis_price = price;
        it->basis_of = t.period;
    }
    t.basis_id = it->basis_id;
    t.own = billing_own_text(cx->arena, &in);
    if (a->ref_name)
        t.name = arena_printf(cx->arena, "%s %s", it->f.name, a->ref_name);
    return e ? e : share_out(cx, g, x, &t);
}

static enum err add_charge(struct ctx *cx, struct gen *g, const struct at_room *x, const struct charge_row *c)
{
    struct gen_item *it = item_of(g, c->item_id);
    struct jw j;
    if (!it)
        return OK;
    struct thing t = {
        .item = it, .ref_id = c->id, .fen = c->amount_fen, .name = it->f.name, .period = {c->day, c->day}
    };
    jw_init(&j, cx->arena);
    jw_obj(&j);
    kv_str(&j, "kind", fee_kind_name[it->f.kind]);
    jw_end(&j);
    enum err e = find_basis(cx, g, it, 0, jw_text(&j), &t.basis_id);
    jw_init(&j, cx->arena);
    jw_obj(&j);
    kv_int(&j, "day", c->day);
    kv_str(&j, "note", c->note);
    kv_id(&j, "charge_id", c->id);
    jw_end(&j);
    t.own = jw_text(&j);
    return e ? e : share_out(cx, g, x, &t);
}

static enum err add_share(struct ctx *cx, struct gen *g, const struct at_room *x, const struct part_row *s)
{
    struct gen_item *it = item_of(g, s->item_id);
    struct jw j;
    if (!it)
        return OK;
    struct thing t = {
        .item = it, .ref_id = s->id, .fen = s->amount_fen, .name = it->f.name, .period = {s->from, s->to}
    };
    jw_init(&j, cx->arena);
    jw_obj(&j);
    kv_str(&j, "kind", "shared");
    kv_id(&j, "share_id", s->id);
    kv_str(&j, "basis", s->basis);
    kv_int(&j, "total_fen", s->total_fen);
    kv_int(&j, "weights", s->weights);
    kv_int(&j, "rooms", s->rooms);
    kv_int(&j, "from", s->from);
    kv_int(&j, "to", s->to);
    if (s->usage_e3) {
        kv_int(&j, "usage_e3", s->usage_e3);
        kv_int(&j, "price_e4", s->price_e4);
    }
    jw_end(&j);
    enum err e = find_basis(cx, g, it, s->to, jw_text(&j), &t.basis_id);
    t.own = arena_printf(cx->arena, "{\"weight\":%lld}", (long long)s->weight);
    return e ? e : share_out(cx, g, x, &t);
}

static struct at_room rows_of(struct gen *g, const struct room_row *room)
{
    struct at_room x = {.room = room};
    x.nassigns = list_of_room(&g->assigns, room->id, &x.assigns);
    x.ntaken = list_of_room(&g->taken, room->id, &x.taken);
    x.nuses = list_of_room(&g->uses, room->id, &x.uses);
    x.nowners = list_of_room(&g->owners, room->id, &x.owners);
    x.nregistered = list_of_room(&g->registered, room->id, &x.registered);
    x.nliable = list_of_room(&g->liable, room->id, &x.liable);
    x.ncharges = list_of_room(&g->charges, room->id, &x.charges);
    x.nparts = list_of_room(&g->parts, room->id, &x.parts);
    x.nvacancies = list_of_room(&g->vacancies, room->id, &x.vacancies);
    x.nvoided = list_of_room(&g->voided, room->id, &x.voided);
    return x;
}

/* The newest voided bill of the same days is what this one stands for. */
static int64_t replaced_by(const struct at_room *x, const struct draft *d)
{
    for (size_t i = 0; i < x->nvoided; i++)
        if (x->voided[i].from == d->from && x->voided[i].to == d->to)
            return x->voided[i].bill_id;
    return 0;
}

enum err billing_rooms(struct ctx *cx, struct gen *g)
{
    enum err e = OK;
    for (size_t k = 0; k < g->nrooms && !e; k++) {
        struct at_room x = rows_of(g, &g->rooms[k]);
        g->ndrafts = 0;
        for (size_t i = 0; i < x.nassigns && !e; i++)
            e = add_assigned(cx, g, &x, &x.assigns[i]);
        for (size_t i = 0; i < x.ncharges && !e; i++)
            e = add_charge(cx, g, &x, &x.charges[i]);
        for (size_t i = 0; i < x.nparts && !e; i++)
            e = add_share(cx, g, &x, &x.parts[i]);
        for (size_t i = 0; i < g->ndrafts && !e; i++) {
            g->draft[i].replaces_id = replaced_by(&x, &g->draft[i]);
            e = g->draft[i].n ? g->bill(cx, g, &g->draft[i]) : OK;
        }
    }
    return e;
}
