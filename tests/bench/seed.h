/* seed.h - a store opened as anjud opens it, and more people than the demo has. SPDX-License-Identifier: MIT */
#ifndef TESTS_BENCH_SEED_H
#define TESTS_BENCH_SEED_H
#include "platform/store/store.h"

/* Configuration, node, master key, store of an installation that `anjud demo` has filled. Ends the program on failure. */
struct store *bench_open(const char *config_path, struct arena *a);

#endif
