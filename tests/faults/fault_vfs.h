/* fault_vfs.h - a SQLite VFS over the real one, made the default by fault_vfs_install(). It keeps the database
 * and its log in memory until they are synced, so that kill -9 loses what a power cut would lose, and it can run
 * out of room or fail. THREAD: any.  SPDX-License-Identifier: MIT */
#ifndef TESTS_FAULTS_FAULT_VFS_H
#define TESTS_FAULTS_FAULT_VFS_H
#include <stdint.h>

void fault_vfs_install(void);
void fault_room(int64_t bytes);      /* files may grow by so much before SQLITE_FULL; -1: no limit */
void fault_write(int rc, int after); /* from the after-th write on every write answers rc; 0: none */
void fault_sync(int rc);             /* every sync answers rc; 0: none */
int64_t fault_writes(void), fault_syncs(void);

#endif
