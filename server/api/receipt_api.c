/* receipt_api.c - HTTP face of receipts: the PDF, its print log, and the check for whoever holds the paper.
 * SPDX-License-Identifier: MIT */
#include "api/route.h"
#include "domain/receipt.h"
#include "platform/config.h"
#include "platform/store/store.h"

struct print {
    int64_t id;
    struct receipt r;
};

static enum err run_print(struct ctx *cx, void *arg)
{
    struct print *p = arg;
    return receipt_print(cx, p->id, &p->r);
}

static enum err h_pdf(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct print p = {0};
    enum err e = path_id(cx, rq, 0, &p.id);
    if (!e) /* a resident's copy is not counted: it writes nothing */
        e = cx->who.roles & ROLES_MONEY ? store_write(cx, run_print, &p) : store_read(cx, run_print, &p);
    if (e)
        return e;
    const char *base = config()->public_url;
    rs->body =
        receipt_pdf(cx->arena, &p.r, *base ? arena_printf(cx->arena, "%s/#/receipt/%s", base, p.r.code) : "", &rs->len);
    if (!rs->body)
        return cx_fail(cx, ERR_INTERNAL, NULL, "无法生成文件", "the document could not be made");
    rs->type = "application/pdf";
    reply_header(rs, "content-disposition",
                 arena_printf(cx->arena, "inline; filename=\"receipt-%lld.pdf\"", (long long)p.r.p.receipt_no));
    reply_header(rs, "content-security-policy", "default-src 'none'; sandbox");
    return OK;
}

static void one_print(void *arg, int64_t n, int64_t account_id, const char *name, int64_t at)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_int(w, "n", n);
    kv_id(w, "account_id", account_id);
    kv_str(w, "account", name);
    kv_time(w, "at", at);
    jw_end(w);
}

static enum err h_prints(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw w;
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    list_open(cx, &w);
    return e ? e : list_close(rs, &w, receipt_prints(cx, id, one_print, &w));
}

struct check {
    const char *code;
    struct receipt_check c;
};

static enum err run_verify(struct ctx *cx, void *arg)
{
    struct check *k = arg;
    return receipt_verify(cx, k->code, &k->c);
}

static enum err h_verify(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct check k = {.code = rq->arg[0]};
    struct jw w;
    enum err e = store_read(cx, run_verify, &k);
    if (e)
        return e;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    kv_str(&w, "number", k.c.number);
    kv_str(&w, "project", k.c.project);
    kv_int(&w, "day", k.c.day);
    kv_int(&w, "amount_fen", k.c.amount_fen);
    kv_int(&w, "back_fen", k.c.back_fen);
    kv_str(&w, "state", receipt_state_name[k.c.state]);
    kv_str(&w, "payer", k.c.payer);
    jw_end(&w);
    return reply_json(rs, 200, &w);
}

/* clang-format off */
static const struct route rows[] = {
    {M_GET, "/api/v1/payments/{id}/receipt.pdf", h_pdf,    LANE_SLOW, ROLES_MONEY | ROLES_RESIDENT, SCOPE_ROOM,    0, 0,         "getReceipt"},
    {M_GET, "/api/v1/payments/{id}/prints",      h_prints, LANE_READ, ROLES_MONEY,  SCOPE_PROJECT, 0, 0,         "listReceiptPrints"},
    {M_GET, "/api/v1/receipts/verify/{code}",    h_verify, LANE_SLOW, ROLES_PUBLIC, SCOPE_NONE,    0, RF_STRICT, "verifyReceipt"},
};
/* clang-format on */
const struct route_set receipt_routes = {rows, COUNT(rows)};
