/* billing_run.c - a bill run: chunks of rooms to draft bills, review by two people, chunks of bills to published ones.
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "domain/audit.h"
#include "domain/billing_int.h"
#include "domain/ledger.h"
#include "domain/outbox.h"
#include "platform/events.h"
#include <string.h>

#define MAX_ITEMS 64
#define MAX_LINES 64

#define RUN_COLUMNS                                                                                                    \
    "id, project_id, maker_id, checker_id, bills, lines, total_fen, skipped, version, created_at, day, state, reason"
STMT(q_start, "bill_run.start",
     "INSERT INTO bill_run(id, company_id, project_id, day, state, maker_id, created_at)"
     " VALUES ($1, $2, $3, $4, 'generating', $5, $6)");
STMT(q_open, "bill_run.open",
     "SELECT COUNT(*) FROM bill_run WHERE company_id = $1 AND project_id = $2 AND state NOT IN ('published', "
     "'cancelled')");
STMT(q_get, "bill_run.get",
     "SELECT " RUN_COLUMNS " FROM bill_run WHERE id = $1 AND company_id = $2 AND project_id = $3");
STMT(q_list, "bill_run.list",
     "SELECT " RUN_COLUMNS " FROM bill_run WHERE company_id = $1 AND project_id = $2 ORDER BY id DESC LIMIT 100");
STMT(q_work, "bill_run.work",
     "SELECT company_id, project_id, day, state, cursor_room, maker_id FROM bill_run WHERE id = $1");
STMT(q_working, "bill_run.working",
     "SELECT id FROM bill_run WHERE state IN ('generating', 'publishing') ORDER BY id LIMIT $1");
STMT(q_rooms, "bill_run.rooms",
     "SELECT m.id, m.full_name, m.area_e4, (SELECT b.account_id FROM binding b WHERE b.room_id = m.id AND b.role = "
     "'owner'"
     " AND b.state = 'active' ORDER BY b.changed_at DESC, b.id LIMIT 1) FROM room m"
     " WHERE m.company_id = $1 AND m.project_id = $2 AND m.id > $3 ORDER BY m.id LIMIT $4");
STMT(q_assigns, "bill_run.assigns",
     "SELECT a.item_id, a.from_day, a.to_day, a.coefficient_e4 FROM fee_assign a JOIN fee_item f ON f.id = a.item_id"
     " WHERE a.company_id = $1 AND a.project_id = $2 AND a.room_id = $3 AND f.enabled = 1 ORDER BY a.item_id, "
     "a.from_day");
STMT(q_price_at, "bill_run.price",
     "SELECT price_e4, tiers FROM fee_price WHERE item_id = $1 AND from_day <= $2 ORDER BY from_day DESC LIMIT 1");
STMT(q_taken, "bill_run.taken",
     "SELECT COUNT(*) FROM bill_line WHERE company_id = $1 AND item_id = $2 AND room_id = $3 AND live = 1"
     " AND period_from <= $5 AND period_to >= $4");
STMT(q_usage, "bill_run.usage",
     "SELECT CAST(COALESCE(SUM(r.usage_e3), 0) AS BIGINT), COUNT(*) FROM meter_reading r JOIN meter t ON t.id = "
     "r.meter_id"
     " WHERE t.company_id = $1 AND t.item_id = $2 AND t.room_id = $3 AND r.day >= $4 AND r.day <= $5 AND r.day > "
     "t.from_day");
STMT(q_name, "bill_run.payer_name", "SELECT name FROM account WHERE id = $1");
STMT(
    q_bill, "bill.insert",
    "INSERT INTO bill(id, company_id, project_id, room_id, run_id, payer_id, payer_name, room_name, state, period_from,"
    " period_to, due_day, amount_fen, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'draft', $9, $10, $11, $12, "
    "$13)");
STMT(q_line, "bill_line.insert",
     "INSERT INTO bill_line(bill_id, n, company_id, item_id, room_id, name, income, period_from, period_to, amount_fen,"
     " snapshot) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)");
STMT(q_skip, "bill_skip.add",
     "INSERT INTO bill_skip(run_id, room_id, item_id, company_id, reason) VALUES ($1, $2, $3, $4, $5)"
     " ON CONFLICT (run_id, room_id, item_id) DO NOTHING");
STMT(q_cursor, "bill_run.cursor",
     "UPDATE bill_run SET cursor_room = $2, bills = bills + $3, lines = lines + $4, total_fen = total_fen + $5,"
     " skipped = skipped + $6, state = $7, version = version + 1 WHERE id = $1 AND cursor_room = $8");
STMT(q_drafts, "bill_run.drafts",
     "SELECT " BILL_COLUMNS BILL_FROM
     " WHERE b.run_id = $1 AND b.state = 'draft' AND b.id > $2 ORDER BY b.id LIMIT $3");
STMT(q_publish, "bill.publish",
     "UPDATE bill SET state = 'published', published_at = $2, version = version + 1 WHERE id = $1 AND state = 'draft'");
STMT(
    q_incomes, "bill.incomes",
    "SELECT income, CAST(SUM(amount_fen) AS BIGINT) FROM bill_line WHERE bill_id = $1 GROUP BY income ORDER BY income");

static enum err run_row(struct ctx *cx, const struct row *r, void *out)
{
    struct bill_run *b = out;
    *b = (struct bill_run){.id = row_i64(r, 0),
                           .project_id = row_i64(r, 1),
                           .maker_id = row_i64(r, 2),
                           .checker_id = row_i64(r, 3),
                           .bills = row_i64(r, 4),
                           .lines = row_i64(r, 5),
                           .total_fen = row_i64(r, 6),
                           .skipped = row_i64(r, 7),
                           .version = row_i64(r, 8),
                           .created_at = row_i64(r, 9),
                           .day = (int32_t)row_i64(r, 10),
                           .state = row_text(cx, r, 11),
                           .reason = row_text(cx, r, 12)};
    return OK;
}

enum err bill_run_get(struct ctx *cx, int64_t run_id, struct bill_run *out)
{
    enum err e = db_one(cx, &q_get, ARGS(I64(run_id), I64(cx->who.company_id), I64(cx->who.project_id)), run_row, out);
    return e == ERR_NOT_FOUND ? cx_fail(cx, e, "id", "批次不存在", "no such run") : e;
}

struct runs {
    bill_run_fn *fn;
    void *arg;
};

static enum err on_run(struct ctx *cx, const struct row *r, void *out)
{
    struct runs *l = out;
    struct bill_run b;
    enum err e = run_row(cx, r, &b);
    l->fn(l->arg, &b);
    return e;
}

enum err bill_run_list(struct ctx *cx, bill_run_fn *fn, void *arg)
{
    struct runs l = {fn, arg};
    return db_each(cx, &q_list, ARGS(I64(cx->who.company_id), I64(cx->who.project_id)), on_run, &l);
}

enum err bill_run_start(struct ctx *cx, int32_t day, struct bill_run *out)
{
    int64_t open = 0, id = id_new();
    if (!clock_day_valid(day))
        return cx_fail(cx, ERR_INVALID, "day", "日期无效", "not a day (yyyymmdd)");
    if (!cx->who.project_id)
        return cx_fail(cx, ERR_INVALID, NULL, "请先选择项目", "choose a project first");
    enum err e = db_i64(cx, &q_open, ARGS(I64(cx->who.company_id), I64(cx->who.project_id)), &open, NULL);
    if (!e && open)
        e = cx_fail(cx, ERR_STATE, NULL, "还有未完成的批次", "another run of this project is not finished");
    if (!e)
        e = db_exec(
            cx, &q_start,
            ARGS(I64(id), I64(cx->who.company_id), I64(cx->who.project_id), I64(day), I64(cx->who.id), I64(cx->now)),
            NULL);
    if (!e)
        e = audit_add(cx, "bill_run.start", "bill_run", id, NULL, NULL);
    outbox_wake(cx);
    return e ? e : bill_run_get(cx, id, out);
}

/* ---- generating ---- */

