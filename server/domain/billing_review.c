/* billing_review.c - four eyes over a bill run: what was submitted is what is approved is what is published.
 * SPDX-License-Identifier: MIT */
#include "domain/audit.h"
#include "domain/billing_int.h"
#include "domain/outbox.h"
#include "platform/crypto/crypto.h"

const char *const run_action_name[RUN_ACTIONS] = {"submit", "reject", "approve", "publish", "cancel"};

STMT(q_state, "bill_run.state",
     "UPDATE bill_run SET state = $2, checker_id = $3, hash = $4, reason = $5, cursor_room = 0, version = version + 1"
     " WHERE id = $1 AND version = $6");
STMT(q_hash, "bill_run.hash", "SELECT hash FROM bill_run WHERE id = $1");
STMT(q_content, "bill_run.content",
     "SELECT l.bill_id, l.n, l.room_id, l.item_id, l.period_from, l.period_to, l.amount_fen, b.due_day, b.payer_id"
     " FROM bill_line l JOIN bill b ON b.id = l.bill_id WHERE b.run_id = $1 AND b.state = 'draft' ORDER BY l.bill_id, "
     "l.n");
STMT(q_drop_lines, "bill_run.drop_lines",
     "UPDATE bill_line SET live = 0 WHERE bill_id IN (SELECT id FROM bill WHERE run_id = $1 AND state = 'draft')");
STMT(q_drop_bills, "bill_run.drop_bills",
     "UPDATE bill SET state = 'void', version = version + 1 WHERE run_id = $1 AND state = 'draft'");
STMT(q_drop_charges, "bill_run.drop_charges",
     "UPDATE fee_charge SET state = 'open', bill_id = 0 WHERE state = 'billed' AND bill_id IN (SELECT id FROM bill"
     " WHERE run_id = $1 AND state = 'draft')");
STMT(q_drop_parts, "bill_run.drop_parts",
     "UPDATE fee_share_part SET bill_id = 0 WHERE bill_id IN (SELECT id FROM bill WHERE run_id = $1 AND state = "
     "'draft')");
STMT(q_skips, "bill_skip.list",
     "SELECT m.full_name, f.name, s.reason FROM bill_skip s JOIN room m ON m.id = s.room_id JOIN fee_item f ON f.id = "
     "s.item_id"
     " WHERE s.run_id = $1 AND s.company_id = $2 ORDER BY s.room_id, s.item_id LIMIT 1000");

struct hashing {
    struct buf b;
};

static enum err on_content(struct ctx *cx, const struct row *r, void *out)
{
    struct hashing *h = out;
    uint8_t digest[32];
    (void)cx;
    for (int c = 0; c < 9; c++)
        buf_printf(&h->b, "%lld|", (long long)row_i64(r, c));
    if (h->b.n > 60000) { /* a chain of chunks: a run of a million lines must not grow the arena with it */
        sha256(h->b.p, h->b.n, digest);
        h->b.n = 0;
        buf_add(&h->b, digest, sizeof digest);
    }
    return OK;
}

static enum err content_hash(struct ctx *cx, int64_t run_id, uint8_t out[32])
{
    struct hashing h;
    buf_init(&h.b, cx->arena);
    buf_str(&h.b, "bill run|");
    enum err e = db_each(cx, &q_content, ARGS(I64(run_id)), on_content, &h);
    sha256(h.b.p, h.b.n, out);
    return e;
}

struct stored_hash {
    const void *p;
    size_t n;
};

static enum err on_hash(struct ctx *cx, const struct row *r, void *out)
{
    struct stored_hash *h = out;
    h->p = row_blob(cx, r, 0, &h->n);
    return OK;
}

