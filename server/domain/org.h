/* org.h - how a company is organised: departments, positions (sets of roles), rosters and leave.
 * Everything works on the caller's company. SPDX-License-Identifier: MIT */
#ifndef DOMAIN_ORG_H
#define DOMAIN_ORG_H
#include "platform/ctx.h"

/* ---- departments (org_department.c) ---- */
struct department {
    int64_t id, parent_id, project_id, leader_id, sort, members, version;
    const char *name, *leader, *project;
};
#define DEPARTMENT_DEPTH 6
MUST_CHECK enum err department_put(struct ctx *cx, const struct department *in, int64_t *id);
MUST_CHECK enum err department_change(struct ctx *cx, const struct department *in); /* by version; no cycles */
MUST_CHECK enum err department_close(struct ctx *cx, int64_t id,
                                     int64_t version); /* ERR_STATE: has people or children */
typedef void department_fn(void *arg, const struct department *d);
MUST_CHECK enum err department_list(struct ctx *cx, department_fn *fn, void *arg);
struct member {
    int64_t account_id;
    const char *name, *title, *login;
};
typedef void member_fn(void *arg, const struct member *m);
MUST_CHECK enum err department_members(struct ctx *cx, int64_t id, member_fn *fn, void *arg);
/* All of them anew: guarded by the department's version. */
MUST_CHECK enum err department_set_members(struct ctx *cx, int64_t id, int64_t version, const struct member *m,
                                           size_t n);

/* ---- positions (org_role.c) ---- */
struct role_set {
    int64_t id, members, version;
    unsigned roles; /* of ROLES_STAFF without the administrators: those are given one by one */
    const char *name, *note;
};
#define ROLES_IN_SETS (ROLES_STAFF & ~(unsigned)ROLES_ADMIN)
MUST_CHECK enum err role_set_put(struct ctx *cx, const struct role_set *in, int64_t *id);
/* Everybody who holds it has the new roles in the same transaction; who loses some is logged out. */
MUST_CHECK enum err role_set_change(struct ctx *cx, const struct role_set *in);
MUST_CHECK enum err role_set_drop(struct ctx *cx, int64_t id, int64_t version); /* ERR_STATE while somebody holds it */
typedef void role_set_fn(void *arg, const struct role_set *r);
MUST_CHECK enum err role_set_list(struct ctx *cx, role_set_fn *fn, void *arg);
struct holding { /* project 0: the whole company */
    int64_t role_set_id, project_id;
    const char *name, *project;
};
typedef void holding_fn(void *arg, const struct holding *h);
MUST_CHECK enum err role_set_holdings(struct ctx *cx, int64_t account_id, holding_fn *fn, void *arg);
MUST_CHECK enum err role_set_give(struct ctx *cx, int64_t account_id, const struct holding *h, size_t n); /* all anew */

/* ---- roster and leave (org_roster.c) ---- */
struct roster {
    int64_t id, project_id, account_id, from_at, to_at, asked_by, decided_by, version;
    int32_t day;
    const char *kind, *state, *name, *note, *person, *project; /* kind: work, standby, leave */
};
/* Work and standby of the current project, many at once (a week's plan); replaces what the same people had on those days. */
struct roster_slot {
    int64_t account_id;
    int32_t day;
    int64_t from_min, to_min; /* of the day; to_min up to 2880 goes past midnight */
    const char *kind, *name;
};
MUST_CHECK enum err roster_plan(struct ctx *cx, const struct roster_slot *s, size_t n);
/* One slot of the session's project; what is left of that day holds, or the weekly shift. */
MUST_CHECK enum err roster_drop(struct ctx *cx, int64_t id);
typedef void roster_fn(void *arg, const struct roster *r);
MUST_CHECK enum err roster_list(struct ctx *cx, int32_t from, int32_t to, int64_t account_id, roster_fn *fn, void *arg);
/* Leave: asked by the person, decided by a leader who is somebody else. Open repair jobs are not taken away; no new ones come. */
MUST_CHECK enum err leave_ask(struct ctx *cx, int64_t from_at, int64_t to_at, const char *note, int64_t *id);
MUST_CHECK enum err leave_decide(struct ctx *cx, int64_t id, int64_t version, bool approve, const char *note);
MUST_CHECK enum err leave_withdraw(struct ctx *cx, int64_t id, int64_t version);
MUST_CHECK enum err leave_waiting(struct ctx *cx, roster_fn *fn, void *arg);
MUST_CHECK enum err leave_mine(struct ctx *cx, roster_fn *fn, void *arg);

#endif
