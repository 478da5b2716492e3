/* owner_room.c - who has to do with a room: roles, shares, leases. SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/id.h"
#include "domain/audit.h"
#include "domain/fee_discount.h"
#include "domain/owner_int.h"

const char *const owner_role_name[OWNER_ROLES] = {"owner", "co_owner", "family", "tenant", "staff"};
#define IS_OWNER(role) ((role) == ROLE_IS_OWNER || (role) == ROLE_IS_CO_OWNER)

STMT(q_room, "party_room.room",
     "SELECT id FROM room WHERE id = $1 AND company_id = $2 AND project_id = $3 AND closed_at = 0");
STMT(q_shares, "party_room.shares",
     "SELECT id, share_n, share_d, from_day, to_day, party_id, role FROM party_room WHERE room_id = $1"
     " AND company_id = $2 AND to_day >= $3");
STMT(q_add, "party_room.add",
     "INSERT INTO party_room(id, company_id, project_id, party_id, room_id, role, share_n, share_d, from_day, to_day,"
     " pays, created_at, changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12)");
STMT(q_get, "party_room.get",
     "SELECT party_id, room_id, role, share_n, share_d, from_day, to_day, pays, version FROM party_room WHERE id = $1"
     " AND company_id = $2 AND project_id = $3");
STMT(q_set, "party_room.set",
     "UPDATE party_room SET share_n = $4, share_d = $5, to_day = $6, pays = $7, changed_at = $8, version = version + 1"
     " WHERE id = $1 AND company_id = $2 AND project_id = $3 AND version = $9");
STMT(
    q_payers, "party_room.payers",
    "SELECT x.party_id, x.from_day, x.to_day, CASE WHEN x.role IN ('owner', 'co_owner') THEN 0 ELSE x.pays END, p.name"
    " FROM party_room x JOIN party p ON p.id = x.party_id WHERE x.room_id = $1 AND x.company_id = $2 AND x.to_day >= $3"
    " AND (x.pays = 1 OR x.role IN ('owner', 'co_owner')) ORDER BY x.from_day, x.id LIMIT 64");

/* ---- shares ---- */

struct shares {
    struct owner_share v[64];
    size_t n;
    int64_t but; /* the row that is being changed */
    const struct owner_room_in *in;
    bool same; /* the same role of the same entry in days that overlap */
};

static enum err on_share(struct ctx *cx, const struct row *r, void *out)
{
    struct shares *s = out;
    struct owner_share one = {row_i64(r, 1), row_i64(r, 2), (int32_t)row_i64(r, 3), (int32_t)row_i64(r, 4)};
    if (row_i64(r, 0) == s->but)
        return OK;
    if (row_i64(r, 5) == s->in->party_id && str_eq(row_text(cx, r, 6), owner_role_name[s->in->role]) &&
        one.from_day <= s->in->to_day && s->in->from_day <= one.to_day)
        s->same = true;
    if (s->n == COUNT(s->v) - 1)
        return cx_fail(cx, ERR_STATE, "room_id", "该房间关联的人过多", "too many people of one room");
    s->v[s->n++] = one;
    return OK;
}

static enum err check(struct ctx *cx, const struct owner_room_in *in, int64_t but)
{
    struct shares s = {.but = but, .in = in};
    if (!clock_day_valid(in->from_day) || !clock_day_valid(in->to_day) || in->to_day < in->from_day)
        return cx_fail(cx, ERR_INVALID, "to_day", "起止日期无效", "not a span of days");
    if (in->share_n && !IS_OWNER(in->role))
        return cx_fail(cx, ERR_INVALID, "share", "只有产权人有份额", "only owners have shares");
    enum err e =
        db_each(cx, &q_shares, ARGS(I64(in->room_id), I64(cx->who.company_id), I64(in->from_day)), on_share, &s);
    if (!e && s.same)
        e = cx_fail(cx, ERR_EXISTS, "role", "该人在此房间已有相同身份", "that role is there already in those days");
    s.v[s.n++] = (struct owner_share){in->share_n, in->share_d, in->from_day, in->to_day};
    if (!e && !owner_shares_fit(s.v, s.n))
        e = cx_fail(cx, ERR_INVALID, "share", "产权份额合计超过 100%%", "the shares add up to more than one");
    return e;
}

/* ---- liability of those who are not owners ---- */

struct payer {
    int64_t party_id;
    int32_t from_day, to_day;
    bool pays; /* and owns it not: of owners only the day they begin counts */
    const char *name;
};
struct payers {
    struct payer v[64]; /* by the day they begin */
    size_t n;
};

