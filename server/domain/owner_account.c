/* owner_account.c - the register and the accounts: who is let into which room, and what becomes theirs (b8).
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "domain/audit.h"
#include "domain/auth.h"
#include "domain/owner_int.h"
#include "platform/crypto/crypto.h"

STMT(q_named, "party_phone.named",
     "SELECT f.party_id, f.project_id FROM party_phone f JOIN party p ON p.id = f.party_id AND p.state = 'active'"
     " WHERE f.company_id = $1 AND f.phone_idx = $2 ORDER BY f.project_id LIMIT 100");
STMT(q_resident, "account.is_resident",
     "SELECT id FROM account WHERE id = $1 AND company_id = $2 AND kind = 'resident'");
STMT(q_accounts, "party_phone.accounts",
     "SELECT a.id FROM party_phone f JOIN account a ON a.company_id = f.company_id AND a.kind = 'resident'"
     " AND a.phone_idx = f.phone_idx WHERE f.party_id = $1 AND f.company_id = $2 AND a.state = 'active' ORDER BY f.n"
     " LIMIT 5");
STMT(q_rooms, "party_room.now",
     "SELECT room_id, project_id, role, from_day, to_day, pays FROM party_room WHERE party_id = $1 AND company_id = $2"
     " AND from_day <= $3 AND to_day >= $3 AND ($4 = 0 OR room_id = $4) ORDER BY room_id,"
     " CASE role WHEN 'staff' THEN 0 WHEN 'tenant' THEN 1 WHEN 'family' THEN 2 ELSE 3 END, pays LIMIT 200");
STMT(q_bills, "bill.claim", "UPDATE bill SET payer_id = $2 WHERE party_id = $1 AND party_id > 0 AND payer_id = 0");
STMT(q_liable, "fee_liable.claim",
     "UPDATE fee_liable SET payer_id = $2 WHERE party_id = $1 AND party_id > 0 AND payer_id = 0");
STMT(q_liable_off, "fee_liable.unclaim",
     "UPDATE fee_liable SET payer_id = 0 WHERE payer_id = $1 AND company_id = $2 AND party_id > 0");
STMT(q_bills_off, "bill.unclaim",
     "UPDATE bill SET payer_id = 0 WHERE party_id = $1 AND party_id > 0 AND payer_id = $2");
STMT(q_party_off, "fee_liable.unclaim_party",
     "UPDATE fee_liable SET payer_id = 0 WHERE party_id = $1 AND party_id > 0 AND payer_id = $2");
STMT(q_begin, "party_room.begin",
     "SELECT x.party_id, x.room_id, x.company_id, x.project_id FROM party_room x WHERE x.from_day = $1 AND "
     "x.created_at < $2"
     " ORDER BY x.id LIMIT 5000");

/* Who may what by which role of the register: company staff come in like family, without the owner's rights. */
static enum binding_role role_of(const char *role)
{
    int r = str_index(owner_role_name, OWNER_ROLES, role);
    return r == ROLE_IS_OWNER || r == ROLE_IS_CO_OWNER ? BIND_OWNER : r == ROLE_IS_TENANT ? BIND_TENANT : BIND_FAMILY;
}

struct room_list {
    struct binding_match *v;
    size_t n;
    int64_t account_id, party_id;
    const char *source;
};

static enum err on_room(struct ctx *cx, const struct row *r, void *out)
{
    struct room_list *l = out;
    const char *role = row_text(cx, r, 2);
    int32_t from = (int32_t)row_i64(r, 3), to = (int32_t)row_i64(r, 4);
    bool guest = str_eq(role, "tenant") || str_eq(role, "staff");
    if (l->n && l->v[l->n - 1].room_id == row_i64(r, 0)) /* in two roles: the stronger, which comes later */
        l->n--;
    l->v[l->n++] = (struct binding_match){
        .room_id = row_i64(r, 0),
        .project_id = row_i64(r, 1),
        .account_id = l->account_id,
        .party_id = l->party_id,
        .role = (int)role_of(role),
        .expires_at = to == OWNER_FOREVER ? 0 : clock_day_start(clock_day_add(to, 1)),
        .since_day = !guest          ? 0 /* a guest sees bills of the lease, and only when they are a guest's to pay */
                     : row_i64(r, 5) ? from
                                     : OWNER_FOREVER,
        .source = l->source,
    };
    return OK;
}

