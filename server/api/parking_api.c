/* parking_api.c - HTTP face of parking spaces: what they are and whose. SPDX-License-Identifier: MIT */
#include "api/estate_json.h"
#include "domain/estate.h"
#include "domain/estate_history.h"

static const char *const parking_kinds[] = {"underground", "ground", "mechanical", "garage"};
static const char *const parking_holdings[] = {"free", "sold", "rented"};
struct parking_in {
    const char *name, *zone, *reason;
    int kind, holding;
    int64_t area_e4, room_id, party_id, to_day;
};
static const struct field parking_fields[] = {FIELD_STR(struct parking_in, name, 1, 20),
                                              OPT_STR(struct parking_in, zone, 0, 20),
                                              OPT_ENUM(struct parking_in, kind, parking_kinds),
                                              OPT_ENUM(struct parking_in, holding, parking_holdings),
                                              OPT_I64(struct parking_in, area_e4, 0, AREA_MAX),
                                              OPT_ID(struct parking_in, room_id),
                                              OPT_ID(struct parking_in, party_id),
                                              OPT_I64(struct parking_in, to_day, 19000101, 99991231),
                                              OPT_STR(struct parking_in, reason, 0, 200)};

static void write_parking(struct jw *w, const struct parking *s)
{
    kv_id(w, "id", s->id);
    kv_str(w, "name", s->name);
    kv_str(w, "zone", s->zone);
    kv_str(w, "kind", s->kind);
    kv_int(w, "area_e4", s->area_e4);
    kv_str(w, "holding", s->holding);
    kv_id(w, "room_id", s->room_id);
    kv_str(w, "room", s->room);
    kv_id(w, "party_id", s->party_id);
    kv_str(w, "party", s->party);
    kv_int(w, "to_day", s->to_day);
    kv_str(w, "state", s->state);
    kv_int(w, "version", s->version);
}

static struct parking parking_of(const struct parking_in *in)
{
    return (struct parking){.name = in->name,
                            .zone = in->zone,
                            .kind = parking_kinds[in->kind],
                            .holding = parking_holdings[in->holding],
                            .area_e4 = in->area_e4,
                            .room_id = in->room_id,
                            .party_id = in->party_id,
                            .to_day = (int32_t)in->to_day,
                            .reason = in->reason};
}

static void one_in_list(void *arg, const struct parking *s)
{
    struct page *p = arg;
    jw_obj(&p->w);
    write_parking(&p->w, s);
    kv_id(&p->w, "payer_room_id", s->payer_room_id);
    kv_str(&p->w, "payer_room", s->payer_room);
    jw_end(&p->w);
    page_row(p, s->id);
}

static enum err h_list(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct page p;
    struct parking_filter f = {0};
    enum err e = page_open(cx, rq, &p);
    if (!e)
        e = query_text(cx, rq, "search", &f.search);
    if (!e)
        e = query_text(cx, rq, "holding", &f.holding);
    if (!e)
        e = query_text(cx, rq, "kind", &f.kind);
    if (!e)
        e = query_text(cx, rq, "zone", &f.zone);
    if (!e)
        e = query_id(cx, rq, "room_id", &f.room_id);
    if (!e)
        e = query_id(cx, rq, "party_id", &f.party_id);
    return e ? e : page_close(rs, &p, parking_list(cx, &f, p.before, p.limit, one_in_list, &p));
}

static enum err h_create(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct parking_in in = {.to_day = 99991231};
    int64_t id = 0;
    enum err e = BODY(cx, rq, parking_fields, &in);
    struct parking s = parking_of(&in);
    if (!e)
        e = parking_create(cx, &s, &id);
    return e ? e : reply_id(cx, rs, 201, id);
}

static enum err h_parking(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct parking s;
    struct jw w;
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = parking_get(cx, id, &s);
    if (e)
        return e;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    write_parking(&w, &s);
    jw_end(&w);
    return reply_json(rs, 200, &w);
}

/* What it is and whose: the whole of it is written. */
static enum err h_parking_change(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct parking_in in = {.to_day = 99991231};
    int64_t id = 0, version = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = need_version(rq, &version);
    if (!e)
        e = BODY(cx, rq, parking_fields, &in);
    struct parking s = parking_of(&in);
    s.id = id;
    s.version = version;
    if (!e)
        e = parking_change(cx, &s);
    return e ? e : reply_empty(rs);
}

static enum err h_parking_close(struct ctx *cx, const struct request *rq, struct response *rs)
{
    int64_t id = 0, version = 0;
    const char *reason = NULL;
    enum err e = read_close(cx, rq, &id, &version, &reason);
    if (!e)
        e = parking_close(cx, id, version, reason);
    return e ? e : reply_empty(rs);
}

static enum err h_parking_history(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct parking s;
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = parking_get(cx, id, &s);
    return e ? e : reply_history(cx, rq, rs, HISTORY_PARKING, id);
}

#define WHO_ASKS (WHO_KEEPS | ROLE_AUDITOR)
/* clang-format off */
static const struct route rows[] = {
    {M_GET,  "/api/v1/parking-spaces",              h_list,            LANE_READ,  ROLES_MONEY | ROLE_SERVICE, SCOPE_PROJECT, 0, 0,  "listParkingSpaces"},
    {M_POST, "/api/v1/parking-spaces",              h_create,          LANE_WRITE, WHO_KEEPS,   SCOPE_PROJECT, 1024,  RF_IDEMPOTENT, "createParkingSpace"},
    {M_GET,  "/api/v1/parking-spaces/{id}",         h_parking,         LANE_READ,  ROLES_MONEY | ROLE_SERVICE, SCOPE_PROJECT, 0, 0,  "getParkingSpace"},
    {M_PUT,  "/api/v1/parking-spaces/{id}",         h_parking_change,  LANE_WRITE, WHO_KEEPS,   SCOPE_PROJECT, 1024,  0,             "changeParkingSpace"},
    {M_POST, "/api/v1/parking-spaces/{id}/close",   h_parking_close,   LANE_WRITE, ROLES_SETS,  SCOPE_PROJECT, 1024,  0,             "closeParkingSpace"},
    {M_GET,  "/api/v1/parking-spaces/{id}/history", h_parking_history, LANE_READ,  WHO_ASKS,    SCOPE_PROJECT, 0,     0,             "listParkingHistory"},
};
/* clang-format on */
const struct route_set parking_routes = {rows, COUNT(rows)};
