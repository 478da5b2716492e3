/* facility_code.c - the code on a facility, the page behind it, and what strangers report by it until the desk has looked
 * at it.  SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/id.h"
#include "domain/audit.h"
#include "domain/auth.h"
#include "domain/facility_int.h"
#include "domain/message.h"
#include "domain/receipt_code.h"
#include "platform/crypto/crypto.h"
#include "platform/events.h"
#include "platform/store/db.h"
#include "platform/store/store.h"

#define SLOT_MS (10 * MINUTE_MS)
#define SLOTS   6 /* an hour */

STMT(q_make, "facility_code.make",
     "UPDATE facility SET code_version = code_version + 1, code_live = 1, version = version + 1 WHERE id = $1"
     " AND state <> 'scrapped'");
STMT(q_revoke, "facility_code.revoke",
     "UPDATE facility SET code_live = 0, version = version + 1 WHERE id = $1 AND code_live = 1");
STMT(q_live, "facility_code.live",
     "SELECT id FROM facility WHERE id = $1 AND code_version = $2 AND code_live = 1 AND state <> 'scrapped'");
STMT(q_page, "facility_code.page",
     "SELECT p.name, f.code, f.name, f.category, f.place, f.state, f.up, f.inspected_day, f.inspect_due, f.company_id,"
     " f.project_id, COALESCE(m.full_name, b.name, ''), f.importance FROM facility f JOIN project p ON p.id = "
     "f.project_id"
     " LEFT JOIN building b ON b.id = f.building_id LEFT JOIN room m ON m.id = f.room_id WHERE f.id = $1");
STMT(q_try, "facility_report.try",
     "INSERT INTO facility_report_try(facility_id, who, slot, tries) VALUES ($1, $2, $3, 1)"
     " ON CONFLICT (facility_id, who, slot) DO UPDATE SET tries = facility_report_try.tries + 1");
STMT(q_tries, "facility_report.tries",
     "SELECT CAST(COALESCE(SUM(tries), 0) AS BIGINT) FROM facility_report_try WHERE facility_id = $1 AND who = $2"
     " AND slot > $3");
STMT(q_forget, "facility_report.forget", "DELETE FROM facility_report_try WHERE facility_id = $1 AND slot <= $2");
STMT(q_add, "facility_report.add",
     "INSERT INTO facility_report(id, facility_id, company_id, project_id, description, contact_enc, contact_hint, at)"
     " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)");
#define REPORT_COLUMNS                                                                                                 \
    "SELECT r.id, r.facility_id, r.repair_id, r.decided_at, r.at, f.code, f.name, r.description, r.contact_hint,"      \
    " r.state, r.note, r.contact_enc FROM facility_report r JOIN facility f ON f.id = r.facility_id"                   \
    " WHERE r.company_id = $1 AND r.project_id = $2"
STMT(q_list, "facility_report.list",
     REPORT_COLUMNS " AND ($3 = '' OR r.state = $3) AND ($4 = 0 OR r.id < $4) ORDER BY r.id DESC LIMIT $5");
STMT(q_get, "facility_report.get", REPORT_COLUMNS " AND r.id = $3");
STMT(q_decide, "facility_report.decide",
     "UPDATE facility_report SET state = $2, repair_id = $3, decided_by = $4, decided_at = $5, note = $6"
     " WHERE id = $1 AND state = 'waiting'");

/* ---- the code ---- */

static enum err no_code(struct ctx *cx)
{
    return cx_fail(cx, ERR_NOT_FOUND, "id", "该设备没有有效的二维码", "the facility has no valid code");
}

enum err facility_code_get(struct ctx *cx, int64_t id, struct facility_code *out)
{
    struct facility f;
    enum err e = facility_get(cx, id, &f);
    if (e || !f.code_live || f.state == FS_SCRAPPED)
        return e ? e : no_code(cx);
    *out = (struct facility_code){.facility_id = id,
                                  .version = f.code_version,
                                  .code = f.code,
                                  .name = f.name,
                                  .token = signed_code(cx->arena, "facility", id, f.code_version)};
    return OK;
}