static const struct {
    const char *from[2], *to;
} run_edges[RUN_ACTIONS] = {
    [RUN_SUBMIT] = {{"ready", NULL},           "submitted" },
    [RUN_REJECT] = {{"submitted", "approved"}, "ready"     },
    [RUN_APPROVE] = {{"submitted", NULL},       "approved"  },
    [RUN_PUBLISH] = {{"approved", NULL},        "publishing"},
    [RUN_CANCEL] = {{"ready", "generating"},   "cancelled" }
};

/* Two people: who made the run does not approve it; and what was approved is what was submitted, to the fen. */
static enum err check_act(struct ctx *cx, const struct bill_run *r, enum run_action what, const uint8_t now[32])
{
    struct stored_hash h = {0};
    if (!str_eq(r->state, run_edges[what].from[0]) && !str_eq(r->state, run_edges[what].from[1]))
        return cx_fail(cx, ERR_STATE, "state", "批次当前状态为 %s,不能执行该操作", "not possible while the run is %s",
                       r->state);
    if ((what == RUN_APPROVE || what == RUN_REJECT) && r->maker_id == cx->who.id)
        return cx_fail(cx, ERR_FORBIDDEN, NULL, "制单人不能审核自己的批次", "the maker must not review the run");
    if (what != RUN_APPROVE && what != RUN_PUBLISH)
        return OK;
    enum err e = db_one(cx, &q_hash, ARGS(I64(r->id)), on_hash, &h);
    if (!e && (h.n != 32 || !crypto_equal(h.p, now, 32)))
        e = cx_fail(cx, ERR_CONFLICT, NULL, "提交后内容有变化,请重新提交",
                    "the content has changed since it was submitted");
    return e;
}

/* What the drafts were for can be billed again. */
static enum err drop_drafts(struct ctx *cx, int64_t run_id)
{
    const struct stmt *const steps[] = {&q_drop_lines, &q_drop_charges, &q_drop_parts, &q_drop_bills};
    enum err e = OK;
    for (size_t i = 0; i < COUNT(steps) && !e; i++)
        e = db_exec(cx, steps[i], ARGS(I64(run_id)), NULL);
    return e;
}

enum err bill_run_act(struct ctx *cx, int64_t run_id, enum run_action what, const char *reason, struct bill_run *out)
{
    uint8_t hash[32];
    enum err e = bill_run_get(cx, run_id, out);
    if (!e)
        e = content_hash(cx, run_id, hash);
    if (!e)
        e = check_act(cx, out, what, hash);
    if (!e && what == RUN_REJECT && str_empty(reason))
        e = cx_fail(cx, ERR_INVALID, "reason", "请填写退回原因", "say why");
    if (!e && what == RUN_CANCEL)
        e = drop_drafts(cx, run_id);
    int64_t checker = what == RUN_APPROVE ? cx->who.id : what == RUN_PUBLISH ? out->checker_id : 0;
    if (!e)
        e = db_change_one(cx, &q_state,
                          ARGS(I64(run_id), TXT(run_edges[what].to), I64(checker), BLOB(hash, 32),
                               TXT(reason ? reason : ""), I64(out->version)),
                          ERR_CONFLICT, "批次已被他人修改,请刷新", "changed meanwhile; reload it");
    if (!e)
        e = audit_add(cx, arena_printf(cx->arena, "bill_run.%s", run_action_name[what]), "bill_run", run_id, NULL,
                      NULL);
    outbox_wake(cx, WAKE_BILLS);
    return e ? e : bill_run_get(cx, run_id, out);
}

struct skips {
    skip_fn *fn;
    void *arg;
};

static enum err on_skip(struct ctx *cx, const struct row *r, void *out)
{
    struct skips *s = out;
    s->fn(s->arg, row_text(cx, r, 0), row_text(cx, r, 1), row_text(cx, r, 2));
    return OK;
}

enum err bill_run_skips(struct ctx *cx, int64_t run_id, skip_fn *fn, void *arg)
{
    struct skips s = {fn, arg};
    return db_each(cx, &q_skips, ARGS(I64(run_id), I64(cx->who.company_id)), on_skip, &s);
}
