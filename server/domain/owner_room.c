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

enum err owner_pay_from(struct ctx *cx, const struct owner_room_in *in)
{
    struct room_owner was, then;
    struct party_head p = {.name = ""};
    int64_t account = 0;
    enum err e = owner_at(cx, in->room_id, in->from_day, &was);
    if (!e)
        e = party_head(cx, in->party_id, &p);
    if (!e)
        e = party_account(cx, in->party_id, &account);
    struct liable before = {
        .room_id = in->room_id, .payer_id = was.account_id, .party_id = was.party_id, .name = was.name};
    struct liable now = {.room_id = in->room_id,
                         .payer_id = account,
                         .party_id = in->party_id,
                         .from_day = in->from_day,
                         .name = p.name};
    if (!e)
        e = liable_pass_on(cx, &before, &now);
    if (e || in->to_day == OWNER_FOREVER)
        return e;
    int32_t after = clock_day_add(in->to_day, 1);
    e = owner_at(cx, in->room_id, after, &then);
    before = (struct liable){.room_id = in->room_id,
                             .payer_id = then.account_id,
                             .party_id = then.party_id,
                             .from_day = after,
                             .name = then.name};
    return e ? e : liable_pass_on(cx, &before, &before);
}

static enum err pay_until(struct ctx *cx, int64_t room, int32_t last_day)
{
    struct room_owner then;
    int32_t after = clock_day_add(last_day, 1);
    enum err e = owner_at(cx, room, after, &then);
    struct liable l = {
        .room_id = room, .payer_id = then.account_id, .party_id = then.party_id, .from_day = after, .name = then.name};
    return e ? e : liable_pass_on(cx, &l, &l);
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
        e = owner_pay_from(cx, &in);
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
    if (!e && !IS_OWNER(now->role)) {
        if (now->pays && (!was->in.pays || now->to_day != was->in.to_day))
            e = was->in.pays && now->to_day < today ? pay_until(cx, now->room_id, now->to_day)
                                                    : owner_pay_from(cx, now);
        else if (!now->pays && was->in.pays)
            e = pay_until(cx, now->room_id, clock_day_add(today, -1));
    }
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
