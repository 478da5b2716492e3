/* fin_report.c - what the reports share: groups, names, projects; and receivables with their age.
 * SPDX-License-Identifier: MIT */
#include "domain/fin_report.h"
#include "base/clock.h"
#include "base/money.h"
#include "domain/auth.h"
#include "domain/estate.h"
#include "domain/fin_report_int.h"
#include "domain/ledger.h"
#include "domain/receipt.h"
#include <stdlib.h>
#include <string.h>

const char *const report_by_name[REPORT_BYS] = {"project", "building", "item", "month", "payer"};
const char *const report_age_name[REPORT_AGES] = {"not_due", "d30", "d90", "d180", "d365", "older"};

STMT(q_lines, "fin_report.lines",
     "SELECT b.id, b.room_id, r.building_id, b.payer_id, b.due_day, CAST(COALESCE((SELECT SUM(w.amount_fen)"
     " FROM fee_request w WHERE w.bill_id = b.id AND w.bill_id > 0 AND w.kind = 'write_off' AND w.state = 'approved'"
     " AND w.day <= $3), 0) AS BIGINT),"
     " l.item_id, l.period_from, l.period_to, l.amount_fen + CAST(COALESCE((SELECT SUM(q.amount_fen) FROM fee_request q"
     " WHERE q.bill_id = b.id AND q.bill_id > 0 AND q.line_n = l.n AND q.kind = 'adjust' AND q.state = 'approved' AND "
     "q.day <= $3), 0)"
     " AS BIGINT),"
     " CAST((SELECT COALESCE(SUM(x.amount_fen), 0) FROM payment_bill x JOIN payment p ON p.id = x.payment_id"
     " WHERE x.bill_id = b.id AND p.day <= $3 AND (p.state = 'taken' OR p.voided_at >= $4)) - (SELECT"
     " COALESCE(SUM(y.amount_fen), 0) FROM refund_bill y JOIN refund f ON f.id = y.refund_id JOIN ledger_entry g"
     " ON g.id = f.entry_id WHERE y.bill_id = b.id AND f.state = 'success' AND g.day <= $3) AS BIGINT),"
     " CAST((SELECT COALESCE(SUM(x.late_fen), 0) FROM payment_bill x JOIN payment p ON p.id = x.payment_id"
     " WHERE x.bill_id = b.id AND p.day <= $3 AND (p.state = 'taken' OR p.voided_at >= $4)) - (SELECT"
     " COALESCE(SUM(y.late_fen), 0) FROM refund_bill y JOIN refund f ON f.id = y.refund_id JOIN ledger_entry g"
     " ON g.id = f.entry_id WHERE y.bill_id = b.id AND f.state = 'success' AND g.day <= $3) AS BIGINT)"
     " FROM ledger_entry e JOIN bill b ON b.id = e.ref_id JOIN bill_line l ON l.bill_id = b.id"
     " AND l.kind <> 'adjust' JOIN room r ON r.id = b.room_id WHERE e.company_id = $1 AND e.project_id = $2 AND e.kind "
     "= 'publish'"
     " AND e.ref_kind = 'bill' AND e.day <= $3 AND NOT EXISTS (SELECT 1 FROM ledger_entry v WHERE v.company_id = $1"
     " AND v.kind = 'void' AND v.ref_kind = 'bill' AND v.ref_id = b.id AND v.day <= $3) ORDER BY b.id, l.n");
STMT(q_building, "fin_report.building", "SELECT name FROM building WHERE id = $1");
STMT(q_item, "fin_report.item", "SELECT name FROM fee_item WHERE id = $1");
STMT(q_account, "fin_report.account", "SELECT name FROM account WHERE id = $1");
STMT(q_project, "fin_report.project", "SELECT name FROM project WHERE id = $1");
STMT(q_room, "fin_report.room", "SELECT full_name FROM room WHERE id = $1");
STMT(q_room_books, "fin_report.room_books",
     "SELECT party_id, CAST(SUM(debit_fen - credit_fen) AS BIGINT) FROM ledger_line WHERE company_id = $1"
     " AND project_id = $2 AND account = 'receivable' GROUP BY party_id HAVING SUM(debit_fen - credit_fen) <> 0");

/* ---- groups ---- */

