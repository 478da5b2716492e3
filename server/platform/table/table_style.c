/* table_style.c - numbers that are dates, and numbers as people typed them. ECMA-376 part 1, 18.8.30 (built-in formats;
 * 27-36 and 50-58 are dates in the East Asian versions) and 18.17.4 (serial dates).  SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "platform/table/table_int.h"
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* y, m, d, h, s outside quotes, brackets and escapes; "General" and colours have none of their own. */
static bool code_is_date(const char *c)
{
    for (; *c && *c != ';'; c++) {
        if (*c == '\\' || *c == '_' || *c == '*') {
            if (!*++c)
                return false;
        } else if (*c == '"') {
            c = strchr(c + 1, '"');
            if (!c)
                return false;
        } else if (*c == '[') {
            c = strchr(c, ']');
            if (!c)
                return false;
        } else if (strchr("ymdhsYMDHS", *c)) {
            return true;
        } else if (str_starts(c, "General")) {
            c += 6;
        }
    }
    return false;
}

bool style_format_is_date(int64_t id, const char *code)
{
    if (code)
        return code_is_date(code);
    return (id >= 14 && id <= 22) || (id >= 27 && id <= 36) || (id >= 45 && id <= 47) || (id >= 50 && id <= 58);
}

static bool number_of(const char *s, double *v)
{
    char *end = NULL;
    errno = 0;
    *v = strtod(s, &end);
    return *s && !*end && !errno && isfinite(*v);
}

const char *style_day(struct arena *a, const char *number, bool from_1904)
{
    double v;
    if (!number_of(number, &v) || v < 1 || v > 2958465)
        return number;
    int64_t minutes = (int64_t)(v * 1440 + 0.5), days = minutes / 1440;
    /* The 29th of February 1900 never was, but has a number: from the 1st of March on, days count from 1899-12-30. */
    int32_t day = clock_day_add(from_1904 ? 19040101 : days < 60 ? 18991231 : 18991230, (int)days);
    const char *text = arena_printf(a, "%04d-%02d-%02d", day / 10000, day / 100 % 100, day % 100);
    minutes %= 1440;
    return minutes ? arena_printf(a, "%s %02d:%02d", text, (int)(minutes / 60), (int)(minutes % 60)) : text;
}

const char *style_number(struct arena *a, const char *number)
{
    double v;
    if (is_digits(number, 1, 40) || (strlen(number) <= 15 && !strpbrk(number, "eE")))
        return number;
    if (!number_of(number, &v))
        return number;
    if (fabs(v) < 1e15 && v == floor(v))
        return arena_printf(a, "%.0f", v);
    return arena_printf(a, "%.15g", v);
}
