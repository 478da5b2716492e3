/* estate_binding.c - who lives where: apply, register, decide, revoke, expire. SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/id.h"
#include "domain/audit.h"
#include "domain/auth.h"
#include "domain/estate.h"
#include "platform/events.h"
#include "platform/store/db.h"

const char *const binding_role_name[BIND_ROLES] = {"owner", "family", "tenant"};

#define COLUMNS                                                                                                        \
    "SELECT b.id, b.room_id, b.account_id, b.project_id, b.expires_at, b.version, b.created_at, b.role, b.state, "     \
    "b.source,"                                                                                                        \
    " m.full_name, p.name, a.name, COALESCE(a.phone_hint, ''), b.party_id, b.since_day, b.company_id FROM binding b "  \
    "JOIN room m ON "                                                                                                  \
    "m.id = b.room_id"                                                                                                 \
    " JOIN project p ON p.id = b.project_id JOIN account a ON a.id = b.account_id"
STMT(q_get, "binding.get", COLUMNS " WHERE b.id = $1 AND b.company_id = $2");
STMT(q_of, "binding.of", COLUMNS " WHERE b.room_id = $1 AND b.account_id = $2 AND b.company_id = $3");
STMT(q_mine, "binding.mine", COLUMNS " WHERE b.account_id = $1 AND b.state IN ('applied', 'active') ORDER BY b.id");
STMT(q_waiting, "binding.waiting",
     COLUMNS " WHERE b.company_id = $1 AND b.project_id = $2 AND b.state = 'applied' ORDER BY b.id LIMIT 200");
STMT(q_of_room, "binding.of_room",
     COLUMNS
     " WHERE b.company_id = $1 AND b.room_id = $2 AND b.state IN ('applied', 'active') ORDER BY b.id LIMIT 100");
STMT(q_room, "binding.room", "SELECT project_id FROM room WHERE id = $1 AND company_id = $2");
STMT(q_put, "binding.put",
     "INSERT INTO binding(id, company_id, project_id, room_id, account_id, role, state, source, expires_at, decided_by,"
     " created_at, changed_at, since_day) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11, $12)"
     " ON CONFLICT (company_id, room_id, account_id) DO UPDATE SET role = excluded.role, state = excluded.state,"
     " source = excluded.source, expires_at = excluded.expires_at, decided_by = excluded.decided_by, reason = '',"
     " since_day = excluded.since_day,"
     " changed_at = excluded.changed_at, version = binding.version + 1");
STMT(q_state, "binding.state",
     "UPDATE binding SET state = $2, source = $3, decided_by = $4, reason = $5, changed_at = $6, version = version + 1,"
     " expires_at = $8 WHERE id = $1 AND version = $7");
STMT(q_expired, "binding.expired",
     COLUMNS " WHERE b.state = 'active' AND b.expires_at > 0 AND b.expires_at <= $1 LIMIT 200");
#define LIVE " AND b.state IN ('applied', 'active') ORDER BY b.id LIMIT 500"
STMT(q_live_party, "binding.live_party",
     COLUMNS " WHERE b.company_id = $1 AND b.party_id = $2 AND b.party_id > 0 AND ($3 = 0 OR b.account_id = $3)"
             " AND ($4 = 0 OR b.room_id = $4)" LIVE);
STMT(q_live_room, "binding.live_room", COLUMNS " WHERE b.company_id = $1 AND b.room_id = $2" LIVE);
STMT(q_live_account, "binding.live_account", COLUMNS " WHERE +b.company_id = $1 AND b.account_id = $2" LIVE);
STMT(q_from, "binding.from", "UPDATE binding SET party_id = $2, since_day = $3 WHERE id = $1");
STMT(q_until, "binding.until",
     "UPDATE binding SET expires_at = $2, changed_at = $3, version = version + 1 WHERE id = $1");
STMT(q_link, "binding.link", "UPDATE binding SET party_id = $2 WHERE id = $1 AND party_id = 0");
STMT(q_guests, "binding.guests",
     "SELECT COUNT(*) FROM binding WHERE room_id = $1 AND role <> 'owner' AND state = 'active'"
     " AND (expires_at = 0 OR expires_at > $2)");
STMT(q_guests_lately, "binding.guests_lately",
     "SELECT COUNT(*) FROM binding WHERE room_id = $1 AND role <> 'owner' AND decided_by = $2 AND changed_at > $3");
STMT(q_has, "binding.has",
     "SELECT id FROM binding WHERE account_id = $1 AND room_id = $2 AND state = 'active' AND (expires_at = 0 OR "
     "expires_at > $3)");
STMT(q_owns, "binding.owns",
     "SELECT id FROM binding WHERE account_id = $1 AND room_id = $2 AND role = 'owner' AND state = 'active'"
     " AND (expires_at = 0 OR expires_at > $3)");
STMT(q_owners, "binding.owners",
     "SELECT account_id FROM binding WHERE room_id = $1 AND role = 'owner' AND state = 'active'"
     " AND (expires_at = 0 OR expires_at > $2) ORDER BY id LIMIT 100");
STMT(q_desk, "binding.desk",
     "SELECT id FROM role_grant WHERE account_id = $1 AND company_id = $2 AND (project_id = 0 OR project_id = $3)"
     " AND role IN ('platform_admin', 'company_admin', 'manager', 'customer_service')");

static enum err row(struct ctx *cx, const struct row *r, void *out)
{
    struct binding *b = out;
    *b = (struct binding){.id = row_i64(r, 0),
                          .room_id = row_i64(r, 1),
                          .account_id = row_i64(r, 2),
                          .project_id = row_i64(r, 3),
                          .expires_at = row_i64(r, 4),
                          .version = row_i64(r, 5),
                          .created_at = row_i64(r, 6),
                          .role = row_text(cx, r, 7),
                          .state = row_text(cx, r, 8),
                          .source = row_text(cx, r, 9),
                          .room_name = row_text(cx, r, 10),
                          .project_name = row_text(cx, r, 11),
                          .person = row_text(cx, r, 12),
                          .phone_hint = row_text(cx, r, 13),
                          .party_id = row_i64(r, 14),
                          .since_day = (int32_t)row_i64(r, 15),
                          .company_id = row_i64(r, 16)};
    return OK;
}

static enum err room_project(struct ctx *cx, int64_t room_id, int64_t *project)
{
    bool found = false;
    enum err e = db_i64(cx, &q_room, ARGS(I64(room_id), I64(cx->who.company_id)), project, &found);
    return !e && !found ? cx_fail(cx, ERR_INVALID, "room_id", "房间不存在", "no such room") : e;
}

static enum err put(struct ctx *cx, int64_t room, int64_t project, int64_t account, int role, const char *state,
                    const char *source, int64_t expires, struct binding *out)
{
    enum err e = db_exec(cx, &q_put,
                         ARGS(I64(id_new()), I64(cx->who.company_id), I64(project), I64(room), I64(account),
                              TXT(binding_role_name[role]), TXT(state), TXT(source), I64(expires), I64(cx->who.id),
                              I64(cx->now), I64(role == BIND_TENANT ? clock_day(cx->now) : 0)),
                         NULL); /* a tenant has no business with what was before */
    if (!e)
        e = db_one(cx, &q_of, ARGS(I64(room), I64(account), I64(cx->who.company_id)), row, out);
    if (!e)
        cx_scope_changed(cx, account);
    return e ? e
             : audit_add(cx, "binding.put", "binding", out->id, NULL,
                         arena_printf(cx->arena, "{\"state\":\"%s\"}", state));
}

