/** Times come as RFC 3339 at +08:00, days as yyyymmdd. All are shown in the clock of the place, whatever the phone's zone. */
const SHANGHAI = 8 * 3600e3
const two = (n: number) => String(n).padStart(2, '0')

/** Old iOS cannot read milliseconds with an offset by Date.parse in every version: read the parts ourselves. */
export function ms(text: string | null | undefined): number {
  const m = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,3}))?\d*(Z|[+-]\d\d:\d\d)$/.exec(text ?? '')
  if (!m) return NaN
  const [, y, mo, d, h, mi, s, frac, zone] = m as unknown as string[]
  const utc = Date.UTC(+y!, +mo! - 1, +d!, +h!, +mi!, +s!, +(frac ?? '0').padEnd(3, '0'))
  if (zone === 'Z') return utc
  const sign = zone![0] === '-' ? -1 : 1
  return utc - sign * (+zone!.slice(1, 3) * 60 + +zone!.slice(4, 6)) * 60e3
}
const at = (t: number) => new Date(t + SHANGHAI)
export const rfc3339 = (t: number): string => `${at(t).toISOString().slice(0, 19)}.000+08:00`

export const clock = (text: string | null | undefined): string => {
  const t = ms(text)
  return Number.isNaN(t) ? '' : `${two(at(t).getUTCHours())}:${two(at(t).getUTCMinutes())}`
}
/** So many days after a moment, at a full hour of the place's clock */
export const atDay = (t: number, days: number, hour: number): number => Math.floor((t + SHANGHAI) / 86400e3 + days) * 86400e3 - SHANGHAI + hour * 3600e3
/** When the month began, so many months before the one of a moment */
export const monthStart = (t: number, back: number): number => Date.UTC(at(t).getUTCFullYear(), at(t).getUTCMonth() - back, 1) - SHANGHAI
export const dayOf = (t: number): number => Number(at(t).toISOString().slice(0, 10).replaceAll('-', ''))
/** 20261123 -> "2026-11-23" */
export const day = (n: number): string => (n > 0 ? String(n).replace(/^(\d{4})(\d\d)(\d\d)$/, '$1-$2-$3') : '')
export const dayNumber = (text: string): number => Number(text.replaceAll('-', '')) || 0
/** 20261101..20261130 -> "2026-11"; anything else "2026-11-01 – 2026-12-15" */
export function period(from: number, to: number): string {
  const month = Math.floor(from / 100)
  const last = new Date(Date.UTC(Math.floor(month / 100), month % 100, 0)).getUTCDate()
  if (from % 100 === 1 && month === Math.floor(to / 100) && to % 100 === last) return `${Math.floor(month / 100)}-${two(month % 100)}`
  return from === to ? day(from) : `${day(from)} – ${day(to)}`
}

export interface When { key: 'today' | 'yesterday' | 'date' | 'year'; text: string; clock: string }
/** The parts of "今天 08:05", "昨天 08:05", "11-23 08:05", "2025-11-23"; the words belong to the locale. */
export function when(text: string | null | undefined, now: number): When | null {
  const t = ms(text)
  if (Number.isNaN(t)) return null
  const d = at(t), date = `${two(d.getUTCMonth() + 1)}-${two(d.getUTCDate())}`
  if (dayOf(t) === dayOf(now)) return { key: 'today', text: date, clock: clock(text) }
  if (dayOf(t) === dayOf(now - 24 * 3600e3)) return { key: 'yesterday', text: date, clock: clock(text) }
  if (d.getUTCFullYear() === at(now).getUTCFullYear()) return { key: 'date', text: date, clock: clock(text) }
  return { key: 'year', text: `${d.getUTCFullYear()}-${date}`, clock: clock(text) }
}

/** Whole seconds until a moment, by the server's clock; never below zero. */
export const secondsLeft = (until: number, serverNow: number): number => Math.max(0, Math.ceil((until - serverNow) / 1000))
/** 3725 s -> "1:02:05", 65 s -> "1:05" */
export function countdown(s: number): string {
  const h = Math.floor(s / 3600), m = Math.floor((s % 3600) / 60)
  return h ? `${h}:${two(m)}:${two(s % 60)}` : `${m}:${two(s % 60)}`
}
