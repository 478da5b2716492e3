/* shift.c - see shift.h. SPDX-License-Identifier: MIT */
#include "domain/shift.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/money.h"
#include "domain/audit.h"
#include "domain/ledger.h"
#include "platform/store/db.h"

const char *const shift_kind_name[SHIFT_KINDS] = {"taken", "void", "refund"};
const char *const shift_kind_zh[SHIFT_KINDS] = {"收款", "作废", "现金退款"};

/* A refund is its shift's whose cash it was: the entry says so. */
#define MY_REFUNDS                                                                                                     \
    " company_id = $1 AND project_id = $2 AND shift_id = 0 AND method = 'cash' AND state = 'success' AND EXISTS "      \
    "(SELECT 1 FROM"                                                                                                   \
    " ledger_line l WHERE l.entry_id = refund.entry_id AND l.account = 'cash' AND l.party_id = $3)"
STMT(q_open, "shift.open",
     "SELECT method, COUNT(*), CAST(SUM(amount_fen) AS BIGINT),"
     " CAST(SUM(CASE WHEN state = 'void' THEN 1 ELSE 0 END) AS BIGINT),"
     " CAST(SUM(CASE WHEN state = 'void' THEN amount_fen ELSE 0 END) AS BIGINT), MIN(created_at) FROM payment"
     " WHERE company_id = $1 AND project_id = $2 AND cashier_id = $3 AND shift_id = 0 GROUP BY method ORDER BY method");
STMT(q_open_refunds, "shift.open_refunds",
     "SELECT COUNT(*), CAST(COALESCE(SUM((SELECT SUM(c.credit_fen - c.debit_fen) FROM ledger_line c"
     " WHERE c.entry_id = refund.entry_id AND c.account = 'cash' AND c.party_id = $3)), 0) AS BIGINT),"
     " COALESCE(MIN(done_at), 0) FROM refund WHERE" MY_REFUNDS);
STMT(q_last_float, "shift.last_float",
     "SELECT float_fen FROM cash_shift WHERE company_id = $1 AND cashier_id = $2 AND project_id = $3"
     " ORDER BY id DESC LIMIT 1");
STMT(
    q_insert, "shift.insert",
    "INSERT INTO cash_shift(id, company_id, project_id, number, cashier_id, from_at, closed_at, day, float_fen,"
    " expected_fen, counted_fen, reason, entry_id) SELECT $1, $2, $3, COALESCE(MAX(number), 0) + 1, $4, $5, $6, $7, $8,"
    " $9, $10, $11, $12 FROM cash_shift WHERE company_id = $2 AND project_id = $3");
STMT(q_insert_total, "shift.insert_total",
     "INSERT INTO cash_shift_total(shift_id, kind, method, company_id, n, fen) VALUES ($1, $2, $3, $4, $5, $6)");
STMT(q_lock_payments, "shift.lock_payments",
     "UPDATE payment SET shift_id = $4 WHERE company_id = $1 AND project_id = $2 AND cashier_id = $3 AND shift_id = 0");
STMT(q_lock_refunds, "shift.lock_refunds", "UPDATE refund SET shift_id = $4 WHERE" MY_REFUNDS);
STMT(q_confirm, "shift.confirm",
     "UPDATE cash_shift SET state = 'confirmed', confirmed_by = $2, confirmed_at = $3, recounted_fen = $4,"
     " confirm_reason = $5, confirm_entry_id = $6, version = version + 1 WHERE id = $1 AND state = 'closed'");
#define COLUMNS                                                                                                        \
    "SELECT s.id, s.project_id, s.number, s.cashier_id, s.from_at, s.closed_at, s.day, s.float_fen, s.expected_fen,"   \
    " s.counted_fen, s.confirmed_by, s.confirmed_at, s.recounted_fen, s.version, s.state, s.reason, s.confirm_reason," \
    " COALESCE((SELECT a.name FROM account a WHERE a.id = s.cashier_id), ''),"                                         \
    " COALESCE((SELECT a.name FROM account a WHERE a.id = s.confirmed_by), '') FROM cash_shift s"
STMT(q_get, "shift.get", COLUMNS " WHERE s.id = $1 AND s.company_id = $2 AND s.project_id = $3");
STMT(q_list, "shift.list",
     COLUMNS " WHERE s.company_id = $1 AND s.project_id = $2 AND ($3 = '' OR s.state = $3) AND ($4 = 0 OR s.id < $4)"
             " ORDER BY s.id DESC LIMIT $5");
STMT(q_totals, "shift.totals",
     "SELECT kind, method, n, fen FROM cash_shift_total WHERE shift_id = $1 AND company_id = $2 ORDER BY kind, method");
