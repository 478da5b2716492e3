/* parts.h - what main/ wires together; shared by its files only. SPDX-License-Identifier: MIT */
#ifndef MAIN_PARTS_H
#define MAIN_PARTS_H
#include "platform/store/store.h"
#include <stdio.h>

/* ---- jobs.c: background threads; each works by store_read/store_write as the system ---- */
void jobs_start(struct store *s);
void jobs_stop(void);
void jobs_wake(unsigned what); /* WAKE_ bits: committed work that a job should see at once. Any thread */

/* ---- subcommands: return the exit code ---- */
int cmd_serve(const char *config_path, bool supervise);
int cmd_migrate(const char *config_path);
int cmd_check_config(const char *config_path);
int cmd_routes(void);
int cmd_states(void);
int cmd_statements(void);
int cmd_verify(const char *config_path);
int cmd_audit_verify(const char *config_path);
int cmd_demo(const char *config_path, const char *sandbox_json); /* NULL: no merchants, nothing to pay online */
enum err demo_pay(struct ctx *cx, const char *sandbox_json);     /* demo_pay.c; does nothing the second time */
enum err demo_estate(struct ctx *cx);                            /* demo_estate.c; in the demo's own transaction */
enum err demo_org(struct ctx *cx);     /* demo_org.c: departments, positions, a roster; nothing the second time */
enum err demo_service(struct ctx *cx); /* demo_service.c: complaints and notices; does nothing the second time */
int cmd_backup(const char *config_path, const char *to);
int cmd_restore(const char *config_path, const char *from);
int cmd_totp_off(const char *config_path, const char *login); /* "LOGIN" or "COMPANY/LOGIN" */
int cmd_onboard(const char *config_path, const char *path);   /* "-": standard input */

/* ---- open.c: what several subcommands need ---- */
/* Configuration, master key, store. NULL: complained on stderr. */
struct store *open_store(const char *config_path);
bool load_secret(bool make, const char **why); /* after config_load(); make: when there is none. *why on false */
const char *schema_dir(void);                  /* folder with migrations/ and openapi.yaml */

/* ---- supervise.c ---- */
/* Runs serve() in a child and starts it again when it dies. Returns the exit code of a wanted end. */
int supervise(int (*serve)(void *arg), void *arg);

/* Facilities, plans and a patrol of the current project. WRITE */
enum err demo_facility(struct ctx *cx);

#endif
