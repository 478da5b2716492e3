/* smtp.c - see smtp.h. SPDX-License-Identifier: MIT */
#include "providers/smtp.h"
#include "base/text.h"
#include "platform/http_out.h"

/* Our keys have colons ("code:17"), the left half of a Message-ID may not. */
static const char *message_id(struct arena *a, const char *key)
{
    char *out = arena_strdup(a, key);
    for (char *p = out; *p; p++)
        if (*p == ':')
            *p = '.';
    return out;
}

enum err smtp_send(struct arena *a, const struct smtp_config *c, const char *to, const char *subject, const char *text,
                   const char *id, struct provider_answer *out)
{
    struct out_mail m = {.url = c->url,
                         .user = str_empty(c->user) ? NULL : c->user,
                         .pass = c->pass,
                         .from = c->from,
                         .to = to,
                         .subject = subject,
                         .text = text,
                         .message_id = message_id(a, id)};
    int code = 0;
    *out = (struct provider_answer){"", "", id};
    if (!email_valid(to))
        return ERR_INVALID;
    enum err e = mail_out(a, &m, &code);
    if (code)
        out->code = arena_printf(a, "%d", code);
    if (e != ERR_UPSTREAM || code < 400)
        return e;
    /* 53x is about our log-in, 55x about this recipient or this text */
    return code < 500 ? ERR_BUSY : code >= 550 && code < 560 ? ERR_INVALID : ERR_UPSTREAM;
}
