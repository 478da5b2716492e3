/* repair_store.c - loading, saving and announcing one order. SPDX-License-Identifier: MIT */
#include "domain/repair_int.h"
#include "platform/events.h"
#include <assert.h>

STMT(q_load, "repair.load", "SELECT " REPAIR_COLUMNS REPAIR_FROM " WHERE r.id = $1");
STMT(q_save, "repair.save",
     "UPDATE repair SET state = $3, version = $4, holder_id = $5, held_from = $6, hold_reason = $7, hold_at = $8,"
     " hold_until = $9, paused_ms = $10, respond_due = $11, arrive_due = $12, finish_due = $13, sla_told = $14, due_at "
     "= $15,"
     " attempts = $16, reopened = $17, escalated = $18, forced = $19, quote_fen = $20, quote_state = $21, charge_fen = "
     "$22,"
     " cause_id = $23, measure = $24, labour_min = $25, stars = $26, rating_tags = $27, rating_text = $28, urged_at = "
     "$29,"
     " queued_at = $30, accepted_at = $31, arrived_at = $32, started_at = $33, finished_at = $34, closed_at = $35,"
     " mode = $36, confirm_at = $37 WHERE id = $1 AND version = $2");
STMT(q_event, "repair.event",
     "INSERT INTO repair_event(repair_id, n, company_id, at, actor_id, actor_name, event, from_state, to_state, "
     "holder_id,"
     " internal, note) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)");
STMT(q_resident, "repair.resident",
     "SELECT b.id FROM binding b JOIN room m ON m.id = b.room_id AND m.owned_at <= $4 WHERE b.account_id = $1"
     " AND b.room_id = $2 AND b.state = 'active' AND (b.expires_at = 0 OR b.expires_at > $3)");
STMT(q_offeree, "repair.offeree",
     "SELECT id FROM repair_offer WHERE repair_id = $1 AND account_id = $2 AND state = 'open'");
STMT(q_role, "repair.role",
     "SELECT role FROM role_grant WHERE account_id = $1 AND company_id = $2 AND (project_id = 0 OR project_id = $3)");

/* A former tenant who once reported must not hear how it goes on. */
STMT(q_may_hear, "repair.may_hear",
     "SELECT a.id FROM account a WHERE a.id = $1 AND (a.kind = 'staff' OR EXISTS (SELECT 1 FROM binding b"
     " WHERE b.account_id = a.id AND b.room_id = $2 AND b.state = 'active' AND (b.expires_at = 0 OR b.expires_at > "
     "$3)))");

static enum repair_state state_of(const char *s)
{
    int k = str_index(repair_state_name, RS_COUNT, s);
    return k < 0 ? RS_COUNT : (enum repair_state)k;
}

