/* handover.c - the machine of handovers as data, the list of a project, planning, reading. SPDX-License-Identifier: MIT */
#include "domain/handover.h"
#include "base/clock.h"
#include "base/id.h"
#include "domain/audit.h"
#include "domain/estate.h"
#include "domain/handover_int.h"

const char *const handover_state_name[HS_COUNT] = {"planned", "notified", "inspected", "handed_over", "cancelled"};
const char *const handover_event_name[HE_COUNT] = {"change", "notify", "inspect", "hand_over", "cancel"};
const char *const handover_result_name[HR_COUNT] = {"", "ok", "failed", "none"};
static const char *const actor_name[] = {"desk"};

#define H(s) FSM_IN(HS_##s)
/* clang-format off */
static const struct fsm_edge edges[] = {
    {H(PLANNED) | H(NOTIFIED),                HE_CHANGE,    FSM_SAME,       HA_DESK, "another day; who was told is told again"},
    {H(PLANNED) | H(NOTIFIED),                HE_NOTIFY,    HS_NOTIFIED,    HA_DESK, "the owner by the register hears of room and day"},
    {H(NOTIFIED) | H(INSPECTED),              HE_INSPECT,   HS_INSPECTED,   HA_DESK, "every item of the list answered; failed ones become repair orders, one a kind of fault, once"},
    {H(INSPECTED),                            HE_HAND_OVER, HS_HANDED_OVER, HA_DESK, "keys, first readings, signature; the room's state changes; fees begin when a manager says which"},
    {H(PLANNED) | H(NOTIFIED) | H(INSPECTED), HE_CANCEL,    HS_CANCELLED,   HA_DESK, "with a reason; repair orders stay"},
};
static const char *const own_list[] = {"墙面、地面与顶棚", "门窗与锁具", "给水、排水与地漏", "强电、弱电与开关插座", "厨卫防水与烟道",
                                       "阳台、栏杆与空调孔", "水、电、气表", "对讲与智能设备"};
/* clang-format on */
const struct fsm handover_fsm = {.name = "handover",
                                 .state = handover_state_name,
                                 .event = handover_event_name,
                                 .actor = actor_name,
                                 .nstate = HS_COUNT,
                                 .nevent = HE_COUNT,
                                 .nactor = COUNT(actor_name),
                                 .edge = edges,
                                 .nedge = COUNT(edges)};

#define COLUMNS                                                                                                        \
    "SELECT h.id, h.company_id, h.project_id, h.room_id, h.party_id, h.keys_n, h.signature_id, h.version,"             \
    " h.created_at, h.changed_at, h.day, h.handed_day, h.fee_from, h.state, m.full_name, p.name, h.note, h.reason,"    \
    " h.room_state FROM handover h JOIN room m ON m.id = h.room_id LEFT JOIN party p ON p.id = h.party_id"
STMT(q_get, "handover.get", COLUMNS " WHERE h.id = $1 AND h.company_id = $2 AND h.project_id = $3");
STMT(q_list, "handover.list",
     COLUMNS
     " WHERE h.company_id = $1 AND h.project_id = $2 AND ($3 = '' OR h.state = $3) AND ($4 = 0 OR h.room_id = $4)"
     " AND ($5 = 0 OR m.building_id = $5) AND ($6 = 0 OR h.day >= $6) AND ($7 = 0 OR h.day <= $7)"
     " AND ($8 = 0 OR h.id < $8) ORDER BY h.id DESC LIMIT $9");
STMT(q_items, "handover_item.list",
     "SELECT name, fault_type_id FROM handover_item WHERE company_id = $1 AND project_id = $2 ORDER BY n");
STMT(q_items_off, "handover_item.off", "DELETE FROM handover_item WHERE company_id = $1 AND project_id = $2");
STMT(q_item, "handover_item.add",
     "INSERT INTO handover_item(company_id, project_id, n, name, fault_type_id) VALUES ($1, $2, $3, $4, $5)");
STMT(q_type, "handover_item.type",
     "SELECT id FROM fault_type WHERE id = $1 AND company_id = $2 AND enabled = 1 AND place <> 'public'");
STMT(q_room, "handover.room",
     "SELECT id FROM room WHERE id = $1 AND company_id = $2 AND project_id = $3 AND closed_at = 0");
STMT(
    q_open, "handover.open",
    "SELECT id FROM handover WHERE room_id = $1 AND company_id = $2 AND state IN ('planned', 'notified', 'inspected')");