void groups_init(struct groups *g, struct arena *a, size_t size)
{
    *g = (struct groups){.arena = a, .size = size, .cap = 64};
    g->row = arena_alloc(a, g->cap * size);
    g->slot = arena_alloc(a, g->cap * 2 * sizeof *g->slot);
}

static int64_t key_of(const struct groups *g, size_t i)
{
    int64_t key;
    memcpy(&key, g->row + i * g->size, sizeof key);
    return key;
}

static uint32_t *find(struct groups *g, int64_t key)
{
    size_t mask = g->cap * 2 - 1, i = ((uint64_t)key * UINT64_C(0x9E3779B97F4A7C15) >> 20) & mask;
    while (g->slot[i] && key_of(g, g->slot[i] - 1) != key)
        i = (i + 1) & mask;
    return &g->slot[i];
}

static void grow(struct groups *g)
{
    char *old = g->row;
    g->cap *= 4;
    g->row = arena_alloc(g->arena, g->cap * g->size);
    g->slot = arena_alloc(g->arena, g->cap * 2 * sizeof *g->slot);
    memcpy(g->row, old, g->n * g->size);
    for (size_t i = 0; i < g->n; i++)
        *find(g, key_of(g, i)) = (uint32_t)i + 1;
}

void *groups_at(struct groups *g, int64_t key)
{
    uint32_t *slot = find(g, key);
    if (!*slot) {
        if (g->n == g->cap) {
            grow(g);
            slot = find(g, key);
        }
        memcpy(g->row + g->n * g->size, &key, sizeof key);
        *slot = (uint32_t)++g->n;
    }
    return g->row + (*slot - 1) * g->size;
}

