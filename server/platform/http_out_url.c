/* http_out_url.c - judging the address of an outgoing call. SPDX-License-Identifier: MIT */
#include "base/text.h"
#include "platform/http_out_impl.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

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

bool out_is_public(const struct sockaddr *to)
{
    if (to->sa_family == AF_INET) {
        uint32_t a = ntohl(((const struct sockaddr_in *)(const void *)to)->sin_addr.s_addr);
        static const struct {
            uint32_t net, mask;
        } ours[] = {
            {0x00000000, 0xFF000000}, /* this network */
            {0x0A000000, 0xFF000000}, /* private */
            {0x64400000, 0xFFC00000}, /* shared (carrier NAT) */
            {0x7F000000, 0xFF000000}, /* loopback */
            {0xA9FE0000, 0xFFFF0000}, /* link-local, cloud metadata */
            {0xAC100000, 0xFFF00000},
            {0xC0000000, 0xFFFFFF00},
            {0xC0A80000, 0xFFFF0000},
            {0xC6120000, 0xFFFE0000}, /* benchmarks */
            {0xE0000000, 0xE0000000}  /* multicast and above */
        };
        for (size_t i = 0; i < COUNT(ours); i++)
            if ((a & ours[i].mask) == ours[i].net)
                return false;
        return true;
    }
    if (to->sa_family == AF_INET6) { /* global unicast only, and nothing that carries an IPv4 address inside */
        const uint8_t *b = ((const struct sockaddr_in6 *)(const void *)to)->sin6_addr.s6_addr;
        bool teredo_or_6to4 =
            (b[0] == 0x20 && b[1] == 0x01 && b[2] == 0 && b[3] == 0) || (b[0] == 0x20 && b[1] == 0x02);
        return (b[0] & 0xE0) == 0x20 && !teredo_or_6to4;
    }
    return false;
}
