/* backup.h - consistent copies of a store in use, and back. *why: static text. SPDX-License-Identifier: MIT */
#ifndef PLATFORM_STORE_BACKUP_H
#define PLATFORM_STORE_BACKUP_H
#include <stdbool.h>
/* to must not exist. The copy is checked (quick_check) before it counts. */
bool sqlite_backup(const char *from, const char *to, const char **why);
/* By pg_dump and pg_restore; restoring needs an empty database and is one transaction. */
bool pg_backup(const char *url, const char *to, const char **why);
bool pg_restore(const char *url, const char *from, const char **why);
bool pg_empty(const char *url, bool *empty, const char **why); /* has it no tables? */
#endif
