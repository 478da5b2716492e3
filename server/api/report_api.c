/* report_api.c - HTTP face of the reports and of the ledger. SPDX-License-Identifier: MIT */
#include "api/route.h"
#include "base/clock.h"
#include "domain/fin_report.h"
#include "domain/ledger.h"
#include "domain/payment.h"
#include "platform/store/store.h"
#include <stdio.h>
#include <string.h>

/* A report may read for seconds: it has a thread that may block, and one read transaction. */
struct ask {
    enum report_by by;
    enum takings_by takings;
    int32_t from, to;
    struct jw w;
    job_fn *run;
};

static enum err query_days(struct ctx *cx, const struct request *rq, int32_t *from, int32_t *to)
{
    int32_t today = clock_day(cx->now);
    enum err e = query_day(cx, rq, "from", today / 100 * 100 + 1, from);
    return e ? e : query_day(cx, rq, "to", today, to);
}

static enum err query_name(struct ctx *cx, const struct request *rq, const char *name, const char *const *known,
                           size_t n, int *out)
{
    const char *s = NULL;
    enum err e = query_text(cx, rq, name, &s);
    *out = s ? str_index(known, n, s) : 0;
    return !e && *out < 0 ? cx_fail(cx, ERR_INVALID, name, "参数无效", "not one of the allowed values") : e;
}

static void one_receivable(void *arg, const struct receivable_row *r)
{
    struct ask *a = arg;
    struct jw *w = &a->w;
    jw_obj(w);
    kv_id(w, "key", a->by != BY_MONTH && r->key > 0 ? r->key : 0);
    kv_str(w, "name", r->name);
    kv_int(w, "receivable_fen", r->receivable_fen);
    kv_int(w, "received_fen", r->received_fen);
    kv_int(w, "written_off_fen", r->written_off_fen);
    kv_int(w, "arrears_fen", r->arrears_fen);
    kv_int(w, "late_fen", r->late_fen);
    kv_int(w, "rate_e4", report_rate_e4(r));
    jw_key(w, "age_fen");
    jw_obj(w);
    for (int i = 0; i < REPORT_AGES; i++)
        kv_int(w, report_age_name[i], r->age[i]);
    jw_end(w);
    jw_end(w);
}

static enum err run_receivable(struct ctx *cx, void *arg)
{
    struct ask *a = arg;
    list_open(cx, &a->w);
    return report_receivable(cx, a->by, a->to, one_receivable, a);
}

static enum err h_receivable(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct ask a = {.by = BY_PROJECT};
    int by = 0;
    enum err e = query_name(cx, rq, "by", report_by_name, REPORT_BYS, &by);
    a.by = (enum report_by)by;
    if (!e)
        e = query_day(cx, rq, "as_of", clock_day(cx->now), &a.to);
    return e ? e : list_close(rs, &a.w, store_read(cx, run_receivable, &a));
}

static void one_takings(void *arg, const struct takings_row *r)
{
    static const char *const kind[TAKINGS_KINDS] = {"taken", "void", "refund"};
    struct ask *a = arg;
    struct jw *w = &a->w;
    char name[32];
    jw_obj(w);
    kv_id(w, "key", a->takings > TAKEN_BY_METHOD && r->key > 0 ? r->key : 0);
    kv_str(w, "name", r->name);
    if (a->takings == TAKEN_BY_METHOD)
        kv_str(w, "method", r->key >= 0 ? pay_method_name[r->key] : NULL);
    for (int k = 0; k < TAKINGS_KINDS; k++) {
        snprintf(name, sizeof name, "%s_n", kind[k]);
        kv_int(w, name, r->n[k]);
        snprintf(name, sizeof name, "%s_fen", kind[k]);
        kv_int(w, name, r->fen[k]);
    }
    kv_int(w, "net_fen", r->fen[TAKINGS_TAKEN] - r->fen[TAKINGS_VOID] - r->fen[TAKINGS_REFUND]);
    jw_end(w);
}

static enum err run_takings(struct ctx *cx, void *arg)
{
    struct ask *a = arg;
    list_open(cx, &a->w);
    return report_takings(cx, a->takings, a->from, a->to, one_takings, a);
}

static enum err h_takings(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct ask a = {.takings = TAKEN_BY_DAY};
    int by = 0;
    enum err e = query_name(cx, rq, "by", takings_by_name, TAKINGS_BYS, &by);
    a.takings = (enum takings_by)by;
    if (!e)
        e = query_days(cx, rq, &a.from, &a.to);
    return e ? e : list_close(rs, &a.w, store_read(cx, run_takings, &a));
}

static void one_trial(void *arg, const struct trial_row *r)
{
    struct jw *w = &((struct ask *)arg)->w;
    jw_obj(w);
    kv_str(w, "account", r->account);
    kv_str(w, "name", r->name);
    kv_int(w, "opening_fen", r->opening_fen);
    kv_int(w, "debit_fen", r->debit_fen);
    kv_int(w, "credit_fen", r->credit_fen);
    kv_int(w, "closing_fen", r->closing_fen);
    jw_end(w);
}

static enum err run_trial(struct ctx *cx, void *arg)
{
    struct ask *a = arg;
    list_open(cx, &a->w);
    return report_trial(cx, a->from, a->to, one_trial, a);
}

static enum err h_trial(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct ask a = {.takings = TAKEN_BY_DAY};
    enum err e = query_days(cx, rq, &a.from, &a.to);
    return e ? e : list_close(rs, &a.w, store_read(cx, run_trial, &a));
}

/* ---- account ledger: the cursor is day.entry.line of the last row ---- */

struct book {
    int account;
    int64_t party, limit, opening, n;
    int32_t from, to;
    struct book_at after, last;
    struct jw rows;
};

