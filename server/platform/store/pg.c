/* pg.c - the PostgreSQL driver. SPDX-License-Identifier: MIT */
#include "platform/store/driver.h"
#include <stdio.h>

static struct db *pg_open(const char *url, enum db_mode mode, char *why, size_t cap)
{
    (void)url, (void)mode;
    snprintf(why, cap, "not built in");
    return NULL;
}

const struct driver pg_driver = {.open = pg_open};
