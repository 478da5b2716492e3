/* billing_check.c - preview and oddities. SPDX-License-Identifier: MIT */
#include "domain/billing_check.h"
#include "base/clock.h"
#include "domain/billing_int.h"

#define CHUNK 200

const char *const bill_oddity_name[BILL_ODDITIES] = {"up", "down", "zero", "first", "skipped"};

STMT(q_last, "billing.last_amount",
     "SELECT amount_fen FROM bill_line WHERE company_id = $1 AND room_id = $2 AND item_id = $3 AND ref_id = $4"
     " AND live = 1 AND kind = 'charge' AND period_from < $5 ORDER BY period_from DESC LIMIT 1");
STMT(q_drafts, "billing.draft_lines",
     "SELECT l.bill_id, l.room_id, l.item_id, l.ref_id, l.amount_fen, l.period_from, l.period_to, b.room_name, l.name,"
     " l.kind FROM bill b JOIN bill_line l ON l.bill_id = b.id AND l.live = 1"
     " WHERE b.run_id = $1 AND b.id > $2 ORDER BY b.id, l.n LIMIT $3");
STMT(q_rooms, "billing.run_rooms",
     "SELECT COUNT(*) FROM (SELECT room_id FROM bill WHERE run_id = $1 UNION SELECT room_id FROM bill_skip WHERE"
     " run_id = $1) x");
STMT(q_skips, "billing.skips",
     "SELECT s.room_id, s.item_id, m.full_name, f.name, s.reason FROM bill_skip s JOIN room m ON m.id = s.room_id"
     " JOIN fee_item f ON f.id = s.item_id WHERE s.run_id = $1 ORDER BY s.room_id, s.item_id");

struct looking {
    struct preview *out;
    odd_line_fn *fn;
    void *arg;
    int64_t told;
};

static void tell(struct looking *l, const struct odd_line *o)
{
    l->out->odd[o->what]++;
    if (l->told++ < BILLING_ODD_MAX)
        l->fn(l->arg, o);
}

/* Given amounts come once: what was charged another time says nothing about them. */
static enum err look(struct ctx *cx, struct looking *l, struct odd_line *o, int64_t ref_id, bool recurs)
{
    bool found = false;
    enum err e =
        !recurs
            ? OK
            : db_i64(cx, &q_last,
                     ARGS(I64(cx->who.company_id), I64(o->room_id), I64(o->item_id), I64(ref_id), I64(o->period_from)),
                     &o->last_fen, &found);
    int64_t more = (o->amount_fen - o->last_fen) * 100, bound = o->last_fen * BILLING_ODD_E2;
    bool odd = true;
    if (o->amount_fen == 0)
        o->what = BILL_ZERO;
    else if (recurs && !found)
        o->what = BILL_FIRST;
    else if (found && more > bound)
        o->what = BILL_UP;
    else if (found && -more > bound)
        o->what = BILL_DOWN;
    else
        odd = false;
    if (!e && odd)
        tell(l, o);
    return e;
}

/* ---- a preview: the same code as a run, with other ends ---- */

static enum err preview_bill(struct ctx *cx, struct gen *g, const struct draft *d)
{
    struct looking *l = g->arg;
    enum err e = OK;
    l->out->bills++;
    l->out->lines += (int64_t)d->n;
    l->out->total_fen += d->total;
    for (size_t i = 0; i < d->n && !e; i++) {
        const struct draft_line *x = &d->line[i];
        struct odd_line o = {.room_id = d->room->id,
                             .item_id = x->item_id,
                             .amount_fen = x->amount_fen,
                             .period_from = x->from,
                             .period_to = x->to,
                             .room = d->room->name,
                             .item = x->name};
        if (str_eq(x->kind, "charge"))
            e = look(cx, l, &o, x->ref_id, x->from < x->to);
    }
    return e;
}

static enum err preview_skip(struct ctx *cx, struct gen *g, int64_t room, int64_t item, const char *reason)
{
    struct looking *l = g->arg;
    struct odd_line o = {
        .room_id = room, .item_id = item, .reason = reason, .what = BILL_SKIPPED, .room = "", .item = ""};
    (void)cx;
    for (size_t i = 0; i < g->nrooms; i++)
        o.room = g->rooms[i].id == room ? g->rooms[i].name : o.room;
    for (size_t i = 0; i < g->nitems; i++)
        o.item = g->items[i].f.id == item ? g->items[i].f.name : o.item;
    l->out->skipped++;
    tell(l, &o);
    return OK;
}

