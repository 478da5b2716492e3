/* provider.h - what every provider call returns beside its enum err.
 *
 *   OK            done            ERR_INVALID    our input is wrong for good (code, phone, data)
 *   ERR_RATE      their limit     ERR_FORBIDDEN  the user or the platform does not allow it: do not repeat
 *   ERR_UPSTREAM  refused: wrong keys, wrong template, no money, not reachable (nothing happened)
 *   ERR_TIMEOUT   unknown outcome: it may have happened            ERR_BUSY  busy: repeat later
 * Providers know protocols only: no store, no configuration, no state but WeChat's access token. SLOW lane or job
 * threads: all calls block.  OWNERSHIP: strings that come back are arena.  SPDX-License-Identifier: MIT */
#ifndef PROVIDERS_PROVIDER_H
#define PROVIDERS_PROVIDER_H
#include "base/arena.h"
#include "base/err.h"
#include <stddef.h>
#include <stdint.h>

struct provider_answer {
    const char *code, *text; /* the provider's own words; "" when it said nothing */
    const char *id;          /* its number for this act (BizId, SerialNo); "" when none */
};
struct provider_param {
    const char *name, *value;
};

/* The part of a URL between scheme and path, as curl sends it in Host. */
char *provider_host(struct arena *a, const char *url);
/* base without its trailing '/' */
char *provider_base(struct arena *a, const char *url);

#endif
