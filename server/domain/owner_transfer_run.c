/* owner_transfer_run.c - carrying a transfer out, all of it or nothing. SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "domain/audit.h"
#include "domain/fee_discount.h"
#include "domain/ledger.h"
#include "domain/outbox.h"
#include "domain/owner_int.h"
#include "domain/owner_transfer_int.h"

STMT(q_people, "transfer.people",
     "SELECT x.party_id, x.role, x.share_n, x.share_d, x.pays, p.name FROM room_transfer_party x JOIN party p"
     " ON p.id = x.party_id WHERE x.transfer_id = $1 AND p.state = 'active'"
     " ORDER BY x.pays DESC, CASE x.role WHEN 'owner' THEN 0 ELSE 1 END, x.party_id");
STMT(q_count, "transfer.people_count", "SELECT COUNT(*) FROM room_transfer_party WHERE transfer_id = $1");
STMT(q_relations, "transfer.relations",
     "SELECT id, version, role, from_day, to_day, party_id, pays FROM party_room WHERE room_id = $1 AND company_id = $2"
     " AND to_day >= $3 ORDER BY id LIMIT 64");
/* A relation that began on the day or later (family, tenants) has no day before it: it keeps its first one,
 * and pays for none. */
STMT(q_end, "transfer.end_relation",
     "UPDATE party_room SET to_day = CASE WHEN from_day > $2 THEN from_day ELSE $2 END,"
     " pays = CASE WHEN from_day > $2 THEN 0 ELSE pays END, changed_at = $3,"
     " version = version + 1 WHERE id = $1 AND company_id = $4");
STMT(q_keep_bills, "transfer.keep_bills",
     "UPDATE bill SET party_id = $3, payer_name = CASE WHEN payer_name = '' THEN $4 ELSE payer_name END"
     " WHERE company_id = $1 AND room_id = $2 AND party_id = 0 AND payer_id = 0 AND state IN ('published', 'partial')"
     " AND period_from < $5");
STMT(q_room, "transfer.room",
     "UPDATE room SET owned_from = $3, owned_at = $4, state = CASE WHEN state = 'unsold' THEN 'sold' ELSE state END,"
     " version = version + 1 WHERE id = $1 AND company_id = $2 AND closed_at = 0");
STMT(q_done, "transfer.done",
     "UPDATE room_transfer SET state = 'done', done_at = $3, prepaid_fen = $4, entry_id = $5, open_bills = $6,"
     " open_fen = $7, problem = '', version = version + 1 WHERE id = $1 AND version = $2 AND state = 'planned'");
STMT(q_open, "transfer.open",
     "SELECT COUNT(*), CAST(COALESCE(SUM(amount_fen - paid_fen + late_fen - late_paid_fen), 0) AS BIGINT) FROM bill"
     " WHERE company_id = $1 AND room_id = $2 AND state IN ('published', 'partial') AND period_from < $3");
STMT(
    q_due, "room_transfer.due",
    "SELECT id, company_id, project_id, account_id FROM room_transfer WHERE state = 'planned' AND day <= $1 AND id > $2"
    " ORDER BY id LIMIT 1");
STMT(q_problem, "room_transfer.problem", "UPDATE room_transfer SET problem = $2 WHERE id = $1 AND state = 'planned'");

struct person {
    int64_t party_id, share_n, share_d;
    int role;
    bool pays;
    const char *name;
};
struct people {
    struct person v[TRANSFER_PARTIES];
    size_t n;
};

static enum err on_person(struct ctx *cx, const struct row *r, void *out)
{
    struct people *l = out;
    if (l->n < COUNT(l->v))
        l->v[l->n++] = (struct person){.party_id = row_i64(r, 0),
                                       .role = str_index(owner_role_name, OWNER_ROLES, row_text(cx, r, 1)),
                                       .share_n = row_i64(r, 2),
                                       .share_d = row_i64(r, 3),
                                       .pays = row_i64(r, 4) != 0,
                                       .name = row_text(cx, r, 5)};
    return OK;
}

struct relation {
    int64_t id, version, party_id;
    int role;
    int32_t from_day, to_day;
    bool pays;
};
struct relations {
    struct relation v[64];
    size_t n;
};

static enum err on_relation(struct ctx *cx, const struct row *r, void *out)
{
    struct relations *l = out;
    l->v[l->n++] = (struct relation){.id = row_i64(r, 0),
                                     .version = row_i64(r, 1),
                                     .role = str_index(owner_role_name, OWNER_ROLES, row_text(cx, r, 2)),
                                     .from_day = (int32_t)row_i64(r, 3),
                                     .to_day = (int32_t)row_i64(r, 4),
                                     .party_id = row_i64(r, 5),
                                     .pays = row_i64(r, 6) != 0};
    return OK;
}

