/* billing_run.c - bill runs: started, worked off in chunks of rooms to draft bills.
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/id.h"
#include "domain/audit.h"
#include "domain/billing_int.h"
#include "domain/outbox.h"
#include "platform/events.h"
#include "platform/store/store.h"
#include <string.h>

#define RUN_COLUMNS                                                                                                    \
    "id, project_id, maker_id, checker_id, bills, lines, total_fen, skipped, version, created_at, day, state, reason," \
    " only_room_id, bill_day, publish_on"
STMT(q_start, "bill_run.start",
     "INSERT INTO bill_run(id, company_id, project_id, day, state, maker_id, created_at, only_room_id, bill_day)"
     " VALUES ($1, $2, $3, $4, 'generating', $5, $6, $7, $8)");
STMT(q_open, "bill_run.open",
     "SELECT COUNT(*) FROM bill_run WHERE company_id = $1 AND project_id = $2 AND state NOT IN ('published', "
     "'cancelled')");
STMT(q_get, "bill_run.get",
     "SELECT " RUN_COLUMNS " FROM bill_run WHERE id = $1 AND company_id = $2 AND project_id = $3");
STMT(q_list, "bill_run.list",
     "SELECT " RUN_COLUMNS " FROM bill_run WHERE company_id = $1 AND project_id = $2 ORDER BY id DESC LIMIT 100");
STMT(q_work, "bill_run.work",
     "SELECT company_id, project_id, day, state, cursor_room, only_room_id, bill_day FROM bill_run WHERE id "
     "= $1");
STMT(q_working, "bill_run.working",
     "SELECT id FROM bill_run WHERE state IN ('generating', 'publishing') ORDER BY id LIMIT $1");
/* Eight rows a statement: on PostgreSQL a statement is a journey there and back, and there are four rows a room. $1 to $4 are
 * what the rows of a run have in common. */
#define BATCH    8
#define BILL_OWN 12
#define LINE_OWN 13
#define BILL_INTO                                                                                                      \
    "INSERT INTO bill(id, company_id, project_id, room_id, run_id, payer_id, payer_name, room_name, state,"            \
    " period_from, period_to, due_day, amount_fen, late_rated, replaces_id, party_id, created_at) VALUES "
#define BILL_ROW(a, b, c, d, e, f, g, h, i, j, k, l)                                                                   \
    "($" #a ", $1, $2, $" #b ", $3, $" #c ", $" #d ", $" #e ", 'draft', $" #f ", $" #g ", $" #h ", $" #i ", $" #j      \
    ", $" #k ", $" #l ", $4)"
#define LINE_INTO                                                                                                      \
    "INSERT INTO bill_line(bill_id, n, company_id, item_id, room_id, ref_id, basis_id, kind, name, income,"            \
    " period_from, period_to, amount_fen, snapshot) VALUES "
#define LINE_ROW(a, b, c, d, e, f, g, h, i, j, k, l, m)                                                                \
    "($" #a ", $" #b ", $1, $" #c ", $" #d ", $" #e ", $" #f ", $" #g ", $" #h ", $" #i ", $" #j ", $" #k ", $" #l     \
    ", $" #m ")"
STMT(q_bill, "bill.insert", BILL_INTO BILL_ROW(5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16));
/* On PostgreSQL only: SQLite looks through every table that names a bill for each row of such a statement. */
STMT(
    q_bills, "billing.bills_8",
    BILL_INTO BILL_ROW(5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16) ", " BILL_ROW(
        17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27,
        28) ", " BILL_ROW(29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39,
                          40) ", " BILL_ROW(41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51,
                                            52) ", " BILL_ROW(53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63,
                                                              64) ", " BILL_ROW(65, 66, 67, 68, 69, 70, 71, 72, 73, 74,
                                                                                75,
                                                                                76) ", " BILL_ROW(77, 78, 79, 80, 81,
                                                                                                  82,
                                                                                                  83,
                                                                                                  84,
                                                                                                  85,
                                                                                                  86,
                                                                                                  87,
                                                                                                  88) ", " BILL_ROW(89,
                                                                                                                    90,
                                                                                                                    91,
                                                                                                                    92,
                                                                                                                    93,
                                                                                                                    94,
                                                                                                                    95,
                                                                                                                    96,
                                                                                                                    97,
                                                                                                                    98,
                                                                                                                    99,
                                                                                                                    100));