enum err repair_row(struct ctx *cx, const struct row *w, void *out)
{
    int c = 0;
    struct repair *r = out;
    *r = (struct repair){0};
    r->id = row_i64(w, c++);
    r->company_id = row_i64(w, c++);
    r->project_id = row_i64(w, c++);
    r->number = row_text(cx, w, c++);
    r->type_id = row_i64(w, c++);
    r->skill = row_text(cx, w, c++);
    r->mode = str_index(dispatch_mode_name, MODE_COUNT, row_text(cx, w, c++));
    r->room_id = row_i64(w, c++);
    r->place = row_text(cx, w, c++);
    r->public_area = row_i64(w, c++) != 0;
    r->channel = str_index(repair_channel_name, CH_COUNT, row_text(cx, w, c++));
    r->reporter_id = row_i64(w, c++);
    r->contact_name = row_text(cx, w, c++);
    r->contact_hint = row_text(cx, w, c++);
    r->description = row_text(cx, w, c++);
    r->urgency = str_index(urgency_name, URGENCY_COUNT, row_text(cx, w, c++));
    r->slot_from = row_i64(w, c++);
    r->slot_to = row_i64(w, c++);
    r->state = state_of(row_text(cx, w, c++));
    r->version = row_i64(w, c++);
    r->holder_id = row_i64(w, c++);
    r->held_from = state_of(row_text(cx, w, c++));
    r->hold_reason = row_text(cx, w, c++);
    r->hold_at = row_i64(w, c++);
    r->hold_until = row_i64(w, c++);
    r->paused_ms = row_i64(w, c++);
    r->respond_due = row_i64(w, c++);
    r->arrive_due = row_i64(w, c++);
    r->finish_due = row_i64(w, c++);
    r->sla_told = row_i64(w, c++);
    r->due_at = row_i64(w, c++);
    r->attempts = row_i64(w, c++);
    r->reopened = row_i64(w, c++);
    r->escalated = row_i64(w, c++) != 0;
    r->forced = row_i64(w, c++) != 0;
    r->quote_fen = row_i64(w, c++);
    r->quote_state = row_text(cx, w, c++);
    r->charge_fen = row_i64(w, c++);
    r->cause_id = row_i64(w, c++);
    r->measure = row_text(cx, w, c++);
    r->labour_min = row_i64(w, c++);
    r->stars = row_i64(w, c++);
    r->rating_tags = row_text(cx, w, c++);
    r->rating_text = row_text(cx, w, c++);
    r->urged_at = row_i64(w, c++);
    r->queued_at = row_i64(w, c++);
    r->accepted_at = row_i64(w, c++);
    r->arrived_at = row_i64(w, c++);
    r->started_at = row_i64(w, c++);
    r->finished_at = row_i64(w, c++);
    r->confirm_at = row_i64(w, c++);
    r->closed_at = row_i64(w, c++);
    r->created_at = row_i64(w, c++);
    r->facility_id = row_i64(w, c++);
    r->type_name = row_text(cx, w, c++);
    r->holder_name = row_text(cx, w, c++);
    r->room_name = row_text(cx, w, c++);
    r->cause_name = row_text(cx, w, c++);
    r->facility_name = row_text(cx, w, c++);
    if (r->state == RS_COUNT || r->mode < 0 || r->channel < 0 || r->urgency < 0)
        return cx_fail(cx, ERR_INTERNAL, NULL, "工单数据异常", "the order holds an unknown state");
    return OK;
}

enum err repair_load(struct ctx *cx, int64_t id, struct repair *out)
{
    enum err e = db_one(cx, &q_load, ARGS(I64(id)), repair_row, out);
    return e == ERR_NOT_FOUND ? cx_fail(cx, e, "id", "工单不存在", "no such order") : e;
}

static enum err on_role(struct ctx *cx, const struct row *r, void *out)
{
    int k = str_index(role_name, ROLE_COUNT, row_text(cx, r, 0));
    if (k >= 0)
        *(unsigned *)out |= 1u << k;
    return OK;
}

/* Rights come from the rows of this order's project and room, not from the session's current project: the session
 * may stand elsewhere, the right may have been taken away since the token was cached. */
