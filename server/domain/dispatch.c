/* dispatch.c - who gets a queued order: the pool (抢单), round robin (轮训), automatic by skill, shift and load;
 * offers with a deadline, their acknowledgement and the ladder of messages behind them.
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "domain/auth.h"
#include "domain/message.h"
#include "domain/outbox.h"
#include "domain/repair_int.h"
#include "platform/config.h"
#include "platform/events.h"

#define HELD_STATES "('assigned', 'en_route', 'arrived', 'in_repair', 'on_hold')"

/* $1 company $2 project $3 skill $4 order $5 weekday bit $6 yesterday's bit $7 minute of the day $8 now $9 today.
 * Whoever was asked for this order before comes last, not out: better the same
 * man twice than nobody. */
#define ON_LEAVE                                                                                                       \
    "EXISTS (SELECT 1 FROM roster v WHERE v.account_id = k.account_id AND v.kind = 'leave'"                            \
    " AND v.state = 'approved' AND v.from_at <= $8 AND v.to_at > $8)"
#define CANDIDATES                                                                                                     \
    "SELECT k.account_id, a.name, k.on_duty,"                                                                          \
    " (SELECT COUNT(*) FROM repair h WHERE h.holder_id = k.account_id AND h.state IN " HELD_STATES ")"                 \
    " + (SELECT COUNT(*) FROM repair_offer f WHERE f.account_id = k.account_id AND f.state = 'open') AS busy,"         \
    " COALESCE(w.turn, 0) AS turn,"                                                                                    \
    " (SELECT COUNT(*) FROM repair_offer g WHERE g.repair_id = $4 AND g.account_id = k.account_id) AS asked,"          \
    " k.max_open, CASE WHEN " ON_LEAVE " THEN 1 ELSE 0 END"                                                            \
    " FROM technician k JOIN account a ON a.id = k.account_id AND a.state = 'active'"                                  \
    " JOIN technician_skill s ON s.account_id = k.account_id AND s.skill = $3"                                         \
    " LEFT JOIN dispatch_turn w ON w.company_id = $1 AND w.project_id = $2 AND w.skill = $3"                           \
    " AND w.account_id = k.account_id"                                                                                 \
    " WHERE k.company_id = $1 AND EXISTS (SELECT 1 FROM role_grant g WHERE g.company_id = $1"                          \
    " AND g.account_id = k.account_id AND g.role = 'technician' AND (g.project_id = 0 OR g.project_id = $2))"
/* Leave beats the roster of the day, the roster beats the weekly shift; without any of them people are there. */
#define ON_SHIFT                                                                                                       \
    " AND k.on_duty = 1 AND NOT " ON_LEAVE                                                                             \
    " AND (EXISTS (SELECT 1 FROM roster v WHERE v.account_id = k.account_id AND v.kind = 'work'"                       \
    " AND (v.project_id = 0 OR v.project_id = $2) AND v.from_at <= $8 AND v.to_at > $8)"                               \
    " OR (NOT EXISTS (SELECT 1 FROM roster v WHERE v.account_id = k.account_id AND v.kind = 'work' AND v.day = $9)"    \
    " AND (NOT EXISTS (SELECT 1 FROM shift x WHERE x.account_id = k.account_id)"                                       \
    " OR EXISTS (SELECT 1 FROM shift x WHERE x.account_id = k.account_id AND (x.project_id = 0 OR x.project_id = $2)"  \
    " AND (((x.weekdays / $5) % 2 = 1 AND x.from_min <= $7 AND $7 < x.to_min)"                                         \
    " OR ((x.weekdays / $6) % 2 = 1 AND x.from_min <= $7 + 1440 AND $7 + 1440 < x.to_min))))))"
#define BELOW_CAP                                                                                                      \
    " AND (SELECT COUNT(*) FROM repair h WHERE h.holder_id = k.account_id AND h.state IN " HELD_STATES ")"             \
    " + (SELECT COUNT(*) FROM repair_offer f WHERE f.account_id = k.account_id AND f.state = 'open') < k.max_open"
