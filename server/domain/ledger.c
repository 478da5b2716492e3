/* ledger.c - see ledger.h. SPDX-License-Identifier: MIT */
#include "domain/ledger.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "base/money.h"
#include "domain/audit.h"
#include "domain/auth.h"
#include "platform/store/db.h"

#define MAX_LINES 64

const char *const ledger_account_name[LA_COUNT] = {
#define X(n, w, s, zh) w,
    LEDGER_ACCOUNTS(X)
#undef X
};
static const char account_side[LA_COUNT] = {
#define X(n, w, s, zh) s,
    LEDGER_ACCOUNTS(X)
#undef X
};

STMT(q_find, "ledger.find",
     "SELECT id FROM ledger_entry WHERE company_id = $1 AND kind = $2 AND ref_kind = $3 AND ref_id = $4");
STMT(q_closed, "ledger.closed", "SELECT until_day FROM ledger_lock WHERE company_id = $1 AND project_id = $2");
STMT(q_entry, "ledger.entry",
     "INSERT INTO ledger_entry(id, company_id, project_id, day, kind, ref_kind, ref_id, reverses_id, account_id, memo, "
     "at)"
     " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)");
STMT(q_line, "ledger.line",
     "INSERT INTO ledger_line(entry_id, n, company_id, project_id, account, party_id, debit_fen, credit_fen)"
     " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)");
STMT(q_lines, "ledger.lines",
     "SELECT account, party_id, debit_fen, credit_fen FROM ledger_line WHERE entry_id = $1 AND company_id = $2 ORDER "
     "BY n");
STMT(q_balance, "ledger.balance",
     "SELECT CAST(COALESCE(SUM(debit_fen - credit_fen), 0) AS BIGINT) FROM ledger_line"
     " WHERE company_id = $1 AND project_id = $2 AND account = $3");
STMT(q_balance_of, "ledger.balance_of",
     "SELECT CAST(COALESCE(SUM(debit_fen - credit_fen), 0) AS BIGINT) FROM ledger_line"
     " WHERE company_id = $1 AND project_id = $2 AND account = $3 AND party_id = $4");
STMT(q_trial, "ledger.trial",
     "SELECT l.account, CAST(SUM(l.debit_fen) AS BIGINT), CAST(SUM(l.credit_fen) AS BIGINT) FROM ledger_line l"
     " JOIN ledger_entry e ON e.id = l.entry_id WHERE e.company_id = $1 AND e.project_id = $2 AND e.day >= $3 AND "
     "e.day <= $4"
     " GROUP BY l.account ORDER BY l.account");
STMT(q_close, "ledger.close",
     "INSERT INTO ledger_lock(company_id, project_id, until_day, account_id, at) VALUES ($1, $2, $3, $4, $5)"
     " ON CONFLICT (company_id, project_id) DO UPDATE SET until_day = excluded.until_day, account_id = "
     "excluded.account_id,"
     " at = excluded.at WHERE ledger_lock.until_day < excluded.until_day");
STMT(q_count, "ledger.count", "SELECT COUNT(*) FROM ledger_entry");
STMT(q_bad, "ledger.bad",
     "SELECT COALESCE(MIN(e.id), 0) FROM ledger_entry e WHERE"
     " (SELECT COUNT(*) FROM ledger_line l WHERE l.entry_id = e.id AND l.company_id = e.company_id"
     " AND l.project_id = e.project_id) < 2"
     " OR (SELECT COUNT(*) FROM ledger_line l WHERE l.entry_id = e.id"
     " AND (l.company_id <> e.company_id OR l.project_id <> e.project_id)) > 0"
     " OR (SELECT SUM(l.debit_fen) - SUM(l.credit_fen) FROM ledger_line l WHERE l.entry_id = e.id) <> 0");
STMT(q_diff, "ledger.diff", "SELECT CAST(COALESCE(SUM(debit_fen - credit_fen), 0) AS BIGINT) FROM ledger_line");

struct lines {
    struct ledger_line v[MAX_LINES];
    size_t n;
};