STMT(q_add, "handover.add",
     "INSERT INTO handover(id, company_id, project_id, room_id, party_id, state, day, note, created_by, created_at,"
     " changed_at) VALUES ($1, $2, $3, $4, $5, 'planned', $6, $7, $8, $9, $9)");
STMT(q_check, "handover_check.add",
     "INSERT INTO handover_check(handover_id, n, name, fault_type_id) VALUES ($1, $2, $3, $4)");
STMT(q_checks, "handover_check.list",
     "SELECT n, name, result, note, repair_id, at FROM handover_check WHERE handover_id = $1 ORDER BY n");
STMT(q_photos, "handover_file.list", "SELECT n, file_id FROM handover_file WHERE handover_id = $1 ORDER BY n, file_id");
STMT(q_meters, "handover_meter.list",
     "SELECT v.meter_id, v.reading_e3, t.serial, f.name FROM handover_meter v JOIN meter t ON t.id = v.meter_id"
     " JOIN fee_item f ON f.id = t.item_id WHERE v.handover_id = $1 ORDER BY t.serial, v.meter_id");
STMT(q_room_meters, "handover_meter.of_room",
     "SELECT t.id, CAST(0 AS BIGINT), t.serial, f.name FROM meter t JOIN fee_item f ON f.id = t.item_id"
     " WHERE t.company_id = $1 AND t.room_id = $2 AND t.from_day <= $3 AND t.to_day >= $3 ORDER BY t.serial, t.id");
STMT(q_history, "handover_event.list",
     "SELECT n, at, event, from_state, to_state, actor, note FROM handover_event WHERE handover_id = $1 ORDER BY n");
STMT(q_event, "handover_event.add",
     "INSERT INTO handover_event(handover_id, n, event, from_state, to_state, account_id, actor, note, at)"
     " VALUES ($1, (SELECT COALESCE(MAX(n), 0) + 1 FROM handover_event WHERE handover_id = $1), $2, $3, $4, $5, $6, $7,"
     " $8)");

/* ---- the list ---- */

struct items {
    handover_item_fn *fn;
    void *arg;
    size_t n;
};

static enum err on_item(struct ctx *cx, const struct row *r, void *out)
{
    struct items *l = out;
    const struct handover_item i = {.name = row_text(cx, r, 0), .fault_type_id = row_i64(r, 1)};
    l->fn(l->arg, &i);
    l->n++;
    return OK;
}

enum err handover_items(struct ctx *cx, handover_item_fn *fn, void *arg)
{
    struct items l = {fn, arg, 0};
    enum err e = db_each(cx, &q_items, ARGS(I64(cx->who.company_id), I64(cx->who.project_id)), on_item, &l);
    for (size_t i = 0; i < COUNT(own_list) && !e && !l.n; i++)
        fn(arg, &(struct handover_item){.name = own_list[i]});
    return e;
}

enum err handover_items_set(struct ctx *cx, const struct handover_item *v, size_t n)
{
    const struct arg company = I64(cx->who.company_id), project = I64(cx->who.project_id);
    enum err e = cx_need_project(cx);
    if (!e)
        e = db_exec(cx, &q_items_off, ARGS(company, project), NULL);
    for (size_t i = 0; i < n && !e; i++) {
        int64_t id = 0;
        bool found = true;
        if (v[i].fault_type_id)
            e = db_i64(cx, &q_type, ARGS(I64(v[i].fault_type_id), company), &id, &found);
        if (!e && !found)
            return cx_fail(cx, ERR_INVALID, arena_printf(cx->arena, "items[%zu].fault_type_id", i),
                           "报修类型不存在或不适用于房屋", "no such fault type for rooms");
        if (!e)
            e = db_exec(cx, &q_item, ARGS(company, project, I64(i + 1), TXT(v[i].name), I64(v[i].fault_type_id)), NULL);
    }
    return e ? e : audit_add(cx, "handover_item.set", "project", cx->who.project_id, NULL, NULL);
}

/* ---- planning ---- */

struct list {
    struct ctx *cx;
    struct handover_item v[HANDOVER_ITEMS];
    size_t n;
};

static void keep_item(void *arg, const struct handover_item *i)
{
    struct list *l = arg;
    if (l->n < COUNT(l->v))
        l->v[l->n++] = *i;
}

enum err handover_day(struct ctx *cx, int32_t day)
{
    int32_t today = clock_day(cx->now);
    return clock_day_valid(day) && day >= today && day <= clock_day_add(today, 3660)
               ? OK
               : cx_fail(cx, ERR_INVALID, "day", "日期无效或已过", "not a day to come");
}

