/* message_api.c - HTTP face of messages: inbox and preferences for everybody; words, quiet hours, blocked addresses and the
 * delivery log for those who run the company. SPDX-License-Identifier: MIT */
#include "api/route.h"
#include "base/clock.h"
#include "domain/message_set.h"

/* ---- inbox ---- */

static void one_notification(void *arg, const struct notification *n)
{
    struct page *l = arg;
    struct jw *w = &l->w;
    jw_obj(w);
    kv_id(w, "id", n->id);
    kv_str(w, "kind", n->kind);
    kv_str(w, "title", n->title);
    kv_str(w, "text", n->text);
    kv_str(w, "object", n->object);
    kv_id(w, "object_id", n->object_id);
    kv_bool(w, "urgent", n->urgent);
    kv_time(w, "read_at", n->read_at);
    kv_time(w, "created_at", n->created_at);
    jw_end(w);
    page_row(l, n->id);
}

static enum err h_inbox(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct page l = {.n = 0};
    int64_t unread = 0;
    enum err e = query_i64(cx, rq, "unread", 0, 1, 0, &unread);
    if (!e)
        e = page_open(cx, rq, &l);
    if (!e)
        e = notification_list(cx, unread, l.before, l.limit, one_notification, &l);
    return page_close(rs, &l, e);
}

static enum err h_unread(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw w;
    int64_t n = 0;
    (void)rq;
    enum err e = notification_unread(cx, &n);
    if (e)
        return e;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    kv_int(&w, "unread", n);
    jw_end(&w);
    return reply_json(rs, 200, &w);
}

static enum err h_read(struct ctx *cx, const struct request *rq, struct response *rs)
{
    return do_by_id(cx, rq, rs, notification_read);
}

static enum err h_read_all(struct ctx *cx, const struct request *rq, struct response *rs)
{
    (void)rq;
    enum err e = notification_read(cx, 0);
    return e ? e : reply_empty(rs);
}

/* ---- preferences ---- */

struct off {
    struct message_pref v[64];
    size_t n;
};

static void one_pref(void *arg, const struct message_pref *p)
{
    struct off *o = arg;
    if (o->n < COUNT(o->v))
        o->v[o->n++] = *p;
}

static bool wanted(const struct off *o, const char *kind, int channel)
{
    for (size_t i = 0; i < o->n; i++)
        if (o->v[i].channel == channel && str_eq(o->v[i].kind, kind))
            return o->v[i].wanted;
    return true;
}

static void one_quota(void *arg, const char *provider, const char *tmpl, int64_t left)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_str(w, "provider", provider);
    kv_str(w, "template", tmpl);
    kv_int(w, "left", left);
    jw_end(w);
}

static enum err h_prefs(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct off o = {.n = 0};
    struct jw w;
    (void)rq;
    enum err e = message_pref_list(cx, one_pref, &o);
    jw_init(&w, cx->arena);
    jw_obj(&w);
    jw_key(&w, "items");
    jw_arr(&w);
    for (size_t i = 0; i < message_kind_count(); i++) {
        const struct message_kind *k = message_kind_at(i);
        for (int c = 0; c < MSG_CHANNELS; c++) {
            if (!list_has(k->plan, message_channel_name[c]))
                continue;
            jw_obj(&w);
            kv_str(&w, "kind", k->name);
            kv_str(&w, "title", k->title);
            kv_str(&w, "channel", message_channel_name[c]);
            kv_bool(&w, "optional", k->optional);
            kv_bool(&w, "wanted", !k->optional || wanted(&o, k->name, c));
            jw_end(&w);
        }
    }
    jw_arr_end(&w);
    jw_key(&w, "quota");
    jw_arr(&w);
    if (!e)
        e = message_quota_list(cx, one_quota, &w);
    jw_arr_end(&w);
    jw_end(&w);
    return e ? e : reply_json(rs, 200, &w);
}

struct pref_in {
    const char *kind;
    int channel;
    bool wanted;
};
static const struct field pref_fields[] = {FIELD_STR(struct pref_in, kind, 1, 40),
                                           FIELD_ENUM(struct pref_in, channel, message_channel_name),
                                           FIELD_BOOL(struct pref_in, wanted)};

static enum err h_pref_set(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct pref_in in = {0};
    enum err e = BODY(cx, rq, pref_fields, &in);
    if (!e)
        e = message_pref_set(cx, &(struct message_pref){in.kind, in.channel, in.wanted});
    return e ? e : reply_empty(rs);
}

struct lang_in {
    int lang;
};
static const struct field lang_fields[] = {FIELD_ENUM(struct lang_in, lang, message_lang_name)};

static enum err h_lang_set(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct lang_in in = {0};
    enum err e = BODY(cx, rq, lang_fields, &in);
    if (!e)
        e = message_lang_set(cx, in.lang);
    return e ? e : reply_empty(rs);
}

