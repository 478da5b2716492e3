/* seed_open.c - see seed.h. SPDX-License-Identifier: MIT */
#include "base/id.h"
#include "base/log.h"
#include "load.h"
#include "platform/config.h"
#include "platform/crypto/crypto.h"
#include "seed.h"
#include <stdio.h>
#include <string.h>

struct store *bench_open(const char *config_path, struct arena *a)
{
    const char *why = "configuration";
    if (config_load(config_path, stderr) != OK)
        give_up("%s", why);
    const struct config *c = config();
    log_set_level(LOG_LV_WARN);
    id_set_node((unsigned)c->node);
    const char *hex = config_secret(a, arena_printf(a, "%s/secret.key", c->data_dir), &why);
    if (!hex || !crypto_load_master(hex))
        give_up("secret.key: %s", why);
    struct store_config sc = {.url = str_empty(c->store_url) ? arena_printf(a, "sqlite:%s/anju.db", c->data_dir)
                                                             : c->store_url,
                              .migrations_dir = arena_printf(a, "%s/migrations", c->schema_dir),
                              .readers = (int)c->readers,
                              .queue_max = (int)c->queue_max};
    struct store *s = store_open(&sc, a, &why);
    if (!s)
        give_up("store: %s", why);
    return s;
}