enum err facility_code_make(struct ctx *cx, int64_t id, struct facility_code *out)
{
    struct facility f;
    enum err e = facility_get(cx, id, &f);
    if (!e)
        e = db_change_one(cx, &q_make, ARGS(I64(id)), ERR_STATE, "设备已报废", "the facility is scrapped");
    if (!e)
        e = facility_log(cx, id, "code", NULL, NULL, "made", 0);
    if (!e)
        e = audit_add(cx, "facility.code_make", "facility", id, NULL, NULL);
    return e ? e : facility_code_get(cx, id, out);
}

enum err facility_code_revoke(struct ctx *cx, int64_t id)
{
    struct facility f;
    int64_t changed = 0;
    enum err e = facility_get(cx, id, &f);
    if (!e)
        e = db_exec(cx, &q_revoke, ARGS(I64(id)), &changed);
    if (!e && !changed)
        return no_code(cx);
    if (!e)
        e = facility_log(cx, id, "code", NULL, NULL, "revoked", 0);
    return e ? e : audit_add(cx, "facility.code_revoke", "facility", id, NULL, NULL);
}

enum err facility_code_read(struct ctx *cx, const char *token, int64_t *id)
{
    int64_t version = 0;
    bool live = false;
    *id = 0;
    if (signed_code_read("facility", token, id, &version)) {
        enum err e = db_i64(cx, &q_live, ARGS(I64(*id), I64(version)), id, &live);
        if (e)
            return e;
    }
    return live ? OK
                : cx_fail(cx, ERR_NOT_FOUND, "token", "二维码无效或已失效,请联系物业",
                          "the code is not valid any more; ask the office");
}

/* ---- for anybody ---- */

struct page {
    struct facility_public *out;
    int64_t company_id, project_id;
    const char *where, *importance;
};

static enum err on_page(struct ctx *cx, const struct row *r, void *out)
{
    struct page *p = out;
    *p->out = (struct facility_public){.project = row_text(cx, r, 0),
                                       .code = row_text(cx, r, 1),
                                       .name = row_text(cx, r, 2),
                                       .category = row_text(cx, r, 3),
                                       .place = row_text(cx, r, 4),
                                       .state = row_text(cx, r, 5),
                                       .up = row_i64(r, 6) != 0,
                                       .inspected_day = row_i64(r, 7),
                                       .inspect_due = row_i64(r, 8)};
    p->company_id = row_i64(r, 9);
    p->project_id = row_i64(r, 10);
    p->where = row_text(cx, r, 11);
    p->importance = row_text(cx, r, 12);
    return OK;
}

static enum err open_page(struct ctx *cx, const char *token, struct page *p, int64_t *id)
{
    enum err e = facility_code_read(cx, token, id);
    return e ? e : db_one(cx, &q_page, ARGS(I64(*id)), on_page, p);
}

enum err facility_public_page(struct ctx *cx, const char *token, struct facility_public *out)
{
    struct page p = {.out = out};
    int64_t id = 0;
    enum err e = open_page(cx, token, &p, &id);
    if (e)
        return e;
    cx->who.company_id = p.company_id; /* only for the category's name */
    e = facility_category_name(cx, out->category, &out->category);
    cx->who.company_id = 0;
    if (!str_empty(p.where))
        out->place = *out->place ? arena_printf(cx->arena, "%s %s", p.where, out->place) : p.where;
    return e;
}

struct report {
    const char *token, *description, *phone;
    int64_t id;
    bool over;
};

