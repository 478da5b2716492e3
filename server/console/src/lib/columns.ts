/* What a column shows, and how each kind of value is written. One place, so that a sum or a day looks the same everywhere. */
import { tx, t } from './i18n'
import { decimal, shortDecimal, yuan } from './money'
import { addDays, addMonths, dayText, spanParts, timeText } from './time'

export type Kind = 'text' | 'money' | 'day' | 'time' | 'area' | 'percent' | 'daily' | 'permille' | 'count' | 'enum' | 'bool' | 'span' | 'qty' | 'price' | 'tag' | 'score'
export interface Column {
  key: string
  label: string
  kind?: Kind
  /* of kind enum and tag: where its words are, as "e.repair_state" */
  words?: string
  /* leave out on narrow screens */
  minor?: boolean
}

export function spanText(ms: number): string {
  const { d, h, m } = spanParts(ms)
  if (d) return h ? t('common.span_dh', { d, h }) : t('common.span_d', { d })
  if (h) return m ? t('common.span_hm', { h, m }) : t('common.span_h', { h })
  return t('common.span_m', { m })
}

export function shown(kind: Kind | undefined, value: unknown, words = ''): string {
  if (value === null || value === undefined || value === '') return ''
  switch (kind) {
    case 'money': return yuan(value as number)
    case 'day': return dayText(value as number)
    case 'time': return timeText(value as string)
    case 'area': return value ? shortDecimal(value as number, 4) : ''
    case 'price': return shortDecimal(value as number, 4)
    case 'qty': return shortDecimal(value as number, 3)
    case 'percent': return shortDecimal(value as number, 2) + '%'
    case 'daily': return value ? shortDecimal(value as number, 4) + '%' : ''
    case 'score': return decimal(value as number, 2)
    case 'permille': return shortDecimal(value as number, 1) + '%'
    case 'span': return spanText(value as number)
    case 'bool': return t(value ? 'common.yes' : 'common.no')
    case 'enum':
    case 'tag': return tx(words, String(value))
    default: return String(value)
  }
}
/* Never broken over two lines: a day, a state, a room or a name is read at one glance. */
const names = ['room', 'number', 'code', 'phone', 'person', 'payer', 'holder', 'account', 'serial', 'login', 'receipt_no', 'period']
export const isShort = (c: Column) => (c.kind !== undefined && c.kind !== 'text') || names.includes(c.key)
/* "2026-11" for a whole month, both days otherwise. */
export function periodText(from: number, to: number): string {
  if (from % 100 === 1 && to === addDays(addMonths(from, 1), -1)) return dayText(from).slice(0, 7)
  return [dayText(from), dayText(to)].filter(Boolean).join(' – ')
}
export const isNumber = (kind?: Kind) => ['money', 'area', 'percent', 'daily', 'permille', 'count', 'qty', 'price', 'span', 'score'].includes(kind ?? '')

/* How much a state wants to be seen; colour is never alone, the word stands beside it. */
const tones: Record<string, 'good' | 'busy' | 'bad' | 'quiet'> = {}
const tone = (name: 'good' | 'busy' | 'bad' | 'quiet', list: string) => list.split(' ').forEach((s) => (tones[s] = name))
tone('good', 'active paid done closed success approved applied confirmed published in_use in_repair occupied delivered sent issued matched taken valid accepted ok handed_over inspected')
tone('busy', 'new queued offered assigned en_route arrived requested waiting partial in_progress await_pay await_confirm await_visit await_accept scheduled submitted processing generating ready checked working classified resolved pending draft planned asked created closing started notified')
tone('bad', 'overdue escalated rejected failed emergency void abnormal dead on_hold reopened stopped high refused channel_only local_only amount owing unknown paid_late returned reversal_required negative missed')
export const toneOf = (state: string) => tones[state] ?? 'quiet'
