/* message_kind.h - the kinds of messages as a table: who may switch them off, by which channels they go, their words.
 *
 * plan: ladders separated by '|', each a comma list of channels: "wechat,alipay,sms" tries the next when one cannot be used;
 * "sms|mail" sends both. Words are text with {variables}; a company may replace them (message_template). Pure.
 * SPDX-License-Identifier: MIT */
#ifndef DOMAIN_MESSAGE_KIND_H
#define DOMAIN_MESSAGE_KIND_H
#include "base/arena.h"
#include "domain/message.h"
#include <stdbool.h>

enum { CHANNEL_INAPP = MSG_CHANNELS, TEMPLATE_CHANNELS };
extern const char *const template_channel_name[TEMPLATE_CHANNELS]; /* sms, mail, wechat, alipay, inapp */
enum message_lang { LANG_ZH, LANG_EN, LANGS };
extern const char *const message_lang_name[LANGS];

struct message_words {
    const char *subject, *body;
};
struct message_kind {
    const char *name, *title; /* title: what people choose by in their preferences (Chinese) */
    const char *plan;
    const char *quota;  /* the subscribe quota it uses */
    const char *vars;   /* comma list of what its words may name */
    bool urgent;        /* no quiet hours, no throttle */
    bool optional;      /* the person may switch it off */
    int64_t give_up_ms; /* worthless after that */
    struct message_words words[LANGS];
};
size_t message_kind_count(void);
const struct message_kind *message_kind_at(size_t i);
const struct message_kind *message_kind_find(const char *name); /* NULL: no such */

/* Replaces {name} by its value; a variable without value becomes "". */
char *message_render(struct arena *a, const char *text, const struct message_var *var, size_t nvar);
/* NULL: every variable of text is one of the kind's; else the first that is not (arena), or "{" for a brace left open. */
const char *message_unknown(struct arena *a, const struct message_kind *k, const char *text);
/* Is `one` in the comma list? */
bool list_has(const char *list, const char *one);
/* 138****5678, a***@example.com, abc***: what may be shown of an address. */
char *message_hint(struct arena *a, int channel, const char *to);
/* Quiet hours [from, to) in minutes of the day, may pass midnight: when (unix ms) they end if now lies in them, else 0. */
int64_t message_quiet_end(int64_t now, int64_t from_min, int64_t to_min);

#endif