static enum err count(struct ctx *cx, int64_t facility, const char *who, int64_t max, bool *over)
{
    int64_t slot = cx->now / SLOT_MS, tries = 0;
    enum err e = db_i64(cx, &q_tries, ARGS(I64(facility), TXT(who), I64(slot - SLOTS)), &tries, NULL);
    *over = *over || tries >= max;
    return e || *over ? e : db_exec(cx, &q_try, ARGS(I64(facility), TXT(who), I64(slot)), NULL);
}

/* Who runs the project hears of it, at night too of what is important; once an hour a facility, as anybody may report. */
static enum err tell_desk(struct ctx *cx, const struct page *p, int64_t id, const char *text)
{
    /* clang-format off */
    const struct message_var var[] = {
        {"code",  p->out->code                                                                  },
        {"name",  p->out->name                                                                  },
        {"place", str_empty(p->where) ? p->out->place : arena_printf(cx->arena, "%s %s", p->where, p->out->place)},
        {"text",  arena_strndup(cx->arena, text, utf8_prefix(text, 60))                         }
    };
    /* clang-format on */
    return message_tell_desk(
        cx, &(struct message_tell){.company_id = p->company_id,
                                   .project_id = p->project_id,
                                   .kind = str_eq(p->importance, "A") ? "facility_alarm" : "facility_report",
                                   .object = "facility",
                                   .object_id = id,
                                   .event = arena_printf(cx->arena, "reported%lld", (long long)(cx->now / HOUR_MS)),
                                   .var = var,
                                   .nvar = COUNT(var),
                                   .page = "pkg-owner/messages/index"});
}

static enum err run_report(struct ctx *cx, void *arg)
{
    struct report *k = arg;
    struct facility_public pub;
    struct page p = {.out = &pub};
    int64_t id = 0;
    size_t n = 0;
    const void *sealed = NULL;
    k->over = false;
    enum err e = open_page(cx, k->token, &p, &id);
    if (!e)
        e = db_exec(cx, &q_forget, ARGS(I64(id), I64(cx->now / SLOT_MS - SLOTS)), NULL);
    if (!e)
        e = count(cx, id, cx->ip ? cx->ip : "?", FACILITY_REPORTS_IP, &k->over);
    if (!e && !k->over)
        e = count(cx, id, "", FACILITY_REPORTS_ALL, &k->over);
    if (e || k->over)
        return e;
    k->id = id_new();
    if (!str_empty(k->phone))
        sealed = pii_seal(cx->arena, k->phone,
                          arena_printf(cx->arena, "facility_report.contact|%lld", (long long)k->id), &n);
    e = db_exec(cx, &q_add,
                ARGS(I64(k->id), I64(id), I64(p.company_id), I64(p.project_id), TXT(k->description),
                     sealed ? BLOB(sealed, n) : (struct arg){.kind = ARG_NULL},
                     TXT(sealed ? phone_mask(cx->arena, k->phone) : ""), I64(cx->now)),
                NULL);
    if (!e)
        e = tell_desk(cx, &p, id, k->description);
    cx_emit(
        cx, topic_board(cx, p.project_id), "facility.reported",
        arena_printf(cx->arena, "{\"report_id\":\"%lld\",\"facility_id\":\"%lld\"}", (long long)k->id, (long long)id));
    return e;
}

enum err facility_public_report(struct ctx *cx, const char *token, const char *description, const char *phone,
                                int64_t *id)
{
    struct report k = {.token = token, .description = description, .phone = phone};
    if (!str_empty(phone) && !phone_valid(phone))
        return cx_fail(cx, ERR_INVALID, "contact_phone", "手机号格式不正确", "not a mobile number");
    enum err e = store_write(cx, run_report, &k);
    if (!e && k.over)
        e = cx_fail(cx, ERR_RATE, NULL, "提交过于频繁,请稍后再试或联系物业",
                    "too many reports; try later or call the office");
    *id = k.id;
    return e;
}

/* ---- the desk ---- */

