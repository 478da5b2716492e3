/* billing.c - reading and voiding bills. SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "domain/audit.h"
#include "domain/billing_int.h"
#include "domain/ledger.h"
#include "platform/events.h"

STMT(q_get, "bill.get", "SELECT " BILL_COLUMNS BILL_FROM " WHERE b.id = $1 AND b.company_id = $2");
/* One statement for each question: each has an index that ends in the id ("+": not by that column) */
STMT(q_board, "bill.list_board",
     "SELECT " BILL_COLUMNS BILL_FROM " WHERE b.company_id = $1 AND b.project_id = $2 AND b.id < $3"
     " ORDER BY b.id DESC LIMIT $4");
STMT(q_board_state, "bill.list_state",
     "SELECT " BILL_COLUMNS BILL_FROM " WHERE b.company_id = $1 AND b.project_id = $2 AND b.id < $3 AND b.state = $5"
     " ORDER BY b.id DESC LIMIT $4");
STMT(q_board_run, "bill.list_run",
     "SELECT " BILL_COLUMNS BILL_FROM " WHERE +b.company_id = $1 AND +b.project_id = $2 AND b.id < $3 AND b.run_id = $6"
     " AND ($5 = '' OR b.state = $5) ORDER BY b.id DESC LIMIT $4");
STMT(q_board_room, "bill.list_room",
     "SELECT " BILL_COLUMNS BILL_FROM " WHERE b.company_id = $1 AND +b.project_id = $2 AND b.id < $3 AND b.room_id = $6"
     " AND ($5 = '' OR b.state = $5) ORDER BY b.id DESC LIMIT $4");
STMT(q_board_due, "bill.list_due",
     "SELECT " BILL_COLUMNS BILL_FROM " WHERE b.company_id = $1 AND b.project_id = $2 AND b.id < $3"
     " AND b.state IN ('published', 'partial') AND b.due_day < $5 ORDER BY b.id DESC LIMIT $4");
STMT(q_mine, "bill.list_mine",
     "SELECT " BILL_COLUMNS BILL_FROM " WHERE +b.company_id = $1 AND b.id IN (SELECT x.id FROM binding d"
     " JOIN room m ON m.id = d.room_id JOIN bill x ON x.company_id = $1 AND x.room_id = d.room_id"
     " WHERE d.account_id = $2 AND d.state = 'active' AND (d.expires_at = 0 OR d.expires_at > $3)"
     " AND x.period_from >= m.owned_from AND x.period_to >= d.since_day"
     " UNION SELECT y.id FROM bill y WHERE y.payer_id = $2 AND y.payer_id > 0)"
     " AND b.state NOT IN ('draft', 'void') AND ($4 = '' OR b.state = $4) AND ($5 = 0 OR b.id < $5)"
     " ORDER BY b.id DESC LIMIT $6");
STMT(q_lines, "bill.lines",
     "SELECT l.item_id, l.name, l.period_from, l.period_to, l.amount_fen, l.snapshot, l.n, l.ref_id, l.kind,"
     " COALESCE(s.text, ''), CASE WHEN l.income = 'deposits' THEN 1 ELSE 0 END FROM bill_line l LEFT JOIN bill_basis s "
     "ON s.id = l.basis_id WHERE l.bill_id = $1"
     " ORDER BY l.n");
STMT(q_of_project, "bill.of_project",
     "SELECT " BILL_COLUMNS BILL_FROM " WHERE b.id = $1 AND b.company_id = $2 AND b.project_id = $3");
STMT(q_held, "bill.held", "SELECT COUNT(*) FROM pay_order_bill WHERE bill_id = $1 AND held = 1");
STMT(q_room, "billing.room", "SELECT id FROM room WHERE id = $1 AND company_id = $2 AND project_id = $3");
STMT(q_open_room, "billing.open_room",
     "SELECT id FROM room WHERE id = $1 AND company_id = $2 AND project_id = $3 AND closed_at = 0");
