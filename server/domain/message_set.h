/* message_set.h - what companies and people set about messages: words, quiet hours, preferences, blocked addresses; and what
 * became of the messages: inbox, delivery log, dead letters, numbers. Tenant from the session.
 * SPDX-License-Identifier: MIT */
#ifndef DOMAIN_MESSAGE_SET_H
#define DOMAIN_MESSAGE_SET_H
#include "domain/message_kind.h"

struct message_template {
    const char *subject, *body, *provider_template; /* never NULL */
    int64_t version;                                /* 0: built in */
};
/* The company's own, or the built-in one; *own tells which. READ */
MUST_CHECK enum err message_template_get(struct ctx *cx, int64_t company_id, const struct message_kind *k, int channel,
                                         int lang, struct message_template *out, bool *own);
/* Refuses unknown variables. version: 0 for the first, else the one seen. Audited. WRITE */
MUST_CHECK enum err message_template_save(struct ctx *cx, const struct message_kind *k, int channel, int lang,
                                          const struct message_template *in);
MUST_CHECK enum err message_template_drop(struct ctx *cx, const struct message_kind *k, int channel,
                                          int lang); /* back to the built-in words */

struct message_setting {
    int64_t quiet_from, quiet_to; /* minutes of the day; equal: none */
    int64_t hourly, version;      /* version 0: nothing set, the defaults */
};
MUST_CHECK enum err message_setting_get(struct ctx *cx, int64_t company_id, struct message_setting *out);
MUST_CHECK enum err message_setting_save(struct ctx *cx, const struct message_setting *in);

/* My preferences for kinds that may be switched off. */
struct message_pref {
    const char *kind;
    int channel;
    bool wanted;
};
typedef void message_pref_fn(void *arg, const struct message_pref *p);
MUST_CHECK enum err message_pref_list(struct ctx *cx, message_pref_fn *fn, void *arg);
MUST_CHECK enum err message_pref_set(struct ctx *cx, const struct message_pref *p);
MUST_CHECK enum err message_lang_set(struct ctx *cx, int lang); /* enum message_lang: in which words I am written to */

struct message_block {
    int64_t id, created_by, created_at;
    const char *hint, *reason;
};
MUST_CHECK enum err message_block_add(struct ctx *cx, const char *to, const char *reason, int64_t *id);
MUST_CHECK enum err message_block_drop(struct ctx *cx, int64_t id);
typedef void message_block_fn(void *arg, const struct message_block *b);
MUST_CHECK enum err message_block_list(struct ctx *cx, int64_t before, int64_t limit, message_block_fn *fn, void *arg);

/* ---- inbox: my own rows only ---- */
struct notification {
    int64_t id, object_id, read_at, created_at;
    const char *kind, *title, *text, *object;
    bool urgent;
};
typedef void notification_fn(void *arg, const struct notification *n);
MUST_CHECK enum err notification_list(struct ctx *cx, bool unread_only, int64_t before, int64_t limit,
                                      notification_fn *fn, void *arg);
MUST_CHECK enum err notification_unread(struct ctx *cx, int64_t *n);
/* id 0: all. Tells the person's other screens. */
MUST_CHECK enum err notification_read(struct ctx *cx, int64_t id);

/* ---- delivery log ---- */
struct message_row {
    int64_t id, account_id, attempts, next_at, created_at, sent_at, delivered_at;
    const char *channel, *kind, *state, *reason, *error, *provider, *to_hint, *account;
};
struct message_search {
    const char *channel, *kind, *state; /* NULL or "": any */
    const char *to;                     /* whole phone or address; NULL: any */
    int64_t account_id, from, until, before, limit;
};
typedef void message_row_fn(void *arg, const struct message_row *m);
MUST_CHECK enum err message_log(struct ctx *cx, const struct message_search *s, message_row_fn *fn, void *arg);
/* Dead letters: once more, with a day to do it; or never. Audited. ERR_STATE unless dead. */
MUST_CHECK enum err message_requeue(struct ctx *cx, int64_t id);
MUST_CHECK enum err message_discard(struct ctx *cx, int64_t id, const char *reason);
/* By channel and state, created in [from, until). */
typedef void message_count_fn(void *arg, const char *channel, const char *state, int64_t n);
MUST_CHECK enum err message_stats(struct ctx *cx, int64_t from, int64_t until, message_count_fn *fn, void *arg);

/* ---- what the providers say afterwards; job, as the system ---- */
struct message_ask {
    int64_t id, company_id, sent_at, asked; /* asked: how often so far */
    const char *provider, *ref, *to;
};
MUST_CHECK enum err message_ask_due(struct ctx *cx, struct message_ask *out, size_t max, size_t *n);
enum message_fate { FATE_WAITING, FATE_DELIVERED, FATE_LOST };
MUST_CHECK enum err message_fate(struct ctx *cx, const struct message_ask *m, enum message_fate fate, const char *why);
/* Subscribe messages left, by provider and template. READ */
typedef void message_quota_fn(void *arg, const char *provider, const char *tmpl, int64_t left);
MUST_CHECK enum err message_quota_list(struct ctx *cx, message_quota_fn *fn, void *arg);

#endif