enum err repair_actor_bits(struct ctx *cx, const struct repair *r, unsigned *bits)
{
    *bits = 0;
    if (r->company_id != cx->who.company_id)
        return OK;
    unsigned roles = 0, b = 0;
    bool found = false;
    int64_t id = 0;
    enum err e = db_each(cx, &q_role, ARGS(I64(cx->who.id), I64(r->company_id), I64(r->project_id)), on_role, &roles);
    if (e)
        return e;
    if (roles & ROLES_DESK)
        b |= RA_DESK;
    if (roles & (ROLE_MANAGER | ROLES_ADMIN))
        b |= RA_MANAGER;
    if (roles & (ROLE_SERVICE | ROLES_ADMIN))
        b |= RA_CSR;
    if (roles & ROLE_TECHNICIAN)
        b |= RA_TECH;
    if (roles & (ROLE_CASHIER | ROLE_AUDITOR)) /* what the board lists to them can be opened */
        b |= RA_READER;
    if (r->holder_id == cx->who.id)
        b |= RA_HOLDER;
    if (roles & ROLE_TECHNICIAN) {
        e = db_i64(cx, &q_offeree, ARGS(I64(r->id), I64(cx->who.id)), &id, &found);
        if (!e && found)
            b |= RA_OFFEREE;
    }
    /* The room decides, also for the reporter: a former tenant sees nothing any more. New owners see what is still open. */
    if (!e && r->room_id)
        e = db_i64(cx, &q_resident,
                   ARGS(I64(cx->who.id), I64(r->room_id), I64(cx->now), I64(r->closed_at ? r->created_at : cx->now)),
                   &id, &found);
    if (!e && ((r->room_id && found) || (!r->room_id && r->reporter_id == cx->who.id && !(roles & ROLES_STAFF))))
        b |= RA_OWNER;
    *bits = b;
    return e;
}

enum err repair_ids(struct ctx *cx, const struct stmt *q, int64_t key, int64_t *ids, size_t max, size_t *n)
{
    return db_ids(cx, q, ARGS(I64(key)), ids, max, n);
}

void repair_begin(struct repair_change *ch, struct repair *r)
{
    *ch = (struct repair_change){.r = r, .loaded_version = r->version};
}

void repair_step_to(struct repair_change *ch, enum repair_event ev, enum repair_state to, const char *note,
                    bool internal)
{
    assert(ch->nsteps < COUNT(ch->step));
    size_t i = ch->nsteps++;
    ch->step[i].event = ev;
    ch->step[i].from = ch->r->state;
    ch->step[i].to = to;
    ch->step[i].note = note ? note : "";
    ch->step[i].internal = internal;
    ch->r->state = to;
    ch->r->version++;
}

void emit_user(struct ctx *cx, int64_t account_id, const char *type, const char *data)
{
    if (account_id)
        cx_emit(cx, topic_user(cx, account_id), type, data);
}

static void brief_fields(struct jw *w, const struct repair *r)
{
    kv_id(w, "repair_id", r->id);
    kv_id(w, "project_id", r->project_id);
    kv_id(w, "room_id", r->room_id);
    kv_str(w, "number", r->number);
    kv_str(w, "type", r->type_name);
    kv_str(w, "skill", r->skill);
    kv_str(w, "mode", dispatch_mode_name[r->mode]);
    kv_str(w, "place", r->place);
    kv_str(w, "urgency", urgency_name[r->urgency]);
    kv_str(w, "state", repair_state_name[r->state]);
    kv_int(w, "progress", repair_progress(r->state));
    kv_int(w, "version", r->version);
    kv_id(w, "holder_id", r->holder_id);
    kv_time(w, "respond_due", r->respond_due);
    kv_time(w, "arrive_due", r->arrive_due);
    kv_time(w, "finish_due", r->finish_due);
}

const char *repair_json_brief(struct ctx *cx, const struct repair *r)
{
    struct jw w;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    brief_fields(&w, r);
    jw_end(&w);
    return jw_text(&w);
}

/* One event to everybody who watches: the order's own topic, the board, the owner's inbox. Internal notes
 * travel on the board only. */
static void announce(struct ctx *cx, const struct repair_change *ch, size_t i, bool with_note, const char *topic)
{
    struct jw w;
    struct repair then = *ch->r; /* as it was after this step, not after the last one of the commit */
    then.state = ch->step[i].to;
    then.version = ch->loaded_version + 1 + (int64_t)i;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    brief_fields(&w, &then);
    kv_str(&w, "event", repair_event_name[ch->step[i].event]);
    kv_str(&w, "by", cx->who.id ? cx->who.name : NULL);
    kv_str(&w, "note", with_note ? ch->step[i].note : "");
    kv_time(&w, "at", cx->now);
    jw_end(&w);
    cx_emit(cx, topic, "repair.status", jw_text(&w));
}

