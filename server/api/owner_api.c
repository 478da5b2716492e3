/* owner_api.c - HTTP face of the register of people: entries, phones, what is shown in clear. SPDX-License-Identifier: MIT */
#include "api/estate_json.h"
#include "base/clock.h"
#include "domain/estate_history.h"
#include "domain/owner.h"

struct owner_body {
    const char *name, *email, *idno, *wechat, *emergency_name, *emergency_phone, *note, *reason;
    struct json_list phones;
    int kind;
    bool has_phones, has_kind;
};
struct phone_body {
    const char *label, *phone;
    int64_t keep;
};
static const struct field phone_fields[] = {OPT_STR(struct phone_body, label, 0, 20),
                                            OPT_STR(struct phone_body, phone, 7, 20),
                                            OPT_I64(struct phone_body, keep, 1, OWNER_PHONES)};
/* kind and phones tell whether they were given: what is left out of a change stays as it is */
#define OWNER_COMMON                                                                                                   \
    FIELD_STR(struct owner_body, name, 1, 60),                                                                         \
        {.key = "kind",                                                                                                \
         .type = F_ENUM,                                                                                               \
         OPTIONAL,                                                                                                     \
         .off = offsetof(struct owner_body, kind),                                                                     \
         .max = OWNER_KINDS,                                                                                           \
         .names = owner_kind_name,                                                                                     \
         .seen_off = offsetof(struct owner_body, has_kind) + 1},                                                       \
        {.key = "phones",                                                                                              \
         .type = F_ARRAY,                                                                                              \
         OPTIONAL,                                                                                                     \
         .off = offsetof(struct owner_body, phones),                                                                   \
         .max = OWNER_PHONES,                                                                                          \
         .fields = phone_fields,                                                                                       \
         .nfields = COUNT(phone_fields),                                                                               \
         .elem = sizeof(struct phone_body),                                                                            \
         .seen_off = offsetof(struct owner_body, has_phones) + 1},                                                     \
        OPT_STR(struct owner_body, email, 0, 254), OPT_STR(struct owner_body, idno, 0, 30),                            \
        OPT_STR(struct owner_body, wechat, 0, 60), OPT_STR(struct owner_body, emergency_name, 0, 40),                  \
        OPT_STR(struct owner_body, emergency_phone, 0, 20), OPT_TEXT(struct owner_body, note, 0, 500)
static const struct field owner_fields[] = {OWNER_COMMON};
static const struct field change_fields[] = {OWNER_COMMON, FIELD_STR(struct owner_body, reason, 1, 200)};

static struct owner_in owner_of(struct ctx *cx, const struct owner_body *b)
{
    const struct phone_body *from = b->phones.p;
    struct owner_phone *to = arena_alloc(cx->arena, (b->phones.n + 1) * sizeof *to);
    for (size_t i = 0; i < b->phones.n; i++)
        to[i] = (struct owner_phone){from[i].label, from[i].phone, from[i].keep};
    return (struct owner_in){.kind = b->kind,
                             .name = b->name,
                             .phones = to,
                             .nphones = b->phones.n,
                             .email = b->email,
                             .idno = b->idno,
                             .wechat = b->wechat,
                             .emergency_name = b->emergency_name,
                             .emergency_phone = b->emergency_phone,
                             .note = b->note,
                             .reason = b->reason,
                             .keep_phones = !b->has_phones};
}

static enum err h_create(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct owner_body b = {0};
    int64_t id = 0;
    enum err e = BODY(cx, rq, owner_fields, &b);
    struct owner_in in = owner_of(cx, &b);
    if (!e)
        e = owner_put(cx, &in, &id);
    return e ? e : reply_id(cx, rs, 201, id);
}

static enum err h_change(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct owner_body b = {0};
    struct owner was;
    int64_t id = 0, version = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = need_version(rq, &version);
    if (!e)
        e = BODY(cx, rq, change_fields, &b);
    if (!e)
        e = owner_get(cx, id, &was);
    if (e)
        return e;
    b.kind = b.has_kind ? b.kind : str_index(owner_kind_name, OWNER_KINDS, was.kind);
    struct owner_in in = owner_of(cx, &b);
    in.id = id;
    in.version = version;
    e = owner_change(cx, &in);
    return e ? e : reply_empty(rs);
}

