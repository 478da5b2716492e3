/* fin_report_int.h - shared by the fin_report*.c files only. SPDX-License-Identifier: MIT */
#ifndef DOMAIN_FIN_REPORT_INT_H
#define DOMAIN_FIN_REPORT_INT_H
#include "domain/fin_report.h"
#include "platform/store/db.h"

/* Rows by key, found in constant time; row: `size` bytes each, zeroed, the key first. */
struct groups {
    struct arena *arena;
    size_t size, n, cap;
    char *row;
    uint32_t *slot; /* 0: empty, else place + 1 */
};
void groups_init(struct groups *g, struct arena *a, size_t size);
void *groups_at(struct groups *g, int64_t key); /* made when new; the pointer holds until the next new key */
void groups_sort(struct groups *g);             /* by key; no groups_at() after it */

/* Projects of the company where the caller may see money. */
struct project_ids {
    int64_t *v;
    size_t n, cap;
};
MUST_CHECK enum err report_projects(struct ctx *cx, struct project_ids *out);
/* A name by id, "" when there is none. */
MUST_CHECK enum err report_name(struct ctx *cx, const struct stmt *q, int64_t id, const char **out);

#endif