/* ---- templates ---- */

static enum err find(struct ctx *cx, const struct request *rq, const struct message_kind **k, int *channel, int *lang)
{
    *k = message_kind_find(rq->arg[0]);
    *channel = str_index(template_channel_name, TEMPLATE_CHANNELS, rq->arg[1]);
    *lang = str_index(message_lang_name, LANGS, rq->arg[2]);
    return *k && *channel >= 0 && *lang >= 0 ? OK
                                             : cx_fail(cx, ERR_NOT_FOUND, "kind", "没有该模板", "no such template");
}

static enum err put_template(struct ctx *cx, struct jw *w, const struct message_kind *k, int channel, int lang)
{
    struct message_template t;
    bool own = false;
    enum err e = message_template_get(cx, cx->who.company_id, k, channel, lang, &t, &own);
    if (e)
        return e;
    jw_obj(w);
    kv_str(w, "kind", k->name);
    kv_str(w, "title", k->title);
    kv_str(w, "channel", template_channel_name[channel]);
    kv_str(w, "lang", message_lang_name[lang]);
    kv_str(w, "subject", t.subject);
    kv_str(w, "body", t.body);
    kv_str(w, "provider_template", t.provider_template);
    kv_str(w, "variables", k->vars);
    kv_bool(w, "own", own);
    kv_int(w, "version", t.version);
    jw_end(w);
    return OK;
}

static enum err h_templates(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw w;
    enum err e = OK;
    (void)rq;
    list_open(cx, &w);
    for (size_t i = 0; i < message_kind_count() && !e; i++) {
        const struct message_kind *k = message_kind_at(i);
        for (int c = 0; c < TEMPLATE_CHANNELS && !e; c++)
            for (int l = 0; l < LANGS && !e; l++)
                if (c == CHANNEL_INAPP || list_has(k->plan, template_channel_name[c]))
                    e = put_template(cx, &w, k, c, l);
    }
    return list_close(rs, &w, e);
}

struct template_in {
    const char *subject, *body, *provider_template;
};
static const struct field template_fields[] = {OPT_STR(struct template_in, subject, 0, 100),
                                               FIELD_TEXT(struct template_in, body, 1, 1000),
                                               OPT_STR(struct template_in, provider_template, 0, 80)};

static enum err h_template_save(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct template_in in = {0};
    const struct message_kind *k = NULL;
    int channel = 0, lang = 0;
    enum err e = BODY(cx, rq, template_fields, &in);
    if (!e)
        e = find(cx, rq, &k, &channel, &lang);
    if (!e)
        e = message_template_save(
            cx, k, channel, lang,
            &(struct message_template){or_empty(in.subject), in.body, or_empty(in.provider_template), rq->if_match});
    return e ? e : reply_empty(rs);
}

static enum err h_template_drop(struct ctx *cx, const struct request *rq, struct response *rs)
{
    const struct message_kind *k = NULL;
    int channel = 0, lang = 0;
    enum err e = find(cx, rq, &k, &channel, &lang);
    if (!e)
        e = message_template_drop(cx, k, channel, lang);
    return e ? e : reply_empty(rs);
}

/* What somebody would read: every variable by its name in brackets. */
static enum err h_preview(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct template_in in = {0};
    struct message_var var[24];
    const struct message_kind *k = NULL;
    struct jw w;
    size_t n = 0;
    int channel = 0, lang = 0;
    enum err e = BODY(cx, rq, template_fields, &in);
    if (!e)
        e = find(cx, rq, &k, &channel, &lang);
    if (e)
        return e;
    const char *bad = message_unknown(cx->arena, k, or_empty(in.subject));
    bad = bad ? bad : message_unknown(cx->arena, k, in.body);
    if (bad)
        return cx_fail(cx, ERR_INVALID, "body", "变量 %s 不可用", "variable %s does not exist here", bad);
    for (const char *v = k->vars; *v && n < COUNT(var); n++) {
        size_t len = 0;
        while (v[len] && v[len] != ',')
            len++;
        var[n].name = arena_strndup(cx->arena, v, len);
        var[n].value = arena_printf(cx->arena, "[%s]", var[n].name);
        v += len + (v[len] != 0);
    }
    jw_init(&w, cx->arena);
    jw_obj(&w);
    kv_str(&w, "subject", message_render(cx->arena, or_empty(in.subject), var, n));
    kv_str(&w, "body", message_render(cx->arena, in.body, var, n));
    jw_end(&w);
    return reply_json(rs, 200, &w);
}

/* ---- settings, blocked addresses ---- */

