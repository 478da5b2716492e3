/* auth.h - accounts, sessions, codes, passwords, roles.
 *
 * Session: opaque 256-bit token, stored as SHA-256; slides for access_min, ends at ends_at. Remember-me is a
 * refresh token bound to a device: single use, rotated, and a second use of one revokes its whole family.
 * Credential checks run in the SLOW lane: what they count (failures, tries) is committed even when the answer
 * is a refusal, so those functions open their own transactions by store_write().
 * Everything that takes rights away ends sessions and sockets in the same commit.
 * SPDX-License-Identifier: MIT */
#ifndef DOMAIN_AUTH_H
#define DOMAIN_AUTH_H
#include "base/clock.h"
#include "platform/ctx.h"

enum platform_kind { PLATFORM_CONSOLE, PLATFORM_WECHAT, PLATFORM_ALIPAY, PLATFORM_H5, PLATFORM_COUNT };
extern const char *const platform_name[PLATFORM_COUNT];

#define STEP_UP_MS (15 * MINUTE_MS) /* how long a proof opens what asks for one */

struct login_from {
    const char *company; /* code; "" when there is only one */
    int platform;
    const char *device; /* device id chosen by the client, "" none */
    const char *user_agent;
    bool remember;
};
struct login {
    int64_t session_id, account_id, company_id, project_id, expires_at, refresh_expires_at;
    const char *token, *refresh_token; /* refresh NULL without remember-me */
    const char *name, *kind;
    unsigned roles;
    bool must_change_password, new_account;
};

/* ---- sessions (auth_session.c) ---- */
/* Who a token belongs to; ERR_UNAUTHENTICATED when nobody. Fills cx->who. READ; a bounded cache answers most. */
MUST_CHECK enum err auth_resolve(struct ctx *cx, const char *token);
/* The same from memory only; false: not cached. Any thread. */
bool auth_cached(struct ctx *cx, const char *token);
void auth_forget(int64_t account_id); /* drops cached sessions of the account. Any thread. */
MUST_CHECK enum err auth_open_session(struct ctx *cx, int64_t account_id, const struct login_from *from,
                                      int64_t family_id, struct login *out);
MUST_CHECK enum err auth_refresh(struct ctx *cx, const char *refresh_token, const struct login_from *from,
                                 struct login *out); /* SLOW */
MUST_CHECK enum err auth_logout(struct ctx *cx);
struct session_info {
    int64_t id, created_at, last_at, expires_at;
    const char *platform, *device, *ip, *user_agent;
};
struct login_attempt {
    int64_t id, account_id, at;
    const char *account, *how, *reason, *ip, *device, *user_agent;
    bool ok;
};
typedef void login_attempt_fn(void *arg, const struct login_attempt *a);
/* Log-ins of the own company, newest first; account 0: all. READ. */
MUST_CHECK enum err login_log_list(struct ctx *cx, int64_t account_id, int64_t before_id, int64_t limit,
                                   login_attempt_fn *fn, void *arg);
typedef void session_fn(void *arg, const struct session_info *s);
MUST_CHECK enum err auth_sessions(struct ctx *cx, int64_t account_id, session_fn *fn, void *arg);
MUST_CHECK enum err auth_end_session(struct ctx *cx, int64_t account_id, int64_t session_id);
/* Ends all sessions and refresh tokens of the account but `keep` (0: none kept). */
MUST_CHECK enum err auth_end_all(struct ctx *cx, int64_t account_id, int64_t keep_session);
MUST_CHECK enum err auth_set_project(struct ctx *cx, int64_t project_id);
/* Staff roles of cx->who in a project of the own company; 0 for others. */
MUST_CHECK enum err auth_roles_in(struct ctx *cx, int64_t project_id, unsigned *roles);
MUST_CHECK enum err auth_sweep(struct ctx *cx); /* expired sessions, codes, tickets */

/* One-time ticket for the WebSocket (30 s). take: WRITE, fills cx->who. */
MUST_CHECK enum err auth_ticket_new(struct ctx *cx, const char **ticket, int64_t *expires_at);
MUST_CHECK enum err auth_ticket_take(struct ctx *cx, const char *ticket);
/* Fills cx->who for a known live session (the socket's re-check). ERR_UNAUTHENTICATED when it has ended. */
MUST_CHECK enum err auth_resolve_session(struct ctx *cx, int64_t session_id);

