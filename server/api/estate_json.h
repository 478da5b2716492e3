/* estate_json.h - what the HTTP faces of the estate share. SPDX-License-Identifier: MIT */
#ifndef API_ESTATE_JSON_H
#define API_ESTATE_JSON_H
#include "api/route.h"

#define AREA_MAX  INT64_C(100000000000) /* 10 km2 in 1/10000 m2 */
#define WHO_KEEPS (ROLES_ADMIN | ROLE_MANAGER | ROLE_SERVICE)

struct reason_in {
    const char *reason;
};
extern const struct field why_field[1]; /* {"reason": ...}, optional */
/* {id} of the path, If-Match and {"reason"} of a closing. */
MUST_CHECK enum err read_close(struct ctx *cx, const struct request *rq, int64_t *id, int64_t *version,
                               const char **reason);
/* Writes the history of an object as a page. object: enum history_object. */
MUST_CHECK enum err reply_history(struct ctx *cx, const struct request *rq, struct response *rs, int object,
                                  int64_t object_id);

#endif
