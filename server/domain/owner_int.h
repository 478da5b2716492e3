/* owner_int.h - what the files of owner share. SPDX-License-Identifier: MIT */
#ifndef DOMAIN_OWNER_INT_H
#define DOMAIN_OWNER_INT_H
#include "domain/estate.h"
#include "domain/estate_history.h"
#include "domain/owner.h"
#include "platform/store/db.h"

#define CHANGED_ZH "数据已被他人修改,请刷新"
#define CHANGED_EN "changed meanwhile; reload it"

/* Of the current project and not closed, else ERR_NOT_FOUND "id". */
struct party_head {
    int64_t id, version;
    const char *kind, *name, *note;
};
MUST_CHECK enum err party_head(struct ctx *cx, int64_t id, struct party_head *out);
/* The room's bills from the day on are whose the relations say: of those who pay and own it not the one who came last, on
 * days without any the owner's. To be called after the relations were changed. */
MUST_CHECK enum err owner_pay_from(struct ctx *cx, int64_t room, int32_t day);
/* Binds accounts that the phones of an entry name; room 0: to all rooms of it. source: see binding_match. */
MUST_CHECK enum err owner_match(struct ctx *cx, int64_t party_id, int64_t room_id, const char *source);
/* Takes from an account what an entry's number gave it: rooms, bills, and those to come. */
MUST_CHECK enum err owner_unmatch(struct ctx *cx, int64_t party_id, int64_t account_id, const char *reason);

#endif
