/* http_out_url.c - judging the address of an outgoing call. SPDX-License-Identifier: MIT */
#include "base/text.h"
#include "platform/http_out.h"
#include <arpa/inet.h>
#include <string.h>

/* Only literal loopback and "localhost"; user information makes any URL foreign ("http://127.0.0.1@evil/"). */
bool url_is_loopback(const char *url)
{
    const char *host = url ? strstr(url, "://") : NULL;
    if (!host)
        return false;
    host += 3;
    size_t n = strcspn(host, "/?#\\"), len;
    char name[64];
    if (memchr(host, '@', n))
        return false;
    if (*host == '[') {
        const char *end = memchr(host, ']', n);
        if (!end || (end + 1 < host + n && end[1] != ':'))
            return false;
        host++;
        len = (size_t)(end - host);
    } else {
        const char *colon = memchr(host, ':', n);
        len = colon ? (size_t)(colon - host) : n;
    }
    if (len == 0 || len >= sizeof name)
        return false;
    memcpy(name, host, len);
    name[len] = '\0';
    struct in_addr v4;
    struct in6_addr v6;
    if (inet_pton(AF_INET, name, &v4) == 1)
        return ntohl(v4.s_addr) >> 24 == 127;
    if (inet_pton(AF_INET6, name, &v6) == 1)
        return IN6_IS_ADDR_LOOPBACK(&v6);
    return strcmp(name, "localhost") == 0;
}

char *out_escape(struct arena *a, const char *s)
{
    static const char digit[] = "0123456789ABCDEF";
    char *out = arena_alloc(a, strlen(s) * 3 + 1), *o = out;
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;
        if ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || strchr("-._~", c)) {
            *o++ = (char)c;
        } else {
            *o++ = '%';
            *o++ = digit[c >> 4];
            *o++ = digit[c & 15];
        }
    }
    return out;
}
