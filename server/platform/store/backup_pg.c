/* backup_pg.c - PostgreSQL is copied and restored by its own programs, pg_dump and pg_restore, found on PATH. The connection
 * reaches them by environment: an argument would show its password to everybody on the machine.
 * SPDX-License-Identifier: MIT */
#include "platform/store/backup.h"
#include <errno.h>
#include <libpq-fe.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

extern char **environ;

#define ENV_MAX 64
static char said[256];

static bool fail(const char **why, const char *text)
{
    snprintf(said, sizeof said, "%s", text);
    *why = said;
    return false;
}

/* libpq's own names: host -> PGHOST, ... */
static const char *const keys[][2] = {
    {"host",            "PGHOST"           },
    {"hostaddr",        "PGHOSTADDR"       },
    {"port",            "PGPORT"           },
    {"dbname",          "PGDATABASE"       },
    {"user",            "PGUSER"           },
    {"password",        "PGPASSWORD"       },
    {"passfile",        "PGPASSFILE"       },
    {"sslmode",         "PGSSLMODE"        },
    {"sslrootcert",     "PGSSLROOTCERT"    },
    {"sslcert",         "PGSSLCERT"        },
    {"sslkey",          "PGSSLKEY"         },
    {"connect_timeout", "PGCONNECT_TIMEOUT"}
};
#define KEYS (sizeof keys / sizeof keys[0])

static const char *key_env(const char *keyword)
{
    for (size_t i = 0; i < KEYS; i++)
        if (strcmp(keys[i][0], keyword) == 0)
            return keys[i][1];
    return NULL;
}

static void env_free(char **env, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(env[i]);
}

static int run(char *const argv[], char *const env[])
{
    pid_t pid;
    int status = 0, rc = posix_spawnp(&pid, argv[0], NULL, NULL, argv, env);
    if (rc != 0)
        return -rc;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static bool with_database(const char *url, char *const argv[], const char **why)
{
    char *error = NULL, *env[ENV_MAX + KEYS + 1];
    size_t made = 0, n = 0;
    PQconninfoOption *o = PQconninfoParse(url, &error);
    if (!o) {
        PQfreemem(error);
        return fail(why, "store_url is not a PostgreSQL connection");
    }
    for (PQconninfoOption *p = o; p->keyword; p++) {
        const char *name = p->val ? key_env(p->keyword) : NULL;
        if (name && asprintf(&env[made], "%s=%s", name, p->val) > 0)
            made++;
    }
    n = made;
    for (char **e = environ; *e && n < ENV_MAX + KEYS; e++)
        if (strncmp(*e, "PG", 2) != 0)
            env[n++] = *e;
    env[n] = NULL;
    int rc = run(argv, env);
    env_free(env, made);
    PQconninfoFree(o);
    if (rc < 0)
        return fail(why, strerror(-rc));
    if (rc != 0)
        snprintf(said, sizeof said, "%s ended with code %d", argv[0], rc);
    *why = said;
    return rc == 0;
}

bool pg_backup(const char *url, const char *to, const char **why)
{
    char *argv[] = {(char *)"pg_dump", (char *)"-Fc", (char *)"--no-owner", (char *)"-f", (char *)(size_t)to, NULL};
    return with_database(url, argv, why);
}

bool pg_restore(const char *url, const char *from, const char **why)
{
    char *argv[] = {(char *)"pg_restore",
                    (char *)"--no-owner",
                    (char *)"--exit-on-error",
                    (char *)"--single-transaction",
                    (char *)"-d",
                    NULL,
                    (char *)(size_t)from,
                    NULL};
    char *error = NULL, *name = NULL;
    PQconninfoOption *o = PQconninfoParse(url, &error);
    for (PQconninfoOption *p = o; p && p->keyword; p++)
        if (strcmp(p->keyword, "dbname") == 0 && p->val && !name)
            name = strdup(p->val);
    PQconninfoFree(o);
    PQfreemem(error);
    if (!name)
        return fail(why, "store_url names no database");
    argv[5] = name;
    bool good = with_database(url, argv, why);
    free(name);
    return good;
}

bool pg_empty(const char *url, bool *empty, const char **why)
{
    PGconn *c = PQconnectdb(url);
    PGresult *r = PQstatus(c) == CONNECTION_OK
                      ? PQexec(c, "SELECT 1 FROM pg_tables WHERE schemaname = current_schema() LIMIT 1")
                      : NULL;
    bool good = PQresultStatus(r) == PGRES_TUPLES_OK;
    *empty = good && PQntuples(r) == 0;
    if (!good)
        fail(why, PQerrorMessage(c));
    PQclear(r);
    PQfinish(c);
    return good;
}