STMT(q_line, "bill_line.insert", LINE_INTO LINE_ROW(2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14));
STMT(
    q_lines, "bill_line.insert_8",
    LINE_INTO LINE_ROW(2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14) ", " LINE_ROW(
        15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26,
        27) ", " LINE_ROW(28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39,
                          40) ", " LINE_ROW(41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52,
                                            53) ", " LINE_ROW(54, 55, 56, 57, 58, 59, 60, 61, 62, 63, 64, 65,
                                                              66) ", " LINE_ROW(67, 68, 69, 70, 71, 72, 73, 74, 75, 76,
                                                                                77, 78,
                                                                                79) ", " LINE_ROW(80, 81, 82, 83, 84,
                                                                                                  85, 86, 87, 88, 89,
                                                                                                  90, 91,
                                                                                                  92) ", " LINE_ROW(93,
                                                                                                                    94,
                                                                                                                    95,
                                                                                                                    96,
                                                                                                                    97,
                                                                                                                    98,
                                                                                                                    99,
                                                                                                                    100,
                                                                                                                    101,
                                                                                                                    102,
                                                                                                                    103,
                                                                                                                    104,
                                                                                                                    105));
STMT(q_charged, "fee_charge.billed",
     "UPDATE fee_charge SET state = 'billed', bill_id = $2 WHERE id = $1 AND state = 'open'");
STMT(q_shared, "fee_share_part.billed",
     "UPDATE fee_share_part SET bill_id = $3 WHERE share_id = $1 AND room_id = $2 AND bill_id = 0");
STMT(q_skip, "bill_skip.add",
     "INSERT INTO bill_skip(run_id, room_id, item_id, company_id, reason) VALUES ($1, $2, $3, $4, $5)"
     " ON CONFLICT (run_id, room_id, item_id) DO NOTHING");
STMT(q_cursor, "bill_run.cursor",
     "UPDATE bill_run SET cursor_room = $2, bills = bills + $3, lines = lines + $4, total_fen = total_fen + $5,"
     " skipped = skipped + $6, state = $7, version = version + 1 WHERE id = $1 AND cursor_room = $8");
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
                           .reason = row_text(cx, r, 12),
                           .only_room_id = row_i64(r, 13),
                           .bill_day = row_i64(r, 14),
                           .publish_on = (int32_t)row_i64(r, 15)};
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
    return bill_run_start_for(cx, day, 0, 0, out);
}

enum err bill_run_start_for(struct ctx *cx, int32_t day, int64_t room_id, int64_t bill_day, struct bill_run *out)
{
    int64_t open = 0, id = id_new();
    if (!clock_day_valid(day))
        return cx_fail(cx, ERR_INVALID, "day", "日期无效", "not a day (yyyymmdd)");
    enum err e = cx_need_project(cx);
    if (!e && room_id)
        e = room_of_project(cx, room_id);
    if (!e)
        e = db_i64(cx, &q_open, ARGS(I64(cx->who.company_id), I64(cx->who.project_id)), &open, NULL);
    if (!e && open)
        e = cx_fail(cx, ERR_STATE, NULL, "还有未完成的批次", "another run of this project is not finished");
    if (!e)
        e = db_exec(cx, &q_start,
                    ARGS(I64(id), I64(cx->who.company_id), I64(cx->who.project_id), I64(day), I64(cx->who.id),
                         I64(cx->now), I64(room_id), I64(bill_day)),
                    NULL);
    if (!e)
        e = audit_add(cx, "bill_run.start", "bill_run", id, NULL, NULL);
    books_tell(cx, cx->who.project_id, "bill_run.status", id, "generating");
    outbox_wake(cx, WAKE_BILLS);
    return e ? e : bill_run_get(cx, id, out);
}

/* ---- generating ---- */

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
    w->only_room_id = row_i64(r, 5);
    w->bill_day = row_i64(r, 6);
    return OK;
}

static enum err put_skip(struct ctx *cx, struct gen *g, int64_t room, int64_t item, const char *reason)
{
    g->w->skipped++;
    return db_exec(cx, &q_skip, ARGS(I64(g->w->id), I64(room), I64(item), I64(g->w->company_id), TXT(reason)), NULL);
}

/* Rows that wait for their statements, in the order of their columns. */
#define WAITING (24 * BATCH)
struct batch {
    const struct stmt *one, *many;
    struct arg common[4], own[WAITING * LINE_OWN];
    size_t ncommon, nown, n;
};
struct batches {
    struct batch bills, lines;
};

static enum err flush(struct ctx *cx, struct batch *b)
{
    struct arg v[4 + BATCH * LINE_OWN];
    enum err e = OK;
    memcpy(v, b->common, b->ncommon * sizeof *v);
    for (size_t i = 0, rows; i < b->n && !e; i += rows) {
        rows = b->many && b->n - i >= BATCH ? BATCH : 1;
        memcpy(v + b->ncommon, b->own + i * b->nown, rows * b->nown * sizeof *v);
        e = db_exec(cx, rows > 1 ? b->many : b->one, (struct args){v, b->ncommon + rows * b->nown}, NULL);
    }
    b->n = 0;
    return e;
}