struct run_work {
    int64_t id, company_id, project_id, cursor, maker_id;
    int32_t day;
    bool generating, publishing;
    int64_t bills, lines, total, skipped;
    struct fee_item items[MAX_ITEMS];
    size_t nitems;
};
struct room_row {
    int64_t id, area_e4, payer_id;
    const char *name;
};
struct rooms {
    struct room_row *v;
    size_t n;
};
struct assign {
    int64_t item_id, coefficient_e4;
    int32_t from, to;
};
struct assigns {
    struct assign v[MAX_LINES];
    size_t n;
};

static enum err on_work(struct ctx *cx, const struct row *r, void *out)
{
    struct run_work *w = out;
    w->company_id = row_i64(r, 0);
    w->project_id = row_i64(r, 1);
    w->day = (int32_t)row_i64(r, 2);
    const char *state = row_text(cx, r, 3);
    w->generating = str_eq(state, "generating");
    w->publishing = str_eq(state, "publishing");
    w->cursor = row_i64(r, 4);
    w->maker_id = row_i64(r, 5);
    return OK;
}

static void on_item(void *arg, const struct fee_item *f)
{
    struct run_work *w = arg;
    if (w->nitems < MAX_ITEMS && f->enabled)
        w->items[w->nitems++] = *f;
}

