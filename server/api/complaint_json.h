/* complaint_json.h - the JSON form of a complaint. actor: CA_ bits, adds "actions"; 0: without. SPDX-License-Identifier: MIT */
#ifndef API_COMPLAINT_JSON_H
#define API_COMPLAINT_JSON_H
#include "base/json.h"
struct complaint;
void complaint_to_json(struct jw *w, const struct complaint *c, unsigned actor);
#endif
