import { describe, expect, it } from 'vitest'
import { shareWeight } from './shareWeight'

describe('what a room weighs in a share', () => {
  it('is shown in the unit of its basis', () => {
    expect(shareWeight('area', 893500)).toBe('89.35')
    expect(shareWeight('weight', 15000)).toBe('1.5')
    expect(shareWeight('household', 1)).toBe('1')
  })
})
