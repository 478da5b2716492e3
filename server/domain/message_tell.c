/* message_tell.c - by which channels, in which words and when somebody is told. SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "domain/message_int.h"
#include "domain/message_kind.h"
#include "domain/message_set.h"
#include "platform/config.h"
#include "platform/crypto/crypto.h"
#include "platform/events.h"
#include "platform/store/db.h"
#include <string.h>

#define SMS_MAX 200 /* characters: three parts of an SMS */

STMT(q_person, "tell.person",
     "SELECT phone_enc, email_enc, english FROM account WHERE id = $1 AND company_id = $2 AND state = 'active'");
STMT(q_openid, "tell.openid",
     "SELECT openid FROM identity WHERE account_id = $1 AND provider = $2 ORDER BY id DESC LIMIT 1");
STMT(q_pref, "tell.pref", "SELECT wanted FROM message_pref WHERE account_id = $1 AND kind = $2 AND channel = $3");
STMT(q_lately, "tell.lately",
     "SELECT COUNT(*) FROM message WHERE account_id = $1 AND kind = $2 AND created_at > $3 AND channel = $4"
     " AND state <> 'suppressed'");
STMT(q_inbox, "tell.inbox",
     "INSERT INTO notification(id, company_id, account_id, kind, title, text, object, object_id, urgent, dedup, "
     "created_at)"
     " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (account_id, dedup) DO NOTHING");

struct telling {
    struct ctx *cx;
    const struct message_tell *t;
    const struct message_kind *k;
    const char *key; /* "complaint:17:filed:5" */
    const char *phone, *email;
    int lang;
    struct message_setting set;
};

static enum err on_person(struct ctx *cx, const struct row *r, void *out)
{
    struct telling *p = out;
    long long id = (long long)p->t->account_id;
    size_t n = 0;
    const void *blob = row_blob(cx, r, 0, &n);
    p->phone = blob ? pii_open(cx->arena, blob, n, arena_printf(cx->arena, "account.phone|%lld", id)) : NULL;
    blob = row_blob(cx, r, 1, &n);
    p->email = blob ? pii_open(cx->arena, blob, n, arena_printf(cx->arena, "account.email|%lld", id)) : NULL;
    p->lang = row_i64(r, 2) ? LANG_EN : LANG_ZH;
    return OK;
}

static enum err address(struct telling *p, int channel, const char **to)
{
    *to = channel == MSG_SMS ? p->phone : channel == MSG_MAIL ? p->email : NULL;
    if (channel != MSG_WECHAT && channel != MSG_ALIPAY)
        return OK;
    enum err e = db_text(p->cx, &q_openid, ARGS(I64(p->t->account_id), TXT(message_channel_name[channel])), to);
    return e == ERR_NOT_FOUND ? OK : e;
}

/* Mini-program messages are filled in by keys; without words of the company's own they say what and when. */
static const char *by_keys(struct telling *p, int channel, const char *subject)
{
    char when[32];
    char *t = arena_strndup(p->cx->arena, clock_rfc3339(p->cx->now, when), 16);
    t[10] = ' ';
    return channel == MSG_WECHAT ? arena_printf(p->cx->arena, "thing1=%s\ntime2=%s", subject, t)
                                 : arena_printf(p->cx->arena, "keyword1=%s\nkeyword2=%s", subject, t);
}

static enum err words(struct telling *p, int channel, struct message *m)
{
    struct arena *a = p->cx->arena;
    struct message_template tp;
    bool own = false;
    enum err e = message_template_get(p->cx, p->t->company_id, p->k, channel, p->lang, &tp, &own);
    if (e)
        return e;
    m->subject = message_render(a, tp.subject, p->t->var, p->t->nvar);
    m->text = message_render(a, tp.body, p->t->var, p->t->nvar);
    m->tmpl = tp.provider_template;
    if (channel == MSG_WECHAT || channel == MSG_ALIPAY) {
        if (!own)
            m->text = by_keys(p, channel, m->subject);
        if (str_empty(m->tmpl))
            m->tmpl = channel == MSG_WECHAT ? config()->wechat_template_notice : config()->alipay_template_notice;
    } else if (channel == MSG_SMS) {
        m->text = arena_strndup(a, m->text, utf8_prefix(m->text, SMS_MAX));
    }
    return OK;
}

