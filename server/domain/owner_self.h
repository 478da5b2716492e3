/* owner_self.h - what a resident may ask about themselves: a copy of all that is held, and to be forgotten.
 * SPDX-License-Identifier: MIT */
#ifndef DOMAIN_OWNER_SELF_H
#define DOMAIN_OWNER_SELF_H
#include "base/json.h"
#include "platform/ctx.h"

/* Everything held on cx->who's account as one JSON object, personal data in clear. READ. */
MUST_CHECK enum err self_export(struct ctx *cx, struct jw *w);

/* contact_only: e-mail, WeChat and emergency contact go, account and rooms stay; always possible.
 * Otherwise the account ends: ERR_STATE while bills of theirs are open or an online payment is under way. Name, phone,
 * e-mail, password and channel identities go, sessions and bindings end; bills, payments and the books keep their rows. The
 * register's entries go the same way when no room hangs on them any more; *kept counts those that had to stay. */
MUST_CHECK enum err self_close(struct ctx *cx, bool contact_only, const char *reason, int64_t *kept);

#endif
