/* repair_json.h - the JSON form of an order. actor: RA_ bits, adds "actions"; 0: without. SPDX-License-Identifier: MIT */
#ifndef API_REPAIR_JSON_H
#define API_REPAIR_JSON_H
#include "base/json.h"
struct repair;
void repair_to_json(struct jw *w, const struct repair *r, unsigned actor);
#endif
