/* owner_query.c - reading the register: one entry, its rooms, lists by many conditions. SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "domain/owner_int.h"
#include "platform/crypto/crypto.h"

/* Open bills that are this entry's: named by it, or of rooms it owns now and of nobody else by name. $1 company, $3 today. Two
 * questions, since each has an index of its own. */
#define NAMED_FROM " FROM bill b WHERE b.party_id = p.id AND b.party_id > 0 AND b.state IN ('published', 'partial')"
#define ROOMS_FROM                                                                                                     \
    " FROM bill b JOIN room m ON m.id = b.room_id AND m.owned_from <= b.period_from WHERE b.company_id = $1"           \
    " AND b.room_id IN (SELECT x.room_id FROM party_room x WHERE x.party_id = p.id AND x.role IN ('owner', "           \
    "'co_owner')"                                                                                                      \
    " AND x.from_day <= $3 AND x.to_day >= $3) AND b.party_id = 0 AND b.state IN ('published', 'partial')"
#define OPEN_SUM "COALESCE(SUM(b.amount_fen - b.paid_fen + b.late_fen - b.late_paid_fen), 0)"
#define COLUMNS                                                                                                        \
    "SELECT p.id, p.version, p.created_at, p.changed_at, p.kind, p.name, p.email_hint, p.idno_hint, p.wechat_hint,"    \
    " p.emergency_hint, p.note, p.state, (SELECT f.phone_hint FROM party_phone f WHERE f.party_id = p.id ORDER BY"     \
    " f.n LIMIT 1), (SELECT COUNT(DISTINCT x.room_id) FROM party_room x WHERE x.party_id = p.id AND x.to_day >= $3),"  \
    " (SELECT m.full_name FROM party_room x JOIN room m ON m.id = x.room_id WHERE x.party_id = p.id AND x.to_day"      \
    " >= $3 ORDER BY x.id LIMIT 1), CAST((SELECT " OPEN_SUM NAMED_FROM ") + (SELECT " OPEN_SUM ROOMS_FROM              \
    ") AS BIGINT)"                                                                                                     \
    " FROM party p WHERE p.company_id = $1 AND p.project_id = $2"
STMT(q_get, "party.get", COLUMNS " AND p.id = $4");
STMT(q_list, "party.list",
     COLUMNS " AND p.id < $4 AND ($5 = 0 OR p.id = $5) AND ($6 = '' OR p.name LIKE $6) AND ($7 = '' OR p.kind = $7)"
             " AND p.created_at >= $8 AND p.created_at <= $9 AND ($10 = 1 OR p.state = 'active')"
             " AND (p.email_idx = $11 OR length($11) = 0) AND ($12 = 0 OR EXISTS (SELECT 1 FROM party_room x"
             " JOIN room m ON m.id = x.room_id WHERE x.party_id = p.id AND x.to_day >= $3"
             " AND ($13 = '' OR '-' || m.norm LIKE $13 OR '-' || m.norm LIKE $14) AND ($15 = 0 OR m.building_id = $15)"
             " AND ($16 = '' OR m.layout = $16) AND m.area_e4 >= $17 AND m.area_e4 <= $18"
             " AND ($19 = '' OR m.state = $19) AND ($20 = '' OR x.role = $20)))"
             " AND ($21 = 0 OR ($21 = 1) = (EXISTS (SELECT 1" NAMED_FROM ") OR EXISTS (SELECT 1" ROOMS_FROM
             "))) ORDER BY p.id DESC LIMIT $22");
STMT(q_phones, "party_phone.hints",
     "SELECT f.n, f.label, f.phone_hint FROM party_phone f WHERE f.party_id = $1 AND f.company_id = $2"
     " AND f.project_id = $3 ORDER BY f.n");
#define ROOM_COLUMNS                                                                                                   \
    "SELECT x.id, x.party_id, x.room_id, x.share_n, x.share_d, x.version, m.area_e4, x.from_day, x.to_day, x.role,"    \
    " m.full_name, m.layout, m.state, p.name, COALESCE((SELECT f.phone_hint FROM party_phone f WHERE f.party_id = "    \
    "p.id"                                                                                                             \
    " ORDER BY f.n LIMIT 1), ''), x.pays FROM party_room x JOIN room m ON m.id = x.room_id"                            \
    " JOIN party p ON p.id = x.party_id WHERE x.company_id = $1 AND x.project_id = $2"
STMT(q_rooms, "party_room.of_party", ROOM_COLUMNS " AND x.party_id = $3 ORDER BY x.to_day DESC, x.id LIMIT 500");
STMT(q_people, "party_room.of_room", ROOM_COLUMNS " AND x.room_id = $3 ORDER BY x.to_day DESC, x.id LIMIT 500");

static enum err row(struct ctx *cx, const struct row *r, void *out)
{
    *(struct owner *)out = (struct owner){.id = row_i64(r, 0),
                                          .version = row_i64(r, 1),
                                          .created_at = row_i64(r, 2),
                                          .changed_at = row_i64(r, 3),
                                          .kind = row_text(cx, r, 4),
                                          .name = row_text(cx, r, 5),
                                          .email_hint = row_text(cx, r, 6),
                                          .idno_hint = row_text(cx, r, 7),
                                          .wechat_hint = row_text(cx, r, 8),
                                          .emergency_hint = row_text(cx, r, 9),
                                          .note = row_text(cx, r, 10),
                                          .state = row_text(cx, r, 11),
                                          .phone_hint = row_text(cx, r, 12),
                                          .rooms = row_i64(r, 13),
                                          .room = row_text(cx, r, 14),
                                          .open_fen = row_i64(r, 15)};
    return OK;
}

