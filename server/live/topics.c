/* topics.c - see topics.h. SPDX-License-Identifier: MIT */
#include "live/topics.h"
#include "base/text.h"
#include "domain/auth.h"
#include "domain/complaint.h"
#include "domain/payment_order.h"
#include "domain/repair.h"
#include <string.h>

#define TOPIC_MAX 48

/* "kind:{id}" or "kind:{id}:tail" */
static bool split(const char *topic, const char *kind, const char *tail, int64_t *id)
{
    size_t k = strlen(kind), n = strlen(topic), t = strlen(tail);
    if (n <= k + t || strncmp(topic, kind, k) != 0 || strcmp(topic + n - t, tail) != 0)
        return false;
    return parse_i64_n(topic + k, n - k - t, id) && *id > 0;
}

bool topic_name_valid(const char *topic)
{
    int64_t id;
    return strlen(topic) < TOPIC_MAX &&
           (split(topic, "user:", "", &id) || split(topic, "repair:", "", &id) || split(topic, "pay:", "", &id) ||
            split(topic, "complaint:", "", &id) || split(topic, "project:", ":board", &id) ||
            split(topic, "project:", ":pool", &id));
}

bool topic_conflates(const char *topic)
{
    int64_t id;
    return split(topic, "project:", ":board", &id);
}

enum err topic_check(struct ctx *cx, const char *topic)
{
    static const unsigned board_roles = ROLES_DESK | ROLE_CASHIER | ROLE_AUDITOR;
    int64_t id = 0;
    unsigned roles = 0, actor = 0;
    struct repair r;
    struct payment_order o;
    struct complaint c;
    enum err e = ERR_NOT_FOUND;
    if (split(topic, "user:", "", &id))
        return id == cx->who.id ? OK : ERR_NOT_FOUND;
    if (split(topic, "repair:", "", &id)) {
        e = repair_get(cx, id, &r, &actor);
        return e == ERR_TAKEN ? ERR_NOT_FOUND : e;
    }
    if (split(topic, "complaint:", "", &id))
        return complaint_get(cx, id, &c, &actor);
    if (split(topic, "pay:", "", &id))
        return payment_order_get(cx, id, &o);
    if (split(topic, "project:", ":board", &id)) {
        e = auth_roles_in(cx, id, &roles);
        return e ? e : roles & board_roles ? OK : ERR_NOT_FOUND;
    }
    if (split(topic, "project:", ":pool", &id)) {
        e = auth_roles_in(cx, id, &roles);
        return e ? e : roles & ROLE_TECHNICIAN ? OK : ERR_NOT_FOUND;
    }
    return e;
}