STMT(q_moving, "bill_run.moving",
     "SELECT COUNT(*) FROM bill_run WHERE company_id = $1 AND project_id = $2 AND state = 'generating'");
STMT(q_charges_off, "fee_charge.open_again",
     "UPDATE fee_charge SET state = 'open', bill_id = 0 WHERE bill_id = $1 AND bill_id > 0 AND state = 'billed'");
STMT(q_parts_off, "fee_share_part.open_again",
     "UPDATE fee_share_part SET bill_id = 0 WHERE share_id IN (SELECT l.ref_id FROM bill_line l WHERE l.bill_id = $1)"
     " AND room_id = (SELECT b.room_id FROM bill b WHERE b.id = $1)");
STMT(q_staff, "bill.staff",
     "SELECT id FROM role_grant WHERE account_id = $1 AND company_id = $2 AND (project_id = 0 OR project_id = $3)"
     " AND role <> 'technician'");
STMT(
    q_resident, "bill.resident",
    "SELECT d.id FROM binding d JOIN room m ON m.id = d.room_id WHERE d.account_id = $1 AND d.room_id = $2"
    " AND d.state = 'active' AND (d.expires_at = 0 OR d.expires_at > $3) AND m.owned_from <= $4 AND d.since_day <= $5");
STMT(q_void, "bill.void",
     "UPDATE bill SET state = 'void', version = version + 1 WHERE id = $1 AND version = $2 AND paid_fen = 0");
STMT(q_lines_off, "bill.lines_off", "UPDATE bill_line SET live = 0 WHERE bill_id = $1");
STMT(q_run_less, "bill.run_less",
     "UPDATE bill_run SET bills = bills - 1, total_fen = total_fen - $2,"
     " lines = lines - (SELECT COUNT(*) FROM bill_line WHERE bill_id = $3), version = version + 1 WHERE id = $1 AND "
     "state = 'ready'");
STMT(q_entries, "bill.entries",
     "SELECT id, ref_id, ref_kind FROM ledger_entry WHERE company_id = $1 AND kind = 'publish' AND ref_kind = 'bill'"
     " AND ref_id = $2 UNION ALL SELECT q.entry_id, q.id, 'fee_request' FROM fee_request q WHERE q.company_id = $1"
     " AND q.bill_id = $2 AND q.bill_id > 0 AND q.kind IN ('adjust', 'write_off') AND q.state = 'approved'"
     " AND q.entry_id > 0");

void books_tell(struct ctx *cx, int64_t project_id, const char *event, int64_t id, const char *state)
{
    cx_emit(cx, topic_board(cx, project_id), event,
            arena_printf(cx->arena, "{\"id\":\"%lld\",\"state\":\"%s\"}", (long long)id, state));
}

int64_t bill_open_fen(const struct bill *b)
{
    return b->amount_fen - b->paid_fen;
}

int64_t bill_open_late_fen(const struct bill *b)
{
    return b->late_fen - b->late_paid_fen;
}

int64_t bill_due_fen(const struct bill *b)
{
    bool open = str_eq(b->state, "published") || str_eq(b->state, "partial");
    return open ? bill_open_fen(b) + bill_open_late_fen(b) : 0;
}

enum err bill_row(struct ctx *cx, const struct row *r, void *out)
{
    struct bill *b = out;
    *b = (struct bill){.id = row_i64(r, 0),
                       .project_id = row_i64(r, 1),
                       .room_id = row_i64(r, 2),
                       .run_id = row_i64(r, 3),
                       .payer_id = row_i64(r, 4),
                       .payer = row_text(cx, r, 5),
                       .room = row_text(cx, r, 6),
                       .state = row_text(cx, r, 7),
                       .period_from = (int32_t)row_i64(r, 8),
                       .period_to = (int32_t)row_i64(r, 9),
                       .due_day = (int32_t)row_i64(r, 10),
                       .amount_fen = row_i64(r, 11),
                       .late_fen = row_i64(r, 12),
                       .paid_fen = row_i64(r, 13),
                       .replaces_id = row_i64(r, 14),
                       .version = row_i64(r, 15),
                       .published_at = row_i64(r, 16),
                       .late_paid_fen = row_i64(r, 17),
                       .late_waived_fen = row_i64(r, 18)};
    return OK;
}