/* A chunk in memory of its own: what it needs dies with it, what was told has been copied by then. */
static enum err preview_chunk(struct ctx *cx, struct run_work *w, struct looking *l, bool *more)
{
    struct ctx own = *cx;
    own.arena = arena_new(0);
    struct gen *g = arena_alloc(own.arena, sizeof *g);
    g->w = w;
    g->dry = true;
    g->bill = preview_bill;
    g->skip = preview_skip;
    g->arg = l;
    enum err e = billing_load(&own, g, CHUNK);
    if (!e)
        e = billing_rooms(&own, g);
    *more = g->nrooms == CHUNK;
    l->out->rooms += (int64_t)g->nrooms;
    if (g->nrooms)
        w->cursor = g->rooms[g->nrooms - 1].id;
    if (e)
        (void)cx_fail(cx, e, arena_strdup(cx->arena, own.why.field), "%s", "%s",
                      cx->english ? (own.why.en ? own.why.en : "") : (own.why.zh ? own.why.zh : ""));
    arena_free(own.arena);
    return e;
}

enum err billing_preview(struct ctx *cx, int32_t day, int64_t room_id, struct preview *out, odd_line_fn *fn, void *arg)
{
    struct looking l = {.out = out, .fn = fn, .arg = arg};
    struct run_work w = {
        .company_id = cx->who.company_id, .project_id = cx->who.project_id, .day = day, .only_room_id = room_id};
    bool more = true;
    *out = (struct preview){0};
    if (!clock_day_valid(day))
        return cx_fail(cx, ERR_INVALID, "day", "日期无效", "not a day (yyyymmdd)");
    enum err e = cx_need_project(cx);
    if (!e && room_id)
        e = room_of_project(cx, room_id);
    while (!e && more)
        e = preview_chunk(cx, &w, &l, &more);
    return e;
}

/* ---- a run's drafts ---- */

struct line_row {
    struct odd_line o;
    int64_t ref_id;
    bool charge; /* a discount has nothing to be compared with */
};
struct lines {
    struct line_row *v;
    size_t n;
};

static enum err on_line(struct ctx *cx, const struct row *r, void *out)
{
    struct lines *l = out;
    l->v[l->n++] = (struct line_row){
        .o = {.bill_id = row_i64(r, 0),
              .room_id = row_i64(r, 1),
              .item_id = row_i64(r, 2),
              .amount_fen = row_i64(r, 4),
              .period_from = (int32_t)row_i64(r, 5),
              .period_to = (int32_t)row_i64(r, 6),
              .room = row_text(cx, r, 7),
              .item = row_text(cx, r, 8)},
        .ref_id = row_i64(r, 3),
        .charge = str_eq(row_text(cx, r, 9), "charge")
    };
    return OK;
}

static enum err on_skip(struct ctx *cx, const struct row *r, void *out)
{
    struct looking *l = out;
    struct odd_line o = {.room_id = row_i64(r, 0),
                         .item_id = row_i64(r, 1),
                         .room = row_text(cx, r, 2),
                         .item = row_text(cx, r, 3),
                         .reason = row_text(cx, r, 4),
                         .what = BILL_SKIPPED};
    l->out->skipped++;
    tell(l, &o);
    return OK;
}

/* A page of whole bills: of the last one only what fits is certain, so it is left to the next page. */
static enum err oddities_page(struct ctx *cx, int64_t run_id, struct looking *l, int64_t *after, bool *more)
{
    enum { PAGE = 2000 };
    struct ctx own = *cx;
    own.arena = arena_new(0);
    struct lines p = {arena_alloc(own.arena, PAGE * sizeof *p.v), 0};
    enum err e = db_each(&own, &q_drafts, ARGS(I64(run_id), I64(*after), I64(PAGE)), on_line, &p);
    *more = p.n == PAGE;
    int64_t cut = *more ? p.v[p.n - 1].o.bill_id : 0;
    for (size_t i = 0; i < p.n && !e && p.v[i].o.bill_id != cut; i++) {
        struct odd_line *o = &p.v[i].o;
        l->out->bills += *after != o->bill_id;
        l->out->lines++;
        l->out->total_fen += o->amount_fen;
        *after = o->bill_id;
        if (p.v[i].charge)
            e = look(&own, l, o, p.v[i].ref_id, o->period_from < o->period_to);
    }
    arena_free(own.arena);
    return e;
}

enum err billing_oddities(struct ctx *cx, int64_t run_id, struct preview *out, odd_line_fn *fn, void *arg)
{
    struct looking l = {.out = out, .fn = fn, .arg = arg};
    struct bill_run run;
    bool more = true;
    int64_t after = 0;
    *out = (struct preview){0};
    enum err e = bill_run_get(cx, run_id, &run);
    if (!e)
        e = db_i64(cx, &q_rooms, ARGS(I64(run_id)), &out->rooms, NULL);
    while (!e && more)
        e = oddities_page(cx, run_id, &l, &after, &more);
    return e ? e : db_each(cx, &q_skips, ARGS(I64(run_id)), on_skip, &l);
}