static void write_owner(struct jw *w, const struct owner *o)
{
    kv_id(w, "id", o->id);
    kv_str(w, "kind", o->kind);
    kv_str(w, "name", o->name);
    kv_str(w, "phone", o->phone_hint);
    kv_str(w, "email", o->email_hint);
    kv_str(w, "idno", o->idno_hint);
    kv_str(w, "wechat", o->wechat_hint);
    kv_str(w, "emergency", o->emergency_hint);
    kv_str(w, "note", o->note);
    kv_str(w, "state", o->state);
    kv_int(w, "rooms", o->rooms);
    kv_str(w, "room", o->room);
    kv_int(w, "open_fen", o->open_fen);
    kv_time(w, "created_at", o->created_at);
    kv_time(w, "changed_at", o->changed_at);
    kv_int(w, "version", o->version);
}

static void one_owner(void *arg, const struct owner *o)
{
    struct page *p = arg;
    jw_obj(&p->w);
    write_owner(&p->w, o);
    jw_end(&p->w);
    page_row(p, o->id);
}

static enum err read_filter(struct ctx *cx, const struct request *rq, struct owner_filter *f)
{
    static const char *const owing[] = {"no", "any", "yes"};
    const char *yes = NULL;
    struct {
        const char *name;
        const char **to;
    } texts[] = {
        {"name",       &f->name      },
        {"phone",      &f->phone     },
        {"room",       &f->room      },
        {"layout",     &f->layout    },
        {"email",      &f->email     },
        {"room_state", &f->room_state},
        {"role",       &f->role      },
        {"kind",       &f->kind      },
        {"owing",      &yes          }
    };
    enum err e = query_id(cx, rq, "building_id", &f->building_id);
    for (size_t i = 0; i < COUNT(texts) && !e; i++)
        e = query_text(cx, rq, texts[i].name, texts[i].to);
    if (!e)
        e = query_i64(cx, rq, "area_min_e4", 0, AREA_MAX, 0, &f->area_min_e4);
    if (!e)
        e = query_i64(cx, rq, "area_max_e4", 0, AREA_MAX, 0, &f->area_max_e4);
    if (!e)
        e = query_time(cx, rq, "created_from", 0, &f->created_from);
    if (!e)
        e = query_time(cx, rq, "created_to", 0, &f->created_to);
    int o = yes ? str_index(owing, COUNT(owing), yes) : 1;
    if (!e && o < 0)
        e = cx_fail(cx, ERR_INVALID, "owing", "取值为 yes、no 或 any", "yes, no or any");
    f->owing = o - 1;
    return e;
}

static enum err h_list(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct page p;
    struct owner_filter f = {0};
    enum err e = page_open(cx, rq, &p);
    if (!e)
        e = read_filter(cx, rq, &f);
    return e ? e : page_close(rs, &p, owner_list(cx, &f, p.before, p.limit, one_owner, &p));
}

static void one_phone(void *arg, const struct owner_phone_hint *p)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_int(w, "n", p->n);
    kv_str(w, "label", p->label);
    kv_str(w, "phone", p->hint);
    jw_end(w);
}

static void one_relation(void *arg, const struct owner_room *x)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_id(w, "id", x->id);
    kv_id(w, "party_id", x->party_id);
    kv_str(w, "party", x->party);
    kv_str(w, "phone", x->phone_hint);
    kv_id(w, "room_id", x->room_id);
    kv_str(w, "room", x->room);
    kv_str(w, "layout", x->layout);
    kv_int(w, "area_e4", x->area_e4);
    kv_str(w, "room_state", x->state);
    kv_str(w, "role", x->role);
    kv_int(w, "share_n", x->share_n);
    kv_int(w, "share_d", x->share_d);
    kv_int(w, "from_day", x->from_day);
    kv_int(w, "to_day", x->to_day);
    kv_bool(w, "pays", x->pays);
    kv_int(w, "version", x->version);
    jw_end(w);
}

static enum err h_get(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct owner o;
    struct jw w;
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = owner_get(cx, id, &o);
    if (e)
        return e;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    write_owner(&w, &o);
    jw_key(&w, "phones");
    jw_arr(&w);
    e = owner_phones(cx, id, one_phone, &w);
    jw_arr_end(&w);
    jw_key(&w, "relations");
    jw_arr(&w);
    if (!e)
        e = owner_rooms(cx, id, one_relation, &w);
    jw_arr_end(&w);
    jw_end(&w);
    return e ? e : reply_json(rs, 200, &w);
}

