/* repair_alarm.c - who hears that nobody takes an order, by messages. SPDX-License-Identifier: MIT */
#include "domain/message.h"
#include "domain/repair_int.h"

enum err repair_alarm(struct ctx *cx, const struct repair *r)
{
    static const char *const urgency_zh[URGENCY_COUNT] = {"不急", "一般", "紧急", "特急"};
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
    return message_tell_desk(cx, &t);
}
