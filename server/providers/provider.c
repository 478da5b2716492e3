/* provider.c - see provider.h. SPDX-License-Identifier: MIT */
#include "providers/provider.h"
#include <string.h>

char *provider_host(struct arena *a, const char *url)
{
    const char *host = strstr(url, "://");
    host = host ? host + 3 : url;
    return arena_strndup(a, host, strcspn(host, "/?#"));
}

char *provider_base(struct arena *a, const char *url)
{
    size_t n = strlen(url);
    while (n && url[n - 1] == '/')
        n--;
    return arena_strndup(a, url, n);
}
