/* estate_owner.c - what the register says of a room's owner and of a person's account. SPDX-License-Identifier: MIT */
#include "domain/estate.h"
#include "platform/store/db.h"

STMT(q_owner_at, "party_room.owner_at",
     "SELECT x.party_id, p.name, COALESCE((SELECT a.id FROM party_phone f JOIN account a ON a.company_id = f.company_id"
     " AND a.kind = 'resident' AND a.phone_idx = f.phone_idx WHERE f.party_id = x.party_id ORDER BY f.n LIMIT 1), 0)"
     " FROM party_room x JOIN party p ON p.id = x.party_id WHERE x.room_id = $1 AND x.company_id = $2"
     " AND x.role IN ('owner', 'co_owner') AND x.from_day <= $3 AND x.to_day >= $3"
     " ORDER BY x.pays DESC, CASE x.role WHEN 'owner' THEN 0 ELSE 1 END, x.id LIMIT 1");
STMT(q_account, "party.account",
     "SELECT a.id FROM party_phone f JOIN account a ON a.company_id = f.company_id AND a.kind = 'resident'"
     " AND a.phone_idx = f.phone_idx WHERE f.party_id = $1 AND f.company_id = $2 AND a.state = 'active'"
     " ORDER BY f.n LIMIT 1");

enum err party_account(struct ctx *cx, int64_t party_id, int64_t *account_id)
{
    return db_i64(cx, &q_account, ARGS(I64(party_id), I64(cx->who.company_id)), account_id, NULL);
}

static enum err on_owner(struct ctx *cx, const struct row *r, void *out)
{
    *(struct room_owner *)out =
        (struct room_owner){.party_id = row_i64(r, 0), .name = row_text(cx, r, 1), .account_id = row_i64(r, 2)};
    return OK;
}

enum err owner_at(struct ctx *cx, int64_t room_id, int32_t day, struct room_owner *out)
{
    *out = (struct room_owner){.name = ""};
    enum err e = db_one(cx, &q_owner_at, ARGS(I64(room_id), I64(cx->who.company_id), I64(day)), on_owner, out);
    return e == ERR_NOT_FOUND ? OK : e;
}
