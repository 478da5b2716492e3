/* migrate.c - schema versions. A file that has been applied is never edited: its SHA-256 is compared at every
 * start. Row 0 of schema_version is a lock: on PostgreSQL several nodes may start at once, the second waits there.
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/log.h"
#include "platform/store/digest.h"
#include "platform/store/driver.h"
#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MAX_FILES 9999
#define MAX_BYTES (1 << 20)
#define TRIES     20

STMT(q_lock, "migrate.lock",
     "INSERT INTO schema_version(n, name, sha256, at) VALUES (0, 'lock', '', $1)"
     " ON CONFLICT (n) DO UPDATE SET at = excluded.at");
STMT(q_list, "migrate.list", "SELECT n, name, sha256 FROM schema_version WHERE n > 0 ORDER BY n");
STMT(q_add, "migrate.add", "INSERT INTO schema_version(n, name, sha256, at) VALUES ($1, $2, $3, $4)");

static const char table_sql[] = "CREATE TABLE IF NOT EXISTS schema_version(n @ID, name TEXT NOT NULL,"
                                " sha256 TEXT NOT NULL, at @INT NOT NULL)";

struct file {
    const char *name, *sql;
    char sha[65];
};
struct run {
    struct ctx *cx;
    struct db *db;
    struct file *file;
    int64_t nfile, applied;
    const char *why;
};

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_migration(const struct dirent *d)
{
    size_t n = strlen(d->d_name);
    return n > 9 && d->d_name[0] != '.' && !strcmp(d->d_name + n - 4, ".sql");
}

static const char *read_whole(struct run *m, const char *dir, const char *name, char sha[65])
{
    struct arena *a = m->cx->arena;
    FILE *f = fopen(arena_printf(a, "%s/%s", dir, name), "rbe");
    if (!f)
        return NULL;
    char *text = arena_alloc(a, MAX_BYTES + 1);
    size_t n = fread(text, 1, MAX_BYTES, f);
    bool whole = !ferror(f) && n < MAX_BYTES;
    fclose(f);
    digest_hex(text, n, sha);
    return whole && utf8_valid(text, n) ? text : NULL;
}

/* Files are 0001_x.sql, 0002_y.sql, ...: the number is the place in the list. */
static enum err load(struct run *m, const char *dir)
{
    struct dirent **list = NULL;
    enum err e = OK;
    int n = scandir(dir, &list, is_migration, by_name);
    if (n < 1 || n > MAX_FILES) {
        m->why = arena_printf(m->cx->arena, "no migrations in %s", dir);
        e = ERR_INTERNAL;
    } else {
        m->file = arena_alloc(m->cx->arena, (size_t)n * sizeof *m->file);
    }
    for (int i = 0; i < n; i++) {
        const char *name = arena_strdup(m->cx->arena, list[i]->d_name);
        int64_t no = 0;
        free(list[i]);
        if (e)
            continue;
        if (!parse_i64_n(name, 4, &no) || name[4] != '_' || no != i + 1) {
            m->why =
                arena_printf(m->cx->arena, "migrations must count without a gap: %s is not number %d", name, i + 1);
            e = ERR_INTERNAL;
            continue;
        }
        m->file[i].name = name;
        m->file[i].sql = read_whole(m, dir, name, m->file[i].sha);
        if (!m->file[i].sql) {
            m->why = arena_printf(m->cx->arena, "cannot read migration %s", name);
            e = ERR_INTERNAL;
        }
    }
    free(list);
    m->nfile = n > 0 ? n : 0;
    return e;
}

/* The length of a quoted string or comment that starts at s, else 0: tokens in them stay as they are. */
static size_t opaque(const char *s)
{
    const char *end;
    if (*s == '\'' || *s == '"')
        end = strchr(s + 1, *s);
    else if (s[0] == '-' && s[1] == '-')
        end = strchr(s, '\n');
    else
        return 0;
    return end ? (size_t)(end - s) + 1 : strlen(s);
}

