/* backup.c - see backup.h. SPDX-License-Identifier: MIT */
#include "platform/store/backup.h"
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char said[256];

static bool fail(sqlite3 *db, const char **why)
{
    snprintf(said, sizeof said, "%s", sqlite3_errmsg(db));
    *why = said;
    return false;
}

static bool copy(sqlite3 *src, sqlite3 *dst, const char **why)
{
    /* an open read keeps the snapshot: without it every commit of the server would restart the copy */
    if (sqlite3_exec(src, "BEGIN; SELECT COUNT(*) FROM sqlite_master", NULL, NULL, NULL) != SQLITE_OK)
        return fail(src, why);
    sqlite3_backup *b = sqlite3_backup_init(dst, "main", src, "main");
    if (!b)
        return fail(dst, why);
    int rc;
    while ((rc = sqlite3_backup_step(b, 1024)) == SQLITE_OK || rc == SQLITE_BUSY || rc == SQLITE_LOCKED)
        sqlite3_sleep(2);
    sqlite3_backup_finish(b);
    return rc == SQLITE_DONE || fail(dst, why);
}

static int on_check(void *ok, int n, char **v, char **names)
{
    (void)names;
    *(bool *)ok = n == 1 && v[0] && strcmp(v[0], "ok") == 0;
    return 0;
}

bool sqlite_backup(const char *from, const char *to, const char **why)
{
    sqlite3 *src = NULL, *dst = NULL;
    bool ok = false, sound = false;
    if (access(to, F_OK) == 0) {
        *why = "the target exists";
        return false;
    }
    if (sqlite3_open_v2(from, &src, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
        fail(src, why);
    else if (sqlite3_open_v2(to, &dst, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) != SQLITE_OK)
        fail(dst, why);
    else
        ok = copy(src, dst, why);
    if (ok && (sqlite3_exec(dst, "PRAGMA quick_check", on_check, &sound, NULL) != SQLITE_OK || !sound)) {
        *why = "the copy does not pass quick_check";
        ok = false;
    }
    sqlite3_close(dst);
    sqlite3_close(src);
    if (!ok && dst)
        unlink(to);
    return ok;
}
