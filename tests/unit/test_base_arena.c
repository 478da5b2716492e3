/* test_base_arena.c - the arena in its normal form; test_base_arena_debug.c runs the same on the debug form.
 * The source is included so that both forms are tested whatever the build. SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#ifndef ARENA_TEST_DEBUG
#undef ANJU_ARENA_DEBUG
#endif
#include "server/base/arena.c"
#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static void allocates(void **state)
{
    (void)state;
    struct arena *a = arena_new(0);
    for (size_t n = 0; n < 3000; n++) {
        unsigned char *p = arena_alloc(a, n);
        assert_int_equal((uintptr_t)p % alignof(max_align_t), 0);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(p[i], 0);
        memset(p, 0xAA, n);
    }
    char *big = arena_alloc(a, 3 << 20);
    memset(big, 1, 3 << 20);
    assert_true(arena_used(a) > (3u << 20));
    arena_reset(a);
    assert_int_equal(arena_used(a), 0);
    for (size_t n = 1; n < 500; n++) { /* what is reused is zeroed again */
        unsigned char *p = arena_alloc(a, n);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(p[i], 0);
    }
    assert_null(arena_strdup(a, NULL));
    assert_string_equal(arena_strdup(a, "x"), "x");
    assert_string_equal(arena_strndup(a, "xyz", 2), "xy");
    assert_string_equal(arena_printf(a, "%d-%s", 7, "s"), "7-s");
    assert_memory_equal(arena_memdup(a, "a\0b", 3), "a\0b", 3);
    arena_free(a);
    arena_free(NULL);
}

static char order[8];

static void note(void *arg)
{
    strncat(order, arg, 1);
}

static void defers(void **state)
{
    (void)state;
    struct arena *a = arena_new(0);
    order[0] = '\0';
    arena_defer(a, note, (char[]){"1"});
    arena_defer(a, note, (char[]){"2"});
    arena_reset(a);
    assert_string_equal(order, "21");
    arena_defer(a, note, (char[]){"3"});
    arena_free(a);
    assert_string_equal(order, "213");
}

static int dies(size_t first, size_t second)
{
    int status = 0;
    pid_t pid = fork();
    if (pid == 0) {
        int null = open("/dev/null", O_WRONLY);
        dup2(null, 2);
        signal(SIGABRT, SIG_DFL);
        struct arena *a = arena_new(1000);
        arena_alloc(a, first);
        arena_alloc(a, second);
        _exit(0);
    }
    waitpid(pid, &status, 0);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void capped(void **state)
{
    (void)state;
    assert_false(dies(500, 400));
    assert_true(dies(500, 600));
    volatile size_t huge = SIZE_MAX - 4;
    assert_true(dies(1, huge));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(allocates), cmocka_unit_test(defers), cmocka_unit_test(capped)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
