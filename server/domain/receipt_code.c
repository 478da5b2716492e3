/* receipt_code.c - see receipt_code.h. Layout: id 7 bytes | extra 4 | MAC 9 (HMAC-SHA-256, cut); base32.
 * SPDX-License-Identifier: MIT */
#include "domain/receipt_code.h"
#include "platform/crypto/crypto.h"
#include <stdio.h>
#include <string.h>

#define BYTES 20
static const char digit[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

static void fill(const char *purpose, int64_t id, int64_t extra, uint8_t out[BYTES])
{
    char text[96];
    uint8_t mac[32];
    int n = snprintf(text, sizeof text, "code|%s|%lld|%lld", purpose, (long long)id, (long long)extra);
    hmac_sha256(crypto_key(KEY_URL), 32, text, (size_t)n, mac);
    for (int i = 0; i < 7; i++)
        out[i] = (uint8_t)(id >> (8 * (6 - i)));
    for (int i = 0; i < 4; i++)
        out[7 + i] = (uint8_t)(extra >> (8 * (3 - i)));
    memcpy(out + 11, mac, BYTES - 11);
}

char *signed_code(struct arena *a, const char *purpose, int64_t id, int64_t extra)
{
    uint8_t b[BYTES];
    char *out = arena_alloc(a, SIGNED_CODE_LEN + 1);
    fill(purpose, id, extra, b);
    for (int i = 0; i < SIGNED_CODE_LEN; i++) {
        int at = i * 5 / 8, shift = 11 - i * 5 % 8;
        unsigned two = (unsigned)b[at] << 8 | (at + 1 < BYTES ? b[at + 1] : 0);
        out[i] = digit[two >> shift & 31];
    }
    return out;
}

static int value(char c)
{
    if (c >= 'a' && c <= 'z')
        c = (char)(c - 'a' + 'A');
    if (c == 'I' || c == 'L')
        c = '1';
    if (c == 'O')
        c = '0';
    const char *p = c ? strchr(digit, c) : NULL;
    return p ? (int)(p - digit) : -1;
}

static bool bytes_of(const char *code, uint8_t b[BYTES])
{
    int n = 0;
    memset(b, 0, BYTES);
    for (; *code; code++) {
        int v = value(*code);
        if (*code == ' ' || *code == '-')
            continue;
        if (v < 0 || n == SIGNED_CODE_LEN)
            return false;
        for (int bit = 0; bit < 5; bit++)
            if (v & (16 >> bit))
                b[(n * 5 + bit) / 8] |= (uint8_t)(128 >> (n * 5 + bit) % 8);
        n++;
    }
    return n == SIGNED_CODE_LEN;
}

bool signed_code_read(const char *purpose, const char *code, int64_t *id, int64_t *extra)
{
    uint8_t have[BYTES], want[BYTES];
    int64_t i = 0, x = 0;
    if (!code || !bytes_of(code, have))
        return false;
    for (int k = 0; k < 7; k++)
        i = i << 8 | have[k];
    for (int k = 7; k < 11; k++)
        x = x << 8 | have[k];
    fill(purpose, i, x, want);
    if (!crypto_equal(have, want, BYTES))
        return false;
    *id = i;
    *extra = x;
    return true;
}