static enum err on_line(struct ctx *cx, const struct row *r, void *out)
{
    struct lines *l = out;
    if (l->n == MAX_LINES)
        return ERR_INTERNAL;
    l->v[l->n++] = (struct ledger_line){.account = str_index(ledger_account_name, LA_COUNT, row_text(cx, r, 0)),
                                        .party_id = row_i64(r, 1),
                                        .debit_fen = row_i64(r, 2),
                                        .credit_fen = row_i64(r, 3)};
    return OK;
}

/* Keeps what moves money; false: it does not balance or is no entry at all. */
static bool tidy(const struct ledger_line *l, size_t n, struct lines *out)
{
    int64_t sum = 0;
    out->n = 0;
    for (size_t i = 0; i < n; i++) {
        bool one_side = l[i].debit_fen == 0 || l[i].credit_fen == 0;
        if (l[i].debit_fen == 0 && l[i].credit_fen == 0)
            continue;
        if (!one_side || l[i].debit_fen < 0 || l[i].credit_fen < 0 || l[i].debit_fen > FEN_MAX ||
            l[i].credit_fen > FEN_MAX || l[i].account < 0 || l[i].account >= LA_COUNT || out->n == MAX_LINES)
            return false;
        sum += l[i].debit_fen - l[i].credit_fen;
        out->v[out->n++] = l[i];
    }
    return sum == 0 && out->n >= 2;
}

static bool same(const struct lines *a, const struct lines *b)
{
    bool eq = a->n == b->n;
    for (size_t i = 0; eq && i < a->n; i++)
        eq = a->v[i].account == b->v[i].account && a->v[i].party_id == b->v[i].party_id &&
             a->v[i].debit_fen == b->v[i].debit_fen && a->v[i].credit_fen == b->v[i].credit_fen;
    return eq;
}

static enum err insert(struct ctx *cx, const struct ledger_entry *e, const struct lines *l, int64_t reverses,
                       int64_t *id)
{
    *id = id_new();
    enum err err =
        db_exec(cx, &q_entry,
                ARGS(I64(*id), I64(cx->who.company_id), I64(e->project_id), I64(e->day), TXT(e->kind), TXT(e->ref_kind),
                     I64(e->ref_id), ID_OR_NULL(reverses), I64(cx->who.id), TXT(e->memo ? e->memo : ""), I64(cx->now)),
                NULL);
    for (size_t i = 0; i < l->n && !err; i++)
        err = db_exec(cx, &q_line,
                      ARGS(I64(*id), I64(i + 1), I64(cx->who.company_id), I64(e->project_id),
                           TXT(ledger_account_name[l->v[i].account]), I64(l->v[i].party_id), I64(l->v[i].debit_fen),
                           I64(l->v[i].credit_fen)),
                      NULL);
    return err;
}

static enum err post(struct ctx *cx, const struct ledger_entry *e, const struct lines *l, int64_t reverses, int64_t *id)
{
    struct lines have = {.n = 0};
    bool found = false;
    int64_t closed = 0;
    enum err err =
        db_i64(cx, &q_find, ARGS(I64(cx->who.company_id), TXT(e->kind), TXT(e->ref_kind), I64(e->ref_id)), id, &found);
    if (!err && found) {
        err = db_each(cx, &q_lines, ARGS(I64(*id), I64(cx->who.company_id)), on_line, &have);
        return err ? err
               : same(&have, l)
                   ? OK
                   : cx_fail(cx, ERR_CONFLICT, NULL, "该业务已入账,金额不同", "booked already with other amounts");
    }
    if (!err)
        err = db_i64(cx, &q_closed, ARGS(I64(cx->who.company_id), I64(e->project_id)), &closed, NULL);
    if (!err && e->day <= closed)
        err = cx_fail(cx, ERR_STATE, "day", "%lld 及以前已结账", "the books are closed up to %lld", (long long)closed);
    if (!err && !clock_day_valid(e->day))
        err = cx_fail(cx, ERR_INVALID, "day", "日期无效", "not a day");
    return err ? err : insert(cx, e, l, reverses, id);
}

