/* receipt.c - see receipt.h. SPDX-License-Identifier: MIT */
#include "domain/receipt.h"
#include "base/clock.h"
#include "base/money.h"
#include "domain/audit.h"
#include "domain/receipt_code.h"
#include "platform/store/db.h"
#include <string.h>

const char *const receipt_state_name[RECEIPT_STATES] = {"valid", "void", "refunded", "partly_refunded"};

#define STAFF (ROLES_ADMIN | ROLE_MANAGER | ROLE_CASHIER | ROLE_AUDITOR)
STMT(q_place, "receipt.place", "SELECT project_id FROM payment WHERE id = $1 AND company_id = $2");
/* How many rooms of the payment are not the resident's to see, and how many there are. */
STMT(q_scope, "receipt.scope",
     "SELECT COUNT(*), CAST(COALESCE(SUM(CASE WHEN b.payer_id = $2 OR EXISTS (SELECT 1 FROM binding d JOIN room m"
     " ON m.id = d.room_id WHERE d.account_id = $2 AND d.room_id = b.room_id AND d.state = 'active'"
     " AND (d.expires_at = 0 OR d.expires_at > $3) AND d.role = 'owner' AND m.owned_from <= b.period_from) THEN 1 ELSE "
     "0 END), 0) AS BIGINT)"
     " FROM payment_bill x JOIN bill b ON b.id = x.bill_id WHERE x.payment_id = $1");
STMT(q_scope_prepaid, "receipt.scope_prepaid",
     "SELECT COUNT(*) FROM payment p JOIN binding d ON d.room_id = p.prepaid_room_id JOIN room m ON m.id = d.room_id"
     " AND m.owned_at <= p.created_at WHERE p.id = $1"
     " AND d.account_id = $2 AND d.state = 'active' AND (d.expires_at = 0 OR d.expires_at > $3)");
STMT(q_names, "receipt.names",
     "SELECT c.name, j.name, j.code, COALESCE((SELECT a.name FROM account a WHERE a.id = $2), '')"
     " FROM project j JOIN company c ON c.id = j.company_id WHERE j.id = $1");
STMT(
    q_lines, "receipt.lines",
    "SELECT x.bill_id, x.amount_fen, x.late_fen, b.room_name, COALESCE(l.name, ''), COALESCE(l.period_from, "
    "b.period_from),"
    " COALESCE(l.period_to, b.period_to), COALESCE(l.amount_fen, 0) FROM payment_bill x JOIN bill b ON b.id = x.bill_id"
    " LEFT JOIN bill_line l ON l.bill_id = b.id WHERE x.payment_id = $1 ORDER BY b.due_day, b.id, l.n");
STMT(q_room, "receipt.room", "SELECT full_name FROM room WHERE id = $1 AND company_id = $2");
STMT(q_print, "receipt.print",
     "INSERT INTO receipt_print(payment_id, n, company_id, project_id, account_id, at)"
     " SELECT $1, COALESCE(MAX(n), 0) + 1, $2, $3, $4, $5 FROM receipt_print WHERE payment_id = $1 RETURNING n");
STMT(q_prints, "receipt.prints",
     "SELECT r.n, r.account_id, a.name, r.at FROM receipt_print r JOIN account a ON a.id = r.account_id"
     " WHERE r.payment_id = $1 AND r.company_id = $2 AND r.project_id = $3 ORDER BY r.n");
STMT(q_check, "receipt.check",
     "SELECT p.receipt_no, p.amount_fen, p.back_fen, p.state, p.day, p.payer_name, j.code, j.name FROM payment p"
     " JOIN project j ON j.id = p.project_id WHERE p.id = $1");

static enum receipt_state state_of(const char *state, int64_t amount, int64_t back)
{
    return str_eq(state, "void") ? RECEIPT_VOID
           : back == 0           ? RECEIPT_VALID
           : back < amount       ? RECEIPT_PARTLY_REFUNDED
                                 : RECEIPT_REFUNDED;
}

static const char *number_of(struct arena *a, const char *project_code, int64_t no)
{
    return arena_printf(a, "%s-%08lld", project_code, (long long)no);
}

/* ---- lines: what a bill got is spread over its items, to the fen ---- */

#define ITEMS      256 /* of one bill, adjustments included */
#define SPREAD_MAX 256 /* parts: lines of a bill, months of a line */
struct fill {
    struct receipt *r;
    int64_t bill_id, fen, late_fen, weight[ITEMS];
    struct receipt_line item[ITEMS];
    size_t n, cap;
};

