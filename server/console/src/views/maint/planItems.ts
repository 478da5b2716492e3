import type { MaintItem } from '@/api/gen'
import { t, tx } from '@/lib/i18n'
import { parseDecimal, shortDecimal } from '@/lib/money'

export const kinds: MaintItem['kind'][] = ['yes_no', 'text', 'number', 'choice', 'photo', 'signature']
/* As it is typed. */
export interface ItemRow { kind: MaintItem['kind']; text: string; required: boolean; min: string; max: string; measure: string; choices: string; bad: string; bad_yes: boolean }
export const blankItem = (): ItemRow => ({ kind: 'yes_no', text: '', required: true, min: '', max: '', measure: '', choices: '', bad: '', bad_yes: false })
const e3 = (n: number | undefined) => (n === undefined ? '' : shortDecimal(n, 3).replaceAll(',', ''))
export const rowOf = (i: MaintItem): ItemRow => ({ kind: i.kind, text: i.text, required: Boolean(i.required), min: e3(i.min_e3), max: e3(i.max_e3), measure: i.measure ?? '', choices: (i.choices ?? []).join(' '), bad: (i.bad ?? []).join(' '), bad_yes: Boolean(i.bad_yes) })
const words = (s: string) => s.split(/\s+/).filter(Boolean)

/* What the contract wants of it; throws the sentence to show. */
export function itemOf(r: ItemRow, n: number): MaintItem {
  if (!r.text.trim()) throw new Error(t('items.missing', { n }))
  const item: MaintItem = { kind: r.kind, text: r.text.trim(), required: r.required }
  if (r.kind === 'number') {
    const bound = (s: string) => {
      if (!s.trim()) return undefined
      const x = parseDecimal(s, 3)
      if (x === null) throw new Error(t('items.range', { n }))
      return x
    }
    return { ...item, min_e3: bound(r.min), max_e3: bound(r.max), measure: r.measure.trim() || undefined }
  }
  if (r.kind === 'choice') {
    const choices = words(r.choices), bad = words(r.bad).filter((b) => choices.includes(b))
    if (choices.length < 2) throw new Error(t('items.choices_missing', { n }))
    return { ...item, choices, bad }
  }
  return r.kind === 'yes_no' ? { ...item, bad_yes: r.bad_yes } : item
}

/* "every month", "every 15 days" */
export const everyText = (p: { every_n: number; unit: string }) => t('maint.every', { n: p.every_n, unit: tx(p.every_n === 1 ? 'e.unit' : 'e.units', p.unit) })
