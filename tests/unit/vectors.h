/* vectors.h - the published vectors of the payment, cloud and mini-program protocols, read where they are, never kept here:
 * $ANJU_VECTORS or ../shared/spec/vectors beside the source.  Include after cmocka.h and base/arena.h.
 * SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_VECTORS_H
#define TESTS_UNIT_VECTORS_H
#include "base/arena.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Their folder. Where they are missing the running test ends as SKIPPED, never as passed. */
__attribute__((unused)) static const char *vectors(struct arena *a)
{
    const char *dir_env = getenv("ANJU_VECTORS"), *source = getenv("ANJU_SOURCE");
    const char *d = dir_env ? dir_env : arena_printf(a, "%s/../shared/spec/vectors", source ? source : ".");
    if (access(d, R_OK) != 0) {
        print_message("published vectors: skipped\n");
        skip();
    }
    return d;
}

/* The whole file, at most 256 KiB, in the arena; n may be NULL. */
__attribute__((unused)) static char *slurp(struct arena *a, const char *folder, const char *name, size_t *n)
{
    char *path = arena_printf(a, "%s/%s", folder, name), *text = arena_alloc(a, 1 << 18);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    size_t got = fread(text, 1, (1 << 18) - 1, f);
    fclose(f);
    if (n)
        *n = got;
    return text;
}

#endif
