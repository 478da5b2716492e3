/* fuzz_multipart.c - the first line is the content type, the rest the body. SPDX-License-Identifier: MIT */
#include "base/text.h"
#include "fuzz.h"
#include "platform/files.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    struct arena *a = arena_new(0);
    const uint8_t *line = memchr(p, '\n', n);
    if (line && line - p < 512) {
        const char *boundary = multipart_boundary(a, arena_strndup(a, (const char *)p, (size_t)(line - p)));
        size_t rest = n - (size_t)(line - p) - 1;
        struct upload_part part;
        if (boundary && multipart_file(a, line + 1, rest, boundary, &part)) {
            if (part.p < line + 1 || part.n > rest || part.p + part.n > p + n || strlen(part.filename) > 255 ||
                !utf8_valid(part.filename, strlen(part.filename)) || strpbrk(part.filename, "/\\"))
                abort();
        }
    }
    arena_free(a);
    return 0;
}