static enum err save(struct ctx *cx, const struct repair_change *ch)
{
    const struct repair *r = ch->r;
    int64_t changed = 0;
    enum err e =
        db_exec(cx, &q_save,
                ARGS(I64(r->id), I64(ch->loaded_version), TXT(repair_state_name[r->state]), I64(r->version),
                     ID_OR_NULL(r->holder_id), TXT(r->held_from < RS_COUNT ? repair_state_name[r->held_from] : ""),
                     TXT(r->hold_reason), I64(r->hold_at), I64(r->hold_until), I64(r->paused_ms), I64(r->respond_due),
                     I64(r->arrive_due), I64(r->finish_due), I64(r->sla_told), I64(r->due_at), I64(r->attempts),
                     I64(r->reopened), I64(r->escalated), I64(r->forced), I64(r->quote_fen), TXT(r->quote_state),
                     I64(r->charge_fen), ID_OR_NULL(r->cause_id), TXT(r->measure), I64(r->labour_min), I64(r->stars),
                     TXT(r->rating_tags), TXT(r->rating_text), I64(r->urged_at), I64(r->queued_at), I64(r->accepted_at),
                     I64(r->arrived_at), I64(r->started_at), I64(r->finished_at), I64(r->closed_at),
                     TXT(dispatch_mode_name[r->mode]), I64(r->confirm_at)),
                &changed);
    if (!e && changed != 1)
        e = cx_fail(cx, ERR_TAKEN, NULL, "工单已被他人处理", "somebody else was faster");
    return e;
}

static bool leaves_the_pool(const struct repair_change *ch)
{
    return ch->nsteps && ch->step[0].from == RS_QUEUED && ch->r->state != RS_QUEUED && ch->r->mode == MODE_GRAB &&
           ch->r->urgency != URGENCY_EMERGENCY;
}

enum err repair_commit(struct ctx *cx, struct repair_change *ch)
{
    struct repair *r = ch->r;
    for (size_t i = 0; i < ch->nsteps; i++)
        if (ch->step[i].to == RS_AWAIT_CONFIRM && ch->step[i].from != RS_AWAIT_CONFIRM)
            r->confirm_at = cx->now;
    r->due_at = repair_next_due(r, cx->now);
    enum err e = save(cx, ch);
    const char *board = topic_board(cx, r->project_id), *own = topic_repair(cx, r->id);
    int64_t id = 0;
    bool may_hear = r->room_id == 0;
    if (!e && r->room_id)
        e = db_i64(cx, &q_may_hear, ARGS(I64(r->reporter_id), I64(r->room_id), I64(cx->now)), &id, &may_hear);
    for (size_t i = 0; i < ch->nsteps && !e; i++) {
        e = db_exec(cx, &q_event,
                    ARGS(I64(r->id), I64(ch->loaded_version + 1 + (int64_t)i), I64(r->company_id), I64(cx->now),
                         I64(cx->who.id), TXT(cx->who.id ? cx->who.name : ""),
                         TXT(repair_event_name[ch->step[i].event]), TXT(repair_state_name[ch->step[i].from]),
                         TXT(repair_state_name[ch->step[i].to]), I64(r->holder_id), I64(ch->step[i].internal),
                         TXT(ch->step[i].note)),
                    NULL);
        if (ch->step[i].to == RS_DONE) /* passed through within one commit: only its end is worth a push */
            continue;
        announce(cx, ch, i, true, board);
        if (!ch->step[i].internal) {
            announce(cx, ch, i, true, own);
            if (may_hear)
                announce(cx, ch, i, false, topic_user(cx, r->reporter_id));
        }
    }
    if (!e && leaves_the_pool(ch))
        cx_emit(cx, repair_pool_topic(cx, r), "pool.gone", repair_json_brief(cx, r));
    return e;
}
