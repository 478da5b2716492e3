/* fee_request.c - requests, their steps and lists; what an approval does is in fee_request_apply.c.
 * SPDX-License-Identifier: MIT */
#include "domain/fee_request.h"
#include "base/id.h"
#include "domain/audit.h"
#include "domain/billing_int.h"
#include "domain/fee_request_int.h"

const char *const request_kind_name[RQ_KINDS] = {"adjust",  "late_waiver",  "write_off",
                                                 "vacancy", "deposit_back", "void"};
const char *const request_step_name[RQ_STEPS] = {"approve", "reject", "withdraw"};

#define COLUMNS                                                                                                        \
    "SELECT id, bill_id, line_n, room_id, amount_fen, maker_id, checker_id, entry_id, version, created_at, "           \
    "decided_at,"                                                                                                      \
    " from_day, to_day, day, kind, method, voucher, reason, state, note FROM fee_request"                              \
    " WHERE company_id = $1 AND project_id = $2"
STMT(q_get, "fee_request.get", COLUMNS " AND id = $3");
STMT(q_list, "fee_request.list",
     COLUMNS
     " AND ($3 = '' OR state = $3) AND ($4 = 0 OR bill_id = $4) AND ($5 = 0 OR id < $5) ORDER BY id DESC LIMIT $6");
STMT(q_add, "fee_request.add",
     "INSERT INTO fee_request(id, company_id, project_id, kind, bill_id, line_n, room_id, amount_fen, from_day, to_day,"
     " method, voucher, reason, maker_id, created_at)"
     " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)");
STMT(q_decide, "fee_request.decide",
     "UPDATE fee_request SET state = $2, checker_id = $3, note = $4, day = $5, entry_id = $6, amount_fen = $7,"
     " decided_at = $8, version = version + 1 WHERE id = $1 AND state = 'requested' AND version = $9");

static enum err request_row(struct ctx *cx, const struct row *r, void *out)
{
    struct fee_request *q = out;
    *q = (struct fee_request){.id = row_i64(r, 0),
                              .bill_id = row_i64(r, 1),
                              .line_n = row_i64(r, 2),
                              .room_id = row_i64(r, 3),
                              .amount_fen = row_i64(r, 4),
                              .maker_id = row_i64(r, 5),
                              .checker_id = row_i64(r, 6),
                              .entry_id = row_i64(r, 7),
                              .version = row_i64(r, 8),
                              .created_at = row_i64(r, 9),
                              .decided_at = row_i64(r, 10),
                              .from_day = (int32_t)row_i64(r, 11),
                              .to_day = (int32_t)row_i64(r, 12),
                              .day = (int32_t)row_i64(r, 13),
                              .kind = str_index(request_kind_name, RQ_KINDS, row_text(cx, r, 14)),
                              .method = row_text(cx, r, 15),
                              .voucher = row_text(cx, r, 16),
                              .reason = row_text(cx, r, 17),
                              .state = row_text(cx, r, 18),
                              .note = row_text(cx, r, 19)};
    return OK;
}

enum err request_get(struct ctx *cx, int64_t id, struct fee_request *out)
{
    enum err e = db_one(cx, &q_get, ARGS(I64(cx->who.company_id), I64(cx->who.project_id), I64(id)), request_row, out);
    return e == ERR_NOT_FOUND ? cx_fail(cx, e, "id", "申请不存在", "no such request") : e;
}

struct listing {
    request_fn *fn;
    void *arg;
};

static enum err on_request(struct ctx *cx, const struct row *r, void *out)
{
    struct listing *l = out;
    struct fee_request q;
    enum err e = request_row(cx, r, &q);
    l->fn(l->arg, &q);
    return e;
}

enum err request_list(struct ctx *cx, const char *state, int64_t bill_id, int64_t before, int64_t limit, request_fn *fn,
                      void *arg)
{
    struct listing l = {fn, arg};
    return db_each(cx, &q_list,
                   ARGS(I64(cx->who.company_id), I64(cx->who.project_id), TXT(state ? state : ""), I64(bill_id),
                        I64(before), I64(limit)),
                   on_request, &l);
}

enum err request_make(struct ctx *cx, const struct fee_request *in, struct fee_request *out)
{
    struct fee_request q = *in;
    q.id = id_new();
    q.method = q.method ? q.method : "";
    q.voucher = q.voucher ? q.voucher : "";
    if (str_empty(q.reason))
        return cx_fail(cx, ERR_INVALID, "reason", "请填写原因", "say why");
    enum err e = cx_need_project(cx);
    if (!e)
        e = request_check(cx, &q);
    if (!e)
        e = db_exec(cx, &q_add,
                    ARGS(I64(q.id), I64(cx->who.company_id), I64(cx->who.project_id), TXT(request_kind_name[q.kind]),
                         I64(q.bill_id), I64(q.line_n), I64(q.room_id), I64(q.amount_fen), I64(q.from_day),
                         I64(q.to_day), TXT(q.method), TXT(q.voucher), TXT(q.reason), I64(cx->who.id), I64(cx->now)),
                    NULL);
    if (!e)
        e = audit_add(cx, "fee_request.create", "fee_request", q.id, NULL,
                      arena_printf(cx->arena, "{\"kind\":\"%s\",\"amount_fen\":%lld}", request_kind_name[q.kind],
                                   (long long)q.amount_fen));
    books_tell(cx, cx->who.project_id, "fee_request.status", q.id, "requested");
    return e ? e : request_get(cx, q.id, out);
}

enum err request_act(struct ctx *cx, int64_t id, enum request_step what, const char *note, struct fee_request *out)
{
    static const char *const to[RQ_STEPS] = {"approved", "rejected", "withdrawn"};
    struct fee_request q;
    enum err e = request_get(cx, id, &q);
    if (!e && !str_eq(q.state, "requested"))
        e = cx_fail(cx, ERR_STATE, "state", "该申请已处理", "decided already");
    if (!e && what == RQ_WITHDRAW && q.maker_id != cx->who.id)
        e = cx_fail(cx, ERR_FORBIDDEN, NULL, "只能撤回自己的申请", "only its maker withdraws a request");
    if (!e && what != RQ_WITHDRAW && q.maker_id == cx->who.id)
        e = cx_fail(cx, ERR_FORBIDDEN, NULL, "不能审批自己的申请", "the maker must not decide it");
    if (!e && what == RQ_REJECT && str_empty(note))
        e = cx_fail(cx, ERR_INVALID, "note", "请填写驳回原因", "say why");
    if (!e && what == RQ_APPROVE)
        e = request_apply(cx, &q);
    if (!e)
        e = db_change_one(cx, &q_decide,
                          ARGS(I64(id), TXT(to[what]), I64(what == RQ_WITHDRAW ? 0 : cx->who.id), TXT(note ? note : ""),
                               I64(q.day), I64(q.entry_id), I64(q.amount_fen), I64(cx->now), I64(q.version)),
                          ERR_CONFLICT, "申请已被他人处理,请刷新", "decided meanwhile; reload it");
    if (!e)
        e = request_settled(cx, &q, what == RQ_APPROVE);
    books_tell(cx, cx->who.project_id, "fee_request.status", id, to[what]);
    if (!e)
        e = audit_add(cx, arena_printf(cx->arena, "fee_request.%s", request_step_name[what]), "fee_request", id, NULL,
                      NULL);
    return e ? e : request_get(cx, id, out);
}
