/* cloud_sign.c - see cloud_sign.h. SPDX-License-Identifier: MIT */
#include "providers/cloud_sign.h"
#include "base/text.h"
#include "platform/crypto/crypto.h"
#include "platform/http_out.h"
#include <string.h>
#include <time.h>

#define ACS3_HEADERS "host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version"

static const char *hex_sha256(struct arena *a, const void *p, size_t n)
{
    uint8_t h[32];
    char *out = arena_alloc(a, 65);
    sha256(p, n, h);
    hex_encode(h, 32, out);
    return out;
}

static const char *hex_hmac(struct arena *a, const void *key, size_t nk, const char *text)
{
    uint8_t h[32];
    char *out = arena_alloc(a, 65);
    hmac_sha256(key, nk, text, strlen(text), h);
    hex_encode(h, 32, out);
    return out;
}

const char *acs3_content_sha256(struct arena *a, const struct acs3 *r)
{
    return hex_sha256(a, r->body ? r->body : "", r->body_len);
}

const char *acs3_canonical(struct arena *a, const struct acs3 *r)
{
    const char *hash = acs3_content_sha256(a, r);
    return arena_printf(a,
                        "%s\n%s\n%s\nhost:%s\nx-acs-action:%s\nx-acs-content-sha256:%s\nx-acs-date:%s\n"
                        "x-acs-signature-nonce:%s\nx-acs-version:%s\n\n" ACS3_HEADERS "\n%s",
                        r->method, r->path, r->query, r->host, r->action, hash, r->date, r->nonce, r->version, hash);
}

const char *acs3_signature(struct arena *a, const struct acs3 *r, const char *secret)
{
    const char *canonical = acs3_canonical(a, r);
    const char *text = arena_printf(a, "ACS3-HMAC-SHA256\n%s", hex_sha256(a, canonical, strlen(canonical)));
    return hex_hmac(a, secret, strlen(secret), text);
}

const char *acs3_authorization(struct arena *a, const struct acs3 *r, const char *key_id, const char *secret)
{
    return arena_printf(a, "ACS3-HMAC-SHA256 Credential=%s,SignedHeaders=" ACS3_HEADERS ",Signature=%s", key_id,
                        acs3_signature(a, r, secret));
}

const char *acs3_query(struct arena *a, const struct provider_param *p, size_t n)
{
    struct buf b;
    buf_init(&b, a);
    const char *last = "";
    for (size_t done = 0; done < n; done++) { /* a handful: selection sort, equal names do not occur */
        const struct provider_param *next = NULL;
        for (size_t i = 0; i < n; i++)
            if (strcmp(p[i].name, last) > 0 && (!next || strcmp(p[i].name, next->name) < 0))
                next = &p[i];
        if (!next)
            break;
        buf_printf(&b, "%s%s=%s", b.n ? "&" : "", out_escape(a, next->name), out_escape(a, next->value));
        last = next->name;
    }
    return buf_cstr(&b);
}

const char *tc3_canonical(struct arena *a, const struct tc3 *r)
{
    return arena_printf(a, "POST\n/\n\ncontent-type:%s\nhost:%s\n\ncontent-type;host\n%s", r->content_type, r->host,
                        hex_sha256(a, r->body, strlen(r->body)));
}

/* The date is UTC: between 0 and 8 o'clock in Beijing it is yesterday's. */
static const char *utc_date(struct arena *a, int64_t timestamp_s)
{
    time_t t = (time_t)timestamp_s;
    struct tm tm;
    char *out = arena_alloc(a, 16);
    gmtime_r(&t, &tm);
    strftime(out, 16, "%Y-%m-%d", &tm);
    return out;
}

const char *tc3_signature(struct arena *a, const struct tc3 *r, const char *secret)
{
    const char *canonical = tc3_canonical(a, r), *date = utc_date(a, r->timestamp_s);
    const char *text = arena_printf(a, "TC3-HMAC-SHA256\n%lld\n%s/%s/tc3_request\n%s", (long long)r->timestamp_s, date,
                                    r->service, hex_sha256(a, canonical, strlen(canonical)));
    const char *first = arena_printf(a, "TC3%s", secret);
    uint8_t k1[32], k2[32], k3[32];
    hmac_sha256(first, strlen(first), date, strlen(date), k1);
    hmac_sha256(k1, 32, r->service, strlen(r->service), k2);
    hmac_sha256(k2, 32, "tc3_request", 11, k3);
    return hex_hmac(a, k3, 32, text);
}

const char *tc3_authorization(struct arena *a, const struct tc3 *r, const char *id, const char *secret)
{
    return arena_printf(
        a, "TC3-HMAC-SHA256 Credential=%s/%s/%s/tc3_request, SignedHeaders=content-type;host, Signature=%s", id,
        utc_date(a, r->timestamp_s), r->service, tc3_signature(a, r, secret));
}
