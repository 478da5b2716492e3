/* notice_int.h - shared by the notice_*.c files only. SPDX-License-Identifier: MIT */
#ifndef DOMAIN_NOTICE_INT_H
#define DOMAIN_NOTICE_INT_H
#include "domain/notice.h"
#include "platform/store/db.h"

#define NOTICE_COLUMNS                                                                                                 \
    "n.id, n.project_id, n.publish_at, n.expire_at, n.published_at, n.pushed, n.pushed_at, n.created_by, n.version,"   \
    " n.created_at, n.title, n.text, n.kind, n.audience, n.state, n.for_owner, n.for_family, n.for_tenant,"            \
    " n.for_staff, n.pinned"
enum err notice_row(struct ctx *cx, const struct row *r, void *out);

/* Room m, or binding b in it, lies in the audience of n. */
#define NOTICE_PLACE                                                                                                   \
    "(n.audience = 'company' OR (m.project_id = n.project_id AND (n.audience = 'project' OR EXISTS (SELECT 1 FROM"     \
    " notice_target t WHERE t.notice_id = n.id AND t.target_id = CASE n.audience WHEN 'buildings' THEN m.building_id"  \
    " ELSE m.id END))))"
#define NOTICE_ROLE                                                                                                    \
    "((b.role = 'owner' AND n.for_owner = 1) OR (b.role = 'family' AND n.for_family = 1)"                              \
    " OR (b.role = 'tenant' AND n.for_tenant = 1))"
/* Account `who` is addressed by n at time `now` (both SQL). */
#define NOTICE_REACHES(who, now)                                                                                       \
    "(EXISTS (SELECT 1 FROM binding b JOIN room m ON m.id = b.room_id WHERE b.account_id = " who                       \
    " AND b.company_id = n.company_id AND b.state = 'active' AND (b.expires_at = 0 OR b.expires_at > " now             \
    ") AND " NOTICE_ROLE " AND " NOTICE_PLACE ") OR (n.for_staff = 1 AND EXISTS (SELECT 1 FROM role_grant g WHERE"     \
    " g.account_id = " who " AND g.company_id = n.company_id AND (n.project_id = 0 OR g.project_id = 0"                \
    " OR g.project_id = n.project_id))))"

MUST_CHECK enum err notice_load(struct ctx *cx, int64_t id, struct notice *out); /* of the own company */
/* May cx->who manage a notice of that project (0: the company's)? */
MUST_CHECK enum err notice_may_manage(struct ctx *cx, int64_t project_id, bool *may);

#endif