static enum err h_setting(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct message_setting s;
    struct jw w;
    (void)rq;
    enum err e = message_setting_get(cx, cx->who.company_id, &s);
    if (e)
        return e;
    jw_init(&w, cx->arena);
    jw_obj(&w);
    kv_int(&w, "quiet_from", s.quiet_from);
    kv_int(&w, "quiet_to", s.quiet_to);
    kv_int(&w, "hourly", s.hourly);
    kv_int(&w, "version", s.version);
    jw_end(&w);
    reply_etag(cx, rs, s.version);
    return reply_json(rs, 200, &w);
}

static const struct field setting_fields[] = {FIELD_I64(struct message_setting, quiet_from, 0, 1439),
                                              FIELD_I64(struct message_setting, quiet_to, 0, 1439),
                                              FIELD_I64(struct message_setting, hourly, 1, 1000)};

static enum err h_setting_save(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct message_setting s = {.version = rq->if_match};
    enum err e = BODY(cx, rq, setting_fields, &s);
    if (!e)
        e = message_setting_save(cx, &s);
    return e ? e : reply_empty(rs);
}

static void one_block(void *arg, const struct message_block *b)
{
    struct page *l = arg;
    jw_obj(&l->w);
    kv_id(&l->w, "id", b->id);
    kv_str(&l->w, "to", b->hint);
    kv_str(&l->w, "reason", b->reason);
    kv_id(&l->w, "created_by", b->created_by);
    kv_time(&l->w, "created_at", b->created_at);
    jw_end(&l->w);
    page_row(l, b->id);
}

static enum err h_blocks(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct page l = {.n = 0};
    enum err e = page_open(cx, rq, &l);
    if (!e)
        e = message_block_list(cx, l.before, l.limit, one_block, &l);
    return page_close(rs, &l, e);
}

struct block_in {
    const char *to, *reason;
};
static const struct field block_fields[] = {FIELD_RAW(struct block_in, to, 5, 254),
                                            FIELD_STR(struct block_in, reason, 1, 100)};

static enum err h_block(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct block_in in = {0};
    int64_t id = 0;
    enum err e = BODY(cx, rq, block_fields, &in);
    if (!e)
        e = message_block_add(cx, in.to, in.reason, &id);
    return e ? e : reply_id(cx, rs, 201, id);
}

static enum err h_unblock(struct ctx *cx, const struct request *rq, struct response *rs)
{
    return do_by_id(cx, rq, rs, message_block_drop);
}

/* ---- delivery log ---- */

static void one_row(void *arg, const struct message_row *m)
{
    struct page *l = arg;
    struct jw *w = &l->w;
    jw_obj(w);
    kv_id(w, "id", m->id);
    kv_str(w, "channel", m->channel);
    kv_str(w, "kind", m->kind);
    kv_id(w, "account_id", m->account_id);
    kv_str(w, "account", m->account);
    kv_str(w, "to", m->to_hint);
    kv_str(w, "state", m->state);
    kv_str(w, "reason", m->reason);
    kv_str(w, "error", m->error);
    kv_str(w, "provider", m->provider);
    kv_int(w, "attempts", m->attempts);
    kv_time(w, "next_at", str_eq(m->state, "pending") ? m->next_at : 0);
    kv_time(w, "created_at", m->created_at);
    kv_time(w, "sent_at", m->sent_at);
    kv_time(w, "delivered_at", m->delivered_at);
    jw_end(w);
    page_row(l, m->id);
}

static enum err h_log(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct message_search s = {0};
    struct page l = {.n = 0};
    enum err e = query_text(cx, rq, "channel", &s.channel);
    if (!e)
        e = query_text(cx, rq, "kind", &s.kind);
    if (!e)
        e = query_text(cx, rq, "state", &s.state);
    if (!e)
        e = query_text(cx, rq, "to", &s.to);
    if (!e)
        e = query_id(cx, rq, "account_id", &s.account_id);
    if (!e)
        e = query_time(cx, rq, "from", 0, &s.from);
    if (!e)
        e = query_time(cx, rq, "until", INT64_C(1) << 52, &s.until);
    if (!e)
        e = page_open(cx, rq, &l);
    s.before = l.before;
    s.limit = l.limit;
    if (!e)
        e = message_log(cx, &s, one_row, &l);
    return page_close(rs, &l, e);
}

static enum err h_requeue(struct ctx *cx, const struct request *rq, struct response *rs)
{
    return do_by_id(cx, rq, rs, message_requeue);
}

static enum err h_discard(struct ctx *cx, const struct request *rq, struct response *rs)
{
    static const struct field reason = {.key = "reason", .type = F_STR, .min = 1, .max = 100};
    return do_by_text(cx, rq, rs, &reason, message_discard);
}

static void one_count(void *arg, const char *channel, const char *state, int64_t n)
{
    struct jw *w = arg;
    jw_obj(w);
    kv_str(w, "channel", channel);
    kv_str(w, "state", state);
    kv_int(w, "messages", n);
    jw_end(w);
}

