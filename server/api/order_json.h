/* order_json.h - the JSON face of payment orders, for the routes that speak of them. SPDX-License-Identifier: MIT */
#ifndef API_ORDER_JSON_H
#define API_ORDER_JSON_H
#include "api/route.h"
#include "domain/payment_order.h"

void order_fields(struct jw *w, const struct payment_order *o); /* inside an open object */
/* {"order":{...},"client":...}; client: JSON text or NULL */
enum err order_reply(struct ctx *cx, struct response *rs, int status, const struct payment_order *o,
                     const char *client);

#endif
