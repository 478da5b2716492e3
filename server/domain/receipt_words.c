/* receipt_words.c - amounts in capital numerals (人民币大写) and masked names. Pure. SPDX-License-Identifier: MIT */
#include "base/money.h"
#include "domain/receipt.h"
#include <string.h>

_Static_assert(FEN_MAX / 100 < INT64_C(1000000000000), "the largest amount is below 万亿");
static const char *const digit[] = {"零", "壹", "贰", "叁", "肆", "伍", "陆", "柒", "捌", "玖"};

/* Yuan: groups of four digits. A run of zeros inside becomes one 零; none is written before 元. */
static void yuan(struct buf *b, int64_t v)
{
    static const char *const place[] = {"", "拾", "佰", "仟"}, *const group[] = {"", "万", "亿"};
    char text[24];
    int n = 0;
    bool zero = false, spoken = false; /* spoken: something of this group was */
    for (; v; v /= 10)
        text[n++] = (char)(v % 10);
    for (int i = n - 1; i >= 0; i--) {
        if (text[i] == 0) {
            zero = true;
        } else {
            buf_printf(b, "%s%s%s", zero ? digit[0] : "", digit[(int)text[i]], place[i % 4]);
            zero = false;
            spoken = true;
        }
        if (i % 4 == 0) {
            buf_str(b, spoken ? group[i / 4] : "");
            spoken = false;
        }
    }
    buf_str(b, "元");
}

const char *rmb_capitals(struct arena *a, int64_t fen)
{
    struct buf b;
    int64_t jiao = fen / 10 % 10, rest = fen % 10;
    buf_init(&b, a);
    if (fen < 0 || fen > FEN_MAX)
        return "";
    if (fen >= 100)
        yuan(&b, fen / 100);
    if (fen == 0)
        buf_str(&b, "零元");
    if (jiao)
        buf_printf(&b, "%s角", digit[jiao]);
    else if (rest && fen >= 100)
        buf_str(&b, digit[0]);
    if (rest)
        buf_printf(&b, "%s分", digit[rest]);
    if (!jiao && !rest)
        buf_str(&b, "整");
    return buf_cstr(&b);
}

const char *mask_name(struct arena *a, const char *name)
{
    size_t chars = name ? utf8_len(name) : 0;
    if (!chars)
        return "";
    size_t keep = chars > 4 ? 2 : 1;
    return arena_printf(a, "%.*s*", (int)utf8_prefix(name, keep), name);
}

const char *mask_room(struct arena *a, const char *full_name)
{
    size_t n = strlen(full_name), end = n, from;
    while (end > 0 && !(full_name[end - 1] >= '0' && full_name[end - 1] <= '9'))
        end--;
    for (from = end; from > 0 && full_name[from - 1] >= '0' && full_name[from - 1] <= '9'; from--)
        ;
    size_t digits = end - from, keep = digits > 2 ? digits - 2 : 0;
    if (!digits) /* a shop or a store room without a number */
        return arena_printf(a, "%.*s**", (int)utf8_prefix(full_name, utf8_len(full_name) / 2), full_name);
    return arena_printf(a, "%.*s**", (int)(from + keep), full_name);
}
