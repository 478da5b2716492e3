/* owner_transfer.c - a room changes hands: what would happen, making and undoing the plan. SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/id.h"
#include "domain/audit.h"
#include "domain/ledger.h"
#include "domain/owner_int.h"
#include "domain/owner_transfer_int.h"

const char *const transfer_prepaid_name[PREPAID_CHOICES] = {"stay", "refund", "transfer"};

STMT(q_bills, "transfer.bills",
     "SELECT id, amount_fen - paid_fen + late_fen - late_paid_fen, period_from, period_to, due_day, payer_name"
     " FROM bill WHERE company_id = $1 AND room_id = $2 AND state IN ('published', 'partial')"
     " AND period_from < $3 ORDER BY due_day, id LIMIT 100");
STMT(q_sum, "transfer.sum",
     "SELECT COUNT(*), CAST(COALESCE(SUM(amount_fen - paid_fen + late_fen - late_paid_fen), 0) AS BIGINT) FROM bill"
     " WHERE company_id = $1 AND room_id = $2 AND state IN ('published', 'partial') AND period_from < $3");
STMT(q_bindings, "transfer.bindings",
     "SELECT COUNT(*) FROM binding WHERE company_id = $1 AND room_id = $2 AND state IN ('applied', 'active')"
     " AND (role = 'owner' OR (role = 'family' AND $3 = 1) OR (role = 'tenant' AND $4 = 1))");
STMT(q_owners, "transfer.owners",
     "SELECT p.name FROM party_room x JOIN party p ON p.id = x.party_id WHERE x.room_id = $1 AND x.company_id = $2"
     " AND x.role IN ('owner', 'co_owner') AND x.to_day >= $3 ORDER BY x.id LIMIT 8");
STMT(q_later, "transfer.later",
     "SELECT COUNT(*) FROM party_room WHERE room_id = $1 AND company_id = $2 AND role IN ('owner', 'co_owner')"
     " AND from_day >= $3 AND from_day <= to_day");
/* A former owner of the one room owns the other: the money follows a person, nobody sends it anywhere */
STMT(q_theirs, "transfer.theirs",
     "SELECT COUNT(*) FROM party_room a JOIN party_room b ON b.party_id = a.party_id AND b.room_id = $2"
     " AND b.role IN ('owner', 'co_owner') AND b.from_day <= $5 AND b.to_day >= $5 WHERE a.room_id = $1"
     " AND a.company_id = $3 AND a.role IN ('owner', 'co_owner') AND a.from_day <= $4 AND a.to_day >= $4");
STMT(q_add, "room_transfer.add",
     "INSERT INTO room_transfer(id, company_id, project_id, room_id, day, state, end_family, end_tenants, prepaid,"
     " prepaid_room_id, open_bills, open_fen, reason, account_id, created_at)"
     " VALUES ($1, $2, $3, $4, $5, 'planned', $6, $7, $8, $9, $10, $11, $12, $13, $14)");
STMT(q_party, "room_transfer_party.add",
     "INSERT INTO room_transfer_party(transfer_id, party_id, company_id, role, share_n, share_d, pays)"
     " VALUES ($1, $2, $3, $4, $5, $6, $7)");
#define COLUMNS                                                                                                        \
    "SELECT t.id, t.room_id, t.prepaid_fen, t.open_bills, t.open_fen, t.entry_id, t.version, t.created_at, t.done_at," \
    " t.account_id, t.day, t.end_family, t.end_tenants, t.state, t.prepaid, t.reason, t.problem, m.full_name,"         \
    " t.prepaid_room_id, t.back_entry_id FROM room_transfer t JOIN room m ON m.id = t.room_id"                         \
    " WHERE t.company_id = $1 AND t.project_id = $2"
STMT(q_get, "room_transfer.get", COLUMNS " AND t.id = $3");
STMT(q_of_room, "room_transfer.of_room", COLUMNS " AND t.room_id = $3 ORDER BY t.id DESC LIMIT 100");
STMT(q_waiting, "room_transfer.waiting",
     COLUMNS " AND t.state = 'planned' UNION ALL " COLUMNS " AND t.state = 'done' AND t.prepaid = 'refund'"
             " AND t.prepaid_fen > 0 AND t.back_entry_id = 0 ORDER BY 11, 1 LIMIT 200");
