/* wechat_token.h - the access token: cached per app, fetched by one thread while the others wait.
 * SPDX-License-Identifier: MIT */
#ifndef PROVIDERS_WECHAT_TOKEN_H
#define PROVIDERS_WECHAT_TOKEN_H
#include "providers/mp.h"

/* refused: a token the platform has just refused (NULL: none); it is not handed out again. */
MUST_CHECK enum err wechat_token(struct arena *a, const struct mp_config *c, const char *refused, const char **token,
                                 struct provider_answer *ans);
/* One request to the platform (wechat_mp.c). */
MUST_CHECK enum err wechat_fetch_token(struct arena *a, const struct mp_config *c, const char **token, int64_t *life_s,
                                       struct provider_answer *ans);

#endif
