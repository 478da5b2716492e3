/* message_set.c - words, quiet hours, preferences, blocked addresses; see message_set.h. SPDX-License-Identifier: MIT */
#include "domain/message_set.h"
#include "base/id.h"
#include "base/json.h"
#include "domain/audit.h"
#include "platform/crypto/crypto.h"
#include "platform/store/db.h"
#include <string.h>

#define QUIET_FROM (22 * 60)
#define QUIET_TO   (8 * 60)
#define HOURLY     20

STMT(q_template, "message.template",
     "SELECT subject, body, provider_template, version FROM message_template"
     " WHERE company_id = $1 AND kind = $2 AND channel = $3 AND lang = $4");
STMT(q_template_new, "message.template_new",
     "INSERT INTO message_template(company_id, kind, channel, lang, subject, body, provider_template, changed_by, "
     "changed_at)"
     " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (company_id, kind, channel, lang) DO NOTHING");
STMT(q_template_set, "message.template_set",
     "UPDATE message_template SET subject = $5, body = $6, provider_template = $7, changed_by = $8, changed_at = $9,"
     " version = version + 1 WHERE company_id = $1 AND kind = $2 AND channel = $3 AND lang = $4 AND version = $10");
STMT(q_template_drop, "message.template_drop",
     "DELETE FROM message_template WHERE company_id = $1 AND kind = $2 AND channel = $3 AND lang = $4");
STMT(q_setting, "message.setting",
     "SELECT quiet_from, quiet_to, hourly, version FROM message_setting WHERE company_id = $1");
STMT(q_setting_new, "message.setting_new",
     "INSERT INTO message_setting(company_id, quiet_from, quiet_to, hourly) VALUES ($1, $2, $3, $4)"
     " ON CONFLICT (company_id) DO NOTHING");
STMT(q_setting_set, "message.setting_set",
     "UPDATE message_setting SET quiet_from = $2, quiet_to = $3, hourly = $4, version = version + 1"
     " WHERE company_id = $1 AND version = $5");
STMT(q_prefs, "message.prefs", "SELECT kind, channel, wanted FROM message_pref WHERE account_id = $1");
STMT(q_pref_set, "message.pref_set",
     "INSERT INTO message_pref(account_id, kind, channel, wanted) VALUES ($1, $2, $3, $4)"
     " ON CONFLICT (account_id, kind, channel) DO UPDATE SET wanted = excluded.wanted");
STMT(q_lang_set, "message.lang_set", "UPDATE account SET english = $2 WHERE id = $1");
STMT(q_block, "message.block",
     "INSERT INTO message_block(id, company_id, to_idx, to_hint, reason, created_by, created_at)"
     " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (company_id, to_idx) DO NOTHING");
STMT(q_unblock, "message.unblock", "DELETE FROM message_block WHERE id = $1 AND company_id = $2");
STMT(q_blocks, "message.blocks",
     "SELECT id, to_hint, reason, created_by, created_at FROM message_block"
     " WHERE company_id = $1 AND ($2 = 0 OR id < $2) ORDER BY id DESC LIMIT $3");

static enum err on_template(struct ctx *cx, const struct row *r, void *out)
{
    *(struct message_template *)out = (struct message_template){.subject = row_text(cx, r, 0),
                                                                .body = row_text(cx, r, 1),
                                                                .provider_template = row_text(cx, r, 2),
                                                                .version = row_i64(r, 3)};
    return OK;
}

enum err message_template_get(struct ctx *cx, int64_t company_id, const struct message_kind *k, int channel, int lang,
                              struct message_template *out, bool *own)
{
    *own = false;
    *out = (struct message_template){k->words[lang].subject, k->words[lang].body, "", 0};
    enum err e =
        db_one(cx, &q_template,
               ARGS(I64(company_id), TXT(k->name), TXT(template_channel_name[channel]), TXT(message_lang_name[lang])),
               on_template, out);
    *own = e == OK;
    return e == ERR_NOT_FOUND ? OK : e;
}

