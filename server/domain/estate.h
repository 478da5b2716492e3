/* estate.h - companies, projects, buildings, rooms, and who lives where (房屋绑定).
 *
 * Binding:  APPLIED --phone in the register, or staff approves--> ACTIVE --revoked, lease over, phone changed--> REVOKED
 *              +--rejected--> REJECTED
 * A binding that ends takes topics and rights away in the same commit.  SPDX-License-Identifier: MIT */
#ifndef DOMAIN_ESTATE_H
#define DOMAIN_ESTATE_H
#include "platform/ctx.h"

/* "3栋2单元1502室", "3#2-1502", "３－２－１５０２", "三栋二单元1502" -> "3-2-1502": what rooms are compared by. Numbers of
 * building and unit lose leading zeros, the door keeps them ("0102" is not "102"). Pure. */
char *room_norm(struct arena *a, const char *human);
/* Parking: "B1-023", "b1 23号车位" -> "B1-23". Pure. */
char *space_norm(struct arena *a, const char *human);
/* Patterns for "'-' || norm LIKE any of like[0..1]": what a person may mean by it. One part ("1502") matches anywhere; more
 * parts match from the start of a part; two ("3栋1502") also across the unit that was left out. "" when nothing is left of
 * it. Pure. */
void room_like(struct arena *a, const char *human, const char *like[2]);
/* "3-2-1502" -> "3栋2单元1502": text for people out of the three names; a bare number of a building gets 栋, of a unit 单元. */
char *room_full_name(struct arena *a, const char *building, const char *unit, const char *name);

struct project {
    int64_t id, land_area_e4, building_area_e4, version;
    const char *code, *name, *address, *kind, *state;
    /* address: made of the parts when they are given. kinds: "residential,retail"; kind is the first of them. */
    const char *province, *city, *district, *street, *door_number, *kinds, *developer, *phone;
    int64_t year_built, parking_area_e4, green_area_e4;
    const char *reason; /* of a change: goes to the history */
};
MUST_CHECK enum err company_create(struct ctx *cx, const char *code, const char *name, int64_t *id);
MUST_CHECK enum err project_create(struct ctx *cx, const struct project *p, int64_t *id);
MUST_CHECK enum err project_change(struct ctx *cx, const struct project *p); /* guarded by version */
MUST_CHECK enum err project_get(struct ctx *cx, int64_t id, struct project *out);
/* ERR_STATE while rooms are in use, bills are open or money is held. Closing is soft. */
MUST_CHECK enum err project_close(struct ctx *cx, int64_t id, int64_t version, const char *reason);
typedef void project_fn(void *arg, const struct project *p);
MUST_CHECK enum err project_list(struct ctx *cx, project_fn *fn, void *arg); /* those cx->who may enter */

/* ---- buildings and units of the current project (estate_place.c) ---- */
struct building {
    int64_t id, floors, area_e4, year, rooms, version;
    const char *name, *kind, *reason;
};
struct unit {
    int64_t id, building_id, floors, rooms, version;
    bool lift;
    const char *name, *reason;
};
MUST_CHECK enum err building_create(struct ctx *cx, const struct building *in, int64_t *id);
MUST_CHECK enum err building_change(struct ctx *cx, const struct building *in);
MUST_CHECK enum err building_get(struct ctx *cx, int64_t id, struct building *out);
MUST_CHECK enum err building_close(struct ctx *cx, int64_t id, int64_t version, const char *reason);
typedef void building_fn(void *arg, const struct building *b);
MUST_CHECK enum err building_list(struct ctx *cx, building_fn *fn, void *arg);
MUST_CHECK enum err unit_create(struct ctx *cx, const struct unit *in, int64_t *id);
MUST_CHECK enum err unit_get(struct ctx *cx, int64_t id, struct unit *out);
MUST_CHECK enum err unit_change(struct ctx *cx, const struct unit *in);
MUST_CHECK enum err unit_close(struct ctx *cx, int64_t id, int64_t version, const char *reason);
typedef void unit_fn(void *arg, const struct unit *u);
MUST_CHECK enum err unit_list(struct ctx *cx, int64_t building_id, unit_fn *fn, void *arg);