STMT(q_cancel, "room_transfer.cancel",
     "UPDATE room_transfer SET state = 'cancelled', problem = $5, version = version + 1 WHERE id = $1"
     " AND company_id = $2 AND project_id = $3 AND version = $4 AND state = 'planned'");
STMT(q_back, "room_transfer.back",
     "UPDATE room_transfer SET back_method = $5, back_voucher = $6, back_entry_id = $7, version = version + 1"
     " WHERE id = $1 AND company_id = $2 AND project_id = $3 AND version = $4 AND back_entry_id = 0");

static enum err on_bill(struct ctx *cx, const struct row *r, void *out)
{
    struct transfer_preview *p = out;
    p->bill[p->nbills++] = (struct transfer_bill){.id = row_i64(r, 0),
                                                  .open_fen = row_i64(r, 1),
                                                  .period_from = (int32_t)row_i64(r, 2),
                                                  .period_to = (int32_t)row_i64(r, 3),
                                                  .due_day = (int32_t)row_i64(r, 4),
                                                  .payer = row_text(cx, r, 5)};
    return OK;
}

static enum err on_owner(struct ctx *cx, const struct row *r, void *out)
{
    struct transfer_preview *p = out;
    p->from[p->nfrom++] = row_text(cx, r, 0);
    return OK;
}

static enum err check_people(struct ctx *cx, const struct transfer_in *in)
{
    struct owner_share s[TRANSFER_PARTIES];
    struct party_head p;
    if (in->nto == 0 || in->nto > TRANSFER_PARTIES)
        return cx_fail(cx, ERR_INVALID, "to", "请填写 1 到 8 位新业主", "1 to 8 new owners");
    for (size_t i = 0; i < in->nto; i++) {
        const struct transfer_party *t = &in->to[i];
        for (size_t k = 0; k < i; k++)
            if (in->to[k].party_id == t->party_id)
                return cx_fail(cx, ERR_INVALID, "to", "新业主重复", "a new owner is named twice");
        s[i] = (struct owner_share){t->share_n, t->share_d ? t->share_d : 1, in->day, OWNER_FOREVER};
        enum err e = party_head(cx, t->party_id, &p);
        if (e)
            return e == ERR_NOT_FOUND ? cx_fail(cx, ERR_INVALID, "to", "新业主不在档案中", "not in the register") : e;
    }
    return owner_shares_fit(s, in->nto)
               ? OK
               : cx_fail(cx, ERR_INVALID, "share", "产权份额合计超过 100%%", "the shares add up to more than one");
}

enum err transfer_is_theirs(struct ctx *cx, int64_t room_id, int64_t to_room_id, int32_t day)
{
    int64_t n = 0;
    enum err e = db_i64(cx, &q_theirs,
                        ARGS(I64(room_id), I64(to_room_id), I64(cx->who.company_id), I64(clock_day_add(day, -1)),
                             I64(clock_day(cx->now))),
                        &n, NULL);
    return e || n ? e
                  : cx_fail(cx, ERR_INVALID, "prepaid_room_id", "预存款只能转到原业主名下的另一房间",
                            "the money follows the former owner: to another room of theirs");
}

static enum err check(struct ctx *cx, const struct transfer_in *in)
{
    struct room m;
    int64_t later = 0;
    if (!clock_day_valid(in->day))
        return cx_fail(cx, ERR_INVALID, "day", "日期无效", "not a day (yyyymmdd)");
    enum err e = room_get(cx, in->room_id, &m);
    if (!e && m.closed_at)
        e = cx_fail(cx, ERR_STATE, "id", "房间已停用", "the room is closed");
    if (!e && in->day < m.owned_from)
        e = cx_fail(cx, ERR_STATE, "day", "早于上一次过户", "before it changed hands the last time");
    if (!e)
        e = db_i64(cx, &q_later, ARGS(I64(in->room_id), I64(cx->who.company_id), I64(in->day)), &later, NULL);
    if (!e && later)
        e = cx_fail(cx, ERR_STATE, "day", "该日起已登记其他业主", "other owners are registered from that day on");
    if (!e)
        e = check_people(cx, in);
    if (!e && (in->prepaid == PREPAID_TRANSFER) != (in->prepaid_room_id != 0))
        e = cx_fail(cx, ERR_INVALID, "prepaid_room_id", "转移预存款须指定另一房间,其他方式不填",
                    "another room is given when the money moves, and only then");
    if (!e && in->prepaid_room_id) {
        e = in->prepaid_room_id == in->room_id ? ERR_NOT_FOUND : room_get(cx, in->prepaid_room_id, &m);
        if (e == ERR_NOT_FOUND)
            e = cx_fail(cx, ERR_INVALID, "prepaid_room_id", "房间不存在", "no such room");
        if (!e)
            e = transfer_is_theirs(cx, in->room_id, in->prepaid_room_id, in->day);
    }
    return e;
}