enum err bill_of_project(struct ctx *cx, int64_t id, struct bill *out)
{
    enum err e =
        db_one(cx, &q_of_project, ARGS(I64(id), I64(cx->who.company_id), I64(cx->who.project_id)), bill_row, out);
    return e == ERR_NOT_FOUND ? cx_fail(cx, e, "bill_id", "账单不存在", "no such bill") : e;
}

enum err bill_not_held(struct ctx *cx, int64_t bill_id)
{
    int64_t held = 0;
    enum err e = db_i64(cx, &q_held, ARGS(I64(bill_id)), &held, NULL);
    return e || !held ? e
                      : cx_fail(cx, ERR_STATE, "bill_id", "正在线上支付,请稍后或先关闭支付单",
                                "being paid online; wait, or close the order first");
}

enum err room_of_project(struct ctx *cx, int64_t room_id)
{
    int64_t id = 0;
    bool found = false;
    enum err e =
        db_i64(cx, &q_open_room, ARGS(I64(room_id), I64(cx->who.company_id), I64(cx->who.project_id)), &id, &found);
    return e || found ? e : cx_fail(cx, ERR_INVALID, "room_id", "房间不存在或已停用", "no such room, or it is closed");
}

enum err room_in_path(struct ctx *cx, int64_t room_id)
{
    int64_t id = 0;
    bool found = false;
    enum err e = db_i64(cx, &q_room, ARGS(I64(room_id), I64(cx->who.company_id), I64(cx->who.project_id)), &id, &found);
    return e || found ? e : cx_fail(cx, ERR_NOT_FOUND, "id", "房间不存在", "no such room");
}

enum err fees_not_moving(struct ctx *cx)
{
    int64_t n = 0;
    enum err e = db_i64(cx, &q_moving, ARGS(I64(cx->who.company_id), I64(cx->who.project_id)), &n, NULL);
    return e || !n ? e
                   : cx_fail(cx, ERR_STATE, NULL, "正在出账,请稍后再改",
                             "a run is being generated; try again when it is ready");
}

struct listing {
    bill_fn *fn;
    void *arg;
};

static enum err on_bill(struct ctx *cx, const struct row *r, void *out)
{
    struct listing *l = out;
    struct bill b;
    enum err e = bill_row(cx, r, &b);
    l->fn(l->arg, &b);
    return e;
}

enum err bill_list(struct ctx *cx, const struct bill_filter *f, bill_fn *fn, void *arg)
{
    struct listing l = {fn, arg};
    const char *s = or_empty(f->state);
    const struct arg company = I64(cx->who.company_id), project = I64(cx->who.project_id),
                     below = I64(f->before ? f->before : INT64_MAX), most = I64(f->limit);
    if (f->mine)
        return db_each(cx, &q_mine, ARGS(company, I64(cx->who.id), I64(cx->now), TXT(s), I64(f->before), most), on_bill,
                       &l);
    if (f->run_id)
        return db_each(cx, &q_board_run, ARGS(company, project, below, most, TXT(s), I64(f->run_id)), on_bill, &l);
    if (f->room_id)
        return db_each(cx, &q_board_room, ARGS(company, project, below, most, TXT(s), I64(f->room_id)), on_bill, &l);
    if (f->overdue || f->open) {
        int64_t before = f->overdue ? clock_day(cx->now) : INT64_C(100000000);
        return db_each(cx, &q_board_due, ARGS(company, project, below, most, I64(before)), on_bill, &l);
    }
    return *s ? db_each(cx, &q_board_state, ARGS(company, project, below, most, TXT(s)), on_bill, &l)
              : db_each(cx, &q_board, ARGS(company, project, below, most), on_bill, &l);
}

