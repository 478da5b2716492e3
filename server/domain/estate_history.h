/* estate_history.h - field by field: who changed what of a project, a building, a room, a space or a person, when, why, from
 * what to what. Rows are written by the transaction that changes and never touched again. Personal data goes in masked.
 * SPDX-License-Identifier: MIT */
#ifndef DOMAIN_ESTATE_HISTORY_H
#define DOMAIN_ESTATE_HISTORY_H
#include "platform/ctx.h"

enum history_object {
    HISTORY_PROJECT,
    HISTORY_BUILDING,
    HISTORY_UNIT,
    HISTORY_ROOM,
    HISTORY_PARKING,
    HISTORY_PARTY,
    HISTORY_PARTY_ROOM,
    HISTORY_OBJECTS
};
extern const char *const history_object_name[HISTORY_OBJECTS];

/* What one edit has in common. n counts the fields written. */
struct history {
    struct ctx *cx;
    int object;                             /* enum history_object */
    int64_t project_id, object_id, version; /* version: the one the edit makes */
    const char *reason;
    size_t n;
    enum err e; /* the first error; later calls do nothing */
};
/* Nothing when both are the same. NULL: there was, or is, none. */
void history_text(struct history *h, const char *field, const char *before, const char *after);
void history_int(struct history *h, const char *field, int64_t before, int64_t after);

struct field_change {
    int64_t id, version, account_id, at;
    const char *field, *before, *after, *reason, *account;
};
typedef void field_change_fn(void *arg, const struct field_change *c);
/* Newest first, of the own company and the current project. READ. */
MUST_CHECK enum err history_list(struct ctx *cx, int object, int64_t object_id, int64_t before_id, int64_t limit,
                                 field_change_fn *fn, void *arg);

#endif
