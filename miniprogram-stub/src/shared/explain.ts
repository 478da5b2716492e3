/** How an amount came about, from the snapshot in the bill's line: "100.00 m² × 2.8 元 × 1 月". */
import { t } from './i18n'

const dec = (n: number, places: number): string => String(n / 10 ** places)
export function explain(raw: unknown): string[] {
  const x = (raw ?? {}) as Record<string, any>
  const price = typeof x.price_e4 === 'number' && x.price_e4 > 0 ? t('explain.price', { p: dec(x.price_e4, 4) }) : ''
  const months = x.months_num && x.months_den ? (x.months_num % x.months_den === 0 ? t('explain.months', { n: x.months_num / x.months_den }) : t('explain.part', { a: x.months_num, b: x.months_den })) : ''
  const base = typeof x.area_e4 === 'number' ? `${dec(x.area_e4, 4)} m²` : typeof x.usage_e3 === 'number' ? t('explain.usage', { n: dec(x.usage_e3, 3) }) : ''
  const factor = typeof x.coefficient_e4 === 'number' ? t('explain.factor', { n: dec(x.coefficient_e4, 4) }) : ''
  const parts = [base, price, factor, base && x.area_e4 !== undefined ? months : ''].filter(Boolean)
  const out = parts.length > 1 ? [parts.join(' × ')] : []
  if (typeof x.formula === 'string' && x.formula) out.push(t('explain.formula', { f: x.formula }))
  return out
}
