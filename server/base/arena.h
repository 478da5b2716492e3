/* arena.h - memory with one lifetime: everything allocated from an arena dies with it.
 *
 * Allocation never returns NULL: past the cap or out of memory the process stops (the caps are far
 * above what a legal request can need; json.c and http.c refuse earlier). With ANJU_ARENA_DEBUG each
 * allocation is its own malloc so that ASan sees every overrun.
 * OWNERSHIP: what is returned belongs to the arena.  THREAD: one thread at a time.
 * SPDX-License-Identifier: MIT */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H
#include <stdarg.h>
#include <stddef.h>

struct arena;

struct arena *arena_new(size_t cap_bytes); /* cap: 0 = 64 MiB */
void arena_free(struct arena *a);          /* runs the deferred cleanups, newest first; NULL is fine */
void arena_reset(struct arena *a);         /* the same, but keeps the arena (and its first block) for reuse */
size_t arena_used(const struct arena *a);

void *arena_alloc(struct arena *a, size_t n) __attribute__((malloc, alloc_size(2), returns_nonnull)); /* zeroed */
char *arena_strdup(struct arena *a, const char *s);                                                   /* NULL -> NULL */
char *arena_strndup(struct arena *a, const char *s, size_t n);
void *arena_memdup(struct arena *a, const void *p, size_t n);
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *a, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));

/* Runs fn(arg) when the arena is reset or freed: for handles that must not outlive the request. */
void arena_defer(struct arena *a, void (*fn)(void *arg), void *arg);

#endif
