/* facility_json.h - shared by the faces of facilities and maintenance. SPDX-License-Identifier: MIT */
#ifndef API_FACILITY_JSON_H
#define API_FACILITY_JSON_H
#include "api/route.h"
#include "domain/facility.h"

void facility_to_json(struct jw *w, const struct facility *f);

#endif
