/* backup.h - consistent copy of a SQLite file in use. SPDX-License-Identifier: MIT */
#ifndef PLATFORM_STORE_BACKUP_H
#define PLATFORM_STORE_BACKUP_H
#include <stdbool.h>
/* to must not exist. The copy is checked (quick_check) before it counts. *why: static or sqlite's words. */
bool sqlite_backup(const char *from, const char *to, const char **why);
#endif
