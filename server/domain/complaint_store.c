/* complaint_store.c - loading, saving and announcing one complaint. SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "domain/complaint_int.h"
#include "platform/events.h"
#include <assert.h>

STMT(q_load, "complaint.load", "SELECT " COMPLAINT_COLUMNS COMPLAINT_FROM " WHERE c.id = $1");
STMT(q_save, "complaint.save",
     "UPDATE complaint SET state = $3, version = $4, kind = $5, category = $6, urgency = $7, accused_id = $8,"
     " handler_id = $9, department = $10, level = $11, escalation = $12, reopened = $13, due_at = $14, tick_at = $15,"
     " result = $16, stars = $17, rating_text = $18, merged_into = $19, repair_id = $20, bill_id = $21, dispute_id = "
     "$22,"
     " answered_at = $23, resolved_at = $24, closed_at = $25, department_id = $26 WHERE id = $1 AND version = $2");
STMT(q_event, "complaint.event",
     "INSERT INTO complaint_event(complaint_id, n, company_id, at, actor_id, actor_name, by_owner, event, from_state,"
     " to_state, handler_id, internal, note) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)");
STMT(q_role, "complaint.role",
     "SELECT g.role FROM role_grant g JOIN account a ON a.id = g.account_id AND a.state = 'active'"
     " WHERE g.account_id = $1 AND g.company_id = $2 AND (g.project_id = 0 OR g.project_id = $3)");
STMT(q_take_file, "complaint.take_file",
     "UPDATE file SET object = 'complaint', object_id = $2 WHERE id = $1 AND account_id = $3 AND company_id = $4 AND "
     "object = ''");
STMT(q_file, "complaint.file",
     "INSERT INTO complaint_file(complaint_id, file_id, company_id, stage, internal, at) VALUES ($1, $2, $3, $4, $5, "
     "$6)");

enum err complaint_row(struct ctx *cx, const struct row *w, void *out)
{
    struct complaint *c = out;
    int i = 0;
    *c = (struct complaint){0};
    int64_t *const number[] = {&c->id,          &c->company_id,  &c->project_id, &c->version,    &c->room_id,
                               &c->building_id, &c->reporter_id, &c->entered_by, &c->accused_id, &c->handler_id,
                               &c->level,       &c->escalation,  &c->reopened,   &c->due_at,     &c->tick_at,
                               &c->stars,       &c->merged_into, &c->repair_id,  &c->bill_id,    &c->dispute_id,
                               &c->answered_at, &c->resolved_at, &c->closed_at,  &c->created_at, &c->department_id};
    const char **const text[] = {&c->number,       &c->category,     &c->title,      &c->text,   &c->place,
                                 &c->contact_name, &c->contact_hint, &c->department, &c->result, &c->rating_text};
    for (size_t k = 0; k < COUNT(number); k++)
        *number[k] = row_i64(w, i++);
    for (size_t k = 0; k < COUNT(text); k++)
        *text[k] = row_text(cx, w, i++);
    c->kind = str_index(complaint_kind_name, CK_COUNT, row_text(cx, w, i++));
    c->urgency = str_index(urgency_name, URGENCY_COUNT, row_text(cx, w, i++));
    c->channel = str_index(complaint_channel_name, CC_COUNT, row_text(cx, w, i++));
    int state = str_index(complaint_state_name, CS_COUNT, row_text(cx, w, i++));
    c->anonymous = row_i64(w, i++) != 0;
    c->category_name = row_text(cx, w, i++);
    c->handler_name = row_text(cx, w, i++);
    c->room_name = row_text(cx, w, i++);
    c->reporter_name = row_text(cx, w, i++);
    c->accused_name = row_text(cx, w, i++);
    if (state < 0 || c->kind < 0 || c->urgency < 0 || c->channel < 0)
        return cx_fail(cx, ERR_INTERNAL, NULL, "投诉数据异常", "the complaint holds an unknown state");
    c->state = (enum complaint_state)state;
    return OK;
}

enum err complaint_load(struct ctx *cx, int64_t id, struct complaint *out)
{
    enum err e = db_one(cx, &q_load, ARGS(I64(id)), complaint_row, out);
    return e == ERR_NOT_FOUND ? cx_fail(cx, e, "id", "投诉建议不存在", "no such complaint") : e;
}

static enum err on_role(struct ctx *cx, const struct row *r, void *out)
{
    int k = str_index(role_name, ROLE_COUNT, row_text(cx, r, 0));
    if (k >= 0)
        *(unsigned *)out |= 1u << k;
    return OK;
}

/* From the rows of the complaint's project, not the session's: the right may have been taken away since. */
enum err complaint_actor_bits(struct ctx *cx, const struct complaint *c, unsigned *bits)
{
    unsigned roles = 0, b = 0;
    *bits = 0;
    if (c->company_id != cx->who.company_id || !cx->who.id || c->accused_id == cx->who.id)
        return OK;
    enum err e = db_each(cx, &q_role, ARGS(I64(cx->who.id), I64(c->company_id), I64(c->project_id)), on_role, &roles);
    if (c->reporter_id == cx->who.id)
        b |= CA_OWNER;
    if (roles && c->handler_id == cx->who.id)
        b |= CA_HANDLER;
    if (roles & ROLES_DESK)
        b |= CA_DESK;
    if (roles & (ROLE_MANAGER | ROLES_ADMIN))
        b |= CA_MANAGER;
    if (roles & (ROLE_AUDITOR | ROLES_ADMIN))
        b |= CA_AUDITOR;
    bool member = false;
    if (!e && roles && complaint_at_department(c)) /* whoever of the department takes it */
        e = complaint_department_has(cx, c, cx->who.id, &member);
    *bits = b | (member ? CA_HANDLER : 0u);
    return e;
}

