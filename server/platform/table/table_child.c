/* table_child.c - strangers' files are parsed in a process of their own, which has nothing and may do nothing.
 *
 *   parent                                             child (this program again, argv[1] "table-read", empty environment)
 *   file ------------------------------ stdin -------> read, pread, write, memory, exit: every other system call kills it
 *   row by row, lengths checked <------ stdout ------- 'R' number u32, cells u16, each u16 length and bytes
 *                                                      'F' problem u8, place 16 bytes | 'E' rows u32: the whole file
 * A child that dies, hangs or talks nonsense is TABLE_CHILD or TABLE_TIME; nothing of it is believed.
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "platform/table/csv.h"
#include "platform/table/table_int.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1 /* their run-times need more of everything than the sandbox grants */
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

#define CHILD_MEMORY (320u << 20)
#define OUT_SIZE     65536

/* ---- the child ---- */

#if defined(__x86_64__)
#define OUR_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OUR_ARCH AUDIT_ARCH_AARCH64
#endif

#ifdef OUR_ARCH
#define ALLOW(nr) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_##nr, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
static bool lock_calls(void)
{
    struct sock_filter f[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, OUR_ARCH, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        ALLOW(read),
        ALLOW(pread64),
        ALLOW(write),
        ALLOW(lseek),
        ALLOW(fstat),
#ifdef __NR_newfstatat
        ALLOW(newfstatat),
#endif
        ALLOW(mmap),
        ALLOW(munmap),
        ALLOW(mremap),
        ALLOW(mprotect),
        ALLOW(madvise),
        ALLOW(brk),
        ALLOW(futex),
        ALLOW(getrandom),
        ALLOW(getpid), /* expat salts its tables with it where there is no getrandom */
        ALLOW(gettimeofday),
        ALLOW(clock_gettime),
        ALLOW(rt_sigreturn),
        ALLOW(close),
        ALLOW(exit),
        ALLOW(exit_group),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
    };
    struct sock_fprog prog = {.len = sizeof f / sizeof f[0], .filter = f};
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) == 0;
}
#else
static bool lock_calls(void)
{
    return true; /* limits and the empty environment remain */
}
#endif

static bool limit(int what, rlim_t v)
{
    struct rlimit l = {v, v};
    return setrlimit(what, &l) == 0;
}

static bool lock_down(void)
{
    bool good = limit(RLIMIT_CORE, 0) && limit(RLIMIT_FSIZE, 0) && limit(RLIMIT_CPU, TABLE_SECONDS) &&
                prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_PDEATHSIG, SIGKILL) == 0;
    if (SANITIZED || !good)
        return good;
    return limit(RLIMIT_AS, CHILD_MEMORY) && limit(RLIMIT_NPROC, 0) && lock_calls();
}

struct out {
    uint8_t p[OUT_SIZE];
    size_t n;
    bool bad;
};

static void out_flush(struct out *o)
{
    for (size_t at = 0; at < o->n && !o->bad;) {
        ssize_t n = write(STDOUT_FILENO, o->p + at, o->n - at);
        o->bad = n < 0 && errno != EINTR;
        at += n > 0 ? (size_t)n : 0;
    }
    o->n = 0;
}

static void out_add(struct out *o, const void *p, size_t n)
{
    if (o->n + n > OUT_SIZE)
        out_flush(o);
    memcpy(o->p + o->n, p, n); /* nothing is longer than a cell */
    o->n += n;
}

static void out_num(struct out *o, uint32_t v, size_t n)
{
    uint8_t b[4] = {(uint8_t)v, (uint8_t)(v >> 8), (uint8_t)(v >> 16), (uint8_t)(v >> 24)};
    out_add(o, b, n);
}

static bool out_row(void *arg, int64_t number, const char *const *cell, size_t n)
{
    struct out *o = arg;
    out_add(o, "R", 1);
    out_num(o, (uint32_t)number, 4);
    out_num(o, (uint32_t)n, 2);
    for (size_t i = 0; i < n; i++) {
        size_t len = strlen(cell[i]);
        out_num(o, (uint32_t)len, 2);
        out_add(o, cell[i], len);
    }
    return !o->bad;
}

int table_child(void)
{
    static struct out o;
    struct table_fault fault;
    if (!csv_warm() || !lock_down())
        return 3;
    struct arena *a = arena_new(CHILD_MEMORY);
    if (table_parse(a, STDIN_FILENO, out_row, &o, &fault)) {
        out_add(&o, "E", 1);
    } else {
        char place[sizeof fault.place] = {0};
        snprintf(place, sizeof place, "%s", fault.place);
        out_add(&o, "F", 1);
        out_num(&o, (uint32_t)fault.what, 1);
        out_add(&o, place, sizeof place);
    }
    out_flush(&o);
    _exit(o.bad ? 4 : 0);
}

/* ---- the parent ---- */

struct in {
    uint8_t p[OUT_SIZE];
    size_t at, n;
    int fd;
    int64_t deadline;
    enum table_problem bad; /* TABLE_CHILD or TABLE_TIME */
};

static bool in_fill(struct in *in)
{
    int64_t left = in->deadline - clock_mono_ms();
    struct pollfd p = {.fd = in->fd, .events = POLLIN};
    int rc = left > 0 ? poll(&p, 1, (int)left) : 0;
    ssize_t n = rc > 0 ? read(in->fd, in->p, sizeof in->p) : 0;
    in->at = 0;
    in->n = n > 0 ? (size_t)n : 0;
    if (rc == 0)
        in->bad = TABLE_TIME;
    else if (n <= 0)
        in->bad = TABLE_CHILD;
    return in->n > 0;
}

