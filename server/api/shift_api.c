/* shift_api.c - HTTP face of a cashier's shift. SPDX-License-Identifier: MIT */
#include "api/route.h"
#include "base/money.h"
#include "domain/shift.h"
#include "platform/store/store.h"

static void one_shift(void *arg, const struct cash_shift *s)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_id(w, "id", s->id);
    kv_int(w, "number", s->number);
    kv_str(w, "state", s->state);
    kv_id(w, "cashier_id", s->cashier_id);
    kv_str(w, "cashier", s->cashier);
    kv_int(w, "day", s->day);
    kv_time(w, "from_at", s->from_at);
    kv_time(w, "closed_at", s->closed_at);
    kv_int(w, "float_fen", s->float_fen);
    kv_int(w, "expected_fen", s->expected_fen);
    kv_int(w, "counted_fen", s->counted_fen);
    kv_int(w, "difference_fen", str_eq(s->state, "open") ? 0 : s->counted_fen - s->expected_fen);
    kv_str(w, "reason", s->reason);
    kv_id(w, "confirmed_by", s->confirmed_by);
    kv_str(w, "confirmer", s->confirmer);
    kv_time(w, "confirmed_at", s->confirmed_at);
    kv_int(w, "recounted_fen", s->recounted_fen);
    kv_str(w, "confirm_reason", s->confirm_reason);
    kv_int(w, "version", s->version);
    jw_key(w, "totals");
    jw_arr(w);
    for (size_t i = 0; i < s->ntotal; i++) {
        jw_obj(w);
        kv_str(w, "kind", s->total[i].kind < 0 ? NULL : shift_kind_name[s->total[i].kind]);
        kv_str(w, "method", s->total[i].method < 0 ? NULL : pay_method_name[s->total[i].method]);
        kv_int(w, "n", s->total[i].n);
        kv_int(w, "fen", s->total[i].fen);
        jw_end(w);
    }
    jw_arr_end(w);
    jw_end(w);
}

static enum err reply_shift(struct ctx *cx, struct response *rs, int status, const struct cash_shift *s)
{
    struct jw w;
    jw_init(&w, cx->arena);
    one_shift(&w, s);
    return reply_json(rs, status, &w);
}

static enum err h_current(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct cash_shift s;
    (void)rq;
    enum err e = shift_current(cx, &s);
    return e ? e : reply_shift(cx, rs, 200, &s);
}

struct close_in {
    int64_t float_fen, counted_fen;
    const char *reason;
};
static const struct field close_fields[] = {FIELD_I64(struct close_in, float_fen, 0, FEN_MAX),
                                            FIELD_I64(struct close_in, counted_fen, 0, FEN_MAX),
                                            OPT_STR(struct close_in, reason, 0, 200)};

static enum err h_close(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct close_in in = {0};
    struct cash_shift s;
    enum err e = BODY(cx, rq, close_fields, &in);
    if (!e)
        e = shift_close(cx, in.float_fen, in.counted_fen, in.reason, &s);
    return e ? e : reply_shift(cx, rs, 201, &s);
}

static const struct field confirm_fields[] = {FIELD_I64(struct close_in, counted_fen, 0, FEN_MAX),
                                              OPT_STR(struct close_in, reason, 0, 200)};

static enum err h_confirm(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct close_in in = {0};
    struct cash_shift s;
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = BODY(cx, rq, confirm_fields, &in);
    if (!e)
        e = shift_confirm(cx, id, in.counted_fen, in.reason, &s);
    return e ? e : reply_shift(cx, rs, 200, &s);
}

static enum err h_get(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct cash_shift s;
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = shift_get(cx, id, &s);
    return e ? e : reply_shift(cx, rs, 200, &s);
}

static void one_listed(void *arg, const struct cash_shift *s)
{
    struct page *l = arg;
    one_shift(&l->w, s);
    page_row(l, s->id);
}

static enum err h_list(struct ctx *cx, const struct request *rq, struct response *rs)
{
    static const char *const known[] = {"closed", "confirmed"};
    struct page l = {.n = 0};
    const char *state = NULL;
    enum err e = page_open(cx, rq, &l);
    if (!e)
        e = query_word(cx, rq, "state", known, COUNT(known), &state);
    return e ? e : page_close(rs, &l, shift_list(cx, state ? state : "", l.before, l.limit, one_listed, &l));
}

struct paper {
    int64_t id;
    struct cash_shift s;
    const char *company, *project;
};

static enum err run_paper(struct ctx *cx, void *arg)
{
    struct paper *p = arg;
    enum err e = shift_get(cx, p->id, &p->s);
    return e ? e : shift_names(cx, &p->company, &p->project);
}

static enum err h_pdf(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct paper p = {0};
    enum err e = path_id(cx, rq, 0, &p.id);
    if (!e)
        e = store_read(cx, run_paper, &p);
    if (e)
        return e;
    rs->body = shift_pdf(cx->arena, &p.s, p.company, p.project, &rs->len);
    if (!rs->body)
        return cx_fail(cx, ERR_INTERNAL, NULL, "无法生成文件", "the document could not be made");
    rs->type = "application/pdf";
    reply_header(rs, "content-disposition", "inline; filename=\"shift.pdf\"");
    reply_header(rs, "content-security-policy", "default-src 'none'; sandbox");
    return OK;
}

/* clang-format off */
static const struct route rows[] = {
    {M_GET,  "/api/v1/cash-shifts",                h_list,    LANE_READ,  ROLES_MONEY, SCOPE_PROJECT, 0,    0,             "listCashShifts"},
    {M_POST, "/api/v1/cash-shifts",                h_close,   LANE_WRITE, ROLES_TAKES, SCOPE_PROJECT, 1024, RF_IDEMPOTENT, "closeCashShift"},
    {M_GET,  "/api/v1/cash-shifts/current",        h_current, LANE_READ,  ROLES_TAKES, SCOPE_SELF,    0,    0,             "getOpenCashShift"},
    {M_GET,  "/api/v1/cash-shifts/{id}",           h_get,     LANE_READ,  ROLES_MONEY, SCOPE_PROJECT, 0,    0,             "getCashShift"},
    {M_POST, "/api/v1/cash-shifts/{id}/confirm",   h_confirm, LANE_WRITE, ROLES_SETS,  SCOPE_PROJECT, 1024, RF_IDEMPOTENT, "confirmCashShift"},
    {M_GET,  "/api/v1/cash-shifts/{id}/shift.pdf", h_pdf,     LANE_SLOW,  ROLES_MONEY, SCOPE_PROJECT, 0,    0,             "printCashShift"},
};
/* clang-format on */
const struct route_set shift_routes = {rows, COUNT(rows)};