enum err owner_get(struct ctx *cx, int64_t id, struct owner *out)
{
    enum err e = db_one(
        cx, &q_get, ARGS(I64(cx->who.company_id), I64(cx->who.project_id), I64(clock_day(cx->now)), I64(id)), row, out);
    return e == ERR_NOT_FOUND ? cx_fail(cx, e, "id", "业主档案不存在", "no such entry of the register") : e;
}

struct owners {
    owner_fn *fn;
    void *arg;
};

static enum err on_owner(struct ctx *cx, const struct row *r, void *out)
{
    struct owners *l = out;
    struct owner o;
    enum err e = row(cx, r, &o);
    l->fn(l->arg, &o);
    return e;
}

/* Searched-for text with the store's wild cards taken out. */
static const char *like_of(struct ctx *cx, const char *s)
{
    if (str_empty(s))
        return "";
    char *p = arena_strdup(cx->arena, s);
    for (char *c = p; *c; c++)
        if (*c == '%' || *c == '_')
            *c = ' ';
    return arena_printf(cx->arena, "%%%s%%", p);
}

enum err owner_list(struct ctx *cx, const struct owner_filter *f, int64_t before, int64_t limit, owner_fn *fn,
                    void *arg)
{
    struct owners l = {fn, arg};
    uint8_t idx[16];
    const char *like[2];
    int64_t only = 0;
    room_like(cx->arena, f->room, like);
    bool by_room = *like[0] || f->building_id || !str_empty(f->layout) || f->area_min_e4 || f->area_max_e4 ||
                   !str_empty(f->room_state) || !str_empty(f->role);
    if (!str_empty(f->email))
        pii_index(cx->who.company_id, f->email, idx);
    if (!str_empty(f->phone)) {
        enum err e = owner_find_by_phone(cx, f->phone, &only);
        if (e || !only)
            return e;
    }
    return db_each(cx, &q_list,
                   ARGS(I64(cx->who.company_id), I64(cx->who.project_id), I64(clock_day(cx->now)),
                        I64(before ? before : INT64_MAX), I64(only), TXT(like_of(cx, f->name)), TXT(or_empty(f->kind)),
                        I64(f->created_from), I64(f->created_to ? f->created_to : INT64_MAX), I64(f->closed),
                        str_empty(f->email) ? BLOB("", 0) : BLOB(idx, 16), I64(by_room), TXT(like[0]), TXT(like[1]),
                        I64(f->building_id), TXT(or_empty(f->layout)), I64(f->area_min_e4),
                        I64(f->area_max_e4 ? f->area_max_e4 : INT64_MAX), TXT(or_empty(f->room_state)),
                        TXT(or_empty(f->role)), I64(f->owing), I64(limit)),
                   on_owner, &l);
}

struct phones {
    owner_phone_fn *fn;
    void *arg;
};

static enum err on_phone(struct ctx *cx, const struct row *r, void *out)
{
    struct phones *l = out;
    struct owner_phone_hint p = {row_i64(r, 0), row_text(cx, r, 1), row_text(cx, r, 2)};
    l->fn(l->arg, &p);
    return OK;
}

enum err owner_phones(struct ctx *cx, int64_t id, owner_phone_fn *fn, void *arg)
{
    struct phones l = {fn, arg};
    return db_each(cx, &q_phones, ARGS(I64(id), I64(cx->who.company_id), I64(cx->who.project_id)), on_phone, &l);
}

struct rooms {
    owner_room_fn *fn;
    void *arg;
};

static enum err on_room(struct ctx *cx, const struct row *r, void *out)
{
    struct rooms *l = out;
    struct owner_room x = {.id = row_i64(r, 0),
                           .party_id = row_i64(r, 1),
                           .room_id = row_i64(r, 2),
                           .share_n = row_i64(r, 3),
                           .share_d = row_i64(r, 4),
                           .version = row_i64(r, 5),
                           .area_e4 = row_i64(r, 6),
                           .from_day = (int32_t)row_i64(r, 7),
                           .to_day = (int32_t)row_i64(r, 8),
                           .role = row_text(cx, r, 9),
                           .room = row_text(cx, r, 10),
                           .layout = row_text(cx, r, 11),
                           .state = row_text(cx, r, 12),
                           .party = row_text(cx, r, 13),
                           .phone_hint = row_text(cx, r, 14),
                           .pays = row_i64(r, 15) != 0};
    l->fn(l->arg, &x);
    return OK;
}

enum err owner_rooms(struct ctx *cx, int64_t id, owner_room_fn *fn, void *arg)
{
    struct rooms l = {fn, arg};
    return db_each(cx, &q_rooms, ARGS(I64(cx->who.company_id), I64(cx->who.project_id), I64(id)), on_room, &l);
}

enum err owner_of_room(struct ctx *cx, int64_t room_id, owner_room_fn *fn, void *arg)
{
    struct rooms l = {fn, arg};
    struct room m;
    enum err e = room_get(cx, room_id, &m);
    return e ? e
             : db_each(cx, &q_people, ARGS(I64(cx->who.company_id), I64(cx->who.project_id), I64(room_id)), on_room,
                       &l);
}
