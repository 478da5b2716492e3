/* arena.c - bump allocator in doubling blocks. SPDX-License-Identifier: MIT */
#include "base/arena.h"
#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_BLOCK 4096
#define MAX_BLOCK   (256 * 1024)
#define DEFAULT_CAP ((size_t)64 << 20)

struct block {
    struct block *next;
    size_t size, used;
    alignas(max_align_t) char data[];
};
struct cleanup {
    struct cleanup *next;
    void (*fn)(void *);
    void *arg;
};
struct arena {
    struct block *blocks; /* newest first */
    struct cleanup *cleanups;
    size_t used, cap;
};

static _Noreturn void die(const char *why)
{
    fprintf(stderr, "{\"level\":\"fatal\",\"event\":\"arena.%s\"}\n", why);
    abort();
}

struct arena *arena_new(size_t cap_bytes)
{
    struct arena *a = calloc(1, sizeof *a);
    if (!a)
        die("out_of_memory");
    a->cap = cap_bytes ? cap_bytes : DEFAULT_CAP;
    return a;
}

static void release(struct arena *a, struct block *keep)
{
    while (a->cleanups) { /* a cleanup lives in a block: run all before freeing any */
        struct cleanup *c = a->cleanups;
        a->cleanups = c->next;
        c->fn(c->arg);
    }
    while (a->blocks) {
        struct block *b = a->blocks;
        a->blocks = b->next;
        if (b != keep)
            free(b);
    }
    a->blocks = keep;
    a->used = 0;
    if (keep) {
        keep->next = NULL;
        memset(keep->data, 0, keep->used);
        keep->used = 0;
    }
}

void arena_free(struct arena *a)
{
    if (!a)
        return;
    release(a, NULL);
    free(a);
}

void arena_reset(struct arena *a)
{
    struct block *first = NULL;
#ifndef ANJU_ARENA_DEBUG
    for (struct block *b = a->blocks; b; b = b->next)
        first = b;
#endif
    release(a, first);
}

size_t arena_used(const struct arena *a)
{
    return a->used;
}

static struct block *add_block(struct arena *a, size_t need)
{
    size_t size = need;
#ifndef ANJU_ARENA_DEBUG
    size = a->blocks ? a->blocks->size * 2 : FIRST_BLOCK;
    if (size > MAX_BLOCK)
        size = MAX_BLOCK;
    if (size < need)
        size = need;
#endif
    struct block *b = calloc(1, sizeof *b + size); /* freed by release(), from the list */
    if (!b)
        die("out_of_memory");
    b->size = size;
    b->next = a->blocks;
    a->blocks = b;
    return b;
}

void *arena_alloc(struct arena *a, size_t n)
{
    size_t need = (n + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
    if (need < n || a->used + need > a->cap)
        die("over_cap");
#ifdef ANJU_ARENA_DEBUG
    struct block *b = add_block(a, n ? n : 1); /* exact size: ASan sees the first byte past the end */
    b->used = b->size;
    a->used += need;
    return b->data;
#else
    struct block *b = a->blocks;
    if (!b || b->size - b->used < need)
        b = add_block(a, need);
    void *p = b->data + b->used;
    b->used += need;
    a->used += need;
    return p;
#endif
}

void *arena_memdup(struct arena *a, const void *p, size_t n)
{
    void *d = arena_alloc(a, n);
    if (n)
        memcpy(d, p, n);
    return d;
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
    char *d = arena_alloc(a, n + 1);
    if (n)
        memcpy(d, s, n);
    return d;
}

char *arena_strdup(struct arena *a, const char *s)
{
    return s ? arena_strndup(a, s, strlen(s)) : NULL;
}

char *arena_vprintf(struct arena *a, const char *fmt, va_list ap)
{
    char small[256]; /* most texts fit: formatting once is half the work */
    va_list again;
    va_copy(again, ap);
    int n = vsnprintf(small, sizeof small, fmt, again);
    va_end(again);
    if (n < 0)
        die("bad_format");
    char *s = arena_alloc(a, (size_t)n + 1);
    if ((size_t)n < sizeof small)
        memcpy(s, small, (size_t)n + 1);
    else
        vsnprintf(s, (size_t)n + 1, fmt, ap);
    return s;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    char *s = arena_vprintf(a, fmt, ap);
    va_end(ap);
    return s;
}

void arena_defer(struct arena *a, void (*fn)(void *arg), void *arg)
{
    struct cleanup *c = arena_alloc(a, sizeof *c);
    *c = (struct cleanup){a->cleanups, fn, arg};
    a->cleanups = c;
}
