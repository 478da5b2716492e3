/* fin_report_books.c - trial balance, account ledger, closed days. SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "domain/fin_report.h"
#include "domain/ledger.h"
#include "platform/store/db.h"

static const char *const account_zh[LA_COUNT] = {
#define X(n, w, s, zh) zh,
    LEDGER_ACCOUNTS(X)
#undef X
};

/* Lines of an account in the order of the entries' index. CROSS JOIN: SQLite keeps that order and sorts nothing. */
#define LINES                                                                                                          \
    " FROM ledger_entry e CROSS JOIN ledger_line l WHERE l.entry_id = e.id AND e.company_id = $1 AND e.project_id = "  \
    "$2"                                                                                                               \
    " AND l.account = $3 AND ($4 = -1 OR l.party_id = $4)"
/* From ($5, $6) on, behind line $7 of that entry, up to day $8 */
STMT(q_book, "fin_report.book",
     "SELECT e.day, e.id, l.n, l.party_id, e.ref_id, l.debit_fen, l.credit_fen, e.kind, e.ref_kind, e.memo" LINES
     " AND (e.day, e.id) >= ($5, $6) AND (e.day > $5 OR e.id > $6 OR l.n > $7) AND e.day <= $8"
     " ORDER BY e.day, e.id, l.n LIMIT $9");
/* What lies before day $5, or at or before ($6, $7, $8) */
STMT(q_opening, "fin_report.opening",
     "SELECT CAST(COALESCE(SUM(l.debit_fen - l.credit_fen), 0) AS BIGINT)" LINES
     " AND (e.day < $5 OR (e.day <= $6 AND (e.day < $6 OR e.id < $7 OR (e.id = $7 AND l.n <= $8))))");
STMT(q_closed, "fin_report.closed", "SELECT until_day FROM ledger_lock WHERE company_id = $1 AND project_id = $2");

/* ---- trial balance ---- */

struct trial {
    struct trial_row row[LA_COUNT];
    bool opening, strange;
};

static void on_trial(void *arg, const char *account, int64_t debit, int64_t credit)
{
    struct trial *t = arg;
    int i = str_index(ledger_account_name, LA_COUNT, account);
    if (i < 0) {
        t->strange = true;
        return;
    }
    if (t->opening) {
        t->row[i].opening_fen = debit - credit;
        return;
    }
    t->row[i].debit_fen = debit;
    t->row[i].credit_fen = credit;
}

enum err report_trial(struct ctx *cx, int32_t from, int32_t to, trial_row_fn *fn, void *arg)
{
    struct trial t = {.opening = true};
    if (!clock_day_valid(from) || !clock_day_valid(to) || from > to)
        return cx_fail(cx, ERR_INVALID, "from", "日期无效", "not a span of days");
    enum err e = ledger_trial(cx, cx->who.project_id, 0, clock_day_add(from, -1), on_trial, &t);
    t.opening = false;
    if (!e)
        e = ledger_trial(cx, cx->who.project_id, from, to, on_trial, &t);
    if (!e && t.strange)
        e = cx_fail(cx, ERR_INTERNAL, NULL, "账中有未知科目", "the books name an unknown account");
    for (int i = 0; i < LA_COUNT && !e; i++) {
        struct trial_row *r = &t.row[i];
        r->account = ledger_account_name[i];
        r->name = account_zh[i];
        r->closing_fen = r->opening_fen + r->debit_fen - r->credit_fen;
        if (r->opening_fen || r->debit_fen || r->credit_fen)
            fn(arg, r);
    }
    return e;
}

/* ---- account ledger ---- */

struct listing {
    book_fn *fn;
    void *arg;
    int64_t balance;
};

static enum err on_book(struct ctx *cx, const struct row *r, void *out)
{
    struct listing *l = out;
    struct book_row b = {.day = (int32_t)row_i64(r, 0),
                         .entry_id = row_i64(r, 1),
                         .n = row_i64(r, 2),
                         .party_id = row_i64(r, 3),
                         .ref_id = row_i64(r, 4),
                         .debit_fen = row_i64(r, 5),
                         .credit_fen = row_i64(r, 6),
                         .kind = row_text(cx, r, 7),
                         .ref_kind = row_text(cx, r, 8),
                         .memo = row_text(cx, r, 9)};
    l->balance += b.debit_fen - b.credit_fen;
    b.balance_fen = l->balance;
    l->fn(l->arg, &b);
    return OK;
}

enum err report_book(struct ctx *cx, int account, int64_t party, int32_t from, int32_t to, const struct book_at *after,
                     int64_t limit, int64_t *opening, book_fn *fn, void *arg)
{
    struct listing l = {fn, arg, after->balance_fen};
    const struct arg company = I64(cx->who.company_id), project = I64(cx->who.project_id),
                     name = TXT(ledger_account_name[account]), who = I64(party);
    enum err e = OK;
    if (!clock_day_valid(from) || !clock_day_valid(to) || from > to)
        return cx_fail(cx, ERR_INVALID, "from", "日期无效", "not a span of days");
    if (!after->known)
        e = db_i64(cx, &q_opening,
                   ARGS(company, project, name, who, I64(from), I64(after->day), I64(after->entry_id), I64(after->n)),
                   &l.balance, NULL);
    *opening = l.balance;
    struct book_at at = after->day >= from ? *after : (struct book_at){.day = from};
    return e ? e
             : db_each(cx, &q_book,
                       ARGS(company, project, name, who, I64(at.day), I64(at.entry_id), I64(at.n), I64(to), I64(limit)),
                       on_book, &l);
}

enum err report_closed_until(struct ctx *cx, int32_t *day)
{
    int64_t d = 0;
    enum err e = db_i64(cx, &q_closed, ARGS(I64(cx->who.company_id), I64(cx->who.project_id)), &d, NULL);
    *day = (int32_t)d;
    return e;
}
