/* room_code_api.c - HTTP face of the codes on doors: made and printed by staff, opened by anybody.
 * SPDX-License-Identifier: MIT */
#include "api/route.h"
#include "base/clock.h"
#include "domain/room_code.h"
#include "platform/config.h"
#include "platform/qr.h"
#include "platform/store/store.h"
#include <string.h>

static const char *base_of(struct ctx *cx)
{
    return *config()->public_url ? arena_printf(cx->arena, "%s/#/pay/", config()->public_url) : "";
}

static enum err reply_code(struct ctx *cx, struct response *rs, int status, const struct room_code *c)
{
    struct jw w;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    kv_id(&w, "room_id", c->room_id);
    kv_str(&w, "room", c->room);
    kv_str(&w, "token", c->token);
    kv_str(&w, "link", arena_printf(cx->arena, "%s%s", base_of(cx), c->token));
    kv_int(&w, "version", c->version);
    kv_time(&w, "made_at", c->made_at);
    kv_time(&w, "expires_at", c->expires_at);
    jw_end(&w);
    return reply_json(rs, status, &w);
}

struct make_in {
    int64_t expires_on;
};
static const struct field make_fields[] = {OPT_I64(struct make_in, expires_on, 20200101, 20991231)};

static enum err h_make(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct make_in in = {0};
    struct room_code c;
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = BODY(cx, rq, make_fields, &in);
    if (!e && in.expires_on && !clock_day_valid((int32_t)in.expires_on))
        e = cx_fail(cx, ERR_INVALID, "expires_on", "日期无效", "not a day");
    if (!e)
        e = room_code_make(cx, id, in.expires_on ? clock_day_start((int32_t)in.expires_on) + DAY_MS : 0, &c);
    return e ? e : reply_code(cx, rs, 201, &c);
}

static enum err h_get(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct room_code c;
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = room_code_get(cx, id, &c);
    return e ? e : reply_code(cx, rs, 200, &c);
}

static enum err h_revoke(struct ctx *cx, const struct request *rq, struct response *rs)
{
    return do_by_id(cx, rq, rs, room_code_revoke);
}

static enum err h_make_all(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw w;
    int64_t id = 0, made = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = room_code_make_all(cx, id, &made);
    if (e)
        return e;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    kv_int(&w, "made", made);
    jw_end(&w);
    return reply_json(rs, 200, &w);
}

/* ---- pictures and paper ---- */

struct fetch {
    int64_t id;
    struct room_code c, *v;
    size_t n, cap;
};

static enum err run_get(struct ctx *cx, void *arg)
{
    struct fetch *f = arg;
    return room_code_get(cx, f->id, &f->c);
}

static enum err fetch(struct ctx *cx, const struct request *rq, struct fetch *f)
{
    enum err e = path_id(cx, rq, 0, &f->id);
    return e ? e : store_read(cx, run_get, f);
}

static enum err file(struct ctx *cx, struct response *rs, const char *type, const void *p, size_t n)
{
    rs->type = type;
    rs->body = p;
    rs->len = n;
    reply_header(rs, "content-security-policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox");
    return p ? OK : cx_fail(cx, ERR_INTERNAL, NULL, "无法生成文件", "the document could not be made");
}

static enum err h_png(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct fetch f = {0};
    size_t n = 0;
    enum err e = fetch(cx, rq, &f);
    if (e)
        return e;
    const void *p = qr_png(cx->arena, arena_printf(cx->arena, "%s%s", base_of(cx), f.c.token), 8, &n);
    return file(cx, rs, "image/png", p, n);
}

static enum err h_svg(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct fetch f = {0};
    enum err e = fetch(cx, rq, &f);
    if (e)
        return e;
    const char *p = qr_svg(cx->arena, arena_printf(cx->arena, "%s%s", base_of(cx), f.c.token));
    return file(cx, rs, "image/svg+xml", p, p ? strlen(p) : 0);
}

static enum err h_pdf(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct fetch f = {0};
    size_t n = 0;
    enum err e = fetch(cx, rq, &f);
    if (e)
        return e;
    const void *p = room_code_sheet(cx->arena, &f.c, 1, base_of(cx), &n);
    return file(cx, rs, "application/pdf", p, n);
}

static void one_of_building(void *arg, const struct room_code *c)
{
    struct fetch *f = arg;
    if (f->n < f->cap)
        f->v[f->n++] = *c;
}

static enum err run_building(struct ctx *cx, void *arg)
{
    struct fetch *f = arg;
    f->n = 0;
    return room_code_list(cx, f->id, one_of_building, f);
}

static enum err h_sheet(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct fetch f = {.cap = 2000};
    size_t n = 0;
    f.v = arena_alloc(cx->arena, f.cap * sizeof *f.v);
    enum err e = path_id(cx, rq, 0, &f.id);
    if (!e)
        e = store_read(cx, run_building, &f);
    if (!e && !f.n)
        e = cx_fail(cx, ERR_NOT_FOUND, "id", "该楼栋没有有效的二维码", "the building has no valid codes");
    if (e)
        return e;
    const void *p = room_code_sheet(cx->arena, f.v, f.n, base_of(cx), &n);
    return file(cx, rs, "application/pdf", p, n);
}

