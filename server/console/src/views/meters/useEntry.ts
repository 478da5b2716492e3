import { reactive, ref } from 'vue'
import { api, ApiError } from '@/api/client'
import type { Meter } from '@/api/gen'
import { t } from '@/lib/i18n'
import { parseDecimal } from '@/lib/money'
import { parseDay } from '@/lib/time'

export interface Line { meter: Meter; text: string; error: string; busy: boolean; use: number | null; key: string }

/* The meters of a round in the order they are walked. A line keeps its idempotency key until its text changes, so that
 * Enter pressed again after a lost answer reads the meter once. */
export function useEntry(dayText: () => string) {
  const lines = reactive<Line[]>([])
  const entered = ref(0)
  function fill(meters: readonly Meter[]): void {
    lines.splice(0, lines.length, ...meters.map((meter) => ({ meter, text: '', error: '', busy: false, use: null, key: crypto.randomUUID() })))
    entered.value = 0
  }
  /* Lower than last time: to be looked at, yet the server knows whether the meter turned over. */
  const less = (l: Line) => l.use === null && l.text.trim() !== '' && (parseDecimal(l.text, 3) ?? Infinity) < l.meter.last_e3
  function typed(l: Line): void {
    l.error = ''
    l.key = crypto.randomUUID()
  }
  async function save(l: Line): Promise<boolean> {
    if (l.busy) return false
    if (l.use !== null) return true
    const reading = parseDecimal(l.text, 3), day = parseDay(dayText())
    if (reading === null || reading < 0) l.error = l.text.trim() ? t('form.decimal', { n: 3 }) : t('form.required')
    else if (day === null) l.error = t('form.day')
    else {
      l.busy = true
      try {
        l.use = (await api('readMeter', { path: { id: l.meter.id }, body: { day, reading_e3: reading }, key: l.key })).usage_e3
        l.error = ''
        entered.value++
      } catch (e) {
        if (!(e instanceof ApiError)) throw e
        l.error = e.requestId ? `${e.message} (${t('common.request_id')} ${e.requestId})` : e.message
      } finally {
        l.busy = false
      }
    }
    return l.use !== null
  }
  return { lines, entered, fill, less, typed, save }
}
