import { describe, expect, it } from 'vitest'
import { hasPrice, hasRooms } from './feeFields'

describe('what can be set up for a fee item', () => {
  it('is a price and rooms for what rooms pay, shared sums among them', () => {
    for (const kind of ['area', 'fixed', 'metered', 'tiered', 'formula', 'shared'] as const) expect([kind, hasPrice({ kind }), hasRooms({ kind })]).toEqual([kind, true, true])
  })
  it('is a price but no rooms for parking, which is leased, and neither for amounts given one by one', () => {
    expect([hasPrice({ kind: 'parking' }), hasRooms({ kind: 'parking' })]).toEqual([true, false])
    for (const kind of ['one_off', 'deposit'] as const) expect([kind, hasPrice({ kind }), hasRooms({ kind })]).toEqual([kind, false, false])
  })
})