static const char *translate(struct run *m, const char *sql)
{
    struct buf b;
    buf_init(&b, m->cx->arena);
    while (*sql) {
        size_t n = opaque(sql);
        if (!n && *sql != '@')
            n = strcspn(sql + 1, "'\"-@") + 1;
        if (n) {
            buf_add(&b, sql, n);
            sql += n;
            continue;
        }
        for (n = 1; isalnum((unsigned char)sql[n]) || sql[n] == '_'; n++)
            ;
        const char *text = m->db->driver->ddl(sql + 1, n - 1);
        if (!text) {
            m->why = arena_printf(m->cx->arena, "unknown token %.*s", (int)n, sql);
            return NULL;
        }
        buf_str(&b, text);
        sql += n;
    }
    return buf_cstr(&b);
}

static enum err compare(struct ctx *cx, const struct row *r, void *out)
{
    struct run *m = out;
    int64_t n = row_i64(r, 0);
    const char *name = row_text(cx, r, 1), *sha = row_text(cx, r, 2);
    m->applied++;
    if (n != m->applied)
        m->why = arena_printf(cx->arena, "migration %d is missing in the database", (int)m->applied);
    else if (n > m->nfile)
        m->why = arena_printf(cx->arena, "the database is newer than this program: it has %s", name);
    else if (!str_eq(sha, m->file[n - 1].sha))
        m->why = arena_printf(cx->arena, "migration %s was changed after it had been applied", m->file[n - 1].name);
    return m->why ? ERR_INTERNAL : OK;
}

static enum err apply(struct run *m, int64_t i)
{
    const struct file *f = &m->file[i];
    const char *sql = translate(m, f->sql);
    enum err e = sql ? m->db->driver->script(m->db, sql) : ERR_INTERNAL;
    if (e == ERR_RETRY)
        return e;
    if (!e)
        e = db_exec(m->cx, &q_add, ARGS(I64(i + 1), TXT(f->name), TXT(f->sha), I64(m->cx->now)), NULL);
    if (e)
        m->why = arena_printf(m->cx->arena, "migration %s failed%s%s; see the log", f->name, m->why ? ": " : "",
                              m->why ? m->why : "");
    else
        log_info("store.migrated", L_S("file", f->name));
    return e;
}

static enum err attempt(struct run *m)
{
    struct db *db = m->db;
    m->applied = 0;
    enum err e = db->driver->ctl(db, CTL_BEGIN);
    if (e)
        return e;
    db_fresh(db);
    e = db->driver->script(db, translate(m, table_sql));
    if (e) { /* PostgreSQL: two nodes at once make the second one's CREATE fail by a unique key */
        db->driver->ctl(db, CTL_ROLLBACK);
        return e == ERR_EXISTS ? ERR_RETRY : e;
    }
    e = db_exec(m->cx, &q_lock, ARGS(I64(m->cx->now)), NULL);
    if (!e)
        e = db_each(m->cx, &q_list, NO_ARGS, compare, m);
    for (int64_t i = m->applied; !e && i < m->nfile; i++)
        e = apply(m, i);
    if (!e)
        e = db->driver->ctl(db, CTL_COMMIT);
    if (e && db->driver->ctl(db, CTL_ROLLBACK) && !db->lost)
        db->lost = true;
    return e;
}

enum err migrate(struct db *db, const char *dir, struct arena *a, const char **why)
{
    struct ctx cx;
    cx_init(&cx, a, NULL);
    cx.db = db;
    struct run m = {.cx = &cx, .db = db};
    enum err e = load(&m, dir);
    for (int i = 0; !e && i < TRIES; i++) {
        e = attempt(&m);
        if (e != ERR_RETRY)
            break;
        nanosleep(&(struct timespec){.tv_nsec = 50 * 1000 * 1000}, NULL);
        e = i + 1 < TRIES ? OK : e;
    }
    if (e)
        *why = m.why ? m.why : "the schema cannot be read; see the log";
    return e;
}
