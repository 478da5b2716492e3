/* room_code_public.c - what somebody without a session may do with the code on a door. SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "domain/auth.h"
#include "domain/billing_int.h"
#include "domain/receipt.h"
#include "domain/receipt_code.h"
#include "domain/room_code.h"
#include "platform/crypto/crypto.h"
#include "platform/store/store.h"
#include <string.h>

#define SLOT_MS    (10 * MINUTE_MS)
#define SLOTS      6 /* an hour */
#define BILLS_MAX  200
#define PHONES_MAX 32

STMT(q_door, "room_code.door",
     "SELECT r.company_id, r.project_id, r.full_name, p.name, c.version, c.state, c.expires_at, c.made_at FROM room r"
     " JOIN project p ON p.id = r.project_id JOIN room_code c ON c.company_id = r.company_id AND c.room_id = r.id"
     " WHERE r.id = $1");
STMT(q_payer, "room_code.payer",
     "SELECT a.name FROM binding d JOIN account a ON a.id = d.account_id WHERE d.company_id = $1 AND d.room_id = $2"
     " AND d.state = 'active' AND (d.expires_at = 0 OR d.expires_at > $3)"
     " ORDER BY CASE d.role WHEN 'owner' THEN 0 ELSE 1 END, d.id LIMIT 1");
STMT(q_open, "room_code.open",
     "SELECT " BILL_COLUMNS BILL_FROM " JOIN room m ON m.id = b.room_id WHERE b.company_id = $1 AND b.room_id = $2"
     " AND b.state IN ('published', 'partial') AND b.period_from >= m.owned_from ORDER BY b.due_day, b.id LIMIT 200");
STMT(q_people, "room_code.people",
     "SELECT d.account_id FROM binding d WHERE d.company_id = $1 AND d.room_id = $2 AND d.state = 'active'"
     " AND (d.expires_at = 0 OR d.expires_at > $3) ORDER BY d.id LIMIT 32");
STMT(q_try, "room_code.try",
     "INSERT INTO room_code_try(room_id, who, slot, company_id, tries) VALUES ($1, $2, $3, $4, 1)"
     " ON CONFLICT (room_id, who, slot) DO UPDATE SET tries = room_code_try.tries + 1");
STMT(q_tries, "room_code.tries",
     "SELECT CAST(COALESCE(SUM(tries), 0) AS BIGINT) FROM room_code_try WHERE room_id = $1 AND who = $2 AND slot > $3");
STMT(q_forget, "room_code.forget", "DELETE FROM room_code_try WHERE room_id = $1 AND slot <= $2");

struct door {
    int64_t room_id, company_id, project_id, version, expires_at, made_at;
    const char *room, *project, *state;
};

static enum err on_door(struct ctx *cx, const struct row *r, void *out)
{
    struct door *d = out;
    d->company_id = row_i64(r, 0);
    d->project_id = row_i64(r, 1);
    d->room = row_text(cx, r, 2);
    d->project = row_text(cx, r, 3);
    d->version = row_i64(r, 4);
    d->state = row_text(cx, r, 5);
    d->expires_at = row_i64(r, 6);
    d->made_at = row_i64(r, 7);
    return OK;
}

/* A door whose code works now; whatever else is ERR_NOT_FOUND without a reason. */
static enum err load_door(struct ctx *cx, int64_t room_id, struct door *d)
{
    d->room_id = room_id;
    enum err e = db_one(cx, &q_door, ARGS(I64(room_id)), on_door, d);
    bool live = !e && str_eq(d->state, "active") && (d->expires_at == 0 || d->expires_at > cx->now);
    return e || live ? e : ERR_NOT_FOUND;
}

static enum err open_token(struct ctx *cx, const char *token, struct door *d)
{
    int64_t room = 0, version = 0;
    enum err e = signed_code_read("door", token, &room, &version) ? load_door(cx, room, d) : ERR_NOT_FOUND;
    if (e == ERR_NOT_FOUND || (!e && d->version != version))
        return cx_fail(cx, ERR_NOT_FOUND, "token", "二维码无效或已失效,请联系物业",
                       "the code is not valid any more; ask the office");
    return e;
}

/* ---- landing ---- */

struct bills {
    struct bill *v;
    size_t n;
};

static enum err on_bill(struct ctx *cx, const struct row *r, void *out)
{
    struct bills *l = out;
    return l->n < BILLS_MAX ? bill_row(cx, r, &l->v[l->n++]) : OK;
}

static enum err load_bills(struct ctx *cx, const struct door *d, struct bills *l, const char **payer)
{
    *l = (struct bills){arena_alloc(cx->arena, BILLS_MAX * sizeof *l->v), 0};
    *payer = "";
    enum err e = db_each(cx, &q_open, ARGS(I64(d->company_id), I64(d->room_id)), on_bill, l);
    if (!e)
        e = db_text(cx, &q_payer, ARGS(I64(d->company_id), I64(d->room_id), I64(cx->now)), payer);
    if (e == ERR_NOT_FOUND)
        e = OK;
    if (!e && str_empty(*payer) && l->n)
        *payer = l->v[0].payer;
    return e;
}

