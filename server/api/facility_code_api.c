/* facility_code_api.c - HTTP face of the codes on facilities, of what strangers report by them, and of the analysis.
 * SPDX-License-Identifier: MIT */
#include "api/repair_json.h"
#include "api/route.h"
#include "base/clock.h"
#include "domain/facility.h"
#include "platform/config.h"
#include "platform/qr.h"
#include "platform/store/store.h"
#include <string.h>

static const char *link_of(struct ctx *cx, const char *token)
{
    return *config()->public_url ? arena_printf(cx->arena, "%s/#/facility/%s", config()->public_url, token) : token;
}

static enum err reply_code(struct ctx *cx, struct response *rs, int status, const struct facility_code *c)
{
    struct jw w;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    kv_id(&w, "facility_id", c->facility_id);
    kv_str(&w, "code", c->code);
    kv_str(&w, "name", c->name);
    kv_str(&w, "token", c->token);
    kv_str(&w, "link", link_of(cx, c->token));
    kv_int(&w, "version", c->version);
    jw_end(&w);
    return reply_json(rs, status, &w);
}

static enum err h_make(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct facility_code c;
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = facility_code_make(cx, id, &c);
    return e ? e : reply_code(cx, rs, 201, &c);
}

static enum err h_get(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct facility_code c;
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = facility_code_get(cx, id, &c);
    return e ? e : reply_code(cx, rs, 200, &c);
}

static enum err h_revoke(struct ctx *cx, const struct request *rq, struct response *rs)
{
    return do_by_id(cx, rq, rs, facility_code_revoke);
}

struct fetch {
    int64_t id;
    struct facility_code c;
};

static enum err run_get(struct ctx *cx, void *arg)
{
    struct fetch *f = arg;
    return facility_code_get(cx, f->id, &f->c);
}

static enum err picture(struct ctx *cx, const struct request *rq, struct response *rs, bool png)
{
    struct fetch f = {0};
    size_t n = 0;
    enum err e = path_id(cx, rq, 0, &f.id);
    if (!e)
        e = store_read(cx, run_get, &f);
    if (e)
        return e;
    const char *text = link_of(cx, f.c.token);
    const void *p = png ? qr_png(cx->arena, text, 8, &n) : (const void *)qr_svg(cx->arena, text);
    rs->type = png ? "image/png" : "image/svg+xml";
    rs->body = p;
    rs->len = png || !p ? n : strlen(p);
    reply_header(rs, "content-security-policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox");
    return p ? OK : cx_fail(cx, ERR_INTERNAL, NULL, "无法生成文件", "the picture could not be made");
}

static enum err h_png(struct ctx *cx, const struct request *rq, struct response *rs)
{
    return picture(cx, rq, rs, true);
}

static enum err h_svg(struct ctx *cx, const struct request *rq, struct response *rs)
{
    return picture(cx, rq, rs, false);
}

/* ---- for anybody ---- */

struct landing {
    const char *token;
    struct facility_public p;
};

static enum err run_page(struct ctx *cx, void *arg)
{
    struct landing *l = arg;
    return facility_public_page(cx, l->token, &l->p);
}

static enum err h_page(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct landing l = {.token = rq->arg[0]};
    struct jw w;
    enum err e = store_read(cx, run_page, &l);
    if (e)
        return e;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    kv_str(&w, "project", l.p.project);
    kv_str(&w, "code", l.p.code);
    kv_str(&w, "name", l.p.name);
    kv_str(&w, "category", l.p.category);
    kv_str(&w, "place", l.p.place);
    kv_str(&w, "state", l.p.state);
    kv_bool(&w, "up", l.p.up);
    kv_int(&w, "inspected_day", l.p.inspected_day);
    kv_int(&w, "inspect_due", l.p.inspect_due);
    jw_end(&w);
    return reply_json(rs, 200, &w);
}

struct report_in {
    const char *description, *contact_phone;
};
static const struct field report_fields[] = {FIELD_TEXT(struct report_in, description, 2, 500),
                                             OPT_RAW(struct report_in, contact_phone, 11, 11)};