STMT(q_auto, "dispatch.auto", CANDIDATES ON_SHIFT BELOW_CAP " ORDER BY asked, busy, turn, k.account_id LIMIT 1");
STMT(q_turns, "dispatch.turns", CANDIDATES ON_SHIFT BELOW_CAP " ORDER BY asked, turn, k.account_id LIMIT 1");
STMT(q_candidates, "dispatch.candidates",
     CANDIDATES " AND $5 >= 0 AND $6 >= 0 AND $7 >= 0 AND $8 >= 0 AND $9 >= 0"
                " ORDER BY k.on_duty DESC, busy, turn, k.account_id LIMIT 50");
/* $10: the holder himself. Whoever would be refused by technician_fits() by hand is not named. */
STMT(q_colleagues, "dispatch.colleagues",
     CANDIDATES BELOW_CAP " AND $5 >= 0 AND $6 >= 0 AND $7 >= 0 AND $9 >= 0 AND k.account_id <> $10"
                          " ORDER BY CASE WHEN k.on_duty = 1 AND NOT " ON_LEAVE
                          " THEN 0 ELSE 1 END, busy, turn, k.account_id LIMIT 50");
STMT(q_fits, "dispatch.fits", CANDIDATES ON_SHIFT BELOW_CAP " AND k.account_id = $10");
STMT(q_fits_by_hand, "dispatch.fits_by_hand",
     CANDIDATES BELOW_CAP " AND $5 >= 0 AND $6 >= 0 AND $7 >= 0 AND $8 >= 0 AND $9 >= 0 AND k.account_id = $10");
STMT(q_turn, "dispatch.turn",
     "INSERT INTO dispatch_turn(company_id, project_id, skill, account_id, turn) VALUES ($1, $2, $3, $4,"
     " (SELECT COALESCE(MAX(turn), 0) + 1 FROM dispatch_turn WHERE company_id = $1 AND project_id = $2 AND skill = $3))"
     " ON CONFLICT (company_id, project_id, skill, account_id) DO UPDATE SET turn = excluded.turn");

STMT(q_offer, "offer.insert",
     "INSERT INTO repair_offer(id, company_id, project_id, repair_id, account_id, kind, version, state, next_at, "
     "expires_at,"
     " created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, 'open', $8, $9, $10)");
#define OFFER_COLUMNS                                                                                                  \
    "o.id, o.repair_id, o.project_id, o.company_id, o.account_id, o.version, o.rung, o.next_at, o.expires_at,"         \
    " o.delivered_at, o.seen_at, o.created_at, o.kind, o.state"
STMT(q_offer_load, "offer.load", "SELECT " OFFER_COLUMNS " FROM repair_offer o WHERE o.id = $1");
STMT(q_offer_open, "offer.open_of_order",
     "SELECT " OFFER_COLUMNS " FROM repair_offer o WHERE o.repair_id = $1 AND o.state = 'open'");
STMT(q_offer_mine, "offer.mine",
     "SELECT " OFFER_COLUMNS " FROM repair_offer o WHERE o.account_id = $1 AND o.state = 'open' AND o.expires_at > $2"
     " ORDER BY o.id");
STMT(q_offer_close, "offer.close",
     "UPDATE repair_offer SET state = $2, reason = $3, answered_at = $4 WHERE id = $1 AND state = 'open'");
STMT(q_offer_seen, "offer.seen",
     "UPDATE repair_offer SET delivered_at = CASE WHEN delivered_at = 0 THEN $3 ELSE delivered_at END,"
     " seen_at = CASE WHEN $4 = 1 AND seen_at = 0 THEN $3 ELSE seen_at END, next_at = expires_at"
     " WHERE id = $1 AND account_id = $2 AND state = 'open'");
STMT(q_offer_his, "offer.his", "SELECT id FROM repair_offer WHERE id = $1 AND account_id = $2");
STMT(q_offer_carry, "offer.carry",
     "UPDATE repair_offer SET version = $3 WHERE repair_id = $1 AND version = $2 AND state = 'open'");