static bool disturbs(int channel)
{
    return channel != MSG_MAIL;
}

/* Why this channel cannot be used now; NULL: it can. The quota is asked last, for asking takes it. */
static enum err obstacle(struct telling *p, struct message *m, const char **why)
{
    struct ctx *cx = p->cx;
    int64_t wanted = 1, lately = 0;
    bool found = false, blocked = false, had = true, mini = m->channel == MSG_WECHAT || m->channel == MSG_ALIPAY;
    const char *name = message_channel_name[m->channel];
    *why = "no_address";
    enum err e = address(p, m->channel, &m->to);
    if (e || str_empty(m->to))
        return e;
    *why = "preference";
    if (p->k->optional) {
        e = db_i64(cx, &q_pref, ARGS(I64(p->t->account_id), TXT(p->k->name), TXT(name)), &wanted, &found);
        if (e || (found && !wanted))
            return e;
    }
    *why = "blacklist";
    if ((e = message_blocked(cx, p->t->company_id, m->to, &blocked)) != OK || blocked)
        return e;
    *why = "throttle";
    if (!p->k->urgent) {
        e = db_i64(cx, &q_lately, ARGS(I64(p->t->account_id), TXT(p->k->name), I64(cx->now - HOUR_MS), TXT(name)),
                   &lately, NULL);
        if (e || lately >= p->set.hourly)
            return e;
    }
    *why = "quiet";
    if (!p->k->urgent && disturbs(m->channel))
        m->not_before = message_quiet_end(cx->now, p->set.quiet_from, p->set.quiet_to);
    if (m->not_before >= cx->now + p->k->give_up_ms)
        return OK;
    *why = "no_template";
    if ((e = words(p, m->channel, m)) != OK || (mini && str_empty(m->tmpl)))
        return e;
    *why = "quota";
    if (mini)
        e = message_quota_take(cx, p->t->account_id, name, p->k->quota, &had);
    if (!e && had)
        *why = NULL;
    return e;
}

static const char *vars_json(struct telling *p)
{
    struct jw w;
    jw_init(&w, p->cx->arena);
    jw_obj(&w);
    for (size_t i = 0; i < p->t->nvar; i++)
        kv_str(&w, p->t->var[i].name, p->t->var[i].value);
    jw_end(&w);
    return jw_text(&w);
}

/* The first channel of the ladder that can be used gets the message. What stood in the way of the others is kept; that
 * there is no address only when no channel was left. */
static enum err climb(struct telling *p, const char *ladder, size_t len)
{
    struct ctx *cx = p->cx;
    const char *end = ladder + len;
    enum err e = OK;
    while (ladder < end && !e) {
        size_t n = strcspn(ladder, ",|");
        const char *next = ladder + n + (ladder + n < end ? 1 : 0), *why = NULL;
        struct message m = {.company_id = p->t->company_id,
                            .project_id = p->t->project_id,
                            .account_id = p->t->account_id,
                            .kind = p->k->name,
                            .page = p->t->page,
                            .urgent = p->k->urgent,
                            .secret = p->t->secret,
                            .vars = vars_json(p)};
        m.channel = str_index(message_channel_name, MSG_CHANNELS, arena_strndup(cx->arena, ladder, n));
        m.dedup = arena_printf(cx->arena, "%s:%s", p->key, message_channel_name[m.channel]);
        m.plan = arena_strndup(cx->arena, next, (size_t)(end - next));
        e = obstacle(p, &m, &why);
        bool last = next >= end;
        if (!e && (!why || last || !str_eq(why, "no_address")))
            e = message_insert(cx, &m, p->k->give_up_ms, why);
        if (!why)
            break;
        ladder = next;
    }
    return e;
}

