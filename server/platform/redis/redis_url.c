/* redis_url.c - addresses and back-off. SPDX-License-Identifier: MIT */
#include "base/text.h"
#include "platform/redis/redis_impl.h"
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static bool take(char *out, size_t cap, const char *s, size_t n)
{
    if (n >= cap)
        return false;
    memcpy(out, s, n);
    out[n] = '\0';
    return true;
}

/* redis://[user][:password@]host[:port][/db] or unix:/path */
bool rd_url_parse(const char *url, struct rd_url *out)
{
    *out = (struct rd_url){.port = 6379};
    if (str_starts(url, "unix:/"))
        return take(out->path, sizeof out->path, url + 5, strlen(url + 5));
    if (!str_starts(url, "redis://"))
        return false;
    const char *s = url + 8, *at = strrchr(s, '@');
    if (at) {
        const char *colon = memchr(s, ':', (size_t)(at - s)), *user_end = colon ? colon : at;
        if (!take(out->user, sizeof out->user, s, (size_t)(user_end - s)) ||
            (colon && !take(out->pass, sizeof out->pass, colon + 1, (size_t)(at - colon - 1))))
            return false;
        s = at + 1;
    }
    const char *slash = strchr(s, '/'), *end = slash ? slash : s + strlen(s), *host_end;
    int64_t v = 0;
    if (*s == '[') { /* IPv6 literal */
        s++;
        host_end = memchr(s, ']', (size_t)(end - s));
        if (!host_end)
            return false;
    } else {
        const char *colon = memchr(s, ':', (size_t)(end - s));
        host_end = colon ? colon : end;
    }
    const char *port = host_end + (*host_end == ']');
    if (port < end && *port == ':') {
        if (!parse_i64_n(port + 1, (size_t)(end - port - 1), &v) || v < 1 || v > 65535)
            return false;
        out->port = (int)v;
    } else if (port != end) {
        return false;
    }
    if (slash && slash[1]) {
        if (!parse_i64(slash + 1, &v) || v < 0 || v > 9999)
            return false;
        out->db = (int)v;
    }
    return host_end > s && take(out->host, sizeof out->host, s, (size_t)(host_end - s));
}

static void ignore_once(void)
{
    struct sigaction old;
    if (sigaction(SIGPIPE, NULL, &old) == 0 && old.sa_handler == SIG_DFL)
        signal(SIGPIPE, SIG_IGN);
}

void rd_ignore_sigpipe(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, ignore_once);
}

int64_t rd_backoff_next(int64_t ms)
{
    int64_t next = ms ? ms * 2 : RD_BACKOFF_MIN;
    return next > RD_BACKOFF_MAX ? RD_BACKOFF_MAX : next;
}

int64_t rd_jitter(int64_t ms)
{
    return ms + random() % (ms / 4 + 1);
}
