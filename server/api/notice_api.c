/* notice_api.c - HTTP face of notices. SPDX-License-Identifier: MIT */
#include "api/notice_json.h"
#include "api/route.h"
#include "base/clock.h"
#include "domain/notice.h"

static const char *const role_word[] = {"owner", "family", "tenant", "staff"};

void notice_to_json(struct jw *w, const struct notice *n, bool manages)
{
    const bool in[] = {n->for_owner, n->for_family, n->for_tenant, n->for_staff};
    jw_obj(w);
    kv_id(w, "id", n->id);
    kv_id(w, "project_id", n->project_id);
    kv_str(w, "title", n->title);
    kv_str(w, "text", n->text);
    kv_str(w, "kind", notice_kind_name[n->kind]);
    kv_str(w, "state", notice_state_name[n->state]);
    kv_bool(w, "pinned", n->pinned);
    kv_time(w, "published_at", n->published_at);
    kv_time(w, "expire_at", n->expire_at);
    kv_time(w, "read_at", n->read_at);
    kv_int(w, "version", n->version);
    if (manages) {
        kv_str(w, "audience", notice_audience_name[n->audience]);
        jw_key(w, "roles");
        jw_arr(w);
        for (size_t i = 0; i < COUNT(in); i++)
            if (in[i])
                jw_str(w, role_word[i]);
        jw_arr_end(w);
        kv_time(w, "publish_at", n->publish_at);
        kv_int(w, "pushed", n->pushed);
        kv_time(w, "pushed_at", n->pushed_at);
        kv_time(w, "created_at", n->created_at);
    }
    jw_end(w);
}

static void one_notice(void *arg, const struct notice *n)
{
    struct page *l = arg;
    notice_to_json(&l->w, n, false);
    page_row(l, n->id);
}

static void one_managed(void *arg, const struct notice *n)
{
    struct page *l = arg;
    notice_to_json(&l->w, n, true);
    page_row(l, n->id);
}

static enum err h_mine(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct page l = {.n = 0};
    int64_t unread = 0;
    enum err e = query_i64(cx, rq, "unread", 0, 1, 0, &unread);
    if (!e)
        e = page_open(cx, rq, &l);
    if (!e)
        e = notice_mine(cx, unread, l.before, l.limit, one_notice, &l);
    return page_close(rs, &l, e);
}

static enum err h_managed(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct page l = {.n = 0};
    const char *state = NULL;
    enum err e = query_word(cx, rq, "state", notice_state_name, NS_COUNT, &state);
    if (!e)
        e = page_open(cx, rq, &l);
    if (!e)
        e = notice_managed(cx, state, l.before, l.limit, one_managed, &l);
    return page_close(rs, &l, e);
}

static void one_id(void *arg, int64_t id)
{
    jw_id(arg, id);
}

static enum err h_get(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct notice n;
    struct jw w;
    bool manages = false;
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = notice_get(cx, id, &n, &manages);
    if (e)
        return e;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    jw_key(&w, "notice");
    notice_to_json(&w, &n, manages);
    jw_key(&w, "targets");
    jw_arr(&w);
    if (manages)
        e = notice_targets(cx, id, one_id, &w);
    jw_arr_end(&w);
    jw_key(&w, "files");
    jw_arr(&w);
    if (!e)
        e = notice_files(cx, id, one_id, &w);
    jw_arr_end(&w);
    jw_end(&w);
    reply_etag(cx, rs, n.version);
    return e ? e : reply_json(rs, 200, &w);
}

struct save_in {
    const char *title, *text, *publish_at, *expire_at;
    int kind, audience;
    bool pinned;
    struct json_list roles, targets, files;
};
static const struct field save_fields[] = {FIELD_STR(struct save_in, title, 1, 60),
                                           FIELD_TEXT(struct save_in, text, 1, 5000),
                                           FIELD_ENUM(struct save_in, kind, notice_kind_name),
                                           FIELD_ENUM(struct save_in, audience, notice_audience_name),
                                           FIELD_STRS(struct save_in, roles, 1, 4),
                                           OPT_IDS(struct save_in, targets, 500),
                                           OPT_IDS(struct save_in, files, 9),
                                           OPT_BOOL(struct save_in, pinned),
                                           OPT_RAW(struct save_in, publish_at, 16, 35),
                                           OPT_RAW(struct save_in, expire_at, 16, 35)};

static enum err body_time(struct ctx *cx, const char *field, const char *text, int64_t *out)
{
    if (text && !clock_parse_rfc3339(text, out))
        return cx_fail(cx, ERR_INVALID, field, "应为 RFC 3339 时间", "must be an RFC 3339 time");
    return OK;
}