/* Who lets people into the room sees the request at once. */
static enum err on_owner(struct ctx *cx, const struct row *r, void *out)
{
    cx_emit(cx, topic_user(cx, row_i64(r, 0)), "binding.changed", out);
    return OK;
}

enum err binding_apply(struct ctx *cx, int64_t room_id, int role, struct binding *out)
{
    int64_t project = 0;
    enum err e = room_project(cx, room_id, &project);
    if (e)
        return e;
    e = db_one(cx, &q_of, ARGS(I64(room_id), I64(cx->who.id), I64(cx->who.company_id)), row, out);
    if (!e && (str_eq(out->state, "active") || str_eq(out->state, "applied"))) /* asked before: the same answer */
        return OK;
    if (e && e != ERR_NOT_FOUND)
        return e;
    e = put(cx, room_id, project, cx->who.id, role, "applied", "approved", 0, out);
    if (!e)
        cx_emit(cx, topic_board(cx, project), "binding.applied",
                arena_printf(cx->arena, "{\"binding_id\":\"%lld\",\"room_id\":\"%lld\"}", (long long)out->id,
                             (long long)room_id));
    return e ? e
             : db_each(cx, &q_owners, ARGS(I64(room_id), I64(cx->now)), on_owner,
                       arena_printf(cx->arena, "{\"binding_id\":\"%lld\",\"room_id\":\"%lld\",\"state\":\"applied\"}",
                                    (long long)out->id, (long long)room_id));
}

