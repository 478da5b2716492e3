/* test_base_arena_debug.c - see test_base_arena.c. SPDX-License-Identifier: MIT */
#define ARENA_TEST_DEBUG
#ifndef ANJU_ARENA_DEBUG
#define ANJU_ARENA_DEBUG
#endif
#include "tests/unit/test_base_arena.c"
