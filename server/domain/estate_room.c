/* estate_room.c - rooms: making, finding, changing, closing, the grid of a building. SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "domain/audit.h"
#include "domain/estate_int.h"
#include <string.h>

const char *const room_use_name[ROOM_USES] = {"residence", "shop", "office", "storage"};
const char *const room_state_name[ROOM_STATES] = {"unsold", "sold",   "delivered", "occupied",
                                                  "rented", "vacant", "decorating"};

#define COLUMNS                                                                                                        \
    "SELECT m.id, m.project_id, m.building_id, b.name, COALESCE(u.name, ''), m.name, m.full_name, m.layout, "          \
    "m.area_e4,"                                                                                                       \
    " m.state, m.version, COALESCE(m.unit_id, 0), m.inner_area_e4, m.floor, m.use, m.owned_from, m.closed_at"          \
    " FROM room m JOIN building b ON b.id = m.building_id LEFT JOIN unit u ON u.id = m.unit_id"
STMT(q_add, "room.add",
     "INSERT INTO room(id, company_id, project_id, building_id, unit_id, name, full_name, norm, layout, area_e4,"
     " inner_area_e4, floor, use, state, created_at)"
     " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)");
STMT(q_find, "room.find",
     "SELECT id FROM room WHERE company_id = $1 AND project_id = $2 AND norm = $3 AND closed_at = 0");
STMT(q_get, "room.get", COLUMNS " WHERE m.company_id = $1 AND m.project_id = $2 AND m.id = $3");
STMT(q_list, "room.list",
     COLUMNS " WHERE m.company_id = $1 AND m.project_id = $2 AND m.id > $3"
             " AND ($4 = '' OR '-' || m.norm LIKE $4 OR '-' || m.norm LIKE $5) AND ($6 = '' OR m.layout = $6)"
             " AND ($7 = '' OR m.use = $7) AND ($8 = '' OR m.state = $8) AND ($9 = 0 OR m.building_id = $9)"
             " AND ($10 = 0 OR m.unit_id = $10) AND ($11 = 0 OR m.floor = $11) AND m.area_e4 >= $12"
             " AND m.area_e4 <= $13 AND ($14 = 1 OR m.closed_at = 0) ORDER BY m.id LIMIT $15");
STMT(q_set, "room.set",
     "UPDATE room SET name = $4, full_name = $5, norm = $6, layout = $7, area_e4 = $8, inner_area_e4 = $9, floor = $10,"
     " use = $11, state = $12, version = version + 1 WHERE id = $1 AND company_id = $2 AND project_id = $3"
     " AND version = $13 AND closed_at = 0");
STMT(
    q_hangs, "room.hangs",
    "SELECT CASE WHEN EXISTS (SELECT 1 FROM party_room WHERE room_id = $2 AND company_id = $1 AND to_day >= $3) THEN 1"
    " WHEN EXISTS (SELECT 1 FROM binding WHERE room_id = $2 AND company_id = $1 AND state IN ('applied', 'active'))"
    " THEN 2 WHEN EXISTS (SELECT 1 FROM bill WHERE company_id = $1 AND room_id = $2"
    " AND state IN ('draft', 'published', 'partial')) THEN 3"
    " WHEN (SELECT COALESCE(SUM(l.credit_fen - l.debit_fen), 0) FROM ledger_line l WHERE l.company_id = $1"
    " AND l.project_id = $4 AND l.account = 'prepaid' AND l.party_id = $2) <> 0 THEN 4"
    " WHEN EXISTS (SELECT 1 FROM fee_assign WHERE company_id = $1 AND project_id = $4 AND room_id = $2 AND to_day >= "
    "$3)"
    " THEN 5 WHEN EXISTS (SELECT 1 FROM parking_space WHERE room_id = $2 AND company_id = $1 AND state = 'open') THEN 6"
    " WHEN EXISTS (SELECT 1 FROM repair WHERE room_id = $2 AND +company_id = $1"
    " AND state NOT IN ('closed', 'cancelled', 'rejected')) THEN 7"
    " WHEN EXISTS (SELECT 1 FROM room_transfer WHERE room_id = $2 AND state = 'planned') THEN 8"
    " WHEN EXISTS (SELECT 1 FROM handover WHERE room_id = $2 AND state IN ('planned', 'notified', 'inspected')) THEN 9"
    " WHEN EXISTS (SELECT 1 FROM fee_charge WHERE company_id = $1 AND project_id = $4 AND room_id = $2"
    " AND state = 'open') THEN 10 WHEN EXISTS (SELECT 1 FROM fee_share_part p JOIN fee_share s ON s.id = p.share_id"
    " WHERE p.company_id = $1 AND p.room_id = $2 AND p.bill_id = 0 AND p.amount_fen > 0 AND s.state = 'open') THEN 11"
    " ELSE 0 END");
STMT(q_close, "room.close",
     "UPDATE room SET closed_at = $4, norm = norm || '~' || CAST(id AS TEXT), version = version + 1 WHERE id = $1"
     " AND company_id = $2 AND project_id = $3 AND version = $5 AND closed_at = 0");
STMT(q_grid, "room.grid",
     "SELECT m.id, m.floor, m.area_e4, CAST(COALESCE(x.open, 0) AS BIGINT), CAST(COALESCE(x.overdue, 0) AS BIGINT),"
     " COALESCE(x.n, 0), COALESCE(u.name, ''), m.name, m.layout, m.state, m.use, CASE WHEN x.n > 0 THEN 1"
     " WHEN EXISTS (SELECT 1 FROM bill p WHERE p.company_id = m.company_id AND p.room_id = m.id AND p.state = 'paid')"
     " THEN 2 ELSE 0 END, COALESCE(m.unit_id, 0), CAST(COALESCE(y.owners, 0) AS BIGINT),"
     " CAST(COALESCE(y.family, 0) AS BIGINT), CAST(COALESCE(y.tenants, 0) AS BIGINT), COALESCE(z.n, 0)"
     " FROM room m LEFT JOIN unit u ON u.id = m.unit_id LEFT JOIN (SELECT b.room_id AS room_id,"
     " SUM(b.amount_fen - b.paid_fen + b.late_fen - b.late_paid_fen) AS open, SUM(CASE WHEN b.due_day < $4 THEN"
     " b.amount_fen - b.paid_fen + b.late_fen - b.late_paid_fen ELSE 0 END) AS overdue, COUNT(*) AS n FROM bill b"
     " WHERE b.company_id = $1 AND b.state IN ('published', 'partial')"
     " AND b.room_id IN (SELECT r.id FROM room r WHERE r.building_id = $3) GROUP BY b.room_id) x ON x.room_id = m.id"
     " LEFT JOIN (SELECT o.room_id AS room_id, SUM(CASE WHEN o.role IN ('owner', 'co_owner') THEN 1 ELSE 0 END) AS "
     "owners,"
     " SUM(CASE WHEN o.role = 'family' THEN 1 ELSE 0 END) AS family,"
     " SUM(CASE WHEN o.role = 'tenant' THEN 1 ELSE 0 END) AS tenants FROM party_room o WHERE o.company_id = $1"
     " AND o.from_day <= $4 AND o.to_day >= $4 AND o.room_id IN (SELECT r.id FROM room r WHERE r.building_id = $3)"
     " GROUP BY o.room_id) y ON y.room_id = m.id LEFT JOIN (SELECT d.room_id AS room_id, COUNT(*) AS n FROM binding d"
     " WHERE d.company_id = $1 AND d.state = 'active' AND d.room_id IN (SELECT r.id FROM room r WHERE r.building_id = "
     "$3)"
     " GROUP BY d.room_id) z ON z.room_id = m.id"
     " WHERE +m.company_id = $1 AND +m.project_id = $2 AND m.building_id = $3 AND m.closed_at = 0"
     " AND ($5 = 0 OR m.unit_id = $5) ORDER BY m.floor DESC, m.unit_id, m.norm, m.id LIMIT $6");

struct names {
    const char *full, *norm;
};

static struct names names_of(struct ctx *cx, const char *building, const char *unit, const char *name)
{
    return (struct names){room_full_name(cx->arena, building, unit, name),
                          room_norm(cx->arena, arena_printf(cx->arena, "%s-%s-%s", building, or_empty(unit), name))};
}

static enum err check(struct ctx *cx, const struct room *in)
{
    if (in->inner_area_e4 > in->area_e4)
        return cx_fail(cx, ERR_INVALID, "inner_area_e4", "套内面积大于建筑面积",
                       "the inner area is larger than the built one");
    if (str_empty(room_norm(cx->arena, in->name)))
        return cx_fail(cx, ERR_INVALID, "name", "房号无效", "not a room's number");
    return OK;
}

enum err room_create(struct ctx *cx, const struct room *in, int64_t *id)
{
    int64_t building = 0, unit = 0;
    enum err e = cx_need_project(cx);
    if (!e)
        e = check(cx, in);
    if (!e)
        e = building_of(cx, in->building, &building);
    if (!e && !str_empty(in->unit))
        e = unit_of(cx, building, in->unit, &unit);
    if (e)
        return e;
    struct names n = names_of(cx, in->building, in->unit, in->name);
    *id = id_new();
    e = db_try(cx, &q_add,
               ARGS(I64(*id), I64(cx->who.company_id), I64(cx->who.project_id), I64(building), ID_OR_NULL(unit),
                    TXT(in->name), TXT(n.full), TXT(n.norm), TXT(or_empty(in->layout)), I64(in->area_e4),
                    I64(in->inner_area_e4), I64(in->floor), TXT(in->use ? in->use : "residence"),
                    TXT(in->state ? in->state : "delivered"), I64(cx->now)),
               NULL);
    if (e == ERR_EXISTS)
        return cx_fail(cx, e, "name", "房间已存在", "the room exists");
    return e ? e : audit_add(cx, "room.create", "room", *id, NULL, NULL);
}

enum err room_find(struct ctx *cx, const char *human, int64_t *id)
{
    *id = 0;
    const char *norm = room_norm(cx->arena, human);
    return str_empty(norm)
               ? OK
               : db_i64(cx, &q_find, ARGS(I64(cx->who.company_id), I64(cx->who.project_id), TXT(norm)), id, NULL);
}

static enum err row(struct ctx *cx, const struct row *r, void *out)
{
    *(struct room *)out = (struct room){.id = row_i64(r, 0),
                                        .project_id = row_i64(r, 1),
                                        .building_id = row_i64(r, 2),
                                        .building = row_text(cx, r, 3),
                                        .unit = row_text(cx, r, 4),
                                        .name = row_text(cx, r, 5),
                                        .full_name = row_text(cx, r, 6),
                                        .layout = row_text(cx, r, 7),
                                        .area_e4 = row_i64(r, 8),
                                        .state = row_text(cx, r, 9),
                                        .version = row_i64(r, 10),
                                        .unit_id = row_i64(r, 11),
                                        .inner_area_e4 = row_i64(r, 12),
                                        .floor = row_i64(r, 13),
                                        .use = row_text(cx, r, 14),
                                        .owned_from = (int32_t)row_i64(r, 15),
                                        .closed_at = row_i64(r, 16)};
    return OK;
}

enum err room_get(struct ctx *cx, int64_t id, struct room *out)
{
    enum err e = db_one(cx, &q_get, ARGS(I64(cx->who.company_id), I64(cx->who.project_id), I64(id)), row, out);
    return e == ERR_NOT_FOUND ? cx_fail(cx, e, "id", "房间不存在", "no such room") : e;
}

static enum err write_history(struct ctx *cx, const struct room *was, const struct room *in)
{
    struct history h = {.cx = cx,
                        .object = HISTORY_ROOM,
                        .project_id = cx->who.project_id,
                        .object_id = in->id,
                        .version = in->version + 1,
                        .reason = in->reason};
    history_text(&h, "name", was->name, in->name);
    history_text(&h, "layout", was->layout, in->layout);
    history_int(&h, "area_e4", was->area_e4, in->area_e4);
    history_int(&h, "inner_area_e4", was->inner_area_e4, in->inner_area_e4);
    history_int(&h, "floor", was->floor, in->floor);
    history_text(&h, "use", was->use, in->use);
    history_text(&h, "state", was->state, in->state);
    return h.e;
}

static const char *room_json(struct ctx *cx, const struct room *m)
{
    struct jw w;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    kv_str(&w, "name", m->name);
    kv_str(&w, "layout", m->layout);
    kv_int(&w, "area_e4", m->area_e4);
    kv_int(&w, "inner_area_e4", m->inner_area_e4);
    kv_str(&w, "state", m->state);
    jw_end(&w);
    return jw_text(&w);
}

enum err room_change(struct ctx *cx, const struct room *in)
{
    struct room was;
    int64_t changed = 0;
    enum err e = room_get(cx, in->id, &was);
    if (!e && was.closed_at)
        e = cx_fail(cx, ERR_STATE, "id", "房间已停用", "the room is closed");
    if (!e)
        e = check(cx, in);
    if (e)
        return e;
    struct names n = names_of(cx, was.building, was.unit, in->name);
    e = db_try(cx, &q_set,
               ARGS(I64(in->id), I64(cx->who.company_id), I64(cx->who.project_id), TXT(in->name), TXT(n.full),
                    TXT(n.norm), TXT(in->layout), I64(in->area_e4), I64(in->inner_area_e4), I64(in->floor),
                    TXT(in->use), TXT(in->state), I64(in->version)),
               &changed);
    if (e == ERR_EXISTS)
        return cx_fail(cx, e, "name", "房间已存在", "the room exists");
    if (!e && !changed)
        e = cx_fail(cx, ERR_CONFLICT, NULL, CHANGED_ZH, CHANGED_EN);
    if (!e)
        e = write_history(cx, &was, in);
    return e ? e : audit_add(cx, "room.change", "room", in->id, room_json(cx, &was), room_json(cx, in));
}

enum err room_close(struct ctx *cx, int64_t id, int64_t version, const char *reason)
{
    static const struct {
        const char *zh, *en;
    } why[] = {
        {NULL,                             NULL                    },
        {"还有业主或住户档案",    "people of the register"},
        {"还有住户绑定",             "residents bound to it" },
        {"还有未结清的账单",       "open bills"            },
        {"还有预存款",                "prepaid money"         },
        {"还有收费项目",             "fee items"             },
        {"还有车位",                   "a parking space"       },
        {"还有未完成的报修",       "open repairs"          },
        {"还有待生效的过户",       "a transfer to come"    },
        {"还有进行中的交房",       "a handover under way"  },
        {"还有未出账的单笔收费", "charges to be billed"  },
        {"还有未出账的公摊",       "shares to be billed"   },
    };
    struct room was;
    int64_t hangs = 0;
    enum err e = room_get(cx, id, &was);
    if (!e)
        e = db_i64(cx, &q_hangs,
                   ARGS(I64(cx->who.company_id), I64(id), I64(clock_day(cx->now)), I64(cx->who.project_id)), &hangs,
                   NULL);
    if (!e && hangs)
        e = cx_fail(cx, ERR_STATE, "id", "不能停用房间:%s", "the room cannot be closed: there are %s",
                    cx->english ? why[hangs].en : why[hangs].zh);
    if (!e)
        e = db_change_one(cx, &q_close,
                          ARGS(I64(id), I64(cx->who.company_id), I64(cx->who.project_id), I64(cx->now), I64(version)),
                          ERR_CONFLICT, CHANGED_ZH, CHANGED_EN);
    if (e)
        return e;
    struct history h = {.cx = cx,
                        .object = HISTORY_ROOM,
                        .project_id = cx->who.project_id,
                        .object_id = id,
                        .version = version + 1,
                        .reason = reason};
    history_text(&h, "closed", NULL, "closed");
    return h.e ? h.e : audit_add(cx, "room.close", "room", id, NULL, NULL);
}

struct rooms {
    room_fn *fn;
    void *arg;
};

static enum err on_room(struct ctx *cx, const struct row *r, void *out)
{
    struct rooms *l = out;
    struct room m;
    enum err e = row(cx, r, &m);
    l->fn(l->arg, &m);
    return e;
}

enum err room_query(struct ctx *cx, const struct room_filter *f, int64_t after_id, int64_t limit, room_fn *fn,
                    void *arg)
{
    struct rooms l = {fn, arg};
    const char *like[2];
    room_like(cx->arena, f->search, like);
    return db_each(cx, &q_list,
                   ARGS(I64(cx->who.company_id), I64(cx->who.project_id), I64(after_id), TXT(like[0]), TXT(like[1]),
                        TXT(or_empty(f->layout)), TXT(or_empty(f->use)), TXT(or_empty(f->state)), I64(f->building_id),
                        I64(f->unit_id), I64(f->floor), I64(f->area_min_e4),
                        I64(f->area_max_e4 ? f->area_max_e4 : INT64_MAX), I64(f->closed), I64(limit)),
                   on_room, &l);
}

enum err room_list(struct ctx *cx, const char *search, int64_t after_id, int64_t limit, room_fn *fn, void *arg)
{
    return room_query(cx, &(struct room_filter){.search = search}, after_id, limit, fn, arg);
}

struct cells {
    room_cell_fn *fn;
    void *arg;
    int n;
};

static enum err on_cell(struct ctx *cx, const struct row *r, void *out)
{
    struct cells *l = out;
    if (l->n++ == GRID_ROOMS)
        return cx_fail(cx, ERR_INVALID, "unit_id", "该楼栋超过 %d 间房,请按单元查看",
                       "more than %d rooms: ask for one unit at a time", GRID_ROOMS);
    struct room_cell c = {.id = row_i64(r, 0),
                          .floor = row_i64(r, 1),
                          .area_e4 = row_i64(r, 2),
                          .open_fen = row_i64(r, 3),
                          .overdue_fen = row_i64(r, 4),
                          .bills = row_i64(r, 5),
                          .unit = row_text(cx, r, 6),
                          .name = row_text(cx, r, 7),
                          .layout = row_text(cx, r, 8),
                          .state = row_text(cx, r, 9),
                          .use = row_text(cx, r, 10),
                          .unit_id = row_i64(r, 12),
                          .owners = row_i64(r, 13),
                          .family = row_i64(r, 14),
                          .tenants = row_i64(r, 15),
                          .accounts = row_i64(r, 16)};
    int64_t money = row_i64(r, 11);
    c.money = money == 0 ? "none" : money == 2 ? "paid" : c.overdue_fen > 0 ? "overdue" : "owing";
    l->fn(l->arg, &c);
    return OK;
}

enum err room_grid(struct ctx *cx, int64_t building_id, int64_t unit_id, room_cell_fn *fn, void *arg)
{
    struct cells l = {fn, arg, 0};
    struct building b;
    enum err e = building_get(cx, building_id, &b);
    return e ? e
             : db_each(cx, &q_grid,
                       ARGS(I64(cx->who.company_id), I64(cx->who.project_id), I64(building_id), I64(clock_day(cx->now)),
                            I64(unit_id), I64(GRID_ROOMS + 1)),
                       on_cell, &l);
}