static enum err on_payer(struct ctx *cx, const struct row *r, void *out)
{
    struct payers *l = out;
    l->v[l->n++] = (struct payer){.party_id = row_i64(r, 0),
                                  .from_day = (int32_t)row_i64(r, 1),
                                  .to_day = (int32_t)row_i64(r, 2),
                                  .pays = row_i64(r, 3) != 0,
                                  .name = row_text(cx, r, 4)};
    return OK;
}

static enum err payer_on(struct ctx *cx, int64_t room, int32_t day, const struct payers *l, struct liable *out)
{
    struct room_owner own;
    for (size_t i = l->n; i-- > 0;) {
        const struct payer *x = &l->v[i];
        if (!x->pays || x->from_day > day || x->to_day < day)
            continue;
        *out = (struct liable){.room_id = room, .party_id = x->party_id, .from_day = day, .name = x->name};
        return party_account(cx, x->party_id, &out->payer_id);
    }
    enum err e = owner_at(cx, room, day, &own);
    *out = (struct liable){
        .room_id = room, .payer_id = own.account_id, .party_id = own.party_id, .from_day = day, .name = own.name};
    return e;
}

/* The next day on which who pays may be another; OWNER_FOREVER: none. */
static int32_t next_turn(const struct payers *l, int32_t day)
{
    int32_t next = OWNER_FOREVER;
    for (size_t i = 0; i < l->n; i++) {
        const struct payer *x = &l->v[i];
        if (x->from_day > day && x->from_day < next)
            next = x->from_day;
        if (x->pays && x->to_day >= day && x->to_day < next)
            next = clock_day_add(x->to_day, 1);
    }
    return next;
}

enum err owner_pay_from(struct ctx *cx, int64_t room, int32_t day)
{
    struct payers l = {.n = 0};
    struct room_owner was;
    struct liable now, last = {.party_id = -1};
    enum err e = owner_at(cx, room, day, &was);
    struct liable before = {.room_id = room, .payer_id = was.account_id, .party_id = was.party_id, .name = was.name};
    if (!e)
        e = db_each(cx, &q_payers, ARGS(I64(room), I64(cx->who.company_id), I64(day)), on_payer, &l);
    for (; !e && day < OWNER_FOREVER; day = next_turn(&l, day)) {
        e = payer_on(cx, room, day, &l, &now);
        if (!e && now.party_id != last.party_id)
            e = liable_pass_on(cx, &before, &now);
        last = now;
    }
    return e;
}

/* ---- relations ---- */

enum err owner_room_attach(struct ctx *cx, const struct owner_room_in *given, int64_t *id)
{
    struct owner_room_in in = *given;
    struct party_head p;
    int64_t room = 0;
    bool found = false;
    in.from_day = in.from_day ? in.from_day : clock_day(cx->now);
    in.to_day = in.to_day ? in.to_day : OWNER_FOREVER;
    in.share_d = in.share_d ? in.share_d : 1;
    *id = id_new();
    enum err e = party_head(cx, in.party_id, &p);
    if (!e)
        e = db_i64(cx, &q_room, ARGS(I64(in.room_id), I64(cx->who.company_id), I64(cx->who.project_id)), &room, &found);
    if (!e && !found)
        e = cx_fail(cx, ERR_INVALID, "room_id", "房间不存在", "no such room");
    if (!e)
        e = check(cx, &in, 0);
    if (!e)
        e = db_try(cx, &q_add,
                   ARGS(I64(*id), I64(cx->who.company_id), I64(cx->who.project_id), I64(in.party_id), I64(in.room_id),
                        TXT(owner_role_name[in.role]), I64(in.share_n), I64(in.share_d), I64(in.from_day),
                        I64(in.to_day), I64(in.pays), I64(cx->now)),
                   NULL);
    if (e == ERR_EXISTS)
        return cx_fail(cx, e, "role", "该人在此房间已有相同身份", "that role is there already in those days");
    if (!e && in.pays && !IS_OWNER(in.role))
        e = owner_pay_from(cx, in.room_id, in.from_day);
    if (!e)
        e = owner_match(cx, in.party_id, in.room_id, "register");
    return e || in.quiet ? e
                         : audit_add(cx, "party_room.create", "party_room", *id, NULL,
                                     arena_printf(cx->arena, "{\"room_id\":\"%lld\",\"role\":\"%s\"}",
                                                  (long long)in.room_id, owner_role_name[in.role]));
}

struct relation {
    struct owner_room_in in;
    int64_t version;
};

