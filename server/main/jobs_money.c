/* jobs_money.c - what one module's money means to another, after the commit: bills of charged repairs, repairs whose bill
 * is paid, invoices whose payment went back, bills that a prepaid account covers.  SPDX-License-Identifier: MIT */
#include "domain/billing.h"
#include "domain/invoice.h"
#include "domain/outbox.h"
#include "domain/payment.h"
#include "domain/repair_bill.h"
#include "main/jobs.h"

#define BATCH 64

/* One outbox row, one transaction, which also takes the row away. */
static enum err do_repair(struct ctx *cx, const struct outbox_row *r)
{
    return repair_bill_make(cx, r->ref, r->version);
}

static enum err do_refunded(struct ctx *cx, const struct outbox_row *r)
{
    return invoice_payment_refunded(cx, r->ref);
}

static enum err do_prepaid(struct ctx *cx, const struct outbox_row *r)
{
    int64_t used = 0;
    return payment_from_prepaid(cx, r->ref, &used);
}

static const struct {
    const char *kind;
    enum err (*fn)(struct ctx *cx, const struct outbox_row *r);
} kinds[] = {
    {"bill.repair",      do_repair  },
    {"payment.refunded", do_refunded},
    {"room.prepaid",     do_prepaid }
};

struct work {
    size_t kind;
    struct outbox_row *v;
    size_t n, at;
    int64_t ids[BATCH];
};

static enum err run_due(struct ctx *cx, void *arg)
{
    struct work *w = arg;
    return outbox_due(cx, kinds[w->kind].kind, BATCH, &w->v, &w->n);
}

static enum err run_row(struct ctx *cx, void *arg)
{
    struct work *w = arg;
    const struct outbox_row *r = &w->v[w->at];
    cx->who = (struct actor){.company_id = r->company_id, .project_id = r->project_id, .name = "system"};
    enum err e = kinds[w->kind].fn(cx, r);
    return e ? e : outbox_delete(cx, r->id);
}

static enum err run_retry(struct ctx *cx, void *arg)
{
    struct work *w = arg;
    return outbox_retry(cx, &w->v[w->at], kinds[w->kind].kind);
}

/* Returns whether there was as much as one batch takes. */
static bool do_kind(size_t kind)
{
    struct work w = {.kind = kind};
    struct work_cx c;
    jobs_begin(&c);
    enum err e = store_read(&c.cx, run_due, &w);
    jobs_report("money.due", &c.cx, e);
    for (w.at = 0; !e && w.at < w.n && !jobs_stopping(); w.at++)
        if (jobs_run("money.row", run_row, &w, true) != OK)
            (void)jobs_run("money.retry", run_retry, &w, true);
    bool full = !e && w.n == BATCH;
    jobs_end(&c);
    return full;
}

static enum err run_settled(struct ctx *cx, void *arg)
{
    struct work *w = arg;
    return repair_bill_due(cx, w->ids, BATCH, &w->n);
}

static enum err run_settle(struct ctx *cx, void *arg)
{
    struct work *w = arg;
    return repair_bill_settle(cx, w->ids[w->at]);
}

static void settle_repairs(void)
{
    struct work w = {.n = 0};
    if (jobs_run("money.repairs", run_settled, &w, false) != OK)
        return;
    for (w.at = 0; w.at < w.n && !jobs_stopping(); w.at++)
        (void)jobs_run("money.repair", run_settle, &w, true);
}

void *jobs_money(void *arg)
{
    (void)arg;
    while (!jobs_stopping()) {
        bool more = false;
        for (size_t k = 0; k < COUNT(kinds); k++)
            more = do_kind(k) || more;
        settle_repairs();
        jobs_sleep(WAKE_MONEY, more ? 1 : 1000);
    }
    return NULL;
}