static bool ends(const struct transfer *t, int role)
{
    return role == ROLE_IS_OWNER || role == ROLE_IS_CO_OWNER || role == ROLE_IS_STAFF ||
           (role == ROLE_IS_FAMILY && t->end_family) || (role == ROLE_IS_TENANT && t->end_tenants);
}

static enum err end_relations(struct ctx *cx, const struct transfer *t, const struct relations *l, const char *reason)
{
    int32_t last = clock_day_add(t->day, -1);
    enum err e = OK;
    for (size_t i = 0; i < l->n && !e; i++) {
        const struct relation *x = &l->v[i];
        if (!ends(t, x->role))
            continue;
        e = db_exec(cx, &q_end, ARGS(I64(x->id), I64(last), I64(cx->now), I64(cx->who.company_id)), NULL);
        struct history h = {.cx = cx,
                            .object = HISTORY_PARTY_ROOM,
                            .project_id = cx->who.project_id,
                            .object_id = x->id,
                            .version = x->version + 1,
                            .reason = reason};
        if (!e)
            history_int(&h, "to_day", x->to_day, last);
        e = e ? e : h.e;
    }
    return e;
}

/* A tenant who pays and stays goes on paying, under the new owner. */
static enum err tenants_pay_on(struct ctx *cx, const struct transfer *t, const struct relations *l)
{
    for (size_t i = 0; i < l->n; i++)
        if (!ends(t, l->v[i].role) && l->v[i].pays)
            return owner_pay_from(cx, t->room_id, t->day);
    return OK;
}

/* The people of the old owner lose the room now, whatever let them in. */
static enum err end_bindings(struct ctx *cx, const struct transfer *t, const struct people *to)
{
    int64_t keep[TRANSFER_PARTIES];
    unsigned roles = 1u << BIND_OWNER;
    for (size_t i = 0; i < to->n; i++)
        keep[i] = to->v[i].party_id;
    roles |= t->end_family ? 1u << BIND_FAMILY : 0;
    roles |= t->end_tenants ? 1u << BIND_TENANT : 0;
    return binding_end_room(cx, t->room_id, roles, keep, to->n, "房屋已过户");
}

static enum err pass_liability(struct ctx *cx, const struct transfer *t, const struct room_owner *was,
                               const struct person *to)
{
    struct liable before = {
        .room_id = t->room_id, .payer_id = was->account_id, .party_id = was->party_id, .name = was->name};
    struct liable now = {.room_id = t->room_id, .party_id = to->party_id, .from_day = t->day, .name = to->name};
    enum err e = party_account(cx, to->party_id, &now.payer_id);
    return e ? e : liable_pass_on(cx, &before, &now);
}

/* What was paid in advance: stays, is set aside for the old owner, or follows them to another room. */
static enum err move_prepaid(struct ctx *cx, const struct transfer *t, int64_t *fen, int64_t *entry)
{
    bool aside = str_eq(t->prepaid, "refund"), moves = str_eq(t->prepaid, "transfer");
    int32_t day = 0;
    enum err e = ledger_balance(cx, cx->who.project_id, LA_PREPAID, t->room_id, fen);
    if (e || *fen <= 0 || !(aside || moves))
        return e;
    if (moves) /* it may have been sold since the plan was made */
        e = transfer_is_theirs(cx, t->room_id, t->prepaid_room_id, t->day);
    if (!e)
        e = ledger_open_day(cx, cx->who.project_id, clock_day(cx->now), &day);
    struct ledger_entry as = {.project_id = cx->who.project_id,
                              .ref_id = t->id,
                              .day = day,
                              .kind = "prepaid_moved",
                              .ref_kind = "room_transfer",
                              .memo = "过户处理预存款"};
    const struct ledger_line l[] = {
        DR(LA_PREPAID, t->room_id, *fen),
        CR(aside ? LA_SUSPENSE : LA_PREPAID, aside ? t->room_id : t->prepaid_room_id, *fen)};
    if (!e)
        e = ledger_post(cx, &as, l, COUNT(l), entry);
    if (!e && moves)
        e = outbox_add(cx, "room.prepaid", t->prepaid_room_id, 0, cx->who.project_id, NULL);
    return e;
}

static enum err begin_relations(struct ctx *cx, const struct transfer *t, const struct people *to)
{
    enum err e = OK;
    for (size_t i = 0; i < to->n && !e; i++) {
        int64_t id = 0;
        struct owner_room_in in = {.party_id = to->v[i].party_id,
                                   .room_id = t->room_id,
                                   .role = to->v[i].role,
                                   .share_n = to->v[i].share_n,
                                   .share_d = to->v[i].share_d,
                                   .from_day = t->day,
                                   .pays = to->v[i].pays};
        e = owner_room_attach(cx, &in, &id);
    }
    return e;
}

static const char *names_of(struct ctx *cx, const struct people *l)
{
    struct buf b;
    buf_init(&b, cx->arena);
    for (size_t i = 0; i < l->n; i++)
        buf_printf(&b, "%s%s", i ? "、" : "", l->v[i].name);
    return buf_cstr(&b);
}

