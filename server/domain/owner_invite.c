/* owner_invite.c - who is let into a room by hand, and the register: whoever the desk or an owner registers or approves has
 * an entry and a relation afterwards, found by phone and never made twice; whoever is shown out leaves the relation too.
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "domain/audit.h"
#include "domain/auth.h"
#include "domain/message.h"
#include "domain/owner_int.h"
#include "platform/crypto/crypto.h"
#include "platform/events.h"

STMT(q_relation, "party_room.of_person",
     "SELECT id FROM party_room WHERE room_id = $1 AND party_id = $2 AND company_id = $3 AND from_day <= $4"
     " AND to_day >= $4 ORDER BY id LIMIT 1");
STMT(q_owned, "party_room.owned",
     "SELECT id FROM party_room WHERE room_id = $1 AND company_id = $2 AND role = 'owner' AND to_day >= $3"
     " ORDER BY id LIMIT 1");
STMT(q_began, "party_room.undo_today",
     "DELETE FROM party_room WHERE room_id = $1 AND party_id = $2 AND company_id = $3 AND role IN ('family', 'tenant')"
     " AND from_day >= $4");
STMT(q_over, "party_room.over",
     "UPDATE party_room SET to_day = $5, changed_at = $6, version = version + 1 WHERE room_id = $1 AND party_id = $2"
     " AND company_id = $3 AND role IN ('family', 'tenant') AND to_day >= $4");
STMT(q_paid, "party_room.paid_by",
     "SELECT from_day FROM party_room WHERE room_id = $1 AND party_id = $2 AND company_id = $3"
     " AND role IN ('family', 'tenant') AND to_day >= $4 AND pays = 1 ORDER BY from_day LIMIT 1");

/* The role in the register. Whoever is registered as owner of a room that has one owns it as well. */
static enum err role_of(struct ctx *cx, const struct binding *b, int *role)
{
    int64_t id = 0;
    bool owned = false;
    if (!str_eq(b->role, "owner")) {
        *role = str_eq(b->role, "tenant") ? ROLE_IS_TENANT : ROLE_IS_FAMILY;
        return OK;
    }
    enum err e = db_i64(cx, &q_owned, ARGS(I64(b->room_id), I64(b->company_id), I64(clock_day(cx->now))), &id, &owned);
    *role = owned ? ROLE_IS_CO_OWNER : ROLE_IS_OWNER;
    return e;
}

static enum err attach(struct ctx *cx, const struct binding *b, int64_t party)
{
    int32_t today = clock_day(cx->now);
    struct owner_room_in in = {.party_id = party,
                               .room_id = b->room_id,
                               .from_day = today,
                               .to_day = b->expires_at ? clock_day(b->expires_at - 1) : OWNER_FOREVER};
    int64_t id = 0;
    bool there = false;
    enum err e =
        db_i64(cx, &q_relation, ARGS(I64(b->room_id), I64(party), I64(b->company_id), I64(today)), &id, &there);
    if (e || there || in.to_day < today)
        return e;
    e = role_of(cx, b, &in.role);
    return e ? e : owner_room_attach(cx, &in, &id);
}

/* The person of an active binding is in the register, by this phone. */
static enum err enroll(struct ctx *cx, const struct binding *b, const char *name, const char *phone)
{
    struct owner_phone number = {"", phone, 0};
    struct owner_in in = {
        .name = str_empty(name) ? phone_mask(cx->arena, phone) : name, .phones = &number, .nphones = 1};
    int64_t was = cx->who.project_id, party = 0;
    cx->who.project_id = b->project_id;
    enum err e = owner_find_by_phone(cx, phone, &party);
    if (!e && !party)
        e = owner_put(cx, &in, &party);
    if (!e)
        e = attach(cx, b, party);
    if (!e)
        e = binding_link(cx, b, party);
    cx->who.project_id = was;
    return e;
}

static enum err tell(struct ctx *cx, const struct binding *b)
{
    int32_t last = b->expires_at ? clock_day(b->expires_at - 1) : 0;
    const char *until =
        last ? arena_printf(cx->arena, ",至 %04d-%02d-%02d", last / 10000, last / 100 % 100, last % 100) : "";
    const struct message_var var[] = {
        {"project",                                               b->project_name},
        {"room",                                                  b->room_name   },
        {"role",                                                  str_eq(b->role,  "tenant")   ? "租户"
                 : str_eq(b->role, "family") ? "家属"
                                             : "业主"},
        {"until", until               }
    };
    struct message_tell t = {.company_id = b->company_id,
                             .project_id = b->project_id,
                             .account_id = b->account_id,
                             .kind = "room_invited",
                             .object = "binding",
                             .object_id = b->id,
                             .event = arena_printf(cx->arena, "v%lld", (long long)b->version),
                             .var = var,
                             .nvar = COUNT(var),
                             .page = "pkg-owner/rooms/index"};
    cx_emit(cx, topic_user(cx, b->account_id), "binding.changed",
            arena_printf(cx->arena, "{\"binding_id\":\"%lld\",\"room_id\":\"%lld\",\"state\":\"active\"}",
                         (long long)b->id, (long long)b->room_id));
    return message_tell(cx, &t);
}

enum err owner_invite(struct ctx *cx, const struct owner_guest *in, struct binding *out)
{
    enum err e = binding_register(cx, in->room_id, in->role, in->name, in->phone, in->expires_at, out);
    if (!e)
        e = enroll(cx, out, in->name, in->phone);
    if (!e)
        e = binding_read(cx, out->id, out);
    return e ? e : tell(cx, out);
}

enum err owner_approve(struct ctx *cx, int64_t binding_id, int64_t expires_at, const char *reason)
{
    struct binding b;
    const char *phone = NULL;
    enum err e = binding_approve(cx, binding_id, expires_at, reason, &b);
    if (!e)
        e = account_phone(cx, b.account_id, &phone);
    return e || !phone ? e : enroll(cx, &b, b.person, phone);
}

/* The relations of family and tenants end yesterday, those that begin today or later are gone; whoever paid does not. */
static enum err leave(struct ctx *cx, const struct binding *b)
{
    const struct arg room = I64(b->room_id), party = I64(b->party_id), company = I64(b->company_id);
    int32_t today = clock_day(cx->now);
    int64_t gone = 0, ended = 0, since = 0;
    bool paid = false;
    enum err e = db_i64(cx, &q_paid, ARGS(room, party, company, I64(today)), &since, &paid);
    if (!e)
        e = db_exec(cx, &q_began, ARGS(room, party, company, I64(today)), &gone);
    if (!e)
        e = db_exec(cx, &q_over, ARGS(room, party, company, I64(today), I64(clock_day_add(today, -1)), I64(cx->now)),
                    &ended);
    if (!e && paid)
        e = owner_pay_from(cx, b->room_id, since > today ? (int32_t)since : today);
    return e || !(gone + ended) ? e : audit_add(cx, "party_room.end", "room", b->room_id, NULL, NULL);
}

enum err owner_show_out(struct ctx *cx, int64_t binding_id, const char *reason)
{
    struct binding b;
    int64_t was = cx->who.project_id;
    enum err e = binding_revoke(cx, binding_id, reason, &b);
    if (e || !b.party_id || str_eq(b.role, "owner") || str_eq(b.state, "revoked"))
        return e; /* who owns a room is for the desk to enter */
    cx->who.project_id = b.project_id;
    e = leave(cx, &b);
    cx->who.project_id = was;
    return e;
}
