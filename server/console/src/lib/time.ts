/* Days are yyyymmdd of Asia/Shanghai, times are RFC 3339 with +08:00. Nothing here asks for the browser's time zone. */

const HOUR = 3600e3
export const DAY = 24 * HOUR
const pad = (n: number) => String(n).padStart(2, '0')
const shanghai = (ms: number) => new Date(ms + 8 * HOUR)

export function dayOf(ms: number): number {
  const d = shanghai(ms)
  return d.getUTCFullYear() * 10000 + (d.getUTCMonth() + 1) * 100 + d.getUTCDate()
}
export const today = () => dayOf(Date.now())
export const dayMs = (day: number) => Date.UTC(Math.floor(day / 10000), (Math.floor(day / 100) % 100) - 1, day % 100) - 8 * HOUR
export const addDays = (day: number, n: number) => dayOf(dayMs(day) + n * DAY)
export const monthStart = (day: number) => day - (day % 100) + 1
export function addMonths(day: number, n: number): number {
  const months = Math.floor(day / 10000) * 12 + (Math.floor(day / 100) % 100) - 1 + n
  const first = Math.floor(months / 12) * 10000 + ((months % 12) + 1) * 100 + 1
  const last = addDays(Math.floor((months + 1) / 12) * 10000 + (((months + 1) % 12) + 1) * 100 + 1, -1)
  return Math.min(first - 1 + (day % 100), last)
}
/* 0 and 99991231 stand for "none". */
export const noDay = (day: number | null | undefined) => !day || day >= 99991231

export function dayText(day: number | null | undefined): string {
  if (noDay(day)) return ''
  const s = String(day)
  return `${s.slice(0, 4)}-${s.slice(4, 6)}-${s.slice(6)}`
}
export function parseDay(text: string): number | null {
  const m = /^(\d{4})-?(\d{2})-?(\d{2})$/.exec(text.trim())
  if (!m) return null
  const day = Number(m[1] + m[2] + m[3])
  return dayOf(dayMs(day)) === day ? day : null
}
/* The days a page is narrowed to, for what it reads and what it exports alike. */
export const daysOf = (q: { from: string; to: string }) => ({ from: parseDay(q.from) ?? undefined, to: parseDay(q.to) ?? undefined })
export function timeText(at: string | null | undefined): string {
  if (!at) return ''
  const d = shanghai(Date.parse(at))
  return `${d.getUTCFullYear()}-${pad(d.getUTCMonth() + 1)}-${pad(d.getUTCDate())} ${pad(d.getUTCHours())}:${pad(d.getUTCMinutes())}`
}
export const clockText = (ms: number) => {
  const d = shanghai(ms)
  return `${pad(d.getUTCHours())}:${pad(d.getUTCMinutes())}:${pad(d.getUTCSeconds())}`
}
/* "2026-11-27T08:30" of a date-time field, as the contract wants it */
export const stamp = (local: string) => (local ? `${local.length === 16 ? local + ':00' : local}.000+08:00` : undefined)
export const dayStamp = (day: number) => `${dayText(day)}T00:00:00.000+08:00`
export const localOf = (at: string | null | undefined) => (at ? timeText(at).replace(' ', 'T') : '')
export const minuteText = (min: number) => `${pad(Math.floor(min / 60))}:${pad(min % 60)}`
export function parseMinute(text: string): number | null {
  const m = /^([01]?\d|2[0-4]):([0-5]\d)$/.exec(text.trim())
  return m && Number(m[1]) * 60 + Number(m[2]) <= 1440 ? Number(m[1]) * 60 + Number(m[2]) : null
}

/* A stretch of time in its two largest units; the words come from the caller's language. */
export function spanParts(ms: number): { d: number; h: number; m: number } {
  const min = Math.max(0, Math.round(Math.abs(ms) / 60e3))
  return { d: Math.floor(min / 1440), h: Math.floor(min / 60) % 24, m: min % 60 }
}
