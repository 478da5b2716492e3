/* room_code.h - the code on a door (专属缴费二维码): pay for a room without logging in.
 *
 *   scan -> landing (masked) -> last four digits of a phone of the room -> the bills and a claim for 15 minutes
 *
 * The token is room and version under a MAC; making a code again raises the version, so the old sheet of paper is worth
 * nothing. Whatever is wrong with a token looks the same.  SPDX-License-Identifier: MIT */
#ifndef DOMAIN_ROOM_CODE_H
#define DOMAIN_ROOM_CODE_H
#include "domain/billing.h"

#define ROOM_CODE_TRIES     5  /* an hour for a code and an address */
#define ROOM_CODE_TRIES_ALL 20 /* an hour for a code, from everywhere */
#define CLAIM_MS            (15 * INT64_C(60000))

struct room_code {
    int64_t room_id, version, expires_at, made_at; /* expires_at 0: never */
    const char *room, *project, *token;
};
/* Rooms of the current project. Made anew: the code before it ends. expires_at 0: never. WRITE */
MUST_CHECK enum err room_code_make(struct ctx *cx, int64_t room_id, int64_t expires_at, struct room_code *out);
/* Codes for those rooms of a building that have none; *made: how many. WRITE */
MUST_CHECK enum err room_code_make_all(struct ctx *cx, int64_t building_id, int64_t *made);
MUST_CHECK enum err room_code_revoke(struct ctx *cx, int64_t room_id);
MUST_CHECK enum err room_code_get(struct ctx *cx, int64_t room_id, struct room_code *out);
typedef void room_code_fn(void *arg, const struct room_code *c);
/* The working codes of a building, by room. READ */
MUST_CHECK enum err room_code_list(struct ctx *cx, int64_t building_id, room_code_fn *fn, void *arg);
/* Codes on A4, 3 x 5 a page, to be cut. base: what stands before the token in the link; "": the bare token. */
const void *room_code_sheet(struct arena *a, const struct room_code *v, size_t n, const char *base, size_t *bytes);

/* ---- without a session ---- */
struct room_landing {
    const char *project, *room, *payer; /* room and payer masked */
    bool due;                           /* something is to be paid */
};
MUST_CHECK enum err room_code_landing(struct ctx *cx, const char *token, struct room_landing *out); /* READ */
struct room_claim {
    const char *claim, *project, *room, *payer; /* claim: for CLAIM_MS */
    int64_t expires_at, due_fen;
    struct bill *bill; /* published and not paid, oldest due first */
    size_t nbill;
};
/* ERR_INVALID "last4": no phone of the room ends so. ERR_RATE: too many tries, right or wrong. SLOW: a refused try is
 * counted all the same. */
MUST_CHECK enum err room_code_check(struct ctx *cx, const char *token, const char *last4, struct room_claim *out);
/* Whose bills a claim may pay. ERR_UNAUTHENTICATED: expired, not ours, or the code was revoked or made anew since. Any
 * transaction. */
MUST_CHECK enum err room_code_claim(struct ctx *cx, const char *claim, int64_t *company_id, int64_t *project_id,
                                    int64_t *room_id);

#endif
