/* import_undo.c - taking back what an import has made, in reverse order, as long as nobody has used it: changed by hand,
 * billed, repaired, lived in. What the import itself has tied to it goes with it. SPDX-License-Identifier: MIT */
#include "domain/estate.h"
#include "domain/import_place.h"
#include "platform/store/db.h"

STMT(q_tie, "import_undo.tie",
     "SELECT room_id, party_id, version, created_at FROM party_room WHERE id = $1 AND company_id = $2");
STMT(q_binding, "import_undo.binding",
     "DELETE FROM binding WHERE room_id = $1 AND party_id = $2 AND company_id = $3 AND created_at = $4");
STMT(q_liable, "import_undo.liable", "DELETE FROM fee_liable WHERE room_id = $1 AND party_id = $2 AND company_id = $3");
STMT(q_tie_gone, "import_undo.tie_gone", "DELETE FROM party_room WHERE id = $1 AND version = 1");
/* "> 0": so the partial indexes are found */
STMT(q_party_used, "import_undo.party_used",
     "SELECT (SELECT COUNT(*) FROM party WHERE id = $1 AND version > 1)"
     " + (SELECT COUNT(*) FROM bill WHERE party_id = $1 AND party_id > 0)"
     " + (SELECT COUNT(*) FROM binding WHERE party_id = $1 AND party_id > 0)"
     " + (SELECT COUNT(*) FROM fee_liable WHERE party_id = $1 AND party_id > 0)"
     " + (SELECT COUNT(*) FROM pii_reveal WHERE company_id = $2 AND party_id = $1)"
     " + (SELECT COUNT(*) FROM parking_space WHERE party_id = $1 AND party_id > 0)"
     " + (SELECT COUNT(*) FROM party_room WHERE party_id = $1)");
STMT(q_phones_gone, "import_undo.phones_gone", "DELETE FROM party_phone WHERE party_id = $1 AND company_id = $2");
STMT(q_party_gone, "import_undo.party_gone", "DELETE FROM party WHERE id = $1 AND company_id = $2 AND version = 1");
STMT(q_room, "import_undo.room",
     "SELECT full_name, COALESCE(unit_id, 0), building_id, created_at FROM room WHERE id = $1 AND company_id = $2");
STMT(q_parking, "import_undo.parking",
     "SELECT COUNT(*) FROM parking_space WHERE room_id = $1 AND room_id > 0 AND company_id = $2");
STMT(q_room_gone, "import_undo.room_gone", "DELETE FROM room WHERE id = $1 AND company_id = $2 AND version = 1");
/* What came into being with the room and nobody else lives in, or has put something into */
STMT(q_unit_gone, "import_undo.unit_gone",
     "DELETE FROM unit WHERE id = $1 AND company_id = $2 AND created_at = $3"
     " AND NOT EXISTS (SELECT 1 FROM room m WHERE m.unit_id = unit.id)");
STMT(q_building_gone, "import_undo.building_gone",
     "DELETE FROM building WHERE id = $1 AND company_id = $2 AND created_at = $3"
     " AND NOT EXISTS (SELECT 1 FROM room m WHERE m.building_id = building.id)"
     " AND NOT EXISTS (SELECT 1 FROM unit u WHERE u.building_id = building.id)"
     " AND NOT EXISTS (SELECT 1 FROM facility f WHERE f.building_id = building.id)");

struct tie {
    int64_t room, party, version, created_at;
};

static enum err on_tie(struct ctx *cx, const struct row *r, void *out)
{
    (void)cx;
    *(struct tie *)out = (struct tie){row_i64(r, 0), row_i64(r, 1), row_i64(r, 2), row_i64(r, 3)};
    return OK;
}

enum err import_used(struct ctx *cx, const char *zh, const char *en)
{
    cx->why = (struct why){"file", arena_printf(cx->arena, "不能撤销:%s", zh),
                           arena_printf(cx->arena, "cannot be undone: %s", en)};
    return ERR_STATE;
}

static enum err untie(struct ctx *cx, int64_t id)
{
    struct tie t = {0};
    enum err e = db_one(cx, &q_tie, ARGS(I64(id), I64(cx->who.company_id)), on_tie, &t);
    if (e == ERR_NOT_FOUND || (!e && t.version > 1))
        return import_used(cx, "人房关系已被修改", "who belongs to a room was changed");
    if (!e) /* rights first: sockets and caches must hear of it */
        e = binding_end_party(cx, t.party, 0, t.room, "导入撤销");
    if (!e)
        e = db_exec(cx, &q_binding, ARGS(I64(t.room), I64(t.party), I64(cx->who.company_id), I64(t.created_at)), NULL);
    if (!e)
        e = db_exec(cx, &q_liable, ARGS(I64(t.room), I64(t.party), I64(cx->who.company_id)), NULL);
    return e ? e : db_exec(cx, &q_tie_gone, ARGS(I64(id)), NULL);
}

static enum err unmake_party(struct ctx *cx, int64_t id)
{
    int64_t n = 0;
    enum err e = db_i64(cx, &q_party_used, ARGS(I64(id), I64(cx->who.company_id)), &n, NULL);
    if (!e && n)
        return import_used(cx, "导入的人员已有修改、账单或其他记录", "an imported person was changed, billed or used");
    if (!e)
        e = db_exec(cx, &q_phones_gone, ARGS(I64(id), I64(cx->who.company_id)), NULL);
    return e ? e : db_exec(cx, &q_party_gone, ARGS(I64(id), I64(cx->who.company_id)), NULL);
}

struct place_of {
    const char *name;
    int64_t unit, building, created_at;
};

static enum err on_room(struct ctx *cx, const struct row *r, void *out)
{
    *(struct place_of *)out = (struct place_of){row_text(cx, r, 0), row_i64(r, 1), row_i64(r, 2), row_i64(r, 3)};
    return OK;
}

/* Bills, repairs, meters and the like refer to the room: the engine refuses to let it go. */
static enum err unmake_room(struct ctx *cx, int64_t id)
{
    struct place_of p = {.name = NULL};
    const struct arg company = I64(cx->who.company_id);
    int64_t parking = 0, changed = 0;
    enum err e = db_one(cx, &q_room, ARGS(I64(id), company), on_room, &p);
    if (!e)
        e = db_i64(cx, &q_parking, ARGS(I64(id), I64(cx->who.company_id)), &parking, NULL);
    if (!e && !parking)
        e = db_exec(cx, &q_room_gone, ARGS(I64(id), I64(cx->who.company_id)), &changed);
    if (e && e != ERR_INVALID && e != ERR_NOT_FOUND)
        return e;
    if (e || !changed)
        return import_used(cx, arena_printf(cx->arena, "房屋 %s 已被使用", or_empty(p.name)),
                           arena_printf(cx->arena, "room %s was used", or_empty(p.name)));
    e = db_exec(cx, &q_unit_gone, ARGS(I64(p.unit), company, I64(p.created_at)), NULL);
    return e ? e : db_exec(cx, &q_building_gone, ARGS(I64(p.building), company, I64(p.created_at)), NULL);
}

enum err import_unmake(struct ctx *cx, const char *object, int64_t object_id)
{
    if (str_eq(object, "party_room"))
        return untie(cx, object_id);
    return str_eq(object, "party") ? unmake_party(cx, object_id) : unmake_room(cx, object_id);
}
