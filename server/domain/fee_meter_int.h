/* fee_meter_int.h - shared by the fee_meter*.c files only. SPDX-License-Identifier: MIT */
#ifndef DOMAIN_FEE_METER_INT_H
#define DOMAIN_FEE_METER_INT_H
#include "platform/store/db.h"

struct known_meter {
    int64_t id, item_id, room_id, modulus_e3, multiplier_e3; /* room_id 0: public */
    int32_t from_day, to_day;
    const char *serial;
};
struct last_reading {
    int32_t day, counted; /* counted: METER_COUNTED */
    int64_t reading, usage;
};
/* id, item_id, room_id, modulus_e3, multiplier_e3, from_day, to_day, serial */
enum err meter_row_of(struct ctx *cx, const struct row *r, void *out);
MUST_CHECK enum err meter_last(struct ctx *cx, int64_t meter_id, struct last_reading *out); /* none: day 0 */
/* May this reading follow the last one? */
bool meter_check(const struct known_meter *m, const struct last_reading *last, int32_t today, int32_t day,
                 int64_t reading_e3, int64_t *usage_e3, struct why *why);
/* Is the period a reading of that day belongs to billed? What it said of that period would never be. */
MUST_CHECK enum err meter_billed(struct ctx *cx, const struct known_meter *m, int32_t day, bool *billed);
#define METER_BILLED_ZH "该日期所在账期已出账,请改用之后的日期,或先作废账单"
#define METER_BILLED_EN "the period of that day is billed; read it on a later day, or void the bill"
MUST_CHECK enum err meter_put(struct ctx *cx, int64_t meter, int32_t day, int32_t counts_on, int64_t reading,
                              int64_t usage);

#endif
