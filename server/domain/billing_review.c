/* billing_review.c - four eyes over a bill run: what was submitted is what is approved is what is published.
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/money.h"
#include "domain/audit.h"
#include "domain/billing_int.h"
#include "domain/outbox.h"
#include "platform/crypto/crypto.h"

const char *const run_action_name[RUN_ACTIONS] = {"submit", "reject", "approve", "publish", "cancel"};

STMT(q_state, "bill_run.state",
     "UPDATE bill_run SET state = $2, checker_id = $3, hash = $4, reason = $5, cursor_room = 0, publish_on = 0,"
     " submitted_by = CASE WHEN $2 = 'submitted' THEN $7 ELSE submitted_by END, version = version + 1"
     " WHERE id = $1 AND version = $6");
STMT(
    q_publish_on, "bill_run.publish_on",
    "UPDATE bill_run SET publish_on = $2, version = version + 1 WHERE id = $1 AND version = $3 AND state = 'approved'");
STMT(q_line, "bill_line.get", "SELECT amount_fen, snapshot, kind FROM bill_line WHERE bill_id = $1 AND n = $2");
STMT(q_set_line, "bill_line.edit", "UPDATE bill_line SET amount_fen = $3, snapshot = $4 WHERE bill_id = $1 AND n = $2");
STMT(q_set_bill, "bill.edit",
     "UPDATE bill SET amount_fen = amount_fen + $2, version = version + 1 WHERE id = $1 AND version = $3 AND state = "
     "'draft'");
STMT(q_set_run, "bill_run.edit",
     "UPDATE bill_run SET total_fen = total_fen + $2, version = version + 1 WHERE id = $1 AND state = 'ready'");
STMT(q_hash, "bill_run.hash", "SELECT hash, submitted_by FROM bill_run WHERE id = $1");
STMT(q_content, "bill_run.content",
     "SELECT l.bill_id, l.n, l.room_id, l.item_id, l.period_from, l.period_to, l.amount_fen, b.due_day, b.payer_id"
     " FROM bill_line l JOIN bill b ON b.id = l.bill_id WHERE b.run_id = $1 AND b.state = 'draft' ORDER BY l.bill_id, "
     "l.n");
STMT(q_drop_lines, "bill_run.drop_lines",
     "UPDATE bill_line SET live = 0 WHERE bill_id IN (SELECT id FROM bill WHERE run_id = $1 AND state = 'draft')");
STMT(q_drop_bills, "bill_run.drop_bills",
     "UPDATE bill SET state = 'void', version = version + 1 WHERE run_id = $1 AND state = 'draft'");
STMT(q_drop_charges, "bill_run.drop_charges",
     "UPDATE fee_charge SET state = 'open', bill_id = 0 WHERE state = 'billed' AND bill_id > 0 AND bill_id IN"
     " (SELECT id FROM bill WHERE run_id = $1 AND state = 'draft')");
STMT(q_drop_parts, "bill_run.drop_parts",
     "UPDATE fee_share_part SET bill_id = 0 WHERE share_id IN (SELECT l.ref_id FROM bill b JOIN bill_line l"
     " ON l.bill_id = b.id WHERE b.run_id = $1 AND b.state = 'draft' AND l.ref_id > 0) AND EXISTS (SELECT 1 FROM bill b"
     " JOIN bill_line l ON l.bill_id = b.id WHERE b.company_id = fee_share_part.company_id"
     " AND b.room_id = fee_share_part.room_id AND b.run_id = $1 AND b.state = 'draft' AND l.ref_id = "
     "fee_share_part.share_id)");
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
    int64_t submitted_by;
};

static enum err on_hash(struct ctx *cx, const struct row *r, void *out)
{
    struct stored_hash *h = out;
    h->p = row_blob(cx, r, 0, &h->n);
    h->submitted_by = row_i64(r, 1);
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

/* Two people: who made or submitted the run does not approve it; and what was approved is what was submitted, to the fen. */
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
    if (!e && what == RUN_APPROVE && h.submitted_by == cx->who.id)
        e = cx_fail(cx, ERR_FORBIDDEN, NULL, "提交人不能审核该批次", "who submitted the run must not approve it");
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
    uint8_t hash[32] = {0};
    bool content = what == RUN_SUBMIT || what == RUN_APPROVE || what == RUN_PUBLISH;
    enum err e = bill_run_get(cx, run_id, out);
    if (!e && content) /* all lines of the run: not for a step that does not ask for them */
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
                               TXT(reason ? reason : ""), I64(out->version), I64(cx->who.id)),
                          ERR_CONFLICT, "批次已被他人修改,请刷新", "changed meanwhile; reload it");
    books_tell(cx, out->project_id, "bill_run.status", run_id, run_edges[what].to);
    if (!e)
        e = audit_add(cx, arena_printf(cx->arena, "bill_run.%s", run_action_name[what]), "bill_run", run_id, NULL,
                      NULL);
    outbox_wake(cx, WAKE_BILLS);
    return e ? e : bill_run_get(cx, run_id, out);
}

