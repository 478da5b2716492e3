import { t } from '@/lib/i18n'
import { yuan } from '@/lib/money'

/* A balance as bookkeepers read it: debit less credit in the books, here an amount and its side. */
export const sided = (fen: number) => (fen ? `${t(fen > 0 ? 'ledger.dr' : 'ledger.cr')} ${yuan(Math.abs(fen))}` : yuan(0))