STMT(q_offer_rung, "offer.rung", "UPDATE repair_offer SET rung = $2, next_at = $3 WHERE id = $1 AND state = 'open'");
STMT(q_offer_due, "offer.due",
     "SELECT id, next_at FROM repair_offer WHERE state = 'open' ORDER BY next_at, id LIMIT $1");
STMT(q_openid, "offer.openid",
     "SELECT openid FROM identity WHERE account_id = $1 AND provider = 'wechat' ORDER BY id DESC LIMIT 1");
STMT(q_held_by, "dispatch.held_by", "SELECT id FROM repair WHERE holder_id = $1 AND state IN ('assigned', 'en_route')");

STMT(q_still, "dispatch.still_technician",
     "SELECT a.id FROM account a WHERE a.id = $1 AND a.state = 'active' AND EXISTS (SELECT 1 FROM role_grant g"
     " WHERE g.account_id = a.id AND g.role = 'technician' AND (g.project_id = 0 OR g.project_id = $2))");

/* ---- candidates ---- */

struct candidate_row {
    struct ctx *cx;
    candidate_fn *fn;
    void *arg;
    struct candidate best;
};

static enum err on_candidate(struct ctx *cx, const struct row *r, void *out)
{
    struct candidate_row *c = out;
    struct candidate one = {.id = row_i64(r, 0),
                            .name = row_text(cx, r, 1),
                            .on_duty = row_i64(r, 2) != 0,
                            .load = row_i64(r, 3),
                            .turn = row_i64(r, 4),
                            .max_open = row_i64(r, 6),
                            .on_leave = row_i64(r, 7) != 0};
    if (!c->best.id)
        c->best = one;
    if (c->fn)
        c->fn(c->arg, &one);
    return OK;
}

static enum err query_candidates(struct ctx *cx, const struct stmt *q, const struct repair *r, int64_t only,
                                 struct candidate_row *out)
{
    struct civil c = clock_civil(cx->now);
    int today = 1 << c.weekday, yesterday = 1 << (c.weekday + 6) % 7;
    struct arg v[] = {I64(r->company_id),
                      I64(r->project_id),
                      TXT(r->skill),
                      I64(r->id),
                      I64(today),
                      I64(yesterday),
                      I64(clock_minute_of_day(cx->now)),
                      I64(cx->now),
                      I64(clock_day(cx->now)),
                      I64(only)};
    return db_each(cx, q, (struct args){v, only ? 10 : 9}, on_candidate, out);
}

enum err technician_fits(struct ctx *cx, const struct repair *r, int64_t technician_id, bool by_hand)
{
    struct candidate_row c = {0};
    enum err e = query_candidates(cx, by_hand ? &q_fits_by_hand : &q_fits, r, technician_id, &c);
    if (!e && !c.best.id && by_hand)
        e = cx_fail(cx, ERR_INVALID, "technician_id", "该技师无此项目或技能,或接单已满",
                    "that technician lacks the project or the skill, or has too many jobs");
    else if (!e && !c.best.id)
        e = cx_fail(cx, ERR_FORBIDDEN, NULL, "未上班、不在班次、无此技能或接单已满",
                    "off duty, off shift, without the skill, or too many jobs");
    return e;
}

enum err dispatch_candidates(struct ctx *cx, int64_t repair_id, candidate_fn *fn, void *arg)
{
    struct repair r;
    unsigned bits;
    struct candidate_row c = {.fn = fn, .arg = arg};
    enum err e = repair_get(cx, repair_id, &r, &bits);
    return e ? e : query_candidates(cx, &q_candidates, &r, 0, &c);
}

enum err dispatch_colleagues(struct ctx *cx, int64_t repair_id, candidate_fn *fn, void *arg)
{
    struct repair r;
    struct candidate_row c = {.fn = fn, .arg = arg};
    enum err e = repair_load(cx, repair_id, &r);
    if (!e && (r.company_id != cx->who.company_id || r.holder_id != cx->who.id))
        e = cx_fail(cx, ERR_NOT_FOUND, "id", "工单不存在", "no such order");
    return e ? e : query_candidates(cx, &q_colleagues, &r, cx->who.id, &c);
}