STMT(q_names, "shift.names",
     "SELECT c.name, p.name FROM project p JOIN company c ON c.id = p.company_id WHERE p.id = $1 AND c.id = $2");
STMT(q_bad, "shift.bad",
     "SELECT COALESCE(MIN(s.id), 0) FROM cash_shift s WHERE"
     " COALESCE((SELECT SUM(t.fen) FROM cash_shift_total t WHERE t.shift_id = s.id AND t.kind = 'taken'), 0) <>"
     " COALESCE((SELECT SUM(p.amount_fen) FROM payment p WHERE p.company_id = s.company_id AND p.cashier_id ="
     " s.cashier_id AND p.shift_id = s.id), 0)"
     " OR COALESCE((SELECT SUM(t.fen) FROM cash_shift_total t WHERE t.shift_id = s.id AND t.kind = 'refund'), 0) <>"
     " COALESCE((SELECT SUM(r.amount_fen) FROM refund r WHERE r.company_id = s.company_id AND r.shift_id = s.id), 0)"
     " OR s.expected_fen - s.float_fen <> COALESCE((SELECT SUM(CASE WHEN t.kind = 'taken' THEN t.fen ELSE -t.fen END)"
     " FROM cash_shift_total t WHERE t.shift_id = s.id AND t.method = 'cash'), 0)");

/* ---- the open shift ---- */

static void add_total(struct cash_shift *s, int kind, int method, int64_t n, int64_t fen)
{
    if (n)
        s->total[s->ntotal++] = (struct shift_total){kind, method, n, fen};
    if (method == PAY_CASH)
        s->expected_fen += kind == SHIFT_TAKEN ? fen : -fen;
}

static void begins(struct cash_shift *s, int64_t when)
{
    if (when && (!s->from_at || when < s->from_at))
        s->from_at = when;
}

static enum err on_open(struct ctx *cx, const struct row *r, void *out)
{
    struct cash_shift *s = out;
    int method = str_index(pay_method_name, PAY_METHODS, row_text(cx, r, 0));
    if (method < 0)
        return ERR_INTERNAL;
    add_total(s, SHIFT_TAKEN, method, row_i64(r, 1), row_i64(r, 2));
    add_total(s, SHIFT_VOID, method, row_i64(r, 3), row_i64(r, 4));
    begins(s, row_i64(r, 5));
    return OK;
}

static enum err on_open_refunds(struct ctx *cx, const struct row *r, void *out)
{
    struct cash_shift *s = out;
    (void)cx;
    add_total(s, SHIFT_REFUND, PAY_CASH, row_i64(r, 0), row_i64(r, 1));
    begins(s, row_i64(r, 2));
    return OK;
}

/* before: the cashier has closed one already, and float_fen is that one's. */
static enum err open_shift(struct ctx *cx, struct cash_shift *out, bool *before)
{
    *out = (struct cash_shift){.project_id = cx->who.project_id,
                               .cashier_id = cx->who.id,
                               .day = clock_day(cx->now),
                               .state = "open",
                               .cashier = cx->who.name,
                               .confirmer = "",
                               .reason = "",
                               .confirm_reason = ""};
    struct args mine = ARGS(I64(cx->who.company_id), I64(cx->who.project_id), I64(cx->who.id));
    enum err e = db_each(cx, &q_open, mine, on_open, out);
    if (!e)
        e = db_one(cx, &q_open_refunds, mine, on_open_refunds, out);
    return e ? e
             : db_i64(cx, &q_last_float, ARGS(I64(cx->who.company_id), I64(cx->who.id), I64(cx->who.project_id)),
                      &out->float_fen, before);
}

enum err shift_current(struct ctx *cx, struct cash_shift *out)
{
    bool before = false;
    return open_shift(cx, out, &before);
}

/* ---- closing ---- */

/* What is over or short: found money is a negative expense. */
static enum err book_difference(struct ctx *cx, const struct cash_shift *s, int64_t diff, int64_t *entry)
{
    const struct ledger_entry as = {
        .project_id = s->project_id, .ref_id = s->id, .day = s->day, .kind = "shift_close", .ref_kind = "cash_shift"};
    const struct ledger_line l[] = {
        DR(LA_CASH, s->cashier_id, diff > 0 ? diff : 0), CR(LA_CASH_OVER_SHORT, 0, diff > 0 ? diff : 0),
        DR(LA_CASH_OVER_SHORT, 0, diff < 0 ? -diff : 0), CR(LA_CASH, s->cashier_id, diff < 0 ? -diff : 0)};
    *entry = 0;
    return diff ? ledger_post(cx, &as, l, COUNT(l), entry) : OK;
}