enum err ledger_post(struct ctx *cx, const struct ledger_entry *e, const struct ledger_line *l, size_t n, int64_t *id)
{
    struct lines lines;
    if (!tidy(l, n, &lines)) {
        log_error("ledger.lopsided", L_S("kind", e->kind), L_S("ref", e->ref_kind), L_I("ref_id", e->ref_id));
        return cx_fail(cx, ERR_INTERNAL, NULL, "分录不平", "the entry does not balance");
    }
    return post(cx, e, &lines, 0, id);
}

enum err ledger_reverse(struct ctx *cx, int64_t entry_id, const struct ledger_entry *as, int64_t *id)
{
    struct lines l = {.n = 0};
    enum err e = db_each(cx, &q_lines, ARGS(I64(entry_id), I64(cx->who.company_id)), on_line, &l);
    if (!e && !l.n)
        e = cx_fail(cx, ERR_NOT_FOUND, NULL, "分录不存在", "no such entry");
    for (size_t i = 0; i < l.n; i++) {
        int64_t debit = l.v[i].debit_fen;
        l.v[i].debit_fen = l.v[i].credit_fen;
        l.v[i].credit_fen = debit;
    }
    return e ? e : post(cx, as, &l, entry_id, id);
}

enum err ledger_open_day(struct ctx *cx, int64_t project_id, int32_t want, int32_t *day)
{
    int64_t closed = 0;
    enum err e = db_i64(cx, &q_closed, ARGS(I64(cx->who.company_id), I64(project_id)), &closed, NULL);
    *day = want <= closed ? clock_day_add((int32_t)closed, 1) : want;
    return e;
}

enum err ledger_balance(struct ctx *cx, int64_t project_id, int account, int64_t party_id, int64_t *fen)
{
    const struct arg company = I64(cx->who.company_id), project = I64(project_id),
                     name = TXT(ledger_account_name[account]);
    enum err e = party_id == -1 ? db_i64(cx, &q_balance, ARGS(company, project, name), fen, NULL)
                                : db_i64(cx, &q_balance_of, ARGS(company, project, name, I64(party_id)), fen, NULL);
    if (account_side[account] == 'C')
        *fen = -*fen;
    return e;
}

struct trial {
    trial_fn *fn;
    void *arg;
};

static enum err on_trial(struct ctx *cx, const struct row *r, void *out)
{
    struct trial *t = out;
    t->fn(t->arg, row_text(cx, r, 0), row_i64(r, 1), row_i64(r, 2));
    return OK;
}

enum err ledger_trial(struct ctx *cx, int64_t project_id, int32_t from, int32_t to, trial_fn *fn, void *arg)
{
    struct trial t = {fn, arg};
    return db_each(cx, &q_trial, ARGS(I64(cx->who.company_id), I64(project_id), I64(from), I64(to)), on_trial, &t);
}

enum err ledger_close(struct ctx *cx, int64_t project_id, int32_t day)
{
    int64_t changed = 0;
    if (!clock_day_valid(day) || day >= clock_day(cx->now))
        return cx_fail(cx, ERR_INVALID, "day", "只能结账到昨天为止", "only days that are over can be closed");
    enum err e = company_has_project(cx, project_id, ERR_NOT_FOUND, "project_id");
    if (!e)
        e = db_exec(cx, &q_close,
                    ARGS(I64(cx->who.company_id), I64(project_id), I64(day), I64(cx->who.id), I64(cx->now)), &changed);
    if (!e && !changed)
        e = cx_fail(cx, ERR_STATE, "day", "已结账到更晚的日期", "closed up to a later day already");
    return e ? e
             : audit_add(cx, "ledger.close", "project", project_id, NULL,
                         arena_printf(cx->arena, "{\"until\":%d}", day));
}

enum err ledger_verify(struct ctx *cx, int64_t *entries, int64_t *bad, int64_t *diff)
{
    enum err e = db_i64(cx, &q_count, NO_ARGS, entries, NULL);
    if (!e)
        e = db_i64(cx, &q_bad, NO_ARGS, bad, NULL);
    return e ? e : db_i64(cx, &q_diff, NO_ARGS, diff, NULL);
}
