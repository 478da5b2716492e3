/* owner.h - the register of people (业主档案): persons and companies of a project, their rooms, shares and leases.
 *
 * All functions work on the current project (cx->who.project_id) inside the caller's transaction. Phones, e-mail, id number
 * and the emergency contact are sealed (AES-256-GCM); phone, e-mail and id number are found by blind index.
 *
 * Importing: for each row room_find() or room_create() (estate.h), owner_find_by_phone(), owner_put() when there is nobody,
 * owner_room_attach(). Each is a handful of statements, all by index, and works for 50,000 rows in one transaction; .quiet
 * leaves out the audit row a person (write one for the batch). A row takes some 3 KB of arena: with tens of thousands in one
 * transaction the ctx needs a larger one than arena_new(0) gives (64 MiB).
 *
 * Accounts: a resident account whose proven phone the register names is bound to the rooms of that entry, at once when
 * it exists, else when the person logs in. A binding made so ends with its cause: phone taken out, lease over, room passed on.
 * SPDX-License-Identifier: MIT */
#ifndef DOMAIN_OWNER_H
#define DOMAIN_OWNER_H
#include "platform/ctx.h"

enum owner_kind { OWNER_PERSON, OWNER_COMPANY, OWNER_KINDS };
extern const char *const owner_kind_name[OWNER_KINDS];
enum owner_role { ROLE_IS_OWNER, ROLE_IS_CO_OWNER, ROLE_IS_FAMILY, ROLE_IS_TENANT, ROLE_IS_STAFF, OWNER_ROLES };
extern const char *const owner_role_name[OWNER_ROLES]; /* owner, co_owner, family, tenant, staff */

#define OWNER_PHONES  5
#define OWNER_FOREVER 99991231

struct owner_phone {
    const char *label,
        *phone;   /* label "" or "办公"; phone: mobile, or landline of 7 to 12 digits, '-' and blanks allowed */
    int64_t keep; /* change, with phone NULL: the number that is there under this n */
};
struct owner_in {
    int64_t id, version; /* change only */
    int kind;            /* enum owner_kind */
    const char *name;    /* 1..60 */
    const struct owner_phone *phones;
    size_t nphones; /* 0..OWNER_PHONES, the first is called first */
    const char *email, *idno, *wechat, *emergency_name, *emergency_phone,
        *note;          /* NULL: none (new) or unchanged; "": none */
    const char *reason; /* of a change */
    bool keep_phones;   /* change: leave the numbers alone */
    bool quiet;         /* no audit row: the caller writes one for all */
};
/* A new entry. ERR_EXISTS "phones": the number names somebody else of the project. */
MUST_CHECK enum err owner_put(struct ctx *cx, const struct owner_in *in, int64_t *id);
/* Guarded by version; differences go to the history, masked. A number that is gone ends the bindings it had made. */
MUST_CHECK enum err owner_change(struct ctx *cx, const struct owner_in *in);
/* 0: nobody. One look-up by index each. */
MUST_CHECK enum err owner_find_by_phone(struct ctx *cx, const char *phone, int64_t *id);
MUST_CHECK enum err owner_find_by_idno(struct ctx *cx, const char *idno, int64_t *id);

/* A share of a room as n/d; 0/1: none said. */
struct owner_share {
    int64_t n, d;
    int32_t from_day, to_day;
};
/* The shares of every single day add up to one at most. Pure, exact. d <= 100000. */
bool owner_shares_fit(const struct owner_share *v, size_t n);

struct owner_room_in {
    int64_t party_id, room_id;
    int role;                 /* enum owner_role */
    int64_t share_n, share_d; /* 0, 0 counts as 0/1 */
    int32_t from_day, to_day; /* both count; to_day 0: OWNER_FOREVER; from_day 0: today */
    bool pays; /* owners: before the other owners; others: the bills of those days are theirs (fee_discount.h) */
    bool quiet;
};
/* ERR_EXISTS: that role is there already in those days. ERR_INVALID "share": over one. Binds the person's account when there
 * is one. */
MUST_CHECK enum err owner_room_attach(struct ctx *cx, const struct owner_room_in *in, int64_t *id);
/* Share, last day and pays of a relation; guarded by version. */
struct owner_room_set {
    int64_t id, version, share_n, share_d;
    int32_t to_day;
    bool pays;
    const char *reason;
};
MUST_CHECK enum err owner_room_change(struct ctx *cx, const struct owner_room_set *in);
MUST_CHECK enum err owner_room_exists(struct ctx *cx, int64_t id); /* ERR_NOT_FOUND: not in this project */
/* Ends it with its last day (today or before: bindings go at once; later: a job takes them on the day after). */
MUST_CHECK enum err owner_room_end(struct ctx *cx, int64_t id, int64_t version, int32_t last_day, const char *reason);