enum err handover_log(struct ctx *cx, const struct handover *h, int event, int from, const char *note)
{
    struct jw w;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    kv_id(&w, "handover_id", h->id);
    kv_id(&w, "room_id", h->room_id);
    kv_str(&w, "state", handover_state_name[h->state]);
    kv_int(&w, "day", h->day);
    jw_end(&w);
    cx_emit(cx, topic_board(cx, h->project_id), "handover.status", jw_text(&w));
    return db_exec(cx, &q_event,
                   ARGS(I64(h->id), TXT(event < 0 ? "plan" : handover_event_name[event]),
                        TXT(from < 0 ? "" : handover_state_name[from]), TXT(handover_state_name[h->state]),
                        I64(cx->who.id), TXT(or_empty(cx->who.name)), TXT(or_empty(note)), I64(cx->now)),
                   NULL);
}

static enum err plan_one(struct ctx *cx, int64_t room_id, int32_t day, const char *note, const struct list *items,
                         struct handover *h)
{
    struct room_owner owner;
    int64_t id = 0;
    bool found = false;
    enum err e = db_i64(cx, &q_room, ARGS(I64(room_id), I64(cx->who.company_id), I64(cx->who.project_id)), &id, &found);
    if (!e && !found)
        return ERR_NOT_FOUND;
    if (!e)
        e = owner_at(cx, room_id, day, &owner);
    if (e)
        return e;
    *h = (struct handover){
        .id = id_new(), .project_id = cx->who.project_id, .room_id = room_id, .party_id = owner.party_id, .day = day};
    e = db_exec(cx, &q_add,
                ARGS(I64(h->id), I64(cx->who.company_id), I64(h->project_id), I64(room_id), I64(h->party_id), I64(day),
                     TXT(or_empty(note)), I64(cx->who.id), I64(cx->now)),
                NULL);
    for (size_t i = 0; i < items->n && !e; i++)
        e = db_exec(cx, &q_check, ARGS(I64(h->id), I64(i + 1), TXT(items->v[i].name), I64(items->v[i].fault_type_id)),
                    NULL);
    if (!e)
        e = handover_log(cx, h, -1, -1, note);
    return e ? e : audit_add(cx, "handover.plan", "handover", h->id, NULL, NULL);
}

enum err handover_plan(struct ctx *cx, const int64_t *rooms, size_t n, int32_t day, const char *note,
                       handover_made_fn *fn, void *arg)
{
    struct list *items = arena_alloc(cx->arena, sizeof *items);
    items->n = 0;
    enum err e = cx_need_project(cx);
    if (!e)
        e = handover_day(cx, day);
    if (!e)
        e = handover_items(cx, keep_item, items);
    for (size_t i = 0; i < n && !e; i++) {
        struct handover h;
        int64_t id = 0;
        bool open = false;
        e = db_i64(cx, &q_open, ARGS(I64(rooms[i]), I64(cx->who.company_id)), &id, &open);
        if (e || open)
            continue;
        e = plan_one(cx, rooms[i], day, note, items, &h);
        if (e == ERR_NOT_FOUND)
            return cx_fail(cx, ERR_INVALID, arena_printf(cx->arena, "rooms[%zu]", i), "房间不存在或已停用",
                           "no such room, or out of use");
        if (!e)
            fn(arg, h.id, rooms[i]);
    }
    return e;
}

/* ---- reading ---- */

static enum err on_row(struct ctx *cx, const struct row *r, void *out)
{
    struct handover *h = out;
    *h = (struct handover){.id = row_i64(r, 0),
                           .company_id = row_i64(r, 1),
                           .project_id = row_i64(r, 2),
                           .room_id = row_i64(r, 3),
                           .party_id = row_i64(r, 4),
                           .keys = row_i64(r, 5),
                           .signature_id = row_i64(r, 6),
                           .version = row_i64(r, 7),
                           .created_at = row_i64(r, 8),
                           .changed_at = row_i64(r, 9),
                           .day = (int32_t)row_i64(r, 10),
                           .handed_day = (int32_t)row_i64(r, 11),
                           .fee_from = (int32_t)row_i64(r, 12),
                           .state = str_index(handover_state_name, HS_COUNT, row_text(cx, r, 13)),
                           .room = row_text(cx, r, 14),
                           .person = row_text(cx, r, 15),
                           .note = row_text(cx, r, 16),
                           .reason = row_text(cx, r, 17),
                           .room_state = row_text(cx, r, 18)};
    return h->state < 0 ? ERR_INTERNAL : OK;
}