static enum err h_stats(struct ctx *cx, const struct request *rq, struct response *rs)
{
    struct jw w;
    int64_t from = 0, until = 0;
    enum err e = query_time(cx, rq, "from", cx->now - 30 * DAY_MS, &from);
    if (!e)
        e = query_time(cx, rq, "until", cx->now + 1, &until);
    if (e)
        return e;
    list_open(cx, &w);
    return list_close(rs, &w, message_stats(cx, from, until, one_count, &w));
}

#define WHO_SETS ROLES_ADMIN
#define WHO_SEES (ROLES_ADMIN | ROLE_AUDITOR)
#define TEMPLATE "/api/v1/message-templates/{kind}/{channel}/{lang}"
/* clang-format off */
static const struct route rows[] = {
    {M_GET,    "/api/v1/notifications",           h_inbox,         LANE_READ,  ROLES_LOGGED_IN, SCOPE_SELF,    0,    0,             "listNotifications"},
    {M_GET,    "/api/v1/notifications/unread",    h_unread,        LANE_READ,  ROLES_LOGGED_IN, SCOPE_SELF,    0,    0,             "countNotifications"},
    {M_POST,   "/api/v1/notifications/read",      h_read_all,      LANE_WRITE, ROLES_LOGGED_IN, SCOPE_SELF,    16,   0,             "readAllNotifications"},
    {M_POST,   "/api/v1/notifications/{id}/read", h_read,          LANE_WRITE, ROLES_LOGGED_IN, SCOPE_SELF,    16,   0,             "readNotification"},
    {M_GET,    "/api/v1/me/message-preferences",  h_prefs,         LANE_READ,  ROLES_LOGGED_IN, SCOPE_SELF,    0,    0,             "listMessagePreferences"},
    {M_PUT,    "/api/v1/me/message-preferences",  h_pref_set,      LANE_WRITE, ROLES_LOGGED_IN, SCOPE_SELF,    256,  0,             "setMessagePreference"},
    {M_PUT,    "/api/v1/me/language",             h_lang_set,      LANE_WRITE, ROLES_LOGGED_IN, SCOPE_SELF,    64,   0,             "setMyLanguage"},
    {M_GET,    "/api/v1/message-templates",       h_templates,     LANE_READ,  WHO_SETS,        SCOPE_COMPANY, 0,    0,             "listMessageTemplates"},
    {M_PUT,    TEMPLATE,                          h_template_save, LANE_WRITE, WHO_SETS,        SCOPE_COMPANY, 8192, 0,             "saveMessageTemplate"},
    {M_DELETE, TEMPLATE,                          h_template_drop, LANE_WRITE, WHO_SETS,        SCOPE_COMPANY, 0,    0,             "dropMessageTemplate"},
    {M_POST,   TEMPLATE "/preview",               h_preview,       LANE_READ,  WHO_SETS,        SCOPE_COMPANY, 8192, 0,             "previewMessageTemplate"},
    {M_GET,    "/api/v1/message-settings",        h_setting,       LANE_READ,  WHO_SETS,        SCOPE_COMPANY, 0,    0,             "getMessageSettings"},
    {M_PUT,    "/api/v1/message-settings",        h_setting_save,  LANE_WRITE, WHO_SETS,        SCOPE_COMPANY, 256,  0,             "saveMessageSettings"},
    {M_GET,    "/api/v1/message-blocks",          h_blocks,        LANE_READ,  WHO_SEES,        SCOPE_COMPANY, 0,    0,             "listMessageBlocks"},
    {M_POST,   "/api/v1/message-blocks",          h_block,         LANE_WRITE, WHO_SETS,        SCOPE_COMPANY, 1024, RF_IDEMPOTENT, "blockAddress"},
    {M_DELETE, "/api/v1/message-blocks/{id}",     h_unblock,       LANE_WRITE, WHO_SETS,        SCOPE_COMPANY, 0,    0,             "unblockAddress"},
    {M_GET,    "/api/v1/messages",                h_log,           LANE_READ,  WHO_SEES,        SCOPE_COMPANY, 0,    0,             "listMessages"},
    {M_GET,    "/api/v1/messages/stats",          h_stats,         LANE_READ,  WHO_SEES,        SCOPE_COMPANY, 0,    0,             "countMessages"},
    {M_POST,   "/api/v1/messages/{id}/requeue",   h_requeue,       LANE_WRITE, WHO_SETS,        SCOPE_COMPANY, 16,   0,             "requeueMessage"},
    {M_POST,   "/api/v1/messages/{id}/discard",   h_discard,       LANE_WRITE, WHO_SETS,        SCOPE_COMPANY, 512,  0,             "discardMessage"},
};
/* clang-format on */
const struct route_set message_routes = {rows, COUNT(rows)};