static enum err h_close(struct ctx *cx, const struct request *rq, struct response *rs)
{
    int64_t id = 0, version = 0;
    const char *reason = NULL;
    enum err e = read_close(cx, rq, &id, &version, &reason);
    if (!e)
        e = owner_close(cx, id, version, reason);
    return e ? e : reply_empty(rs);
}

static enum err h_history(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct owner o;
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = owner_get(cx, id, &o);
    return e ? e : reply_history(cx, rq, rs, HISTORY_PARTY, id);
}

/* ---- in clear ---- */

static const char *const reveal_fields_of[] = {"phone", "email", "idno", "wechat", "emergency"};
struct reveal_in {
    int field;
    int64_t n;
    const char *reason;
};
static const struct field reveal_fields[] = {FIELD_ENUM(struct reveal_in, field, reveal_fields_of),
                                             OPT_I64(struct reveal_in, n, 1, OWNER_PHONES),
                                             FIELD_STR(struct reveal_in, reason, 2, 200)};

static enum err h_reveal(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct reveal_in in = {.n = 1};
    const char *clear = NULL;
    struct jw w;
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = BODY(cx, rq, reveal_fields, &in);
    if (!e)
        e = owner_reveal(cx, id, reveal_fields_of[in.field], in.n, in.reason, &clear);
    if (e)
        return e;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    kv_str(&w, "field", reveal_fields_of[in.field]);
    kv_str(&w, "value", clear);
    jw_end(&w);
    reply_header(rs, "Cache-Control", "no-store");
    return reply_json(rs, 200, &w);
}

static void one_reveal(void *arg, const struct owner_revealed *r)
{
    struct page *p = arg;
    jw_obj(&p->w);
    kv_id(&p->w, "id", r->id);
    kv_id(&p->w, "account_id", r->account_id);
    kv_str(&p->w, "account", r->account);
    kv_str(&p->w, "field", r->field);
    kv_str(&p->w, "reason", r->reason);
    kv_time(&p->w, "at", r->at);
    jw_end(&p->w);
    page_row(p, r->id);
}

static enum err h_reveals(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct owner o;
    struct page p;
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = owner_get(cx, id, &o);
    if (!e)
        e = page_open(cx, rq, &p);
    return e ? e : page_close(rs, &p, owner_reveals(cx, id, p.before, p.limit, one_reveal, &p));
}

/* ---- rooms of people ---- */

struct relation_in {
    int64_t room_id, share_n, share_d, from_day, to_day;
    int role;
    bool pays;
    const char *reason;
};
#define DAY_FIELD(t, m)                                                                                                \
    {                                                                                                                  \
        .key = #m, .type = F_I64, OPTIONAL, .off = offsetof(t, m), .min = 19000101, .max = 99991231                    \
    }
static const struct field attach_fields[] = {FIELD_ID(struct relation_in, room_id),
                                             FIELD_ENUM(struct relation_in, role, owner_role_name),
                                             OPT_I64(struct relation_in, share_n, 0, 100000),
                                             OPT_I64(struct relation_in, share_d, 1, 100000),
                                             DAY_FIELD(struct relation_in, from_day),
                                             DAY_FIELD(struct relation_in, to_day),
                                             OPT_BOOL(struct relation_in, pays)};
static const struct field relation_fields[] = {
    OPT_I64(struct relation_in, share_n, 0, 100000), OPT_I64(struct relation_in, share_d, 1, 100000),
    DAY_FIELD(struct relation_in, to_day), OPT_BOOL(struct relation_in, pays),
    FIELD_STR(struct relation_in, reason, 1, 200)};

static enum err h_attach(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct relation_in b = {0};
    int64_t id = 0, party = 0;
    enum err e = path_id(cx, rq, 0, &party);
    if (!e)
        e = BODY(cx, rq, attach_fields, &b);
    struct owner_room_in in = {.party_id = party,
                               .room_id = b.room_id,
                               .role = b.role,
                               .share_n = b.share_n,
                               .share_d = b.share_d,
                               .from_day = (int32_t)b.from_day,
                               .to_day = (int32_t)b.to_day,
                               .pays = b.pays};
    if (!e)
        e = owner_room_attach(cx, &in, &id);
    return e ? e : reply_id(cx, rs, 201, id);
}

static enum err h_relation_change(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct relation_in b = {0};
    int64_t id = 0, version = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = need_version(rq, &version);
    if (!e)
        e = BODY(cx, rq, relation_fields, &b);
    struct owner_room_set in = {.id = id,
                                .version = version,
                                .share_n = b.share_n,
                                .share_d = b.share_d,
                                .to_day = (int32_t)b.to_day,
                                .pays = b.pays,
                                .reason = b.reason};
    if (!e)
        e = owner_room_change(cx, &in);
    return e ? e : reply_empty(rs);
}