enum err handover_get(struct ctx *cx, int64_t id, struct handover *out)
{
    enum err e = db_one(cx, &q_get, ARGS(I64(id), I64(cx->who.company_id), I64(cx->who.project_id)), on_row, out);
    return e == ERR_NOT_FOUND ? cx_fail(cx, e, "id", "交房记录不存在", "no such handover") : e;
}

struct listing {
    handover_fn *fn;
    void *arg;
};

static enum err on_listed(struct ctx *cx, const struct row *r, void *out)
{
    struct listing *l = out;
    struct handover h;
    enum err e = on_row(cx, r, &h);
    if (!e)
        l->fn(l->arg, &h);
    return e;
}

enum err handover_list(struct ctx *cx, const struct handover_filter *f, handover_fn *fn, void *arg)
{
    struct listing l = {fn, arg};
    return db_each(cx, &q_list,
                   ARGS(I64(cx->who.company_id), I64(cx->who.project_id), TXT(or_empty(f->state)), I64(f->room_id),
                        I64(f->building_id), I64(f->from_day), I64(f->to_day), I64(f->before), I64(f->limit)),
                   on_listed, &l);
}

struct photos {
    int64_t n[HANDOVER_ITEMS * HANDOVER_PHOTOS + 1], id[HANDOVER_ITEMS * HANDOVER_PHOTOS + 1];
    size_t count;
};

static enum err on_photo(struct ctx *cx, const struct row *r, void *out)
{
    struct photos *p = out;
    (void)cx;
    if (p->count < COUNT(p->id)) {
        p->n[p->count] = row_i64(r, 0);
        p->id[p->count++] = row_i64(r, 1);
    }
    return OK;
}

struct checks {
    handover_check_fn *fn;
    void *arg;
    const struct photos *photos;
};

static enum err on_check(struct ctx *cx, const struct row *r, void *out)
{
    struct checks *l = out;
    struct handover_check c = {.n = row_i64(r, 0),
                               .name = row_text(cx, r, 1),
                               .result = row_text(cx, r, 2),
                               .note = row_text(cx, r, 3),
                               .repair_id = row_i64(r, 4),
                               .at = row_i64(r, 5)};
    size_t i = 0;
    while (i < l->photos->count && l->photos->n[i] < c.n)
        i++;
    c.photos.p = (void *)(uintptr_t)&l->photos->id[i];
    while (i + c.photos.n < l->photos->count && l->photos->n[i + c.photos.n] == c.n)
        c.photos.n++;
    l->fn(l->arg, &c);
    return OK;
}

enum err handover_checks(struct ctx *cx, int64_t id, handover_check_fn *fn, void *arg)
{
    struct photos *p = arena_alloc(cx->arena, sizeof *p);
    struct checks l = {fn, arg, p};
    p->count = 0;
    enum err e = db_each(cx, &q_photos, ARGS(I64(id)), on_photo, p);
    return e ? e : db_each(cx, &q_checks, ARGS(I64(id)), on_check, &l);
}

struct meters {
    handover_meter_fn *fn;
    void *arg;
};

static enum err on_meter(struct ctx *cx, const struct row *r, void *out)
{
    struct meters *l = out;
    const struct handover_meter m = {row_i64(r, 0), row_i64(r, 1), row_text(cx, r, 2), row_text(cx, r, 3)};
    l->fn(l->arg, &m);
    return OK;
}

enum err handover_meters(struct ctx *cx, int64_t id, handover_meter_fn *fn, void *arg)
{
    struct meters l = {fn, arg};
    return db_each(cx, &q_meters, ARGS(I64(id)), on_meter, &l);
}

enum err handover_room_meters(struct ctx *cx, const struct handover *h, handover_meter_fn *fn, void *arg)
{
    struct meters l = {fn, arg};
    return db_each(cx, &q_room_meters, ARGS(I64(h->company_id), I64(h->room_id), I64(clock_day(cx->now))), on_meter,
                   &l);
}

struct history_list {
    handover_past_fn *fn;
    void *arg;
};

static enum err on_past(struct ctx *cx, const struct row *r, void *out)
{
    struct history_list *l = out;
    const struct handover_past p = {row_i64(r, 0),      row_i64(r, 1),      row_text(cx, r, 2), row_text(cx, r, 3),
                                    row_text(cx, r, 4), row_text(cx, r, 5), row_text(cx, r, 6)};
    l->fn(l->arg, &p);
    return OK;
}

enum err handover_history(struct ctx *cx, int64_t id, handover_past_fn *fn, void *arg)
{
    struct history_list l = {fn, arg};
    return db_each(cx, &q_history, ARGS(I64(id)), on_past, &l);
}
