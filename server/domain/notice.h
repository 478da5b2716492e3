/* notice.h - notices (公告): to whom, when, who has read them; and the home page that shows what matters to each.
 *
 *   DRAFT --publish--> SCHEDULED (its time is to come) --job--> PUBLISHED --withdraw--> WITHDRAWN
 *     |  \--publish--> PUBLISHED (at once)                SCHEDULED --unpublish--> DRAFT
 *
 * A published notice is pushed to its audience in portions by a job: inbox and live event for everybody, subscribe message for
 * important ones, down to SMS and mail for emergencies. At most one push an hour and project unless it is an emergency: the next
 * waits. Residents see what is addressed to a room and role of theirs. Tenant from the session; staff manage the notices of the
 * session's project, company administrators also those of the whole company (project 0).  SPDX-License-Identifier: MIT */
#ifndef DOMAIN_NOTICE_H
#define DOMAIN_NOTICE_H
#include "base/fsm.h"
#include "domain/file.h"
#include "platform/ctx.h"

enum notice_state { NS_DRAFT, NS_SCHEDULED, NS_PUBLISHED, NS_WITHDRAWN, NS_COUNT };
extern const char *const notice_state_name[NS_COUNT];
enum notice_event { NE_PUBLISH, NE_UNPUBLISH, NE_APPEAR, NE_WITHDRAW, NE_COUNT };
extern const char *const notice_event_name[NE_COUNT];
extern const struct fsm notice_fsm;
enum notice_kind { NK_COMMON, NK_IMPORTANT, NK_EMERGENCY, NK_COUNT };
extern const char *const notice_kind_name[NK_COUNT];
enum notice_audience { NA_COMPANY, NA_PROJECT, NA_BUILDINGS, NA_ROOMS, NA_COUNT };
extern const char *const notice_audience_name[NA_COUNT];

struct notice {
    int64_t id, project_id, publish_at, expire_at, published_at, pushed, pushed_at, created_by, version, created_at,
        read_at; /* read_at: by me */
    const char *title, *text;
    int kind, audience;
    enum notice_state state;
    bool for_owner, for_family, for_tenant, for_staff, pinned;
};
struct notice_in {
    int64_t id, version; /* id 0: new */
    const char *title, *text;
    int kind, audience;
    bool for_owner, for_family, for_tenant, for_staff, pinned;
    int64_t publish_at, expire_at; /* 0: at once, never */
    const int64_t *targets, *files;
    size_t ntargets, nfiles;
};
/* Drafts and scheduled ones can be changed; files are added to those it has. Audited. WRITE */
MUST_CHECK enum err notice_save(struct ctx *cx, const struct notice_in *in, struct notice *out);
/* publish, unpublish, withdraw. version 0: not checked. WRITE */
MUST_CHECK enum err notice_act(struct ctx *cx, int64_t id, enum notice_event ev, int64_t version, const char *reason,
                               struct notice *out);

/* *manages: cx->who may change it; else it is published and addressed to him. ERR_NOT_FOUND otherwise. READ */
MUST_CHECK enum err notice_get(struct ctx *cx, int64_t id, struct notice *out, bool *manages);
MUST_CHECK enum err notice_read(struct ctx *cx, int64_t id); /* receipt; the first counts. WRITE */
typedef void notice_fn(void *arg, const struct notice *n);
/* Addressed to me, pinned first on the first page by the caller's sorting; unread_only. */
MUST_CHECK enum err notice_mine(struct ctx *cx, bool unread_only, int64_t before, int64_t limit, notice_fn *fn,
                                void *arg);
MUST_CHECK enum err notice_managed(struct ctx *cx, const char *state, int64_t before, int64_t limit, notice_fn *fn,
                                   void *arg);
typedef void notice_id_fn(void *arg, int64_t id);
MUST_CHECK enum err notice_targets(struct ctx *cx, int64_t id, notice_id_fn *fn, void *arg);
MUST_CHECK enum err notice_files(struct ctx *cx, int64_t id, notice_id_fn *fn, void *arg);
MUST_CHECK enum err notice_file_get(struct ctx *cx, int64_t file_id, struct file_row *out);
struct notice_receipts {
    int64_t people, read, rooms, rooms_read;
};
/* How far it has come; for who manages it. */
MUST_CHECK enum err notice_receipts(struct ctx *cx, int64_t id, struct notice_receipts *out);
typedef void notice_room_fn(void *arg, int64_t room_id, const char *name);
MUST_CHECK enum err notice_unread_rooms(struct ctx *cx, int64_t id, int64_t after, int64_t limit, notice_room_fn *fn,
                                        void *arg);

/* ---- jobs, as the system; WRITE ---- */
MUST_CHECK enum err notice_tick(struct ctx *cx, int64_t id); /* appears, or pushes to the next portion */
MUST_CHECK enum err notice_due_ids(struct ctx *cx, int64_t *ids, size_t max, size_t *n, int64_t *next);

/* ---- home ---- */
struct home {
    int64_t unread_notices, unread_messages;
    /* residents */
    int64_t due_fen, due_bills, my_repairs, my_complaints;
    /* technicians */
    int64_t jobs, offers;
    /* who handles complaints */
    int64_t assigned_complaints;
    /* desk, of the session's project */
    int64_t bill_runs, fee_requests, refunds, bindings, complaints_waiting, complaints_overdue, repairs_waiting,
        repairs_overdue;
};
MUST_CHECK enum err notice_home(struct ctx *cx, struct home *out);

#endif
