/* fin_report_takings.c - money that came and went in a span of value days. SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "domain/fin_report.h"
#include "domain/fin_report_int.h"
#include "domain/receipt.h"

const char *const takings_by_name[TAKINGS_BYS] = {"day", "method", "cashier", "item", "project"};

/* (day or ms, method, cashier, how many, fen), one statement a kind. What is paid from a prepaid account has come once
 * already: no money comes or goes by it. By item it leaves the prepaid line for the items. */
STMT(q_taken, "fin_report.taken",
     "SELECT p.day, p.method, p.cashier_id, COUNT(*), CAST(SUM(p.amount_fen) AS BIGINT) FROM payment p"
     " WHERE p.company_id = $1 AND p.project_id = $2 AND p.day >= $3 AND p.day <= $4 AND p.method <> 'prepaid'"
     " GROUP BY p.day, p.method, p.cashier_id");
/* Voids: by the whole days since 1970 at UTC+8 */
STMT(q_void, "fin_report.void",
     "SELECT (p.voided_at + 28800000) / 86400000, p.method, p.cashier_id, COUNT(*), CAST(SUM(p.amount_fen) AS BIGINT)"
     " FROM payment p WHERE p.company_id = $1 AND p.project_id = $2 AND p.state = 'void' AND p.voided_at >= $3"
     " AND p.voided_at < $4 AND p.method <> 'prepaid' GROUP BY (p.voided_at + 28800000) / 86400000, p.method, "
     "p.cashier_id");
STMT(q_refund, "fin_report.refund",
     "SELECT e.day, f.method, e.account_id, COUNT(*), CAST(SUM(f.amount_fen) AS BIGINT) FROM refund f"
     " JOIN ledger_entry e ON e.id = f.entry_id WHERE f.company_id = $1 AND f.project_id = $2 AND f.state = 'success'"
     " AND f.payment_id > 0 AND f.method <> 'prepaid' AND e.day >= $3 AND e.day <= $4 GROUP BY e.day, f.method, "
     "e.account_id");
/* (thing, prepaid, rounding, bill, fen, late, item, line fen), a row a bill line, lines of a bill together */
#define PARTS_TAKEN                                                                                                    \
    "SELECT p.id, CASE WHEN p.method = 'prepaid' THEN -p.amount_fen ELSE p.prepaid_fen END, p.rounding_fen, "          \
    "COALESCE(x.bill_id, 0), COALESCE(x.amount_fen, 0),"                                                               \
    " COALESCE(x.late_fen, 0), COALESCE(l.item_id, 0), COALESCE(l.amount_fen, 0) FROM payment p"                       \
    " LEFT JOIN payment_bill x ON x.payment_id = p.id LEFT JOIN bill_line l ON l.bill_id = x.bill_id"                  \
    " WHERE p.company_id = $1 AND p.project_id = $2"
STMT(q_taken_parts, "fin_report.taken_parts",
     PARTS_TAKEN " AND p.day >= $3 AND p.day <= $4 ORDER BY p.id, x.bill_id, l.n");
STMT(q_void_parts, "fin_report.void_parts",
     PARTS_TAKEN " AND p.state = 'void' AND p.voided_at >= $3 AND p.voided_at < $4 ORDER BY p.id, x.bill_id, l.n");
STMT(q_refund_parts, "fin_report.refund_parts",
     "SELECT f.id, CASE WHEN f.method = 'prepaid' THEN 0 ELSE f.amount_fen END - CAST(COALESCE((SELECT "
     "SUM(z.amount_fen + z.late_fen) FROM refund_bill z"
     " WHERE z.refund_id = f.id), 0) AS BIGINT), 0, COALESCE(y.bill_id, 0), COALESCE(y.amount_fen, 0),"
     " COALESCE(y.late_fen, 0), COALESCE(l.item_id, 0), COALESCE(l.amount_fen, 0) FROM refund f"
     " JOIN ledger_entry e ON e.id = f.entry_id LEFT JOIN refund_bill y ON y.refund_id = f.id"
     " LEFT JOIN bill_line l ON l.bill_id = y.bill_id WHERE f.company_id = $1 AND f.project_id = $2"
     " AND f.state = 'success' AND f.payment_id > 0 AND e.day >= $3 AND e.day <= $4 ORDER BY f.id, y.bill_id, l.n");
STMT(q_item, "fin_report.takings_item", "SELECT name FROM fee_item WHERE id = $1");
STMT(q_account, "fin_report.takings_account", "SELECT name FROM account WHERE id = $1");
STMT(q_project, "fin_report.takings_project", "SELECT name FROM project WHERE id = $1");

#define LINES_MAX 256
struct work {
    enum takings_by by;
    enum takings_kind kind;
    int64_t project_id;
    struct groups g;
    /* of the part being read */
    int64_t thing, bill, fen, late, item[LINES_MAX], weight[LINES_MAX];
    size_t n;
};

static void add(struct work *w, int64_t key, int64_t n, int64_t fen)
{
    if (!n && !fen)
        return;
    struct takings_row *r = groups_at(&w->g, key);
    r->n[w->kind] += n;
    r->fen[w->kind] += fen;
}