struct end_in {
    int64_t last_day;
    const char *reason;
};
static const struct field end_fields[] = {FIELD_I64(struct end_in, last_day, 19000101, 99991231),
                                          FIELD_STR(struct end_in, reason, 1, 200)};

static enum err h_relation_end(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct end_in in = {0};
    int64_t id = 0, version = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = need_version(rq, &version);
    if (!e)
        e = BODY(cx, rq, end_fields, &in);
    if (!e && !clock_day_valid((int32_t)in.last_day))
        e = cx_fail(cx, ERR_INVALID, "last_day", "日期无效", "not a day (yyyymmdd)");
    if (!e)
        e = owner_room_end(cx, id, version, (int32_t)in.last_day, in.reason);
    return e ? e : reply_empty(rs);
}

static enum err h_relation_history(struct ctx *cx, const struct request *rq, struct response *rs)
{
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = owner_room_exists(cx, id);
    return e ? e : reply_history(cx, rq, rs, HISTORY_PARTY_ROOM, id);
}

static enum err h_people(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw w;
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    list_open(cx, &w);
    return list_close(rs, &w, e ? e : owner_of_room(cx, id, one_relation, &w));
}

#define WHO_READS (WHO_KEEPS | ROLE_CASHIER | ROLE_AUDITOR)
/* clang-format off */
static const struct route rows[] = {
    {M_GET,  "/api/v1/owners",                       h_list,             LANE_READ,  WHO_READS,                SCOPE_PROJECT, 0,    0,             "listOwners"},
    {M_POST, "/api/v1/owners",                       h_create,           LANE_WRITE, WHO_KEEPS,                SCOPE_PROJECT, 4096, RF_IDEMPOTENT, "createOwner"},
    {M_GET,  "/api/v1/owners/{id}",                  h_get,              LANE_READ,  WHO_READS,                SCOPE_PROJECT, 0,    0,             "getOwner"},
    {M_PUT,  "/api/v1/owners/{id}",                  h_change,           LANE_WRITE, WHO_KEEPS,                SCOPE_PROJECT, 4096, 0,             "changeOwner"},
    {M_POST, "/api/v1/owners/{id}/close",            h_close,            LANE_WRITE, WHO_KEEPS,                SCOPE_PROJECT, 1024, 0,             "closeOwner"},
    {M_GET,  "/api/v1/owners/{id}/history",          h_history,          LANE_READ,  WHO_KEEPS | ROLE_AUDITOR, SCOPE_PROJECT, 0,    0,             "listOwnerHistory"},
    {M_POST, "/api/v1/owners/{id}/reveal",           h_reveal,           LANE_WRITE, WHO_READS,                SCOPE_PROJECT, 1024, 0,             "revealOwnerField"},
    {M_GET,  "/api/v1/owners/{id}/reveals",          h_reveals,          LANE_READ,  ROLES_SETS | ROLE_AUDITOR, SCOPE_PROJECT, 0,   0,             "listOwnerReveals"},
    {M_POST, "/api/v1/owners/{id}/rooms",            h_attach,           LANE_WRITE, WHO_KEEPS,                SCOPE_PROJECT, 1024, RF_IDEMPOTENT, "attachOwnerRoom"},
    {M_PUT,  "/api/v1/owner-rooms/{id}",             h_relation_change,  LANE_WRITE, WHO_KEEPS,                SCOPE_PROJECT, 1024, 0,             "changeOwnerRoom"},
    {M_POST, "/api/v1/owner-rooms/{id}/end",         h_relation_end,     LANE_WRITE, WHO_KEEPS,                SCOPE_PROJECT, 1024, 0,             "endOwnerRoom"},
    {M_GET,  "/api/v1/owner-rooms/{id}/history",     h_relation_history, LANE_READ,  WHO_KEEPS | ROLE_AUDITOR, SCOPE_PROJECT, 0,    0,             "listOwnerRoomHistory"},
    {M_GET,  "/api/v1/rooms/{id}/owners",            h_people,           LANE_READ,  WHO_READS,                SCOPE_PROJECT, 0,    0,             "listRoomOwners"},
};
/* clang-format on */
const struct route_set owner_routes = {rows, COUNT(rows)};
