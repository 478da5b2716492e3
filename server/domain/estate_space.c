/* estate_space.c - parking spaces: what they are and whose. Who pays for one is fee_kind.h's lease. SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/id.h"
#include "domain/audit.h"
#include "domain/estate_int.h"

#define COLUMNS                                                                                                        \
    "SELECT s.id, s.name, s.zone, s.kind, s.area_e4, s.holding, s.room_id, s.party_id, s.to_day, s.state, s.version,"  \
    " COALESCE(m.full_name, ''), COALESCE(p.name, '') FROM parking_space s LEFT JOIN room m ON m.id = s.room_id"       \
    " LEFT JOIN party p ON p.id = s.party_id WHERE s.company_id = $1 AND s.project_id = $2"
STMT(
    q_add, "parking.add",
    "INSERT INTO parking_space(id, company_id, project_id, name, norm, zone, kind, area_e4, holding, room_id, party_id,"
    " to_day, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)");
STMT(q_get, "parking.get", COLUMNS " AND s.id = $3");
STMT(q_list, "parking.list",
     "SELECT s.id, s.name, s.zone, s.kind, s.area_e4, s.holding, s.room_id, s.party_id, s.to_day, s.state, s.version,"
     " COALESCE(m.full_name, ''), COALESCE(p.name, ''), (SELECT a.room_id FROM fee_assign a WHERE a.ref_id = s.id"
     " AND a.ref_id > 0 AND a.from_day <= $3 AND a.to_day >= $3 ORDER BY a.item_id LIMIT 1), (SELECT r.full_name FROM"
     " fee_assign a JOIN room r ON r.id = a.room_id WHERE a.ref_id = s.id AND a.ref_id > 0 AND a.from_day <= $3"
     " AND a.to_day >= $3 ORDER BY a.item_id LIMIT 1) FROM parking_space s LEFT JOIN room m ON m.id = s.room_id"
     " LEFT JOIN party p ON p.id = s.party_id WHERE s.company_id = $1 AND s.project_id = $2 AND s.id < $4"
     " AND ($5 = '' OR s.norm LIKE $5) AND ($6 = '' OR s.holding = $6) AND ($7 = '' OR s.kind = $7)"
     " AND ($8 = '' OR s.zone = $8) AND ($9 = 0 OR s.room_id = $9) AND ($10 = 0 OR s.party_id = $10)"
     " AND ($11 = 1 OR s.state = 'open') ORDER BY s.id DESC LIMIT $12");
STMT(q_same, "parking.same",
     "SELECT id FROM parking_space WHERE company_id = $1 AND project_id = $2 AND norm = $3 AND state = 'open'"
     " AND id <> $4");
STMT(q_set, "parking.set",
     "UPDATE parking_space SET name = $4, norm = $5, zone = $6, kind = $7, area_e4 = $8, holding = $9, room_id = $10,"
     " party_id = $11, to_day = $12, version = version + 1 WHERE id = $1 AND company_id = $2 AND project_id = $3"
     " AND version = $13 AND state = 'open'");
STMT(q_room, "parking.room",
     "SELECT id FROM room WHERE id = $1 AND company_id = $2 AND project_id = $3 AND closed_at = 0");
STMT(q_party, "parking.party",
     "SELECT id FROM party WHERE id = $1 AND company_id = $2 AND project_id = $3 AND state = 'active'");
STMT(q_let, "parking.let",
     "SELECT COUNT(*) FROM fee_assign WHERE ref_id = $1 AND ref_id > 0 AND company_id = $2 AND to_day >= $3");
STMT(q_close, "parking.close",
     "UPDATE parking_space SET state = 'closed', name = name || '~' || CAST(id AS TEXT), norm = '', version = version "
     "+ 1"
     " WHERE id = $1 AND company_id = $2 AND project_id = $3 AND version = $4 AND state = 'open'");

static const char *const kinds[] = {"underground", "ground", "mechanical", "garage"};
static const char *const holdings[] = {"free", "sold", "rented"};

static enum err row(struct ctx *cx, const struct row *r, void *out)
{
    *(struct parking *)out = (struct parking){.id = row_i64(r, 0),
                                              .name = row_text(cx, r, 1),
                                              .zone = row_text(cx, r, 2),
                                              .kind = row_text(cx, r, 3),
                                              .area_e4 = row_i64(r, 4),
                                              .holding = row_text(cx, r, 5),
                                              .room_id = row_i64(r, 6),
                                              .party_id = row_i64(r, 7),
                                              .to_day = (int32_t)row_i64(r, 8),
                                              .state = row_text(cx, r, 9),
                                              .version = row_i64(r, 10),
                                              .room = row_text(cx, r, 11),
                                              .party = row_text(cx, r, 12)};
    return OK;
}

static enum err exists(struct ctx *cx, const struct stmt *q, int64_t id, const char *field)
{
    int64_t x = 0;
    bool found = !id;
    enum err e = id ? db_i64(cx, q, ARGS(I64(id), I64(cx->who.company_id), I64(cx->who.project_id)), &x, &found) : OK;
    return e || found ? e : cx_fail(cx, ERR_INVALID, field, "不存在", "no such thing in this project");
}

static enum err check(struct ctx *cx, const struct parking *in, const char **norm)
{
    int64_t other = 0;
    *norm = space_norm(cx->arena, in->name);
    if (str_empty(*norm))
        return cx_fail(cx, ERR_INVALID, "name", "车位编号无效", "not a space's number");
    if (str_index(kinds, COUNT(kinds), in->kind) < 0)
        return cx_fail(cx, ERR_INVALID, "kind", "车位类型无效", "not a kind of space");
    if (str_index(holdings, COUNT(holdings), in->holding) < 0)
        return cx_fail(cx, ERR_INVALID, "holding", "车位状态无效", "not a state of a space");
    bool whose = in->room_id || in->party_id;
    if (str_eq(in->holding, "free") == whose)
        return cx_fail(cx, ERR_INVALID, "holding", whose ? "空置车位不能有归属" : "请填写归属的房间或业主",
                       whose ? "a free space is nobody's" : "say whose it is");
    if (!clock_day_valid(in->to_day))
        return cx_fail(cx, ERR_INVALID, "to_day", "日期无效", "not a day (yyyymmdd)");
    enum err e = cx_need_project(cx);
    if (!e)
        e = exists(cx, &q_room, in->room_id, "room_id");
    if (!e)
        e = exists(cx, &q_party, in->party_id, "party_id");
    if (!e)
        e = db_i64(cx, &q_same, ARGS(I64(cx->who.company_id), I64(cx->who.project_id), TXT(*norm), I64(in->id)), &other,
                   NULL);
    return !e && other ? cx_fail(cx, ERR_EXISTS, "name", "车位已存在", "there is such a space already") : e;
}

enum err parking_create(struct ctx *cx, const struct parking *in, int64_t *id)
{
    const char *norm = NULL;
    *id = id_new();
    enum err e = check(cx, in, &norm);
    if (!e)
        e = db_try(cx, &q_add,
                   ARGS(I64(*id), I64(cx->who.company_id), I64(cx->who.project_id), TXT(in->name), TXT(norm),
                        TXT(or_empty(in->zone)), TXT(in->kind), I64(in->area_e4), TXT(in->holding), I64(in->room_id),
                        I64(in->party_id), I64(in->to_day), I64(cx->now)),
                   NULL);
    if (e == ERR_EXISTS)
        return cx_fail(cx, e, "name", "车位已存在", "there is such a space already");
    return e ? e : audit_add(cx, "parking_space.create", "parking_space", *id, NULL, NULL);
}

enum err parking_get(struct ctx *cx, int64_t id, struct parking *out)
{
    enum err e = db_one(cx, &q_get, ARGS(I64(cx->who.company_id), I64(cx->who.project_id), I64(id)), row, out);
    return e == ERR_NOT_FOUND ? cx_fail(cx, e, "id", "车位不存在", "no such space") : e;
}

enum err parking_change(struct ctx *cx, const struct parking *in)
{
    struct parking was;
    const char *norm = NULL;
    int64_t changed = 0;
    enum err e = parking_get(cx, in->id, &was);
    if (!e)
        e = check(cx, in, &norm);
    if (!e)
        e = db_try(cx, &q_set,
                   ARGS(I64(in->id), I64(cx->who.company_id), I64(cx->who.project_id), TXT(in->name), TXT(norm),
                        TXT(or_empty(in->zone)), TXT(in->kind), I64(in->area_e4), TXT(in->holding), I64(in->room_id),
                        I64(in->party_id), I64(in->to_day), I64(in->version)),
                   &changed);
    if (e == ERR_EXISTS)
        return cx_fail(cx, e, "name", "车位已存在", "there is such a space already");
    if (e)
        return e;
    if (!changed)
        return cx_fail(cx, ERR_CONFLICT, NULL, CHANGED_ZH, CHANGED_EN);
    struct history h = {.cx = cx,
                        .object = HISTORY_PARKING,
                        .project_id = cx->who.project_id,
                        .object_id = in->id,
                        .version = in->version + 1,
                        .reason = in->reason};
    history_text(&h, "name", was.name, in->name);
    history_text(&h, "zone", was.zone, or_empty(in->zone));
    history_text(&h, "kind", was.kind, in->kind);
    history_int(&h, "area_e4", was.area_e4, in->area_e4);
    history_text(&h, "holding", was.holding, in->holding);
    history_int(&h, "room_id", was.room_id, in->room_id);
    history_int(&h, "party_id", was.party_id, in->party_id);
    history_int(&h, "to_day", was.to_day, in->to_day);
    return h.e ? h.e : audit_add(cx, "parking_space.change", "parking_space", in->id, NULL, NULL);
}

enum err parking_close(struct ctx *cx, int64_t id, int64_t version, const char *reason)
{
    struct parking was;
    int64_t let = 0;
    enum err e = parking_get(cx, id, &was);
    if (!e && !str_eq(was.holding, "free"))
        e = cx_fail(cx, ERR_STATE, "id", "车位已售或已租", "the space is sold or rented");
    if (!e)
        e = db_i64(cx, &q_let, ARGS(I64(id), I64(cx->who.company_id), I64(clock_day(cx->now))), &let, NULL);
    if (!e && let)
        e = cx_fail(cx, ERR_STATE, "id", "车位还有收费项目", "somebody pays for the space");
    if (!e)
        e = db_change_one(cx, &q_close, ARGS(I64(id), I64(cx->who.company_id), I64(cx->who.project_id), I64(version)),
                          ERR_CONFLICT, CHANGED_ZH, CHANGED_EN);
    if (e)
        return e;
    struct history h = {.cx = cx,
                        .object = HISTORY_PARKING,
                        .project_id = cx->who.project_id,
                        .object_id = id,
                        .version = version + 1,
                        .reason = reason};
    history_text(&h, "state", "open", "closed");
    return h.e ? h.e : audit_add(cx, "parking_space.close", "parking_space", id, NULL, NULL);
}

struct spaces {
    parking_fn *fn;
    void *arg;
};

static enum err on_space(struct ctx *cx, const struct row *r, void *out)
{
    struct spaces *l = out;
    struct parking s;
    enum err e = row(cx, r, &s);
    s.payer_room_id = row_i64(r, 13);
    s.payer_room = row_text(cx, r, 14);
    l->fn(l->arg, &s);
    return e;
}

enum err parking_list(struct ctx *cx, const struct parking_filter *f, int64_t before, int64_t limit, parking_fn *fn,
                      void *arg)
{
    struct spaces l = {fn, arg};
    const char *norm = str_empty(f->search) ? "" : space_norm(cx->arena, f->search);
    return db_each(cx, &q_list,
                   ARGS(I64(cx->who.company_id), I64(cx->who.project_id), I64(clock_day(cx->now)),
                        I64(before ? before : INT64_MAX), TXT(*norm ? arena_printf(cx->arena, "%s%%", norm) : ""),
                        TXT(or_empty(f->holding)), TXT(or_empty(f->kind)), TXT(or_empty(f->zone)), I64(f->room_id),
                        I64(f->party_id), I64(f->closed), I64(limit)),
                   on_space, &l);
}