static void one_line(void *arg, const struct book_row *r)
{
    struct book *b = arg;
    struct jw *w = &b->rows;
    jw_obj(w);
    kv_int(w, "day", r->day);
    kv_id(w, "entry_id", r->entry_id);
    kv_int(w, "n", r->n);
    kv_str(w, "kind", r->kind);
    kv_str(w, "ref_kind", r->ref_kind);
    kv_id(w, "ref_id", r->ref_id);
    kv_id(w, "party_id", r->party_id);
    kv_str(w, "memo", r->memo);
    kv_int(w, "debit_fen", r->debit_fen);
    kv_int(w, "credit_fen", r->credit_fen);
    kv_int(w, "balance_fen", r->balance_fen);
    jw_end(w);
    b->n++;
    b->last = (struct book_at){.day = r->day, .entry_id = r->entry_id, .n = r->n};
}

static enum err run_book(struct ctx *cx, void *arg)
{
    struct book *b = arg;
    b->n = 0;
    jw_init(&b->rows, cx->arena);
    jw_arr(&b->rows);
    return report_book(cx, b->account, b->party, b->from, b->to, &b->after, b->limit, &b->opening, one_line, b);
}

static enum err query_after(struct ctx *cx, const struct request *rq, struct book_at *at)
{
    const char *s = NULL;
    int64_t part[3] = {0};
    enum err e = query_text(cx, rq, "after", &s);
    *at = (struct book_at){.day = 0};
    for (int i = 0; i < 3 && !e && s; i++) {
        size_t n = strcspn(s, ".");
        if (!parse_i64_n(s, n, &part[i]) || part[i] < 0 || (s[n] == '.') != (i < 2))
            e = cx_fail(cx, ERR_INVALID, "after", "游标无效", "not a cursor");
        s += n + (s[n] == '.');
    }
    if (!e && part[0] > 99991231)
        e = cx_fail(cx, ERR_INVALID, "after", "游标无效", "not a cursor");
    if (!e)
        *at = (struct book_at){.day = (int32_t)part[0], .entry_id = part[1], .n = part[2]};
    return e;
}

static enum err h_book(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct book b = {.party = -1};
    struct jw w;
    b.account = str_index(ledger_account_name, LA_COUNT, rq->arg[0]);
    enum err e = b.account < 0 ? cx_fail(cx, ERR_NOT_FOUND, "account", "科目不存在", "no such account") : OK;
    if (!e)
        e = query_i64(cx, rq, "party_id", 0, INT64_C(9007199254740991), -1, &b.party);
    if (!e)
        e = query_days(cx, rq, &b.from, &b.to);
    if (!e)
        e = query_i64(cx, rq, "limit", 1, 500, 100, &b.limit);
    if (!e)
        e = query_after(cx, rq, &b.after);
    if (!e)
        e = store_read(cx, run_book, &b);
    if (e)
        return e;
    jw_arr_end(&b.rows);
    jw_init(&w, cx->arena);
    jw_obj(&w);
    kv_int(&w, "opening_fen", b.opening);
    kv_raw(&w, "items", jw_text(&b.rows));
    kv_str(&w, "next_after",
           b.n == b.limit
               ? arena_printf(cx->arena, "%d.%lld.%lld", b.last.day, (long long)b.last.entry_id, (long long)b.last.n)
               : NULL);
    jw_end(&w);
    return reply_json(rs, 200, &w);
}

/* ---- closing of days ---- */

static enum err reply_closed(struct ctx *cx, struct response *rs)
{
    struct jw w;
    int32_t day = 0;
    enum err e = report_closed_until(cx, &day);
    if (e)
        return e;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    kv_int(&w, "closed_until", day);
    jw_end(&w);
    return reply_json(rs, 200, &w);
}

static enum err h_closed(struct ctx *cx, const struct request *rq, struct response *rs)
{
    (void)rq;
    return reply_closed(cx, rs);
}

struct close_in {
    int64_t day;
};
static const struct field close_fields[] = {FIELD_I64(struct close_in, day, 20000101, 99991231)};

static enum err h_close(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct close_in in = {0};
    enum err e = BODY(cx, rq, close_fields, &in);
    if (!e)
        e = ledger_close(cx, cx->who.project_id, (int32_t)in.day);
    return e ? e : reply_closed(cx, rs);
}

#define WHO_BOOKS (ROLES_ADMIN | ROLE_MANAGER | ROLE_AUDITOR)
/* clang-format off */
static const struct route rows[] = {
    {M_GET,  "/api/v1/reports/receivable",       h_receivable, LANE_SLOW,  ROLES_MONEY, SCOPE_PROJECT, 0,   0,             "reportReceivable"},
    {M_GET,  "/api/v1/reports/takings",          h_takings,    LANE_SLOW,  ROLES_MONEY, SCOPE_PROJECT, 0,   0,             "reportTakings"},
    {M_GET,  "/api/v1/ledger/trial",             h_trial,      LANE_SLOW,  WHO_BOOKS,   SCOPE_PROJECT, 0,   0,             "getTrialBalance"},
    {M_GET,  "/api/v1/ledger/accounts/{account}", h_book,      LANE_SLOW,  WHO_BOOKS,   SCOPE_PROJECT, 0,   0,             "getAccountLedger"},
    {M_GET,  "/api/v1/ledger/lock",              h_closed,     LANE_READ,  ROLES_MONEY, SCOPE_PROJECT, 0,   0,             "getClosedDay"},
    {M_POST, "/api/v1/ledger/lock",              h_close,      LANE_WRITE, ROLES_SETS,  SCOPE_PROJECT, 256, RF_IDEMPOTENT, "closeDays"},
};
/* clang-format on */
const struct route_set report_routes = {rows, COUNT(rows)};
