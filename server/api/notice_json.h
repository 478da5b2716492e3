/* notice_json.h - the JSON form of a notice. SPDX-License-Identifier: MIT */
#ifndef API_NOTICE_JSON_H
#define API_NOTICE_JSON_H
#include "base/json.h"
#include <stdbool.h>
struct notice;
void notice_to_json(struct jw *w, const struct notice *n, bool manages); /* manages: with the numbers of its pushing */
#endif
