/* config.h - one row a key (config_keys.h); values from defaults < file < environment (ANJU_<KEY>).
 * Unknown keys, wrong types and weak values stop the start with file and line. Secrets are files named
 * by *_file keys, mode 0400/0600, never values.  THREAD: read-only after load, but keys marked RELOAD may
 * change on SIGHUP: read them through config().  SPDX-License-Identifier: MIT */
#ifndef PLATFORM_CONFIG_H
#define PLATFORM_CONFIG_H
#include "base/arena.h"
#include "base/err.h"
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { CFG_RELOAD = 1, CFG_SECRET = 2, CFG_TEST = 4 }; /* CFG_TEST: refused unless test_hooks is on */

struct config {
#define CFG_STR(name, dflt, flags, help)           const char *name;
#define CFG_INT(name, dflt, min, max, flags, help) int64_t name;
#define CFG_BOOL(name, dflt, flags, help)          bool name;
#include "platform/config_keys.h"
#undef CFG_STR
#undef CFG_INT
#undef CFG_BOOL
};

/* The configuration in force; never NULL after config_load(). Borrowed; stays valid for ever (a reload
 * publishes a new one and keeps the old). */
const struct config *config(void);
/* path NULL: defaults and environment only. Complaints go to `err` as "file:line: key: reason", all of them. */
MUST_CHECK enum err config_load(const char *path, FILE *err);
MUST_CHECK enum err config_reload(FILE *err); /* only CFG_RELOAD keys change; others are named and kept */
void config_print(FILE *out);                 /* effective values with help; secrets masked */
/* Reads a secret file (trailing newline dropped); refuses group/world readable ones. Arena. NULL: *why set. */
const char *config_secret(struct arena *a, const char *path, const char **why);
const char *config_public(struct arena *a, const char *path, const char **why); /* the same for what anybody may read */

#endif