void complaint_hide(struct complaint *c, unsigned actor)
{
    if (!c->anonymous || (actor & CA_OWNER))
        return;
    c->reporter_id = 0;
    c->room_id = 0;
    c->building_id = 0;
    c->reporter_name = NULL;
    c->room_name = NULL;
    c->contact_name = "";
    c->contact_hint = "";
}

enum err complaint_is_staff(struct ctx *cx, const struct complaint *c, int64_t account_id, bool *found)
{
    unsigned roles = 0;
    enum err e = db_each(cx, &q_role, ARGS(I64(account_id), I64(c->company_id), I64(c->project_id)), on_role, &roles);
    *found = roles != 0;
    return e;
}

enum err complaint_put_files(struct ctx *cx, const struct complaint *c, const char *stage, bool internal,
                             const int64_t *ids, size_t n)
{
    enum err e = OK;
    for (size_t i = 0; i < n && !e; i++) {
        e = db_change_one(cx, &q_take_file, ARGS(I64(ids[i]), I64(c->id), I64(cx->who.id), I64(cx->who.company_id)),
                          ERR_INVALID, "文件不存在或已被使用", "no such file of yours, or used already");
        if (!e)
            e = db_exec(cx, &q_file,
                        ARGS(I64(c->id), I64(ids[i]), I64(c->company_id), TXT(stage), I64(internal), I64(cx->now)),
                        NULL);
    }
    return e;
}

void complaint_begin(struct complaint_change *ch, struct complaint *c)
{
    *ch = (struct complaint_change){.c = c, .loaded_version = c->version};
}

void complaint_step_to(struct complaint_change *ch, enum complaint_event ev, enum complaint_state to, const char *note,
                       bool internal, bool by_owner)
{
    assert(ch->nsteps < COUNT(ch->step));
    size_t i = ch->nsteps++;
    ch->step[i].event = ev;
    ch->step[i].from = ch->c->state;
    ch->step[i].to = to;
    ch->step[i].note = or_empty(note);
    ch->step[i].internal = internal;
    ch->step[i].by_owner = by_owner;
    ch->c->state = to;
    ch->c->version++;
}