static enum err h_report(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct report_in in = {0};
    int64_t id = 0;
    enum err e = BODY(cx, rq, report_fields, &in);
    if (!e)
        e = facility_public_report(cx, rq->arg[0], in.description, in.contact_phone, &id);
    return e ? e : reply_id(cx, rs, 201, id);
}

/* ---- the desk ---- */

static void one_report(void *arg, const struct facility_report *r)
{
    struct page *p = arg;
    jw_obj(&p->w);
    kv_id(&p->w, "id", r->id);
    kv_id(&p->w, "facility_id", r->facility_id);
    kv_str(&p->w, "code", r->code);
    kv_str(&p->w, "name", r->name);
    kv_str(&p->w, "description", r->description);
    kv_str(&p->w, "contact_phone", r->contact_hint);
    kv_str(&p->w, "state", r->state);
    kv_id(&p->w, "repair_id", r->repair_id);
    kv_str(&p->w, "note", r->note);
    kv_time(&p->w, "decided_at", r->decided_at);
    kv_time(&p->w, "at", r->at);
    jw_end(&p->w);
    page_row(p, r->id);
}

static enum err h_reports(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct page p = {.n = 0};
    const char *state = NULL;
    enum err e = query_text(cx, rq, "state", &state);
    if (!e)
        e = page_open(cx, rq, &p);
    if (!e)
        e = facility_report_list(cx, state, p.before, p.limit, one_report, &p);
    return page_close(rs, &p, e);
}

struct accept_in {
    int64_t type_id;
    int urgency;
};
static const struct field accept_fields[] = {FIELD_ID(struct accept_in, type_id),
                                             OPT_ENUM(struct accept_in, urgency, urgency_name)};

static enum err h_accept(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct accept_in in = {.urgency = URGENCY_LOW};
    struct repair r;
    struct jw w;
    int64_t id = 0;
    enum err e = path_id(cx, rq, 0, &id);
    if (!e)
        e = BODY(cx, rq, accept_fields, &in);
    if (!e)
        e = facility_report_accept(cx, id, in.type_id, in.urgency, &r);
    if (e)
        return e;
    jw_init(&w, cx->arena);
    repair_to_json(&w, &r, 0);
    return reply_json(rs, 201, &w);
}

static enum err h_reject(struct ctx *cx, const struct request *rq, struct response *rs)
{
    static const struct field note = {.key = "note", .type = F_STR, .min = 1, .max = 200};
    return do_by_text(cx, rq, rs, &note, facility_report_reject);
}

/* ---- analysis ---- */

static enum err span(struct ctx *cx, const struct request *rq, int64_t *from, int64_t *to)
{
    enum err e = query_time(cx, rq, "from", cx->now - 365 * DAY_MS, from);
    return e ? e : query_time(cx, rq, "to", cx->now + 1, to);
}

static void one_pareto(void *arg, const struct facility_pareto *p)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_str(w, "cause", p->cause);
    kv_int(w, "repairs", p->n);
    kv_int(w, "share_e4", p->share_e4);
    kv_int(w, "sum_e4", p->sum_e4);
    jw_end(w);
}

static enum err h_pareto(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw w;
    const char *category = NULL;
    int64_t from = 0, to = 0;
    enum err e = span(cx, rq, &from, &to);
    if (!e)
        e = query_text(cx, rq, "category", &category);
    list_open(cx, &w);
    if (!e)
        e = facility_stat_pareto(cx, from, to, category, one_pareto, &w);
    return list_close(rs, &w, e);
}

static void one_reliability(void *arg, const struct facility_reliability *r)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_str(w, "key", r->key);
    kv_str(w, "name", r->name);
    kv_int(w, "facilities", r->facilities);
    kv_int(w, "failures", r->failures);
    kv_int(w, "down_ms", r->down_ms);
    kv_int(w, "mtbf_ms", r->mtbf_ms);
    kv_int(w, "mttr_ms", r->mttr_ms);
    kv_int(w, "up_e4", r->up_e4);
    kv_int(w, "cost_fen", r->cost_fen);
    jw_end(w);
}