/* ---- offers ---- */

static enum err on_offer(struct ctx *cx, const struct row *r, void *out)
{
    struct repair_offer *o = out;
    *o = (struct repair_offer){.id = row_i64(r, 0),
                               .repair_id = row_i64(r, 1),
                               .project_id = row_i64(r, 2),
                               .company_id = row_i64(r, 3),
                               .account_id = row_i64(r, 4),
                               .version = row_i64(r, 5),
                               .rung = row_i64(r, 6),
                               .next_at = row_i64(r, 7),
                               .expires_at = row_i64(r, 8),
                               .delivered_at = row_i64(r, 9),
                               .seen_at = row_i64(r, 10),
                               .created_at = row_i64(r, 11),
                               .kind = row_text(cx, r, 12),
                               .state = row_text(cx, r, 13)};
    return OK;
}

static enum err offer_load(struct ctx *cx, int64_t id, struct repair_offer *o)
{
    enum err e = db_one(cx, &q_offer_load, ARGS(I64(id)), on_offer, o);
    return e == ERR_NOT_FOUND ? cx_fail(cx, e, "offer_id", "派单不存在", "no such offer") : e;
}

static const char *offer_json(struct ctx *cx, const struct repair *r, int64_t offer_id, const char *kind,
                              int64_t expires_at)
{
    struct jw w;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    kv_id(&w, "offer_id", offer_id);
    kv_str(&w, "kind", kind);
    kv_time(&w, "expires_at", expires_at);
    kv_raw(&w, "repair", repair_json_brief(cx, r));
    jw_end(&w);
    return jw_text(&w);
}

enum err offer_make(struct ctx *cx, struct repair *r, int64_t technician_id, const char *kind)
{
    int64_t id = id_new(), expires = cx->now + config()->offer_s * SECOND_MS;
    int64_t ack = cx->now + config()->offer_ack_s * SECOND_MS;
    r->holder_id = 0;
    enum err e =
        db_exec(cx, &q_offer,
                ARGS(I64(id), I64(r->company_id), I64(r->project_id), I64(r->id), I64(technician_id), TXT(kind),
                     I64(r->version), I64(ack < expires ? ack : expires), I64(expires), I64(cx->now)),
                NULL);
    if (!e)
        e = db_exec(cx, &q_turn, ARGS(I64(r->company_id), I64(r->project_id), TXT(r->skill), I64(technician_id)), NULL);
    if (!e) {
        emit_user(cx, technician_id, "offer.new", offer_json(cx, r, id, kind, expires));
    }
    return e;
}

struct open_offers {
    struct repair_offer v[16];
    size_t n;
};

static enum err on_open(struct ctx *cx, const struct row *r, void *out)
{
    struct open_offers *l = out;
    return l->n < COUNT(l->v) ? on_offer(cx, r, &l->v[l->n++]) : OK;
}

static enum err close_offer(struct ctx *cx, const struct repair_offer *o, const char *state, const char *reason)
{
    struct jw w;
    int64_t changed = 0;
    enum err e = db_exec(cx, &q_offer_close, ARGS(I64(o->id), TXT(state), TXT(reason), I64(cx->now)), &changed);
    if (e || !changed)
        return e ? e : cx_fail(cx, ERR_TAKEN, "offer_id", "派单已失效", "the offer is over");
    jw_init(&w, cx->arena);
    jw_obj(&w);
    kv_id(&w, "offer_id", o->id);
    kv_id(&w, "repair_id", o->repair_id);
    kv_str(&w, "state", state);
    jw_end(&w);
    emit_user(cx, o->account_id, "offer.gone", jw_text(&w));
    return OK;
}

