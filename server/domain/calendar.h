/* calendar.h - working days: weekends, the State Council's holidays and the weekends worked instead (调休), and what a company
 * does differently. Days are yyyymmdd in Shanghai.  SPDX-License-Identifier: MIT */
#ifndef DOMAIN_CALENDAR_H
#define DOMAIN_CALENDAR_H
#include "platform/ctx.h"

enum day_kind { DAY_WORK, DAY_WEEKEND, DAY_HOLIDAY, DAY_MADE_UP, DAY_KINDS }; /* made up: a weekend that is worked */
extern const char *const day_kind_name[DAY_KINDS];

/* By the published calendar alone; *name (may be NULL) is the holiday's, "" for none. Years without a publication (yet): the
 * fixed days 1 January, 1 to 2 May and 1 to 3 October only. Pure. */
enum day_kind calendar_published(int32_t day, const char **name);
/* The last year the published holidays are known of: a reminder when it comes near. */
int calendar_known_until(void);

/* A company's exceptions; kind DAY_WORK or DAY_HOLIDAY. calendar_unset: back to what is published. WRITE */
MUST_CHECK enum err calendar_set(struct ctx *cx, int32_t day, enum day_kind kind, const char *name);
MUST_CHECK enum err calendar_unset(struct ctx *cx, int32_t day);
struct calendar_day {
    int32_t day;
    enum day_kind kind;
    const char *name;
    bool own; /* the company's exception */
};
typedef void calendar_fn(void *arg, const struct calendar_day *d);
/* from..to, both included, at most 400 days. READ */
MUST_CHECK enum err calendar_list(struct ctx *cx, int32_t from, int32_t to, calendar_fn *fn, void *arg);
/* A span of a company's calendar at hand; days outside it are as published. In the arena. READ */
struct calendar_own;
extern const struct calendar_own calendar_as_published;
MUST_CHECK enum err calendar_load(struct ctx *cx, int64_t company_id, int32_t from, int32_t to,
                                  const struct calendar_own **out);
bool calendar_worked(const struct calendar_own *own, int32_t day); /* pure */
/* The n-th working day after day (n >= 1), or before it (n <= -1). */
MUST_CHECK enum err calendar_add_workdays(struct ctx *cx, int64_t company_id, int32_t day, int n, int32_t *out);

#endif