struct lines {
    bill_line_fn *fn;
    void *arg;
};

static enum err on_line(struct ctx *cx, const struct row *r, void *out)
{
    struct lines *l = out;
    struct bill_line one = {.item_id = row_i64(r, 0),
                            .name = row_text(cx, r, 1),
                            .period_from = (int32_t)row_i64(r, 2),
                            .period_to = (int32_t)row_i64(r, 3),
                            .amount_fen = row_i64(r, 4),
                            .snapshot = row_text(cx, r, 5),
                            .n = row_i64(r, 6),
                            .ref_id = row_i64(r, 7),
                            .kind = row_text(cx, r, 8),
                            .deposit = row_i64(r, 10) != 0};
    if (str_eq(one.kind, "charge"))
        one.snapshot = billing_explain(cx->arena, row_text(cx, r, 9), one.snapshot);
    l->fn(l->arg, &one);
    return OK;
}

enum err bill_of_resident(struct ctx *cx, const struct bill *b, bool *may)
{
    int64_t n = 0;
    *may = b->payer_id && b->payer_id == cx->who.id;
    return *may ? OK
                : db_i64(cx, &q_resident,
                         ARGS(I64(cx->who.id), I64(b->room_id), I64(cx->now), I64(b->period_from), I64(b->period_to)),
                         &n, may);
}

/* Office staff of the bill's project see everything; residents what was published and is theirs. */
static enum err load(struct ctx *cx, int64_t id, struct bill *b, bool *staff)
{
    int64_t n = 0;
    bool resident = false;
    enum err e = db_one(cx, &q_get, ARGS(I64(id), I64(cx->who.company_id)), bill_row, b);
    if (!e)
        e = db_i64(cx, &q_staff, ARGS(I64(cx->who.id), I64(cx->who.company_id), I64(b->project_id)), &n, staff);
    if (!e && !*staff)
        e = bill_of_resident(cx, b, &resident);
    bool hidden = str_eq(b->state, "draft") || str_eq(b->state, "void");
    if (e == ERR_NOT_FOUND || (!e && !*staff && (!resident || hidden)))
        return cx_fail(cx, ERR_NOT_FOUND, "id", "账单不存在", "no such bill");
    return e;
}

enum err bill_get(struct ctx *cx, int64_t id, struct bill *out, bill_line_fn *fn, void *arg)
{
    struct lines l = {fn, arg};
    bool staff = false;
    *out = (struct bill){.state = ""};
    enum err e = load(cx, id, out, &staff);
    return e ? e : db_each(cx, &q_lines, ARGS(I64(id)), on_line, &l);
}

struct booked {
    int64_t entry, ref;
    const char *ref_kind;
};
struct entries {
    struct booked v[128]; /* publishing, adjustments, write-offs: fee_request_apply.c stops before */
    size_t n;
};

static enum err on_entry(struct ctx *cx, const struct row *r, void *out)
{
    struct entries *l = out;
    if (l->n == COUNT(l->v))
        return cx_fail(cx, ERR_STATE, NULL, "调整次数过多,不能作废", "too many adjustments to void it");
    l->v[l->n++] = (struct booked){row_i64(r, 0), row_i64(r, 1), row_text(cx, r, 2)};
    return OK;
}

/* What was booked when it was published, adjusted and given up in part (the rest of it was paid then, and went back), the other
 * way round. */
static enum err reverse(struct ctx *cx, const struct bill *b)
{
    struct entries l = {.n = 0};
    int64_t id = 0;
    enum err e = db_each(cx, &q_entries, ARGS(I64(cx->who.company_id), I64(b->id)), on_entry, &l);
    for (size_t i = 0; i < l.n && !e; i++) {
        struct ledger_entry as = {.project_id = b->project_id,
                                  .ref_id = l.v[i].ref,
                                  .day = clock_day(cx->now),
                                  .kind = "void",
                                  .ref_kind = l.v[i].ref_kind};
        e = ledger_reverse(cx, l.v[i].entry, &as, &id);
    }
    return e;
}