static enum err on_relation(struct ctx *cx, const struct row *r, void *out)
{
    int role = str_index(owner_role_name, OWNER_ROLES, row_text(cx, r, 2));
    *(struct relation *)out = (struct relation){
        .in = {.party_id = row_i64(r, 0),
               .room_id = row_i64(r, 1),
               .role = role,
               .share_n = row_i64(r, 3),
               .share_d = row_i64(r, 4),
               .from_day = (int32_t)row_i64(r, 5),
               .to_day = (int32_t)row_i64(r, 6),
               .pays = row_i64(r, 7) != 0},
        .version = row_i64(r, 8)
    };
    return role < 0 ? ERR_INTERNAL : OK;
}

static enum err load(struct ctx *cx, int64_t id, struct relation *x)
{
    enum err e = db_one(cx, &q_get, ARGS(I64(id), I64(cx->who.company_id), I64(cx->who.project_id)), on_relation, x);
    return e == ERR_NOT_FOUND ? cx_fail(cx, e, "id", "房屋关系不存在", "no such relation to a room") : e;
}

enum err owner_room_exists(struct ctx *cx, int64_t id)
{
    struct relation x;
    return load(cx, id, &x);
}

static const char *share_text(struct ctx *cx, const struct owner_room_in *x)
{
    return arena_printf(cx->arena, "%lld/%lld", (long long)x->share_n, (long long)x->share_d);
}

/* The first day whose payer the change may touch; 0: none. */
static int32_t pays_anew(const struct owner_room_in *was, const struct owner_room_in *now, int32_t today)
{
    int32_t sooner = was->to_day < now->to_day ? was->to_day : now->to_day;
    int32_t after = sooner == OWNER_FOREVER ? OWNER_FOREVER : clock_day_add(sooner, 1);
    if (IS_OWNER(now->role) || (!was->pays && !now->pays))
        return 0;
    if (!was->pays)
        return now->from_day;
    if (now->pays)
        return now->to_day == was->to_day ? 0 : after;
    today = today < now->from_day ? now->from_day : today; /* what was paid for until today is left as it is */
    return today < after ? today : after;
}

static enum err save(struct ctx *cx, int64_t id, const struct relation *was, const struct owner_room_in *now,
                     const char *reason)
{
    int32_t today = clock_day(cx->now);
    enum err e = check(cx, now, id);
    if (!e)
        e = db_change_one(cx, &q_set,
                          ARGS(I64(id), I64(cx->who.company_id), I64(cx->who.project_id), I64(now->share_n),
                               I64(now->share_d), I64(now->to_day), I64(now->pays), I64(cx->now), I64(was->version)),
                          ERR_CONFLICT, CHANGED_ZH, CHANGED_EN);
    if (e)
        return e;
    struct history h = {.cx = cx,
                        .object = HISTORY_PARTY_ROOM,
                        .project_id = cx->who.project_id,
                        .object_id = id,
                        .version = was->version + 1,
                        .reason = reason};
    history_text(&h, "share", share_text(cx, &was->in), share_text(cx, now));
    history_int(&h, "to_day", was->in.to_day, now->to_day);
    history_int(&h, "pays", was->in.pays, now->pays);
    e = h.e;
    int32_t from = pays_anew(&was->in, now, today);
    if (!e && from)
        e = owner_pay_from(cx, now->room_id, from);
    if (!e && now->to_day < today)
        e = binding_end_party(cx, now->party_id, 0, now->room_id, reason);
    if (!e) /* in what other role they may be there still */
        e = owner_match(cx, now->party_id, now->room_id, "register");
    return e ? e : audit_add(cx, "party_room.change", "party_room", id, NULL, NULL);
}

enum err owner_room_change(struct ctx *cx, const struct owner_room_set *in)
{
    struct relation was;
    enum err e = load(cx, in->id, &was);
    if (!e && was.version != in->version)
        e = cx_fail(cx, ERR_CONFLICT, NULL, CHANGED_ZH, CHANGED_EN);
    if (e)
        return e;
    struct owner_room_in now = was.in;
    now.share_n = in->share_n;
    now.share_d = in->share_d ? in->share_d : 1;
    now.to_day = in->to_day ? in->to_day : OWNER_FOREVER;
    now.pays = in->pays;
    return save(cx, in->id, &was, &now, in->reason);
}

enum err owner_room_end(struct ctx *cx, int64_t id, int64_t version, int32_t last_day, const char *reason)
{
    struct relation was;
    enum err e = load(cx, id, &was);
    if (!e && was.version != version)
        e = cx_fail(cx, ERR_CONFLICT, NULL, CHANGED_ZH, CHANGED_EN);
    if (!e && last_day > was.in.to_day)
        e = cx_fail(cx, ERR_STATE, "last_day", "该关系已更早结束", "it ends before that day");
    if (e)
        return e;
    struct owner_room_in now = was.in;
    now.to_day = last_day > now.from_day ? last_day : now.from_day;
    return save(cx, id, &was, &now, reason);
}