static enum err on_room(struct ctx *cx, const struct row *r, void *out)
{
    struct rooms *l = out;
    l->v[l->n++] = (struct room_row){
        .id = row_i64(r, 0), .name = row_text(cx, r, 1), .area_e4 = row_i64(r, 2), .payer_id = row_i64(r, 3)};
    return OK;
}

static enum err on_assign(struct ctx *cx, const struct row *r, void *out)
{
    struct assigns *l = out;
    (void)cx;
    if (l->n < MAX_LINES)
        l->v[l->n++] = (struct assign){row_i64(r, 0), row_i64(r, 3), (int32_t)row_i64(r, 1), (int32_t)row_i64(r, 2)};
    return OK;
}

/* The period a run on `day` bills: the one just over, or, paid in advance, the one that contains the day. */
static struct period billed_period(const struct fee_item *f, const struct assign *a, int32_t day)
{
    struct period now = fee_period((enum fee_cycle)f->cycle, a->from, day);
    return f->in_advance ? now : fee_period((enum fee_cycle)f->cycle, a->from, clock_day_add(now.from, -1));
}

struct priced {
    int64_t price_e4;
    const char *tiers;
    bool found;
};

static enum err on_price(struct ctx *cx, const struct row *r, void *out)
{
    struct priced *p = out;
    *p = (struct priced){row_i64(r, 0), row_text(cx, r, 1), true};
    return OK;
}

static enum err load_price(struct ctx *cx, struct line_input *in)
{
    struct priced p = {0};
    enum err e = db_one(cx, &q_price_at, ARGS(I64(in->item->id), I64(in->period.from)), on_price, &p);
    if (e && e != ERR_NOT_FOUND)
        return e;
    in->has_price = p.found;
    in->price_e4 = p.price_e4;
    const struct json *list = str_empty(p.tiers) ? NULL : json_parse(cx->arena, p.tiers, strlen(p.tiers)), *x;
    struct tier *t = arena_alloc(cx->arena, 16 * sizeof *t);
    for (size_t i = 0; list && i < 16 && (x = json_at(list, i)); i++) {
        if (!json_i64(x, "upto_e3", &t[i].upto_e3) || !json_i64(x, "price_e4", &t[i].price_e4))
            return ERR_INTERNAL;
        in->ntiers = i + 1;
    }
    in->tiers = t;
    return OK;
}

static enum err on_usage(struct ctx *cx, const struct row *r, void *out)
{
    int64_t *two = out;
    (void)cx;
    two[0] = row_i64(r, 0);
    two[1] = row_i64(r, 1);
    return OK;
}

/* Readings taken from the day after the period began up to the day after it ended: monthly readings fall on either. */
static enum err load_usage(struct ctx *cx, int64_t room_id, struct line_input *in)
{
    int64_t use[2] = {0, 0}, before[2] = {0, 0};
    int32_t year = in->period.from / 10000 * 10000 + 101;
    if (in->item->kind != FEE_METERED && in->item->kind != FEE_TIERED && in->item->kind != FEE_FORMULA)
        return OK;
    enum err e = db_one(cx, &q_usage,
                        ARGS(I64(cx->who.company_id), I64(in->item->id), I64(room_id),
                             I64(clock_day_add(in->period.from, 1)), I64(clock_day_add(in->period.to, 1))),
                        on_usage, use);
    if (!e && in->item->kind == FEE_TIERED)
        e = db_one(cx, &q_usage,
                   ARGS(I64(cx->who.company_id), I64(in->item->id), I64(room_id), I64(clock_day_add(year, 1)),
                        I64(in->period.from)),
                   on_usage, before);
    in->usage_e3 = use[0];
    in->has_usage = use[1] > 0;
    in->used_before_e3 = before[0];
    return e;
}

struct draft {
    struct bill_line line[MAX_LINES];
    const char *income[MAX_LINES];
    size_t n;
    int64_t total;
    int32_t from, to, due;
};

static enum err skip(struct ctx *cx, struct run_work *w, int64_t room, int64_t item, const char *reason)
{
    w->skipped++;
    return db_exec(cx, &q_skip, ARGS(I64(w->id), I64(room), I64(item), I64(w->company_id), TXT(reason)), NULL);
}