static int by_key(const void *a, const void *b)
{
    int64_t x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

void groups_sort(struct groups *g)
{
    qsort(g->row, g->n, g->size, by_key);
}

/* ---- names and projects ---- */

enum err report_name(struct ctx *cx, const struct stmt *q, int64_t id, const char **out)
{
    *out = "";
    enum err e = db_text(cx, q, ARGS(I64(id)), out);
    return e == ERR_NOT_FOUND ? OK : e;
}

struct finding {
    struct ctx *cx;
    struct project_ids *out;
};

static void on_project(void *arg, const struct project *p)
{
    struct finding *f = arg;
    struct project_ids *l = f->out;
    if (l->n == l->cap) {
        size_t cap = (l->cap + 16) * 2;
        int64_t *v = arena_alloc(f->cx->arena, cap * sizeof *v);
        for (size_t i = 0; i < l->n; i++)
            v[i] = l->v[i];
        l->v = v;
        l->cap = cap;
    }
    l->v[l->n++] = p->id;
}

enum err report_projects(struct ctx *cx, struct project_ids *out)
{
    struct finding f = {cx, out};
    size_t kept = 0;
    *out = (struct project_ids){NULL, 0, 0};
    enum err e = project_list(cx, on_project, &f);
    for (size_t i = 0; i < out->n && !e; i++) {
        unsigned roles = 0;
        e = auth_roles_in(cx, out->v[i], &roles);
        if (roles & (ROLES_ADMIN | ROLE_MANAGER | ROLE_CASHIER | ROLE_AUDITOR))
            out->v[kept++] = out->v[i];
    }
    out->n = kept;
    return e;
}

/* ---- receivables ---- */

#define LINES_MAX  256 /* of a bill */
#define MONTHS_MAX 240 /* of a line; below LINES_MAX */
struct line {
    int64_t item_id;
    int32_t from, to;
};
struct work {
    enum report_by by;
    bool by_room; /* for report_verify() */
    int32_t as_of;
    int64_t project_id, bill_id, room_id, building_id, payer_id, paid_fen, late_fen;
    int32_t due_day;
    int64_t written_off;
    struct line line[LINES_MAX];
    int64_t fen[LINES_MAX], paid[LINES_MAX], late[LINES_MAX], gone[LINES_MAX];
    size_t n;
    struct groups g;
};

int64_t report_rate_e4(const struct receivable_row *r)
{
    int64_t rate = 0;
    return r->receivable_fen > 0 && muldiv(r->received_fen, 10000, r->receivable_fen, ROUND_DOWN, &rate) ? rate : 0;
}

static int age_of(int32_t due, int32_t day)
{
    static const int64_t upto[] = {0, 30, 90, 180, 365};
    int64_t days = (clock_day_start(day) - clock_day_start(due)) / DAY_MS;
    int i = 0;
    while (i < AGE_OLDER && days > upto[i])
        i++;
    return i;
}

/* gone: what of it was written off; what came back after that is owed again (payment_reopen.c) */
static void add(struct work *w, int64_t key, int64_t fen, int64_t paid, int64_t late, int64_t gone)
{
    struct receivable_row *r = groups_at(&w->g, key);
    int64_t rest = fen - paid - gone;
    r->receivable_fen += fen;
    r->received_fen += paid;
    r->written_off_fen += gone;
    r->arrears_fen += rest;
    r->late_fen += late;
    r->age[age_of(w->due_day, w->as_of)] += rest;
}

static int32_t month_end(int32_t month)
{
    return clock_day_add(month % 100 == 12 ? (month / 100 + 1) * 10000 + 101 : (month + 1) * 100 + 1, -1);
}

/* Calendar months of a line and what part of each it covers, in 1/377580: the smallest number that 28 to 31 divide. */
static size_t months_of(const struct line *l, int32_t *month, int64_t *weight)
{
    size_t n = 0;
    for (int32_t m = l->from / 100; m <= l->to / 100 && n < MONTHS_MAX; m = m % 100 == 12 ? m + 89 : m + 1) {
        int32_t first = m == l->from / 100 ? l->from % 100 : 1, days = month_end(m) % 100,
                last = m == l->to / 100 ? l->to % 100 : days;
        month[n] = m;
        weight[n++] = (int64_t)(last - first + 1) * 377580 / days;
    }
    return n;
}

static void split_any(int64_t fen, const int64_t *weight, size_t n, int64_t *part)
{
    bool negative = fen < 0;
    if (!split_fen(negative ? -fen : fen, weight, n, part)) {
        memset(part, 0, n * sizeof *part);
        part[0] = negative ? -fen : fen;
    }
    for (size_t i = 0; i < n && negative; i++)
        part[i] = -part[i];
}

/* What was given up, over what was still wanted. */
static void spread_gone(int64_t total, const int64_t *fen, const int64_t *paid, size_t n, int64_t *gone)
{
    int64_t rest[LINES_MAX];
    memset(gone, 0, n * sizeof *gone);
    for (size_t i = 0; i < n; i++)
        rest[i] = fen[i] - paid[i];
    if (total)
        receipt_spread(total, rest, n, gone);
}

static void add_months(struct work *w, size_t i)
{
    int32_t month[MONTHS_MAX];
    int64_t weight[MONTHS_MAX], fen[MONTHS_MAX], paid[MONTHS_MAX], late[MONTHS_MAX], gone[MONTHS_MAX];
    size_t n = months_of(&w->line[i], month, weight);
    if (!n) {
        add(w, w->line[i].from / 100, w->fen[i], w->paid[i], w->late[i], w->gone[i]);
        return;
    }
    split_any(w->fen[i], weight, n, fen);
    split_any(w->late[i], weight, n, late);
    receipt_spread(w->paid[i], fen, n, paid);
    spread_gone(w->gone[i], fen, paid, n, gone);
    for (size_t k = 0; k < n; k++)
        add(w, month[k], fen[k], paid[k], late[k], gone[k]);
}

static void end_bill(struct work *w)
{
    if (!w->n)
        return;
    receipt_spread(w->paid_fen, w->fen, w->n, w->paid);
    receipt_spread(w->late_fen, w->fen, w->n, w->late);
    spread_gone(w->written_off, w->fen, w->paid, w->n, w->gone);
    const int64_t key[REPORT_BYS] = {[BY_PROJECT] = w->project_id,
                                     [BY_BUILDING] = w->building_id,
                                     [BY_PAYER] = w->payer_id ? w->payer_id : -w->room_id};
    for (size_t i = 0; i < w->n; i++) {
        if (w->by_room)
            add(w, w->room_id, w->fen[i], w->paid[i], w->late[i], w->gone[i]);
        else if (w->by == BY_MONTH)
            add_months(w, i);
        else
            add(w, w->by == BY_ITEM ? w->line[i].item_id : key[w->by], w->fen[i], w->paid[i], w->late[i], w->gone[i]);
    }
    w->n = 0;
}

static enum err on_line(struct ctx *cx, const struct row *r, void *out)
{
    struct work *w = out;
    if (w->n && w->bill_id != row_i64(r, 0))
        end_bill(w);
    if (w->n == LINES_MAX)
        return cx_fail(cx, ERR_INTERNAL, NULL, "账单明细过多", "a bill of too many lines");
    w->bill_id = row_i64(r, 0);
    w->room_id = row_i64(r, 1);
    w->building_id = row_i64(r, 2);
    w->payer_id = row_i64(r, 3);
    w->due_day = (int32_t)row_i64(r, 4);
    w->written_off = row_i64(r, 5);
    w->line[w->n] = (struct line){row_i64(r, 6), (int32_t)row_i64(r, 7), (int32_t)row_i64(r, 8)};
    w->fen[w->n++] = row_i64(r, 9);
    w->paid_fen = row_i64(r, 10);
    w->late_fen = row_i64(r, 11);
    return OK;
}

static enum err run_project(struct ctx *cx, struct work *w, int64_t project_id)
{
    w->project_id = project_id;
    enum err e =
        db_each(cx, &q_lines,
                ARGS(I64(cx->who.company_id), I64(project_id), I64(w->as_of), I64(clock_day_start(w->as_of) + DAY_MS)),
                on_line, w);
    end_bill(w);
    return e;
}

static enum err name_row(struct ctx *cx, enum report_by by, struct receivable_row *r)
{
    static const struct stmt *const q[REPORT_BYS] = {
        [BY_PROJECT] = &q_project, [BY_BUILDING] = &q_building, [BY_ITEM] = &q_item, [BY_PAYER] = &q_account};
    if (by == BY_MONTH) {
        r->name = arena_printf(cx->arena, "%04d-%02d", (int)(r->key / 100), (int)(r->key % 100));
        return OK;
    }
    return r->key < 0 ? report_name(cx, &q_room, -r->key, &r->name) : report_name(cx, q[by], r->key, &r->name);
}

enum err report_receivable(struct ctx *cx, enum report_by by, int32_t as_of, receivable_fn *fn, void *arg)
{
    struct work *w = arena_alloc(cx->arena, sizeof *w);
    struct project_ids all = {&cx->who.project_id, 1, 1};
    if (!clock_day_valid(as_of))
        return cx_fail(cx, ERR_INVALID, "as_of", "日期无效", "not a day");
    w->by = by;
    w->as_of = as_of;
    groups_init(&w->g, cx->arena, sizeof(struct receivable_row));
    enum err e = by == BY_PROJECT ? report_projects(cx, &all) : OK;
    for (size_t i = 0; i < all.n && !e; i++)
        e = run_project(cx, w, all.v[i]);
    groups_sort(&w->g);
    struct receivable_row *row = (struct receivable_row *)(void *)w->g.row;
    for (size_t i = 0; i < w->g.n && !e; i++) {
        e = name_row(cx, by, &row[i]);
        fn(arg, &row[i]);
    }
    return e;
}

/* ---- the check: arrears by bills against the ledger, room by room ---- */

static enum err on_book(struct ctx *cx, const struct row *r, void *out)
{
    struct work *w = out;
    (void)cx;
    struct receivable_row *row = groups_at(&w->g, row_i64(r, 0));
    row->arrears_fen -= row_i64(r, 1);
    return OK;
}

enum err report_verify(struct ctx *cx, int64_t *room_id)
{
    struct work *w = arena_alloc(cx->arena, sizeof *w);
    w->by_room = true;
    w->as_of = 99991231;
    *room_id = 0;
    groups_init(&w->g, cx->arena, sizeof(struct receivable_row));
    enum err e = run_project(cx, w, cx->who.project_id);
    if (!e)
        e = db_each(cx, &q_room_books, ARGS(I64(cx->who.company_id), I64(cx->who.project_id)), on_book, w);
    const struct receivable_row *row = (const struct receivable_row *)(const void *)w->g.row;
    for (size_t i = 0; i < w->g.n && !e; i++)
        if (row[i].arrears_fen && (!*room_id || row[i].key < *room_id))
            *room_id = row[i].key;
    return e;
}
