/* fuzz_image.c - cleaning a picture; cleaning the clean must change nothing and find no place data.
 * SPDX-License-Identifier: MIT */
#include "base/text.h"
#include "fuzz.h"
#include "platform/files.h"
#include <stdlib.h>
#include <string.h>

static struct buf join(struct arena *a, const struct file_pieces *v)
{
    struct buf b;
    buf_init(&b, a);
    for (size_t i = 0; i < v->n; i++)
        buf_add(&b, v->v[i].p, v->v[i].n);
    return b;
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    struct arena *a = arena_new(0);
    struct file_pieces once, twice;
    bool large;
    enum file_kind kind = file_sniff(p, n);
    if (kind != FILE_UNKNOWN && file_clean(a, kind, p, n, &once, &large)) {
        struct buf x = join(a, &once);
        if (!file_clean(a, kind, (const uint8_t *)x.p, x.n, &twice, &large))
            abort();
        struct buf y = join(a, &twice);
        if (x.n != y.n || memcmp(x.p, y.p, x.n) != 0 || (int64_t)once.width * once.height > FILE_MAX_PIXELS)
            abort();
    }
    arena_free(a);
    return 0;
}
