/* owner_transfer.h - a room changes hands (过户).
 *
 *   PLANNED --the day has come (job), or at once when it is today or past--> DONE      PLANNED --cancel--> CANCELLED
 * Carried out in one transaction: the old owners' relations end the day before, the new ones begin; their bindings (and by
 * choice family's and tenants') are revoked with loss of rights; open bills stay with the old payer and are no longer seen
 * by the room's new people; periods from the day on that are not billed yet are the new payer's (a straddling one is split by
 * days when it is billed); prepaid money stays with the room, is set aside (suspense) until it is paid back to the old owner,
 * or moves in the books to another room of theirs.
 * SPDX-License-Identifier: MIT */
#ifndef DOMAIN_OWNER_TRANSFER_H
#define DOMAIN_OWNER_TRANSFER_H
#include "platform/ctx.h"

#define TRANSFER_PARTIES 8
enum transfer_prepaid { PREPAID_STAY, PREPAID_REFUND, PREPAID_TRANSFER, PREPAID_CHOICES };
extern const char *const transfer_prepaid_name[PREPAID_CHOICES];

struct transfer_party {
    int64_t party_id, share_n, share_d;
    int role; /* ROLE_IS_OWNER or ROLE_IS_CO_OWNER */
    bool pays;
};
struct transfer_in {
    int64_t room_id, prepaid_room_id; /* prepaid_room_id: PREPAID_TRANSFER to that other room of the project */
    int32_t day;                      /* first day of the new owners */
    const struct transfer_party *to;
    size_t nto;
    bool end_family, end_tenants;
    int prepaid; /* enum transfer_prepaid */
    const char *reason;
};
struct transfer {
    int64_t prepaid_room_id, back_entry_id;
    int64_t id, room_id, prepaid_fen, open_bills, open_fen, entry_id, version, created_at, done_at, account_id;
    int32_t day;
    bool end_family, end_tenants;
    const char *state, *prepaid, *reason, *problem, *room;
};
/* What would happen: open bills, bindings that end, prepaid money, billed periods that cross the day. Writes nothing. */
struct transfer_bill {
    int64_t id, open_fen;
    int32_t period_from, period_to, due_day;
    bool crosses; /* billed beyond the day: stays as it is */
    const char *payer;
};
struct transfer_preview {
    int64_t prepaid_fen, open_fen, bindings;
    struct transfer_bill bill[100];
    size_t nbills;
    bool at_once;
    const char *from[TRANSFER_PARTIES]; /* the present owners */
    size_t nfrom;
};
MUST_CHECK enum err transfer_preview(struct ctx *cx, const struct transfer_in *in, struct transfer_preview *out);
MUST_CHECK enum err transfer_make(struct ctx *cx, const struct transfer_in *in, struct transfer *out);
/* What was set aside is handed out, by another person than the one who made the transfer. method "cash" or "transfer". */
MUST_CHECK enum err transfer_pay_back(struct ctx *cx, int64_t id, int64_t version, const char *method,
                                      const char *voucher);
MUST_CHECK enum err transfer_cancel(struct ctx *cx, int64_t id, int64_t version, const char *reason);
typedef void transfer_fn(void *arg, const struct transfer *t);
MUST_CHECK enum err transfer_list(struct ctx *cx, int64_t room_id, transfer_fn *fn,
                                  void *arg); /* room 0: planned ones */
/* For the job, each in a transaction of its own: the next one that is due after an id (*id = 0: none); carrying it out; and,
 * when that could not be, keeping why for the desk to read. */
MUST_CHECK enum err transfer_next_due(struct ctx *cx, int64_t after, int64_t *id);
MUST_CHECK enum err transfer_run(struct ctx *cx, int64_t id);
MUST_CHECK enum err transfer_note_problem(struct ctx *cx, int64_t id, const char *problem);

#endif
