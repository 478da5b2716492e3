/* recon_flow.c - see recon_flow.h. SPDX-License-Identifier: MIT */
#include "api/recon_flow.h"
#include "api/pay_flow.h"
#include "base/clock.h"
#include "base/log.h"
#include "domain/merchant.h"
#include "platform/config.h"
#include "platform/store/store.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK 500

struct node { /* rows of a bill, kept while it is read: it is compared only when all of it was understood */
    struct recon_row row[CHUNK];
    size_t n;
    struct node *next;
};
struct round {
    int64_t id;
    struct arena *arena;
    struct recon_run run;
    struct pay_side side;
    struct node *first, *last;
    const char *note, *file;
    int64_t wait_ms;
    bool unsaved;
    /* one row that we do not know */
    const struct recon_row *row;
    const struct pay_answer *answer;
    enum fact_verdict verdict;
    const char *mismatch;
};

static struct recon_row *new_row(struct round *w)
{
    if (!w->last || w->last->n == CHUNK) {
        struct node *n = arena_alloc(w->arena, sizeof *n);
        n->n = 0;
        n->next = NULL;
        if (w->last)
            w->last->next = n;
        else
            w->first = n;
        w->last = n;
    }
    return &w->last->row[w->last->n++];
}

static void on_row(void *arg, const struct pay_bill_row *r)
{
    struct round *w = arg;
    bool refund = r->kind == BILL_REFUND;
    *new_row(w) = (struct recon_row){.refund = refund,
                                     .out_no = arena_strdup(w->arena, refund ? r->refund_no : r->out_no),
                                     .order_no = arena_strdup(w->arena, r->out_no),
                                     .txn_id = arena_strdup(w->arena, r->txn_id),
                                     .amount_fen = r->amount_fen,
                                     .fee_e5 = r->fee_e5,
                                     .at = r->at};
}

/* The file as it came is a voucher: kept beside the data, for years. */
static void on_file(void *arg, const void *p, size_t n)
{
    struct round *w = arg;
    const char *dir = arena_printf(w->arena, "%s/bills", config()->data_dir);
    const char *path = arena_printf(w->arena, "%s/%lld-%d-%lld.csv", dir, (long long)w->run.merchant_id, w->run.day,
                                    (long long)w->run.rounds);
    if (mkdir(dir, 0700) != 0 && errno != EEXIST)
        w->unsaved = true;
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, p, n) != (ssize_t)n || fsync(fd) != 0)
        w->unsaved = true;
    if (fd >= 0)
        close(fd);
}

static enum err run_begin(struct ctx *cx, void *arg)
{
    struct round *w = arg;
    return recon_begin(cx, w->id, &w->run);
}

static enum err run_later(struct ctx *cx, void *arg)
{
    struct round *w = arg;
    struct recon_run r;
    enum err e = recon_load(cx, w->id, &r);
    return e ? e : recon_later(cx, w->id, w->note, w->wait_ms);
}

struct chunk {
    struct round *w;
    struct node *node;
};

static enum err run_chunk(struct ctx *cx, void *arg)
{
    struct chunk *c = arg;
    struct recon_run r;
    enum err e = recon_load(cx, c->w->id, &r);
    return e ? e : recon_rows(cx, c->w->id, c->node->row, c->node->n);
}

static enum err later(struct ctx *cx, struct round *w, const char *note, int64_t wait_ms)
{
    w->note = note;
    w->wait_ms = wait_ms;
    cx->now = clock_now_ms();
    return store_write(cx, run_later, w);
}

/* *there: the rows are loaded. */
static enum err fetch(struct ctx *cx, struct round *w, bool *there)
{
    struct pay_bill_want want = {.day = w->run.day, .row = on_row, .file = on_file, .arg = w};
    struct pay_bill_answer a;
    struct provider_answer ans;
    *there = false;
    enum err e = w->side.vt->bill(cx->arena, &w->side.c, &want, &a, &ans);
    log_info("recon.bill", L_I("merchant", w->run.merchant_id), L_I("day", w->run.day), L_S("err", err_wire(e)),
             L_I("state", a.state), L_S("code", ans.code));
    if (e)
        return later(cx, w, arena_printf(cx->arena, "%s %s %s", err_wire(e), ans.code, ans.text), 5 * MINUTE_MS);
    if (a.state == BILL_NOT_YET || w->unsaved)
        return later(cx, w, w->unsaved ? "the file could not be kept" : "not ready", 15 * MINUTE_MS);
    for (struct node *n = w->first; n && !e; n = n->next) {
        struct chunk c = {w, n};
        e = store_write(cx, run_chunk, &c);
    }
    *there = !e;
    return e;
}