enum err room_code_landing(struct ctx *cx, const char *token, struct room_landing *out)
{
    struct door d = {.state = ""};
    struct bills l;
    const char *payer = "";
    enum err e = open_token(cx, token, &d);
    if (!e)
        e = load_bills(cx, &d, &l, &payer);
    if (e)
        return e;
    *out = (struct room_landing){d.project, mask_room(cx->arena, d.room), mask_name(cx->arena, payer), l.n > 0};
    return OK;
}

/* ---- the last four digits ---- */

struct check {
    const char *token, *last4;
    struct room_claim *out;
    bool good;
};

static enum err count_try(struct ctx *cx, const struct door *d, const char *who, int64_t max, bool *over)
{
    int64_t slot = cx->now / SLOT_MS, tries = 0;
    enum err e = db_i64(cx, &q_tries, ARGS(I64(d->room_id), TXT(who), I64(slot - SLOTS)), &tries, NULL);
    *over = *over || tries >= max;
    return e || *over ? e : db_exec(cx, &q_try, ARGS(I64(d->room_id), TXT(who), I64(slot), I64(d->company_id)), NULL);
}

/* Counts the try before anything is compared; this transaction commits whatever the answer is. */
static enum err run_try(struct ctx *cx, void *arg)
{
    struct check *c = arg;
    struct door d = {.state = ""};
    uint8_t mac[32];
    char who[17];
    bool over = false;
    enum err e = open_token(cx, c->token, &d);
    if (e)
        return e;
    hmac_sha256(crypto_key(KEY_INDEX), 32, cx->ip ? cx->ip : "", cx->ip ? strlen(cx->ip) : 0, mac);
    hex_encode(mac, 8, who);
    e = db_exec(cx, &q_forget, ARGS(I64(d.room_id), I64(cx->now / SLOT_MS - SLOTS)), NULL);
    if (!e)
        e = count_try(cx, &d, who, ROOM_CODE_TRIES, &over);
    if (!e)
        e = count_try(cx, &d, "all", ROOM_CODE_TRIES_ALL, &over);
    if (!e && over)
        e = cx_fail(cx, ERR_RATE, "last4", "尝试次数过多,请一小时后再试或登录缴费",
                    "too many tries; wait an hour or log in");
    return e;
}

/* Looks at every phone, so that the time taken does not say which one it was. */
static enum err compare(struct ctx *cx, const int64_t *person, size_t people, const char *last4, bool *good)
{
    enum err e = OK;
    for (size_t i = 0; i < people && !e; i++) {
        const char *phone = NULL;
        e = account_phone(cx, person[i], &phone);
        size_t n = phone ? strlen(phone) : 0;
        if (!e && n >= 4 && strlen(last4) == 4 && crypto_equal(phone + n - 4, last4, 4))
            *good = true;
    }
    return e;
}

static enum err run_check(struct ctx *cx, void *arg)
{
    struct check *c = arg;
    struct room_claim *o = c->out;
    struct door d = {.state = ""};
    int64_t person[PHONES_MAX];
    size_t people = 0;
    struct bills b = {NULL, 0};
    c->good = false;
    enum err e = open_token(cx, c->token, &d);
    if (!e)
        e = db_ids(cx, &q_people, ARGS(I64(d.company_id), I64(d.room_id), I64(cx->now)), person, PHONES_MAX, &people);
    if (!e)
        e = compare(cx, person, people, c->last4, &c->good);
    if (!e && !c->good)
        e = cx_fail(cx, ERR_INVALID, "last4", "与登记的手机号不符", "no phone of this room ends so");
    if (!e)
        e = load_bills(cx, &d, &b, &o->payer);
    if (e)
        return e;
    o->project = d.project;
    o->room = d.room;
    o->payer = mask_name(cx->arena, o->payer);
    o->bill = b.v;
    o->nbill = b.n;
    o->due_fen = 0;
    for (size_t i = 0; i < b.n; i++)
        o->due_fen += b.v[i].amount_fen - b.v[i].paid_fen + b.v[i].late_fen - b.v[i].late_paid_fen;
    int64_t until = (cx->now + CLAIM_MS) / SECOND_MS;
    o->expires_at = until * SECOND_MS;
    o->claim = signed_code(cx->arena, "claim", d.room_id, until);
    return OK;
}

enum err room_code_check(struct ctx *cx, const char *token, const char *last4, struct room_claim *out)
{
    struct check c = {token, last4, out, false};
    *out = (struct room_claim){.claim = ""};
    enum err e = store_write(cx, run_try, &c);
    return e ? e : store_read(cx, run_check, &c);
}

enum err room_code_claim(struct ctx *cx, const char *claim, int64_t *company_id, int64_t *project_id, int64_t *room_id)
{
    struct door d = {.state = ""};
    int64_t until = 0, room = 0;
    enum err e = signed_code_read("claim", claim, &room, &until) ? load_door(cx, room, &d) : ERR_NOT_FOUND;
    bool late = until * SECOND_MS <= cx->now, older = d.made_at / SECOND_MS > until - CLAIM_MS / SECOND_MS;
    if (e == ERR_NOT_FOUND || (!e && (late || older)))
        return cx_fail(cx, ERR_UNAUTHENTICATED, "claim", "验证已过期,请重新扫码", "the claim has ended; scan again");
    *company_id = d.company_id;
    *project_id = d.project_id;
    *room_id = room;
    return e;
}