enum err transfer_preview(struct ctx *cx, const struct transfer_in *in, struct transfer_preview *out)
{
    int64_t sum[2] = {0, 0};
    *out = (struct transfer_preview){.at_once = in->day <= clock_day(cx->now)};
    enum err e = check(cx, in);
    if (!e)
        e = db_each(cx, &q_bills, ARGS(I64(cx->who.company_id), I64(in->room_id), I64(in->day)), on_bill, out);
    for (size_t i = 0; i < out->nbills; i++)
        out->bill[i].crosses = out->bill[i].period_to >= in->day;
    if (!e)
        e = db_pair(cx, &q_sum, ARGS(I64(cx->who.company_id), I64(in->room_id), I64(in->day)), sum);
    out->open_fen = sum[1];
    if (!e)
        e = ledger_balance(cx, cx->who.project_id, LA_PREPAID, in->room_id, &out->prepaid_fen);
    if (!e)
        e = db_i64(cx, &q_bindings,
                   ARGS(I64(cx->who.company_id), I64(in->room_id), I64(in->end_family), I64(in->end_tenants)),
                   &out->bindings, NULL);
    return e ? e : db_each(cx, &q_owners, ARGS(I64(in->room_id), I64(cx->who.company_id), I64(in->day)), on_owner, out);
}

static enum err row(struct ctx *cx, const struct row *r, void *out)
{
    *(struct transfer *)out = (struct transfer){.id = row_i64(r, 0),
                                                .room_id = row_i64(r, 1),
                                                .prepaid_fen = row_i64(r, 2),
                                                .open_bills = row_i64(r, 3),
                                                .open_fen = row_i64(r, 4),
                                                .entry_id = row_i64(r, 5),
                                                .version = row_i64(r, 6),
                                                .created_at = row_i64(r, 7),
                                                .done_at = row_i64(r, 8),
                                                .account_id = row_i64(r, 9),
                                                .day = (int32_t)row_i64(r, 10),
                                                .end_family = row_i64(r, 11) != 0,
                                                .end_tenants = row_i64(r, 12) != 0,
                                                .state = row_text(cx, r, 13),
                                                .prepaid = row_text(cx, r, 14),
                                                .reason = row_text(cx, r, 15),
                                                .problem = row_text(cx, r, 16),
                                                .room = row_text(cx, r, 17),
                                                .prepaid_room_id = row_i64(r, 18),
                                                .back_entry_id = row_i64(r, 19)};
    return OK;
}

enum err transfer_load(struct ctx *cx, int64_t id, struct transfer *out)
{
    enum err e = db_one(cx, &q_get, ARGS(I64(cx->who.company_id), I64(cx->who.project_id), I64(id)), row, out);
    return e == ERR_NOT_FOUND ? cx_fail(cx, e, "id", "过户记录不存在", "no such transfer") : e;
}