static enum err add_line(struct ctx *cx, struct run_work *w, const struct room_row *room, const struct assign *a,
                         const struct fee_item *f, struct draft *d)
{
    struct line_input in = {
        .item = f, .area_e4 = room->area_e4, .inner_area_e4 = 0, .coefficient_e4 = a->coefficient_e4};
    struct bill_line *l = &d->line[d->n];
    struct why why = {0};
    int64_t taken = 0;
    in.period = period_cut(billed_period(f, a, w->day), a->from, a->to);
    if (in.period.from > in.period.to) /* not liable in that period: nothing to tell */
        return OK;
    enum err e = db_i64(cx, &q_taken,
                        ARGS(I64(w->company_id), I64(f->id), I64(room->id), I64(in.period.from), I64(in.period.to)),
                        &taken, NULL);
    if (e || taken) /* billed already: a rerun fills gaps only */
        return e;
    e = load_price(cx, &in);
    if (!e)
        e = load_usage(cx, room->id, &in);
    if (e)
        return e;
    if (!billing_line(cx->arena, &in, &l->amount_fen, &l->snapshot, &why))
        return skip(cx, w, room->id, f->id, why.zh);
    l->item_id = f->id;
    l->name = f->name;
    l->period_from = in.period.from;
    l->period_to = in.period.to;
    d->income[d->n++] = fee_income_name[f->income];
    d->total += l->amount_fen;
    int32_t due = clock_day_add(clock_day(cx->now), (int)f->due_days);
    d->due = d->due && d->due < due ? d->due : due;
    d->from = d->from && d->from < in.period.from ? d->from : in.period.from;
    d->to = d->to > in.period.to ? d->to : in.period.to;
    return OK;
}

static enum err on_text(struct ctx *cx, const struct row *r, void *out)
{
    *(const char **)out = row_text(cx, r, 0);
    return OK;
}

static enum err put_bill(struct ctx *cx, struct run_work *w, const struct room_row *room, const struct draft *d)
{
    const char *payer = "";
    int64_t id = id_new();
    enum err e = OK;
    if (room->payer_id)
        e = db_one(cx, &q_name, ARGS(I64(room->payer_id)), on_text, &payer);
    if (!e)
        e = db_exec(cx, &q_bill,
                    ARGS(I64(id), I64(w->company_id), I64(w->project_id), I64(room->id), I64(w->id),
                         I64(room->payer_id), TXT(payer), TXT(room->name), I64(d->from), I64(d->to), I64(d->due),
                         I64(d->total), I64(cx->now)),
                    NULL);
    for (size_t i = 0; i < d->n && !e; i++)
        e = db_exec(cx, &q_line,
                    ARGS(I64(id), I64(i + 1), I64(w->company_id), I64(d->line[i].item_id), I64(room->id),
                         TXT(d->line[i].name), TXT(d->income[i]), I64(d->line[i].period_from),
                         I64(d->line[i].period_to), I64(d->line[i].amount_fen), TXT(d->line[i].snapshot)),
                    NULL);
    w->bills++;
    w->lines += (int64_t)d->n;
    w->total += d->total;
    return e;
}

static enum err bill_room(struct ctx *cx, struct run_work *w, const struct room_row *room)
{
    struct assigns a = {.n = 0};
    struct draft *d = arena_alloc(cx->arena, sizeof *d);
    enum err e = db_each(cx, &q_assigns, ARGS(I64(w->company_id), I64(w->project_id), I64(room->id)), on_assign, &a);
    for (size_t i = 0; i < a.n && !e; i++)
        for (size_t k = 0; k < w->nitems && !e && d->n < MAX_LINES; k++)
            if (w->items[k].id == a.v[i].item_id)
                e = add_line(cx, w, room, &a.v[i], &w->items[k], d);
    return e || !d->n ? e : put_bill(cx, w, room, d);
}

static enum err generate(struct ctx *cx, struct run_work *w, int64_t max, bool *more)
{
    struct rooms l = {arena_alloc(cx->arena, (size_t)max * sizeof *l.v), 0};
    enum err e = fee_item_list(cx, on_item, w);
    if (!e)
        e = db_each(cx, &q_rooms, ARGS(I64(w->company_id), I64(w->project_id), I64(w->cursor), I64(max)), on_room, &l);
    for (size_t i = 0; i < l.n && !e; i++)
        e = bill_room(cx, w, &l.v[i]);
    *more = (int64_t)l.n == max;
    if (!e)
        e = db_change_one(cx, &q_cursor,
                          ARGS(I64(w->id), I64(l.n ? l.v[l.n - 1].id : w->cursor), I64(w->bills), I64(w->lines),
                               I64(w->total), I64(w->skipped), TXT(*more ? "generating" : "ready"), I64(w->cursor)),
                          ERR_RETRY, "请重试", "somebody else moved the run");
    if (!e && !*more)
        cx_emit(cx, topic_board(cx, w->project_id), "bill_run.ready",
                arena_printf(cx->arena, "{\"run_id\":\"%lld\"}", (long long)w->id));
    return e;
}

