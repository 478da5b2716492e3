import { describe, expect, it } from 'vitest'
import { endText, hasDay, shiftText, weekBits } from './shifts'

describe('weekly shifts', () => {
  it('name the days from Monday and the night that ends tomorrow', () => {
    expect(weekBits.filter((b) => hasDay(0b0111110, b))).toEqual([1, 2, 3, 4, 5])
    expect(shiftText({ project_id: null, weekdays: 0b1000001, from_min: 1200, to_min: 1440 + 360 })).toBe('六 日  20:00–次日 06:00')
    expect(endText(1440)).toBe('24:00')
  })
})
