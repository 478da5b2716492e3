/* fuzz_text.c - small readers of foreign text: addresses, numbers, times, base64, signed answers.
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/money.h"
#include "base/text.h"
#include "fuzz.h"
#include "platform/crypto/crypto.h"
#include "platform/http_out.h"
#include "platform/redis/redis_impl.h"
#include "providers/alipay.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    struct arena *a = arena_new(0);
    char *s = malloc(n + 1);
    if (!s)
        abort();
    memcpy(s, p, n);
    s[n] = '\0';
    int64_t v;
    char text[32];
    struct rd_url url;
    size_t len;
    url_is_loopback(s);
    rd_url_parse(s, &url);
    email_valid(s);
    phone_valid(s);
    out_escape(a, s);
    if (fen_parse(s, &v) && (v < -FEN_MAX * 100 || v > FEN_MAX * 100))
        abort();
    if (clock_parse_rfc3339(s, &v) && (!clock_parse_rfc3339(clock_rfc3339(v, text), &v)))
        abort();
    void *bytes = b64_decode(a, s, &len);
    if (bytes && strcmp(b64_encode(a, bytes, len), s) != 0)
        abort();
    if (utf8_valid(s, strlen(s))) {
        char *clean = text_clean(a, s, true);
        if (!utf8_valid(clean, strlen(clean)) || !str_eq(text_clean(a, clean, true), clean))
            abort();
    }
    const char *part = alipay_signed_part((const char *)p, n, "r", &len);
    if (part && (part < (const char *)p || len > n))
        abort();
    alipay_top_string(a, (const char *)p, n, "sign");
    free(s);
    arena_free(a);
    return 0;
}
