/* Form fields as data: what is asked, how it is checked, how text becomes what the contract wants and back. */
import { t } from './i18n'
import { decimal, parseDecimal, shortDecimal } from './money'
import { dayText, localOf, minuteText, parseDay, parseMinute, stamp } from './time'

export type FieldKind = 'text' | 'area' | 'money' | 'price' | 'qty' | 'percent' | 'daily' | 'int' | 'day' | 'time' | 'minute' | 'long' | 'choice' | 'many' | 'switch' | 'password' | 'room' | 'staff' | 'phone' | 'rate' | 'find' | 'find_many' | 'file'
export interface Option { value: string; label: string }
export interface Field {
  key: string
  label: string
  kind?: FieldKind
  required?: boolean
  options?: Option[] | (() => Option[])
  max?: number
  min?: number
  length?: number
  help?: string
  /* of kind choice: what is not in the list may be typed */
  free?: boolean
  /* shown only while this holds */
  when?: (values: Values) => boolean
  /* of kind find: what fits the text typed; the empty text may have suggestions */
  find?: (text: string) => Promise<Option[]>
}
export type Values = Record<string, unknown>

const places: Partial<Record<FieldKind, number>> = { money: 2, price: 4, area: 4, qty: 3, percent: 2, daily: 4, int: 0, rate: 4 }

/* From the server's value to what stands in the box. */
export function toInput(f: Field, value: unknown): unknown {
  if (f.kind === 'switch') return Boolean(value)
  if (f.kind === 'many' || f.kind === 'find_many') return Array.isArray(value) ? value : []
  if (value === null || value === undefined) return ''
  const n = places[f.kind ?? 'text']
  if (n !== undefined) return f.kind === 'money' ? decimal(value as number, 2, false) : shortDecimal(value as number, n).replaceAll(',', '')
  if (f.kind === 'day') return dayText(value as number)
  if (f.kind === 'time') return localOf(value as string)
  if (f.kind === 'minute') return minuteText(value as number)
  return value
}

/* And back; undefined when the box is empty. Throws the sentence to show beside the field. */
export function fromInput(f: Field, value: unknown): unknown {
  if (f.kind === 'switch') return Boolean(value)
  if (f.kind === 'many' || f.kind === 'find_many') {
    if (f.required && !(value as unknown[]).length) throw new Error(t('form.required'))
    return value
  }
  const text = f.kind === 'password' ? String(value ?? '') : String(value ?? '').trim()
  if (!text) {
    if (f.required) throw new Error(t('form.required'))
    return undefined
  }
  const n = places[f.kind ?? 'text']
  if (n !== undefined) {
    const x = parseDecimal(text, n)
    if (x === null) throw new Error(n ? t('form.decimal', { n }) : t('form.whole'))
    if (f.min !== undefined && x < f.min) throw new Error(t('form.at_least', { n: shortDecimal(f.min, n) }))
    if (f.max !== undefined && x > f.max) throw new Error(t('form.at_most', { n: shortDecimal(f.max, n) }))
    return x
  }
  if (f.kind === 'day') {
    const d = parseDay(text)
    if (d === null) throw new Error(t('form.day'))
    return d
  }
  if (f.kind === 'minute') {
    const m = parseMinute(text)
    if (m === null) throw new Error(t('form.minute'))
    return m
  }
  if (f.kind === 'time') return stamp(text)
  if (f.kind === 'phone' && !/^1\d{10}$/.test(text)) throw new Error(t('form.phone'))
  if (f.length && [...text].length > f.length) throw new Error(t('form.too_long', { n: f.length }))
  return text
}

/* To those operations that leave alone what is left out: a box that held something and was emptied is said out loud. */
export function withEmptied(fields: Field[], before: object, values: Values): Values {
  const out = { ...values }
  for (const f of fields) {
    if (f.key in values || !(before as Values)[f.key]) continue
    if (places[f.kind ?? 'text'] !== undefined) out[f.key] = 0
    else if (['text', 'long'].includes(f.kind ?? 'text')) out[f.key] = ''
  }
  return out
}

export interface Checked { values: Values; errors: Record<string, string> }
export function check(fields: Field[], input: Values): Checked {
  const values: Values = {}, errors: Record<string, string> = {}
  for (const f of fields) {
    if (f.when && !f.when(input)) continue
    try {
      const v = fromInput(f, input[f.key])
      if (v !== undefined) values[f.key] = v
    } catch (e) {
      errors[f.key] = (e as Error).message
    }
  }
  return { values, errors }
}
