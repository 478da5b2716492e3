/** Times and places in the words of the locale. */
import { t } from '@/shared/i18n'
import { day, dayOf, ms, when } from '@/shared/time'
import { serverNow } from '@/stores/live'
import { homeOf } from '@/stores/session'

export function timeText(text: string | null | undefined): string {
  const w = when(text, serverNow())
  if (!w) return ''
  if (w.key === 'today') return t('time.today', { clock: w.clock })
  if (w.key === 'yesterday') return t('time.yesterday', { clock: w.clock })
  return t('time.date', { date: w.text, clock: w.clock })
}
/** "今天 14:00 – 18:00": a visit's window; the second day is only said when it is another. */
export function slotText(from: string | null | undefined, to: string | null | undefined): string {
  const a = when(from, serverNow()), b = when(to, serverNow())
  if (!a || !b) return timeText(from)
  return `${timeText(from)} – ${a.text === b.text ? b.clock : timeText(to)}`
}
/** A lease ends with a day: what ends at midnight ends with the day before. */
export const lastDay = (text: string | null | undefined): string => { const t = ms(text); return Number.isNaN(t) ? '' : day(dayOf(t - 1)) }
export function durationText(ms: number): string {
  const min = Math.max(1, Math.round(Math.abs(ms) / 60000))
  if (min < 60) return t('time.minutes', { n: min })
  if (min < 48 * 60) return t('time.hours', { n: Math.floor(min / 60), m: min % 60 })
  return t('time.days', { n: Math.floor(min / 1440) })
}
export const go = (url: string) => uni.navigateTo({ url })
export const back = () => (getCurrentPages().length > 1 ? uni.navigateBack() : uni.reLaunch({ url: homeOf() }))
