import { describe, expect, it } from 'vitest'
import { addDays, addMonths, dayOf, dayText, minuteText, noDay, parseDay, parseMinute, spanParts, stamp, timeText } from './time'

describe('days of Shanghai', () => {
  it('turns at Shanghai\'s midnight whatever the browser\'s zone', () => {
    expect(dayOf(Date.parse('2026-11-26T15:59:59Z'))).toBe(20261126)
    expect(dayOf(Date.parse('2026-11-26T16:00:00Z'))).toBe(20261127)
    expect(timeText('2026-11-27T00:05:00.000+08:00')).toBe('2026-11-27 00:05')
  })
  it('counts over months and leap years', () => {
    expect([addDays(20240228, 1), addDays(20240301, -1), addDays(20261231, 1)]).toEqual([20240229, 20240229, 20270101])
    expect([addMonths(20260131, 1), addMonths(20240131, 1), addMonths(20261201, 1), addMonths(20260115, -1)]).toEqual([20260228, 20240229, 20270101, 20251215])
  })
  it('takes only days that are', () => {
    expect([parseDay('2026-02-28'), parseDay('20260228'), parseDay('2026-02-30'), parseDay('2026-13-01'), parseDay('x')]).toEqual([20260228, 20260228, null, null, null])
    expect([dayText(20261127), dayText(0), dayText(99991231), noDay(null)]).toEqual(['2026-11-27', '', '', true])
  })
  it('reads clock times', () => {
    expect([parseMinute('08:30'), parseMinute('24:00'), parseMinute('24:01'), parseMinute('8:60'), minuteText(510)]).toEqual([510, 1440, null, null, '08:30'])
    expect(stamp('2026-11-27T08:30')).toBe('2026-11-27T08:30:00.000+08:00')
    expect(spanParts(90061e3)).toEqual({ d: 1, h: 1, m: 1 })
  })
})