enum err transfer_make(struct ctx *cx, const struct transfer_in *in, struct transfer *out)
{
    struct transfer_preview *p = arena_alloc(cx->arena, sizeof *p);
    int64_t id = id_new();
    enum err e = transfer_preview(cx, in, p);
    if (!e)
        e = db_try(cx, &q_add,
                   ARGS(I64(id), I64(cx->who.company_id), I64(cx->who.project_id), I64(in->room_id), I64(in->day),
                        I64(in->end_family), I64(in->end_tenants), TXT(transfer_prepaid_name[in->prepaid]),
                        I64(in->prepaid_room_id), I64((int64_t)p->nbills), I64(p->open_fen), TXT(in->reason),
                        I64(cx->who.id), I64(cx->now)),
                   NULL);
    if (e == ERR_EXISTS)
        return cx_fail(cx, ERR_STATE, "room_id", "该房间已有待生效的过户", "the room has a transfer to come already");
    for (size_t i = 0; i < in->nto && !e; i++) {
        const struct transfer_party *t = &in->to[i];
        e = db_exec(cx, &q_party,
                    ARGS(I64(id), I64(t->party_id), I64(cx->who.company_id), TXT(owner_role_name[t->role]),
                         I64(t->share_n), I64(t->share_d ? t->share_d : 1), I64(t->pays)),
                    NULL);
    }
    if (!e)
        e = audit_add(cx, "transfer.plan", "room", in->room_id, NULL,
                      arena_printf(cx->arena, "{\"transfer_id\":\"%lld\",\"day\":%d}", (long long)id, in->day));
    if (!e)
        e = transfer_load(cx, id, out);
    if (!e && p->at_once)
        e = transfer_carry_out(cx, out);
    return e ? e : transfer_load(cx, id, out);
}

enum err transfer_cancel(struct ctx *cx, int64_t id, int64_t version, const char *reason)
{
    struct transfer t;
    enum err e = transfer_load(cx, id, &t);
    if (!e && !str_eq(t.state, "planned"))
        e = cx_fail(cx, ERR_STATE, "state", "过户已完成或已取消", "done or cancelled already");
    if (!e)
        e = db_change_one(
            cx, &q_cancel,
            ARGS(I64(id), I64(cx->who.company_id), I64(cx->who.project_id), I64(version), TXT(or_empty(reason))),
            ERR_CONFLICT, CHANGED_ZH, CHANGED_EN);
    return e ? e : audit_add(cx, "transfer.cancel", "room", t.room_id, NULL, NULL);
}

struct transfers {
    transfer_fn *fn;
    void *arg;
};

static enum err on_transfer(struct ctx *cx, const struct row *r, void *out)
{
    struct transfers *l = out;
    struct transfer t;
    enum err e = row(cx, r, &t);
    l->fn(l->arg, &t);
    return e;
}

enum err transfer_list(struct ctx *cx, int64_t room_id, transfer_fn *fn, void *arg)
{
    struct transfers l = {fn, arg};
    const struct arg company = I64(cx->who.company_id), project = I64(cx->who.project_id);
    struct room m;
    enum err e = room_id ? room_get(cx, room_id, &m) : OK;
    if (e)
        return e;
    return room_id ? db_each(cx, &q_of_room, ARGS(company, project, I64(room_id)), on_transfer, &l)
                   : db_each(cx, &q_waiting, ARGS(company, project), on_transfer, &l);
}

enum err transfer_pay_back(struct ctx *cx, int64_t id, int64_t version, const char *method, const char *voucher)
{
    struct transfer t;
    bool cash = str_eq(method, "cash");
    int64_t entry = 0;
    enum err e = transfer_load(cx, id, &t);
    if (!e && (!str_eq(t.state, "done") || !str_eq(t.prepaid, "refund") || t.prepaid_fen <= 0 || t.back_entry_id))
        e = cx_fail(cx, ERR_STATE, "state", "没有待退的预存款", "nothing waits to be paid back");
    if (!e && t.account_id == cx->who.id)
        e = cx_fail(cx, ERR_FORBIDDEN, NULL, "须由另一人办理退款", "another person pays it out");
    struct ledger_entry as = {.project_id = cx->who.project_id,
                              .ref_id = id,
                              .day = clock_day(cx->now),
                              .kind = "prepaid_back",
                              .ref_kind = "room_transfer",
                              .memo = "过户退还预存款"};
    const struct ledger_line l[] = {DR(LA_SUSPENSE, t.room_id, t.prepaid_fen),
                                    CR(cash ? LA_CASH : LA_BANK, 0, t.prepaid_fen)};
    if (!e)
        e = ledger_post(cx, &as, l, COUNT(l), &entry);
    if (!e)
        e = db_change_one(cx, &q_back,
                          ARGS(I64(id), I64(cx->who.company_id), I64(cx->who.project_id), I64(version),
                               TXT(cash ? "cash" : "transfer"), TXT(or_empty(voucher)), I64(entry)),
                          ERR_CONFLICT, CHANGED_ZH, CHANGED_EN);
    return e ? e : audit_add(cx, "transfer.pay_back", "room", t.room_id, NULL, NULL);
}
