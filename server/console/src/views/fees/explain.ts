import { t, tx } from '@/lib/i18n'
import { shortDecimal } from '@/lib/money'

/* How an amount came about, from what the server kept when it worked the line out. */
export function explain(x: Record<string, unknown>): string {
  const n = (k: string) => (typeof x[k] === 'number' ? (x[k] as number) : null)
  const factors: string[] = []
  const area = n('area_e4'), use = n('usage_e3'), price = n('price_e4'), factor = n('coefficient_e4'), num = n('months_num'), den = n('months_den')
  if (area) factors.push(`${shortDecimal(area, 4)} ${t('unit.m2')}`)
  if (use !== null) factors.push(t('fee.use', { n: shortDecimal(use, 3) }))
  if (price) factors.push(`${shortDecimal(price, 4)} ${t('unit.yuan')}`)
  if (factor && factor !== 10000) factors.push(shortDecimal(factor, 4))
  if (num && den && use === null) factors.push(t('fee.months', { n: num % den ? `${num}/${den}` : num / den }))
  const parts = [tx('e.fee_kind', String(x.kind ?? '')), String(x.formula ?? ''), factors.join(' × ')]
  if (x.rounding && x.round_to) parts.push(t('fee.rounded', { how: tx('e.rounding', String(x.rounding)), to: tx('e.round_to', String(x.round_to)) }))
  return parts.filter(Boolean).join(' · ')
}