static enum err note(struct ctx *cx, const struct transfer *t, const struct room *m, const char *was, const char *now)
{
    struct history h = {.cx = cx,
                        .object = HISTORY_ROOM,
                        .project_id = cx->who.project_id,
                        .object_id = t->room_id,
                        .version = m->version + 1,
                        .reason = t->reason};
    history_text(&h, "owner", *was ? was : NULL, now);
    history_int(&h, "owned_from", m->owned_from, t->day);
    return h.e ? h.e
               : audit_add(cx, "transfer.done", "room", t->room_id, NULL,
                           arena_printf(cx->arena, "{\"transfer_id\":\"%lld\",\"day\":%d}", (long long)t->id, t->day));
}

enum err transfer_carry_out(struct ctx *cx, const struct transfer *t)
{
    struct people to = {.n = 0};
    struct relations rel = {.n = 0};
    struct room_owner was = {.name = ""};
    struct room m;
    int64_t named = 0, fen = 0, entry = 0, open[2] = {0, 0};
    enum err e = room_get(cx, t->room_id, &m);
    if (!e)
        e = db_each(cx, &q_people, ARGS(I64(t->id)), on_person, &to);
    if (!e)
        e = db_i64(cx, &q_count, ARGS(I64(t->id)), &named, NULL);
    if (!e && (to.n == 0 || (int64_t)to.n != named))
        e = cx_fail(cx, ERR_STATE, "to", "新业主档案已停用", "a new owner is no longer in the register");
    if (!e)
        e = owner_at(cx, t->room_id, clock_day_add(t->day, -1), &was);
    if (!e)
        e = db_pair(cx, &q_open, ARGS(I64(cx->who.company_id), I64(t->room_id), I64(t->day)), open);
    if (!e && was.party_id) /* bills of nobody's account: they are the old owner's from now on, by name */
        e = db_exec(cx, &q_keep_bills,
                    ARGS(I64(cx->who.company_id), I64(t->room_id), I64(was.party_id), TXT(was.name), I64(t->day)),
                    NULL);
    if (!e)
        e = pass_liability(cx, t, &was, &to.v[0]);
    if (!e)
        e = db_each(cx, &q_relations, ARGS(I64(t->room_id), I64(cx->who.company_id), I64(t->day)), on_relation, &rel);
    if (!e)
        e = end_relations(cx, t, &rel, t->reason);
    if (!e)
        e = end_bindings(cx, t, &to);
    if (!e)
        e = db_change_one(cx, &q_room, ARGS(I64(t->room_id), I64(cx->who.company_id), I64(t->day), I64(cx->now)),
                          ERR_STATE, "房间已停用", "the room is closed");
    if (!e)
        e = begin_relations(cx, t, &to);
    if (!e)
        e = tenants_pay_on(cx, t, &rel);
    if (!e)
        e = move_prepaid(cx, t, &fen, &entry);
    if (!e)
        e = db_change_one(
            cx, &q_done,
            ARGS(I64(t->id), I64(t->version), I64(cx->now), I64(fen), I64(entry), I64(open[0]), I64(open[1])),
            ERR_CONFLICT, CHANGED_ZH, CHANGED_EN);
    return e ? e : note(cx, t, &m, was.name, names_of(cx, &to));
}

struct due {
    int64_t id, company, project, account;
};

static enum err on_due(struct ctx *cx, const struct row *r, void *out)
{
    (void)cx;
    *(struct due *)out = (struct due){row_i64(r, 0), row_i64(r, 1), row_i64(r, 2), row_i64(r, 3)};
    return OK;
}

enum err transfer_next_due(struct ctx *cx, int64_t after, int64_t *id)
{
    struct due d = {0};
    enum err e = db_one(cx, &q_due, ARGS(I64(clock_day(cx->now)), I64(after)), on_due, &d);
    *id = d.id;
    return e == ERR_NOT_FOUND ? OK : e;
}

enum err transfer_run(struct ctx *cx, int64_t id)
{
    struct actor was = cx->who;
    struct transfer t;
    struct due d = {0};
    enum err e = db_one(cx, &q_due, ARGS(I64(clock_day(cx->now)), I64(id - 1)), on_due, &d);
    if (e == ERR_NOT_FOUND || (!e && d.id != id))
        return OK; /* done or cancelled meanwhile */
    cx->who.company_id = d.company;
    cx->who.project_id = d.project;
    if (!e)
        e = transfer_load(cx, id, &t);
    if (!e)
        e = transfer_carry_out(cx, &t);
    cx->who = was;
    return e;
}

enum err transfer_note_problem(struct ctx *cx, int64_t id, const char *problem)
{
    return db_exec(cx, &q_problem, ARGS(I64(id), TXT(problem)), NULL);
}
