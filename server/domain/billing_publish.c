/* billing_publish.c - approved drafts become bills that are owed: booked, dated, told to their payers.
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "domain/billing_int.h"
#include "domain/ledger.h"
#include "domain/outbox.h"
#include "platform/events.h"

STMT(q_drafts, "bill_run.drafts",
     "SELECT " BILL_COLUMNS BILL_FROM
     " WHERE b.run_id = $1 AND b.state = 'draft' AND b.id > $2 ORDER BY b.id LIMIT $3");
STMT(q_publish, "bill.publish",
     "UPDATE bill SET state = CASE WHEN amount_fen = 0 THEN 'paid' ELSE 'published' END, published_at = $2, due_day = "
     "$3, late_day = $3, version = version + 1"
     " WHERE id = $1 AND state = 'draft'");
STMT(
    q_incomes, "bill.incomes",
    "SELECT income, CAST(SUM(amount_fen) AS BIGINT) FROM bill_line WHERE bill_id = $1 GROUP BY income ORDER BY income");

STMT(q_prepaid, "bill.prepaid",
     "SELECT CAST(COALESCE(SUM(debit_fen - credit_fen), 0) AS BIGINT) FROM ledger_line WHERE company_id = $1"
     " AND project_id = $2 AND account = 'prepaid' AND party_id = $3");
STMT(q_floor, "bill_run.due_floor",
     "SELECT due_floor_days FROM billing_setting WHERE company_id = $1 AND project_id = $2");
STMT(q_cursor, "bill_run.published",
     "UPDATE bill_run SET cursor_room = $2, state = $3, version = version + 1 WHERE id = $1 AND cursor_room = $4"
     " AND state = 'publishing'");

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
    struct ledger_line l[6];
    size_t n;
    int64_t room_id;
};

static enum err on_income(struct ctx *cx, const struct row *r, void *out)
{
    struct incomes *i = out;
    int account = str_index(ledger_account_name, LA_COUNT, row_text(cx, r, 0));
    if (account < 0 || i->n == COUNT(i->l))
        return ERR_INTERNAL;
    int64_t fen = row_i64(r, 1);
    int64_t party = account == LA_DEPOSITS ? i->room_id : 0; /* whose deposit it is */
    i->l[i->n++] = fen < 0 ? DR(account, party, -fen) : CR(account, party, fen);
    return OK;
}

static int32_t due_of(const struct bill *b, int32_t floor)
{
    return b->due_day > floor ? b->due_day : floor;
}

enum err bill_book(struct ctx *cx, const struct bill *b, int32_t floor)
{
    struct incomes in = {.n = 1, .room_id = b->room_id};
    int64_t entry = 0, prepaid = 0;
    bool moves = false;
    enum err e = db_change_one(cx, &q_publish, ARGS(I64(b->id), I64(cx->now), I64(due_of(b, floor))), ERR_RETRY,
                               "请重试", "published meanwhile");
    if (!e)
        e = db_each(cx, &q_incomes, ARGS(I64(b->id)), on_income, &in);
    in.l[0] = DR(LA_RECEIVABLE, b->room_id, b->amount_fen);
    for (size_t i = 0; i < in.n; i++)
        moves |= in.l[i].debit_fen || in.l[i].credit_fen;
    struct ledger_entry entry_of = {
        .project_id = b->project_id, .ref_id = b->id, .day = clock_day(cx->now), .kind = "publish", .ref_kind = "bill"};
    if (!e && moves)
        e = ledger_post(cx, &entry_of, in.l, in.n, &entry);
    if (!e)
        e = db_i64(cx, &q_prepaid, ARGS(I64(cx->who.company_id), I64(b->project_id), I64(b->room_id)), &prepaid, NULL);
    if (!e && prepaid < 0) /* a credit: it pays by itself */
        e = outbox_add(cx, "room.prepaid", b->room_id, 0, b->project_id, NULL);
    return e;
}

enum err bill_publish(struct ctx *cx, const struct bill *b, int32_t floor)
{
    enum err e = bill_book(cx, b, floor);
    if (!e && b->payer_id)
        cx_emit(cx, topic_user(cx, b->payer_id), "bill.published",
                arena_printf(cx->arena,
                             "{\"bill_id\":\"%lld\",\"room_id\":\"%lld\",\"amount_fen\":%lld,\"due_day\":%d}",
                             (long long)b->id, (long long)b->room_id, (long long)b->amount_fen, due_of(b, floor)));
    return e;
}

enum err billing_publish(struct ctx *cx, struct run_work *w, int64_t max, bool *more)
{
    struct drafts l = {arena_alloc(cx->arena, (size_t)max * sizeof *l.v), 0};
    int64_t floor = 0;
    bool set = false;
    enum err e = db_i64(cx, &q_floor, ARGS(I64(w->company_id), I64(w->project_id)), &floor, &set);
    int32_t earliest = clock_day_add(clock_day(cx->now), set ? (int)floor : BILLING_DUE_FLOOR);
    if (!e)
        e = db_each(cx, &q_drafts, ARGS(I64(w->id), I64(w->cursor), I64(max)), on_draft, &l);
    for (size_t i = 0; i < l.n && !e; i++)
        e = bill_publish(cx, &l.v[i], earliest);
    *more = (int64_t)l.n == max;
    if (!e)
        e = db_change_one(cx, &q_cursor,
                          ARGS(I64(w->id), I64(l.n ? l.v[l.n - 1].id : w->cursor),
                               TXT(*more ? "publishing" : "published"), I64(w->cursor)),
                          ERR_RETRY, "请重试", "somebody else moved the run");
    if (!e && !*more)
        books_tell(cx, w->project_id, "bill_run.status", w->id, "published");
    return e || *more ? e : outbox_add(cx, BILLING_TELL, w->id, 0, w->project_id, NULL);
}