/* Bills before their lines. */
static enum err flush_all(struct ctx *cx, struct batches *b)
{
    enum err e = flush(cx, &b->bills);
    return e ? e : flush(cx, &b->lines);
}

static enum err put_row(struct ctx *cx, struct batches *all, struct batch *b, const struct arg *own)
{
    enum err e = b->n == WAITING ? flush_all(cx, all) : OK;
    memcpy(b->own + b->n++ * b->nown, own, b->nown * sizeof *own);
    return e;
}

static enum err put_line(struct ctx *cx, const struct gen *g, int64_t bill, size_t n, const struct draft *d)
{
    const struct draft_line *l = &d->line[n];
    struct batches *b = g->arg;
    const struct arg own[LINE_OWN] = {I64(bill),       I64(n + 1),       I64(l->item_id), I64(d->room->id),
                                      I64(l->ref_id),  I64(l->basis_id), TXT(l->kind),    TXT(l->name),
                                      TXT(l->income),  I64(l->from),     I64(l->to),      I64(l->amount_fen),
                                      TXT(l->snapshot)};
    enum err e = put_row(cx, b, &b->lines, own);
    if (e || !l->ref_id || !str_eq(l->kind, "charge")) /* a space is billed every month, charges and shares once */
        return e;
    e = db_exec(cx, &q_charged, ARGS(I64(l->ref_id), I64(bill)), NULL);
    return e ? e : db_exec(cx, &q_shared, ARGS(I64(l->ref_id), I64(d->room->id), I64(bill)), NULL);
}

static enum err put_bill(struct ctx *cx, struct gen *g, const struct draft *d)
{
    struct run_work *w = g->w;
    struct batches *b = g->arg;
    int64_t id = id_new();
    const struct arg own[BILL_OWN] = {
        I64(id),    I64(d->room->id), I64(d->payer_id), TXT(d->payer),      TXT(d->room->name),  I64(d->from),
        I64(d->to), I64(d->due),      I64(d->total),    I64(d->late_rated), I64(d->replaces_id), I64(d->party_id)};
    enum err e = put_row(cx, b, &b->bills, own);
    for (size_t i = 0; i < d->n && !e; i++)
        e = put_line(cx, g, id, i, d);
    w->bills++;
    w->lines += (int64_t)d->n;
    w->total += d->total;
    return e;
}

static enum err generate(struct ctx *cx, struct run_work *w, int64_t max, bool *more)
{
    struct gen *g = arena_alloc(cx->arena, sizeof *g);
    struct batches *b = arena_alloc(cx->arena, sizeof *b);
    const struct arg common[] = {I64(w->company_id), I64(w->project_id), I64(w->id), I64(cx->now)};
    b->bills = (struct batch){
        .one = &q_bill, .many = store_is_pg(cx->store) ? &q_bills : NULL, .ncommon = 4, .nown = BILL_OWN};
    b->lines = (struct batch){.one = &q_line, .many = &q_lines, .ncommon = 1, .nown = LINE_OWN};
    memcpy(b->bills.common, common, sizeof common);
    memcpy(b->lines.common, common, sizeof *common);
    g->w = w;
    g->bill = put_bill;
    g->skip = put_skip;
    g->arg = b;
    enum err e = billing_load(cx, g, max);
    if (!e)
        e = billing_rooms(cx, g);
    if (!e)
        e = flush_all(cx, b);
    *more = (int64_t)g->nrooms == max;
    int64_t last = g->nrooms ? g->rooms[g->nrooms - 1].id : w->cursor;
    if (!e)
        e = db_change_one(cx, &q_cursor,
                          ARGS(I64(w->id), I64(last), I64(w->bills), I64(w->lines), I64(w->total), I64(w->skipped),
                               TXT(*more ? "generating" : "ready"), I64(w->cursor)),
                          ERR_RETRY, "请重试", "somebody else moved the run");
    if (!e && !*more)
        cx_emit(cx, topic_board(cx, w->project_id), "bill_run.ready",
                arena_printf(cx->arena, "{\"run_id\":\"%lld\"}", (long long)w->id));
    return e;
}

int64_t billing_steer(int64_t n, int64_t us, int64_t target_us)
{
    int64_t next = n * target_us / (us > 0 ? us : 1);
    next = next < n / 2 ? n / 2 : next > n * 3 / 2 ? n * 3 / 2 : next;
    return next < 16 ? 16 : next > 4000 ? 4000 : next;
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
    return w->generating ? generate(cx, w, rooms, more) : w->publishing ? billing_publish(cx, w, rooms, more) : OK;
}

enum err bill_runs_working(struct ctx *cx, int64_t *ids, size_t max, size_t *n)
{
    return db_ids(cx, &q_working, ARGS(I64(max)), ids, max, n);
}
