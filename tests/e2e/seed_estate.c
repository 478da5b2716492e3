/* seed_estate.c - another company's register: people, rooms of people, a unit, a space, a transfer, kept conditions.
 * SPDX-License-Identifier: MIT */
#include "domain/estate.h"
#include "domain/owner.h"
#include "domain/owner_transfer.h"
#include "platform/store/db.h"
#include "seed.h"

STMT(q_unit, "seed.unit", "SELECT unit_id FROM room WHERE id = $1");

static enum err person(struct ctx *cx, const char *name, const char *phone, int64_t *id)
{
    struct owner_phone p = {"", phone, 0};
    struct owner_in in = {.name = name, .phones = &p, .nphones = 1};
    return owner_put(cx, &in, id);
}

enum err seed_estate(struct ctx *cx, const struct seed_place *p)
{
    int64_t seller = 0, buyer = 0, id = 0;
    struct transfer t;
    struct parking s = {
        .name = seed_name(cx, p, "B1-001"), .kind = "ground", .holding = "free", .to_day = OWNER_FOREVER};
    enum err e = db_i64(cx, &q_unit, ARGS(I64(p->room)), &id, NULL);
    if (!e)
        e = seed_say(cx, "unit_id", id);
    if (!e && (e = person(cx, "别处业主", seed_phone(cx, p, 91), &seller)) == OK)
        e = seed_say(cx, "party_id", seller);
    struct owner_room_in rel = {.party_id = seller, .room_id = p->room, .role = ROLE_IS_OWNER, .from_day = 20200101};
    if (!e && (e = owner_room_attach(cx, &rel, &id)) == OK)
        e = seed_say(cx, "party_room_id", id);
    if (!e)
        e = person(cx, "别处买家", seed_phone(cx, p, 92), &buyer);
    struct transfer_party to = {.party_id = buyer, .role = ROLE_IS_OWNER};
    struct transfer_in in = {.room_id = p->room, .day = 20990101, .to = &to, .nto = 1, .reason = "x"};
    if (!e && (e = transfer_make(cx, &in, &t)) == OK)
        e = seed_say(cx, "transfer_id", t.id);
    if (!e && (e = parking_create(cx, &s, &id)) == OK)
        e = seed_say(cx, "parking_id", id);
    if (!e && (e = owner_filter_save(cx, "x", "{}", &id)) == OK)
        e = seed_say(cx, "owner_filter_id", id);
    return e;
}