/* ---- publishing ---- */

struct drafts {
    struct bill *v;
    size_t n;
};

static enum err on_draft(struct ctx *cx, const struct row *r, void *out)
{
    struct drafts *l = out;
    return bill_row(cx, r, &l->v[l->n++]);
}

struct incomes {
    struct ledger_line l[4];
    size_t n;
};

static enum err on_income(struct ctx *cx, const struct row *r, void *out)
{
    struct incomes *i = out;
    int account = str_index(ledger_account_name, LA_COUNT, row_text(cx, r, 0));
    if (account < 0 || i->n == COUNT(i->l))
        return ERR_INTERNAL;
    i->l[i->n++] = CR(account, 0, row_i64(r, 1));
    return OK;
}

static enum err publish_bill(struct ctx *cx, const struct bill *b)
{
    struct incomes in = {.n = 1};
    int64_t entry = 0;
    enum err e =
        db_change_one(cx, &q_publish, ARGS(I64(b->id), I64(cx->now)), ERR_RETRY, "请重试", "published meanwhile");
    if (!e)
        e = db_each(cx, &q_incomes, ARGS(I64(b->id)), on_income, &in);
    in.l[0] = DR(LA_RECEIVABLE, b->room_id, b->amount_fen);
    struct ledger_entry entry_of = {
        .project_id = b->project_id, .ref_id = b->id, .day = clock_day(cx->now), .kind = "publish", .ref_kind = "bill"};
    if (!e && b->amount_fen)
        e = ledger_post(cx, &entry_of, in.l, in.n, &entry);
    if (!e && b->payer_id)
        cx_emit(cx, topic_user(cx, b->payer_id), "bill.published",
                arena_printf(cx->arena,
                             "{\"bill_id\":\"%lld\",\"room_id\":\"%lld\",\"amount_fen\":%lld,\"due_day\":%d}",
                             (long long)b->id, (long long)b->room_id, (long long)b->amount_fen, b->due_day));
    return e;
}

static enum err publish(struct ctx *cx, struct run_work *w, int64_t max, bool *more)
{
    struct drafts l = {arena_alloc(cx->arena, (size_t)max * sizeof *l.v), 0};
    enum err e = db_each(cx, &q_drafts, ARGS(I64(w->id), I64(w->cursor), I64(max)), on_draft, &l);
    for (size_t i = 0; i < l.n && !e; i++)
        e = publish_bill(cx, &l.v[i]);
    *more = (int64_t)l.n == max;
    if (!e)
        e = db_change_one(cx, &q_cursor,
                          ARGS(I64(w->id), I64(l.n ? l.v[l.n - 1].id : w->cursor), I64(0), I64(0), I64(0), I64(0),
                               TXT(*more ? "publishing" : "published"), I64(w->cursor)),
                          ERR_RETRY, "请重试", "somebody else moved the run");
    return e;
}

enum err billing_step(struct ctx *cx, int64_t run_id, int64_t rooms, bool *more)
{
    struct run_work *w = arena_alloc(cx->arena, sizeof *w);
    w->id = run_id;
    *more = false;
    enum err e = db_one(cx, &q_work, ARGS(I64(run_id)), on_work, w);
    if (e)
        return e == ERR_NOT_FOUND ? OK : e;
    cx->who = (struct actor){.company_id = w->company_id, .project_id = w->project_id};
    return w->generating ? generate(cx, w, rooms, more) : w->publishing ? publish(cx, w, rooms, more) : OK;
}

struct ids {
    int64_t *v;
    size_t n, max;
};

static enum err on_id(struct ctx *cx, const struct row *r, void *out)
{
    struct ids *l = out;
    (void)cx;
    if (l->n < l->max)
        l->v[l->n++] = row_i64(r, 0);
    return OK;
}

enum err bill_runs_working(struct ctx *cx, int64_t *ids, size_t max, size_t *n)
{
    struct ids l = {ids, 0, max};
    enum err e = db_each(cx, &q_working, ARGS(I64(max)), on_id, &l);
    *n = l.n;
    return e;
}
