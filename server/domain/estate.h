/* estate.h - companies, projects, buildings, rooms, and who lives where (房屋绑定).
 *
 * Binding:  APPLIED --phone in the register, or staff approves--> ACTIVE --revoked, lease over, phone changed--> REVOKED
 *              +--rejected--> REJECTED
 * A binding that ends takes topics and rights away in the same commit.  SPDX-License-Identifier: MIT */
#ifndef DOMAIN_ESTATE_H
#define DOMAIN_ESTATE_H
#include "platform/ctx.h"

/* "3栋2单元1502室", "3#2-1502", "３－２－１５０２" -> "3-2-1502": what rooms are compared by. Pure. */
char *room_norm(struct arena *a, const char *human);

struct project {
    int64_t id, land_area_e4, building_area_e4, version;
    const char *code, *name, *address, *kind, *state;
};
MUST_CHECK enum err company_create(struct ctx *cx, const char *code, const char *name, int64_t *id);
MUST_CHECK enum err project_create(struct ctx *cx, const struct project *p, int64_t *id);
MUST_CHECK enum err project_change(struct ctx *cx, const struct project *p); /* guarded by version */
typedef void project_fn(void *arg, const struct project *p);
MUST_CHECK enum err project_list(struct ctx *cx, project_fn *fn, void *arg); /* those cx->who may enter */

struct room {
    int64_t id, project_id, building_id, area_e4, version;
    const char *building, *unit, *name, *full_name, *layout, *state;
};
/* Building and unit are made when they do not exist yet. unit may be "". */
MUST_CHECK enum err room_create(struct ctx *cx, const struct room *in, int64_t *id);
typedef void room_fn(void *arg, const struct room *r);
/* Rooms of the current project; search: any human spelling or a part of it. */
MUST_CHECK enum err room_list(struct ctx *cx, const char *search, int64_t after_id, int64_t limit, room_fn *fn,
                              void *arg);

enum binding_role { BIND_OWNER, BIND_FAMILY, BIND_TENANT, BIND_ROLES };
extern const char *const binding_role_name[BIND_ROLES];
struct binding {
    int64_t id, room_id, account_id, project_id, expires_at, version, created_at;
    const char *role, *state, *source, *room_name, *project_name, *person, *phone_hint;
};
/* A resident asks for a room; a phone that the register names for it is let in at once. */
MUST_CHECK enum err binding_apply(struct ctx *cx, int64_t room_id, int role, struct binding *out);
/* The desk registers a person for a room (register); makes the resident account when the phone is new. */
MUST_CHECK enum err binding_register(struct ctx *cx, int64_t room_id, int role, const char *name, const char *phone,
                                     int64_t expires_at, struct binding *out);
/* Desk, or the owner of the room for family and tenants. */
MUST_CHECK enum err binding_decide(struct ctx *cx, int64_t id, bool approve, const char *reason);
MUST_CHECK enum err binding_revoke(struct ctx *cx, int64_t id, const char *reason);
typedef void binding_fn(void *arg, const struct binding *b);
MUST_CHECK enum err binding_mine(struct ctx *cx, binding_fn *fn, void *arg);
MUST_CHECK enum err binding_waiting(struct ctx *cx, binding_fn *fn, void *arg); /* of the current project */
MUST_CHECK enum err binding_of_room(struct ctx *cx, int64_t room_id, binding_fn *fn, void *arg);
MUST_CHECK enum err binding_expire(struct ctx *cx); /* leases that have run out; job */
/* Does this account have the room now? */
MUST_CHECK enum err binding_has(struct ctx *cx, int64_t account_id, int64_t room_id, bool *has);

#endif
