import { describe, expect, it } from 'vitest'
import { language } from '@/lib/i18n'
import { explain } from './explain'

describe('a line explained', () => {
  it('says what was multiplied, in units people know', () => {
    language.value = 'en'
    expect(explain({ kind: 'area', area_e4: 1307000, price_e4: 28000, months_num: 1, months_den: 1, rounding: 'half_up', round_to: 'fen' })).toBe('By area · 130.7 m² × 2.8 yuan × 1 months · Half up, to fen')
    expect(explain({ kind: 'metered', usage_e3: 12500, price_e4: 35000, coefficient_e4: 10000 })).toBe('Metered · use 12.5 × 3.5 yuan')
    expect(explain({ kind: 'fixed', price_e4: 100000, months_num: 17, months_den: 30 })).toContain('17/30 months')
    expect(explain({})).toBe('')
  })
})
