/* ledger.h - the books (总账): double entry in fen, append-only, idempotent by reference.
 *
 *   publish a bill     Dr receivable        Cr fee_income (or collected_for_others)
 *   paid online        Dr channel_clearing  Cr receivable       settled: Dr bank  Cr channel_clearing
 *   paid in cash       Dr cash              Cr receivable       too much: Cr prepaid
 *   late or double     Dr channel_clearing  Cr suspense         sent back: Dr suspense  Cr channel_clearing
 *   deposit            Dr cash              Cr deposits
 * Every entry balances before it is written, and `anjud verify` checks every one again.
 * SPDX-License-Identifier: MIT */
#ifndef DOMAIN_LEDGER_H
#define DOMAIN_LEDGER_H
#include "platform/ctx.h"

/*        name               side: D asset/expense, C liability/income     中文 */
#define LEDGER_ACCOUNTS(X)                                                                                             \
    X(CASH, "cash", 'D', "库存现金")                                                                                   \
    X(BANK, "bank", 'D', "银行存款")                                                                                   \
    X(CLEARING, "channel_clearing", 'D', "渠道待清算")                                                                 \
    X(RECEIVABLE, "receivable", 'D', "应收物业费")                                                                     \
    X(PREPAID, "prepaid", 'C', "预收款")                                                                               \
    X(DEPOSITS, "deposits", 'C', "押金")                                                                               \
    X(SUSPENSE, "suspense", 'C', "待处理款项")                                                                         \
    X(COLLECTED, "collected_for_others", 'C', "代收代付")                                                              \
    X(INCOME, "fee_income", 'C', "物业收入")                                                                           \
    X(LATE_INCOME, "late_fee_income", 'C', "违约金收入")                                                               \
    X(CHANNEL_FEE, "channel_fee", 'D', "渠道手续费")                                                                   \
    X(DISCOUNT, "discount", 'D', "减免")                                                                               \
    X(ROUNDING, "rounding", 'D', "抹零")                                                                               \
    X(WRITE_OFF, "write_off", 'D', "坏账核销")                                                                         \
    X(CASH_OVER_SHORT, "cash_over_short", 'D', "现金长短款")
enum ledger_account {
#define X(n, w, s, zh) LA_##n,
    LEDGER_ACCOUNTS(X)
#undef X
        LA_COUNT
};
extern const char *const ledger_account_name[LA_COUNT];

struct ledger_line {
    int account; /* enum ledger_account */
    int64_t party_id, debit_fen, credit_fen;
};
#define DR(acc, party, fen) ((struct ledger_line){.account = (acc), .party_id = (party), .debit_fen = (fen)})
#define CR(acc, party, fen) ((struct ledger_line){.account = (acc), .party_id = (party), .credit_fen = (fen)})

struct ledger_entry {
    int64_t project_id, ref_id;
    int32_t day; /* value date (记账日), not the day of typing */
    const char *kind, *ref_kind, *memo;
};
/* Lines of 0 fen are left out. Posting the same (kind, ref) again with the same lines is OK and changes nothing; with
 * other lines ERR_CONFLICT. ERR_STATE: the day is closed. A lopsided entry is a programming error: ERR_INTERNAL. */
MUST_CHECK enum err ledger_post(struct ctx *cx, const struct ledger_entry *e, const struct ledger_line *l, size_t n,
                                int64_t *id);
/* The same lines the other way round, once. */
MUST_CHECK enum err ledger_reverse(struct ctx *cx, int64_t entry_id, const struct ledger_entry *as, int64_t *id);
/* `want`, or the first open day after it when its books are closed. */
MUST_CHECK enum err ledger_open_day(struct ctx *cx, int64_t project_id, int32_t want, int32_t *day);
/* Balance in the account's own direction (assets: debit - credit). party -1: all. */
MUST_CHECK enum err ledger_balance(struct ctx *cx, int64_t project_id, int account, int64_t party_id, int64_t *fen);
typedef void trial_fn(void *arg, const char *account, int64_t debit_fen, int64_t credit_fen);
MUST_CHECK enum err ledger_trial(struct ctx *cx, int64_t project_id, int32_t from, int32_t to, trial_fn *fn, void *arg);
/* Closes all days up to `day`; never opens one again. */
MUST_CHECK enum err ledger_close(struct ctx *cx, int64_t project_id, int32_t day);
/* *bad = the first entry that does not balance, has under two lines or strange lines; 0: none. *diff: sum of all
 * debits - credits of the store. */
MUST_CHECK enum err ledger_verify(struct ctx *cx, int64_t *entries, int64_t *bad, int64_t *diff);

#endif