/* For the audit: what was changed, not the words of it. */
static const char *about(struct ctx *cx, const struct message_kind *k, int channel, int lang)
{
    return arena_printf(cx->arena, "{\"kind\":\"%s\",\"channel\":\"%s\",\"lang\":\"%s\"}", k->name,
                        template_channel_name[channel], message_lang_name[lang]);
}

enum err message_template_save(struct ctx *cx, const struct message_kind *k, int channel, int lang,
                               const struct message_template *in)
{
    int64_t changed = 0;
    const char *bad = message_unknown(cx->arena, k, in->subject);
    if (bad)
        return cx_fail(cx, ERR_INVALID, "subject", "变量 %s 不可用", "variable %s does not exist here", bad);
    if ((bad = message_unknown(cx->arena, k, in->body)) != NULL)
        return cx_fail(cx, ERR_INVALID, "body", "变量 %s 不可用", "variable %s does not exist here", bad);
    bool keys = channel == MSG_WECHAT || channel == MSG_ALIPAY;
    if (keys && !strchr(in->body, '='))
        return cx_fail(cx, ERR_INVALID, "body", "小程序消息每行应为 字段=内容",
                       "lines \"key=text\" for mini-program messages");
    struct arg key[4] = {I64(cx->who.company_id), TXT(k->name), TXT(template_channel_name[channel]),
                         TXT(message_lang_name[lang])};
    enum err e = db_exec(cx, in->version ? &q_template_set : &q_template_new,
                         in->version ? ARGS(key[0], key[1], key[2], key[3], TXT(in->subject), TXT(in->body),
                                            TXT(in->provider_template), I64(cx->who.id), I64(cx->now), I64(in->version))
                                     : ARGS(key[0], key[1], key[2], key[3], TXT(in->subject), TXT(in->body),
                                            TXT(in->provider_template), I64(cx->who.id), I64(cx->now)),
                         &changed);
    if (!e && !changed)
        e = cx_fail(cx, ERR_CONFLICT, "If-Match", "模板已被修改,请刷新", "the template has changed; reload it");
    return e ? e : audit_add(cx, "message.template", "message_template", 0, NULL, about(cx, k, channel, lang));
}

enum err message_template_drop(struct ctx *cx, const struct message_kind *k, int channel, int lang)
{
    enum err e = db_change_one(
        cx, &q_template_drop,
        ARGS(I64(cx->who.company_id), TXT(k->name), TXT(template_channel_name[channel]), TXT(message_lang_name[lang])),
        ERR_NOT_FOUND, "没有自定义模板", "the words are the built-in ones");
    return e ? e : audit_add(cx, "message.template_drop", "message_template", 0, about(cx, k, channel, lang), NULL);
}

static enum err on_setting(struct ctx *cx, const struct row *r, void *out)
{
    (void)cx;
    *(struct message_setting *)out =
        (struct message_setting){row_i64(r, 0), row_i64(r, 1), row_i64(r, 2), row_i64(r, 3)};
    return OK;
}

enum err message_setting_get(struct ctx *cx, int64_t company_id, struct message_setting *out)
{
    *out = (struct message_setting){QUIET_FROM, QUIET_TO, HOURLY, 0};
    enum err e = db_one(cx, &q_setting, ARGS(I64(company_id)), on_setting, out);
    return e == ERR_NOT_FOUND ? OK : e;
}

static const char *setting_json(struct ctx *cx, const struct message_setting *s)
{
    return arena_printf(cx->arena, "{\"quiet_from\":%lld,\"quiet_to\":%lld,\"hourly\":%lld}", (long long)s->quiet_from,
                        (long long)s->quiet_to, (long long)s->hourly);
}

enum err message_setting_save(struct ctx *cx, const struct message_setting *in)
{
    struct message_setting was;
    int64_t changed = 0, company = cx->who.company_id;
    enum err e = message_setting_get(cx, company, &was);
    if (!e && was.version)
        e = db_exec(cx, &q_setting_set,
                    ARGS(I64(company), I64(in->quiet_from), I64(in->quiet_to), I64(in->hourly), I64(in->version)),
                    &changed);
    else if (!e && !in->version)
        e = db_exec(cx, &q_setting_new, ARGS(I64(company), I64(in->quiet_from), I64(in->quiet_to), I64(in->hourly)),
                    &changed);
    if (!e && !changed)
        e = cx_fail(cx, ERR_CONFLICT, "If-Match", "设置已被修改,请刷新", "the settings have changed; reload them");
    return e ? e : audit_add(cx, "message.setting", "company", company, setting_json(cx, &was), setting_json(cx, in));
}

