/* estate_name.c - what people call a room or a space, in comparable form. Pure. SPDX-License-Identifier: MIT */
#include "domain/estate.h"
#include <ctype.h>
#include <string.h>

/* Words that separate or end the parts of a name; longer ones first. */
static const char *const separators[] = {"号楼", "单元", "幢", "栋", "楼", "座", "室", "房", "号", "期", "区",
                                         "門",   "门",   "#",  "-",  "—",  "–",  "－", "_",  "/",  "\\", ".",
                                         " ",    ",",    "，", "、", "%",  "\t", "~",  "·",  "　"};
static const char *const numerals[] = {"零", "一", "二", "三", "四", "五", "六", "七", "八", "九"};
#define TEN "十"

static size_t separator_at(const char *s)
{
    for (size_t i = 0; i < COUNT(separators); i++)
        if (str_starts(s, separators[i]))
            return strlen(separators[i]);
    return 0;
}

static int numeral_at(const char *s)
{
    for (int i = 0; i < (int)COUNT(numerals); i++)
        if (str_starts(s, numerals[i]))
            return i;
    return str_starts(s, "〇") ? 0 : str_starts(s, "两") ? 2 : -1;
}

/* 一 .. 九十九 up to a separator or the end: bytes read, 0 when it is not such a number. */
static size_t chinese_number(const char *s, int *out)
{
    const char *p = s;
    int tens = numeral_at(p), ones = 0;
    if (tens >= 0)
        p += 3; /* each is three bytes */
    if (str_starts(p, TEN)) {
        p += 3;
        ones = numeral_at(p);
        p += ones >= 0 ? 3 : 0;
        *out = (tens < 0 ? 1 : tens) * 10 + (ones < 0 ? 0 : ones);
    } else if (tens >= 0) {
        *out = tens;
    } else {
        return 0;
    }
    return !*p || separator_at(p) ? (size_t)(p - s) : 0;
}

static bool all_digits(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isdigit((unsigned char)s[i]))
            return false;
    return n > 0;
}

/* Drops leading zeros of the parts that are numbers; keep_last: not of the last one. In place. */
static void drop_zeros(char *s, bool keep_last)
{
    char *to = s;
    for (char *p = s; *p;) {
        size_t n = strcspn(p, "-");
        const char *from = p;
        size_t len = n;
        if (all_digits(p, n) && !(keep_last && !p[n]))
            for (; len > 1 && *from == '0'; len--)
                from++;
        memmove(to, from, len);
        to += len;
        p += n;
        if (*p)
            *to++ = *p++;
    }
    *to = '\0';
}

static char *parts_of(struct arena *a, const char *human)
{
    const char *s = text_clean(a, human, false);
    char *out = arena_alloc(a, strlen(s) + 2);
    size_t o = 0;
    bool fresh = true; /* at the beginning of a part */
    while (*s) {
        int number = 0;
        size_t n = separator_at(s);
        if (n) {
            if (o && out[o - 1] != '-')
                out[o++] = '-';
            fresh = true;
        } else if (fresh && (n = chinese_number(s, &number)) > 0) {
            if (number >= 10)
                out[o++] = (char)('0' + number / 10);
            out[o++] = (char)('0' + number % 10);
        } else {
            n = 1;
            out[o++] = (char)toupper((unsigned char)*s);
            fresh = false;
        }
        s += n;
    }
    while (o && out[o - 1] == '-')
        o--;
    out[o] = '\0';
    return out;
}

char *room_norm(struct arena *a, const char *human)
{
    char *s = parts_of(a, human);
    drop_zeros(s, true);
    return s;
}

/* 车位 is what they all are; 地下 and 负 say what the letter B says. */
char *space_norm(struct arena *a, const char *human)
{
    static const struct {
        const char *word, *as;
    } words[] = {
        {"车位", "-"},
        {"地下", "B"},
        {"负",    "B"},
        {"层",    "-"}
    };
    struct buf b;
    buf_init(&b, a);
    for (const char *s = text_clean(a, human, false); *s;) {
        size_t skip = 0;
        for (size_t i = 0; i < COUNT(words) && !skip; i++)
            if (str_starts(s, words[i].word)) {
                skip = strlen(words[i].word);
                buf_str(&b, words[i].as);
            }
        if (!skip) {
            char c = (char)toupper((unsigned char)*s);
            /* "B1 23" and "B1区23" are separated anyway; "C023" is not: a letter and its number are one word */
            buf_char(&b, c);
            skip = 1;
        }
        s += skip;
    }
    char *s = parts_of(a, buf_cstr(&b));
    drop_zeros(s, false);
    return s;
}

static size_t count_parts(const char *norm)
{
    size_t n = *norm ? 1 : 0;
    for (; *norm; norm++)
        n += *norm == '-';
    return n;
}

void room_like(struct arena *a, const char *human, const char *like[2])
{
    const char *norm = str_empty(human) ? "" : room_norm(a, human);
    size_t parts = count_parts(norm);
    like[0] = like[1] = "";
    if (parts == 0)
        return;
    if (parts == 1) {
        like[0] = like[1] = arena_printf(a, "%%%s%%", norm);
        return;
    }
    like[0] = like[1] = arena_printf(a, "%%-%s%%", norm);
    if (parts == 2) {
        size_t n = strcspn(norm, "-");
        like[1] = arena_printf(a, "-%.*s-%%-%s%%", (int)n, norm, norm + n + 1);
    }
}

char *room_full_name(struct arena *a, const char *building, const char *unit, const char *name)
{
    const char *b = is_digits(building, 1, 4) ? "栋" : "";
    if (str_empty(unit))
        return arena_printf(a, "%s%s%s", building, b, name);
    return arena_printf(a, "%s%s%s%s%s", building, b, unit, is_digits(unit, 1, 4) ? "单元" : "", name);
}