static enum err report_row(struct ctx *cx, const struct row *r, struct facility_report *o)
{
    *o = (struct facility_report){.id = row_i64(r, 0),
                                  .facility_id = row_i64(r, 1),
                                  .repair_id = row_i64(r, 2),
                                  .decided_at = row_i64(r, 3),
                                  .at = row_i64(r, 4),
                                  .code = row_text(cx, r, 5),
                                  .name = row_text(cx, r, 6),
                                  .description = row_text(cx, r, 7),
                                  .contact_hint = row_text(cx, r, 8),
                                  .state = row_text(cx, r, 9),
                                  .note = row_text(cx, r, 10)};
    return OK;
}

struct reports {
    facility_report_fn *fn;
    void *arg;
};

static enum err on_listed(struct ctx *cx, const struct row *r, void *out)
{
    struct reports *l = out;
    struct facility_report o;
    enum err e = report_row(cx, r, &o);
    l->fn(l->arg, &o);
    return e;
}

enum err facility_report_list(struct ctx *cx, const char *state, int64_t before_id, int64_t limit,
                              facility_report_fn *fn, void *arg)
{
    struct reports l = {fn, arg};
    return db_each(
        cx, &q_list,
        ARGS(I64(cx->who.company_id), I64(cx->who.project_id), TXT(or_empty(state)), I64(before_id), I64(limit)),
        on_listed, &l);
}

struct waiting {
    struct facility_report r;
    const char *phone;
};

static enum err on_waiting(struct ctx *cx, const struct row *r, void *out)
{
    struct waiting *w = out;
    size_t n = 0;
    enum err e = report_row(cx, r, &w->r);
    const void *sealed = row_blob(cx, r, 11, &n);
    w->phone = sealed ? pii_open(cx->arena, sealed, n,
                                 arena_printf(cx->arena, "facility_report.contact|%lld", (long long)w->r.id))
                      : NULL;
    return e;
}

static enum err load_waiting(struct ctx *cx, int64_t id, struct waiting *w)
{
    enum err e = db_one(cx, &q_get, ARGS(I64(cx->who.company_id), I64(cx->who.project_id), I64(id)), on_waiting, w);
    if (e == ERR_NOT_FOUND)
        return cx_fail(cx, e, "id", "报障不存在", "no such report");
    if (!e && !str_eq(w->r.state, "waiting"))
        e = cx_fail(cx, ERR_STATE, "state", "该报障已处理", "decided already");
    return e;
}

static enum err decide(struct ctx *cx, int64_t id, const char *state, int64_t repair_id, const char *note)
{
    enum err e = db_change_one(
        cx, &q_decide, ARGS(I64(id), TXT(state), I64(repair_id), I64(cx->who.id), I64(cx->now), TXT(or_empty(note))),
        ERR_STATE, "该报障已处理", "decided already");
    return e ? e
             : audit_add(cx, arena_printf(cx->arena, "facility_report.%s", state), "facility_report", id, NULL, NULL);
}

enum err facility_report_accept(struct ctx *cx, int64_t id, int64_t type_id, int urgency, struct repair *out)
{
    struct waiting w = {.phone = NULL};
    struct facility f;
    struct json_list dup;
    enum err e = load_waiting(cx, id, &w);
    if (!e)
        e = facility_get(cx, w.r.facility_id, &f);
    if (e)
        return e;
    struct repair_report in = {.type_id = type_id,
                               .facility_id = f.id,
                               .place = facility_where(cx, &f),
                               .description = w.r.description,
                               .contact_phone = w.phone,
                               .urgency = urgency,
                               .channel = CH_STAFF};
    e = repair_report(cx, &in, out, &dup);
    if (!e)
        e = facility_repair_opened(cx, out, false);
    return e ? e : decide(cx, id, "accepted", out->id, "");
}

enum err facility_report_reject(struct ctx *cx, int64_t id, const char *note)
{
    struct waiting w = {.phone = NULL};
    enum err e = load_waiting(cx, id, &w);
    return e ? e : decide(cx, id, "rejected", 0, note);
}