static enum err h_reliability(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw w;
    const char *by = NULL;
    int64_t from = 0, to = 0;
    enum err e = span(cx, rq, &from, &to);
    if (!e)
        e = query_text(cx, rq, "by", &by);
    list_open(cx, &w);
    if (!e)
        e = facility_stat_reliability(cx, by ? by : "category", from, to, one_reliability, &w);
    return list_close(rs, &w, e);
}

static void one_repeat(void *arg, const struct facility_repeat *r)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_id(w, "facility_id", r->facility_id);
    kv_str(w, "code", r->code);
    kv_str(w, "name", r->name);
    kv_id(w, "repair_id", r->repair_id);
    kv_id(w, "before_id", r->before_id);
    kv_str(w, "cause", r->cause);
    kv_int(w, "days", r->days);
    kv_time(w, "at", r->at);
    jw_end(w);
}

static enum err h_repeats(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw w;
    int64_t from = 0, to = 0;
    enum err e = span(cx, rq, &from, &to);
    list_open(cx, &w);
    if (!e)
        e = facility_stat_repeats(cx, from, to, one_repeat, &w);
    return list_close(rs, &w, e);
}

#define WHO_STATS (ROLES_DESK | ROLE_AUDITOR)
/* clang-format off */
static const struct route rows[] = {
    {M_POST,   "/api/v1/facilities/{id}/code",              h_make,        LANE_WRITE, ROLES_SETS,   SCOPE_PROJECT, 256,  RF_IDEMPOTENT, "makeFacilityCode"},
    {M_GET,    "/api/v1/facilities/{id}/code",              h_get,         LANE_READ,  ROLES_DESK,   SCOPE_PROJECT, 0,    0,             "getFacilityCode"},
    {M_DELETE, "/api/v1/facilities/{id}/code",              h_revoke,      LANE_WRITE, ROLES_SETS,   SCOPE_PROJECT, 0,    0,             "revokeFacilityCode"},
    {M_GET,    "/api/v1/facilities/{id}/code.png",          h_png,         LANE_SLOW,  ROLES_DESK,   SCOPE_PROJECT, 0,    0,             "getFacilityCodePng"},
    {M_GET,    "/api/v1/facilities/{id}/code.svg",          h_svg,         LANE_SLOW,  ROLES_DESK,   SCOPE_PROJECT, 0,    0,             "getFacilityCodeSvg"},
    {M_GET,    "/api/v1/facility-codes/{token}",            h_page,        LANE_SLOW,  ROLES_PUBLIC, SCOPE_NONE,    0,    RF_STRICT,     "openFacilityCode"},
    {M_POST,   "/api/v1/facility-codes/{token}/reports",    h_report,      LANE_SLOW,  ROLES_PUBLIC, SCOPE_NONE,    4096, RF_STRICT,     "reportByFacilityCode"},
    {M_GET,    "/api/v1/facility-reports",                  h_reports,     LANE_READ,  ROLES_DESK,   SCOPE_PROJECT, 0,    0,             "listFacilityReports"},
    {M_POST,   "/api/v1/facility-reports/{id}/accept",      h_accept,      LANE_WRITE, ROLES_DESK,   SCOPE_PROJECT, 512,  RF_IDEMPOTENT, "acceptFacilityReport"},
    {M_POST,   "/api/v1/facility-reports/{id}/reject",      h_reject,      LANE_WRITE, ROLES_DESK,   SCOPE_PROJECT, 1024, RF_IDEMPOTENT, "rejectFacilityReport"},
    {M_GET,    "/api/v1/facility-stats/pareto",             h_pareto,      LANE_READ,  WHO_STATS,    SCOPE_PROJECT, 0,    0,             "facilityPareto"},
    {M_GET,    "/api/v1/facility-stats/reliability",        h_reliability, LANE_READ,  WHO_STATS,    SCOPE_PROJECT, 0,    0,             "facilityReliability"},
    {M_GET,    "/api/v1/facility-stats/repeats",            h_repeats,     LANE_READ,  WHO_STATS,    SCOPE_PROJECT, 0,    0,             "facilityRepeats"},
};
/* clang-format on */
const struct route_set facility_code_routes = {rows, COUNT(rows)};
