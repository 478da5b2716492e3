/* crash.c - does an acknowledged write survive?   faults_crash kill|power|teeth ROUNDS
 *
 *   kill    kill -9 at a random moment: nothing acknowledged may be missing, no pair torn
 *   power   the same, and whatever was not synced is lost (fault_vfs)
 *   teeth   power with synchronous=NORMAL: it must lose rows, or the test above proves nothing
 *
 * The child writes pairs of rows, 64 jobs in flight, and tells the ids of answered jobs through a pipe. One
 * database goes through all the rounds.  SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "platform/events.h"
#include "platform/store/db.h"
#include "platform/store/store.h"
#include "tests/faults/fault_vfs.h"
#include <signal.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define IN_FLIGHT 64
#define MAX_ACKS  4000000

STMT(q_left, "crash.left", "INSERT INTO outbox(id, kind, ref, created_at) VALUES ($1, 'left', $1, $2)");
STMT(q_right, "crash.right", "INSERT INTO outbox(id, kind, ref, created_at) VALUES ($1 + 1, 'right', $1, $2)");

struct writer {
    struct job job;
    struct ctx cx;
    struct arena *arena;
    int64_t id;
};
static struct writer writers[IN_FLIGHT];
static _Atomic int64_t next_id;
static struct store *store;
static int ack_fd;

static enum err write_pair(struct ctx *cx, void *arg)
{
    struct writer *w = arg;
    enum err e = db_exec(cx, &q_left, ARGS(I64(w->id), I64(cx->now)), NULL);
    cx_emit(cx, "user:1", "crash", "{}");
    return e ? e : db_exec(cx, &q_right, ARGS(I64(w->id), I64(cx->now)), NULL);
}

static void start(struct writer *w)
{
    arena_reset(w->arena);
    cx_init(&w->cx, w->arena, store);
    w->id = atomic_fetch_add(&next_id, 2);
    if (!store_submit_write(store, &w->job))
        abort();
}

static void answered(struct job *job, enum err e)
{
    struct writer *w = job->arg;
    if (e || write(ack_fd, &w->id, sizeof w->id) != sizeof w->id)
        _exit(3);
    start(w);
}

static struct store *open_store(const char *path, bool normal)
{
    static char url[256], migrations[512];
    const char *why = "", *source = getenv("ANJU_SOURCE");
    struct arena *a = arena_new(0);
    snprintf(url, sizeof url, "sqlite:%s", path);
    snprintf(migrations, sizeof migrations, "%s/schema/migrations", source ? source : ".");
    struct store_config c = {.url = url, .migrations_dir = migrations, .readers = 1, .unsafe_normal = normal};
    struct store *s = store_open(&c, a, &why);
    if (!s) {
        fprintf(stderr, "open: %s\n", why);
        exit(4);
    }
    arena_free(a);
    return s;
}

static _Noreturn void child(const char *mode, const char *path, int64_t from, int fd)
{
    if (strcmp(mode, "kill") != 0)
        fault_vfs_install();
    store = open_store(path, !strcmp(mode, "teeth"));
    ack_fd = fd;
    atomic_store(&next_id, from);
    for (int i = 0; i < IN_FLIGHT; i++) {
        struct writer *w = &writers[i];
        w->arena = arena_new(0);
        w->job = (struct job){.cx = &w->cx, .run = write_pair, .done = answered, .arg = w};
        start(w);
    }
    for (;;)
        pause();
}

static int64_t number(sqlite3 *h, const char *sql, int64_t arg)
{
    sqlite3_stmt *st = NULL;
    if (sqlite3_prepare_v2(h, sql, -1, &st, NULL) != SQLITE_OK) {
        fprintf(stderr, "%s: %s\n", sql, sqlite3_errmsg(h));
        exit(1);
    }
    sqlite3_bind_int64(st, 1, arg);
    int64_t n = sqlite3_step(st) == SQLITE_ROW ? sqlite3_column_int64(st, 0) : 0;
    sqlite3_finalize(st);
    return n;
}

static int64_t count_lost(const char *path, const int64_t *ack, size_t n, int *broken)
{
    sqlite3 *h;
    sqlite3_stmt *st, *ok;
    int64_t lost = 0;
    if (sqlite3_open(path, &h) != SQLITE_OK)
        exit(1);
    number(h, "SELECT COUNT(*) FROM outbox", 0); /* reads the log */
    sqlite3_prepare_v2(h, "SELECT COUNT(*) FROM outbox WHERE id = ?1 OR id = ?1 + 1", -1, &st, NULL);
    for (size_t i = 0; i < n; i++) {
        sqlite3_bind_int64(st, 1, ack[i]);
        sqlite3_step(st);
        lost += sqlite3_column_int64(st, 0) != 2;
        sqlite3_reset(st);
    }
    sqlite3_finalize(st);
    sqlite3_prepare_v2(h, "PRAGMA integrity_check", -1, &ok, NULL);
    sqlite3_step(ok);
    *broken += strcmp((const char *)sqlite3_column_text(ok, 0), "ok") != 0;
    sqlite3_finalize(ok);
    *broken += number(h,
                      "SELECT COUNT(*) FROM outbox a WHERE NOT EXISTS(SELECT 1 FROM outbox b WHERE b.id ="
                      " CASE a.kind WHEN 'left' THEN a.id + 1 ELSE a.id - 1 END)",
                      0) != 0;
    *broken += number(h, "SELECT COUNT(*) * 2 FROM event", 0) != number(h, "SELECT COUNT(*) FROM outbox", 0);
    *broken +=
        number(h, "SELECT seq FROM topic_seq WHERE topic = 'user:1'", 0) != number(h, "SELECT MAX(seq) FROM event", 0);
    sqlite3_close(h);
    return lost;
}