/* ---- for anybody ---- */

struct landing {
    const char *token;
    struct room_landing l;
};

static enum err run_landing(struct ctx *cx, void *arg)
{
    struct landing *k = arg;
    return room_code_landing(cx, k->token, &k->l);
}

static enum err h_landing(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct landing k = {.token = rq->arg[0]};
    struct jw w;
    enum err e = store_read(cx, run_landing, &k);
    if (e)
        return e;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    kv_str(&w, "project", k.l.project);
    kv_str(&w, "room", k.l.room);
    kv_str(&w, "payer", k.l.payer);
    kv_bool(&w, "due", k.l.due);
    jw_end(&w);
    return reply_json(rs, 200, &w);
}

static void one_bill(struct jw *w, const struct bill *b)
{
    jw_obj(w);
    kv_id(w, "bill_id", b->id);
    kv_int(w, "period_from", b->period_from);
    kv_int(w, "period_to", b->period_to);
    kv_int(w, "due_day", b->due_day);
    kv_int(w, "open_fen", bill_open_fen(b));
    kv_int(w, "late_fen", bill_open_late_fen(b));
    jw_end(w);
}

struct check_in {
    const char *last4;
};
static const struct field check_fields[] = {FIELD_RAW(struct check_in, last4, 4, 4)};

static enum err h_check(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct check_in in = {0};
    struct room_claim c = {.claim = ""};
    struct jw w;
    enum err e = BODY(cx, rq, check_fields, &in);
    if (!e && !is_digits(in.last4, 4, 4))
        e = cx_fail(cx, ERR_INVALID, "last4", "请输入手机号后四位", "four digits, please");
    if (!e)
        e = room_code_check(cx, rq->arg[0], in.last4, &c);
    if (e)
        return e;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    kv_str(&w, "claim", c.claim);
    kv_time(&w, "expires_at", c.expires_at);
    kv_str(&w, "project", c.project);
    kv_str(&w, "room", c.room);
    kv_str(&w, "payer", c.payer);
    kv_int(&w, "due_fen", c.due_fen);
    jw_key(&w, "bills");
    jw_arr(&w);
    for (size_t i = 0; i < c.nbill; i++)
        one_bill(&w, &c.bill[i]);
    jw_arr_end(&w);
    jw_end(&w);
    return reply_json(rs, 200, &w);
}

#define WHO_CODES (ROLES_ADMIN | ROLE_MANAGER | ROLE_CASHIER | ROLE_SERVICE)
/* clang-format off */
static const struct route rows[] = {
    {M_POST,   "/api/v1/rooms/{id}/code",          h_make,     LANE_WRITE, WHO_CODES,    SCOPE_PROJECT, 256, RF_IDEMPOTENT, "makeRoomCode"},
    {M_GET,    "/api/v1/rooms/{id}/code",          h_get,      LANE_READ,  WHO_CODES,    SCOPE_PROJECT, 0,   0,             "getRoomCode"},
    {M_DELETE, "/api/v1/rooms/{id}/code",          h_revoke,   LANE_WRITE, WHO_CODES,    SCOPE_PROJECT, 0,   0,             "revokeRoomCode"},
    {M_GET,    "/api/v1/rooms/{id}/code.png",      h_png,      LANE_SLOW,  WHO_CODES,    SCOPE_PROJECT, 0,   0,             "getRoomCodePng"},
    {M_GET,    "/api/v1/rooms/{id}/code.svg",      h_svg,      LANE_SLOW,  WHO_CODES,    SCOPE_PROJECT, 0,   0,             "getRoomCodeSvg"},
    {M_GET,    "/api/v1/rooms/{id}/code.pdf",      h_pdf,      LANE_SLOW,  WHO_CODES,    SCOPE_PROJECT, 0,   0,             "getRoomCodePdf"},
    {M_POST,   "/api/v1/buildings/{id}/codes",     h_make_all, LANE_WRITE, WHO_CODES,    SCOPE_PROJECT, 256, RF_IDEMPOTENT, "makeBuildingCodes"},
    {M_GET,    "/api/v1/buildings/{id}/codes.pdf", h_sheet,    LANE_SLOW,  WHO_CODES,    SCOPE_PROJECT, 0,   0,             "getBuildingCodes"},
    {M_GET,    "/api/v1/codes/{token}",            h_landing,  LANE_SLOW,  ROLES_PUBLIC, SCOPE_NONE,    0,   RF_STRICT,     "openRoomCode"},
    {M_POST,   "/api/v1/codes/{token}/check",      h_check,    LANE_SLOW,  ROLES_PUBLIC, SCOPE_NONE,    256, RF_STRICT,     "checkRoomCode"},
};
/* clang-format on */
const struct route_set room_code_routes = {rows, COUNT(rows)};