static enum err save(struct ctx *cx, const struct cash_shift *s, int64_t entry)
{
    enum err e = db_exec(cx, &q_insert,
                         ARGS(I64(s->id), I64(cx->who.company_id), I64(s->project_id), I64(s->cashier_id),
                              I64(s->from_at), I64(cx->now), I64(s->day), I64(s->float_fen), I64(s->expected_fen),
                              I64(s->counted_fen), TXT(s->reason), I64(entry)),
                         NULL);
    for (size_t i = 0; i < s->ntotal && !e; i++)
        e = db_exec(cx, &q_insert_total,
                    ARGS(I64(s->id), TXT(shift_kind_name[s->total[i].kind]), TXT(pay_method_name[s->total[i].method]),
                         I64(cx->who.company_id), I64(s->total[i].n), I64(s->total[i].fen)),
                    NULL);
    return e;
}

static enum err lock(struct ctx *cx, const struct cash_shift *s)
{
    struct args mine = ARGS(I64(cx->who.company_id), I64(s->project_id), I64(s->cashier_id), I64(s->id));
    enum err e = db_exec(cx, &q_lock_payments, mine, NULL);
    return e ? e : db_exec(cx, &q_lock_refunds, mine, NULL);
}

/* The float is no money of the books: it must not swallow what is missing from the drawer. */
static enum err check_float(struct ctx *cx, int64_t last, int64_t float_fen, const char *reason)
{
    return last == float_fen || !str_empty(reason)
               ? OK
               : cx_fail(cx, ERR_INVALID, "float_fen", "上一班备用金为 %lld 分,请说明变动原因",
                         "the float of the last shift was %lld fen; say why it changed", (long long)last);
}

enum err shift_close(struct ctx *cx, int64_t float_fen, int64_t counted_fen, const char *reason, struct cash_shift *out)
{
    int64_t entry = 0;
    bool before = false;
    enum err e = open_shift(cx, out, &before);
    int64_t last = before ? out->float_fen : float_fen;
    out->id = id_new();
    out->float_fen = float_fen;
    out->counted_fen = counted_fen;
    out->expected_fen += float_fen;
    out->reason = reason ? reason : "";
    int64_t diff = counted_fen - out->expected_fen;
    if (!e && !out->ntotal)
        e = cx_fail(cx, ERR_STATE, "state", "没有可交班的收款", "there is nothing to close");
    if (!e)
        e = check_float(cx, last, float_fen, reason);
    if (!e && (diff > FEN_MAX || diff < -FEN_MAX))
        e = cx_fail(cx, ERR_INVALID, "counted_fen", "清点金额无效", "not what can lie in a drawer");
    if (!e && diff && str_empty(reason))
        e = cx_fail(cx, ERR_INVALID, "reason", "实点与应有相差 %lld 分,请说明原因",
                    "the count differs by %lld fen; say why", (long long)diff);
    if (!e)
        e = book_difference(cx, out, diff, &entry);
    if (!e)
        e = save(cx, out, entry);
    if (!e)
        e = lock(cx, out);
    if (!e)
        e = audit_add(cx, "shift.close", "cash_shift", out->id, NULL,
                      arena_printf(cx->arena, "{\"expected_fen\":%lld,\"counted_fen\":%lld}",
                                   (long long)out->expected_fen, (long long)counted_fen));
    return e ? e : shift_get(cx, out->id, out);
}

/* ---- confirming ---- */

static enum err hand_over(struct ctx *cx, const struct cash_shift *s, int64_t counted, int64_t *entry)
{
    const struct ledger_entry as = {.project_id = s->project_id,
                                    .ref_id = s->id,
                                    .day = clock_day(cx->now),
                                    .kind = "shift_confirm",
                                    .ref_kind = "cash_shift"};
    int64_t given = s->counted_fen - s->float_fen, got = counted - s->float_fen, diff = got - given;
    const struct ledger_line l[] = {DR(LA_CASH, 0, got > 0 ? got : 0),
                                    CR(LA_CASH, 0, got < 0 ? -got : 0),
                                    CR(LA_CASH, s->cashier_id, given > 0 ? given : 0),
                                    DR(LA_CASH, s->cashier_id, given < 0 ? -given : 0),
                                    DR(LA_CASH_OVER_SHORT, 0, diff < 0 ? -diff : 0),
                                    CR(LA_CASH_OVER_SHORT, 0, diff > 0 ? diff : 0)};
    *entry = 0;
    return given || got ? ledger_post(cx, &as, l, COUNT(l), entry) : OK;
}

