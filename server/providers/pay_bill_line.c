/* pay_bill_line.c - see pay_bill_line.h. SPDX-License-Identifier: MIT */
#include "providers/pay_bill_line.h"
#include "base/text.h"
#include <string.h>

/* false: no more. A line too long is cut: its fields then do not add up. */
bool bill_line(const char **at, const char *end, char out[BILL_LINE])
{
    do {
        if (*at >= end)
            return false;
        const char *nl = memchr(*at, '\n', (size_t)(end - *at)), *stop = nl ? nl : end;
        size_t n = (size_t)(stop - *at);
        n = n < BILL_LINE ? n : BILL_LINE - 1;
        memcpy(out, *at, n);
        out[n] = '\0';
        while (n && (out[n - 1] == '\r' || out[n - 1] == '\0'))
            out[--n] = '\0';
        *at = nl ? nl + 1 : end;
    } while (!*out);
    return true;
}

void bill_split(struct line *l, const char *by)
{
    size_t skip = strlen(by);
    l->n = 0;
    for (char *s = l->text; s && l->n < BILL_COLUMNS;) {
        char *next = strstr(s, by);
        l->field[l->n++] = s;
        if (next) {
            *next = '\0';
            next += skip;
        }
        s = next;
    }
}

/* Alipay pads with tabs and spaces. */
void bill_trim(struct line *l)
{
    for (size_t i = 0; i < l->n; i++) {
        const char *s = l->field[i] + strspn(l->field[i], " \t");
        size_t n = strlen(s);
        while (n && strchr(" \t", s[n - 1]))
            n--;
        l->text[(size_t)(s - l->text) + n] = '\0';
        l->field[i] = s;
    }
}

/* NULL: no such column. A suffix "（元）" of the header does not count. */
const char *bill_column(const struct line *head, const struct line *row, const char *name)
{
    size_t n = strlen(name);
    for (size_t i = 0; i < head->n && i < row->n; i++)
        if (strncmp(head->field[i], name, n) == 0 &&
            (!head->field[i][n] || str_eq(head->field[i] + n, "（元）") || str_eq(head->field[i] + n, "(元)")))
            return row->field[i];
    return NULL;
}

/* "-0.27000" with scale 5 -> -27000; more decimals than the scale only when they are zeros ("45.0" with scale 0). */
bool bill_decimal(const char *s, int scale, int64_t *out)
{
    int64_t v = 0;
    int whole = 0, places = 0;
    bool neg = s && *s == '-';
    if (!s)
        return false;
    for (s += neg; *s >= '0' && *s <= '9'; s++, whole++)
        v = whole < 12 ? v * 10 + (*s - '0') : v;
    if (whole < 1 || whole > 12)
        return false;
    if (*s == '.' && !s[1])
        return false;
    if (*s == '.')
        for (s++; *s >= '0' && *s <= '9'; s++, places++) {
            if (places >= scale && *s != '0')
                return false;
            if (places < scale)
                v = v * 10 + (*s - '0');
        }
    for (int i = places; i < scale; i++)
        v *= 10;
    *out = neg ? -v : v;
    return !*s && places <= 8;
}