const char *reason_json(struct ctx *cx, const char *reason)
{
    struct jw w;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    kv_str(&w, "reason", reason);
    jw_end(&w);
    return jw_text(&w);
}

/* In the books, and nobody has paid anything: a bill of nothing is paid from the start. */
static bool unpaid(const struct bill *b)
{
    return str_eq(b->state, "published") || (str_eq(b->state, "paid") && b->amount_fen == 0 && b->late_paid_fen == 0);
}

enum err bill_take_back(struct ctx *cx, const struct bill *b)
{
    enum err e = db_change_one(cx, &q_void, ARGS(I64(b->id), I64(b->version)), ERR_CONFLICT, "账单已变化,请刷新",
                               "changed meanwhile; reload it");
    if (!e)
        e = db_exec(cx, &q_lines_off, ARGS(I64(b->id)), NULL);
    if (!e)
        e = db_exec(cx, &q_charges_off, ARGS(I64(b->id)), NULL);
    if (!e)
        e = db_exec(cx, &q_parts_off, ARGS(I64(b->id)), NULL);
    return e || !unpaid(b) ? e : reverse(cx, b);
}

static enum err void_it(struct ctx *cx, const struct bill *b)
{
    enum err e = bill_take_back(cx, b);
    if (!e && unpaid(b) && b->payer_id)
        cx_emit(cx, topic_user(cx, b->payer_id), "bill.void",
                arena_printf(cx->arena, "{\"bill_id\":\"%lld\"}", (long long)b->id));
    return e;
}

static enum err note_void(struct ctx *cx, int64_t id, const char *reason)
{
    return audit_add(cx, "bill.void", "bill", id, NULL, reason_json(cx, reason));
}

enum err bill_drop(struct ctx *cx, int64_t id, const char *reason)
{
    struct bill b = {.state = ""};
    bool staff = false;
    int64_t changed = 0;
    enum err e = load(cx, id, &b, &staff);
    if (!e && !staff)
        e = cx_fail(cx, ERR_FORBIDDEN, NULL, "没有权限", "not allowed");
    if (!e && !str_eq(b.state, "draft"))
        e = cx_fail(cx, ERR_STATE, "state", "已发布的账单须申请作废,由另一人审批",
                    "a published bill is voided by a request that another person approves");
    if (!e && str_empty(reason))
        e = cx_fail(cx, ERR_INVALID, "reason", "请填写作废原因", "say why");
    if (!e)
        e = db_exec(cx, &q_run_less, ARGS(I64(b.run_id), I64(b.amount_fen), I64(id)), &changed);
    if (!e && !changed)
        e = cx_fail(cx, ERR_STATE, "state", "批次已提交,请先退回", "the run is submitted; have it sent back first");
    if (!e)
        e = void_it(cx, &b);
    return e ? e : note_void(cx, id, reason);
}

enum err bill_voidable(struct ctx *cx, const struct bill *b)
{
    if (!unpaid(b))
        return cx_fail(cx, ERR_STATE, "state", "未发布、已有缴费或已作废,不能作废",
                       "not published, paid in part or void already");
    return bill_not_held(cx, b->id);
}

enum err bill_void(struct ctx *cx, const struct bill *b, const char *reason)
{
    enum err e = void_it(cx, b);
    return e ? e : note_void(cx, b->id, reason);
}

enum err bill_single_void(struct ctx *cx, int64_t bill_id)
{
    struct bill b;
    enum err e = db_one(cx, &q_get, ARGS(I64(bill_id), I64(cx->who.company_id)), bill_row, &b);
    if (!e && !str_eq(b.state, "published"))
        e = cx_fail(cx, ERR_STATE, "state", "已有缴费或已作废,不能作废", "paid in part or void already");
    if (!e)
        e = bill_not_held(cx, bill_id);
    if (!e)
        e = void_it(cx, &b);
    return e ? e : audit_add(cx, "bill.void", "bill", bill_id, NULL, NULL);
}
