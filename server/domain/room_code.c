/* room_code.c - making, revoking and printing the codes on doors. SPDX-License-Identifier: MIT */
#include "domain/room_code.h"
#include "domain/audit.h"
#include "domain/receipt_code.h"
#include "platform/pdf.h"
#include "platform/store/db.h"

STMT(q_room, "room_code.room", "SELECT id FROM room WHERE id = $1 AND company_id = $2 AND project_id = $3");
STMT(q_building, "room_code.building", "SELECT id FROM building WHERE id = $1 AND company_id = $2 AND project_id = $3");
STMT(q_make, "room_code.make",
     "INSERT INTO room_code(room_id, company_id, project_id, version, state, expires_at, account_id, made_at)"
     " VALUES ($1, $2, $3, 1, 'active', $4, $5, $6) ON CONFLICT (company_id, room_id) DO UPDATE SET"
     " version = room_code.version + 1, state = 'active', expires_at = excluded.expires_at,"
     " account_id = excluded.account_id, made_at = excluded.made_at");
STMT(q_make_all, "room_code.make_all",
     "INSERT INTO room_code(room_id, company_id, project_id, version, state, account_id, made_at)"
     " SELECT r.id, r.company_id, r.project_id, 1, 'active', $4, $5 FROM room r WHERE r.building_id = $1"
     " AND r.company_id = $2 AND r.project_id = $3 AND NOT EXISTS (SELECT 1 FROM room_code c"
     " WHERE c.company_id = r.company_id AND c.room_id = r.id)");
STMT(q_revoke, "room_code.revoke",
     "UPDATE room_code SET state = 'revoked' WHERE room_id = $1 AND company_id = $2 AND project_id = $3 AND state = "
     "'active'");
#define COLUMNS                                                                                                        \
    "SELECT c.room_id, c.version, c.expires_at, c.made_at, r.full_name, p.name FROM room_code c JOIN room r"           \
    " ON r.id = c.room_id JOIN project p ON p.id = c.project_id WHERE c.company_id = $1 AND c.project_id = $2"         \
    " AND c.state = 'active' AND (c.expires_at = 0 OR c.expires_at > $3)"
STMT(q_get, "room_code.get", COLUMNS " AND c.room_id = $4");
STMT(q_list, "room_code.list", COLUMNS " AND r.building_id = $4 ORDER BY r.norm LIMIT 2000");

static enum err on_code(struct ctx *cx, const struct row *r, void *out)
{
    struct room_code *c = out;
    *c = (struct room_code){.room_id = row_i64(r, 0),
                            .version = row_i64(r, 1),
                            .expires_at = row_i64(r, 2),
                            .made_at = row_i64(r, 3),
                            .room = row_text(cx, r, 4),
                            .project = row_text(cx, r, 5)};
    c->token = signed_code(cx->arena, "door", c->room_id, c->version);
    return OK;
}

enum err room_code_get(struct ctx *cx, int64_t room_id, struct room_code *out)
{
    enum err e = db_one(cx, &q_get, ARGS(I64(cx->who.company_id), I64(cx->who.project_id), I64(cx->now), I64(room_id)),
                        on_code, out);
    return e == ERR_NOT_FOUND ? cx_fail(cx, e, "id", "该房间没有有效的二维码", "the room has no valid code") : e;
}

enum err room_code_make(struct ctx *cx, int64_t room_id, int64_t expires_at, struct room_code *out)
{
    int64_t id = 0;
    bool found = false;
    enum err e = db_i64(cx, &q_room, ARGS(I64(room_id), I64(cx->who.company_id), I64(cx->who.project_id)), &id, &found);
    if (!e && !found)
        e = cx_fail(cx, ERR_NOT_FOUND, "id", "房间不存在", "no such room");
    if (!e && expires_at && expires_at <= cx->now)
        e = cx_fail(cx, ERR_INVALID, "expires_on", "有效期须在今天之后", "it must end after today");
    if (!e)
        e = db_exec(cx, &q_make,
                    ARGS(I64(room_id), I64(cx->who.company_id), I64(cx->who.project_id), I64(expires_at),
                         I64(cx->who.id), I64(cx->now)),
                    NULL);
    if (!e)
        e = audit_add(cx, "room_code.make", "room", room_id, NULL, NULL);
    return e ? e : room_code_get(cx, room_id, out);
}

enum err room_code_make_all(struct ctx *cx, int64_t building_id, int64_t *made)
{
    int64_t id = 0;
    bool found = false;
    enum err e =
        db_i64(cx, &q_building, ARGS(I64(building_id), I64(cx->who.company_id), I64(cx->who.project_id)), &id, &found);
    if (!e && !found)
        e = cx_fail(cx, ERR_NOT_FOUND, "id", "楼栋不存在", "no such building");
    if (!e)
        e = db_exec(
            cx, &q_make_all,
            ARGS(I64(building_id), I64(cx->who.company_id), I64(cx->who.project_id), I64(cx->who.id), I64(cx->now)),
            made);
    return e || !*made ? e
                       : audit_add(cx, "room_code.make_all", "building", building_id, NULL,
                                   arena_printf(cx->arena, "{\"made\":%lld}", (long long)*made));
}

enum err room_code_revoke(struct ctx *cx, int64_t room_id)
{
    enum err e = db_change_one(cx, &q_revoke, ARGS(I64(room_id), I64(cx->who.company_id), I64(cx->who.project_id)),
                               ERR_NOT_FOUND, "该房间没有有效的二维码", "the room has no valid code");
    return e ? e : audit_add(cx, "room_code.revoke", "room", room_id, NULL, NULL);
}

struct listing {
    room_code_fn *fn;
    void *arg;
};

static enum err on_listed(struct ctx *cx, const struct row *r, void *out)
{
    struct listing *l = out;
    struct room_code c;
    enum err e = on_code(cx, r, &c);
    l->fn(l->arg, &c);
    return e;
}

enum err room_code_list(struct ctx *cx, int64_t building_id, room_code_fn *fn, void *arg)
{
    struct listing l = {fn, arg};
    return db_each(cx, &q_list, ARGS(I64(cx->who.company_id), I64(cx->who.project_id), I64(cx->now), I64(building_id)),
                   on_listed, &l);
}

/* ---- on paper ---- */

#define ACROSS 3
#define DOWN   5

static void one_code(struct pdf *p, struct arena *a, double x, double y, const struct room_code *c, const char *base)
{
    const double wide_char = 62, high = 52, side = 36;
    pdf_rect(p, x, y, wide_char, high);
    pdf_qr(p, x + (wide_char - side) / 2, y + 2, side, arena_printf(a, "%s%s", base, c->token));
    pdf_text(p, x + 2, y + side + 2.5, wide_char - 4, (struct pdf_style){.size = 11, .align = PDF_CENTER, .bold = true},
             c->room);
    pdf_text(p, x + 2, y + side + 8, wide_char - 4, (struct pdf_style){.size = 8, .align = PDF_CENTER},
             arena_printf(a, "%s  扫码缴费", c->project));
}

const void *room_code_sheet(struct arena *a, const struct room_code *v, size_t n, const char *base, size_t *bytes)
{
    struct pdf *p = pdf_new(a, PDF_A4, "缴费二维码");
    for (size_t i = 0; i < n; i++) {
        size_t at = i % (ACROSS * DOWN), across = at % ACROSS, down = at / ACROSS;
        if (i && at == 0)
            pdf_page(p);
        one_code(p, a, 11 + 63 * (double)across, 14 + 54 * (double)down, &v[i], base);
    }
    return pdf_end(p, bytes);
}
