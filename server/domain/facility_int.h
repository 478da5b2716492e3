/* facility_int.h - shared by the facility_*.c files only. SPDX-License-Identifier: MIT */
#ifndef DOMAIN_FACILITY_INT_H
#define DOMAIN_FACILITY_INT_H
#include "domain/facility.h"

#define FACILITY_DEPTH 12 /* facilities within facilities */

/* The file is the caller's own and hangs on nothing yet: from now on it hangs on (object, id). ERR_INVALID "file_id". */
MUST_CHECK enum err facility_take_file(struct ctx *cx, int64_t file_id, const char *object, int64_t id);

#endif
