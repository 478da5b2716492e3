/** A maintenance task's check list: what is answered, what is missing, what counts as a failure (as the server judges it). */
import type { components } from './api'
import { thousandths } from './money'

export type Item = components['schemas']['MaintItem']
export interface Answer { value: string; note: string; photo: string }
export const emptyAnswer = (): Answer => ({ value: '', note: '', photo: '' })
/** "-3.5" -> -3500; null when it is not a number with at most three decimals */
export function signedThousandths(text: string): number | null {
  const m = /^\s*(-?)(.+)$/.exec(text)
  const n = m ? thousandths(m[2]!) : null
  return n === null ? null : m![1] ? -n : n
}
const needsFile = (i: Item) => i.kind === 'photo' || i.kind === 'signature'
export const answered = (i: Item, a: Answer): boolean => (needsFile(i) ? a.photo !== '' : i.kind === 'number' ? signedThousandths(a.value) !== null : a.value.trim() !== '')
export const missing = (items: readonly Item[], answers: readonly Answer[]): number =>
  items.filter((i, k) => i.required !== false && !answered(i, answers[k] ?? emptyAnswer())).length
export const malformed = (i: Item, a: Answer): boolean => i.kind === 'number' && a.value.trim() !== '' && signedThousandths(a.value) === null
export function fails(i: Item, a: Answer): boolean {
  if (!answered(i, a)) return false
  if (i.kind === 'number') {
    const n = signedThousandths(a.value)!
    return (i.min_e3 !== undefined && n < i.min_e3) || (i.max_e3 !== undefined && n > i.max_e3)
  }
  if (i.kind === 'choice') return i.bad?.includes(a.value) ?? false
  if (i.kind === 'yes_no') return a.value === (i.bad_yes ? 'yes' : 'no')
  return false
}
/** Codes are printed as an address that ends in the token; a typed token is taken as it is. */
export const tokenOf = (text: string): string => /([\w-]{8,})\s*$/.exec(text.trim())?.[1] ?? ''