static enum err is_desk(struct ctx *cx, int64_t project, bool *desk)
{
    int64_t id = 0;
    return db_i64(cx, &q_desk, ARGS(I64(cx->who.id), I64(cx->who.company_id), I64(project)), &id, desk);
}

/* A room at whose desk the caller stands; any other does not exist. */
static enum err desk_room(struct ctx *cx, int64_t room_id, int64_t *project)
{
    bool found = false, desk = false;
    enum err e = db_i64(cx, &q_room, ARGS(I64(room_id), I64(cx->who.company_id)), project, &found);
    if (!e && found)
        e = is_desk(cx, *project, &desk);
    return !e && !desk ? cx_fail(cx, ERR_NOT_FOUND, "id", "房间不存在", "no such room") : e;
}

/* A room at whose desk the caller stands, or that is the caller's own; any other does not exist. */
static enum err kept_room(struct ctx *cx, int64_t room_id, int64_t *project, bool *owner)
{
    int64_t id = 0;
    *owner = false;
    enum err e = desk_room(cx, room_id, project);
    if (e != ERR_NOT_FOUND)
        return e;
    struct why why = cx->why;
    cx->why = (struct why){0};
    e = db_i64(cx, &q_owns, ARGS(I64(cx->who.id), I64(room_id), I64(cx->now)), &id, owner);
    if (!e && !*owner) {
        cx->why = why;
        return ERR_NOT_FOUND;
    }
    return e;
}

static enum err no_last_day(struct ctx *cx)
{
    return cx_fail(cx, ERR_INVALID, "expires_on", "请填写租户的到期日", "a tenant needs a last day");
}

static enum err day_over(struct ctx *cx)
{
    return cx_fail(cx, ERR_INVALID, "expires_on", "到期日已过", "that day is over");
}

/* An owner lets in family and tenants, so many at once and in a day, and nobody who is in already. */
static enum err owner_may(struct ctx *cx, int64_t room_id, int role, int64_t account, int64_t expires_at)
{
    struct binding was;
    int64_t live = 0, lately = 0;
    if (role == BIND_OWNER)
        return cx_fail(cx, ERR_INVALID, "role", "业主只能登记家属和租户", "an owner registers family and tenants only");
    if (role == BIND_TENANT && !expires_at)
        return no_last_day(cx);
    enum err e = account ? db_one(cx, &q_of, ARGS(I64(room_id), I64(account), I64(cx->who.company_id)), row, &was)
                         : ERR_NOT_FOUND;
    if (!e && str_eq(was.state, "active") && (!was.expires_at || was.expires_at > cx->now))
        return cx_fail(cx, ERR_EXISTS, "phone", "该手机号已在此房间登记", "that number is of the room already");
    if (e && e != ERR_NOT_FOUND)
        return e;
    cx->why = (struct why){0};
    const struct arg room = I64(room_id);
    e = db_i64(cx, &q_guests, ARGS(room, I64(cx->now)), &live, NULL);
    if (!e && live >= BINDING_GUESTS)
        return cx_fail(cx, ERR_STATE, "id", "每个房间最多 %d 位家属和租户",
                       "a room has %d of family and tenants at most", BINDING_GUESTS);
    if (!e)
        e = db_i64(cx, &q_guests_lately, ARGS(room, I64(cx->who.id), I64(cx->now - DAY_MS)), &lately, NULL);
    return e || lately < BINDING_GUESTS
               ? e
               : cx_fail(cx, ERR_RATE, NULL, "今天登记的人过多,请明天再试", "too many today; try again tomorrow");
}