enum err bill_run_publish_on(struct ctx *cx, int64_t run_id, int32_t day, struct bill_run *out)
{
    if (day && (!clock_day_valid(day) || day <= clock_day(cx->now)))
        return cx_fail(cx, ERR_INVALID, "publish_on", "日期无效或不在将来", "not a day to come");
    enum err e = bill_run_get(cx, run_id, out);
    if (!e && !str_eq(out->state, "approved"))
        e = cx_fail(cx, ERR_STATE, "state", "批次尚未审核通过", "the run is not approved");
    if (!e)
        e = db_change_one(cx, &q_publish_on, ARGS(I64(run_id), I64(day), I64(out->version)), ERR_CONFLICT,
                          "批次已被他人修改,请刷新", "changed meanwhile; reload it");
    books_tell(cx, out->project_id, "bill_run.status", run_id, out->state);
    if (!e)
        e = audit_add(cx, "bill_run.publish_on", "bill_run", run_id, NULL,
                      arena_printf(cx->arena, "{\"day\":%d}", day));
    return e ? e : bill_run_get(cx, run_id, out);
}

/* ---- editing a draft ---- */

struct edited {
    int64_t amount_fen;
    const char *snapshot, *kind;
};

static enum err on_edited(struct ctx *cx, const struct row *r, void *out)
{
    *(struct edited *)out = (struct edited){row_i64(r, 0), row_text(cx, r, 1), row_text(cx, r, 2)};
    return OK;
}

static const char *edit_text(struct ctx *cx, const struct edited *was, const char *reason)
{
    struct jw w;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    jw_key(&w, "edited");
    jw_obj(&w);
    kv_int(&w, "from_fen", was->amount_fen);
    kv_id(&w, "by", cx->who.id);
    kv_str(&w, "reason", reason);
    jw_end(&w);
    jw_end(&w);
    return billing_explain(cx->arena, was->snapshot, jw_text(&w));
}

static enum err change_line(struct ctx *cx, const struct bill *b, int64_t n, int64_t amount_fen, const char *reason,
                            const struct edited *was)
{
    int64_t more = amount_fen - was->amount_fen;
    enum err e =
        db_exec(cx, &q_set_line, ARGS(I64(b->id), I64(n), I64(amount_fen), TXT(edit_text(cx, was, reason))), NULL);
    if (!e)
        e = db_change_one(cx, &q_set_bill, ARGS(I64(b->id), I64(more), I64(b->version)), ERR_CONFLICT,
                          "账单已变化,请刷新", "changed meanwhile; reload it");
    if (!e)
        e = db_change_one(cx, &q_set_run, ARGS(I64(b->run_id), I64(more)), ERR_STATE, "批次已提交,请先退回",
                          "the run is submitted; have it sent back first");
    const char *before =
        arena_printf(cx->arena, "{\"line\":%lld,\"amount_fen\":%lld}", (long long)n, (long long)was->amount_fen);
    const char *after = billing_explain(
        cx->arena, arena_printf(cx->arena, "{\"amount_fen\":%lld}", (long long)amount_fen), reason_json(cx, reason));
    return e ? e : audit_add(cx, "bill.edit", "bill", b->id, before, after);
}

enum err bill_line_edit(struct ctx *cx, int64_t bill_id, int64_t n, int64_t amount_fen, const char *reason)
{
    struct edited was = {.amount_fen = 0};
    struct bill b;
    if (amount_fen < 0 || amount_fen > FEN_MAX)
        return cx_fail(cx, ERR_INVALID, "amount_fen", "金额无效", "not an amount");
    if (str_empty(reason))
        return cx_fail(cx, ERR_INVALID, "reason", "请填写修改原因", "say why");
    enum err e = bill_of_project(cx, bill_id, &b);
    if (!e && !str_eq(b.state, "draft"))
        e = cx_fail(cx, ERR_STATE, "state", "只能修改草稿账单", "only drafts are edited");
    if (!e)
        e = db_one(cx, &q_line, ARGS(I64(bill_id), I64(n)), on_edited, &was);
    if (e == ERR_NOT_FOUND)
        return cx_fail(cx, ERR_NOT_FOUND, "n", "没有该明细", "no such line");
    if (!e && !str_eq(was.kind, "charge"))
        e = cx_fail(cx, ERR_INVALID, "n", "优惠明细不能修改", "a discount is not edited");
    if (!e && b.amount_fen + amount_fen - was.amount_fen < 0)
        e = cx_fail(cx, ERR_INVALID, "amount_fen", "账单合计不能为负", "the bill would be negative");
    if (!e && b.amount_fen + amount_fen - was.amount_fen > FEN_MAX)
        e = cx_fail(cx, ERR_INVALID, "amount_fen", "账单合计超过上限", "the bill would be more than can be booked");
    return e ? e : change_line(cx, &b, n, amount_fen, reason, &was);
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
