import { describe, expect, it } from 'vitest'
import { change, decimal, parseDecimal, parseYuan, shortDecimal, yuan } from './money'

describe('money', () => {
  it('writes fen as yuan with two decimals and groups', () => {
    for (const [fen, text] of [[0, '0.00'], [5, '0.05'], [100, '1.00'], [123456789, '1,234,567.89'], [-50, '-0.50'], [999, '9.99']] as const) expect(yuan(fen)).toBe(text)
  })
  it('reads what people type and nothing else', () => {
    for (const [text, fen] of [['1', 100], ['1.5', 150], ['1,234.56', 123456], ['¥ 3'.replace(' ', ''), 300], ['-2.05', -205], [' 0.10 ', 10], ['1.', 100]] as const) expect(parseYuan(text)).toBe(fen)
    for (const text of ['', '1.234', 'abc', '1e3', '0x10', '1 2', '--1', '1.2.3', '.']) expect(parseYuan(text)).toBeNull()
  })
  it('goes there and back without losing a fen', () => {
    for (let fen = 0; fen < 100000; fen += 37) expect(parseYuan(yuan(fen))).toBe(fen)
    expect(parseDecimal('0.1', 2)! + parseDecimal('0.2', 2)!).toBe(parseDecimal('0.3', 2))
  })
  it('leaves zeros out where they say nothing', () => {
    expect([shortDecimal(1307000, 4), shortDecimal(893500, 4), shortDecimal(10000, 4), decimal(7, 0)]).toEqual(['130.7', '89.35', '1', '7'])
  })
  it('gives change only for enough', () => {
    expect([change(10000, 9950), change(9950, 9950), change(9949, 9950)]).toEqual([50, 0, null])
  })
})
