/* jobs_board.c - pushes the counters of boards on which something has moved: at most every two seconds a board, however much
 * moves. SPDX-License-Identifier: MIT */
#include "domain/board.h"
#include "main/jobs.h"
#include "platform/jobs/queue.h"

#define BATCH    64
#define PAUSE_MS 2000

struct boards {
    struct board_due due[BATCH];
    size_t n;
};

static enum err run_moved(struct ctx *cx, void *arg)
{
    struct boards *b = arg;
    return board_moved(cx, b->due, BATCH, &b->n);
}

static enum err run_count(struct ctx *cx, void *arg)
{
    return board_count(cx, arg);
}

static enum err run_push(struct ctx *cx, void *arg)
{
    return board_push(cx, arg);
}

static void one_board(struct board_due *due)
{
    struct work_cx w;
    jobs_begin(&w);
    enum err e = store_read(&w.cx, run_count, due);
    if (!e)
        e = store_write(&w.cx, run_push, due);
    jobs_report("board.push", &w.cx, e);
    jobs_end(&w);
}

void *jobs_board(void *arg)
{
    struct boards b = {.n = 0};
    (void)arg;
    thread_nice(5);
    while (!jobs_stopping()) {
        if (jobs_run("board.moved", run_moved, &b, false) != OK)
            b.n = 0;
        for (size_t i = 0; i < b.n && !jobs_stopping(); i++)
            one_board(&b.due[i]);
        jobs_sleep(0, PAUSE_MS);
    }
    return NULL;
}
