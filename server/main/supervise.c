/* supervise.c - a parent that starts the worker again when it dies: at once the first times, after a pause when it
 * keeps dying (more than 5 deaths within 60 s). It does nothing else, so there is little that could kill it.
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/log.h"
#include "main/parts.h"
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MANY        5
#define WITHIN_MS   (60 * SECOND_MS)
#define PAUSE_MAX_S 30

static volatile sig_atomic_t stopping;
static volatile pid_t child;

static void pass_on(int sig)
{
    if (sig != SIGHUP)
        stopping = 1;
    if (child > 0)
        kill(child, sig);
}

static void pause_s(long s)
{
    struct timespec t = {s, 0};
    while (!stopping && nanosleep(&t, &t) != 0 && errno == EINTR)
        ;
}

int supervise(int (*serve)(void *arg), void *arg)
{
    int64_t deaths[MANY] = {0};
    long pause = 1;
    struct sigaction sa = {.sa_handler = pass_on};
    sigaction(SIGTERM, &sa, NULL);
    sigaction(SIGINT, &sa, NULL);
    sigaction(SIGHUP, &sa, NULL);
    for (size_t n = 0;; n++) {
        pid_t parent = getpid();
        child = fork();
        if (child < 0) {
            log_error("supervisor.fork", L_ERRNO());
            return 1;
        }
        if (child == 0) {
            prctl(PR_SET_PDEATHSIG, SIGTERM); /* no worker without its parent */
            if (getppid() != parent)
                _exit(0);
            struct sigaction dfl = {.sa_handler = SIG_DFL};
            sigaction(SIGTERM, &dfl, NULL);
            sigaction(SIGINT, &dfl, NULL);
            sigaction(SIGHUP, &dfl, NULL);
            exit(serve(arg));
        }
        int status = 0;
        while (waitpid(child, &status, 0) < 0 && errno == EINTR)
            ;
        child = 0;
        int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        if (stopping || code == 0 || code == 2) /* 2: refused to start; trying again would not help */
            return code;
        log_error("supervisor.worker_died", L_I("code", code), L_I("deaths", n + 1));
        int64_t now = clock_mono_ms(), oldest = deaths[n % MANY];
        deaths[n % MANY] = now;
        if (oldest && now - oldest < WITHIN_MS) {
            pause_s(pause);
            pause = pause * 2 < PAUSE_MAX_S ? pause * 2 : PAUSE_MAX_S;
        } else {
            pause = 1;
        }
    }
}
