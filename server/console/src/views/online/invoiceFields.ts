import type { Invoice, Ops } from '@/api/gen'
import type { Field } from '@/lib/fields'
import { t, tx } from '@/lib/i18n'

export type InvoiceAct = Ops['actOnInvoice']['path']['action']

/* What the office may do with an application in its state; cancel is for whoever asked. */
export function invoiceActs(i: Invoice, me: string | undefined): InvoiceAct[] {
  const by: Partial<Record<Invoice['state'], InvoiceAct[]>> = { submitted: ['process', 'reject'], processing: ['issue', 'reject'], reversal_required: ['reverse'] }
  return [...(by[i.state] ?? []), ...(i.state === 'submitted' && i.account_id === me ? ['cancel' as const] : [])]
}
export function invoiceActFields(a: InvoiceAct): Field[] {
  if (a === 'issue') return [{ key: 'code', label: t('invoice.code'), length: 20 }, { key: 'number', label: t('invoice.number'), required: true, length: 20 }]
  if (a === 'reject') return [{ key: 'reason', label: t('f.reason'), required: true, length: 200 }]
  return a === 'reverse' ? [{ key: 'red_number', label: t('invoice.red'), required: true, length: 20 }] : []
}
export const invoiceApply = (): Field[] => [
  { key: 'buyer', label: t('invoice.buyer'), kind: 'choice', required: true, options: ['person', 'company'].map((v) => ({ value: v, label: tx('e.buyer', v) })) }, { key: 'title', label: t('invoice.title'), required: true, length: 100 },
  { key: 'tax_no', label: t('invoice.tax_no'), required: true, length: 20, when: (v) => v.buyer === 'company' }, { key: 'mail', label: t('invoice.mail'), length: 120 },
]