enum err binding_register(struct ctx *cx, int64_t room_id, int role, const char *name, const char *phone,
                          int64_t expires_at, struct binding *out)
{
    int64_t project = 0, account = 0;
    bool owner = false;
    if (!phone_valid(phone))
        return cx_fail(cx, ERR_INVALID, "phone", "手机号格式不正确", "not a mobile number");
    enum err e = kept_room(cx, room_id, &project, &owner);
    if (!e && expires_at && expires_at <= cx->now && owner)
        e = day_over(cx);
    if (!e)
        e = account_by_phone(cx, cx->who.company_id, "resident", phone, &account);
    if (!e && owner)
        e = owner_may(cx, room_id, role, account, expires_at);
    if (!e && !account) {
        struct account_in in = {.kind = "resident", .name = name, .phone = phone};
        e = account_insert(cx, cx->who.company_id, &in, &account);
    }
    return e ? e : put(cx, room_id, project, account, role, "active", "register", expires_at, out);
}

static enum err load_for_decision(struct ctx *cx, int64_t id, struct binding *b)
{
    bool desk = false, owns = false;
    int64_t n = 0;
    enum err e = db_one(cx, &q_get, ARGS(I64(id), I64(cx->who.company_id)), row, b);
    if (!e)
        e = is_desk(cx, b->project_id, &desk);
    if (!e && !desk)
        e = db_i64(cx, &q_owns, ARGS(I64(cx->who.id), I64(b->room_id), I64(cx->now)), &n, &owns);
    if (e == ERR_NOT_FOUND || (!e && !desk && !(owns && !str_eq(b->role, "owner")) && b->account_id != cx->who.id))
        return cx_fail(cx, ERR_NOT_FOUND, "id", "绑定不存在", "no such binding");
    return e;
}

static enum err set_state(struct ctx *cx, const struct binding *b, const char *state, const char *source,
                          const char *reason)
{
    enum err e = db_change_one(cx, &q_state,
                               ARGS(I64(b->id), TXT(state), TXT(source), I64(cx->who.id), TXT(reason ? reason : ""),
                                    I64(cx->now), I64(b->version), I64(b->expires_at)),
                               ERR_CONFLICT, "数据已被他人修改,请刷新", "changed meanwhile; reload it");
    if (!e) {
        cx_scope_changed(cx, b->account_id);
        cx_emit(cx, topic_user(cx, b->account_id), "binding.changed",
                arena_printf(cx->arena, "{\"binding_id\":\"%lld\",\"room_id\":\"%lld\",\"state\":\"%s\"}",
                             (long long)b->id, (long long)b->room_id, state));
    }
    return e ? e
             : audit_add(cx, "binding.state", "binding", b->id, arena_printf(cx->arena, "{\"state\":\"%s\"}", b->state),
                         arena_printf(cx->arena, "{\"state\":\"%s\"}", state));
}

