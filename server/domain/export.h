/* export.h - downloads made in the background (导出): a task, a thread that works it, a file for a week.
 *
 *   WAITING --claimed--> WORKING --file on disk--> DONE --7 days--> GONE
 *      ^                    |  \--five tries, or rights lost--> FAILED
 *      +---the lease ran out+      (whoever claims it next begins again: the file only counts when it is whole)
 *
 * Whoever asked sees it, nobody else. Every page of rows is a read of its own, so that nothing waits for an export.
 * SPDX-License-Identifier: MIT */
#ifndef DOMAIN_EXPORT_H
#define DOMAIN_EXPORT_H
#include "platform/ctx.h"

enum export_kind {
    EXPORT_BILLS,
    EXPORT_PAYMENTS,
    EXPORT_LEDGER,
    EXPORT_RECEIVABLE,
    EXPORT_TAKINGS,
    EXPORT_TRIAL,
    EXPORT_SHIFT,
    EXPORT_COMPLAINTS,
    EXPORT_REPAIRS,
    EXPORT_TASKS,
    EXPORT_FACILITIES,
    EXPORT_AUDIT,
    EXPORT_TECHNICIANS,
    EXPORT_OWNERS,
    EXPORT_KINDS
};
extern const char *const export_kind_name[EXPORT_KINDS];
/* As the list of the kind takes them; what a kind does not know is refused. 0, "" and NULL: any. */
struct export_filters {
    int64_t from, to; /* days */
    int64_t as_of;    /* receivable */
    int64_t party_id; /* ledger */
    int64_t shift_id;
    int64_t room_id, receipt_no;           /* payments; the room of bills too */
    int64_t object_id;                     /* audit */
    int64_t overdue, open, escalated;      /* maint_tasks, complaints: 1 */
    const char *by, *account, *state;      /* account: for the audit log the object */
    const char *method;                    /* payments */
    const char *category, *about, *search; /* complaints; about: their kind */
    const char *action, *ip, *request_id;  /* audit */
    const char *reason;                    /* owners: why personal data leaves in clear */
};
/* The fields of the filters, for a request's body and for the task's row, which holds 0 for no day. */
#define EXPORT_FILTER_FIELDS(first_day)                                                                                \
    OPT_I64(struct export_filters, from, first_day, 99991231),                                                         \
        OPT_I64(struct export_filters, to, first_day, 99991231),                                                       \
        OPT_I64(struct export_filters, as_of, first_day, 99991231), OPT_ID(struct export_filters, party_id),           \
        OPT_ID(struct export_filters, shift_id), OPT_ID(struct export_filters, room_id),                               \
        OPT_I64(struct export_filters, receipt_no, 0, 999999999999), OPT_ID(struct export_filters, object_id),         \
        OPT_I64(struct export_filters, overdue, 0, 1), OPT_I64(struct export_filters, open, 0, 1),                     \
        OPT_I64(struct export_filters, escalated, 0, 1), OPT_STR(struct export_filters, by, 0, 40),                    \
        OPT_STR(struct export_filters, account, 0, 40), OPT_STR(struct export_filters, state, 0, 40),                  \
        OPT_STR(struct export_filters, method, 0, 40), OPT_STR(struct export_filters, category, 0, 40),                \
        OPT_STR(struct export_filters, about, 0, 40), OPT_STR(struct export_filters, search, 0, 40),                   \
        OPT_STR(struct export_filters, action, 0, 60), OPT_STR(struct export_filters, ip, 0, 60),                      \
        OPT_STR(struct export_filters, request_id, 0, 40), OPT_STR(struct export_filters, reason, 0, 200)
struct export_task {
    int64_t id, project_id, account_id, done_e3, records, bytes, created_at, done_at, tries, version;
    int kind;
    const char *state, *file, *reason, *filters;
};
#define EXPORT_KEEP_DAYS 7
#define EXPORT_WAITING   3      /* of an account at once */
#define EXPORT_A_DAY     50     /* of an account */
extern int64_t export_rows_max; /* a longer one fails and says so; tests lower it */
/* Roles are the route's; what the filters say is checked here. WRITE */
MUST_CHECK enum err export_start(struct ctx *cx, int kind, const struct export_filters *f, struct export_task *out);
MUST_CHECK enum err export_get(struct ctx *cx, int64_t id, struct export_task *out);
typedef void export_fn(void *arg, const struct export_task *t);
MUST_CHECK enum err export_list(struct ctx *cx, int64_t before, int64_t limit, export_fn *fn, void *arg);
/* The task whose file is sent now; writes the audit row. ERR_STATE: not ready, or gone. WRITE */
MUST_CHECK enum err export_fetch(struct ctx *cx, int64_t id, struct export_task *out);
const char *export_path(struct arena *a, int64_t id);

/* ---- the thread's part: opens transactions of its own. SLOW ---- */
/* Works one task that is due; *worked: there was one. stop (may be NULL) is asked between pages. */
MUST_CHECK enum err export_work(struct ctx *cx, bool (*stop)(void), bool *worked);
/* Removes files that have had their week; *gone: how many. */
MUST_CHECK enum err export_sweep(struct ctx *cx, int64_t *gone);

#endif
