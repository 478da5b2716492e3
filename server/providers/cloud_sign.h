/* cloud_sign.h - request signatures of the two SMS clouds. Pure: the caller brings date and nonce.
 * SPDX-License-Identifier: MIT */
#ifndef PROVIDERS_CLOUD_SIGN_H
#define PROVIDERS_CLOUD_SIGN_H
#include "providers/provider.h"

/* Aliyun ACS3-HMAC-SHA256. query: canonical (sorted by key, RFC 3986 encoded). */
struct acs3 {
    const char *method, *host, *path, *query;
    const char *action, *version, *date, *nonce;
    const void *body;
    size_t body_len;
};
const char *acs3_content_sha256(struct arena *a, const struct acs3 *r);
const char *acs3_canonical(struct arena *a, const struct acs3 *r);
const char *acs3_signature(struct arena *a, const struct acs3 *r, const char *secret); /* hex */
const char *acs3_authorization(struct arena *a, const struct acs3 *r, const char *key_id, const char *secret);
/* k=v joined by '&', sorted by name, encoded */
const char *acs3_query(struct arena *a, const struct provider_param *p, size_t n);

/* Tencent TC3-HMAC-SHA256 with SignedHeaders content-type;host, method POST, path "/". */
struct tc3 {
    const char *service, *host, *content_type, *body;
    int64_t timestamp_s;
};
const char *tc3_canonical(struct arena *a, const struct tc3 *r);
const char *tc3_signature(struct arena *a, const struct tc3 *r, const char *secret);
const char *tc3_authorization(struct arena *a, const struct tc3 *r, const char *id, const char *secret);

#endif