static enum err bind(struct ctx *cx, int64_t party_id, int64_t account_id, int64_t room_id, const char *source)
{
    struct room_list l = {.account_id = account_id, .party_id = party_id, .source = source};
    l.v = arena_alloc(cx->arena, (room_id ? 1 : 200) * sizeof *l.v); /* several roles in one room are one */
    enum err e = db_each(
        cx, &q_rooms, ARGS(I64(party_id), I64(cx->who.company_id), I64(clock_day(cx->now)), I64(room_id)), on_room, &l);
    for (size_t i = 0; i < l.n && !e; i++)
        e = binding_put_match(cx, &l.v[i]);
    if (!e)
        e = db_exec(cx, &q_bills, ARGS(I64(party_id), I64(account_id)), NULL);
    return e ? e : db_exec(cx, &q_liable, ARGS(I64(party_id), I64(account_id)), NULL);
}

enum err owner_match(struct ctx *cx, int64_t party_id, int64_t room_id, const char *source)
{
    int64_t account[OWNER_PHONES] = {0};
    size_t n = 0;
    enum err e = db_ids(cx, &q_accounts, ARGS(I64(party_id), I64(cx->who.company_id)), account, COUNT(account), &n);
    for (size_t i = 0; i < n && !e; i++)
        e = bind(cx, party_id, account[i], room_id, source);
    return e;
}

enum err owner_unmatch(struct ctx *cx, int64_t party_id, int64_t account_id, const char *reason)
{
    const struct arg party = I64(party_id), account = I64(account_id);
    enum err e = binding_end_party(cx, party_id, account_id, 0, reason);
    if (!e)
        e = db_exec(cx, &q_bills_off, ARGS(party, account), NULL);
    return e ? e : db_exec(cx, &q_party_off, ARGS(party, account), NULL);
}

struct named {
    int64_t party[100], project[100];
    size_t n;
};

static enum err on_named(struct ctx *cx, const struct row *r, void *out)
{
    struct named *l = out;
    (void)cx;
    if (l->n < COUNT(l->party)) {
        l->party[l->n] = row_i64(r, 0);
        l->project[l->n++] = row_i64(r, 1);
    }
    return OK;
}

enum err owner_account_proven(struct ctx *cx, int64_t company_id, int64_t account_id, const char *phone)
{
    struct named l = {.n = 0};
    struct actor was = cx->who;
    uint8_t idx[16];
    int64_t id = 0;
    bool resident = false;
    pii_index(company_id, phone, idx);
    enum err e = db_i64(cx, &q_resident, ARGS(I64(account_id), I64(company_id)), &id, &resident);
    if (e || !resident)
        return e;
    e = db_each(cx, &q_named, ARGS(I64(company_id), BLOB(idx, 16)), on_named, &l);
    for (size_t i = 0; i < l.n && !e; i++) {
        cx->who = (struct actor){.id = account_id, .company_id = company_id, .project_id = l.project[i], .name = ""};
        e = bind(cx, l.party[i], account_id, 0, "match");
    }
    cx->who = was;
    return e;
}

enum err owner_account_left(struct ctx *cx, int64_t account_id)
{
    enum err e = binding_end_account(cx, account_id, true, "手机号已变更");
    return e ? e : db_exec(cx, &q_liable_off, ARGS(I64(account_id), I64(cx->who.company_id)), NULL);
}

struct beginning {
    int64_t party, room, company, project;
};
struct beginnings {
    struct beginning *v;
    size_t n;
};

static enum err on_begin(struct ctx *cx, const struct row *r, void *out)
{
    struct beginnings *l = out;
    (void)cx;
    l->v[l->n++] = (struct beginning){row_i64(r, 0), row_i64(r, 1), row_i64(r, 2), row_i64(r, 3)};
    return OK;
}

enum err owner_begin_due(struct ctx *cx)
{
    struct actor was = cx->who;
    int32_t today = clock_day(cx->now);
    struct beginnings l = {arena_alloc(cx->arena, 5000 * sizeof *l.v), 0};
    enum err e = db_each(cx, &q_begin, ARGS(I64(today), I64(clock_day_start(today))), on_begin, &l);
    for (size_t i = 0; i < l.n && !e; i++) {
        cx->who.company_id = l.v[i].company;
        cx->who.project_id = l.v[i].project;
        e = owner_match(cx, l.v[i].party, l.v[i].room, "register");
    }
    cx->who = was;
    return e;
}
