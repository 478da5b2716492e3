/* pay_bill_line.h - lines and fields of bills: shared by the readers. SPDX-License-Identifier: MIT */
#ifndef PROVIDERS_PAY_BILL_LINE_H
#define PROVIDERS_PAY_BILL_LINE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BILL_COLUMNS 64
#define BILL_LINE    8192

/* One line, cut into fields in place. */
struct line {
    char text[BILL_LINE];
    const char *field[BILL_COLUMNS];
    size_t n;
};

bool bill_line(const char **at, const char *end, char out[BILL_LINE]);
void bill_split(struct line *l, const char *by);
void bill_trim(struct line *l);
const char *bill_column(const struct line *head, const struct line *row, const char *name);
bool bill_decimal(const char *s, int scale, int64_t *out);

#endif