static void add_line(struct ctx *cx, struct fill *f, struct receipt_line l)
{
    if (!l.fen)
        return;
    if (f->r->nline == f->cap) {
        struct receipt_line *more = arena_alloc(cx->arena, (f->cap + 64) * 2 * sizeof *more);
        for (size_t i = 0; i < f->r->nline; i++)
            more[i] = f->r->line[i];
        f->cap = (f->cap + 64) * 2;
        f->r->line = more;
    }
    f->r->line[f->r->nline++] = l;
}

void receipt_spread(int64_t fen, const int64_t *line_fen, size_t n, int64_t *part)
{
    int64_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += line_fen[i];
        part[i] = line_fen[i];
    }
    if (sum == fen)
        return;
    int64_t weight[SPREAD_MAX];
    for (size_t i = 0; i < n && n <= SPREAD_MAX; i++)
        weight[i] = line_fen[i] > 0 ? line_fen[i] : 0;
    if (n > SPREAD_MAX || fen < 0 || !split_fen(fen, weight, n, part)) { /* nothing to go by */
        memset(part, 0, n * sizeof *part);
        part[0] = fen;
    }
}

static void end_bill(struct ctx *cx, struct fill *f)
{
    int64_t part[ITEMS] = {0};
    if (!f->n)
        return;
    receipt_spread(f->fen, f->weight, f->n, part);
    for (size_t i = 0; i < f->n; i++) {
        f->item[i].fen = part[i];
        add_line(cx, f, f->item[i]);
    }
    add_line(cx, f, (struct receipt_line){f->item[0].room, "违约金", 0, 0, f->late_fen});
    f->n = 0;
}

static enum err on_line(struct ctx *cx, const struct row *r, void *out)
{
    struct fill *f = out;
    if (f->n && f->bill_id != row_i64(r, 0))
        end_bill(cx, f);
    if (f->n == ITEMS)
        return cx_fail(cx, ERR_INTERNAL, NULL, "账单明细过多", "a bill of too many lines");
    f->bill_id = row_i64(r, 0);
    f->fen = row_i64(r, 1);
    f->late_fen = row_i64(r, 2);
    f->weight[f->n] = row_i64(r, 7);
    const char *name = row_text(cx, r, 4);
    f->item[f->n++] = (struct receipt_line){.room = row_text(cx, r, 3),
                                            .item = str_empty(name) ? "物业收费" : name,
                                            .period_from = (int32_t)row_i64(r, 5),
                                            .period_to = (int32_t)row_i64(r, 6)};
    return OK;
}

static enum err load_lines(struct ctx *cx, struct receipt *r)
{
    struct fill *f = arena_alloc(cx->arena, sizeof *f);
    const char *room = "";
    f->r = r;
    enum err e = db_each(cx, &q_lines, ARGS(I64(r->p.id)), on_line, f);
    if (!e)
        end_bill(cx, f);
    if (!e && r->p.prepaid_fen)
        e = db_text(cx, &q_room, ARGS(I64(r->p.prepaid_room_id), I64(cx->who.company_id)), &room);
    add_line(cx, f, (struct receipt_line){room, "预存款", 0, 0, r->p.prepaid_fen});
    add_line(cx, f, (struct receipt_line){"", "抹零", 0, 0, -r->p.rounding_fen});
    return e;
}

/* ---- printing ---- */

static enum err check_resident(struct ctx *cx, const struct payment *p)
{
    int64_t count[2] = {0}, prepaid = 0;
    enum err e = db_pair(cx, &q_scope, ARGS(I64(p->id), I64(cx->who.id), I64(cx->now)), count);
    if (!e && p->prepaid_fen)
        e = db_i64(cx, &q_scope_prepaid, ARGS(I64(p->id), I64(cx->who.id), I64(cx->now)), &prepaid, NULL);
    bool mine = count[0] == count[1] && (p->prepaid_fen ? prepaid > 0 : count[0] > 0);
    return e || mine ? e : cx_fail(cx, ERR_NOT_FOUND, "id", "收款不存在", "no such payment");
}

