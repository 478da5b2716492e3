/* repair_alarm.c - who hears that nobody takes an order, by messages. SPDX-License-Identifier: MIT */
#include "domain/message.h"
#include "domain/repair_int.h"

#define ALARMED 20 /* people told of one order, at most */

STMT(q_to_act, "repair.to_act",
     "SELECT DISTINCT g.account_id FROM role_grant g JOIN account a ON a.id = g.account_id AND a.state = 'active'"
     " WHERE g.company_id = $1 AND g.role IN ('manager', 'dispatcher') AND (g.project_id = 0 OR g.project_id = $2)"
     " ORDER BY g.account_id");
STMT(q_admins, "repair.admins",
     "SELECT DISTINCT g.account_id FROM role_grant g JOIN account a ON a.id = g.account_id AND a.state = 'active'"
     " WHERE g.company_id = $1 AND g.role = 'company_admin' AND (g.project_id = 0 OR g.project_id = $2)"
     " ORDER BY g.account_id");

enum err repair_alarm(struct ctx *cx, const struct repair *r)
{
    static const char *const urgency_zh[URGENCY_COUNT] = {"不急", "一般", "紧急", "特急"};
    int64_t ids[ALARMED];
    size_t n = 0;
    /* clang-format off */
    const struct message_var var[] = {
        {"number",  r->number             },
        {"type",    r->type_name          },
        {"place",   r->place              },
        {"urgency", urgency_zh[r->urgency]}
    };
    /* clang-format on */
    struct message_tell t = {.company_id = r->company_id,
                             .project_id = r->project_id,
                             .kind = r->urgency >= URGENCY_HIGH ? "repair_alarm" : "repair_untaken",
                             .object = "repair",
                             .object_id = r->id,
                             .event = arena_printf(cx->arena, "alarm%lld", (long long)r->version),
                             .var = var,
                             .nvar = COUNT(var),
                             .page = "pkg-owner/messages/index"};
    enum err e = db_ids(cx, &q_to_act, ARGS(I64(r->company_id), I64(r->project_id)), ids, COUNT(ids), &n);
    if (!e && !n)
        e = db_ids(cx, &q_admins, ARGS(I64(r->company_id), I64(r->project_id)), ids, COUNT(ids), &n);
    for (size_t i = 0; i < n && !e; i++) {
        t.account_id = ids[i];
        e = message_tell(cx, &t);
    }
    return e;
}