enum err shift_confirm(struct ctx *cx, int64_t id, int64_t counted_fen, const char *reason, struct cash_shift *out)
{
    int64_t entry = 0;
    enum err e = shift_get(cx, id, out);
    if (!e && out->cashier_id == cx->who.id)
        e = cx_fail(cx, ERR_FORBIDDEN, NULL, "须由另一人清点确认", "another person has to count and confirm");
    if (!e && !str_eq(out->state, "closed"))
        e = cx_fail(cx, ERR_STATE, "state", "该班次已确认", "confirmed already");
    if (!e && counted_fen != out->counted_fen && str_empty(reason))
        e = cx_fail(cx, ERR_INVALID, "reason", "与收费员清点相差 %lld 分,请说明原因",
                    "it differs from the cashier's count by %lld fen; say why",
                    (long long)(counted_fen - out->counted_fen));
    if (!e)
        e = hand_over(cx, out, counted_fen, &entry);
    if (!e)
        e = db_change_one(
            cx, &q_confirm,
            ARGS(I64(id), I64(cx->who.id), I64(cx->now), I64(counted_fen), TXT(reason ? reason : ""), I64(entry)),
            ERR_STATE, "该班次已确认", "confirmed already");
    if (!e)
        e = audit_add(cx, "shift.confirm", "cash_shift", id, NULL,
                      arena_printf(cx->arena, "{\"counted_fen\":%lld}", (long long)counted_fen));
    return e ? e : shift_get(cx, id, out);
}

/* ---- reading ---- */

static enum err on_shift(struct ctx *cx, const struct row *r, void *out)
{
    struct cash_shift *s = out;
    *s = (struct cash_shift){.id = row_i64(r, 0),
                             .project_id = row_i64(r, 1),
                             .number = row_i64(r, 2),
                             .cashier_id = row_i64(r, 3),
                             .from_at = row_i64(r, 4),
                             .closed_at = row_i64(r, 5),
                             .day = (int32_t)row_i64(r, 6),
                             .float_fen = row_i64(r, 7),
                             .expected_fen = row_i64(r, 8),
                             .counted_fen = row_i64(r, 9),
                             .confirmed_by = row_i64(r, 10),
                             .confirmed_at = row_i64(r, 11),
                             .recounted_fen = row_i64(r, 12),
                             .version = row_i64(r, 13),
                             .state = row_text(cx, r, 14),
                             .reason = row_text(cx, r, 15),
                             .confirm_reason = row_text(cx, r, 16),
                             .cashier = row_text(cx, r, 17),
                             .confirmer = row_text(cx, r, 18)};
    return OK;
}

static enum err on_total(struct ctx *cx, const struct row *r, void *out)
{
    struct cash_shift *s = out;
    if (s->ntotal == COUNT(s->total))
        return ERR_INTERNAL;
    s->total[s->ntotal++] =
        (struct shift_total){str_index(shift_kind_name, SHIFT_KINDS, row_text(cx, r, 0)),
                             str_index(pay_method_name, PAY_METHODS, row_text(cx, r, 1)), row_i64(r, 2), row_i64(r, 3)};
    return OK;
}

enum err shift_get(struct ctx *cx, int64_t id, struct cash_shift *out)
{
    enum err e = db_one(cx, &q_get, ARGS(I64(id), I64(cx->who.company_id), I64(cx->who.project_id)), on_shift, out);
    if (e == ERR_NOT_FOUND)
        return cx_fail(cx, e, "id", "班次不存在", "no such shift");
    return e ? e : db_each(cx, &q_totals, ARGS(I64(id), I64(cx->who.company_id)), on_total, out);
}

struct listing {
    shift_fn *fn;
    void *arg;
};

static enum err on_listed(struct ctx *cx, const struct row *r, void *out)
{
    struct listing *l = out;
    struct cash_shift s;
    enum err e = on_shift(cx, r, &s);
    l->fn(l->arg, &s);
    return e;
}

enum err shift_list(struct ctx *cx, const char *state, int64_t before, int64_t limit, shift_fn *fn, void *arg)
{
    struct listing l = {fn, arg};
    return db_each(cx, &q_list,
                   ARGS(I64(cx->who.company_id), I64(cx->who.project_id), TXT(state), I64(before), I64(limit)),
                   on_listed, &l);
}

struct names {
    const char **company, **project;
};

static enum err on_names(struct ctx *cx, const struct row *r, void *out)
{
    struct names *n = out;
    *n->company = row_text(cx, r, 0);
    *n->project = row_text(cx, r, 1);
    return OK;
}

enum err shift_names(struct ctx *cx, const char **company, const char **project)
{
    struct names n = {company, project};
    *company = *project = "";
    enum err e = db_one(cx, &q_names, ARGS(I64(cx->who.project_id), I64(cx->who.company_id)), on_names, &n);
    return e == ERR_NOT_FOUND ? cx_fail(cx, e, "project_id", "请先选择项目", "choose a project first") : e;
}

enum err shift_verify(struct ctx *cx, int64_t *bad)
{
    return db_i64(cx, &q_bad, NO_ARGS, bad, NULL);
}