/* Somebody's application that is not the caller's own and waits. */
static enum err load_applied(struct ctx *cx, int64_t id, struct binding *b)
{
    *b = (struct binding){0};
    enum err e = load_for_decision(cx, id, b);
    if (!e && b->account_id == cx->who.id)
        e = cx_fail(cx, ERR_FORBIDDEN, NULL, "不能审批自己的申请", "not your own application");
    if (!e && !str_eq(b->state, "applied"))
        e = cx_fail(cx, ERR_STATE, "state", "该申请已处理", "decided already");
    return e;
}

enum err binding_approve(struct ctx *cx, int64_t id, int64_t expires_at, const char *reason, struct binding *out)
{
    enum err e = load_applied(cx, id, out);
    if (!e && !expires_at && str_eq(out->role, binding_role_name[BIND_TENANT]))
        e = no_last_day(cx);
    if (!e && expires_at && expires_at <= cx->now)
        e = day_over(cx);
    out->expires_at = expires_at;
    return e ? e : set_state(cx, out, "active", "approved", reason);
}

enum err binding_reject(struct ctx *cx, int64_t id, const char *reason)
{
    struct binding b;
    enum err e = load_applied(cx, id, &b);
    return e ? e : set_state(cx, &b, "rejected", "approved", reason);
}
enum err binding_read(struct ctx *cx, int64_t id, struct binding *out)
{
    return db_one(cx, &q_get, ARGS(I64(id), I64(cx->who.company_id)), row, out);
}

enum err binding_link(struct ctx *cx, const struct binding *b, int64_t party_id)
{
    return db_exec(cx, &q_link, ARGS(I64(b->id), I64(party_id)), NULL);
}

enum err binding_revoke(struct ctx *cx, int64_t id, const char *reason, struct binding *out)
{
    struct binding b = {0};
    enum err e = load_for_decision(cx, id, &b);
    *out = b;
    if (!e && str_eq(b.state, "revoked"))
        return OK;
    return e ? e : set_state(cx, &b, "revoked", "approved", reason); /* a person's decision: no match undoes it */
}

struct each {
    binding_fn *fn;
    void *arg;
};

static enum err on_each(struct ctx *cx, const struct row *r, void *out)
{
    struct each *l = out;
    struct binding b;
    enum err e = row(cx, r, &b);
    l->fn(l->arg, &b);
    return e;
}

enum err binding_mine(struct ctx *cx, binding_fn *fn, void *arg)
{
    struct each l = {fn, arg};
    return db_each(cx, &q_mine, ARGS(I64(cx->who.id)), on_each, &l);
}

enum err binding_waiting(struct ctx *cx, binding_fn *fn, void *arg)
{
    struct each l = {fn, arg};
    return db_each(cx, &q_waiting, ARGS(I64(cx->who.company_id), I64(cx->who.project_id)), on_each, &l);
}

enum err binding_of_room(struct ctx *cx, int64_t room_id, binding_fn *fn, void *arg)
{
    struct each l = {fn, arg};
    int64_t project = 0;
    bool owner = false;
    enum err e = kept_room(cx, room_id, &project, &owner);
    return e ? e : db_each(cx, &q_of_room, ARGS(I64(cx->who.company_id), I64(room_id)), on_each, &l);
}

struct expired {
    struct binding v[200];
    size_t n;
};

static enum err on_expired(struct ctx *cx, const struct row *r, void *out)
{
    struct expired *x = out;
    return x->n < COUNT(x->v) ? row(cx, r, &x->v[x->n++]) : OK;
}

enum err binding_expire(struct ctx *cx)
{
    struct expired *x = arena_alloc(cx->arena, sizeof *x);
    struct actor was = cx->who;
    x->n = 0;
    enum err e = db_each(cx, &q_expired, ARGS(I64(cx->now)), on_expired, x);
    for (size_t i = 0; i < x->n && !e; i++) {
        cx->who.company_id = x->v[i].company_id; /* whose audit it goes to */
        cx->who.project_id = x->v[i].project_id;
        e = set_state(cx, &x->v[i], "revoked", x->v[i].source, "到期");
    }
    cx->who = was;
    return e;
}