enum err dispatch_carry(struct ctx *cx, const struct repair *r, int64_t from_version)
{
    if (r->state == RS_OFFERED)
        return db_exec(cx, &q_offer_carry, ARGS(I64(r->id), I64(from_version), I64(r->version)), NULL);
    return r->state == RS_QUEUED ? outbox_carry(cx, "dispatch", r->id, from_version, r->version) : OK;
}

enum err offer_withdraw_all(struct ctx *cx, const struct repair *r, const char *why)
{
    struct open_offers l = {.n = 0};
    enum err e = db_each(cx, &q_offer_open, ARGS(I64(r->id)), on_open, &l);
    for (size_t i = 0; i < l.n && !e; i++) {
        e = close_offer(cx, &l.v[i], "withdrawn", why);
        cx_scope_changed(cx, l.v[i].account_id);
    }
    return e;
}

enum err offer_accept(struct ctx *cx, int64_t offer_id, struct repair *out)
{
    struct repair_offer o;
    struct repair_change ch;
    enum err e = offer_load(cx, offer_id, &o);
    if (e)
        return e;
    if (o.account_id != cx->who.id || o.company_id != cx->who.company_id)
        return cx_fail(cx, ERR_NOT_FOUND, "offer_id", "派单不存在", "no such offer");
    if ((e = repair_load(cx, o.repair_id, out)) != OK)
        return e;
    if (str_eq(o.state, "accepted") && out->holder_id == cx->who.id) /* a repeated tap */
        return OK;
    if (!str_eq(o.state, "open") || out->state != RS_OFFERED || out->version != o.version || cx->now >= o.expires_at)
        return cx_fail(cx, ERR_TAKEN, "offer_id", "派单已失效或已被其他师傅接单",
                       "the offer is over or somebody else has the job");
    repair_begin(&ch, out);
    out->holder_id = cx->who.id;
    out->holder_name = cx->who.name;
    if (!out->accepted_at)
        out->accepted_at = cx->now;
    out->attempts = 0;
    out->escalated = false; /* should it come back, it may alarm again */
    repair_step_to(&ch, RE_ACCEPT, RS_ASSIGNED, NULL, false);
    e = close_offer(cx, &o, "accepted", "");
    return e ? e : repair_commit(cx, &ch);
}

static enum err back_to_queue(struct ctx *cx, struct repair *r, enum repair_event ev, const char *note)
{
    struct repair_change ch;
    repair_begin(&ch, r);
    repair_step_to(&ch, ev, RS_QUEUED, note, ev == RE_EXPIRE || ev == RE_DECLINE);
    r->attempts++;
    enum err e = repair_enqueue(cx, r);
    return e ? e : repair_commit(cx, &ch);
}

enum err offer_decline(struct ctx *cx, int64_t offer_id, const char *reason)
{
    struct repair_offer o;
    struct repair r;
    enum err e = offer_load(cx, offer_id, &o);
    if (e)
        return e;
    if (o.account_id != cx->who.id)
        return cx_fail(cx, ERR_NOT_FOUND, "offer_id", "派单不存在", "no such offer");
    if (str_eq(o.state, "declined"))
        return OK;
    if ((e = close_offer(cx, &o, "declined", reason)) != OK || (e = repair_load(cx, o.repair_id, &r)) != OK)
        return e;
    cx_scope_changed(cx, o.account_id);
    return r.state == RS_OFFERED && r.version == o.version ? back_to_queue(cx, &r, RE_DECLINE, reason) : OK;
}

enum err offer_seen(struct ctx *cx, int64_t offer_id, bool seen)
{
    int64_t id = 0;
    bool his = false;
    enum err e = db_i64(cx, &q_offer_his, ARGS(I64(offer_id), I64(cx->who.id)), &id, &his);
    if (!e && !his)
        return cx_fail(cx, ERR_NOT_FOUND, "offer_id", "派单不存在", "no such offer");
    return e ? e : db_exec(cx, &q_offer_seen, ARGS(I64(offer_id), I64(cx->who.id), I64(cx->now), I64(seen)), NULL);
}

struct mine {
    struct repair_offer v[64];
    size_t n;
};

