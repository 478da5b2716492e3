/* log.h - one JSON object a line on stderr. The event name is a stable literal ("repair.created");
 * values are typed. Never a phone, a token, a body. Repeats of one event are limited to 50 a second.
 *   log_info("http.access", L_S("path", p), L_I("status", 200));
 * THREAD: any.  SPDX-License-Identifier: MIT */
#ifndef BASE_LOG_H
#define BASE_LOG_H
#include <stddef.h>
#include <stdint.h>

enum log_level { LOG_LV_DEBUG, LOG_LV_INFO, LOG_LV_WARN, LOG_LV_ERROR };
struct log_field {
    const char *key, *s; /* s NULL: integer */
    int64_t i;
};
#define L_S(k, v) ((struct log_field){.key = (k), .s = (v)})
#define L_I(k, v) ((struct log_field){.key = (k), .i = (int64_t)(v)})
#define L_ERRNO() L_S("errno", log_errno())

void log_set_level(enum log_level least);
void log_write(enum log_level lv, const char *event, const struct log_field *f, size_t n);
const char *log_errno(void); /* strerror of errno, thread-local buffer */

#define LOG_FIELDS(...)                                                                                                \
    (const struct log_field[]){__VA_ARGS__}, sizeof((const struct log_field[]){__VA_ARGS__}) / sizeof(struct log_field)
#define log_debug(event, ...) log_write(LOG_LV_DEBUG, event, LOG_FIELDS(__VA_ARGS__))
#define log_info(event, ...)  log_write(LOG_LV_INFO, event, LOG_FIELDS(__VA_ARGS__))
#define log_warn(event, ...)  log_write(LOG_LV_WARN, event, LOG_FIELDS(__VA_ARGS__))
#define log_error(event, ...) log_write(LOG_LV_ERROR, event, LOG_FIELDS(__VA_ARGS__))

#endif
