/* backup.c - anjud backup TO: a consistent copy of a SQLite store, also while the server runs. One read snapshot held
 * on the source keeps the copy from starting again at every commit. PostgreSQL has its own tools (pg_basebackup).
 * SPDX-License-Identifier: MIT */
#include "platform/store/backup.h"
#include "base/text.h"
#include "main/parts.h"
#include "platform/config.h"
#include <string.h>

int cmd_backup(const char *config_path, const char *to)
{
    char path[4096];
    const char *why = "";
    if (config_load(config_path, stderr) != OK)
        return 2;
    const char *url = config()->store_url;
    if (!str_empty(url) && !str_starts(url, "sqlite:")) {
        fputs("backup: only for SQLite; use pg_basebackup for PostgreSQL\n", stderr);
        return 2;
    }
    if (str_empty(url))
        snprintf(path, sizeof path, "%s/anju.db", config()->data_dir);
    else
        snprintf(path, sizeof path, "%s", url + 7);
    if (!sqlite_backup(path, to, &why)) {
        fprintf(stderr, "backup: %s\n", why);
        return 1;
    }
    printf("backup: %s\n", to);
    return 0;
}
