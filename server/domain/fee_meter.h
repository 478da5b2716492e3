/* fee_meter.h - meters beyond a single reading (billing.h): swapping, correcting, importing, and what is missing or odd.
 * SPDX-License-Identifier: MIT */
#ifndef DOMAIN_FEE_METER_H
#define DOMAIN_FEE_METER_H
#include "domain/billing.h"
#include "platform/table/csv.h"

/* The last reading of a meter, while no bill or share rests on it; the reason goes to the audit. WRITE */
MUST_CHECK enum err meter_correct(struct ctx *cx, int64_t meter_id, int64_t reading_e3, const char *reason,
                                  int64_t *usage_e3);
/* As meter_read, for what happened on that very day (a swap, a handover): on the day after a billed period the use counts in
 * the next one, unless that is billed too. WRITE */
MUST_CHECK enum err meter_read_event(struct ctx *cx, int64_t meter_id, int32_t day, int64_t reading_e3,
                                     int64_t *usage_e3);
/* Takes the meter down on `day` at its final reading and hangs `next` in its place (serial, modulus, multiplier, first
 * reading): the use of both adds up. WRITE */
MUST_CHECK enum err meter_swap(struct ctx *cx, int64_t meter_id, int32_t day, int64_t final_e3,
                               const struct meter *next, int64_t *id);

struct meter_row {
    int64_t id, item_id, room_id, last_e3;
    int32_t from_day, to_day, last_day;
    const char *serial, *item, *room; /* room NULL: public */
};
typedef void meter_fn(void *arg, const struct meter_row *m);
struct meter_filter {
    int64_t before, limit, item_id, room_id; /* 0: any */
};
/* Of the current project, newest first. */
MUST_CHECK enum err meter_list(struct ctx *cx, const struct meter_filter *f, meter_fn *fn, void *arg);
/* Meters in use at the end of from..to that were not read after `from` until `to` (未录清单); 1,000 at most. */
MUST_CHECK enum err meter_missing(struct ctx *cx, int32_t from, int32_t to, meter_fn *fn, void *arg);

enum meter_oddity { ODD_HIGH, ODD_ZERO, ODD_ROLLED_OVER, ODD_NEGATIVE, ODD_COUNT };
extern const char *const meter_oddity_name[ODD_COUNT];
struct odd_reading {
    int64_t meter_id, reading_e3, usage_e3, mean_e3; /* mean: of the three before */
    int32_t day;
    enum meter_oddity what;
    const char *serial, *room;
};
typedef void odd_fn(void *arg, const struct odd_reading *o);
/* Readings of from..to: more than three times the mean of the last three, none after some, below the one before. */
MUST_CHECK enum err meter_odd(struct ctx *cx, int32_t from, int32_t to, odd_fn *fn, void *arg);

/* A file of readings: UTF-8 (with or without BOM) or GB18030, rows of serial, day (20261130, 2026-11-30, 2026/11/30) and
 * reading (up to three decimals); a first row without a day is a heading. All of it or nothing, once. */
#define METER_IMPORT_ROWS   2000
#define METER_IMPORT_ERRORS 200
struct meter_import {
    int64_t rows, unchanged; /* unchanged: read with the same value before */
    struct csv_error error[METER_IMPORT_ERRORS];
    size_t errors; /* 0: applied, unless only checked */
};
/* Errors in rows are no error of the call: look at out->errors. ERR_EXISTS: this file was taken already. WRITE, or READ
 * with check_only. */
MUST_CHECK enum err meter_import(struct ctx *cx, const void *bytes, size_t n, bool check_only,
                                 struct meter_import *out);

#endif