/* ---- rooms of the current project (estate_room.c) ---- */
enum room_use { ROOM_RESIDENCE, ROOM_SHOP, ROOM_OFFICE, ROOM_STORAGE, ROOM_USES };
extern const char *const room_use_name[ROOM_USES];
enum room_state {
    ROOM_UNSOLD,
    ROOM_SOLD,
    ROOM_DELIVERED,
    ROOM_OCCUPIED,
    ROOM_RENTED,
    ROOM_VACANT,
    ROOM_DECORATING,
    ROOM_STATES
};
extern const char *const room_state_name[ROOM_STATES];
struct room {
    int64_t id, project_id, building_id, area_e4, version;
    const char *building, *unit, *name, *full_name, *layout, *state;
    int64_t unit_id, inner_area_e4, floor, closed_at;
    int32_t owned_from; /* first day of the present ownership; 0: never changed hands here */
    const char *use;    /* NULL: residence */
    const char *reason; /* of a change */
};
/* Building and unit are made when they do not exist yet. unit may be "". state NULL: delivered. Three indexed statements
 * and an audit row; usable for thousands in one transaction. ERR_EXISTS "name": there is such a room. */
MUST_CHECK enum err room_create(struct ctx *cx, const struct room *in, int64_t *id);
/* The room a person means by any spelling; *id = 0: none. One look-up by index. */
MUST_CHECK enum err room_find(struct ctx *cx, const char *human, int64_t *id);
MUST_CHECK enum err room_get(struct ctx *cx, int64_t id, struct room *out);
/* name, layout, area, inner area, floor, use and state; guarded by version; every field that differs goes to the history. */
MUST_CHECK enum err room_change(struct ctx *cx, const struct room *in);
/* ERR_STATE while people, open bills, what is still to be billed, prepaid money, parking or open repairs hang on it. */
MUST_CHECK enum err room_close(struct ctx *cx, int64_t id, int64_t version, const char *reason);
struct room_filter {
    const char *search, *layout, *use, *state;                     /* NULL or "": any */
    int64_t building_id, unit_id, floor, area_min_e4, area_max_e4; /* 0: any */
    bool closed;                                                   /* those taken out of use as well */
};
typedef void room_fn(void *arg, const struct room *r);
/* Rooms of the current project; search: any human spelling or a part of it. */
MUST_CHECK enum err room_list(struct ctx *cx, const char *search, int64_t after_id, int64_t limit, room_fn *fn,
                              void *arg);
MUST_CHECK enum err room_query(struct ctx *cx, const struct room_filter *f, int64_t after_id, int64_t limit,
                               room_fn *fn, void *arg);
/* One cell of a building's grid (楼盘图): the room and what is open on it. */
#define GRID_ROOMS 2000
struct room_cell {
    int64_t id, unit_id, floor, area_e4, open_fen, overdue_fen, bills;
    int64_t owners, family, tenants, accounts;              /* people by the register today; accounts that are let in */
    const char *unit, *name, *layout, *state, *use, *money; /* money: none, owing, overdue, paid */
};
typedef void room_cell_fn(void *arg, const struct room_cell *c);
/* unit_id 0: all units. ERR_INVALID "unit_id": over GRID_ROOMS. */
MUST_CHECK enum err room_grid(struct ctx *cx, int64_t building_id, int64_t unit_id, room_cell_fn *fn, void *arg);

/* ---- parking (estate_space.c) ---- */
struct parking {
    int64_t id, area_e4, room_id, party_id, version;
    int32_t to_day;
    const char *name, *zone, *kind, *holding, *state, *room, *party, *reason;
    int64_t payer_room_id; /* in lists: the room that pays for it today (fee_kind.h); 0: none */
    const char *payer_room;
};
struct parking_filter {
    const char *search, *holding, *kind, *zone; /* NULL or "": any; search: any spelling of a number or its beginning */
    int64_t room_id, party_id;
    bool closed;
};
typedef void parking_fn(void *arg, const struct parking *s);
MUST_CHECK enum err parking_list(struct ctx *cx, const struct parking_filter *f, int64_t before, int64_t limit,
                                 parking_fn *fn, void *arg);
