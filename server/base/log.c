/* log.c - formats into a stack buffer and writes with one write(2), so lines never interleave.
 * SPDX-License-Identifier: MIT */
#include "base/log.h"
#include "base/clock.h"
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINE_MAX_BYTES 2048
#define PER_SECOND     50
#define SLOTS          64

static _Atomic int least = LOG_LV_INFO;
static struct {
    _Atomic int64_t second;
    _Atomic int count;
} recent[SLOTS]; /* by hash of the event name: a collision only limits two events together */

void log_set_level(enum log_level lv)
{
    atomic_store(&least, (int)lv);
}

const char *log_errno(void)
{
    static _Thread_local char text[128];
    return strerror_r(errno, text, sizeof text);
}

static int limited(const char *event)
{
    unsigned h = 5381;
    for (const char *p = event; *p; p++)
        h = h * 33 + (unsigned char)*p;
    int64_t now = clock_mono_ms() / 1000;
    if (atomic_exchange(&recent[h % SLOTS].second, now) != now)
        atomic_store(&recent[h % SLOTS].count, 0);
    return atomic_fetch_add(&recent[h % SLOTS].count, 1) >= PER_SECOND;
}

static size_t put_escaped(char *out, size_t o, size_t cap, const char *s)
{
    for (; *s && o + 8 < cap; s++) {
        unsigned char c = (unsigned char)*s;
        if (c == '"' || c == '\\') {
            out[o++] = '\\';
            out[o++] = (char)c;
        } else if (c < 0x20 || c == 0x7F) {
            o += (size_t)snprintf(out + o, cap - o, "\\u%04x", c);
        } else {
            out[o++] = (char)c;
        }
    }
    return o;
}

void log_write(enum log_level lv, const char *event, const struct log_field *f, size_t n)
{
    static const char *const level_name[] = {"debug", "info", "warn", "error"};
    if ((int)lv < atomic_load(&least) || (lv < LOG_LV_ERROR && limited(event)))
        return;
    char line[LINE_MAX_BYTES], when[32];
    size_t cap = sizeof line - 4; /* room for the end of the line */
    size_t o = (size_t)snprintf(line, cap, "{\"ts\":\"%s\",\"level\":\"%s\",\"event\":\"%s\"",
                                clock_rfc3339(clock_now_ms(), when), level_name[lv], event);
    for (size_t i = 0; i < n && o + 64 < cap; i++) {
        o += (size_t)snprintf(line + o, cap - o, ",\"%.32s\":", f[i].key);
        if (f[i].s) {
            line[o++] = '"';
            o = put_escaped(line, o, cap - 8, f[i].s);
            line[o++] = '"';
        } else {
            o += (size_t)snprintf(line + o, cap - o, "%lld", (long long)f[i].i);
        }
    }
    line[o++] = '}';
    line[o++] = '\n';
    ssize_t ignored = write(STDERR_FILENO, line, o);
    (void)ignored;
}