struct prefs {
    message_pref_fn *fn;
    void *arg;
};

static enum err on_pref(struct ctx *cx, const struct row *r, void *out)
{
    struct prefs *l = out;
    struct message_pref p = {.kind = row_text(cx, r, 0),
                             .channel = str_index(message_channel_name, MSG_CHANNELS, row_text(cx, r, 1)),
                             .wanted = row_i64(r, 2) != 0};
    if (p.channel >= 0)
        l->fn(l->arg, &p);
    return OK;
}

enum err message_pref_list(struct ctx *cx, message_pref_fn *fn, void *arg)
{
    struct prefs l = {fn, arg};
    return db_each(cx, &q_prefs, ARGS(I64(cx->who.id)), on_pref, &l);
}

enum err message_pref_set(struct ctx *cx, const struct message_pref *p)
{
    const struct message_kind *k = message_kind_find(p->kind);
    if (!k)
        return cx_fail(cx, ERR_INVALID, "kind", "没有该消息类型", "no such kind of message");
    if (!k->optional)
        return cx_fail(cx, ERR_INVALID, "kind", "该类消息不可关闭", "messages of this kind cannot be switched off");
    return db_exec(cx, &q_pref_set,
                   ARGS(I64(cx->who.id), TXT(p->kind), TXT(message_channel_name[p->channel]), I64(p->wanted)), NULL);
}

enum err message_lang_set(struct ctx *cx, int lang)
{
    return db_exec(cx, &q_lang_set, ARGS(I64(cx->who.id), I64(lang == LANG_EN)), NULL);
}

enum err message_block_add(struct ctx *cx, const char *to, const char *reason, int64_t *id)
{
    uint8_t idx[16];
    int64_t made = 0;
    bool mail = email_valid(to);
    if (!mail && !phone_valid(to))
        return cx_fail(cx, ERR_INVALID, "to", "应为手机号或邮箱", "a mobile number or an e-mail address");
    *id = id_new();
    pii_index(cx->who.company_id, to, idx);
    enum err e = db_exec(cx, &q_block,
                         ARGS(I64(*id), I64(cx->who.company_id), BLOB(idx, 16),
                              TXT(message_hint(cx->arena, mail ? MSG_MAIL : MSG_SMS, to)), TXT(reason), I64(cx->who.id),
                              I64(cx->now)),
                         &made);
    if (!e && !made)
        e = cx_fail(cx, ERR_EXISTS, "to", "已在黑名单中", "blocked already");
    return e ? e : audit_add(cx, "message.block", "message_block", *id, NULL, NULL);
}

enum err message_block_drop(struct ctx *cx, int64_t id)
{
    enum err e =
        db_change_one(cx, &q_unblock, ARGS(I64(id), I64(cx->who.company_id)), ERR_NOT_FOUND, "不存在", "no such row");
    return e ? e : audit_add(cx, "message.unblock", "message_block", id, NULL, NULL);
}

struct blocks {
    message_block_fn *fn;
    void *arg;
};

static enum err on_block(struct ctx *cx, const struct row *r, void *out)
{
    struct blocks *l = out;
    struct message_block b = {.id = row_i64(r, 0),
                              .hint = row_text(cx, r, 1),
                              .reason = row_text(cx, r, 2),
                              .created_by = row_i64(r, 3),
                              .created_at = row_i64(r, 4)};
    l->fn(l->arg, &b);
    return OK;
}

enum err message_block_list(struct ctx *cx, int64_t before, int64_t limit, message_block_fn *fn, void *arg)
{
    struct blocks l = {fn, arg};
    return db_each(cx, &q_blocks, ARGS(I64(cx->who.company_id), I64(before), I64(limit)), on_block, &l);
}
