/* ctx.h - what a piece of work carries: memory, the open transaction, who asks, what time it is.
 *
 * A ctx belongs to one thread at a time (loop -> lane -> loop). Functions take it first. An error is
 * returned as `enum err`; cx_fail() records field and reason (Chinese and English) once, at the place
 * where it is known; nobody above overwrites it.  SPDX-License-Identifier: MIT */
#ifndef PLATFORM_CTX_H
#define PLATFORM_CTX_H
#include "base/arena.h"
#include "base/err.h"
#include "base/text.h"
#include <stdbool.h>
#include <stdint.h>

struct db;
struct store;

/* Roles; one account may hold several, each with a scope (struct scope). */
#define ROLE_LIST(X)                                                                                                   \
    X(PLATFORM_ADMIN, "platform_admin", "平台管理员")                                                                  \
    X(COMPANY_ADMIN, "company_admin", "公司管理员")                                                                    \
    X(MANAGER, "manager", "项目经理")                                                                                  \
    X(DISPATCHER, "dispatcher", "调度员")                                                                              \
    X(CASHIER, "cashier", "收费员")                                                                                    \
    X(SERVICE, "customer_service", "客服")                                                                             \
    X(TECHNICIAN, "technician", "维修技师")                                                                            \
    X(AUDITOR, "auditor", "审计员")                                                                                    \
    X(OWNER, "owner", "业主")                                                                                          \
    X(FAMILY, "family", "家属")                                                                                        \
    X(TENANT, "tenant", "租户")
enum role_no {
#define X(name, wire, zh) ROLE_NO_##name,
    ROLE_LIST(X)
#undef X
        ROLE_COUNT
};
enum role {
#define X(name, wire, zh) ROLE_##name = 1 << ROLE_NO_##name,
    ROLE_LIST(X)
#undef X
};
#define ROLES_RESIDENT (ROLE_OWNER | ROLE_FAMILY | ROLE_TENANT)
#define ROLES_ADMIN    (ROLE_PLATFORM_ADMIN | ROLE_COMPANY_ADMIN)
#define ROLES_DESK     (ROLES_ADMIN | ROLE_MANAGER | ROLE_DISPATCHER | ROLE_SERVICE)
#define ROLES_SETS     (ROLES_ADMIN | ROLE_MANAGER) /* who sets up a project's money and decides about it */
#define ROLES_TAKES    (ROLES_SETS | ROLE_CASHIER)  /* who takes it */
#define ROLES_MONEY    (ROLES_TAKES | ROLE_AUDITOR) /* who sees it */
#define ROLES_STAFF    (ROLES_DESK | ROLE_CASHIER | ROLE_TECHNICIAN | ROLE_AUDITOR)
#define ROLES_ANY      (ROLES_STAFF | ROLES_RESIDENT)
extern const char *const role_name[ROLE_COUNT];

struct actor {
    int64_t id;         /* account; 0: nobody, or the system itself (see roles) */
    int64_t session_id; /* 0: not by a session */
    int64_t company_id;
    int64_t project_id; /* the session's current project; 0: none chosen or company-wide work */
    unsigned roles;     /* roles valid in the current project */
    const char *name;   /* display name, arena */
    bool must_change_password;
    bool must_enrol;   /* the company asks for a second factor, and there is none yet */
    int64_t proven_at; /* when the session's person last proved who they are; 0: never */
};

/* Work to do once the transaction has committed, in order; dropped when it rolls back. */
struct after {
    struct after *next;
    void (*fn)(void *arg);   /* arg: malloc'ed or static; fn frees it. Runs on the lane's thread; must not block. */
    void (*drop)(void *arg); /* called instead when rolled back; may be NULL */
    void *arg;
};
struct pending_event;

struct ctx {
    struct arena *arena; /* reset before a rerun: keep nothing in it across cx_fail(ERR_RETRY) */
    struct store *store;
    struct db *db; /* the open transaction; NULL in SLOW and LOOP work */
    struct actor who;
    int64_t now; /* unix ms, read once when the work starts */
    const char *request_id, *ip, *device;
    bool english; /* Accept-Language prefers English */
    struct why why;
    struct after *after, **after_tail;
    struct pending_event *events, **events_tail;
};

void cx_init(struct ctx *cx, struct arena *a, struct store *s);
/* Forgets what a failed attempt left (why, after, events); the arena is the caller's to reset. */
void cx_rewind(struct ctx *cx);
/* Records the reason and returns e. Both formats take the same arguments. */
enum err cx_fail(struct ctx *cx, enum err e, const char *field, const char *zh, const char *en, ...)
    __attribute__((format(printf, 4, 6), format(printf, 5, 6)));
/* ERR_INVALID with the reason unless the session is in a project. */
MUST_CHECK enum err cx_need_project(struct ctx *cx);
void cx_after(struct ctx *cx, void (*fn)(void *), void (*drop)(void *), void *arg);
void cx_run_after(struct ctx *cx, bool committed); /* called by the lanes only */

#endif