static int64_t complaint_next_tick(const struct complaint *c)
{
    if (c->state == CS_RESOLVED)
        return c->resolved_at + COMPLAINT_SILENCE_MS;
    if (!complaint_open(c->state) || c->escalation >= 2)
        return 0;
    return c->due_at + (c->escalation ? COMPLAINT_L2_MS : 0);
}

/* What events carry: nothing of the text, nothing of who it is. */
static const char *brief(struct ctx *cx, const struct complaint_change *ch, size_t i, bool with_note)
{
    const struct complaint *c = ch->c;
    bool hide = ch->step[i].by_owner && c->anonymous;
    struct jw w;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    kv_id(&w, "complaint_id", c->id);
    kv_id(&w, "project_id", c->project_id);
    kv_str(&w, "number", c->number);
    kv_str(&w, "kind", complaint_kind_name[c->kind]);
    kv_str(&w, "category", c->category);
    kv_str(&w, "urgency", urgency_name[c->urgency]);
    kv_str(&w, "state", complaint_state_name[ch->step[i].to]);
    kv_int(&w, "version", ch->loaded_version + 1 + (int64_t)i);
    kv_id(&w, "handler_id", c->handler_id);
    kv_int(&w, "level", c->level);
    kv_int(&w, "escalation", c->escalation);
    kv_time(&w, "due_at", c->due_at);
    kv_str(&w, "event", complaint_event_name[ch->step[i].event]);
    kv_str(&w, "by", cx->who.id && !hide ? cx->who.name : NULL);
    kv_str(&w, "note", with_note ? ch->step[i].note : "");
    kv_time(&w, "at", cx->now);
    jw_end(&w);
    return jw_text(&w);
}

static enum err save(struct ctx *cx, const struct complaint_change *ch)
{
    const struct complaint *c = ch->c;
    return db_change_one(cx, &q_save,
                         ARGS(I64(c->id), I64(ch->loaded_version), TXT(complaint_state_name[c->state]), I64(c->version),
                              TXT(complaint_kind_name[c->kind]), TXT(c->category), TXT(urgency_name[c->urgency]),
                              I64(c->accused_id), I64(c->handler_id), TXT(c->department), I64(c->level),
                              I64(c->escalation), I64(c->reopened), I64(c->due_at), I64(c->tick_at), TXT(c->result),
                              I64(c->stars), TXT(c->rating_text), I64(c->merged_into), I64(c->repair_id),
                              I64(c->bill_id), I64(c->dispute_id), I64(c->answered_at), I64(c->resolved_at),
                              I64(c->closed_at), I64(c->department_id)),
                         ERR_CONFLICT, "投诉建议已被他人处理,请刷新", "somebody else was faster; reload it");
}

enum err complaint_commit(struct ctx *cx, struct complaint_change *ch)
{
    struct complaint *c = ch->c;
    c->tick_at = complaint_next_tick(c);
    enum err e = save(cx, ch);
    for (size_t i = 0; i < ch->nsteps && !e; i++) {
        bool internal = ch->step[i].internal;
        e = db_exec(cx, &q_event,
                    ARGS(I64(c->id), I64(ch->loaded_version + 1 + (int64_t)i), I64(c->company_id), I64(cx->now),
                         I64(cx->who.id), TXT(cx->who.id ? cx->who.name : ""), I64(ch->step[i].by_owner),
                         TXT(complaint_event_name[ch->step[i].event]), TXT(complaint_state_name[ch->step[i].from]),
                         TXT(complaint_state_name[ch->step[i].to]), I64(c->handler_id), I64(internal),
                         TXT(ch->step[i].note)),
                    NULL);
        cx_emit(cx, topic_board(cx, c->project_id), "complaint.status", brief(cx, ch, i, false));
        if (c->handler_id)
            cx_emit(cx, topic_user(cx, c->handler_id), "complaint.status", brief(cx, ch, i, false));
        if (internal)
            continue;
        cx_emit(cx, topic_complaint(cx, c->id), "complaint.status", brief(cx, ch, i, true));
        if (c->reporter_id)
            cx_emit(cx, topic_user(cx, c->reporter_id), "complaint.status", brief(cx, ch, i, false));
    }
    return e;
}
