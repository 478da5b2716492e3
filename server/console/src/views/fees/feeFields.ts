import type { FeeItem } from '@/api/gen'
import type { Column } from '@/lib/columns'
import type { Field } from '@/lib/fields'
import { t, tx } from '@/lib/i18n'

const opts = (words: string, values: string[]) => values.map((v) => ({ value: v, label: tx(words, v) }))
const priced = ['area', 'fixed', 'metered', 'tiered', 'formula', 'parking']

export const itemColumns = (): Column[] => [
  { key: 'code', label: t('f.code') }, { key: 'name', label: t('f.name') }, { key: 'kind', label: t('f.kind'), kind: 'enum', words: 'e.fee_kind' }, { key: 'cycle', label: t('f.cycle'), kind: 'enum', words: 'e.cycle' },
  { key: 'income', label: t('f.income'), kind: 'enum', words: 'e.income', minor: true }, { key: 'due_days', label: t('f.due_days'), kind: 'count', minor: true }, { key: 'late_rate_e6', label: t('f.late_rate'), kind: 'daily', minor: true }, { key: 'enabled', label: t('f.enabled'), kind: 'bool' },
]
export const itemFields = (): Field[] => [
  { key: 'code', label: t('f.code'), required: true, length: 20 }, { key: 'name', label: t('f.name'), required: true, length: 40 },
  { key: 'kind', label: t('f.kind'), kind: 'choice', required: true, options: opts('e.fee_kind', [...priced, 'shared', 'one_off', 'deposit']) },
  { key: 'cycle', label: t('f.cycle'), kind: 'choice', options: opts('e.cycle', ['monthly', 'quarterly', 'yearly', 'anniversary']), when: (v) => priced.includes(String(v.kind)) },
  { key: 'formula', label: t('f.formula'), length: 500, help: t('fee.formula_help'), when: (v) => v.kind === 'formula' }, { key: 'price_unit', label: t('f.price_unit'), length: 40, when: (v) => v.kind === 'formula' },
  { key: 'income', label: t('f.income'), kind: 'choice', options: opts('e.income', ['fee_income', 'collected_for_others', 'deposits']) },
  { key: 'part_month', label: t('f.part_month'), kind: 'choice', options: opts('e.part_month', ['actual', 'thirty', 'fifteenth', 'whole']) },
  { key: 'rounding', label: t('f.rounding'), kind: 'choice', options: opts('e.rounding', ['half_up', 'up', 'down']) }, { key: 'round_to', label: t('f.round_to'), kind: 'choice', options: opts('e.round_to', ['fen', 'jiao', 'yuan']) },
  { key: 'bill_day', label: t('f.bill_day'), kind: 'int', min: 1, max: 28 }, { key: 'due_days', label: t('f.due_days'), kind: 'int', min: 0, max: 366 },
  { key: 'late_rate_e6', label: t('f.late_rate'), kind: 'daily', min: 0, max: 3000, help: t('fee.late_help') }, { key: 'late_grace_days', label: t('f.late_grace'), kind: 'int', min: 0, max: 366 }, { key: 'late_cap_e4', label: t('f.late_cap'), kind: 'percent', min: 0, max: 10000 },
  { key: 'in_advance', label: t('f.in_advance'), kind: 'switch' }, { key: 'inner_area', label: t('f.inner'), kind: 'switch', when: (v) => v.kind === 'area' }, { key: 'enabled', label: t('f.enabled'), kind: 'switch' },
]
/* A shared item takes its price for a public meter's use, and its rooms and their weights from whom it is assigned to;
   parking is priced too, but paid for spaces that are leased. */
export const hasPrice = (i: Pick<FeeItem, 'kind'>) => [...priced, 'shared'].includes(i.kind)
export const hasRooms = (i: Pick<FeeItem, 'kind'>) => i.kind !== 'parking' && hasPrice(i)

/* "1000:0.5 2000:0.6 0:0.8": up to this use (0: no end) at this price; null when it is not that. */
export function parseTiers(text: string): Array<{ upto_e3: number; price_e4: number }> | null {
  const rows = text.trim().split(/[\s,;]+/).map((s) => /^(\d+(?:\.\d{1,3})?)[:](\d+(?:\.\d{1,4})?)$/.exec(s))
  if (!rows.every((m) => m !== null)) return null
  const whole = (s: string, n: number) => Number(s.split('.')[0] + (s.split('.')[1] ?? '').padEnd(n, '0'))
  return rows.map((m) => ({ upto_e3: whole(m![1], 3), price_e4: whole(m![2], 4) }))
}