static enum err on_flat(struct ctx *cx, const struct row *r, void *out)
{
    struct work *w = out;
    int64_t day = w->kind == TAKINGS_VOID ? clock_day(row_i64(r, 0) * DAY_MS) : row_i64(r, 0);
    int64_t key = w->by == TAKEN_BY_DAY       ? day
                  : w->by == TAKEN_BY_METHOD  ? str_index(pay_method_name, PAY_METHODS, row_text(cx, r, 1))
                  : w->by == TAKEN_BY_CASHIER ? row_i64(r, 2)
                                              : w->project_id;
    add(w, key, row_i64(r, 3), row_i64(r, 4));
    return OK;
}

/* ---- by item ---- */

static void end_bill(struct work *w)
{
    int64_t part[LINES_MAX];
    if (!w->n)
        return;
    receipt_spread(w->fen, w->weight, w->n, part);
    for (size_t i = 0; i < w->n; i++)
        add(w, w->item[i], part[i] != 0, part[i]);
    add(w, ITEM_LATE, w->late != 0, w->late);
    w->n = 0;
}

static enum err on_part(struct ctx *cx, const struct row *r, void *out)
{
    struct work *w = out;
    int64_t thing = row_i64(r, 0), prepaid = row_i64(r, 1), rounding = row_i64(r, 2), bill = row_i64(r, 3);
    if (thing != w->thing || bill != w->bill)
        end_bill(w);
    if (thing != w->thing) {
        add(w, prepaid < 0 ? ITEM_ROUNDING : ITEM_PREPAID, prepaid != 0, prepaid); /* < 0: what was rounded off */
        add(w, ITEM_ROUNDING, rounding != 0, -rounding);
    }
    w->thing = thing;
    w->bill = bill;
    if (!bill)
        return OK;
    if (w->n == LINES_MAX)
        return cx_fail(cx, ERR_INTERNAL, NULL, "账单明细过多", "a bill of too many lines");
    w->fen = row_i64(r, 4);
    w->late = row_i64(r, 5);
    w->item[w->n] = row_i64(r, 6) ? row_i64(r, 6) : ITEM_OTHER;
    w->weight[w->n++] = row_i64(r, 7);
    return OK;
}

/* ---- together ---- */

static enum err run_project(struct ctx *cx, struct work *w, int64_t project_id, int32_t from, int32_t to)
{
    static const struct stmt *const flat[TAKINGS_KINDS] = {&q_taken, &q_void, &q_refund},
                                    *const parts[TAKINGS_KINDS] = {&q_taken_parts, &q_void_parts, &q_refund_parts};
    bool by_item = w->by == TAKEN_BY_ITEM;
    enum err e = OK;
    w->project_id = project_id;
    for (int k = 0; k < TAKINGS_KINDS && !e; k++) {
        int64_t a = k == TAKINGS_VOID ? clock_day_start(from) : from,
                b = k == TAKINGS_VOID ? clock_day_start(to) + DAY_MS : to;
        w->kind = (enum takings_kind)k;
        w->thing = w->bill = 0;
        e = db_each(cx, by_item ? parts[k] : flat[k], ARGS(I64(cx->who.company_id), I64(project_id), I64(a), I64(b)),
                    by_item ? on_part : on_flat, w);
        end_bill(w);
    }
    return e;
}

static enum err name_row(struct ctx *cx, enum takings_by by, struct takings_row *r)
{
    static const char *const method[PAY_METHODS] = {"现金", "刷卡", "转账", "预存款", "微信支付", "支付宝"},
                             *const other[] = {"", "违约金", "预存款", "抹零", "其他"};
    static const struct stmt *const q[TAKINGS_BYS] = {
        [TAKEN_BY_CASHIER] = &q_account, [TAKEN_BY_ITEM] = &q_item, [TAKEN_BY_PROJECT] = &q_project};
    if (by == TAKEN_BY_DAY)
        r->name = arena_printf(cx->arena, "%lld", (long long)r->key);
    else if (by == TAKEN_BY_METHOD)
        r->name = r->key >= 0 && r->key < PAY_METHODS ? method[r->key] : "";
    else if (by == TAKEN_BY_ITEM && r->key < 0)
        r->name = other[-r->key];
    else if (by == TAKEN_BY_CASHIER && r->key == 0)
        r->name = "线上";
    else
        return report_name(cx, q[by], r->key, &r->name);
    return OK;
}

enum err report_takings(struct ctx *cx, enum takings_by by, int32_t from, int32_t to, takings_fn *fn, void *arg)
{
    struct work *w = arena_alloc(cx->arena, sizeof *w);
    struct project_ids all = {&cx->who.project_id, 1, 1};
    if (!clock_day_valid(from) || !clock_day_valid(to) || from > to)
        return cx_fail(cx, ERR_INVALID, "from", "日期无效", "not a span of days");
    w->by = by;
    groups_init(&w->g, cx->arena, sizeof(struct takings_row));
    enum err e = by == TAKEN_BY_PROJECT ? report_projects(cx, &all) : OK;
    for (size_t i = 0; i < all.n && !e; i++)
        e = run_project(cx, w, all.v[i], from, to);
    groups_sort(&w->g);
    struct takings_row *row = (struct takings_row *)(void *)w->g.row;
    for (size_t i = 0; i < w->g.n && !e; i++) {
        e = name_row(cx, by, &row[i]);
        fn(arg, &row[i]);
    }
    return e;
}