/* ---- codes (auth_code.c) ---- */
enum code_purpose { CODE_LOGIN, CODE_RECOVER, CODE_PHONE, CODE_PURPOSES };
extern const char *const code_purpose_name[CODE_PURPOSES];
/* Sends a 6-digit code to a phone (SMS) or, for recovery, to an e-mail address. The same answer whether the
 * target is known or not. ERR_RATE with a reason when a budget is used up. WRITE. */
MUST_CHECK enum err auth_code_send(struct ctx *cx, const struct login_from *from, int purpose, const char *phone,
                                   const char *email);
/* Checks and uses up a code. *good tells; tries are counted in this transaction, so the caller must commit. */
MUST_CHECK enum err auth_code_check(struct ctx *cx, int64_t company_id, int purpose, const char *target,
                                    const char *code, bool *good);

/* ---- logging in (auth_login.c), all SLOW ---- */
/* login: a member of staff's, or a resident's phone. otp: NULL when none was given; ERR_OTP when one is needed. */
MUST_CHECK enum err auth_login_password(struct ctx *cx, const struct login_from *from, const char *login,
                                        const char *password, const char *otp, struct login *out);
/* The session's person proves once more who they are; failures count as those of logging in do. */
MUST_CHECK enum err auth_step_up(struct ctx *cx, const char *password, const char *otp);
MUST_CHECK enum err auth_login_code(struct ctx *cx, const struct login_from *from, const char *phone, const char *code,
                                    struct login *out);
/* openid as the provider vouched for it; phone likewise or NULL. ERR_NOT_FOUND (field "phone_code"): not bound
 * yet, ask the user for the phone number and call again with it. */
MUST_CHECK enum err auth_login_openid(struct ctx *cx, const struct login_from *from, const char *provider,
                                      const char *appid, const char *openid, const char *phone, struct login *out);
MUST_CHECK enum err auth_recover(struct ctx *cx, const struct login_from *from, const char *phone, const char *email,
                                 const char *code, const char *new_password);
MUST_CHECK enum err auth_change_password(struct ctx *cx, const char *old_password, const char *new_password);
MUST_CHECK enum err auth_change_phone(struct ctx *cx, const char *phone, const char *code);

/* The register of people is told, in the transaction itself: a resident account has proven a phone number; or gives up the one
 * it had. Set once at start; NULL members: nobody listens. */
struct auth_listener {
    enum err (*proven)(struct ctx *cx, int64_t company_id, int64_t account_id, const char *phone);
    enum err (*left)(struct ctx *cx, int64_t account_id);
};
void auth_listen(const struct auth_listener *l);

/* ---- the second factor (auth_totp.c): WRITE but for totp_state and totp_required ---- */
enum second_factor { SECOND_NONE, SECOND_GOOD, SECOND_MISSING, SECOND_WRONG }; /* NONE: the account has none */
/* otp: six digits of the device or a spare code; a good one is used up. */
MUST_CHECK enum err totp_check(struct ctx *cx, int64_t account_id, const char *otp, enum second_factor *out);
/* A new secret for the one who asks, base32; nothing counts until confirmed by a first code. ERR_EXISTS: has one. */
MUST_CHECK enum err totp_begin(struct ctx *cx, const char **secret);
#define SPARE_CODES 10
/* spare: shown once. Ends the account's other sessions. */
MUST_CHECK enum err totp_confirm(struct ctx *cx, const char *otp, const char *spare[SPARE_CODES]);
MUST_CHECK enum err totp_drop(struct ctx *cx, int64_t account_id, bool *had);
MUST_CHECK enum err totp_state(struct ctx *cx, int64_t account_id, bool *on, int64_t *spare_left);
/* Must those who run the company or a project have one? Only somebody who has one may ask it of the others. */
MUST_CHECK enum err totp_required(struct ctx *cx, bool *required);
MUST_CHECK enum err totp_require(struct ctx *cx, bool required);
void totp_at(const void *secret, size_t n, int64_t step, char out[7]); /* pure */
char *base32(struct arena *a, const void *p, size_t n);                /* RFC 4648, without padding; pure */