/* Collects acknowledgements until the child is killed `ms` after the first one, and then what was in the pipe. */
static size_t collect(pid_t pid, int fd, int64_t ms, int64_t *ack, size_t n)
{
    int64_t until = 0;
    while (n < MAX_ACKS && read(fd, &ack[n], sizeof *ack) == sizeof *ack) {
        n++;
        if (!until)
            until = clock_mono_ms() + ms;
        else if (until > 0 && clock_mono_ms() >= until) {
            kill(pid, SIGKILL);
            until = -1;
        }
    }
    return n;
}

int main(int argc, char **argv)
{
    if (argc == 6)
        child(argv[2], argv[3], atoll(argv[4]), atoi(argv[5]));
    if (argc != 3)
        return 2;
    char dir[] = "/tmp/anju-crash-XXXXXX", path[64], from[32], fd[16];
    int64_t *ack = malloc(MAX_ACKS * sizeof *ack), lost = 0;
    size_t n = 0;
    int broken = 0, rounds = atoi(argv[2]);
    unsigned seed = (unsigned)clock_mono_us();
    if (!mkdtemp(dir) || !ack)
        return 1;
    snprintf(path, sizeof path, "%s/c.db", dir);
    store_close(open_store(path, false)); /* the tables are on the disk before the first cut */
    for (int i = 0; i < rounds; i++) {
        int p[2], status;
        if (pipe(p) != 0)
            return 1;
        snprintf(from, sizeof from, "%lld", (long long)(i + 1) * 100000000);
        snprintf(fd, sizeof fd, "%d", p[1]);
        pid_t pid = fork();
        if (pid == 0) {
            close(p[0]);
            execl("/proc/self/exe", argv[0], "child", argv[1], path, from, fd, (char *)NULL);
            _exit(9);
        }
        close(p[1]);
        size_t before = n;
        n = collect(pid, p[0], 20 + rand_r(&seed) % 300, ack, n);
        close(p[0]);
        waitpid(pid, &status, 0);
        if (!WIFSIGNALED(status) || n == before) {
            fprintf(stderr, "the child ended by itself: %d\n", status);
            return 1;
        }
        lost += count_lost(path, ack + before, n - before, &broken);
    }
    bool teeth = !strcmp(argv[1], "teeth");
    printf("%s: %d rounds, %zu acknowledged, %lld lost, %d broken\n", argv[1], rounds, n, (long long)lost, broken);
    for (const char *const *s = (const char *const[]){"", "-wal", "-shm", NULL}; *s; s++) {
        snprintf(path, sizeof path, "%s/c.db%s", dir, *s);
        unlink(path);
    }
    rmdir(dir);
    free(ack);
    return broken || (lost > 0) != teeth;
}
