/* config_impl.h - shared by config.c (mechanics) and config_check.c (judgement); nobody else includes it.
 * SPDX-License-Identifier: MIT */
#ifndef PLATFORM_CONFIG_IMPL_H
#define PLATFORM_CONFIG_IMPL_H
#include "platform/config.h"
#include <stddef.h>

enum cfg_kind { KIND_STR, KIND_INT, KIND_BOOL };
struct cfg_key {
    const char *name;
    enum cfg_kind kind;
    size_t off;
    int64_t min, max;
    int flags;
    const char *help;
};
enum cfg_no {
#define CFG_STR(name, dflt, flags, help)           CFG_NO_##name,
#define CFG_INT(name, dflt, min, max, flags, help) CFG_NO_##name,
#define CFG_BOOL(name, dflt, flags, help)          CFG_NO_##name,
#include "platform/config_keys.h"
#undef CFG_STR
#undef CFG_INT
#undef CFG_BOOL
    CFG_KEYS
};
extern const struct cfg_key cfg_keys[CFG_KEYS];

struct config_load {
    struct config c;
    struct arena *arena;
    const char *path; /* NULL: no file */
    FILE *err;
    bool bad;
    int line[CFG_KEYS]; /* where the value came from: line, 0 default, -1 environment */
};
void cfg_complain(struct config_load *in, size_t key, const char *why);
void cfg_check(struct config_load *in); /* combinations and weak values */

#endif
