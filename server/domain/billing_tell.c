/* billing_tell.c - payers of a published run are told, each once for all bills of it, in portions.
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "domain/billing_int.h"
#include "domain/message.h"
#include "domain/outbox.h"

STMT(q_payers, "bill_run.payers",
     "SELECT b.payer_id, MIN(b.room_name), CAST(SUM(b.amount_fen) AS BIGINT), MIN(b.due_day), MIN(b.period_from),"
     " MAX(b.period_to), COUNT(*) FROM bill b WHERE b.run_id = $1 AND +b.company_id = $2 AND b.payer_id > $3"
     " AND b.state = 'published' GROUP BY b.payer_id ORDER BY b.payer_id LIMIT $4");

struct payer {
    int64_t id, fen, due, from, to, bills;
    const char *room;
};
struct payers {
    struct payer v[BILLING_TOLD];
    size_t n;
};

static enum err on_payer(struct ctx *cx, const struct row *r, void *out)
{
    struct payers *l = out;
    l->v[l->n++] = (struct payer){.id = row_i64(r, 0),
                                  .room = row_text(cx, r, 1),
                                  .fen = row_i64(r, 2),
                                  .due = row_i64(r, 3),
                                  .from = row_i64(r, 4),
                                  .to = row_i64(r, 5),
                                  .bills = row_i64(r, 6)};
    return OK;
}

static const char *day_text(struct ctx *cx, int64_t day)
{
    return arena_printf(cx->arena, "%04lld-%02lld-%02lld", (long long)(day / 10000), (long long)(day / 100 % 100),
                        (long long)(day % 100));
}

static enum err tell(struct ctx *cx, const struct outbox_row *o, const struct payer *p)
{
    const char *room = p->bills > 1 ? arena_printf(cx->arena, "%s 等 %lld 张", p->room, (long long)p->bills) : p->room;
    const char *amount = arena_printf(cx->arena, "%lld.%02lld", (long long)(p->fen / 100), (long long)(p->fen % 100));
    const char *period = arena_printf(cx->arena, "%s 至 %s", day_text(cx, p->from), day_text(cx, p->to));
    const struct message_var var[] = {
        {"room",   room       },
        {"amount", amount     },
        {"due",    day_text(cx, p->due)},
        {"period",        period           }
    };
    struct message_tell t = {.company_id = o->company_id,
                             .project_id = o->project_id,
                             .account_id = p->id,
                             .kind = "bill_published",
                             .object = "bill_run",
                             .object_id = o->ref,
                             .event = "published",
                             .var = var,
                             .nvar = COUNT(var),
                             .page = "pages/bills/index"};
    return message_tell(cx, &t);
}

enum err billing_tell(struct ctx *cx, const struct outbox_row *o)
{
    struct payers l = {.n = 0};
    int64_t after = o->version; /* the row's version is the last payer told */
    cx->who.company_id = o->company_id;
    enum err e =
        db_each(cx, &q_payers, ARGS(I64(o->ref), I64(o->company_id), I64(after), I64(BILLING_TOLD)), on_payer, &l);
    for (size_t i = 0; i < l.n && !e; i++)
        e = tell(cx, o, &l.v[i]);
    if (!e)
        e = outbox_delete(cx, o->id);
    if (!e && l.n == BILLING_TOLD)
        e = outbox_add(cx, BILLING_TELL, o->ref, l.v[l.n - 1].id, o->project_id, NULL);
    return e;
}