MUST_CHECK enum err parking_create(struct ctx *cx, const struct parking *in, int64_t *id);
MUST_CHECK enum err parking_get(struct ctx *cx, int64_t id, struct parking *out);
MUST_CHECK enum err parking_change(struct ctx *cx, const struct parking *in); /* guarded by version */
MUST_CHECK enum err parking_close(struct ctx *cx, int64_t id, int64_t version, const char *reason);

enum binding_role { BIND_OWNER, BIND_FAMILY, BIND_TENANT, BIND_ROLES };
extern const char *const binding_role_name[BIND_ROLES];
struct binding {
    int64_t id, room_id, account_id, project_id, expires_at, version, created_at, party_id, company_id;
    int32_t since_day;
    const char *role, *state, *source, *room_name, *project_name, *person, *phone_hint;
};
/* Who owes for the room on a day by the register: the owner that pays first. party_id 0: nobody. account_id 0: none of the
 * entry's phones has one. */
struct room_owner {
    int64_t party_id, account_id;
    const char *name; /* "" when nobody */
};
MUST_CHECK enum err owner_at(struct ctx *cx, int64_t room_id, int32_t day, struct room_owner *out);
MUST_CHECK enum err party_account(struct ctx *cx, int64_t party_id, int64_t *account_id); /* active; 0: none yet */
/* A resident asks for a room; a phone that the register names for it is let in at once. */
MUST_CHECK enum err binding_apply(struct ctx *cx, int64_t room_id, int role, struct binding *out);
#define BINDING_GUESTS 20 /* family and tenants whom owners let into a room: at once, and in a day */
/* The desk registers a person for a room (register), or its owner family and tenants; makes the resident account when the phone is new. */
MUST_CHECK enum err binding_register(struct ctx *cx, int64_t room_id, int role, const char *name, const char *phone,
                                     int64_t expires_at, struct binding *out);
/* Desk, or the owner of the room for family and tenants. expires_at: 0 never, which a tenant's must not be. */
MUST_CHECK enum err binding_approve(struct ctx *cx, int64_t id, int64_t expires_at, const char *reason,
                                    struct binding *out);
MUST_CHECK enum err binding_reject(struct ctx *cx, int64_t id, const char *reason);
MUST_CHECK enum err binding_revoke(struct ctx *cx, int64_t id, const char *reason, struct binding *out);
MUST_CHECK enum err binding_read(struct ctx *cx, int64_t id, struct binding *out); /* no rights are checked */
/* Notes which entry of the register a binding is of, unless it knows. out of the two above: as it was before. */
MUST_CHECK enum err binding_link(struct ctx *cx, const struct binding *b, int64_t party_id);
typedef void binding_fn(void *arg, const struct binding *b);
MUST_CHECK enum err binding_mine(struct ctx *cx, binding_fn *fn, void *arg);
MUST_CHECK enum err binding_waiting(struct ctx *cx, binding_fn *fn, void *arg); /* of the current project */
MUST_CHECK enum err binding_of_room(struct ctx *cx, int64_t room_id, binding_fn *fn, void *arg);
MUST_CHECK enum err binding_expire(struct ctx *cx); /* leases that have run out; job */
/* The register lets an account in, or changes how (estate_binding.c); an approved binding is never overwritten by a match.
 * No rights are checked here: the caller's business. */
struct binding_match {
    int64_t room_id, project_id, account_id, party_id, expires_at;
    int role;           /* enum binding_role */
    int32_t since_day;  /* tenants: nothing older is shown */
    const char *source; /* "match" or "register" */
};
MUST_CHECK enum err binding_put_match(struct ctx *cx, const struct binding_match *m);
/* Ends live bindings with loss of rights in this transaction. */
MUST_CHECK enum err binding_end_party(struct ctx *cx, int64_t party_id, int64_t account_id, int64_t room_id,
                                      const char *reason); /* made by that entry; account 0, room 0: any */
/* By role (bit set of 1 << enum binding_role), but not those of keep[0..nkeep) entries. */
MUST_CHECK enum err binding_end_room(struct ctx *cx, int64_t room_id, unsigned roles, const int64_t *keep, size_t nkeep,
                                     const char *reason);
MUST_CHECK enum err binding_end_account(struct ctx *cx, int64_t account_id, bool matched_only, const char *reason);
/* Does this account have the room now? */
MUST_CHECK enum err binding_has(struct ctx *cx, int64_t account_id, int64_t room_id, bool *has);

#endif