enum err receipt_payment(struct ctx *cx, int64_t id, struct payment *p)
{
    bool staff = cx->who.roles & STAFF, found = false;
    int64_t chosen = cx->who.project_id, project = 0;
    if (staff)
        return payment_get(cx, id, p, NULL, NULL);
    enum err e = db_i64(cx, &q_place, ARGS(I64(id), I64(cx->who.company_id)), &project, &found);
    if (!e && !found)
        e = cx_fail(cx, ERR_NOT_FOUND, "id", "收款不存在", "no such payment");
    cx->who.project_id = project; /* a resident has rooms in several; the check below is by room */
    if (!e)
        e = payment_get(cx, id, p, NULL, NULL);
    cx->who.project_id = chosen;
    return e ? e : check_resident(cx, p);
}

struct names {
    const char *company, *project, *code, *cashier;
};

static enum err on_names(struct ctx *cx, const struct row *r, void *out)
{
    *(struct names *)out =
        (struct names){row_text(cx, r, 0), row_text(cx, r, 1), row_text(cx, r, 2), row_text(cx, r, 3)};
    return OK;
}

static enum err count_print(struct ctx *cx, struct receipt *r)
{
    enum err e = db_i64(
        cx, &q_print, ARGS(I64(r->p.id), I64(cx->who.company_id), I64(r->p.project_id), I64(cx->who.id), I64(cx->now)),
        &r->prints, NULL);
    return e ? e
             : audit_add(cx, "receipt.print", "payment", r->p.id, NULL,
                         arena_printf(cx->arena, "{\"n\":%lld}", (long long)r->prints));
}

enum err receipt_print(struct ctx *cx, int64_t payment_id, struct receipt *out)
{
    struct names n = {"", "", "", ""};
    *out = (struct receipt){.code = ""};
    enum err e = receipt_payment(cx, payment_id, &out->p);
    if (!e)
        e = db_one(cx, &q_names, ARGS(I64(out->p.project_id), I64(out->p.cashier_id)), on_names, &n);
    if (!e)
        e = load_lines(cx, out);
    if (!e && (cx->who.roles & STAFF))
        e = count_print(cx, out);
    if (e)
        return e;
    out->company = n.company;
    out->project = n.project;
    out->cashier = str_empty(n.cashier) ? "线上缴费" : n.cashier;
    out->number = number_of(cx->arena, n.code, out->p.receipt_no);
    out->code = signed_code(cx->arena, "receipt", out->p.id, out->p.receipt_no);
    out->state = state_of(out->p.state, out->p.amount_fen, out->p.back_fen);
    return OK;
}

struct prints {
    receipt_print_fn *fn;
    void *arg;
};

static enum err on_print(struct ctx *cx, const struct row *r, void *out)
{
    struct prints *l = out;
    l->fn(l->arg, row_i64(r, 0), row_i64(r, 1), row_text(cx, r, 2), row_i64(r, 3));
    return OK;
}

enum err receipt_prints(struct ctx *cx, int64_t payment_id, receipt_print_fn *fn, void *arg)
{
    struct prints l = {fn, arg};
    struct payment p;
    enum err e = payment_get(cx, payment_id, &p, NULL, NULL);
    return e ? e
             : db_each(cx, &q_prints, ARGS(I64(payment_id), I64(cx->who.company_id), I64(cx->who.project_id)), on_print,
                       &l);
}

/* ---- checking ---- */

struct checked {
    struct receipt_check *c;
    int64_t no;
};

static enum err on_check(struct ctx *cx, const struct row *r, void *out)
{
    struct checked *k = out;
    k->no = row_i64(r, 0);
    *k->c = (struct receipt_check){.number = number_of(cx->arena, row_text(cx, r, 6), k->no),
                                   .project = row_text(cx, r, 7),
                                   .payer = mask_name(cx->arena, row_text(cx, r, 5)),
                                   .amount_fen = row_i64(r, 1),
                                   .back_fen = row_i64(r, 2),
                                   .day = (int32_t)row_i64(r, 4),
                                   .state = state_of(row_text(cx, r, 3), row_i64(r, 1), row_i64(r, 2))};
    return OK;
}

enum err receipt_verify(struct ctx *cx, const char *code, struct receipt_check *out)
{
    struct checked k = {.c = out};
    int64_t id = 0, no = 0;
    enum err e = ERR_NOT_FOUND;
    if (signed_code_read("receipt", code, &id, &no))
        e = db_one(cx, &q_check, ARGS(I64(id)), on_check, &k);
    if (e == ERR_NOT_FOUND || (!e && k.no != no))
        return cx_fail(cx, ERR_NOT_FOUND, "code", "查无此收据,请核对验证码", "no such receipt; check the code");
    return e;
}