/* ---- passwords (auth_password.c); pure ---- */
/* NULL: acceptable; else the reason. policy: "djbh3" or "asvs". */
struct why password_problem(const char *policy, const char *password, const char *login, const char *name);

/* ---- staff (auth_staff.c) ---- */
struct grant {
    int role;           /* enum role_no */
    int64_t project_id; /* 0: whole company */
    bool position;      /* read: it comes with a position */
};
struct staff {
    int64_t id, version, created_at;
    const char *login, *name, *phone_hint, *email_hint, *state;
    struct grant *grants;
    size_t ngrants;
    bool service, second_factor; /* a program (auth_key.c); its own codes are asked at log-in */
};
struct staff_in {
    const char *login, *name, *phone, *email, *password; /* password: temporary, must be changed at first login */
    struct grant *grants;
    size_t ngrants;
};
typedef void staff_fn(void *arg, const struct staff *s);
MUST_CHECK enum err staff_create(struct ctx *cx, const struct staff_in *in, int64_t *id);    /* SLOW */
MUST_CHECK enum err staff_reset_password(struct ctx *cx, int64_t id, const char *temporary); /* SLOW */
MUST_CHECK enum err staff_set_grants(struct ctx *cx, int64_t id, int64_t version, const struct grant *g, size_t n);
/* Makes the grants of an account's positions (org.h) anew; its sessions end. In every transaction that changes either. */
MUST_CHECK enum err auth_regrant(struct ctx *cx, int64_t account_id);
unsigned auth_roles_listed(struct arena *a, const char *text); /* ",cashier,auditor," -> bits */
/* For somebody who lost the phone and the spare codes; ends their sessions. ERR_NOT_FOUND: has none. WRITE */
MUST_CHECK enum err staff_drop_totp(struct ctx *cx, int64_t id);
MUST_CHECK enum err staff_set_state(struct ctx *cx, int64_t id, bool active);
MUST_CHECK enum err staff_list(struct ctx *cx, int64_t after_id, int64_t limit, staff_fn *fn, void *arg);
/* Inserts an account row; phone/email sealed and indexed. ERR_EXISTS with the field. */
struct account_in {
    const char *kind, *login, *name, *phone, *email, *password_phc;
    bool must_change;
};
MUST_CHECK enum err account_insert(struct ctx *cx, int64_t company_id, const struct account_in *in, int64_t *id);
MUST_CHECK enum err account_by_phone(struct ctx *cx, int64_t company_id, const char *kind, const char *phone,
                                     int64_t *id);                                         /* *id = 0: none */
MUST_CHECK enum err account_phone(struct ctx *cx, int64_t account_id, const char **phone); /* NULL: none */
MUST_CHECK enum err company_by_code(struct ctx *cx, const char *code, int64_t *id);
/* Is the project of the company that cx->who is of? none (ERR_INVALID, ERR_NOT_FOUND) at that field when not. */
MUST_CHECK enum err company_has_project(struct ctx *cx, int64_t project_id, enum err none, const char *field);
/* ---- service accounts and keys (auth_key.c) ---- */
/* A member of staff that is a program: no password, phone or mail, never an administrator. Changing its roles ends its keys. */
MUST_CHECK enum err service_account_create(struct ctx *cx, const char *login, const char *name, const struct grant *g,
                                           size_t n, int64_t *id);
struct auth_key {
    int64_t id, project_id, days, created_at, last_at, ends_at;
    const char *name; /* what it is for */
};
/* *token is shown once; days: how long it lasts. ERR_NOT_FOUND: not a service account. */
MUST_CHECK enum err auth_key_create(struct ctx *cx, int64_t account_id, const struct auth_key *in, int64_t *id,
                                    const char **token);
typedef void auth_key_fn(void *arg, const struct auth_key *k);
MUST_CHECK enum err auth_key_list(struct ctx *cx, int64_t account_id, auth_key_fn *fn, void *arg);
MUST_CHECK enum err auth_key_end(struct ctx *cx, int64_t account_id, int64_t key_id);
char *phone_mask(struct arena *a, const char *phone); /* 138****5678 */
char *name_mask(struct arena *a, const char *name);   /* 张* */
char *email_mask(struct arena *a, const char *email);

#endif