enum err binding_put_match(struct ctx *cx, const struct binding_match *m)
{
    struct binding was = {0}, b;
    bool matched = str_eq(m->source, "match");
    enum err e = db_one(cx, &q_of, ARGS(I64(m->room_id), I64(m->account_id), I64(cx->who.company_id)), row, &was);
    if (e && e != ERR_NOT_FOUND)
        return e;
    if (!e) {
        bool active = str_eq(was.state, "active"), by_hand = str_eq(was.source, "approved");
        if (by_hand && active && was.party_id == m->party_id && was.expires_at != m->expires_at &&
            str_eq(was.role, binding_role_name[m->role])) { /* decided about, but the register says until when */
            cx_scope_changed(cx, m->account_id);
            return db_exec(cx, &q_until, ARGS(I64(was.id), I64(m->expires_at), I64(cx->now)), NULL);
        }
        if (by_hand && (active || (matched && !str_eq(was.state, "applied"))))
            return OK; /* somebody has decided about it */
        if (active && str_eq(was.role, binding_role_name[m->role]) && was.expires_at == m->expires_at &&
            was.party_id == m->party_id && was.since_day == m->since_day)
            return OK;
    }
    e = put(cx, m->room_id, m->project_id, m->account_id, m->role, "active", m->source, m->expires_at, &b);
    return e ? e : db_exec(cx, &q_from, ARGS(I64(b.id), I64(m->party_id), I64(m->since_day)), NULL);
}

struct live {
    struct binding v[500];
    size_t n;
};

static enum err on_live(struct ctx *cx, const struct row *r, void *out)
{
    struct live *l = out;
    return l->n < COUNT(l->v) ? row(cx, r, &l->v[l->n++]) : OK;
}

enum err binding_end_party(struct ctx *cx, int64_t party_id, int64_t account_id, int64_t room_id, const char *reason)
{
    struct live *l = arena_alloc(cx->arena, sizeof *l);
    l->n = 0;
    enum err e = db_each(cx, &q_live_party, ARGS(I64(cx->who.company_id), I64(party_id), I64(account_id), I64(room_id)),
                         on_live, l);
    for (size_t i = 0; i < l->n && !e; i++)
        e = set_state(cx, &l->v[i], "revoked", l->v[i].source, reason);
    return e;
}

enum err binding_end_room(struct ctx *cx, int64_t room_id, unsigned roles, const int64_t *keep, size_t nkeep,
                          const char *reason)
{
    struct live *l = arena_alloc(cx->arena, sizeof *l);
    l->n = 0;
    enum err e = db_each(cx, &q_live_room, ARGS(I64(cx->who.company_id), I64(room_id)), on_live, l);
    for (size_t i = 0; i < l->n && !e; i++) {
        int role = str_index(binding_role_name, BIND_ROLES, l->v[i].role);
        bool kept = role < 0 || !(roles & 1u << role);
        for (size_t k = 0; k < nkeep; k++)
            kept |= keep[k] == l->v[i].party_id;
        e = kept ? OK : set_state(cx, &l->v[i], "revoked", l->v[i].source, reason);
    }
    return e;
}

enum err binding_end_account(struct ctx *cx, int64_t account_id, bool matched_only, const char *reason)
{
    struct live *l = arena_alloc(cx->arena, sizeof *l);
    l->n = 0;
    enum err e = db_each(cx, &q_live_account, ARGS(I64(cx->who.company_id), I64(account_id)), on_live, l);
    for (size_t i = 0; i < l->n && !e; i++)
        if (!matched_only || !str_eq(l->v[i].source, "approved"))
            e = set_state(cx, &l->v[i], "revoked", l->v[i].source, reason);
    return e;
}

enum err binding_has(struct ctx *cx, int64_t account_id, int64_t room_id, bool *has)
{
    int64_t id = 0;
    return db_i64(cx, &q_has, ARGS(I64(account_id), I64(room_id), I64(cx->now)), &id, has);
}