static enum err save(struct ctx *cx, const struct request *rq, struct response *rs, int64_t id)
{
    struct save_in in = {0};
    struct notice_in n = {.id = id, .version = rq->if_match};
    struct notice made;
    struct jw w;
    enum err e = BODY(cx, rq, save_fields, &in);
    if (!e)
        e = body_time(cx, "publish_at", in.publish_at, &n.publish_at);
    if (!e)
        e = body_time(cx, "expire_at", in.expire_at, &n.expire_at);
    bool *const flag[] = {&n.for_owner, &n.for_family, &n.for_tenant, &n.for_staff};
    for (size_t i = 0; i < in.roles.n && !e; i++) {
        int k = str_index(role_word, COUNT(role_word), ((const char **)in.roles.p)[i]);
        if (k < 0)
            e = cx_fail(cx, ERR_INVALID, arena_printf(cx->arena, "roles[%zu]", i),
                        "应为 owner、family、tenant 或 staff", "owner, family, tenant or staff");
        else
            *flag[k] = true;
    }
    if (e)
        return e;
    n.title = in.title;
    n.text = in.text;
    n.kind = in.kind;
    n.audience = in.audience;
    n.pinned = in.pinned;
    n.targets = in.targets.p;
    n.ntargets = in.targets.n;
    n.files = in.files.p;
    n.nfiles = in.files.n;
    if ((e = notice_save(cx, &n, &made)) != OK)
        return e;
    jw_init(&w, cx->arena);
    notice_to_json(&w, &made, true);
    reply_etag(cx, rs, made.version);
    return reply_json(rs, id ? 200 : 201, &w);
}

static enum err h_create(struct ctx *cx, const struct request *rq, struct response *rs)
{
    return save(cx, rq, rs, 0);
}

static enum err h_change(struct ctx *cx, const struct request *rq, struct response *rs)
{
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    return e ? e : save(cx, rq, rs, id);
}

struct act_in {
    const char *note;
};
static const struct field act_fields[] = {OPT_STR(struct act_in, note, 0, 200)};

static enum err h_act(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct act_in in = {0};
    struct notice n;
    struct jw w;
    int64_t id = 0;
    int ev = str_index(notice_event_name, NE_COUNT, rq->arg[1]);
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = BODY(cx, rq, act_fields, &in);
    if (!e && (ev < 0 || ev == NE_APPEAR))
        e = cx_fail(cx, ERR_NOT_FOUND, "action", "没有该操作", "no such action");
    if (!e)
        e = notice_act(cx, id, (enum notice_event)ev, rq->if_match, in.note, &n);
    if (e)
        return e;
    jw_init(&w, cx->arena);
    notice_to_json(&w, &n, true);
    reply_etag(cx, rs, n.version);
    return reply_json(rs, 200, &w);
}

static enum err h_read(struct ctx *cx, const struct request *rq, struct response *rs)
{
    return do_by_id(cx, rq, rs, notice_read);
}

static enum err h_receipts(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct notice_receipts n;
    struct jw w;
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = notice_receipts(cx, id, &n);
    if (e)
        return e;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    kv_int(&w, "people", n.people);
    kv_int(&w, "read", n.read);
    kv_int(&w, "rooms", n.rooms);
    kv_int(&w, "rooms_read", n.rooms_read);
    jw_end(&w);
    return reply_json(rs, 200, &w);
}

static void one_room(void *arg, int64_t room_id, const char *name)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_id(w, "room_id", room_id);
    kv_str(w, "room", name);
    jw_end(w);
}

static enum err h_unread(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw w;
    int64_t id = 0, after = 0, limit = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = query_id(cx, rq, "after", &after);
    if (!e)
        e = query_i64(cx, rq, "limit", 1, 500, 100, &limit);
    if (e)
        return e;
    list_open(cx, &w);
    return list_close(rs, &w, notice_unread_rooms(cx, id, after, limit, one_room, &w));
}

#define WHO_WRITES (ROLES_ADMIN | ROLE_MANAGER | ROLE_SERVICE)
/* clang-format off */
static const struct route rows[] = {
    {M_GET,  "/api/v1/notices",                   h_mine,     LANE_READ,  ROLES_LOGGED_IN, SCOPE_SELF,    0,     0,             "listMyNotices"},
    {M_GET,  "/api/v1/notices/managed",           h_managed,  LANE_READ,  WHO_WRITES,      SCOPE_PROJECT, 0,     0,             "listManagedNotices"},
    {M_POST, "/api/v1/notices",                   h_create,   LANE_WRITE, WHO_WRITES,      SCOPE_PROJECT, 32768, RF_IDEMPOTENT, "createNotice"},
    {M_GET,  "/api/v1/notices/{id}",              h_get,      LANE_READ,  ROLES_LOGGED_IN, SCOPE_SELF,    0,     0,             "getNotice"},
    {M_PUT,  "/api/v1/notices/{id}",              h_change,   LANE_WRITE, WHO_WRITES,      SCOPE_PROJECT, 32768, 0,             "changeNotice"},
    {M_POST, "/api/v1/notices/{id}/read",         h_read,     LANE_WRITE, ROLES_LOGGED_IN, SCOPE_SELF,    16,    0,             "readNotice"},
    {M_GET,  "/api/v1/notices/{id}/receipts",     h_receipts, LANE_READ,  WHO_WRITES,      SCOPE_PROJECT, 0,     0,             "getNoticeReceipts"},
    {M_GET,  "/api/v1/notices/{id}/unread-rooms", h_unread,   LANE_READ,  WHO_WRITES,      SCOPE_PROJECT, 0,     0,             "listNoticeUnreadRooms"},
    {M_POST, "/api/v1/notices/{id}/{action}",     h_act,      LANE_WRITE, WHO_WRITES,      SCOPE_PROJECT, 1024,  RF_IDEMPOTENT, "actOnNotice"},
};
/* clang-format on */
const struct route_set notice_routes = {rows, COUNT(rows)};