static enum err on_mine(struct ctx *cx, const struct row *r, void *out)
{
    struct mine *m = out;
    return m->n < COUNT(m->v) ? on_offer(cx, r, &m->v[m->n++]) : OK;
}

enum err offer_list(struct ctx *cx, offer_fn *fn, void *arg)
{
    struct mine *m = arena_alloc(cx->arena, sizeof *m);
    enum err e = db_each(cx, &q_offer_mine, ARGS(I64(cx->who.id), I64(cx->now)), on_mine, m);
    for (size_t i = 0; i < m->n && !e; i++) {
        struct repair r;
        e = repair_load(cx, m->v[i].repair_id, &r);
        if (!e)
            fn(arg, &m->v[i], &r);
    }
    return e;
}

/* ---- the queue ---- */

enum err repair_enqueue(struct ctx *cx, struct repair *r)
{
    r->holder_id = 0;
    r->holder_name = NULL;
    r->queued_at = cx->now;
    return outbox_add(cx, "dispatch", r->id, r->version, r->project_id, r->skill);
}

/* Nobody took it: managers hear of it once, the order keeps going round. */
static enum err escalate(struct ctx *cx, struct repair_change *ch)
{
    struct repair *r = ch->r;
    if (r->escalated || r->attempts < config()->offer_tries)
        return OK;
    r->escalated = true;
    repair_step_to(ch, RE_ESCALATE, r->state, "多次派单无人接单", true);
    log_warn("repair.escalated", L_I("repair", r->id), L_I("attempts", r->attempts));
    cx_emit(cx, topic_board(cx, r->project_id), "repair.escalated", repair_json_brief(cx, r));
    return repair_alarm(cx, r);
}

const char *repair_pool_topic(struct ctx *cx, const struct repair *r)
{
    return arena_printf(cx->arena, "project:%lld:pool", (long long)r->project_id);
}

/* Takes an emergency out of the pool; the rest of the mode is the type's. */
static int effective_mode(const struct repair *r)
{
    return r->urgency == URGENCY_EMERGENCY && r->mode == MODE_GRAB ? MODE_AUTO : r->mode;
}

enum err dispatch_try(struct ctx *cx, int64_t repair_id, int64_t version)
{
    struct repair r;
    struct repair_change ch;
    struct candidate_row c = {0};
    enum err e = repair_load(cx, repair_id, &r);
    if (e)
        return e == ERR_NOT_FOUND ? OK : e;
    if (r.state != RS_QUEUED || r.version != version)
        return OK;
    int mode = effective_mode(&r);
    repair_begin(&ch, &r);
    if (mode == MODE_AUTO || mode == MODE_ROUND_ROBIN)
        e = query_candidates(cx, mode == MODE_AUTO ? &q_auto : &q_turns, &r, 0, &c);
    if (e)
        return e;
    r.attempts += !c.best.id;
    e = escalate(cx, &ch); /* before the offer: its version is the order's last one */
    if (e)
        return e;
    if (c.best.id) {
        repair_step_to(&ch, RE_OFFER, RS_OFFERED, c.best.name, true);
        e = offer_make(cx, &r, c.best.id, "offer");
    } else if (mode == MODE_GRAB) {
        cx_emit(cx, repair_pool_topic(cx, &r), "pool.new", repair_json_brief(cx, &r));
    } else {
        cx_emit(cx, topic_board(cx, r.project_id), "repair.waiting", repair_json_brief(cx, &r));
    }
    return e ? e : repair_commit(cx, &ch);
}

