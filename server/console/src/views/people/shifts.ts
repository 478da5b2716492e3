import type { Shift } from '@/api/gen'
import { t } from '@/lib/i18n'
import { minuteText } from '@/lib/time'

/* Bit 0 is Sunday; weeks are shown from Monday. */
export const weekBits = [1, 2, 3, 4, 5, 6, 0] as const
const keys = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const
export const dayName = (bit: number) => t(`week.${keys[bit]}`)
export const hasDay = (weekdays: number, bit: number) => (weekdays >> bit) % 2 === 1
/* A shift past midnight ends at 1440 + the minute of the next day. */
export const endText = (min: number) => (min > 1440 ? `${t('tech.next_day')} ${minuteText(min - 1440)}` : minuteText(min))
export const shiftText = (s: Shift) => `${weekBits.filter((b) => hasDay(s.weekdays, b)).map(dayName).join(' ')}  ${minuteText(s.from_min)}–${endText(s.to_min)}`