/* ---- rows we do not know: asked about, then booked or not ---- */

struct unknown {
    struct arena *arena;
    struct recon_row *v;
    size_t n, cap;
};

static void on_unknown(void *arg, const struct recon_row *r)
{
    struct unknown *u = arg;
    if (u->n == u->cap) {
        size_t cap = u->cap ? u->cap * 2 : 64;
        struct recon_row *v = arena_alloc(u->arena, cap * sizeof *v);
        for (size_t i = 0; i < u->n; i++)
            v[i] = u->v[i];
        u->v = v;
        u->cap = cap;
    }
    u->v[u->n++] = *r;
}

struct look {
    int64_t id;
    struct unknown *u;
    bool refunds;
};

static enum err run_unknown(struct ctx *cx, void *arg)
{
    struct look *l = arg;
    l->u->n = 0;
    return l->refunds ? recon_unknown_refunds(cx, l->id, on_unknown, l->u)
                      : recon_unknown_pays(cx, l->id, on_unknown, l->u);
}

static enum err run_apply(struct ctx *cx, void *arg)
{
    struct round *w = arg;
    struct payment_order o;
    cx->who.company_id = w->side.company_id;
    return pay_flow_apply(cx, &w->side, w->answer, "recon", &w->verdict, &w->mismatch, &o);
}

/* The channel has it, we have not: what does it say now? Its bill alone books nothing. */
static enum err ask_pay(struct ctx *cx, struct round *w, const struct recon_row *r)
{
    struct pay_answer p;
    struct provider_answer ans;
    if (!pay_number_valid(r->out_no))
        return OK; /* not one of ours: it stays a difference */
    enum err e = w->side.vt->query(cx->arena, &w->side.c, r->out_no, &p, &ans);
    if (e || (p.status != PAY_SUCCESS && p.status != PAY_REFUNDED) || !str_eq(p.txn_id, r->txn_id))
        return OK;
    w->answer = &p;
    cx->now = clock_now_ms();
    e = store_write(cx, run_apply, w);
    w->answer = NULL;
    return e;
}

static enum err run_refund(struct ctx *cx, void *arg)
{
    struct round *w = arg;
    struct refund r;
    cx->who.company_id = w->side.company_id;
    enum err e = refund_by_number(cx, w->side.merchant_id, w->row->out_no, &r);
    if (e == ERR_NOT_FOUND)
        return refund_external(cx, w->side.merchant_id, w->row->order_no, w->row->out_no, w->row->amount_fen,
                               w->row->at);
    if (!e && r.amount_fen == w->row->amount_fen)
        e = refund_outcome(cx, r.id, REFUND_IS_DONE, "", "told by the bill", w->row->at);
    return e;
}

static enum err ask_refund(struct ctx *cx, struct round *w, const struct recon_row *r)
{
    w->row = r;
    cx->now = clock_now_ms();
    enum err e = store_write(cx, run_refund, w);
    if (e == ERR_INVALID || e == ERR_STATE || e == ERR_NOT_FOUND) /* more than was paid, a void payment: a difference */
        e = OK;
    return e;
}

static enum err settle_unknown(struct ctx *cx, struct round *w, bool refunds)
{
    struct unknown u = {.arena = cx->arena};
    struct look l = {w->id, &u, refunds};
    enum err e = store_read(cx, run_unknown, &l);
    for (size_t i = 0; i < u.n && !e; i++)
        e = refunds ? ask_refund(cx, w, &u.v[i]) : ask_pay(cx, w, &u.v[i]);
    return e;
}

static enum err run_compare(struct ctx *cx, void *arg)
{
    struct round *w = arg;
    return recon_compare(cx, w->id, &w->run);
}

enum err recon_flow_round(struct ctx *cx, int64_t run_id)
{
    struct round *w = arena_alloc(cx->arena, sizeof *w);
    bool there = false;
    *w = (struct round){.id = run_id, .arena = cx->arena};
    enum err e = store_write(cx, run_begin, w);
    if (!e)
        e = pay_side_load(cx, w->run.merchant_id, &w->side);
    if (!e)
        e = fetch(cx, w, &there);
    if (e || !there)
        return e;
    e = settle_unknown(cx, w, false);
    if (!e)
        e = settle_unknown(cx, w, true);
    cx->now = clock_now_ms();
    if (!e)
        e = store_write(cx, run_compare, w);
    if (!e)
        log_info("recon.done", L_I("merchant", w->run.merchant_id), L_I("day", w->run.day), L_I("pays", w->run.pays),
                 L_I("open", w->run.open_items));
    return e;
}