/* ---- reading (owner_query.c): hints only, never clear text ---- */
struct owner {
    int64_t id, version, created_at, changed_at, rooms;
    const char *kind, *name, *phone_hint, *email_hint, *idno_hint, *wechat_hint, *emergency_hint, *note, *state;
    const char *room; /* the first room, in lists */
    int64_t open_fen; /* what those rooms owe that this person pays, in lists */
};
struct owner_phone_hint {
    int64_t n;
    const char *label, *hint;
};
struct owner_room {
    int64_t id, party_id, room_id, share_n, share_d, version, area_e4;
    int32_t from_day, to_day;
    const char *role, *room, *layout, *state, *party, *phone_hint;
    bool pays;
};
struct owner_filter {
    const char *name, *phone, *room, *layout, *email, *room_state, *role, *kind; /* NULL or "": any */
    int64_t building_id, area_min_e4, area_max_e4, created_from, created_to;     /* 0: any */
    int owing;                                                                   /* 1 yes, 0 any, -1 no */
    bool closed;
};
typedef void owner_fn(void *arg, const struct owner *o);
typedef void owner_phone_fn(void *arg, const struct owner_phone_hint *p);
typedef void owner_room_fn(void *arg, const struct owner_room *r);
MUST_CHECK enum err owner_get(struct ctx *cx, int64_t id, struct owner *out);
MUST_CHECK enum err owner_phones(struct ctx *cx, int64_t id, owner_phone_fn *fn, void *arg);
MUST_CHECK enum err owner_rooms(struct ctx *cx, int64_t id, owner_room_fn *fn, void *arg); /* past ones too */
MUST_CHECK enum err owner_of_room(struct ctx *cx, int64_t room_id, owner_room_fn *fn, void *arg);
/* Newest first; the cursor is the id of the last one. */
MUST_CHECK enum err owner_list(struct ctx *cx, const struct owner_filter *f, int64_t before, int64_t limit,
                               owner_fn *fn, void *arg);
/* ERR_STATE while rooms hang on it. */
MUST_CHECK enum err owner_close(struct ctx *cx, int64_t id, int64_t version, const char *reason);

/* Shows one field in clear: "phone" (n: which), "email", "idno", "wechat", "emergency". Written down with the reason; at most
 * 30 an hour and 200 a day an account (ERR_RATE). WRITE. */
MUST_CHECK enum err owner_reveal(struct ctx *cx, int64_t id, const char *field, int64_t n, const char *reason,
                                 const char **clear);
struct owner_revealed {
    int64_t id, account_id, at;
    const char *account, *field, *reason;
};
typedef void owner_revealed_fn(void *arg, const struct owner_revealed *r);
MUST_CHECK enum err owner_reveals(struct ctx *cx, int64_t id, int64_t before, int64_t limit, owner_revealed_fn *fn,
                                  void *arg);

/* ---- saved conditions of the own account (owner_saved.c) ---- */
MUST_CHECK enum err owner_filter_save(struct ctx *cx, const char *name, const char *query,
                                      int64_t *id); /* same name: replaced */
MUST_CHECK enum err owner_filter_delete(struct ctx *cx, int64_t id);
typedef void owner_filter_fn(void *arg, int64_t id, const char *name, const char *query, int64_t created_at);
MUST_CHECK enum err owner_filter_list(struct ctx *cx, owner_filter_fn *fn, void *arg);

/* ---- let in by hand (owner_invite.c) ---- */
/* The desk registers anybody; an owner family and tenants (with a last day) of the own room, who hear of it. The register has
 * an entry with that phone and a relation to the room afterwards: the one it had, or a new one. */
struct binding;
struct owner_guest {
    int64_t room_id, expires_at; /* expires_at 0: never */
    int role;                    /* enum binding_role */
    const char *name, *phone;
};
MUST_CHECK enum err owner_invite(struct ctx *cx, const struct owner_guest *in, struct binding *out);
MUST_CHECK enum err owner_approve(struct ctx *cx, int64_t binding_id, int64_t expires_at, const char *reason);
/* Rights go at once, and family and tenants leave the register's relation to the room. */
MUST_CHECK enum err owner_show_out(struct ctx *cx, int64_t binding_id, const char *reason);

/* ---- accounts (owner_account.c) ---- */
/* The account has proven the phone: binds it to the rooms of every entry of the company with that number, and makes bills and
 * liabilities of those entries the account's. In the transaction of the log-in. */
MUST_CHECK enum err owner_account_proven(struct ctx *cx, int64_t company_id, int64_t account_id, const char *phone);
/* The account gave up its phone: what was matched by it ends. In the transaction of the change. */
MUST_CHECK enum err owner_account_left(struct ctx *cx, int64_t account_id);
/* Relations that begin today: binds the people of them who have accounts. Harmless twice; job. */
MUST_CHECK enum err owner_begin_due(struct ctx *cx);

#endif