static enum err prepare(struct telling *p)
{
    enum err e = message_setting_get(p->cx, p->t->company_id, &p->set);
    return e ? e : db_one(p->cx, &q_person, ARGS(I64(p->t->account_id), I64(p->t->company_id)), on_person, p);
}

static enum err to_inbox(struct telling *p)
{
    struct ctx *cx = p->cx;
    struct message_template tp;
    struct jw w;
    bool own = false;
    int64_t id = id_new(), made = 0;
    enum err e = message_template_get(cx, p->t->company_id, p->k, CHANNEL_INAPP, p->lang, &tp, &own);
    if (e)
        return e;
    const char *title = message_render(cx->arena, tp.subject, p->t->var, p->t->nvar);
    e = db_exec(cx, &q_inbox,
                ARGS(I64(id), I64(p->t->company_id), I64(p->t->account_id), TXT(p->k->name), TXT(title),
                     TXT(message_render(cx->arena, tp.body, p->t->var, p->t->nvar)), TXT(or_empty(p->t->object)),
                     I64(p->t->object_id), I64(p->k->urgent), TXT(p->key), I64(cx->now)),
                &made);
    if (e || !made)
        return e;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    kv_id(&w, "notification_id", id);
    kv_str(&w, "kind", p->k->name);
    kv_str(&w, "title", title);
    kv_str(&w, "object", p->t->object);
    kv_id(&w, "object_id", p->t->object_id);
    kv_bool(&w, "urgent", p->k->urgent);
    kv_time(&w, "at", cx->now);
    jw_end(&w);
    cx_emit(cx, topic_user(cx, p->t->account_id), "notification.new", jw_text(&w));
    return OK;
}

enum err message_tell(struct ctx *cx, const struct message_tell *t)
{
    struct telling p = {.cx = cx, .t = t, .k = message_kind_find(t->kind)};
    if (!p.k)
        return cx_fail(cx, ERR_INTERNAL, NULL, "未知的消息类型", "no such kind of message");
    p.key = arena_printf(cx->arena, "%s:%lld:%s:%lld", or_empty(t->object), (long long)t->object_id, or_empty(t->event),
                         (long long)t->account_id);
    enum err e = prepare(&p);
    if (e)
        return e == ERR_NOT_FOUND ? OK : e; /* left the company meanwhile: nobody to tell */
    e = to_inbox(&p);
    for (const char *l = p.k->plan; *l && !e;) {
        size_t n = strcspn(l, "|");
        e = climb(&p, l, n);
        l += n + (l[n] != 0);
    }
    return e;
}

enum err message_fall(struct ctx *cx, const struct message *m)
{
    struct message_var var[24];
    struct message_tell t = {.company_id = m->company_id,
                             .project_id = m->project_id,
                             .account_id = m->account_id,
                             .kind = m->kind,
                             .var = var,
                             .page = m->page,
                             .secret = m->secret};
    struct telling p = {.cx = cx, .t = &t, .k = message_kind_find(m->kind)};
    const char *cut = strrchr(m->dedup, ':');
    if (!p.k || !cut)
        return OK;
    struct json *j = m->vars ? json_parse(cx->arena, m->vars, strlen(m->vars)) : NULL;
    for (const char *name; t.nvar < COUNT(var) && (name = json_key_at(j, t.nvar)) != NULL; t.nvar++)
        var[t.nvar] = (struct message_var){name, json_str(j, name)};
    p.key = arena_strndup(cx->arena, m->dedup, (size_t)(cut - m->dedup));
    enum err e = prepare(&p);
    if (e)
        return e == ERR_NOT_FOUND ? OK : e;
    return climb(&p, m->plan, strlen(m->plan));
}