static bool in_take(struct in *in, void *out, size_t n)
{
    for (uint8_t *p = out; n > 0;) {
        if (in->at == in->n && !in_fill(in))
            return false;
        size_t some = in->n - in->at < n ? in->n - in->at : n;
        memcpy(p, in->p + in->at, some);
        in->at += some;
        p += some;
        n -= some;
    }
    return true;
}

static bool in_num(struct in *in, size_t n, uint32_t *v)
{
    uint8_t b[4] = {0};
    if (!in_take(in, b, n))
        return false;
    *v = b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
    return true;
}

static bool nonsense(struct in *in)
{
    in->bad = TABLE_CHILD;
    return false;
}

/* Cells are checked again: length, UTF-8. */
static bool in_row(struct in *in, struct arena *a, uint32_t *number, const char **cell, size_t *n)
{
    uint32_t cells = 0, len = 0;
    if (!in_num(in, 4, number) || !in_num(in, 2, &cells))
        return false;
    if (cells > TABLE_COLUMNS)
        return nonsense(in);
    for (*n = 0; *n < cells; ++*n) {
        if (!in_num(in, 2, &len))
            return false;
        if (len > TABLE_CELL)
            return nonsense(in);
        char *text = arena_alloc(a, len + 1);
        if (!in_take(in, text, len))
            return false;
        if (!utf8_valid(text, len))
            return nonsense(in);
        cell[*n] = text;
    }
    return true;
}

static bool in_fault(struct in *in, struct table_fault *fault)
{
    uint32_t what = 0;
    if (!in_num(in, 1, &what) || !in_take(in, fault->place, sizeof fault->place))
        return false;
    fault->place[sizeof fault->place - 1] = '\0';
    for (const char *p = fault->place; *p; p++)
        if (!(*p >= '0' && *p <= '9') && !(*p >= 'A' && *p <= 'Z'))
            return nonsense(in);
    if (what == TABLE_NONE || what >= TABLE_PROBLEM_COUNT)
        return nonsense(in);
    fault->what = (enum table_problem)what;
    return true;
}

/* true: the child has said its last word, or fn wants no more. */
static bool listen(struct in *in, table_fn *fn, void *arg, struct table_fault *fault)
{
    struct arena *a = arena_new(0);
    const char *cell[TABLE_COLUMNS];
    uint8_t kind = 0;
    int64_t rows = 0;
    bool good = true, more = true;
    while (good && more) {
        uint32_t number = 0;
        size_t n = 0;
        arena_reset(a);
        good = in_take(in, &kind, 1);
        if (good && kind == 'R') {
            good = in_row(in, a, &number, cell, &n) && (++rows <= TABLE_ROWS + TABLE_ABOVE || nonsense(in));
            more = good && fn(arg, number, cell, n);
        } else if (good) {
            good = kind == 'E' || (kind == 'F' ? in_fault(in, fault) : nonsense(in));
            more = false;
        }
    }
    arena_free(a);
    return good;
}

static pid_t spawn(int file, int out)
{
    static char *const argv[] = {(char *)"anjud", (char *)"table-read", NULL}, *const envp[] = {NULL};
    posix_spawn_file_actions_t acts;
    posix_spawnattr_t attr;
    sigset_t none;
    pid_t pid = -1;
    if (posix_spawn_file_actions_init(&acts) != 0)
        return -1;
    if (posix_spawnattr_init(&attr) != 0) {
        posix_spawn_file_actions_destroy(&acts);
        return -1;
    }
    sigemptyset(&none);
    bool good = posix_spawn_file_actions_adddup2(&acts, file, STDIN_FILENO) == 0 &&
                posix_spawn_file_actions_adddup2(&acts, out, STDOUT_FILENO) == 0 &&
                posix_spawn_file_actions_addopen(&acts, STDERR_FILENO, "/dev/null", O_WRONLY, 0) == 0 &&
                posix_spawnattr_setsigmask(&attr, &none) == 0 &&
                posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK) == 0 &&
                posix_spawn(&pid, "/proc/self/exe", &acts, &attr, argv, envp) == 0;
    posix_spawnattr_destroy(&attr);
    posix_spawn_file_actions_destroy(&acts);
    return good ? pid : -1;
}

static const char *const problem_zh[] = {
#define X(name, zh, en) zh,
    TABLE_PROBLEMS(X)
#undef X
};
static const char *const problem_en[] = {
#define X(name, zh, en) en,
    TABLE_PROBLEMS(X)
#undef X
};

static enum err told(struct arena *a, const struct table_fault *f, struct why *why)
{
    *why = (struct why){"file", arena_printf(a, problem_zh[f->what], f->place),
                        arena_printf(a, problem_en[f->what], f->place)};
    return f->what == TABLE_SIZE ? ERR_TOO_LARGE : ERR_INVALID;
}

enum err table_read(struct arena *a, int fd, table_fn *fn, void *arg, struct why *why)
{
    int pipe_fd[2], status = 0;
    struct in *in = arena_alloc(a, sizeof *in);
    struct table_fault fault = {TABLE_NONE, ""};
    if (lseek(fd, 0, SEEK_SET) != 0 || pipe2(pipe_fd, O_CLOEXEC) != 0)
        return ERR_BUSY;
    pid_t pid = spawn(fd, pipe_fd[1]);
    close(pipe_fd[1]);
    *in = (struct in){.fd = pipe_fd[0], .deadline = clock_mono_ms() + TABLE_SECONDS * SECOND_MS};
    bool good = pid > 0 && listen(in, fn, arg, &fault);
    close(pipe_fd[0]);
    if (pid > 0) {
        kill(pid, SIGKILL);
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
            ;
    }
    if (pid < 0)
        return ERR_BUSY;
    if (!good)
        fault.what = in->bad ? in->bad : TABLE_CHILD;
    return fault.what ? told(a, &fault, why) : OK;
}