enum err repair_release_technician(struct ctx *cx, int64_t account_id, bool holding_too)
{
    struct mine *m = arena_alloc(cx->arena, sizeof *m);
    int64_t ids[64];
    size_t n = 0;
    enum err e = db_each(cx, &q_offer_mine, ARGS(I64(account_id), I64(0)), on_mine, m);
    for (size_t i = 0; i < m->n && !e; i++) {
        struct repair r;
        e = close_offer(cx, &m->v[i], "withdrawn", "technician left");
        if (!e)
            e = repair_load(cx, m->v[i].repair_id, &r);
        if (!e && r.state == RS_OFFERED && r.version == m->v[i].version)
            e = back_to_queue(cx, &r, RE_RELEASE, "技师已下班或停用");
    }
    if (!e && holding_too)
        e = repair_ids(cx, &q_held_by, account_id, ids, COUNT(ids), &n);
    for (size_t i = 0; i < n && !e; i++) {
        struct repair r;
        int64_t id = 0;
        bool still = false;
        e = repair_load(cx, ids[i], &r);
        if (!e)
            e = db_i64(cx, &q_still, ARGS(I64(account_id), I64(r.project_id)), &id, &still);
        if (!e && !still)
            e = back_to_queue(cx, &r, RE_RELEASE, "技师已停用或不再负责");
    }
    if (!e)
        cx_scope_changed(cx, account_id);
    return e;
}

/* ---- the ladder: socket now, platform message, SMS, next technician ---- */

static enum err send_platform(struct ctx *cx, const struct repair_offer *o, const struct repair *r)
{
    const char *openid = NULL;
    bool had = false;
    enum err e = db_text(cx, &q_openid, ARGS(I64(o->account_id)), &openid);
    if (e)
        return e == ERR_NOT_FOUND ? OK : e;
    if ((e = message_quota_take(cx, o->account_id, "wechat", "repair", &had)) != OK || !had)
        return e;
    struct message m = {.company_id = o->company_id,
                        .account_id = o->account_id,
                        .channel = MSG_WECHAT,
                        .kind = "offer",
                        .dedup = arena_printf(cx->arena, "offer:%lld:wechat", (long long)o->id),
                        .to = openid,
                        .text = arena_printf(cx->arena, "%s %s", r->type_name, r->place),
                        .page = "pkg-tech/duty/index"};
    return message_add(cx, &m, o->expires_at - cx->now);
}

static enum err send_sms(struct ctx *cx, const struct repair_offer *o, const struct repair *r)
{
    const char *phone = NULL;
    enum err e = account_phone(cx, o->account_id, &phone);
    if (e || !phone)
        return e;
    struct message m = {.company_id = o->company_id,
                        .account_id = o->account_id,
                        .channel = MSG_SMS,
                        .kind = "offer",
                        .dedup = arena_printf(cx->arena, "offer:%lld:sms", (long long)o->id),
                        .to = phone,
                        .text =
                            arena_printf(cx->arena, "新工单 %s %s %s,请尽快接单", r->number, r->type_name, r->place)};
    return message_add(cx, &m, o->expires_at - cx->now);
}

enum err offer_tick(struct ctx *cx, int64_t offer_id)
{
    struct repair_offer o;
    struct repair r;
    enum err e = offer_load(cx, offer_id, &o);
    if (e)
        return e == ERR_NOT_FOUND ? OK : e;
    if (!str_eq(o.state, "open") || cx->now < o.next_at)
        return OK;
    if ((e = repair_load(cx, o.repair_id, &r)) != OK)
        return e;
    cx->who.company_id = o.company_id;
    if (cx->now >= o.expires_at) {
        if ((e = close_offer(cx, &o, "expired", "")) != OK)
            return e;
        cx_scope_changed(cx, o.account_id);
        return r.state == RS_OFFERED && r.version == o.version ? back_to_queue(cx, &r, RE_EXPIRE, "接单超时") : OK;
    }
    int64_t sms_at = o.created_at + config()->offer_sms_s * SECOND_MS;
    int64_t next = o.rung == 0 && sms_at < o.expires_at ? sms_at : o.expires_at;
    e = o.rung == 0 ? send_platform(cx, &o, &r) : send_sms(cx, &o, &r);
    return e ? e : db_exec(cx, &q_offer_rung, ARGS(I64(o.id), I64(o.rung + 1), I64(next)), NULL);
}

enum err offer_due_ids(struct ctx *cx, int64_t *ids, size_t max, size_t *n, int64_t *next)
{
    return db_due(cx, &q_offer_due, ids, max, n, next);
}
