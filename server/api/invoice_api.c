/* invoice_api.c - HTTP face of invoices. SPDX-License-Identifier: MIT */
#include "api/route.h"
#include "domain/invoice.h"
#include "platform/config.h"
#include "platform/files.h"
#include "platform/store/store.h"

static void one_invoice(void *arg, const struct invoice *i)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_id(w, "id", i->id);
    kv_id(w, "payment_id", i->payment_id);
    kv_id(w, "account_id", i->account_id);
    kv_str(w, "state", invoice_state_name[i->state]);
    kv_str(w, "buyer", i->buyer < 0 ? NULL : invoice_buyer_name[i->buyer]);
    kv_str(w, "title", i->title);
    kv_str(w, "tax_no", i->tax_no);
    kv_str(w, "mail", i->mail_hint);
    kv_int(w, "amount_fen", i->amount_fen);
    kv_str(w, "code", i->code);
    kv_str(w, "number", i->number);
    kv_str(w, "red_number", i->red_number);
    kv_bool(w, "file", i->file_id != 0);
    kv_str(w, "reason", i->reason);
    kv_int(w, "version", i->version);
    kv_time(w, "created_at", i->created_at);
    kv_time(w, "changed_at", i->changed_at);
    jw_end(w);
}

static enum err reply_invoice(struct ctx *cx, struct response *rs, int status, const struct invoice *i)
{
    struct jw w;
    jw_init(&w, cx->arena);
    one_invoice(&w, i);
    return reply_json(rs, status, &w);
}

static const struct field apply_fields[] = {
    FIELD_ID(struct invoice_in, payment_id),     FIELD_ENUM(struct invoice_in, buyer, invoice_buyer_name),
    FIELD_STR(struct invoice_in, title, 1, 100), OPT_STR(struct invoice_in, tax_no, 0, 20),
    OPT_STR(struct invoice_in, mail, 0, 254),    OPT_I64(struct invoice_in, amount_fen, 1, 100000000000)};

static enum err h_apply(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct invoice_in in = {0};
    struct invoice i;
    enum err e = BODY(cx, rq, apply_fields, &in);
    if (!e)
        e = invoice_apply(cx, &in, &i);
    return e ? e : reply_invoice(cx, rs, 201, &i);
}

static const struct field act_fields[] = {
    OPT_STR(struct invoice_step, code, 0, 20), OPT_STR(struct invoice_step, number, 0, 20),
    OPT_STR(struct invoice_step, red_number, 0, 20), OPT_STR(struct invoice_step, reason, 0, 200),
    OPT_ID(struct invoice_step, file_id)};

static enum err h_act(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct invoice_step s = {0};
    struct invoice i;
    int64_t id = 0;
    int action = str_index(invoice_action_name, INVOICE_ACTIONS, rq->arg[1]);
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = BODY(cx, rq, act_fields, &s);
    if (!e && action < 0)
        e = cx_fail(cx, ERR_NOT_FOUND, "action", "没有该操作", "no such action");
    s.action = action < 0 ? INV_CANCEL : (enum invoice_action)action;
    if (!e)
        e = invoice_act(cx, id, rq->if_match, &s, &i);
    return e ? e : reply_invoice(cx, rs, 200, &i);
}

static enum err h_get(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct invoice i;
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = invoice_get(cx, id, &i);
    return e ? e : reply_invoice(cx, rs, 200, &i);
}

static void one_listed(void *arg, const struct invoice *i)
{
    struct page *l = arg;
    one_invoice(&l->w, i);
    page_row(l, i->id);
}

static enum err h_list(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct page l = {.n = 0};
    const char *view = NULL, *state = NULL;
    enum err e = page_open(cx, rq, &l);
    if (!e)
        e = query_text(cx, rq, "view", &view);
    if (!e)
        e = query_text(cx, rq, "state", &state);
    int s = state ? str_index(invoice_state_name, INVOICE_STATES, state) : -1;
    bool board = view && str_eq(view, "project");
    if (!e && state && s < 0)
        e = cx_fail(cx, ERR_INVALID, "state", "没有该状态", "no such state");
    if (!e && view && !board && !str_eq(view, "mine"))
        e = cx_fail(cx, ERR_INVALID, "view", "应为 mine 或 project", "must be mine or project");
    if (!e && board && !(cx->who.roles & ROLES_MONEY))
        e = ERR_FORBIDDEN;
    return e ? e : page_close(rs, &l, invoice_list(cx, !board, s, l.before, l.limit, one_listed, &l));
}

struct fetch {
    int64_t id;
    const char *stored;
};

static enum err run_file(struct ctx *cx, void *arg)
{
    struct fetch *f = arg;
    return invoice_file(cx, f->id, &f->stored);
}

static enum err h_file(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct fetch f = {0};
    int64_t size = 0;
    enum err e = path_id(cx, rq, 0, &f.id);
    if (!e)
        e = store_read(cx, run_file, &f);
    if (e)
        return e;
    rs->fd = files_open(config()->data_dir, f.stored, &size);
    if (rs->fd < 0)
        return cx_fail(cx, ERR_NOT_FOUND, "id", "文件不存在", "no such file");
    rs->type = "application/pdf";
    rs->len = (size_t)size;
    reply_header(rs, "content-disposition", "attachment; filename=\"invoice.pdf\"");
    reply_header(rs, "content-security-policy", "default-src 'none'; sandbox");
    return OK;
}

#define WHO_ASKS (ROLES_MONEY | ROLES_RESIDENT)
/* clang-format off */
static const struct route rows[] = {
    {M_GET,  "/api/v1/invoices",               h_list,  LANE_READ,  WHO_ASKS, SCOPE_ROOM, 0,    0,             "listInvoices"},
    {M_POST, "/api/v1/invoices",               h_apply, LANE_WRITE, WHO_ASKS, SCOPE_ROOM, 2048, RF_IDEMPOTENT, "applyInvoice"},
    {M_GET,  "/api/v1/invoices/{id}",          h_get,   LANE_READ,  WHO_ASKS, SCOPE_ROOM, 0,    0,             "getInvoice"},
    {M_GET,  "/api/v1/invoices/{id}/file",     h_file,  LANE_SLOW,  WHO_ASKS, SCOPE_ROOM, 0,    0,             "getInvoiceFile"},
    {M_POST, "/api/v1/invoices/{id}/{action}", h_act,   LANE_WRITE, WHO_ASKS, SCOPE_ROOM, 1024, RF_IDEMPOTENT, "actOnInvoice"},
};
/* clang-format on */
const struct route_set invoice_routes = {rows, COUNT(rows)};
